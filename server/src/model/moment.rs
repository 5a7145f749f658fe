//! Moments as texts: read in the forms that databases and files write them in, written in one.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Duration, Month, OffsetDateTime, Time};

const RFC_3339: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Reads a date and a time, such as `2026-11-23 14:11:52.367520` or `2026-11-23T14:11:52Z`, as microseconds since
/// 1970-01-01 UTC. Without an offset it is UTC. None where the text is no moment.
pub(crate) fn micros(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let date = date_of(date)?;
    let (time, offset) = match rest.strip_prefix(['T', 't', ' ']) {
        Some(rest) => {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.');
            let (time, offset) = rest.split_at(end.unwrap_or(rest.len()));
            (time_of(time)?, offset_of(offset)?)
        }
        None if rest.is_empty() => (Time::MIDNIGHT, Duration::ZERO),
        None => return None,
    };
    let moment = date.with_time(time).assume_utc().checked_sub(offset)?;
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).ok()
}

/// Writes microseconds since 1970-01-01 UTC as RFC 3339 does: `2026-11-23T14:11:52.367520Z`. None for a year that has
/// more or fewer than four digits.
pub(crate) fn text(micros: i64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?;
    let written = (0..=9_999).contains(&moment.year());
    written.then(|| moment.format(RFC_3339).ok()).flatten()
}

fn date_of(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let year = i32::try_from(number(parts.next()?, 4)?).ok()?;
    let month = Month::try_from(u8::try_from(number(parts.next()?, 2)?).ok()?).ok()?;
    let day = u8::try_from(number(parts.next()?, 2)?).ok()?;
    Date::from_calendar_date(year, month, day)
        .ok()
        .filter(|_| parts.next().is_none())
}

fn time_of(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = parts.next().map_or(Some(0), |second| number(second, 2))?;
    if parts.next().is_some() || fraction.is_empty() {
        return None;
    }
    let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let small = |number: u32| u8::try_from(number).ok();
    Time::from_hms_micro(
        small(hour)?,
        small(minute)?,
        small(second)?,
        number(&digits, 6)?,
    )
    .ok()
}

fn offset_of(text: &str) -> Option<Duration> {
    let text = text.trim_start();
    let (sign, text) = match text.split_at_checked(1.min(text.len()))? {
        ("", _) | ("Z" | "z", "") => return Some(Duration::ZERO),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = text.split(':').collect();
    let part = |index: usize| {
        digits
            .get(index..index + 2)
            .map_or(Some(0), |part| number(part, 2))
    };
    let right = matches!(digits.len(), 2 | 4 | 6);
    let seconds = i64::from(part(0)?) * 3_600 + i64::from(part(2)?) * 60 + i64::from(part(4)?);
    right.then(|| Duration::seconds(sign * seconds))
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_moment_is_read_to_the_microsecond() {
        for form in [
            "2026-11-23 14:11:52.367520",
            "2026-11-23T14:11:52.36752Z",
            "2026-11-23T14:11:52.367520+00:00",
            "2026-11-23 14:11:52.36752+00",
            "2026-11-23T16:11:52.367520+02:00",
            "2026-11-23 09:41:52.3675209 -0430",
        ] {
            assert_eq!(micros(form), Some(1_795_443_112_367_520), "{form}");
        }
        assert_eq!(micros("1970-01-01"), Some(0));
        assert_eq!(micros("1969-12-31T23:59:59.999999Z"), Some(-1));
        assert_eq!(micros("1970-01-01T00:01"), Some(60_000_000));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for wrong in [
            "",
            "now",
            "infinity",
            "2026-13-01",
            "2026-02-30",
            "2026-11-23x",
            "2026-11-23T25:00:00Z",
            "2026-11-23T14:11:52 BC",
            "2026-11-23T14:11:52.",
            "0044-03-15 00:00:00 BC",
            "2026-11-23T14:11:52+1",
            "2026-11-23T14:11:52Europe/Rome",
            "1795443112",
            "é026-11-23",
        ] {
            assert_eq!(micros(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_moment_is_written_as_it_is_read() {
        for moment in [
            0,
            -1,
            1_795_443_112_367_520,
            253_402_300_799_999_999,
            -62_000_000_000_000_000,
        ] {
            assert_eq!(micros(&text(moment).unwrap()), Some(moment));
        }
        assert_eq!(text(i64::MAX), None);
        assert_eq!(text(0).as_deref(), Some("1970-01-01T00:00:00.000000Z"));
    }
}
