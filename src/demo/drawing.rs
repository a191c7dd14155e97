//! Pictures that the demo draws: a landscape, whose colours come from the words. Pure: bytes in, bytes out.

use std::f32::consts::TAU;
use std::hash::{DefaultHasher, Hash, Hasher};

use image::codecs::png::PngEncoder;
use image::{Rgb, RgbImage};
use serde_json::{Value, json};

use super::reply::Stamp;

/// The path of the pictures, before their names.
pub(super) const PICTURES: &str = "/demo-pictures/";
/// The sides of a picture whose size is not asked for, and the longest side, in pixels.
const USUAL_SIDE: u32 = 512;
const LONGEST_SIDE: u32 = 2048;
/// The most pictures of one request.
const MOST: u64 = 6;

/// The hues of words that name a colour, in degrees.
const HUES: &[(&str, u32)] = &[
    ("red", 5),
    ("红", 5),
    ("orange", 28),
    ("橙", 28),
    ("yellow", 48),
    ("黄", 48),
    ("green", 120),
    ("绿", 120),
    ("blue", 215),
    ("蓝", 215),
    ("purple", 275),
    ("紫", 275),
    ("pink", 330),
    ("粉", 330),
];

/// The reply to a request for pictures, in the native API's shape; the error is the message of a 400.
pub(super) fn reply(body: &[u8], host: &str, stamp: &Stamp) -> Result<Value, String> {
    let body: Value = serde_json::from_slice(body).map_err(|_| "the request body is not a JSON object".to_owned())?;
    let content = body["input"]["messages"][0]["content"].as_array();
    let content = content.map(Vec::as_slice).unwrap_or_default();
    let prompt = content
        .iter()
        .find_map(|part| part["text"].as_str())
        .unwrap_or_default();
    if prompt.is_empty() {
        return Err("Field 'prompt' is required".to_owned());
    }
    let parameters = &body["parameters"];
    let count = parameters["n"].as_u64().unwrap_or(1);
    if !(1..=MOST).contains(&count) {
        return Err(format!("Range of n should be [1, {MOST}]"));
    }
    let (width, height) = sides(parameters["size"].as_str());
    let seed = parameters["seed"].as_u64().unwrap_or_else(|| hash(prompt));
    let picture = |number: u64| {
        let drawing = Drawing {
            hue: hue(prompt),
            seed: seed.wrapping_add(number),
            width,
            height,
        };
        json!({"image": format!("{host}{PICTURES}{}", drawing.name())})
    };
    let pictures = content.iter().filter(|part| part["image"].is_string()).count();
    let told = match pictures {
        0 => {
            "The demo draws a landscape for every prompt, its colours by the words; a real model draws what you ask for."
        }
        _ => "The demo does not look at pictures and draws a landscape; a real model changes the picture.",
    };
    let parts: Vec<Value> = [json!({"text": told})]
        .into_iter()
        .chain((0..count).map(picture))
        .collect();
    Ok(json!({
        "output": {"choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": parts}}]},
        "usage": {"image_count": count, "width": width, "height": height},
        "request_id": stamp.request_id,
    }))
}

/// The picture of a path; `None` without one.
pub(super) fn picture(path: &str) -> Option<Vec<u8>> {
    Drawing::read(path.strip_prefix(PICTURES)?)?.png()
}

fn sides(size: Option<&str>) -> (u32, u32) {
    let side = |text: &str| text.parse::<u32>().ok().map(|side| side.clamp(16, LONGEST_SIDE));
    size.and_then(|size| size.split_once('*'))
        .and_then(|(width, height)| Some((side(width)?, side(height)?)))
        .unwrap_or((USUAL_SIDE, USUAL_SIDE))
}

fn hue(prompt: &str) -> u32 {
    let prompt = prompt.to_lowercase();
    let named = HUES.iter().find(|(word, _)| prompt.contains(word));
    named.map_or_else(|| (hash(&prompt) % 360) as u32, |(_, hue)| *hue)
}

/// The same in every run: the hasher has fixed keys.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish() & 0xffff_ffff
}

/// A landscape: sky, sun, and hills one behind the other.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Drawing {
    hue: u32,
    seed: u64,
    width: u32,
    height: u32,
}

impl Drawing {
    /// What it is made from, as a file's name.
    fn name(self) -> String {
        let Drawing {
            hue,
            seed,
            width,
            height,
        } = self;
        format!("{hue}-{seed}-{width}x{height}.png")
    }

    fn read(name: &str) -> Option<Drawing> {
        let mut parts = name.strip_suffix(".png")?.split(['-', 'x']);
        let mut next = || parts.next()?.parse::<u64>().ok();
        let (hue, seed) = (next()?, next()?);
        let mut side = || {
            u32::try_from(next()?)
                .ok()
                .filter(|side| (16..=LONGEST_SIDE).contains(side))
        };
        Some(Drawing {
            hue: u32::try_from(hue).ok()?,
            seed,
            width: side()?,
            height: side()?,
        })
    }

    fn png(self) -> Option<Vec<u8>> {
        let random = |at: u64| {
            // Knuth's multiplier spreads neighbours.
            let mixed = (self.seed ^ at << 32).wrapping_mul(6_364_136_223_846_793_005);
            (mixed >> 40) as f32 / (1u64 << 24) as f32
        };
        let hue = self.hue as f32;
        let (sun_x, sun_y, sun_r) = (0.2 + 0.6 * random(1), 0.18 + 0.2 * random(2), 0.07 + 0.05 * random(3));
        let aspect = self.width as f32 / self.height as f32;
        let hill = |layer: u64, x: f32| {
            let wave = |count: f32, at: u64| (x * count * TAU * 0.5 + random(at) * TAU).sin();
            let base = 0.5 + 0.13 * layer as f32;
            base + 0.06 * wave(1.0 + layer as f32, 10 + layer) + 0.03 * wave(3.1 + layer as f32, 20 + layer)
        };
        let drawn = RgbImage::from_fn(self.width, self.height, |x, y| {
            let (x, y) = (x as f32 / self.width as f32, y as f32 / self.height as f32);
            let front = (0..4u64).rev().find(|layer| y > hill(*layer, x));
            match front {
                Some(layer) => color(hue + 12.0 * layer as f32, 0.45, 0.52 - 0.11 * layer as f32),
                None if ((x - sun_x) * aspect).hypot(y - sun_y) < sun_r => color(48.0, 0.9, 0.8),
                None => color(hue + 25.0, 0.55, 0.62 + 0.3 * y),
            }
        });
        let mut png = Vec::new();
        drawn.write_with_encoder(PngEncoder::new(&mut png)).ok()?;
        Some(png)
    }
}

/// A colour by hue in degrees, saturation and lightness from 0 to 1 (CSS Color 4, section 7).
fn color(hue: f32, saturation: f32, lightness: f32) -> Rgb<u8> {
    let part = |n: f32| {
        let k = (n + hue / 30.0) % 12.0;
        let range = saturation * lightness.min(1.0 - lightness);
        let value = lightness - range * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
        (value * 255.0).round() as u8
    };
    Rgb([part(0.0), part(8.0), part(4.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp() -> Stamp {
        Stamp {
            request_id: "demo-0001".to_owned(),
            created: 0,
        }
    }

    fn asked(prompt: &str, parameters: Value) -> Result<Value, String> {
        let body = json!({"model": "demo", "parameters": parameters,
            "input": {"messages": [{"role": "user", "content": [{"text": prompt}]}]}});
        reply(body.to_string().as_bytes(), "http://h", &stamp())
    }

    #[test]
    fn each_picture_of_a_request_is_drawn_in_its_size() {
        let reply = asked("a red fox", json!({"n": 2, "size": "64*32", "seed": 7})).unwrap();
        let parts = reply["output"]["choices"][0]["message"]["content"].as_array().unwrap();
        let urls: Vec<&str> = parts.iter().filter_map(|part| part["image"].as_str()).collect();
        assert_eq!(
            urls,
            [
                "http://h/demo-pictures/5-7-64x32.png",
                "http://h/demo-pictures/5-8-64x32.png"
            ]
        );
        let path = |url: &&str| url.strip_prefix("http://h").unwrap().to_owned();
        let drawn: Vec<Vec<u8>> = urls.iter().map(|url| picture(&path(url)).unwrap()).collect();
        assert_ne!(drawn[0], drawn[1]);
        let read = image::load_from_memory(&drawn[0]).unwrap();
        assert_eq!((read.width(), read.height()), (64, 32));
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        assert_eq!(asked("", json!({})).unwrap_err(), "Field 'prompt' is required");
        assert_eq!(asked("a", json!({"n": 7})).unwrap_err(), "Range of n should be [1, 6]");
        assert!(reply(b"{", "http://h", &stamp()).is_err());
        for path in [
            "/demo-pictures/1-2-8x8.png",
            "/demo-pictures/1-2-9999x16.png",
            "/demo-pictures/a.png",
            "/other",
        ] {
            assert_eq!(picture(path), None, "{path}");
        }
    }
}
