//! How long something takes, in words.

use std::time::Duration;

use super::UiText;
use crate::tr;

/// `0.31 s`, `12 s`, `1 min 30 s`, `2 h 5 min`, `3 d 4 h`: the two largest units. Hundredths are shown below a minute; who
/// wants fewer rounds before.
pub fn seconds(duration: Duration) -> UiText {
    let whole = duration.as_secs();
    let two = |large: u64, large_text: fn(u64) -> UiText, small: u64, small_text: fn(u64) -> UiText| match small {
        0 => large_text(large),
        _ => tr!("{} {}", large_text(large), small_text(small)),
    };
    let days = |count: u64| tr!("{} d", count);
    let hours = |count: u64| tr!("{} h", count);
    let minutes = |count: u64| tr!("{} min", count);
    let seconds = |count: u64| tr!("{} s", count);
    match whole {
        0..60 => {
            let text = format!("{:.2}", duration.as_secs_f64());
            tr!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
        }
        60..3600 => two(whole / 60, minutes, whole % 60, seconds),
        3600..86_400 => two(whole / 3600, hours, whole / 60 % 60, minutes),
        _ => two(whole / 86_400, days, whole / 3600 % 24, hours),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::lang::Lang;

    #[test]
    fn a_duration_has_its_two_largest_units() {
        for (millis, english, chinese) in [
            (0, "0 s", "0 秒"),
            (310, "0.31 s", "0.31 秒"),
            (1_000, "1 s", "1 秒"),
            (12_500, "12.5 s", "12.5 秒"),
            (60_000, "1 min", "1 分钟"),
            (90_900, "1 min 30 s", "1 分钟 30 秒"),
            (7_200_000, "2 h", "2 小时"),
            (7_500_000, "2 h 5 min", "2 小时 5 分钟"),
            (86_400_000, "1 d", "1 天"),
            (273_600_000, "3 d 4 h", "3 天 4 小时"),
        ] {
            let text = seconds(Duration::from_millis(millis));
            assert_eq!(text, english);
            assert_eq!(text.localize(Lang::ZhCn), chinese);
        }
    }
}
