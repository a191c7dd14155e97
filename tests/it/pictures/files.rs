//! The files that pictures are written to.

use std::os::unix::fs::PermissionsExt;

use super::{PNG, image, makes, storage};
use crate::harness::Qwen;
use crate::outcome::Outcome;
use crate::server::Server;

/// Runs `qwen image ARGS` against a provider that makes so many pictures.
fn with(count: usize, qwen: impl FnOnce(&Server) -> Qwen) -> (Qwen, Outcome) {
    let (storage, urls) = storage(&vec![PNG; count]);
    let server = makes(&urls);
    let qwen = qwen(&server);
    let outcome = qwen.run();
    storage.finish();
    server.finish();
    (qwen, outcome)
}

#[test]
fn no_file_is_written_over() {
    let (qwen, outcome) = with(2, |server| {
        image(server, &["-n", "2", "a fox"])
            .file("a-fox-1.png", "mine")
            .file("a-fox-3.png/inside", "a folder")
    });
    outcome.expect_answer("a-fox-2.png\na-fox-4.png\n");
    assert_eq!(qwen.read("a-fox-1.png"), b"mine");
    assert_eq!(
        qwen.file_names(),
        ["a-fox-1.png", "a-fox-2.png", "a-fox-3.png", "a-fox-4.png"]
    );
}

#[test]
fn a_link_without_a_file_is_not_followed() {
    let (qwen, outcome) = with(1, |server| {
        let qwen = image(server, &["fox"]);
        std::os::unix::fs::symlink("elsewhere", qwen.cwd().join("fox-1.png")).unwrap();
        qwen
    });
    outcome.expect_answer("fox-2.png\n");
    assert_eq!(qwen.file_names(), ["fox-1.png", "fox-2.png"]);
}

#[test]
fn the_name_is_made_of_the_words_alone() {
    for (prompt, name) in [
        ("../../etc/passwd", "etc-passwd-1.png"),
        ("a\u{1b}]0;x\u{7}b\nc", "a-0-x-b-c-1.png"),
        ("一只红狐狸，在雪地里", "一只红狐狸-在雪地里-1.png"),
        ("/…/", "picture-1.png"),
    ] {
        let (qwen, outcome) = with(1, |server| image(server, &["--", prompt]));
        outcome.expect_answer(format!("{name}\n"));
        assert_eq!(qwen.file_names(), [name]);
    }
    let (qwen, outcome) = with(1, |server| image(server, &[&"狐".repeat(500)]));
    outcome.expect_answer(format!("{}-1.png\n", "狐".repeat(60)));
    assert_eq!(qwen.file_names().len(), 1);
}

#[test]
fn the_type_is_told_by_the_content() {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat};
    let formats = [
        (ImageFormat::Jpeg, "fox-1.jpg"),
        (ImageFormat::WebP, "fox-1.webp"),
        (ImageFormat::Gif, "fox-1.gif"),
    ];
    for (format, name) in formats {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(4, 4).write_to(&mut bytes, format).unwrap();
        let (_storage, urls) = storage(&[&bytes.into_inner()]);
        let server = makes(&urls);
        image(&server, &["fox"]).run().expect_answer(format!("{name}\n"));
    }
}

#[test]
fn an_output_file_is_the_users() {
    let (qwen, outcome) = with(1, |server| {
        image(server, &["-o", "out.png", "fox"]).file("out.png", "old")
    });
    outcome.expect_answer("out.png\n");
    assert_eq!(qwen.read("out.png"), PNG);
    let (qwen, outcome) = with(2, |server| {
        image(server, &["-o", "a/out.png", "-n", "2", "fox"]).file("a/x", "")
    });
    outcome.expect_answer("a/out-1.png\na/out-2.png\n");
    assert_eq!(qwen.read("a/out-2.png"), PNG);
    let (qwen, outcome) = with(1, |server| image(server, &["-o", "-", "fox"]));
    outcome.expect_answer(PNG);
    assert_eq!(qwen.file_names(), [""; 0]);
}

#[test]
fn a_folder_that_cannot_be_written_costs_nothing() {
    // The superuser may write anywhere: a file stands in the place of the folder there.
    let server = Server::plays([]);
    let qwen = image(&server, &["-o", "file/out.png", "fox"]).file("file", "");
    qwen.run().expect(
        2,
        "",
        &format!(
            "error: cannot write {}: a part of the path is not a directory\n",
            qwen.cwd().join("file/out.png").display()
        ),
    );
    let qwen = image(&server, &["fox"]);
    std::fs::set_permissions(qwen.cwd(), PermissionsExt::from_mode(0o555)).unwrap();
    if std::fs::write(qwen.cwd().join("x"), "").is_err() {
        qwen.run().expect(
            2,
            "",
            "error: cannot write to the working directory: permission denied\nhint: -o FILE writes elsewhere\n",
        );
    }
    server.finish();
}

#[test]
fn a_closed_output_ends_it_quietly_and_what_was_written_stays() {
    let (_storage, mut urls) = storage(&[PNG]);
    // The system takes the connection, and nothing ever answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    urls.push(format!("http://{}/2.png", silent.local_addr().unwrap()));
    let server = makes(&urls);
    let qwen = image(&server, &["-n", "2", "fox"]);
    let running = qwen.spawn();
    running.close_stdout_after("fox-1.png\n");
    let outcome = running.outcome();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(qwen.file_names(), ["fox-1.png"]);
}
