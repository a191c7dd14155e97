//! What the web account's token and cookie were renewed to, kept from run to run.
//!
//! It stands in the credentials file under a name of its own, with a fingerprint of what the user gave: it is used
//! in the place of just that, wherever it came from, and forgotten as soon as the user gives something else.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Settings, credentials};
use crate::backend::wire::web::Credentials;
use crate::config::paths::Paths;
use crate::error::Failure;
use crate::secret::Secret;

/// The name of the entry.
pub const RENEWED_VAR: &str = "QWEN_WEB_RENEWED";

/// What `given` was renewed to, if it was.
pub(super) fn renewed(settings: &Settings, given: &Credentials) -> Option<Credentials> {
    let (stored, _) = settings.credential(&[RENEWED_VAR])?;
    let value: Value = serde_json::from_str(stored.value.expose()).ok()?;
    if value["of"].as_str() != Some(&fingerprint(given)) {
        return None;
    }
    let part = |name: &str, before: &Option<(Secret, String)>| {
        let (_, variable) = before.as_ref()?;
        Some((Secret::new(value[name].as_str()?), variable.clone()))
    };
    Some(Credentials {
        token: part("token", &given.token),
        cookie: part("cookie", &given.cookie),
    })
}

/// Keeps what `given` was renewed to.
pub fn keep(paths: &Paths, given: &Credentials, renewed: &Credentials) -> Result<(), Failure> {
    let part = |part: &Option<(Secret, String)>| part.as_ref().map(|(secret, _)| secret.expose().to_owned());
    let value = json!({
        "of": fingerprint(given),
        "token": part(&renewed.token),
        "cookie": part(&renewed.cookie),
    });
    let path = credentials::path(paths);
    credentials::keep(&path, RENEWED_VAR, &Secret::new(value.to_string()))
}

/// Tells credentials apart without being one.
fn fingerprint(given: &Credentials) -> String {
    let part = |part: &Option<(Secret, String)>| part.as_ref().map(|(secret, _)| secret.expose().to_owned());
    let digest = Sha256::digest(format!("{:?}\n{:?}", part(&given.token), part(&given.cookie)));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
