//! The system keyring, read in a way that Ctrl-C can interrupt: it may wait for the user to unlock it.

use tokio::task::spawn_blocking;

use crate::app::App;
use crate::config::keyring::Keyring;
use crate::config::{Settings, provider_credentials};
use crate::error::Failure;
use crate::tr;
use qwen_api::Secret;

/// The settings with the credentials that this provider needs from the keyring, which is read only if there are any.
pub async fn unlocked(app: &App<'_>, settings: &Settings, name: &str) -> Result<Settings, Failure> {
    let mut settings = settings.clone();
    for variable in provider_credentials::in_keyring(&settings, name) {
        let secret = read(app, &settings, &variable).await?;
        settings = settings.with_unlocked(&variable, &secret);
    }
    Ok(settings)
}

/// The credential kept under the name of that variable.
pub async fn read(app: &App<'_>, settings: &Settings, variable: &str) -> Result<Secret, Failure> {
    let (keyring, variable) = (Keyring::of(&settings.paths), variable.to_owned());
    in_background(app, move || keyring.read(&variable)).await
}

pub async fn keep(app: &App<'_>, variable: &str, secret: &Secret) -> Result<(), Failure> {
    let (keyring, variable) = (Keyring::of(&app.settings.paths), variable.to_owned());
    let secret = secret.clone();
    in_background(app, move || keyring.keep(&variable, &secret)).await
}

pub async fn remove(app: &App<'_>, variable: &str) -> Result<(), Failure> {
    let (keyring, variable) = (Keyring::of(&app.settings.paths), variable.to_owned());
    in_background(app, move || keyring.remove(&variable)).await
}

async fn in_background<T: Send + 'static>(
    app: &App<'_>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let work = async {
        match spawn_blocking(work).await {
            Ok(done) => done,
            Err(_) => Err(Failure::other(tr!("the system keyring failed"))),
        }
    };
    app.or_cancelled(work).await
}
