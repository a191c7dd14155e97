//! What goes along with the next message: files, pictures, output of commands, what was piped in.

use std::cell::RefCell;
use std::ffi::OsStr;

use super::paths::{self, Mention};
use crate::attach::{self, Content};
use crate::backend::http::Network;
use crate::cancel::Cancel;
use crate::chat::{Block, Media, Message, Role};
use crate::error::Failure;
use crate::host::Host;
use crate::log::Log;
use crate::text::words::Words;
use crate::words;

/// One attachment: its name in the prompt, and what is sent.
#[derive(Clone, Debug)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Picture(Media),
    /// For a model that reads documents.
    Document(Media),
    /// Text that stands before the message.
    Before(String),
    /// Text that stands behind it.
    Behind(String),
}

/// What is needed to read one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reads<'a> {
    pub(super) host: &'a Host,
    pub(super) network: &'a Network,
    pub(super) log: &'a Log,
    pub(super) cancel: &'a Cancel,
}

impl Attached {
    pub(super) fn picture(media: Media) -> Attached {
        Attached {
            name: media.name.clone(),
            what: What::Picture(media),
        }
    }

    pub(super) fn file(name: &str, content: Content) -> Attached {
        Attached {
            name: name.rsplit('/').next().unwrap_or(name).to_owned(),
            what: match content {
                Content::Text(text) => What::Before(text),
                Content::Document(media) => What::Document(media),
            },
        }
    }
}

impl<'a> Reads<'a> {
    /// The same for what stands in files, and where what is to be said of them goes.
    pub(super) fn files(self, notice: &'a dyn Fn(Words)) -> attach::Reads<'a> {
        attach::Reads {
            host: self.host,
            network: self.network,
            log: self.log,
            encoding: None,
            notice,
        }
    }

    /// Reads until it is done or Ctrl-C stops it: a pipe may have no end.
    async fn or_stopped<T>(self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mut cancel = self.cancel.clone();
        cancel.reset();
        tokio::select! {
            biased;
            kind = cancel.next() => Err(Failure::stopped(kind)),
            done = work => done,
        }
    }

    pub(super) async fn picture(self, place: &str) -> Result<Attached, Failure> {
        let whole = self.whole(place)?;
        let media = self
            .or_stopped(attach::image(self.files(&|_| ()), OsStr::new(&whole)))
            .await?;
        Ok(Attached::picture(media))
    }

    /// The clipboard's picture.
    pub(super) async fn clipboard(self) -> Result<Attached, Failure> {
        let media = self.or_stopped(attach::clipboard_image(self.host)).await?;
        Ok(Attached::picture(media))
    }

    pub(super) async fn file(self, place: &str, notices: &mut Vec<Words>) -> Result<Attached, Failure> {
        let whole = self.whole(place)?;
        let told = RefCell::default();
        let notice = |words| Vec::push(&mut *told.borrow_mut(), words);
        let read = attach::file(self.files(&notice), OsStr::new(&whole));
        let content = self.or_stopped(read).await;
        notices.append(&mut told.take());
        Ok(Attached::file(place, content?))
    }

    /// What a message mentions and what was dropped into it. A mention of something that is not there is a
    /// failure where it looks like a path, and just a word where it does not.
    pub(super) async fn mentioned(self, message: &str, notices: &mut Vec<Words>) -> Result<Vec<Attached>, Failure> {
        let mut found = Vec::new();
        for mention in paths::mentions(message) {
            let Some(place) = self.place(&mention) else {
                continue;
            };
            found.push(if paths::is_picture_name(&place) {
                self.picture(&place).await?
            } else {
                self.file(&place, notices).await?
            });
        }
        for place in paths::dropped(message) {
            if self.exists(&place) {
                let picture = self.picture(&place).await?;
                notices.push(words!("{} goes along as a picture", picture.name));
                found.push(picture);
            }
        }
        Ok(found)
    }

    /// The path that is meant; `None` for a word that is none. A stop or a comma behind it is not part of it.
    fn place(self, mention: &Mention) -> Option<String> {
        let path = &mention.path;
        if mention.is_quoted || self.exists(path) || path.contains("://") {
            return Some(path.clone());
        }
        let trimmed = path.trim_end_matches(['.', ',', ';', ':', '?', '!', ')', '。', '，', '？', '！', '、', '）']);
        if self.exists(trimmed) {
            return Some(trimmed.to_owned());
        }
        // `@src/mian.rs` is a slip that should not go out as it is; `@alice` is somebody.
        path.contains(['/', '.']).then(|| path.clone())
    }

    fn exists(self, place: &str) -> bool {
        let Ok(whole) = self.whole(place) else { return false };
        let whole = match &self.host.cwd {
            Some(cwd) => cwd.join(whole),
            None => whole.into(),
        };
        !place.is_empty() && whole.exists()
    }

    /// A path as the file system takes it: only the shell knows what `~` is. Standard input is not to be read here: it
    /// is the keyboard, or was read before.
    fn whole(self, place: &str) -> Result<String, Failure> {
        if attach::is_stdin(OsStr::new(place)) {
            return Err(Failure::usage(words!("standard input cannot be attached here")));
        }
        Ok(match (place.strip_prefix("~/"), self.host.home()) {
            (Some(inside), Some(home)) => home.join(inside).to_string_lossy().into_owned(),
            _ => place.to_owned(),
        })
    }
}

/// The message: pictures, then texts, the words, and what belongs behind them.
pub(super) fn message(words: &str, attached: Vec<Attached>) -> Message {
    let mut blocks = Vec::new();
    let mut text = String::new();
    let mut behind = String::new();
    for one in attached {
        match one.what {
            What::Picture(media) | What::Document(media) => blocks.push(Block::Media(media)),
            What::Before(content) => {
                text.push_str(&content);
                text.push('\n');
            }
            What::Behind(content) => {
                behind.push_str("\n\n");
                behind.push_str(&content);
            }
        }
    }
    text.push_str(words);
    text.push_str(&behind);
    blocks.push(Block::Text(text));
    Message {
        role: Role::User,
        blocks,
    }
}

/// What a command of the shell said, fenced and under its name.
pub(super) fn output(command: &str, output: &str) -> Attached {
    Attached {
        name: format!("!{command}"),
        what: What::Before(attach::fenced(&format!("$ {command}"), output)),
    }
}
