//! The labels of references: `[text][label]`, `[label][]`, `[label]`.

/// The most characters a label has, by CommonMark.
const MAX_CHARS: usize = 999;

#[derive(Debug, PartialEq)]
pub(crate) enum LinkLabel {
    /// The label as it is compared, and its length in bytes of source with the brackets.
    Found(String, usize),
    /// `[]`.
    Empty,
    None,
    /// The source ends before it is certain.
    Incomplete,
}

/// Reads a label at the beginning of `source`.
pub(crate) fn read(source: &str) -> LinkLabel {
    if !source.starts_with('[') {
        return LinkLabel::None;
    }
    if source.starts_with("[]") {
        return LinkLabel::Empty;
    }
    let mut is_escaped = false;
    for (at, c) in source.char_indices().skip(1).take(MAX_CHARS + 1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => return LinkLabel::None,
            ']' => {
                return match key(&source[1..at]) {
                    Some(label) => LinkLabel::Found(label, at + 1),
                    None => LinkLabel::None,
                };
            }
            _ => {}
        }
    }
    if source.chars().nth(MAX_CHARS + 1).is_some() {
        LinkLabel::None
    } else {
        LinkLabel::Incomplete
    }
}

/// The label between two brackets as it is compared: in one case, with single spaces. `None` for what is no label:
/// nothing, brackets, and footnotes (`^1`), which are shown as written.
pub(crate) fn key(between: &str) -> Option<String> {
    let mut is_escaped = false;
    for c in between.chars() {
        if matches!(c, '[' | ']') && !is_escaped {
            return None;
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    if between.starts_with('^') || between.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let words = between.split([' ', '\t', '\n']).filter(|word| !word.is_empty());
    let label = words.collect::<Vec<_>>().join(" ");
    // Upper case of lower case: `ẞ` is `SS`, and all three sigmas are one.
    (!label.is_empty()).then(|| label.to_lowercase().to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_label_to_its_end() {
        assert_eq!(read("[a  b]: c"), LinkLabel::Found("A B".to_owned(), 6));
        assert_eq!(read(r"[a\]b]"), LinkLabel::Found(r"A\]B".to_owned(), 6));
        assert_eq!(read("[]"), LinkLabel::Empty);
        assert_eq!(read("[a[b]"), LinkLabel::None);
        assert_eq!(read("[ ]"), LinkLabel::None);
        assert_eq!(read("[a"), LinkLabel::Incomplete);
        assert_eq!(read(r"[a\]"), LinkLabel::Incomplete);
        assert_eq!(read(&format!("[{}", "中".repeat(999))), LinkLabel::Incomplete);
        assert_eq!(read(&format!("[{}", "中".repeat(1000))), LinkLabel::None);
        assert!(matches!(read(&format!("[{}]", "中".repeat(999))), LinkLabel::Found(..)));
    }

    #[test]
    fn compares_without_regard_to_case_and_space() {
        assert_eq!(key(" Straße\n Σς "), key("STRASSE σΣ"));
        assert_eq!(key("ẞ"), key("ss"));
        assert_ne!(key("a b"), key("ab"));
        assert_eq!(key("^1"), None);
        assert_eq!(key(" \t"), None);
    }
}
