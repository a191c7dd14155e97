//! The provider: who, where, with which credential, and whether it answers.

use std::time::{Duration, SystemTime};

use super::{Check, here, site};
use crate::backend::endpoint::{self, Protocol};
use crate::backend::models::Probe;
use crate::commands::Context;
use crate::commands::connect::{Connection, connect};
use crate::config::{Origin, Settings};
use crate::secret::MASK;

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
        return Check::ok("credential", format!("{} needs none", endpoint.provider));
    };
    let origin = settings
        .credential(&[variable.as_str()])
        .map(|(found, _)| found.origin.to_string());
    let told = format!("{variable} ({}) from {}", secret.shape(), origin.unwrap_or_default());
    let is_dashscope =
        endpoint::provider(&endpoint.provider).is_some_and(|known| known.protocol.dashscope_path().is_some());
    here::credential(&told, secret, is_dashscope)
}

fn address(settings: &Settings, connection: &Connection) -> Check {
    let endpoint = &connection.backend.endpoint;
    let given = settings.get("base_url").map(|given| format!(" from {}", given.origin));
    let region = settings
        .get("region")
        .filter(|_| given.is_none() && endpoint.protocol.dashscope_path().is_some());
    let why = match region.filter(|_| endpoint.provider != "demo") {
        Some(region) if region.origin == Origin::Default => format!(", region {}", region.value),
        Some(region) => format!(", region {} from {}", region.value, region.origin),
        None => given.unwrap_or_default(),
    };
    Check::ok(
        "address",
        format!("{} at {}{why}", endpoint.provider, endpoint.base_url),
    )
}

fn proxy(context: &Context<'_>) -> Check {
    let network = &context.network;
    let told = match (&network.proxy, &network.env_proxy) {
        (Some(proxy), _) => format!("{}, for all but loopback", without_password(proxy)),
        (None, Some(proxy)) => format!("{} from the environment, for all but loopback", without_password(proxy)),
        (None, None) => "none named here; the system's, where it has one".to_owned(),
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
    let tls = match connection.backend.endpoint.base_url.starts_with("https:") {
        true => ", TLS is good",
        false => "",
    };
    let proof = match connection.backend.endpoint.protocol {
        Protocol::Web => site::NO_PROOF,
        _ => "",
    };
    match &probe.models {
        Ok(Some(models)) => Check::ok(
            "server",
            format!("answers within {millis} ms{tls}; {models} models{proof}"),
        ),
        Ok(None) => Check::ok("server", format!("answers within {millis} ms{tls}; it lists no models")),
        Err(failure) => Check::failure("server", failure),
    }
}

/// This machine's clock against the server's.
fn clock(there: Option<SystemTime>, here: SystemTime) -> Check {
    let Some(there) = there else {
        return Check::ok("clock", "the server did not tell the time");
    };
    let (apart, direction) = match here.duration_since(there) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    if apart < CLOCK {
        return Check::ok("clock", "agrees with the server's");
    }
    let minutes = apart.as_secs() / 60;
    Check::warning(
        "clock",
        format!("{minutes} minutes {direction} the server's"),
        "set this machine's clock: uploads and certificates depend on it",
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
