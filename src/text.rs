//! Small helpers that know nothing of the program: encodings of text, the nearest known name, fingerprints, lines cut to a width,
//! short numbers, files inside a message.

pub mod decode;
mod digest;
mod elide;
pub mod file_block;
mod nearest;
mod size;

pub use digest::sha256_hex;
pub use elide::elide;
pub use nearest::nearest;
pub use size::size;
