//! The commands that change who answers: the model, the provider, the system message.

use std::time::Duration;

use super::Repl;
use super::picker::{Choice, PickList};
use crate::connection::connect_to;
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::report;
use crate::{tr, tr_static};
use qwen_api::provider::PROVIDERS;

/// How long a list of models may take before the known ones do.
const LISTING: Duration = Duration::from_secs(5);

impl Repl<'_> {
    /// `/model`: a switch, or a choice. A part of a name narrows the list.
    pub(super) async fn model(&mut self, args: &str) -> Result<(), Failure> {
        if args.is_empty() {
            self.print(tr!("{} answers", self.session.model));
            if let Ok(Ok(Some(listed))) = tokio::time::timeout(LISTING, self.connection.client.models()).await {
                self.offer_models(listed.into_iter().map(|model| model.id));
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
        // Some servers call their models by paths, which are taken where they are listed.
        if (args.contains(char::is_whitespace) || args.starts_with('/')) && !self.models.iter().any(|name| name == args)
        {
            return Err(
                Failure::usage(tr!("{} is not a model name", quoted(args))).hint(tr!("/model lists the models"))
            );
        }
        let choices: Vec<Choice> = self.models.iter().map(|name| named(name)).collect();
        let pick_list = PickList {
            what: tr_static!("model"),
            choices: &choices,
            is_open: true,
            typed: Some(args).filter(|args| !args.is_empty()),
        };
        let Some(chosen) = self.pick(pick_list).await? else {
            return Ok(None);
        };
        if !self.models.is_empty() && !self.models.contains(&chosen) {
            self.note(tr!("{} is not in the list of models", chosen));
        }
        Ok(Some(self.app.settings.model_of(&chosen)))
    }

    /// The providers there are, the user's own among them.
    pub(super) fn providers(&self) -> Vec<String> {
        let known = PROVIDERS.iter().map(|provider| provider.name);
        let own = self.app.settings.providers.keys().map(String::as_str);
        // A known one may be in the config file, too.
        let own = own.filter(|name| qwen_api::provider::provider(name).is_none());
        known.chain(own).map(str::to_owned).collect()
    }

    /// `/provider`: a switch, or a choice.
    pub(super) async fn provider(&mut self, args: &str) -> Result<(), Failure> {
        if !args.is_empty() {
            return self.switch(args.to_owned()).await;
        }
        self.print(tr!("{} answers", self.session.provider));
        let choices: Vec<Choice> = self.providers().iter().map(|name| named(name)).collect();
        let pick_list = PickList {
            what: tr_static!("provider"),
            choices: &choices,
            is_open: false,
            typed: None,
        };
        match self.pick(pick_list).await? {
            Some(name) => self.switch(name).await,
            None => Ok(()),
        }
    }

    /// Connects to another provider, which answers with its own model from now on.
    async fn switch(&mut self, name: String) -> Result<(), Failure> {
        let app = self.app;
        let searches = self.options.searches();
        let connecting = async {
            let connection = connect_to(app, &name, searches).await?;
            let model = connection.own_model(app, false).await?;
            Ok((connection, model))
        };
        let connected = self.cancel.or_stopped(connecting).await;
        let (connection, model) = connected.map_err(|error: anyhow::Error| report::describe(&error))?;
        self.connection = connection;
        self.session.switch(name, model);
        self.offer_known_models();
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

fn named(name: &str) -> Choice {
    Choice {
        name: name.to_owned(),
        label: name.to_owned(),
    }
}
