//! Tab, and the hint behind the cursor: commands, models, conversations, paths.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::Validator;
use rustyline::{Context, Helper};
use stream_markdown::sanitize::{Sanitizer, safe, safe_line};
use stream_markdown::width;

use super::commands::{COMMANDS, Command, Takes, find, strip_sign};
use super::keys::Draft;
use super::line::{Manner, is_control};
use super::paths;
use crate::store::Store;

/// What can be completed that the editor cannot know by itself.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub models: Vec<String>,
    pub providers: Vec<String>,
    /// The only words there are, for a choice.
    pub choices: Option<Vec<String>>,
}

/// The most conversations that are offered.
const CONVERSATIONS: usize = 200;

#[derive(Debug)]
pub(super) struct Completes {
    pub(super) words: Known,
    store: PathBuf,
    cwd: Option<PathBuf>,
    home: Option<PathBuf>,
    is_colored: bool,
    draft: Arc<Draft>,
}

impl Completes {
    pub(super) fn new(manner: &Manner, draft: Arc<Draft>) -> Completes {
        Completes {
            words: Known::default(),
            store: manner.store.clone(),
            cwd: manner.cwd.clone(),
            home: manner.home.clone(),
            is_colored: manner.is_colored,
            draft,
        }
    }

    /// Where the completed part begins, and what it can be.
    fn candidates(&self, line: &str, pos: usize) -> (usize, Vec<Pair>) {
        let before = line.get(..pos).unwrap_or(line);
        if let Some(choices) = &self.words.choices {
            return (0, containing(choices, before));
        }
        if let Some(rest) = strip_sign(before, '/', '／') {
            let sign = before.len() - rest.len();
            match rest.find(char::is_whitespace) {
                None if !rest.contains('/') => {
                    let found = command_names(&rest.to_lowercase());
                    if !found.is_empty() {
                        return (sign, found);
                    }
                }
                Some(end) => {
                    if let Ok(command) = find(&rest[..end]) {
                        let args = rest[end..].trim_start();
                        let start = before.len() - args.len();
                        return (start, self.arguments(command, args));
                    }
                }
                None => {}
            }
        }
        match paths::open_mention(before) {
            Some((start, typed)) => (start, self.paths(typed, true)),
            None => (pos, Vec::new()),
        }
    }

    fn arguments(&self, command: &Command, typed: &str) -> Vec<Pair> {
        match command.takes {
            Takes::Nothing | Takes::Line | Takes::Text => Vec::new(),
            Takes::UiText(words) => beginning(words.iter().copied(), typed),
            Takes::Model => beginning(self.words.models.iter().map(String::as_str), typed),
            Takes::Provider => beginning(self.words.providers.iter().map(String::as_str), typed),
            Takes::Path => self.paths(typed, false),
            Takes::Conversation => {
                let conversations = Store::glance(&self.store).and_then(|store| store.list(CONVERSATIONS).ok());
                let names: Vec<String> = conversations
                    .unwrap_or_default()
                    .into_iter()
                    .map(|conversation| conversation.name.unwrap_or(conversation.id))
                    .collect();
                beginning(names.iter().map(String::as_str), typed)
            }
        }
    }

    fn paths(&self, typed: &str, mention: bool) -> Vec<Pair> {
        let base = self.cwd.as_deref().unwrap_or(Path::new("."));
        paths::complete(base, self.home.as_deref(), typed, mention)
            .into_iter()
            .map(|(shown, replacement)| Pair {
                display: safe_line(&shown),
                replacement,
            })
            .collect()
    }
}

fn command_names(typed: &str) -> Vec<Pair> {
    COMMANDS
        .iter()
        .filter(|command| command.name.starts_with(typed))
        .map(|command| Pair {
            display: format!("/{}", command.name),
            replacement: match command.takes {
                Takes::Nothing => command.name.to_owned(),
                _ => format!("{} ", command.name),
            },
        })
        .collect()
}

fn beginning<'a>(words: impl Iterator<Item = &'a str>, typed: &str) -> Vec<Pair> {
    words
        .filter(|word| word.to_lowercase().starts_with(&typed.to_lowercase()))
        .map(pair)
        .collect()
}

fn containing(words: &[String], typed: &str) -> Vec<Pair> {
    let starting = beginning(words.iter().map(String::as_str), typed);
    if !starting.is_empty() {
        return starting;
    }
    let typed = typed.to_lowercase();
    let holds = |word: &&String| word.to_lowercase().contains(&typed);
    words.iter().filter(holds).map(|word| pair(word)).collect()
}

fn pair(word: &str) -> Pair {
    Pair {
        display: safe_line(word),
        replacement: word.to_owned(),
    }
}

impl Completer for Completes {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(self.candidates(line, pos))
    }
}

impl Hinter for Completes {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        // The line may be on its way already: no hint is to be left behind it.
        let waits = self.draft.waits.load(Ordering::Relaxed);
        if waits || self.words.choices.is_some() || line.is_empty() || pos < line.len() {
            return None;
        }
        if let Some(word) = strip_sign(line, '/', '／')
            && !word.is_empty()
            && !word.contains(|c: char| c.is_whitespace() || c == '/')
            && let Ok(command) = find(word)
        {
            return command.name.strip_prefix(word).map(str::to_owned);
        }
        let hint = HistoryHinter::new().hint(line, pos, context)?;
        // The rest of its first line is enough to know it by.
        let hint = hint.lines().next().unwrap_or_default();
        (!hint.is_empty() && !hint.chars().any(char::is_control)).then(|| hint.to_owned())
    }
}

fn is_shown_as_it_is(line: &str) -> bool {
    matches!(safe(line), Cow::Borrowed(_))
}

impl Highlighter for Completes {
    /// The line as it may be shown: the editor counts a control character as one column, so each becomes one, and
    /// what nobody would see as none, so that it is left out.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if is_shown_as_it_is(line) {
            return Cow::Borrowed(line);
        }
        let mut seen = Sanitizer::default();
        let shown = line.chars().filter_map(|c| match c {
            c if seen.passes(c) => Some(c),
            '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32),
            c if is_control(c) => Some('\u{fffd}'),
            c => (width::of(c.encode_utf8(&mut [0; 4])) > 0).then_some(c),
        });
        Cow::Owned(shown.collect())
    }

    /// Asked whenever the line or the cursor has changed.
    fn highlight_char(&self, line: &str, cursor: usize, _: CmdKind) -> bool {
        self.draft.at(line, cursor);
        !is_shown_as_it_is(line)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        if self.is_colored {
            Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m"))
        } else {
            Cow::Borrowed(prompt)
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.is_colored {
            Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
        } else {
            Cow::Borrowed(hint)
        }
    }
}

impl Validator for Completes {}

impl Helper for Completes {}
