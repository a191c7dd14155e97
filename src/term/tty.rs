//! The terminal's keyboard, apart from stdin: its modes, and leaving it as it was found.
//!
//! While a conversation runs, what is typed is neither echoed into an answer nor thrown away: it waits in the
//! terminal until the prompt is back. Ctrl-C and Ctrl-Z keep their meaning all the time.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::ioctl_fionread;
use rustix::process::{Signal, getpgrp, getpid, getsid, kill_current_process_group};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetpgrp, tcgetsid,
    tcsetattr,
};

#[cfg(target_vendor = "apple")]
use rustix::termios::ttyname;

use super::background::QUERY;

use qwen_api::Secret;

/// The time in which all threads of a program have stopped after SIGSTOP.
const STOPS_WITHIN: Duration = Duration::from_millis(50);

/// The controlling terminal.
#[derive(Debug)]
pub struct Tty {
    file: File,
    /// Its modes before this program touched them.
    original: Termios,
    /// Whole lines were waiting when it was hushed: until then the terminal turned Enter into a newline.
    has_lines: AtomicBool,
}

/// Puts the terminal back as it was found, however the program leaves.
#[derive(Debug)]
pub struct Restore(Arc<Tty>);

impl Drop for Restore {
    fn drop(&mut self) {
        self.0.restore();
    }
}

/// The name of the terminal that a standard stream is.
#[cfg(target_vendor = "apple")]
fn own_name() -> Option<std::path::PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let name = ttyname(io::stdin(), Vec::new())
        .or_else(|_| ttyname(io::stdout(), Vec::new()))
        .ok()?;
    Some(std::ffi::OsString::from_vec(name.into_bytes()).into())
}

impl Tty {
    /// `None` where there is no terminal.
    pub fn open() -> Option<Arc<Tty>> {
        let file = File::options().read(true).write(true).open("/dev/tty").ok()?;
        if !isatty(&file) {
            return None;
        }
        let original = tcgetattr(&file).ok()?;
        Some(Arc::new(Tty {
            file,
            original,
            has_lines: AtomicBool::new(false),
        }))
    }

    /// The terminal once more, as a file whose reads do not wait.
    pub fn open_keys() -> io::Result<File> {
        // Apple's kqueue takes no `/dev/tty`, but the terminal by its own name.
        #[cfg(target_vendor = "apple")]
        let path = own_name().unwrap_or_else(|| "/dev/tty".into());
        #[cfg(not(target_vendor = "apple"))]
        let path = "/dev/tty";
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        File::options()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path)
    }

    /// From here on nothing typed is echoed; the guard ends that.
    pub fn hushed(self: &Arc<Tty>) -> Restore {
        self.hush();
        Restore(Arc::clone(self))
    }

    /// Nothing typed is echoed, and what is typed waits as it is, key by key.
    pub fn hush(&self) {
        let makes_lines = tcgetattr(&self.file).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON));
        if makes_lines && ioctl_fionread(&self.file).is_ok_and(|bytes| bytes > 0) {
            self.has_lines.store(true, Ordering::Relaxed);
        }
        let mut modes = self.original.clone();
        modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON;
        // Ctrl-C stops an answer; it does not take along what was typed for after it.
        modes.local_modes |= LocalModes::NOFLSH;
        modes.input_modes -= InputModes::ICRNL;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        self.set(&modes);
    }

    /// Whether Ctrl-C, Ctrl-Z and the like are keys as any other, or signals and the terminal's own.
    pub fn takes_keys(&self, takes: bool) {
        let Ok(mut modes) = tcgetattr(&self.file) else {
            return;
        };
        modes.local_modes.set(LocalModes::ISIG | LocalModes::IEXTEN, !takes);
        modes.input_modes.set(InputModes::IXON, !takes);
        // A terminal that has gone away has no modes.
        let _ = tcsetattr(&self.file, OptionalActions::Now, &modes);
    }

    /// The modes it was found in, no bracketed paste, and plain letters.
    pub fn restore(&self) {
        self.set(&self.original);
        // A terminal that has gone away needs no restoring.
        let _ = (&self.file).write_all(b"\x1b[?2004l\x1b[m");
    }

    /// Whether the newline just read was an Enter, typed before the terminal was hushed. Only the first of them counts:
    /// what follows it makes it a line end of a paste.
    pub fn is_early_enter(&self) -> bool {
        self.has_lines.swap(false, Ordering::Relaxed)
    }

    /// Asks the terminal for its background, where standard output is the terminal too and this is the program that its
    /// keyboard types to; whether it was asked. Only what reads the keys may ask: what is typed ahead for the shell would
    /// be read with the reply.
    pub fn ask_background(&self) -> bool {
        let stdout = io::stdout();
        let is_ours = tcgetsid(&stdout).is_ok_and(|session| getsid(None) == Ok(session))
            && tcgetpgrp(&self.file).is_ok_and(|group| group == getpgrp());
        is_ours && (&self.file).write_all(QUERY.as_bytes()).is_ok()
    }

    /// Suspends the program, as Ctrl-Z does, with the terminal's modes restored; returns when it is resumed.
    pub fn suspend(&self) {
        // A session leader has no shell that could resume it.
        if getsid(None).is_ok_and(|session| session == getpid()) {
            return;
        }
        let now = tcgetattr(&self.file);
        self.restore();
        let _ = kill_current_process_group(Signal::STOP);
        // The signal may reach another thread first; until this one stands still too, the modes must stay.
        std::thread::sleep(STOPS_WITHIN);
        if let Ok(now) = now {
            self.set(&now);
        }
    }

    /// Writes to the terminal, wherever standard output and standard error lead.
    pub fn write(&self, text: &str) {
        // A terminal that has gone away shows nothing.
        let _ = (&self.file).write_all(text.as_bytes());
    }

    /// Asks for a line that is not shown. The modes afterwards are those it was found in.
    pub fn read_secret(&self, prompt: &str) -> io::Result<Secret> {
        let mut modes = self.original.clone();
        modes.local_modes -= LocalModes::ECHO;
        modes.local_modes |= LocalModes::ICANON | LocalModes::ECHONL;
        self.set(&modes);
        let line = self.line(prompt);
        self.set(&self.original);
        line.map(Secret::new)
    }

    /// Asks for a line, shown as it is typed.
    pub fn read_line(&self, prompt: &str) -> io::Result<String> {
        self.set(&self.original);
        self.line(prompt)
    }

    /// Asks for a line whatever the modes are, which are the same afterwards.
    pub fn ask(&self, prompt: &str) -> io::Result<String> {
        let now = tcgetattr(&self.file)?;
        let mut modes = now.clone();
        modes.local_modes |= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        modes.input_modes |= InputModes::ICRNL;
        self.set(&modes);
        let line = self.line(prompt);
        self.set(&now);
        line
    }

    /// Prompts and reads. The modes are set before, so that an answer typed at once is read right. What was typed while the
    /// terminal was hushed comes as it was typed: Enter as a carriage return, Ctrl-D as a character.
    fn line(&self, prompt: &str) -> io::Result<String> {
        self.has_lines.store(false, Ordering::Relaxed);
        (&self.file).write_all(prompt.as_bytes())?;
        let end = self.original.special_codes[SpecialCodeIndex::VEOF];
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match (&self.file).read(&mut byte).map(|count| &byte[..count]) {
                Ok(read) if read.is_empty() || *read == [end] => match line.is_empty() {
                    true => return Err(io::ErrorKind::UnexpectedEof.into()),
                    false => break,
                },
                Ok(b"\n" | b"\r") => break,
                Ok(read) => line.extend(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(String::from_utf8_lossy(&line).trim().to_owned())
    }

    fn set(&self, modes: &Termios) {
        // A terminal that has gone away has no modes.
        let _ = tcsetattr(&self.file, OptionalActions::Drain, modes);
    }
}
