//! Fingerprints.

use std::io::{self, Read};

use ring::digest::{Context, Digest, SHA256, digest};

/// The SHA-256 of the bytes, as 64 hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&digest(&SHA256, bytes))
}

/// The SHA-256 of all that is read, as 64 hexadecimal digits.
pub fn sha256_hex_of(mut reader: impl Read) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&context.finish())),
            count => context.update(&buffer[..count]),
        }
    }
}

fn hex(digest: &Digest) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The SHA-256 of several texts. Where one ends and the next begins is a part of it.
#[derive(Clone)]
pub struct Fingerprint(Context);

impl Default for Fingerprint {
    fn default() -> Fingerprint {
        Fingerprint(Context::new(&SHA256))
    }
}

impl Fingerprint {
    pub fn add(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    /// 64 hexadecimal digits.
    pub fn hex(self) -> String {
        hex(&self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4, appendix B.1 of the edition of 2002.
    #[test]
    fn abc_has_the_fingerprint_of_the_standard() {
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(sha256_hex_of(&b"abc"[..]).unwrap(), sha256_hex(b"abc"));
    }
}
