//! MP4, M4A, 3GP and QuickTime: a tree of boxes (ISO/IEC 14496-12).

use std::io::{self, Read, Seek};

use super::{MAX_DEPTH, MAX_PARTS, Recording, Source, length};
use qwen_api::MediaKind;

/// Whether the major brand of an `ftyp` box is that of a still picture (HEIF, AVIF).
pub(super) fn is_picture(head: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 8] = [b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"];
    head.get(8..12)
        .is_some_and(|brand| BRANDS.iter().any(|picture| brand == *picture))
}

/// What the boxes on the way say.
#[derive(Default)]
struct BoxFacts {
    /// Units, and how many of them are a second.
    length: Option<(u64, u32)>,
    has_sound: bool,
    has_video: bool,
    /// Of the track that is being read, and of the largest one.
    sides: Option<(u32, u32)>,
    parts: usize,
}

pub(super) fn read<F: Read + Seek>(file: &mut Source<'_, F>) -> io::Result<Option<Recording>> {
    let brand: [u8; 12] = file.bytes(0)?;
    let end = file.size()?;
    let mut facts = BoxFacts::default();
    walk(file, 0, end, 0, &mut facts)?;
    let is_mobile = brand[4..8] == *b"ftyp" && brand[8..].starts_with(b"3g");
    let is_quicktime = brand[4..8] != *b"ftyp" || brand[8..].starts_with(b"qt");
    let (kind, mime) = match (facts.has_video, facts.has_sound) {
        (true, _) if is_mobile => (MediaKind::Video, "video/3gpp"),
        (true, _) if is_quicktime => (MediaKind::Video, "video/quicktime"),
        (true, _) => (MediaKind::Video, "video/mp4"),
        (false, true) if is_mobile => (MediaKind::Audio, "audio/3gpp"),
        (false, true) => (MediaKind::Audio, "audio/mp4"),
        (false, false) => return Ok(None),
    };
    Ok(Some(Recording {
        kind,
        mime,
        length: facts.length.and_then(|(units, rate)| length(units, rate.into())),
        sides: facts.sides.filter(|_| facts.has_video),
    }))
}

/// Goes through the boxes between two places, and into those that hold others of use.
fn walk<F: Read + Seek>(
    file: &mut Source<'_, F>,
    from: u64,
    end: u64,
    depth: usize,
    facts: &mut BoxFacts,
) -> io::Result<()> {
    let mut at = from;
    while at + 8 <= end && facts.parts < MAX_PARTS {
        facts.parts += 1;
        let head: [u8; 8] = file.bytes(at)?;
        let [a, b, c, d, kind @ ..] = head;
        let (size, start) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (end - at, at + 8),
            1 => (u64::from_be_bytes(file.bytes(at + 8)?), at + 16),
            size => (size.into(), at + 8),
        };
        let next = at.saturating_add(size).min(end);
        if next < start {
            return Ok(());
        }
        match &kind {
            b"moov" | b"trak" | b"mdia" if depth < MAX_DEPTH => walk(file, start, next, depth + 1, facts)?,
            b"mvhd" => facts.length = movie_length(file, start)?,
            b"tkhd" => {
                let sides = track_sides(file, start)?;
                facts.sides = facts.sides.max((sides > (0, 0)).then_some(sides));
            }
            b"hdlr" => {
                let handler: [u8; 4] = file.bytes(start + 8)?;
                facts.has_video |= handler == *b"vide";
                facts.has_sound |= handler == *b"soun";
            }
            _ => {}
        }
        at = next;
    }
    Ok(())
}

/// The units and the units a second of an `mvhd` box. A file in fragments may have none.
fn movie_length<F: Read + Seek>(file: &mut Source<'_, F>, start: u64) -> io::Result<Option<(u64, u32)>> {
    let [version]: [u8; 1] = file.bytes(start)?;
    let (rate, units) = match version {
        1 => {
            let rate = u32::from_be_bytes(file.bytes(start + 20)?);
            (rate, u64::from_be_bytes(file.bytes(start + 24)?))
        }
        _ => {
            let rate = u32::from_be_bytes(file.bytes(start + 12)?);
            (rate, u32::from_be_bytes(file.bytes(start + 16)?).into())
        }
    };
    // All ones: it is not known.
    let is_unknown = units == u64::MAX || units == u64::from(u32::MAX);
    Ok((!is_unknown).then_some((units, rate)))
}

/// Width and height of a `tkhd` box: fixed-point numbers, 0 for sound.
fn track_sides<F: Read + Seek>(file: &mut Source<'_, F>, start: u64) -> io::Result<(u32, u32)> {
    let [version]: [u8; 1] = file.bytes(start)?;
    let at = start + if version == 1 { 88 } else { 76 };
    let side = |bytes: [u8; 4]| u32::from_be_bytes(bytes) >> 16;
    Ok((side(file.bytes(at)?), side(file.bytes(at + 4)?)))
}
