//! The speed that the project promises, measured against `curl -sN` on the same server in the same run.
//!
//! `cargo bench --bench stream` prints medians, ratios and the targets beside them. Ratios are what counts: times
//! depend on the machine. `-- --runs N` makes another number of runs than 20, `-- --bin PATH` measures another binary.
//! Processor time is what bash tells.

// A measurement that cannot be made is to stop at once, and what is measured is to be printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/measure.rs"]
mod measure;
#[path = "support/server.rs"]
mod server;
#[path = "support/terminal.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod terminal;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use measure::{Run, lateness, lateness_beside, median, peak_memory, processor_time, run, timed};
use terminal::Terminal;

const FEW: &str = "bench-10-5-0";
const MANY: &str = "bench-200000-5-0";
/// Answers of words: one, 50,000 and 200,000 deltas.
const ONE: &str = "bench-1-12-0";
const SHORT: &str = "bench-50000-12-0";
const LONG: &str = "bench-200000-12-0";
const MARKED: &str = "bench-200-0-2000-marks";

fn main() -> io::Result<()> {
    // `cargo test --all-targets` starts this too, with a binary that was not built for speed.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only `cargo bench` measures");
        return Ok(());
    }
    let mut bench = Bench::from_args()?;
    println!("medians of {} runs; ratio is qwen to curl\n", bench.runs);
    println!("{:<46} {:>11} {:>11} {:>7}   target", "", "curl", "qwen", "ratio");
    for saving in [Saving::Off, Saving::On] {
        let name = saving.name();
        bench.whole(&format!("ten deltas, whole process{name}"), FEW, 10 * 5, 1.5, saving)?;
        bench.whole(
            &format!("200,000 deltas of five bytes{name}"),
            MANY,
            200_000 * 5,
            4.0,
            saving,
        )?;
        bench.memory(&format!("  peak memory{name}"), saving)?;
        bench.latency(&format!("token to pipe{name}"), saving)?;
        for place in [Place::Pipe, Place::Terminal] {
            bench.growth(
                &format!("processor, 4x the answer, {}{name}", place.name()),
                place,
                saving,
            )?;
        }
    }
    for flag in ["--version", "--help"] {
        bench.flag(flag)?;
    }
    bench.size()?;
    match bench.missed {
        0 => println!("\nevery target met"),
        missed => println!("\n{missed} targets missed"),
    }
    Ok(())
}

/// Whether the conversation is kept, as `complete` does unless told not to.
#[derive(Clone, Copy, PartialEq)]
enum Saving {
    Off,
    On,
}

impl Saving {
    fn name(self) -> &'static str {
        match self {
            Saving::Off => ", --no-save",
            Saving::On => ", saving",
        }
    }
}

/// Where the answer goes.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Pipe,
    Terminal,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Place::Pipe => "pipe",
            Place::Terminal => "terminal",
        }
    }
}

struct Bench {
    binary: PathBuf,
    runs: usize,
    server: SocketAddr,
    epoch: Instant,
    /// The program's own home, new for this run.
    home: tempfile::TempDir,
    missed: usize,
}

impl Bench {
    fn from_args() -> io::Result<Bench> {
        let epoch = Instant::now();
        let mut bench = Bench {
            binary: PathBuf::from(env!("CARGO_BIN_EXE_qwen")),
            runs: 20,
            server: server::start(epoch)?,
            epoch,
            home: tempfile::tempdir()?,
            missed: 0,
        };
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
            match arg.as_str() {
                "--runs" => bench.runs = value().parse().expect("--runs needs a number"),
                "--bin" => bench.binary = PathBuf::from(value()),
                // Cargo adds it.
                "--bench" => {}
                other => panic!("unknown option {other}"),
            }
        }
        Ok(bench)
    }

    /// Both whole processes, in turns so that the machine's moods meet both.
    fn whole(&mut self, name: &str, model: &str, bytes: u64, most: f64, saving: Saving) -> io::Result<()> {
        let (mut curl, mut qwen) = (Vec::new(), Vec::new());
        // The first pair only warms up.
        for turn in 0..=self.runs {
            let theirs = run(&mut self.curl(model))?;
            let ours = run(&mut self.qwen(model, saving))?;
            // The answer has no line end of its own, and one is added.
            check(&ours, bytes + 1);
            if turn > 0 {
                curl.push(theirs.wall);
                qwen.push(ours.wall);
            }
        }
        let (curl, qwen) = (median(&curl), median(&qwen));
        let ratio = qwen.as_secs_f64() / curl.as_secs_f64();
        let target = format!("ratio at most {most}");
        self.row(
            name,
            &time(curl),
            &time(qwen),
            &format!("{ratio:.2}"),
            &target,
            ratio <= most,
        );
        Ok(())
    }

    fn memory(&mut self, name: &str, saving: Saving) -> io::Result<()> {
        let mut peak = None;
        for _ in 0..3 {
            peak = peak.max(peak_memory(&mut self.qwen(MANY, saving))?);
        }
        let curl = peak_memory(&mut self.curl(MANY))?;
        let shown = |bytes: Option<u64>| bytes.map_or("unknown".to_owned(), megabytes);
        let is_met = peak.is_some_and(|peak| peak <= 20_000_000);
        self.row(name, &shown(curl), &shown(peak), "", "at most 20 MB", is_met);
        Ok(())
    }

    /// The processor time of an answer of 200,000 deltas beside that of one of 50,000, without what the start takes.
    fn growth(&mut self, name: &str, place: Place, saving: Saving) -> io::Result<()> {
        const MOST: f64 = 4.2;
        let mut times = [ONE, SHORT, LONG].map(|model| (model, Vec::new()));
        for turn in 0..=self.runs.div_ceil(2) {
            for (model, times) in &mut times {
                let time = self.processor_time(model, place, saving)?;
                if turn > 0 {
                    times.push(time);
                }
            }
        }
        let [one, short, long] = times.map(|(_, times)| median(&times));
        let (short, long) = (short.saturating_sub(one), long.saturating_sub(one));
        let ratio = long.as_secs_f64() / short.as_secs_f64();
        let target = format!("at most {MOST} times {}", time(short));
        self.row(name, "", &time(long), &format!("{ratio:.2}"), &target, ratio <= MOST);
        Ok(())
    }

    fn processor_time(&self, model: &str, place: Place, saving: Saving) -> io::Result<Duration> {
        let mut command = timed(&self.qwen(model, saving));
        let printed = match place {
            Place::Pipe => command.output()?.stderr,
            Place::Terminal => Terminal::start(&command)?.read_to_end(),
        };
        Ok(processor_time(&printed))
    }

    fn latency(&mut self, name: &str, saving: Saving) -> io::Result<()> {
        const PERCENTILES: [(usize, u64); 2] = [(50, 40), (99, 300)];
        let marks = |command: &mut Command| {
            let late = lateness(command, self.epoch)?;
            assert_eq!(late.len(), 200, "marks were lost");
            Ok(late)
        };
        let seen = lateness_beside(
            self.runs,
            PERCENTILES.map(|(percent, _)| percent),
            || marks(&mut self.curl(MARKED)),
            || marks(&mut self.qwen(MARKED, saving)),
        )?;
        for ((percent, most), (curl, qwen)) in PERCENTILES.into_iter().zip(seen) {
            let later = qwen.saturating_sub(curl);
            let target = format!("at most {most} µs later than curl: {}", time(later));
            let is_met = later <= Duration::from_micros(most);
            self.row(
                &format!("{name}, p{percent}"),
                &time(curl),
                &time(qwen),
                "",
                &target,
                is_met,
            );
        }
        Ok(())
    }

    fn flag(&mut self, flag: &str) -> io::Result<()> {
        let mut walls = Vec::new();
        for turn in 0..=self.runs {
            let run = run(self.bare().arg(flag))?;
            assert!(run.bytes > 0, "{flag} prints nothing");
            if turn > 0 {
                walls.push(run.wall);
            }
        }
        let wall = median(&walls);
        self.row(
            flag,
            "",
            &time(wall),
            "",
            "within 3 ms",
            wall <= Duration::from_millis(3),
        );
        Ok(())
    }

    fn size(&mut self) -> io::Result<()> {
        let bytes = std::fs::metadata(&self.binary)?.len();
        self.row(
            "binary, stripped",
            "",
            &megabytes(bytes),
            "",
            "at most 18 MB",
            bytes <= 18_000_000,
        );
        Ok(())
    }

    /// The program with nothing of the machine's environment.
    fn bare(&self) -> Command {
        let mut command = Command::new(&self.binary);
        cleared(&mut command, self.home.path());
        command
    }

    fn qwen(&self, model: &str, saving: Saving) -> Command {
        let mut command = self.bare();
        let base = format!("http://{}/v1", self.server);
        command.args(["complete", "-p", "dashscope", "--base-url", &base, "-m", model]);
        if saving == Saving::Off {
            command.arg("--no-save");
        }
        command.arg("hi").env("DASHSCOPE_API_KEY", "sk-placeholder");
        command
    }

    fn curl(&self, model: &str) -> Command {
        let mut command = Command::new("curl");
        let body = format!(
            r#"{{"model":"{model}","messages":[{{"role":"user","content":"hi"}}],"stream":true,"stream_options":{{"include_usage":true}}}}"#
        );
        let url = format!("http://{}/v1/chat/completions", self.server);
        let key = "Authorization: Bearer sk-placeholder";
        command.args([
            "-sN",
            &url,
            "-H",
            "Content-Type: application/json",
            "-H",
            key,
            "-d",
            &body,
        ]);
        cleared(&mut command, self.home.path());
        command
    }

    fn row(&mut self, name: &str, curl: &str, qwen: &str, ratio: &str, target: &str, is_met: bool) {
        let mark = if is_met { "" } else { "  MISSED" };
        self.missed += usize::from(!is_met);
        println!("{name:<46} {curl:>11} {qwen:>11} {ratio:>7}   {target}{mark}");
    }
}

fn cleared(command: &mut Command, home: &Path) {
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("QWEN_CLI_HOME", home)
        .current_dir(home);
}

/// A fast program that drops text measures nothing.
fn check(run: &Run, bytes: u64) {
    assert_eq!(run.bytes, bytes, "bytes on stdout");
}

fn time(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    if micros < 1000.0 {
        format!("{micros:.0} µs")
    } else {
        format!("{:.2} ms", micros / 1000.0)
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
