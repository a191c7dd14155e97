//! Uploads that earlier messages hold, which the server deletes after a while.

use std::time::SystemTime;

use super::Session;
use super::persistence::Persistence;
use crate::i18n::UiText;
use qwen_api::{Block, Media, Message};

/// Whether a block is an upload that the server has deleted by then.
pub fn has_expired(media: &Media, now: SystemTime) -> bool {
    media.upload.as_ref().is_some_and(|upload| upload.has_expired(now))
}

impl Session {
    /// The messages in memory that hold uploads which have expired by `now`, each with its place for
    /// [`Session::replace_uploads`].
    pub fn expired_uploads(&self, now: SystemTime) -> Vec<(usize, Message)> {
        let messages = self.messages().enumerate();
        let expired = messages.filter(|(_, message)| message.media().any(|media| has_expired(media, now)));
        expired.map(|(at, message)| (at, message.clone())).collect()
    }

    /// Replaces a message whose files are at other addresses now. Uploads that have expired all the same stay in the store
    /// and leave the conversation.
    pub fn replace_uploads(&mut self, at: usize, mut message: Message, now: SystemTime, notices: &mut Vec<UiText>) {
        let Some(old) = self.branch.get_mut(at) else { return };
        if let (Persistence::Open(store), Some(id)) = (&mut self.persistence, old.id)
            && message != old.message
            && let Err(failure) = store.rewrite_blocks(id, &message)
        {
            notices.push(failure.message);
        }
        let is_left = |block: &Block| !matches!(block, Block::Media(media) if has_expired(media, now));
        message.blocks.retain(is_left);
        old.message = message;
    }
}
