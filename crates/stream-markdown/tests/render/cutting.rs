//! However an answer is cut into deltas, the screen ends the same, and nothing of it is lost or obeyed.

use proptest::prelude::*;
use stream_markdown::{ColorDepth, Renderer, Viewport};

use crate::generate::{document, inline};
use crate::reflow::Reflow;
use crate::screen::{cut, drawn, seen, viewport, written};

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
        ("[$[a](b) c$](/u)", 40, 24),
        ("- 1. `👨\u{200d}👩\u{200d}👧`\n     ===\n\n", 10, 24),
        ("[q q]: /u\n\n[$[*y*][q Q] a$](http://x.y/z_w \"title\")\n", 10, 24),
        ("*a** b* c", 40, 24),
    ] {
        let viewport = Viewport {
            rows,
            ..viewport(columns)
        };
        for size in 1..7 {
            assert_eq!(
                drawn(viewport, &cut(text, &[size])),
                drawn(viewport, &[text]),
                "{text:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn cutting_changes_nothing_that_stays(
        text in document(),
        cuts in proptest::collection::vec(1..12usize, 1..8),
        columns in prop_oneof![Just(10u16), Just(20), Just(40), Just(80)],
        rows in prop_oneof![Just(6u16), Just(24)],
        prose_columns in prop_oneof![Just(0u16), Just(5), Just(15), Just(30)],
    ) {
        let viewport = Viewport { rows, prose_columns, ..viewport(columns) };
        prop_assert_eq!(drawn(viewport, &cut(&text, &cuts)), drawn(viewport, &[&text]));
    }

    #[test]
    fn a_plain_screen_shows_the_same_however_it_is_cut(
        text in document(),
        cuts in proptest::collection::vec(1..12usize, 1..8),
        accessible in any::<bool>(),
    ) {
        let viewport = Viewport { color_depth: ColorDepth::None, accessible, ..viewport(40) };
        let bytes = |deltas: &[&str]| String::from_utf8(written(viewport, deltas)).unwrap();
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
        let mut markdown = Renderer::new(Viewport { color_depth: ColorDepth::None, ..viewport(40) });
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
    fn chinese_punctuation_begins_and_ends_no_line_it_may_not(
        parts in proptest::collection::vec(
            (prop_oneof![4 => Just(""), 1 => Just("（"), 1 => Just("《"), 1 => Just("“")], "[中文字好]{1,4}|[a-z]{1,7}", prop_oneof![
                3 => Just(""), 1 => Just("，"), 1 => Just("。"), 1 => Just("！"), 1 => Just("）"), 1 => Just("》"), 1 => Just("”"), 1 => Just("；"), 1 => Just("……"), 1 => Just("、")
            ]),
            1..30,
        ),
        columns in 12..40u16,
    ) {
        let text: String = parts.iter().map(|(open, word, close)| format!("{open}{word}{close}")).collect();
        let screen = seen(columns, &text);
        for (at, line) in screen.lines().enumerate() {
            prop_assert!(at == 0 || !line.starts_with(['，', '。', '！', '）', '》', '”', '；', '…', '、']), "{}", screen);
            prop_assert!(!line.ends_with(['（', '《', '“']), "{}", screen);
        }
        prop_assert_eq!(screen.replace('\n', ""), text);
    }

    #[test]
    fn copied_lines_have_no_blanks_behind_them(
        text in document(),
        cuts in proptest::collection::vec(1..12usize, 1..8),
        columns in 10..80u16,
    ) {
        let mut terminal = Reflow::new(columns, 24);
        let mut markdown = Renderer::new(viewport(columns));
        let mut out = Vec::new();
        for delta in cut(&text, &cuts) {
            markdown.push(delta);
            markdown.draw(&mut out);
            terminal.write(&out);
            out.clear();
        }
        markdown.finish(&mut out);
        terminal.write(&out);
        for line in terminal.text().lines() {
            prop_assert!(!line.ends_with([' ', '\t']), "{:?}", line);
        }
    }
}
