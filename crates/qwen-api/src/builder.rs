//! How a [`Client`] is made: from options, or from the environment.

use std::env;
use std::time::Duration;

use crate::Client;
use crate::account::CredentialSink;
use crate::error::{Error, InvalidInput};
use crate::log::Log;
use crate::protocol::HeaderValue;
use crate::provider::{self, Account, COOKIE_VAR, Credentials, DASHSCOPE_VARS, Endpoint, Provider, Region, TOKEN_VAR};
use crate::secret::Secret;
use crate::transport::http::Network;
use crate::transport::proxy::{NamedProxy, NoProxy, Proxies};
use crate::transport::retry::RetryPolicy;

/// How long a server may be silent unless [`ClientBuilder::timeout`] says otherwise: 120 seconds.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// The variable that names a DashScope region.
const REGION_VAR: &str = "QWEN_REGION";
/// The variable that names a DashScope workspace.
const WORKSPACE_VAR: &str = "QWEN_WORKSPACE";
/// The variable that names a base URL.
const BASE_URL_VAR: &str = "QWEN_BASE_URL";

/// The options of a [`Client`] that is to be built. Only a credential is needed.
///
/// ```
/// use std::time::Duration;
/// use qwen_api::{Client, Region, RetryPolicy};
///
/// let client = Client::builder()
///     .api_key("sk-test-key")
///     .region(Region::Singapore)
///     .timeout(Duration::from_secs(30))
///     .retry_policy(RetryPolicy::at_most(1))
///     .build()?;
/// assert_eq!(client.base_url(), "https://dashscope-intl.aliyuncs.com/compatible-mode/v1");
/// # Ok::<(), qwen_api::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "`build` makes the client"]
pub struct ClientBuilder {
    endpoint: Option<Endpoint>,
    provider: Option<String>,
    base_url: Option<String>,
    key: Option<Secret>,
    token: Option<Secret>,
    cookie: Option<Secret>,
    region: Region,
    workspace: Option<String>,
    headers: Vec<(String, HeaderValue)>,
    network: Network,
    retry_policy: RetryPolicy,
    timeout: Option<Duration>,
    log: Log,
    allow_http: bool,
    credential_sink: Option<CredentialSink>,
}

impl Client {
    /// The options of a new client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client with the credential of the environment: `ClientBuilder::from_env()?.build()`.
    ///
    /// ```no_run
    /// let client = qwen_api::Client::from_env()?;
    /// # Ok::<(), qwen_api::Error>(())
    /// ```
    pub fn from_env() -> Result<Client, Error> {
        ClientBuilder::from_env()?.build()
    }
}

impl Default for ClientBuilder {
    fn default() -> ClientBuilder {
        ClientBuilder::new()
    }
}

impl ClientBuilder {
    /// Options without a credential: DashScope in Beijing, three retries, a timeout of 120 seconds.
    pub fn new() -> ClientBuilder {
        ClientBuilder {
            endpoint: None,
            provider: None,
            base_url: None,
            key: None,
            token: None,
            cookie: None,
            region: Region::Beijing,
            workspace: None,
            headers: Vec::new(),
            network: Network::default(),
            retry_policy: RetryPolicy::default(),
            timeout: Some(DEFAULT_TIMEOUT),
            log: Log::default(),
            allow_http: false,
            credential_sink: None,
        }
    }

    /// Options from the environment.
    ///
    /// - `DASHSCOPE_API_KEY`, else `QWEN_API_KEY`: a key of DashScope.
    /// - else `QWEN_AUTH_TOKEN` and `QWEN_COOKIE`, or one of them: an account of chat.qwen.ai.
    /// - else `QWEN_BASE_URL` alone: a server that wants no key.
    /// - `QWEN_BASE_URL`, `QWEN_REGION` (`beijing`, `singapore`, …) and `QWEN_WORKSPACE` are optional.
    /// - `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in either case, as curl reads them.
    ///
    /// Without any credential the error's cause is [`InvalidInput::NoCredential`].
    pub fn from_env() -> Result<ClientBuilder, Error> {
        ClientBuilder::from_variables(|name| env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<ClientBuilder, Error> {
        let variable = |name: &str| {
            variable(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let secret = |name: &str| variable(name).map(Secret::new);
        let mut builder = ClientBuilder::new();
        builder.key = DASHSCOPE_VARS.iter().find_map(|name| secret(name));
        builder.base_url = variable(BASE_URL_VAR);
        if builder.key.is_none() {
            (builder.token, builder.cookie) = (secret(TOKEN_VAR), secret(COOKIE_VAR));
            let has_account = builder.token.is_some() || builder.cookie.is_some();
            builder.provider = match (has_account, &builder.base_url) {
                (true, _) => Some("web".to_owned()),
                (false, Some(_)) => Some("local".to_owned()),
                (false, None) => {
                    let variables = [DASHSCOPE_VARS, &[TOKEN_VAR, COOKIE_VAR]].concat();
                    return Err(Error::new(InvalidInput::NoCredential { variables }));
                }
            };
        }
        if let Some(name) = variable(REGION_VAR) {
            builder.region =
                Region::from_name(&name).ok_or_else(|| Error::new(InvalidInput::UnknownRegion { name }))?;
        }
        builder.workspace = variable(WORKSPACE_VAR);
        builder.network.proxies = Proxies::from_variables(variable);
        Ok(builder)
    }

    /// The provider, by its name in [`provider::PROVIDERS`]: `dashscope`, unless an account of chat.qwen.ai is given.
    pub fn provider(mut self, name: impl Into<String>) -> ClientBuilder {
        self.provider = Some(name.into());
        self
    }

    /// The base URL, where it is not the provider's own.
    pub fn base_url(mut self, url: impl Into<String>) -> ClientBuilder {
        self.base_url = Some(url.into());
        self
    }

    /// The API key.
    pub fn api_key(mut self, key: impl Into<Secret>) -> ClientBuilder {
        self.key = Some(key.into());
        self
    }

    /// The token of an account of chat.qwen.ai.
    pub fn auth_token(mut self, token: impl Into<Secret>) -> ClientBuilder {
        self.token = Some(token.into());
        self
    }

    /// The cookie of an account of chat.qwen.ai, whole.
    pub fn cookie(mut self, cookie: impl Into<Secret>) -> ClientBuilder {
        self.cookie = Some(cookie.into());
        self
    }

    /// The DashScope region: Beijing, unless this says otherwise.
    pub fn region(mut self, region: Region) -> ClientBuilder {
        self.region = region;
        self
    }

    /// The DashScope workspace, by its id. Its requests go to a host of its own.
    pub fn workspace(mut self, id: impl Into<String>) -> ClientBuilder {
        self.workspace = Some(id.into());
        self
    }

    /// A header of every request. Its value is masked like a credential.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Secret>) -> ClientBuilder {
        let name = name.into();
        let value = HeaderValue::Secret {
            prefix: "",
            secret: value.into(),
            variable: name.to_ascii_uppercase().replace('-', "_"),
        };
        self.headers.push((name, value));
        self
    }

    /// The endpoint as a whole, in place of provider, base URL, region, workspace, credentials and headers.
    pub fn endpoint(mut self, endpoint: Endpoint) -> ClientBuilder {
        self.endpoint = Some(endpoint);
        self
    }

    /// How long the server may be silent before and within an answer. Connecting has a limit of its own, 10 seconds.
    pub fn timeout(mut self, timeout: Duration) -> ClientBuilder {
        self.timeout = Some(timeout);
        self
    }

    /// Allows the server any silence.
    pub fn no_timeout(mut self) -> ClientBuilder {
        self.timeout = None;
        self
    }

    /// When a failed request is made again.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> ClientBuilder {
        self.retry_policy = policy;
        self
    }

    /// The proxy for every host but this machine: `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or
    /// `socks5h://`, with a user name and a password where it wants them. An unusable one is an error of [`build`].
    ///
    /// [`build`]: ClientBuilder::build
    pub fn proxy(mut self, url: impl Into<String>) -> ClientBuilder {
        let proxy = NamedProxy {
            text: url.into(),
            origin: "ClientBuilder::proxy".to_owned(),
            except: NoProxy::default(),
        };
        self.network.proxies = Proxies {
            http: Some(proxy.clone()),
            https: Some(proxy),
            is_off: false,
        };
        self
    }

    /// Proxies by scheme, certificates and the name of the client, as a whole.
    pub fn network(mut self, network: Network) -> ClientBuilder {
        self.network = network;
        self
    }

    /// Where requests and replies are logged, credentials masked.
    pub fn log(mut self, log: Log) -> ClientBuilder {
        self.log = log;
        self
    }

    /// Lets a credential go over plain HTTP to another machine. To this machine it always may.
    pub fn allow_http(mut self, is_allowed: bool) -> ClientBuilder {
        self.allow_http = is_allowed;
        self
    }

    /// Where renewed credentials of an account of chat.qwen.ai are kept for the next run. What `keep` returns on failing
    /// is the detail of a [`Notice::TokenNotKept`](crate::Notice::TokenNotKept).
    pub fn on_renewal(
        mut self,
        keep: impl Fn(&Credentials) -> Result<(), String> + Send + Sync + 'static,
    ) -> ClientBuilder {
        self.credential_sink = Some(CredentialSink::new(keep));
        self
    }

    /// The client. Nothing is sent; an invalid option is an error of the kind
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput).
    pub fn build(mut self) -> Result<Client, Error> {
        let endpoint = match self.endpoint.take() {
            Some(endpoint) => endpoint,
            None => self.own_endpoint()?,
        };
        if !self.allow_http && endpoint.sends_credential_in_clear() {
            return Err(Error::new(InvalidInput::CredentialOverHttp { url: endpoint.base_url }));
        }
        for scheme in ["http", "https"] {
            if let Some(proxy) = self.network.proxies.named(scheme) {
                proxy.proxy()?;
            }
        }
        Client::new(
            endpoint,
            &self.network,
            self.retry_policy,
            self.timeout,
            self.log,
            self.credential_sink,
        )
    }

    fn own_endpoint(&mut self) -> Result<Endpoint, Error> {
        let provider = self.known_provider()?;
        let base_url = match self.base_url.take() {
            Some(url) => provider::without_tail(provider.protocol, &url).0.to_owned(),
            None => self.usual_base_url(provider)?,
        };
        let variable = |at: usize| provider.key_vars.get(at).copied().unwrap_or("API_KEY").to_owned();
        let mut endpoint = Endpoint::new(provider.name, provider.protocol, base_url);
        endpoint.headers = std::mem::take(&mut self.headers);
        if provider.protocol.has_account() {
            let credentials = Credentials {
                token: self.token.take().map(|token| (token, variable(0))),
                cookie: self.cookie.take().map(|cookie| (cookie, variable(1))),
            };
            endpoint.account = Account {
                credentials: credentials.clone(),
                given: credentials,
                ..Account::default()
            };
        } else {
            endpoint.key = self.key.take().map(|key| (key, variable(0)));
        }
        if let Some(workspace) = self
            .workspace
            .take()
            .filter(|_| provider.protocol.dashscope_path().is_some())
        {
            endpoint.name_workspace(workspace);
        }
        let has_credential = endpoint.key.is_some() || endpoint.account.given != Credentials::default();
        match has_credential || !provider.needs_key {
            true => Ok(endpoint),
            false => Err(Error::new(InvalidInput::NoCredential {
                variables: provider.key_vars.to_vec(),
            })),
        }
    }

    fn known_provider(&self) -> Result<&'static Provider, Error> {
        let name = match &self.provider {
            Some(name) => name.as_str(),
            None if self.token.is_some() || self.cookie.is_some() => "web",
            None => "dashscope",
        };
        provider::provider(name).ok_or_else(|| Error::new(InvalidInput::UnknownProvider { name: name.to_owned() }))
    }

    fn usual_base_url(&self, provider: &Provider) -> Result<String, Error> {
        let unusable = |detail: &str| {
            Error::new(InvalidInput::BaseUrl {
                detail: detail.to_owned(),
            })
        };
        match (provider.base_url, provider.protocol.dashscope_path()) {
            (Some(base_url), _) => Ok(base_url.to_owned()),
            (None, None) => Err(unusable("missing")),
            (None, Some(path)) => match self.region.host(self.workspace.as_deref()) {
                Some(host) => Ok(format!("https://{host}{path}")),
                None => Err(Error::new(InvalidInput::RegionNeedsWorkspace { region: self.region })),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;

    fn built(variables: &[(&str, &str)]) -> Result<Client, Error> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        ClientBuilder::from_variables(variable)?.build()
    }

    fn input(result: Result<Client, Error>) -> InvalidInput {
        match result.unwrap_err().cause() {
            Cause::Input(input) => input.clone(),
            cause => panic!("{cause:?}"),
        }
    }

    #[test]
    fn the_environment_names_provider_region_and_workspace() {
        for (variables, provider, base_url) in [
            (
                &[("DASHSCOPE_API_KEY", "sk-test-1"), ("QWEN_AUTH_TOKEN", "t")][..],
                "dashscope",
                "https://dashscope.aliyuncs.com/compatible-mode/v1",
            ),
            (
                &[("QWEN_API_KEY", " sk-test-1\n"), ("QWEN_REGION", "singapore")],
                "dashscope",
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            ),
            (
                &[
                    ("QWEN_API_KEY", "sk-test-1"),
                    ("QWEN_REGION", "tokyo"),
                    ("QWEN_WORKSPACE", "ws-1"),
                ],
                "dashscope",
                "https://ws-1.ap-northeast-1.maas.aliyuncs.com/compatible-mode/v1",
            ),
            (
                &[("DASHSCOPE_API_KEY", ""), ("QWEN_COOKIE", "token=t")],
                "web",
                "https://chat.qwen.ai",
            ),
            (
                &[("QWEN_BASE_URL", "http://127.0.0.1:8080/v1/chat/completions")],
                "local",
                "http://127.0.0.1:8080/v1",
            ),
        ] {
            let client = built(variables).unwrap();
            assert_eq!(client.endpoint().provider, provider, "{variables:?}");
            assert_eq!(client.base_url(), base_url, "{variables:?}");
        }
    }

    #[test]
    fn what_is_missing_or_unusable_is_an_error_before_anything_is_sent() {
        let key = ("DASHSCOPE_API_KEY", "sk-test-1");
        for (variables, expected) in [
            (
                &[][..],
                InvalidInput::NoCredential {
                    variables: vec!["DASHSCOPE_API_KEY", "QWEN_API_KEY", "QWEN_AUTH_TOKEN", "QWEN_COOKIE"],
                },
            ),
            (
                &[key, ("QWEN_REGION", "mars")],
                InvalidInput::UnknownRegion { name: "mars".into() },
            ),
            (
                &[key, ("QWEN_REGION", "tokyo")],
                InvalidInput::RegionNeedsWorkspace { region: Region::Tokyo },
            ),
            (
                &[key, ("QWEN_BASE_URL", "http://example.com/v1")],
                InvalidInput::CredentialOverHttp {
                    url: "http://example.com/v1".into(),
                },
            ),
            (
                &[key, ("HTTPS_PROXY", "ftp://me:secret@h")],
                InvalidInput::Proxy {
                    origin: "HTTPS_PROXY".into(),
                    value: "ftp://me:***@h".into(),
                },
            ),
        ] {
            assert_eq!(input(built(variables)), expected, "{variables:?}");
        }
        let nowhere = Client::builder().provider("nowhere").api_key("sk-test-1").build();
        assert_eq!(input(nowhere), InvalidInput::UnknownProvider { name: "nowhere".into() });
        let no_key = Client::builder().provider("dashscope-native").build();
        assert_eq!(
            input(no_key),
            InvalidInput::NoCredential {
                variables: vec!["DASHSCOPE_API_KEY", "QWEN_API_KEY"]
            }
        );
        let no_url = Client::builder().provider("local").build();
        assert_eq!(
            input(no_url),
            InvalidInput::BaseUrl {
                detail: "missing".into()
            }
        );
    }

    #[test]
    fn a_credential_goes_over_plain_http_to_this_machine_or_where_it_is_allowed() {
        let builder = || Client::builder().api_key("sk-test-1").header("X-Team", "sk-test-2");
        assert!(builder().base_url("http://127.0.0.1:1/v1").build().is_ok());
        assert!(builder().base_url("http://10.0.0.1/v1").build().is_err());
        assert!(
            builder()
                .base_url("http://10.0.0.1/v1")
                .allow_http(true)
                .build()
                .is_ok()
        );
        let header = Client::builder()
            .provider("local")
            .base_url("http://10.0.0.1/v1")
            .header("X-Team", "sk-test-2");
        assert!(header.build().is_err());
        let nothing = Client::builder().provider("local").base_url("http://10.0.0.1/v1");
        assert!(nothing.build().is_ok());
    }

    #[test]
    fn no_credential_shows_in_debug() {
        let builder = Client::builder()
            .api_key("sk-test-1")
            .cookie("sk-test-2")
            .header("X-Team", "sk-test-3")
            .proxy("http://me:sk-test-4@127.0.0.1:1");
        assert!(!format!("{builder:?}").contains("sk-test"));
        let client = builder.provider("dashscope").build().unwrap();
        assert!(!format!("{client:?}").contains("sk-test"));
    }

    #[test]
    fn proxies_of_the_environment_are_read_as_curl_reads_them() {
        let proxies = |variables: &'static [(&str, &str)]| {
            Proxies::from_variables(|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let shown = |found: &Proxies| {
            let name =
                |proxy: &Option<NamedProxy>| proxy.as_ref().map(|proxy| format!("{}={}", proxy.origin, proxy.text));
            (name(&found.http), name(&found.https))
        };
        let both = proxies(&[("all_proxy", "a:1"), ("HTTPS_PROXY", "b:1"), ("HTTP_PROXY", "c:1")]);
        let expected = (Some("HTTP_PROXY=c:1".into()), Some("HTTPS_PROXY=b:1".into()));
        assert_eq!(shown(&both), expected);
        let of_a_request = proxies(&[("HTTP_PROXY", "c:1"), ("REQUEST_METHOD", "GET")]);
        assert_eq!(shown(&of_a_request), (None, None));
    }
}
