//! The providers behind the gateway. They are connected to when a request needs them first.
//!
//! Connecting reads settings, looks for a local server, may unlock a keyring: all of that is the program's and happens
//! on its own thread, which answers the server's requests one after the other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::error_reply::ErrorReply;
use crate::app::App;
use crate::config::Settings;
use crate::connection::model_list::offered;
use crate::connection::{Connection, connect_beside};
use crate::cost::Meter;
use crate::error::Failure;
use crate::messages::Context;
use crate::report;
use qwen_api::provider::provider;
use qwen_api::{Client, Model, Sense};

/// A provider that can be asked.
#[derive(Debug)]
pub(super) struct Upstream {
    pub(super) name: String,
    pub(super) client: Client,
    pub(super) context: Context,
    pub(super) meter: Meter,
    /// The models that are known without asking it.
    pub(super) offered: Vec<Model>,
    /// Requests that wait for one another: a web account answers one at a time.
    pub(super) queue: Option<Arc<Semaphore>>,
}

/// A model of a provider that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModelTarget {
    pub(super) provider: String,
    /// `None` for the provider's default.
    pub(super) model: Option<String>,
}

enum Need {
    Connection(String, oneshot::Sender<Result<Upstream, Failure>>),
    Model(String, Sense, oneshot::Sender<Result<String, Failure>>),
}

/// The providers, as the server sees them.
#[derive(Debug)]
pub(super) struct Upstreams {
    needs: mpsc::UnboundedSender<Need>,
    known: Mutex<BTreeMap<String, Arc<Upstream>>>,
    /// The provider of requests that name none.
    first: String,
    names: Vec<String>,
    aliases: BTreeMap<String, String>,
}

/// The other end: what the program's own thread works off.
pub(super) struct Needs {
    needs: mpsc::UnboundedReceiver<Need>,
    first: String,
    connections: BTreeMap<String, Connection>,
}

/// Both ends. `first` is connected to already.
pub(super) fn upstreams(settings: &Settings, first: Connection) -> (Upstreams, Needs) {
    let (sender, needs) = mpsc::unbounded_channel();
    let name = first.client.endpoint().provider.clone();
    let upstream = upstream(settings, &first);
    let aliases = settings.aliases.clone().into_iter().collect();
    let upstreams = Upstreams {
        needs: sender,
        known: Mutex::new(BTreeMap::from([(name.clone(), Arc::new(upstream))])),
        first: name.clone(),
        names: settings.providers.keys().cloned().collect(),
        aliases,
    };
    let connections = BTreeMap::from([(name.clone(), first)]);
    let needs = Needs {
        needs,
        first: name,
        connections,
    };
    (upstreams, needs)
}

fn upstream(settings: &Settings, connection: &Connection) -> Upstream {
    let endpoint = connection.client.endpoint();
    Upstream {
        name: endpoint.provider.clone(),
        offered: offered(settings, &endpoint.provider),
        queue: endpoint.protocol.has_account().then(|| Arc::new(Semaphore::new(1))),
        client: connection.client.clone(),
        context: connection.context.clone(),
        meter: connection.meter.clone(),
    }
}

impl Needs {
    /// Serves the server as long as it lives.
    pub(super) async fn serve(mut self, app: &App<'_>) {
        while let Some(need) = self.needs.recv().await {
            // Where the request was given up meanwhile, its receiver is gone.
            match need {
                Need::Connection(name, reply) => {
                    let _ = reply.send(self.connect(app, &name).await);
                }
                Need::Model(name, sense, reply) => {
                    let model = match self.connections.get(&name) {
                        // The user's choice was made for the usual provider.
                        Some(connection) if name == self.first => connection.model(app, sense).await,
                        Some(connection) => connection.own_model(app, sense).await,
                        None => continue,
                    };
                    let _ = reply.send(model.map_err(|error| report::describe(&error)));
                }
            }
        }
    }

    async fn connect(&mut self, app: &App<'_>, name: &str) -> Result<Upstream, Failure> {
        if !self.connections.contains_key(name) {
            let connection = connect_beside(app, name, &self.first, false)
                .await
                .map_err(|error| report::describe(&error))?;
            self.connections.insert(name.to_owned(), connection);
        }
        let connection = self
            .connections
            .get(name)
            .map(|connection| upstream(&app.settings, connection));
        connection.ok_or_else(Failure::out_of_memory)
    }
}

impl Upstreams {
    /// The provider and model that a request names: `provider/model` where the first part is a provider's name.
    pub(super) fn target(&self, model: &str) -> ModelTarget {
        let (name, model) = match model.split_once('/') {
            Some((name, rest)) if self.is_provider(name) => (name, rest),
            _ => (self.first.as_str(), model),
        };
        let model = self.aliases.get(model).map_or(model, String::as_str);
        ModelTarget {
            provider: name.to_owned(),
            model: (!model.is_empty()).then(|| model.to_owned()),
        }
    }

    fn is_provider(&self, name: &str) -> bool {
        provider(name).is_some() || self.names.iter().any(|known| known == name)
    }

    /// The provider of that name.
    pub(super) async fn provider(&self, name: &str) -> Result<Arc<Upstream>, ErrorReply> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(upstream) = known().get(name) {
            return Ok(Arc::clone(upstream));
        }
        let (reply, answer) = oneshot::channel();
        let upstream = self.need(Need::Connection(name.to_owned(), reply), answer).await?;
        Ok(Arc::clone(
            known().entry(name.to_owned()).or_insert_with(|| Arc::new(upstream)),
        ))
    }

    /// The provider that requests without a name go to.
    pub(super) async fn first(&self) -> Result<Arc<Upstream>, ErrorReply> {
        self.provider(&self.first).await
    }

    /// The provider's model for a request that names none.
    pub(super) async fn default_model(&self, upstream: &Upstream, sense: Sense) -> Result<String, ErrorReply> {
        let (reply, answer) = oneshot::channel();
        self.need(Need::Model(upstream.name.clone(), sense, reply), answer)
            .await
    }

    async fn need<T>(&self, need: Need, answer: oneshot::Receiver<Result<T, Failure>>) -> Result<T, ErrorReply> {
        // The other end is gone when the program ends.
        let _ = self.needs.send(need);
        let ending = || ErrorReply::new(hyper::StatusCode::SERVICE_UNAVAILABLE, "the gateway is shutting down");
        match answer.await {
            Ok(answer) => answer.map_err(|failure| ErrorReply::of_failure(&failure)),
            Err(_) => Err(ending()),
        }
    }
}
