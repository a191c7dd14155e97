//! Sounds without a table of contents: FLAC (RFC 9639), Ogg (RFC 3533), MP3 (ISO/IEC 11172-3), AAC in ADTS (ISO/IEC 13818-7).

use std::io::{self, Read, Seek};
use std::time::Duration;

use super::{HEAD, Recording, Source, length};
use qwen_api::MediaKind;

/// How many bytes at the end of an Ogg file hold its last page: one has less than 64 KB.
const OGG_TAIL: u64 = 64 * 1024;

pub(super) fn flac<F: Read + Seek>(file: &mut Source<'_, F>) -> io::Result<Option<Recording>> {
    flac_at(file, 0)
}

fn flac_at<F: Read + Seek>(file: &mut Source<'_, F>, start: u64) -> io::Result<Option<Recording>> {
    // The first block is STREAMINFO: 20 bits of samples a second, 8 of channels and depth, 36 of samples.
    let bits = u64::from_be_bytes(file.bytes(start + 18)?);
    let length = length(bits & 0xf_ffff_ffff, bits >> 44);
    Ok(Some(Recording::sound("audio/flac", length)))
}

pub(super) fn ogg<F: Read + Seek>(file: &mut Source<'_, F>) -> io::Result<Option<Recording>> {
    let head = file.most(0, HEAD)?;
    let has = |mark: &[u8]| memchr::memmem::find(&head, mark);
    if has(b"\x80theora").is_some() {
        return Ok(Some(Recording {
            kind: MediaKind::Video,
            mime: "video/ogg",
            length: None,
            sides: None,
        }));
    }
    let number = |at: usize| Some(u32::from_le_bytes(head.get(at..at + 4)?.try_into().ok()?));
    // Positions of Opus are in 48000ths of a second, and the first samples are not played.
    let (rate, skipped) = match (has(b"OpusHead"), has(b"\x01vorbis")) {
        (Some(at), _) => (Some(48_000), number(at + 10).map_or(0, |skip| skip & 0xffff)),
        (None, Some(at)) => (number(at + 12), 0),
        (None, None) => (None, 0),
    };
    let size = file.size()?;
    let tail = file.most(size.saturating_sub(OGG_TAIL), OGG_TAIL)?;
    let last = memchr::memmem::rfind(&tail, b"OggS").and_then(|at| tail.get(at + 6..at + 14)?.try_into().ok());
    let samples = last.map(u64::from_le_bytes).filter(|position| *position != u64::MAX);
    let samples = samples.map(|position| position.saturating_sub(skipped.into()));
    let length = samples
        .zip(rate)
        .and_then(|(samples, rate)| length(samples, rate.into()));
    Ok(Some(Recording::sound("audio/ogg", length)))
}

/// Whether the bytes begin with a frame of AAC.
pub(super) fn is_adts(head: &[u8]) -> bool {
    // The layer is 0, and the sampling frequency one of 13.
    matches!(head, [0xff, second, third, ..] if second & 0xf6 == 0xf0 && third >> 2 & 0xf < 13)
}

/// The frame of an MP3 at the beginning of the bytes.
struct Mp3Frame {
    rate: u32,
    /// Samples in a frame.
    samples: u32,
    /// Where the count of frames stands, if there is one.
    side_information: usize,
}

impl Mp3Frame {
    fn read(head: &[u8]) -> Option<Mp3Frame> {
        let &[0xff, second, third, fourth, ..] = head else {
            return None;
        };
        let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
        let (bit_rate, rate) = (third >> 4, usize::from(third >> 2 & 3));
        if second & 0xe0 != 0xe0 || version == 1 || layer != 1 || matches!(bit_rate, 0 | 15) {
            return None;
        }
        let base = *[44_100, 48_000, 32_000].get(rate)?;
        let is_mono = fourth >> 6 == 3;
        let is_first = version == 3;
        Some(Mp3Frame {
            // MPEG 1, 2 and 2.5.
            rate: match version {
                3 => base,
                2 => base / 2,
                _ => base / 4,
            },
            samples: if is_first { 1152 } else { 576 },
            side_information: match (is_first, is_mono) {
                (true, false) => 32,
                (false, true) => 9,
                _ => 17,
            },
        })
    }
}

/// Whether the bytes begin with a frame of MP3.
pub(super) fn is_mp3(head: &[u8]) -> bool {
    Mp3Frame::read(head).is_some()
}

pub(super) fn mp3<F: Read + Seek>(file: &mut Source<'_, F>) -> io::Result<Option<Recording>> {
    let [i, d, three, .., a, b, c, e]: [u8; 10] = file.bytes(0)?;
    let start = match [i, d, three] == *b"ID3" {
        // Seven bits a byte.
        true => {
            10 + [a, b, c, e]
                .iter()
                .fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f))
        }
        false => 0,
    };
    let head = file.most(start, HEAD)?;
    // Such a tag may stand before other sounds.
    if head.starts_with(b"fLaC") {
        return flac_at(file, start);
    }
    if is_adts(&head) {
        return Ok(Some(Recording::sound("audio/aac", None)));
    }
    let first = (0..head.len()).find_map(|at| Some((at, Mp3Frame::read(&head[at..])?)));
    let Some((at, frame)) = first else {
        return Ok(None);
    };
    Ok(Some(Recording::sound(
        "audio/mpeg",
        counted_length(&head[at..], &frame),
    )))
}

/// The length that the encoder has written into the first frame: as Xing and LAME do, or as Fraunhofer's does.
fn counted_length(frame: &[u8], header: &Mp3Frame) -> Option<Duration> {
    let number = |at: usize| Some(u32::from_be_bytes(frame.get(at..at + 4)?.try_into().ok()?));
    let xing = 4 + header.side_information;
    let frames = if matches!(frame.get(xing..xing + 4), Some(b"Xing" | b"Info")) && number(xing + 4)? & 1 == 1 {
        number(xing + 8)?
    } else if frame.get(36..40) == Some(b"VBRI") {
        number(50)?
    } else {
        return None;
    };
    length(u64::from(frames) * u64::from(header.samples), header.rate.into())
}
