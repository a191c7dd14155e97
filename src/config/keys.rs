//! The settings there are: one table for flags, environment, config file, `config show` and `config set`.

use url::Url;

use crate::i18n::UiText;
use crate::i18n::lang::Lang;
use crate::messages::no_proxy;
use crate::tr;
use qwen_api::provider::{Region, is_loopback};
use qwen_api::secret::without_password;
use qwen_api::transport::proxy;

/// What a setting's value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyKind {
    Text,
    /// Seconds, a fraction allowed; 0 means no limit.
    Seconds,
    /// A whole number in a range.
    Count(u32, u32),
    Choice(&'static [&'static str]),
    /// A region by its short name or the service's own.
    Region,
    /// A part of a host's name: it decides where a credential goes, so it can be nothing else.
    Label,
    Bool,
    Path,
    Url,
    /// Empty for none.
    Proxy,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name in the config file and for `config get`.
    pub name: &'static str,
    pub flag: Option<&'static str>,
    pub env: Option<&'static str>,
    /// Its value when nobody sets it.
    pub default: Option<&'static str>,
    pub kind: KeyKind,
    /// Whether the config file may hold it under `name`.
    pub in_file: bool,
    pub about: &'static str,
}

const fn key(name: &'static str, kind: KeyKind, about: &'static str) -> Key {
    Key {
        name,
        flag: None,
        env: None,
        default: None,
        kind,
        in_file: true,
        about,
    }
}

/// Every setting, in the order `config show` prints them.
pub const KEYS: &[Key] = &[
    Key {
        flag: Some("--provider"),
        env: Some("QWEN_CLI_PROVIDER"),
        ..key("provider", KeyKind::Text, "who answers")
    },
    Key {
        flag: Some("--model"),
        env: Some("QWEN_CLI_MODEL"),
        ..key("model", KeyKind::Text, "the model, or an alias")
    },
    Key {
        env: Some("QWEN_CLI_VISION_MODEL"),
        ..key("vision_model", KeyKind::Text, "the model for messages with an image")
    },
    Key {
        flag: Some("--region"),
        env: Some("QWEN_CLI_REGION"),
        default: Some("beijing"),
        ..key("region", KeyKind::Region, "DashScope region")
    },
    Key {
        flag: Some("--workspace"),
        env: Some("DASHSCOPE_WORKSPACE"),
        ..key("workspace", KeyKind::Label, "DashScope workspace, for its own host")
    },
    Key {
        flag: Some("--base-url"),
        env: Some("QWEN_CLI_BASE_URL"),
        in_file: false,
        ..key("base_url", KeyKind::Url, "replaces the provider's base URL")
    },
    Key {
        flag: Some("--timeout"),
        env: Some("QWEN_CLI_TIMEOUT"),
        default: Some("60"),
        ..key(
            "timeout",
            KeyKind::Seconds,
            "silence allowed before and between pieces of an answer",
        )
    },
    Key {
        flag: Some("--retries"),
        env: Some("QWEN_CLI_RETRIES"),
        default: Some("3"),
        ..key("retries", KeyKind::Count(0, 20), "how often to try again")
    },
    Key {
        flag: Some("--color"),
        default: Some("auto"),
        ..key(
            "color",
            KeyKind::Choice(&["auto", "always", "never"]),
            "when to use colour",
        )
    },
    Key {
        default: Some("auto"),
        ..key(
            "theme",
            KeyKind::Choice(&["auto", "dark", "light", "none"]),
            "colours for a dark or a light background",
        )
    },
    Key {
        default: Some("auto"),
        ..key(
            "pictures",
            KeyKind::Choice(&["auto", "kitty", "iterm", "sixel", "none"]),
            "how the terminal is shown a picture; auto knows kitty's and iTerm2's ways",
        )
    },
    Key {
        default: Some("auto"),
        ..key(
            "lang",
            KeyKind::Choice(Lang::NAMES),
            "the language of messages; auto takes the locale's",
        )
    },
    Key {
        flag: Some("--show-thinking"),
        default: Some("auto"),
        ..key(
            "show_thinking",
            KeyKind::Choice(&["auto", "always", "never"]),
            "whether thinking is shown",
        )
    },
    Key {
        default: Some("emacs"),
        ..key(
            "edit_mode",
            KeyKind::Choice(&["emacs", "vi"]),
            "the keys of the prompt of `chat`",
        )
    },
    Key {
        default: Some("compatible"),
        ..key(
            "search_via",
            KeyKind::Choice(&["compatible", "native"]),
            "which API --search goes to on dashscope; native shows sources",
        )
    },
    Key {
        default: Some("v2"),
        ..key(
            "web_api",
            KeyKind::Choice(&["v2", "v1"]),
            "which generation of the web API -p web speaks",
        )
    },
    Key {
        default: Some("true"),
        ..key(
            "web_keep",
            KeyKind::Bool,
            "leave the chats that `complete` opens in the web account's list",
        )
    },
    key(
        "web_version",
        KeyKind::Text,
        "the web site's build to name, where requests are refused without it",
    ),
    Key {
        default: Some("true"),
        ..key("save", KeyKind::Bool, "keep what is asked and answered")
    },
    Key {
        flag: Some("--log-file"),
        env: Some("QWEN_CLI_LOG_FILE"),
        ..key("log_file", KeyKind::Path, "where the log goes")
    },
    Key {
        flag: Some("--proxy"),
        env: None,
        ..key("proxy", KeyKind::Proxy, "proxy for everything but loopback")
    },
    Key {
        flag: Some("--cacert"),
        env: Some("SSL_CERT_FILE"),
        ..key("cacert", KeyKind::Path, "further root certificates, PEM")
    },
];

/// The regions by the names people use; the identifiers of the service are taken too.
pub const REGION_NAMES: &[&str] = &["beijing", "singapore", "us", "hongkong", "frankfurt", "tokyo"];

/// The setting of that name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Checks a value; the error says what it must be.
pub fn check(kind: KeyKind, value: &str) -> Result<(), UiText> {
    let fits = match kind {
        KeyKind::Text | KeyKind::Path => !value.is_empty(),
        KeyKind::Seconds => value
            .parse::<f64>()
            .is_ok_and(|seconds| (0.0..=86_400.0).contains(&seconds)),
        KeyKind::Count(least, most) => value.parse::<u32>().is_ok_and(|n| (least..=most).contains(&n)),
        KeyKind::Choice(words) => words.contains(&value),
        KeyKind::Region => Region::from_name(value).is_some(),
        KeyKind::Label => is_label(value),
        KeyKind::Bool => matches!(value, "true" | "false"),
        KeyKind::Url => return check_url(value),
        KeyKind::Proxy if value.is_empty() => true,
        KeyKind::Proxy => return proxy::read(value).map(|_| ()).ok_or_else(no_proxy),
    };
    if fits {
        return Ok(());
    }
    Err(match kind {
        KeyKind::Text | KeyKind::Path => tr!("must not be empty"),
        KeyKind::Seconds => tr!("must be a number of seconds from 0 (never) to 86400"),
        KeyKind::Count(least, most) => tr!("must be a whole number from {} to {}", least, most),
        KeyKind::Choice(words) => tr!("must be one of {}", words.join(", ")),
        KeyKind::Region => tr!("must be one of {}", REGION_NAMES.join(", ")),
        KeyKind::Label => tr!("must be letters, digits and hyphens, as in llm-abc123"),
        KeyKind::Bool => tr!("must be true or false"),
        KeyKind::Url | KeyKind::Proxy => tr!("must be a URL"),
    })
}

/// A label of a host's name (RFC 1123, section 2.1).
fn is_label(value: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&value.len()) && value.chars().all(is_inner) && !value.starts_with('-') && !value.ends_with('-')
}

/// An address without a scheme is http:// on this machine, where servers rarely speak TLS.
pub fn with_scheme(value: String) -> String {
    let local = || Url::parse(&format!("http://{value}")).is_ok_and(|url| is_loopback(&url));
    match value.contains("://") || !local() {
        true => value,
        false => format!("http://{value}"),
    }
}

fn check_url(value: &str) -> Result<(), UiText> {
    match Url::parse(&with_scheme(value.to_owned())) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err(tr!("must begin with http:// or https:// and name a host")),
    }
}

/// A value as it may be shown.
pub fn shown(kind: KeyKind, value: &str) -> String {
    match kind {
        KeyKind::Url | KeyKind::Proxy => without_password(value),
        _ => value.to_owned(),
    }
}
