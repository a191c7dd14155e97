//! Documents and the screens they come to.

use stream_markdown::{Renderer, Theme, Viewport, code_blocks};

use crate::screen::{cut, drawn, lines, seen, show, terminal, viewport, written};

#[test]
fn blocks_stand_apart_and_in_their_containers() {
    assert_eq!(
        seen(
            40,
            "# Title #\nText with\nits own lines.\n\n- one\n- two\n  1. deep\n\n     more\n- [x] done\n* * *\n\
             > quoted\n>\n> > twice\n\nHead\n====\n```\n  code  \n\n\tx\n```\nend\n\n    indented\n\n\n    again\n"
        ),
        "Title\nText with\nits own lines.\n\n• one\n• two\n  1. deep\n\n     more\n☑ done\n\n\
         ────────────────────────────────────────"
            .trim_end_matches('─')
            .to_owned()
            + &"─".repeat(39)
            + "\n\n│ quoted\n│\n│ │ twice\n\nHead\n\n── 1 ──────────────────────────────────\n  code\n\n        x\n───────────────────────────────────────\n\nend\n\nindented\n\n\nagain"
    );
}

#[test]
fn tables_line_up_in_chinese_and_wrap_in_their_cells() {
    let table = "| 名称 | Value |\n|---|--:|\n| 苹果 | 3.50 |\n| `a\\|b` | **12** |\n";
    assert_eq!(
        seen(40, table),
        "名称 │ Value\n─────┼──────\n苹果 │  3.50\na|b  │    12"
    );
    let wide = "| a | b |\n|---|---|\n| one two three | four five six |\n";
    assert_eq!(
        seen(20, wide),
        "a        │ b\n─────────┼─────────\none two  │ four\nthree    │ five six"
    );
    let long = "| a rather long head | and another | and more |\n|---|---|---|\n| b | c | d |\n";
    assert_eq!(
        seen(10, long),
        "a rather\nlong head\n  and\n  another\n  and\n  more\n───\nb\n  c\n  d"
    );
    // Below a line of text, as models write it.
    assert_eq!(
        seen(
            40,
            "Like this:\n| a | b |\n|---|---|\n| c | d |\n\n- so\n  | a | b |\n  |---|---|\n"
        ),
        "Like this:\n\na │ b\n──┼──\nc │ d\n\n• so\n\n  a │ b\n  ──┼──"
    );
    assert_eq!(
        seen(40, "No *table:\n| a | b |\n| c* |\n"),
        "No table:\n| a | b |\n| c |"
    );
    let many = "|a|b|c|d|\n|-|-|-|-|\n|longer|words|than|fit|\n";
    assert_eq!(seen(10, many), "a\n  b\n  c\n  d\n───\nlonger\n  words\n  than\n  fit");
}

#[test]
fn no_cell_and_no_number_is_lost_or_changed() {
    assert_eq!(
        seen(
            60,
            "| cmd | what |\n|---|---|\n| `du -k | sort` | lists by size |\n| $|x|$ | absolute value |\n\
             | a | b | a third cell |\n| c |\n"
        ),
        "cmd          │ what\n─────────────┼─────────────────\ndu -k | sort │ lists by size\n\
         |x|          │ absolute value\na            │ b | a third cell\nc            │"
    );
    let list = "3. c\n2. b\n1. a\n\n1) d\n1) e\n\n007. f";
    assert_eq!(seen(60, list), list);
    assert_eq!(seen(60, "1234567890. g"), "1234567890. g");
}

#[test]
fn formulas_are_drawn_as_unicode_text() {
    for (text, screen) in [
        (
            "It costs $5 (**each**), and $n$个 of the $k$th, $x$-axis: $3$ in $$x$$.",
            "It costs $5 (each), and n个 of the kth, x-axis: 3 in x.",
        ),
        (
            "Energy is $E=mc^2$, and \\(\\frac{a}{b}\\) too.",
            "Energy is E = mc², and a⁄b too.",
        ),
        ("so\n$$\n\\sum_{i=1}^n i\n$$\nis it", "so\n\n  ∑ᵢ₌₁ⁿ i\n\nis it"),
        ("$$ x^2 + y^2 = z^2 $$", "  x² + y² = z²"),
        ("\\[ a \\leq b \\].", "  a ≤ b."),
        ("1. \\[ a\n   \\in B \\]\n2. b", "1.   a ∈ B\n\n2. b"),
        (
            "\\[ \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} \\]",
            "  ⎛a  b⎞\n  ⎝c  d⎠",
        ),
        ("| $x_1$ | y |\n|---|---|\n| $|x|$ | 2 |", "x₁  │ y\n────┼──\n|x| │ 2"),
        ("**bold $x^2$**", "bold x²"),
    ] {
        assert_eq!(seen(60, text), screen, "{text}");
    }
}

#[test]
fn what_is_added_to_the_text_can_be_ascii() {
    let text = "- a $x^2$\n- [x] b\n\n> c\n\n| d | e |\n|---|---|\n| f | g |\n\n---\n\n```sh\nls\n```\n\n<details>\n<summary>h</summary>\n\ni\n";
    let viewport = Viewport {
        ascii: true,
        ..viewport(40)
    };
    let bytes = String::from_utf8(written(viewport, &[text])).unwrap();
    assert!(bytes.is_ascii(), "{bytes}");
    assert!(bytes.contains("\u{1b}["), "{bytes}");
    let mut screen = terminal(40, 24);
    show(&mut screen, bytes.as_bytes());
    let shown = lines(&mut screen, false).join("\n");
    assert_eq!(
        shown,
        "- a $x^2$\n[x] b\n\n> c\n\nd | e\n--+--\nf | g\n\n---------------------------------------\n\n```sh\nls\n```\n\n<details>\n<summary>h</summary>\n\ni"
    );
}

#[test]
fn what_is_no_formula_or_has_no_characters_is_shown_as_written() {
    for text in [
        "$$\na_1 * b_2 * c\n\\strange{x}{y}\n$$",
        "\\[\nx_1 **y** \\foo[z](u)\n\\]",
        "inline $\\foo*b*c_2$ and \\(\\foo*y*z\\) and $$\\foo_1*n_2*n$$.",
        "From $$ to $$$, or $$$; I paid 5$+10$; 单价$5+运费，共计8$。",
        "It costs $5, or 5$ and US$6; $HOME/bin:$PATH and ${x}_${y}.",
        "$$\nnever closed _a_ x^2",
        "```\n$E=mc^2$\n```",
    ] {
        assert_eq!(without_edges(&seen(70, text)), without_edges(text), "{text}");
    }
}

#[test]
fn levels_of_headings_and_boxes_of_tasks_are_told_apart_without_colours() {
    let mut looks = Vec::new();
    for level in 1..=6 {
        let text = format!("{} one\n\ntwo\n", "#".repeat(level));
        let bytes = written(
            Viewport {
                theme: Theme::Plain,
                ..viewport(40)
            },
            &[&text],
        );
        let bytes = String::from_utf8(bytes).unwrap();
        let look = bytes.split_once("one").unwrap().0.to_owned();
        assert!(
            !look.is_empty() && !looks.contains(&look),
            "{level}: {looks:?} {look:?}"
        );
        looks.push(look);
    }
    assert_eq!(looks[..2], ["\x1b[1;4m", "\x1b[1m"]);
    let tasks = "- [ ] one\n- [x] two\n  - [X] three\n- [x]four\n";
    assert_eq!(seen(40, tasks), "☐ one\n☑ two\n  ☑ three\n• [x]four");
    let plain = written(Viewport::default(), &[tasks]);
    assert_eq!(
        String::from_utf8(plain).unwrap(),
        "[ ] one\n[x] two\n    [x] three\n- [x]four\n"
    );
}

#[test]
fn tags_that_format_text_are_drawn_and_others_shown_as_written() {
    for (text, screen) in [
        ("Press <kbd>Ctrl</kbd>+<kbd>C</kbd>.", "Press Ctrl+C."),
        ("H<sub>2</sub>O, x<sup>n+1</sup>, 5<sup>th</sup>", "H₂O, xⁿ⁺¹, 5ᵗʰ"),
        (
            "<b>a <i>b</i></b> <u>c</u> <s>d</s> <del>e</del> **<em>f</em>**",
            "a b c d e f",
        ),
        (
            "| <b>a</b> | b<br>c |\n|---|---|\n| x<sup>2</sup> | d |",
            "a  │ b\n   │ c\n───┼──\nx² │ d",
        ),
        (
            "a <b>never closed, Vec<i> and `<b>x</b>`",
            "a <b>never closed, Vec<i> and <b>x</b>",
        ),
        (
            "a </b> <b class=\"x\">b</b> <span>c</span>",
            "a </b> <b class=\"x\">b</b> <span>c</span>",
        ),
    ] {
        assert_eq!(seen(60, text), screen, "{text}");
        // Where nothing is drawn twice they are as they were written.
        if !text.contains(['*', '`', '|']) {
            let plain = written(Viewport::default(), &[text]);
            assert_eq!(String::from_utf8(plain).unwrap(), format!("{text}\n"));
        }
    }
    let bold = written(
        Viewport {
            theme: Theme::Plain,
            ..viewport(60)
        },
        &["<b>a</b> <i>b</i> <u>c</u> <s>d</s>."],
    );
    assert_eq!(
        String::from_utf8(bold).unwrap(),
        "\x1b[1ma\x1b[m \x1b[3mb\x1b[m \x1b[4mc\x1b[m \x1b[9md\x1b[m.\n"
    );
}

#[test]
fn alerts_have_a_title_and_details_their_summary() {
    for (text, screen) in [
        (
            "a\n\n> [!NOTE]\n> one\n> two\n\n> [!warning]\n>\n> - b\n",
            "a\n\n│ Note\n│ one\n│ two\n\n│ Warning\n│\n│ • b",
        ),
        (
            "> a\n> [!NOTE]\n\n[!TIP]\n\n> [!OTHER]\n",
            "│ a\n│ [!NOTE]\n\n[!TIP]\n\n│ [!OTHER]",
        ),
        ("> [!NOTE] a\n\n- > [!TIP]\n  > b", "│ [!NOTE] a\n\n• │ Tip\n  │ b"),
        (
            "a\n\n<details>\n<summary><b>More</b></summary>\n\nb **c**\n\n</details>\n\n<details open><summary>And</summary>\nd\n\
             </details>\n\ne",
            "a\n\n▸ More\n\nb c\n\n▸ And\nd\n\ne",
        ),
        ("- <details>\n\n  a\n\n  </details>\n- b", "•\n\n  a\n\n• b"),
        (
            "b\n\n<details>\n\n```\na\n```\n</details>",
            "b\n\n── 1 ───────────────────────────────────\na\n────────────────────────────────────────",
        ),
    ] {
        assert_eq!(seen(60, text), screen, "{text}");
        let plain = String::from_utf8(written(Viewport::default(), &[text])).unwrap();
        assert!(!plain.contains('▸') && !plain.contains("Note"), "{plain}");
    }
}

#[test]
fn text_is_wrapped_to_a_width_that_tables_and_code_need_not_keep() {
    let text = "one two three four five six\n\n- seven eight nine ten eleven\n\n| a long head | another head |\n|---|---|\n\n```\n\
                some code that is longer\n```\n";
    let shown = |columns, prose_columns| {
        let viewport = Viewport {
            prose_columns,
            ..viewport(columns)
        };
        let mut parser = terminal(columns, 24);
        show(&mut parser, &written(viewport, &cut(text, &[3])));
        lines(&mut parser, false).join("\n")
    };
    let rest = |rule: usize| {
        format!(
            "a long head │ another head\n────────────┼─────────────\n\n── 1 ──{}\nsome code that is longer\n{}",
            "─".repeat(rule - 7),
            "─".repeat(rule)
        )
    };
    let narrow = format!(
        "one two three\nfour five six\n\n• seven eight\n  nine ten\n  eleven\n\n{}",
        rest(40)
    );
    assert_eq!(shown(60, 14), narrow);
    let wide = format!(
        "one two three four five six\n\n• seven eight nine ten eleven\n\n{}",
        rest(40)
    );
    assert_eq!(shown(60, 0), wide);
    assert_eq!(shown(60, 100), wide);
}

#[test]
fn bare_addresses_are_links() {
    let bytes = |text: &str, hyperlinks| {
        let viewport = Viewport {
            hyperlinks,
            theme: Theme::Plain,
            ..viewport(80)
        };
        let whole = written(viewport, &[text]);
        assert_eq!(drawn(viewport, &cut(text, &[1])), drawn(viewport, &[text]), "{text}");
        String::from_utf8(whole).unwrap()
    };
    let link = |url: &str| format!("\x1b[4m\x1b]8;;{url}\x1b\\{url}\x1b[m\x1b]8;;\x1b\\");
    for (before, url, after) in [
        ("See ", "https://a.b/c_d_e", "."),
        ("(", "http://a.b/c_(d)", ")!"),
        ("见", "https://a.b/?q=1&r=2", "，然后"),
        ("", "https://a.b", " is it"),
    ] {
        let text = format!("{before}{url}{after}");
        assert_eq!(
            bytes(&text, true),
            format!("{before}{}{after}\n", link(url)),
            "{text:?}"
        );
        assert_eq!(bytes(&text, false), format!("{before}\x1b[4m{url}\x1b[m{after}\n"));
    }
    for text in ["xhttp://a.b", "http:// a", "htt", "https:/a.b", "how h"] {
        assert_eq!(bytes(text, true), format!("{text}\n"));
    }
    assert!(bytes("**https://a.b** x", true).contains("\x1b[1;4m\x1b]8;;https://a.b\x1b\\https://a.b\x1b[m"));
    assert!(bytes("`https://a.b`", true).find("\x1b]8").is_none());
    // One that is longer than what is held back leads nowhere, rather than to its beginning.
    let long = format!("https://a.b/{}", "c".repeat(3000));
    assert!(bytes(&long, true).find("\x1b]8").is_none());
}

/// The lines that are no fences and no rules.
fn without_edges(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with(['`', '─']));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn code_has_edges_with_its_language_and_the_number_that_copying_counts_by() {
    let text = "Run:\n```python title=\"a.py\"\nimport os\n```\n\n    indented\n\n1. so\n   ~~~~\n   ls\n\n     -l\n   ~~~~\n\n\
                > ```rust\n> fn main() {}\n\nend\n- ```typescript\n  ```";
    let rule = |cells: usize| "─".repeat(cells);
    let screen = |columns: usize| {
        let width = (columns - 1).min(40);
        let top = |label: &str, indent: usize| {
            format!(
                "{label}{}",
                rule(width.min(columns - 1 - indent) - label.chars().count())
            )
        };
        [
            "Run:",
            "",
            &top("── python ── 1 ──", 0),
            "import os",
            &rule(width),
            "",
            "indented",
            "",
            "1. so",
            "",
            &format!("   {}", top("── 2 ──", 3)),
            "   ls",
            "",
            "     -l",
            &format!("   {}", top("", 3)),
            "",
            &format!(
                "│ {}",
                top(
                    if columns < 20 {
                        "── 3 ──"
                    } else {
                        "── rust ── 3 ──"
                    },
                    2
                )
            ),
            "│ fn main() {}",
            &format!("│ {}", top("", 2)),
            "",
            "end",
            &format!(
                "• {}",
                top(
                    if columns < 30 {
                        "── 4 ──"
                    } else {
                        "── typescript ── 4 ──"
                    },
                    2
                )
            ),
            &format!("  {}", top("", 2)),
        ]
        .join("\n")
    };
    for columns in [80, 30, 20] {
        assert_eq!(seen(columns, text), screen(usize::from(columns)), "{columns}");
    }
    let blocks = code_blocks(text);
    assert_eq!(blocks, ["import os\n", "ls\n\n  -l\n", "fn main() {}\n", ""]);
}

#[test]
fn code_that_is_not_coloured_has_the_fences_that_were_written() {
    let text = "1. so\n   ~~~~ sh -x\n   ls\n   ~~~~\n\n```\na\n```\n";
    let plain = "1. so\n\n   ~~~~ sh -x\n   ls\n   ~~~~\n\n```\na\n```\n";
    for viewport in [
        Viewport::default(),
        Viewport {
            accessible: true,
            ..viewport(40)
        },
    ] {
        for size in [1, 3, 100] {
            let bytes = written(viewport, &cut(text, &[size]));
            assert_eq!(String::from_utf8(bytes).unwrap(), plain);
        }
    }
}

#[test]
fn a_table_taller_than_the_window_goes_on_with_its_columns() {
    let mut table = String::from("|n|text|\n|-|-|\n");
    for row in 0..40 {
        table.push_str(&format!("|{row}|{}|\n", "x".repeat(row / 2)));
    }
    let seen = seen(40, &table);
    assert!(seen.contains("\n39 │ xxxx"), "{seen}");
    // Rows that have left the window are not drawn a second time, and keep the columns they had.
    assert_eq!(seen.matches("n  │ text").count(), 1, "{seen}");
    assert_eq!(drawn(viewport(40), &cut(&table, &[3])), drawn(viewport(40), &[&table]));
}

#[test]
fn words_that_outgrow_the_line_move_down_whole() {
    let mut parser = terminal(20, 24);
    let mut markdown = Renderer::new(viewport(20));
    let mut screens = Vec::new();
    for delta in ["a line of nineteen", " ch", "ars", "."] {
        let mut out = Vec::new();
        markdown.push(delta);
        markdown.draw(&mut out);
        show(&mut parser, &out);
        screens.push(lines(&mut parser, false).join("/"));
    }
    assert_eq!(
        screens,
        [
            "a line of nineteen",
            "a line of nineteen/ch",
            "a line of nineteen/chars",
            "a line of nineteen/chars."
        ]
    );
}

#[test]
fn partial_markup_never_flashes() {
    for (columns, text) in [
        (
            60,
            "**bold** and [link](http://a.b) and `code`\n\n| a | b |\n|---|---|\n| c | d |\n\n## H ##\n",
        ),
        // A head that is wider than the window.
        (20, "| one two three | four five six |\n|---|---|\n| c | d |\n"),
        (60, "text\n| one | two |\n|---|---|\n| c | d |\n"),
    ] {
        let mut parser = terminal(columns, 24);
        let mut markdown = Renderer::new(viewport(columns));
        for c in text.chars() {
            let mut out = Vec::new();
            markdown.push(c.encode_utf8(&mut [0; 4]));
            markdown.draw(&mut out);
            show(&mut parser, &out);
            let screen = lines(&mut parser, false).join("\n");
            assert!(!screen.contains(['*', '[', ']', '`', '|', '#']), "{screen}");
        }
    }
}

#[test]
fn links_are_links_only_to_the_web_and_only_where_they_are_known() {
    let text = "[a](https://x.y/中) [b](javascript:alert) <http://c.d>";
    let bytes = |hyperlinks| {
        let mut markdown = Renderer::new(Viewport {
            hyperlinks,
            ..viewport(80)
        });
        let mut out = Vec::new();
        markdown.push(text);
        markdown.finish(&mut out);
        String::from_utf8(out).unwrap()
    };
    assert!(!bytes(false).contains("\x1b]8"));
    let out = bytes(true);
    assert!(out.contains("\x1b]8;;https://x.y/%E4%B8%AD\x1b\\"), "{out:?}");
    assert!(out.contains("\x1b]8;;http://c.d\x1b\\"), "{out:?}");
    assert!(!out.contains(";javascript"), "{out:?}");
}
