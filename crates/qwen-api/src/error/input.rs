//! What is wrong with the arguments of a call.

use std::fmt;
use std::path::PathBuf;

use super::BreakReason;
use crate::provider::Region;

/// Why a call cannot be made.
#[derive(Clone, Debug, PartialEq)]
pub enum InvalidInput {
    /// The provider needs a credential, and none was given.
    NoCredential {
        /// The variables that could hold one.
        variables: Vec<&'static str>,
    },
    /// There is no provider of this name.
    UnknownProvider {
        /// The name.
        name: String,
    },
    /// There is no region of this name.
    UnknownRegion {
        /// The name.
        name: String,
    },
    /// The region has no host that all workspaces share.
    RegionNeedsWorkspace {
        /// The region.
        region: Region,
    },
    /// The credential would go over plain HTTP to another machine.
    CredentialOverHttp {
        /// The base URL.
        url: String,
    },
    /// The system could not start the thread of a blocking client.
    Runtime {
        /// Why not.
        detail: String,
    },
    /// The base URL is no URL.
    BaseUrl {
        /// Why not.
        detail: String,
    },
    /// A header's value holds a character that no header may hold.
    Header {
        /// The header's name, or that of the variable its secret comes from.
        name: String,
        /// Whether it is such a variable.
        is_secret: bool,
    },
    /// The proxy's address could not be parsed.
    Proxy {
        /// What the caller calls the place it was named in.
        origin: String,
        /// What was named, its password masked.
        value: String,
    },
    /// A file or folder of certificates cannot be read.
    CertificatesUnreadable {
        /// Where it is.
        path: PathBuf,
        /// What the caller calls the place that names it, where that is not obvious.
        origin: Option<String>,
        /// Whether it is a folder.
        is_folder: bool,
        /// Why not.
        reason: BreakReason,
    },
    /// A file of certificates holds none in PEM form.
    NoCertificates {
        /// Where it is.
        path: PathBuf,
        /// What the caller calls the place that names it, where that is not obvious.
        origin: Option<String>,
    },
    /// The HTTP library does not take the request.
    Request {
        /// Why not.
        detail: String,
    },
    /// The provider has nowhere to upload to.
    NoUploads {
        /// The provider.
        provider: String,
    },
    /// The provider has no embeddings.
    NoEmbeddings {
        /// The provider.
        provider: String,
    },
    /// The provider has no batch service.
    NoBatches {
        /// The provider.
        provider: String,
    },
    /// The provider has no chats that are held until there is time for them.
    NoBatchChat {
        /// The provider.
        provider: String,
    },
    /// The provider makes no pictures.
    NoImages {
        /// The provider.
        provider: String,
    },
    /// The server makes pictures from words only.
    NoImageEdits,
    /// A file is larger than the provider takes.
    FileTooLarge {
        /// Bytes.
        size: u64,
        /// Bytes.
        limit: u64,
    },
    /// A file cannot be read to its end, or is not what it was.
    FileUnreadable {
        /// Why.
        reason: BreakReason,
    },
    /// The web site answers only a message of the user's.
    EndsWithAnswer,
    /// The site's v1 API takes only text and images.
    MediaNotTaken {
        /// The attachment's name.
        name: String,
    },
    /// The model corrects words that it has sent already, which no reply can hold.
    RevisingModel {
        /// The model.
        model: String,
    },
    /// The model transcribes one recording; the request holds none, several, or other media.
    NotOneRecording {
        /// The model.
        model: String,
    },
    /// The file must be uploaded first: it is on this machine, or the site takes nothing else.
    NotUploaded {
        /// The attachment's name.
        name: String,
    },
    /// No chat was opened on the site.
    NoChat,
}

/// What happened, in a few English words for a log.
impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use InvalidInput as I;
        match self {
            I::NoCredential { variables } => write!(f, "no credential found in {}", variables.join(", ")),
            I::UnknownProvider { name } => write!(f, "unknown provider {name:?}"),
            I::UnknownRegion { name } => write!(f, "unknown region {name:?}"),
            I::RegionNeedsWorkspace { region } => write!(f, "the region {} needs a workspace", region.as_str()),
            I::CredentialOverHttp { url } => write!(f, "credential not sent over plain HTTP to {url}"),
            I::Runtime { detail } => write!(f, "could not start a thread: {detail}"),
            I::BaseUrl { detail } => write!(f, "invalid base URL: {detail}"),
            I::Header { name, .. } => write!(f, "invalid character in the value of {name}"),
            I::Proxy { origin, value } => write!(f, "invalid proxy {value:?} in {origin}"),
            I::CertificatesUnreadable { path, reason, .. } => {
                write!(f, "could not read certificates in {}: {reason}", path.display())
            }
            I::NoCertificates { path, .. } => write!(f, "no PEM certificates in {}", path.display()),
            I::Request { detail } => write!(f, "invalid request: {detail}"),
            I::NoUploads { provider } => write!(f, "{provider} has no uploads"),
            I::NoEmbeddings { provider } => write!(f, "{provider} has no embeddings"),
            I::NoBatches { provider } => write!(f, "{provider} has no batch service"),
            I::NoBatchChat { provider } => write!(f, "{provider} has no batch chat"),
            I::NoImages { provider } => write!(f, "{provider} makes no pictures"),
            I::NoImageEdits => f.write_str("the server makes pictures from words only"),
            I::FileTooLarge { size, limit } => write!(f, "file of {size} bytes is over the limit of {limit}"),
            I::FileUnreadable { reason } => write!(f, "could not read the file: {reason}"),
            I::EndsWithAnswer => f.write_str("the last message must be the user's"),
            I::MediaNotTaken { name } => write!(f, "{name} is neither text nor an image"),
            I::RevisingModel { model } => write!(f, "{model} corrects what it has sent"),
            I::NotOneRecording { model } => write!(f, "{model} takes one recording"),
            I::NotUploaded { name } => write!(f, "{name} must be uploaded first"),
            I::NoChat => f.write_str("no chat was opened"),
        }
    }
}
