//! What `qwen batch run` reaches on the engine `realtime`, beside eight curls at a time in the same run.
//!
//! `cargo bench --bench batch`; `-- --lines N` asks another number than 2,000, `-- --bin PATH` measures another binary.

// A measurement that cannot be made is to stop at once, and what is measured is to be printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/measure.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod measure;
#[path = "support/server.rs"]
#[allow(dead_code)]
mod server;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use measure::{median, peak_memory, run};

/// Ten deltas without a pause.
const MODEL: &str = "bench-10-5-0";
const AT_ONCE: &str = "8";
const RUNS: usize = 5;
/// The part of curl's throughput that is promised.
const PROMISED: f64 = 0.9;
/// The memory that is promised for ten thousand lines.
const MEMORY: u64 = 60 << 20;

fn main() -> io::Result<()> {
    // `cargo test --all-targets` starts this too, with a binary that was not built for speed.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only `cargo bench` measures");
        return Ok(());
    }
    let (mut binary, mut lines) = (PathBuf::from(env!("CARGO_BIN_EXE_qwen")), 2000);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--lines" => lines = value().parse().expect("--lines needs a number"),
            "--bin" => binary = PathBuf::from(value()),
            // Cargo adds it.
            "--bench" => {}
            other => panic!("unknown option {other}"),
        }
    }
    let upstream = server::start(Instant::now())?;
    let (mut curl, mut qwen) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        curl.push(run(&mut curls(upstream, lines))?.wall);
        let home = tempfile::tempdir()?;
        qwen.push(run(&mut batch(&binary, upstream, home.path(), lines)?)?.wall);
    }
    let (curl, qwen) = (median(&curl), median(&qwen));
    let rate = |wall: Duration| lines as f64 / wall.as_secs_f64();
    let share = rate(qwen) / rate(curl);
    let is_kept = |kept: bool| if kept { "" } else { "   MISSED" };
    println!("{lines} lines, {AT_ONCE} at a time:");
    println!("  curl                 {:>9.0} a second", rate(curl));
    println!("  qwen batch run       {:>9.0} a second", rate(qwen));
    println!(
        "  share                {share:>9.2}   at least {PROMISED}{}",
        is_kept(share >= PROMISED)
    );
    let home = tempfile::tempdir()?;
    let peak = peak_memory(&mut batch(&binary, upstream, home.path(), 10_000)?)?;
    if let Some(peak) = peak {
        println!(
            "  memory, 10,000 lines {:>6} MB   at most 60 MB{}",
            peak >> 20,
            is_kept(peak <= MEMORY)
        );
    }
    Ok(())
}

/// A request a process, eight of them at a time.
fn curls(upstream: SocketAddr, lines: usize) -> Command {
    let body = format!(r#"{{"model":"{MODEL}","stream":true,"messages":[{{"role":"user","content":"$1"}}]}}"#);
    let script = format!(
        "seq {lines} | xargs -P {AT_ONCE} -n 1 sh -c 'exec curl -sS -o /dev/null -H \"content-type: application/json\" \
         --data \"{}\" http://{upstream}/v1/chat/completions' curl",
        body.replace('"', "\\\"")
    );
    let mut command = Command::new("sh");
    command.arg("-c").arg(script);
    command
}

/// A batch that was never run before.
fn batch(binary: &Path, upstream: SocketAddr, home: &Path, lines: usize) -> io::Result<Command> {
    let input = home.join("in.txt");
    std::fs::write(&input, (1..=lines).map(|line| format!("{line}\n")).collect::<String>())?;
    let mut command = Command::new(binary);
    command
        .args(["batch", "run", "--engine", "realtime"])
        .arg(&input)
        .args(["--concurrency", AT_ONCE, "-o"])
        .arg(home.join("out.jsonl"))
        .env_clear()
        .env("QWEN_CLI_HOME", home)
        .env("QWEN_CLI_BASE_URL", format!("http://{upstream}/v1"))
        .env("QWEN_CLI_MODEL", MODEL)
        .env("DASHSCOPE_API_KEY", "sk-test-key");
    Ok(command)
}
