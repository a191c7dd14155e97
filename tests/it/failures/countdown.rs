//! A wait and a retry on a terminal: one line that counts and goes.

use serde_json::json;

use super::{complete, post, stream};
use crate::harness::{KEY, Qwen};
use crate::pty::Pty;
use crate::server::{CHAT, Connection, Server};
use crate::web;

/// Refuses for so many seconds.
fn refuses(script: Connection, status: u16, seconds: &str) -> Connection {
    script.json_with(
        status,
        &[("retry-after", seconds)],
        &json!({"error": {"message": "busy", "code": "busy"}}),
    )
}

/// Everything on the screen and above it once the program has ended.
#[track_caller]
fn left(pty: &mut Pty, code: i32) -> String {
    assert_eq!(pty.exit_code(), code, "{}", pty.screen());
    assert!(!pty.formatted().contains("\x1b[?25l"), "the cursor is hidden");
    pty.scrollback()
}

#[test]
fn a_rate_limit_is_counted_down_by_what_the_server_says_and_ctrl_c_leaves_no_trace() {
    for (columns, counted) in [
        (80, "retry 1 in 5 s: rate limit · Ctrl-C stops"),
        (20, "retry 1 in 5 s"),
    ] {
        let server = Server::plays([refuses(post(), 429, "5")]);
        let mut pty = complete(&[]).server(&server).pty(24, columns);
        pty.wait_for(counted).type_keys("\x03");
        assert_eq!(left(&mut pty, 130), "error: interrupted");
    }
}

#[test]
fn a_retry_that_succeeds_takes_its_line_away() {
    let server = Server::plays([refuses(post(), 503, "0.3"), post().answer(&["One **ok**"])]);
    let mut pty = complete(&[]).server(&server).pty(24, 80);
    pty.wait_for("retry 1 of 3 in 1 s: server error 503 · Ctrl-C stops");
    assert_eq!(left(&mut pty, 0), "One ok");
}

#[test]
fn an_answer_that_is_cut_is_continued_below_a_line_that_goes() {
    let server = Server::plays([
        stream()
            .deltas(&["Hel"])
            .sse(json!({"error": {"message": "busy", "code": "busy"}})),
        post().answer(&["lo"]),
    ]);
    let mut pty = complete(&[]).server(&server).pty(24, 80);
    pty.wait_for("Hel\nretry 1 of 3 in 1 s: ");
    assert_eq!(left(&mut pty, 0), "Hello");
}

#[test]
fn retries_of_every_protocol_are_counted_down() {
    for (provider, base_url, path) in [
        ("dashscope", "/compatible-mode/v1", CHAT),
        (
            "dashscope-native",
            "/api/v1",
            "/api/v1/services/aigc/text-generation/generation",
        ),
        ("local", "/v1", "/v1/chat/completions"),
        ("web", "", web::OPEN),
    ] {
        let server = Server::plays([refuses(Connection::new().expect("POST", path), 429, "50")]);
        let base_url = format!("http://{}{base_url}", server.address());
        let qwen = match provider {
            "web" => web::web(&server, &["chat"]),
            _ => Qwen::new()
                .args(["-p", provider, "-m", "qwen-max", "chat"])
                // So that no server is asked for it.
                .config("[prices.qwen-max]\ninput = 1\noutput = 1\n")
                .env("QWEN_CLI_BASE_URL", &base_url)
                .env("DASHSCOPE_API_KEY", KEY),
        };
        let counted = "retry 1 in 50 s: rate limit · Ctrl-C stops";
        let mut pty = qwen.pty(24, 80);
        pty.wait_for("❯").type_keys("hi\r").wait_for(counted).type_keys("\x03");
        pty.wait_screen("a prompt", |screen| screen.trim_end().ends_with("❯"));
        assert!(!pty.screen().contains("retry 1"), "{provider}: {}", pty.screen());
    }
}

#[test]
fn a_screen_reader_gets_a_sentence_for_a_retry() {
    for (name, value) in [("ACCESSIBLE", "1"), ("TERM", "dumb")] {
        let server = Server::plays([refuses(post(), 503, "0"), post().answer(&["ok"])]);
        let mut pty = complete(&[]).server(&server).env(name, value).pty(24, 80);
        assert_eq!(
            left(&mut pty, 0),
            "notice: the server failed (503): busy; retrying in 0 s\nok"
        );
    }
}

#[test]
fn a_wait_for_the_first_token_is_told_and_gone_with_it() {
    let server = Server::plays([post().gate("answer").answer(&["ok"])]);
    let mut pty = complete(&[]).server(&server).pty(24, 80);
    pty.wait_for(" waiting").wait_for(" · Ctrl-C stops");
    server.open("answer");
    assert_eq!(left(&mut pty, 0), "ok");
}
