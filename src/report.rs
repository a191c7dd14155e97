//! The errors that end the program, and the only place that picks an exit code.

mod usage;

use std::panic::Location;
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;
use stream_markdown::ColorDepth;

use crate::app;
use crate::cli::{Globals, When, help};
use crate::config::Settings;
use crate::config::setting_values::SettingValue;
use crate::error::{ErrorContext, Failure, Kind, join_hints};
use crate::host::Host;
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::messages::{self, Context};
use crate::term::out::write_painted;
use crate::term::ui::Ui;
use crate::text::with_marks;
use crate::tr;

/// Prints an error to stderr and returns its exit code.
pub fn error(host: &Host, globals: &Globals, error: &anyhow::Error) -> ExitCode {
    failure(host, globals, &describe(error))
}

/// The failure that an error is: the program's own or the client's, found in its chain, with the contexts that were added
/// on the way up.
pub fn describe(error: &anyhow::Error) -> Failure {
    let context: Context = error.downcast_ref().cloned().unwrap_or_default();
    let known = error.chain().find_map(|cause| match cause.downcast_ref::<Failure>() {
        Some(failure) => Some(failure.clone()),
        None => Some(messages::describe(cause.downcast_ref::<qwen_api::Error>()?, &context)),
    });
    let mut failure = known.unwrap_or_else(|| Failure::other(UiText::foreign(format!("{error:#}"))));
    if let Some(ErrorContext { text, hint }) = error.downcast_ref() {
        failure.message = tr!("{}: {}", text, failure.message);
        failure.hint = join_hints(failure.hint, hint.clone());
    }
    failure
}

fn failure(host: &Host, globals: &Globals, failure: &Failure) -> ExitCode {
    if failure.kind != Kind::OutputClosed {
        // The settings themselves may be what failed: then the flag and the environment count.
        let settings = Settings::resolve(host, globals, None).ok();
        let ui = settings.map_or_else(|| before_settings(host, globals), |settings| app::ui(host, &settings));
        ui.failure(failure);
    }
    ExitCode::from(failure.kind.exit_code())
}

/// Standard error where the settings could not be resolved: the flag and the environment decide.
fn before_settings(host: &Host, globals: &Globals) -> Ui {
    Ui {
        is_colored: match globals.color.as_deref().and_then(|word| When::parse(word).ok()) {
            Some(When::Always) => true,
            Some(When::Never) => false,
            _ => host.ttys.stderr && host.color_depth() > ColorDepth::None,
        },
        lang: host.lang(),
        is_terminal: host.ttys.stderr,
        is_ascii: host.is_ascii(),
        ..Ui::default()
    }
}

/// Handles clap's errors: help and version go to stdout, anything else is an error of the program.
pub fn usage(host: &Host, error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        let is_help = error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
        print_help(host, error, is_help);
        return if is_help {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(Kind::Usage.exit_code())
        };
    }
    let globals = Globals {
        color: usage::color(&host.args),
        ..Globals::default()
    };
    failure(host, &globals, &usage::failure(host, error))
}

/// The language of help: the settings', if the file can be read, else the environment's.
pub fn lang(host: &Host) -> Lang {
    Settings::resolve(host, &Globals::default(), None).map_or_else(|_| host.lang(), |settings| settings.lang())
}

/// Prints help or the version, on standard error where it was not asked for. A closed stream is no error.
fn print_help(host: &Host, error: &clap::Error, is_asked_for: bool) {
    let lang = lang(host);
    if lang == Lang::En && !host.is_ascii() {
        let _ = error.print();
        return;
    }
    let is_terminal = if is_asked_for {
        host.ttys.stdout
    } else {
        host.ttys.stderr
    };
    let text = error.render();
    let plain = text.to_string();
    let painted = match is_terminal && host.color_depth() > ColorDepth::None {
        true => text.ansi().to_string(),
        false => plain.clone(),
    };
    let told = match lang {
        Lang::En => painted,
        _ => help::folded(&plain, &painted, lang, host.help_columns()),
    };
    let told = with_marks(told, host.is_ascii());
    if is_asked_for {
        let _ = write_painted(&told);
    } else {
        Ui::put(&told);
    }
}

/// A panic is printed like any other error, without Rust's own words and without a backtrace. The thread it is met
/// in unwinds; [`crate::run`] ends the program with the code of any other failure.
pub fn quiet_panics(lang: Lang) {
    std::panic::set_hook(Box::new(move |info| {
        let failure = fault(info.payload_as_str().unwrap_or_default(), info.location());
        let ui = Ui { lang, ..Ui::default() };
        ui.failure(&failure);
    }));
}

/// tokio's panic message when the system allows no more threads.
const NO_THREAD: &str = "OS can't spawn worker thread";

fn fault(said: &str, location: Option<&Location<'_>>) -> Failure {
    if said.starts_with(NO_THREAD) {
        return Failure::no_thread();
    }
    let told = match location {
        Some(place) => tr!("internal error in qwen ({}:{})", from_crate(place.file()), place.line()),
        None => tr!("internal error in qwen"),
    };
    Failure::other(told).hint(tr!("please report it; what was saved is safe"))
}

/// The path of a source file from its crate's folder on: the rest belongs to the machine that built the program.
fn from_crate(file: &str) -> &str {
    if Path::new(file).is_relative() {
        return file;
    }
    let is_slash = |c| matches!(c, '/' | '\\');
    let mut parts = file.rmatch_indices(is_slash);
    let of_crate = parts.find(|(at, _)| file[at + 1..].starts_with("src"));
    let folder = of_crate.and_then(|(at, _)| file[..at].rfind(is_slash));
    file.get(folder.map_or(0, |at| at + 1)..).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::error::Rejection;

    #[test]
    fn the_known_error_is_found_below_every_context() {
        let own = Failure::new(Kind::Auth, tr!("no credential for {}", "web")).hint(tr!("name one with -m"));
        let outer = || ErrorContext::new(tr!("one check failed")).hint(tr!("try a shorter prompt"));
        let inner = || ErrorContext::new(tr!("nothing was removed"));
        let error = outer().add_to(inner().add_to(own.into()).context(Context::PROMPT));
        let failure = describe(&error);
        assert_eq!(failure.kind, Kind::Auth);
        assert_eq!(
            failure.message,
            "one check failed: nothing was removed: no credential for web"
        );
        assert_eq!(
            failure.message.localize(Lang::ZhCn),
            "有一项检查没有通过：没有删除任何内容：没有 web 的凭据"
        );
        assert_eq!(failure.hint.unwrap(), "name one with -m; try a shorter prompt");

        let refused = qwen_api::Error::new(Rejection::RequestTimeout).with_status(408);
        let failure = describe(&outer().add_to(refused.into()));
        assert_eq!(failure.kind, Kind::Network);
        assert_eq!(
            failure.message,
            "one check failed: the server refused the request (408)"
        );

        let foreign = anyhow::Error::msg("inside").context("outside");
        assert_eq!(describe(&foreign).message, "outside: inside");
        assert_eq!(describe(&foreign).kind, Kind::Other);
    }

    #[test]
    fn a_fault_names_no_folder_of_the_machine_that_built_it() {
        for (file, told) in [
            ("src/store/id.rs", "src/store/id.rs"),
            (
                "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/uuid-1.29.1/src/timestamp.rs",
                "uuid-1.29.1/src/timestamp.rs",
            ),
            ("/rustc/0123/library/core/src/option.rs", "core/src/option.rs"),
            (
                "C:\\Users\\me\\registry\\src\\x\\url-2\\src\\lib.rs",
                "url-2\\src\\lib.rs",
            ),
        ] {
            if cfg!(unix) && file.starts_with("C:") {
                continue;
            }
            assert_eq!(from_crate(file), told);
        }
    }

    #[test]
    fn a_thread_that_cannot_be_had_is_no_fault() {
        let failure = fault("OS can't spawn worker thread: Resource temporarily unavailable", None);
        assert_eq!(
            failure.message,
            "cannot start a thread: the system allows no more of them"
        );
    }
}
