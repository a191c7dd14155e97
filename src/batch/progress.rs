//! How far a batch is: a bar on a terminal, elsewhere a line each minute.

use std::time::{Duration, Instant};

use stream_markdown::sanitize::safe_line;
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::app::App;
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::money::Costs;
use crate::store::ledger::{LineCounts, LineResult};
use crate::term::bars::CountBar;
use crate::term::ui::Ui;
use crate::text::grouped;
use crate::tr;
use qwen_api::batches::Batch;

/// How often the progress is shown while nothing changes.
const TICK: Duration = Duration::from_secs(1);
/// The time between two lines where no bar is seen.
const PAUSE: Duration = Duration::from_secs(60);

/// When [`BatchProgress::tick`] is to be called.
pub(super) fn ticks() -> Interval {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// How far a batch is, as it is shown.
pub struct BatchProgress {
    ui: Ui,
    bar: CountBar,
    counts: LineCounts,
    /// All lines of the batch.
    total: u64,
    /// What this run has cost.
    costs: Costs,
    /// Lines that were done before this run, or at its first look at the service.
    done_before: u64,
    has_looked: bool,
    /// Lines that a batch service has done, whose results are not here yet.
    done_there: u64,
    /// What is done meanwhile; empty while lines are answered.
    phase: String,
    started: Instant,
    said: Instant,
}

impl BatchProgress {
    pub fn new(app: &App<'_>, counts: LineCounts) -> BatchProgress {
        let done_before = counts.answered + counts.failed;
        let now = Instant::now();
        let total = counts.total();
        let bar = CountBar::new(app.host, app.settings.quiet, total);
        let progress = BatchProgress {
            ui: app.ui,
            bar,
            counts,
            total,
            costs: Costs::default(),
            done_before,
            has_looked: false,
            done_there: 0,
            phase: String::new(),
            started: now,
            said: now,
        };
        progress.draw();
        progress
    }

    pub fn add(&mut self, result: &LineResult) {
        match result.is_answer {
            true => self.counts.answered += 1,
            false => self.counts.failed += 1,
        }
        if let Some(usage) = result.usage {
            self.counts.usage = self.counts.usage.plus(usage);
        }
        if let Some(charge) = &result.charge {
            self.costs.add(charge.cost);
        }
        self.draw();
    }

    /// How far the jobs are that a batch service has not ended.
    pub fn at_service(&mut self, jobs: &[Batch]) {
        self.done_there = jobs.iter().map(|job| job.counts.completed + job.counts.failed).sum();
        if !std::mem::replace(&mut self.has_looked, true) {
            self.done_before += self.done_there;
        }
        self.show_phase(jobs.first().map_or("", |job| job.status.as_str()));
    }

    /// Shows what is done meanwhile, in the words of batch services: `validating`.
    pub fn show_phase(&mut self, phase: &str) {
        self.phase = safe_line(phase);
        self.draw();
    }

    /// Shows a notice above the bar.
    pub fn notice(&self, notice: impl Into<UiText>) {
        self.bar.between(|| self.ui.notice(notice));
    }

    /// Prints a line above the bar, also with `--quiet`.
    pub fn print(&self, text: impl Into<UiText>) {
        self.bar.between(|| self.ui.print(text));
    }

    fn done(&self) -> u64 {
        let done = self.counts.answered + self.counts.failed + self.done_there;
        done.min(self.total)
    }

    /// To be called at each of the `ticks`.
    pub fn tick(&mut self) {
        self.draw();
        if self.bar.is_hidden() && self.said.elapsed() >= PAUSE {
            self.said = Instant::now();
            self.ui.note(self.text());
        }
    }

    fn draw(&self) {
        self.bar.at(self.done(), &self.text().localize(self.ui.lang));
    }

    /// `12 of 300, 1 failed, 4,000 tokens, 2 min left`.
    fn text(&self) -> UiText {
        let phase = match self.phase.as_str() {
            "" => UiText::default(),
            phase => tr!(", {}", phase),
        };
        let (done, total) = (grouped(self.done(), ','), grouped(self.total, ','));
        let mut text = tr!("{} of {}{}", done, total, phase);
        if self.counts.failed > 0 {
            text = tr!("{}, {} failed", text, grouped(self.counts.failed, ','));
        }
        if self.counts.usage.total_tokens > 0 {
            text = tr!("{}, {} tokens", text, grouped(self.counts.usage.total_tokens, ','));
        }
        let amounts = self.costs.amounts();
        if !amounts.is_empty() {
            text = tr!("{}, {}", text, amounts);
        }
        match self.left() {
            Some(left) => tr!("{}, {} left", text, seconds(left)),
            None => text,
        }
    }

    /// The time that the rest takes at the pace so far.
    fn left(&self) -> Option<Duration> {
        let done = self.done();
        let now = done.checked_sub(self.done_before).filter(|now| *now > 0)?;
        let rest = self.total.checked_sub(done).filter(|rest| *rest > 0)?;
        let left = self.started.elapsed().as_secs_f64() * rest as f64 / now as f64;
        Some(Duration::from_secs(left.ceil() as u64))
    }
}
