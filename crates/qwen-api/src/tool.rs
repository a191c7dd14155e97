//! Functions that a model may call, its calls, and their results.

use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::message::{Block, Message};

/// A function that the model may call.
///
/// The client carries them and runs none: it sends the definitions, hands out each call whole, and sends the calls and
/// their results back with the next request.
///
/// ```
/// use qwen_api::{Message, Params, Role, Tool, ToolCall};
/// use serde_json::json;
///
/// let weather = Tool {
///     name: "get_weather".into(),
///     description: "The weather of a city".into(),
///     parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
/// };
/// let params = Params { tools: vec![weather], ..Params::default() };
///
/// // What the model answers with, as an event or in the gathered reply.
/// let call = ToolCall {
///     id: "call_1".into(),
///     name: "get_weather".into(),
///     arguments: r#"{"city": "Hangzhou"}"#.into(),
/// };
/// #[derive(serde::Deserialize)]
/// struct Arguments { city: String }
/// let arguments: Arguments = call.parse_arguments()?;
///
/// // The next request repeats the call and answers it.
/// let result = Message::tool_result(&call.id, format!("{}: cloudy", arguments.city));
/// assert_eq!((result.role, params.tools.len()), (Role::Tool, 1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// One to 64 of ASCII letters, digits, `_` and `-`. DashScope refuses the name `search`.
    pub name: String,
    /// What the function does and when to call it, for the model; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The JSON Schema of its arguments, which are an object. `{}` for a function without arguments.
    pub parameters: Value,
}

/// Whether the model may or must call a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// It calls none.
    None,
    /// It calls at least one. DashScope refuses this.
    Required,
    /// It calls the function of this name. DashScope refuses this while the model thinks.
    Function(String),
}

/// A model's call of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The id by which the result names the call. Unique in the conversation: the client replaces an id that the server
    /// left out or used before.
    pub id: String,
    /// The function's name.
    pub name: String,
    /// The arguments as the model wrote them: the text of a JSON object. It may be no valid JSON, above all where the
    /// answer ended with [`Finish::Length`](crate::Finish::Length) in the middle of the call; such a call is not to
    /// be run.
    pub arguments: String,
}

impl ToolCall {
    /// Parses the arguments. The error is fit to be sent back to the model as the result of the call.
    pub fn parse_arguments<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.arguments)
    }
}

/// The result of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The [`id`](ToolCall::id) of the call.
    pub call_id: String,
    /// What the function returned, or how it failed, for the model.
    pub content: String,
}

/// The ids of a conversation's calls.
#[derive(Debug)]
pub(crate) struct CallIds(HashSet<String>);

impl CallIds {
    pub(crate) fn of(messages: &[Message]) -> CallIds {
        let blocks = messages.iter().flat_map(|message| &message.blocks);
        let ids = blocks.filter_map(|block| match block {
            Block::ToolCall(call) => Some(call.id.clone()),
            _ => None,
        });
        CallIds(ids.collect())
    }

    /// Gives a new call an id of its own, unless it has one: small servers send none, or begin anew in each answer.
    pub(crate) fn make_unique(&mut self, call: &mut ToolCall) {
        let mut number = self.0.len();
        while call.id.is_empty() || self.0.contains(&call.id) {
            number += 1;
            call.id = format!("call_{number}");
        }
        self.0.insert(call.id.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn call(id: &str) -> ToolCall {
        ToolCall {
            id: id.into(),
            name: "f".into(),
            arguments: "{}".into(),
        }
    }

    #[test]
    fn a_call_without_an_id_of_its_own_gets_one() {
        let before = Message::new(
            Role::Assistant,
            vec![Block::ToolCall(call("a")), Block::ToolCall(call("call_3"))],
        );
        let mut ids = CallIds::of(&[before]);
        let unique: Vec<String> = ["b", "", "a", "b", "call_7"]
            .into_iter()
            .map(|id| {
                let mut call = call(id);
                ids.make_unique(&mut call);
                call.id
            })
            .collect();
        assert_eq!(unique, ["b", "call_4", "call_5", "call_6", "call_7"]);
    }
}
