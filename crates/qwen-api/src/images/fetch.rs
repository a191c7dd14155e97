//! Pictures fetched from where a reply says they are: without credentials, over TLS, and from public addresses only.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::Client;
use crate::error::{Error, Malformed, Rejection};
use crate::notice::Notice;
use crate::protocol::{Head, HttpRequest, Method, oss};
use crate::provider::is_loopback;
use crate::transport::attempt::{silence, with_head};
use crate::transport::http::Http;
use crate::transport::public_address::is_public_url;

/// The most bytes of a picture that is fetched: 50 MiB.
const MAX_PICTURE: usize = 50 * 1024 * 1024;
/// The most time for one attempt.
const MAX_TIME: Duration = Duration::from_secs(600);

impl Client {
    /// The bytes of a picture at an address that a reply named.
    ///
    /// No credential is sent, and redirects are followed on the same host only. The address must begin with `https://` and
    /// lead to a public one, unless the provider is on this machine: then another one on this machine will do, over
    /// `http://` too. At most 50 MiB are read. A failure is retried as that of any request.
    pub async fn fetch_image(&self, url: &str) -> Result<Bytes, Error> {
        self.fetch_image_with_notices(url, &|_| ()).await
    }

    /// The same as [`fetch_image`](Client::fetch_image). `on_notice` is called before each retry.
    pub async fn fetch_image_with_notices(
        &self,
        url: &str,
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<Bytes, Error> {
        self.fetch_result(url, MAX_PICTURE, on_notice).await
    }

    /// The bytes of a result at the address in a reply: see [`fetch_image`](Client::fetch_image). At most `most` bytes are read.
    pub(crate) async fn fetch_result(
        &self,
        url: &str,
        most: usize,
        on_notice: &(dyn Fn(Notice) + Sync),
    ) -> Result<Bytes, Error> {
        let parsed = Url::parse(url).map_err(|_| Error::new(Malformed::UnsafeUrl))?;
        let is_local = is_loopback(&parsed) && Url::parse(self.base_url()).is_ok_and(|base| is_loopback(&base));
        if !is_local && !is_public_url(&parsed) {
            return Err(Error::new(Malformed::UnsafeUrl));
        }
        self.with_retries(self.inner.policy, None, on_notice, || {
            self.fetch(&parsed, is_local, most)
        })
        .await
    }

    async fn fetch(&self, url: &Url, is_local: bool, most: usize) -> Result<Bytes, Error> {
        let (network, log) = (&self.inner.network, self.inner.http.log.clone());
        // A client of its own for each attempt: no connection of a broken one is used again.
        let http = match is_local {
            true => Http::new(url, network, log)?,
            false => Http::public(url, network, log)?,
        };
        let request = HttpRequest {
            method: Method::Get,
            url: url.to_string(),
            headers: Vec::new(),
            body: None,
        };
        let exchange = async {
            let sending = http.send(&request);
            let (head, response) = match self.inner.timeout {
                None => sending.await?,
                Some(timeout) => tokio::time::timeout(timeout, sending)
                    .await
                    .map_err(|_| silence(Some(timeout)))??,
            };
            let body = http.bytes_up_to(response, most, self.inner.timeout).await?;
            Ok((head, body))
        };
        let (head, body) = tokio::time::timeout(MAX_TIME, exchange)
            .await
            .map_err(|_| silence(Some(MAX_TIME)))??;
        match head.status {
            200 => Ok(Bytes::from(body)),
            _ => Err(refusal(&head, &body)),
        }
    }
}

/// The error of a reply that is not the result. That of an object storage is XML, of which only the code is read.
pub(crate) fn refusal(head: &Head, body: &[u8]) -> Error {
    let error = match (300..400).contains(&head.status) {
        true => Error::new(Malformed::Redirect {
            to: head.header("location").unwrap_or_default().to_owned(),
        })
        .with_status(head.status),
        false => oss::refusal(head, body).caused_by(Rejection::ResultRefused),
    };
    with_head(error, head, body)
}
