//! The known providers and endpoints.
//!
//! Hosts and regions are those of Model Studio's page "Base URLs and regions".

mod base_url;
mod region;

use std::sync::Arc;

use url::Url;

pub use self::base_url::{COMPATIBLE_PATH, NATIVE_PATH, is_loopback, native_base, without_tail};
pub use self::region::Region;
use crate::Sense;
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
    /// The model that makes pictures unless another is chosen.
    pub image_model: Option<&'static str>,
    /// The model to ask for pictures where the server has no such one for a key.
    pub image_successor: Option<&'static str>,
    /// The model for messages with sound or a video, where the default one takes none.
    pub omni_model: Option<&'static str>,
    /// The model that turns speech into text.
    pub transcribe_model: Option<&'static str>,
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
        image_model: Some("qwen-image-3.0"),
        image_successor: Some("qwen-image-2.0"),
        omni_model: Some("qwen3.8-omni-flash"),
        transcribe_model: Some("qwen3-asr-flash"),
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
        image_model: Some("qwen-image-3.0"),
        image_successor: Some("qwen-image-2.0"),
        omni_model: Some("qwen3.8-omni-flash"),
        transcribe_model: Some("qwen3-asr-flash"),
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
        image_model: None,
        image_successor: None,
        omni_model: None,
        transcribe_model: None,
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
        image_model: None,
        image_successor: None,
        omni_model: None,
        transcribe_model: None,
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
        image_model: Some("demo"),
        image_successor: None,
        omni_model: None,
        transcribe_model: Some("demo"),
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
    /// The model that makes pictures; `None`: the only one that the server has.
    pub image_model: Option<String>,
    /// The model for messages with sound or a video, where the default one takes none.
    pub omni_model: Option<String>,
    /// The model that turns speech into text.
    pub transcribe_model: Option<String>,
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
            image_model: None,
            omni_model: None,
            transcribe_model: None,
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

    /// The model for messages that need more than reading, where one is set.
    pub fn model_for(&self, sense: Sense) -> Option<&String> {
        match sense {
            Sense::Reading => None,
            Sense::Sight => self.vision_model.as_ref(),
            Sense::Hearing => self.omni_model.as_ref(),
        }
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

    /// Whether it has a list of prices. The credential goes to no path of a foreign host that only a guess says is there.
    pub fn lists_prices(&self) -> bool {
        let is_own_host = || {
            let url = Url::parse(&self.base_url).ok();
            let host = url.as_ref().and_then(Url::host_str);
            host.is_some_and(|host| host.ends_with(".aliyuncs.com"))
        };
        match self.protocol {
            Protocol::DashScope => true,
            Protocol::OpenAi(Dialect::DashScope) => self.native_base.is_some() && is_own_host(),
            Protocol::OpenAi(Dialect::Generic) | Protocol::Web => false,
        }
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
            // Uploads are the ordinary host's.
            native_base: self.native().map(|native| native.base_url),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dashscope_itself_is_asked_for_prices() {
        let compatible = Protocol::OpenAi(Dialect::DashScope);
        for (protocol, base_url, lists) in [
            (compatible, "https://dashscope.aliyuncs.com/compatible-mode/v1", true),
            (
                compatible,
                "https://ws-1.cn-beijing.maas.aliyuncs.com/compatible-mode/v1",
                true,
            ),
            (compatible, "https://coding.dashscope.aliyuncs.com/v1", false),
            (compatible, "https://gateway.example/compatible-mode/v1", false),
            (compatible, "https://aliyuncs.com.example/compatible-mode/v1", false),
            (Protocol::DashScope, "http://127.0.0.1:9/api/v1", true),
            (
                Protocol::OpenAi(Dialect::Generic),
                "https://dashscope.aliyuncs.com/compatible-mode/v1",
                false,
            ),
            (Protocol::Web, "https://chat.qwen.ai", false),
        ] {
            assert_eq!(
                Endpoint::new("p", protocol, base_url.to_owned()).lists_prices(),
                lists,
                "{base_url}"
            );
        }
    }

    #[test]
    fn a_held_chat_s_uploads_go_to_the_ordinary_host() {
        let compatible = Protocol::OpenAi(Dialect::DashScope);
        let mut endpoint = Endpoint::new("p", compatible, "https://dashscope.aliyuncs.com/compatible-mode/v1");
        endpoint.batch_base = Some("https://batch.dashscope.aliyuncs.com/compatible-mode/v1".to_owned());
        let held = endpoint.batch_chat().unwrap();
        assert_eq!(held.base_url, "https://batch.dashscope.aliyuncs.com/compatible-mode/v1");
        assert_eq!(held.native().unwrap().base_url, "https://dashscope.aliyuncs.com/api/v1");
    }
}
