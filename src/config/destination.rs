//! The destinations that a credential may be sent to, and those that a `.env` file sets.

use url::{Position, Url};

use super::origin::{Origin, Sourced};
use super::settings::Settings;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::messages::Context;
use crate::tr;
use qwen_api::Secret;
use qwen_api::provider::is_loopback;

/// The sentence about what a `.env` file sets: the base URL (from `origin`), a proxy, or the account.
pub(super) fn detour<'a>(
    settings: &Settings,
    origin: &Origin,
    url: &Url,
    mut account: impl Iterator<Item = &'a Origin>,
) -> Option<UiText> {
    let file = |origin: &Origin| match origin {
        Origin::DotEnv { path, .. } => Some(path.display().to_string()),
        _ => None,
    };
    let to = match (file(origin), account.find_map(file)) {
        (Some(file), _) => Some(tr!("this is sent to {}, which is set in {}", host(url), file)),
        (None, Some(file)) => Some(tr!(
            "this is sent to the account at {} that is set in {}",
            host(url),
            file
        )),
        (None, None) => None,
    };
    let through = match settings.proxy_for(url.scheme()).map(|proxy| proxy.origin) {
        Some(Origin::DotEnv { path, .. }) => settings.proxies().to(url).ok().flatten().map(|proxy| {
            let file = path.display();
            tr!(
                "this is sent through the proxy {}, which is set in {}",
                host(&proxy.url),
                file
            )
        }),
        _ => None,
    };
    match (to, through) {
        (Some(to), Some(through)) => Some(tr!("{}; {}", to, through)),
        (to, through) => to.or(through),
    }
}

/// The host and the port that a URL names.
fn host(url: &Url) -> String {
    url[Position::BeforeHost..Position::AfterPort].to_owned()
}

/// Refuses to send a credential in the clear across a network, or to a host or through a proxy that only a `.env` file
/// names, unless the credential is from the same file.
pub(super) fn check_destination(
    settings: &Settings,
    base: &Sourced<String>,
    url: &Url,
    credentials: &[&Sourced<Secret>],
    has_headers: bool,
    context: &Context,
) -> Result<(), Failure> {
    if credentials.is_empty() && !has_headers {
        return Ok(());
    }
    if url.scheme() == "http" && !is_loopback(url) && !settings.allow_http {
        return Err(Failure::usage(tr!(
            "refusing to send a credential over plain http:// to {}",
            url.host_str().unwrap_or_default()
        ))
        .hint(context.choose(
            tr!("use https://, or --allow-http if the network is trusted"),
            tr!("use https://; if the network is trusted, start qwen chat again with --allow-http"),
        )));
    }
    // A proxy for other hosts or schemes does not see the request.
    let proxy = match settings.proxies().to(url) {
        Ok(None) => None,
        Ok(Some(_)) | Err(_) => settings.proxy_for(url.scheme()),
    };
    let named = [
        (Some(&base.origin), tr!("base URL")),
        (proxy.as_ref().map(|proxy| &proxy.origin), tr!("proxy")),
        (
            settings.cacert.as_ref().map(|cacert| &cacert.origin),
            tr!("certificate file"),
        ),
    ];
    for (origin, what) in named {
        let Some(Origin::DotEnv { path, .. }) = origin else {
            continue;
        };
        let is_foreign =
            |secret: &&&Sourced<Secret>| !matches!(&secret.origin, Origin::DotEnv { path: from, .. } if from == path);
        let foreign = credentials.iter().find(is_foreign);
        if foreign.is_some() || has_headers {
            let whose = foreign.map_or_else(|| tr!("the config file"), |sourced| tr!("{}", sourced.origin));
            return Err(Failure::new(
                Kind::Auth,
                tr!(
                    "the {} comes from {}, but the credential from {}: it is not sent there",
                    what,
                    path.display(),
                    whose
                ),
            )
            .hint(tr!(
                "put the {} into the environment or the config file if you trust it, or the credential into that .env",
                what
            )));
        }
    }
    Ok(())
}
