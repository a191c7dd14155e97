//! Messages of several lines: `\` at the end of a line, and blocks between `"""`. Pure.

/// Whether a line ends in a `\` that is not itself written as `\\`.
pub(super) fn is_continued(line: &str) -> bool {
    let slashes = line.len() - line.trim_end_matches('\\').len();
    slashes % 2 == 1
}

/// Opens and closes a block of lines.
pub(super) const BLOCK: &str = "\"\"\"";

/// Whether a line is a block of lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BlockState {
    /// It begins no block.
    None,
    Open,
    /// The message inside it, and what was written behind it.
    Closed(String),
}

/// Whether a line is a block. Typed `"""` make one; pasted ones only on lines of their own around all of the text, since
/// code may begin with them.
pub(super) fn block(line: &str, is_typed: bool, is_closed: bool) -> BlockState {
    let Some(inside) = line.trim().strip_prefix(BLOCK) else {
        return BlockState::None;
    };
    let close = inside.rfind(BLOCK).filter(|_| is_closed || !is_typed);
    let Some((inside, behind)) = close.map(|at| (&inside[..at], inside[at + BLOCK.len()..].trim())) else {
        return if is_typed { BlockState::Open } else { BlockState::None };
    };
    let begins_line = inside.trim_end_matches([' ', '\t']).ends_with('\n');
    let stands_alone = begins_line && inside.starts_with('\n') && behind.is_empty() && !inside.contains(BLOCK);
    let text = inside.trim_matches(['\n', '\r']);
    match is_typed {
        false if stands_alone => BlockState::Closed(text.to_owned()),
        true if behind.is_empty() => BlockState::Closed(text.to_owned()),
        true if begins_line => BlockState::Closed(format!("{text}\n{behind}")),
        // `"""A docstring.""" is what?` is a sentence about one.
        _ => BlockState::None,
    }
}

/// A message as a block, which is that message whatever it begins with.
pub(super) fn as_block(message: &str) -> String {
    format!("{BLOCK}\n{message}\n{BLOCK}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_on_after_one_backslash() {
        assert!(is_continued("a\\"));
        assert!(!is_continued("a\\\\"));
        assert!(!is_continued("a"));
    }

    #[test]
    fn blocks_open_and_close_where_they_are_typed() {
        let closed = |text: &str| BlockState::Closed(text.to_owned());
        assert_eq!(block("\"\"\"", true, false), BlockState::Open);
        assert_eq!(block(" \"\"\"a\nb", true, false), BlockState::Open);
        assert_eq!(block("\"\"\"\n\"\"\"pasted\"\"\"\n", true, false), BlockState::Open);
        assert_eq!(block("x \"\"\"", true, true), BlockState::None);
        assert_eq!(block("\"\"\"\na\n b\n\"\"\"", true, true), closed("a\n b"));
        assert_eq!(block("\"\"\"a\nb\"\"\"", true, true), closed("a\nb"));
        assert_eq!(block("\"\"\"\na\n\"\"\" b", true, true), closed("a\nb"));
        assert_eq!(
            block("\"\"\"\n\"\"\"doc\"\"\"\n\"\"\"", true, true),
            closed("\"\"\"doc\"\"\"")
        );
        assert_eq!(block("\"\"\"a\"\"\" is what?", true, true), BlockState::None);
    }

    #[test]
    fn quotes_that_were_not_typed_are_a_block_only_around_everything() {
        for line in [
            "\"\"\"\nModule doc\n\"\"\"\nimport x",
            "\"\"\"Doc.\"\"\"",
            "\"\"\"Doc.\n\"\"\"",
            "\"\"\"\nnever closed",
            "\"\"\"\na\n\"\"\"\nb\n\"\"\"\nc\n\"\"\"",
            "\"\"\"",
        ] {
            assert_eq!(block(line, false, false), BlockState::None, "{line}");
        }
        let message = "/help is\n\n  a command";
        assert_eq!(
            block(&as_block(message), false, false),
            BlockState::Closed(message.to_owned())
        );
    }
}
