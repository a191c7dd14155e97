//! The endpoint of a provider: its base URL, its credential, its headers and models.

use url::Url;

use super::destination::{check_destination, detour};
use super::origin::{Origin, Sourced};
use super::own_provider::OwnProvider;
use super::provider_choice::unknown_provider;
use super::setting_values::{BaseUrl, RegionName};
use super::settings::Settings;
use super::web_renewal;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::messages::Context;
use crate::messages::providers::{credential_hints, key_pages};
use crate::tr;
use qwen_api::HeaderValue;
use qwen_api::Secret;
use qwen_api::provider::{
    Account, COOKIE_VAR, Credentials, Dialect, Endpoint, Protocol, Provider, TOKEN_VAR, WEB_SITE,
};

/// An endpoint, and the notices about it.
#[derive(Debug)]
pub struct Route {
    pub endpoint: Endpoint,
    /// The sentence about what a `.env` file sets.
    pub detour: Option<UiText>,
    pub notices: Vec<UiText>,
}

/// Makes the endpoint of a named provider. `found_at` is the base URL of a local server that was found; `context` says
/// where errors are read.
pub fn route(settings: &Settings, name: &str, found_at: Option<String>, context: &Context) -> Result<Route, Failure> {
    let own = settings.providers.get(name);
    let known = qwen_api::provider::provider(name);
    let mut notices = Vec::new();
    let protocol = match (known, own) {
        (Some(provider), _) => provider.protocol,
        (None, Some(own)) => own.protocol.unwrap_or(Protocol::OpenAi(Dialect::Generic)),
        (None, None) => return Err(unknown_provider(settings, name)),
    };
    let has_own_base = settings.has_own_base_url(name);
    let mut base = base_url(settings, name, protocol, own, found_at, context)?;
    let url = checked(&base)?;
    let (short, tail) = qwen_api::provider::without_tail(protocol, &base.value);
    if let Some(tail) = tail {
        notices.push(tr!("removed {} from the end of the base URL", tail));
    }
    base.value = short.to_owned();
    let (credential, cookie) = match protocol.has_account() {
        true => token_and_cookie(settings, known, own),
        false => (api_key(settings, known, own), None),
    };
    for found in [&credential, &cookie] {
        notices.extend(settings.sources.cleanup_notice(found.as_ref()));
    }
    let needs_key =
        known.is_some_and(|provider| provider.needs_key) || own.is_some_and(|own| own.api_key_env.is_some());
    if credential.is_none() && cookie.is_none() && needs_key {
        return Err(no_key(name, own, context));
    }
    let headers: Vec<(String, HeaderValue)> = own
        .map(|own| own.headers.as_slice())
        .unwrap_or_default()
        .iter()
        .map(|(header, value)| (header.clone(), secret_header(name, header, value)))
        .collect();
    let credentials: Vec<&Sourced<Secret>> = [&credential, &cookie]
        .into_iter()
        .flatten()
        .map(|(secret, _)| secret)
        .collect();
    check_destination(settings, &base, &url, &credentials, !headers.is_empty(), context)?;
    // The chats of a web account can be read by the owner of the account, what was sent with an API key by no one.
    let logins = credentials.iter().filter(|_| protocol.has_account());
    let detour = detour(settings, &base.origin, &url, logins.map(|secret| &secret.origin));
    let mut endpoint = Endpoint::new(name, protocol, base.value);
    endpoint.batch_base = match own.and_then(|own| own.batch_base_url.as_ref()) {
        Some(given) => Some(batch_base(given)?),
        None if has_own_base => endpoint.openai_base(),
        None => known.and_then(|provider| provider.batch_base(settings.region.value.region)),
    };
    endpoint.headers = headers;
    endpoint.default_model = own
        .and_then(|own| own.model.clone())
        .or_else(|| known.and_then(|provider| provider.default_model.map(str::to_owned)));
    type OwnModel = fn(&OwnProvider) -> Option<&String>;
    type KnownModel = fn(&Provider) -> Option<&'static str>;
    let model = |own_model: OwnModel, setting: &Option<Sourced<String>>, known_model: KnownModel| {
        let chosen = own.and_then(own_model);
        let chosen = chosen.or(setting.as_ref().map(|setting| &setting.value)).cloned();
        chosen.or_else(|| known.and_then(known_model).map(str::to_owned))
    };
    endpoint.vision_model = model(
        |own| own.vision_model.as_ref(),
        &settings.vision_model,
        |known| known.vision_model,
    );
    endpoint.omni_model = model(
        |own| own.omni_model.as_ref(),
        &settings.omni_model,
        |known| known.omni_model,
    );
    endpoint.transcribe_model = model(
        |own| own.transcribe_model.as_ref(),
        &settings.transcribe_model,
        |known| known.transcribe_model,
    );
    endpoint.image_model = model(
        |own| own.image_model.as_ref(),
        &settings.image_model,
        |known| known.image_model,
    );
    let plain = |found: Option<(Sourced<Secret>, String)>| found.map(|(secret, variable)| (secret.value, variable));
    if protocol.has_account() {
        let given = Credentials {
            token: plain(credential),
            cookie: plain(cookie),
        };
        endpoint.account = account(settings, given);
    } else {
        endpoint.key = plain(credential);
    }
    if protocol.dashscope_path().is_some()
        && let Some(workspace) = &settings.workspace
    {
        endpoint.name_workspace(&workspace.value.0);
    }
    Ok(Route {
        endpoint,
        detour,
        notices,
    })
}

/// A credential with its origin, and the variable it goes by.
type SourcedCredential = Option<(Sourced<Secret>, String)>;

/// The key from the config file's variable for it, or from those of the known provider.
fn api_key(settings: &Settings, known: Option<&Provider>, own: Option<&OwnProvider>) -> SourcedCredential {
    match own.and_then(|own| own.api_key_env.as_deref()) {
        Some(variable) => settings.sources.credential(&[variable]),
        None => settings.sources.credential(known?.key_vars),
    }
}

/// The token and the cookie of a web account. Those the user stored are not mixed with those of the environment,
/// which may be another account's.
fn token_and_cookie(
    settings: &Settings,
    known: Option<&Provider>,
    own: Option<&OwnProvider>,
) -> (SourcedCredential, SourcedCredential) {
    let find = |own: Option<&str>, usual: &'static str| match own {
        Some(variable) => settings.sources.credential(&[variable]),
        None => known.and_then(|_| settings.sources.credential(&[usual])),
    };
    let mut token = find(own.and_then(|own| own.api_key_env.as_deref()), TOKEN_VAR);
    let mut cookie = find(own.and_then(|own| own.cookie_env.as_deref()), COOKIE_VAR);
    let is_stored = |found: &SourcedCredential| found.as_ref().map(|(secret, _)| secret.origin.is_stored());
    match (is_stored(&token), is_stored(&cookie)) {
        (Some(true), Some(false)) => token = None,
        (Some(false), Some(true)) => cookie = None,
        _ => {}
    }
    (token, cookie)
}

fn account(settings: &Settings, given: Credentials) -> Account {
    Account {
        api: settings.web_api.value,
        credentials: web_renewal::renewed(settings, &given).unwrap_or_else(|| given.clone()),
        given,
        version: settings.web_version.as_ref().map(|sourced| sourced.value.clone()),
    }
}

/// A header of the config file, treated as a credential, since it may be one.
fn secret_header(provider: &str, header: &str, value: &str) -> HeaderValue {
    HeaderValue::Secret {
        prefix: "",
        secret: Secret::new(value),
        variable: format!("{provider}_{header}")
            .to_ascii_uppercase()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_"),
    }
}

fn no_key(name: &str, own: Option<&OwnProvider>, context: &Context) -> Failure {
    let known = credential_hints().find(|(provider, _)| provider.name == name);
    let hint = match (own.and_then(|own| own.api_key_env.as_deref()), known) {
        (Some(variable), _) => tr!("export {}=…", variable),
        (None, Some((known, hint))) => {
            let hint = match known.protocol.dashscope_path() {
                Some(_) => tr!("{}\n      {}", hint, key_pages("      ")),
                None => hint.into(),
            };
            tr!(
                "{}\n      or try the program without a key: {} demo",
                hint,
                context.provider()
            )
        }
        (None, None) => tr!("set api_key_env to the variable that holds the key"),
    };
    Failure::new(Kind::Auth, tr!("no credential for {}", name)).hint(hint)
}

fn base_url(
    settings: &Settings,
    name: &str,
    protocol: Protocol,
    own: Option<&OwnProvider>,
    found_at: Option<String>,
    context: &Context,
) -> Result<Sourced<String>, Failure> {
    let fixed = |value: String| Sourced {
        value,
        origin: Origin::Default,
    };
    if name == "demo"
        && let Some(found) = found_at
    {
        return Ok(fixed(found));
    }
    let own = own.and_then(|own| own.base_url.as_ref());
    if let Some(given) = settings.base_url.as_ref().or(own) {
        return Ok(Sourced {
            value: given.value.with_scheme(),
            origin: given.origin.clone(),
        });
    }
    if let Some(found) = found_at {
        return Ok(fixed(found));
    }
    let site = protocol.has_account().then_some(WEB_SITE);
    if let Some(usual) = qwen_api::provider::provider(name)
        .and_then(|provider| provider.base_url)
        .or(site)
    {
        return Ok(fixed(usual.to_owned()));
    }
    let Some(path) = protocol.dashscope_path() else {
        return Err(Failure::usage(tr!("the provider {} has no base URL", name))
            .hint(tr!("qwen config set providers.{}.base_url URL", name)));
    };
    let RegionName { region, name } = &settings.region.value;
    let workspace = settings.workspace.as_ref().map(|sourced| sourced.value.0.as_str());
    match region.host(workspace) {
        Some(host) => Ok(fixed(format!("https://{host}{path}"))),
        None => Err(
            Failure::usage(tr!("the region {} has no shared host; it needs a workspace", name))
                .hint(context.flag_at_start(tr!("give its id with --workspace"), "--workspace ID")),
        ),
    }
}

/// The base URL of chats that are held, as it is used.
fn batch_base(given: &Sourced<BaseUrl>) -> Result<String, Failure> {
    let given = Sourced {
        value: given.value.with_scheme(),
        origin: given.origin.clone(),
    };
    checked(&given)?;
    let protocol = Protocol::OpenAi(Dialect::Generic);
    Ok(qwen_api::provider::without_tail(protocol, &given.value).0.to_owned())
}

/// Parses a base URL. Paths are appended to it, so it has neither query nor fragment.
fn checked(base: &Sourced<String>) -> Result<Url, Failure> {
    let bad = |why: UiText| Failure::usage(tr!("the base URL ({}) {}", base.origin, why));
    let url = Url::parse(&base.value)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| bad(tr!("must begin with http:// or https:// and name a host")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad(tr!("must not contain a user name or password")));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad(tr!("must not contain ? or #")));
    }
    Ok(url)
}
