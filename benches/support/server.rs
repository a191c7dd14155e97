//! A provider that streams as fast as it can, on a raw socket of the loopback, a thread a connection.
//!
//! The model's name says what to stream: `bench-<chunks>-<bytes>-<pause µs>`; with `-marks` behind it, each delta is
//! the time of its sending instead, as `T<nanoseconds>Z`.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// So much is gathered before a write when no pause is asked for.
const BATCH: usize = 64 * 1024;

/// What a model's name asks for.
#[derive(Clone, Copy, Debug)]
struct Order {
    chunks: usize,
    bytes: usize,
    pause: Duration,
    marks: bool,
}

impl Order {
    fn read(model: &str) -> Option<Order> {
        let mut parts = model.strip_prefix("bench-")?.split('-');
        let mut number = || parts.next()?.parse::<usize>().ok();
        let (chunks, bytes, pause) = (number()?, number()?, number()?);
        let pause = Duration::from_micros(pause.try_into().ok()?);
        Some(Order {
            chunks,
            bytes,
            pause,
            marks: parts.next() == Some("marks"),
        })
    }
}

/// The text of one delta of so many bytes.
pub(crate) fn delta(bytes: usize) -> String {
    "lorem ipsum dolor sit amet ".chars().cycle().take(bytes).collect()
}

/// Starts the server for the life of the process. Marks count from `epoch`.
pub(crate) fn start(epoch: Instant) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            // A client that goes away is the measurement's to notice.
            thread::spawn(move || drop(serve(socket, epoch)));
        }
    });
    Ok(address)
}

fn serve(mut socket: TcpStream, epoch: Instant) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut reader = BufReader::new(socket.try_clone()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let is_chat = line.starts_with("POST ");
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let request: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        match Order::read(request["model"].as_str().unwrap_or_default()) {
            Some(order) if is_chat && request["stream"] == true => stream(&mut socket, order, epoch)?,
            Some(order) if is_chat => whole(&mut socket, order)?,
            _ => socket.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}")?,
        }
    }
}

/// An answer in the shape that DashScope's compatible mode has.
fn stream(socket: &mut TcpStream, order: Order, epoch: Instant) -> io::Result<()> {
    let mut out =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream;charset=UTF-8\r\ntransfer-encoding: chunked\r\n\r\n"
            .to_owned();
    event(&mut out, &choice(r#"{"content":"","role":"assistant"}"#, "null"));
    let mut same = String::new();
    event(
        &mut same,
        &choice(&format!(r#"{{"content":"{}"}}"#, delta(order.bytes)), "null"),
    );
    for _ in 0..order.chunks {
        if order.marks {
            let mark = epoch.elapsed().as_nanos();
            event(&mut out, &choice(&format!(r#"{{"content":" T{mark}Z"}}"#), "null"));
        } else {
            out.push_str(&same);
        }
        if !order.pause.is_zero() {
            socket.write_all(out.as_bytes())?;
            out.clear();
            thread::sleep(order.pause);
        } else if out.len() > BATCH {
            socket.write_all(out.as_bytes())?;
            out.clear();
        }
    }
    event(&mut out, &choice(r#"{"content":""}"#, r#""stop""#));
    let (chunks, total) = (order.chunks, order.chunks + 9);
    event(
        &mut out,
        &chunk(
            "[]",
            &format!(
                r#"{{"prompt_tokens":9,"completion_tokens":{chunks},"total_tokens":{total},"prompt_tokens_details":{{"cached_tokens":0}}}}"#
            ),
        ),
    );
    event(&mut out, "[DONE]");
    out.push_str("0\r\n\r\n");
    socket.write_all(out.as_bytes())
}

/// The same answer in one piece.
fn whole(socket: &mut TcpStream, order: Order) -> io::Result<()> {
    let (chunks, total) = (order.chunks, order.chunks + 9);
    let text = delta(order.bytes).repeat(chunks);
    let body = format!(
        r#"{{"choices":[{{"message":{{"content":"{text}","role":"assistant"}},"finish_reason":"stop","index":0,"logprobs":null}}],"object":"chat.completion","usage":{{"prompt_tokens":9,"completion_tokens":{chunks},"total_tokens":{total}}},"created":1790000000,"system_fingerprint":null,"model":"bench","id":"chatcmpl-00000000-0000-9000-8000-000000000001"}}"#
    );
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
    socket.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes())
}

fn choice(delta: &str, finish: &str) -> String {
    let choices = format!(r#"[{{"delta":{delta},"finish_reason":{finish},"index":0,"logprobs":null}}]"#);
    chunk(&choices, "null")
}

fn chunk(choices: &str, usage: &str) -> String {
    format!(
        r#"{{"choices":{choices},"object":"chat.completion.chunk","usage":{usage},"created":1790000000,"system_fingerprint":null,"model":"bench","id":"chatcmpl-00000000-0000-9000-8000-000000000001"}}"#
    )
}

/// One payload as an event, in its own chunk.
fn event(out: &mut String, payload: &str) {
    let length = "data: \n\n".len() + payload.len();
    let _ = write!(out, "{length:x}\r\ndata: {payload}\n\n\r\n");
}
