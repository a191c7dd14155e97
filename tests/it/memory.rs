//! What a run holds in memory does not grow with what is said. The short runs are part of CI; `tests/soak.sh` has the
//! long ones.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use image::ImageFormat;

use crate::harness::Qwen;
use crate::images::plain;
use crate::pty::Pty;
use crate::server::{end, text};
use crate::soak::{HEAD, chunk, qwen, read_request, serve};

/// How much more a long run may hold than a short one, in kilobytes: what an allocator keeps, and what is handed back to
/// the model after a break at most.
const SLACK: usize = 8 * 1024;

/// A field of what the kernel says of a process, in kilobytes.
pub fn kilobytes(pid: u32, field: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim_start_matches(':')
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

const LINE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde";

/// A server whose answer is so many megabytes of lines, or of one line, and "the end".
fn long_answer(megabytes: usize, has_lines: bool) -> SocketAddr {
    serve(move |mut socket| {
        if read_request(&mut socket).is_none() || socket.write_all(HEAD.as_bytes()).is_err() {
            return;
        }
        let line = format!("{LINE}{}", if has_lines { '\n' } else { ' ' });
        let piece = chunk(&text(&line.repeat(16)).to_string()).repeat(64);
        for _ in 0..megabytes * 16 {
            if socket.write_all(piece.as_bytes()).is_err() {
                return;
            }
        }
        let last = [
            text("the end").to_string(),
            end("stop").to_string(),
            "[DONE]".to_owned(),
        ];
        let last: String = last.iter().map(|payload| chunk(payload)).collect();
        let _ = socket.write_all((last + "0\r\n\r\n").as_bytes());
    })
}

/// A stderr that takes nothing more: the program stays there until its memory was measured.
pub fn full() -> (UnixStream, Stdio) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    while writer.write(&[b' '; 1024]).is_ok() {}
    while writer.write(b" ").is_ok() {}
    writer.set_nonblocking(false).unwrap();
    (reader, Stdio::from(OwnedFd::from(writer)))
}

/// The most memory, in kilobytes, that `complete` held from its start until the whole answer was written and kept.
fn peak(qwen: &Qwen, bytes: usize) -> usize {
    let mut command = qwen.command();
    let (reader, stderr) = full();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr);
    let mut child = command.spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let is_in_file = qwen.command().get_args().any(|arg| arg == "-o");
    if is_in_file {
        // The newline at its end is written when the answer is in the store.
        let written = || {
            let files = std::fs::read_dir(qwen.cwd()).unwrap();
            files.map(|file| file.unwrap().metadata().unwrap().len()).sum::<u64>()
        };
        while written() < bytes as u64 {
            assert!(child.try_wait().unwrap().is_none(), "it ended early");
            thread::yield_now();
        }
    } else {
        let mut buffer = vec![0; 64 * 1024];
        let mut left = bytes;
        while left > 0 {
            let count = stdout.read(&mut buffer).unwrap();
            assert!(count > 0, "{left} bytes did not come");
            left = left.saturating_sub(count);
        }
    }
    let peak = kilobytes(child.id(), "VmHWM");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(reader);
    peak
}

fn peak_of(megabytes: usize, has_lines: bool, args: &[&str]) -> (Qwen, usize) {
    let address = long_answer(megabytes, has_lines);
    let qwen = qwen(address);
    let asking = qwen.clone().args([&["complete", "-u"], args, &["hi"]].concat());
    let peak = peak(&asking, megabytes * 1024 * 1024 + "the end\n".len());
    (qwen, peak)
}

/// The forms of `complete` that hold no whole answer.
const FORMS: [&[&str]; 3] = [&["--no-save"], &[], &["-o", "answer.txt"]];

#[test]
fn an_answer_twenty_times_as_long_takes_no_more_memory() {
    for (args, has_lines) in [(FORMS[0], false), (FORMS[1], true), (FORMS[2], false)] {
        let (small, large) = (peak_of(1, has_lines, args).1, peak_of(20, has_lines, args).1);
        assert!(
            large < small + SLACK,
            "{args:?}: 1 MB takes {small} kB, 20 MB take {large} kB"
        );
    }
}

#[test]
fn an_answer_that_is_printed_as_one_value_is_held_once() {
    let json: &[&str] = &["--format", "json"];
    let (small, large) = (peak_of(1, false, json).1, peak_of(20, false, json).1);
    assert!(
        large < small + 19 * 1024 + SLACK,
        "1 MB takes {small} kB, 20 MB take {large} kB"
    );
}

#[test]
#[ignore = "heavy: tests/soak.sh"]
fn load_fifty_megabytes_through_one_process() {
    for args in FORMS {
        for has_lines in [true, false] {
            let (small, (qwen, large)) = (peak_of(1, has_lines, args).1, peak_of(50, has_lines, args));
            println!(
                "{args:?}, {}: 1 MB streamed at a peak of {small} kB, 50 MB at {large} kB",
                if has_lines { "many lines" } else { "one line" }
            );
            assert!(large < small + SLACK);
            if !args.contains(&"--no-save") {
                let last = qwen.args(["last"]).run();
                assert_eq!(
                    (last.code, last.stdout.len()),
                    (0, 50 * 1024 * 1024 + "the end\n".len())
                );
                assert!(last.stdout.ends_with(b"the end\n"));
            }
        }
    }
}

/// A picture with bytes behind its end, so many in all.
fn picture(bytes: usize, filler: u8) -> Vec<u8> {
    let mut picture = plain(100, 100, ImageFormat::Png);
    picture.resize(bytes, filler);
    picture
}

/// The bytes of the pictures, of which the body of a request holds four for three, stay where they are while it is written.
#[test]
fn pictures_are_held_once_while_they_are_sent() {
    const PICTURES: usize = 8;
    const BYTES: usize = 5_000_000;
    let refusals = Arc::new(AtomicUsize::new(0));
    let tries = Arc::clone(&refusals);
    let address = serve(move |mut socket| {
        let Some(request) = read_request(&mut socket) else {
            return;
        };
        let parts = request["messages"][0]["content"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let base64 = parts.iter().filter_map(|part| part["image_url"]["url"].as_str());
        let lengths: Vec<usize> = base64.map(|url| url.len() - "data:image/png;base64,".len()).collect();
        assert!(
            lengths.iter().all(|length| *length == BYTES.div_ceil(3) * 4),
            "{lengths:?}"
        );
        // The same again.
        if lengths.len() == PICTURES && tries.fetch_add(1, Ordering::Relaxed) == 0 {
            let _ = socket
                .write_all(b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nretry-after: 0\r\nconnection: close\r\n\r\n");
            return;
        }
        let _ = socket.write_all((HEAD.to_owned() + &chunk(&text("ok").to_string())).as_bytes());
        // The program stays there until its memory was measured.
        let _ = socket.read(&mut [0]);
    });
    let peak_with = |pictures: usize, extra: &[&str]| {
        let mut qwen = Qwen::new().env("QWEN_CLI_BASE_URL", &format!("http://{address}/v1"));
        let mut args = [&["complete", "-p", "local", "-m", "m", "hi"], extra].concat();
        let names: Vec<String> = (0..pictures).map(|number| format!("{number}.png")).collect();
        for (name, number) in names.iter().zip(0..) {
            qwen = qwen.file(name, picture(BYTES, number));
            args.extend(["-i", name]);
        }
        let qwen = qwen.args(args);
        let mut command = qwen.command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 2]).unwrap();
        let peak = kilobytes(child.id(), "VmHWM");
        child.kill().unwrap();
        child.wait().unwrap();
        peak
    };
    for extra in [&[][..], &["--no-save"]] {
        refusals.store(0, Ordering::Relaxed);
        let (none, all) = (peak_with(0, extra), peak_with(PICTURES, extra));
        let most = PICTURES * BYTES / 1024 + 2 * SLACK;
        assert!(
            all < none + most,
            "{extra:?}: no picture takes {none} kB, {PICTURES} take {all} kB"
        );
        assert_eq!(refusals.load(Ordering::Relaxed), 2);
    }
}

/// A server that answers every message on a connection, with a kilobyte and the number of the answer.
fn many_answers() -> SocketAddr {
    let count = AtomicUsize::new(0);
    serve(move |mut socket| {
        while read_request(&mut socket).is_some() {
            let number = 1 + count.fetch_add(1, Ordering::Relaxed);
            let said = format!("{}\nthat was {number}\n", "word ".repeat(200));
            let payloads = [text(&said).to_string(), end("stop").to_string(), "[DONE]".to_owned()];
            let body: String = payloads.iter().map(|payload| chunk(payload)).collect();
            let head = HEAD.replace("connection: close\r\n", "");
            if socket.write_all((head + &body + "0\r\n\r\n").as_bytes()).is_err() {
                return;
            }
        }
    })
}

const MESSAGE: &str = "a message is about eighty bytes long, as what a person says at a prompt may be";

/// Says so many messages to `chat` behind a pipe; the memory it holds after each tenth of them, in kilobytes.
fn talked(turns: usize, args: &[&str]) -> Vec<usize> {
    let qwen = qwen(many_answers()).args([&["chat", "-q"], args].concat());
    let mut command = qwen.command();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut held = Vec::new();
    let mut said = Vec::new();
    for turn in 1..=turns {
        writeln!(stdin, "{MESSAGE}").unwrap();
        let last = format!("that was {turn}\n");
        let mut buffer = [0; 4096];
        said.clear();
        while !said.ends_with(last.as_bytes()) {
            let count = stdout.read(&mut buffer).unwrap();
            assert!(count > 0, "it ended in turn {turn}");
            said.extend_from_slice(&buffer[..count]);
        }
        if turn % (turns / 10) == 0 {
            held.push(kilobytes(child.id(), "VmRSS"));
        }
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
    held
}

#[test]
#[ignore = "minutes long: tests/soak.sh"]
fn load_five_thousand_turns_of_one_conversation() {
    let held = talked(5000, &[]);
    println!(
        "5,000 turns: {} kB after the 500th, {} kB after the last",
        held[0], held[9]
    );
    assert!(held[9] < held[0] + 2 * 1024, "{held:?}");
}

/// On a terminal, with keys: the line editor, its history and the Markdown of each answer.
#[test]
#[ignore = "minutes long: tests/soak.sh"]
fn load_two_thousand_turns_on_a_terminal() {
    const TURNS: usize = 2000;
    let mut pty = qwen(many_answers()).args(["chat"]).pty(24, 80);
    pty.wait_for("❯");
    let mut held = Vec::new();
    for turn in 1..=TURNS {
        pty.type_keys(&format!("{turn}: {MESSAGE}\r"));
        let last = format!("that was {turn}");
        pty.wait_screen(&last, |screen| {
            screen.contains(&last) && screen.trim_end().ends_with("❯")
        });
        if turn % (TURNS / 10) == 0 {
            held.push(kilobytes(pty.pid(), "VmRSS"));
        }
    }
    println!(
        "{TURNS} turns on a terminal: {} kB after the 200th, {} kB after the last",
        held[0], held[9]
    );
    assert!(held[9] < held[0] + 2 * 1024, "{held:?}");
}
