//! Sound and video at the prompt of `chat`.

use super::files::{film, mp3, wav};
use super::{parts, sound, video, words};
use crate::harness::Qwen;
use crate::server::Server;

#[test]
fn image_takes_sound_and_video_and_says_what_it_is() {
    let (talk, clip) = (wav(65), film(120, &["vide"]));
    let server = Server::answers(&["a bird"]);
    let qwen = Qwen::new().server(&server).args(["-p", "dashscope", "chat"]);
    let mut pty = qwen.file("talk.wav", &talk).file("clip.mp4", &clip).pty(24, 80);
    pty.wait_for("❯");
    pty.type_keys("/image talk.wav\r")
        .wait_for("talk.wav: wav, 1 min 5 s, 2.0 MB");
    pty.type_keys("/image clip.mp4\r")
        .wait_for("clip.mp4: mp4, 2 min, 1 KB");
    pty.type_keys("what?\r")
        .wait_for("the conversation holds sound or video: asking qwen3.8-omni-flash")
        .wait_for("a bird");
    let request = server.request();
    assert_eq!(request.json()["model"], "qwen3.8-omni-flash");
    assert_eq!(
        parts(&request),
        [sound(&talk, "wav"), video(&clip, "video/mp4"), words("what?")]
    );
    pty.wait_screen("the prompt", |screen| screen.trim_end().ends_with('❯'));
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn a_recording_that_is_dropped_or_mentioned_is_attached() {
    let talk = mp3(3);
    let server = Server::answers(&["a bird"]);
    let qwen = Qwen::new()
        .server(&server)
        .args(["-p", "dashscope", "chat"])
        .file("talk.mp3", &talk);
    let path = qwen.cwd().join("talk.mp3");
    let mut pty = qwen.pty(24, 100);
    pty.wait_for("❯");
    pty.type_keys(&format!("{} what is it?\r", path.display()));
    pty.wait_for("attached talk.mp3 as sound").wait_for("a bird");
    assert_eq!(parts(&server.request())[0], sound(&talk, "mp3"));
    pty.wait_screen("the prompt", |screen| screen.trim_end().ends_with('❯'));
    pty.type_keys("\x04");
    assert_eq!(pty.exit_code(), 0);
}

#[test]
fn recordings_of_options_go_with_the_first_piped_message() {
    let talk = wav(1);
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new()
        .server(&server)
        .args(["-p", "dashscope", "chat", "-i", "talk.wav"]);
    qwen.file("talk.wav", &talk).stdin("what?\n").run().expect(
        0,
        "ok\n",
        "notice: the message holds sound or video: asking qwen3.8-omni-flash\n",
    );
    assert_eq!(parts(&server.request()), [sound(&talk, "wav"), words("what?")]);
}
