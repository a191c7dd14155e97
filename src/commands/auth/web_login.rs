//! `qwen auth login` for a web account: a token and a cookie, copied from a browser.

use super::credential_place::{self, CredentialPlace};
use super::{as_typed, asked, check};
use crate::app::App;
use crate::attach;
use crate::error::Failure;
use crate::messages::providers::web_login_help;
use crate::tr;
use qwen_api::Secret;

/// Asks for both, or takes them from the lines of stdin in that order. An empty one is left as it was.
pub(super) async fn login(
    app: &App<'_>,
    name: &str,
    variables: &[String],
    no_check: bool,
    place: CredentialPlace,
) -> anyhow::Result<()> {
    let given = given(app, name, variables).await?;
    if given.is_empty() {
        return Err(Failure::usage(tr!("no credential was given; nothing was stored")).into());
    }
    let mut with_them = app.settings.clone();
    for (variable, secret) in &given {
        if secret.expose().chars().any(char::is_control) {
            return Err(Failure::usage(tr!(
                "a credential must be a single line without control characters; nothing was stored"
            ))
            .into());
        }
        with_them = with_them.with_credential(variable, secret);
    }
    if !no_check {
        check(app, &with_them, name).await?;
        app.notice(tr!(
            "the site responds; whether this account may chat shows only when a message is sent"
        ));
    }
    for (variable, secret) in &given {
        let stored = credential_place::store(app, place, variable, secret, None).await?;
        app.notice(tr!("{} is stored in {}", variable, stored));
        if let Some(outside) = app.settings.sources.variable(variable) {
            app.notice(tr!("{} takes precedence over it", outside.origin));
        }
    }
    Ok(())
}

async fn given(app: &App<'_>, name: &str, variables: &[String]) -> Result<Vec<(String, Secret)>, Failure> {
    let mut secrets = Vec::new();
    if app.host.ttys.stdin {
        for line in web_login_help() {
            app.ui.print(line);
        }
        for variable in variables {
            secrets.push(asked(app, variable, name).await?);
        }
    } else {
        let notice = |message| app.notice(message);
        let text = String::from_utf8(attach::read_stdin(app.reads(None, &notice)).await?);
        let text = Secret::new(text.map_err(|_| Failure::usage(tr!("stdin is not text; nothing was stored")))?);
        secrets.extend(text.expose().lines().map(Secret::new));
    }
    let mut given: Vec<(String, Secret)> = variables.iter().cloned().zip(secrets).collect();
    for (variable, secret) in &mut given {
        *secret = as_typed(app, variable, secret);
    }
    given.retain(|(_, secret)| !secret.is_empty());
    Ok(given)
}
