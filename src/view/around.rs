//! What a decision rests on besides the state of its own organization: what comes from above, and the
//! states of those whose users it lets in as guests.

use alloc::vec::Vec;

use crate::caller::{Caller, Via};
use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::above::Above;
use crate::refusal::Refusal;
use crate::view::{Interrupt, View};

/// The organization of a guest, as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home<'a> {
    pub(crate) organization: &'a Organization,
    pub(crate) above: Above,
}

/// What is around an organization that is decided in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Around<'a> {
    pub(crate) above: Above,
    homes: Vec<Home<'a>>,
}

impl<'a> Around<'a> {
    /// Returns what is around `organization` for a caller, and its state. To whoever has no way in, it is
    /// told the same whether there is such an organization or not (law X4).
    pub(crate) fn of_caller(
        organization: OrganizationId,
        caller: &Caller,
        view: &View<'a>,
    ) -> Result<(&'a Organization, Self), Interrupt> {
        let mut homes = Vec::new();
        if caller.is_stranger_to(organization) {
            let not_found = || Interrupt::from(Refusal::not_found(organization));
            let (home, via) = caller
                .organization()
                .zip(caller.via())
                .ok_or_else(not_found)?;
            // What the caller's own organization does not know of, is not looked for.
            let home = view.peer(home)?.ok_or_else(not_found)?;
            let leads = match via {
                Via::Link(id) => {
                    let link = home.link(id);
                    link.is_some_and(|it| it.is_accepted() && it.peer() == organization)
                }
                Via::Parent => home.child(organization).is_some(),
            };
            if !leads {
                return Err(not_found());
            }
            let above = Above::of(home, &|id| view.peer(id))?;
            homes.push(Home {
                organization: home,
                above,
            });
        }
        let state = view.organization(organization)?;
        let above = Above::of(state, &|id| view.peer(id))?;
        Ok((state, Self { above, homes }))
    }

    /// Returns what is around a state for whoever may ask, and `None` where a state is needed that `find`
    /// has not.
    #[cfg(feature = "std")]
    pub(crate) fn of_all<E>(
        state: &Organization,
        find: &impl Fn(OrganizationId) -> Result<Option<&'a Organization>, E>,
    ) -> Result<Self, E> {
        let above = Above::of(state, find)?;
        let mut homes = Vec::new();
        let links = state.accepted_links();
        let linked = links.filter(|it| !it.outbound().is_empty());
        let linked = linked.map(|it| it.peer());
        let parent = state.parent().filter(|it| it.admin);
        for id in linked.chain(parent.map(|it| it.organization)) {
            if let Some(organization) = find(id)? {
                let above = Above::of(organization, find)?;
                homes.push(Home {
                    organization,
                    above,
                });
            }
        }
        Ok(Self { above, homes })
    }

    pub(crate) fn home(&self, organization: OrganizationId) -> Option<&Home<'a>> {
        let mut homes = self.homes.iter();
        homes.find(|it| it.organization.id() == organization)
    }
}
