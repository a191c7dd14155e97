//! The limits that each provider and model sets for sound and video.

use std::time::Duration;

use super::recording::{Recording, recording_of};
use crate::error::Failure;
use crate::i18n::UiText;
use crate::i18n::duration::seconds;
use crate::tr;
use qwen_api::uploads::{site_limit, takes_addresses_only};
use qwen_api::{Client, Media, MediaKind};

const MB: u64 = 1 << 20;
const HOUR: u64 = 60 * 60;

/// The most bytes inside a request, where there is another way to send it: a data URI may have 10 MB, and base64 takes four
/// bytes for three.
pub(super) const MAX_INLINE: u64 = 7 * MB;
/// The most bytes inside a request where there is no other way: more takes too much memory here and there.
const MAX_WITHOUT_UPLOADS: u64 = 64 * MB;

/// The limits of one model for one kind; `None` where none is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RecordingLimits {
    /// The shortest and the longest, in seconds.
    min_length: Option<u64>,
    max_length: Option<u64>,
    max_bytes: Option<u64>,
}

/// The length of a recording that is longer than a model takes.
pub fn length_over_limit(media: &Media, client: &Client, model: &str) -> Option<Duration> {
    let length = recording_of(media)?.length?;
    let longest = RecordingLimits::of(client, model, media.kind).max_length?;
    (length.as_secs() > longest).then_some(length)
}

impl RecordingLimits {
    pub(super) fn of(client: &Client, model: &str, kind: MediaKind) -> RecordingLimits {
        if !client.takes_inline() {
            return RecordingLimits {
                max_bytes: Some(site_limit(kind)),
                ..RecordingLimits::default()
            };
        }
        match client.has_uploads() {
            true => of_dashscope(model, kind),
            false => RecordingLimits {
                max_bytes: Some(MAX_WITHOUT_UPLOADS),
                ..RecordingLimits::default()
            },
        }
    }

    /// Checks a recording of this size. The hint of a failure is a shorter or smaller one, or another model.
    pub(super) fn check(self, media: &Media, recording: &Recording, size: u64, model: &str) -> Result<(), Failure> {
        let bad = |why: UiText| Failure::usage(tr!("{} {}", media.name, why));
        let long = |limit: u64| seconds(Duration::from_secs(limit));
        // Fractions of a second are noise beside these limits.
        let length = recording.length.map(|length| length.as_secs());
        if let (Some(length), Some(limit)) = (length, self.max_length)
            && length > limit
        {
            let hint = tr!("send a part of it (ffmpeg -t {} cuts it), or ask another model", limit);
            return Err(bad(tr!("is {} long; {} takes at most {}", long(length), model, long(limit))).hint(hint));
        }
        if let (Some(length), Some(limit)) = (recording.length, self.min_length)
            && length < Duration::from_secs(limit)
        {
            return Err(bad(tr!(
                "is {} long; {} needs at least {}",
                seconds(length),
                model,
                long(limit)
            )));
        }
        if let Some(limit) = self.max_bytes
            && size > limit
        {
            let megabytes = format!("{:.1}", size as f64 / MB as f64);
            let told = tr!("has {} MB; at most {} MB can be sent here", megabytes, limit / MB);
            return Err(bad(told).hint(tr!("send a part of it, or one of lower quality")));
        }
        Ok(())
    }
}

/// "Visual understanding", "Omni-modal" and "Qwen-ASR API reference": what an omni model or one that transcribes takes, and
/// how long a video may be for models that see.
fn of_dashscope(model: &str, kind: MediaKind) -> RecordingLimits {
    let name = model.to_ascii_lowercase();
    let is = |part: &str| name.contains(part);
    let within = |max_length: u64| RecordingLimits {
        max_length: Some(max_length),
        ..RecordingLimits::default()
    };
    let video = |max_length: u64| RecordingLimits {
        min_length: Some(2),
        max_length: Some(max_length),
        max_bytes: Some(2048 * MB),
    };
    match kind {
        _ if is("3.5-omni") => within(if kind == MediaKind::Audio { 3 * HOUR } else { HOUR }),
        _ if is("qwen3-omni") => within(150),
        // Bounded by the tokens of its window alone.
        _ if is("omni") => RecordingLimits::default(),
        _ if takes_addresses_only(model) => RecordingLimits::default(),
        MediaKind::Audio if is("-asr") => within(5 * 60),
        MediaKind::Video if is("qwen3-vl") => video(HOUR),
        MediaKind::Video if ["qwen3.5", "qwen3.6", "qwen3.7", "qwen3.8"].iter().any(|part| is(part)) => video(2 * HOUR),
        _ => RecordingLimits::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_has_its_limits() {
        let longest = |model: &str, kind| of_dashscope(model, kind).max_length;
        use MediaKind::{Audio, Video};
        for (model, audio, video) in [
            ("qwen3.8-omni-flash", None, None),
            ("qwen3.5-omni-plus", Some(3 * HOUR), Some(HOUR)),
            ("qwen3-omni-flash", Some(150), Some(150)),
            ("qwen3-asr-flash", Some(300), None),
            ("qwen3-asr-flash-filetrans", None, None),
            ("qwen3-vl-plus", None, Some(HOUR)),
            ("qwen3.8-max", None, Some(2 * HOUR)),
        ] {
            assert_eq!(
                (longest(model, Audio), longest(model, Video)),
                (audio, video),
                "{model}"
            );
        }
    }

    #[test]
    fn what_is_too_long_too_short_or_too_large_is_told() {
        let told = |model: &str, milliseconds: u64, size: u64| {
            let media = Media {
                name: "clip.mp4".to_owned(),
                ..Media::video("", "video/mp4")
            };
            let recording = Recording {
                kind: MediaKind::Video,
                mime: "video/mp4",
                length: Some(Duration::from_millis(milliseconds)),
                sides: None,
            };
            let checked = of_dashscope(model, MediaKind::Video).check(&media, &recording, size, model);
            checked.map_err(|failure| failure.message.to_string())
        };
        assert_eq!(told("qwen3-omni-flash", 150_900, 1), Ok(()));
        assert_eq!(
            told("qwen3-omni-flash", 151_000, 1).unwrap_err(),
            "clip.mp4 is 2 min 31 s long; qwen3-omni-flash takes at most 2 min 30 s"
        );
        assert_eq!(
            told("qwen3.8-max", 1_900, 1).unwrap_err(),
            "clip.mp4 is 1.9 s long; qwen3.8-max needs at least 2 s"
        );
        assert_eq!(
            told("qwen3.8-max", 3_000, 2049 * MB).unwrap_err(),
            "clip.mp4 has 2049.0 MB; at most 2048 MB can be sent here"
        );
        assert_eq!(told("qwen3.8-omni-flash", 100_000_000, 5000 * MB), Ok(()));
    }
}
