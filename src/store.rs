//! Saved conversations: one SQLite file that other tools can read too.
//!
//! What is said is committed before it is sent, and an answer as it comes, so whatever ends the program ends it
//! with everything that was on the screen in the file. A conversation's messages are a tree: what was asked again,
//! taken back or said by another process at the same time stays, beside the branch the conversation goes on in.

mod blocks;
pub mod export;
mod find;
mod id;
mod index;
pub mod listing;
mod manage;
mod open;
mod pieces;
mod problem;
mod read;
mod record;
mod schema;
mod search;
mod snippet;
mod title;
mod when;
mod write;

use std::path::PathBuf;

use rusqlite::Connection;

use crate::host::now;

pub use open::{FILE, is_damage};
pub use problem::DAMAGED;
pub use read::Branch;
pub use record::{Conversation, CutReason, MessageId, MessageState, StoredMessage};
pub use search::{ConversationMatch, MessageMatch};
pub use snippet::{Snippet, snippet};
pub use when::{ago, date, date_time};
pub use write::{Exchange, Outcome, PendingAnswer, Placement, Target};

/// The open store. Two of them on one file, in one process or in two, do no harm to each other.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    dir: PathBuf,
    /// Which file of the system it is; `None` where there is no telling.
    file: Option<(u64, u64)>,
}
