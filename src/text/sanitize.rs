//! Foreign text made safe for a terminal.
//!
//! Newline and tab pass. Every other control character, and every character that reorders or hides text, is
//! made visible: C0 as its control picture (`␛`), the rest as `\u{9b}`.

use std::borrow::Cow;

/// Whether a terminal could act on this character instead of showing it, or would show nothing where there is
/// something. Joiners and variation selectors pass: emoji and several scripts are written with them.
pub fn is_unsafe(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        ' '..='~' => false,
        // Bidirectional controls: the text shown would not be the text sent.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // Separators some terminals break lines at, a stray byte-order mark, interlinear marks.
        '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => true,
        // Text nobody sees: soft hyphen, invisible operators, deprecated format controls, tag characters.
        '\u{ad}' | '\u{180e}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}' => true,
        _ => false,
    }
}

/// Whether `text` holds none of the bytes an unsafe character can begin with: a quick look at memory speed.
fn is_plain_ascii(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t'))
}

/// Appends `text` to `out` with every unsafe character made visible.
pub fn push_safe(out: &mut String, text: &str) {
    if is_plain_ascii(text) {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        if is_unsafe(c) {
            push_visible(out, c);
        } else {
            out.push(c);
        }
    }
}

/// Appends what stands for an unsafe character.
pub fn push_visible(out: &mut String, c: char) {
    match c {
        '\0'..='\u{1f}' => out.extend(char::from_u32(0x2400 + c as u32)),
        '\u{7f}' => out.push('\u{2421}'),
        _ => out.extend(c.escape_unicode()),
    }
}

/// `text` with every unsafe character made visible; borrowed where there is none.
pub fn safe(text: &str) -> Cow<'_, str> {
    if is_plain_ascii(text) || !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    push_safe(&mut out, text);
    Cow::Owned(out)
}

/// JSON with every unsafe character inside its strings escaped: the same value, and nothing for a terminal to act on.
pub fn safe_json(json: &str) -> Cow<'_, str> {
    if !json.chars().any(is_unsafe) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_unsafe(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
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
        push_safe(&mut out, word);
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
