//! Waiting that ends: a shared value, a condition, and a limit after which the test fails.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Far above what anything here takes, on a loaded machine too; only a hang meets it.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A value that threads change and tests wait on.
#[derive(Debug, Default)]
pub struct Watched<T>(Arc<(Mutex<T>, Condvar)>);

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Watched<T> {
        Watched(Arc::clone(&self.0))
    }
}

impl<T> Watched<T> {
    pub fn new(value: T) -> Watched<T> {
        Watched(Arc::new((Mutex::new(value), Condvar::new())))
    }

    /// The value as it is. A thread that failed while holding it has not spoilt it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Changes the value and wakes those who wait.
    pub fn change<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.0.1.notify_all();
        result
    }

    /// Waits until `met` says so. `false` when `limit` passed first.
    pub fn wait(&self, limit: Duration, mut met: impl FnMut(&T) -> bool) -> bool {
        let end = Instant::now() + limit;
        let mut value = self.lock();
        while !met(&value) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.0.1.wait_timeout(value, left);
            value = woken.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        true
    }
}
