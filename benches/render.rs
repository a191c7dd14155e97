//! What drawing an answer costs: run with `cargo bench --bench render`.

#![allow(clippy::print_stdout)] // it prints figures

use std::time::Instant;

use stream_markdown::{ColorDepth, Renderer, Viewport};

const PROSE: &str = "Streaming text is **drawn once** and never again, so that *finished* lines stay where they are. \
    A paragraph wraps at the edge of the window, `code` and all, and [links](https://example.com/a/b) say where they \
    lead. 中文也一样，标点不会出现在行首。\n\n";

const MIXED: &str = "## A heading\n\nSome **bold** prose with `code` and a [link](https://example.com) in it.\n\n\
    - one item\n- another *item* that is longer than the line it stands on, so that it wraps\n  - nested\n\n\
    ```rust\nfn main() {\n    let answer = 42; // why not\n    println!(\"{answer}\");\n}\n```\n\n\
    | name | value |\n|------|------:|\n| a | 1 |\n| bb | 22 |\n| 中文 | 333 |\n\n> quoted text\n\n";

/// The same in Chinese, with the same marks.
const MIXED_CHINESE: &str = "## 一个标题\n\n这里有**粗体**的文字，还有`代码`和一个[链接](https://example.com)。\n\n\
    - 第一项\n- 另一*项*比它所在的那一行还要长，所以它会在这里换行，标点不会出现在行首\n  - 嵌套\n\n\
    ```rust\nfn main() {\n    let answer = 42; // 为什么不呢\n    println!(\"{answer}\");\n}\n```\n\n\
    | 名称 | 数值 |\n|------|------:|\n| 甲 | 1 |\n| 乙乙 | 22 |\n| 中文 | 333 |\n\n> 引用的文字\n\n";

/// Paragraphs without any mark, in both languages.
const PLAIN: &str = "Streaming text is drawn once and never again, so that finished lines stay where they are. A paragraph \
    wraps at the edge of the window, and nothing that is above it moves when it does.\n\n";
const PLAIN_CHINESE: &str = "流式输出的文字只画一次，之后不再重画，已经完成的行会一直留在原来的位置。一个段落到了窗口的边缘就会换行，\
    标点不会出现在行首，而它上面的内容不会因此移动。\n\n";

/// Seconds and bytes of drawing `text` in deltas of about `size` bytes.
fn draw(text: &str, size: usize) -> (f64, usize) {
    let mut markdown = Renderer::new(Viewport {
        color_depth: ColorDepth::Ansi256,
        ..Viewport::default()
    });
    let mut out = Vec::new();
    let mut written = 0;
    let start = Instant::now();
    let mut rest = text;
    while !rest.is_empty() {
        let mut at = size.min(rest.len());
        while !rest.is_char_boundary(at) {
            at += 1;
        }
        markdown.push(&rest[..at]);
        markdown.draw(&mut out);
        written += out.len();
        out.clear();
        rest = &rest[at..];
    }
    markdown.finish(&mut out);
    (start.elapsed().as_secs_f64(), written + out.len())
}

fn repeated(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len() + 1)
}

/// Paragraphs of words of all lengths, so that line ends fall everywhere.
fn prose(bytes: usize) -> String {
    let words = [
        "a",
        "of",
        "the",
        "and",
        "**bold words**",
        "rendering",
        "*slanted*",
        "characteristically",
        "中文标点，",
        "`code`",
        "terminal",
        "scrollback.",
        "It",
        "[link](https://a.bc/d)",
        "wraps",
        "everywhere",
    ];
    let mut text = String::new();
    let mut seed = 7_usize;
    while text.len() < bytes {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        text.push_str(words[(seed >> 40) % words.len()]);
        text.push_str(if (seed >> 50).is_multiple_of(60) { "\n\n" } else { " " });
    }
    text
}

fn table(rows: usize) -> String {
    let mut text = String::from("| name | value | 说明 |\n|---|--:|---|\n");
    for row in 0..rows {
        text.push_str(&format!(
            "| row {} | {} | {} |\n",
            row,
            row * row,
            "文字".repeat(row % 5)
        ));
    }
    text
}

fn main() {
    // The syntaxes are loaded once, in the first code block.
    draw(MIXED, 5);

    let plain = repeated("word ", 1_000_000);
    let lines = repeated("some plain words in a line of text that ends\n", 1_000_000);
    println!("200,000 plain deltas, one line    {:.3} s", draw(&plain, 5).0);
    println!("200,000 plain deltas, many lines  {:.3} s", draw(&lines, 5).0);
    println!(
        "20,000 Markdown deltas            {:.3} s",
        draw(&repeated(MIXED, 100_000), 5).0
    );
    for (name, english, chinese) in [("mixed", MIXED, MIXED_CHINESE), ("prose", PLAIN, PLAIN_CHINESE)] {
        // The same bytes in as many deltas: twelve bytes are four Chinese characters.
        let english = draw(&repeated(english, 240_000), 12).0;
        let chinese = draw(&repeated(chinese, 240_000), 12).0;
        println!(
            "20,000 deltas in Chinese, {name:<14}  {:.2} times those in English ({chinese:.3} s, {english:.3} s), at most 1.3",
            chinese / english
        );
    }
    for (name, text) in [
        ("prose", PROSE.to_owned()),
        ("mixed", MIXED.to_owned()),
        ("one long line", PROSE.replace('\n', " ")),
        ("stars that never close", "*word ".to_owned()),
        ("brackets", "[word ".to_owned()),
        ("backticks", "`` ` ``` word ".to_owned()),
        ("one list", "- an item with *some* text\n".to_owned()),
        ("one code block", "    let x = 1; // code\n".to_owned()),
        ("quotes", "> text\n> text\n".to_owned()),
        ("marks", "-".to_owned()),
    ] {
        let once = draw(&repeated(&text, 200_000), 5).0;
        let four = draw(&repeated(&text, 800_000), 5).0;
        println!(
            "4x the answer, {name:<24} {:.2} times ({once:.3} s, {four:.3} s)",
            four / once
        );
    }
    let once = draw(&table(2_000), 5).0;
    println!(
        "4x the answer, {:<24} {:.2} times",
        "one table",
        draw(&table(8_000), 5).0 / once
    );
    for (name, text) in [
        ("prose", prose(20_000)),
        ("mixed", repeated(MIXED, 20_000)),
        ("table of 15", table(15)),
        ("table of 100", table(100)),
    ] {
        let whole = draw(&text, usize::MAX).1;
        for size in [1, 5, 12] {
            let ratio = draw(&text, size).1 as f64 / whole as f64;
            println!("bytes written, {name}, deltas of {size}: {ratio:.3} of the finished rendering ({whole} bytes)");
        }
    }
}
