//! Damaged files: they are moved away, or what is left of them is read.

use std::path::Path;

use qwen_cli::store::{DAMAGED, FILE, Outcome, Placement, Store};
use rusqlite::Connection;

use crate::harness::{TARGET, first_page, hits, new, open, reply, set_aside, sql, texts, user};

#[test]
fn a_damaged_store_is_set_aside_and_a_fresh_one_begun() {
    for damage in [damage_all, damage_the_header, cut_off_the_end] {
        let dir = tempfile::tempdir().unwrap();
        let mut store = open(dir.path());
        for n in 0..20 {
            new(&mut store, &format!("question {n}"), &"answer ".repeat(500));
        }
        drop(store);
        let file = dir.path().join(FILE);
        damage(&file);
        let broken = std::fs::read(&file).unwrap();

        let (mut store, notices) = Store::open(dir.path()).unwrap();
        let aside = set_aside(dir.path());
        assert_eq!(aside.len(), 1);
        assert_eq!(notices.len(), 1);
        assert!(
            notices[0].to_string().contains(aside[0].to_str().unwrap()),
            "{}",
            notices[0]
        );
        assert!(std::fs::read(&aside[0]).unwrap() == broken);
        assert!(store.latest().unwrap().is_none());
        new(&mut store, "fresh", "start");
        drop(store);
        assert_eq!(open(dir.path()).list(9).unwrap().len(), 1);
    }
}

fn damage_all(file: &Path) {
    std::fs::write(
        file,
        "this is no database, but it is long enough to be mistaken for one. ".repeat(100),
    )
    .unwrap();
}

fn damage_the_header(file: &Path) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[..16].fill(0xff);
    std::fs::write(file, bytes).unwrap();
}

fn cut_off_the_end(file: &Path) {
    let bytes = std::fs::read(file).unwrap();
    std::fs::write(file, &bytes[..bytes.len() / 3]).unwrap();
}

/// Enough messages for many pages.
fn fill(dir: &Path) {
    let mut store = open(dir);
    for n in 0..50 {
        new(&mut store, &format!("question {n}"), &"answer ".repeat(500));
    }
}

#[test]
fn damage_met_while_the_store_is_used_has_a_code_and_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    // Pages that are not read on opening.
    damage_the_messages(dir.path());
    let store = open(dir.path());
    let told = store
        .latest()
        .and_then(|found| store.branch(&found.unwrap()))
        .unwrap_err();
    assert_eq!(told.code.as_deref(), Some(DAMAGED));
    drop(store);
    let (store, notices) = Store::replace(dir.path()).unwrap();
    assert_eq!((notices.len(), set_aside(dir.path()).len()), (1, 1));
    assert!(store.latest().unwrap().is_none());
    drop(store);
    // A second process that met the same damage finds the new store sound.
    let (_store, notices) = Store::replace(dir.path()).unwrap();
    assert_eq!((notices.len(), set_aside(dir.path()).len()), (0, 1));
}

#[test]
fn what_is_done_in_a_damaged_store_is_done_in_a_fresh_one() {
    for damage in [damage_the_messages, damage_the_schema, lose_a_table] {
        let dir = tempfile::tempdir().unwrap();
        fill(dir.path());
        damage(dir.path());
        let told = std::cell::RefCell::new(Vec::new());
        let read = |store: Store| {
            let latest = store.latest()?;
            latest.map(|found| store.branch(&found)).transpose()
        };
        let found = Store::with(dir.path(), |notice| told.borrow_mut().push(notice.to_string()), read).unwrap();
        assert_eq!(found, None);
        let aside = set_aside(dir.path());
        assert_eq!((aside.len(), told.borrow().len()), (1, 1), "{told:?}");
        assert!(told.borrow()[0].contains(aside[0].to_str().unwrap()), "{told:?}");
        // A full check finds the new one sound.
        let (mut store, notices) = Store::check(dir.path()).unwrap();
        assert_eq!((notices.len(), set_aside(dir.path()).len()), (0, 1));
        new(&mut store, "fresh", "start");
    }
}

fn damage_the_messages(dir: &Path) {
    let page = first_page(dir, "messages");
    let mut bytes = std::fs::read(dir.join(FILE)).unwrap();
    bytes[(page - 1) * 4096..page * 4096].fill(0xa5);
    std::fs::write(dir.join(FILE), bytes).unwrap();
}

fn damage_the_schema(dir: &Path) {
    let sql = "PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql = 'CREATE TABLE' WHERE name = 'messages'";
    let connection = Connection::open(dir.join(FILE)).unwrap();
    connection
        .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)
        .unwrap();
    connection.execute_batch(sql).unwrap();
}

fn lose_a_table(dir: &Path) {
    sql(dir, "PRAGMA foreign_keys = off; DROP TABLE conversations");
}

#[test]
fn a_look_at_all_of_it_sets_a_damaged_store_aside_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    new(&mut open(dir.path()), "platypus", "egg");
    // An index can be rebuilt.
    sql(dir.path(), "UPDATE message_text_data SET block = x'ffffffffffff'");
    let (store, notices) = Store::check(dir.path()).unwrap();
    assert_eq!((hits(&store, "platypus").len(), notices.len()), (1, 0));
    drop(store);
    damage_the_messages(dir.path());
    let (store, notices) = Store::check(dir.path()).unwrap();
    assert_eq!((store.list(9).unwrap().len(), notices.len()), (0, 1));
    assert_eq!(set_aside(dir.path()).len(), 1);
}

#[test]
fn bytes_that_a_disk_has_changed_cost_no_more_than_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path());
    let first = new(&mut store, "what is it?", "a text with a hole");
    drop(store);
    let mut bytes = std::fs::read(dir.path().join(FILE)).unwrap();
    let text = b"with a hole";
    let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text)).collect();
    for at in places {
        bytes[at] = 0xff;
    }
    std::fs::write(dir.path().join(FILE), bytes).unwrap();
    let store = open(dir.path());
    assert_eq!(
        texts(&store, &first.conversation),
        ["what is it?", "a text \u{fffd}ith a hole"]
    );
    assert_eq!(hits(&store, "hole"), [first.conversation.as_str()]);
}

#[test]
fn many_at_once_meet_the_same_damage_and_set_it_aside_once() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path());
    damage_the_messages(dir.path());
    let told: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let dir = dir.path();
                scope.spawn(move || {
                    let told = std::cell::Cell::new(0);
                    let ask = |mut store: Store| {
                        let question = user(&format!("thread {thread}"));
                        let mut exchange = store.begin(Placement::New { cwd: None }, &TARGET, &question)?;
                        store.finish(&mut exchange.answer, &reply("answer"), &Outcome::default())
                    };
                    Store::with(dir, |_| told.set(told.get() + 1), ask).unwrap();
                    told.get()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!((told, set_aside(dir.path()).len()), (1, 1));
    assert_eq!(open(dir.path()).list(100).unwrap().len(), 8);
}

#[test]
fn a_store_that_was_set_aside_by_another_is_known_as_such() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert!(!store.has_moved());
    std::fs::rename(dir.path().join(FILE), dir.path().join("elsewhere")).unwrap();
    assert!(store.has_moved());
    let fresh = open(dir.path());
    assert_eq!((store.has_moved(), fresh.has_moved()), (cfg!(unix), false));
}

#[test]
fn a_sound_store_is_not_replaced() {
    let dir = tempfile::tempdir().unwrap();
    new(&mut open(dir.path()), "keep", "me");
    let (store, notices) = Store::replace(dir.path()).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    assert_eq!(store.latest().unwrap().unwrap().title, "keep");
}
