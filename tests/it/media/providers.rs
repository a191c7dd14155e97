//! Sound and video with other providers than DashScope.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::files::{film, mp3, wav};
use super::{parts, video, words};
use crate::harness::Qwen;
use crate::server::Server;

fn local(server: &Server, args: &[&str]) -> Qwen {
    let base_url = server.base_url();
    let first = ["-p", "local", "--base-url", &base_url, "-m", "hears", "complete"];
    Qwen::new().args([&first, args].concat())
}

#[test]
fn a_local_server_gets_bare_base64() {
    let (talk, song, clip) = (wav(1), mp3(2), film(2, &["vide"]));
    let server = Server::answers(&["ok"]);
    let qwen = local(&server, &["-i", "a", "-i", "b", "-i", "c", "what?"]);
    let qwen = qwen.file("a", &talk).file("b", &song).file("c", &clip);
    qwen.run().expect_answer("ok\n");
    let bare = |bytes: &[u8], format: &str| json!({"type": "input_audio", "input_audio": {"data": STANDARD.encode(bytes), "format": format}});
    assert_eq!(
        parts(&server.request()),
        [
            bare(&talk, "wav"),
            bare(&song, "mp3"),
            video(&clip, "video/mp4"),
            words("what?")
        ]
    );
}

#[test]
fn a_local_server_takes_wav_and_mp3_and_nothing_large() {
    let server = Server::without_requests();
    let flac = [&b"fLaC\0\0\0\x22"[..], &[0; 34]].concat();
    local(&server, &["-i", "talk.flac", "what?"]).file("talk.flac", flac).run().expect(
        2,
        "",
        "error: talk.flac is audio/flac; local takes WAV and MP3 only\nhint: convert it: ffmpeg -i talk.flac talk.mp3\n",
    );
    let qwen = local(&server, &["-i", "talk.wav", "what?"]).file("talk.wav", wav(1));
    let path = qwen.cwd().join("talk.wav");
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(65 << 20).unwrap();
    qwen.run().expect(
        2,
        "",
        "error: talk.wav has 65.0 MB; at most 64 MB can be sent here\nhint: send a part of it, or one of lower quality\n",
    );
    server.finish();
}

#[test]
fn the_demo_says_what_it_heard() {
    let qwen = Qwen::new()
        .file("talk.mp3", mp3(3))
        .file("clip.mp4", film(2, &["vide"]));
    let args = ["-p", "demo", "complete", "-i", "talk.mp3", "-i", "clip.mp4", "what?"];
    let heard = "The demo server received 1 sound, 1 video:\n\n1. `audio/mpeg`, 384 bytes\n2. `video/mp4`, 1108 bytes\n\n\
                 No model looked at or listened to them.\n";
    qwen.clone().args(args).run().expect(0, heard, "");
    let transcribed = qwen
        .args(["-p", "demo", "complete", "--transcribe", "-i", "talk.mp3"])
        .run();
    transcribed.expect(
        0,
        "The demo server received 1 sound:\n\n1. `audio/mpeg`, 384 bytes\n\nNo model looked at or listened to them.\n",
        "",
    );
}
