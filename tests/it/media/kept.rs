//! Recordings in conversations that are kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::files::{film, mp3, wav};
use super::large::{gives, policy};
use super::{ASKING, sound, video, words};
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

#[test]
fn recordings_are_kept_sent_again_and_exported() {
    let (talk, clip) = (mp3(3), film(2, &["vide", "soun"]));
    let server = Server::plays([
        Connection::new().expect("POST", CHAT).answer(&["a bird"]),
        Connection::new().expect("POST", CHAT).answer(&["blue"]),
    ]);
    let qwen = Qwen::new()
        .server(&server)
        .file("talk.mp3", &talk)
        .file("clip.mp4", &clip);
    let args = [
        "-p",
        "dashscope",
        "complete",
        "-i",
        "talk.mp3",
        "-i",
        "clip.mp4",
        "what?",
    ];
    qwen.clone().args(args).run().expect(0, "a bird\n", ASKING);
    for name in ["talk.mp3", "clip.mp4"] {
        std::fs::remove_file(qwen.cwd().join(name)).unwrap();
    }
    qwen.clone()
        .args(["complete", "-c", "which colour?"])
        .run()
        .expect(0, "blue\n", ASKING);
    let requests = server.finish();
    let first = requests[0].json()["messages"][0].clone();
    assert_eq!(
        first["content"],
        json!([sound(&talk, "mp3"), video(&clip, "video/mp4"), words("what?")])
    );
    assert_eq!(requests[1].json()["messages"][0], first);

    let list = qwen.clone().args(["sessions", "list"]).run();
    let id = list.text().split('\t').next().unwrap().to_owned();
    let export = |format: &str| {
        qwen.clone()
            .args(["sessions", "export", &id, "-", "--format", format])
            .run()
    };
    let markdown = export("md");
    for label in ["*[audio: talk.mp3]*", "*[video: clip.mp4]*"] {
        assert!(markdown.text().contains(label), "{}", markdown.text());
    }
    let html = export("html");
    let players = [
        format!(
            "<audio controls src=\"data:audio/mpeg;base64,{}\"></audio>",
            STANDARD.encode(&talk)
        ),
        format!(
            "<video controls src=\"data:video/mp4;base64,{}\"></video>",
            STANDARD.encode(&clip)
        ),
    ];
    for player in players {
        assert!(html.text().contains(&player), "{}", html.text());
    }
    let json = export("json").json();
    for (kind, mime, name, bytes) in [
        ("audio", "audio/mpeg", "talk.mp3", &talk),
        ("video", "video/mp4", "clip.mp4", &clip),
    ] {
        let data = STANDARD.encode(bytes);
        let kept = json!({"kind": kind, "mime": mime, "name": name, "url": null, "data": data}).to_string();
        assert!(json.to_string().contains(&kept), "{json}");
    }
    let shown = qwen.args(["sessions", "show"]).run();
    assert!(shown.text().contains("audio: talk.mp3"), "{}", shown.text());
}

/// A provider with a storage, and a run in which a recording of 8 MB was uploaded.
fn with_upload(talk: &[u8], asks: &[&str]) -> (Server, Server, Qwen) {
    let taken = [("content-length", "0"), ("connection", "close")];
    let storage = Server::plays(
        asks.iter()
            .map(|_| Connection::new().expect("POST", "/").head(200, &taken)),
    );
    let grant = || gives("qwen3.8-omni-flash", &policy(storage.address(), 100));
    let ask = |answer: &&str| [grant(), Connection::new().expect("POST", CHAT).answer(&[answer])];
    let server = Server::plays(asks.iter().flat_map(ask));
    let qwen = Qwen::new().server(&server).file("talk.wav", talk);
    let args = ["-p", "dashscope", "complete", "-i", "talk.wav", "what?"];
    qwen.clone().args(args).run().expect(0, "a bird\n", ASKING);
    (storage, server, qwen)
}

/// Has the upload of the only conversation end in 1970.
pub fn expire(qwen: &Qwen) {
    let store = qwen.qwen_home().join("data").join(qwen_cli::store::FILE);
    let store = rusqlite::Connection::open(store).unwrap();
    let changed = store.execute(
        "UPDATE messages SET blocks = json_set(blocks, '$[0].upload.expires', 1) WHERE blocks LIKE '%\"expires\"%'",
        [],
    );
    assert_eq!(changed.unwrap(), 1);
}

#[test]
fn an_upload_is_named_by_its_hash_in_an_export() {
    let talk = wav(250);
    let (_storage, _server, qwen) = with_upload(&talk, &["a bird"]);
    let hash: String = ring::digest::digest(&ring::digest::SHA256, &talk)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let list = qwen.clone().args(["sessions", "list"]).run();
    let id = list.text().split('\t').next().unwrap().to_owned();
    let export = |format: &str| {
        let args = ["sessions", "export", &id, "-", "--format", format];
        qwen.clone().args(args).run()
    };
    let media = export("json").json()["messages"][0]["media"][0].clone();
    assert_eq!(
        (&media["name"], &media["kind"], &media["size"], &media["sha256"]),
        (&json!("talk.wav"), &json!("audio"), &json!(talk.len()), &json!(hash))
    );
    for format in ["md", "html"] {
        let text = export(format);
        let label = format!("audio: talk.wav (8.0 MB, SHA-256 {hash})");
        assert!(text.text().contains(&label), "{}", text.text());
    }
}

#[test]
fn an_upload_that_has_expired_is_made_again_where_the_file_is_the_same() {
    let (storage, server, qwen) = with_upload(&wav(250), &["a bird", "blue"]);
    expire(&qwen);
    let told = "notice: the upload of talk.wav has expired: sending it again\n";
    qwen.clone()
        .args(["complete", "-c", "which colour?"])
        .run()
        .expect(0, "blue\n", &format!("{ASKING}{told}"));
    let requests = server.finish();
    let address = |at: usize| requests[at].json()["messages"][0]["content"][0]["input_audio"]["data"].clone();
    let (first, second) = (address(1), address(3));
    assert_ne!(first, second);
    assert_eq!(storage.finish().len(), 2);
    // The new address is kept.
    let server = Server::answers(&["red"]);
    let again = qwen.clone().server(&server).args(["complete", "-c", "and now?"]);
    again.run().expect(0, "red\n", ASKING);
    let audio = &server.request().json()["messages"][0]["content"][0]["input_audio"];
    assert_eq!(audio["data"], second);
}

#[test]
fn an_upload_that_has_expired_is_left_out_where_the_file_has_changed() {
    let (_storage, _server, qwen) = with_upload(&wav(250), &["a bird"]);
    expire(&qwen);
    let mut other = wav(250);
    *other.last_mut().unwrap() = 1;
    let qwen = qwen.file("talk.wav", &other);
    let server = Server::answers(&["blue"]);
    let told = "notice: the upload of talk.wav has expired; the model no longer has it until you attach it again\n";
    let again = qwen.clone().server(&server).args(["complete", "-c", "which colour?"]);
    again.run().expect(0, "blue\n", &format!("{ASKING}{told}"));
    let body = server.request().json();
    assert_eq!(body["messages"][0]["content"], "what?");
    // What it was stays in the conversation.
    let shown = qwen.args(["sessions", "show"]).run();
    assert!(shown.text().contains("talk.wav"), "{}", shown.text());
}

#[test]
fn chat_makes_an_upload_that_has_expired_again_before_it_asks() {
    let (storage, server, qwen) = with_upload(&wav(250), &["a bird", "blue"]);
    expire(&qwen);
    let mut pty = qwen.args(["chat", "-c"]).pty(24, 100);
    pty.wait_for("❯").type_keys("which colour?\r");
    pty.wait_for("the upload of talk.wav has expired: sending it again")
        .wait_for("blue");
    pty.wait_screen("the prompt", |screen| screen.trim_end().ends_with('❯'));
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
    assert_eq!(storage.finish().len(), 2);
    server.finish();
}
