//! A string that never shows itself.

use std::fmt;

use url::Url;
use zeroize::Zeroizing;

/// A key, token or cookie. Neither `Debug` nor `Display` shows it, and its bytes are wiped when it is dropped.
///
/// ```
/// let key = qwen_api::Secret::new("sk-test-key");
/// assert_eq!(format!("{key} {key:?}"), "*** ***");
/// assert_eq!(key.expose(), "sk-test-key");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// What is shown in place of a secret.
pub const MASK: &str = "***";

impl Secret {
    /// A secret of this value.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(value.into()))
    }

    /// The value itself, for a request or a file that only its owner can read.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the value has no characters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(value: T) -> Secret {
        Secret::new(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Secrets to be masked in texts that a server or a library wrote.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Vec<Secret>);

impl Secrets {
    /// Bytes. A shorter secret is too likely to be a word of an ordinary text.
    const MIN_LENGTH: usize = 8;

    pub(crate) fn add(&mut self, secret: &Secret) {
        if secret.expose().len() >= Secrets::MIN_LENGTH {
            self.0.push(secret.clone());
        }
    }

    /// `text` with the mask in place of each secret.
    pub(crate) fn hide(&self, text: String) -> String {
        self.0.iter().fold(text, |text, secret| {
            if text.contains(secret.expose()) {
                text.replace(secret.expose(), MASK)
            } else {
                text
            }
        })
    }
}

/// A URL as it may be shown: its password is masked, and so is a user name without one, which may be a token. In a text
/// that is no URL everything that could be either is masked.
pub fn without_password(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = address.split_at(start);
    let whole = if scheme.is_empty() { "http://" } else { scheme };
    let is_read = Url::parse(&format!("{whole}{rest}")).is_ok_and(|url| url.has_host());
    let authority = match is_read {
        true => &rest[..rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len())],
        false => rest,
    };
    let Some((user, _)) = authority.rsplit_once('@') else {
        return match authority.split_once(':').filter(|_| !is_read) {
            Some((host, _)) => format!("{scheme}{host}:{MASK}"),
            None => address.to_owned(),
        };
    };
    let after = &rest[user.len()..];
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}{name}:{MASK}{after}"),
        None => format!("{scheme}{MASK}{after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The memory that held it, read the way a debugger reads it: no reference to it is left.
    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_of_it_is_left_when_it_is_dropped() {
        use std::os::unix::fs::FileExt;
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        let look = |address: usize| {
            let mut bytes = [0; 64];
            memory.read_exact_at(&mut bytes, address as u64).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let secret = Secret::new("sk-placeholder-".repeat(6));
        let address = secret.expose().as_ptr() as usize;
        assert!(look(address).contains("placeholder"));
        drop(secret);
        // What the allocator writes there itself takes less than this.
        assert!(!look(address).contains("placeholder"), "{:?}", look(address));
    }

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (address, shown) in [
            ("http://host:8080/a@b:c", "http://host:8080/a@b:c"),
            ("http://me:w-secret@host/x?y#z", "http://me:***@host/x?y#z"),
            ("https://w-secret@host", "https://***@host"),
            ("socks5h://me:w@secret@host:1", "socks5h://me:***@host:1"),
            ("me:w-secret@127.0.0.1:8080/v1", "me:***@127.0.0.1:8080/v1"),
            ("http:me:w-secret@host", "http:***@host"),
            // What is no address at all.
            ("https://me:w-secret@[bad", "https://me:***@[bad"),
            ("http://me:w/secret@host", "http://me:***@host"),
            ("http://me:w-secret", "http://me:***"),
            ("127.0.0.1 8080", "127.0.0.1 8080"),
            ("", ""),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }

    #[test]
    fn shows_a_mask_in_every_format() {
        let secret = Secret::new("sk-placeholder");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "*** *** ***");
    }

    #[test]
    fn hides_what_is_long_enough_to_be_one() {
        let mut secrets = Secrets::default();
        secrets.add(&Secret::new("sk-placeholder"));
        secrets.add(&Secret::new("true"));
        assert_eq!(
            secrets.hide("true: sk-placeholder, sk-placeholder".to_owned()),
            "true: ***, ***"
        );
    }
}
