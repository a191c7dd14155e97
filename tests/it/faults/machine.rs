//! The machine: full disks, folders that went away, streams that are closed, clocks that jump.

use std::process::Command;
use std::time::{Duration, SystemTime};

use super::{complete, post};
use crate::harness::{Qwen, tool};
use crate::outcome::Outcome;
use crate::server::Server;

/// Runs it behind a line of shell, which ends in `"$@"`.
#[track_caller]
fn behind(script: &str, qwen: &Qwen) -> Outcome {
    let plain = qwen.command();
    let args = plain.get_args().map(|arg| arg.to_string_lossy().into_owned());
    let mut shell = vec![
        "-c".to_owned(),
        script.to_owned(),
        "sh".to_owned(),
        plain.get_program().to_string_lossy().into_owned(),
    ];
    shell.extend(args);
    qwen.clone().program("/bin/sh").args(shell).run()
}

#[test]
fn a_full_disk_under_the_store_costs_the_saving_and_not_the_answer() {
    let server = Server::plays([post().answer(&["still here"]), post().answer(&["and here"])]);
    let qwen = complete(&[]).server(&server);
    assert_eq!(qwen.run().code, 0);
    // No file may grow, as on a disk without room; the signal for it is turned into an error.
    let outcome = behind("trap '' XFSZ; ulimit -f 0; exec \"$@\"", &qwen);
    assert_eq!((outcome.code, outcome.text()), (0, "and here\n"), "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("; the conversation is not saved from here on\n"),
        "{}",
        outcome.stderr
    );
    // What was kept before is still there.
    let last = qwen.args(["last"]).run();
    last.expect_answer("still here\n");
}

/// The main thread has as much stack as the system allows it (`ulimit -s`), in KiB.
#[test]
fn a_small_stack_suffices() {
    let server = Server::answers(&["# One\n\n- **two** `three`\n"]);
    let qwen = complete(&["--color", "always"]).server(&server);
    let outcome = behind("ulimit -s 64; exec \"$@\"", &qwen);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn a_full_disk_under_the_output_file_is_reported_and_the_old_file_stays() {
    let server = Server::answers(&["new"]);
    let qwen = complete(&["--no-save", "-o", "out"]).server(&server).file("out", "old");
    let outcome = behind("trap '' XFSZ; ulimit -f 0; exec \"$@\"", &qwen);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        outcome.stderr.starts_with("error: cannot write the answer: "),
        "{}",
        outcome.stderr
    );
    assert_eq!(qwen.read("out"), b"old");
    assert_eq!(
        std::fs::read_dir(qwen.cwd()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[test]
fn a_full_disk_under_the_log_costs_the_log_alone() {
    let server = Server::answers(&["ok"]);
    complete(&["--log-file", "/dev/full"])
        .server(&server)
        .run()
        .expect_answer("ok\n");
}

#[test]
fn a_working_directory_that_went_away_is_no_obstacle() {
    let server = Server::answers(&["ok"]);
    let outcome = behind(
        "mkdir gone && cd gone && rmdir ../gone && exec \"$@\"",
        &complete(&[]).server(&server),
    );
    outcome.expect_answer("ok\n");
}

/// Where there is no terminal to ask.
#[cfg(target_os = "linux")]
#[test]
fn no_program_is_asked_for_the_size_of_a_window() {
    let qwen = Qwen::new().args(["-p", "demo", "complete", "--color", "always", "hi"]);
    let tput = qwen.root().join("bin/tput");
    std::fs::create_dir(qwen.root().join("bin")).unwrap();
    std::fs::write(&tput, format!("#!/bin/sh\n: >{}/was-run\n", qwen.root().display())).unwrap();
    std::fs::set_permissions(&tput, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}/bin:/usr/bin:/bin", qwen.root().display());
    let root = qwen.root();
    let outcome = behind("exec setsid -w \"$@\"", &qwen.env("PATH", &path));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(!root.join("was-run").exists());
}

#[test]
fn closed_streams_are_no_obstacle() {
    let run = |script: &str| {
        let server = Server::answers(&["ok"]);
        behind(script, &complete(&[]).server(&server))
    };
    run("exec \"$@\" <&-").expect_answer("ok\n");
    run("exec \"$@\" 2>&-").expect_answer("ok\n");
}

#[test]
fn an_answer_for_a_closed_stdout_is_stored() {
    let server = Server::answers(&["ok"]);
    let qwen = complete(&[]).server(&server);
    let outcome = behind("exec \"$@\" >&-", &qwen);
    assert_eq!((outcome.code, outcome.text(), outcome.stderr.as_str()), (0, "", ""));
    qwen.args(["last"]).run().expect_answer("ok\n");
}

#[test]
fn a_clock_that_was_set_back_does_not_break_the_store() {
    let server = Server::plays([post().answer(&["before"]), post().answer(&["after"])]);
    let qwen = complete(&[]).server(&server);
    qwen.run().expect_answer("before\n");
    // Everything that was written comes from a time ahead of us.
    set_times(&qwen.qwen_home(), SystemTime::now() + AHEAD);
    shift(&qwen.qwen_home());
    qwen.clone()
        .args(["complete", "-c", "hi"])
        .run()
        .expect_answer("after\n");
    qwen.clone().args(["last"]).run().expect_answer("after\n");
    let sessions = qwen.args(["sessions", "list"]).run();
    assert_eq!((sessions.code, sessions.stderr.as_str()), (0, ""), "{sessions:?}");
}

/// No word of Rust's, and no path of the machine that built the program.
#[track_caller]
fn is_in_words(outcome: &Outcome, code: i32, error: &str) {
    assert_eq!((outcome.code, outcome.text()), (code, ""), "{}", outcome.stderr);
    assert_eq!(outcome.stderr, error);
}

#[test]
fn a_clock_before_1970_is_reported() {
    let Some(faketime) = tool("faketime") else { return };
    let qwen = Qwen::new();
    let at = |args: &[&str]| {
        let all = ["-f", "@1960-01-01 00:00:00", env!("CARGO_BIN_EXE_qwen")];
        qwen.clone().program(faketime).args([&all[..], args].concat()).run()
    };
    let told = "error: this machine's clock is set to a time before 1970\n\
                hint: set it: `date -s`, `timedatectl set-ntp true`\n";
    is_in_words(&at(&["-p", "demo", "complete", "hi"]), 1, told);
    is_in_words(&at(&["-p", "demo", "models"]), 1, told);
    assert_eq!(qwen.clone().args(["-p", "demo", "complete", "hi"]).run().code, 0);
    // The conversations that exist are read anyway.
    assert_eq!(at(&["sessions", "list"]).code, 0);
    assert_eq!(at(&["last"]).code, 0);
}

#[test]
fn too_few_file_descriptors_are_reported() {
    let told =
        "error: cannot start: too many open files\nhint: `ulimit -n` shows how many files may be open at a time\n";
    for limit in [6, 7, 8, 10, 12, 14, 16] {
        let script = format!("ulimit -n {limit}; exec \"$@\"");
        let outcome = behind(&script, &Qwen::new().args(["-p", "demo", "complete", "hi"]));
        is_in_words(&outcome, 1, told);
    }
    let outcome = behind(
        "ulimit -n 24; exec \"$@\"",
        &Qwen::new().args(["-p", "demo", "complete", "hi"]),
    );
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_cannot_be_started_is_reported() {
    let (Some(_), Some(_)) = (tool("prlimit"), tool("setpriv")) else {
        return;
    };
    let qwen = Qwen::new().args(["-p", "demo", "complete", "hi"]);
    let place = qwen.root().join("program");
    std::fs::copy(env!("CARGO_BIN_EXE_qwen"), &place).unwrap();
    for path in [qwen.root(), place.clone(), qwen.qwen_home()] {
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    }
    // The limit is one of a user's, and none of the superuser's.
    let script = match rustix::process::geteuid().is_root() {
        true => "exec setpriv --reuid=5679 --regid=5679 --clear-groups --bounding-set=-all prlimit --nproc=1 \"$@\"",
        false => "exec prlimit --nproc=1 \"$@\"",
    };
    is_in_words(
        &behind(script, &qwen.program(place)),
        1,
        "error: cannot start a thread: the system allows no more of them\n\
         hint: `ulimit -u` shows how many processes and threads a user may have\n",
    );
}

#[test]
fn an_answer_that_memory_does_not_suffice_for_is_kept_as_far_as_it_came() {
    let piece = "0123456789abcdef".repeat(4096);
    let mut script = post().stream_head();
    for _ in 0..2000 {
        script = script.sse_if_there(crate::server::text(&piece));
    }
    let server = Server::plays([script.stall()]);
    let qwen = complete(&["--format", "json"]).server(&server);
    // One heap for all threads: the address space that glibc reserves for a further one counts as memory, too.
    let outcome = behind("export MALLOC_ARENA_MAX=1; ulimit -v 150000; exec \"$@\"", &qwen);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert_eq!(outcome.stderr, "error: out of memory; the answer is incomplete\n");
    let told = outcome.json()["content"].as_str().unwrap().len();
    assert!(told > 1 << 20, "{told}");
    let last = qwen.args(["last"]).run();
    assert_eq!(last.text().trim_end().len(), told);
}

/// A failed allocation would abort the program.
#[cfg(target_os = "linux")]
#[test]
fn an_input_that_memory_does_not_suffice_for_is_refused_before_it_is_sent() {
    let server = Server::without_requests();
    let text = "0123456789abcde\n".repeat(1 << 20);
    let told = "error: out of memory\nhint: send less: fewer or smaller files and images\n";
    let file = complete(&["-f", "big.txt"]).server(&server).file("big.txt", &text);
    behind("ulimit -v 350000; exec \"$@\"", &file).expect(1, "", told);
    let piped = complete(&[]).server(&server).stdin(text.repeat(2));
    behind("ulimit -v 350000; exec \"$@\"", &piped).expect(1, "", told);
    server.finish();
    // So it is with what was said before, where the model's window is not known.
    let server = Server::answers(&["ok"]);
    let local = |server: &Server| piped.clone().env("QWEN_CLI_BASE_URL", &server.base_url());
    let asked = local(&server).args(["complete", "-p", "local", "-m", "m", "--timeout", "0"]);
    assert_eq!(asked.run().code, 0);
    server.finish();
    let server = Server::without_requests();
    let more = local(&server)
        .args(["complete", "-p", "local", "-m", "m", "-c", "more"])
        .stdin("");
    behind("ulimit -v 350000; exec \"$@\"", &more).expect(1, "", "error: out of memory\n");
    server.finish();
}

/// How far the clock was ahead.
const AHEAD: Duration = Duration::from_secs(400 * 24 * 3600);

/// Gives every file under `folder` this time.
fn set_times(folder: &std::path::Path, time: SystemTime) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            set_times(&entry.path(), time);
        } else if let Ok(file) = std::fs::File::options().write(true).open(entry.path()) {
            file.set_modified(time).unwrap();
        }
    }
}

/// Moves all that the store holds ahead.
fn shift(home: &std::path::Path) {
    let found = Command::new("find").arg(home).args(["-name", "*.db"]).output().unwrap();
    let paths = String::from_utf8(found.stdout).unwrap();
    let store = rusqlite::Connection::open(paths.lines().next().unwrap()).unwrap();
    let by = AHEAD.as_millis();
    for change in [
        format!("UPDATE messages SET created = created + {by}"),
        format!("UPDATE conversations SET created = created + {by}, updated = updated + {by}"),
    ] {
        assert!(store.execute(&change, []).unwrap() > 0);
    }
}
