//! Lines of a text.

/// The number of the line that the byte at `at` is in, from 1.
pub fn line_at(text: &[u8], at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text[..at.min(text.len())]).count()
}
