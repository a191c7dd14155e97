//! What a run holds in memory does not grow with its lines.

use std::io::Read;
use std::process::Stdio;

use super::provider::{Answer, Provider};
use crate::memory::kilobytes;

/// The most memory, in kilobytes, that a run may hold.
const MOST: usize = 60 * 1024;

#[test]
fn ten_thousand_lines_take_little_memory() {
    let provider = Provider::new(|prompt, _| Answer::Text(prompt[..200].to_owned()));
    let line = |number: usize| format!("{{\"prompt\": \"{number} {}\"}}\n", "word ".repeat(200));
    let input: String = (0..10_000).map(line).collect();
    let qwen = provider.qwen().file("in.jsonl", input);
    let qwen = qwen.args(["batch", "run", "in.jsonl", "--engine", "realtime"]);
    let mut child = qwen
        .command()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    // The output is more than a pipe holds, so that it waits for its reader here, all lines behind it.
    let mut first = [0];
    stdout.read_exact(&mut first).unwrap();
    let peak = kilobytes(child.id(), "VmHWM");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(rest.lines().count(), 10_000);
    assert!(peak <= MOST, "{peak} kB");
}
