//! `&name;` and `&#number;`: the ones that occur in answers.

use crate::text::sanitize;

/// The longest reference looked for, in bytes.
const MAX_LENGTH: usize = 12;

#[derive(Debug, PartialEq)]
pub(super) enum Entity {
    /// What it stands for, made safe, and how many bytes of source it takes.
    Found(String, usize),
    None,
    /// The source ends before it can be told.
    Cut,
}

/// Reads a reference at the beginning of `source`, which begins with `&`.
pub(super) fn read(source: &str) -> Entity {
    let body = &source[1..];
    let length = body
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'#')
        .count();
    if length > MAX_LENGTH {
        return Entity::None;
    }
    if length == body.len() {
        return Entity::Cut;
    }
    if body.as_bytes()[length] != b';' {
        return Entity::None;
    }
    let name = &body[..length];
    let character = match name.strip_prefix('#') {
        Some(number) => numbered(number),
        None => NAMED.iter().find(|(known, _)| *known == name).map(|(_, c)| *c),
    };
    match character {
        Some(c) => {
            let mut text = String::new();
            // A reference could name a control character that the source itself could not hold.
            if c == '\n' || c == '\t' {
                text.push(' ');
            } else {
                sanitize::push_safe(&mut text, c.encode_utf8(&mut [0; 4]));
            }
            Entity::Found(text, length + 2)
        }
        None => Entity::None,
    }
}

fn numbered(number: &str) -> Option<char> {
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hex) if hex.len() <= 6 => u32::from_str_radix(hex, 16).ok()?,
        None if number.len() <= 7 => number.parse().ok()?,
        _ => return None,
    };
    Some(char::from_u32(value).filter(|c| *c != '\0').unwrap_or('\u{fffd}'))
}

const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("times", '×'),
    ("divide", '÷'),
    ("minus", '−'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("sup2", '²'),
    ("sup3", '³'),
    ("micro", 'µ'),
    ("para", '¶'),
    ("sect", '§'),
    ("euro", '€'),
    ("pound", '£'),
    ("yen", '¥'),
    ("cent", '¢'),
    ("larr", '←'),
    ("rarr", '→'),
    ("uarr", '↑'),
    ("darr", '↓'),
    ("harr", '↔'),
    ("rArr", '⇒'),
    ("lArr", '⇐'),
    ("hArr", '⇔'),
    ("le", '≤'),
    ("ge", '≥'),
    ("ne", '≠'),
    ("asymp", '≈'),
    ("equiv", '≡'),
    ("infin", '∞'),
    ("sum", '∑'),
    ("prod", '∏'),
    ("radic", '√'),
    ("int", '∫'),
    ("part", '∂'),
    ("isin", '∈'),
    ("notin", '∉'),
    ("forall", '∀'),
    ("exist", '∃'),
    ("empty", '∅'),
    ("cap", '∩'),
    ("cup", '∪'),
    ("sub", '⊂'),
    ("sup", '⊃'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("Delta", 'Δ'),
    ("epsilon", 'ε'),
    ("theta", 'θ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("pi", 'π'),
    ("sigma", 'σ'),
    ("Sigma", 'Σ'),
    ("phi", 'φ'),
    ("omega", 'ω'),
    ("Omega", 'Ω'),
    ("check", '✓'),
];
