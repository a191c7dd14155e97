//! Opening: older and newer versions, two at once, permissions.

use std::path::{Path, PathBuf};

use qwen_cli::error::Kind;
use qwen_cli::store::{FILE, Store};

use crate::harness::{new, open, set_aside, sql, titles};

#[test]
fn a_store_of_the_first_version_gets_its_order_from_its_messages() {
    let dir = tempfile::tempdir().unwrap();
    // Three conversations, the first of which was continued, under a clock that ran backwards.
    let first_version = include_bytes!("../fixtures/store/version-1.db");
    std::fs::write(dir.path().join(FILE), first_version).unwrap();
    let mut store = open(dir.path());
    assert_eq!(titles(&store, 9), ["0", "2", "1"]);
    new(&mut store, "3", "x");
    assert_eq!(titles(&store, 9), ["3", "0", "2", "1"]);
}

#[test]
fn a_store_of_a_newer_version_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    sql(dir.path(), "PRAGMA user_version = 99; CREATE TABLE future (x)");
    let before = std::fs::read(dir.path().join(FILE)).unwrap();
    let told = Store::open(dir.path()).unwrap_err();
    assert_eq!((told.kind, told.code), (Kind::Other, None));
    assert!(told.message.to_string().contains("newer version"), "{}", told.message);
    assert!(told.hint.is_some());
    assert!(std::fs::read(dir.path().join(FILE)).unwrap() == before);
    assert_eq!(set_aside(dir.path()), Vec::<PathBuf>::new());
}

#[test]
fn many_at_once_begin_the_store_and_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let dir = dir.path();
            scope.spawn(move || {
                let mut store = open(dir);
                for n in 0..10 {
                    new(&mut store, &format!("thread {thread} question {n}"), "answer");
                }
            });
        }
    });
    let store = open(dir.path());
    assert_eq!(store.list(1000).unwrap().len(), 80);
    assert_eq!(store.search("thread", 1000, 80).unwrap().len(), 80);
}

#[cfg(unix)]
#[test]
fn folder_and_files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("a/b");
    let mut store = open(&home);
    new(&mut store, "hi", "ho");
    assert_eq!(mode(&home), 0o700);
    for file in std::fs::read_dir(&home).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    assert!(home.join(format!("{FILE}-wal")).exists());
    drop(store);

    // Permissions that another program widened are narrowed again.
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(home.join(FILE), std::fs::Permissions::from_mode(0o644)).unwrap();
    let _store = open(&home);
    assert_eq!((mode(&home), mode(&home.join(FILE))), (0o700, 0o600));
}

#[test]
fn a_place_that_cannot_be_used_is_a_failure_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for place in [file.clone(), file.join("below")] {
        let told = Store::open(&place).unwrap_err();
        assert_eq!(told.kind, Kind::Other);
        assert!(
            told.message.to_string().starts_with("cannot create the directory"),
            "{}",
            told.message
        );
    }
    std::fs::create_dir(dir.path().join(FILE)).unwrap();
    let told = Store::open(dir.path()).unwrap_err();
    assert_eq!(
        told.message,
        "cannot open the saved conversations: the store of conversations cannot be opened"
    );
    assert!(told.hint.is_some());
}
