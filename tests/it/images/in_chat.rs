//! Pictures in a conversation at a prompt: from the clipboard, as thumbnails, uploaded.

use image::ImageFormat;
use serde_json::json;

use super::{chat, expect_stored_large, gives, noise, parts, plain, storage, uri};
use crate::harness::Qwen;
use crate::server::{CHAT, Connection, Server};

fn executable(qwen: Qwen, name: &str, script: &str) -> Qwen {
    let qwen = qwen.file(name, script);
    let path = qwen.cwd().join(name);
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", qwen.cwd().display(), std::env::var("PATH").unwrap());
    qwen.env("PATH", &path)
}

#[test]
fn the_clipboards_picture_goes_into_a_conversation() {
    let picture = plain(40, 30, ImageFormat::Png);
    let server = Server::answers(&["a plain picture"]);
    let qwen = chat(&server)
        .env("WAYLAND_DISPLAY", "wayland-0")
        .file("picture.png", &picture);
    let script = "#!/bin/sh\n[ \"$*\" = \"--no-newline --type image/png\" ] && cat picture.png\n";
    let mut terminal = executable(qwen, "wl-paste", script).pty(24, 100);
    terminal.wait_for("/help");
    terminal
        .type_keys("/image clipboard\r")
        .wait_for("clipboard.png: png, 40 × 30 pixels, 1 KB");
    terminal.type_keys("what is it?\r").wait_for("a plain picture");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(
        parts(&server.request())[0]["image_url"]["url"],
        uri("image/png", &picture)
    );
    assert_eq!(server.request().json()["model"], "qwen3-vl-plus");
}

#[test]
fn an_empty_clipboard_is_reported() {
    let server = Server::plays([]);
    let qwen = executable(
        chat(&server).env("WAYLAND_DISPLAY", "wayland-0"),
        "wl-paste",
        "#!/bin/sh\nexit 1\n",
    );
    let mut terminal = qwen.pty(24, 100);
    terminal.wait_for("/help");
    terminal
        .type_keys("/image clipboard\r")
        .wait_for("there is no image in the clipboard")
        .type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn a_terminal_that_shows_pictures_gets_a_thumbnail() {
    let server = Server::plays([]);
    let qwen = chat(&server)
        .env("TERM_PROGRAM", "iTerm.app")
        .file("a.png", plain(640, 480, ImageFormat::Png));
    let mut terminal = qwen.pty(24, 100);
    terminal.wait_for("/help");
    terminal
        .type_keys("/image a.png\r")
        .wait_bytes("\x1b]1337;File=inline=1;size=")
        .wait_for("a.png: png, 640 × 480 pixels");
    terminal.type_keys("\x03\x04");
    assert_eq!(terminal.exit_code(), 0);
}

/// The control string that a terminal of 40 columns, which does not tell its pixels, gets for a picture in a chat.
fn sixels(qwen: Qwen, width: u32, height: u32) -> String {
    let qwen = qwen.file("a.png", plain(width, height, ImageFormat::Png));
    let mut terminal = qwen.pty(24, 40);
    terminal
        .wait_for("/help")
        .type_keys("/image a.png\r")
        .wait_for("a.png: png,")
        .type_keys("\x03\x04");
    assert_eq!(terminal.exit_code(), 0);
    let bytes = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    match bytes.split_once("\x1bP") {
        Some((_, drawn)) => drawn.split_once("\x1b\\").unwrap().0.to_owned(),
        None => String::new(),
    }
}

#[test]
fn a_terminal_gets_sixels_when_they_are_asked_for() {
    let server = Server::plays([]);
    let asked = || chat(&server).config("pictures = \"sixel\"\n");
    // Ten rows of 20 pixels, as wide as that makes it; a wide one has the columns there are.
    let drawn = sixels(asked(), 640, 480);
    assert!(
        drawn.starts_with("0;1;0q\"1;1;267;200#0;2;0;0;0#0!267~-"),
        "{drawn:.60}"
    );
    assert_eq!(drawn.matches('-').count() + 1, 200_usize.div_ceil(6));
    let wide = sixels(asked(), 2000, 500);
    assert!(wide.starts_with("0;1;0q\"1;1;400;100#"), "{wide:.60}");
    let tiny = sixels(asked(), 16, 12);
    assert!(tiny.starts_with("0;1;0q\"1;1;16;12#"), "{tiny:.60}");
    assert_eq!(sixels(chat(&server), 640, 480), "");
    assert_eq!(sixels(asked().env("ACCESSIBLE", "1"), 640, 480), "");
}

#[test]
fn a_large_picture_is_uploaded_for_a_conversation_too() {
    let (storage, policy) = storage(1);
    let server = Server::plays([
        gives(&policy),
        Connection::new().expect("POST", CHAT).answer(&["noise"]),
    ]);
    let qwen = chat(&server).file("large.png", noise(1700, 1700, ImageFormat::Png));
    let mut terminal = qwen.pty(24, 100);
    terminal.wait_for("/help");
    terminal.type_keys("what is @large.png\r").wait_for("noise");
    terminal.wait_screen("an empty prompt", |screen| screen.trim_end().ends_with('❯'));
    terminal.type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    storage.finish();
    expect_stored_large(&server.finish()[1]);
}
