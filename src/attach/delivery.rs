//! How attachments reach the model: inside the request, through the provider's storage, or scaled down where they are
//! too large for both.
//!
//! All of them are checked before the first is uploaded.

use bytes::Bytes;
use tokio::task::spawn_blocking;

use super::Progress;
use super::document::reads_documents;
use super::image_header::read_image_header;
use super::image_limits::ImageLimits;
use super::recording::recording_of;
use super::recording_limits::{MAX_INLINE, RecordingLimits};
use super::scale_down::{ScaledImage, scale_down};
use crate::error::{Failure, io_reason};
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Client;
use qwen_api::uploads::{Purpose, Upload, Uploader, takes_addresses_only};
use qwen_api::{Block, ByteSource, Media, MediaKind, MediaSource, Message, UploadedFile};

/// The most bytes of attachments inside one request, which may have 16 MiB with its text.
const MAX_INLINE_TOTAL_BYTES: usize = 11 * 1024 * 1024;
/// The most attachments inside one request ("Visual understanding").
const MAX_INLINE_COUNT: usize = 250;
/// The longest side after scaling down. Models look at 16 million pixels at most.
const MAX_SCALED_SIDE: u32 = 4096;
/// The most bytes after scaling down: what every provider takes inside a request.
const MAX_SCALED_BYTES: usize = 7 * 1024 * 1024;

/// What is allowed on the way of attachments to the model.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryOptions {
    /// Whether an image that is too large may be scaled down.
    pub may_resize: bool,
    /// Whether files may be uploaded. Otherwise a notice names them.
    pub may_upload: bool,
    /// Whether the message was written at the prompt of `qwen chat`.
    pub in_chat: bool,
}

/// Puts every attachment of the message where `model` can read it.
pub async fn deliver(
    message: &mut Message,
    client: &Client,
    model: &str,
    options: DeliveryOptions,
    progress: &Progress<'_>,
) -> anyhow::Result<()> {
    let limits = ImageLimits::of(client, model);
    let (mut room, mut inline) = (MAX_INLINE_TOTAL_BYTES, 0);
    let mut uploads = Vec::new();
    for (at, block) in message.blocks.iter_mut().enumerate() {
        let Block::Media(media) = block else { continue };
        let needs_upload = match (media.kind, &media.source) {
            (_, MediaSource::Url(_)) => continue,
            (MediaKind::Document, _) => {
                check_reads_documents(media, client, model, options)?;
                true
            }
            (MediaKind::Image, MediaSource::Inline(bytes)) => {
                match plan_delivery(media, bytes, client, &limits, room)? {
                    ImageDelivery::Inline => inline == MAX_INLINE_COUNT && client.has_uploads(),
                    ImageDelivery::Upload => true,
                    ImageDelivery::ScaleDown(why) => {
                        let most = MAX_SCALED_BYTES.min(room.max(MAX_SCALED_BYTES / 8));
                        *media = scaled_down(media, &why, most, options, progress).await?;
                        !client.takes_inline()
                    }
                }
            }
            (MediaKind::Image | MediaKind::Audio | MediaKind::Video, _) => {
                recording_needs_upload(media, client, model, room)?
            }
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
    let mut uploaders = Uploaders {
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
            uploaders.put(media, progress).await?;
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

/// The uploaders for one message, each made when it is first needed.
struct Uploaders<'a> {
    client: &'a Client,
    model: &'a str,
    storage: Option<Uploader<'a>>,
    documents: Option<Uploader<'a>>,
}

impl Uploaders<'_> {
    async fn put(&mut self, media: &mut Media, progress: &Progress<'_>) -> anyhow::Result<()> {
        let (size, source) = match &media.source {
            MediaSource::Inline(bytes) => (bytes.len() as u64, ByteSource::Bytes(bytes.clone())),
            MediaSource::File { path, size } => (*size, ByteSource::File(path.clone())),
            MediaSource::Url(_) => return Ok(()),
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
            size,
            source,
            hashed: true,
        };
        let stored = uploader.put(&item, progress).await?;
        media.source = MediaSource::Url(stored.reference);
        media.upload = Some(UploadedFile {
            path: match item.source {
                ByteSource::File(path) => Some(path),
                ByteSource::Bytes(_) => None,
            },
            size,
            sha256: stored.sha256.unwrap_or_default(),
            expires_at: stored.expires_at,
        });
        Ok(())
    }
}

/// How an image is sent.
enum ImageDelivery {
    Inline,
    Upload,
    /// Scaled down, and why it is not sent as it is.
    ScaleDown(UiText),
}

fn plan_delivery(
    media: &Media,
    bytes: &Bytes,
    client: &Client,
    limits: &ImageLimits,
    room: usize,
) -> Result<ImageDelivery, Failure> {
    let bad = |why: UiText| Failure::usage(tr!("{} {}", media.name, why));
    let header = read_image_header(bytes).map_err(bad)?;
    limits.check(header).map_err(bad)?;
    if let Some(why) = limits.excess(header, bytes.len()) {
        return Ok(ImageDelivery::ScaleDown(why));
    }
    let is_inline = match client.has_uploads() {
        true => client.takes_inline() && bytes.len() <= limits.max_inline_bytes.min(room),
        false => true,
    };
    Ok(if is_inline {
        ImageDelivery::Inline
    } else {
        ImageDelivery::Upload
    })
}

/// Whether a recording is uploaded rather than sent inside the request; a usage failure when it is beyond the model's limits.
/// A file for a server without uploads is read into memory.
fn recording_needs_upload(media: &mut Media, client: &Client, model: &str, room: usize) -> Result<bool, Failure> {
    let size = media.source.size().unwrap_or_default();
    if let Some(recording) = recording_of(media) {
        RecordingLimits::of(client, model, media.kind).check(media, &recording, size, model)?;
    }
    if client.has_uploads() {
        let is_inline = client.takes_inline() && !takes_addresses_only(model);
        return Ok(!is_inline || size > MAX_INLINE.min(room as u64));
    }
    let (name, mime) = (&media.name, media.mime.as_str());
    if media.kind == MediaKind::Audio && !matches!(mime, "audio/wav" | "audio/mpeg") {
        let who = &client.endpoint().provider;
        let told = tr!("{} is {}; {} takes WAV and MP3 only", name, mime, who);
        return Err(Failure::usage(told).hint(tr!("convert it: ffmpeg -i {} talk.mp3", name)));
    }
    if let MediaSource::File { path, .. } = &media.source {
        let bytes = std::fs::read(path)
            .map_err(|error| Failure::usage(tr!("cannot read {}: {}", media.name, io_reason(&error))))?;
        media.source = MediaSource::Inline(bytes.into());
    }
    Ok(false)
}

/// Scales an image down and says so in a notice; a usage failure when that is not allowed or fails.
async fn scaled_down(
    media: &Media,
    why: &UiText,
    most: usize,
    options: DeliveryOptions,
    progress: &Progress<'_>,
) -> Result<Media, Failure> {
    let name = &media.name;
    if !options.may_resize {
        return Err(
            Failure::usage(tr!("{} {}, which is too large to send", name, why)).hint(match options.in_chat {
                true => tr!("start qwen chat again without --no-resize, and it is scaled down"),
                false => tr!("remove --no-resize to scale it down"),
            }),
        );
    }
    let MediaSource::Inline(bytes) = media.source.clone() else {
        return Ok(media.clone());
    };
    let scaled = spawn_blocking(move || scale_down(&bytes, MAX_SCALED_SIDE, most)).await;
    let ScaledImage { bytes, mime, sides } = match scaled {
        Ok(Ok(scaled)) => scaled,
        Ok(Err(reason)) => {
            return Err(
                Failure::usage(tr!("{} {}, which is too large to send, and it {}", name, why, reason))
                    .hint(tr!("scale it down, or convert it to JPEG or PNG")),
            );
        }
        Err(_) => return Err(Failure::other(tr!("{} could not be scaled down", name))),
    };
    let (width, height) = sides;
    progress.say(match options.in_chat {
        true => tr!("{} {}: scaled down to {} × {} pixels", name, why, width, height),
        false => tr!(
            "{} {}: scaled down to {} × {} pixels; --no-resize refuses instead",
            name,
            why,
            width,
            height
        ),
    });
    Ok(Media {
        source: MediaSource::Inline(Bytes::from(bytes)),
        mime: mime.to_owned(),
        ..media.clone()
    })
}

/// Fails when the provider or the model does not read documents.
fn check_reads_documents(media: &Media, client: &Client, model: &str, options: DeliveryOptions) -> Result<(), Failure> {
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
        .hint(tr!("convert it to text first: pdftotext, pandoc, …")));
    }
    if !reads_documents(model) {
        return Err(Failure::usage(tr!(
            "{} is a document ({}), which {} does not read",
            name,
            media.mime,
            model
        ))
        .hint(tr!(
            "{} qwen-long reads documents",
            if options.in_chat { "/model" } else { "-m" }
        )));
    }
    Ok(())
}
