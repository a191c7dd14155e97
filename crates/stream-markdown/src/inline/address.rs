//! Addresses that stand bare in the text.

use super::InlineMode;
use crate::line_break::is_ideographic;

/// How addresses begin that are links without any mark.
const SCHEMES: [&str; 2] = ["https://", "http://"];

#[derive(Debug, PartialEq)]
pub(crate) enum Address {
    /// Its length.
    Found(usize),
    None,
    /// The source ends before it is certain.
    Incomplete,
}

/// Whether `source` begins an address, or may do so when more has come.
pub(crate) fn may_begin(source: &str) -> bool {
    let is_either = |scheme: &&str| source.starts_with(*scheme) || scheme.starts_with(source);
    SCHEMES.iter().any(is_either)
}

/// Reads an address at the beginning of `source`, which [may begin](may_begin) one. Punctuation at its end is not part of
/// it.
pub(crate) fn read(source: &str, mode: InlineMode) -> Address {
    let Some(scheme) = SCHEMES.iter().find(|scheme| source.starts_with(**scheme)) else {
        return Address::Incomplete;
    };
    let is_end = |c: char| {
        let is_sign = c.is_ascii() && (c.is_ascii_control() || " <>\"`[]|\\^{}*".contains(c));
        is_sign || is_ideographic(c) || !(c.is_ascii() || c.is_alphanumeric())
    };
    let whole = source.find(is_end).unwrap_or(source.len());
    let is_at_end = whole == source.len();
    if is_at_end && !mode.complete {
        return Address::Incomplete;
    }
    let mut url = source[..whole].trim_end_matches(['.', ',', ':', ';', '!', '?', '\'', '_', '~', '&', '$']);
    while url.ends_with(')') && url.matches(')').count() > url.matches('(').count() {
        url = url[..url.len() - 1].trim_end_matches(['.', ',', ':', ';', '!', '?', '\'']);
    }
    if url.len() <= scheme.len() || (mode.is_cut && is_at_end) {
        return Address::None;
    }
    Address::Found(url.len())
}
