//! Where a credential is kept: in the file or in the system's keyring, never in both.

use crate::commands::{Context, keyring};
use crate::config::keyring::{IS_BUILT_IN, not_built_in};
use crate::config::{Settings, credentials};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::secret::Secret;

/// Where the user wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Keyring,
}

impl Place {
    /// Fails before anything is asked where the keyring is wanted and not to be had.
    pub(super) fn wanted(in_keyring: bool) -> Result<Place, Failure> {
        match (in_keyring, IS_BUILT_IN) {
            (false, _) => Ok(Place::File),
            (true, true) => Ok(Place::Keyring),
            (true, false) => Err(not_built_in(tr!("--keyring asks for the system keyring"))),
        }
    }
}

/// Stores a credential; what comes back says where.
pub(super) async fn store(
    context: &Context<'_>,
    place: Place,
    variable: &str,
    secret: &Secret,
    region: Option<&str>,
) -> Result<UiText, Failure> {
    let settings = &context.settings;
    let path = credentials::path(&settings.paths);
    match place {
        Place::Keyring => {
            credentials::check_changeable(&path)?;
            keyring::keep(context, variable, secret).await?;
            credentials::note_in_keyring(&path, variable, region)?;
            Ok(tr!("the system keyring"))
        }
        Place::File => {
            credentials::keep_in_region(&path, variable, secret, region)?;
            if settings.sources.is_in_keyring(variable)
                && let Err(failure) = keyring::remove(context, variable).await
            {
                context.notice(tr!("the one in the system keyring stays there: {}", failure));
            }
            Ok(tr!("{}", path.display()))
        }
    }
}

/// Removes a stored credential; what comes back says from where, `None` that there was none.
pub(super) async fn remove(
    context: &Context<'_>,
    settings: &Settings,
    variable: &str,
) -> Result<Option<UiText>, Failure> {
    let path = credentials::path(&settings.paths);
    let in_keyring = settings.sources.is_in_keyring(variable);
    if in_keyring {
        keyring::remove(context, variable).await?;
    }
    let from = match in_keyring {
        true => tr!("the system keyring"),
        false => tr!("{}", path.display()),
    };
    Ok(credentials::remove(&path, variable)?.then_some(from))
}
