//! The known providers, their hosts, and endpoints.
//!
//! Hosts and regions are those of Model Studio's page "Base URLs and regions".

use std::net::IpAddr;
use std::sync::Arc;

use url::{Host, Url};

use crate::price::Currency;
use crate::protocol::dashscope::DashScope;
pub use crate::protocol::openai::Dialect;
use crate::protocol::openai::OpenAi;
use crate::protocol::web::Web;
pub use crate::protocol::web::{Api as WebApi, Credentials, SITE as WEB_SITE};
use crate::protocol::{ChatProtocol, HeaderValue};
use crate::secret::Secret;
use crate::system;

/// A protocol that a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OpenAI's chat completions.
    OpenAi(Dialect),
    /// DashScope's own generation API.
    DashScope,
    /// The web API of chat.qwen.ai.
    Web,
}

/// A provider that is known by its name.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// Its name.
    pub name: &'static str,
    /// The protocol that it speaks.
    pub protocol: Protocol,
    /// Its base URL; `None` for DashScope's, which depends on the region, and for servers without a fixed one.
    pub base_url: Option<&'static str>,
    /// The variables of its credential; the first that is set is used.
    pub key_vars: &'static [&'static str],
    /// Whether every request needs a credential.
    pub needs_key: bool,
    /// The model to use unless another is chosen; `None`: the first that the server lists.
    pub default_model: Option<&'static str>,
    /// The model to ask where the server no longer has the default one.
    pub successor: Option<&'static str>,
    /// The model for messages with a picture, where the default one takes none.
    pub vision_model: Option<&'static str>,
    /// The base URL of chats that are held until there is time for them, at half price. DashScope has it in Beijing.
    pub batch_base_url: Option<&'static str>,
}

/// The variables of a key of DashScope, in the order in which they are read.
pub const DASHSCOPE_VARS: &[&str] = &["DASHSCOPE_API_KEY", "QWEN_API_KEY"];

/// The host of DashScope's held chats ("OpenAI compatible - Batch Chat").
const BATCH_CHAT: &str = "https://batch.dashscope.aliyuncs.com/compatible-mode/v1";

/// The variable of the token of an account of chat.qwen.ai.
pub const TOKEN_VAR: &str = "QWEN_AUTH_TOKEN";
/// The variable of its cookie.
pub const COOKIE_VAR: &str = "QWEN_COOKIE";

/// The known providers, in the order in which one is chosen by the credentials that are set.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        name: "dashscope",
        protocol: Protocol::OpenAi(Dialect::DashScope),
        base_url: None,
        key_vars: DASHSCOPE_VARS,
        needs_key: true,
        default_model: Some("qwen-max"),
        successor: Some("qwen3.8-flash"),
        vision_model: Some("qwen3-vl-plus"),
        batch_base_url: Some(BATCH_CHAT),
    },
    Provider {
        name: "dashscope-native",
        protocol: Protocol::DashScope,
        base_url: None,
        key_vars: DASHSCOPE_VARS,
        needs_key: true,
        default_model: Some("qwen-max"),
        successor: Some("qwen3.8-flash"),
        vision_model: Some("qwen3-vl-plus"),
        batch_base_url: Some(BATCH_CHAT),
    },
    Provider {
        name: "web",
        protocol: Protocol::Web,
        base_url: Some(WEB_SITE),
        key_vars: &[TOKEN_VAR, COOKIE_VAR],
        needs_key: true,
        default_model: Some("qwen-max-latest"),
        successor: None,
        vision_model: None,
        batch_base_url: None,
    },
    Provider {
        name: "local",
        protocol: Protocol::OpenAi(Dialect::Generic),
        base_url: None,
        key_vars: &["OPENAI_API_KEY"],
        needs_key: false,
        default_model: None,
        successor: None,
        vision_model: None,
        batch_base_url: None,
    },
    Provider {
        name: "demo",
        protocol: Protocol::OpenAi(Dialect::DashScope),
        base_url: None,
        key_vars: &[],
        needs_key: false,
        default_model: Some("demo"),
        successor: None,
        vision_model: None,
        batch_base_url: None,
    },
];

impl Provider {
    /// The base URL of its held chats in that region, if it has them there.
    pub fn batch_base(&self, region: Region) -> Option<String> {
        let base = self.batch_base_url.filter(|_| region == Region::Beijing)?;
        Some(base.to_owned())
    }
}

/// The known provider of this name.
pub fn provider(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.name == name)
}

/// The account of chat.qwen.ai that an endpoint uses.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The generation of the API.
    pub api: WebApi,
    /// The credentials to begin with: as the user gave them, or as they were renewed in an earlier run.
    pub credentials: Credentials,
    /// The credentials as the user gave them.
    pub given: Credentials,
    /// The build of the site that requests name, where it is not the one known here.
    pub version: Option<String>,
}

/// Where and how one provider is reached, with the credential that goes there and nowhere else.
#[derive(Debug)]
pub struct Endpoint {
    /// The name of the provider.
    pub provider: String,
    /// The protocol that it speaks.
    pub protocol: Protocol,
    /// The base URL, without a slash at its end.
    pub base_url: String,
    /// The base URL of DashScope's native API on the same host, if it has one.
    pub native_base: Option<String>,
    /// The credential and the variable it came from.
    pub key: Option<(Secret, String)>,
    /// Further headers of every request.
    pub headers: Vec<(String, HeaderValue)>,
    /// The model to use unless another is chosen; `None`: the first that the server lists.
    pub default_model: Option<String>,
    /// The model for messages with a picture, where the default one takes none.
    pub vision_model: Option<String>,
    /// The base URL of chats that are held until there is time for them, in OpenAI's protocol.
    pub batch_base: Option<String>,
    /// The account, where the protocol is [`Protocol::Web`].
    pub account: Account,
}

impl Endpoint {
    /// An endpoint without a credential. `base_url` has no slash at its end.
    pub fn new(provider: impl Into<String>, protocol: Protocol, base_url: impl Into<String>) -> Endpoint {
        let base_url = base_url.into();
        Endpoint {
            provider: provider.into(),
            protocol,
            native_base: native_base(&base_url).filter(|_| protocol == Protocol::OpenAi(Dialect::DashScope)),
            base_url,
            key: None,
            headers: Vec::new(),
            default_model: None,
            vision_model: None,
            batch_base: None,
            account: Account::default(),
        }
    }

    /// Names the workspace in a header: a base URL other than the workspace's own does not tell which is meant.
    pub fn name_workspace(&mut self, id: impl Into<String>) {
        self.headers
            .push(("X-DashScope-WorkSpace".to_owned(), HeaderValue::Plain(id.into())));
    }

    /// Whether a key, an account's credentials or a header's secret would be readable on the way to another machine.
    pub fn sends_credential_in_clear(&self) -> bool {
        let is_secret = |(_, value): &(String, HeaderValue)| matches!(value, HeaderValue::Secret { .. });
        let account = &self.account.given;
        let has_credential = self.key.is_some()
            || account.token.is_some()
            || account.cookie.is_some()
            || self.headers.iter().any(is_secret);
        let is_clear = |url: Url| url.scheme() == "http" && !is_loopback(&url);
        let mut urls = [Some(&self.base_url), self.batch_base.as_ref()].into_iter().flatten();
        has_credential && urls.any(|url| Url::parse(url).is_ok_and(is_clear))
    }

    /// Switches to the native API on the same host, if it has one.
    pub fn go_native(&mut self) {
        if let Some(base_url) = self.native_base.take() {
            self.base_url = base_url;
            self.protocol = Protocol::DashScope;
        }
    }

    /// The native API on the same host, if it has one.
    pub fn native(&self) -> Option<DashScope> {
        let base_url = match self.protocol {
            Protocol::DashScope => Some(&self.base_url),
            Protocol::OpenAi(_) => self.native_base.as_ref(),
            Protocol::Web => None,
        };
        Some(DashScope {
            base_url: base_url?.clone(),
            key: self.key.clone(),
            headers: self.headers.clone(),
        })
    }

    /// Compatible mode on the same host, where that is DashScope's.
    pub fn compatible(&self) -> Option<OpenAi> {
        self.openai().filter(|protocol| protocol.dialect == Dialect::DashScope)
    }

    /// OpenAI's protocol on the same host, if it is spoken there.
    pub(crate) fn openai(&self) -> Option<OpenAi> {
        Some(OpenAi {
            base_url: self.openai_base()?,
            key: self.key.clone(),
            headers: self.headers.clone(),
            dialect: self.dialect()?,
            moved: Default::default(),
        })
    }

    /// The base URL of OpenAI's protocol on the same host, if it is spoken there.
    pub fn openai_base(&self) -> Option<String> {
        match self.protocol {
            Protocol::OpenAi(_) => Some(self.base_url.clone()),
            Protocol::DashScope => {
                let host = self.base_url.strip_suffix(NATIVE_PATH)?;
                Some(format!("{host}{COMPATIBLE_PATH}"))
            }
            Protocol::Web => None,
        }
    }

    fn dialect(&self) -> Option<Dialect> {
        match self.protocol {
            Protocol::OpenAi(dialect) => Some(dialect),
            Protocol::DashScope => Some(Dialect::DashScope),
            Protocol::Web => None,
        }
    }

    /// The endpoint of chats that are held until there is time for them, if it has one.
    pub(crate) fn batch_chat(&self) -> Option<Endpoint> {
        Some(Endpoint {
            key: self.key.clone(),
            headers: self.headers.clone(),
            default_model: self.default_model.clone(),
            vision_model: self.vision_model.clone(),
            batch_base: self.batch_base.clone(),
            ..Endpoint::new(
                &*self.provider,
                Protocol::OpenAi(self.dialect()?),
                self.batch_base.as_ref()?,
            )
        })
    }

    /// The protocol, ready to make requests.
    pub fn chat_protocol(&self) -> Arc<dyn ChatProtocol> {
        match self.protocol {
            Protocol::OpenAi(dialect) => Arc::new(OpenAi {
                base_url: self.base_url.clone(),
                key: self.key.clone(),
                headers: self.headers.clone(),
                dialect,
                moved: Default::default(),
            }),
            Protocol::DashScope => Arc::new(DashScope {
                base_url: self.base_url.clone(),
                key: self.key.clone(),
                headers: self.headers.clone(),
            }),
            Protocol::Web => Arc::new(self.web()),
        }
    }

    fn web(&self) -> Web {
        let account = &self.account;
        let credentials = account.credentials.clone();
        let mut web = Web::new(
            &self.base_url,
            account.api,
            credentials,
            system::now_ms,
            system::new_uuid,
        );
        web.headers.clone_from(&self.headers);
        if let Some(version) = &account.version {
            web.version.clone_from(version);
        }
        web
    }
}

/// A DashScope region.
///
/// ```
/// use qwen_api::Region;
///
/// assert_eq!(Region::from_name("intl"), Some(Region::Singapore));
/// assert_eq!(Region::Us.host(None).as_deref(), Some("dashscope-us.aliyuncs.com"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// China (Beijing): `cn-beijing`.
    Beijing,
    /// Singapore: `ap-southeast-1`.
    Singapore,
    /// US (Virginia): `us-east-1`.
    Us,
    /// China (Hong Kong): `cn-hongkong`.
    HongKong,
    /// Germany (Frankfurt): `eu-central-1`.
    Frankfurt,
    /// Japan (Tokyo): `ap-northeast-1`.
    Tokyo,
}

impl Region {
    /// All of them.
    pub const ALL: [Region; 6] = [
        Region::Beijing,
        Region::Singapore,
        Region::Us,
        Region::HongKong,
        Region::Frankfurt,
        Region::Tokyo,
    ];

    /// The name in common use: `beijing`.
    pub fn name(self) -> &'static str {
        match self {
            Region::Beijing => "beijing",
            Region::Singapore => "singapore",
            Region::Us => "us",
            Region::HongKong => "hongkong",
            Region::Frankfurt => "frankfurt",
            Region::Tokyo => "tokyo",
        }
    }

    /// The region of this name: `beijing`, or the service's own identifier, `cn-beijing`.
    pub fn from_name(name: &str) -> Option<Region> {
        match name.to_ascii_lowercase().as_str() {
            "beijing" | "cn-beijing" | "cn" => Some(Region::Beijing),
            "singapore" | "ap-southeast-1" | "intl" => Some(Region::Singapore),
            "us" | "virginia" | "us-east-1" => Some(Region::Us),
            "hongkong" | "hong-kong" | "cn-hongkong" => Some(Region::HongKong),
            "frankfurt" | "eu-central-1" => Some(Region::Frankfurt),
            "tokyo" | "ap-northeast-1" => Some(Region::Tokyo),
            _ => None,
        }
    }

    /// The service's own identifier: `cn-beijing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Region::Beijing => "cn-beijing",
            Region::Singapore => "ap-southeast-1",
            Region::Us => "us-east-1",
            Region::HongKong => "cn-hongkong",
            Region::Frankfurt => "eu-central-1",
            Region::Tokyo => "ap-northeast-1",
        }
    }

    /// The currency in which it charges.
    pub fn currency(self) -> Currency {
        match self {
            Region::Beijing => Currency::Cny,
            _ => Currency::Usd,
        }
    }

    /// The host that all workspaces of the region share; Frankfurt and Tokyo have none.
    fn shared_host(self) -> Option<&'static str> {
        match self {
            Region::Beijing => Some("dashscope.aliyuncs.com"),
            Region::Singapore => Some("dashscope-intl.aliyuncs.com"),
            Region::Us => Some("dashscope-us.aliyuncs.com"),
            Region::HongKong => Some("cn-hongkong.dashscope.aliyuncs.com"),
            Region::Frankfurt | Region::Tokyo => None,
        }
    }

    /// The host for requests: a workspace's own, else the shared one. `None` where there is only the former.
    pub fn host(self, workspace: Option<&str>) -> Option<String> {
        match workspace {
            Some(workspace) => Some(format!("{workspace}.{}.maas.aliyuncs.com", self.as_str())),
            None => self.shared_host().map(str::to_owned),
        }
    }
}

/// The path of compatible mode on every DashScope host.
pub const COMPATIBLE_PATH: &str = "/compatible-mode/v1";
/// The path of the native API on every DashScope host.
pub const NATIVE_PATH: &str = "/api/v1";

impl Protocol {
    /// Whether it is spoken with an account, by token and cookie in place of a key: the server keeps its chats.
    pub fn has_account(self) -> bool {
        match self {
            Protocol::OpenAi(_) | Protocol::DashScope => false,
            Protocol::Web => true,
        }
    }

    /// The path of the protocol on every DashScope host; `None` for other servers.
    pub fn dashscope_path(self) -> Option<&'static str> {
        match self {
            Protocol::OpenAi(Dialect::DashScope) => Some(COMPATIBLE_PATH),
            Protocol::OpenAi(Dialect::Generic) | Protocol::Web => None,
            Protocol::DashScope => Some(NATIVE_PATH),
        }
    }
}

/// The native API beside a compatible base URL.
pub fn native_base(base_url: &str) -> Option<String> {
    let host = base_url.strip_suffix(COMPATIBLE_PATH)?;
    Some(format!("{host}{NATIVE_PATH}"))
}

/// The paths of endpoints, which documentation shows where a base URL is needed; longer ones first.
fn tails(protocol: Protocol) -> &'static [&'static str] {
    match protocol {
        Protocol::OpenAi(_) => &["/chat/completions", "/completions", "/embeddings", "/models"],
        Protocol::DashScope => &[
            "/services/aigc/text-generation/generation",
            "/services/aigc/multimodal-generation/generation",
            "/models",
        ],
        Protocol::Web => &[
            "/api/v2/chat/completions",
            "/api/chat/completions",
            "/api/models",
            "/api/v2",
            "/api",
        ],
    }
}

/// A base URL without slashes and without the path of an endpoint at its end, and that path.
pub fn without_tail(protocol: Protocol, url: &str) -> (&str, Option<&'static str>) {
    let url = url.trim_end_matches('/');
    let without = |tail: &'static str| {
        let base = url.strip_suffix(tail)?.trim_end_matches('/');
        // A host may be named so.
        (!base.ends_with(':')).then_some((base, Some(tail)))
    };
    tails(protocol)
        .iter()
        .find_map(|tail| without(tail))
        .unwrap_or((url, None))
}

/// Whether a URL's host is this machine. `0.0.0.0` and `[::]` are included: servers print them when they start, and they
/// are copied from there.
pub fn is_loopback(url: &Url) -> bool {
    let is_own = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    match url.host() {
        Some(Host::Ipv4(address)) => is_own(address.into()),
        Some(Host::Ipv6(address)) => is_own(address.to_canonical()),
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            // Of socks:// and the like, an address is a name to the parser.
            name == "localhost" || name.ends_with(".localhost") || name.parse().is_ok_and(is_own)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_their_hosts() {
        assert_eq!(Region::Tokyo.host(None), None);
        assert_eq!(
            Region::Tokyo.host(Some("ws-1")).as_deref(),
            Some("ws-1.ap-northeast-1.maas.aliyuncs.com")
        );
        assert_eq!(Region::Us.host(None).as_deref(), Some("dashscope-us.aliyuncs.com"));
    }

    #[test]
    fn a_base_url_ends_before_the_paths() {
        let compatible = Protocol::OpenAi(Dialect::Generic);
        for (protocol, url, base) in [
            (compatible, "http://h/v1/chat/completions", "http://h/v1"),
            (compatible, "http://h/v1//chat/completions//", "http://h/v1"),
            (compatible, "http://h/v1/models/", "http://h/v1"),
            (compatible, "http://h/v1/completions", "http://h/v1"),
            (compatible, "http://h/embeddings", "http://h"),
            (compatible, "http://h/v1/", "http://h/v1"),
            (compatible, "http://models", "http://models"),
            (
                Protocol::DashScope,
                "https://h/api/v1/services/aigc/text-generation/generation",
                "https://h/api/v1",
            ),
            (Protocol::Web, "https://h/api/v2/", "https://h"),
        ] {
            assert_eq!(without_tail(protocol, url).0, base, "{url}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for (url, expected) in [
            ("http://127.0.0.2:1/v1", true),
            ("http://[::1]/", true),
            ("http://localhost:11434", true),
            ("http://LOCALHOST.:11434", true),
            ("http://api.localhost/", true),
            ("http://0.0.0.0:8000", true),
            ("socks5h://127.0.0.1:1080", true),
            ("socks5h://10.0.0.1:1080", false),
            ("http://0/", true),
            ("http://[::]:8000", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://[::ffff:10.0.0.1]", false),
            ("http://localhost..", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
