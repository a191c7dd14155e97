//! Settings: flags over environment over `.env` over the config file over defaults, each with its origin.
//!
//! They are resolved once, before anything is done, and do not change afterwards.

pub mod allowed;
pub mod credentials;
pub mod dotenv;
pub mod file;
pub mod keyring;
mod origin;
mod own_provider;
pub mod paths;
pub mod provider;
pub mod provider_credentials;
mod proxy;
pub mod renewal;
pub mod setting_table;
pub mod setting_values;
mod settings;
mod sources;
pub mod typed;

pub use origin::{Origin, Sourced};
pub use own_provider::OwnProvider;
pub use settings::Settings;
pub use sources::Sources;
