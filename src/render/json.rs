//! An answer for programs: one object at its end, or an event a line as it happens.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};
use serde_json::{Value, json};
use stream_markdown::sanitize::{Sanitizer, safe_json};

use super::{Ending, Render, Start};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::money::Cost;
use qwen_api::{Event, Finish, SearchResult, Usage};

/// `--format json`: nothing until the end, then one object.
#[derive(Debug)]
pub struct JsonRenderer<W> {
    pub out: W,
}

impl<W: Write> Render for JsonRenderer<W> {
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
        // An answer that never began is reported on stderr alone; a partial one is printed.
        if ending.failure.is_some() && !ending.reply.has_begun() {
            return Ok(());
        }
        // Serialised straight into the output: a long answer is in memory once.
        let mut out = BufWriter::new(&mut self.out);
        let mut serializer = Serializer::with_formatter(&mut out, Escaped::default());
        Whole::of(ending).serialize(&mut serializer)?;
        out.write_all(b"\n")?;
        out.flush()
    }
}

/// The whole answer as one object.
#[derive(Serialize)]
struct Whole<'a> {
    session: Option<&'a str>,
    provider: &'a str,
    model: &'a str,
    content: &'a str,
    reasoning: Option<&'a str>,
    search_results: &'a [SearchResult],
    finish_reason: Option<&'a str>,
    usage: Option<Usage>,
    cost: Option<Cost>,
    request_id: Option<&'a str>,
    time_to_first_token_ms: Option<u64>,
    duration_ms: u64,
    attempts: u32,
    resumed: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

impl Whole<'_> {
    fn of(ending: &Ending) -> Whole<'_> {
        let reply = &ending.reply;
        Whole {
            session: ending.session.as_deref(),
            provider: &ending.provider,
            model: &ending.model,
            content: &reply.text,
            reasoning: Some(reply.reasoning.as_str()).filter(|text| !text.is_empty()),
            search_results: &reply.search,
            finish_reason: reply.finish.as_ref().and_then(finish_word),
            usage: reply.usage,
            cost: ending.cost,
            request_id: reply.request_id.as_deref(),
            time_to_first_token_ms: ending.time_to_first_token.map(|time| time.as_millis() as u64),
            duration_ms: ending.duration.as_millis() as u64,
            attempts: ending.attempts,
            resumed: ending.resumed,
            cached: ending.is_cached,
            error: ending.failure.as_ref().map(error_object),
        }
    }
}

/// JSON on one line, with every unsafe character inside its strings escaped, as [`safe_json`] does it.
#[derive(Default)]
struct Escaped(Sanitizer);

impl Formatter for Escaped {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            if !self.0.passes(c) {
                let end = at + c.len_utf8();
                out.write_all(&fragment.as_bytes()[written..at])?;
                out.write_all(safe_json(&fragment[at..end]).as_bytes())?;
                written = end;
            }
        }
        out.write_all(&fragment.as_bytes()[written..])
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0 = Sanitizer::default();
        CompactFormatter.write_char_escape(out, escape)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0 = Sanitizer::default();
        CompactFormatter.begin_string(out)
    }
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
pub struct JsonLinesRenderer<W> {
    out: W,
    pending: Vec<u8>,
}

impl<W: Write> JsonLinesRenderer<W> {
    pub fn new(out: W) -> JsonLinesRenderer<W> {
        JsonLinesRenderer {
            out,
            pending: Vec::new(),
        }
    }

    fn line(&mut self, value: &Value) {
        self.pending.extend_from_slice(safe_json(&value.to_string()).as_bytes());
        self.pending.push(b'\n');
    }
}

impl<W: Write> Render for JsonLinesRenderer<W> {
    fn start(&mut self, start: &Start<'_>) -> io::Result<()> {
        let mut line = json!({
            "type": "start",
            "provider": start.provider,
            "model": start.model,
            "session": start.session,
        });
        if start.is_cached {
            line["cached"] = true.into();
        }
        self.line(&line);
        Ok(())
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Text(text) => self.line(&json!({"type": "text", "text": text})),
            Event::Thinking(text) => self.line(&json!({"type": "thinking", "text": text})),
            Event::Search(results) => self.line(&json!({"type": "search", "results": results})),
            Event::Restarted => self.line(&json!({"type": "restarted"})),
            // Only the last usage counts: `finish` writes it.
            _ => {}
        }
        Ok(())
    }

    fn notice(&mut self, notice: &UiText) -> io::Result<()> {
        self.line(&json!({"type": "notice", "message": notice}));
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
            line["cost"] = serde_json::to_value(ending.cost).unwrap_or_default();
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
