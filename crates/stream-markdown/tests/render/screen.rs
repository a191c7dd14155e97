//! A terminal to draw on, and what it shows.

use std::num::NonZeroU16;

use stream_markdown::{ColorDepth, Renderer, Viewport};

pub(crate) fn viewport(columns: u16) -> Viewport {
    Viewport {
        columns,
        color_depth: ColorDepth::Ansi16,
        ..Viewport::default()
    }
}

pub(crate) fn terminal(columns: u16, rows: u16) -> vt100::Parser {
    vt100::Parser::new(
        NonZeroU16::new(rows).unwrap(),
        NonZeroU16::new(columns).unwrap(),
        10_000,
    )
}

/// What the line discipline makes of the bytes.
pub(crate) fn show(parser: &mut vt100::Parser, bytes: &[u8]) {
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
pub(crate) fn lines(parser: &mut vt100::Parser, formatted: bool) -> Vec<String> {
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
    if !formatted {
        for line in &mut out {
            line.truncate(line.trim_end().len());
        }
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out
}

/// The screen after the deltas, drawn after each.
pub(crate) fn drawn(viewport: Viewport, deltas: &[&str]) -> Vec<String> {
    let mut parser = terminal(viewport.columns, viewport.rows);
    let mut markdown = Renderer::new(viewport);
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

/// The text of the screen after a text that came character by character.
pub(crate) fn seen(columns: u16, text: &str) -> String {
    let mut parser = terminal(columns, 24);
    let mut markdown = Renderer::new(viewport(columns));
    let mut out = Vec::new();
    for c in text.chars() {
        markdown.push(c.encode_utf8(&mut [0; 4]));
        markdown.draw(&mut out);
        show(&mut parser, &out);
        out.clear();
    }
    markdown.finish(&mut out);
    show(&mut parser, &out);
    lines(&mut parser, false).join("\n")
}

/// `text` cut at `cuts`, taken around.
pub(crate) fn cut<'a>(text: &'a str, cuts: &[usize]) -> Vec<&'a str> {
    let mut deltas = Vec::new();
    let mut rest = text;
    for size in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let mut at = (*size).min(rest.len());
        while !rest.is_char_boundary(at) {
            at += 1;
        }
        deltas.push(&rest[..at]);
        rest = &rest[at..];
    }
    deltas
}

/// The bytes that draw a text that comes in these deltas, drawn after each.
pub(crate) fn written(viewport: Viewport, deltas: &[&str]) -> Vec<u8> {
    let mut markdown = Renderer::new(viewport);
    let mut out = Vec::new();
    for delta in deltas {
        markdown.push(delta);
        markdown.draw(&mut out);
    }
    markdown.finish(&mut out);
    out
}
