//! Films that are too large for a request.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::sync::mpsc;

use serde_json::{Value, json};

use super::files::{film, head_of_large_film, wav};
use super::{ASKING, parts, video, words};
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};
use crate::soak::{HEAD, chunk, qwen, read_request, serve};

const MB: u32 = 1 << 20;

pub fn policy(storage: SocketAddr, megabytes: u32) -> Value {
    json!({"data": {"policy": "UA==", "signature": "S", "upload_dir": "instant/d",
        "upload_host": format!("http://{storage}"), "expire_in_seconds": 300, "max_file_size_mb": megabytes,
        "oss_access_key_id": "ID"}})
}

pub fn gives(model: &str, policy: &Value) -> Connection {
    let path = format!("/api/v1/uploads?action=getPolicy&model={model}");
    Connection::new().expect("GET", &path).json(200, policy)
}

/// A film of so many bytes in the working directory, which takes no place on the disk.
fn film_of(qwen: &Qwen, name: &str, bytes: u32) {
    let path = qwen.cwd().join(name);
    std::fs::write(&path, head_of_large_film(120, bytes)).unwrap();
    OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(bytes.into())
        .unwrap();
}

/// Reads a request to its end without keeping it; how many bytes its body had.
fn swallow(socket: &mut TcpStream) -> Option<u64> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length: u64 = head
        .split("content-length: ")
        .nth(1)?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()?;
    std::io::copy(&mut socket.take(length), &mut std::io::sink()).ok()
}

#[test]
fn a_film_of_seven_megabytes_goes_inside_the_message() {
    let server = Server::answers(&["ok"]);
    let qwen = super::ask(&server, &["-i", "clip.mp4", "what?"]);
    film_of(&qwen, "clip.mp4", 7 * MB);
    qwen.run().expect(0, "ok\n", ASKING);
    let clip = qwen.read("clip.mp4");
    assert_eq!(clip.len(), 7 << 20);
    assert_eq!(parts(&server.request()), [video(&clip, "video/mp4"), words("what?")]);
}

/// The most memory that the program held until its question came, in kilobytes.
#[cfg(target_os = "linux")]
fn peak_with_film_of(bytes: u32) -> usize {
    let (stored, stores) = mpsc::channel();
    let storage = serve(move |mut socket| {
        stored.send(swallow(&mut socket)).unwrap();
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    });
    let (asked, asks) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let may_go = std::sync::Mutex::new(may_go);
    let provider = serve(move |mut socket| {
        let mut begin = [0; 4];
        socket.peek(&mut begin).unwrap();
        if begin == *b"GET " {
            let mut head = [0; 4096];
            let count = socket.read(&mut head).unwrap();
            let head = String::from_utf8_lossy(&head[..count]).into_owned();
            assert!(
                head.starts_with("GET /api/v1/uploads?action=getPolicy&model=qwen3.8-omni-flash "),
                "{head}"
            );
            let body = policy(storage, 1024).to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            socket.write_all((head + &body).as_bytes()).unwrap();
            return;
        }
        let request = read_request(&mut socket).unwrap();
        asked
            .send(request["messages"][0]["content"][0]["video_url"]["url"].clone())
            .unwrap();
        may_go.lock().unwrap().recv().unwrap();
        let answer = [crate::server::text("ok"), crate::server::end("stop")];
        let answer: String = answer.iter().map(|payload| chunk(&payload.to_string())).collect();
        socket.write_all(format!("{HEAD}{answer}0\r\n\r\n").as_bytes()).unwrap();
    });
    let qwen = qwen(provider)
        .env("QWEN_CLI_BASE_URL", &format!("http://{provider}/compatible-mode/v1"))
        .args(["-p", "dashscope", "complete", "-i", "clip.mp4", "what?"]);
    film_of(&qwen, "clip.mp4", bytes);
    let mut command = qwen.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let address = asks.recv().unwrap();
    assert!(address.as_str().unwrap().ends_with("-clip.mp4"));
    // The form has more than the film.
    assert!(stores.recv().unwrap().unwrap() > bytes.into());
    let peak = crate::memory::kilobytes(child.id(), "VmHWM");
    go.send(()).unwrap();
    let outcome = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&outcome.stderr), ASKING);
    assert_eq!(
        (outcome.status.code(), outcome.stdout.as_slice()),
        (Some(0), &b"ok\n"[..])
    );
    peak
}

#[test]
#[cfg(target_os = "linux")]
fn a_film_of_200_megabytes_is_uploaded_from_the_disk() {
    let (small, large) = (peak_with_film_of(8 * MB), peak_with_film_of(200 * MB));
    assert!(large < small + 8 * 1024, "8 MB take {small} kB, 200 MB take {large} kB");
}

#[test]
fn what_is_uploaded_is_resolved_for_the_same_model() {
    let taken = [("content-length", "0"), ("connection", "close")];
    let storage = Server::plays([Connection::new().expect("POST", "/").head(200, &taken)]);
    let server = Server::plays([
        gives("qwen3.5-omni-plus", &policy(storage.address(), 100)),
        Connection::new().expect("POST", CHAT).answer(&["ok"]),
    ]);
    let qwen = super::ask(&server, &["-m", "qwen3.5-omni-plus", "-i", "talk.wav", "what?"]);
    qwen.file("talk.wav", wav(250)).run().expect_answer("ok\n");
    let requests = server.finish();
    assert_eq!(requests[1].header("x-dashscope-ossresourceresolve"), Some("enable"));
    let audio = &parts(&requests[1])[0]["input_audio"];
    let address = audio["data"].as_str().unwrap();
    assert!(
        address.starts_with("oss://instant/d/") && address.ends_with("-talk.wav"),
        "{address}"
    );
    assert_eq!(audio["format"], "wav");
    let stored = storage.request();
    assert_eq!(stored.header("authorization"), None);
    assert!(String::from_utf8_lossy(&stored.body).contains("Content-Type: audio/wav"));
}

#[test]
fn a_dry_run_uploads_nothing() {
    let server = Server::without_requests();
    let qwen = super::ask(&server, &["--dry-run", "-i", "clip.mp4", "what?"]);
    film_of(&qwen, "clip.mp4", 200 * MB);
    let outcome = qwen.run();
    let told = format!("{ASKING}notice: clip.mp4 would be uploaded first\n");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, told.as_str()));
    let part = &outcome.json()["body"]["messages"][0]["content"][0];
    assert_eq!(part["video_url"]["url"], "oss://to-be-uploaded");
    server.finish();
}

#[test]
fn one_that_the_storage_does_not_take_is_refused() {
    let storage = Server::without_requests();
    let server = Server::plays([gives("qwen3.8-omni-flash", &policy(storage.address(), 100))]);
    let qwen = super::ask(&server, &["-i", "clip.mp4", "what?"]);
    film_of(&qwen, "clip.mp4", 101 * MB);
    let told = format!("{ASKING}error: clip.mp4: it is 101.00 MB; at most 100 MB can be uploaded here\n");
    qwen.run().expect(2, "", &told);
    server.finish();
    storage.finish();
}

#[test]
fn qwen_upload_takes_sound_and_video_for_the_omni_model() {
    let taken = [("content-length", "0"), ("connection", "close")];
    let storage = Server::plays((0..2).map(|_| Connection::new().expect("POST", "/").head(200, &taken)));
    let server = Server::plays([gives("qwen3.8-omni-flash", &policy(storage.address(), 100))]);
    let qwen = Qwen::new()
        .server(&server)
        .args(["-p", "dashscope", "upload", "talk.dat", "clip.dat"]);
    let outcome = qwen.file("talk.dat", wav(1)).file("clip.dat", film(2, &["vide"])).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let references: Vec<&str> = outcome.text().lines().collect();
    assert!(
        references[0].ends_with("-talk.dat") && references[1].ends_with("-clip.dat"),
        "{references:?}"
    );
    let stored = [storage.requests(), storage.finish()].concat();
    let types = ["audio/wav", "video/mp4"].map(|mime| format!("Content-Type: {mime}"));
    for mime in types {
        assert!(
            stored
                .iter()
                .any(|form| String::from_utf8_lossy(&form.body).contains(&mime)),
            "{mime}"
        );
    }
    server.finish();
}
