//! Documents that are not text: a model reads them only after they were uploaded.

use bytes::Bytes;

use qwen_api::{Media, MediaKind, MediaSource};

/// The media types that the file interface accepts ("OpenAI compatible - File"), but for text, which is sent inside the
/// message.
const TYPES: &[&str] = &[
    "application/pdf",
    "application/epub+zip",
    "application/x-mobipocket-ebook",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
];

/// Parts of the names of models that read documents.
const READERS: &[&str] = &["qwen-long", "qwen-doc"];

/// Whether a file that begins with `head` is a document.
pub(super) fn is_document(head: &[u8]) -> bool {
    infer::get(head).is_some_and(|kind| TYPES.contains(&kind.mime_type()))
}

/// The content block of a file, if it is a document.
pub(super) fn document_block(bytes: &[u8], place: &str) -> Option<Media> {
    let mime = infer::get(bytes)?.mime_type();
    TYPES.contains(&mime).then(|| Media {
        kind: MediaKind::Document,
        source: MediaSource::Inline(Bytes::copy_from_slice(bytes)),
        mime: mime.to_owned(),
        name: place.rsplit('/').next().unwrap_or_default().to_owned(),
        upload: None,
    })
}

/// Whether the model reads documents by their ids.
pub(super) fn reads_documents(model: &str) -> bool {
    READERS.iter().any(|reader| model.to_ascii_lowercase().contains(reader))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_told_by_its_content() {
        let media = document_block(b"%PDF-1.7\n", "papers/report.txt").unwrap();
        assert_eq!(
            (media.mime.as_str(), media.name.as_str()),
            ("application/pdf", "report.txt")
        );
        assert_eq!(document_block(b"words", "report.pdf"), None);
        assert_eq!(document_block(b"\x89PNG\r\n\x1a\n", "a.pdf"), None);
    }

    #[test]
    fn snapshots_read_documents_too() {
        assert!(reads_documents("qwen-long-latest") && reads_documents("qwen-doc-turbo"));
        assert!(!reads_documents("qwen-max"));
    }
}
