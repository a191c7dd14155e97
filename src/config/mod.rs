//! Settings: flags over environment over `.env` over the config file over defaults, each with its origin.
//!
//! They are resolved once, before anything is done, and nobody changes them afterwards.

pub mod allowed;
pub mod credentials;
pub mod dotenv;
pub mod file;
pub mod keyring;
pub mod keys;
pub mod lookup;
pub mod paths;
pub mod provider;
mod proxy;
pub mod renewal;
pub mod typed;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::credentials::Stored;
use self::dotenv::DotEnv;
use self::keys::{KEYS, Key, KeyKind};
use self::paths::Paths;
use crate::cli::Globals;
use crate::error::Failure;
use crate::host::{Env, Host};
use crate::i18n::lang::Lang;
use crate::i18n::{IntoArg, TextArg, UiText, quoted};
use crate::tr;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Flag(&'static str),
    Env(String),
    DotEnv {
        name: String,
        path: PathBuf,
    },
    File {
        path: PathBuf,
        line: usize,
    },
    /// The file of stored credentials.
    Stored(PathBuf),
    /// The system's keyring, noted in that file.
    Keyring,
    Default,
}

impl IntoArg for Origin {
    fn arg(&self) -> TextArg {
        match self {
            Origin::Flag(flag) => flag.arg(),
            Origin::Env(name) => TextArg::Text(format!("${name}")),
            Origin::DotEnv { name, path } => tr!("{} in {}", name, path.display()).arg(),
            Origin::File { path, line } => tr!("{} line {}", path.display(), line).arg(),
            Origin::Stored(path) => path.display().arg(),
            Origin::Keyring => tr!("the system keyring").arg(),
            Origin::Default => tr!("default").arg(),
        }
    }
}

impl Origin {
    /// Whether the user had the program store it.
    pub fn is_stored(&self) -> bool {
        matches!(self, Origin::Stored(_) | Origin::Keyring)
    }
}

/// English: for what programs read.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&tr!("{}", self).to_string())
    }
}

/// A value and its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    pub value: T,
    pub origin: Origin,
}

/// A provider of the user's own, from `[providers.NAME]`, or changes to one of the program's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnProvider {
    pub protocol: Option<String>,
    pub base_url: Option<Sourced<String>>,
    pub api_key_env: Option<String>,
    /// The variable of the cookie, for the web API.
    pub cookie_env: Option<String>,
    pub model: Option<String>,
    pub vision_model: Option<String>,
    pub headers: Vec<(String, String)>,
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Settings {
    values: BTreeMap<&'static str, Sourced<String>>,
    /// The same for those that name a file, whose name need not be text.
    files: BTreeMap<&'static str, PathBuf>,
    pub aliases: BTreeMap<String, String>,
    pub providers: BTreeMap<String, OwnProvider>,
    pub paths: Paths,
    pub quiet: bool,
    /// 0: none, 1: requests, 2: events.
    pub verbosity: u8,
    pub allow_http: bool,
    env: Env,
    dotenv: Option<DotEnv>,
    stored: Stored,
    /// What was read from the keyring.
    unlocked: Env,
    /// What the user should be told of the settings themselves.
    pub notices: Vec<UiText>,
}

impl Settings {
    /// Resolves every setting. `extra` are flags of the command itself: name of the setting, flag, value.
    pub fn resolve(
        host: &Host,
        globals: &Globals,
        extra: &[(&'static str, &'static str, String)],
    ) -> Result<Settings, Failure> {
        let paths = Paths::of(host, globals.config.clone())?;
        let mut notices = Vec::new();
        check_text(&host.env)?;
        let dotenv = dotenv::load(host, &mut notices);
        let stored = credentials::load(&credentials::path(&paths), &mut notices);
        let mut settings = Settings {
            values: BTreeMap::new(),
            files: BTreeMap::new(),
            aliases: BTreeMap::new(),
            providers: BTreeMap::new(),
            paths,
            quiet: globals.quiet,
            verbosity: globals.verbose,
            allow_http: globals.allow_http,
            env: host.env.clone(),
            dotenv,
            stored,
            unlocked: Env::default(),
            notices,
        };
        settings.take_file()?;
        for key in KEYS {
            settings.take_env(key);
            if let Some(value) = flag_value(key.name, globals) {
                settings.put(key, value, Origin::Flag(key.flag.unwrap_or_default()));
            }
        }
        for (name, flag, value) in extra {
            if let Some(key) = keys::find(name) {
                settings.put(key, value.clone(), Origin::Flag(flag));
            }
        }
        settings.take_stored_region();
        settings.take_verbosity()?;
        settings.check()?;
        Ok(settings)
    }

    fn put(&mut self, key: &Key, value: impl Into<OsString>, origin: Origin) {
        let value = value.into();
        if key.kind == KeyKind::Path {
            self.files.insert(key.name, PathBuf::from(&value));
        }
        let value = value.to_string_lossy().into_owned();
        self.values.insert(key.name, Sourced { value, origin });
    }

    fn take_file(&mut self) -> Result<(), Failure> {
        let path = self.paths.config_file.clone();
        for entry in file::read(&path)? {
            let origin = Origin::File {
                path: path.clone(),
                line: entry.line,
            };
            let parts: Vec<&str> = entry.key.split('.').collect();
            match parts.as_slice() {
                ["aliases", name] => {
                    self.aliases.insert((*name).to_owned(), entry.value);
                }
                ["providers", name, field @ ..] => {
                    let own = self.providers.entry((*name).to_owned()).or_default();
                    match field {
                        ["protocol"] => own.protocol = Some(entry.value),
                        ["api_key_env"] => own.api_key_env = Some(entry.value),
                        ["cookie_env"] => own.cookie_env = Some(entry.value),
                        ["model"] => own.model = Some(entry.value),
                        ["vision_model"] => own.vision_model = Some(entry.value),
                        ["headers", header] => own.headers.push(((*header).to_owned(), entry.value)),
                        _ => {
                            own.base_url = Some(Sourced {
                                value: entry.value,
                                origin,
                            });
                        }
                    }
                }
                _ => {
                    if let Some(key) = keys::find(&entry.key) {
                        self.put(key, entry.value, origin);
                    }
                }
            }
        }
        Ok(())
    }

    fn take_env(&mut self, key: &Key) {
        if key.name == "color" && self.env.get("NO_COLOR").is_some() {
            self.put(key, "never", Origin::Env("NO_COLOR".to_owned()));
        }
        if let Some((name, path)) = key.env.and_then(|name| Some((name, self.env.path(name)?)))
            && key.kind == KeyKind::Path
        {
            self.put(key, path, Origin::Env(name.to_owned()));
            return;
        }
        let Some(found) = key.env.and_then(|name| self.setting(name)) else {
            return;
        };
        // Whoever wrote that file could have any file of the user's written to.
        if key.name == "log_file" && matches!(found.origin, Origin::DotEnv { .. }) {
            let told = tr!(
                "{} is ignored: --log-file or the environment says where to log",
                found.origin
            );
            self.notices.push(told);
            return;
        }
        self.put(key, found.value, found.origin);
    }

    /// A stored key brings its region along, unless the user names another or another key comes first.
    fn take_stored_region(&mut self) {
        if self.values.contains_key("region") {
            return;
        }
        let Some((origin, variable)) = self.whose(provider::KEY_VARS) else {
            return;
        };
        let path = credentials::path(&self.paths);
        if origin.is_stored()
            && let Some(key) = keys::find("region")
            && let Some(region) = credentials::region(&path, &variable)
        {
            self.put(key, region, Origin::Stored(path));
        }
    }

    fn take_verbosity(&mut self) -> Result<(), Failure> {
        if self.verbosity > 0 {
            return Ok(());
        }
        let Some(level) = self.setting("QWEN_CLI_LOG") else {
            return Ok(());
        };
        self.verbosity = match level.value.as_str() {
            "0" | "off" => 0,
            "1" | "requests" => 1,
            "2" | "events" => 2,
            other => {
                return Err(Failure::usage(tr!(
                    "QWEN_CLI_LOG must be 0, 1 (requests) or 2 (events), not {}",
                    quoted(other)
                )));
            }
        };
        Ok(())
    }

    fn check(&self) -> Result<(), Failure> {
        for key in KEYS {
            let Some(sourced) = self.values.get(key.name) else {
                continue;
            };
            if let Err(why) = keys::check(key.kind, &sourced.value) {
                let whose = match &sourced.origin {
                    Origin::Flag(flag) => UiText::foreign(*flag),
                    Origin::Env(name) => UiText::foreign(name.as_str()),
                    origin => tr!("{} ({})", key.name, origin),
                };
                return Err(Failure::usage(tr!(
                    "{} {}, not {}",
                    whose,
                    why,
                    quoted(&keys::shown(key.kind, &sourced.value))
                )));
            }
        }
        Ok(())
    }

    /// A setting's value and origin, its default included; `None` when it has neither.
    pub fn get(&self, name: &str) -> Option<Sourced<String>> {
        if let Some(sourced) = self.values.get(name) {
            return Some(sourced.clone());
        }
        let value = keys::find(name)?.default?.to_owned();
        Some(Sourced {
            value,
            origin: Origin::Default,
        })
    }

    /// A setting's value, or the empty text.
    pub fn text(&self, name: &str) -> String {
        self.get(name).map(|sourced| sourced.value).unwrap_or_default()
    }

    /// The file that a setting names.
    pub fn file(&self, name: &str) -> Option<&Path> {
        self.files.get(name).map(PathBuf::as_path)
    }

    /// Whether the user allowed the `.env` file to say where messages go.
    pub fn is_dotenv_allowed(&self) -> bool {
        let is_allowed = |dotenv| allowed::is_allowed(&self.paths.data, dotenv);
        self.dotenv.as_ref().is_none_or(is_allowed)
    }

    /// Remembers that the user allowed it.
    pub fn allow_dotenv(&self) -> Result<(), Failure> {
        let allow = |dotenv| allowed::allow(&self.paths.data, dotenv);
        self.dotenv.as_ref().map_or(Ok(()), allow)
    }

    /// Whether a `.env` file says where messages go.
    pub fn is_led_by_dotenv(&self) -> bool {
        let places = [self.get("base_url"), self.proxy("https"), self.proxy("http")];
        let is_foreign = |place: &Sourced<String>| matches!(place.origin, Origin::DotEnv { .. });
        places.iter().flatten().any(is_foreign)
    }

    /// The silence allowed; `None` for any.
    pub fn timeout(&self) -> Option<Duration> {
        let seconds: f64 = self.text("timeout").parse().unwrap_or(60.0);
        (seconds > 0.0).then(|| Duration::from_secs_f64(seconds))
    }

    /// How often to try again, and whether the user chose that number.
    pub fn retries(&self) -> (u32, bool) {
        let chosen = self.values.contains_key("retries");
        (self.text("retries").parse().unwrap_or(3), chosen)
    }

    /// The language a person is spoken to in.
    pub fn lang(&self) -> Lang {
        let environment = || Lang::of_environment(|name| self.env.get(name));
        Lang::from_name(&self.text("lang")).unwrap_or_else(environment)
    }

    pub fn saves(&self) -> bool {
        self.text("save") != "false"
    }

    /// The model an alias stands for, or the name itself.
    pub fn model_of(&self, name: &str) -> String {
        self.aliases.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

/// Refuses a variable of ours that is no text. A file's name need not be text.
fn check_text(env: &Env) -> Result<(), Failure> {
    const FILES: &[&str] = &["QWEN_CLI_HOME", "QWEN_CLI_CONFIG"];
    let is_file = |name: &str| {
        FILES.contains(&name)
            || KEYS
                .iter()
                .any(|key| key.env == Some(name) && key.kind == KeyKind::Path)
    };
    match env.not_text().find(|name| dotenv::is_ours(name) && !is_file(name)) {
        Some(name) => Err(Failure::usage(tr!("{} is not UTF-8", name))),
        None => Ok(()),
    }
}

/// The value of the global flag that sets this setting.
fn flag_value(name: &str, globals: &Globals) -> Option<OsString> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.clone().into_os_string());
    let text = match name {
        "provider" => globals.provider.clone(),
        "model" => globals.model.clone(),
        "region" => globals.region.clone(),
        "workspace" => globals.workspace.clone(),
        "base_url" => globals.base_url.clone(),
        "timeout" => globals.timeout.clone(),
        "retries" => globals.retries.clone(),
        "color" => globals.color.clone(),
        "log_file" => return path(&globals.log_file),
        "proxy" => globals.proxy.clone(),
        "cacert" => return path(&globals.cacert),
        _ => None,
    };
    text.map(OsString::from)
}
