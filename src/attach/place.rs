//! Where the attachments of a message go, once it is known who is asked: inside the message, into the provider's
//! storage, or, when they are too large for either, scaled down.
//!
//! Everything is looked at first: what cannot be sent is refused before anything is.

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::document::reads_documents;
use super::shrink::{Shrunk, shrink};
use super::sides::facts;
use crate::backend::Backend;
use crate::backend::upload::{Item, Purpose, Source, Uploader, Watch};
use crate::backend::wire::web::upload::size_limit;
use crate::chat::{Block, Media, MediaKind, MediaSource, Message};
use crate::error::Failure;
use crate::text::words::Words;
use crate::words;

/// The most bytes of a picture that is sent inside the request ("Visual understanding": a data URI may have 10 MB,
/// and base64 takes four bytes for three).
const MOST_INLINE: usize = 7 * 1024 * 1024;
/// The most bytes of all of them: a request may have 16 MiB, and there is text in it too.
const MOST_INLINE_IN_ALL: usize = 11 * 1024 * 1024;
/// The most of them in one request (the same page).
const MOST_INLINE_COUNT: usize = 250;
/// The longest side of a picture (the same page), in pixels.
const MOST_SIDE: u32 = 8192;
/// The longest side of a picture that is neither JPEG nor PNG.
const MOST_SIDE_OTHERS: u32 = 4096;
/// The longest side after scaling down. Models look at 16 million pixels at most.
const SIDE: u32 = 4096;

/// What may be done to get attachments to the model.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// Whether a picture that is too large may be scaled down.
    pub resizes: bool,
    /// Whether anything may be sent. Else uploads are only named.
    pub sends: bool,
}

/// Puts every attachment of the message where `model` can read it.
pub async fn place(
    message: &mut Message,
    backend: &Backend,
    model: &str,
    means: Means,
    watch: &dyn Watch,
) -> Result<(), Failure> {
    let (mut room, mut inline) = (MOST_INLINE_IN_ALL, 0);
    let mut uploads = Vec::new();
    for (at, block) in message.blocks.iter_mut().enumerate() {
        let Block::Media(media) = block else { continue };
        let MediaSource::Inline(bytes) = &media.source else {
            continue;
        };
        let needs_upload = match media.kind {
            MediaKind::Document => {
                may_read(media, backend, model)?;
                true
            }
            MediaKind::Image => match plan(media, bytes, backend, model, room) {
                Plan::Inline => inline == MOST_INLINE_COUNT && backend.has_uploads(),
                Plan::Upload => true,
                Plan::Shrink(why) => {
                    let most = MOST_INLINE.min(room.max(MOST_INLINE / 8));
                    *media = smaller(media, &why, most, means, watch).await?;
                    !backend.takes_inline()
                }
            },
            MediaKind::Audio | MediaKind::Video => false,
        };
        if needs_upload {
            uploads.push(at);
        } else if let MediaSource::Inline(bytes) = &media.source
            && backend.has_uploads()
        {
            room = room.saturating_sub(bytes.len());
            inline += 1;
        }
    }
    let mut uploads_to = Uploads {
        backend,
        model,
        storage: None,
        documents: None,
    };
    for at in uploads {
        let Some(Block::Media(media)) = message.blocks.get_mut(at) else {
            continue;
        };
        if means.sends {
            uploads_to.put(media, watch).await?;
        } else {
            watch.notice(words!("{} would be uploaded first", media.name));
            media.source = MediaSource::Url(match media.kind {
                _ if !backend.takes_inline() => "https://to-be-uploaded".to_owned(),
                MediaKind::Document => "fileid://to-be-uploaded".to_owned(),
                _ => "oss://to-be-uploaded".to_owned(),
            });
        }
    }
    Ok(())
}

/// Where attachments are uploaded to; what several have in common is fetched once.
struct Uploads<'a> {
    backend: &'a Backend,
    model: &'a str,
    storage: Option<Uploader<'a>>,
    documents: Option<Uploader<'a>>,
}

impl Uploads<'_> {
    async fn put(&mut self, media: &mut Media, watch: &dyn Watch) -> Result<(), Failure> {
        let MediaSource::Inline(bytes) = &media.source else {
            return Ok(());
        };
        let (uploader, purpose) = match media.kind {
            MediaKind::Document => (&mut self.documents, Purpose::Document),
            _ => (&mut self.storage, Purpose::Model(self.model)),
        };
        let uploader = match uploader {
            Some(uploader) => uploader,
            None => uploader.insert(self.backend.uploader(purpose)?),
        };
        let item = Item {
            name: media.name.clone(),
            mime: media.mime.clone(),
            size: bytes.len() as u64,
            source: Source::Bytes(bytes.clone()),
        };
        media.source = MediaSource::Url(uploader.put(&item, watch).await?.reference);
        Ok(())
    }
}

/// What is to be done with a picture.
enum Plan {
    Inline,
    Upload,
    /// Why it cannot be sent as it is.
    Shrink(Words),
}

fn plan(media: &Media, bytes: &Bytes, backend: &Backend, model: &str, room: usize) -> Plan {
    let megabytes = |count: usize| count as f64 / f64::from(1 << 20);
    if !backend.takes_inline() {
        return match bytes.len() as u64 <= size_limit(MediaKind::Image) {
            true => Plan::Upload,
            false => Plan::Shrink(words!("has {} MB", format!("{:.1}", megabytes(bytes.len())))),
        };
    }
    if !backend.has_uploads() {
        // Nobody knows another server's limits; a picture of any side may be a picture it takes.
        return match bytes.len() <= MOST_INLINE {
            true => Plan::Inline,
            false => Plan::Shrink(words!("has {} MB", format!("{:.1}", megabytes(bytes.len())))),
        };
    }
    let most_side = match media.mime.as_str() {
        "image/jpeg" | "image/png" => MOST_SIDE,
        _ => MOST_SIDE_OTHERS,
    };
    if let Some((width, height)) = facts(bytes).ok().and_then(|facts| facts.sides)
        && width.max(height) > most_side
    {
        return Plan::Shrink(words!("is {} × {} pixels", width, height));
    }
    if bytes.len() > most_bytes(model) {
        return Plan::Shrink(words!("has {} MB", format!("{:.1}", megabytes(bytes.len()))));
    }
    match bytes.len() <= MOST_INLINE.min(room) {
        true => Plan::Inline,
        false => Plan::Upload,
    }
}

/// The most bytes of a picture that is fetched from the storage: twice as many for the newer models.
fn most_bytes(model: &str) -> usize {
    const MB: usize = 1 << 20;
    let newer = ["qwen3-vl", "qwen3.5", "qwen3.6", "qwen3.7", "qwen3.8"];
    match newer.iter().any(|name| model.contains(name)) {
        true => 20 * MB,
        false => 10 * MB,
    }
}

/// The picture scaled down, with a notice.
async fn smaller(media: &Media, why: &Words, most: usize, means: Means, watch: &dyn Watch) -> Result<Media, Failure> {
    let name = &media.name;
    if !means.resizes {
        return Err(Failure::usage(words!("{} {}, which is too large to send", name, why))
            .hint(words!("without --no-resize it is scaled down")));
    }
    let MediaSource::Inline(bytes) = media.source.clone() else {
        return Ok(media.clone());
    };
    let shrunk = spawn_blocking(move || shrink(&bytes, SIDE, most)).await;
    let Shrunk { bytes, mime, sides } = match shrunk {
        Ok(Ok(shrunk)) => shrunk,
        Ok(Err(reason)) => {
            return Err(Failure::usage(words!(
                "{} {}, which is too large to send, and it {}",
                name,
                why,
                reason
            ))
            .hint(words!("scale it down, or convert it to JPEG or PNG")));
        }
        Err(_) => return Err(Failure::other(words!("{} could not be scaled down", name))),
    };
    watch.notice(words!(
        "{} {}: scaled down to {} × {} pixels; --no-resize refuses instead",
        name,
        why,
        sides.0,
        sides.1
    ));
    Ok(Media {
        source: MediaSource::Inline(Bytes::from(bytes)),
        mime: mime.to_owned(),
        ..media.clone()
    })
}

/// Whether the model reads documents at all.
fn may_read(media: &Media, backend: &Backend, model: &str) -> Result<(), Failure> {
    let name = &media.name;
    if backend.takes_documents() {
        return Ok(());
    }
    if backend.endpoint.compatible().is_none() {
        let who = &backend.endpoint.provider;
        return Err(Failure::usage(words!(
            "{} is a document ({}), and {} takes none",
            name,
            media.mime,
            who
        ))
        .hint(words!("give its text: pdftotext, pandoc, …")));
    }
    if !reads_documents(model) {
        return Err(Failure::usage(words!(
            "{} is a document ({}), which {} does not read",
            name,
            media.mime,
            model
        ))
        .hint(words!("-m qwen-long reads documents")));
    }
    Ok(())
}
