//! An answer for programs: one object at its end, or an event a line as it happens.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Ending, Render, Start};
use crate::chat::{Event, Finish};
use crate::error::Failure;
use crate::text::sanitize::safe_json;

/// `--format json`: nothing until the end, then one object.
#[derive(Debug)]
pub struct Json<W> {
    pub out: W,
}

impl<W: Write> Render for Json<W> {
    fn event(&mut self, _: &Event) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn can_start_over(&self) -> bool {
        true
    }

    fn needs_whole(&self) -> bool {
        true
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        // An answer that never began is told on stderr alone; a part of one is worth having.
        if ending.failure.is_some() && !ending.reply.has_begun() {
            return Ok(());
        }
        writeln!(self.out, "{}", safe_json(&object(ending).to_string()))?;
        self.out.flush()
    }
}

/// The whole answer as one object.
pub fn object(ending: &Ending) -> Value {
    let reply = &ending.reply;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut object = json!({
        "session": ending.session,
        "provider": ending.provider,
        "model": ending.model,
        "content": reply.text,
        "reasoning": some(&reply.reasoning),
        "search_results": reply.search,
        "finish_reason": reply.finish.as_ref().and_then(finish_word),
        "usage": reply.usage,
        "request_id": reply.request_id,
        "time_to_first_token_ms": ending.time_to_first_token.map(|time| time.as_millis() as u64),
        "duration_ms": ending.duration.as_millis() as u64,
        "attempts": ending.attempts,
        "resumed": ending.resumed,
    });
    if let Some(failure) = &ending.failure {
        object["error"] = error_object(failure);
    }
    object
}

/// A failure as a program reads it.
pub fn error_object(failure: &Failure) -> Value {
    json!({
        "kind": failure.kind.name(),
        "message": failure.message,
        "hint": failure.hint,
        "code": failure.code,
        "request_id": failure.request_id,
        "exit_code": failure.kind.exit_code(),
    })
}

/// The server's word for the end; `None` where it gave none.
fn finish_word(finish: &Finish) -> Option<&str> {
    (*finish != Finish::Unstated).then(|| finish.as_str())
}

/// `--format jsonl`: an event a line.
#[derive(Debug)]
pub struct JsonLines<W> {
    out: W,
    pending: Vec<u8>,
}

impl<W: Write> JsonLines<W> {
    pub fn new(out: W) -> JsonLines<W> {
        JsonLines {
            out,
            pending: Vec::new(),
        }
    }

    fn line(&mut self, value: &Value) {
        self.pending.extend_from_slice(safe_json(&value.to_string()).as_bytes());
        self.pending.push(b'\n');
    }
}

impl<W: Write> Render for JsonLines<W> {
    fn start(&mut self, start: &Start<'_>) -> io::Result<()> {
        self.line(&json!({
            "type": "start",
            "provider": start.provider,
            "model": start.model,
            "session": start.session,
        }));
        Ok(())
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Text(text) => self.line(&json!({"type": "text", "text": text})),
            Event::Thinking(text) => self.line(&json!({"type": "thinking", "text": text})),
            Event::Search(results) => self.line(&json!({"type": "search", "results": results})),
            Event::Notice(message) => self.line(&json!({"type": "notice", "message": message})),
            Event::Restarted => self.line(&json!({"type": "restarted"})),
            // The last of these counts, so only that is told.
            Event::Usage(_) | Event::Started(_) | Event::ThinkingTitle(_) | Event::Done(_) => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.out.write_all(&self.pending)?;
        self.pending.clear();
        self.out.flush()
    }

    fn finish(&mut self, ending: &Ending) -> io::Result<()> {
        if let Some(usage) = &ending.reply.usage {
            let mut line = json!({"type": "usage"});
            if let (Some(line), Ok(Value::Object(counts))) = (line.as_object_mut(), serde_json::to_value(usage)) {
                line.extend(counts);
            }
            self.line(&line);
        }
        match &ending.failure {
            None => {
                let word = ending.reply.finish.as_ref().and_then(finish_word);
                self.line(&json!({"type": "done", "finish_reason": word}));
            }
            Some(failure) => {
                let mut line = json!({"type": "error"});
                if let (Some(line), Value::Object(error)) = (line.as_object_mut(), error_object(failure)) {
                    line.extend(error);
                }
                self.line(&line);
            }
        }
        self.flush()
    }
}
