//! Pictures inside a message: what is sent, what is refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::ImageFormat;
use serde_json::{Value, json};

use super::{ask, parts, plain, refused, uri};
use crate::harness::Qwen;
use crate::server::{Connection, Server};

#[test]
fn small_pictures_go_inside_the_message_in_order() {
    let (first, second) = (plain(20, 30, ImageFormat::Png), plain(40, 20, ImageFormat::Jpeg));
    let server = Server::answers(&["two"]);
    let qwen = ask(&server, &["-i", "a.dat", "-i", "b", "which is larger?"]);
    qwen.file("a.dat", &first)
        .file("b", &second)
        .run()
        .expect_answer("two\n");
    assert_eq!(
        parts(&server.request()),
        [
            json!({"type": "image_url", "image_url": {"url": uri("image/png", &first)}}),
            json!({"type": "image_url", "image_url": {"url": uri("image/jpeg", &second)}}),
            json!({"type": "text", "text": "which is larger?"}),
        ]
    );
    assert_eq!(server.request().header("x-dashscope-ossresourceresolve"), None);
}

#[test]
fn twenty_pictures_fit_into_one_message() {
    let picture = plain(64, 64, ImageFormat::WebP);
    let server = Server::answers(&["20"]);
    let names: Vec<String> = (0..20).map(|n| format!("{n}.webp")).collect();
    let mut args: Vec<&str> = names.iter().flat_map(|name| ["-i", name.as_str()]).collect();
    args.push("count");
    let qwen = names
        .iter()
        .fold(ask(&server, &args), |qwen, name| qwen.file(name, &picture));
    qwen.run().expect_answer("20\n");
    let parts = parts(&server.request());
    assert_eq!(parts.len(), 21);
    assert!(
        parts[..20]
            .iter()
            .all(|part| part["image_url"]["url"] == uri("image/webp", &picture))
    );
}

#[test]
fn a_picture_is_read_from_stdin() {
    let picture = plain(20, 20, ImageFormat::Gif);
    let server = Server::answers(&["ok"]);
    ask(&server, &["-i", "-", "what?"])
        .stdin(&picture)
        .run()
        .expect_answer("ok\n");
    assert_eq!(
        parts(&server.request())[0]["image_url"]["url"],
        uri("image/gif", &picture)
    );
}

#[test]
fn addresses_pass_through_and_stored_ones_are_resolved() {
    let server = Server::answers(&["ok"]);
    let args = [
        "-i",
        "oss://instant/d/cat.png",
        "-i",
        "https://example.com/b.png",
        "what?",
    ];
    ask(&server, &args).run().expect_answer("ok\n");
    let sent = server.request();
    let urls: Vec<Value> = parts(&sent)[..2]
        .iter()
        .map(|part| part["image_url"]["url"].clone())
        .collect();
    assert_eq!(urls, ["oss://instant/d/cat.png", "https://example.com/b.png"]);
    assert_eq!(sent.header("x-dashscope-ossresourceresolve"), Some("enable"));
}

#[test]
fn the_vision_model_is_asked_where_none_was_chosen() {
    let server = Server::answers(&["ok"]);
    let qwen = Qwen::new()
        .server(&server)
        .args(["-p", "dashscope", "complete", "-i", "a.png", "what?"]);
    let outcome = qwen.file("a.png", plain(20, 20, ImageFormat::Png)).run();
    outcome.expect(0, "ok\n", "notice: the message holds an image: asking qwen3-vl-plus\n");
    assert_eq!(server.request().json()["model"], "qwen3-vl-plus");
}

#[test]
fn what_is_no_picture_is_named_and_nothing_is_sent() {
    let png = |width, height| plain(width, height, ImageFormat::Png);
    let qwen = Qwen::new()
        .file("words.png", "words")
        .file("empty.png", "")
        .file("paper.png", "%PDF-1.7")
        .file("small.png", png(10, 40))
        .file("long.png", png(11, 2211))
        .file("broken.png", &png(20, 20)[..20])
        .file("folder/a.png", png(20, 20));
    let cases = [
        ("words.png", "words.png is neither an image nor sound nor video"),
        ("empty.png", "empty.png is empty"),
        ("paper.png", "paper.png is application/pdf, which models do not accept"),
        (
            "small.png",
            "small.png is 10 × 40 pixels; each side must have at least 11",
        ),
        (
            "long.png",
            "long.png is 11 × 2211 pixels; one side may be at most 200 times the other",
        ),
        (
            "broken.png",
            "broken.png is a broken image: its header (image/png) cannot be read",
        ),
        ("folder", "cannot read folder: it is a folder"),
        ("gone.png", "cannot read gone.png: no such file or folder"),
    ];
    for (place, told) in cases {
        let args = ["-m", "qwen3-vl-plus", "-i", "folder/a.png", "-i", place, "what?"];
        let outcome = refused(qwen.clone(), &args);
        outcome.expect(2, "", &format!("error: {told}\n"));
    }
}

#[test]
fn a_picture_with_too_many_pixels_is_scaled_down_with_a_notice() {
    let server = Server::answers(&["ok"]);
    let qwen = ask(&server, &["-i", "wide.png", "what?"]).file("wide.png", plain(9000, 300, ImageFormat::Png));
    let told = "notice: wide.png is 9000 × 300 pixels: scaled down to 4096 × 137 pixels; --no-resize refuses instead\n";
    qwen.run().expect(0, "ok\n", told);
    let url = parts(&server.request())[0]["image_url"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    let sent = STANDARD
        .decode(url.strip_prefix("data:image/jpeg;base64,").unwrap())
        .unwrap();
    let sent = image::load_from_memory(&sent).unwrap();
    assert_eq!((sent.width(), sent.height()), (4096, 137));
}

#[test]
fn no_resize_refuses_instead() {
    let qwen = Qwen::new().file("wide.png", plain(9000, 300, ImageFormat::Png));
    let outcome = refused(qwen, &["-m", "qwen3-vl-plus", "--no-resize", "-i", "wide.png", "what?"]);
    outcome.expect(
        2,
        "",
        "error: wide.png is 9000 × 300 pixels, which is too large to send\nhint: remove --no-resize to scale it down\n",
    );
}

#[test]
fn a_server_without_uploads_gets_large_pictures_scaled_down() {
    let chat = "/v1/chat/completions";
    let server = Server::plays([Connection::new().expect("POST", chat).answer(&["ok"])]);
    let base_url = format!("http://{}/v1", server.address());
    let qwen = Qwen::new().args([
        "-p",
        "local",
        "--base-url",
        &base_url,
        "-m",
        "llava",
        "complete",
        "-i",
        "n.bmp",
        "what?",
    ]);
    let outcome = qwen.file("n.bmp", plain(2700, 2700, ImageFormat::Bmp)).run();
    let told = "notice: n.bmp has 20.9 MB: scaled down to 2700 × 2700 pixels; --no-resize refuses instead\n";
    outcome.expect(0, "ok\n", told);
    let url = parts(&server.request())[0]["image_url"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        url.starts_with("data:image/jpeg;base64,") && url.len() < 7 << 20,
        "{}",
        url.len()
    );
}

#[test]
fn another_server_may_take_what_dashscope_does_not() {
    let pictures = [
        ("dot.png", plain(1, 1, ImageFormat::Png)),
        ("long.png", plain(11, 2211, ImageFormat::Png)),
        ("wide.webp", plain(5000, 20, ImageFormat::WebP)),
        ("large.bmp", plain(1700, 1700, ImageFormat::Bmp)),
    ];
    for (name, bytes) in pictures {
        let server = Server::plays([Connection::new().expect("POST", "/v1/chat/completions").answer(&["ok"])]);
        let base_url = format!("http://{}/v1", server.address());
        let qwen = Qwen::new().file(name, &bytes).args([
            "-p",
            "local",
            "--base-url",
            &base_url,
            "-m",
            "llava",
            "complete",
            "-i",
            name,
            "what?",
        ]);
        qwen.run().expect_answer("ok\n");
        let mime = infer::get(&bytes).unwrap().mime_type();
        assert_eq!(
            parts(&server.request())[0]["image_url"]["url"],
            uri(mime, &bytes),
            "{name}"
        );
    }
}
