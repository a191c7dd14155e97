//! A prepared conversation, shared by `complete`, `chat` and the piped chat: connect, send, show and store the answer.

pub mod options;
pub mod renderer;
pub mod resume;
pub mod template;
pub mod transcript;
pub mod uploads;

use self::options::RequestOptions;
use self::resume::Resumed;
use crate::app::App;
use crate::connection::Connection;
use crate::context::context_of;
use crate::error::Failure;
use crate::render::{Ending, Render};
use crate::report;
use crate::session::{Ask, Session};
use crate::turn;
use qwen_api::{Message, Sense};

/// A provider, a session with it, and the options of its requests.
pub struct Prepared {
    pub connection: Connection,
    pub session: Session,
    pub options: RequestOptions,
}

impl Prepared {
    /// Begins a conversation, or resumes a stored one. `sense` is what a model needs for the
    /// first message.
    pub async fn new(
        app: &App<'_>,
        connection: Connection,
        resumed: Option<Resumed>,
        options: RequestOptions,
        sense: Sense,
    ) -> anyhow::Result<Prepared> {
        let keeps = app.settings.save.value && app.sends;
        let session = resume::session(app, &connection, resumed, sense, keeps);
        let session = app.or_cancelled(session).await;
        let mut session = session.map_err(|error| connection.error(error))?;
        if options.system.is_some() {
            session.system.clone_from(&options.system);
        }
        session.window.tokens = context_of(&session.model);
        session.window.is_whole = options.is_whole;
        Ok(Prepared {
            connection,
            session,
            options,
        })
    }

    /// Begins a conversation with this model.
    pub fn for_model(app: &App<'_>, connection: Connection, options: RequestOptions, model: String) -> Prepared {
        let keeps = app.settings.save.value && app.sends;
        let mut session = resume::new_session(app, &connection, model, keeps);
        session.system.clone_from(&options.system);
        Prepared {
            connection,
            session,
            options,
        }
    }

    /// Puts the attachments of a message where the model can read them.
    pub async fn place(&self, app: &App<'_>, message: &mut Message) -> anyhow::Result<()> {
        let means = self.options.delivery(app);
        self.connection.place(app, message, &self.session.model, means).await
    }

    /// Asks, and shows and stores the answer.
    pub async fn ask(&mut self, app: &mut App<'_>, ask: &Ask, render: &mut dyn Render) -> Result<Ending, Failure> {
        let means = self.options.delivery(app);
        let renewed = uploads::renew(app, &self.connection, &mut self.session, means);
        let renewed = app.or_cancelled(renewed).await;
        renewed.map_err(|error| report::describe(&error))?;
        let successor = match app.settings.model {
            Some(_) => None,
            None => self.connection.successor(app, &self.session.model),
        };
        turn::run(
            &self.connection.client,
            &mut self.session,
            ask,
            self.options.turn(&self.connection, successor),
            render,
            None,
            &mut app.cancel,
        )
        .await
    }

    /// The failure of an incomplete answer; if the model does not exist, with the names of similar ones.
    pub async fn conclude(&self, app: &App<'_>, mut ending: Ending) -> anyhow::Result<()> {
        let named = async {
            turn::name_nearest(&self.connection.client, &mut ending, &self.connection.context).await;
            Ok::<_, Failure>(())
        };
        // The hint is optional: Ctrl-C ends the look-up, and the failure is reported without it.
        let _ = app.or_cancelled(named).await;
        ending.failure.map_or(Ok(()), |failure| Err(failure.into()))
    }
}
