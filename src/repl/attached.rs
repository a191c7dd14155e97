//! What goes along with the next message: files, pictures, output of commands, what was piped in.

use std::cell::RefCell;
use std::ffi::OsStr;

use super::paths::{self, Disk};
use crate::attach::{self, FileContent};
use crate::cancel::Cancel;
use crate::error::Failure;
use crate::host::Host;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Log;
use qwen_api::network::Network;
use qwen_api::{Block, Media, Message, Role};

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

    pub(super) fn file(name: &str, content: FileContent) -> Attached {
        Attached {
            name: name.rsplit('/').next().unwrap_or(name).to_owned(),
            what: match content {
                FileContent::Text(text) => What::Before(text),
                FileContent::Document(media) => What::Document(media),
            },
        }
    }
}

impl<'a> Reads<'a> {
    /// The same for what stands in files, and where what is to be said of them goes.
    pub(super) fn files(self, notice: &'a dyn Fn(UiText)) -> attach::InputContext<'a> {
        attach::InputContext {
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
            .or_stopped(attach::read_image(self.files(&|_| ()), OsStr::new(&whole)))
            .await?;
        Ok(Attached::picture(media))
    }

    /// The clipboard's picture.
    pub(super) async fn clipboard(self) -> Result<Attached, Failure> {
        let media = self.or_stopped(attach::clipboard_image(self.host)).await?;
        Ok(Attached::picture(media))
    }

    pub(super) async fn file(self, place: &str, notices: &mut Vec<UiText>) -> Result<Attached, Failure> {
        let whole = self.whole(place)?;
        let told = RefCell::default();
        let notice = |words| Vec::push(&mut *told.borrow_mut(), words);
        let read = attach::read_file(self.files(&notice), OsStr::new(&whole));
        let content = self.or_stopped(read).await;
        notices.append(&mut told.take());
        Ok(Attached::file(place, content?))
    }

    /// What a message mentions and what was dropped into it. What is no file is just a word.
    pub(super) async fn mentioned(
        self,
        message: &str,
        is_pasted: bool,
        notices: &mut Vec<UiText>,
    ) -> Result<Vec<Attached>, Failure> {
        let disk = self.disk();
        let mut places = Vec::new();
        for mention in paths::mentions(message) {
            let path = &mention.path;
            if let Some(place) = address(path).map(str::to_owned).or_else(|| disk.mentioned(&mention)) {
                places.push(place);
            } else if disk.is_folder(path) {
                notices.push(tr!("{} is a folder: nothing of it goes along", path));
            } else if paths::is_file_name(path) {
                notices.push(tr!("there is no file {}: it goes out as a word", path));
            }
        }
        let mut found = Vec::new();
        for place in places {
            found.push(self.either(&place, notices).await?);
        }
        for place in disk.dropped(message, is_pasted) {
            let one = self.either(&place, notices).await?;
            notices.push(match one.what {
                What::Picture(_) => tr!("{} goes along as a picture", one.name),
                _ => tr!("{} goes along as a file", one.name),
            });
            found.push(one);
        }
        Ok(found)
    }

    /// A path in a message that looks like a slip of the pen.
    pub(super) fn slip(self, message: &str) -> Option<String> {
        let disk = self.disk();
        let mut mentions = paths::mentions(message).into_iter();
        mentions.find(|mention| disk.is_slip(mention)).map(|slip| slip.path)
    }

    /// The places that an argument names.
    pub(super) fn places(self, argument: &str) -> Vec<String> {
        self.disk().named(argument)
    }

    async fn either(self, place: &str, notices: &mut Vec<UiText>) -> Result<Attached, Failure> {
        match paths::is_picture_name(place) {
            true => self.picture(place).await,
            false => self.file(place, notices).await,
        }
    }

    fn disk(self) -> Disk {
        Disk::new(self.host.cwd.clone().unwrap_or_default(), self.host.home())
    }

    /// A path as the file system takes it: only the shell knows what `~` is. Standard input is not to be read here: it
    /// is the keyboard, or was read before.
    fn whole(self, place: &str) -> Result<String, Failure> {
        if attach::is_stdin(OsStr::new(place)) {
            return Err(Failure::usage(tr!("standard input cannot be attached here")));
        }
        Ok(match (place.strip_prefix("~/"), self.host.home()) {
            (Some(inside), Some(home)) => home.join(inside).to_string_lossy().into_owned(),
            _ => place.to_owned(),
        })
    }
}

/// The address at the beginning of a word, without what belongs to the sentence.
fn address(word: &str) -> Option<&str> {
    let is_address = word.starts_with("https://") || word.starts_with("http://");
    let end = word.find(paths::WIDE_STOPS).unwrap_or(word.len());
    is_address.then(|| word[..end].trim_end_matches([',', '.', ';', ':', '!', '?', ')']))
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
