//! Law U4: nobody acts on a user of equal or higher rank, and nobody gives what it does not hold.

use crate::access::{Right, lacks, may_read, may_too, rights_of};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::Context;
use crate::command::user::member;
use crate::id::UserId;
use crate::organization::Organization;
use crate::organization::group::Group;
use crate::organization::token::Token;
use crate::organization::user::{Attachment, User};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;
use crate::statement::{Document, Effect};
use crate::view::Interrupt;

/// Nobody acts on a user of equal or higher rank, except owners on owners and everyone on themselves.
/// The host stands above all.
pub(super) fn may_act_on(
    state: &Organization,
    caller: &Caller,
    user: &User,
) -> Result<(), Refusal> {
    let Some(own) = role_of(state, caller) else {
        return Ok(());
    };
    let owners = (own, user.role()) == (OrganizationRole::Owner, OrganizationRole::Owner);
    match caller.user_id() == Some(user.id()) || owners || own.outranks(user.role()) {
        true => Ok(()),
        false => Err(Refusal::Outranked {
            user: user.id(),
            found: user.role(),
            caller: own,
        }),
    }
}

/// Returns what the caller is in the organization; `None` for the host, which stands above all.
///
/// Law L7: a guest that acts upon users at all is an admin of the parent, and an admin here. A link lets
/// nobody do so (law L3).
pub(super) fn role_of(state: &Organization, caller: &Caller) -> Option<OrganizationRole> {
    let user = caller.user_id()?;
    Some(state.user(user).map_or(OrganizationRole::Admin, User::role))
}

/// The same, where the caller may not even know of the user: who outranks it, is not found (X4).
pub(super) fn act_on(
    state: &Organization,
    caller: &Caller,
    user: &User,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let resource = Resource::User(user.id());
    match may_act_on(state, caller, user) {
        Err(_) if !may_read(state, caller, &resource, &context.moment()) => {
            Err(Refusal::not_found(user.id()))
        }
        result => result,
    }
}

/// The same for everybody in a group. It costs no more in a large one, unless it is refused.
pub(super) fn act_on_members(
    state: &Organization,
    caller: &Caller,
    group: &Group,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let Some(role) = role_of(state, caller) else {
        return Ok(());
    };
    let members = group.members();
    let own = caller.user_id().and_then(|id| state.user(id));
    let oneself = u32::from(own.is_some_and(|own| own.is_in(group.id())));
    let out_of_reach = match role {
        OrganizationRole::Owner => 0,
        OrganizationRole::Admin => members.owners.saturating_add(members.admins),
        OrganizationRole::Billing | OrganizationRole::Member | OrganizationRole::Viewer => {
            members.count()
        }
    };
    if out_of_reach.saturating_sub(oneself) == 0 {
        return Ok(());
    }
    let users = state.users().filter(|user| user.is_in(group.id()));
    let mut above = users.filter_map(|user| may_act_on(state, caller, user).err().zip(Some(user)));
    let moment = context.moment();
    let seen = above.find(|(_, user)| may_read(state, caller, &user.id().into(), &moment));
    // Law X4: whoever the caller may not know of is not named.
    Err(seen.map_or_else(|| Refusal::not_found(group.id()), |(refusal, _)| refusal))
}

/// Returns a user who was not removed, where the caller may act upon it. That one was removed is told
/// to whoever may know of it (law X4).
pub(super) fn acted_on<'a>(
    state: &'a Organization,
    caller: &Caller,
    id: UserId,
    context: &Context<'_>,
) -> Result<&'a User, Refusal> {
    match member(state, id) {
        Err(_) if !may_read(state, caller, &Resource::User(id), &context.moment()) => {
            Err(Refusal::not_found(id))
        }
        found => {
            let user = found?;
            act_on(state, caller, user, context)?;
            Ok(user)
        }
    }
}

/// Nobody hands on, or takes a deny away from, what it does not hold. A token that is confined to
/// actions holds no more than these, and hands on nothing.
pub(super) fn may_hand_on(
    state: &Organization,
    caller: &Caller,
    rights: &[Right<'_>],
    context: &Context<'_>,
) -> Result<(), Refusal> {
    unconfined(state, caller)?;
    match lacks(state, caller, rights, &context.moment()) {
        Some(action) => Err(Refusal::RightNotHeld { action }),
        None => Ok(()),
    }
}

/// What the catalog lacks, nobody holds yet: whose role does not give all that a policy can, hands
/// none of it on, or it would come to hold what nobody gave it once the catalog has it.
pub(super) fn may_name(
    state: &Organization,
    caller: &Caller,
    document: &Document,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let own = role_of(state, caller);
    if own.is_none_or(|own| own.includes(OrganizationRole::Admin)) {
        return Ok(());
    }
    let catalog = &context.settings.catalog;
    let statements = document.statements().iter();
    let allows = statements.filter(|it| it.effect() == Effect::Allow);
    let mut patterns = allows.flat_map(|it| it.actions());
    let unknown = patterns.find(|it| catalog.set([*it].into_iter()).is_empty());
    match unknown {
        Some(pattern) => Err(Refusal::unknown_action(pattern.clone(), catalog)),
        None => Ok(()),
    }
}

/// Nobody gives a role that it does not hold, nor one that gives others what is denied to itself.
pub(super) fn may_give(
    state: &Organization,
    caller: &Caller,
    role: OrganizationRole,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    holds_role(state, caller, role)?;
    let rights = Right::of_role(role, &context.settings.catalog);
    match lacks(state, caller, &rights, &context.moment()) {
        Some(action) => Err(Refusal::RightNotHeld { action }),
        None => Ok(()),
    }
}

/// The caller's role is this one, or a higher one. A token that is confined to actions holds no role
/// but the lowest.
pub(super) fn holds_role(
    state: &Organization,
    caller: &Caller,
    role: OrganizationRole,
) -> Result<(), Refusal> {
    let Some(own) = role_of(state, caller) else {
        return Ok(());
    };
    if role != OrganizationRole::Member {
        unconfined(state, caller)?;
    }
    match own.includes(role) {
        true => Ok(()),
        false => Err(Refusal::RoleNotHeld {
            found: role,
            caller: own,
        }),
    }
}

/// Nobody gives a role on an account whose rights it does not hold there.
pub(super) fn may_attach(
    state: &Organization,
    caller: &Caller,
    attachment: &Attachment,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let right = Right::of_attachment(attachment, &context.settings.catalog);
    may_hand_on(state, caller, &[right], context)
}

/// The same, where another command attaches on the way: it asks for the right to attach on the account
/// too.
pub(super) fn may_attach_too(
    state: &Organization,
    caller: &Caller,
    attachment: &Attachment,
    context: &Context<'_>,
) -> Result<(), Interrupt> {
    may_attach(state, caller, attachment, context)?;
    let account = Resource::Account(attachment.account);
    may_too(
        state,
        caller,
        Builtin::AttachUser,
        &account,
        &context.moment(),
    )
}

/// Nobody gets a credential of somebody else who may do what it may not itself.
pub(super) fn may_act_as(
    state: &Organization,
    caller: &Caller,
    user: &User,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    if caller.user_id() == Some(user.id()) {
        return Ok(());
    }
    let rights = rights_of(state, user, context.settings);
    match lacks(state, caller, &rights, &context.moment()) {
        Some(action) => Err(Refusal::RightNotHeld { action }),
        None => Ok(()),
    }
}

/// What a token that is confined to actions may do is no role, and nothing to hand on.
pub(super) fn unconfined(state: &Organization, caller: &Caller) -> Result<(), Refusal> {
    let token = caller.token_id().and_then(|id| state.token(id));
    match token.and_then(Token::actions) {
        Some(_) => Err(Refusal::TokenScope),
        None => Ok(()),
    }
}
