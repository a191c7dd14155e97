//! The files of jobs: what is too large for them, and services that do not take them.

use serde_json::json;

use super::jobs::{RUN, all, answers, qwen, succeeds};
use super::provider::{Answer, Provider};
use crate::images::plain;
use crate::server::{BatchService, Call, Fault};

/// A picture of so many bytes. What stands behind its end does no harm.
fn large(bytes: usize) -> Vec<u8> {
    let mut picture = plain(20, 20, image::ImageFormat::Png);
    picture.resize(bytes, 0);
    picture
}

#[test]
fn a_file_that_the_service_does_not_take_is_told_and_kept() {
    let too_large = "error: cannot upload the file of the batch (2 lines, 1 KB): ID.jsonl: the server refused the request (400): too \
                     large\nhint: put the lines into several files; `qwen batch run --engine realtime` asks them one by \
                     one\nserver: code BadRequest.TooLarge";
    let full = |what: &str| {
        format!(
            "error: cannot upload the file of the batch (2 lines, 1 KB): ID.jsonl: there is no room for further files in the \
             account (400): Upload file {what} exceed limit.\nhint: delete files in the console; `qwen batch fetch ID -o \
             FILE --delete` deletes those of a batch that has ended; the same command continues from there\nserver: code \
             invalid_request_error"
        )
    };
    let code = "invalid_request_error";
    for (fault, exit, told) in [
        (
            Fault::Refused(400, "BadRequest.TooLarge", "too large"),
            7,
            too_large.to_owned(),
        ),
        (
            Fault::Refused(400, code, "Upload file capacity exceed limit."),
            4,
            full("capacity"),
        ),
        (
            Fault::Refused(400, code, "Upload file number exceed limit."),
            4,
            full("number"),
        ),
    ] {
        let service = BatchService::start();
        service.fault(Call::Upload, fault);
        let qwen = qwen(&service, 2).args(RUN);
        let outcome = qwen.run();
        assert_eq!((outcome.code, outcome.text()), (exit, ""), "{outcome:?}");
        let (head, rest) = outcome.stderr.split_once("KB): ").unwrap();
        let stderr = format!("{head}KB): ID{}", &rest[26..]);
        assert!(stderr.starts_with(&told), "{stderr}");
        succeeds(&qwen.run());
        assert_eq!(answers(&qwen), all(2));
        assert_eq!(service.jobs().len(), 1);
    }
}

#[test]
fn lines_over_a_megabyte_are_noticed_and_one_over_six_is_refused_before_anything_is_sent() {
    let service = BatchService::start();
    let line = |image: &str| json!({"prompt": "What is it?", "image": image, "model": "qwen3-vl-plus"}).to_string();
    let run = |images: &[&str], engine: &str| {
        let lines: Vec<String> = images.iter().map(|image| line(image)).collect();
        let qwen = qwen(&service, 0).file("in.jsonl", lines.join("\n"));
        let qwen = qwen
            .file("two.png", large(2_000_000))
            .file("five.png", large(5_000_000));
        qwen.args(["batch", "run", "in.jsonl", "--engine", engine, "-o", "out.jsonl"])
            .run()
    };
    run(&["two.png", "https://example.com/a.png"], "batch").expect(
        0,
        "",
        "notice: lines over 1 MB: 1; the batch service may refuse them\n",
    );
    let calls = service.calls().len();
    run(&["two.png", "five.png"], "batch").expect(
        2,
        "",
        "error: line 2: the line has 6.7 MB with its pictures, and a batch service takes 6 MB at most\nhint: scale the \
         pictures down, or give --engine realtime, which uploads them\n",
    );
    assert_eq!(service.calls().len(), calls);
}

#[test]
fn a_picture_is_uploaded_once_for_all_lines() {
    let held = Provider::new(|_, _| {
        let message = json!({"role": "assistant", "content": "ok"});
        Answer::Json(
            200,
            Vec::new(),
            json!({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}),
        )
    });
    for (provider, engine) in [(Provider::echo(), "realtime"), (held, "batch-chat")] {
        uploads_once(&provider, engine);
    }
}

fn uploads_once(provider: &Provider, engine: &str) {
    let line = json!({"prompt": "what is it?", "image": "large.png", "model": "qwen3-vl-plus"}).to_string();
    let base = format!("http://{}/compatible-mode/v1", provider.address());
    let qwen = provider.qwen().env("QWEN_CLI_BASE_URL", &base);
    let qwen = qwen
        .file("in.jsonl", format!("{line}\n").repeat(20))
        .file("large.png", large(8 << 20));
    succeeds(
        &qwen
            .args(["batch", "run", "in.jsonl", "--engine", engine, "-o", "out.jsonl"])
            .run(),
    );
    let bodies = provider.bodies();
    let url = |body: &serde_json::Value| body["messages"][0]["content"][0]["image_url"]["url"].clone();
    assert!(
        url(&bodies[0]).as_str().unwrap().starts_with("oss://instant/d/"),
        "{}",
        bodies[0]
    );
    assert_eq!((provider.uploads(), bodies.len()), (1, 20));
    assert!(bodies.iter().all(|body| url(body) == url(&bodies[0])));
}

#[test]
fn a_picture_that_is_scaled_down_is_so_once_for_all_lines() {
    let line = |id: usize| json!({"id": id, "prompt": "what is it?", "image": "wide.png", "model": "qwen3-vl-plus"});
    let lines: Vec<String> = (0..20).map(|id| line(id).to_string()).collect();
    let notice = "notice: wide.png is 8200 × 60 pixels: scaled down to 4096 × 30 pixels; --no-resize refuses instead\n";
    let service = BatchService::start();
    let provider = Provider::echo();
    let base = format!("http://{}/compatible-mode/v1", provider.address());
    for (qwen, engine) in [
        (qwen(&service, 0), "batch"),
        (provider.qwen().env("QWEN_CLI_BASE_URL", &base), "realtime"),
    ] {
        let qwen = qwen
            .file("in.jsonl", lines.join("\n"))
            .file("wide.png", plain(8200, 60, image::ImageFormat::Png));
        qwen.args(["batch", "run", "in.jsonl", "--engine", engine, "-o", "out.jsonl"])
            .run()
            .expect(0, "", notice);
    }
    assert_eq!((service.input_files()[0].len(), provider.bodies().len()), (20, 20));
}

#[test]
fn pictures_are_in_the_file_itself() {
    let service = BatchService::start();
    let line = json!({"prompt": "What is it?", "image": "dot.png", "model": "qwen3-vl-plus"}).to_string();
    let picture = include_bytes!("../../fixtures/pictures/grey-16.png");
    let qwen = qwen(&service, 0).file("in.jsonl", line).file("dot.png", picture);
    succeeds(&qwen.args(["batch", "run", "in.jsonl", "--engine", "batch"]).run());
    let sent = service.input_files().remove(0).remove(0);
    let url = sent.pointer("/body/messages/0/content/0/image_url/url").unwrap();
    assert!(
        url.as_str().unwrap().starts_with("data:image/png;base64,iVBOR"),
        "{url}"
    );
}

#[test]
fn more_lines_than_a_file_holds_become_several_jobs() {
    let service = BatchService::start();
    let prompts: String = (0..50_001).map(|number| format!("{number}\n")).collect();
    let qwen = qwen(&service, 0).file("in.txt", prompts);
    succeeds(&qwen.args(["batch", "submit", "in.txt"]).run());
    let sizes: Vec<usize> = service.input_files().iter().map(Vec::len).collect();
    assert_eq!(sizes, [50_000, 1]);
}
