//! The provider: who, where, with which credential, and whether it answers.

use std::time::{Duration, SystemTime};

use url::Url;

use super::{Check, local_checks, web_account_checks};
use crate::app::App;
use crate::config::{Origin, Settings};
use crate::connection::{Connection, connect};
use crate::i18n::duration::seconds;
use crate::messages;
use crate::report;
use crate::tr;
use qwen_api::Probe;
use qwen_api::network::NamedProxy;
use qwen_api::provider::is_loopback;

/// From here on a clock that is wrong spoils uploads and certificates.
const CLOCK: Duration = Duration::from_secs(5 * 60);

pub(super) async fn checks(app: &App<'_>) -> Vec<Check> {
    let connection = match connect(app, false).await {
        Ok(connection) => connection,
        Err(error) => {
            let failure = report::describe(&error);
            let proxy = proxy(app, None);
            // A malformed proxy is reported once, by the local checks.
            return match proxy.message == failure.message {
                true => vec![proxy],
                false => vec![local_checks::no_provider(&failure), proxy],
            };
        }
    };
    let settings = &app.settings;
    let mut checks = vec![
        credential(settings, &connection),
        address(settings, &connection),
        proxy(app, Some(&connection.client.endpoint().base_url)),
    ];
    let probe = connection.client.probe().await;
    checks.push(server(&connection, &probe));
    checks.push(clock(probe.date, SystemTime::now()));
    checks
}

fn credential(settings: &Settings, connection: &Connection) -> Check {
    let endpoint = connection.client.endpoint();
    if endpoint.protocol.has_account() {
        return web_account_checks::credential(settings, endpoint);
    }
    let Some((secret, variable)) = &endpoint.key else {
        return Check::ok("credential", tr!("{} needs none", endpoint.provider));
    };
    let origin = settings
        .sources
        .whose(&[variable.as_str()])
        .map(|(origin, _)| tr!("{}", origin));
    let told = tr!(
        "{} ({}) from {}",
        variable,
        messages::secret_shape(secret),
        origin.unwrap_or_default()
    );
    let is_dashscope =
        qwen_api::provider::provider(&endpoint.provider).is_some_and(|known| known.protocol.dashscope_path().is_some());
    local_checks::credential(told, secret, is_dashscope)
}

fn address(settings: &Settings, connection: &Connection) -> Check {
    let endpoint = connection.client.endpoint();
    let given = settings.base_url.as_ref();
    let has_region = given.is_none() && endpoint.protocol.dashscope_path().is_some() && endpoint.provider != "demo";
    let region = has_region.then_some(&settings.region);
    let told = tr!("{} at {}", endpoint.provider, endpoint.base_url);
    let told = match (region, given) {
        (Some(region), _) if region.origin == Origin::Default => tr!("{}, region {}", told, region.value.name),
        (Some(region), _) => tr!("{}, region {} from {}", told, region.value.name, region.origin),
        (None, Some(given)) => tr!("{} from {}", told, given.origin),
        (None, None) => told,
    };
    Check::ok("address", told)
}

/// The proxy for addresses such as `base_url`; without one, that for https://.
fn proxy(app: &App<'_>, base_url: Option<&str>) -> Check {
    let proxies = &app.network.proxies;
    let url = base_url.and_then(|base_url| Url::parse(base_url).ok());
    let scheme = url.as_ref().map_or("https", Url::scheme);
    let named = proxies
        .named(scheme)
        .or(proxies.named("https"))
        .or(proxies.named("http"));
    let proxy = match named.map(NamedProxy::proxy) {
        None if proxies.is_off => return Check::ok("proxy", tr!("none: it was turned off")),
        None => return Check::ok("proxy", tr!("none set here; the system's proxy is used, if any")),
        Some(Err(error)) => return Check::failure("proxy", &messages::describe(&error, &app.message_context())),
        Some(Ok(proxy)) => messages::proxy(&proxy.name),
    };
    let kept = url.filter(|url| !is_loopback(url) && proxies.to(url).is_ok_and(|proxy| proxy.is_none()));
    Check::ok(
        "proxy",
        match kept.as_ref().and_then(Url::host_str) {
            Some(host) => tr!("{}, but not for {}", proxy, host),
            None => tr!("{}, for all but loopback", proxy),
        },
    )
}

fn server(connection: &Connection, probe: &Probe) -> Check {
    let millis = probe.time.as_millis();
    let answers = match connection.client.endpoint().base_url.starts_with("https:") {
        true => tr!("answers within {} ms, TLS is good", millis),
        false => tr!("answers within {} ms", millis),
    };
    match &probe.models {
        Ok(Some(models)) => {
            let told = match models {
                1 => tr!("{}; 1 model", answers),
                _ => tr!("{}; {} models", answers, models),
            };
            if let Some(moved) = &probe.moved {
                return Check::warning("server", told, messages::notice(moved, &connection.context));
            }
            Check::ok(
                "server",
                match connection.client.endpoint().protocol.has_account() {
                    true => tr!("{}; {}", told, web_account_checks::NO_PROOF),
                    false => told,
                },
            )
        }
        Ok(None) => Check::warning(
            "server",
            tr!("{}; it lists no models", answers),
            tr!("check the base URL {}", connection.client.endpoint().base_url),
        ),
        Err(error) => Check::failure("server", &messages::describe(error, &connection.context)),
    }
}

/// This machine's clock against the server's.
fn clock(there: Option<SystemTime>, here: SystemTime) -> Check {
    let Some(there) = there else {
        return Check::ok("clock", tr!("the server sent no date"));
    };
    let (apart, is_ahead) = match here.duration_since(there) {
        Ok(ahead) => (ahead, true),
        Err(behind) => (behind.duration(), false),
    };
    if apart < CLOCK {
        return Check::ok("clock", tr!("agrees with the server's"));
    }
    let apart = seconds(Duration::from_secs(apart.as_secs() / 60 * 60));
    Check::warning(
        "clock",
        match is_ahead {
            true => tr!("{} ahead of the server's", apart),
            false => tr!("{} behind the server's", apart),
        },
        tr!("set this machine's clock: uploads and certificates depend on it"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_minutes_off() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let minutes = |count: u64| Duration::from_secs(count * 60);
        assert_eq!(clock(None, now).message, "the server sent no date");
        assert_eq!(clock(Some(now + minutes(4)), now).message, "agrees with the server's");
        assert_eq!(
            clock(Some(now + minutes(90)), now).message,
            "1 h 30 min behind the server's"
        );
        assert_eq!(
            clock(Some(now - minutes(6)), now).message,
            "6 min ahead of the server's"
        );
    }
}
