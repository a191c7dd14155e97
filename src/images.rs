//! Pictures made by a model: asked for, fetched, written, shown.

mod destination;
mod preview;

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;

use crate::app::App;
use crate::attach::{self, ImageHeader};
use crate::cancel::Cancel;
use crate::config::Settings;
use crate::connection::Connection;
use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::messages::{self, Context};
use crate::money::Cost;
use crate::render::waiting::Retry;
use crate::report;
use crate::store::UsageEntry;
use crate::term::bars::{Bars, Spinner};
use crate::tr;
use crate::turn::retirement_hint;
use qwen_api::error::{Cause, Error, Malformed, Rejection, Service};
use qwen_api::provider::provider;
use qwen_api::{ImageRequest, ImageSource, Notice, Usage};

pub use self::destination::Destination;
pub use self::preview::preview;

/// The most pictures that a model changes at once.
pub const MOST_REFERENCES: usize = 3;
/// The time between two messages about a wait, where no line is redrawn.
const TOLD_EACH: Duration = Duration::from_secs(10);

/// The failure of more than [`MOST_REFERENCES`] pictures.
pub fn too_many_references() -> Failure {
    Failure::usage(tr!("at most {} pictures can be changed at once", MOST_REFERENCES))
}

/// The model that makes pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageModel {
    /// Its id; empty for the only one that a server has.
    pub id: String,
    /// The model to ask where a key cannot use it: only a default that the user did not choose has one.
    pub successor: Option<&'static str>,
}

impl ImageModel {
    /// The user's choice, else the provider's.
    pub fn choose(settings: &Settings, connection: &Connection, chosen: Option<&str>) -> ImageModel {
        let endpoint = connection.client.endpoint();
        let Some(id) = chosen.or(endpoint.image_model.as_deref()) else {
            return ImageModel {
                id: String::new(),
                successor: None,
            };
        };
        let own = settings.providers.get(&endpoint.provider);
        let is_chosen =
            chosen.is_some() || settings.image_model.is_some() || own.is_some_and(|own| own.image_model.is_some());
        let known = provider(&endpoint.provider).filter(|_| !is_chosen);
        ImageModel {
            id: settings.model_of(id),
            successor: known.and_then(|known| known.image_successor),
        }
    }
}

/// The pictures that a model made.
#[derive(Clone, Debug)]
pub struct MadeImages {
    /// Where they are.
    pub images: Vec<ImageSource>,
    /// Why others were not made.
    pub failures: Vec<Failure>,
    /// What they cost; `None` where that is not known.
    pub cost: Option<Cost>,
}

/// Whether so many pictures may be asked for; `None` for one.
pub fn allow(connection: &Connection, model: &str, count: Option<u32>) -> Result<(), Failure> {
    let count = count.unwrap_or(1);
    connection
        .meter
        .allow_images(named(connection, model), count, &connection.context)
}

/// The name of a model: the provider's for the only one that a server has.
fn named<'a>(connection: &'a Connection, model: &'a str) -> &'a str {
    match model {
        "" => &connection.client.endpoint().provider,
        model => model,
    }
}

/// Asks for pictures, and counts those that were made. On a terminal a line says what is waited for. The limits are
/// looked at for a successor alone: [`allow`] does so before pictures are uploaded. `conversation` is the stored one. The next
/// interruption of `cancel` ends it.
pub async fn make(
    app: &App<'_>,
    connection: &Connection,
    model: &ImageModel,
    mut request: ImageRequest,
    conversation: Option<&str>,
    cancel: &mut Cancel,
) -> anyhow::Result<MadeImages> {
    let bars = Bars::new(app.host, app.settings.quiet, app.settings.lang());
    let wait = Wait::begin(app, &bars, &tr!("making the picture"));
    request.model.clone_from(&model.id);
    let client = &connection.client;
    let task = OnceLock::new();
    let notice = |notice| match notice {
        Notice::TaskStarted { .. } => drop(task.set(messages::notice(&notice, &connection.context))),
        other => wait.notice(&other),
    };
    let asking = async {
        let mut asked = wait.during(client.images_with_notices(&request, &notice)).await;
        if let (Err(error), Some(successor)) = (&asked, model.successor)
            && is_out_of_reach(error)
        {
            let model = std::mem::replace(&mut request.model, successor.to_owned());
            wait.say(tr!(
                "this key cannot use {}; asking {} instead (`qwen config set image_model NAME` chooses another)",
                model,
                successor
            ));
            allow(connection, successor, request.count)?;
            asked = wait.during(client.images_with_notices(&request, &notice)).await;
        }
        asked.map_err(|error| failed(connection, &request.model, error))
    };
    let asked = tokio::select! {
        biased;
        kind = cancel.next() => Err(Failure::stopped(kind)),
        asked = asking => Ok(asked),
    };
    let reply = asked.map_err(|stopped| Failure {
        hint: task.into_inner(),
        ..stopped
    })??;
    let cost = bars.between(|| count(app, connection, &request.model, reply.images.len(), conversation));
    if !reply.text.is_empty() {
        bars.between(|| app.ui.note(UiText::foreign(reply.text)));
    }
    let describe = |error| report::describe(&in_context(connection, error));
    Ok(MadeImages {
        images: reply.images,
        failures: reply.failed.into_iter().map(describe).collect(),
        cost,
    })
}

/// An error of a request for pictures, or for one of them.
pub fn in_context(connection: &Connection, error: Error) -> anyhow::Error {
    let context = Context {
        makes_images: true,
        ..connection.context.clone()
    };
    anyhow::Error::new(error).context(context)
}

/// Counts a request by the pictures that came of it, and returns what they cost.
fn count(
    app: &App<'_>,
    connection: &Connection,
    model: &str,
    images: usize,
    conversation: Option<&str>,
) -> Option<Cost> {
    let (meter, model) = (&connection.meter, named(connection, model));
    let cost = meter.image_cost(model, u32::try_from(images).unwrap_or(u32::MAX));
    let entry = UsageEntry {
        provider: &connection.client.endpoint().provider,
        model,
        conversation,
        usage: Usage::default(),
        cost,
    };
    let mut notices = Vec::new();
    if let Err(failure) = meter.count(&[entry], &mut notices)
        && meter.limits.has_budget()
    {
        notices.push(tr!("{}; the budget does not count this picture", failure));
    }
    app.notices(&notices);
    cost
}

/// The bytes of a picture that was made, and what they tell of it.
#[derive(Clone, Debug)]
pub struct MadeImage {
    pub bytes: Bytes,
    pub header: ImageHeader,
}

/// Fetches a picture that was made, unless it is there already.
pub async fn fetch(app: &App<'_>, connection: &Connection, image: &ImageSource) -> Result<MadeImage, Failure> {
    let bytes = match image {
        ImageSource::Inline(bytes) => bytes.clone(),
        ImageSource::Url(url) => {
            let bars = Bars::new(app.host, app.settings.quiet, app.settings.lang());
            let wait = Wait::begin(app, &bars, &tr!("fetching the picture"));
            let notice = |notice| wait.notice(&notice);
            let fetched = wait
                .during(connection.client.fetch_image_with_notices(url, &notice))
                .await;
            fetched.map_err(|error| {
                let is_redirect = matches!(error.cause(), Cause::Malformed(Malformed::Redirect { .. }));
                let failure = lost(report::describe(&in_context(connection, error)));
                // The hint would be about the provider's address.
                let hint = failure.hint.clone().filter(|_| !is_redirect);
                Failure { hint, ..failure }
            })?
        }
    };
    match attach::read_image_header(&bytes) {
        Ok(header) => Ok(MadeImage { bytes, header }),
        Err(_) => Err(lost(Failure::new(Kind::Server, tr!("what came is not a picture")))),
    }
}

/// The failure of a picture that was made and cannot be had.
fn lost(why: Failure) -> Failure {
    Failure {
        message: tr!("cannot fetch the picture: {}", why.message),
        ..why
    }
}

/// Whether a key cannot use a model: there is no such one, not in this region, or it was not opened.
fn is_out_of_reach(error: &Error) -> bool {
    error.cause() == &Cause::Rejected(Rejection::ModelNotFound) || error.code() == Some("Model.AccessDenied")
}

/// The error of a request, with the model to ask instead where its own has ended.
fn failed(connection: &Connection, model: &str, error: Error) -> anyhow::Error {
    let is_dashscope = error.service() == Service::DashScope && is_out_of_reach(&error);
    let error = in_context(connection, error);
    let context: Context = error.downcast_ref().cloned().unwrap_or_default();
    match retirement_hint(model, &context).filter(|_| is_dashscope) {
        Some(hint) => report::describe(&error).hint(hint).into(),
        None => error,
    }
}

/// What is waited for, as the user sees it.
struct Wait<'a> {
    app: &'a App<'a>,
    bars: &'a Bars,
    spinner: Spinner,
}

impl<'a> Wait<'a> {
    fn begin(app: &'a App<'a>, bars: &'a Bars, what: &UiText) -> Wait<'a> {
        Wait {
            app,
            bars,
            spinner: bars.spin(what, app.host.is_ascii()),
        }
    }

    fn notice(&self, notice: &Notice) {
        let retry = Retry::of(notice, messages::reason);
        if !retry.is_some_and(|retry| self.spinner.tell(&retry.announcement())) {
            self.bars.between(|| self.app.client_notice(notice));
        }
    }

    fn say(&self, notice: UiText) {
        self.bars.between(|| self.app.notice(notice));
    }

    /// Waits for `work`. Where nothing can be drawn again, a sentence says so from time to time.
    async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let is_told = self.app.host.ttys.stderr && self.spinner.is_hidden();
        let mut lasted = Duration::ZERO;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(TOLD_EACH), if is_told => {
                    lasted += TOLD_EACH;
                    self.app.ui.note(tr!("still waiting after {}; Ctrl-C stops", seconds(lasted)));
                }
            }
        }
    }
}
