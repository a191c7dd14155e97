//! Messages drawn as they looked when they were sent and answered.

use jiff::tz::TimeZone;
use stream_markdown::fill::fill_hanging;
use stream_markdown::sanitize::{safe, safe_line};

use super::renderer::drawn;
use crate::app::look::Look;
use crate::i18n::UiText;
use crate::render::usage::tokens;
use crate::store::{self, Conversation, MessageState, StoredMessage};
use crate::text::elide;
use crate::text::file_block::split_files;
use crate::tr;
use qwen_api::{Block, Message, Role};

/// The columns of the prompt's mark, and of the blanks below it.
const INDENT: usize = 2;

/// A stream that messages are drawn on.
#[derive(Clone, Copy, Debug)]
pub struct Transcript<'a> {
    pub look: Look<'a>,
    pub is_terminal: bool,
    /// Answers are shown as they were written.
    pub is_raw: bool,
}

/// The last exchange of a conversation, as much of it as was to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastExchange {
    pub question: String,
    /// The lines of the answer that stand above those in `answer`.
    pub hidden: usize,
    pub answer: String,
}

impl Transcript<'_> {
    /// A conversation: what it is called, then its messages.
    pub fn conversation(self, conversation: &Conversation, messages: &[StoredMessage]) -> String {
        let when = store::date_time(conversation.created, &TimeZone::system());
        let facts = [&when, &conversation.model, &conversation.id].map(|fact| safe_line(fact));
        let mut out = format!(
            "{}\n{}\n",
            self.styled("1", &safe_line(conversation.label())),
            self.styled("2", &facts.join(" · "))
        );
        if let Some(system) = &conversation.system {
            out.push_str(&format!(
                "\n{}\n{}",
                self.note(tr!("system message:")),
                self.text(system)
            ));
        }
        for stored in messages {
            out.push('\n');
            out.push_str(&match stored.message.role {
                Role::User => self.question(&stored.message),
                _ => self.stored_answer(stored),
            });
        }
        out
    }

    /// A text of the model's.
    pub fn text(self, text: &str) -> String {
        if self.is_raw {
            return format!("{}\n", safe(text).trim_end_matches('\n'));
        }
        drawn(self.look.viewport(self.is_terminal), text)
    }

    /// A question as it stands after it was sent: its words bold behind the prompt's mark, under what was attached.
    pub fn question(self, message: &Message) -> String {
        let text = message.plain_text();
        let (files, words) = split_files(&text);
        let files = files.iter().map(|file| file.name);
        let attached: Vec<&str> = message.media().map(|media| media.name.as_str()).chain(files).collect();
        let mut out = String::new();
        if !attached.is_empty() {
            let names = safe_line(&attached.join(", "));
            out.push_str(&elide(&format!("[{names}]"), self.columns()));
            out.push('\n');
        }
        let viewport = self.look.viewport(self.is_terminal);
        let accent = viewport.theme.accent(viewport.color_depth);
        let mark = self.look.host.mark("❯", ">");
        let mark = match accent.is_empty() {
            true => mark.to_owned(),
            false => format!("{accent}{mark}\x1b[m"),
        };
        let words = safe(words.trim_matches('\n')).replace('\t', "    ");
        for (at, line) in words.lines().flat_map(|line| self.folded(line)).enumerate() {
            let head = if at == 0 { mark.as_str() } else { " " };
            out.push_str(&format!("{head} {}\n", self.styled("1", &line)));
        }
        out
    }

    /// The end of a conversation in about so many rows: the beginning of a long question, the end of a long answer.
    pub fn last_exchange<'m>(
        self,
        messages: impl DoubleEndedIterator<Item = &'m Message>,
        rows: usize,
    ) -> LastExchange {
        let mut last = LastExchange {
            question: String::new(),
            hidden: 0,
            answer: String::new(),
        };
        for message in messages.rev().take(2) {
            if message.role == Role::User {
                last.question = beginning(&self.question(message), rows / 3);
                break;
            }
            last.answer = self.text(&message.plain_text());
        }
        let room = rows.saturating_sub(last.question.lines().count()).max(1);
        // What follows the last line feed are codes that end its colours.
        let lines = last.answer.matches('\n').count();
        last.hidden = lines.saturating_sub(room);
        last.answer = last.answer.split_inclusive('\n').skip(last.hidden).collect();
        last
    }

    fn stored_answer(self, stored: &StoredMessage) -> String {
        let mut out = String::new();
        for block in &stored.message.blocks {
            out.push_str(&match block {
                Block::Text(text) => self.text(text),
                Block::Thinking(thoughts) => self.thoughts(thoughts),
                Block::Media(media) => format!("[{}]\n", safe_line(&media.name)),
                Block::ToolCall(_) | Block::ToolResult(_) => String::new(),
            });
        }
        for page in &stored.search {
            let (title, url) = (safe_line(&page.title), safe_line(&page.url));
            out.push_str(&format!("[{}] {title}  {url}\n", page.index));
        }
        if stored.state != MessageState::Complete {
            out.push_str(&self.note(tr!("the answer is incomplete")));
            out.push('\n');
        }
        let used = stored.usage.filter(|usage| usage.output_tokens > 0);
        let used = used.map(|usage| tokens(usage.output_tokens).localize(self.look.settings.lang()));
        let facts: Vec<String> = stored.model.iter().map(|model| safe_line(model)).chain(used).collect();
        if !facts.is_empty() {
            out.push_str(&format!(
                "\n{}\n",
                self.styled("2", &format!("  {}", facts.join(" · ")))
            ));
        }
        out
    }

    /// The thoughts behind an answer, dim and indented.
    fn thoughts(self, text: &str) -> String {
        let lines = text.trim().lines().flat_map(|line| self.folded(&safe_line(line)));
        let lines: Vec<String> = lines.map(|line| self.styled("2", &format!("  {line}"))).collect();
        format!("{}\n\n", lines.join("\n"))
    }

    /// A line on as many as it needs right of the mark.
    fn folded(self, line: &str) -> Vec<String> {
        let body = line.trim_start_matches(' ');
        let room = self.columns().saturating_sub(INDENT).max(1);
        let lead = " ".repeat((line.len() - body.len()).min(room / 2));
        fill_hanging(&lead, body, room, 0)
            .split('\n')
            .map(str::to_owned)
            .collect()
    }

    fn columns(self) -> usize {
        usize::from(self.look.host.window().0).saturating_sub(1)
    }

    fn note(self, text: UiText) -> String {
        self.styled("2", &text.localize(self.look.settings.lang()))
    }

    fn styled(self, code: &str, text: &str) -> String {
        match self.look.is_styled(self.is_terminal) && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[m"),
            false => text.to_owned(),
        }
    }
}

/// The first lines of a text, `…` under them where there are more.
fn beginning(text: &str, rows: usize) -> String {
    let rows = rows.max(2);
    if text.lines().count() <= rows {
        return text.to_owned();
    }
    let lines: Vec<&str> = text.lines().take(rows - 1).collect();
    format!("{}\n  …\n", lines.join("\n"))
}
