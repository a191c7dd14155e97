//! A conversation's title, made from its first message. Pure.

use stream_markdown::width;

use qwen_api::{Block, Message};

/// The longest title, in columns of a terminal.
const TITLE_WIDTH: usize = 60;

/// The title of a conversation: the first line of its first message's last text, since attached files come before the
/// prompt; the name of the attachment when there is no text.
pub(super) fn title(message: &Message) -> String {
    let text = message.blocks.iter().rev().find_map(|block| match block {
        Block::Text(text) => text.lines().map(str::trim).find(|line| !line.is_empty()),
        _ => None,
    });
    let line = text.or_else(|| message.media().next().map(|media| media.name.as_str()));
    shortened(line.unwrap_or_default(), TITLE_WIDTH)
}

/// At most `columns` columns of a line, each run of white space a single space.
fn shortened(line: &str, columns: usize) -> String {
    // Enough for any title: a cluster is seldom longer than a few characters, and a line may be a megabyte.
    let line: String = line.chars().take(8 * columns).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if width::of(&line) <= columns {
        return line;
    }
    format!("{}…", width::fit(&line, columns - 1).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::Role;

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
    fn a_title_comes_from_the_prompt_not_from_the_file_before_it() {
        let message = Message {
            role: Role::User,
            blocks: vec![
                Block::Text("```main.rs\nfn main() {}\n```".to_owned()),
                Block::Text("what does it do?".to_owned()),
            ],
        };
        assert_eq!(title(&message), "what does it do?");
    }
}
