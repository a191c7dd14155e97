//! A line cut to a width.

use stream_markdown::width;

/// At most `columns` columns of a line; `…` stands for the rest.
pub fn elide(line: &str, columns: usize) -> String {
    if width::of(line) <= columns {
        return line.to_owned();
    }
    format!("{}…", width::fit(line, columns.saturating_sub(1)).trim_end())
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
    }
}
