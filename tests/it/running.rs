//! A run that is under way: its output is gathered while it comes, and a test may wait for it, write, signal, or stop
//! reading.

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStdin, ExitStatus, Stdio};
use std::sync::Once;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

pub use rustix::process::Signal;
use rustix::process::{Pid, kill_process};

use tokio::signal::unix::{SignalKind, signal};

use crate::guard::Watched;
use crate::harness::Qwen;
use crate::outcome::Outcome;

/// Gives what the tests start the signals of a program in the foreground. In the background of a script this process
/// has SIGINT ignored, under `nohup` SIGHUP, and a child would inherit that; what is handled, it does not inherit.
pub fn take_signals() {
    static TAKEN: Once = Once::new();
    TAKEN.call_once(|| {
        let handle = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let handled = [SignalKind::interrupt(), SignalKind::hangup(), SignalKind::quit()];
                let ignored = ignored();
                let is_ignored = |kind: &SignalKind| ignored >> (kind.as_raw_value() - 1) & 1 == 1;
                // Those that are not ignored end this process as ever.
                for kind in handled.into_iter().filter(is_ignored) {
                    drop(signal(kind).unwrap());
                }
            });
        };
        // A test may be in a runtime of its own.
        thread::spawn(handle).join().unwrap();
    });
}

/// The signals that this process ignores, a bit each; none where the system does not tell.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap())
}

/// What came through a pipe so far.
#[derive(Debug, Default)]
struct Stream {
    bytes: Vec<u8>,
    ended: bool,
    /// The reading end is to be closed once this text has come.
    close_after: Option<Vec<u8>>,
}

/// A child process. It is killed when the test leaves it running.
#[derive(Debug)]
pub struct Running {
    pid: Pid,
    stdout: Watched<Stream>,
    stderr: Watched<Stream>,
    /// `None` goes to the writer when stdin is to be closed.
    stdin: Option<Sender<Option<Vec<u8>>>>,
    /// `Some` when the process has ended.
    code: Watched<Option<i32>>,
    /// Keeps the run's folders there while it runs.
    qwen: Qwen,
    limit: Duration,
}

impl Running {
    #[track_caller]
    pub fn start(qwen: &Qwen, stdin: Stdio) -> Running {
        Running::start_with_stderr(qwen, stdin, Stdio::piped())
    }

    #[track_caller]
    pub fn start_with_stderr(qwen: &Qwen, stdin: Stdio, stderr: Stdio) -> Running {
        let mut command = qwen.command();
        command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().expect("the binary does not start");
        let (stdout, stderr) = (Watched::new(Stream::default()), Watched::new(Stream::default()));
        gather(child.stdout.take().unwrap(), stdout.clone());
        match child.stderr.take() {
            Some(pipe) => gather(pipe, stderr.clone()),
            None => stderr.change(|stream| stream.ended = true),
        }
        let writer = child.stdin.take().map(feed);
        let pid = Pid::from_child(&child);
        let code = Watched::new(None);
        let told = code.clone();
        thread::spawn(move || {
            let status = child.wait().expect("the child cannot be waited for");
            told.change(|code| *code = Some(code_of(status)));
        });
        Running {
            pid,
            stdout,
            stderr,
            stdin: writer,
            code,
            qwen: qwen.clone(),
            limit: qwen.time_limit(),
        }
    }

    /// Writes to stdin, after what was written before.
    pub fn write_stdin(&self, bytes: impl Into<Vec<u8>>) {
        let writer = self.stdin.as_ref().expect("stdin is not piped");
        // A child that is gone needs nothing more.
        let _ = writer.send(Some(bytes.into()));
    }

    pub fn close_stdin(&self) {
        let writer = self.stdin.as_ref().expect("stdin is not piped");
        let _ = writer.send(None);
    }

    /// Waits until stdout holds `text`.
    #[track_caller]
    pub fn wait_stdout(&self, text: &str) -> &Running {
        self.wait_for("stdout", &self.stdout, text)
    }

    /// Waits until stderr holds `text`.
    #[track_caller]
    pub fn wait_stderr(&self, text: &str) -> &Running {
        self.wait_for("stderr", &self.stderr, text)
    }

    #[track_caller]
    fn wait_for(&self, name: &str, stream: &Watched<Stream>, text: &str) -> &Running {
        let is_there = |stream: &Stream| contains(&stream.bytes, text.as_bytes());
        stream.wait(self.limit, |stream| is_there(stream) || stream.ended);
        if !is_there(&stream.lock()) {
            panic!("{text:?} did not come on {name}\n{}", self.told());
        }
        self
    }

    /// Closes the reading end of stdout as soon as `text` has come through it, as `head` does.
    pub fn close_stdout_after(&self, text: &str) -> &Running {
        self.stdout
            .change(|stream| stream.close_after = Some(text.as_bytes().to_owned()));
        self
    }

    /// What has come on stdout.
    pub fn stdout_so_far(&self) -> String {
        String::from_utf8_lossy(&self.stdout.lock().bytes).into_owned()
    }

    pub fn signal(&self, signal: Signal) -> &Running {
        if self.code.lock().is_none() {
            kill_process(self.pid, signal).expect("the signal cannot be sent");
        }
        self
    }

    pub fn pid(&self) -> u32 {
        u32::try_from(self.pid.as_raw_nonzero().get()).unwrap()
    }

    /// Waits for the end. A process that does not end is killed, and the test fails with what it printed.
    #[track_caller]
    pub fn outcome(mut self) -> Outcome {
        // Drops the writer, and so closes stdin when the queue is written.
        self.stdin = None;
        if !self.code.wait(self.limit, Option::is_some) {
            panic!("the program hangs\n{}", self.told());
        }
        for (name, stream) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !stream.wait(self.limit, |stream| stream.ended) {
                panic!("{name} is still open though the program has ended\n{}", self.told());
            }
        }
        let stderr = String::from_utf8(std::mem::take(&mut self.stderr.lock().bytes));
        Outcome {
            stdout: std::mem::take(&mut self.stdout.lock().bytes),
            stderr: stderr.expect("stderr is not UTF-8"),
            code: self.code.lock().unwrap(),
            root: self.qwen.root(),
        }
    }

    /// The same, with stdin open to the end.
    #[track_caller]
    pub fn outcome_with_open_stdin(mut self) -> Outcome {
        let kept = self.stdin.take();
        let outcome = self.outcome();
        drop(kept);
        outcome
    }

    fn told(&self) -> String {
        let text = |stream: &Watched<Stream>| String::from_utf8_lossy(&stream.lock().bytes).into_owned();
        let code = *self.code.lock();
        format!(
            "stdout: {:?}\nstderr: {}\nexit code: {code:?}",
            text(&self.stdout),
            text(&self.stderr)
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.code.lock().is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
    }
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

fn code_of(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default())
}

fn gather(mut pipe: impl Read + Send + 'static, stream: Watched<Stream>) {
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        loop {
            let count = pipe.read(&mut buffer).unwrap_or_default();
            let closes = stream.change(|stream| {
                stream.bytes.extend_from_slice(&buffer[..count]);
                let after = stream.close_after.as_deref();
                count == 0 || after.is_some_and(|text| contains(&stream.bytes, text))
            });
            if closes {
                break;
            }
        }
        drop(pipe);
        stream.change(|stream| stream.ended = true);
    });
}

/// Writes on a thread, so that a child that reads nothing cannot hold up the test.
fn feed(mut stdin: ChildStdin) -> Sender<Option<Vec<u8>>> {
    let (sender, pieces) = mpsc::channel::<Option<Vec<u8>>>();
    thread::spawn(move || {
        while let Ok(Some(piece)) = pieces.recv() {
            if stdin.write_all(&piece).and_then(|()| stdin.flush()).is_err() {
                break;
            }
        }
    });
    sender
}
