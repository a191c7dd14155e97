//! What a protocol has beside [`ChatProtocol`](super::ChatProtocol) where the server keeps an account's chats and files.
//!
//! Pure like the rest: requests out of values, values out of replies.

use super::web::Credentials;
use super::web::upload::{Grant, Uploaded};
use super::{Head, HttpRequest};
use crate::error::Error;
use crate::{ChatRequest, MediaKind, Remote};

/// Chats that a server keeps for an account. A chat is opened before its first message; its answer goes on until it is
/// stopped. The account's token ends and is renewed.
pub trait HostedChats: std::fmt::Debug + Send + Sync {
    /// The request that opens a chat; `None` where `remote` names one already, or the server needs none.
    fn open(&self, request: &ChatRequest, remote: &Remote) -> Option<HttpRequest>;

    /// The handle in the reply to `open`.
    fn opened(&self, head: &Head, body: &[u8]) -> Result<Remote, Error>;

    /// The request that stops the answer being written in a chat; `None` where `remote` does not name the answer.
    fn stop(&self, remote: &Remote) -> Option<HttpRequest>;

    /// The request that deletes a chat; `None` where `remote` names none.
    fn forget(&self, remote: &Remote) -> Option<HttpRequest>;

    /// Whether `error` says that the server no longer knows the chat: a new one and the whole history mend it.
    fn has_lost(&self, error: &Error) -> bool;

    /// The credentials that requests are sent with. A renewal changes them.
    fn credentials(&self) -> Credentials;

    /// The request for a new token; `None` where the credentials hold nothing to ask with.
    fn renew(&self) -> Option<HttpRequest>;

    /// Takes in the reply to `renew`: further requests are sent with the new credentials.
    fn renewed(&self, head: &Head, body: &[u8]) -> Result<(), Error>;

    /// Where files for these chats are stored.
    fn files(&self) -> &dyn HostedFiles;
}

/// Files that a server stores for its own chats. Each needs a grant, which allows one upload to a storage host.
pub trait HostedFiles: std::fmt::Debug + Send + Sync {
    /// Whether a message to any model may hold a document.
    fn takes_documents(&self) -> bool;

    /// The request for the grant to store one file. `size` is in bytes.
    fn grant(&self, name: &str, size: u64, kind: MediaKind) -> HttpRequest;

    /// The upload itself, whose body is the file's bytes. A redirect of it must not be followed.
    fn put(&self, grant: &Grant, mime: &str) -> Result<HttpRequest, Error>;

    /// The request that has the server read a stored document.
    fn parse(&self, file_id: &str) -> HttpRequest;

    /// The request that asks whether the document has been read.
    fn parsing(&self, file_id: &str) -> HttpRequest;

    /// Remembers a stored file, for the messages that hold its URL.
    fn remember(&self, uploaded: Uploaded);
}
