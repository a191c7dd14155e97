//! One batch and several processes, engines or commands.

use super::jobs::{RUN, all, answers, counted, half_price, ids, kill_at, qwen, succeeds};
use super::provider::Provider;
use crate::harness::Qwen;
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
    let service = BatchService::start();
    let qwen = qwen(&service, 3);
    for _ in 0..3 {
        service.fault(Call::Chat, Fault::Held);
    }
    let realtime = ["batch", "run", "in.txt", "--engine", "realtime"];
    kill_at(&qwen.clone().args(realtime), &service, "POST /chat/completions", 3);
    succeeds(&qwen.clone().args(RUN).run());
    assert_eq!(answers(&qwen), all(3));
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
