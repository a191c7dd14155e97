//! `/copy`.

use stream_markdown::code_blocks;

use super::Repl;
use crate::error::Failure;
use crate::term::clipboard::{self, Clipboard};
use crate::tr;

impl Repl<'_> {
    /// The last answer, or code of it, to the clipboard.
    pub(super) fn copy(&mut self, args: &str) -> Result<(), Failure> {
        let Some(answer) = self.session.last_answer() else {
            return Err(Failure::usage(tr!("there is no answer to copy")));
        };
        let (what, text) = match args.split_whitespace().collect::<Vec<_>>().as_slice() {
            [] => (tr!("the answer"), answer),
            ["code"] => (tr!("the last code block"), code(&answer, None)?),
            ["code", n] | [n] if n.parse::<usize>().is_ok() => {
                (tr!("code block {}", n), code(&answer, n.parse().ok())?)
            }
            _ => return Err(Failure::usage(tr!("/copy takes nothing, code, or code N"))),
        };
        let size = text.chars().count();
        self.note(match clipboard::copy(self.app.host, &text)? {
            Clipboard::Program(program) => tr!("copied {} ({} characters) with {}", what, size, program),
            Clipboard::Tmux => tr!(
                "copied {} ({} characters) to a buffer of tmux, and sent to the terminal",
                what,
                size
            ),
            Clipboard::Terminal => tr!("sent {} ({} characters) to the terminal (OSC 52)", what, size),
        });
        Ok(())
    }
}

/// A block of an answer's code, the last one where none is named.
fn code(answer: &str, nth: Option<usize>) -> Result<String, Failure> {
    let mut blocks = code_blocks(answer);
    let count = blocks.len();
    let n = nth.unwrap_or(count);
    if n == 0 || n > count {
        return Err(Failure::usage(match count {
            0 => tr!("the answer has no code block"),
            1 => tr!("the answer has one code block"),
            count => tr!("the answer has {} code blocks", count),
        }));
    }
    Ok(blocks.swap_remove(n - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_from_one() {
        let answer = "```\na\n```\nx\n```\nb\n```\n";
        assert_eq!(code(answer, None).unwrap(), "b\n");
        assert_eq!(code(answer, Some(1)).unwrap(), "a\n");
        assert_eq!(
            code(answer, Some(3)).unwrap_err().message,
            "the answer has 2 code blocks"
        );
        assert_eq!(code("none", None).unwrap_err().message, "the answer has no code block");
    }
}
