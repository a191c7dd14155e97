//! A string that never shows itself.

use std::fmt;

use zeroize::Zeroizing;

/// A key, token or cookie. Neither `Debug` nor `Display` shows it, and its bytes are wiped when it is dropped.
/// [`Secret::expose`] is the only way in; its callers are the few places that put it on the wire or into a 0600 file.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// What stands wherever a secret would have stood.
pub const MASK: &str = "***";

impl Secret {
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(value.into()))
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_mask_in_every_format() {
        let secret = Secret::new("sk-placeholder");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "*** *** ***");
    }
}
