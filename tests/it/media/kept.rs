//! Recordings in conversations that are kept.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::files::{film, mp3};
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
