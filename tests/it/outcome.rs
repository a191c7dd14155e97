//! What came out of a run, compared whole.

use std::fmt::Write as _;
use std::path::PathBuf;

/// Everything a run did, but for files.
#[derive(Debug)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: String,
    /// The exit code; 128 and the signal's number for one that ended the process, as a shell tells it.
    pub code: i32,
    /// The folder that all of the run's folders are in.
    pub root: PathBuf,
}

impl Outcome {
    /// Compares everything, and shows all of it where something differs.
    #[track_caller]
    pub fn expect(&self, code: i32, stdout: impl AsRef<[u8]>, stderr: &str) -> &Outcome {
        let same = self.code == code && self.stdout == stdout.as_ref() && self.stderr == stderr;
        if !same {
            let mut report = "the run differs (- expected, + actual)\n".to_owned();
            if self.code != code {
                let _ = writeln!(report, "exit code\n- {code}\n+ {}", self.code);
            }
            report.push_str(&difference("stdout", stdout.as_ref(), &self.stdout));
            report.push_str(&difference("stderr", stderr.as_bytes(), self.stderr.as_bytes()));
            panic!("{report}");
        }
        self
    }

    /// Exit code 0, this on stdout, nothing on stderr.
    #[track_caller]
    pub fn expect_answer(&self, stdout: impl AsRef<[u8]>) -> &Outcome {
        self.expect(0, stdout, "")
    }

    /// stdout as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is not UTF-8")
    }

    /// stdout as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self:?}"))
    }

    /// The same with everything that changes from run to run replaced, see [`steady`].
    pub fn steady(&self) -> Outcome {
        let root = self.root.to_str().unwrap();
        let both = |text: &str| steady(&text.replace(root, "[root]"));
        Outcome {
            stdout: both(&String::from_utf8_lossy(&self.stdout)).into_bytes(),
            stderr: both(&self.stderr),
            code: self.code,
            root: self.root.clone(),
        }
    }
}

/// `text` with times (`312 ms`, `1.2 s`, `"duration_ms":17`), dates, UUIDs and loopback ports replaced by their names
/// in brackets.
pub fn steady(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let starts_word = !out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_');
        let found = if starts_word { changing(rest, &out) } else { None };
        if let Some((length, name)) = found {
            out.push_str(name);
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// The length and the name of the changing thing that `rest` begins with.
fn changing(rest: &str, before: &str) -> Option<(usize, &'static str)> {
    if shaped(rest, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
        return Some((36, "[id]"));
    }
    if shaped(rest, "0000-00-00") {
        let mut length = 10;
        for (shape, size) in [(" 00:00", 6), ("T00:00", 6), (":00", 3)] {
            if shaped(&rest[length..], shape) {
                length += size;
            }
        }
        if rest[length..].starts_with('.') {
            length += 1 + digits(&rest[length + 1..]);
        }
        length += usize::from(rest[length..].starts_with('Z'));
        return Some((length, "[date]"));
    }
    let mut length = digits(rest);
    if length == 0 {
        return None;
    }
    if before.ends_with("127.0.0.1:") {
        return Some((length, "[port]"));
    }
    if before.ends_with("_ms\":") || before.ends_with("_ms\": ") {
        return Some((length, "[time]"));
    }
    if rest[length..].starts_with('.') {
        length += 1 + digits(&rest[length + 1..]);
    }
    for unit in [" ms", "ms", " µs", "µs", " s", "s", " min", " seconds", " second"] {
        let after = rest[length..].strip_prefix(unit);
        if after.is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric())) {
            return Some((length + unit.len(), "[time]"));
        }
    }
    None
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Whether `text` begins as `shape` says: `0` is a digit, `x` a hexadecimal one, anything else itself.
fn shaped(text: &str, shape: &str) -> bool {
    text.len() >= shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            b'x' => byte.is_ascii_hexdigit(),
            _ => byte == wanted,
        })
}

/// Both texts line by line, those before the first and after the last difference shown once. Control characters but
/// the line end are spelled out.
pub fn difference(name: &str, expected: &[u8], actual: &[u8]) -> String {
    if expected == actual {
        return format!("{name}, as expected: {} bytes\n", actual.len());
    }
    let lines = |bytes: &[u8]| -> Vec<String> {
        let whole = bytes.split_inclusive(|byte| *byte == b'\n');
        whole.map(|line| line.escape_ascii_kept()).collect()
    };
    let (expected, actual) = (lines(expected), lines(actual));
    let shorter = expected.len().min(actual.len());
    let head = expected.iter().zip(&actual).take_while(|(a, b)| a == b).count();
    let pairs = expected.iter().rev().zip(actual.iter().rev());
    let tail = pairs.take(shorter - head).take_while(|(a, b)| a == b).count();
    let mut report = format!("{name}\n");
    let mut section = |mark: &str, lines: &[String]| {
        for line in lines {
            let _ = writeln!(report, "{mark} {line}");
        }
    };
    section(" ", &expected[..head]);
    section("-", &expected[head..expected.len() - tail]);
    section("+", &actual[head..actual.len() - tail]);
    section(" ", &expected[expected.len() - tail..]);
    report
}

trait Visible {
    fn escape_ascii_kept(&self) -> String;
}

impl Visible for [u8] {
    /// Readable text stays; other bytes are escaped; a missing newline at the end is marked.
    fn escape_ascii_kept(&self) -> String {
        let (line, end) = match self.strip_suffix(b"\n") {
            Some(line) => (line, ""),
            None => (self, " (no line end)"),
        };
        let mut out = String::new();
        for chunk in line.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() {
                    out.extend(c.escape_default());
                } else {
                    out.push(c);
                }
            }
            let _ = write!(out, "{}", chunk.invalid().escape_ascii());
        }
        out + end
    }
}
