//! `/image` and `/file`.

use super::Repl;
use super::attachments::AttachedContent;
use crate::attach;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::images::preview;
use crate::tr;
use qwen_api::{Media, MediaKind, MediaSource};

impl Repl<'_> {
    /// Describes an attachment; a picture is shown, too, where the terminal can.
    pub(super) async fn show(&self, media: &Media) {
        if let (MediaKind::Image, MediaSource::Inline(bytes)) = (media.kind, &media.source) {
            preview(self.app, bytes).await;
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

    async fn attach(&mut self, argument: &str, is_media: bool) -> Result<(), Failure> {
        if argument.is_empty() {
            let what = if is_media {
                UiText::foreign("/image PATH|URL|clipboard")
            } else {
                UiText::foreign("/file PATH|URL|FOLDER|PATTERN")
            };
            return Err(Failure::usage(tr!("name the file to attach")).hint(what));
        }
        for place in self.attachment_reader().places(argument) {
            let mut notices = Vec::new();
            let one = match (is_media, place.as_str()) {
                (true, "clipboard") => Some(self.attachment_reader().clipboard().await?),
                (is_media, place) => self.read_place(place, is_media, &mut notices).await?,
            };
            self.app.notices(&notices);
            let Some(one) = one else {
                return Ok(());
            };
            if let AttachedContent::Media(media) | AttachedContent::Document(media) = &one.content {
                self.show(media).await;
            }
            self.attachments.push(one);
        }
        Ok(())
    }
}
