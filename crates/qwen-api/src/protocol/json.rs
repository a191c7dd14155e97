//! Lenient parsing of JSON: with a byte-order mark, invalid UTF-8, lone surrogates, or members of an unexpected type.
//!
//! JSON allows the escape of a lone surrogate (RFC 8259, section 8.2), and a server that cuts a text between UTF-16
//! units sends one: `"\ud83c"`, then `"\udf89"`. A Rust string cannot hold it. Until the halves are joined, each is
//! represented by one of the last 2,048 private-use characters. Texts without a lone surrogate are never changed.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use memchr::memchr;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The first surrogate, and the private-use character that represents it.
const FIRST_UNIT: u16 = 0xD800;
const FIRST_STAND_IN: u32 = 0x10_F800;

/// A body or a payload as text that can be parsed, and whether it holds representations of lone surrogates.
pub(super) fn repaired(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    // The lossy conversion looks at one character after the other.
    let text = str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    let Some(mut half) = next_half(text.as_bytes(), 0) else {
        return (text, false);
    };
    let mut repaired = String::with_capacity(text.len());
    let mut from = 0;
    loop {
        let (at, unit) = half;
        repaired.push_str(&text[from..at]);
        repaired.push(stand_in(unit));
        from = at + ESCAPE;
        match next_half(text.as_bytes(), from) {
            Some(next) => half = next,
            None => break,
        }
    }
    repaired.push_str(&text[from..]);
    (Cow::Owned(repaired), true)
}

/// Parses a body, with U+FFFD for each lone surrogate; `None` when it is not JSON.
pub(super) fn read(body: &[u8]) -> Option<Value> {
    let (text, has_surrogates) = repaired(body);
    match has_surrogates {
        false => serde_json::from_str(text.trim()),
        true => serde_json::from_str(replace_surrogates(text.into_owned()).trim()),
    }
    .ok()
}

/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

/// The next escape of a lone surrogate: its position and its code unit.
fn next_half(text: &[u8], mut at: usize) -> Option<(usize, u16)> {
    loop {
        at += memchr(b'\\', text.get(at..)?)?;
        match escaped(text, at) {
            Some(high) if is_high(high) && escaped(text, at + ESCAPE).is_some_and(is_low) => at += 2 * ESCAPE,
            Some(unit) if is_high(unit) || is_low(unit) => return Some((at, unit)),
            Some(_) => at += ESCAPE,
            None => at += 2,
        }
    }
}

/// The code unit of the escape at this position.
fn escaped(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?)
    })
}

fn is_high(unit: u16) -> bool {
    (0xD800..0xDC00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xDC00..0xE000).contains(&unit)
}

fn stand_in(unit: u16) -> char {
    char::from_u32(FIRST_STAND_IN + u32::from(unit - FIRST_UNIT)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The surrogate that a character represents.
fn half(c: char) -> Option<u16> {
    let offset = u32::from(c).checked_sub(FIRST_STAND_IN)?;
    Some(FIRST_UNIT + u16::try_from(offset).ok()?)
}

/// Splits a high surrogate off the end of a text, whose other half may still come.
pub(super) fn without_half(text: &str) -> (&str, &str) {
    let last = text.chars().next_back().filter(|c| half(*c).is_some_and(is_high));
    text.split_at(text.len() - last.map_or(0, char::len_utf8))
}

/// What `text` adds to `known`, which may end with a high surrogate; `None` when `text` does not begin with `known`.
pub(super) fn rest_of(known: &str, text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix(known) {
        return Some(rest.to_owned());
    }
    let (known, high) = without_half(known);
    let rest = text.strip_prefix(known)?;
    let whole = rest.chars().next()?;
    let units: Vec<u16> = whole.encode_utf16(&mut [0; 2]).to_vec();
    match units[..] {
        [first, second] if high.starts_with(stand_in(first)) => {
            Some(format!("{}{}", stand_in(second), &rest[whole.len_utf8()..]))
        }
        _ => None,
    }
}

/// A text with its surrogates joined, and U+FFFD for those that stay alone.
pub(super) fn replace_surrogates(text: String) -> String {
    let mut halves = SurrogateJoiner::default();
    let mut text = halves.join(&text);
    text.extend(halves.end());
    text
}

/// A text that arrives in deltas, whose surrogate pairs may be cut in two.
#[derive(Debug, Default)]
pub(super) struct SurrogateJoiner {
    high: Option<u16>,
}

impl SurrogateJoiner {
    /// Joins the surrogates of a delta, with U+FFFD for those that stay alone. A high surrogate at its end is held
    /// back.
    pub(super) fn join(&mut self, piece: &str) -> String {
        let mut text = String::with_capacity(piece.len() + 4);
        for c in piece.chars() {
            match (self.high.take(), half(c)) {
                (Some(high), Some(low)) if is_low(low) => {
                    text.extend(char::decode_utf16([high, low]).filter_map(Result::ok));
                }
                (before, half) => {
                    text.extend(before.map(|_| char::REPLACEMENT_CHARACTER));
                    match half {
                        Some(high) if is_high(high) => self.high = Some(high),
                        Some(_) => text.push(char::REPLACEMENT_CHARACTER),
                        None => text.push(c),
                    }
                }
            }
        }
        text
    }

    /// The text has ended: what is held back becomes U+FFFD.
    pub(super) fn end(&mut self) -> Option<char> {
        self.high.take().map(|_| char::REPLACEMENT_CHARACTER)
    }
}

/// An object; a value of any other type is `None`.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        deserializer.deserialize_any(Shape(PhantomData)).map(Object)
    }
}

/// The first entry of a list, if it is an object; a value of any other type is `None`.
#[derive(Debug)]
pub(super) struct First<T>(pub(super) Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<First<T>, D::Error> {
        deserializer.deserialize_any(ListShape(PhantomData)).map(First)
    }
}

struct Shape<T>(PhantomData<T>);
struct ListShape<T>(PhantomData<T>);

/// The visitor's methods for scalars, which are `None` where an object or a list is expected.
macro_rules! no_scalars {
    () => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Shape<T> {
    type Value = Option<T>;
    no_scalars!();

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListShape<T> {
    type Value = Option<T>;
    no_scalars!();

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<T>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<T>, A::Error> {
        let first = list.next_element::<Object<T>>()?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first.and_then(|first| first.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_whatever_is_wrong_with_its_strings() {
        let cases: [(&[u8], &str); 7] = [
            (b"\xef\xbb\xbf\"a\"", "a"),
            (br#""a\ud83c""#, "a\u{fffd}"),
            (br#""\udf89 \ud83c\ud83c\udf89""#, "\u{fffd} \u{fffd}🎉"),
            (br#""\uD83C\uDF89""#, "🎉"),
            // An escaped backslash, and what only looks like an escape.
            (br#""\\ud83c""#, "\\ud83c"),
            (b"\"a\xff\"", "a\u{fffd}"),
            ("\"\u{10ffff}\"".as_bytes(), "\u{10ffff}"),
        ];
        for (body, text) in cases {
            assert_eq!(read(body), Some(text.into()), "{}", String::from_utf8_lossy(body));
        }
        assert_eq!(read(br#""\u+83c""#), None);
        assert_eq!(read(b"<html>"), None);
    }

    #[test]
    fn halves_meet_over_pieces_and_stay_alone_otherwise() {
        let piece = |text: &str| repaired(text.as_bytes()).0.into_owned();
        let mut halves = SurrogateJoiner::default();
        let said: Vec<String> = [r"a\ud83c", r"\udf89b\udf89", r"c\ud83c", "d", r"\ud83c", r"\ud83c", ""]
            .iter()
            .map(|text| halves.join(&piece(text)))
            .collect();
        assert_eq!(said, ["a", "🎉b\u{fffd}", "c", "\u{fffd}d", "", "\u{fffd}", ""]);
        assert_eq!((halves.end(), halves.end()), (Some('\u{fffd}'), None));
        assert_eq!(replace_surrogates(piece(r"\udf89a\ud83c")), "\u{fffd}a\u{fffd}");
    }

    #[test]
    fn a_text_goes_on_from_half_a_character() {
        let piece = |text: &str| repaired(text.as_bytes()).0.into_owned();
        let known = piece(r"I re\ud83c");
        let rest = rest_of(&known, "I re🎉d").unwrap();
        let mut halves = SurrogateJoiner::default();
        assert_eq!(halves.join(&known) + &halves.join(&rest), "I re🎉d");
        assert_eq!(rest_of(&known, "I read"), None);
        assert_eq!(rest_of(&known, "I re👋"), None);
        assert_eq!(rest_of("I re", "I read").as_deref(), Some("ad"));
        assert_eq!(without_half("ab"), ("ab", ""));
        assert_eq!(without_half(&known).0, "I re");
    }

    #[test]
    fn a_value_of_another_type_is_none() {
        #[derive(Debug, serde::Deserialize, PartialEq)]
        struct A {
            a: u8,
        }
        for text in ["null", "[]", "[[1]]", "\"a\"", "1", "-1", "1.5", "true", "{\"a\":1}"] {
            let object: Object<A> = serde_json::from_str(text).unwrap();
            assert_eq!(object.0.is_some(), text.starts_with('{'), "{text}");
            let list: First<A> = serde_json::from_str(text).unwrap();
            assert_eq!(list.0, None, "{text}");
        }
        let list: First<A> = serde_json::from_str("[{\"a\":1},2]").unwrap();
        assert_eq!(list.0, Some(A { a: 1 }));
    }
}
