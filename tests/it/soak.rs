//! Long runs, by `tests/soak.sh` only: connections that are dropped at random, and many processes on one store.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use socket2::SockRef;

use crate::harness::{KEY, Qwen};
use crate::server::{end, text, usage};

/// How many answers are asked for, and how many at once.
const ANSWERS: usize = 500;
const AT_ONCE: usize = 25;

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % limit
    }
}

/// The answer that the server means to give to a prompt.
fn meant(seed: u64) -> String {
    const WORDS: &[&str] = &[
        "river",
        "山",
        "—",
        "```rust\n",
        "let x = 1;",
        "\n\n",
        "| a | b |\n",
        "Ünï",
        "👩‍👩‍👧",
        "**bold**",
        "\t",
        "的是不了",
        "\"q\"",
        "\\n",
        "- item\n",
        "\u{1b}[1m",
        "\r\n",
        "۱۲۳",
        " ",
        "e\u{301}",
    ];
    let mut dice = Dice(seed);
    let mut out = String::new();
    for number in 0..60 + dice.below(400) {
        let word = WORDS[dice.below(WORDS.len())];
        let _ = write!(
            out,
            "{word}{}",
            if dice.below(3) == 0 {
                format!(" {number} ")
            } else {
                String::new()
            }
        );
    }
    out
}

/// How a connection ends before its time.
enum Drop {
    BeforeHead,
    InOrder,
    InMidPayload,
    Reset,
    Fault,
}

struct Soak {
    /// How many more connections of an answer are to be dropped.
    left: Mutex<HashMap<u64, usize>>,
    dropped: AtomicUsize,
    echoed: AtomicUsize,
}

pub fn read_request(socket: &mut TcpStream) -> Option<Value> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..at]).to_ascii_lowercase();
            let length = head
                .split("content-length: ")
                .nth(1)?
                .lines()
                .next()?
                .trim()
                .parse::<usize>()
                .ok()?;
            if bytes.len() >= at + 4 + length {
                return serde_json::from_slice(&bytes[at + 4..]).ok();
            }
        }
        match socket.read(&mut buffer).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    }
}

pub const HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";

pub fn chunk(payload: &str) -> String {
    let event = format!("data: {payload}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len())
}

impl Soak {
    /// Answers one request, or a part of it.
    fn answer(&self, mut socket: TcpStream) -> Option<()> {
        let request = read_request(&mut socket)?;
        let messages = request["messages"].as_array()?;
        let seed: u64 = messages[0]["content"].as_str()?.parse().ok()?;
        let whole = meant(seed);
        let so_far = messages
            .get(1)
            .map_or("", |message| message["content"].as_str().unwrap());
        // What the program takes for the answer so far is what was sent of it.
        assert!(whole.starts_with(so_far), "seed {seed}: no prefix: {so_far:?}");
        let left = {
            let mut left = self.left.lock().unwrap();
            let left = left.entry(seed).or_insert(1 + Dice(seed).below(3));
            std::mem::replace(left, left.saturating_sub(1))
        };
        let mut dice = Dice(seed ^ (left as u64) << 40 ^ so_far.len() as u64);
        let mut rest = &whole[so_far.len()..];
        let drop = (left > 0).then(|| {
            [
                Drop::BeforeHead,
                Drop::InOrder,
                Drop::InMidPayload,
                Drop::Reset,
                Drop::Fault,
            ]
            .into_iter()
            .nth(dice.below(5))
            .unwrap()
        });
        if drop.is_some() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(Drop::BeforeHead) = drop {
            return Some(());
        }
        socket.write_all(HEAD.as_bytes()).ok()?;
        // Now and then a server says the last words once more. Behind a whole line or sentence they may be meant (a
        // refrain, a row of a table), so it does that only where the text was cut in the middle of one.
        let last = so_far.chars().next_back();
        let is_cut = last.is_some_and(|last| last.is_alphanumeric() || matches!(last, ' ' | ',' | '-' | '('));
        let mut at = so_far.len().saturating_sub(30 + dice.below(60));
        while !whole.is_char_boundary(at) {
            at += 1;
        }
        let echo = &so_far[at..];
        if is_cut && echo.len() >= 24 && so_far.matches(echo).count() == 1 && dice.below(4) == 0 {
            self.echoed.fetch_add(1, Ordering::Relaxed);
            rest = &whole[at..];
        }
        let mut stop = if drop.is_some() {
            dice.below(rest.len() + 1)
        } else {
            rest.len()
        };
        while !rest.is_char_boundary(stop) {
            stop -= 1;
        }
        let mut said = &rest[..stop];
        while !said.is_empty() {
            let mut size = (1 + dice.below(40)).min(said.len());
            while !said.is_char_boundary(size) {
                size += 1;
            }
            socket
                .write_all(chunk(&text(&said[..size]).to_string()).as_bytes())
                .ok()?;
            said = &said[size..];
        }
        match drop {
            None => {
                let tail = [end("stop").to_string(), usage(5, 7).to_string(), "[DONE]".to_owned()];
                let tail: String = tail.iter().map(|payload| chunk(payload)).collect();
                socket.write_all((tail + "0\r\n\r\n").as_bytes()).ok()?;
            }
            Some(Drop::InOrder) => socket.write_all(b"0\r\n\r\n").ok()?,
            Some(Drop::InMidPayload) => {
                let next = chunk(&text("世界 never whole").to_string());
                let mut bytes = next.into_bytes();
                bytes.truncate(1 + dice.below(bytes.len() - 6));
                socket.write_all(&bytes).ok()?;
            }
            Some(Drop::Reset) => SockRef::from(&socket).set_linger(Some(Duration::ZERO)).ok()?,
            Some(Drop::Fault) => {
                let fault = json!({"error": {"message": "oops", "code": "internal_error"}, "request_id": "r"});
                socket
                    .write_all((chunk(&fault.to_string()) + "0\r\n\r\n").as_bytes())
                    .ok()?;
            }
            Some(Drop::BeforeHead) => {}
        }
        Some(())
    }
}

/// Hands every connection to `answer`, on a thread of its own.
pub fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let answer = Arc::clone(&answer);
            thread::spawn(move || answer(socket));
        }
    });
    address
}

pub fn qwen(address: SocketAddr) -> Qwen {
    Qwen::new()
        .limit(Duration::from_secs(300))
        .env("QWEN_CLI_BASE_URL", &format!("http://{address}/v1"))
        .env("DASHSCOPE_API_KEY", KEY)
}

#[test]
#[ignore = "minutes long: tests/soak.sh"]
fn soak_every_dropped_answer_is_whole() {
    let soak = Arc::new(Soak {
        left: Mutex::default(),
        dropped: AtomicUsize::new(0),
        echoed: AtomicUsize::new(0),
    });
    let playing = Arc::clone(&soak);
    let address = serve(move |socket| {
        let _ = playing.answer(socket);
    });
    let (next, right) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let qwen = qwen(address);
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= ANSWERS {
                        return;
                    }
                    let outcome = qwen.clone().args(["complete", "-q", "--", &seed.to_string()]).run();
                    let mut expected = meant(seed as u64);
                    if !expected.ends_with('\n') {
                        expected.push('\n');
                    }
                    if outcome.code == 0 && outcome.stdout == expected.as_bytes() {
                        right.fetch_add(1, Ordering::Relaxed);
                    } else {
                        wrong.lock().unwrap().push((seed, outcome));
                    }
                }
            });
        }
    });
    println!(
        "{} of {ANSWERS} answers are byte for byte those that were meant; {} connections were dropped, {} began with an echo",
        right.into_inner(),
        soak.dropped.load(Ordering::Relaxed),
        soak.echoed.load(Ordering::Relaxed)
    );
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} are wrong, the first: {:?}", wrong.len(), wrong[0]);
}

#[test]
#[ignore = "heavy: tests/soak.sh"]
fn load_two_hundred_processes_on_one_store() {
    const COUNT: usize = 200;
    let address = serve(|mut socket| {
        if read_request(&mut socket).is_some() {
            let tail = [text("ok").to_string(), end("stop").to_string(), "[DONE]".to_owned()];
            let tail: String = tail.iter().map(|payload| chunk(payload)).collect();
            let _ = socket.write_all((HEAD.to_owned() + &tail + "0\r\n\r\n").as_bytes());
        }
    });
    let qwen = qwen(address);
    let running: Vec<_> = (0..COUNT)
        .map(|number| {
            qwen.clone()
                .args(["complete", "--", &format!("prompt-{number}")])
                .spawn()
        })
        .collect();
    for running in running {
        running.outcome().expect_answer("ok\n");
    }
    let list = qwen.args(["sessions", "list", "-n", "1000", "--json"]).run().json();
    let list = list.as_array().unwrap();
    let mut titles: Vec<String> = list.iter().map(|one| one["title"].to_string()).collect();
    titles.sort();
    titles.dedup();
    println!(
        "{COUNT} processes: none failed, {} conversations are kept",
        titles.len()
    );
    assert_eq!(titles.len(), COUNT, "{:?}", list.first());
}
