//! Times for people: `5 min ago`, `yesterday`, a date. Pure.

use crate::i18n::UiText;
use crate::tr;
use jiff::{Timestamp, tz::TimeZone};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long before `now` a moment was, both in milliseconds since 1970: `just now`, `5 min ago`, `2 h ago`,
/// `yesterday`, `3 days ago`; after a week the date, in `zone`.
pub fn ago(then: i64, now: i64, zone: &TimeZone) -> UiText {
    let seconds = (now - then) / 1000;
    // A clock that was set back makes a moment lie ahead.
    if seconds < MINUTE {
        tr!("just now")
    } else if seconds < HOUR {
        tr!("{} min ago", seconds / MINUTE)
    } else if seconds < DAY {
        tr!("{} h ago", seconds / HOUR)
    } else if seconds < 2 * DAY {
        tr!("yesterday")
    } else if seconds < 7 * DAY {
        tr!("{} days ago", seconds / DAY)
    } else {
        UiText::foreign(date(then, zone))
    }
}

/// The date in `zone`: `2026-11-21`.
pub fn date(then: i64, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(then) {
        Ok(moment) => moment.to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string(),
        Err(_) => String::new(),
    }
}

/// Date and time in `zone`: `2026-11-21 06:42`.
pub fn date_time(then: i64, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(then) {
        Ok(moment) => moment.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_when() {
        let now = 1_795_248_000_000; // 2026-11-21 08:00 UTC
        let said = |seconds: i64| ago(now - seconds * 1000, now, &TimeZone::UTC);
        assert_eq!(said(-30), "just now");
        assert_eq!(said(59), "just now");
        assert_eq!(said(60), "1 min ago");
        assert_eq!(said(2 * HOUR + 1), "2 h ago");
        assert_eq!(said(DAY), "yesterday");
        assert_eq!(said(6 * DAY), "6 days ago");
        assert_eq!(said(8 * DAY), "2026-11-13");
        assert_eq!(date_time(now, &TimeZone::UTC), "2026-11-21 08:00");
    }
}
