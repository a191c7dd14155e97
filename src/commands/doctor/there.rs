//! The provider: who, where, with which credential, and whether it answers.

use std::time::{Duration, SystemTime};

use super::{Check, here, site};
use crate::backend::endpoint::{self, Protocol};
use crate::backend::models::Probe;
use crate::commands::Context;
use crate::commands::connect::{Connection, connect};
use crate::config::{Origin, Settings};
use crate::secret::MASK;
use crate::words;

/// From here on a clock that is wrong spoils uploads and certificates.
const CLOCK: Duration = Duration::from_secs(5 * 60);

pub(super) async fn checks(context: &Context<'_>) -> Vec<Check> {
    let connection = match connect(context, false).await {
        Ok(connection) => connection,
        Err(failure) => return vec![here::nobody(&failure), proxy(context)],
    };
    let settings = &context.settings;
    let mut checks = vec![
        credential(settings, &connection),
        address(settings, &connection),
        proxy(context),
    ];
    let probe = connection.backend.probe().await;
    checks.push(server(&connection, &probe));
    checks.push(clock(probe.date, SystemTime::now()));
    checks
}

fn credential(settings: &Settings, connection: &Connection) -> Check {
    let endpoint = &connection.backend.endpoint;
    if endpoint.protocol == Protocol::Web {
        return site::credential(settings, endpoint);
    }
    let Some((secret, variable)) = &endpoint.key else {
        return Check::ok("credential", words!("{} needs none", endpoint.provider));
    };
    let origin = settings
        .whose(&[variable.as_str()])
        .map(|(origin, _)| words!("{}", origin));
    let told = words!("{} ({}) from {}", variable, secret.shape(), origin.unwrap_or_default());
    let is_dashscope =
        endpoint::provider(&endpoint.provider).is_some_and(|known| known.protocol.dashscope_path().is_some());
    here::credential(told, secret, is_dashscope)
}

fn address(settings: &Settings, connection: &Connection) -> Check {
    let endpoint = &connection.backend.endpoint;
    let given = settings.get("base_url");
    let region = settings
        .get("region")
        .filter(|_| given.is_none() && endpoint.protocol.dashscope_path().is_some());
    let told = words!("{} at {}", endpoint.provider, endpoint.base_url);
    let told = match (region.filter(|_| endpoint.provider != "demo"), given) {
        (Some(region), _) if region.origin == Origin::Default => words!("{}, region {}", told, region.value),
        (Some(region), _) => words!("{}, region {} from {}", told, region.value, region.origin),
        (None, Some(given)) => words!("{} from {}", told, given.origin),
        (None, None) => told,
    };
    Check::ok("address", told)
}

fn proxy(context: &Context<'_>) -> Check {
    let network = &context.network;
    let told = match (&network.proxy, &network.env_proxy) {
        (Some(proxy), _) => words!("{}, for all but loopback", without_password(proxy)),
        (None, Some(proxy)) => words!("{} from the environment, for all but loopback", without_password(proxy)),
        (None, None) => words!("none named here; the system's, where it has one"),
    };
    Check::ok("proxy", told)
}

fn without_password(proxy: &str) -> String {
    match url::Url::parse(proxy) {
        Ok(mut url) if url.has_host() => {
            // Neither fails for a URL that has a host.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string().trim_end_matches('/').to_owned()
        }
        _ => MASK.to_owned(),
    }
}

fn server(connection: &Connection, probe: &Probe) -> Check {
    let millis = probe.time.as_millis();
    let answers = match connection.backend.endpoint.base_url.starts_with("https:") {
        true => words!("answers within {} ms, TLS is good", millis),
        false => words!("answers within {} ms", millis),
    };
    match &probe.models {
        Ok(Some(models)) => {
            let told = words!("{}; {} models", answers, models);
            if let Some(moved) = &probe.moved {
                return Check::warning("server", told, moved.clone());
            }
            Check::ok(
                "server",
                match connection.backend.endpoint.protocol {
                    Protocol::Web => words!("{}; {}", told, site::NO_PROOF),
                    _ => told,
                },
            )
        }
        Ok(None) => Check::warning(
            "server",
            words!("{}; it lists no models", answers),
            words!("check the base URL {}", connection.backend.endpoint.base_url),
        ),
        Err(failure) => Check::failure("server", failure),
    }
}

/// This machine's clock against the server's.
fn clock(there: Option<SystemTime>, here: SystemTime) -> Check {
    let Some(there) = there else {
        return Check::ok("clock", words!("the server did not tell the time"));
    };
    let (apart, is_ahead) = match here.duration_since(there) {
        Ok(ahead) => (ahead, true),
        Err(behind) => (behind.duration(), false),
    };
    if apart < CLOCK {
        return Check::ok("clock", words!("agrees with the server's"));
    }
    let minutes = apart.as_secs() / 60;
    Check::warning(
        "clock",
        match is_ahead {
            true => words!("{} minutes ahead of the server's", minutes),
            false => words!("{} minutes behind the server's", minutes),
        },
        words!("set this machine's clock: uploads and certificates depend on it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_minutes_off() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let minutes = |count: u64| Duration::from_secs(count * 60);
        assert_eq!(clock(None, now).message, "the server did not tell the time");
        assert_eq!(clock(Some(now + minutes(4)), now).message, "agrees with the server's");
        assert_eq!(
            clock(Some(now + minutes(90)), now).message,
            "90 minutes behind the server's"
        );
        assert_eq!(
            clock(Some(now - minutes(6)), now).message,
            "6 minutes ahead of the server's"
        );
    }

    #[test]
    fn a_proxy_is_shown_without_its_password() {
        assert_eq!(without_password("http://me:hunter2@proxy:8080"), "http://proxy:8080");
        assert_eq!(without_password("me:hunter2@proxy"), MASK);
    }
}
