//! Server-sent events, fed bytes and asked for payloads (WHATWG HTML, section 9.2 "Server-sent events").
//!
//! Only `data` fields matter here. Three things go beyond the standard, because real servers need them:
//! a line that is whole JSON is handed on without its blank line (some DashScope streams have none), a body
//! that ends without one still yields its last value, and one event may be at most [`LIMIT`] bytes long.

use std::ops::Range;

use memchr::memchr2;

/// The most bytes one event may have: 16 MiB.
pub(crate) const LIMIT: usize = 16 * 1024 * 1024;

/// One event grew past [`LIMIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// The decoder. Feed it with [`Sse::push`], then call [`Sse::next_payload`] until it returns `None`.
#[derive(Debug, Default)]
pub struct Sse {
    buffer: Vec<u8>,
    /// Where the first unread line begins.
    start: usize,
    /// How far after `start` no line end was found, so that a long line is searched once.
    searched: usize,
    /// The data lines of the event so far, joined by newlines.
    data: Vec<u8>,
    has_data: bool,
    /// The last line ended in CR: a LF that follows belongs to it.
    after_cr: bool,
    /// A byte-order mark, if any, has been skipped.
    begun: bool,
    /// The body has ended: what is left is a last line.
    ended: bool,
}

impl Sse {
    /// A parser at the start of a stream.
    pub fn new() -> Sse {
        Sse::default()
    }

    /// Takes bytes in, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The body has ended: a last line without its line end counts.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next payload, if one is whole.
    pub fn next_payload(&mut self) -> Result<Option<&[u8]>, TooLong> {
        loop {
            let Some(line) = self.take_line() else {
                if self.buffer.len() - self.start + self.data.len() > LIMIT {
                    return Err(TooLong);
                }
                let is_last = self.ended && self.has_data;
                return Ok(is_last.then(|| self.finish_event()));
            };
            if line.is_empty() {
                if self.has_data {
                    return Ok(Some(self.finish_event()));
                }
                continue;
            }
            let Some(value) = data_value(&self.buffer[line.clone()]) else {
                continue;
            };
            let value = line.start + value..line.end;
            if value.is_empty() && !self.has_data {
                // An event without data is ignored.
                continue;
            }
            if self.data.len() + value.len() > LIMIT {
                return Err(TooLong);
            }
            // The event ends here if a blank line follows; only where none has come is it worth looking inside.
            let is_last = !self.after_cr && self.buffer.get(self.start) == Some(&b'\n');
            if !self.has_data && (is_last || is_whole(&self.buffer[value.clone()])) {
                return Ok(Some(&self.buffer[value]));
            }
            if self.has_data {
                self.data.push(b'\n');
            }
            self.data.extend_from_slice(&self.buffer[value]);
            self.has_data = true;
        }
    }

    /// The bytes of an incomplete event: the body so far, if it turns out to be no stream.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn finish_event(&mut self) -> &[u8] {
        // The data stay where they are until the next line is taken.
        self.has_data = false;
        &self.data
    }

    /// The range of the next whole line, without its end, taken off the buffer.
    fn take_line(&mut self) -> Option<Range<usize>> {
        if !self.has_data {
            self.data.clear();
        }
        if !self.begun {
            self.skip_mark()?;
        }
        if self.after_cr && self.start < self.buffer.len() {
            self.after_cr = false;
            if self.buffer[self.start] == b'\n' {
                self.start += 1;
            }
        }
        let from = self.start + self.searched;
        let Some(found) = memchr2(b'\n', b'\r', &self.buffer[from..]) else {
            if self.ended && self.start < self.buffer.len() {
                let line = self.start..self.buffer.len();
                self.start = line.end;
                self.searched = 0;
                return Some(line);
            }
            self.searched = self.buffer.len() - self.start;
            return None;
        };
        let line = self.start..from + found;
        self.after_cr = self.buffer[line.end] == b'\r';
        self.start = line.end + 1;
        self.searched = 0;
        Some(line)
    }

    /// Skips a byte-order mark; `None` while too few bytes have arrived to see one.
    fn skip_mark(&mut self) -> Option<()> {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        let head = &self.buffer[self.start..];
        if head.starts_with(MARK) {
            self.start += MARK.len();
        } else if MARK.starts_with(head) && !self.ended {
            return None;
        }
        self.begun = true;
        Some(())
    }
}

/// Where the value of a `data` field begins in its line.
fn data_value(line: &[u8]) -> Option<usize> {
    let rest = line.strip_prefix(b"data")?;
    match rest {
        [] => Some(4),
        [b':', b' ', ..] => Some(6),
        [b':', ..] => Some(5),
        _ => None,
    }
}

/// Whether the bytes are one complete JSON object, judged by its brackets, or the end mark `[DONE]`.
fn is_whole(data: &[u8]) -> bool {
    let data = data.trim_ascii();
    match (data.first(), data.last()) {
        (Some(b'{'), Some(b'}')) => {}
        _ => return data == b"[DONE]",
    }
    let mut depth = 0usize;
    let mut at = 0;
    while at < data.len() {
        match data[at] {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1 == data.len();
                }
            }
            b'"' => match string_end(data, at + 1) {
                Some(end) => at = end,
                None => return false,
            },
            _ => {}
        }
        at += 1;
    }
    false
}

/// Where the string that begins at `at` has its closing quote.
fn string_end(data: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', data.get(at..)?)?;
        if data[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All payloads of a body fed in pieces of the given sizes, the last repeated.
    fn payloads(body: &[u8], sizes: &[usize]) -> Vec<String> {
        let mut sse = Sse::new();
        let mut found = Vec::new();
        let mut rest = body;
        let mut sizes = sizes
            .iter()
            .copied()
            .chain(std::iter::repeat(*sizes.last().unwrap_or(&1)));
        while !rest.is_empty() {
            let size = sizes.next().unwrap_or(1).clamp(1, rest.len());
            sse.push(&rest[..size]);
            rest = &rest[size..];
            while let Some(payload) = sse.next_payload().unwrap() {
                found.push(String::from_utf8(payload.to_vec()).unwrap());
            }
        }
        sse.end();
        while let Some(payload) = sse.next_payload().unwrap() {
            found.push(String::from_utf8(payload.to_vec()).unwrap());
        }
        found
    }

    /// The payloads of a body, checked to be the same when it is fed byte by byte.
    fn both(body: &str) -> Vec<String> {
        let whole = payloads(body.as_bytes(), &[body.len().max(1)]);
        assert_eq!(whole, payloads(body.as_bytes(), &[1]), "cut at every byte: {body:?}");
        whole
    }

    #[test]
    fn takes_every_line_end() {
        for end in ["\n", "\r\n", "\r"] {
            let body =
                format!("data: {{\"a\":1}}{end}{end}: ping{end}data:{{\"b\":2}}{end}{end}data: [DONE]{end}{end}");
            assert_eq!(both(&body), ["{\"a\":1}", "{\"b\":2}", "[DONE]"]);
        }
    }

    #[test]
    fn skips_a_byte_order_mark_and_other_fields() {
        assert_eq!(
            both("\u{feff}id:1\nevent:result\n:HTTP_STATUS/200\ndata:{}\n\n"),
            ["{}"]
        );
        assert_eq!(both("datax: no\ndata: {}\n\n"), ["{}"]);
    }

    #[test]
    fn joins_the_data_lines_of_one_event() {
        assert_eq!(both("data: {\ndata:  \"a\": 1\ndata: }\n\n"), ["{\n \"a\": 1\n}"]);
        assert_eq!(both("data: one\ndata: two\n\n"), ["one\ntwo"]);
    }

    #[test]
    fn does_not_wait_for_a_blank_line_that_never_comes() {
        assert_eq!(
            both("data:{\"a\":\"}\\\"\"}\ndata:{\"b\":{}}\n"),
            ["{\"a\":\"}\\\"\"}", "{\"b\":{}}"]
        );
    }

    #[test]
    fn yields_a_last_line_without_its_end() {
        assert_eq!(both("data: {\"a\":1}"), ["{\"a\":1}"]);
        assert_eq!(both("data: {\"a\":"), ["{\"a\":"]);
    }

    #[test]
    fn keeps_text_that_is_cut_inside_a_character() {
        assert_eq!(both("data: {\"a\":\"世界 👋\"}\n\n"), ["{\"a\":\"世界 👋\"}"]);
    }

    #[test]
    fn hands_a_value_on_before_the_body_goes_on() {
        let mut sse = Sse::new();
        sse.push(b"data: {\"a\":1}\n");
        assert_eq!(sse.next_payload(), Ok(Some(&b"{\"a\":1}"[..])));
        assert_eq!(sse.next_payload(), Ok(None));
    }

    #[test]
    fn refuses_an_event_without_end() {
        let mut sse = Sse::new();
        let piece = vec![b'x'; 1024 * 1024];
        sse.push(b"data: ");
        for _ in 0..16 {
            sse.push(&piece);
            if sse.next_payload() == Err(TooLong) {
                return;
            }
        }
        assert_eq!(sse.next_payload(), Err(TooLong));
    }

    proptest! {
        #[test]
        fn cutting_changes_nothing(
            lines in prop::collection::vec("(data: ?)?[{}\"\\\\a-c世:]{0,12}(\r\n|\n|\r|\n\n)", 0..12),
            sizes in prop::collection::vec(1usize..9, 1..12),
        ) {
            let body = lines.concat();
            prop_assert_eq!(payloads(body.as_bytes(), &[body.len().max(1)]), payloads(body.as_bytes(), &sizes));
        }
    }
}
