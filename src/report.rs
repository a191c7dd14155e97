//! The errors that end the program, and the only place that picks an exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::cli::Globals;
use crate::config::Settings;
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::render::failure::text as failure_text;
use crate::text::nearest;
use crate::text::style::ColorDepth;
use crate::text::words::quoted;
use crate::words;

/// Prints a failure to stderr and returns its exit code.
pub fn failure(host: &Host, globals: &Globals, failure: &Failure) -> ExitCode {
    if failure.kind != Kind::OutputClosed {
        // The settings themselves may be what failed: then the flag and the environment count.
        let settings = Settings::resolve(host, globals, &[]).ok();
        let lang = settings.as_ref().map_or_else(|| host.lang(), Settings::lang);
        let text = failure_text(failure, is_colored(host, globals, settings.as_ref()), lang);
        // Where stderr is closed too, the exit code is all there is.
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
    ExitCode::from(failure.kind.exit_code())
}

fn is_colored(host: &Host, globals: &Globals, settings: Option<&Settings>) -> bool {
    let wanted = settings.map_or_else(|| globals.color.clone(), |all| Some(all.text("color")));
    match wanted.as_deref() {
        Some("always") => true,
        Some("never") => false,
        _ => host.ttys.stderr && host.color_depth() > ColorDepth::None,
    }
}

/// What clap makes of a command line that is not one: help and version on stdout, anything else an error of ours.
pub fn usage(host: &Host, error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        let is_help = error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        // A closed stdout is no error.
        let _ = error.print();
        return if is_help {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(Kind::Usage.exit_code())
        };
    }
    failure(host, &Globals::default(), &usage_failure(host, error))
}

fn usage_failure(host: &Host, error: &clap::Error) -> Failure {
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
    {
        let words: Vec<String> = host
            .args
            .iter()
            .skip(1)
            .map(|arg| arg.to_string_lossy().into_owned())
            .collect();
        let from = words.iter().position(|arg| arg == word).unwrap_or(0);
        let prompt = in_quotes(&words[from..].join(" "));
        return Failure::usage(words!("there is no command {}", quoted(word))).hint(
            match error.get(ContextKind::SuggestedSubcommand) {
                Some(ContextValue::Strings(known)) => match nearest(word, known.iter().map(String::as_str)) {
                    Some(near) => words!("did you mean qwen {}? To ask: qwen complete {}", near, prompt),
                    None => words!("qwen complete {}", prompt),
                },
                _ => words!("qwen complete {}", prompt),
            },
        );
    }
    let told = error.to_string();
    let mut message = String::new();
    let mut hint = None;
    for line in told.lines() {
        let line = line.trim();
        if let Some(tip) = line.strip_prefix("tip: ") {
            hint.get_or_insert_with(|| tip.to_owned());
        } else if line.starts_with("Usage:") || line.starts_with("For more information") {
            break;
        } else if !line.is_empty() && hint.is_none() {
            if !message.is_empty() {
                message.push(' ');
            }
            message.push_str(line.strip_prefix("error: ").unwrap_or(line));
        }
    }
    Failure::usage(message).hint(hint.unwrap_or_else(|| "`qwen --help` shows what there is".to_owned()))
}

/// A text in quotes that a shell takes off again without reading anything into it.
fn in_quotes(text: &str) -> String {
    if text.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        format!("\"{text}\"")
    }
}

/// A fault of ours is told like any other error, without Rust's own words and without a backtrace.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|place| format!(" ({}:{})", place.file(), place.line()))
            .unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "error: a fault in qwen itself{place}\nhint: please report it; what was saved is safe"
        );
    }));
}
