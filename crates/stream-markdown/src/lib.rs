//! Markdown drawn on a terminal while it streams.
//!
//! A [`Renderer`] takes the pieces of a text as they arrive, from a language model or from a file, and appends to an
//! output the bytes that bring the terminal up to date. It reads nothing from the terminal and writes to nothing but
//! that output.
//!
//! ```
//! use stream_markdown::{Renderer, Viewport};
//!
//! let mut renderer = Renderer::new(Viewport::default());
//! let mut bytes = Vec::new();
//! for piece in ["# Fru", "it\n\n* an **app", "le**\n"] {
//!     renderer.push(piece);
//!     renderer.draw(&mut bytes); // then write them, and flush
//! }
//! renderer.finish(&mut bytes);
//! assert_eq!(String::from_utf8_lossy(&bytes), "# Fruit\n\n- an apple\n");
//! ```
//!
//! The default [`Viewport`] has no colours and draws nothing twice, as a pipe needs it. With a [`ColorDepth`] the same
//! text has styles, code is highlighted, and the current line is drawn again when the text that follows changes what it
//! means.
//!
//! # What is guaranteed
//!
//! - A finished line is final. Only the end of the unfinished block is drawn again, by relative moves over lines that
//!   were drawn here and are certain to be in view.
//! - What is on the screen and in its scrollback depends on the text alone, never on how it was cut into pieces.
//! - No control character of the text reaches the terminal, and none that hides or reorders text; see [`sanitize`].
//! - The bytes written, and the time, grow with the length of the text alone, whatever is in it.
//!
//! The crate's README says how each is tested.
//!
//! # How Markdown is read
//!
//! By CommonMark, with tables, task lists and `~~strikethrough~~`. References (`[text][label]`, `[label]`) lead where a
//! definition says that came before. A definition that comes after its use is shown as written, dim, so that its
//! address is not lost, since the line that uses it is final. HTML is shown as written,
//! but for `<br>`, which ends the line, and for what is listed below.
//!
//! These rules differ from CommonMark's on purpose:
//!
//! - A single newline ends the line.
//! - Emphasis may end between a sign of punctuation and a letter of a script that puts no spaces between words:
//!   `**重点：**内容` is bold.
//! - An item of a list has the number that was written for it.
//! - Cells beyond a table's last column are put into that column.
//! - Only two tildes strike out; `3~5` is a range.
//! - `---` under several lines is a rule, not the underline of a heading.
//! - Markup is looked for below an HTML tag that stands alone on its line, unless the tag is one of a block.
//! - Formulas in TeX's notation (`$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`) are drawn as Unicode text, `E = mc²`, where every
//!   command in them has a character, and else shown as written. Nothing in them is markup. A price or a path between
//!   dollars is no formula.
//! - `<b>`, `<strong>`, `<i>`, `<em>`, `<u>`, `<ins>`, `<s>`, `<del>`, `<kbd>`, `<sub>` and `<sup>` format the text up to
//!   their end tags; without one, and with attributes, they are shown as written.
//! - `[^1]` is the mark of a footnote, `¹`; `[!NOTE]` and its like, alone on the first line of a quote, are its title.
//! - Of `<details>`, the summary is shown in bold, and what would be folded away like any text.
//! - Where nothing is drawn twice, and in HTML, formulas, all these tags, footnotes and alerts are shown as written.
//! - An address that begins with `http://` or `https://` is a link without any mark.
//! - A mark or link that is not closed within a quarter of the window's lines is shown as written.
//!
//! Fenced code stands between two rules, of which the upper one has its language and its number, as [`code_blocks`]
//! counts; without colours, between the fences that were written. The code has no indentation but that of its list or
//! quote, so that it can be copied.
//!
//! # More than Markdown
//!
//! - [`CodeExtractor`] and [`code_blocks`] give the code of fenced blocks, found by the same parser.
//! - [`to_html`] writes a text as HTML, with the same blocks and emphasis.
//! - [`SectionRenderer`] draws plain text under a heading: a model's reasoning, the output of a tool.
//! - [`Live`] draws lines at the bottom of a terminal that change and go, with the cursor among them.
//! - [`fill`] wraps text to a width, and [`width`] measures it, by grapheme clusters and with the rules of Chinese and
//!   Japanese punctuation.

#![deny(missing_docs)]

mod block_tree;
mod code_extractor;
mod document;
pub mod fill;
mod html;
mod inline;
mod line_break;
mod line_wrapper;
mod live;
mod math;
mod painter;
mod renderer;
pub mod sanitize;
mod section_renderer;
mod style;
mod styled_line;
mod viewport;
pub mod width;

pub use code_extractor::{CodeExtractor, CodeSelection, closing_fence, code_blocks};
pub use html::to_html;
pub use live::Live;
pub use renderer::Renderer;
pub use section_renderer::SectionRenderer;
pub use style::{ColorDepth, Theme};
pub use viewport::{Cursor, Viewport};

/// The README's example, which compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
