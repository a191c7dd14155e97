//! Connections: from settings to a client for a provider, its address and its model.

pub mod dotenv_consent;
pub mod key_trial;
pub mod keyring;
pub mod model_cache;
pub mod model_list;
pub mod web_model;

use crate::app::App;
use crate::attach::{self, DeliveryOptions, Progress};
use crate::config::setting_values::SearchApi;
use crate::config::{Origin, Settings, endpoint, provider_choice, web_renewal};
use crate::cost::Meter;
use crate::demo::Demo;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::messages::{self, Context};
use crate::term::bars::Bars;
use crate::tr;
use qwen_api::Client;
use qwen_api::Message;
use qwen_api::Model;
use qwen_api::Notice;
use qwen_api::Sense;
use qwen_api::batches::Batches;
use qwen_api::local;
use qwen_api::provider::{Endpoint, provider};

/// A client for a provider, and what must live as long as it.
pub struct Connection {
    pub client: Client,
    /// What the hints of its errors depend on.
    pub context: Context,
    /// What its requests cost.
    pub meter: Meter,
    /// The demo's server runs while this lives.
    _demo: Option<Demo>,
}

/// Chooses the provider and prepares its client. Nothing is sent, except to this machine.
///
/// `searches`: the request uses web search, whose sources only DashScope's native API returns.
pub async fn connect(app: &App<'_>, searches: bool) -> anyhow::Result<Connection> {
    let settings = &app.settings;
    let mut found_at = None;
    let name = match provider_choice::named(settings) {
        Some(name) => name,
        None => match provider_choice::with_credential(settings) {
            Some(provider) => provider.name.to_owned(),
            // A base URL without a key: a server that needs none.
            None if settings.base_url.is_some() => "local".to_owned(),
            None => {
                found_at = local::local_server().await;
                if found_at.is_none() {
                    return Err(provider_choice::no_provider().into());
                }
                "local".to_owned()
            }
        },
    };
    reach(app, settings, &name, found_at, searches).await
}

/// Prepares the client of the provider of that name.
pub async fn connect_to(app: &App<'_>, name: &str, searches: bool) -> anyhow::Result<Connection> {
    reach(app, &app.settings, name, None, searches).await
}

/// The same beside `usual`, the provider that the user began with: a base URL of the command line or the environment was
/// given for that one, and no other provider's key goes there.
pub async fn connect_beside(app: &App<'_>, name: &str, usual: &str, searches: bool) -> anyhow::Result<Connection> {
    // The demo has an address of its own, so that the given one is for another.
    if name == usual || usual == "demo" {
        return connect_to(app, name, searches).await;
    }
    reach(app, &app.settings.without_base_url(), name, None, searches).await
}

/// The same with other settings. `found_at` is where a server on this machine was found already.
pub async fn reach(
    app: &App<'_>,
    settings: &Settings,
    name: &str,
    mut found_at: Option<String>,
    searches: bool,
) -> anyhow::Result<Connection> {
    let mut demo = None;
    if name == "demo" {
        let started = crate::demo::start()
            .await
            .map_err(|error| Failure::io(tr!("start the demo server"), &error))?;
        found_at = Some(started.base_url());
        demo = Some(started);
    }
    if name == "local" && !settings.has_own_base_url(name) {
        if found_at.is_none() {
            found_at = local::local_server().await;
        }
        match &found_at {
            Some(base_url) => app.notice(tr!("found a server at {}", base_url)),
            None => {
                return Err(Failure::new(
                    Kind::Network,
                    tr!("no server answers on this machine (ports {})", local::ports()),
                )
                .hint(app.message_context().choose(
                    tr!("start one (ollama serve, llama-server, vllm serve, LM Studio), or give its address with --base-url"),
                    tr!("start one (ollama serve, llama-server, vllm serve, LM Studio), or start qwen chat again with --base-url"),
                ))
                .into());
            }
        }
    }
    let settings = &keyring::unlocked(app, settings, name).await?;
    let route = endpoint::route(settings, name, found_at, &app.message_context())?;
    dotenv_consent::ask_once(app, route.detour.as_ref()).await?;
    for notice in &route.notices {
        app.notice(notice);
    }
    let mut endpoint = route.endpoint;
    if searches && name == "dashscope" {
        if settings.search_via.value == SearchApi::Native {
            endpoint.go_native();
        } else {
            app.notice(tr!(
                "this API does not return the sources; {} dashscope-native shows them, search_via = \"native\" in the config always does",
                app.message_context().provider()
            ));
        }
    }
    let context = Context {
        credential: credential_name(settings, &endpoint),
        ..app.message_context()
    };
    let (paths, given) = (settings.paths.clone(), endpoint.account.given.clone());
    let in_keyring = web_renewal::belongs_into_keyring(settings, &given);
    let lang = settings.lang();
    let builder = Client::builder()
        .endpoint(endpoint)
        .allow_http(settings.allow_http)
        .network(app.network.clone())
        .retry_policy(app.retry_policy)
        .log(app.log.clone())
        .on_renewal(move |renewed| {
            web_renewal::keep(&paths, &given, renewed, in_keyring).map_err(|failure| failure.message.localize(lang))
        });
    let client = match settings.timeout.value.0 {
        Some(timeout) => builder.timeout(timeout).build()?,
        None => builder.no_timeout().build()?,
    };
    Ok(Connection {
        meter: Meter::new(&client, settings),
        client,
        context,
        _demo: demo,
    })
}

/// Which credential the endpoint sends, by where it comes from: `the key of $DASHSCOPE_API_KEY`.
fn credential_name(settings: &Settings, endpoint: &Endpoint) -> Option<UiText> {
    let whose = |variable: &str| settings.sources.whose(&[variable]).map(|(origin, _)| origin);
    if let Some((_, variable)) = &endpoint.key {
        return Some(match whose(variable)? {
            Origin::Stored(path) => tr!("the key stored by `qwen auth login` ({})", path.display()),
            Origin::Keyring => tr!("the key in the system keyring"),
            origin => tr!("the key of {}", origin),
        });
    }
    let given = &endpoint.account.given;
    let (_, variable) = given.token.as_ref().or(given.cookie.as_ref())?;
    Some(tr!("the token from {}", whose(variable)?))
}

/// The notice of the model that a message is sent to for what it holds.
pub(crate) fn asking(sense: Sense, model: &str) -> UiText {
    match sense {
        Sense::Hearing => tr!("the message holds sound or video: asking {}", model),
        Sense::Sight | Sense::Reading => tr!("the message holds an image: asking {}", model),
    }
}

impl Connection {
    /// The connection for chats that the server holds until it has time for them.
    pub fn for_batch_chat(&self) -> Result<Connection, qwen_api::Error> {
        Ok(Connection {
            client: self.client.batch_chat()?,
            context: self.context.clone(),
            meter: self.meter.clone(),
            _demo: None,
        })
    }

    /// The provider's batch service.
    pub fn batches(&self) -> anyhow::Result<Batches<'static>> {
        self.client.batches().map_err(|error| self.error(error))
    }

    /// Says that a plan's key is not for scripts, where it is one. `batch`, `serve` and pipes say it once a run.
    pub fn note_terms_of_plan(&self, app: &App<'_>) {
        let key = self.client.endpoint().key.as_ref();
        if let Some(notice) = key
            .and_then(|(secret, _)| messages::terms_of_plan(secret))
            .filter(|_| app.sends)
        {
            app.notice(notice);
        }
    }

    /// Says that this provider's answers are not cached, where that is so and the user asked for it.
    pub fn note_uncached(&self, app: &App<'_>, is_asked_for: bool) {
        if is_asked_for && self.client.endpoint().protocol.has_account() {
            app.notice(tr!("answers of a web account are not cached"));
        }
    }

    /// An error of this provider's, with what its hints depend on.
    pub fn error(&self, error: impl Into<anyhow::Error>) -> anyhow::Error {
        error.into().context(self.context.clone())
    }

    /// The model to ask: the user's choice, the provider's vision or omni model for a message that needs one, its default,
    /// or the first it lists.
    pub async fn model(&self, app: &App<'_>, sense: Sense) -> anyhow::Result<String> {
        if let Some(chosen) = &app.settings.model {
            return Ok(app.settings.model_of(&chosen.value));
        }
        self.own_model(app, sense).await
    }

    /// The model to ask where the server no longer has `model`: only a default that the user did not choose has one.
    pub fn successor(&self, app: &App<'_>, model: &str) -> Option<String> {
        let name = &self.client.endpoint().provider;
        let is_chosen = app.settings.providers.get(name).is_some_and(|own| own.model.is_some());
        let known = provider(name).filter(|known| !is_chosen && known.default_model == Some(model))?;
        known.successor.map(str::to_owned)
    }

    /// The same without the user's choice, which was made for another provider.
    pub async fn own_model(&self, app: &App<'_>, sense: Sense) -> anyhow::Result<String> {
        let endpoint = self.client.endpoint();
        if let Some(model) = web_model::model(app, &self.client, sense).await? {
            return Ok(model);
        }
        if let Some(model) = endpoint.model_for(sense) {
            app.notice(asking(sense, model));
            return Ok(model.clone());
        }
        if let Some(model) = &endpoint.default_model {
            return Ok(app.settings.model_of(model));
        }
        if !app.sends {
            let known = model_list::offered(&app.settings, &endpoint.provider);
            let first = known.into_iter().find(Model::chats).map(|model| model.id);
            let unknown = || Failure::usage(tr!("a dry run asks no server for its models"));
            return first.ok_or_else(|| unknown().hint(tr!("name one with {}", "-m")).into());
        }
        let tell = |notice: Notice| app.client_notice(&notice);
        let option = app.message_context().model();
        let listed = self.client.listed_models(&tell).await;
        let listed = listed.map_err(|error| self.error(error))?;
        let hint = match listed {
            Some(_) => tr!("name one with {}", option),
            None => tr!(
                "check the base URL {}, or name a model with {}",
                endpoint.base_url,
                option
            ),
        };
        let listed = listed.unwrap_or_default();
        let is_empty = listed.is_empty();
        match listed.into_iter().find(Model::chats) {
            Some(model) => Ok(model.id),
            None => {
                let told = match is_empty {
                    true => tr!("{} lists no model", endpoint.provider),
                    false => tr!("{} lists no model that chats", endpoint.provider),
                };
                Err(Failure::usage(told).hint(hint).into())
            }
        }
    }

    /// Puts the attachments of a message where the model can read them, unless a signal stops that.
    pub async fn place(
        &self,
        app: &App<'_>,
        message: &mut Message,
        model: &str,
        means: DeliveryOptions,
    ) -> anyhow::Result<()> {
        app.or_cancelled(self.deliver(app, message, model, means)).await
    }

    /// The same whatever signals come, with a bar for each attachment that is uploaded.
    pub async fn deliver(
        &self,
        app: &App<'_>,
        message: &mut Message,
        model: &str,
        means: DeliveryOptions,
    ) -> anyhow::Result<()> {
        let bars = Bars::new(app.host, app.settings.quiet, app.settings.lang());
        let notice = |message| app.notice(message);
        let progress = Progress::new(&bars, &notice);
        let delivered = attach::deliver(message, &self.client, model, means, &progress);
        delivered.await.map_err(|error| self.error(error))
    }
}
