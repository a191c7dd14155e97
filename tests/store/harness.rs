//! What the tests of the store share.

use std::path::{Path, PathBuf};

use qwen_api::{Message, Reply, Role};
use qwen_cli::store::{Exchange, FILE, Outcome, Placement, Store, Target};
use rusqlite::Connection;

pub(crate) const TARGET: Target<'_> = Target {
    provider: "demo",
    model: "demo-1",
    system: None,
};

pub(crate) fn open(dir: &Path) -> Store {
    let (store, notices) = Store::open(dir).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    store
}

pub(crate) fn user(text: &str) -> Message {
    Message::text(Role::User, text)
}

pub(crate) fn reply(text: &str) -> Reply {
    Reply {
        text: text.to_owned(),
        ..Reply::default()
    }
}

pub(crate) fn say(store: &mut Store, place: Placement<'_>, question: &str, answer: &str) -> Exchange {
    let mut exchange = store.begin(place, &TARGET, &user(question)).unwrap();
    store
        .finish(&mut exchange.answer, &reply(answer), &Outcome::default())
        .unwrap();
    exchange
}

pub(crate) fn new(store: &mut Store, question: &str, answer: &str) -> Exchange {
    say(store, Placement::New { cwd: None }, question, answer)
}

pub(crate) fn after<'a>(exchange: &'a Exchange) -> Placement<'a> {
    Placement::After {
        conversation: &exchange.conversation,
        parent: Some(exchange.answer.id()),
    }
}

/// The titles of the newest conversations.
pub(crate) fn titles(store: &Store, limit: usize) -> Vec<String> {
    let listed = store.list(limit).unwrap();
    listed.into_iter().map(|one| one.title).collect()
}

/// The texts of a conversation's branch.
pub(crate) fn texts(store: &Store, conversation: &str) -> Vec<String> {
    let found = store.conversation(conversation).unwrap();
    let branch = store.branch(&found).unwrap();
    assert_eq!(found.messages, branch.len() as u64);
    branch.iter().map(|stored| stored.message.plain_text()).collect()
}

/// The ids of the conversations a search finds.
pub(crate) fn hits(store: &Store, query: &str) -> Vec<String> {
    let found = store.search(query, 10, 80).unwrap();
    found.into_iter().map(|found| found.conversation.id).collect()
}

/// Runs a test's own statements on the file.
pub(crate) fn sql(dir: &Path, statements: &str) {
    let connection = Connection::open(dir.join(FILE)).unwrap();
    connection.execute_batch(statements).unwrap();
}

pub(crate) fn rows(dir: &Path, table: &str) -> i64 {
    number(dir, &format!("SELECT count(*) FROM {table}"))
}

pub(crate) fn number(dir: &Path, query: &str) -> i64 {
    let connection = Connection::open(dir.join(FILE)).unwrap();
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

/// The number of a table's first page, from 1.
pub(crate) fn first_page(dir: &Path, table: &str) -> usize {
    let connection = Connection::open(dir.join(FILE)).unwrap();
    let query = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let page: i64 = connection.query_row(query, [table], |row| row.get(0)).unwrap();
    usize::try_from(page).unwrap()
}

/// How many messages the search index holds.
pub(crate) fn indexed(dir: &Path) -> i64 {
    rows(dir, "message_text_docsize")
}

/// The damaged stores in a folder, without their logs.
pub(crate) fn set_aside(dir: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut aside: Vec<PathBuf> = paths
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.contains("damaged") && !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .collect();
    aside.sort();
    aside
}
