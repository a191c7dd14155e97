//! Files put where a model can read them: temporary storage for media (`oss://`), the file list for documents, the
//! web site's storage for either.
//!
//! `storage`, `document` and `hosted` are the places, `body` streams a file into a form, `exchange` sends one body and
//! watches over it. Here is what they share: what is uploaded, and how often it is tried.

mod body;
mod document;
mod exchange;
mod hosted;
mod storage;

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use self::storage::Storage;
use crate::Client;
use crate::error::{Error, InvalidInput, RetryClass, TransportFailure};
use crate::notice::Notice;
use crate::protocol::HostedFiles;
use crate::protocol::openai::OpenAi;

/// Something to upload.
#[derive(Clone, Debug)]
pub struct Item {
    /// What a person calls it.
    pub name: String,
    /// The media type, told by content.
    pub mime: String,
    pub size: u64,
    pub source: Source,
}

/// Where its bytes are.
#[derive(Clone, Debug)]
pub enum Source {
    File(PathBuf),
    Bytes(Bytes),
}

/// What an upload is for, which decides where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// For messages to this model.
    Model(&'a str),
    /// A document, for the models that read documents.
    Document,
}

/// What an upload came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// What stands for it in a message: `oss://…`, `fileid://…`.
    pub reference: String,
    /// Its id, where the server lists it.
    pub id: Option<String>,
    /// When the reference ends; `None`: never by itself.
    pub expires_at: Option<SystemTime>,
}

/// Who follows an upload.
pub trait Watch {
    /// An upload begins, which may have waited for its turn.
    fn begin(&self, name: &str, size: u64);
    /// So many bytes are on their way. Falls back when it is tried again.
    fn at(&self, sent: u64);
    fn notice(&self, notice: Notice);
}

/// Uploads for one purpose.
#[derive(Debug)]
pub struct Uploader<'a> {
    client: &'a Client,
    place: Place<'a>,
}

#[derive(Debug)]
enum Place<'a> {
    Storage(Box<Storage>),
    Documents(OpenAi),
    Hosted(&'a dyn HostedFiles),
}

impl Client {
    /// Whether the provider has anywhere to upload to.
    pub fn has_uploads(&self) -> bool {
        self.hosted_files().is_some() || self.inner.endpoint.native().is_some()
    }

    /// Whether a message may hold the bytes of a picture themselves.
    pub fn takes_inline(&self) -> bool {
        self.hosted_files().is_none()
    }

    /// Whether every model takes documents.
    pub fn takes_documents(&self) -> bool {
        self.hosted_files().is_some_and(|files| files.takes_documents())
    }

    fn hosted_files(&self) -> Option<&dyn HostedFiles> {
        self.inner.protocol.hosted().map(|chats| chats.files())
    }

    /// Makes ready to upload; sends nothing yet.
    pub fn uploader(&self, purpose: Purpose<'_>) -> Result<Uploader<'_>, Error> {
        let hosted = self.hosted_files().map(Place::Hosted);
        let place = match purpose {
            _ if hosted.is_some() => hosted,
            Purpose::Model(model) => self
                .inner
                .endpoint
                .native()
                .map(|protocol| Place::Storage(Box::new(Storage::new(protocol, model)))),
            Purpose::Document => self.inner.endpoint.compatible().map(Place::Documents),
        };
        let missing = || {
            Error::new(InvalidInput::NoUploads {
                provider: self.inner.endpoint.provider.clone(),
            })
        };
        Ok(Uploader {
            client: self,
            place: place.ok_or_else(missing)?,
        })
    }
}

impl Uploader<'_> {
    /// Fetches what all uploads share, so that a refusal of it is told once.
    pub async fn prepare(&self, watch: &dyn Watch) -> Result<(), Error> {
        match &self.place {
            Place::Storage(storage) => {
                let attempt = async || storage.granted(self.client).await.map(|_| ());
                self.trying(None, watch, attempt).await
            }
            Place::Documents(_) | Place::Hosted(_) => Ok(()),
        }
    }

    /// Uploads one item, trying again where that can help.
    pub async fn put(&self, item: &Item, watch: &dyn Watch) -> Result<Stored, Error> {
        watch.begin(&item.name, item.size);
        self.trying(Some(&item.name), watch, async || match &self.place {
            Place::Storage(storage) => storage.put(self.client, item, watch).await,
            Place::Documents(protocol) => document::put(self.client, protocol, item, watch).await,
            Place::Hosted(files) => hosted::put(self.client, *files, item, watch).await,
        })
        .await
    }

    async fn trying<T>(
        &self,
        name: Option<&str>,
        watch: &dyn Watch,
        attempt: impl AsyncFnMut() -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.client
            .with_retries(self.client.inner.policy, name, &|notice| watch.notice(notice), attempt)
            .await
    }
}

/// An item over what the place takes.
fn too_large(item: &Item, limit: u64) -> Error {
    Error::new(InvalidInput::FileTooLarge { size: item.size, limit })
}

/// The silence after which an upload counts as lost.
fn stalled(after: Duration) -> Error {
    Error::new(TransportFailure::UploadStalled { after }).retry(RetryClass::Transient)
}
