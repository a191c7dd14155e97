//! What the program says to a person, in any of its languages.
//!
//! A sentence is written once, in English, where it is needed: `words!("{} is not there", path)`. It stays a template
//! with its arguments until it is printed; then [`Words::told`] looks the template up in the language's table. What
//! scripts read (`--format json`, the log, what is stored) takes the English one, by `Display`.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use super::lang::Lang;

#[cfg(test)]
mod complete;
mod zh_cn;

/// A sentence, or a part of one: `words!` makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    template: &'static str,
    args: Vec<Arg>,
}

/// What stands in a hole of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Foreign or data: the same in every language.
    Text(String),
    Words(Words),
}

/// A sentence without holes, for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence(&'static str);

/// `words!("{} of {}", done, all)`. Only `{}` makes a hole; what is to stand in quotes goes through [`quoted`].
#[macro_export]
macro_rules! words {
    ($template:literal $(, $arg:expr)* $(,)?) => {{
        const { $crate::text::words::check($template, &[$(stringify!($arg)),*]) };
        $crate::text::words::Words::new($template, vec![$($crate::text::words::Said::arg(&$arg)),*])
    }};
}

/// `sentence!("who answers")`: one without holes, for a table that is made at compile time.
#[macro_export]
macro_rules! sentence {
    ($template:literal) => {
        $crate::text::words::Sentence::new($template)
    };
}

/// Fails to compile where holes and arguments do not match.
#[doc(hidden)]
pub const fn check(template: &str, args: &[&str]) {
    let bytes = template.as_bytes();
    let (mut at, mut holes) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'{' {
            assert!(at + 1 < bytes.len() && bytes[at + 1] == b'}', "a hole holds nothing");
            holes += 1;
        }
        at += 1;
    }
    assert!(holes == args.len(), "as many arguments as holes");
}

impl Words {
    #[doc(hidden)]
    pub const fn new(template: &'static str, args: Vec<Arg>) -> Words {
        Words { template, args }
    }

    /// What a server, the operating system or the user said, or what is no sentence: the same in every language.
    pub fn foreign(text: impl Into<String>) -> Words {
        Words::new("{}", vec![Arg::Text(text.into())])
    }

    /// The same with every text in it, at any depth, as `change` makes it.
    #[must_use]
    pub fn map_texts(self, change: &dyn Fn(String) -> String) -> Words {
        let changed = |arg| match arg {
            Arg::Text(text) => Arg::Text(change(text)),
            Arg::Words(words) => Arg::Words(words.map_texts(change)),
        };
        Words::new(self.template, self.args.into_iter().map(changed).collect())
    }

    /// The sentence in a language.
    pub fn told(&self, lang: Lang) -> String {
        let mut out = String::new();
        self.put(lang, &mut out);
        out
    }

    fn put(&self, lang: Lang, out: &mut String) {
        let mut rest = translated(self.template, lang);
        let mut next = 0;
        while let Some((before, number, after)) = hole(rest) {
            out.push_str(before);
            match self.args.get(number.unwrap_or(next)) {
                Some(Arg::Text(text)) => out.push_str(text),
                Some(Arg::Words(words)) => words.put(lang, out),
                // `check` and the table's test leave no such template.
                None => {}
            }
            next += 1;
            rest = after;
        }
        out.push_str(rest);
    }
}

/// The first hole of a template: what stands before it, its number where it has one, and what follows.
fn hole(template: &str) -> Option<(&str, Option<usize>, &str)> {
    for (at, _) in template.match_indices('{') {
        let Some(end) = template[at..].find('}') else { break };
        let inside = &template[at + 1..at + end];
        let number = inside.parse().ok();
        if inside.is_empty() || number.is_some() {
            return Some((&template[..at], number, &template[at + end + 1..]));
        }
    }
    None
}

fn translated(template: &'static str, lang: Lang) -> &'static str {
    let table = match lang {
        Lang::En => return template,
        Lang::ZhCn => zh_cn::TABLE,
    };
    table
        .binary_search_by_key(&template, |(english, _)| english)
        .map_or(template, |at| table[at].1)
}

/// English: for what programs read.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.told(Lang::En))
    }
}

/// So that a range of an option is told in its own words by the parser of the command line.
impl std::error::Error for Words {}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether it is this in English.
impl PartialEq<str> for Words {
    fn eq(&self, other: &str) -> bool {
        self.told(Lang::En) == other
    }
}

impl PartialEq<String> for Words {
    fn eq(&self, other: &String) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<&str> for Words {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl Sentence {
    #[doc(hidden)]
    pub const fn new(template: &'static str) -> Sentence {
        check(template, &[]);
        Sentence(template)
    }

    /// The sentence in a language.
    pub fn told(self, lang: Lang) -> &'static str {
        translated(self.0, lang)
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl From<Sentence> for Words {
    fn from(sentence: Sentence) -> Words {
        Words::new(sentence.0, Vec::new())
    }
}

impl From<&Words> for Words {
    fn from(words: &Words) -> Words {
        words.clone()
    }
}

/// What may stand in a hole. A type of another crate's is made a text first, so that it is seen to be foreign.
pub trait Said {
    fn arg(&self) -> Arg;
}

impl<T: Said + ?Sized> Said for &T {
    fn arg(&self) -> Arg {
        (*self).arg()
    }
}

impl<T: Said + ?Sized> Said for &mut T {
    fn arg(&self) -> Arg {
        (**self).arg()
    }
}

impl Said for Words {
    fn arg(&self) -> Arg {
        Arg::Words(self.clone())
    }
}

impl Said for Sentence {
    fn arg(&self) -> Arg {
        Arg::Words((*self).into())
    }
}

macro_rules! texts {
    ($($type:ty),*) => {
        $(impl Said for $type {
            fn arg(&self) -> Arg {
                Arg::Text(self.to_string())
            }
        })*
    };
}

texts!(
    str,
    String,
    Cow<'_, str>,
    std::path::Display<'_>,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i32,
    i64,
    f64
);

/// Sentences one below the other.
pub fn lines(sentences: &[Sentence]) -> Words {
    let below = |above: Words, next: Words| words!("{}\n{}", above, next);
    let all = sentences.iter().map(|sentence| Words::from(*sentence));
    all.reduce(below).unwrap_or_default()
}

/// A text of somebody else's in quotes, its control characters spelled out.
pub fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_told_in_each_language() {
        let inner = words!("permission denied");
        let told = words!("cannot {}: {}", words!("write {}", "a{b}.txt"), inner);
        assert_eq!(told.to_string(), "cannot write a{b}.txt: permission denied");
        assert_eq!(told.told(Lang::ZhCn), "无法写入 a{b}.txt：没有权限");
        assert_eq!(
            Words::foreign("permission denied").told(Lang::ZhCn),
            "permission denied"
        );
        assert_eq!(sentence!("leave").told(Lang::ZhCn), "退出");
        assert!(told == "cannot write a{b}.txt: permission denied");
    }

    #[test]
    fn holes_have_numbers_or_come_in_order() {
        assert_eq!(hole("a {} b"), Some(("a ", None, " b")));
        assert_eq!(hole("{x} {1}"), Some(("{x} ", Some(1), "")));
        assert_eq!(hole("{"), None);
    }
}
