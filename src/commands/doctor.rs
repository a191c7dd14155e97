//! `qwen doctor`: what stands between the user and an answer, and what to do about it.

mod local_checks;
mod remote_checks;
mod web_account_checks;

use serde_json::{Value, json};
use stream_markdown::ColorDepth;
use stream_markdown::fill::fill_under;
use stream_markdown::sanitize::{safe, safe_line};
use tokio::sync::oneshot;

use crate::app::App;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::term::out::{write_out, write_painted};
use crate::tr;
use qwen_api::local;

/// One thing looked at.
#[derive(Clone, Debug, PartialEq)]
struct Check {
    name: &'static str,
    state: CheckState,
    /// What was found. Never holds a credential.
    message: UiText,
    /// What to do about it.
    hint: Option<UiText>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CheckState {
    Ok,
    Warning,
    /// With the kind that decides the exit code.
    Failure(Kind),
}

impl CheckState {
    fn name(self) -> &'static str {
        match self {
            CheckState::Ok => "ok",
            CheckState::Warning => "warning",
            CheckState::Failure(_) => "failure",
        }
    }

    /// The escape code of its colour.
    fn color(self) -> &'static str {
        match self {
            CheckState::Ok => "32",
            CheckState::Warning => "33",
            CheckState::Failure(_) => "31",
        }
    }
}

impl Check {
    fn ok(name: &'static str, message: impl Into<UiText>) -> Check {
        Check {
            name,
            state: CheckState::Ok,
            message: message.into(),
            hint: None,
        }
    }

    fn warning(name: &'static str, message: impl Into<UiText>, hint: impl Into<UiText>) -> Check {
        Check {
            state: CheckState::Warning,
            hint: Some(hint.into()),
            ..Check::ok(name, message)
        }
    }

    fn failure(name: &'static str, failure: &Failure) -> Check {
        Check {
            state: CheckState::Failure(failure.kind),
            hint: failure.hint.clone(),
            ..Check::ok(name, failure.message.clone())
        }
    }
}

pub(super) async fn run(app: App<'_>, as_json: bool) -> anyhow::Result<()> {
    let look = async {
        // The server is waited for; looking for one on this machine costs nothing meanwhile.
        let (there, local) = tokio::join!(remote_checks::checks(&app), local::local_server());
        Ok::<_, Failure>((there, local))
    };
    let (there, local) = app.or_cancelled(look).await?;
    let mut checks = vec![local_checks::program(), local_checks::config(&app)];
    checks.extend(there);
    checks.push(local_checks::local(local));
    checks.push(local_checks::terminal(&app));
    checks.push(local_checks::locale(app.host));
    checks.push(store(&app).await?);
    checks.extend(local_checks::path(app.host));
    if as_json {
        write_out(&in_json(&checks))?;
    } else {
        let colored = app.look().color_depth(app.host.ttys.stdout) > ColorDepth::None
            && app.look().theme() != stream_markdown::Theme::Plain;
        let text = app.ui.with_marks(in_words(&checks, colored, app.settings.lang()));
        write_painted(&match app.host.ttys.stdout {
            true => fill_under(&text, app.host.window().0.into(), name_width(&checks) + STATES),
            false => text,
        })?;
    }
    Ok(verdict(&checks)?)
}

/// To look at all of a large store takes seconds, in which Ctrl-C is heard.
async fn store(app: &App<'_>) -> Result<Check, Failure> {
    let folder = app.settings.paths.data.clone();
    let (sender, checked) = oneshot::channel();
    let look = move || {
        // After a Ctrl-C the receiver is gone.
        let _ = sender.send(local_checks::store(&folder));
    };
    if std::thread::Builder::new().spawn(look).is_err() {
        return Ok(Check::failure("store", &Failure::no_thread()));
    }
    let told = || Failure::other(tr!("cannot {}", tr!("look at the saved conversations")));
    let checked = async { checked.await.map_err(|_| told()) };
    app.or_cancelled(checked).await
}

fn verdict(checks: &[Check]) -> Result<(), Failure> {
    let failed: Vec<Kind> = checks
        .iter()
        .filter_map(|check| match check.state {
            CheckState::Failure(kind) => Some(kind),
            _ => None,
        })
        .collect();
    match failed.as_slice() {
        [] => Ok(()),
        [kind] => Err(Failure::new(*kind, tr!("one check failed"))),
        [first, ..] => Err(Failure::new(*first, tr!("{} checks failed", failed.len()))),
    }
}

/// The columns of a check's state and of the blanks around its name.
const STATES: usize = 11;

fn name_width(checks: &[Check]) -> usize {
    checks.iter().map(|check| check.name.len()).max().unwrap_or(0)
}

fn in_words(checks: &[Check], colored: bool, lang: Lang) -> String {
    let width = name_width(checks);
    let mut text = String::new();
    for check in checks {
        let state = format!("{:7}", check.state.name());
        let state = match colored {
            true => format!("\u{1b}[{}m{state}\u{1b}[0m", check.state.color()),
            false => state,
        };
        text.push_str(&format!(
            "{state}  {:width$}  {}\n",
            check.name,
            safe_line(&check.message.localize(lang))
        ));
        let hint = check.hint.as_ref().map(|hint| hint.localize(lang)).unwrap_or_default();
        for line in hint.lines() {
            text.push_str(&format!(
                "{:width$}  {}\n",
                "",
                safe(line.trim_end()),
                width = width + STATES - 2
            ));
        }
    }
    text
}

fn in_json(checks: &[Check]) -> String {
    let list: Vec<Value> = checks
        .iter()
        .map(|check| {
            json!({"name": check.name, "state": check.state.name(), "message": check.message, "hint": check.hint})
        })
        .collect();
    let is_ok = verdict(checks).is_ok();
    serde_json::to_string_pretty(&json!({"ok": is_ok, "checks": list})).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_decides() {
        let good = Check::ok("a", UiText::foreign("fine"));
        let warned = Check::warning("b", UiText::foreign("hm"), UiText::foreign("do this"));
        let failed = |kind| Check::failure("c", &Failure::new(kind, UiText::foreign("no")));
        assert_eq!(verdict(&[good.clone(), warned]), Ok(()));
        let failure = verdict(&[good, failed(Kind::Auth), failed(Kind::Network)]).unwrap_err();
        assert_eq!(
            (failure.kind, failure.message.to_string().as_str()),
            (Kind::Auth, "2 checks failed")
        );
    }

    #[test]
    fn words_are_a_line_a_check_and_what_to_do_below() {
        let checks = [
            Check::ok("clock", UiText::foreign("right")),
            Check::warning("terminal", UiText::foreign("odd\u{1b}[2J"), UiText::foreign("one\ntwo")),
        ];
        insta::assert_snapshot!(in_words(&checks, false, Lang::En), @r"
        ok       clock     right
        warning  terminal  odd␛[2J
                           one
                           two
        ");
        assert!(in_words(&checks, true, Lang::En).starts_with("\u{1b}[32mok     \u{1b}[0m  clock"));
    }
}
