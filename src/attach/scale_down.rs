//! Images scaled down, and turned upright.

use std::io::Cursor;

use crate::host::can_allocate;
use crate::i18n::UiText;
use crate::tr;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};

/// The most memory that decoding may take, in bytes: an image of 16,000 × 12,000 pixels fits.
const MAX_MEMORY: u64 = 600 << 20;
/// The memory that some decoders take in addition to the image, in bytes a pixel.
const EXTRA_BYTES_PER_PIXEL: u64 = 8;
/// The quality of JPEGs: a model sees no loss.
const QUALITY: u8 = 88;

/// An image that was scaled down.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ScaledImage {
    pub(super) bytes: Vec<u8>,
    pub(super) mime: &'static str,
    pub(super) sides: (u32, u32),
}

/// Scales an image down until no side is longer than `max_side` pixels and its file has at most `max_bytes`. The error
/// goes behind the image's name.
pub(super) fn scale_down(bytes: &[u8], max_side: u32, max_bytes: usize) -> Result<ScaledImage, UiText> {
    let mut picture = upright(bytes, max_side)?;
    let mut side = picture.width().max(picture.height());
    loop {
        picture = resized(picture, side);
        let (bytes, mime) = encoded(&picture, max_bytes)?;
        if bytes.len() <= max_bytes {
            let sides = (picture.width(), picture.height());
            return Ok(ScaledImage { bytes, mime, sides });
        }
        side = side / 4 * 3;
        if side < 64 {
            return Err(tr!("cannot be made small enough"));
        }
    }
}

/// The pixels of an image for a terminal, at most `width` × `height`; `None` when it cannot be decoded.
pub fn thumbnail(bytes: &[u8], (width, height): (u32, u32)) -> Option<RgbaImage> {
    let picture = upright(bytes, width.max(height)).ok()?;
    let is_larger = picture.width() > width || picture.height() > height;
    Some(match is_larger {
        true => picture.thumbnail(width, height).to_rgba8(),
        false => picture.to_rgba8(),
    })
}

/// The decoded image, rotated as its Exif data asks, since that is not written again, and no side longer than
/// `max_side`. The size in its header is checked before memory is allocated.
fn upright(bytes: &[u8], max_side: u32) -> Result<DynamicImage, UiText> {
    let too_large = || tr!("is too large to be scaled down here");
    let broken = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => too_large(),
        image::ImageError::Unsupported(_) => tr!("is of a type that cannot be scaled down here"),
        _ => tr!("cannot be decoded: the file is broken"),
    };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|error| broken(error.into()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits.clone());
    let format = reader.format();
    let needs_extra = match format {
        Some(ImageFormat::Jpeg) => has_several_scans(bytes),
        _ => format == Some(ImageFormat::WebP),
    };
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let extra = if needs_extra { EXTRA_BYTES_PER_PIXEL } else { 0 } * u64::from(width) * u64::from(height);
    let needed = decoder.total_bytes().saturating_add(extra);
    if needed > MAX_MEMORY || !can_allocate(needed) {
        return Err(too_large());
    }
    if format == Some(ImageFormat::Gif) {
        // A frame may be larger than the image.
        limits.max_alloc = Some(MAX_MEMORY - needed);
        decoder.set_limits(limits).map_err(broken)?;
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = resized(DynamicImage::from_decoder(decoder).map_err(broken)?, max_side);
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Whether a JPEG has several scans, so that the decoder keeps all of it until the end ("ITU-T T.81", B.2.2 and B.2.3):
/// it is progressive, or its first scan does not hold all components. When in doubt it has.
fn has_several_scans(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    let mut components = None;
    while let [0xff, marker, high, low, segment @ ..] = rest {
        match marker {
            0xc0 | 0xc1 => components = segment.get(5),
            0xc2 => return true,
            0xda => return segment.first() != components,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        rest = rest.get(2 + length..).unwrap_or_default();
    }
    true
}

/// The image with no side longer than `max_side`.
fn resized(picture: DynamicImage, max_side: u32) -> DynamicImage {
    let side = picture.width().max(picture.height());
    if side <= max_side {
        picture
    } else if side > max_side / 2 * 3 {
        // The filter would take sixteen bytes for each pixel of the full width.
        picture.thumbnail(max_side, max_side)
    } else {
        picture.resize(max_side, max_side, FilterType::Triangle)
    }
}

/// The image as a JPEG, or as a PNG if it is transparent and the PNG has at most `max_bytes`.
fn encoded(picture: &DynamicImage, max_bytes: usize) -> Result<(Vec<u8>, &'static str), UiText> {
    if is_transparent(picture) {
        let bytes = png(picture)?;
        if bytes.len() <= max_bytes {
            return Ok((bytes, "image/png"));
        }
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(&on_white(picture))
        .map_err(|_| tr!("cannot be re-encoded"))?;
    Ok((bytes, "image/jpeg"))
}

fn is_transparent(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX)
}

/// The image on a white background: JPEG has no transparency.
fn on_white(picture: &DynamicImage) -> image::RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let pixels = picture.to_rgba8();
    image::RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [r, g, b, a] = pixels.get_pixel(x, y).0.map(u16::from);
        let mixed = [r, g, b].map(|c| u8::try_from((c * a + 255 * (255 - a)) / 255).unwrap_or(u8::MAX));
        image::Rgb(mixed)
    })
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>, UiText> {
    // Naming the encoder keeps those of all other formats out of the program, which `write_to` would bring.
    let mut bytes = Vec::new();
    picture
        .write_with_encoder(PngEncoder::new(&mut bytes))
        .map_err(|_| tr!("cannot be re-encoded"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use image::{ImageEncoder, Rgb, RgbImage, Rgba};

    use super::*;

    /// Red on the left, blue on the right; `orientation` is what its Exif data says.
    fn two_halves(width: u32, height: u32, orientation: u8) -> Vec<u8> {
        let halves = |x, _| {
            if x < width / 2 {
                Rgb([255, 0, 0])
            } else {
                Rgb([0, 0, 255])
            }
        };
        let picture = RgbImage::from_fn(width, height, halves);
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new(&mut bytes);
        let exif = [
            b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
            &[orientation],
            b"\0\0\0\0\0\0",
        ];
        encoder.set_exif_metadata(exif.concat()).unwrap();
        encoder.encode_image(&picture).unwrap();
        bytes
    }

    fn is_red(picture: &DynamicImage, x: u32, y: u32) -> bool {
        let [r, _, b] = picture.to_rgb8().get_pixel(x, y).0;
        r > 200 && b < 60
    }

    #[test]
    fn a_turned_picture_stands_upright() {
        for (orientation, sides, red) in [
            (1, (100, 50), (10, 25)),
            (3, (100, 50), (90, 25)),
            (6, (50, 100), (25, 10)),
        ] {
            let scaled = scale_down(&two_halves(200, 100, orientation), 100, 1 << 20).unwrap();
            assert_eq!(
                (scaled.sides, scaled.mime),
                (sides, "image/jpeg"),
                "orientation {orientation}"
            );
            let picture = image::load_from_memory(&scaled.bytes).unwrap();
            assert_eq!((picture.width(), picture.height()), sides);
            assert!(is_red(&picture, red.0, red.1), "orientation {orientation}");
        }
    }

    #[test]
    fn the_file_is_as_small_as_asked() {
        let noise = RgbImage::from_fn(600, 600, |x, y| {
            let n = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729))
                .wrapping_mul(2_654_435_761)
                .to_be_bytes();
            Rgb([n[0], n[1], n[2]])
        });
        let bytes = png(&noise.into()).unwrap();
        let scaled = scale_down(&bytes, 8192, 60_000).unwrap();
        assert!(
            scaled.bytes.len() <= 60_000 && scaled.sides.0 < 600,
            "{:?}",
            scaled.sides
        );
        assert_eq!(scale_down(&bytes, 8192, 10).unwrap_err(), "cannot be made small enough");
    }

    #[test]
    fn transparency_stays_in_a_png_and_is_white_in_a_jpeg() {
        let glass = RgbaImage::from_pixel(300, 300, Rgba([255, 0, 0, 0]));
        let bytes = png(&glass.into()).unwrap();
        let scaled = scale_down(&bytes, 100, 1 << 20).unwrap();
        assert_eq!(scaled.mime, "image/png");
        let max_bytes = scaled.bytes.len() - 1;
        let jpeg = on_white(&image::load_from_memory(&bytes).unwrap());
        assert_eq!(jpeg.get_pixel(0, 0).0, [255, 255, 255]);
        assert!(
            encoded(&image::load_from_memory(&bytes).unwrap(), max_bytes).is_ok_and(|(_, mime)| mime == "image/jpeg")
        );
    }

    #[test]
    fn a_jpeg_with_several_scans_is_recognised() {
        let jpeg = two_halves(20, 20, 1);
        let at = |marker: u8| jpeg.windows(2).position(|two| two == [0xff, marker]).unwrap();
        assert!(!has_several_scans(&jpeg));
        let with = |place: usize, byte: u8| {
            let mut other = jpeg.clone();
            other[place] = byte;
            other
        };
        // Progressive; the first scan of one component only; no scan at all.
        assert!(has_several_scans(&with(at(0xc0) + 1, 0xc2)));
        assert!(has_several_scans(&with(at(0xda) + 4, 1)));
        assert!(has_several_scans(&jpeg[..at(0xda)]) && has_several_scans(b""));
    }

    #[test]
    fn no_thumbnail_is_made_of_what_swells() {
        let gif = b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;";
        assert_eq!(thumbnail(gif, (320, 320)), None);
        // A small picture whose frame is invalid.
        let gif = b"GIF89a\x14\0\x14\0\x80\0\0\0\0\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;";
        assert_eq!(thumbnail(gif, (320, 320)), None);
        // A size that is decoded otherwise, but in several scans.
        let mut jpeg = two_halves(20, 20, 1);
        let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
        jpeg[frame + 1] = 0xc2;
        jpeg[frame + 5..frame + 9].copy_from_slice(&[0x23, 0x28, 0x23, 0x28]);
        assert_eq!(
            scale_down(&jpeg, 4096, 1 << 20).unwrap_err(),
            "is too large to be scaled down here"
        );
    }

    #[test]
    fn a_thumbnail_stands_upright_and_is_never_larger() {
        let small = thumbnail(&two_halves(2000, 1000, 6), (320, 320)).unwrap();
        assert_eq!(small.dimensions(), (160, 320));
        assert!(is_red(&small.into(), 80, 20));
        let wide = thumbnail(&two_halves(2000, 1000, 1), (100, 320)).unwrap();
        assert_eq!(wide.dimensions(), (100, 50));
        let tiny = thumbnail(&two_halves(20, 30, 1), (320, 320)).unwrap();
        assert_eq!(tiny.dimensions(), (20, 30));
        assert_eq!(thumbnail(b"words", (320, 320)), None);
    }
}
