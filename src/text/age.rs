//! Ages as people write them: `90s`, `5m`, `1h`, `1d`, `2w`.

use std::time::Duration;

/// The duration that such a text names; `None` for any other text, and for one of nothing.
pub fn parse_age(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let is_number = count.bytes().all(|byte| byte.is_ascii_digit());
    let count: u32 = count.parse().ok().filter(|count| is_number && *count > 0)?;
    Some(Duration::from_secs(u64::from(count) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_and_a_unit() {
        let seconds = |text| parse_age(text).map(|age| age.as_secs());
        assert_eq!(
            ["90s", "5m", "1h", "1d", "2w"].map(seconds),
            [90, 300, 3_600, 86_400, 1_209_600].map(Some)
        );
        for bad in [
            "",
            "s",
            "5",
            "0s",
            "-1d",
            "+1d",
            "1.5h",
            "1 d",
            "1D",
            "5min",
            "99999999999w",
            "1é",
            "天",
        ] {
            assert_eq!(parse_age(bad), None, "{bad}");
        }
    }
}
