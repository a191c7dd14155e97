//! The table of settings. Flags, environment, config file, `qwen config`, the README and completions all follow it.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;
use stream_markdown::Theme;

use super::origin::{Origin, Sourced};
use super::setting_values::{
    Amount, BaseUrl, Budget, ByteSize, CacheAge, Count, EditMode, Notify, ProxyChoice, RegionName, SearchApi,
    SettingValue, Timeout, TitleSource, ValueType, WorkspaceId,
};
use crate::cli::{Generate, Globals, SaveFlags, When};
use crate::error::Failure;
use crate::i18n::lang::Lang;
use crate::i18n::{StaticText, UiText};
use crate::render::picture::Pictures;
use crate::{tr, tr_static};
use qwen_api::Decimal;
use qwen_api::provider::WebApi;

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the config file and for `config get`.
    pub name: &'static str,
    /// Its description, in one line.
    pub about: StaticText,
    pub value: ValueType,
    /// Its text where it is not set.
    pub default: Option<&'static str>,
    pub flag: Option<Flag>,
    /// The variable that sets it.
    pub env: Option<&'static str>,
    /// A variable that gives it a certain value by being set to anything.
    pub(super) implied_by: Option<Implied>,
    /// Whether a `.env` file may set it.
    pub(super) is_in_dotenv: bool,
    /// Whether the config file may hold it under `name`.
    pub is_in_file: bool,
    given: fn(&Given) -> &Option<Sourced<OsString>>,
    given_mut: fn(&mut Given) -> &mut Option<Sourced<OsString>>,
}

/// A flag, and how its value is read off the command line.
#[derive(Clone, Copy, Debug)]
pub struct Flag(pub &'static str, fn(&Flags<'_>) -> Option<OsString>);

/// The flags of a command that are settings too.
#[derive(Clone, Copy, Debug)]
pub struct Flags<'a> {
    pub globals: &'a Globals,
    /// Those of `chat` and `complete`.
    pub generate: Option<&'a Generate>,
}

/// The text that a variable gives to a setting by being set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Implied {
    pub(super) variable: &'static str,
    pub(super) text: &'static str,
}

/// Makes the table, and a struct with a field for each row. A row is a name, a type, perhaps a default, and other
/// fields of [`Setting`]; its field is a [`Sourced`] value, or where it has no default an `Option` of one.
macro_rules! settings {
    ($(
        $name:ident: $type:ty $(= $default:literal)? { $($more:tt)* }
    )+) => {
        /// Every setting, in the order `config show` prints them.
        pub const SETTINGS: &[Setting] = &[$(
            Setting {
                name: stringify!($name),
                value: ValueType::of::<$type>(),
                default: settings!(@default $($default)?),
                given: |given| &given.$name,
                given_mut: |given| &mut given.$name,
                $($more)*
                ..OTHERWISE
            },
        )+];

        /// The values of all settings.
        #[derive(Clone, Debug)]
        pub struct Values {
            $(pub $name: settings!(@field $type $(, $default)?),)+
        }

        /// The texts that flags, variables and files give to settings. A later one takes the place of an earlier.
        #[derive(Clone, Debug, Default)]
        pub struct Given {
            $(pub $name: Option<Sourced<OsString>>,)+
        }

        impl Given {
            /// Parses the texts. The error names where a wrong one comes from.
            pub fn parse(&self) -> Result<Values, Failure> {
                Ok(Values {
                    $($name: settings!(@parse stringify!($name), &self.$name $(, $default)?),)+
                })
            }
        }
    };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
    (@field $type:ty) => { Option<Sourced<$type>> };
    (@field $type:ty, $default:literal) => { Sourced<$type> };
    (@parse $name:expr, $given:expr) => { optional($name, $given)? };
    (@parse $name:expr, $given:expr, $default:literal) => { or_default($name, $given, $default)? };
}

/// The defaults of a row's fields.
const OTHERWISE: Setting = Setting {
    name: "",
    about: StaticText::new(""),
    value: ValueType::of::<String>(),
    default: None,
    flag: None,
    env: None,
    implied_by: None,
    is_in_dotenv: true,
    is_in_file: true,
    given: |given| &given.provider,
    given_mut: |given| &mut given.provider,
};

settings! {
    provider: String {
        about: tr_static!("provider to use"),
        flag: Some(Flag("--provider", |flags| flags.globals.provider.text())),
        env: Some("QWEN_CLI_PROVIDER"),
    }
    model: String {
        about: tr_static!("model ID or alias"),
        flag: Some(Flag("--model", |flags| flags.globals.model.text())),
        env: Some("QWEN_CLI_MODEL"),
    }
    vision_model: String {
        about: tr_static!("model for messages with images"),
        env: Some("QWEN_CLI_VISION_MODEL"),
    }
    image_model: String {
        about: tr_static!("model that makes pictures"),
        env: Some("QWEN_CLI_IMAGE_MODEL"),
    }
    omni_model: String {
        about: tr_static!("model for messages with sound or video"),
        env: Some("QWEN_CLI_OMNI_MODEL"),
    }
    transcribe_model: String {
        about: tr_static!("model for --transcribe"),
        env: Some("QWEN_CLI_TRANSCRIBE_MODEL"),
    }
    region: RegionName = "beijing" {
        about: tr_static!("DashScope region"),
        flag: Some(Flag("--region", |flags| flags.globals.region.text())),
        env: Some("QWEN_CLI_REGION"),
    }
    workspace: WorkspaceId {
        about: tr_static!("DashScope workspace ID"),
        flag: Some(Flag("--workspace", |flags| flags.globals.workspace.text())),
        env: Some("DASHSCOPE_WORKSPACE"),
    }
    base_url: BaseUrl {
        about: tr_static!("base URL of the API, instead of the provider's own"),
        flag: Some(Flag("--base-url", |flags| flags.globals.base_url.text())),
        env: Some("QWEN_CLI_BASE_URL"),
        is_in_file: false,
    }
    timeout: Timeout = "60" {
        about: tr_static!("seconds to wait for data from the server; 0 waits forever"),
        flag: Some(Flag("--timeout", |flags| flags.globals.timeout.text())),
        env: Some("QWEN_CLI_TIMEOUT"),
    }
    retries: Count<0, 20> = "3" {
        about: tr_static!("how many times to retry a failed request"),
        flag: Some(Flag("--retries", |flags| flags.globals.retries.text())),
        env: Some("QWEN_CLI_RETRIES"),
    }
    color: When = "auto" {
        about: tr_static!("when to use colour"),
        flag: Some(Flag("--color", |flags| flags.globals.color.text())),
        implied_by: Some(Implied { variable: "NO_COLOR", text: "never" }),
    }
    theme: Option<Theme> = "auto" {
        about: tr_static!("colours for a dark or a light background"),
    }
    width: Count<0, 1000> = "100" {
        about: tr_static!("most columns for the text of an answer; 0 uses the whole window"),
    }
    pictures: Pictures = "auto" {
        about: tr_static!("how the terminal displays pictures; auto detects kitty and iTerm2"),
    }
    lang: Option<Lang> = "auto" {
        about: tr_static!("language of messages; auto follows the locale"),
    }
    show_thinking: When = "auto" {
        about: tr_static!("when to show the model's thinking"),
        flag: Some(Flag("--show-thinking", |flags| flags.generate?.show_thinking.text())),
    }
    edit_mode: EditMode = "emacs" {
        about: tr_static!("key bindings of the `chat` prompt"),
    }
    notify: Notify = "off" {
        about: tr_static!("how `chat` tells you that an answer of over 15 seconds has ended"),
    }
    title: bool = "true" {
        about: tr_static!("show the state of `chat` in the window's title"),
    }
    titles: TitleSource = "words" {
        about: tr_static!("titles of `chat` conversations: your first words, or by the model, which is a second small request"),
    }
    search_via: SearchApi = "compatible" {
        about: tr_static!("API that --search uses on dashscope; native shows sources"),
    }
    web_api: WebApi = "v2" {
        about: tr_static!("version of the web API that -p web uses"),
    }
    web_keep: bool = "true" {
        about: tr_static!("keep the chats that `complete` creates in the web account"),
    }
    web_version: String {
        about: tr_static!("version of the web site to send, where it rejects requests without one"),
    }
    save: bool = "true" {
        about: tr_static!("save conversations"),
        flag: Some(Flag("--save", |flags| flags.generate?.save.text())),
    }
    cache: CacheAge {
        about: tr_static!("cache answers, and give those up to this age again: 90s, 5m, 1h, 1d, 2w"),
    }
    cache_size: ByteSize = "256MB" {
        about: tr_static!("space for cached answers; the oldest are removed"),
    }
    max_cost: Amount {
        about: tr_static!("most that a request may cost, in the currency of the region's prices"),
        flag: Some(Flag("--max-cost", |flags| flags.generate?.max_cost.text())),
    }
    budget: Budget {
        about: tr_static!("most to spend in a day, week or month: 5/day; nothing is sent that can cost more"),
    }
    log_file: PathBuf {
        about: tr_static!("file to write the log to"),
        flag: Some(Flag("--log-file", |flags| flags.globals.log_file.text())),
        env: Some("QWEN_CLI_LOG_FILE"),
        // The author of a `.env` file could have any file of the user's written to.
        is_in_dotenv: false,
    }
    proxy: ProxyChoice {
        about: tr_static!("proxy for all connections but those to loopback"),
        flag: Some(Flag("--proxy", |flags| flags.globals.proxy.text())),
    }
    cacert: PathBuf {
        about: tr_static!("additional root certificates, PEM"),
        flag: Some(Flag("--cacert", |flags| flags.globals.cacert.text())),
        env: Some("SSL_CERT_FILE"),
    }
}

/// The setting of that name.
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

impl Setting {
    /// Its text and origin; `None` where it is not set and has no default.
    pub fn text(&self, given: &Given) -> Option<Sourced<String>> {
        match (self.given)(given) {
            Some(given) => Some(Sourced {
                value: given.value.to_string_lossy().into_owned(),
                origin: given.origin.clone(),
            }),
            None => self.default.map(|default| Sourced {
                value: default.to_owned(),
                origin: Origin::Default,
            }),
        }
    }

    /// Gives it a text.
    pub(super) fn give(&self, given: &mut Given, value: impl Into<OsString>, origin: Origin) {
        *(self.given_mut)(given) = Some(Sourced {
            value: value.into(),
            origin,
        });
    }

    /// The flag's value, if it is on the command line.
    pub(super) fn of_flag(&self, flags: &Flags<'_>) -> Option<Sourced<OsString>> {
        let Flag(name, read) = self.flag?;
        Some(Sourced {
            value: read(flags)?,
            origin: Origin::Flag(name),
        })
    }
}

/// The value of a flag as the text of a setting.
trait FlagText {
    fn text(&self) -> Option<OsString>;
}

impl FlagText for Option<String> {
    fn text(&self) -> Option<OsString> {
        self.as_ref().map(OsString::from)
    }
}

impl FlagText for Option<Decimal> {
    fn text(&self) -> Option<OsString> {
        self.map(|amount| amount.to_string().into())
    }
}

impl FlagText for Option<PathBuf> {
    fn text(&self) -> Option<OsString> {
        self.as_ref().map(OsString::from)
    }
}

impl FlagText for Option<When> {
    fn text(&self) -> Option<OsString> {
        let word = self.as_ref()?.to_possible_value()?;
        Some(word.get_name().into())
    }
}

impl FlagText for SaveFlags {
    fn text(&self) -> Option<OsString> {
        match (self.save, self.no_save) {
            (true, _) => Some("true".into()),
            (_, true) => Some("false".into()),
            _ => None,
        }
    }
}

fn optional<T: SettingValue>(
    name: &'static str,
    given: &Option<Sourced<OsString>>,
) -> Result<Option<Sourced<T>>, Failure> {
    given.as_ref().map(|given| parsed(name, given)).transpose()
}

fn or_default<T: SettingValue>(
    name: &'static str,
    given: &Option<Sourced<OsString>>,
    default: &'static str,
) -> Result<Sourced<T>, Failure> {
    match given {
        Some(given) => parsed(name, given),
        None => parsed(
            name,
            &Sourced {
                value: default.into(),
                origin: Origin::Default,
            },
        ),
    }
}

fn parsed<T: SettingValue>(name: &'static str, given: &Sourced<OsString>) -> Result<Sourced<T>, Failure> {
    let refused = |why| {
        let subject = match &given.origin {
            Origin::Flag(flag) => UiText::foreign(*flag),
            Origin::Env(variable) => UiText::foreign(variable.as_str()),
            origin => tr!("{} ({})", name, origin),
        };
        Failure::usage(T::KIND.refusal(subject, why, &given.value.to_string_lossy()))
    };
    Ok(Sourced {
        value: T::parse_os(&given.value).map_err(refused)?,
        origin: given.origin.clone(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_default_and_every_word_is_a_value() {
        for setting in SETTINGS {
            let words = setting.value.kind.words().unwrap_or_default();
            for text in words.iter().copied().chain(setting.default) {
                assert_eq!(setting.value.check(setting.name, text), Ok(()));
            }
            assert!(setting.value.check(setting.name, "\0").is_err() || words.is_empty());
        }
        assert!(Given::default().parse().is_ok());
    }

    #[test]
    fn every_flag_of_the_table_is_one_whose_help_has_the_default() {
        let mut root = Cli::command();
        root.build();
        let complete = root.find_subcommand("complete").unwrap();
        for setting in SETTINGS {
            let Some(Flag(name, _)) = setting.flag else { continue };
            let is_it = |arg: &&clap::Arg| arg.get_long().is_some_and(|long| format!("--{long}") == name);
            let arg = complete.get_arguments().find(is_it).unwrap_or_else(|| panic!("{name}"));
            let help = arg.get_help().unwrap().to_string();
            let shown = help
                .split_once("[default: ")
                .map(|(_, rest)| rest.trim_end_matches(']'));
            assert!(shown.is_none() || shown == setting.default, "{name}: {help}");
        }
    }
}
