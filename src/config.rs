//! Settings: flags over the front matter of a template over environment over `.env` over the config file over defaults, each with its origin.
//!
//! They are resolved once, before anything is done, and do not change afterwards.

pub mod config_file;
mod consent;
pub mod credentials_file;
mod destination;
pub mod dotenv;
pub mod dotenv_consent;
pub mod endpoint;
pub mod keyring;
mod origin;
mod own_price;
mod own_provider;
mod pasted_credential;
pub mod paths;
pub mod private_file;
pub mod provider_choice;
pub mod provider_credentials;
mod proxy;
pub mod setting_table;
pub mod setting_values;
mod settings;
mod sources;
pub mod template_folders;
pub mod web_renewal;

pub use consent::Consent;
pub use origin::{Origin, Sourced};
pub use own_price::OwnPrice;
pub use own_provider::OwnProvider;
pub use settings::Settings;
pub use sources::Sources;
