//! Decoding of thinking, which the site sends as deltas or as a cumulative summary.
//!
//! A summary is two lists, of titles and of thoughts. Each delta repeats the lists so far, with new entries or a longer
//! last entry; after the result of a tool they may start over. Only new text is passed on, with a blank line between
//! thoughts.

use crate::Event;
use crate::protocol::json::rest_of;

/// The thinking of a reply.
#[derive(Debug, Default)]
pub(super) struct ReplyThoughts {
    titles: Vec<String>,
    thoughts: Vec<String>,
    /// A tool was used since: lists that do not continue these start over.
    is_over: bool,
    any: bool,
    /// The last delta was raw thinking, which the next one may continue.
    is_raw: bool,
}

impl ReplyThoughts {
    /// Adds a delta of raw thinking.
    pub(super) fn raw(&mut self, text: &str, events: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        let continues = std::mem::replace(&mut self.is_raw, true);
        self.say(text, continues, events);
    }

    /// Ends raw thinking. More of it is another thought.
    pub(super) fn pause(&mut self) {
        self.is_raw = false;
    }

    /// Records the use of a tool.
    pub(super) fn tool(&mut self) {
        self.pause();
        self.is_over = true;
    }

    /// Takes the lists as they are now. Empty ones are ignored.
    pub(super) fn summary(&mut self, titles: Vec<String>, thoughts: Vec<String>, events: &mut Vec<Event>) {
        if titles.is_empty() && thoughts.is_empty() {
            return;
        }
        self.pause();
        let continues = continues(&self.titles, &titles) && continues(&self.thoughts, &thoughts);
        if std::mem::take(&mut self.is_over) && !continues {
            self.titles.clear();
            self.thoughts.clear();
        }
        let new_titles = news(&self.titles, &titles);
        let new_thoughts = news(&self.thoughts, &thoughts);
        for at in 0..titles.len().max(thoughts.len()) {
            // A title that has grown is passed on whole, since it is a line of its own.
            let is_new = match new_titles.get(at) {
                Some(News::Entry(new)) => !new.is_empty(),
                Some(News::Rest(new)) => !new.is_empty(),
                Some(News::Nothing) | None => false,
            };
            if let Some(title) = titles.get(at).filter(|_| is_new) {
                events.push(Event::ThinkingTitle(title.clone()));
            }
            match new_thoughts.get(at) {
                Some(News::Entry(text)) => self.say(text, false, events),
                Some(News::Rest(text)) => self.say(text, true, events),
                _ => {}
            }
        }
        replace(&mut self.titles, titles);
        replace(&mut self.thoughts, thoughts);
    }

    fn say(&mut self, text: &str, continues: bool, events: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        let is_separated = self.any && !continues;
        self.any = true;
        events.push(Event::Thinking(match is_separated {
            true => format!("\n\n{text}"),
            false => text.to_owned(),
        }));
    }
}

#[derive(Debug)]
enum News<'a> {
    Nothing,
    /// A whole entry.
    Entry(&'a str),
    /// The text by which an entry has grown.
    Rest(String),
}

/// Whether `new` continues `old`.
fn continues(old: &[String], new: &[String]) -> bool {
    let Some((last, before)) = old.split_last() else {
        return true;
    };
    new.is_empty() || new.len() >= old.len() && new.starts_with(before) && rest_of(last, &new[before.len()]).is_some()
}

fn news<'a>(old: &[String], new: &'a [String]) -> Vec<News<'a>> {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let entry = |(at, text): (usize, &'a String)| match old.get(at) {
        _ if at < same => News::Nothing,
        Some(known) if at + 1 == old.len() => match rest_of(known, text) {
            Some(rest) if !known.is_empty() => News::Rest(rest),
            _ => News::Entry(text),
        },
        _ => News::Entry(text),
    };
    new.iter().enumerate().map(entry).collect()
}

/// Replaces a list, unless the new one is only a beginning of it.
fn replace(known: &mut Vec<String>, new: Vec<String>) {
    if !known.starts_with(&new) {
        *known = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    /// Titles in brackets, and thoughts.
    fn decoded(events: &[Event]) -> String {
        events
            .iter()
            .map(|event| match event {
                Event::ThinkingTitle(title) => format!("[{title}]"),
                Event::Thinking(text) => text.clone(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn only_new_text_of_a_summary_is_passed_on() {
        let (mut thoughts, mut events) = (ReplyThoughts::default(), Vec::new());
        let frames: [(&[&str], &[&str]); 6] = [
            (&["A"], &[]),
            (&["A"], &["I re"]),
            (&["A"], &["I read."]),
            (&["A", "B"], &["I read.", "I plan."]),
            (&["A"], &["I read."]),
            (&["A", "B"], &["I read.", "I plan."]),
        ];
        for (titles, entries) in frames {
            thoughts.summary(list(titles), list(entries), &mut events);
        }
        assert_eq!(decoded(&events), "[A]I read.[B]\n\nI plan.");
    }

    #[test]
    fn after_a_tool_the_lists_start_over_or_continue() {
        let (mut thoughts, mut events) = (ReplyThoughts::default(), Vec::new());
        thoughts.summary(list(&["Search"]), list(&["One."]), &mut events);
        thoughts.tool();
        thoughts.summary(list(&["Search"]), list(&["Two."]), &mut events);
        assert_eq!(decoded(&events), "[Search]One.[Search]\n\nTwo.");
        thoughts.tool();
        thoughts.summary(list(&["Search", "End"]), list(&["Two.", "Three."]), &mut events);
        assert_eq!(decoded(&events), "[Search]One.[Search]\n\nTwo.[End]\n\nThree.");
    }

    #[test]
    fn an_entry_that_is_rewritten_is_passed_on_again() {
        let (mut thoughts, mut events) = (ReplyThoughts::default(), Vec::new());
        thoughts.summary(vec![], list(&["One.", "Tow"]), &mut events);
        thoughts.summary(vec![], list(&["One.", "Two."]), &mut events);
        assert_eq!(decoded(&events), "One.\n\nTow\n\nTwo.");
    }

    #[test]
    fn raw_thinking_is_separated_where_it_pauses() {
        let (mut thoughts, mut events) = (ReplyThoughts::default(), Vec::new());
        thoughts.raw("I sh", &mut events);
        thoughts.raw("ould.", &mut events);
        thoughts.pause();
        thoughts.raw("", &mut events);
        thoughts.raw("Then", &mut events);
        thoughts.raw(" this.", &mut events);
        assert_eq!(decoded(&events), "I should.\n\nThen this.");
    }
}
