//! Consent to a destination that a `.env` file names. A notice names it each time, and the user allows it once: the file
//! came with the project, and its author could read the messages.

use stream_markdown::sanitize::safe_line;
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::term::tty::Tty;
use crate::tr;

/// Shows the destination that a `.env` file names, and asks the user the first time for that file.
pub async fn ask_once(app: &App<'_>, detour: Option<&UiText>) -> Result<(), Failure> {
    let Some(told) = detour else {
        return Ok(());
    };
    if app.sends && !app.settings.is_dotenv_allowed() {
        ask(app, told).await?;
    }
    app.notice(told);
    Ok(())
}

async fn ask(app: &App<'_>, told: &UiText) -> Result<(), Failure> {
    let no = |why: UiText| Failure::new(Kind::Auth, tr!("{}; {}, so nothing is sent", told, why));
    let Some(tty) = Tty::open().filter(|_| app.host.ttys.stderr) else {
        return Err(no(tr!("that was not allowed yet")).hint(tr!(
            "run qwen there once in a terminal and answer y, or give the address yourself (--base-url, --proxy)"
        )));
    };
    let question = tr!("{}. Send it there? [y/N]", told).localize(app.settings.lang());
    let prompt = format!("{} ", safe_line(&question));
    let asking = async { Ok(spawn_blocking(move || tty.ask(&prompt)).await) };
    let answer = match app.or_cancelled(asking).await? {
        Ok(Ok(answer)) => answer.to_lowercase(),
        _ => String::new(),
    };
    if !matches!(answer.as_str(), "y" | "yes" | "是") {
        return Err(no(tr!("that was not allowed")));
    }
    if let Err(failure) = app.settings.allow_dotenv() {
        app.notice(tr!("{}; you will be asked again", failure));
    }
    Ok(())
}
