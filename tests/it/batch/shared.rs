//! One batch and several processes, engines or commands.

use serde_json::json;

use super::jobs::{RUN, all, answers, counted, half_price, ids, qwen, succeeds};
use super::provider::{Answer, Provider};
use crate::harness::Qwen;
use crate::running::Signal;
use crate::server::{BatchService, Call, Fault};

#[test]
fn two_that_collect_a_job_at_once_count_it_once() {
    let service = BatchService::start();
    let qwen = qwen(&service, 3);
    let id = succeeds(&qwen.clone().args(["batch", "submit", "in.txt"]).run());
    // Neither gets the results before both have asked for them.
    service
        .hold_at("finalizing")
        .fault(Call::Content, Fault::Together(2))
        .fault(Call::Content, Fault::Together(2));
    for _ in 0..3 {
        succeeds(&qwen.clone().args(["batch", "status", &id]).run());
    }
    service.release();
    let fetches =
        ["out.jsonl", "other.jsonl"].map(|name| qwen.clone().args(["batch", "fetch", &id, "-o", name]).spawn());
    for fetch in fetches {
        fetch.outcome().expect(0, "", "");
    }
    assert_eq!(answers(&qwen), all(3));
    assert_eq!(qwen.read("out.jsonl"), qwen.read("other.jsonl"));
    assert_eq!(counted(&qwen), half_price(3));
}

#[test]
fn lines_that_a_killed_realtime_run_had_sent_are_given_to_the_service() {
    let provider = Provider::new(|prompt, _| Answer::Held("never", prompt.to_owned()));
    let service = BatchService::start();
    // Both at one address, so that it is one batch.
    let config = |url: &str| {
        format!("[providers.lab]\nprotocol = \"openai\"\napi_key_env = \"DASHSCOPE_API_KEY\"\nbase_url = \"{url}\"\n")
    };
    let qwen = qwen(&service, 3)
        .without("QWEN_CLI_BASE_URL")
        .env("QWEN_CLI_PROVIDER", "lab");
    let held = qwen.clone().config(&config(&service.base_url()));
    service
        .fault(Call::Chat, Fault::Held)
        .fault(Call::Chat, Fault::Held)
        .fault(Call::Chat, Fault::Held);
    let running = held
        .clone()
        .args(["batch", "run", "in.txt", "--engine", "realtime"])
        .spawn();
    service.wait("POST /chat/completions", 3);
    running.signal(Signal::KILL);
    running.outcome();
    drop(provider);
    succeeds(&held.clone().args(RUN).run());
    assert_eq!(answers(&held), all(3));
    assert_eq!(service.ran(), ids(3));
}

#[test]
fn what_was_submitted_or_answered_before_is_not_submitted_again() {
    let service = BatchService::start();
    let qwen = qwen(&service, 3);
    let submit = || qwen.clone().args(["batch", "submit", "in.txt"]).run();
    let id = succeeds(&submit());
    submit().expect(0, format!("{id}\n"), "notice: the lines were submitted before\n");
    succeeds(&qwen.clone().args(RUN).run());
    let ended = format!(
        "notice: all lines were asked before: `qwen batch fetch {id} -o FILE` writes the answers, --again asks anew\n"
    );
    submit().expect(0, format!("{id}\n"), &ended);
    assert_eq!((service.jobs().len(), service.ran()), (1, ids(3)));
    // The same after another engine.
    let qwen = qwen.file("in.txt", "x\ny\n");
    let realtime = ["batch", "run", "in.txt", "--engine", "realtime", "-o", "out.jsonl"];
    succeeds(&qwen.clone().args(realtime).run());
    let outcome = qwen.clone().args(["batch", "submit", "in.txt"]).run();
    assert_eq!(
        (outcome.code, outcome.stderr.contains("asked before: `qwen batch fetch")),
        (0, true)
    );
    qwen.args(RUN)
        .run()
        .expect(0, "", "notice: all lines were asked before; --again asks anew\n");
    assert_eq!(service.jobs().len(), 1);
}

#[test]
fn locks_are_removed_at_the_end_of_a_run() {
    let locks = |qwen: &Qwen| {
        let folder = std::fs::read_dir(qwen.qwen_home().join("data/batches"));
        folder.map_or(usize::MAX, Iterator::count)
    };
    let provider = Provider::echo();
    let qwen = provider.qwen().file("in.txt", "one\n");
    succeeds(&qwen.clone().args(["batch", "run", "in.txt", "-o", "out.jsonl"]).run());
    assert_eq!(locks(&qwen), 0);
}

#[test]
fn several_answers_to_a_line_are_for_the_service_alone() {
    let service = BatchService::start();
    let line = json!({"prompt": "a", "n": 2}).to_string();
    let qwen = qwen(&service, 0).file("in.jsonl", &line);
    let run = |qwen: &Qwen, engine: &str| {
        qwen.clone()
            .args(["batch", "run", "in.jsonl", "--engine", engine])
            .run()
    };
    run(&qwen, "realtime").expect(
        2,
        "",
        "error: line 1: only the batch service answers \"n\": 2\nhint: add --engine batch\n",
    );
    succeeds(&run(&qwen, "batch"));
    assert_eq!(service.input_files()[0][0]["body"]["n"], json!(2));
    let demo = Qwen::new().env("QWEN_CLI_PROVIDER", "demo").file("in.jsonl", &line);
    run(&demo, "auto").expect(
        2,
        "",
        "error: line 1: only a batch service answers \"n\": 2, and demo has none\n",
    );
    run(&demo, "batch").expect(2, "", "error: demo has no batch service\n");
}

#[test]
fn two_currencies_are_shown_apart_and_neither_is_held_to_be_the_other() {
    let service = BatchService::start();
    let config = format!(
        "[providers.lab]\nprotocol = \"openai\"\napi_key_env = \"DASHSCOPE_API_KEY\"\nbase_url = \"{}\"\n\
         [prices.yuan]\ninput = 1\noutput = 2\ncurrency = \"CNY\"\n[prices.dollar]\ninput = 1\noutput = 3\ncurrency = \"USD\"\n",
        service.base_url()
    );
    let lines =
        ["yuan", "dollar"].map(|model| json!({"prompt": "a", "model": model, "max_tokens": 1_000_000}).to_string());
    let qwen = qwen(&service, 0)
        .without("QWEN_CLI_BASE_URL")
        .env("QWEN_CLI_PROVIDER", "lab")
        .config(&config)
        .file("in.jsonl", lines.join("\n"));
    let run = |more: &[&str]| {
        qwen.clone()
            .args([&["batch", "run", "in.jsonl", "-o", "out.jsonl"], more].concat())
            .run()
    };
    run(&["--max-cost", "100"]).expect(
        4,
        "",
        "error: the price of dollar is in USD, and --max-cost in CNY\nhint: set its prices in CNY\n",
    );
    assert_eq!(service.calls(), [""; 0]);
    // The budget counts what is in its currency.
    let poor = qwen.clone().config(&format!("budget = \"1/day\"\n{config}"));
    let outcome = poor.args(["batch", "run", "in.jsonl", "-o", "out.jsonl"]).run();
    assert_eq!((outcome.code, service.calls().len()), (4, 0), "{outcome:?}");
    assert!(
        outcome.stderr.starts_with("error: the batch can cost 2.0000"),
        "{outcome:?}"
    );
    let qwen = qwen.config(&config);
    succeeds(&qwen.clone().args(["batch", "run", "in.jsonl", "-o", "out.jsonl"]).run());
    let usage = qwen.clone().args(["usage", "--by", "provider", "--json"]).run().json();
    assert_eq!(usage[0]["cost"], json!({"CNY": 0.000019, "USD": 0.000026}));
    let table = qwen.clone().args(["usage", "--by", "provider"]).run();
    let cost = succeeds(&table);
    assert!(cost.contains("0.000019 CNY + 0.000026 USD"), "{cost}");
}

#[test]
fn a_terminal_shows_the_stage_of_a_job_and_how_to_come_back() {
    let service = BatchService::start();
    service.hold_at("in_progress");
    let qwen = qwen(&service, 3).args(RUN);
    let mut pty = qwen.pty(24, 80);
    pty.wait_for("0 of 3, in_progress");
    pty.type_keys("\x03").wait_for("Ctrl-C cancels it");
    // The bar is below it, and nothing of it above.
    let is_below = |screen: &str| {
        let told = screen
            .trim_start()
            .strip_prefix("the batch goes on; `qwen batch fetch ");
        told.is_some_and(|rest| rest.contains("in_progress"))
    };
    pty.wait_screen("the bar below the notice", is_below);
    pty.type_keys("\x03");
    assert_eq!(pty.exit_code(), 130);
    let calls = service.calls();
    assert!(calls.iter().any(|call| call.ends_with("/cancel")), "{calls:#?}");
    let screen = pty.screen();
    assert!(
        screen.contains("the batch is cancelled") && !screen.contains("in_progress"),
        "{screen}"
    );
}
