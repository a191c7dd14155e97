//! The form in which a credential is shown.

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

#[cfg(test)]
mod tests {
    use super::*;

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
