//! Exports of a conversation: Markdown, JSON, HTML. Pure: values in, text out.

mod html;
mod json;
mod markdown;

use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::record::{Conversation, StoredMessage};
use crate::text::file_size;
use qwen_api::{Media, Role};

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Markdown,
    /// All data, the attached bytes included (base64).
    Json,
    /// One self-contained page: no scripts, nothing fetched.
    Html,
}

impl ExportFormat {
    pub const ALL: [ExportFormat; 3] = [ExportFormat::Markdown, ExportFormat::Json, ExportFormat::Html];

    /// The format with this name: `md` or `markdown`, `json`, `html` or `htm`.
    pub fn from_name(name: &str) -> Option<ExportFormat> {
        match name.to_ascii_lowercase().as_str() {
            "md" | "markdown" => Some(ExportFormat::Markdown),
            "json" => Some(ExportFormat::Json),
            "html" | "htm" => Some(ExportFormat::Html),
            _ => None,
        }
    }

    /// The format of a file's extension.
    pub fn from_path(path: &Path) -> Option<ExportFormat> {
        ExportFormat::from_name(path.extension()?.to_str()?)
    }

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            ExportFormat::Markdown => "md",
            ExportFormat::Json => "json",
            ExportFormat::Html => "html",
        }
    }
}

/// A conversation with one of its branches in a format. Times are in `zone`, in JSON in UTC. Control characters stay as
/// they are: to be sanitised before it is printed on a terminal.
pub fn export(
    format: ExportFormat,
    conversation: &Conversation,
    messages: &[StoredMessage],
    zone: &TimeZone,
) -> String {
    match format {
        ExportFormat::Markdown => markdown::export(conversation, messages, zone),
        ExportFormat::Json => json::export(conversation, messages),
        ExportFormat::Html => html::export(conversation, messages, zone),
    }
}

/// A conversation without its messages, as JSON for `list`.
pub fn summary(conversation: &Conversation) -> Value {
    json::summary(conversation)
}

/// A message with its metadata, as JSON. Attached bytes are base64.
pub fn message(message: &StoredMessage) -> Value {
    json::message(message)
}

fn speaker(message: &StoredMessage) -> String {
    match (message.message.role, &message.model) {
        (Role::User, _) => "You".to_owned(),
        (Role::System, _) => "System".to_owned(),
        (Role::Assistant, Some(model)) => model.clone(),
        (Role::Assistant, None) => "Assistant".to_owned(),
        (Role::Tool, _) => "Tool".to_owned(),
    }
}

/// Why an answer is incomplete, in brackets.
fn incomplete(message: &StoredMessage) -> Option<String> {
    if message.state == super::MessageState::Complete {
        return None;
    }
    Some(match &message.cut {
        Some(cut) => format!("(incomplete: {})", cut.message),
        None => "(incomplete)".to_owned(),
    })
}

/// Whether a URL is of the web or a mailbox, and not a script or a file.
fn is_web(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https" | "mailto"))
}

/// The label of an attachment: `image: cat.png`, and of one that was uploaded what the server's copy was.
fn attachment(media: &Media) -> String {
    let label = format!("{}: {}", media.kind.as_str(), media.name);
    match &media.upload {
        None => label,
        Some(upload) => format!("{label} ({}, SHA-256 {})", file_size(upload.size), upload.sha256),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::super::record::{CutReason, MessageId, MessageState};
    use super::*;
    use qwen_api::{Block, MediaKind, MediaSource, Message, Remote, SearchResult};

    fn conversation() -> Conversation {
        Conversation {
            id: "01JABC".to_owned(),
            name: None,
            title: "cats & <dogs>".to_owned(),
            created: 1_795_248_000_000,
            updated: 1_795_248_000_000,
            provider: "demo".to_owned(),
            model: "demo-1".to_owned(),
            system: Some("be <b>brief</b>".to_owned()),
            head: Some(MessageId(2)),
            messages: 2,
            cwd: None,
            key: 1,
        }
    }

    fn stored(id: i64, role: Role, blocks: Vec<Block>) -> StoredMessage {
        StoredMessage {
            id: MessageId(id),
            parent: None,
            message: Message::new(role, blocks),
            state: MessageState::Complete,
            cut: None,
            created: 1_795_248_000_000,
            provider: None,
            model: (role == Role::Assistant).then(|| "demo-1".to_owned()),
            finish: None,
            usage: None,
            time_to_first_token_ms: None,
            duration_ms: None,
            request_id: None,
            remote: Remote::default(),
            search: Vec::new(),
        }
    }

    fn exchange() -> Vec<StoredMessage> {
        let picture = Block::Media(Media {
            kind: MediaKind::Image,
            source: MediaSource::Inline(Bytes::from_static(b"abc")),
            mime: "image/png".to_owned(),
            name: "a\"b.png".to_owned(),
            upload: None,
        });
        let question = stored(
            1,
            Role::User,
            vec![Block::Text("<script>alert(1)</script>\n*hi*".to_owned()), picture],
        );
        let said = "# Yes\n\n<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![p](https://track.example/p.png)\n\n\
                    ```html\n</pre><script>\n```\n";
        let mut answer = stored(
            2,
            Role::Assistant,
            vec![
                Block::Thinking("well\n\n</details>".to_owned()),
                Block::Text(said.to_owned()),
            ],
        );
        answer.state = MessageState::Cut;
        answer.cut = Some(CutReason {
            kind: "network".to_owned(),
            message: "the <line> was cut".to_owned(),
        });
        answer.search = vec![SearchResult {
            title: "A [page]".to_owned(),
            url: "javascript:alert(2)".to_owned(),
            index: 1,
            site: String::new(),
        }];
        vec![question, answer]
    }

    #[test]
    fn markdown_keeps_what_was_said() {
        let text = export(ExportFormat::Markdown, &conversation(), &exchange(), &TimeZone::UTC);
        insta::assert_snapshot!(text, @r###"
# cats \& \<dogs\>

2026-11-21 08:00 · demo-1 · 01JABC

## System

be <b>brief</b>

## You

<script>alert(1)</script>
*hi*

*[image: a"b.png]*

## demo-1

> well
>
> </details>

# Yes

<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![p](https://track.example/p.png)

```html
</pre><script>
```

*(incomplete: the \<line\> was cut)*

- [1] A \[page\]
"###);
    }

    #[test]
    fn both_formats_find_the_blocks_and_the_emphasis_of_the_screen() {
        let said = "**重点：**内容\n\n1. so\n   ```sh\n   ls\n   ```\n\n~~~~\ncut *off*";
        let answer = stored(1, Role::Assistant, vec![Block::Text(said.to_owned())]);
        let written = |format| {
            export(
                format,
                &conversation(),
                &[answer.clone(), answer.clone()],
                &TimeZone::UTC,
            )
        };
        let html = "<p><strong>重点：</strong>内容</p>\n<ol>\n<li>so\n\
                    <pre><code class=\"language-sh\"><span class=\"function\">ls</span>\n</code></pre>\n</li>\n</ol>\n\
                    <pre><code>cut *off*\n</code></pre>\n";
        assert_eq!(written(ExportFormat::Html).matches(html).count(), 2);
        // A code block that was cut does not continue in the next message.
        let blocks = stream_markdown::code_blocks(&written(ExportFormat::Markdown));
        assert_eq!(blocks, ["ls\n", "cut *off*\n", "ls\n", "cut *off*\n"]);
    }

    #[test]
    fn html_makes_headings_of_an_answer_smaller_by_level_and_keeps_formulas_as_written() {
        let said = "## A\n\n### B\n\nwhere \\(a_1\\) is \\[b\\]";
        let answer = stored(1, Role::Assistant, vec![Block::Text(said.to_owned())]);
        let html = export(ExportFormat::Html, &conversation(), &[answer], &TimeZone::UTC);
        assert!(
            html.contains("<h2>A</h2>\n<h3>B</h3>\n<p>where \\(a_1\\) is \\[b\\]</p>\n"),
            "{html}"
        );
        // Only who speaks is in small grey letters.
        let small = html.lines().find(|line| line.contains("opacity: .7;")).unwrap();
        assert!(small.starts_with("header p, section > h2:first-child {"), "{small}");
        let size = |level: &str| {
            let rule = html.split_once(&format!(" {level} {{ font-size: ")).unwrap().1;
            rule.split_once("rem").unwrap().0.parse::<f64>().unwrap()
        };
        assert!(size("h2") > size("h3") && size("h3") > 1.0);
    }

    #[test]
    fn html_shows_markup_and_never_obeys_it() {
        let text = export(ExportFormat::Html, &conversation(), &exchange(), &TimeZone::UTC);
        let body = text.split_once("<body>").map(|(_, body)| body).unwrap();
        insta::assert_snapshot!(body, @r###"
<header>
<h1>cats &amp; &lt;dogs&gt;</h1>
<p>2026-11-21 08:00 · demo-1 · 01JABC</p>
</header>
<section class="system">
<h2>System</h2>
<div class="plain">be &lt;b&gt;brief&lt;/b&gt;</div>
</section>
<section class="user">
<h2>You</h2>
<div class="plain">&lt;script&gt;alert(1)&lt;/script&gt;
*hi*</div>
<p><img alt="image: a&quot;b.png" src="data:image/png;base64,YWJj"></p>
</section>
<section class="assistant">
<h2>demo-1</h2>
<details>
<summary>Thinking</summary>
<div class="plain">well

&lt;/details&gt;</div>
</details>
<h1>Yes</h1>
<p>&lt;img src=x onerror=alert(1)&gt; a<small> (javascript:alert(1))</small> <a href="https://track.example/p.png">p</a></p>
<pre><code class="language-html">&lt;/<span class="keyword">pre</span>&gt;&lt;<span class="keyword">script</span>&gt;
</code></pre>
<p class="note">(incomplete: the &lt;line&gt; was cut)</p>
<ul>
<li>[1] A [page]</li>
</ul>
</section>
</body>
</html>
"###);
        for obeyed in ["<script", "<img src=x", "href=\"javascript:", "src=\"https:", "<b>"] {
            assert!(!text.contains(obeyed), "{obeyed}");
        }
    }

    #[test]
    fn json_holds_everything() {
        let text = export(ExportFormat::Json, &conversation(), &exchange(), &TimeZone::UTC);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["session"], "01JABC");
        assert_eq!(value["created"], "2026-11-21T08:00:00Z");
        assert_eq!(value["messages"][0]["media"][0]["data"], "YWJj");
        assert_eq!(value["messages"][1]["reasoning"], "well\n\n</details>");
        assert_eq!(value["messages"][1]["error"]["kind"], "network");
        assert_eq!(value["messages"][1]["search_results"][0]["url"], "javascript:alert(2)");
        assert!(text.ends_with("}\n"));
    }

    #[test]
    fn a_file_s_ending_names_the_format() {
        let of = |path: &str| ExportFormat::from_path(Path::new(path));
        assert_eq!(of("a.MD"), Some(ExportFormat::Markdown));
        assert_eq!(of("a.b.html"), Some(ExportFormat::Html));
        assert_eq!(of("a.json"), Some(ExportFormat::Json));
        assert_eq!((of("a.txt"), of("md")), (None, None));
    }
}
