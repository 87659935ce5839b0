//! Who may erase whom, and what stands against it (law G4).

use tenancy::Caller;
use tenancy::blocking::Registry;
use tenancy::command::{
    AttachPolicy, Batch, CloseOrganization, CreatePolicy, ErasePerson, InviteUser, PlaceHold,
    PurgeOrganization, RemoveUser, ResendInvitation, RevokeTokens, SuspendOrganization,
    SuspendUser,
};
use tenancy::id::UserId;
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::policy::{Holder, Reach};
use tenancy::query::Plan;
use tenancy::role::OrganizationRole;
use tenancy::statement::PolicyKind;

use crate::world::{Row, World, email, ghost, host, name, personal, seconds, settings, table};

fn of(w: &World, user: &str) -> ErasePerson {
    ErasePerson::new(w.spot, w.user(user), ErasureGround::Request)
}

fn by(w: &World, caller: &str, user: &str) -> String {
    w.run(&w.caller(caller), &of(w, user))
}

fn suspended(w: &World) {
    let suspend = SuspendOrganization::new(w.spot, SuspensionReason::Abuse);
    w.done(&host(), &suspend);
}

fn removed(w: &World, user: &str) {
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user(user)));
}

fn held(w: &World) {
    let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("a court"));
    w.done(&host(), &hold);
}

fn purged(w: &World) {
    w.done(&host(), &CloseOrganization::new(w.spot));
    w.clock.advance(seconds(31 * 86_400));
    w.done(&host(), &PurgeOrganization::new(w.spot));
}

const ROWS: &[Row] = &[
    (
        "by an owner",
        |w| by(w, "ada", "mia"),
        "user.removed, user.erased",
    ),
    (
        "by an owner, of an owner",
        |w| by(w, "ada", "olga"),
        "user.removed, user.erased",
    ),
    (
        "by the host",
        |w| w.run(&host(), &of(w, "mia")),
        "user.removed, user.erased",
    ),
    (
        "by an admin",
        |w| by(w, "adam", "mia"),
        "not granted: asks for owner",
    ),
    (
        "by a member",
        |w| by(w, "max", "mia"),
        "not_found: `{mia}` is not found",
    ),
    (
        "by a stranger",
        |w| by(w, "eve", "mia"),
        "not_found: `{spot}` is not found",
    ),
    (
        "by a person",
        |w| w.run(&Caller::person(email("mia")), &of(w, "mia")),
        "not_found: `{spot}` is not found",
    ),
    (
        "by an owner, with a token",
        |w| {
            let (_, ada) = w.bearer("ada", "laptop", personal());
            w.run(&ada, &of(w, "mia"))
        },
        "user.removed, user.erased",
    ),
    (
        "by an owner, with a token for something else",
        |w| {
            let (_, ada) = w.bearer("ada", "laptop", personal().actions([name("user:remove")]));
            w.run(&ada, &of(w, "mia"))
        },
        "denied: the token is confined to other actions",
    ),
    (
        "of nobody",
        |w| {
            let erase = ErasePerson::new(w.spot, ghost::<UserId>(), ErasureGround::Legal);
            w.run(&w.caller("ada"), &erase)
        },
        "not_found: `{ghost}` is not found",
    ),
    (
        "of somebody elsewhere",
        |w| by(w, "ada", "eve"),
        "not_found: `{eve}` is not found",
    ),
    (
        "of a program",
        |w| by(w, "ada", "robo"),
        "not_person: user `{robo}` is a program, expected a person",
    ),
    (
        "of oneself",
        |w| by(w, "mia", "mia"),
        "user.left, user.erased",
    ),
    (
        "of oneself, with a token",
        |w| {
            let (_, mia) = w.bearer("mia", "laptop", personal());
            w.run(&mia, &of(w, "mia"))
        },
        "user.left, user.erased",
    ),
    (
        "of oneself, with a token for an account",
        |w| {
            let (_, rita) = w.bearer("rita", "laptop", personal().accounts([w.lab]));
            w.run(&rita, &of(w, "rita"))
        },
        "denied: the token is confined to other accounts",
    ),
    (
        "of oneself, suspended",
        |w| {
            w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
            by(w, "mia", "mia")
        },
        "user.left, user.erased",
    ),
    (
        "of another by an owner who is suspended",
        |w| {
            w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("olga")));
            by(w, "olga", "mia")
        },
        "denied: the user is suspended",
    ),
    (
        "of oneself, as the last owner",
        |w| by(w, "ada", "ada"),
        "last_owner: `{ada}` is the last owner: make another user owner, transfer the ownership or close the organization",
    ),
    (
        "of the last owner",
        |w| w.run(&host(), &of(w, "ada")),
        "last_owner: `{ada}` is the last owner: make another user owner, transfer the ownership or close the organization",
    ),
    (
        "of whoever was removed",
        |w| {
            removed(w, "mia");
            by(w, "ada", "mia")
        },
        "user.erased",
    ),
    (
        "of oneself, removed",
        |w| {
            removed(w, "mia");
            by(w, "mia", "mia")
        },
        "not_found: `{spot}` is not found",
    ),
    (
        "twice",
        |w| {
            by(w, "ada", "mia");
            by(w, "ada", "mia")
        },
        "nothing",
    ),
    (
        "twice, on another ground",
        |w| {
            by(w, "ada", "mia");
            let again = ErasePerson::new(w.spot, w.user("mia"), ErasureGround::Retention);
            w.run(&host(), &again)
        },
        "nothing",
    ),
    (
        "in a batch",
        |w| {
            let revoke = RevokeTokens::new(w.spot, w.user("mia"));
            let batch = Batch::new(w.spot)
                .and(revoke)
                .and(of(w, "mia"))
                .and(of(w, "max"));
            w.run(&w.caller("ada"), &batch)
        },
        "user.removed, user.erased, user.removed, user.erased",
    ),
    (
        "in a batch, twice",
        |w| {
            let batch = Batch::new(w.spot).and(of(w, "mia")).and(of(w, "mia"));
            w.run(&w.caller("ada"), &batch)
        },
        "user.removed, user.erased",
    ),
    (
        "while suspended, of somebody who is there",
        |w| {
            suspended(w);
            by(w, "ada", "mia")
        },
        "denied: the organization is suspended",
    ),
    (
        "while suspended, of whoever was removed",
        |w| {
            removed(w, "mia");
            suspended(w);
            by(w, "ada", "mia")
        },
        "user.erased",
    ),
    (
        "while suspended, of oneself",
        |w| {
            suspended(w);
            by(w, "mia", "mia")
        },
        "user.left, user.erased",
    ),
    (
        "while closing, of oneself",
        |w| {
            w.done(&host(), &CloseOrganization::new(w.spot));
            by(w, "mia", "mia")
        },
        "user.left, user.erased",
    ),
    (
        "closed, by the host",
        |w| {
            purged(w);
            w.run(&host(), &of(w, "mia"))
        },
        "user.removed, user.erased",
    ),
    (
        "closed, of the last owner",
        |w| {
            purged(w);
            w.run(&host(), &of(w, "ada"))
        },
        "user.removed, user.erased",
    ),
    (
        "closed, by an owner",
        |w| {
            purged(w);
            by(w, "ada", "mia")
        },
        "denied: the organization is closed",
    ),
    (
        "by an owner who may not remove",
        |w| {
            denied(w, "user:remove");
            without_policy(&by(w, "olga", "mia"))
        },
        "denied: statement 1",
    ),
    (
        "by an owner who may not remove, of whoever was removed",
        |w| {
            removed(w, "mia");
            denied(w, "user:remove");
            by(w, "olga", "mia")
        },
        "user.erased",
    ),
    (
        "by an owner who may not erase",
        |w| {
            removed(w, "mia");
            denied(w, "user:erase");
            without_policy(&by(w, "olga", "mia"))
        },
        "denied: statement 1",
    ),
    (
        "of oneself, whatever is denied",
        |w| {
            denied(w, "user:*");
            by(w, "olga", "olga")
        },
        "user.left, user.erased",
    ),
];

/// Attaches a policy to an owner that denies an action.
fn denied(w: &World, action: &str) {
    let document = format!(
        r#"{{"statements":[{{"effect":"DENY","actions":["{action}"],"resources":["*"]}}]}}"#
    );
    let ada = w.caller("ada");
    let document = serde_json::from_str(&document).unwrap();
    let kind = PolicyKind::Organization;
    let create = CreatePolicy::new(w.spot, name("P"), kind, document);
    let policy = w.done(&ada, &create);
    let olga = Holder::User(w.user("olga"));
    w.done(
        &ada,
        &AttachPolicy::new(w.spot, policy, olga, Reach::Organization),
    );
}

/// Ids of policies are made anew in each world.
fn without_policy(told: &str) -> String {
    told.split(" of policy").next().unwrap().into()
}

#[test]
fn who_erases_whom() {
    table(ROWS);
}

/// A hold keeps everything; what holds there are is for whoever may place them to know.
#[test]
fn nobody_is_erased_while_the_organization_is_held() {
    let w = World::new();
    by(&w, "ada", "max");
    held(&w);
    let told = by(&w, "ada", "mia");
    let known = "erasure_held: nobody is erased while the organization is held: legal hold `hold_";
    assert!(told.starts_with(known), "{told}");
    let told = by(&w, "mia", "mia");
    assert_eq!(
        told,
        "erasure_held: nobody is erased while the organization is held"
    );
    assert!(w.run(&host(), &of(&w, "mia")).starts_with(known));
    // What is done is done.
    assert_eq!(by(&w, "ada", "max"), "nothing");
}

/// Law G4: refused up front, before anything is written.
#[test]
fn a_registry_that_does_not_erase_refuses() {
    let w = World::new();
    let registry = Registry::new(w.registry.store(), w.clock.clone(), settings());
    let before = w.feed().len();
    for caller in [w.caller("ada"), w.caller("mia"), host()] {
        let refused = registry.run(&caller, &of(&w, "mia")).unwrap_err();
        let text = "erasure_unsupported: the registry does not erase: it needs a store that can";
        assert_eq!(w.told(&refused), text);
        let command = of(&w, "mia");
        let planned = registry.ask(&caller, &Plan::new(&command)).unwrap_err();
        assert_eq!(w.told(&planned), text);
    }
    // It is nobody's business who may not.
    let refused = registry.run(&w.caller("max"), &of(&w, "mia")).unwrap_err();
    assert_eq!(w.told(&refused), "not_found: `{mia}` is not found");
    assert_eq!(w.feed().len(), before);
    // Settings that say otherwise are those of another driver.
    let erasing = settings().with_erasing_driver();
    let registry = Registry::new(w.registry.store(), w.clock.clone(), erasing);
    assert!(registry.run(&host(), &of(&w, "mia")).is_err());
}

/// An invitation whose address is gone is for nobody, and is not sent again.
#[test]
fn an_invitation_of_an_erased_address_is_not_sent_again() {
    let w = World::new();
    let invite = InviteUser::new(w.spot, email("mia-2"), OrganizationRole::Member);
    let old = w.done(&w.caller("ada"), &invite).id;
    w.clock.advance(seconds(8 * 86_400));
    let change = tenancy::command::ChangeEmail::new(w.spot, w.user("mia"), email("mia-2"));
    w.done(&w.caller("ada"), &change);
    assert_eq!(by(&w, "ada", "mia"), "user.removed, user.erased");
    let state = w.state(w.spot);
    assert_eq!(state.invitation(old).unwrap().email(), None);
    let told = w.run(&w.caller("ada"), &ResendInvitation::new(w.spot, old));
    assert_eq!(told, "invitation_status: the invitation is expired");
}

/// One that can still be answered is of somebody who may yet come.
#[test]
fn an_invitation_that_can_be_answered_stays() {
    let w = World::new();
    removed(&w, "mia");
    let invite = InviteUser::new(w.spot, email("mia"), OrganizationRole::Member);
    let new = w.done(&w.caller("ada"), &invite).id;
    assert_eq!(by(&w, "ada", "mia"), "user.erased");
    let state = w.state(w.spot);
    assert_eq!(state.invitation(new).unwrap().email(), Some(&email("mia")));
    let erased = &state.erasures()[0];
    assert_eq!(
        (erased.user, erased.by),
        (w.user("mia"), Some(w.user("ada")))
    );
    assert_eq!(
        (erased.at, erased.ground),
        (w.now(), ErasureGround::Request)
    );
    assert_eq!(erased.version, state.head().version);
}
