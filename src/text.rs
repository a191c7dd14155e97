//! Small helpers that know nothing of the program: encodings of text, ASCII stand-ins, the nearest known name,
//! fingerprints, lines cut to a width, numbers, ages and sizes as they are read, files inside a message.

mod age;
mod ascii;
mod byte_size;
pub mod decode;
mod digest;
mod elide;
pub mod file_block;
mod grouped;
mod lines;
mod nearest;
mod size;

pub use age::parse_age;
pub use ascii::with_marks;
pub use byte_size::{file_size, parse_byte_size};
pub use digest::{Fingerprint, sha256_hex, sha256_hex_of};
pub use elide::elide;
pub use grouped::grouped;
pub use lines::line_at;
pub use nearest::nearest;
pub use size::size;
