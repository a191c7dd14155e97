//! The tables, as SQL text: one migration for each `user_version` there has been.
//!
//! A published migration is never edited; a change is a new one at the end.

/// The `user_version` this program writes: the number of migrations.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// The migrations: each brings a store from the version that is its index to the next.
pub(super) const MIGRATIONS: &[&str] = &[FIRST, ORDER, LEDGER, USAGE, MEDIA, ENDS];

const FIRST: &str = "
-- One conversation. Its messages form a tree; `head` is the message it currently ends in.
CREATE TABLE conversations (
    key      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,            -- a ULID: sorts by time
    name     TEXT COLLATE NOCASE,             -- given by the user
    title    TEXT NOT NULL,                   -- from the first message
    created  INTEGER NOT NULL,                -- all times: milliseconds since 1970, UTC
    updated  INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model    TEXT NOT NULL,
    head     INTEGER,                         -- NULL: everything was taken back
    messages INTEGER NOT NULL,                -- from the root to the head
    cwd      TEXT,
    system   TEXT
) STRICT;
CREATE UNIQUE INDEX conversations_by_name ON conversations (name) WHERE name IS NOT NULL;
CREATE INDEX conversations_by_updated ON conversations (updated);

-- AUTOINCREMENT: an id is never used again, so a process that still writes to a removed message
-- cannot hit another one. `parent` has no foreign key, so that a tree is removed in one statement.
CREATE TABLE messages (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation     INTEGER NOT NULL REFERENCES conversations (key) ON DELETE CASCADE,
    parent           INTEGER,                 -- NULL: the first message
    depth            INTEGER NOT NULL,        -- 1 for the first message
    continues        INTEGER,                 -- the cut answer this one begins with
    role             TEXT NOT NULL,           -- user, assistant
    state            TEXT NOT NULL,           -- complete, streaming, cut
    created          INTEGER NOT NULL,
    provider         TEXT,
    model            TEXT,
    finish           TEXT,
    failure_kind     TEXT,
    failure          TEXT,
    input_tokens     INTEGER,
    output_tokens    INTEGER,
    total_tokens     INTEGER,
    reasoning_tokens INTEGER,
    cached_tokens    INTEGER,
    first_token_ms   INTEGER,
    duration_ms      INTEGER,
    request_id       TEXT,
    remote           TEXT,                    -- JSON: what the protocol wants handed back
    search           TEXT,                    -- JSON: the pages the answer rests on
    text             TEXT NOT NULL,           -- what is said, without thoughts
    thinking         TEXT,
    blocks           TEXT                     -- JSON; NULL where thinking and text say it all
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation);
CREATE INDEX messages_by_parent ON messages (parent) WHERE parent IS NOT NULL;

-- An answer still coming: its text is the row's followed by these. Nothing is rewritten as it grows.
-- One that is too long for a row keeps the rest of its text here.
CREATE TABLE pieces (
    message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    kind    TEXT NOT NULL,                    -- text, thinking
    text    TEXT NOT NULL,
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

-- Attached bytes, once each, and the messages that show them.
CREATE TABLE blobs (
    sha256 TEXT NOT NULL PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT;
CREATE TABLE uses (
    message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    sha256  TEXT NOT NULL REFERENCES blobs (sha256),
    PRIMARY KEY (message, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX uses_by_blob ON uses (sha256);

-- Messages the index below does not know yet: the exchange under way, those a killed process left, and
-- answers too long for a row, which it never knows.
CREATE TABLE unindexed (
    message INTEGER PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE
) STRICT;
CREATE VIRTUAL TABLE message_text USING fts5 (
    text, tokenize = 'trigram', content = '', contentless_delete = 1
);
";

/// A counter of changes, since a clock that is set back must not change the order of conversations. Those that exist
/// get the order of their newest messages.
const ORDER: &str = "
ALTER TABLE conversations ADD COLUMN changed INTEGER NOT NULL DEFAULT 0; -- grows with every change of any of them
UPDATE conversations SET changed = coalesce((SELECT max(id) FROM messages WHERE conversation = key), 0);
CREATE INDEX conversations_by_changed ON conversations (changed);
DROP INDEX conversations_by_updated;
";

/// Batches, and how far each of their lines is.
const LEDGER: &str = "
CREATE TABLE batches (
    key      INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL UNIQUE,            -- a ULID: sorts by time
    digest   TEXT NOT NULL,                   -- SHA-256 of provider, address, ids and bodies, in hexadecimal
    is_again INTEGER NOT NULL,                -- 1: asked anew although there was a batch of that digest
    name     TEXT NOT NULL,                   -- of the input file
    provider TEXT NOT NULL,
    engine   TEXT NOT NULL,                   -- realtime, batch, batch-chat
    created  INTEGER NOT NULL,                -- all times: milliseconds since 1970, UTC
    updated  INTEGER NOT NULL,
    total    INTEGER NOT NULL,                -- its lines
    columns  TEXT                             -- JSON: the names of a CSV file's columns
) STRICT;
CREATE INDEX batches_by_digest ON batches (digest);

-- A part of a batch at a provider's service.
CREATE TABLE batch_jobs (
    key            INTEGER PRIMARY KEY AUTOINCREMENT,
    batch          INTEGER NOT NULL REFERENCES batches (key) ON DELETE CASCADE,
    state          TEXT NOT NULL,             -- uploading, creating, then the service's own words, and collected
    created        INTEGER NOT NULL,
    url            TEXT NOT NULL,             -- the path of its requests
    input_file_id  TEXT,                      -- NULL: not uploaded yet
    service_id     TEXT,                      -- NULL: not known to be created
    output_file_id TEXT,
    error_file_id  TEXT
) STRICT;
CREATE INDEX batch_jobs_by_batch ON batch_jobs (batch);

-- The state of each line, in narrow rows, since it changes; `seq` counts from 0 in the order of the input.
CREATE TABLE batch_lines (
    batch         INTEGER NOT NULL REFERENCES batches (key) ON DELETE CASCADE,
    seq           INTEGER NOT NULL,
    custom_id     TEXT NOT NULL,
    state         TEXT NOT NULL,              -- pending, sent, answered, failed
    job           INTEGER,                    -- the job it was sent in
    input_tokens  INTEGER,
    output_tokens INTEGER,
    cached_tokens INTEGER,
    PRIMARY KEY (batch, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE batch_requests (
    batch INTEGER NOT NULL REFERENCES batches (key) ON DELETE CASCADE,
    seq   INTEGER NOT NULL,
    url   TEXT NOT NULL,                      -- the path: /v1/chat/completions
    body  TEXT NOT NULL,                      -- JSON
    cells TEXT,                               -- JSON: the row of a CSV file
    PRIMARY KEY (batch, seq)
) STRICT;
CREATE TABLE batch_results (
    batch  INTEGER NOT NULL REFERENCES batches (key) ON DELETE CASCADE,
    seq    INTEGER NOT NULL,
    result TEXT NOT NULL,                     -- JSON: the result line
    PRIMARY KEY (batch, seq)
) STRICT;
";

/// What the answers took, added up for a quarter of an hour.
const USAGE: &str = "
CREATE TABLE usage (
    slot          INTEGER NOT NULL,       -- quarters of an hour since 1970, UTC
    provider      TEXT NOT NULL,
    model         TEXT NOT NULL,
    conversation  TEXT NOT NULL,          -- its id, which may be gone; empty: none
    currency      TEXT NOT NULL,          -- of the cost; empty: the price is not known
    requests      INTEGER NOT NULL,
    estimated     INTEGER NOT NULL,       -- 1: by a price or a count that is no certain one
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    total_tokens  INTEGER NOT NULL,
    cost          INTEGER NOT NULL,       -- in 10^-12 of the currency
    PRIMARY KEY (slot, provider, model, conversation, currency)
) STRICT, WITHOUT ROWID;
";

/// How many of the input's tokens were sound, pictures and video.
const MEDIA: &str = "
ALTER TABLE messages ADD COLUMN audio_tokens INTEGER;
ALTER TABLE messages ADD COLUMN image_tokens INTEGER;
ALTER TABLE messages ADD COLUMN video_tokens INTEGER;
";

/// The last characters of ids, [`MIN_END`](super::conversation_id::MIN_END) of them: an id is shown, and typed, by its end.
const ENDS: &str = "
CREATE INDEX conversations_by_end ON conversations (substr(id, -4), id);
";

/// The columns of [`super::record::conversation`], in its order, up to the tables they come from.
macro_rules! select_conversation {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, title, created, updated, provider, model, head, messages, cwd, system, key ",
            "FROM conversations ",
            $rest
        )
    };
}
pub(super) use select_conversation;

/// The assignment of the next `changed` in an UPDATE.
macro_rules! newest {
    () => {
        "changed = (SELECT max(changed) + 1 FROM conversations)"
    };
}
pub(super) use newest;

/// The columns of [`super::record::MessageRow`], in its order.
pub(super) const SELECT_MESSAGE: &str = "SELECT id, parent, depth, role, state, created, provider, model, finish, \
     failure_kind, failure, input_tokens, output_tokens, total_tokens, reasoning_tokens, cached_tokens, \
     first_token_ms, duration_ms, request_id, remote, search, text, thinking, blocks, conversation, \
     audio_tokens, image_tokens, video_tokens FROM messages WHERE id = ?1";
