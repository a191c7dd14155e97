//! Yielding to the other tasks of the runtime, so that what came in short chunks is passed on in few writes: an answer of ten
//! deltas through `qwen serve` in three rather than twelve, one of 20,000 on a terminal in 80 rather than 660.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// Whether the others have had their turn, and the task that waits for that.
#[derive(Default)]
struct Yielding {
    is_over: AtomicBool,
    task: AtomicWaker,
}

impl Wake for Yielding {
    fn wake(self: Arc<Self>) {
        self.is_over.store(true, Ordering::Release);
        self.task.wake();
    }
}

/// Lets the other tasks that can run do so once. `tokio::task::yield_now` is over as soon as the task is polled for
/// another reason; a server that reads, writes and flushes in one task does that at once.
pub(super) async fn yield_to_others() {
    let turn = Arc::new(Yielding::default());
    let mut has_begun = false;
    let mut others = pin!(tokio::task::yield_now());
    poll_fn(|cx| {
        turn.task.register(cx.waker());
        if !has_begun {
            has_begun = true;
            let waker = Waker::from(Arc::clone(&turn));
            // It keeps the waker for the end of the turn.
            let _ = others.as_mut().poll(&mut Context::from_waker(&waker));
        }
        match turn.is_over.load(Ordering::Acquire) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn a_poll_for_another_reason_does_not_end_it() {
        let ran = Arc::new(AtomicBool::new(false));
        let other = Arc::clone(&ran);
        tokio::spawn(async move { other.store(true, Ordering::Relaxed) });
        let mut turn = pin!(yield_to_others());
        for _ in 0..3 {
            assert_eq!((&mut turn).now_or_never(), None);
        }
        assert!(!ran.load(Ordering::Relaxed));
        turn.await;
        assert!(ran.load(Ordering::Relaxed));
    }
}
