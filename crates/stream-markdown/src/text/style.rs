//! Names for how text looks, and the codes that make it so at each colour depth.

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// No colour and no other escape code.
    #[default]
    None,
    Ansi16,
    Ansi256,
    True,
}

/// Which background the colours are chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Dark,
    Light,
    /// Bold and underline, but no colours.
    Plain,
}

impl Theme {
    /// The theme a setting and `COLORFGBG` decide: `auto`, `dark`, `light` or `none`. The terminal is never asked.
    /// `None` for a word that is no theme.
    pub fn resolve(setting: &str, colorfgbg: Option<&str>) -> Option<Theme> {
        match setting {
            "dark" => Some(Theme::Dark),
            "light" => Some(Theme::Light),
            "none" => Some(Theme::Plain),
            "auto" => Some(Theme::of_background(colorfgbg.unwrap_or_default())),
            _ => None,
        }
    }

    /// `COLORFGBG` is `foreground;background` in the sixteen colours, sometimes with a word between.
    fn of_background(colorfgbg: &str) -> Theme {
        match colorfgbg.rsplit(';').next().map(str::parse::<u8>) {
            Some(Ok(7 | 9..=15)) => Theme::Light,
            _ => Theme::Dark,
        }
    }
}

/// What a colour means. [`Theme`] and [`ColorDepth`] decide which colour that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Ink {
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

impl Ink {
    pub const ALL: [Ink; 14] = [
        Ink::Text,
        Ink::Heading,
        Ink::Code,
        Ink::Link,
        Ink::Marker,
        Ink::Comment,
        Ink::String,
        Ink::Number,
        Ink::Keyword,
        Ink::Function,
        Ink::Type,
        Ink::Variable,
        Ink::Inserted,
        Ink::Deleted,
    ];

    /// The colour on a dark and on a light background: red, green, blue, its nearest of 256, and its SGR of 16.
    fn color(self, theme: Theme) -> Option<([u8; 3], u8, u8)> {
        let (dark, light) = match self {
            Ink::Text => return None,
            Ink::Heading => (([130, 170, 255], 111, 94), ([0, 80, 200], 26, 34)),
            Ink::Code => (([255, 203, 107], 221, 33), ([160, 80, 0], 130, 33)),
            Ink::Link => (([110, 200, 220], 80, 36), ([0, 110, 140], 24, 34)),
            Ink::Marker => (([130, 170, 255], 111, 34), ([0, 80, 200], 26, 34)),
            Ink::Comment => (([128, 138, 150], 245, 90), ([110, 115, 120], 243, 90)),
            Ink::String => (([160, 205, 125], 150, 32), ([40, 120, 40], 28, 32)),
            Ink::Number => (([245, 150, 110], 209, 33), ([175, 75, 0], 130, 33)),
            Ink::Keyword => (([200, 150, 240], 177, 35), ([135, 40, 170], 91, 35)),
            Ink::Function => (([130, 170, 255], 111, 34), ([0, 80, 200], 26, 34)),
            Ink::Type => (([240, 205, 120], 222, 33), ([140, 100, 0], 94, 33)),
            Ink::Variable => (([235, 130, 140], 174, 36), ([170, 40, 60], 124, 36)),
            Ink::Inserted => (([150, 210, 120], 114, 32), ([30, 120, 30], 28, 32)),
            Ink::Deleted => (([240, 120, 120], 203, 31), ([180, 30, 30], 124, 31)),
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
pub struct Style {
    pub ink: Ink,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underline: bool,
    pub strike: bool,
    /// Which of the renderer's link targets this leads to; 0 for none.
    pub link: u32,
}

impl Style {
    pub fn ink(ink: Ink) -> Style {
        Style {
            ink,
            ..Style::default()
        }
    }

    /// Dimmed text: thoughts, URLs, rules.
    pub fn dim() -> Style {
        Style {
            dim: true,
            ..Style::default()
        }
    }

    #[must_use]
    pub fn bold(mut self) -> Style {
        self.bold = true;
        self
    }

    /// Whether it shows without any attribute. Where a link leads is not an attribute.
    pub fn is_plain(self) -> bool {
        Style { link: 0, ..self } == Style::default()
    }

    /// Appends the SGR sequence that takes a terminal from `self` to `next`; nothing at depth `None`.
    pub fn push_change(self, next: Style, depth: ColorDepth, theme: Theme, out: &mut Vec<u8>) {
        let (from, to) = (Style { link: 0, ..self }, Style { link: 0, ..next });
        if depth == ColorDepth::None || from == to {
            return;
        }
        out.extend_from_slice(b"\x1b[");
        if !from.is_plain() {
            // `0;` is as short as taking single attributes back, and never leaves one behind.
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
        if let Some((rgb, indexed, basic)) = to.ink.color(theme) {
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
        let heading = Style::ink(Ink::Heading).bold();
        let codes = |depth| change(Style::default(), heading, depth, Theme::Dark);
        assert_eq!(codes(ColorDepth::None), "");
        assert_eq!(codes(ColorDepth::Ansi16), "\x1b[1;94m");
        assert_eq!(codes(ColorDepth::Ansi256), "\x1b[1;38;5;111m");
        assert_eq!(codes(ColorDepth::True), "\x1b[1;38;2;130;170;255m");
    }

    #[test]
    fn a_change_leaves_nothing_of_the_old_style() {
        let plain = Style::default();
        let comment = Style::ink(Ink::Comment);
        let change = |from, to| change(from, to, ColorDepth::Ansi16, Theme::Plain);
        assert_eq!(change(Style::dim().bold(), plain), "\x1b[m");
        assert_eq!(change(plain.bold(), Style::dim()), "\x1b[0;2m");
        assert_eq!(change(plain.bold(), comment), "\x1b[0m");
        assert_eq!(change(plain, comment), "\x1b[m");
        assert_eq!(change(plain, plain), "");
    }

    #[test]
    fn the_background_decides_where_nothing_is_set() {
        assert_eq!(Theme::resolve("auto", Some("0;15")), Some(Theme::Light));
        assert_eq!(Theme::resolve("auto", Some("15;default;0")), Some(Theme::Dark));
        assert_eq!(Theme::resolve("auto", None), Some(Theme::Dark));
        assert_eq!(Theme::resolve("light", Some("15;0")), Some(Theme::Light));
        assert_eq!(Theme::resolve("pink", None), None);
    }
}
