//! Checks that send nothing over the network.

use std::path::{Path, PathBuf};

use stream_markdown::ColorDepth;

use super::Check;
use crate::app::App;
use crate::error::{Failure, Kind};
use crate::host::Host;
use crate::i18n::UiText;
use crate::render::picture;
use crate::store::{self, Store};
use crate::tr;
use qwen_api::Secret;
use qwen_api::local;

pub(super) fn program() -> Check {
    let (version, system, machine) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    Check::ok("program", tr!("qwen {}, {} {}", version, system, machine))
}

pub(super) fn config(app: &App<'_>) -> Check {
    let path = &app.settings.paths.config_file;
    let told = match path.exists() {
        true => UiText::foreign(path.display().to_string()),
        false => tr!("{} does not exist: using the defaults", path.display()),
    };
    // A file that is wrong ends every command before this one is begun.
    Check::ok("config", told)
}

pub(super) fn local(found: Option<String>) -> Check {
    Check::ok(
        "local",
        match found {
            Some(base_url) => tr!("a server answers at {} (-p local)", base_url),
            None => tr!("no server on this machine (ports {})", local::ports()),
        },
    )
}

pub(super) fn terminal(app: &App<'_>) -> Check {
    let host = app.host;
    let term = host.env.get("TERM").map_or_else(|| tr!("not set"), UiText::foreign);
    if !host.ttys.stdout {
        return Check::ok("terminal", tr!("stdout is no terminal (TERM {})", term));
    }
    let (columns, rows) = host.window();
    let colors = match host.color_depth() {
        ColorDepth::None => tr!("no colours"),
        ColorDepth::Ansi16 => tr!("16 colours"),
        ColorDepth::Ansi256 => tr!("256 colours"),
        ColorDepth::True => tr!("all colours"),
    };
    let shown = match picture::protocol(host, app.settings.pictures.value) {
        Some(protocol) => tr!("{}, shows pictures ({})", colors, protocol.name()),
        None => colors,
    };
    let told = tr!("{} × {}, {} (TERM {})", columns, rows, shown, term);
    if host.is_dumb_terminal() {
        return Check::warning("terminal", told, tr!("TERM=dumb turns colours and redrawing off"));
    }
    if columns < 40 {
        return Check::warning("terminal", told, tr!("below 40 columns tables and code do not fit"));
    }
    Check::ok("terminal", told)
}

pub(super) fn locale(host: &Host) -> Check {
    match (host.locale(), host.is_utf8()) {
        (Some((name, value)), true) if !cfg!(windows) => Check::ok("locale", tr!("{}={}", name, value)),
        (_, true) => Check::ok("locale", UiText::foreign("UTF-8")),
        (found, _) => {
            let told = found.map_or_else(|| tr!("none is set"), |(name, value)| tr!("{}={}", name, value));
            Check::warning(
                "locale",
                tr!("{}, which is not UTF-8", told),
                tr!("other letters than English ones may be shown wrongly: export LANG=C.UTF-8"),
            )
        }
    }
}

pub(super) fn store(folder: &Path) -> Check {
    let path = folder.join(store::FILE);
    let Ok(meta) = std::fs::metadata(&path) else {
        return Check::ok("store", tr!("nothing is saved yet (in {})", folder.display()));
    };
    let size = meta.len() as f64 / 1e6;
    let told = |notices: Vec<UiText>| notices.into_iter().reduce(|told, notice| tr!("{}; {}", told, notice));
    match Store::check(folder).map(|(store, notices)| (store.is_read_only(), told(notices))) {
        Ok((_, Some(told))) => Check::warning("store", told, tr!("it holds what could be recovered from the old file")),
        Ok((true, None)) => Check::warning(
            "store",
            tr!("{} is read-only", path.display()),
            tr!("answers are not saved; set QWEN_CLI_HOME to another folder"),
        ),
        Ok((false, None)) => Check::ok(
            "store",
            tr!("{} is intact, {} MB", path.display(), format!("{:.1}", size)),
        ),
        Err(failure) => Check::failure("store", &failure),
    }
}

/// Whether another program of this name comes first. `None` where the program's own place is not known.
pub(super) fn path(host: &Host) -> Option<Check> {
    let own = std::env::current_exe().ok()?.canonicalize().ok()?;
    let path = host.env.os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(path).collect();
    Some(on_path(&own, &folders))
}

fn on_path(own: &Path, folders: &[PathBuf]) -> Check {
    let name = if cfg!(windows) { "qwen.exe" } else { "qwen" };
    let found = folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|path| is_program(path));
    match found {
        Some(first) if first.canonicalize().is_ok_and(|first| first == own) => {
            Check::ok("path", tr!("{} is first on PATH", first.display()))
        }
        Some(first) => Check::warning(
            "path",
            tr!("`qwen` on PATH is {}, which is another program", first.display()),
            tr!(
                "this one is {}; put its folder first on PATH, or remove the other",
                own.display()
            ),
        ),
        None => Check::ok("path", tr!("{} is not on PATH", own.display())),
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// The credential's own look: a slip in copying it is the usual reason for a refusal.
pub(super) fn credential(told: UiText, value: &Secret, is_dashscope: bool) -> Check {
    let text = value.expose();
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) && !text.contains(';') {
        return Check::warning(
            "credential",
            told,
            tr!("it contains a space or a line break: was it copied completely, and nothing else?"),
        );
    }
    if is_dashscope && !text.starts_with("sk-") {
        return Check::warning("credential", told, tr!("Model Studio keys begin with sk-"));
    }
    Check::ok("credential", told)
}

/// What stands where the provider would, when none can be asked.
pub(super) fn no_provider(failure: &Failure) -> Check {
    let name = match failure.kind {
        Kind::Auth => "credential",
        _ => "provider",
    };
    Check::failure(name, failure)
}

#[cfg(test)]
mod tests {
    use super::super::CheckState;
    use super::*;

    #[test]
    fn another_program_of_the_name_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            std::fs::create_dir(place(name)).unwrap();
        }
        let own = place("b").join("qwen");
        std::fs::copy("/bin/sh", &own).unwrap();
        let own = own.canonicalize().unwrap();
        let folders = [place("a"), place("b")];
        assert_eq!(on_path(&own, &folders).state, CheckState::Ok);
        assert_eq!(
            on_path(&own, &folders[..1]).message.to_string(),
            format!("{} is not on PATH", own.display())
        );
        // A file that cannot be run is no program.
        std::fs::write(place("a").join("qwen"), "").unwrap();
        assert_eq!(on_path(&own, &folders).state, CheckState::Ok);
        std::fs::copy("/bin/sh", place("a").join("qwen")).unwrap();
        let check = on_path(&own, &folders);
        assert_eq!(check.state, CheckState::Warning);
        assert!(check.message.to_string().contains("/a/qwen") && check.hint.unwrap().to_string().contains("/b/qwen"));
    }

    #[test]
    fn a_credential_that_was_copied_badly_is_told() {
        let of = |value: &str| credential(UiText::foreign("k"), &Secret::new(value), true).hint;
        assert_eq!(of("sk-placeholder"), None);
        assert!(of("sk-place holder").unwrap().to_string().contains("a space"));
        assert!(of("placeholder").unwrap().to_string().contains("sk-"));
        assert_eq!(
            credential(UiText::foreign("k"), &Secret::new("token"), false).hint,
            None
        );
    }

    #[test]
    fn the_first_variable_of_the_locale_decides() {
        let of = |pairs: &[(&str, &str)]| locale(&Host::of_variables(pairs, false));
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]).state, CheckState::Ok);
        assert_eq!(
            of(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")]).message,
            "LC_ALL=C, which is not UTF-8"
        );
        assert_eq!(of(&[]).state, CheckState::Warning);
    }
}
