//! Small helpers that know nothing of the program: encodings of text, the nearest known name, fingerprints.

pub mod decode;
mod digest;
mod nearest;

pub use digest::sha256_hex;
pub use nearest::nearest;
