//! Parsers of the generation options, which refuse values out of range.

use std::time::Duration;

use crate::i18n::{StaticText, UiText};
use crate::text::parse_age;
use crate::{tr, tr_static};
use jiff::civil::Date;
use qwen_api::Decimal;

pub fn temperature(text: &str) -> Result<f64, UiText> {
    number(text, tr_static!("must be a number from 0 to 2"), |x| {
        (0.0..=2.0).contains(&x)
    })
}

pub fn top_p(text: &str) -> Result<f64, UiText> {
    number(text, tr_static!("must be a number above 0 and at most 1"), |x| {
        x > 0.0 && x <= 1.0
    })
}

pub fn presence_penalty(text: &str) -> Result<f64, UiText> {
    number(text, tr_static!("must be a number from -2 to 2"), |x| {
        (-2.0..=2.0).contains(&x)
    })
}

pub fn top_k(text: &str) -> Result<u32, UiText> {
    whole(text, 0, i32::MAX as u32)
}

pub fn max_tokens(text: &str) -> Result<u32, UiText> {
    whole(text, 1, i32::MAX as u32)
}

pub fn seed(text: &str) -> Result<u32, UiText> {
    whole(text, 0, i32::MAX as u32)
}

pub fn budget(text: &str) -> Result<u32, UiText> {
    whole(text, 1, i32::MAX as u32)
}

pub fn port(text: &str) -> Result<u16, UiText> {
    whole(text, 0, u16::MAX.into()).map(|n| n as u16)
}

pub fn concurrency(text: &str) -> Result<usize, UiText> {
    whole(text, 1, 256).map(|n| n as usize)
}

/// Seconds between two looks at a job.
pub fn poll(text: &str) -> Result<Duration, UiText> {
    let range = 0.01..=3600.0;
    let seconds = text.parse().ok().filter(|seconds| range.contains(seconds));
    seconds
        .map(Duration::from_secs_f64)
        .ok_or_else(|| tr!("must be a number of seconds from {} to {}", "0.01", "3600"))
}

pub fn nth(text: &str) -> Result<usize, UiText> {
    whole(text, 1, u16::MAX.into()).map(|n| n as usize)
}

/// The number of pictures.
pub fn pictures(text: &str) -> Result<u32, UiText> {
    whole(text, 1, 12)
}

/// The size of a picture, `1024x768` or `2K`.
pub fn picture_size(text: &str) -> Result<String, UiText> {
    const LONGEST_SIDE: u32 = 16_384;
    let text = text.trim().to_ascii_uppercase();
    if matches!(text.as_str(), "1K" | "2K" | "4K") {
        return Ok(text);
    }
    let side = |text: &str| {
        text.parse::<u32>()
            .ok()
            .filter(|side| (1..=LONGEST_SIDE).contains(side))
    };
    let sides = text.split_once(['X', '*', '×']);
    let sides = sides.and_then(|(width, height)| Some((side(width)?, side(height)?)));
    let (width, height) =
        sides.ok_or_else(|| tr!("must be WIDTHxHEIGHT in pixels, as in 1024x768, or 1K, 2K or 4K"))?;
    Ok(format!("{width}x{height}"))
}

pub fn age(text: &str) -> Result<Duration, UiText> {
    parse_age(text).ok_or_else(|| tr!("must be an age, as in 90s, 5m, 1h, 1d or 2w"))
}

pub fn amount(text: &str) -> Result<Decimal, UiText> {
    Decimal::parse(text.trim()).ok_or_else(|| tr!("must be an amount, such as 0.5"))
}

pub fn date(text: &str) -> Result<Date, UiText> {
    text.parse().map_err(|_| tr!("must be a date, such as 2026-11-28"))
}

pub fn stop(text: &str) -> Result<String, UiText> {
    if text.is_empty() {
        return Err(tr!("must not be empty"));
    }
    Ok(text.to_owned())
}

/// A name and a value.
pub fn assignment(text: &str) -> Result<(String, String), UiText> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(tr!("must be KEY=VALUE")),
    }
}

fn number(text: &str, allowed: StaticText, fits: impl Fn(f64) -> bool) -> Result<f64, UiText> {
    match text.trim().parse::<f64>() {
        Ok(x) if x.is_finite() && fits(x) => Ok(x),
        _ => Err(allowed.into()),
    }
}

fn whole(text: &str, least: u32, most: u32) -> Result<u32, UiText> {
    match text.trim().parse::<u32>() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(tr!("must be a whole number from {} to {}", least, most)),
    }
}
