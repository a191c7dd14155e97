//! The pieces of an answer: all of one that is still arriving, and the rest of one that is too long for a row.

use rusqlite::{Connection, params};

use super::record::{self, MessageId};

/// The bytes of text and reasoning from which on a row is full: the rest of a very long answer stays in `pieces`. To move
/// and to index a row takes many times its memory.
pub(super) const FULL_ROW: usize = 256 * 1024;

/// Appends a piece to a message's text or reasoning.
pub(super) fn insert(tx: &Connection, message: MessageId, kind: &str, text: &str) -> rusqlite::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO pieces (message, seq, kind, text)
         SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3 FROM pieces WHERE message = ?1",
    )?
    .execute(params![message.0, kind, text])?;
    Ok(())
}

/// Copies the pieces of a message to another one.
pub(super) fn copy(tx: &Connection, from: MessageId, to: MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT INTO pieces SELECT ?2, seq, kind, text FROM pieces WHERE message = ?1")?
        .execute([from.0, to.0])?;
    Ok(())
}

/// Appends an answer's pieces to its text and reasoning, until these have `most` bytes. Returns the number of the last
/// one, or 0.
pub(super) fn read(
    connection: &Connection,
    id: MessageId,
    text: &mut String,
    thinking: &mut String,
    most: usize,
) -> rusqlite::Result<i64> {
    let mut statement =
        connection.prepare_cached("SELECT kind = 'text', text, seq FROM pieces WHERE message = ?1 ORDER BY seq")?;
    let mut rows = statement.query([id.0])?;
    let mut last = 0;
    while text.len() + thinking.len() < most
        && let Some(row) = rows.next()?
    {
        let piece = record::text_ref(row, 1)?.unwrap_or_default();
        if row.get(0)? {
            text.push_str(&piece);
        } else {
            thinking.push_str(&piece);
        }
        last = row.get(2)?;
    }
    Ok(last)
}

/// Moves an answer's pieces into its row until that is full: a row is read and written whole. Returns the
/// conversation's key and the answer's depth.
pub(super) fn fold(tx: &Connection, id: MessageId) -> rusqlite::Result<(i64, i64)> {
    let (key, depth, mut text, mut thinking) = tx
        .prepare_cached("SELECT conversation, depth, text, thinking FROM messages WHERE id = ?1")?
        .query_row([id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, record::text(row, 2)?, record::text(row, 3)?))
        })?;
    let last = read(tx, id, &mut text, &mut thinking, FULL_ROW)?;
    tx.prepare_cached("UPDATE messages SET text = ?2, thinking = nullif(?3, '') WHERE id = ?1")?
        .execute(params![id.0, text, thinking])?;
    tx.prepare_cached("DELETE FROM pieces WHERE message = ?1 AND seq <= ?2")?
        .execute([id.0, last])?;
    Ok((key, depth))
}
