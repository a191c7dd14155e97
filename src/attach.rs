//! What a user's message is made of: the prompt, standard input, files, images, sound and video.

mod attached_media;
mod clipboard;
mod delivery;
mod document;
mod file;
mod file_set;
mod image_header;
mod image_limits;
mod input_source;
mod progress;
mod recording;
mod recording_limits;
mod scale_down;
mod stdin;
mod upload_item;

use std::ffi::OsString;

use encoding_rs::Encoding;
use tokio::task::spawn_blocking;

use crate::error::Failure;
use crate::host::{Host, can_allocate};
use crate::i18n::{UiText, quoted};
use crate::text::decode;
use crate::tr;
use qwen_api::Log;
use qwen_api::network::Network;
use qwen_api::{Block, Message, Role};

pub use self::attached_media::{describe, named_kind, read_media};
pub use self::clipboard::clipboard_image;
pub use self::delivery::{DeliveryOptions, deliver};
pub use self::file::{FileContent, file_argument, read_argument, read_file};
pub use self::file_set::{FileSet, is_file_set, read_files};
pub use self::image_header::{ImageHeader, read_image_header};
pub use self::input_source::{file_url, is_stdin, takes_stdin};
pub use self::progress::Progress;
pub use self::recording_limits::length_over_limit;
pub use self::scale_down::thumbnail;
pub use self::stdin::{LIMIT as STDIN_LIMIT, read as read_stdin, text as read_stdin_text};
pub use self::upload_item::{unchanged_file, upload_item};

/// What the user passed for one message.
#[derive(Clone, Debug, Default)]
pub struct PromptInput {
    /// The prompt.
    pub prompt: Vec<String>,
    /// Pictures, sound and video.
    pub media: Vec<OsString>,
    pub files: Vec<OsString>,
    /// Whether an option reads stdin, so that it is not appended to the prompt.
    pub stdin_is_taken: bool,
    /// Whether a message without content is allowed.
    pub may_be_empty: bool,
    /// Whether files, pictures, sound or video may stand alone: a template has the words, or none are needed.
    pub needs_no_words: bool,
}

/// The context in which inputs are read.
#[derive(Clone, Copy)]
pub struct InputContext<'a> {
    pub host: &'a Host,
    pub network: &'a Network,
    pub log: &'a Log,
    /// The encoding of texts; `None` detects it.
    pub encoding: Option<&'static Encoding>,
    /// Shows a notice to the user.
    pub notice: &'a dyn Fn(UiText),
    /// Whether it is named at the prompt of `qwen chat`.
    pub in_chat: bool,
}

impl InputContext<'_> {
    /// The option or command that attaches pictures, sound and video here.
    fn image_option(&self) -> &'static str {
        if self.in_chat { "/image" } else { "-i" }
    }
}

/// The user message of `complete`: images, then files, the prompt, a blank line and standard input as one text. It has
/// no blocks when nothing was passed and [`PromptInput`] allows that.
pub async fn build_message(input: InputContext<'_>, given: &PromptInput) -> anyhow::Result<Message> {
    let only_stdin = given.prompt == ["-"];
    let words = if only_stdin {
        String::new()
    } else {
        given.prompt.join(" ")
    };
    let piped = if only_stdin || !(input.host.ttys.stdin || given.stdin_is_taken) {
        stdin::text(input).await?
    } else {
        String::new()
    };
    if words.is_empty() && piped.is_empty() {
        let is_bare = given.media.is_empty() && given.files.is_empty();
        if is_bare && (given.may_be_empty || given.needs_no_words) {
            return Ok(Message::new(Role::User, Vec::new()));
        }
        if !given.needs_no_words {
            return Err(Failure::usage(tr!("there is no prompt"))
                .hint(tr!("qwen complete \"your question\", or pipe text in"))
                .into());
        }
    }
    let mut text = words;
    if !text.is_empty() && !piped.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(&piped);
    let media = media_blocks(input, &given.media).await?;
    message_with_files(input, media, &given.files, &text).await
}

/// The blocks of what `-i` names.
pub async fn media_blocks(input: InputContext<'_>, places: &[OsString]) -> Result<Vec<Block>, Failure> {
    let mut blocks = Vec::new();
    for place in places {
        blocks.push(Block::Media(read_media(input, place).await?));
    }
    Ok(blocks)
}

/// A user message: the blocks of pictures, sound and video, then the files and `words` as one text.
pub async fn message_with_files(
    input: InputContext<'_>,
    mut blocks: Vec<Block>,
    files: &[OsString],
    words: &str,
) -> anyhow::Result<Message> {
    let mut text = String::new();
    for place in files {
        match read_files(input, place).await? {
            FileContent::Text(fenced) => {
                text.push_str(&fenced);
                text.push('\n');
            }
            FileContent::Document(document) => blocks.push(Block::Media(document)),
        }
    }
    text.push_str(words);
    blocks.push(Block::Text(text));
    Ok(Message::new(Role::User, blocks))
}

/// The encoding with this name; a usage failure without one.
pub fn parse_encoding(name: Option<&str>) -> Result<Option<&'static Encoding>, Failure> {
    let Some(name) = name else {
        return Ok(None);
    };
    match decode::by_name(name) {
        Some(encoding) => Ok(Some(encoding)),
        None => Err(Failure::usage(tr!("unknown encoding {}", quoted(name))).hint(tr!(
            "utf-8, gb18030, big5, shift_jis, euc-kr, utf-16le, windows-1252, …"
        ))),
    }
}

/// How many times its size a text takes until it is sent: decoded, in its fence, in the message, in the request, in the
/// store.
const COPIES: u64 = 24;

/// Bytes as text. `what` names them in messages: "stdin", "notes.txt". They are converted on a thread of their own, so that
/// Ctrl-C works meanwhile.
async fn text_of(input: InputContext<'_>, bytes: Vec<u8>, what: &str) -> Result<String, Failure> {
    let encoding = input.encoding;
    if !can_allocate(u64::try_from(bytes.len()).unwrap_or(u64::MAX).saturating_mul(COPIES)) {
        return Err(Failure::out_of_memory().hint(tr!("send less: fewer or smaller files and images")));
    }
    let decoded = spawn_blocking(move || decode::decode(bytes, encoding)).await;
    match decoded.map_err(|_| Failure::other(tr!("cannot read {}", what)))? {
        Ok(decoded) => {
            if let Some(from) = decoded.from.filter(|_| encoding.is_none()) {
                (input.notice)(match input.in_chat {
                    true => tr!("{} was read as {}", what, from),
                    false => tr!("{} was read as {}; --encoding decides otherwise", what, from),
                });
            }
            Ok(decoded.text)
        }
        Err(decode::Undecodable::At(at)) => Err(Failure::usage(tr!(
            "{} is not text: the byte at offset {} is not UTF-8, and no other encoding was detected",
            what,
            at
        ))
        .hint(match input.in_chat {
            true => tr!("pictures, sound and video go to {}", input.image_option()),
            false => tr!("--encoding NAME says which encoding it is; pictures, sound and video go to -i"),
        })),
        Err(decode::Undecodable::NotIn(name, at)) => Err(Failure::usage(tr!(
            "{} is not in {}: the byte at offset {} does not fit",
            what,
            name,
            at
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use super::*;
    use crate::host::Host;

    #[tokio::test]
    async fn a_signal_is_seen_while_a_long_text_is_converted() {
        let host = Host::of_variables(&[], false);
        let (network, log) = (Network::default(), Log::default());
        let input = InputContext {
            host: &host,
            network: &network,
            log: &log,
            encoding: None,
            notice: &|_| (),
            in_chat: false,
        };
        let line = "这是一行文字。\n";
        let bytes = encoding_rs::GB18030.encode(line).0.repeat(500_000);
        let mut work = pin!(text_of(input, bytes, "stdin"));
        // The first poll returns at once, so that a task that waits for signals is polled too.
        let first = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context)));
        assert!(first.await.is_pending());
        assert_eq!(work.await.unwrap(), line.repeat(500_000));
    }
}
