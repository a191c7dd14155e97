//! Colours for code, line by line. The syntaxes are loaded when the first block in a known language appears.

use std::str::FromStr;
use std::sync::LazyLock;

use syntect::highlighting::{
    Color, HighlightIterator, HighlightState, Highlighter as Selector, ScopeSelectors, StyleModifier, Theme, ThemeItem,
};
use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};

use crate::style::{ColorRole, Style};

/// The longest line that is highlighted, in bytes: the time grows with the square of the length.
const MAX_LINE: usize = 400;

/// How much highlighting one document gets, in units of `cost`: some 1,500 lines of usual code. With lines that are
/// made to be slow it is about a second in most syntaxes.
const MAX_COST: usize = 3_000_000;

/// The work that a line takes, in squares of bytes, with a least for the shortest.
fn cost(line: &str) -> usize {
    line.len().max(20).pow(2)
}

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);
static ROLE_THEME: LazyLock<Theme> = LazyLock::new(role_theme);
static SELECTOR: LazyLock<Selector<'static>> = LazyLock::new(|| Selector::new(&ROLE_THEME));

/// The role of each kind of code; later lines win over earlier ones of the same weight.
const SCOPES: &[(&str, ColorRole)] = &[
    ("comment", ColorRole::Comment),
    ("string, constant.character", ColorRole::String),
    ("constant.numeric, constant.language, constant.other", ColorRole::Number),
    ("keyword, storage.modifier, keyword.control", ColorRole::Keyword),
    ("keyword.operator", ColorRole::Text),
    ("storage.type", ColorRole::Keyword),
    (
        "entity.name.function, support.function, variable.function",
        ColorRole::Function,
    ),
    (
        "entity.name.type, entity.name.class, support.type, support.class, entity.other.inherited-class",
        ColorRole::Type,
    ),
    ("entity.name.tag", ColorRole::Keyword),
    ("entity.other.attribute-name, variable.parameter", ColorRole::Variable),
    ("meta.mapping.key string, entity.name.section", ColorRole::Function),
    ("markup.inserted", ColorRole::Inserted),
    ("markup.deleted", ColorRole::Deleted),
    ("markup.heading", ColorRole::Heading),
];

/// A syntect theme whose red channel is the number of a role.
fn role_theme() -> Theme {
    let mut theme = Theme::default();
    theme.settings.foreground = Some(coded(ColorRole::Text));
    theme.scopes = SCOPES
        .iter()
        .filter_map(|(scopes, role)| {
            Some(ThemeItem {
                scope: ScopeSelectors::from_str(scopes).ok()?,
                style: StyleModifier {
                    foreground: Some(coded(*role)),
                    background: None,
                    font_style: None,
                },
            })
        })
        .collect();
    theme
}

fn coded(role: ColorRole) -> Color {
    Color {
        r: role as u8,
        g: 0,
        b: 0,
        a: 0,
    }
}

fn decoded(color: Color) -> ColorRole {
    ColorRole::ALL.get(usize::from(color.r)).copied().unwrap_or_default()
}

/// The state of one code block's colours.
#[derive(Debug)]
pub(crate) struct Highlighter {
    parser: ParseState,
    scopes: HighlightState,
    line: String,
}

impl Highlighter {
    /// A highlighter for the language that a fence names; `None` where it is not known.
    pub(crate) fn of(language: &str) -> Option<Highlighter> {
        if language.is_empty() || matches!(language, "text" | "txt" | "plain" | "plaintext" | "output") {
            return None;
        }
        let syntax = find(language)?;
        Some(Highlighter {
            parser: ParseState::new(syntax),
            scopes: HighlightState::new(&SELECTOR, ScopeStack::new()),
            line: String::new(),
        })
    }

    /// Highlights a line: hands its runs to `each`, in order. `spent` is the cost of the document so far.
    pub(crate) fn line(&mut self, line: &str, spent: &mut usize, mut each: impl FnMut(&str, Style)) {
        let cost = cost(line);
        if line.len() > MAX_LINE || *spent + cost > MAX_COST {
            each(line, Style::default());
            return;
        }
        *spent += cost;
        self.line.clear();
        self.line.push_str(line);
        self.line.push('\n');
        let Ok(ops) = self.parser.parse_line(&self.line, &SYNTAXES) else {
            each(line, Style::default());
            return;
        };
        for (style, text) in HighlightIterator::new(&mut self.scopes, &ops, &self.line, &SELECTOR) {
            each(text.trim_end_matches('\n'), Style::colored(decoded(style.foreground)));
        }
    }
}

/// The syntax of a language, by the names that models use for it.
fn find(language: &str) -> Option<&'static SyntaxReference> {
    let language = language.to_ascii_lowercase();
    let name = match language.as_str() {
        "shell" | "sh-session" | "console" | "zsh" => "bash",
        "golang" => "go",
        "c++" => "cpp",
        "c#" | "csharp" => "cs",
        "jsonc" | "json5" | "jsonl" => "json",
        "node" | "mjs" => "js",
        "python3" | "py3" => "python",
        "docker" => "dockerfile",
        "objective-c" => "m",
        other => other,
    };
    SYNTAXES.find_syntax_by_token(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(language: &str, line: &str) -> Vec<(String, ColorRole)> {
        let mut out = Vec::new();
        let mut highlighter = Highlighter::of(language).unwrap();
        highlighter.line(line, &mut 0, |text, style| {
            if !text.trim().is_empty() {
                out.push((text.trim().to_owned(), style.role));
            }
        });
        out
    }

    #[test]
    fn code_has_colours_by_meaning() {
        let roles = roles("rust", "fn main() { let x = \"a\"; } // b");
        let role = |text: &str| roles.iter().find(|(t, _)| t.contains(text)).map(|(_, role)| *role);
        assert_eq!(role("fn"), Some(ColorRole::Keyword));
        assert_eq!(role("main"), Some(ColorRole::Function));
        assert_eq!(role("a"), Some(ColorRole::Function));
        assert_eq!(role("b"), Some(ColorRole::Comment));
    }

    #[test]
    fn long_lines_and_the_rest_of_too_many_are_plain() {
        let mut highlighter = Highlighter::of("rust").unwrap();
        let mut spent = 0;
        let mut is_plain = |line: &str| {
            let mut plain = false;
            highlighter.line(line, &mut spent, |text, style| {
                plain |= text == line && style == Style::default()
            });
            plain
        };
        assert!(!is_plain(&format!("let x{}", " ".repeat(394))));
        assert!(is_plain(&format!("let x{}", " ".repeat(396))));
        let lines = (0..10_000)
            .take_while(|_| !is_plain("let x = 1; // of forty bytes, as many are"))
            .count();
        assert_eq!(lines, (3_000_000 - 399 * 399) / (41 * 41));
    }

    #[test]
    fn knows_the_languages_models_write() {
        for language in [
            "rust",
            "python",
            "py",
            "js",
            "javascript",
            "ts",
            "typescript",
            "tsx",
            "go",
            "golang",
            "c",
            "cpp",
            "c++",
            "java",
            "kotlin",
            "swift",
            "bash",
            "sh",
            "shell",
            "zsh",
            "json",
            "yaml",
            "toml",
            "sql",
            "html",
            "css",
            "dockerfile",
            "makefile",
            "diff",
            "csharp",
            "php",
            "ruby",
            "xml",
            "lua",
            "r",
            "scala",
        ] {
            assert!(Highlighter::of(language).is_some(), "{language}");
        }
        assert!(Highlighter::of("no-such-language").is_none());
    }
}
