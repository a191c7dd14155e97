//! Where the attachments of a message go, once it is known who is asked: inside the message, into the provider's
//! storage, or, when they are too large for either, scaled down.
//!
//! Everything is looked at first: what cannot be sent is refused before anything is.

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::Progress;
use super::document::reads_documents;
use super::image_header::read_image_header;
use super::image_limits::ImageLimits;
use super::scale_down::{ScaledImage, scale_down};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Client;
use qwen_api::uploads::{Purpose, Upload, UploadSource, Uploader};
use qwen_api::{Block, Media, MediaKind, MediaSource, Message};

/// The most bytes of all of them: a request may have 16 MiB, and there is text in it too.
const MOST_INLINE_IN_ALL: usize = 11 * 1024 * 1024;
/// The most of them in one request ("Visual understanding").
const MOST_INLINE_COUNT: usize = 250;
/// The longest side after scaling down. Models look at 16 million pixels at most.
const SIDE: u32 = 4096;
/// The most bytes after scaling down: what every provider takes inside a request.
const SHRUNK: usize = 7 * 1024 * 1024;

/// What may be done to get attachments to the model.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryOptions {
    /// Whether a picture that is too large may be scaled down.
    pub may_resize: bool,
    /// Whether anything may be sent. Else uploads are only named.
    pub may_upload: bool,
}

/// Puts every attachment of the message where `model` can read it.
pub async fn deliver(
    message: &mut Message,
    client: &Client,
    model: &str,
    options: DeliveryOptions,
    progress: &Progress<'_>,
) -> Result<(), Failure> {
    let limits = ImageLimits::of(client, model);
    let (mut room, mut inline) = (MOST_INLINE_IN_ALL, 0);
    let mut uploads = Vec::new();
    for (at, block) in message.blocks.iter_mut().enumerate() {
        let Block::Media(media) = block else { continue };
        let MediaSource::Inline(bytes) = &media.source else {
            continue;
        };
        let needs_upload = match media.kind {
            MediaKind::Document => {
                may_read(media, client, model)?;
                true
            }
            MediaKind::Image => match plan_delivery(media, bytes, client, &limits, room)? {
                ImageDelivery::Inline => inline == MOST_INLINE_COUNT && client.has_uploads(),
                ImageDelivery::Upload => true,
                ImageDelivery::Shrink(why) => {
                    let most = SHRUNK.min(room.max(SHRUNK / 8));
                    *media = scaled_down(media, &why, most, options, progress).await?;
                    !client.takes_inline()
                }
            },
            MediaKind::Audio | MediaKind::Video => false,
        };
        if needs_upload {
            uploads.push(at);
        } else if let MediaSource::Inline(bytes) = &media.source
            && client.has_uploads()
        {
            room = room.saturating_sub(bytes.len());
            inline += 1;
        }
    }
    let mut uploads_to = Uploaders {
        client,
        model,
        storage: None,
        documents: None,
    };
    for at in uploads {
        let Some(Block::Media(media)) = message.blocks.get_mut(at) else {
            continue;
        };
        if options.may_upload {
            uploads_to.put(media, progress).await?;
        } else {
            progress.say(tr!("{} would be uploaded first", media.name));
            media.source = MediaSource::Url(match media.kind {
                _ if !client.takes_inline() => "https://to-be-uploaded".to_owned(),
                MediaKind::Document => "fileid://to-be-uploaded".to_owned(),
                _ => "oss://to-be-uploaded".to_owned(),
            });
        }
    }
    Ok(())
}

/// Where attachments are uploaded to; what several have in common is fetched once.
struct Uploaders<'a> {
    client: &'a Client,
    model: &'a str,
    storage: Option<Uploader<'a>>,
    documents: Option<Uploader<'a>>,
}

impl Uploaders<'_> {
    async fn put(&mut self, media: &mut Media, progress: &Progress<'_>) -> Result<(), Failure> {
        let MediaSource::Inline(bytes) = &media.source else {
            return Ok(());
        };
        let (uploader, purpose) = match media.kind {
            MediaKind::Document => (&mut self.documents, Purpose::Document),
            _ => (&mut self.storage, Purpose::Model(self.model)),
        };
        let uploader = match uploader {
            Some(uploader) => uploader,
            None => uploader.insert(self.client.uploader(purpose)?),
        };
        let item = Upload {
            name: media.name.clone(),
            mime: media.mime.clone(),
            size: bytes.len() as u64,
            source: UploadSource::Bytes(bytes.clone()),
        };
        media.source = MediaSource::Url(uploader.put(&item, progress).await?.reference);
        Ok(())
    }
}

/// What is to be done with a picture.
enum ImageDelivery {
    Inline,
    Upload,
    /// Why it cannot be sent as it is.
    Shrink(UiText),
}

fn plan_delivery(
    media: &Media,
    bytes: &Bytes,
    client: &Client,
    limits: &ImageLimits,
    room: usize,
) -> Result<ImageDelivery, Failure> {
    let bad = |why: UiText| Failure::usage(tr!("{} {}", media.name, why));
    let facts = read_image_header(bytes).map_err(bad)?;
    limits.check(facts).map_err(bad)?;
    if let Some(why) = limits.excess(facts, bytes.len()) {
        return Ok(ImageDelivery::Shrink(why));
    }
    let is_inline = match client.has_uploads() {
        true => client.takes_inline() && bytes.len() <= limits.most_inline.min(room),
        false => true,
    };
    Ok(if is_inline {
        ImageDelivery::Inline
    } else {
        ImageDelivery::Upload
    })
}

/// The picture scaled down, with a notice.
async fn scaled_down(
    media: &Media,
    why: &UiText,
    most: usize,
    options: DeliveryOptions,
    progress: &Progress<'_>,
) -> Result<Media, Failure> {
    let name = &media.name;
    if !options.may_resize {
        return Err(Failure::usage(tr!("{} {}, which is too large to send", name, why))
            .hint(tr!("without --no-resize it is scaled down")));
    }
    let MediaSource::Inline(bytes) = media.source.clone() else {
        return Ok(media.clone());
    };
    let shrunk = spawn_blocking(move || scale_down(&bytes, SIDE, most)).await;
    let ScaledImage { bytes, mime, sides } = match shrunk {
        Ok(Ok(shrunk)) => shrunk,
        Ok(Err(reason)) => {
            return Err(
                Failure::usage(tr!("{} {}, which is too large to send, and it {}", name, why, reason))
                    .hint(tr!("scale it down, or convert it to JPEG or PNG")),
            );
        }
        Err(_) => return Err(Failure::other(tr!("{} could not be scaled down", name))),
    };
    progress.say(tr!(
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
fn may_read(media: &Media, client: &Client, model: &str) -> Result<(), Failure> {
    let name = &media.name;
    if client.takes_documents() {
        return Ok(());
    }
    if client.endpoint().compatible().is_none() {
        let who = &client.endpoint().provider;
        return Err(Failure::usage(tr!(
            "{} is a document ({}), and {} does not accept documents",
            name,
            media.mime,
            who
        ))
        .hint(tr!("give its text: pdftotext, pandoc, …")));
    }
    if !reads_documents(model) {
        return Err(Failure::usage(tr!(
            "{} is a document ({}), which {} does not read",
            name,
            media.mime,
            model
        ))
        .hint(tr!("-m qwen-long reads documents")));
    }
    Ok(())
}
