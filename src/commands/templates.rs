//! `qwen templates`: prompts kept under a name.

use serde_json::{Value, json};
use stream_markdown::sanitize::safe_line;
use stream_markdown::width;

use crate::cli::{Globals, TemplatesCommand};
use crate::config::paths::Paths;
use crate::config::private_file::write_private;
use crate::config::template_folders::TemplateFolders;
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::lang::Lang;
use crate::i18n::quoted;
use crate::template::{Template, TemplateSource};
use crate::term::editor;
use crate::term::out::{write_list, write_out, write_path};
use crate::tr;

/// What a new template begins with.
const NEW: &str = "+++\ndescription = \"\"\n# model, system, temperature, think, search, json, schema, extract …\n\n[vars]\n\
    # name = \"default\"\n+++\n{{ input }}\n";

pub(super) fn run(host: &Host, globals: &Globals, command: TemplatesCommand) -> anyhow::Result<()> {
    let paths = Paths::of(host, globals.config.clone())?;
    let folders = TemplateFolders::new(&paths, host.cwd.as_deref());
    Ok(match command {
        TemplatesCommand::List { json } => list(host, &folders, json),
        TemplatesCommand::Show { template } => show(&folders, &template),
        TemplatesCommand::Edit { template } => edit(host, &folders, &template),
        TemplatesCommand::Path { template: None } => write_path(&folders.own),
        TemplatesCommand::Path { template: Some(name) } => write_path(&folders.own_file(&name)?),
    }?)
}

/// A row of the list: name, source, description or what is wrong with the template.
fn list(host: &Host, folders: &TemplateFolders, as_json: bool) -> Result<(), Failure> {
    let all = folders.all();
    if as_json {
        let rows = all.iter().map(|(name, source, template)| row(name, source, template));
        return write_out(&Value::Array(rows.collect()).to_string());
    }
    let is_terminal = host.ttys.stdout;
    let lang = if is_terminal { host.lang() } else { Lang::En };
    let name_width = all.iter().map(|(name, ..)| width::of(name)).max().unwrap_or(0);
    let mut text = String::new();
    for (name, source, template) in &all {
        let about = match template {
            Ok(template) => template.description(lang).unwrap_or_default(),
            Err(failure) => failure.message.localize(lang),
        };
        let (source, about) = (source.word().localize(lang), safe_line(&about));
        text.push_str(&match is_terminal {
            true => format!(
                "{}  {}  {about}\n",
                width::padded(name, name_width),
                width::padded(source, 8)
            ),
            false => format!("{name}\t{source}\t{about}\n"),
        });
    }
    write_list(&text, name_width + 12)
}

fn row(name: &str, source: &TemplateSource, template: &Result<Template, Failure>) -> Value {
    let mut row = json!({
        "name": name,
        "source": source.word().to_string(),
        "path": source.path().map(|path| path.display().to_string()),
    });
    match template {
        Ok(template) => {
            let vars = template
                .variables()
                .map(|(name, default)| (name.to_owned(), default.into()));
            row["description"] = template.front.description.clone().into();
            row["vars"] = Value::Object(vars.collect());
        }
        Err(failure) => row["error"] = failure.message.to_string().into(),
    }
    row
}

fn show(folders: &TemplateFolders, name: &str) -> Result<(), Failure> {
    write_out(&folders.text(name)?.1)
}

/// A template that is not the user's own is copied first; a copy in which nothing was changed is not kept.
fn edit(host: &Host, folders: &TemplateFolders, name: &str) -> Result<(), Failure> {
    let path = folders.own_file(name)?;
    let begun = match path.exists() {
        true => None,
        false => Some(folders.text(name).map_or_else(|_| NEW.to_owned(), |(_, text)| text)),
    };
    if let Some(text) = &begun {
        write_private(&path, text.as_bytes())?;
    }
    let edited = editor::open(host, &path);
    if let Some(text) = &begun
        && std::fs::read(&path).is_ok_and(|now| now == text.as_bytes())
    {
        // What the editor said is more important than a file that stays.
        let _ = std::fs::remove_file(&path);
    }
    let status = edited?;
    if !status.success() {
        return Err(Failure::other(tr!(
            "the editor {} failed: {}",
            quoted(editor::name(host)),
            editor::ending(status)
        )));
    }
    match path.exists() {
        true => folders.find(name).map(drop),
        false => Ok(()),
    }
}
