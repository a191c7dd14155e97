//! Runs a command and measures it from outside: wall time, what it wrote, its memory, how late marks come through it.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

/// One run.
#[derive(Debug)]
pub(crate) struct Run {
    /// From before the start to after the end.
    pub(crate) wall: Duration,
    /// Bytes on stdout.
    pub(crate) bytes: u64,
}

/// Runs `command`, reading its stdout as fast as it comes.
pub(crate) fn run(command: &mut Command) -> io::Result<Run> {
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let bytes = drain(&mut child)?;
    ended(child, command)?;
    Ok(Run {
        wall: start.elapsed(),
        bytes,
    })
}

/// The most memory `command` held at once, in bytes; `None` where the system does not tell.
pub(crate) fn peak_memory(command: &mut Command) -> io::Result<Option<u64>> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let over = AtomicBool::new(false);
    let peak = thread::scope(|scope| {
        let watching = scope.spawn(|| {
            // The system keeps the peak itself, so the last reading is the one.
            let mut peak = None;
            while !over.load(Ordering::Relaxed) {
                let told = fs::read_to_string(&status).ok();
                peak = told.as_deref().and_then(high_water).or(peak);
                thread::sleep(Duration::from_millis(1));
            }
            peak
        });
        let drained = drain(&mut child);
        over.store(true, Ordering::Relaxed);
        drained.map(|_| watching.join().unwrap_or_default())
    })?;
    ended(child, command)?;
    Ok(peak)
}

/// What a shell prints of the processor time of a command: seconds in the program, and in the kernel for it.
const TIMED: &str = r#"TIMEFORMAT="cpu %3U %3S"; time "$@""#;

/// `command` run by a shell that prints its processor time behind what it writes to standard error.
pub(crate) fn timed(command: &Command) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-c", TIMED, "bash"]).arg(command.get_program());
    shell.args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = command.get_current_dir() {
        shell.current_dir(folder);
    }
    shell
}

/// The processor time that [`timed`] printed.
pub(crate) fn processor_time(printed: &[u8]) -> Duration {
    let printed = String::from_utf8_lossy(printed);
    let times = printed.rsplit("cpu ").next().unwrap_or_default().split_whitespace();
    let seconds: f64 = times.take(2).filter_map(|time| time.parse::<f64>().ok()).sum();
    Duration::from_secs_f64(seconds)
}

/// The peak that `/proc/PID/status` tells, in bytes.
pub(crate) fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// How late each mark came through `command`, in the order they came. Marks count from `epoch`.
pub(crate) fn lateness(command: &mut Command, epoch: Instant) -> io::Result<Vec<Duration>> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut late = Vec::new();
    let mut held = Vec::new();
    let mut buffer = [0; 64 * 1024];
    if let Some(mut stdout) = child.stdout.take() {
        loop {
            let count = stdout.read(&mut buffer)?;
            let now = epoch.elapsed();
            if count == 0 {
                break;
            }
            held.extend_from_slice(&buffer[..count]);
            for mark in take_marks(&mut held) {
                late.push(now.saturating_sub(mark));
            }
        }
    }
    ended(child, command)?;
    Ok(late)
}

/// Takes the marks out of `held`, and leaves what may be the beginning of one.
fn take_marks(held: &mut Vec<u8>) -> Vec<Duration> {
    let mut marks = Vec::new();
    let mut at = 0;
    let mut keep = held.len();
    while let Some(begin) = held[at..].iter().position(|byte| *byte == b'T').map(|found| at + found) {
        let digits = held[begin + 1..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        at = begin + 1 + digits;
        match held.get(at) {
            None => {
                keep = begin;
                break;
            }
            Some(b'Z') if digits > 0 => {
                let number = std::str::from_utf8(&held[begin + 1..at])
                    .ok()
                    .and_then(|text| text.parse().ok());
                marks.extend(number.map(Duration::from_nanos));
            }
            Some(_) => {}
        }
    }
    held.drain(..keep);
    marks
}

fn drain(child: &mut Child) -> io::Result<u64> {
    let mut buffer = [0; 64 * 1024];
    let mut bytes = 0;
    if let Some(mut stdout) = child.stdout.take() {
        loop {
            match stdout.read(&mut buffer)? {
                0 => break,
                count => bytes += count as u64,
            }
        }
    }
    Ok(bytes)
}

/// A run that failed measures nothing.
fn ended(mut child: Child, command: &Command) -> io::Result<()> {
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    let program = command.get_program().to_string_lossy();
    Err(io::Error::other(format!("{program} failed: {status}")))
}

/// The middle value; of an even number of them, the mean of the two in the middle.
pub(crate) fn median(values: &[Duration]) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort();
    match sorted.len() {
        0 => Duration::ZERO,
        count if count % 2 == 1 => sorted[count / 2],
        count => (sorted[count / 2 - 1] + sorted[count / 2]) / 2,
    }
}

/// The value that so many per cent lie at or below.
pub(crate) fn percentile(values: &[Duration], percent: usize) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort();
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or_default()
}

/// The medians of percentiles of how late marks came, in runs that take turns; the first pair only warms up.
pub(crate) fn lateness_beside<const N: usize>(
    runs: usize,
    percents: [usize; N],
    mut theirs: impl FnMut() -> io::Result<Vec<Duration>>,
    mut ours: impl FnMut() -> io::Result<Vec<Duration>>,
) -> io::Result<[(Duration, Duration); N]> {
    let mut seen = [const { (Vec::new(), Vec::new()) }; N];
    for turn in 0..=runs {
        let (late, own) = (theirs()?, ours()?);
        if turn > 0 {
            for (percent, (theirs, ours)) in percents.iter().zip(&mut seen) {
                theirs.push(percentile(&late, *percent));
                ours.push(percentile(&own, *percent));
            }
        }
    }
    Ok(seen.map(|(theirs, ours)| (median(&theirs), median(&ours))))
}
