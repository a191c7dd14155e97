//! Markdown drawn on a terminal while it streams.

pub mod render {
    pub mod markdown;
    pub mod paint;
}
pub mod text {
    pub mod breaks;
    pub mod fill;
    pub mod line;
    pub mod sanitize;
    pub mod style;
    pub mod width;
    pub mod wrap;
}
