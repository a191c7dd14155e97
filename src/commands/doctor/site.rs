//! A web account: its token, its cookie, and what a list of models is worth.

use std::time::{SystemTime, UNIX_EPOCH};

use super::Check;
use crate::backend::endpoint::Endpoint;
use crate::config::Settings;
use crate::config::provider::web_login_help;

/// What a site that answers leaves open.
pub(super) const NO_PROOF: &str = "; that is no proof that it lets this account chat";

pub(super) fn credential(settings: &Settings, endpoint: &Endpoint) -> Check {
    let account = &endpoint.account;
    let given = [&account.given.token, &account.given.cookie];
    let told: Vec<String> = given
        .into_iter()
        .flatten()
        .map(|(secret, variable)| {
            let found = settings.credential(&[variable.as_str()]);
            let origin = found.map(|(found, _)| found.origin.to_string()).unwrap_or_default();
            format!("{variable} ({}) from {origin}", secret.shape())
        })
        .collect();
    if told.is_empty() {
        return Check::ok("credential", format!("{} is asked without one", endpoint.provider));
    }
    let mut told = told.join(", ");
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let Some(end) = account.credentials.expires_at() else {
        return Check::ok("credential", format!("{told}; when the token ends cannot be told"));
    };
    if account.credentials.can_renew() {
        told.push_str("; the cookie holds what a new token is fetched with");
        return Check::ok("credential", told);
    }
    match end.checked_sub(now) {
        Some(left) => Check::ok("credential", format!("{told}; the token ends in {}", spell(left))),
        None => Check::warning(
            "credential",
            format!("{told}; the token ended {} ago", spell(now - end)),
            web_login_help().join("\n"),
        ),
    }
}

/// Seconds, as roughly as a person wants them.
fn spell(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7200 => format!("{} minutes", seconds / 60),
        7200..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
