//! The process's surroundings: arguments, environment, terminals, clock, working directory.
//!
//! `main` makes one [`Host`]; everything below takes it as a value, so tests can build their own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use stream_markdown::ColorDepth;

use crate::i18n::lang::Lang;

/// Environment variables, read once.
#[derive(Clone, Debug, Default)]
pub struct Env(BTreeMap<String, OsString>);

impl Env {
    pub fn from_pairs<I, K, V>(pairs: I) -> Env
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<String>,
        V: Into<OsString>,
    {
        Env(pairs
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect())
    }

    /// The same variables and one more.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Env {
        let mut pairs = self.0.clone();
        pairs.insert(name.to_owned(), value.into());
        Env(pairs)
    }

    /// The value of a variable that is set, not empty, and UTF-8.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.os(name)?.to_str()
    }

    /// The value of a variable that is set and not empty, as the system has it.
    pub fn os(&self, name: &str) -> Option<&OsStr> {
        self.0
            .get(name)
            .map(OsString::as_os_str)
            .filter(|value| !value.is_empty())
    }

    /// The file or folder a variable names, as [`bare`] as any setting.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        let value = self.os(name)?;
        let path = value.to_str().map_or(value, |value| OsStr::new(bare(value)));
        (!path.is_empty()).then(|| path.into())
    }

    /// The names of the variables whose values are not UTF-8.
    pub fn not_text(&self) -> impl Iterator<Item = &str> {
        let odd = self.0.iter().filter(|(_, value)| value.to_str().is_none());
        odd.map(|(name, _)| name.as_str())
    }

    /// Whether a variable is set to anything but `0` or nothing.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value != "0")
    }
}

/// A value without white space or quotes around it. They are left there by programs that read a file and do not know
/// the line ends of another system, or quotes.
pub fn bare(value: &str) -> &str {
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';
    let value = value.trim_matches(is_blank);
    let inner = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inner('"')
        .or_else(|| inner('\''))
        .unwrap_or(value)
        .trim_matches(is_blank)
}

/// Which of the standard streams are terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ttys {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
}

/// The process's surroundings, as a value.
#[derive(Clone, Debug)]
pub struct Host {
    /// As the shell gave them, the program's name first.
    pub args: Vec<OsString>,
    pub env: Env,
    /// `None` when the working directory has vanished.
    pub cwd: Option<PathBuf>,
    pub ttys: Ttys,
}

/// Milliseconds since 1970, negative if the clock is set to an earlier time.
pub fn now() -> i64 {
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    }
}

/// Whether this much more memory can be allocated. Most code cannot handle a failed allocation, and aborts the
/// process.
pub fn can_allocate(bytes: u64) -> bool {
    usize::try_from(bytes).is_ok_and(|bytes| Vec::<u8>::new().try_reserve_exact(bytes).is_ok())
}

/// How many files a request opens: the runtime's, which panics if it cannot, the store's and the connection's.
#[cfg(unix)]
const FILES: usize = 16;

/// Whether that many more files may be open.
#[cfg(unix)]
pub fn spare_files() -> std::io::Result<()> {
    use std::os::fd::AsFd;
    let open = (0..FILES).map(|_| std::io::stderr().as_fd().try_clone_to_owned());
    open.collect::<std::io::Result<Vec<_>>>().map(drop)
}

#[cfg(not(unix))]
pub fn spare_files() -> std::io::Result<()> {
    Ok(())
}

/// The signals that the parent process set to be ignored, a bit each: SIGHUP under `nohup`, SIGINT in the background of a
/// script. They stay ignored, as POSIX requires of a shell.
#[cfg(target_os = "linux")]
pub fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Other systems report it only to unsafe code.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn ignored_signals() -> u64 {
    0
}

/// The terminal's current size in columns and rows; 80 by 24 if it is unknown.
pub fn window() -> (u16, u16) {
    // Its `size` runs `tput` where there is no terminal.
    #[cfg(unix)]
    let size = crossterm::terminal::window_size().map(|size| (size.columns, size.rows));
    #[cfg(not(unix))]
    let size = crossterm::terminal::size();
    match size {
        Ok((columns, rows)) if columns > 0 && rows > 0 => (columns, rows),
        _ => (80, 24),
    }
}

#[cfg(test)]
impl Host {
    /// The surroundings of a test: variables, and whether the standard streams are terminals.
    pub fn of_variables(pairs: &[(&str, &str)], is_terminal: bool) -> Host {
        Host {
            args: Vec::new(),
            env: Env::from_pairs(pairs.iter().copied()),
            cwd: None,
            ttys: Ttys {
                stdin: is_terminal,
                stdout: is_terminal,
                stderr: is_terminal,
            },
        }
    }
}

impl Host {
    /// The process's own surroundings.
    pub fn from_process() -> Host {
        Host {
            args: std::env::args_os().collect(),
            env: Env::from_pairs(std::env::vars_os().map(|(key, value)| (key.to_string_lossy().into_owned(), value))),
            cwd: std::env::current_dir().ok(),
            ttys: Ttys {
                stdin: std::io::stdin().is_terminal(),
                stdout: std::io::stdout().is_terminal(),
                stderr: std::io::stderr().is_terminal(),
            },
        }
    }

    /// The home directory, from the environment.
    pub fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.env.os(name).map(PathBuf::from)
    }

    /// The terminal's size in columns and rows; 80 by 24 if it is unknown.
    pub fn window(&self) -> (u16, u16) {
        window()
    }

    /// The columns of standard error where it is a terminal.
    pub fn columns_of_stderr(&self) -> Option<u16> {
        self.ttys.stderr.then(|| self.window().0)
    }

    /// The size of a character cell in pixels. If the terminal does not report it, that of DEC's VT340, which terminals
    /// such as Windows Terminal emulate.
    pub fn cell(&self) -> (u16, u16) {
        match crossterm::terminal::window_size() {
            Ok(size) if size.columns > 0 && size.rows > 0 && size.width >= size.columns && size.height >= size.rows => {
                (size.width / size.columns, size.height / size.rows)
            }
            _ => (10, 20),
        }
    }

    /// The language the environment asks for.
    pub fn lang(&self) -> Lang {
        Lang::of_environment(|name| self.env.get(name))
    }

    /// How wide help may be: the terminal's columns, else what `COLUMNS` says, else 80.
    pub fn help_columns(&self) -> usize {
        if self.ttys.stdout || self.ttys.stderr {
            return usize::from(self.window().0);
        }
        let given = self.env.get("COLUMNS").and_then(|columns| columns.parse().ok());
        given.filter(|columns| *columns >= 20).unwrap_or(80)
    }

    /// Whether the user asked for a screen without animation and redrawing.
    pub fn is_accessible(&self) -> bool {
        self.env.flag("ACCESSIBLE")
    }

    /// Whether the terminal takes no escape codes at all.
    pub fn is_dumb_terminal(&self) -> bool {
        self.env.get("TERM") == Some("dumb")
    }

    /// How many colours the terminal is known to show. `NO_COLOR` and `TERM=dumb` mean none.
    pub fn color_depth(&self) -> ColorDepth {
        if self.env.get("NO_COLOR").is_some() || self.is_dumb_terminal() {
            return ColorDepth::None;
        }
        self.terminal_depth()
    }

    /// How many colours the terminal can show, whether they are wanted or not.
    pub fn terminal_depth(&self) -> ColorDepth {
        let term = self.env.get("TERM").unwrap_or_default();
        let colorterm = self.env.get("COLORTERM").unwrap_or_default();
        if matches!(colorterm, "truecolor" | "24bit") || term.ends_with("-direct") {
            ColorDepth::True
        } else if term.contains("256color") {
            ColorDepth::Ansi256
        } else {
            ColorDepth::Ansi16
        }
    }

    /// The variable that decides which characters there are, and its value.
    pub fn locale(&self) -> Option<(&'static str, &str)> {
        ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| Some((name, self.env.get(name)?)))
    }

    /// Whether those are Unicode's. On Windows they are, whatever is set.
    pub fn is_utf8(&self) -> bool {
        let is_named = |(_, value): (_, &str)| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        };
        cfg!(windows) || self.locale().is_some_and(is_named)
    }

    /// Whether the terminal or the locale may have no other characters.
    pub fn is_ascii(&self) -> bool {
        !self.is_utf8() || self.is_dumb_terminal()
    }

    /// The mark, or its stand-in where the terminal or the locale may not have it.
    pub fn mark(&self, mark: &'static str, ascii: &'static str) -> &'static str {
        if self.is_ascii() { ascii } else { mark }
    }

    /// Whether the terminal wraps its lines anew when it gets narrower, as most do. Those that are known to cut them off are
    /// xterm, st and the consoles.
    pub fn rewraps_lines(&self) -> bool {
        if self.env.get("TMUX").is_some() {
            return true;
        }
        let term = self.env.get("TERM").unwrap_or_default();
        let cuts = ["linux", "st", "vt"].iter().any(|name| {
            let rest = term.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
        });
        !cuts && self.env.get("XTERM_VERSION").is_none()
    }

    /// Whether OSC 8 links are known to be understood: a list of terminals, since asking one could hang.
    pub fn has_hyperlinks(&self) -> bool {
        if self.is_dumb_terminal() || self.env.get("TMUX").is_some() || self.env.get("STY").is_some() {
            return false;
        }
        let known_program = matches!(
            self.env.get("TERM_PROGRAM"),
            Some("iTerm.app" | "WezTerm" | "vscode" | "ghostty" | "Hyper" | "Tabby")
        );
        let known_term = matches!(
            self.env.get("TERM"),
            Some("xterm-kitty" | "alacritty" | "foot" | "xterm-ghostty" | "wezterm")
        );
        let vte = self
            .env
            .get("VTE_VERSION")
            .and_then(|version| version.parse::<u32>().ok())
            .is_some_and(|version| version >= 5000);
        known_program || known_term || vte || self.env.get("WT_SESSION").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminals_that_cut_lines_off_are_known() {
        let rewraps = |pairs: &[(&str, &str)]| Host::of_variables(pairs, false).rewraps_lines();
        for term in [
            "xterm-256color",
            "xterm-kitty",
            "screen-256color",
            "foot",
            "vte-256color",
            "stterm",
        ] {
            assert!(rewraps(&[("TERM", term)]), "{term}");
        }
        for term in ["linux", "st-256color", "vt220"] {
            assert!(!rewraps(&[("TERM", term)]), "{term}");
        }
        let xterm = [("TERM", "xterm-256color"), ("XTERM_VERSION", "XTerm(390)")];
        assert!(!rewraps(&xterm));
        assert!(rewraps(&[
            xterm[1],
            ("TMUX", "/tmp/tmux-0/default,1,0"),
            ("TERM", "screen")
        ]));
    }
}
