//! Uploads to temporary storage: a policy is requested from the provider, then the file is sent as a form to the storage
//! host, which gets no credential.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use reqwest::multipart::Form;
use tokio::sync::Mutex;
use url::Url;
use uuid::Uuid;

use super::exchange::{Payload, exchange};
use super::{StoredFile, Upload, UploadObserver, body, too_large};
use crate::Client;
use crate::error::{Error, Malformed};
use crate::protocol::dashscope::DashScope;
use crate::protocol::dashscope::upload::{Policy, REFERENCE_LIVES};
use crate::protocol::{HttpRequest, Method, oss};
use crate::provider::is_loopback;
use crate::transport::attempt::{error_of_reply, with_head};
use crate::transport::http::Http;

/// A policy is renewed this long before it expires, since the request to the storage takes time.
const MARGIN: Duration = Duration::from_secs(20);

/// The storage of files for one model.
#[derive(Debug)]
pub(super) struct Storage {
    protocol: DashScope,
    model: String,
    /// The policy in use. The lock is held while it is requested, so that concurrent uploads share it.
    granted: Mutex<Option<Arc<Granted>>>,
}

/// A policy, and the HTTP client for the host that it names.
#[derive(Debug)]
pub(super) struct Granted {
    policy: Policy,
    until: Instant,
    http: Http,
}

impl Storage {
    pub(super) fn new(protocol: DashScope, model: &str) -> Storage {
        Storage {
            protocol,
            model: model.to_owned(),
            granted: Mutex::new(None),
        }
    }

    /// A policy that has not expired.
    pub(super) async fn granted(&self, client: &Client) -> Result<Arc<Granted>, Error> {
        let mut granted = self.granted.lock().await;
        if let Some(good) = granted.as_ref().filter(|granted| Instant::now() < granted.until) {
            return Ok(Arc::clone(good));
        }
        let fresh = Arc::new(self.fetch(client).await?);
        *granted = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    async fn fetch(&self, client: &Client) -> Result<Granted, Error> {
        let asked = Instant::now();
        let request = self.protocol.policy(&self.model);
        let (head, body) = client.call(&request).await?;
        if head.status != 200 {
            return Err(error_of_reply(&self.protocol, &request, &head, &body));
        }
        let policy = Policy::read(&body)?;
        let http = Http::new(
            &host(&policy.host)?,
            &client.inner.network,
            client.inner.http.log.clone(),
        )?;
        Ok(Granted {
            until: asked + policy.expires_in.saturating_sub(MARGIN.min(policy.expires_in / 2)),
            policy,
            http,
        })
    }

    /// One attempt. A policy that the storage reports as expired is renewed once, which is not counted as a retry.
    pub(super) async fn put(
        &self,
        client: &Client,
        upload: &Upload,
        observer: &dyn UploadObserver,
    ) -> Result<StoredFile, Error> {
        let granted = self.granted(client).await?;
        match self.post(client, &granted, upload, observer).await {
            Err(Refused::Expired(_)) => {}
            Err(Refused::Other(error)) => return Err(error),
            Ok(stored) => return Ok(stored),
        }
        {
            let mut current = self.granted.lock().await;
            // Another upload may have renewed it meanwhile.
            if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, &granted)) {
                *current = None;
            }
        }
        let granted = self.granted(client).await?;
        self.post(client, &granted, upload, observer)
            .await
            .map_err(|refused| match refused {
                Refused::Expired(error) | Refused::Other(error) => error,
            })
    }

    async fn post(
        &self,
        client: &Client,
        granted: &Granted,
        upload: &Upload,
        observer: &dyn UploadObserver,
    ) -> Result<StoredFile, Refused> {
        if let Some(most) = granted.policy.max_size.filter(|most| upload.size > *most) {
            return Err(Refused::Other(too_large(upload, most)));
        }
        // A new key for each attempt: after a failed one it is unknown whether the storage has the file.
        let form = granted
            .policy
            .form(&Uuid::new_v4().simple().to_string(), &upload.name, &upload.mime);
        let bad = |error: reqwest::Error| Refused::Other(client.inner.http.error(&error));
        let (file, sent) = body::part(upload).map_err(bad)?;
        let mut fields = Form::new().percent_encode_noop();
        for (name, value) in &form.fields {
            fields = fields.text(*name, value.expose().to_owned());
        }
        let fields = fields.part("file", file);
        let request = HttpRequest {
            method: Method::Post,
            url: form.url.clone(),
            headers: Vec::new(),
            body: None,
        };
        let (head, body) = exchange(
            &granted.http,
            &request,
            Payload::Form(fields),
            &sent,
            client.inner.timeout,
            observer,
        )
        .await?;
        if !(200..300).contains(&head.status) {
            let error = with_head(oss::refusal(&head, &body), &head, &body);
            return Err(match oss::has_expired(&body) {
                true => Refused::Expired(error),
                false => Refused::Other(error),
            });
        }
        Ok(StoredFile {
            reference: form.reference,
            id: None,
            expires_at: Some(SystemTime::now() + REFERENCE_LIVES),
            sha256: sent.sha256(),
        })
    }
}

/// Why the storage refused a form.
enum Refused {
    Expired(Error),
    Other(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused::Other(error)
    }
}

/// The storage host of a policy. A file does not cross a network in the clear because a reply says so.
fn host(url: &str) -> Result<Url, Error> {
    let bad = || Error::new(Malformed::StorageHost);
    let url = Url::parse(url).map_err(|_| bad())?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_cannot_send_a_file_into_the_clear() {
        assert!(host("https://bucket.example.com").is_ok());
        assert!(host("http://127.0.0.1:80").is_ok());
        for url in ["http://bucket.example.com", "ftp://127.0.0.1", "bucket", ""] {
            assert!(host(url).is_err(), "{url}");
        }
    }
}
