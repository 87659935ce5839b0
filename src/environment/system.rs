use std::time::SystemTime;

use super::{Environment, EnvironmentError};
use crate::time::Timestamp;

/// The clock and the randomness of the operating system.
///
/// # Examples
///
/// ```
/// use tenancy::environment::{Environment, SystemEnvironment};
///
/// let environment = SystemEnvironment::new();
/// let mut bytes = [0; 32];
/// environment.fill(&mut bytes)?;
/// assert!(bytes != [0; 32]);
/// assert!(environment.now()?.as_millis() > 0);
/// # Ok::<(), tenancy::environment::EnvironmentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemEnvironment;

impl SystemEnvironment {
    /// Takes the operating system as it is.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Environment for SystemEnvironment {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the clock; everywhere else time is an argument"
        )]
        let now = SystemTime::now();
        Timestamp::try_from(now).map_err(|_| EnvironmentError::clock())
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        getrandom::fill(bytes).map_err(|_| EnvironmentError::entropy())
    }
}
