//! Any bytes as an event stream: no panic, and the same payloads however they are cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use qwen_api::testing::Sse;

/// The payloads, and whether the stream was given up.
fn payloads(bytes: &[u8], size: usize) -> (Vec<Vec<u8>>, bool) {
    let mut sse = Sse::new();
    let mut all = Vec::new();
    for piece in bytes.chunks(size) {
        sse.push(piece);
        loop {
            match sse.next_payload() {
                Ok(Some(payload)) => all.push(payload.to_vec()),
                Ok(None) => break,
                Err(_) => return (all, true),
            }
        }
    }
    sse.end();
    loop {
        match sse.next_payload() {
            Ok(Some(payload)) => all.push(payload.to_vec()),
            Ok(None) => return (all, false),
            Err(_) => return (all, true),
        }
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let whole = payloads(bytes, bytes.len().max(1));
    assert_eq!(payloads(bytes, usize::from(size) + 1), whole);
    assert_eq!(payloads(bytes, 1), whole);
});
