//! `qwen sessions`: saved conversations.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use stream_markdown::sanitize::safe_line;

use crate::app::store_view::{StoreView, with_store};
use crate::cli::{Globals, SessionsCommand};
use crate::conversation::transcript::Transcript;
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::{is_yes, quoted};
use crate::store::export::{self, ExportFormat, export};
use crate::store::listing;
use crate::store::{Conversation, ConversationMatch};
use crate::term::out::{WholeFile, is_stdout, write_out, write_painted};
use crate::term::tty::Tty;
use crate::tr;

pub(super) fn run(host: &Host, globals: &Globals, command: &SessionsCommand) -> anyhow::Result<()> {
    Ok(with_store(host, globals, |view| done(view, command))?)
}

fn done(mut view: StoreView<'_>, command: &SessionsCommand) -> Result<(), Failure> {
    match command {
        SessionsCommand::List { limit, json } => list(&view, *limit, *json),
        SessionsCommand::Show { conversation, json } => show(&view, conversation.as_deref(), *json),
        SessionsCommand::Search { words, limit, json } => search(&view, &words.join(" "), *limit, *json),
        SessionsCommand::Export {
            conversation,
            file,
            format,
        } => write(&view, conversation, file.clone(), format.as_deref()),
        SessionsCommand::Rename { conversation, name } => {
            let found = view.store.conversation(conversation)?;
            view.store.rename(&found.id, name.as_deref())
        }
        SessionsCommand::Rm { conversations, yes } => remove(&mut view, conversations, *yes),
    }
}

/// The most conversations that are listed on a terminal.
const MAX_ON_TERMINAL: usize = 20;

/// The most that are read of a list: `--limit`, else all, or on a terminal one more than are shown.
fn most(view: &StoreView<'_>, limit: Option<usize>) -> usize {
    match limit {
        Some(0) => usize::MAX >> 1,
        Some(limit) => limit,
        None if view.host.ttys.stdout => MAX_ON_TERMINAL + 1,
        None => usize::MAX >> 1,
    }
}

/// Takes away what is more than a terminal shows without `--limit`. Whether there was more.
fn shorten<T>(view: &StoreView<'_>, limit: Option<usize>, all: &mut Vec<T>) -> bool {
    let is_long = limit.is_none() && view.host.ttys.stdout && all.len() > MAX_ON_TERMINAL;
    if is_long {
        all.truncate(MAX_ON_TERMINAL);
    }
    is_long
}

/// Says below a shortened list that there are more.
fn note_more(view: &StoreView<'_>, is_shortened: bool) {
    if is_shortened {
        let notice = tr!("only the latest {} are listed; -n 0 lists all", MAX_ON_TERMINAL);
        view.ui.notice(notice);
    }
}

fn list(view: &StoreView<'_>, limit: Option<usize>, json: bool) -> Result<(), Failure> {
    let mut all = view.store.list(most(view, limit))?;
    let is_shortened = shorten(view, limit, &mut all);
    if json {
        write_json(&Value::Array(all.iter().map(export::summary).collect()))?;
    } else if view.host.ttys.stdout {
        let style = view.list_style(all.iter().map(|one| &one.id))?;
        text_out(&view.ui.with_marks(listing::list(&all, &style)))?;
    } else {
        text_out(&all.iter().map(plain).collect::<String>())?;
    }
    note_more(view, is_shortened);
    Ok(())
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

fn show(view: &StoreView<'_>, meant: Option<&str>, json: bool) -> Result<(), Failure> {
    let conversation = match meant {
        Some(meant) => view.store.conversation(meant)?,
        None => view
            .store
            .latest()?
            .ok_or_else(|| Failure::usage(tr!("there is no conversation yet")))?,
    };
    let messages = view.store.branch(&conversation)?;
    if view.host.ttys.stdout && !json {
        let transcript = Transcript {
            look: view.look(),
            is_terminal: true,
            is_raw: false,
        };
        return write_painted(&transcript.conversation(&conversation, &messages));
    }
    let format = if json {
        ExportFormat::Json
    } else {
        ExportFormat::Markdown
    };
    write_out(&export(format, &conversation, &messages, &TimeZone::system()))
}

fn search(view: &StoreView<'_>, words: &str, limit: Option<usize>, json: bool) -> Result<(), Failure> {
    let width = usize::from(view.host.window().0).saturating_sub(4).max(20);
    let mut found = view.store.search(words, most(view, limit), width)?;
    let is_shortened = shorten(view, limit, &mut found);
    if found.is_empty() && !json {
        return Err(Failure::other(tr!("{} was not found", quoted(words))));
    }
    if json || view.host.ttys.stdout {
        if json {
            write_json(&Value::Array(found.iter().map(found_json).collect()))?;
        } else {
            let style = view.list_style(found.iter().map(|one| &one.conversation.id))?;
            text_out(&view.ui.with_marks(listing::found(&found, &style)))?;
        }
        note_more(view, is_shortened);
        return Ok(());
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

fn write(view: &StoreView<'_>, meant: &str, file: Option<PathBuf>, format: Option<&str>) -> Result<(), Failure> {
    let format = match (format, &file) {
        (Some(name), _) => ExportFormat::from_name(name)
            .ok_or_else(|| Failure::usage(tr!("--format must be md, json or html, not {}", quoted(name))))?,
        (None, Some(path)) => ExportFormat::from_path(path).unwrap_or(ExportFormat::Markdown),
        (None, None) => ExportFormat::Markdown,
    };
    let conversation = view.store.conversation(meant)?;
    let text = export(
        format,
        &conversation,
        &view.store.branch(&conversation)?,
        &TimeZone::system(),
    );
    match file.filter(|target| !is_stdout(target)) {
        Some(path) => WholeFile::write(&path, &text),
        None => write_out(&text),
    }
}

/// Finds all before it removes any, and asks on a terminal.
fn remove(view: &mut StoreView<'_>, meant: &[String], yes: bool) -> Result<(), Failure> {
    let found = meant
        .iter()
        .map(|meant| view.store.conversation(meant))
        .collect::<Result<Vec<_>, _>>()?;
    if !yes {
        let Some(tty) = Tty::open().filter(|_| view.host.ttys.stdin && view.host.ttys.stderr) else {
            return Err(
                Failure::usage(tr!("nothing was removed: there is no terminal to ask on"))
                    .hint(tr!("use --yes to remove without asking")),
            );
        };
        for one in &found {
            let told = tr!("{}  {} ({} messages)", one.id, safe_line(one.label()), one.messages);
            view.ui.print(told);
        }
        let typed = tty
            .read_line(&view.ui.question(tr!("remove permanently? [y/N] ")))
            .unwrap_or_default();
        if !is_yes(&typed) {
            return Err(Failure::other(tr!("nothing was removed")));
        }
    }
    found.iter().try_for_each(|one| view.store.remove(&one.id))
}

fn write_json(value: &Value) -> Result<(), Failure> {
    write_out(&value.to_string())
}

/// No lines at all are no output, not an empty line.
fn text_out(text: &str) -> Result<(), Failure> {
    if text.is_empty() { Ok(()) } else { write_painted(text) }
}
