//! How much of a conversation a model can hold, and what is left out of a request when it holds more. Pure.
//!
//! What is left out stays in the store and on the screen; the system message is always sent.

use crate::error::{Failure, Kind};
use crate::i18n::UiText;
use crate::tr;
use qwen_api::catalog;
use qwen_api::{Block, ChatRequest, Message, Role};

/// What a model can hold, and what to do when that is not enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Tokens, the answer included; `None` if unknown.
    pub tokens: Option<u64>,
    /// Refuse rather than leave anything out.
    pub is_whole: bool,
}

/// Tokens that are kept free for the answer, at most; a small window keeps a quarter.
const ANSWER: u64 = 4096;

/// What a picture is counted as.
const PICTURE: u64 = 1280;

/// Leaves the oldest exchanges out of a request that is too long. Says in `notices` how many, with those that were
/// `left_out` before.
pub fn fit(
    request: &mut ChatRequest,
    window: Window,
    mut left_out: usize,
    notices: &mut Vec<UiText>,
) -> Result<(), Failure> {
    let Some(tokens) = window.tokens else {
        return Ok(());
    };
    let answer = request.params.max_tokens.map_or(ANSWER, u64::from).min(tokens / 4);
    let most = tokens - answer;
    let mut total: u64 = request.messages.iter().map(estimate).sum();
    if window.is_whole && total > most {
        return Err(Failure::new(
            Kind::Refused,
            tr!(
                "the conversation has about {} tokens, but {} accepts at most {}",
                total,
                request.model,
                tokens
            ),
        ));
    }
    while total > most {
        // An exchange begins with a message of the user and ends before the next; the last is what is asked.
        let mut asked = questions(&request.messages);
        let (Some(first), Some(next)) = (asked.next(), asked.next()) else {
            break;
        };
        drop(asked);
        total -= request
            .messages
            .drain(first..next)
            .map(|message| estimate(&message))
            .sum::<u64>();
        left_out += 1;
    }
    let model = &request.model;
    match left_out {
        0 => {}
        1 => notices.push(tr!(
            "the conversation does not fit {}'s context: the oldest exchange was left out of this request",
            model
        )),
        count => notices.push(tr!(
            "the conversation does not fit {}'s context: the oldest {} exchanges were left out of this request",
            model,
            count
        )),
    }
    Ok(())
}

/// The indices of the user's messages.
fn questions(messages: &[Message]) -> impl Iterator<Item = usize> {
    messages
        .iter()
        .enumerate()
        .filter(|(_, message)| message.role == Role::User)
        .map(|(at, _)| at)
}

/// About how many tokens a message is: one for three bytes of an alphabet, one for each Chinese character.
pub fn estimate(message: &Message) -> u64 {
    let blocks = message.blocks.iter().map(|block| match block {
        Block::Text(text) => tokens_of(text),
        Block::Thinking(_) => 0,
        Block::Media(_) => PICTURE,
        Block::ToolCall(call) => tokens_of(&call.name) + tokens_of(&call.arguments),
        Block::ToolResult(result) => tokens_of(&result.content),
    });
    4 + blocks.sum::<u64>()
}

/// About how many tokens a text is.
pub fn tokens_of(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    let others = text.chars().filter(|c| !c.is_ascii()).count();
    u64::try_from(ascii / 3 + others + 1).unwrap_or(u64::MAX)
}

/// The window of a model, in tokens, where it is known.
pub fn context_of(model: &str) -> Option<u64> {
    catalog::find(model)?.context_window
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::Params;

    fn request(texts: &[(Role, &str)]) -> ChatRequest {
        ChatRequest {
            model: "qwen-max".to_owned(),
            messages: texts.iter().map(|(role, text)| Message::text(*role, *text)).collect(),
            params: Params::default(),
            stream: true,
        }
    }

    fn window(tokens: u64) -> Window {
        Window {
            tokens: Some(tokens),
            is_whole: false,
        }
    }

    #[test]
    fn the_oldest_exchanges_go_and_the_system_message_stays() {
        let long = "x".repeat(3000);
        let mut request = request(&[
            (Role::System, "be brief"),
            (Role::User, &long),
            (Role::Assistant, "one"),
            (Role::User, &long),
            (Role::Assistant, "two"),
            (Role::User, "three?"),
        ]);
        let mut notices = Vec::new();
        fit(&mut request, window(2000), 0, &mut notices).unwrap();
        let texts: Vec<String> = request.messages.iter().map(Message::plain_text).collect();
        assert_eq!(texts[..1], ["be brief"]);
        assert_eq!(texts[2..], ["two", "three?"]);
        assert!(
            notices[0].to_string().contains("oldest exchange was left out"),
            "{notices:?}"
        );
    }

    #[test]
    fn what_is_asked_is_never_left_out() {
        let long = "字".repeat(3000);
        let mut request = request(&[(Role::User, "a"), (Role::Assistant, "b"), (Role::User, &long)]);
        let mut notices = Vec::new();
        fit(&mut request, window(1000), 0, &mut notices).unwrap();
        assert_eq!(request.messages.len(), 1);
        fit(&mut request, window(1000), 0, &mut notices).unwrap();
        assert_eq!(request.messages.len(), 1);
    }

    #[test]
    fn a_whole_context_is_refused_instead() {
        let mut request = request(&[
            (Role::User, &"x".repeat(9000)),
            (Role::Assistant, "b"),
            (Role::User, "c"),
        ]);
        let whole = Window {
            tokens: Some(1000),
            is_whole: true,
        };
        assert!(fit(&mut request, whole, 0, &mut Vec::new()).is_err());
        assert_eq!(request.messages.len(), 3);
    }
}
