//! Credentials as people paste them: with quotes around them, with a header's name before them, with invisible
//! characters between.

use zeroize::Zeroizing;

use crate::i18n::UiText;
use crate::tr;
use qwen_api::Secret;

/// A cleaned credential, ready to be sent.
#[derive(Debug, PartialEq)]
pub struct PastedCredential {
    pub secret: Secret,
    /// Whether more than white space was removed.
    was_cleaned: bool,
}

/// The quotes of keyboards, word processors and chat programs.
const QUOTES: &[char] = &['"', '\'', '`', '“', '”', '„', '‘', '’', '«', '»', '＂', '＇'];

/// Text that is often copied along with a key or a token.
const HEADERS: &[&str] = &["authorization:", "x-api-key:", "api-key:", "bearer ", "token="];

impl PastedCredential {
    /// Finds the credential in `value`, which is that of `variable`. A cookie may hold `token=` and quotes, but no line
    /// breaks.
    pub fn new(variable: &str, value: &str, is_cookie: bool) -> PastedCredential {
        let is_noise = |c: &char| is_invisible(*c) || (is_cookie && c.is_control());
        let seen: Zeroizing<String> = Zeroizing::new(value.chars().filter(|c| !is_noise(c)).collect());
        let mut rest = trimmed(&seen);
        loop {
            let before = rest;
            let assigned = without(rest, "export ").unwrap_or(rest);
            if let Some(value) = without(assigned, variable).and_then(|rest| rest.trim_start().strip_prefix('=')) {
                rest = trimmed(value);
            }
            let headers = if is_cookie { &["cookie:"] } else { HEADERS };
            for header in headers {
                rest = without(rest, header).map_or(rest, trimmed);
            }
            rest = match is_cookie {
                true => in_quotes(rest).map_or(rest, trimmed),
                false => trimmed(rest.trim_matches(QUOTES).trim_end_matches([',', ';'])),
            };
            if rest == before {
                break;
            }
        }
        PastedCredential {
            secret: Secret::new(rest),
            was_cleaned: rest != trimmed(value),
        }
    }

    /// The notice that something was taken off.
    pub fn cleanup_notice(&self, variable: &str) -> Option<UiText> {
        self.was_cleaned.then(|| {
            tr!(
                "{}: removed what is not part of the value (quotes, Bearer and the like)",
                variable
            )
        })
    }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}')
}

/// The text after a prefix in any case; a blank in the prefix matches any white space.
fn without<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(start.len())?;
    let mut pairs = head.chars().zip(start.chars());
    let is_same = pairs.all(|(c, wanted)| c.eq_ignore_ascii_case(&wanted) || (wanted == ' ' && c.is_whitespace()));
    is_same.then_some(rest)
}

/// What is between quotes that enclose the whole.
fn in_quotes(text: &str) -> Option<&str> {
    text.strip_prefix(QUOTES)?.strip_suffix(QUOTES)
}

/// Characters without a width, which web pages and documents put between others.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk-placeholder";

    fn key(value: &str) -> (String, bool) {
        let typed = PastedCredential::new("A_KEY", value, false);
        (typed.secret.expose().to_owned(), typed.was_cleaned)
    }

    #[test]
    fn a_key_is_found_in_what_surrounds_it() {
        for plain in [KEY.to_owned(), format!(" {KEY}\r\n"), format!("\u{a0}{KEY}\t")] {
            assert_eq!(key(&plain), (KEY.to_owned(), false), "{plain:?}");
        }
        for dressed in [
            "\"@\"",
            "'@'",
            "“@”",
            "`@`",
            "\"@",
            "@\",",
            "Bearer @",
            "bearer\t@",
            "Authorization: Bearer @",
            "authorization:Bearer  \"@\"\r",
            "\"Bearer @\"",
            "token=@;",
            "api-key: @",
            "A_KEY=@",
            "export A_KEY = '@'",
            "\u{200b}@\u{feff}",
        ] {
            let typed = dressed.replace('@', KEY);
            assert_eq!(key(&typed), (KEY.to_owned(), true), "{typed:?}");
        }
        assert_eq!(key("sk-place\u{200b}holder").0, KEY);
        // Anything else stays, to be refused as it is.
        for odd in ["Bearerabc", "sk-a\nsk-b", "sk-a b", "tokens", "B_KEY=x", "é"] {
            assert_eq!(key(odd), (odd.to_owned(), false), "{odd:?}");
        }
        assert_eq!(key("\"\"").0, "");
    }

    #[test]
    fn a_cookie_keeps_its_own_quotes_and_names() {
        let cookie = |value: &str| {
            PastedCredential::new("A_COOKIE", value, true)
                .secret
                .expose()
                .to_owned()
        };
        for (typed, value) in [
            ("token=abc; cna=x", "token=abc; cna=x"),
            ("cna=\"x\"", "cna=\"x\""),
            ("Cookie: token=abc; cna=x\r\n", "token=abc; cna=x"),
            ("\"token=abc;\n cna=x\"", "token=abc; cna=x"),
            ("A_COOKIE='cna=x'", "cna=x"),
        ] {
            assert_eq!(cookie(typed), value, "{typed:?}");
        }
    }
}
