//! The connections that read, so that no read waits for a commit.

use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;

use crate::error::Error;
use crate::options::Options;

/// A bounded number of connections.
#[derive(Debug)]
pub(crate) struct Readers {
    first: Mutex<Connection>,
    others: Vec<Mutex<Connection>>,
    count: NonZeroUsize,
    next: AtomicUsize,
}

impl Readers {
    pub(crate) fn open(options: &Options) -> Result<Self, Error> {
        let open = || Ok::<_, Error>(Mutex::new(options.reader()?));
        let others = (1..options.reader_count().get()).map(|_| open());
        Ok(Self {
            first: open()?,
            others: others.collect::<Result<_, _>>()?,
            count: options.reader_count().into(),
            next: AtomicUsize::new(0),
        })
    }

    /// Lends one that is free, or waits for the one whose turn it is.
    pub(crate) fn lend(&self) -> MutexGuard<'_, Connection> {
        let all = core::iter::once(&self.first).chain(&self.others);
        let free = all.clone().find_map(|reader| match reader.try_lock() {
            Ok(free) => Some(free),
            // A panic elsewhere leaves nothing half done: what it read was its own.
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        });
        free.unwrap_or_else(|| {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let reader = all.cycle().nth(turn % self.count).unwrap_or(&self.first);
            reader.lock().unwrap_or_else(PoisonError::into_inner)
        })
    }
}
