//! Letters in mathematical alphabets, raised and lowered characters, accents.

use super::symbols::{SUBSCRIPTS, SUPERSCRIPTS};

/// An alphabet of Unicode's Mathematical Alphanumeric Symbols block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    Bold,
    DoubleStruck,
    Fraktur,
    Script,
}

impl Alphabet {
    /// A character in it, or the character itself where the alphabet has no such one.
    pub(super) fn letter(self, c: char) -> char {
        // Some letters were encoded before the block was, and stand elsewhere.
        let early = match self {
            Alphabet::Bold => "",
            Alphabet::DoubleStruck => "CℂHℍNℕPℙQℚRℝZℤ",
            Alphabet::Fraktur => "CℭHℌIℑRℜZℨ",
            Alphabet::Script => "BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ",
        };
        let mut pairs = early.chars();
        while let (Some(plain), Some(letter)) = (pairs.next(), pairs.next()) {
            if plain == c {
                return letter;
            }
        }
        let (capital, small, digit) = match self {
            Alphabet::Bold => (0x1d400, 0x1d41a, Some(0x1d7ce)),
            Alphabet::DoubleStruck => (0x1d538, 0x1d552, Some(0x1d7d8)),
            Alphabet::Fraktur => (0x1d504, 0x1d51e, None),
            Alphabet::Script => (0x1d49c, 0x1d4b6, None),
        };
        let code = match (c, digit) {
            ('A'..='Z', _) => capital + (u32::from(c) - u32::from('A')),
            ('a'..='z', _) => small + (u32::from(c) - u32::from('a')),
            ('0'..='9', Some(zero)) => zero + (u32::from(c) - u32::from('0')),
            _ => return c,
        };
        char::from_u32(code).unwrap_or(c)
    }
}

/// A text raised: `²`, or `^(iπ)` where a character has no raised form.
pub(crate) fn superscript(text: &str) -> String {
    script(text, SUPERSCRIPTS, '^')
}

/// A text lowered: `₂`, or `_(x→0)` where a character has no lowered form.
pub(crate) fn subscript(text: &str) -> String {
    script(text, SUBSCRIPTS, '_')
}

fn script(text: &str, table: &[(char, char)], mark: char) -> String {
    let find = |c| {
        table
            .binary_search_by_key(&c, |(plain, _)| *plain)
            .map(|at| table[at].1)
    };
    if let Ok(shifted) = text.chars().map(find).collect() {
        return shifted;
    }
    match text.chars().count() {
        1 => format!("{mark}{text}"),
        _ => format!("{mark}({text})"),
    }
}

/// A command's accent: the combining character, and whether it may stand on each of several characters.
pub(super) fn accent(command: &str) -> Option<(char, bool)> {
    Some(match command {
        "acute" => ('\u{301}', false),
        "bar" => ('\u{304}', true),
        "breve" => ('\u{306}', false),
        "check" => ('\u{30c}', false),
        "ddot" => ('\u{308}', false),
        "dot" => ('\u{307}', false),
        "grave" => ('\u{300}', false),
        "hat" | "widehat" => ('\u{302}', false),
        "mathring" => ('\u{30a}', false),
        "overline" => ('\u{305}', true),
        "tilde" | "widetilde" => ('\u{303}', false),
        "underline" => ('\u{332}', true),
        "overrightarrow" | "vec" => ('\u{20d7}', false),
        _ => return None,
    })
}

/// The negation of a relation.
pub(super) fn negated(c: char) -> String {
    let pairs = "=≠∈∉∋∌<≮>≯≤≰≥≱⊂⊄⊃⊅⊆⊈⊇⊉≡≢∼≁≃≄≅≇≈≉∃∄∣∤∥∦";
    let mut pairs = pairs.chars();
    while let (Some(plain), Some(negated)) = (pairs.next(), pairs.next()) {
        if plain == c {
            return negated.to_string();
        }
    }
    format!("{c}\u{338}")
}
