//! A program in a pseudo-terminal of 80 by 24: keys go in, and what it shows is waited for.

use std::io::{self, Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a text is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The terminal that the programs are told of: one that answers no question.
const VARIABLES: [(&str, &str); 3] = [("TERM", "xterm-256color"), ("LC_ALL", "C.UTF-8"), ("COLORFGBG", "15;0")];

/// The terminal, until it is dropped, which ends the program.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    /// What is shown, and when it came.
    shown: Receiver<(Instant, Vec<u8>)>,
    /// What came after the text that was waited for last, and when the last of it came.
    rest: Vec<u8>,
    last: Instant,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts a program with the variables, the folder and the arguments of `command`, and nothing else of the machine's
    /// environment.
    pub(crate) fn start(command: &Command) -> io::Result<Terminal> {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).map_err(io::Error::other)?;
        let mut program = CommandBuilder::new(command.get_program());
        program.args(command.get_args());
        program.env_clear();
        for (name, value) in VARIABLES {
            program.env(name, value);
        }
        for (name, value) in command.get_envs() {
            program.env(name, value.unwrap_or_default());
        }
        if let Some(folder) = command.get_current_dir() {
            program.cwd(folder);
        }
        let child = pair.slave.spawn_command(program).map_err(io::Error::other)?;
        let mut screen = pair.master.try_clone_reader().map_err(io::Error::other)?;
        let keys = pair.master.take_writer().map_err(io::Error::other)?;
        let (sender, shown) = channel();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                if sender.send((Instant::now(), buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        Ok(Terminal {
            child,
            keys,
            shown,
            rest: Vec::new(),
            last: Instant::now(),
            _master: pair.master,
        })
    }

    pub(crate) fn type_keys(&mut self, keys: &str) -> io::Result<()> {
        self.keys.write_all(keys.as_bytes())
    }

    /// Waits for a text behind the one that was waited for before, and returns when it came.
    pub(crate) fn wait_for(&mut self, text: &str) -> Instant {
        let mut from = 0;
        loop {
            let found = self.rest[from..]
                .windows(text.len())
                .position(|part| part == text.as_bytes());
            if let Some(found) = found {
                self.rest.drain(..from + found + text.len());
                return self.last;
            }
            from = self.rest.len().saturating_sub(text.len());
            match self.shown.recv_timeout(PATIENCE) {
                Ok((at, bytes)) => {
                    self.last = at;
                    self.rest.extend(bytes);
                }
                Err(_) => panic!("{text:?} never came"),
            }
        }
    }

    /// Everything up to the end of the program.
    pub(crate) fn read_to_end(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.rest);
        rest.extend(self.shown.iter().flat_map(|(_, bytes)| bytes));
        rest
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
