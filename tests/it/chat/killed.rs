//! Whatever ends the program: what was seen is kept.

use std::thread;

use rustix::process::Signal;

use super::{asked, at_prompt, begun, chat, kept, texts};
use crate::server::{Server, text};

/// An answer of many numbered lines, most of which the test does not read.
fn endless(lines: usize) -> Server {
    let mut script = asked().stream_head();
    for n in 0..lines {
        // In pieces that have nothing to do with the lines.
        script = script
            .sse_if_there(text(&format!("line {n:05} of")))
            .sse_if_there(text(" the answer.\nand "));
    }
    Server::plays([script.stall()])
}

/// The whole lines of the answer among those of a screen.
fn seen(rows: &str) -> Vec<usize> {
    let rows: Vec<&str> = rows.lines().collect();
    // The last row may be cut.
    let (_, whole) = rows.split_last().unwrap_or((&"", &[]));
    let number = |row: &&str| {
        let row = row.strip_prefix("and ").unwrap_or(row);
        row.strip_prefix("line ")?.strip_suffix(" of the answer.")?.parse().ok()
    };
    whole.iter().filter_map(number).collect()
}

/// Kills a chat in the middle of an answer, and gives how many lines were seen.
fn killed_after(lines: usize) -> usize {
    let server = endless(2000);
    let qwen = chat(&server).args(["chat", "--raw"]);
    let mut pty = begun(&qwen);
    pty.type_keys("go\r");
    pty.wait_screen("so many lines", |screen| {
        seen(screen).last().is_some_and(|last| *last >= lines)
    });
    pty.kill();
    assert_eq!(pty.exit_code(), 137);
    let seen = seen(&pty.scrollback());
    assert_eq!(seen, (0..seen.len()).collect::<Vec<_>>(), "the screen itself is whole");
    let texts = texts(&qwen);
    assert_eq!(texts[0], "go");
    let last = format!("line {:05} of the answer.\n", seen.len() - 1);
    assert!(
        texts.get(1).is_some_and(|answer| answer.contains(&last)),
        "{last:?} was seen and is not in the store, which ends in {:?}",
        texts.get(1).map(|answer| &answer[answer.len().saturating_sub(60)..])
    );
    seen.len()
}

#[test]
fn every_line_seen_before_a_kill_is_in_the_store() {
    const RUNS: usize = 100;
    // Four at a time: the kills come at moments that the machine's own noise makes random, on top of these.
    let runs: Vec<_> = (0..4)
        .map(|lane| {
            thread::spawn(move || {
                let moments = (lane..RUNS).step_by(4).map(|run| run * 797 % 1500);
                moments.map(killed_after).collect::<Vec<_>>()
            })
        })
        .collect();
    let seen: Vec<usize> = runs.into_iter().flat_map(|run| run.join().unwrap()).collect();
    assert_eq!(seen.len(), RUNS);
}

#[test]
fn after_a_kill_the_conversation_is_continued() {
    let server = Server::plays([
        asked().stream_head().deltas(&["one line\nand "]).stall(),
        asked().answer(&["the rest"]),
    ]);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("go\r").wait_for("one line");
    pty.kill();
    pty.exit_code();
    let mut pty = begun(&qwen.clone().args(["chat", "-c"]));
    pty.wait_for("one line").type_keys("/continue\r").wait_for("the rest");
    at_prompt(&mut pty);
    assert_eq!(texts(&qwen)[1], "one line\nand the rest");
}

#[test]
fn a_closed_terminal_loses_nothing() {
    let server = Server::plays([asked().stream_head().deltas(&["half a line"]).stall()]);
    let qwen = chat(&server);
    let mut pty = begun(&qwen);
    pty.type_keys("go\r").wait_for("half");
    pty.signal(Signal::HUP);
    assert_eq!(pty.exit_code(), 129);
    let (_, branch) = kept(&qwen);
    assert_eq!(branch[1].message.plain_text(), "half a line");
    assert_eq!(branch[1].cut.as_ref().map(|cut| cut.kind.as_str()), Some("hung_up"));
}

#[test]
fn a_termination_at_the_prompt_ends_it() {
    let server = Server::without_requests();
    let mut pty = begun(&chat(&server));
    pty.type_keys("half a mess");
    pty.wait_for("half a mess").signal(Signal::TERM);
    assert_eq!(pty.exit_code(), 143);
}
