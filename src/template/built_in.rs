//! The templates that come with the program.

use crate::i18n::StaticText;
use crate::tr_static;

/// Name, text and translated description of each, by name.
pub const BUILT_IN: &[(&str, &str, StaticText)] = &[
    (
        "commit",
        include_str!("built_in/commit.md"),
        tr_static!("a commit message for a diff"),
    ),
    (
        "explain",
        include_str!("built_in/explain.md"),
        tr_static!("what a text, a program or an error message means"),
    ),
    (
        "review",
        include_str!("built_in/review.md"),
        tr_static!("a review of a diff or a source file"),
    ),
    (
        "shell",
        include_str!("built_in/shell.md"),
        tr_static!("a command for the shell, in words"),
    ),
    (
        "summarize",
        include_str!("built_in/summarize.md"),
        tr_static!("the main points of a text"),
    ),
    (
        "translate",
        include_str!("built_in/translate.md"),
        tr_static!("a translation; to=French names the language"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_those_of_the_files() {
        for (name, text, description) in BUILT_IN {
            let line = format!("+++\ndescription = \"{description}\"\n");
            assert!(text.starts_with(&line), "{name}");
        }
    }
}
