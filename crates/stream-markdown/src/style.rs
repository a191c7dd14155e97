//! Names for how text looks, and the codes that make it so at each colour depth.

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// No colour and no other escape code.
    #[default]
    None,
    /// The sixteen colours of the terminal's own palette.
    Ansi16,
    /// The 256 colours of xterm.
    Ansi256,
    /// Red, green and blue, a byte each.
    True,
}

/// Which background the colours are chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// A dark background.
    #[default]
    Dark,
    /// A light background.
    Light,
    /// Bold and underline, but no colours.
    Plain,
}

impl Theme {
    /// The theme for the background that the environment variable `COLORFGBG` names, which some terminals set:
    /// `foreground;background` in the sixteen colours, sometimes with a word between. Dark where it is empty.
    pub fn of_background(colorfgbg: &str) -> Theme {
        match colorfgbg.rsplit(';').next().map(str::parse::<u8>) {
            Some(Ok(7 | 9..=15)) => Theme::Light,
            _ => Theme::Dark,
        }
    }

    /// The SGR sequence that begins the accent colour, for what a program marks itself: its prompt. Empty without
    /// colours; `ESC [ m` ends it.
    pub fn accent(self, depth: ColorDepth) -> String {
        self.sequence(ColorRole::Keyword, depth)
    }

    /// The same for a notice: a quiet yellow, or dim where only the terminal's palette is used.
    pub fn notice(self, depth: ColorDepth) -> String {
        self.sequence(ColorRole::Notice, depth)
    }

    fn sequence(self, role: ColorRole, depth: ColorDepth) -> String {
        let mut out = Vec::new();
        if role.color(self).is_some() {
            Style::default().push_change(Style::colored(role), depth, self, &mut out);
        }
        String::from_utf8(out).unwrap_or_default()
    }
}

/// What a colour stands for. [`Theme`] and [`ColorDepth`] decide which colour it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ColorRole {
    #[default]
    Text,
    Heading,
    Code,
    Link,
    Marker,
    Comment,
    String,
    Number,
    Keyword,
    Function,
    Type,
    Variable,
    Inserted,
    Deleted,
    Notice,
}

impl ColorRole {
    pub(crate) const ALL: [ColorRole; 15] = [
        ColorRole::Text,
        ColorRole::Heading,
        ColorRole::Code,
        ColorRole::Link,
        ColorRole::Marker,
        ColorRole::Comment,
        ColorRole::String,
        ColorRole::Number,
        ColorRole::Keyword,
        ColorRole::Function,
        ColorRole::Type,
        ColorRole::Variable,
        ColorRole::Inserted,
        ColorRole::Deleted,
        ColorRole::Notice,
    ];

    /// The colour for a background: red, green and blue, and its nearest of 256. Each is readable from black to the
    /// dark greys of editors, or on white: WCAG 2.2, "Contrast (Minimum)", at least 4.5 : 1.
    fn color(self, theme: Theme) -> Option<([u8; 3], u8)> {
        let (dark, light) = match self {
            ColorRole::Text => return None,
            ColorRole::Heading | ColorRole::Marker | ColorRole::Function => {
                (([130, 170, 255], 111), ([0, 80, 200], 26))
            }
            ColorRole::Code => (([255, 203, 107], 221), ([160, 80, 0], 130)),
            ColorRole::Link => (([110, 200, 220], 80), ([0, 110, 140], 24)),
            ColorRole::Comment => (([128, 138, 150], 245), ([110, 115, 120], 243)),
            ColorRole::String => (([160, 205, 125], 150), ([40, 120, 40], 28)),
            ColorRole::Number => (([245, 150, 110], 209), ([175, 75, 0], 130)),
            ColorRole::Keyword => (([200, 150, 240], 177), ([135, 40, 170], 91)),
            ColorRole::Type => (([240, 205, 120], 222), ([140, 100, 0], 94)),
            ColorRole::Variable => (([235, 130, 140], 174), ([170, 40, 60], 124)),
            ColorRole::Inserted => (([150, 210, 120], 114), ([30, 120, 30], 28)),
            ColorRole::Deleted => (([240, 120, 120], 203), ([180, 30, 30], 124)),
            ColorRole::Notice => (([190, 165, 90], 179), ([125, 95, 0], 94)),
        };
        match theme {
            Theme::Dark => Some(dark),
            Theme::Light => Some(light),
            Theme::Plain => None,
        }
    }

    /// Its SGR code where the terminal has sixteen colours, or its background is not known. What they look like is the
    /// terminal's affair: yellow, green and cyan vanish on white, blue on black. Bright red and bright magenta are
    /// readable on both in every common palette; the other roles keep the terminal's own ink.
    fn palette_code(self, theme: Theme) -> Option<&'static str> {
        match self {
            _ if theme == Theme::Plain => None,
            ColorRole::Code | ColorRole::Marker | ColorRole::Keyword => Some("95"),
            ColorRole::String | ColorRole::Number | ColorRole::Deleted => Some("91"),
            ColorRole::Comment | ColorRole::Notice => Some("2"),
            ColorRole::Text
            | ColorRole::Heading
            | ColorRole::Link
            | ColorRole::Function
            | ColorRole::Type
            | ColorRole::Variable
            | ColorRole::Inserted => None,
        }
    }
}

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    pub role: ColorRole,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub strike: bool,
    /// The number of the link's target from 1; 0 for none.
    pub link: u32,
}

impl Style {
    pub(crate) fn colored(role: ColorRole) -> Style {
        Style {
            role,
            ..Style::default()
        }
    }

    /// Dim text: addresses, rules, sections.
    pub(crate) fn dim() -> Style {
        Style {
            dim: true,
            ..Style::default()
        }
    }

    #[must_use]
    pub(crate) fn bold(mut self) -> Style {
        self.bold = true;
        self
    }

    /// Whether it needs no attribute. A link does not count as one.
    pub(crate) fn is_plain(self) -> bool {
        Style { link: 0, ..self } == Style::default()
    }

    /// Appends the SGR sequence that takes a terminal from `self` to `next`; nothing at depth `None`.
    pub(crate) fn push_change(self, next: Style, depth: ColorDepth, theme: Theme, out: &mut Vec<u8>) {
        let (from, to) = (Style { link: 0, ..self }, Style { link: 0, ..next });
        if depth == ColorDepth::None || from == to {
            return;
        }
        out.extend_from_slice(b"\x1b[");
        if !from.is_plain() {
            // `0;` is as short as resetting single attributes, and leaves none behind.
            if to.is_plain() {
                out.push(b'm');
                return;
            }
            out.extend_from_slice(b"0;");
        }
        for (on, code) in [
            (to.bold, &b"1;"[..]),
            (to.dim, b"2;"),
            (to.italic, b"3;"),
            (to.underline, b"4;"),
            (to.strike, b"9;"),
        ] {
            if on {
                out.extend_from_slice(code);
            }
        }
        let (role, color) = (to.role, to.role.color(theme));
        let code = match depth {
            ColorDepth::None => None,
            ColorDepth::Ansi16 => role.palette_code(theme).map(|code| format!("{code};")),
            ColorDepth::Ansi256 => color.map(|(_, index)| format!("38;5;{index};")),
            ColorDepth::True => color.map(|([r, g, b], _)| format!("38;2;{r};{g};{b};")),
        };
        out.extend_from_slice(code.unwrap_or_default().as_bytes());
        // Every branch above ended in a separator, or nothing was written and `ESC [ m` is right too.
        if out.last() == Some(&b';') {
            out.pop();
        }
        out.push(b'm');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: Style, to: Style, depth: ColorDepth, theme: Theme) -> String {
        let mut out = Vec::new();
        from.push_change(to, depth, theme, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn colours_follow_the_depth() {
        let heading = Style::colored(ColorRole::Heading).bold();
        let codes = |depth| change(Style::default(), heading, depth, Theme::Dark);
        assert_eq!(codes(ColorDepth::None), "");
        assert_eq!(codes(ColorDepth::Ansi16), "\x1b[1m");
        assert_eq!(codes(ColorDepth::Ansi256), "\x1b[1;38;5;111m");
        assert_eq!(codes(ColorDepth::True), "\x1b[1;38;2;130;170;255m");
    }

    #[test]
    fn the_accent_is_a_colour_or_nothing() {
        assert_eq!(Theme::Dark.accent(ColorDepth::Ansi256), "\x1b[38;5;177m");
        assert_eq!(Theme::Light.accent(ColorDepth::Ansi16), "\x1b[95m");
        assert_eq!(Theme::Dark.accent(ColorDepth::None), "");
        assert_eq!(Theme::Dark.notice(ColorDepth::Ansi256), "\x1b[38;5;179m");
        assert_eq!(Theme::Light.notice(ColorDepth::Ansi16), "\x1b[2m");
        assert_eq!(Theme::Plain.notice(ColorDepth::Ansi16), "");
        assert_eq!(Theme::Plain.accent(ColorDepth::True), "");
    }

    #[test]
    fn a_change_leaves_nothing_of_the_old_style() {
        let plain = Style::default();
        let comment = Style::colored(ColorRole::Comment);
        let change = |from, to| change(from, to, ColorDepth::Ansi16, Theme::Plain);
        assert_eq!(change(Style::dim().bold(), plain), "\x1b[m");
        assert_eq!(change(plain.bold(), Style::dim()), "\x1b[0;2m");
        assert_eq!(change(plain.bold(), comment), "\x1b[0m");
        assert_eq!(change(plain, comment), "\x1b[m");
        assert_eq!(change(plain, plain), "");
    }

    #[test]
    fn the_background_decides() {
        assert_eq!(Theme::of_background("0;15"), Theme::Light);
        assert_eq!(Theme::of_background("15;default;0"), Theme::Dark);
        assert_eq!(Theme::of_background(""), Theme::Dark);
    }

    /// WCAG 2.2, "contrast ratio" and "relative luminance".
    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let luminance = |color: [u8; 3]| {
            let [r, g, b] = color.map(|channel| match f64::from(channel) / 255.0 {
                part if part <= 0.04045 => part / 12.92,
                part => ((part + 0.055) / 1.055).powf(2.4),
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let (one, other) = (luminance(one), luminance(other));
        one.max(other) / one.min(other)
    }

    fn rgb(hex: u32) -> [u8; 3] {
        let [_, rgb @ ..] = hex.to_be_bytes();
        rgb
    }

    /// The colour that xterm shows for an index of its cube or its greys.
    fn indexed(index: u8) -> [u8; 3] {
        let level = |step: u8| [0, 95, 135, 175, 215, 255][usize::from(step)];
        match index {
            16..=231 => [36, 6, 1].map(|place| level((index - 16) / place % 6)),
            232.. => [8 + 10 * (index - 232); 3],
            _ => panic!("{index} is a palette colour, which looks different everywhere"),
        }
    }

    #[test]
    fn every_colour_is_readable_on_the_background_it_is_for() {
        for (theme, backgrounds) in [
            (Theme::Dark, &[0x00_0000, 0x0c_0c0c, 0x1e_1e1e][..]),
            (Theme::Light, &[0xff_ffff]),
        ] {
            for role in ColorRole::ALL {
                let Some((color, index)) = role.color(theme) else {
                    assert_eq!(role, ColorRole::Text, "only text has the terminal's own colour");
                    continue;
                };
                for background in backgrounds.iter().copied() {
                    for color in [color, indexed(index)] {
                        let contrast = contrast(color, rgb(background));
                        assert!(
                            contrast >= 4.5,
                            "{theme:?} {role:?} {color:?} on {background:06x}: {contrast:.2}"
                        );
                    }
                }
            }
        }
    }

    /// Background, bright red and bright magenta as common terminals have them, a dark and a light one of each. No
    /// colour of such a palette has 4.5 : 1 in all of them; these two come nearest.
    const PALETTES: &[(u32, u32, u32)] = &[
        // xterm
        (0x00_0000, 0xff_0000, 0xff_00ff),
        (0xff_ffff, 0xff_0000, 0xff_00ff),
        // VS Code
        (0x1e_1e1e, 0xf1_4c4c, 0xd6_70d6),
        (0xff_ffff, 0xcd_3131, 0xbc_05bc),
        // GNOME
        (0x1e_1e1e, 0xf6_6151, 0xc0_61cb),
        (0xff_ffff, 0xf6_6151, 0xc0_61cb),
        // macOS: Pro, Basic
        (0x00_0000, 0xe6_0000, 0xe5_00e5),
        (0xff_ffff, 0xe6_0000, 0xe5_00e5),
        // Windows: Campbell, One Half Light
        (0x0c_0c0c, 0xe7_4856, 0xb4_009e),
        (0xfa_fafa, 0xdf_6c75, 0xc5_77dd),
    ];

    #[test]
    fn of_the_sixteen_colours_only_those_are_used_that_can_be_read_on_black_and_on_white() {
        for role in ColorRole::ALL {
            let codes = [Theme::Dark, Theme::Light].map(|theme| role.palette_code(theme));
            assert_eq!(codes[0], codes[1], "the background may not be known");
            assert_eq!(role.palette_code(Theme::Plain), None);
            // Dim is no colour: the terminal makes it of its own ink.
            assert!(matches!(codes[0], None | Some("2" | "91" | "95")), "{role:?} {codes:?}");
        }
        for (background, red, magenta) in PALETTES.iter().copied() {
            for color in [red, magenta] {
                let contrast = contrast(rgb(color), rgb(background));
                assert!(contrast >= 2.8, "{color:06x} on {background:06x}: {contrast:.2}");
            }
        }
    }
}
