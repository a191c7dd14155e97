//! `qwen config`: where the settings are, what they are, and how to change them.

use serde_json::json;
use stream_markdown::sanitize::safe_line;

use crate::app;
use crate::cli::{ConfigCommand, Globals};
use crate::config::paths::Paths;
use crate::config::setting_table::{SETTINGS, setting};
use crate::config::{Settings, config_file, private_file};
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::lang::Lang;
use crate::i18n::{UiText, quoted};
use crate::store::answer_cache::AnswerCache;
use crate::term::editor;
use crate::term::out::{write_list, write_out, write_path};
use crate::text::nearest;
use crate::tr;

pub(super) fn run(host: &Host, globals: &Globals, command: ConfigCommand) -> anyhow::Result<()> {
    Ok(done(host, globals, command)?)
}

fn done(host: &Host, globals: &Globals, command: ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Path => {
            let paths = Paths::of(host, globals.config.clone())?;
            write_path(&paths.config_file)
        }
        ConfigCommand::Show { json } => {
            let settings = resolved(host, globals)?;
            // A pipe or a file gets the same in every language.
            let lang = if host.ttys.stdout { settings.lang() } else { Lang::En };
            show(&settings, json, lang)
        }
        ConfigCommand::Get { key } => get(&resolved(host, globals)?, &key),
        ConfigCommand::Set { key, value } => {
            let paths = Paths::of(host, globals.config.clone())?;
            config_file::set(&paths.config_file, &key, &value)
        }
        ConfigCommand::Unset { key } => {
            let paths = Paths::of(host, globals.config.clone())?;
            config_file::unset(&paths.config_file, &key)
        }
        ConfigCommand::CacheClear => AnswerCache::clear(&Paths::of(host, globals.config.clone())?.data),
        ConfigCommand::Edit => edit(host, &Paths::of(host, globals.config.clone())?),
    }
}

/// The settings, after their notices are shown.
fn resolved(host: &Host, globals: &Globals) -> Result<Settings, Failure> {
    let settings = Settings::resolve(host, globals, None)?;
    let ui = app::ui(host, &settings);
    settings.notices.iter().for_each(|notice| ui.notice(notice));
    Ok(settings)
}

fn show(settings: &Settings, as_json: bool, lang: Lang) -> Result<(), Failure> {
    let mut rows: Vec<(String, Option<String>, UiText)> = SETTINGS
        .iter()
        .map(|setting| match settings.text(setting) {
            Some(found) => (
                setting.name.to_owned(),
                Some(setting.value.kind.masked(&found.value)),
                tr!("{}", found.origin),
            ),
            None => (setting.name.to_owned(), None, tr!("not set")),
        })
        .collect();
    let file = settings.paths.config_file.display().to_string();
    for (alias, model) in &settings.aliases {
        rows.push((
            format!("aliases.{alias}"),
            Some(model.clone()),
            UiText::foreign(file.as_str()),
        ));
    }
    for (key, value) in settings.own_fields() {
        rows.push((key, Some(value), UiText::foreign(file.as_str())));
    }
    if as_json {
        let object: serde_json::Map<String, serde_json::Value> = rows
            .into_iter()
            .map(|(key, value, origin)| (key, json!({"value": value, "origin": origin})))
            .collect();
        return write_out(&serde_json::to_string_pretty(&object).unwrap_or_default());
    }
    let widest = |column: fn(&(String, Option<String>, UiText)) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let key_width = widest(|row| row.0.len());
    let value_width = widest(|row| row.1.as_deref().map_or(1, str::len)).min(40);
    let mut text = String::new();
    for (key, value, origin) in &rows {
        let value = safe_line(value.as_deref().unwrap_or("-"));
        let origin = origin.localize(lang);
        let origin = safe_line(&origin);
        text.push_str(&format!("{key:key_width$}  {value:value_width$}  {origin}\n"));
    }
    write_list(&text, key_width + value_width + 4)
}

fn get(settings: &Settings, key: &str) -> Result<(), Failure> {
    if let Some(alias) = key
        .strip_prefix("aliases.")
        .and_then(|alias| settings.aliases.get(alias))
    {
        return write_out(alias);
    }
    if let Some((_, value)) = settings.own_fields().iter().find(|(name, _)| name == key) {
        return write_out(value);
    }
    let Some(setting) = setting(key) else {
        if key.contains('.') {
            return Err(Failure::other(tr!("{} is not set", key)));
        }
        let failure = Failure::usage(tr!("unknown setting {}", quoted(key)));
        return Err(match nearest(key, SETTINGS.iter().map(|setting| setting.name)) {
            Some(near) => failure.hint(tr!("did you mean {}?", quoted(near))),
            None => failure.hint(tr!("`qwen config show` lists the settings")),
        });
    };
    match settings.text(setting) {
        Some(found) => write_out(&setting.value.kind.masked(&found.value)),
        None => Err(Failure::other(tr!("{} is not set", key))),
    }
}

fn edit(host: &Host, paths: &Paths) -> Result<(), Failure> {
    let path = &paths.config_file;
    if !path.exists() {
        private_file::write_private(path, b"# Settings of qwen. `qwen config show` lists them.\n")?;
    }
    let status = editor::open(host, path)?;
    if !status.success() {
        return Err(Failure::other(tr!(
            "the editor {} failed: {}",
            quoted(editor::name(host)),
            editor::ending(status)
        )));
    }
    config_file::read(path).map(|_| ())
}
