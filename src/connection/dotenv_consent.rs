//! Consent to a destination that a `.env` file names. A notice names it each time, and the user allows it once: the file
//! came with the project, and its author could read the messages.

use crate::app::App;
use crate::app::consent::{self, ConsentAnswer};
use crate::config::Consent;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::tr;

/// Shows the destination that a `.env` file names, and asks the user the first time for that file.
pub async fn ask_once(app: &App<'_>, detour: Option<&UiText>) -> Result<(), Failure> {
    let Some(told) = detour else {
        return Ok(());
    };
    if app.sends
        && let Some(consent) = app.settings.dotenv_consent()
    {
        ask(app, &consent, told).await?;
    }
    app.notice(told);
    Ok(())
}

async fn ask(app: &App<'_>, consent: &Consent, told: &UiText) -> Result<(), Failure> {
    let no = |why: UiText| Failure::new(Kind::Auth, tr!("{}; {}, so nothing is sent", told, why));
    match consent::ask_once(app, consent, None, &tr!("{}. Send it there? [y/N]", told)).await? {
        ConsentAnswer::Yes => Ok(()),
        ConsentAnswer::No => Err(no(tr!("that was not allowed"))),
        ConsentAnswer::Unasked => Err(no(tr!("that was not allowed yet")).hint(tr!(
            "run qwen there once in a terminal and answer y, or give the address yourself (--base-url, --proxy)"
        ))),
    }
}
