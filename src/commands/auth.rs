//! `qwen auth`: credentials stored, looked at and removed. None is ever shown.

mod credential_place;
mod web_login;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stream_markdown::sanitize::{safe, safe_line};

use self::credential_place::CredentialPlace;
use crate::app::App;
use crate::attach;
use crate::cli::AuthCommand;
use crate::config::provider_credentials::{credentials_of, in_keyring, is_site, variables};
use crate::config::{Settings, credentials_file, provider_choice, web_renewal};
use crate::connection::key_trial::{self, KeyTrial, region};
use crate::connection::keyring;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::messages;
use crate::messages::providers::key_pages;
use crate::repl::default_model::choose_default;
use crate::repl::editor::{EditorConfig, LineEditor};
use crate::report;
use crate::term::ask;
use crate::term::out::{write_list, write_out};
use crate::term::tty::Tty;
use crate::tr;
use qwen_api::provider::{PROVIDERS, TOKEN_VAR, provider};
use qwen_api::{Model, Secret};

pub(super) async fn run(app: App<'_>, command: AuthCommand) -> anyhow::Result<()> {
    match command {
        AuthCommand::Login { no_check, keyring } => {
            let place = CredentialPlace::wanted(keyring)?;
            app.or_cancelled(login(&app, no_check, place)).await
        }
        AuthCommand::Status { json } => status(&app, json).await,
        AuthCommand::Logout => Ok(logout(&app).await?),
    }
}

/// The provider meant: the one named, else the first of the table.
fn provider_meant(app: &App<'_>) -> String {
    provider_choice::named(&app.settings).unwrap_or_else(|| PROVIDERS[0].name.to_owned())
}

async fn login(app: &App<'_>, no_check: bool, place: CredentialPlace) -> anyhow::Result<()> {
    let settings = &app.settings;
    let name = provider_meant(app);
    let variables = variables(settings, &name);
    if is_site(settings, &name) && !variables.is_empty() {
        return web_login::login(app, &name, &variables, no_check, place).await;
    }
    let variable = variables.into_iter().next().ok_or_else(|| {
        Failure::usage(tr!("{} takes no credential", name)).hint(tr!(
            "a provider of your own names its variable: qwen config set providers.{}.api_key_env NAME",
            name
        ))
    })?;
    let secret = as_typed(app, &variable, &asked(app, &variable, &name).await?);
    if secret.is_empty() {
        return Err(Failure::usage(tr!("no credential was given; nothing was stored")).into());
    }
    if secret.expose().chars().any(char::is_control) {
        return Err(Failure::usage(tr!(
            "a credential must be a single line without control characters; nothing was stored"
        ))
        .into());
    }
    let with_it = settings.with_credential(&variable, &secret);
    let KeyTrial { models, region } = match no_check {
        true => KeyTrial {
            models: None,
            region: region(&with_it, &name),
        },
        false => check(app, &with_it, &name).await?,
    };
    let stored = credential_place::store(app, place, &variable, &secret, region.as_deref()).await?;
    let whose = match region {
        Some(region) => format!("{variable} ({region})"),
        None => variable.clone(),
    };
    let told = tr!("{} is stored in {}", whose, stored);
    app.notice(match &models {
        Some(models) => tr!("{}; it can use {} models", told, models.len()),
        None => told,
    });
    if let Some(told) = key_trial::keep_address(settings, &name)? {
        app.notice(told);
    }
    if let Some(outside) = settings.sources.variable(&variable) {
        app.notice(tr!("{} takes precedence over it", outside.origin));
    }
    match models {
        Some(models) => Ok(offer_model(app, &name, models).await?),
        None => Ok(()),
    }
}

/// Offers a default model, where there is a terminal to choose on.
async fn offer_model(app: &App<'_>, name: &str, models: Vec<Model>) -> Result<(), Failure> {
    let ttys = app.host.ttys;
    let Some(tty) = Tty::open().filter(|_| ttys.stdin && ttys.stderr) else {
        return Ok(());
    };
    let _restored = tty.hushed();
    let mut editor = LineEditor::open(EditorConfig::of(app), tty.clone())?;
    if let Some(told) = choose_default(app, &mut editor, name, models).await? {
        app.notice(told);
    }
    Ok(())
}

/// The credential, typed without being shown, or piped in.
async fn asked(app: &App<'_>, variable: &str, name: &str) -> Result<Secret, Failure> {
    if !app.host.ttys.stdin {
        let notice = |message| app.notice(message);
        let text = String::from_utf8(attach::read_stdin(app.reads(None, &notice)).await?);
        let text = text.map_err(|_| Failure::usage(tr!("stdin is not text; nothing was stored")))?;
        return Ok(Secret::new(text));
    }
    if provider(name).is_some_and(|known| known.protocol.dashscope_path().is_some()) {
        app.ui.print(key_pages(""));
    }
    ask::secret(&app.ui.question(tr!("{} for {} (not shown): ", variable, name))).await
}

/// The credential in what was typed. A notice says what was removed from it.
fn as_typed(app: &App<'_>, variable: &str, secret: &Secret) -> Secret {
    let typed = app.settings.sources.cleaned(variable, secret.expose());
    if let Some(told) = typed.cleanup_notice(variable) {
        app.notice(told);
    }
    typed.secret
}

/// Tries a credential before it is stored.
async fn check(app: &App<'_>, settings: &Settings, name: &str) -> anyhow::Result<KeyTrial> {
    let tried = key_trial::try_key(app, settings, name).await;
    Ok(tried.map_err(|error| {
        let mut failure = report::describe(&error);
        failure.message = tr!("{}; nothing was stored", failure.message);
        if failure.kind == Kind::Network {
            failure.hint = Some(tr!("use --no-check to store it anyway"));
        }
        failure
    })?)
}

/// A provider and the credential that would go to it.
struct CredentialRow {
    provider: String,
    /// The variable in use; the first to set where none is.
    variable: String,
    found: Option<FoundCredential>,
}

/// A credential that is there.
#[derive(Clone)]
struct FoundCredential {
    /// Its shape; why it cannot be read where it cannot.
    shape: Result<UiText, Failure>,
    origin: UiText,
}

async fn rows(app: &App<'_>) -> Result<Vec<CredentialRow>, Failure> {
    let mut settings = app.settings.clone();
    let known = PROVIDERS.iter().map(|provider| provider.name.to_owned());
    let mut names: Vec<String> = known.collect();
    let own = settings.providers.keys().cloned();
    names.extend(own.filter(|name| qwen_api::provider::provider(name).is_none()));
    let mut shut = BTreeMap::new();
    for variable in names.iter().flat_map(|name| in_keyring(&app.settings, name)) {
        if shut.contains_key(&variable) || settings.sources.credential(&[&variable]).is_some() {
            continue;
        }
        match keyring::read(app, &settings, &variable).await {
            Ok(secret) => settings = settings.with_unlocked(&variable, &secret),
            Err(failure) if failure.kind == Kind::Interrupted => return Err(failure),
            Err(failure) => {
                shut.insert(variable, failure);
            }
        }
    }
    let mut rows = Vec::new();
    for provider in names {
        for variables in credentials_of(&settings, &provider) {
            let names: Vec<&str> = variables.iter().map(String::as_str).collect();
            let whose = settings.sources.whose(&names);
            let Some(variable) = whose.as_ref().map(|(_, name)| name).or(variables.first()) else {
                continue;
            };
            let found = whose.as_ref().and_then(|(origin, name)| {
                let shape = match settings.sources.credential(&names) {
                    Some((found, _)) => Ok(messages::secret_shape(&found.value)),
                    None => Err(shut.get(name)?.clone()),
                };
                let origin = tr!("{}", origin);
                Some(FoundCredential { shape, origin })
            });
            rows.push(CredentialRow {
                provider: provider.clone(),
                variable: variable.clone(),
                found,
            });
        }
    }
    Ok(rows)
}

async fn status(app: &App<'_>, as_json: bool) -> anyhow::Result<()> {
    let rows = rows(app).await?;
    if as_json {
        let list: Vec<Value> = rows
            .iter()
            .map(|row| {
                let origin = row.found.as_ref().map(|found| &found.origin);
                let shape = row.found.as_ref().and_then(|found| found.shape.as_ref().ok());
                json!({"provider": row.provider, "variable": row.variable, "shape": shape, "origin": origin,
                    "region": row.found.as_ref().and_then(|_| region(&app.settings, &row.provider))})
            })
            .collect();
        write_out(&serde_json::to_string_pretty(&list).unwrap_or_default())?;
    } else {
        let width =
            |column: fn(&CredentialRow) -> &str| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
        let (providers, names) = (width(|row| &row.provider), width(|row| &row.variable));
        let mut text = String::new();
        for row in &rows {
            let told = match &row.found {
                Some(FoundCredential {
                    shape: Ok(shape),
                    origin,
                }) => tr!("{}  from {}", shape, origin),
                Some(FoundCredential {
                    shape: Err(failure), ..
                }) => failure.message.clone(),
                None => tr!("not set"),
            };
            let (provider, variable) = (safe_line(&row.provider), safe_line(&row.variable));
            text.push_str(&format!(
                "{provider:providers$}  {variable:names$}  {}\n",
                safe(&told.localize(app.lang_of_stdout()))
            ));
        }
        write_list(&app.ui.with_marks(text), providers + names + 4)?;
    }
    let mut shut = None;
    for found in rows.into_iter().filter_map(|row| row.found) {
        match found.shape {
            Ok(_) => return Ok(()),
            Err(failure) => shut = shut.or(Some(failure)),
        }
    }
    Err(shut.unwrap_or_else(provider_choice::no_credential).into())
}

/// Removes the credential of the provider named, or all that are stored.
async fn logout(app: &App<'_>) -> Result<(), Failure> {
    let settings = &app.settings;
    let path = credentials_file::path(&settings.paths);
    let mut names = match provider_choice::named(settings) {
        Some(name) => variables(settings, &name),
        None => credentials_file::names(&path)?,
    };
    if names.iter().any(|name| name == TOKEN_VAR) {
        // What they were renewed to is as good as they are.
        names.push(web_renewal::RENEWED_VAR.to_owned());
        names.dedup();
    }
    let mut is_any = false;
    for name in names {
        if let Some(from) = credential_place::remove(app, settings, &name).await? {
            is_any = true;
            app.notice(tr!("{} is removed from {}", name, from));
            if let Some(outside) = settings.sources.variable(&name) {
                app.notice(tr!("{} is still used", outside.origin));
            }
        }
    }
    if !is_any {
        app.notice(tr!("nothing was stored"));
    }
    Ok(())
}
