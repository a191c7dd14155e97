//! The line editor's helper: Tab, the hint behind the cursor, and how the line is shown.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::Validator;
use rustyline::{CompletionType, Context, Helper};
use stream_markdown::sanitize::{Sanitizer, safe};
use stream_markdown::width;

use super::completion::{CompletionSources, Vocabulary};
use super::draft::Draft;
use super::input::{is_control, strip_sign};
use super::slash_commands::find;
use crate::messages::{holds_key, without_key};

#[derive(Debug)]
pub(super) struct EditorHelper {
    pub(super) vocabulary: Vocabulary,
    sources: CompletionSources,
    /// The SGR sequence of the prompt's colour.
    accent: String,
    draft: Arc<Draft>,
}

impl EditorHelper {
    pub(super) fn new(sources: CompletionSources, accent: String, draft: Arc<Draft>) -> EditorHelper {
        EditorHelper {
            vocabulary: Vocabulary::default(),
            sources,
            accent,
            draft,
        }
    }

    /// A prompt as it is drawn: its last line in the accent, what stands above that dim.
    pub(super) fn styled(&self, prompt: &str) -> String {
        let (above, last) = match prompt.rsplit_once('\n') {
            Some((above, last)) => (format!("\x1b[2m{above}{PLAIN_LETTERS}\n"), last),
            None => (String::new(), prompt),
        };
        format!("{PLAIN_LETTERS}{above}{}{last}{PLAIN_LETTERS}", self.accent)
    }
}

/// What is typed is bold. The letters stay so after a line is drawn, since the editor adds most of what is typed without
/// drawing the line again.
pub(super) const TYPED_LETTERS: &str = "\x1b[1m";
pub(super) const PLAIN_LETTERS: &str = "\x1b[m";

impl Completer for EditorHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        Ok(self.sources.candidates(&self.vocabulary, line, pos))
    }
}

impl Hinter for EditorHelper {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        // Enter was pressed and may send the line: a hint would stay on the screen.
        let is_entered = self.draft.awaits_more.load(Ordering::Relaxed);
        if is_entered || self.vocabulary.choices.is_some() || line.is_empty() || pos < line.len() {
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
        // Its first line is enough to recognise it.
        let hint = hint.lines().next().unwrap_or_default();
        (!hint.is_empty() && !hint.chars().any(char::is_control)).then(|| hint.to_owned())
    }
}

fn is_shown_unchanged(line: &str) -> bool {
    matches!(safe(line), Cow::Borrowed(_))
}

/// The line as it is shown: the editor counts a control character as one column, so each becomes one, and an invisible
/// character as none, so that it is left out.
pub(super) fn shown(line: &str) -> Cow<'_, str> {
    if is_shown_unchanged(line) {
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

impl Highlighter for EditorHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        let line = match self.vocabulary.choices {
            Some(_) => without_key(line),
            None => Cow::Borrowed(line),
        };
        Cow::Owned(format!("{TYPED_LETTERS}{}", shown(&line)))
    }

    /// Called whenever the line or the cursor has changed.
    fn highlight_char(&self, line: &str, cursor: usize, _: CmdKind) -> bool {
        self.draft.set(line, cursor);
        // A key may be pasted where a provider is asked for.
        !is_shown_unchanged(line) || (self.vocabulary.choices.is_some() && holds_key(line))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(self.styled(prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("{PLAIN_LETTERS}\x1b[2m{hint}{PLAIN_LETTERS}{TYPED_LETTERS}"))
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        Cow::Owned(format!("{PLAIN_LETTERS}{candidate}"))
    }
}

impl Validator for EditorHelper {}

impl Helper for EditorHelper {}
