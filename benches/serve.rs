//! What `qwen serve` costs, beside nginx as a plain proxy in front of the same provider in the same run.
//!
//! `cargo bench --bench serve`; `-- --seconds N` measures rates for another time than 3 s, `-- --bin PATH` another binary;
//! `-- --litellm PATH` measures LiteLLM's proxy beside it (`pip install 'litellm[proxy]'` into a venv; its `bin/litellm`).
//! Without nginx its column is empty, and only the targets that need none count.

// A measurement that cannot be made is to stop at once, and what is measured is to be printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "support/measure.rs"]
#[allow(dead_code)] // the other benchmarks use more of it
mod measure;
#[path = "support/server.rs"]
#[allow(dead_code)]
mod server;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use measure::{high_water, lateness, lateness_beside};

const SHORT: &str = "bench-10-5-0";
const MARKED: &str = "bench-200-0-2000-marks";
/// Fifty deltas in a second.
const SLOW: &str = "bench-50-5-20000";
const STREAMS: usize = 200;
/// Clients that ask at once while a rate is measured.
const CLIENTS: usize = 8;
const RUNS: usize = 10;

fn main() -> io::Result<()> {
    // `cargo test --all-targets` starts this too, with a binary that was not built for speed.
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("only `cargo bench` measures");
        return Ok(());
    }
    let (mut binary, mut seconds, mut litellm) = (PathBuf::from(env!("CARGO_BIN_EXE_qwen")), 3, None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_else(|| panic!("{arg} needs a value"));
        match arg.as_str() {
            "--seconds" => seconds = value().parse().expect("--seconds needs a number"),
            "--bin" => binary = PathBuf::from(value()),
            "--litellm" => litellm = Some(PathBuf::from(value())),
            // Cargo adds it.
            "--bench" => {}
            other => panic!("unknown option {other}"),
        }
    }
    let epoch = Instant::now();
    let upstream = server::start(epoch)?;
    let home = tempfile::tempdir()?;
    let nginx = Nginx::start(upstream, home.path())?;
    let begun = Instant::now();
    let gateway = Gateway::start(&binary, upstream, home.path())?;
    let ready = begun.elapsed();
    let litellm = match litellm {
        Some(program) => Some(LiteLlm::start(&program, upstream, home.path())?),
        None => None,
    };
    let mut bench = Bench { missed: 0 };
    println!("{:<34} {:>10} {:>10}   target", "", "nginx", "qwen serve");
    bench.row(
        "ready",
        "",
        &time(ready),
        "within 0.3 s",
        ready <= Duration::from_millis(300),
    );
    bench.latency(epoch, nginx.as_ref().map(|nginx| nginx.address), gateway.address)?;
    bench.rates(
        upstream,
        nginx.as_ref().map(|nginx| nginx.address),
        &gateway,
        litellm.as_ref().map(|litellm| litellm.address),
        Duration::from_secs(seconds),
    );
    bench.streams(&gateway);
    match bench.missed {
        0 => println!("\nevery target met"),
        missed => println!("\n{missed} targets missed"),
    }
    Ok(())
}

/// A child that ends with the measurement.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

struct Nginx {
    _process: Process,
    address: SocketAddr,
}

impl Nginx {
    /// `None` where it is not installed.
    fn start(upstream: SocketAddr, home: &Path) -> io::Result<Option<Nginx>> {
        let address = free_address()?;
        let folder = home.display();
        let config = format!(
            "daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n\
             events {{ worker_connections 4096; }}\n\
             http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};\n\
             uwsgi_temp_path {folder}; scgi_temp_path {folder};\n\
             upstream provider {{ server {upstream}; keepalive 64; keepalive_requests 100000000; }}\n\
             server {{ listen {address}; location / {{ proxy_pass http://provider; proxy_http_version 1.1;\n\
             proxy_set_header Connection \"\"; proxy_buffering off; }} }} }}\n"
        );
        let file = home.join("nginx.conf");
        std::fs::write(&file, config)?;
        let started = Command::new("nginx").arg("-c").arg(&file).stderr(Stdio::null()).spawn();
        let Ok(child) = started else {
            println!("nginx is not installed: its column is empty");
            return Ok(None);
        };
        let process = Process(child);
        while TcpStream::connect(address).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
        Ok(Some(Nginx {
            _process: process,
            address,
        }))
    }
}

struct LiteLlm {
    _process: Process,
    address: SocketAddr,
}

impl LiteLlm {
    fn start(program: &Path, upstream: SocketAddr, home: &Path) -> io::Result<LiteLlm> {
        let address = free_address()?;
        let config = home.join("litellm.yaml");
        std::fs::write(
            &config,
            format!(
                "model_list: [{{model_name: {SHORT}, litellm_params: {{model: openai/{SHORT}, api_base: 'http://{upstream}/v1', api_key: sk-placeholder}}}}]\n"
            ),
        )?;
        let child = Command::new(program)
            .arg("--config")
            .arg(&config)
            .args(["--host", "127.0.0.1", "--port", &address.port().to_string()])
            .env("HOME", home)
            // It has a list of prices, and fetches one all the same.
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            // Without a key it does not start.
            .env("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut process = Process(child);
        while TcpStream::connect(address).is_err() {
            if let Some(status) = process.0.try_wait()? {
                return Err(io::Error::other(format!("LiteLLM did not start: {status}")));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(LiteLlm {
            _process: process,
            address,
        })
    }
}

struct Gateway {
    process: Process,
    address: SocketAddr,
}

impl Gateway {
    fn start(binary: &Path, upstream: SocketAddr, home: &Path) -> io::Result<Gateway> {
        let base = format!("http://{upstream}/v1");
        let mut child = Command::new(binary)
            .args(["serve", "-q", "--port", "0", "-p", "dashscope", "--base-url", &base])
            .env_clear()
            .env("HOME", home)
            .env("QWEN_CLI_HOME", home)
            .env("DASHSCOPE_API_KEY", "sk-placeholder")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line)?;
        let process = Process(child);
        let address = line
            .trim()
            .strip_prefix("http://")
            .and_then(|line| line.strip_suffix("/v1"));
        let address = address.and_then(|address| address.parse().ok());
        Ok(Gateway {
            process,
            address: address.ok_or_else(|| io::Error::other("qwen serve did not start"))?,
        })
    }

    /// The most memory it held at once, in bytes.
    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.0.id()));
        status.ok().as_deref().and_then(high_water).unwrap_or(0)
    }
}

/// A client that keeps its connection.
struct GatewayClient {
    socket: TcpStream,
    reader: BufReader<TcpStream>,
}

impl GatewayClient {
    fn connect(address: SocketAddr) -> GatewayClient {
        let socket = TcpStream::connect(address).expect("it takes connections");
        socket.set_nodelay(true).expect("a socket");
        let reader = BufReader::with_capacity(64 * 1024, socket.try_clone().expect("a socket"));
        GatewayClient { socket, reader }
    }

    /// Asks, and reads the whole reply.
    fn ask(&mut self, model: &str, stream: bool) -> io::Result<Vec<u8>> {
        let body = body(model, stream);
        let head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        self.socket.write_all(request.as_bytes())?;
        let (mut line, mut length) = (String::new(), None);
        self.reader.read_line(&mut line)?;
        assert!(line.contains(" 200 "), "{line}");
        while !line.trim_end().is_empty() {
            line.clear();
            self.reader.read_line(&mut line)?;
            if let Some((name, value)) = line.trim_end().split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse::<usize>().ok();
            }
        }
        let mut reply = Vec::new();
        if let Some(length) = length {
            reply.resize(length, 0);
            self.reader.read_exact(&mut reply)?;
            return Ok(reply);
        }
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            let at = reply.len();
            reply.resize(at + size + 2, 0);
            self.reader.read_exact(&mut reply[at..])?;
            reply.truncate(at + size);
            if size == 0 {
                return Ok(reply);
            }
        }
    }
}

fn body(model: &str, stream: bool) -> String {
    format!(
        r#"{{"model":"{model}","messages":[{{"role":"user","content":"hi"}}],"stream":{stream},"stream_options":{{"include_usage":true}}}}"#
    )
}

struct Bench {
    missed: usize,
}

impl Bench {
    fn latency(&mut self, epoch: Instant, nginx: Option<SocketAddr>, gateway: SocketAddr) -> io::Result<()> {
        const PERCENTILES: [(usize, u64); 2] = [(50, 60), (99, 2000)];
        let through = |address: SocketAddr| {
            let mut curl = Command::new("curl");
            let url = format!("http://{address}/v1/chat/completions");
            curl.args([
                "-sN",
                &url,
                "-H",
                "Content-Type: application/json",
                "-d",
                &body(MARKED, true),
            ]);
            let late = lateness(&mut curl, epoch)?;
            assert_eq!(late.len(), 200, "marks were lost");
            io::Result::Ok(late)
        };
        let seen = lateness_beside(
            RUNS,
            PERCENTILES.map(|(percent, _)| percent),
            || nginx.map_or(Ok(vec![Duration::ZERO]), through),
            || through(gateway),
        )?;
        for ((percent, most), (theirs, ours)) in PERCENTILES.into_iter().zip(seen) {
            let later = ours.saturating_sub(theirs);
            let target = format!("at most {most} µs later than nginx: {}", time(later));
            let is_met = nginx.is_none() || later <= Duration::from_micros(most);
            let shown = if nginx.is_some() { time(theirs) } else { String::new() };
            self.row(&format!("a token, p{percent}"), &shown, &time(ours), &target, is_met);
        }
        Ok(())
    }

    /// Short answers a second, as a share of what the provider gives without anything before it. They are measured in turn,
    /// again and again, so that whatever else the machine does meanwhile slows all of them.
    fn rates(
        &mut self,
        upstream: SocketAddr,
        nginx: Option<SocketAddr>,
        gateway: &Gateway,
        litellm: Option<SocketAddr>,
        time: Duration,
    ) {
        const OWN: usize = 0;
        const NGINX: usize = 1;
        const WHOLE: usize = 2;
        const STREAMED: usize = 3;
        const LITELLM: usize = 4;
        let targets = [
            Some((upstream, true)),
            nginx.map(|address| (address, true)),
            Some((gateway.address, false)),
            Some((gateway.address, true)),
            litellm.map(|address| (address, false)),
        ];
        let mut rounds = Vec::new();
        for _ in 0..RUNS {
            rounds.push(targets.map(|target| target.map(|(at, stream)| rate(at, stream, time / RUNS as u32))));
        }
        let share = |of: usize, to: usize| median_of(rounds.iter().filter_map(|round| Some(round[of]? / round[to]?)));
        let own = median_of(rounds.iter().filter_map(|round| round[OWN])).unwrap_or_default();
        println!("{:<34} {own:>10.0}", "short answers a second, upstream");
        let nginx = share(NGINX, OWN).map_or(String::new(), |share| format!("{share:.2}"));
        for (name, at, least) in [("whole", WHOLE, 0.15), ("streamed", STREAMED, 0.08)] {
            let share = share(at, OWN).unwrap_or_default();
            self.row(
                &format!("  share of it, {name}"),
                &nginx,
                &format!("{share:.2}"),
                &format!("at least {least}"),
                share >= least,
            );
        }
        if let Some(times) = share(WHOLE, LITELLM) {
            let shown = format!("{times:.0}");
            self.row("  whole, times LiteLLM's", "", &shown, "at least 20", times >= 20.0);
        }
    }

    fn streams(&mut self, gateway: &Gateway) {
        let readers: Vec<_> = (0..STREAMS)
            .map(|_| {
                let address = gateway.address;
                thread::spawn(move || GatewayClient::connect(address).ask(SLOW, true))
            })
            .collect();
        let whole = readers
            .into_iter()
            .map(|reader| reader.join().expect("a reader"))
            .filter(|reply| {
                let text = reply.as_ref().map(|reply| String::from_utf8_lossy(reply).into_owned());
                text.is_ok_and(|text| text.matches("\"content\":\"lorem\"").count() == 50 && text.contains("[DONE]"))
            })
            .count();
        self.row(
            &format!("{STREAMS} streams at once"),
            "",
            &format!("{whole} whole"),
            "all",
            whole == STREAMS,
        );
        let peak = gateway.peak();
        let megabytes = format!("{:.1} MB", peak as f64 / 1e6);
        self.row("  peak memory", "", &megabytes, "at most 40 MB", peak <= 40_000_000);
    }

    fn row(&mut self, name: &str, nginx: &str, qwen: &str, target: &str, is_met: bool) {
        let mark = if is_met { "" } else { "  MISSED" };
        self.missed += usize::from(!is_met);
        println!("{name:<34} {nginx:>10} {qwen:>10}   {target}{mark}");
    }
}

/// Answers a second, with several clients that each wait for one before they ask for the next.
fn rate(address: SocketAddr, stream: bool, time: Duration) -> f64 {
    let end = Instant::now() + time;
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            thread::spawn(move || {
                let mut client = GatewayClient::connect(address);
                let mut count = 0_u32;
                while Instant::now() < end {
                    let reply = client.ask(SHORT, stream).expect("a reply");
                    assert!(!reply.is_empty(), "an empty reply");
                    count += 1;
                }
                count
            })
        })
        .collect();
    let total: u32 = clients.into_iter().map(|client| client.join().expect("a client")).sum();
    f64::from(total) / time.as_secs_f64()
}

/// The median; `None` of none.
fn median_of(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn time(duration: Duration) -> String {
    let micros = duration.as_secs_f64() * 1e6;
    if micros < 1000.0 {
        format!("{micros:.0} µs")
    } else {
        format!("{:.2} ms", micros / 1000.0)
    }
}
