//! Guests: what a user of another organization may do here, let in by a link or by the grant to the
//! parent.
//!
//! Both organizations have their say, and the stricter one holds (law L4): this one says what is shared,
//! the guest's own whether it may act at all, and what it denies to it on itself as a whole, or on all its
//! accounts, it denies it here too. Rights of owners, links, the tree, closing and tokens are no guest's, whatever is shared (law L3).

use crate::access::Attributes;
use crate::access::judge::{Asked, Found, Judge};
use crate::action::Class;
use crate::caller::{Caller, Via};
use crate::decision::{Decision, Denial, Grant};
use crate::organization::Organization;
use crate::organization::account::AccountStatus;
use crate::organization::holding::HeldStatement;
use crate::organization::lifecycle::Standing;
use crate::organization::link::{Link, is_at_most};
use crate::organization::policy::Reach;
use crate::organization::sharing::{counterpart, is_agreed};
use crate::organization::token::Token;
use crate::organization::user::User;
use crate::resource::Resource;
use crate::role::{LeastRole, OrganizationRole};
use crate::settings::Moment;
use crate::statement::{Effect, Statement, Truth};
use crate::view::Home;

/// Somebody of another organization, and the way in that there is.
#[derive(Clone, Copy)]
pub(super) struct Guest<'a> {
    home: &'a Home<'a>,
    way: Way<'a>,
}

#[derive(Clone, Copy)]
enum Way<'a> {
    Link(&'a Link),
    Parent,
}

impl<'a> Guest<'a> {
    /// Finds the way in that the caller names, as both organizations keep it and both are active.
    pub(super) fn find(
        state: &'a Organization,
        caller: &Caller,
        moment: &Moment<'a>,
    ) -> Option<Self> {
        let (via, organization) = (caller.via()?, caller.organization()?);
        let home = moment.home(organization)?;
        if !home.above.is_active(home.organization) {
            return None;
        }
        let way = match via {
            Via::Link(id) => {
                let own = state.link(id)?;
                let other = counterpart(state, own, home.organization)?;
                if !is_agreed(own, other) || !moment.is_active(state) {
                    return None;
                }
                Way::Link(own)
            }
            Via::Parent => {
                let parent = state.parent().filter(|it| it.admin)?;
                home.organization.child(state.id())?;
                let user = home.organization.user(caller.user_id()?)?;
                let admin = !user.is_removed() && user.role().includes(OrganizationRole::Admin);
                if parent.organization != organization || caller.token_id().is_some() || !admin {
                    return None;
                }
                Way::Parent
            }
        };
        Some(Self { home, way })
    }
}

impl<'a> Judge<'a> {
    /// Returns the same caller in its own organization.
    pub(super) fn at_home(&self, guest: Guest<'a>) -> Self {
        let home = guest.home;
        let moment = self.moment.above(&home.above);
        Self::new(home.organization, self.caller, moment, Attributes::NONE)
    }

    /// Returns what lets a guest in to work on something here, whatever it is.
    pub(super) fn way_in(&self) -> Option<Grant> {
        let guest = self.guest()?;
        let user = self.at_home(guest).user().filter(|user| user.is_active())?;
        match guest.way {
            Way::Parent => Some(Grant::Parent),
            Way::Link(link) => {
                let picked = link.delegated()?;
                let peer = guest.home.organization.link(link.id())?;
                let assigned = peer.users().contains(&user.id());
                assigned.then(|| Grant::Link(link.id(), picked.role))
            }
        }
    }

    pub(super) fn by_guest(&self, guest: Guest<'a>, asked: &Asked<'_>) -> Decision {
        let not_granted = Decision::NotGranted(asked.least);
        let delegable = asked.builtin.is_none_or(|it| it.is_delegable())
            && !matches!(asked.class, Class::Exit | Class::Leave);
        if !delegable {
            return not_granted;
        }
        // Law X4: what stands against the guest itself is said of what is there and of what is not.
        let home = self.at_home(guest);
        let (user, token) = match home.acting(asked) {
            Ok(Some(acting)) => acting,
            Ok(None) => return not_granted,
            Err(decision) => return decision,
        };
        // A token that is confined to accounts of its own organization reaches no others.
        if token.is_some_and(|token| token.accounts().is_some()) {
            return Decision::Denied(Denial::TokenScope);
        }
        let (there, account) = self.find_resource(asked.resource);
        let granted = match guest.way {
            Way::Parent => self.by_parent(there, asked),
            Way::Link(_) if !there => return not_granted,
            Way::Link(link) => self.by_link(link, (&home, user, token), asked, account),
        };
        let grant = match granted {
            Ok(grant) => grant,
            Err(decision) => return decision,
        };
        match home.denies(user, asked) {
            true => Decision::Denied(Denial::Home),
            false => self.in_account(Decision::Allowed(grant), asked, account),
        }
    }

    /// Law L3: a topic is read by whoever may read what is shared of it; on accounts, whoever its
    /// organization has picked does what this one lets them (law L4).
    fn by_link(
        &self,
        link: &Link,
        (home, user, token): (&Self, &User, Option<&Token>),
        asked: &Asked<'_>,
        account: Option<Found<'_>>,
    ) -> Result<Grant, Decision> {
        let not_granted = Err(Decision::NotGranted(asked.least));
        let shares = link.outbound();
        let topic = self.catalog().topic(asked.id);
        if let Some(topic) = topic.filter(|it| asked.class == Class::Read && shares.has(*it)) {
            let whole = Resource::Organization(home.state.id());
            if home.may(topic.needed(), &whole) {
                return Ok(Grant::Topic(link.id(), topic));
            }
        }
        let Some((terms, picked)) = shares.delegation.as_ref().zip(link.delegated()) else {
            return not_granted;
        };
        let peer = home.state.link(link.id());
        let assigned = peer.is_some_and(|it| it.users().contains(&user.id()));
        let Some(found) = account.filter(|_| assigned) else {
            return not_granted;
        };
        let id = found.account.id();
        let role = match is_at_most(picked.role, terms.role) {
            true => picked.role,
            false => terms.role,
        };
        let reached = picked.accounts.contains(id)
            && terms.accounts.contains(id)
            && self.status_of(found) != AccountStatus::Closed;
        // What every member may is about being one.
        let admitted = asked.least != LeastRole::Member && asked.least.admits_on_account(role);
        if !reached || !admitted || token.is_some() && !terms.tokens {
            return not_granted;
        }
        Ok(Grant::Link(link.id(), role))
    }

    /// Law L7: admins of the parent are admins, as long as the grant is there.
    fn by_parent(&self, there: bool, asked: &Asked<'_>) -> Result<Grant, Decision> {
        let status = self.status();
        if !status.allows(asked.class, Standing::User) {
            return Err(Decision::Denied(Denial::Status(status, asked.class)));
        }
        match there && asked.least.admits(OrganizationRole::Admin) {
            true => Ok(Grant::Parent),
            false => Err(Decision::NotGranted(asked.least)),
        }
    }

    /// Returns whether a statement denies the action to a user in its own organization: on that as a whole,
    /// and of what is done in an account, on all its accounts. What it denies on chosen accounts of its own
    /// says nothing of others.
    fn denies(&self, user: &User, asked: &Asked<'_>) -> bool {
        if user.holds_nothing() || !Self::is_bound(user, asked) {
            return false;
        }
        let (whole, in_account) = (
            Resource::Organization(self.state.id()),
            asked.resource.account().is_some(),
        );
        let denies = |held: &HeldStatement<'_>| {
            let reaches = match held.reach {
                Reach::AllAccounts => in_account,
                Reach::Accounts(_) => false,
                Reach::Organization => true,
            };
            let about = |it: &Statement| it.resources().iter().any(|it| it.matches(&whole));
            let condition = held.statement().and_then(Statement::condition);
            reaches
                && (held.plain || held.statement().is_some_and(about))
                && condition.is_none_or(|it| self.holds(it, None) != Truth::False)
        };
        let denied = self.find(user, asked.id, Effect::Deny, |held, _| {
            denies(held).then_some(())
        });
        denied.is_some()
    }
}
