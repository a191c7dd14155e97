//! The tool calls of one reply, gathered from the pieces of a stream.
//!
//! What servers send differs: later pieces repeat the id and the name or have neither, `index` is missing or 0 for every
//! call, arguments are text, an object or nothing, and each piece may repeat all that came before. A call is handed out
//! when the reply has ended, so it is whole and every reader sees the calls one after the other.

use std::borrow::Cow;
use std::mem;

use serde::de::IgnoredAny;
use serde_json::Value;

use super::malformed::malformed;
use crate::error::{Error, Malformed, Service};
use crate::{Event, Finish, Notice, ToolCall};

/// The limit of all calls of a reply, in bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The bytes that each call counts in addition to its texts, which limits the number of calls to 1,024.
const CALL_BYTES: usize = 16 * 1024;
/// Arguments that have been repeated with each piece up to this many bytes are cumulative for certain.
const SURE_BYTES: usize = 64 * 1024;

/// The calls of one reply so far.
#[derive(Debug, Default)]
pub(super) struct ToolCalls {
    calls: Vec<OpenCall>,
    bytes: usize,
}

/// A call to which pieces may be added.
#[derive(Debug, Default)]
struct OpenCall {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: Arguments,
}

/// One entry of `tool_calls`: a call or a piece of one.
struct Piece<'a> {
    index: Option<u64>,
    id: &'a str,
    name: &'a str,
    arguments: Cow<'a, str>,
    /// It is the first entry of its list.
    is_first: bool,
}

impl ToolCalls {
    /// Takes the member `tool_calls` of a delta or a message.
    pub(super) fn take(&mut self, service: Service, calls: &Value) -> Result<(), Error> {
        let list = match calls {
            Value::Array(list) => list.as_slice(),
            call => std::slice::from_ref(call),
        };
        for (at, call) in list.iter().enumerate() {
            if let Some(piece) = Piece::read(call, at == 0) {
                self.add(&piece);
            }
            if self.bytes > MAX_BYTES {
                return Err(malformed(
                    service,
                    Malformed::TooLarge {
                        limit: MAX_BYTES as u64,
                    },
                ));
            }
        }
        Ok(())
    }

    /// Takes the member `function_call`, the only call of an older server.
    pub(super) fn take_function(&mut self, service: Service, function: &Value) -> Result<(), Error> {
        self.take(service, &serde_json::json!({"function": function}))
    }

    fn add(&mut self, piece: &Piece<'_>) {
        let at = self.find(piece).unwrap_or_else(|| {
            self.bytes += CALL_BYTES;
            self.calls.push(OpenCall::default());
            self.calls.len() - 1
        });
        let Some(call) = self.calls.get_mut(at) else {
            return;
        };
        let before = call.bytes();
        call.index = call.index.or(piece.index);
        if call.id.is_empty() {
            call.id.push_str(piece.id);
        }
        if call.name.is_empty() {
            call.name.push_str(piece.name);
        }
        call.arguments.push(&piece.arguments);
        self.bytes = self.bytes - before + call.bytes();
    }

    /// The call that a piece belongs to; `None` when it begins a new one.
    fn find(&self, piece: &Piece<'_>) -> Option<usize> {
        let by = |is_it: &dyn Fn(&OpenCall) -> bool| self.calls.iter().rposition(is_it);
        let is_last = |at: usize| at + 1 == self.calls.len();
        let at = match piece.index {
            Some(index) => by(&|call| call.index == Some(index))
                .or_else(|| by(&|call| call.index.is_none()).filter(|at| is_last(*at))),
            None => by(&|call| !piece.id.is_empty() && call.id == piece.id).or(self.calls.len().checked_sub(1)),
        };
        at.filter(|at| self.calls.get(*at).is_some_and(|call| call.is_continued_by(piece)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether a call has begun whose arguments are not closed.
    pub(super) fn is_in_call(&self) -> bool {
        self.calls.iter().any(|call| !call.arguments.is_closed())
    }

    /// The answer has ended: appends its calls. Returns why it ended, which is for its calls whatever the server said,
    /// unless the last of them may have been cut.
    pub(super) fn end(&mut self, finish: Finish, events: &mut Vec<Event>) -> Finish {
        let calls = mem::take(&mut self.calls);
        let is_cut = matches!(finish, Finish::Length | Finish::ContentFilter);
        if calls.is_empty() && finish == Finish::ToolCalls {
            events.push(Event::Notice(Notice::ToolCallMissing));
            return Finish::Stop;
        }
        let has_calls = !calls.is_empty();
        events.extend(calls.into_iter().map(|call| Event::ToolCall(call.end(is_cut))));
        match has_calls && !is_cut {
            true => Finish::ToolCalls,
            false => finish,
        }
    }
}

impl OpenCall {
    fn bytes(&self) -> usize {
        self.id.len() + self.name.len() + self.arguments.bytes()
    }

    /// Whether a piece at the place of this call belongs to it.
    fn is_continued_by(&self, piece: &Piece<'_>) -> bool {
        // Without a name no call begins.
        if piece.name.is_empty() || self.name.is_empty() {
            return true;
        }
        let has_ids = !piece.id.is_empty() && !self.id.is_empty();
        let is_same = match has_ids {
            true => piece.id == self.id,
            false => piece.name == self.name && (piece.is_first || piece.index.is_some()),
        };
        is_same && !self.arguments.is_followed_by(&piece.arguments)
    }

    fn end(self, is_cut: bool) -> ToolCall {
        let arguments = self.arguments.end();
        let is_empty = arguments.trim().is_empty() && !is_cut;
        ToolCall {
            id: self.id,
            name: self.name,
            // Many servers send nothing for a function without parameters.
            arguments: if is_empty { "{}".to_owned() } else { arguments },
        }
    }
}

impl<'a> Piece<'a> {
    fn read(call: &'a Value, is_first: bool) -> Option<Piece<'a>> {
        let function = &call["function"];
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        let piece = Piece {
            index: call["index"].as_u64(),
            id: text(&call["id"]),
            name: text(&function["name"]),
            arguments: match &function["arguments"] {
                Value::Null => "".into(),
                Value::String(text) => text.as_str().into(),
                value => value.to_string().into(),
            },
            is_first,
        };
        let is_empty = piece.id.is_empty() && piece.name.is_empty() && piece.arguments.is_empty();
        (!is_empty).then_some(piece)
    }
}

/// The arguments of one call, while it is not known whether each piece is new or repeats all that came before.
#[derive(Debug, Default)]
struct Arguments {
    /// The text if each piece is new.
    joined: String,
    /// The last piece, as long as each began with the one before: the text if each repeats.
    repeated: Option<String>,
    nesting: JsonDepth,
}

impl Arguments {
    fn bytes(&self) -> usize {
        self.joined.len() + self.repeated.as_ref().map_or(0, String::len)
    }

    fn push(&mut self, piece: &str) {
        let repeats = match &self.repeated {
            Some(before) => piece.starts_with(before.as_str()),
            None => self.joined.is_empty(),
        };
        self.repeated = repeats.then(|| piece.to_owned());
        self.nesting.push(piece);
        self.joined.push_str(piece);
        if self.joined.len() > SURE_BYTES
            && let Some(repeated) = &self.repeated
        {
            self.joined.clone_from(repeated);
        }
    }

    /// Whether the object is whole.
    fn is_closed(&self) -> bool {
        self.nesting.is_closed || self.joined.trim().is_empty()
    }

    /// Whether a piece begins the arguments of another call.
    fn is_followed_by(&self, piece: &str) -> bool {
        let repeats = |before: &String| piece.starts_with(before.as_str());
        self.nesting.is_closed && piece.trim_start().starts_with('{') && !self.repeated.as_ref().is_some_and(repeats)
    }

    fn end(self) -> String {
        let is_json = |text: &String| serde_json::from_str::<IgnoredAny>(text).is_ok();
        match self.repeated {
            Some(repeated) if !is_json(&self.joined) && is_json(&repeated) => repeated,
            _ => self.joined,
        }
    }
}

/// How deep in a JSON object a text is that comes in pieces.
#[derive(Debug, Default)]
struct JsonDepth {
    depth: usize,
    is_in_string: bool,
    is_escaped: bool,
    /// The object has ended.
    is_closed: bool,
}

impl JsonDepth {
    fn push(&mut self, piece: &str) {
        for byte in piece.bytes() {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = self.is_in_string,
                b'"' => self.is_in_string = !self.is_in_string,
                _ if self.is_in_string => {}
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.is_closed |= self.depth == 0;
                }
                _ => {}
            }
        }
    }
}
