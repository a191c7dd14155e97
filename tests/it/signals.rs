//! Ctrl-C and other signals, and a reader that goes away: the program ends at once, and so does its request.

use std::io::{PipeReader, PipeWriter, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, kill_process};
use serde_json::json;

use crate::guard::{LIMIT, Watched};
use crate::harness::{KEY, Qwen};
use crate::running::Signal;
use crate::server::{CHAT, Connection, MODELS, Server, end, text};
use crate::soak::{self, read_request, serve};

fn complete(args: &[&str]) -> Qwen {
    Qwen::new().args([&["complete"], args].concat())
}

/// A run that says on stderr when it listens to signals: its `.env` is not quite right.
fn ready(args: &[&str]) -> (Qwen, String) {
    let qwen = complete(args)
        .file(".env", "QWEN_CLI_MODEL\n")
        .env("DASHSCOPE_API_KEY", KEY);
    let path = qwen.cwd().join(".env");
    let notice = format!("notice: {} line 1 cannot be parsed and is ignored\n", path.display());
    (qwen, notice)
}

/// Starts it with a stdout whose reading end the test holds.
fn spawn_into_pipe(qwen: &Qwen) -> (Child, PipeReader) {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = qwen.command();
    command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    (command.spawn().unwrap(), reader)
}

/// Waits until the pipe takes no more.
fn wait_full(writer: &PipeWriter) {
    let end = Instant::now() + LIMIT;
    let is_full = || {
        let mut fds = [PollFd::new(writer, PollFlags::OUT)];
        poll(&mut fds, Some(&Timespec::default())).unwrap() == 0
    };
    while !is_full() {
        assert!(Instant::now() < end, "the pipe does not fill");
        thread::yield_now();
    }
}

/// The exit code and what it said.
fn ending(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_signal_during_the_answer_keeps_its_text_and_ends_the_request() {
    for (signal, code, word) in [
        (Signal::INT, 130, "interrupted"),
        (Signal::TERM, 143, "terminated"),
        (Signal::HUP, 129, "the terminal was closed"),
    ] {
        let script = Connection::new().expect("POST", CHAT).stream_head();
        let server = Server::plays([script.deltas(&["one line\n", "and half"]).stall()]);
        let qwen = complete(&["hi"]).server(&server);
        let running = qwen.spawn();
        running.wait_stdout("and half").signal(signal);
        server.wait_ended(1);
        let stderr = format!("error: {word}; the answer is incomplete\n");
        running.outcome().expect(code, "one line\nand half\n", &stderr);
        server.finish();
        qwen.args(["last"]).run().expect_answer("one line\nand half\n");
    }
}

/// What has come is read in large pieces, and there is another at any time.
#[test]
fn a_signal_ends_a_long_answer_that_came_at_once() {
    let address = serve(|mut socket| {
        if read_request(&mut socket).is_none() {
            return;
        }
        let piece = format!("data: {}\n\n", text(&"| a | b |\n|---|---|\n- **c**\n\n".repeat(300)));
        let body = piece.repeat(1000) + &format!("data: {}\n\ndata: [DONE]\n\n", end("stop"));
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\ncontent-length: ";
        let _ = socket.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes());
    });
    let args = ["complete", "--no-save", "--color", "always", "hi"];
    let running = soak::qwen(address).args(args).spawn();
    running.wait_stdout("c").signal(Signal::INT);
    let outcome = running.outcome();
    assert_eq!(outcome.code, 130);
    let told = " interrupted; the answer is incomplete\n";
    assert!(outcome.stderr.ends_with(told), "{}", outcome.stderr);
}

/// As `nohup` starts a program, and a script one in the background. A signal that was taken would end it before the
/// answer is whole; the last ends it, and shows that they came.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_is_ignored_from_the_start_stays_so() {
    let script = post()
        .stream_head()
        .deltas(&["half"])
        .gate("sent")
        .deltas(&[" and half"])
        .stall();
    let server = Server::plays([script]);
    let qwen = complete(&["hi"]).server(&server);
    let program = env!("CARGO_BIN_EXE_qwen");
    let ignoring = ["-c", "trap '' INT HUP; exec \"$@\"", "sh", program, "complete", "hi"];
    let running = qwen.program("/bin/sh").args(ignoring).spawn();
    running.wait_stdout("half").signal(Signal::INT).signal(Signal::HUP);
    server.open("sent");
    running.wait_stdout("half and half").signal(Signal::TERM);
    running
        .outcome()
        .expect(143, "half and half\n", "error: terminated; the answer is incomplete\n");
}

fn post() -> Connection {
    Connection::new().expect("POST", CHAT)
}

#[test]
fn ctrl_c_before_the_answer_ends_the_request() {
    let server = Server::plays([Connection::new().expect("POST", CHAT).stall()]);
    let running = complete(&["hi"]).server(&server).spawn();
    server.wait_requests(1);
    running.signal(Signal::INT);
    server.wait_ended(1);
    running.outcome().expect(130, "", "error: interrupted\n");
}

#[test]
fn ctrl_c_while_it_waits_for_the_next_try_ends_it() {
    let busy = json!({"error": {"message": "busy", "code": "limit_requests"}});
    let script = Connection::new().expect("POST", CHAT);
    let server = Server::plays([script.json_with(429, &[("retry-after", "60")], &busy)]);
    let running = complete(&["hi"]).server(&server).spawn();
    running.wait_stderr("retrying in 1 min\n").signal(Signal::INT);
    let notice = "notice: the server refuses for now (429): busy; retrying in 1 min\n";
    running
        .outcome()
        .expect(130, "", &format!("{notice}error: interrupted\n"));
}

#[test]
fn ctrl_c_while_stdin_stays_open_sends_nothing() {
    for (signal, code, word) in [(Signal::INT, 130, "interrupted"), (Signal::TERM, 143, "terminated")] {
        let (qwen, notice) = ready(&["what is this?"]);
        let server = Server::without_requests();
        let running = qwen.server(&server).spawn_open();
        running.write_stdin("some, but not all");
        running.wait_stderr(&notice).signal(signal);
        running
            .outcome_with_open_stdin()
            .expect(code, "", &format!("{notice}error: {word}\n"));
        server.finish();
    }
}

#[test]
fn ctrl_c_while_a_file_stays_open_sends_nothing() {
    let (qwen, notice) = ready(&["-f", "pipe", "what is this?"]);
    assert!(
        Command::new("mkfifo")
            .arg(qwen.cwd().join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let server = Server::without_requests();
    let running = qwen.server(&server).spawn();
    running.wait_stderr(&notice).signal(Signal::INT);
    running
        .outcome()
        .expect(130, "", &format!("{notice}error: interrupted\n"));
    server.finish();
}

#[test]
fn ctrl_c_while_a_file_is_fetched_ends_that() {
    let elsewhere = Server::plays([Connection::new().expect("GET", "/a").stall()]);
    let url = format!("http://{}/a", elsewhere.address());
    let provider = Server::without_requests();
    let running = complete(&["-f", &url, "hi"]).server(&provider).spawn();
    elsewhere.wait_requests(1);
    running.signal(Signal::INT);
    elsewhere.wait_ended(1);
    running.outcome().expect(130, "", "error: interrupted\n");
    provider.finish();
}

#[test]
fn ctrl_c_while_models_are_listed_ends_that() {
    let server = Server::plays([Connection::new().expect("GET", MODELS).stall()]);
    let qwen = complete(&["-p", "local", "hi"]).env("QWEN_CLI_BASE_URL", &server.base_url());
    let running = qwen.spawn();
    server.wait_requests(1);
    running.signal(Signal::INT);
    server.wait_ended(1);
    running.outcome().expect(130, "", "error: interrupted\n");
}

#[test]
fn ctrl_c_while_a_hint_is_looked_up_reports_the_refusal_without_it() {
    let missing = Connection::new()
        .expect("POST", CHAT)
        .refuse(404, "model_not_found", "The model does not exist.");
    let server = Server::plays([missing, Connection::new().expect("GET", MODELS).stall()]);
    let running = complete(&["-m", "qwen-mxa", "hi"]).server(&server).spawn();
    server.wait_requests(2);
    running.signal(Signal::INT);
    running.outcome().expect(
        7,
        "",
        "error: the server did not find it (404): The model does not exist.\n\
         hint: `qwen models` lists the models this key can use\n\
         server: code model_not_found, request id 00000000-0000-9000-8000-000000000090\n",
    );
}

#[test]
fn ctrl_c_keeps_a_part_file() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let server = Server::plays([script.deltas(&["half\n"]).stall()]);
    let qwen = complete(&["-vv", "-o", "out", "hi"]).server(&server);
    let running = qwen.spawn();
    running.wait_stderr("\"half\\n\"").signal(Signal::INT);
    let outcome = running.outcome();
    assert_eq!((outcome.code, outcome.text()), (130, ""));
    let told = "error: interrupted; the answer is incomplete\nhint: the partial output is in out.part\n";
    assert!(outcome.stderr.ends_with(told), "{}", outcome.stderr);
    assert_eq!(qwen.read("out.part"), b"half\n");
}

#[test]
fn a_closed_stdout_ends_it_quietly() {
    let script = Connection::new()
        .expect("POST", CHAT)
        .stream_head()
        .deltas(&["one\n"])
        .gate("gone");
    let server = Server::plays([script.tail(b"a\r\ndata: {}\n\n\r\n".to_vec()).stall()]);
    let running = complete(&["hi"]).server(&server).spawn();
    running.close_stdout_after("one\n");
    server.wait_requests(1);
    server.open("gone");
    server.wait_ended(1);
    let outcome = running.outcome();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn a_reader_that_goes_while_more_is_written_ends_it_quietly() {
    let piece = format!(
        "data: {}\n\n",
        crate::server::text(&"more and more of it\n".repeat(500))
    );
    let framed = format!("{:x}\r\n{piece}\r\n", piece.len());
    for format in ["text", "jsonl"] {
        let mut script = Connection::new()
            .expect("POST", CHAT)
            .stream_head()
            .deltas(&["first line\n"]);
        for _ in 0..200 {
            script = script.tail(framed.clone());
        }
        let server = Server::plays([script.stall()]);
        let running = complete(&["--format", format, "hi"]).server(&server).spawn();
        running.close_stdout_after("first line");
        server.wait_ended(1);
        let outcome = running.outcome();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{format}");
    }
}

#[test]
fn a_signal_ends_a_write_that_the_reader_does_not_take() {
    let piece = format!("data: {}\n\n", crate::server::text(&"a line\n".repeat(1500)));
    let framed = format!("{:x}\r\n{piece}\r\n", piece.len());
    for (signal, code, args, has_stderr) in [
        (Signal::INT, 130, &["hi"][..], false),
        (Signal::TERM, 143, &["--format", "jsonl", "hi"], false),
        (Signal::HUP, 129, &["--color", "always", "hi"], false),
        // Nor is an error message waited for.
        (Signal::INT, 130, &["hi"], true),
    ] {
        let mut script = post().stream_head();
        for _ in 0..50 {
            script = script.tail(framed.clone());
        }
        let server = Server::plays([script.stall()]);
        let qwen = complete(args).server(&server);
        let (reader, writer) = std::io::pipe().unwrap();
        let stderr = if has_stderr {
            Stdio::from(writer.try_clone().unwrap())
        } else {
            Stdio::piped()
        };
        let mut command = qwen.command();
        command.stdin(Stdio::null()).stderr(stderr);
        let child = command.stdout(writer.try_clone().unwrap()).spawn().unwrap();
        drop(command);
        wait_full(&writer);
        let pid = Pid::from_child(&child);
        kill_process(pid, signal).unwrap();
        let code_of = Watched::new(None);
        let told = code_of.clone();
        thread::spawn(move || {
            let ended = ending(child);
            told.change(|code| *code = Some(ended));
        });
        if !code_of.wait(LIMIT, Option::is_some) {
            kill_process(pid, Signal::KILL).unwrap();
            panic!("{args:?} does not hear {signal:?}");
        }
        let (ended, stderr) = code_of.lock().take().unwrap();
        assert_eq!(ended, Some(code), "{args:?}: {stderr}");
        let word = if has_stderr { "" } else { "the answer is incomplete" };
        assert!(stderr.contains(word), "{stderr}");
        drop(reader);
    }
}

#[test]
fn ctrl_c_while_the_output_waits_for_a_reader_sends_nothing() {
    let list = json!({"data": [{"id": "m"}]});
    let server = Server::plays([Connection::new().expect("GET", MODELS).json(200, &list)]);
    let qwen = complete(&["-v", "-p", "local", "-o", "pipe", "hi"]).server(&server);
    let made = Command::new("mkfifo").arg(qwen.cwd().join("pipe")).status();
    assert!(made.unwrap().success());
    let running = qwen.spawn();
    // The list is the last that is done before.
    running.wait_stderr("< 200 ").signal(Signal::INT);
    let outcome = running.outcome();
    assert_eq!((outcome.code, outcome.text()), (130, ""));
    assert!(outcome.stderr.ends_with("error: interrupted\n"), "{}", outcome.stderr);
    server.finish();
}

#[test]
fn a_reader_that_was_never_there_ends_it_before_the_answer() {
    let server = Server::plays([Connection::new().expect("POST", CHAT).stall()]);
    let (child, reader) = spawn_into_pipe(&complete(&["hi"]).server(&server));
    server.wait_requests(1);
    drop(reader);
    server.wait_ended(1);
    assert_eq!(ending(child), (Some(0), String::new()));
}

#[test]
fn an_answer_that_goes_to_a_file_needs_no_reader() {
    let script = Connection::new().expect("POST", CHAT).gate("gone").answer(&["kept"]);
    let server = Server::plays([script]);
    let qwen = complete(&["-o", "out", "hi"]).server(&server);
    let (child, reader) = spawn_into_pipe(&qwen);
    drop(reader);
    server.wait_requests(1);
    server.open("gone");
    assert_eq!(ending(child), (Some(0), String::new()));
    assert_eq!(qwen.read("out"), b"kept\n");
}

#[test]
fn what_prints_without_asking_ends_quietly_too() {
    for args in [
        &["config", "show"][..],
        &["completions", "bash"],
        &["man"],
        &["--help"],
        &["complete", "--dry-run", "hi"],
    ] {
        let qwen = Qwen::new().args(args.to_vec()).env("DASHSCOPE_API_KEY", KEY);
        let (child, reader) = spawn_into_pipe(&qwen);
        drop(reader);
        assert_eq!(ending(child), (Some(0), String::new()), "{args:?}");
    }
}

#[test]
fn a_second_run_after_an_interrupted_one_works() {
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let server = Server::plays([script.deltas(&["half"]).stall()]);
    let qwen = complete(&["hi"]);
    let running = qwen.clone().server(&server).spawn();
    running.wait_stdout("half").signal(Signal::INT);
    assert_eq!(running.outcome().code, 130);
    let script = Connection::new().expect("POST", CHAT).stream_head();
    let server = Server::plays([script.deltas(&["whole"]).sse(end("stop")).done()]);
    qwen.server(&server).run().expect_answer("whole\n");
}
