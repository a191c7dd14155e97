//! The body of a response, read ahead by a task.
//!
//! The HTTP library hands on one chunk at a time and waits until it is taken. A caller that takes them itself is woken for
//! each of them, and the sockets are looked at before each; with a task between, it gets all that has arrived at once.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::task::JoinHandle;

/// The bytes that wait to be taken, from which on nothing more is read.
const READ_AHEAD: usize = 64 * 1024;

/// A body that is read ahead until it is dropped.
pub(super) struct BodyReader {
    arrived: Arc<Mutex<Arrived>>,
    /// `None` once it outlives this.
    task: Option<JoinHandle<()>>,
}

/// What was read and not taken.
#[derive(Default)]
struct Arrived {
    bytes: Vec<u8>,
    /// How the body ended.
    end: Option<reqwest::Result<()>>,
    /// The task that waits for bytes.
    taker: Option<Waker>,
    /// The reading task, which waits until there is room.
    reader: Option<Waker>,
}

impl BodyReader {
    /// Begins to read the body, within a runtime.
    pub(super) fn new(body: impl Stream<Item = reqwest::Result<Bytes>> + Send + 'static) -> BodyReader {
        let arrived = Arc::new(Mutex::new(Arrived::default()));
        let task = tokio::spawn(read(Box::pin(body), Arc::clone(&arrived)));
        BodyReader {
            arrived,
            task: Some(task),
        }
    }

    /// All that has arrived since; `None` at the end.
    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<reqwest::Result<Vec<u8>>>> {
        let mut arrived = locked(&self.arrived);
        match arrived.take() {
            None => {
                arrived.taker = Some(cx.waker().clone());
                Poll::Pending
            }
            Some(taken) => Poll::Ready(taken),
        }
    }

    /// The same without waiting; the outer `None` where nothing has arrived.
    pub(super) fn try_next(&self) -> Option<Option<reqwest::Result<Vec<u8>>>> {
        locked(&self.arrived).take()
    }

    /// Reads on to the end of the body, though it is dropped: only then is its connection used again. At most
    /// [`READ_AHEAD`] bytes, within this time.
    pub(super) fn read_to_end(&mut self, limit: Duration) {
        if let Some(mut task) = self.task.take_if(|task| !task.is_finished()) {
            tokio::spawn(async move {
                if tokio::time::timeout(limit, &mut task).await.is_err() {
                    task.abort();
                }
            });
        }
    }
}

impl Drop for BodyReader {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Arrived {
    fn take(&mut self) -> Option<Option<reqwest::Result<Vec<u8>>>> {
        if self.bytes.is_empty() {
            return Some(self.end.take()?.err().map(Err));
        }
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        Some(Some(Ok(mem::take(&mut self.bytes))))
    }
}

fn locked(arrived: &Mutex<Arrived>) -> MutexGuard<'_, Arrived> {
    arrived.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read(mut body: impl Stream<Item = reqwest::Result<Bytes>> + Unpin, arrived: Arc<Mutex<Arrived>>) {
    loop {
        let chunk = body.next().await;
        let is_over = !matches!(chunk, Some(Ok(_)));
        let taker = {
            let mut arrived = locked(&arrived);
            match chunk {
                Some(Ok(bytes)) => arrived.bytes.extend_from_slice(&bytes),
                Some(Err(error)) => arrived.end = Some(Err(error)),
                None => arrived.end = Some(Ok(())),
            }
            arrived.taker.take()
        };
        if let Some(taker) = taker {
            taker.wake();
        }
        if is_over {
            return;
        }
        std::future::poll_fn(|cx| {
            let mut arrived = locked(&arrived);
            if arrived.bytes.len() < READ_AHEAD {
                return Poll::Ready(());
            }
            arrived.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::stream;
    use tokio::task::yield_now;

    use super::*;

    /// A body of so many chunks, which counts those that were read.
    fn chunks(count: usize, size: usize) -> (BodyReader, Arc<AtomicUsize>) {
        let read = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&read);
        let body = stream::iter(0..count).map(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Bytes::from(vec![b'x'; size]))
        });
        (BodyReader::new(body), read)
    }

    #[tokio::test]
    async fn all_that_has_arrived_is_taken_at_once() {
        let (reader, _) = chunks(100, 5);
        assert!(reader.try_next().is_none());
        let bytes = poll_fn(|cx| reader.poll_next(cx)).await.unwrap().unwrap();
        assert_eq!(bytes.len(), 500);
        assert!(poll_fn(|cx| reader.poll_next(cx)).await.is_none());
    }

    #[tokio::test]
    async fn no_more_is_read_ahead_than_is_allowed() {
        let (reader, read) = chunks(100, READ_AHEAD / 2);
        for taken in 1..=50 {
            let bytes = poll_fn(|cx| reader.poll_next(cx)).await.unwrap().unwrap();
            assert_eq!(bytes.len(), READ_AHEAD);
            assert!(read.load(Ordering::Relaxed) <= 2 * taken);
        }
        assert!(poll_fn(|cx| reader.poll_next(cx)).await.is_none());
    }

    /// A body that does not end, and what it holds until it is dropped.
    fn endless() -> (BodyReader, Arc<()>) {
        let held = Arc::new(());
        let body_held = Arc::clone(&held);
        let body = stream::once(async move {
            std::future::pending::<()>().await;
            drop(body_held);
            Ok(Bytes::new())
        });
        (BodyReader::new(body), held)
    }

    #[tokio::test]
    async fn a_body_that_is_dropped_is_read_no_further() {
        let (reader, held) = endless();
        yield_now().await;
        drop(reader);
        yield_now().await;
        assert_eq!(Arc::strong_count(&held), 1);
    }

    #[tokio::test]
    async fn the_end_of_a_body_is_not_waited_for_without_limit() {
        let (mut reader, held) = endless();
        reader.read_to_end(Duration::ZERO);
        drop(reader);
        while Arc::strong_count(&held) > 1 {
            yield_now().await;
        }
    }
}
