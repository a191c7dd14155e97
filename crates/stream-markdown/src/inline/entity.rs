//! `&name;` and `&#number;`.

use crate::sanitize;

/// The longest name there is, in bytes.
const MAX_LENGTH: usize = 31;

#[derive(Debug, PartialEq)]
pub(crate) enum Entity {
    /// The text it stands for, made safe, and its length in bytes of source.
    Found(String, usize),
    None,
    /// The source ends before it is certain.
    Incomplete,
}

/// Reads a reference at the beginning of `source`, which begins with `&`.
pub(crate) fn read(source: &str) -> Entity {
    let body = &source[1..];
    let length = body
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'#')
        .count();
    if length > MAX_LENGTH {
        return Entity::None;
    }
    if length == body.len() {
        return Entity::Incomplete;
    }
    if body.as_bytes()[length] != b';' {
        return Entity::None;
    }
    let name = &body[..length];
    let decoded = match name.strip_prefix('#') {
        Some(number) => numbered(number).map(String::from),
        None => named(name),
    };
    match decoded {
        Some(decoded) => {
            // The source has no control characters, but a reference could name one.
            let text = sanitize::safe(&decoded.replace(['\n', '\t'], " ")).into_owned();
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

/// The text that a name of HTML stands for. pulldown-cmark has the table of all two thousand.
fn named(name: &str) -> Option<String> {
    let source = format!("&{name};");
    let mut text = String::new();
    for event in pulldown_cmark::Parser::new(&source) {
        if let pulldown_cmark::Event::Text(part) = event {
            text.push_str(&part);
        }
    }
    (text != source && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, length: usize) -> Entity {
        Entity::Found(text.to_owned(), length)
    }

    #[test]
    fn every_name_of_html_is_known() {
        assert_eq!(read("&amp;"), found("&", 5));
        assert_eq!(read("&ldquo;x"), found("“", 7));
        assert_eq!(read("&CounterClockwiseContourIntegral;"), found("∳", 33));
        assert_eq!(read("&NotEqualTilde;"), found("≂\u{338}", 15));
        assert_eq!(read("&NewLine;"), found(" ", 9));
        assert_eq!(read("&nope;"), Entity::None);
        assert_eq!(read("&;"), Entity::None);
        assert_eq!(read("&am"), Entity::Incomplete);
        assert_eq!(read("&a b"), Entity::None);
    }

    #[test]
    fn a_number_names_no_control_character() {
        assert_eq!(read("&#x4E2d;"), found("中", 8));
        assert_eq!(read("&#0;"), found("\u{fffd}", 4));
        assert_eq!(read("&#27;"), found("␛", 5));
        assert_eq!(read("&#12345678;"), Entity::None);
    }
}
