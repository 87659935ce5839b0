//! Timestamps: the text, the ends of the range, and the conversions.

use core::time::Duration;

use proptest::prelude::*;
use tenancy::time::Timestamp;

fn time(text: &str) -> Timestamp {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn texts_that_are_read() {
    for (text, expected) in [
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        (
            "9999-12-31T23:59:59.999999999999Z",
            "9999-12-31T23:59:59.999Z",
        ),
        ("2024-02-29T12:00:00.5Z", "2024-02-29T12:00:00.500Z"),
        ("2026-11-21T19:51:06.1239Z", "2026-11-21T19:51:06.123Z"),
        ("2026-11-21T20:51:06.123+01:00", "2026-11-21T19:51:06.123Z"),
        ("2026-11-21T14:21:06.123-05:30", "2026-11-21T19:51:06.123Z"),
        ("2026-11-21T19:51:06.123-00:00", "2026-11-21T19:51:06.123Z"),
        ("1969-12-31T23:30:00-00:30", "1970-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999-00:00", "9999-12-31T23:59:59.999Z"),
    ] {
        assert_eq!(time(text).to_string(), expected, "{text}");
    }
}

#[test]
fn texts_that_are_refused() {
    for text in [
        "",
        "yesterday",
        "2026-11-21",
        "2026-11-21T19:51Z",
        "2026-11-21T19:51:06",
        "2026-11-21 19:51:06Z",
        "2026-11-21t19:51:06Z",
        "2026-11-21T19:51:06z",
        "2026-11-21T19:51:06.Z",
        "2026-11-21T19:51:06,123Z",
        "2026-11-21T19:51:06+0100",
        "2026-11-21T19:51:06+24:00",
        "2026-11-21T24:00:00Z",
        "2026-11-21T19:60:06Z",
        "2026-11-21T19:51:61Z",
        "2026-13-21T19:51:06Z",
        "2025-02-29T19:51:06Z",
        "2026-00-21T19:51:06Z",
        "+2026-11-21T19:51:06Z",
        " 2026-11-21T19:51:06Z",
        "2026-11-21T19:51:06Z ",
        "1795290666",
    ] {
        let error = text.parse::<Timestamp>().unwrap_err().to_string();
        let expected = "expected a time such as `2026-11-21T19:51:06.123Z`, found ";
        assert_eq!(error, format!("{expected}`{text}`"));
    }
}

/// A leap second that is read as the second before or after it fails here.
#[test]
fn a_leap_second_is_refused_by_name() {
    let text = "2016-12-31T23:59:60Z";
    assert_eq!(
        text.parse::<Timestamp>().unwrap_err().to_string(),
        "expected a second of 00 to 59, found a leap second in `2016-12-31T23:59:60Z`",
    );
}

#[test]
fn the_ends_of_the_range() {
    let range = "expected a time from 1970-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z";
    let millis = Timestamp::MAX.as_millis();
    assert_eq!(Timestamp::from_millis(millis), Ok(Timestamp::MAX));
    for (error, found) in [
        (Timestamp::from_millis(millis + 1), "253402300800000"),
        (Timestamp::from_millis(u64::MAX), "18446744073709551615"),
        ("1970-01-01T00:00:00+00:01".parse(), "-60000"),
        ("1969-12-31T23:59:59.9999Z".parse(), "-1"),
        ("9999-12-31T23:59:59-00:01".parse(), "253402300859000"),
        ("0000-01-01T00:00:00Z".parse(), "-62167219200000"),
    ] {
        let expected = format!("{range}, found {found} milliseconds since the first of them");
        assert_eq!(error.unwrap_err().to_string(), expected);
    }
}

#[test]
fn arithmetic_stops_at_the_ends() {
    let (first, last) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let (millisecond, whole) = (Duration::from_millis(1), last.since(first));
    assert_eq!(first.checked_add(whole), Some(last));
    assert_eq!(first.checked_add(whole + millisecond), None);
    assert_eq!(last.checked_add(Duration::from_micros(999)), Some(last));
    assert_eq!(last.checked_add(Duration::MAX), None);
    assert_eq!(last.saturating_add(Duration::MAX), last);
    assert_eq!(first.saturating_add(millisecond).as_millis(), 1);
    assert_eq!(first.since(last), Duration::ZERO);
}

#[test]
fn debug_and_serde() {
    let time = time("2026-11-21T19:51:06.123Z");
    assert_eq!(format!("{time:?}"), "Timestamp(2026-11-21T19:51:06.123Z)");
    assert_eq!(
        serde_json::to_string(&time).unwrap(),
        "\"2026-11-21T19:51:06.123Z\""
    );
    assert_eq!(
        postcard::to_stdvec(&time).unwrap(),
        postcard::to_stdvec(&1_795_290_666_123_u64).unwrap(),
    );
    // Neither format goes around the range.
    let bytes = postcard::to_stdvec(&(Timestamp::MAX.as_millis() + 1)).unwrap();
    assert!(postcard::from_bytes::<Timestamp>(&bytes).is_err());
    assert!(serde_json::from_str::<Timestamp>("\"1969-12-31T23:59:59Z\"").is_err());
    let error = serde_json::from_str::<Timestamp>("1795290666")
        .unwrap_err()
        .to_string();
    assert!(error.contains("expected an RFC 3339 time"), "{error}");
}

#[test]
fn conversions_refuse_what_is_outside() {
    let nanosecond = ::time::Duration::nanoseconds(1);
    let first = ::time::OffsetDateTime::UNIX_EPOCH;
    assert!(Timestamp::try_from(first - nanosecond).is_err());
    assert_eq!(
        Timestamp::try_from(first + nanosecond),
        Ok(Timestamp::UNIX_EPOCH)
    );
    let last = ::time::OffsetDateTime::from(Timestamp::MAX);
    assert_eq!(Timestamp::try_from(last + nanosecond), Ok(Timestamp::MAX));
    assert_eq!(Timestamp::try_from(last), Ok(Timestamp::MAX));
}

#[cfg(feature = "std")]
#[test]
fn conversions_with_the_system() {
    use std::time::SystemTime;
    let (first, nanosecond) = (SystemTime::UNIX_EPOCH, Duration::from_nanos(1));
    assert!(Timestamp::try_from(first - nanosecond).is_err());
    assert_eq!(
        Timestamp::try_from(first + nanosecond),
        Ok(Timestamp::UNIX_EPOCH)
    );
    let last = SystemTime::from(Timestamp::MAX);
    assert_eq!(Timestamp::try_from(last), Ok(Timestamp::MAX));
    let error = Timestamp::try_from(last + Duration::from_millis(1))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("found 253402300800000 milliseconds"),
        "{error}"
    );
}

#[cfg(feature = "chrono")]
#[test]
fn conversions_with_chrono() {
    use chrono::{DateTime, TimeDelta, Utc};
    assert!(Timestamp::try_from(DateTime::<Utc>::MIN_UTC).is_err());
    assert!(Timestamp::try_from(DateTime::<Utc>::MAX_UTC).is_err());
    let first = DateTime::<Utc>::from(Timestamp::UNIX_EPOCH);
    assert!(Timestamp::try_from(first - TimeDelta::nanoseconds(1)).is_err());
    let last = DateTime::<Utc>::from(Timestamp::MAX);
    assert_eq!(
        last.timestamp_millis().to_string(),
        Timestamp::MAX.as_millis().to_string()
    );
    assert_eq!(Timestamp::try_from(last), Ok(Timestamp::MAX));
}

proptest! {
    #[test]
    fn every_form_holds_the_same_time(millis in 0..=Timestamp::MAX.as_millis()) {
        let time = Timestamp::from_millis(millis).unwrap();
        prop_assert_eq!(time.to_string().len(), 24);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
        prop_assert_eq!(Timestamp::try_from(::time::OffsetDateTime::from(time)), Ok(time));
        let json = serde_json::to_string(&time).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), time);
        let bytes = postcard::to_stdvec(&time).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Timestamp>(&bytes).unwrap(), time);
        #[cfg(feature = "std")]
        prop_assert_eq!(Timestamp::try_from(std::time::SystemTime::from(time)), Ok(time));
        #[cfg(feature = "chrono")]
        prop_assert_eq!(Timestamp::try_from(chrono::DateTime::from(time)), Ok(time));
    }

    /// Texts sort as the times do.
    #[test]
    fn the_order_is_that_of_the_text(a in 0..=Timestamp::MAX.as_millis(), b in 0..=Timestamp::MAX.as_millis()) {
        let [a, b] = [a, b].map(|millis| Timestamp::from_millis(millis).unwrap());
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }

    #[test]
    fn any_text_is_read_or_refused(text: String, mutant in "[0-9TZ:.+-]{10}T[0-9TZ:.+-]{0,16}") {
        let _ = text.parse::<Timestamp>();
        let _ = mutant.parse::<Timestamp>();
    }
}
