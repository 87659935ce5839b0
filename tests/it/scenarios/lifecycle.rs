//! The life of an organization: its name, its suspensions, its end, and what holds that up (laws O2,
//! O3, O5, O6).

use alloc::sync::Arc;
use core::time::Duration;

use tenancy::blocking::Registry;
use tenancy::command::{
    AcceptInvitation, ActivateOrganization, Batch, CloseOrganization, CreateAccount, InviteUser,
    IssueToken, LeaveOrganization, LiftHold, LiftSuspension, OfferOwnership, PlaceHold, ProveEmail,
    PurgeOrganization, RenameOrganization, RestoreOrganization, SetReference, SetTokenLife, SignUp,
    SuspendOrganization,
};
use tenancy::id::HoldId;
use tenancy::name::OrganizationName;
use tenancy::organization::lifecycle::{Authority, HoldKind, NameScope, Status, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::token::TokenKind;
use tenancy::query::{
    Check, ExportUsers, FindOrganization, GetOrganization, InvitationsOf, ListTokens, ListUsers,
    OrganizationsOf, SwitchOrganization, TokenStanding,
};
use tenancy::role::OrganizationRole;
use tenancy::{Caller, Freshness, Resource, Settings};

use crate::world::{
    World, email, ghost, host, name, person, personal, programmatic, seconds, settings, table,
    table_with, temporary, time,
};

const FOUNDED: &str = "organization.created, account.created, user.created";
const ASKS_ADMIN: &str = "not granted: asks for admin";
const ASKS_OWNER: &str = "not granted: asks for owner";
const ASKS_HOST: &str = "not granted: asks for host";
const SPOT_NOT_FOUND: &str = "not_found: `{spot}` is not found";
const CONFINED: &str = "denied: the token is confined to other accounts";

/// An organization that is closed when the world begins can be restored until here.
const UNTIL: &str = "2026-12-21T12:00:00.000Z";
const BEFORE: &str = "2026-12-21T11:59:59.999Z";
const AFTER: &str = "2026-12-21T12:00:00.001Z";

/// Returns the settings under which names may repeat.
fn loose() -> Settings {
    let mut loose = settings();
    loose.rules.name_scope = NameScope::None;
    loose
}

fn rename(w: &World, caller: &Caller, to: &str) -> String {
    w.run(caller, &RenameOrganization::new(w.spot, name(to)))
}

/// Renames as an owner, which has to work.
fn renamed(w: &World, to: &str) {
    w.done(&w.caller("ada"), &RenameOrganization::new(w.spot, name(to)));
}

fn sign_up(w: &World, organization: &str) -> String {
    w.run(
        &person("zoe"),
        &SignUp::new(name(organization), name("Zoe")),
    )
}

/// Returns which organization the host finds by a name.
fn by_name(w: &World, organization: &str) -> String {
    let query = FindOrganization::Name(name(organization));
    let answer = w.registry.ask_at(Freshness::Latest, &host(), &query);
    let found = answer.unwrap().value.map(|id| id.to_string());
    w.named(&found.unwrap_or_else(|| "nothing".into()))
}

#[test]
fn rename_organization() {
    table(&[
        (
            "an owner",
            |w| rename(w, &w.caller("ada"), "Nova"),
            "organization.renamed",
        ),
        (
            "an admin",
            |w| rename(w, &w.caller("adam"), "Nova"),
            "organization.renamed",
        ),
        (
            "the host",
            |w| rename(w, &host(), "Nova"),
            "organization.renamed",
        ),
        (
            "a viewer",
            |w| rename(w, &w.caller("vera"), "Nova"),
            ASKS_ADMIN,
        ),
        (
            "billing",
            |w| rename(w, &w.caller("bill"), "Nova"),
            ASKS_ADMIN,
        ),
        (
            "a member",
            |w| rename(w, &w.caller("mia"), "Nova"),
            ASKS_ADMIN,
        ),
        (
            "a member is not told whether a name is taken",
            |w| rename(w, &w.caller("mia"), "Rival"),
            ASKS_ADMIN,
        ),
        (
            "an owner of another",
            |w| rename(w, &w.caller("eve"), "Nova"),
            SPOT_NOT_FOUND,
        ),
        (
            "a person, even an owner's",
            |w| rename(w, &person("ada"), "Nova"),
            SPOT_NOT_FOUND,
        ),
        (
            "a token that is confined",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.main]));
                rename(w, &bearer, "Nova")
            },
            CONFINED,
        ),
        (
            "the host, of nothing",
            |w| w.run(&host(), &RenameOrganization::new(ghost(), name("Nova"))),
            "not_found: `{ghost}` is not found",
        ),
        (
            "the name that it has",
            |w| rename(w, &w.caller("ada"), "Spot"),
            "nothing",
        ),
        (
            "its name in other case",
            |w| rename(w, &w.caller("ada"), "SPOT"),
            "organization.renamed",
        ),
        (
            "another's name",
            |w| rename(w, &w.caller("ada"), "Rival"),
            "organization_name_taken: organization name `rival` is taken",
        ),
        (
            "a name that looks like another's",
            |w| rename(w, &w.caller("ada"), " r\u{456}VAL"),
            "organization_name_taken: organization name `rival` is taken",
        ),
        (
            "by the host: rules hold for it too",
            |w| rename(w, &host(), "rival"),
            "organization_name_taken: organization name `rival` is taken",
        ),
    ]);
}

/// Law O2: the reservation moves with the name, in the same commit.
#[test]
fn the_reservation_moves_with_the_name() {
    fn batch(w: &World, names: &[&str]) -> String {
        let rename = |to: &&str| RenameOrganization::new(w.spot, name(to));
        let batch = Batch::new(w.spot).all(names.iter().map(rename));
        let told = w.run(&w.caller("ada"), &batch);
        let state = w.state(w.spot);
        let found = ["Spot", "Nova", "Luna", "Rival"].map(|it| by_name(w, it));
        format!("{told}; {} of [{}]", state.name(), found.join(", "))
    }
    table(&[
        (
            "the old name is free",
            |w| {
                renamed(w, "Nova");
                sign_up(w, "Spot")
            },
            FOUNDED,
        ),
        (
            "the new one is not",
            |w| {
                renamed(w, "Nova");
                sign_up(w, "NOVA")
            },
            "organization_name_taken: organization name `nova` is taken",
        ),
        (
            "nor is a name that was only written otherwise",
            |w| {
                renamed(w, "SPOT");
                sign_up(w, "Spot")
            },
            "organization_name_taken: organization name `spot` is taken",
        ),
        (
            "there and back",
            |w| {
                renamed(w, "Nova");
                renamed(w, "Spot");
                format!("{}; {}", sign_up(w, "Nova"), sign_up(w, "Spot"))
            },
            "organization.created, account.created, user.created; organization_name_taken: \
             organization name `spot` is taken",
        ),
        (
            "back, where somebody else has taken the name",
            |w| {
                renamed(w, "Nova");
                sign_up(w, "sPOT");
                rename(w, &w.caller("ada"), "Spot")
            },
            "organization_name_taken: organization name `spot` is taken",
        ),
        (
            "a refused name gives up nothing",
            |w| {
                rename(w, &w.caller("ada"), "Rival");
                sign_up(w, "Spot")
            },
            "organization_name_taken: organization name `spot` is taken",
        ),
        (
            "to a division of itself, which leaves the name without one free",
            |w| {
                let division = OrganizationName::new(name("Spot")).with_division(name("USA"));
                w.done(&w.caller("ada"), &RenameOrganization::new(w.spot, division));
                format!("{}; {}", sign_up(w, "spot-usa"), sign_up(w, "Spot"))
            },
            "organization_name_taken: organization name `spot-usa` is taken; \
             organization.created, account.created, user.created",
        ),
        (
            "from a division to a name that is shown alike",
            |w| {
                let division = OrganizationName::new(name("Spot")).with_division(name("USA"));
                w.done(&w.caller("ada"), &RenameOrganization::new(w.spot, division));
                format!(
                    "{}; {}",
                    rename(w, &w.caller("ada"), "Spot-USA"),
                    by_name(w, "SPOT-usa")
                )
            },
            "organization.renamed; {spot}",
        ),
        (
            "found by it, and by the old one no more",
            |w| {
                renamed(w, "Nova");
                format!("{}, {}", by_name(w, " nOVA "), by_name(w, "Spot"))
            },
            "{spot}, nothing",
        ),
        (
            "twice in a batch",
            |w| batch(w, &["Nova", "Luna"]),
            "organization.renamed, organization.renamed; Luna of [nothing, nothing, {spot}, {rival}]",
        ),
        (
            "twice in a batch, back to the first",
            |w| batch(w, &["Nova", "Spot"]),
            "organization.renamed, organization.renamed; Spot of [{spot}, nothing, nothing, {rival}]",
        ),
        (
            "in a batch, over a name that is taken",
            |w| batch(w, &["Rival", "Nova"]),
            "organization_name_taken: organization name `rival` is taken; Spot of \
             [{spot}, nothing, nothing, {rival}]",
        ),
        (
            "in a batch, to a name that is taken at last",
            |w| batch(w, &["Nova", "Rival"]),
            "organization_name_taken: organization name `rival` is taken; Spot of \
             [{spot}, nothing, nothing, {rival}]",
        ),
        (
            "in a batch, in other case only",
            |w| batch(w, &["SPOT", "sPOT"]),
            "organization.renamed, organization.renamed; sPOT of [{spot}, nothing, nothing, {rival}]",
        ),
    ]);
}

/// Law O2: a name has the scope of the rule under which it was given.
#[test]
fn a_new_name_has_the_scope_of_the_rule_of_its_time() {
    fn scope(w: &World) -> String {
        let state = w.state(w.spot);
        let found = ["Spot", "Nova"].map(|it| by_name(w, it));
        format!(
            "{} {:?}, found [{}]",
            state.name(),
            state.name_scope(),
            found.join(", ")
        )
    }
    /// Renames under the strict rule, on what was written under the loose one.
    fn strictly(w: &World, to: &str) -> String {
        let strict = Registry::new(w.registry.store(), Arc::clone(&w.clock), settings());
        let told = strict.run(&w.caller("ada"), &RenameOrganization::new(w.spot, name(to)));
        w.check();
        told.map_or_else(|error| w.told(&error), |()| "done".into())
    }
    table_with(
        loose(),
        &[
            (
                "before: the rule was strict",
                scope,
                "Spot Registry, found [{spot}, nothing]",
            ),
            (
                "a new name is not reserved, and the old one is given up",
                |w| {
                    renamed(w, "Nova");
                    scope(w)
                },
                "Nova None, found [nothing, nothing]",
            ),
            (
                "the old one in other case is a new one too",
                |w| {
                    renamed(w, "SPOT");
                    scope(w)
                },
                "SPOT None, found [nothing, nothing]",
            ),
            (
                "another's name",
                |w| rename(w, &w.caller("ada"), "Rival"),
                "organization.renamed",
            ),
            (
                "which stays the other's",
                |w| {
                    renamed(w, "Rival");
                    by_name(w, "Rival")
                },
                "{rival}",
            ),
            (
                "and is still reserved when the one who repeats it is renamed",
                |w| {
                    renamed(w, "Rival");
                    renamed(w, "Nova");
                    by_name(w, "Rival")
                },
                "{rival}",
            ),
            (
                "under the strict rule again, a new name is reserved",
                |w| {
                    renamed(w, "Luna");
                    strictly(w, "Nova");
                    scope(w)
                },
                "Nova Registry, found [nothing, {spot}]",
            ),
            (
                "under the strict rule again, a name that repeats cannot be kept in other case",
                |w| {
                    renamed(w, "Rival");
                    strictly(w, "RIVAL")
                },
                "organization_name_taken: organization name `rival` is taken",
            ),
        ],
    );
}

fn suspend(w: &World, caller: &Caller, reason: SuspensionReason) -> String {
    w.run(caller, &SuspendOrganization::new(w.spot, reason))
}

fn lift(w: &World, caller: &Caller, reason: SuspensionReason) -> String {
    w.run(caller, &LiftSuspension::new(w.spot, reason))
}

fn status(w: &World) -> String {
    w.state(w.spot).status().to_string()
}

fn is(w: &World, expected: Status) {
    assert_eq!(w.state(w.spot).status(), expected);
}

/// Law O3: every reason, by each authority; the same authority lifts it, the other one cannot.
#[test]
fn a_suspension_is_lifted_by_the_kind_of_caller_that_set_it() {
    for reason in SuspensionReason::ALL {
        for (by, setter, other, refused) in [
            (
                Authority::Host,
                "host",
                "ada",
                "authority: it was set by the host and cannot be lifted by an owner",
            ),
            (
                Authority::Owner,
                "ada",
                "host",
                "authority: it was set by an owner and cannot be lifted by the host",
            ),
        ] {
            let w = World::new();
            let caller = |who| match who {
                "host" => host(),
                user => w.caller(user),
            };
            let case = format!("{reason} by {by}");
            assert_eq!(
                suspend(&w, &caller(setter), reason),
                "organization.suspended",
                "{case}"
            );
            is(&w, Status::Suspended);
            let state = w.state(w.spot);
            let [found] = state.suspensions() else {
                panic!("{case}: {:?}", state.suspensions());
            };
            assert_eq!(
                (found.reason, found.by, found.since),
                (reason, by, w.now()),
                "{case}"
            );
            assert_eq!(
                suspend(&w, &caller(setter), reason),
                "nothing",
                "{case}, again"
            );
            assert_eq!(lift(&w, &caller(other), reason), refused, "{case}");
            for another in SuspensionReason::ALL.into_iter().filter(|it| *it != reason) {
                assert_eq!(
                    lift(&w, &caller(setter), another),
                    "nothing",
                    "{case}, {another}"
                );
            }
            is(&w, Status::Suspended);
            let told = lift(&w, &caller(setter), reason);
            assert_eq!(told, "organization.suspension_lifted", "{case}");
            is(&w, Status::Active);
            assert_eq!(
                lift(&w, &caller(other), reason),
                "nothing",
                "{case}, lifted already"
            );
            assert_eq!(
                lift(&w, &caller(setter), reason),
                "nothing",
                "{case}, lifted already"
            );
        }
    }
}

#[test]
fn who_may_suspend() {
    use SuspensionReason::{Abuse, Billing, Requested, Security};
    table(&[
        (
            "another owner",
            |w| suspend(w, &w.caller("olga"), Requested),
            "organization.suspended",
        ),
        (
            "an admin",
            |w| suspend(w, &w.caller("adam"), Requested),
            ASKS_OWNER,
        ),
        (
            "billing",
            |w| suspend(w, &w.caller("bill"), Billing),
            ASKS_OWNER,
        ),
        (
            "a member",
            |w| suspend(w, &w.caller("mia"), Security),
            ASKS_OWNER,
        ),
        (
            "an owner of another",
            |w| suspend(w, &w.caller("eve"), Abuse),
            SPOT_NOT_FOUND,
        ),
        (
            "a token of an owner, which ends its own use",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                let told = suspend(w, &bearer, Security);
                format!("{told}; {}", lift(w, &bearer, Security))
            },
            "organization.suspended; denied: the organization is suspended",
        ),
        (
            "what a token of an owner has suspended, an owner lifts",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                suspend(w, &bearer, Security);
                lift(w, &w.caller("olga"), Security)
            },
            "organization.suspension_lifted",
        ),
        (
            "an admin lifts nothing, suspended or not",
            |w| {
                let before = lift(w, &w.caller("adam"), Requested);
                suspend(w, &w.caller("ada"), Requested);
                format!("{before}; {}", lift(w, &w.caller("adam"), Requested))
            },
            "not granted: asks for owner; not granted: asks for owner",
        ),
        (
            "an owner of another lifts nothing either",
            |w| lift(w, &w.caller("eve"), Abuse),
            SPOT_NOT_FOUND,
        ),
    ]);
}

/// Law O3: a suspension is a set of reasons.
#[test]
fn an_organization_is_suspended_as_long_as_there_is_a_reason() {
    use SuspensionReason::{Abuse, Billing, Requested, Security};
    table(&[
        (
            "two reasons of one authority: the first lifting leaves it suspended",
            |w| {
                suspend(w, &host(), Abuse);
                suspend(w, &host(), Billing);
                lift(w, &host(), Abuse);
                let first = status(w);
                lift(w, &host(), Billing);
                format!("{first}, {}", status(w))
            },
            "suspended, active",
        ),
        (
            "one reason of both authorities is two",
            |w| {
                suspend(w, &host(), Security);
                let told = suspend(w, &w.caller("ada"), Security);
                format!("{told}; {}", w.state(w.spot).suspensions().len())
            },
            "organization.suspended; 2",
        ),
        (
            "of which each lifts its own",
            |w| {
                suspend(w, &host(), Security);
                suspend(w, &w.caller("ada"), Security);
                let first = lift(w, &w.caller("ada"), Security);
                format!(
                    "{first}; {}; {}",
                    status(w),
                    lift(w, &w.caller("ada"), Security)
                )
            },
            "organization.suspension_lifted; suspended; authority: it was set by the host and \
             cannot be lifted by an owner",
        ),
        (
            "all reasons at once, in a batch",
            |w| {
                let suspend = |it| SuspendOrganization::new(w.spot, it);
                let batch = Batch::new(w.spot).all(SuspensionReason::ALL.map(suspend));
                w.run(&host(), &batch);
                let reasons = w.state(w.spot).suspensions().to_vec();
                let reasons = reasons.iter().map(|it| it.reason.to_string());
                reasons.collect::<Vec<_>>().join(", ")
            },
            "abuse, billing, requested, security",
        ),
        (
            "suspended and lifted in one batch",
            |w| {
                let batch = Batch::new(w.spot)
                    .and(SuspendOrganization::new(w.spot, Requested))
                    .and(LiftSuspension::new(w.spot, Requested));
                format!("{}; {}", w.run(&w.caller("ada"), &batch), status(w))
            },
            "organization.suspended, organization.suspension_lifted; active",
        ),
        (
            "suspended, in a batch that needs it not to be",
            |w| {
                let batch = Batch::new(w.spot)
                    .and(SuspendOrganization::new(w.spot, Requested))
                    .and(CreateAccount::new(w.spot, name("A")));
                format!("{}; {}", w.run(&w.caller("ada"), &batch), status(w))
            },
            "denied: the organization is suspended; active",
        ),
    ]);
}

/// Law O3: suspended from pending goes back to pending; activation waits for the lifting.
#[test]
fn what_was_before_a_suspension_is_back_after_it() {
    fn life(activate: bool) -> String {
        let w = World::new();
        let (id, eve) = (w.rival.organization, w.caller("eve"));
        let now = || w.state(id).status().to_string();
        let reason = SuspensionReason::Billing;
        let mut seen = vec![now()];
        w.done(&host(), &SuspendOrganization::new(id, reason));
        seen.push(now());
        if activate {
            seen.push(w.run(&eve, &ActivateOrganization::new(id)));
            seen.push(now());
        }
        w.done(&host(), &LiftSuspension::new(id, reason));
        seen.push(now());
        seen.join(", ")
    }
    assert_eq!(life(false), "pending, suspended, pending");
    assert_eq!(
        life(true),
        "pending, suspended, organization.activated, suspended, active"
    );
}

/// Law O3, T5: what a suspended organization still does, for each kind of caller.
#[test]
fn a_suspended_organization_reads_pays_and_leaves() {
    fn check(w: &World, caller: &Caller, action: &str, resource: Resource) -> String {
        let check = Check::new(w.spot, name(action), resource);
        let answer = w.registry.ask_at(Freshness::Latest, caller, &check);
        answer.unwrap().value.decision.to_string()
    }
    fn suspended(w: &World) {
        w.done(
            &host(),
            &SuspendOrganization::new(w.spot, SuspensionReason::Billing),
        );
    }
    const DENIED: &str = "denied: the organization is suspended";
    table(&[
        (
            "an owner administers nothing",
            |w| {
                suspended(w);
                w.run(&w.caller("ada"), &CreateAccount::new(w.spot, name("A")))
            },
            DENIED,
        ),
        (
            "the host does",
            |w| {
                suspended(w);
                w.run(&host(), &CreateAccount::new(w.spot, name("A")))
            },
            "account.created",
        ),
        (
            "nobody uses the product, an owner",
            |w| {
                suspended(w);
                check(w, &w.caller("ada"), "fleet:read", w.lab.into())
            },
            DENIED,
        ),
        (
            "nobody uses the product, the host",
            |w| {
                suspended(w);
                check(w, &host(), "fleet:read", w.lab.into())
            },
            DENIED,
        ),
        (
            "a member reads",
            |w| {
                suspended(w);
                w.ask(&w.caller("mia"), &GetOrganization::new(w.spot))
            },
            "{spot} suspended -",
        ),
        (
            "whoever pays, pays",
            |w| {
                suspended(w);
                check(w, &w.caller("bill"), "organization:activate", w.spot.into())
            },
            "allowed by organization role billing",
        ),
        (
            "a member leaves",
            |w| {
                suspended(w);
                w.run(&w.caller("mia"), &LeaveOrganization::new(w.spot))
            },
            "user.left",
        ),
        (
            "an admin carries the users away",
            |w| {
                suspended(w);
                let answer = w.registry.ask(&w.caller("adam"), &ExportUsers::new(w.spot));
                answer.unwrap().value.text.lines().count().to_string()
            },
            "14",
        ),
        (
            "an owner closes it",
            |w| {
                suspended(w);
                w.run(&w.caller("ada"), &CloseOrganization::new(w.spot))
            },
            "organization.closing",
        ),
        (
            "a token reads nothing",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                suspended(w);
                w.ask(&bearer, &GetOrganization::new(w.spot))
            },
            DENIED,
        ),
        (
            "nor does it give up what is its own",
            |w| {
                let (_, bearer) = w.bearer("mia", "t", personal());
                suspended(w);
                w.run(&bearer, &LeaveOrganization::new(w.spot))
            },
            DENIED,
        ),
        (
            "a token is not accepted, and lives on when that is over",
            |w| {
                let (_, text) = w.mint(&w.caller("ada"), "ada", "t", personal());
                suspended(w);
                let meanwhile = w.authenticate(&text).unwrap_err();
                lift(w, &host(), SuspensionReason::Billing);
                format!("{meanwhile}; {:?}", w.authenticate(&text).is_ok())
            },
            "the token is not accepted; true",
        ),
        (
            "all its members may see why",
            |w| {
                suspended(w);
                let query = GetOrganization::new(w.spot);
                let answer = w.registry.ask(&w.caller("mia"), &query).unwrap();
                let found = answer.value.suspensions;
                found
                    .iter()
                    .map(|it| format!("{} by {}", it.reason, it.by))
                    .collect()
            },
            "billing by the host",
        ),
    ]);
}

fn close(w: &World, caller: &Caller) -> String {
    w.run(caller, &CloseOrganization::new(w.spot))
}

fn restore(w: &World, caller: &Caller) -> String {
    w.run(caller, &RestoreOrganization::new(w.spot))
}

fn purge(w: &World, caller: &Caller) -> String {
    w.run(caller, &PurgeOrganization::new(w.spot))
}

/// Closes as an owner, which has to work.
fn closing(w: &World) {
    assert_eq!(close(w, &w.caller("ada")), "organization.closing");
}

/// Closes and purges, which has to work.
fn purged(w: &World) {
    closing(w);
    w.clock.set(time(UNTIL));
    assert_eq!(purge(w, &host()), "organization.purged");
}

#[test]
fn who_may_close_restore_and_purge() {
    table(&[
        (
            "close: an owner",
            |w| close(w, &w.caller("olga")),
            "organization.closing",
        ),
        (
            "close: the host",
            |w| close(w, &host()),
            "organization.closing",
        ),
        (
            "close: an admin",
            |w| close(w, &w.caller("adam")),
            ASKS_OWNER,
        ),
        (
            "close: a member",
            |w| close(w, &w.caller("mia")),
            ASKS_OWNER,
        ),
        (
            "close: an owner of another",
            |w| close(w, &w.caller("eve")),
            SPOT_NOT_FOUND,
        ),
        (
            "close: a person, even an owner's",
            |w| close(w, &person("ada")),
            SPOT_NOT_FOUND,
        ),
        (
            "close: a token of an owner, which ends its own use",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                format!("{}; {}", close(w, &bearer), restore(w, &bearer))
            },
            "organization.closing; denied: the organization is closing",
        ),
        (
            "close: a token that is confined",
            |w| {
                let token = personal().accounts([w.main, w.lab, w.vault]);
                close(w, &w.bearer("ada", "t", token).1)
            },
            CONFINED,
        ),
        (
            "restore: an owner",
            |w| {
                closing(w);
                restore(w, &w.caller("olga"))
            },
            "organization.restored",
        ),
        (
            "restore: the host",
            |w| {
                closing(w);
                restore(w, &host())
            },
            "organization.restored",
        ),
        (
            "restore: an admin, who does not leave with the data either",
            |w| {
                closing(w);
                restore(w, &w.caller("adam"))
            },
            "denied: the organization is closing",
        ),
        (
            "restore: an owner of another",
            |w| {
                closing(w);
                restore(w, &w.caller("eve"))
            },
            SPOT_NOT_FOUND,
        ),
        (
            "purge: an owner",
            |w| {
                closing(w);
                w.clock.set(time(UNTIL));
                purge(w, &w.caller("ada"))
            },
            ASKS_HOST,
        ),
        (
            "purge: an owner, of what is not closing",
            |w| purge(w, &w.caller("ada")),
            ASKS_HOST,
        ),
        (
            "purge: an owner of another",
            |w| purge(w, &w.caller("eve")),
            SPOT_NOT_FOUND,
        ),
        (
            "purge: the host, of nothing",
            |w| w.run(&host(), &PurgeOrganization::new(ghost())),
            "not_found: `{ghost}` is not found",
        ),
    ]);
}

/// Both sides of the time over which a closed organization can be restored, to the millisecond.
#[test]
fn restored_before_the_grace_is_over_and_purged_after() {
    fn at(w: &World, when: &str, then: fn(&World) -> String) -> String {
        closing(w);
        w.clock.set(time(when));
        format!("{}; {}", then(w), status(w))
    }
    const OVER: &str = "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is";
    table(&[
        (
            "restored a moment before",
            |w| at(w, BEFORE, |w| restore(w, &w.caller("ada"))),
            "organization.restored; active",
        ),
        (
            "not restored at the time",
            |w| at(w, UNTIL, |w| restore(w, &w.caller("ada"))),
            "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-12-21T12:00:00.000Z; closing",
        ),
        (
            "nor a moment after",
            |w| at(w, AFTER, |w| restore(w, &w.caller("ada"))),
            "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-12-21T12:00:00.001Z; closing",
        ),
        (
            "not even by the host",
            |w| {
                at(w, UNTIL, |w| {
                    restore(w, &host()).starts_with(OVER).to_string()
                })
            },
            "true; closing",
        ),
        (
            "not purged at once",
            |w| {
                closing(w);
                purge(w, &host())
            },
            "grace_not_over: it can be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-11-21T12:00:00.000Z",
        ),
        (
            "not purged a moment before",
            |w| at(w, BEFORE, |w| purge(w, &host())),
            "grace_not_over: it can be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-12-21T11:59:59.999Z; closing",
        ),
        (
            "purged at the time",
            |w| at(w, UNTIL, |w| purge(w, &host())),
            "organization.purged; closed",
        ),
        (
            "purged a moment after",
            |w| at(w, AFTER, |w| purge(w, &host())),
            "organization.purged; closed",
        ),
        (
            "the grace counts from the time of the record, not from a clock that lies behind it",
            |w| {
                w.clock.set(time("2026-11-21T11:59:00.000Z"));
                closing(w);
                let closing = w.state(w.spot).closing().unwrap();
                format!("{} to {}", closing.since, closing.until)
            },
            "2026-11-21T12:00:00.000Z to 2026-12-21T12:00:00.000Z",
        ),
        (
            "a clock that goes back behind a record does not bring the time back",
            |w| {
                at(w, UNTIL, |w| {
                    w.done(&host(), &RenameOrganization::new(w.spot, name("Late")));
                    w.clock.set(time("2026-12-21T11:59:00.000Z"));
                    restore(w, &w.caller("ada"))
                })
            },
            "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-12-21T12:00:00.000Z; closing",
        ),
    ]);
    let mut none = settings();
    none.rules.closing_grace = Duration::ZERO;
    table_with(
        none,
        &[
            (
                "without a grace, restored",
                |w| {
                    closing(w);
                    restore(w, &w.caller("ada"))
                },
                "grace_over: it could be restored until 2026-11-21T12:00:00.000Z, and it is \
                 2026-11-21T12:00:00.000Z",
            ),
            (
                "without a grace, purged",
                |w| {
                    closing(w);
                    purge(w, &host())
                },
                "organization.purged",
            ),
            (
                "without a grace, closed and purged in one batch",
                |w| {
                    let batch = Batch::new(w.spot)
                        .and(RenameOrganization::new(w.spot, name("Last")))
                        .and(CloseOrganization::new(w.spot))
                        .and(PurgeOrganization::new(w.spot));
                    let told = w.run(&host(), &batch);
                    format!("{told}; {}, {}", by_name(w, "Last"), by_name(w, "Spot"))
                },
                "organization.renamed, organization.closing, organization.purged; nothing, nothing",
            ),
        ],
    );
    let mut endless = settings();
    endless.rules.closing_grace = Duration::MAX;
    table_with(
        endless,
        &[(
            "an endless grace ends with time",
            |w| {
                closing(w);
                w.state(w.spot).closing().unwrap().until.to_string()
            },
            "9999-12-31T23:59:59.999Z",
        )],
    );
}

/// Law O3: restored to what it was; law O5: what is done already is done once more without an event.
#[test]
fn closing_and_restoring() {
    use SuspensionReason::{Requested, Security};
    table(&[
        (
            "active goes back to active",
            |w| {
                closing(w);
                restore(w, &w.caller("ada"));
                status(w)
            },
            "active",
        ),
        (
            "pending goes back to pending",
            |w| {
                let (id, eve) = (w.rival.organization, w.caller("eve"));
                w.done(&eve, &CloseOrganization::new(id));
                w.done(&eve, &RestoreOrganization::new(id));
                w.state(id).status().to_string()
            },
            "pending",
        ),
        (
            "suspended goes back to suspended, for the same reasons",
            |w| {
                suspend(w, &host(), Security);
                closing(w);
                restore(w, &w.caller("ada"));
                format!("{}; {}", status(w), lift(w, &w.caller("ada"), Security))
            },
            "suspended; authority: it was set by the host and cannot be lifted by an owner",
        ),
        (
            "what was suspended meanwhile is suspended then",
            |w| {
                closing(w);
                let told = suspend(w, &host(), Security);
                let meanwhile = status(w);
                restore(w, &w.caller("ada"));
                format!("{told}; {meanwhile}; {}", status(w))
            },
            "organization.suspended; closing; suspended",
        ),
        (
            "what was lifted meanwhile is not",
            |w| {
                suspend(w, &w.caller("ada"), Requested);
                closing(w);
                let told = lift(w, &w.caller("ada"), Requested);
                restore(w, &w.caller("ada"));
                format!("{told}; {}", status(w))
            },
            "organization.suspension_lifted; active",
        ),
        (
            "what was activated meanwhile is active",
            |w| {
                let (id, eve) = (w.rival.organization, w.caller("eve"));
                w.done(&eve, &CloseOrganization::new(id));
                let told = w.run(&eve, &ActivateOrganization::new(id));
                w.done(&eve, &RestoreOrganization::new(id));
                format!("{told}; {}", w.state(id).status())
            },
            "organization.activated; active",
        ),
        (
            "restoring what is not closing",
            |w| restore(w, &w.caller("ada")),
            "nothing",
        ),
        (
            "closing what is closing, later: the time stays",
            |w| {
                closing(w);
                w.clock.advance(seconds(60));
                let told = close(w, &w.caller("olga"));
                format!("{told} until {}", w.state(w.spot).closing().unwrap().until)
            },
            "nothing until 2026-12-21T12:00:00.000Z",
        ),
        (
            "closed anew, it has the whole time again",
            |w| {
                closing(w);
                w.clock.advance(seconds(60));
                restore(w, &w.caller("ada"));
                closing(w);
                w.state(w.spot).closing().unwrap().until.to_string()
            },
            "2026-12-21T12:01:00.000Z",
        ),
        (
            "closed and restored in one batch",
            |w| {
                let batch = Batch::new(w.spot)
                    .and(CloseOrganization::new(w.spot))
                    .and(RestoreOrganization::new(w.spot));
                format!("{}; {}", w.run(&w.caller("ada"), &batch), status(w))
            },
            "organization.closing, organization.restored; active",
        ),
        (
            "purging what is active",
            |w| purge(w, &host()),
            "organization_status: the organization is active",
        ),
        (
            "purging what is pending",
            |w| w.run(&host(), &PurgeOrganization::new(w.rival.organization)),
            "organization_status: the organization is pending",
        ),
        (
            "purging what is suspended",
            |w| {
                suspend(w, &host(), Security);
                purge(w, &host())
            },
            "organization_status: the organization is suspended",
        ),
        (
            "purging what was restored",
            |w| {
                closing(w);
                restore(w, &w.caller("ada"));
                w.clock.set(time(AFTER));
                purge(w, &host())
            },
            "organization_status: the organization is active",
        ),
        (
            "its name is its own as long as it is closing",
            |w| {
                closing(w);
                w.clock.set(time(AFTER));
                sign_up(w, "Spot")
            },
            "organization_name_taken: organization name `spot` is taken",
        ),
        (
            "its users find it meanwhile",
            |w| {
                closing(w);
                w.clock.set(time(AFTER));
                w.ask(&person("mia"), &OrganizationsOf::caller())
            },
            "[{spot} closing - member]",
        ),
        (
            "and may leave",
            |w| {
                closing(w);
                w.run(&w.caller("mia"), &LeaveOrganization::new(w.spot))
            },
            "user.left",
        ),
        (
            "but administer nothing",
            |w| {
                closing(w);
                w.run(&w.caller("ada"), &CreateAccount::new(w.spot, name("A")))
            },
            "denied: the organization is closing",
        ),
        (
            "its tokens are not accepted, and live on when it is restored",
            |w| {
                let (_, text) = w.mint(&w.caller("ada"), "ada", "t", personal());
                closing(w);
                let meanwhile = w.authenticate(&text).unwrap_err();
                restore(w, &w.caller("ada"));
                format!("{meanwhile}; {:?}", w.authenticate(&text).is_ok())
            },
            "the token is not accepted; true",
        ),
    ]);
}

/// Law O6: closed is final, for everybody and everything.
#[test]
fn what_is_closed_stays_closed() {
    const CLOSED: &str = "denied: the organization is closed";
    const FINAL: &str = "organization_status: the organization is closed";
    table(&[
        (
            "purged again",
            |w| {
                purged(w);
                purge(w, &host())
            },
            "nothing",
        ),
        (
            "closed again",
            |w| {
                purged(w);
                close(w, &host())
            },
            "nothing",
        ),
        (
            "restored by the host",
            |w| {
                purged(w);
                restore(w, &host())
            },
            FINAL,
        ),
        (
            "restored by the host, with a clock that has gone back into the grace",
            |w| {
                purged(w);
                w.clock.set(time("2026-12-21T11:59:00.000Z"));
                restore(w, &host())
            },
            FINAL,
        ),
        (
            "restored by an owner",
            |w| {
                purged(w);
                restore(w, &w.caller("ada"))
            },
            CLOSED,
        ),
        (
            "suspended by the host",
            |w| {
                purged(w);
                suspend(w, &host(), SuspensionReason::Abuse)
            },
            FINAL,
        ),
        (
            "a suspension lifted by the host",
            |w| {
                suspend(w, &host(), SuspensionReason::Abuse);
                purged(w);
                lift(w, &host(), SuspensionReason::Abuse)
            },
            FINAL,
        ),
        (
            "held by the host",
            |w| {
                purged(w);
                let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("Case 7"));
                w.run(&host(), &hold)
            },
            FINAL,
        ),
        (
            "a hold lifted by the host",
            |w| {
                purged(w);
                let text = w.run(&host(), &LiftHold::new(w.spot, ghost(), name("No")));
                text.replace(&ghost::<HoldId>().to_string(), "{ghost}")
            },
            "no_hold: there is no hold `{ghost}`",
        ),
        (
            "renamed by the host, which would take a name",
            |w| {
                purged(w);
                rename(w, &host(), "Nova")
            },
            CLOSED,
        ),
        (
            "referred to by the host, which would take a reference",
            |w| {
                purged(w);
                let command = SetReference::new(w.spot, Marked::Organization);
                w.run(&host(), &command.reference(name("crm/7")))
            },
            CLOSED,
        ),
        (
            "activated by the host",
            |w| {
                purged(w);
                w.run(&host(), &ActivateOrganization::new(w.spot))
            },
            CLOSED,
        ),
        (
            "read by an owner",
            |w| {
                purged(w);
                w.ask(&w.caller("ada"), &GetOrganization::new(w.spot))
            },
            CLOSED,
        ),
        (
            "left by a member",
            |w| {
                purged(w);
                w.run(&w.caller("mia"), &LeaveOrganization::new(w.spot))
            },
            CLOSED,
        ),
        (
            "read by the host",
            |w| {
                purged(w);
                w.ask(&host(), &GetOrganization::new(w.spot))
            },
            "{spot} closed {main}",
        ),
        (
            "an invitation to it accepted by whoever has its secret",
            |w| {
                let command = InviteUser::new(w.spot, email("zoe"), OrganizationRole::Member);
                let made = w.done(&w.caller("ada"), &command);
                purged(w);
                let secret = made.secret.unwrap();
                let accept = AcceptInvitation::new(name(secret.expose()), name("Zoe"));
                let told = w.run(&person("zoe"), &accept);
                told.replace(&made.id.to_string(), "{invitation}")
            },
            "not_found: `{invitation}` is not found",
        ),
    ]);
}

/// Law O6: purging gives up what was reserved, ends the tokens, and leaves nobody to be named; what
/// happened stays, and verifies.
#[test]
fn what_purging_does() {
    let w = World::new();
    let ada = w.caller("ada");
    let bot = format!("{:?}", w.state(w.spot).user(w.user("robo")).unwrap().name());
    assert!(bot.contains("robo"));
    let (_, text) = w.mint(&ada, "ada", "t", personal().name(name("Ada's laptop")));
    let bearer = w.authenticate(&text).unwrap();
    w.done(
        &ada,
        &InviteUser::new(w.spot, email("zoe"), OrganizationRole::Viewer),
    );
    let mia = w.caller("mia").with_proven(email("mia"));
    w.done(&mia, &ProveEmail::new(w.spot));
    w.done(&ada, &OfferOwnership::new(w.spot, w.user("mia")));
    let on = [Marked::Organization, w.lab.into(), w.user("mia").into()];
    for (place, on) in on.into_iter().enumerate() {
        let reference = name(&format!("crm/{place}"));
        w.done(&host(), &SetReference::new(w.spot, on).reference(reference));
    }
    let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("Mia called about it"));
    let hold = w.done(&host(), &hold);
    w.done(
        &host(),
        &LiftHold::new(w.spot, hold, name("Mia called again")),
    );
    let before = w.records(w.spot);
    purged(&w);

    // The name and the reference are free for others, and nothing is found by them.
    assert_eq!(by_name(&w, "Spot"), "nothing");
    let rival = SetReference::new(w.rival.organization, Marked::Organization);
    let told = w.run(&host(), &rival.reference(name("crm/0")));
    assert_eq!(told, "reference.changed");
    assert_eq!(sign_up(&w, "Spot"), FOUNDED);
    // Nobody's address leads there any more, not a user's and not that of somebody invited.
    for user in ["ada", "olga", "mia"] {
        assert_eq!(
            w.ask(&person(user), &OrganizationsOf::caller()),
            "[]",
            "{user}"
        );
        let switch = SwitchOrganization::new(w.spot);
        let told = w.ask(&person(user), &switch);
        assert_eq!(told, SPOT_NOT_FOUND, "{user}");
    }
    let invited = w
        .registry
        .ask_at(Freshness::Latest, &person("zoe"), &InvitationsOf::caller());
    assert_eq!(invited.unwrap().value.rows.len(), 0);
    // The tokens are revoked: not only is the organization closed.
    assert_eq!(
        w.authenticate(&text).unwrap_err(),
        "the token is not accepted"
    );
    assert_eq!(
        w.ask(&bearer, &GetOrganization::new(w.spot)),
        "denied: the organization is closed"
    );
    let state = w.state(w.spot);
    assert!(
        state
            .tokens()
            .all(|token| token.revoked_at() == Some(time(UNTIL)))
    );
    assert_eq!(state.tokens().len(), 1);
    // The state names nobody, whatever it is written as.
    assert_eq!(
        state.users().len(),
        13,
        "they are there, without their names"
    );
    let users: Vec<_> = state.users().collect();
    let invitations: Vec<_> = state.invitations().collect();
    let tokens: Vec<_> = state.tokens().collect();
    let written = serde_json::to_string(&(users, invitations, tokens, state.holds())).unwrap();
    for name in [
        "ada",
        "Ada",
        "mia",
        "robo",
        "zoe",
        "example.com",
        "laptop",
        "called",
    ] {
        assert!(!written.contains(name), "{name} in {written}");
    }
    for on in on {
        assert_eq!(
            state.marks(on),
            &tenancy::organization::mark::Marks::default()
        );
    }
    assert_eq!(state.by_reference(&name("crm/1")), None);
    assert_eq!(state.keys().count(), 0);
    assert_eq!(state.ownership_offers(), []);
    // What was written stays as it was, but for the texts; `World::check` verifies it after each step.
    let (mut bare, after) = (before, w.records(w.spot));
    bare.iter_mut().for_each(|record| record.personal.clear());
    assert_eq!(after[..bare.len()], bare[..]);
    assert_eq!(state.closed_at(), Some(time(UNTIL)));
    // The host lists what is left, and is told no names.
    let users = w
        .registry
        .ask_at(Freshness::Latest, &host(), &ListUsers::new(w.spot));
    let users = users.unwrap().value.rows;
    assert!(
        users
            .iter()
            .all(|user| user.name().is_none() && user.email().is_none())
    );
}

/// Law O6: the old name is free, and what takes it shares nothing with what had it.
#[test]
fn a_purged_organization_is_another_than_its_namesake() {
    let w = World::new();
    purged(&w);
    let made = w.done(&person("ada"), &SignUp::new(name("Spot"), name("Ada")));
    assert_ne!(made.organization, w.spot);
    let places = w.ask(&person("ada"), &OrganizationsOf::caller());
    let expected = format!("[{} pending {} owner]", made.organization, made.account);
    assert_eq!(places, expected);
    assert_eq!(by_name(&w, "spot"), made.organization.to_string());
    // The user of old is no user of the new one, and the other way round.
    let old = Caller::user(made.organization, w.user("ada"));
    let not_found = format!("not_found: `{}` is not found", made.organization);
    assert_eq!(
        w.ask(&old, &GetOrganization::new(made.organization)),
        not_found
    );
    let new = Caller::user(w.spot, made.owner);
    assert_eq!(w.ask(&new, &GetOrganization::new(w.spot)), SPOT_NOT_FOUND);
}

fn place(w: &World, caller: &Caller, kind: HoldKind) -> HoldId {
    w.done(caller, &PlaceHold::new(w.spot, kind, name("Why")))
}

fn release(w: &World, caller: &Caller, hold: HoldId) -> String {
    let told = w.run(caller, &LiftHold::new(w.spot, hold, name("Over")));
    told.replace(&hold.to_string(), "{hold}")
}

#[test]
fn holds_are_placed_and_lifted_by_each_authority() {
    use HoldKind::{Deletion, Legal};
    fn hold(w: &World, caller: &Caller) -> String {
        w.run(caller, &PlaceHold::new(w.spot, Deletion, name("Why")))
    }
    table(&[
        (
            "placed by an owner",
            |w| hold(w, &w.caller("olga")),
            "organization.hold_placed",
        ),
        (
            "placed by the host",
            |w| hold(w, &host()),
            "organization.hold_placed",
        ),
        (
            "placed by an admin",
            |w| hold(w, &w.caller("adam")),
            ASKS_OWNER,
        ),
        (
            "placed by a member",
            |w| hold(w, &w.caller("mia")),
            ASKS_OWNER,
        ),
        (
            "placed by an owner of another",
            |w| hold(w, &w.caller("eve")),
            SPOT_NOT_FOUND,
        ),
        (
            "an owner's, by another owner",
            |w| release(w, &w.caller("olga"), place(w, &w.caller("ada"), Deletion)),
            "organization.hold_lifted",
        ),
        (
            "an owner's, placed with a token",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                release(w, &w.caller("olga"), place(w, &bearer, Deletion))
            },
            "organization.hold_lifted",
        ),
        (
            "an owner's, by the host",
            |w| release(w, &host(), place(w, &w.caller("ada"), Deletion)),
            "organization.hold_lifted",
        ),
        (
            "the host's, by the host",
            |w| release(w, &host(), place(w, &host(), Legal)),
            "organization.hold_lifted",
        ),
        (
            "the host's, by an owner",
            |w| release(w, &w.caller("ada"), place(w, &host(), Legal)),
            "authority: it was set by the host and cannot be lifted by an owner",
        ),
        (
            "an owner's, by an admin",
            |w| release(w, &w.caller("adam"), place(w, &w.caller("ada"), Legal)),
            ASKS_OWNER,
        ),
        (
            "twice",
            |w| {
                let hold = place(w, &host(), Legal);
                release(w, &host(), hold);
                release(w, &host(), hold)
            },
            "no_hold: there is no hold `{hold}`",
        ),
        (
            "one that never was",
            |w| release(w, &w.caller("ada"), ghost()),
            "no_hold: there is no hold `{hold}`",
        ),
        (
            "that of another organization",
            |w| {
                let hold = place(w, &host(), Legal);
                let command = LiftHold::new(w.rival.organization, hold, name("Over"));
                w.run(&host(), &command)
                    .replace(&hold.to_string(), "{hold}")
            },
            "no_hold: there is no hold `{hold}`",
        ),
        (
            "two alike are two",
            |w| {
                let first = place(w, &host(), Legal);
                place(w, &host(), Legal);
                release(w, &host(), first);
                w.state(w.spot).holds().len().to_string()
            },
            "1",
        ),
        (
            "shown to an owner",
            |w| {
                place(w, &host(), Legal);
                let answer = w
                    .registry
                    .ask(&w.caller("ada"), &GetOrganization::new(w.spot));
                let holds = answer.unwrap().value.holds;
                let hold = |it: &tenancy::organization::lifecycle::Hold| {
                    format!("{} by {}: {}", it.kind, it.by, it.reason.clone().unwrap())
                };
                holds.iter().map(hold).collect()
            },
            "legal by the host: Why",
        ),
        (
            "not shown to an admin",
            |w| {
                place(w, &host(), Legal);
                let answer = w
                    .registry
                    .ask(&w.caller("adam"), &GetOrganization::new(w.spot));
                answer.unwrap().value.holds.len().to_string()
            },
            "0",
        ),
    ]);
}

/// Laws O5, O6: a hold keeps the organization from being closed and purged; all are named at once.
#[test]
fn what_is_held_is_not_closed() {
    use HoldKind::{Deletion, Legal};
    fn all(w: &World, holds: &[HoldId], text: String) -> String {
        let names = holds.iter().zip(1..);
        names.fold(w.named(&text), |text, (hold, place)| {
            text.replace(&hold.to_string(), &format!("{{{place}}}"))
        })
    }
    table(&[
        (
            "every hold is named, in the order in which they were placed",
            |w| {
                let ada = w.caller("ada");
                let holds = [(&ada, Deletion), (&host(), Legal), (&ada, Legal)]
                    .map(|it| place(w, it.0, it.1));
                all(w, &holds, close(w, &ada))
            },
            "blocked: the organization cannot be closed: deletion hold `{1}`, legal hold `{2}`, \
             legal hold `{3}`",
        ),
        (
            "by the host no less",
            |w| {
                let holds = [place(w, &w.caller("ada"), Deletion)];
                all(w, &holds, close(w, &host()))
            },
            "blocked: the organization cannot be closed: deletion hold `{1}`",
        ),
        (
            "as long as one is left",
            |w| {
                let holds = [Deletion, Legal].map(|kind| place(w, &host(), kind));
                release(w, &host(), holds[0]);
                all(w, &holds, close(w, &w.caller("ada")))
            },
            "blocked: the organization cannot be closed: legal hold `{2}`",
        ),
        (
            "closed once the last is lifted",
            |w| {
                let hold = place(w, &host(), Legal);
                release(w, &host(), hold);
                close(w, &w.caller("ada"))
            },
            "organization.closing",
        ),
        (
            "held in front of closing, in a batch",
            |w| {
                let batch = Batch::new(w.spot)
                    .and(PlaceHold::new(w.spot, Legal, name("Why")))
                    .and(CloseOrganization::new(w.spot));
                let told = w.run(&host(), &batch);
                let (text, _) = told.split_once('`').unwrap();
                format!("{text}; {}", status(w))
            },
            "blocked: the organization cannot be closed: legal hold ; active",
        ),
        (
            "who may not close it hears of no hold",
            |w| {
                place(w, &host(), Legal);
                close(w, &w.caller("adam"))
            },
            ASKS_OWNER,
        ),
        (
            "placed while it is closing, it blocks the purge",
            |w| {
                closing(w);
                let holds = [
                    place(w, &host(), Legal),
                    place(w, &w.caller("ada"), Deletion),
                ];
                w.clock.set(time(AFTER));
                all(w, &holds, purge(w, &host()))
            },
            "blocked: the organization cannot be closed: legal hold `{1}`, deletion hold `{2}`",
        ),
        (
            "placed when the grace is over, too",
            |w| {
                closing(w);
                w.clock.set(time(AFTER));
                let holds = [place(w, &host(), Legal)];
                all(w, &holds, purge(w, &host()))
            },
            "blocked: the organization cannot be closed: legal hold `{1}`",
        ),
        (
            "and is lifted in front of it",
            |w| {
                closing(w);
                let hold = place(w, &host(), Legal);
                w.clock.set(time(UNTIL));
                format!("{}; {}", release(w, &host(), hold), purge(w, &host()))
            },
            "organization.hold_lifted; organization.purged",
        ),
        (
            "whether it is held is no matter before the grace is over",
            |w| {
                closing(w);
                place(w, &host(), Legal);
                purge(w, &host()).split_once(':').unwrap().0.into()
            },
            "grace_not_over",
        ),
        (
            "restoring is possible all the same",
            |w| {
                closing(w);
                place(w, &host(), Legal);
                format!(
                    "{}; {}",
                    restore(w, &w.caller("ada")),
                    w.state(w.spot).holds().len()
                )
            },
            "organization.restored; 1",
        ),
        (
            "an organization that is suspended can be held",
            |w| {
                suspend(w, &host(), SuspensionReason::Security);
                place(w, &w.caller("ada"), Legal);
                w.state(w.spot).holds().len().to_string()
            },
            "1",
        ),
    ]);
}

/// Both sides of the limit, for each authority by itself: what the owners place never keeps the host
/// from placing one.
#[test]
fn there_are_as_many_holds_as_there_may_be() {
    use HoldKind::{Deletion, Legal};
    fn fill(w: &World, caller: &Caller, count: usize) -> Vec<HoldId> {
        (0..count).map(|_| place(w, caller, Deletion)).collect()
    }
    fn more(w: &World, caller: &Caller) -> String {
        w.run(caller, &PlaceHold::new(w.spot, Legal, name("Why")))
    }
    const FULL: &str = "limit: there would be 4 holds on the organization, expected at most 3";
    let mut few = settings();
    few.limits.holds = 3;
    table_with(
        few,
        &[
            (
                "the last",
                |w| {
                    fill(w, &w.caller("ada"), 2);
                    more(w, &w.caller("ada"))
                },
                "organization.hold_placed",
            ),
            (
                "one more",
                |w| {
                    fill(w, &w.caller("ada"), 3);
                    more(w, &w.caller("olga"))
                },
                FULL,
            ),
            (
                "one more of the host's",
                |w| {
                    fill(w, &host(), 3);
                    more(w, &host())
                },
                FULL,
            ),
            (
                "one that was lifted does not count",
                |w| {
                    let holds = fill(w, &w.caller("ada"), 3);
                    release(w, &w.caller("ada"), holds[1]);
                    more(w, &w.caller("ada"))
                },
                "organization.hold_placed",
            ),
            (
                "however many the owners have placed, the host places its own",
                |w| {
                    fill(w, &w.caller("ada"), 3);
                    more(w, &host())
                },
                "organization.hold_placed",
            ),
            (
                "and the other way round",
                |w| {
                    fill(w, &host(), 3);
                    more(w, &w.caller("ada"))
                },
                "organization.hold_placed",
            ),
        ],
    );
}

fn set_life(w: &World, caller: &Caller, kind: TokenKind, life: Duration) -> String {
    w.run(caller, &SetTokenLife::new(w.spot, kind).life(life))
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MILLI: Duration = Duration::from_millis(1);

#[test]
fn set_token_life() {
    use TokenKind::{Personal, Programmatic, Temporary};
    table(&[
        (
            "an owner",
            |w| set_life(w, &w.caller("ada"), Personal, DAY),
            "organization.token_life_changed",
        ),
        (
            "an admin",
            |w| set_life(w, &w.caller("adam"), Personal, DAY),
            ASKS_OWNER,
        ),
        (
            "the host",
            |w| set_life(w, &host(), Personal, DAY),
            "organization.token_life_changed",
        ),
        (
            "a viewer",
            |w| set_life(w, &w.caller("vera"), Personal, DAY),
            ASKS_OWNER,
        ),
        (
            "a member",
            |w| set_life(w, &w.caller("mia"), Personal, DAY),
            ASKS_OWNER,
        ),
        (
            "an owner of another",
            |w| set_life(w, &w.caller("eve"), Personal, DAY),
            SPOT_NOT_FOUND,
        ),
        (
            "as long as the host allows",
            |w| set_life(w, &w.caller("ada"), Personal, 366 * DAY),
            "organization.token_life_changed",
        ),
        (
            "longer by a millisecond",
            |w| set_life(w, &w.caller("ada"), Personal, 366 * DAY + MILLI),
            "token_life_rule: personal tokens were to live for 31622400.001 s, expected at \
             most 31622400 s",
        ),
        (
            "longer than the host allows for this kind",
            |w| set_life(w, &w.caller("ada"), Temporary, 3 * HOUR),
            "token_life_rule: temporary tokens were to live for 10800 s, expected at most 7200 s",
        ),
        (
            "by the host: rules hold for it too",
            |w| set_life(w, &host(), Temporary, 3 * HOUR),
            "token_life_rule: temporary tokens were to live for 10800 s, expected at most 7200 s",
        ),
        (
            "where the host says nothing, as long as one likes",
            |w| set_life(w, &w.caller("ada"), Programmatic, Duration::MAX),
            "organization.token_life_changed",
        ),
        (
            "the same again",
            |w| {
                set_life(w, &w.caller("ada"), Personal, DAY);
                set_life(w, &w.caller("ada"), Personal, DAY)
            },
            "nothing",
        ),
        (
            "what is finer than a millisecond is cut off",
            |w| {
                set_life(w, &w.caller("ada"), Personal, DAY);
                set_life(w, &w.caller("ada"), Personal, DAY + MILLI / 2)
            },
            "nothing",
        ),
        (
            "longer than the host allows by less than a millisecond",
            |w| set_life(w, &w.caller("ada"), Personal, 366 * DAY + MILLI / 2),
            "organization.token_life_changed",
        ),
        (
            "the same for another kind is another rule",
            |w| {
                set_life(w, &w.caller("ada"), Personal, HOUR);
                set_life(w, &w.caller("ada"), Temporary, HOUR)
            },
            "organization.token_life_changed",
        ),
        (
            "taken back",
            |w| {
                set_life(w, &w.caller("ada"), Personal, DAY);
                w.run(&w.caller("ada"), &SetTokenLife::new(w.spot, Personal))
            },
            "organization.token_life_changed",
        ),
        (
            "taken back where nothing was said",
            |w| w.run(&w.caller("ada"), &SetTokenLife::new(w.spot, Personal)),
            "nothing",
        ),
    ]);
}

/// Law G5: what is cut off of a life is cut off in the state as it is in the record.
#[test]
fn a_life_is_kept_as_it_is_written() {
    for life in [DAY + MILLI / 2, Duration::MAX, Duration::from_nanos(1)] {
        let w = World::new();
        let mut command = SetTokenLife::new(w.spot, TokenKind::Programmatic).life(life);
        w.done(&host(), &command);
        command.life = Some(life);
        assert_eq!(
            w.run(&host(), &command),
            "nothing",
            "{life:?} set past `life`"
        );
        let folded = tenancy::Organization::from_records(&w.records(w.spot));
        let folded = folded.unwrap().unwrap();
        assert_eq!(
            w.state(w.spot).token_life(),
            folded.token_life(),
            "{life:?}"
        );
    }
}

/// Law T2: a token gets the least of what host and organization allow.
#[test]
fn a_new_token_lives_as_long_as_the_organization_allows() {
    fn issue(w: &World, after: Duration) -> String {
        set_life(w, &w.caller("ada"), TokenKind::Personal, DAY);
        let token = personal().expires_at(w.now().saturating_add(after));
        w.run(
            &w.caller("mia"),
            &IssueToken::new(w.spot, w.user("mia"), token),
        )
    }
    table(&[
        ("asked for as much", |w| issue(w, DAY), "token.issued"),
        (
            "a millisecond less",
            |w| issue(w, DAY - MILLI),
            "token.issued",
        ),
        (
            "a millisecond more",
            |w| issue(w, DAY + MILLI),
            "token_life: the token was to expire at 2026-11-22T12:00:00.001Z, expected at most \
             2026-11-22T12:00:00.000Z",
        ),
        (
            "asked for nothing",
            |w| {
                set_life(w, &w.caller("ada"), TokenKind::Personal, DAY);
                let (id, _) = w.mint(&w.caller("mia"), "mia", "t", personal());
                w.state(w.spot)
                    .token(id)
                    .unwrap()
                    .expires_at()
                    .unwrap()
                    .to_string()
            },
            "2026-11-22T12:00:00.000Z",
        ),
        (
            "of a kind of which nothing was said",
            |w| {
                set_life(w, &w.caller("ada"), TokenKind::Personal, HOUR);
                let (id, _) = w.mint(&w.caller("mia"), "mia", "t", temporary());
                w.state(w.spot)
                    .token(id)
                    .unwrap()
                    .expires_at()
                    .unwrap()
                    .to_string()
            },
            "2026-11-21T14:00:00.000Z",
        ),
        (
            "of no life at all",
            |w| {
                set_life(w, &w.caller("ada"), TokenKind::Personal, Duration::ZERO);
                w.run(
                    &w.caller("mia"),
                    &IssueToken::new(w.spot, w.user("mia"), personal()),
                )
            },
            "token_expired: the token was to expire at 2026-11-21T12:00:00.000Z, expected a time \
             after 2026-11-21T12:00:00.000Z",
        ),
    ]);
}

/// Law T5: a tightened rule blocks at use and lists what does not comply; loosening it gives that
/// back.
#[test]
fn a_tightened_rule_stills_the_tokens_that_it_would_not_allow() {
    /// Who is accepted, and what is listed, of a token for two days, one for one, and one of a
    /// program's for ever.
    fn seen(w: &World, texts: &[String; 3]) -> String {
        let accepted = texts.each_ref().map(|text| match w.authenticate(text) {
            Ok(_) => "yes",
            Err(_) => "no",
        });
        let listed = |standing| {
            let list = ListTokens::new(w.spot).standing(standing);
            w.ask(&w.caller("ada"), &list)
        };
        let noncompliant = listed(TokenStanding::Noncompliant);
        let live = listed(TokenStanding::Live);
        format!(
            "{}; noncompliant {noncompliant}, live {live}",
            accepted.join(" ")
        )
    }
    fn made(w: &World) -> [String; 3] {
        let until = |life| w.now().saturating_add(life);
        let mia = w.caller("mia");
        let (_, two) = w.mint(&mia, "mia", "two", personal().expires_at(until(2 * DAY)));
        let (_, one) = w.mint(&mia, "mia", "one", personal().expires_at(until(DAY)));
        let (_, ever) = w.mint(&w.caller("ada"), "robo", "ever", programmatic());
        [two, one, ever]
    }
    use TokenKind::{Personal, Programmatic};
    table(&[
        (
            "before",
            |w| seen(w, &made(w)),
            "yes yes yes; noncompliant [], live [{two}, {one}, {ever}]",
        ),
        (
            "as long as the longest",
            |w| {
                let texts = made(w);
                set_life(w, &w.caller("ada"), Personal, 2 * DAY);
                seen(w, &texts)
            },
            "yes yes yes; noncompliant [], live [{two}, {one}, {ever}]",
        ),
        (
            "a millisecond less",
            |w| {
                let texts = made(w);
                set_life(w, &w.caller("ada"), Personal, 2 * DAY - MILLI);
                seen(w, &texts)
            },
            "no yes yes; noncompliant [{two}], live [{one}, {ever}]",
        ),
        (
            "less than any",
            |w| {
                let texts = made(w);
                set_life(w, &w.caller("ada"), Personal, HOUR);
                seen(w, &texts)
            },
            "no no yes; noncompliant [{two}, {one}], live [{ever}]",
        ),
        (
            "any rule is less than for ever",
            |w| {
                let texts = made(w);
                set_life(w, &w.caller("ada"), Programmatic, 10_000 * DAY);
                seen(w, &texts)
            },
            "yes yes no; noncompliant [{ever}], live [{two}, {one}]",
        ),
        (
            "loosened again",
            |w| {
                let texts = made(w);
                set_life(w, &w.caller("ada"), Personal, HOUR);
                set_life(w, &w.caller("ada"), Personal, DAY);
                seen(w, &texts)
            },
            "no yes yes; noncompliant [{two}], live [{one}, {ever}]",
        ),
        (
            "taken back",
            |w| {
                let texts = made(w);
                set_life(w, &w.caller("ada"), Personal, HOUR);
                set_life(w, &w.caller("ada"), Programmatic, HOUR);
                w.done(&w.caller("ada"), &SetTokenLife::new(w.spot, Personal));
                w.done(&w.caller("ada"), &SetTokenLife::new(w.spot, Programmatic));
                seen(w, &texts)
            },
            "yes yes yes; noncompliant [], live [{two}, {one}, {ever}]",
        ),
        (
            "what has expired meanwhile does not come back",
            |w| {
                let texts = made(w);
                set_life(w, &w.caller("ada"), Personal, HOUR);
                w.clock.advance(DAY);
                w.done(&w.caller("ada"), &SetTokenLife::new(w.spot, Personal));
                seen(w, &texts)
            },
            "yes no yes; noncompliant [], live [{two}, {ever}]",
        ),
        (
            "at use: the bearer that was accepted before may do nothing, the rule once more either",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                let told = set_life(w, &bearer, Personal, HOUR);
                let read = w.ask(&bearer, &GetOrganization::new(w.spot));
                let back = w.run(&bearer, &SetTokenLife::new(w.spot, Personal));
                format!("{told}; {read}; {back}")
            },
            "organization.token_life_changed; denied: the token is not what the rules allow any \
             more; denied: the token is not what the rules allow any more",
        ),
        (
            "a child of what does not comply does not either",
            |w| {
                let (_, bearer) = w.bearer("mia", "parent", personal());
                let child = temporary().expires_at(w.now().saturating_add(HOUR));
                let minted = w.done(&bearer, &IssueToken::new(w.spot, w.user("mia"), child));
                set_life(w, &w.caller("ada"), Personal, DAY);
                w.authenticate(minted.secret.unwrap().expose()).unwrap_err()
            },
            "the token is not accepted",
        ),
    ]);
}

/// Law T2: of the host's rule and the organization's, the stricter one holds, whichever comes first.
#[test]
fn the_stricter_of_two_rules_holds() {
    let w = World::with({
        let mut spot = settings();
        spot.rules = tenancy::settings::Rules::spot();
        spot
    });
    let (_, ever) = w.mint(&w.caller("mia"), "mia", "ever", personal());
    let token = w.state(w.spot).tokens().last().unwrap().clone();
    assert_eq!(
        token.expires_at(),
        None,
        "personal tokens of Spot do not expire"
    );
    let years = 1_000 * DAY;
    assert_eq!(
        set_life(&w, &w.caller("ada"), TokenKind::Personal, years),
        "organization.token_life_changed"
    );
    assert!(w.authenticate(&ever).is_err());
    let (id, long) = w.mint(&w.caller("mia"), "mia", "long", personal());
    let life = w
        .state(w.spot)
        .token(id)
        .unwrap()
        .expires_at()
        .unwrap()
        .since(w.now());
    assert_eq!(life, years);
    // A host that tightens its own rule later stills what the organization allowed.
    let mut strict = settings();
    strict.rules.personal_token_life = Some(years - MILLI);
    let later = Registry::new(w.registry.store(), Arc::clone(&w.clock), strict);
    assert!(later.authenticate(&long).is_err());
    assert!(w.authenticate(&long).is_ok());
    let command = SetTokenLife::new(w.spot, TokenKind::Personal).life(years);
    let told = later.run(&w.caller("ada"), &command);
    assert_eq!(
        told.unwrap_err().refusal().map(tenancy::Refusal::code),
        Some("token_life_rule"),
        "what is longer than the rule by now is not set anew"
    );
}
