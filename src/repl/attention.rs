//! What the terminal is told beside the text: the title of its window, and that a long answer has ended.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use stream_markdown::sanitize::safe_line;

use crate::config::setting_values::Notify;
use crate::host::Host;
use crate::term::tty::Tty;
use crate::text::elide;

/// An answer that takes longer is worth a notification: the user looks elsewhere by then.
const LONG_ANSWER: Duration = Duration::from_secs(15);
/// The most columns of a title.
const MAX_COLUMNS: usize = 60;

/// The window's title, which is the terminal's own again when this is dropped.
pub(super) struct WindowTitle {
    /// `None` where no title is set.
    tty: Option<Arc<Tty>>,
    shown: RefCell<String>,
}

impl WindowTitle {
    /// The title of this terminal's window, if the user `wants` it set and it has one.
    pub(super) fn new(host: &Host, tty: &Arc<Tty>, wants: bool) -> WindowTitle {
        WindowTitle {
            tty: (wants && has_titles(host)).then(|| Arc::clone(tty)),
            shown: RefCell::default(),
        }
    }

    /// Shows `qwen: …`, or the program's name alone where there is no text. The terminal keeps the title before the first.
    pub(super) fn show(&self, text: &str) {
        let Some(tty) = &self.tty else { return };
        let title = titled(text);
        let mut shown = self.shown.borrow_mut();
        if *shown == title {
            return;
        }
        // "XTerm Control Sequences": CSI 22 ; 2 t saves the window's title, OSC 2 sets it.
        let save = if shown.is_empty() { "\x1b[22;2t" } else { "" };
        tty.write(&format!("{save}\x1b]2;{title}\x1b\\"));
        *shown = title;
    }
}

impl Drop for WindowTitle {
    fn drop(&mut self) {
        if let Some(tty) = &self.tty
            && !self.shown.borrow().is_empty()
        {
            // A terminal that saves no titles shows its own for an empty one.
            tty.write("\x1b]2;\x1b\\\x1b[23;2t");
        }
    }
}

fn titled(text: &str) -> String {
    match elide(&safe_line(text), MAX_COLUMNS) {
        text if text.is_empty() => "qwen".to_owned(),
        text => format!("qwen: {text}"),
    }
}

/// Whether the terminal is one with a window; the console of a system has none.
fn has_titles(host: &Host) -> bool {
    let is_plain = |term: &str| term == "linux" || term == "cons25" || term.starts_with("vt");
    host.ttys.stderr
        && !host.is_dumb_terminal()
        && !host.is_accessible()
        && host.env.get("TERM").is_some_and(|term| !is_plain(term))
}

/// The bytes that tell the terminal of an answer that took so long; `None` where there is nothing to tell.
pub(super) fn notification(host: &Host, notify: Notify, lasted: Duration, text: &str) -> Option<String> {
    if lasted < LONG_ANSWER || host.is_dumb_terminal() {
        return None;
    }
    let sequence = match notify {
        Notify::Off => return None,
        Notify::Bell => return Some("\x07".to_owned()),
        Notify::Osc if knows_osc_777(host) => {
            format!("\x1b]777;notify;qwen;{}\x07", elide(&safe_line(text), MAX_COLUMNS))
        }
        Notify::Osc => format!("\x1b]9;{}\x07", titled(text)),
    };
    // tmux hands it on where `allow-passthrough` is on, and drops it elsewhere ("tmux(1)").
    Some(match host.env.get("TMUX") {
        Some(_) => format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")),
        None => sequence,
    })
}

/// Whether the terminal takes rxvt's OSC 777 rather than iTerm2's OSC 9: those with VTE, foot, and rxvt itself.
fn knows_osc_777(host: &Host) -> bool {
    let by_term = |term: &str| term.starts_with("rxvt") || term.starts_with("foot");
    host.env.get("TMUX").is_none()
        && (host.env.get("VTE_VERSION").is_some() || host.env.get("TERM").is_some_and(by_term))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(variables: &[(&str, &str)]) -> Host {
        Host::of_variables(variables, true)
    }

    #[test]
    fn a_long_answer_is_told_as_the_terminal_takes_it() {
        let long = Duration::from_secs(15);
        let told = |variables: &[(&str, &str)], notify, lasted| {
            notification(&host(variables), notify, lasted, "cats\u{1b}]0;x\u{7} and\ndogs")
        };
        let xterm = &[("TERM", "xterm-256color")][..];
        assert_eq!(told(xterm, Notify::Off, long), None);
        assert_eq!(told(xterm, Notify::Bell, long - Duration::from_millis(1)), None);
        assert_eq!(told(xterm, Notify::Bell, long).as_deref(), Some("\x07"));
        let text = "cats␛]0;x␇ and dogs";
        assert_eq!(told(xterm, Notify::Osc, long), Some(format!("\x1b]9;qwen: {text}\x07")));
        for of_777 in [("TERM", "foot"), ("TERM", "rxvt-unicode"), ("VTE_VERSION", "7600")] {
            assert_eq!(
                told(&[of_777], Notify::Osc, long),
                Some(format!("\x1b]777;notify;qwen;{text}\x07"))
            );
        }
        assert_eq!(
            told(&[("TMUX", "/tmp/tmux,1,0"), ("VTE_VERSION", "7600")], Notify::Osc, long),
            Some(format!("\x1bPtmux;\x1b\x1b]9;qwen: {text}\x07\x1b\\"))
        );
        assert_eq!(told(&[("TERM", "dumb")], Notify::Bell, long), None);
    }

    #[test]
    fn only_a_window_has_a_title() {
        for (variables, has) in [
            (&[("TERM", "xterm")][..], true),
            (&[("TERM", "tmux-256color")], true),
            (&[("TERM", "linux")], false),
            (&[("TERM", "vt220")], false),
            (&[("TERM", "dumb")], false),
            (&[("TERM", "xterm"), ("ACCESSIBLE", "1")], false),
            (&[], false),
        ] {
            assert_eq!(has_titles(&host(variables)), has, "{variables:?}");
        }
    }
}
