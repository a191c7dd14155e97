//! The commands that change who answers: the model, the provider, the system message.

use std::time::Duration;

use super::Repl;
use super::menu::{Menu, MenuRow, MenuStyle};
use super::model_rows::model_rows;
use super::picker::{PickList, Picked};
use crate::config::provider_credentials::credentials_of;
use crate::connection::connect_beside;
use crate::connection::model_list::{offered, with_known_facts};
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::messages::providers::about;
use crate::report;
use crate::{tr, tr_static};
use qwen_api::Sense;
use qwen_api::provider::{PROVIDERS, provider};

/// How long a list of models may take before the known ones do.
const LISTING: Duration = Duration::from_secs(5);

impl Repl<'_> {
    /// `/model`: a switch, or a choice. A part of a name narrows the list.
    pub(super) async fn model(&mut self, args: &str) -> Result<(), Failure> {
        if args.is_empty() {
            if !self.editor.draws_menus() {
                self.print(tr!("{} answers", self.session.model));
            }
            let client = &self.connection.client;
            if let Ok(Ok(Some(listed))) = tokio::time::timeout(LISTING, client.models()).await {
                self.models = with_known_facts(listed, client.endpoint().protocol);
            }
        }
        let Some(model) = self.choose_model(args).await? else {
            return Ok(());
        };
        self.session.model = model;
        self.is_model_chosen = true;
        self.note(tr!("switched to {}", self.session.model));
        Ok(())
    }

    /// The model that an argument means, or that is chosen from those whose names hold it; `None`: none was chosen.
    pub(super) async fn choose_model(&mut self, args: &str) -> Result<Option<String>, Failure> {
        let settings = &self.app.settings;
        // Some servers call their models by paths, which are taken where they are listed.
        if (args.contains(char::is_whitespace) || args.starts_with('/')) && !self.offers(args) {
            return Err(
                Failure::usage(tr!("{} is not a model name", quoted(args))).hint(tr!("/model lists the models"))
            );
        }
        let default = self.connection.client.endpoint().default_model.as_deref();
        let rows = model_rows(
            &self.models,
            &settings.aliases,
            default.map(|default| settings.model_of(default)).as_deref(),
            Some(&self.session.model),
            settings.region.value.region.currency(),
            self.app.ui.lang,
        );
        let pick_list = PickList {
            what: tr_static!("model"),
            menu: Menu::new(rows, MenuStyle::of(self.app)),
            is_open: true,
            typed: Some(args).filter(|args| !args.is_empty()),
        };
        let (Picked::Row(chosen) | Picked::Typed(chosen)) = self.pick(pick_list).await? else {
            return Ok(None);
        };
        if !self.models.is_empty() && !self.offers(&chosen) {
            self.note(tr!("{} is not in the list of models", chosen));
        }
        Ok(Some(self.app.settings.model_of(&chosen)))
    }

    /// Whether this is an alias, or a model of the list.
    fn offers(&self, name: &str) -> bool {
        self.app.settings.aliases.contains_key(name) || self.models.iter().any(|model| model.id == name)
    }

    /// The providers there are, the user's own among them.
    pub(super) fn providers(&self) -> Vec<String> {
        let known = PROVIDERS.iter().map(|provider| provider.name);
        let own = self.app.settings.providers.keys().map(String::as_str);
        // A known one may be in the config file, too.
        let own = own.filter(|name| provider(name).is_none());
        known.chain(own).map(str::to_owned).collect()
    }

    /// `/provider`: a switch, or a choice. A part of a name narrows the list.
    pub(super) async fn provider(&mut self, args: &str) -> Result<(), Failure> {
        if args.is_empty() && !self.editor.draws_menus() {
            self.print(tr!("{} answers", self.session.provider));
        }
        let rows = self.providers().into_iter().map(|name| self.provider_row(name));
        let pick_list = PickList {
            what: tr_static!("provider"),
            menu: Menu::new(rows.collect(), MenuStyle::of(self.app)),
            is_open: true,
            typed: Some(args).filter(|args| !args.is_empty()),
        };
        match self.pick(pick_list).await? {
            Picked::Row(name) | Picked::Typed(name) => self.switch(name).await,
            Picked::Nothing => Ok(()),
        }
    }

    /// A provider with its model, and whether it has the credential it needs.
    fn provider_row(&self, name: String) -> MenuRow {
        let settings = &self.app.settings;
        let (own, known) = (settings.providers.get(&name), provider(&name));
        let model = own.and_then(|own| own.model.clone());
        let model = model.or_else(|| known?.default_model.map(str::to_owned));
        let needs_key = known.is_some_and(|known| known.needs_key);
        let has_key = credentials_of(settings, &name).iter().all(|group| {
            let names: Vec<&str> = group.iter().map(String::as_str).collect();
            settings.sources.whose(&names).is_some()
        });
        let credential = match needs_key && !has_key {
            true => tr_static!("no credential").localize(self.app.ui.lang),
            false => "",
        };
        let address = || Some(own?.base_url.as_ref()?.value.0.as_str());
        let about = about(&name)
            .map(|about| about.localize(self.app.ui.lang))
            .or_else(address);
        MenuRow {
            cells: vec![
                name.clone(),
                model.unwrap_or_default(),
                credential.to_owned(),
                about.unwrap_or_default().to_owned(),
            ],
            is_current: name == self.session.provider,
            name,
        }
    }

    /// Connects to another provider, which answers with its own model from now on.
    async fn switch(&mut self, name: String) -> Result<(), Failure> {
        let app = self.app;
        let searches = self.options.searches();
        let connecting = async {
            let connection = connect_beside(app, &name, &self.usual_provider, searches).await?;
            let model = connection.own_model(app, Sense::Reading).await?;
            Ok((connection, model))
        };
        let connected = self.cancel.or_stopped(connecting).await;
        let (connection, model) = connected.map_err(|error: anyhow::Error| report::describe(&error))?;
        self.connection = connection;
        self.session.switch(name, model);
        self.models = offered(&app.settings, &self.session.provider);
        self.is_model_chosen = false;
        let (provider, model) = (&self.session.provider, &self.session.model);
        self.note(tr!("switched to {} on {}", model, provider));
        Ok(())
    }

    /// `/system`.
    pub(super) fn system(&mut self, args: &str) -> Result<(), Failure> {
        match args {
            "" => self.print(match self.session.system.as_deref() {
                Some(system) => UiText::foreign(system),
                None => tr!("no system message"),
            }),
            "-" => {
                self.session.system = None;
                self.note(tr!("system message removed"));
            }
            text => {
                self.session.system = Some(text.to_owned());
                self.note(tr!("system message set"));
            }
        }
        Ok(())
    }
}
