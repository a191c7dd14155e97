//! HTML says what the screen shows: the same words with the same emphasis, and the same code.

use proptest::prelude::*;
use stream_markdown::{ColorDepth, Renderer, Viewport, code_blocks, to_html};

use crate::generate::document;
use crate::screen::{show, terminal};

/// A character, and whether it is bold, slanted and code.
type Sign = (char, bool, bool, bool);

/// What is on a screen so large that nothing wraps or scrolls, without what was put there beside the text: markers,
/// rules and addresses.
fn seen(text: &str) -> Vec<Sign> {
    let (columns, rows) = (160, 200);
    let mut parser = terminal(columns, rows);
    let mut renderer = Renderer::new(Viewport {
        columns,
        rows,
        color_depth: ColorDepth::True,
        ..Viewport::default()
    });
    let mut bytes = Vec::new();
    renderer.push(text);
    renderer.finish(&mut bytes);
    show(&mut parser, &bytes);
    let screen = parser.screen();
    let mut signs = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column) else {
                continue;
            };
            let is_marker = cell.fgcolor() == vt100::Color::Rgb(130, 170, 255) && !cell.bold();
            if cell.dim() || is_marker {
                continue;
            }
            let is_code = cell.fgcolor() == vt100::Color::Rgb(255, 203, 107);
            let signs_of = cell.contents().chars().filter(|c| !c.is_whitespace());
            signs.extend(signs_of.map(|c| (c, cell.bold(), cell.italic(), is_code)));
        }
    }
    signs
}

/// The same of HTML, whose headings are bold.
fn said(html: &str) -> Vec<Sign> {
    let mut signs = Vec::new();
    let (mut bold, mut italic, mut code, mut address, mut lines) = (0, 0, 0, 0, 0);
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let (tag, after) = rest[1..].split_once('>').expect("a tag without an end");
            let (step, name) = tag.strip_prefix('/').map_or((1, tag), |name| (-1, name));
            match name.split(' ').next().unwrap_or_default() {
                "strong" | "th" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => bold += step,
                "em" => italic += step,
                "code" => code += step,
                "pre" => lines += step,
                "small" => address += step,
                _ => {}
            }
            rest = after;
            continue;
        }
        let entities = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];
        let entity = entities.iter().find(|(entity, _)| rest.starts_with(entity));
        let (length, c) = entity.map_or((c.len_utf8(), c), |(entity, c)| (entity.len(), *c));
        if !c.is_whitespace() && address == 0 {
            signs.push((c, bold > 0, italic > 0, code > 0 && lines == 0));
        }
        rest = &rest[length..];
    }
    assert_eq!((bold, italic, code, address, lines), (0, 0, 0, 0, 0), "{html}");
    signs
}

/// The fenced code in HTML.
fn fenced(html: &str) -> Vec<String> {
    let blocks = html.split("<pre><code").skip(1);
    let code = blocks.map(|block| block.split_once("</code>").unwrap().0.split_once('>').unwrap().1);
    code.map(|code| {
        let text = code.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        text.replace("&amp;", "&")
    })
    .collect()
}

/// A document without definitions, which HTML knows from the beginning, without formulas, which HTML shows as written,
/// and without colours in its code.
fn undefined() -> impl Strategy<Value = String> {
    document()
        .prop_map(|text| text.replace("]:", "] ").replace("```rust", "```nope"))
        .prop_map(|text| text.replace('$', "€").replace("\\(", "(").replace("\\[", "["))
}

proptest! {
    #[test]
    fn words_and_emphasis_are_those_of_the_screen(text in undefined()) {
        let html = to_html(&text);
        let (mut said, mut seen) = (said(&html), seen(&text));
        if text.contains('|') {
            // Cells may wrap, so that what stands in them lies apart on the screen.
            said.sort_unstable();
            seen.sort_unstable();
        }
        prop_assert_eq!(said, seen, "{}", html);
    }

    #[test]
    fn code_is_what_is_taken_out_of_the_text(text in undefined()) {
        // Indented code has no fences, and is no code to take out.
        let text = text.replace('\t', " ").replace("    ", "");
        prop_assert_eq!(fenced(&to_html(&text)), code_blocks(&text));
    }
}

#[test]
fn emphasis_in_chinese_is_that_of_the_screen() {
    for text in [
        "**重点：**内容 和 *“引用”*的",
        "한국어**[강조]**는",
        "# **a** b\n\n| **c** | d |\n|--|--|\n| *e* | `f` |",
        "约3~5天 ~~x~~ **a*b*c** `a*b*`",
        "- **重点：**内容\n  > 1. *a*\n  >    ```\n  >    **b**\n  >    ```\n",
    ] {
        assert_eq!(said(&to_html(text)), seen(text), "{text}");
    }
}
