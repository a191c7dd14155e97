//! `/image` and `/file`.

use std::io::Write;

use super::Repl;
use super::attachments::Content;
use crate::attach;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::render::picture;
use crate::term::out::Stream;
use crate::tr;
use qwen_api::{Media, MediaSource};

/// The height of a picture on the screen, in rows.
const PREVIEW_ROWS: u16 = 10;

impl Repl<'_> {
    /// Describes an attachment; a picture is shown, too, where the terminal can.
    async fn show(&mut self, media: &Media) {
        let wanted = self.app.settings.pictures.value;
        let protocol = picture::protocol(self.app.host, wanted).filter(|_| !self.app.settings.quiet);
        if let (Some(protocol), MediaSource::Inline(bytes)) = (protocol, &media.source) {
            let bytes = bytes.clone();
            let sides = protocol.most_sides((self.app.host.window().0, PREVIEW_ROWS), self.app.host.cell());
            let drawn = tokio::task::spawn_blocking(move || {
                picture::picture(protocol, &attach::thumbnail(&bytes, sides)?, PREVIEW_ROWS)
            });
            if let Ok(Some(drawn)) = drawn.await {
                // A closed terminal shows nothing.
                let _ = Stream::stdout().write_all(&drawn);
            }
        }
        self.note(attach::describe(media));
    }

    /// `/image`.
    pub(super) async fn attach_image(&mut self, argument: &str) -> Result<(), Failure> {
        self.attach(argument, true).await
    }

    /// `/file`.
    pub(super) async fn attach_file(&mut self, argument: &str) -> Result<(), Failure> {
        self.attach(argument, false).await
    }

    async fn attach(&mut self, argument: &str, is_picture: bool) -> Result<(), Failure> {
        if argument.is_empty() {
            let what = if is_picture {
                UiText::foreign("/image PATH|URL|clipboard")
            } else {
                UiText::foreign("/file PATH|URL|FOLDER|PATTERN")
            };
            return Err(Failure::usage(tr!("name the file to attach")).hint(what));
        }
        for place in self.attachment_reader().places(argument) {
            let mut notices = Vec::new();
            let one = match (is_picture, place.as_str()) {
                (true, "clipboard") => Some(self.attachment_reader().clipboard().await?),
                (is_picture, place) => self.read_place(place, is_picture, &mut notices).await?,
            };
            self.app.notices(&notices);
            let Some(one) = one else {
                return Ok(());
            };
            if let Content::Picture(media) | Content::Document(media) = &one.content {
                self.show(media).await;
            }
            self.attachments.push(one);
        }
        Ok(())
    }
}
