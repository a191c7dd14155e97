//! HTML says what the screen shows: the same words with the same emphasis in the same quotes, the same lists, and the
//! same code.

use proptest::prelude::*;
use stream_markdown::{ColorDepth, Renderer, Viewport, code_blocks, to_html};

use crate::generate::document;
use crate::screen::{show, terminal};

/// A character, how many quotes it stands in, and whether it is bold, slanted and code.
type Sign = (char, usize, bool, bool, bool);

/// A document as both show it.
#[derive(Debug, PartialEq)]
struct Shown {
    signs: Vec<Sign>,
    /// The markers of list items: `•`, `1`, `[x]`, `[_]`.
    markers: Vec<String>,
}

/// What is on a screen so large that nothing wraps or scrolls, without rules and addresses.
fn seen(text: &str) -> Shown {
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
    let mut markers = Vec::new();
    for row in 0..rows {
        let (mut quotes, mut is_prefix, mut marked) = (0, true, String::new());
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column) else {
                continue;
            };
            let is_heading = cell.bold() || cell.italic() || cell.underline();
            let is_marker = cell.fgcolor() == vt100::Color::Rgb(130, 170, 255) && !is_heading;
            marked.push_str(if is_marker && cell.has_contents() {
                cell.contents()
            } else {
                " "
            });
            let is_bar = cell.dim() && cell.contents() == "│";
            is_prefix &= is_marker || is_bar || cell.contents().trim().is_empty();
            quotes += usize::from(is_prefix && is_bar);
            if cell.dim() || is_marker {
                continue;
            }
            let is_code = cell.fgcolor() == vt100::Color::Rgb(255, 203, 107);
            let signs_of = cell.contents().chars().filter(|c| !c.is_whitespace());
            signs.extend(signs_of.map(|c| (c, quotes, cell.bold(), cell.italic(), is_code)));
        }
        let marked = marked.replace('☐', "[_]").replace('☑', "[x]");
        markers.extend(marked.split_whitespace().map(|marker| {
            let number = marker.trim_end_matches(['.', ')']);
            number
                .parse::<u64>()
                .map_or(marker.to_owned(), |number| number.to_string())
        }));
    }
    Shown { signs, markers }
}

/// The same of HTML, whose headings have the emphasis of the screen's.
fn said(html: &str) -> Shown {
    let mut signs = Vec::new();
    let mut markers: Vec<String> = Vec::new();
    // The next number of each open list; `None` for bullets.
    let mut lists: Vec<Option<u64>> = Vec::new();
    let (mut bold, mut italic, mut code, mut address, mut lines, mut quotes) = (0, 0, 0, 0, 0, 0_usize);
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        if c == '<' {
            let (tag, after) = rest[1..].split_once('>').expect("a tag without an end");
            let (step, name) = tag.strip_prefix('/').map_or((1, tag), |name| (-1, name));
            match name.split(' ').next().unwrap_or_default() {
                "strong" | "th" | "h1" | "h2" => bold += step,
                "h3" => {
                    bold += step;
                    italic += step;
                }
                "h4" | "h6" => italic += step,
                "em" => italic += step,
                "code" => code += step,
                "pre" => lines += step,
                "small" => address += step,
                "blockquote" if step > 0 => quotes += 1,
                "blockquote" => quotes -= 1,
                "ul" | "ol" if step < 0 => {
                    lists.pop();
                }
                "ul" => lists.push(None),
                "ol" => lists.push(Some(attribute(tag).unwrap_or(1))),
                "li" if step > 0 => {
                    let next = lists.last_mut().unwrap();
                    *next = attribute(tag).or(*next);
                    markers.push(next.map_or("•".to_owned(), |number| number.to_string()));
                    *next = next.map(|number| number + 1);
                }
                "input" => {
                    let mark = if tag.contains(" checked") { "[x]" } else { "[_]" };
                    *markers.last_mut().unwrap() = mark.to_owned();
                }
                _ => {}
            }
            rest = after;
            continue;
        }
        let entities = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"')];
        let entity = entities.iter().find(|(entity, _)| rest.starts_with(entity));
        let (length, c) = entity.map_or((c.len_utf8(), c), |(entity, c)| (entity.len(), *c));
        if !c.is_whitespace() && address == 0 {
            signs.push((c, quotes, bold > 0, italic > 0, code > 0 && lines == 0));
        }
        rest = &rest[length..];
    }
    assert_eq!(
        (bold, italic, code, address, lines, quotes),
        (0, 0, 0, 0, 0, 0),
        "{html}"
    );
    Shown { signs, markers }
}

/// The number in a tag's only attribute.
fn attribute(tag: &str) -> Option<u64> {
    tag.split('"').nth(1)?.parse().ok()
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
        .prop_map(|text| {
            text.replace("]:", "] ")
                .replace("```rust", "```nope")
                .replace("~~~", "~~ ")
        })
        .prop_map(|text| text.replace('$', "€").replace("\\(", "(").replace("\\[", "["))
        // HTML shows tags and the marks of footnotes and alerts as they were written.
        .prop_map(|text| text.replace(['<', '^'], "€").replace("[!", "€"))
}

/// The same in an order that both have: cells may wrap, so that what stands in them lies apart on the screen, and the
/// lines between them look like the bars of quotes.
fn comparable(text: &str, mut shown: Shown) -> Shown {
    if text.contains('|') {
        for sign in &mut shown.signs {
            sign.1 = 0;
        }
        shown.signs.sort_unstable();
    }
    shown
}

proptest! {
    #[test]
    fn words_and_emphasis_are_those_of_the_screen(text in undefined()) {
        let html = to_html(&text);
        let (said, seen) = (comparable(&text, said(&html)), comparable(&text, seen(&text)));
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
fn documents_have_the_structure_of_the_screen() {
    for text in [
        include_str!("../../README.md"),
        "# A\n\n1. one\n2. two\n   - three\n\n     > four\n   - [x] five\n3. six\n\n> - seven\n>   ```sh\n>   ls **x**\n>   ```\n",
        "5) a\n5) b\n\n- [ ] c\n- [x] d **e**\n> > f\n> g\n***\n**重点：**内容\n",
        "- \n- a\n\n-\n  b\n\n  ```\n  c\n",
    ] {
        // The colours of code would be taken for marks.
        let text = &text.replace("```rust", "```nope").replace("```sh", "```nope");
        let html = to_html(text);
        assert_eq!(comparable(text, said(&html)), comparable(text, seen(text)), "{html}");
        assert_eq!(fenced(&html), code_blocks(text), "{html}");
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
