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
}

impl ColorRole {
    pub(crate) const ALL: [ColorRole; 14] = [
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
    ];

    /// The colour on a dark and on a light background: red, green, blue, its nearest of 256, and its SGR of 16.
    fn color(self, theme: Theme) -> Option<([u8; 3], u8, u8)> {
        let (dark, light) = match self {
            ColorRole::Text => return None,
            ColorRole::Heading => (([130, 170, 255], 111, 94), ([0, 80, 200], 26, 34)),
            ColorRole::Code => (([255, 203, 107], 221, 33), ([160, 80, 0], 130, 33)),
            ColorRole::Link => (([110, 200, 220], 80, 36), ([0, 110, 140], 24, 34)),
            ColorRole::Marker => (([130, 170, 255], 111, 34), ([0, 80, 200], 26, 34)),
            ColorRole::Comment => (([128, 138, 150], 245, 90), ([110, 115, 120], 243, 90)),
            ColorRole::String => (([160, 205, 125], 150, 32), ([40, 120, 40], 28, 32)),
            ColorRole::Number => (([245, 150, 110], 209, 33), ([175, 75, 0], 130, 33)),
            ColorRole::Keyword => (([200, 150, 240], 177, 35), ([135, 40, 170], 91, 35)),
            ColorRole::Function => (([130, 170, 255], 111, 34), ([0, 80, 200], 26, 34)),
            ColorRole::Type => (([240, 205, 120], 222, 33), ([140, 100, 0], 94, 33)),
            ColorRole::Variable => (([235, 130, 140], 174, 36), ([170, 40, 60], 124, 36)),
            ColorRole::Inserted => (([150, 210, 120], 114, 32), ([30, 120, 30], 28, 32)),
            ColorRole::Deleted => (([240, 120, 120], 203, 31), ([180, 30, 30], 124, 31)),
        };
        match theme {
            Theme::Dark => Some(dark),
            Theme::Light => Some(light),
            Theme::Plain => None,
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

    /// Whether it needs no attribute. A link is none.
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
        if let Some((rgb, indexed, basic)) = to.role.color(theme) {
            let code = match depth {
                ColorDepth::None => String::new(),
                ColorDepth::Ansi16 => format!("{basic};"),
                ColorDepth::Ansi256 => format!("38;5;{indexed};"),
                ColorDepth::True => format!("38;2;{};{};{};", rgb[0], rgb[1], rgb[2]),
            };
            out.extend_from_slice(code.as_bytes());
        }
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
        assert_eq!(codes(ColorDepth::Ansi16), "\x1b[1;94m");
        assert_eq!(codes(ColorDepth::Ansi256), "\x1b[1;38;5;111m");
        assert_eq!(codes(ColorDepth::True), "\x1b[1;38;2;130;170;255m");
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
}
