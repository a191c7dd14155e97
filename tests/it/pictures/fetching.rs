//! Pictures fetched from where a reply says they are.

use serde_json::json;

use super::{PNG, gives, image, makes, storage};
use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::running::Signal;
use crate::server::{Connection, Server};

/// Runs against a provider that made a picture at `url`, of which nothing is fetched.
#[track_caller]
fn lost(url: &str, code: i32, stderr: &str) {
    let server = makes(&[url.to_owned()]);
    let qwen = image(&server, &["--retries", "0", "fox"]);
    // It is paid for, so its address is there.
    qwen.run()
        .steady()
        .expect(code, crate::outcome::steady(&format!("{url}\n")), stderr);
    server.finish();
    assert_eq!(qwen.file_names(), [""; 0]);
}

#[test]
fn no_address_but_a_public_one_is_fetched() {
    let unsafe_url =
        "error: cannot fetch the picture: its address does not begin with https://, or leads into a private network\n";
    for url in [
        "http://example.com/a.png",
        "https://10.0.0.1/a.png",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fd00::1]/a.png",
        "https://[::ffff:192.168.0.1]/a.png",
        "https://100.64.0.1/a.png",
        "file:///etc/passwd",
        "not a url",
    ] {
        lost(url, 6, unsafe_url);
    }
}

#[test]
fn no_redirect_leads_elsewhere() {
    let inner = Server::plays([]);
    let location = format!("http://{}/secret", inner.address());
    let storage = Server::plays([Connection::new().expect("GET", "/a.png").head(
        302,
        &[
            ("location", location.as_str()),
            ("content-length", "0"),
            ("connection", "close"),
        ],
    )]);
    let server = makes(&[format!("http://{}/a.png", storage.address())]);
    let outcome = image(&server, &["fox"]).run().steady();
    outcome.expect(
        6,
        "http://127.0.0.1:[port]/a.png\n",
        "error: cannot fetch the picture: the server redirects to http://127.0.0.1:[port]/secret, which was not followed\n",
    );
    storage.finish();
    inner.finish();
}

#[test]
fn a_picture_that_is_cut_is_fetched_again() {
    let half = Connection::new()
        .expect("GET", "/a.png")
        .head(200, &[("content-length", "5000"), ("connection", "close")])
        .bytes(PNG[..40].to_vec())
        .close();
    let storage = Server::plays([half, gives("/a.png", PNG)]);
    let server = makes(&[format!("http://{}/a.png", storage.address())]);
    let qwen = image(&server, &["fox"]);
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (0, "fox-1.png\n"), "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with("notice: "), "{}", outcome.stderr);
    assert_eq!(qwen.read("fox-1.png"), PNG);
    storage.finish();
}

#[test]
fn an_address_that_has_ended_is_an_error_and_the_other_pictures_are_kept() {
    let xml = std::fs::read_to_string(crate::fixtures::folder("images").join("result-403-expired/reply.xml")).unwrap();
    let length = xml.len().to_string();
    let head = [
        ("content-type", "application/xml"),
        ("content-length", length.as_str()),
        ("connection", "close"),
    ];
    let storage = Server::plays([
        gives("/1.png", PNG),
        Connection::new().expect("GET", "/2.png").head(403, &head).bytes(xml),
        gives("/3.png", PNG),
    ]);
    let url = |n: usize| format!("http://{}/{n}.png", storage.address());
    let server = makes(&[url(1), url(2), url(3)]);
    let qwen = image(&server, &["-n", "3", "fox"]);
    qwen.run().expect(
        6,
        format!("fox-1.png\n{}\nfox-2.png\n", url(2)),
        "error: cannot fetch the picture: the storage does not give it out (403)\n\
         server: code AccessDenied, request id 00000000-0000-9000-8000-000000000002\n",
    );
    assert_eq!(qwen.file_names(), ["fox-1.png", "fox-2.png"]);
}

/// Runs `qwen image ARGS` against a provider that made three pictures, of which the second is being fetched, and sends it
/// a signal. The addresses of the two that are missing stand in the outcome as `[2]` and `[3]`.
fn stopped(signal: Signal, args: &[&str]) -> (Qwen, Outcome) {
    let silent = Connection::new()
        .expect("GET", "/2.png")
        .head(200, &[("content-length", "5000")]);
    let storage = Server::plays([gives("/1.png", PNG), silent.stall()]);
    let address = storage.address();
    let url = |n: usize| format!("http://{address}/{n}.png");
    let server = makes(&[url(1), url(2), url(3)]);
    let qwen = image(&server, args);
    let running = qwen.spawn();
    storage.wait_requests(2);
    running.signal(signal);
    let mut outcome = running.outcome();
    storage.finish();
    let named = |text: &str| text.replace(&url(2), "[2]").replace(&url(3), "[3]");
    outcome.stderr = named(&outcome.stderr);
    outcome.stdout = named(outcome.text()).into_bytes();
    (qwen, outcome)
}

#[test]
fn a_signal_while_pictures_are_fetched_leaves_their_addresses() {
    for (signal, code, word) in [
        (Signal::INT, 130, "interrupted"),
        (Signal::TERM, 143, "terminated"),
        (Signal::HUP, 129, "the terminal was closed"),
    ] {
        let (qwen, outcome) = stopped(signal, &["-n", "3", "fox"]);
        outcome.expect(code, "fox-1.png\n[2]\n[3]\n", &format!("error: {word}\n"));
        assert_eq!(qwen.file_names(), ["fox-1.png"]);
    }
    let (_, outcome) = stopped(Signal::INT, &["-n", "3", "--format", "json", "fox"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (130, "error: interrupted\n"));
    let list = outcome.json();
    assert_eq!(list[0]["file"], "fox-1.png");
    let lost = |url: &str| json!({"file": null, "url": url, "error": "interrupted"});
    assert_eq!([&list[1], &list[2]], [&lost("[2]"), &lost("[3]")]);
}

#[test]
fn a_storage_that_falls_silent_leaves_the_address() {
    let silent = Connection::new()
        .expect("GET", "/1.png")
        .head(200, &[("content-length", "5000")]);
    let storage = Server::plays([silent.stall()]);
    let url = format!("http://{}/1.png", storage.address());
    let server = makes(std::slice::from_ref(&url));
    let qwen = image(&server, &["--retries", "0", "--timeout", "1", "fox"]);
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (5, format!("{url}\n").as_str()));
    assert!(
        outcome.stderr.starts_with("error: cannot fetch the picture: "),
        "{}",
        outcome.stderr
    );
    storage.finish();
}

#[test]
fn an_address_is_no_picture_on_standard_output() {
    let server = makes(&["https://10.0.0.1/a.png".to_owned()]);
    image(&server, &["-o", "-", "fox"]).run().expect(
        6,
        "",
        "error: cannot fetch the picture: its address does not begin with https://, or leads into a private network\n\
         hint: it is still at https://10.0.0.1/a.png\n",
    );
}

#[test]
fn what_is_over_50_mb_is_not_fetched() {
    let size = (50 << 20) + 1;
    let too_large =
        "error: cannot fetch the picture: could not parse the server's response: one part of it is over 50 MiB\n";
    let length = size.to_string();
    let named = Connection::new()
        .expect("GET", "/a.png")
        .head(200, &[("content-length", length.as_str()), ("connection", "close")])
        .tail(PNG);
    // A server need not name the size.
    let unnamed = Connection::new()
        .expect("GET", "/a.png")
        .head(200, &[("connection", "close")])
        .tail(vec![0; size]);
    for script in [named, unnamed] {
        let storage = Server::plays([script]);
        lost(&format!("http://{}/a.png", storage.address()), 6, too_large);
    }
}

#[test]
fn what_is_no_picture_is_not_written() {
    let (storage, urls) = storage(&[b"<html>Sign in</html>"]);
    lost(
        &urls[0],
        6,
        "error: cannot fetch the picture: what came is not a picture\n",
    );
    storage.finish();
}

#[test]
fn json_tells_everything_of_each_picture() {
    let (_storage, mut urls) = storage(&[PNG]);
    urls.push("https://10.0.0.1/b.png".to_owned());
    let server = makes(&urls);
    let outcome = image(&server, &["-n", "2", "--format", "json", "fox"]).run();
    assert_eq!(outcome.code, 6);
    let size = PNG.len();
    assert_eq!(
        outcome.json(),
        json!([{"file": "fox-1.png", "url": urls[0], "mime": "image/png", "size": size, "width": 16, "height": 16},
            {"file": null, "url": urls[1],
             "error": "cannot fetch the picture: its address does not begin with https://, or leads into a private network"}])
    );
}
