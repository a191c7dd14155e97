//! All settings of one run, resolved from the command line, the environment and files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Deref;

use super::config_file;
use super::consent::Consent;
use super::credentials_file;
use super::dotenv;
use super::dotenv_consent;
use super::origin::{Origin, Sourced};
use super::own_price::OwnPrice;
use super::own_provider::OwnProvider;
use super::paths::{ConfigFile, Paths};
use super::setting_table::{Flags, Given, Implied, SETTINGS, Setting, Values, setting};
use super::setting_values::{Amount, RegionName, ValueKind};
use super::sources::Sources;
use super::template_folders::TemplateFolders;
use crate::cli::{Generate, Globals};
use crate::error::Failure;
use crate::host::{Env, Host};
use crate::i18n::lang::Lang;
use crate::i18n::{UiText, quoted};
use crate::template::ChosenTemplate;
use crate::tr;
use qwen_api::provider::DASHSCOPE_VARS;
use qwen_api::{Decimal, Region, Secret};

/// All settings. Those of the table are fields: see [`Values`].
#[derive(Clone, Debug)]
pub struct Settings {
    values: Values,
    given: Given,
    /// The models that aliases stand for.
    pub aliases: BTreeMap<String, String>,
    pub providers: BTreeMap<String, OwnProvider>,
    /// The user's own prices, by model.
    pub prices: BTreeMap<String, OwnPrice>,
    /// The template of `--template`.
    pub template: Option<ChosenTemplate>,
    pub paths: Paths,
    pub quiet: bool,
    /// 0: none, 1: requests, 2: events.
    pub verbosity: u8,
    pub allow_http: bool,
    /// The variables and the credentials.
    pub sources: Sources,
    /// Notices about the settings themselves.
    pub notices: Vec<UiText>,
}

impl Deref for Settings {
    type Target = Values;

    fn deref(&self) -> &Values {
        &self.values
    }
}

impl Settings {
    /// Whether the user gave an address for this provider.
    pub fn has_own_base_url(&self, provider: &str) -> bool {
        let own = self.providers.get(provider);
        self.base_url.is_some() || own.is_some_and(|own| own.base_url.is_some())
    }

    /// The fields of the user's own providers and prices, `providers.NAME.FIELD`, as they may be shown.
    pub fn own_fields(&self) -> Vec<(String, String)> {
        let fields = self.providers.iter().flat_map(|(name, own)| {
            let shown = own.shown().into_iter();
            shown.map(move |(field, value)| (format!("providers.{name}.{field}"), value))
        });
        let prices = self.prices.iter().flat_map(|(model, own)| {
            let shown = own.shown().into_iter();
            shown.map(move |(field, value)| (format!("prices.{model}.{field}"), value))
        });
        fields.chain(prices).collect()
    }

    /// Resolves every setting. `generate` are the flags of `chat` and `complete`.
    pub fn resolve(host: &Host, globals: &Globals, generate: Option<&Generate>) -> Result<Settings, Failure> {
        let paths = Paths::of(host, globals.config.clone())?;
        check_utf8(&host.env)?;
        let mut notices = Vec::new();
        let dotenv = dotenv::load(host, &mut notices);
        let credentials_file = credentials_file::path(&paths);
        let stored = credentials_file::load(&credentials_file, &mut notices);
        let FromFile {
            mut given,
            aliases,
            providers,
            prices,
        } = FromFile::read(&paths.config_file)?;
        let cookie_vars = providers.values().filter_map(|own| own.cookie_env.clone());
        let sources = Sources {
            env: host.env.clone(),
            dotenv,
            stored,
            file: credentials_file,
            unlocked: Env::default(),
            cookie_vars: cookie_vars.collect(),
        };
        let flags = Flags { globals, generate };
        let template = template(host, &paths, generate)?;
        for setting in SETTINGS {
            let found = setting.of_flag(&flags);
            let found = found.or_else(|| of_template(setting, template.as_ref()?));
            // The notices of what the environment says come even where a flag wins.
            let variable = of_environment(setting, &sources, &mut notices);
            if let Some(found) = found.or(variable) {
                setting.give(&mut given, found.value, found.origin);
            }
        }
        if given.region.is_none() {
            given.region = sources.stored_region(DASHSCOPE_VARS);
        }
        let verbosity = match globals.verbose {
            0 => verbosity(&sources)?,
            given => given,
        };
        Ok(Settings {
            values: given.parse()?,
            given,
            aliases,
            providers,
            prices,
            template,
            paths,
            quiet: globals.quiet,
            verbosity,
            allow_http: globals.allow_http,
            sources,
            notices,
        })
    }

    /// The text of a setting as it was given, or its default.
    pub fn text(&self, setting: &Setting) -> Option<Sourced<String>> {
        setting.text(&self.given)
    }

    /// What the user must allow before messages go where the `.env` file says.
    pub fn dotenv_consent(&self) -> Option<Consent> {
        self.sources.dotenv.as_ref().map(dotenv_consent::consent)
    }

    /// Whether a `.env` file says where messages go.
    pub fn is_led_by_dotenv(&self) -> bool {
        let proxies = ["https", "http"].map(|scheme| self.proxy_for(scheme).map(|proxy| proxy.origin));
        let base_url = self.base_url.as_ref().map(|url| url.origin.clone());
        let mut origins = proxies.into_iter().chain([base_url]).flatten();
        origins.any(|origin| matches!(origin, Origin::DotEnv { .. }))
    }

    /// The language of messages.
    pub fn lang(&self) -> Lang {
        self.lang.value.unwrap_or_else(|| self.sources.lang())
    }

    /// Resolves an alias of a model; any other name is the model's own.
    pub fn model_of(&self, name: &str) -> String {
        self.aliases.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The same settings with what the keyring holds under that name.
    #[must_use]
    pub fn with_unlocked(&self, name: &str, secret: &Secret) -> Settings {
        Settings {
            sources: self.sources.with_unlocked(name, secret),
            ..self.clone()
        }
    }

    /// The same settings with the limit of a `--max-cost`.
    #[must_use]
    pub fn with_max_cost(&self, amount: Decimal) -> Settings {
        let mut settings = self.clone();
        settings.values.max_cost = Some(Sourced {
            value: Amount(amount),
            origin: Origin::Flag("--max-cost"),
        });
        settings
    }

    /// The same settings without a base URL of the user's.
    #[must_use]
    pub fn without_base_url(&self) -> Settings {
        let mut settings = self.clone();
        settings.values.base_url = None;
        settings
    }

    /// The same settings with another region.
    #[must_use]
    pub fn with_region(&self, region: Region) -> Settings {
        let mut settings = self.clone();
        settings.values.region = Sourced {
            value: RegionName {
                region,
                name: region.name().to_owned(),
            },
            origin: Origin::Default,
        };
        settings
    }

    /// The same settings with this credential before all others.
    #[must_use]
    pub fn with_credential(&self, variable: &str, secret: &Secret) -> Settings {
        Settings {
            sources: self.sources.with_credential(variable, secret),
            ..self.clone()
        }
    }
}

/// The content of the config file.
#[derive(Debug, Default)]
struct FromFile {
    given: Given,
    aliases: BTreeMap<String, String>,
    providers: BTreeMap<String, OwnProvider>,
    prices: BTreeMap<String, OwnPrice>,
}

impl FromFile {
    fn read(path: &ConfigFile) -> Result<FromFile, Failure> {
        let mut found = FromFile::default();
        for entry in config_file::read(path)? {
            let origin = Origin::File {
                path: path.to_path_buf(),
                line: entry.line,
            };
            let parts = config_file::parts(&entry.key);
            match parts.as_slice() {
                ["aliases", name] => {
                    found.aliases.insert((*name).to_owned(), entry.value);
                }
                ["providers", name, field @ ..] => {
                    let own = found.providers.entry((*name).to_owned()).or_default();
                    own.take(field, entry.value, origin);
                }
                ["prices", model, field] => {
                    let own = found.prices.entry((*model).to_owned()).or_default();
                    own.take(field, &entry.value);
                }
                _ => {
                    if let Some(setting) = setting(&entry.key) {
                        setting.give(&mut found.given, entry.value, origin);
                    }
                }
            }
        }
        Ok(found)
    }
}

/// The template that the flags name, with its variables.
fn template(host: &Host, paths: &Paths, generate: Option<&Generate>) -> Result<Option<ChosenTemplate>, Failure> {
    let Some((name, generate)) = generate.and_then(|generate| Some((generate.request.template.as_deref()?, generate)))
    else {
        return Ok(None);
    };
    let template = TemplateFolders::new(paths, host.cwd.as_deref()).find(name)?;
    let given = generate
        .request
        .vars
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let vars = template.vars(given)?;
    Ok(Some(ChosenTemplate { template, vars }))
}

/// The value that the front matter of a template gives a setting. The options of a request, which are no settings, are in
/// [`crate::template::FrontMatter::params`].
fn of_template(setting: &Setting, chosen: &ChosenTemplate) -> Option<Sourced<OsString>> {
    let (model, line) = chosen
        .template
        .front
        .model
        .as_ref()
        .filter(|_| setting.name == "model")?;
    Some(Sourced {
        value: model.into(),
        origin: Origin::Template {
            name: chosen.template.name.clone(),
            line: *line,
        },
    })
}

/// The value that the environment or the `.env` file gives a setting.
fn of_environment(setting: &Setting, sources: &Sources, notices: &mut Vec<UiText>) -> Option<Sourced<OsString>> {
    let implied = setting.implied_by.and_then(|Implied { variable, text }| {
        sources.env.get(variable)?;
        Some(Sourced {
            value: text.into(),
            origin: Origin::Env(variable.to_owned()),
        })
    });
    let found = setting.env.and_then(|name| match setting.value.kind {
        ValueKind::File => sources.file_variable(name),
        _ => sources.bare_variable(name).map(Sourced::into_os),
    });
    match found {
        Some(found) if !setting.is_in_dotenv && matches!(found.origin, Origin::DotEnv { .. }) => {
            let flag = setting.flag.map_or("", |flag| flag.0);
            notices.push(tr!("{} is ignored: use {} or the environment", found.origin, flag));
            implied
        }
        found => found.or(implied),
    }
}

/// How much `QWEN_CLI_LOG` has logged.
fn verbosity(sources: &Sources) -> Result<u8, Failure> {
    let Some(level) = sources.bare_variable("QWEN_CLI_LOG") else {
        return Ok(0);
    };
    match level.value.as_str() {
        "0" | "off" => Ok(0),
        "1" | "requests" => Ok(1),
        "2" | "events" => Ok(2),
        other => Err(Failure::usage(tr!(
            "QWEN_CLI_LOG must be 0, 1 (requests) or 2 (events), not {}",
            quoted(other)
        ))),
    }
}

/// Refuses a variable of ours that is not UTF-8. The name of a file need not be.
fn check_utf8(env: &Env) -> Result<(), Failure> {
    const FILES: &[&str] = &["QWEN_CLI_HOME", "QWEN_CLI_CONFIG"];
    let is_file = |name: &str| {
        let is_set_by = |setting: &Setting| setting.env == Some(name) && setting.value.kind == ValueKind::File;
        FILES.contains(&name) || SETTINGS.iter().any(is_set_by)
    };
    match env.not_text().find(|name| dotenv::is_ours(name) && !is_file(name)) {
        Some(name) => Err(Failure::usage(tr!("{} is not UTF-8", name))),
        None => Ok(()),
    }
}
