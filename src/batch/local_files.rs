//! The local files of lines on their way to the model: each is read when a line with it is sent.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::ffi::OsStr;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::app::App;
use crate::attach::{self, DeliveryOptions, Progress, read_media};
use crate::connection::Connection;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::term::bars::Bars;
use crate::tr;
use qwen_api::{Block, Media, MediaSource, Message};

/// The most bytes of files that are kept for further lines with them.
const MAX_HELD: usize = 16 << 20;

/// The local files of the lines of a run. Each is read, scaled down where that is needed, and uploaded once, however many
/// lines name it.
pub(super) struct LocalFiles<'a> {
    app: &'a App<'a>,
    connection: &'a Connection,
    /// Whether files may be uploaded, rather than sent inside requests.
    may_upload: bool,
    places: FilePlaces,
    held: RefCell<HeldFiles>,
}

impl<'a> LocalFiles<'a> {
    pub(super) fn new(app: &'a App<'a>, connection: &'a Connection, may_upload: bool) -> LocalFiles<'a> {
        LocalFiles {
            app,
            connection,
            may_upload,
            places: FilePlaces::default(),
            held: RefCell::default(),
        }
    }

    /// Puts the local files of a message where the model can read them.
    pub(super) async fn place(&self, model: &str, message: &mut Message) -> anyhow::Result<()> {
        for block in &mut message.blocks {
            let Block::Media(media) = block else { continue };
            if let MediaSource::Url(url) = &media.source
                && url.starts_with("file:")
            {
                *media = self.media(model, &url.clone()).await?;
            }
        }
        Ok(())
    }

    /// The body of a request with the bytes of its local files in place of their URLs.
    pub(super) async fn inlined<'b>(&self, body: &'b str) -> anyhow::Result<Cow<'b, str>> {
        if !body.contains("\"file:") {
            return Ok(Cow::Borrowed(body));
        }
        let mut value: Value = serde_json::from_str(body)?;
        let model = value["model"].as_str().unwrap_or_default().to_owned();
        for place in image_urls(&mut value) {
            if let Some(url) = place.as_str().filter(|url| url.starts_with("file:")) {
                *place = self.media(&model, url).await?.url().into();
            }
        }
        Ok(Cow::Owned(value.to_string()))
    }

    /// A file, inline or uploaded.
    async fn media(&self, model: &str, url: &str) -> anyhow::Result<Media> {
        // References of an upload are valid for one model.
        let key = format!("{model} {url}");
        let place = self.places.get(&key, SystemTime::now());
        let mut read = None;
        let place = place
            .get_or_try_init(|| async {
                let media = self.delivered(model, url).await?;
                Ok::<_, anyhow::Error>(match &media.source {
                    MediaSource::Url(_) => FilePlace::uploaded(media, SystemTime::now()),
                    MediaSource::Inline(_) | MediaSource::File { .. } => {
                        read = Some(media);
                        FilePlace::Inline
                    }
                })
            })
            .await?;
        if let FilePlace::Uploaded { media, .. } = place {
            return Ok(media.clone());
        }
        let held = self.held.borrow().get(&key);
        let media = match (read, held) {
            (Some(read), _) => read,
            (None, Some(held)) => return Ok(held),
            (None, None) => self.delivered(model, url).await?,
        };
        self.held.borrow_mut().put(&key, &media);
        Ok(media)
    }

    /// Reads a file and puts it where the model can read it.
    async fn delivered(&self, model: &str, url: &str) -> anyhow::Result<Media> {
        let app = self.app;
        let notice = |notice| app.notice(notice);
        let media = read_media(app.reads(None, &notice), OsStr::new(url)).await?;
        let mut message = Message::user("").with_media(media.clone());
        let options = DeliveryOptions {
            may_resize: true,
            may_upload: self.may_upload,
            in_chat: false,
        };
        // The batch has a bar of its own.
        let bars = Bars::new(app.host, true, app.settings.lang());
        let notices = Mutex::new(Vec::new());
        let keep = |notice| notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
        let progress = Progress::new(&bars, &keep);
        attach::deliver(&mut message, &self.connection.client, model, options, &progress).await?;
        let placed = match message.blocks.pop() {
            Some(Block::Media(placed)) => placed,
            _ => media,
        };
        // It stands in place of an upload.
        if !self.may_upload && matches!(placed.source, MediaSource::Url(_)) {
            let failure = Failure::usage(tr!("{} is too large to be sent inside a request", placed.name));
            return Err(failure.hint(uploads_pictures()).into());
        }
        app.notices(&notices.into_inner().unwrap_or_else(PoisonError::into_inner));
        Ok(placed)
    }
}

/// Where a file goes for the requests that name it.
enum FilePlace {
    /// Into each of them.
    Inline,
    /// Into the provider's storage, where it is for a while.
    Uploaded {
        media: Media,
        /// When it is uploaded again; `None` where it stays.
        renewal: Option<SystemTime>,
    },
}

impl FilePlace {
    /// A file that was uploaded by `now`. It is uploaded again a forty-eighth of its time before its end: an hour on
    /// DashScope, where a held request waits so long.
    fn uploaded(media: Media, now: SystemTime) -> FilePlace {
        let end = media.upload.as_ref().and_then(|upload| upload.expires_at);
        let renewal = end.and_then(|end| end.checked_sub(end.duration_since(now).unwrap_or_default() / 48));
        FilePlace::Uploaded { media, renewal }
    }

    fn has_ended(&self, now: SystemTime) -> bool {
        matches!(self, FilePlace::Uploaded { renewal: Some(renewal), .. } if *renewal <= now)
    }
}

/// The places of files, by their keys.
#[derive(Default)]
struct FilePlaces(RefCell<HashMap<String, Rc<OnceCell<FilePlace>>>>);

impl FilePlaces {
    /// The place of a file; an empty cell before it has one, and where it must be uploaded again.
    fn get(&self, key: &str, now: SystemTime) -> Rc<OnceCell<FilePlace>> {
        let mut places = self.0.borrow_mut();
        let place = places.entry(key.to_owned()).or_default();
        if place.get().is_some_and(|place| place.has_ended(now)) {
            *place = Rc::default();
        }
        Rc::clone(place)
    }
}

/// Files that were read, the oldest out where they become too many bytes.
#[derive(Default)]
struct HeldFiles {
    files: VecDeque<(String, Media)>,
    bytes: usize,
}

impl HeldFiles {
    fn get(&self, key: &str) -> Option<Media> {
        let found = self.files.iter().find(|(held, _)| held == key);
        found.map(|(_, media)| media.clone())
    }

    fn put(&mut self, key: &str, media: &Media) {
        self.bytes += size(media);
        self.files.push_back((key.to_owned(), media.clone()));
        while self.bytes > MAX_HELD
            && let Some((_, oldest)) = self.files.pop_front()
        {
            self.bytes -= size(&oldest);
        }
    }
}

fn size(media: &Media) -> usize {
    match &media.source {
        MediaSource::Inline(bytes) => bytes.len(),
        MediaSource::Url(_) | MediaSource::File { .. } => 0,
    }
}

/// The URLs of the pictures in a body.
fn image_urls(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    let messages = body["messages"].as_array_mut().into_iter().flatten();
    let parts = messages
        .filter_map(|message| message.get_mut("content")?.as_array_mut())
        .flatten();
    parts.filter_map(|part| part.pointer_mut("/image_url/url"))
}

/// What takes pictures of any size, as a hint.
pub(super) fn uploads_pictures() -> UiText {
    tr!("scale the pictures down, or give --engine realtime, which uploads them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use qwen_api::UploadedFile;
    use std::time::Duration;

    #[test]
    fn an_upload_that_ends_soon_is_made_again() {
        let uploaded = SystemTime::UNIX_EPOCH;
        let after = |minutes: u64| uploaded + Duration::from_secs(minutes * 60);
        let places = FilePlaces::default();
        let place = |minutes| places.get("model file", after(minutes));
        let upload = |lives: Option<u64>, minutes| {
            let media = Media {
                upload: Some(UploadedFile {
                    path: None,
                    size: 1,
                    sha256: String::new(),
                    expires_at: lives.map(|lives| after(minutes + lives)),
                }),
                ..Media::image_url("oss://a/b.png")
            };
            let place = place(minutes);
            assert!(place.set(FilePlace::uploaded(media, after(minutes))).is_ok());
            place
        };
        let first = upload(Some(48 * 60), 0);
        assert!(Rc::ptr_eq(&first, &place(47 * 60 - 1)));
        let second = upload(None, 47 * 60);
        assert!(!Rc::ptr_eq(&first, &second));
        assert!(Rc::ptr_eq(&second, &place(1000 * 60)));
    }
}
