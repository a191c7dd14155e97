//! A window that is made wider or narrower in the middle of an answer.

use std::num::NonZeroU16;

use proptest::prelude::*;
use stream_markdown::{ColorDepth, Renderer, Viewport};

use crate::reflow::Reflow;
use crate::screen::{cut, lines, show, terminal, viewport};

#[test]
fn a_wider_window_in_mid_answer_loses_nothing() {
    let mut parser = terminal(20, 24);
    let mut markdown = Renderer::new(viewport(20));
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
    let mut markdown = Renderer::new(Viewport {
        color_depth: ColorDepth::Ansi16,
        ..viewport(80)
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
    let mut markdown = Renderer::new(viewport(40));
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

/// Text whose letters are the same however little of it could be looked at before it was shown.
fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        6 => "[a-z]{1,9}",
        2 => "[你我他的重点内容]{1,6}",
        1 => Just("（好），。".to_owned()),
        1 => Just("👨\u{200d}👩\u{200d}👧".to_owned()),
        1 => Just("e\u{301}\u{302}".to_owned()),
        1 => Just("❤\u{fe0f}".to_owned()),
        1 => "[*_`~\\[($]{1,2}",
    ];
    let words = proptest::collection::vec(word, 1..8).prop_map(|words| words.join(" "));
    words.prop_recursive(2, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|t| format!("**{t}**")),
            inner.clone().prop_map(|t| format!("*{t}*")),
            inner.clone().prop_map(|t| format!("~~{t}~~")),
            inner.clone().prop_map(|t| format!("`{t}`")),
            inner.clone().prop_map(|t| format!("[{t}](u/v)")),
            proptest::collection::vec(inner, 1..4).prop_map(|parts| parts.join(" ")),
        ]
    })
}

fn block() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => proptest::collection::vec(line(), 1..4).prop_map(|lines| lines.join("\n")),
        1 => line().prop_map(|text| format!("## {text}")),
        1 => line().prop_map(|text| format!("{text}\n===")),
        1 => Just("***".to_owned()),
        1 => proptest::collection::vec("[ a-z(){}中]{0,40}", 0..4).prop_map(|lines| format!("```\n{}\n```", lines.join("\n"))),
        2 => (1..4usize, proptest::collection::vec(line(), 2..14)).prop_map(|(columns, cells)| {
            let mut table = String::new();
            for (at, row) in cells.chunks(columns).enumerate() {
                table.push_str(&format!("| {} |\n", row.join(" | ")));
                if at == 0 {
                    table.push_str(&format!("|{}\n", "-|".repeat(row.len())));
                }
            }
            table
        }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let indent = |text: &str, by: &str| text.lines().map(|l| format!("{by}{l}\n")).collect::<String>();
        prop_oneof![
            inner.clone().prop_map(move |text| indent(&text, "> ")),
            (
                prop_oneof![Just("- "), Just("1. ")],
                proptest::collection::vec(inner, 1..3)
            )
                .prop_map(move |(marker, items)| {
                    let space = " ".repeat(marker.len());
                    let item = |item: &String| format!("{marker}{}", indent(item, &space).trim_start_matches(' '));
                    items.iter().map(item).collect()
                }),
        ]
    })
}

/// What a person reads: the letters, in their order; where there are tables, in which order they were read does not
/// count.
fn letters(text: &str, has_table: bool) -> String {
    let mut letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    if has_table {
        letters.sort_unstable();
    }
    letters.into_iter().collect()
}

/// Whether no two words have become one: where there is white space between two letters of `steady`, something is
/// between them in `text`.
fn keeps_apart(text: &str, steady: &str) -> bool {
    let parted = |text: &str, by: fn(char) -> bool| {
        let mut is_parted = false;
        let mut all = Vec::new();
        for c in text.chars() {
            is_parted |= by(c);
            if c.is_alphabetic() {
                all.push(std::mem::take(&mut is_parted));
            }
        }
        all
    };
    let (text, steady) = (
        parted(text, |c| !c.is_alphabetic()),
        parted(steady, char::is_whitespace),
    );
    text.iter().zip(&steady).all(|(text, steady)| *text || !steady)
}

/// Draws the blocks, each with a heading after it, and makes the window another size before some of the deltas. Without
/// the rules above code: a narrow window has no room for its language.
fn resized(blocks: &[String], deltas: &[usize], sizes: &[(u16, u16)], every: usize) -> String {
    let (mut columns, mut rows) = sizes[0];
    let mut terminal = Reflow::new(columns, rows);
    let mut markdown = Renderer::new(Viewport {
        rows,
        ..viewport(columns)
    });
    let mut out = Vec::new();
    let mut count = 0;
    for block in blocks {
        for part in [format!("{block}\n\n"), "# end\n".to_owned()] {
            for delta in cut(&part, deltas) {
                if count % every == every - 1 {
                    (columns, rows) = sizes[count / every % sizes.len()];
                    terminal.resize(columns, rows);
                    markdown.resize(columns, rows);
                }
                count += 1;
                markdown.push(delta);
                markdown.draw(&mut out);
                terminal.write(&out);
                out.clear();
            }
        }
        // The heading has ended: nothing above it is touched again.
        terminal.protect();
    }
    markdown.finish(&mut out);
    terminal.write(&out);
    let text = terminal.text();
    let lines = text.split_inclusive('\n').filter(|line| !line.contains("── "));
    lines.collect()
}

/// The same on a terminal that cuts its lines off instead, which is its own doing: what is left of the letters.
fn cut_off(blocks: &[String], deltas: &[usize], sizes: &[u16], every: usize) -> String {
    let mut columns = sizes[0];
    let mut parser = terminal(columns, 24);
    let mut markdown = Renderer::new(viewport(columns));
    let mut out = Vec::new();
    for (count, delta) in cut(&blocks.join("\n\n"), deltas).iter().enumerate() {
        if count % every == every - 1 {
            columns = sizes[count / every % sizes.len()];
            parser
                .screen_mut()
                .set_size(NonZeroU16::new(24).unwrap(), NonZeroU16::new(columns).unwrap());
            markdown.resize(columns, 24);
        }
        markdown.push(delta);
        markdown.draw(&mut out);
        show(&mut parser, &out);
        out.clear();
    }
    markdown.finish(&mut out);
    show(&mut parser, &out);
    lines(&mut parser, false).join("\n")
}

proptest! {
    #[test]
    fn no_resize_doubles_a_word_where_lines_are_cut_off(
        blocks in proptest::collection::vec(block(), 1..4),
        deltas in proptest::collection::vec(1..12usize, 1..6),
        sizes in proptest::collection::vec(10..60u16, 2..6),
        every in 1..30usize,
    ) {
        let text = cut_off(&blocks, &deltas, &sizes, every);
        let steady = letters(&cut_off(&blocks, &[usize::MAX], &[1000], usize::MAX), true);
        // Those of both in order: each of the screen has one of its own in the answer.
        let mut rest = steady.chars();
        let extra: String = letters(&text, true).chars().filter(|c| !rest.any(|other| other == *c)).collect();
        prop_assert_eq!(extra, "", "{}", text);
    }

    #[test]
    fn no_resize_loses_or_doubles_a_word(
        blocks in proptest::collection::vec(block(), 1..4),
        deltas in proptest::collection::vec(1..12usize, 1..6),
        sizes in proptest::collection::vec((10..60u16, prop_oneof![Just(6u16), Just(12), Just(24)]), 2..6),
        every in 1..30usize,
    ) {
        let has_table = blocks.iter().any(|block| block.contains("-|"));
        let text = resized(&blocks, &deltas, &sizes, every);
        let steady = resized(&blocks, &[usize::MAX], &[(1000, 400)], usize::MAX);
        prop_assert_eq!(letters(&text, has_table), letters(&steady, has_table), "{}", text);
        // Code that begins and ends with a space shows neither, and what was taken for code may turn out to be none.
        let has_code = blocks.iter().any(|block| block.contains('`'));
        prop_assert!(has_table || has_code || keeps_apart(&text, &steady), "{}", text);
    }

    #[test]
    fn a_wider_window_at_any_moment_loses_no_word(
        words in proptest::collection::vec(prop_oneof![3 => "[a-z]{1,9}", 1 => "[中文字好]{1,5}", 1 => Just("\n".to_owned())], 1..60),
        (narrow, wide) in (10..30u16, 30..60u16),
        at in 0..60usize,
        size in 1..9usize,
    ) {
        let text = words.join(" ");
        let mut parser = terminal(narrow, 24);
        let mut markdown = Renderer::new(viewport(narrow));
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

#[test]
fn a_table_whose_lines_the_terminal_wraps_is_not_drawn_over() {
    let table = "> 1. ***\n> 1. 1. | a aaaaaaaa 重重的容你他 `aaaa 他你内他 e\u{301}\u{302} a 👨\u{200d}👩\u{200d}👧` |\n\
                 >       |-|\n>       | 重的的他 aaa |\n";
    let text = cut_off(&[table.to_owned()], &[3], &[17, 15, 17, 11], 4);
    let steady = cut_off(&[table.to_owned()], &[usize::MAX], &[1000], usize::MAX);
    assert_eq!(letters(&text, false), letters(&steady, false), "{text}");
}

#[test]
fn stars_that_never_close_are_not_shown_twice_when_the_window_narrows() {
    let mut terminal = Reflow::new(40, 24);
    let mut markdown = Renderer::new(viewport(40));
    let mut out = Vec::new();
    for delta in ["one **two three four", " five\n", "six"] {
        markdown.push(delta);
        markdown.draw(&mut out);
        terminal.resize(12, 24);
        markdown.resize(12, 24);
    }
    markdown.finish(&mut out);
    terminal.write(&out);
    assert_eq!(terminal.text(), "one two three four five\nsix\n");
}

#[test]
fn a_space_at_the_edge_of_a_narrowed_window_still_parts_two_words() {
    let block = "> > *e\u{301}\u{302} 你重内我容 aaaa*\n> > `aa aaaaaaaaa 他他他重容 点的内的容 点`\n".to_owned();
    let text = resized(&[block], &[4, 2], &[(10, 6), (13, 12), (40, 6), (10, 6)], 6);
    assert!(text.contains("他他他重容 点的内的容\n"), "{text}");
}
