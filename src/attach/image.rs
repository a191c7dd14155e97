//! The content block of an image, its type and sides read from its content.

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::image_header::read_image_header;
use crate::error::Failure;
use crate::tr;
use qwen_api::{Media, MediaKind, MediaSource};

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
