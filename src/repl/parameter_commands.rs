//! The commands that change the parameters of a request: `/think`, `/search`, `/set`.

use super::Repl;
use super::slash_commands::SETTABLE;
use crate::cli::option_ranges;
use crate::conversation::renderer::drawn;
use crate::error::Failure;
use crate::i18n::{UiText, quoted};
use crate::term::ui::Ui;
use crate::tr;
use qwen_api::{Params, Thinking};

impl Repl<'_> {
    /// `/think`: on, off, a budget; alone it shows which.
    pub(super) fn think(&mut self, args: &str) -> Result<(), Failure> {
        let thinking = match args {
            "" => {
                self.print(thinking_state(self.options.params.thinking.as_ref()));
                return Ok(());
            }
            "on" => Thinking::On { budget: None },
            "off" => Thinking::Off,
            budget => Thinking::On {
                budget: Some(
                    option_ranges::budget(budget)
                        .map_err(|_| Failure::usage(tr!("/think takes on, off or a whole number of tokens")))?,
                ),
            },
        };
        self.note(thinking_state(Some(&thinking)));
        self.options.params.thinking = Some(thinking);
        Ok(())
    }

    /// `/thoughts`: those of the last answer that has any, drawn as an answer is.
    pub(super) fn thoughts(&mut self) -> Result<(), Failure> {
        let Some(thoughts) = self.session.last_thoughts() else {
            return Err(Failure::usage(tr!("there are no thoughts to show")));
        };
        Ui::put(&drawn(self.app.look().viewport(self.app.host.ttys.stderr), &thoughts));
        Ok(())
    }

    /// `/search`: on, off; alone it shows which.
    pub(super) fn search(&mut self, args: &str) -> Result<(), Failure> {
        let search = match args {
            "" => {
                self.print(search_state(self.options.params.search));
                return Ok(());
            }
            "on" => true,
            "off" => false,
            _ => return Err(Failure::usage(tr!("/search takes on or off"))),
        };
        self.options.params.search = Some(search);
        self.note(search_state(Some(search)));
        Ok(())
    }

    /// `/set`: one option, or all that are set.
    pub(super) fn set(&mut self, args: &str) -> Result<(), Failure> {
        if args.is_empty() {
            let set = options(&self.options.params);
            for (name, value) in set {
                self.print(match value {
                    Some(value) => tr!("{} {}", name, value),
                    None => tr!("{} (server default)", name),
                });
            }
            return Ok(());
        }
        let (key, value) = args
            .split_once(|c: char| c.is_whitespace() || c == '=')
            .map_or((args, ""), |(key, value)| (key, value.trim()));
        let key = key.replace('-', "_").to_lowercase();
        let confirmation = set(
            &mut self.options.params,
            &key,
            Some(value).filter(|value| !value.is_empty()),
        )?;
        self.note(confirmation);
        Ok(())
    }
}

fn thinking_state(thinking: Option<&Thinking>) -> UiText {
    match thinking {
        Some(Thinking::On { budget: Some(budget) }) => tr!("thinking is on, at most {} tokens", *budget),
        Some(Thinking::On { budget: None }) => tr!("thinking is on"),
        Some(Thinking::Off) => tr!("thinking is off"),
        None => tr!("thinking is left to the model; /think on or /think off decides"),
    }
}

fn search_state(search: Option<bool>) -> UiText {
    match search {
        Some(true) => tr!("web search is on"),
        Some(false) => tr!("web search is off"),
        None => tr!("web search is left to the server; /search on or /search off decides"),
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

/// Sets one option, or with `None` leaves it to the server. Returns a confirmation.
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
            let known = SETTABLE;
            let failure = Failure::usage(tr!("unknown option {}", quoted(key)));
            return Err(match crate::text::nearest(key, known.iter().copied()) {
                Some(near) => failure.hint(tr!("did you mean {}?", near)),
                None => failure.hint(UiText::foreign(known.join(", "))),
            });
        }
    };
    done.map_err(|why| Failure::usage(tr!("{} {}", key, why)))?;
    Ok(match value {
        Some(value) => tr!("{} is {}", key, value),
        None => tr!("{} reset to the server's default", key),
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
            assert!(SETTABLE.contains(&name), "{name}");
        }
    }
}
