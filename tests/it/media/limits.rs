//! What models and servers do not take, said before it is sent, and what a server says.

use super::ask;
use super::files::{film, mp3, wav};
use crate::fixtures::{Cut, Fixture};
use crate::server::{CHAT, Connection, Server};

#[test]
fn what_is_too_long_or_too_short_for_the_model_is_refused() {
    let server = Server::without_requests();
    let cut = |seconds: u32| format!("hint: send a part of it (ffmpeg -t {seconds} cuts it), or ask another model\n");
    for (model, name, bytes, told) in [
        (
            "qwen3-omni-flash",
            "talk.wav",
            wav(151),
            format!(
                "talk.wav is 2 min 31 s long; qwen3-omni-flash takes at most 2 min 30 s\n{}",
                cut(150)
            ),
        ),
        (
            "qwen3.5-omni-flash",
            "clip.mp4",
            film(3720, &["vide"]),
            format!(
                "clip.mp4 is 1 h 2 min long; qwen3.5-omni-flash takes at most 1 h\n{}",
                cut(3600)
            ),
        ),
        (
            "qwen3.8-max",
            "clip.mp4",
            film(1, &["vide"]),
            "clip.mp4 is 1 s long; qwen3.8-max needs at least 2 s\n".to_owned(),
        ),
    ] {
        let outcome = ask(&server, &["-m", model, "-i", name, "what?"])
            .file(name, bytes)
            .run();
        outcome.expect(2, "", &format!("error: {told}"));
    }
    let outcome = ask(&server, &["-m", "qwen3-asr-flash", "--transcribe", "-i", "talk.mp3"])
        .file("talk.mp3", mp3(360))
        .run();
    let told = format!(
        "error: talk.mp3 is 6 min long; qwen3-asr-flash takes at most 5 min\n{}",
        cut(300)
    );
    outcome.expect(2, "", &told);
    server.finish();
}

#[test]
fn the_server_s_refusals_have_hints() {
    for (case, hint) in [
        ("error-400-stream-only", "leave out --no-stream"),
        (
            "error-400-input-download",
            "the server could not fetch the URL; give a local file instead, which is sent along",
        ),
        (
            "error-400-data-uri-too-large",
            "the attachment is too large to be sent inline; send a smaller one",
        ),
    ] {
        let fixture = Fixture::read("openai", case);
        let server = Server::plays([Connection::new().expect("POST", CHAT).fixture(&fixture, Cut::Whole)]);
        let args = [
            "-q",
            "-m",
            "hears",
            "--no-stream",
            "-i",
            "https://example.com/talk.wav",
            "what?",
        ];
        let outcome = ask(&server, &args).run();
        assert_eq!((outcome.code, outcome.text()), (7, ""), "{case}");
        assert!(
            outcome.stderr.contains(&format!("\nhint: {hint}\n")),
            "{case}: {}",
            outcome.stderr
        );
        server.finish();
    }
}
