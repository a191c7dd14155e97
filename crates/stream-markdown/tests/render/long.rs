//! Texts made to take long, so long that time which grows with their square would be minutes.

use stream_markdown::{ColorDepth, Viewport};

use crate::screen::{cut, viewport, written};

/// So much of it.
fn filled(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len())
}

/// Draws it, in pieces and at once, and looks whether all letters and digits of it came.
#[track_caller]
fn drawn_whole(text: &str) {
    let said = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    let plain = Viewport {
        color_depth: ColorDepth::None,
        ..viewport(80)
    };
    let shown = String::from_utf8(written(plain, &cut(text, &[4000]))).unwrap();
    assert_eq!(said(&shown), said(text), "{:?}", &shown[..shown.len().min(200)]);
    assert!(!written(viewport(80), &[text]).is_empty());
}

#[test]
fn marks_that_never_close() {
    for mark in [
        "*a",
        "**a *b ",
        "_a ",
        "~~a ",
        "[a",
        "[a](",
        "![a](b ",
        "[[a]] ",
        "`a ``b ```c ",
        "<a b=\"",
        "$1",
        "$a ",
        "\\(a",
        "&a",
    ] {
        drawn_whole(&filled(mark, 50_000));
    }
}

#[test]
fn marks_that_never_close_in_a_cell() {
    for mark in ["*a", "[a](", "<a b=\"", "$1"] {
        drawn_whole(&format!("|a|b|\n|-|-|\n|{}|\n", filled(mark, 200_000)));
    }
}

#[test]
fn containers_and_blocks_without_end() {
    for block in [
        "> ",
        "- ",
        "1. ",
        "> a\n",
        "> > > > > > > > > > > > > > > > > a\n",
        "- a\n",
        "a\n---\n",
        "|a|b|\n|-|-|\n",
        "<div>\n",
        "```\na\n",
        "$$\na\n",
    ] {
        written(viewport(80), &cut(&filled(block, 100_000), &[4000]));
    }
    let stairs: String = (0..300).map(|depth| "  ".repeat(depth) + "- a\n").collect();
    drawn_whole(&stairs);
    drawn_whole(&("|a|b|c|\n|-|-|-|\n".to_owned() + &filled("|a|b|c|\n", 100_000)));
    drawn_whole(&format!("|{}\n|{}\n", "a|".repeat(20_000), "-|".repeat(20_000)));
    drawn_whole(&(0..5000).map(|n| format!("[a{n}] ")).collect::<String>());
}

#[test]
fn words_and_heaps_without_end() {
    for word in ["a", "字", "a\u{301}\u{301}\u{301}", "。", "（", "1"] {
        drawn_whole(&filled(word, 200_000));
    }
    drawn_whole(&("a".to_owned() + &filled("\u{301}", 200_000)));
    drawn_whole(&filled("👨\u{200d}", 200_000));
}

#[test]
fn code_made_to_be_slow_to_colour() {
    for (language, line) in [
        ("c++", "a".repeat(1900)),
        ("js", "a(".repeat(950)),
        ("cs", "a".repeat(390)),
        ("md", "`a".repeat(190)),
        ("js", "{a(`${".to_owned()),
    ] {
        let line = line + "\n";
        let text = format!("```{language}\n{}```\n", filled(&line, 100_000));
        let shown = String::from_utf8(written(viewport(80), &cut(&text, &[4000]))).unwrap();
        let code = |text: &str| text.matches('a').count();
        assert_eq!(code(&shown), code(&text));
    }
}
