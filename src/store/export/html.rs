//! A conversation as one HTML page. What models and users wrote is text: their markup is escaped, links lead to the web
//! only, and nothing is fetched, so that an image on another server is a link.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use stream_markdown::to_html;

use super::super::dates::date_time;
use super::super::record::{Conversation, StoredMessage};
use super::{attachment, incomplete, is_web, speaker};
use qwen_api::{Block, Media, MediaKind, MediaSource, Role};

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.25rem; } h3 { font-size: 1.1rem; } h4, h5, h6 { font-size: 1rem; }
header p, section > h2:first-child { font-size: .85rem; opacity: .7; }
section { margin: 1.5rem 0; } section.user { border-left: 3px solid #8888; padding-left: 1rem; }
.plain { white-space: pre-wrap; overflow-wrap: anywhere; }
pre { background: #8882; padding: .8rem; border-radius: 6px; overflow-x: auto; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; } td, th { border: 1px solid #8886; padding: .2rem .6rem; }
.comment { color: light-dark(#6a6f75, #8f99a5); } .string, .inserted { color: light-dark(#287828, #a0cd7d); }
.number { color: light-dark(#a54600, #f5966e); } .keyword { color: light-dark(#8728aa, #c896f0); }
.function { color: light-dark(#0050c8, #82aaff); } .type { color: light-dark(#7a5800, #f0cd78); }
.variable, .deleted { color: light-dark(#aa283c, #eb828c); }
img { max-width: 100%; } details { opacity: .75; } .note { font-style: italic; }
";

pub(super) fn export(conversation: &Conversation, messages: &[StoredMessage], zone: &TimeZone) -> String {
    let title = escaped(conversation.label());
    let mut out = format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<header>\n<h1>{title}</h1>\n<p>{} · {} · {}</p>\n</header>\n",
        date_time(conversation.created, zone),
        escaped(&conversation.model),
        escaped(&conversation.id),
    );
    if let Some(system) = &conversation.system {
        out.push_str("<section class=\"system\">\n<h2>System</h2>\n");
        plain(&mut out, system);
        out.push_str("</section>\n");
    }
    for message in messages {
        section(&mut out, message);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn section(out: &mut String, message: &StoredMessage) {
    let role = message.message.role;
    out.push_str(&format!(
        "<section class=\"{}\">\n<h2>{}</h2>\n",
        role.as_str(),
        escaped(&speaker(message))
    ));
    for block in &message.message.blocks {
        match block {
            Block::Text(text) if role == Role::Assistant => out.push_str(&to_html(text)),
            Block::Text(text) => plain(out, text),
            Block::Thinking(text) => {
                out.push_str("<details>\n<summary>Thinking</summary>\n");
                plain(out, text);
                out.push_str("</details>\n");
            }
            Block::Media(media) => shown(out, media),
            // The program offers no tools.
            Block::ToolCall(_) | Block::ToolResult(_) => {}
        }
    }
    if let Some(note) = incomplete(message) {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", escaped(&note)));
    }
    if !message.search.is_empty() {
        out.push_str("<ul>\n");
        for page in &message.search {
            out.push_str(&format!("<li>[{}] {}</li>\n", page.index, link(&page.url, &page.title)));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("</section>\n");
}

fn plain(out: &mut String, text: &str) {
    out.push_str(&format!("<div class=\"plain\">{}</div>\n", escaped(text)));
}

fn shown(out: &mut String, media: &Media) {
    let words = attachment(media);
    let shown = match &media.source {
        MediaSource::Inline(bytes) if media.kind == MediaKind::Image => format!(
            "<img alt=\"{}\" src=\"data:{};base64,{}\">",
            escaped(&words),
            escaped(&media.mime),
            STANDARD.encode(bytes)
        ),
        MediaSource::Inline(bytes) if matches!(media.kind, MediaKind::Audio | MediaKind::Video) => format!(
            "{}<br>\n<{1} controls src=\"data:{2};base64,{3}\"></{1}>",
            escaped(&words),
            media.kind.as_str(),
            escaped(&media.mime),
            STANDARD.encode(bytes)
        ),
        MediaSource::Inline(_) | MediaSource::File { .. } => escaped(&words),
        MediaSource::Url(url) => link(url, &words),
    };
    out.push_str(&format!("<p>{shown}</p>\n"));
}

fn link(url: &str, words: &str) -> String {
    if is_web(url) {
        format!("<a href=\"{}\">{}</a>", escaped(url), escaped(words))
    } else {
        escaped(words)
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not allowed in HTML, and nothing to see.
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}
