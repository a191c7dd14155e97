//! Uploads to `/files` of OpenAI's protocol: documents for a model, and the files of batches.

use reqwest::multipart::Form;

use super::exchange::{Payload, exchange};
use super::{StoredFile, Upload, UploadObserver, body, too_large};
use crate::error::Error;
use crate::protocol::openai::{OpenAi, files};
use crate::protocol::{ChatProtocol, HttpRequest};
use crate::transport::attempt::error_of_reply;
use crate::{Client, Notice};

/// One attempt.
pub(super) async fn put(
    client: &Client,
    protocol: &OpenAi,
    upload: &Upload,
    observer: &dyn UploadObserver,
) -> Result<StoredFile, Error> {
    if upload.size > files::MAX_DOCUMENT {
        return Err(too_large(upload, files::MAX_DOCUMENT));
    }
    let on_notice = |notice| observer.notice(notice);
    let (id, sha256) = post_file(client, protocol, files::DOCUMENT, upload, observer, &on_notice).await?;
    Ok(StoredFile {
        reference: format!("fileid://{id}"),
        id: Some(id),
        expires_at: None,
        sha256,
    })
}

/// Sends a file to the list of files, and returns its id and the SHA-256 of what was sent. It is sent a second time where the
/// error shows that it belongs to another address.
pub(crate) async fn post_file(
    client: &Client,
    protocol: &OpenAi,
    purpose: &'static str,
    upload: &Upload,
    observer: &dyn UploadObserver,
    on_notice: &(dyn Fn(Notice) + Sync),
) -> Result<(String, Option<String>), Error> {
    let request = protocol.upload();
    let error = match post(client, protocol, &request, purpose, upload, observer).await {
        Ok(stored) => return Ok(stored),
        Err(error) => error,
    };
    let Some(other) = protocol.reroute(&request, &error) else {
        return Err(error);
    };
    let stored = post(client, protocol, &other, purpose, upload, observer).await?;
    protocol.confirm_route(&other).into_iter().for_each(on_notice);
    Ok(stored)
}

async fn post(
    client: &Client,
    protocol: &OpenAi,
    request: &HttpRequest,
    purpose: &'static str,
    upload: &Upload,
    observer: &dyn UploadObserver,
) -> Result<(String, Option<String>), Error> {
    let (file, sent) = body::part(upload).map_err(|error| client.inner.http.error(&error))?;
    // The server recognises a file's type by its name, so the name is sent as it is.
    let form = Form::new()
        .percent_encode_noop()
        .text("purpose", purpose)
        .part("file", file);
    let (head, body) = exchange(
        &client.inner.http,
        request,
        Payload::Form(form),
        &sent,
        client.inner.timeout,
        observer,
    )
    .await?;
    match head.status {
        200..300 => Ok((protocol.read_file(&body)?, sent.sha256())),
        _ => Err(error_of_reply(protocol, request, &head, &body)),
    }
}
