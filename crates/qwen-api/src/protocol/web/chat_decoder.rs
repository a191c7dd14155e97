//! Decoding of replies, streamed or whole.
//!
//! The `phase` of a delta names its content. Each phase has an end; that of `answer` is the end of the reply. v1 may omit
//! the phase, and its reply may end with the body.

use serde_json::Value;

use super::search::Pages;
use super::thoughts::ReplyThoughts;
use super::{Api, errors};
use crate::error::{Error, Service};
use crate::protocol::content::Content;
use crate::protocol::frames::FrameDecoder;
use crate::protocol::usage::usage;
use crate::protocol::{Head, malformed};
use crate::{Event, Finish, Remote, Started, Usage};

/// The decoder of a reply.
#[derive(Debug)]
pub(super) struct WebChatDecoder {
    api: Api,
    request_id: Option<String>,
    started: bool,
    /// The id of the answer that is decoded: the first of two that may come in one stream.
    kept: Option<String>,
    /// The ids of the other answers.
    others: Vec<String>,
    thoughts: ReplyThoughts,
    pages: Pages,
    /// The addresses of the pictures so far.
    pictures: Vec<String>,
    usage: Option<Usage>,
    has_text: bool,
    has_thought: bool,
    /// A delta had a `status`, so the last one must have it too.
    promises_end: bool,
}

impl WebChatDecoder {
    pub(super) fn new(api: Api, head: &Head) -> WebChatDecoder {
        WebChatDecoder {
            api,
            request_id: head.header("x-request-id").map(str::to_owned),
            started: false,
            kept: None,
            others: Vec::new(),
            thoughts: ReplyThoughts::default(),
            pages: Pages::default(),
            pictures: Vec::new(),
            usage: None,
            has_text: false,
            has_thought: false,
            promises_end: false,
        }
    }

    fn start(&mut self, remote: Remote, events: &mut Vec<Event>) {
        self.started = true;
        events.push(Event::Started(Started {
            model: None,
            request_id: self.request_id.take(),
            remote,
        }));
    }

    fn created(&mut self, created: &Value, events: &mut Vec<Event>) {
        let text = |name: &str| created[name].as_str().map(str::to_owned);
        let index = &created["response_index"];
        let is_first = index.is_null() || index.as_u64() == Some(0) || index.as_str() == Some("0");
        let id = text("response_id");
        if !is_first {
            self.others.extend(id);
            return;
        }
        if self.kept.is_none() {
            self.kept.clone_from(&id);
            let remote = Remote {
                chat_id: text("chat_id"),
                parent_id: id,
            };
            self.start(remote, events);
        }
    }

    /// Whether a frame belongs to another answer.
    fn is_of_other(&self, frame: &Value) -> bool {
        let Some(id) = frame["response_id"].as_str() else {
            return false;
        };
        match &self.kept {
            Some(kept) => id != kept,
            None => self.others.iter().any(|other| other == id),
        }
    }

    /// Takes the pictures that a model had made beside its words: their addresses, as Markdown, are a part of the answer.
    fn pictures(&mut self, extra: &Value, events: &mut Vec<Event>) {
        let list = extra["image_list"].as_array().into_iter().flatten();
        for url in list.filter_map(|entry| entry["image"].as_str()) {
            // The list is sent again with what is added to it.
            if is_web_address(url) && !self.pictures.iter().any(|known| known == url) {
                self.thoughts.pause();
                self.pictures.push(url.to_owned());
                events.push(Event::Text(format!("![image]({url})\n\n")));
            }
        }
    }

    /// Takes a delta. Returns the finish of the answer where it states that.
    fn delta(&mut self, delta: &Value, events: &mut Vec<Event>) -> Option<Finish> {
        let is_finished = delta["status"].as_str() == Some("finished");
        let content = &Content::read(&delta["content"]).joined();
        let extra = &delta["extra"];
        let is_tool = delta["role"].as_str() == Some("function");
        let found = self.pages.found(extra);
        if !found.is_empty() {
            events.push(Event::Search(found));
        }
        self.pictures(extra, events);
        if is_tool {
            self.thoughts.tool();
            return None;
        }
        // A delta without a phase belongs to the answer.
        match delta["phase"].as_str().unwrap_or_default() {
            "" | "answer" => {
                self.thoughts.pause();
                if !content.is_empty() {
                    events.push(Event::Text(content.to_owned()));
                }
                self.promises_end |= delta["status"].is_string();
                return is_finished.then_some(Finish::Stop);
            }
            "think" => {
                self.thoughts.raw(content, events);
                if is_finished {
                    self.thoughts.pause();
                }
            }
            "thinking_summary" => {
                let list = |name: &str| -> Vec<String> {
                    let entries = extra[name]["content"].as_array().into_iter().flatten();
                    entries.filter_map(|entry| entry.as_str().map(str::to_owned)).collect()
                };
                self.thoughts
                    .summary(list("summary_title"), list("summary_thought"), events);
            }
            _ => self.thoughts.pause(),
        }
        None
    }

    /// A reply that is not streamed.
    fn whole(&mut self, data: &Value, messages: &[Value], events: &mut Vec<Event>) -> Option<Finish> {
        let mut is_finished = false;
        let text = |name: &str| data[name].as_str().map(str::to_owned);
        let remote = Remote {
            chat_id: text("chat_id"),
            parent_id: text("message_id"),
        };
        self.start(remote, events);
        for message in messages {
            let text = Content::read(&message["content"]).text;
            if !text.is_empty() {
                events.push(Event::Text(text));
            }
            is_finished |= message["done"].as_bool() != Some(false);
        }
        is_finished.then_some(Finish::Stop)
    }

    fn read(&mut self, text: &str, events: &mut Vec<Event>) -> Result<Option<Finish>, Error> {
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Err(malformed::unreadable(Service::WebSite, text));
        };
        if let Some(created) = value.get("response.created") {
            self.created(created, events);
            return Ok(None);
        }
        if self.is_of_other(&value) || value.get("response.stopped").is_some_and(|part| self.is_of_other(part)) {
            return Ok(None);
        }
        if value.get("response.stopped").is_some() || value["done"].as_bool() == Some(true) {
            return Err(errors::answer_stopped());
        }
        let Some(choices) = value["choices"].as_array() else {
            if let Some(messages) = value.pointer("/data/messages").and_then(Value::as_array) {
                return Ok(self.whole(&value["data"], messages, events));
            }
            // Unknown frames are skipped: keep-alives, changes of phases.
            return errors::error_in_stream(text, &value).map_or(Ok(None), Err);
        };
        if !self.started && !choices.is_empty() {
            self.start(Remote::default(), events);
        }
        let finish = choices.first().and_then(|choice| self.delta(&choice["delta"], events));
        // `{}` and null, as with the results of tools, do not replace the counts.
        if let Some(counted) = usage(&value["usage"], "input_tokens", "output_tokens")
            && self.usage != Some(counted)
        {
            self.usage = Some(counted);
            events.push(Event::Usage(counted));
        }
        Ok(finish)
    }
}

/// Whether a text is an address that a Markdown link holds as it is.
fn is_web_address(text: &str) -> bool {
    let is_whole = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '(' | ')' | '<' | '>');
    text.starts_with("https://") && text.chars().all(is_whole)
}

impl FrameDecoder for WebChatDecoder {
    fn frame(&mut self, frame: &str, events: &mut Vec<Event>) -> Result<Option<Finish>, Error> {
        let before = events.len();
        let finish = self.read(frame, events)?;
        for event in &events[before..] {
            self.has_text |= matches!(event, Event::Text(_));
            self.has_thought |= matches!(event, Event::Thinking(_));
        }
        Ok(finish)
    }

    fn end(&mut self, stated: Option<Finish>, clean: bool, _: &mut Vec<Event>) -> Option<Finish> {
        let is_end = self.api == Api::V1 && clean && self.has_text && !self.promises_end;
        stated.or(is_end.then_some(Finish::Stop))
    }

    fn failed_end(&self, clean: bool) -> Option<Error> {
        (clean && !self.has_text && !self.has_thought).then(errors::no_text)
    }
}
