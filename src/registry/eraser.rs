//! How a registry has its store erase people.

use alloc::boxed::Box;
use core::fmt;
use core::pin::Pin;

use crate::id::OrganizationId;
use crate::record::Version;
use crate::store::{Erase, Erasure, Store, blocking};

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The verbs of an asynchronous store that can forget, for a registry whose own bound does not say
/// that it can.
pub(crate) struct Eraser<S: Store> {
    erase: for<'a> fn(&'a S, &'a Erasure) -> Later<'a, Result<(), S::Error>>,
    erased: for<'a> fn(&'a S, OrganizationId) -> Later<'a, Result<Version, S::Error>>,
}

impl<S: Erase> Eraser<S> {
    pub(crate) fn new() -> Self {
        Self {
            erase: |store, it| Box::pin(store.erase(it)),
            erased: |store, id| Box::pin(store.erased(id)),
        }
    }
}

impl<S: Store> Eraser<S> {
    pub(crate) async fn erase(&self, store: &S, erasure: &Erasure) -> Result<(), S::Error> {
        (self.erase)(store, erasure).await
    }

    pub(crate) async fn erased(&self, store: &S, id: OrganizationId) -> Result<Version, S::Error> {
        (self.erased)(store, id).await
    }
}

/// The same of a blocking store.
pub(crate) struct BlockingEraser<S: blocking::Store> {
    erase: fn(&S, &Erasure) -> Result<(), S::Error>,
    erased: fn(&S, OrganizationId) -> Result<Version, S::Error>,
}

impl<S: blocking::Erase> BlockingEraser<S> {
    pub(crate) fn new() -> Self {
        Self {
            erase: S::erase,
            erased: S::erased,
        }
    }
}

impl<S: blocking::Store> BlockingEraser<S> {
    pub(crate) fn erase(&self, store: &S, erasure: &Erasure) -> Result<(), S::Error> {
        (self.erase)(store, erasure)
    }

    pub(crate) fn erased(&self, store: &S, id: OrganizationId) -> Result<Version, S::Error> {
        (self.erased)(store, id)
    }
}

impl<S: Store> fmt::Debug for Eraser<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Eraser")
    }
}

impl<S: blocking::Store> fmt::Debug for BlockingEraser<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Eraser")
    }
}
