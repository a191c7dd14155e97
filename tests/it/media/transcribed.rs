//! `complete --transcribe`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::ask;
use super::files::{film, mp3, wav};
use super::large::{gives, policy};
use crate::fixtures::{Cut, Fixture};
use crate::harness::Qwen;
use crate::running::Signal;
use crate::server::{CHAT, Connection, Server};

const TRANSCRIBE: &str = "/api/v1/services/audio/asr/transcription";
/// Asks for the transcript of a recording that the service fetches itself.
const OF_AN_ADDRESS: [&str; 5] = [
    "-m",
    "qwen3-asr-flash-filetrans",
    "--transcribe",
    "-i",
    "https://example.com/talk.mp3",
];
const TASK: &str = "/api/v1/tasks/00000000-0000-4000-8000-00000000a001";

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
            .file("cat.png", crate::pictures::PNG)
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
    run(&["--transcribe", "-i", "cat.png"]).expect(
        2,
        "",
        "error: cat.png is not a sound recording, which --transcribe takes\n",
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

/// A reply about a transcript.
fn state(case: &str) -> serde_json::Value {
    crate::fixtures::json(&crate::fixtures::folder("transcription").join(case).join("reply.json"))
}

/// The storage of a transcript, and the replies of a provider that writes it.
fn transcript() -> (Server, Vec<Connection>) {
    let folder = crate::fixtures::folder("transcription");
    let length = std::fs::metadata(folder.join("transcript.json"))
        .unwrap()
        .len()
        .to_string();
    let head = [("content-length", length.as_str()), ("connection", "close")];
    let storage = Server::plays([Connection::new()
        .expect("GET", "/transcript.json?Signature=S")
        .head(200, &head)
        .bytes(std::fs::read(folder.join("transcript.json")).unwrap())]);
    let mut done = state("succeeded");
    done["output"]["result"]["transcription_url"] =
        format!("http://{}/transcript.json?Signature=S", storage.address()).into();
    let replies = vec![
        Connection::new()
            .expect("POST", TRANSCRIBE)
            .json(200, &state("submitted")),
        Connection::new().expect("GET", TASK).json(200, &done),
    ];
    (storage, replies)
}

#[test]
fn a_long_recording_is_uploaded_and_transcribed_in_a_task() {
    let (place, replies) = transcript();
    let taken = [("content-length", "0"), ("connection", "close")];
    let storage = Server::plays([Connection::new().expect("POST", "/").head(200, &taken)]);
    let granted = gives("qwen3-asr-flash-filetrans", &policy(storage.address(), 100));
    let server = Server::plays([granted].into_iter().chain(replies));
    let talk = mp3(360);
    let args = ["--transcribe", "-i", "talk.mp3", "-s", "names: Qwen"];
    let qwen = ask(&server, &args).file("talk.mp3", &talk);
    qwen.run().expect(
        0,
        "Good morning. Shall we begin?\n",
        "notice: talk.mp3 is 6 min long: asking qwen3-asr-flash-filetrans\n",
    );
    storage.finish();
    let requests = server.finish();
    let body = requests[1].json();
    let address = body["input"]["file_url"].as_str().unwrap();
    assert!(address.starts_with("oss://instant/d/"), "{address}");
    assert_eq!(
        body["parameters"],
        json!({"channel_id": [0], "corpus": {"text": "names: Qwen"}})
    );
    assert_eq!(requests[1].header("x-dashscope-ossresourceresolve"), Some("enable"));
    // The transcript is fetched without the key.
    let fetched = &place.finish()[0];
    assert_eq!(fetched.header("authorization"), None);
    qwen.args(["last"])
        .run()
        .expect_answer("Good morning. Shall we begin?\n");
}

#[test]
fn the_model_for_long_recordings_is_asked_by_its_name_too() {
    let (place, replies) = transcript();
    let server = Server::plays(replies);
    let args = [
        "-m",
        "qwen3-asr-flash-filetrans",
        "--transcribe",
        "--format",
        "json",
        "-i",
    ];
    let outcome = ask(&server, &[&args[..], &["https://example.com/talk.mp3"]].concat()).run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let answer = outcome.json();
    assert_eq!(
        (&answer["content"], &answer["finish_reason"]),
        (&json!("Good morning. Shall we begin?"), &json!("stop"))
    );
    assert_eq!(
        server.finish()[0].json()["input"]["file_url"],
        "https://example.com/talk.mp3"
    );
    place.finish();
}

#[test]
fn a_signal_while_a_task_runs_tells_its_id() {
    for options in [&[][..], &["--no-stream"]] {
        let server = Server::plays([
            Connection::new()
                .expect("POST", TRANSCRIBE)
                .json(200, &state("submitted")),
            Connection::new().expect("GET", TASK).json(200, &state("running")),
            Connection::new().expect("GET", TASK).stall(),
        ]);
        let args = [
            "-m",
            "qwen3-asr-flash-filetrans",
            "--transcribe",
            "-i",
            "https://example.com/talk.mp3",
        ];
        let asking = ask(&server, &[&args, options].concat()).spawn();
        server.wait_requests(3);
        asking.signal(Signal::INT);
        asking.outcome().expect(
            130,
            "",
            "error: interrupted\n\
             hint: the server goes on with task 00000000-0000-4000-8000-00000000a001 and keeps its result for 24 hours\n",
        );
        server.finish();
    }
}

#[test]
fn a_task_that_fails_is_told_and_asked_for_once() {
    let server = Server::plays([
        Connection::new()
            .expect("POST", TRANSCRIBE)
            .json(200, &state("submitted")),
        Connection::new().expect("GET", TASK).json(200, &state("running")),
        Connection::new().expect("GET", TASK).json(200, &state("failed")),
    ]);
    ask(&server, &OF_AN_ADDRESS).run().expect(
        7,
        "",
        "error: the server refused the request (400): The audio file cannot be downloaded.\n\
         hint: the server could not fetch the URL; give a local file instead, which is sent along\n\
         server: code InvalidFile.DownloadFailed, request id 00000000-0000-9000-8000-000000000002\n",
    );
    server.finish();
}

#[test]
fn ctrl_c_in_chat_tells_the_task_that_transcribes() {
    let server = Server::plays([
        Connection::new()
            .expect("POST", TRANSCRIBE)
            .json(200, &state("submitted")),
        Connection::new().expect("GET", TASK).stall(),
    ]);
    let args = ["-p", "dashscope", "chat", "-m", "qwen3-asr-flash-filetrans", "-i"];
    let args = [&args[..], &["https://example.com/talk.mp3"]].concat();
    let mut terminal = Qwen::new().server(&server).args(args).pty(24, 100);
    terminal.wait_for("/help").type_keys("write it down\r");
    server.wait_requests(2);
    terminal.type_keys("\x03").wait_for("stopped; /retry asks again");
    terminal.wait_for("the server goes on with task 00000000-0000-4000-8000-00000000a001");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    server.finish();
}

#[test]
fn a_task_that_cannot_be_looked_at_is_named() {
    let server = Server::plays([
        Connection::new()
            .expect("POST", TRANSCRIBE)
            .json(200, &state("submitted")),
        Connection::new()
            .expect("GET", TASK)
            .refuse(503, "ServiceUnavailable", "busy"),
    ]);
    let outcome = ask(&server, &[&OF_AN_ADDRESS[..], &["--retries", "0"]].concat()).run();
    let named = "error: tasks/00000000-0000-4000-8000-00000000a001: ";
    assert_eq!((outcome.code, outcome.text()), (6, ""));
    assert!(outcome.stderr.starts_with(named), "{}", outcome.stderr);
    server.finish();
}

#[test]
fn a_transcript_is_fetched_from_public_addresses_only() {
    let mut done = state("succeeded");
    done["output"]["result"]["transcription_url"] = "http://10.0.0.1/a.json".into();
    let server = Server::plays([
        Connection::new()
            .expect("POST", TRANSCRIBE)
            .json(200, &state("submitted")),
        Connection::new().expect("GET", TASK).json(200, &done),
    ]);
    ask(&server, &OF_AN_ADDRESS).run().expect(
        6,
        "",
        "error: https://10.0.0.1/a.json: its address does not begin with https://, or leads into a private network\n",
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
