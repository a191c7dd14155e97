//! What is wrong with a reply that the protocol does not allow.

use std::fmt;

/// What is wrong with a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Malformed {
    /// It is neither an answer nor an error; [`Error::message`](super::Error::message) holds its first words.
    Unreadable,
    /// Its HTTP status is not one that an answer has.
    Status,
    /// It redirects to another place, which was not followed.
    Redirect {
        /// The `Location` header; empty if it is missing.
        to: String,
    },
    /// The redirects lead in circles.
    RedirectLoop {
        /// The host and port.
        target: String,
    },
    /// It is a web page; [`Error::message`](super::Error::message) holds its title. From the web site, any text that is not JSON.
    WebPage,
    /// Its body is empty.
    Empty,
    /// Its stream came whole and held nothing.
    EmptyStream,
    /// It is, or one piece of it is, over a limit.
    TooLarge {
        /// Bytes.
        limit: u64,
    },
    /// The site opened an answer and sent no text.
    NoText,
    /// It is no list of models.
    ModelList,
    /// It is not one vector for each text.
    Embeddings,
    /// It holds no picture.
    NoImages,
    /// It holds neither a transcript nor the address of one.
    Transcript,
    /// It names an address that is not fetched: without TLS, or in a private network.
    UnsafeUrl,
    /// It names no uploaded file.
    File,
    /// It is no job of a batch service.
    Batch,
    /// It is no permission to upload.
    UploadPolicy,
    /// It names a storage host that is not safe to use.
    StorageHost,
    /// It names no chat.
    Chat,
    /// It holds no token.
    Token,
    /// It says nothing of the document.
    DocumentState,
}

/// What happened, in a few English words for a log.
impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Malformed as M;
        f.write_str(match self {
            M::Unreadable => "unreadable response",
            M::Status => "unexpected status",
            M::Redirect { to } => return write!(f, "redirect to {to} not followed"),
            M::RedirectLoop { target } => return write!(f, "too many redirects at {target}"),
            M::WebPage => "response is a web page",
            M::Empty => "empty response",
            M::EmptyStream => "empty stream",
            M::TooLarge { limit } => return write!(f, "response over {} MiB in one piece", limit >> 20),
            M::NoText => "response without text",
            M::ModelList => "malformed list of models",
            M::Embeddings => "response is not one vector for each text",
            M::NoImages => "response without a picture",
            M::Transcript => "response without a transcript",
            M::UnsafeUrl => "address without TLS or in a private network not fetched",
            M::File => "malformed response to an upload",
            M::Batch => "malformed batch job",
            M::UploadPolicy => "malformed upload permission",
            M::StorageHost => "upload permission names an unsafe host",
            M::Chat => "response without a chat id",
            M::Token => "response without a token",
            M::DocumentState => "response without the state of the document",
        })
    }
}
