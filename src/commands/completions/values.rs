//! The candidates of a completion: from the definition of the command line, the config file, the lists of models that
//! are kept, and the saved conversations. No request is sent, and no file is created.

use clap::builder::StyledStr;
use clap::{Arg, Command, ValueHint};
use stream_markdown::sanitize::{safe, safe_line};

use super::cursor_place::{CursorPlace, Wanted};
use crate::cli::Globals;
use crate::config::paths::Paths;
use crate::config::setting_table::{SETTINGS, Setting, setting};
use crate::config::setting_values::ValueKind;
use crate::config::template_folders::TemplateFolders;
use crate::config::{Settings, config_file, provider_choice};
use crate::connection::model_list::offered;
use crate::host::Host;
use crate::i18n::lang::Lang;
use crate::messages::providers::credential_hints;
use crate::store::Store;
use crate::store::export::ExportFormat;
use crate::text::decode;
use qwen_api::Model;
use qwen_api::catalog;

/// The most conversations that are offered.
const CONVERSATIONS: usize = 200;

/// What the shell offers.
#[derive(Debug)]
pub(super) enum Completion {
    /// To complete a path by its own rules.
    Files,
    Words(Vec<Word>),
}

/// A candidate, and its description.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) value: String,
    /// One line, or nothing.
    pub(super) about: String,
}

fn word(value: impl Into<String>, about: &str) -> Word {
    Word {
        value: value.into(),
        about: safe_line(about),
    }
}

/// The candidates for this place.
pub(super) fn at(host: &Host, root: &Command, place: &CursorPlace<'_>) -> Completion {
    let answer = match place.wanted {
        Wanted::Option => Completion::Words(options(place)),
        Wanted::Value(arg) => values(host, root, place, arg),
        Wanted::Word(arg) => {
            let below = commands(place);
            match arg.map(|arg| values(host, root, place, arg)) {
                Some(Completion::Words(words)) => Completion::Words(below.into_iter().chain(words).collect()),
                Some(Completion::Files) if below.is_empty() => Completion::Files,
                _ => Completion::Words(below),
            }
        }
    };
    let Completion::Words(mut words) = answer else {
        return answer;
    };
    // Foreign names are offered only where they are what they look like, and are no option.
    let is_bare = place.before.is_empty() && !matches!(place.wanted, Wanted::Option);
    words.retain(|word| {
        let is_clear = !word.value.contains(['\n', '\t']) && safe(&word.value) == word.value;
        is_clear && !word.value.is_empty() && !(is_bare && word.value.starts_with('-'))
    });
    for word in &mut words {
        word.value.insert_str(0, &place.before);
    }
    Completion::Words(words)
}

fn first_line(about: Option<&StyledStr>) -> String {
    let about = about.map(ToString::to_string).unwrap_or_default();
    about.lines().next().unwrap_or_default().to_owned()
}

fn options(place: &CursorPlace<'_>) -> Vec<Word> {
    let all = place.command.get_arguments();
    let mut words = Vec::new();
    for arg in all.filter(|arg| !arg.is_positional() && !arg.is_hide_set() && place.can_come(arg)) {
        let about = first_line(arg.get_help());
        words.extend(arg.get_long().map(|long| word(format!("--{long}"), &about)));
        words.extend(arg.get_short().map(|short| word(format!("-{short}"), &about)));
    }
    words
}

fn commands(place: &CursorPlace<'_>) -> Vec<Word> {
    if !place.arguments.is_empty() {
        return Vec::new();
    }
    below(place.command)
}

fn below(command: &Command) -> Vec<Word> {
    let all = command.get_subcommands().filter(|below| !below.is_hide_set());
    all.map(|below| word(below.get_name(), &first_line(below.get_about())))
        .collect()
}

fn values(host: &Host, root: &Command, place: &CursorPlace<'_>, arg: &Arg) -> Completion {
    let listed: Vec<Word> = arg
        .get_possible_values()
        .iter()
        .map(|value| word(value.get_name(), &first_line(value.get_help())))
        .collect();
    if !listed.is_empty() {
        return Completion::Words(listed);
    }
    Completion::Words(match (place.path.as_str(), arg.get_id().as_str()) {
        (_, "provider") => providers(settings(host, place).as_ref()),
        (_, "model") => models(host, place, Model::chats),
        ("models show", "id") => models(host, place, |_| true),
        (_, "resume" | "conversation" | "conversations") => conversations(host, place),
        (_, "template") => templates(host, place),
        (_, "vars") => template_vars(host, place),
        (_, "encoding") => plain(decode::COMMON),
        ("sessions export", "format") => ExportFormat::ALL
            .iter()
            .map(|format| word(format.extension(), ""))
            .collect(),
        ("config get", "key") => settings_names(host, place, |_| true),
        ("config set", "key") => settings_names(host, place, |setting| setting.is_in_file),
        ("config unset", "key") => names_in_file(host, place),
        ("config set", "value") => return setting_values(host, place),
        ("man", "command") => below(root),
        (_, id) => match setting(id).and_then(|setting| setting.value.kind.words()) {
            Some(words) => plain(words),
            None if matches!(arg.get_value_hint(), ValueHint::AnyPath | ValueHint::FilePath) => {
                return Completion::Files;
            }
            None => Vec::new(),
        },
    })
}

fn template_folders(host: &Host, place: &CursorPlace<'_>) -> Option<TemplateFolders> {
    let paths = Paths::of(host, place.value("config").map(Into::into)).ok()?;
    Some(TemplateFolders::new(&paths, host.cwd.as_deref()))
}

fn templates(host: &Host, place: &CursorPlace<'_>) -> Vec<Word> {
    let all = template_folders(host, place).map(|folders| folders.all());
    let words = all.unwrap_or_default().into_iter().map(|(name, _, template)| {
        let about = template.ok().and_then(|template| template.description(Lang::En));
        word(name, &about.unwrap_or_default())
    });
    words.collect()
}

/// The variables of the template on the line, each up to its value.
fn template_vars(host: &Host, place: &CursorPlace<'_>) -> Vec<Word> {
    let template = place.value("template").zip(template_folders(host, place));
    let Some(template) = template.and_then(|(name, folders)| folders.find(&name).ok()) else {
        return Vec::new();
    };
    let words = template
        .variables()
        .map(|(name, default)| word(format!("{name}="), &default.unwrap_or_default()));
    words.collect()
}

fn plain(words: &[&str]) -> Vec<Word> {
    words.iter().map(|name| word(*name, "")).collect()
}

/// The settings, with the flags that stand on the line. `None` where something is wrong with them.
fn settings(host: &Host, place: &CursorPlace<'_>) -> Option<Settings> {
    let globals = Globals {
        provider: place.value("provider"),
        region: place.value("region"),
        workspace: place.value("workspace"),
        base_url: place.value("base_url"),
        config: place.value("config").map(Into::into),
        ..Globals::default()
    };
    Settings::resolve(host, &globals, None).ok()
}

fn providers(settings: Option<&Settings>) -> Vec<Word> {
    let mut words: Vec<Word> = credential_hints()
        .map(|(known, hint)| word(known.name, &hint.to_string()))
        .collect();
    let own = settings.iter().flat_map(|settings| &settings.providers);
    for (name, own) in own.filter(|(name, _)| qwen_api::provider::provider(name).is_none()) {
        let at = own.base_url.as_ref().map_or("", |url| url.value.0.as_str());
        words.push(word(name, at));
    }
    words
}

/// Aliases, then the models of the provider that would be asked.
fn models(host: &Host, place: &CursorPlace<'_>, fits: fn(&Model) -> bool) -> Vec<Word> {
    let settings = settings(host, place);
    let mut words = Vec::new();
    if let Some(settings) = &settings {
        for (name, model) in &settings.aliases {
            words.push(word(name, &format!("alias of {model}")));
        }
    }
    let listed = match &settings {
        Some(settings) => offered(settings, &asked(settings)),
        None => catalog::models(),
    };
    for model in listed.iter().filter(|model| fits(model)) {
        words.push(word(&model.id, model.name.as_deref().unwrap_or_default()));
    }
    words
}

/// The provider that would be asked, as far as that is known without looking for servers.
fn asked(settings: &Settings) -> String {
    let is_local = || settings.base_url.is_some() || !offered(settings, "local").is_empty();
    provider_choice::named(settings)
        .or_else(|| provider_choice::with_credential(settings).map(|known| known.name.to_owned()))
        .unwrap_or_else(|| if is_local() { "local" } else { "dashscope" }.to_owned())
}

/// Names first, then ids: an id is what an unnamed conversation, or one with a strange name, is reached by.
fn conversations(host: &Host, place: &CursorPlace<'_>) -> Vec<Word> {
    let listed = settings(host, place)
        .and_then(|settings| Store::glance(&settings.paths.data))
        .and_then(|store| store.list(CONVERSATIONS).ok())
        .unwrap_or_default();
    let named = listed
        .iter()
        .filter_map(|one| Some(word(one.name.as_deref()?, &one.title)));
    let ids = listed.iter().map(|one| word(&one.id, one.label()));
    named.chain(ids).collect()
}

/// The names that the config file sets. Their values are not offered: one may be a credential.
fn names_in_file(host: &Host, place: &CursorPlace<'_>) -> Vec<Word> {
    let entries = settings(host, place).and_then(|settings| config_file::read(&settings.paths.config_file).ok());
    let about = |key: &str| setting(key).map_or("", |setting| setting.about.localize(Lang::En));
    let entries = entries.unwrap_or_default().into_iter();
    entries
        .map(|entry| word(entry.key.as_str(), about(&entry.key)))
        .collect()
}

fn settings_names(host: &Host, place: &CursorPlace<'_>, fits: fn(&Setting) -> bool) -> Vec<Word> {
    let known = SETTINGS.iter().filter(|setting| fits(setting));
    let mut words: Vec<Word> = known
        .map(|setting| word(setting.name, setting.about.localize(Lang::En)))
        .collect();
    if let Some(settings) = settings(host, place) {
        words.extend(
            settings
                .aliases
                .iter()
                .map(|(name, model)| word(format!("aliases.{name}"), model)),
        );
        words.extend(settings.own_fields().iter().map(|(name, value)| word(name, value)));
    }
    words
}

fn setting_values(host: &Host, place: &CursorPlace<'_>) -> Completion {
    let name = place.arguments.first().map(String::as_str).unwrap_or_default();
    let last = name.rsplit('.').next().unwrap_or_default();
    Completion::Words(match config_file::type_of(name).map(|value| value.kind) {
        _ if name == "provider" => providers(settings(host, place).as_ref()),
        _ if matches!(
            last,
            "model" | "vision_model" | "image_model" | "omni_model" | "transcribe_model"
        ) || name.starts_with("aliases.") =>
        {
            models(host, place, Model::chats)
        }
        Ok(ValueKind::File) => return Completion::Files,
        Ok(kind) => plain(kind.words().unwrap_or_default()),
        Err(_) => Vec::new(),
    })
}
