//! `/draw`.

use serde_json::json;

use super::{MAKE, PNG, made, storage};
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

fn chat(server: &Server) -> Qwen {
    Qwen::new().server(server).args(["-p", "dashscope", "chat"])
}

#[test]
fn a_picture_is_drawn_and_the_next_message_asks_about_it() {
    let (_storage, urls) = storage(&[PNG]);
    let server = Server::plays([
        Connection::new().expect("POST", MAKE).json(200, &made(&urls)),
        Connection::new().expect("POST", CHAT).answer(&["a grey square"]),
    ]);
    let qwen = chat(&server);
    let mut terminal = qwen.pty(24, 100);
    terminal.wait_for("/help").type_keys("/draw a fox\r");
    terminal.wait_for("a-fox-1.png: png, 16 × 16 pixels, 1 KB");
    terminal.type_keys("what is it?\r").wait_for("a grey square");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(qwen.file_names(), ["a-fox-1.png"]);
    let requests = server.finish();
    assert_eq!(requests[0].json()["model"], "qwen-image-3.0");
    let parts = &requests[1].json()["messages"][0]["content"];
    assert!(
        parts[0]["image_url"]["url"]
            .as_str()
            .unwrap()
            .starts_with("data:image/png;base64,")
    );
    assert_eq!(parts[1], json!({"type": "text", "text": "what is it?"}));
    // It is kept with the conversation as any attached picture is.
    let shown = qwen.args(["sessions", "show", "--json"]).run();
    assert!(shown.text().contains("a-fox-1.png"), "{shown:?}");
}

#[test]
fn a_mentioned_picture_is_changed() {
    let (_storage, urls) = storage(&[PNG]);
    let server = Server::plays([Connection::new().expect("POST", MAKE).json(200, &made(&urls))]);
    let qwen = chat(&server).file("cat.png", PNG);
    let mut terminal = qwen.pty(24, 100);
    terminal.wait_for("/help").type_keys("/draw @cat.png at night\r");
    terminal.wait_for("cat-png-at-night-1.png: png").type_keys("\x03\x04");
    assert_eq!(terminal.exit_code(), 0);
    let content = &server.request().json()["input"]["messages"][0]["content"];
    assert!(content[0]["image"].as_str().unwrap().starts_with("data:image/png"));
    assert_eq!(content[1]["text"], "@cat.png at night");
}

#[test]
fn ctrl_c_stops_drawing_and_the_conversation_goes_on() {
    let server = Server::plays([
        Connection::new().expect("POST", MAKE).stall(),
        Connection::new().expect("POST", CHAT).answer(&["still here"]),
    ]);
    let mut terminal = chat(&server).pty(24, 100);
    terminal
        .wait_for("/help")
        .type_keys("/draw a fox\r")
        .wait_for("making the picture");
    server.wait_requests(1);
    terminal.type_keys("\x03").wait_gone("making the picture");
    terminal.type_keys("hi\r").wait_for("still here");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    server.finish();
}

#[test]
fn a_refusal_is_told_and_the_conversation_goes_on() {
    let refusal = json!({"request_id": "r", "code": "DataInspectionFailed", "message": "Input data may contain inappropriate content."});
    let server = Server::plays([Connection::new().expect("POST", MAKE).json(400, &refusal)]);
    let mut terminal = chat(&server).pty(24, 100);
    terminal
        .wait_for("/help")
        .type_keys("/draw\r")
        .wait_for("error: say what to draw");
    terminal
        .type_keys("/draw a fox\r")
        .wait_for("hint: the content filter stopped it; reword the prompt");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
}
