//! `qwen auth login` for a web account: a token and a cookie, copied from a browser.

use std::io::Write;

use super::place::{self, Place};
use super::{as_typed, asked, check};
use crate::attach;
use crate::commands::Context;
use crate::config::provider;
use crate::error::Failure;
use crate::tr;
use qwen_api::secret::Secret;

/// Asks for both, or takes them from the lines of stdin in that order. An empty one is left as it was.
pub(super) async fn login(
    context: &Context<'_>,
    name: &str,
    variables: &[String],
    no_check: bool,
    place: Place,
) -> Result<(), Failure> {
    let given = given(context, name, variables).await?;
    if given.is_empty() {
        return Err(Failure::usage(tr!("no credential was given; nothing is stored")));
    }
    let mut with_them = context.settings.clone();
    for (variable, secret) in &given {
        if secret.expose().chars().any(char::is_control) {
            return Err(Failure::usage(tr!(
                "a credential is one line, without control characters; nothing is stored"
            )));
        }
        with_them = with_them.with_credential(variable, secret);
    }
    if !no_check {
        check(context, &with_them, name).await?;
        context.notice(tr!(
            "the site answers; whether it lets this account chat only shows when it is asked"
        ));
    }
    for (variable, secret) in &given {
        let stored = place::store(context, place, variable, secret, None).await?;
        context.notice(tr!("{} is stored in {}", variable, stored));
        if let Some(outside) = context.settings.sources.variable(variable) {
            context.notice(tr!("{} comes before it", outside.origin));
        }
    }
    Ok(())
}

async fn given(context: &Context<'_>, name: &str, variables: &[String]) -> Result<Vec<(String, Secret)>, Failure> {
    let mut secrets = Vec::new();
    if context.host.ttys.stdin {
        for line in provider::web_login_help() {
            // A closed stderr shows nothing.
            let _ = writeln!(std::io::stderr(), "{}", line.localize(context.settings.lang()));
        }
        for variable in variables {
            secrets.push(asked(context, variable, name).await?);
        }
    } else {
        let notice = |message| context.notice(message);
        let text = String::from_utf8(attach::read_stdin(context.reads(None, &notice)).await?);
        let text = Secret::new(text.map_err(|_| Failure::usage(tr!("stdin is no text; nothing is stored")))?);
        secrets.extend(text.expose().lines().map(Secret::new));
    }
    let mut given: Vec<(String, Secret)> = variables.iter().cloned().zip(secrets).collect();
    for (variable, secret) in &mut given {
        *secret = as_typed(context, variable, secret);
    }
    given.retain(|(_, secret)| !secret.is_empty());
    Ok(given)
}
