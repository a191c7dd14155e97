//! A conversation as Markdown: messages stay byte for byte, reasoning is quoted, sources follow.

use jiff::tz::TimeZone;
use stream_markdown::closing_fence;

use super::super::dates::date_time;
use super::super::record::{Conversation, StoredMessage};
use super::{attachment, incomplete, is_web, speaker};
use qwen_api::{Block, Media, MediaKind, MediaSource};

pub(super) fn export(conversation: &Conversation, messages: &[StoredMessage], zone: &TimeZone) -> String {
    let mut out = format!(
        "# {}\n\n{} · {} · {}\n",
        escaped(conversation.label()),
        date_time(conversation.created, zone),
        escaped(&conversation.model),
        conversation.id
    );
    if let Some(system) = &conversation.system {
        section(&mut out, "System");
        paragraph(&mut out, system);
    }
    for message in messages {
        section(&mut out, &escaped(&speaker(message)));
        for block in &message.message.blocks {
            match block {
                Block::Text(text) => paragraph(&mut out, text),
                Block::Thinking(text) => paragraph(&mut out, &quoted(text)),
                Block::Media(media) => paragraph(&mut out, &shown(media)),
                // The program offers no tools.
                Block::ToolCall(_) | Block::ToolResult(_) => {}
            }
        }
        if let Some(note) = incomplete(message) {
            paragraph(&mut out, &format!("*{}*", escaped(&note)));
        }
        if !message.search.is_empty() {
            let sources: Vec<String> = message
                .search
                .iter()
                .map(|page| match is_web(&page.url) {
                    true => format!("- [{}] [{}](<{}>)", page.index, escaped(&page.title), target(&page.url)),
                    false => format!("- [{}] {}", page.index, escaped(&page.title)),
                })
                .collect();
            paragraph(&mut out, &sources.join("\n"));
        }
    }
    out
}

fn section(out: &mut String, heading: &str) {
    out.push_str("\n## ");
    out.push_str(heading);
    out.push('\n');
}

fn paragraph(out: &mut String, text: &str) {
    out.push('\n');
    out.push_str(text.trim_end_matches('\n'));
    out.push('\n');
    if let Some(fence) = closing_fence(text) {
        // A text that was cut inside a code block must not make code of the next message.
        out.push_str(&fence);
        out.push('\n');
    }
}

fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(|line| format!("> {line}")).collect();
    lines.join("\n").replace("> \n", ">\n")
}

fn shown(media: &Media) -> String {
    let words = escaped(&attachment(media));
    match &media.source {
        MediaSource::Url(url) if media.kind == MediaKind::Image => format!("![{words}](<{}>)", target(url)),
        MediaSource::Url(url) => format!("[{words}](<{}>)", target(url)),
        MediaSource::Inline(_) | MediaSource::File { .. } => format!("*[{words}]*"),
    }
}

/// A name or a title on one line, without the characters that would make it markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A link's target inside angle brackets.
fn target(url: &str) -> String {
    url.replace('<', "%3C")
        .replace('>', "%3E")
        .replace('\\', "%5C")
        .replace(['\n', '\r'], "")
}
