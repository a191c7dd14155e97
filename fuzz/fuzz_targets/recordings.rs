//! Any bytes as a sound or a video to attach: its header is read without a panic, and so is that of a picture.
//!
//! The first byte picks a container format, whose first bytes are put before the others.
#![no_main]

use libfuzzer_sys::fuzz_target;

use qwen_api::{Media, MediaKind, MediaSource};

const BEGINNINGS: [&[u8]; 9] = [
    b"",
    b"RIFF\0\0\0\0WAVE",
    b"RIFF\0\0\0\0AVI ",
    b"\0\0\0\x10ftypisom\0\0\0\0",
    b"\x1a\x45\xdf\xa3\x80",
    b"OggS",
    b"fLaC",
    b"ID3",
    b"\0\0\0\x18ftypheic",
];

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, rest) = input;
    let bytes = [BEGINNINGS[usize::from(choice) % BEGINNINGS.len()], rest].concat();
    let media = Media {
        kind: MediaKind::Video,
        source: MediaSource::Inline(bytes.into()),
        mime: String::new(),
        name: "a".to_owned(),
        upload: None,
    };
    let _ = qwen_cli::attach::describe(&media);
});
