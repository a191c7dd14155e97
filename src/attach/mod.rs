//! What goes into a message: words, stdin, files, pictures.

mod clipboard;
mod document;
mod file;
mod image;
mod item;
mod place;
mod progress;
mod shrink;
mod sides;
mod stdin;

use encoding_rs::Encoding;

use crate::backend::http::Network;
use crate::chat::{Block, Message, Role};
use crate::error::Failure;
use crate::host::Host;
use crate::log::Log;
use crate::text::decode;
use crate::text::words::{Words, quoted};
use crate::words;

pub use self::clipboard::clipboard_image;
pub use self::file::{Content, fenced, file, read_argument};
pub use self::image::image;
pub use self::item::item;
pub use self::place::{Means, place};
pub use self::progress::Progress;
pub use self::shrink::thumbnail;
pub use self::sides::described;
pub use self::stdin::read as read_stdin;

/// What the user gave for one message.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The words of the command line.
    pub prompt: Vec<String>,
    pub images: Vec<String>,
    pub files: Vec<String>,
    /// The encoding of stdin and files, by name.
    pub encoding: Option<String>,
    /// Whether saying nothing at all means something too.
    pub may_be_empty: bool,
}

/// Makes the message of `complete`: files first, then the prompt, a blank line, and what was piped in. It has no
/// blocks where nothing was given and that is fine.
pub async fn message(
    host: &Host,
    network: &Network,
    log: &Log,
    given: &Given,
    notices: &mut Vec<Words>,
) -> Result<Message, Failure> {
    let encoding = encoding(given.encoding.as_deref())?;
    let only_stdin = given.prompt == ["-"];
    let image_from_stdin = given.images.iter().any(|image| image == "-");
    if only_stdin && image_from_stdin {
        return Err(Failure::usage(words!("stdin cannot be both the prompt and an image")));
    }
    let words = if only_stdin {
        String::new()
    } else {
        given.prompt.join(" ")
    };
    let piped = if (only_stdin || !host.ttys.stdin) && !image_from_stdin {
        stdin::text(encoding, notices).await?
    } else {
        String::new()
    };
    if words.is_empty() && piped.is_empty() {
        if given.may_be_empty && given.images.is_empty() && given.files.is_empty() {
            return Ok(Message {
                role: Role::User,
                blocks: Vec::new(),
            });
        }
        return Err(Failure::usage(words!("there is no prompt"))
            .hint(words!("qwen complete \"your question\", or pipe text in")));
    }
    let mut blocks = Vec::new();
    for place in &given.images {
        blocks.push(Block::Media(image(host, place).await?));
    }
    let mut text = String::new();
    for place in &given.files {
        match file(host, network, log, place, encoding, notices).await? {
            Content::Text(fenced) => {
                text.push_str(&fenced);
                text.push('\n');
            }
            Content::Document(document) => blocks.push(Block::Media(document)),
        }
    }
    text.push_str(&words);
    if !words.is_empty() && !piped.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(&piped);
    blocks.push(Block::Text(text));
    Ok(Message {
        role: Role::User,
        blocks,
    })
}

/// All of stdin as text.
pub async fn piped(notices: &mut Vec<Words>) -> Result<String, Failure> {
    stdin::text(None, notices).await
}

/// The encoding of that name.
pub fn encoding(name: Option<&str>) -> Result<Option<&'static Encoding>, Failure> {
    let Some(name) = name else {
        return Ok(None);
    };
    match decode::by_name(name) {
        Some(encoding) => Ok(Some(encoding)),
        None => Err(
            Failure::usage(words!("there is no encoding {}", quoted(name))).hint(words!(
                "utf-8, gb18030, big5, shift_jis, euc-kr, utf-16le, windows-1252, …"
            )),
        ),
    }
}

/// Bytes as text, or why they are none. `what` names them: "stdin", "notes.txt".
fn text_of(
    bytes: Vec<u8>,
    what: &str,
    encoding: Option<&'static Encoding>,
    notices: &mut Vec<Words>,
) -> Result<String, Failure> {
    match decode::decode(bytes, encoding) {
        Ok(decoded) => {
            if let Some(from) = decoded.from.filter(|_| encoding.is_none()) {
                notices.push(words!("{} was read as {}; --encoding decides otherwise", what, from));
            }
            Ok(decoded.text)
        }
        Err(decode::Undecodable::At(at)) => Err(Failure::usage(words!(
            "{} is no text: the byte at offset {} is not UTF-8, nor is it an encoding that could be told",
            what,
            at
        ))
        .hint(words!("--encoding NAME says which encoding it is; pictures go to -i"))),
        Err(decode::Undecodable::NotIn(name, at)) => Err(Failure::usage(words!(
            "{} is not in {}: the byte at offset {} does not fit",
            what,
            name,
            at
        ))),
    }
}
