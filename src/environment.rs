//! What the core asks of the outside world: the time, and random bytes.
//!
//! Owns the rule that nothing else in the crate reads a clock or a source of randomness: both come through [`Environment`], and both may fail.
//! [`Entropy`] spreads one draw over a whole run, so that a decision that is made again makes the same ids.

mod entropy;
#[cfg(feature = "std")]
mod seeded;
#[cfg(feature = "std")]
mod system;

use alloc::sync::Arc;
use core::fmt;

pub use self::entropy::Entropy;
#[cfg(feature = "std")]
pub use self::seeded::SeededEnvironment;
#[cfg(feature = "std")]
pub use self::system::SystemEnvironment;
use crate::time::Timestamp;

/// The clock and the randomness of the host.
///
/// Hosts without an operating system write their own; others take `SystemEnvironment`, and their tests `SeededEnvironment` (feature `std`).
///
/// # Examples
///
/// ```
/// use tenancy::environment::{Environment, EnvironmentError};
/// use tenancy::time::Timestamp;
///
/// /// A board whose clock has not been set yet.
/// struct Board;
///
/// impl Environment for Board {
///     fn now(&self) -> Result<Timestamp, EnvironmentError> {
///         Err(EnvironmentError::clock())
///     }
///
///     fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
///         bytes.fill(4); // a real board asks its generator
///         Ok(())
///     }
/// }
///
/// assert_eq!(Board.now(), Err(EnvironmentError::clock()));
/// ```
pub trait Environment: Send + Sync {
    /// Returns the time.
    ///
    /// # Errors
    ///
    /// When the clock cannot be read or stands before 1970 or after 9999.
    fn now(&self) -> Result<Timestamp, EnvironmentError>;

    /// Fills all the bytes from a cryptographic source: ids and secrets are made of them.
    ///
    /// # Errors
    ///
    /// When the source fails; what the bytes are then does not matter.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError>;
}

impl fmt::Debug for dyn Environment + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

impl<E: Environment + ?Sized> Environment for Arc<E> {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        (**self).now()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        (**self).fill(bytes)
    }
}

/// The clock or the randomness of the host failed, so nothing was decided.
///
/// # Examples
///
/// ```
/// use tenancy::environment::EnvironmentError;
///
/// assert_eq!(
///     EnvironmentError::clock().to_string(),
///     "expected a clock that stands between 1970 and 9999",
/// );
/// assert_eq!(
///     EnvironmentError::entropy().to_string(),
///     "expected random bytes, but their source failed",
/// );
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EnvironmentError(Kind);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Clock,
    Entropy,
}

impl EnvironmentError {
    /// The clock cannot be read, or stands before 1970 or after 9999.
    #[must_use]
    pub const fn clock() -> Self {
        Self(Kind::Clock)
    }

    /// The source of randomness failed.
    #[must_use]
    pub const fn entropy() -> Self {
        Self(Kind::Entropy)
    }
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Clock => "expected a clock that stands between 1970 and 9999",
            Kind::Entropy => "expected random bytes, but their source failed",
        })
    }
}

impl core::error::Error for EnvironmentError {}
