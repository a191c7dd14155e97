//! The memory that a request needs.

use qwen_api::{Block, ChatRequest, MediaSource};

/// How many times its size a request's text takes on its way: as JSON, on the wire, in the store.
const COPIES_OF_TEXT: usize = 10;
/// The same of an attachment, which is encoded while it is sent: in the message and in the store.
const COPIES_OF_MEDIA: usize = 2;

/// The bytes that a request takes on its way.
pub(super) fn memory_for(request: &ChatRequest) -> u64 {
    let blocks = request.messages.iter().flat_map(|message| &message.blocks);
    let bytes = blocks.map(|block| match block {
        Block::Text(text) | Block::Thinking(text) => text.len() * COPIES_OF_TEXT,
        Block::Media(media) => match &media.source {
            MediaSource::Inline(bytes) => bytes.len() * COPIES_OF_MEDIA,
            MediaSource::Url(_) | MediaSource::File { .. } => 0,
        },
        Block::ToolCall(call) => call.arguments.len() * COPIES_OF_TEXT,
        Block::ToolResult(result) => result.content.len() * COPIES_OF_TEXT,
    });
    u64::try_from(bytes.sum::<usize>()).unwrap_or(u64::MAX)
}
