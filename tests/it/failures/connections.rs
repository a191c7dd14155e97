//! Servers that cannot be reached, and those that send the program elsewhere.

use std::net::TcpListener;

use super::{complete, post};
use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, MODELS, Server};

/// A loopback address on which nothing listens.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// `complete hi` at this base URL.
fn at(base_url: &str, args: &[&str]) -> Qwen {
    complete(args)
        .env("QWEN_CLI_BASE_URL", base_url)
        .env("DASHSCOPE_API_KEY", KEY)
}

#[test]
fn a_refused_connection_exits_5() {
    at(&format!("http://{}/v1", closed_port()), &[])
        .run()
        .steady()
        .expect(5, "", REFUSED);
}

/// On this machine waiting does not help: no network is in between.
const REFUSED: &str = "error: cannot connect to 127.0.0.1:[port]: connection refused\n\
                       hint: no server is running there: start it, or check the address\n";

#[test]
fn the_words_of_an_address_are_not_taken_for_the_fault() {
    let url = format!("http://{}/proxy/tunnel/SOCKS/407/dns error/v1", closed_port());
    at(&url, &[]).run().steady().expect(5, "", REFUSED);
}

#[test]
fn a_host_that_is_not_found_exits_5() {
    // A name reserved never to exist.
    let outcome = at("https://qwen.invalid/v1", &["--retries", "0"]).run();
    outcome.expect(
        5,
        "",
        "error: cannot find the host qwen.invalid\nhint: check the network connection and the host's name\n",
    );
}

#[test]
fn tls_and_plain_http_mixed_up_are_reported() {
    let hint = "hint: if it speaks TLS, use https:// instead of http:// in its address\n";
    let stderr = format!("error: 127.0.0.1:[port] does not speak plain HTTP\n{hint}");
    let page = |words: &str| {
        let length = words.len().to_string();
        let head = [("content-length", length.as_str()), ("connection", "close")];
        post().head(400, &head).bytes(words)
    };
    for script in [
        // OpenSSL's alert, and the words of nginx, Go and Apache.
        post().bytes(b"\x15\x03\x01\x00\x02\x02\x46"),
        page("<title>400 The plain HTTP request was sent to HTTPS port</title>"),
        page("Client sent an HTTP request to an HTTPS server.\n"),
        page("You're speaking plain HTTP to an SSL-enabled server port.<br />"),
    ] {
        let server = Server::plays([script]);
        let outcome = complete(&["--retries", "0"]).server(&server).run().steady();
        outcome.expect(5, "", &stderr);
        server.finish();
    }
}

#[test]
fn an_address_without_a_scheme_is_this_machines_or_none() {
    let server = Server::plays([Connection::new().expect("POST", "/v1/chat/completions").answer(&["ok"])]);
    at(&format!("{}/v1", server.address()), &[]).run().expect_answer("ok\n");
    for (address, shown) in [
        ("api.example.com/v1", "api.example.com/v1"),
        ("me:hunter2@example.com:1/v1", "me:***@example.com:1/v1"),
        ("https://me:hunter2@[bad", "https://me:***@[bad"),
        ("ftp://me:hunter2@h/", "ftp://me:***@h/"),
    ] {
        let why = "must begin with http:// or https:// and name a host";
        let stderr = format!("error: QWEN_CLI_BASE_URL {why}, not \"{shown}\"\n");
        at(address, &[]).run().expect(2, "", &stderr);
    }
}

#[test]
fn a_server_that_does_not_speak_tls_exits_5() {
    // The request opens another connection where the one ahead of it has failed already.
    let refused = || Connection::new().bytes("HTTP/1.1 400 Bad Request\r\n\r\n");
    let server = Server::plays([refused(), refused()]);
    let outcome = at(&format!("https://{}/v1", server.address()), &["--retries", "0"])
        .run()
        .steady();
    outcome.expect(
        5,
        "",
        "error: no secure connection to 127.0.0.1:[port]: it does not speak TLS\n\
         hint: if it should not, use http:// instead of https:// in its address\n",
    );
    // What came was no HTTP request, and the script says so.
    let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| server.finish()));
    assert!(told.is_err());
}

#[test]
fn an_error_that_met_a_proxy_names_it_without_its_password() {
    let proxy = closed_port();
    let stderr = |origin: &str| {
        format!(
            "error: cannot connect to the proxy: connection refused (through the proxy http://user:***@127.0.0.1:[port] from \
             {origin})\nhint: check that the proxy runs, its address and the network\n"
        )
    };
    let given = format!("http://user:secret-word@{proxy}");
    let outcome = at("https://qwen.invalid/v1", &["--retries", "0", "--proxy", &given])
        .run()
        .steady();
    outcome.expect(5, "", &stderr("--proxy"));
    for variable in ["HTTPS_PROXY", "ALL_PROXY"] {
        let qwen = at("https://qwen.invalid/v1", &["--retries", "0"]).env(variable, &given);
        qwen.run().steady().expect(5, "", &stderr(&format!("${variable}")));
    }
}

#[test]
fn a_host_that_is_kept_from_the_proxy_names_none() {
    for excluded in [
        "qwen.invalid",
        "other.example, .invalid",
        "*",
        "*.INVALID",
        "a qwen.invalid:443",
    ] {
        at("https://qwen.invalid/v1", &["--retries", "0"])
            .env("HTTPS_PROXY", &format!("http://{}", closed_port()))
            .env("NO_PROXY", excluded)
            .run()
            .expect(
                5,
                "",
                "error: cannot find the host qwen.invalid\nhint: check the network connection and the host's name\n",
            );
    }
}

#[test]
fn loopback_is_never_reached_through_a_proxy() {
    let server = Server::answers(&["ok"]);
    let proxy = format!("http://{}", closed_port());
    complete(&["--proxy", &proxy])
        .server(&server)
        .env("HTTP_PROXY", &proxy)
        .env("ALL_PROXY", &proxy)
        .run()
        .expect_answer("ok\n");
}

#[test]
fn a_malformed_proxy_or_certificate_file_is_refused() {
    let server = Server::plays([]);
    let run = |args: &[&str]| complete(args).server(&server).run();
    run(&["--proxy", "non sense"]).expect(
        2,
        "",
        "error: --proxy must be host:port, or begin with http://, https://, socks4://, socks4a://, socks5:// or socks5h:// \
         and name a host, not \"non sense\"\n",
    );
    run(&["--cacert", "gone.pem"]).expect(
        2,
        "",
        "error: cannot read the certificate file gone.pem: no such file or folder\n",
    );
    let qwen = at("https://127.0.0.1:1/v1", &["--cacert", "ca.pem"]).file("ca.pem", "no certificate");
    qwen.run().expect(
        2,
        "",
        "error: the certificate file ca.pem contains no PEM certificates\n",
    );
}

fn moved(script: Connection, status: u16, place: &str) -> Connection {
    script.head(
        status,
        &[("location", place), ("content-length", "0"), ("connection", "close")],
    )
}

#[test]
fn a_redirect_on_the_same_host_is_followed_with_the_key_and_as_the_same_request() {
    for status in [301, 302, 307, 308] {
        let there = Connection::new().expect("POST", "/v2/chat/completions").answer(&["ok"]);
        let server = Server::plays([moved(post(), status, "/v2/chat/completions"), there]);
        complete(&[]).server(&server).run().expect_answer("ok\n");
        let requests = server.finish();
        assert_eq!(requests[0].body, requests[1].body);
        assert_eq!(requests[1].header("authorization"), Some("Bearer sk-placeholder"));
    }
}

/// 303 asks for the answer to be fetched elsewhere, which would leave the prompt behind.
#[test]
fn a_303_is_no_other_place_for_a_question_but_one_for_a_list() {
    let server = Server::plays([moved(post(), 303, "/v2/chat/completions")]);
    complete(&[]).server(&server).run().expect(
        6,
        "",
        "error: the server redirects to /v2/chat/completions, which was not followed\n\
         hint: if that address is right, set it with --base-url\n",
    );
    server.finish();
    for status in [301, 302, 303, 307, 308] {
        let list = Connection::new()
            .expect("GET", "/v2/models")
            .json(200, &serde_json::json!({"data": [{"id": "m"}]}));
        let server = Server::plays([
            moved(Connection::new().expect("GET", MODELS), status, "/v2/models"),
            list,
        ]);
        at(&server.base_url(), &[])
            .args(["-p", "local", "models"])
            .run()
            .expect_answer("m\n");
        server.finish();
    }
}

#[test]
fn a_redirect_to_another_scheme_host_or_port_is_not_followed() {
    let elsewhere = Server::plays([]);
    let place = format!("http://{}{CHAT}", elsewhere.address());
    for status in [301, 302, 303, 307, 308] {
        let server = Server::plays([moved(post(), status, &place)]);
        complete(&[]).server(&server).run().expect(
            6,
            "",
            &format!(
                "error: the server redirects to {place}, which was not followed\n\
                 hint: if that address is right, set it with --base-url\n"
            ),
        );
        server.finish();
    }
    for place in ["https://127.0.0.1/x", "http://localhost:1/x", "//example.invalid/x"] {
        let server = Server::plays([moved(post(), 307, place)]);
        let outcome = complete(&[]).server(&server).run();
        assert_eq!((outcome.code, outcome.text()), (6, ""), "{place}");
        let refused = "which was not followed\n";
        assert!(outcome.stderr.contains(refused), "{}", outcome.stderr);
        server.finish();
    }
    assert!(elsewhere.finish().is_empty());
}

#[test]
fn a_redirect_in_circles_ends() {
    let server = Server::plays((0..6).map(|_| moved(post(), 307, CHAT)));
    let outcome = complete(&[]).server(&server).run().steady();
    outcome.expect(6, "", "error: 127.0.0.1:[port] redirects in a loop\n");
}
