//! Moments as people read them. By hand: a date library would weigh more than all pages together.

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `23 November 2026` of `2026-11-23T14:11:52.367520+00:00`. What is not such a moment is given back as it is.
pub(crate) fn day(moment: &str) -> String {
    read(moment).map_or_else(|| moment.to_owned(), |(day, _)| day)
}

/// `23 November 2026, 14:11 UTC`. The same on the server and in every browser, whatever their time zones.
pub(crate) fn minute(moment: &str) -> String {
    read(moment).map_or_else(
        || moment.to_owned(),
        |(day, time)| format!("{day}, {time} UTC"),
    )
}

fn read(moment: &str) -> Option<(String, &str)> {
    let (date, time) = moment.split_once('T')?;
    if !time.ends_with("+00:00") && !time.ends_with('Z') {
        return None;
    }
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
    let day: u8 = day.parse().ok()?;
    Some((format!("{day} {month} {year}"), time.get(..5)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_readable() {
        assert_eq!(day("2026-11-23T14:11:52.367520+00:00"), "23 November 2026");
        assert_eq!(minute("2026-01-02T03:04:05Z"), "2 January 2026, 03:04 UTC");
    }

    #[test]
    fn anything_else_is_left_alone() {
        for odd in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-23T14:11:52+02:00",
        ] {
            assert_eq!((day(odd), minute(odd)), (odd.to_owned(), odd.to_owned()));
        }
    }
}
