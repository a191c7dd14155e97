//! Faults of the provider and of this machine.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::provider::{Answer, Provider, results};
use crate::harness::Qwen;

fn said(bytes: &[u8]) -> Vec<String> {
    results(bytes).into_iter().map(|(_, said)| said).collect()
}

fn numbers(count: usize) -> String {
    (0..count).map(|number| format!("{number}\n")).collect()
}

#[test]
fn a_storm_of_429_costs_no_line() {
    let provider = Provider::new(|prompt, number| match number % 5 {
        0 | 1 if number < 150 => Answer::too_many(0),
        _ => Answer::Text(prompt.to_owned()),
    });
    let qwen = provider.qwen().file("in.txt", numbers(200));
    let outcome = qwen
        .args(["batch", "run", "in.txt", "--engine", "realtime", "--format", "text"])
        .run();
    outcome.expect(0, numbers(200), "");
    assert!(provider.most() <= 8, "{} at a time", provider.most());
}

#[test]
fn refusals_that_do_not_end_stop_the_run_and_lose_nothing() {
    let provider = Provider::new(|prompt, number| match number {
        0 => Answer::Text(prompt.to_owned()),
        _ => Answer::too_many(9999),
    });
    let qwen = provider.qwen().file("in.txt", numbers(3));
    let outcome = qwen
        .args(["batch", "run", "in.txt", "--engine", "realtime", "--concurrency", "1"])
        .run();
    assert_eq!((outcome.code, outcome.text()), (4, ""));
    assert!(
        outcome
            .stderr
            .starts_with("error: the batch stopped after 1 of 3 lines: "),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains("the same command continues from there"),
        "{}",
        outcome.stderr
    );
    assert_eq!(provider.prompts().len(), 2);
}

#[test]
fn a_refused_key_ends_the_run_after_the_requests_under_way() {
    let provider = Provider::new(|_, _| Answer::refusal(401, "invalid_api_key", "Incorrect API key provided."));
    let qwen = provider.qwen().file("in.txt", numbers(100));
    let outcome = qwen
        .clone()
        .args(["batch", "run", "in.txt", "--engine", "realtime", "-o", "out.jsonl"])
        .run();
    assert_eq!((outcome.code, outcome.text()), (3, ""));
    assert!(provider.prompts().len() <= 8, "{} were sent", provider.prompts().len());
    assert!(!qwen.cwd().join("out.jsonl").exists());
}

#[test]
fn connections_that_fail_one_after_the_other_end_the_run() {
    let provider = Provider::new(|_, _| Answer::Close);
    let qwen = provider.qwen().file("in.txt", numbers(100));
    let outcome = qwen
        .clone()
        .args(["--retries", "0", "batch", "run", "in.txt", "--engine", "realtime"])
        .run();
    assert_eq!((outcome.code, outcome.text()), (5, ""));
    assert!(provider.prompts().len() < 30, "{} were sent", provider.prompts().len());
    // The same command goes on when the network is there again.
    let again = Provider::echo();
    let elsewhere = qwen.file("in.txt", numbers(2));
    let outcome = elsewhere
        .env("QWEN_CLI_BASE_URL", &format!("http://{}/v1", again.address()))
        .args(["batch", "run", "in.txt", "--engine", "realtime"])
        .run();
    assert_eq!(said(&outcome.stdout), ["re: 0", "re: 1"]);
}

#[test]
fn one_connection_that_fails_is_one_line_that_failed() {
    let provider = Provider::new(|prompt, _| match prompt {
        "3" => Answer::Close,
        _ => Answer::Text(prompt.to_owned()),
    });
    let qwen = provider.qwen().file("in.txt", numbers(20));
    let outcome = qwen
        .args(["--retries", "0", "batch", "run", "in.txt", "--engine", "realtime"])
        .run();
    assert_eq!(outcome.code, 8);
    let said = said(&outcome.stdout);
    assert_eq!((said[2].as_str(), said[4].as_str(), said.len()), ("2", "4", 20));
    assert!(said[3].starts_with("error "), "{}", said[3]);
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let provider = Provider::echo();
    let qwen = provider.qwen().file("in.txt", numbers(5000));
    let running = qwen.args(["batch", "run", "in.txt", "--engine", "realtime"]).spawn();
    running.close_stdout_after("line-1");
    let outcome = running.outcome();
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert_eq!(provider.prompts().len(), 5000);
}

/// A file that reaches its size limit is met as a full disk is.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_does_not_fit_is_not_there_and_the_answers_are_kept() {
    let provider = Provider::new(|prompt, _| Answer::Text(format!("{prompt} {}", "x".repeat(2000))));
    let run = |script: &str| {
        let program = env!("CARGO_BIN_EXE_qwen");
        let base = format!("http://{}/v1", provider.address());
        Qwen::shell(&script.replace("qwen ", &format!("{program} ")))
            .env("QWEN_CLI_BASE_URL", &base)
            .env("DASHSCOPE_API_KEY", crate::harness::KEY)
            .env("QWEN_CLI_MODEL", "qwen-plus")
            .file("in.txt", numbers(2000))
    };
    // The ledger takes some 8 MB in its log, the output 5 more.
    let both = run(
        "qwen batch run in.txt --engine realtime > /dev/null && ulimit -f 4000 && exec qwen batch run in.txt -o out.jsonl",
    );
    let outcome = both.run();
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let last = outcome.stderr.lines().last().unwrap();
    assert_eq!(last, "error: cannot write out.jsonl: the file is too large");
    assert!(!both.cwd().join("out.jsonl").exists());
    assert_eq!(provider.prompts().len(), 2000);
}

#[test]
fn requests_at_a_time_are_as_many_as_asked_for() {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    let provider = Provider::new(|prompt, _| {
        // The first three wait for one another.
        match SEEN.fetch_add(1, Ordering::SeqCst) {
            0..3 => Answer::Held("three", prompt.to_owned()),
            _ => Answer::Text(prompt.to_owned()),
        }
    });
    let qwen = provider.qwen().file("in.txt", numbers(9));
    let running = qwen
        .args([
            "batch",
            "run",
            "in.txt",
            "--engine",
            "realtime",
            "--concurrency",
            "3",
            "--format",
            "text",
        ])
        .spawn();
    provider.wait_requests(3);
    provider.open("three");
    running.outcome().expect(0, numbers(9), "");
    assert_eq!(provider.most(), 3);
}

#[test]
fn an_error_holds_the_server_s_status_and_words() {
    let provider = Provider::new(|_, _| Answer::refusal(400, "invalid_parameter_error", "No."));
    let qwen = provider.qwen().file("in.txt", "one\n");
    let outcome = qwen
        .clone()
        .args(["batch", "run", "in.txt", "--engine", "realtime"])
        .run();
    assert_eq!(outcome.code, 8);
    let line: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(line["response"]["status_code"], 400);
    assert_eq!(line["response"]["body"]["error"]["message"], "No.");
    assert_eq!(line["error"], Value::Null);
    let csv = qwen
        .args(["batch", "run", "in.txt", "--engine", "realtime", "--format", "csv"])
        .run();
    assert_eq!(csv.text(), "id,answer,error\nline-1,,invalid_parameter_error: No.\n");
}
