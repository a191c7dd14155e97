//! Pictures and documents: granted, signed, stored, read, attached.

use serde_json::{Value, json};

use super::*;
use crate::media::files::{film, wav};
use crate::media::kept::expire;
use crate::server::Recorded;

const GRANT: &str = "/api/v2/files/getstsToken";
const FILE: &str = "00000000-0000-4000-8000-0000000000f1";

/// A whole picture.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(20, 20)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

/// The storage's side, and a site that grants it.
fn storage(status: u16) -> (Server, String) {
    let body = std::fs::read(folder("web/replies/oss-403.xml")).unwrap();
    let path = format!("/00000000-0000-4000-8000-000000000001/{FILE}_pixel.png");
    let server = Server::plays([Connection::new().expect("PUT", &path).body(
        status,
        &[("content-type", "application/xml")],
        if status == 200 { Vec::new() } else { body },
        Cut::Whole,
    )]);
    let address = server.address().to_string();
    (server, address)
}

fn granted(storage: &str) -> Value {
    let mut granted = reply("v2-sts");
    granted["data"]["endpoint"] = storage.into();
    granted
}

fn grants(storage: &str) -> Connection {
    Connection::new().expect("POST", GRANT).json(200, &granted(storage))
}

fn address() -> String {
    granted("")["data"]["file_url"].as_str().unwrap().to_owned()
}

/// The signature of a PUT, computed once more from what came over the wire, with ring instead of the program's own.
fn verify(put: &Recorded) {
    use ring::{digest, hmac};
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let sign = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let header = |name: &str| put.header(name).unwrap_or_else(|| panic!("no {name} in {put:#?}"));
    let date = header("x-oss-date");
    let signed: String = [
        "content-type",
        "x-oss-content-sha256",
        "x-oss-date",
        "x-oss-security-token",
    ]
    .iter()
    .map(|name| format!("{name}:{}\n", header(name)))
    .collect();
    let canonical = format!("PUT\n/qwen-webui-prod{}\n\n{signed}\n\nUNSIGNED-PAYLOAD", put.path);
    let scope = format!("{}/ap-southeast-1/oss/aliyun_v4_request", &date[..8]);
    let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("OSS4-HMAC-SHA256\n{date}\n{scope}\n{canonical}");
    let mut key = sign(b"aliyun_v4PLACEHOLDERKEYSECRET", &date[..8]);
    for part in ["ap-southeast-1", "oss", "aliyun_v4_request"] {
        key = sign(key.as_ref(), part);
    }
    let signature = hex(sign(key.as_ref(), &to_sign).as_ref());
    assert_eq!(
        header("authorization"),
        format!("OSS4-HMAC-SHA256 Credential=STS.PLACEHOLDERKEYID/{scope},Signature={signature}")
    );
}

#[test]
fn a_picture_is_stored_with_a_signature_that_verifies_and_without_the_account() {
    let (storage, place) = storage(200);
    let server = Server::plays([grants(&place), opens(), answers("plain")]);
    let qwen = web(&server, &["complete", "-i", "pixel.png", "What is this?"]).file("pixel.png", png());
    qwen.run().expect_answer(HELLO);
    let put = storage.request();
    storage.finish();
    verify(&put);
    let picture = png();
    assert_eq!(put.body, picture);
    assert_eq!(put.header("content-length"), Some(picture.len().to_string().as_str()));
    assert_eq!(
        (put.header("content-type"), put.header("cookie")),
        (Some("image/png"), None)
    );
    let requests = server.finish();
    assert_eq!(
        requests[0].json(),
        json!({"filename": "pixel.png", "filesize": picture.len().to_string(), "filetype": "image"})
    );
    let file = &requests[2].json()["messages"][0]["files"][0];
    assert_eq!((&file["id"], &file["type"]), (&json!(FILE), &json!("image")));
    assert_eq!(
        (&file["url"], &file["size"]),
        (&json!(address()), &json!(picture.len()))
    );
    assert_eq!(file["file_class"], "vision");
}

#[test]
fn sound_and_video_are_stored_and_attached_by_their_kinds() {
    let (sound, sound_place) = storage(200);
    let (video, video_place) = storage(200);
    let hears =
        json!({"id": "hears", "info": {"is_active": true, "meta": {"capabilities": {"audio": true, "video": true}}}});
    let reads = json!({"id": "qwen-max-latest", "info": {"is_active": true, "meta": {"capabilities": {}}}});
    let list = json!({"success": true, "data": {"data": [reads, hears]}});
    let mut film_grant = granted(&video_place);
    let film_url = address().replace("pixel.png", "clip.mp4");
    film_grant["data"]["file_url"] = film_url.as_str().into();
    let server = Server::plays([
        Connection::new().expect("GET", LIST).json(200, &list),
        grants(&sound_place),
        Connection::new().expect("POST", GRANT).json(200, &film_grant),
        opens(),
        answers("plain"),
    ]);
    let (talk, clip) = (wav(1), film(2, &["vide"]));
    let qwen = bare(
        &server,
        &["complete", "-i", "talk.wav", "-i", "clip.mp4", "What is this?"],
    );
    let qwen = qwen.file("talk.wav", &talk).file("clip.mp4", &clip);
    qwen.run()
        .expect(0, HELLO, "notice: the message holds sound or video: asking hears\n");
    for (storage, bytes, mime) in [(sound, talk, "audio/wav"), (video, clip, "video/mp4")] {
        let put = storage.request();
        verify(&put);
        assert_eq!((put.header("content-type"), &put.body), (Some(mime), &bytes));
        storage.finish();
    }
    let requests = server.finish();
    let asked = |at: usize| requests[at].json()["filetype"].clone();
    assert_eq!((asked(1), asked(2)), (json!("audio"), json!("video")));
    let question = requests[4].json();
    assert_eq!(question["model"], "hears");
    let files = &question["messages"][0]["files"];
    for (at, kind, mime, url) in [
        (0, "audio", "audio/wav", address()),
        (1, "video", "video/mp4", film_url),
    ] {
        let file = &files[at];
        for member in ["type", "showType", "file_class"] {
            assert_eq!(file[member], kind, "{file}");
        }
        assert_eq!((&file["file_type"], &file["url"]), (&json!(mime), &json!(url)));
    }
}

#[test]
fn a_chat_of_the_site_keeps_what_was_attached_to_it() {
    let (storage, place) = storage(200);
    let server = Server::plays([grants(&place), opens(), answers("plain"), answers("plain")]);
    let qwen = web(&server, &["complete", "-i", "pixel.png", "What is this?"]).file("pixel.png", png());
    qwen.run().expect_answer(HELLO);
    // Its address has ended since.
    expire(&qwen);
    let again = qwen.args(["-p", "web", "-m", "qwen3.7-plus", "complete", "-c", "And which colour?"]);
    again.run().expect_answer(HELLO);
    storage.finish();
    server.finish();
}

#[test]
fn sound_over_the_site_s_limit_is_refused() {
    let server = Server::without_requests();
    let qwen = web(&server, &["complete", "-i", "talk.wav", "?"]).file("talk.wav", wav(1));
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(qwen.cwd().join("talk.wav"));
    file.unwrap().set_len(101 << 20).unwrap();
    qwen.run().expect(
        2,
        "",
        "error: talk.wav has 101.0 MB; at most 95 MB can be sent here\nhint: send a part of it, or one of lower quality\n",
    );
    server.finish();
}

#[test]
fn a_picture_that_the_model_had_made_is_its_address_in_the_answer() {
    let server = Server::plays([opens(), answers("image-list")]);
    web(&server, &["complete", "draw a fox"]).run().expect_answer(
        "![image](https://cdn.example.invalid/output/1.png?key=K)\n\n\
         ![image](https://cdn.example.invalid/output/2.png?key=K)\n\nHere they are.\n",
    );
    server.finish();
}

#[test]
fn a_document_is_waited_for_until_the_site_has_read_it() {
    let (storage, place) = storage(200);
    let ask = |body: &str| {
        Connection::new()
            .expect("POST", "/api/v2/files/parse/status")
            .expect_body(|body| assert_eq!(*body, json!({"file_id_list": [FILE]})))
            .json(200, &reply(body))
    };
    let server = Server::plays([
        grants(&place),
        Connection::new()
            .expect("POST", "/api/v2/files/parse")
            .expect_body(|body| assert_eq!(*body, json!({"file_id": FILE})))
            .json(200, &reply("v2-parse-ack")),
        ask("v2-parse-pending"),
        ask("v2-parse-success"),
        opens(),
        answers("plain"),
    ]);
    let qwen = web(&server, &["complete", "-f", "doc.pdf", "Sum this up."]).file("doc.pdf", "%PDF-1.7\n\0");
    qwen.run().expect_answer(HELLO);
    storage.finish();
    let requests = server.finish();
    assert_eq!(requests[0].json()["filetype"], "file");
    let file = &requests[5].json()["messages"][0]["files"][0];
    assert_eq!(
        (&file["file_class"], &file["name"]),
        (&json!("document"), &json!("doc.pdf"))
    );
    assert_eq!(file["file"]["meta"]["parse_meta"]["parse_status"], "success");
}

#[test]
fn a_document_the_site_cannot_read_is_refused() {
    let (storage, place) = storage(200);
    let server = Server::plays([
        grants(&place),
        Connection::new()
            .expect("POST", "/api/v2/files/parse")
            .json(200, &reply("v2-parse-ack")),
        Connection::new()
            .expect("POST", "/api/v2/files/parse/status")
            .json(200, &reply("v2-parse-failed")),
    ]);
    let qwen = web(&server, &["complete", "-f", "doc.pdf", "Sum this up."]).file("doc.pdf", "%PDF-1.7\n\0");
    qwen.run().expect(
        7,
        "",
        "error: doc.pdf: the site cannot read this document\nhint: convert it to text first: pdftotext, pandoc, …\n",
    );
    storage.finish();
    server.finish();
}

#[test]
fn a_refusal_of_the_storage_is_its_code_and_nothing_that_could_be_a_credential() {
    let (storage, place) = storage(403);
    let server = Server::plays([grants(&place)]);
    let qwen = web(&server, &["-vv", "complete", "-i", "pixel.png", "?"]).file("pixel.png", png());
    let outcome = qwen.run();
    assert!(outcome.stderr.contains("SignatureDoesNotMatch"), "{}", outcome.stderr);
    for secret in [
        "PLACEHOLDERKEYSECRET",
        "PLACEHOLDER-SECURITY-TOKEN",
        "PLACEHOLDER_TOKEN",
    ] {
        assert!(!outcome.stderr.contains(secret), "{}", outcome.stderr);
    }
    storage.finish();
    server.finish();
}

#[test]
fn a_foreign_storage_host_gets_nothing() {
    let server = Server::plays([grants("storage.example.com")]);
    let qwen = web(&server, &["complete", "-i", "pixel.png", "?"]).file("pixel.png", png());
    qwen.run().expect(
        6,
        "",
        "error: pixel.png: the site named a storage host that is not Alibaba Cloud's\n",
    );
    server.finish();
}

#[test]
fn qwen_upload_prints_the_address_and_its_lifetime() {
    let (storage, place) = storage(200);
    let server = Server::plays([grants(&place)]);
    let qwen = bare(&server, &["upload", "pixel.png"]).file("pixel.png", png());
    qwen.run().expect(
        0,
        format!("{}\n", address()),
        "notice: pixel.png: this address can be used for about 5 min\n",
    );
    storage.finish();
    server.finish();
}

#[test]
fn a_dry_run_uploads_nothing() {
    let server = Server::plays([]);
    let qwen = web(&server, &["-q", "complete", "--dry-run", "-i", "pixel.png", "?"]).file("pixel.png", png());
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(
        outcome.json()["body"]["messages"][0]["files"][0]["url"],
        "https://to-be-uploaded"
    );
    server.finish();
}
