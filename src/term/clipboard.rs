//! The clipboard: by the program the system has for it, by tmux, or by the terminal itself.

use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::Failure;
use crate::host::Host;
use crate::i18n::UiText;
use crate::tr;

/// The longest text that is copied by the terminal, in bytes: many drop a longer sequence (xterm, tmux).
const MAX_OSC52_BYTES: usize = 74_000;

/// What took a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clipboard {
    /// The program of that name, which said that it did.
    Program(&'static str),
    /// tmux has it in a buffer. It hands it on to its terminal, which does not say what it does with it.
    Tmux,
    /// The terminal was sent it, and does not say what it does with it.
    Terminal,
}

/// Copies `text`. Over SSH the programs of this machine have another clipboard than the user's.
pub fn copy(host: &Host, text: &str) -> Result<Clipboard, Failure> {
    let is_remote = ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"]
        .iter()
        .any(|name| host.env.get(name).is_some());
    if !is_remote {
        for (program, args) in programs(host) {
            if feed(program, args, text) {
                return Ok(Clipboard::Program(program));
            }
        }
    }
    // As it comes, tmux takes no OSC 52 of the programs in it, but writes its own.
    if is_in_tmux(host) && feed("tmux", &["load-buffer", "-w", "-"], text) {
        return Ok(Clipboard::Tmux);
    }
    by_terminal(host, text)
}

fn is_in_tmux(host: &Host) -> bool {
    host.env.get("TMUX").is_some()
}

fn programs(host: &Host) -> Vec<(&'static str, &'static [&'static str])> {
    let mut programs: Vec<(&'static str, &'static [&'static str])> = Vec::new();
    if cfg!(target_os = "macos") {
        programs.push(("pbcopy", &[]));
    } else if cfg!(windows) {
        programs.push(("clip", &[]));
    } else {
        if host.env.get("WAYLAND_DISPLAY").is_some() {
            programs.push(("wl-copy", &[]));
        }
        if host.env.get("DISPLAY").is_some() {
            programs.push(("xclip", &["-selection", "clipboard"]));
            programs.push(("xsel", &["--clipboard", "--input"]));
        }
        // WSL.
        programs.push(("clip.exe", &[]));
    }
    programs
}

/// Whether the program exists and took the text.
fn feed(program: &str, args: &[&str], text: &str) -> bool {
    let child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return false;
    };
    let taken = child
        .stdin
        .take()
        .is_some_and(|mut stdin| stdin.write_all(text.as_bytes()).is_ok());
    child.wait().is_ok_and(|status| status.success()) && taken
}

/// OSC 52, which reaches the clipboard of the machine the terminal is on.
fn by_terminal(host: &Host, text: &str) -> Result<Clipboard, Failure> {
    let failed = |why: UiText| Failure::other(tr!("cannot copy: {}", why));
    if text.len() > MAX_OSC52_BYTES {
        return Err(failed(tr!("the text is too long for the terminal"))
            .hint(tr!("/export writes it to a file; `qwen last` prints it again")));
    }
    let sequence = sequence(text, is_in_tmux(host));
    let path = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };
    File::options()
        .write(true)
        .open(path)
        .and_then(|mut tty| tty.write_all(sequence.as_bytes()))
        .map_err(|error| failed(crate::error::io_reason(&error)))?;
    Ok(Clipboard::Terminal)
}

/// Inside tmux it is wrapped, so that tmux hands it on.
fn sequence(text: &str, in_tmux: bool) -> String {
    let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    if in_tmux {
        format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\")
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_holds_the_text_and_nothing_of_it_raw() {
        assert_eq!(sequence("中\x1b", false), "\x1b]52;c;5LitGw==\x07");
        assert!(sequence("x", true).contains("\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\"));
    }
}
