//! Issuing, using and revoking tokens (laws T1 to T4).

use core::time::Duration;

use tenancy::command::{
    AttachUser, CreateAccount, CreateUser, DetachUser, IssueToken, NewToken, RevokeToken,
};
use tenancy::id::TokenId;
use tenancy::observer::{Observer, Rejection};
use tenancy::organization::token::{DeadToken, TokenKind};
use tenancy::query::{
    Check, GetAccount, GetOrganization, GetToken, GetUser, ListAccounts, ListRecords, ListTokens,
    ListUsers,
};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::time::Timestamp;
use tenancy::{Caller, Settings};

use crate::world::{
    START, World, email, ghost, host, name, personal, programmatic, seconds, settings, table,
    table_with, temporary, time,
};

const DAY: Duration = seconds(24 * 60 * 60);

fn issue(w: &World, caller: &Caller, user: &str, token: NewToken) -> String {
    w.run(caller, &IssueToken::new(w.spot, w.user(user), token))
}

fn own(w: &World, user: &str, token: NewToken) -> String {
    issue(w, &w.caller(user), user, token)
}

/// The time that lies this much after the start, and some milliseconds.
fn after(duration: Duration, millis: i64) -> Timestamp {
    let start = time(START).saturating_add(duration).as_millis();
    Timestamp::from_millis(start.saturating_add_signed(millis)).unwrap()
}

#[test]
fn issue_token() {
    table(&[
        ("one's own", |w| own(w, "mia", personal()), "token.issued"),
        (
            "one's own, temporary",
            |w| own(w, "mia", temporary()),
            "token.issued",
        ),
        (
            "a program's own",
            |w| own(w, "robo", programmatic()),
            "token.issued",
        ),
        (
            "a person's, for programs",
            |w| own(w, "mia", programmatic()),
            "token_kind: a personal user was asked for a programmatic token",
        ),
        (
            "a program's, for people",
            |w| own(w, "robo", personal()),
            "token_kind: a programmatic user was asked for a personal token",
        ),
        (
            "another's, by an admin",
            |w| issue(w, &w.caller("adam"), "mia", personal()),
            "token.issued",
        ),
        (
            "an owner's, by the host",
            |w| issue(w, &host(), "ada", personal()),
            "token.issued",
        ),
        (
            "the wrong kind, by the host",
            |w| issue(w, &host(), "ada", programmatic()),
            "token_kind: a personal user was asked for a programmatic token",
        ),
        (
            "of a user that is not there",
            |w| w.run(&host(), &IssueToken::new(w.spot, ghost(), personal())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of a user of another organization",
            |w| issue(w, &w.caller("ada"), "eve", personal()),
            "not_found: `{eve}` is not found",
        ),
        (
            "in another organization",
            |w| issue(w, &w.caller("eve"), "eve", personal()),
            "not_found: `{spot}` is not found",
        ),
        (
            "confined to an account in sight",
            |w| own(w, "edda", personal().accounts([w.lab])),
            "token.issued",
        ),
        (
            "confined to none",
            |w| own(w, "edda", personal().accounts([])),
            "token.issued",
        ),
        (
            "confined to an account out of sight",
            |w| own(w, "edda", personal().accounts([w.lab, w.vault])),
            "not_found: `{vault}` is not found",
        ),
        (
            "confined to an account that never was",
            |w| own(w, "edda", personal().accounts([w.lab, ghost()])),
            "not_found: `{ghost}` is not found",
        ),
        (
            "confined to an account of another organization",
            |w| own(w, "ada", personal().accounts([w.rival.account])),
            "not_found: `{den}` is not found",
        ),
    ]);
}

/// Law T2: both sides of each limit; nothing asked is as much as there is.
#[test]
fn expiry_is_refused_beyond_and_clamped_when_open() {
    const YEAR: Duration = seconds(366 * 24 * 60 * 60);
    const HOURS: Duration = seconds(2 * 60 * 60);
    table(&[
        (
            "at the limit",
            |w| own(w, "mia", personal().expires_at(after(YEAR, 0))),
            "token.issued",
        ),
        (
            "a moment beyond",
            |w| own(w, "mia", personal().expires_at(after(YEAR, 1))),
            "token_life: the token was to expire at 2027-11-22T12:00:00.001Z, expected at most \
             2027-11-22T12:00:00.000Z",
        ),
        (
            "at the end of time",
            |w| own(w, "mia", personal().expires_at(Timestamp::MAX)),
            "token_life: the token was to expire at 9999-12-31T23:59:59.999Z, expected at most \
             2027-11-22T12:00:00.000Z",
        ),
        (
            "in a moment",
            |w| own(w, "mia", personal().expires_at(after(Duration::ZERO, 1))),
            "token.issued",
        ),
        (
            "now",
            |w| own(w, "mia", personal().expires_at(time(START))),
            "token_expired: the token was to expire at 2026-11-21T12:00:00.000Z, expected a time \
             after 2026-11-21T12:00:00.000Z",
        ),
        (
            "a moment ago",
            |w| own(w, "mia", personal().expires_at(after(Duration::ZERO, -1))),
            "token_expired: the token was to expire at 2026-11-21T11:59:59.999Z, expected a time \
             after 2026-11-21T12:00:00.000Z",
        ),
        (
            "at the beginning of time",
            |w| own(w, "mia", personal().expires_at(Timestamp::UNIX_EPOCH)),
            "token_expired: the token was to expire at 1970-01-01T00:00:00.000Z, expected a time \
             after 2026-11-21T12:00:00.000Z",
        ),
        (
            "temporary, at the limit",
            |w| own(w, "mia", temporary().expires_at(after(HOURS, 0))),
            "token.issued",
        ),
        (
            "temporary, a moment beyond",
            |w| own(w, "mia", temporary().expires_at(after(HOURS, 1))),
            "token_life: the token was to expire at 2026-11-21T14:00:00.001Z, expected at most \
             2026-11-21T14:00:00.000Z",
        ),
        (
            "programmatic, at the end of time",
            |w| own(w, "robo", programmatic().expires_at(Timestamp::MAX)),
            "token.issued",
        ),
        (
            "the host is bound too",
            |w| issue(w, &host(), "mia", personal().expires_at(after(YEAR, 1))),
            "token_life: the token was to expire at 2027-11-22T12:00:00.001Z, expected at most \
             2027-11-22T12:00:00.000Z",
        ),
    ]);
    let w = World::new();
    let expiry = |user, token| {
        let (id, _) = w.mint(&w.caller(user), user, "token", token);
        w.state(w.spot).token(id).unwrap().expires_at()
    };
    assert_eq!(expiry("mia", personal()), Some(after(YEAR, 0)));
    assert_eq!(expiry("mia", temporary()), Some(after(HOURS, 0)));
    assert_eq!(expiry("robo", programmatic()), None);
    assert_eq!(expiry("robo", temporary()), Some(after(HOURS, 0)));
}

/// Law T2: lives that add up to more than time has are cut at its end, never undated; a life of
/// nothing makes no token.
#[test]
fn extreme_lives_make_no_undated_and_no_dead_tokens() {
    let lives = |personal: Option<Duration>, temporary: Duration| -> Settings {
        let mut settings = settings();
        settings.rules.personal_token_life = personal;
        settings.rules.temporary_token_life = temporary;
        settings
    };
    let expiry = |settings: Settings, token| {
        let w = World::with(settings);
        let (id, _) = w.mint(&w.caller("mia"), "mia", "token", token);
        w.state(w.spot).token(id).unwrap().expires_at()
    };
    let forever = lives(Some(Duration::MAX), Duration::MAX);
    assert_eq!(expiry(forever.clone(), personal()), Some(Timestamp::MAX));
    assert_eq!(expiry(forever.clone(), temporary()), Some(Timestamp::MAX));
    assert_eq!(
        expiry(lives(None, DAY), personal()),
        None,
        "the rule says so"
    );
    table_with(
        lives(Some(Duration::ZERO), Duration::ZERO),
        &[
            (
                "a life of nothing",
                |w| own(w, "mia", personal()),
                "token_expired: the token was to expire at 2026-11-21T12:00:00.000Z, expected a \
                 time after 2026-11-21T12:00:00.000Z",
            ),
            (
                "a temporary life of nothing",
                |w| own(w, "mia", temporary()),
                "token_expired: the token was to expire at 2026-11-21T12:00:00.000Z, expected a \
                 time after 2026-11-21T12:00:00.000Z",
            ),
        ],
    );
    table_with(
        forever,
        &[
            (
                "a moment before the end of time",
                |w| {
                    let last = Timestamp::MAX.as_millis() - 1;
                    w.clock.set(Timestamp::from_millis(last).unwrap());
                    let (_, text) = w.mint(&w.caller("mia"), "mia", "token", personal());
                    let before = w.authenticate(&text).is_ok();
                    w.clock.set(Timestamp::MAX);
                    format!("{before} {}", w.authenticate(&text).is_ok())
                },
                "true false",
            ),
            (
                "at the end of time",
                |w| {
                    w.clock.set(Timestamp::MAX);
                    own(w, "mia", personal())
                },
                "token_expired: the token was to expire at 9999-12-31T23:59:59.999Z, expected a \
                 time after 9999-12-31T23:59:59.999Z",
            ),
        ],
    );
}

/// Law T2: `now >= expires_at` denies, at the door and at each use.
#[test]
fn a_token_dies_at_its_expiry() {
    let w = World::new();
    let end = after(DAY, 0);
    let (id, text) = w.mint(&w.caller("mia"), "mia", "t", personal().expires_at(end));
    let bearer = w.authenticate(&text).unwrap();
    let at = |millis| {
        w.clock.set(after(DAY, millis));
        let door = w.authenticate(&text).is_ok();
        let use_of = w.ask(&bearer, &GetOrganization::new(w.spot));
        let command = w.run(
            &bearer,
            &IssueToken::new(w.spot, w.user("mia"), temporary()),
        );
        let state = w.state(w.spot);
        let dead = state.dead_token(state.token(id).unwrap(), w.now());
        (door, use_of, command, dead)
    };
    let lives = (
        true,
        "{spot} active -".to_owned(),
        "token.issued".to_owned(),
        None,
    );
    let denied = || "denied: the token is expired".to_owned();
    assert_eq!(at(-1), lives);
    let dead = (false, denied(), denied(), Some(DeadToken::Expired));
    assert_eq!(at(0), dead);
    assert_eq!(at(1), dead);
    w.clock.set(Timestamp::MAX);
    assert_eq!(w.ask(&bearer, &GetOrganization::new(w.spot)), denied());
}

/// Law T4: a token issued with a token of the same user is its child.
#[test]
fn a_child_is_narrower_and_shorter() {
    /// A token of `ada` for two accounts and a day.
    fn parent(w: &World) -> Caller {
        let token = personal()
            .accounts([w.lab, w.main])
            .expires_at(after(DAY, 0));
        w.bearer("ada", "parent", token).1
    }
    fn child(w: &World, token: NewToken) -> String {
        issue(w, &parent(w), "ada", token)
    }
    const SCOPE: &str = "token_scope: the token would reach further than the caller's own token";
    table(&[
        (
            "asking for nothing",
            |w| child(w, personal()),
            "token.issued",
        ),
        (
            "the same accounts",
            |w| child(w, personal().accounts([w.main, w.lab])),
            "token.issued",
        ),
        (
            "one of them",
            |w| child(w, personal().accounts([w.lab])),
            "token.issued",
        ),
        (
            "none",
            |w| child(w, personal().accounts([])),
            "token.issued",
        ),
        (
            "another account",
            |w| child(w, personal().accounts([w.vault])),
            SCOPE,
        ),
        (
            "another besides",
            |w| child(w, personal().accounts([w.lab, w.vault])),
            SCOPE,
        ),
        (
            "one that never was",
            |w| child(w, personal().accounts([ghost()])),
            SCOPE,
        ),
        (
            "as long",
            |w| child(w, personal().expires_at(after(DAY, 0))),
            "token.issued",
        ),
        (
            "a moment longer",
            |w| child(w, personal().expires_at(after(DAY, 1))),
            "token_life: the token was to expire at 2026-11-22T12:00:00.001Z, expected at most \
             2026-11-22T12:00:00.000Z",
        ),
        (
            "for another user, by a confined token",
            |w| issue(w, &parent(w), "mia", personal()),
            "denied: the token is confined to other accounts",
        ),
        (
            "for another user, by an open token: no child",
            |w| {
                let (id, bearer) = w.bearer("ada", "parent", personal());
                let (other, _) = w.mint(&bearer, "mia", "t", personal());
                let state = w.state(w.spot);
                let token = state.token(other).unwrap();
                assert_ne!(token.parent(), Some(id));
                w.named(&format!(
                    "{:?} {}",
                    token.parent(),
                    token.minted_by().unwrap()
                ))
            },
            "None {ada}",
        ),
        (
            "for a higher user, by an open token",
            |w| {
                let (_, bearer) = w.bearer("adam", "parent", personal());
                issue(w, &bearer, "ada", personal())
            },
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
    ]);
    let w = World::new();
    let bearer = parent(&w);
    let (id, _) = w.mint(&bearer, "ada", "child", personal());
    let state = w.state(w.spot);
    let child = state.token(id).unwrap();
    assert_eq!(child.parent(), bearer.token_id());
    assert_eq!(child.expires_at(), Some(after(DAY, 0)), "clamped");
    let mut accounts = [w.lab, w.main];
    accounts.sort_unstable();
    assert_eq!(child.accounts(), Some(&accounts[..]), "inherited");
}

/// Law T4: a child dies with each of its forebears, by revocation and by expiry.
#[test]
fn a_child_dies_with_its_forebears() {
    let w = World::new();
    let (first, one) = w.bearer("ada", "one", personal());
    let (second, two) = {
        let (id, text) = w.mint(&one, "ada", "two", temporary());
        (id, w.authenticate(&text).unwrap())
    };
    let (third, text) = w.mint(&two, "ada", "three", personal());
    let three = w.authenticate(&text).unwrap();
    let expiry = |id: TokenId| w.state(w.spot).token(id).unwrap().expires_at().unwrap();
    assert_eq!(
        expiry(third),
        expiry(second),
        "no longer than the temporary one"
    );
    let ask = |caller| w.ask(caller, &GetOrganization::new(w.spot));
    assert_eq!(ask(&three), "{spot} active {main}");
    assert_eq!(
        w.run(&three, &RevokeToken::new(w.spot, first)),
        "token.revoked"
    );
    for caller in [&one, &two, &three] {
        assert_eq!(ask(caller), "denied: the token is revoked");
    }
    assert!(w.authenticate(&text).is_err());
    let revoked = w.state(w.spot);
    assert_eq!(
        revoked.token(third).unwrap().revoked_at(),
        None,
        "derived, not swept"
    );

    let w = World::new();
    let (_, one) = w.bearer("ada", "one", personal().expires_at(after(DAY, 0)));
    let (_, text) = w.mint(&one, "ada", "two", personal());
    w.clock.set(after(DAY, -1));
    assert!(w.authenticate(&text).is_ok());
    w.clock.set(after(DAY, 0));
    assert!(w.authenticate(&text).is_err());
}

#[test]
fn a_user_has_as_many_live_tokens_as_it_may_have() {
    let mut few = settings();
    few.limits.live_tokens = 2;
    few.limits.token_accounts = 2;
    table_with(
        few,
        &[
            (
                "the last",
                |w| {
                    own(w, "mia", personal());
                    own(w, "mia", temporary())
                },
                "token.issued",
            ),
            (
                "one more",
                |w| {
                    own(w, "mia", personal());
                    own(w, "mia", temporary());
                    own(w, "mia", temporary())
                },
                "limit: there would be 3 live tokens of the user, expected at most 2",
            ),
            (
                "one more, by the host",
                |w| {
                    own(w, "mia", personal());
                    own(w, "mia", temporary());
                    issue(w, &host(), "mia", personal())
                },
                "limit: there would be 3 live tokens of the user, expected at most 2",
            ),
            (
                "one more after one expired",
                |w| {
                    own(w, "mia", personal());
                    own(w, "mia", temporary());
                    w.clock.advance(seconds(2 * 60 * 60));
                    own(w, "mia", temporary())
                },
                "token.issued",
            ),
            (
                "a moment before",
                |w| {
                    own(w, "mia", personal());
                    own(w, "mia", temporary());
                    w.clock.advance(seconds(2 * 60 * 60 - 1));
                    own(w, "mia", temporary())
                },
                "limit: there would be 3 live tokens of the user, expected at most 2",
            ),
            (
                "one more after one was revoked",
                |w| {
                    let (id, _) = w.bearer("mia", "t", personal());
                    own(w, "mia", temporary());
                    w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
                    own(w, "mia", temporary())
                },
                "token.issued",
            ),
            (
                "one more after both died with the parent",
                |w| {
                    let (id, bearer) = w.bearer("mia", "t", personal());
                    issue(w, &bearer, "mia", personal());
                    w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
                    own(w, "mia", personal());
                    own(w, "mia", personal())
                },
                "token.issued",
            ),
            (
                "others do not count",
                |w| {
                    own(w, "mia", personal());
                    own(w, "mia", personal());
                    own(w, "max", personal())
                },
                "token.issued",
            ),
            (
                "for as many accounts as may be",
                |w| own(w, "ada", personal().accounts([w.lab, w.main])),
                "token.issued",
            ),
            (
                "for one more",
                |w| own(w, "ada", personal().accounts([w.lab, w.main, w.vault])),
                "limit: there would be 3 accounts for the token, expected at most 2",
            ),
            (
                "for one account many times",
                |w| own(w, "ada", personal().accounts([w.lab; 9])),
                "token.issued",
            ),
        ],
    );
}

/// Laws T3 and X2: a confined token acts on its accounts and on nothing else.
#[test]
fn a_confined_token_stays_inside() {
    fn confined(w: &World) -> Caller {
        w.bearer("ada", "t", personal().accounts([w.lab])).1
    }
    const DENIED: &str = "denied: the token is confined to other accounts";
    table(&[
        (
            "reads its account",
            |w| w.ask(&confined(w), &GetAccount::new(w.spot, w.lab)),
            "{lab}",
        ),
        (
            "reads no other",
            |w| w.ask(&confined(w), &GetAccount::new(w.spot, w.vault)),
            DENIED,
        ),
        (
            "reads none that never was",
            |w| w.ask(&confined(w), &GetAccount::new(w.spot, ghost())),
            DENIED,
        ),
        (
            "reads none of another organization",
            |w| w.ask(&confined(w), &GetAccount::new(w.spot, w.rival.account)),
            DENIED,
        ),
        (
            "does not see the default one",
            |w| w.ask(&confined(w), &GetAccount::default_of(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "lists its account alone",
            |w| w.ask(&confined(w), &ListAccounts::new(w.spot)),
            "[{lab}]",
        ),
        (
            "reads the organization, without its default account",
            |w| w.ask(&confined(w), &GetOrganization::new(w.spot)),
            "{spot} active -",
        ),
        (
            "lists no users",
            |w| w.ask(&confined(w), &ListUsers::new(w.spot)),
            DENIED,
        ),
        (
            "lists no users of its account either",
            |w| w.ask(&confined(w), &ListUsers::new(w.spot).of_account(w.lab)),
            DENIED,
        ),
        (
            "reads no user",
            |w| w.ask(&confined(w), &GetUser::new(w.spot, w.user("mia"))),
            DENIED,
        ),
        (
            "reads no user that never was",
            |w| w.ask(&confined(w), &GetUser::new(w.spot, ghost())),
            DENIED,
        ),
        (
            "lists no tokens",
            |w| w.ask(&confined(w), &ListTokens::new(w.spot)),
            DENIED,
        ),
        (
            "lists not even its owner's",
            |w| {
                w.ask(
                    &confined(w),
                    &ListTokens::new(w.spot).of_user(w.user("ada")),
                )
            },
            DENIED,
        ),
        (
            "reads itself",
            |w| {
                let bearer = confined(w);
                let id = bearer.token_id().unwrap();
                w.ask(&bearer, &GetToken::new(w.spot, id))
            },
            "{t}",
        ),
        (
            "reads no other token of its owner",
            |w| {
                let (other, _) = w.bearer("ada", "other", personal());
                w.ask(&confined(w), &GetToken::new(w.spot, other))
            },
            DENIED,
        ),
        (
            "reads no records",
            |w| w.ask(&confined(w), &ListRecords::new(w.spot)),
            DENIED,
        ),
        (
            "may do what its owner may, in its account",
            |w| check(w, "fleet:create", |w| w.lab.into()),
            "`fleet:create` on `{lab}` is allowed by organization role owner",
        ),
        (
            "may do nothing in another",
            |w| check(w, "fleet:create", |w| w.vault.into()),
            "`fleet:create` on `{vault}` is denied: the token is confined to other accounts",
        ),
        (
            "nor in one that never was",
            |w| {
                check(w, "fleet:create", |_| {
                    ghost::<tenancy::id::AccountId>().into()
                })
            },
            "`fleet:create` on `{ghost}` is denied: the token is confined to other accounts",
        ),
        (
            "nor to the organization",
            |w| check(w, "account:create", |w| w.spot.into()),
            "`account:create` on `{spot}` is denied: the token is confined to other accounts",
        ),
        (
            "makes no account",
            |w| w.run(&confined(w), &CreateAccount::new(w.spot, name("A"))),
            DENIED,
        ),
        (
            "makes no user",
            |w| {
                let role = OrganizationRole::Member;
                let command = CreateUser::new(w.spot, name("A"), email("a"), role);
                w.run(&confined(w), &command)
            },
            DENIED,
        ),
        (
            "attaches to its account",
            |w| {
                let mia = w.user("mia");
                let command = AttachUser::new(w.spot, mia, w.lab, AccountRole::Viewer);
                w.run(&confined(w), &command)
            },
            "user.attached",
        ),
        (
            "detaches from no other",
            |w| {
                let command = DetachUser::new(w.spot, w.user("mia"), w.vault);
                w.run(&confined(w), &command)
            },
            DENIED,
        ),
        (
            "revokes no other token",
            |w| {
                let (other, _) = w.bearer("mia", "other", personal());
                w.run(&confined(w), &RevokeToken::new(w.spot, other))
            },
            DENIED,
        ),
        (
            "revokes itself",
            |w| {
                let bearer = confined(w);
                let id = bearer.token_id().unwrap();
                w.run(&bearer, &RevokeToken::new(w.spot, id))
            },
            "token.revoked",
        ),
        (
            "confined to nothing, reads no account",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([]));
                w.ask(&bearer, &ListAccounts::new(w.spot))
            },
            "[]",
        ),
    ]);
    fn check(w: &World, action: &str, on: fn(&World) -> tenancy::Resource) -> String {
        w.ask(&confined(w), &Check::new(w.spot, name(action), on(w)))
    }
}

/// Law T3: authority is judged at use. What the owner loses, its token loses.
#[test]
fn a_token_is_never_more_than_its_owner() {
    let w = World::new();
    let (_, bearer) = w.bearer("edda", "t", personal().accounts([w.lab]));
    let create = Check::new(w.spot, name("fleet:create"), w.lab);
    let told = |w: &World| w.ask(&bearer, &create);
    assert_eq!(
        told(&w),
        "`fleet:create` on `{lab}` is allowed by account role editor"
    );
    let edda = w.user("edda");
    let attach = AttachUser::new(w.spot, edda, w.lab, AccountRole::Viewer);
    w.done(&w.caller("adam"), &attach);
    assert_eq!(
        told(&w),
        "`fleet:create` on `{lab}` is not granted: asks for editor"
    );
    w.done(&w.caller("edda"), &DetachUser::new(w.spot, edda, w.lab));
    let read = GetAccount::new(w.spot, w.lab);
    assert_eq!(w.ask(&bearer, &read), "not_found: `{lab}` is not found");
    let child = personal().accounts([w.lab]);
    let told = w.run(&bearer, &IssueToken::new(w.spot, edda, child));
    assert_eq!(told, "not_found: `{lab}` is not found");
}

#[test]
fn revoke_token() {
    fn revoke(w: &World, caller: &str, of: &str) -> String {
        let (id, _) = w.mint(&w.caller(of), of, "t", temporary());
        w.run(&w.caller(caller), &RevokeToken::new(w.spot, id))
    }
    table(&[
        ("one's own", |w| revoke(w, "mia", "mia"), "token.revoked"),
        (
            "a program's own",
            |w| revoke(w, "robo", "robo"),
            "token.revoked",
        ),
        (
            "another's, by an admin",
            |w| revoke(w, "adam", "mia"),
            "token.revoked",
        ),
        (
            "another's, by a peer",
            |w| revoke(w, "max", "mia"),
            "not_found: `{t}` is not found",
        ),
        (
            "twice",
            |w| {
                let (id, _) = w.bearer("mia", "t", personal());
                w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
                w.run(&w.caller("mia"), &RevokeToken::new(w.spot, id))
            },
            "nothing",
        ),
        (
            "one that expired",
            |w| {
                let (id, _) = w.bearer("mia", "t", temporary());
                w.clock.advance(DAY);
                w.run(&w.caller("mia"), &RevokeToken::new(w.spot, id))
            },
            "token.revoked",
        ),
        (
            "one that never was",
            |w| w.run(&w.caller("adam"), &RevokeToken::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one that never was, by the host",
            |w| w.run(&host(), &RevokeToken::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of another organization",
            |w| {
                let (id, _) = w.bearer("mia", "t", personal());
                let command = RevokeToken::new(w.rival.organization, id);
                w.run(&w.caller("eve"), &command)
            },
            "not_found: `{t}` is not found",
        ),
        (
            "by an open token of the same user",
            |w| {
                let (id, _) = w.bearer("mia", "t", personal());
                let (_, bearer) = w.bearer("mia", "other", temporary());
                w.run(&bearer, &RevokeToken::new(w.spot, id))
            },
            "token.revoked",
        ),
    ]);
    // Law T4: the first time stays.
    let w = World::new();
    let (id, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
    w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
    w.clock.advance(DAY);
    w.done(&w.caller("adam"), &RevokeToken::new(w.spot, id));
    let state = w.state(w.spot);
    assert_eq!(state.token(id).unwrap().revoked_at(), Some(time(START)));
    assert_eq!(
        w.authenticate(&text).unwrap_err(),
        "the token is not accepted"
    );
}

/// Hears the reasons that the bearer is not told.
#[derive(Clone, Default)]
struct Reasons(alloc::sync::Arc<std::sync::Mutex<Vec<Rejection>>>);

impl Observer for Reasons {
    fn rejected(&self, reason: Rejection) {
        self.0.lock().unwrap().push(reason);
    }
}

/// One answer for whatever is wrong; the reason goes to the observer.
#[test]
fn authenticate_tells_the_bearer_nothing() {
    let reasons = Reasons::default();
    let w = World::new().observed(reasons.clone());
    let (revoked, first) = w.mint(&w.caller("mia"), "mia", "one", personal());
    let (_, expired) = w.mint(&w.caller("mia"), "mia", "two", temporary());
    let (_, good) = w.mint(&w.caller("mia"), "mia", "three", personal());
    w.done(&w.caller("mia"), &RevokeToken::new(w.spot, revoked));
    w.clock.advance(DAY);
    let minted = |organization: [u8; 16], id: [u8; 16], kind| {
        let brand = &w.registry.settings().brand;
        let minted = tenancy::secret::mint(brand, kind, organization, id, &[7; 32]);
        minted.secret.expose().to_owned()
    };
    let state = w.state(w.spot);
    let token = state.tokens().last().unwrap().id();
    let spot = w.spot.to_bytes();
    let kind = tenancy::secret::SecretKind::Personal;
    let (last, rest) = (good.chars().last().unwrap(), &good[..good.len() - 1]);
    let mistyped = format!("{rest}{}", if last == 'x' { 'y' } else { 'x' });
    for (text, reason) in [
        (String::new(), Rejection::Malformed),
        ("hunter2".into(), Rejection::Malformed),
        ("x".repeat(1 << 20), Rejection::Malformed),
        (format!(" {good}"), Rejection::Malformed),
        (format!("{good}\n"), Rejection::Malformed),
        (good.to_uppercase(), Rejection::Malformed),
        (good.replace("acme_", "other_"), Rejection::Malformed),
        (good.replace("_pat_", "_tmp_"), Rejection::Malformed),
        (mistyped, Rejection::Malformed),
        (minted(spot, [0; 16], kind), Rejection::Malformed),
        (
            minted([0; 16], token.to_bytes(), kind),
            Rejection::Malformed,
        ),
        (minted(spot, token.to_bytes(), kind), Rejection::Mismatch),
        (
            minted(
                spot,
                token.to_bytes(),
                tenancy::secret::SecretKind::Temporary,
            ),
            Rejection::Mismatch,
        ),
        (
            minted(
                spot,
                token.to_bytes(),
                tenancy::secret::SecretKind::Invitation,
            ),
            Rejection::Malformed,
        ),
        (
            minted(spot, ghost::<TokenId>().to_bytes(), kind),
            Rejection::Unknown,
        ),
        (
            minted(w.rival.organization.to_bytes(), token.to_bytes(), kind),
            Rejection::Unknown,
        ),
        (
            minted(ghost::<TokenId>().to_bytes(), token.to_bytes(), kind),
            Rejection::Unknown,
        ),
        (first, Rejection::Dead(DeadToken::Revoked)),
        (expired, Rejection::Dead(DeadToken::Expired)),
    ] {
        assert_eq!(
            w.authenticate(&text).unwrap_err(),
            "the token is not accepted"
        );
        let heard = core::mem::take(&mut *reasons.0.lock().unwrap());
        assert_eq!(heard, [reason], "{text:.80}");
    }
    let caller = w.authenticate(&good).unwrap();
    assert_eq!(caller.user_id(), Some(w.user("mia")));
    assert!(reasons.0.lock().unwrap().is_empty());
}

/// What is kept of a token tells nothing that is worth anything.
#[test]
fn kinds_and_their_texts() {
    let w = World::new();
    for (user, token, code) in [
        ("mia", personal(), "pat"),
        ("robo", programmatic(), "svc"),
        ("robo", temporary(), "tmp"),
    ] {
        let kind = token.kind;
        let (id, text) = w.mint(&w.caller(user), user, "t", token.name(name("laptop")));
        assert!(text.starts_with(&format!("acme_{code}_")), "{kind}");
        let state = w.state(w.spot);
        let kept = state.token(id).unwrap();
        assert!(text.ends_with(&kept.last_four().to_string()));
        assert_eq!(kept.name().unwrap().as_str(), "laptop");
        assert_eq!(kept.kind(), kind);
    }
    assert_eq!(TokenKind::ALL.len(), 3);
}
