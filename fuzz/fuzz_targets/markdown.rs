//! Any text at any width: no panic, no foreign escape, and the same bytes on a plain screen and the same code however it
//! is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use stream_markdown::{CodeExtractor, CodeSelection, ColorDepth, Renderer, Viewport, to_html};

fn drawn(viewport: Viewport, text: &str, size: usize) -> Vec<u8> {
    let mut markdown = Renderer::new(viewport);
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut at = size.min(rest.len());
        while !rest.is_char_boundary(at) {
            at += 1;
        }
        markdown.push(&rest[..at]);
        markdown.draw(&mut out);
        rest = &rest[at..];
    }
    markdown.finish(&mut out);
    out
}

/// The code in a text, in pieces of so many bytes.
fn code(text: &str, size: usize) -> String {
    let mut extract = CodeExtractor::new(CodeSelection::All);
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(size.min(rest.len())));
        extract.push(piece, &mut out);
        rest = after;
    }
    extract.finish(&mut out);
    out
}

fuzz_target!(|input: (u8, u8, &str)| {
    let (columns, size, text) = input;
    let size = usize::from(size % 16) + 1;
    assert_eq!(code(text, size), code(text, usize::MAX));
    assert!(!to_html(text).contains(|c: char| c.is_control() && c != '\n' && c != '\t'));
    let plain = Viewport {
        columns: u16::from(columns % 90) + 1,
        // Answers have ASCII bullets, rules and boxes where the locale is not UTF-8.
        ascii: columns >= 128,
        ..Viewport::default()
    };
    let whole = drawn(plain, text, usize::MAX);
    assert_eq!(drawn(plain, text, size), whole);
    assert!(!whole.contains(&0x1b));
    assert!(!String::from_utf8_lossy(&whole).contains(|c: char| c.is_control() && c != '\n' && c != '\t'));

    let colored = Viewport {
        color_depth: ColorDepth::Ansi16,
        hyperlinks: true,
        rows: u16::from(columns / 16) + 2,
        ..plain
    };
    // The escapes that remain are those the renderer writes.
    let out = String::from_utf8(drawn(colored, text, size)).unwrap_or_default();
    for sequence in out.split('\u{1b}').skip(1) {
        assert!(sequence.starts_with(['[', ']', '\\']), "{sequence:?}");
        if let Some(control) = sequence.strip_prefix('[') {
            let end = control.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
            assert!(end.starts_with(['m', 'A', 'C', 'J', 'K']), "{sequence:?}");
        }
    }
});
