//! A window that is made wider or narrower in the middle of an answer.

use std::num::NonZeroU16;

use proptest::prelude::*;
use qwen_cli::render::markdown::{Markdown, Options};
use qwen_cli::text::style::ColorDepth;

use crate::screen::{cut, lines, options, show, terminal};

#[test]
fn a_wider_window_in_mid_answer_loses_nothing() {
    let mut parser = terminal(20, 24);
    let mut markdown = Markdown::new(options(20));
    let mut out = Vec::new();
    markdown.push("one two three four five six sev");
    markdown.draw(&mut out);
    show(&mut parser, &out);
    parser.set_size(NonZeroU16::new(24).unwrap(), NonZeroU16::new(40).unwrap());
    markdown.resize(40, 24);
    out.clear();
    markdown.push("en eight nine ten **eleven** twelve");
    markdown.finish(&mut out);
    show(&mut parser, &out);
    assert_eq!(
        lines(&mut parser, false),
        ["one two three four", "five six seven eight nine ten eleven", "twelve"]
    );
}

/// A terminal that wraps its lines anew when it gets narrower, as most do: the text in logical lines.
fn unwrapped(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(!text.contains("\x1b[K") && !text.contains("\x1b[J"), "{text:?}");
    text
}

#[test]
fn a_narrower_window_in_mid_answer_is_only_added_to() {
    let mut markdown = Markdown::new(Options {
        depth: ColorDepth::Ansi16,
        ..options(80)
    });
    let mut out = Vec::new();
    markdown.push("one two three four five six sev");
    markdown.draw(&mut out);
    markdown.resize(20, 24);
    markdown.push("en eight nine ten eleven");
    markdown.finish(&mut out);
    assert_eq!(
        unwrapped(&out),
        "one two three four five six seven eight\nnine ten eleven\n"
    );
}

#[test]
fn a_narrower_window_leaves_the_drawn_rows_of_a_table() {
    let mut markdown = Markdown::new(options(40));
    let mut out = Vec::new();
    markdown.push("|a|b|\n|-|-|\n|long cell text|other text|\n");
    markdown.draw(&mut out);
    markdown.resize(20, 24);
    markdown.push("|x|y|\n");
    markdown.finish(&mut out);
    let mut parser = terminal(40, 24);
    show(&mut parser, &out);
    let lines = lines(&mut parser, false);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(
        lines[2].starts_with("long cell text") && lines[3].starts_with('x'),
        "{lines:?}"
    );
}

proptest! {
    #[test]
    fn a_wider_window_at_any_moment_loses_no_word(
        words in proptest::collection::vec(prop_oneof![3 => "[a-z]{1,9}", 1 => "[中文字好]{1,5}", 1 => Just("\n".to_owned())], 1..60),
        (narrow, wide) in (10..30u16, 30..60u16),
        at in 0..60usize,
        size in 1..9usize,
    ) {
        let text = words.join(" ");
        let mut parser = terminal(narrow, 24);
        let mut markdown = Markdown::new(options(narrow));
        let mut out = Vec::new();
        for (index, delta) in cut(&text, &[size]).iter().enumerate() {
            if index == at {
                parser.set_size(NonZeroU16::new(24).unwrap(), NonZeroU16::new(wide).unwrap());
                markdown.resize(wide, 24);
            }
            markdown.push(delta);
            markdown.draw(&mut out);
            show(&mut parser, &out);
            out.clear();
        }
        markdown.finish(&mut out);
        show(&mut parser, &out);
        let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(squeeze(&lines(&mut parser, false).join("")), squeeze(&text));
    }
}
