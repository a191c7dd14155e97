//! The options of a [`Client`], and how it is built from them.

mod environment;

use std::time::Duration;

use crate::Client;
use crate::account::CredentialSink;
use crate::error::{Error, InvalidInput};
use crate::log::Log;
use crate::protocol::HeaderValue;
use crate::provider::{self, Account, Credentials, Endpoint, Provider, Region};
use crate::secret::Secret;
use crate::transport::http::Network;
use crate::transport::proxy::{NamedProxy, NoProxy, Proxies};
use crate::transport::retry::RetryPolicy;

/// How long a server may be silent unless [`ClientBuilder::timeout`] says otherwise: 120 seconds.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

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

    /// The provider, by its name in [`provider::PROVIDERS`]: `dashscope`, unless an account of chat.qwen.ai is given.
    pub fn provider(mut self, name: impl Into<String>) -> ClientBuilder {
        self.provider = Some(name.into());
        self
    }

    /// The base URL, in place of the provider's own.
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

    /// The cookie of an account of chat.qwen.ai: the whole `Cookie` header.
    pub fn cookie(mut self, cookie: impl Into<Secret>) -> ClientBuilder {
        self.cookie = Some(cookie.into());
        self
    }

    /// The DashScope region; Beijing by default.
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

    /// Sets no timeout.
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

    /// Proxies by scheme, certificates and the user agent, all at once.
    pub fn network(mut self, network: Network) -> ClientBuilder {
        self.network = network;
        self
    }

    /// Where requests and replies are logged, credentials masked.
    pub fn log(mut self, log: Log) -> ClientBuilder {
        self.log = log;
        self
    }

    /// Whether a credential may be sent over plain HTTP to another machine. To this machine it always may.
    pub fn allow_http(mut self, is_allowed: bool) -> ClientBuilder {
        self.allow_http = is_allowed;
        self
    }

    /// The function that stores renewed credentials of an account of chat.qwen.ai for the next run. Its error is the
    /// detail of a [`Notice::TokenNotKept`](crate::Notice::TokenNotKept).
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
        let usual = self.base_url.is_none();
        let base_url = match self.base_url.take() {
            Some(url) => provider::without_tail(provider.protocol, &url).0.to_owned(),
            None => self.usual_base_url(provider)?,
        };
        let variable = |at: usize| provider.key_vars.get(at).copied().unwrap_or("API_KEY").to_owned();
        let mut endpoint = Endpoint::new(provider.name, provider.protocol, base_url);
        endpoint.batch_base = match usual {
            true => provider.batch_base(self.region),
            false => endpoint.openai_base(),
        };
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

    #[test]
    fn an_option_that_is_missing_or_unknown_is_an_error_before_anything_is_sent() {
        for (builder, expected) in [
            (
                Client::builder().provider("nowhere").api_key("sk-test-1"),
                InvalidInput::UnknownProvider { name: "nowhere".into() },
            ),
            (
                Client::builder().provider("dashscope-native"),
                InvalidInput::NoCredential {
                    variables: vec!["DASHSCOPE_API_KEY", "QWEN_API_KEY"],
                },
            ),
            (
                Client::builder().provider("local"),
                InvalidInput::BaseUrl {
                    detail: "missing".into(),
                },
            ),
        ] {
            assert_eq!(builder.build().unwrap_err().cause(), &Cause::Input(expected));
        }
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
    fn held_chats_have_a_host_in_beijing_or_where_the_base_url_says() {
        let batch_chat = |builder: ClientBuilder| {
            let client = builder.api_key("sk-test-1").build().unwrap().batch_chat();
            client.map(|client| client.base_url().to_owned()).ok()
        };
        let dashscope = Some("https://batch.dashscope.aliyuncs.com/compatible-mode/v1".to_owned());
        let given = Some("http://127.0.0.1:1/compatible-mode/v1".to_owned());
        for provider in ["dashscope", "dashscope-native"] {
            let builder = || Client::builder().provider(provider);
            assert_eq!(batch_chat(builder()), dashscope);
            assert_eq!(batch_chat(builder().region(Region::Singapore)), None);
        }
        let native = Client::builder().provider("dashscope-native");
        assert_eq!(batch_chat(native.base_url("http://127.0.0.1:1/api/v1")), given);
        let local = Client::builder().provider("local");
        assert_eq!(
            batch_chat(local.base_url("http://127.0.0.1:1/compatible-mode/v1")),
            given
        );
        let web = Client::builder().provider("web").auth_token("sk-test-2");
        assert_eq!(batch_chat(web), None);
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
}
