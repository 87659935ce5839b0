//! Handing the ownership over (law U2).

use core::time::Duration;

use tenancy::Caller;
use tenancy::command::{
    AcceptOwnership, Batch, ChangeRole, CloseOrganization, CreateAccount, DeclineOwnership,
    LeaveOrganization, LiftSuspension, OfferOwnership, ProveEmail, PurgeOrganization,
    ReactivateUser, RemoveUser, SuspendOrganization, SuspendUser, WithdrawOwnership,
};
use tenancy::organization::lifecycle::SuspensionReason::Billing as Unpaid;
use tenancy::role::OrganizationRole::{Admin, Member, Owner};

use crate::world::{START, World, email, ghost, host, name, person, personal, table, time};

const DAY: u64 = 24 * 60 * 60_000;

/// Sets the clock to so many milliseconds after the start.
fn at(w: &World, millis: u64) {
    w.clock
        .set(time(START).saturating_add(Duration::from_millis(millis)));
}

fn offer(w: &World, by: &Caller, to: &str) -> String {
    w.run(by, &OfferOwnership::new(w.spot, w.user(to)))
}

fn accept(w: &World, by: &Caller, from: &str) -> String {
    w.run(by, &AcceptOwnership::new(w.spot, w.user(from)))
}

fn decline(w: &World, by: &Caller, from: &str) -> String {
    w.run(by, &DeclineOwnership::new(w.spot, w.user(from)))
}

fn withdraw(w: &World, by: &Caller, from: &str) -> String {
    w.run(by, &WithdrawOwnership::new(w.spot, w.user(from)))
}

/// Has a user prove the address under which it was created.
#[track_caller]
fn proven(w: &World, user: &str) -> Caller {
    let caller = w.caller(user);
    let told = w.run(
        &caller.clone().with_proven(email(user)),
        &ProveEmail::new(w.spot),
    );
    assert_eq!(told, "user.email_proven");
    caller
}

/// Ada, who alone keeps the organization, has offered it to mia, who has proven her address.
fn offered(w: &World) -> Caller {
    let mia = proven(w, "mia");
    assert_eq!(offer(w, &ada(w), "mia"), "ownership.offered");
    mia
}

fn ada(w: &World) -> Caller {
    w.caller("ada")
}

/// What the two are, and whom else something is offered.
fn told(w: &World) -> String {
    let state = w.state(w.spot);
    let role = |user| state.user(w.user(user)).unwrap().role();
    let offers = state.ownership_offers().iter();
    let offers: Vec<_> = offers
        .map(|it| format!("{} to {}", it.from, it.to))
        .collect();
    w.named(&format!(
        "ada {}, mia {}, [{}]",
        role("ada"),
        role("mia"),
        offers.join(", ")
    ))
}

#[test]
fn offer_ownership() {
    const UNFIT: &str = "owner_unfit: `{mia}` cannot become owner";
    table(&[
        (
            "to a member who has proven its address: nothing changes yet",
            |w| {
                offered(w);
                told(w)
            },
            "ada owner, mia member, [{ada} to {mia}]",
        ),
        (
            "by an owner who has not",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("olga"), "mia")
            },
            "ownership.offered",
        ),
        (
            "in place of what was offered before",
            |w| {
                offered(w);
                proven(w, "max");
                offer(w, &ada(w), "max");
                format!("{}: {}", accept(w, &w.caller("mia"), "ada"), told(w))
            },
            "no_offer: there is no such offer of the ownership: ada owner, mia member, [{ada} to {max}]",
        ),
        (
            "by another owner, beside what was offered before",
            |w| {
                offered(w);
                proven(w, "max");
                offer(w, &w.caller("olga"), "max");
                told(w)
            },
            "ada owner, mia member, [{ada} to {mia}, {olga} to {max}]",
        ),
        (
            "again, and its time begins anew",
            |w| {
                offered(w);
                at(w, 6 * DAY);
                offer(w, &ada(w), "mia");
                at(w, 13 * DAY - 1);
                accept(w, &w.caller("mia"), "ada")
            },
            "ownership.transferred",
        ),
        (
            "to somebody who has not proven the address",
            |w| offer(w, &ada(w), "mia"),
            UNFIT,
        ),
        (
            "to somebody who has asked for an address and not proven it",
            |w| {
                let change = tenancy::command::ChangeEmail::new(w.spot, w.user("mia"), email("m"));
                w.done(&ada(w), &change);
                offer(w, &ada(w), "mia")
            },
            UNFIT,
        ),
        (
            "to somebody who is suspended",
            |w| {
                proven(w, "mia");
                w.done(&ada(w), &SuspendUser::new(w.spot, w.user("mia")));
                offer(w, &ada(w), "mia")
            },
            UNFIT,
        ),
        (
            "to somebody who was removed",
            |w| {
                proven(w, "mia");
                w.done(&ada(w), &RemoveUser::new(w.spot, w.user("mia")));
                offer(w, &ada(w), "mia")
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "to a program",
            |w| offer(w, &ada(w), "robo"),
            "owner_unfit: `{robo}` cannot become owner",
        ),
        (
            "to an owner",
            |w| {
                proven(w, "olga");
                offer(w, &ada(w), "olga")
            },
            "owner_unfit: `{olga}` cannot become owner",
        ),
        (
            "to oneself",
            |w| offer(w, &ada(w), "ada"),
            "owner_unfit: `{ada}` cannot become owner",
        ),
        (
            "to somebody who is not there",
            |w| w.run(&ada(w), &OfferOwnership::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "to a user of another organization",
            |w| offer(w, &ada(w), "eve"),
            "not_found: `{eve}` is not found",
        ),
        (
            "by an admin",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("adam"), "mia")
            },
            "not granted: asks for owner",
        ),
        (
            "by an admin to itself",
            |w| {
                let adam = proven(w, "adam");
                offer(w, &adam, "adam")
            },
            "not granted: asks for owner",
        ),
        (
            "by the host: it is no user and owns nothing",
            |w| {
                proven(w, "mia");
                offer(w, &host(), "mia")
            },
            "not_signed_in: the caller is nobody's user, expected one who is signed in",
        ),
        (
            "from another organization",
            |w| offer(w, &w.caller("eve"), "mia"),
            "not_found: `{spot}` is not found",
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                proven(w, "mia");
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                offer(w, &bearer, "mia")
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "with a token that is confined to this action: it holds no role to give",
            |w| {
                proven(w, "mia");
                let (_, bearer) = w.bearer(
                    "ada",
                    "t",
                    personal().actions([name("organization:transfer")]),
                );
                offer(w, &bearer, "mia")
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "in a suspended organization",
            |w| {
                proven(w, "mia");
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                offer(w, &ada(w), "mia")
            },
            "denied: the organization is suspended",
        ),
    ]);
}

#[test]
fn accept_ownership() {
    const NONE: &str = "no_offer: there is no such offer of the ownership";
    table(&[
        (
            "the one is owner, and the other admin",
            |w| {
                let mia = offered(w);
                format!("{}: {}", accept(w, &mia, "ada"), told(w))
            },
            "ownership.transferred: ada admin, mia owner, []",
        ),
        (
            "the new owner keeps the organization alone",
            |w| {
                let mia = offered(w);
                accept(w, &mia, "ada");
                w.done(&mia, &RemoveUser::new(w.spot, w.user("olga")));
                let left = w.run(&ada(w), &LeaveOrganization::new(w.spot));
                format!("{left}; {}", w.run(&mia, &LeaveOrganization::new(w.spot)))
            },
            "user.left; last_owner: `{mia}` is the last owner: make another user owner, transfer the ownership or close the organization",
        ),
        (
            "the old one is an admin at once, and no owner",
            |w| {
                let mia = offered(w);
                accept(w, &mia, "ada");
                let admin = w.run(&ada(w), &CreateAccount::new(w.spot, name("A")));
                format!(
                    "{admin}; {}",
                    w.run(&ada(w), &CloseOrganization::new(w.spot))
                )
            },
            "account.created; not granted: asks for owner",
        ),
        (
            "twice",
            |w| {
                let mia = offered(w);
                accept(w, &mia, "ada");
                accept(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "what was not offered",
            |w| {
                let mia = proven(w, "mia");
                accept(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "what another has offered",
            |w| {
                let mia = offered(w);
                accept(w, &mia, "olga")
            },
            NONE,
        ),
        (
            "what was offered to another",
            |w| {
                offered(w);
                let max = proven(w, "max");
                accept(w, &max, "ada")
            },
            NONE,
        ),
        (
            "what nobody could have offered",
            |w| {
                let mia = offered(w);
                w.run(&mia, &AcceptOwnership::new(w.spot, ghost()))
            },
            NONE,
        ),
        (
            "what somebody of another organization could have",
            |w| {
                let mia = offered(w);
                accept(w, &mia, "eve")
            },
            NONE,
        ),
        (
            "a millisecond before it expires",
            |w| {
                let mia = offered(w);
                at(w, 7 * DAY - 1);
                accept(w, &mia, "ada")
            },
            "ownership.transferred",
        ),
        (
            "when it expires",
            |w| {
                let mia = offered(w);
                at(w, 7 * DAY);
                accept(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "a millisecond after",
            |w| {
                let mia = offered(w);
                at(w, 7 * DAY + 1);
                accept(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "a clock that goes back brings it not back",
            |w| {
                let mia = offered(w);
                at(w, 7 * DAY);
                w.done(&ada(w), &CreateAccount::new(w.spot, name("A")));
                at(w, 7 * DAY - 60_000);
                accept(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "from somebody who was demoted meanwhile",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("olga"), "mia");
                w.done(&ada(w), &ChangeRole::new(w.spot, w.user("olga"), Admin));
                accept(w, &w.caller("mia"), "olga")
            },
            NONE,
        ),
        (
            "from somebody who was suspended meanwhile",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("olga"), "mia");
                w.done(&ada(w), &SuspendUser::new(w.spot, w.user("olga")));
                accept(w, &w.caller("mia"), "olga")
            },
            NONE,
        ),
        (
            "from somebody who was suspended meanwhile, and is active again",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("olga"), "mia");
                w.done(&ada(w), &SuspendUser::new(w.spot, w.user("olga")));
                w.done(&ada(w), &ReactivateUser::new(w.spot, w.user("olga")));
                accept(w, &w.caller("mia"), "olga")
            },
            "ownership.transferred",
        ),
        (
            "from somebody who was removed meanwhile",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("olga"), "mia");
                w.done(&ada(w), &RemoveUser::new(w.spot, w.user("olga")));
                format!("{}: {}", accept(w, &w.caller("mia"), "olga"), told(w))
            },
            "no_offer: there is no such offer of the ownership: ada owner, mia member, []",
        ),
        (
            "from somebody who has left meanwhile",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("olga"), "mia");
                w.done(&w.caller("olga"), &LeaveOrganization::new(w.spot));
                accept(w, &w.caller("mia"), "olga")
            },
            NONE,
        ),
        (
            "from an owner who never proved its address: one who has is left then",
            |w| {
                proven(w, "mia");
                offer(w, &w.caller("olga"), "mia");
                accept(w, &w.caller("mia"), "olga");
                w.run(&ada(w), &LeaveOrganization::new(w.spot))
            },
            "user.left",
        ),
        (
            "by somebody who was suspended meanwhile",
            |w| {
                let mia = offered(w);
                w.done(&ada(w), &SuspendUser::new(w.spot, w.user("mia")));
                accept(w, &mia, "ada")
            },
            "denied: the user is suspended",
        ),
        (
            "by somebody who was removed meanwhile",
            |w| {
                let mia = offered(w);
                w.done(&ada(w), &RemoveUser::new(w.spot, w.user("mia")));
                format!("{}: {}", accept(w, &mia, "ada"), told(w))
            },
            "not_found: `{spot}` is not found: ada owner, mia member, []",
        ),
        (
            "by somebody who is owner meanwhile",
            |w| {
                let mia = offered(w);
                w.done(&ada(w), &ChangeRole::new(w.spot, w.user("mia"), Owner));
                accept(w, &mia, "ada")
            },
            "owner_unfit: `{mia}` cannot become owner",
        ),
        (
            "with a token: owning is not for programs",
            |w| {
                offered(w);
                let (_, bearer) = w.bearer("mia", "t", personal());
                accept(w, &bearer, "ada")
            },
            "not_signed_in: the caller is nobody's user, expected one who is signed in",
        ),
        (
            "with a token that is confined to accounts",
            |w| {
                offered(w);
                let (_, bearer) = w.bearer("mia", "t", personal().accounts([]));
                accept(w, &bearer, "ada")
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "by the host",
            |w| {
                offered(w);
                accept(w, &host(), "ada")
            },
            "not_signed_in: the caller is nobody's user, expected one who is signed in",
        ),
        (
            "by the owner who has offered it",
            |w| {
                offered(w);
                accept(w, &ada(w), "ada")
            },
            NONE,
        ),
        (
            "by a person who comes by the address alone",
            |w| {
                offered(w);
                accept(w, &person("mia"), "ada")
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "from another organization",
            |w| {
                offered(w);
                accept(w, &w.caller("eve"), "ada")
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "in a suspended organization",
            |w| {
                let mia = offered(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                accept(w, &mia, "ada")
            },
            "denied: the organization is suspended",
        ),
        (
            "in an organization that was suspended meanwhile, within the time",
            |w| {
                let mia = offered(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                w.done(&host(), &LiftSuspension::new(w.spot, Unpaid));
                accept(w, &mia, "ada")
            },
            "ownership.transferred",
        ),
        (
            "in an organization that is closing",
            |w| {
                let mia = offered(w);
                w.done(&ada(w), &CloseOrganization::new(w.spot));
                accept(w, &mia, "ada")
            },
            "denied: the organization is closing",
        ),
        (
            "in one that is closed",
            |w| {
                let mia = offered(w);
                w.done(&ada(w), &CloseOrganization::new(w.spot));
                at(w, 30 * DAY);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                format!(
                    "{}: {}",
                    accept(w, &mia, "ada"),
                    w.state(w.spot).ownership_offers().len()
                )
            },
            "denied: the organization is closed: 0",
        ),
    ]);
}

#[test]
fn decline_and_withdraw_ownership() {
    const NONE: &str = "no_offer: there is no such offer of the ownership";
    table(&[
        (
            "declined",
            |w| {
                let mia = offered(w);
                format!("{}: {}", decline(w, &mia, "ada"), told(w))
            },
            "ownership.declined: ada owner, mia member, []",
        ),
        (
            "declined twice",
            |w| {
                let mia = offered(w);
                decline(w, &mia, "ada");
                decline(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "declined, then accepted",
            |w| {
                let mia = offered(w);
                decline(w, &mia, "ada");
                accept(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "declined by somebody else",
            |w| {
                offered(w);
                format!("{}: {}", decline(w, &w.caller("max"), "ada"), told(w))
            },
            "no_offer: there is no such offer of the ownership: ada owner, mia member, [{ada} to {mia}]",
        ),
        (
            "declined by the host: it was offered nothing",
            |w| {
                offered(w);
                decline(w, &host(), "ada")
            },
            "not_signed_in: the caller is nobody's user, expected one who is signed in",
        ),
        (
            "declined by somebody who is suspended: one may always decline",
            |w| {
                let mia = offered(w);
                w.done(&ada(w), &SuspendUser::new(w.spot, w.user("mia")));
                decline(w, &mia, "ada")
            },
            "ownership.declined",
        ),
        (
            "declined in a suspended organization",
            |w| {
                let mia = offered(w);
                w.done(&host(), &SuspendOrganization::new(w.spot, Unpaid));
                decline(w, &mia, "ada")
            },
            "ownership.declined",
        ),
        (
            "declined from another organization",
            |w| {
                offered(w);
                decline(w, &w.caller("eve"), "ada")
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "withdrawn",
            |w| {
                offered(w);
                format!("{}: {}", withdraw(w, &ada(w), "ada"), told(w))
            },
            "ownership.withdrawn: ada owner, mia member, []",
        ),
        (
            "withdrawn, then accepted",
            |w| {
                let mia = offered(w);
                withdraw(w, &ada(w), "ada");
                accept(w, &mia, "ada")
            },
            NONE,
        ),
        (
            "withdrawn twice",
            |w| {
                offered(w);
                withdraw(w, &ada(w), "ada");
                withdraw(w, &ada(w), "ada")
            },
            "nothing",
        ),
        (
            "withdrawn by another owner",
            |w| {
                offered(w);
                withdraw(w, &w.caller("olga"), "ada")
            },
            "ownership.withdrawn",
        ),
        (
            "withdrawn by the host",
            |w| {
                offered(w);
                withdraw(w, &host(), "ada")
            },
            "ownership.withdrawn",
        ),
        (
            "withdrawn by an admin",
            |w| {
                offered(w);
                withdraw(w, &w.caller("adam"), "ada")
            },
            "not granted: asks for owner",
        ),
        (
            "withdrawn by the one to whom it is offered",
            |w| {
                let mia = offered(w);
                withdraw(w, &mia, "ada")
            },
            "not granted: asks for owner",
        ),
        (
            "withdrawn where nothing was offered",
            |w| withdraw(w, &ada(w), "olga"),
            "nothing",
        ),
        (
            "withdrawn of somebody who is not there",
            |w| w.run(&ada(w), &WithdrawOwnership::new(w.spot, ghost())),
            "nothing",
        ),
        (
            "withdrawn from another organization",
            |w| {
                offered(w);
                withdraw(w, &w.caller("eve"), "ada")
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "withdrawing one leaves another's",
            |w| {
                offered(w);
                proven(w, "max");
                offer(w, &w.caller("olga"), "max");
                withdraw(w, &ada(w), "ada");
                told(w)
            },
            "ada owner, mia member, [{olga} to {max}]",
        ),
        (
            "declining one leaves another's to the same",
            |w| {
                let mia = offered(w);
                offer(w, &w.caller("olga"), "mia");
                decline(w, &mia, "ada");
                accept(w, &mia, "olga")
            },
            "ownership.transferred",
        ),
    ]);
}

/// Law U2 at every moment: while the ownership goes from hand to hand, its laws are checked after
/// each step by the world itself; whoever has it last cannot give it up otherwise.
#[test]
fn an_owner_is_left_at_every_moment() {
    const LAST: &str = "last_owner: `{";
    let w = World::new();
    w.done(&ada(&w), &RemoveUser::new(w.spot, w.user("olga")));
    let mut owner = "ada";
    for next in ["mia", "adam", "edda"] {
        let caller = w.caller(owner);
        for told in [
            w.run(&caller, &LeaveOrganization::new(w.spot)),
            w.run(&caller, &ChangeRole::new(w.spot, w.user(owner), Member)),
            w.run(&host(), &SuspendUser::new(w.spot, w.user(owner))),
            w.run(&host(), &RemoveUser::new(w.spot, w.user(owner))),
        ] {
            assert!(told.starts_with(LAST), "{told}");
        }
        proven(&w, next);
        assert_eq!(offer(&w, &caller, next), "ownership.offered");
        // Offering it is not having given it: the last owner stays the last.
        let told = w.run(&caller, &LeaveOrganization::new(w.spot));
        assert!(told.starts_with(LAST), "{told}");
        assert_eq!(accept(&w, &w.caller(next), owner), "ownership.transferred");
        let state = w.state(w.spot);
        let owners: Vec<_> = state.owners().map(|it| it.id()).collect();
        assert_eq!(owners, [w.user(next)]);
        assert_eq!(state.user(w.user(owner)).unwrap().role(), Admin);
        owner = next;
    }
    // The host may not take it away within a batch either, not even for a moment.
    let batch = Batch::new(w.spot)
        .and(RemoveUser::new(w.spot, w.user("edda")))
        .and(ChangeRole::new(w.spot, w.user("mia"), Owner));
    assert!(w.run(&host(), &batch).starts_with(LAST));
}
