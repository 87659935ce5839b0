//! Commands that write policies, and attach them to users and groups.

use alloc::borrow::Cow;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, Right, may_read, may_too};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::catalog::{ActionSet, Catalog, Compiled};
use crate::command::account::open;
use crate::command::group;
use crate::command::organization::of;
use crate::command::rank::{act_on, act_on_members, may_hand_on, may_name};
use crate::command::user::member;
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{OrganizationId, PolicyId};
use crate::name::{Description, Name};
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::policy::{
    Holder, Policy, PolicyAttached, PolicyAttachment, PolicyCreated, PolicyDeleted, PolicyDetached,
    PolicyUpdated, Reach, attached,
};
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::statement::{Document, Effect, PolicyKind};
use crate::view::{Interrupt, View};

/// What becomes of actions in a policy that the catalog lacks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum UnknownActions {
    /// They are kept and mean nothing, until the catalog has them: for policies that are carried over
    /// from elsewhere. [`GetPolicy`](crate::query::GetPolicy) lists them. What no policy can give is
    /// kept too.
    Keep,
    /// The policy is refused.
    Refuse,
}

command! {
    /// Writes a policy. It gives nothing until it is attached to somebody.
    ///
    /// Refused: the name, or one that looks like it, is another policy's, or a managed one's; it names
    /// an action that the catalog lacks, or allows one that is the owners' alone or the host's; there
    /// are as many policies as there may be.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// # use tenancy::{command::CreateUser, role::OrganizationRole};
    /// # let new = CreateUser::new(acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
    /// # let bob = registry.run(&ada, &new)?.user;
    /// use tenancy::command::{AttachPolicy, CreatePolicy, DeletePolicy, DetachPolicy, UpdatePolicy};
    /// use tenancy::organization::policy::Reach;
    /// use tenancy::statement::{Document, PolicyKind};
    ///
    /// let rename: Document = serde_json::from_str(
    ///     r#"{"statements":[{"effect":"ALLOW","actions":["account:update"],"resources":["*"]}]}"#)?;
    /// let policy = CreatePolicy::new(acme, "Rename".parse()?, PolicyKind::Account, rename.clone());
    /// let policy = registry.run(&ada, &policy)?;
    /// let on = Reach::accounts([made.account]);
    /// registry.run(&ada, &AttachPolicy::new(acme, policy, bob.into(), on))?;
    ///
    /// let bob_now = Caller::user(acme, bob);
    /// let rename_account = command::RenameAccount::new(acme, made.account, "Bob's".parse()?);
    /// registry.run(&bob_now, &rename_account)?;
    ///
    /// registry.run(&ada, &UpdatePolicy::new(acme, policy, "Rename accounts".parse()?, rename))?;
    /// let refused = registry.run(&ada, &DeletePolicy::new(acme, policy)).unwrap_err();
    /// assert_eq!(refused.refusal().map(Refusal::code), Some("policy_attached"));
    /// registry.run(&ada, &DetachPolicy::new(acme, policy, bob.into()))?;
    /// registry.run(&ada, &DeletePolicy::new(acme, policy))?;
    /// assert!(registry.run(&bob_now, &rename_account).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    CreatePolicy, "Returns the command to write a policy called `name`.";
    /// The organization.
    organization: OrganizationId,
    /// Its name.
    name: Name,
    /// What it is about; that stays for good.
    kind: PolicyKind,
    /// Its statements.
    document: Document,
    ? /// What it is for.
    description: Description, "Returns the same with what the policy is for.";
    ? /// What becomes of actions that the catalog lacks; absent, the policy is refused.
    unknown: UnknownActions, "Returns the same with what becomes of actions that the catalog lacks.";
}

impl Command for CreatePolicy {
    const KIND: &'static str = "create_policy";
    type Output = PolicyId;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::CreatePolicy)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<PolicyId>, Interrupt> {
        let Self {
            organization,
            name,
            kind,
            document,
            description,
            unknown,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let settings = context.settings;
        name_is_free(state, name, None, &settings.catalog)?;
        is_known(document, *unknown, &settings.catalog)?;
        let there = state.policies().filter(|it| it.deleted_at().is_none());
        Limited::Policies.check(there.count(), 1, settings.limits.policies)?;
        let (policy, text) = (context.fresh(), description.clone());
        let event = Event::PolicyCreated(PolicyCreated {
            policy,
            name: name.clone(),
            description: text.map(|text| context.personal("description", text)),
            kind: *kind,
            document: Arc::new(document.clone()),
        });
        Ok(Decided::events(*organization, [event], policy))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<PolicyId> {
        events
            .take(|_: &PolicyCreated| true)
            .map(|(_, created)| created.policy)
    }
}

command! {
    /// Says anew what a policy is called, what it says and what it is for, or nothing of the last. It
    /// counts at once for everybody who holds it.
    ///
    /// Refused: the policy is managed, or was deleted; the name, or one that looks like it, is another
    /// policy's; it names an action that the catalog lacks, or allows one that is the owners' alone or
    /// the host's; it allows, or did deny, something that the caller does not hold itself wherever it
    /// is attached, or denies something to somebody who stands as high as the caller or higher (law
    /// U4).
    UpdatePolicy, "Returns the command to call `policy` by `name`, and to let it say `document`.";
    /// The organization.
    organization: OrganizationId,
    /// The policy.
    policy: PolicyId,
    /// Its name from now on.
    name: Name,
    /// Its statements from now on.
    document: Document,
    ? /// What it is for; absent, nothing is said.
    description: Description, "Returns the same with what the policy is for.";
    ? /// What becomes of actions that the catalog lacks; absent, the change is refused.
    unknown: UnknownActions, "Returns the same with what becomes of actions that the catalog lacks.";
}

impl Command for UpdatePolicy {
    const KIND: &'static str = "update_policy";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UpdatePolicy, self.policy)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            policy,
            name,
            document,
            description,
            unknown,
        } = authorized.command();
        let state = view.organization(*organization)?;
        let catalog = &context.settings.catalog;
        let found = own(state, *policy, catalog)?;
        name_is_free(state, name, Some(*policy), catalog)?;
        let same = found.document() == document;
        if same && (found.name(), found.description()) == (name, description.as_ref()) {
            return Ok(Decided::nothing(()));
        }
        if !same {
            is_known(document, *unknown, catalog)?;
            may_rewrite(state, found, document, authorized.caller(), context)?;
        }
        let text = description.clone();
        let event = Event::PolicyUpdated(PolicyUpdated {
            policy: *policy,
            name: name.clone(),
            description: text.map(|text| context.personal("description", text)),
            document: match same {
                true => Arc::clone(found.shared()),
                false => Arc::new(document.clone()),
            },
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|updated: &PolicyUpdated| updated.policy == self.policy)
    }
}

/// Law U4: what a policy says anew is given to, and taken from, everybody who holds it.
fn may_rewrite(
    state: &Organization,
    policy: &Policy,
    document: &Document,
    caller: &Caller,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let catalog = &context.settings.catalog;
    let (old, new) = (
        Compiled::new(policy.document(), catalog),
        Compiled::new(document, catalog),
    );
    for holder in state.holders(policy.id()) {
        may_name(state, caller, document, context)?;
        if document.denies() {
            acts_on(state, holder, caller, context)?;
        }
        let Some(attachment) = attachment(state, holder, policy.id()) else {
            continue;
        };
        let mut lifted = old.denies.clone();
        liftable(&mut lifted, has_owner(state, holder), catalog);
        let on = &attachment.on;
        let rights = [
            Right::new(Cow::Borrowed(&new.allows), on),
            Right::new(Cow::Owned(lifted), on),
        ];
        let implied = Right::implied(&new.allows, on, context.settings);
        let rights: Vec<_> = rights.into_iter().chain(implied).collect();
        may_hand_on(state, caller, &rights, context)?;
    }
    Ok(())
}

command! {
    /// Deletes a policy that is attached to nobody. That is final.
    ///
    /// A policy that was deleted stays as it is.
    ///
    /// Refused: the policy is managed; it is attached to somebody, and then everybody is named to whom
    /// it is, as far as the caller may read them.
    DeletePolicy, "Returns the command to delete `policy`.";
    /// The organization.
    organization: OrganizationId,
    /// The policy.
    policy: PolicyId,
}

impl Command for DeletePolicy {
    const KIND: &'static str = "delete_policy";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::DeletePolicy, self.policy)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            policy,
        } = *authorized.command();
        let state = view.organization(organization)?;
        match own(state, policy, &context.settings.catalog) {
            Err(Refusal::Deleted { .. }) => return Ok(Decided::nothing(())),
            found => found?,
        };
        let mut holders: Vec<Holder> = state.holders(policy).collect();
        if !holders.is_empty() {
            let (caller, moment) = (authorized.caller(), context.moment());
            holders.retain(|it| may_read(state, caller, &it.resource(), &moment));
            return Err(Refusal::PolicyAttached { policy, holders }.into());
        }
        let event = Event::PolicyDeleted(PolicyDeleted { policy });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|deleted: &PolicyDeleted| deleted.policy == self.policy)
    }
}

command! {
    /// Attaches a policy, of the organization's own or a managed one, to a user or a group; or on
    /// something else than before.
    ///
    /// It asks for the right on both. A policy that is attached so already stays as it is. What the
    /// caller holds is judged under the catalog as it is: a pattern such as `ocean:*` also gives what
    /// the catalog gets later.
    ///
    /// Refused: the policy or the group was deleted; the user was removed; the policy is about something
    /// else than what it is to be attached on; an account is not there, or not open, or none is named;
    /// it allows something there that the caller does not hold itself, it no longer denies it somewhere
    /// where it did, or denies something to somebody who stands as high as the caller or higher, or
    /// allows what the catalog lacks and the caller is no admin (law U4); the caller's token is
    /// confined to actions; there are as many accounts or policies as there may be.
    AttachPolicy, "Returns the command to attach `policy` to a user or a group, on accounts or the \
        organization.";
    /// The organization.
    organization: OrganizationId,
    /// The policy.
    policy: PolicyId,
    /// To whom.
    to: Holder,
    /// On what.
    on: Reach,
}

impl Command for AttachPolicy {
    const KIND: &'static str = "attach_policy";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::AttachPolicy, self.policy)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            policy,
            to,
            on,
        } = authorized.command();
        let (state, caller) = (view.organization(*organization)?, authorized.caller());
        let (settings, moment) = (context.settings, context.moment());
        let (kind, document, compiled) = there(state, *policy, &settings.catalog)?;
        may_too(
            state,
            caller,
            Builtin::AttachPolicy,
            &to.resource(),
            &moment,
        )?;
        is_there(state, *to)?;
        if let Holder::User(user) = to {
            act_on(state, caller, member(state, *user)?, context)?;
        }
        let before = attachment(state, *to, *policy);
        if before.is_some_and(|it| it.on == *on) {
            return Ok(Decided::nothing(()));
        }
        reaches(state, caller, *policy, kind, on, context)?;
        may_name(state, caller, document, context)?;
        if document.denies() {
            acts_on(state, *to, caller, context)?;
        }
        let mut lifted = compiled.denies.clone();
        liftable(&mut lifted, has_owner(state, *to), &settings.catalog);
        let given = Right::new(Cow::Borrowed(&compiled.allows), on);
        let implied = Right::implied(&compiled.allows, on, settings);
        let lifted = before.map(|it| Right::new(Cow::Owned(lifted), &it.on));
        let rights: Vec<_> = [given].into_iter().chain(implied).chain(lifted).collect();
        may_hand_on(state, caller, &rights, context)?;
        let (limited, there, max) = match to {
            Holder::Group(group) => (
                Limited::PoliciesOfGroup,
                state.group(*group).map_or(0, |it| it.policies().len()),
                settings.limits.policies_of_group.min(u16::MAX.into()),
            ),
            Holder::User(user) => (
                Limited::PoliciesOfUser,
                state.user(*user).map_or(0, |it| it.policies().len()),
                settings.limits.policies_of_user,
            ),
        };
        limited.check(there, usize::from(before.is_none()), max)?;
        let event = Event::PolicyAttached(PolicyAttached {
            policy: *policy,
            to: *to,
            on: on.clone(),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &PolicyAttached| (it.policy, it.to) == (self.policy, self.to))
    }
}

/// A policy is attached on what it is about, and on accounts that are open and in sight.
fn reaches(
    state: &Organization,
    caller: &Caller,
    policy: PolicyId,
    kind: PolicyKind,
    on: &Reach,
    context: &Context<'_>,
) -> Result<(), Interrupt> {
    let chosen = on.chosen();
    if on.kind() != kind || (matches!(on, Reach::Accounts(_)) && chosen.is_empty()) {
        let found = on.clone();
        return Err(Refusal::PolicyReach {
            policy,
            kind,
            found,
        }
        .into());
    }
    let max = context.settings.limits.policy_accounts;
    Limited::PolicyAccounts.check(chosen.len(), 0, max)?;
    for account in chosen {
        let resource = Resource::Account(*account);
        // Law X4: an account out of the caller's sight is not there.
        if !may_read(state, caller, &resource, &context.moment()) {
            return Err(Refusal::not_found(*account).into());
        }
        open(state, *account, context)?;
    }
    Ok(())
}

command! {
    /// Takes a policy away from a user or a group.
    ///
    /// It asks for the right on both. A policy that is not attached stays so.
    ///
    /// Refused: the group was deleted; the user was removed, or stands as high as the caller or higher;
    /// the policy denies something that the caller does not hold itself (law U4); the caller's token is
    /// confined to actions.
    DetachPolicy, "Returns the command to take `policy` away from a user or a group.";
    /// The organization.
    organization: OrganizationId,
    /// The policy.
    policy: PolicyId,
    /// From whom.
    from: Holder,
}

impl Command for DetachPolicy {
    const KIND: &'static str = "detach_policy";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::DetachPolicy, self.policy)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            policy,
            from,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let catalog = &context.settings.catalog;
        let moment = context.moment();
        may_too(
            state,
            caller,
            Builtin::DetachPolicy,
            &from.resource(),
            &moment,
        )?;
        is_there(state, from)?;
        if let Holder::User(user) = from {
            act_on(state, caller, member(state, user)?, context)?;
        }
        let Some(attachment) = attachment(state, from, policy) else {
            return Ok(Decided::nothing(()));
        };
        if let Some((_, compiled)) = state.document(policy, catalog) {
            let mut lifted = compiled.denies.clone();
            liftable(&mut lifted, has_owner(state, from), catalog);
            let right = Right::new(Cow::Owned(lifted), &attachment.on);
            may_hand_on(state, caller, &[right], context)?;
        }
        let event = Event::PolicyDetached(PolicyDetached { policy, from });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &PolicyDetached| (it.policy, it.from) == (self.policy, self.from))
    }
}

/// Leaves of what is denied what counts when it is lifted: what is the owners' alone is kept from
/// nobody else.
pub(super) fn liftable(denies: &mut ActionSet, from_owner: bool, catalog: &Catalog) {
    if !from_owner {
        denies.subtract(catalog.ungrantable());
    }
}

/// Returns whether an owner is among those who hold what a holder holds.
fn has_owner(state: &Organization, holder: Holder) -> bool {
    match holder {
        Holder::Group(group) => state.group(group).is_some_and(|it| it.members().owners > 0),
        Holder::User(user) => {
            let user = state.user(user);
            user.is_some_and(|it| it.role() == OrganizationRole::Owner)
        }
    }
}

/// Law U4: who denies something to somebody acts on them.
fn acts_on(
    state: &Organization,
    holder: Holder,
    caller: &Caller,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    match holder {
        Holder::Group(id) => {
            let group = state.group(id).ok_or_else(|| Refusal::not_found(id))?;
            act_on_members(state, caller, group, context)
        }
        Holder::User(id) => {
            let user = state.user(id).ok_or_else(|| Refusal::not_found(id))?;
            act_on(state, caller, user, context)
        }
    }
}

/// Returns a policy as it is attached to somebody.
fn attachment(state: &Organization, holder: Holder, policy: PolicyId) -> Option<&PolicyAttachment> {
    let all = match holder {
        Holder::Group(group) => state.group(group)?.policies(),
        Holder::User(user) => state.user(user)?.policies(),
    };
    attached(all, policy)
}

/// A holder is a group that was not deleted, or a user who was not removed.
fn is_there(state: &Organization, holder: Holder) -> Result<(), Refusal> {
    match holder {
        Holder::Group(id) => group::there(state, id).map(drop),
        Holder::User(id) => member(state, id).map(drop),
    }
}

/// Returns what a policy is about, what it says and what that comes to: of one that was not deleted,
/// or a managed one.
fn there<'a>(
    state: &'a Organization,
    id: PolicyId,
    catalog: &'a Catalog,
) -> Result<(PolicyKind, &'a Document, Cow<'a, Compiled>), Refusal> {
    let kind = match own(state, id, catalog) {
        Ok(policy) => policy.kind(),
        Err(refusal) => match (catalog.policy(id), refusal) {
            (Some(managed), Refusal::PolicyManaged { .. }) => managed.kind(),
            (_, refusal) => return Err(refusal),
        },
    };
    let document = state.document(id, catalog);
    let (document, compiled) = document.ok_or_else(|| Refusal::not_found(id))?;
    Ok((kind, document, compiled))
}

/// Returns a policy of the organization's own that was not deleted.
fn own<'a>(
    state: &'a Organization,
    id: PolicyId,
    catalog: &Catalog,
) -> Result<&'a Policy, Refusal> {
    match state.policy(id) {
        Some(policy) if policy.deleted_at().is_none() => Ok(policy),
        Some(_) => Err(Refusal::Deleted {
            resource: id.into(),
        }),
        None if catalog.policy(id).is_some() => Err(Refusal::PolicyManaged { policy: id }),
        None => Err(Refusal::not_found(id)),
    }
}

fn name_is_free(
    state: &Organization,
    name: &Name,
    own: Option<PolicyId>,
    catalog: &Catalog,
) -> Result<(), Refusal> {
    let holder = state.policy_by_name(name).map(Policy::id);
    let other = holder.is_some_and(|id| Some(id) != own);
    match other || catalog.policy_named(name).is_some() {
        true => Err(Refusal::PolicyNameTaken { name: name.clone() }),
        false => Ok(()),
    }
}

/// A document means something under the catalog: every action that it names is there, and none that
/// it allows by its name is one that no policy gives.
fn is_known(
    document: &Document,
    unknown: Option<UnknownActions>,
    catalog: &Catalog,
) -> Result<(), Refusal> {
    if unknown == Some(UnknownActions::Keep) {
        return Ok(());
    }
    for statement in document.statements() {
        for pattern in statement.actions() {
            let set = catalog.set([pattern].into_iter());
            if set.is_empty() {
                return Err(Refusal::unknown_action(pattern.clone(), catalog));
            }
            let exact = pattern.is_exact() && statement.effect() == Effect::Allow;
            if let Some(id) = set.first_common(catalog.ungrantable()).filter(|_| exact)
                && let Some(entry) = catalog.entry(id)
            {
                let (action, least) = (entry.action.clone(), entry.least);
                return Err(Refusal::NotGrantable { action, least });
            }
        }
    }
    Ok(())
}

/// The right to an action on a policy.
const fn on(organization: OrganizationId, action: Builtin, policy: PolicyId) -> Requirement {
    Requirement::Right(organization, action, Resource::Policy(policy))
}
