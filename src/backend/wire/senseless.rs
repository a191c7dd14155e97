//! Replies that are neither an answer nor an error, told in our own words.

use super::{Refusal, Retry};
use crate::error::Kind;
use crate::text::words::Words;
use crate::words;

pub(super) fn no_sense(message: Words) -> Refusal {
    Refusal {
        status: 200,
        kind: Kind::Server,
        code: None,
        message,
        hint: None,
        request_id: None,
        retry: Retry::Never,
        retry_after: None,
    }
}

/// A model list that is none.
pub(super) fn no_list() -> Refusal {
    no_sense(words!("the server's reply is no list of models"))
}

/// A reply that began well and then held nothing at all. Some local servers answer an overlong prompt so.
pub fn nothing_came() -> Refusal {
    Refusal {
        retry: Retry::Once,
        hint: Some(words!(
            "the prompt may be longer than the model takes; `-v` shows the exchange"
        )),
        ..no_sense(words!("the server's reply was empty"))
    }
}

/// A piece of a stream that is not what the protocol sends: its first words, on one line.
pub(super) fn unreadable(payload: &str) -> Refusal {
    let words = payload.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: String = words.chars().take(300).collect();
    no_sense(words!("the server's reply made no sense: {}", words))
}
