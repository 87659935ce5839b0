//! Changing users, and ending what they are (laws U1 to U4, U6, U7).

use core::fmt::Write as _;

use tenancy::action::Action;
use tenancy::command::{
    AttachUser, Batch, ChangeEmail, ChangeRole, CloseOrganization, CreateAccount, CreateUser,
    DescribeUser, DetachUser, InviteUser, IssueToken, LeaveOrganization, NewToken, ProveEmail,
    ReactivateUser, RemoveUser, RenameUser, RevokeToken, SuspendOrganization, SuspendUser,
};
use tenancy::id::UserId;
use tenancy::organization::lifecycle::SuspensionReason::Billing as Unpaid;
use tenancy::organization::user::UserStatus;
use tenancy::query::{Check, GetUser, ListUsers, OrganizationsOf};
use tenancy::role::AccountRole::{Editor, Viewer as Reader};
use tenancy::role::OrganizationRole::{self, Admin, Billing, Member, Owner, Viewer};
use tenancy::{Caller, Request};

use crate::snapshots;
use crate::world::{
    World, email, ghost, host, name, person, personal, programmatic, settings, table, table_with,
    temporary,
};

fn rename(w: &World, by: &Caller, user: UserId) -> String {
    w.run(by, &RenameUser::new(w.spot, user, name("New")))
}

fn describe(w: &World, by: &Caller, user: UserId) -> String {
    let command = DescribeUser::new(w.spot, user).description(name("deploys"));
    w.run(by, &command)
}

fn ask_email(w: &World, by: &Caller, user: &str, address: &str) -> String {
    let command = ChangeEmail::new(w.spot, w.user(user), name(address));
    w.run(by, &command)
}

fn prove(w: &World, user: &str, address: &str) -> String {
    let caller = w.caller(user).with_proven(name(address));
    w.run(&caller, &ProveEmail::new(w.spot))
}

fn role(w: &World, by: &Caller, user: &str, role: OrganizationRole) -> String {
    w.run(by, &ChangeRole::new(w.spot, w.user(user), role))
}

fn suspend(w: &World, by: &Caller, user: &str) -> String {
    w.run(by, &SuspendUser::new(w.spot, w.user(user)))
}

fn reactivate(w: &World, by: &Caller, user: &str) -> String {
    w.run(by, &ReactivateUser::new(w.spot, w.user(user)))
}

fn remove(w: &World, by: &Caller, user: &str) -> String {
    w.run(by, &RemoveUser::new(w.spot, w.user(user)))
}

fn leave(w: &World, by: &Caller) -> String {
    w.run(by, &LeaveOrganization::new(w.spot))
}

fn ada(w: &World) -> Caller {
    w.caller("ada")
}

fn adam(w: &World) -> Caller {
    w.caller("adam")
}

/// Says of a user what it is and by which addresses it is known.
fn told(w: &World, user: &str) -> String {
    let state = w.state(w.spot);
    let user = state.user(w.user(user)).unwrap();
    let mut text = format!("{} {}", user.status(), user.role());
    let known = [
        ("email", user.email()),
        ("proven", user.proven_email()),
        ("asked", user.requested_email()),
    ];
    for (what, address) in known {
        if let Some(address) = address {
            write!(text, " {what} {address}").unwrap();
        }
    }
    text
}

#[test]
fn rename_user() {
    table(&[
        (
            "a member by an admin",
            |w| rename(w, &adam(w), w.user("mia")),
            "user.renamed",
        ),
        (
            "by the host",
            |w| rename(w, &host(), w.user("ada")),
            "user.renamed",
        ),
        (
            "oneself without a right",
            |w| rename(w, &w.caller("mia"), w.user("mia")),
            "user.renamed",
        ),
        (
            "another without a right",
            |w| rename(w, &w.caller("vera"), w.user("mia")),
            "not granted: asks for admin",
        ),
        (
            "another out of sight",
            |w| rename(w, &w.caller("mia"), w.user("max")),
            "not_found: `{max}` is not found",
        ),
        (
            "a peer",
            |w| rename(w, &adam(w), w.user("anna")),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "an owner by an owner",
            |w| rename(w, &ada(w), w.user("olga")),
            "user.renamed",
        ),
        (
            "an owner by an admin",
            |w| rename(w, &adam(w), w.user("ada")),
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
        (
            "to the name that it has",
            |w| {
                w.run(
                    &adam(w),
                    &RenameUser::new(w.spot, w.user("mia"), name("mia")),
                )
            },
            "nothing",
        ),
        (
            "to the name that it has, written otherwise",
            |w| {
                w.run(
                    &adam(w),
                    &RenameUser::new(w.spot, w.user("mia"), name("MIA")),
                )
            },
            "user.renamed",
        ),
        (
            "to the name of another: names may repeat",
            |w| {
                w.run(
                    &adam(w),
                    &RenameUser::new(w.spot, w.user("mia"), name("max")),
                )
            },
            "user.renamed",
        ),
        (
            "a program",
            |w| rename(w, &adam(w), w.user("robo")),
            "user.renamed",
        ),
        (
            "a program by itself",
            |w| rename(w, &w.caller("robo"), w.user("robo")),
            "user.renamed",
        ),
        (
            "one who was suspended",
            |w| {
                suspend(w, &adam(w), "mia");
                rename(w, &adam(w), w.user("mia"))
            },
            "user.renamed",
        ),
        (
            "oneself, suspended",
            |w| {
                suspend(w, &adam(w), "mia");
                rename(w, &w.caller("mia"), w.user("mia"))
            },
            "denied: the user is suspended",
        ),
        (
            "one who was removed",
            |w| {
                remove(w, &adam(w), "mia");
                rename(w, &adam(w), w.user("mia"))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "one who is not there",
            |w| rename(w, &adam(w), ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one of another organization",
            |w| rename(w, &adam(w), w.user("eve")),
            "not_found: `{eve}` is not found",
        ),
        (
            "with a token of one's own",
            |w| {
                let (_, bearer) = w.bearer("mia", "t", personal());
                rename(w, &bearer, w.user("mia"))
            },
            "user.renamed",
        ),
        (
            "with a token of one's own that is confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("mia", "t", personal().accounts([]));
                rename(w, &bearer, w.user("mia"))
            },
            "not_found: `{mia}` is not found",
        ),
    ]);
}

#[test]
fn describe_user() {
    table(&[
        (
            "a program",
            |w| describe(w, &adam(w), w.user("robo")),
            "user.described",
        ),
        (
            "again alike",
            |w| {
                describe(w, &adam(w), w.user("robo"));
                describe(w, &adam(w), w.user("robo"))
            },
            "nothing",
        ),
        (
            "nothing where nothing was said",
            |w| w.run(&adam(w), &DescribeUser::new(w.spot, w.user("robo"))),
            "nothing",
        ),
        (
            "nothing any more",
            |w| {
                describe(w, &adam(w), w.user("robo"));
                w.run(&adam(w), &DescribeUser::new(w.spot, w.user("robo")))
            },
            "user.described",
        ),
        (
            "oneself",
            |w| describe(w, &w.caller("mia"), w.user("mia")),
            "user.described",
        ),
        (
            "a peer",
            |w| describe(w, &adam(w), w.user("anna")),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "one who was removed",
            |w| {
                remove(w, &adam(w), "mia");
                describe(w, &adam(w), w.user("mia"))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "one who is not there",
            |w| describe(w, &adam(w), ghost()),
            "not_found: `{ghost}` is not found",
        ),
    ]);
    let w = World::new();
    describe(&w, &adam(&w), w.user("robo"));
    let state = w.state(w.spot);
    let text = state
        .user(w.user("robo"))
        .unwrap()
        .description()
        .map(ToString::to_string);
    assert_eq!(text.as_deref(), Some("deploys"));
}

/// Law U3: an address takes effect once it is proven.
#[test]
fn change_email() {
    table(&[
        (
            "of oneself",
            |w| {
                let asked = ask_email(w, &w.caller("mia"), "mia", "mia@new.example");
                format!("{asked}: {}", told(w, "mia"))
            },
            "user.email_requested: active member email mia@example.com asked mia@new.example",
        ),
        (
            "of the founder, who stays proven until then",
            |w| {
                ask_email(w, &ada(w), "ada", "ada@new.example");
                told(w, "ada")
            },
            "active owner email ada@example.com proven ada@example.com asked ada@new.example",
        ),
        (
            "the one asked for signs nobody in and names nobody",
            |w| {
                ask_email(w, &w.caller("mia"), "mia", "mia@new.example");
                let state = w.state(w.spot);
                state
                    .user_by_email(&name("mia@new.example"))
                    .is_none()
                    .to_string()
            },
            "true",
        ),
        (
            "by an admin",
            |w| ask_email(w, &adam(w), "mia", "m@x.example"),
            "user.email_requested",
        ),
        (
            "of an owner by an admin",
            |w| ask_email(w, &adam(w), "ada", "m@x.example"),
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
        (
            "of a peer",
            |w| ask_email(w, &adam(w), "anna", "m@x.example"),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "of a program",
            |w| ask_email(w, &adam(w), "robo", "m@x.example"),
            "not_person: user `{robo}` is a program, expected a person",
        ),
        (
            "to one that is taken",
            |w| ask_email(w, &adam(w), "mia", "max@example.com"),
            "email_taken: address `max@example.com` is taken",
        ),
        (
            "to one of another organization",
            |w| ask_email(w, &adam(w), "mia", "eve@example.com"),
            "user.email_requested",
        ),
        (
            "to one of a user who was removed",
            |w| {
                remove(w, &adam(w), "max");
                ask_email(w, &adam(w), "mia", "max@example.com")
            },
            "user.email_requested",
        ),
        (
            "to the one that it has",
            |w| ask_email(w, &adam(w), "mia", "mia@example.com"),
            "nothing",
        ),
        (
            "again alike",
            |w| {
                ask_email(w, &adam(w), "mia", "m@x.example");
                ask_email(w, &adam(w), "mia", "m@x.example")
            },
            "nothing",
        ),
        (
            "another in its place",
            |w| {
                ask_email(w, &adam(w), "mia", "m@x.example");
                ask_email(w, &adam(w), "mia", "m@y.example");
                format!(
                    "{}; {}",
                    prove(w, "mia", "m@x.example"),
                    prove(w, "mia", "m@y.example")
                )
            },
            "email_mismatch: the proven address is neither the user's nor the one that was asked for; user.email_proven",
        ),
        (
            "asking for the one that it has takes it back",
            |w| {
                ask_email(w, &adam(w), "mia", "m@x.example");
                let back = ask_email(w, &w.caller("mia"), "mia", "mia@example.com");
                format!(
                    "{back}; {}; {}",
                    told(w, "mia"),
                    prove(w, "mia", "m@x.example")
                )
            },
            "user.email_requested; active member email mia@example.com; \
            email_mismatch: the proven address is neither the user's nor the one that was asked for",
        ),
        (
            "one that another has asked for: whoever proves it first has it",
            |w| {
                ask_email(w, &w.caller("max"), "max", "m@x.example");
                let asked = ask_email(w, &w.caller("mia"), "mia", "m@x.example");
                let first = prove(w, "mia", "m@x.example");
                format!("{asked}; {first}; {}", prove(w, "max", "m@x.example"))
            },
            "user.email_requested; user.email_proven; email_taken: address `m@x.example` is taken",
        ),
        (
            "of one who was removed",
            |w| {
                remove(w, &adam(w), "mia");
                ask_email(w, &adam(w), "mia", "m@x.example")
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "of one who is not there",
            |w| w.run(&adam(w), &ChangeEmail::new(w.spot, ghost(), email("m"))),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of one of another organization",
            |w| {
                w.run(
                    &adam(w),
                    &ChangeEmail::new(w.spot, w.user("eve"), email("m")),
                )
            },
            "not_found: `{eve}` is not found",
        ),
        (
            "of another out of sight",
            |w| ask_email(w, &w.caller("mia"), "max", "m@x.example"),
            "not_found: `{max}` is not found",
        ),
    ]);
}

#[test]
fn prove_email() {
    const MISMATCH: &str =
        "email_mismatch: the proven address is neither the user's nor the one that was asked for";
    table(&[
        (
            "the one that the user has",
            |w| format!("{}: {}", prove(w, "mia", "mia@example.com"), told(w, "mia")),
            "user.email_proven: active member email mia@example.com proven mia@example.com",
        ),
        (
            "twice",
            |w| {
                prove(w, "mia", "mia@example.com");
                prove(w, "mia", "mia@example.com")
            },
            "nothing",
        ),
        (
            "in other case",
            |w| prove(w, "mia", "MIA@Example.com"),
            "user.email_proven",
        ),
        (
            "the one that was asked for",
            |w| {
                ask_email(w, &adam(w), "mia", "m@x.example");
                format!("{}: {}", prove(w, "mia", "m@x.example"), told(w, "mia"))
            },
            "user.email_proven: active member email m@x.example proven m@x.example",
        ),
        (
            "the old one is free then",
            |w| {
                ask_email(w, &adam(w), "mia", "m@x.example");
                prove(w, "mia", "m@x.example");
                let command = CreateUser::new(w.spot, name("M"), email("mia"), Member);
                w.run(&ada(w), &command)
            },
            "user.created",
        ),
        (
            "one who comes by the new address is known",
            |w| {
                ask_email(w, &adam(w), "mia", "m@x.example");
                prove(w, "mia", "m@x.example");
                let new = w.ask(
                    &Caller::person(name("m@x.example")),
                    &OrganizationsOf::caller(),
                );
                let old = w.ask(&person("mia"), &OrganizationsOf::caller());
                format!("{new} {old}")
            },
            "[{spot} active - member] []",
        ),
        ("another", |w| prove(w, "mia", "max@example.com"), MISMATCH),
        (
            "one that nobody has",
            |w| prove(w, "mia", "m@x.example"),
            MISMATCH,
        ),
        (
            "one that another user has asked for",
            |w| {
                ask_email(w, &adam(w), "max", "m@x.example");
                prove(w, "mia", "m@x.example")
            },
            MISMATCH,
        ),
        (
            "by a program",
            |w| prove(w, "robo", "robo@example.com"),
            MISMATCH,
        ),
        (
            "nothing",
            |w| w.run(&w.caller("mia"), &ProveEmail::new(w.spot)),
            "proof_required: the caller has proven no address",
        ),
        (
            "with a token, of the person and of the very address: it proves nothing",
            |w| {
                prove(w, "mia", "mia@example.com");
                ask_email(w, &adam(w), "mia", "m@x.example");
                let (_, bearer) = w.bearer("mia", "t", personal());
                w.run(&bearer, &ProveEmail::new(w.spot))
            },
            "proof_required: the caller has proven no address",
        ),
        (
            "by a person who is nobody's user",
            |w| w.run(&person("mia"), &ProveEmail::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "by the host: it is no user",
            |w| w.run(&host(), &ProveEmail::new(w.spot)),
            "not_signed_in: the caller is nobody's user, expected one who is signed in",
        ),
        (
            "by a user of another organization",
            |w| {
                let eve = w.caller("eve").with_proven(email("mia"));
                w.run(&eve, &ProveEmail::new(w.spot))
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "by a user who was suspended",
            |w| {
                suspend(w, &adam(w), "mia");
                prove(w, "mia", "mia@example.com")
            },
            "denied: the user is suspended",
        ),
        (
            "by a user who was removed",
            |w| {
                remove(w, &adam(w), "mia");
                prove(w, "mia", "mia@example.com")
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "in a suspended organization",
            |w| {
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                prove(w, "mia", "mia@example.com")
            },
            "denied: the organization is suspended",
        ),
        (
            "one that became another's meanwhile",
            |w| {
                ask_email(w, &adam(w), "mia", "new@example.com");
                w.done(
                    &ada(w),
                    &CreateUser::new(w.spot, name("N"), email("new"), Member),
                );
                prove(w, "mia", "new@example.com")
            },
            "email_taken: address `new@example.com` is taken",
        ),
        (
            "an owner who has proven it keeps the organization",
            |w| {
                prove(w, "olga", "olga@example.com");
                leave(w, &ada(w))
            },
            "user.left",
        ),
        (
            "an owner who has not does not",
            |w| leave(w, &ada(w)),
            "last_owner: `{ada}` is the last owner: \
            make another user owner, transfer the ownership or close the organization",
        ),
    ]);
}

/// Law U4 as one reviewed text: who may make whom what, with everybody upon itself and the host.
#[test]
fn every_role_makes_every_role_every_role() {
    // `ada` has proven her address, and is the owner who keeps the organization; `olga` has not.
    const CALLERS: [&str; 6] = ["ada", "olga", "adam", "vera", "bill", "mia"];
    const TARGETS: [&str; 7] = ["ada", "olga", "anna", "vic", "ben", "max", "robo"];
    let mut text = String::new();
    let mut line = |who: &str, by: &dyn Fn(&World) -> Caller, upon: &str| {
        // The roles that are answered alike stand together, the highest first.
        let mut answers: Vec<(String, String)> = Vec::new();
        let mut what = Member;
        for new in OrganizationRole::ALL {
            let w = World::new();
            let is = || w.state(w.spot).user(w.user(upon)).unwrap().role();
            what = is();
            let made = role(&w, &by(&w), upon, new);
            let changed = made == "user.role_changed";
            assert_eq!(is(), if changed { new } else { what });
            match answers.iter_mut().find(|it| it.1 == made) {
                Some((roles, _)) => write!(roles, ", {new}").unwrap(),
                None => answers.push((new.to_string(), made)),
            }
        }
        let whom = if upon == who { "itself" } else { upon };
        writeln!(text, "{who} upon {whom}, who is {what}").unwrap();
        for (roles, told) in answers {
            writeln!(text, "    {roles}: {told}").unwrap();
        }
    };
    for caller in CALLERS {
        line(caller, &|w| w.caller(caller), caller);
        for upon in TARGETS.into_iter().filter(|upon| *upon != caller) {
            line(caller, &|w| w.caller(caller), upon);
        }
    }
    line("robo", &|w| w.caller("robo"), "robo");
    for upon in TARGETS {
        line("the host", &|_| host(), upon);
    }
    snapshots::check("roles.txt", &text);
}

#[test]
fn change_role() {
    table(&[
        (
            "of one who was suspended: it is that once it is active again",
            |w| {
                suspend(w, &adam(w), "mia");
                let made = role(w, &adam(w), "mia", Viewer);
                format!("{made}: {}", told(w, "mia"))
            },
            "user.role_changed: suspended viewer email mia@example.com",
        ),
        (
            "of oneself, suspended",
            |w| {
                suspend(w, &ada(w), "adam");
                role(w, &adam(w), "adam", Member)
            },
            "denied: the user is suspended",
        ),
        (
            "of one who was removed",
            |w| {
                remove(w, &adam(w), "mia");
                role(w, &adam(w), "mia", Viewer)
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "of one who is not there",
            |w| w.run(&ada(w), &ChangeRole::new(w.spot, ghost(), Viewer)),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of one of another organization",
            |w| role(w, &ada(w), "eve", Member),
            "not_found: `{eve}` is not found",
        ),
        (
            "of one of another organization, by the host",
            |w| role(w, &host(), "eve", Member),
            "not_found: `{eve}` is not found",
        ),
        (
            "from another organization",
            |w| role(w, &w.caller("eve"), "mia", Owner),
            "not_found: `{spot}` is not found",
        ),
        (
            "of the last owner who is active",
            |w| {
                prove(w, "olga", "olga@example.com");
                suspend(w, &ada(w), "olga");
                role(w, &ada(w), "ada", Admin)
            },
            "last_owner: `{ada}` is the last owner: make another user owner, transfer the ownership or close the organization",
        ),
        (
            "of an owner beside another who is active and proven",
            |w| {
                prove(w, "olga", "olga@example.com");
                role(w, &ada(w), "ada", Admin)
            },
            "user.role_changed",
        ),
        (
            "two owners in one batch: one is left",
            |w| {
                prove(w, "olga", "olga@example.com");
                let batch = Batch::new(w.spot)
                    .all(["olga", "ada"].map(|it| ChangeRole::new(w.spot, w.user(it), Admin)));
                w.run(&ada(w), &batch)
            },
            "last_owner: `{ada}` is the last owner: make another user owner, transfer the ownership or close the organization",
        ),
        (
            "first oneself, then another: judged by what one is then",
            |w| {
                prove(w, "olga", "olga@example.com");
                let batch = Batch::new(w.spot)
                    .all(["ada", "adam"].map(|it| ChangeRole::new(w.spot, w.user(it), Viewer)));
                w.run(&ada(w), &batch)
            },
            "not granted: asks for admin",
        ),
        (
            "the rights change at once, those of tokens too",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal());
                role(w, &ada(w), "adam", Viewer);
                let create = CreateAccount::new(w.spot, name("A"));
                format!("{}; {}", w.run(&adam(w), &create), w.run(&bearer, &create))
            },
            "not granted: asks for admin; not granted: asks for admin",
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                role(w, &bearer, "mia", Viewer)
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "with a token that is confined to this action, to more than a member",
            |w| {
                let (_, bearer) =
                    w.bearer("ada", "t", personal().actions([name("user:change_role")]));
                role(w, &bearer, "mia", Viewer)
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "with a token that is confined to this action, to a member",
            |w| {
                let (_, bearer) =
                    w.bearer("ada", "t", personal().actions([name("user:change_role")]));
                role(w, &bearer, "vera", Member)
            },
            "user.role_changed",
        ),
    ]);
}

#[test]
fn suspend_and_reactivate_users() {
    const LAST: &str = "last_owner: `{ada}` is the last owner: make another user owner, transfer the ownership or close the organization";
    table(&[
        (
            "a member by an admin",
            |w| suspend(w, &adam(w), "mia"),
            "user.suspended",
        ),
        (
            "twice",
            |w| {
                suspend(w, &adam(w), "mia");
                suspend(w, &adam(w), "mia")
            },
            "nothing",
        ),
        (
            "and back",
            |w| {
                suspend(w, &adam(w), "mia");
                format!(
                    "{}: {}",
                    reactivate(w, &w.caller("anna"), "mia"),
                    told(w, "mia")
                )
            },
            "user.reactivated: active member email mia@example.com",
        ),
        (
            "back one who is active",
            |w| reactivate(w, &adam(w), "mia"),
            "nothing",
        ),
        (
            "oneself back",
            |w| {
                suspend(w, &ada(w), "adam");
                reactivate(w, &adam(w), "adam")
            },
            "denied: the user is suspended",
        ),
        (
            "oneself, with the right",
            |w| suspend(w, &adam(w), "adam"),
            "user.suspended",
        ),
        (
            "oneself, without",
            |w| suspend(w, &w.caller("mia"), "mia"),
            "not granted: asks for admin",
        ),
        (
            "another out of sight",
            |w| suspend(w, &w.caller("mia"), "max"),
            "not_found: `{max}` is not found",
        ),
        (
            "a peer",
            |w| suspend(w, &adam(w), "anna"),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "a peer back",
            |w| {
                suspend(w, &ada(w), "anna");
                reactivate(w, &adam(w), "anna")
            },
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "an owner by an admin",
            |w| suspend(w, &adam(w), "olga"),
            "outranked: `{olga}` is owner, and the caller is admin",
        ),
        (
            "an owner by an owner",
            |w| suspend(w, &ada(w), "olga"),
            "user.suspended",
        ),
        (
            "the last owner by another who could not keep the organization",
            |w| suspend(w, &w.caller("olga"), "ada"),
            LAST,
        ),
        (
            "the last owner by itself",
            |w| suspend(w, &ada(w), "ada"),
            LAST,
        ),
        (
            "the last owner by the host: laws hold for it too",
            |w| suspend(w, &host(), "ada"),
            LAST,
        ),
        (
            "an owner beside another who keeps it",
            |w| {
                prove(w, "olga", "olga@example.com");
                suspend(w, &w.caller("olga"), "ada")
            },
            "user.suspended",
        ),
        (
            "one who was removed",
            |w| {
                remove(w, &adam(w), "mia");
                suspend(w, &adam(w), "mia")
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "one who was removed, back: it stays removed",
            |w| {
                remove(w, &adam(w), "mia");
                reactivate(w, &adam(w), "mia")
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "a program",
            |w| suspend(w, &adam(w), "robo"),
            "user.suspended",
        ),
        (
            "one of another organization",
            |w| suspend(w, &ada(w), "eve"),
            "not_found: `{eve}` is not found",
        ),
        (
            "one who is not there",
            |w| w.run(&ada(w), &SuspendUser::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one who is not there, back",
            |w| w.run(&ada(w), &ReactivateUser::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                suspend(w, &bearer, "mia")
            },
            "denied: the token is confined to other accounts",
        ),
    ]);
}

/// Law U6: whoever is suspended may leave, and nothing else; its tokens may nothing, whatever
/// they were. Reactivated, it is what it was.
#[test]
fn a_suspended_user_and_its_tokens_do_nothing_but_leave() {
    let w = World::new();
    let (_, text) = w.mint(&w.caller("edda"), "edda", "t", personal());
    let bearer = w.authenticate(&text).unwrap();
    let (_, robot) = w.mint(&adam(&w), "robo", "r", programmatic());
    let bot = w.authenticate(&robot).unwrap();
    let tries = |caller: &Caller, user: &str| {
        let check = Check::new(w.spot, name("fleet:create"), w.lab);
        [
            rename(&w, caller, w.user(user)),
            w.run(caller, &IssueToken::new(w.spot, w.user(user), temporary())),
            w.run(caller, &DetachUser::new(w.spot, w.user(user), w.vault)),
            w.ask(caller, &GetUser::new(w.spot, w.user(user))),
            w.ask(caller, &check),
        ]
    };
    for user in ["edda", "robo"] {
        suspend(&w, &adam(&w), user);
    }
    for (caller, user) in [
        (&w.caller("edda"), "edda"),
        (&bearer, "edda"),
        (&bot, "robo"),
    ] {
        for told in tries(caller, user) {
            assert!(told.contains("denied: the user is suspended"), "{told}");
        }
    }
    assert_eq!(
        leave(&w, &bearer),
        "denied: the user is suspended",
        "a token does not leave for it"
    );
    let unaccepted = w.authenticate("acme_pat_").unwrap_err();
    for text in [&text, &robot] {
        assert_eq!(
            w.authenticate(text).unwrap_err(),
            unaccepted,
            "no word of why"
        );
    }
    let issue = IssueToken::new(w.spot, w.user("edda"), personal());
    assert_eq!(
        w.run(&ada(&w), &issue),
        "user_status: user `{edda}` is suspended"
    );
    assert_eq!(
        w.run(&host(), &issue),
        "user_status: user `{edda}` is suspended"
    );
    // It is listed, and its attachments wait for it.
    let list = ListUsers::new(w.spot).of_account(w.lab);
    assert_eq!(w.ask(&adam(&w), &list), "[{edda}, {rita}, {robo}]");
    for user in ["edda", "robo"] {
        reactivate(&w, &adam(&w), user);
    }
    for (caller, user) in [
        (&w.caller("edda"), "edda"),
        (&bearer, "edda"),
        (&bot, "robo"),
    ] {
        for told in tries(caller, user) {
            assert!(!told.contains("denied"), "{told}");
        }
    }
    assert_eq!(w.authenticate(&text).unwrap(), bearer);
}

#[test]
fn remove_user() {
    const LAST: &str = "last_owner: `{ada}` is the last owner: make another user owner, transfer the ownership or close the organization";
    table(&[
        (
            "a member by an admin",
            |w| remove(w, &adam(w), "mia"),
            "user.removed",
        ),
        (
            "by the host",
            |w| remove(w, &host(), "olga"),
            "user.removed",
        ),
        (
            "twice",
            |w| {
                remove(w, &adam(w), "mia");
                remove(w, &adam(w), "mia")
            },
            "nothing",
        ),
        (
            "one who was suspended",
            |w| {
                suspend(w, &adam(w), "mia");
                remove(w, &adam(w), "mia")
            },
            "user.removed",
        ),
        (
            "oneself without a right: one leaves",
            |w| remove(w, &w.caller("mia"), "mia"),
            "not granted: asks for admin",
        ),
        (
            "oneself with the right",
            |w| remove(w, &adam(w), "adam"),
            "user.removed",
        ),
        (
            "another out of sight",
            |w| remove(w, &w.caller("mia"), "max"),
            "not_found: `{max}` is not found",
        ),
        (
            "another in sight",
            |w| remove(w, &w.caller("vera"), "max"),
            "not granted: asks for admin",
        ),
        (
            "a peer",
            |w| remove(w, &adam(w), "anna"),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "a peer who was removed already: no difference in what is told",
            |w| {
                remove(w, &ada(w), "anna");
                remove(w, &adam(w), "anna")
            },
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "an owner by an owner",
            |w| remove(w, &ada(w), "olga"),
            "user.removed",
        ),
        (
            "the last owner by another who could not keep the organization",
            |w| remove(w, &w.caller("olga"), "ada"),
            LAST,
        ),
        (
            "the last owner by the host",
            |w| remove(w, &host(), "ada"),
            LAST,
        ),
        (
            "all owners in one batch",
            |w| {
                let batch = Batch::new(w.spot)
                    .all(["olga", "ada"].map(|it| RemoveUser::new(w.spot, w.user(it))));
                w.run(&host(), &batch)
            },
            LAST,
        ),
        ("a program", |w| remove(w, &adam(w), "robo"), "user.removed"),
        (
            "one of another organization",
            |w| remove(w, &ada(w), "eve"),
            "not_found: `{eve}` is not found",
        ),
        (
            "one who is not there",
            |w| w.run(&ada(w), &RemoveUser::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "in a suspended organization",
            |w| {
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                remove(w, &ada(w), "mia")
            },
            "denied: the organization is suspended",
        ),
        (
            "in a suspended organization, by the host",
            |w| {
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                remove(w, &host(), "mia")
            },
            "user.removed",
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                remove(w, &bearer, "edda")
            },
            "denied: the token is confined to other accounts",
        ),
    ]);
}

/// Law U6: leaving is a right of everybody, but for the last owner.
#[test]
fn leave_organization() {
    const LAST: &str = "last_owner: `{ada}` is the last owner: make another user owner, transfer the ownership or close the organization";
    table(&[
        ("a member", |w| leave(w, &w.caller("mia")), "user.left"),
        ("an admin", |w| leave(w, &adam(w)), "user.left"),
        (
            "an owner who does not keep the organization",
            |w| leave(w, &w.caller("olga")),
            "user.left",
        ),
        ("the last owner", |w| leave(w, &ada(w)), LAST),
        (
            "the last owner, as the other has been suspended",
            |w| {
                prove(w, "olga", "olga@example.com");
                suspend(w, &ada(w), "olga");
                leave(w, &ada(w))
            },
            LAST,
        ),
        (
            "a suspended owner",
            |w| {
                prove(w, "olga", "olga@example.com");
                suspend(w, &ada(w), "olga");
                leave(w, &w.caller("olga"))
            },
            "user.left",
        ),
        (
            "somebody who is suspended",
            |w| {
                suspend(w, &adam(w), "mia");
                leave(w, &w.caller("mia"))
            },
            "user.left",
        ),
        (
            "somebody who has left: there is no organization any more",
            |w| {
                leave(w, &w.caller("mia"));
                leave(w, &w.caller("mia"))
            },
            "not_found: `{spot}` is not found",
        ),
        ("a program", |w| leave(w, &w.caller("robo")), "user.left"),
        (
            "the host",
            |w| leave(w, &host()),
            "not_signed_in: the caller is nobody's user, expected one who is signed in",
        ),
        (
            "from another organization",
            |w| leave(w, &w.caller("eve")),
            "not_found: `{spot}` is not found",
        ),
        (
            "a person who is nobody's user",
            |w| leave(w, &person("mia")),
            "not_found: `{spot}` is not found",
        ),
        (
            "out of a suspended organization",
            |w| {
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                leave(w, &w.caller("mia"))
            },
            "user.left",
        ),
        (
            "out of one that is closing",
            |w| {
                w.done(&ada(w), &CloseOrganization::new(w.spot));
                leave(w, &w.caller("mia"))
            },
            "user.left",
        ),
        (
            "the last owner out of one that is closing: it can be restored",
            |w| {
                w.done(&ada(w), &CloseOrganization::new(w.spot));
                leave(w, &ada(w))
            },
            LAST,
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                let (_, bearer) = w.bearer("mia", "t", personal().accounts([]));
                leave(w, &bearer)
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "with a token that is confined to other actions",
            |w| {
                let (_, bearer) = w.bearer("mia", "t", personal().actions([name("user:read")]));
                leave(w, &bearer)
            },
            "denied: the token is confined to other actions",
        ),
    ]);
}

/// Laws U1, U6: with a user go its attachments and its tokens; who comes back is another user, and
/// has none of the old rights.
#[test]
fn who_comes_back_is_somebody_else() {
    for end in [
        (|w: &World| remove(w, &adam(w), "edda")) as fn(&World) -> String,
        |w| leave(w, &w.caller("edda")),
    ] {
        let w = World::new();
        let edda = w.user("edda");
        let (token, text) = w.mint(&w.caller("edda"), "edda", "t", personal());
        let bearer = w.authenticate(&text).unwrap();
        let (child, _) = w.mint(&bearer, "edda", "c", temporary());
        let (minted, other) = w.mint(&adam(&w), "edda", "m", personal());
        assert!(["user.removed", "user.left"].contains(&&*end(&w)));
        let state = w.state(w.spot);
        let gone = state.user(edda).unwrap();
        assert_eq!(
            (gone.status(), gone.attachments()),
            (UserStatus::Removed, &[][..])
        );
        for id in [token, child, minted] {
            let dead = state.token(id).unwrap().revoked_at();
            assert_eq!(dead, Some(w.now()), "{id}");
        }
        assert!(w.authenticate(&text).is_err() && w.authenticate(&other).is_err());
        let check = Check::new(w.spot, name("fleet:read"), w.lab);
        for caller in [&bearer, &w.caller("edda")] {
            assert!(w.ask(caller, &check).contains("not"), "no longer");
            assert_eq!(rename(&w, caller, edda), "not_found: `{edda}` is not found");
        }
        // By whom it was removed it is found, and stays as it is.
        assert_eq!(w.ask(&adam(&w), &GetUser::new(w.spot, edda)), "{edda}");
        assert_eq!(
            w.ask(&adam(&w), &ListUsers::new(w.spot).of_account(w.lab)),
            "[{rita}, {robo}]"
        );
        let attach = AttachUser::new(w.spot, edda, w.lab, Editor);
        assert_eq!(
            w.run(&ada(&w), &attach),
            "user_status: user `{edda}` is removed"
        );
        let issue = IssueToken::new(w.spot, edda, personal());
        assert_eq!(
            w.run(&ada(&w), &issue),
            "user_status: user `{edda}` is removed"
        );
        // The same person again.
        let again = CreateUser::new(w.spot, name("Edda"), email("edda"), Member);
        let new = w.done(&adam(&w), &again).user;
        assert_ne!(new, edda);
        let state = w.state(w.spot);
        assert_eq!(state.user_by_email(&email("edda")).unwrap().id(), new);
        assert_eq!(state.user(new).unwrap().attachments(), []);
        assert!(w.authenticate(&text).is_err());
        let caller = Caller::user(w.spot, new);
        let told = w.ask(&caller, &check);
        assert_eq!(
            told,
            "`fleet:read` on `{lab}` is not granted: asks for viewer"
        );
        for token in [token, child, minted] {
            let told = w.run(&caller, &RevokeToken::new(w.spot, token));
            assert!(
                told.starts_with("not_found: "),
                "the old tokens are not hers: {told}"
            );
        }
    }
}

/// Law U7: a program obeys the same rules as a person.
#[test]
fn programs_obey_the_same_rules() {
    table(&[
        (
            "made admin, it acts as one",
            |w| {
                role(w, &ada(w), "robo", Admin);
                suspend(w, &w.caller("robo"), "mia")
            },
            "user.suspended",
        ),
        (
            "made admin, it stands beside admins",
            |w| {
                role(w, &ada(w), "robo", Admin);
                format!(
                    "{}; {}",
                    suspend(w, &w.caller("robo"), "adam"),
                    suspend(w, &adam(w), "robo")
                )
            },
            "outranked: `{adam}` is admin, and the caller is admin; outranked: `{robo}` is admin, and the caller is admin",
        ),
        (
            "made admin, it cannot make an owner",
            |w| {
                role(w, &ada(w), "robo", Admin);
                role(w, &w.caller("robo"), "mia", Owner)
            },
            "role_not_held: role owner cannot be given by a caller who is admin",
        ),
        (
            "never owner",
            |w| role(w, &ada(w), "robo", Owner),
            "owner_not_person: a programmatic user cannot be owner",
        ),
        (
            "suspended, it gets no token",
            |w| {
                suspend(w, &adam(w), "robo");
                let issue = IssueToken::new(w.spot, w.user("robo"), programmatic());
                w.run(&adam(w), &issue)
            },
            "user_status: user `{robo}` is suspended",
        ),
        (
            "removed, its tokens are revoked",
            |w| {
                let (id, text) = w.mint(&adam(w), "robo", "t", programmatic());
                remove(w, &adam(w), "robo");
                let state = w.state(w.spot);
                let revoked = state.token(id).unwrap().revoked_at().is_some();
                format!("{revoked} {}", w.authenticate(&text).is_err())
            },
            "true true",
        ),
        (
            "removed, it is detached",
            |w| {
                remove(w, &adam(w), "robo");
                w.ask(&adam(w), &ListUsers::new(w.spot).of_account(w.lab))
            },
            "[{edda}, {rita}]",
        ),
        (
            "its name may be another's",
            |w| rename(w, &adam(w), w.user("robo")),
            "user.renamed",
        ),
    ]);
}

/// Many are attached and detached at once: all of them, or none.
#[test]
fn users_are_attached_and_detached_in_bulk() {
    fn attach(w: &World, users: &[UserId]) -> Batch {
        let command = |user: &UserId| AttachUser::new(w.spot, *user, w.vault, Reader);
        Batch::new(w.spot).all(users.iter().map(command))
    }
    fn on_vault(w: &World) -> String {
        w.ask(&ada(w), &ListUsers::new(w.spot).of_account(w.vault))
    }
    table(&[
        (
            "three",
            |w| {
                let batch = attach(w, &["mia", "max", "robo"].map(|it| w.user(it)));
                format!("{}: {}", w.run(&adam(w), &batch), on_vault(w))
            },
            "user.attached, user.attached, user.attached: [{mia}, {max}, {robo}]",
        ),
        (
            "three, one of whom is attached already",
            |w| {
                w.done(&ada(w), &attach(w, &[w.user("max")]));
                let batch = attach(w, &["mia", "max", "robo"].map(|it| w.user(it)));
                w.run(&adam(w), &batch)
            },
            "user.attached, user.attached",
        ),
        (
            "the same one twice",
            |w| {
                let batch = attach(w, &[w.user("mia"), w.user("mia")]);
                w.run(&adam(w), &batch)
            },
            "user.attached",
        ),
        (
            "one of whom is not there: none",
            |w| {
                let batch = attach(w, &[w.user("mia"), ghost()]);
                format!("{}: {}", w.run(&adam(w), &batch), on_vault(w))
            },
            "not_found: `{ghost}` is not found: []",
        ),
        (
            "one of whom is of another organization: none",
            |w| {
                let batch = attach(w, &[w.user("mia"), w.user("eve")]);
                format!("{}: {}", w.run(&adam(w), &batch), on_vault(w))
            },
            "not_found: `{eve}` is not found: []",
        ),
        (
            "one of whom is a peer: none",
            |w| {
                let batch = attach(w, &[w.user("mia"), w.user("anna")]);
                format!("{}: {}", w.run(&adam(w), &batch), on_vault(w))
            },
            "outranked: `{anna}` is admin, and the caller is admin: []",
        ),
        (
            "one of whom was removed: none",
            |w| {
                remove(w, &ada(w), "max");
                let batch = attach(w, &[w.user("mia"), w.user("max")]);
                format!("{}: {}", w.run(&adam(w), &batch), on_vault(w))
            },
            "user_status: user `{max}` is removed: []",
        ),
        (
            "somebody who is removed within the batch",
            |w| {
                let batch = attach(w, &[w.user("mia")])
                    .and(RemoveUser::new(w.spot, w.user("mia")))
                    .and(AttachUser::new(w.spot, w.user("mia"), w.lab, Reader));
                w.run(&adam(w), &batch)
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "detaching all of an account",
            |w| {
                let all =
                    ["edda", "rita", "robo"].map(|it| DetachUser::new(w.spot, w.user(it), w.lab));
                let told = w.run(&adam(w), &Batch::new(w.spot).all(all));
                format!(
                    "{told}: {}",
                    w.ask(&ada(w), &ListUsers::new(w.spot).of_account(w.lab))
                )
            },
            "user.detached, user.detached, user.detached: []",
        ),
        (
            "detaching, one of whom is out of the caller's rank: none",
            |w| {
                w.done(
                    &ada(w),
                    &AttachUser::new(w.spot, w.user("anna"), w.lab, Reader),
                );
                let all = ["edda", "anna"].map(|it| DetachUser::new(w.spot, w.user(it), w.lab));
                let told = w.run(&adam(w), &Batch::new(w.spot).all(all));
                format!(
                    "{told}: {}",
                    w.ask(&ada(w), &ListUsers::new(w.spot).of_account(w.lab))
                )
            },
            "outranked: `{anna}` is admin, and the caller is admin: [{anna}, {edda}, {rita}, {robo}]",
        ),
        (
            "with a token that is confined to the account",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.vault]));
                w.run(&bearer, &attach(w, &[w.user("mia"), w.user("max")]))
            },
            "user.attached, user.attached",
        ),
        (
            "with a token that is confined to another account",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
                w.run(&bearer, &attach(w, &[w.user("mia"), w.user("max")]))
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "with a token that is confined to the action: it gives no role on an account",
            |w| {
                let attach_user: Action = name("account:attach_user");
                let (_, bearer) = w.bearer("adam", "t", personal().actions([attach_user]));
                w.run(&bearer, &attach(w, &[w.user("mia")]))
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
    ]);
    let mut few = settings();
    few.limits.batch = 2;
    table_with(
        few,
        &[
            (
                "as many as there may be in a batch",
                |w| w.run(&adam(w), &attach(w, &[w.user("mia"), w.user("max")])),
                "user.attached, user.attached",
            ),
            (
                "one more",
                |w| {
                    let batch = attach(w, &["mia", "max", "robo"].map(|it| w.user(it)));
                    w.run(&adam(w), &batch)
                },
                "limit: there would be 3 commands in the batch, expected at most 2",
            ),
        ],
    );
}

/// A retry under the same command id answers as the first run did, whatever came between.
#[test]
fn a_retry_does_not_undo_what_came_between() {
    let w = World::new();
    let suspend = SuspendUser::new(w.spot, w.user("mia"));
    let once = || Request::new(&suspend).named(name("once"));
    assert_eq!(w.run(&adam(&w), once()), "user.suspended");
    assert_eq!(reactivate(&w, &adam(&w), "mia"), "user.reactivated");
    assert_eq!(w.run(&adam(&w), once()), "nothing");
    assert_eq!(told(&w, "mia"), "active member email mia@example.com");
    // Not so for another caller: the id is its own.
    assert_eq!(w.run(&w.caller("anna"), once()), "user.suspended");
}

/// What is offered to a user who is asked for by others stays out of reach of the user's tokens.
#[test]
fn a_user_out_of_sight_hears_nothing_of_others() {
    let w = World::new();
    let mia = w.caller("mia");
    let commands: [fn(&World, &Caller) -> String; 6] = [
        |w, by| rename(w, by, w.user("max")),
        |w, by| describe(w, by, w.user("max")),
        |w, by| role(w, by, "max", Billing),
        |w, by| suspend(w, by, "max"),
        |w, by| reactivate(w, by, "max"),
        |w, by| remove(w, by, "max"),
    ];
    let bearer = |token: NewToken| w.bearer("mia", "t", token).1;
    for caller in [
        mia,
        bearer(personal()),
        bearer(temporary()),
        bearer(personal().accounts([])),
    ] {
        for command in commands {
            assert_eq!(command(&w, &caller), "not_found: `{max}` is not found");
        }
        let invite = InviteUser::new(w.spot, email("max"), Member);
        assert!(
            !w.run(&caller, &invite).contains("max"),
            "nor that the address is known"
        );
    }
}
