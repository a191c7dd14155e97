//! Events folded into the answer they make up.

use std::collections::TryReserveError;

use super::event::{Event, Finish, Remote, SearchResult};
use super::message::{Block, Message, Role};
use super::tool::ToolCall;
use super::usage::Usage;

/// The answer so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reply {
    /// What is said, from byte `gone.text` on.
    pub text: String,
    /// Thoughts, as they came, from byte `gone.reasoning` on; empty when there were none.
    pub reasoning: String,
    /// What is not held any more.
    pub evicted: Evicted,
    pub search: Vec<SearchResult>,
    /// The tools that the model calls, in its order.
    pub tool_calls: Vec<ToolCall>,
    pub usage: Option<Usage>,
    /// The model that says it answered.
    pub model: Option<String>,
    pub request_id: Option<String>,
    pub remote: Remote,
    /// `None` until the answer is whole.
    pub finish: Option<Finish>,
    /// How often the answer began anew. What it held before is gone, here and wherever it was kept.
    pub restarts: u32,
}

/// How many bytes of an answer came and are not held any more: a long one need not be in memory whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evicted {
    pub text: usize,
    pub reasoning: usize,
}

impl Reply {
    /// Makes room for what [`Reply::add`] is to take in.
    pub fn reserve(&mut self, event: &Event) -> Result<(), TryReserveError> {
        match event {
            Event::Text(text) => grow(&mut self.text, text.len()),
            Event::Thinking(text) => grow(&mut self.reasoning, text.len()),
            _ => Ok(()),
        }
    }

    /// Takes one event in.
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

    /// Lets go of what was said and thought so far. It counts as said all the same.
    pub fn evict(&mut self) {
        self.evicted.text += self.text.len();
        self.evicted.reasoning += self.reasoning.len();
        self.text.clear();
        self.reasoning.clear();
    }

    /// Whether the model has said anything.
    pub fn has_text(&self) -> bool {
        self.evicted.text > 0 || !self.text.is_empty()
    }

    /// Whether the model has thought aloud.
    pub fn has_reasoning(&self) -> bool {
        self.evicted.reasoning > 0 || !self.reasoning.is_empty()
    }

    /// Whether the model has said, thought or called anything yet. After that nothing is asked again from the start.
    pub fn has_begun(&self) -> bool {
        self.has_text() || self.has_reasoning() || !self.tool_calls.is_empty()
    }

    /// The message it makes: thinking first, then the text, then the calls. Of what was let go of, only the end.
    pub fn message(&self) -> Message {
        let mut blocks = Vec::with_capacity(2 + self.tool_calls.len());
        if self.has_reasoning() {
            blocks.push(Block::Thinking(self.reasoning.clone()));
        }
        if self.has_text() {
            blocks.push(Block::Text(self.text.clone()));
        }
        blocks.extend(self.tool_calls.iter().cloned().map(Block::ToolCall));
        Message {
            role: Role::Assistant,
            blocks,
        }
    }
}

/// Memory, in bytes, that everything else still needs when an answer cannot grow any more: to keep and to tell it.
const SPARE: usize = 8 * 1024 * 1024;

fn grow(text: &mut String, by: usize) -> Result<(), TryReserveError> {
    if text.capacity() - text.len() >= by {
        return Ok(());
    }
    text.try_reserve(by)?;
    if text.capacity() < SPARE {
        return Ok(());
    }
    let mut spare: Vec<u8> = Vec::new();
    let is_left = spare.try_reserve_exact(SPARE);
    // Else the compiler may leave out what nobody uses.
    std::hint::black_box(&spare);
    is_left.inspect_err(|_| text.shrink_to_fit())
}
