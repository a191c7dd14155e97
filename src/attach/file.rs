//! Files, from disk or by URL: text fenced and named, documents as they are.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::document::{document_block, is_document};
use super::input_source::{InputSource, NamedInput};
use super::{InputContext, stdin, text_of};
use crate::error::{Failure, io_reason};
use crate::host::Host;
use crate::i18n::UiText;
use crate::text::file_block::fenced;
use crate::tr;
use qwen_api::Log;
use qwen_api::Media;
use qwen_api::network::Network;
use qwen_api::uploads::MAX_DOCUMENT;
use qwen_api::without_password;

/// How long fetching a URL may take in all.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// How many bytes at the beginning of a file tell its type.
pub(super) const HEAD: u64 = 8 * 1024;
/// The most bytes of a text.
pub(super) const MAX_TEXT_BYTES: u64 = Network::MAX_FETCHED;

/// The most bytes of a file that begins so.
fn max_bytes(head: &[u8]) -> u64 {
    match is_document(head) {
        true => MAX_DOCUMENT,
        false => MAX_TEXT_BYTES,
    }
}

/// What a file is to a message.
#[derive(Debug)]
pub enum FileContent {
    /// Its text in a fence longer than any in it, under its name.
    Text(String),
    /// A document that is no text, for a model that reads documents.
    Document(Media),
}

/// The content of one file.
pub async fn read_file(input: InputContext<'_>, given: &OsStr) -> anyhow::Result<FileContent> {
    let named = NamedInput::parse(given)?;
    let name = named.name.as_str();
    let bytes = match &named.source {
        InputSource::Url(url) => fetch(url, input.network, input.log).await?,
        _ => read(input, &named, max_bytes).await?,
    };
    if let Some(document) = document_block(&bytes, name) {
        return Ok(FileContent::Document(document));
    }
    if input.encoding.is_none() && has_nul(&bytes) {
        return Err(
            Failure::usage(tr!("{} is not a text file: it contains a NUL byte", name))
                .hint(tr!("pictures, sound and video go to {}", input.image_option()))
                .into(),
        );
    }
    let text = text_of(input, bytes, name).await?;
    Ok(FileContent::Text(fenced(name, &text)))
}

/// Whether bytes hold a NUL that is no part of UTF-16 or UTF-32.
fn has_nul(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 3] = [b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff"];
    bytes.contains(&0) && !MARKS.iter().any(|mark| bytes.starts_with(mark))
}

/// Whether a file that begins with `head` may be text.
pub(super) fn is_text(head: &[u8]) -> bool {
    let is_known = infer::get(head).is_some_and(|kind| kind.matcher_type() != infer::MatcherType::Text);
    !is_known && !has_nul(head)
}

/// The bytes of a file or of stdin, unless there are more than what begins so may have. A pipe may keep them waiting,
/// so it is read on a thread of its own: Ctrl-C is noticed meanwhile.
pub(super) async fn read(
    input: InputContext<'_>,
    named: &NamedInput,
    max_bytes: fn(&[u8]) -> u64,
) -> Result<Vec<u8>, Failure> {
    let path = match &named.source {
        InputSource::File(path) => path_of(input.host, path),
        _ => return stdin::read(input).await,
    };
    let name = named.name.clone();
    match tokio::task::spawn_blocking(move || read_blocking(&path, &name, max_bytes)).await {
        Ok(read) => read,
        Err(_) => Err(Failure::other(tr!("cannot read {}", named.name))),
    }
}

pub(super) fn path_of(host: &Host, path: &Path) -> PathBuf {
    match &host.cwd {
        Some(cwd) => cwd.join(path),
        None => path.into(),
    }
}

fn read_blocking(path: &Path, place: &str, max_bytes: fn(&[u8]) -> u64) -> Result<Vec<u8>, Failure> {
    let bad = |why: UiText| Failure::usage(tr!("cannot read {}: {}", place, why));
    let opened = std::fs::metadata(path).and_then(|meta| match meta.is_dir() {
        true => Err(std::io::ErrorKind::IsADirectory.into()),
        false => File::open(path),
    });
    let mut bytes = Vec::new();
    let mut limit = 0;
    // A pipe or a device does not say how much there is.
    opened
        .and_then(|mut file| {
            (&mut file).take(HEAD).read_to_end(&mut bytes)?;
            limit = max_bytes(&bytes);
            file.take(limit + 1 - HEAD).read_to_end(&mut bytes)
        })
        .map_err(|error| bad(io_reason(&error)))?;
    if bytes.len() as u64 > limit {
        return Err(bad(tr!("it is larger than {} MiB", limit >> 20)));
    }
    Ok(bytes)
}

/// The value of an option that may be `@FILE`.
pub async fn read_argument(input: InputContext<'_>, option: &str, value: &OsStr) -> Result<String, Failure> {
    let Some(place) = file_argument(value) else {
        return match value.to_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(Failure::usage(tr!("{} is not UTF-8", option)).hint(tr!("@FILE may be in another encoding"))),
        };
    };
    let named = NamedInput::parse(&place)?;
    let bytes = read(input, &named, |_| MAX_TEXT_BYTES).await?;
    let text = text_of(input, bytes, &named.name).await?;
    if text.trim().is_empty() {
        return Err(Failure::usage(tr!("{}: {} is empty", option, named.name)));
    }
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// What stands behind the `@` of an option's value, if it begins with one.
#[cfg(unix)]
pub fn file_argument(value: &OsStr) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt;
    let place = value.as_bytes().strip_prefix(b"@")?;
    Some(OsStr::from_bytes(place).to_owned())
}

/// What stands behind the `@` of an option's value, if it begins with one.
#[cfg(not(unix))]
pub fn file_argument(value: &OsStr) -> Option<OsString> {
    value.to_str()?.strip_prefix('@').map(OsString::from)
}

/// What a URL holds. No credential goes along: it is not the provider's host.
async fn fetch(url: &Url, network: &Network, log: &Log) -> anyhow::Result<Vec<u8>> {
    let failed = |why: UiText| Failure::usage(tr!("cannot fetch {}: {}", without_password(url.as_str()), why));
    match tokio::time::timeout(FETCH_TIMEOUT, network.fetch(url, log)).await {
        Ok(Ok((200, bytes))) => Ok(bytes),
        Ok(Ok((status, _))) => Err(failed(tr!("the server answered {}", status)).into()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(failed(tr!("it timed out")).into()),
    }
}
