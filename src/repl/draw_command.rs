//! `/draw`.

use super::Repl;
use super::attachments::{self, PromptAttachment};
use crate::attach::named_kind;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::images::{self, Destination, ImageModel, MOST_REFERENCES, too_many_references};
use crate::report;
use crate::tr;
use qwen_api::error::InvalidInput;
use qwen_api::{Error, ImageRequest, ImageSource, Media, MediaKind, Message};

impl Repl<'_> {
    /// Makes a picture and writes it to the working directory. It goes along with the next message, which may ask about it.
    /// Pictures that are mentioned by `@path` are changed.
    pub(super) async fn draw(&mut self, prompt: &str) -> Result<(), Failure> {
        if prompt.is_empty() {
            return Err(Failure::usage(tr!("say what to draw")).hint(UiText::foreign("/draw a red fox in snow")));
        }
        if !self.connection.client.may_make_images() {
            let provider = self.session.provider.clone();
            let error = Error::new(InvalidInput::NoImages { provider });
            return Err(report::describe(&images::in_context(&self.connection, error)));
        }
        let folder = self.app.host.cwd.clone().unwrap_or_default();
        let destination = Destination::of_words(folder, prompt);
        destination.check()?;
        let model = ImageModel::choose(&self.app.settings, &self.connection, None);
        images::allow(&self.connection, &model.id, None)?;
        let mut message = self.with_mentioned_pictures(prompt).await?;
        self.deliver(&mut message, &model.id).await?;
        let request = ImageRequest {
            images: message.media().cloned().collect(),
            ..ImageRequest::new("", prompt)
        };
        self.cancel.reset();
        let conversation = self.session.id();
        let work = images::make(
            self.app,
            &self.connection,
            &model,
            request,
            conversation,
            &mut self.cancel,
        );
        let made = work.await.map_err(|error| report::describe(&error))?;
        for (at, image) in made.images.iter().enumerate() {
            let work = images::fetch(self.app, &self.connection, image);
            // By a clone: one that ends the program is received again at the prompt.
            let kept = self.cancel.clone().or_stopped(work).await;
            let kept = kept.and_then(|made| Ok((destination.write(at + 1, &made)?, made)));
            match (kept, image) {
                (Ok((path, made)), _) => {
                    let media = Media {
                        name: path.to_string_lossy().into_owned(),
                        ..Media::image(made.bytes, made.header.mime)
                    };
                    self.show(&media).await;
                    self.attachments.push(PromptAttachment::media(media));
                }
                (Err(failure), ImageSource::Url(url)) => {
                    self.app.ui.failure(&failure);
                    // It is paid for.
                    self.print(UiText::foreign(url));
                }
                (Err(failure), ImageSource::Inline(_)) => return Err(failure),
            }
        }
        made.failures.iter().for_each(|failure| self.app.ui.failure(failure));
        Ok(())
    }

    /// A message of the pictures that a prompt mentions.
    async fn with_mentioned_pictures(&mut self, prompt: &str) -> Result<Message, Failure> {
        let mut notices = Vec::new();
        let mut attached = Vec::new();
        for place in self.attachment_reader().mentioned(prompt, &mut notices) {
            if named_kind(&place) == Some(MediaKind::Image) {
                attached.push(self.attachment_reader().media(&place).await?);
            }
        }
        self.app.notices(&notices);
        if attached.len() > MOST_REFERENCES {
            return Err(too_many_references());
        }
        Ok(attachments::message(prompt, attached))
    }
}
