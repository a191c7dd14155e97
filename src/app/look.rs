//! How text looks on the terminal: in which colours, letters and columns.

use stream_markdown::{ColorDepth, Theme, Viewport};

use crate::cli::When;
use crate::config::{Origin, Settings};
use crate::host::Host;

/// What decides how text looks on the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub host: &'a Host,
    pub settings: &'a Settings,
    /// The theme of the background, where the terminal was asked for that and has answered.
    pub background: Option<Theme>,
}

impl Look<'_> {
    /// The colours to use on a stream. Where the background is not known these are the sixteen that show on any.
    pub fn color_depth(self, is_terminal: bool) -> ColorDepth {
        let depth = self.most_colors(is_terminal);
        match self.known_theme() {
            Some(Theme::Plain) if self.is_styled(is_terminal) => ColorDepth::Ansi16,
            Some(_) => depth,
            None => depth.min(ColorDepth::Ansi16),
        }
    }

    /// The theme of answers. Of the colours used where it is not known both themes have the same.
    pub fn theme(self) -> Theme {
        self.known_theme().unwrap_or_default()
    }

    /// The theme of the setting, else of the background that `COLORFGBG` names, else of what the terminal has answered;
    /// `None` where none of them says it. `NO_COLOR` means the one without colours.
    pub fn known_theme(self) -> Option<Theme> {
        if self.is_without_colors() {
            return Some(Theme::Plain);
        }
        let of_environment = || self.host.env.get("COLORFGBG").map(Theme::of_background);
        let theme = self.settings.theme.value.or_else(of_environment);
        theme.or(self.background)
    }

    /// Whether the terminal should be asked for its background: nothing else says it, and answers have colours there.
    pub fn asks_background(self) -> bool {
        self.known_theme().is_none()
            && !self.host.is_accessible()
            && self.host.ttys.stdout
            && self.most_colors(true) > ColorDepth::Ansi16
    }

    /// Whether a stream may have bold and dim letters.
    pub fn is_styled(self, is_terminal: bool) -> bool {
        self.most_colors(is_terminal) > ColorDepth::None
            || (self.is_without_colors() && is_terminal && !self.host.is_dumb_terminal())
    }

    /// Where Markdown is drawn.
    pub fn viewport(self, is_terminal: bool) -> Viewport {
        let (columns, rows) = self.host.window();
        Viewport {
            columns,
            rows,
            color_depth: self.color_depth(is_terminal),
            theme: self.theme(),
            hyperlinks: self.host.has_hyperlinks(),
            ascii: self.host.is_ascii(),
            accessible: self.host.is_accessible(),
            prose_columns: u16::try_from(self.settings.width.value.0).unwrap_or(u16::MAX),
        }
    }

    /// The colours of a stream by `--color`, `NO_COLOR` and the terminal.
    pub fn most_colors(self, is_terminal: bool) -> ColorDepth {
        match self.settings.color.value {
            When::Never => ColorDepth::None,
            // Asked for by name: even where the terminal does not say that it has colours.
            When::Always => self.host.terminal_depth().max(ColorDepth::Ansi16),
            When::Auto if is_terminal => self.host.color_depth(),
            When::Auto => ColorDepth::None,
        }
    }

    /// Whether `NO_COLOR` takes the colours away. Bold, dim and underlined letters stay (no-color.org).
    fn is_without_colors(self) -> bool {
        matches!(&self.settings.color.origin, Origin::Env(variable) if variable == "NO_COLOR")
    }
}
