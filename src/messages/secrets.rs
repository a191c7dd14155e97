//! The form in which a credential is shown.

use std::borrow::Cow;

use crate::i18n::UiText;
use crate::tr;
use qwen_api::Secret;

/// The description shown instead of a secret: its kind, by a prefix that all of the kind share, and its length.
pub fn secret_shape(secret: &Secret) -> UiText {
    let value = secret.expose();
    let characters = value.chars().count();
    let kind = if value.starts_with(PLAN) {
        tr!("a plan's key, sk-sp-…")
    } else if value.starts_with("sk-") {
        tr!("an API key, sk-…")
    } else if value.starts_with("eyJ") && value.matches('.').count() == 2 {
        tr!("a token (JWT)")
    } else if value.contains('=') && value.contains(';') {
        tr!("a cookie")
    } else {
        tr!("a value")
    };
    tr!("{}, {} characters", kind, characters)
}

/// The beginning of the keys of a plan.
const PLAN: &str = "sk-sp-";

/// That a plan's key is not for scripts ("Coding Plan", terms of use); `None` for another key.
pub fn terms_of_plan(secret: &Secret) -> Option<UiText> {
    secret.expose().starts_with(PLAN).then(|| {
        tr!("this is a plan's key (sk-sp-…): its terms allow interactive tools only, not scripts, batches or servers")
    })
}

/// The beginning of every key of Model Studio.
const KEY: &str = "sk-";

/// Where a key begins in a text that is typed, if there is one: at its start, or behind a sign (`DASHSCOPE_API_KEY=sk-…`).
fn key_start(typed: &str) -> Option<usize> {
    let is_start = |at: &usize| !typed[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
    typed.match_indices(KEY).map(|(at, _)| at).find(is_start)
}

/// Whether a text that is typed where a name is asked for is a key, or holds one.
pub fn holds_key(typed: &str) -> bool {
    key_start(typed).is_some()
}

/// The same text, to be shown: a key in it is dots.
pub fn without_key(typed: &str) -> Cow<'_, str> {
    match key_start(typed) {
        Some(at) => Cow::Owned(typed[..at].to_owned() + &"•".repeat(typed[at..].chars().count())),
        None => Cow::Borrowed(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_typed_is_dots() {
        for (typed, shown) in [
            ("sk-ab", "•••••"),
            ("A_KEY=sk-é", "A_KEY=••••"),
            ("'sk-", "'•••"),
            ("sk", "sk"),
            ("ask-me", "ask-me"),
            ("qwen-max", "qwen-max"),
        ] {
            assert_eq!(without_key(typed), shown);
            assert_eq!(holds_key(typed), typed != shown);
        }
    }

    #[test]
    fn a_shape_tells_no_character_of_it() {
        for (value, shape) in [
            ("sk-0123", "an API key, sk-…, 7 characters"),
            ("sk-sp-0123", "a plan's key, sk-sp-…, 10 characters"),
            ("eyJhbGci.eyJ.x", "a token (JWT), 14 characters"),
            ("a=b; c=d", "a cookie, 8 characters"),
            ("hunter2", "a value, 7 characters"),
        ] {
            assert_eq!(secret_shape(&Secret::new(value)), shape);
        }
    }
}
