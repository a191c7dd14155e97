//! Uploads of files for messages: to temporary storage for media (`oss://…`), to the list of files for documents
//! (`fileid://…`), or to the storage of chat.qwen.ai for either.

mod body;
pub(crate) mod document;
mod exchange;
mod hosted;
mod storage;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use self::storage::Storage;
use crate::Client;
use crate::byte_source::ByteSource;
use crate::error::{Error, InvalidInput, RetryClass, TransportFailure};
use crate::notice::Notice;
use crate::protocol::HostedFiles;
use crate::protocol::openai::OpenAi;

pub use crate::protocol::openai::files::MAX_DOCUMENT;
pub use crate::protocol::web::upload::size_limit as site_limit;

/// Whether a model takes recordings by their address only, so that each is uploaded whatever its size: those of DashScope for
/// long recordings, such as `qwen3-asr-flash-filetrans` ("Qwen-ASR API reference").
pub fn takes_addresses_only(model: &str) -> bool {
    model.to_ascii_lowercase().ends_with("-filetrans")
}

/// A file to upload.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The name it is uploaded under.
    pub name: String,
    /// Its media type; empty when unknown.
    pub mime: String,
    /// Bytes.
    pub size: u64,
    /// Where its bytes are.
    pub source: ByteSource,
    /// Whether the SHA-256 of what is sent is wanted, which takes a third of a second a gigabyte.
    pub hashed: bool,
}

impl Upload {
    /// A file on disk under its own name.
    pub fn file(path: impl Into<PathBuf>) -> std::io::Result<Upload> {
        let path = path.into();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Upload {
            name,
            mime: String::new(),
            size: std::fs::metadata(&path)?.len(),
            source: ByteSource::File(path),
            hashed: false,
        })
    }

    /// Bytes under this name.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Upload {
        let bytes = bytes.into();
        Upload {
            name: name.into(),
            mime: String::new(),
            size: bytes.len() as u64,
            source: ByteSource::Bytes(bytes),
            hashed: false,
        }
    }
}

/// The purpose of an upload, which decides its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// For messages to this model.
    Model(&'a str),
    /// A document, for the models that read documents.
    Document,
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFile {
    /// Its reference in a message: `oss://…`, `fileid://…`.
    pub reference: String,
    /// Its id in the server's list of files, where it has one.
    pub id: Option<String>,
    /// When the reference expires; `None` if it does not.
    pub expires_at: Option<SystemTime>,
    /// The SHA-256 of the bytes that were sent, as 64 hexadecimal digits, where [`Upload::hashed`] asked for it.
    pub sha256: Option<String>,
}

/// Callbacks during an upload. Every method has an empty default; `()` ignores them all.
pub trait UploadObserver: Sync {
    /// The upload of this file begins.
    fn started(&self, name: &str, size: u64) {
        let _ = (name, size);
    }

    /// This many bytes were sent so far. Starts at 0 again when the upload is retried.
    fn progress(&self, sent: u64) {
        let _ = sent;
    }

    /// The client did something on its own, such as waiting before a retry.
    fn notice(&self, notice: Notice) {
        let _ = notice;
    }
}

impl UploadObserver for () {}

/// Uploads for one purpose.
///
/// ```
/// # #[allow(dead_code)]
/// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
/// use qwen_api::Client;
/// use qwen_api::uploads::{Purpose, Upload};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
/// # let server = support::Server::start([support::Script::json(200, &serde_json::json!({"id": "file-fe-1"}))]);
/// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build()?;
/// let notes = Upload::bytes("notes.txt", "Light scatters.");
/// let stored = client.uploader(Purpose::Document)?.put(&notes, &()).await?;
/// assert_eq!(stored.reference, "fileid://file-fe-1");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Uploader<'a> {
    client: &'a Client,
    destination: UploadDestination<'a>,
}

#[derive(Debug)]
enum UploadDestination<'a> {
    Storage(Box<Storage>),
    Documents(OpenAi),
    Hosted(&'a dyn HostedFiles),
}

impl Client {
    /// Whether the provider takes uploads.
    pub fn has_uploads(&self) -> bool {
        self.hosted_files().is_some() || self.inner.endpoint.native().is_some()
    }

    /// Whether a message may hold the bytes of a picture, rather than a reference to an upload.
    pub fn takes_inline(&self) -> bool {
        self.hosted_files().is_none()
    }

    /// Whether every model takes documents.
    pub fn takes_documents(&self) -> bool {
        self.hosted_files().is_some_and(|files| files.takes_documents())
    }

    fn hosted_files(&self) -> Option<&dyn HostedFiles> {
        self.hosted().map(|chats| chats.files())
    }

    /// An uploader for this purpose. Sends nothing yet; an error says that the provider takes no such uploads.
    pub fn uploader(&self, purpose: Purpose<'_>) -> Result<Uploader<'_>, Error> {
        let hosted = self.hosted_files().map(UploadDestination::Hosted);
        let destination = match purpose {
            _ if hosted.is_some() => hosted,
            Purpose::Model(model) => self
                .inner
                .endpoint
                .native()
                .map(|protocol| UploadDestination::Storage(Box::new(Storage::new(protocol, model)))),
            Purpose::Document => self.inner.endpoint.compatible().map(UploadDestination::Documents),
        };
        let missing = || {
            Error::new(InvalidInput::NoUploads {
                provider: self.inner.endpoint.provider.clone(),
            })
        };
        Ok(Uploader {
            client: self,
            destination: destination.ok_or_else(missing)?,
        })
    }
}

impl Uploader<'_> {
    /// Requests the permission that all uploads share, so that its refusal is one error rather than one for each file.
    /// [`Uploader::put`] does it as well where it was not done.
    pub async fn prepare(&self, observer: &dyn UploadObserver) -> Result<(), Error> {
        match &self.destination {
            UploadDestination::Storage(storage) => {
                let attempt = || async { storage.granted(self.client).await.map(|_| ()) };
                self.with_retries(None, observer, attempt).await
            }
            UploadDestination::Documents(_) | UploadDestination::Hosted(_) => Ok(()),
        }
    }

    /// Uploads a file, with retries.
    pub async fn put(&self, upload: &Upload, observer: &dyn UploadObserver) -> Result<StoredFile, Error> {
        observer.started(&upload.name, upload.size);
        self.with_retries(Some(&upload.name), observer, || self.put_once(upload, observer))
            .await
    }

    async fn put_once(&self, upload: &Upload, observer: &dyn UploadObserver) -> Result<StoredFile, Error> {
        match &self.destination {
            UploadDestination::Storage(storage) => storage.put(self.client, upload, observer).await,
            UploadDestination::Documents(protocol) => document::put(self.client, protocol, upload, observer).await,
            UploadDestination::Hosted(files) => hosted::put(self.client, *files, upload, observer).await,
        }
    }

    async fn with_retries<T, F: Future<Output = Result<T, Error>>>(
        &self,
        name: Option<&str>,
        observer: &dyn UploadObserver,
        attempt: impl FnMut() -> F,
    ) -> Result<T, Error> {
        self.client
            .with_retries(
                self.client.inner.policy,
                name,
                &|notice| observer.notice(notice),
                attempt,
            )
            .await
    }
}

/// The error for a file over the limit of its destination.
fn too_large(upload: &Upload, limit: u64) -> Error {
    Error::new(InvalidInput::FileTooLarge {
        size: upload.size,
        limit,
    })
}

/// The error for an upload that has not moved for this long.
fn stalled(after: Duration) -> Error {
    Error::new(TransportFailure::UploadStalled { after }).retry(RetryClass::Transient)
}
