//! A store whose rows hold anything: it opens, lists, shows, searches and exports without a panic, and a row that
//! cannot be read is an error and takes no other conversation with it.
#![no_main]

use std::cell::RefCell;

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use qwen_cli::store::Store;
use qwen_cli::store::export::{ExportFormat, export};
use rusqlite::params;

/// A row of each kind, from the fuzzer.
type Rows<'a> = (
    &'a str,
    Option<&'a str>,
    &'a str,
    i64,
    Option<i64>,
    [Option<&'a str>; 6],
    Option<i64>,
    &'a [u8],
);

struct Place {
    folder: tempfile::TempDir,
    rows: rusqlite::Connection,
}

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let file = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "db"))
        .unwrap();
    let rows = rusqlite::Connection::open(file).unwrap();
    rows.execute_batch("PRAGMA synchronous = OFF").unwrap();
    Place { folder, rows }
}

fn write(rows: &rusqlite::Connection, input: &Rows<'_>) -> rusqlite::Result<()> {
    let (title, name, role, time, head, texts, number, blob) = input;
    // These are always to be had: if not, the tables are others than this file knows.
    rows.execute_batch(
        "DELETE FROM conversations; DELETE FROM messages; DELETE FROM blobs;
         INSERT INTO conversations (key, id, name, title, created, updated, provider, model, head, messages)
         VALUES (1, 'GOOD', 'good', 'a good one', 1, 1, 'demo', 'demo', 1, 1);
         INSERT INTO messages (id, conversation, depth, role, state, created, text)
         VALUES (1, 1, 1, 'user', 'complete', 1, 'good');
         INSERT INTO conversations (key, id, title, created, updated, provider, model, messages)
         VALUES (2, 'BAD', '', 1, 1, '', '', 1);",
    )
    .unwrap();
    rows.execute(
        "UPDATE conversations SET (id, name, title, created, updated, provider, model, head, cwd, system)
         = (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9) WHERE key = 2",
        params![format!("BAD{title}"), name, title, time, role, role, head, texts[0], texts[1]],
    )?;
    rows.execute(
        "INSERT INTO messages (id, conversation, parent, depth, continues, role, state, created, finish, input_tokens, remote, search, text, thinking, blocks)
         VALUES (2, 2, ?1, 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![head, number, role, texts[2].unwrap_or("complete"), time, texts[3], number, texts[4], texts[5], title, texts[3], texts[2]],
    )?;
    rows.execute("INSERT INTO blobs VALUES (?1, ?2)", params![title, blob])?;
    Ok(())
}

fuzz_target!(|input: Rows<'_>| {
    PLACE.with_borrow_mut(|slot| {
        let place = slot.get_or_insert_with(place);
        // What SQLite itself refuses cannot be in a store.
        if write(&place.rows, &input).is_err() {
            return;
        }
        let (store, _) = Store::open(place.folder.path()).unwrap();
        let _ = store.latest();
        let _ = store.list(10);
        let _ = store.last_answer();
        let _ = store.search(input.0, 10, 40);
        for id in ["GOOD".to_owned(), format!("BAD{}", input.0)] {
            let Ok(Some(conversation)) = store.by_id(&id) else { continue };
            let Ok(messages) = store.branch(&conversation) else { continue };
            let _ = store.usage(&conversation);
            let _ = store.branches(&conversation);
            for format in [ExportFormat::Markdown, ExportFormat::Json, ExportFormat::Html] {
                export(format, &conversation, &messages, &TimeZone::UTC);
            }
        }
        let good = store.by_id("GOOD").unwrap().unwrap();
        assert_eq!(store.branch(&good).unwrap().len(), 1);
    });
});
