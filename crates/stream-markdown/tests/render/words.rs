//! The words on the screen are those another parser finds in the same document.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU16;

use proptest::prelude::*;
use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, Options as Extensions, Parser, Tag, TagEnd};
use stream_markdown::{ColorDepth, Renderer, Viewport};

use crate::generate::{defined, reference};

/// What is on a screen so tall that nothing scrolls, without white space and what we draw ourselves.
fn seen(text: &str, columns: u16) -> String {
    let rows = 400;
    let mut parser = vt100::Parser::new(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap(), 0);
    let mut markdown = Renderer::new(Viewport {
        columns,
        rows,
        color_depth: ColorDepth::Ansi16,
        ..Viewport::default()
    });
    let mut out = Vec::new();
    for c in text.chars() {
        markdown.push(c.encode_utf8(&mut [0; 4]));
        markdown.draw(&mut out);
    }
    markdown.finish(&mut out);
    for byte in out {
        parser.process(if byte == b'\n' {
            b"\r\n"
        } else {
            std::slice::from_ref(&byte)
        });
    }
    let is_ours = |c: char| c.is_whitespace() || "•☐☑│─┼".contains(c);
    parser
        .screen()
        .contents()
        .chars()
        .filter(|c| !is_ours(*c))
        .collect::<String>()
        .replace("[x]", "")
        .replace("<b>", "")
        .replace("</b>", "")
}

/// A link's definition in a document.
struct Definition {
    label: String,
    url: String,
    source: String,
}

const EXTENSIONS: Extensions = Extensions::ENABLE_TABLES
    .union(Extensions::ENABLE_STRIKETHROUGH)
    .union(Extensions::ENABLE_TASKLISTS);

/// The definitions of a document, and the document with a heading, `Xn`, in the place of each.
fn definitions(text: &str) -> (Vec<Definition>, String) {
    let mut text = text.to_owned();
    let mut found = Vec::new();
    loop {
        let parser = Parser::new_ext(&text, EXTENSIONS);
        let Some((label, definition)) = parser.reference_definitions().iter().next() else {
            return (found, text);
        };
        let span = definition.span.clone();
        let replaced = Definition {
            label: label.to_uppercase(),
            url: definition.dest.to_string(),
            source: text[span.clone()].to_owned(),
        };
        text.replace_range(span, &format!("# {DEFINITION}{}", found.len()));
        found.push(replaced);
    }
}

/// Stands where a definition was.
const DEFINITION: char = '\u{e000}';

/// The same from pulldown-cmark, with the marks, numbers and URLs we add.
///
/// Where we part from it: a reference leads somewhere only if its definition came before, because the line it stands
/// on is final; and a definition that came after is shown as written.
fn meant(text: &str) -> String {
    let (definitions, text) = definitions(text);
    let known: RefCell<HashMap<String, String>> = RefCell::default();
    let missed: RefCell<HashSet<String>> = RefCell::default();
    let resolve = |link: BrokenLink| {
        let label = link.reference.to_uppercase();
        let url = known.borrow().get(&label).cloned();
        if url.is_none() {
            missed.borrow_mut().insert(label);
        }
        url.map(|url| (CowStr::from(url), CowStr::from("")))
    };
    let mut out = String::new();
    let mut links: Vec<(usize, String)> = Vec::new();
    let mut blocks = 0;
    let mut columns = 0;
    let mut cells = 0;
    let mut last = 0;
    for (event, span) in Parser::new_with_broken_link_callback(&text, EXTENSIONS, Some(resolve)).into_offset_iter() {
        match event {
            Event::Text(text) if text.starts_with(DEFINITION) => {
                let definition = &definitions[text[DEFINITION.len_utf8()..].parse::<usize>().unwrap()];
                if missed.borrow_mut().remove(&definition.label) {
                    // The bars of its quotes are ours.
                    for line in definition.source.lines() {
                        out.push_str(line.trim_start_matches(['>', ' ']));
                    }
                }
                let mut known = known.borrow_mut();
                known.entry(definition.label.clone()).or_insert(definition.url.clone());
            }
            // Tags are shown as written.
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) | Event::Html(text) => out.push_str(&text),
            // Code has its language and its number above it.
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                blocks += 1;
                out.push_str(&format!("{info}{blocks}"));
            }
            // Every item has the number that was written for it.
            Event::Start(Tag::Item) => {
                let item = text[span].trim_start_matches(['\n', ' ', '>']);
                let digits = item.len() - item.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                if digits > 0 {
                    out.push_str(&item[..=digits]);
                }
            }
            // What is beyond the last column stands in it.
            Event::Start(Tag::Table(aligns)) => columns = aligns.len(),
            Event::Start(Tag::TableRow) => cells = 0,
            Event::End(TagEnd::TableCell) => {
                cells += 1;
                last = span.end;
            }
            Event::End(TagEnd::TableRow) if cells == columns => {
                out.push_str(text[last..span.end].trim_matches(['|', ' ', '\n']));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push((out.len(), dest_url.to_string()));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                let (start, url) = links.pop().unwrap();
                let said = out[start..].to_owned();
                if said.is_empty() {
                    out.push_str(&url);
                } else if said != url && !url.is_empty() {
                    out.push_str(&format!("({url})"));
                }
            }
            _ => {}
        }
    }
    out.retain(|c| !c.is_whitespace());
    // Where a box is a task's and where it is text, the two differ: ours stands for the bullet.
    // So are tags that are a pair drawn, and others shown as written.
    out.replace("[x]", "").replace("<b>", "").replace("</b>", "")
}

/// Text in which marks stand anywhere. ASCII letters: for Chinese we mend CommonMark on purpose.
fn line() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => "[a-z]{1,8}",
        3 => Just(" ".to_owned()),
        3 => "[*_]{1,3}",
        1 => "[a-z]{1,4}".prop_map(|text| format!(" ~~{text}~~ ")), // elsewhere the two differ over flanking
        1 => "`{1,2}",
        1 => Just("\\*".to_owned()),
        1 => Just("[".to_owned()),
        1 => Just("](u)".to_owned()),
        1 => Just("]".to_owned()),
        1 => Just("!".to_owned()),
        1 => "[.,;:?]",
        1 => prop_oneof![
            Just("&hearts;".to_owned()),
            Just("&CounterClockwiseContourIntegral;".to_owned()),
            Just("&NotEqualTilde;".to_owned()),
            Just("&#x4e2d;".to_owned()),
            Just("&bogus;".to_owned()),
            Just("& ".to_owned()),
        ],
        1 => prop_oneof![
            Just("<http://a.b/_c_>".to_owned()),
            Just("<b>".to_owned()),
            Just("</b>".to_owned()),
            Just("<i class=\"a *b*\">".to_owned()),
            Just("<!-- *c* -->".to_owned()),
        ],
        1 => "[中文字]{1,3}".prop_map(|text| format!(" {text} ")),
        2 => reference(),
    ];
    proptest::collection::vec(part, 1..14).prop_map(|parts| format!("a{}", parts.concat()).trim_end().to_owned())
}

fn document() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        4 => proptest::collection::vec(line(), 1..4).prop_map(|lines| lines.join("\n")),
        1 => (1..7usize, line()).prop_map(|(level, text)| format!("{} {text}", "#".repeat(level))),
        1 => line().prop_map(|text| format!("{text}\n===")),
        1 => Just("***".to_owned()),
        3 => defined(line()),
        1 => proptest::collection::vec("[a-z *_#>|-]{0,12}", 1..5).prop_map(|l| format!("```\n{}\n```", l.join("\n"))),
        1 => proptest::collection::vec("[a-z]{1,5}", 2..9).prop_map(|cells| {
            let rows: Vec<String> = cells.chunks_exact(2).map(|c| format!("| **{}** | `{}` |", c[0], c[1])).collect();
            format!("{}\n|---|--:|\n{}", rows[0], rows[1..].join("\n"))
        }),
    ];
    let nested = block.prop_recursive(3, 12, 3, |inner| {
        let blocks = proptest::collection::vec(inner, 1..3).prop_map(|blocks| blocks.join("\n\n"));
        let indent = |text: &str, by: &str| {
            let lines = text.lines().map(|l| {
                if l.is_empty() {
                    String::new()
                } else {
                    format!("{by}{l}")
                }
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        prop_oneof![
            blocks
                .clone()
                .prop_map(|text| text.lines().map(|l| format!("> {l}")).collect::<Vec<_>>().join("\n")),
            (prop_oneof![Just("- "), Just("1. "), Just("- [x] ")], blocks).prop_map(move |(marker, text)| {
                let by = " ".repeat(marker.find(' ').unwrap() + 1);
                format!("{marker}{}", indent(&text, &by).trim_start())
            }),
        ]
    });
    proptest::collection::vec(nested, 1..5).prop_map(|blocks| blocks.join("\n\n"))
}

/// Lines of which each may be anything. No tabs: what is behind one is no quote for us, and sometimes for the other
/// parser. Numbers go with a point, which is what `meant` writes.
fn soup() -> impl Strategy<Value = String> {
    let start = prop_oneof![
        6 => Just(""), 2 => Just("  "), 1 => Just("    "), 1 => Just("   "), 1 => Just(" "), 1 => Just("      "),
    ];
    let mark = prop_oneof![
        8 => Just(""), 2 => Just("- "), 2 => Just("> "), 1 => Just(">"), 1 => Just("1. "), 1 => Just("2. "), 1 => Just("+ "),
        1 => Just("## "), 1 => Just("-   "),
    ];
    let rest = prop_oneof![
        8 => line(),
        3 => Just(String::new()),
        1 => Just("```".to_owned()),
        1 => Just("~~~".to_owned()),
        1 => Just("***".to_owned()),
        1 => Just("===".to_owned()),
        1 => Just("[p]: /u\n".to_owned()),
        1 => Just("'t'".to_owned()),
        1 => "[a-z]{1,5}".prop_map(|a| format!("| {a} | {a} |")),
        1 => Just("|--|--|".to_owned()),
        1 => Just("-".to_owned()),
    ];
    let line = (start, proptest::collection::vec(mark, 0..3), rest)
        .prop_map(|(start, marks, rest)| format!("{start}{}{rest}", marks.concat()));
    // What is indented below a table is a row to the other parser or code, by what it holds; and a head that follows
    // an item or a quote without its indentation or mark is text for us.
    let others = ["\n    ", "- ", "-\n", ">", ". ", "+ "];
    proptest::collection::vec(line, 1..9)
        .prop_map(|lines| lines.join("\n"))
        .prop_filter("a table among other blocks", move |text| {
            !text.contains("|--|--|") || !others.iter().any(|other| text.contains(other))
        })
}

/// The words of both parsers in a window. Cells that wrap beside each other are read in another order.
fn both(text: &str, columns: u16) -> (String, String) {
    let (seen, meant) = (seen(text, columns), meant(text));
    if !text.contains("|--") {
        return (seen, meant);
    }
    let sorted = |text: &str| {
        let mut chars: Vec<char> = text.chars().collect();
        chars.sort_unstable();
        chars.into_iter().collect()
    };
    (sorted(&seen), sorted(&meant))
}

proptest! {
    #[test]
    fn the_words_of_any_lines_are_those_of_another_parser(text in soup()) {
        let (seen, meant) = both(&text, 1000);
        prop_assert_eq!(seen, meant);
    }

    #[test]
    fn the_words_are_those_of_another_parser(text in document()) {
        let (seen, meant) = both(&text, 1000);
        prop_assert_eq!(seen, meant);
    }

    #[test]
    fn the_words_are_the_same_in_a_narrow_window(text in document(), columns in 10..60u16) {
        let (seen, meant) = both(&text, columns);
        prop_assert_eq!(seen, meant);
    }
}

#[test]
fn the_words_of_plain_cases_are_the_same() {
    for text in [
        "*a **b** c* and ***d***",
        "- a\n- b\n\n  c\n\n1. d\n2. e\n   - f",
        "> a\nlazy\n\n> b",
        "a | b\n--|--\nc | d\nf",
        "a[![](u)](u)",
        "3. a\n2. b\n1. c\n\n7) d\n7) e\n\n01. f\n000000009. g\n1234567890. h",
        "> - [x] ```\n>   |\n>   |-\n>   ```",
        "# a #\nb\n---\n`` c ` d ``",
        "- [x] ```\n  ||\n  |-\n  |\n  ```",
        "a | b\n--|--\nc | d\n|\ne",
    ] {
        assert_eq!(seen(text, 1000), meant(text), "{text}");
    }
    assert_eq!(seen("- 1. 1. aa", 10), "1.1.aa");
    assert_eq!(seen("1. 1. 1. aa", 10), "1.1.1.aa");
    assert_eq!(seen("**b**", 1000), "b");
    assert_eq!(seen("a | b\n--|--\nc | d | e | |\nf", 1000), "abcd|ef");
}
