//! The context of an error message, which decides the form of its hints.

use std::fmt;

use crate::i18n::UiText;
use crate::tr;

/// Where an error is read, and with which credential the request was made. It is attached to an error as a context of
/// anyhow, and is found there by its type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context {
    /// Whether it is read at the prompt of `qwen chat`, where slash commands do what flags do elsewhere.
    pub in_chat: bool,
    /// Whether the request was one for pictures, whose model has a setting of its own.
    pub makes_images: bool,
    /// The credential of the request, by where it comes from: `the key of $DASHSCOPE_API_KEY`.
    pub credential: Option<UiText>,
}

impl Context {
    /// The context of the prompt, for what concerns no provider.
    pub const PROMPT: Context = Context {
        in_chat: true,
        makes_images: false,
        credential: None,
    };

    /// The hint, or the part of one, with a flag, or at the prompt the one with the slash command in its place.
    pub fn choose<T>(&self, with_flag: T, with_command: T) -> T {
        match self.in_chat {
            true => with_command,
            false => with_flag,
        }
    }

    /// The hint with a flag that has no slash command: at the prompt, to begin again with it.
    pub fn flag_at_start(&self, with_flag: UiText, flag: &str) -> UiText {
        self.choose(with_flag, tr!("start qwen chat again with {}", flag))
    }

    /// What to do about a conversation that its model cannot hold as a whole.
    pub fn too_long(&self) -> UiText {
        self.choose(
            tr!("--context fit leaves the oldest exchanges out of the request; -m chooses a larger model"),
            tr!("/compact continues from a summary; /model switches to a larger model"),
        )
    }

    /// How to list the models.
    pub fn models_command(&self, provider: Option<&str>) -> String {
        match (self.in_chat, provider) {
            _ if self.makes_images => "`qwen models --capability image-out`".to_owned(),
            (true, _) => "/model".to_owned(),
            (false, None) => "`qwen models`".to_owned(),
            (false, Some(provider)) => format!("`qwen models -p {provider}`"),
        }
    }

    /// The flag that chooses a model, or the command.
    pub fn model(&self) -> &'static str {
        match self.makes_images {
            true => self.choose("-m", "`qwen config set image_model NAME`"),
            false => self.choose("-m", "/model"),
        }
    }

    /// The same with the name of the model.
    pub fn this_model(&self, name: &str) -> String {
        match self.in_chat && self.makes_images {
            true => format!("`qwen config set image_model {name}`"),
            false => format!("{} {name}", self.model()),
        }
    }

    /// The flag that chooses a provider, or the command.
    pub fn provider(&self) -> &'static str {
        self.choose("-p", "/provider")
    }
}

/// For a log; what is printed is made by [`super::describe`].
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.credential {
            Some(credential) => write!(f, "with {credential}"),
            None => f.write_str("without a credential"),
        }
    }
}
