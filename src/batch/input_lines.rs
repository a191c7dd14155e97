//! The lines of an input, decoded one by one, so that a large file is never in memory.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, Encoding};

/// The most bytes of a line that is read: what a batch service takes of a request, twice over for the escapes.
pub(super) const MAX_LINE_BYTES: usize = 16 << 20;

/// How many bytes are decoded at a time.
const CHUNK: usize = 64 * 1024;

/// A line, or why it could not be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InputLine {
    Text(String),
    TooLong,
    NotUtf8,
}

/// The lines of a reader, without their ends.
pub(super) struct InputLines<R> {
    reader: R,
}

impl<R: BufRead> InputLines<R> {
    pub(super) fn new(reader: R) -> InputLines<R> {
        InputLines { reader }
    }

    pub(super) fn next(&mut self) -> io::Result<Option<InputLine>> {
        let mut bytes = Vec::new();
        let most = MAX_LINE_BYTES as u64 + 1;
        if (&mut self.reader).take(most).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        if bytes.len() > MAX_LINE_BYTES {
            self.reader.skip_until(b'\n')?;
            return Ok(Some(InputLine::TooLong));
        }
        while bytes.ends_with(b"\n") || bytes.ends_with(b"\r") {
            bytes.pop();
        }
        Ok(Some(match String::from_utf8(bytes) {
            Ok(text) => InputLine::Text(text),
            Err(_) => InputLine::NotUtf8,
        }))
    }
}

/// A reader of an input in UTF-8, in the encoding that the user named, or in UTF-16 with a byte-order mark.
pub(super) fn decoded(
    mut reader: impl Read + 'static,
    encoding: Option<&'static Encoding>,
) -> io::Result<Box<dyn Read>> {
    let mut head = Vec::new();
    (&mut reader).take(3).read_to_end(&mut head)?;
    let found = Encoding::for_bom(&head).map(|(encoding, _)| encoding);
    let is_utf_8 = |encoding: &'static Encoding| encoding == encoding_rs::UTF_8;
    let whole = io::Cursor::new(match head.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => rest.to_vec(),
        None => head,
    });
    let whole = whole.chain(reader);
    Ok(match encoding.or(found) {
        Some(encoding) if !is_utf_8(encoding) => Box::new(Transcoder {
            reader: whole,
            decoder: encoding.new_decoder(),
            text: Vec::new(),
            at: 0,
            is_over: false,
        }),
        _ => Box::new(whole),
    })
}

/// A reader in UTF-8 of a text in another encoding.
struct Transcoder<R> {
    reader: R,
    decoder: Decoder,
    text: Vec<u8>,
    at: usize,
    is_over: bool,
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.text.len() && !self.is_over {
            let mut bytes = vec![0; CHUNK];
            let count = self.reader.read(&mut bytes)?;
            self.is_over = count == 0;
            let most = self.decoder.max_utf8_buffer_length(count);
            self.text = vec![0; most.unwrap_or(4 * CHUNK)];
            let (_, _, written, had_errors) =
                self.decoder
                    .decode_to_utf8(&bytes[..count], &mut self.text, self.is_over);
            if had_errors {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.text.truncate(written);
            self.at = 0;
        }
        let count = out.len().min(self.text.len() - self.at);
        out[..count].copy_from_slice(&self.text[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// The lines of a reader, buffered.
pub(super) fn lines(reader: Box<dyn Read>) -> InputLines<BufReader<Box<dyn Read>>> {
    InputLines::new(BufReader::with_capacity(CHUNK, reader))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], encoding: Option<&'static Encoding>) -> Vec<InputLine> {
        let mut lines = lines(decoded(io::Cursor::new(bytes.to_vec()), encoding).unwrap());
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    #[test]
    fn lines_have_any_end_and_need_none() {
        let text = |text: &str| InputLine::Text(text.to_owned());
        assert_eq!(all(b"a\r\n\nb", None), [text("a"), text(""), text("b")]);
        assert_eq!(
            all(b"\xef\xbb\xbfa\n\xff\nb\n", None),
            [text("a"), InputLine::NotUtf8, text("b")]
        );
        assert_eq!(all(b"", None), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let long = [vec![b'x'; MAX_LINE_BYTES + 1], b"\nb".to_vec()].concat();
        assert_eq!(all(&long, None), [InputLine::TooLong, InputLine::Text("b".to_owned())]);
    }

    #[test]
    fn a_named_encoding_and_a_mark_are_decoded() {
        let (bytes, _, _) = encoding_rs::GB18030.encode("你好\n再见\n");
        let expected = [InputLine::Text("你好".to_owned()), InputLine::Text("再见".to_owned())];
        assert_eq!(all(&bytes, Some(encoding_rs::GB18030)), expected);
        let utf_16: Vec<u8> = "\u{feff}你好\n再见\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(all(&utf_16, None), expected);
    }
}
