//! What `-i` attaches: pictures, sound and video, from disk, by URL or from stdin. The kind is detected from the content.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Cursor;
use std::path::Path;

use tokio::task::spawn_blocking;

use super::file::{path_of, read};
use super::image_header::read_image_header;
use super::input_source::{InputSource, NamedInput};
use super::recording::{is_recording, read_recording, recording_of};
use super::recording_limits::MAX_INLINE;
use super::{InputContext, STDIN_LIMIT};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
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
    } else if is_recording(head) {
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
            upload: None,
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
    media_of_bytes(bytes, &named.name).await
}

/// The content block of an image, a sound or a video that was read. Headers are parsed on a thread of their own.
pub(super) async fn media_of_bytes(bytes: Vec<u8>, name: &str) -> Result<Media, Failure> {
    let place = name.to_owned();
    let parsed = spawn_blocking(move || parse_media(bytes, &place)).await;
    parsed.map_err(|_| Failure::other(tr!("cannot read {}", name)))?
}

fn parse_media(bytes: Vec<u8>, name: &str) -> Result<Media, Failure> {
    let bad = |why: UiText| Failure::usage(tr!("{} {}", name, why));
    let (kind, mime) = match read_recording(&mut Cursor::new(&bytes)) {
        Some(recording) => recording.map(|recording| (recording.kind, recording.mime)),
        None => read_image_header(&bytes).map(|header| (MediaKind::Image, header.mime)),
    }
    .map_err(bad)?;
    Ok(block(kind, mime, MediaSource::Inline(bytes.into()), name))
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
    let Some(recording) = read_recording(&mut file) else {
        return Ok(None);
    };
    let recording = recording.map_err(|why| Failure::usage(tr!("{} {}", name, why)))?;
    let source = MediaSource::File {
        path: path.to_owned(),
        size: meta.len(),
    };
    Ok(Some(block(recording.kind, recording.mime, source, name)))
}

fn block(kind: MediaKind, mime: &str, source: MediaSource, name: &str) -> Media {
    Media {
        kind,
        source,
        mime: mime.to_owned(),
        name: name.rsplit('/').next().unwrap_or_default().to_owned(),
        upload: None,
    }
}

/// An attachment in a line: name, type, dimensions, length, size.
pub fn describe(media: &Media) -> UiText {
    let Some(size) = media.source.size() else {
        return UiText::foreign(media.name.as_str());
    };
    let kind = media.mime.rsplit('/').next().unwrap_or_default();
    let mut line = tr!("{}: {}", media.name, kind);
    let recording = recording_of(media);
    let sides = match (&media.source, recording) {
        (MediaSource::Inline(bytes), None) => read_image_header(bytes).ok().and_then(|header| header.sides),
        (_, recording) => recording.and_then(|recording| recording.sides),
    };
    if let Some((width, height)) = sides {
        line = tr!("{}, {} × {} pixels", line, width, height);
    }
    if let Some(length) = recording.and_then(|recording| recording.length) {
        line = tr!("{}, {}", line, seconds(length));
    }
    let kilobytes = (size as f64 / 1024.0).max(1.0);
    let size = match kilobytes {
        0.0..1024.0 => format!("{kilobytes:.0} KB"),
        _ => format!("{:.1} MB", kilobytes / 1024.0),
    };
    tr!("{}, {}", line, size)
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
