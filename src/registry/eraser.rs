//! How a registry has its store erase people.

use alloc::boxed::Box;
use core::fmt;
use core::pin::Pin;

use crate::id::OrganizationId;
use crate::record::Version;
use crate::registry::{Error, Failure};
use crate::store::{Erase, Erasure, blocking};

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The error of a store, whose type a registry knows only where its bound says that it is one.
type Failed = Box<dyn core::error::Error + Send + Sync>;

/// Returns the error of a registry that could not have its store erase.
pub(crate) fn not_erased<E: core::error::Error + 'static>(error: Failed) -> Error<E> {
    let error = error.downcast::<E>();
    // INVARIANT: it is the error of the registry's own store, so it is of this type.
    error.map_or_else(|_| Failure::Over.into(), |it| Error::NotErased(*it))
}

/// The verbs of an asynchronous store that can forget, for a registry whose own bound does not say
/// that it can.
pub(crate) struct Eraser<S> {
    erase: for<'a> fn(&'a S, &'a Erasure) -> Later<'a, Result<(), Failed>>,
    erased: for<'a> fn(&'a S, OrganizationId) -> Later<'a, Result<Version, Failed>>,
}

impl<S: Erase> Eraser<S> {
    pub(crate) fn new() -> Self {
        Self {
            erase: |store, it| Box::pin(async move { store.erase(it).await.map_err(Failed::from) }),
            erased: |store, id| {
                Box::pin(async move { store.erased(id).await.map_err(Failed::from) })
            },
        }
    }
}

impl<S> Eraser<S> {
    pub(crate) async fn erase(&self, store: &S, erasure: &Erasure) -> Result<(), Failed> {
        (self.erase)(store, erasure).await
    }

    pub(crate) async fn erased(&self, store: &S, id: OrganizationId) -> Result<Version, Failed> {
        (self.erased)(store, id).await
    }
}

/// The same of a blocking store.
pub(crate) struct BlockingEraser<S> {
    erase: fn(&S, &Erasure) -> Result<(), Failed>,
    erased: fn(&S, OrganizationId) -> Result<Version, Failed>,
}

impl<S: blocking::Erase> BlockingEraser<S> {
    pub(crate) fn new() -> Self {
        Self {
            erase: |store, it| store.erase(it).map_err(Failed::from),
            erased: |store, id| store.erased(id).map_err(Failed::from),
        }
    }
}

impl<S> BlockingEraser<S> {
    pub(crate) fn erase(&self, store: &S, erasure: &Erasure) -> Result<(), Failed> {
        (self.erase)(store, erasure)
    }

    pub(crate) fn erased(&self, store: &S, id: OrganizationId) -> Result<Version, Failed> {
        (self.erased)(store, id)
    }
}

impl<S> fmt::Debug for Eraser<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Eraser")
    }
}

impl<S> fmt::Debug for BlockingEraser<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Eraser")
    }
}
