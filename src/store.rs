//! Saved conversations: one SQLite file that other tools can read too.
//!
//! A message is committed before it is sent, and an answer while it arrives: whatever ends the process, all that was on
//! the screen is in the file. A conversation's messages are a tree: regenerated answers, messages that were
//! undone and those that another process added at the same time stay, as branches beside the current one.

pub mod answer_cache;
mod blocks;
mod conversation_id;
mod dates;
pub mod export;
mod files;
pub mod ledger;
pub mod listing;
mod lookup;
mod manage;
mod open;
mod pieces;
mod read;
mod record;
mod schema;
mod search;
mod search_index;
mod snippet;
mod sqlite_error;
mod title;
mod usage;
mod write;

use std::path::PathBuf;

use rusqlite::Connection;

use crate::host::now;

pub use conversation_id::IdEnds;
pub use dates::{ago, date, date_time};
pub use files::FILE;
pub use open::is_damage;
pub use read::Branch;
pub use record::{Conversation, CutReason, MessageId, MessageState, StoredMessage};
pub use search::{ConversationMatch, MessageMatch};
pub use snippet::{Snippet, snippet};
pub use sqlite_error::DAMAGED;
pub use title::shortened_title;
pub use usage::{UsageEntry, UsageKey, UsageSum};
pub use write::{Exchange, Outcome, PendingAnswer, Placement, Target};

/// The open store. Several of them may be open on one file, in one process or in more.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    dir: PathBuf,
    /// Device and inode of the file; `None` on systems without them.
    file: Option<(u64, u64)>,
}
