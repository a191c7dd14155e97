//! The reader of TeX's notation.

use super::alphabet::{self, Alphabet};
use super::atom::{Class, join, symbol};
use super::grid::Grid;

/// How deep groups may be nested.
const MAX_DEPTH: usize = 40;

/// What ends a sequence of atoms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Source,
    Brace,
    Bracket,
    /// `\right`.
    Right,
    /// `&`, `\\` or `\end`.
    Cell,
}

pub(super) struct Parser<'s> {
    rest: &'s str,
    depth: usize,
    /// In a script, where no spaces are set.
    is_tight: bool,
    alphabet: Option<Alphabet>,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str) -> Parser<'s> {
        Parser {
            rest: source,
            depth: 0,
            is_tight: false,
            alphabet: None,
        }
    }

    /// Reads the source to its end.
    pub(super) fn formula(mut self) -> Option<Grid> {
        let mut rows = Parser::new(self.rest);
        if let Some(grid) = self.sequence(End::Source) {
            return Some(grid);
        }
        // Rows need no environment in a display.
        let cells = rows.cells()?;
        rows.rest.is_empty().then(|| aligned(&cells))
    }

    /// Reads atoms up to what ends them, which is consumed but for the end of a cell.
    fn sequence(&mut self, end: End) -> Option<Grid> {
        let atoms = self.nested(|parser| parser.atoms(end))?;
        Some(join(&atoms, self.is_tight))
    }

    /// Reads what is one level deeper. The levels are limited, because each takes some of the stack.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn atoms(&mut self, end: End) -> Option<Vec<(Class, Grid)>> {
        let mut atoms: Vec<(Class, Grid)> = Vec::new();
        loop {
            self.skip_spaces();
            if self.ends(end)? {
                break;
            }
            if self.rest.starts_with(['^', '_', '\'']) {
                let (class, mut base) = match atoms.pop() {
                    Some(last) => last,
                    None => (Class::Ordinary, Grid::text("")),
                };
                base.append(&Grid::text(self.scripts()?));
                atoms.push((class, base));
                continue;
            }
            if let Some(atom) = self.atom()? {
                atoms.push(atom);
            }
        }
        Some(atoms)
    }

    fn ends(&mut self, end: End) -> Option<bool> {
        let stops_cell = self.rest.starts_with('&') || self.rest.starts_with("\\\\") || self.is_at("end");
        let (found, length) = match end {
            End::Source => (self.rest.is_empty(), 0),
            End::Brace => (self.rest.starts_with('}'), 1),
            End::Bracket => (self.rest.starts_with(']'), 1),
            End::Right => (self.is_at("right"), "\\right".len()),
            End::Cell => (self.rest.is_empty() || stops_cell, 0),
        };
        if found {
            self.rest = &self.rest[length..];
            return Some(true);
        }
        // The end of something that did not begin here, or none at all.
        let is_foreign = self.rest.is_empty() || self.rest.starts_with('}') || self.is_at("right") || stops_cell;
        (!is_foreign).then_some(false)
    }

    fn is_at(&self, command: &str) -> bool {
        self.rest
            .strip_prefix('\\')
            .and_then(|rest| rest.strip_prefix(command))
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// The scripts of an atom: `_1^2`, `'`.
    fn scripts(&mut self) -> Option<String> {
        let (mut primes, mut raised, mut lowered) = (0, None, None);
        loop {
            self.skip_spaces();
            let Some(mark @ ('\'' | '^' | '_')) = self.rest.chars().next() else {
                break;
            };
            self.rest = &self.rest[1..];
            let is_double = match mark {
                '\'' => {
                    primes += 1;
                    false
                }
                '^' => raised.replace(alphabet::superscript(&self.script()?)).is_some(),
                _ => lowered.replace(alphabet::subscript(&self.script()?)).is_some(),
            };
            if is_double {
                return None;
            }
        }
        let primes = match primes {
            2 => "″".to_owned(),
            3 => "‴".to_owned(),
            count => "′".repeat(count),
        };
        Some(lowered.unwrap_or_default() + &primes + &raised.unwrap_or_default())
    }

    fn script(&mut self) -> Option<String> {
        let was_tight = std::mem::replace(&mut self.is_tight, true);
        let text = self.argument()?.one_line().map(|text| text.trim().to_owned());
        self.is_tight = was_tight;
        text.filter(|text| !text.is_empty())
    }

    /// The argument of a command: a group, or one atom.
    fn argument(&mut self) -> Option<Grid> {
        self.skip_spaces();
        if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            return self.sequence(End::Brace);
        }
        if self.rest.is_empty() || self.rest.starts_with(['}', '^', '_', '&']) {
            return None;
        }
        if let Some(digit) = self.rest.chars().next().filter(char::is_ascii_digit) {
            // Without braces it is one digit: `\frac12`.
            self.rest = &self.rest[1..];
            return Some(Grid::text(self.styled(&digit.to_string())));
        }
        let (_, grid) = self.nested(Self::atom)??;
        Some(grid)
    }

    fn line(&mut self) -> Option<String> {
        self.argument()?.one_line().map(str::to_owned)
    }

    /// The argument of a command that takes text or a name, as written.
    fn raw(&mut self) -> Option<&'s str> {
        self.skip_spaces();
        let body = self.rest.strip_prefix('{')?;
        let mut depth = 0;
        for (at, c) in body.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => {
                    self.rest = &body[at + 1..];
                    return Some(&body[..at]);
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// One atom; the inner `None` is a command that shows nothing.
    fn atom(&mut self) -> Option<Option<(Class, Grid)>> {
        let c = self.rest.chars().next()?;
        if c == '\\' {
            return self.command();
        }
        self.rest = &self.rest[c.len_utf8()..];
        let class = match c {
            '{' => return Some(Some((Class::Ordinary, self.sequence(End::Brace)?))),
            '+' | '-' | '*' => Class::Binary,
            '=' | '<' | '>' => Class::Relation,
            '(' | '[' => Class::Opening,
            ')' | ']' | '!' | '?' => Class::Closing,
            ',' | ';' | ':' if !self.is_tight && !self.rest.starts_with(|c: char| c.is_ascii_digit()) => {
                Class::Punctuation
            }
            '~' => return Some(Some((Class::Space, Grid::text(" ")))),
            '&' | '}' | '#' => return None,
            '0'..='9' => {
                // A number is one atom, so that a fraction or a script takes all of it.
                let digits = self.rest.len() - self.rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                let text = [c.to_string().as_str(), &self.rest[..digits]].concat();
                self.rest = &self.rest[digits..];
                return Some(Some((Class::Ordinary, Grid::text(self.styled(&text)))));
            }
            _ => Class::Ordinary,
        };
        Some(Some((class, Grid::text(self.styled(&c.to_string())))))
    }

    fn styled(&self, text: &str) -> String {
        match self.alphabet {
            Some(alphabet) => text.chars().map(|c| alphabet.letter(c)).collect(),
            None => text.to_owned(),
        }
    }

    fn name(&mut self) -> Option<&'s str> {
        let body = self.rest.strip_prefix('\\')?;
        let letters = body.len() - body.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let length = match letters {
            0 => body.chars().next()?.len_utf8(),
            letters => letters,
        };
        self.rest = &body[length..];
        Some(&body[..length])
    }

    fn command(&mut self) -> Option<Option<(Class, Grid)>> {
        let name = self.name()?;
        if let Some((class, text)) = symbol(name) {
            return Some(Some((class, Grid::text(text))));
        }
        if let Some((mark, spans)) = alphabet::accent(name) {
            let base = self.line()?;
            let is_one = base.chars().count() == 1;
            let text = match (is_one, spans) {
                (true, _) => format!("{base}{mark}"),
                (false, true) => base
                    .chars()
                    .flat_map(|c| [c, if mark == '\u{304}' { '\u{305}' } else { mark }])
                    .collect(),
                (false, false) => return None,
            };
            return Some(Some((Class::Ordinary, Grid::text(text))));
        }
        let (class, grid) = match name {
            "frac" | "dfrac" | "tfrac" | "cfrac" => {
                let (above, below) = (self.line()?, self.line()?);
                (
                    Class::Ordinary,
                    Grid::text(format!("{}⁄{}", enclosed(&above), enclosed(&below))),
                )
            }
            "sqrt" => (Class::Ordinary, Grid::text(self.root()?)),
            "binom" | "dbinom" | "tbinom" => {
                let cells = [vec![self.line()?], vec![self.line()?]];
                (Class::Ordinary, Grid::rows(&cells, "", |_| false).between("(", ")")?)
            }
            "text" | "textrm" | "textbf" | "textit" | "texttt" | "textsf" | "textnormal" | "mbox" | "hbox" => {
                let text = self.raw()?;
                if text.contains(['\\', '$', '{']) {
                    return None;
                }
                (Class::Ordinary, Grid::text(text))
            }
            "operatorname" => {
                self.rest = self.rest.strip_prefix('*').unwrap_or(self.rest);
                (Class::Operator, self.argument()?)
            }
            "mathbb" => (Class::Ordinary, self.in_alphabet(Some(Alphabet::DoubleStruck))?),
            "mathcal" | "mathscr" => (Class::Ordinary, self.in_alphabet(Some(Alphabet::Script))?),
            "mathfrak" => (Class::Ordinary, self.in_alphabet(Some(Alphabet::Fraktur))?),
            "mathbf" | "boldsymbol" | "bm" | "pmb" => (Class::Ordinary, self.in_alphabet(Some(Alphabet::Bold))?),
            "mathrm" | "mathit" | "mathsf" | "mathtt" | "mathnormal" => (Class::Ordinary, self.in_alphabet(None)?),
            "mathop" => (Class::Operator, self.argument()?),
            "mathrel" => (Class::Relation, self.argument()?),
            "mathbin" => (Class::Binary, self.argument()?),
            "mathord" | "boxed" | "fbox" | "smash" => (Class::Ordinary, self.argument()?),
            "color" | "textcolor" => {
                self.raw()?;
                match name {
                    "color" => return Some(None),
                    _ => (Class::Ordinary, self.argument()?),
                }
            }
            "left" => (Class::Ordinary, self.fenced()?),
            "middle" => (Class::Relation, Grid::text(self.delimiter()?)),
            "begin" => (Class::Ordinary, self.environment()?),
            "not" => {
                self.skip_spaces();
                let (class, grid) = self.nested(Self::atom)??;
                let mut chars = grid.one_line()?.chars();
                let (Some(c), None) = (chars.next(), chars.next()) else {
                    return None;
                };
                (class, Grid::text(alphabet::negated(c)))
            }
            "overset" | "stackrel" | "underset" => {
                let script = self.script()?;
                self.skip_spaces();
                let is_relation = self.rest.starts_with(['{', '=', '\\']);
                let mut base = self.argument()?;
                let (class, script) = match name {
                    "underset" => (Class::Operator, alphabet::subscript(&script)),
                    _ if is_relation && !base.one_line()?.chars().any(char::is_alphanumeric) => {
                        (Class::Relation, alphabet::superscript(&script))
                    }
                    _ => (Class::Ordinary, alphabet::superscript(&script)),
                };
                base.append(&Grid::text(script));
                (class, base)
            }
            "xrightarrow" => (Class::Relation, Grid::text(format!("─{}→", self.script()?))),
            "xleftarrow" => (Class::Relation, Grid::text(format!("←{}─", self.script()?))),
            "pmod" => (Class::Ordinary, Grid::text(format!(" (mod {})", self.line()?))),
            "bmod" => (Class::Binary, Grid::text("mod")),
            "tag" => (Class::Ordinary, Grid::text(format!("  ({})", self.raw()?))),
            "label" => {
                self.raw()?;
                return Some(None);
            }
            "," | ":" | ";" | " " | ">" | "enspace" | "thinspace" => (Class::Space, Grid::text(" ")),
            "quad" => (Class::Space, Grid::text("  ")),
            "qquad" => (Class::Space, Grid::text("    ")),
            "hspace" => {
                self.raw()?;
                (Class::Space, Grid::text(" "))
            }
            "!" | "displaystyle" | "textstyle" | "scriptstyle" | "limits" | "nolimits" | "nonumber" | "notag"
            | "big" | "Big" | "bigg" | "Bigg" | "bigl" | "Bigl" | "biggl" | "Biggl" | "bigr" | "Bigr" | "biggr"
            | "Biggr" | "bigm" | "Bigm" | "biggm" | "Biggm" | "hline" | "rm" | "bf" | "it" => return Some(None),
            _ => return None,
        };
        Some(Some((class, grid)))
    }

    fn in_alphabet(&mut self, alphabet: Option<Alphabet>) -> Option<Grid> {
        let before = std::mem::replace(&mut self.alphabet, alphabet);
        let grid = self.argument();
        self.alphabet = before;
        grid
    }

    fn root(&mut self) -> Option<String> {
        self.skip_spaces();
        let degree = match self.rest.strip_prefix('[') {
            Some(rest) => {
                self.rest = rest;
                let was_tight = std::mem::replace(&mut self.is_tight, true);
                let degree = self.sequence(End::Bracket)?;
                self.is_tight = was_tight;
                Some(degree.one_line()?.to_owned())
            }
            None => None,
        };
        let sign = match degree.as_deref() {
            None | Some("2") => "√".to_owned(),
            Some("3") => "∛".to_owned(),
            Some("4") => "∜".to_owned(),
            Some(degree) => format!("{}√", alphabet::superscript(degree)),
        };
        let radicand = self.line()?;
        let is_short = radicand.chars().count() == 1 || radicand.chars().all(|c| c.is_ascii_digit());
        Some(match is_short {
            true => format!("{sign}{radicand}"),
            false => format!("{sign}({radicand})"),
        })
    }

    /// A delimiter behind `\left`, `\middle` or `\right`.
    fn delimiter(&mut self) -> Option<String> {
        self.skip_spaces();
        if self.rest.starts_with('\\') {
            let name = self.name()?;
            return symbol(name).map(|(_, text)| text);
        }
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(match c {
            '.' => String::new(),
            '<' => "⟨".to_owned(),
            '>' => "⟩".to_owned(),
            '(' | ')' | '[' | ']' | '|' | '/' => c.to_string(),
            _ => return None,
        })
    }

    fn fenced(&mut self) -> Option<Grid> {
        let left = self.delimiter()?;
        let inside = self.sequence(End::Right)?;
        let right = self.delimiter()?;
        inside.between(&left, &right)
    }

    fn environment(&mut self) -> Option<Grid> {
        let name = self.raw()?;
        if matches!(name, "array" | "alignat" | "alignat*" | "alignedat" | "subarray") {
            self.raw()?;
        }
        let rows = self.cells()?;
        self.skip_spaces();
        self.rest = self.rest.strip_prefix("\\end")?;
        if self.raw()? != name {
            return None;
        }
        let (left, right) = match name.trim_end_matches('*') {
            "aligned" | "align" | "alignat" | "alignedat" | "split" | "gather" | "gathered" | "equation"
            | "eqnarray" | "multline" => return Some(aligned(&rows)),
            "matrix" | "smallmatrix" | "array" => ("", ""),
            "pmatrix" => ("(", ")"),
            "bmatrix" => ("[", "]"),
            "Bmatrix" => ("{", "}"),
            "vmatrix" => ("|", "|"),
            "Vmatrix" => ("‖", "‖"),
            "cases" | "dcases" => ("{", ""),
            "rcases" => ("", "}"),
            _ => return None,
        };
        Grid::rows(&rows, "  ", |_| false).between(left, right)
    }

    /// Rows of cells up to `\end` or the end of the source.
    fn cells(&mut self) -> Option<Vec<Vec<String>>> {
        let mut rows = vec![Vec::new()];
        loop {
            let cell = self.sequence(End::Cell)?.one_line()?.to_owned();
            rows.last_mut()?.push(cell);
            self.skip_spaces();
            if let Some(rest) = self.rest.strip_prefix('&') {
                self.rest = rest;
            } else if let Some(rest) = self.rest.strip_prefix("\\\\") {
                self.rest = rest;
                self.skip_spaces();
                // The extra space between two rows: `\\[2pt]`.
                if let Some(end) = self.rest.strip_prefix('[').and_then(|rest| rest.find(']')) {
                    self.rest = &self.rest[end + 2..];
                }
                rows.push(Vec::new());
            } else {
                break;
            }
        }
        // A row mark at the end begins no row.
        if rows.last().is_some_and(|row| row.iter().all(String::is_empty)) {
            rows.pop();
        }
        (!rows.is_empty()).then_some(rows)
    }
}

/// Rows aligned at their `&`: before it to the right, behind it to the left.
fn aligned(rows: &[Vec<String>]) -> Grid {
    let spaced: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let cell = |(at, text): (usize, &String)| match at % 2 {
                // A relation at the cell's start keeps its distance from the column before.
                1 if !text.is_empty() => format!(" {text}"),
                _ => text.clone(),
            };
            row.iter().enumerate().map(cell).collect()
        })
        .collect();
    let is_paired = rows.iter().any(|row| row.len() > 1);
    Grid::rows(&spaced, "", |column| is_paired && column % 2 == 0)
}

/// A part of a fraction, in parentheses where it would run into the rest.
fn enclosed(text: &str) -> String {
    let text = text.trim();
    match text.contains([' ', '⁄', '/']) {
        true => format!("({text})"),
        false => text.to_owned(),
    }
}
