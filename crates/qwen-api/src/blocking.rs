//! The client for programs without async: every call returns when it is done.
//!
//! A [`Client`] keeps one thread, which moves the bytes of all its calls; a call runs on the thread that makes it. The
//! client, its clones and its answers can be dropped anywhere.
//!
//! # Panics
//!
//! Every call that waits panics inside of async code, where it would block the runtime: use [`crate::Client`] there.
//!
//! ```
//! # #[allow(dead_code)]
//! # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
//! # let server = support::Server::start([support::Script::answer(&["Hello", "!"])]);
//! use qwen_api::{ChatRequest, Client, Event};
//!
//! let client = Client::builder()
//!     .api_key("sk-test-key")
//! #   .base_url(server.base_url())
//!     .build_blocking()?;
//! let mut answer = String::new();
//! for event in client.chat(ChatRequest::new("qwen-plus").user("Say hello")) {
//!     if let Event::Text(text) = event? {
//!         answer.push_str(&text);
//!     }
//! }
//! assert_eq!(answer, "Hello!");
//! # Ok::<(), qwen_api::Error>(())
//! ```

mod batches;

use std::sync::Arc;
use std::{fmt, io, thread};

use bytes::Bytes;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

pub use self::batches::{Batches, FileLines};
use crate::error::{Error, InvalidInput};
use crate::uploads::{self, Purpose, StoredFile, Upload, UploadObserver};
use crate::{
    ChatRequest, ClientBuilder, EmbeddingRequest, Embeddings, Event, ImageRequest, Images, Model, Notice, Probe,
    Remote, Reply,
};

/// A runtime on a thread of its own, which ends when this is dropped.
#[derive(Debug)]
struct Runtime {
    handle: Handle,
    /// The thread waits for this to be dropped.
    _alive: oneshot::Sender<()>,
}

impl Runtime {
    fn start() -> io::Result<Runtime> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (alive, ended) = oneshot::channel::<()>();
        // A runtime must not be dropped in async code, which a client may be: so the thread owns it.
        thread::Builder::new().name("qwen-api".to_owned()).spawn(move || {
            let _ = runtime.block_on(ended);
        })?;
        Ok(Runtime { handle, _alive: alive })
    }

    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.handle.block_on(future)
    }
}

/// A client whose calls block. Cheap to clone; the clones share connections and the thread.
#[derive(Clone, Debug)]
pub struct Client {
    client: crate::Client,
    runtime: Arc<Runtime>,
}

impl ClientBuilder {
    /// The same as [`build`](ClientBuilder::build), but a client whose calls block.
    pub fn build_blocking(self) -> Result<Client, Error> {
        Client::new(self.build()?)
    }
}

impl Client {
    /// A client that makes the calls of `client`, and waits for each.
    pub fn new(client: crate::Client) -> Result<Client, Error> {
        let runtime = Runtime::start().map_err(|error| {
            Error::new(InvalidInput::Runtime {
                detail: error.to_string(),
            })
        })?;
        Ok(Client {
            client,
            runtime: Arc::new(runtime),
        })
    }

    /// A client with the credential of the environment: `ClientBuilder::from_env()?.build_blocking()`.
    pub fn from_env() -> Result<Client, Error> {
        ClientBuilder::from_env()?.build_blocking()
    }

    /// The client that does the work, for calls that do not wait.
    pub fn as_async(&self) -> &crate::Client {
        &self.client
    }

    /// Asks for an answer: see [`crate::Client::chat`]. Nothing is sent before the first event is pulled.
    pub fn chat(&self, request: ChatRequest) -> ChatStream {
        ChatStream {
            stream: self.client.chat(request),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// The models that the server lists: see [`crate::Client::models`].
    pub fn models(&self) -> Result<Option<Vec<Model>>, Error> {
        self.runtime.wait(self.client.models())
    }

    /// The same with the notices: see [`crate::Client::models_with_notices`].
    pub fn models_with_notices(&self, on_notice: &(dyn Fn(Notice) + Sync)) -> Result<Option<Vec<Model>>, Error> {
        self.runtime.wait(self.client.models_with_notices(on_notice))
    }

    /// What one request shows of the server: see [`crate::Client::probe`].
    pub fn probe(&self) -> Probe {
        self.runtime.wait(self.client.probe())
    }

    /// Makes pictures: see [`crate::Client::images`].
    ///
    /// ```
    /// # #[allow(dead_code)]
    /// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
    /// use qwen_api::{Client, ImageRequest, ImageSource};
    ///
    /// # let server = support::Server::start([support::Script::json(200, &serde_json::json!({"data": [{"b64_json": "UE5H"}]}))]);
    /// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build_blocking()?;
    /// let made = client.images(&ImageRequest::new("qwen-image-3.0", "a red fox in snow"))?;
    /// for image in made.images {
    ///     let bytes = match image {
    ///         ImageSource::Url(url) => client.fetch_image(&url)?,
    ///         ImageSource::Inline(bytes) => bytes,
    ///     };
    ///     assert_eq!(&bytes[..], b"PNG");
    /// }
    /// # Ok::<(), qwen_api::Error>(())
    /// ```
    pub fn images(&self, request: &ImageRequest) -> Result<Images, Error> {
        self.runtime.wait(self.client.images(request))
    }

    /// The bytes of a picture that was made: see [`crate::Client::fetch_image`].
    pub fn fetch_image(&self, url: &str) -> Result<Bytes, Error> {
        self.runtime.wait(self.client.fetch_image(url))
    }

    /// The vectors of texts: see [`crate::Client::embeddings`].
    pub fn embeddings(&self, request: &EmbeddingRequest) -> Result<Embeddings, Error> {
        self.runtime.wait(self.client.embeddings(request))
    }

    /// The provider's batch service: see [`crate::Client::batches`].
    pub fn batches(&self) -> Result<Batches, Error> {
        Ok(Batches {
            batches: self.client.batches()?,
            runtime: Arc::clone(&self.runtime),
        })
    }

    /// A client for chats that the server holds until it has time for them: see [`crate::Client::batch_chat`].
    pub fn batch_chat(&self) -> Result<Client, Error> {
        Ok(Client {
            client: self.client.batch_chat()?,
            runtime: Arc::clone(&self.runtime),
        })
    }

    /// Uploads for one purpose: see [`crate::Client::uploader`].
    pub fn uploader(&self, purpose: Purpose<'_>) -> Result<Uploader<'_>, Error> {
        Ok(Uploader {
            uploader: self.client.uploader(purpose)?,
            runtime: &self.runtime,
        })
    }

    /// Renews an account's token that has expired: see [`crate::Client::renew`].
    pub fn renew(&self) -> Result<Option<Notice>, Error> {
        self.runtime.wait(self.client.renew())
    }

    /// Stops the answer that runs in a chat the server keeps: see [`crate::Client::stop`].
    pub fn stop(&self, remote: &Remote) {
        self.runtime.wait(self.client.stop(remote));
    }

    /// Deletes a chat that the server keeps: see [`crate::Client::forget`].
    pub fn forget(&self, remote: &Remote) -> Result<(), Error> {
        self.runtime.wait(self.client.forget(remote))
    }
}

/// Uploads for one purpose.
#[derive(Debug)]
pub struct Uploader<'a> {
    uploader: uploads::Uploader<'a>,
    runtime: &'a Runtime,
}

impl Uploader<'_> {
    /// Requests what uploads need: see [`uploads::Uploader::prepare`].
    pub fn prepare(&self, observer: &dyn UploadObserver) -> Result<(), Error> {
        self.runtime.wait(self.uploader.prepare(observer))
    }

    /// Uploads one file: see [`uploads::Uploader::put`].
    pub fn put(&self, upload: &Upload, observer: &dyn UploadObserver) -> Result<StoredFile, Error> {
        self.runtime.wait(self.uploader.put(upload, observer))
    }
}

/// The events of an answer, as an iterator. Drop it to cancel.
pub struct ChatStream {
    stream: crate::ChatStream,
    runtime: Arc<Runtime>,
}

impl fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatStream").finish_non_exhaustive()
    }
}

impl ChatStream {
    /// Asks for the rest of an answer: see [`crate::ChatStream::continuing`].
    #[must_use]
    pub fn continuing(mut self, text: impl Into<String>) -> ChatStream {
        self.stream = self.stream.continuing(text);
        self
    }

    /// Goes on in a conversation that the server keeps: see [`crate::ChatStream::in_conversation`].
    #[must_use]
    pub fn in_conversation(mut self, remote: &Remote) -> ChatStream {
        self.stream = self.stream.in_conversation(remote);
        self
    }

    /// The whole answer: see [`crate::ChatStream::send`].
    pub fn send(self) -> Result<Reply, Error> {
        self.runtime.wait(self.stream.send())
    }
}

impl Iterator for ChatStream {
    type Item = Result<Event, Error>;

    fn next(&mut self) -> Option<Result<Event, Error>> {
        self.runtime.wait(self.stream.next())
    }
}
