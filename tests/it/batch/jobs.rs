//! `qwen batch` by the provider's service: jobs, their faults, and how it goes on.

use serde_json::{Value, json};

use crate::harness::{KEY, Outcome, Qwen};
use crate::running::Signal;
use crate::server::{BatchService, Call, Fault, LineOutcome};

/// The program with an input of so many lines, their prompts `a`, `b`, … and their ids `line-1`, `line-2`, …
pub(super) fn qwen(service: &BatchService, lines: usize) -> Qwen {
    let prompts: String = ('a'..='z').take(lines).map(|prompt| format!("{prompt}\n")).collect();
    Qwen::new()
        .env("QWEN_CLI_BASE_URL", &service.base_url())
        .env("DASHSCOPE_API_KEY", KEY)
        .env("QWEN_CLI_BATCH_POLL", "0.01")
        .env("QWEN_CLI_MODEL", "qwen-plus")
        .file("in.txt", prompts)
}

pub(super) const RUN: [&str; 7] = ["batch", "run", "in.txt", "--engine", "batch", "-o", "out.jsonl"];

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The ids in the output and what was answered, or why not.
pub(super) fn answers(qwen: &Qwen) -> Vec<(String, String)> {
    let said = |line: Value| {
        let id = line["custom_id"].as_str().unwrap().to_owned();
        let places = [
            "/response/body/choices/0/message/content",
            "/response/body/error/message",
            "/error/message",
            "/error/error_message",
        ];
        let text = places.into_iter().find_map(|place| line.pointer(place)).unwrap();
        (id, text.as_str().unwrap().chars().take(40).collect())
    };
    lines(&qwen.read("out.jsonl")).into_iter().map(said).collect()
}

/// What all of so many lines are answered.
pub(super) fn all(lines: usize) -> Vec<(String, String)> {
    let answer = |(number, prompt)| (format!("line-{number}"), format!("Answer to {prompt}"));
    (1..=lines).zip('a'..='z').map(answer).collect()
}

pub(super) fn ids(lines: usize) -> Vec<String> {
    (1..=lines).map(|number| format!("line-{number}")).collect()
}

/// What `qwen usage` has counted, by model.
#[track_caller]
pub(super) fn counted(qwen: &Qwen) -> Value {
    let usage = qwen.clone().args(["usage", "--by", "model", "--json"]).run();
    serde_json::from_str(&succeeds(&usage)).unwrap()
}

/// The same for so many answers of qwen-plus: 5 and 7 tokens each, at half of CNY 0.8 and 2 per million.
pub(super) fn half_price(answers: u32) -> Value {
    json!([{"model": "qwen-plus", "requests": answers, "input_tokens": 5 * answers, "output_tokens": 7 * answers,
        "total_tokens": 12 * answers, "cost": {"CNY": f64::from(9 * answers) / 1e6}, "unpriced": 0}])
}

#[track_caller]
pub(super) fn succeeds(outcome: &Outcome) -> String {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.text().trim_end().to_owned()
}

#[test]
fn a_file_is_uploaded_becomes_a_job_and_its_results_are_joined_in_order() {
    let service = BatchService::start();
    let qwen = qwen(&service, 3).args(RUN);
    qwen.run().expect_answer("");
    assert_eq!(answers(&qwen), all(3));
    let line = |number: usize, prompt: &str| {
        json!({"custom_id": format!("line-{number}"), "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": "qwen-plus", "messages": [{"role": "user", "content": prompt}]}})
    };
    assert_eq!(service.input_files(), [[line(1, "a"), line(2, "b"), line(3, "c")]]);
    let create = service.requests()[1].json();
    assert_eq!(
        create,
        json!({"input_file_id": "file-batch-000000000000000000000001", "endpoint": "/v1/chat/completions",
            "completion_window": "24h", "metadata": {"ds_name": "in.txt"}})
    );
    assert_eq!(service.calls()[..2], ["POST /files", "POST /batches"]);
    assert_eq!(service.ran(), ids(3));
    assert_eq!(counted(&qwen), half_price(3));
    // Written again, it costs nothing more.
    succeeds(&qwen.run());
    assert_eq!(counted(&qwen), half_price(3));
}

#[test]
fn every_kind_of_result_is_told_from_the_others_by_its_own_line() {
    let service = BatchService::start();
    service
        .crlf()
        .outcome("line-2", LineOutcome::Refused)
        .outcome("line-3", LineOutcome::Failed)
        .outcome("line-4", LineOutcome::FailedOtherwise)
        .outcome("line-5", LineOutcome::Missing)
        .outcome("line-6", LineOutcome::Long);
    let qwen = qwen(&service, 6).args(RUN);
    let outcome = qwen.run();
    assert_eq!(outcome.code, 8, "{outcome:?}");
    let pair = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    assert_eq!(
        answers(&qwen),
        [
            pair("line-1", "Answer to a"),
            pair("line-2", "Refused by the filter."),
            pair("line-3", "It failed."),
            pair("line-4", "It failed otherwise."),
            pair("line-5", "the batch service gave no result for thi"),
            pair("line-6", &"x".repeat(40)),
        ]
    );
    assert!(lines(&qwen.read("out.jsonl"))[5].to_string().len() > 3 << 20);
    // Lines that failed cost nothing.
    assert_eq!(counted(&qwen), half_price(2));
    let failed = lines(&qwen.read("out.failed.jsonl"));
    let failed: Vec<&str> = failed.iter().map(|line| line["custom_id"].as_str().unwrap()).collect();
    assert_eq!(failed, ["line-2", "line-3", "line-4", "line-5"]);
    // The failed lines are asked again, and no other.
    let id = service.jobs().remove(0);
    for line in ["line-2", "line-3", "line-4", "line-5"] {
        service.mend(line);
    }
    let retry = qwen.clone().args(["batch", "retry", &id, "-o", "out.jsonl"]).run();
    succeeds(&retry);
    assert_eq!(answers(&qwen)[1], pair("line-2", "Answer to b"));
    assert_eq!(answers(&qwen).len(), 6);
    assert!(!qwen.cwd().join("out.failed.jsonl").exists());
    assert_eq!(service.ran().iter().filter(|id| *id == "line-1").count(), 1);
    assert_eq!(service.input_files()[1].len(), 4);
    assert_eq!(counted(&qwen), half_price(6));
}

#[test]
fn a_file_that_the_service_refuses_ends_with_all_its_errors() {
    let service = BatchService::start();
    service.refuse_file(vec![
        json!({"code": "url_not_found", "message": "No such url.", "param": "url", "line": 1}),
        json!({"code": "mismatched_model", "message": "Another model.", "param": "model", "line": 3}),
    ]);
    let qwen = qwen(&service, 3).args(RUN);
    let outcome = qwen.run();
    let job = &service.jobs()[0];
    outcome.expect(
        7,
        "",
        &format!(
            "line 1: \"line-1\": No such url. (url_not_found)\nline 3: \"line-3\": Another model. (mismatched_model)\n\
             error: the batch service refused the lines; none was asked\nhint: the job is {job}\n"
        ),
    );
    assert!(!qwen.cwd().join("out.jsonl").exists());
    assert_eq!(service.ran(), [""; 0]);
    // Where the service takes them the next time, they are answered.
    succeeds(&qwen.run());
    assert_eq!(answers(&qwen), all(3));
}

#[test]
fn what_an_expired_or_cancelled_job_has_done_is_written() {
    let service = BatchService::start();
    service.end("expired");
    let qwen = qwen(&service, 2).args(RUN);
    assert_eq!(qwen.run().code, 8);
    let pair = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let early = "The batch ended before this request was ";
    assert_eq!(answers(&qwen), [pair("line-1", "Answer to a"), pair("line-2", early)]);
    // A cancelled one has an error file alone.
    let qwen = qwen.clone().file("in.txt", "x\ny\n");
    service.hold_at("in_progress");
    let running = qwen.spawn();
    service.wait("GET /batches/", 9);
    let id = service.jobs().pop().unwrap();
    let cancel = qwen.clone().args(["batch", "cancel", &id]).run();
    assert_eq!((cancel.code, cancel.text()), (0, ""));
    assert_eq!(running.outcome().code, 8);
    assert_eq!(answers(&qwen), [pair("line-1", early), pair("line-2", early)]);
}

#[test]
fn a_job_whose_creation_had_no_reply_is_found_on_whatever_page() {
    let service = BatchService::start();
    for _ in 0..3 {
        service.foreign_job();
    }
    service.page(1).fault(Call::Create, Fault::LostReply);
    let qwen = qwen(&service, 2).args(RUN);
    let outcome = qwen.run();
    succeeds(&outcome);
    assert!(
        outcome.stderr.contains("the job may not have been created"),
        "{outcome:?}"
    );
    assert_eq!(answers(&qwen), all(2));
    assert_eq!(service.count("POST /batches"), 1);
    assert_eq!(service.ran(), ids(2));
}

#[test]
fn a_job_that_was_not_created_is_created_when_the_service_has_time() {
    let service = BatchService::start();
    let throttled = "Too many requests. Batch requests are being throttled due to system capacity limits.";
    service
        .fault(Call::Create, Fault::Refused(429, "throttled", throttled))
        .fault(Call::Create, Fault::Dropped)
        .fault(Call::Create, Fault::Refused(503, "busy", "Try again."));
    let qwen = qwen(&service, 2).args(RUN);
    succeeds(&qwen.run());
    assert_eq!((service.jobs().len(), service.count("POST /batches")), (1, 4));
    let calls = service.calls();
    let creations = calls.iter().enumerate().filter(|(_, call)| *call == "POST /batches");
    for (at, _) in creations.skip(1) {
        assert!(calls[at - 1].starts_with("GET /batches?"), "{calls:#?}");
    }
}

#[test]
fn a_job_that_is_refused_is_not_created_again() {
    let service = BatchService::start();
    let message = "The provided model qwen-plus is not supported by the Batch API.";
    service.fault(Call::Create, Fault::Refused(404, "model_not_found", message));
    let outcome = qwen(&service, 2).args(RUN).run();
    assert_eq!(outcome.code, 7, "{outcome:?}");
    assert!(outcome.stderr.contains(message), "{outcome:?}");
    assert_eq!(service.count("POST /batches"), 1);
}

#[test]
fn faults_while_it_is_looked_at_do_not_end_the_run() {
    let service = BatchService::start();
    service
        .fault(Call::Retrieve, Fault::Dropped)
        .fault(Call::Retrieve, Fault::Refused(500, "internal_error", "Oh."))
        .fault(Call::Retrieve, Fault::Refused(429, "limit_requests", "Slow down."))
        .fault(Call::Content, Fault::Refused(500, "internal_error", "Oh."))
        .fault(Call::Content, Fault::Cut(100));
    let qwen = qwen(&service, 3).args([&RUN[..], &["--retries", "0"]].concat());
    succeeds(&qwen.run());
    assert_eq!(answers(&qwen), all(3));
    assert_eq!(service.ran(), ids(3));
}

#[test]
fn a_job_that_is_gone_and_a_refused_key_do() {
    let service = BatchService::start();
    let qwen = qwen(&service, 1);
    succeeds(&qwen.clone().args(["batch", "submit", "in.txt"]).run());
    service.forget();
    let outcome = qwen.clone().args(RUN).run();
    let id = &service.jobs()[0];
    outcome.expect(
        7,
        "",
        &format!(
            "error: the service does not know the job {id} any more\nhint: a job is deleted 30 days after its end; \
             `qwen batch run --again` asks its lines anew\n"
        ),
    );
    let refused = Fault::Refused(401, "invalid_api_key", "Incorrect API key provided.");
    service.fault(Call::Retrieve, refused);
    assert_eq!(qwen.args(RUN).run().code, 3);
}

#[test]
fn it_can_be_submitted_and_fetched_later() {
    let service = BatchService::start();
    service.hold_at("in_progress");
    let qwen = qwen(&service, 3);
    let batch = |args: &[&str]| qwen.clone().args([&["batch"], args].concat()).run();
    let id = succeeds(&batch(&["submit", "in.txt"]));
    assert_eq!(id.len(), 26, "{id}");
    let status = succeeds(&batch(&["status", &id]));
    let job = service.jobs().remove(0);
    assert_eq!(
        status,
        format!("{id}\tin_progress\t0 of 3\tbatch\tin.txt\n  {job} in_progress 0/3")
    );
    let early = batch(&["fetch", &job, "-o", "out.jsonl"]);
    let hint = format!("hint: `qwen batch status {id}` shows how far it is\n");
    early.expect(
        1,
        "",
        &format!("error: the batch has not ended: 0 of 3 lines have results\n{hint}"),
    );
    service.release();
    // Each look is a stage.
    for _ in 0..3 {
        succeeds(&batch(&["status", &id]));
    }
    let fetched = batch(&["fetch", &job, "-o", "out.jsonl", "--delete"]);
    assert_eq!((fetched.code, &*fetched.stderr), (0, ""));
    assert_eq!(answers(&qwen), all(3));
    assert_eq!(service.files(), [""; 0]);
    let list: Value = serde_json::from_str(&succeeds(&batch(&["list", "--json"]))).unwrap();
    assert_eq!(
        (&list[0]["id"], &list[0]["status"], &list[0]["total"]),
        (&json!(id), &json!("completed"), &json!(3))
    );
    assert_eq!(list[0]["job_ids"], json!([job]));
    assert_eq!(
        succeeds(&batch(&["list"])),
        format!("{id}\tcompleted\t3 of 3\tbatch\tin.txt")
    );
    assert_eq!(service.ran(), ids(3));
}

#[test]
fn run_goes_on_where_submit_left() {
    let service = BatchService::start();
    let qwen = qwen(&service, 3);
    succeeds(&qwen.clone().args(["batch", "submit", "in.txt"]).run());
    succeeds(&qwen.clone().args(RUN).run());
    assert_eq!(answers(&qwen), all(3));
    let realtime = ["batch", "run", "in.txt", "--engine", "realtime", "-o", "out.jsonl"];
    succeeds(&qwen.clone().args(realtime).run());
    assert_eq!((service.jobs().len(), service.ran()), (1, ids(3)));
}

/// Ends the program with SIGKILL as soon as the service has had `count` such calls.
pub(super) fn kill_at(qwen: &Qwen, service: &BatchService, call: &str, count: usize) {
    let running = qwen.spawn();
    service.wait(call, count);
    running.signal(Signal::KILL);
    running.outcome();
}

#[test]
fn killed_at_each_step_the_same_command_goes_on_and_pays_nothing_twice() {
    for (step, call, fault) in [
        ("the upload without its reply", Call::Upload, "POST /files"),
        ("the creation without its reply", Call::Create, "POST /batches"),
        ("the first look", Call::Retrieve, "GET /batches/"),
        ("the results", Call::Content, "GET /files/"),
    ] {
        let service = BatchService::start();
        service.fault(call, Fault::Held);
        let qwen = qwen(&service, 3).args(RUN);
        kill_at(&qwen, &service, fault, 1);
        succeeds(&qwen.run());
        assert_eq!(answers(&qwen), all(3), "{step}");
        assert_eq!((service.jobs().len(), service.ran()), (1, ids(3)), "{step}");
        assert_eq!(counted(&qwen), half_price(3), "{step}");
    }
}

#[test]
fn killed_between_two_parts_of_the_results_each_is_counted_once() {
    let service = BatchService::start();
    service
        .fault(Call::Content, Fault::Cut(700))
        .fault(Call::Content, Fault::Held);
    let qwen = qwen(&service, 3).args([&RUN[..], &["--retries", "0"]].concat());
    kill_at(&qwen, &service, "GET /files/", 2);
    assert_eq!(counted(&qwen), half_price(1));
    succeeds(&qwen.run());
    assert_eq!(counted(&qwen), half_price(3));
}

#[test]
fn a_model_without_a_known_price_is_unpriced() {
    let service = BatchService::start();
    let qwen = qwen(&service, 2).env("QWEN_CLI_MODEL", "some-model");
    succeeds(&qwen.clone().args(RUN).run());
    assert_eq!(
        counted(&qwen),
        json!([{"model": "some-model", "requests": 2, "input_tokens": 10, "output_tokens": 14, "total_tokens": 24,
            "cost": {}, "unpriced": 2}])
    );
}

#[test]
fn the_limit_is_held_at_half_price() {
    let service = BatchService::start();
    // An answer of 1,000,000 tokens costs CNY 1, by the ordinary price 2.
    let config = format!(
        "[providers.lab]\nprotocol = \"openai\"\napi_key_env = \"DASHSCOPE_API_KEY\"\nbase_url = \"{}\"\n\
         [prices.qwen-plus]\ninput = 0.8\noutput = 2\ncurrency = \"CNY\"\n",
        service.base_url()
    );
    let qwen = qwen(&service, 1).without("QWEN_CLI_BASE_URL").config(&config);
    let run = |engine: &str, most: &str| {
        let limit = [
            "-p",
            "lab",
            "--engine",
            engine,
            "--max-cost",
            most,
            "--max-tokens",
            "1000000",
        ];
        qwen.clone()
            .args([&["batch", "run", "in.txt", "--again"], &limit[..]].concat())
            .run()
            .code
    };
    // The longest answer costs CNY 1, by the ordinary price 2.
    for (engine, codes) in [("batch", (4, 0)), ("batch-chat", (4, 0)), ("realtime", (4, 4))] {
        assert_eq!((run(engine, "0.9"), run(engine, "1.1")), codes, "{engine}");
    }
}

#[test]
fn killed_between_upload_and_creation_the_file_is_not_uploaded_again() {
    let service = BatchService::start();
    service
        .fault(Call::Create, Fault::Dropped)
        .fault(Call::List, Fault::Held);
    let qwen = qwen(&service, 3).args(RUN);
    kill_at(&qwen, &service, "GET /batches?", 1);
    succeeds(&qwen.run());
    assert_eq!((service.count("POST /files"), service.jobs().len()), (1, 1));
}

#[test]
fn the_first_ctrl_c_leaves_the_job_and_the_second_cancels_it() {
    let service = BatchService::start();
    service.hold_at("in_progress");
    let qwen = qwen(&service, 3).args(RUN);
    let running = qwen.spawn();
    service.wait("GET /batches/", 2);
    running.signal(Signal::INT);
    running.wait_stderr("Ctrl-C cancels it");
    let outcome = running.outcome();
    assert_eq!(outcome.code, 130, "{outcome:?}");
    assert!(outcome.stderr.contains("`qwen batch fetch "), "{outcome:?}");
    let cancellations = |service: &BatchService| {
        let calls = service.calls();
        calls.iter().filter(|call| call.ends_with("/cancel")).count()
    };
    assert_eq!(cancellations(&service), 0);
    let looks = service
        .calls()
        .iter()
        .filter(|call| call.starts_with("GET /batches/"))
        .count();
    let running = qwen.spawn();
    service.wait("GET /batches/", looks + 1);
    running.signal(Signal::INT);
    running.wait_stderr("Ctrl-C cancels it");
    running.signal(Signal::INT);
    let outcome = running.outcome();
    assert_eq!((outcome.code, cancellations(&service)), (130, 1), "{outcome:?}");
    assert_eq!(qwen.run().code, 8);
    assert!(answers(&qwen)[0].1.starts_with("The batch ended"));
}

#[test]
fn a_terminated_run_leaves_the_job_at_once() {
    let service = BatchService::start();
    service.hold_at("in_progress");
    let qwen = qwen(&service, 3).args(RUN);
    let running = qwen.spawn();
    service.wait("GET /batches/", 2);
    running.signal(Signal::TERM);
    let outcome = running.outcome();
    assert_eq!(outcome.code, 143, "{outcome:?}");
    service.release();
    succeeds(&qwen.run());
    assert_eq!(service.ran(), ids(3));
}

#[test]
fn a_file_holds_one_model_and_one_thinking_mode() {
    let service = BatchService::start();
    for second in [
        r#"{"prompt": "b", "model": "qwen-flash"}"#,
        r#"{"prompt": "b", "enable_thinking": true}"#,
        r#"{"custom_id": "b", "url": "/v1/embeddings", "body": {"model": "qwen-plus", "input": "b"}}"#,
    ] {
        let input = format!("{{\"prompt\": \"a\"}}\n\n{second}\n");
        let qwen = qwen(&service, 0).file("in.jsonl", input);
        let outcome = qwen.args(["batch", "run", "in.jsonl", "--engine", "batch"]).run();
        let hint = match second.contains("embeddings") {
            true => "give each kind of line a file of its own",
            false => "`qwen batch run --engine realtime` asks the lines one by one",
        };
        outcome.expect(
            2,
            "",
            &format!(
                "error: line 3 has another model, thinking mode or url than the lines before it, and a batch file takes \
                 one of each\nhint: {hint}\n"
            ),
        );
    }
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn only_the_service_takes_a_line_that_is_no_chat_wherever_it_stands() {
    let service = BatchService::start();
    let chat = r#"{"prompt": "a"}"#;
    let embedding = r#"{"custom_id": "b", "url": "/v1/embeddings", "body": {"model": "qwen-plus", "input": "b"}}"#;
    for (input, line) in [
        (format!("{chat}\n{embedding}\n"), 2),
        (format!("{embedding}\n{chat}\n"), 1),
    ] {
        for engine in ["realtime", "auto", "batch-chat"] {
            let qwen = qwen(&service, 0).file("in.jsonl", &input);
            qwen.args(["batch", "run", "in.jsonl", "--engine", engine])
                .run()
                .expect(
                    2,
                    "",
                    &format!(
                        "error: line {line}: only the batch service answers /v1/embeddings\nhint: add --engine batch\n"
                    ),
                );
        }
    }
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn embeddings_and_the_test_model_go_where_their_lines_say() {
    let service = BatchService::start();
    let line =
        |url: &str, body: &Value| json!({"custom_id": "1", "method": "POST", "url": url, "body": body}).to_string();
    let embedding = json!({"model": "text-embedding-v4", "input": "hello", "dimensions": 2});
    let test = json!({"model": "batch-test-model", "messages": [{"role": "user", "content": "hello"}]});
    for (url, body, pointer, answer) in [
        ("/v1/embeddings", &embedding, "/data/0/embedding", json!([0.5, -0.5])),
        (
            "/v1/chat/ds-test",
            &test,
            "/choices/0/message/content",
            json!("This is a test result."),
        ),
    ] {
        let qwen = qwen(&service, 0).file("in.jsonl", line(url, body));
        let outcome = qwen
            .clone()
            .args(["batch", "run", "in.jsonl", "--engine", "batch"])
            .run();
        let result: Value = serde_json::from_str(&succeeds(&outcome)).unwrap();
        assert_eq!(result["response"]["body"].pointer(pointer), Some(&answer));
        let sent = service.input_files().pop().unwrap();
        assert_eq!((&sent[0]["url"], &sent[0]["body"]), (&json!(url), body));
        let realtime = qwen.args(["batch", "run", "in.jsonl", "--engine", "realtime"]).run();
        assert_eq!((realtime.code, service.count("POST /chat/completions")), (0, 0));
    }
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
fn held_requests_go_to_the_host_for_them_and_do_not_stream() {
    let service = BatchService::start();
    let own = |setting: &str, url: &str| {
        format!("[providers.lab]\nprotocol = \"openai\"\napi_key_env = \"LAB_KEY\"\n{setting} = \"{url}\"\n")
    };
    let qwen = qwen(&service, 2)
        .without("QWEN_CLI_BASE_URL")
        .env("LAB_KEY", KEY)
        .args([
            "batch",
            "run",
            "in.txt",
            "--engine",
            "batch-chat",
            "-p",
            "lab",
            "-o",
            "out.jsonl",
        ]);
    // Nothing listens at its ordinary address.
    let config = own("batch_base_url", &service.base_url()) + "base_url = \"http://127.0.0.1:9/v1\"\n";
    succeeds(&qwen.clone().config(&config).run());
    assert_eq!(answers(&qwen), all(2));
    let bodies: Vec<Value> = service.requests().iter().map(|request| request.json()).collect();
    assert!(bodies.iter().all(|body| body["stream"] != json!(true)), "{bodies:#?}");
    assert_eq!(service.count("POST /chat/completions"), 2);
    let price = "[prices.qwen-plus]\ninput = 0.8\noutput = 2\ncurrency = \"CNY\"\n";
    assert_eq!(counted(&qwen)[0]["unpriced"], json!(2));
    let again = [
        "batch",
        "run",
        "in.txt",
        "--again",
        "--engine",
        "batch-chat",
        "-p",
        "lab",
    ];
    succeeds(&qwen.clone().config(&(config + price)).args(again).run());
    let row = &counted(&qwen)[0];
    assert_eq!((&row["requests"], &row["cost"]), (&json!(4), &json!({"CNY": 0.000018})));
    // The same address serves both where only that is given.
    succeeds(&qwen.clone().config(&own("base_url", &service.base_url())).run());
    assert_eq!(service.count("POST /chat/completions"), 6);
}

#[test]
fn the_wait_between_two_looks_is_checked() {
    let service = BatchService::start();
    let range = "must be a number of seconds from 0.01 to 3600";
    let run = |qwen: Qwen, more: &[&str]| qwen.args([&RUN[..], more].concat()).run();
    let flag = run(qwen(&service, 1), &["--poll", "0"]);
    assert_eq!((flag.code, flag.stderr.contains(range)), (2, true), "{flag:?}");
    let variable = run(qwen(&service, 1).env("QWEN_CLI_BATCH_POLL", "soon"), &[]);
    variable.expect(2, "", &format!("error: QWEN_CLI_BATCH_POLL {range}\n"));
    // The option wins.
    succeeds(&run(
        qwen(&service, 1).env("QWEN_CLI_BATCH_POLL", "soon"),
        &["--poll", "0.01"],
    ));
}

#[test]
fn the_engine_is_chosen_by_the_number_of_lines() {
    let service = BatchService::start();
    let prompts = |count: usize| (0..count).map(|number| format!("{number}\n")).collect::<String>();
    let qwen = qwen(&service, 0);
    let run = |count: usize, model: &str| {
        let args = ["batch", "run", "in.txt", "-m", model, "-o", "out.jsonl"];
        let jobs = service.jobs().len();
        let outcome = qwen.clone().file("in.txt", prompts(count)).args(args).run();
        succeeds(&outcome);
        (service.jobs().len() - jobs, outcome.stderr)
    };
    let notice = "notice: asking 100 lines by the batch service, at half price, about ¥3.28 at most; it takes minutes to hours (--engine realtime \
                  asks at once)\n";
    assert_eq!(run(100, "qwen-plus"), (1, notice.to_owned()));
    assert_eq!(run(99, "qwen-plus"), (0, String::new()));
    assert_eq!(run(100, "some-model"), (0, String::new()));
}

#[test]
fn an_engine_that_the_provider_lacks_is_refused() {
    let text = "hello\n";
    let run = |qwen: Qwen, engine: &str| {
        let args = ["batch", "run", "in.txt", "--engine", engine];
        qwen.file("in.txt", text).args(args).run()
    };
    let hint = "hint: `qwen batch run --engine realtime` asks the lines one by one\n";
    let demo = Qwen::new().env("QWEN_CLI_PROVIDER", "demo");
    run(demo.clone(), "batch").expect(2, "", &format!("error: demo has no batch service\n{hint}"));
    run(demo, "batch-chat").expect(2, "", &format!("error: demo has no batch chat\n{hint}"));
    let web = Qwen::new()
        .env("QWEN_CLI_PROVIDER", "web")
        .env("QWEN_AUTH_TOKEN", "token-placeholder")
        .env("QWEN_CLI_MODEL", "qwen-max-latest");
    run(web, "batch").expect(2, "", &format!("error: web has no batch service\n{hint}"));
    let tokyo = Qwen::new().env("DASHSCOPE_API_KEY", KEY).env("QWEN_CLI_REGION", "us");
    run(tokyo.clone(), "batch").expect(2, "", &format!("error: dashscope has no batch service\n{hint}"));
    run(tokyo, "batch-chat").expect(2, "", &format!("error: dashscope has no batch chat\n{hint}"));
    let service = BatchService::start();
    service.fault(Call::Upload, Fault::Refused(404, "not_found", "Not Found"));
    let lacking = qwen(&service, 1);
    run(lacking.clone(), "batch").expect(2, "", &format!("error: dashscope has no batch service\n{hint}"));
    // The lines are not lost to another engine.
    succeeds(&run(lacking, "realtime"));
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
