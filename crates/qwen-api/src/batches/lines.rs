//! The lines of a file of the service.

use std::fmt;
use std::mem::take;

use memchr::memchr;

use super::Batches;
use crate::client::timed_out;
use crate::error::Error;
use crate::notice::Resumption;
use crate::protocol::HttpRequest;
use crate::transport::attempt::error_of_reply;
use crate::transport::http::{BODY_LIMIT, too_large};
use crate::transport::retry::Retries;

/// The lines of a file, read as they arrive. Empty lines are left out; the last need not end.
///
/// A transfer that breaks is made again, as often as the client's [`RetryPolicy`](crate::RetryPolicy) allows without a
/// further byte, and goes on where it broke.
pub struct FileLines<'a> {
    batches: &'a Batches<'a>,
    request: HttpRequest,
    response: Option<reqwest::Response>,
    /// Bytes that arrived and were not returned; those before `start` were.
    buffer: Vec<u8>,
    start: usize,
    /// How far there is no end of a line.
    searched: usize,
    /// The bytes of the file that arrived, and how many of them are still to be passed over after a new request.
    received: u64,
    passed: u64,
    retries: Retries,
    is_over: bool,
}

impl fmt::Debug for FileLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileLines").finish_non_exhaustive()
    }
}

impl<'a> FileLines<'a> {
    pub(super) fn new(batches: &'a Batches<'a>, request: HttpRequest) -> FileLines<'a> {
        FileLines {
            batches,
            request,
            response: None,
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            received: 0,
            passed: 0,
            retries: Retries::new(batches.client.inner.policy),
            is_over: false,
        }
    }

    /// The next line, without its end; `None` at the end of the file. A line is at most 16 MiB long.
    pub async fn next(&mut self) -> Option<Result<Vec<u8>, Error>> {
        loop {
            let line = match memchr(b'\n', &self.buffer[self.searched..]) {
                Some(length) => {
                    let end = self.searched + length;
                    let line = self.buffer[self.start..end].to_vec();
                    (self.start, self.searched) = (end + 1, end + 1);
                    line
                }
                None if self.is_over => {
                    let rest = take(&mut self.buffer).split_off(self.start);
                    (self.start, self.searched) = (0, 0);
                    if rest.is_empty() {
                        return None;
                    }
                    rest
                }
                None => {
                    self.buffer.drain(..self.start);
                    (self.start, self.searched) = (0, self.buffer.len());
                    if let Err(error) = self.fill().await {
                        self.is_over = true;
                        self.buffer.clear();
                        self.searched = 0;
                        return Some(Err(error));
                    }
                    continue;
                }
            };
            let line = trimmed(&line);
            if !line.is_empty() {
                return Some(Ok(line.to_vec()));
            }
        }
    }

    /// Waits for further bytes, or the end.
    async fn fill(&mut self) -> Result<(), Error> {
        if self.buffer.len() > BODY_LIMIT {
            return Err(too_large(BODY_LIMIT));
        }
        let client = &self.batches.client;
        loop {
            let error = match self.receive().await {
                Ok(()) => return Ok(()),
                Err(error) => client.masked(error),
            };
            self.response = None;
            let Some(wait) = client.wait_before_retry(&mut self.retries, &error) else {
                return Err(error.with_attempts(self.retries.attempts()));
            };
            let notice = self.retries.notice(error, Resumption::Again, wait);
            notice.into_iter().for_each(self.batches.on_notice);
            tokio::time::sleep(wait).await;
        }
    }

    async fn receive(&mut self) -> Result<(), Error> {
        let client = &self.batches.client;
        if self.response.is_none() {
            self.response = Some(within(client.inner.timeout, self.open()).await?);
            self.passed = self.received;
        }
        let Some(response) = &mut self.response else {
            return Ok(());
        };
        let chunk = async { response.chunk().await.map_err(|error| client.inner.http.error(&error)) };
        let Some(chunk) = within(client.inner.timeout, chunk).await? else {
            self.is_over = true;
            return Ok(());
        };
        let known = usize::try_from(self.passed).map_or(chunk.len(), |passed| passed.min(chunk.len()));
        self.passed -= known as u64;
        let fresh = &chunk[known..];
        if !fresh.is_empty() {
            self.received += fresh.len() as u64;
            self.buffer.extend_from_slice(fresh);
            self.retries = Retries::new(client.inner.policy);
        }
        Ok(())
    }

    async fn open(&self) -> Result<reqwest::Response, Error> {
        let http = &self.batches.client.inner.http;
        let (head, response) = http.send(&self.request).await?;
        if (200..300).contains(&head.status) {
            return Ok(response);
        }
        let body = http.body(response).await?;
        Err(error_of_reply(&self.batches.protocol, &self.request, &head, &body))
    }
}

/// The line without white space around it or a byte-order mark.
fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii()
}

async fn within<T>(
    timeout: Option<std::time::Duration>,
    future: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout {
        None => future.await,
        Some(timeout) => tokio::time::timeout(timeout, future).await.map_err(|_| timed_out())?,
    }
}
