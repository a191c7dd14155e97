//! The width of text on a terminal, in cells.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The cells that a grapheme cluster may take. Terminals differ over emoji sequences: some show one picture, some the
/// parts side by side. The larger number counts, so that a line runs over the edge in neither. Characters of ambiguous
/// width count as narrow.
pub(crate) fn cluster(grapheme: &str) -> usize {
    let bytes = grapheme.as_bytes();
    if bytes.len() == 1 {
        return usize::from(bytes[0] >= b' ');
    }
    if is_one_ideograph(grapheme) {
        return 2;
    }
    grapheme.width().max(parts(grapheme))
}

/// Whether every terminal agrees on the width of a cluster.
pub(crate) fn is_certain(grapheme: &str) -> bool {
    grapheme.len() == 1 || is_one_ideograph(grapheme) || grapheme.width() == parts(grapheme)
}

fn parts(grapheme: &str) -> usize {
    grapheme.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The grapheme clusters of `text`, what a reader takes for one character each, and where they begin.
pub fn clusters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let cluster = first_cluster(rest)?;
        at += cluster.len();
        Some((at - cluster.len(), cluster))
    })
}

pub(crate) fn first_cluster(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if chars.next().is_none_or(|next| are_apart(first, next)) && is_plain(first) {
        return text.get(..first.len_utf8());
    }
    text.graphemes(true).next()
}

/// Whether two neighbours are certain to be of two clusters, whatever else is around them (UAX #29, rule GB999).
pub(crate) fn are_apart(first: char, next: char) -> bool {
    first != '\r' && is_plain(first) && is_plain(next)
}

fn is_plain(c: char) -> bool {
    c.is_ascii() || is_ideographic(c)
}

fn is_one_ideograph(grapheme: &str) -> bool {
    // Each of them has three bytes.
    grapheme.len() == 3 && grapheme.chars().next().is_some_and(is_ideographic)
}

/// Whether a character is of Chinese or Japanese text, two cells wide, and joins no neighbour of its kind.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{30a0}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}')
}

/// The cells `text` takes on one line.
pub fn of(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|b| *b >= b' ').count();
    }
    clusters(text).map(|(_, grapheme)| cluster(grapheme)).sum()
}

/// The cells before the cursor in its row, after a terminal of so many columns has written `text` and wrapped it.
pub(crate) fn end_column(text: &str, columns: usize) -> usize {
    let mut column = 0;
    for (_, grapheme) in clusters(text) {
        let cells = cluster(grapheme);
        column = if column + cells > columns {
            cells
        } else {
            column + cells
        };
    }
    column
}

/// The cells of the widest cluster in `text`.
pub(crate) fn widest_cluster(text: &str) -> usize {
    if text.is_ascii() {
        return usize::from(!text.is_empty());
    }
    clusters(text).map(|(_, grapheme)| cluster(grapheme)).max().unwrap_or(0)
}

/// `text` with spaces behind it, up to a width of `cells`.
pub fn padded(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(of(text))))
}

/// The beginning of `text` that fits into `cells`, cut between graphemes.
pub fn fit(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in clusters(text) {
        used += cluster(grapheme);
        if used > cells {
            return &text[..at];
        }
    }
    text
}

/// The end of `text` that fits into `cells`, cut between graphemes.
pub fn fit_end(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += cluster(grapheme);
        if used > cells {
            return &text[at + grapheme.len()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_cells_by_cluster() {
        for (text, cells) in [
            ("abc", 3),
            ("中文，。", 8),
            ("e\u{301}", 1),
            ("한글", 4),
            ("ｆｕｌｌ", 8),
            ("§±“”…", 5),
            ("🙂", 2),
            ("🇨🇳", 2),
            ("❤\u{fe0f}", 2),
            ("1\u{fe0f}\u{20e3}", 2),
            ("👍🏽", 4),
            ("👨\u{200d}👩\u{200d}👧", 6),
            ("हिन्दी", of("हिन्दी")),
        ] {
            assert_eq!(of(text), cells, "{text}");
        }
    }

    #[test]
    fn knows_which_widths_terminals_differ_over() {
        assert!(is_certain("a") && is_certain("中") && is_certain("e\u{301}") && is_certain("🙂"));
        assert!(!is_certain("❤\u{fe0f}") && !is_certain("👍🏽"));
    }

    #[test]
    fn clusters_are_those_of_unicode() {
        for text in [
            "",
            "ab\r\nc",
            "ae\u{301}x",
            "中文a",
            "👨\u{200d}👩\u{200d}👧🇨🇳🇨🇳",
            "\r\u{301}a",
            "中\r\n，か\u{3099}、🙂",
        ] {
            let expected: Vec<_> = text.grapheme_indices(true).collect();
            assert_eq!(clusters(text).collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    #[test]
    fn ideographs_are_what_unicode_says() {
        for c in ('\u{3000}'..='\u{ffff}').filter(|c| is_ideographic(*c)) {
            assert_eq!(
                (c.width(), is_certain(c.encode_utf8(&mut [0; 4]))),
                (Some(2), true),
                "{c:?}"
            );
            for pair in [format!("{c}{c}"), format!("a{c}"), format!("{c}a"), format!("中{c}")] {
                assert_eq!(pair.graphemes(true).count(), 2, "{pair:?}");
            }
        }
    }

    #[test]
    fn a_wide_character_is_not_cut_at_the_edge() {
        for (text, column) in [
            ("", 0),
            ("abcd", 4),
            ("abcde", 5),
            ("abcdef", 1),
            ("中文字", 2),
            ("中文字好", 4),
        ] {
            assert_eq!(end_column(text, 5), column, "{text}");
        }
    }

    #[test]
    fn cuts_between_graphemes() {
        assert_eq!(fit("中文字", 5), "中文");
        assert_eq!(fit("ae\u{301}x", 2), "ae\u{301}");
        assert_eq!(fit_end("中文字", 5), "文字");
        assert_eq!(fit_end("xae\u{301}", 2), "ae\u{301}");
        assert_eq!((fit("ab", 2), fit_end("ab", 2)), ("ab", "ab"));
    }
}
