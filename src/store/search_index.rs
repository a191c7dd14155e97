//! The search index over messages: trigrams, so that it serves languages without spaces too.
//!
//! A message is indexed when its exchange is finished; until then its id is in the table `unindexed`, and a search
//! scans its text. A long one stays there: to split it into trigrams takes seconds, to scan it does not.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::record::MessageId;

/// The longest message that is indexed.
const MAX_INDEXED_BYTES: i64 = 1 << 20;

/// Queues a message for indexing.
pub(super) fn enqueue(tx: &Connection, id: MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO unindexed (message) VALUES (?1)")?
        .execute([id.0])?;
    Ok(())
}

/// Indexes an answer that has ended, and its question if that is still queued.
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
        // Another process indexed the part that existed then.
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

/// Indexes a few of the queued messages: copies, and questions of killed processes. An answer that may still be growing
/// stays queued.
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

/// Takes a message out of the queue. Returns whether it was queued.
fn dequeue(tx: &Connection, id: MessageId) -> rusqlite::Result<bool> {
    let removed = tx
        .prepare_cached("DELETE FROM unindexed WHERE message = ?1")?
        .execute([id.0])?;
    Ok(removed > 0)
}

/// Adds a message to the index, which must not have it.
fn insert(tx: &Connection, id: MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT INTO message_text (rowid, text) SELECT id, text FROM messages WHERE id = ?1 AND text <> ''",
    )?
    .execute([id.0])?;
    Ok(())
}

/// Removes a conversation's messages from the index.
pub(super) fn remove_conversation(tx: &Connection, conversation_key: i64) -> rusqlite::Result<()> {
    tx.execute(
        "DELETE FROM message_text WHERE rowid IN (SELECT id FROM messages WHERE conversation = ?1)",
        [conversation_key],
    )?;
    Ok(())
}

/// Rebuilds the index from the messages, when its own tables are damaged.
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
