//! The commands that change who is asked, and how.

use std::time::Duration;

use super::pick::{Choice, pick};
use super::{Leave, Repl};
use crate::cli::option_ranges;
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::{tr, tr_static};
use qwen_api::Client;
use qwen_api::provider::PROVIDERS;
use qwen_api::{Params, Thinking};

/// How long a list of models may take before the known ones do.
const LISTING: Duration = Duration::from_secs(5);

impl Repl<'_> {
    /// `/model`: a switch, or a choice.
    pub(super) async fn model(&mut self, client: &Client, args: &str) -> Result<(), Failure> {
        // Some servers call their models by whole paths.
        let is_known = self.models.iter().any(|name| name == args);
        let is_name = !args.contains(char::is_whitespace) && !args.starts_with('/');
        let chosen = if !is_name && !is_known {
            return Err(Failure::usage(tr!("{} is no name of a model", quoted(args)))
                .hint(tr!("/model without a name lists them")));
        } else if args.is_empty() {
            self.ui.print(tr!("{} answers", self.session.model));
            if let Ok(Ok(Some(listed))) = tokio::time::timeout(LISTING, client.models(&|_| ())).await {
                self.offer_models(listed.into_iter().map(|model| model.id));
            }
            let choices: Vec<Choice> = self.models.iter().map(|name| named(name)).collect();
            let window = self.host.window();
            pick(&mut self.line, self.ui, tr_static!("model"), &choices, window, true).await?
        } else {
            Some(args.to_owned())
        };
        if let Some(chosen) = chosen {
            self.session.model = self.settings.model_of(&chosen);
            self.is_model_chosen = true;
            self.ui.note(tr!("from here on {} answers", self.session.model));
        }
        Ok(())
    }

    /// The providers there are, the user's own among them.
    pub(super) fn providers(&self) -> Vec<String> {
        let own = self.settings.providers.keys();
        let known = PROVIDERS.iter().map(|provider| provider.name.to_owned());
        known.chain(own.cloned()).collect()
    }

    /// `/provider`: whoever keeps the connection makes the switch.
    pub(super) async fn provider(&mut self, args: &str) -> Result<Option<Leave>, Failure> {
        if !args.is_empty() {
            return Ok(Some(Leave::Provider(args.to_owned())));
        }
        self.ui.print(tr!("{} answers", self.session.provider));
        let choices: Vec<Choice> = self.providers().iter().map(|name| named(name)).collect();
        let window = self.host.window();
        let chosen = pick(&mut self.line, self.ui, tr_static!("provider"), &choices, window, false).await?;
        Ok(chosen.map(Leave::Provider))
    }

    pub(super) fn system(&mut self, args: &str) {
        match args {
            "" => self.ui.print(match self.session.system.as_deref() {
                Some(system) => UiText::foreign(system),
                None => tr!("there is no system message"),
            }),
            "-" => {
                self.session.system = None;
                self.ui.note(tr!("there is no system message any more"));
            }
            text => {
                self.session.system = Some(text.to_owned());
                self.ui.note(tr!("the system message is set from here on"));
            }
        }
    }

    /// `/think`: on, off, a budget, or the other way round.
    pub(super) fn think(&mut self, args: &str) -> Result<(), Failure> {
        let is_on = matches!(self.params.thinking, Some(Thinking::On { .. }));
        self.params.thinking = Some(match args {
            "on" => Thinking::On { budget: None },
            "off" => Thinking::Off,
            "" if is_on => Thinking::Off,
            "" => Thinking::On { budget: None },
            budget => Thinking::On {
                budget: Some(
                    option_ranges::budget(budget)
                        .map_err(|_| Failure::usage(tr!("/think takes on, off or a whole number of tokens")))?,
                ),
            },
        });
        self.ui.note(match self.params.thinking {
            Some(Thinking::On { .. }) => tr!("the model thinks first"),
            _ => tr!("the model answers without thinking"),
        });
        Ok(())
    }

    pub(super) fn search(&mut self, args: &str) -> Result<(), Failure> {
        let is_on = self.params.search == Some(true);
        self.params.search = Some(match args {
            "on" => true,
            "off" => false,
            "" => !is_on,
            _ => return Err(Failure::usage(tr!("/search takes on or off"))),
        });
        self.ui.note(if self.params.search == Some(true) {
            tr!("the model searches the web")
        } else {
            tr!("the model does not search")
        });
        Ok(())
    }

    /// `/set`: one option, or all that are set.
    pub(super) fn set(&mut self, args: &str) -> Result<(), Failure> {
        if args.is_empty() {
            let set = options(&self.params);
            for (name, value) in set {
                self.ui.print(match value {
                    Some(value) => tr!("{} {}", name, value),
                    None => tr!("{} (the server's own)", name),
                });
            }
            return Ok(());
        }
        let (key, value) = args
            .split_once(|c: char| c.is_whitespace() || c == '=')
            .map_or((args, ""), |(key, value)| (key, value.trim()));
        let key = key.replace('-', "_").to_lowercase();
        let told = set(&mut self.params, &key, Some(value).filter(|value| !value.is_empty()))?;
        self.ui.note(told);
        Ok(())
    }
}

fn named(name: &str) -> Choice {
    Choice {
        name: name.to_owned(),
        label: name.to_owned(),
    }
}

/// Every option `/set` knows, with its value.
fn options(params: &Params) -> Vec<(&'static str, Option<String>)> {
    let text = |value: Option<&dyn ToString>| value.map(ToString::to_string);
    vec![
        ("temperature", text(params.temperature.as_ref().map(|x| x as _))),
        ("top_p", text(params.top_p.as_ref().map(|x| x as _))),
        ("top_k", text(params.top_k.as_ref().map(|x| x as _))),
        ("max_tokens", text(params.max_tokens.as_ref().map(|x| x as _))),
        ("seed", text(params.seed.as_ref().map(|x| x as _))),
        ("stop", (!params.stop.is_empty()).then(|| format!("{:?}", params.stop))),
        (
            "presence_penalty",
            text(params.presence_penalty.as_ref().map(|x| x as _)),
        ),
    ]
}

/// Sets one option, or with `None` gives it back to the server. Says what came of it.
fn set(params: &mut Params, key: &str, value: Option<&str>) -> Result<UiText, Failure> {
    fn read<T>(value: Option<&str>, range: fn(&str) -> Result<T, UiText>) -> Result<Option<T>, UiText> {
        value.map(range).transpose()
    }
    let done = match key {
        "temperature" => read(value, option_ranges::temperature).map(|x| params.temperature = x),
        "top_p" => read(value, option_ranges::top_p).map(|x| params.top_p = x),
        "top_k" => read(value, option_ranges::top_k).map(|x| params.top_k = x),
        "max_tokens" => read(value, option_ranges::max_tokens).map(|x| params.max_tokens = x),
        "seed" => read(value, option_ranges::seed).map(|x| params.seed = x),
        "presence_penalty" => read(value, option_ranges::presence_penalty).map(|x| params.presence_penalty = x),
        "stop" => {
            match value {
                Some(text) => params.stop.push(text.to_owned()),
                None => params.stop.clear(),
            }
            Ok(())
        }
        _ => {
            let known = super::commands::SETTABLE;
            let failure = Failure::usage(tr!("/set knows no {}", quoted(key)));
            return Err(match crate::text::nearest(key, known.iter().copied()) {
                Some(near) => failure.hint(tr!("did you mean {}?", near)),
                None => failure.hint(UiText::foreign(known.join(", "))),
            });
        }
    };
    done.map_err(|why| Failure::usage(tr!("{} {}", key, why)))?;
    Ok(match value {
        Some(value) => tr!("{} is {}", key, value),
        None => tr!("{} is the server's own", key),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_within_their_range() {
        let mut params = Params::default();
        assert_eq!(
            set(&mut params, "temperature", Some("0.5")).unwrap(),
            "temperature is 0.5"
        );
        assert_eq!(params.temperature, Some(0.5));
        let refused = set(&mut params, "temperature", Some("3")).unwrap_err();
        assert_eq!(refused.message, "temperature must be a number from 0 to 2");
        set(&mut params, "temperature", None).unwrap();
        assert_eq!(params.temperature, None);
        let near = set(&mut params, "temperatur", Some("1")).unwrap_err();
        assert_eq!(
            near.hint.map(|hint| hint.to_string()).as_deref(),
            Some("did you mean temperature?")
        );
        for (name, _) in options(&params) {
            assert!(super::super::commands::SETTABLE.contains(&name), "{name}");
        }
    }
}
