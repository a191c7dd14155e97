//! An upload of 1 GB to a loopback server, measured against `curl -F` with the same form in the same run; and the memory
//! that a question about twenty pictures takes, inside the request and uploaded.
//!
//! `cargo bench --bench upload` prints medians and the targets beside them. `-- --runs N` makes another number of runs
//! than 5, `-- --bin PATH` measures another binary.

// A measurement that cannot be made is to stop at once, and what is measured is to be printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
// Not every measurement is made here.
#[allow(dead_code)]
#[path = "support/measure.rs"]
mod measure;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use measure::{median, peak_memory, run};

const SIZE: u64 = 1_000_000_000;
const PICTURES: usize = 20;
const PICTURE_BYTES: usize = 5_000_000;
/// The most memory, in times of what the pictures are as base64.
const MOST_TIMES: f64 = 1.5;

fn main() -> io::Result<()> {
    // `cargo test --all-targets` starts this too, with a binary that was not built for speed.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only `cargo bench` measures");
        return Ok(());
    }
    let argument = |name: &str| std::env::args().skip_while(|arg| arg != name).nth(1);
    let runs: usize = argument("--runs").map_or(5, |text| text.parse().expect("--runs takes a number"));
    let binary = argument("--bin").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_qwen")), PathBuf::from);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("large.bin");
    fill(&mut File::create(&path)?)?;
    let received = Arc::new(AtomicU64::new(0));
    let server = start(Arc::clone(&received))?;

    let qwen = || {
        let mut command = Command::new(&binary);
        command
            .env_clear()
            .env("QWEN_CLI_HOME", folder.path())
            .env("DASHSCOPE_API_KEY", "sk-placeholder")
            .args([
                "-p",
                "dashscope",
                "--base-url",
                &format!("http://{server}/compatible-mode/v1"),
                "upload",
            ])
            .arg(&path);
        command
    };
    let curl = || {
        let mut command = Command::new("curl");
        command.args(["-sS", "--fail", &format!("http://{server}/storage")]);
        for field in ["OSSAccessKeyId=ID", "Signature=S", "policy=UA==", "key=d/large.bin"] {
            command.args(["-F", field]);
        }
        command.args(["-F", &format!("file=@{}", path.display())]);
        command
    };
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for turn in 0..=runs {
        for (command, walls) in [(&mut curl(), &mut theirs), (&mut qwen(), &mut ours)] {
            let before = received.load(Ordering::Relaxed);
            let wall = run(command)?.wall;
            assert!(received.load(Ordering::Relaxed) - before > SIZE, "bytes were lost");
            if turn > 0 {
                walls.push(wall);
            }
        }
    }
    let (theirs, ours) = (median(&theirs), median(&ours));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("medians of {runs} runs\n");
    println!("1 GB: curl -F {theirs:.2?}, qwen upload {ours:.2?}, ratio {ratio:.2}   target at most 1.3");
    let peak = peak_memory(&mut qwen())?.expect("the system does not tell the peak memory") as f64 / 1e6;
    println!("peak memory of qwen: {peak:.1} MB   target at most 30 MB");
    let mut is_met = ratio <= 1.3 && peak <= 30.0;

    let pictures = pictures(folder.path())?;
    let encoded = (PICTURES * PICTURE_BYTES).div_ceil(3) as f64 * 4.0 / 1e6;
    println!("\n{PICTURES} pictures, {encoded:.0} MB as base64: peak memory");
    for (how, provider, path) in [
        ("in the request", "local", "v1"),
        ("uploaded", "dashscope", "compatible-mode/v1"),
        ("uploaded, native protocol", "dashscope-native", "api/v1"),
    ] {
        for saving in [&["--no-save"][..], &[]] {
            let mut command = Command::new(&binary);
            command
                .env_clear()
                .env("QWEN_CLI_HOME", folder.path())
                .env("DASHSCOPE_API_KEY", "sk-placeholder")
                .args(["complete", "--no-stream", "-m", "qwen3-vl-plus", "-p", provider])
                .args(["--base-url", &format!("http://{server}/{path}"), "which is the best?"])
                .args(saving)
                .args(pictures.iter().flat_map(|picture| ["-i".as_ref(), picture.as_os_str()]));
            let peak = peak_memory(&mut command)?.unwrap_or(0) as f64 / 1e6;
            let times = peak / encoded;
            is_met &= times <= MOST_TIMES;
            let name = format!("{how}{}", if saving.is_empty() { ", saving" } else { "" });
            println!("{name:<34} {peak:>6.1} MB, {times:.2} times   target at most {MOST_TIMES} times");
        }
    }
    println!(
        "\n{}",
        if is_met {
            "every target met"
        } else {
            "a target was missed"
        }
    );
    Ok(())
}

fn fill(file: &mut File) -> io::Result<()> {
    let piece: Vec<u8> = (0..1_000_000u32)
        .map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()[3])
        .collect();
    for _ in 0..SIZE / 1_000_000 {
        file.write_all(&piece)?;
    }
    Ok(())
}

/// Pictures of 100 by 100 pixels, with bytes behind their ends.
fn pictures(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut small = io::Cursor::new(Vec::new());
    let written = image::RgbImage::new(100, 100).write_to(&mut small, image::ImageFormat::Png);
    written.map_err(io::Error::other)?;
    let large = |number: usize| {
        let mut picture = small.get_ref().clone();
        picture.resize(PICTURE_BYTES, number as u8);
        let path = folder.join(format!("{number}.png"));
        std::fs::write(&path, picture).map(|()| path)
    };
    (0..PICTURES).map(large).collect()
}

/// What both protocols read as an answer.
const ANSWER: &str = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}],"output":{"choices":[{"message":{"role":"assistant","content":[{"text":"ok"}]},"finish_reason":"stop"}]},"usage":{"input_tokens":1,"output_tokens":1,"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;

/// A provider and its storage in one, for the life of the process; what is uploaded is read and counted.
fn start(received: Arc<AtomicU64>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let received = Arc::clone(&received);
            // A client that goes away is the measurement's to notice.
            thread::spawn(move || drop(serve(socket, address, &received)));
        }
    });
    Ok(address)
}

fn serve(mut socket: TcpStream, address: SocketAddr, received: &AtomicU64) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(64 * 1024, socket.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let (asks_for_policy, is_form) = (line.starts_with("GET "), line.contains(" /storage"));
        let (mut length, mut waits) = (0, false);
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let lower = line.trim_end().to_ascii_lowercase();
            match lower.split_once(':') {
                Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
                Some(("expect", _)) => waits = true,
                Some(_) => {}
                None => break,
            }
        }
        if waits {
            socket.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let count = io::copy(&mut (&mut reader).take(length), &mut io::sink())?;
        received.fetch_add(count, Ordering::Relaxed);
        let body = if asks_for_policy {
            format!(
                r#"{{"data":{{"policy":"UA==","signature":"S","upload_dir":"d","upload_host":"http://{address}/storage","expire_in_seconds":300,"max_file_size_mb":1024,"oss_access_key_id":"ID"}}}}"#
            )
        } else if is_form {
            String::new()
        } else {
            ANSWER.to_owned()
        };
        let head = format!("content-type: application/json\r\ncontent-length: {}", body.len());
        socket.write_all(format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").as_bytes())?;
    }
}
