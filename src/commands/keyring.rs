//! The system's keyring, asked where Ctrl-C is heard meanwhile: it may wait for the user to unlock it.

use tokio::task::spawn_blocking;

use super::Context;
use crate::config::keyring::Keyring;
use crate::config::{Settings, provider_credentials};
use crate::error::Failure;
use crate::tr;
use qwen_api::secret::Secret;

/// The settings with what the provider of that name needs of the keyring. Nothing is asked where it needs nothing.
pub(super) async fn unlocked(context: &Context<'_>, settings: &Settings, name: &str) -> Result<Settings, Failure> {
    let mut settings = settings.clone();
    for variable in provider_credentials::in_keyring(&settings, name) {
        let secret = read(context, &settings, &variable).await?;
        settings = settings.with_unlocked(&variable, &secret);
    }
    Ok(settings)
}

/// The credential kept under the name of that variable.
pub(super) async fn read(context: &Context<'_>, settings: &Settings, variable: &str) -> Result<Secret, Failure> {
    let (keyring, variable) = (Keyring::of(&settings.paths), variable.to_owned());
    aside(context, move || keyring.read(&variable)).await
}

pub(super) async fn keep(context: &Context<'_>, variable: &str, secret: &Secret) -> Result<(), Failure> {
    let (keyring, variable) = (Keyring::of(&context.settings.paths), variable.to_owned());
    let secret = secret.clone();
    aside(context, move || keyring.keep(&variable, &secret)).await
}

pub(super) async fn remove(context: &Context<'_>, variable: &str) -> Result<(), Failure> {
    let (keyring, variable) = (Keyring::of(&context.settings.paths), variable.to_owned());
    aside(context, move || keyring.remove(&variable)).await
}

async fn aside<T: Send + 'static>(
    context: &Context<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let work = async {
        match spawn_blocking(work).await {
            Ok(done) => done,
            Err(_) => Err(Failure::other(tr!("the system keyring failed"))),
        }
    };
    context.or_cancelled(work).await
}
