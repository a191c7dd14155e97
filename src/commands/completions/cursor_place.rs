//! Where on the command line the cursor stands. Pure: read off the definition of the command line.

use clap::{Arg, ArgAction, Command};

/// The kind of candidates a place has.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    Option,
    /// The value of this option.
    Value(&'a Arg),
    /// A command, or this argument, or both.
    Word(Option<&'a Arg>),
}

/// The place, and what was said on the way there.
#[derive(Debug)]
pub(super) struct CursorPlace<'a> {
    pub(super) command: &'a Command,
    /// The names of the commands down to this one, with spaces between.
    pub(super) path: String,
    pub(super) wanted: Wanted<'a>,
    /// What of the current word stands before the value: `--model=`.
    pub(super) before: String,
    /// The options there are already, with their values.
    given: Vec<(&'a Arg, Option<String>)>,
    pub(super) arguments: Vec<String>,
}

impl<'a> CursorPlace<'a> {
    /// `command` is built; `words` are those between the program and the current one, without quotes.
    pub(super) fn find(command: &'a Command, words: &[String], current: &str) -> CursorPlace<'a> {
        let mut place = CursorPlace {
            command,
            path: String::new(),
            wanted: Wanted::Option,
            before: String::new(),
            given: Vec::new(),
            arguments: Vec::new(),
        };
        let mut pending = None;
        let mut is_literal = false;
        for word in words {
            if let Some(arg) = pending.take()
                && takes(arg, word)
            {
                place.given.push((arg, Some(word.clone())));
            } else if is_literal {
                place.arguments.push(word.clone());
            } else if word == "--" {
                is_literal = true;
            } else if let Some(found) = place.options(word) {
                pending = found.waits;
                place.given.extend(found.given);
            } else {
                place.descend(word);
            }
        }
        place.wanted = match pending.filter(|arg| takes(arg, current)) {
            Some(arg) => Wanted::Value(arg),
            None if is_literal => Wanted::Word(place.argument()),
            None => place.here(current),
        };
        place
    }

    /// What the beginning of a word asks for.
    fn here(&mut self, current: &str) -> Wanted<'a> {
        let Some(found) = self.options(current) else {
            return match current.starts_with('-') {
                true => Wanted::Option,
                false => Wanted::Word(self.argument()),
            };
        };
        match found.given.last() {
            Some((arg, Some(value))) => {
                self.before = current[..current.len() - value.len()].to_owned();
                Wanted::Value(arg)
            }
            _ => Wanted::Option,
        }
    }

    fn argument(&self) -> Option<&'a Arg> {
        let all: Vec<&Arg> = self.command.get_positionals().collect();
        let is_many = |arg: &&Arg| matches!(arg.get_action(), ArgAction::Append);
        all.get(self.arguments.len())
            .or(all.last().filter(|arg| is_many(arg)))
            .copied()
    }

    /// A word that is no option: the name of a command, or an argument.
    fn descend(&mut self, word: &str) {
        match self.command.find_subcommand(word).filter(|_| self.arguments.is_empty()) {
            Some(below) => {
                self.command = below;
                self.path = format!("{} {word}", self.path).trim_start().to_owned();
            }
            None => self.arguments.push(word.to_owned()),
        }
    }

    /// The options in a word, where it holds any: `--model=ID`, `-cu`, `-mID`.
    fn options(&self, word: &str) -> Option<OptionsOfWord<'a>> {
        let mut found = OptionsOfWord {
            given: Vec::new(),
            waits: None,
        };
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let arg = self.command.get_arguments().find(|arg| arg.get_long() == Some(name))?;
            found.put(arg, value);
            return Some(found);
        }
        let shorts = word.strip_prefix('-').filter(|rest| !rest.is_empty())?;
        for (at, short) in shorts.char_indices() {
            let arg = self
                .command
                .get_arguments()
                .find(|arg| arg.get_short() == Some(short))?;
            let rest = &shorts[at + short.len_utf8()..];
            if !arg.get_action().takes_values() || rest.is_empty() {
                found.put(arg, None);
                continue;
            }
            found.put(arg, Some(rest.strip_prefix('=').unwrap_or(rest).to_owned()));
            break;
        }
        Some(found)
    }

    /// The last value an option was given.
    pub(super) fn value(&self, id: &str) -> Option<String> {
        let mut values = self.given.iter().filter(|(arg, _)| arg.get_id() == id);
        values.next_back()?.1.clone()
    }

    /// Whether an option may be repeated.
    pub(super) fn can_come(&self, arg: &Arg) -> bool {
        let is_there = self.given.iter().any(|(given, _)| given.get_id() == arg.get_id());
        !is_there || matches!(arg.get_action(), ArgAction::Append | ArgAction::Count)
    }
}

/// The options of one word.
struct OptionsOfWord<'a> {
    given: Vec<(&'a Arg, Option<String>)>,
    /// The one whose value is the next word.
    waits: Option<&'a Arg>,
}

impl<'a> OptionsOfWord<'a> {
    fn put(&mut self, arg: &'a Arg, value: Option<String>) {
        if value.is_none() && arg.get_action().takes_values() && !arg.is_require_equals_set() {
            self.waits = Some(arg);
        }
        self.given.push((arg, value));
    }
}

/// Whether a word is the value an option waits for: one that can do without takes no option for it.
fn takes(arg: &Arg, word: &str) -> bool {
    let needs = arg.get_num_args().is_none_or(|count| count.min_values() > 0);
    needs || !word.starts_with('-')
}
