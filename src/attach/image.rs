//! A picture, from disk, by URL or from stdin: its type told by its content, its sides checked before anything is sent.

use std::ffi::OsStr;

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::InputContext;
use super::file::read;
use super::image_header::read_image_header;
use super::input_source::{InputSource, NamedInput};
use crate::error::Failure;
use crate::tr;
use qwen_api::{Media, MediaKind, MediaSource};

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
pub async fn read_image(input: InputContext<'_>, given: &OsStr) -> Result<Media, Failure> {
    let named = NamedInput::of(given)?;
    if let InputSource::Url(url) = &named.source
        && (!url.username().is_empty() || url.password().is_some())
    {
        let told = tr!("an image URL must not contain a user name or password: {}", named.name);
        return Err(Failure::usage(told).hint(tr!(
            "the provider fetches the image and would see them; curl … | qwen complete -i -"
        )));
    }
    if matches!(named.source, InputSource::Url(_)) || named.name.starts_with("oss://") {
        return Ok(Media {
            kind: MediaKind::Image,
            source: MediaSource::Url(named.name.clone()),
            mime: String::new(),
            name: named.name,
        });
    }
    image_block(read(input, &named, most).await?, &named.name).await
}

/// The block for a picture whose bytes are at hand. Whether they go inside the message is decided later.
pub(super) async fn image_block(bytes: Vec<u8>, name: &str) -> Result<Media, Failure> {
    let looked_at = spawn_blocking(move || read_image_header(&bytes).map(|facts| (facts, bytes))).await;
    let (facts, bytes) = match looked_at {
        Ok(Ok(picture)) => picture,
        Ok(Err(why)) => return Err(Failure::usage(tr!("{} {}", name, why))),
        Err(_) => return Err(Failure::other(tr!("cannot read {}", name))),
    };
    Ok(Media {
        kind: MediaKind::Image,
        source: MediaSource::Inline(Bytes::from(bytes)),
        mime: facts.mime.to_owned(),
        name: name.rsplit('/').next().unwrap_or_default().to_owned(),
    })
}
