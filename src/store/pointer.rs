//! A store behind a pointer is a store: `&S` and `Arc<S>`, of asynchronous stores and blocking ones, and
//! `Box<S>` of blocking ones.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::id::OrganizationId;
use crate::record::{Log, Version};
use crate::store::blocking;
use crate::store::{
    CommandKey, Commit, CommitError, Erase, Erasure, FeedPage, Key, Page, Position, Receipt,
    Snapshot, Snapshots, Store,
};

/// Hands every method of a store trait on to the store behind a pointer.
macro_rules! pass_on {
    ($store:path, $snapshots:path, $erase:path, $pointer:ty $(, $async:ident $await:ident)?) => {
        impl<S: $store + ?Sized> $store for $pointer {
            type Error = S::Error;

            $($async)? fn read(
                &self,
                organization: OrganizationId,
                log: Log,
                after: Version,
                limit: NonZeroU32,
            ) -> Result<Page, S::Error> {
                S::read(self, organization, log, after, limit)$(.$await)?
            }

            $($async)? fn commit(
                &self,
                commit: &Commit,
            ) -> Result<Receipt, CommitError<S::Error>> {
                S::commit(self, commit)$(.$await)?
            }

            $($async)? fn receipt(
                &self,
                command: &CommandKey,
            ) -> Result<Option<Receipt>, S::Error> {
                S::receipt(self, command)$(.$await)?
            }

            $($async)? fn lookup(
                &self,
                key: &Key,
                after: Option<OrganizationId>,
                limit: NonZeroU32,
            ) -> Result<Vec<OrganizationId>, S::Error> {
                S::lookup(self, key, after, limit)$(.$await)?
            }

            $($async)? fn feed(
                &self,
                after: Position,
                limit: NonZeroU32,
            ) -> Result<FeedPage, S::Error> {
                S::feed(self, after, limit)$(.$await)?
            }
        }

        impl<S: $snapshots + ?Sized> $snapshots for $pointer {
            $($async)? fn snapshot(
                &self,
                organization: OrganizationId,
            ) -> Result<Option<Snapshot>, S::Error> {
                S::snapshot(self, organization)$(.$await)?
            }

            $($async)? fn save(&self, snapshot: &Snapshot) -> Result<(), S::Error> {
                S::save(self, snapshot)$(.$await)?
            }
        }

        impl<S: $erase + ?Sized> $erase for $pointer {
            $($async)? fn erase(&self, erasure: &Erasure) -> Result<(), S::Error> {
                S::erase(self, erasure)$(.$await)?
            }

            $($async)? fn erased(
                &self,
                organization: OrganizationId,
            ) -> Result<Version, S::Error> {
                S::erased(self, organization)$(.$await)?
            }
        }
    };
}

pass_on!(Store, Snapshots, Erase, &S, async await);
pass_on!(Store, Snapshots, Erase, Arc<S>, async await);
pass_on!(blocking::Store, blocking::Snapshots, blocking::Erase, &S);
pass_on!(
    blocking::Store,
    blocking::Snapshots,
    blocking::Erase,
    Arc<S>
);
pass_on!(
    blocking::Store,
    blocking::Snapshots,
    blocking::Erase,
    Box<S>
);
