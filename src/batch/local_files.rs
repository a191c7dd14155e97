//! The local files of lines on their way to the model: each is read when a line with it is sent, and uploaded once.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::rc::Rc;

use serde_json::Value;
use tokio::sync::OnceCell;

use crate::app::App;
use crate::attach::{self, DeliveryOptions, Progress, read_media};
use crate::connection::Connection;
use crate::term::bars::Bars;
use qwen_api::{Block, Media, MediaSource, Message};

/// Where the files are that were uploaded.
#[derive(Default)]
pub(super) struct LocalFiles {
    known: RefCell<HashMap<String, Rc<OnceCell<FilePlace>>>>,
}

/// Where a file goes for the requests that name it.
enum FilePlace {
    /// Into each of them.
    Inline,
    /// It was uploaded.
    Uploaded(Media),
}

impl LocalFiles {
    /// Puts the local files of a message where the model can read them.
    pub(super) async fn place(
        &self,
        app: &App<'_>,
        connection: &Connection,
        model: &str,
        message: &mut Message,
    ) -> anyhow::Result<()> {
        for block in &mut message.blocks {
            let Block::Media(media) = block else { continue };
            let url = match &media.source {
                MediaSource::Url(url) if url.starts_with("file:") => url.clone(),
                _ => continue,
            };
            // References of an upload are valid for one model.
            let cell = Rc::clone(self.known.borrow_mut().entry(format!("{model} {url}")).or_default());
            let mut read = None;
            let place = cell
                .get_or_try_init(|| async {
                    let placed = delivered(app, connection, model, &url, true).await?;
                    Ok::<_, anyhow::Error>(match &placed.source {
                        MediaSource::Url(_) => FilePlace::Uploaded(placed),
                        MediaSource::Inline(_) | MediaSource::File { .. } => {
                            read = Some(placed);
                            FilePlace::Inline
                        }
                    })
                })
                .await?;
            *media = match (place, read) {
                (FilePlace::Uploaded(uploaded), _) => uploaded.clone(),
                (FilePlace::Inline, Some(read)) => read,
                (FilePlace::Inline, None) => delivered(app, connection, model, &url, true).await?,
            };
        }
        Ok(())
    }
}

/// The body of a request with the bytes of its local files in place of their URLs.
pub(super) async fn inlined<'b>(app: &App<'_>, connection: &Connection, body: &'b str) -> anyhow::Result<Cow<'b, str>> {
    if !body.contains("\"file:") {
        return Ok(Cow::Borrowed(body));
    }
    let mut value: Value = serde_json::from_str(body)?;
    let model = value["model"].as_str().unwrap_or_default().to_owned();
    for place in image_urls(&mut value) {
        if let Some(url) = place.as_str().filter(|url| url.starts_with("file:")) {
            let media = delivered(app, connection, &model, url, false).await?;
            *place = media.url().into();
        }
    }
    Ok(Cow::Owned(value.to_string()))
}

/// The URLs of the pictures in a body.
fn image_urls(body: &mut Value) -> impl Iterator<Item = &mut Value> {
    let messages = body["messages"].as_array_mut().into_iter().flatten();
    let parts = messages
        .filter_map(|message| message.get_mut("content")?.as_array_mut())
        .flatten();
    parts.filter_map(|part| part.pointer_mut("/image_url/url"))
}

/// Reads a file and puts it where the model can read it.
async fn delivered(
    app: &App<'_>,
    connection: &Connection,
    model: &str,
    url: &str,
    may_upload: bool,
) -> anyhow::Result<Media> {
    let notice = |notice| app.notice(notice);
    let media = read_media(app.reads(None, &notice), OsStr::new(url)).await?;
    let mut message = Message::user("").with_media(media.clone());
    let options = DeliveryOptions {
        may_resize: true,
        may_upload,
        in_chat: false,
    };
    // The batch has a bar of its own.
    let bars = Bars::new(app.host, true, app.settings.lang());
    let progress = Progress::new(&bars, &notice);
    attach::deliver(&mut message, &connection.client, model, options, &progress).await?;
    Ok(match message.blocks.pop() {
        Some(Block::Media(placed)) => placed,
        _ => media,
    })
}
