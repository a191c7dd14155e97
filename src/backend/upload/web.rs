//! The web site's storage: a grant for each file, the file to the storage host, and for a document the wait until the
//! site has read it.
//!
//! The storage host gets neither token nor cookie, and a redirect of its is not followed.

use std::time::{Duration, Instant, SystemTime};

use url::Url;

use super::exchange::{Payload, exchange};
use super::{Item, Stored, Watch, body, too_large};
use crate::backend::Backend;
use crate::backend::account::WORLD;
use crate::backend::http::{Fault, Http};
use crate::backend::stream::no;
use crate::backend::wire::web::Web;
use crate::backend::wire::web::upload::{Grant, Parsing, Uploaded, size_limit};
use crate::backend::wire::{Head, oss};
use crate::chat::MediaKind;
use crate::error::{Failure, Kind};
use crate::text::words::Words;
use crate::words;

/// How often it is asked how far a document is, and for how long.
const ASK: Duration = Duration::from_millis(500);
const READ: Duration = Duration::from_secs(60);

/// One try.
pub(super) async fn put(backend: &Backend, web: &Web, item: &Item, watch: &dyn Watch) -> Result<Stored, Fault> {
    let kind = kind_of(&item.mime);
    let most = size_limit(kind);
    if item.size > most {
        return Err(too_large(item, most));
    }
    let mut notices = Vec::new();
    let renewed = backend.renew(&mut notices).await;
    notices.into_iter().for_each(|notice| watch.notice(notice));
    renewed.map_err(Fault::fatal)?;
    let name = body::file_name(&item.name);
    let asked = SystemTime::now();
    let (head, reply) = backend.call(&web.grant(&name, item.size, kind)).await?;
    let grant = Grant::read(&head, &reply).map_err(|refusal| no(web, refusal, &head))?;
    store(backend, web, item, &grant, watch).await?;
    let is_parsed = kind == MediaKind::Document;
    if is_parsed {
        read(backend, web, &grant.file_id).await?;
    }
    let stored = Stored {
        reference: grant.url.clone(),
        id: Some(grant.file_id.clone()),
        expires_at: Some(asked + grant.lives()),
    };
    web.remember(Uploaded {
        kind,
        mime: body::mime(item).to_owned(),
        name,
        size: item.size,
        file_id: grant.file_id,
        url: grant.url,
        item_id: (WORLD.new_id)(),
        at_ms: (WORLD.now_ms)(),
        is_parsed,
    });
    Ok(stored)
}

/// Sends the file to the storage.
async fn store(backend: &Backend, web: &Web, item: &Item, grant: &Grant, watch: &dyn Watch) -> Result<(), Fault> {
    let request = web
        .put(grant, body::mime(item))
        .map_err(|refusal| no(web, refusal, &Head::default()))?;
    let host =
        Url::parse(&request.url).map_err(|error| Fault::fatal(Failure::other(Words::foreign(error.to_string()))))?;
    let http = Http::strict(&host, &backend.network, backend.http.log.clone()).map_err(Fault::fatal)?;
    let (bytes, sent) = body::bytes(item);
    let payload = Payload::Raw(bytes, item.size);
    let (head, reply) = exchange(&http, &request, payload, &sent, backend.timeout, watch).await?;
    if (200..300).contains(&head.status) {
        return Ok(());
    }
    let refusal = oss::refusal(&head, &reply);
    Err(Fault {
        retry: refusal.retry,
        ..Fault::fatal(refusal.into_failure())
    })
}

/// Has the site read a document, and waits for it.
async fn read(backend: &Backend, web: &Web, file_id: &str) -> Result<(), Fault> {
    use crate::backend::wire::Wire;
    let (head, reply) = backend.call(&web.parse(file_id)).await?;
    if let Some(refusal) = web.refusal(&head, &reply) {
        return Err(no(web, refusal, &head));
    }
    let begun = Instant::now();
    loop {
        let (head, reply) = backend.call(&web.parsing(file_id)).await?;
        let how_far = Parsing::read(&head, &reply, file_id).map_err(|refusal| no(web, refusal, &head))?;
        let why = match how_far {
            Parsing::Done => return Ok(()),
            Parsing::Failed => Failure::new(Kind::Refused, words!("the site cannot read this document")),
            Parsing::Pending if begun.elapsed() >= READ => {
                let seconds = READ.as_secs();
                Failure::new(
                    Kind::Server,
                    words!("the site has not read this document within {} s", seconds),
                )
            }
            Parsing::Pending => {
                tokio::time::sleep(ASK).await;
                continue;
            }
        };
        return Err(Fault::fatal(why.hint(words!("give its text: pdftotext, pandoc, …"))));
    }
}

/// The site tells four kinds apart; what is none of three is a document.
fn kind_of(mime: &str) -> MediaKind {
    match mime.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("audio") => MediaKind::Audio,
        Some("video") => MediaKind::Video,
        _ => MediaKind::Document,
    }
}
