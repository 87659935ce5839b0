//! Commands that invite somebody, and those by which the invited answers (law U5).

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may};
use crate::action::{Builtin, Class};
use crate::caller::Caller;
use crate::command::account::open;
use crate::command::organization::of;
use crate::command::rank::{may_attach, may_attach_too, may_give, role_of};
use crate::command::user::{address_is_free, attached, first_attachment};
use crate::command::{Command, Context, Decided, Minted, Recorded, Sealed};
use crate::decision::{Decision, Denial};
use crate::email::Email;
use crate::id::{AccountId, InvitationId, OrganizationId, UserId};
use crate::name::Name;
use crate::organization::Organization;
use crate::organization::event::Event;
use crate::organization::invitation::{
    Invitation, InvitationAccepted, InvitationCreated, InvitationDeclined, InvitationResent,
    InvitationRevoked, InvitationStatus,
};
use crate::organization::lifecycle::Standing;
use crate::organization::user::{Attachment, UserCreated, UserKind};
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::role::{AccountRole, OrganizationRole};
use crate::secret::{InvitationSecret, SecretKind};
use crate::time::Timestamp;
use crate::view::{Around, Interrupt, View};

/// Invites somebody by address. The secret, told once, is for the host to send there.
///
/// It can be accepted as long as
/// [`Rules::invitation_life`](crate::settings::Rules::invitation_life) says, and no longer than
/// [`Rules::invitation_age`](crate::settings::Rules::invitation_age). It takes the place of a user,
/// and the address, until it is answered or expires. Without accounts the person is attached
/// to the default one, where [`Rules::first_attachment`](crate::settings::Rules::first_attachment)
/// says so.
///
/// Refused: the address is a user's, or somebody is invited under it (law U3); the role is higher
/// than the caller's (law U4); an account is not there or not open, or the caller may not attach users
/// to it; there are as many users, or invitations within a day, as there may be; there are more
/// accounts than one commit can attach to.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::command::{AcceptInvitation, DeclineInvitation, InviteUser, ResendInvitation, RevokeInvitation};
/// use tenancy::query::{InvitationsOf, ListInvitations};
/// use tenancy::role::{AccountRole, OrganizationRole};
///
/// let invite = |text: &str| Ok::<_, Box<dyn std::error::Error>>(
///     InviteUser::new(acme, text.parse()?, OrganizationRole::Member));
/// let bob = registry.run(&ada, &invite("bob@example.com")?.attach(made.account, AccountRole::Editor))?;
/// let cy = registry.run(&ada, &invite("cy@example.com")?)?;
/// let di = registry.run(&ada, &invite("di@example.com")?)?;
///
/// // The first mail went astray: the second has another secret.
/// let bob = registry.run(&ada, &ResendInvitation::new(acme, bob.id))?;
/// let secret = bob.secret.ok_or("told once")?.expose().parse()?;
/// let person = Caller::person("bob@example.com".parse()?);
/// assert_eq!(registry.ask(&person, &InvitationsOf::caller())?.value.rows[0].name.to_string(), "Acme");
/// let user = registry.run(&person, &AcceptInvitation::new(secret, "Bob".parse()?))?;
/// assert!(registry.run(&Caller::user(acme, user), &command::LeaveOrganization::new(acme)).is_ok());
///
/// let person = Caller::person("cy@example.com".parse()?);
/// registry.run(&person, &DeclineInvitation::new(acme, cy.id))?;
/// registry.run(&ada, &RevokeInvitation::new(acme, di.id))?;
/// assert_eq!(registry.ask(&ada, &ListInvitations::new(acme))?.value.rows.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct InviteUser {
    /// The organization.
    pub organization: OrganizationId,
    /// Who is invited.
    pub email: Email,
    /// What the person is to be in the organization.
    pub role: OrganizationRole,
    /// The accounts that the person is attached to from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

impl InviteUser {
    /// Returns the command to invite `email` as `role`.
    #[must_use]
    pub const fn new(organization: OrganizationId, email: Email, role: OrganizationRole) -> Self {
        Self {
            organization,
            email,
            role,
            attachments: Vec::new(),
        }
    }

    /// Returns the same with an account to attach the person to.
    #[must_use]
    pub fn attach(mut self, account: AccountId, role: AccountRole) -> Self {
        self.attachments.push(Attachment::new(account, role));
        self
    }
}

impl Sealed for InviteUser {}

impl Command for InviteUser {
    const KIND: &'static str = "invite_user";
    type Output = Minted<InvitationId>;

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::CreateInvitation)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Minted<InvitationId>>, Interrupt> {
        let Self {
            organization,
            email,
            role,
            attachments,
        } = authorized.command();
        let (state, caller) = (view.organization(*organization)?, authorized.caller());
        address_is_free(state, email, context)?;
        let now = context.time(state);
        let limits = &context.settings.limits;
        Limited::Users.check(state.seat_count(now), 1, limits.users)?;
        Limited::Invitations.check(state.invitations_sent(now), 1, limits.invitations_per_day)?;
        may_give(state, caller, *role, context)?;
        // Said twice of an account, the last counts.
        let mut by_account: BTreeMap<AccountId, Attachment> = BTreeMap::new();
        for attachment in attachments {
            open(state, attachment.account, context)?;
            may_attach_too(state, caller, attachment, context)?;
            by_account.insert(attachment.account, *attachment);
        }
        if let Some(first) = first_attachment(UserKind::Person, attachments, state, context) {
            may_attach(state, caller, &first, context)?;
        }
        // Accepting it is one commit: the answer, the user, and each attachment.
        Limited::Records.check(by_account.len(), 2, limits.records)?;
        let invitation = context.fresh();
        let minted = context.mint(SecretKind::Invitation, *organization, invitation)?;
        let rules = &context.settings.rules;
        let life = rules.invitation_life.min(rules.invitation_age);
        let event = Event::InvitationCreated(InvitationCreated {
            invitation,
            email: context.personal("email", email.clone()),
            role: *role,
            attachments: by_account.into_values().collect(),
            expires_at: now.saturating_add(life),
            digest: minted.digest,
        });
        let minted = Minted::new(invitation, Some(minted.secret));
        Ok(Decided::events(*organization, [event], minted))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<Minted<InvitationId>> {
        let (_, created) = events.take(|_: &InvitationCreated| true)?;
        Some(Minted::new(created.invitation, None))
    }
}

command! {
    /// Sends an invitation again, with another secret; the one before is good for nothing (law U5).
    ///
    /// One that has expired can be sent again too, as long as
    /// [`Rules::invitation_age`](crate::settings::Rules::invitation_age) says.
    ///
    /// Refused: the invitation is not there, or was answered or taken back, or is too old; the role
    /// is higher than the caller's (law U4); the address is a user's by now, or somebody is invited
    /// under it anew; there are as many users, or invitations within a day, as there may be.
    ResendInvitation, "Returns the command to send `invitation` again.";
    /// The organization.
    organization: OrganizationId,
    /// The invitation.
    invitation: InvitationId,
}

impl Command for ResendInvitation {
    const KIND: &'static str = "resend_invitation";
    type Output = Minted<InvitationId>;

    fn requirement(&self) -> Requirement {
        on(
            self.organization,
            Builtin::CreateInvitation,
            self.invitation,
        )
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<Minted<InvitationId>>, Interrupt> {
        let Self {
            organization,
            invitation: id,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let invitation = there(state, id)?;
        let now = context.time(state);
        match invitation.status(now) {
            InvitationStatus::Pending => {}
            found @ InvitationStatus::Expired => {
                match invitation.email() {
                    Some(email) => address_is_free(state, email, context)?,
                    // The address was erased since, and nobody can get it.
                    None => return Err(Refusal::InvitationStatus { found }.into()),
                }
                let users = context.settings.limits.users;
                Limited::Users.check(state.seat_count(now), 1, users)?;
            }
            found @ (InvitationStatus::Accepted
            | InvitationStatus::Declined
            | InvitationStatus::Revoked) => {
                return Err(Refusal::InvitationStatus { found }.into());
            }
        }
        let rules = &context.settings.rules;
        let until = invitation.created_at().saturating_add(rules.invitation_age);
        if now >= until {
            return Err(Refusal::InvitationAge { until, now }.into());
        }
        let max = context.settings.limits.invitations_per_day;
        Limited::Invitations.check(state.invitations_sent(now), 1, max)?;
        may_give(state, authorized.caller(), invitation.role(), context)?;
        for attachment in invitation.attachments() {
            may_attach_too(state, authorized.caller(), attachment, context)?;
        }
        for attachment in given(invitation, state, context) {
            may_attach(state, authorized.caller(), &attachment, context)?;
        }
        let minted = context.mint(SecretKind::Invitation, organization, id)?;
        let event = Event::InvitationResent(InvitationResent {
            invitation: id,
            expires_at: now.saturating_add(rules.invitation_life).min(until),
            digest: minted.digest,
        });
        let minted = Minted::new(id, Some(minted.secret));
        Ok(Decided::events(organization, [event], minted))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<Minted<InvitationId>> {
        let fits = |resent: &InvitationResent| resent.invitation == self.invitation;
        let (_, resent) = events.take(fits)?;
        Some(Minted::new(resent.invitation, None))
    }
}

command! {
    /// Takes an invitation back.
    ///
    /// One that was taken back already stays as it is.
    ///
    /// Refused: the invitation is not there, or was answered; the role is higher than the caller's
    /// (law U4).
    RevokeInvitation, "Returns the command to take `invitation` back.";
    /// The organization.
    organization: OrganizationId,
    /// The invitation.
    invitation: InvitationId,
}

impl Command for RevokeInvitation {
    const KIND: &'static str = "revoke_invitation";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(
            self.organization,
            Builtin::RevokeInvitation,
            self.invitation,
        )
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            invitation: id,
        } = *authorized.command();
        let state = view.organization(organization)?;
        let invitation = there(state, id)?;
        let own = role_of(state, authorized.caller());
        if let Some(own) = own.filter(|own| !own.includes(invitation.role())) {
            let found = invitation.role();
            return Err(Refusal::RoleNotHeld { found, caller: own }.into());
        }
        match invitation.status(context.time(state)) {
            InvitationStatus::Pending | InvitationStatus::Expired => {
                let event = Event::InvitationRevoked(InvitationRevoked { invitation: id });
                Ok(Decided::events(organization, [event], ()))
            }
            InvitationStatus::Revoked => Ok(Decided::nothing(())),
            found @ (InvitationStatus::Accepted | InvitationStatus::Declined) => {
                Err(Refusal::InvitationStatus { found }.into())
            }
        }
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|revoked: &InvitationRevoked| revoked.invitation == self.invitation)
    }
}

command! {
    /// Accepts an invitation: the caller, who has proven the address that was invited, becomes a
    /// user (law U5).
    ///
    /// What the user is comes from the invitation as it is kept, and is checked again. Accounts that
    /// are not open any more are left out.
    ///
    /// Refused: there is no such invitation, its secret is another, or the caller has proven another
    /// address: not said is which; it was answered or taken back, or has expired; whoever sent it
    /// could not give the role any more; the address is a user's by now; the organization's status
    /// does not allow it.
    AcceptInvitation, "Returns the command by which the person called `name` accepts.";
    /// What the person got.
    secret: InvitationSecret,
    /// The person's name.
    name: Name,
}

impl Command for AcceptInvitation {
    const KIND: &'static str = "accept_invitation";
    type Output = UserId;

    fn requirement(&self) -> Requirement {
        Requirement::Proven
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<UserId>, Interrupt> {
        let Self { secret, name } = authorized.command();
        let (organization, id) = (secret.organization(), secret.invitation());
        let shown = |it: &Invitation| {
            let branded = *secret.brand() == context.settings.brand;
            it.digest().matches(secret.digest()) && branded
        };
        let (state, invitation) = invited(organization, id, authorized.caller(), view)?;
        if !shown(invitation) {
            return Err(Refusal::not_found(id).into());
        }
        let now = context.time(state);
        answerable(state, invitation, Class::Administer, view, now)?;
        let role = invitation.role();
        if !inviter_may_give(state, invitation, view, context)? {
            return Err(Refusal::Inviter { role }.into());
        }
        let Some(email) = invitation.email() else {
            return Err(Refusal::not_found(id).into());
        };
        if state.user_by_email(email).is_some() {
            let email = email.clone();
            return Err(Refusal::EmailTaken { email }.into());
        }
        // The invitation holds the place that the user takes.
        let users = context.settings.limits.users;
        Limited::Users.check(state.seat_count(now), 0, users)?;
        let user = context.fresh();
        let mut events = Vec::from([
            Event::InvitationAccepted(InvitationAccepted {
                invitation: id,
                user,
            }),
            Event::UserCreated(UserCreated {
                user,
                name: context.personal("name", name.clone()),
                email: context.personal("email", email.clone()),
                proven: true,
                role,
            }),
        ]);
        let attachments = given(invitation, state, context);
        let open = attachments.filter(|it| open(state, it.account, context).is_ok());
        events.extend(open.map(|it| attached(user, &it)));
        Ok(Decided::events(organization, events, user))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<UserId> {
        let (_, accepted) = events.take(|_: &InvitationAccepted| true)?;
        Some(accepted.user)
    }
}

command! {
    /// Declines an invitation: the caller has proven the address that was invited. That needs no
    /// secret.
    ///
    /// One that was declined already stays as it is.
    ///
    /// Refused: there is no such invitation, or the caller has proven another address: not said is
    /// which; it was accepted or taken back, or has expired; the organization is closed.
    DeclineInvitation, "Returns the command to decline `invitation`.";
    /// The organization.
    organization: OrganizationId,
    /// The invitation.
    invitation: InvitationId,
}

impl Command for DeclineInvitation {
    const KIND: &'static str = "decline_invitation";
    type Output = ();

    fn requirement(&self) -> Requirement {
        Requirement::Proven
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            invitation: id,
        } = *authorized.command();
        let (state, invitation) = invited(organization, id, authorized.caller(), view)?;
        let now = context.time(state);
        if invitation.status(now) == InvitationStatus::Declined {
            return Ok(Decided::nothing(()));
        }
        answerable(state, invitation, Class::Leave, view, now)?;
        let event = Event::InvitationDeclined(InvitationDeclined { invitation: id });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|declined: &InvitationDeclined| declined.invitation == self.invitation)
    }
}

/// The right to an action on an invitation.
const fn on(
    organization: OrganizationId,
    action: Builtin,
    invitation: InvitationId,
) -> Requirement {
    Requirement::Right(organization, action, Resource::Invitation(invitation))
}

fn there(state: &Organization, id: InvitationId) -> Result<&Invitation, Refusal> {
    state.invitation(id).ok_or_else(|| Refusal::not_found(id))
}

/// Returns the invitation of whoever has proven the address. Whatever is wrong, the invitation is
/// not found: who guesses learns neither of organizations nor of addresses (law X4).
fn invited<'a>(
    organization: OrganizationId,
    id: InvitationId,
    caller: &Caller,
    view: &View<'a>,
) -> Result<(&'a Organization, &'a Invitation), Interrupt> {
    let state = match view.organization(organization) {
        Err(Interrupt::Refused(_)) => return Err(Refusal::not_found(id).into()),
        state => state?,
    };
    let invitation = there(state, id)?;
    match invitation.email() {
        Some(email) if caller.proven() == Some(email) => Ok((state, invitation)),
        Some(_) | None => Err(Refusal::not_found(id).into()),
    }
}

/// Answering is possible while the invitation is pending, as far as the organization's status goes.
fn answerable(
    state: &Organization,
    invitation: &Invitation,
    class: Class,
    view: &View<'_>,
    now: Timestamp,
) -> Result<(), Interrupt> {
    let status = view.above(state)?.over(state.status());
    if !status.allows(class, Standing::User) {
        return Err(Interrupt::Denied(Decision::Denied(Denial::Status(
            status, class,
        ))));
    }
    match invitation.status(now) {
        InvitationStatus::Pending => Ok(()),
        found @ (InvitationStatus::Accepted
        | InvitationStatus::Declined
        | InvitationStatus::Expired
        | InvitationStatus::Revoked) => Err(Refusal::InvitationStatus { found }.into()),
    }
}

/// Returns the accounts that whoever accepts is attached to: those that the invitation names, or the
/// default one where it names none and the rules say so.
fn given<'a>(
    invitation: &'a Invitation,
    state: &Organization,
    context: &Context<'_>,
) -> impl Iterator<Item = Attachment> + use<'a> {
    let named = invitation.attachments();
    let first = first_attachment(UserKind::Person, named, state, context);
    named.iter().copied().chain(first)
}

/// Law U5: whoever sent it could send it now. What the host sent, it could.
fn inviter_may_give(
    state: &Organization,
    invitation: &Invitation,
    view: &View<'_>,
    context: &Context<'_>,
) -> Result<bool, Interrupt> {
    let Some(user) = invitation.invited_by() else {
        return Ok(true);
    };
    // Whoever is no user here was let in as an admin of the parent (law L7).
    let parent = state.parent().filter(|_| state.user(user).is_none());
    let inviter = match parent {
        Some(parent) => Caller::user(parent.organization, user).via_parent(),
        None => Caller::user(state.id(), user),
    };
    let around = match Around::of_caller(state.id(), &inviter, view) {
        Ok((_, around)) => around,
        Err(Interrupt::Refused(_)) => return Ok(false),
        Err(interrupt) => return Err(interrupt),
    };
    let context = &context.among(&around);
    let organization = Resource::Organization(state.id());
    let moment = context.moment();
    let may = may(
        state,
        &inviter,
        Builtin::CreateInvitation,
        &organization,
        &moment,
    );
    let mut named = invitation.attachments().iter();
    let mut attachments = given(invitation, state, context);
    Ok(may
        && may_give(state, &inviter, invitation.role(), context).is_ok()
        && named.all(|it| may_attach_too(state, &inviter, it, context).is_ok())
        && attachments.all(|it| may_attach(state, &inviter, &it, context).is_ok()))
}
