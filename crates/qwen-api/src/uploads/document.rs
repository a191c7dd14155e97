//! Uploads of documents, to `/files` of compatible mode.

use reqwest::multipart::Form;

use super::exchange::{Payload, exchange};
use super::{StoredFile, Upload, UploadObserver, body, too_large};
use crate::Client;
use crate::error::Error;
use crate::protocol::openai::{OpenAi, files};
use crate::transport::attempt::error_of_reply;

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
    let (file, sent) = body::part(upload).map_err(|error| client.inner.http.error(&error))?;
    // The server recognises a document's type by its name, so the name is sent as it is.
    let form = Form::new()
        .percent_encode_noop()
        .text("purpose", files::PURPOSE)
        .part("file", file);
    let request = protocol.upload();
    let (head, body) = exchange(
        &client.inner.http,
        &request,
        Payload::Form(form),
        &sent,
        client.inner.timeout,
        observer,
    )
    .await?;
    if head.status != 200 {
        return Err(error_of_reply(protocol, &request, &head, &body));
    }
    let id = files::read(&body)?;
    Ok(StoredFile {
        reference: format!("fileid://{id}"),
        id: Some(id),
        expires_at: None,
    })
}
