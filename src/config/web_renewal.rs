//! Renewed credentials of a web account, stored from run to run.
//!
//! They are stored beside the credentials they were made from, in the credentials file or the system's keyring, with a
//! fingerprint of the latter: they are used in place of exactly those, and no longer once the user gives others.

use serde_json::{Value, json};

use super::credentials_file;
use super::keyring::Keyring;
use super::origin::Origin;
use super::paths::Paths;
use super::settings::Settings;
use crate::error::Failure;
use crate::text::sha256_hex;
use qwen_api::Secret;
use qwen_api::provider::Credentials;

/// The name of the entry.
pub const RENEWED_VAR: &str = "QWEN_WEB_RENEWED";

/// The credentials that `given` was renewed to.
pub(super) fn renewed(settings: &Settings, given: &Credentials) -> Option<Credentials> {
    let (stored, _) = settings.sources.credential(&[RENEWED_VAR])?;
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

/// Whether renewed credentials belong in the keyring, because a part of `given` comes from there.
pub fn belongs_into_keyring(settings: &Settings, given: &Credentials) -> bool {
    let parts = [&given.token, &given.cookie].into_iter().flatten();
    parts.into_iter().any(|(_, variable)| {
        let found = settings.sources.whose(&[variable]);
        found.is_some_and(|(origin, _)| origin == Origin::Keyring)
    })
}

/// Stores the credentials that `given` was renewed to.
pub fn keep(paths: &Paths, given: &Credentials, renewed: &Credentials, in_keyring: bool) -> Result<(), Failure> {
    let part = |part: &Option<(Secret, String)>| part.as_ref().map(|(secret, _)| secret.expose().to_owned());
    let value = json!({
        "of": fingerprint(given),
        "token": part(&renewed.token),
        "cookie": part(&renewed.cookie),
    });
    let path = credentials_file::path(paths);
    let secret = Secret::new(value.to_string());
    if in_keyring {
        // The keyring was unlocked to read `given`, so this does not block.
        Keyring::of(paths).keep(RENEWED_VAR, &secret)?;
        return credentials_file::note_in_keyring(&path, RENEWED_VAR, None);
    }
    credentials_file::keep(&path, RENEWED_VAR, &secret)
}

/// A hash that identifies credentials and does not reveal them.
fn fingerprint(given: &Credentials) -> String {
    let part = |part: &Option<(Secret, String)>| part.as_ref().map(|(secret, _)| secret.expose().to_owned());
    let mut digest = sha256_hex(format!("{:?}\n{:?}", part(&given.token), part(&given.cookie)).as_bytes());
    digest.truncate(32);
    digest
}
