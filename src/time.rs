//! Points in time: integer milliseconds UTC, from 1970 to the end of 9999.

use core::fmt;
use core::time::Duration;

/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// # Examples
///
/// ```
/// use tenancy::time::Timestamp;
///
/// let noon = Timestamp::from_millis(43_200_000)?;
/// assert_eq!(noon.as_millis(), 43_200_000);
/// # Ok::<(), tenancy::time::InvalidTimestamp>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last millisecond of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// Takes milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// When the time is after the year 9999.
    pub fn from_millis(millis: u64) -> Result<Self, InvalidTimestamp> {
        if millis > Self::MAX.0 {
            return Err(InvalidTimestamp);
        }
        Ok(Self(millis))
    }

    /// Returns milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.0
    }

    /// Adds a duration and stays at [`Timestamp::MAX`] when it would pass it.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis).min(Self::MAX.0))
    }
}

#[cfg(feature = "std")]
impl TryFrom<std::time::SystemTime> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(time: std::time::SystemTime) -> Result<Self, InvalidTimestamp> {
        let since = time
            .duration_since(std::time::UNIX_EPOCH)
            .map_err(|_| InvalidTimestamp)?;
        let millis = u64::try_from(since.as_millis()).map_err(|_| InvalidTimestamp)?;
        Self::from_millis(millis)
    }
}

/// A time before 1970 or after 9999.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InvalidTimestamp;

impl fmt::Display for InvalidTimestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected a time from 1970 to 9999")
    }
}

impl core::error::Error for InvalidTimestamp {}
