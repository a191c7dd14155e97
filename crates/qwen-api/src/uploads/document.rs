//! Documents: `/files` of compatible mode, at the provider itself.

use reqwest::multipart::Form;

use super::exchange::{Payload, exchange};
use super::{Item, Stored, Watch, body, too_large};
use crate::Client;
use crate::error::Error;
use crate::protocol::openai::{OpenAi, files};
use crate::transport::attempt::error_of_reply;

/// One try.
pub(super) async fn put(client: &Client, protocol: &OpenAi, item: &Item, watch: &dyn Watch) -> Result<Stored, Error> {
    if item.size > files::MOST {
        return Err(too_large(item, files::MOST));
    }
    let (file, sent) = body::part(item).map_err(|error| client.inner.http.error(&error))?;
    // The server tells a document's type by its name, so the name goes as it is.
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
        watch,
    )
    .await?;
    if head.status != 200 {
        return Err(error_of_reply(protocol, &request, &head, &body));
    }
    let id = files::read(&body)?;
    Ok(Stored {
        reference: format!("fileid://{id}"),
        id: Some(id),
        expires_at: None,
    })
}
