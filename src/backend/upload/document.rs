//! Documents: `/files` of compatible mode, at the provider itself.

use reqwest::multipart::Form;

use super::exchange::{Payload, exchange};
use super::{Item, Stored, Watch, body, too_large};
use crate::backend::Backend;
use crate::backend::http::Fault;
use crate::backend::stream::refused;
use crate::backend::wire::openai::{OpenAi, files};

/// One try.
pub(super) async fn put(backend: &Backend, wire: &OpenAi, item: &Item, watch: &dyn Watch) -> Result<Stored, Fault> {
    if item.size > files::MOST {
        return Err(too_large(item, files::MOST));
    }
    let (file, sent) = body::part(item).map_err(|error| backend.http.fault(&error))?;
    // The server tells a document's type by its name, so the name goes as it is.
    let form = Form::new()
        .percent_encode_noop()
        .text("purpose", files::PURPOSE)
        .part("file", file);
    let request = wire.upload();
    let (head, body) = exchange(
        &backend.http,
        &request,
        Payload::Form(form),
        &sent,
        backend.timeout,
        watch,
    )
    .await?;
    if head.status != 200 {
        return Err(refused(wire, &request, &head, &body));
    }
    let id = files::read(&body).map_err(|refusal| Fault {
        retry: refusal.retry,
        ..Fault::fatal(refusal.into_failure())
    })?;
    Ok(Stored {
        reference: format!("fileid://{id}"),
        id: Some(id),
        expires_at: None,
    })
}
