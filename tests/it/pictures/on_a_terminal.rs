//! `qwen image` on a terminal: what is waited for, thumbnails, and how it stops.

use super::{MAKE, PNG, image, made, makes, storage};
use crate::server::{Connection, Server};

#[test]
fn a_line_says_what_is_waited_for_and_leaves_no_trace() {
    for columns in [80, 20] {
        let (_storage, urls) = storage(&[PNG]);
        let server = Server::plays([Connection::new()
            .expect("POST", MAKE)
            .gate("seen")
            .json(200, &made(&urls))]);
        let mut terminal = image(&server, &["fox"]).pty(10, columns);
        terminal.wait_for("making the pict");
        if columns == 80 {
            terminal.wait_for("Ctrl-C stops");
        }
        server.open("seen");
        assert_eq!(terminal.exit_code(), 0);
        assert_eq!(terminal.screen().trim(), "fox-1.png");
    }
}

#[test]
fn a_terminal_that_shows_pictures_gets_a_thumbnail() {
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    let mut terminal = image(&server, &["fox"]).env("TERM_PROGRAM", "iTerm.app").pty(24, 80);
    terminal
        .wait_bytes("\x1b]1337;File=inline=1;size=")
        .wait_for("fox-1.png");
    assert_eq!(terminal.exit_code(), 0);
    let (_storage, urls) = storage(&[PNG]);
    let server = makes(&urls);
    let quiet = image(&server, &["-q", "fox"]).env("TERM_PROGRAM", "iTerm.app");
    let mut terminal = quiet.pty(24, 80);
    assert_eq!(terminal.exit_code(), 0);
    assert!(!String::from_utf8_lossy(&terminal.bytes()).contains("1337"));
}

#[test]
fn ctrl_c_stops_the_wait() {
    let server = Server::plays([Connection::new().expect("POST", MAKE).stall()]);
    let qwen = image(&server, &["fox"]);
    let mut terminal = qwen.pty(10, 80);
    terminal.wait_for("making the picture");
    server.wait_requests(1);
    terminal.type_keys("\x03");
    assert_eq!(terminal.exit_code(), 130);
    server.finish();
    assert_eq!(qwen.file_names(), [""; 0]);
}

#[test]
fn a_pictures_bytes_do_not_go_to_a_terminal() {
    let server = Server::plays([]);
    let mut terminal = image(&server, &["-o", "-", "fox"]).pty(10, 80);
    assert_eq!(terminal.exit_code(), 2);
    assert_eq!(
        terminal.screen().trim(),
        "error: a picture's bytes are not for a terminal\nhint: -o FILE writes elsewhere"
    );
}

#[test]
fn a_newcomer_gets_a_picture_from_the_demo() {
    let qwen = crate::harness::Qwen::new().args(["-p", "demo", "image", "a red fox"]);
    qwen.run().expect(
        0,
        "a-red-fox-1.png\n",
        "The demo draws a landscape for every prompt, its colours by the words; a real model draws what you ask for.\n",
    );
    let picture = image::load_from_memory(&qwen.read("a-red-fox-1.png")).unwrap();
    assert_eq!((picture.width(), picture.height()), (512, 512));
}
