//! Random documents: as models write them, and of any marks at all.

use proptest::prelude::*;

/// Words of a rich document: what writers and models put into paragraphs, marks that close and marks that do not.
pub(crate) fn inline() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => "[a-z]{1,9}",
        2 => "[你我他的重点内容引号中文]{1,6}",
        1 => Just("，".to_owned()),
        1 => Just("（好）。".to_owned()),
        1 => Just("🙂".to_owned()),
        1 => Just("👨\u{200d}👩\u{200d}👧".to_owned()),
        1 => Just("e\u{301}\u{302}".to_owned()),
        1 => Just("❤\u{fe0f}".to_owned()),
        1 => Just("🇨🇳".to_owned()),
        1 => Just("https://example.com/a_b_c".to_owned()),
        1 => Just("(http://a.b/c?d=e&f)".to_owned()),
        1 => prop_oneof![Just("h"), Just("[^1]"), Just("[^a"), Just("<kbd>"), Just("</b>"), Just("http://")].prop_map(str::to_owned),
        1 => "[*_`~\\[\\]()<>!$&|\\\\#.;:-]{1,3}",
        1 => "[0-9]{1,3}",
        1 => (formula(), prop_oneof![Just(""), Just("th"), Just("s"), Just("$"), Just("个")])
            .prop_map(|(formula, after)| format!("${formula}${after}")),
        1 => formula().prop_map(|formula| format!("$${formula}$$")),
        1 => formula().prop_map(|formula| format!("\\({formula}\\)")),
        1 => reference(),
    ];
    let leaf = proptest::collection::vec(atom, 1..6).prop_map(|atoms| atoms.join(" "));
    let glued = proptest::collection::vec("[a-z你，。*_`$]{1,3}", 1..4).prop_map(|atoms| atoms.concat());
    prop_oneof![3 => leaf, 1 => glued].prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|t| format!("**{t}**")),
            inner.clone().prop_map(|t| format!("*{t}*")),
            inner.clone().prop_map(|t| format!("~~{t}~~")),
            inner.clone().prop_map(|t| format!("`{t}`")),
            inner.clone().prop_map(|t| format!("[{t}](http://x.y/z_w \"title\")")),
            inner.clone().prop_map(|t| format!("${t}$")),
            (
                prop_oneof![Just("b"), Just("kbd"), Just("sup"), Just("sub"), Just("del")],
                inner.clone()
            )
                .prop_map(|(tag, t)| format!("<{tag}>{t}</{tag}>")),
            inner.clone().prop_map(|t| format!("\\({t}\\)")),
            proptest::collection::vec(inner, 1..4).prop_map(|parts| parts.join(" ")),
        ]
    })
}

/// Formulas without their marks: most are drawn, on one line or several.
fn formula() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => "[a-z]",
        1 => "[0-9]{1,2}",
        1 => Just("E=mc^2".to_owned()),
        1 => Just("x_{max}".to_owned()),
        1 => Just(r"\frac{a+1}{b}".to_owned()),
        1 => Just(r"\alpha".to_owned()),
        1 => Just(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}".to_owned()),
        1 => Just(r"a \\ b".to_owned()),
        1 => Just(r"\strange{x}".to_owned()),
    ];
    proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join("+"))
}

pub(crate) fn block() -> impl Strategy<Value = String> {
    let line = inline;
    let text = proptest::collection::vec(line(), 1..4).prop_map(|lines| lines.join("\n"));
    let leaf = prop_oneof![
        4 => text,
        1 => (1..7usize, line()).prop_map(|(level, text)| format!("{} {text}", "#".repeat(level))),
        1 => (line(), prop_oneof![Just("==="), Just("---")]).prop_map(|(text, under)| format!("{text}\n{under}")),
        1 => prop_oneof![Just("---"), Just("* * *"), Just("___")].prop_map(str::to_owned),
        1 => (prop_oneof![Just("rust"), Just(""), Just("nope")], proptest::collection::vec("[ a-z(){}\"/*中]{0,30}", 0..5))
            .prop_map(|(language, lines)| format!("```{language}\n{}\n```", lines.join("\n"))),
        1 => "[a-z ]{1,12}".prop_map(|text| format!("    {text}")),
        1 => (1..4usize, proptest::collection::vec(line(), 1..12)).prop_map(|(columns, cells)| {
            let mut table = String::new();
            let cells: Vec<String> = cells.iter().map(|c| c.replace(['\n', '|'], " ")).collect();
            for (at, row) in cells.chunks(columns).enumerate() {
                table.push_str(&format!("| {} |\n", row.join(" | ")));
                if at == 0 {
                    table.push_str(&format!("|{}\n", ":-:|".repeat(row.len())));
                }
            }
            table
        }),
        2 => defined(line()),
        1 => line().prop_map(|text| format!("$$\n{text}\n$$")),
        1 => formula().prop_map(|formula| format!("$$\n{formula}\n$$")),
        1 => formula().prop_map(|formula| format!("\\[ {formula}\n\\]")),
        1 => line().prop_map(|text| format!("<div>\n{text}\n</div>")),
        1 => line().prop_map(|text| format!("<details>\n<summary>{text}</summary>\n\n{text}\n</details>\n\n</details>")),
        1 => line().prop_map(|text| format!("> [!NOTE]\n> {text}")),
        1 => "[-*+>#|`=~\\[\\]xX 0-9.)(\t]{1,12}",
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let indent = |text: &str, by: &str| text.lines().map(|l| format!("{by}{l}\n")).collect::<String>();
        prop_oneof![
            inner.clone().prop_map(move |text| indent(&text, "> ")),
            (
                prop_oneof![Just("- "), Just("* "), Just("1. "), Just("- [ ] ")],
                proptest::collection::vec(inner.clone(), 1..4)
            )
                .prop_map(move |(marker, items)| {
                    let space = " ".repeat(marker.find(' ').unwrap_or(1) + 1);
                    items
                        .iter()
                        .map(|item| format!("{marker}{}", indent(item, &space).trim_start_matches(' ')))
                        .collect()
                }),
            proptest::collection::vec(inner, 1..4).prop_map(|blocks| blocks.join("\n\n")),
        ]
    })
}

pub(crate) fn document() -> impl Strategy<Value = String> {
    proptest::collection::vec((block(), prop_oneof![Just("\n"), Just("\n\n")]), 1..6)
        .prop_map(|blocks| blocks.into_iter().map(|(block, end)| block + end).collect())
}

/// Uses of what is defined elsewhere, if it is, and pieces of them.
pub(crate) fn reference() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("[p]".to_owned()),
        Just("[Q  q]".to_owned()),
        Just("[x][p]".to_owned()),
        Just("[*y*][q Q]".to_owned()),
        Just("![z][P]".to_owned()),
        Just("[p][]".to_owned()),
        Just("][p]".to_owned()),
        Just("[q".to_owned()),
        Just("[]".to_owned()),
        Just("(".to_owned()),
    ]
}

/// A definition as it may be written, and what may look like one.
/// `line` is what may follow it.
pub(crate) fn defined(line: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let label = prop_oneof![
        Just("[p]"),
        Just("[P]"),
        Just("[q q]"),
        Just("[ Q\nq]"),
        Just("[r\\]]"),
        Just("[]")
    ];
    let space = || prop_oneof![4 => Just(" "), 1 => Just(""), 1 => Just("\n"), 1 => Just("  ")];
    let url = prop_oneof![
        Just("/u"),
        Just("<v w,>"),
        Just("u(v)"),
        Just("http://a.b/c_d_e"),
        Just("<>"),
        Just("u\\*&amp;"),
        Just("(")
    ];
    let title = prop_oneof![
        4 => Just(""), 1 => Just("'t'"), 1 => Just("\"t *t*\""), 1 => Just("(t)"), 1 => Just("'t\nt'"), 1 => Just("'t"), 1 => Just("t")
    ];
    let rest = prop_oneof![3 => Just(String::new()), 1 => line.prop_map(|text| format!("\n{text}")), 1 => Just("\n[p]: /x".to_owned())];
    (label, space(), url, space(), title, rest)
        .prop_map(|(label, a, url, b, title, rest)| format!("{label}:{a}{url}{b}{title}").trim_end().to_owned() + &rest)
}
