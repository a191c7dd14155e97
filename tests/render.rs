//! Markdown on a screen: what a person sees, through a terminal that is parsed.

use std::num::NonZeroU16;

use qwen_cli::render::markdown::{Markdown, Options};
use qwen_cli::text::style::ColorDepth;

fn options(columns: u16) -> Options {
    Options {
        columns,
        depth: ColorDepth::Ansi16,
        ..Options::default()
    }
}

fn terminal(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap(), 10_000)
}

/// What the line discipline makes of the bytes.
fn show(parser: &mut vt100::Parser, bytes: &[u8]) {
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                parser.process(line);
                parser.process(b"\r\n");
            }
            None => parser.process(line),
        }
    }
}

/// Every line of screen and scrollback, with its attributes.
fn lines(parser: &mut vt100::Parser, formatted: bool) -> Vec<String> {
    let (_, columns) = parser.screen().size();
    let columns = columns.get();
    parser.screen_mut().set_scrollback(usize::MAX);
    let mut out = Vec::new();
    loop {
        let back = parser.screen().scrollback();
        let row = |screen: &vt100::Screen, at: usize| {
            if formatted {
                screen.rows_formatted(0, columns).nth(at).unwrap_or_default()
            } else {
                screen.rows(0, columns).nth(at).unwrap_or_default()
            }
        };
        if back == 0 {
            for at in 0..usize::from(parser.screen().size().0.get()) {
                out.push(row(parser.screen(), at));
            }
            break;
        }
        out.push(row(parser.screen(), 0));
        parser.screen_mut().set_scrollback(back - 1);
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// The screen after the deltas, drawn after each.
fn drawn(options: Options, deltas: &[&str]) -> Vec<String> {
    let mut parser = terminal(options.columns, options.rows);
    let mut markdown = Markdown::new(options);
    let mut out = Vec::new();
    for delta in deltas {
        markdown.push(delta);
        markdown.draw(&mut out);
        show(&mut parser, &out);
        out.clear();
    }
    markdown.finish(&mut out);
    show(&mut parser, &out);
    lines(&mut parser, true)
}

#[test]
fn look() {
    let text = std::fs::read_to_string("/tmp/sample.md").unwrap();
    for columns in [80, 20] {
        let mut parser = terminal(columns, 24);
        let mut markdown = Markdown::new(options(columns));
        let mut out = Vec::new();
        for c in text.chars() {
            markdown.push(c.encode_utf8(&mut [0; 4]));
            markdown.draw(&mut out);
            show(&mut parser, &out);
            out.clear();
        }
        markdown.finish(&mut out);
        show(&mut parser, &out);
        println!("{}", lines(&mut parser, false).join("\n"));
        println!("==========");
        let whole = drawn(options(columns), &[&text]);
        let chars: Vec<String> = text.chars().map(String::from).collect();
        let chars: Vec<&str> = chars.iter().map(String::as_str).collect();
        assert_eq!(drawn(options(columns), &chars), whole);
    }
}
