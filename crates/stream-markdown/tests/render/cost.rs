//! How many bytes an answer takes on its way to the terminal.

use proptest::prelude::*;
use stream_markdown::Viewport;

use crate::screen::{cut, viewport, written};

/// How many bytes a text takes that comes in these deltas, beside what it takes drawn at once.
fn cost(viewport: Viewport, deltas: &[&str]) -> (usize, usize) {
    let bytes = |deltas: &[&str]| written(viewport, deltas).len();
    (bytes(deltas), bytes(&[&deltas.concat()]))
}

fn by_lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[test]
fn a_table_that_widens_with_every_row_is_not_drawn_over_and_over() {
    for rows in 1..60 {
        let mut table = String::from("|n|text|\n|-|-|\n");
        for row in 0..rows {
            table.push_str(&format!("|{row}|{}|\n", "x".repeat(row)));
        }
        for height in [6, 24, 60] {
            let viewport = Viewport {
                rows: height,
                ..viewport(100)
            };
            let (streamed, whole) = cost(viewport, &by_lines(&table));
            assert!(
                streamed <= 3 * whole,
                "{rows} rows in {height}: {streamed} > 3 * {whole}"
            );
        }
    }
}

proptest! {
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
        cuts in proptest::collection::vec(1..14usize, 1..6),
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
        let viewport = Viewport { rows, ..viewport(columns) };
        for deltas in [by_lines(&text), cut(&text, &cuts)] {
            let (streamed, whole) = cost(viewport, &deltas);
            // A table of a few letters is less than the moves over it.
            prop_assert!(streamed <= 3 * whole + 64, "{} > 3 * {}", streamed, whole);
        }
    }

    #[test]
    fn prose_costs_at_most_a_third_more_than_its_finished_self(
        text in prose(),
        columns in prop_oneof![Just(20u16), Just(40), Just(80), Just(160)],
        rows in prop_oneof![Just(6u16), Just(24), Just(60)],
        cuts in proptest::collection::vec(1..14usize, 1..6),
    ) {
        let viewport = Viewport { rows, ..viewport(columns) };
        for deltas in [by_lines(&text), cut(&text, &cuts)] {
            let (streamed, whole) = cost(viewport, &deltas);
            // In a window of few columns a word moves to the next line every few words, and in one of few rows marks
            // are decided before their line has ended.
            let tenths = if columns >= 40 && rows >= 24 { 13 } else { 20 };
            prop_assert!(10 * streamed <= tenths * whole, "{} > {} / 10 * {}", streamed, tenths, whole);
        }
    }
}

/// Paragraphs and lists of many words, with as much markup as people and models put in.
fn prose() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        20 => "[a-z]{1,12}",
        4 => "[你我他的重点内容引号]{1,6}",
        1 => "[，。、]",
        1 => "[a-z]{2,8}".prop_map(|word| format!("**{word}**")),
        1 => "[a-z]{2,8} [a-z]{2,8}".prop_map(|words| format!("*{words}*")),
        1 => "[a-z]{2,8}".prop_map(|word| format!("`{word}`")),
        1 => "[a-z]{2,8}".prop_map(|word| format!("[{word}](https://example.com/{word})")),
    ];
    let paragraph = (
        prop_oneof![5 => Just(""), 1 => Just("- "), 1 => Just("> "), 1 => Just("1. "), 1 => Just("## ")],
        proptest::collection::vec(word, 20..80),
    );
    let paragraph = paragraph.prop_map(|(start, words)| format!("{start}{}\n\n", words.join(" ")));
    proptest::collection::vec(paragraph, 4..8).prop_map(|all| all.concat())
}
