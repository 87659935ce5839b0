//! Law U4: nobody acts on a user of equal or higher rank, and nobody gives what it does not hold.

use crate::access::{Right, lacks, may_read, rights_of};
use crate::caller::Caller;
use crate::command::Context;
use crate::organization::Organization;
use crate::organization::group::Group;
use crate::organization::token::Token;
use crate::organization::user::{Attachment, User};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::OrganizationRole;

/// Nobody acts on a user of equal or higher rank, except owners on owners and everyone on themselves.
/// The host stands above all.
pub(super) fn may_act_on(
    state: &Organization,
    caller: &Caller,
    user: &User,
) -> Result<(), Refusal> {
    let Some(own) = caller.user_id().and_then(|id| state.user(id)) else {
        return Ok(());
    };
    let owners = (own.role(), user.role()) == (OrganizationRole::Owner, OrganizationRole::Owner);
    match own.id() == user.id() || owners || own.role().outranks(user.role()) {
        true => Ok(()),
        false => Err(Refusal::Outranked {
            user: user.id(),
            found: user.role(),
            caller: own.role(),
        }),
    }
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
    let Some(own) = caller.user_id().and_then(|id| state.user(id)) else {
        return Ok(());
    };
    let members = group.members();
    let oneself = u32::from(own.is_in(group.id()));
    let out_of_reach = match own.role() {
        OrganizationRole::Owner => 0,
        OrganizationRole::Admin => members.owners.saturating_add(members.admins),
        OrganizationRole::Billing | OrganizationRole::Member | OrganizationRole::Viewer => {
            members.count()
        }
    };
    if out_of_reach.saturating_sub(oneself) == 0 {
        return Ok(());
    }
    let mut users = state.users().filter(|user| user.is_in(group.id()));
    users.try_for_each(|user| act_on(state, caller, user, context))
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

/// Nobody gives a role that it does not hold. A token that is confined to actions holds no role, and
/// gives none but the lowest.
pub(super) fn may_give(
    state: &Organization,
    caller: &Caller,
    role: OrganizationRole,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let Some(own) = caller.user_id().and_then(|id| state.user(id)) else {
        return Ok(());
    };
    if role != OrganizationRole::Member {
        unconfined(state, caller)?;
    }
    if !own.role().includes(role) {
        return Err(Refusal::RoleNotHeld {
            found: role,
            caller: own.role(),
        });
    }
    let rights = Right::of_role(role, &context.settings.catalog);
    match lacks(state, caller, &rights, &context.moment()) {
        Some(action) => Err(Refusal::RightNotHeld { action }),
        None => Ok(()),
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
