//! Sound and video by their content: the container, whether it holds video, how long it is. Headers alone are read, so that a
//! film of any size is recognised quickly.

mod matroska;
mod mp4;
mod riff;
mod stream;

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::time::Duration;

use super::file::HEAD;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::{Media, MediaKind, MediaSource};

/// How many boxes, elements or chunks of a file are looked at: far more than stand before its media.
const MAX_PARTS: usize = 4096;
/// How many boxes or elements may be inside each other: more than those that are looked into ever are.
const MAX_DEPTH: usize = 8;

/// A sound or a video.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Recording {
    pub(super) kind: MediaKind,
    pub(super) mime: &'static str,
    /// `None` where the header does not say it.
    pub(super) length: Option<Duration>,
    /// Width and height of a video, where the header says them.
    pub(super) sides: Option<(u32, u32)>,
}

impl Recording {
    fn sound(mime: &'static str, length: Option<Duration>) -> Recording {
        Recording {
            kind: MediaKind::Audio,
            mime,
            length,
            sides: None,
        }
    }
}

/// A container format, as the first bytes of a file tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContainerFormat {
    Wav,
    Avi,
    Mp4,
    Matroska,
    Ogg,
    Flac,
    Mp3,
    Aac,
    Amr,
}

impl ContainerFormat {
    /// The format of a file that begins with `head`.
    fn of(head: &[u8]) -> Option<ContainerFormat> {
        let at = |from: usize, bytes: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(bytes));
        Some(match head {
            _ if at(0, b"RIFF") && at(8, b"WAVE") => ContainerFormat::Wav,
            _ if at(0, b"RIFF") && at(8, b"AVI ") => ContainerFormat::Avi,
            _ if at(4, b"ftyp") => match mp4::is_picture(head) {
                true => return None,
                false => ContainerFormat::Mp4,
            },
            // Older QuickTime files have no `ftyp`.
            _ if at(4, b"moov") || at(4, b"mdat") || at(0, b"\0\0\0\x08wide") => ContainerFormat::Mp4,
            _ if at(0, b"\x1a\x45\xdf\xa3") => ContainerFormat::Matroska,
            _ if at(0, b"OggS") => ContainerFormat::Ogg,
            _ if at(0, b"fLaC") => ContainerFormat::Flac,
            _ if at(0, b"#!AMR") => ContainerFormat::Amr,
            _ if at(0, b"ID3") => ContainerFormat::Mp3,
            _ if stream::is_adts(head) => ContainerFormat::Aac,
            _ if stream::is_mp3(head) => ContainerFormat::Mp3,
            _ => return None,
        })
    }

    /// The media type of a sound in it.
    fn mime(self) -> &'static str {
        match self {
            ContainerFormat::Wav => "audio/wav",
            ContainerFormat::Avi => "video/x-msvideo",
            ContainerFormat::Mp4 => "audio/mp4",
            ContainerFormat::Matroska => "audio/x-matroska",
            ContainerFormat::Ogg => "audio/ogg",
            ContainerFormat::Flac => "audio/flac",
            ContainerFormat::Mp3 => "audio/mpeg",
            ContainerFormat::Aac => "audio/aac",
            ContainerFormat::Amr => "audio/amr",
        }
    }
}

/// Whether a file that begins with `head` is a sound or a video.
pub(super) fn is_recording(head: &[u8]) -> bool {
    ContainerFormat::of(head).is_some()
}

/// Reads the header of a sound or a video; `None` where the file is neither. The error goes behind the file's name.
pub(super) fn read_recording(file: &mut (impl Read + Seek)) -> Option<Result<Recording, UiText>> {
    let mut file = Source { file };
    let head = file.most(0, HEAD).ok()?;
    let format = ContainerFormat::of(&head)?;
    let read = match format {
        ContainerFormat::Wav => riff::wav(&mut file),
        ContainerFormat::Avi => riff::avi(&mut file),
        ContainerFormat::Mp4 => mp4::read(&mut file),
        ContainerFormat::Matroska => matroska::read(&mut file),
        ContainerFormat::Ogg => stream::ogg(&mut file),
        ContainerFormat::Flac => stream::flac(&mut file),
        ContainerFormat::Mp3 => stream::mp3(&mut file),
        ContainerFormat::Aac | ContainerFormat::Amr => Ok(Some(Recording::sound(format.mime(), None))),
    };
    let broken = || tr!("is broken or incomplete: its header ({}) cannot be read", format.mime());
    Some(read.ok().flatten().ok_or_else(broken))
}

/// The header of a sound or a video that is to be sent; `None` where it is elsewhere or cannot be read.
pub(super) fn recording_of(media: &Media) -> Option<Recording> {
    let read = match &media.source {
        MediaSource::Inline(bytes) => read_recording(&mut Cursor::new(bytes)),
        MediaSource::File { path, .. } => read_recording(&mut File::open(path).ok()?),
        MediaSource::Url(_) => None,
    };
    read?.ok()
}

/// A file that is read here and there.
struct Source<'a, F> {
    file: &'a mut F,
}

impl<F: Read + Seek> Source<'_, F> {
    /// The `N` bytes at `from`; an error where the file is shorter.
    fn bytes<const N: usize>(&mut self, from: u64) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.file.seek(SeekFrom::Start(from))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// At most so many bytes at `from`.
    fn most(&mut self, from: u64, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(from))?;
        Read::take(&mut *self.file, most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn size(&mut self) -> io::Result<u64> {
        self.file.seek(SeekFrom::End(0))
    }
}

/// `count` units of which `rate` are a second; `None` where that is no length.
fn length(count: u64, rate: u64) -> Option<Duration> {
    let is_known = count > 0 && rate > 0;
    is_known
        .then(|| Duration::try_from_secs_f64(count as f64 / rate as f64).ok())
        .flatten()
}

#[cfg(test)]
mod tests;
