//! What a command would do, asked before it is done (`query::Plan`): the same as is done then.

use alloc::collections::BTreeSet;
use core::time::Duration;

use tenancy::command::{
    AcceptInvitation, AcceptOwnership, ActivateOrganization, AddToGroup, AnyCommand, AttachGroup,
    AttachPolicy, AttachUser, Batch, ChangeEmail, ChangeLabels, ChangeRole, CloseAccount,
    CloseOrganization, Command, CreateAccount, CreateGroup, CreateOrganization, CreatePolicy,
    CreateProgrammaticUser, CreateUser, DeclineInvitation, DeclineOwnership, DeleteGroup,
    DeletePolicy, DescribeUser, DetachGroup, DetachPolicy, DetachUser, ErasePerson, InviteUser,
    IssueToken, LeaveOrganization, LiftHold, LiftSuspension, MakeDefaultAccount, OfferOwnership,
    PlaceHold, ProveEmail, PurgeOrganization, ReactivateUser, RemoveFromGroup, RemoveUser,
    RenameAccount, RenameOrganization, RenameUser, ResendInvitation, RestoreAccount,
    RestoreOrganization, RevokeInvitation, RevokeToken, RevokeTokens, RotateToken, SetBilling,
    SetReference, SetTokenLife, SignUp, SuspendOrganization, SuspendUser, UpdateGroup,
    UpdatePolicy, WithdrawOwnership,
};
use tenancy::id::{GroupId, HoldId, InvitationId, OrganizationId, PolicyId};
use tenancy::label::Labels;
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::event::Event;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::policy::Reach;
use tenancy::organization::token::TokenKind;
use tenancy::query::{Check, Plan};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::statement::PolicyKind;
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness};

use crate::every::{allowing, each_member, group, policy};
use crate::world::{
    World, email, ghost, host, name, person, personal, picture, programmatic, seconds, settings,
    temporary, time,
};

const DAY: Duration = seconds(24 * 60 * 60);

/// A command that is planned and then run.
#[derive(Clone, Debug)]
enum Asked {
    Any(AnyCommand),
    AcceptInvitation(AcceptInvitation),
    Batch(Batch),
    CreateOrganization(CreateOrganization),
    DeclineInvitation(DeclineInvitation),
    SignUp(SignUp),
}

/// Does the same with the command, whichever it is.
macro_rules! each {
    ($asked:expr, $it:ident => $what:expr) => {
        match $asked {
            Asked::Any(any) => each_member!(any, $it => $what),
            Asked::AcceptInvitation($it) => $what,
            Asked::Batch($it) => $what,
            Asked::CreateOrganization($it) => $what,
            Asked::DeclineInvitation($it) => $what,
            Asked::SignUp($it) => $what,
        }
    };
}

fn kind(asked: &Asked) -> &'static str {
    fn of<C: Command>(_: &C) -> &'static str {
        C::KIND
    }
    each!(asked, it => of(it))
}

/// One case: who plans and runs what, and what comes of both.
type Case = (&'static str, fn(&World) -> (Caller, Asked), &'static str);

fn by(w: &World, user: &str, command: impl Into<AnyCommand>) -> (Caller, Asked) {
    (w.caller(user), Asked::Any(command.into()))
}

fn by_host(command: impl Into<AnyCommand>) -> (Caller, Asked) {
    (host(), Asked::Any(command.into()))
}

/// Returns the text without what differs from run to run: the ids that are not `known`, digests,
/// and the last characters of secrets.
fn masked(text: &str, known: &BTreeSet<String>) -> String {
    let mut masked = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        let id = word.rsplit_once('_').filter(|(_, id)| id.len() == 26);
        match id {
            Some((prefix, _)) if !known.contains(&word) => {
                masked.push_str(prefix);
                masked.push_str("_…");
            }
            _ if word.len() == 64 || masked.ends_with("LastFour(") => masked.push('…'),
            _ => masked.push_str(&word),
        }
        word.clear();
        masked.push(c);
    }
    masked.trim_end().into()
}

/// Returns the ids of all that there is.
fn known(w: &World) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for record in w.feed() {
        known.insert(record.organization.to_string());
        known.extend(record.resource.iter().map(ToString::to_string));
        let event = Event::decode(&record).unwrap();
        if let Event::HoldPlaced(placed) = event {
            known.insert(placed.hold.to_string());
        }
    }
    known
}

/// Shows events with all that they say, as far as it is the same from run to run.
fn shown(events: &[(OrganizationId, Event)], known: &BTreeSet<String>) -> Vec<String> {
    let show = |(id, event): &(OrganizationId, Event)| {
        let (kind, schema) = event.kind();
        let (resource, account) = (event.resource(*id), event.account());
        masked(
            &format!("{kind} {schema} {id} {resource} {account:?} {event:?}"),
            known,
        )
    };
    events.iter().map(show).collect()
}

/// Everything in the store and in every state of it.
fn everything(w: &World) -> String {
    let organizations: BTreeSet<_> = w.feed().iter().map(|record| record.organization).collect();
    let states = organizations.iter().map(|id| picture(&w.state(*id)));
    let states: String = states.collect();
    format!("{:?}\n{states}", w.registry.store())
}

/// Plans a command, runs it, compares the two, and returns what came of both.
#[track_caller]
fn planned_and_run<C: Command>(w: &World, caller: &Caller, command: &C) -> String {
    let (known, before) = (known(w), everything(w));
    let records = w.feed().len();
    let plan = w
        .registry
        .ask_at(Freshness::Latest, caller, &Plan::new(command));
    assert_eq!(everything(w), before, "a plan changes nothing");
    let run = w.registry.run(caller, command);
    w.check();
    let made = w.feed().split_off(records);
    let kinds: Vec<_> = made.iter().map(|record| &*record.kind).collect();
    let done: Vec<_> = made
        .iter()
        .map(|record| (record.organization, Event::decode(record).unwrap()))
        .collect();
    match (plan, run) {
        (Ok(plan), Ok(_)) => {
            assert_eq!(shown(&plan.value.events, &known), shown(&done, &known));
            match kinds.is_empty() {
                true => "nothing".into(),
                false => kinds.join(", "),
            }
        }
        (Err(plan), Err(run)) => {
            assert_eq!(done, [], "refused, and yet written");
            assert_eq!(plan.to_string(), run.to_string());
            assert_eq!(plan.refusal(), run.refusal());
            assert_eq!(plan.denied(), run.denied());
            masked(&w.told(&run), &BTreeSet::new())
        }
        (plan, run) => panic!(
            "planned {plan:?}, and then {}",
            match run {
                Ok(_) => format!("{kinds:?}"),
                Err(error) => w.told(&error),
            }
        ),
    }
}

const LAST: &str = "last_owner: `{ada}` is the last owner: make another user owner, transfer the \
                    ownership or close the organization";
const ADMINS: &str = "not granted: asks for admin";

fn prove(w: &World, user: &str) {
    let caller = w.caller(user).with_proven(email(user));
    w.done(&caller, &ProveEmail::new(w.spot));
}

/// `ada` offers her ownership to `adam`, who has proven his address.
fn offer(w: &World) {
    prove(w, "adam");
    let command = OfferOwnership::new(w.spot, w.user("adam"));
    w.done(&w.caller("ada"), &command);
}

fn invited(w: &World) -> (InvitationId, String) {
    let command = InviteUser::new(w.spot, email("zoe"), OrganizationRole::Viewer)
        .attach(w.lab, AccountRole::Editor);
    let minted = w.done(&w.caller("ada"), &command);
    (minted.id, minted.secret.unwrap().expose().into())
}

fn hold(w: &World, kind: HoldKind) -> HoldId {
    let command = PlaceHold::new(w.spot, kind, name("why"));
    w.done(&w.caller("ada"), &command)
}

fn suspend(w: &World, user: &str) {
    w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user(user)));
}

fn remove(w: &World, user: &str) {
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user(user)));
}

fn close(w: &World) {
    w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
}

fn close_lab(w: &World) {
    w.done(&w.caller("ada"), &CloseAccount::new(w.spot, w.lab));
}

fn token(w: &World) -> tenancy::id::TokenId {
    w.mint(&w.caller("mia"), "mia", "t", personal()).0
}

fn labels(pairs: &[(&str, &str)]) -> Labels {
    let mut labels = Labels::new();
    for (key, value) in pairs {
        labels.try_insert(name(key), name(value)).unwrap();
    }
    labels
}

/// Puts `mia` into a group, which has a role on `lab` then.
fn on_call(w: &World) -> GroupId {
    let group = group(w, "on-call");
    let ada = w.caller("ada");
    w.done(&ada, &AddToGroup::new(w.spot, group, w.user("mia")));
    w.done(
        &ada,
        &AttachGroup::new(w.spot, group, w.lab, AccountRole::Viewer),
    );
    group
}

/// Writes a policy that `mia` holds on all accounts.
fn held(w: &World) -> PolicyId {
    let policy = policy(w, "read");
    let attach = AttachPolicy::new(w.spot, policy, w.user("mia").into(), Reach::AllAccounts);
    w.done(&w.caller("ada"), &attach);
    policy
}

const BILLING: SuspensionReason = SuspensionReason::Billing;

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("accept an ownership", |w| {
        offer(w);
        by(w, "adam", AcceptOwnership::new(w.spot, w.user("ada")))
    }, "ownership.transferred"),
    ("accept one that nobody offers", |w| by(w, "adam", AcceptOwnership::new(w.spot, w.user("ada"))),
     "no_offer: there is no such offer of the ownership"),
    ("accept one with a token", |w| {
        offer(w);
        let (_, bearer) = w.bearer("adam", "t", personal());
        (bearer, Asked::Any(AcceptOwnership::new(w.spot, w.user("ada")).into()))
    }, "not_signed_in: the caller is nobody's user, expected one who is signed in"),
    ("activate", |w| by(w, "eve", ActivateOrganization::new(w.rival.organization)),
     "organization.activated"),
    ("activate again", |w| by(w, "ada", ActivateOrganization::new(w.spot)), "nothing"),
    ("activate, by a member", |w| by(w, "mia", ActivateOrganization::new(w.spot)),
     "not granted: asks for billing"),
    ("activate another's", |w| by(w, "eve", ActivateOrganization::new(w.spot)),
     "not_found: `{spot}` is not found"),
    ("activate what never was", |_| by_host(ActivateOrganization::new(ghost())),
     "not_found: `{ghost}` is not found"),
    ("attach", |w| by(w, "ada", AttachUser::new(w.spot, w.user("mia"), w.lab, AccountRole::Viewer)),
     "user.attached"),
    ("attach as before", |w| by(w, "ada", AttachUser::new(w.spot, w.user("rita"), w.lab, AccountRole::Viewer)),
     "nothing"),
    ("attach to an account that is closing", |w| {
        close_lab(w);
        by(w, "ada", AttachUser::new(w.spot, w.user("mia"), w.lab, AccountRole::Viewer))
    }, "account_status: account `{lab}` is closing"),
    ("attach whoever was removed", |w| {
        remove(w, "mia");
        by(w, "ada", AttachUser::new(w.spot, w.user("mia"), w.lab, AccountRole::Viewer))
    }, "user_status: user `{mia}` is removed"),
    ("change an address", |w| by(w, "mia", ChangeEmail::new(w.spot, w.user("mia"), email("mi"))),
     "user.email_requested"),
    ("change an address to a taken one", |w| by(w, "ada", ChangeEmail::new(w.spot, w.user("mia"), email("max"))),
     "email_taken: address `max@example.com` is taken"),
    ("change a program's address", |w| by(w, "ada", ChangeEmail::new(w.spot, w.user("robo"), email("x"))),
     "not_person: user `{robo}` is a program, expected a person"),
    ("label", |w| by(w, "ada", ChangeLabels::new(w.spot, Marked::Organization).set(labels(&[("team", "ops")]))),
     "labels.changed"),
    ("label an account", |w| by(w, "ada", ChangeLabels::new(w.spot, w.lab.into()).set(labels(&[("team", "ops")]))),
     "labels.changed"),
    ("label as before", |w| by(w, "ada", ChangeLabels::new(w.spot, Marked::Organization).remove(name("team"))),
     "nothing"),
    ("label a user that stands higher", |w| {
        by(w, "adam", ChangeLabels::new(w.spot, w.user("ada").into()).set(labels(&[("a", "b")])))
    }, "outranked: `{ada}` is owner, and the caller is admin"),
    ("change a role", |w| by(w, "ada", ChangeRole::new(w.spot, w.user("mia"), OrganizationRole::Admin)),
     "user.role_changed"),
    ("change a role to the same", |w| by(w, "ada", ChangeRole::new(w.spot, w.user("mia"), OrganizationRole::Member)),
     "nothing"),
    ("give a role that one has not", |w| by(w, "adam", ChangeRole::new(w.spot, w.user("mia"), OrganizationRole::Owner)),
     "role_not_held: role owner cannot be given by a caller who is admin"),
    ("be no owner any more, as the last", |w| by(w, "ada", ChangeRole::new(w.spot, w.user("ada"), OrganizationRole::Admin)),
     LAST),
    ("close an account", |w| by(w, "ada", CloseAccount::new(w.spot, w.lab)), "account.closing"),
    ("close an account again", |w| {
        close_lab(w);
        by(w, "ada", CloseAccount::new(w.spot, w.lab))
    }, "nothing"),
    ("close the default account", |w| by(w, "ada", CloseAccount::new(w.spot, w.main)),
     "successor_required: `{main}` is the default account: name an open one that takes its place"),
    ("close the default account with a successor", |w| by(w, "ada", CloseAccount::new(w.spot, w.main).successor(w.lab)),
     "account.closing"),
    ("close", |w| by(w, "ada", CloseOrganization::new(w.spot)), "organization.closing"),
    ("close again", |w| {
        close(w);
        by(w, "ada", CloseOrganization::new(w.spot))
    }, "nothing"),
    ("close what is held: all that stands against it", |w| {
        hold(w, HoldKind::Deletion);
        hold(w, HoldKind::Legal);
        by(w, "ada", CloseOrganization::new(w.spot))
    }, "blocked: the organization cannot be closed: deletion hold `hold_…`, legal hold `hold_…`"),
    ("close, by an admin", |w| by(w, "adam", CloseOrganization::new(w.spot)),
     "not granted: asks for owner"),
    ("create an account", |w| by(w, "ada", CreateAccount::new(w.spot, name("New"))), "account.created"),
    ("create an account of a taken name", |w| by(w, "ada", CreateAccount::new(w.spot, name("LAB"))),
     "account_name_taken: account name `LAB` is taken"),
    ("create a program", |w| {
        let command = CreateProgrammaticUser::new(w.spot, name("bot"), OrganizationRole::Member)
            .attach(w.lab, AccountRole::Viewer)
            .token(programmatic().name(name("first")).expires_at(time("2027-01-01T00:00:00.000Z")));
        by(w, "ada", command)
    }, "programmatic_user.created, user.attached, token.issued"),
    ("create a program that owns", |w| {
        by(w, "ada", CreateProgrammaticUser::new(w.spot, name("bot"), OrganizationRole::Owner))
    }, "owner_not_person: a programmatic user cannot be owner"),
    ("create a user", |w| {
        let command = CreateUser::new(w.spot, name("Zoe"), email("zoe"), OrganizationRole::Viewer)
            .attach(w.lab, AccountRole::Viewer)
            .attach(w.main, AccountRole::Editor)
            .token(personal().accounts([w.lab]).actions([name("account:read")]));
        by(w, "ada", command)
    }, "user.created, user.attached, user.attached, token.issued"),
    ("create a user of a taken address", |w| {
        by(w, "ada", CreateUser::new(w.spot, name("Mia"), email("MIA"), OrganizationRole::Viewer))
    }, "email_taken: address `MIA@example.com` is taken"),
    ("decline an ownership", |w| {
        offer(w);
        by(w, "adam", DeclineOwnership::new(w.spot, w.user("ada")))
    }, "ownership.declined"),
    ("decline one that nobody offers", |w| by(w, "adam", DeclineOwnership::new(w.spot, w.user("ada"))),
     "no_offer: there is no such offer of the ownership"),
    ("describe", |w| by(w, "ada", DescribeUser::new(w.spot, w.user("robo")).description(name("builds"))),
     "user.described"),
    ("describe as before", |w| by(w, "ada", DescribeUser::new(w.spot, w.user("robo"))), "nothing"),
    ("detach", |w| by(w, "ada", DetachUser::new(w.spot, w.user("edda"), w.lab)), "user.detached"),
    ("detach oneself", |w| by(w, "edda", DetachUser::new(w.spot, w.user("edda"), w.lab)), "user.detached"),
    ("detach from where the user is not", |w| by(w, "ada", DetachUser::new(w.spot, w.user("mia"), w.lab)), "nothing"),
    ("detach oneself from what is not in sight", |w| by(w, "edda", DetachUser::new(w.spot, w.user("edda"), w.vault)),
     "not_found: `{vault}` is not found"),
    ("invite", |w| {
        by(w, "ada", InviteUser::new(w.spot, email("zoe"), OrganizationRole::Viewer).attach(w.lab, AccountRole::Editor))
    }, "invitation.created"),
    ("invite again", |w| {
        invited(w);
        by(w, "ada", InviteUser::new(w.spot, email("zoe"), OrganizationRole::Viewer))
    }, "already_invited: address `zoe@example.com` is invited already"),
    ("issue a token", |w| {
        let new = personal().name(name("laptop")).accounts([w.lab]).actions([name("account:read")]);
        by(w, "ada", IssueToken::new(w.spot, w.user("ada"), new))
    }, "token.issued"),
    ("issue a token with a token", |w| {
        let (_, bearer) = w.bearer("ada", "t", temporary());
        (bearer, Asked::Any(IssueToken::new(w.spot, w.user("ada"), personal()).into()))
    }, "token.issued"),
    ("issue a token that lives too long", |w| {
        by(w, "mia", IssueToken::new(w.spot, w.user("mia"), temporary().expires_at(Timestamp::MAX)))
    }, "token_life: the token was to expire at 9999-12-31T23:59:59.999Z, expected at most \
        2026-11-21T14:00:00.000Z"),
    ("leave", |w| by(w, "mia", LeaveOrganization::new(w.spot)), "user.left"),
    ("leave, as the last owner", |w| by(w, "ada", LeaveOrganization::new(w.spot)), LAST),
    ("leave, as the host", |w| by_host(LeaveOrganization::new(w.spot)),
     "not_signed_in: the caller is nobody's user, expected one who is signed in"),
    ("lift a hold", |w| {
        let hold = hold(w, HoldKind::Legal);
        by(w, "ada", LiftHold::new(w.spot, hold, name("over")))
    }, "organization.hold_lifted"),
    ("lift a hold that never was", |w| by(w, "ada", LiftHold::new(w.spot, ghost(), name("over"))),
     "no_hold: there is no hold `hold_…`"),
    ("lift an owner's hold, as the host", |w| {
        let hold = hold(w, HoldKind::Legal);
        by_host(LiftHold::new(w.spot, hold, name("over")))
    }, "organization.hold_lifted"),
    ("lift a suspension", |w| {
        w.done(&host(), &SuspendOrganization::new(w.spot, BILLING));
        by_host(LiftSuspension::new(w.spot, BILLING))
    }, "organization.suspension_lifted"),
    ("lift one that is not", |w| by(w, "ada", LiftSuspension::new(w.spot, BILLING)), "nothing"),
    ("lift the suspension of another", |w| {
        w.done(&host(), &SuspendOrganization::new(w.spot, BILLING));
        by(w, "ada", LiftSuspension::new(w.spot, BILLING))
    }, "authority: it was set by the host and cannot be lifted by an owner"),
    ("make an account the default one", |w| by(w, "ada", MakeDefaultAccount::new(w.spot, w.lab)),
     "account.made_default"),
    ("make the default one the default one", |w| by(w, "ada", MakeDefaultAccount::new(w.spot, w.main)), "nothing"),
    ("make one that is closing the default one", |w| {
        close_lab(w);
        by(w, "ada", MakeDefaultAccount::new(w.spot, w.lab))
    }, "account_status: account `{lab}` is closing"),
    ("offer the ownership", |w| {
        prove(w, "adam");
        by(w, "ada", OfferOwnership::new(w.spot, w.user("adam")))
    }, "ownership.offered"),
    ("offer it to somebody who has proven nothing", |w| by(w, "ada", OfferOwnership::new(w.spot, w.user("adam"))),
     "owner_unfit: `{adam}` cannot become owner"),
    ("place a hold", |w| by(w, "ada", PlaceHold::new(w.spot, HoldKind::Legal, name("why"))),
     "organization.hold_placed"),
    ("place a hold, by an admin", |w| by(w, "adam", PlaceHold::new(w.spot, HoldKind::Legal, name("why"))),
     "not granted: asks for owner"),
    ("prove an address", |w| {
        let caller = w.caller("mia").with_proven(email("mia"));
        (caller, Asked::Any(ProveEmail::new(w.spot).into()))
    }, "user.email_proven"),
    ("prove an address again", |w| {
        prove(w, "mia");
        let caller = w.caller("mia").with_proven(email("mia"));
        (caller, Asked::Any(ProveEmail::new(w.spot).into()))
    }, "nothing"),
    ("prove another's address", |w| {
        let caller = w.caller("mia").with_proven(email("max"));
        (caller, Asked::Any(ProveEmail::new(w.spot).into()))
    }, "email_mismatch: the proven address is neither the user's nor the one that was asked for"),
    ("purge", |w| {
        close(w);
        w.clock.advance(DAY * 30);
        by_host(PurgeOrganization::new(w.spot))
    }, "organization.purged"),
    ("purge again", |w| {
        close(w);
        w.clock.advance(DAY * 30);
        w.done(&host(), &PurgeOrganization::new(w.spot));
        by_host(PurgeOrganization::new(w.spot))
    }, "nothing"),
    ("purge too early", |w| {
        close(w);
        by_host(PurgeOrganization::new(w.spot))
    }, "grace_not_over: it can be restored until 2026-12-21T12:00:00.000Z, and it is \
        2026-11-21T12:00:00.000Z"),
    ("purge what is held", |w| {
        close(w);
        w.clock.advance(DAY * 30);
        w.done(&host(), &PlaceHold::new(w.spot, HoldKind::Legal, name("why")));
        w.done(&host(), &PlaceHold::new(w.spot, HoldKind::Deletion, name("why")));
        by_host(PurgeOrganization::new(w.spot))
    }, "blocked: the organization cannot be closed: legal hold `hold_…`, deletion hold `hold_…`"),
    ("purge, by an owner", |w| by(w, "ada", PurgeOrganization::new(w.spot)), "not granted: asks for host"),
    ("reactivate", |w| {
        suspend(w, "mia");
        by(w, "ada", ReactivateUser::new(w.spot, w.user("mia")))
    }, "user.reactivated"),
    ("reactivate whoever is active", |w| by(w, "ada", ReactivateUser::new(w.spot, w.user("mia"))), "nothing"),
    ("reactivate oneself", |w| {
        suspend(w, "adam");
        by(w, "adam", ReactivateUser::new(w.spot, w.user("adam")))
    }, "denied: the user is suspended"),
    ("remove", |w| by(w, "ada", RemoveUser::new(w.spot, w.user("mia"))), "user.removed"),
    ("remove again", |w| {
        remove(w, "mia");
        by(w, "ada", RemoveUser::new(w.spot, w.user("mia")))
    }, "nothing"),
    ("remove the last owner", |w| by_host(RemoveUser::new(w.spot, w.user("ada"))), LAST),
    ("erase", |w| by(w, "ada", ErasePerson::new(w.spot, w.user("mia"), ErasureGround::Request)), "user.removed, user.erased"),
    ("erase the last owner", |w| by_host(ErasePerson::new(w.spot, w.user("ada"), ErasureGround::Request)), LAST),
    ("rename an account", |w| by(w, "ada", RenameAccount::new(w.spot, w.lab, name("Labs"))), "account.renamed"),
    ("rename an account to a taken name", |w| by(w, "ada", RenameAccount::new(w.spot, w.lab, name("vault"))),
     "account_name_taken: account name `vault` is taken"),
    ("rename", |w| by(w, "ada", RenameOrganization::new(w.spot, name("Spot Two"))), "organization.renamed"),
    ("rename to what looks the same", |w| by(w, "ada", RenameOrganization::new(w.spot, name("SPOT"))),
     "organization.renamed"),
    ("rename to the same", |w| by(w, "ada", RenameOrganization::new(w.spot, name("Spot"))), "nothing"),
    ("rename to a taken name", |w| by(w, "ada", RenameOrganization::new(w.spot, name("Rival"))),
     "organization_name_taken: organization name `rival` is taken"),
    ("rename to what looks like a taken name", |w| by(w, "ada", RenameOrganization::new(w.spot, name("RІVАL"))),
     "organization_name_taken: organization name `rival` is taken"),
    ("rename a user", |w| by(w, "mia", RenameUser::new(w.spot, w.user("mia"), name("Mia B"))), "user.renamed"),
    ("rename a user out of sight", |w| by(w, "mia", RenameUser::new(w.spot, w.user("max"), name("M"))),
     "not_found: `{max}` is not found"),
    ("send an invitation again", |w| {
        let (id, _) = invited(w);
        by(w, "ada", ResendInvitation::new(w.spot, id))
    }, "invitation.resent"),
    ("send again one that was taken back", |w| {
        let (id, _) = invited(w);
        w.done(&w.caller("ada"), &RevokeInvitation::new(w.spot, id));
        by(w, "ada", ResendInvitation::new(w.spot, id))
    }, "invitation_status: the invitation is revoked"),
    ("restore an account", |w| {
        close_lab(w);
        by(w, "ada", RestoreAccount::new(w.spot, w.lab))
    }, "account.restored"),
    ("restore an account too late", |w| {
        close_lab(w);
        w.clock.advance(DAY * 30);
        by(w, "ada", RestoreAccount::new(w.spot, w.lab))
    }, "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is \
        2026-12-21T12:00:00.000Z"),
    ("restore an account that is open", |w| by(w, "ada", RestoreAccount::new(w.spot, w.lab)), "nothing"),
    ("restore", |w| {
        close(w);
        by(w, "ada", RestoreOrganization::new(w.spot))
    }, "organization.restored"),
    ("restore what is not closing", |w| by(w, "ada", RestoreOrganization::new(w.spot)), "nothing"),
    ("take an invitation back", |w| {
        let (id, _) = invited(w);
        by(w, "ada", RevokeInvitation::new(w.spot, id))
    }, "invitation.revoked"),
    ("take one back that never was", |w| by(w, "ada", RevokeInvitation::new(w.spot, ghost())),
     "not_found: `invite_…` is not found"),
    ("revoke a token", |w| {
        let id = token(w);
        by(w, "mia", RevokeToken::new(w.spot, id))
    }, "token.revoked"),
    ("revoke a token out of sight", |w| {
        let id = token(w);
        by(w, "max", RevokeToken::new(w.spot, id))
    }, "not_found: `{t}` is not found"),
    ("revoke all tokens", |w| {
        token(w);
        by(w, "mia", RevokeTokens::new(w.spot, w.user("mia")))
    }, "user.tokens_revoked"),
    ("revoke all of none", |w| by(w, "mia", RevokeTokens::new(w.spot, w.user("mia"))), "nothing"),
    ("rotate a token", |w| {
        let id = token(w);
        by(w, "mia", RotateToken::new(w.spot, id))
    }, "token.rotated"),
    ("rotate a dead token", |w| {
        let id = token(w);
        w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
        by(w, "mia", RotateToken::new(w.spot, id))
    }, "token_dead: token `{t}` is revoked"),
    ("say by what the billing information is known", |w| {
        by(w, "bill", SetBilling::new(w.spot).reference(name("cus_1")))
    }, "organization.billing_changed"),
    ("take away what is not there", |w| by(w, "bill", SetBilling::new(w.spot)), "nothing"),
    ("give a reference", |w| by_host(SetReference::new(w.spot, Marked::Organization).reference(name("crm/1"))),
     "reference.changed"),
    ("give the same reference", |w| by_host(SetReference::new(w.spot, Marked::Organization)), "nothing"),
    ("give another organization's reference", |w| {
        let id = w.rival.organization;
        w.done(&host(), &SetReference::new(id, Marked::Organization).reference(name("crm/1")));
        by_host(SetReference::new(w.spot, Marked::Organization).reference(name("crm/1")))
    }, "reference_taken: reference `crm/1` is taken"),
    ("give another account's reference", |w| {
        w.done(&host(), &SetReference::new(w.spot, w.lab.into()).reference(name("crm/1")));
        by_host(SetReference::new(w.spot, w.vault.into()).reference(name("crm/1")))
    }, "reference_taken: reference `crm/1` is taken"),
    ("give a reference, as an owner", |w| {
        by(w, "ada", SetReference::new(w.spot, Marked::Organization).reference(name("crm/1")))
    }, "not granted: asks for host"),
    ("set how long tokens live", |w| by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY)),
     "organization.token_life_changed"),
    ("set to what is finer than a millisecond", |w| {
        by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Personal).life(Duration::from_micros(1500)))
    }, "organization.token_life_changed"),
    ("set to as long as there is", |w| {
        by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Programmatic).life(Duration::MAX))
    }, "organization.token_life_changed"),
    ("set as before", |w| by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Personal)), "nothing"),
    ("set longer than the host allows", |w| by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Temporary).life(DAY)),
     "token_life_rule: temporary tokens were to live for 86400 s, expected at most 7200 s"),
    ("suspend", |w| by(w, "ada", SuspendOrganization::new(w.spot, BILLING)), "organization.suspended"),
    ("suspend again", |w| {
        w.done(&w.caller("ada"), &SuspendOrganization::new(w.spot, BILLING));
        by(w, "ada", SuspendOrganization::new(w.spot, BILLING))
    }, "nothing"),
    ("suspend a user", |w| by(w, "ada", SuspendUser::new(w.spot, w.user("mia"))), "user.suspended"),
    ("suspend the last owner", |w| by_host(SuspendUser::new(w.spot, w.user("ada"))), LAST),
    ("withdraw an ownership", |w| {
        offer(w);
        by(w, "ada", WithdrawOwnership::new(w.spot, w.user("ada")))
    }, "ownership.withdrawn"),
    ("withdraw none", |w| by(w, "ada", WithdrawOwnership::new(w.spot, w.user("ada"))), "nothing"),
    ("withdraw, by an admin", |w| by(w, "adam", WithdrawOwnership::new(w.spot, w.user("ada"))),
     "not granted: asks for owner"),

    ("put into a group", |w| by(w, "ada", AddToGroup::new(w.spot, group(w, "on-call"), w.user("mia"))),
     "group.user_added"),
    ("put whoever stands higher into a group", |w| {
        by(w, "adam", AddToGroup::new(w.spot, group(w, "on-call"), w.user("ada")))
    }, "outranked: `{ada}` is owner, and the caller is admin"),
    ("attach a group", |w| {
        by(w, "ada", AttachGroup::new(w.spot, group(w, "on-call"), w.lab, AccountRole::Editor))
    }, "group.attached"),
    ("attach a group as before", |w| by(w, "ada", AttachGroup::new(w.spot, on_call(w), w.lab, AccountRole::Viewer)),
     "nothing"),
    ("attach a policy", |w| {
        by(w, "ada", AttachPolicy::new(w.spot, policy(w, "read"), w.user("mia").into(), Reach::AllAccounts))
    }, "policy.attached"),
    ("attach a policy of accounts on the organization", |w| {
        by(w, "ada", AttachPolicy::new(w.spot, policy(w, "read"), w.user("mia").into(), Reach::Organization))
    }, "policy_reach: account policy `{read}` cannot be attached on the organization"),
    ("create a group", |w| by(w, "ada", CreateGroup::new(w.spot, name("New")).description(name("who"))),
     "group.created"),
    ("create a group of a taken name", |w| {
        group(w, "on-call");
        by(w, "ada", CreateGroup::new(w.spot, name("On-Call")))
    }, "group_name_taken: group name `On-Call` is taken"),
    ("write a policy", |w| {
        let document = allowing(&["account:*"]);
        let create = CreatePolicy::new(w.spot, name("New"), PolicyKind::Account, document);
        by(w, "ada", create.description(name("why")))
    }, "policy.created"),
    ("write a policy about what there is not", |w| {
        let document = allowing(&["account:raed"]);
        by(w, "ada", CreatePolicy::new(w.spot, name("New"), PolicyKind::Account, document))
    }, "unknown_action: there is no action `account:raed`, the nearest is `account:read`"),
    ("delete a group", |w| by(w, "ada", DeleteGroup::new(w.spot, on_call(w))), "group.deleted"),
    ("delete a group again", |w| {
        let group = on_call(w);
        w.done(&w.caller("ada"), &DeleteGroup::new(w.spot, group));
        by(w, "ada", DeleteGroup::new(w.spot, group))
    }, "nothing"),
    ("delete a policy", |w| by(w, "ada", DeletePolicy::new(w.spot, policy(w, "read"))), "policy.deleted"),
    ("delete a policy that is held", |w| by(w, "ada", DeletePolicy::new(w.spot, held(w))),
     "policy_attached: policy `{read}` is attached to `{mia}`"),
    ("detach a group", |w| by(w, "ada", DetachGroup::new(w.spot, on_call(w), w.lab)), "group.detached"),
    ("detach a group from where it is not", |w| by(w, "ada", DetachGroup::new(w.spot, on_call(w), w.vault)),
     "nothing"),
    ("detach a policy", |w| by(w, "ada", DetachPolicy::new(w.spot, held(w), w.user("mia").into())),
     "policy.detached"),
    ("detach a policy from whoever has it not", |w| {
        by(w, "ada", DetachPolicy::new(w.spot, held(w), w.user("max").into()))
    }, "nothing"),
    ("take out of a group", |w| by(w, "ada", RemoveFromGroup::new(w.spot, on_call(w), w.user("mia"))),
     "group.user_removed"),
    ("take out whoever is not in it", |w| by(w, "ada", RemoveFromGroup::new(w.spot, on_call(w), w.user("max"))),
     "nothing"),
    ("change a group", |w| by(w, "ada", UpdateGroup::new(w.spot, on_call(w), name("Off call"))), "group.updated"),
    ("change a group to the same", |w| by(w, "ada", UpdateGroup::new(w.spot, on_call(w), name("on-call"))),
     "nothing"),
    ("change a policy", |w| {
        by(w, "ada", UpdatePolicy::new(w.spot, held(w), name("reads"), allowing(&["log:read"])))
    }, "policy.updated"),
    ("change a managed policy", |w| {
        let managed = settings().catalog.policies().next().unwrap().id();
        by(w, "ada", UpdatePolicy::new(w.spot, managed, name("reads"), allowing(&["log:read"])))
    }, "policy_managed: policy `policy_…` is managed, and changed by no organization"),

    ("sign up", |_| (person("zoe"), Asked::SignUp(SignUp::new(name("Zoo"), name("Zoe")).account(name("First")))),
     "organization.created, account.created, user.created"),
    ("sign up under a taken name", |_| (person("zoe"), Asked::SignUp(SignUp::new(name("spot"), name("Zoe")))),
     "organization_name_taken: organization name `spot` is taken"),
    ("sign up as a user", |w| (w.caller("ada"), Asked::SignUp(SignUp::new(name("Zoo"), name("Ada")))),
     "signed_in: the caller is signed in, expected a person who is nobody's user"),
    ("add an organization", |w| {
        let caller = w.caller("ada").with_proven(email("ada"));
        (caller, Asked::CreateOrganization(CreateOrganization::new(name("Zoo"), name("Ada"))))
    }, "organization.created, account.created, user.created"),
    ("add one under a taken name", |w| {
        let caller = w.caller("ada").with_proven(email("ada"));
        (caller, Asked::CreateOrganization(CreateOrganization::new(name("RIVAL"), name("Ada"))))
    }, "organization_name_taken: organization name `rival` is taken"),
    ("add one without a proof", |w| {
        (w.caller("ada"), Asked::CreateOrganization(CreateOrganization::new(name("Zoo"), name("Ada"))))
    }, "proof_required: the caller has proven no address"),
    ("accept an invitation", |w| {
        let (_, secret) = invited(w);
        (person("zoe"), Asked::AcceptInvitation(AcceptInvitation::new(name(&secret), name("Zoe"))))
    }, "invitation.accepted, user.created, user.attached"),
    ("accept with the secret before", |w| {
        let (id, secret) = invited(w);
        w.done(&w.caller("ada"), &ResendInvitation::new(w.spot, id));
        (person("zoe"), Asked::AcceptInvitation(AcceptInvitation::new(name(&secret), name("Zoe"))))
    }, "not_found: `invite_…` is not found"),
    ("accept as another", |w| {
        let (_, secret) = invited(w);
        (person("zack"), Asked::AcceptInvitation(AcceptInvitation::new(name(&secret), name("Zoe"))))
    }, "not_found: `invite_…` is not found"),
    ("decline an invitation", |w| {
        let (id, _) = invited(w);
        (person("zoe"), Asked::DeclineInvitation(DeclineInvitation::new(w.spot, id)))
    }, "invitation.declined"),
    ("decline as another", |w| {
        let (id, _) = invited(w);
        (person("zack"), Asked::DeclineInvitation(DeclineInvitation::new(w.spot, id)))
    }, "not_found: `invite_…` is not found"),
    ("several at once", |w| {
        let mia = w.user("mia");
        let batch = Batch::new(w.spot)
            .and(CreateAccount::new(w.spot, name("One")))
            .and(CreateAccount::new(w.spot, name("Two")))
            .and(AttachUser::new(w.spot, mia, w.lab, AccountRole::Editor))
            .and(AttachUser::new(w.spot, mia, w.lab, AccountRole::Editor))
            .and(IssueToken::new(w.spot, mia, personal()))
            .and(RemoveUser::new(w.spot, mia));
        (w.caller("ada"), Asked::Batch(batch))
    }, "account.created, account.created, user.attached, token.issued, user.removed"),
    ("several of which one is refused for what is before it", |w| {
        let batch = Batch::new(w.spot)
            .and(CreateAccount::new(w.spot, name("One")))
            .and(CreateAccount::new(w.spot, name("ONE")));
        (w.caller("ada"), Asked::Batch(batch))
    }, "account_name_taken: account name `ONE` is taken"),
    ("several of which one is not granted", |w| {
        let batch = Batch::new(w.spot)
            .and(RenameUser::new(w.spot, w.user("vera"), name("V")))
            .and(CreateAccount::new(w.spot, name("One")));
        (w.caller("vera"), Asked::Batch(batch))
    }, ADMINS),
    ("none", |w| (w.caller("mia"), Asked::Batch(Batch::new(w.spot))), "nothing"),
    ("none of another organization", |w| (w.caller("eve"), Asked::Batch(Batch::new(w.spot))),
     "not_found: `{spot}` is not found"),
    ("one of another organization among them", |w| {
        let batch = Batch::new(w.spot).and(CreateAccount::new(w.rival.organization, name("One")));
        (w.caller("ada"), Asked::Batch(batch))
    }, "other_organization: a command of the batch names `{rival}`, expected `{spot}`"),
    ("more than a batch may have", |w| {
        let account = |at| CreateAccount::new(w.spot, name(&format!("A{at}")));
        (w.caller("ada"), Asked::Batch(Batch::new(w.spot).all((0..101).map(account))))
    }, "limit: there would be 101 commands in the batch, expected at most 100"),
    ("a taken name among several", |w| {
        let batch = Batch::new(w.spot)
            .and(RenameOrganization::new(w.spot, name("Rival")))
            .and(RenameOrganization::new(w.spot, name("Spot")));
        (w.caller("ada"), Asked::Batch(batch))
    }, "organization_name_taken: organization name `rival` is taken"),
    ("a name given up and taken again", |w| {
        let batch = Batch::new(w.spot)
            .and(RenameOrganization::new(w.spot, name("Other")))
            .and(RenameOrganization::new(w.spot, name("Spot")));
        (w.caller("ada"), Asked::Batch(batch))
    }, "organization.renamed, organization.renamed"),
    ("a clock that lies as far behind as it may", |w| {
        w.clock.set(time("2026-11-21T11:55:00.000Z"));
        by(w, "ada", CreateAccount::new(w.spot, name("New")))
    }, "account.created"),
    ("a clock that lies too far behind", |w| {
        w.clock.set(time("2026-11-21T11:54:59.999Z"));
        by(w, "ada", CreateAccount::new(w.spot, name("New")))
    }, "clock_behind: the clock says 2026-11-21T11:54:59.999Z, which is more than 300 s before the \
        last record at 2026-11-21T12:00:00.000Z"),
    ("a clock that lies too far behind, and nothing to do", |w| {
        w.clock.set(Timestamp::UNIX_EPOCH);
        by(w, "ada", ActivateOrganization::new(w.spot))
    }, "nothing"),
];

/// A plan is what is done then, and its refusal that of the run, for the same reason.
#[test]
fn a_plan_is_what_is_done() {
    let mut report = String::new();
    for (case, asked, then) in CASES {
        let w = World::new();
        let (caller, asked) = asked(&w);
        let found = each!(&asked, it => planned_and_run(&w, &caller, it));
        if found != *then {
            report += &format!("{case}\n    expected {then:?}\n    found    {found:?}\n");
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Every command is among the cases, with something that is done and something that is not.
#[test]
fn every_command_is_planned() {
    let unknown = serde_json::from_str::<AnyCommand>(r#"{"command": "x"}"#).unwrap_err();
    let mut commands: BTreeSet<String> = unknown
        .to_string()
        .split('`')
        .skip(3)
        .step_by(2)
        .map(Into::into)
        .collect();
    assert_eq!(commands.len(), 55, "{unknown}");
    commands.extend(
        [
            "accept_invitation",
            "batch",
            "create_organization",
            "decline_invitation",
            "sign_up",
        ]
        .map(Into::into),
    );
    let (mut done, mut not) = (BTreeSet::new(), BTreeSet::new());
    for (_, asked, then) in CASES {
        let (_, asked) = asked(&World::new());
        let events = then
            .split(", ")
            .all(|kind| Event::KINDS.iter().any(|it| it.0 == kind));
        match events {
            true => done.insert(kind(&asked).to_owned()),
            false => not.insert(kind(&asked).to_owned()),
        };
    }
    assert_eq!(done, commands, "something is done");
    assert_eq!(not, commands, "something is not");
}

/// The same for whoever asks: a plan lets nobody see what the run would not let it do.
#[test]
fn a_plan_is_judged_like_the_run() {
    let callers: [fn(&World) -> Caller; 9] = [
        |w| w.caller("olga"),
        |w| w.caller("adam"),
        |w| w.caller("vera"),
        |w| w.caller("mia"),
        |w| w.caller("eve"),
        |w| w.bearer("ada", "whole", personal()).1,
        |w| w.bearer("ada", "lab", personal().accounts([w.lab])).1,
        |_| host(),
        |_| person("ada"),
    ];
    let mut seen = BTreeSet::new();
    for (case, asked, _) in CASES {
        let command = kind(&asked(&World::new()).1);
        if !seen.insert(command) {
            continue;
        }
        for caller in callers {
            let w = World::new();
            // Who comes with a token has it before.
            let caller = caller(&w);
            let (_, asked) = asked(&w);
            let told = each!(&asked, it => planned_and_run(&w, &caller, it));
            assert!(!told.is_empty(), "{case}");
        }
    }
    assert_eq!(seen.len(), 60);
}

/// A plan is refused for too many records like the run; a commit alone knows how large they are.
#[test]
fn a_plan_counts_records() {
    let mut few = settings();
    few.limits.records = 2;
    for (commands, then) in [
        (2, "account.created, account.created"),
        (
            3,
            "limit: there would be 3 records in the commit, expected at most 2",
        ),
    ] {
        let w = World::with(few.clone());
        let account = |at| CreateAccount::new(w.spot, name(&format!("A{at}")));
        let batch = Batch::new(w.spot).all((0..commands).map(account));
        assert_eq!(planned_and_run(&w, &w.caller("ada"), &batch), then);
    }
}

/// No secret comes out of a plan that could be used: what it makes up is the same for everybody.
#[test]
fn a_plan_tells_no_secret() {
    let w = World::new();
    let digest = |command: &IssueToken| {
        let plan = w
            .registry
            .ask(&w.caller("ada"), &Plan::new(command))
            .unwrap();
        match &plan.value.events[..] {
            [(_, Event::TokenIssued(issued))] => (issued.token, issued.digest),
            events => panic!("{events:?}"),
        }
    };
    let command = IssueToken::new(w.spot, w.user("ada"), personal());
    let (one, other) = (digest(&command), digest(&command));
    assert_eq!(one, other, "made up");
    let issued = w.done(&w.caller("ada"), &command);
    assert_ne!(issued.id, one.0);
    let text = issued.secret.unwrap();
    let brand = &w.registry.settings().brand;
    let parsed = tenancy::secret::ParsedSecret::parse(text.expose(), brand).unwrap();
    assert!(!parsed.digest().matches(&one.1));
}

/// The tokens that a case has made, by their names, and their texts.
type Texts = Vec<(&'static str, String)>;

fn mint(
    w: &World,
    texts: &mut Texts,
    by: &Caller,
    user: &str,
    alias: &'static str,
    new: tenancy::command::NewToken,
) -> tenancy::id::TokenId {
    let (id, text) = w.mint(by, user, alias, new);
    texts.push((alias, text));
    id
}

/// `edda` has `a` and its child `b`, `mia` has `c`, `ada` has `d`, `robo` has `e` for `lab` alone.
fn tokens(w: &World, texts: &mut Texts) {
    let own = |user| w.caller(user);
    mint(w, texts, &own("edda"), "edda", "a", personal());
    let bearer = w.authenticate(&texts[0].1).unwrap();
    mint(w, texts, &bearer, "edda", "b", temporary());
    mint(w, texts, &own("mia"), "mia", "c", temporary());
    mint(w, texts, &own("ada"), "ada", "d", personal());
    mint(
        w,
        texts,
        &own("robo"),
        "robo",
        "e",
        programmatic().accounts([w.lab]),
    );
}

/// One case: what is planned, and what of it would be good for nothing any more.
type EndsCase = (
    &'static str,
    fn(&World, &mut Texts) -> (Caller, Asked),
    &'static str,
);

fn id(w: &World, alias: &str) -> tenancy::id::TokenId {
    let state = w.state(w.spot);
    let named = |token: &&tenancy::organization::token::Token| {
        w.named(&token.id().to_string()) == format!("{{{alias}}}")
    };
    state.tokens().find(named).unwrap().id()
}

const ALL: &str = "tokens {a} {b} {c} {d} {e}, attachments {edda} on {lab}, {rita} on {lab}, \
                   {robo} on {lab}";

#[rustfmt::skip]
const ENDS: &[EndsCase] = &[
    ("removing a user", |w, t| {
        tokens(w, t);
        by(w, "ada", RemoveUser::new(w.spot, w.user("edda")))
    }, "tokens {a} {b}, attachments {edda} on {lab}"),
    ("removing a user who has nothing", |w, t| {
        tokens(w, t);
        by(w, "ada", RemoveUser::new(w.spot, w.user("max")))
    }, "tokens, attachments"),
    ("removing a user who is suspended: that is nothing any more already", |w, t| {
        tokens(w, t);
        suspend(w, "edda");
        by(w, "ada", RemoveUser::new(w.spot, w.user("edda")))
    }, "tokens, attachments"),
    ("suspending a user", |w, t| {
        tokens(w, t);
        by(w, "ada", SuspendUser::new(w.spot, w.user("edda")))
    }, "tokens {a} {b}, attachments {edda} on {lab}"),
    ("suspending a program", |w, t| {
        tokens(w, t);
        by(w, "ada", SuspendUser::new(w.spot, w.user("robo")))
    }, "tokens {e}, attachments {robo} on {lab}"),
    ("suspending again", |w, t| {
        tokens(w, t);
        suspend(w, "edda");
        by(w, "ada", SuspendUser::new(w.spot, w.user("edda")))
    }, "tokens, attachments"),
    ("reactivating", |w, t| {
        tokens(w, t);
        suspend(w, "edda");
        by(w, "ada", ReactivateUser::new(w.spot, w.user("edda")))
    }, "tokens, attachments"),
    ("leaving: one sees one's own", |w, t| {
        tokens(w, t);
        by(w, "edda", LeaveOrganization::new(w.spot))
    }, "tokens {a} {b}, attachments {edda} on {lab}"),
    ("changing a role", |w, t| {
        tokens(w, t);
        by(w, "ada", ChangeRole::new(w.spot, w.user("edda"), OrganizationRole::Viewer))
    }, "tokens, attachments"),
    ("closing an account: its tokens are still accepted", |w, t| {
        tokens(w, t);
        by(w, "ada", CloseAccount::new(w.spot, w.lab))
    }, "tokens, attachments {edda} on {lab}, {rita} on {lab}, {robo} on {lab}"),
    ("closing an account with a user who is suspended", |w, t| {
        tokens(w, t);
        suspend(w, "rita");
        by(w, "ada", CloseAccount::new(w.spot, w.lab))
    }, "tokens, attachments {edda} on {lab}, {robo} on {lab}"),
    ("closing an account again", |w, t| {
        tokens(w, t);
        close_lab(w);
        by(w, "ada", CloseAccount::new(w.spot, w.lab))
    }, "tokens, attachments"),
    ("closing an account of nobody", |w, t| {
        tokens(w, t);
        by(w, "ada", CloseAccount::new(w.spot, w.vault))
    }, "tokens, attachments"),
    ("restoring an account", |w, t| {
        tokens(w, t);
        close_lab(w);
        by(w, "ada", RestoreAccount::new(w.spot, w.lab))
    }, "tokens, attachments"),
    ("suspending the organization", |w, t| {
        tokens(w, t);
        by(w, "ada", SuspendOrganization::new(w.spot, BILLING))
    }, ALL),
    ("suspending the organization for one reason more", |w, t| {
        tokens(w, t);
        w.done(&host(), &SuspendOrganization::new(w.spot, BILLING));
        by(w, "ada", SuspendOrganization::new(w.spot, BILLING))
    }, "tokens, attachments"),
    ("lifting the suspension", |w, t| {
        tokens(w, t);
        w.done(&host(), &SuspendOrganization::new(w.spot, BILLING));
        by_host(LiftSuspension::new(w.spot, BILLING))
    }, "tokens, attachments"),
    ("closing the organization", |w, t| {
        tokens(w, t);
        by(w, "ada", CloseOrganization::new(w.spot))
    }, ALL),
    ("closing the organization, by the host", |w, t| {
        tokens(w, t);
        by_host(CloseOrganization::new(w.spot))
    }, ALL),
    ("closing an organization that is suspended", |w, t| {
        tokens(w, t);
        w.done(&host(), &SuspendOrganization::new(w.spot, BILLING));
        by(w, "ada", CloseOrganization::new(w.spot))
    }, "tokens, attachments"),
    ("purging the organization", |w, t| {
        tokens(w, t);
        close(w);
        w.clock.advance(DAY * 30);
        by_host(PurgeOrganization::new(w.spot))
    }, "tokens, attachments"),
    ("revoking a token that others were issued with", |w, t| {
        tokens(w, t);
        by(w, "edda", RevokeToken::new(w.spot, id(w, "a")))
    }, "tokens {a} {b}, attachments"),
    ("revoking a token that was issued with another", |w, t| {
        tokens(w, t);
        by(w, "edda", RevokeToken::new(w.spot, id(w, "b")))
    }, "tokens {b}, attachments"),
    ("revoking a token that has expired", |w, t| {
        tokens(w, t);
        w.clock.advance(DAY);
        by(w, "mia", RevokeToken::new(w.spot, id(w, "c")))
    }, "tokens, attachments"),
    ("revoking all", |w, t| {
        tokens(w, t);
        by(w, "edda", RevokeTokens::new(w.spot, w.user("edda")))
    }, "tokens {a} {b}, attachments"),
    ("rotating a token", |w, t| {
        tokens(w, t);
        by(w, "edda", RotateToken::new(w.spot, id(w, "a")))
    }, "tokens, attachments"),
    ("issuing a token", |w, t| {
        tokens(w, t);
        by(w, "edda", IssueToken::new(w.spot, w.user("edda"), personal()))
    }, "tokens, attachments"),
    ("detaching", |w, t| {
        tokens(w, t);
        by(w, "ada", DetachUser::new(w.spot, w.user("edda"), w.lab))
    }, "tokens, attachments {edda} on {lab}"),
    ("detaching from an account that is closing", |w, t| {
        tokens(w, t);
        close_lab(w);
        by(w, "ada", DetachUser::new(w.spot, w.user("edda"), w.lab))
    }, "tokens, attachments"),
    ("attaching with a lower role", |w, t| {
        tokens(w, t);
        by(w, "ada", AttachUser::new(w.spot, w.user("edda"), w.lab, AccountRole::Viewer))
    }, "tokens, attachments"),
    ("a shorter life for a kind, and for what was issued with one of it", |w, t| {
        tokens(w, t);
        by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY))
    }, "tokens {a} {b} {d}, attachments"),
    ("a shorter life for another kind", |w, t| {
        tokens(w, t);
        by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Temporary).life(seconds(60)))
    }, "tokens {b} {c}, attachments"),
    ("a life for a kind that has none", |w, t| {
        tokens(w, t);
        by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Programmatic).life(DAY * 999))
    }, "tokens {e}, attachments"),
    ("a life that is just as long", |w, t| {
        tokens(w, t);
        by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Temporary).life(seconds(2 * 60 * 60)))
    }, "tokens, attachments"),
    ("a life that is a moment shorter", |w, t| {
        tokens(w, t);
        let life = seconds(2 * 60 * 60) - Duration::from_millis(1);
        by(w, "ada", SetTokenLife::new(w.spot, TokenKind::Temporary).life(life))
    }, "tokens {b} {c}, attachments"),
    ("a longer life again", |w, t| {
        tokens(w, t);
        let command = SetTokenLife::new(w.spot, TokenKind::Temporary);
        w.done(&w.caller("ada"), &command.clone().life(seconds(60)));
        by(w, "ada", command)
    }, "tokens, attachments"),
    ("several at once", |w, t| {
        tokens(w, t);
        let batch = Batch::new(w.spot)
            .and(RemoveUser::new(w.spot, w.user("mia")))
            .and(DetachUser::new(w.spot, w.user("rita"), w.lab))
            .and(RevokeToken::new(w.spot, id(w, "b")));
        (w.caller("ada"), Asked::Batch(batch))
    }, "tokens {b} {c}, attachments {rita} on {lab}"),
    ("several that come to nothing", |w, t| {
        tokens(w, t);
        let edda = w.user("edda");
        let batch = Batch::new(w.spot)
            .and(DetachUser::new(w.spot, edda, w.lab))
            .and(AttachUser::new(w.spot, edda, w.lab, AccountRole::Viewer))
            .and(SuspendUser::new(w.spot, edda))
            .and(ReactivateUser::new(w.spot, edda));
        (w.caller("ada"), Asked::Batch(batch))
    }, "tokens, attachments"),
    ("a token that comes and goes in the same commit", |w, t| {
        tokens(w, t);
        let command = CreateUser::new(w.spot, name("N"), email("n"), OrganizationRole::Member);
        let batch = Batch::new(w.spot)
            .and(command.token(personal()))
            .and(SuspendOrganization::new(w.spot, BILLING));
        (w.caller("ada"), Asked::Batch(batch))
    }, ALL),
];

/// Shows what a plan ends.
fn ends<C: Command>(w: &World, caller: &Caller, command: &C) -> String {
    let plan = w
        .registry
        .ask_at(Freshness::Latest, caller, &Plan::new(command));
    let ends = match plan {
        Ok(plan) => plan.value.ends,
        Err(error) => return w.told(&error),
    };
    let tokens: String = ends.tokens.iter().map(|id| format!(" {id}")).collect();
    let attachments = ends.attachments.iter();
    let attachments: Vec<_> = attachments
        .map(|(user, on)| format!(" {user} on {on}"))
        .collect();
    w.named(&format!(
        "tokens{tokens}, attachments{}",
        attachments.join(",")
    ))
}

/// Shows the same of what there is: which tokens are accepted, and who uses the product where.
fn there(w: &World, texts: &Texts) -> BTreeSet<String> {
    let accepted = texts
        .iter()
        .filter(|(_, text)| w.authenticate(text).is_ok());
    let mut there: BTreeSet<_> = accepted.map(|(alias, _)| format!("{{{alias}}}")).collect();
    for user in ["edda", "rita", "robo", "mia"] {
        for account in [w.main, w.lab, w.vault] {
            let check = Check::new(w.spot, name("fleet:read"), account);
            let answer = w
                .registry
                .ask_at(Freshness::Latest, &w.caller(user), &check);
            if answer.is_ok_and(|answer| answer.value.decision.is_allowed()) {
                there.insert(w.named(&format!("{{{user}}} on {account}")));
            }
        }
    }
    there
}

/// What a plan says would be good for nothing any more is what is good for nothing then.
#[test]
fn a_plan_says_what_it_ends() {
    let mut report = String::new();
    for (case, asked, then) in ENDS {
        let (w, mut texts) = (World::new(), Texts::new());
        let (caller, asked) = asked(&w, &mut texts);
        let found = each!(&asked, it => ends(&w, &caller, it));
        let before = there(&w, &texts);
        let told = each!(&asked, it => w.run(&caller, it));
        let after = there(&w, &texts);
        let gone: Vec<_> = before.difference(&after).cloned().collect();
        let mut said: Vec<_> = then
            .replace("tokens", "")
            .replace(", attachments", ",")
            .split(',')
            .enumerate()
            .flat_map(|(at, part)| match at {
                0 => part
                    .split_whitespace()
                    .map(Into::into)
                    .collect::<Vec<String>>(),
                _ => Vec::from([part.trim().into()]),
            })
            .filter(|it| !it.is_empty())
            .collect();
        said.sort_unstable();
        if found != *then || gone != said {
            report += &format!(
                "{case}\n    expected {then:?}\n    found    {found:?}\n    gone     {gone:?}, by \
                 {told}\n"
            );
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

/// Law X4: a plan shows nobody a user or a token that it may not read.
#[test]
fn a_plan_shows_what_the_caller_may_read() {
    fn closing(w: &World, actions: &[&str]) -> String {
        tokens(w, &mut Texts::new());
        let new = personal().actions(actions.iter().map(|it| name(it)));
        let (_, bearer) = w.bearer("ada", "t", new);
        ends(w, &bearer, &CloseAccount::new(w.spot, w.lab))
    }
    fn removing(w: &World, actions: &[&str]) -> String {
        tokens(w, &mut Texts::new());
        let new = personal().actions(actions.iter().map(|it| name(it)));
        let (_, bearer) = w.bearer("ada", "t", new);
        ends(w, &bearer, &RemoveUser::new(w.spot, w.user("edda")))
    }
    const ATTACHED: &str = "tokens, attachments {edda} on {lab}, {rita} on {lab}, {robo} on {lab}";
    crate::world::table(&[
        (
            "an account, with a token that may close it alone",
            |w| closing(w, &["account:close"]),
            "tokens, attachments",
        ),
        (
            "an account, with a token that reads accounts",
            |w| closing(w, &["account:close", "account:read"]),
            "tokens, attachments",
        ),
        (
            "an account, with a token that reads users",
            |w| closing(w, &["account:close", "user:read"]),
            "tokens, attachments",
        ),
        (
            "an account, with a token that reads both",
            |w| closing(w, &["account:close", "account:read", "user:read"]),
            ATTACHED,
        ),
        (
            "an account, with a token for it, which sees no user",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                ends(w, &bearer, &CloseAccount::new(w.spot, w.lab))
            },
            "tokens, attachments",
        ),
        (
            "a user, with a token that may remove users alone",
            |w| removing(w, &["user:remove"]),
            "tokens, attachments",
        ),
        (
            "a user, with a token that reads tokens",
            |w| removing(w, &["user:remove", "token:read"]),
            "tokens {a} {b}, attachments",
        ),
        (
            "a user, by somebody who may not remove it",
            |w| {
                tokens(w, &mut Texts::new());
                ends(
                    w,
                    &w.caller("vera"),
                    &RemoveUser::new(w.spot, w.user("edda")),
                )
            },
            ADMINS,
        ),
    ]);
}
