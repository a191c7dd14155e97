//! Tab: commands, their arguments, paths.

use std::path::{Path, PathBuf};

use stream_markdown::sanitize::safe_line;

use super::input::strip_sign;
use super::menu::{Menu, MenuRow, MenuStyle};
use super::slash_commands::{ArgKind, COMMANDS, SlashCommand, find};
use super::{mention, path_completion};
use crate::config::template_folders::TemplateFolders;
use crate::error::Failure;
use crate::i18n::lang::Lang;
use crate::store::Store;
use crate::text::elide;

/// The words that can be completed at a prompt.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    pub(super) models: Vec<String>,
    pub(super) providers: Vec<String>,
    /// The names of a list that is chosen from; nothing else is completed then.
    pub(super) choices: Option<Vec<String>>,
}

/// What a word can become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The cells of its row in a menu.
    pub(super) cells: Vec<String>,
    /// What takes the word's place.
    pub(super) replacement: String,
}

/// Where names are looked up that the vocabulary does not hold.
#[derive(Clone, Debug)]
pub struct CompletionSources {
    /// The folder of the store, for conversations.
    pub store: PathBuf,
    pub templates: TemplateFolders,
    /// The language of descriptions.
    pub lang: Lang,
    pub cwd: Option<PathBuf>,
    pub home: Option<PathBuf>,
}

/// The most conversations that are offered.
const MAX_CONVERSATIONS: usize = 200;
/// The most columns of a title that is offered.
const MAX_TITLE_COLUMNS: usize = 48;

impl CompletionSources {
    /// Where the completed part begins, and what it can be.
    pub(super) fn candidates(&self, vocabulary: &Vocabulary, line: &str, pos: usize) -> (usize, Vec<Candidate>) {
        let before = line.get(..pos).unwrap_or(line);
        if let Some(choices) = &vocabulary.choices {
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
                        return (start, self.arguments(vocabulary, command, args));
                    }
                }
                None => {}
            }
        }
        match mention::open_mention(before) {
            Some((start, typed)) => (start, self.paths(typed, true)),
            None => (pos, Vec::new()),
        }
    }

    fn arguments(&self, vocabulary: &Vocabulary, command: &SlashCommand, typed: &str) -> Vec<Candidate> {
        match command.takes {
            ArgKind::Nothing | ArgKind::Line | ArgKind::Text => Vec::new(),
            ArgKind::OneOf(words) => beginning(words.iter().copied(), typed),
            ArgKind::Model => beginning(vocabulary.models.iter().map(String::as_str), typed),
            ArgKind::Provider => beginning(vocabulary.providers.iter().map(String::as_str), typed),
            ArgKind::Template => {
                let all = self.templates.all().into_iter();
                let offered = all.map(|(name, _, template)| {
                    let about = template.ok().and_then(|template| template.description(self.lang));
                    Candidate {
                        cells: vec![name.clone(), safe_line(&about.unwrap_or_default())],
                        replacement: name,
                    }
                });
                offered.filter(|one| one.replacement.starts_with(typed)).collect()
            }
            ArgKind::Path => self.paths(typed, false),
            ArgKind::Conversation => {
                let found = Store::glance(&self.store).and_then(|store| conversations(&store, typed).ok());
                found.unwrap_or_default()
            }
        }
    }

    fn paths(&self, typed: &str, is_mention: bool) -> Vec<Candidate> {
        let base = self.cwd.as_deref().unwrap_or(Path::new("."));
        path_completion::complete(base, self.home.as_deref(), typed, is_mention)
            .into_iter()
            .map(|(shown, replacement)| Candidate {
                cells: vec![safe_line(&shown)],
                replacement,
            })
            .collect()
    }
}

/// The conversations whose title or end of the id holds the words. The end is put in where there is no name.
fn conversations(store: &Store, typed: &str) -> Result<Vec<Candidate>, Failure> {
    let latest = store.list_with(typed, MAX_CONVERSATIONS)?;
    let ends = store.id_ends(latest.iter().map(|one| &one.id))?;
    let rows = latest.into_iter().map(|conversation| {
        let end = ends.of(&conversation.id).to_owned();
        let title = elide(&safe_line(conversation.label()), MAX_TITLE_COLUMNS);
        MenuRow {
            name: conversation.name.unwrap_or_else(|| end.clone()),
            cells: vec![title, end],
            is_current: false,
        }
    });
    let mut menu = Menu::new(rows.collect(), MenuStyle::default());
    menu.filter(typed);
    let pair = |row: &MenuRow| Candidate {
        cells: row.cells.clone(),
        replacement: row.name.clone(),
    };
    Ok(menu.found().map(pair).collect())
}

fn command_names(typed: &str) -> Vec<Candidate> {
    COMMANDS
        .iter()
        .filter(|command| command.name.starts_with(typed))
        .map(|command| Candidate {
            cells: vec![format!("/{}", command.name)],
            replacement: match command.takes {
                ArgKind::Nothing => command.name.to_owned(),
                _ => format!("{} ", command.name),
            },
        })
        .collect()
}

fn beginning<'a>(words: impl Iterator<Item = &'a str>, typed: &str) -> Vec<Candidate> {
    words
        .filter(|word| word.to_lowercase().starts_with(&typed.to_lowercase()))
        .map(pair)
        .collect()
}

fn containing(words: &[String], typed: &str) -> Vec<Candidate> {
    let starting = beginning(words.iter().map(String::as_str), typed);
    if !starting.is_empty() {
        return starting;
    }
    let typed = typed.to_lowercase();
    let holds = |word: &&String| word.to_lowercase().contains(&typed);
    words.iter().filter(holds).map(|word| pair(word)).collect()
}

fn pair(word: &str) -> Candidate {
    Candidate {
        cells: vec![safe_line(word)],
        replacement: word.to_owned(),
    }
}
