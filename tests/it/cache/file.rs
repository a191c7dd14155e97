//! The file of the cache: whose it is, how large, shared, damaged, emptied.

use super::*;
use crate::harness::KEY;

#[cfg(unix)]
#[test]
fn it_is_its_owner_s_and_holds_no_key() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::answers(&["Hello"]);
    let qwen = complete(&server, &["hi"]);
    qwen.run().expect_answer("Hello\n");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = file(&qwen);
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    let bytes = std::fs::read(&path).unwrap();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("Hello") && !holds(KEY) && !holds("hi\n"));
}

#[test]
fn two_processes_share_it() {
    let gated = |text: &str| {
        let begun = Connection::new().expect("POST", CHAT).stream_head().gate("both");
        let rest = begun.deltas(&[text]).sse(crate::server::end("stop"));
        rest.sse(crate::server::usage(5, 1)).done()
    };
    let server = Server::plays([gated("one"), gated("one")]);
    let qwen = complete(&server, &["hi"]);
    let other = qwen.clone().args(with_cache(&["ho"]));
    let (first, second) = (qwen.spawn(), other.spawn());
    server.wait_requests(2).open("both");
    first.outcome().expect_answer("one\n");
    second.outcome().expect_answer("one\n");
    server.finish();
    assert_eq!(kept(&qwen), 2);
    qwen.run().expect(0, "one\n", HIT);
    other.run().expect(0, "one\n", HIT);
}

/// Another process writes and does not end.
#[test]
fn a_locked_one_is_done_without() {
    let server = Server::plays([answers("one"), answers("two")]);
    let qwen = complete(&server, &["hi"]);
    qwen.run().expect_answer("one\n");
    let lock = rusqlite::Connection::open(file(&qwen)).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    qwen.run()
        .expect(0, "two\n", "notice: cannot use the answer cache: database is locked\n");
    drop(lock);
    qwen.run().expect(0, "one\n", HIT);
}

#[test]
fn a_damaged_one_is_emptied_with_a_notice() {
    let emptied = "notice: the answer cache was damaged and has been emptied\n";
    let damages: [&dyn Fn(&std::path::Path); 3] = [
        &|path| std::fs::write(path, "no database at all").unwrap(),
        &|path| {
            // Every page but the first.
            let mut bytes = std::fs::read(path).unwrap();
            bytes[4096..].fill(0x5a);
            std::fs::write(path, bytes).unwrap();
        },
        &|path| {
            let cache = rusqlite::Connection::open(path).unwrap();
            cache.execute_batch("DROP TABLE answers").unwrap();
        },
    ];
    for damage in damages {
        let server = Server::plays([answers("one"), answers("two")]);
        let qwen = complete(&server, &["hi"]);
        qwen.run().expect_answer("one\n");
        damage(&file(&qwen));
        qwen.run().expect(0, "two\n", emptied);
        server.finish();
        qwen.run().expect(0, "two\n", HIT);
    }
}

/// What another version of the program wrote is nothing to tell.
#[test]
fn one_of_another_version_is_emptied() {
    let server = Server::plays([answers("one"), answers("two")]);
    let qwen = complete(&server, &["hi"]);
    qwen.run().expect_answer("one\n");
    let cache = rusqlite::Connection::open(file(&qwen)).unwrap();
    cache.pragma_update(None, "user_version", 99).unwrap();
    drop(cache);
    qwen.run().expect_answer("two\n");
    qwen.run().expect(0, "two\n", HIT);
}

#[test]
fn the_oldest_answers_make_room() {
    let long = |n: usize| format!("{n} {}", "x".repeat(60_000));
    let server = Server::plays((0..4).map(|n| answers(&long(n))));
    let qwen = complete(&server, &[]).config("cache_size = \"180KB\"\n");
    let asked = |n: usize| qwen.clone().args(with_cache(&[&format!("question {n}")])).run();
    for n in 0..3 {
        asked(n).expect_answer(long(n) + "\n");
        if n == 0 {
            // It is older than the others, whatever the clock's steps are.
            age(&qwen, 60);
        }
    }
    assert_eq!(kept(&qwen), 2);
    let size = std::fs::metadata(file(&qwen)).unwrap().len();
    assert!(size <= 180 << 10, "{size}");
    for n in [1, 2] {
        asked(n).expect(0, long(n) + "\n", HIT);
    }
    asked(0).expect_answer(long(3) + "\n");
    // One that is larger than all of the space takes none away.
    let small = qwen
        .clone()
        .config("cache_size = \"40KB\"\n")
        .args(with_cache(&["question 0"]));
    small.run().expect(0, long(3) + "\n", HIT);
    server.finish();
}

#[test]
fn an_answer_larger_than_the_space_is_not_kept() {
    let text = "x".repeat(60_000);
    let server = Server::plays([answers("small"), answers(&text), answers(&text)]);
    let qwen = complete(&server, &["hi"]).config("cache_size = \"50KB\"\n");
    qwen.run().expect_answer("small\n");
    let large = qwen.clone().args(with_cache(&["much"]));
    large.run().expect_answer(text.clone() + "\n");
    large.run().expect_answer(text.clone() + "\n");
    server.finish();
    qwen.run().expect(0, "small\n", HIT);
}

#[test]
fn a_size_that_is_none_is_refused() {
    let told = "error: cache_size must be a size, as in 64MB or 1GB, not \"much\"\n";
    Qwen::new()
        .args(["config", "set", "cache_size", "much"])
        .run()
        .expect(2, "", told);
}

#[test]
fn cache_clear_empties_it() {
    let server = Server::plays([answers("a secret of mine"), answers("two")]);
    let qwen = complete(&server, &["hi"]);
    let clear = qwen.clone().args(["config", "cache-clear"]);
    clear.run().expect_answer("");
    assert!(!file(&qwen).exists());
    qwen.run().expect_answer("a secret of mine\n");
    clear.run().expect_answer("");
    let bytes = std::fs::read(file(&qwen)).unwrap();
    assert!(!bytes.windows(8).any(|part| part == b"a secret"));
    qwen.run().expect_answer("two\n");
    qwen.run().expect(0, "two\n", HIT);
    std::fs::write(file(&qwen), "no database at all").unwrap();
    clear.run().expect_answer("");
    assert_eq!(kept(&qwen), 0);
}

#[cfg(unix)]
#[test]
fn where_it_cannot_be_written_the_answer_comes_all_the_same() {
    let server = Server::plays([answers("one")]);
    let qwen = complete(&server, &["hi"]);
    std::fs::create_dir_all(file(&qwen)).unwrap();
    let outcome = qwen.run();
    assert_eq!((outcome.code, outcome.text()), (0, "one\n"));
    assert!(
        outcome.stderr.starts_with("notice: cannot use the answer cache: "),
        "{outcome:?}"
    );
    server.finish();
}
