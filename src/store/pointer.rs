//! A store behind a pointer is a store: `&S` and `Arc<S>`, of both traits.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::id::OrganizationId;
use crate::record::{Log, Version};
use crate::store::blocking;
use crate::store::{
    CommandKey, Commit, CommitError, FeedPage, Key, Page, Position, Receipt, Store,
};

/// Hands every method of a store trait on to the store behind a pointer.
macro_rules! pass_on {
    ($store:path, $pointer:ty $(, $async:ident $await:ident)?) => {
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
    };
}

pass_on!(Store, &S, async await);
pass_on!(Store, Arc<S>, async await);
pass_on!(blocking::Store, &S);
pass_on!(blocking::Store, Arc<S>);
