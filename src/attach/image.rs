//! Images from disk, by URL or from stdin. The type is detected from the content, and the dimensions are checked before
//! anything is sent.

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

/// The most bytes of an image that is read: far more than can be sent, since it may be scaled down.
const MAX_IMAGE_BYTES: u64 = 256 * 1024 * 1024;
/// The most bytes of any other file, such as a device without an end.
const MAX_OTHER_BYTES: u64 = 1024 * 1024;

/// How many bytes are read of a file that begins with `head`.
fn max_bytes(head: &[u8]) -> u64 {
    match infer::is_image(head) {
        true => MAX_IMAGE_BYTES,
        false => MAX_OTHER_BYTES,
    }
}

/// The content block of one `-i`.
pub async fn read_image(input: InputContext<'_>, given: &OsStr) -> Result<Media, Failure> {
    let named = NamedInput::parse(given)?;
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
    image_block(read(input, &named, max_bytes).await?, &named.name).await
}

/// The content block of an image. [`super::deliver`] decides later whether its bytes are sent inside the message.
pub(super) async fn image_block(bytes: Vec<u8>, name: &str) -> Result<Media, Failure> {
    let looked_at = spawn_blocking(move || read_image_header(&bytes).map(|header| (header, bytes))).await;
    let (header, bytes) = match looked_at {
        Ok(Ok(picture)) => picture,
        Ok(Err(why)) => return Err(Failure::usage(tr!("{} {}", name, why))),
        Err(_) => return Err(Failure::other(tr!("cannot read {}", name))),
    };
    Ok(Media {
        kind: MediaKind::Image,
        source: MediaSource::Inline(Bytes::from(bytes)),
        mime: header.mime.to_owned(),
        name: name.rsplit('/').next().unwrap_or_default().to_owned(),
    })
}
