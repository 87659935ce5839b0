use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use super::{Entropy, Environment, EnvironmentError};
use crate::time::Timestamp;

/// A clock that moves only when told, and randomness that is the same for the same seed: for tests and simulation, never for secrets.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
///
/// use tenancy::environment::{Environment, SeededEnvironment};
/// use tenancy::time::Timestamp;
///
/// let start = Timestamp::from_millis(1_700_000_000_000)?;
/// let environment = SeededEnvironment::new(7, start);
/// environment.advance(Duration::from_secs(60));
/// assert_eq!(environment.now()?.as_millis(), 1_700_000_060_000);
///
/// let (mut one, mut other) = ([0; 8], [0; 8]);
/// environment.fill(&mut one)?;
/// SeededEnvironment::new(7, start).fill(&mut other)?;
/// assert_eq!(one, other);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SeededEnvironment(Mutex<State>);

#[derive(Debug)]
struct State {
    now: Timestamp,
    entropy: Entropy,
}

impl SeededEnvironment {
    /// Starts at a time, with the randomness of a seed.
    #[must_use]
    pub fn new(seed: u64, now: Timestamp) -> Self {
        let entropy = Entropy::new(Sha256::digest(seed.to_be_bytes()).into());
        Self(Mutex::new(State { now, entropy }))
    }

    /// Moves the clock on; it stays at the end of the year 9999.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.now = state.now.saturating_add(duration);
    }

    /// Sets the clock, also back.
    pub fn set(&self, now: Timestamp) {
        self.state().now = now;
    }

    /// A panic of another thread leaves a clock and a counter that are still right.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Environment for SeededEnvironment {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        Ok(self.state().now)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        let state = self.state();
        for chunk in bytes.chunks_mut(32) {
            let block: [u8; 32] = state.entropy.bytes();
            chunk
                .iter_mut()
                .zip(block)
                .for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}
