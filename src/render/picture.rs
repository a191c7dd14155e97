//! A picture on a terminal that can show one: the escape codes, and which terminals are known to take them. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbaImage;
use image::codecs::png::PngEncoder;

use super::sixel;
use crate::host::{Env, Host};

/// How a terminal wants its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureProtocol {
    /// The graphics protocol of kitty, which Ghostty and others speak too.
    Kitty,
    /// The inline images of iTerm2.
    ITerm,
    /// DEC's graphics, which xterm, foot, mlterm, Windows Terminal and others speak. Only by setting.
    Sixel,
}

impl PictureProtocol {
    /// The word for it in the setting `pictures`.
    pub fn name(self) -> &'static str {
        match self {
            PictureProtocol::Kitty => "kitty",
            PictureProtocol::ITerm => "iterm",
            PictureProtocol::Sixel => "sixel",
        }
    }

    /// The most pixels of a picture, in width and height, given its place in cells and a cell's size in pixels.
    /// Only sixels are drawn pixel by pixel; the other terminals scale a picture themselves.
    pub fn most_sides(self, (columns, rows): (u16, u16), cell: (u16, u16)) -> (u32, u32) {
        match self {
            PictureProtocol::Kitty | PictureProtocol::ITerm => (SCALED, SCALED),
            PictureProtocol::Sixel => {
                let side = |cells: u16, pixels: u16| (u32::from(cells) * u32::from(pixels)).clamp(1, MOST_SIXELS);
                (side(columns, cell.0), side(rows, cell.1))
            }
        }
    }
}

/// The longest side of a picture that the terminal scales, in pixels.
const SCALED: u32 = 320;
/// The longest side of one that it does not scale, in pixels: a terminal may report any size.
const MOST_SIXELS: u32 = 2000;

/// Characters of base64 in one escape sequence of kitty's.
const CHUNK: usize = 4096;

/// How the user wants pictures shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// As the terminal is known to take them.
    Auto,
    Always(PictureProtocol),
    Never,
}

/// How pictures are shown; `None` where they are not.
pub fn protocol(host: &Host, wanted: Pictures) -> Option<PictureProtocol> {
    if !host.ttys.stdout || host.is_dumb_terminal() || host.is_accessible() {
        return None;
    }
    match wanted {
        Pictures::Auto => known(&host.env),
        Pictures::Always(protocol) => Some(protocol),
        Pictures::Never => None,
    }
}

/// What the terminal is known to take: a list, since asking one could hang. `None` inside tmux and screen, which
/// swallow such codes.
fn known(env: &Env) -> Option<PictureProtocol> {
    if env.get("TMUX").is_some() || env.get("STY").is_some() {
        return None;
    }
    let term = env.get("TERM").unwrap_or_default();
    match (env.get("TERM_PROGRAM").unwrap_or_default(), term) {
        ("iTerm.app" | "WezTerm" | "mintty", _) => Some(PictureProtocol::ITerm),
        ("ghostty", _) | (_, "xterm-kitty" | "xterm-ghostty") => Some(PictureProtocol::Kitty),
        _ if env.get("KITTY_WINDOW_ID").is_some() => Some(PictureProtocol::Kitty),
        _ => None,
    }
}

/// The bytes that draw a picture at the cursor, as many rows high, and end the line below it. A sixel picture is as
/// high as it is. `None` where it cannot be encoded.
pub fn picture(protocol: PictureProtocol, picture: &RgbaImage, rows: u16) -> Option<Vec<u8>> {
    let mut out = match protocol {
        PictureProtocol::Kitty => kitty(&STANDARD.encode(png(picture)?), rows),
        PictureProtocol::ITerm => iterm(&png(picture)?, rows),
        PictureProtocol::Sixel => sixel::encode(picture),
    };
    out.push(b'\n');
    Some(out)
}

fn png(picture: &RgbaImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(PngEncoder::new(&mut bytes)).ok()?;
    Some(bytes)
}

fn iterm(png: &[u8], rows: u16) -> Vec<u8> {
    let (size, data) = (png.len(), STANDARD.encode(png));
    let head = "\x1b]1337;File=inline=1";
    format!("{head};size={size};height={rows};preserveAspectRatio=1:{data}\x07").into_bytes()
}

/// In pieces, all but the last marked `m=1`. `q=2` suppresses the terminal's reply, which would be read as keys.
fn kitty(data: &str, rows: u16) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 256);
    let mut chunks = data.as_bytes().chunks(CHUNK).peekable();
    let mut keys = format!("a=T,f=100,q=2,r={rows},");
    while let Some(chunk) = chunks.next() {
        let more = u8::from(chunks.peek().is_some());
        out.extend_from_slice(format!("\x1b_G{keys}m={more};").as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\x1b\\");
        keys.clear();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(pairs: &[(&str, &str)]) -> Host {
        Host::of_variables(pairs, true)
    }

    #[test]
    fn known_terminals_take_pictures() {
        let of = |pairs: &[(&str, &str)]| protocol(&host(pairs), Pictures::Auto);
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Some(PictureProtocol::Kitty));
        assert_eq!(
            of(&[("TERM_PROGRAM", "iTerm.app"), ("TERM", "xterm-256color")]),
            Some(PictureProtocol::ITerm)
        );
        assert_eq!(of(&[("TERM", "xterm-256color")]), None);
        assert_eq!(of(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")]), None);
    }

    #[test]
    fn the_setting_decides_where_anything_can_be_shown_at_all() {
        let kitty = [("TERM", "xterm-kitty")];
        for one in [PictureProtocol::Sixel, PictureProtocol::ITerm, PictureProtocol::Kitty] {
            assert_eq!(protocol(&host(&kitty), Pictures::Always(one)), Some(one));
        }
        assert_eq!(protocol(&host(&kitty), Pictures::Never), None);
        // A multiplexer that passes sixels on is known to the user only.
        assert_eq!(
            protocol(
                &host(&[("TMUX", "/tmp/tmux")]),
                Pictures::Always(PictureProtocol::Sixel)
            ),
            Some(PictureProtocol::Sixel)
        );
        for nothing in [("TERM", "dumb"), ("ACCESSIBLE", "1")] {
            assert_eq!(
                protocol(&host(&[nothing]), Pictures::Always(PictureProtocol::Sixel)),
                None
            );
        }
        let piped = Host::of_variables(&kitty, false);
        assert_eq!(
            (
                protocol(&piped, Pictures::Always(PictureProtocol::Sixel)),
                protocol(&piped, Pictures::Auto)
            ),
            (None, None)
        );
    }

    #[test]
    fn sixels_fill_their_cells_and_no_more() {
        assert_eq!(PictureProtocol::Sixel.most_sides((80, 10), (9, 18)), (720, 180));
        assert_eq!(
            PictureProtocol::Sixel.most_sides((u16::MAX, 10), (u16::MAX, 0)),
            (MOST_SIXELS, 1)
        );
        assert_eq!(PictureProtocol::Kitty.most_sides((80, 10), (9, 18)), (SCALED, SCALED));
    }

    #[test]
    fn kitty_gets_it_in_pieces() {
        let text = String::from_utf8(kitty(&STANDARD.encode([0; 3073]), 8)).unwrap();
        let head = "\x1b_Ga=T,f=100,q=2,r=8,m=1;";
        assert!(
            text.starts_with(head) && text.ends_with("\x1b_Gm=0;AA==\x1b\\"),
            "{text:?}"
        );
        assert_eq!(text.matches("\x1b_G").count(), 2);
        assert_eq!(text[head.len()..].find('\x1b'), Some(CHUNK));
    }

    #[test]
    fn iterm_gets_it_in_one() {
        let text = String::from_utf8(iterm(b"png", 8)).unwrap();
        assert_eq!(
            text,
            "\x1b]1337;File=inline=1;size=3;height=8;preserveAspectRatio=1:cG5n\x07"
        );
    }

    #[test]
    fn a_picture_ends_its_line() {
        let pixels = RgbaImage::from_pixel(2, 2, image::Rgba([255, 0, 0, 255]));
        for (of, head) in [
            (PictureProtocol::Kitty, "\x1b_Ga=T,f=100,q=2,r=8,m=0;iVBORw0KGgo"),
            (PictureProtocol::ITerm, "\x1b]1337;File=inline=1;size="),
            (PictureProtocol::Sixel, "\x1bP0;1;0q\"1;1;2;2#0;2;100;0;0#0BB\x1b\\"),
        ] {
            let text = String::from_utf8(picture(of, &pixels, 8).unwrap()).unwrap();
            assert!(text.starts_with(head) && text.ends_with('\n'), "{text:?}");
        }
    }
}
