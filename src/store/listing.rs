//! Lists of conversations for a terminal. Pure; control characters are made visible.

use super::conversation_id::USUAL_END;
use super::{Conversation, ConversationMatch, IdEnds, Snippet, ago};
use crate::i18n::lang::Lang;
use crate::text::elide;
use jiff::tz::TimeZone;
use stream_markdown::sanitize::{safe, safe_line};
use stream_markdown::width;

/// How a list is laid out.
#[derive(Clone, Debug)]
pub struct ListStyle {
    pub columns: usize,
    pub is_colored: bool,
    /// Milliseconds since 1970.
    pub now: i64,
    pub zone: TimeZone,
    pub lang: Lang,
    /// The ends by which ids are shown.
    pub ends: IdEnds,
}

/// Below this width a title gets a line of its own.
const WIDE: usize = 60;
/// The columns of a time.
const WHEN: usize = 12;

/// One conversation a line, the end of its id first; on a narrow screen two lines each.
pub fn list(conversations: &[Conversation], look: &ListStyle) -> String {
    conversations.iter().map(|one| row(one, look)).collect()
}

fn row(conversation: &Conversation, look: &ListStyle) -> String {
    let when = ago(conversation.updated, look.now, &look.zone).localize(look.lang);
    let label = safe_line(conversation.label());
    let id = width::padded(look.ends.of(&conversation.id), USUAL_END);
    if look.columns < WIDE {
        let title = elide(&label, look.columns);
        return format!("{title}\n{}\n", dim(&format!("  {id}  {when}"), look));
    }
    let count = conversation.messages;
    let room = look.columns - (USUAL_END + 2 + WHEN + 2 + 4 + 2);
    let when = width::padded(&when, WHEN);
    format!("{}  {when}  {count:>4}  {}\n", dim(&id, look), elide(&label, room))
}

/// The results of a search: conversations, and the matching lines below each.
pub fn found(found: &[ConversationMatch], look: &ListStyle) -> String {
    let mut text = String::new();
    for one in found {
        text.push_str(&row(&one.conversation, look));
        for hit in &one.hits {
            text.push_str(&format!("    {}\n", marked(&hit.snippet, look)));
        }
    }
    text
}

/// A line with its match marked.
fn marked(snippet: &Snippet, look: &ListStyle) -> String {
    let line = &snippet.line;
    let (start, end) = (snippet.found.start, snippet.found.end);
    let (Some(before), Some(hit), Some(after)) = (line.get(..start), line.get(start..end), line.get(end..)) else {
        return safe(line).into_owned();
    };
    if hit.is_empty() || !look.is_colored {
        return safe(line).into_owned();
    }
    format!("{}\x1b[1m{}\x1b[0m{}", safe(before), safe(hit), safe(after))
}

fn dim(text: &str, look: &ListStyle) -> String {
    if look.is_colored {
        format!("\x1b[2m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}
