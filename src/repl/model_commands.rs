//! The commands that change who answers: the model, the provider, the system message.

use std::time::Duration;

use super::Repl;
use super::picker::{Choice, pick};
use crate::connection::connect_to;
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::{tr, tr_static};
use qwen_api::provider::PROVIDERS;

/// How long a list of models may take before the known ones do.
const LISTING: Duration = Duration::from_secs(5);

impl Repl<'_> {
    /// `/model`: a switch, or a choice.
    pub(super) async fn model(&mut self, args: &str) -> Result<(), Failure> {
        // Some servers call their models by whole paths.
        let is_known = self.models.iter().any(|name| name == args);
        let is_name = !args.contains(char::is_whitespace) && !args.starts_with('/');
        let chosen = if !is_name && !is_known {
            return Err(Failure::usage(tr!("{} is no name of a model", quoted(args)))
                .hint(tr!("/model without a name lists them")));
        } else if args.is_empty() {
            self.print(tr!("{} answers", self.session.model));
            if let Ok(Ok(Some(listed))) = tokio::time::timeout(LISTING, self.connection.client.models(&|_| ())).await {
                self.offer_models(listed.into_iter().map(|model| model.id));
            }
            let choices: Vec<Choice> = self.models.iter().map(|name| named(name)).collect();
            let window = self.app.host.window();
            pick(
                &mut self.editor,
                self.app.ui,
                tr_static!("model"),
                &choices,
                window,
                true,
            )
            .await?
        } else {
            Some(args.to_owned())
        };
        if let Some(chosen) = chosen {
            self.session.model = self.app.settings.model_of(&chosen);
            self.is_model_chosen = true;
            self.note(tr!("from here on {} answers", self.session.model));
        }
        Ok(())
    }

    /// The providers there are, the user's own among them.
    pub(super) fn providers(&self) -> Vec<String> {
        let own = self.app.settings.providers.keys();
        let known = PROVIDERS.iter().map(|provider| provider.name.to_owned());
        known.chain(own.cloned()).collect()
    }

    /// `/provider`: a switch, or a choice.
    pub(super) async fn provider(&mut self, args: &str) -> Result<(), Failure> {
        if !args.is_empty() {
            return self.switch(args.to_owned()).await;
        }
        self.print(tr!("{} answers", self.session.provider));
        let choices: Vec<Choice> = self.providers().iter().map(|name| named(name)).collect();
        let window = self.app.host.window();
        let what = tr_static!("provider");
        match pick(&mut self.editor, self.app.ui, what, &choices, window, false).await? {
            Some(name) => self.switch(name).await,
            None => Ok(()),
        }
    }

    /// Goes on with another provider, which answers with its own model.
    async fn switch(&mut self, name: String) -> Result<(), Failure> {
        let app = self.app;
        let searches = self.options.searches();
        let connecting = async {
            let connection = connect_to(app, &name, searches).await?;
            let model = connection.own_model(app, false).await?;
            Ok((connection, model))
        };
        let (connection, model) = self.cancel.or_stopped(connecting).await?;
        self.connection = connection;
        self.session.switch(name, model);
        self.offer_known_models();
        self.is_model_chosen = false;
        let (provider, model) = (&self.session.provider, &self.session.model);
        self.note(tr!("from here on {} of {} answers", model, provider));
        Ok(())
    }

    /// `/system`.
    pub(super) fn system(&mut self, args: &str) -> Result<(), Failure> {
        match args {
            "" => self.print(match self.session.system.as_deref() {
                Some(system) => UiText::foreign(system),
                None => tr!("there is no system message"),
            }),
            "-" => {
                self.session.system = None;
                self.note(tr!("there is no system message any more"));
            }
            text => {
                self.session.system = Some(text.to_owned());
                self.note(tr!("the system message is set from here on"));
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
