//! Inline Markdown: emphasis, code, links, math, entities, and a little HTML.
//!
//! [`parse`] reads source into pieces of styled text, and says how many of them are settled: nothing that follows can
//! change them. The caller drops that part of the source.

mod address;
mod angle_bracket;
mod emphasis;
mod entity;
mod footnote;
mod link_label;
mod link_target;
mod links;
mod literal;
mod node;
mod tokenizer;

use crate::style::{ColorRole, Style};

pub(crate) use link_label::key as label_key;
pub(crate) use link_target::url_of;
pub(crate) use links::Links;
pub(crate) use literal::literal;
use node::{InlineNode, NodeKind};
use tokenizer::Tokens;
pub(crate) use tokenizer::plain_length;

/// A run of text in one style, or the end of a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum InlinePiece {
    Text(String, Style),
    Break,
}

/// What source means so far.
#[derive(Debug, Default)]
pub(crate) struct ParsedInline {
    pub pieces: Vec<InlinePiece>,
    /// How many pieces at the beginning are settled.
    pub settled_pieces: usize,
    /// The bytes of source that those come from.
    pub settled: usize,
}

/// How source is read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InlineMode {
    /// Nothing that follows may change what the source means.
    pub complete: bool,
    /// More text follows all the same, so that an address at the end may be part of one.
    pub is_cut: bool,
    /// Formulas, HTML tags and footnotes become what they stand for.
    pub replaces_source: bool,
}

/// Reads `source`, which comes after the character `before`.
pub(crate) fn parse(
    source: &str,
    before: Option<char>,
    mode: InlineMode,
    base: Style,
    links: &mut Links,
) -> ParsedInline {
    let Tokens {
        mut nodes,
        mut settled,
        mut pairs,
        unresolved,
    } = tokenizer::read(source, before, mode, links);
    emphasis::pair(&mut nodes, &mut pairs);
    if !mode.complete {
        for node in &nodes {
            if node.is_undecided() {
                settled = settled.min(node.at);
            }
        }
        // A pair that encloses something unsettled is unsettled with it.
        while let Some((start, _)) = pairs.iter().find(|(start, end)| *start < settled && *end >= settled) {
            settled = *start;
        }
        show_openers_as_closed(&mut nodes, source);
    }
    for (at, label) in unresolved {
        if at < settled {
            links.add_unresolved(label);
        }
    }
    let mut parsed = ParsedInline {
        settled,
        ..ParsedInline::default()
    };
    for node in nodes {
        let is_settled = node.at < settled;
        parsed.add(node, base);
        if is_settled {
            parsed.settled_pieces = parsed.pieces.len();
        }
    }
    parsed
}

impl ParsedInline {
    fn add(&mut self, node: InlineNode, base: Style) {
        let mut style = base;
        style.bold |= node.bold;
        style.italic |= node.italic;
        style.strike |= node.strike;
        style.underline |= node.underline;
        if node.keyboard {
            style.role = ColorRole::Code;
        }
        if node.in_link {
            style.underline = true;
            style.role = ColorRole::Link;
            style.link = node.link;
        }
        match node.kind {
            NodeKind::Break => self.pieces.push(InlinePiece::Break),
            NodeKind::Text(text) => self.pieces.push(InlinePiece::Text(text, style)),
            NodeKind::Code(text) => {
                style.role = ColorRole::Code;
                self.pieces.push(InlinePiece::Text(text, style));
            }
            NodeKind::Url(text) => {
                style.dim = true;
                style.underline = false;
                style.role = ColorRole::Text;
                self.pieces.push(InlinePiece::Text(text, style));
            }
            NodeKind::Delimiter(run) if run.left > 0 => {
                let text = std::iter::repeat_n(run.mark, run.left).collect();
                self.pieces.push(InlinePiece::Text(text, style));
            }
            NodeKind::Bracket { text, .. } => self.pieces.push(InlinePiece::Text(text.to_owned(), style)),
            NodeKind::Tag(_, source) => self.pieces.push(InlinePiece::Text(source, style)),
            NodeKind::Delimiter(_) => {}
        }
    }
}

/// Shows an opener on the last line as if it was closed: `**wor` is `wor` in bold. On a line that has ended it is shown
/// as written, until a later line closes it.
fn show_openers_as_closed(nodes: &mut Vec<InlineNode>, source: &str) {
    let line = source.rfind('\n').map_or(0, |at| at + 1);
    let is_hidden = |kind: &NodeKind| matches!(kind, NodeKind::Bracket { is_active: true, .. } | NodeKind::Tag(..));
    if let Some(cut) = nodes.iter().position(|n| n.at >= line && is_hidden(&n.kind)) {
        nodes.truncate(cut);
    }
    let (mut bold, mut italic, mut strike) = (false, false, false);
    for node in nodes {
        if let NodeKind::Delimiter(run) = &mut node.kind
            && node.at >= line
            && run.is_opener()
            && !run.is_inside_word
        {
            strike |= run.mark == '~';
            bold |= run.mark != '~' && run.left >= 2;
            italic |= run.mark != '~' && run.left % 2 == 1;
            run.left = 0;
        }
        node.bold |= bold;
        node.italic |= italic;
        node.strike |= strike;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(source: &str, complete: bool) -> String {
        let mode = InlineMode {
            complete,
            ..InlineMode::default()
        };
        let mut links = Links::new(false);
        let mut out = String::new();
        let mut pieces: Vec<InlinePiece> = Vec::new();
        for piece in parse(source, None, mode, Style::default(), &mut links).pieces {
            match (pieces.last_mut(), piece) {
                (Some(InlinePiece::Text(last, style)), InlinePiece::Text(text, same)) if *style == same => {
                    last.push_str(&text)
                }
                (_, piece) => pieces.push(piece),
            }
        }
        for piece in pieces {
            match piece {
                InlinePiece::Text(text, _) if text.is_empty() => {}
                InlinePiece::Break => out.push('\n'),
                InlinePiece::Text(text, style) => {
                    let tag = [
                        (style.bold, 'b'),
                        (style.italic, 'i'),
                        (style.strike, 's'),
                        (style.role == ColorRole::Code, 'c'),
                        (style.underline, 'u'),
                        (style.dim, 'd'),
                    ];
                    let tag: String = tag.iter().filter(|(on, _)| *on).map(|(_, c)| *c).collect();
                    if tag.is_empty() {
                        out.push_str(&text);
                    } else {
                        out.push_str(&format!("<{tag}:{text}>"));
                    }
                }
            }
        }
        out
    }

    #[test]
    fn reads_emphasis_by_the_rules() {
        for (source, meaning) in [
            ("**a** *b* ~~c~~", "<b:a> <i:b> <s:c>"),
            ("***a***", "<bi:a>"),
            ("**a*b*c**", "<b:a><bi:b><b:c>"),
            ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
            ("**a", "**a"),
            ("a** b", "a** b"),
            ("_a_b_", "<i:a_b>"),
            ("**重点：**内容", "<b:重点：>内容"),
            ("这是**“引用”**的话", "这是<b:“引用”>的话"),
            (
                "한국어**[강조]**한국어 제목**(부제)**입니다",
                "한국어<b:[강조]>한국어 제목<b:(부제)>입니다",
            ),
            (
                "**[강조]**는 *“인용”*과 ~~(옛)~~새",
                "<b:[강조]>는 <i:“인용”>과 <s:(옛)>새",
            ),
            ("カナ**「語」**ｶﾅ**(語)**です", "カナ<b:「語」>ｶﾅ<b:(語)>です"),
            ("ไทย**(คำ)**ไทย ខ្មែរ**«ពាក្យ»**ខ្មែរ", "ไทย<b:(คำ)>ไทย ខ្មែរ<b:«ពាក្យ»>ខ្មែរ"),
            ("word**(not)**word", "word**(not)**word"),
            ("约3~5天，10~20个", "约3~5天，10~20个"),
            (r"\*a\* \a", r"*a* \a"),
        ] {
            assert_eq!(marked(source, true), meaning, "{source}");
        }
    }

    #[test]
    fn reads_code_links_math_and_entities() {
        for (source, meaning) in [
            ("`a*b*` ``c`d``", "<c:a*b*> <c:c`d>"),
            ("`a", "`a"),
            ("[t](http://x.y/z)", "<u:t><d: (http://x.y/z)>"),
            ("[http://x.y](http://x.y)", "<u:http://x.y>"),
            ("[**t**](<a b> \"title\")!", "<bu:t><d: (a b)>!"),
            ("![alt](i.png)", "<u:alt><d: (i.png)>"),
            ("[1] and [a][b]", "[1] and [a][b]"),
            ("<http://a.b/_c_>", "<u:http://a.b/_c_>"),
            ("<b>*x*</b><br>y", "<b><i:x></b>\ny"),
            ("$a_1*b*c_2$ costs $5 and *6*", "$a_1*b*c_2$ costs $5 and <i:6>"),
            (r"\(a*b*c\) \[x*y*z\]", r"\(a*b*c\) \[x*y*z\]"),
            ("&lt;&amp;&#65;&#27;&bogus;", "<&A␛&bogus;"),
        ] {
            assert_eq!(marked(source, true), meaning, "{source}");
        }
    }

    #[test]
    fn nothing_undecided_is_shown() {
        for (source, shown) in [
            ("a **", "a "),
            ("a **b", "a <b:b>"),
            ("a **b*", "a <b:b>"),
            ("a **b**", "a <b:b>"),
            ("see [the", "see "),
            ("see [the](htt", "see "),
            ("a `co", "a <c:co>"),
            ("a `co`", "a <c:co>"),
            ("a &am", "a "),
            ("a \\", "a "),
            ("2*3", "2*3"),
            ("a **b\nc", "a **b\nc"),
        ] {
            assert_eq!(marked(source, false), shown, "{source}");
        }
    }

    #[test]
    fn what_is_settled_stays() {
        let mut links = Links::new(false);
        let parsed = parse(
            "one **two** three *four",
            None,
            InlineMode::default(),
            Style::default(),
            &mut links,
        );
        assert_eq!(parsed.settled, "one **two** three ".len());
        assert_eq!(parsed.settled_pieces, 3);
    }
}
