//! Thoughts as the site sends them: raw, or as a summary that is sent whole again and again.
//!
//! A summary is two lists, titles and thoughts, each the whole of what there is so far; frames repeat, the last
//! entry may grow, and after a tool's result the lists start over. Only what is new is passed on, each thought
//! parted from the one before by a blank line.

use crate::Event;
use crate::protocol::json::rest_of;

/// The thoughts of one answer.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    titles: Vec<String>,
    thoughts: Vec<String>,
    /// A tool was used since: lists that do not go on with these start over.
    is_over: bool,
    any: bool,
    /// The last piece was raw text that may go on.
    is_raw: bool,
}

impl Thoughts {
    /// A piece of raw thinking.
    pub(super) fn raw(&mut self, text: &str, events: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        let goes_on = std::mem::replace(&mut self.is_raw, true);
        self.say(text, goes_on, events);
    }

    /// Raw thinking has ended; more of it would be another thought.
    pub(super) fn pause(&mut self) {
        self.is_raw = false;
    }

    /// A tool was used.
    pub(super) fn tool(&mut self) {
        self.pause();
        self.is_over = true;
    }

    /// The lists as they are now. An empty one says nothing.
    pub(super) fn summary(&mut self, titles: Vec<String>, thoughts: Vec<String>, events: &mut Vec<Event>) {
        if titles.is_empty() && thoughts.is_empty() {
            return;
        }
        self.pause();
        let goes_on = goes_on(&self.titles, &titles) && goes_on(&self.thoughts, &thoughts);
        if std::mem::take(&mut self.is_over) && !goes_on {
            self.titles.clear();
            self.thoughts.clear();
        }
        let new_titles = news(&self.titles, &titles);
        let new_thoughts = news(&self.thoughts, &thoughts);
        for at in 0..titles.len().max(thoughts.len()) {
            // A title that grew is told whole: it stands on a line of its own.
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

    fn say(&mut self, text: &str, goes_on: bool, events: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        let parted = self.any && !goes_on;
        self.any = true;
        events.push(Event::Thinking(match parted {
            true => format!("\n\n{text}"),
            false => text.to_owned(),
        }));
    }
}

#[derive(Debug)]
enum News<'a> {
    Nothing,
    /// All of an entry.
    Entry(&'a str),
    /// What an entry grew by.
    Rest(String),
}

/// Whether `new` is `old` with more at its end.
fn goes_on(old: &[String], new: &[String]) -> bool {
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

/// A list that is merely behind does not replace what is known.
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

    /// Titles in brackets, thoughts as they are.
    fn told(events: &[Event]) -> String {
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
    fn a_summary_says_only_what_is_new() {
        let (mut thoughts, mut events) = (Thoughts::default(), Vec::new());
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
        assert_eq!(told(&events), "[A]I read.[B]\n\nI plan.");
    }

    #[test]
    fn after_a_tool_the_lists_start_over_or_go_on() {
        let (mut thoughts, mut events) = (Thoughts::default(), Vec::new());
        thoughts.summary(list(&["Search"]), list(&["One."]), &mut events);
        thoughts.tool();
        thoughts.summary(list(&["Search"]), list(&["Two."]), &mut events);
        assert_eq!(told(&events), "[Search]One.[Search]\n\nTwo.");
        thoughts.tool();
        thoughts.summary(list(&["Search", "End"]), list(&["Two.", "Three."]), &mut events);
        assert_eq!(told(&events), "[Search]One.[Search]\n\nTwo.[End]\n\nThree.");
    }

    #[test]
    fn an_entry_that_is_rewritten_is_said_anew() {
        let (mut thoughts, mut events) = (Thoughts::default(), Vec::new());
        thoughts.summary(vec![], list(&["One.", "Tow"]), &mut events);
        thoughts.summary(vec![], list(&["One.", "Two."]), &mut events);
        assert_eq!(told(&events), "One.\n\nTow\n\nTwo.");
    }

    #[test]
    fn raw_thoughts_are_parted_where_they_pause() {
        let (mut thoughts, mut events) = (Thoughts::default(), Vec::new());
        thoughts.raw("I sh", &mut events);
        thoughts.raw("ould.", &mut events);
        thoughts.pause();
        thoughts.raw("", &mut events);
        thoughts.raw("Then", &mut events);
        thoughts.raw(" this.", &mut events);
        assert_eq!(told(&events), "I should.\n\nThen this.");
    }
}
