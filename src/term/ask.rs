//! A credential typed on the terminal, not shown.

use std::fs::File;
use std::io::{self, Read};

use tokio::task::spawn_blocking;

use super::tty::Tty;
use super::ui::Ui;
use crate::error::Failure;
use crate::tr;
use qwen_api::Secret;

/// Where the keyboard is, apart from stdin.
#[cfg(unix)]
const KEYBOARD: &str = "/dev/tty";
#[cfg(not(unix))]
const KEYBOARD: &str = "CONIN$";

/// Asks for a line. Dropped before it is typed, it leaves the terminal as it was found.
pub async fn secret(prompt: &str) -> Result<Secret, Failure> {
    let tty = Tty::open()
        .ok_or_else(|| Failure::usage(tr!("no terminal to prompt on")).hint(tr!("pipe the credential in")))?;
    // The modes change here, before anything is read, and back here too: the thread that reads may outlive this, so
    // it must not touch them.
    let _restore = tty.hushed();
    #[cfg(not(unix))]
    let _raw = RawMode::on();
    Ui::put(prompt);
    let typed = spawn_blocking(|| File::open(KEYBOARD).and_then(|mut keyboard| line(&mut keyboard))).await;
    Ui::put("\n");
    match typed {
        Ok(Ok(Some(typed))) => Ok(typed),
        _ => Err(Failure::usage(tr!("no input"))),
    }
}

/// No echo where there are no terminal modes.
#[cfg(not(unix))]
struct RawMode;

#[cfg(not(unix))]
impl RawMode {
    fn on() -> RawMode {
        // If echo cannot be turned off, a visible key is better than no way to enter one.
        let _ = crossterm::terminal::enable_raw_mode();
        RawMode
    }
}

#[cfg(not(unix))]
impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = crossterm::terminal::disable_raw_mode();
    }
}

/// A line, read key by key, since the terminal's own editing is off and would limit its length.
/// `None` when it ended before Enter.
fn line(keyboard: &mut impl Read) -> io::Result<Option<Secret>> {
    const DELETE: [u8; 2] = [0x7f, 0x08];
    const CLEAR: u8 = 0x15;
    const END: u8 = 0x04;
    // A key like any other only where it is no signal.
    const INTERRUPT: u8 = 0x03;
    let mut typed = zeroize::Zeroizing::new(Vec::with_capacity(512));
    let mut key = [0];
    loop {
        match keyboard.read(&mut key) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        match key[0] {
            b'\r' | b'\n' => return Ok(Some(Secret::new(String::from_utf8_lossy(&typed)))),
            END if typed.is_empty() => return Ok(None),
            INTERRUPT => return Ok(None),
            CLEAR => typed.clear(),
            byte if DELETE.contains(&byte) => {
                typed.pop();
            }
            byte => typed.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_can_be_corrected() {
        let typed = |mut keys: &[u8]| line(&mut keys).unwrap().map(|typed| typed.expose().to_owned());
        assert_eq!(typed(b"sk-1\r").as_deref(), Some("sk-1"));
        assert_eq!(typed(b"wrong\x15sk-12\x7f\x083\n").as_deref(), Some("sk-3"));
        assert_eq!(typed(b"\x04"), None);
        assert_eq!(typed(b"sk"), None);
        let long = "x".repeat(9000);
        assert_eq!(typed(format!("{long}\r").as_bytes()), Some(long));
    }
}
