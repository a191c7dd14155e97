//! The templates that come with the program.

/// Name and text of each, by name.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("commit", include_str!("built_in/commit.md")),
    ("explain", include_str!("built_in/explain.md")),
    ("review", include_str!("built_in/review.md")),
    ("shell", include_str!("built_in/shell.md")),
    ("summarize", include_str!("built_in/summarize.md")),
    ("translate", include_str!("built_in/translate.md")),
];
