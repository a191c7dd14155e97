//! The reply that events add up to.

use std::collections::TryReserveError;

use super::event::{Event, Finish, Remote, SearchResult, Started};
use super::message::{Block, Message, Role};
use super::tool::ToolCall;
use super::usage::Usage;

/// A reply, as far as it has arrived.
///
/// ```
/// use qwen_api::{Event, Finish, Reply};
///
/// let mut reply = Reply::default();
/// for event in [Event::Text("Hel".into()), Event::Text("lo!".into()), Event::Done(Finish::Stop)] {
///     reply.add(&event);
/// }
/// assert_eq!((reply.text.as_str(), reply.finish), ("Hello!", Some(Finish::Stop)));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// The text, from byte `evicted.text` on.
    pub text: String,
    /// The thinking, from byte `evicted.reasoning` on.
    pub reasoning: String,
    /// The bytes that are no longer in memory.
    pub evicted: Evicted,
    /// The sources that the web search found.
    pub search: Vec<SearchResult>,
    /// The calls of tools, in the model's order.
    pub tool_calls: Vec<ToolCall>,
    /// The tokens counted, over all requests for this reply.
    pub usage: Option<Usage>,
    /// The model that answered, by the server's account.
    pub model: Option<String>,
    /// The id of the request, for inquiries at the provider.
    pub request_id: Option<String>,
    /// The server's handle to the conversation, for the next turn.
    pub remote: Remote,
    /// `None` until the reply is complete.
    pub finish: Option<Finish>,
    /// How often the reply started over. What came before is void, here and wherever it was stored.
    pub restarts: u32,
}

/// The bytes of a reply that arrived and are no longer in memory, so that a long reply need not be held whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    /// Bytes of the text.
    pub text: usize,
    /// Bytes of the thinking.
    pub reasoning: usize,
}

impl Reply {
    /// Reserves memory for an event. Call it before [`Reply::add`] to learn of a lack of memory instead of aborting.
    pub fn reserve(&mut self, event: &Event) -> Result<(), TryReserveError> {
        match event {
            Event::Text(text) => grow(&mut self.text, text.len()),
            Event::Thinking(text) => grow(&mut self.reasoning, text.len()),
            _ => Ok(()),
        }
    }

    /// Adds an event.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::Started(started) => {
                if started.model.is_some() {
                    self.model.clone_from(&started.model);
                }
                if started.request_id.is_some() {
                    self.request_id.clone_from(&started.request_id);
                }
                if !started.remote.is_empty() {
                    self.remote.clone_from(&started.remote);
                }
            }
            Event::Text(text) => self.text.push_str(text),
            Event::Thinking(text) => self.reasoning.push_str(text),
            Event::Search(results) => {
                for result in results {
                    if !self.search.contains(result) {
                        self.search.push(result.clone());
                    }
                }
            }
            Event::ToolCall(call) => self.tool_calls.push(call.clone()),
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Done(finish) => self.finish = Some(finish.clone()),
            Event::Restarted => {
                self.text.clear();
                self.reasoning.clear();
                self.search.clear();
                self.tool_calls.clear();
                self.evicted = Evicted::default();
                self.restarts += 1;
            }
            Event::ThinkingTitle(_) | Event::Notice(_) => {}
        }
    }

    /// Events that add up to this reply, without what was evicted.
    pub fn into_events(self) -> Vec<Event> {
        let mut events = vec![Event::Started(Started {
            model: self.model,
            request_id: self.request_id,
            remote: self.remote,
        })];
        events.extend(
            Some(self.reasoning)
                .filter(|text| !text.is_empty())
                .map(Event::Thinking),
        );
        events.extend(Some(self.search).filter(|found| !found.is_empty()).map(Event::Search));
        events.extend(Some(self.text).filter(|text| !text.is_empty()).map(Event::Text));
        events.extend(self.tool_calls.into_iter().map(Event::ToolCall));
        events.extend(self.usage.map(Event::Usage));
        events.extend(self.finish.map(Event::Done));
        events
    }

    /// Frees the text and the thinking so far. They still count as a part of the reply.
    pub fn evict(&mut self) {
        self.evicted.text += self.text.len();
        self.evicted.reasoning += self.reasoning.len();
        self.text.clear();
        self.reasoning.clear();
    }

    /// Whether any text has arrived.
    pub fn has_text(&self) -> bool {
        self.evicted.text > 0 || !self.text.is_empty()
    }

    /// Whether any thinking has arrived.
    pub fn has_reasoning(&self) -> bool {
        self.evicted.reasoning > 0 || !self.reasoning.is_empty()
    }

    /// Whether any content has arrived: text, thinking or a call. From then on the request is not sent again from the
    /// start.
    pub fn has_begun(&self) -> bool {
        self.has_text() || self.has_reasoning() || !self.tool_calls.is_empty()
    }

    /// The assistant's message: thinking, text and calls, without what was evicted.
    pub fn message(&self) -> Message {
        let mut blocks = Vec::with_capacity(2 + self.tool_calls.len());
        if self.has_reasoning() {
            blocks.push(Block::Thinking(self.reasoning.clone()));
        }
        if self.has_text() {
            blocks.push(Block::Text(self.text.clone()));
        }
        blocks.extend(self.tool_calls.iter().cloned().map(Block::ToolCall));
        Message::new(Role::Assistant, blocks)
    }
}

/// The memory, in bytes, that must stay free when a reply grows: for storing it and for reporting the error.
const SPARE_BYTES: usize = 8 * 1024 * 1024;

fn grow(text: &mut String, by: usize) -> Result<(), TryReserveError> {
    if text.capacity() - text.len() >= by {
        return Ok(());
    }
    text.try_reserve(by)?;
    if text.capacity() < SPARE_BYTES {
        return Ok(());
    }
    let mut spare: Vec<u8> = Vec::new();
    let is_left = spare.try_reserve_exact(SPARE_BYTES);
    // The compiler may otherwise remove the unused allocation.
    std::hint::black_box(&spare);
    is_left.inspect_err(|_| text.shrink_to_fit())
}
