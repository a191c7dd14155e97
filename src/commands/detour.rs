//! What a `.env` decides of where messages go is told each time, and allowed by the user once: it came with the
//! project, and its author would read along.

use stream_markdown::sanitize::safe_line;
use tokio::task::spawn_blocking;

use super::Context;
use crate::error::{Failure, Kind};
use crate::term::tty::Tty;
use crate::text::words::Words;
use crate::words;

/// Tells where messages go on a `.env`'s word. The first time for that file the user is asked.
pub(super) async fn allow(context: &Context<'_>, detour: Option<&Words>) -> Result<(), Failure> {
    let Some(told) = detour else {
        return Ok(());
    };
    if context.sends && !context.settings.is_dotenv_allowed() {
        ask(context, told).await?;
    }
    context.notice(told);
    Ok(())
}

async fn ask(context: &Context<'_>, told: &Words) -> Result<(), Failure> {
    let no = |why: Words| Failure::new(Kind::Auth, words!("{}; {}, so nothing is sent", told, why));
    let Some(tty) = Tty::open().filter(|_| context.host.ttys.stderr) else {
        return Err(no(words!("that was not allowed yet")).hint(words!(
            "run qwen there once on a terminal and answer y, or name the address yourself (--base-url, --proxy)"
        )));
    };
    let question = words!("{}. Send it there? [y/N]", told).told(context.settings.lang());
    let prompt = format!("{} ", safe_line(&question));
    let asking = async { Ok(spawn_blocking(move || tty.ask(&prompt)).await) };
    let answer = match context.or_cancelled(asking).await? {
        Ok(Ok(answer)) => answer.to_lowercase(),
        _ => String::new(),
    };
    if !matches!(answer.as_str(), "y" | "yes" | "是") {
        return Err(no(words!("that was not allowed")));
    }
    if let Err(failure) = context.settings.allow_dotenv() {
        context.notice(words!("{}; it will be asked again", failure));
    }
    Ok(())
}
