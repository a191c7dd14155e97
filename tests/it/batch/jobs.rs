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
fn again_asks_anew_where_the_job_of_an_earlier_again_is_gone() {
    let service = BatchService::start();
    let qwen = qwen(&service, 1);
    let run = |args: &[&str]| qwen.clone().args([&RUN, args].concat()).run();
    succeeds(&run(&[]));
    succeeds(&qwen.clone().args(["batch", "submit", "in.txt", "--again"]).run());
    service.fault(
        Call::Retrieve,
        Fault::Refused(404, "batch_not_found", "No batch found with this id."),
    );
    let gone = run(&["--again"]);
    assert!(
        gone.code == 7 && gone.stderr.contains("`qwen batch run --again`"),
        "{gone:?}"
    );
    succeeds(&run(&["--again"]));
    assert_eq!((answers(&qwen), service.jobs().len()), (all(1), 3));
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
