//! The place of an answer in the answer cache.

use crate::i18n::UiText;
use crate::store::answer_cache::{AnswerCache, CacheOptions, cache_key};
use qwen_api::{ChatStream, Client};

/// The place of the answer in the cache.
pub(super) struct CachePlace {
    pub(super) cache: AnswerCache,
    pub(super) key: String,
}

impl CachePlace {
    pub(super) fn open(
        options: &CacheOptions,
        client: &Client,
        answer: &ChatStream,
        notices: &mut Vec<UiText>,
    ) -> Option<CachePlace> {
        let key = cache_key(client, answer.http_request()?)?;
        let cache = AnswerCache::open(options, notices)?;
        Some(CachePlace { cache, key })
    }
}
