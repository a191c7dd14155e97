//! Links that are defined elsewhere.

use stream_markdown::{Renderer, Viewport};

use crate::screen::{lines, seen, show, terminal, viewport};

#[test]
fn a_reference_is_drawn_as_a_link_once_it_is_defined() {
    for (text, screen) in [
        // In full, by its own text, and as a picture; the label in any case, its spaces any white space.
        (
            "[a b]: http://x.y \"title\"\n\n[*t*][A  B], [A b][] and ![p][a b].\n",
            "t (http://x.y), A b (http://x.y) and p (http://x.y).",
        ),
        ("[x.y/]: http://x.y/\n[x.y/]", "x.y/"),
        ("[a]: <b c>\n# [a]\n| [a] |\n|--|\n", "a (b c)\na (b c)\n───────"),
        // The first definition counts.
        ("[a]: /u\n[A]: /v\n\n[a]", "a (/u)"),
        // A title, a destination and a label may come in the next line.
        ("[a]: /u\n  'its\n  title'\n[b\nc]:\n/v\n[a] [b c]", "a (/u) b c (/v)"),
        ("[a]: /u\n\"no\" title [a]", "\"no\" title a (/u)"),
        // In quotes and lists, where what is hidden leaves no line behind.
        ("one\n\n> [a]: /u\n\ntwo [a]", "one\n\ntwo a (/u)"),
        ("- [a]: /u\n  [a]\n- [b]: /v\n- [b]\n", "• a (/u)\n•\n• b (/v)"),
        ("> [a]: /u\n> text [a]\n", "│ text a (/u)"),
        // No definition: in a paragraph, in code, with more behind it, after what is no label.
        ("text\n[a]: /u\n[a]", "text\n[a]: /u\n[a]"),
        ("    [a]: /u\n\n[a]", "[a]: /u\n\n[a]"),
        (
            "```\n[a]: /u\n```\n[a]",
            "── 1 ───────────────────────────────────\n[a]: /u\n────────────────────────────────────────\n\n[a]",
        ),
        ("- [ ] [a]: /u\n\n[a]", "☐ [a]: /u\n\n[a]"),
        ("[a]: /u \"t\" more\n\n[a]", "[a]: /u \"t\" more\n\n[a]"),
        ("[]: /u\n\n[]", "[]: /u\n\n[]"),
        // `[a]` in front of another label is no use of its own.
        ("[a]: /u\n\n[a][b] [b][a] [a](no link)", "[a][b] b (/u) a (/u)(no link)"),
        // Footnotes have marks.
        ("[^1]: note\n\ntext[^1] [^b]: [^12]", "¹ note\n\ntext¹ [b]: ¹²"),
        ("[^a b] [^] [^1", "[^a b] [^] [^1"),
    ] {
        assert_eq!(seen(60, text), screen, "{text}");
    }
}

#[test]
fn a_definition_that_comes_too_late_is_shown_as_written() {
    for (text, screen) in [
        (
            "See [the docs][1] and [2].\n\n[1]: http://x.y 'one'\n[2]: http://z\n[3]: /unused\n",
            "See [the docs][1] and [2].\n\n[1]: http://x.y 'one'\n[2]: http://z",
        ),
        // From there on it leads somewhere, and is not shown again.
        ("[a]\n\n[a]: /u\n\n[a]\n\n[a]: /u\n", "[a]\n\n[a]: /u\n\na (/u)"),
        ("[a]\n\n- [a]: /u\n  't'\n  text\n", "[a]\n\n• [a]: /u\n  't'\n  text"),
        ("> [a]\n>\n> [a]:\n> /u\n", "│ [a]\n│\n│ [a]:\n│ /u"),
        // What is in code is no use.
        ("`[a]` and\n\n    [a]\n\n[a]: /u\n\nend", "[a] and\n\n[a]\n\nend"),
    ] {
        assert_eq!(seen(40, text), screen, "{text}");
    }
}

#[test]
fn a_late_definition_is_quiet_and_a_link() {
    let mut markdown = Renderer::new(Viewport {
        hyperlinks: true,
        ..viewport(40)
    });
    let mut out = Vec::new();
    markdown.push("[a]\n\n[a]: http://x.y 't'\n");
    markdown.finish(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "[a]\n\n\u{1b}[2m[a]: \u{1b}]8;;http://x.y\u{1b}\\http://x.y\u{1b}]8;;\u{1b}\\ 't'\n\u{1b}[m"
    );
}

#[test]
fn no_part_of_a_reference_or_a_definition_flashes() {
    let text = "[a b]: http://x.y\n  \"its\n  title\"\n\nsee [*t*][a b] and [a b][],\nthen ![a b].\n\n- [c]: /d\n";
    let mut parser = terminal(60, 24);
    let mut markdown = Renderer::new(viewport(60));
    let mut out = Vec::new();
    for c in text.chars() {
        markdown.push(c.encode_utf8(&mut [0; 4]));
        markdown.draw(&mut out);
        show(&mut parser, &out);
        out.clear();
        let screen = lines(&mut parser, false).join("\n");
        let flashes = ["[", "]", "\"", "!", "a b]", "title", "/d"]
            .iter()
            .find(|part| screen.contains(**part));
        assert_eq!(flashes, None, "{screen}");
    }
}

#[test]
fn what_may_be_a_definition_is_held_for_a_few_lines_at_most() {
    let mut parser = terminal(60, 24);
    let mut markdown = Renderer::new(viewport(60));
    let mut out = Vec::new();
    for line in 0..7 {
        markdown.push(if line == 0 { "[not\n" } else { "closed\n" });
        markdown.draw(&mut out);
    }
    show(&mut parser, &out);
    assert_eq!(lines(&mut parser, false).len(), 7);
}

#[test]
fn many_uses_of_a_long_address_stay_short() {
    let text = format!("[a]: {}\n\n{}", "x".repeat(2000), "[a] ".repeat(500));
    assert!(seen(80, &text).len() < 2000);
}
