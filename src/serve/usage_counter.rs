//! Counting the tokens and the cost of answers, beside the answers: a thread writes what has come since it wrote last.

use std::sync::{Arc, mpsc};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use super::log_queue::LogQueue;
use super::upstreams::Upstream;
use crate::cost::{Meter, Reservation};
use crate::store::UsageEntry;
use qwen_api::Usage;

/// The time between two writes, so that many answers cost one.
const PAUSE: Duration = Duration::from_millis(100);

/// A request that was answered.
#[derive(Debug)]
pub(super) struct CountedRequest {
    pub(super) upstream: Arc<Upstream>,
    pub(super) model: String,
    /// What the server counted.
    pub(super) usage: Option<Usage>,
    pub(super) has_thought: bool,
    /// The usage is that of several requests.
    pub(super) is_summed: bool,
    /// What was reserved for it, until it is counted.
    pub(super) reservation: Reservation,
}

/// Where answers are counted; nowhere once the program ends, or where there is no thread for it.
#[derive(Clone, Debug)]
pub(super) struct UsageCounter(mpsc::Sender<Option<CountedRequest>>);

impl UsageCounter {
    /// The counter, and the thread that writes. `log` gets the errors of the store.
    pub(super) fn new(meter: Meter, log: LogQueue) -> (UsageCounter, Option<JoinHandle<()>>) {
        let (sender, requests) = mpsc::channel();
        let thread = Builder::new().spawn(move || write(&requests, &meter, &log));
        (UsageCounter(sender), thread.ok())
    }

    pub(super) fn count(&self, request: CountedRequest) {
        // The thread has ended with the program.
        let _ = self.0.send(Some(request));
    }

    /// Ends the thread once everything until now is written.
    pub(super) fn finish(&self, thread: Option<JoinHandle<()>>) {
        let _ = self.0.send(None);
        let _ = thread.map(JoinHandle::join);
    }
}

fn write(requests: &mpsc::Receiver<Option<CountedRequest>>, meter: &Meter, log: &LogQueue) {
    let mut is_over = false;
    while !is_over {
        let Ok(Some(first)) = requests.recv() else { return };
        let mut all = vec![first];
        while let Ok(next) = requests.try_recv() {
            match next {
                Some(request) => all.push(request),
                None => is_over = true,
            }
        }
        let entries: Vec<UsageEntry<'_>> = all.iter().map(CountedRequest::entry).collect();
        let mut notices = Vec::new();
        let counted = meter.count(&entries, &mut notices);
        // They are counted now, and reserved no more.
        all.into_iter().for_each(|request| drop(request.reservation));
        notices.into_iter().for_each(|notice| log.notice(notice));
        if let Err(failure) = counted
            && meter.limits.has_budget()
        {
            log.notice(crate::tr!("{}; the budget does not count these answers", failure));
        }
        if !is_over {
            std::thread::sleep(PAUSE);
        }
    }
}

impl CountedRequest {
    fn entry(&self) -> UsageEntry<'_> {
        let meter = &self.upstream.meter;
        let price = meter.prices.known(&self.model);
        UsageEntry {
            provider: &self.upstream.name,
            model: &self.model,
            conversation: None,
            usage: self.usage.unwrap_or_default(),
            cost: meter.cost(price.as_ref(), self.usage.as_ref(), self.has_thought, self.is_summed),
        }
    }
}
