//! Every command that can be a member of a batch, once: what it needs before it does something, who
//! may do it, and what it makes happen.
//!
//! What has to hold for each command of the crate is tested over this table.

use alloc::collections::BTreeSet;

use tenancy::command::{
    AcceptOwnership, ActivateOrganization, AddToGroup, AnyCommand, AttachGroup, AttachPolicy,
    AttachUser, ChangeEmail, ChangeLabels, ChangeRole, CloseAccount, CloseOrganization,
    CreateAccount, CreateGroup, CreatePolicy, CreateProgrammaticUser, CreateUser, DeclineOwnership,
    DeleteGroup, DeletePolicy, DescribeUser, DetachGroup, DetachPolicy, DetachUser, Done,
    ErasePerson, InviteUser, IssueToken, LeaveOrganization, LiftHold, LiftSuspension,
    MakeDefaultAccount, OfferOwnership, PlaceHold, ProveEmail, PurgeOrganization, ReactivateUser,
    RemoveFromGroup, RemoveUser, RenameAccount, RenameOrganization, RenameUser, ResendInvitation,
    RestoreAccount, RestoreOrganization, RevokeInvitation, RevokeToken, RevokeTokens, RotateToken,
    SetBilling, SetReference, SetTokenLife, SuspendOrganization, SuspendUser, UnknownActions,
    UpdateGroup, UpdatePolicy, WithdrawOwnership,
};
use tenancy::id::{GroupId, InvitationId, PolicyId};
use tenancy::label::Labels;
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::policy::Reach;
use tenancy::organization::token::TokenKind;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::statement::{Document, PolicyKind};
use tenancy::{Caller, Request};

use crate::world::{World, email, host, name, personal, programmatic, seconds, temporary};

/// One command, in a world that is made ready for it.
pub(crate) struct Example {
    /// Who does it.
    pub(crate) caller: Caller,
    /// The command, at its fullest.
    pub(crate) command: AnyCommand,
    /// Another content, by the same caller.
    pub(crate) other: AnyCommand,
}

impl Example {
    fn new(caller: Caller, command: impl Into<AnyCommand>, other: impl Into<AnyCommand>) -> Self {
        let (command, other) = (command.into(), other.into());
        Self {
            caller,
            command,
            other,
        }
    }
}

/// The kind of a command, what it makes happen, and how it comes to that.
pub(crate) type Row = (&'static str, &'static str, fn(&World) -> Example);

/// Lets somebody prove the address with which it was created, and returns its caller.
fn proven(w: &World, user: &str) -> Caller {
    let caller = w.caller(user);
    let signed_in = caller.clone().with_proven(email(user));
    w.done(&signed_in, &ProveEmail::new(w.spot));
    caller
}

fn offered(w: &World, from: &str, to: &str) {
    let offer = OfferOwnership::new(w.spot, w.user(to));
    w.done(&w.caller(from), &offer);
}

fn invited(w: &World, person: &str) -> InvitationId {
    let invite = InviteUser::new(w.spot, email(person), OrganizationRole::Member);
    w.done(&w.caller("ada"), &invite).id
}

fn suspended(w: &World, user: &str) {
    let suspend = SuspendUser::new(w.spot, w.user(user));
    w.done(&w.caller("ada"), &suspend);
}

fn labels(rows: &[(&str, &str)]) -> Labels {
    let mut labels = Labels::new();
    for (key, value) in rows {
        labels.try_insert(name(key), name(value)).unwrap();
    }
    labels
}

/// A document that allows these actions on everything, in accounts or in the organization.
#[track_caller]
pub(crate) fn allowing(actions: &[&str]) -> Document {
    let statement = serde_json::json!({
        "effect": "ALLOW", "actions": actions, "resources": ["*"],
    });
    serde_json::from_value(serde_json::json!({ "statements": [statement] })).unwrap()
}

/// Creates a group, which is called so in texts too.
pub(crate) fn group(w: &World, text: &str) -> GroupId {
    let group = w.done(&w.caller("ada"), &CreateGroup::new(w.spot, name(text)));
    w.called(group, text)
}

/// Writes a policy that lets accounts be read, which is called so in texts too.
pub(crate) fn policy(w: &World, text: &str) -> PolicyId {
    let document = allowing(&["account:read"]);
    let create = CreatePolicy::new(w.spot, name(text), PolicyKind::Account, document);
    let policy = w.done(&w.caller("ada"), &create);
    w.called(policy, text)
}

pub(crate) const ROWS: &[Row] = &[
    ("accept_ownership", "ownership.transferred", |w| {
        let adam = proven(w, "adam");
        offered(w, "ada", "adam");
        let from = |user| AcceptOwnership::new(w.spot, w.user(user));
        Example::new(adam, from("ada"), from("olga"))
    }),
    ("activate_organization", "organization.activated", |w| {
        let activate = ActivateOrganization::new;
        Example::new(host(), activate(w.rival.organization), activate(w.spot))
    }),
    ("add_to_group", "group.user_added", |w| {
        let on_call = group(w, "on-call");
        let add = |user| AddToGroup::new(w.spot, on_call, w.user(user));
        Example::new(w.caller("adam"), add("mia"), add("max"))
    }),
    ("attach_group", "group.attached", |w| {
        let on_call = group(w, "on-call");
        let attach = |role| AttachGroup::new(w.spot, on_call, w.lab, role);
        let (one, other) = (AccountRole::Viewer, AccountRole::Editor);
        Example::new(w.caller("adam"), attach(one), attach(other))
    }),
    ("attach_policy", "policy.attached", |w| {
        let read = policy(w, "read");
        let attach = |on| AttachPolicy::new(w.spot, read, w.user("mia").into(), on);
        let chosen = Reach::accounts([w.lab, w.vault]);
        Example::new(w.caller("adam"), attach(chosen), attach(Reach::AllAccounts))
    }),
    ("attach_user", "user.attached", |w| {
        let attach = |role| AttachUser::new(w.spot, w.user("mia"), w.lab, role);
        let (one, other) = (AccountRole::Viewer, AccountRole::Editor);
        Example::new(w.caller("adam"), attach(one), attach(other))
    }),
    ("change_email", "user.email_requested", |w| {
        let change = |new| ChangeEmail::new(w.spot, w.user("mia"), email(new));
        Example::new(w.caller("adam"), change("mia-2"), change("mia-3"))
    }),
    ("change_labels", "labels.changed", |w| {
        let old = ChangeLabels::new(w.spot, w.lab.into());
        w.done(&host(), &old.set(labels(&[("old", "")])));
        let change = |value| {
            let change = ChangeLabels::new(w.spot, w.lab.into());
            change.set(labels(&[("env", value)])).remove(name("old"))
        };
        Example::new(w.caller("adam"), change("test"), change("live"))
    }),
    ("change_role", "user.role_changed", |w| {
        let change = |role| ChangeRole::new(w.spot, w.user("mia"), role);
        let (one, other) = (OrganizationRole::Viewer, OrganizationRole::Billing);
        Example::new(w.caller("adam"), change(one), change(other))
    }),
    ("close_account", "account.closing", |w| {
        let close = |next| CloseAccount::new(w.spot, w.main).successor(next);
        Example::new(w.caller("adam"), close(w.lab), close(w.vault))
    }),
    ("close_organization", "organization.closing", |w| {
        let close = CloseOrganization::new;
        Example::new(host(), close(w.spot), close(w.rival.organization))
    }),
    ("create_account", "account.created", |w| {
        let create = |text| CreateAccount::new(w.spot, name(text));
        Example::new(w.caller("adam"), create("A"), create("B"))
    }),
    ("create_group", "group.created", |w| {
        let create = |text| CreateGroup::new(w.spot, name(text)).description(name("on call"));
        Example::new(w.caller("adam"), create("A"), create("B"))
    }),
    ("create_policy", "policy.created", |w| {
        let create = |text| {
            let document = allowing(&["account:read", "ocean:roll"]);
            CreatePolicy::new(w.spot, name(text), PolicyKind::Account, document)
                .description(name("reads"))
                .unknown(UnknownActions::Keep)
        };
        Example::new(w.caller("adam"), create("A"), create("B"))
    }),
    (
        "create_programmatic_user",
        "programmatic_user.created, user.attached, token.issued",
        |w| {
            let create = |text| {
                CreateProgrammaticUser::new(w.spot, name(text), OrganizationRole::Viewer)
                    .description(name("deploys"))
                    .attach(w.lab, AccountRole::Editor)
                    .token(programmatic())
            };
            Example::new(w.caller("adam"), create("one"), create("other"))
        },
    ),
    (
        "create_user",
        "user.created, user.attached, token.issued",
        |w| {
            let create = |text| {
                CreateUser::new(w.spot, name("N"), email(text), OrganizationRole::Viewer)
                    .attach(w.lab, AccountRole::Editor)
                    .token(personal().name(name("laptop")))
            };
            Example::new(w.caller("adam"), create("one"), create("other"))
        },
    ),
    ("decline_ownership", "ownership.declined", |w| {
        let adam = proven(w, "adam");
        offered(w, "ada", "adam");
        let from = |user| DeclineOwnership::new(w.spot, w.user(user));
        Example::new(adam, from("ada"), from("olga"))
    }),
    ("delete_group", "group.deleted", |w| {
        let delete = |text| DeleteGroup::new(w.spot, group(w, text));
        Example::new(w.caller("adam"), delete("one"), delete("other"))
    }),
    ("delete_policy", "policy.deleted", |w| {
        let delete = |text| DeletePolicy::new(w.spot, policy(w, text));
        Example::new(w.caller("adam"), delete("one"), delete("other"))
    }),
    ("describe_user", "user.described", |w| {
        let describe = |text| DescribeUser::new(w.spot, w.user("mia")).description(name(text));
        Example::new(w.caller("mia"), describe("one"), describe("other"))
    }),
    ("detach_group", "group.detached", |w| {
        let on_call = group(w, "on-call");
        for account in [w.lab, w.vault] {
            let attach = AttachGroup::new(w.spot, on_call, account, AccountRole::Editor);
            w.done(&w.caller("ada"), &attach);
        }
        let detach = |account| DetachGroup::new(w.spot, on_call, account);
        Example::new(w.caller("adam"), detach(w.lab), detach(w.vault))
    }),
    ("detach_policy", "policy.detached", |w| {
        let read = policy(w, "read");
        for user in ["mia", "max"] {
            let to = w.user(user).into();
            let attach = AttachPolicy::new(w.spot, read, to, Reach::AllAccounts);
            w.done(&w.caller("ada"), &attach);
        }
        let detach = |user| DetachPolicy::new(w.spot, read, w.user(user).into());
        Example::new(w.caller("adam"), detach("mia"), detach("max"))
    }),
    ("detach_user", "user.detached", |w| {
        let detach = |user| DetachUser::new(w.spot, w.user(user), w.lab);
        Example::new(w.caller("adam"), detach("edda"), detach("rita"))
    }),
    ("erase_person", "user.removed, user.erased", |w| {
        let erase = |user| ErasePerson::new(w.spot, w.user(user), ErasureGround::Request);
        Example::new(w.caller("ada"), erase("mia"), erase("max"))
    }),
    ("invite_user", "invitation.created", |w| {
        let invite = |role| {
            let invite = InviteUser::new(w.spot, email("new"), role);
            invite.attach(w.lab, AccountRole::Viewer)
        };
        let (one, other) = (OrganizationRole::Member, OrganizationRole::Viewer);
        Example::new(w.caller("adam"), invite(one), invite(other))
    }),
    ("issue_token", "token.issued", |w| {
        let issue = |token| IssueToken::new(w.spot, w.user("edda"), token);
        let narrow = personal().accounts([w.lab]).actions([name("account:read")]);
        Example::new(w.caller("edda"), issue(narrow), issue(temporary()))
    }),
    ("leave_organization", "user.left", |w| {
        let other = ProveEmail::new(w.spot);
        Example::new(w.caller("mia"), LeaveOrganization::new(w.spot), other)
    }),
    ("lift_hold", "organization.hold_lifted", |w| {
        let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("a court"));
        let hold = w.done(&host(), &hold);
        let lift = |why| LiftHold::new(w.spot, hold, name(why));
        Example::new(host(), lift("over"), lift("appealed"))
    }),
    ("lift_suspension", "organization.suspension_lifted", |w| {
        let suspend = SuspendOrganization::new(w.spot, SuspensionReason::Abuse);
        w.done(&host(), &suspend);
        let lift = |reason| LiftSuspension::new(w.spot, reason);
        let (one, other) = (SuspensionReason::Abuse, SuspensionReason::Billing);
        Example::new(host(), lift(one), lift(other))
    }),
    ("make_default_account", "account.made_default", |w| {
        let make = |account| MakeDefaultAccount::new(w.spot, account);
        Example::new(w.caller("adam"), make(w.lab), make(w.vault))
    }),
    ("offer_ownership", "ownership.offered", |w| {
        proven(w, "adam");
        let offer = |user| OfferOwnership::new(w.spot, w.user(user));
        Example::new(w.caller("ada"), offer("adam"), offer("anna"))
    }),
    ("place_hold", "organization.hold_placed", |w| {
        let place = |kind| PlaceHold::new(w.spot, kind, name("a court"));
        let (one, other) = (HoldKind::Legal, HoldKind::Deletion);
        Example::new(host(), place(one), place(other))
    }),
    ("prove_email", "user.email_proven", |w| {
        let mia = w.caller("mia").with_proven(email("mia"));
        Example::new(mia, ProveEmail::new(w.spot), LeaveOrganization::new(w.spot))
    }),
    ("purge_organization", "organization.purged", |w| {
        w.done(&host(), &CloseOrganization::new(w.spot));
        w.clock.advance(seconds(31 * 86_400));
        let purge = PurgeOrganization::new;
        Example::new(host(), purge(w.spot), purge(w.rival.organization))
    }),
    ("reactivate_user", "user.reactivated", |w| {
        suspended(w, "mia");
        let reactivate = |user| ReactivateUser::new(w.spot, w.user(user));
        Example::new(w.caller("adam"), reactivate("mia"), reactivate("max"))
    }),
    ("remove_from_group", "group.user_removed", |w| {
        let on_call = group(w, "on-call");
        for user in ["mia", "max"] {
            let add = AddToGroup::new(w.spot, on_call, w.user(user));
            w.done(&w.caller("ada"), &add);
        }
        let remove = |user| RemoveFromGroup::new(w.spot, on_call, w.user(user));
        Example::new(w.caller("adam"), remove("mia"), remove("max"))
    }),
    ("remove_user", "user.removed", |w| {
        let remove = |user| RemoveUser::new(w.spot, w.user(user));
        Example::new(w.caller("adam"), remove("mia"), remove("max"))
    }),
    ("rename_account", "account.renamed", |w| {
        let rename = |text| RenameAccount::new(w.spot, w.lab, name(text));
        Example::new(w.caller("adam"), rename("A"), rename("B"))
    }),
    ("rename_organization", "organization.renamed", |w| {
        let rename = |text| RenameOrganization::new(w.spot, name(text));
        Example::new(w.caller("adam"), rename("A"), rename("B"))
    }),
    ("rename_user", "user.renamed", |w| {
        let rename = |text| RenameUser::new(w.spot, w.user("mia"), name(text));
        Example::new(w.caller("mia"), rename("A"), rename("B"))
    }),
    ("resend_invitation", "invitation.resent", |w| {
        let resend = |person| ResendInvitation::new(w.spot, invited(w, person));
        Example::new(w.caller("adam"), resend("one"), resend("other"))
    }),
    ("restore_account", "account.restored", |w| {
        for account in [w.lab, w.vault] {
            w.done(&w.caller("adam"), &CloseAccount::new(w.spot, account));
        }
        let restore = |account| RestoreAccount::new(w.spot, account);
        Example::new(w.caller("adam"), restore(w.lab), restore(w.vault))
    }),
    ("restore_organization", "organization.restored", |w| {
        w.done(&host(), &CloseOrganization::new(w.spot));
        let restore = RestoreOrganization::new;
        Example::new(host(), restore(w.spot), restore(w.rival.organization))
    }),
    ("revoke_invitation", "invitation.revoked", |w| {
        let revoke = |person| RevokeInvitation::new(w.spot, invited(w, person));
        Example::new(w.caller("adam"), revoke("one"), revoke("other"))
    }),
    ("revoke_token", "token.revoked", |w| {
        let token = |alias| w.mint(&w.caller("mia"), "mia", alias, personal()).0;
        let revoke = |alias| RevokeToken::new(w.spot, token(alias));
        Example::new(w.caller("mia"), revoke("one"), revoke("other"))
    }),
    ("revoke_tokens", "user.tokens_revoked", |w| {
        w.mint(&w.caller("mia"), "mia", "one", personal());
        let revoke = |user| RevokeTokens::new(w.spot, w.user(user));
        Example::new(w.caller("adam"), revoke("mia"), revoke("max"))
    }),
    ("rotate_token", "token.rotated", |w| {
        let token = w.mint(&w.caller("mia"), "mia", "one", personal()).0;
        let rotate = RotateToken::new(w.spot, token);
        let until = w.now().saturating_add(seconds(60));
        Example::new(w.caller("mia"), rotate.clone(), rotate.until(until))
    }),
    ("set_billing", "organization.billing_changed", |w| {
        let set = |text| SetBilling::new(w.spot).reference(name(text));
        Example::new(w.caller("bill"), set("cus_1"), set("cus_2"))
    }),
    ("set_reference", "reference.changed", |w| {
        let set = |text| SetReference::new(w.spot, Marked::Organization).reference(name(text));
        Example::new(host(), set("crm/1"), set("crm/2"))
    }),
    ("set_token_life", "organization.token_life_changed", |w| {
        let set = |life| SetTokenLife::new(w.spot, TokenKind::Personal).life(seconds(life));
        Example::new(w.caller("ada"), set(3600), set(7200))
    }),
    ("suspend_organization", "organization.suspended", |w| {
        let suspend = |reason| SuspendOrganization::new(w.spot, reason);
        let (one, other) = (SuspensionReason::Abuse, SuspensionReason::Billing);
        Example::new(host(), suspend(one), suspend(other))
    }),
    ("suspend_user", "user.suspended", |w| {
        let suspend = |user| SuspendUser::new(w.spot, w.user(user));
        Example::new(w.caller("adam"), suspend("mia"), suspend("max"))
    }),
    ("update_group", "group.updated", |w| {
        let on_call = group(w, "on-call");
        let update = |text| {
            UpdateGroup::new(w.spot, on_call, name(text)).description(name("who is on call"))
        };
        Example::new(w.caller("adam"), update("A"), update("B"))
    }),
    ("update_policy", "policy.updated", |w| {
        let read = policy(w, "read");
        let update = |text| {
            let document = allowing(&["account:read", "ocean:roll"]);
            UpdatePolicy::new(w.spot, read, name(text), document)
                .description(name("reads and rolls"))
                .unknown(UnknownActions::Keep)
        };
        Example::new(w.caller("adam"), update("A"), update("B"))
    }),
    ("withdraw_ownership", "ownership.withdrawn", |w| {
        proven(w, "adam");
        offered(w, "ada", "adam");
        let from = |user| WithdrawOwnership::new(w.spot, w.user(user));
        Example::new(w.caller("olga"), from("ada"), from("olga"))
    }),
];

/// Does the same with a member of a batch, whichever it is.
macro_rules! each_member {
    ($any:expr, $it:ident => $what:expr) => {
        $crate::every::each_member!(@ $any, $it => $what;
            AcceptOwnership ActivateOrganization AddToGroup AttachGroup AttachPolicy AttachUser
            ChangeEmail ChangeLabels ChangeRole CloseAccount CloseOrganization CreateAccount
            CreateGroup CreatePolicy CreateProgrammaticUser CreateUser DeclineOwnership
            DeleteGroup DeletePolicy DescribeUser DetachGroup DetachPolicy DetachUser ErasePerson InviteUser
            IssueToken LeaveOrganization LiftHold LiftSuspension MakeDefaultAccount
            OfferOwnership PlaceHold ProveEmail PurgeOrganization ReactivateUser RemoveFromGroup
            RemoveUser RenameAccount RenameOrganization RenameUser ResendInvitation
            RestoreAccount RestoreOrganization RevokeInvitation RevokeToken RevokeTokens
            RotateToken SetBilling SetReference SetTokenLife SuspendOrganization SuspendUser UpdateGroup
            UpdatePolicy WithdrawOwnership)
    };
    (@ $any:expr, $it:ident => $what:expr; $($command:ident)*) => {
        match $any {
            $(tenancy::command::AnyCommand::$command($it) => $what,)*
            unlisted => panic!("unlisted {unlisted:?}"),
        }
    };
}

pub(crate) use each_member;

/// Runs a member of a batch alone, under a command id if there is one, and returns what it tells or
/// the text of the failure.
#[track_caller]
pub(crate) fn alone(
    w: &World,
    caller: &Caller,
    id: Option<&str>,
    command: &AnyCommand,
) -> Result<Done, String> {
    let told = each_member!(command, command => {
        let request = Request::new(command);
        let request = match id {
            Some(id) => request.named(name(id)),
            None => request,
        };
        let told = w.registry.run(caller, request);
        told.map(Done::from).map_err(|error| w.told(&error))
    });
    w.check();
    told
}

/// Returns the kinds of all members of batches, as their source declares them.
pub(crate) fn kinds() -> BTreeSet<String> {
    let source = include_str!("../../src/command/batch.rs");
    let list = source.split("any_command!(").nth(1).unwrap();
    let list = list.split(')').next().unwrap();
    let snake = |word: &str| {
        let mut text = String::new();
        for letter in word.trim().chars() {
            if letter.is_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.extend(letter.to_lowercase());
        }
        text
    };
    list.split(',').map(snake).collect()
}

/// Every command is in the table once, under its own name, and makes happen what stands there.
#[test]
fn the_table_is_complete() {
    let in_table: Vec<String> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(BTreeSet::from_iter(in_table.clone()), kinds());
    assert_eq!(in_table.len(), kinds().len(), "each once");
    for (kind, events, make) in ROWS {
        let w = World::new();
        let example = make(&w);
        assert_ne!(example.command, example.other, "{kind}");
        let json = serde_json::to_value(&example.command).unwrap();
        assert_eq!(json["command"], **kind);
        let before = w.feed().len();
        alone(&w, &example.caller, None, &example.command).unwrap();
        let made = w.feed().split_off(before);
        let made: Vec<_> = made.iter().map(|it| &*it.kind).collect();
        assert_eq!(made.join(", "), *events, "{kind}");
    }
}
