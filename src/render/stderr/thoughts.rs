//! Thoughts before and between the pieces of an answer: in one line that goes, as a section of the text, or byte for byte.

use std::time::{Duration, Instant};

use stream_markdown::sanitize::safe_line;
use stream_markdown::{ColorDepth, Cursor, SectionRenderer, width};

use super::{Clock, ShowThinking, StderrOptions};
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::render::footer::FooterRow;
use crate::render::usage::tokens;
use crate::text::with_marks;
use crate::{tr, tr_static};

/// The least time between two drawings of a line of thoughts.
const LIVE_PACE: Duration = Duration::from_millis(80);
/// How many bytes of thoughts are kept for that line.
const LAST_BYTES: usize = 1000;

/// The thoughts at hand, where there are any.
pub(super) struct Thoughts {
    view: ThoughtsView,
    clock: Clock,
    /// When they began.
    since: Instant,
    /// How many tokens they took, where the server has counted them by then.
    pub(super) tokens: u64,
}

enum ThoughtsView {
    None,
    /// The last words, shown in one line that goes.
    Live {
        last: String,
        /// The line, and when it was made.
        line: Option<(FooterRow, Instant)>,
    },
    Drawn(Box<SectionRenderer>),
    /// The bytes as they are; whether they ended in a newline.
    Plain {
        at_line_start: bool,
    },
}

impl Thoughts {
    pub(super) fn new(clock: Clock) -> Thoughts {
        Thoughts {
            view: ThoughtsView::None,
            since: clock(),
            clock,
            tokens: 0,
        }
    }

    pub(super) fn are_any(&self) -> bool {
        !matches!(self.view, ThoughtsView::None)
    }

    fn begin(&mut self, o: &StderrOptions) {
        if self.are_any() {
            return;
        }
        self.since = (self.clock)();
        self.view = if o.is_terminal && o.show_thinking == ShowThinking::Auto {
            ThoughtsView::Live {
                last: String::new(),
                line: None,
            }
        } else if o.is_terminal {
            let heading = with_marks(tr_static!("thinking…").localize(o.lang).to_owned(), o.viewport.ascii);
            ThoughtsView::Drawn(Box::new(SectionRenderer::new(o.viewport, &heading)))
        } else {
            ThoughtsView::Plain { at_line_start: true }
        };
    }

    /// Adds text. What is shown as it is goes to `out`.
    pub(super) fn push(&mut self, text: &str, o: &StderrOptions, out: &mut Vec<u8>) {
        self.begin(o);
        match &mut self.view {
            ThoughtsView::Live { last, .. } => push_last(last, text),
            ThoughtsView::Drawn(section) => section.push(text),
            ThoughtsView::Plain { at_line_start } if !text.is_empty() => {
                out.extend_from_slice(text.as_bytes());
                *at_line_start = text.ends_with('\n');
            }
            _ => {}
        }
    }

    /// Adds the title of those that follow.
    pub(super) fn push_title(&mut self, title: &str, o: &StderrOptions, out: &mut Vec<u8>) {
        self.begin(o);
        let title = safe_line(title);
        self.make_room_if_plain(out);
        match &mut self.view {
            ThoughtsView::Live { last, .. } => {
                last.clear();
                push_last(last, &format!("{title}: "));
            }
            ThoughtsView::Drawn(section) => section.push_heading(&title),
            ThoughtsView::Plain { .. } => out.extend_from_slice(format!("# {title}\n").as_bytes()),
            ThoughtsView::None => {}
        }
    }

    /// Draws what is not on the screen yet of a section.
    pub(super) fn draw(&mut self, out: &mut Vec<u8>) {
        if let ThoughtsView::Drawn(section) = &mut self.view {
            section.draw(out);
        }
    }

    /// Ends the line, so that another text can follow on one of its own.
    pub(super) fn make_room(&mut self, out: &mut Vec<u8>) {
        match &mut self.view {
            ThoughtsView::Drawn(section) => section.make_room(out),
            _ => self.make_room_if_plain(out),
        }
    }

    fn make_room_if_plain(&mut self, out: &mut Vec<u8>) {
        if let ThoughtsView::Plain { at_line_start } = &mut self.view
            && !std::mem::replace(at_line_start, true)
        {
            out.push(b'\n');
        }
    }

    /// Ends the thoughts, with how long they took. The line that goes must have been taken away.
    pub(super) fn end(&mut self, o: &StderrOptions, out: &mut Vec<u8>) {
        self.make_room_if_plain(out);
        match std::mem::replace(&mut self.view, ThoughtsView::None) {
            ThoughtsView::Live { .. } => {
                let (dim, reset) = o.dim();
                out.extend_from_slice(format!("{dim}{}{reset}\n\n", self.summary(o)).as_bytes());
            }
            ThoughtsView::Drawn(section) => {
                let summary = tr!("thought for {}", self.lasted()).localize(o.lang);
                section.finish(&summary, out);
            }
            ThoughtsView::Plain { .. } | ThoughtsView::None => {}
        }
    }

    /// How long they have lasted, in whole seconds, rounded up.
    fn lasted(&self) -> UiText {
        let took = (self.clock)().saturating_duration_since(self.since);
        seconds(Duration::from_secs(took.as_millis().div_ceil(1000).max(1) as u64))
    }

    /// `▸ thought for 7 s · 412 tokens · /thoughts shows them`, as much of it as there is room for.
    fn summary(&self, o: &StderrOptions) -> String {
        let tokens = (self.tokens > 0).then(|| tokens(self.tokens));
        let hint = o.in_chat.then(|| tr!("/thoughts shows them"));
        let mut summary = format!(
            "{} {}",
            o.mark("▸", "-"),
            tr!("thought for {}", self.lasted()).localize(o.lang)
        );
        for part in [tokens, hint].into_iter().flatten() {
            let longer = format!("{summary} {} {}", o.mark("·", "-"), part.localize(o.lang));
            if width::of(&longer) < usize::from(o.viewport.columns) {
                summary = longer;
            }
        }
        summary
    }

    /// The line that goes: another one if it `is_due`, or the last one is not new. `None` where they have none.
    pub(super) fn live_row(&mut self, is_due: bool, o: &StderrOptions) -> Option<FooterRow> {
        let ThoughtsView::Live { last, line } = &self.view else {
            return None;
        };
        if o.viewport.color_depth == ColorDepth::None || o.viewport.accessible {
            return None;
        }
        let now = (self.clock)();
        if let Some((row, made)) = line
            && !is_due
            && now.saturating_duration_since(*made) < LIVE_PACE
        {
            return Some(row.clone());
        }
        let head = format!(
            "{} {}",
            o.mark("✻", "*"),
            tr!("thinking {}", self.lasted()).localize(o.lang)
        );
        let (dot, dots) = (o.mark("·", "-"), o.mark("…", "..."));
        let words = safe_line(last);
        let room = usize::from(o.viewport.columns).saturating_sub(width::of(&head) + 4 + width::of(dots));
        let text = match width::of(&words) {
            0 => head,
            cells if cells <= room => format!("{head} {dot} {words}"),
            _ => format!("{head} {dot} {dots}{}", width::fit_end(&words, room).trim_start()),
        };
        let row = FooterRow::dim(&text);
        if let ThoughtsView::Live { line, .. } = &mut self.view {
            *line = Some((row.clone(), now));
        }
        Some(row)
    }

    /// The place of the cursor in a section; `None` elsewhere.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        match &self.view {
            ThoughtsView::Drawn(section) => Some(section.cursor()),
            _ => None,
        }
    }

    pub(super) fn resize(&mut self, columns: u16, rows: u16) {
        if let ThoughtsView::Drawn(section) = &mut self.view {
            section.resize(columns, rows);
        }
    }
}

/// Adds to the last words of thoughts, and forgets those before.
fn push_last(last: &mut String, text: &str) {
    last.push_str(text);
    if last.len() > 2 * LAST_BYTES {
        let start = last.ceil_char_boundary(last.len() - LAST_BYTES);
        last.drain(..start);
    }
}
