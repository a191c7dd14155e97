//! Where a credential is kept: in the file or in the system's keyring, never in both.

use crate::app::App;
use crate::config::keyring::{IS_BUILT_IN, not_built_in};
use crate::config::{Settings, credentials_file};
use crate::connection::keyring;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Secret;

/// Where the user wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CredentialPlace {
    File,
    Keyring,
}

impl CredentialPlace {
    /// Fails before anything is asked where the keyring is wanted and not to be had.
    pub(super) fn wanted(in_keyring: bool) -> Result<CredentialPlace, Failure> {
        match (in_keyring, IS_BUILT_IN) {
            (false, _) => Ok(CredentialPlace::File),
            (true, true) => Ok(CredentialPlace::Keyring),
            (true, false) => Err(not_built_in(tr!("--keyring asks for the system keyring"))),
        }
    }
}

/// Stores a credential; what comes back says where.
pub(super) async fn store(
    app: &App<'_>,
    place: CredentialPlace,
    variable: &str,
    secret: &Secret,
    region: Option<&str>,
) -> Result<UiText, Failure> {
    let settings = &app.settings;
    let path = credentials_file::path(&settings.paths);
    match place {
        CredentialPlace::Keyring => {
            credentials_file::check_changeable(&path)?;
            keyring::keep(app, variable, secret).await?;
            credentials_file::note_in_keyring(&path, variable, region)?;
            Ok(tr!("the system keyring"))
        }
        CredentialPlace::File => {
            credentials_file::keep_in_region(&path, variable, secret, region)?;
            if settings.sources.is_in_keyring(variable)
                && let Err(failure) = keyring::remove(app, variable).await
            {
                app.notice(tr!("the one in the system keyring stays there: {}", failure));
            }
            Ok(tr!("{}", path.display()))
        }
    }
}

/// Removes a stored credential; what comes back says from where, `None` that there was none.
pub(super) async fn remove(app: &App<'_>, settings: &Settings, variable: &str) -> Result<Option<UiText>, Failure> {
    let path = credentials_file::path(&settings.paths);
    let in_keyring = settings.sources.is_in_keyring(variable);
    if in_keyring {
        keyring::remove(app, variable).await?;
    }
    let from = match in_keyring {
        true => tr!("the system keyring"),
        false => tr!("{}", path.display()),
    };
    Ok(credentials_file::remove(&path, variable)?.then_some(from))
}
