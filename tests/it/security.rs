//! Failures of comparable systems, one test each: the invariant that they broke holds here.

use tenancy::access::Access;
use tenancy::action::Action;
use tenancy::caller::Actor;
use tenancy::command::{
    AcceptInvitation, AcceptOwnership, ActivateOrganization, AddToGroup, AttachGroup, AttachPolicy,
    AttachUser, Batch, ChangeEmail, ChangeLabels, ChangeRole, CloseAccount, CloseOrganization,
    Command, CreateAccount, CreateGroup, CreateOrganization, CreatePolicy, CreateProgrammaticUser,
    CreateUser, DeclineInvitation, DeclineOwnership, DeleteGroup, DeletePolicy, DescribeUser,
    DetachGroup, DetachPolicy, DetachUser, ErasePerson, InviteUser, IssueToken, LeaveOrganization,
    LiftHold, LiftSuspension, MakeDefaultAccount, OfferOwnership, PlaceHold, ProveEmail,
    PurgeOrganization, ReactivateUser, RecordActivity, RemoveFromGroup, RemoveUser, RenameAccount,
    RenameOrganization, RenameUser, ResendInvitation, RestoreAccount, RestoreOrganization,
    RevokeInvitation, RevokeToken, RevokeTokens, RotateToken, SetBilling, SetReference,
    SetTokenLife, SignUp, SuspendOrganization, SuspendUser, UpdateGroup, UpdatePolicy,
    WithdrawOwnership,
};
use tenancy::environment::{Environment, EnvironmentError};
use tenancy::id::{
    AccountId, GroupId, HoldId, InvitationId, OrganizationId, PolicyId, TokenId, UserId,
};
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::event::Event;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::policy::{Holder, Reach};
use tenancy::organization::token::TokenKind;
use tenancy::organization::user::UserStatus;
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, CheckAfter, CheckMany, ExplainAccess, ExportUsers,
    FindOrganization, FindRecords, FindReference, GetAccount, GetBilling, GetGroup, GetInvitation,
    GetMarks, GetOrganization, GetPolicy, GetSettings, GetToken, GetUser, InvitationsOf,
    ListAccounts, ListGroups, ListInvitations, ListPayees, ListPolicies, ListRecords, ListTokens,
    ListUsers, OrganizationsOf, Plan, Query, Question, SwitchOrganization, WhoCan,
};
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::{Digest, InvitationSecret, ParsedSecret};
use tenancy::statement::PolicyKind;
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness, Request};

use crate::every::{allowing, group, policy};
use crate::world::{
    START, World, email, ghost, host, name, person, personal, programmatic, seconds, temporary,
    time,
};

mod linked;
mod rights;
mod tree;

/// Everything that can be asked of an organization's things, tried by one caller on one
/// organization and the things of any.
fn try_all(
    w: &World,
    caller: &Caller,
    (id, account, user, token): (OrganizationId, AccountId, UserId, TokenId),
) -> Vec<String> {
    let viewer = AccountRole::Viewer;
    let role = OrganizationRole::Member;
    let create = CreateUser::new(id, name("N"), email("n"), role);
    let program = CreateProgrammaticUser::new(id, name("n"), role);
    let batch = Batch::new(id).and(CreateAccount::new(id, name("N")));
    vec![
        w.run(caller, &ActivateOrganization::new(id)),
        w.run(caller, &CreateAccount::new(id, name("N"))),
        w.run(caller, &create),
        w.run(caller, &program),
        w.run(caller, &AttachUser::new(id, user, account, viewer)),
        w.run(caller, &DetachUser::new(id, user, account)),
        w.run(caller, &IssueToken::new(id, user, personal())),
        w.run(caller, &RevokeToken::new(id, token)),
        w.run(caller, &batch),
        w.ask(caller, &GetOrganization::new(id)),
        w.ask(caller, &GetAccount::new(id, account)),
        w.ask(caller, &GetAccount::default_of(id)),
        w.ask(caller, &ListAccounts::new(id)),
        w.ask(caller, &GetUser::new(id, user)),
        w.ask(caller, &ListUsers::new(id)),
        w.ask(caller, &ListUsers::new(id).of_account(account)),
        w.ask(caller, &GetToken::new(id, token)),
        w.ask(caller, &ListTokens::new(id)),
        w.ask(caller, &ListTokens::new(id).of_user(user)),
        w.ask(caller, &Check::new(id, name("account:read"), account)),
        w.ask(caller, &ListRecords::new(id)),
        w.ask(caller, &FindRecords::new(id)),
        w.ask(caller, &FindRecords::new(id).of_account(account)),
    ]
}

/// Everything of `spot` that a stranger may have heard of.
fn things(w: &World) -> (OrganizationId, AccountId, UserId, TokenId) {
    let (token, _) = w.mint(&w.caller("mia"), "mia", "t", temporary());
    (w.spot, w.lab, w.user("mia"), token)
}

/// What else there is of an organization, for [`try_more`].
#[derive(Clone, Copy)]
struct More {
    organization: OrganizationId,
    account: AccountId,
    user: UserId,
    token: TokenId,
    invitation: InvitationId,
    hold: HoldId,
    group: GroupId,
    policy: PolicyId,
}

/// The same things of `spot`, with an invitation, a hold, a group and a policy.
fn more(w: &World) -> More {
    let (organization, account, user, token) = things(w);
    let invite = InviteUser::new(w.spot, email("nora"), OrganizationRole::Member);
    let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("a case"));
    More {
        organization,
        account,
        user,
        token,
        invitation: w.done(&host(), &invite).id,
        hold: w.done(&host(), &hold),
        group: group(w, "on-call"),
        policy: policy(w, "read"),
    }
}

fn told<C: Command>(w: &World, by: &Caller, command: &C) -> (&'static str, String) {
    (C::KIND, w.run(by, command))
}

/// Every command on an organization's groups and policies, and every question about them and about
/// rights, by its name, with what came of it.
fn try_rights(w: &World, by: &Caller, it: More) -> Vec<(&'static str, String)> {
    let More {
        organization: id,
        account,
        user,
        group,
        policy,
        ..
    } = it;
    let (new, all) = (allowing(&["account:*"]), Reach::AllAccounts);
    let kind = PolicyKind::Account;
    let read = Question::new(name("account:read"), account);
    let remove = RemoveUser::new(id, user);
    let after = CheckAfter::new(&remove, id, [read.clone()]).of_user(user);
    let attach = |to: Holder| AttachPolicy::new(id, policy, to, all.clone());
    vec![
        told(w, by, &CreateGroup::new(id, name("New"))),
        told(w, by, &UpdateGroup::new(id, group, name("New"))),
        told(w, by, &AddToGroup::new(id, group, user)),
        told(
            w,
            by,
            &AttachGroup::new(id, group, account, AccountRole::Viewer),
        ),
        told(w, by, &DetachGroup::new(id, group, account)),
        told(
            w,
            by,
            &CreatePolicy::new(id, name("New"), kind, new.clone()),
        ),
        told(w, by, &UpdatePolicy::new(id, policy, name("New"), new)),
        told(w, by, &attach(group.into())),
        told(w, by, &attach(user.into())),
        told(w, by, &DetachPolicy::new(id, policy, group.into())),
        told(w, by, &DetachPolicy::new(id, policy, user.into())),
        told(w, by, &RemoveFromGroup::new(id, group, user)),
        told(w, by, &DeleteGroup::new(id, group)),
        told(w, by, &DeletePolicy::new(id, policy)),
        ("get_group", ask(w, by, &GetGroup::new(id, group))),
        ("list_groups", ask(w, by, &ListGroups::new(id))),
        ("get_policy", ask(w, by, &GetPolicy::new(id, policy))),
        ("list_policies", ask(w, by, &ListPolicies::new(id))),
        (
            "list_users",
            ask(w, by, &ListUsers::new(id).in_group(group)),
        ),
        (
            "check",
            ask(
                w,
                by,
                &Check::new(id, name("account:read"), account).of_user(user),
            ),
        ),
        (
            "check_many",
            ask(w, by, &CheckMany::new(id, [read.clone()])),
        ),
        (
            "allowed_actions",
            ask(w, by, &AllowedActions::new(id, account)),
        ),
        (
            "accessible_accounts",
            ask(w, by, &AccessibleAccounts::new(id, name("account:read"))),
        ),
        ("who_can", ask(w, by, &WhoCan::new(id, read.clone()))),
        (
            "explain_access",
            ask(w, by, &ExplainAccess::new(id, user, read.clone())),
        ),
        ("check_after", ask(w, by, &after)),
    ]
}

/// Every other command on an organization's things, by its name, with what came of it: all but
/// leaving and accepting an ownership, which concern the caller alone, and what needs no right.
fn try_more(w: &World, by: &Caller, it: More) -> Vec<(&'static str, String)> {
    let More {
        organization: id,
        account,
        user,
        token,
        invitation,
        hold,
        ..
    } = it;
    let reason = SuspensionReason::Abuse;
    let invite = InviteUser::new(id, email("zoe"), OrganizationRole::Member);
    let labels = ChangeLabels::new(id, Marked::User(user)).remove(name("team"));
    vec![
        told(w, by, &RenameOrganization::new(id, name("New"))),
        told(
            w,
            by,
            &SetTokenLife::new(id, TokenKind::Personal).life(seconds(60)),
        ),
        told(w, by, &RenameAccount::new(id, account, name("New"))),
        told(w, by, &MakeDefaultAccount::new(id, account)),
        told(w, by, &CloseAccount::new(id, account)),
        told(w, by, &RestoreAccount::new(id, account)),
        told(w, by, &labels),
        told(w, by, &ChangeLabels::new(id, Marked::Account(account))),
        told(w, by, &SetReference::new(id, Marked::User(user))),
        told(w, by, &SetReference::new(id, Marked::Account(account))),
        told(w, by, &invite.attach(account, AccountRole::Viewer)),
        told(w, by, &ResendInvitation::new(id, invitation)),
        told(w, by, &RevokeInvitation::new(id, invitation)),
        told(w, by, &RenameUser::new(id, user, name("New"))),
        told(
            w,
            by,
            &DescribeUser::new(id, user).description(name("text")),
        ),
        told(w, by, &ChangeEmail::new(id, user, email("new"))),
        told(w, by, &ChangeRole::new(id, user, OrganizationRole::Viewer)),
        told(w, by, &SuspendUser::new(id, user)),
        told(w, by, &ReactivateUser::new(id, user)),
        told(w, by, &RotateToken::new(id, token)),
        told(w, by, &RevokeTokens::new(id, user)),
        told(w, by, &OfferOwnership::new(id, user)),
        told(w, by, &RemoveUser::new(id, user)),
        told(w, by, &ErasePerson::new(id, user, ErasureGround::Legal)),
        told(w, by, &LiftHold::new(id, hold, name("over"))),
        told(w, by, &PlaceHold::new(id, HoldKind::Legal, name("mine"))),
        told(w, by, &DeclineOwnership::new(id, user)),
        told(w, by, &WithdrawOwnership::new(id, user)),
        told(w, by, &ProveEmail::new(id)),
        told(w, by, &SuspendOrganization::new(id, reason)),
        told(w, by, &LiftSuspension::new(id, reason)),
        told(w, by, &CloseOrganization::new(id)),
        told(w, by, &RestoreOrganization::new(id)),
        told(w, by, &PurgeOrganization::new(id)),
        told(w, by, &SetBilling::new(id).reference(name("cus_1"))),
        told(
            w,
            by,
            &RecordActivity::new(id, name("fleet:create"), account),
        ),
        (
            "get_invitation",
            ask(w, by, &GetInvitation::new(id, invitation)),
        ),
        ("list_invitations", ask(w, by, &ListInvitations::new(id))),
        (
            "get_marks of the user",
            ask(w, by, &GetMarks::new(id, Marked::User(user))),
        ),
        (
            "get_marks of the account",
            ask(w, by, &GetMarks::new(id, Marked::Account(account))),
        ),
        (
            "find_reference",
            ask(w, by, &FindReference::new(id, name("ref"))),
        ),
        ("export_users", ask(w, by, &ExportUsers::new(id))),
        ("get_billing", ask(w, by, &GetBilling::new(id))),
        ("get_settings", ask(w, by, &GetSettings::new(id))),
        ("list_payees", ask(w, by, &ListPayees::new(id))),
        ("plan", ask(w, by, &Plan::new(&RemoveUser::new(id, user)))),
    ]
}

/// Asks, and says no more of an answer than that there was one.
fn ask<Q: Query>(w: &World, caller: &Caller, query: &Q) -> String {
    match w.registry.ask_at(Freshness::Latest, caller, query) {
        Ok(_) => "answered".into(),
        Err(error) => w.told(&error),
    }
}

/// A command that is new is tried on foreign things too, or stands here with the reason why not.
#[test]
fn every_command_is_tried_on_foreign_things() {
    let w = World::new();
    let (eve, more) = (w.caller("eve"), more(&w));
    let things = (more.organization, more.account, more.user);
    let all = [
        try_more(&w, &eve, more),
        try_rights(&w, &eve, more),
        tree::try_tree(&w, &eve),
        linked::try_linked(&w, &eve, things, &linked::a_code(&w)),
    ];
    let mut tried: Vec<_> = all.into_iter().flatten().map(|it| it.0).collect();
    // Those of `try_all`.
    tried.extend([
        ActivateOrganization::KIND,
        CreateAccount::KIND,
        CreateUser::KIND,
        CreateProgrammaticUser::KIND,
        AttachUser::KIND,
        DetachUser::KIND,
        IssueToken::KIND,
        RevokeToken::KIND,
        Batch::KIND,
    ]);
    // Those that name nothing of an organization, or whose caller is all that they concern.
    tried.extend([
        SignUp::KIND,
        CreateOrganization::KIND,
        AcceptInvitation::KIND,
        DeclineInvitation::KIND,
        AcceptOwnership::KIND,
        LeaveOrganization::KIND,
    ]);
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/command")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path),
            }
        }
    }
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        for kind in text.split("const KIND: &'static str = \"").skip(1) {
            let kind = kind.split('"').next().unwrap();
            assert!(tried.contains(&kind), "`{kind}` is not tried");
        }
    }
}

/// ZITADEL GHSA-cpf4-pmr4-w6cx: an admin of one organization could change others.
#[test]
fn an_owner_of_one_organization_does_nothing_in_another() {
    let w = World::new();
    let before = w.feed().len();
    let things = things(&w);
    for told in try_all(&w, &w.caller("eve"), things) {
        assert_eq!(told, "not_found: `{spot}` is not found");
    }
    assert_eq!(w.feed().len(), before + 1, "nothing but the token was made");
    let (more, eve) = (more(&w), w.caller("eve"));
    let trees = tree::try_tree(&w, &eve);
    let before = w.feed().len();
    for (kind, told) in [try_more(&w, &eve, more), try_rights(&w, &eve, more), trees].concat() {
        assert_eq!(told, "not_found: `{spot}` is not found", "{kind}");
    }
    for told in [
        w.run(
            &w.caller("eve"),
            &AcceptOwnership::new(w.spot, w.user("ada")),
        ),
        w.run(&w.caller("eve"), &LeaveOrganization::new(w.spot)),
        ask(
            &w,
            &w.caller("eve").with_proven(email("eve")),
            &SwitchOrganization::new(w.spot),
        ),
    ] {
        assert_eq!(told, "not_found: `{spot}` is not found");
    }
    assert_eq!(w.feed().len(), before);
}

/// ZITADEL GHSA-f3gh-529w-v32x: settings could be changed without a role.
#[test]
fn whoever_has_no_role_does_nothing_by_default() {
    let w = World::new();
    let things = things(&w);
    let nobody = Caller::user(w.spot, ghost());
    for caller in [person("ada"), person("zoe"), nobody] {
        for told in try_all(&w, &caller, things) {
            let not_granted = told.contains("` is not granted: asks for");
            assert!(told.starts_with("not_found: `{") || not_granted, "{told}");
        }
    }
}

/// ZITADEL GHSA-c8fj-4pm8-mp2c / CVE-2022-36051: internal paths skipped the checks.
#[test]
fn batches_and_the_host_come_through_the_same_decision() {
    let w = World::new();
    let reach = CreateAccount::new(w.rival.organization, name("A"));
    let batch = Batch::new(w.spot).and(reach.clone());
    let other = "other_organization: a command of the batch names `{rival}`, expected `{spot}`";
    assert_eq!(w.run(&host(), &batch), other);
    assert_eq!(w.run(&w.caller("ada"), &batch), other);
    let batch = Batch::new(w.rival.organization).and(reach);
    let told = w.run(&w.caller("ada"), &batch);
    assert_eq!(told, "not_found: `{rival}` is not found");
    // The host skips rights, never rules, and reaches nothing across.
    let attach = AttachUser::new(w.spot, w.user("eve"), w.lab, AccountRole::Viewer);
    assert_eq!(w.run(&host(), &attach), "not_found: `{eve}` is not found");
    let owner = CreateProgrammaticUser::new(w.spot, name("b"), OrganizationRole::Owner);
    let told = w.run(&host(), &Batch::new(w.spot).and(owner));
    assert_eq!(
        told,
        "owner_not_person: a programmatic user cannot be owner"
    );
}

/// ZITADEL GHSA-g2pf-ww5m-2r9m: the organization was not enforced in a new way in.
#[test]
fn every_way_in_gives_the_same_answer() {
    let w = World::new();
    let ways = |user: &str| {
        let (_, text) = w.mint(&w.caller(user), user, "t", personal());
        [w.caller(user), w.authenticate(&text).unwrap()]
    };
    for user in ["vera", "mia", "edda"] {
        let things = (w.spot, w.vault, w.user("max"), ghost());
        let [signed_in, bearer] = ways(user);
        assert_eq!(
            try_all(&w, &signed_in, things),
            try_all(&w, &bearer, things)
        );
        let things = (
            w.rival.organization,
            w.rival.account,
            w.user("eve"),
            ghost(),
        );
        assert_eq!(
            try_all(&w, &signed_in, things),
            try_all(&w, &bearer, things)
        );
        let more = More {
            organization: w.spot,
            account: w.vault,
            user: w.user("max"),
            token: ghost(),
            invitation: ghost(),
            hold: ghost(),
            group: ghost(),
            policy: ghost(),
        };
        assert_eq!(try_more(&w, &signed_in, more), try_more(&w, &bearer, more));
        // The hot path and the question decide alike.
        for account in [w.main, w.lab, w.vault, w.rival.account, ghost()] {
            for action in [
                "fleet:read",
                "fleet:create",
                "account:read",
                "account:attach_user",
            ] {
                let hot = w
                    .registry
                    .with(w.spot, Freshness::Latest, |access: Access<'_>| {
                        let id = access.catalog().id(action).unwrap();
                        access.check(&bearer, id, &Resource::Account(account))
                    });
                let check = Check::new(w.spot, name(action), account);
                let asked = w.registry.ask(&bearer, &check).unwrap().value.decision;
                assert_eq!(hot.unwrap(), asked);
            }
        }
    }
}

/// ZITADEL GHSA-j4g7-v4m4-77px / CVE-2025-64717: a link to an identity provider that was switched
/// off still led to users. There are no providers yet; what leads from a person to its rights is a
/// user, and one that is suspended leads nowhere, on any path.
#[test]
fn what_is_switched_off_leads_nowhere() {
    const SUSPENDED: &str = "denied: the user is suspended";
    let w = World::new();
    let mia = w.caller("mia").with_proven(email("mia"));
    w.done(&mia, &ProveEmail::new(w.spot));
    let (_, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
    let bearer = w.authenticate(&text).unwrap();
    let invite = InviteUser::new(w.rival.organization, email("mia"), OrganizationRole::Member);
    let secret = w.done(&w.caller("eve"), &invite).secret.unwrap();
    let accept = AcceptInvitation::new(name(secret.expose()), name("Mia"));
    w.done(&w.caller("adam"), &SuspendUser::new(w.spot, w.user("mia")));
    for told in [
        // Neither by switching nor by a token that was authenticated while it was good for something.
        ask(&w, &person("mia"), &SwitchOrganization::new(w.spot)),
        ask(&w, &mia, &SwitchOrganization::new(w.spot)),
        w.run(&mia, &ProveEmail::new(w.spot)),
        w.run(&bearer, &ProveEmail::new(w.spot)),
        ask(&w, &mia, &ListUsers::new(w.spot)),
        ask(&w, &bearer, &ListUsers::new(w.spot)),
    ] {
        assert_eq!(told, SUSPENDED);
    }
    assert!(w.authenticate(&text).is_err());
    // Nor is her address free for another way in.
    let again = InviteUser::new(w.spot, email("mia"), OrganizationRole::Member);
    let told = w.run(&w.caller("adam"), &again);
    assert_eq!(told, "email_taken: address `mia@example.com` is taken");
    // A person is no organization's: elsewhere she may go on.
    let told = w.run(&person("mia"), &accept);
    assert_eq!(told, "invitation.accepted, user.created");
}

/// ZITADEL GHSA-jj94-6f5c-65r8: an organization was switched off, and what it had stayed usable.
#[test]
fn nothing_of_an_organization_that_is_off_allows_anything() {
    let w = World::new();
    let it = more(&w);
    let tokens: Vec<_> = [
        ("ada", personal()),
        ("edda", personal()),
        ("robo", programmatic()),
    ]
    .map(|(user, token)| w.mint(&w.caller(user), user, "t", token).1)
    .into();
    let bearers: Vec<_> = tokens
        .iter()
        .map(|it| w.authenticate(it).unwrap())
        .collect();
    let reason = SuspensionReason::Billing;
    type Turn = (&'static str, fn(&World));
    let off: [Turn; 3] = [
        ("suspended", |w| {
            w.done(
                &host(),
                &SuspendOrganization::new(w.spot, SuspensionReason::Billing),
            )
        }),
        ("closing", |w| {
            w.done(&w.caller("ada"), &CloseOrganization::new(w.spot))
        }),
        ("closed", |w| {
            // What is held is not purged.
            let hold = w.state(w.spot).holds()[0].id;
            w.done(&host(), &LiftHold::new(w.spot, hold, name("over")));
            w.clock.advance(seconds(31 * 24 * 60 * 60));
            w.done(&host(), &PurgeOrganization::new(w.spot));
        }),
    ];
    for (status, switch) in off {
        if status == "closing" {
            w.done(&host(), &LiftSuspension::new(w.spot, reason));
            let hold = w.state(w.spot).holds()[0].id;
            w.done(&host(), &LiftHold::new(w.spot, hold, name("over")));
        }
        switch(&w);
        if status == "closing" {
            w.done(
                &host(),
                &PlaceHold::new(w.spot, HoldKind::Legal, name("a case")),
            );
        }
        let before = w.feed().len();
        let denied = format!("denied: the organization is {status}");
        for bearer in &bearers {
            let things = (it.organization, it.account, it.user, it.token);
            for told in try_all(&w, bearer, things) {
                assert!(told.ends_with(&denied), "{status}: {told}");
            }
            for (kind, told) in try_more(&w, bearer, it) {
                assert_eq!(told, denied, "{status}: {kind}");
            }
        }
        assert!(tokens.iter().all(|text| w.authenticate(text).is_err()));
        for user in ["ada", "adam", "vera", "bill", "edda", "robo"] {
            for action in ["fleet:create", "account:create", "token:issue"] {
                let check = Check::new(w.spot, name(action), w.lab);
                let told = w.ask(&w.caller(user), &check);
                assert!(told.ends_with(&denied), "{status} {user}: {told}");
            }
        }
        // The host has no way to the product either.
        let told = w.ask(&host(), &Check::new(w.spot, name("fleet:create"), w.lab));
        assert!(told.ends_with(&denied), "{status}: {told}");
        // Nobody is taken in.
        assert_eq!(
            ask(&w, &person("nora"), &InvitationsOf::caller()),
            "answered"
        );
        let mine = w
            .registry
            .ask_at(Freshness::Latest, &person("nora"), &InvitationsOf::caller());
        assert!(mine.unwrap().value.rows.is_empty());
        assert_eq!(w.feed().len(), before, "{status}: nothing was done");
    }
}

/// ZITADEL GHSA-2w5j-qfvw-2hf5 / CVE-2024-46999: deactivated grants stayed in tokens, and the
/// interface always said active.
#[test]
fn what_was_taken_is_gone_from_tokens_and_from_answers() {
    let w = World::new();
    let edda = w.user("edda");
    let (_, bearer) = w.bearer("edda", "t", personal());
    w.done(&w.caller("adam"), &DetachUser::new(w.spot, edda, w.lab));
    let check = Check::new(w.spot, name("fleet:read"), w.lab);
    for caller in [bearer, w.caller("edda")] {
        let told = w.ask(&caller, &check);
        assert_eq!(
            told,
            "`fleet:read` on `{lab}` is not granted: asks for viewer"
        );
        assert_eq!(w.ask(&caller, &ListAccounts::new(w.spot)), "[]");
    }
    let query = ListUsers::new(w.spot).of_account(w.lab);
    assert_eq!(w.ask(&w.caller("vera"), &query), "[{rita}, {robo}]");
    // The same for a role in the organization, and for a user that is off: what is read is what
    // decides.
    let adam = w.user("adam");
    let (_, bearer) = w.bearer("adam", "a", personal());
    let check = Check::new(w.spot, name("account:create"), w.spot);
    let told = |told: &str| {
        for caller in [&bearer, &w.caller("adam")] {
            assert_eq!(
                w.ask(caller, &check),
                format!("`account:create` on `{{spot}}` is {told}")
            );
        }
        let user = w.state(w.spot).user(adam).unwrap().clone();
        format!("{} {}", user.status(), user.role())
    };
    assert_eq!(told("allowed by organization role admin"), "active admin");
    let ada = w.caller("ada");
    w.done(
        &ada,
        &ChangeRole::new(w.spot, adam, OrganizationRole::Billing),
    );
    assert_eq!(told("not granted: asks for admin"), "active billing");
    w.done(&ada, &SuspendUser::new(w.spot, adam));
    assert_eq!(told("denied: the user is suspended"), "suspended billing");
    w.done(
        &ada,
        &ChangeRole::new(w.spot, adam, OrganizationRole::Admin),
    );
    assert_eq!(told("denied: the user is suspended"), "suspended admin");
    w.done(&ada, &ReactivateUser::new(w.spot, adam));
    assert_eq!(told("allowed by organization role admin"), "active admin");
    w.check();
}

/// ZITADEL GHSA-qr2h-7pwm-h393: service accounts that were switched off still got tokens.
#[test]
fn a_program_that_is_off_gets_no_token() {
    let w = World::new();
    let (id, text) = w.mint(&w.caller("adam"), "robo", "t", programmatic());
    let bearer = w.authenticate(&text).unwrap();
    let issue = |token| IssueToken::new(w.spot, w.user("robo"), token);
    w.done(&w.caller("adam"), &SuspendUser::new(w.spot, w.user("robo")));
    for token in [programmatic(), temporary()] {
        for caller in [w.caller("adam"), w.caller("ada"), host()] {
            let told = w.run(&caller, &issue(token.clone()));
            assert_eq!(told, "user_status: user `{robo}` is suspended");
        }
        for caller in [&bearer, &w.caller("robo")] {
            let told = w.run(caller, &issue(token.clone()));
            assert_eq!(told, "denied: the user is suspended");
            let told = w.run(caller, &RotateToken::new(w.spot, id));
            assert_eq!(told, "denied: the user is suspended");
        }
    }
    // Another secret of a token that is there is as good for nothing as the one before.
    let rotated = w
        .done(&w.caller("adam"), &RotateToken::new(w.spot, id))
        .secret
        .unwrap();
    for text in [&*text, rotated.expose()] {
        assert!(w.authenticate(text).is_err());
    }
    w.done(&w.caller("adam"), &RemoveUser::new(w.spot, w.user("robo")));
    for caller in [w.caller("adam"), w.caller("ada"), host()] {
        for told in [
            w.run(&caller, &issue(programmatic())),
            w.run(&caller, &RotateToken::new(w.spot, id)),
        ] {
            assert_eq!(told, "user_status: user `{robo}` is removed");
        }
    }
    for caller in [&bearer, &w.caller("robo")] {
        assert!(
            w.run(caller, &issue(programmatic()))
                .starts_with("not_found: ")
        );
    }
}

/// Randomness that is none: every draw is the same.
struct Stuck(Timestamp);

impl Environment for Stuck {
    fn now(&self) -> Result<Timestamp, EnvironmentError> {
        Ok(self.0)
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), EnvironmentError> {
        bytes.fill(9);
        Ok(())
    }
}

/// ZITADEL GHSA-6x8v-2fq5-2229: a user who was deleted and made anew under the same id was back in
/// the old organization.
#[test]
fn an_id_is_never_used_again() {
    let w = World::new();
    let settings = w.registry.settings().clone();
    let stuck = tenancy::blocking::Registry::new(w.registry.store(), Stuck(w.now()), settings);
    let ada = w.caller("ada");
    // Each run has a command id of its own, as those would be used again too.
    let create = |organization, who| {
        CreateUser::new(organization, name("N"), email(who), OrganizationRole::Admin)
            .attach(w.lab, AccountRole::Editor)
    };
    let first = stuck
        .run(
            &ada,
            Request::new(&create(w.spot, "one")).named(name("first")),
        )
        .unwrap()
        .user;
    w.done(&ada, &RemoveUser::new(w.spot, first));
    let records = w.records(w.spot).len();
    // Whoever it would be, and whatever it would be made by, nothing is done.
    let told = |told: Result<(), tenancy::Error<_>>| w.told(&told.unwrap_err());
    const FAILED: &str = "expected random bytes, but their source failed";
    for who in ["one", "two"] {
        let result = stuck
            .run(&ada, Request::new(&create(w.spot, who)).named(name(who)))
            .map(drop);
        assert!(told(result).contains(FAILED));
    }
    let robot = CreateProgrammaticUser::new(w.spot, name("bot"), OrganizationRole::Member);
    assert!(
        told(
            stuck
                .run(&ada, Request::new(&robot).named(name("robot")))
                .map(drop)
        )
        .contains(FAILED)
    );
    let invite = InviteUser::new(w.spot, email("two"), OrganizationRole::Member);
    stuck
        .run(&ada, Request::new(&invite).named(name("invite")))
        .map(drop)
        .unwrap();
    let invite = InviteUser::new(w.spot, email("three"), OrganizationRole::Member);
    assert!(
        told(
            stuck
                .run(&ada, Request::new(&invite).named(name("again")))
                .map(drop)
        )
        .contains(FAILED)
    );
    assert_eq!(
        w.records(w.spot).len(),
        records + 1,
        "one invitation was sent"
    );
    assert!(
        w.state(w.spot)
            .user(first)
            .unwrap()
            .attachments()
            .is_empty()
    );
    // Under another organization the same id is somebody else, with nothing of the old one.
    let command = CreateUser::new(
        w.rival.organization,
        name("N"),
        email("two"),
        OrganizationRole::Member,
    );
    let other = stuck
        .run(&w.caller("eve"), Request::new(&command).named(name("eve")))
        .unwrap()
        .user;
    assert_eq!(other, first);
    let caller = Caller::user(w.rival.organization, other);
    let told = w.ask(&caller, &ListUsers::new(w.spot));
    assert_eq!(told, "not_found: `{spot}` is not found");
    assert_eq!(
        w.run(
            &caller,
            &CreateAccount::new(w.rival.organization, name("A"))
        ),
        "not granted: asks for admin"
    );
    // An organization that is there is not founded again.
    let sign_up = |n: &str| SignUp::new(name(n), name(n));
    let made = stuck.run(&person("one"), &sign_up("One")).unwrap();
    let twice = stuck.run(&person("two"), &sign_up("Two"));
    assert!(twice.is_err(), "{twice:?}");
    assert_eq!(w.records(made.organization).len(), 3);
}

/// Keycloak CVE-2026-1529 (GHSA-hcvw-475w-8g7p): whoever accepted an invitation could say to which
/// organization, and with which address.
#[test]
fn what_an_invitation_gives_is_what_is_kept_of_it() {
    let w = World::new();
    let invite = InviteUser::new(w.spot, email("nora"), OrganizationRole::Member)
        .attach(w.lab, AccountRole::Viewer);
    let minted = w.done(&w.caller("adam"), &invite);
    let secret = minted.secret.unwrap();
    let json = |more: &str| {
        let text = secret.expose();
        serde_json::from_str::<AcceptInvitation>(&format!(
            r#"{{"secret":"{text}","name":"Nora"{more}}}"#
        ))
    };
    for more in [
        r#","organization":"org_01h455vb4pex5vsknk084sn02q""#,
        r#","email":"eve@example.com""#,
        r#","role":"owner""#,
        r#","attachments":[]"#,
        r#","invitation":"invite_01h455vb4pex5vsknk084sn02q""#,
    ] {
        assert!(
            json(more)
                .unwrap_err()
                .to_string()
                .contains("unknown field"),
            "{more}"
        );
    }
    // Every character of the secret counts: with another there is no invitation at all.
    let text = secret.expose();
    for at in 0..text.len() {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        let changed = String::from_utf8(bytes).unwrap();
        if let Ok(secret) = changed.parse::<InvitationSecret>() {
            let told = w.run(&person("nora"), &AcceptInvitation::new(secret, name("N")));
            assert!(told.starts_with("not_found: "), "{at}: {told}");
        }
    }
    let user = w.done(&person("nora"), &json("").unwrap());
    let state = w.state(w.spot);
    let user = state.user(user).unwrap();
    assert_eq!(user.proven_email(), Some(&email("nora")));
    assert_eq!(user.role(), OrganizationRole::Member);
    assert_eq!(user.role_on(w.lab), Some(AccountRole::Viewer));
    assert_eq!(user.attachments().len(), 1);
}

/// Keycloak CVE-2026-16072: a manager read the secret of an invitation, and accepted it itself.
#[test]
fn who_invites_cannot_accept() {
    let w = World::new();
    let adam = w.caller("adam").with_proven(email("adam"));
    let invite = InviteUser::new(w.spot, email("nora"), OrganizationRole::Member);
    let once = || Request::new(&invite).named(name("once"));
    let minted = w.registry.run(&adam, once()).unwrap();
    let text = minted.secret.unwrap().expose().to_owned();
    // Told once: repeating it tells no more, and sending it again ends it.
    assert!(w.registry.run(&adam, once()).unwrap().secret.is_none());
    let secret = text.rsplit('_').next().unwrap();
    for caller in [&adam, &w.caller("ada"), &host()] {
        let one = w
            .registry
            .ask(caller, &GetInvitation::new(w.spot, minted.id))
            .unwrap()
            .value;
        let all = w
            .registry
            .ask(caller, &ListInvitations::new(w.spot))
            .unwrap()
            .value;
        let log = w
            .registry
            .ask(caller, &ListRecords::new(w.spot))
            .unwrap()
            .value;
        let said = serde_json::to_string(&(&one, &all, &log)).unwrap();
        assert!(!said.contains(secret) && !said.contains(&secret[43..]));
        // The log names the digest, which is no secret; the invitation does not.
        let said = serde_json::to_string(&(&one, &all)).unwrap();
        assert!(!said.contains("digest"), "{said}");
    }
    // Even who knows it (the host sent it through adam's hands) has to be whom it is for.
    let accept = AcceptInvitation::new(name(&text), name("Adam"));
    let other = Caller::person(name("nora@example.org"));
    for caller in [
        &adam,
        &person("adam"),
        &other,
        &w.caller("eve").with_proven(email("eve")),
    ] {
        assert!(w.run(caller, &accept).starts_with("not_found: "));
    }
    assert_eq!(
        w.run(&w.caller("adam"), &accept),
        "proof_required: the caller has proven no address"
    );
    assert_eq!(
        w.run(&host(), &accept),
        "proof_required: the caller has proven no address"
    );
    // It signs nobody in, and no token accepts it.
    assert!(w.authenticate(&text).is_err());
    assert_eq!(
        w.run(&person("nora"), &accept),
        "invitation.accepted, user.created"
    );
}

/// Keycloak #49069, #47080: a child was read or deleted under "any" parent.
#[test]
fn a_child_under_another_parent_is_not_found() {
    let w = World::new();
    let (_, account, user, token) = things(&w);
    let id = w.rival.organization;
    let eve = w.caller("eve");
    let told = try_all(&w, &eve, (id, account, user, token));
    let of_children = [4, 5, 6, 7, 10, 13, 15, 16, 18];
    for at in of_children {
        assert!(told[at].starts_with("not_found: `{"), "{at}: {}", told[at]);
    }
    assert!(told[19].contains("is not granted"), "{}", told[19]);
    let it = More {
        organization: id,
        ..more(&w)
    };
    let before = w.records(w.spot);
    let of_organization = [
        "rename_organization",
        "set_token_life",
        "place_hold",
        "prove_email",
        "suspend_organization",
        "lift_suspension",
        "close_organization",
        "restore_organization",
        "purge_organization",
        "list_invitations",
        "find_reference",
        "export_users",
        "set_billing",
        "get_billing",
        "get_settings",
        "list_payees",
    ];
    for caller in [&eve, &host()] {
        for (kind, told) in try_more(&w, caller, it) {
            if of_organization.contains(&kind) {
                continue;
            }
            let expected = match kind {
                "lift_hold" => "no_hold: there is no hold",
                "withdraw_ownership" => "nothing",
                "decline_ownership" if caller == &eve => "no_offer: ",
                "decline_ownership" | "offer_ownership" if caller == &host() => "not_signed_in: ",
                // Not even the organization's owner gives references.
                "set_reference" | "get_marks of the user" => "not_found: `{mia}",
                "resend_invitation" | "revoke_invitation" | "get_invitation" => {
                    "not_found: `invite_"
                }
                _ => "not_found: `{",
            };
            let account = told == "not_found: `{lab}` is not found";
            assert!(told.starts_with(expected) || account, "{kind}: {told}");
        }
    }
    // Nor as a part of what is one's own.
    let den = w.rival.account;
    let (member, viewer) = (OrganizationRole::Member, AccountRole::Viewer);
    let user = CreateUser::new(id, name("N"), email("fresh"), member);
    let program = CreateProgrammaticUser::new(id, name("n"), member);
    let here = personal().accounts([den, account]);
    for told in [
        w.run(&eve, &CloseAccount::new(id, den).successor(account)),
        w.run(
            &eve,
            &user.clone().attach(den, viewer).attach(account, viewer),
        ),
        w.run(&eve, &user.token(here.clone())),
        w.run(&eve, &program.clone().attach(account, viewer)),
        w.run(&eve, &program.token(programmatic().accounts([account]))),
        w.run(&eve, &IssueToken::new(id, w.rival.owner, here)),
        w.run(&eve, &AttachUser::new(id, w.rival.owner, account, viewer)),
        w.run(&eve, &DetachUser::new(id, w.rival.owner, account)),
        w.run(
            &eve,
            &Batch::new(id).and(RenameAccount::new(id, account, name("N"))),
        ),
    ] {
        assert_eq!(told, "not_found: `{lab}` is not found");
    }
    let told = w.run(&eve, &AcceptOwnership::new(id, w.user("ada")));
    assert_eq!(told, "no_offer: there is no such offer of the ownership");
    let told = w.run(&person("nora"), &DeclineInvitation::new(id, it.invitation));
    assert!(told.starts_with("not_found: `invite_"), "{told}");
    assert_eq!(
        w.records(w.spot),
        before,
        "nothing happened to the organization that has them"
    );
    let state = w.state(w.spot);
    assert_eq!(state.token(token).unwrap().revoked_at(), None);
}

/// Keycloak CVE-2026-2366: a low-privilege token listed a user's memberships.
#[test]
fn memberships_are_the_persons_own() {
    let w = World::new();
    let role = OrganizationRole::Viewer;
    let add = CreateUser::new(w.rival.organization, name("Mia"), email("mia"), role);
    w.done(&w.caller("eve"), &add);
    let (_, bearer) = w.bearer("ada", "a", personal());
    for caller in [w.caller("mia"), w.caller("ada"), bearer, host()] {
        let told = w.ask(&caller, &OrganizationsOf::caller());
        assert_eq!(told, "proof_required: the caller has proven no address");
    }
    // Neither organization's user says anything of the other.
    let page = w
        .registry
        .ask(&w.caller("vera"), &ListUsers::new(w.spot))
        .unwrap();
    let text = serde_json::to_string(&page.value).unwrap();
    assert!(!text.contains(&w.rival.organization.to_string()));
}

/// Keycloak CVE-2026-9087: the proof of an address was good for another one. There are no
/// providers yet; a proof counts for the caller that the host says, at its organization, for the
/// address that was asked for, as long as it is asked for.
#[test]
fn a_proof_is_good_for_one_thing() {
    let w = World::new();
    let ask_for = |user: &str, address: &str| {
        w.done(
            &w.caller(user),
            &ChangeEmail::new(w.spot, w.user(user), name(address)),
        );
    };
    let prove = |user: &str, address: &str| {
        let caller = w.caller(user).with_proven(name(address));
        w.run(&caller, &ProveEmail::new(w.spot))
    };
    const MISMATCH: &str =
        "email_mismatch: the proven address is neither the user's nor the one that was asked for";
    ask_for("mia", "mia@new.example");
    ask_for("max", "max@new.example");
    // Another's proof, another's user, another organization.
    assert_eq!(prove("max", "mia@new.example"), MISMATCH);
    assert_eq!(prove("mia", "max@new.example"), MISMATCH);
    assert_eq!(prove("mia", "mia@new.example.org"), MISMATCH);
    let elsewhere = w.caller("eve").with_proven(name("mia@new.example"));
    assert_eq!(
        w.run(&elsewhere, &ProveEmail::new(w.spot)),
        "not_found: `{spot}` is not found"
    );
    assert_eq!(
        w.run(&elsewhere, &ProveEmail::new(w.rival.organization)),
        MISMATCH
    );
    assert_eq!(prove("mia", "mia@new.example"), "user.email_proven");
    // Once: after another was asked for and proven, the first proof is worth nothing.
    ask_for("mia", "mia@newer.example");
    assert_eq!(prove("mia", "mia@newer.example"), "user.email_proven");
    assert_eq!(prove("mia", "mia@new.example"), MISMATCH);
    // Having been invited proves nothing for a user that is there, nor the other way round.
    let invite = InviteUser::new(w.spot, email("nora"), OrganizationRole::Owner);
    let secret = w.done(&w.caller("ada"), &invite).secret.unwrap();
    let accept = AcceptInvitation::new(name(secret.expose()), name("Max"));
    let told = w.run(
        &w.caller("max").with_proven(name("max@new.example")),
        &accept,
    );
    assert!(told.starts_with("not_found: "), "{told}");
    assert_eq!(prove("max", "nora@example.com"), MISMATCH);
}

/// Keycloak GHSA-83c4-ffjp-mxp9: of two limits one was ignored. A token ends at the earliest of what
/// the host allows, what the organization allows, when its parent ends and what was asked for.
#[test]
fn of_several_limits_the_strictest_counts() {
    let mut settings = World::new().registry.settings().clone();
    settings.rules.personal_token_life = Some(seconds(100));
    let after = |it: u64| time(START).saturating_add(seconds(it));
    for own in [None, Some(90), Some(60), Some(30)] {
        for parent in [None, Some(70), Some(50)] {
            for asked in [
                None,
                Some(110),
                Some(100),
                Some(80),
                Some(65),
                Some(40),
                Some(20),
            ] {
                let w = World::with(settings.clone());
                // The parent is older than the organization's limit, which comes behind it.
                let bearer = match parent {
                    Some(end) => w.bearer("mia", "p", personal().expires_at(after(end))).1,
                    None => w.caller("mia"),
                };
                let mut limit = SetTokenLife::new(w.spot, TokenKind::Personal);
                if let Some(own) = own {
                    limit = limit.life(seconds(own));
                    w.done(&w.caller("ada"), &limit);
                }
                let mut token = personal();
                if let Some(asked) = asked {
                    token = token.expires_at(after(asked));
                }
                let told = w.run(&bearer, &IssueToken::new(w.spot, w.user("mia"), token));
                let max = [Some(100), own, parent]
                    .into_iter()
                    .flatten()
                    .min()
                    .unwrap();
                let case = format!("{own:?} {parent:?} {asked:?}: {told}");
                if parent.is_some_and(|it| own.is_some_and(|own| own < it)) {
                    assert!(told.contains("not what the rules allow any more"), "{case}");
                    continue;
                }
                if asked.is_some_and(|it| it > max) {
                    assert!(told.starts_with("token_life: "), "{case}");
                    continue;
                }
                assert_eq!(told, "token.issued", "{case}");
                let state = w.state(w.spot);
                let end = state.tokens().last().unwrap().expires_at();
                assert_eq!(end, Some(after(asked.unwrap_or(max))), "{case}");
            }
        }
    }
    // The order in which the limits were set makes no difference.
    for lives in [[50, 80], [80, 50]] {
        let w = World::with(settings.clone());
        let (_, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
        for (life, accepted) in [(lives[0], false), (100, true), (lives[1], false)] {
            let limit = SetTokenLife::new(w.spot, TokenKind::Personal).life(seconds(life));
            w.done(&w.caller("ada"), &limit);
            assert_eq!(w.authenticate(&text).is_ok(), accepted, "{life}");
        }
        let limit = SetTokenLife::new(w.spot, TokenKind::Personal).life(seconds(101));
        assert!(
            w.run(&w.caller("ada"), &limit)
                .starts_with("token_life_rule: ")
        );
    }
}

/// Keycloak CVE-2026-4630: a resource of another server was read and changed by its UUID.
#[test]
fn knowing_an_id_is_no_right() {
    let w = World::new();
    let (_, account, user, token) = things(&w);
    for caller in ["eve", "max"] {
        let caller = w.caller(caller);
        let id = caller.organization().unwrap();
        // A bare UUID is the same id, and no more of a right.
        let uuid = account.to_uuid().hyphenated().to_string();
        let query = GetAccount::new(id, name(&uuid));
        assert_eq!(w.ask(&caller, &query), "not_found: `{lab}` is not found");
        for told in [
            w.ask(&caller, &GetUser::new(id, user)),
            w.ask(&caller, &GetToken::new(id, token)),
            w.run(&caller, &RevokeToken::new(id, token)),
            w.run(&caller, &DetachUser::new(id, user, account)),
        ] {
            assert!(told.starts_with("not_found: "), "{told}");
        }
    }
    // A member who knows every id of its own organization does nothing with them.
    let it = more(&w);
    let before = w.feed().len();
    for (kind, told) in try_more(&w, &w.caller("max"), it) {
        let refused = [
            "not_found: `",
            "not granted: ",
            "proof_required: ",
            "no_offer: ",
        ];
        // How long tokens live in its organization is every member's to read.
        let nothing = matches!(kind, "find_reference" | "get_settings") && told == "answered";
        assert!(
            nothing || refused.iter().any(|it| told.starts_with(it)),
            "{kind}: {told}"
        );
    }
    assert_eq!(w.feed().len(), before);
}

/// Keycloak CVE-2021-3754: a user's name was equal to another's address.
#[test]
fn no_value_finds_two_users() {
    let w = World::new();
    let role = OrganizationRole::Member;
    let ada = w.caller("ada");
    let named = CreateUser::new(w.spot, name("mia@example.com"), email("n"), role);
    let other = w.done(&ada, &named).user;
    let state = w.state(w.spot);
    let found = state.user_by_email(&email("mia")).unwrap().id();
    assert_eq!(found, w.user("mia"), "a name is no address");
    assert_ne!(found, other);
    for address in ["MIA@example.com", "mia@EXAMPLE.com"] {
        let twin = CreateUser::new(w.spot, name("M"), name(address), role);
        let told = w.run(&ada, &twin);
        assert_eq!(told, format!("email_taken: address `{address}` is taken"));
    }
    // Nor by any other way to an address: asking for it, proving it, being invited under it.
    for address in ["mia@example.com", "MIA@example.com"] {
        let taken = format!("email_taken: address `{address}` is taken");
        let ask_for = ChangeEmail::new(w.spot, w.user("max"), name(address));
        assert_eq!(w.run(&ada, &ask_for), taken);
        // A member, who reads no users, is not told so before the address is proven.
        let told = w.run(&w.caller("max"), &ask_for);
        assert!(["user.email_requested", "nothing"].contains(&&*told));
        assert_eq!(
            w.run(&ada, &InviteUser::new(w.spot, name(address), role)),
            taken
        );
        let max = w.caller("max").with_proven(name(address));
        assert_eq!(w.run(&max, &ProveEmail::new(w.spot)), taken);
    }
    w.done(&ada, &InviteUser::new(w.spot, email("nora"), role));
    let invited = "already_invited: address `Nora@example.com` is invited already";
    let nora = || name("Nora@example.com");
    assert_eq!(
        w.run(&ada, &CreateUser::new(w.spot, name("N"), nora(), role)),
        invited
    );
    assert_eq!(
        w.run(&ada, &ChangeEmail::new(w.spot, w.user("max"), nora())),
        invited
    );
    assert_eq!(w.run(&ada, &InviteUser::new(w.spot, nora(), role)), invited);
}

/// Django CVE-2019-19844: Unicode case mapping made two addresses equal.
#[test]
fn only_ascii_letters_fold() {
    for text in [
        "m\u{131}a@example.com",
        "mia@e\u{212a}ample.com",
        "\u{ff4d}ia@example.com",
    ] {
        assert!(text.parse::<tenancy::email::Email>().is_err());
    }
    let w = World::new();
    let state = w.state(w.spot);
    for address in ["mia@example.com", "MIA@EXAMPLE.COM", "Mia@Example.com"] {
        let address: tenancy::email::Email = name(address);
        let found = state.user_by_email(&address).map(|user| user.id());
        assert_eq!(found, Some(w.user("mia")));
        assert_eq!(address.canonical(), "mia@example.com");
    }
    // By the same form an invitation is for somebody.
    let invite = InviteUser::new(w.spot, name("Kim@Example.com"), OrganizationRole::Member);
    let secret = w.done(&w.caller("ada"), &invite).secret.unwrap();
    let accept = AcceptInvitation::new(name(secret.expose()), name("Kim"));
    assert!(
        "\u{212a}im@example.com"
            .parse::<tenancy::email::Email>()
            .is_err()
    );
    for other in [
        "kim@example.co",
        "kim+a@example.com",
        "k.im@example.com",
        "kim@example.com.org",
    ] {
        let told = w.run(&Caller::person(name(other)), &accept);
        assert!(told.starts_with("not_found: "), "{other}: {told}");
    }
    let told = w.run(&Caller::person(name("KIM@example.COM")), &accept);
    assert_eq!(told, "invitation.accepted, user.created");
}

/// Grafana CVE-2023-3128: users were matched by an address, which changes and is not unique. An
/// address never makes one user another: it only leads the person who has proven it to the user
/// that has it now, and each organization judges its own.
#[test]
fn an_address_makes_nobody_somebody_else() {
    let w = World::new();
    let ada = w.caller("ada");
    // A user with eve's address is not eve, nor does it lead anybody to eve's organization.
    let twin = CreateUser::new(w.spot, name("E"), email("eve"), OrganizationRole::Admin);
    let twin = Caller::user(w.spot, w.done(&ada, &twin).user);
    assert_eq!(
        ask(&w, &twin, &GetOrganization::new(w.rival.organization)),
        "not_found: `{rival}` is not found"
    );
    assert_eq!(
        ask(&w, &twin, &OrganizationsOf::caller()),
        "proof_required: the caller has proven no address"
    );
    assert_eq!(
        ask(&w, &w.caller("eve"), &GetOrganization::new(w.spot)),
        "not_found: `{spot}` is not found"
    );
    // Who has proven an address is no user by that.
    let it = more(&w);
    for (kind, told) in try_more(&w, &person("ada"), it) {
        assert_eq!(told, "not_found: `{spot}` is not found", "{kind}");
    }
    // Asking for an address leads nobody anywhere, and signs nobody in.
    let mia = w.user("mia");
    let change = ChangeEmail::new(w.spot, mia, email("new"));
    w.done(&w.caller("mia"), &change);
    let switch = SwitchOrganization::new(w.spot);
    assert_eq!(
        ask(&w, &person("new"), &switch),
        "not_found: `{spot}` is not found"
    );
    let led = |who: &str| {
        let told = w.registry.ask_at(Freshness::Latest, &person(who), &switch);
        told.ok().map(|it| it.value.user)
    };
    assert_eq!(led("mia"), Some(mia));
    w.done(
        &w.caller("mia").with_proven(email("new")),
        &ProveEmail::new(w.spot),
    );
    assert_eq!((led("mia"), led("new")), (None, Some(mia)));
    // The old address may become somebody else's: it is another user, with nothing of mia's.
    let (_, text) = w.mint(&w.caller("mia"), "mia", "t2", personal());
    let next = CreateUser::new(w.spot, name("M"), email("mia"), OrganizationRole::Viewer);
    let next = w.done(&ada, &next).user;
    assert_eq!((led("mia"), led("new")), (Some(next), Some(mia)));
    assert_eq!(w.authenticate(&text).unwrap().user_id(), Some(mia));
    assert_eq!(
        w.state(w.spot).user(mia).unwrap().role(),
        OrganizationRole::Member
    );
}

/// Grafana CVE-2021-41244: an admin of one organization listed and changed roles in others.
#[test]
fn a_role_is_listed_and_changed_in_its_organization_alone() {
    let w = World::new();
    let id = w.rival.organization;
    let eve = w.caller("eve");
    // Mia is a member here and becomes an owner there.
    let add = CreateUser::new(id, name("Mia"), email("mia"), OrganizationRole::Member);
    let there = w.done(&eve, &add).user;
    let before = rights(&w);
    w.done(&eve, &ChangeRole::new(id, there, OrganizationRole::Owner));
    assert_eq!(rights(&w), before, "what she is there is nothing here");
    for caller in [
        &eve,
        &Caller::user(id, there),
        &Caller::user(id, w.user("ada")),
    ] {
        for told in [
            w.ask(caller, &ListUsers::new(w.spot)),
            w.ask(caller, &ListUsers::new(w.spot).of_account(w.lab)),
            w.ask(caller, &GetUser::new(w.spot, w.user("mia"))),
            ask(&w, caller, &ExportUsers::new(w.spot)),
            w.run(
                caller,
                &ChangeRole::new(w.spot, w.user("mia"), OrganizationRole::Owner),
            ),
            w.run(
                caller,
                &ChangeRole::new(w.spot, there, OrganizationRole::Owner),
            ),
        ] {
            assert_eq!(told, "not_found: `{spot}` is not found");
        }
    }
    for user in ["mia", "ada"] {
        let told = w.run(
            &eve,
            &ChangeRole::new(id, w.user(user), OrganizationRole::Member),
        );
        assert_eq!(told, format!("not_found: `{{{user}}}` is not found"));
    }
    fn rights(w: &World) -> Vec<String> {
        let entries = w.registry.settings().catalog.entries();
        let told = entries.map(|entry| {
            let check = Check::new(w.spot, entry.action.clone(), w.lab);
            w.ask(&w.caller("mia"), &check)
        });
        told.collect()
    }
}

/// Grafana CVE-2024-1313: a user of another organization passed a check that an own user failed.
#[test]
fn a_stranger_is_never_more_than_a_member() {
    let w = World::new();
    let things = (w.spot, w.vault, w.user("max"), ghost());
    let allowed = |told: &String| !told.contains("not found") && !told.contains("not granted");
    let member = try_all(&w, &w.caller("mia"), things);
    let member: Vec<bool> = member.iter().map(allowed).collect();
    for stranger in [w.caller("eve"), person("mia"), person("ada")] {
        let told = try_all(&w, &stranger, things);
        for (at, told) in told.iter().enumerate() {
            assert!(!allowed(told) || member[at], "{at}: {told}");
            assert!(!allowed(told), "{at}: {told}");
        }
    }
    let it = more(&w);
    let gone = Caller::user(w.spot, w.user("rita"));
    w.done(&gone, &LeaveOrganization::new(w.spot));
    for stranger in [w.caller("eve"), person("mia"), person("ada"), gone] {
        for (kind, told) in try_more(&w, &stranger, it) {
            let no = told.starts_with("not_found: `{") || told.starts_with("not_found: `invite_");
            // Who was of it once may know that it is there, and no more.
            let once = stranger.organization() == Some(w.spot);
            assert!(
                no || once && told.starts_with("not_found: "),
                "{kind}: {told}"
            );
        }
    }
}

/// Grafana CVE-2026-21727: rows of the organization 0 were everybody's.
#[test]
fn no_id_means_none_or_all() {
    let w = World::new();
    for text in [
        "",
        "0",
        "*",
        "null",
        "org_",
        "org_00000000000000000000000000",
        "org_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        // Most are no ids at all; what is one is that of an organization that is not there.
        let Ok(id) = text.parse::<OrganizationId>() else {
            continue;
        };
        for caller in [
            host(),
            w.caller("ada"),
            Caller::user(id, w.user("ada")),
            person("ada"),
        ] {
            assert!(
                ask(&w, &caller, &ListUsers::new(id)).starts_with("not_found: "),
                "{text}"
            );
            let told = w.run(&caller, &CreateAccount::new(id, name("A")));
            assert!(told.starts_with("not_found: "), "{text}: {told}");
        }
    }
    // No command and no question is one without an organization, or of several.
    let email = r#""email":"a@example.com""#;
    for json in [
        format!(r#"{{{email},"role":"member"}}"#),
        format!(r#"{{"organization":null,{email},"role":"member"}}"#),
        format!(r#"{{"organization":"",{email},"role":"member"}}"#),
        format!(r#"{{"organization":0,{email},"role":"member"}}"#),
        format!(
            r#"{{"organization":["{}"],{email},"role":"member"}}"#,
            w.spot
        ),
    ] {
        assert!(serde_json::from_str::<InviteUser>(&json).is_err(), "{json}");
    }
    assert!(serde_json::from_str::<ListUsers>("{}").is_err());
    assert!(serde_json::from_str::<ListUsers>(r#"{"organization":null}"#).is_err());
    // An organization of no users and no accounts would be nobody's: the last owner stays.
    let told = w.run(
        &w.caller("eve"),
        &LeaveOrganization::new(w.rival.organization),
    );
    assert!(told.starts_with("last_owner: "));
}

/// Grafana CVE-2026-22640: an organization's admin deleted the only admin of the server.
#[test]
fn nobody_ends_who_stands_higher_and_nobody_the_last_owner() {
    let w = World::new();
    let (_, whole) = w.bearer("adam", "t", personal());
    w.done(
        &w.caller("ada"),
        &ChangeRole::new(w.spot, w.user("robo"), OrganizationRole::Admin),
    );
    let (_, bot) = w.bearer("robo", "r", programmatic());
    fn ends(w: &World, by: &Caller, user: UserId) -> [String; 9] {
        [
            w.run(by, &RemoveUser::new(w.spot, user)),
            w.run(by, &SuspendUser::new(w.spot, user)),
            w.run(by, &ReactivateUser::new(w.spot, user)),
            w.run(by, &ChangeRole::new(w.spot, user, OrganizationRole::Member)),
            w.run(by, &RenameUser::new(w.spot, user, name("X"))),
            w.run(by, &ChangeEmail::new(w.spot, user, email("x"))),
            w.run(by, &RevokeTokens::new(w.spot, user)),
            w.run(by, &IssueToken::new(w.spot, user, personal())),
            w.run(by, &Batch::new(w.spot).and(RemoveUser::new(w.spot, user))),
        ]
    }
    for caller in [&w.caller("adam"), &whole, &bot] {
        for user in ["ada", "olga"] {
            for told in ends(&w, caller, w.user(user)) {
                assert_eq!(
                    told,
                    format!("outranked: `{{{user}}}` is owner, and the caller is admin")
                );
            }
        }
        for told in ends(&w, caller, w.user("anna")) {
            assert_eq!(
                told,
                "outranked: `{anna}` is admin, and the caller is admin"
            );
        }
    }
    // The last owner who keeps the organization is nobody's to end: not another owner's, not the
    // host's, not its own.
    for caller in [&w.caller("olga"), &host(), &w.caller("ada")] {
        for told in [
            w.run(caller, &RemoveUser::new(w.spot, w.user("ada"))),
            w.run(caller, &SuspendUser::new(w.spot, w.user("ada"))),
            w.run(
                caller,
                &ChangeRole::new(w.spot, w.user("ada"), OrganizationRole::Admin),
            ),
            w.run(
                caller,
                &Batch::new(w.spot).and(RemoveUser::new(w.spot, w.user("ada"))),
            ),
        ] {
            assert!(
                told.starts_with("last_owner: `{ada}` is the last owner"),
                "{told}"
            );
        }
    }
    let told = w.run(&w.caller("ada"), &LeaveOrganization::new(w.spot));
    assert!(told.starts_with("last_owner: "), "{told}");
}

/// Grafana CVE-2026-21721: the action was checked, the scope of its target not.
#[test]
fn a_right_on_one_account_says_nothing_of_another() {
    let w = World::new();
    let edda = w.caller("edda");
    for (account, create) in [(w.lab, true), (w.vault, false), (w.main, false)] {
        let check = Check::new(w.spot, name("fleet:create"), account);
        let answer = w.registry.ask(&edda, &check).unwrap();
        assert_eq!(answer.value.decision.is_allowed(), create);
    }
    let of_organization = Check::new(w.spot, name("fleet:create"), w.spot);
    let answer = w.registry.ask(&edda, &of_organization).unwrap();
    assert!(!answer.value.decision.is_allowed());
    // A token for one account does nothing to another, whoever's it is.
    let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
    let attach = AttachUser::new(w.spot, w.user("mia"), w.vault, AccountRole::Viewer);
    let told = w.run(&bearer, &attach);
    assert_eq!(told, "denied: the token is confined to other accounts");
}

/// Grafana PR 120457 (public dashboards): the role was checked, the organization not.
#[test]
fn a_role_counts_in_its_organization_alone() {
    let w = World::new();
    let role = OrganizationRole::Member;
    let add = CreateUser::new(w.rival.organization, name("Ada"), email("ada"), role);
    let there = w.done(&w.caller("eve"), &add).user;
    let there = Caller::user(w.rival.organization, there);
    let command = CreateAccount::new(w.rival.organization, name("A"));
    assert_eq!(w.run(&there, &command), "not granted: asks for admin");
    let told = w.run(&w.caller("ada"), &command);
    assert_eq!(told, "not_found: `{rival}` is not found");
    // The owner's user id under the other organization is nobody there.
    let mixed = Caller::user(w.rival.organization, w.user("ada"));
    assert_eq!(w.run(&mixed, &command), "not_found: `{rival}` is not found");
}

/// Grafana CVE-2023-4822: an organization's admin edited basic roles of all.
#[test]
fn what_a_role_means_is_nobodys_to_change() {
    let w = World::new();
    let before: Vec<_> = settings_of(&w);
    let things = things(&w);
    try_all(&w, &w.caller("ada"), things);
    try_all(&w, &w.caller("eve"), things);
    assert_eq!(settings_of(&w), before);
    for (kind, _) in Event::KINDS {
        assert!(
            !kind.starts_with("role") && !kind.starts_with("action"),
            "{kind}"
        );
    }
    fn settings_of(w: &World) -> Vec<(String, String)> {
        let entries = w.registry.settings().catalog.entries();
        let entry = |it: &tenancy::catalog::Entry| (it.action.to_string(), it.least.to_string());
        entries.map(entry).collect()
    }
}

/// Entra CVE-2025-55241: a token of one organization was taken in another, and what was read or
/// done for somebody left no trace of who it was. There is no acting on behalf yet; who has issued
/// itself a token for somebody stands in the log beside it.
#[test]
fn a_token_is_of_one_organization_and_says_whose_it_is() {
    let w = World::new();
    let (id, bearer) = w.bearer("ada", "t", personal());
    assert_eq!(bearer.organization(), Some(w.spot));
    // A token that names the other organization is none of it.
    let forged = tenancy::secret::mint(
        &w.registry.settings().brand,
        tenancy::secret::SecretKind::Personal,
        w.rival.organization.to_bytes(),
        id.to_bytes(),
        &[7; 32],
    );
    assert!(w.authenticate(forged.secret.expose()).is_err());
    // Adam makes himself a token of mia's, and acts with it: the log names all of it.
    let (id, text) = w.mint(&w.caller("adam"), "mia", "m", personal());
    let mia = w.authenticate(&text).unwrap();
    w.done(&mia, &RenameUser::new(w.spot, w.user("mia"), name("Mia M")));
    let records = w.records(w.spot);
    let [.., minted, renamed] = &*records else {
        panic!("two records");
    };
    let (organization, adam, mia) = (w.spot, w.user("adam"), w.user("mia"));
    assert_eq!(
        minted.caller,
        Actor::User {
            organization,
            user: adam
        }
    );
    assert_eq!(minted.resource, Some(Resource::Token(id)));
    let by_token = Actor::Token {
        organization,
        user: mia,
        token: id,
    };
    assert_eq!(renamed.caller, by_token);
    assert_eq!(w.state(w.spot).token(id).unwrap().minted_by(), Some(adam));
}

/// Entra CVE-2025-55241, Argo CD CVE-2023-22482: a token for one was accepted by another. Gitea
/// GHSA-8629-vc8r-5p58 and three more: one rule for tokens was held way by way. Here no token of any
/// kind proves anything, so that whoever has stolen one goes nowhere with it: not to where its owner
/// is owner as well, not to where its owner is invited, and not to a new organization.
#[test]
fn no_token_goes_anywhere_but_to_its_own_organization() {
    let w = World::new();
    let ada = w.caller("ada").with_proven(email("ada"));
    let own = w.done(&ada, &CreateOrganization::new(name("Own"), name("Ada")));
    let rival = w.rival.organization;
    let invite = InviteUser::new(rival, email("ada"), OrganizationRole::Admin);
    let invited = w.done(&w.caller("eve"), &invite);
    let (invitation, secret) = (invited.id, invited.secret.unwrap());
    let there = [
        (own.organization, own.account, own.owner, ghost()),
        (rival, w.rival.account, w.rival.owner, invitation),
    ];
    let bearer = |user, kind| w.bearer(user, "t", kind).1;
    let whole = bearer("ada", personal());
    let (_, child) = w.mint(&whole, "ada", "child", personal());
    let (_, made) = w.mint(&host(), "ada", "made", personal());
    let bearers = [
        (
            "confined to an account",
            bearer("ada", personal().accounts([w.lab])),
        ),
        (
            "confined to an action",
            bearer("ada", personal().actions([name("organization:read")])),
        ),
        ("temporary", bearer("ada", temporary())),
        ("programmatic", bearer("robo", programmatic())),
        ("a child", w.authenticate(&child).unwrap()),
        ("made by the host", w.authenticate(&made).unwrap()),
        (
            "whole, and the host says an address",
            whole.clone().with_proven(email("ada")),
        ),
        ("whole", whole),
    ];
    let before = w.feed().len();
    for (kind, bearer) in &bearers {
        for (id, account, user, invitation) in there {
            let not_found = w.named(&format!("not_found: `{id}` is not found"));
            let it = More {
                organization: id,
                account,
                user,
                token: ghost(),
                invitation,
                hold: ghost(),
                group: ghost(),
                policy: ghost(),
            };
            let more = try_more(&w, bearer, it).into_iter().map(|it| it.1);
            let alone = [
                w.run(bearer, &AcceptOwnership::new(id, user)),
                w.run(bearer, &LeaveOrganization::new(id)),
            ];
            let all = try_all(&w, bearer, (id, account, user, ghost()));
            for told in all.into_iter().chain(more).chain(alone) {
                assert_eq!(told, not_found, "{kind}");
            }
            let hot = w
                .registry
                .with(id, Freshness::Latest, |access: Access<'_>| {
                    let action = access.catalog().id("account:read").unwrap();
                    access.check(bearer, action, &Resource::Account(account))
                });
            assert!(!hot.unwrap().is_allowed(), "{kind}");
        }
        let accept = AcceptInvitation::new(name(secret.expose()), name("Ada"));
        let create = CreateOrganization::new(name("New"), name("Ada"));
        for told in [
            ask(&w, bearer, &OrganizationsOf::caller()),
            ask(&w, bearer, &InvitationsOf::caller()),
            ask(&w, bearer, &SwitchOrganization::new(own.organization)),
            ask(&w, bearer, &SwitchOrganization::new(rival)),
            ask(&w, bearer, &SwitchOrganization::new(w.spot)),
            ask(&w, bearer, &Plan::new(&create)),
            ask(&w, bearer, &Plan::new(&accept)),
            w.run(bearer, &create),
            w.run(bearer, &accept),
            w.run(bearer, &DeclineInvitation::new(rival, invitation)),
        ] {
            assert_eq!(
                told, "proof_required: the caller has proven no address",
                "{kind}"
            );
        }
        let told = w.run(bearer, &SignUp::new(name("New"), name("Ada")));
        assert!(told.starts_with("signed_in: "), "{kind}: {told}");
        let find = FindOrganization::Name(name("rival"));
        assert_eq!(
            ask(&w, bearer, &find),
            "not granted: asks for host",
            "{kind}"
        );
        // Neither is a batch of its own organization a way to another.
        let batch = Batch::new(w.spot).and(CreateAccount::new(rival, name("New")));
        let told = w.run(bearer, &batch);
        assert!(told.starts_with("other_organization: "), "{kind}: {told}");
    }
    assert_eq!(w.feed().len(), before, "no log has a record more");
}

/// Nomad CVE-2019-16742: the namespace of the request was checked, not the object's.
#[test]
fn the_organization_that_owns_the_object_decides() {
    let w = World::new();
    let eve = w.caller("eve");
    let id = w.rival.organization;
    let (token, _) = w.mint(&w.caller("ada"), "ada", "t", personal());
    assert_eq!(
        w.run(&eve, &RevokeToken::new(id, token)),
        "not_found: `{t}` is not found"
    );
    let attach = AttachUser::new(id, w.rival.owner, w.lab, AccountRole::Editor);
    assert_eq!(w.run(&eve, &attach), "not_found: `{lab}` is not found");
    let own = personal().accounts([w.lab]);
    let told = w.run(&eve, &IssueToken::new(id, w.rival.owner, own));
    assert_eq!(told, "not_found: `{lab}` is not found");
    let check = Check::new(id, name("account:read"), w.lab);
    let told = w.ask(&eve, &check);
    assert_eq!(
        told,
        "`account:read` on `{lab}` is not granted: asks for viewer"
    );
    let it = more(&w);
    for told in [
        w.run(&eve, &RotateToken::new(id, token)),
        w.run(&eve, &ResendInvitation::new(id, it.invitation)),
        w.run(&eve, &RevokeInvitation::new(id, it.invitation)),
        w.run(&eve, &RemoveUser::new(id, w.user("mia"))),
        w.run(&eve, &CloseAccount::new(id, w.lab)),
        w.run(&host(), &RevokeInvitation::new(id, it.invitation)),
        w.run(&host(), &RemoveUser::new(id, w.user("mia"))),
        w.run(&host(), &SetReference::new(id, Marked::Account(w.lab))),
    ] {
        assert!(told.starts_with("not_found: `"), "{told}");
    }
}

/// GitLab CVE-2023-1555: whoever was banned still used the interface for programs.
#[test]
fn a_dead_credential_wins_over_every_grant() {
    let w = World::new();
    let (id, text) = w.mint(&w.caller("ada"), "ada", "t", personal());
    let bearer = w.authenticate(&text).unwrap();
    w.done(&w.caller("ada"), &RevokeToken::new(w.spot, id));
    assert!(w.authenticate(&text).is_err());
    let things = (w.spot, w.lab, w.user("ada"), id);
    for (at, told) in try_all(&w, &bearer, things).iter().enumerate() {
        assert!(told.contains("the token is revoked"), "{at}: {told}");
    }
    // A pending organization's users have roles, and yet no product.
    let owner = w.caller("eve");
    let query = Check::new(w.rival.organization, name("fleet:read"), w.rival.account);
    let told = w.ask(&owner, &query);
    assert_eq!(
        told,
        "`fleet:read` on `{den}` is denied: the organization is pending"
    );
}

/// GitLab !56677 / #249523: the effective role was shown wrongly. It is the highest of all paths,
/// the same in lists and checks.
#[test]
fn the_effective_role_is_equal_in_lists_and_checks() {
    let w = World::new();
    let ada = w.caller("ada");
    for (user, role) in [("vera", AccountRole::Editor), ("adam", AccountRole::Viewer)] {
        w.done(&ada, &AttachUser::new(w.spot, w.user(user), w.lab, role));
    }
    let told = |user: &str, action| {
        let check = Check::new(w.spot, name(action), w.lab);
        let decision = w
            .registry
            .ask(&w.caller(user), &check)
            .unwrap()
            .value
            .decision;
        decision.to_string()
    };
    // Viewer of the organization and editor of the account: editor there.
    assert_eq!(
        told("vera", "fleet:create"),
        "allowed by account role editor"
    );
    // Admin of the organization and viewer of the account: admin there.
    assert_eq!(
        told("adam", "fleet:create"),
        "allowed by organization role admin"
    );
    agree(&w);
}

/// Lists and checks agree for every user and account, and for tokens of each.
#[track_caller]
fn agree(w: &World) {
    let users = [
        "ada", "olga", "adam", "anna", "vera", "vic", "bill", "ben", "mia", "max", "edda", "rita",
        "robo",
    ];
    for user in users {
        let kind = if user == "robo" {
            programmatic()
        } else {
            personal()
        };
        let caller = w.caller(user);
        let status = w.state(w.spot).user(w.user(user)).unwrap().status();
        if status != UserStatus::Active {
            // Neither lists nor checks tell anything to who is off.
            let told = ask(w, &caller, &ListAccounts::new(w.spot));
            let check = Check::new(w.spot, name("account:read"), w.lab);
            let answer = w.registry.ask(&caller, &check);
            assert!(answer.is_err() || !answer.unwrap().value.decision.is_allowed());
            assert!(
                told.starts_with("denied: ") || told.starts_with("not_found: "),
                "{told}"
            );
            continue;
        }
        let mut callers = vec![caller.clone()];
        callers.push(w.bearer(user, "open", kind.clone()).1);
        callers.push(w.bearer(user, "none", kind.clone().accounts([])).1);
        let scope = w.registry.ask(&caller, &ListAccounts::new(w.spot)).unwrap();
        if let Some(first) = scope.value.rows.last() {
            callers.push(w.bearer(user, "one", kind.accounts([first.id()])).1);
        }
        for caller in callers {
            let list = w.registry.ask(&caller, &ListAccounts::new(w.spot)).unwrap();
            let listed: Vec<_> = list.value.rows.iter().map(|row| row.id()).collect();
            for account in [w.main, w.lab, w.vault] {
                let check = Check::new(w.spot, name("account:read"), account);
                let answer = w.registry.ask(&caller, &check).unwrap();
                let allowed = answer.value.decision.is_allowed();
                let got = w
                    .registry
                    .ask(&caller, &GetAccount::new(w.spot, account))
                    .is_ok();
                let is_listed = listed.contains(&account);
                assert_eq!((is_listed, got), (allowed, allowed), "{user} {account}");
            }
            // The same for users, tokens and invitations; oneself is found without a list.
            let may = |action: &str, resource: Resource| {
                let check = Check::new(w.spot, name(action), resource);
                let answer = w.registry.ask(&caller, &check).unwrap();
                answer.value.decision.is_allowed()
            };
            let users = w.registry.ask(&caller, &ListUsers::new(w.spot));
            let all = may("user:read", w.spot.into());
            assert_eq!(users.is_ok(), all, "{user}");
            let own = caller.user_id();
            for other in ["ada", "mia", "edda", "robo", "eve"].map(|it| w.user(it)) {
                let allowed = may("user:read", other.into());
                let got = w
                    .registry
                    .ask(&caller, &GetUser::new(w.spot, other))
                    .is_ok();
                assert_eq!(got, allowed, "{user} {other}");
                assert!(!allowed || all || own == Some(other), "{user} {other}");
                assert!(
                    !all || allowed == (other != w.user("eve")),
                    "{user} {other}"
                );
            }
            let tokens = w.registry.ask(&caller, &ListTokens::new(w.spot)).is_ok();
            assert_eq!(tokens, may("token:read", w.spot.into()), "{user}");
            let invitations = w
                .registry
                .ask(&caller, &ListInvitations::new(w.spot))
                .is_ok();
            assert_eq!(invitations, may("invitation:read", w.spot.into()), "{user}");
        }
    }
}

/// OpenFGA CVE-2024-31452: exclusion was answered wrongly. A confined token only ever takes away.
#[test]
fn what_confines_never_widens() {
    let w = World::new();
    let actions: Vec<_> = {
        let entries = w.registry.settings().catalog.entries();
        entries.map(|entry| entry.action.clone()).collect()
    };
    let mut resources: Vec<Resource> = vec![w.spot.into(), w.user("mia").into()];
    resources.extend([w.main, w.lab, w.vault, w.rival.account].map(Resource::from));
    for user in ["ada", "adam", "vera", "bill", "mia", "edda"] {
        let open = w.caller(user);
        let visible = w.registry.ask(&open, &ListAccounts::new(w.spot)).unwrap();
        let visible: Vec<_> = visible.value.rows.iter().map(|row| row.id()).collect();
        let (_, none) = w.bearer(user, "none", personal().accounts([]));
        let (_, all) = w.bearer(user, "all", personal().accounts(visible));
        for action in &actions {
            for resource in &resources {
                let allowed = |caller| {
                    let check = Check::new(w.spot, action.clone(), resource.clone());
                    let answer = w.registry.ask(caller, &check).unwrap();
                    answer.value.decision.is_allowed()
                };
                let [none, all, open] = [&none, &all, &open].map(allowed);
                // What a token of oneself issues for oneself is as confined as the token.
                let child = action.as_str() == "token:issue" && *resource == w.user(user).into();
                assert!(!none || child, "{user} {action} {resource}");
                assert!(none <= all && all <= open, "{user} {action} {resource}");
            }
        }
    }
}

/// OpenFGA GHSA-32q6-rr98-cjqv: a cached answer was used under another context.
#[test]
fn no_answer_is_kept_from_one_question_to_the_next() {
    let w = World::new();
    let edda = w.user("edda");
    let (_, bearer) = w.bearer("edda", "t", personal().expires_at(end()));
    let check = Check::new(w.spot, name("fleet:create"), w.lab);
    let allowed = |caller: &Caller| {
        let answer = w.registry.ask(caller, &check).unwrap();
        answer.value.decision.is_allowed()
    };
    for _ in 0..3 {
        assert!(allowed(&w.caller("edda")) && allowed(&bearer) && !allowed(&w.caller("mia")));
    }
    let attach = AttachUser::new(w.spot, edda, w.lab, AccountRole::Viewer);
    w.done(&w.caller("ada"), &attach);
    assert!(!allowed(&w.caller("edda")) && !allowed(&bearer));
    let attach = AttachUser::new(w.spot, edda, w.lab, AccountRole::Editor);
    w.done(&w.caller("ada"), &attach);
    assert!(allowed(&w.caller("edda")) && allowed(&bearer));
    // The time is part of the question, even on the very same state.
    w.clock.set(end());
    let hot = w
        .registry
        .with(w.spot, Freshness::AtMost(seconds(1 << 30)), |access| {
            let id = access.catalog().id("fleet:create").unwrap();
            access.check(&bearer, id, &w.lab.into()).is_allowed()
        });
    assert_eq!(hot, Ok(false));
    fn end() -> Timestamp {
        time(START).saturating_add(seconds(60))
    }
}

/// OpenFGA CVE-2023-40579, GHSA-g4v5-6f5p-m38j: lists disagreed with checks.
#[test]
fn lists_and_checks_agree() {
    let w = World::new();
    agree(&w);
    let ada = w.caller("ada");
    let user = |user| w.user(user);
    // After each change that may move one and not the other.
    w.done(&ada, &CloseAccount::new(w.spot, w.lab));
    agree(&w);
    w.done(&ada, &SuspendUser::new(w.spot, user("rita")));
    w.done(&ada, &RemoveUser::new(w.spot, user("robo")));
    w.done(
        &ada,
        &ChangeRole::new(w.spot, user("adam"), OrganizationRole::Member),
    );
    w.done(
        &ada,
        &ChangeRole::new(w.spot, user("mia"), OrganizationRole::Viewer),
    );
    agree(&w);
    w.clock.advance(seconds(30 * 24 * 60 * 60));
    agree(&w);
    let owned = SuspendOrganization::new(w.spot, SuspensionReason::Requested);
    w.done(&ada, &owned);
    for caller in ["ada", "vera", "edda"].map(|it| w.caller(it)) {
        for account in [w.main, w.lab, w.vault] {
            let check = Check::new(w.spot, name("account:read"), account);
            let allowed = w
                .registry
                .ask(&caller, &check)
                .unwrap()
                .value
                .decision
                .is_allowed();
            let got = w
                .registry
                .ask(&caller, &GetAccount::new(w.spot, account))
                .is_ok();
            let list = w.registry.ask(&caller, &ListAccounts::new(w.spot)).unwrap();
            let listed = list.value.rows.iter().any(|it| it.id() == account);
            assert_eq!((allowed, got), (listed, listed), "{account}");
        }
    }
}

/// Rancher GHSA-9ghh-mmcq-8phc: a user was removed, and its tokens lived on. There is no directory
/// that removes users yet; being removed, leaving and the closing of the organization are what ends
/// one.
#[test]
fn no_token_outlives_its_user() {
    let ends: [fn(&World); 4] = [
        |w| w.done(&w.caller("adam"), &RemoveUser::new(w.spot, w.user("mia"))),
        |w| w.done(&host(), &RemoveUser::new(w.spot, w.user("mia"))),
        |w| w.done(&w.caller("mia"), &LeaveOrganization::new(w.spot)),
        |w| {
            w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
            w.clock.advance(seconds(31 * 24 * 60 * 60));
            w.done(&host(), &PurgeOrganization::new(w.spot));
        },
    ];
    for end in ends {
        let w = World::new();
        // Her own, a child of it, one that somebody else has made for her, and both secrets of
        // one that was rotated.
        let (own, first) = w.mint(&w.caller("mia"), "mia", "own", personal());
        let bearer = w.authenticate(&first).unwrap();
        let (child, second) = w.mint(&bearer, "mia", "child", temporary());
        let (made, third) = w.mint(&w.caller("adam"), "mia", "made", personal());
        let rotated = w.done(&w.caller("mia"), &RotateToken::new(w.spot, made));
        let fourth = rotated.secret.unwrap().expose().to_owned();
        let texts = [first, second, third, fourth];
        let bearers = texts.each_ref().map(|text| w.authenticate(text).unwrap());
        end(&w);
        let state = w.state(w.spot);
        for id in [own, child, made] {
            assert!(state.token(id).unwrap().revoked_at().is_some());
        }
        let before = w.feed().len();
        for (text, bearer) in texts.iter().zip(&bearers) {
            assert!(w.authenticate(text).is_err());
            let it = More {
                organization: w.spot,
                account: w.lab,
                user: w.user("mia"),
                token: made,
                invitation: ghost(),
                hold: ghost(),
                group: ghost(),
                policy: ghost(),
            };
            let told = try_more(&w, bearer, it).into_iter().map(|it| it.1);
            for told in told.chain(try_all(&w, bearer, (w.spot, w.lab, it.user, made))) {
                let no = [
                    "not_found: ",
                    "not granted: ",
                    "denied: the organization is closed",
                ];
                let check = told.ends_with("is not granted: asks for viewer")
                    || told.ends_with("is denied: the organization is closed");
                assert!(check || no.iter().any(|it| told.starts_with(it)), "{told}");
            }
        }
        assert_eq!(w.feed().len(), before);
    }
}

/// Argo CD CVE-2025-55190: a token of a project read the credentials of its repositories.
#[test]
fn no_answer_and_no_record_holds_a_secret() {
    let w = World::new();
    let (id, text) = w.mint(
        &w.caller("ada"),
        "ada",
        "t",
        personal().name(name("laptop")),
    );
    let brand = &w.registry.settings().brand;
    let digest = ParsedSecret::parse(&text, brand).unwrap().digest();
    let (ada, latest) = (w.caller("ada"), Freshness::Latest);
    let token = w
        .registry
        .ask_at(latest, &ada, &GetToken::new(w.spot, id))
        .unwrap();
    let tokens = w
        .registry
        .ask_at(latest, &ada, &ListTokens::new(w.spot))
        .unwrap();
    let records = w
        .registry
        .ask_at(latest, &ada, &ListRecords::new(w.spot))
        .unwrap();
    let mut said = vec![
        serde_json::to_string(&token.value).unwrap(),
        serde_json::to_string(&tokens.value).unwrap(),
        format!("{:?} {:?}", token.value, tokens.value),
        serde_json::to_string(&records.value).unwrap(),
        format!("{:?}", records.value),
        format!("{:?}", w.state(w.spot)),
        format!("{:?} {:?}", w.registry, w.authenticate(&text)),
    ];
    said.extend(
        w.feed()
            .iter()
            .map(|it| String::from_utf8_lossy(&it.to_bytes()).into_owned()),
    );
    let secret = text.strip_prefix("acme_pat_").unwrap();
    for said in &said {
        assert!(!said.contains(secret) && !said.contains(&secret[43..]));
    }
    // The digest is in the record that proves it, and in no answer about tokens.
    let hex = serde_json::to_string(&digest).unwrap();
    for said in &said[..2] {
        assert!(!said.contains(hex.trim_matches('"')));
    }
    assert_ne!(Digest::from_bytes([0; 32]), digest);
    let minted = IssueToken::new(w.spot, w.user("ada"), personal());
    let minted = w.done(&ada, &minted);
    assert!(format!("{minted:?}").contains("redacted"));
}

/// Okta 2024-10-30: the input of a hash was cut at 72 bytes.
#[test]
fn nothing_that_is_hashed_is_cut() {
    let w = World::new();
    // Command ids and names that differ in their last character are others.
    let long = |last: char| format!("{}{last}", "x".repeat(99));
    let ada = w.caller("ada");
    for last in ['a', 'b', 'c'] {
        let command = CreateAccount::new(w.spot, name(&long(last)));
        assert_eq!(w.run(&ada, Request::new(&command).named(name("same"))), {
            match last {
                'a' => "account.created",
                _ => "command_reused: command id `same` was used before with other content",
            }
        });
        let other = CreateAccount::new(w.spot, name(&format!("y{}{last}", "x".repeat(98))));
        let id = format!("{}{last}", "i".repeat(127));
        assert_eq!(
            w.run(&ada, Request::new(&other).named(name(&id))),
            "account.created"
        );
    }
    // A token that is longer, shorter or goes on is another, and none.
    let (_, text) = w.mint(&ada, "ada", "t", personal());
    for text in [
        format!("{text}x"),
        format!("{text}{text}"),
        text[..text.len() - 1].to_owned(),
        format!("{text}\0"),
    ] {
        assert!(w.authenticate(&text).is_err());
    }
    for length in [257, 1 << 20] {
        let address = format!("{}@example.com", "a".repeat(length));
        assert!(address.parse::<tenancy::email::Email>().is_err());
    }
}

/// Vault CVE-2021-32923: a lease that was renewed within a second of its end never ended.
#[test]
fn no_path_makes_a_dated_token_undated() {
    let w = World::new();
    let end = time(START).saturating_add(seconds(10));
    let (_, parent) = w.bearer("mia", "p", personal().expires_at(end));
    // Children of children, up to the last moment.
    let mut bearer = parent;
    for millis in [0, 1, 9_000, 9_998, 9_999] {
        w.clock
            .set(Timestamp::from_millis(time(START).as_millis() + millis).unwrap());
        for token in [personal(), temporary(), personal().expires_at(end)] {
            let (id, text) = w.mint(&bearer, "mia", "c", token);
            let state = w.state(w.spot);
            assert_eq!(state.token(id).unwrap().expires_at(), Some(end));
            bearer = w.authenticate(&text).unwrap();
        }
        let later = end.saturating_add(core::time::Duration::from_millis(1));
        for at in [later, Timestamp::MAX] {
            let command = IssueToken::new(w.spot, w.user("mia"), personal().expires_at(at));
            assert!(w.run(&bearer, &command).starts_with("token_life: "));
        }
    }
    for millis in [10_000, 10_001, 1 << 40] {
        w.clock
            .set(Timestamp::from_millis(time(START).as_millis() + millis).unwrap());
        let command = IssueToken::new(w.spot, w.user("mia"), personal());
        assert_eq!(w.run(&bearer, &command), "denied: the token is expired");
    }
}

/// Vault CVE-2021-32923, by another way: a secret that is renewed is of the same token, and ends
/// with it; and no token is a way to a secret that outlives it.
#[test]
fn rotating_makes_nothing_live_longer() {
    let at = |millis: u64| Timestamp::from_millis(time(START).as_millis() + millis).unwrap();
    let w = World::new();
    let (id, text) = w.mint(
        &w.caller("mia"),
        "mia",
        "t",
        personal().expires_at(at(10_000)),
    );
    let mut secrets = vec![text];
    for millis in [0, 9_000, 9_998, 9_999] {
        w.clock.set(at(millis));
        let bearer = w.authenticate(secrets.last().unwrap()).unwrap();
        for until in [at(10_001), at(7 * 24 * 60 * 60_000)] {
            let rotated = w.done(&bearer, &RotateToken::new(w.spot, id).until(until));
            secrets.push(rotated.secret.unwrap().expose().into());
            assert_eq!(
                w.state(w.spot).token(id).unwrap().expires_at(),
                Some(at(10_000))
            );
        }
        let live = secrets
            .iter()
            .filter(|it| w.authenticate(it).is_ok())
            .count();
        assert_eq!(live, 2, "of all its secrets");
        let forever = RotateToken::new(w.spot, id).until(Timestamp::MAX);
        assert!(w.run(&bearer, &forever).starts_with("rotation_overlap: "));
    }
    let bearer = w.authenticate(secrets.last().unwrap()).unwrap();
    for millis in [10_000, 10_001, 1 << 40] {
        w.clock.set(at(millis));
        assert!(secrets.iter().all(|it| w.authenticate(it).is_err()));
        let told = w.run(&bearer, &RotateToken::new(w.spot, id));
        assert_eq!(told, "denied: the token is expired");
        let told = w.run(&w.caller("ada"), &RotateToken::new(w.spot, id));
        assert_eq!(told, "token_dead: token `{t}` is expired");
    }
    // A token for an hour is no way to the secret of one for a year, be it its parent or another:
    // it would outlive the one that it came by, and prove what that one did not.
    let w = World::new();
    let (long, text) = w.mint(&w.caller("ada"), "ada", "long", personal());
    let (other, _) = w.mint(&w.caller("ada"), "ada", "other", personal());
    let parent = w.authenticate(&text).unwrap();
    let (short, text) = w.mint(&parent, "ada", "short", temporary());
    let child = w.authenticate(&text).unwrap();
    let (_, alone) = w.bearer("ada", "alone", temporary());
    const SCOPE: &str = "token_scope: the token would reach further than the caller's own token";
    for bearer in [&child, &alone] {
        for id in [long, other] {
            assert_eq!(w.run(bearer, &RotateToken::new(w.spot, id)), SCOPE);
            assert_eq!(
                w.run(
                    bearer,
                    &Batch::new(w.spot).and(RotateToken::new(w.spot, id))
                ),
                SCOPE
            );
        }
    }
    // Its own, and those that it has issued, it may; and so may who is signed in.
    assert_eq!(
        w.run(&child, &RotateToken::new(w.spot, short)),
        "token.rotated"
    );
    assert_eq!(
        w.run(&parent, &RotateToken::new(w.spot, short)),
        "token.rotated"
    );
    assert_eq!(
        w.run(&parent, &RotateToken::new(w.spot, long)),
        "token.rotated"
    );
    assert_eq!(w.run(&parent, &RotateToken::new(w.spot, other)), SCOPE);
    assert_eq!(
        w.run(&w.caller("ada"), &RotateToken::new(w.spot, other)),
        "token.rotated"
    );
}

/// Vault CVE-2025-5999 (GHSA-6h4p-m86h-hhgh): whoever wrote identities raised its own rights.
#[test]
fn nobody_gives_what_it_does_not_hold() {
    let w = World::new();
    let roles = OrganizationRole::ALL;
    for (user, own) in [("ada", roles[0]), ("adam", roles[1])] {
        for role in roles {
            let create = CreateUser::new(w.spot, name("N"), email(&format!("{user}-{role}")), role);
            let told = w.run(&w.caller(user), &create);
            assert_eq!(told == "user.created", own.includes(role), "{told}");
            // Nor in a batch, nor by a token.
            let more = CreateUser::new(w.spot, name("N"), email(&format!("{user}+{role}")), role);
            let told = w.run(&w.caller(user), &Batch::new(w.spot).and(more));
            assert_eq!(told == "user.created", own.includes(role), "{told}");
            let (_, bearer) = w.bearer(user, "t", personal());
            let more = CreateUser::new(w.spot, name("N"), email(&format!("{user}.{role}")), role);
            let told = w.run(&bearer, &more);
            assert_eq!(told == "user.created", own.includes(role), "{told}");
        }
    }
    // A token of a higher user would be that user's rights.
    let told = w.run(
        &w.caller("adam"),
        &IssueToken::new(w.spot, w.user("ada"), personal()),
    );
    assert_eq!(told, "outranked: `{ada}` is owner, and the caller is admin");
    // By changing a role, inviting, or giving a secret away: neither to oneself nor to another.
    let nora = email("nora");
    for (user, own) in [
        ("ada", roles[0]),
        ("adam", roles[1]),
        ("vera", roles[2]),
        ("mia", roles[4]),
    ] {
        let admin = own.includes(OrganizationRole::Admin);
        for (at, role) in roles.into_iter().enumerate() {
            let w = World::new();
            let (_, bearer) = w.bearer(user, "t", personal());
            for caller in [w.caller(user), bearer] {
                let change = ChangeRole::new(w.spot, w.user("max"), role);
                let told = w.run(&caller, &change);
                let done = told == "user.role_changed" || told == "nothing";
                assert_eq!(done, admin && own.includes(role), "{user} {role}: {told}");
                let invite = InviteUser::new(w.spot, name(&format!("n{at}@example.com")), role);
                let told = w.run(&caller, &invite);
                let said = told == "invitation.created" || told.starts_with("already_invited: ");
                assert_eq!(said, admin && own.includes(role), "{user} {role}: {told}");
                let raise = ChangeRole::new(w.spot, w.user(user), role);
                let told = w.run(&caller, &raise);
                let is = w.state(w.spot).user(w.user(user)).unwrap().role();
                assert!(own.includes(is), "{user} is {is}: {told}");
                let olga = w.caller("olga");
                w.run(&olga, &ChangeRole::new(w.spot, w.user(user), own));
                w.run(&olga, &ChangeRole::new(w.spot, w.user("max"), roles[4]));
            }
        }
    }
    // What was offered while it was held is not given once it is not.
    let invite = InviteUser::new(w.spot, nora, OrganizationRole::Admin);
    let secret = w.done(&w.caller("adam"), &invite).secret.unwrap();
    w.done(
        &w.caller("ada"),
        &ChangeRole::new(w.spot, w.user("adam"), OrganizationRole::Viewer),
    );
    let told = w.run(
        &person("nora"),
        &AcceptInvitation::new(name(secret.expose()), name("N")),
    );
    assert_eq!(
        told,
        "inviter: whoever sent the invitation may not make anybody admin any more"
    );
}

/// Vault CVE-2025-5999, by a credential: a token that is confined gets nothing wider than itself,
/// for nobody, whoever owns it.
#[test]
fn a_confined_token_makes_nothing_wider() {
    const ACCOUNTS: &str = "denied: the token is confined to other accounts";
    const ACTIONS: &str = "denied: the token is confined to other actions";
    const SCOPE: &str = "token_scope: the token would reach further than the caller's own token";
    let w = World::new();
    let ada = w.caller("ada");
    let (whole, _) = w.mint(&ada, "ada", "whole", personal());
    let (hers, _) = w.mint(&w.caller("mia"), "mia", "hers", personal());
    let (member, admin) = (OrganizationRole::Member, OrganizationRole::Admin);
    w.done(
        &w.caller("mia").with_proven(email("mia")),
        &ProveEmail::new(w.spot),
    );
    // Confined to accounts, none or some: nothing of the organization as a whole.
    for scope in [vec![], vec![w.lab], vec![w.main, w.lab, w.vault]] {
        let (own, bearer) = w.bearer("ada", "confined", personal().accounts(scope.clone()));
        let program = CreateProgrammaticUser::new(w.spot, name("n"), admin).token(programmatic());
        for told in [
            w.run(&bearer, &IssueToken::new(w.spot, w.user("mia"), personal())),
            w.run(&bearer, &InviteUser::new(w.spot, email("n"), member)),
            w.run(
                &bearer,
                &CreateUser::new(w.spot, name("N"), email("n"), member),
            ),
            w.run(&bearer, &program),
            w.run(&bearer, &ChangeRole::new(w.spot, w.user("mia"), admin)),
            w.run(&bearer, &ChangeRole::new(w.spot, w.user("ada"), member)),
            w.run(&bearer, &OfferOwnership::new(w.spot, w.user("mia"))),
            w.run(&bearer, &RotateToken::new(w.spot, hers)),
            w.run(&bearer, &RotateToken::new(w.spot, whole)),
            w.run(&bearer, &RevokeTokens::new(w.spot, w.user("ada"))),
            w.run(&bearer, &SetTokenLife::new(w.spot, TokenKind::Personal)),
            w.run(&bearer, &LeaveOrganization::new(w.spot)),
            ask(&w, &bearer, &ListInvitations::new(w.spot)),
            ask(&w, &bearer, &ExportUsers::new(w.spot)),
        ] {
            assert_eq!(told, ACCOUNTS, "{scope:?}");
        }
        // For oneself there are children, as confined, and none wider.
        let (child, _) = w.mint(&bearer, "ada", "child", personal());
        let state = w.state(w.spot);
        let mut sorted = scope.clone();
        sorted.sort_unstable();
        assert_eq!(state.token(child).unwrap().accounts(), Some(&*sorted));
        if scope.len() < 3 {
            let wider = personal().accounts([w.vault]);
            assert_eq!(
                w.run(&bearer, &IssueToken::new(w.spot, w.user("ada"), wider)),
                SCOPE
            );
        }
        // Its own secret anew is its own scope.
        let text = w
            .done(&bearer, &RotateToken::new(w.spot, own))
            .secret
            .unwrap();
        let again = w.authenticate(text.expose()).unwrap();
        assert_eq!(again.token_id(), Some(own));
        assert_eq!(state.token(own).unwrap().accounts(), Some(&*sorted));
    }
    // Confined to actions: what it issues for anybody does no more than it does itself, and what
    // it makes of others is the least that there is.
    let only = |names: &[&str]| {
        let actions: Vec<Action> = names.iter().map(|it| name(it)).collect();
        w.bearer("ada", "only", personal().actions(actions)).1
    };
    let issuing = only(&["token:issue", "token:rotate"]);
    for user in ["ada", "mia", "adam"] {
        let (id, _) = w.mint(&issuing, user, "lent", personal());
        let state = w.state(w.spot);
        let actions = state.token(id).unwrap().actions().unwrap();
        let actions: Vec<_> = actions.iter().map(Action::as_str).collect();
        assert_eq!(actions, ["token:issue", "token:rotate"]);
        let wider = personal().actions([name("user:create")]);
        assert_eq!(
            w.run(&issuing, &IssueToken::new(w.spot, w.user(user), wider)),
            SCOPE
        );
    }
    for token in [whole, hers] {
        assert_eq!(w.run(&issuing, &RotateToken::new(w.spot, token)), SCOPE);
    }
    let making = only(&[
        "user:create",
        "invitation:create",
        "user:change_role",
        "account:attach_user",
        "token:issue",
    ]);
    let user = |who: &str, role| CreateUser::new(w.spot, name("N"), email(who), role);
    let made = w.done(&making, &user("made", member).token(personal()));
    let state = w.state(w.spot);
    let token = state.token(made.token.unwrap().id).unwrap();
    assert_eq!(
        token.actions().map(<[Action]>::len),
        Some(5),
        "a first token is as confined"
    );
    let creating = only(&["user:create"]);
    let told = w.run(&creating, &user("n0", member).token(personal()));
    assert_eq!(told, ACTIONS, "a first token is issued like any other");
    for told in [
        w.run(&making, &user("n1", admin)),
        w.run(&making, &user("n2", OrganizationRole::Viewer)),
        w.run(
            &making,
            &user("n3", member).attach(w.lab, AccountRole::Viewer),
        ),
        w.run(
            &making,
            &CreateProgrammaticUser::new(w.spot, name("n"), admin),
        ),
        w.run(&making, &InviteUser::new(w.spot, email("n4"), admin)),
        w.run(
            &making,
            &InviteUser::new(w.spot, email("n5"), member).attach(w.lab, AccountRole::Viewer),
        ),
        w.run(&making, &ChangeRole::new(w.spot, w.user("mia"), admin)),
        w.run(
            &making,
            &AttachUser::new(w.spot, w.user("mia"), w.lab, AccountRole::Editor),
        ),
        w.run(
            &making,
            &AttachUser::new(w.spot, w.user("ada"), w.lab, AccountRole::Editor),
        ),
    ] {
        assert_eq!(told, SCOPE);
    }
    for told in [
        w.run(
            &creating,
            &IssueToken::new(w.spot, w.user("ada"), personal()),
        ),
        w.run(&making, &RotateToken::new(w.spot, whole)),
        w.run(&making, &OfferOwnership::new(w.spot, w.user("mia"))),
        w.run(&making, &RenameUser::new(w.spot, w.user("ada"), name("X"))),
        w.run(&making, &LeaveOrganization::new(w.spot)),
    ] {
        assert_eq!(told, ACTIONS);
    }
    // A batch is no way around it.
    let batch = Batch::new(w.spot)
        .and(user("n6", member))
        .and(ChangeRole::new(w.spot, w.user("max"), admin));
    assert_eq!(w.run(&making, &batch), SCOPE);
}

/// ZITADEL #8588, #7340: the organization of a sign-in was overridden by a later hint.
#[test]
fn the_organization_of_a_caller_is_fixed() {
    let w = World::new();
    let mia = w.caller("mia").with_proven(email("eve"));
    assert_eq!(mia.organization(), Some(w.spot));
    let told = w.ask(&mia, &GetOrganization::new(w.rival.organization));
    assert_eq!(
        told, "not_found: `{rival}` is not found",
        "an address is no membership"
    );
    let (_, bearer) = w.bearer("ada", "t", personal());
    let moved = bearer.clone().with_proven(email("eve"));
    assert_eq!(moved, bearer, "a token proves nothing");
    let ada = w.caller("ada").with_proven(email("ada"));
    let made = w.done(&ada, &CreateOrganization::new(name("Ada 2"), name("A")));
    assert_eq!(ada.organization(), Some(w.spot));
    for caller in [ada, bearer] {
        let told = w.run(&caller, &CreateAccount::new(made.organization, name("A")));
        assert!(told.starts_with("not_found: "), "{told}");
    }
    let told = w.run(&person("eve"), &SignUp::new(name("Eve 2"), name("Eve")));
    assert_eq!(told, "organization.created, account.created, user.created");
}
