//! How many bytes an answer takes on its way to the terminal.

use proptest::prelude::*;
use qwen_cli::render::markdown::{Markdown, Options};

use crate::screen::options;

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
}
