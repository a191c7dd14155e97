//! The limits that each provider sets for pictures.

use super::image_header::ImageHeader;
use crate::i18n::UiText;
use crate::tr;
use qwen_api::Client;
use qwen_api::MediaKind;
use qwen_api::uploads::site_limit;

const MB: u64 = 1 << 20;

/// The limits of one provider. Those of other servers are not known: only what no known server accepts is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImageLimits {
    /// The shortest side, in pixels.
    min_side: u32,
    /// How many times the other a side may be.
    max_ratio: u32,
    /// The longest side of a JPEG or PNG, and of any other type.
    max_side: (u32, u32),
    /// The most bytes, inside a request or uploaded.
    max_bytes: u64,
    /// The most bytes inside a request, where there is another way to send it.
    pub(super) max_inline_bytes: usize,
}

/// "Images API reference": a picture may have 20 MB.
const OPENAI: ImageLimits = ImageLimits {
    min_side: 1,
    max_ratio: u32::MAX,
    max_side: (u32::MAX, u32::MAX),
    max_bytes: 20 * MB,
    max_inline_bytes: usize::MAX,
};

/// "Visual understanding": both sides must exceed 10 pixels, one may be 200 times the other; up to 8K, and above 4K
/// only JPEG and PNG; twice as many bytes for the newer models; a data URI may have 10 MB, and base64 takes four bytes
/// for three.
const DASHSCOPE: ImageLimits = ImageLimits {
    min_side: 11,
    max_ratio: 200,
    max_side: (8192, 4096),
    max_bytes: 10 * MB,
    max_inline_bytes: 7 * 1024 * 1024,
};

impl ImageLimits {
    pub(super) fn of(client: &Client, model: &str) -> ImageLimits {
        if !client.takes_inline() {
            // What the site's own page accepts.
            return ImageLimits {
                max_bytes: site_limit(MediaKind::Image),
                ..OPENAI
            };
        }
        if !client.has_uploads() {
            return OPENAI;
        }
        let newer = ["qwen3-vl", "qwen3.5", "qwen3.6", "qwen3.7", "qwen3.8"];
        match newer.iter().any(|name| model.contains(name)) {
            true => ImageLimits {
                max_bytes: 20 * MB,
                ..DASHSCOPE
            },
            false => DASHSCOPE,
        }
    }

    /// Checks the limits that scaling cannot help with. The error goes behind the picture's name.
    pub(super) fn check(&self, header: ImageHeader) -> Result<(), UiText> {
        let Some((width, height)) = header.sides else {
            return Ok(());
        };
        let (short, long) = (width.min(height), width.max(height));
        if short < self.min_side {
            return Err(tr!(
                "is {} × {} pixels; each side must have at least {}",
                width,
                height,
                self.min_side
            ));
        }
        if long > short.saturating_mul(self.max_ratio) {
            return Err(tr!(
                "is {} × {} pixels; one side may be at most {} times the other",
                width,
                height,
                self.max_ratio
            ));
        }
        Ok(())
    }

    /// Why the picture is too large, if it is.
    pub(super) fn excess(&self, header: ImageHeader, bytes: usize) -> Option<UiText> {
        let max_side = match header.mime {
            "image/jpeg" | "image/png" => self.max_side.0,
            _ => self.max_side.1,
        };
        if let Some((width, height)) = header.sides
            && width.max(height) > max_side
        {
            return Some(tr!("is {} × {} pixels", width, height));
        }
        let megabytes = bytes as f64 / MB as f64;
        (bytes as u64 > self.max_bytes).then(|| tr!("has {} MB", format!("{megabytes:.1}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_have_their_limits() {
        let header = |width, height| ImageHeader {
            mime: "image/png",
            sides: Some((width, height)),
        };
        let of = |width, height| DASHSCOPE.check(header(width, height));
        assert_eq!(of(11, 2200), Ok(()));
        assert_eq!(
            of(10, 100).unwrap_err(),
            "is 10 × 100 pixels; each side must have at least 11"
        );
        assert_eq!(
            of(2201, 11).unwrap_err(),
            "is 2201 × 11 pixels; one side may be at most 200 times the other"
        );
        assert_eq!(OPENAI.check(header(1, 60_000)), Ok(()));
    }

    #[test]
    fn what_is_too_large_is_told() {
        let header = |mime, width| ImageHeader {
            mime,
            sides: Some((width, 100)),
        };
        assert_eq!(DASHSCOPE.excess(header("image/png", 8192), 1), None);
        assert_eq!(
            DASHSCOPE.excess(header("image/webp", 8192), 1).unwrap(),
            "is 8192 × 100 pixels"
        );
        assert_eq!(OPENAI.excess(header("image/webp", 60_000), 20 << 20), None);
        assert_eq!(
            OPENAI.excess(header("image/webp", 60_000), 21 << 20).unwrap(),
            "has 21.0 MB"
        );
    }
}
