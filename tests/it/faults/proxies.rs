//! Proxies: which one a request goes through, and what is said of one that does not connect us.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use crate::harness::{KEY, Qwen};
use crate::server::{Connection, Server};

/// A proxy that says these one after the other on each connection, every time something is asked of it.
fn says(replies: &[&[u8]]) -> SocketAddr {
    let replies: Vec<Vec<u8>> = replies.iter().map(|reply| reply.to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut socket in listener.incoming().map_while(Result::ok) {
            for reply in &replies {
                if !matches!(socket.read(&mut [0; 4096]), Ok(1..)) || socket.write_all(reply).is_err() {
                    break;
                }
            }
            // Half of it only, so that the client reads it all.
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let _ = socket.read_to_end(&mut Vec::new());
        }
    });
    address
}

/// A loopback address on which nothing listens.
fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// `complete hi` at a host that only a proxy could find.
fn ask(base_url: &str) -> Qwen {
    let args = ["-m", "m", "complete", "--retries", "0", "hi"];
    Qwen::new()
        .args(args)
        .env("QWEN_CLI_PROVIDER", "local")
        .env("QWEN_CLI_BASE_URL", base_url)
}

const AWAY: &str = "https://qwen.invalid/v1";

#[track_caller]
fn told(proxy: &str, stderr: &str) {
    let outcome = ask(AWAY).env("HTTPS_PROXY", proxy).run().steady();
    outcome.expect(5, "", stderr);
}

const NATIVE: &str = "https://qwen.invalid/compatible-mode/v1";

const CHECK: &str = "hint: check the proxy's address and its scheme, as in http://host:port or socks5h://host:port\n";

#[test]
fn the_reason_of_a_proxys_refusal_is_reported() {
    let http = |reply: &str| format!("http://{}", says(&[reply.as_bytes()]));
    let said = |why: &str, hint: &str| {
        let named = "(through the proxy http://127.0.0.1:[port] from $HTTPS_PROXY)";
        format!("error: the proxy did not connect us to qwen.invalid: {why} {named}\n{hint}")
    };
    for (status, why, hint) in [
        ("401 Unauthorized", "refused (401)", ""),
        ("403 Forbidden", "refused (403)", ""),
        ("400 Bad Request", "refused (400)", CHECK),
        ("405 Method Not Allowed", "refused (405)", CHECK),
        ("502 Bad Gateway", "it answered 502", ""),
    ] {
        let reply = format!("HTTP/1.1 {status}\r\nserver: nginx\r\ncontent-length: 0\r\n\r\n");
        told(&http(&reply), &said(why, hint));
    }
    told(
        &http("SSH-2.0-OpenSSH_9.9\r\n"),
        &said("it does not respond like a proxy", CHECK),
    );
    told(&http(""), &said("it was closed", CHECK));
}

#[test]
fn a_silent_proxy_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://me:hunter2@{}", listener.local_addr().unwrap());
    let qwen = ask(AWAY).env("HTTPS_PROXY", &proxy).env("QWEN_CLI_TIMEOUT", "0.2");
    let named = "(through the proxy http://me:***@127.0.0.1:[port] from $HTTPS_PROXY)";
    let stderr = format!("error: the server was silent for [time] {named}\nhint: --timeout allows for more\n");
    qwen.run().steady().expect(5, "", &stderr);
}

#[test]
fn the_reason_of_a_socks_proxys_refusal_is_reported() {
    let named = |scheme: &str| format!("(through the proxy {scheme}://127.0.0.1:[port] from $HTTPS_PROXY)\n");
    let reply = |code: u8| says(&[b"\x05\x00", &[5, code, 0, 1, 0, 0, 0, 0, 0, 0]]);
    for (code, why) in [
        (1, "general failure"),
        (2, "its rules do not allow it"),
        (3, "network unreachable"),
        (4, "host unreachable"),
        (5, "connection refused"),
        (6, "TTL expired"),
        (7, "it does not support CONNECT"),
        (8, "it does not support this type of address"),
    ] {
        let stderr = format!(
            "error: the proxy did not connect us to qwen.invalid: {why} {}",
            named("socks5h")
        );
        told(&format!("socks5h://{}", reply(code)), &stderr);
    }
    let no_proxy = says(&[b"HTTP/1.1 400 Bad Request\r\n\r\n"]);
    let stderr = format!(
        "error: the proxy did not connect us to qwen.invalid: it does not respond like a proxy {}{CHECK}",
        named("socks5h")
    );
    told(&format!("socks://{no_proxy}"), &stderr);
    let rejects = says(&[b"\x00\x5b\x00\x00\x00\x00\x00\x00"]);
    let stderr = format!(
        "error: the proxy did not connect us to qwen.invalid: it rejected the request or failed {}",
        named("socks4a")
    );
    told(&format!("socks4a://{rejects}"), &stderr);
}

#[test]
fn a_password_that_a_proxy_wants_is_asked_for_and_never_shown() {
    let wants = says(&[b"\x05\xff"]);
    told(
        &format!("socks5h://{wants}"),
        "error: the proxy requires a user name and password (through the proxy socks5h://127.0.0.1:[port] from $HTTPS_PROXY)\n\
         hint: put them into the proxy's URL: socks5h://user:password@host:port\n",
    );
    let named = |scheme: &str| format!("(through the proxy {scheme}://me:***@127.0.0.1:[port] from $HTTPS_PROXY)\n");
    let again = "hint: check them in the proxy's URL; signs such as @ and # are written %40 and %23 there\n";
    let refuses = says(&[b"\x05\x02", b"\x01\x01"]);
    told(
        &format!("socks5h://me:hunter2@{refuses}"),
        &format!(
            "error: the proxy rejected the user name and password {}{again}",
            named("socks5h")
        ),
    );
    told(
        &format!("socks5h://me:hunter2@{wants}"),
        &format!(
            "error: the proxy did not connect us to qwen.invalid: it does not support user name and password {}\
             hint: remove them from the proxy's URL\n",
            named("socks5h")
        ),
    );
    let refuses = says(&[b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"]);
    told(
        &format!("me:hunter2@{refuses}"),
        &format!(
            "error: the proxy rejected the user name and password (407) {}{again}",
            named("http")
        ),
    );
}

#[test]
fn a_plain_request_is_refused_by_a_proxy_as_a_tunnel_is() {
    let wants = says(&[b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"]);
    let outcome = ask("http://qwen.invalid/v1")
        .env("http_proxy", &wants.to_string())
        .run();
    outcome.steady().expect(
        5,
        "",
        "error: the proxy requires a user name and password (407) (through the proxy http://127.0.0.1:[port] from $http_proxy)\n\
         hint: put them into the proxy's URL: http://user:password@host:port\n",
    );
}

#[test]
fn a_proxy_that_is_not_there_is_named_with_its_origin() {
    let dead = closed_port();
    let hint = "hint: check that the proxy runs, its address and the network\n";
    let of = |scheme: &str, origin: &str| {
        let named = format!("{scheme}://127.0.0.1:[port] from {origin}");
        format!("error: cannot connect to the proxy: connection refused (through the proxy {named})\n{hint}")
    };
    for (variable, base_url) in [
        ("HTTPS_PROXY", AWAY),
        ("https_proxy", AWAY),
        ("ALL_PROXY", AWAY),
        ("all_proxy", AWAY),
        ("HTTP_PROXY", "http://qwen.invalid/v1"),
        ("http_proxy", "http://qwen.invalid/v1"),
        ("ALL_PROXY", "http://qwen.invalid/v1"),
    ] {
        for (proxy, scheme) in [
            ("", "http"),
            ("http://", "http"),
            ("socks://", "socks5h"),
            ("socks4a://", "socks4a"),
        ] {
            let qwen = ask(base_url).env(variable, &format!("{proxy}{dead}"));
            let outcome = qwen.run().steady();
            outcome.expect(5, "", &of(scheme, &format!("${variable}")));
        }
    }
    let config = ask(AWAY).config(&format!("proxy = \"{dead}\"\n"));
    config
        .run()
        .steady()
        .expect(5, "", &of("http", "[root]/qwen/config.toml line 1"));
    // On this machine it is not asked again and again.
    for (proxy, scheme) in [("http://", "http"), ("socks5h://", "socks5h")] {
        let place = format!("{proxy}{dead}");
        let args = [
            "--proxy",
            &place,
            "-p",
            "local",
            "--base-url",
            AWAY,
            "-m",
            "m",
            "complete",
            "hi",
        ];
        let option = Qwen::new().args(args);
        option.run().steady().expect(5, "", &of(scheme, "--proxy"));
    }
    // The more special name is asked for first, and the small letters.
    let all = ask(AWAY)
        .env("ALL_PROXY", "socks5h://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("HTTP_PROXY", "http://127.0.0.1:1")
        .env("https_proxy", &dead.to_string());
    all.run().steady().expect(5, "", &of("http", "$https_proxy"));
}

#[test]
fn what_is_no_proxy_is_refused_and_nothing_goes_direct() {
    let server = Server::plays([]);
    let taken = "must be host:port, or begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h:// and \
                 name a host";
    for (value, shown) in [
        ("sock5://me:hunter2@h:1", "sock5://me:***@h:1"),
        ("ftp://h:1", "ftp://h:1"),
        ("127.0.0.1 8080", "127.0.0.1 8080"),
        ("http://me:p#hunter2@h:1", "http://me:***@h:1"),
    ] {
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let outcome = ask(AWAY).env(variable, value).run();
            outcome.expect(2, "", &format!("error: ${variable} {taken}, not \"{shown}\"\n"));
        }
        let args = ["--proxy", value, "complete", "hi"];
        let outcome = Qwen::new().args(args).server(&server).run();
        outcome.expect(2, "", &format!("error: --proxy {taken}, not \"{shown}\"\n"));
        let outcome = ask(AWAY).config(&format!("proxy = \"{value}\"\n")).run().steady();
        let stderr = format!(
            "error: [root]/qwen/config.toml line 1: proxy {taken}, not \"{shown}\"\nhint: `qwen config edit` opens it\n"
        );
        outcome.expect(2, "", &stderr);
        let outcome = Qwen::new().args(["config", "set", "proxy", value]).run();
        outcome.expect(2, "", &format!("error: proxy {taken}, not \"{shown}\"\n"));
        let args = ["--base-url", AWAY, "-p", "local", "doctor"];
        let outcome = Qwen::new().args(args).env("HTTPS_PROXY", value).run();
        assert_eq!(
            (outcome.code, outcome.stderr.as_str()),
            (2, "error: one check failed\n")
        );
        let line = format!("failure  proxy     $HTTPS_PROXY {taken}, not \"{shown}\"\n");
        assert!(outcome.text().contains(&line), "{}", outcome.text());
    }
}

#[test]
fn an_empty_option_or_setting_turns_a_proxy_off() {
    let not_found =
        "error: cannot find the host qwen.invalid\nhint: check the network connection and the host's name\n";
    let dead = closed_port().to_string();
    let config = ask(AWAY).config("proxy = \"\"\n").env("HTTPS_PROXY", &dead);
    config.run().expect(5, "", not_found);
    let args = ["--proxy", "", "-m", "m", "complete", "--retries", "0", "hi"];
    let option = ask(AWAY).config(&format!("proxy = \"{dead}\"\n")).args(args);
    option.run().expect(5, "", not_found);
    let variable = ask(AWAY).env("https_proxy", "").env("ALL_PROXY", "");
    variable.run().expect(5, "", not_found);
    let doctor = Qwen::new()
        .args(["--proxy", "", "-p", "demo", "doctor"])
        .env("HTTPS_PROXY", &dead)
        .run();
    assert!(
        doctor.text().contains("ok       proxy       none: it was turned off\n"),
        "{}",
        doctor.text()
    );
}

#[test]
fn a_host_that_only_the_proxy_knows() {
    told(
        &format!("socks5://{}", closed_port()),
        "error: cannot find the host qwen.invalid (through the proxy socks5://127.0.0.1:[port] from $HTTPS_PROXY)\n\
         hint: socks5h:// lets the proxy look the host's name up\n",
    );
    for scheme in ["http", "socks5h"] {
        told(
            &format!("{scheme}://proxy.invalid:1"),
            &format!(
                "error: cannot find the proxy's host proxy.invalid (through the proxy {scheme}://proxy.invalid:1 from \
                 $HTTPS_PROXY)\nhint: check the network connection and the proxy's name\n"
            ),
        );
    }
}

#[test]
fn a_plain_request_goes_to_the_proxy_whole() {
    let page = Connection::new()
        .expect("GET", "http://files.invalid/notes.txt")
        .head(200, &[("content-length", "5"), ("connection", "close")])
        .bytes("notes");
    let proxy = Server::plays([page]);
    let args = [
        "-p",
        "demo",
        "complete",
        "--dry-run",
        "-f",
        "http://me:w-secret@files.invalid/notes.txt",
        "hi",
    ];
    let qwen = Qwen::new().args(args).env("HTTP_PROXY", &proxy.address().to_string());
    let outcome = qwen.run();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    // Only the server that has the file gets the password.
    assert_eq!(
        proxy.finish()[0].header("authorization"),
        Some("Basic bWU6dy1zZWNyZXQ=")
    );
    let content = outcome.json()["body"]["messages"][0]["content"].clone();
    assert_eq!(
        content,
        "http://me:***@files.invalid/notes.txt:\n```txt\nnotes\n```\n\nhi"
    );
}

#[test]
fn files_and_models_and_doctor_go_the_same_way() {
    let dead = closed_port().to_string();
    let through =
        "cannot connect to the proxy: connection refused (through the proxy http://127.0.0.1:[port] from $ALL_PROXY)";
    let run = |args: &[&str]| {
        let qwen = ask(AWAY)
            .env("QWEN_CLI_RETRIES", "0")
            .args(args.iter().copied())
            .file("a.txt", "a")
            .env("ALL_PROXY", &dead);
        qwen.env("DASHSCOPE_API_KEY", KEY).run().steady()
    };
    let hint = "hint: check that the proxy runs, its address and the network\n";
    for args in [
        &["complete", "-f", "https://files.invalid/a.txt", "hi"][..],
        &["models"],
        &["--base-url", NATIVE, "-p", "dashscope", "upload", "a.txt"],
    ] {
        let outcome = run(args);
        assert_eq!(outcome.code, 5, "{outcome:?}");
        assert!(
            outcome.stderr.contains(&format!("{through}\n{hint}")),
            "{}",
            outcome.stderr
        );
    }
    let outcome = run(&["doctor"]);
    let line = "ok       proxy       http://127.0.0.1:[port] from $ALL_PROXY, for all but loopback\n";
    assert!(outcome.text().contains(line), "{}", outcome.text());
    assert!(
        outcome.text().contains(&format!("failure  server      {through}\n")),
        "{}",
        outcome.text()
    );
    let kept = ask(AWAY)
        .args(["doctor"])
        .env("ALL_PROXY", &dead)
        .env("NO_PROXY", "*.Invalid")
        .run()
        .steady();
    let line = "ok       proxy       http://127.0.0.1:[port] from $ALL_PROXY, but not for qwen.invalid\n";
    assert!(kept.text().contains(line), "{}", kept.text());
    assert!(
        kept.text().contains("cannot find the host qwen.invalid\n"),
        "{}",
        kept.text()
    );
}

#[test]
fn a_password_is_in_no_log_and_no_store() {
    let page = |bytes: &'static str| {
        let length = bytes.len().to_string();
        let head = [("content-length", length.as_str()), ("connection", "close")];
        Server::plays([Connection::new().head(200, &head).tail(bytes)])
    };
    for bytes in ["notes", "%PDF-1.7\n"] {
        let dead = closed_port();
        let files = page(bytes);
        let place = format!("http://me:w-secret@{}/", files.address());
        let args = ["-p", "demo", "-vv", "--log-file", "log", "complete", "-f", &place, "hi"];
        let qwen = Qwen::new()
            .args(args)
            .env("HTTPS_PROXY", &format!("http://me:w-secret@{dead}"));
        let outcome = qwen.run();
        let log = String::from_utf8(qwen.read("log")).unwrap();
        assert!(log.contains("GET http://me:***@127.0.0.1"), "{log}");
        for text in [&outcome.stderr, &log, outcome.text()] {
            assert!(!text.contains("w-secret"), "{text}");
        }
        for entry in std::fs::read_dir(qwen.qwen_home())
            .unwrap()
            .chain(std::fs::read_dir(qwen.cwd()).unwrap())
        {
            let path = entry.unwrap().path();
            let bytes = if path.is_file() {
                std::fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            assert!(
                !bytes.windows(8).any(|piece| piece == b"w-secret"),
                "{}",
                path.display()
            );
        }
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| files.finish()));
    }
    // A picture's address goes to the provider, who is not to have it.
    let args = [
        "-p",
        "demo",
        "complete",
        "-i",
        "https://me:w-secret@files.invalid/a.png",
        "hi",
    ];
    Qwen::new().args(args).run().expect(
        2,
        "",
        "error: an image URL must not contain a user name or password: https://me:***@files.invalid/a.png\n\
         hint: the provider fetches the image and would see them; curl … | qwen complete -i -\n",
    );
}
