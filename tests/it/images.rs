//! Pictures and documents in a message: `-i` and `-f`, against a scripted provider and a scripted storage.

use std::io::Cursor;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

use crate::harness::{KEY, Qwen};
use crate::outcome::{Outcome, steady};
use crate::server::{CHAT, Connection, MODELS, Recorded, Server};

const FILES: &str = "/compatible-mode/v1/files";

/// A picture of one colour.
fn plain(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    encoded(DynamicImage::new_rgb8(width, height), format)
}

/// A picture that no compression makes small.
fn noise(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    };
    encoded(
        RgbImage::from_fn(width, height, |_, _| Rgb([next(), next(), next()])).into(),
        format,
    )
}

fn encoded(picture: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn uri(mime: &str, bytes: &[u8]) -> String {
    format!("data:{mime};base64,{}", STANDARD.encode(bytes))
}

fn ask(server: &Server, args: &[&str]) -> Qwen {
    Qwen::new()
        .server(server)
        .args([&["-p", "dashscope", "-m", "qwen3-vl-plus", "complete"], args].concat())
}

fn parts(request: &Recorded) -> Vec<Value> {
    request.json()["messages"][0]["content"].as_array().unwrap().clone()
}

/// Runs against a server that nobody may ask anything.
fn refused(qwen: Qwen, args: &[&str]) -> Outcome {
    let server = Server::plays([]);
    let outcome = qwen
        .server(&server)
        .args([&["-p", "dashscope", "complete"], args].concat())
        .run();
    server.finish();
    outcome
}

/// A storage that takes so many files, and the reply that names it.
fn storage(files: usize) -> (Server, Value) {
    let taken = [("content-length", "0"), ("connection", "close")];
    let takes = |_| Connection::new().expect("POST", "/").head(200, &taken);
    let storage = Server::plays((0..files).map(takes));
    let policy = json!({"data": {"policy": "UA==", "signature": "S", "upload_dir": "instant/d",
        "upload_host": format!("http://{}", storage.address()), "expire_in_seconds": 300, "max_file_size_mb": 100,
        "oss_access_key_id": "ID"}});
    (storage, policy)
}

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
fn a_picture_comes_through_stdin() {
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
        ("words.png", "words.png is not an image"),
        ("empty.png", "empty.png is empty"),
        (
            "paper.png",
            "paper.png is application/pdf, which is not an image type that models accept",
        ),
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
fn a_large_picture_is_uploaded_first() {
    let large = noise(1700, 1700, ImageFormat::Png);
    assert!(large.len() > 7 << 20, "{}", large.len());
    let (storage, policy) = storage(1);
    let server = Server::plays([
        Connection::new()
            .expect("GET", "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus")
            .json(200, &policy),
        Connection::new().expect("POST", CHAT).answer(&["noise"]),
    ]);
    ask(&server, &["-i", "large.png", "what?"])
        .file("large.png", &large)
        .run()
        .expect_answer("noise\n");
    let stored = storage.request();
    assert_eq!(stored.header("authorization"), None);
    assert!(
        stored.body.windows(large.len()).any(|window| window == large),
        "another file was stored"
    );
    let requests = server.finish();
    let url = parts(&requests[1])[0]["image_url"]["url"].as_str().unwrap().to_owned();
    assert!(
        url.starts_with("oss://instant/d/") && url.ends_with("-large.png"),
        "{url}"
    );
    assert_eq!(requests[1].header("x-dashscope-ossresourceresolve"), Some("enable"));
}

#[test]
fn pictures_that_are_too_many_for_one_request_are_uploaded() {
    let picture = noise(1400, 1400, ImageFormat::Png);
    assert!((5 << 20..7 << 20).contains(&picture.len()), "{}", picture.len());
    let (storage, policy) = storage(2);
    let server = Server::plays([
        Connection::new()
            .expect("GET", "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus")
            .json(200, &policy),
        Connection::new().expect("POST", CHAT).answer(&["ok"]),
    ]);
    let qwen = ask(&server, &["-i", "a.png", "-i", "b.png", "-i", "c.png", "what?"]);
    qwen.file("a.png", &picture)
        .file("b.png", &picture)
        .file("c.png", &picture)
        .run()
        .expect_answer("ok\n");
    let parts = parts(&server.finish()[1]);
    assert_eq!(parts[0]["image_url"]["url"], uri("image/png", &picture));
    assert!(parts[1]["image_url"]["url"].as_str().unwrap().starts_with("oss://"));
    assert!(parts[2]["image_url"]["url"].as_str().unwrap().ends_with("-c.png"));
    storage.finish();
}

#[test]
fn what_is_over_250_pictures_in_the_request_is_uploaded() {
    let (storage, policy) = storage(1);
    let server = Server::plays([
        Connection::new()
            .expect("GET", "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus")
            .json(200, &policy),
        Connection::new().expect("POST", CHAT).answer(&["ok"]),
    ]);
    let picture = plain(20, 20, ImageFormat::Png);
    let mut args = ["-i", "a.png"].repeat(251);
    args.push("what?");
    ask(&server, &args).file("a.png", &picture).run().expect_answer("ok\n");
    let parts = parts(&server.finish()[1]);
    let urls = parts.iter().filter_map(|part| part["image_url"]["url"].as_str());
    let stored: Vec<usize> = urls
        .enumerate()
        .filter(|(_, url)| url.starts_with("oss://"))
        .map(|(at, _)| at)
        .collect();
    assert_eq!((parts.len(), stored), (252, vec![250]));
    storage.finish();
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
        "error: wide.png is 9000 × 300 pixels, which is too large to send\nhint: without --no-resize it is scaled down\n",
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
fn a_dry_run_uploads_nothing() {
    let qwen = Qwen::new().file("large.png", noise(1700, 1700, ImageFormat::Png));
    let outcome = refused(qwen, &["-m", "qwen3-vl-plus", "--dry-run", "-i", "large.png", "what?"]);
    assert_eq!(
        (outcome.code, outcome.stderr.as_str()),
        (0, "notice: large.png would be uploaded first\n")
    );
    let part = &outcome.json()["body"]["messages"][0]["content"][0];
    assert_eq!(part["image_url"]["url"], "oss://to-be-uploaded");
}

#[test]
fn a_document_is_uploaded_and_waited_for() {
    let still = "File parsing in progress, please try again later.";
    let still = json!({"error": {"message": still, "code": "invalid_parameter_error"}, "request_id": "r"});
    for model in ["qwen-long", "qwen-doc-turbo"] {
        let server = Server::plays([
            Connection::new()
                .expect("POST", FILES)
                .json(200, &json!({"id": "file-fe-1"})),
            Connection::new()
                .expect("POST", CHAT)
                .json_with(400, &[("retry-after", "0")], &still),
            Connection::new().expect("POST", CHAT).answer(&["A summary."]),
        ]);
        let ask = ["-p", "dashscope", "-m", model, "complete"];
        let args = [&ask[..], &["-s", "Be terse.", "-f", "report.pdf", "sum up"]].concat();
        let qwen = Qwen::new().server(&server).file("report.pdf", "%PDF-1.7\nx");
        let told = "notice: the server is still reading the document; waiting for it\n";
        qwen.args(args).run().steady().expect(0, "A summary.\n", told);
        let requests = server.finish();
        let key = format!("Bearer {KEY}");
        assert_eq!(requests[0].header("authorization"), Some(key.as_str()));
        let body = requests[2].json();
        let system = |content: &str| json!({"role": "system", "content": content});
        let expected = [
            system("Be terse."),
            system("fileid://file-fe-1"),
            json!({"role": "user", "content": "sum up"}),
        ];
        assert_eq!((&body["model"], &body["messages"]), (&json!(model), &json!(expected)));
    }
}

#[test]
fn another_model_does_not_read_documents() {
    let qwen = Qwen::new().file("report.pdf", "%PDF-1.7\nx");
    refused(qwen.clone(), &["-f", "report.pdf", "sum up"]).expect(
        2,
        "",
        "error: report.pdf is a document (application/pdf), which qwen-max does not read\n\
         hint: -m qwen-long reads documents\n",
    );
    let outcome = qwen.args([
        "-p",
        "local",
        "--base-url",
        "http://127.0.0.1:9/v1",
        "-m",
        "m",
        "complete",
        "-f",
        "report.pdf",
        "x",
    ]);
    outcome.run().expect(
        2,
        "",
        "error: report.pdf is a document (application/pdf), and local does not accept documents\n\
         hint: give its text: pdftotext, pandoc, …\n",
    );
}

/// `chat` with a conversation that is not kept.
fn chat(server: &Server) -> Qwen {
    Qwen::new()
        .server(server)
        .args(["-p", "dashscope", "chat", "--no-save"])
}

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
    terminal
        .type_keys("what is it?\r")
        .wait_for("a plain picture")
        .type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    assert_eq!(
        parts(&server.request())[0]["image_url"]["url"],
        uri("image/png", &picture)
    );
    assert_eq!(server.request().json()["model"], "qwen3-vl-plus");
}

#[test]
fn an_empty_clipboard_is_told() {
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
        Connection::new()
            .expect("GET", "/api/v1/uploads?action=getPolicy&model=qwen3-vl-plus")
            .json(200, &policy),
        Connection::new().expect("POST", CHAT).answer(&["noise"]),
    ]);
    let qwen = chat(&server).file("large.png", noise(1700, 1700, ImageFormat::Png));
    let mut terminal = qwen.pty(24, 100);
    terminal.wait_for("/help");
    terminal
        .type_keys("what is @large.png\r")
        .wait_for("noise")
        .type_keys("\x04");
    assert_eq!(terminal.exit_code(), 0);
    storage.finish();
    let url = parts(&server.finish()[1])[0]["image_url"]["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        url.starts_with("oss://instant/d/") && url.ends_with("-large.png"),
        "{url}"
    );
}

/// A small picture of that format whose header says that each side has so many pixels.
fn swollen(format: ImageFormat, side: u16) -> Vec<u8> {
    let mut bytes = plain(20, 20, format);
    let at = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|window| window == what).unwrap();
    let (little, big) = (side.to_le_bytes(), side.to_be_bytes());
    match format {
        ImageFormat::Gif => {
            let frame = at(&bytes, b"\x2c\0\0\0\0") + 5;
            for place in [6, 8, frame, frame + 2] {
                bytes[place..place + 2].copy_from_slice(&little);
            }
        }
        ImageFormat::Png => {
            for place in [18, 22] {
                bytes[place..place + 2].copy_from_slice(&big);
            }
            let sum = crc(&bytes[12..29]).to_be_bytes();
            bytes[29..33].copy_from_slice(&sum);
        }
        ImageFormat::Jpeg => {
            let frame = at(&bytes, b"\xff\xc0") + 5;
            bytes[frame..frame + 2].copy_from_slice(&big);
            bytes[frame + 2..frame + 4].copy_from_slice(&big);
        }
        ImageFormat::Bmp => {
            for place in [18, 22] {
                bytes[place..place + 2].copy_from_slice(&little);
            }
        }
        ImageFormat::WebP => {
            // Behind the signature: fourteen bits each, less one.
            let place = at(&bytes, b"VP8L") + 9;
            let flags = u32::from_le_bytes(bytes[place..place + 4].try_into().unwrap()) >> 28 << 28;
            let side = u32::from(side) - 1;
            bytes[place..place + 4].copy_from_slice(&(flags | side << 14 | side).to_le_bytes());
        }
        _ => {
            // The tags ImageWidth, ImageLength and RowsPerStrip, of any type.
            for tag in [256u16, 257, 278] {
                let start = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize + 2;
                let entry = (start..)
                    .step_by(12)
                    .find(|at| bytes[*at..*at + 2] == tag.to_le_bytes())
                    .unwrap();
                bytes[entry + 8..entry + 10].copy_from_slice(&little);
            }
        }
    }
    bytes
}

/// The checksum of a chunk ("PNG", annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| match sum & 1 {
            1 => sum >> 1 ^ 0xedb8_8320,
            _ => sum >> 1,
        })
    })
}

const FORMATS: [(&str, ImageFormat, u16); 6] = [
    ("gif", ImageFormat::Gif, u16::MAX),
    ("png", ImageFormat::Png, u16::MAX),
    ("jpeg", ImageFormat::Jpeg, 65_500),
    ("bmp", ImageFormat::Bmp, u16::MAX),
    ("webp", ImageFormat::WebP, 16_383),
    ("tiff", ImageFormat::Tiff, u16::MAX),
];

/// The same run with so many kilobytes of address space.
fn in_memory(qwen: &Qwen, kilobytes: u32, args: &[&str]) -> Qwen {
    let limit = format!("ulimit -v {kilobytes}; exec \"$0\" \"$@\"");
    let shell = ["-c", &limit, env!("CARGO_BIN_EXE_qwen")];
    qwen.clone().program("/bin/sh").args([shell.as_slice(), args].concat())
}

#[test]
fn a_picture_that_swells_is_refused_before_it_takes_memory() {
    let gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;";
    let mut pictures = vec![("tiny.gif".to_owned(), gif.to_vec(), u16::MAX)];
    for (name, format, side) in FORMATS {
        let mut bytes = swollen(format, side);
        pictures.push((format!("short.{name}"), bytes.clone(), side));
        bytes.resize(3 << 20, 0);
        pictures.push((format!("long.{name}"), bytes, side));
    }
    let qwen = Qwen::new();
    for (name, bytes, side) in pictures {
        let args = [
            "-p",
            "dashscope",
            "-m",
            "qwen3-vl-plus",
            "complete",
            "--no-save",
            "-i",
            name.as_str(),
            "?",
        ];
        let server = Server::plays([]);
        let outcome = in_memory(&qwen.clone().file(&name, bytes).server(&server), 200_000, &args).run();
        let told = format!(
            "error: {name} is {side} × {side} pixels, which is too large to send, and it is too large to be scaled down \
             here\nhint: scale it down, or convert it to JPEG or PNG\n"
        );
        outcome.expect(2, "", &told);
        server.finish();
    }
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
