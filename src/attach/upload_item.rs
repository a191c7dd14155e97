//! A file that is uploaded as it is, its type detected from its content.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

use tokio::task::spawn_blocking;

use super::file::{HEAD, path_of};
use super::input_source::{InputSource, NamedInput};
use super::recording::read_recording;
use super::{InputContext, stdin};
use crate::error::{Failure, io_reason};
use crate::i18n::UiText;
use crate::text::sha256_hex_of;
use crate::tr;
use qwen_api::uploads::Upload;
use qwen_api::{ByteSource, MediaSource, UploadedFile};

/// Checks a file before anything is sent: one that is missing, empty or not a regular file is a usage failure.
pub async fn upload_item(input: InputContext<'_>, given: &OsStr) -> Result<Upload, Failure> {
    let NamedInput { source, name } = NamedInput::parse(given)?;
    let bad = |why: UiText| Failure::usage(tr!("{}: {}", name, why));
    let path = match source {
        InputSource::File(path) => path_of(input.host, &path),
        InputSource::Stdin => {
            let bytes = stdin::read(input).await?;
            if bytes.is_empty() {
                return Err(bad(tr!("it is empty")));
            }
            return Ok(Upload {
                mime: mime(&mut Cursor::new(&bytes)).unwrap_or_default().to_owned(),
                name,
                size: bytes.len() as u64,
                source: ByteSource::Bytes(bytes.into()),
                hashed: false,
            });
        }
        InputSource::Url(_) => return Err(bad(tr!("it is not a local file"))),
    };
    let meta = std::fs::metadata(&path).map_err(|error| bad(io_reason(&error)))?;
    if meta.is_dir() {
        return Err(bad(tr!("it is a folder")));
    }
    if !meta.is_file() {
        return Err(bad(tr!("it is not a regular file")));
    }
    if meta.len() == 0 {
        return Err(bad(tr!("it is empty")));
    }
    let mime = File::open(&path).and_then(|mut file| mime(&mut file));
    Ok(Upload {
        mime: mime.map_err(|error| bad(io_reason(&error)))?.to_owned(),
        name,
        size: meta.len(),
        source: ByteSource::File(path),
        hashed: false,
    })
}

/// The file of an upload, where it still is what was uploaded.
pub async fn unchanged_file(upload: UploadedFile) -> Option<MediaSource> {
    let read = move || {
        let (path, size) = (upload.path?, upload.size);
        let file = File::open(&path).ok()?;
        let is_same_size = file.metadata().is_ok_and(|meta| meta.is_file() && meta.len() == size);
        let is_same = is_same_size && sha256_hex_of(file).ok()? == upload.sha256;
        is_same.then_some(MediaSource::File { path, size })
    };
    spawn_blocking(read).await.ok()?
}

/// The media type of a file, by its content.
fn mime(file: &mut (impl Read + Seek)) -> io::Result<&'static str> {
    let mut head = Vec::new();
    Read::take(&mut *file, HEAD).read_to_end(&mut head)?;
    Ok(match (read_recording(file), infer::get(&head)) {
        (Some(Ok(recording)), _) => recording.mime,
        (_, Some(kind)) => kind.mime_type(),
        (_, None) if is_text(&head) => "text/plain",
        (_, None) => "application/octet-stream",
    })
}

/// Whether the bytes may be the beginning of a UTF-8 text; the last character may be incomplete.
fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_what_the_content_says() {
        let mime = |bytes: &[u8]| super::mime(&mut Cursor::new(bytes)).unwrap();
        assert_eq!(mime(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(mime(b"%PDF-1.7\n"), "application/pdf");
        assert_eq!(mime("words, 中".as_bytes().split_last().unwrap().1), "text/plain");
        assert_eq!(mime(b"a\0b"), "application/octet-stream");
        assert_eq!(mime(b"\xff\xfe\xfd"), "application/octet-stream");
    }
}
