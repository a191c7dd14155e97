//! Long runs, by `tests/soak.sh` only: connections that are dropped at random, and many processes on one store.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::cut::{Cuts, Speaks, meant};
use crate::harness::{KEY, Qwen};
use crate::server::{end, text};

/// How many answers are asked for, and how many at once.
const ANSWERS: usize = 500;
const AT_ONCE: usize = 25;

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
    let cuts = Cuts::new(Speaks::Compatible, false);
    let playing = Arc::clone(&cuts);
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
        "{} of {ANSWERS} answers are byte for byte those that were meant; {} connections were dropped",
        right.into_inner(),
        cuts.broken.load(Ordering::Relaxed)
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
