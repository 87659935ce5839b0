//! What comes to an organization from those above it, and by links as if it had said it itself.
//!
//! Derived from the states when it is asked for, and kept nowhere (laws O4, L6, L8).

use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::lifecycle::Status;
use crate::organization::setting::is_stricter;
use crate::organization::sharing::{counterpart, is_agreed};
use crate::organization::token::{TokenKind, TokenLife};

/// How many organizations there can be above one, whatever the rules say: so a way up that is broken
/// comes to an end.
pub(crate) const HEIGHT: u32 = 64;

/// What comes from above: from the parent, its parent and so on, and by links what counts as if an
/// organization had said it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Above {
    /// What all those above come to (law O4): suspended where one is, closing where one is closing, closed,
    /// or not there, and else active.
    status: Status,
    /// How long tokens may live (law L8).
    token_life: TokenLife,
}

impl Default for Above {
    fn default() -> Self {
        Self::NONE
    }
}

impl Above {
    pub(crate) const NONE: Self = Self {
        status: Status::Active,
        token_life: TokenLife {
            personal: None,
            programmatic: None,
            temporary: None,
        },
    };

    /// Returns what comes from above a state. `find` returns the states of others.
    pub(crate) fn of<'v, E>(
        state: &Organization,
        find: &impl Fn(OrganizationId) -> Result<Option<&'v Organization>, E>,
    ) -> Result<Self, E> {
        let mut above = Self::by_tree(state, find)?;
        let own = state.token_life();
        for link in state.accepted_links() {
            let shared = link.inbound().settings.iter();
            let mut wanted = shared
                .map(|setting| setting.token_kind())
                .filter(|kind| own.of(*kind).is_none())
                .peekable();
            if wanted.peek().is_none() {
                continue;
            }
            let Some(peer) = find(link.peer())? else {
                continue;
            };
            let agreed = counterpart(state, link, peer).is_some_and(|it| is_agreed(link, it));
            if agreed && Self::by_tree(peer, find)?.is_active(peer) {
                wanted.for_each(|kind| above.shorten(kind, peer.token_life()));
            }
        }
        Ok(above)
    }

    fn by_tree<'v, E>(
        state: &Organization,
        find: &impl Fn(OrganizationId) -> Result<Option<&'v Organization>, E>,
    ) -> Result<Self, E> {
        let mut above = Self::NONE;
        let mut next = state.parent().map(|it| it.organization);
        for _ in 0..HEIGHT {
            let Some(id) = next else {
                return Ok(above);
            };
            let Some(parent) = find(id)? else {
                break;
            };
            above.status = above.status.below(parent.status());
            for kind in TokenKind::ALL {
                above.shorten(kind, parent.token_life());
            }
            next = parent.parent().map(|it| it.organization);
        }
        // One is missing, or they go round in a circle (law X6).
        above.status = Status::Closing;
        Ok(above)
    }

    fn shorten(&mut self, kind: TokenKind, by: &TokenLife) {
        let held = self.token_life.of(kind);
        if let Some(life) = by.of(kind).filter(|life| is_stricter(*life, held)) {
            self.token_life.set(kind, Some(life));
        }
    }

    /// Returns what an organization is in effect, whose own status this is.
    pub(crate) const fn over(&self, own: Status) -> Status {
        own.below(self.status)
    }

    /// Returns whether an organization is active in effect.
    pub(crate) fn is_active(&self, state: &Organization) -> bool {
        self.over(state.status()) == Status::Active
    }

    pub(crate) const fn token_life(&self) -> &TokenLife {
        &self.token_life
    }
}
