//! The single message of a v2 request, made of a conversation. v2 ignores system messages.

use crate::{Block, Media, Message, Role};

/// The content of a turn.
#[derive(Debug, PartialEq)]
pub(super) struct TurnContent<'a> {
    pub(super) text: String,
    /// The media of the new messages. The URLs of earlier ones have expired.
    pub(super) media: Vec<&'a Media>,
    /// The number of earlier messages in the text, which the site does not know.
    pub(super) flattened: usize,
}

/// The next turn of a conversation. If `is_known`, the site knows everything up to the last answer, otherwise nothing.
/// `None` when there is no new message.
pub(super) fn turn(messages: &[Message], is_known: bool) -> Option<TurnContent<'_>> {
    let last_answer = messages.iter().rposition(|message| message.role == Role::Assistant);
    let (earlier, new) = messages.split_at(last_answer.map_or(0, |at| at + 1));
    let new: Vec<&Message> = new
        .iter()
        .filter(|message| matches!(message.role, Role::User | Role::Tool))
        .collect();
    if new.is_empty() {
        return None;
    }
    let mut text = joined(new.iter().map(|message| message.plain_text()));
    let mut flattened = 0;
    if !is_known {
        let said: Vec<&Message> = earlier
            .iter()
            .filter(|message| message.role != Role::System && !message.blocks.is_empty())
            .collect();
        flattened = said.len();
        if flattened > 0 {
            let said = joined(said.into_iter().map(labelled));
            text = format!("The conversation so far:\n\n{said}\n\nThe next message, to be answered:\n\n{text}");
        }
        let system = messages.iter().filter(|message| message.role == Role::System);
        let system = joined(system.map(Message::plain_text));
        text = joined([system, text].into_iter());
    }
    Some(TurnContent {
        text,
        media: new.into_iter().flat_map(Message::media).collect(),
        flattened,
    })
}

fn labelled(message: &Message) -> String {
    let who = match message.role {
        Role::Assistant => "Assistant",
        Role::Tool => "Tool",
        _ => "User",
    };
    let mut said = format!("{who}: ");
    for block in &message.blocks {
        match block {
            Block::Text(text) => said.push_str(text),
            Block::ToolCall(call) => said.push_str(&format!("[{} {}] ", call.name, call.arguments)),
            Block::ToolResult(result) => said.push_str(&result.content),
            Block::Media(media) => said.push_str(&format!("[{}: {}] ", media.kind.as_str(), media.name)),
            Block::Thinking(_) => {}
        }
    }
    said.trim_end().to_owned()
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    let texts: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MediaKind, MediaSource};

    fn say(role: Role, text: &str) -> Message {
        Message::text(role, text)
    }

    fn image(name: &str) -> Block {
        Block::Media(Media {
            kind: MediaKind::Image,
            source: MediaSource::Url("https://a.invalid/x".into()),
            mime: "image/png".into(),
            name: name.into(),
            upload: None,
        })
    }

    #[test]
    fn a_first_turn_has_the_system_prompt_before_it() {
        let messages = [say(Role::System, "Be brief."), say(Role::User, "Hi")];
        let turn = turn(&messages, false).unwrap();
        assert_eq!((turn.text.as_str(), turn.flattened), ("Be brief.\n\nHi", 0));
    }

    #[test]
    fn a_later_turn_is_the_newest_message_alone() {
        let messages = [
            say(Role::System, "Be brief."),
            say(Role::User, "Hi"),
            say(Role::Assistant, "Hello."),
            say(Role::User, "Again"),
        ];
        let turn = turn(&messages, true).unwrap();
        assert_eq!((turn.text.as_str(), turn.flattened), ("Again", 0));
    }

    #[test]
    fn a_history_the_site_does_not_know_is_told_in_one_text() {
        let mut old = say(Role::User, "What is this?");
        old.blocks.insert(0, image("cat.png"));
        let mut answer = say(Role::Assistant, "A cat.");
        answer.blocks.insert(0, Block::Thinking("Fur.".into()));
        let mut new = say(Role::User, "And this?");
        new.blocks.insert(0, image("dog.png"));
        let messages = [say(Role::System, "Be brief."), old, answer, new];
        let turn = turn(&messages, false).unwrap();
        assert_eq!(
            turn.text,
            "Be brief.\n\nThe conversation so far:\n\nUser: [image: cat.png] What is this?\n\nAssistant: A cat.\n\n\
             The next message, to be answered:\n\nAnd this?"
        );
        assert_eq!(turn.flattened, 2);
        let names: Vec<&str> = turn.media.iter().map(|media| media.name.as_str()).collect();
        assert_eq!(names, ["dog.png"]);
    }

    #[test]
    fn nothing_new_is_no_turn() {
        assert_eq!(
            turn(&[say(Role::User, "Hi"), say(Role::Assistant, "Hello.")], true),
            None
        );
        assert_eq!(turn(&[], false), None);
    }
}
