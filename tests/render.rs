//! Markdown on a screen: what a person sees, through a terminal that is parsed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::num::NonZeroU16;

use proptest::prelude::*;

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
    vt100::Parser::new(
        NonZeroU16::new(rows).unwrap(),
        NonZeroU16::new(columns).unwrap(),
        10_000,
    )
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

/// The text of the screen after a text that came character by character.
fn seen(columns: u16, text: &str) -> String {
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
    lines(&mut parser, false).join("\n")
}

#[test]
fn blocks_stand_as_a_person_would_set_them() {
    assert_eq!(
        seen(
            40,
            "# Title #\nText with\nits own lines.\n\n- one\n- two\n  1. deep\n\n     more\n- [x] done\n* * *\n\
             > quoted\n>\n> > twice\n\nHead\n====\n```\n  code  \n\n\tx\n```\nend\n\n    indented\n\n\n    again\n"
        ),
        "Title\nText with\nits own lines.\n\n• one\n• two\n  1. deep\n\n     more\n[x] done\n\n\
         ────────────────────────────────────────"
            .trim_end_matches('─')
            .to_owned()
            + &"─".repeat(39)
            + "\n\n│ quoted\n│\n│ │ twice\n\nHead\n\n  code\n\n        x\n\nend\n\nindented\n\n\nagain"
    );
}

#[test]
fn tables_line_up_in_chinese_and_wrap_in_their_cells() {
    let table = "| 名称 | Value |\n|---|--:|\n| 苹果 | 3.50 |\n| `a\\|b` | **12** |\n";
    assert_eq!(
        seen(40, table),
        "名称 │ Value\n─────┼──────\n苹果 │  3.50\na|b  │    12"
    );
    let wide = "| a | b |\n|---|---|\n| one two three | four five six |\n";
    assert_eq!(
        seen(20, wide),
        "a        │ b\n─────────┼─────────\none two  │ four\nthree    │ five six"
    );
    let many = "|a|b|c|d|\n|-|-|-|-|\n|longer|words|than|fit|\n";
    assert_eq!(seen(10, many), "a\n  b\n  c\n  d\n───\nlonger\n  words\n  than\n  fit");
}

#[test]
fn a_table_taller_than_the_window_goes_on_with_its_columns() {
    let mut table = String::from("|n|text|\n|-|-|\n");
    for row in 0..40 {
        table.push_str(&format!("|{row}|{}|\n", "x".repeat(row / 2)));
    }
    let seen = seen(40, &table);
    assert!(seen.contains("\n39 │ xxxx"), "{seen}");
    // Rows that have left the window are not drawn a second time, and keep the columns they had.
    assert_eq!(seen.matches("n  │ text").count(), 1, "{seen}");
    assert_eq!(drawn(options(40), &cut(&table, &[3])), drawn(options(40), &[&table]));
}

#[test]
fn words_that_outgrow_the_line_move_down_whole() {
    let mut parser = terminal(20, 24);
    let mut markdown = Markdown::new(options(20));
    let mut screens = Vec::new();
    for delta in ["a line of nineteen", " ch", "ars", "."] {
        let mut out = Vec::new();
        markdown.push(delta);
        markdown.draw(&mut out);
        show(&mut parser, &out);
        screens.push(lines(&mut parser, false).join("/"));
    }
    assert_eq!(
        screens,
        [
            "a line of nineteen",
            "a line of nineteen/ch",
            "a line of nineteen/chars",
            "a line of nineteen/chars."
        ]
    );
}

#[test]
fn partial_markup_never_flashes() {
    let text = "**bold** and [link](http://a.b) and `code`\n\n| a | b |\n|---|---|\n| c | d |\n\n## H ##\n";
    let mut parser = terminal(60, 24);
    let mut markdown = Markdown::new(options(60));
    for c in text.chars() {
        let mut out = Vec::new();
        markdown.push(c.encode_utf8(&mut [0; 4]));
        markdown.draw(&mut out);
        show(&mut parser, &out);
        let screen = lines(&mut parser, false).join("\n");
        assert!(!screen.contains(['*', '[', ']', '`', '|', '#']), "{screen}");
    }
}

#[test]
fn links_are_links_only_to_the_web_and_only_where_they_are_known() {
    let text = "[a](https://x.y/中) [b](javascript:alert) <http://c.d>";
    let bytes = |hyperlinks| {
        let mut markdown = Markdown::new(Options {
            hyperlinks,
            ..options(80)
        });
        let mut out = Vec::new();
        markdown.push(text);
        markdown.finish(&mut out);
        String::from_utf8(out).unwrap()
    };
    assert!(!bytes(false).contains("\x1b]8"));
    let out = bytes(true);
    assert!(out.contains("\x1b]8;;https://x.y/%E4%B8%AD\x1b\\"), "{out:?}");
    assert!(out.contains("\x1b]8;;http://c.d\x1b\\"), "{out:?}");
    assert!(!out.contains(";javascript"), "{out:?}");
}

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

#[test]
fn what_cutting_once_broke() {
    for (text, columns, rows) in [
        ("- ---\n- - [ ] $$\n    $$你*。$$\n    $$\n\n", 20, 6),
        ("> - [ ] > ```rust\n>   > \n>   > ```\n\n", 10, 6),
        ("- [ ] | a |\n  |:-:|\n\n", 40, 24),
        ("- - [$] a$](http://x.y/z_w \"title\")\n\n", 40, 24),
        (
            "- | ~~aaaaaaaa~~ | 👨\u{200d}👩\u{200d}👧 | a |\n  |:-:|:-:|:-:|\n  | **https://example.com/a_b_c** |\n\n",
            20,
            24,
        ),
        ("*a $5 b* c$ d", 40, 24),
        ("*a** b* c", 40, 24),
    ] {
        let options = Options {
            rows,
            ..options(columns)
        };
        for size in 1..7 {
            assert_eq!(drawn(options, &cut(text, &[size])), drawn(options, &[text]), "{text:?}");
        }
    }
}

/// How many bytes a text takes that is drawn line by line, beside what it takes drawn at once.
fn cost(options: Options, text: &str) -> (usize, usize) {
    let bytes = |deltas: &[&str]| {
        let mut markdown = Markdown::new(options);
        let mut out = Vec::new();
        for delta in deltas {
            markdown.push(delta);
            markdown.draw(&mut out);
        }
        markdown.finish(&mut out);
        out.len()
    };
    (bytes(&text.split_inclusive('\n').collect::<Vec<_>>()), bytes(&[text]))
}

#[test]
fn a_table_that_widens_with_every_row_is_not_drawn_over_and_over() {
    for rows in 1..60 {
        let mut table = String::from("|n|text|\n|-|-|\n");
        for row in 0..rows {
            table.push_str(&format!("|{row}|{}|\n", "x".repeat(row)));
        }
        for height in [6, 24, 60] {
            let options = Options {
                rows: height,
                ..options(100)
            };
            let (streamed, whole) = cost(options, &table);
            assert!(
                streamed <= 3 * whole,
                "{rows} rows in {height}: {streamed} > 3 * {whole}"
            );
        }
    }
}

/// Words of a rich document: what writers and models put into paragraphs, marks that close and marks that do not.
fn inline() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => "[a-z]{1,9}",
        2 => "[你我他的重点内容引号中文]{1,6}",
        1 => Just("，".to_owned()),
        1 => Just("（好）。".to_owned()),
        1 => Just("🙂".to_owned()),
        1 => Just("👨\u{200d}👩\u{200d}👧".to_owned()),
        1 => Just("e\u{301}\u{302}".to_owned()),
        1 => Just("❤\u{fe0f}".to_owned()),
        1 => Just("🇨🇳".to_owned()),
        1 => Just("https://example.com/a_b_c".to_owned()),
        1 => "[*_`~\\[\\]()<>!$&|\\\\#.;:-]{1,3}",
        1 => "[0-9]{1,3}",
    ];
    let leaf = proptest::collection::vec(atom, 1..6).prop_map(|atoms| atoms.join(" "));
    let glued = proptest::collection::vec("[a-z你，。*_`$]{1,3}", 1..4).prop_map(|atoms| atoms.concat());
    prop_oneof![3 => leaf, 1 => glued].prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|t| format!("**{t}**")),
            inner.clone().prop_map(|t| format!("*{t}*")),
            inner.clone().prop_map(|t| format!("~~{t}~~")),
            inner.clone().prop_map(|t| format!("`{t}`")),
            inner.clone().prop_map(|t| format!("[{t}](http://x.y/z_w \"title\")")),
            inner.clone().prop_map(|t| format!("${t}$")),
            inner.clone().prop_map(|t| format!("\\({t}\\)")),
            proptest::collection::vec(inner, 1..4).prop_map(|parts| parts.join(" ")),
        ]
    })
}

fn block() -> impl Strategy<Value = String> {
    let line = inline;
    let text = proptest::collection::vec(line(), 1..4).prop_map(|lines| lines.join("\n"));
    let leaf = prop_oneof![
        4 => text,
        1 => (1..7usize, line()).prop_map(|(level, text)| format!("{} {text}", "#".repeat(level))),
        1 => (line(), prop_oneof![Just("==="), Just("---")]).prop_map(|(text, under)| format!("{text}\n{under}")),
        1 => prop_oneof![Just("---"), Just("* * *"), Just("___")].prop_map(str::to_owned),
        1 => (prop_oneof![Just("rust"), Just(""), Just("nope")], proptest::collection::vec("[ a-z(){}\"/*中]{0,30}", 0..5))
            .prop_map(|(language, lines)| format!("```{language}\n{}\n```", lines.join("\n"))),
        1 => "[a-z ]{1,12}".prop_map(|text| format!("    {text}")),
        1 => (1..4usize, proptest::collection::vec(line(), 1..12)).prop_map(|(columns, cells)| {
            let mut table = String::new();
            let cells: Vec<String> = cells.iter().map(|c| c.replace(['\n', '|'], " ")).collect();
            for (at, row) in cells.chunks(columns).enumerate() {
                table.push_str(&format!("| {} |\n", row.join(" | ")));
                if at == 0 {
                    table.push_str(&format!("|{}\n", ":-:|".repeat(row.len())));
                }
            }
            table
        }),
        1 => line().prop_map(|text| format!("$$\n{text}\n$$")),
        1 => line().prop_map(|text| format!("<div>\n{text}\n</div>")),
        1 => "[-*+>#|`=~\\[\\]xX 0-9.)(\t]{1,12}",
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let indent = |text: &str, by: &str| text.lines().map(|l| format!("{by}{l}\n")).collect::<String>();
        prop_oneof![
            inner.clone().prop_map(move |text| indent(&text, "> ")),
            (
                prop_oneof![Just("- "), Just("* "), Just("1. "), Just("- [ ] ")],
                proptest::collection::vec(inner.clone(), 1..4)
            )
                .prop_map(move |(marker, items)| {
                    let space = " ".repeat(marker.find(' ').unwrap_or(1) + 1);
                    items
                        .iter()
                        .map(|item| format!("{marker}{}", indent(item, &space).trim_start_matches(' ')))
                        .collect()
                }),
            proptest::collection::vec(inner, 1..4).prop_map(|blocks| blocks.join("\n\n")),
        ]
    })
}

fn document() -> impl Strategy<Value = String> {
    proptest::collection::vec((block(), prop_oneof![Just("\n"), Just("\n\n")]), 1..6)
        .prop_map(|blocks| blocks.into_iter().map(|(block, end)| block + end).collect())
}

/// `text` cut at `cuts`, taken around.
fn cut<'a>(text: &'a str, cuts: &[usize]) -> Vec<&'a str> {
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

proptest! {
    #[test]
    fn cutting_changes_nothing_that_stays(
        text in document(),
        cuts in proptest::collection::vec(1..12usize, 1..8),
        columns in prop_oneof![Just(10u16), Just(20), Just(40), Just(80)],
        rows in prop_oneof![Just(6u16), Just(24)],
    ) {
        let options = Options { rows, ..options(columns) };
        prop_assert_eq!(drawn(options, &cut(&text, &cuts)), drawn(options, &[&text]));
    }

    #[test]
    fn a_table_costs_at_most_three_times_its_finished_self(
        table in (1..5usize).prop_flat_map(|columns| {
            let cell = prop_oneof![
                3 => "[a-z]{0,30}",
                2 => "[a-z ]{0,60}",
                1 => "[中文字好]{1,12}",
                1 => (1..5usize).prop_map(|n| vec!["👨"; n].join("\u{200d}")),
                1 => Just("**b**".to_owned()),
            ];
            proptest::collection::vec(proptest::collection::vec(cell, columns), 1..40)
        }),
        columns in prop_oneof![Just(20u16), Just(40), Just(80), Just(160)],
        rows in prop_oneof![Just(6u16), Just(24), Just(60)],
        sorted in any::<bool>(),
    ) {
        let mut rows_of = table;
        if sorted {
            rows_of.sort_by_key(|row| row.iter().map(String::len).sum::<usize>());
        }
        let mut text = String::new();
        for (at, row) in rows_of.iter().enumerate() {
            text.push_str(&format!("| {} |\n", row.join(" | ")));
            if at == 0 {
                text.push_str(&format!("|{}\n", "-|".repeat(row.len())));
            }
        }
        let options = Options { rows, ..options(columns) };
        let (streamed, whole) = cost(options, &text);
        // A table of a few letters is less than the moves over it.
        prop_assert!(streamed <= 3 * whole + 64, "{} > 3 * {}", streamed, whole);
    }

    #[test]
    fn a_plain_screen_shows_the_same_however_it_is_cut(
        text in document(),
        cuts in proptest::collection::vec(1..12usize, 1..8),
        accessible in any::<bool>(),
    ) {
        let options = Options { depth: ColorDepth::None, accessible, ..options(40) };
        let bytes = |deltas: &[&str]| {
            let mut markdown = Markdown::new(options);
            let mut out = Vec::new();
            for delta in deltas {
                markdown.push(delta);
                markdown.draw(&mut out);
            }
            markdown.finish(&mut out);
            String::from_utf8(out).unwrap()
        };
        let whole = bytes(&[&text]);
        prop_assert!(!whole.contains(char::from(0x1b)), "an escape");
        prop_assert_eq!(bytes(&cut(&text, &cuts)), whole);
    }

    #[test]
    fn no_escape_of_the_text_survives(
        parts in proptest::collection::vec(prop_oneof![
            inline(),
            "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{202a}-\u{202e}\\[\\]0-9;mJKH#&]{1,8}",
            Just("&#27;[2J".to_owned()),
            Just("```\u{1b}]52;c;aGk=\u{7}\n\u{1b}[31m\n```\n".to_owned()),
            Just("[a](http://x/\u{9b}31m)".to_owned()),
        ], 1..8),
        cuts in proptest::collection::vec(1..5usize, 1..4),
    ) {
        let text = parts.concat();
        let mut markdown = Markdown::new(Options { depth: ColorDepth::None, ..options(40) });
        let mut out = Vec::new();
        for delta in cut(&text, &cuts) {
            markdown.push(delta);
            markdown.draw(&mut out);
        }
        markdown.finish(&mut out);
        let out = String::from_utf8(out).unwrap();
        let is_foreign = |c: char| c.is_control() && c != '\n' && c != '\t' || ('\u{202a}'..='\u{202e}').contains(&c);
        prop_assert!(!out.contains(is_foreign), "{:?}", out);
    }

    #[test]
    fn no_word_is_lost_or_doubled_at_any_width(
        words in proptest::collection::vec(prop_oneof![3 => "[a-z]{1,14}", 1 => "[中文字好]{1,5}"], 1..40),
        columns in 10..40u16,
    ) {
        let text = words.join(" ");
        let seen = seen(columns, &text);
        let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(squeeze(&seen), squeeze(&text));
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
