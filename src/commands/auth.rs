//! `qwen auth`: credentials stored, looked at and removed. None is ever shown.

mod site;

use serde_json::{Value, json};

use super::Context;
use super::complete::write_out;
use super::connect::reach;
use crate::attach;
use crate::backend::endpoint::{self, PROVIDERS, Protocol, TOKEN_VAR};
use crate::cli::AuthCommand;
use crate::config::{Settings, credentials, provider, renewal};
use crate::error::{Failure, Kind};
use crate::secret::Secret;
use crate::term::ask;
use crate::text::sanitize::{safe, safe_line};
use crate::text::words::Words;
use crate::words;

pub(super) async fn run(context: Context<'_>, command: AuthCommand) -> Result<(), Failure> {
    match command {
        AuthCommand::Login { no_check } => context.or_cancelled(login(&context, no_check)).await,
        AuthCommand::Status { json } => status(&context, json),
        AuthCommand::Logout => logout(&context),
    }
}

/// The provider meant: the one named, else the first of the table.
fn provider_meant(context: &Context<'_>) -> String {
    provider::named(&context.settings).unwrap_or_else(|| PROVIDERS[0].name.to_owned())
}

/// The variables a provider's credential is looked for in, the one to store it under first.
fn variables(settings: &Settings, name: &str) -> Vec<String> {
    let own = settings.providers.get(name).and_then(|own| own.api_key_env.clone());
    let known = endpoint::provider(name).map(|provider| provider.key_vars);
    let own_cookie = settings.providers.get(name).and_then(|own| own.cookie_env.clone());
    match own {
        Some(variable) => [Some(variable), own_cookie].into_iter().flatten().collect(),
        None => known
            .unwrap_or_default()
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
    }
}

fn is_site(settings: &Settings, name: &str) -> bool {
    match endpoint::provider(name) {
        Some(known) => known.protocol == Protocol::Web,
        None => settings
            .providers
            .get(name)
            .is_some_and(|own| own.protocol.as_deref() == Some("web")),
    }
}

async fn login(context: &Context<'_>, no_check: bool) -> Result<(), Failure> {
    let settings = &context.settings;
    let name = provider_meant(context);
    let variables = variables(settings, &name);
    if is_site(settings, &name) && !variables.is_empty() {
        return site::login(context, &name, &variables, no_check).await;
    }
    let variable = variables.into_iter().next().ok_or_else(|| {
        Failure::usage(words!("{} takes no credential", name)).hint(words!(
            "a provider of your own names its variable: qwen config set providers.{}.api_key_env NAME",
            name
        ))
    })?;
    let secret = asked(context, &variable, &name).await?;
    if secret.is_empty() {
        return Err(Failure::usage(words!("no credential was given; nothing is stored")));
    }
    if secret.expose().chars().any(char::is_control) {
        return Err(Failure::usage(words!(
            "a credential is one line, without control characters; nothing is stored"
        )));
    }
    let with_it = settings.with_credential(&variable, &secret);
    let models = if no_check {
        None
    } else {
        check(context, &with_it, &name).await?
    };
    let path = credentials::path(&settings.paths);
    let region = region(&with_it, &name);
    credentials::keep_in_region(&path, &variable, &secret, region.as_deref())?;
    let name = match region {
        Some(region) => format!("{variable} ({region})"),
        None => variable.clone(),
    };
    let told = words!("{} is stored in {}", name, path.display());
    context.notice(match models {
        Some(count) => words!("{}; it can use {} models", told, count),
        None => told,
    });
    if let Some(outside) = settings.lookup(&variable) {
        context.notice(words!("{} comes before it", outside.origin));
    }
    Ok(())
}

/// The credential, typed without being shown, or piped in.
async fn asked(context: &Context<'_>, variable: &str, name: &str) -> Result<Secret, Failure> {
    if !context.host.ttys.stdin {
        let text = String::from_utf8(attach::read_stdin().await?);
        let text = text.map_err(|_| Failure::usage(words!("stdin is no text; nothing is stored")))?;
        return Ok(Secret::new(text.trim()));
    }
    let prompt = words!("{} for {} (not shown): ", variable, name).told(context.settings.lang());
    let typed = ask::secret(&safe(&prompt)).await?;
    Ok(Secret::new(typed.expose().trim()))
}

/// Asks the provider for its models with that credential; `None` where it has no list to ask for.
async fn check(context: &Context<'_>, settings: &Settings, name: &str) -> Result<Option<usize>, Failure> {
    let connection = reach(context, settings, name, None, false).await?;
    let models = connection.backend.listed_models().await;
    let told = |mut failure: Failure| {
        failure.message = words!("{}; nothing is stored", failure.message);
        if failure.kind == Kind::Network {
            failure.hint = Some(words!("--no-check stores it all the same"));
        }
        failure
    };
    Ok(models.map_err(told)?.map(|models| models.len()))
}

/// The region a DashScope key belongs to, where the host follows from one.
fn region(settings: &Settings, name: &str) -> Option<String> {
    let known = endpoint::provider(name)?;
    let has_region = known.protocol.dashscope_path().is_some() && settings.get("base_url").is_none();
    has_region.then(|| settings.text("region"))
}

/// A provider and the credential that would go to it.
struct Row {
    provider: String,
    /// The variable in use; the first to set where none is.
    variable: String,
    found: Option<(Words, Words)>,
}

fn rows(settings: &Settings) -> Vec<Row> {
    let known = PROVIDERS.iter().map(|provider| provider.name.to_owned());
    let own = settings.providers.keys().cloned();
    let mut names: Vec<String> = known.collect();
    names.extend(own.filter(|name| endpoint::provider(name).is_none()));
    names
        .into_iter()
        .flat_map(|provider| {
            let variables = variables(settings, &provider);
            // A web account has two credentials, any other provider one that may go by several names.
            let groups = match is_site(settings, &provider) {
                true => variables.into_iter().map(|variable| vec![variable]).collect(),
                false => vec![variables],
            };
            groups.into_iter().map(move |variables| (provider.clone(), variables))
        })
        .filter_map(|(provider, variables)| {
            let names: Vec<&str> = variables.iter().map(String::as_str).collect();
            let found = settings.credential(&names);
            let variable = match &found {
                Some((_, variable)) => variable.clone(),
                None => variables.first()?.clone(),
            };
            let found = found.map(|(found, _)| (found.value.shape(), words!("{}", found.origin)));
            Some(Row {
                provider,
                variable,
                found,
            })
        })
        .collect()
}

fn status(context: &Context<'_>, as_json: bool) -> Result<(), Failure> {
    let rows = rows(&context.settings);
    let is_any = rows.iter().any(|row| row.found.is_some());
    if as_json {
        let list: Vec<Value> = rows
            .iter()
            .map(|row| {
                let (shape, origin) = row.found.clone().unzip();
                json!({"provider": row.provider, "variable": row.variable, "shape": shape, "origin": origin,
                    "region": row.found.as_ref().and_then(|_| region(&context.settings, &row.provider))})
            })
            .collect();
        write_out(&serde_json::to_string_pretty(&list).unwrap_or_default())?;
    } else {
        let width = |column: fn(&Row) -> &str| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0);
        let (providers, names) = (width(|row| &row.provider), width(|row| &row.variable));
        let mut text = String::new();
        for row in &rows {
            let told = match &row.found {
                Some((shape, origin)) => words!("{}  from {}", shape, origin),
                None => words!("not set"),
            };
            let (provider, variable) = (safe_line(&row.provider), safe_line(&row.variable));
            text.push_str(&format!(
                "{provider:providers$}  {variable:names$}  {}\n",
                safe(&told.told(context.lang_of_stdout()))
            ));
        }
        write_out(&text)?;
    }
    match is_any {
        true => Ok(()),
        false => Err(provider::no_credential()),
    }
}

/// Removes the credential of the provider named, or all that are stored.
fn logout(context: &Context<'_>) -> Result<(), Failure> {
    let settings = &context.settings;
    let path = credentials::path(&settings.paths);
    let mut names = match provider::named(settings) {
        Some(name) => variables(settings, &name),
        None => credentials::names(&path)?,
    };
    if names.iter().any(|name| name == TOKEN_VAR) {
        // What they were renewed to is as good as they are.
        names.push(renewal::RENEWED_VAR.to_owned());
        names.dedup();
    }
    let mut is_any = false;
    for name in names {
        if credentials::remove(&path, &name)? {
            is_any = true;
            context.notice(words!("{} is removed from {}", name, path.display()));
            if let Some(outside) = settings.lookup(&name) {
                context.notice(words!("{} is still used", outside.origin));
            }
        }
    }
    if !is_any {
        context.notice(words!("nothing was stored"));
    }
    Ok(())
}
