//! Round trips before the first token, where the provider is 150 ms away and speaks TLS; beside `curl` in the same run.
//!
//! `cargo bench --bench connect`; `-- --runs N` makes another number of runs than 5, `-- --idle S` lets `chat` be idle for
//! another time than 50 s between two questions, `-- --bin PATH` measures another binary.
//!
//! Each way takes 75 ms through a proxy that holds back what it is given. A connection to it is there at once, so it lets
//! nothing pass for the first 150 ms, which is what TCP's own handshake would take. Counted is the time from the question
//! (the start, the end of standard input, the Enter key) to the first token, in round trips.

// A measurement that cannot be made is to stop at once, and what is measured is to be printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/measure.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod measure;
#[path = "support/terminal.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod terminal;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use measure::median;
use terminal::Terminal;

const ROUND_TRIP: Duration = Duration::from_millis(150);
const TOKEN: &str = "TOKEN";
const KEY: &str = "sk-placeholder";

fn main() -> io::Result<()> {
    // `cargo test --all-targets` starts this too, with a binary that was not built for speed.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only `cargo bench` measures");
        return Ok(());
    }
    let (mut binary, mut runs, mut idle) = (PathBuf::from(env!("CARGO_BIN_EXE_qwen")), 5, 50);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--runs" => runs = value().parse().expect("--runs needs a number"),
            "--idle" => idle = value().parse().expect("--idle needs a number"),
            "--bin" => binary = PathBuf::from(value()),
            // Cargo adds it.
            "--bench" => {}
            other => panic!("unknown option {other}"),
        }
    }
    let home = tempfile::tempdir()?;
    let server = delayed(provider(home.path())?)?;
    let bench = Bench {
        binary,
        home: home.path(),
        server,
    };
    let several = |ask: &dyn Fn() -> io::Result<Duration>| -> io::Result<Duration> {
        let times: io::Result<Vec<Duration>> = (0..runs).map(|_| ask()).collect();
        Ok(median(&times?))
    };
    println!("round trips of 150 ms before the first token, medians of {runs} runs\n");
    println!("{:<46} {:>6}   target", "", "trips");
    row("curl", several(&|| bench.curl())?, None);
    row("complete \"hi\"", several(&|| bench.complete(false))?, Some(3.4));
    row(
        "complete, a pipe that takes a second",
        several(&|| bench.complete(true))?,
        Some(1.4),
    );
    let (first, next, later) = bench.chat(Duration::from_secs(idle))?;
    row("chat, a first question typed for five seconds", first, Some(1.4));
    row("chat, the next, typed at once", next, Some(1.4));
    row(
        &format!("chat, after {idle} idle seconds, typed for five"),
        later,
        Some(1.4),
    );
    Ok(())
}

fn row(name: &str, time: Duration, most: Option<f64>) {
    let trips = time.as_secs_f64() / ROUND_TRIP.as_secs_f64();
    let target = most.map_or(String::new(), |most| {
        format!("at most {most}{}", if trips <= most { "" } else { "  MISSED" })
    });
    println!("{name:<46} {trips:>6.2}   {target}");
}

struct Bench<'a> {
    binary: PathBuf,
    home: &'a Path,
    server: SocketAddr,
}

impl Bench<'_> {
    fn base_url(&self) -> String {
        format!("https://{}/v1", self.server)
    }

    fn cleared(&self, mut command: Command) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", self.home);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .current_dir(self.home);
        command
    }

    fn curl(&self) -> io::Result<Duration> {
        let mut command = self.cleared(Command::new("curl"));
        let url = format!("{}/chat/completions", self.base_url());
        command.args([
            "-sN",
            "--cacert",
            "ca.pem",
            &url,
            "-H",
            "Content-Type: application/json",
            "-d",
            "{}",
        ]);
        first_token(&mut command, Duration::ZERO)
    }

    fn complete(&self, pipes: bool) -> io::Result<Duration> {
        let mut command = self.cleared(Command::new(&self.binary));
        command.args([
            "complete",
            "--cacert",
            "ca.pem",
            "--base-url",
            &self.base_url(),
            "-m",
            "m",
            "hi",
        ]);
        command.env("QWEN_CLI_HOME", self.home).env("DASHSCOPE_API_KEY", KEY);
        let pause = if pipes { Duration::from_secs(1) } else { Duration::ZERO };
        if pipes {
            command.stdin(Stdio::piped());
        }
        first_token(&mut command, pause)
    }

    /// The times of a first question, of one right after the answer, and of one after a pause.
    fn chat(&self, idle: Duration) -> io::Result<(Duration, Duration, Duration)> {
        let mut command = Command::new(&self.binary);
        command
            .args(["chat", "--cacert", "ca.pem", "--base-url", &self.base_url(), "-m", "m"])
            .env("HOME", self.home)
            .env("QWEN_CLI_HOME", self.home)
            .env("DASHSCOPE_API_KEY", KEY)
            .current_dir(self.home);
        let mut terminal = Terminal::start(&command)?;
        terminal.wait_for("❯");
        let mut ask = |pause: Duration| -> io::Result<Duration> {
            for key in "a short question".split_inclusive(|_: char| true) {
                thread::sleep(pause);
                terminal.type_keys(key)?;
            }
            let asked = Instant::now();
            terminal.type_keys("\r")?;
            Ok(terminal.wait_for(TOKEN) - asked)
        };
        let slowly = Duration::from_secs(5) / 16;
        let times = (ask(slowly)?, ask(Duration::from_millis(20))?, {
            thread::sleep(idle);
            ask(slowly)?
        });
        Ok(times)
    }
}

/// The time from the start, or from the end of standard input, which is held open for `pause`, to the first output.
fn first_token(command: &mut Command, pause: Duration) -> io::Result<Duration> {
    let mut asked = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(b"some text\n")?;
        thread::sleep(pause);
        asked = Instant::now();
    }
    let mut stdout = child.stdout.take().expect("stdout is piped");
    stdout.read_exact(&mut [0; 1])?;
    let time = asked.elapsed();
    stdout.read_to_end(&mut Vec::new())?;
    child.wait()?;
    Ok(time)
}

/// A provider that speaks TLS and answers each request of a connection at once. Its certificate is `ca.pem` in `folder`.
fn provider(folder: &Path) -> io::Result<SocketAddr> {
    // Fails only where one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).map_err(io::Error::other)?;
    let certificate = params.self_signed(&key).map_err(io::Error::other)?;
    std::fs::write(folder.join("ca.pem"), certificate.pem())?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .map_err(io::Error::other)?;
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let config = Arc::clone(&config);
            // A client that goes away ends its connection.
            thread::spawn(move || answer(socket, config));
        }
    });
    Ok(address)
}

fn answer(socket: TcpStream, config: Arc<ServerConfig>) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    let event = |delta: &str, finish: &str| {
        format!(r#"data: {{"choices":[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}"#)
    };
    let events = [
        event(&format!(r#"{{"content":"{TOKEN}"}}"#), "null"),
        event("{}", "\"stop\""),
        "data: [DONE]".to_owned(),
    ];
    let body = events.join("\n\n") + "\n\n";
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    loop {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        // The last byte of a body is the end of its JSON.
        while !request.ends_with(b"}") {
            match stream.read(&mut buffer)? {
                0 => return Ok(()),
                count => request.extend_from_slice(&buffer[..count]),
            }
        }
        stream.write_all((head.clone() + &body).as_bytes())?;
        stream.flush()?;
    }
}

/// A proxy in front of `server`, half a round trip away from it.
fn delayed(server: SocketAddr) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(server) else { return };
            let _ = (near.set_nodelay(true), far.set_nodelay(true));
            let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else {
                return;
            };
            let opened = Instant::now() + ROUND_TRIP;
            pass(near, far, opened);
            pass(far_too, near_too, opened);
        }
    });
    Ok(address)
}

/// Passes on what comes, half a round trip later, and not as if it had been sent before `opened`.
fn pass(mut from: TcpStream, mut to: TcpStream, opened: Instant) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = [0; 64 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let due = Instant::now().max(opened) + ROUND_TRIP / 2;
            if sender.send((due, buffer[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}
