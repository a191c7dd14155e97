//! Small helpers that know nothing of the program: encodings of text, the nearest known name, fingerprints, lines cut to a width.

pub mod decode;
mod digest;
mod elide;
mod nearest;

pub use digest::sha256_hex;
pub use elide::elide;
pub use nearest::nearest;
