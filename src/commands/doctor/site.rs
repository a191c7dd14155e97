//! A web account: its token, its cookie, and what a list of models is worth.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Check;
use crate::config::Settings;
use crate::config::provider::web_login_help;
use crate::messages;
use crate::text::words::{Sentence, Words, lines};
use crate::{sentence, words};
use qwen_api::provider::Endpoint;

/// What a site that answers leaves open.
pub(super) const NO_PROOF: Sentence = sentence!("that is no proof that it lets this account chat");

pub(super) fn credential(settings: &Settings, endpoint: &Endpoint) -> Check {
    let account = &endpoint.account;
    let given = [&account.given.token, &account.given.cookie];
    let told = given
        .into_iter()
        .flatten()
        .map(|(secret, variable)| {
            let found = settings.whose(&[variable.as_str()]);
            let origin = found.map(|(origin, _)| words!("{}", origin)).unwrap_or_default();
            words!("{} ({}) from {}", variable, messages::secret_shape(secret), origin)
        })
        .reduce(|told, one| words!("{}, {}", told, one));
    let Some(told) = told else {
        return Check::ok("credential", words!("{} is asked without one", endpoint.provider));
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let Some(end) = account.credentials.expires_at() else {
        return Check::ok("credential", words!("{}; when the token ends cannot be told", told));
    };
    if account.credentials.can_renew() {
        let told = words!("{}; the cookie holds what a new token is fetched with", told);
        return Check::ok("credential", told);
    }
    match end.checked_sub(now) {
        Some(left) => Check::ok("credential", words!("{}; the token ends in {}", told, spell(left))),
        None => Check::warning(
            "credential",
            words!("{}; the token ended {} ago", told, spell(now - end)),
            lines(&web_login_help()),
        ),
    }
}

/// Seconds, as roughly as a person wants them.
fn spell(seconds: u64) -> Words {
    match seconds {
        0..120 => words!("{} seconds", seconds),
        120..7200 => words!("{} minutes", seconds / 60),
        7200..172_800 => words!("{} hours", seconds / 3600),
        _ => words!("{} days", seconds / 86_400),
    }
}
