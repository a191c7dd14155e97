//! Attachments of the next message: files, pictures, output of commands, piped text.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::path::Path;

use super::file_finder::FileFinder;
use super::mention::{address, mentions};
use super::path_text::{is_file_name, resolve};
use crate::app::App;
use crate::attach::{self, FileContent, FileSet};
use crate::cancel::Cancel;
use crate::error::Failure;
use crate::i18n::UiText;
use crate::messages::Context;
use crate::report;
use crate::text::file_block::fenced;
use crate::tr;
use qwen_api::{Block, Media, MediaKind, Message, Role};

/// One attachment: its name in the prompt, and what is sent.
#[derive(Clone, Debug)]
pub(super) struct PromptAttachment {
    pub(super) name: String,
    pub(super) content: AttachedContent,
}

#[derive(Clone, Debug)]
pub(super) enum AttachedContent {
    /// A picture, a sound or a video.
    Media(Media),
    /// For a model that reads documents.
    Document(Media),
    /// Text that stands before the message.
    Before(String),
    /// Text that stands after it.
    After(String),
}

/// Reads attachments for the prompt, where Ctrl-C stops the reading.
#[derive(Clone, Copy)]
pub(super) struct AttachmentReader<'a> {
    pub(super) app: &'a App<'a>,
    pub(super) cancel: &'a Cancel,
}

impl AttachedContent {
    /// The kind of media that it is; `None` for text.
    pub(super) fn media_kind(&self) -> Option<MediaKind> {
        match self {
            AttachedContent::Media(media) | AttachedContent::Document(media) => Some(media.kind),
            AttachedContent::Before(_) | AttachedContent::After(_) => None,
        }
    }
}

impl PromptAttachment {
    pub(super) fn media(media: Media) -> PromptAttachment {
        PromptAttachment {
            name: media.name.clone(),
            content: AttachedContent::Media(media),
        }
    }

    pub(super) fn file(name: &str, content: FileContent) -> PromptAttachment {
        PromptAttachment {
            name: name.rsplit('/').next().unwrap_or(name).to_owned(),
            content: match content {
                FileContent::Text(text) => AttachedContent::Before(text),
                FileContent::Document(media) => AttachedContent::Document(media),
            },
        }
    }
}

impl<'a> AttachmentReader<'a> {
    fn input(self, notice: &'a dyn Fn(UiText)) -> attach::InputContext<'a> {
        self.app.reads(None, notice)
    }

    /// Reads until it is done or Ctrl-C stops it: a pipe may have no end.
    async fn or_stopped<T, E: Into<anyhow::Error>>(
        self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Failure> {
        let work = async { work.await.map_err(Into::into) };
        let done = self.cancel.clone().or_stopped(work).await;
        done.map_err(|error: anyhow::Error| report::describe(&error.context(Context::PROMPT)))
    }

    pub(super) async fn media(self, place: &str) -> Result<PromptAttachment, Failure> {
        let whole = self.whole(place)?;
        let media = self
            .or_stopped(attach::read_media(self.input(&|_| ()), OsStr::new(&whole)))
            .await?;
        Ok(PromptAttachment::media(media))
    }

    /// The clipboard's picture.
    pub(super) async fn clipboard(self) -> Result<PromptAttachment, Failure> {
        let media = self.or_stopped(attach::clipboard_image(self.app.host)).await?;
        Ok(PromptAttachment::media(media))
    }

    pub(super) async fn file(self, place: &str, notices: &mut Vec<UiText>) -> Result<PromptAttachment, Failure> {
        let whole = self.whole(place)?;
        let collected = RefCell::default();
        let notice = |notice| Vec::push(&mut *collected.borrow_mut(), notice);
        let read = attach::read_file(self.input(&notice), OsStr::new(&whole));
        let content = self.or_stopped(read).await;
        notices.append(&mut collected.take());
        Ok(PromptAttachment::file(place, content?))
    }

    /// What a message mentions: files, folders and patterns. A mention of none of them is just a word.
    pub(super) fn mentioned(self, message: &str, notices: &mut Vec<UiText>) -> Vec<String> {
        let files = self.files();
        let mut places = Vec::new();
        for mention in mentions(message) {
            let path = &mention.path;
            let address = address(path).map(str::to_owned);
            if let Some(place) = address
                .or_else(|| files.mentioned(&mention))
                .or_else(|| files.file_set(&mention))
            {
                places.push(place);
            } else if files.is_folder(path) {
                notices.push(tr!("{} is a folder; @{}/ attaches the text files in it", path, path));
            } else if is_file_name(path) {
                notices.push(tr!("no such file: {}; it is sent as text", path));
            }
        }
        places
    }

    /// The files that were dropped into a message.
    pub(super) fn dropped(self, message: &str, is_pasted: bool) -> Vec<String> {
        self.files().dropped(message, is_pasted)
    }

    pub(super) fn is_folder(self, place: &str) -> bool {
        self.files().is_folder(place)
    }

    /// The text files of a place, if that is a folder or a pattern.
    pub(super) async fn survey(self, place: &str) -> Result<Option<FileSet>, Failure> {
        let whole = self.whole(place)?;
        self.or_stopped(FileSet::survey(self.input(&|_| ()), OsStr::new(&whole)))
            .await
    }

    pub(super) async fn file_set(
        self,
        mut set: FileSet,
        notices: &mut Vec<UiText>,
    ) -> Result<PromptAttachment, Failure> {
        let label = set.label();
        let collected = RefCell::default();
        let notice = |notice| Vec::push(&mut *collected.borrow_mut(), notice);
        let text = self.or_stopped(set.read(self.input(&notice))).await;
        notices.append(&mut collected.take());
        let text = text?;
        let name = label.localize(self.app.ui.lang);
        notices.push(tr!("attached {}", label));
        notices.append(&mut set.left_out());
        Ok(PromptAttachment {
            name,
            content: AttachedContent::Before(text),
        })
    }

    /// A path in a message that looks misspelt.
    pub(super) fn misspelt_path(self, message: &str) -> Option<String> {
        let files = self.files();
        let mut mentions = mentions(message).into_iter();
        mentions
            .find(|mention| files.is_misspelt(mention))
            .map(|mention| mention.path)
    }

    /// The places that an argument names.
    pub(super) fn places(self, argument: &str) -> Vec<String> {
        self.files().named(argument)
    }

    fn files(self) -> FileFinder {
        FileFinder::new(self.app.host.cwd.clone().unwrap_or_default(), self.app.host.home())
    }

    /// A path with `~` expanded. Standard input cannot be read here: it is the keyboard, or was read before.
    fn whole(self, place: &str) -> Result<String, Failure> {
        if attach::is_stdin(OsStr::new(place)) {
            return Err(Failure::usage(tr!("standard input cannot be attached here")));
        }
        let whole = resolve(Path::new(""), self.app.host.home().as_deref(), place);
        Ok(whole.to_string_lossy().into_owned())
    }
}

/// The message: pictures, sound and video, then texts, the words, and the texts after them.
pub(super) fn message(words: &str, attached: Vec<PromptAttachment>) -> Message {
    let mut blocks = Vec::new();
    let mut text = String::new();
    let mut behind = String::new();
    for one in attached {
        match one.content {
            AttachedContent::Media(media) | AttachedContent::Document(media) => blocks.push(Block::Media(media)),
            AttachedContent::Before(content) => {
                text.push_str(&content);
                text.push('\n');
            }
            AttachedContent::After(content) => {
                behind.push_str("\n\n");
                behind.push_str(&content);
            }
        }
    }
    text.push_str(words);
    text.push_str(&behind);
    blocks.push(Block::Text(text));
    Message::new(Role::User, blocks)
}

/// The output of a shell command, fenced and under its name.
pub(super) fn output(command: &str, output: &str) -> PromptAttachment {
    PromptAttachment {
        name: format!("!{command}"),
        content: AttachedContent::Before(fenced(&format!("$ {command}"), output)),
    }
}
