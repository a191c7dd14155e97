//! An image's type and dimensions, from its first bytes: the image itself is not decoded.

use std::io::Cursor;

use image::{ImageReader, Limits};

use crate::i18n::UiText;
use crate::tr;

/// The most memory that reading a header may take, in bytes.
const MAX_HEADER_MEMORY: u64 = 64 << 20;

/// An image's type and dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageHeader {
    pub mime: &'static str,
    /// Width and height as stored, before a rotation in the Exif data. `None` for a HEIC without them.
    pub sides: Option<(u32, u32)>,
}

/// Reads the header of an image; the error goes behind the image's name.
pub fn read_image_header(bytes: &[u8]) -> Result<ImageHeader, UiText> {
    if bytes.is_empty() {
        return Err(tr!("is empty"));
    }
    let mime = match infer::get(bytes).map(|kind| kind.mime_type()) {
        // One container with two names; this is the API's.
        Some("image/heif" | "image/heic") => "image/heic",
        Some(mime @ ("image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/bmp" | "image/tiff")) => mime,
        Some(mime) => return Err(tr!("is {}, which models do not accept", mime)),
        None => return Err(tr!("is neither an image nor sound nor video")),
    };
    if mime == "image/heic" {
        let sides = heic_sides(bytes);
        return Ok(ImageHeader { mime, sides });
    }
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let sides = reader.ok().and_then(|mut reader| {
        let mut limits = Limits::default();
        limits.max_alloc = Some(MAX_HEADER_MEMORY);
        reader.limits(limits);
        reader.into_dimensions().ok()
    });
    match sides {
        Some(_) => Ok(ImageHeader { mime, sides }),
        None => Err(tr!("is a broken image: its header ({}) cannot be read", mime)),
    }
}

/// The largest sides that a HEIC's item properties (`ispe` boxes, ISO/IEC 23008-12, 6.5.3) name: those of the whole
/// picture, since thumbnails and tiles are smaller. Properties stand near the beginning.
fn heic_sides(bytes: &[u8]) -> Option<(u32, u32)> {
    const HEAD: usize = 64 * 1024;
    let head = &bytes[..bytes.len().min(HEAD)];
    let side = |at: usize| Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?));
    memchr::memmem::find_iter(head, b"ispe")
        .filter_map(|at| Some((side(at + 8)?, side(at + 12)?)))
        .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat};

    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height)
            .write_to(&mut bytes, format)
            .unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_type_tells_its_sides() {
        let types = [
            (ImageFormat::Png, "image/png"),
            (ImageFormat::Jpeg, "image/jpeg"),
            (ImageFormat::Gif, "image/gif"),
            (ImageFormat::WebP, "image/webp"),
            (ImageFormat::Bmp, "image/bmp"),
            (ImageFormat::Tiff, "image/tiff"),
        ];
        for (format, mime) in types {
            let sides = Some((20, 30));
            assert_eq!(
                read_image_header(&picture(20, 30, format)),
                Ok(ImageHeader { mime, sides })
            );
        }
    }

    #[test]
    fn a_heic_tells_its_largest_sides() {
        let mut heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
        for (width, height) in [(512u32, 512u32), (4032, 3024), (320, 240)] {
            heic.extend(b"\0\0\0\x14ispe\0\0\0\0");
            heic.extend(width.to_be_bytes());
            heic.extend(height.to_be_bytes());
        }
        let sides = Some((4032, 3024));
        let mime = "image/heic";
        assert_eq!(read_image_header(&heic), Ok(ImageHeader { mime, sides }));
        assert_eq!(read_image_header(&heic[..28]), Ok(ImageHeader { mime, sides: None }));
    }

    #[test]
    fn what_is_no_picture_is_told() {
        assert_eq!(read_image_header(b"").unwrap_err(), "is empty");
        assert_eq!(
            read_image_header(b"words").unwrap_err(),
            "is neither an image nor sound nor video"
        );
        assert_eq!(
            read_image_header(b"%PDF-1.7").unwrap_err(),
            "is application/pdf, which models do not accept"
        );
        let broken = read_image_header(b"\x89PNG\r\n\x1a\n\0\0").unwrap_err();
        assert_eq!(broken, "is a broken image: its header (image/png) cannot be read");
    }
}
