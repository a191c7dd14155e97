//! Pictures and documents that are uploaded before the message is sent.

use image::ImageFormat;
use serde_json::json;

use super::{ask, expect_stored_large, gives, noise, parts, plain, refused, storage, uri};
use crate::harness::{KEY, Qwen};
use crate::server::{CHAT, Connection, Server};

const FILES: &str = "/compatible-mode/v1/files";

#[test]
fn a_large_picture_is_uploaded_first() {
    let large = noise(1700, 1700, ImageFormat::Png);
    assert!(large.len() > 7 << 20, "{}", large.len());
    let (storage, policy) = storage(1);
    let server = Server::plays([
        gives(&policy),
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
    expect_stored_large(&requests[1]);
    assert_eq!(requests[1].header("x-dashscope-ossresourceresolve"), Some("enable"));
}

#[test]
fn pictures_that_are_too_many_for_one_request_are_uploaded() {
    let picture = noise(1400, 1400, ImageFormat::Png);
    assert!((5 << 20..7 << 20).contains(&picture.len()), "{}", picture.len());
    let (storage, policy) = storage(2);
    let server = Server::plays([gives(&policy), Connection::new().expect("POST", CHAT).answer(&["ok"])]);
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
    let server = Server::plays([gives(&policy), Connection::new().expect("POST", CHAT).answer(&["ok"])]);
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
         hint: convert it to text first: pdftotext, pandoc, …\n",
    );
}
