//! Which actions there are, who may do them, and which policies every organization can use.
//!
//! The crate's own actions are there from the start; the host adds those of its services. An
//! action that the catalog lacks is never allowed to anyone. [Managed policies](ManagedPolicy) are
//! the host's, or the crate's own: every organization can attach them, and none can change them.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::action::{Action, Builtin, Class, Topic};
use crate::id::PolicyId;
use crate::name::Name;
use crate::role::{AccountRole, LeastRole, OrganizationRole};
use crate::statement::ActionPattern;

mod compiled;
mod managed;
mod set;

pub(crate) use compiled::Compiled;
pub use managed::{ManagedPolicy, ManagedRights};
pub use set::ActionSet;

/// An action of the catalog, as a small number: to be looked up once and asked for often.
///
/// It means something only to the catalog that returned it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ActionId(u16);

impl ActionId {
    /// Returns the number of one of the crate's own actions: they come first, in their order.
    pub(crate) const fn of(action: Builtin) -> Self {
        Self(action as u16)
    }

    pub(crate) fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// What the catalog says of an action.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub action: Action,
    /// What kind of thing it is.
    pub class: Class,
    /// Who may do it.
    pub least: LeastRole,
    /// What of the things that a link shares it looks at, if at one of them.
    pub topic: Option<Topic>,
}

/// All actions that there are, and all managed policies.
///
/// A copy is cheap, and shares what it says with the original.
///
/// ```
/// use tenancy::action::Class;
/// use tenancy::catalog::Catalog;
/// use tenancy::role::LeastRole;
/// let catalog = Catalog::builtin()
///     .with("elastigroup:createGroup".parse()?, Class::Product, LeastRole::Editor)?;
/// let id = catalog.id("elastigroup:createGroup").ok_or("unknown")?;
/// assert_eq!(catalog.entry(id).map(|entry| entry.least), Some(LeastRole::Editor));
/// assert_eq!(catalog.id("elastigroup:creategroup"), None);
/// assert_eq!(catalog.named(&catalog.set(["elastigroup:*".parse()?].iter())).count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalog(Arc<Table>);

#[derive(Clone, Debug)]
struct Table {
    entries: Vec<Entry>,
    ids: HashMap<String, ActionId>,
    /// What each role in the organization may do on anything of it.
    by_role: [ActionSet; OrganizationRole::ALL.len()],
    /// What each role on an account may do there.
    by_account_role: [ActionSet; AccountRole::ALL.len()],
    ungrantable: ActionSet,
    managed: Vec<(ManagedPolicy, Arc<Compiled>)>,
}

impl Catalog {
    /// The most actions that a catalog holds.
    pub const LEN_MAX: usize = u16::MAX as usize;

    /// Returns the crate's own actions and policies.
    #[must_use]
    pub fn builtin() -> Self {
        let mut table = Table {
            entries: Vec::new(),
            ids: HashMap::new(),
            by_role: Default::default(),
            by_account_role: Default::default(),
            ungrantable: ActionSet::default(),
            managed: Vec::new(),
        };
        for builtin in Builtin::ALL {
            // INVARIANT: the names of the built-in actions are well formed and differ; a test
            // looks each of them up.
            if let Ok(action) = builtin.as_str().parse() {
                let _ = table.insert(action, builtin.class(), builtin.least());
            }
        }
        for policy in managed::builtin() {
            let _ = table.manage(policy);
        }
        Self(Arc::new(table))
    }

    /// Returns the catalog with one action more.
    ///
    /// # Errors
    ///
    /// The name is not of the form `service:verb`, the catalog has it already, or it is full.
    pub fn with(
        mut self,
        action: Action,
        class: Class,
        least: LeastRole,
    ) -> Result<Self, InvalidCatalog> {
        let table = Arc::make_mut(&mut self.0);
        table.insert(action, class, least).map(|()| self)
    }

    /// Returns the catalog in which one of the host's actions, which looks, is about a topic: users of
    /// linked organizations may do it too, where a link shares that (law L3).
    ///
    /// # Errors
    ///
    /// The catalog lacks the action, or it is the crate's own; it does more than look; or it is about
    /// another topic already.
    ///
    /// ```
    /// use tenancy::action::{Action, Class, Topic};
    /// use tenancy::catalog::Catalog;
    /// use tenancy::role::LeastRole;
    /// let read: Action = "report:read".parse()?;
    /// let catalog = Catalog::builtin()
    ///     .with(read.clone(), Class::Read, LeastRole::Viewer)?
    ///     .with_topic(&read, Topic::Reports)?;
    /// let id = catalog.id("report:read").ok_or("unknown")?;
    /// assert_eq!(catalog.topic(id), Some(Topic::Reports));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_topic(mut self, action: &Action, topic: Topic) -> Result<Self, InvalidCatalog> {
        Arc::make_mut(&mut self.0)
            .about(action, topic)
            .map(|()| self)
    }

    /// Returns the catalog with one managed policy more.
    ///
    /// # Errors
    ///
    /// It has one of this name, or one that looks like it; or the policy denies something, or names
    /// what is not in the catalog.
    pub fn with_policy(mut self, policy: ManagedPolicy) -> Result<Self, InvalidCatalog> {
        Arc::make_mut(&mut self.0).manage(policy).map(|()| self)
    }

    /// Returns the number of an action, where the catalog has it.
    #[must_use]
    pub fn id(&self, action: &str) -> Option<ActionId> {
        self.0.ids.get(action).copied()
    }

    /// Returns what is said of an action.
    #[must_use]
    pub fn entry(&self, id: ActionId) -> Option<&Entry> {
        self.0.entries.get(id.place())
    }

    /// Returns what of the things that a link shares an action looks at.
    #[must_use]
    pub fn topic(&self, id: ActionId) -> Option<Topic> {
        self.entry(id)?.topic
    }

    /// Returns which of the crate's own actions it is: they come first, in their order.
    pub(crate) fn builtin_of(&self, id: ActionId) -> Option<Builtin> {
        Builtin::ALL.get(id.place()).copied()
    }

    /// Returns every action, the crate's own first.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.0.entries.iter()
    }

    /// Returns the actions that one of these patterns means.
    pub fn set<'p>(&self, patterns: impl Iterator<Item = &'p ActionPattern>) -> ActionSet {
        let mut set = ActionSet::default();
        for pattern in patterns {
            match pattern.is_exact() {
                true => set.extend(self.id(pattern.as_str())),
                false => set.extend(
                    self.ids()
                        .zip(self.entries())
                        .filter(|(_, entry)| pattern.matches(&entry.action))
                        .map(|(id, _)| id),
                ),
            }
        }
        set
    }

    /// Returns what is said of each action of a set.
    pub fn named(&self, set: &ActionSet) -> impl Iterator<Item = &Entry> {
        set.iter().filter_map(|id| self.entry(id))
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = ActionId> {
        (0..u16::MAX).take(self.0.entries.len()).map(ActionId)
    }

    /// Returns the name in the catalog that is most like one that it lacks, if one is like it.
    pub(crate) fn nearest(&self, pattern: &ActionPattern) -> Option<Action> {
        let text = pattern.as_str();
        let distances = self.entries().filter_map(|entry| {
            let name = entry.action.as_str();
            let distance = distance(text, name);
            (distance <= name.len() / 3).then_some((distance, &entry.action))
        });
        distances.min().map(|(_, action)| action.clone())
    }

    /// Returns the actions that no policy gives: what is the owners' alone, or the host's.
    pub(crate) fn ungrantable(&self) -> &ActionSet {
        &self.0.ungrantable
    }

    /// Returns what somebody of a role may do on anything of the organization.
    pub(crate) fn of_role(&self, role: OrganizationRole) -> &ActionSet {
        let [owner, admin, viewer, billing, member] = &self.0.by_role;
        match role {
            OrganizationRole::Owner => owner,
            OrganizationRole::Admin => admin,
            OrganizationRole::Viewer => viewer,
            OrganizationRole::Billing => billing,
            OrganizationRole::Member => member,
        }
    }

    /// Returns what somebody of a role on an account may do there.
    pub(crate) fn of_account_role(&self, role: AccountRole) -> &ActionSet {
        let [editor, viewer] = &self.0.by_account_role;
        match role {
            AccountRole::Editor => editor,
            AccountRole::Viewer => viewer,
        }
    }

    /// Returns a managed policy.
    #[must_use]
    pub fn policy(&self, id: PolicyId) -> Option<&ManagedPolicy> {
        self.find(id).map(|(policy, _)| policy)
    }

    /// Returns every managed policy, the crate's own first.
    pub fn policies(&self) -> impl Iterator<Item = &ManagedPolicy> {
        self.0.managed.iter().map(|(policy, _)| policy)
    }

    /// Returns the managed policy of this name.
    #[must_use]
    pub fn policy_named(&self, name: &Name) -> Option<&ManagedPolicy> {
        let canonical = name.canonical();
        self.policies()
            .find(|it| it.name().canonical() == canonical)
    }

    pub(crate) fn find(&self, id: PolicyId) -> Option<&(ManagedPolicy, Arc<Compiled>)> {
        self.0.managed.iter().find(|(policy, _)| policy.id() == id)
    }

    /// Returns whether both are the same catalog, and not only alike.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Table {
    fn insert(
        &mut self,
        action: Action,
        class: Class,
        least: LeastRole,
    ) -> Result<(), InvalidCatalog> {
        let id = match u16::try_from(self.entries.len()) {
            Ok(id) if self.entries.len() < Catalog::LEN_MAX => ActionId(id),
            _ => return Err(InvalidCatalog::Full),
        };
        if !action
            .as_str()
            .split_once(':')
            .is_some_and(|(service, verb)| {
                !service.is_empty() && !verb.is_empty() && !verb.contains(':')
            })
        {
            return Err(InvalidCatalog::Form { action });
        }
        if self.ids.contains_key(action.as_str()) {
            return Err(InvalidCatalog::Twice { action });
        }
        self.ids.insert(action.as_str().into(), id);
        let entry = Entry {
            action,
            class,
            least,
            topic: None,
        };
        for (set, role) in self.by_role.iter_mut().zip(OrganizationRole::ALL) {
            set.extend(least.admits(role).then_some(id));
        }
        for (set, role) in self.by_account_role.iter_mut().zip(AccountRole::ALL) {
            set.extend(least.admits_on_account(role).then_some(id));
        }
        self.ungrantable
            .extend((!compiled::grantable(least)).then_some(id));
        for (policy, compiled) in &mut self.managed {
            Arc::make_mut(compiled).admit(policy.document(), policy.rights(), id, &entry);
        }
        self.entries.push(entry);
        Ok(())
    }

    fn about(&mut self, action: &Action, topic: Topic) -> Result<(), InvalidCatalog> {
        let (own, action) = (Builtin::ALL.len(), action.clone());
        let place = self.ids.get(action.as_str()).map(|id| id.place());
        let place = place.filter(|place| *place >= own);
        let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) else {
            return Err(InvalidCatalog::TopicAction { action });
        };
        if entry.class != Class::Read {
            return Err(InvalidCatalog::TopicClass { action });
        }
        if let Some(found) = entry.topic.filter(|found| *found != topic) {
            return Err(InvalidCatalog::TopicTwice { action, found });
        }
        entry.topic = Some(topic);
        Ok(())
    }

    fn manage(&mut self, policy: ManagedPolicy) -> Result<(), InvalidCatalog> {
        let canonical = policy.name().canonical();
        let twice = |it: &(ManagedPolicy, Arc<Compiled>)| it.0.name().canonical() == canonical;
        if self.managed.iter().any(twice) {
            let name = policy.name().clone();
            return Err(InvalidCatalog::PolicyTwice { name });
        }
        if policy.denies() {
            let name = policy.name().clone();
            return Err(InvalidCatalog::PolicyDenies { name });
        }
        let statements = policy.document().statements().iter();
        let mut patterns = statements.flat_map(|it| it.actions());
        let lacks =
            |pattern: &&ActionPattern| !self.entries.iter().any(|it| pattern.matches(&it.action));
        if let Some(pattern) = patterns.find(lacks) {
            return Err(InvalidCatalog::PolicyAction {
                name: policy.name().clone(),
                pattern: pattern.clone(),
            });
        }
        let mut compiled = Compiled::empty(policy.document());
        for (id, entry) in (0..u16::MAX).map(ActionId).zip(&self.entries) {
            compiled.admit(policy.document(), policy.rights(), id, entry);
        }
        self.managed.push((policy, Arc::new(compiled)));
        Ok(())
    }
}

/// Returns how many characters of ASCII texts have to be put in, taken out or changed.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in (1_usize..).zip(one.bytes()) {
        let mut corner = line.saturating_sub(1);
        if let Some(first) = row.first_mut() {
            *first = line;
        }
        let mut left = line;
        for (cell, b) in row.iter_mut().skip(1).zip(other.bytes()) {
            let change = corner.saturating_add(usize::from(a != b));
            let next = change
                .min(left.saturating_add(1))
                .min(cell.saturating_add(1));
            corner = core::mem::replace(cell, next);
            left = next;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// An action or a policy cannot be added to a catalog.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCatalog {
    /// The name is not `service:verb`.
    #[error("action `{action}` is not of the form `service:verb`")]
    Form {
        /// The name.
        action: Action,
    },
    /// There are too many.
    #[error("catalog has {max} actions, expected no more", max = Catalog::LEN_MAX)]
    Full,
    /// A managed policy names an action that the catalog lacks.
    #[error("managed policy `{name}` names `{pattern}`, which is no action of the catalog")]
    PolicyAction {
        /// The policy.
        name: Name,
        /// What it names.
        pattern: ActionPattern,
    },
    /// A managed policy denies something. It may only allow: that it can go, and then gives nothing,
    /// must not widen anything.
    #[error("managed policy `{name}` denies something, expected statements that allow")]
    PolicyDenies {
        /// The policy.
        name: Name,
    },
    /// The catalog has a managed policy of this name, or of one that looks like it.
    #[error("managed policy `{name}` is in the catalog already")]
    PolicyTwice {
        /// The name.
        name: Name,
    },
    /// What is to be about a topic is no action of the host's in the catalog.
    #[error("action `{action}` is to be about a topic, expected one that was added to the catalog")]
    TopicAction {
        /// The name.
        action: Action,
    },
    /// An action does more than look, and is to be about a topic.
    #[error("action `{action}` is to be about a topic, expected one of class read")]
    TopicClass {
        /// The name.
        action: Action,
    },
    /// An action is about another topic already.
    #[error("action `{action}` is about {topic} already", topic = found.as_str())]
    TopicTwice {
        /// The name.
        action: Action,
        /// The topic.
        found: Topic,
    },
    /// The catalog has it already.
    #[error("action `{action}` is in the catalog already")]
    Twice {
        /// The name.
        action: Action,
    },
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_counts_changes() {
        for (one, other, expected) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("account:raed", "account:read", 2),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(one, other), expected, "`{one}` and `{other}`");
        }
    }
}
