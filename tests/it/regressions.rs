//! What once went wrong, or was easily done wrong: one test each, with what it would mean for whom.

use tenancy::Caller;
use tenancy::command::{
    AcceptInvitation, AcceptOwnership, AttachUser, Batch, ChangeEmail, ChangeRole, CreateAccount,
    InviteUser, IssueToken, OfferOwnership, ProveEmail, ResendInvitation, RevokeInvitation,
    RevokeTokens,
};
use tenancy::fingerprint::Fingerprint;
use tenancy::id::TokenId;
use tenancy::query::{Cursor, ListTokens, TokenStanding};
use tenancy::role::AccountRole::Viewer;
use tenancy::role::OrganizationRole::{Admin, Member, Owner};
use tenancy::secret::LastFour;
use tenancy::time::Timestamp;

use crate::world::{World, email, ghost, name, person, personal, seconds, settings, table};

const DAY: u64 = 24 * 60 * 60;

/// Signs a user of the world in, with the address that it has proven.
fn proven(w: &World, user: &str) -> Caller {
    let caller = w.caller(user).with_proven(email(user));
    w.done(&caller, &ProveEmail::new(w.spot));
    caller
}

/// Law X4: whoever may read neither users nor invitations does not learn who is one, or is invited,
/// by asking for that address.
#[test]
fn asking_for_an_address_tells_nobody_whose_it_is() {
    fn ask(w: &World, caller: &Caller, user: &str, address: &str) -> String {
        w.run(
            caller,
            &ChangeEmail::new(w.spot, w.user(user), email(address)),
        )
    }
    fn invite(w: &World) {
        w.done(
            &w.caller("ada"),
            &InviteUser::new(w.spot, email("nora"), Member),
        );
    }
    table(&[
        (
            "a member, of a user's",
            |w| ask(w, &w.caller("mia"), "mia", "max"),
            "user.email_requested",
        ),
        (
            "a member, of an invited person's",
            |w| {
                invite(w);
                ask(w, &w.caller("mia"), "mia", "nora")
            },
            "user.email_requested",
        ),
        (
            "a member, of nobody's",
            |w| ask(w, &w.caller("mia"), "mia", "nora"),
            "user.email_requested",
        ),
        (
            "a viewer reads users",
            |w| ask(w, &w.caller("vera"), "vera", "max"),
            "email_taken: address `max@example.com` is taken",
        ),
        (
            "a viewer does not read invitations",
            |w| {
                invite(w);
                ask(w, &w.caller("vera"), "vera", "nora")
            },
            "user.email_requested",
        ),
        (
            "an admin reads both",
            |w| {
                invite(w);
                let user = ask(w, &w.caller("adam"), "mia", "max");
                format!("{user}; {}", ask(w, &w.caller("adam"), "mia", "nora"))
            },
            "email_taken: address `max@example.com` is taken; \
             already_invited: address `nora@example.com` is invited already",
        ),
        (
            "an admin's token that does not read",
            |w| {
                let token = personal().actions([name("user:update")]);
                let (_, bearer) = w.bearer("adam", "t", token);
                ask(w, &bearer, "mia", "max")
            },
            "user.email_requested",
        ),
        (
            "the address is still one's own alone once it is proven",
            |w| {
                ask(w, &w.caller("mia"), "mia", "max");
                let mia = w.caller("mia").with_proven(email("max"));
                w.run(&mia, &ProveEmail::new(w.spot))
            },
            "email_taken: address `max@example.com` is taken",
        ),
    ]);
}

/// A user who signs in with the address that it has does not lose the change that was asked for.
#[test]
fn proving_the_address_that_one_has_keeps_the_change_that_was_asked_for() {
    fn asked(w: &World, with: &Caller) -> String {
        w.done(with, &ChangeEmail::new(w.spot, w.user("mia"), email("new")));
        let told = w.run(
            &w.caller("mia").with_proven(email("mia")),
            &ProveEmail::new(w.spot),
        );
        let new = w.caller("mia").with_proven(email("new"));
        format!("{told}; {}", w.run(&new, &ProveEmail::new(w.spot)))
    }
    table(&[
        (
            "it was proven before",
            |w| {
                let mia = proven(w, "mia");
                asked(w, &mia)
            },
            "nothing; user.email_proven",
        ),
        (
            "it is proven now",
            |w| asked(w, &w.caller("mia")),
            "user.email_proven; user.email_proven",
        ),
    ]);
}

/// Law U4: what was offered before a demotion makes nobody owner after it.
#[test]
fn an_offer_of_the_ownership_ends_with_the_role_of_either() {
    fn role(w: &World, user: &str, role: tenancy::role::OrganizationRole) {
        w.done(
            &w.caller("ada"),
            &ChangeRole::new(w.spot, w.user(user), role),
        );
    }
    fn offer(w: &World, from: &str, to: &str) {
        let offer = OfferOwnership::new(w.spot, w.user(to));
        w.done(&w.caller(from), &offer);
    }
    fn accept(w: &World, who: &Caller, from: &str) -> String {
        w.run(who, &AcceptOwnership::new(w.spot, w.user(from)))
    }
    table(&[
        (
            "of one who was demoted and is owner again",
            |w| {
                let mia = proven(w, "mia");
                offer(w, "olga", "mia");
                role(w, "olga", Admin);
                role(w, "olga", Owner);
                accept(w, &mia, "olga")
            },
            "no_offer: there is no such offer of the ownership",
        ),
        (
            "to one who has become owner otherwise, and was demoted",
            |w| {
                let mia = proven(w, "mia");
                offer(w, "ada", "mia");
                role(w, "mia", Owner);
                role(w, "mia", Member);
                accept(w, &mia, "ada")
            },
            "no_offer: there is no such offer of the ownership",
        ),
        (
            "to one who has become owner by another's, and has handed it on",
            |w| {
                let (mia, max) = (proven(w, "mia"), proven(w, "max"));
                offer(w, "ada", "mia");
                offer(w, "olga", "mia");
                accept(w, &mia, "olga");
                offer(w, "mia", "max");
                accept(w, &max, "mia");
                accept(w, &mia, "ada")
            },
            "no_offer: there is no such offer of the ownership",
        ),
        (
            "to one whose lower role changed: it is still to be owner",
            |w| {
                let mia = proven(w, "mia");
                offer(w, "ada", "mia");
                role(w, "mia", Admin);
                accept(w, &mia, "ada")
            },
            "ownership.transferred",
        ),
    ]);
}

/// An invitation gives no more than its acceptance can do in one commit: whoever is invited could
/// never accept it.
#[test]
fn an_invitation_that_can_be_sent_can_be_accepted() {
    let mut settings = settings();
    settings.limits.records = 5;
    let try_with = |accounts: usize| {
        let w = World::with(settings.clone());
        let made = (0..accounts).map(|n| {
            let create = CreateAccount::new(w.spot, name(&format!("N {n}")));
            w.done(&w.caller("ada"), &create)
        });
        let invite = InviteUser::new(w.spot, email("nora"), Member);
        let invite = made.fold(invite, |it, account| it.attach(account, Viewer));
        // Said twice of an account is said once.
        let twice = invite.attachments.last().copied();
        let invite = match twice {
            Some(it) => invite.attach(it.account, it.role),
            None => invite,
        };
        let sent = match w.registry.run(&w.caller("ada"), &invite) {
            Ok(sent) => sent,
            Err(error) => return w.told(&error),
        };
        let secret = sent.secret.unwrap().expose().parse().unwrap();
        w.run(
            &person("nora"),
            &AcceptInvitation::new(secret, name("Nora")),
        )
    };
    assert_eq!(
        try_with(3),
        "invitation.accepted, user.created, user.attached, user.attached, user.attached"
    );
    assert_eq!(
        try_with(4),
        "limit: there would be 6 records in the commit, expected at most 5"
    );
}

/// Returns the cursor of a user's list of its own tokens behind any of them, as anybody can make it
/// who reads how it is made.
fn forged(w: &World, user: &str, token: TokenId) -> Cursor {
    let place = token.to_bytes();
    let none: (Option<Timestamp>, Option<Timestamp>) = (None, None);
    let filter = (
        Some(w.user(user)),
        none,
        None::<LastFour>,
        None::<TokenStanding>,
    );
    let bound = Fingerprint::of(
        "list_tokens",
        &w.caller(user),
        &(Some(w.spot), &filter, place),
    );
    let seal = bound.unwrap().to_bytes();
    let bytes = place.iter().chain(&seal[..16]);
    let text: String = bytes.map(|byte| format!("{byte:02x}")).collect();
    serde_json::from_value(text.into()).unwrap()
}

/// Law X4: no place in the list of one's own tokens tells whether another's token is there.
#[test]
fn the_list_of_ones_own_tokens_goes_on_behind_ones_own_alone() {
    let w = World::new();
    let (first, _) = w.mint(&w.caller("mia"), "mia", "first", personal());
    let (other, _) = w.mint(&w.caller("max"), "max", "other", personal());
    w.mint(&w.caller("mia"), "mia", "last", personal());
    let behind = |token| {
        let list = ListTokens::new(w.spot).of_user(w.user("mia"));
        w.ask(&w.caller("mia"), &list.after(forged(&w, "mia", token)))
    };
    let refused = "cursor: the cursor is not one of this list, organization and caller";
    assert_eq!(behind(first), "[{last}]");
    assert_eq!(behind(other), refused);
    assert_eq!(behind(ghost()), refused);
}

/// Law X4: a token that may not read users does not hear which of them are there.
#[test]
fn a_token_for_other_actions_does_not_hear_which_users_are_there() {
    fn only(w: &World, action: &str) -> Caller {
        w.bearer("adam", "t", personal().actions([name(action)])).1
    }
    table(&[
        (
            "to issue a token for one who outranks it",
            |w| {
                let command = IssueToken::new(w.spot, w.user("ada"), personal());
                w.run(&only(w, "token:issue"), &command)
            },
            "not_found: `{ada}` is not found",
        ),
        (
            "to issue a token for nobody",
            |w| {
                let command = IssueToken::new(w.spot, ghost(), personal());
                w.run(&only(w, "token:issue"), &command)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "to revoke the tokens of one who outranks it",
            |w| {
                let command = RevokeTokens::new(w.spot, w.user("ada"));
                w.run(&only(w, "token:revoke"), &command)
            },
            "not_found: `{ada}` is not found",
        ),
        (
            "to attach somebody",
            |w| {
                let command = AttachUser::new(w.spot, w.user("mia"), w.lab, Viewer);
                w.run(&only(w, "account:attach_user"), &command)
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "to attach nobody",
            |w| {
                let command = AttachUser::new(w.spot, ghost(), w.lab, Viewer);
                w.run(&only(w, "account:attach_user"), &command)
            },
            "token_scope: the token would reach further than the caller's own token",
        ),
        (
            "one that reads users hears why",
            |w| {
                let actions = [name("token:issue"), name("user:read")];
                let (_, bearer) = w.bearer("adam", "t", personal().actions(actions));
                let command = IssueToken::new(w.spot, w.user("ada"), personal());
                w.run(&bearer, &command)
            },
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
    ]);
}

/// Sent again, expired, answered: an address and its seat are counted once, in any order.
#[test]
fn each_invitation_without_an_answer_takes_one_seat() {
    let w = World::new();
    let ada = w.caller("ada");
    let seats = || w.state(w.spot).seat_count(w.now());
    let before = seats();
    let send = |person: &str| {
        let invite = InviteUser::new(w.spot, email(person), Member);
        w.done(&ada, &invite).id
    };
    let batch = ["a", "b", "c"].map(|it| InviteUser::new(w.spot, email(it), Member));
    w.done(&ada, &Batch::new(w.spot).all(batch));
    let (d, e) = (send("d"), send("e"));
    assert_eq!(seats(), before + 5);
    w.clock.advance(seconds(DAY));
    w.done(&ada, &ResendInvitation::new(w.spot, d));
    assert_eq!(seats(), before + 5);
    w.done(&ada, &RevokeInvitation::new(w.spot, e));
    assert_eq!(seats(), before + 4);
    w.clock.advance(seconds(6 * DAY));
    assert_eq!(seats(), before + 1);
    w.done(&ada, &RevokeInvitation::new(w.spot, d));
    assert_eq!(seats(), before);
}
