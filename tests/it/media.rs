//! Sound and video in a message, against a scripted provider and a scripted storage.

pub mod files;
mod in_chat;
pub mod kept;
mod large;
mod limits;
mod providers;
mod transcribed;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use self::files::{film, mp3, wav};
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Recorded, Server};

const ASKING: &str = "notice: the message holds sound or video: asking qwen3.8-omni-flash\n";

fn ask(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new()
        .server(server)
        .args([&["-p", "dashscope", "complete"], args].concat())
}

/// The parts of the last message of a request.
fn parts(request: &Recorded) -> Vec<Value> {
    let body = request.json();
    let message = body["messages"].as_array().unwrap().last().unwrap();
    message["content"].as_array().unwrap().clone()
}

fn sound(bytes: &[u8], format: &str) -> Value {
    let data = format!("data:;base64,{}", STANDARD.encode(bytes));
    json!({"type": "input_audio", "input_audio": {"data": data, "format": format}})
}

fn video(bytes: &[u8], mime: &str) -> Value {
    let url = format!("data:{mime};base64,{}", STANDARD.encode(bytes));
    json!({"type": "video_url", "video_url": {"url": url}})
}

fn words(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[test]
fn a_sound_goes_inside_the_message_to_a_model_that_hears() {
    let talk = mp3(3);
    let server = Server::answers(&["a bird"]);
    let qwen = ask(&server, &["-i", "talk.mp3", "sum it up"]).file("talk.mp3", &talk);
    qwen.run().expect(0, "a bird\n", ASKING);
    let request = server.request();
    assert_eq!(request.json()["model"], "qwen3.8-omni-flash");
    assert_eq!(parts(&request), [sound(&talk, "mp3"), words("sum it up")]);
}

#[test]
fn the_kind_is_that_of_the_content_whatever_the_name() {
    let (talk, clip, silent) = (wav(2), film(2, &["vide", "soun"]), film(2, &["soun"]));
    let server = Server::answers(&["ok"]);
    let args = ["--attach", "a.png", "-i", "b.mp3", "--image", "c.mp4", "what?"];
    let qwen = ask(&server, &args);
    let qwen = qwen.file("a.png", &talk).file("b.mp3", &clip).file("c.mp4", &silent);
    qwen.run().expect(0, "ok\n", ASKING);
    assert_eq!(
        parts(&server.request()),
        [
            sound(&talk, "wav"),
            video(&clip, "video/mp4"),
            sound(&silent, "m4a"),
            words("what?"),
        ]
    );
}

#[test]
fn a_file_that_is_none_of_them_or_broken_is_refused() {
    let server = Server::without_requests();
    let clip = film(2, &["vide"]);
    let cut = &clip[..clip.len() - 40];
    for (name, bytes, told) in [
        (
            "talk.mp3",
            &b"words"[..],
            "talk.mp3 is neither an image nor sound nor video",
        ),
        (
            "talk.wav",
            b"%PDF-1.7\n",
            "talk.wav is application/pdf, which models do not accept",
        ),
        (
            "clip.mp4",
            cut,
            "clip.mp4 is broken or incomplete: its header (audio/mp4) cannot be read",
        ),
        ("empty.mp3", b"", "empty.mp3 is empty"),
    ] {
        let outcome = ask(&server, &["-i", name, "what?"]).file(name, bytes).run();
        outcome.expect(2, "", &format!("error: {told}\n"));
    }
    server.finish();
}

#[test]
fn a_sound_is_read_from_stdin_and_an_address_is_passed_on() {
    let talk = wav(1);
    let server = Server::answers(&["ok"]);
    let args = [
        "-i",
        "-",
        "-i",
        "https://example.com/a.ogg?x=1",
        "-i",
        "oss://a/b.mov",
        "what?",
    ];
    ask(&server, &args).stdin(&talk).run().expect(0, "ok\n", ASKING);
    let request = server.request();
    let address = "https://example.com/a.ogg?x=1";
    assert_eq!(
        parts(&request),
        [
            sound(&talk, "wav"),
            json!({"type": "input_audio", "input_audio": {"data": address, "format": "ogg"}}),
            json!({"type": "video_url", "video_url": {"url": "oss://a/b.mov"}}),
            words("what?"),
        ]
    );
    assert_eq!(request.header("x-dashscope-ossresourceresolve"), Some("enable"));
}

#[test]
fn a_model_of_the_user_s_that_cannot_hear_is_asked_after_a_notice() {
    let server = Server::answers(&["ok"]);
    let args = ["-m", "qwen3-vl-plus", "-i", "talk.wav", "what?"];
    let told = "notice: qwen3-vl-plus hears no sound; choose a model that does with -m\n";
    ask(&server, &args)
        .file("talk.wav", wav(1))
        .run()
        .expect(0, "ok\n", told);
    assert_eq!(server.request().json()["model"], "qwen3-vl-plus");

    let server = Server::answers(&["ok"]);
    let args = ["-m", "qwen-max", "-i", "clip.mp4", "what?"];
    let told = "notice: qwen-max sees no video; choose a model that does with -m\n";
    let qwen = ask(&server, &args).file("clip.mp4", film(2, &["vide"]));
    qwen.run().expect(0, "ok\n", told);
}

#[test]
fn the_omni_model_is_a_setting() {
    let talk = wav(1);
    for (config, variable, model) in [
        ("omni_model = \"qwen3.5-omni-plus\"\n", None, "qwen3.5-omni-plus"),
        (
            "omni_model = \"a\"\n[providers.dashscope]\nomni_model = \"b-omni\"\n",
            Some("c"),
            "b-omni",
        ),
    ] {
        let server = Server::answers(&["ok"]);
        let mut qwen = ask(&server, &["-i", "talk.wav", "what?"])
            .config(config)
            .file("talk.wav", &talk);
        if let Some(variable) = variable {
            qwen = qwen.env("QWEN_CLI_OMNI_MODEL", variable);
        }
        let told = format!("notice: the message holds sound or video: asking {model}\n");
        qwen.run().expect(0, "ok\n", &told);
        assert_eq!(server.request().json()["model"], model);
    }
}

#[test]
fn a_reply_that_only_comes_as_a_stream_is_printed_in_one_piece() {
    let server = Server::plays([Connection::new()
        .expect("POST", CHAT)
        .expect_body(|body| {
            assert_eq!(
                (&body["stream"], &body["model"]),
                (&json!(true), &json!("qwen3.5-omni-plus"))
            )
        })
        .answer(&["one ", "two ", "three"])]);
    let args = [
        "-m",
        "qwen3.5-omni-plus",
        "--no-stream",
        "--format",
        "jsonl",
        "-i",
        "talk.wav",
        "what?",
    ];
    let outcome = ask(&server, &args).file("talk.wav", wav(1)).run();
    let lines: Vec<Value> = outcome
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let texts: Vec<&Value> = lines.iter().filter(|line| line["type"] == "text").collect();
    assert_eq!(texts, [&json!({"type": "text", "text": "one two three"})], "{lines:?}");
    assert_eq!(lines.last().unwrap()["type"], "done");
    server.finish();
}

#[test]
fn tokens_are_counted_by_kind() {
    let usage = json!({"prompt_tokens": 207, "completion_tokens": 103, "total_tokens": 310, "prompt_tokens_details":
        {"text_tokens": 12, "audio_tokens": 75, "image_tokens": 40, "video_tokens": 80}});
    let reply = || {
        let last = json!({"choices": [], "usage": usage});
        Connection::new()
            .expect("POST", CHAT)
            .stream_head()
            .deltas(&["ok"])
            .sse(crate::server::end("stop"))
            .sse(last)
            .done()
    };
    let server = Server::plays([reply(), reply()]);
    let qwen = Qwen::new().server(&server).file("talk.wav", wav(1));
    let args = ["-p", "dashscope", "complete", "-q", "-u", "-i", "talk.wav", "what?"];
    let told = "usage: 207 tokens in (75 audio, 40 image, 80 video), 103 out, 310 in all, cost unknown; first token after [time], \
                [time] in all\n";
    qwen.clone().args(args).run().steady().expect(0, "ok\n", told);
    let args = [
        "-p",
        "dashscope",
        "complete",
        "-q",
        "--format",
        "json",
        "-i",
        "talk.wav",
        "what?",
    ];
    let counted = qwen.clone().args(args).run().json()["usage"].clone();
    assert_eq!(
        (
            &counted["audio_tokens"],
            &counted["image_tokens"],
            &counted["video_tokens"]
        ),
        (&json!(75), &json!(40), &json!(80))
    );
    let kept = qwen.args(["last", "--json"]).run().json();
    assert_eq!(kept["usage"], counted, "{kept}");
    server.finish();
}
