//! Markdown as HTML, read as the renderer reads it.

use crate::block_tree::{self, BlockTree, ItemBlock, ParsedBlock};
use crate::document::{CodeSource, ColumnAlign, Document, Highlighter, TableRow};
use crate::inline::{InlinePiece, Links};
use crate::sanitize::safe;
use crate::style::{ColorRole, Style};
use crate::viewport::Layout;

/// Markup may reach as far over the text as in the tallest window.
const LAYOUT: Layout = Layout {
    columns: 80,
    rows: 1000,
    is_plain: false,
    is_ascii: false,
    collects: true,
    prose_columns: 0,
};

/// A Markdown text as HTML: the same blocks, code and emphasis that a [`Renderer`](crate::Renderer) shows.
///
/// HTML in the text is shown as it was written. Links lead to the web alone, and a picture is a link, so that nothing
/// is fetched; any other address stands behind its text. Characters that are hidden are made visible, as by
/// [`sanitize::safe`](crate::sanitize::safe). Unlike on a screen, a reference also leads where a definition after it
/// says. Code in a known language has `span` elements with the classes `comment`, `string`, `number`, `keyword`,
/// `function`, `type`, `variable`, `inserted` and `deleted`, for a style sheet to colour.
///
/// ```
/// let html = stream_markdown::to_html("**重点：**内容 <b>");
/// assert_eq!(html, "<p><strong>重点：</strong>内容 &lt;b&gt;</p>\n");
/// ```
pub fn to_html(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let text = safe(&text);
    let mut links = Links::new(true);
    if text.contains("]:") {
        links = read(&text, links).links.with_definitions_only();
    }
    let mut document = read(&text, links);
    let events = document.output.events.take().unwrap_or_default();
    let mut writer = Writer {
        out: String::with_capacity(text.len() + text.len() / 4),
        targets: document.links.targets(),
        spent: 0,
    };
    writer.blocks(&block_tree::build(events), false);
    writer.out
}

/// The document of a whole text.
fn read(text: &str, links: Links) -> Document {
    let mut document = Document::new(LAYOUT, links);
    document.output.events = Some(Vec::new());
    document.push(text);
    document.finish();
    document
}

struct Writer<'a> {
    out: String,
    targets: &'a [String],
    /// The cost of highlighting so far.
    spent: usize,
}

impl Writer<'_> {
    /// The blocks of a container. Those of a tight list have no paragraphs of their own.
    fn blocks(&mut self, blocks: &[ParsedBlock], is_tight: bool) {
        let mut rest = blocks;
        while let Some(block) = rest.first() {
            if rest.len() < blocks.len() && !self.out.ends_with('\n') {
                self.out.push('\n');
            }
            if let BlockTree::Item(first) = &block.kind {
                let items: Vec<&ItemBlock> = rest.iter().map_while(|block| sibling(first, block)).collect();
                let (list, after) = rest.split_at(items.len());
                self.list(&items, is_loose(list));
                rest = after;
                continue;
            }
            self.block(&block.kind, is_tight);
            rest = &rest[1..];
        }
    }

    fn block(&mut self, block: &BlockTree, is_tight: bool) {
        match block {
            BlockTree::Paragraph(pieces) if is_tight => self.inline(pieces),
            BlockTree::Paragraph(pieces) => self.element("p", |writer| writer.inline(pieces)),
            BlockTree::Heading(level, pieces) => {
                self.element(&format!("h{level}"), |writer| writer.inline(pieces));
            }
            BlockTree::Rule => self.out.push_str("<hr />\n"),
            BlockTree::Quote(children) => self.element("blockquote", |writer| {
                writer.out.push('\n');
                writer.blocks(children, false);
            }),
            BlockTree::Code(source, text) => self.code(source, text),
            BlockTree::Table(aligns, rows) => self.table(aligns, rows),
            BlockTree::Item(item) => self.list(&[item], false),
        }
    }

    fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.out.push_str(&format!("<{name}>"));
        content(self);
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn list(&mut self, items: &[&ItemBlock], is_loose: bool) {
        let is_ordered = items.first().is_some_and(|item| item.number.is_some());
        let number = |item: &ItemBlock| item.number.as_deref().and_then(|number| number.parse::<u64>().ok());
        let mut next = items.first().and_then(|item| number(item)).unwrap_or(1);
        self.out.push_str(&match (is_ordered, next) {
            (false, _) => "<ul>\n".to_owned(),
            (true, 1) => "<ol>\n".to_owned(),
            (true, start) => format!("<ol start=\"{start}\">\n"),
        });
        for item in items {
            match number(item) {
                Some(number) if number != next => {
                    self.out.push_str(&format!("<li value=\"{number}\">"));
                    next = number;
                }
                _ => self.out.push_str("<li>"),
            }
            next = next.saturating_add(1);
            if is_loose {
                self.out.push('\n');
            }
            match item.task {
                Some(true) => self.out.push_str("<input type=\"checkbox\" disabled checked> "),
                Some(false) => self.out.push_str("<input type=\"checkbox\" disabled> "),
                None => {}
            }
            self.blocks(&item.children, !is_loose);
            self.out.push_str("</li>\n");
        }
        self.out.push_str(if is_ordered { "</ol>\n" } else { "</ul>\n" });
    }

    fn code(&mut self, source: &CodeSource, text: &str) {
        match source {
            CodeSource::Verbatim => self.element("p", |writer| {
                for (at, line) in text.trim_end().lines().enumerate() {
                    if at > 0 {
                        writer.out.push_str("<br>\n");
                    }
                    writer.text(line);
                }
            }),
            CodeSource::Fence { language } if !language.is_empty() => {
                self.out.push_str("<pre><code class=\"language-");
                self.text(language);
                self.out.push_str("\">");
                self.highlighted(language, text);
                self.out.push_str("</code></pre>\n");
            }
            CodeSource::Fence { .. } | CodeSource::Indented => {
                self.out.push_str("<pre><code>");
                self.text(text);
                self.out.push_str("</code></pre>\n");
            }
        }
    }

    /// Code with a `span` around each word that has a colour on a screen.
    fn highlighted(&mut self, language: &str, text: &str) {
        let Some(mut colors) = Highlighter::of(language) else {
            self.text(text);
            return;
        };
        for line in text.split_inclusive('\n') {
            let code = line.trim_end_matches('\n');
            let mut open = None;
            let out = &mut self.out;
            colors.line(code, &mut self.spent, |part, style| {
                let class = class(style.role);
                if class != open && !part.is_empty() {
                    if open.is_some() {
                        out.push_str("</span>");
                    }
                    if let Some(class) = class {
                        out.push_str(&format!("<span class=\"{class}\">"));
                    }
                    open = class;
                }
                out.push_str(&escaped(part));
            });
            if open.is_some() {
                self.out.push_str("</span>");
            }
            self.out.push_str(&line[code.len()..]);
        }
    }

    fn table(&mut self, aligns: &[ColumnAlign], rows: &[TableRow]) {
        self.out.push_str("<table><thead>");
        for (at, row) in rows.iter().enumerate() {
            self.out.push_str("<tr>");
            let name = if at == 0 { "th" } else { "td" };
            for (cell, align) in row.iter().zip(aligns) {
                let style = match align {
                    ColumnAlign::Left => "",
                    ColumnAlign::Center => " style=\"text-align: center\"",
                    ColumnAlign::Right => " style=\"text-align: right\"",
                };
                self.out.push_str(&format!("<{name}{style}>"));
                self.inline(cell);
                self.out.push_str(&format!("</{name}>"));
            }
            self.out
                .push_str(if at == 0 { "</tr></thead><tbody>\n" } else { "</tr>\n" });
        }
        self.out.push_str("</tbody></table>\n");
    }

    fn inline(&mut self, pieces: &[InlinePiece]) {
        let mut open: Vec<Tag> = Vec::new();
        for piece in pieces {
            match piece {
                InlinePiece::Break => self.out.push_str("<br>\n"),
                // The address behind a link's text, which the link has already.
                InlinePiece::Text(_, style)
                    if style.dim && style.link != 0 && open.contains(&Tag::Link(style.link)) => {}
                InlinePiece::Text(text, style) => {
                    self.switch(&mut open, tags(*style));
                    self.text(text);
                }
            }
        }
        self.switch(&mut open, Vec::new());
    }

    /// Closes and opens tags until those of `wanted` are open.
    fn switch(&mut self, open: &mut Vec<Tag>, wanted: Vec<Tag>) {
        let same = std::iter::zip(&*open, &wanted).take_while(|(a, b)| a == b).count();
        for tag in open.drain(same..).rev() {
            self.out.push_str(&format!("</{}>", tag.name()));
        }
        for tag in &wanted[same..] {
            let target = match tag {
                Tag::Link(number) => self.targets.get(*number as usize - 1),
                _ => None,
            };
            match target {
                Some(target) => self.out.push_str(&format!("<a href=\"{}\">", escaped(target))),
                None => self.out.push_str(&format!("<{}>", tag.name())),
            }
        }
        *open = wanted;
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(&escaped(text));
    }
}

/// The class of code that has a colour.
fn class(role: ColorRole) -> Option<&'static str> {
    Some(match role {
        ColorRole::Comment => "comment",
        ColorRole::String => "string",
        ColorRole::Number => "number",
        ColorRole::Keyword => "keyword",
        ColorRole::Function => "function",
        ColorRole::Type => "type",
        ColorRole::Variable => "variable",
        ColorRole::Inserted => "inserted",
        ColorRole::Deleted => "deleted",
        _ => return None,
    })
}

/// The item of `block` if it belongs to the list that begins with `first`.
fn sibling<'a>(first: &ItemBlock, block: &'a ParsedBlock) -> Option<&'a ItemBlock> {
    match &block.kind {
        BlockTree::Item(item) if item.mark == first.mark && item.number.is_some() == first.number.is_some() => {
            Some(item)
        }
        _ => None,
    }
}

/// Whether blank lines part a list's items, or the blocks in one of them.
fn is_loose(items: &[ParsedBlock]) -> bool {
    let parts = |blocks: &[ParsedBlock]| blocks.iter().skip(1).any(|block| block.follows_blank);
    let inside = |block: &ParsedBlock| matches!(&block.kind, BlockTree::Item(item) if parts(&item.children));
    parts(items) || items.iter().any(inside)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tag {
    /// The number of its target, from 1.
    Link(u32),
    /// An address that is shown.
    Address,
    Strong,
    Emphasis,
    Deleted,
    Code,
}

impl Tag {
    fn name(self) -> &'static str {
        match self {
            Tag::Link(_) => "a",
            Tag::Address => "small",
            Tag::Strong => "strong",
            Tag::Emphasis => "em",
            Tag::Deleted => "del",
            Tag::Code => "code",
        }
    }
}

/// The tags of a style, outermost first.
fn tags(style: Style) -> Vec<Tag> {
    [
        (style.link != 0, Tag::Link(style.link)),
        (style.dim, Tag::Address),
        (style.bold, Tag::Strong),
        (style.italic, Tag::Emphasis),
        (style.strike, Tag::Deleted),
        (style.role == ColorRole::Code, Tag::Code),
    ]
    .into_iter()
    .filter_map(|(is_on, tag)| is_on.then_some(tag))
    .collect()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
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
        assert_eq!(
            to_html("3. a\n2. b\n3. c\n\n> 1) d\n> 1) e\n\n| f | g |\n|---|--:|\n| `h | i` | <b>|\n| j |\n"),
            "<ol start=\"3\">\n<li>a</li>\n<li value=\"2\">b</li>\n<li>c</li>\n</ol>\n\
             <blockquote>\n<ol>\n<li>d</li>\n<li value=\"1\">e</li>\n</ol>\n</blockquote>\n\
             <table><thead><tr><th>f</th><th style=\"text-align: right\">g</th></tr></thead><tbody>\n\
             <tr><td><code>h | i</code></td><td style=\"text-align: right\">&lt;b&gt;</td></tr>\n\
             <tr><td>j</td><td style=\"text-align: right\"></td></tr>\n</tbody></table>\n"
        );
    }

    #[test]
    fn blocks_stand_in_their_containers() {
        for (text, html) in [
            ("# A *b*\nc\nd\n", "<h1>A <em>b</em></h1>\n<p>c<br>\nd</p>\n"),
            ("a\n===\n\n---\n", "<h1>a</h1>\n<hr />\n"),
            (
                "- a\n  - b\n- [x] c\n- [ ] d\n",
                "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n<li><input type=\"checkbox\" disabled checked> c</li>\n\
                 <li><input type=\"checkbox\" disabled> d</li>\n</ul>\n",
            ),
            (
                "- a\n\n  b\n- c\n+ d\n",
                "<ul>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ul>\n<ul>\n<li>d</li>\n</ul>\n",
            ),
            (
                "1. x\n   ```rust,no_run\n   a < b\n\n   ```\n> ~~~\n> c",
                "<ol>\n<li>x\n<pre><code class=\"language-rust\">a &lt; b\n\n</code></pre>\n</li>\n</ol>\n\
                 <blockquote>\n<pre><code>c\n</code></pre>\n</blockquote>\n",
            ),
            ("    a\n\n    b\n", "<pre><code>a\n\nb\n</code></pre>\n"),
            ("$$\na_1 * b\n$$\n", "<p>$$<br>\na_1 * b<br>\n$$</p>\n"),
            (
                "<div>\n*a*\n</div>\n",
                "<p>&lt;div&gt;<br>\n*a*<br>\n&lt;/div&gt;</p>\n",
            ),
        ] {
            assert_eq!(to_html(text), html, "{text}");
        }
    }

    #[test]
    fn code_in_a_known_language_has_classes() {
        assert_eq!(
            to_html("```rust\nfn f() {} // a < b\n\n```\n"),
            "<pre><code class=\"language-rust\"><span class=\"keyword\">fn</span> <span class=\"function\">f</span>() {} \
             <span class=\"comment\">// a &lt; b</span>\n\n</code></pre>\n"
        );
    }

    #[test]
    fn links_lead_to_the_web_alone() {
        for (text, html) in [
            (
                "[a **b**](http://x.y/z?a=\"b\")",
                "<a href=\"http://x.y/z?a=&quot;b&quot;\">a <strong>b</strong></a>",
            ),
            ("[a](javascript:alert)", "a<small> (javascript:alert)</small>"),
            (
                "![a](https://x.y/i.png) <http://c.d>",
                "<a href=\"https://x.y/i.png\">a</a> <a href=\"http://c.d\">http://c.d</a>",
            ),
            ("[](http://x.y)", "<a href=\"http://x.y\"><small>http://x.y</small></a>"),
            (
                "[a] [b][A]\n\n[a]: http://x.y",
                "<a href=\"http://x.y\">a</a> <a href=\"http://x.y\">b</a>",
            ),
        ] {
            assert_eq!(to_html(text), format!("<p>{html}</p>\n"), "{text}");
        }
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(
            to_html("a\u{202e}b\u{1b}[2J\r\nc\0"),
            "<p>a\\u{202e}b␛[2J<br>\nc␀</p>\n"
        );
    }
}
