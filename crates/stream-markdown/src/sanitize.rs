//! Foreign text made safe for a terminal.
//!
//! Newline and tab pass. Every other control character, and every character that reorders or hides text, is
//! made visible: C0 as its control picture (`␛`), the rest as `\u{9b}`.
//!
//! Of the characters that show nothing themselves, those pass that writing needs, one behind a sign that takes it:
//! joiners in emoji and between the letters of scripts that join, a variation selector, the spaces that part words in
//! Khmer and Thai, the tags of a flag. In a row, or behind anything else, they could carry a hidden text.

use std::borrow::Cow;

/// Text made safe piece by piece: where it is cut changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sanitizer {
    /// The last character, if it may be what a character that shows nothing belongs to.
    before: Option<char>,
    /// How many tags follow a flag.
    tags: usize,
}

impl Sanitizer {
    /// The next piece, with every unsafe character made visible; borrowed where all are safe.
    pub fn clean<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        if is_plain_ascii(text) {
            if let Some(last) = text.bytes().next_back() {
                *self = Sanitizer {
                    before: Some(char::from(last)),
                    tags: 0,
                };
            }
            return Cow::Borrowed(text);
        }
        let Some(first) = text.char_indices().find(|(_, c)| !self.passes(*c)).map(|(at, _)| at) else {
            return Cow::Borrowed(text);
        };
        let mut out = String::with_capacity(text.len() + 16);
        out.push_str(&text[..first]);
        let mut is_first = true;
        for c in text[first..].chars() {
            if !std::mem::take(&mut is_first) && self.passes(c) {
                out.push(c);
            } else {
                push_visible(&mut out, c);
            }
        }
        Cow::Owned(out)
    }

    /// Whether the next character may be shown as it is.
    pub fn passes(&mut self, c: char) -> bool {
        let passes = match c {
            ' '..='~' | '\n' | '\t' | '\u{3400}'..='\u{9fff}' => true,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => false,
            c if is_hidden(c) => self.takes(c),
            _ => true,
        };
        self.tags = if passes && is_tag(c) { self.tags + 1 } else { 0 };
        self.before = passes.then_some(c);
        passes
    }

    /// Whether the character before takes this one, which shows nothing itself.
    fn takes(self, c: char) -> bool {
        let Some(before) = self.before else {
            return false;
        };
        match c {
            '\u{200b}' => parts_words_unseen(before),
            '\u{200c}' => is_joining(before),
            '\u{200d}' => is_joining(before) || is_emoji(before) || before == '\u{fe0f}',
            '\u{fe0e}' | '\u{fe0f}' => is_emoji(before) || matches!(before, '#' | '*' | '0'..='9'),
            '\u{fe00}'..='\u{fe02}' => has_variants(before),
            '\u{e0100}'..='\u{e011f}' => is_han(before),
            // Mongolian letters' other forms.
            '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
            // A lone consonant of old Korean.
            '\u{1160}' => matches!(before, '\u{1100}'..='\u{115e}' | '\u{a960}'..='\u{a97c}'),
            c if is_tag(c) => {
                let at = |flag: &[u8], at: usize| flag.get(at).map(|tag| char::from_u32(0xe0000 + u32::from(*tag)));
                let follows = |flag: &[u8]| match self.tags.checked_sub(1) {
                    None => before == '\u{1f3f4}',
                    Some(last) => at(flag, last) == Some(Some(before)),
                };
                FLAGS
                    .iter()
                    .any(|flag| follows(flag) && at(flag, self.tags) == Some(Some(c)))
            }
            _ => false,
        }
    }
}

/// The flags that are written with tags, in Unicode's recommended set (UTS #51): those of England, Scotland and Wales.
const FLAGS: [&[u8]; 3] = [b"gbeng\x7f", b"gbsct\x7f", b"gbwls\x7f"];

/// Whether a character shows nothing where it stands: Unicode's default ignorable code points, and format controls
/// that terminals show as nothing or break lines at.
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// Scripts whose letters join or stack, and are written with joiners that say where: Arabic, Syriac, N'Ko and their
/// like, those of India, Sri Lanka, Burma and Cambodia, Mongolian.
fn is_joining(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{1800}'..='\u{18af}' | '\u{1b00}'..='\u{1c4f}' | '\u{a840}'..='\u{a8ff}' | '\u{aa60}'..='\u{aa7f}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10a00}'..='\u{11fff}' | '\u{1e900}'..='\u{1e95f}')
        && !is_hidden(c)
}

/// Scripts that part words by a space of no width: Thai, Lao, Tibetan, Burmese, Khmer, Tai Tham, Tai Viet.
fn parts_words_unseen(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{19ff}' | '\u{1a20}'..='\u{1aaf}'
        | '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aadf}')
        && !is_hidden(c)
}

/// Signs that may be shown as a picture or as text.
fn is_emoji(c: char) -> bool {
    matches!(c,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
        | '\u{2460}'..='\u{24ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}'
        | '〰' | '〽' | '㊗' | '㊙' | '\u{1f000}'..='\u{1faff}')
}

/// Signs with standardized variants: ideographs, full-width punctuation, mathematical signs, a few letters.
fn has_variants(c: char) -> bool {
    is_han(c)
        || matches!(c,
            '0' | '\u{2018}'..='\u{201d}' | '\u{2200}'..='\u{22ff}' | '\u{2a00}'..='\u{2aff}'
            | '\u{1000}'..='\u{109f}' | '\u{3001}'..='\u{303f}' | '\u{a840}'..='\u{a877}' | '\u{ff01}'..='\u{ff60}')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether every byte is printable ASCII, a newline or a tab: a quick look at memory speed.
fn is_plain_ascii(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t'))
}

/// Appends what stands for an unsafe character.
pub fn push_visible(out: &mut String, c: char) {
    match c {
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
        '\u{7f}' => out.push('\u{2421}'),
        _ => out.extend(c.escape_unicode()),
    }
}

/// `text` with every unsafe character made visible; borrowed where all are safe.
pub fn safe(text: &str) -> Cow<'_, str> {
    Sanitizer::default().clean(text)
}

/// The hidden characters of a text, without those that writing needs.
pub fn hidden(text: &str) -> Vec<char> {
    let mut seen = Sanitizer::default();
    text.chars().filter(|c| !seen.passes(*c) && is_hidden(*c)).collect()
}

/// JSON with every unsafe character inside its strings escaped: the same value, and nothing for a terminal to act on.
pub fn safe_json(json: &str) -> Cow<'_, str> {
    let mut seen = Sanitizer::default();
    if matches!(Sanitizer::default().clean(json), Cow::Borrowed(_)) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if seen.passes(c) {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    Cow::Owned(out)
}

/// `text` on one line: safe, and each run of white space a single space.
pub fn safe_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&safe(word));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_escape_sequences_visible() {
        assert_eq!(safe("a\u{1b}[2Jb\u{7}"), "a␛[2Jb␇");
        assert_eq!(safe("\u{9b}31m\u{7f}"), "\\u{9b}31m␡");
        assert_eq!(safe("\u{202e}gnp.exe"), "\\u{202e}gnp.exe");
    }

    #[test]
    fn makes_hidden_text_visible() {
        assert_eq!(safe("a\u{e0041}b\u{ad}c\u{2062}"), "a\\u{e0041}b\\u{ad}c\\u{2062}");
        assert_eq!(safe("\u{2028}\u{feff}"), "\\u{2028}\\u{feff}");
    }

    /// What is written with characters that show nothing.
    const ORDINARY: &[&str] = &[
        "👨\u{200d}👩\u{200d}👧 🏳\u{fe0f}\u{200d}🌈 🤷🏽\u{200d}♀\u{fe0f} ❤\u{fe0f}\u{200d}🔥",
        "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3} ☎\u{fe0e} ©\u{fe0f} ✨\u{fe0f} 🙂\u{fe0f} ▶\u{fe0f}",
        "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
        "می\u{200c}خواهم نامه\u{200c}ای ه\u{200d}",
        "ক\u{9cd}\u{200d}ষ श्री\u{200c} ක\u{dca}\u{200d}ර ന\u{d4d}\u{200d}",
        "សួស្តី\u{200b}ពិភពលោក ภาษา\u{200b}ไทย မြန်မာ\u{200b}စာ",
        "葛\u{e0100}城市 辻\u{e0101} 神\u{fe00} ，\u{fe00} ∩\u{fe00} 0\u{fe00}",
        "ᠮᠣᠩᠭᠣᠯ\u{180b} ᄒ\u{1160}",
        "한국어 中文 日本語 e\u{301}\u{302} שָׁלוֹם",
    ];

    /// What shows nothing and belongs to nothing, and what is shown for it.
    const HIDDEN: &[(&str, &str)] = &[
        ("a\u{200b}b", "a\\u{200b}b"),
        ("中\u{200b}文\u{200d}字\u{200c}", "中\\u{200b}文\\u{200d}字\\u{200c}"),
        ("a\u{200c}\u{200d}", "a\\u{200c}\\u{200d}"),
        (
            "a\u{34f}\u{ad}\u{2060}\u{2064}\u{206a}\u{180e}",
            "a\\u{34f}\\u{ad}\\u{2060}\\u{2064}\\u{206a}\\u{180e}",
        ),
        (
            "\u{115f}\u{1160}\u{3164}\u{ffa0}",
            "\\u{115f}\\u{1160}\\u{3164}\\u{ffa0}",
        ),
        (
            "\u{fff9}a\u{fffa}b\u{fffb}\u{fff0}",
            "\\u{fff9}a\\u{fffa}b\\u{fffb}\\u{fff0}",
        ),
        (
            "\u{2028}\u{2029}\u{feff}\u{200e}\u{202e}\u{2066}\u{61c}",
            "\\u{2028}\\u{2029}\\u{feff}\\u{200e}\\u{202e}\\u{2066}\\u{61c}",
        ),
        (
            "\u{17b4}\u{1d173}\u{1bca0}\u{e0001}\u{e0fff}",
            "\\u{17b4}\\u{1d173}\\u{1bca0}\\u{e0001}\\u{e0fff}",
        ),
        // Selectors in a row, behind what has no variants, and of numbers that no sign has.
        ("😀\u{fe0f}\u{fe0e}\u{fe00}", "😀\u{fe0f}\\u{fe0e}\\u{fe00}"),
        ("😀\u{e0158}\u{e0159}", "😀\\u{e0158}\\u{e0159}"),
        ("a\u{fe0f} \u{fe0f}", "a\\u{fe0f} \\u{fe0f}"),
        ("葛\u{e0100}\u{e0100}城\u{e0151}", "葛\u{e0100}\\u{e0100}城\\u{e0151}"),
        ("🙂\u{200d}\u{200d}\u{200c}", "🙂\u{200d}\\u{200d}\\u{200c}"),
        ("می\u{200c}\u{200c}\u{200d}", "می\u{200c}\\u{200c}\\u{200d}"),
        ("ไ\u{200b}\u{200b}", "ไ\u{200b}\\u{200b}"),
        // Tags of no flag, and more of them than a flag has.
        ("a\u{e0068}\u{e0069}", "a\\u{e0068}\\u{e0069}"),
        ("🏴\u{e0068}\u{e0069}", "🏴\\u{e0068}\\u{e0069}"),
        (
            "🏴\u{e0067}\u{e0062}\u{e0073}\u{e006c}",
            "🏴\u{e0067}\u{e0062}\u{e0073}\\u{e006c}",
        ),
        (
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\u{e0067}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\\u{e0067}",
        ),
    ];

    /// The same in pieces of one character.
    fn in_pieces(text: &str) -> String {
        let mut seen = Sanitizer::default();
        text.chars()
            .map(|c| seen.clean(c.encode_utf8(&mut [0; 4])).into_owned())
            .collect()
    }

    #[test]
    fn what_writing_needs_passes() {
        for text in ORDINARY {
            assert!(matches!(safe(text), Cow::Borrowed(_)), "{}", safe(text));
            assert_eq!(in_pieces(text), *text);
            assert_eq!(safe_line(text), *text);
        }
    }

    #[test]
    fn what_belongs_to_nothing_is_shown() {
        for (text, shown) in HIDDEN {
            assert_eq!(safe(text), *shown);
            assert_eq!(in_pieces(text), *shown);
            assert_eq!(hidden(text).len(), shown.matches("\\u").count());
            let json = serde_json::to_string(text).unwrap();
            let escaped = safe_json(&json);
            assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), *text);
            assert!(matches!(safe(&escaped), Cow::Borrowed(_)), "{escaped}");
        }
    }

    #[test]
    fn leaves_ordinary_text_alone() {
        let text = "tab\there\nnewline, 中文, 👨‍👩‍👧, é";
        assert!(matches!(safe(text), Cow::Borrowed(_)));
    }

    #[test]
    fn a_line_has_no_line_ends() {
        assert_eq!(safe_line(" a\r\n b\u{1b}c\t"), "a b␛c");
    }
}
