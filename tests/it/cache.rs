//! The answer cache: what is given again, what is never kept, and the file it is in.

mod file;
mod gateway;
mod hits;
mod never_kept;

use std::path::PathBuf;

use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

/// What is said of an answer that has just been kept.
const HIT: &str = "notice: the answer is from the cache (just now); --refresh asks anew\n";

/// `qwen complete --cache` with these arguments.
fn complete(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new().server(server).args(with_cache(args))
}

fn with_cache<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&["complete", "--cache"], args].concat()
}

fn answers(text: &str) -> Connection {
    Connection::new().expect("POST", CHAT).answer(&[text])
}

fn file(qwen: &Qwen) -> PathBuf {
    qwen.qwen_home().join("data/answers.db")
}

/// Makes all answers in the cache so many seconds older.
#[track_caller]
fn age(qwen: &Qwen, seconds: i64) {
    let cache = rusqlite::Connection::open(file(qwen)).unwrap();
    let changed = cache.execute("UPDATE answers SET created = created - ?1 * 1000", [seconds]);
    assert!(changed.unwrap() > 0);
}

/// How many answers are in the cache.
#[track_caller]
fn kept(qwen: &Qwen) -> i64 {
    let cache = rusqlite::Connection::open(file(qwen)).unwrap();
    cache
        .query_row("SELECT count(*) FROM answers", [], |row| row.get(0))
        .unwrap()
}
