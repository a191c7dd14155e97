//! A conversation's title, made from its first message. Pure.

use crate::text::elide;
use crate::text::file_block::split_files;
use qwen_api::{Block, Message};

/// The longest title, in columns of a terminal.
const TITLE_WIDTH: usize = 60;

/// The title of a conversation: the first line of its first message's last text, behind the files attached before it; the
/// name of the attachment when there is no text.
pub(super) fn title(message: &Message) -> String {
    let text = message.blocks.iter().rev().find_map(|block| match block {
        Block::Text(text) => first_line(split_files(text).1),
        _ => None,
    });
    let line = text.or_else(|| message.media().next().map(|media| media.name.as_str()));
    shortened_title(line.unwrap_or_default())
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

/// A line as a title: not too long, each run of white space a single space.
pub fn shortened_title(line: &str) -> String {
    // Enough for any title: a cluster is seldom longer than a few characters, and a line may be a megabyte.
    let line: String = line.chars().take(8 * TITLE_WIDTH).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    elide(&line, TITLE_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::Role;
    use stream_markdown::width;

    #[test]
    fn a_title_is_the_first_line_of_what_was_asked() {
        let ask = |text: &str| title(&Message::text(Role::User, text));
        assert_eq!(ask("\n  why is\tthe sky blue?\nI wonder"), "why is the sky blue?");
        assert_eq!(ask(""), "");
        let long = ask(&"天".repeat(100));
        assert_eq!(long, format!("{}…", "天".repeat(29)));
        assert!(width::of(&long) <= TITLE_WIDTH);
        assert_eq!(width::of(&ask(&"word ".repeat(30))), 60);
    }

    #[test]
    fn a_title_is_what_stands_behind_attached_files() {
        let ask = |text: &str| title(&Message::text(Role::User, text));
        let file = "notes.md:\n````md\n```\nx\n```\n````\n\n";
        assert_eq!(ask(&format!("{file}$ ls:\n```\na\n```\n\nwhy?\n")), "why?");
        assert_eq!(ask(file), "notes.md:");
        assert_eq!(ask("like this:\n```\nx\n```\n"), "like this:");
        assert_eq!(ask("like this:\n\n```\nx\n```\nwhy?"), "like this:");
    }

    #[test]
    fn a_title_comes_from_the_prompt_not_from_the_file_before_it() {
        let message = Message::new(
            Role::User,
            vec![
                Block::Text("```main.rs\nfn main() {}\n```".to_owned()),
                Block::Text("what does it do?".to_owned()),
            ],
        );
        assert_eq!(title(&message), "what does it do?");
    }
}
