//! Jobs that another machine made, or the console of the provider.

use serde_json::{Value, json};

use super::jobs::{all, answers, counted, half_price, qwen, succeeds};
use crate::harness::{KEY, Outcome, Qwen};
use crate::server::{BatchService, LineOutcome};

/// Submits so many lines from a machine. Returns the service's id of their job, and another machine.
fn submitted(service: &BatchService, lines: usize) -> (String, Qwen) {
    succeeds(&qwen(service, lines).args(["batch", "submit", "in.txt"]).run());
    (service.jobs().pop().unwrap(), qwen(service, 0))
}

fn batch(qwen: &Qwen, args: &[&str]) -> Outcome {
    qwen.clone().args([&["batch"], args].concat()).run()
}

#[test]
fn they_are_shown_and_fetched_in_the_order_of_their_requests() {
    let service = BatchService::start();
    service.hold_at("in_progress");
    let (job, qwen) = submitted(&service, 3);
    let line = succeeds(&batch(&qwen, &["status", &job]));
    assert_eq!(line, format!("{job}\tin_progress\t0 of 3\tbatch\tin.txt"));
    let early = batch(&qwen, &["fetch", &job, "-o", "out.jsonl"]);
    early.expect(
        1,
        "",
        &format!(
            "error: the batch has not ended: 0 of 3 lines have results\nhint: `qwen batch status {job}` shows how far \
             it is\n"
        ),
    );
    service.release();
    for _ in 0..3 {
        succeeds(&batch(&qwen, &["status", &job]));
    }
    let status: Value = serde_json::from_str(&succeeds(&batch(&qwen, &["status", &job, "--json"]))).unwrap();
    let shown = ["id", "status", "total", "answered", "provider"].map(|name| status[name].clone());
    assert_eq!(
        shown,
        [json!(job), json!("completed"), json!(3), json!(3), json!("dashscope")]
    );
    assert_eq!(status["jobs"][0]["id"], json!(job));
    assert_eq!(counted(&qwen), json!([]));
    // Each machine that fetches it counts it, once.
    for _ in 0..2 {
        succeeds(&batch(&qwen, &["fetch", &job, "-o", "out.jsonl"]));
        assert_eq!(answers(&qwen), all(3));
        assert_eq!(counted(&qwen), half_price(3));
    }
    let list = succeeds(&batch(&qwen, &["list"]));
    assert_eq!(
        list.split('\t').skip(1).collect::<Vec<_>>(),
        ["completed", "3 of 3", "batch", "in.txt"]
    );
    assert_eq!(service.jobs().len(), 1);
}

#[test]
fn one_that_was_not_taken_over_whole_is_taken_over_again() {
    let service = BatchService::start();
    let (job, qwen) = submitted(&service, 3);
    for _ in 0..4 {
        succeeds(&batch(&qwen, &["status", &job]));
    }
    succeeds(&batch(&qwen, &["fetch", &job]));
    // As killed before the service's id was saved.
    let store = rusqlite::Connection::open(qwen.qwen_home().join("data/conversations.db")).unwrap();
    store
        .execute_batch(
            "UPDATE batch_jobs SET state = 'uploading', service_id = NULL, output_file_id = NULL;
             UPDATE batch_lines SET state = 'sent'; DELETE FROM batch_results",
        )
        .unwrap();
    drop(store);
    succeeds(&batch(&qwen, &["fetch", &job, "-o", "out.jsonl"]));
    assert_eq!(answers(&qwen), all(3));
}

#[test]
fn without_their_requests_they_are_in_the_order_of_their_results() {
    let service = BatchService::start();
    service.withhold_requests().outcome("line-2", LineOutcome::Failed);
    let (job, qwen) = submitted(&service, 3);
    for _ in 0..4 {
        succeeds(&batch(&qwen, &["status", &job]));
    }
    batch(&qwen, &["fetch", &job, "-o", "out.jsonl"]).expect(8, "", "error: 1 of 3 lines failed\n");
    let pair = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    assert_eq!(
        answers(&qwen),
        [
            pair("line-3", "Answer to c"),
            pair("line-1", "Answer to a"),
            pair("line-2", "It failed."),
        ]
    );
    assert_eq!(counted(&qwen), half_price(2));
    assert!(!qwen.cwd().join("out.failed.jsonl").exists());
    batch(&qwen, &["retry", &job]).expect(
        2,
        "",
        "error: the service does not give out the requests of this batch\nhint: run their file again\n",
    );
}

#[test]
fn their_failed_lines_are_asked_again() {
    let service = BatchService::start();
    service.outcome("line-2", LineOutcome::Failed);
    let (job, qwen) = submitted(&service, 3);
    for _ in 0..4 {
        succeeds(&batch(&qwen, &["status", &job]));
    }
    service.mend("line-2");
    succeeds(&batch(&qwen, &["retry", &job, "-o", "out.jsonl"]));
    assert_eq!(answers(&qwen), all(3));
    assert_eq!(service.input_files()[1].len(), 1);
    assert_eq!(counted(&qwen), half_price(3));
}

#[test]
fn they_are_cancelled_while_they_run() {
    let service = BatchService::start();
    service.hold_at("in_progress");
    let (job, qwen) = submitted(&service, 2);
    succeeds(&batch(&qwen, &["status", &job]));
    let cancelled = format!("notice: cancelled; `qwen batch fetch {job} -o FILE` gets what was answered\n");
    let cancel = |expected: &str| {
        let outcome = qwen.clone().args(["batch", "cancel", &job]).run();
        outcome.expect(0, "", expected);
    };
    cancel(&cancelled);
    service.release();
    cancel("notice: nothing of this batch is running at the service\n");
    let path = format!("POST /batches/{job}/cancel");
    assert_eq!(service.count(&path), 1);
}

#[test]
fn one_that_was_refused_names_its_errors() {
    let service = BatchService::start();
    service.refuse_file(vec![
        json!({"code": "mismatched_model", "message": "Another model.", "param": "model", "line": 2}),
    ]);
    let (job, qwen) = submitted(&service, 2);
    let refused = format!(
        "line 2: Another model. (mismatched_model)\nerror: the batch service refused the lines; none was asked\nhint: the \
         job is {job}\n"
    );
    batch(&qwen, &["status", &job]).expect(7, "", &refused);
    batch(&qwen, &["fetch", &job]).expect(7, "", &refused);
}

#[test]
fn an_id_that_the_service_does_not_know_is_refused() {
    let service = BatchService::start();
    let qwen = qwen(&service, 0);
    for args in [
        ["status", "batch_none"],
        ["fetch", "batch_none"],
        ["cancel", "batch_none"],
        ["retry", "batch_none"],
    ] {
        batch(&qwen, &args).expect(
            7,
            "",
            "error: dashscope does not know the job batch_none\nhint: check the ID, the provider (-p) and the key; a job is \
             deleted 30 days after its end\n",
        );
    }
    // What may be an id of ours is not looked for there, nor is anything at a provider without a service.
    let none = |id: &str| format!("error: there is no batch '{id}'\nhint: `qwen batch list` shows them\n");
    let calls = service.calls().len();
    batch(&qwen, &["status", "abcd"]).expect(2, "", &none("abcd"));
    let web = Qwen::new()
        .env("QWEN_CLI_PROVIDER", "web")
        .env("QWEN_AUTH_TOKEN", "token-placeholder")
        .env("DASHSCOPE_API_KEY", KEY);
    batch(&web, &["status", "batch_none"]).expect(2, "", &none("batch_none"));
    assert_eq!(service.calls().len(), calls);
}
