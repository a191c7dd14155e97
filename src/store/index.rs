//! The search index over what was said: trigrams, so that it serves languages without spaces too.
//!
//! A message is indexed when its exchange is finished; until then it stands in `unindexed`, and a search looks into
//! its text. There a long one stays: to split it into trigrams takes seconds, to look through it takes none.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::record::MessageId;

/// The longest message that is indexed, in bytes.
const MAX_INDEXED_BYTES: i64 = 1 << 20;

/// Notes that a message is still to be indexed.
pub(super) fn enqueue(tx: &Connection, id: MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO unindexed (message) VALUES (?1)")?
        .execute([id.0])?;
    Ok(())
}

/// Indexes an answer that has ended, and its question where that is still owed.
pub(super) fn index(tx: &Connection, answer: MessageId) -> rusqlite::Result<()> {
    let parent: Option<i64> = tx
        .prepare_cached("SELECT parent FROM messages WHERE id = ?1")?
        .query_row([answer.0], |row| row.get(0))?;
    if let Some(question) = parent.map(MessageId)
        && !is_long(tx, question)?
        && dequeue(tx, question)?
    {
        insert(tx, question)?;
    }
    if !dequeue(tx, answer)? {
        // Another process indexed the part there was.
        tx.prepare_cached("DELETE FROM message_text WHERE rowid = ?1")?
            .execute([answer.0])?;
    }
    if is_long(tx, answer)? {
        enqueue(tx, answer)?;
    } else {
        insert(tx, answer)?;
    }
    index_backlog(tx)
}

/// Indexes a few of the messages that were left: copies, and the questions of killed processes. An answer that may
/// still be growing waits.
fn index_backlog(tx: &Connection) -> rusqlite::Result<()> {
    let left: Vec<i64> = tx
        .prepare_cached(
            // CROSS: from the few that are left to their rows, never the other way round.
            "SELECT u.message FROM unindexed u CROSS JOIN messages m ON m.id = u.message
             WHERE m.state <> 'streaming' AND octet_length(m.text) <= ?1
                 AND NOT EXISTS (SELECT 1 FROM pieces WHERE message = m.id) LIMIT 16",
        )?
        .query_map([MAX_INDEXED_BYTES], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in left.into_iter().map(MessageId) {
        if dequeue(tx, id)? {
            insert(tx, id)?;
        }
    }
    Ok(())
}

/// Whether a message is too long to be indexed.
fn is_long(tx: &Connection, id: MessageId) -> rusqlite::Result<bool> {
    tx.prepare_cached(
        "SELECT octet_length(text) > ?2 OR EXISTS (SELECT 1 FROM pieces WHERE message = ?1) FROM messages WHERE id = ?1",
    )?
    .query_row([id.0, MAX_INDEXED_BYTES], |row| row.get(0))
}

/// Takes the debt away and tells whether there was one.
fn dequeue(tx: &Connection, id: MessageId) -> rusqlite::Result<bool> {
    let removed = tx
        .prepare_cached("DELETE FROM unindexed WHERE message = ?1")?
        .execute([id.0])?;
    Ok(removed > 0)
}

/// Indexes a message that is not indexed.
fn insert(tx: &Connection, id: MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO message_text (rowid, text) SELECT id, text FROM messages WHERE id = ?1 AND text <> ''",
    )?
    .execute([id.0])?;
    Ok(())
}

/// Takes a conversation's messages out.
pub(super) fn remove_conversation(tx: &Connection, conversation_key: i64) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM message_text WHERE rowid IN (SELECT id FROM messages WHERE conversation = ?1)",
        [conversation_key],
    )?;
    Ok(())
}

/// Makes the index again from the messages, for when its own tables are damaged.
pub(super) fn rebuild(connection: &Connection) -> rusqlite::Result<()> {
    let tx = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let create: String = tx.query_row("SELECT sql FROM sqlite_schema WHERE name = 'message_text'", [], |row| {
        row.get(0)
    })?;
    tx.execute_batch("DROP TABLE message_text")?;
    tx.execute_batch(&create)?;
    tx.execute_batch(
        "INSERT INTO message_text (rowid, text) SELECT id, text FROM messages
         WHERE text <> '' AND id NOT IN (SELECT message FROM unindexed)",
    )?;
    tx.commit()
}
