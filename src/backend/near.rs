//! A model that is not there, and those that may have been meant.

use std::time::Duration;

use super::Backend;
use super::endpoint::Protocol;
use crate::error::{Failure, Kind};
use crate::text::nearest;
use crate::words;

/// How long a list may take that only serves to mend an error message.
const LOOKUP: Duration = Duration::from_secs(3);

impl Backend {
    /// Adds the nearest listed models to a failure that says there is no such model.
    pub async fn name_nearest(&self, failure: &mut Failure, model: &str) {
        let is_missing = failure.kind == Kind::Refused
            && (failure
                .code
                .as_deref()
                .is_some_and(|code| code.to_ascii_lowercase().contains("notfound"))
                || failure.code.as_deref() == Some("model_not_found")
                || failure.message.to_string().contains("(404)"));
        // On the web site a chat can be missing too.
        let is_site = self.endpoint.protocol == Protocol::Web;
        if !is_missing || (is_site && !failure.message.to_string().contains("no such model")) {
            return;
        }
        let listed = match tokio::time::timeout(LOOKUP, self.listed_models(&|_| ())).await {
            Ok(Ok(Some(listed))) => listed,
            // The list is a courtesy: without it the hint stays what it was.
            _ => return,
        };
        // One that is listed may still be retired, or closed to this key: naming it again would help nobody.
        let ids = listed.iter().map(|model| model.id.as_str()).filter(|id| *id != model);
        let ids: Vec<&str> = ids.collect();
        if let Some(near) = nearest_model(model, &ids) {
            failure.hint = Some(words!("did you mean {}? `qwen models` lists them all", near));
        }
    }
}

/// The listed models a person may have meant: a slip of the keyboard, or the same family.
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
