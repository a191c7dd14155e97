//! Batch services: a file of requests that a provider answers within a day, at half price on DashScope ("OpenAI compatible
//! - Batch" in Model Studio's documentation, "Batch API" in OpenAI's).
//!
//! A file holds a request a line (`custom_id`, `method`, `url`, `body`); [`Batches::upload`] sends it, [`Batches::create`]
//! makes a job of it, [`Batches::retrieve`] shows how far it is, and [`Batches::lines`] reads the files of its results, whose
//! lines [`BatchResult::parse`] takes apart. Results come in any order.

mod batch;
mod lines;
mod result_line;

use std::collections::HashSet;
use std::time::Duration;

pub use self::batch::{Batch, BatchCounts, BatchError, BatchStatus, NewBatch};
pub use self::lines::FileLines;
pub use self::result_line::{BatchResult, ResultError};
use crate::Client;
use crate::error::{Error, ErrorKind, InvalidInput, RetryClass};
use crate::notice::Notice;
use crate::protocol::HttpRequest;
use crate::protocol::openai::{Dialect, OpenAi, files};
use crate::transport::attempt::{error_of_reply, with_head};
use crate::transport::retry::RetryPolicy;
use crate::uploads::document::post_file;
use crate::uploads::{Upload, UploadObserver};

/// The most requests of a file, on DashScope and at OpenAI.
pub const MAX_LINES: usize = 50_000;
/// The most bytes of a file on DashScope.
const MAX_DASHSCOPE_FILE: u64 = 500_000_000;
/// The same at OpenAI.
const MAX_FILE: u64 = 200_000_000;

/// The longest time that a held chat waits on DashScope.
const HOLD: Duration = Duration::from_secs(3600);

/// The batch service of a provider.
///
/// ```
/// # #[allow(dead_code)]
/// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
/// use qwen_api::Client;
/// use qwen_api::batches::{BatchResult, NewBatch};
/// use qwen_api::uploads::Upload;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), qwen_api::Error> {
/// # use serde_json::json;
/// # let result = json!({"custom_id": "1", "response": {"status_code": 200, "body": {}}, "error": null});
/// # let job = json!({"id": "batch_1", "status": "completed", "output_file_id": "file-2"});
/// # let server = support::Server::start([
/// #     support::Script::json(200, &json!({"id": "file-1"})),
/// #     support::Script::json(200, &job),
/// #     support::Script::json(200, &job),
/// #     support::Script::json(200, &result),
/// # ]);
/// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build()?;
/// let body = r#"{"model":"qwen-plus","messages":[{"role":"user","content":"Hi"}]}"#;
/// let line = format!(r#"{{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{body}}}"#);
/// let batches = client.batches()?;
/// let file = batches.upload(&Upload::bytes("requests.jsonl", line), &()).await?;
/// let job = batches.create(&NewBatch::new(file)).await?;
/// let job = batches.retrieve(&job.id).await?; // until job.status.is_end()
/// for file in [job.output_file_id, job.error_file_id].into_iter().flatten() {
///     let mut lines = batches.lines(&file);
///     while let Some(line) = lines.next().await {
///         let result = BatchResult::parse(&line?).unwrap();
///         assert!(result.is_success());
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Batches<'a> {
    client: Client,
    protocol: OpenAi,
    on_notice: &'a (dyn Fn(Notice) + Sync),
}

impl std::fmt::Debug for Batches<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches")
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// The batch service of the provider: that of compatible mode on DashScope, also for its native API, and of any other
    /// server that speaks OpenAI's protocol, which may turn out to have none. Sends nothing; an error says that the provider
    /// has none.
    pub fn batches(&self) -> Result<Batches<'static>, Error> {
        let endpoint = &self.inner.endpoint;
        let protocol = endpoint.openai().ok_or_else(|| {
            Error::new(InvalidInput::NoBatches {
                provider: endpoint.provider.clone(),
            })
        })?;
        Ok(Batches {
            client: self.clone(),
            protocol,
            on_notice: &|_| (),
        })
    }
}

impl Client {
    /// A client for chats that the server holds until it has time for them, an hour at most, at half price ("OpenAI
    /// compatible - Batch Chat"). They do not stream: [`ChatRequest::stream`](crate::ChatRequest::stream) must be `false`. An
    /// error says that the provider has none.
    pub fn batch_chat(&self) -> Result<Client, Error> {
        let inner = &self.inner;
        let endpoint = inner.endpoint.batch_chat().ok_or_else(|| {
            Error::new(InvalidInput::NoBatchChat {
                provider: inner.endpoint.provider.clone(),
            })
        })?;
        let timeout = inner.timeout.map(|timeout| timeout.max(HOLD));
        Client::new(
            endpoint,
            &inner.network,
            inner.policy,
            timeout,
            inner.http.log.clone(),
            None,
        )
    }
}

impl Batches<'_> {
    /// The same, which calls `on_notice` before each retry, and where the base URL turned out to lack its version.
    pub fn with_notices(self, on_notice: &(dyn Fn(Notice) + Sync)) -> Batches<'_> {
        Batches {
            client: self.client,
            protocol: self.protocol,
            on_notice,
        }
    }

    /// The most bytes of a file: 500 MB on DashScope, 200 MB elsewhere.
    pub fn max_file(&self) -> u64 {
        match self.protocol.dialect {
            Dialect::DashScope => MAX_DASHSCOPE_FILE,
            Dialect::Generic => MAX_FILE,
        }
    }

    /// Uploads a file of requests, which is read while it is sent, and returns its id. It is retried: a further copy of the
    /// file costs nothing.
    pub async fn upload(&self, file: &Upload, observer: &dyn UploadObserver) -> Result<String, Error> {
        observer.started(&file.name, file.size);
        let attempt = async || {
            let (client, protocol) = (&self.client, &self.protocol);
            let stored = post_file(client, protocol, files::BATCH, file, observer, self.on_notice).await?;
            Ok(stored.0)
        };
        self.client
            .with_retries(self.client.inner.policy, Some(&file.name), self.on_notice, attempt)
            .await
    }

    /// Creates a job. It is never retried, since a job that was created without a reply would be paid for twice: look for it
    /// with [`Batches::list_of_file`] before this is called again.
    pub async fn create(&self, new: &NewBatch) -> Result<Batch, Error> {
        let request = self.protocol.create_batch(new);
        self.call(RetryPolicy::never(), &request, OpenAi::read_batch).await
    }

    /// The job, as far as it is.
    pub async fn retrieve(&self, id: &str) -> Result<Batch, Error> {
        let request = self.protocol.batch(id);
        self.call(self.client.inner.policy, &request, OpenAi::read_batch).await
    }

    /// All jobs, the newest first. DashScope knows those of the last 30 days.
    pub async fn list(&self) -> Result<Vec<Batch>, Error> {
        self.list_pages(None).await
    }

    /// The jobs that were made of this file.
    pub async fn list_of_file(&self, input_file_id: &str) -> Result<Vec<Batch>, Error> {
        let mut batches = self.list_pages(Some(input_file_id)).await?;
        batches.retain(|batch| batch.input_file_id == input_file_id);
        Ok(batches)
    }

    async fn list_pages(&self, input_file_id: Option<&str>) -> Result<Vec<Batch>, Error> {
        let mut batches: Vec<Batch> = Vec::new();
        let mut seen = HashSet::new();
        loop {
            let after = batches.last().map(|batch| batch.id.as_str());
            let request = self.protocol.batch_page(after, input_file_id);
            let page = self
                .call(self.client.inner.policy, &request, OpenAi::read_batch_page)
                .await?;
            let before = batches.len();
            batches.extend(page.batches.into_iter().filter(|batch| seen.insert(batch.id.clone())));
            // A server that does not know `after` sends the first page for ever.
            if !page.has_more || batches.len() == before {
                return Ok(batches);
            }
        }
    }

    /// Cancels a job. Requests that run are finished, and what is done is paid for. A job that has ended is refused.
    pub async fn cancel(&self, id: &str) -> Result<Batch, Error> {
        let request = self.protocol.cancel_batch(id);
        self.call(self.client.inner.policy, &request, OpenAi::read_batch).await
    }

    /// The lines of a file. Nothing is sent before the first is asked for.
    pub fn lines(&self, file_id: &str) -> FileLines<'_> {
        FileLines::new(self, self.protocol.file_content(file_id))
    }

    /// Deletes a file. One that is gone already is no error.
    pub async fn delete_file(&self, id: &str) -> Result<(), Error> {
        let request = self.protocol.delete_file(id);
        match self.call(self.client.inner.policy, &request, |_, _| Ok(())).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }

    /// Sends a request and reads its reply, with the retries that the policy allows.
    async fn call<T>(
        &self,
        policy: RetryPolicy,
        request: &HttpRequest,
        read: impl Fn(&OpenAi, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let attempt = async || {
            let (head, body, notice) = self.client.call_rerouted(&self.protocol, request).await?;
            notice.into_iter().for_each(self.on_notice);
            if !(200..300).contains(&head.status) {
                let error = error_of_reply(&self.protocol, request, &head, &body);
                return Err(match head.status {
                    // The state of a job does not change back.
                    409 => error.retry(RetryClass::Never),
                    _ => error,
                });
            }
            read(&self.protocol, &body).map_err(|error| with_head(error, &head, &body))
        };
        self.client.with_retries(policy, None, self.on_notice, attempt).await
    }
}
