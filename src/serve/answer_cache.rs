//! Answers that are given again, to any client.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::HeaderMap;
use hyper::header::CACHE_CONTROL;
use tokio::task::spawn_blocking;

use super::log_queue::LogQueue;
use crate::i18n::UiText;
use crate::store::answer_cache::{AnswerCache, CacheOptions, CachedReply, cache_key, is_cacheable};
use qwen_api::{ChatRequest, ChatStream, Client, Event, Finish, Reply};

/// Whether a request wants no cached answer (RFC 9111, section 5.2.1.4).
pub(super) fn asks_anew(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CACHE_CONTROL).into_iter();
    let mut words = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    words.any(|word| word.trim().eq_ignore_ascii_case("no-cache"))
}

/// The cache that all requests share. What it does happens on threads that may wait for a disk.
#[derive(Clone, Debug)]
pub(super) struct SharedCache {
    cache: Arc<Mutex<AnswerCache>>,
    most_kept: u64,
    log: LogQueue,
}

impl SharedCache {
    /// `None` where it cannot be used, which is said.
    pub(super) fn open(options: CacheOptions, log: &LogQueue) -> Option<SharedCache> {
        let mut notices = Vec::new();
        let cache = AnswerCache::open(&options, &mut notices);
        notices.into_iter().for_each(|notice| log.notice(notice));
        Some(SharedCache {
            cache: Arc::new(Mutex::new(cache?)),
            most_kept: options.most_kept(),
            log: log.clone(),
        })
    }

    /// Whether the answer to `request` may be in the cache.
    pub(super) fn takes(&self, client: &Client, request: &ChatRequest) -> bool {
        is_cacheable(client, request)
    }

    /// The entry of the answer that `stream` is about to ask for.
    pub(super) fn entry(&self, client: &Client, stream: &mut ChatStream) -> Option<CacheEntry> {
        // The error is the stream's first item, too.
        stream.prepare().ok()?;
        Some(CacheEntry {
            key: cache_key(client, stream.http_request()?)?,
            cache: self.clone(),
            reply: Reply::default(),
        })
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut AnswerCache, &mut Vec<UiText>) -> T + Send + 'static,
    ) -> Option<T> {
        let (cache, log) = (Arc::clone(&self.cache), self.log.clone());
        let done = spawn_blocking(move || {
            let mut notices = Vec::new();
            let done = work(&mut cache.lock().unwrap_or_else(PoisonError::into_inner), &mut notices);
            notices.into_iter().for_each(|notice| log.notice(notice));
            done
        });
        done.await.ok()
    }
}

/// An entry of the cache in the making: its key, and the answer so far.
pub(super) struct CacheEntry {
    cache: SharedCache,
    key: String,
    reply: Reply,
}

impl CacheEntry {
    pub(super) async fn get(&self) -> Option<CachedReply> {
        let key = self.key.clone();
        self.cache.with(move |cache, notices| cache.get(&key, notices)).await?
    }

    /// Adds what has come of the answer. Returns whether more of it is wanted.
    pub(super) async fn add(&mut self, events: &[Event]) -> bool {
        let mut is_over = false;
        for event in events {
            self.reply.add(event);
            is_over |= matches!(event, Event::Done(_));
        }
        let size = (self.reply.text.len() + self.reply.reasoning.len()) as u64;
        if is_over && self.reply.finish == Some(Finish::Stop) {
            let (key, reply) = (self.key.clone(), std::mem::take(&mut self.reply));
            self.cache
                .with(move |cache, notices| cache.put(&key, &reply, notices))
                .await;
        }
        !is_over && size <= self.cache.most_kept
    }
}
