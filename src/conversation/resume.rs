//! Resuming a stored conversation: which one, with which provider and which model.

use crate::app::App;
use crate::cli::Generate;
use crate::config::Sourced;
use crate::connection::{Connection, connect, connect_to};
use crate::error::{ErrorContext, Failure};
use crate::session::Session;
use crate::store::{Conversation, Store, StoredMessage};
use crate::tr;
use qwen_api::Sense;

/// A stored conversation, the branch it is in, and its store.
pub struct Resumed {
    pub store: Store,
    pub conversation: Conversation,
    branch: Vec<StoredMessage>,
}

impl Resumed {
    pub fn new(store: Store, conversation: Conversation) -> Result<Resumed, Failure> {
        Ok(Resumed {
            branch: store.branch(&conversation)?,
            store,
            conversation,
        })
    }
}

/// The conversation that the options name: none, the last, or one by its id or name. It offers no choice.
pub fn wanted(app: &App<'_>, options: &Generate) -> Result<Option<Resumed>, Failure> {
    if !options.goes_on && options.resume.is_none() {
        return Ok(None);
    }
    let find = |store: Store| {
        let conversation = meant(&store, options)?;
        Resumed::new(store, conversation)
    };
    Store::with(&app.settings.paths.data, |told| app.notice(told), find).map(Some)
}

fn meant(store: &Store, options: &Generate) -> Result<Conversation, Failure> {
    match &options.resume {
        Some(Some(meant)) => store.conversation(meant),
        Some(None) if !options.goes_on => Err(Failure::usage(tr!(
            "--resume needs the id or name of a conversation here"
        ))
        .hint(tr!("`qwen sessions list` shows them; -c continues the last one"))),
        _ => store
            .latest()?
            .ok_or_else(|| Failure::usage(tr!("there is no conversation to continue"))),
    }
}

/// Connects to the provider of the resumed conversation, or to that of a new one.
pub async fn connect_for(app: &App<'_>, resumed: Option<&Resumed>, searches: bool) -> anyhow::Result<Connection> {
    let conversation = resumed.map(|resumed| &resumed.conversation);
    app.or_cancelled(reach(app, conversation, searches)).await
}

/// The provider named for this run, else the one the conversation was with, else as for a new one.
async fn reach(app: &App<'_>, resumed: Option<&Conversation>, searches: bool) -> anyhow::Result<Connection> {
    let Some(conversation) = resumed.filter(|_| !is_for_this_run(app.settings.provider.as_ref())) else {
        return connect(app, searches).await;
    };
    let name = &conversation.provider;
    connect_to(app, name, searches).await.map_err(|error| {
        ErrorContext::new(tr!("the conversation uses {}", name))
            .hint(tr!("use -p NAME to continue with another provider"))
            .add_to(error)
    })
}

/// The session of the resumed conversation, or of a new one.
pub async fn session(
    app: &App<'_>,
    connection: &Connection,
    resumed: Option<Resumed>,
    sense: Sense,
    keeps: bool,
) -> anyhow::Result<Session> {
    let Some(Resumed {
        store,
        conversation,
        branch,
    }) = resumed
    else {
        let model = connection.model(app, sense).await?;
        return Ok(new_session(app, connection, model, keeps));
    };
    let provider = connection.client.endpoint().provider.clone();
    let mut session = Session::resume(store, keeps, &conversation, branch, provider, String::new());
    let sense = sense.max(session.sense());
    session.model = model(app, connection, &conversation, sense).await?;
    Ok(session)
}

/// The session of a new conversation with this model.
pub fn new_session(app: &App<'_>, connection: &Connection, model: String, keeps: bool) -> Session {
    let provider = connection.client.endpoint().provider.clone();
    let cwd = app.host.cwd.as_ref().map(|cwd| cwd.to_string_lossy().into_owned());
    let folder = keeps.then(|| app.settings.paths.data.clone());
    Session::new(folder, provider, model, cwd)
}

/// The model named for this run, else the conversation's own. The vision or omni model was chosen for attachments, so it
/// is kept only while the conversation holds any.
async fn model(
    app: &App<'_>,
    connection: &Connection,
    conversation: &Conversation,
    sense: Sense,
) -> anyhow::Result<String> {
    let endpoint = connection.client.endpoint();
    if is_for_this_run(app.settings.model.as_ref()) || conversation.provider != endpoint.provider {
        return connection.model(app, sense).await;
    }
    let own = Some(&conversation.model);
    let by_itself = endpoint
        .default_model
        .as_ref()
        .map(|model| app.settings.model_of(model));
    let is_for_media = own.is_some_and(|own| {
        let for_media = [&endpoint.vision_model, &endpoint.omni_model];
        for_media.into_iter().flatten().any(|model| model == own)
    });
    let needs_another = endpoint.model_for(sense).is_some() && own == by_itself.as_ref();
    if is_for_media || needs_another {
        return connection.model(app, sense).await;
    }
    Ok(conversation.model.clone())
}

/// Whether a setting was given for this run, rather than in the config file.
fn is_for_this_run(setting: Option<&Sourced<String>>) -> bool {
    setting.is_some_and(|setting| setting.origin.is_for_this_run())
}
