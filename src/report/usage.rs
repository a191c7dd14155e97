//! clap's errors about a command line, as failures of the program.
//!
//! clap speaks English only. Its kinds and their parts are put into sentences of ours; one that does not say to the
//! letter what clap says is not used, so nothing it has to tell is lost.

use std::error::Error as _;
use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Cli;
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::{UiText, quoted};
use crate::text::nearest;
use crate::tr;

pub(super) fn failure(host: &Host, error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(word) = text(error, ContextKind::InvalidSubcommand)
    {
        return no_command(host, error, word);
    }
    let (message, tip) = said(error);
    let hint = tip.map(|tip| same(hint(error), tip));
    let usage = || tr!("`{} --help` shows the usage", command(&host.args));
    Failure::usage(same(sentence(error), message)).hint(hint.unwrap_or_else(usage))
}

/// The value of `--color` in a command line that could not be parsed.
pub(super) fn color(args: &[OsString]) -> Option<String> {
    let mut words = args.iter().map(|arg| arg.to_string_lossy());
    while let Some(word) = words.next() {
        if word == "--color" {
            return Some(words.next()?.into_owned());
        }
        if let Some(value) = word.strip_prefix("--color=") {
            return Some(value.to_owned());
        }
    }
    None
}

/// The command of a command line, such as `qwen config set`. An option's value that is a command's name is taken for it.
fn command(args: &[OsString]) -> String {
    let mut path = "qwen".to_owned();
    let mut command = &Cli::command();
    for arg in args.iter().skip(1) {
        if let Some(inner) = command.find_subcommand(arg) {
            command = inner;
            path = format!("{path} {}", inner.get_name());
        }
    }
    path
}

/// A single word that is no command may be a misspelt one, or a prompt.
fn no_command(host: &Host, error: &clap::Error, word: &str) -> Failure {
    let words: Vec<_> = host.args.iter().skip(1).map(|arg| arg.to_string_lossy()).collect();
    let at = words.iter().position(|arg| arg == word).unwrap_or(0);
    let near = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(known)) => nearest(word, known.iter().map(String::as_str)),
        _ => None,
    };
    let failure = Failure::usage(tr!("there is no command {}", quoted(word)));
    let above = command(&host.args[..=at]);
    if above != "qwen" {
        return failure.hint(match near {
            Some(near) => tr!("did you mean {} {}?", above, near),
            None => tr!("`{} --help` lists its commands", above),
        });
    }
    let asked: Vec<_> = words[at..].iter().take_while(|arg| !arg.starts_with('-')).collect();
    let asked: Vec<&str> = asked.into_iter().map(AsRef::as_ref).collect();
    let prompt = in_quotes(&asked.join(" "));
    failure.hint(match near {
        Some(near) => tr!("did you mean qwen {}? To ask: qwen complete {}", near, prompt),
        None => tr!("qwen complete {}", prompt),
    })
}

/// clap's own message on one line, and its first tip.
fn said(error: &clap::Error) -> (String, Option<String>) {
    let told = error.to_string();
    let mut message = String::new();
    let mut tip = None;
    for line in told.lines() {
        let line = line.trim();
        if let Some(one) = line.strip_prefix("tip: ") {
            tip.get_or_insert_with(|| one.to_owned());
        } else if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        } else if !line.is_empty() && tip.is_none() {
            if !message.is_empty() {
                message.push(' ');
            }
            message.push_str(line.strip_prefix("error: ").unwrap_or(line));
        }
    }
    (message, tip)
}

/// The program's own sentence, if it says the same.
fn same(ours: Option<UiText>, theirs: String) -> UiText {
    ours.filter(|ours| *ours == theirs)
        .unwrap_or_else(|| UiText::foreign(theirs))
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

fn list(error: &clap::Error, kind: ContextKind) -> Option<&[String]> {
    match error.get(kind)? {
        ContextValue::Strings(list) => Some(list),
        _ => None,
    }
}

fn sentence(error: &clap::Error) -> Option<UiText> {
    let arg = || text(error, ContextKind::InvalidArg);
    let value = || text(error, ContextKind::InvalidValue);
    Some(match error.kind() {
        ErrorKind::UnknownArgument => tr!("unexpected argument '{}' found", arg()?),
        ErrorKind::InvalidValue => {
            let told = match value()? {
                "" => tr!("a value is required for '{}' but none was supplied", arg()?),
                value => tr!("invalid value '{}' for '{}'", value, arg()?),
            };
            match list(error, ContextKind::ValidValue) {
                Some(valid) if !valid.is_empty() => tr!("{} [possible values: {}]", told, valid.join(", ")),
                _ => told,
            }
        }
        ErrorKind::ValueValidation => {
            let source = error.source()?;
            let why = match source.downcast_ref::<UiText>() {
                Some(why) => why.clone(),
                None => UiText::foreign(source.to_string()),
            };
            tr!("{}: {}", tr!("invalid value '{}' for '{}'", value()?, arg()?), why)
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = list(error, ContextKind::InvalidArg)?.join(" ");
            tr!("the following required arguments were not provided: {}", missing)
        }
        ErrorKind::ArgumentConflict => match error.get(ContextKind::PriorArg)? {
            ContextValue::String(prior) if prior == arg()? => {
                tr!("the argument '{}' cannot be used multiple times", prior)
            }
            ContextValue::String(prior) => tr!("the argument '{}' cannot be used with '{}'", arg()?, prior),
            ContextValue::Strings(prior) => {
                tr!("the argument '{}' cannot be used with: {}", arg()?, prior.join(" "))
            }
            _ => return None,
        },
        ErrorKind::TooManyValues => tr!(
            "unexpected value '{}' for '{}' found; no more were expected",
            value()?,
            arg()?
        ),
        ErrorKind::NoEquals => tr!("equal sign is needed when assigning values to '{}'", arg()?),
        ErrorKind::InvalidUtf8 => tr!("invalid UTF-8 was detected in one or more arguments"),
        _ => return None,
    })
}

fn hint(error: &clap::Error) -> Option<UiText> {
    let quoted = |all: &[String]| all.iter().map(|one| format!("'{one}'")).collect::<Vec<_>>().join(", ");
    if let Some(near) = error.get(ContextKind::SuggestedArg) {
        return match near {
            ContextValue::String(near) => Some(tr!("a similar argument exists: '{}'", near)),
            ContextValue::Strings(near) => Some(tr!("some similar arguments exist: {}", quoted(near))),
            _ => None,
        };
    }
    if let Some(near) = error.get(ContextKind::SuggestedValue) {
        return match near {
            ContextValue::String(near) => Some(tr!("a similar value exists: '{}'", near)),
            ContextValue::Strings(near) => Some(tr!("some similar values exist: {}", quoted(near))),
            _ => None,
        };
    }
    let arg = text(error, ContextKind::InvalidArg)?;
    Some(tr!("to pass '{}' as a value, use '-- {}'", arg, arg))
}

/// A text in quotes that a shell takes off again without reading anything into it.
fn in_quotes(text: &str) -> String {
    if text.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        format!("\"{text}\"")
    }
}
