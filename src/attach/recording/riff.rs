//! WAV and AVI: lists of chunks ("Multimedia Programming Interface and Data Specifications 1.0").

use std::io::{self, Read, Seek};

use super::{MAX_PARTS, Recording, Source, length};
use qwen_api::MediaKind;
use std::time::Duration;

/// The place and the size of the chunk of this name in a list whose chunks begin at `from`.
fn chunk<F: Read + Seek>(file: &mut Source<'_, F>, from: u64, name: &[u8; 4]) -> io::Result<(u64, u32)> {
    let mut at = from;
    for _ in 0..MAX_PARTS {
        let [n @ .., a, b, c, d]: [u8; 8] = file.bytes(at)?;
        let size = u32::from_le_bytes([a, b, c, d]);
        if n == *name {
            return Ok((at + 8, size));
        }
        // Chunks begin at even places.
        at += 8 + u64::from(size) + u64::from(size % 2);
    }
    Err(io::ErrorKind::InvalidData.into())
}

pub(super) fn wav<F: Read + Seek>(file: &mut Source<'_, F>) -> io::Result<Option<Recording>> {
    let (format, _) = chunk(file, 12, b"fmt ")?;
    let bytes_a_second = u32::from_le_bytes(file.bytes(format + 8)?);
    let (data, size) = chunk(file, 12, b"data")?;
    let left = file.size()?.saturating_sub(data);
    // A program that wrote to a pipe could not know the size.
    let size = match size {
        0 | u32::MAX => left,
        size => u64::from(size).min(left),
    };
    Ok(Some(Recording::sound("audio/wav", length(size, bytes_a_second.into()))))
}

pub(super) fn avi<F: Read + Seek>(file: &mut Source<'_, F>) -> io::Result<Option<Recording>> {
    let (list, _) = chunk(file, 12, b"LIST")?;
    let (header, _) = chunk(file, list + 4, b"avih")?;
    let number = |file: &mut Source<'_, F>, at: u64| Ok::<_, io::Error>(u32::from_le_bytes(file.bytes(header + at)?));
    let micros = u64::from(number(file, 0)?) * u64::from(number(file, 16)?);
    let sides = (number(file, 32)?, number(file, 36)?);
    Ok(Some(Recording {
        kind: MediaKind::Video,
        mime: "video/x-msvideo",
        length: (micros > 0).then(|| Duration::from_micros(micros)),
        sides: (sides.0 > 0 && sides.1 > 0).then_some(sides),
    }))
}
