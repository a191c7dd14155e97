//! What `-i` attaches: pictures, sound and video, from disk, by URL or from stdin. The kind is told by the content.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use tokio::task::spawn_blocking;

use super::file::{HEAD, path_of, read};
use super::image::image_block;
use super::input_source::{InputSource, NamedInput};
use super::recording::{Container, Recording, read_recording};
use super::recording_limits::MAX_INLINE;
use super::{InputContext, STDIN_LIMIT};
use crate::error::Failure;
use crate::tr;
use qwen_api::{Media, MediaKind, MediaSource};

/// The most bytes of a picture that is read: far more than can be sent, since it may be scaled down.
const MAX_IMAGE_BYTES: u64 = 256 * 1024 * 1024;
/// The most bytes of any other file, such as a device without an end.
const MAX_OTHER_BYTES: u64 = 1024 * 1024;

/// How many bytes are read of a file that begins with `head`.
fn max_bytes(head: &[u8]) -> u64 {
    if infer::is_image(head) {
        MAX_IMAGE_BYTES
    } else if Container::of(head).is_some() {
        STDIN_LIMIT
    } else {
        MAX_OTHER_BYTES
    }
}

/// The content block of one `-i`. [`super::deliver`] decides later how it is sent; a recording that is too large to be sent
/// inside a request stays on the disk until then.
pub async fn read_media(input: InputContext<'_>, given: &OsStr) -> Result<Media, Failure> {
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
        // It is not fetched here, so that only its name tells the kind.
        let path = named.name.split(['?', '#']).next().unwrap_or_default();
        return Ok(Media {
            kind: named_kind(path).unwrap_or(MediaKind::Image),
            source: MediaSource::Url(named.name.clone()),
            mime: String::new(),
            name: named.name,
        });
    }
    if let InputSource::File(path) = &named.source {
        let (path, name) = (path_of(input.host, path), named.name.clone());
        let large = spawn_blocking(move || large_recording(&path, &name)).await;
        match large.map_err(|_| Failure::other(tr!("cannot read {}", named.name)))? {
            Ok(Some(media)) => return Ok(media),
            Ok(None) => {}
            Err(failure) => return Err(failure),
        }
    }
    let bytes = read(input, &named, max_bytes).await?;
    let Some(container) = Container::of(&bytes) else {
        return image_block(bytes, &named.name).await;
    };
    let recording = read_recording(container, &mut Cursor::new(&bytes));
    let recording = recording.map_err(|why| Failure::usage(tr!("{} {}", named.name, why)))?;
    Ok(block(&recording, MediaSource::Inline(bytes.into()), &named.name))
}

/// The block of a recording in a regular file that is too large to be sent inside a request. What cannot be opened is read,
/// and refused, as any other file is.
fn large_recording(path: &Path, name: &str) -> Result<Option<Media>, Failure> {
    let Some(meta) = std::fs::metadata(path)
        .ok()
        .filter(|meta| meta.is_file() && meta.len() > MAX_INLINE)
    else {
        return Ok(None);
    };
    let Ok(mut file) = File::open(path) else {
        return Ok(None);
    };
    let mut head = Vec::new();
    let read = (&mut file).take(HEAD).read_to_end(&mut head);
    let Some(container) = read.ok().and_then(|_| Container::of(&head)) else {
        return Ok(None);
    };
    let recording = read_recording(container, &mut file);
    let recording = recording.map_err(|why| Failure::usage(tr!("{} {}", name, why)))?;
    let source = MediaSource::File {
        path: path.to_owned(),
        size: meta.len(),
    };
    Ok(Some(block(&recording, source, name)))
}

fn block(recording: &Recording, source: MediaSource, name: &str) -> Media {
    Media {
        kind: recording.kind,
        source,
        mime: recording.mime.to_owned(),
        name: name.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

/// The kind of media whose files are usually named so.
pub fn named_kind(path: &str) -> Option<MediaKind> {
    let ending = Path::new(path).extension()?.to_str()?.to_ascii_lowercase();
    Some(match ending.as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" | "tif" | "tiff" | "heic" | "heif" => MediaKind::Image,
        "wav" | "mp3" | "m4a" | "aac" | "flac" | "ogg" | "oga" | "opus" | "amr" => MediaKind::Audio,
        "mp4" | "m4v" | "mov" | "mkv" | "webm" | "avi" | "3gp" => MediaKind::Video,
        _ => return None,
    })
}
