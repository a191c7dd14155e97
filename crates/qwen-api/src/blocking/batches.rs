//! The batch service of a provider, whose calls block.

use std::fmt;
use std::sync::Arc;

use super::Runtime;
use crate::batches::{self, Batch, NewBatch};
use crate::error::Error;
use crate::uploads::{Upload, UploadObserver};

/// The batch service of a provider.
///
/// ```
/// # #[allow(dead_code)]
/// # mod support { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mod.rs")); }
/// use qwen_api::Client;
/// use qwen_api::batches::NewBatch;
/// use qwen_api::uploads::Upload;
///
/// # use serde_json::json;
/// # let job = json!({"id": "batch_1", "status": "completed", "output_file_id": "file-2"});
/// # let server = support::Server::start([
/// #     support::Script::json(200, &json!({"id": "file-1"})),
/// #     support::Script::json(200, &job),
/// #     support::Script::json(200, &job),
/// #     support::Script::json(200, &json!({"custom_id": "1"})),
/// # ]);
/// # let client = Client::builder().api_key("sk-test-key").base_url(server.base_url()).build_blocking()?;
/// # let requests = "";
/// let batches = client.batches()?;
/// let file = batches.upload(&Upload::bytes("requests.jsonl", requests), &())?;
/// let job = batches.create(&NewBatch::new(file))?;
/// let job = batches.retrieve(&job.id)?; // until job.status.is_end()
/// for line in batches.lines(&job.output_file_id.unwrap()) {
///     assert_eq!(line?, br#"{"custom_id":"1"}"#);
/// }
/// # Ok::<(), qwen_api::Error>(())
/// ```
#[derive(Debug)]
pub struct Batches {
    pub(super) batches: batches::Batches<'static>,
    pub(super) runtime: Arc<Runtime>,
}

impl Batches {
    /// The most bytes of a file: see [`batches::Batches::max_file`].
    pub fn max_file(&self) -> u64 {
        self.batches.max_file()
    }

    /// Uploads a file of requests, and returns its id: see [`batches::Batches::upload`].
    pub fn upload(&self, file: &Upload, observer: &dyn UploadObserver) -> Result<String, Error> {
        self.runtime.wait(self.batches.upload(file, observer))
    }

    /// Creates a job: see [`batches::Batches::create`].
    pub fn create(&self, new: &NewBatch) -> Result<Batch, Error> {
        self.runtime.wait(self.batches.create(new))
    }

    /// The job as it stands: see [`batches::Batches::retrieve`].
    pub fn retrieve(&self, id: &str) -> Result<Batch, Error> {
        self.runtime.wait(self.batches.retrieve(id))
    }

    /// All jobs: see [`batches::Batches::list`].
    pub fn list(&self) -> Result<Vec<Batch>, Error> {
        self.runtime.wait(self.batches.list())
    }

    /// The jobs of this file: see [`batches::Batches::list_of_file`].
    pub fn list_of_file(&self, input_file_id: &str) -> Result<Vec<Batch>, Error> {
        self.runtime.wait(self.batches.list_of_file(input_file_id))
    }

    /// Cancels a job: see [`batches::Batches::cancel`].
    pub fn cancel(&self, id: &str) -> Result<Batch, Error> {
        self.runtime.wait(self.batches.cancel(id))
    }

    /// The lines of a file, as an iterator: see [`batches::Batches::lines`].
    pub fn lines(&self, file_id: &str) -> FileLines<'_> {
        FileLines {
            lines: self.batches.lines(file_id),
            runtime: &self.runtime,
        }
    }

    /// Deletes a file: see [`batches::Batches::delete_file`].
    pub fn delete_file(&self, id: &str) -> Result<(), Error> {
        self.runtime.wait(self.batches.delete_file(id))
    }
}

/// The lines of a file, read as they arrive.
pub struct FileLines<'a> {
    lines: batches::FileLines<'a>,
    runtime: &'a Runtime,
}

impl fmt::Debug for FileLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLines").finish_non_exhaustive()
    }
}

impl Iterator for FileLines<'_> {
    type Item = Result<Vec<u8>, Error>;

    fn next(&mut self) -> Option<Result<Vec<u8>, Error>> {
        self.runtime.wait(self.lines.next())
    }
}
