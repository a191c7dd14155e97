//! Whatever ends a run, the same command goes on, and nothing that was answered is asked again.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OpenFlags};
use rustix::process::Signal;

use super::provider::{Provider, results};
use crate::harness::Qwen;

fn prompts(count: usize) -> String {
    (0..count).map(|number| format!("prompt {number}\n")).collect()
}

/// The ids of the lines that have an answer in the ledger.
fn answered(qwen: &Qwen) -> BTreeSet<String> {
    let path = qwen.qwen_home().join("data/conversations.db");
    let Ok(store) = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY) else {
        return BTreeSet::new();
    };
    // Killed before the store was made.
    let Ok(mut rows) = store.prepare("SELECT custom_id FROM batch_lines WHERE state = 'answered'") else {
        return BTreeSet::new();
    };
    let ids = rows.query_map([], |row| row.get(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

/// Kills the run of so many lines at each of the moments, then lets it end.
fn killed(lines: usize, moments: impl IntoIterator<Item = usize>) {
    let provider = Provider::echo();
    let qwen = provider.qwen().file("in.txt", prompts(lines));
    let qwen = qwen.args(["batch", "run", "in.txt", "--engine", "realtime", "-o", "out.jsonl"]);
    let mut kept = BTreeSet::new();
    let mut asked_before = 0;
    let mut check = |kept: &mut BTreeSet<String>| {
        let asked = provider.prompts();
        for prompt in &asked[asked_before..] {
            let number: usize = prompt.strip_prefix("prompt ").unwrap().parse().unwrap();
            let id = format!("line-{}", number + 1);
            assert!(!kept.contains(&id), "{id} was answered and is asked again");
        }
        asked_before = asked.len();
        let now = answered(&qwen);
        assert!(kept.is_subset(&now), "an answer was lost");
        *kept = now;
    };
    for (nth, moment) in moments.into_iter().enumerate() {
        let running = qwen.spawn();
        match nth % 2 {
            0 => provider.wait_requests(moment),
            _ => provider.wait_answered(moment),
        }
        running.signal(Signal::KILL);
        assert_eq!(running.outcome().code, 137);
        check(&mut kept);
        assert!(!qwen.cwd().join("out.jsonl").exists());
    }
    assert_eq!(qwen.run().code, 0);
    check(&mut kept);
    assert_eq!(kept.len(), lines);
    let expected: Vec<_> = (0..lines)
        .map(|number| (format!("line-{}", number + 1), format!("re: prompt {number}")))
        .collect();
    assert_eq!(results(&qwen.read("out.jsonl")), expected);
    // What was under way when it was killed is asked again, and nothing else.
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for prompt in provider.prompts() {
        *times.entry(prompt).or_default() += 1;
    }
    assert_eq!(times.len(), lines);
}

#[test]
fn a_run_that_is_killed_at_any_moment_goes_on_and_asks_nothing_twice() {
    // Each run asks some again that were under way.
    killed(300, (0..12).map(|nth| 1 + nth * 24));
}

/// By `tests/soak.sh`.
#[test]
#[ignore = "takes a minute"]
fn a_run_that_is_killed_a_hundred_times_goes_on_and_asks_nothing_twice() {
    killed(300, (0..100).map(|nth| 1 + nth * 3));
}

#[test]
fn of_two_runs_at_once_the_second_waits_and_sends_nothing() {
    let provider = Provider::new(|prompt, _| super::provider::Answer::Held("go", format!("re: {prompt}")));
    let qwen = provider.qwen().file("in.txt", "one\ntwo\n");
    let qwen = qwen.args(["batch", "run", "in.txt", "--engine", "realtime", "--format", "text"]);
    let first = qwen.spawn();
    provider.wait_requests(2);
    let second = qwen.spawn();
    second.wait_stderr("another process runs this batch");
    provider.open("go");
    first.outcome().expect(0, "re: one\nre: two\n", "");
    second.outcome().expect(
        0,
        "re: one\nre: two\n",
        "notice: another process runs this batch; waiting for it to end\n\
         notice: all lines were asked before; --again asks anew\n",
    );
    assert_eq!(provider.prompts().len(), 2);
}

#[test]
fn ctrl_c_stops_at_once_and_says_how_many_answers_are_kept() {
    use super::provider::Answer;
    let provider = Provider::new(|prompt, _| match prompt {
        "one" => Answer::Text("1".to_owned()),
        _ => Answer::Held("never", String::new()),
    });
    let qwen = provider.qwen().file("in.txt", "one\ntwo\nthree\n");
    let qwen = qwen.args(["batch", "run", "in.txt", "--engine", "realtime", "-o", "out.jsonl"]);
    let running = qwen.spawn();
    provider.wait_requests(3);
    while answered(&qwen).is_empty() {
        std::thread::yield_now();
    }
    running.signal(Signal::INT);
    running.outcome().expect(
        130,
        "",
        "error: interrupted\nhint: 1 of 3 lines are done and kept; the same command continues from there\n",
    );
    assert!(!qwen.cwd().join("out.jsonl").exists());
}
