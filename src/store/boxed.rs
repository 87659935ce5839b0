//! Stores whose type does not show, for hosts that choose one while they run.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::error::Error;
use core::fmt;
use core::num::NonZeroU32;
use core::pin::Pin;

use crate::id::OrganizationId;
use crate::record::{Log, Version};
use crate::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt, Store, blocking,
};

/// The error of a store whose type does not show.
///
/// It says and stands for what that store's own error does; [`get`](Self::get) is that error.
#[derive(Debug)]
pub struct BoxError(Box<dyn Error + Send + Sync>);

impl BoxError {
    fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }

    /// Returns the store's own error, which can be downcast.
    #[must_use]
    pub fn get(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.0
    }
}

impl fmt::Display for BoxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for BoxError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Any asynchronous store, in a box: one type for whichever the host chooses while it runs.
///
/// Each call allocates its future. The five methods of a store are handed on, snapshots and
/// erasure are not: what needs them keeps the store's own type.
///
/// ```
/// use tenancy::environment::SystemEnvironment;
/// use tenancy::store::{BoxStore, MemoryStore, Ready};
/// use tenancy::{Registry, Settings};
///
/// let store: BoxStore = match std::env::var("STORE").as_deref() {
///     // Ok("postgres") => BoxStore::new(PostgresStore::connect(..)),
///     _ => BoxStore::new(Ready::new(MemoryStore::new())),
/// };
/// let registry = Registry::new(store, SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let _ = registry;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BoxStore(Box<dyn Boxed>);

impl BoxStore {
    /// Returns `store` in a box.
    #[must_use]
    pub fn new(store: impl Store + 'static) -> Self {
        Self(Box::new(store))
    }
}

impl fmt::Debug for BoxStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoxStore").finish_non_exhaustive()
    }
}

/// Any blocking store, in a box: the twin of [`store::BoxStore`](crate::store::BoxStore) for code
/// without `async`.
///
/// ```
/// use tenancy::blocking::{Registry, boxed};
/// use tenancy::environment::SystemEnvironment;
/// use tenancy::store::MemoryStore;
/// use tenancy::Settings;
///
/// let store = boxed(MemoryStore::new());
/// let registry = Registry::new(store, SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let _ = registry;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type BlockingBoxStore = Box<dyn blocking::Store<Error = BoxError>>;

/// Returns a blocking store in a box.
#[must_use]
pub fn boxed(store: impl blocking::Store + 'static) -> BlockingBoxStore {
    Box::new(Alike(store))
}

/// A store with the error that all have in common.
struct Alike<S>(S);

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Store`] with boxed futures and one error, so that it can be a trait object.
trait Boxed: Send + Sync {
    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Later<'_, Result<Page, BoxError>>;

    fn commit<'a>(
        &'a self,
        commit: &'a Commit,
    ) -> Later<'a, Result<Receipt, CommitError<BoxError>>>;

    fn receipt<'a>(
        &'a self,
        command: &'a CommandKey,
    ) -> Later<'a, Result<Option<Receipt>, BoxError>>;

    fn lookup<'a>(
        &'a self,
        key: &'a Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Later<'a, Result<Vec<OrganizationId>, BoxError>>;

    fn feed(&self, after: Position, limit: NonZeroU32) -> Later<'_, Result<FeedPage, BoxError>>;
}

impl<S: Store> Boxed for S {
    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Later<'_, Result<Page, BoxError>> {
        let page = S::read(self, organization, log, after, limit);
        Box::pin(async move { page.await.map_err(BoxError::new) })
    }

    fn commit<'a>(
        &'a self,
        commit: &'a Commit,
    ) -> Later<'a, Result<Receipt, CommitError<BoxError>>> {
        let receipt = S::commit(self, commit);
        Box::pin(async move { receipt.await.map_err(|error| error.map(BoxError::new)) })
    }

    fn receipt<'a>(
        &'a self,
        command: &'a CommandKey,
    ) -> Later<'a, Result<Option<Receipt>, BoxError>> {
        let receipt = S::receipt(self, command);
        Box::pin(async move { receipt.await.map_err(BoxError::new) })
    }

    fn lookup<'a>(
        &'a self,
        key: &'a Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Later<'a, Result<Vec<OrganizationId>, BoxError>> {
        let found = S::lookup(self, key, after, limit);
        Box::pin(async move { found.await.map_err(BoxError::new) })
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Later<'_, Result<FeedPage, BoxError>> {
        let page = S::feed(self, after, limit);
        Box::pin(async move { page.await.map_err(BoxError::new) })
    }
}

impl Store for BoxStore {
    type Error = BoxError;

    async fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, BoxError> {
        self.0.read(organization, log, after, limit).await
    }

    async fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<BoxError>> {
        self.0.commit(commit).await
    }

    async fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, BoxError> {
        self.0.receipt(command).await
    }

    async fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, BoxError> {
        self.0.lookup(key, after, limit).await
    }

    async fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, BoxError> {
        self.0.feed(after, limit).await
    }
}

impl<S: blocking::Store> blocking::Store for Alike<S> {
    type Error = BoxError;

    fn read(
        &self,
        organization: OrganizationId,
        log: Log,
        after: Version,
        limit: NonZeroU32,
    ) -> Result<Page, BoxError> {
        let page = self.0.read(organization, log, after, limit);
        page.map_err(BoxError::new)
    }

    fn commit(&self, commit: &Commit) -> Result<Receipt, CommitError<BoxError>> {
        let receipt = self.0.commit(commit);
        receipt.map_err(|error| error.map(BoxError::new))
    }

    fn receipt(&self, command: &CommandKey) -> Result<Option<Receipt>, BoxError> {
        self.0.receipt(command).map_err(BoxError::new)
    }

    fn lookup(
        &self,
        key: &Key,
        after: Option<OrganizationId>,
        limit: NonZeroU32,
    ) -> Result<Vec<OrganizationId>, BoxError> {
        self.0.lookup(key, after, limit).map_err(BoxError::new)
    }

    fn feed(&self, after: Position, limit: NonZeroU32) -> Result<FeedPage, BoxError> {
        self.0.feed(after, limit).map_err(BoxError::new)
    }
}
