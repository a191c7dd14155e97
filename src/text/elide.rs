//! A line cut to a width.

use stream_markdown::width;

/// At most `columns` columns of a line; `…` stands for the rest. The last word stays whole where that costs little.
pub fn elide(line: &str, columns: usize) -> String {
    if width::of(line) <= columns {
        return line.to_owned();
    }
    let kept = width::fit(line, columns.saturating_sub(1));
    let is_in_word = kept.ends_with(is_narrow_letter) && line[kept.len()..].starts_with(is_narrow_letter);
    let words = kept.rfind(' ').map_or(kept, |end| &kept[..end]);
    let is_cheap = 4 * width::of(words) >= 3 * columns;
    let kept = if is_in_word && is_cheap { words } else { kept };
    let is_mark = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '，' | '：' | '；' | '、');
    format!("{}…", kept.trim_end_matches(is_mark))
}

/// Whether a character is part of a word between spaces. Chinese has none.
fn is_narrow_letter(c: char) -> bool {
    c.is_alphanumeric() && width::of(c.encode_utf8(&mut [0; 4])) < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_wide_as_it_may_be_and_no_wider() {
        assert_eq!(elide("four", 4), "four");
        assert_eq!(elide("four five", 6), "four…");
        assert_eq!(elide("天天天", 5), "天天…");
        assert_eq!(elide("天天天", 4), "天…");
        assert_eq!(elide("x", 0), "…");
        assert_eq!(elide("a tale of two cities", 16), "a tale of two…");
        assert_eq!(elide("a tale of extraordinary cities", 16), "a tale of extra…");
        assert_eq!(elide("a tale of two, three cities", 16), "a tale of two…");
        assert_eq!(elide("two 城市的故事 x", 14), "two 城市的故…");
    }
}
