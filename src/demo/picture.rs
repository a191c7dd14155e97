//! Descriptions of images, sounds and videos: type, size and dimensions, from their content.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One line about what is at `url`. The address of a sound has no media type.
pub(super) fn describe(url: &str) -> String {
    let Some(data) = url.strip_prefix("data:") else {
        let scheme = url.split(':').next().unwrap_or_default();
        return format!("an `{scheme}` address, which a real server would fetch and the demo does not");
    };
    let Some((mime, encoded)) = data.split_once(";base64,") else {
        return "a data address without base64, which a real server would refuse".to_owned();
    };
    let Ok(bytes) = STANDARD.decode(encoded) else {
        return format!("`{mime}`, but its base64 is broken");
    };
    let found = infer::get(&bytes).map(|found| found.mime_type());
    let told = if mime.is_empty() {
        found.unwrap_or("audio")
    } else {
        mime
    };
    let mut line = format!("`{told}`, {} bytes", bytes.len());
    if let Some((width, height)) = sides(&bytes) {
        line.push_str(&format!(", {width} × {height} pixels"));
    }
    match found {
        // A type may have several names.
        Some(found) if found != told && !told.starts_with("audio/") && !told.starts_with("video/") => {
            line.push_str(&format!(" (its content is `{found}`)"));
        }
        None if told.starts_with("image/") => line.push_str(" (its content is no picture that the demo knows)"),
        _ => {}
    }
    line
}

/// Width and height of a PNG or a JPEG.
fn sides(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        // The first block, IHDR, begins with both.
        let side = |at: usize| {
            let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(four))
        };
        return Some((side(16)?, side(20)?));
    }
    jpeg_sides(bytes)
}

/// Walks a JPEG's segments up to its frame header.
fn jpeg_sides(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[0xff, marker, high, low], _) = rest.split_first_chunk()? else {
            return None;
        };
        // SOF0 to SOF15, without the three markers among them that begin no frame: DHT, JPG and DAC.
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            let side = |at: usize| Some(u32::from(u16::from_be_bytes(rest.get(at..at + 2)?.try_into().ok()?)));
            return Some((side(7)?, side(5)?));
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low]))..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_type_size_and_sides_of_a_png() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 2, 128, 0, 0, 1, 224]);
        let url = format!("data:image/png;base64,{}", STANDARD.encode(&png));
        assert_eq!(describe(&url), "`image/png`, 24 bytes, 640 × 480 pixels");
        let url = format!("data:image/webp;base64,{}", STANDARD.encode(&png));
        assert!(describe(&url).ends_with("(its content is `image/png`)"));
    }

    #[test]
    fn finds_a_jpegs_frame_behind_other_segments() {
        let mut jpeg = b"\xff\xd8\xff\xe0\0\x04ab".to_vec();
        jpeg.extend(b"\xff\xc2\0\x11\x08\x01\xe0\x02\x80\x03");
        assert_eq!(sides(&jpeg), Some((640, 480)));
        assert_eq!(sides(&jpeg[..12]), None);
        assert_eq!(sides(b"\xff\xd8\xff\xe0\0\0\xff\xe0"), None);
    }

    #[test]
    fn says_what_it_cannot_read() {
        assert!(describe("https://example.com/a.png").starts_with("an `https` address"));
        assert!(describe("data:image/png;base64,???").contains("broken"));
        assert!(describe("data:text/plain,x").contains("without base64"));
    }
}
