//! Signals while a job runs at the service.

use super::jobs::{RUN, answers, ids, qwen, succeeds};
use crate::running::Signal;
use crate::server::BatchService;

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

/// What was done before it came back says nothing about the pace.
#[test]
fn a_terminal_shows_no_time_left_for_a_job_that_it_comes_back_to() {
    let service = BatchService::start();
    let qwen = qwen(&service, 4);
    let id = succeeds(&qwen.clone().args(["batch", "submit", "in.txt"]).run());
    for _ in 0..2 {
        succeeds(&qwen.clone().args(["batch", "status", &id]).run());
    }
    service.hold_at("in_progress");
    let mut pty = qwen.args(RUN).pty(24, 80);
    pty.wait_for("2 of 4, in_progress");
    assert!(!pty.screen().contains(" left"), "{}", pty.screen());
    service.release();
    assert_eq!(pty.exit_code(), 0);
}
