//! Law U4, for rights that are handed on: nobody gives what it does not hold, or takes away what keeps
//! others from it.
//!
//! It is judged strictly. A right counts as held where nothing confines it, neither a condition nor
//! named resources; whatever denies a part of it denies it. With a policy is given what follows from
//! holding one; that is held by whoever holds one there itself.
//!
//! It is judged under the catalog as it is: a pattern such as `ocean:*` hands on, to whoever is given
//! it, what the catalog gets later.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::access::{Attributes, Judge};
use crate::action::{Action, Builtin};
use crate::caller::Caller;
use crate::catalog::{ActionId, ActionSet, Catalog, Compiled};
use crate::id::AccountId;
use crate::organization::Organization;
use crate::organization::group::Group;
use crate::organization::holding::Held;
use crate::organization::policy::{PolicyAttachment, Reach};
use crate::organization::user::{Attachment, User};
use crate::role::{AccountRole, OrganizationRole};
use crate::settings::{Implied, Moment, Settings};
use crate::statement::{Effect, PolicyKind};

/// Actions on what a reach reaches.
#[derive(Clone, Debug)]
pub(crate) struct Right<'a> {
    pub(crate) actions: Cow<'a, ActionSet>,
    pub(crate) on: Cow<'a, Reach>,
    /// Whether they follow from holding a policy: of whoever holds one there they follow too.
    implied: bool,
}

impl<'a> Right<'a> {
    pub(crate) const fn new(actions: Cow<'a, ActionSet>, on: &'a Reach) -> Self {
        Self {
            actions,
            on: Cow::Borrowed(on),
            implied: false,
        }
    }

    /// Returns what follows from holding a policy that allows these actions, if anything does.
    pub(crate) fn implied(
        allows: &ActionSet,
        on: &'a Reach,
        settings: &'a Settings,
    ) -> Option<Self> {
        if allows.is_empty() || on.kind() != PolicyKind::Account {
            return None;
        }
        let actions = match settings.rules.policy_implies {
            Implied::ReadAccount => {
                let read = ActionId::of(Builtin::ReadAccount);
                Cow::Owned([read].into_iter().collect())
            }
            Implied::Viewer => Cow::Borrowed(settings.catalog.of_account_role(AccountRole::Viewer)),
        };
        Some(Self {
            implied: true,
            ..Self::new(actions, on)
        })
    }

    /// Takes away what follows from holding one of these policies, where it does.
    fn subtract_implied<'h>(
        &self,
        mut held: impl Iterator<Item = &'h Held<'h>>,
        left: &mut ActionSet,
    ) {
        if self.implied && held.any(|it| !it.compiled.allows.is_empty()) {
            left.subtract(&self.actions);
        }
    }

    /// Returns what a role in the organization gives.
    pub(crate) fn of_role(role: OrganizationRole, catalog: &'a Catalog) -> [Self; 2] {
        [Reach::Organization, Reach::AllAccounts].map(|on| Self {
            actions: Cow::Borrowed(catalog.of_role(role)),
            on: Cow::Owned(on),
            implied: false,
        })
    }

    /// Returns what a role on an account gives.
    pub(crate) fn of_attachment(attachment: &Attachment, catalog: &'a Catalog) -> Self {
        Self {
            actions: Cow::Borrowed(catalog.of_account_role(attachment.role)),
            on: Cow::Owned(Reach::accounts([attachment.account])),
            implied: false,
        }
    }
}

/// Returns what somebody has that is in a group.
pub(crate) fn rights_of_group<'a>(
    state: &'a Organization,
    group: &'a Group,
    effect: Effect,
    settings: &'a Settings,
) -> Vec<Right<'a>> {
    let attachments = group.attachments().iter();
    let attachments = attachments.filter(|_| effect == Effect::Allow);
    let roles = attachments.map(|it| Right::of_attachment(it, &settings.catalog));
    let policies = group.policies().iter();
    let policies = policies.flat_map(|it| of_policy(state, it, effect, settings));
    roles.chain(policies).collect()
}

/// Returns what a user may at the most.
pub(crate) fn rights_of<'a>(
    state: &'a Organization,
    user: &'a User,
    settings: &'a Settings,
) -> Vec<Right<'a>> {
    let role = Right::of_role(user.role(), &settings.catalog);
    let attachments = user.attachments().iter();
    let attachments = attachments.map(|it| Right::of_attachment(it, &settings.catalog));
    let policies = user.policies().iter();
    let policies = policies.flat_map(|it| of_policy(state, it, Effect::Allow, settings));
    let groups = state.groups_of(user);
    let groups = groups.flat_map(|it| rights_of_group(state, it, Effect::Allow, settings));
    role.into_iter()
        .chain(attachments)
        .chain(policies)
        .chain(groups)
        .collect()
}

fn of_policy<'a>(
    state: &'a Organization,
    attachment: &'a PolicyAttachment,
    effect: Effect,
    settings: &'a Settings,
) -> impl Iterator<Item = Right<'a>> {
    let document = state.document(attachment.policy, &settings.catalog);
    let rights = document.map(|(_, compiled)| {
        let allows = (effect == Effect::Allow).then_some(&compiled.allows);
        let on = &attachment.on;
        let implied = allows.and_then(|allows| Right::implied(allows, on, settings));
        [Some(Right::new(actions(effect, compiled), on)), implied]
    });
    rights.into_iter().flatten().flatten()
}

fn actions(effect: Effect, compiled: Cow<'_, Compiled>) -> Cow<'_, ActionSet> {
    match (effect, compiled) {
        (Effect::Allow, Cow::Borrowed(it)) => Cow::Borrowed(&it.allows),
        (Effect::Allow, Cow::Owned(it)) => Cow::Owned(it.allows),
        (Effect::Deny, Cow::Borrowed(it)) => Cow::Borrowed(&it.denies),
        (Effect::Deny, Cow::Owned(it)) => Cow::Owned(it.denies),
    }
}

/// Returns an action of these rights that the caller does not hold; `None` where it holds all of them.
/// The host does, and an owner, from whom no policy keeps the administration of rights (law X1).
pub(crate) fn lacks(
    state: &Organization,
    caller: &Caller,
    rights: &[Right<'_>],
    moment: &Moment<'_>,
) -> Option<Action> {
    let judge = Judge::new(state, caller, *moment, Attributes::NONE);
    if let Some(guest) = judge.guest() {
        // Law L4: what its own organization denies it, it does not hold here either.
        let home = judge.at_home(guest);
        let bound = home
            .user()
            .filter(|it| it.role() != OrganizationRole::Owner);
        let held = bound.map(|user| home.held(user)).unwrap_or_default();
        let denied = rights.iter().find_map(|right| {
            let far = held
                .iter()
                .filter(|it| !matches!(it.reach, Reach::Accounts(_)));
            let mut denied = far.filter_map(|it| it.compiled.denies.first_common(&right.actions));
            denied.next()
        });
        // Law L7: a guest that hands on rights at all is an admin of the parent, and so an admin here.
        let of_admin = judge.catalog().of_role(OrganizationRole::Admin);
        let missing = rights.iter().find_map(|right| {
            let mut left = right.actions.clone().into_owned();
            left.subtract(of_admin);
            left.iter().next()
        });
        let entry = judge.catalog().entry(denied.or(missing)?);
        return entry.map(|entry| entry.action.clone());
    }
    let user = judge.user()?;
    if user.role() == OrganizationRole::Owner {
        return None;
    }
    let (catalog, all) = (judge.catalog(), judge.held(user));
    let missing = rights.iter().find_map(|right| {
        let denied = all.iter().filter(|it| overlap(it.reach, &right.on));
        let mut denied = denied.filter_map(|it| it.compiled.denies.first_common(&right.actions));
        let beyond = || !right.actions.is_within(catalog.of_role(user.role()));
        denied.next().or_else(|| {
            if !beyond() {
                return None;
            }
            let mut left = right.actions.clone().into_owned();
            left.subtract(catalog.of_role(user.role()));
            match &*right.on {
                Reach::Accounts(chosen) => {
                    let missing = |account: &AccountId| {
                        let mut left = left.clone();
                        judge.subtract_on(user, *account, &all, &mut left);
                        let here = |it: &&Held<'_>| it.reach.reaches(Some(*account));
                        right.subtract_implied(all.iter().filter(here), &mut left);
                        left.iter().next()
                    };
                    let accounts = chosen.as_slice().iter();
                    accounts.filter(|_| !left.is_empty()).find_map(missing)
                }
                on @ (Reach::AllAccounts | Reach::Organization) => {
                    let whole = all.iter().filter(|it| it.reach == on);
                    whole.clone().for_each(|it| subtract_plain(it, &mut left));
                    right.subtract_implied(whole, &mut left);
                    left.iter().next()
                }
            }
        })
    });
    catalog.entry(missing?).map(|entry| entry.action.clone())
}

/// Returns whether there may be something that both reach.
fn overlap(one: &Reach, other: &Reach) -> bool {
    let chosen = |it: &Reach| matches!(it, Reach::Accounts(_));
    match (one.kind(), other.kind()) {
        (PolicyKind::Organization, PolicyKind::Organization) => true,
        (PolicyKind::Account, PolicyKind::Account) if chosen(one) && chosen(other) => {
            other.chosen().iter().any(|it| one.reaches(Some(*it)))
        }
        (PolicyKind::Account, PolicyKind::Account) => true,
        (PolicyKind::Account, PolicyKind::Organization)
        | (PolicyKind::Organization, PolicyKind::Account) => false,
    }
}

/// Takes away what a policy allows on everything that it reaches.
fn subtract_plain(held: &Held<'_>, left: &mut ActionSet) {
    let statements = held.document.statements().iter();
    let rows = statements.zip(&held.compiled.statements);
    let plain = rows.filter(|(it, _)| it.effect() == Effect::Allow && it.is_plain());
    plain.for_each(|(_, actions)| left.subtract(actions));
}

impl<'a> Judge<'a> {
    /// Returns all policies that a user holds, itself and through groups.
    fn held(&self, user: &'a User) -> Vec<Held<'a>> {
        let (state, catalog) = (self.state, self.catalog());
        let groups = state.groups_of(user).flat_map(Group::policies);
        let groups = groups.filter_map(|it| state.held_as(it, catalog));
        state.held(user, catalog).chain(groups).collect()
    }

    /// Takes away what a user has on an account.
    fn subtract_on(&self, user: &User, account: AccountId, all: &[Held<'_>], left: &mut ActionSet) {
        let groups = self.state.groups_of(user).map(|it| it.role_on(account));
        for role in groups.chain([user.role_on(account)]).flatten() {
            left.subtract(self.catalog().of_account_role(role));
        }
        let here = all.iter().filter(|it| it.reach.reaches(Some(account)));
        here.for_each(|it| subtract_plain(it, left));
    }
}
