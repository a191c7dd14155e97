//! One dim line that changes and goes.

use stream_markdown::width;

/// A line below what is on the screen, drawn again as it changes and erased without a trace. The cursor stands at its
/// beginning, so that a terminal which wraps it anew, or cuts it, keeps it below the cursor.
#[derive(Debug, Default)]
pub(super) struct LiveLine {
    /// What is on the screen; empty for nothing.
    shown: String,
}

impl LiveLine {
    /// Shows as much of a text as a row of `columns` holds.
    pub(super) fn show(&mut self, text: &str, columns: u16, out: &mut Vec<u8>) {
        let text = width::fit(text, usize::from(columns).saturating_sub(1));
        if self.shown != text {
            out.extend_from_slice(format!("\r\x1b[J\x1b[2m{text}\x1b[m\r").as_bytes());
            text.clone_into(&mut self.shown);
        }
    }

    pub(super) fn clear(&mut self, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.shown).is_empty() {
            out.extend_from_slice(b"\r\x1b[J");
        }
    }
}
