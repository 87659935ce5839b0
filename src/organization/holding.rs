//! What the policies of a group come to under a catalog: its statements, found by action.
//!
//! So the cost of a check grows with the statements that are about the action, not with all that a
//! group holds. Derived from the state and a catalog, and never stored.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::catalog::{ActionId, ActionSet, Catalog, Compiled};
use crate::id::{AccountId, PolicyId};
use crate::organization::Organization;
use crate::organization::group::Group;
use crate::organization::policy::{PolicyAttachment, Reach};
use crate::organization::user::User;
use crate::statement::{Document, Effect, Statement};

/// A policy that is held, with what it comes to.
#[derive(Clone, Debug)]
pub(crate) struct Held<'a> {
    pub(crate) policy: PolicyId,
    pub(crate) reach: &'a Reach,
    pub(crate) document: &'a Document,
    pub(crate) compiled: Cow<'a, Compiled>,
}

/// A statement that is held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldStatement<'a> {
    pub(crate) policy: PolicyId,
    /// Its place in the document, from 0.
    pub(crate) place: u16,
    /// Whether it is about every resource, under every condition.
    pub(crate) plain: bool,
    pub(crate) reach: &'a Reach,
    /// The places of the accounts that are reached, where they are known.
    places: Option<&'a [u32]>,
    document: &'a Document,
}

impl<'a> HeldStatement<'a> {
    /// Returns whether an account is reached, by its id and its place; or what is in none.
    pub(crate) fn reaches(&self, account: Option<(AccountId, u32)>) -> bool {
        match (self.places, account) {
            (Some(places), Some((_, place))) => places.contains(&place),
            (_, account) => self.reach.reaches(account.map(|(id, _)| id)),
        }
    }

    /// Returns the places of the accounts that are reached, where they are known.
    pub(crate) const fn places(&self) -> Option<&'a [u32]> {
        self.places
    }

    /// Returns what it says. It is there, as it was found in the document.
    pub(crate) fn statement(&self) -> Option<&'a Statement> {
        self.document.statements().get(usize::from(self.place))
    }
}

/// A policy of a group.
#[derive(Clone, Debug)]
struct InGroup {
    attachment: PolicyAttachment,
    document: Arc<Document>,
    /// The places of the chosen accounts; none where all are reached, or the organization.
    places: Option<Box<[u32]>>,
}

impl Held<'_> {
    /// Returns the statements that are about an action, with this effect.
    pub(crate) fn about(
        &self,
        action: ActionId,
        effect: Effect,
    ) -> impl Iterator<Item = HeldStatement<'_>> {
        let any = match effect {
            Effect::Allow => self.compiled.allows.contains(action),
            Effect::Deny => self.compiled.denies.contains(action),
        };
        let statements = if any { self.document.statements() } else { &[] };
        let rows = (0..).zip(statements.iter().zip(&self.compiled.statements));
        rows.filter(move |(_, (statement, actions))| {
            statement.effect() == effect && actions.contains(action)
        })
        .map(|(place, (statement, _))| HeldStatement {
            policy: self.policy,
            place,
            plain: statement.is_plain(),
            reach: self.reach,
            places: None,
            document: self.document,
        })
    }
}

/// All that a group's policies say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holdings {
    held: Box<[InGroup]>,
    /// Where the statements about each action begin, and where those of them that allow do; behind the
    /// last, where they end.
    bounds: Box<[[u32; 2]]>,
    /// For each action those that deny, then those that allow, in the order of the policies.
    statements: Box<[Place]>,
    /// Those of the policies that allow something, whatever it is.
    giving: Box<[u16]>,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    policy: u16,
    statement: u16,
    plain: bool,
}

impl Holdings {
    fn new(group: &Group, state: &Organization, catalog: &Catalog) -> Self {
        let (mut held, mut compiled) = (Vec::new(), Vec::new());
        for attachment in group.policies() {
            if let Some((document, what)) = state.document(attachment.policy, catalog) {
                let chosen = attachment.on.chosen().iter();
                let places = chosen.filter_map(|it| state.account_place(*it)).collect();
                held.push(InGroup {
                    attachment: attachment.clone(),
                    document: Arc::clone(document),
                    places: matches!(attachment.on, Reach::Accounts(_)).then_some(places),
                });
                compiled.push(what);
            }
        }
        let (mut denies, mut allows, mut giving) = (Vec::new(), Vec::new(), Vec::new());
        // INVARIANT: a group holds at most as many policies as there are numbers for.
        for (policy, (held, what)) in (0..=u16::MAX).zip(held.iter().zip(&compiled)) {
            let statements = held.document.statements().iter().zip(&what.statements);
            for (place, (statement, actions)) in (0..).zip(statements) {
                let rows = match statement.effect() {
                    Effect::Allow => &mut allows,
                    Effect::Deny => &mut denies,
                };
                let place = Place {
                    policy,
                    statement: place,
                    plain: statement.is_plain(),
                };
                rows.push((place, actions));
            }
            giving.extend((!what.allows.is_empty()).then_some(policy));
        }
        let (bounds, statements) = sorted(&denies, &allows, catalog);
        Self {
            held: held.into(),
            bounds,
            statements,
            giving: giving.into(),
        }
    }

    /// Returns the statements that are about an action: those that deny, and those that allow.
    pub(crate) fn of(
        &self,
        action: ActionId,
    ) -> (
        impl Iterator<Item = HeldStatement<'_>>,
        impl Iterator<Item = HeldStatement<'_>>,
    ) {
        let place = action.place();
        let bounds = (
            self.bounds.get(place),
            self.bounds.get(place.saturating_add(1)),
        );
        let (denies, allows) = match bounds {
            (Some(&[first, middle]), Some(&[end, _])) => {
                (self.between(first, middle), self.between(middle, end))
            }
            _ => (&[][..], &[][..]),
        };
        let found = |place: &Place| self.find(*place);
        (
            denies.iter().filter_map(found),
            allows.iter().filter_map(found),
        )
    }

    /// Returns the statements that are about an action, with this effect.
    pub(crate) fn about(
        &self,
        action: ActionId,
        effect: Effect,
    ) -> impl Iterator<Item = HeldStatement<'_>> {
        let (denies, allows) = self.of(action);
        let (denies, allows) = match effect {
            Effect::Deny => (Some(denies), None),
            Effect::Allow => (None, Some(allows)),
        };
        denies
            .into_iter()
            .flatten()
            .chain(allows.into_iter().flatten())
    }

    fn between(&self, first: u32, end: u32) -> &[Place] {
        let range = usize::try_from(first).ok().zip(usize::try_from(end).ok());
        let found = range.and_then(|(first, end)| self.statements.get(first..end));
        found.unwrap_or_default()
    }

    fn find(&self, place: Place) -> Option<HeldStatement<'_>> {
        let held = self.held.get(usize::from(place.policy))?;
        Some(HeldStatement {
            policy: held.attachment.policy,
            place: place.statement,
            plain: place.plain,
            reach: &held.attachment.on,
            places: held.places.as_deref(),
            document: &held.document,
        })
    }

    /// Returns the policies that allow something.
    pub(crate) fn giving(&self) -> impl Iterator<Item = &PolicyAttachment> {
        let places = self.giving.iter();
        places.filter_map(|place| Some(&self.held.get(usize::from(*place))?.attachment))
    }

    pub(crate) fn bytes(&self) -> usize {
        let held = self.held.iter().map(|it| {
            let places = it.places.as_deref().map_or(0, size_of_val);
            it.attachment.bytes().saturating_add(places)
        });
        let own = [
            size_of::<Self>(),
            size_of_val(&*self.giving),
            size_of_val(&*self.bounds),
            size_of_val(&*self.statements),
        ];
        held.chain(own).fold(0, usize::saturating_add)
    }
}

/// Sorts statements by the actions that they are about, and keeps their order for each.
fn sorted(
    denies: &[(Place, &ActionSet)],
    allows: &[(Place, &ActionSet)],
    catalog: &Catalog,
) -> (Box<[[u32; 2]]>, Box<[Place]>) {
    let all = || denies.iter().chain(allows);
    if all().next().is_none() {
        return Default::default();
    }
    // How many there are of each action, and how many of these deny.
    let mut counts = vec![[0_u32; 2]; catalog.entries().len()];
    let mut count = |rows: &[(Place, &ActionSet)], which: &[usize]| {
        for action in rows.iter().flat_map(|(_, set)| set.iter()) {
            let row = counts.get_mut(action.place()).into_iter().flatten();
            let row = row.enumerate().filter(|(place, _)| which.contains(place));
            row.for_each(|(_, count)| *count = count.saturating_add(1));
        }
    };
    count(denies, &[0, 1]);
    count(allows, &[0]);
    let mut total = 0_u32;
    let mut bounds = Vec::with_capacity(counts.len().saturating_add(1));
    for [all, denies] in &counts {
        bounds.push([total, total.saturating_add(*denies)]);
        total = total.saturating_add(*all);
    }
    let mut next: Vec<u32> = bounds.iter().map(|[first, _]| *first).collect();
    bounds.push([total, total]);
    let mut statements = vec![Place::default(); usize::try_from(total).unwrap_or_default()];
    for (place, set) in all() {
        for action in set.iter() {
            // INVARIANT: each action has as many places as were counted.
            let Some(next) = next.get_mut(action.place()) else {
                continue;
            };
            let at = usize::try_from(*next).unwrap_or(usize::MAX);
            statements
                .get_mut(at)
                .into_iter()
                .for_each(|it| *it = *place);
            *next = next.saturating_add(1);
        }
    }
    (bounds.into(), statements.into())
}

impl Organization {
    /// Compiles all policies for checks under this catalog: what is asked under another is judged all
    /// the same, and takes longer. A registry does it for its own.
    ///
    /// ```
    /// # use tenancy::{*, command::SignUp, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let ada = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let records = registry.ask(&made.caller(), &query::ListRecords::new(made.organization))?;
    /// # let (records, settings) = (records.value.records, Settings::new("acme".parse()?));
    /// let mut state = Organization::from_records(&records)?.ok_or("empty")?;
    /// state.compile(&settings.catalog);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compile(&mut self, catalog: &Catalog) {
        if self.catalog.as_ref().is_some_and(|it| it.is(catalog)) {
            return;
        }
        self.policies.edit_all(|policy| policy.compile(catalog));
        self.catalog = Some(catalog.clone());
        let groups: Vec<_> = self.groups.iter().map(Group::id).collect();
        groups.into_iter().for_each(|group| self.hold(group));
    }

    /// Compiles what a group holds, where the state is compiled at all.
    pub(super) fn hold(&mut self, group: crate::id::GroupId) {
        let Some(catalog) = &self.catalog else {
            return;
        };
        let Some(found) = self.groups.get(group) else {
            return;
        };
        let holdings = match found.policies().is_empty() {
            true => None,
            false => Some(Holdings::new(found, self, catalog)),
        };
        self.groups.edit(group, |it| it.set_holdings(holdings));
    }

    /// Returns a policy's document and what it comes to; `None` where there is no such policy, of the
    /// organization or managed, which then gives nothing (law X6).
    pub(crate) fn document<'a>(
        &'a self,
        policy: PolicyId,
        catalog: &'a Catalog,
    ) -> Option<(&'a Arc<Document>, Cow<'a, Compiled>)> {
        let own = self.policies.get(policy);
        let Some(own) = own.filter(|it| it.deleted_at().is_none()) else {
            let (managed, compiled) = catalog.find(policy)?;
            return Some((managed.shared(), Cow::Borrowed(compiled)));
        };
        let current = self.catalog.as_ref().is_some_and(|it| it.is(catalog));
        let compiled = match own.compiled().filter(|_| current) {
            Some(compiled) => Cow::Borrowed(&**compiled),
            None => Cow::Owned(Compiled::new(own.document(), catalog)),
        };
        Some((own.shared(), compiled))
    }

    /// Returns the policies that a user holds itself.
    pub(crate) fn held<'a>(
        &'a self,
        user: &'a User,
        catalog: &'a Catalog,
    ) -> impl Iterator<Item = Held<'a>> {
        let own = user.policies().iter();
        own.filter_map(|it| self.held_as(it, catalog))
    }

    /// Returns a policy as it is attached to somebody; `None` where there is no such policy (law X6).
    pub(crate) fn held_as<'a>(
        &'a self,
        attachment: &'a PolicyAttachment,
        catalog: &'a Catalog,
    ) -> Option<Held<'a>> {
        let (document, compiled) = self.document(attachment.policy, catalog)?;
        Some(Held {
            policy: attachment.policy,
            reach: &attachment.on,
            document,
            compiled,
        })
    }

    /// Returns the groups that a user is in.
    pub(crate) fn groups_of<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a Group> {
        let places = user.group_places().iter();
        places.filter_map(|place| self.groups.at(*place))
    }

    /// Asks what the policies of a group come to, if it holds any.
    pub(crate) fn holdings<R>(
        &self,
        group: &Group,
        catalog: &Catalog,
        ask: impl FnOnce(&Holdings) -> R,
    ) -> Option<R> {
        if group.policies().is_empty() {
            return None;
        }
        let current = self.catalog.as_ref().is_some_and(|it| it.is(catalog));
        Some(match group.holdings().filter(|_| current) {
            Some(holdings) => ask(holdings),
            None => ask(&Holdings::new(group, self, catalog)),
        })
    }
}
