//! A model that the server does not have: what to ask instead.

use std::time::Duration;

use crate::i18n::UiText;
use crate::messages::Context;
use crate::render::Ending;
use crate::text::nearest;
use crate::tr;
use qwen_api::Client;
use qwen_api::catalog::{self, Retirement};
use qwen_api::error::{Cause, Rejection, Service};

/// The most time for listing the models when that only improves an error message.
const LOOKUP: Duration = Duration::from_secs(3);

/// Names what to ask instead in the hint of an ending whose model does not exist: its successor where it has ended, else
/// the most similar models that are listed.
pub async fn name_nearest(client: &Client, ending: &mut Ending, context: &Context) {
    let (Some(failure), Some(error)) = (&mut ending.failure, &ending.error) else {
        return;
    };
    let is_missing = match error.cause() {
        Cause::Rejected(Rejection::ModelNotFound | Rejection::ModelOnOtherApi | Rejection::ModelNotServed) => true,
        // On the web site a chat can be missing too.
        Cause::Rejected(Rejection::NotFound) => error.service() != Service::WebSite,
        _ => false,
    };
    if !is_missing {
        return;
    }
    if error.service() == Service::DashScope
        && let Some(hint) = retirement_hint(&ending.model, context)
    {
        failure.hint = Some(hint);
        return;
    }
    // Without a list the hint stays as it is.
    let Ok(Ok(Some(listed))) = tokio::time::timeout(LOOKUP, client.listed_models(&|_| ())).await else {
        return;
    };
    // A listed model may be retired, or not open to this key: naming the same one again would not help.
    let ids = listed.iter().map(|model| model.id.as_str());
    let ids: Vec<&str> = ids.filter(|id| *id != ending.model).collect();
    if let Some(near) = nearest_model(&ending.model, &ids) {
        failure.hint = Some(tr!(
            "did you mean {}? {} lists them all",
            near,
            context.models_command(None)
        ));
    }
}

/// The successor of a model of DashScope's that has ended.
pub fn retirement_hint(model: &str, context: &Context) -> Option<UiText> {
    let Retirement { date, successor } = catalog::retirement(model)?;
    Some(tr!(
        "{} was retired on {}; its successor is {}: {}",
        model,
        date,
        successor,
        context.this_model(successor)
    ))
}

/// The listed models that may be meant: one with a similar name, or those of the same family.
fn nearest_model(model: &str, ids: &[&str]) -> Option<String> {
    if let Some(near) = nearest(model, ids.iter().copied()) {
        return Some(near.to_owned());
    }
    let wanted = model.to_ascii_lowercase();
    let shared = |id: &str| id.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
    let mut near: Vec<&str> = ids.iter().copied().filter(|id| shared(id) >= 5).collect();
    near.sort_by_key(|id| std::cmp::Reverse(shared(id)));
    near.truncate(3);
    (!near.is_empty()).then(|| near.join(", "))
}
