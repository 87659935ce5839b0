//! Signing up, adding and activating organizations (laws O1 to O3), and the clock (law G8).

use tenancy::command::{
    ActivateOrganization, CreateAccount, CreateOrganization, CreateUser, RevokeToken, SignUp,
};
use tenancy::name::OrganizationName;
use tenancy::organization::lifecycle::NameScope;
use tenancy::query::{Check, GetOrganization, OrganizationsOf};
use tenancy::role::OrganizationRole;
use tenancy::time::Timestamp;
use tenancy::{Caller, Resource};

use crate::world::{
    World, email, host, name, person, personal, seconds, settings, table, table_with, time,
};

const FOUNDED: &str = "organization.created, account.created, user.created";
const TAKEN: &str = "organization_name_taken: organization name `spot` is taken";
const SIGNED_IN: &str =
    "signed_in: the caller is signed in, expected a person who is nobody's user";
const NOT_SIGNED_IN: &str =
    "not_signed_in: the caller is nobody's user, expected one who is signed in";
const UNPROVEN: &str = "proof_required: the caller has proven no address";

fn sign_up(world: &World, caller: &Caller, organization: OrganizationName) -> String {
    world.run(caller, &SignUp::new(organization, name("Zoe")))
}

fn add(world: &World, caller: &Caller, organization: &str) -> String {
    let command = CreateOrganization::new(name(organization), name("Zoe"));
    world.run(caller, &command)
}

#[test]
fn sign_up_makes_organization_account_and_owner_at_once() {
    table(&[
        (
            "a person",
            |w| sign_up(w, &person("zoe"), name("Zoe & Co")),
            FOUNDED,
        ),
        (
            "a person who is a user elsewhere",
            |w| sign_up(w, &person("mia"), name("Mia & Co")),
            FOUNDED,
        ),
        (
            "the same person twice",
            |w| {
                sign_up(w, &person("zoe"), name("Zoe 1"));
                sign_up(w, &person("zoe"), name("Zoe 2"))
            },
            FOUNDED,
        ),
        (
            "a signed-in user who has proven an address",
            |w| sign_up(w, &w.caller("mia").with_proven(email("mia")), name("Mia")),
            SIGNED_IN,
        ),
        (
            "a signed-in user who has not",
            |w| sign_up(w, &w.caller("mia"), name("Mia")),
            SIGNED_IN,
        ),
        (
            "the host proves nothing",
            |w| sign_up(w, &host(), name("Host")),
            UNPROVEN,
        ),
        (
            "a taken name",
            |w| sign_up(w, &person("zoe"), name("Spot")),
            TAKEN,
        ),
        (
            "a taken name in other case and spacing",
            |w| sign_up(w, &person("zoe"), name("  sPOT ")),
            TAKEN,
        ),
        (
            "a name that looks like a taken one",
            |w| sign_up(w, &person("zoe"), name("Sp\u{43e}t")),
            TAKEN,
        ),
        (
            "a division of a taken name is another name",
            |w| {
                let division = OrganizationName::new(name("Spot")).with_division(name("USA"));
                sign_up(w, &person("zoe"), division)
            },
            FOUNDED,
        ),
        (
            "a name that is shown like a taken name and division",
            |w| {
                let division = OrganizationName::new(name("Spot")).with_division(name("USA"));
                sign_up(w, &person("zoe"), division);
                sign_up(w, &person("zoe"), name("SPOT-usa"))
            },
            "organization_name_taken: organization name `spot-usa` is taken",
        ),
    ]);
}

#[test]
fn names_may_repeat_where_the_rules_say_so() {
    let mut loose = settings();
    loose.rules.name_scope = NameScope::None;
    table_with(
        loose,
        &[
            (
                "a name that is taken in the registry",
                |w| sign_up(w, &person("zoe"), name("Spot")),
                FOUNDED,
            ),
            (
                "twice under the loose rule",
                |w| {
                    sign_up(w, &person("zoe"), name("Twin"));
                    sign_up(w, &person("zoe"), name("Twin"))
                },
                FOUNDED,
            ),
        ],
    );
}

/// Law O1, A3: what is made is one whole, and the proven address is the owner's.
#[test]
fn what_signing_up_made_is_there() {
    let w = World::new();
    let zoe = Caller::person("Zoe@Example.COM".parse().unwrap());
    let plain = w.done(&zoe, &SignUp::new(name("Zoe & Co"), name("Zoe")));
    let command = SignUp::new(name("Zoe 2"), name("Zoe")).account(name("Production"));
    let named = w.done(&zoe, &command);
    let names = [(plain, "Zoe & Co"), (named, "Production")].map(|(made, account)| {
        let state = w.state(made.organization);
        let owner = state.user(made.owner).unwrap();
        assert_eq!(state.default_account(), Some(made.account));
        assert_eq!(owner.role(), OrganizationRole::Owner);
        assert_eq!(
            owner.proven_email().unwrap().as_str(),
            "Zoe@Example.COM",
            "kept as it was written"
        );
        assert_eq!(state.head().version.get(), 3, "one commit of three records");
        assert_eq!(
            state.account(made.account).unwrap().name().as_str(),
            account
        );
        state.users().len() + state.accounts().len()
    });
    assert_eq!(names, [2, 2]);
    let records = w.records(plain.organization);
    assert!(records.iter().all(|it| it.command == records[0].command));
}

#[test]
fn create_organization_is_for_whoever_has_proven_an_address() {
    table(&[
        (
            "a user who has proven",
            |w| add(w, &w.caller("mia").with_proven(email("mia")), "Mia"),
            FOUNDED,
        ),
        (
            "a user who has not",
            |w| add(w, &w.caller("ada"), "Ada"),
            UNPROVEN,
        ),
        ("a person", |w| add(w, &person("zoe"), "Zoe"), NOT_SIGNED_IN),
        ("the host", |w| add(w, &host(), "Zoe"), UNPROVEN),
        (
            "a token of a user whose address is proven: it proves nothing",
            |w| add(w, &w.bearer("ada", "t", personal()).1, "Ada"),
            UNPROVEN,
        ),
        (
            "a token for whose owner the host says an address",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                add(w, &bearer.with_proven(email("ada")), "Ada")
            },
            UNPROVEN,
        ),
        (
            "a token that is revoked",
            |w| {
                let (id, bearer) = w.bearer("ada", "t", personal());
                w.done(&w.caller("ada"), &RevokeToken::new(w.spot, id));
                add(w, &bearer, "Ada")
            },
            UNPROVEN,
        ),
        (
            "a taken name",
            |w| add(w, &w.caller("mia").with_proven(email("mia")), "SPOT"),
            TAKEN,
        ),
    ]);
}

/// Law O1: the new organization's owner is the person, and is nobody in the others.
#[test]
fn an_added_organization_is_the_same_persons() {
    let w = World::new();
    let ada = w.caller("ada").with_proven(email("ada"));
    w.clock.advance(seconds(1));
    let made = w.done(&ada, &CreateOrganization::new(name("Ada 2"), name("A.")));
    let owner = Caller::user(made.organization, made.owner);
    let state = w.state(made.organization);
    let proven = state.user(made.owner).unwrap().proven_email().cloned();
    assert_eq!(proven, Some(email("ada")));
    assert_eq!(
        w.ask(&person("ada"), &OrganizationsOf::caller()),
        w.named(&format!(
            "[{} active {} owner, {} pending {} owner]",
            w.spot, w.main, made.organization, made.account
        ))
    );
    let text = w.ask(&owner, &GetOrganization::new(w.spot));
    assert_eq!(text, "not_found: `{spot}` is not found");
    let text = w.ask(&ada, &GetOrganization::new(made.organization));
    let not_found = format!("not_found: `{}` is not found", made.organization);
    assert_eq!(text, not_found, "the caller stays that of the first");
}

fn pending(world: &World) -> (tenancy::command::SignedUp, Caller) {
    let made = world.done(&person("zoe"), &SignUp::new(name("Zoe"), name("Zoe")));
    (made, Caller::user(made.organization, made.owner))
}

#[test]
fn activation_is_for_billing_and_above() {
    fn activate(w: &World, role: OrganizationRole) -> String {
        let (made, zoe) = pending(w);
        let id = made.organization;
        let user = CreateUser::new(id, name("U"), email("u"), role);
        let user = w.done(&zoe, &user).user;
        w.run(&Caller::user(id, user), &ActivateOrganization::new(id))
    }
    table(&[
        (
            "an owner",
            |w| activate(w, OrganizationRole::Owner),
            "organization.activated",
        ),
        (
            "an admin",
            |w| activate(w, OrganizationRole::Admin),
            "organization.activated",
        ),
        (
            "billing",
            |w| activate(w, OrganizationRole::Billing),
            "organization.activated",
        ),
        (
            "a viewer",
            |w| activate(w, OrganizationRole::Viewer),
            "not granted: asks for billing",
        ),
        (
            "a member",
            |w| activate(w, OrganizationRole::Member),
            "not granted: asks for billing",
        ),
        (
            "the host",
            |w| {
                let (made, _) = pending(w);
                w.run(&host(), &ActivateOrganization::new(made.organization))
            },
            "organization.activated",
        ),
        (
            "the host, of nothing",
            |w| w.run(&host(), &ActivateOrganization::new(crate::world::ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "what is active stays so",
            |w| w.run(&w.caller("bill"), &ActivateOrganization::new(w.spot)),
            "nothing",
        ),
        (
            "and is no excuse for those without the right",
            |w| w.run(&w.caller("mia"), &ActivateOrganization::new(w.spot)),
            "not granted: asks for billing",
        ),
        (
            "an owner of another",
            |w| w.run(&w.caller("eve"), &ActivateOrganization::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "a person who owns it, but is not signed in to it",
            |w| w.run(&person("ada"), &ActivateOrganization::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "a token of an owner that is confined",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.main]));
                w.run(&bearer, &ActivateOrganization::new(w.spot))
            },
            "denied: the token is confined to other accounts",
        ),
    ]);
}

/// Law O3: pending allows all but the product.
#[test]
fn a_pending_organization_does_everything_but_the_product() {
    table(&[
        (
            "administers",
            |w| {
                let (made, zoe) = pending(w);
                w.run(&zoe, &CreateAccount::new(made.organization, name("A")))
            },
            "account.created",
        ),
        (
            "reads",
            |w| {
                let (made, zoe) = pending(w);
                let text = w.ask(&zoe, &GetOrganization::new(made.organization));
                text.contains("pending").to_string()
            },
            "true",
        ),
        (
            "does not use the product",
            |w| product(w, false, "fleet:create"),
            "denied: the organization is pending",
        ),
        (
            "not even by looking",
            |w| product(w, false, "fleet:read"),
            "denied: the organization is pending",
        ),
        (
            "does once it is active",
            |w| product(w, true, "fleet:create"),
            "allowed by organization role owner",
        ),
    ]);
}

fn product(w: &World, active: bool, action: &str) -> String {
    let (made, zoe) = pending(w);
    if active {
        w.done(&zoe, &ActivateOrganization::new(made.organization));
    }
    let resource = Resource::Account(made.account);
    let check = Check::new(made.organization, name(action), resource);
    let answer = w.registry.ask(&zoe, &check).unwrap();
    answer.value.decision.to_string()
}

/// Law G8: a clock that goes back is held up as far as the skew, and refused beyond.
#[test]
fn time_never_goes_back() {
    fn later(w: &World, clock: &str) -> String {
        // The world's last record is at 12:00:00; the skew is 5 minutes.
        w.clock.set(time(clock));
        let command = CreateAccount::new(w.spot, name(clock));
        let told = w.run(&w.caller("ada"), &command);
        let last = w.records(w.spot).last().unwrap().time;
        format!("{told} at {last}")
    }
    table(&[
        (
            "on",
            |w| later(w, "2026-11-21T12:00:01.000Z"),
            "account.created at 2026-11-21T12:00:01.000Z",
        ),
        (
            "still",
            |w| later(w, "2026-11-21T12:00:00.000Z"),
            "account.created at 2026-11-21T12:00:00.000Z",
        ),
        (
            "a moment back",
            |w| later(w, "2026-11-21T11:59:59.999Z"),
            "account.created at 2026-11-21T12:00:00.000Z",
        ),
        (
            "back by the whole skew",
            |w| later(w, "2026-11-21T11:55:00.000Z"),
            "account.created at 2026-11-21T12:00:00.000Z",
        ),
        (
            "back by a moment more",
            |w| later(w, "2026-11-21T11:54:59.999Z"),
            "clock_behind: the clock says 2026-11-21T11:54:59.999Z, which is more than 300 s \
             before the last record at 2026-11-21T12:00:00.000Z at 2026-11-21T12:00:00.000Z",
        ),
        (
            "back to the beginning",
            |w| later(w, "1970-01-01T00:00:00.000Z"),
            "clock_behind: the clock says 1970-01-01T00:00:00.000Z, which is more than 300 s \
             before the last record at 2026-11-21T12:00:00.000Z at 2026-11-21T12:00:00.000Z",
        ),
        (
            "to the end of time",
            |w| later(w, "9999-12-31T23:59:59.999Z"),
            "account.created at 9999-12-31T23:59:59.999Z",
        ),
        (
            "far ahead, then back",
            |w| {
                later(w, "2027-11-21T12:00:00.000Z");
                later(w, "2026-11-21T12:00:00.000Z")
            },
            "clock_behind: the clock says 2026-11-21T12:00:00.000Z, which is more than 300 s \
             before the last record at 2027-11-21T12:00:00.000Z at 2027-11-21T12:00:00.000Z",
        ),
        (
            "far ahead in one organization holds up no other",
            |w| {
                later(w, "2027-11-21T12:00:00.000Z");
                w.clock.set(time("2026-11-21T12:00:00.000Z"));
                let id = w.rival.organization;
                w.run(&w.caller("eve"), &CreateAccount::new(id, name("A")))
            },
            "account.created",
        ),
        (
            "nothing to do needs no clock",
            |w| {
                w.clock.set(Timestamp::UNIX_EPOCH);
                w.run(&w.caller("ada"), &ActivateOrganization::new(w.spot))
            },
            "nothing",
        ),
        (
            "nor does a question",
            |w| {
                w.clock.set(Timestamp::UNIX_EPOCH);
                w.ask(&w.caller("ada"), &GetOrganization::new(w.spot))
            },
            "{spot} active {main}",
        ),
    ]);
    let mut strict = settings();
    strict.rules.clock_skew = seconds(0);
    table_with(
        strict,
        &[
            (
                "without skew, still",
                |w| later(w, "2026-11-21T12:00:00.000Z"),
                "account.created at 2026-11-21T12:00:00.000Z",
            ),
            (
                "without skew, a moment back",
                |w| later(w, "2026-11-21T11:59:59.999Z"),
                "clock_behind: the clock says 2026-11-21T11:59:59.999Z, which is more than 0 s \
                 before the last record at 2026-11-21T12:00:00.000Z at 2026-11-21T12:00:00.000Z",
            ),
        ],
    );
}
