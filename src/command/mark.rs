//! Commands by which a host marks things: labels, and references of its own.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::rank::act_on;
use crate::command::user::member;
use crate::command::{Command, Context, Decided, Recorded, Sealed};
use crate::id::OrganizationId;
use crate::label::{LabelKey, LabelValue, Labels, Reference};
use crate::organization::account::{Account, AccountStatus};
use crate::organization::event::Event;
use crate::organization::mark::{LabelsChanged, Marked, ReferenceChanged};
use crate::refusal::{Limited, Refusal};
use crate::view::{Interrupt, View};

/// Changes labels of the organization, an account or a user: sets some, and takes some away.
///
/// Labels stand in the log for good, and are no place for what names or reaches a person. Nobody
/// changes its own labels without the right to, as rules may rest on them.
///
/// Refused: what is marked is not there, or is a user that was removed or stands as high as the
/// caller or higher (law U4); there would be too many labels.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::command::{ChangeLabels, SetReference};
/// use tenancy::{label::Labels, organization::mark::Marked};
/// use tenancy::query::{FindOrganization, FindReference, GetMarks, HasLabel, ListAccounts};
///
/// let mut labels = Labels::new();
/// labels.try_insert("team".parse()?, "ops".parse()?)?;
/// registry.run(&ada, &ChangeLabels::new(acme, made.account.into()).set(labels))?;
/// let ops = ListAccounts::new(acme).label(HasLabel::new("team".parse()?));
/// assert_eq!(registry.ask(&ada, &ops)?.value.rows.len(), 1);
///
/// // References are the host's.
/// let host = Caller::system("crm".parse()?);
/// let refer = SetReference::new(acme, Marked::Organization).reference("crm/17".parse()?);
/// registry.run(&host, &refer)?;
/// let found = FindOrganization::Reference("crm/17".parse()?);
/// assert_eq!(registry.ask(&host, &found)?.value, Some(acme));
/// let found = FindReference::new(acme, "crm/17".parse()?);
/// assert_eq!(registry.ask(&ada, &found)?.value, Some(acme.into()));
/// let marks = registry.ask(&ada, &GetMarks::new(acme, Marked::Organization))?.value;
/// assert_eq!(marks.reference, Some("crm/17".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ChangeLabels {
    /// The organization.
    pub organization: OrganizationId,
    /// What is marked.
    pub on: Marked,
    /// The labels that are set.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub set: Labels,
    /// The labels that are taken away, before those are set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<LabelKey>,
}

impl ChangeLabels {
    /// Returns the command that changes no label yet.
    #[must_use]
    pub const fn new(organization: OrganizationId, on: Marked) -> Self {
        Self {
            organization,
            on,
            set: Labels::new(),
            remove: Vec::new(),
        }
    }

    /// Returns the same with labels that are set.
    #[must_use]
    pub fn set(mut self, labels: Labels) -> Self {
        self.set = labels;
        self
    }

    /// Returns the same with a label more that is taken away.
    #[must_use]
    pub fn remove(mut self, key: LabelKey) -> Self {
        self.remove.push(key);
        self
    }
}

impl Sealed for ChangeLabels {}

impl Command for ChangeLabels {
    const KIND: &'static str = "change_labels";
    type Output = ();

    fn requirement(&self) -> Requirement {
        let action = match self.on {
            Marked::Account(_) => Builtin::UpdateAccount,
            Marked::Organization => Builtin::UpdateOrganization,
            Marked::User(_) => Builtin::LabelUser,
        };
        Requirement::Right(
            self.organization,
            action,
            self.on.resource(self.organization),
        )
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            on,
            set,
            remove,
        } = authorized.command();
        let state = view.organization(*organization)?;
        if let Marked::User(user) = *on {
            act_on(state, authorized.caller(), member(state, user)?, context)?;
        }
        let before = &state.marks(*on).labels;
        let kept = before.iter().filter(|(key, _)| !remove.contains(key));
        let kept = kept.filter(|(key, _)| set.get(key.as_str()).is_none());
        let all: Vec<(&LabelKey, &LabelValue)> = kept.chain(set.iter()).collect();
        let max = u32::try_from(Labels::LEN_MAX).unwrap_or(u32::MAX);
        Limited::Labels.check(all.len(), 0, max)?;
        let mut labels = Labels::new();
        for (key, value) in all {
            // INVARIANT: each key is there once, and they are not too many.
            let _ = labels.try_insert(key.clone(), value.clone());
        }
        if labels == *before {
            return Ok(Decided::nothing(()));
        }
        let event = Event::LabelsChanged(LabelsChanged { on: *on, labels });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|changed: &LabelsChanged| changed.on == self.on)
    }
}

command! {
    /// Gives the organization, an account or a user the host's own id: the host's alone.
    ///
    /// An organization's is unique in the registry, another's in its organization. Whoever is
    /// removed gives it up, and so does an account that is closed, once another asks for it.
    ///
    /// Refused: what is marked is not there, or is a user that was removed; another thing has the
    /// reference.
    SetReference, "Returns the command by which `on` has no reference.";
    /// The organization.
    organization: OrganizationId,
    /// What is marked.
    on: Marked,
    ? /// Its reference from now on; absent, it has none.
    reference: Reference, "Returns the same with the reference that it has from now on.";
}

impl Command for SetReference {
    const KIND: &'static str = "set_reference";
    type Output = ();

    fn requirement(&self) -> Requirement {
        let resource = self.on.resource(self.organization);
        Requirement::Right(self.organization, Builtin::ReferOrganization, resource)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            on,
            reference,
        } = authorized.command();
        let state = view.organization(*organization)?;
        if let Marked::User(user) = *on {
            member(state, user)?;
        }
        if state.marks(*on).reference == *reference {
            return Ok(Decided::nothing(()));
        }
        let now = context.time(state);
        let is_closed = |it: &Account| it.status(now) == AccountStatus::Closed;
        let gone = |holder: &Marked| {
            let account = holder.account().and_then(|id| state.account(id));
            account.is_some_and(is_closed)
        };
        let holder = reference.as_ref().and_then(|it| state.by_reference(it));
        match (holder.filter(|holder| !gone(holder)), reference) {
            (Some(_), Some(reference)) => Err(Refusal::ReferenceTaken {
                reference: reference.as_str().into(),
            }
            .into()),
            _ => {
                let (on, reference) = (*on, reference.clone());
                let event = Event::ReferenceChanged(ReferenceChanged { on, reference });
                Ok(Decided::events(*organization, [event], ()))
            }
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|changed: &ReferenceChanged| changed.on == self.on)
    }
}
