//! The errors that end the program, and the only place that picks an exit code.

mod usage;

use std::io::Write;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::cli::Globals;
use crate::config::Settings;
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::render::failure::text as failure_text;
use crate::text::lang::Lang;
use crate::text::style::ColorDepth;
use crate::words;

/// Prints a failure to stderr and returns its exit code.
pub fn failure(host: &Host, globals: &Globals, failure: &Failure) -> ExitCode {
    if failure.kind != Kind::OutputClosed {
        // The settings themselves may be what failed: then the flag and the environment count.
        let settings = Settings::resolve(host, globals, &[]).ok();
        let lang = settings.as_ref().map_or_else(|| host.lang(), Settings::lang);
        let is_colored = is_colored(host, globals, settings.as_ref());
        let text = failure_text(failure, is_colored, lang, host.columns_of_stderr());
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
    failure(host, &Globals::default(), &usage::failure(host, error))
}

/// A fault of ours is told like any other error, without Rust's own words and without a backtrace.
pub fn quiet_panics(lang: Lang) {
    std::panic::set_hook(Box::new(move |info| {
        let told = match info.location() {
            Some(place) => words!("a fault in qwen itself ({}:{})", place.file(), place.line()),
            None => words!("a fault in qwen itself"),
        };
        let failure = Failure::other(told).hint(words!("please report it; what was saved is safe"));
        let _ = std::io::stderr().write_all(failure_text(&failure, false, lang, None).as_bytes());
    }));
}
