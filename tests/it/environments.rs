//! The clock and the randomness of the host.

#![expect(clippy::unwrap_used, reason = "what panics here is a failed test")]

use alloc::sync::Arc;
use core::time::Duration;

use tenancy::environment::{
    Entropy, Environment, EnvironmentError, SeededEnvironment, SystemEnvironment,
};
use tenancy::time::Timestamp;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

fn filled(environment: &dyn Environment, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    environment.fill(&mut bytes).unwrap();
    bytes
}

struct Broken;

impl Environment for Broken {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        Err(EnvironmentError::clock())
    }

    fn fill(&self, _: &mut [u8]) -> Result<(), EnvironmentError> {
        Err(EnvironmentError::entropy())
    }
}

#[test]
fn the_system_has_a_clock_and_randomness() {
    let system: Arc<dyn Environment> = Arc::new(SystemEnvironment::new());
    assert!(system.now().unwrap() > at(1_700_000_000_000));
    assert_ne!(filled(&system, 32), filled(&system, 32));
}

#[test]
fn a_failure_is_an_error() {
    assert_eq!(Broken.now().unwrap_err(), EnvironmentError::clock());
    assert_eq!(
        Entropy::draw(&Broken).unwrap_err(),
        EnvironmentError::entropy()
    );
}

#[test]
fn the_seeded_clock_moves_only_when_told() {
    let environment = SeededEnvironment::new(1, at(5));
    assert_eq!(environment.now(), Ok(at(5)));
    environment.advance(Duration::from_millis(10));
    assert_eq!(environment.now(), Ok(at(15)));
    environment.set(at(3));
    assert_eq!(environment.now(), Ok(at(3)));
    environment.advance(Duration::MAX);
    assert_eq!(environment.now(), Ok(Timestamp::MAX));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let [one, same, other] = [1, 1, 2].map(|seed| SeededEnvironment::new(seed, at(0)));
    for len in [0, 1, 31, 32, 33, 100] {
        let bytes = filled(&one, len);
        assert_eq!(bytes, filled(&same, len));
        assert!(len < 31 || bytes != filled(&other, len));
    }
    assert_ne!(filled(&one, 32), filled(&one, 32));
}

#[test]
fn a_draw_takes_the_bytes_of_the_environment() {
    let [one, same] = [1, 1].map(|seed| SeededEnvironment::new(seed, at(0)));
    let drawn = Entropy::draw(&one).unwrap();
    let seed: [u8; 32] = filled(&same, 32).try_into().unwrap();
    assert_eq!(drawn.bytes::<32>(), Entropy::new(seed).bytes::<32>());
}
