//! The program on a terminal: keys go in, and what a person would see comes out of a vt100 emulation.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::thread;
use std::time::Duration;

use portable_pty::{MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::guard::Watched;
use crate::harness::Qwen;
use crate::running::contains;

/// Lines that have left the screen at the top and are kept.
const SCROLLBACK: usize = 10_000;

struct Terminal {
    parser: vt100::Parser,
    /// Everything the program wrote, escape codes included.
    bytes: Vec<u8>,
    ended: bool,
}

/// A run on a terminal. It is killed when the test leaves it running.
pub struct Pty {
    terminal: Watched<Terminal>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    killer: Box<dyn portable_pty::ChildKiller + Send + Sync>,
    pid: u32,
    code: Watched<Option<i32>>,
    limit: Duration,
    /// Keeps the run's folders there while it runs.
    _qwen: Qwen,
}

impl Pty {
    #[track_caller]
    pub fn start(qwen: &Qwen, rows: u16, columns: u16) -> Pty {
        let pair = native_pty_system()
            .openpty(size(rows, columns))
            .expect("no pseudo-terminal");
        let mut child = pair
            .slave
            .spawn_command(qwen.terminal_command())
            .expect("the binary does not start");
        // The child holds the only one left, so that the reader sees the end when it goes.
        drop(pair.slave);
        let killer = child.clone_killer();
        let pid = child.process_id().expect("a process has a number");
        let code = Watched::new(None);
        let told = code.clone();
        thread::spawn(move || {
            let status = child.wait().expect("the child cannot be waited for");
            let code = status.signal().map_or(status.exit_code().cast_signed(), signal_code);
            told.change(|ending| *ending = Some(code));
        });
        let parser = vt100::Parser::new(side(rows), side(columns), SCROLLBACK);
        let terminal = Watched::new(Terminal {
            parser,
            bytes: Vec::new(),
            ended: false,
        });
        watch(pair.master.try_clone_reader().unwrap(), terminal.clone());
        let keys = pair.master.take_writer().unwrap();
        Pty {
            terminal,
            master: pair.master,
            keys,
            killer,
            pid,
            code,
            limit: qwen.time_limit(),
            _qwen: qwen.clone(),
        }
    }

    /// Types `keys`: `\r` is Enter, `\x03` Ctrl-C, `\x1b[A` Up.
    pub fn type_keys(&mut self, keys: &str) -> &mut Pty {
        self.type_bytes(keys.as_bytes())
    }

    /// Types what need not be UTF-8.
    pub fn type_bytes(&mut self, keys: &[u8]) -> &mut Pty {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
        self
    }

    /// Waits until the screen shows `text`, in one line of it.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Pty {
        self.wait_screen(text, |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows `text`.
    #[track_caller]
    pub fn wait_gone(&mut self, text: &str) -> &mut Pty {
        self.wait_screen(&format!("no {text}"), |screen| !screen.contains(text))
    }

    /// Waits until `met` says that the screen is as it should be; `what` names that.
    #[track_caller]
    pub fn wait_screen(&mut self, what: &str, met: impl Fn(&str) -> bool) -> &mut Pty {
        // Once is enough: what is written next may change the screen before the next look at it.
        let mut was_met = false;
        self.terminal.wait(self.limit, |terminal| {
            was_met = met(&terminal.parser.screen().contents());
            was_met || terminal.ended
        });
        if !was_met {
            panic!(
                "the screen never showed {what:?}. It shows:\n{}\n{}",
                self.screen(),
                self.ending()
            );
        }
        self
    }

    /// Waits until the program has written these bytes, escape codes included.
    #[track_caller]
    pub fn wait_bytes(&mut self, bytes: &str) -> &mut Pty {
        let is_there = |terminal: &Terminal| contains(&terminal.bytes, bytes.as_bytes());
        self.terminal
            .wait(self.limit, |terminal| is_there(terminal) || terminal.ended);
        if !is_there(&self.terminal.lock()) {
            panic!(
                "{bytes:?} was not written. The screen shows:\n{}\n{}",
                self.screen(),
                self.ending()
            );
        }
        self
    }

    /// The screen as text: a line a row, without trailing blanks.
    pub fn screen(&self) -> String {
        self.terminal.lock().parser.screen().contents()
    }

    /// The screen with its colours and modes, as the escape codes that draw it.
    pub fn formatted(&self) -> String {
        self.terminal.lock().parser.screen().contents_formatted()
    }

    /// Row and column of the cursor, from 0.
    pub fn cursor(&self) -> (u16, u16) {
        self.terminal.lock().parser.screen().cursor_position()
    }

    /// Every row that was ever on the screen, those that scrolled off first, without empty rows at the end.
    pub fn scrollback(&self) -> String {
        let mut terminal = self.terminal.lock();
        let screen = terminal.parser.screen_mut();
        let columns = screen.size().1.get();
        let mut rows = Vec::new();
        for offset in (1..=screen.scrollback_len()).rev() {
            screen.set_scrollback(offset);
            rows.extend(screen.rows(0, columns).next());
        }
        screen.set_scrollback(0);
        rows.extend(screen.rows(0, columns));
        let text: Vec<&str> = rows.iter().map(|row| row.trim_end()).collect();
        text.join("\n").trim_end().to_owned()
    }

    /// Everything the program wrote, escape codes included.
    pub fn bytes(&self) -> Vec<u8> {
        self.terminal.lock().bytes.clone()
    }

    pub fn uses_alternate_screen(&self) -> bool {
        self.terminal.lock().parser.screen().alternate_screen()
    }

    /// Gives the window another size, as a person who drags its corner.
    pub fn resize(&mut self, rows: u16, columns: u16) -> &mut Pty {
        self.terminal
            .change(|terminal| terminal.parser.set_size(side(rows), side(columns)));
        self.master.resize(size(rows, columns)).unwrap();
        self
    }

    /// Ends it as `kill -9` does: it gets no chance to do anything more.
    pub fn kill(&mut self) -> &mut Pty {
        self.signal(Signal::KILL)
    }

    pub fn signal(&mut self, signal: Signal) -> &mut Pty {
        let pid = Pid::from_raw(self.pid.cast_signed()).expect("a process has a number");
        kill_process(pid, signal).unwrap();
        self
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Waits for the end; the exit code, as a shell tells it.
    #[track_caller]
    pub fn exit_code(&mut self) -> i32 {
        if !self.code.wait(self.limit, Option::is_some) {
            panic!("the program does not end. The screen shows:\n{}", self.screen());
        }
        self.terminal.wait(self.limit, |terminal| terminal.ended);
        self.code.lock().unwrap()
    }

    fn ending(&self) -> String {
        match *self.code.lock() {
            Some(code) => format!("The program has ended with {code}."),
            None => "The program is still running.".to_owned(),
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if self.code.lock().is_none() {
            let _ = self.killer.kill();
        }
    }
}

fn watch(mut reader: Box<dyn Read + Send>, terminal: Watched<Terminal>) {
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        // Linux ends a terminal without a program with an error, others with an empty read.
        while let Ok(count @ 1..) = reader.read(&mut buffer) {
            terminal.change(|terminal| {
                terminal.parser.process(&buffer[..count]);
                terminal.bytes.extend_from_slice(&buffer[..count]);
            });
        }
        terminal.change(|terminal| terminal.ended = true);
    });
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn side(length: u16) -> NonZeroU16 {
    NonZeroU16::new(length).expect("a terminal has at least one row and column")
}

/// The exit code that a shell tells for a signal, by the name that the C library gives it.
fn signal_code(name: &str) -> i32 {
    match name {
        "Hangup" => 129,
        "Interrupt" => 130,
        "Killed" => 137,
        "Terminated" => 143,
        other => panic!("ended by {other}"),
    }
}
