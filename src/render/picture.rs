//! A picture on a terminal that can show one: the escape codes, and which terminals are known to take them. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::host::Env;

/// How a terminal wants its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// The graphics protocol of kitty, which Ghostty and others speak too.
    Kitty,
    /// The inline images of iTerm2.
    ITerm,
}

/// Characters of base64 in one escape sequence of kitty's.
const CHUNK: usize = 4096;

/// What the terminal is known to take: a list, since asking one could hang. `None` inside tmux and screen, which
/// swallow such codes.
pub fn protocol(env: &Env) -> Option<Protocol> {
    if env.get("TMUX").is_some() || env.get("STY").is_some() {
        return None;
    }
    let term = env.get("TERM").unwrap_or_default();
    match (env.get("TERM_PROGRAM").unwrap_or_default(), term) {
        ("iTerm.app" | "WezTerm" | "mintty", _) => Some(Protocol::ITerm),
        ("ghostty", _) | (_, "xterm-kitty" | "xterm-ghostty") => Some(Protocol::Kitty),
        _ if env.get("KITTY_WINDOW_ID").is_some() => Some(Protocol::Kitty),
        _ => None,
    }
}

/// The bytes that draw a PNG at the cursor, as many rows high, and end the line below it.
pub fn picture(protocol: Protocol, png: &[u8], rows: u16) -> Vec<u8> {
    let data = STANDARD.encode(png);
    let mut out = Vec::with_capacity(data.len() + 256);
    match protocol {
        Protocol::Kitty => kitty(&mut out, &data, rows),
        Protocol::ITerm => {
            let size = png.len();
            let head = format!("\x1b]1337;File=inline=1;size={size};height={rows};preserveAspectRatio=1:");
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(data.as_bytes());
            out.push(0x07);
        }
    }
    out.push(b'\n');
    out
}

/// In pieces, all but the last marked `m=1`. `q=2` keeps the terminal from answering, which nobody would read.
fn kitty(out: &mut Vec<u8>, data: &str, rows: u16) {
    let mut chunks = data.as_bytes().chunks(CHUNK).peekable();
    let mut keys = format!("a=T,f=100,q=2,r={rows},");
    while let Some(chunk) = chunks.next() {
        let more = u8::from(chunks.peek().is_some());
        out.extend_from_slice(format!("\x1b_G{keys}m={more};").as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\x1b\\");
        keys.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_terminals_take_pictures() {
        let of = |pairs: &[(&str, &str)]| protocol(&Env::from_pairs(pairs.iter().copied()));
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Some(Protocol::Kitty));
        assert_eq!(
            of(&[("TERM_PROGRAM", "iTerm.app"), ("TERM", "xterm-256color")]),
            Some(Protocol::ITerm)
        );
        assert_eq!(of(&[("TERM", "xterm-256color")]), None);
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")]), None);
    }

    #[test]
    fn kitty_gets_it_in_pieces() {
        let text = String::from_utf8(picture(Protocol::Kitty, &[0; 3073], 8)).unwrap();
        let head = "\x1b_Ga=T,f=100,q=2,r=8,m=1;";
        assert!(
            text.starts_with(head) && text.ends_with("\x1b_Gm=0;AA==\x1b\\\n"),
            "{text:?}"
        );
        assert_eq!(text.matches("\x1b_G").count(), 2);
        assert_eq!(text[head.len()..].find('\x1b'), Some(CHUNK));
    }

    #[test]
    fn iterm_gets_it_in_one() {
        let text = String::from_utf8(picture(Protocol::ITerm, b"png", 8)).unwrap();
        assert_eq!(
            text,
            "\x1b]1337;File=inline=1;size=3;height=8;preserveAspectRatio=1:cG5n\x07\n"
        );
    }
}
