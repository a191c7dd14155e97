//! `complete --transcribe`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::ask;
use super::files::{film, mp3, wav};
use crate::fixtures::{Cut, Fixture};
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

#[test]
fn the_words_of_a_recording_are_printed() {
    let talk = mp3(3);
    for (case, options, stream) in [("stream-asr", &[][..], true), ("chat-asr", &["--no-stream"], false)] {
        let fixture = Fixture::read("openai", case);
        let server = Server::plays([Connection::new().expect("POST", CHAT).fixture(&fixture, Cut::Random(7))]);
        let args = [
            &["--transcribe", "-i", "talk.dat", "-s", "names: Qwen, DashScope"],
            options,
        ]
        .concat();
        // An answer to the same would come from the cache of the model that the environment names for conversations.
        let qwen = ask(&server, &args)
            .env("QWEN_CLI_MODEL", "qwen-plus")
            .file("talk.dat", &talk);
        qwen.run().expect(0, "Good morning.\n", "");
        let body = server.request().json();
        let uri = format!("data:audio/mpeg;base64,{}", STANDARD.encode(&talk));
        assert_eq!(body["model"], "qwen3-asr-flash");
        assert_eq!(body["stream"] == true, stream);
        assert_eq!(
            body["messages"],
            json!([
                {"role": "system", "content": [{"text": "names: Qwen, DashScope"}]},
                {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": uri}}]},
            ])
        );
    }
}

#[test]
fn the_native_api_transcribes_too() {
    let fixture = std::fs::read(crate::fixtures::folder("native/asr/reply.json")).unwrap();
    let reply: serde_json::Value = serde_json::from_slice(&fixture).unwrap();
    let server = Server::plays([Connection::new()
        .expect("POST", "/api/v1/services/aigc/multimodal-generation/generation")
        .json(200, &reply)]);
    let talk = wav(1);
    let api = server.base_url().replace("/compatible-mode/v1", "/api/v1");
    let qwen = Qwen::new()
        .server(&server)
        .env("QWEN_CLI_BASE_URL", &api)
        .file("talk.wav", &talk);
    let args = [
        "-p",
        "dashscope-native",
        "complete",
        "--no-stream",
        "--transcribe",
        "-i",
        "talk.wav",
    ];
    qwen.args(args).run().expect(0, "Good morning.\n", "");
    let uri = format!("data:audio/wav;base64,{}", STANDARD.encode(&talk));
    let messages = &server.request().json()["input"]["messages"];
    assert_eq!(*messages, json!([{"role": "user", "content": [{"audio": uri}]}]));
}

#[test]
fn the_model_is_that_of_the_setting_or_of_the_flag() {
    for (options, config, model) in [
        (
            &[][..],
            "transcribe_model = \"my-asr\"\nmodel = \"qwen-plus\"\n",
            "my-asr",
        ),
        (&["-m", "qwen3.8-omni-flash"], "", "qwen3.8-omni-flash"),
    ] {
        let server = Server::answers(&["hello"]);
        let args = [&["--transcribe", "-i", "https://example.com/talk"], options].concat();
        ask(&server, &args).config(config).run().expect_answer("hello\n");
        assert_eq!(server.request().json()["model"], model);
    }
}

#[test]
fn only_one_recording_and_nothing_else_is_transcribed() {
    let server = Server::without_requests();
    let run = |args: &[&str]| {
        let qwen = ask(&server, args)
            .file("a.wav", wav(1))
            .file("clip.mp4", film(2, &["vide", "soun"]));
        qwen.run()
    };
    let two = run(&["--transcribe", "-i", "a.wav", "-i", "a.wav"]);
    two.expect(2, "", "error: --transcribe takes one recording\n");
    run(&["--transcribe", "-i", "clip.mp4"]).expect(
        2,
        "",
        "error: clip.mp4 is not a sound recording, which --transcribe takes\n\
         hint: ffmpeg -i film.mp4 talk.mp3 takes the sound out of a video\n",
    );
    for args in [&["--transcribe"][..], &["--transcribe", "-i", "a.wav", "sum up"]] {
        let outcome = run(args);
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{args:?}");
    }
    server.finish();
}

#[test]
fn a_model_that_takes_its_words_back_is_refused() {
    let server = Server::without_requests();
    let args = ["-m", "qwen-audio-3.1-asr-flash", "--transcribe", "-i", "a.wav"];
    ask(&server, &args).file("a.wav", wav(1)).run().expect(
        2,
        "",
        "error: qwen-audio-3.1-asr-flash corrects words that it has sent already, which is not supported\n\
         hint: -m qwen3-asr-flash transcribes too\n",
    );
    server.finish();
}

#[test]
fn a_provider_without_such_a_model_is_told() {
    let server = Server::without_requests();
    let base_url = server.base_url();
    let args = [
        "-p",
        "local",
        "--base-url",
        &base_url,
        "complete",
        "--transcribe",
        "-i",
        "a.wav",
    ];
    Qwen::new().args(args).file("a.wav", wav(1)).run().expect(
        2,
        "",
        "error: no model is known that transcribes with local\n\
         hint: name one with -m, or set transcribe_model in the config\n",
    );
    server.finish();
}
