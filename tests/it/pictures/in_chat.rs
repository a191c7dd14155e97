//! `/draw`.

use serde_json::{Value, json};

use super::{MAKE, PNG, made, storage, that_draws_in_a_task};
use crate::harness::Qwen;
use crate::running::Signal;
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
fn ctrl_c_tells_the_task_that_draws() {
    let server = that_draws_in_a_task();
    let mut terminal = chat(&server).pty(24, 100);
    terminal.wait_for("/help").type_keys("/draw a fox\r");
    server.wait_requests(3);
    terminal
        .type_keys("\x03")
        .wait_for("the server goes on with task t-1 and keeps its result for 24 hours");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    server.finish();
}

#[test]
fn a_picture_that_is_not_fetched_leaves_its_address() {
    let silent = Connection::new()
        .expect("GET", "/1.png")
        .head(200, &[("content-length", "5000")]);
    let storage = Server::plays([silent.stall()]);
    let url = format!("http://{}/1.png", storage.address());
    let server = Server::plays([
        Connection::new()
            .expect("POST", MAKE)
            .json(200, &made(std::slice::from_ref(&url))),
        Connection::new().expect("POST", CHAT).answer(&["still here"]),
    ]);
    let mut terminal = chat(&server).pty(24, 100);
    terminal
        .wait_for("/help")
        .type_keys("/draw a fox\r")
        .wait_for("fetching the picture");
    storage.wait_requests(1);
    terminal.type_keys("\x03").wait_for(&url);
    terminal.type_keys("hi\r").wait_for("still here");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    server.finish();
}

#[test]
fn a_signal_ends_drawing_and_leaves_the_address() {
    let silent = Connection::new()
        .expect("GET", "/1.png")
        .head(200, &[("content-length", "5000")]);
    let storage = Server::plays([silent.stall()]);
    let url = format!("http://{}/1.png", storage.address());
    let server = Server::plays([Connection::new()
        .expect("POST", MAKE)
        .json(200, &made(std::slice::from_ref(&url)))]);
    let mut terminal = chat(&server).pty(24, 100);
    terminal
        .wait_for("/help")
        .type_keys("/draw a fox\r")
        .wait_for("fetching the picture");
    storage.wait_requests(1);
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.exit_code(), 143);
    assert!(terminal.screen().contains(&url), "{}", terminal.screen());
}

#[test]
fn hints_name_the_setting_of_the_model_that_draws() {
    let refusals = [
        (
            404,
            json!({"request_id": "r", "code": "ModelNotFound", "message": "Model not exist."}),
        ),
        (
            403,
            json!({"request_id": "r", "code": "AllocationQuota.FreeTierOnly", "message": "no more"}),
        ),
    ];
    let ask = |(status, body): &(u16, Value)| Connection::new().expect("POST", MAKE).json(*status, body);
    let server = Server::plays([ask(&refusals[0]), ask(&refusals[1])]);
    let mut terminal = chat(&server).config("image_model = \"qwen-image-plus\"\n").pty(24, 160);
    terminal.wait_for("/help").type_keys("/draw a fox\r");
    terminal.wait_for("its successor is qwen-image-2.0: `qwen config set image_model qwen-image-2.0`");
    terminal.type_keys("/draw a fox\r");
    terminal.wait_for("or choose another model with `qwen config set image_model NAME`");
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
