//! A web account: its token, its cookie, and what a list of models is worth.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Check;
use crate::config::Settings;
use crate::i18n::duration::seconds;
use crate::i18n::{StaticText, join_lines};
use crate::messages;
use crate::messages::providers::web_login_help;
use crate::{tr, tr_static};
use qwen_api::provider::Endpoint;

/// What a site that answers leaves open.
pub(super) const NO_PROOF: StaticText = tr_static!("this does not prove that this account may chat");

pub(super) fn credential(settings: &Settings, endpoint: &Endpoint) -> Check {
    let account = &endpoint.account;
    let given = [&account.given.token, &account.given.cookie];
    let told = given
        .into_iter()
        .flatten()
        .map(|(secret, variable)| {
            let found = settings.sources.whose(&[variable.as_str()]);
            let origin = found.map(|(origin, _)| tr!("{}", origin)).unwrap_or_default();
            tr!("{} ({}) from {}", variable, messages::secret_shape(secret), origin)
        })
        .reduce(|told, one| tr!("{}, {}", told, one));
    let Some(told) = told else {
        return Check::ok("credential", tr!("{} is used without one", endpoint.provider));
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let Some(end) = account.credentials.expires_at() else {
        return Check::ok("credential", tr!("{}; when the token expires is unknown", told));
    };
    if account.credentials.can_renew() {
        let told = tr!("{}; it can be renewed with the cookie", told);
        return Check::ok("credential", told);
    }
    match end.checked_sub(now) {
        Some(left) => Check::ok(
            "credential",
            tr!("{}; the token expires in {}", told, seconds(Duration::from_secs(left))),
        ),
        None => Check::warning(
            "credential",
            tr!(
                "{}; the token expired {} ago",
                told,
                seconds(Duration::from_secs(now - end))
            ),
            join_lines(&web_login_help()),
        ),
    }
}
