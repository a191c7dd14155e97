//! How long `qwen batch submit` takes to check, split and send 50,000 lines to a service on the loopback.
//!
//! `cargo bench --bench submit`; `-- --bin PATH` measures another binary.

// A measurement that cannot be made is to stop at once, and what is measured is to be printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/measure.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod measure;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Duration;

use measure::{median, peak_memory, run};

const LINES: usize = 50_000;
const RUNS: usize = 3;
const PROMISED: Duration = Duration::from_secs(10);

fn main() -> io::Result<()> {
    // `cargo test --all-targets` starts this too, with a binary that was not built for speed.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only `cargo bench` measures");
        return Ok(());
    }
    let binary = std::env::args().skip_while(|arg| arg != "--bin").nth(1);
    let binary = binary.map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_qwen")), PathBuf::from);
    let service = start()?;
    let folder = tempfile::tempdir()?;
    let input = folder.path().join("in.txt");
    // About a kilobyte a line.
    let prompts = (0..LINES).map(|line| format!("{line} {}\n", "lorem ipsum ".repeat(80)));
    std::fs::write(&input, prompts.collect::<String>())?;
    let submit = |home: &tempfile::TempDir| {
        let mut command = Command::new(&binary);
        command
            .args(["batch", "submit", "-m", "qwen-plus"])
            .arg(&input)
            .env_clear()
            .env("QWEN_CLI_HOME", home.path())
            .env("QWEN_CLI_BASE_URL", format!("http://{service}/compatible-mode/v1"))
            .env("DASHSCOPE_API_KEY", "sk-test-key");
        command
    };
    let mut walls = Vec::new();
    for _ in 0..RUNS {
        // A batch that was never begun before.
        walls.push(run(&mut submit(&tempfile::tempdir()?))?.wall);
    }
    let wall = median(&walls);
    let missed = if wall <= PROMISED { "" } else { "   MISSED" };
    println!("{LINES} lines of a kilobyte submitted: {wall:.2?}   at most 10 s{missed}");
    if let Some(peak) = peak_memory(&mut submit(&tempfile::tempdir()?))? {
        println!("memory: {} MB", peak >> 20);
    }
    Ok(())
}

/// A service that takes every file and every job, for the life of the process.
fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            // A client that goes away is the measurement's to notice.
            thread::spawn(move || drop(serve(socket)));
        }
    });
    Ok(address)
}

fn serve(mut socket: TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(socket.try_clone()?);
    let reply = r#"{"id":"batch_1","status":"validating","input_file_id":"file-1"}"#;
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                _ if line == "\r\n" => break,
                _ => {}
            }
        }
        io::copy(&mut (&mut reader).take(length), &mut io::sink())?;
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", reply.len());
        socket.write_all(format!("{head}{reply}").as_bytes())?;
    }
}
