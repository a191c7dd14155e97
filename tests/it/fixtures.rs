//! Recorded replies, and ways to cut them.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of that name under `tests/fixtures`.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// One recorded reply and what is to be made of it; `tests/fixtures/README.md` has the format.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// The folder's name: `stream-plain`.
    pub case: String,
    pub reply: Vec<u8>,
    pub status: u16,
    pub content_type: String,
    /// Further headers of the reply.
    pub headers: Vec<(String, String)>,
    pub expected: Value,
}

impl Fixture {
    #[track_caller]
    pub fn read(protocol: &str, case: &str) -> Fixture {
        let folder = folder(protocol).join(case);
        let reply = ["reply.sse", "reply.json", "reply.html"]
            .iter()
            .find_map(|name| std::fs::read(folder.join(name)).ok())
            .unwrap_or_else(|| panic!("{} holds no reply", folder.display()));
        let head = json(&folder.join("head.json"));
        let headers = head["headers"].as_object().unwrap().iter();
        Fixture {
            case: case.to_owned(),
            reply,
            status: head["status"].as_u64().unwrap().try_into().unwrap(),
            content_type: head["content_type"].as_str().unwrap().to_owned(),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            expected: json(&folder.join("expected.json")),
        }
    }

    /// Every case of a protocol, by name.
    pub fn all(protocol: &str) -> Vec<Fixture> {
        let mut cases: Vec<String> = std::fs::read_dir(folder(protocol))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        cases.sort();
        cases.iter().map(|case| Fixture::read(protocol, case)).collect()
    }

    pub fn is_stream(&self) -> bool {
        self.content_type.starts_with("text/event-stream")
    }
}

#[track_caller]
pub fn json(path: &Path) -> Value {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// How a body is cut into writes.
#[derive(Clone, Debug)]
pub enum Cut {
    Whole,
    EveryByte,
    /// Pieces of 1 to 64 bytes, the same for the same seed.
    Random(u64),
    /// These sizes in turn, again and again. A size of 0 counts as 1.
    Sizes(Vec<usize>),
}

impl Cut {
    /// The pieces, none of them empty.
    pub fn pieces<'a>(&self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut sizes: Box<dyn Iterator<Item = usize>> = match self {
            Cut::Whole => Box::new(std::iter::repeat(usize::MAX)),
            Cut::EveryByte => Box::new(std::iter::repeat(1)),
            Cut::Random(seed) => Box::new(random(*seed).map(|number| number as usize % 64 + 1)),
            Cut::Sizes(sizes) => Box::new(sizes.clone().into_iter().cycle()),
        };
        let mut rest = bytes;
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let size = sizes.next().unwrap_or(usize::MAX).clamp(1, rest.len());
            let (piece, after) = rest.split_at(size);
            pieces.push(piece);
            rest = after;
        }
        pieces
    }
}

/// Marsaglia's xorshift: a test needs numbers that come again, not good ones.
fn random(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed.max(1);
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        Some(state >> 16)
    })
}
