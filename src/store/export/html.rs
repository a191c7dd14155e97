//! A conversation as one HTML page. Whatever a model or a user wrote stays text: markup of theirs is escaped, links
//! lead to the web only, and nothing is fetched, so a picture on another server is a link.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::super::record::{Conversation, StoredMessage};
use super::super::when::date_time;
use super::{attachment, incomplete, is_web, speaker};
use crate::chat::{Block, Media, MediaKind, MediaSource, Role};

const STYLE: &str = "
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } header p, h2 { font-size: .85rem; opacity: .7; }
section { margin: 1.5rem 0; } section.user { border-left: 3px solid #8888; padding-left: 1rem; }
.plain { white-space: pre-wrap; overflow-wrap: anywhere; }
pre { background: #8882; padding: .8rem; border-radius: 6px; overflow-x: auto; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
table { border-collapse: collapse; } td, th { border: 1px solid #8886; padding: .2rem .6rem; }
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
            Block::Text(text) if role == Role::Assistant => markdown(out, text),
            Block::Text(text) => plain(out, text),
            Block::Thinking(text) => {
                out.push_str("<details>\n<summary>Thinking</summary>\n");
                plain(out, text);
                out.push_str("</details>\n");
            }
            Block::Media(media) => shown(out, media),
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

fn markdown(out: &mut String, text: &str) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut kept = Kept::default();
    let events = Parser::new_ext(text, options).into_offset_iter();
    html::push_html(
        out,
        events.flat_map(|(event, span)| kept.with(tamed(event), &text[span.clone()], span, text)),
    );
    out.push('\n');
}

/// What HTML by the letter of CommonMark would lose: the numbers of a list's items as they were written, and the cells
/// of a row that are more than the table's head has.
#[derive(Debug, Default)]
struct Kept {
    /// The number each open list has come to; `None` for bullets.
    numbers: Vec<Option<u64>>,
    columns: usize,
    cells: usize,
    /// The end of the last column's cell, and where its source ends.
    last: Option<usize>,
}

impl Kept {
    /// An event, with what belongs before it.
    fn with<'a>(&mut self, event: Event<'a>, source: &'a str, span: Range<usize>, text: &'a str) -> Vec<Event<'a>> {
        match &event {
            Event::Start(Tag::List(start)) => self.numbers.push(*start),
            Event::End(TagEnd::List(_)) => {
                self.numbers.pop();
            }
            Event::Start(Tag::Item) => {
                if let Some(Some(next)) = self.numbers.last_mut() {
                    let item = source.trim_start();
                    let digits = item.len() - item.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                    let number = item[..digits].parse().unwrap_or(*next);
                    let is_next = number == *next;
                    *next = number.saturating_add(1);
                    if !is_next {
                        return vec![Event::Html(format!("<li value=\"{number}\">").into())];
                    }
                }
            }
            Event::Start(Tag::Table(aligns)) => self.columns = aligns.len(),
            Event::Start(Tag::TableHead | Tag::TableRow) => self.cells = 0,
            Event::End(TagEnd::TableCell) => {
                self.cells += 1;
                if self.cells == self.columns {
                    // Held back until the row's end tells what follows.
                    self.last = Some(span.end);
                    return Vec::new();
                }
            }
            Event::End(TagEnd::TableRow | TagEnd::TableHead) => {
                let Some(last) = self.last.take() else {
                    return vec![event];
                };
                let mut events = Vec::new();
                let is_bar = |c: char| c == '|' || c.is_whitespace();
                let rest = text.get(last..span.end).unwrap_or_default().trim_matches(is_bar);
                if !rest.is_empty() {
                    events.push(Event::Text(format!(" | {rest}").into()));
                }
                events.extend([Event::End(TagEnd::TableCell), event]);
                return events;
            }
            _ => {}
        }
        vec![event]
    }
}

/// Markup of the model's own as text, pictures as links, links to the web only.
fn tamed(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(markup) | Event::InlineHtml(markup) => Event::Text(markup),
        Event::Start(
            Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }
            | Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            },
        ) => Event::Start(Tag::Link {
            link_type,
            dest_url: if is_web(&dest_url) { dest_url } else { "#".into() },
            title,
            id,
        }),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        other => other,
    }
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
        MediaSource::Inline(_) => escaped(&words),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_and_no_cell_is_lost() {
        let mut out = String::new();
        markdown(
            &mut out,
            "3. a\n2. b\n3. c\n\n> 1) d\n> 1) e\n\n| f | g |\n|---|---|\n| `h | i` | <b>|\n| j |\n",
        );
        assert_eq!(
            out,
            "<ol start=\"3\">\n<li>a</li>\n<li value=\"2\">b</li>\n<li>c</li>\n</ol>\n\
             <blockquote>\n<ol>\n<li>d</li>\n<li value=\"1\">e</li>\n</ol>\n</blockquote>\n\
             <table><thead><tr><th>f</th><th>g</th></tr></thead><tbody>\n\
             <tr><td>`h</td><td>i` | &lt;b&gt;</td></tr>\n\
             <tr><td>j</td><td></td></tr>\n</tbody></table>\n\n"
        );
    }
}
