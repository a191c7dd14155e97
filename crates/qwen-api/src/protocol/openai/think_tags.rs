//! Thinking within the text, between `<think>` and `</think>`.
//!
//! The tags are those of Qwen's chat template; a server that does not parse them passes them on as text, cut over deltas
//! anywhere. They are recognised only at the beginning of an answer, since later on the answer may be about them. The
//! newlines around them belong to the template and are removed.
//!
//! Newer templates put `<think>` into the prompt, so that the answer begins with the thinking and holds only the closing
//! tag, on a line of its own. In a reply that is not streamed the thinking is separated all the same. In a stream it has
//! been passed on as text by then, and the answer may just as well be about the tag: the text stays as it is, and a
//! notice is given.

use crate::{Event, Notice};

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";
/// The closing tag as the template writes it.
const LONE: &str = "\n</think>\n";

#[derive(Debug)]
enum State {
    /// Only newlines and a part of the opening tag have arrived.
    Start,
    /// Within the thinking; `begun` once it has a character.
    Inside {
        begun: bool,
    },
    /// Behind the thinking, before the first character of the text.
    After,
    Text,
}

/// Separates the thinking of an answer from its text.
#[derive(Debug)]
pub(super) struct ThinkTags {
    state: State,
    /// Text that may be a part of a tag.
    held: String,
    /// The end of the text, to find a closing tag that is cut; `None` when it is no longer searched for.
    tail: Option<Vec<u8>>,
}

impl ThinkTags {
    pub(super) fn new() -> ThinkTags {
        ThinkTags {
            state: State::Start,
            held: String::new(),
            tail: Some(Vec::new()),
        }
    }

    /// The server sends thinking in a member of its own, so the text holds no tags.
    pub(super) fn thought_elsewhere(&mut self) {
        if let State::Start = self.state {
            self.state = State::After;
            self.tail = None;
        }
    }

    pub(super) fn take(&mut self, text: &str, events: &mut Vec<Event>) {
        self.held.push_str(text);
        if let State::Start = self.state {
            self.start(events);
        }
        if let State::Inside { begun } = self.state {
            self.inside(begun, events);
        }
        if let State::After = self.state {
            let rest = self.held.trim_start_matches('\n');
            if !rest.is_empty() {
                self.held = rest.to_owned();
                self.state = State::Text;
            }
        }
        if let State::Text = self.state {
            let text = std::mem::take(&mut self.held);
            self.look_for_lone_tag(&text, events);
            push(events, Event::Text, text);
        }
    }

    /// The answer has ended: the text that was held back is no tag.
    pub(super) fn end(&mut self, events: &mut Vec<Event>) {
        let held = std::mem::take(&mut self.held);
        match self.state {
            State::Start | State::Text => push(events, Event::Text, held),
            State::Inside { .. } => push(events, Event::Thinking, held.trim_end_matches('\n').to_owned()),
            State::After => {}
        }
    }

    fn start(&mut self, events: &mut Vec<Event>) {
        let begun = self.held.trim_start_matches('\n');
        if let Some(thoughts) = begun.strip_prefix(OPEN) {
            self.held = thoughts.to_owned();
            self.state = State::Inside { begun: false };
            self.tail = None;
        } else if let Some(at) = lone_close(begun) {
            push(events, Event::Thinking, begun[..at].trim_end_matches('\n').to_owned());
            self.held = begun[at..].trim_start_matches('\n')[CLOSE.len()..].to_owned();
            self.state = State::After;
            self.tail = None;
        } else if !OPEN.starts_with(begun) {
            self.state = State::Text;
        }
    }

    fn inside(&mut self, mut begun: bool, events: &mut Vec<Event>) {
        if !begun {
            let thoughts = self.held.trim_start_matches('\n').to_owned();
            begun = !thoughts.is_empty();
            self.held = thoughts;
        }
        self.state = State::Inside { begun };
        if let Some(at) = self.held.find(CLOSE) {
            let thoughts = self.held[..at].trim_end_matches('\n').to_owned();
            self.held.drain(..at + CLOSE.len());
            self.state = State::After;
            return push(events, Event::Thinking, thoughts);
        }
        // A possible beginning of the tag is held back, with the newlines before it.
        let tag = (1..CLOSE.len())
            .find(|length| self.held.ends_with(&CLOSE[..*length]))
            .unwrap_or(0);
        let end = self.held[..self.held.len() - tag].trim_end_matches('\n').len();
        let thoughts: String = self.held.drain(..end).collect();
        push(events, Event::Thinking, thoughts);
    }

    fn look_for_lone_tag(&mut self, text: &str, events: &mut Vec<Event>) {
        let Some(tail) = &mut self.tail else {
            return;
        };
        tail.extend_from_slice(text.as_bytes());
        if tail.windows(LONE.len()).any(|window| window == LONE.as_bytes()) {
            self.tail = None;
            events.push(Event::Notice(Notice::ThinkingUntagged));
            return;
        }
        let from = tail.len().saturating_sub(LONE.len() - 1);
        tail.drain(..from);
    }
}

/// The end of the thinking in a whole answer that has a single closing tag, on a line of its own.
fn lone_close(text: &str) -> Option<usize> {
    let at = text.find(LONE)?;
    let is_only = text.matches(CLOSE).count() == 1 && !text.contains(OPEN);
    is_only.then_some(at)
}

fn push(events: &mut Vec<Event>, event: fn(String) -> Event, text: String) {
    if !text.is_empty() {
        events.push(event(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The thinking, the text and the number of notices of an answer in these pieces.
    fn decoded(pieces: &[&str]) -> (String, String, usize) {
        let (mut tags, mut events) = (ThinkTags::new(), Vec::new());
        for piece in pieces {
            tags.take(piece, &mut events);
        }
        tags.end(&mut events);
        let (mut thoughts, mut text, mut notices) = (String::new(), String::new(), 0);
        for event in &events {
            match event {
                Event::Thinking(more) => thoughts += more,
                Event::Text(more) => text += more,
                _ => notices += 1,
            }
        }
        (thoughts, text, notices)
    }

    #[test]
    fn separates_thinking_from_text_wherever_it_is_cut() {
        let cases = [
            (
                "<think>\nHm, 1 < 2.\n\nYes.\n</think>\n\nIt is.\n",
                "Hm, 1 < 2.\n\nYes.",
                "It is.\n",
            ),
            ("\n<think>a</think>b", "a", "b"),
            ("<think>\n\n</think>\n\nno thoughts", "", "no thoughts"),
            ("<think>never closed </thin", "never closed </thin", ""),
            ("plain <think>text</think>", "", "plain <think>text</think>"),
            ("<thinking>text", "", "<thinking>text"),
            ("<thi", "", "<thi"),
            ("\n\nText", "", "\n\nText"),
            ("<think>汉\n</think>\n字 </think> <think>", "汉", "字 </think> <think>"),
            ("", "", ""),
        ];
        for (answer, thoughts, text) in cases {
            let expected = (thoughts.to_owned(), text.to_owned(), 0);
            assert_eq!(decoded(&[answer]), expected, "{answer:?}");
            let letters: Vec<String> = answer.chars().map(String::from).collect();
            let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
            assert_eq!(decoded(&letters), expected, "{answer:?}, letter by letter");
        }
    }

    #[test]
    fn thinking_is_passed_on_as_it_arrives() {
        let (mut tags, mut events) = (ThinkTags::new(), Vec::new());
        tags.take("<think>\nFirst", &mut events);
        assert_eq!(events, [Event::Thinking("First".into())]);
    }

    #[test]
    fn a_lone_closing_tag_separates_in_one_piece_and_is_noticed_in_several() {
        let whole = "Hm.\n</think>\n\nIt is.";
        assert_eq!(decoded(&[whole]), ("Hm.".into(), "It is.".into(), 0));
        assert_eq!(
            decoded(&["Hm.\n</th", "ink>", "\n\nIt is."]),
            (String::new(), whole.into(), 1)
        );
        // An answer about the tag.
        let about = "Close it with `</think>`:\n<think>x\n</think>\n";
        assert_eq!(decoded(&[about]).1, about);
    }

    #[test]
    fn newlines_after_thinking_in_another_member_belong_to_the_template() {
        let (mut tags, mut events) = (ThinkTags::new(), Vec::new());
        tags.thought_elsewhere();
        tags.take("\n\n", &mut events);
        tags.take("<think> is a tag", &mut events);
        assert_eq!(events, [Event::Text("<think> is a tag".into())]);
    }
}
