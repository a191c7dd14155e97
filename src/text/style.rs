//! Names for how text looks, apart from the codes that make it so.

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColorDepth {
    /// No colour and no other escape code.
    #[default]
    None,
    Ansi16,
    Ansi256,
    True,
}
