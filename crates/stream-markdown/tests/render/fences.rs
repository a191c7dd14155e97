//! The code that is taken out of an answer is what another parser finds in its fenced blocks.

use proptest::prelude::*;
use pulldown_cmark::{CodeBlockKind, Event, Options as Extensions, Parser, Tag, TagEnd};
use stream_markdown::{CodeExtractor, CodeSelection, code_blocks};

use crate::generate;
use crate::screen::cut;

/// The code of an answer that comes in these deltas.
fn taken(wanted: CodeSelection, deltas: &[&str]) -> String {
    let mut extract = CodeExtractor::new(wanted);
    let mut out = String::new();
    for delta in deltas {
        extract.push(delta, &mut out);
    }
    extract.finish(&mut out);
    out
}

/// The blocks of a text, one by one.
fn each(text: &str) -> Vec<String> {
    let blocks = code_blocks(text);
    for (at, block) in blocks.iter().enumerate() {
        assert_eq!(&taken(CodeSelection::Nth(at + 1), &[text]), block, "{text}");
    }
    blocks
}

fn fenced(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = None;
    for event in Parser::new_ext(text, Extensions::ENABLE_TABLES | Extensions::ENABLE_TASKLISTS) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => open = Some(String::new()),
            Event::Text(text) => {
                if let Some(code) = &mut open {
                    code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => found.extend(open.take()),
            _ => {}
        }
    }
    found
}

/// Lines with fences among them, in and out of containers.
fn lines() -> impl Strategy<Value = String> {
    let start = prop_oneof![
        6 => Just(""), 2 => Just("  "), 1 => Just("    "), 1 => Just("   "), 1 => Just(" "), 1 => Just("      "),
    ];
    let mark = prop_oneof![
        8 => Just(""), 3 => Just("- "), 2 => Just("> "), 1 => Just(">"), 2 => Just("1. "), 1 => Just("10) "),
        1 => Just("- [ ] "), 1 => Just("-   "),
    ];
    let rest = prop_oneof![
        4 => "[a-z]{1,6}( [a-z]{1,6})?",
        2 => Just(String::new()),
        3 => Just("```".to_owned()),
        2 => Just("```sh".to_owned()),
        1 => Just("````".to_owned()),
        1 => Just("~~~".to_owned()),
        1 => Just("``` `".to_owned()),
        1 => Just("``".to_owned()),
        1 => Just("# a".to_owned()),
        1 => Just("***".to_owned()),
        1 => Just("| a | b |".to_owned()),
        1 => Just("[p]: /u".to_owned()),
    ];
    let line = (start, proptest::collection::vec(mark, 0..3), rest)
        .prop_map(|(start, marks, rest)| format!("{start}{}{rest}", marks.concat()));
    proptest::collection::vec(line, 1..12).prop_map(|lines| lines.join("\n") + "\n")
}

/// Whether our reading parts from CommonMark's in this text on purpose: formulas hold no blocks.
fn is_ours(text: &str) -> bool {
    text.contains("$$") || text.contains("\\[")
}

proptest! {
    #[test]
    fn fences_are_those_of_another_parser(text in lines()) {
        prop_assert_eq!(each(&text), fenced(&text));
    }

    #[test]
    fn so_are_those_of_rich_documents(text in generate::document().prop_filter("a formula", |text| !is_ours(text))) {
        prop_assert_eq!(each(&text), fenced(&text));
    }

    #[test]
    fn cutting_changes_no_code(
        text in prop_oneof![lines(), generate::document()],
        returns in any::<bool>(),
        cuts in proptest::collection::vec(1..6usize, 1..5),
    ) {
        let text = if returns { text.replace('\n', "\r\n") } else { text };
        prop_assert_eq!(taken(CodeSelection::All, &cut(&text, &cuts)), taken(CodeSelection::All, &[&text]));
    }
}

#[test]
fn fences_stand_behind_marks_and_in_quotes() {
    for (text, code) in [
        ("1. ```sh\n   ls\n   ```\n   that lists files\n", "ls\n"),
        ("- Run:\n\n  ```\n  a\n\n    b\n  ```\n- then\n", "a\n\n  b\n"),
        ("> ```\n> a\n>   b\n>\n> ```\nafter\n", "a\n  b\n\n"),
        ("> - ```\n>   a\n\nnot in it\n", "a\n"),
        ("- ```\n\ta\n  ```\n", "  a\n"),
        ("- ```\n  a\nnot in it\n```\nb\n", "a\n\nb\n"),
        ("$$\nx\n```\na\n```\n", "a\n"),
        ("- [ ] \n| a | b |\n    ```\n", ""),
        // No list begins with ten in the middle of a paragraph, be it of definitions.
        ("[p]: /u\n10) ```\na\n", ""),
        // Indented code and code of HTML are no fenced blocks.
        ("    a\n\n    ```\n    b\n    ```\n", ""),
        ("<div>\n```\na\n```\n</div>\n", ""),
    ] {
        assert_eq!(taken(CodeSelection::All, &[text]), code, "{text}");
    }
}
