//! `qwen sessions`: saved conversations.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use stream_markdown::sanitize::safe_line;

use super::chat::put;
use super::look::{Look, look};
use crate::cli::{Globals, SessionsCommand};
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::quoted;
use crate::store::export::{self, ExportFormat, export};
use crate::store::listing;
use crate::store::{Conversation, ConversationMatch};
use crate::term::out::{WholeFile, is_stdout, write_out, write_painted};
use crate::term::tty::Tty;
use crate::tr;

pub(super) fn run(host: &Host, globals: &Globals, command: &SessionsCommand) -> Result<(), Failure> {
    look(host, globals, |look| done(look, command))
}

fn done(mut look: Look<'_>, command: &SessionsCommand) -> Result<(), Failure> {
    match command {
        SessionsCommand::List { limit, json } => list(&look, most(*limit), *json),
        SessionsCommand::Show { conversation, json } => show(&look, conversation.as_deref(), *json),
        SessionsCommand::Search { words, limit, json } => search(&look, &words.join(" "), most(*limit), *json),
        SessionsCommand::Export {
            conversation,
            file,
            format,
        } => write(&look, conversation, file.clone(), format.as_deref()),
        SessionsCommand::Rename { conversation, name } => {
            let found = look.store.conversation(conversation)?;
            look.store.rename(&found.id, name.as_deref())
        }
        SessionsCommand::Rm { conversations, yes } => remove(&mut look, conversations, *yes),
    }
}

fn most(limit: usize) -> usize {
    if limit == 0 { usize::MAX >> 1 } else { limit }
}

fn list(look: &Look<'_>, limit: usize, json: bool) -> Result<(), Failure> {
    let all = look.store.list(limit)?;
    if json {
        return write_json(&Value::Array(all.iter().map(export::summary).collect()));
    }
    if look.host.ttys.stdout {
        return text_out(&listing::list(&all, &look.list()));
    }
    text_out(&all.iter().map(plain).collect::<String>())
}

/// For scripts: id, when, messages, model, title, with tabs between.
fn plain(one: &Conversation) -> String {
    let when = crate::store::date_time(one.updated, &TimeZone::system());
    let (id, messages, model) = (&one.id, one.messages, &one.model);
    format!(
        "{id}\t{when}\t{messages}\t{}\t{}\n",
        safe_line(model),
        safe_line(one.label())
    )
}

fn show(look: &Look<'_>, meant: Option<&str>, json: bool) -> Result<(), Failure> {
    let conversation = match meant {
        Some(meant) => look.store.conversation(meant)?,
        None => look
            .store
            .latest()?
            .ok_or_else(|| Failure::usage(tr!("there is no conversation yet")))?,
    };
    let messages = look.store.branch(&conversation)?;
    let format = if json {
        ExportFormat::Json
    } else {
        ExportFormat::Markdown
    };
    write_out(&export(format, &conversation, &messages, &TimeZone::system()))
}

fn search(look: &Look<'_>, words: &str, limit: usize, json: bool) -> Result<(), Failure> {
    let width = usize::from(look.host.window().0).saturating_sub(4).max(20);
    let found = look.store.search(words, limit, width)?;
    if found.is_empty() && !json {
        return Err(Failure::other(tr!("{} was found nowhere", quoted(words))));
    }
    if json {
        return write_json(&Value::Array(found.iter().map(found_json).collect()));
    }
    if look.host.ttys.stdout {
        return text_out(&listing::found(&found, &look.list()));
    }
    let mut text = String::new();
    for one in &found {
        if one.hits.is_empty() {
            text.push_str(&format!(
                "{}\t{}\n",
                one.conversation.id,
                safe_line(one.conversation.label())
            ));
        }
        for hit in &one.hits {
            text.push_str(&format!("{}\t{}\n", one.conversation.id, safe_line(&hit.snippet.line)));
        }
    }
    text_out(&text)
}

fn found_json(found: &ConversationMatch) -> Value {
    let mut summary = export::summary(&found.conversation);
    let hits: Vec<Value> = found
        .hits
        .iter()
        .map(|hit| {
            json!({"message": hit.message.get(), "role": hit.role.as_str(), "line": hit.snippet.line,
                "start": hit.snippet.found.start, "end": hit.snippet.found.end})
        })
        .collect();
    summary["hits"] = Value::Array(hits);
    summary
}

fn write(look: &Look<'_>, meant: &str, file: Option<PathBuf>, format: Option<&str>) -> Result<(), Failure> {
    let format = match (format, &file) {
        (Some(name), _) => ExportFormat::from_name(name)
            .ok_or_else(|| Failure::usage(tr!("--format must be md, json or html, not {}", quoted(name))))?,
        (None, Some(path)) => ExportFormat::from_path(path).unwrap_or(ExportFormat::Markdown),
        (None, None) => ExportFormat::Markdown,
    };
    let conversation = look.store.conversation(meant)?;
    let text = export(
        format,
        &conversation,
        &look.store.branch(&conversation)?,
        &TimeZone::system(),
    );
    match file.filter(|target| !is_stdout(target)) {
        Some(path) => WholeFile::write(&path, &text),
        None => write_out(&text),
    }
}

/// Finds all before it removes any, and asks on a terminal.
fn remove(look: &mut Look<'_>, meant: &[String], yes: bool) -> Result<(), Failure> {
    let found = meant
        .iter()
        .map(|meant| look.store.conversation(meant))
        .collect::<Result<Vec<_>, _>>()?;
    if !yes {
        let lang = look.settings.lang();
        let Some(tty) = Tty::open().filter(|_| look.host.ttys.stdin && look.host.ttys.stderr) else {
            return Err(
                Failure::usage(tr!("nothing was removed: there is no terminal to ask on")).hint(tr!("--yes removes")),
            );
        };
        for one in &found {
            let told = tr!("{}  {} ({} messages)", one.id, safe_line(one.label()), one.messages);
            put(&format!("{}\n", told.localize(lang)));
        }
        let typed = tty
            .read_line(&tr!("remove for good? [y/N] ").localize(lang))
            .unwrap_or_default();
        if !matches!(typed.to_lowercase().as_str(), "y" | "yes" | "是") {
            return Err(Failure::other(tr!("nothing was removed")));
        }
    }
    found.iter().try_for_each(|one| look.store.remove(&one.id))
}

fn write_json(value: &Value) -> Result<(), Failure> {
    write_out(&value.to_string())
}

/// No lines at all are no output, not an empty line.
fn text_out(text: &str) -> Result<(), Failure> {
    if text.is_empty() { Ok(()) } else { write_painted(text) }
}
