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
    grapheme.width().max(parts(grapheme))
}

/// Whether every terminal agrees on the width of a cluster.
pub(crate) fn is_certain(grapheme: &str) -> bool {
    grapheme.len() == 1 || grapheme.width() == parts(grapheme)
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
    let bytes = text.as_bytes();
    // Two neighbours in ASCII are two clusters, but for a line end.
    match (bytes.first()?, bytes.get(1)) {
        (b'\r', _) => {}
        (first, next) if first.is_ascii() && next.is_none_or(u8::is_ascii) => return text.get(..1),
        _ => {}
    }
    text.graphemes(true).next()
}

/// The cells `text` takes on one line.
pub fn of(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|b| *b >= b' ').count();
    }
    text.graphemes(true).map(cluster).sum()
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
    text.graphemes(true).map(cluster).max().unwrap_or(0)
}

/// `text` with spaces behind it, up to a width of `cells`.
pub fn padded(text: &str, cells: usize) -> String {
    format!("{text}{}", " ".repeat(cells.saturating_sub(of(text))))
}

/// The beginning of `text` that fits into `cells`, cut between graphemes.
pub fn fit(text: &str, cells: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
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
        ] {
            let expected: Vec<_> = text.grapheme_indices(true).collect();
            assert_eq!(clusters(text).collect::<Vec<_>>(), expected, "{text:?}");
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
