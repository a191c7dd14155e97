//! What a request asks of a model that cannot do it, as far as the table of models says.

use super::Context;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::{ChatRequest, MediaKind, Thinking, catalog};

/// A notice for each part of a request that its model has no use for.
pub fn useless(request: &ChatRequest, context: &Context) -> Vec<UiText> {
    let mut notices = Vec::new();
    let Some(model) = catalog::find(&request.model) else {
        return notices;
    };
    if model.thinking == Some(false) && matches!(request.params.thinking, Some(Thinking::On { .. })) {
        notices.push(tr!(
            "{} does not think; choose a model that does with {}",
            model.id,
            context.model()
        ));
    }
    let is_useless = |kind: MediaKind| {
        let takes = model.inputs.is_empty() || model.inputs.iter().any(|input| input == kind.as_str());
        !takes && request.messages.iter().any(|message| message.has(kind))
    };
    let option = context.model();
    if is_useless(MediaKind::Image) {
        notices.push(tr!(
            "{} sees no pictures; choose a model that does with {}",
            model.id,
            option
        ));
    }
    if is_useless(MediaKind::Audio) {
        notices.push(tr!(
            "{} hears no sound; choose a model that does with {}",
            model.id,
            option
        ));
    }
    if is_useless(MediaKind::Video) {
        notices.push(tr!(
            "{} sees no video; choose a model that does with {}",
            model.id,
            option
        ));
    }
    notices
}

#[cfg(test)]
mod tests {
    use qwen_api::{Block, Media, MediaKind, MediaSource, Message, Params, Role};

    use super::*;

    fn request(model: &str) -> ChatRequest {
        let picture = Media {
            kind: MediaKind::Image,
            source: MediaSource::Url("https://a.b/c.png".to_owned()),
            mime: "image/png".to_owned(),
            name: "c.png".to_owned(),
            upload: None,
        };
        ChatRequest {
            model: model.to_owned(),
            messages: vec![Message::new(Role::User, vec![Block::Media(picture)])],
            params: Params {
                thinking: Some(Thinking::On { budget: None }),
                ..Params::default()
            },
            stream: true,
        }
    }

    #[test]
    fn what_a_model_cannot_do_is_said_in_the_words_of_the_place() {
        let told = |model: &str, context: &Context| -> Vec<String> {
            useless(&request(model), context)
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        assert_eq!(
            told("qwen-max", &Context::default()),
            [
                "qwen-max does not think; choose a model that does with -m",
                "qwen-max sees no pictures; choose a model that does with -m"
            ]
        );
        assert_eq!(
            told("qwen-max", &Context::PROMPT)[0],
            "qwen-max does not think; choose a model that does with /model"
        );
        assert_eq!(told("qwen3-vl-plus", &Context::default()), [""; 0]);
        assert_eq!(told("unheard-of", &Context::default()), [""; 0]);
    }
}
