//! A picture, from disk, by URL or from stdin, its type told by its content.

use bytes::Bytes;

use super::file::{read, url_of};
use super::stdin;
use crate::chat::{Media, MediaKind, MediaSource};
use crate::error::Failure;
use crate::host::Host;

/// The most bytes of a picture that is sent inside the request (Model Studio, "Visual understanding": a data URI
/// may have 10 MB, and base64 takes four bytes for three).
const MOST_INLINE: usize = 7 * 1024 * 1024;

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
    let (bytes, name) = match place {
        "-" => (stdin::read().await?, "stdin".to_owned()),
        _ => (read(host, place).await?, place.to_owned()),
    };
    let bad = |why: String| Failure::usage(format!("{name} {why}"));
    if bytes.is_empty() {
        return Err(bad("is empty".to_owned()));
    }
    let mime = match infer::get(&bytes).map(|kind| kind.mime_type()) {
        Some(mime) if is_taken(mime) => mime,
        Some(mime) => return Err(bad(format!("is no image a model takes, but {mime}"))),
        None => return Err(bad("is no image".to_owned())),
    };
    if bytes.len() > MOST_INLINE {
        let megabytes = bytes.len() as f64 / 1e6;
        return Err(bad(format!("has {megabytes:.1} MB; an image may have 7 MB"))
            .hint("scale it down, or put it where it has a URL"));
    }
    Ok(Media {
        kind: MediaKind::Image,
        source: MediaSource::Inline(Bytes::from(bytes)),
        mime: mime.to_owned(),
        name: name.rsplit('/').next().unwrap_or_default().to_owned(),
    })
}

fn is_taken(mime: &str) -> bool {
    matches!(
        mime,
        "image/png"
            | "image/jpeg"
            | "image/gif"
            | "image/webp"
            | "image/bmp"
            | "image/tiff"
            | "image/heif"
            | "image/heic"
    )
}
