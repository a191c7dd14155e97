//! Matroska and WebM: a tree of elements whose ids and sizes have a variable length (RFC 8794, RFC 9559).

use std::io::{self, Read, Seek};

use super::{MAX_DEPTH, MAX_PARTS, Recording, Source};
use qwen_api::MediaKind;
use std::time::Duration;

/// The elements that are looked at, by their ids ("RFC 9559", section 5.1; "RFC 8794", section 11).
#[derive(Clone, Copy)]
enum Element {
    /// It holds others of use.
    Parent,
    DocType,
    /// Media, which come after all that is of use.
    Cluster,
    TimestampScale,
    Duration,
    TrackType,
    Width,
    Height,
}

impl Element {
    fn of(id: u64) -> Option<Element> {
        Some(match id {
            // EBML, Segment, Info, Tracks, TrackEntry, Video
            0x1a45_dfa3 | 0x1853_8067 | 0x1549_a966 | 0x1654_ae6b | 0xae | 0xe0 => Element::Parent,
            0x4282 => Element::DocType,
            0x1f43_b675 => Element::Cluster,
            0x2a_d7b1 => Element::TimestampScale,
            0x4489 => Element::Duration,
            0x83 => Element::TrackType,
            0xb0 => Element::Width,
            0xba => Element::Height,
            _ => return None,
        })
    }
}

#[derive(Default)]
struct ElementFacts {
    is_webm: bool,
    has_sound: bool,
    has_video: bool,
    width: u64,
    height: u64,
    /// Nanoseconds of a unit; `None` is a millisecond.
    scale: Option<u64>,
    units: f64,
    parts: usize,
    /// Whether the first cluster was reached: what follows are media.
    is_over: bool,
}

pub(super) fn read<F: Read + Seek>(file: &mut Source<'_, F>) -> io::Result<Option<Recording>> {
    let end = file.size()?;
    let mut facts = ElementFacts::default();
    walk(file, 0, end, 0, &mut facts)?;
    let (kind, mime) = match (facts.has_video, facts.has_sound, facts.is_webm) {
        (true, _, true) => (MediaKind::Video, "video/webm"),
        (true, _, false) => (MediaKind::Video, "video/x-matroska"),
        (false, true, true) => (MediaKind::Audio, "audio/webm"),
        (false, true, false) => (MediaKind::Audio, "audio/x-matroska"),
        (false, false, _) => return Ok(None),
    };
    let seconds = facts.units * facts.scale.unwrap_or(1_000_000) as f64 / 1e9;
    let side = |side: u64| u32::try_from(side).ok().filter(|side| *side > 0);
    Ok(Some(Recording {
        kind,
        mime,
        length: Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|length| !length.is_zero()),
        sides: side(facts.width).zip(side(facts.height)),
    }))
}

/// Goes through the elements between two places, and into those that hold others of use.
fn walk<F: Read + Seek>(
    file: &mut Source<'_, F>,
    from: u64,
    end: u64,
    depth: usize,
    facts: &mut ElementFacts,
) -> io::Result<()> {
    let mut at = from;
    while at + 2 <= end && facts.parts < MAX_PARTS && !facts.is_over {
        facts.parts += 1;
        let (id, id_length) = number(&file.most(at, 4)?, false)?;
        let (size, size_length) = number(&file.most(at + id_length, 8)?, true)?;
        let start = at + id_length + size_length;
        // All ones stand for an unknown size, up to the end.
        let is_unknown = size == (1 << (7 * size_length)) - 1;
        let next = if is_unknown {
            end
        } else {
            start.saturating_add(size).min(end)
        };
        match Element::of(id) {
            Some(Element::Parent) if depth < MAX_DEPTH => walk(file, start, next, depth + 1, facts)?,
            Some(Element::Cluster) => facts.is_over = true,
            Some(Element::DocType) => facts.is_webm = file.most(start, size.min(8))?.starts_with(b"webm"),
            Some(Element::TimestampScale) => facts.scale = Some(unsigned(file, start, size)?),
            Some(Element::Duration) => {
                facts.units = match size {
                    4 => f32::from_be_bytes(file.bytes(start)?).into(),
                    _ => f64::from_be_bytes(file.bytes(start)?),
                }
            }
            Some(Element::TrackType) => match unsigned(file, start, size)? {
                1 => facts.has_video = true,
                2 => facts.has_sound = true,
                _ => {}
            },
            Some(Element::Width) => facts.width = unsigned(file, start, size)?,
            Some(Element::Height) => facts.height = unsigned(file, start, size)?,
            Some(Element::Parent) | None => {}
        }
        at = next;
    }
    Ok(())
}

/// A number of variable length, and how many bytes it takes: as many as its first byte has leading zeros, and one. The bit
/// that ends them belongs to an id, and not to a size.
fn number(bytes: &[u8], is_size: bool) -> io::Result<(u64, u64)> {
    let first = *bytes.first().ok_or(io::ErrorKind::UnexpectedEof)?;
    let zeros = first.leading_zeros();
    let rest = bytes.get(1..=zeros as usize).ok_or(io::ErrorKind::InvalidData)?;
    let mark = 0x80u8.checked_shr(zeros).unwrap_or(0);
    let begin = u64::from(if is_size { first & !mark } else { first });
    let value = rest.iter().fold(begin, |value, byte| value << 8 | u64::from(*byte));
    Ok((value, u64::from(zeros) + 1))
}

fn unsigned<F: Read + Seek>(file: &mut Source<'_, F>, start: u64, size: u64) -> io::Result<u64> {
    let bytes = file.most(start, size.min(8))?;
    Ok(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
}
