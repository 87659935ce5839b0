//! Commands that say who works on accounts of a linked organization, and on which (law L4).
//!
//! The side that shares picks what may be done and where, within the terms; the other picks which of
//! its users do it. Each is in the log of its side alone.

use crate::access::{Authorized, Requirement, Right, may_read};
use crate::action::Builtin;
use crate::command::link::on;
use crate::command::link::sides::{Sides, few, not_closed};
use crate::command::rank::may_hand_on;
use crate::command::user::member;
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::{LinkId, OrganizationId, UserId};
use crate::organization::event::Event;
use crate::organization::link::{
    Accounts, Delegated, Delegation, LinkDelegated, LinkUndelegated, LinkUserAssigned,
    LinkUserUnassigned,
};
use crate::organization::policy::Reach;
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::role::AccountRole;
use crate::view::{Interrupt, View};

command! {
    /// Picks what users of the other side may do, and on which accounts, in place of what was picked
    /// before; the other side picks [which of its users](AssignLinkUser).
    ///
    /// Where it was picked so already, all stays as it is.
    ///
    /// Refused: the link is not there, or not in force; its terms let less be given; no account is named,
    /// more than there may be, or one that is not there or is closed; the caller does not hold all that
    /// the role gives there, or its token is confined to actions (law U4).
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # use tenancy::command::{AcceptLink, HandOutLinkCode, ProposeLink};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let up = |organization: &str, owner: &str| -> Result<_, Box<dyn std::error::Error>> {
    /// #     let person = Caller::person(format!("{owner}@example.com").parse()?);
    /// #     let command = command::SignUp::new(organization.parse()?, owner.parse()?);
    /// #     let made = registry.run(&person, &command)?;
    /// #     let activate = command::ActivateOrganization::new(made.organization);
    /// #     registry.run(&made.caller(), &activate)?;
    /// #     Ok((made, made.caller()))
    /// # };
    /// # let ((usa, ada), (emea, eve)) = (up("Acme-USA", "Ada")?, up("Acme-EMEA", "Eve")?);
    /// # let secret = registry.run(&eve, &HandOutLinkCode::new(emea.organization))?.secret;
    /// # let secret = secret.ok_or("told once")?;
    /// use tenancy::command::{AssignLinkUser, DelegateLink, UnassignLinkUser, UndelegateLink};
    /// use tenancy::organization::link::{Accounts, Delegation, Shares, Terms};
    /// use tenancy::query::GetLink;
    /// use tenancy::role::AccountRole;
    ///
    /// let most = Delegation::new(AccountRole::Editor, Accounts::All);
    /// let terms = Terms::new(Shares::new().delegation(most), Shares::new());
    /// # let propose = ProposeLink::new(usa.organization, secret.expose().parse()?, terms);
    /// # let link = registry.run(&ada, &propose)?;
    /// # let (usa_id, emea_id) = (usa.organization, emea.organization);
    /// # let hash = registry.ask(&eve, &GetLink::new(emea_id, link))?.value.terms_hash;
    /// # registry.run(&eve, &AcceptLink::new(emea_id, link, hash))?;
    /// // USA says what and where, EMEA says who.
    /// let accounts = Accounts::chosen([usa.account]);
    /// registry.run(&ada, &DelegateLink::new(usa_id, link, AccountRole::Viewer, accounts))?;
    /// registry.run(&eve, &AssignLinkUser::new(emea_id, link, emea.owner))?;
    ///
    /// let seen = registry.ask(&eve, &GetLink::new(emea_id, link))?.value;
    /// assert_eq!(seen.users, [emea.owner]);
    /// registry.run(&eve, &UnassignLinkUser::new(emea_id, link, emea.owner))?;
    /// registry.run(&ada, &UndelegateLink::new(usa_id, link))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    DelegateLink, "Returns the command to let users of the other side be `role` on `accounts`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
    /// What they are to be.
    role: AccountRole,
    /// On which accounts.
    accounts: Accounts,
}

impl Command for DelegateLink {
    const KIND: &'static str = "delegate_link";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::DelegateLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            link,
            role,
            accounts,
        } = authorized.command();
        let sides = Sides::of(*organization, *link, view, context)?;
        sides.accepted()?;
        few(accounts, context)?;
        let (state, caller) = (sides.own, authorized.caller());
        let reach = match accounts {
            Accounts::All => Reach::AllAccounts,
            Accounts::Chosen(chosen) => {
                for account in chosen {
                    // Law X4: one that the caller may not read is none that there is.
                    let resource = Resource::Account(*account);
                    if !may_read(state, caller, &resource, &context.moment()) {
                        return Err(Refusal::not_found(*account).into());
                    }
                    not_closed(state, *account, context)?;
                }
                Reach::accounts(chosen.iter().copied())
            }
        };
        let asked = Delegation::new(*role, accounts.clone());
        let terms = sides.link.outbound().delegation.as_ref();
        if !terms.is_some_and(|terms| asked.is_within(terms)) {
            return Err(Refusal::Delegation { link: *link }.into());
        }
        let same = |it: &Delegated| (it.role, &it.accounts) == (*role, accounts);
        if sides.link.delegated().is_some_and(same) {
            return Ok(Decided::nothing(()));
        }
        let actions = context.settings.catalog.of_account_role(*role);
        let right = Right::new(alloc::borrow::Cow::Borrowed(actions), &reach);
        may_hand_on(state, caller, &[right], context)?;
        let event = Event::LinkDelegated(LinkDelegated {
            link: *link,
            role: *role,
            accounts: accounts.clone(),
        });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkDelegated| it.link == self.link)
    }
}

command! {
    /// Lets users of the other side do nothing any more.
    ///
    /// Where nothing was picked for them, all stays as it is.
    ///
    /// Refused: the link is not there, or not in force.
    UndelegateLink, "Returns the command to let users of the other side do nothing by `link`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
}

impl Command for UndelegateLink {
    const KIND: &'static str = "undelegate_link";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UndelegateLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self { organization, link } = *authorized.command();
        let sides = Sides::of(organization, link, view, context)?;
        sides.accepted()?;
        if sides.link.delegated().is_none() {
            return Ok(Decided::nothing(()));
        }
        let event = Event::LinkUndelegated(LinkUndelegated { link });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkUndelegated| it.link == self.link)
    }
}

command! {
    /// Picks a user of the organization's own, to do on accounts of the other side what that has
    /// [picked](DelegateLink).
    ///
    /// One that was picked already stays so.
    ///
    /// Refused: the link is not there, or not in force; its terms let users of this side do nothing; the
    /// user is not there, or was removed; as many were picked as may be.
    AssignLinkUser, "Returns the command to pick `user` for `link`.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
    /// The user.
    user: UserId,
}

impl Command for AssignLinkUser {
    const KIND: &'static str = "assign_link_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::AssignLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            link,
            user,
        } = *authorized.command();
        let sides = Sides::of(organization, link, view, context)?;
        sides.accepted()?;
        // Law X4: whoever the caller may not read is nobody that there is.
        let resource = Resource::User(user);
        if !may_read(sides.own, authorized.caller(), &resource, &context.moment()) {
            return Err(Refusal::not_found(user).into());
        }
        member(sides.own, user)?;
        if sides.link.inbound().delegation.is_none() {
            return Err(Refusal::Delegation { link }.into());
        }
        let users = sides.link.users();
        if users.contains(&user) {
            return Ok(Decided::nothing(()));
        }
        Limited::LinkUsers.check(users.len(), 1, context.settings.limits.link_users)?;
        let event = Event::LinkUserAssigned(LinkUserAssigned { link, user });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkUserAssigned| (it.link, it.user) == (self.link, self.user))
    }
}

command! {
    /// Picks a user of the organization's own no more.
    ///
    /// One that was not picked stays so.
    ///
    /// Refused: the link is not there, or not in force; the user is not there.
    UnassignLinkUser, "Returns the command to pick `user` for `link` no more.";
    /// The organization.
    organization: OrganizationId,
    /// The link.
    link: LinkId,
    /// The user.
    user: UserId,
}

impl Command for UnassignLinkUser {
    const KIND: &'static str = "unassign_link_user";
    type Output = ();

    fn requirement(&self) -> Requirement {
        on(self.organization, Builtin::UnassignLink, self.link)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            link,
            user,
        } = *authorized.command();
        let sides = Sides::of(organization, link, view, context)?;
        sides.accepted()?;
        let resource = Resource::User(user);
        if !may_read(sides.own, authorized.caller(), &resource, &context.moment()) {
            return Err(Refusal::not_found(user).into());
        }
        if !sides.link.users().contains(&user) {
            return Ok(Decided::nothing(()));
        }
        let event = Event::LinkUserUnassigned(LinkUserUnassigned { link, user });
        Ok(Decided::events(organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|it: &LinkUserUnassigned| (it.link, it.user) == (self.link, self.user))
    }
}
