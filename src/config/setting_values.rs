//! The types of settings: how each is parsed, what its text must be, and what completions offer for it.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use stream_markdown::Theme;
use url::Url;

use crate::cli::{When, option_ranges};
use crate::i18n::lang::Lang;
use crate::i18n::{IntoArg, UiText, quoted};
use crate::messages::no_proxy;
use crate::render::picture::{PictureProtocol, Pictures};
use crate::text::parse_byte_size;
use crate::tr;
use qwen_api::network::parse_proxy;
use qwen_api::provider::{Dialect, Protocol, Region, WebApi, is_loopback};
use qwen_api::{Currency, Decimal, MASK, without_password};

/// A type that a setting's text is parsed into.
pub trait SettingValue: Sized {
    const KIND: ValueKind = ValueKind::Text;

    /// Parses the text. The error says what the text must be, without a subject.
    fn parse(text: &str) -> Result<Self, UiText>;

    /// The same for a text that need not be UTF-8: a path is taken as it is.
    fn parse_os(text: &OsStr) -> Result<Self, UiText> {
        Self::parse(&text.to_string_lossy())
    }
}

/// How a value is written in the config file, completed and shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueKind {
    Text,
    Number,
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    File,
    /// It may hold a password or a key.
    Url,
}

impl ValueKind {
    /// The words that completions offer.
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            ValueKind::Choice(words) => Some(words),
            ValueKind::Bool => Some(&["true", "false"]),
            _ => None,
        }
    }

    /// A value as it may be shown.
    pub fn masked(self, text: &str) -> String {
        match self {
            ValueKind::Url => without_query(without_password(text)),
            _ => text.to_owned(),
        }
    }

    /// The sentence about a text that is refused. `why` is the error of [`SettingValue::parse`].
    pub fn refusal(self, name: impl IntoArg, why: UiText, text: &str) -> UiText {
        tr!("{} {}, not {}", name, why, quoted(&self.masked(text)))
    }
}

/// A URL without what follows its path: neither an address nor a proxy takes a query, and one may be a key.
fn without_query(mut url: String) -> String {
    if let Some(at) = url.find(['?', '#']) {
        url.replace_range(at + 1.., MASK);
    }
    url
}

/// The word for a value that is one of a few.
pub fn word_of<T: SettingValue + PartialEq>(value: &T) -> Option<&'static str> {
    let mut words = T::KIND.words()?.iter().copied();
    words.find(|word| T::parse(word).is_ok_and(|parsed| parsed == *value))
}

/// A [`SettingValue`] as a value: what tables of settings hold.
#[derive(Clone, Copy, Debug)]
pub struct ValueType {
    pub kind: ValueKind,
    parses: fn(&str) -> Result<(), UiText>,
}

impl ValueType {
    pub const fn of<T: SettingValue>() -> ValueType {
        ValueType {
            kind: T::KIND,
            parses: |text| T::parse(text).map(drop),
        }
    }

    /// Fails where the text is no value of the type. `name` is that of the setting.
    pub fn check(self, name: &str, text: &str) -> Result<(), UiText> {
        (self.parses)(text).map_err(|why| self.kind.refusal(name, why, text))
    }
}

/// Makes a type a setting whose text is one of a few words.
macro_rules! choices {
    ($type:ty { $($word:literal => $value:expr,)+ }) => {
        impl SettingValue for $type {
            const KIND: ValueKind = ValueKind::Choice(&[$($word),+]);

            fn parse(text: &str) -> Result<Self, UiText> {
                match text {
                    $($word => Ok($value),)+
                    _ => Err(tr!("must be one of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

choices! { When {
    "auto" => When::Auto,
    "always" => When::Always,
    "never" => When::Never,
} }

// `None` is decided by the terminal.
choices! { Option<Theme> {
    "auto" => None,
    "dark" => Some(Theme::Dark),
    "light" => Some(Theme::Light),
    "none" => Some(Theme::Plain),
} }

choices! { Pictures {
    "auto" => Pictures::Auto,
    "kitty" => Pictures::Always(PictureProtocol::Kitty),
    "iterm" => Pictures::Always(PictureProtocol::ITerm),
    "sixel" => Pictures::Always(PictureProtocol::Sixel),
    "none" => Pictures::Never,
} }

// `None` is decided by the locale.
choices! { Option<Lang> {
    "auto" => None,
    "en" => Some(Lang::En),
    "zh-CN" => Some(Lang::ZhCn),
} }

/// The keys of the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditMode {
    Emacs,
    Vi,
}

choices! { EditMode {
    "emacs" => EditMode::Emacs,
    "vi" => EditMode::Vi,
} }

/// How the terminal is told that a long answer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notify {
    Off,
    Bell,
    /// A notification of the desktop, by an escape sequence.
    Osc,
}

choices! { Notify {
    "off" => Notify::Off,
    "bell" => Notify::Bell,
    "osc" => Notify::Osc,
} }

/// What a conversation's title is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TitleSource {
    /// The first words of the user.
    Words,
    /// What the model says when it is asked for one.
    Model,
}

choices! { TitleSource {
    "words" => TitleSource::Words,
    "model" => TitleSource::Model,
} }

/// The API of DashScope that searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchApi {
    Compatible,
    Native,
}

choices! { SearchApi {
    "compatible" => SearchApi::Compatible,
    "native" => SearchApi::Native,
} }

choices! { WebApi {
    "v2" => WebApi::V2,
    "v1" => WebApi::V1,
} }

choices! { Protocol {
    "openai" => Protocol::OpenAi(Dialect::Generic),
    "dashscope" => Protocol::DashScope,
    "web" => Protocol::Web,
} }

/// A text that is not empty.
impl SettingValue for String {
    fn parse(text: &str) -> Result<Self, UiText> {
        match text {
            "" => Err(tr!("must not be empty")),
            _ => Ok(text.to_owned()),
        }
    }
}

impl SettingValue for PathBuf {
    const KIND: ValueKind = ValueKind::File;

    fn parse(text: &str) -> Result<Self, UiText> {
        String::parse(text).map(PathBuf::from)
    }

    fn parse_os(text: &OsStr) -> Result<Self, UiText> {
        Self::parse(&text.to_string_lossy()).map(|_| PathBuf::from(text))
    }
}

impl SettingValue for bool {
    const KIND: ValueKind = ValueKind::Bool;

    fn parse(text: &str) -> Result<Self, UiText> {
        text.parse().map_err(|_| tr!("must be true or false"))
    }
}

/// A whole number in a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count<const LEAST: u32, const MOST: u32>(pub u32);

impl<const LEAST: u32, const MOST: u32> SettingValue for Count<LEAST, MOST> {
    const KIND: ValueKind = ValueKind::Number;

    fn parse(text: &str) -> Result<Self, UiText> {
        match text.parse() {
            Ok(n) if (LEAST..=MOST).contains(&n) => Ok(Count(n)),
            _ => Err(tr!("must be a whole number from {} to {}", LEAST, MOST)),
        }
    }
}

/// The longest silence of a server; `None` for no limit. Its text is in seconds, 0 for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeout(pub Option<Duration>);

impl SettingValue for Timeout {
    const KIND: ValueKind = ValueKind::Number;

    fn parse(text: &str) -> Result<Self, UiText> {
        match text.parse::<f64>() {
            Ok(0.0) => Ok(Timeout(None)),
            Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Timeout(Some(Duration::from_secs_f64(seconds)))),
            _ => Err(tr!("must be a number of seconds from 0 (never) to 86400")),
        }
    }
}

/// The age up to which a cached answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheAge(pub Duration);

impl SettingValue for CacheAge {
    fn parse(text: &str) -> Result<Self, UiText> {
        option_ranges::age(text).map(CacheAge)
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

impl SettingValue for ByteSize {
    fn parse(text: &str) -> Result<Self, UiText> {
        match parse_byte_size(text) {
            Some(bytes) => Ok(ByteSize(bytes)),
            None => Err(tr!("must be a size, as in 64MB or 1GB")),
        }
    }
}

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(pub Decimal);

impl SettingValue for Amount {
    const KIND: ValueKind = ValueKind::Number;

    fn parse(text: &str) -> Result<Self, UiText> {
        option_ranges::amount(text).map(Amount)
    }
}

choices! { Currency {
    "CNY" => Currency::Cny,
    "USD" => Currency::Usd,
} }

/// What may be spent in each day, week or month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    pub amount: Decimal,
    pub period: Period,
}

/// The period of a budget. A week begins on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    Day,
    Week,
    Month,
}

impl SettingValue for Budget {
    fn parse(text: &str) -> Result<Self, UiText> {
        let parsed = || {
            let (amount, period) = text.split_once('/')?;
            Some(Budget {
                amount: Decimal::parse(amount.trim())?,
                period: match period.trim() {
                    "day" => Period::Day,
                    "week" => Period::Week,
                    "month" => Period::Month,
                    _ => return None,
                },
            })
        };
        parsed().ok_or_else(|| tr!("must be an amount a day, week or month, as in 5/day"))
    }
}

/// A region of DashScope, and the name that the user knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionName {
    pub region: Region,
    pub name: String,
}

impl SettingValue for RegionName {
    /// The names in common use; the service's own identifiers are taken too.
    const KIND: ValueKind = ValueKind::Choice(&["beijing", "singapore", "us", "hongkong", "frankfurt", "tokyo"]);

    fn parse(text: &str) -> Result<Self, UiText> {
        match Region::from_name(text) {
            Some(region) => Ok(RegionName {
                region,
                name: text.to_owned(),
            }),
            None => Err(tr!(
                "must be one of {}",
                Self::KIND.words().unwrap_or_default().join(", ")
            )),
        }
    }
}

/// The id of a workspace: a label of a host's name (RFC 1123, section 2.1). It decides where a credential goes, so it
/// can be nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceId(pub String);

impl SettingValue for WorkspaceId {
    fn parse(text: &str) -> Result<Self, UiText> {
        let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let is_label = (1..=63).contains(&text.len())
            && text.chars().all(is_inner)
            && !text.starts_with('-')
            && !text.ends_with('-');
        match is_label {
            true => Ok(WorkspaceId(text.to_owned())),
            false => Err(tr!("must be letters, digits and hyphens, as in llm-abc123")),
        }
    }
}

/// A base URL as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(pub String);

impl BaseUrl {
    /// The URL with a scheme: http:// on this machine, where servers rarely speak TLS.
    pub fn with_scheme(&self) -> String {
        let local = || Url::parse(&format!("http://{}", self.0)).is_ok_and(|url| is_loopback(&url));
        match self.0.contains("://") || !local() {
            true => self.0.clone(),
            false => format!("http://{}", self.0),
        }
    }
}

impl SettingValue for BaseUrl {
    const KIND: ValueKind = ValueKind::Url;

    fn parse(text: &str) -> Result<Self, UiText> {
        let base_url = BaseUrl(text.to_owned());
        match Url::parse(&base_url.with_scheme()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(base_url),
            _ => Err(tr!("must begin with http:// or https:// and name a host")),
        }
    }
}

/// The proxy that a flag or the config file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyChoice {
    /// None, whatever the environment says: the empty text.
    Off,
    Url(String),
}

impl SettingValue for ProxyChoice {
    const KIND: ValueKind = ValueKind::Url;

    fn parse(text: &str) -> Result<Self, UiText> {
        match text {
            "" => Ok(ProxyChoice::Off),
            _ if parse_proxy(text).is_some() => Ok(ProxyChoice::Url(text.to_owned())),
            _ => Err(no_proxy()),
        }
    }
}
