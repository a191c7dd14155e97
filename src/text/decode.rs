//! Decodes bytes whose encoding may be unknown.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, DecoderResult, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// A decoded text, and its encoding if that was not UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub text: String,
    pub from: Option<&'static str>,
}

/// Why bytes could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// They are not UTF-8, and no other encoding was detected; the offset of the first invalid byte.
    At(usize),
    /// They are not in the encoding that the user named; the offset of the first invalid byte.
    NotIn(&'static str, usize),
}

/// The encoding with this label (WHATWG "Encoding", section 4.2), if there is one.
pub fn by_name(name: &str) -> Option<&'static Encoding> {
    Encoding::for_label(name.as_bytes())
}

/// The labels of common encodings, for a shell's completion.
pub const COMMON: &[&str] = &[
    "utf-8",
    "utf-16le",
    "utf-16be",
    "gb18030",
    "gbk",
    "big5",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "euc-kr",
    "windows-1252",
    "iso-8859-1",
    "iso-8859-15",
    "windows-1251",
    "koi8-r",
];

/// UTF-8 passes as it is, without its byte-order mark; UTF-16 and UTF-32 with one, and the legacy encodings of East
/// Asia, are detected and converted. `given` is the encoding that the user named, instead.
pub fn decode(bytes: Vec<u8>, given: Option<&'static Encoding>) -> Result<Decoded, Undecodable> {
    if let Some(encoding) = given {
        return convert(&bytes, encoding)
            .ok_or_else(|| Undecodable::NotIn(encoding.name(), first_invalid(&bytes, encoding)));
    }
    if let Some(text) = utf_32(&bytes) {
        return text;
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let encoding = if bytes[0] == 0xff { UTF_16LE } else { UTF_16BE };
        return convert(&bytes, encoding).ok_or_else(|| Undecodable::At(first_invalid(&bytes, encoding)));
    }
    let bytes = match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            return Ok(Decoded { text, from: None });
        }
        Err(error) => error,
    };
    let at = bytes.utf8_error().valid_up_to();
    let bytes = bytes.into_bytes();
    // A text in a legacy encoding has no NUL; images and programs have. Nor does it begin with many characters that are
    // valid UTF-8: that is a damaged UTF-8 text, and to convert it from another encoding would change it.
    let begun = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
    let is_utf_8 = begun
        .bytes()
        .filter(|byte| !byte.is_ascii())
        .nth(MAX_BYTES_BY_CHANCE)
        .is_some();
    if is_utf_8 || bytes.contains(&0) {
        return Err(Undecodable::At(at));
    }
    let sample = sample(&bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&sample, sample.len() < MAX_SAMPLE_BYTES);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Two characters are too few to detect an encoding: 你好 in GBK is two rare syllables in EUC-KR.
    let is_chinese = guess == GBK || (guess == EUC_KR && is_common_chinese(&sample));
    let guess = if is_chinese { GB18030 } else { guess };
    if ![GB18030, BIG5, SHIFT_JIS, EUC_KR].contains(&guess) {
        return Err(Undecodable::At(at));
    }
    convert(&bytes, guess).ok_or(Undecodable::At(at))
}

/// A text in UTF-32 with a byte-order mark; `None` without one. No text in UTF-16 begins with U+0000, which
/// the little-endian mark would be then.
fn utf_32(bytes: &[u8]) -> Option<Result<Decoded, Undecodable>> {
    type Unit = fn([u8; 4]) -> u32;
    let (name, unit): (_, Unit) = match bytes {
        [0xff, 0xfe, 0, 0, ..] => ("UTF-32LE", u32::from_le_bytes),
        [0, 0, 0xfe, 0xff, ..] => ("UTF-32BE", u32::from_be_bytes),
        _ => return None,
    };
    let character = |quad: &[u8]| quad.try_into().ok().map(unit).and_then(char::from_u32);
    let mut text = String::with_capacity(bytes.len() / 4);
    for (at, quad) in bytes.chunks(4).enumerate().skip(1) {
        match character(quad) {
            Some(c) => text.push(c),
            None => return Some(Err(Undecodable::At(at * 4))),
        }
    }
    Some(Ok(Decoded { text, from: Some(name) }))
}

/// How many bytes at the beginning of a legacy text may be UTF-8 by chance, ASCII not counted.
const MAX_BYTES_BY_CHANCE: usize = 15;

/// How many bytes the detector is given, since it takes half a second for a megabyte. Whether all of the text can be
/// converted is checked afterwards.
const MAX_SAMPLE_BYTES: usize = 64 * 1024;

/// The parts of a text that are not ASCII: of each line, from the first such byte to the end, up to
/// [`MAX_SAMPLE_BYTES`] bytes. The encodings that are detected have no line feed inside a character, and begin none
/// with ASCII.
fn sample(bytes: &[u8]) -> Vec<u8> {
    let mut sample = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| !byte.is_ascii()) else {
            continue;
        };
        let room = MAX_SAMPLE_BYTES - sample.len();
        sample.extend(line[at..].iter().take(room));
        if sample.len() == MAX_SAMPLE_BYTES {
            break;
        }
    }
    sample
}

/// The most common characters of Chinese, and those of short questions.
const COMMON_CHINESE: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后\
     作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日者意无力它与\
     长把机十第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应向头文体美相见被什二等产或新己制身果加月话合回\
     特代内信表化老给世位次度任常先通教原提立及比员解水名真处走各入几口认条平系气题活更别打女变四总何电数安少报才结反受目\
     太再感建务做接必场件计管期市直资命指许统区保至形社便空写请帮吗呢吧谢您早晚诗歌翻译错误测试编程故解释总结";

/// Whether the bytes are GB18030 with none but the most common Chinese characters.
fn is_common_chinese(bytes: &[u8]) -> bool {
    let (text, _, failed) = GB18030.decode(bytes);
    !failed
        && text
            .chars()
            .all(|c| c.is_ascii() || COMMON_CHINESE.contains(c) || "，。？！、：；".contains(c))
}

/// The offset of the first byte that is invalid in the encoding.
fn first_invalid(bytes: &[u8], encoding: &'static Encoding) -> usize {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(most.unwrap_or_default());
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::Malformed(bad, behind), read) => read.saturating_sub(usize::from(bad) + usize::from(behind)),
        (_, read) => read,
    }
}

fn convert(bytes: &[u8], encoding: &'static Encoding) -> Option<Decoded> {
    let (text, failed) = encoding.decode_with_bom_removal(bytes);
    (!failed).then(|| Decoded {
        text: text.into_owned(),
        from: (encoding != UTF_8).then_some(encoding.name()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POEM: &str = "床前明月光，疑是地上霜。举头望明月，低头思故乡。";

    fn from(bytes: &[u8]) -> (String, Option<&'static str>) {
        let decoded = decode(bytes.to_vec(), None).unwrap();
        (decoded.text, decoded.from)
    }

    #[test]
    fn utf_8_passes_without_its_mark() {
        assert_eq!(from("\u{feff}中文 ok".as_bytes()), ("中文 ok".to_owned(), None));
        assert_eq!(from(b""), (String::new(), None));
    }

    #[test]
    fn detects_the_legacy_encodings_of_east_asia() {
        let cases = [
            (GB18030, POEM),
            (BIG5, "床前明月光，疑是地上霜。舉頭望明月，低頭思故鄉。"),
            (
                SHIFT_JIS,
                "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。",
            ),
            (EUC_KR, "나 보기가 역겨워 가실 때에는 말없이 고이 보내 드리우리다."),
        ];
        for (encoding, text) in cases {
            let (bytes, _, _) = encoding.encode(text);
            let name = encoding.name();
            assert_eq!(
                from(&bytes),
                (text.to_owned(), Some(if name == "GBK" { "gb18030" } else { name })),
                "{name}"
            );
        }
        for short in ["你好", "你好！", "你好吗？", "在吗", "请写诗"] {
            let (bytes, _, _) = GB18030.encode(short);
            assert_eq!(from(&bytes), (short.to_owned(), Some("gb18030")));
        }
        for short in ["안녕", "한국어", "번역", "테스트"] {
            let (bytes, _, _) = EUC_KR.encode(short);
            assert_eq!(from(&bytes), (short.to_owned(), Some("EUC-KR")));
        }
        let utf_16: Vec<u8> = "\u{feff}中文".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(from(&utf_16), ("中文".to_owned(), Some("UTF-16LE")));
    }

    #[test]
    fn utf_32_is_known_by_its_mark() {
        let units =
            |text: &str, unit: fn(u32) -> [u8; 4]| -> Vec<u8> { text.chars().map(u32::from).flat_map(unit).collect() };
        assert_eq!(
            from(&units("\u{feff}中文🎉", u32::to_le_bytes)),
            ("中文🎉".to_owned(), Some("UTF-32LE"))
        );
        assert_eq!(
            from(&units("\u{feff}中文🎉", u32::to_be_bytes)),
            ("中文🎉".to_owned(), Some("UTF-32BE"))
        );
        for end in [&[0, 0xd8, 0, 0][..], &[b'b', 0], &[0, 0, 0x11, 0]] {
            let bytes = [&units("\u{feff}a", u32::to_le_bytes), end].concat();
            assert_eq!(decode(bytes, None), Err(Undecodable::At(8)), "{end:?}");
        }
    }

    #[test]
    fn a_long_text_is_detected_by_its_first_lines_that_are_not_ascii() {
        let english = "Nothing but English stands here for a long time.\n".repeat(40_000);
        for (encoding, text) in [(GB18030, POEM), (SHIFT_JIS, "吾輩は猫である。名前はまだ無い。")] {
            let (bytes, _, _) = encoding.encode(text);
            let name = if encoding == GB18030 {
                "gb18030"
            } else {
                encoding.name()
            };
            let bytes = [english.as_bytes(), &bytes.repeat(4000), b"\n", english.as_bytes()].concat();
            let text = format!("{english}{}\n{english}", text.repeat(4000));
            assert!(from(&bytes) == (text, Some(name)), "{name}");
        }
        let (bytes, _, _) = GB18030.encode(POEM);
        assert_eq!(
            sample(&[english.as_bytes(), b"ab", &bytes, b"\nab"].concat()),
            [&bytes, b"\n".as_slice()].concat()
        );
        assert_eq!(sample(&bytes.repeat(4000)).len(), MAX_SAMPLE_BYTES);
    }

    #[test]
    fn names_the_first_invalid_byte() {
        assert_eq!(decode(b"abc\xff\xfe\x00".to_vec(), None), Err(Undecodable::At(3)));
        assert_eq!(decode(b"\xff\xfea\0\0\xdcb\0".to_vec(), None), Err(Undecodable::At(4)));
        assert_eq!(decode(b"\xff\xfea\0b".to_vec(), None), Err(Undecodable::At(4)));
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n\0".to_vec(), None), Err(Undecodable::At(0)));
        for broken in ["こんにちは世界", "Привет мир, как дела", POEM] {
            let bytes = [broken.as_bytes(), b"\xe4\xb8\n", broken.as_bytes()].concat();
            assert_eq!(decode(bytes, None), Err(Undecodable::At(broken.len())), "{broken}");
        }
        assert_eq!(
            decode(b"caf\xe9 au lait, cr\xe8me".to_vec(), None),
            Err(Undecodable::At(3))
        );
    }

    #[test]
    fn a_named_encoding_is_not_detected() {
        let latin = by_name("latin1");
        assert_eq!(decode(b"caf\xe9".to_vec(), latin).unwrap().text, "café");
        assert_eq!(
            decode(b"abc\xff".to_vec(), by_name("big5")),
            Err(Undecodable::NotIn("Big5", 3))
        );
        assert_eq!(by_name("klingon"), None);
        assert!(COMMON.iter().all(|name| by_name(name).is_some()));
    }
}
