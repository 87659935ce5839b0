//! Points in time, in whole milliseconds.
//!
//! This module owns the invariant that a [`Timestamp`] lies between 1970-01-01T00:00:00.000Z and
//! 9999-12-31T23:59:59.999Z, so that each has one text of 24 characters and no arithmetic panics.
//! What is finer than a millisecond is cut off towards the past, wherever it comes from.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use ::time::OffsetDateTime;
use ::time::format_description::well_known::Rfc3339;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::parsed::Excerpt;

/// A point in time: milliseconds since the Unix epoch, in UTC, up to the year 9999.
///
/// In text it is RFC 3339 with three digits of fraction. The parser is strict: `T` and `Z` in upper
/// case, all fields there; any offset is taken and converted to UTC. Digits after the third of the
/// fraction are cut off. A leap second, `23:59:60`, has no number of its own in Unix time and is
/// refused.
///
/// In serde, a human-readable format holds the text, any other the milliseconds.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use tenancy::time::Timestamp;
///
/// let time: Timestamp = "2026-11-21T20:51:06.1234567+01:00".parse()?;
/// assert_eq!(time.to_string(), "2026-11-21T19:51:06.123Z");
/// assert_eq!(time.as_millis(), 1_795_290_666_123);
/// assert_eq!(Timestamp::from_millis(1_795_290_666_123)?, time);
///
/// let later = time.saturating_add(Duration::from_secs(60));
/// assert_eq!(later.since(time), Duration::from_secs(60));
/// assert_eq!(time.since(later), Duration::ZERO);
/// # Ok::<(), tenancy::time::InvalidTimestamp>(())
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The latest time, 9999-12-31T23:59:59.999Z.
    ///
    /// ```
    /// assert_eq!(tenancy::time::Timestamp::MAX.to_string(), "9999-12-31T23:59:59.999Z");
    /// ```
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The earliest time, 1970-01-01T00:00:00.000Z.
    ///
    /// ```
    /// assert_eq!(tenancy::time::Timestamp::UNIX_EPOCH.to_string(), "1970-01-01T00:00:00.000Z");
    /// ```
    pub const UNIX_EPOCH: Self = Self(0);

    /// Takes milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// The time is later than [`MAX`](Self::MAX).
    pub const fn from_millis(millis: u64) -> Result<Self, InvalidTimestamp> {
        if millis > Self::MAX.0 {
            return Err(InvalidTimestamp(Kind::Range {
                millis: millis as i128,
            }));
        }
        Ok(Self(millis))
    }

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Returns the time that is later by this much, or `None` when that is after
    /// [`MAX`](Self::MAX).
    ///
    /// ```
    /// use core::time::Duration;
    /// use tenancy::time::Timestamp;
    ///
    /// let second = Duration::from_secs(1);
    /// let time = Timestamp::UNIX_EPOCH.checked_add(second);
    /// assert_eq!(time.map(Timestamp::as_millis), Some(1_000));
    /// assert_eq!(Timestamp::MAX.checked_add(second), None);
    /// ```
    #[must_use]
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        let millis = u64::try_from(duration.as_millis()).ok()?;
        Self::from_millis(self.0.checked_add(millis)?).ok()
    }

    /// Returns the time that is later by this much, at most [`MAX`](Self::MAX).
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        self.checked_add(duration).unwrap_or(Self::MAX)
    }

    /// Returns how long after the other this time is; zero when it is not after.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Returns the first instant of the next calendar month in UTC; [`MAX`](Self::MAX) where there is none.
    ///
    /// ```
    /// use tenancy::time::Timestamp;
    /// let at: Timestamp = "2026-11-27T23:49:00Z".parse()?;
    /// assert_eq!(at.month_end().to_string(), "2026-12-01T00:00:00.000Z");
    /// assert_eq!(at.month_end().month_end().to_string(), "2027-01-01T00:00:00.000Z");
    /// # Ok::<(), tenancy::time::InvalidTimestamp>(())
    /// ```
    #[must_use]
    pub fn month_end(self) -> Self {
        let date = OffsetDateTime::from(self).date();
        let month = date.month().next();
        let year = match month == time::Month::January {
            true => date.year().saturating_add(1),
            false => date.year(),
        };
        let first = time::Date::from_calendar_date(year, month, 1);
        let first = first.map(|date| date.midnight().assume_utc());
        first
            .ok()
            .and_then(|at| at.try_into().ok())
            .unwrap_or(Self::MAX)
    }

    fn from_signed(millis: i128) -> Result<Self, InvalidTimestamp> {
        match u64::try_from(millis) {
            Ok(millis) => Self::from_millis(millis),
            Err(_) => Err(InvalidTimestamp(Kind::Range { millis })),
        }
    }

    /// Writes the text by hand, as the formatting of `time` needs the standard library.
    fn text(self) -> [u8; LEN] {
        let time = OffsetDateTime::from(self);
        let (date, clock) = (time.date(), time.time());
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let [
            y3,
            y2,
            y1,
            y0,
            _,
            o1,
            o0,
            _,
            d1,
            d0,
            _,
            h1,
            h0,
            _,
            m1,
            m0,
            _,
            s1,
            s0,
            _,
            f2,
            f1,
            f0,
            _,
        ] = &mut text;
        // INVARIANT: the range has years of four digits.
        digits(
            [y3, y2, y1, y0],
            u32::try_from(date.year()).unwrap_or_default(),
        );
        digits([o1, o0], u8::from(date.month()).into());
        digits([d1, d0], date.day().into());
        digits([h1, h0], clock.hour().into());
        digits([m1, m0], clock.minute().into());
        digits([s1, s0], clock.second().into());
        digits([f2, f1, f0], clock.millisecond().into());
        text
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({self})")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(as_str(&self.text()))
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let syntax = || {
            InvalidTimestamp(Kind::Syntax {
                found: Excerpt::new(text),
            })
        };
        let bytes = text.as_bytes();
        // `time` takes any separator, and the letters in lower case.
        if bytes.get(10) != Some(&b'T') || bytes.last() == Some(&b'z') {
            return Err(syntax());
        }
        if bytes.get(17..19) == Some(b"60") {
            return Err(InvalidTimestamp(Kind::LeapSecond {
                found: Excerpt::new(text),
            }));
        }
        OffsetDateTime::parse(text, &Rfc3339)
            .map_err(|_| syntax())?
            .try_into()
    }
}

impl TryFrom<&str> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(text: &str) -> Result<Self, InvalidTimestamp> {
        text.parse()
    }
}

/// ```
/// use tenancy::time::Timestamp;
///
/// assert_eq!(Timestamp::try_from(time::OffsetDateTime::UNIX_EPOCH)?, Timestamp::UNIX_EPOCH);
/// # Ok::<(), tenancy::time::InvalidTimestamp>(())
/// ```
impl TryFrom<OffsetDateTime> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(time: OffsetDateTime) -> Result<Self, InvalidTimestamp> {
        Self::from_signed(time.unix_timestamp_nanos().div_euclid(1_000_000))
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(time: Timestamp) -> Self {
        // INVARIANT: the range is within that of `time`, so nothing saturates.
        let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
        Self::UNIX_EPOCH.saturating_add(::time::Duration::milliseconds(millis))
    }
}

/// ```
/// use tenancy::time::Timestamp;
///
/// let time = Timestamp::try_from(chrono::DateTime::UNIX_EPOCH)?;
/// assert_eq!(chrono::DateTime::from(time), chrono::DateTime::UNIX_EPOCH);
/// # Ok::<(), tenancy::time::InvalidTimestamp>(())
/// ```
#[cfg(feature = "chrono")]
#[cfg_attr(docsrs, doc(cfg(feature = "chrono")))]
impl TryFrom<chrono::DateTime<chrono::Utc>> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(time: chrono::DateTime<chrono::Utc>) -> Result<Self, InvalidTimestamp> {
        Self::from_signed(time.timestamp_millis().into())
    }
}

#[cfg(feature = "chrono")]
#[cfg_attr(docsrs, doc(cfg(feature = "chrono")))]
impl From<Timestamp> for chrono::DateTime<chrono::Utc> {
    fn from(time: Timestamp) -> Self {
        // INVARIANT: the range is within that of `chrono`, so the default is never taken.
        let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
        Self::from_timestamp_millis(millis).unwrap_or_default()
    }
}

/// ```
/// use std::time::SystemTime;
/// use tenancy::time::Timestamp;
///
/// let time = Timestamp::try_from(SystemTime::UNIX_EPOCH)?;
/// assert_eq!(SystemTime::from(time), SystemTime::UNIX_EPOCH);
/// # Ok::<(), tenancy::time::InvalidTimestamp>(())
/// ```
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
impl TryFrom<std::time::SystemTime> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(time: std::time::SystemTime) -> Result<Self, InvalidTimestamp> {
        // A nanosecond before the epoch counts as the millisecond before it.
        let millis = match time.duration_since(std::time::SystemTime::UNIX_EPOCH) {
            Ok(since) => i128::try_from(since.as_millis()),
            Err(before) => i128::try_from(before.duration().as_nanos().div_ceil(1_000_000))
                .map(i128::saturating_neg),
        };
        Self::from_signed(millis.unwrap_or(i128::MAX))
    }
}

#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
impl From<Timestamp> for std::time::SystemTime {
    fn from(time: Timestamp) -> Self {
        // INVARIANT: the system counts beyond the year 9999, so the default is never taken.
        Self::UNIX_EPOCH
            .checked_add(Duration::from_millis(time.0))
            .unwrap_or(Self::UNIX_EPOCH)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.serialize_str(as_str(&self.text()));
        }
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return deserializer.deserialize_str(Visitor);
        }
        let millis = u64::deserialize(deserializer)?;
        Self::from_millis(millis).map_err(de::Error::custom)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 time")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map_err(E::custom)
    }
}

/// A text or number is not a [`Timestamp`].
///
/// # Examples
///
/// ```
/// use tenancy::time::Timestamp;
///
/// let error = "yesterday".parse::<Timestamp>().unwrap_err();
/// let text = "expected a time such as `2026-11-21T19:51:06.123Z`, found `yesterday`";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidTimestamp(Kind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Kind {
    #[error("expected a second of 00 to 59, found a leap second in {found}")]
    LeapSecond { found: Excerpt },
    #[error(
        "expected a time from {} to {}, found {millis} milliseconds since the first of them",
        Timestamp::UNIX_EPOCH,
        Timestamp::MAX
    )]
    Range { millis: i128 },
    #[error("expected a time such as `2026-11-21T19:51:06.123Z`, found {found}")]
    Syntax { found: Excerpt },
}

/// Durations in serde: whole milliseconds.
pub(crate) mod millis {
    use core::time::Duration;

    /// Returns a duration as it is read back once it was written.
    pub(crate) fn cut(duration: Duration) -> Duration {
        Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    /// The same where there may be none.
    pub(crate) mod option {
        use core::time::Duration;

        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
        pub(crate) fn serialize<S: Serializer>(
            duration: &Option<Duration>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            let millis = |it: Duration| u64::try_from(it.as_millis()).unwrap_or(u64::MAX);
            duration.map(millis).serialize(serializer)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Duration>, D::Error> {
            let millis = Option::<u64>::deserialize(deserializer)?;
            Ok(millis.map(Duration::from_millis))
        }
    }
}

/// Writes the lowest decimal digits of the value.
fn digits<const N: usize>(slots: [&mut u8; N], value: u32) {
    let mut rest = value;
    for slot in slots.into_iter().rev() {
        let [digit, ..] = (rest % 10).to_le_bytes();
        *slot = b'0' | digit;
        rest /= 10;
    }
}

fn as_str(text: &[u8; LEN]) -> &str {
    // INVARIANT: the text is ASCII, so the default is never taken.
    str::from_utf8(text).unwrap_or_default()
}

const LEN: usize = 24;
