//! The providers of `[providers.NAME]` in the config file.

use super::origin::{Origin, Sourced};
use super::setting_values::{BaseUrl, SettingValue, ValueType, word_of};
use qwen_api::MASK;
use qwen_api::provider::Protocol;

/// A provider of the user's own, or the user's changes to a built-in one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnProvider {
    pub protocol: Option<Protocol>,
    pub base_url: Option<Sourced<BaseUrl>>,
    /// Where chats are held until there is time for them, at half price.
    pub batch_base_url: Option<Sourced<BaseUrl>>,
    /// The variable of the key.
    pub api_key_env: Option<String>,
    /// The variable of the cookie, for the web API.
    pub cookie_env: Option<String>,
    pub model: Option<String>,
    pub vision_model: Option<String>,
    pub image_model: Option<String>,
    pub omni_model: Option<String>,
    pub transcribe_model: Option<String>,
    /// Names and values; a value may be a credential.
    pub headers: Vec<(String, String)>,
}

/// The type of a field; `None` where there is no such field. `field` is its name, split at dots.
pub(super) fn field_type(field: &[&str]) -> Option<ValueType> {
    match field {
        ["protocol"] => Some(ValueType::of::<Protocol>()),
        ["base_url" | "batch_base_url"] => Some(ValueType::of::<BaseUrl>()),
        [
            "api_key_env" | "cookie_env" | "model" | "vision_model" | "image_model" | "omni_model" | "transcribe_model",
        ]
        | ["headers", _] => Some(ValueType::of::<String>()),
        _ => None,
    }
}

impl OwnProvider {
    /// Takes a field from the config file, which has been checked.
    pub(super) fn take(&mut self, field: &[&str], text: String, origin: Origin) {
        let base_url = |origin| {
            Some(Sourced {
                value: BaseUrl(text.clone()),
                origin,
            })
        };
        match field {
            ["protocol"] => self.protocol = Protocol::parse(&text).ok(),
            ["base_url"] => self.base_url = base_url(origin),
            ["batch_base_url"] => self.batch_base_url = base_url(origin),
            ["api_key_env"] => self.api_key_env = Some(text),
            ["cookie_env"] => self.cookie_env = Some(text),
            ["model"] => self.model = Some(text),
            ["vision_model"] => self.vision_model = Some(text),
            ["image_model"] => self.image_model = Some(text),
            ["omni_model"] => self.omni_model = Some(text),
            ["transcribe_model"] => self.transcribe_model = Some(text),
            ["headers", header] => self.headers.push(((*header).to_owned(), text)),
            _ => {}
        }
    }

    /// The fields that are set, as they may be shown: the value of a header may be a credential.
    pub fn shown(&self) -> Vec<(String, String)> {
        let protocol = self.protocol.as_ref().and_then(word_of);
        let shown = |url: &Option<Sourced<BaseUrl>>| url.as_ref().map(|url| BaseUrl::KIND.masked(&url.value.0));
        let fields = [
            ("protocol", protocol.map(str::to_owned)),
            ("base_url", shown(&self.base_url)),
            ("batch_base_url", shown(&self.batch_base_url)),
            ("api_key_env", self.api_key_env.clone()),
            ("cookie_env", self.cookie_env.clone()),
            ("model", self.model.clone()),
            ("vision_model", self.vision_model.clone()),
            ("image_model", self.image_model.clone()),
            ("omni_model", self.omni_model.clone()),
            ("transcribe_model", self.transcribe_model.clone()),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(field, text)| Some((field.to_owned(), text?)));
        let headers = self
            .headers
            .iter()
            .map(|(header, _)| (format!("headers.{header}"), MASK.to_owned()));
        fields.chain(headers).collect()
    }
}
