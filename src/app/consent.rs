//! Asks on the terminal whether something that came with a project may be used.

use stream_markdown::sanitize::safe_line;
use tokio::task::spawn_blocking;

use super::App;
use crate::config::Consent;
use crate::error::Failure;
use crate::i18n::{UiText, is_yes};
use crate::term::tty::Tty;
use crate::tr;

/// What the user answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentAnswer {
    Yes,
    /// Enter alone, too.
    No,
    /// There is no terminal to ask on.
    Unasked,
}

/// Asks for a consent that was not given before, below a text if there is one to show. A yes is remembered.
pub async fn ask_once(
    app: &App<'_>,
    consent: &Consent,
    shown: Option<UiText>,
    question: &UiText,
) -> Result<ConsentAnswer, Failure> {
    let data = &app.settings.paths.data;
    if consent.is_given(data) {
        return Ok(ConsentAnswer::Yes);
    }
    let answer = ask(app, shown, question).await?;
    if answer == ConsentAnswer::Yes
        && let Err(failure) = consent.give(data)
    {
        app.notice(tr!("{}; you will be asked again", failure));
    }
    Ok(answer)
}

async fn ask(app: &App<'_>, shown: Option<UiText>, question: &UiText) -> Result<ConsentAnswer, Failure> {
    let Some(tty) = Tty::open().filter(|_| app.host.ttys.stderr) else {
        return Ok(ConsentAnswer::Unasked);
    };
    if let Some(shown) = shown {
        app.ui.print(shown);
    }
    let prompt = format!("{} ", safe_line(&question.localize(app.settings.lang())));
    let asking = async { Ok::<_, Failure>(spawn_blocking(move || tty.ask(&prompt)).await) };
    Ok(match app.or_cancelled(asking).await? {
        Ok(Ok(typed)) if is_yes(&typed) => ConsentAnswer::Yes,
        _ => ConsentAnswer::No,
    })
}
