//! The text of the user interface, in each language of the program.
//!
//! A text is written once, in English, where it is needed: `tr!("{} is not there", path)`. It stays a template with its
//! arguments until it is printed; then [`UiText::localize`] looks the template up in the language's table. What scripts
//! read (`--format json`, the log, what is stored) takes the English text, by `Display`.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use lang::Lang;

#[cfg(test)]
mod catalogue_tests;
pub mod duration;
pub mod lang;
mod zh_cn;

/// A text of the user interface, or a part of one, made by `tr!`: a template and its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UiText {
    template: &'static str,
    args: Vec<TextArg>,
}

/// An argument of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextArg {
    /// Foreign or data: the same in every language.
    Text(String),
    Nested(UiText),
}

/// A text without arguments, for tables made at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticText(&'static str);

/// `tr!("{} of {}", done, all)`. Only `{}` makes a hole; foreign text in quotes goes through [`quoted`].
#[macro_export]
macro_rules! tr {
    ($template:literal $(, $arg:expr)* $(,)?) => {{
        const { $crate::i18n::check($template, &[$(stringify!($arg)),*]) };
        $crate::i18n::UiText::new($template, vec![$($crate::i18n::IntoArg::arg(&$arg)),*])
    }};
}

/// `tr_static!("who answers")`: a [`StaticText`].
#[macro_export]
macro_rules! tr_static {
    ($template:literal) => {
        $crate::i18n::StaticText::new($template)
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

impl UiText {
    #[doc(hidden)]
    pub const fn new(template: &'static str, args: Vec<TextArg>) -> UiText {
        UiText { template, args }
    }

    /// Text of a server, the operating system or the user, or data: the same in every language.
    pub fn foreign(text: impl Into<String>) -> UiText {
        UiText::new("{}", vec![TextArg::Text(text.into())])
    }

    /// The same to be followed by more: foreign text at its end loses its full stop.
    #[must_use]
    pub fn as_clause(mut self) -> UiText {
        match self.args.last_mut().filter(|_| self.template.ends_with("{}")) {
            Some(TextArg::Text(text)) => text.truncate(text.trim_end_matches(['.', '。']).len()),
            Some(TextArg::Nested(nested)) => *nested = std::mem::take(nested).as_clause(),
            _ => {}
        }
        self
    }

    /// The same with every text in it, at any depth, as `change` makes it.
    #[must_use]
    pub fn map_texts(self, change: &dyn Fn(String) -> String) -> UiText {
        let changed = |arg| match arg {
            TextArg::Text(text) => TextArg::Text(change(text)),
            TextArg::Nested(text) => TextArg::Nested(text.map_texts(change)),
        };
        UiText::new(self.template, self.args.into_iter().map(changed).collect())
    }

    /// The text in a language.
    pub fn localize(&self, lang: Lang) -> String {
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
                Some(TextArg::Text(text)) => out.push_str(text),
                Some(TextArg::Nested(text)) => text.put(lang, out),
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

/// The words for a text of the help of the command line, whose definition is in English; `None` where they are the same.
pub fn help_text(english: &str, lang: Lang) -> Option<&'static str> {
    let table = match lang {
        Lang::En => return None,
        Lang::ZhCn => zh_cn::help::TABLE,
    };
    let row = table.binary_search_by_key(&english, |(english, _)| english).ok()?;
    Some(table[row].1)
}

/// The texts of help in English and in Chinese.
#[cfg(test)]
pub fn help_rows() -> &'static [(&'static str, &'static str)] {
    zh_cn::help::TABLE
}

/// English: for what programs read.
impl fmt::Display for UiText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.localize(Lang::En))
    }
}

/// So that the parser of the command line can return one as its error.
impl std::error::Error for UiText {}

impl Serialize for UiText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Compares with the English text.
impl PartialEq<str> for UiText {
    fn eq(&self, other: &str) -> bool {
        self.localize(Lang::En) == other
    }
}

impl PartialEq<String> for UiText {
    fn eq(&self, other: &String) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<&str> for UiText {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl StaticText {
    #[doc(hidden)]
    pub const fn new(template: &'static str) -> StaticText {
        check(template, &[]);
        StaticText(template)
    }

    /// The text in a language.
    pub fn localize(self, lang: Lang) -> &'static str {
        translated(self.0, lang)
    }
}

impl fmt::Display for StaticText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl From<StaticText> for UiText {
    fn from(text: StaticText) -> UiText {
        UiText::new(text.0, Vec::new())
    }
}

impl From<&UiText> for UiText {
    fn from(text: &UiText) -> UiText {
        text.clone()
    }
}

/// A type whose values can be arguments of a template. A value of another crate's type is made a `String` first.
pub trait IntoArg {
    fn arg(&self) -> TextArg;
}

impl<T: IntoArg + ?Sized> IntoArg for &T {
    fn arg(&self) -> TextArg {
        (*self).arg()
    }
}

impl<T: IntoArg + ?Sized> IntoArg for &mut T {
    fn arg(&self) -> TextArg {
        (**self).arg()
    }
}

impl IntoArg for UiText {
    fn arg(&self) -> TextArg {
        TextArg::Nested(self.clone())
    }
}

impl IntoArg for StaticText {
    fn arg(&self) -> TextArg {
        TextArg::Nested((*self).into())
    }
}

macro_rules! texts {
    ($($type:ty),*) => {
        $(impl IntoArg for $type {
            fn arg(&self) -> TextArg {
                TextArg::Text(self.to_string())
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

/// Texts joined by line breaks.
pub fn join_lines(texts: &[StaticText]) -> UiText {
    let below = |above: UiText, next: UiText| tr!("{}\n{}", above, next);
    let all = texts.iter().map(|text| UiText::from(*text));
    all.reduce(below).unwrap_or_default()
}

/// Whether a typed answer to a yes-or-no question is yes.
pub fn is_yes(typed: &str) -> bool {
    matches!(typed.trim().to_lowercase().as_str(), "y" | "yes" | "是")
}

/// Foreign text in quotes, its control characters spelled out.
pub fn quoted(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_told_in_each_language() {
        let inner = tr!("permission denied");
        let told = tr!("cannot {}: {}", tr!("write {}", "a{b}.txt"), inner);
        assert_eq!(told.to_string(), "cannot write a{b}.txt: permission denied");
        assert_eq!(told.localize(Lang::ZhCn), "无法写入 a{b}.txt：没有权限");
        assert_eq!(
            UiText::foreign("permission denied").localize(Lang::ZhCn),
            "permission denied"
        );
        assert_eq!(tr_static!("exit").localize(Lang::ZhCn), "退出");
        assert!(told == "cannot write a{b}.txt: permission denied");
    }

    #[test]
    fn holes_have_numbers_or_come_in_order() {
        assert_eq!(hole("a {} b"), Some(("a ", None, " b")));
        assert_eq!(hole("{x} {1}"), Some(("{x} ", Some(1), "")));
        assert_eq!(hole("{"), None);
    }
}
