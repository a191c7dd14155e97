//! Uploads to the storage of a site with accounts: a grant is requested for each file, the file is sent to the storage host,
//! and a document is waited for until the site has parsed it.
//!
//! The storage host gets neither token nor cookie, and its redirects are not followed.

use std::time::{Duration, Instant, SystemTime};

use super::exchange::{Payload, exchange};
use super::{StoredFile, Upload, UploadObserver, body, too_large};
use crate::MediaKind;
use crate::client::{Client, base_url};
use crate::error::{Error, Rejection, Service};
use crate::protocol::web::upload::{Grant, Parsing, Uploaded, size_limit};
use crate::protocol::{HostedFiles, oss};
use crate::system;
use crate::transport::attempt::with_head;
use crate::transport::http::Http;

/// The interval of requests for the state of a document.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The time that the site has to parse a document.
const PARSE_TIMEOUT: Duration = Duration::from_secs(60);

/// One attempt.
pub(super) async fn put(
    client: &Client,
    files: &dyn HostedFiles,
    upload: &Upload,
    observer: &dyn UploadObserver,
) -> Result<StoredFile, Error> {
    let kind = kind_of(&upload.mime);
    let most = size_limit(kind);
    if upload.size > most {
        return Err(too_large(upload, most));
    }
    client
        .renew()
        .await?
        .into_iter()
        .for_each(|notice| observer.notice(notice));
    let name = body::file_name(&upload.name);
    let asked = SystemTime::now();
    let (head, reply) = client.call(&files.grant(&name, upload.size, kind)).await?;
    let grant = Grant::read(&head, &reply).map_err(|error| with_head(error, &head, &reply))?;
    let sha256 = store(client, files, upload, &grant, observer).await?;
    let is_parsed = kind == MediaKind::Document;
    if is_parsed {
        parse(client, files, &grant.file_id).await?;
    }
    let stored = StoredFile {
        reference: grant.url.clone(),
        id: Some(grant.file_id.clone()),
        expires_at: Some(asked + grant.lives()),
        sha256,
    };
    files.remember(Uploaded {
        kind,
        mime: body::mime(upload).to_owned(),
        name,
        size: upload.size,
        file_id: grant.file_id,
        url: grant.url,
        item_id: system::new_uuid(),
        at_ms: system::now_ms(),
        is_parsed,
    });
    Ok(stored)
}

/// Sends the file to the storage, and returns the SHA-256 of what was sent.
async fn store(
    client: &Client,
    files: &dyn HostedFiles,
    upload: &Upload,
    grant: &Grant,
    observer: &dyn UploadObserver,
) -> Result<Option<String>, Error> {
    let request = files.put(grant, body::mime(upload))?;
    let http = Http::strict(
        &base_url(&request.url)?,
        &client.inner.network,
        client.inner.http.log.clone(),
    )?;
    let (bytes, sent) = body::bytes(upload);
    let payload = Payload::Raw(bytes, upload.size);
    let (head, reply) = exchange(&http, &request, payload, &sent, client.inner.timeout, observer).await?;
    if (200..300).contains(&head.status) {
        return Ok(sent.sha256());
    }
    Err(with_head(oss::refusal(&head, &reply), &head, &reply))
}

/// Has the site parse a document, and waits until it has.
async fn parse(client: &Client, files: &dyn HostedFiles, file_id: &str) -> Result<(), Error> {
    let (head, reply) = client.call(&files.parse(file_id)).await?;
    if let Some(error) = client.inner.protocol.refusal(&head, &reply) {
        return Err(with_head(error, &head, &reply));
    }
    let begun = Instant::now();
    loop {
        let (head, reply) = client.call(&files.parsing(file_id)).await?;
        let how_far = Parsing::read(&head, &reply, file_id).map_err(|error| with_head(error, &head, &reply))?;
        let rejection = match how_far {
            Parsing::Done => return Ok(()),
            Parsing::Failed => Rejection::DocumentUnreadable,
            Parsing::Pending if begun.elapsed() >= PARSE_TIMEOUT => Rejection::DocumentTimeout { after: PARSE_TIMEOUT },
            Parsing::Pending => {
                tokio::time::sleep(POLL_INTERVAL).await;
                continue;
            }
        };
        return Err(Error::new(rejection).of_service(Service::WebSite));
    }
}

/// The kind that the site sorts a file under: a document, unless it is a picture, a sound or a video.
fn kind_of(mime: &str) -> MediaKind {
    match mime.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::Document,
    }
}
