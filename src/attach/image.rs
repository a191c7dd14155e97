//! A picture, from disk, by URL or from stdin: its type told by its content, its sides checked before anything is sent.

use bytes::Bytes;

use super::file::{read, url_of};
use super::sides::{check, facts};
use super::stdin;
use crate::chat::{Media, MediaKind, MediaSource};
use crate::error::Failure;
use crate::host::Host;
use crate::text::words::Words;
use crate::words;

/// The most bytes of a file that is looked at as a picture; far more than can be sent, since it may be scaled down.
const MOST_READ: u64 = 256 * 1024 * 1024;
/// The most of a file that turns out to be none, which has no end perhaps.
const MOST_OTHERWISE: u64 = 1024 * 1024;

/// The most bytes of a file that begins so.
fn most(head: &[u8]) -> u64 {
    match infer::is_image(head) {
        true => MOST_READ,
        false => MOST_OTHERWISE,
    }
}

/// The block for one `-i`.
pub async fn image(host: &Host, place: &str) -> Result<Media, Failure> {
    if place.starts_with("oss://") || url_of(place).is_some() {
        return Ok(Media {
            kind: MediaKind::Image,
            source: MediaSource::Url(place.to_owned()),
            mime: String::new(),
            name: place.to_owned(),
        });
    }
    match place {
        "-" => picture(stdin::read().await?, "stdin"),
        _ => picture(read(host, place, most).await?, place),
    }
}

/// The block for a picture whose bytes are at hand. Whether they go inside the message is decided later.
pub(super) fn picture(bytes: Vec<u8>, name: &str) -> Result<Media, Failure> {
    let bad = |why: Words| Failure::usage(words!("{} {}", name, why));
    let facts = facts(&bytes).map_err(bad)?;
    check(facts).map_err(bad)?;
    Ok(Media {
        kind: MediaKind::Image,
        source: MediaSource::Inline(Bytes::from(bytes)),
        mime: facts.mime.to_owned(),
        name: name.rsplit('/').next().unwrap_or_default().to_owned(),
    })
}
