//! Rotating tokens, revoking all of them, and when they live (laws T2 to T5, U6).

use core::time::Duration;

use tenancy::blocking::Registry;
use tenancy::command::{
    AttachUser, CloseOrganization, CreateProgrammaticUser, CreateUser, IssueToken,
    LeaveOrganization, LiftSuspension, NewToken, ReactivateUser, RemoveUser, RestoreOrganization,
    RevokeToken, RevokeTokens, RotateToken, SetTokenLife, SignUp, SuspendOrganization, SuspendUser,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::TokenId;
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::token::TokenKind;
use tenancy::query::{Check, GetOrganization};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::store::MemoryStore;
use tenancy::time::Timestamp;
use tenancy::{Caller, Error, Request};

use crate::world::{
    START, World, email, ghost, host, name, person, personal, programmatic, seconds, settings,
    table, table_with, temporary, time,
};

const HOUR: Duration = seconds(60 * 60);
const DAY: Duration = seconds(24 * 60 * 60);
const WEEK: Duration = seconds(7 * 24 * 60 * 60);

/// The time that lies this much after the start, and some milliseconds.
fn after(duration: Duration, millis: i64) -> Timestamp {
    let start = time(START).saturating_add(duration).as_millis();
    Timestamp::from_millis(start.saturating_add_signed(millis)).unwrap()
}

/// Rotates a token and returns its new text.
#[track_caller]
fn rotate(w: &World, caller: &Caller, command: &RotateToken) -> String {
    let minted = w.done(caller, command);
    assert_eq!(minted.id, command.token, "the token stays the same");
    minted.secret.expect("told once").expose().into()
}

/// Shows which of these texts are accepted.
fn live(w: &World, texts: &[&String]) -> String {
    let each = texts.iter().map(|text| match w.authenticate(text) {
        Ok(_) => "yes".into(),
        Err(told) if told == "the token is not accepted" => "no".into(),
        Err(told) => told,
    });
    each.collect::<Vec<_>>().join(" ")
}

/// A token of `mia`: its id and its text.
fn own(w: &World, token: NewToken) -> (TokenId, String) {
    w.mint(&w.caller("mia"), "mia", "t", token)
}

/// Law T4: the secret before lives until the end of the overlap, and `now >= until` is too late.
#[test]
fn two_secrets_live_in_the_overlap() {
    /// Which of two secrets live at these times, of a rotation at the start.
    fn at<const N: usize>(w: &World, until: Option<Timestamp>, times: [Timestamp; N]) -> String {
        let (id, first) = own(w, personal());
        let command = RotateToken::new(w.spot, id);
        let command = match until {
            Some(until) => command.until(until),
            None => command,
        };
        let second = rotate(w, &w.caller("mia"), &command);
        let mut lines = Vec::new();
        for time in times {
            w.clock.set(time);
            lines.push(live(w, &[&first, &second]));
        }
        lines.join(", ")
    }
    let mut quick = settings();
    quick.rules.rotation_overlap = Duration::ZERO;
    quick.rules.rotation_overlap_max = Duration::ZERO;
    table(&[
        ("at once", |w| at(w, None, [time(START)]), "yes yes"),
        (
            "around the end of the overlap that the rules say",
            |w| at(w, None, [after(DAY, -1), after(DAY, 0), after(DAY, 1)]),
            "yes yes, no yes, no yes",
        ),
        (
            "around the end that was asked for",
            |w| {
                let until = after(HOUR, 0);
                at(w, Some(until), [after(HOUR, -1), until, after(HOUR, 1)])
            },
            "yes yes, no yes, no yes",
        ),
        (
            "around the longest one",
            |w| {
                let until = after(WEEK, 0);
                at(w, Some(until), [after(WEEK, -1), until, after(WEEK, 1)])
            },
            "yes yes, no yes, no yes",
        ),
        (
            "until now: the one before is gone",
            |w| at(w, Some(time(START)), [time(START), after(HOUR, 0)]),
            "no yes, no yes",
        ),
        (
            "until a moment from now",
            |w| {
                let until = after(Duration::ZERO, 1);
                at(w, Some(until), [time(START), until])
            },
            "yes yes, no yes",
        ),
        (
            "until some time ago: the one before is gone",
            |w| at(w, Some(after(Duration::ZERO, -1)), [time(START)]),
            "no yes",
        ),
        (
            "until the beginning of time",
            |w| at(w, Some(Timestamp::UNIX_EPOCH), [time(START)]),
            "no yes",
        ),
        (
            "a moment beyond the longest",
            |w| {
                let (id, _) = own(w, personal());
                let command = RotateToken::new(w.spot, id).until(after(WEEK, 1));
                w.run(&w.caller("mia"), &command)
            },
            "rotation_overlap: the secret before was to live on for 604800.001 s, expected at most \
             604800 s",
        ),
        (
            "until the end of time",
            |w| {
                let (id, _) = own(w, personal());
                let command = RotateToken::new(w.spot, id).until(Timestamp::MAX);
                let told = w.run(&w.caller("mia"), &command);
                told.split(" was").next().unwrap().into()
            },
            "rotation_overlap: the secret before",
        ),
        (
            "the host is bound too",
            |w| {
                let (id, _) = own(w, personal());
                let command = RotateToken::new(w.spot, id).until(after(WEEK, 1));
                w.run(&host(), &command).split(':').next().unwrap().into()
            },
            "rotation_overlap",
        ),
    ]);
    let mut clamped = settings();
    clamped.rules.rotation_overlap_max = HOUR;
    table_with(
        clamped,
        &[(
            "rules that say more than they allow: as much as they allow",
            |w| at(w, None, [after(HOUR, -1), after(HOUR, 0)]),
            "yes yes, no yes",
        )],
    );
    table_with(
        quick,
        &[
            (
                "rules of no overlap",
                |w| at(w, None, [time(START)]),
                "no yes",
            ),
            (
                "a moment beyond rules of no overlap",
                |w| {
                    let (id, _) = own(w, personal());
                    let command = RotateToken::new(w.spot, id).until(after(Duration::ZERO, 1));
                    w.run(&w.caller("mia"), &command)
                },
                "rotation_overlap: the secret before was to live on for 0.001 s, expected at most \
                 0 s",
            ),
        ],
    );
}

/// Law T4: a second rotation ends the overlap of the first.
#[test]
fn at_most_two_secrets_live() {
    let w = World::new();
    let (id, first) = own(&w, personal());
    let mia = w.caller("mia");
    let longest = RotateToken::new(w.spot, id).until(after(WEEK, 0));
    let second = rotate(&w, &mia, &longest);
    assert_eq!(live(&w, &[&first, &second]), "yes yes");
    let third = rotate(&w, &mia, &longest);
    assert_eq!(live(&w, &[&first, &second, &third]), "no yes yes");
    // The first does not come back when the second goes.
    w.clock.set(after(WEEK, 0));
    assert_eq!(live(&w, &[&first, &second, &third]), "no no yes");
    let state = w.state(w.spot);
    let token = state.token(id).unwrap();
    let rotation = token.rotation().unwrap();
    assert_eq!(rotation.at, time(START));
    assert_eq!(rotation.until, after(WEEK, 0));
    assert!(second.ends_with(&rotation.last_four.to_string()));
    assert!(third.ends_with(&token.last_four().to_string()));
    // Nothing of either secret is told.
    for text in [format!("{token:?}"), serde_json::to_string(token).unwrap()] {
        for secret in [&first, &second, &third] {
            assert!(!text.contains(secret.as_str()));
        }
        assert!(!text.contains("digest"));
    }
}

/// Law G6: a rotation that is asked for again under its name is not done again, and tells nothing.
#[test]
fn a_rotation_is_done_once_under_its_name() {
    let w = World::new();
    let (id, first) = own(&w, personal());
    let (mia, command) = (w.caller("mia"), RotateToken::new(w.spot, id));
    let request = || Request::new(&command).named(name("r-1"));
    let minted = w.done(&mia, request());
    let second: String = minted.secret.expect("told once").expose().into();
    let again = w.done(&mia, request());
    assert_eq!(again.id, id);
    assert!(again.secret.is_none());
    assert_eq!(live(&w, &[&first, &second]), "yes yes");
    // It is the answer of what was done then, even if it could not be done now.
    w.done(&mia, &RevokeToken::new(w.spot, id));
    assert_eq!(w.done(&mia, request()).id, id);
    let all = RevokeTokens::new(w.spot, w.user("mia"));
    let request = || Request::new(&all).named(name("r-2"));
    assert_eq!(w.run(&mia, request()), "nothing");
    let (_, later) = own(&w, personal());
    assert_eq!(w.run(&mia, request()), "nothing");
    assert_eq!(
        live(&w, &[&later]),
        "yes",
        "what was done once is not done again"
    );
}

/// Laws T2 and T4: a rotation changes the secret, and nothing of what the token is.
#[test]
fn a_rotation_changes_nothing_else() {
    let w = World::new();
    let end = after(DAY, 0);
    let new = personal()
        .name(name("laptop"))
        .accounts([w.lab])
        .actions([name("account:read"), name("token:rotate")])
        .expires_at(end);
    let (id, _) = w.mint(&w.caller("edda"), "edda", "t", new);
    let (undated, _) = w.mint(&w.caller("robo"), "robo", "u", programmatic());
    let (short, _) = w.mint(&w.caller("mia"), "mia", "s", temporary());
    let picture = |id: TokenId| {
        let state = w.state(w.spot);
        let token = state.token(id).unwrap();
        format!(
            "{} {} {} {:?} {:?} {:?} {:?} {} {:?} {:?}",
            token.id(),
            token.kind(),
            token.user(),
            token.name(),
            token.accounts(),
            token.actions(),
            token.parent(),
            token.issued_at(),
            token.expires_at(),
            token.revoked_at(),
        )
    };
    let before = [id, undated, short].map(picture);
    w.clock.advance(HOUR);
    for (user, id) in [("edda", id), ("robo", undated), ("mia", short)] {
        // Longer than the token lives: that makes it live no longer.
        let command = RotateToken::new(w.spot, id).until(after(WEEK, 0));
        rotate(&w, &w.caller(user), &command);
        rotate(&w, &host(), &command);
    }
    assert_eq!([id, undated, short].map(picture), before);
    let expiry = |id| w.state(w.spot).token(id).unwrap().expires_at();
    assert_eq!(expiry(id), Some(end));
    assert_eq!(expiry(undated), None);
    assert_eq!(expiry(short), Some(after(HOUR * 2, 0)));

    // A rotation a moment before the expiry makes neither secret live a moment longer.
    let w = World::new();
    let (id, first) = own(&w, personal().expires_at(end));
    w.clock.set(after(DAY, -1));
    let second = rotate(&w, &w.caller("mia"), &RotateToken::new(w.spot, id));
    assert_eq!(live(&w, &[&first, &second]), "yes yes");
    w.clock.set(end);
    assert_eq!(live(&w, &[&first, &second]), "no no");
    let told = w.run(&w.caller("mia"), &RotateToken::new(w.spot, id));
    assert_eq!(told, "token_dead: token `{t}` is expired");
}

/// Law T4: what is dead is not brought back by another secret.
#[test]
fn a_dead_token_is_not_rotated() {
    fn again(w: &World, id: TokenId) -> String {
        w.run(&w.caller("mia"), &RotateToken::new(w.spot, id))
    }
    table(&[
        (
            "a moment before its expiry",
            |w| {
                let (id, _) = own(w, personal().expires_at(after(DAY, 0)));
                w.clock.set(after(DAY, -1));
                again(w, id)
            },
            "token.rotated",
        ),
        (
            "at its expiry",
            |w| {
                let (id, _) = own(w, personal().expires_at(after(DAY, 0)));
                w.clock.set(after(DAY, 0));
                again(w, id)
            },
            "token_dead: token `{t}` is expired",
        ),
        (
            "at its expiry, by the host",
            |w| {
                let (id, _) = own(w, personal().expires_at(after(DAY, 0)));
                w.clock.set(after(DAY, 0));
                w.run(&host(), &RotateToken::new(w.spot, id))
            },
            "token_dead: token `{t}` is expired",
        ),
        (
            "at its expiry, by itself",
            |w| {
                let (id, text) = own(w, personal().expires_at(after(DAY, 0)));
                let bearer = w.authenticate(&text).unwrap();
                w.clock.set(after(DAY, 0));
                w.run(&bearer, &RotateToken::new(w.spot, id))
            },
            "denied: the token is expired",
        ),
        (
            "revoked",
            |w| {
                let (id, _) = own(w, personal());
                w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
                again(w, id)
            },
            "token_dead: token `{t}` is revoked",
        ),
        (
            "revoked, by the host",
            |w| {
                let (id, _) = own(w, personal());
                w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
                w.run(&host(), &RotateToken::new(w.spot, id))
            },
            "token_dead: token `{t}` is revoked",
        ),
        (
            "revoked with the one that it was issued with",
            |w| {
                let (parent, bearer) = w.bearer("mia", "p", personal());
                let (id, _) = w.mint(&bearer, "mia", "t", personal());
                w.done(&w.caller("mia"), &RevokeToken::new(w.spot, parent));
                again(w, id)
            },
            "token_dead: token `{t}` is revoked",
        ),
        (
            "of a removed user",
            |w| {
                let (id, _) = own(w, personal());
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                w.run(&w.caller("adam"), &RotateToken::new(w.spot, id))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "longer than the organization allows by now",
            |w| {
                let (id, _) = own(w, personal());
                let command = SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY);
                w.done(&w.caller("ada"), &command);
                again(w, id)
            },
            "token_dead: token `{t}` is not what the rules allow any more",
        ),
        (
            "as long as the organization allows by now",
            |w| {
                let (id, _) = own(w, personal().expires_at(after(DAY, 0)));
                let command = SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY);
                w.done(&w.caller("ada"), &command);
                again(w, id)
            },
            "token.rotated",
        ),
        (
            "one that never was",
            |w| again(w, ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one that never was, by the host",
            |w| w.run(&host(), &RotateToken::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one of another organization",
            |w| {
                let (id, _) = own(w, personal());
                let command = RotateToken::new(w.rival.organization, id);
                w.run(&w.caller("eve"), &command)
            },
            "not_found: `{t}` is not found",
        ),
    ]);
}

/// Law U4: one's own, or that of somebody below; and with a token none that is more than it.
#[test]
fn who_rotates_a_token() {
    const WIDER: &str = "token_scope: the token would reach further than the caller's own token";
    /// Rotates a token of `of`.
    fn by(w: &World, caller: &Caller, of: &str) -> String {
        let (id, _) = w.mint(&w.caller(of), of, "t", temporary());
        w.run(caller, &RotateToken::new(w.spot, id))
    }
    /// Rotates a token of `mia` with another one of hers.
    fn with(w: &World, bearer: NewToken, other: NewToken) -> String {
        let (_, bearer) = w.bearer("mia", "b", bearer);
        let (id, _) = own(w, other);
        w.run(&bearer, &RotateToken::new(w.spot, id))
    }
    table(&[
        (
            "its owner",
            |w| by(w, &w.caller("mia"), "mia"),
            "token.rotated",
        ),
        (
            "a program, its own",
            |w| by(w, &w.caller("robo"), "robo"),
            "token.rotated",
        ),
        (
            "the token itself",
            |w| {
                let (id, bearer) = w.bearer("mia", "t", personal());
                w.run(&bearer, &RotateToken::new(w.spot, id))
            },
            "token.rotated",
        ),
        (
            "the token itself, for some accounts",
            |w| {
                let (id, bearer) = w.bearer("edda", "t", personal().accounts([w.lab]));
                w.run(&bearer, &RotateToken::new(w.spot, id))
            },
            "token.rotated",
        ),
        (
            "an admin",
            |w| by(w, &w.caller("adam"), "mia"),
            "token.rotated",
        ),
        (
            "the host, an owner's",
            |w| by(w, &host(), "ada"),
            "token.rotated",
        ),
        (
            "an owner, another owner's",
            |w| by(w, &w.caller("olga"), "ada"),
            "token.rotated",
        ),
        (
            "an admin, another admin's",
            |w| by(w, &w.caller("adam"), "anna"),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "an admin, an owner's",
            |w| by(w, &w.caller("adam"), "ada"),
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
        (
            "a viewer",
            |w| by(w, &w.caller("vera"), "mia"),
            "not_found: `{t}` is not found",
        ),
        (
            "a member",
            |w| by(w, &w.caller("max"), "mia"),
            "not_found: `{t}` is not found",
        ),
        (
            "a user who is suspended",
            |w| {
                let (id, _) = own(w, personal());
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                w.run(&w.caller("mia"), &RotateToken::new(w.spot, id))
            },
            "denied: the user is suspended",
        ),
        (
            "a child of it, which would outlive itself so",
            |w| {
                let (id, bearer) = w.bearer("mia", "t", personal());
                let (_, text) = w.mint(&bearer, "mia", "c", temporary());
                let child = w.authenticate(&text).unwrap();
                w.run(&child, &RotateToken::new(w.spot, id))
            },
            WIDER,
        ),
        (
            "the one that it was issued with",
            |w| {
                let (_, bearer) = w.bearer("mia", "p", personal());
                let (id, _) = w.mint(&bearer, "mia", "t", temporary());
                w.run(&bearer, &RotateToken::new(w.spot, id))
            },
            "token.rotated",
        ),
        (
            "the first of a line, the last of it",
            |w| {
                let (_, first) = w.bearer("mia", "p", personal());
                let (_, text) = w.mint(&first, "mia", "c", personal());
                let second = w.authenticate(&text).unwrap();
                let (id, _) = w.mint(&second, "mia", "t", personal());
                w.run(&first, &RotateToken::new(w.spot, id))
            },
            "token.rotated",
        ),
        (
            "another of its owner's, that lives longer",
            |w| with(w, temporary(), personal()),
            WIDER,
        ),
        (
            "another of its owner's, that lives as long: it would not die with it",
            |w| with(w, personal(), personal()),
            WIDER,
        ),
        (
            "another of its owner's, though wider than it",
            |w| with(w, personal(), personal().accounts([])),
            WIDER,
        ),
        (
            "another of its owner's for some accounts, by one for some accounts",
            |w| with(w, personal().accounts([]), personal().accounts([])),
            "not_found: `{t}` is not found",
        ),
        (
            "an admin's token, a member's",
            |w| {
                let (_, bearer) = w.bearer("adam", "b", temporary());
                let (id, _) = own(w, personal());
                w.run(&bearer, &RotateToken::new(w.spot, id))
            },
            "token.rotated",
        ),
        (
            "an admin's token for some accounts, a member's for the same",
            |w| {
                let (_, bearer) = w.bearer("adam", "b", personal().accounts([w.lab]));
                let token = personal().accounts([w.lab]);
                let (id, _) = w.mint(&w.caller("edda"), "edda", "t", token);
                w.run(&bearer, &RotateToken::new(w.spot, id))
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "a token of another organization under this one's name",
            |w| {
                let (id, _) = own(w, personal());
                let eve = Caller::user(w.spot, w.user("eve"));
                w.run(&eve, &RotateToken::new(w.spot, id))
            },
            "not_found: `{t}` is not found",
        ),
    ]);
}

/// Law G8: time that has passed in the organization does not come back.
#[test]
fn a_clock_that_goes_back_revives_no_secret() {
    let w = World::new();
    let (id, first) = own(&w, personal());
    let until = after(HOUR, 0);
    let second = rotate(
        &w,
        &w.caller("mia"),
        &RotateToken::new(w.spot, id).until(until),
    );
    w.clock.set(until);
    assert_eq!(live(&w, &[&first, &second]), "no yes");
    // A record says that the organization has come so far.
    w.done(
        &w.caller("max"),
        &IssueToken::new(w.spot, w.user("max"), personal()),
    );
    for back in [after(HOUR, -1), time(START), Timestamp::UNIX_EPOCH] {
        w.clock.set(back);
        assert_eq!(live(&w, &[&first, &second]), "no yes", "{back}");
    }
    // An overlap is counted from that time too.
    w.clock.set(after(HOUR, -60_000));
    let told = w.run(
        &w.caller("mia"),
        &RotateToken::new(w.spot, id).until(after(HOUR, 0)),
    );
    assert_eq!(told, "token.rotated");
    assert_eq!(live(&w, &[&second]), "no", "an overlap of nothing");
}

/// Signing out everywhere: all tokens of a user, and no later one (laws T4, U4).
#[test]
fn revoke_tokens() {
    /// Revokes all tokens of `of`, who has two.
    fn by(w: &World, caller: &Caller, of: &str) -> String {
        w.mint(&w.caller(of), of, "a", temporary());
        w.mint(&w.caller(of), of, "b", temporary());
        w.run(caller, &RevokeTokens::new(w.spot, w.user(of)))
    }
    table(&[
        (
            "oneself",
            |w| by(w, &w.caller("mia"), "mia"),
            "user.tokens_revoked",
        ),
        (
            "a program, its own",
            |w| by(w, &w.caller("robo"), "robo"),
            "user.tokens_revoked",
        ),
        (
            "an admin",
            |w| by(w, &w.caller("adam"), "mia"),
            "user.tokens_revoked",
        ),
        (
            "an owner, another owner's",
            |w| by(w, &w.caller("olga"), "ada"),
            "user.tokens_revoked",
        ),
        (
            "the host, an owner's",
            |w| by(w, &host(), "ada"),
            "user.tokens_revoked",
        ),
        (
            "an admin, another admin's",
            |w| by(w, &w.caller("adam"), "anna"),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "an admin, an owner's",
            |w| by(w, &w.caller("adam"), "ada"),
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
        (
            "a viewer, who sees the user",
            |w| by(w, &w.caller("vera"), "mia"),
            "not granted: asks for admin",
        ),
        (
            "a member",
            |w| by(w, &w.caller("max"), "mia"),
            "not_found: `{mia}` is not found",
        ),
        (
            "an owner of another organization",
            |w| by(w, &w.caller("eve"), "mia"),
            "not_found: `{spot}` is not found",
        ),
        (
            "of a user that never was",
            |w| w.run(&w.caller("ada"), &RevokeTokens::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of a user who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                w.run(&w.caller("ada"), &RevokeTokens::new(w.spot, w.user("mia")))
            },
            "user_status: user `{mia}` is removed",
        ),
        (
            "of a user who is suspended",
            |w| {
                own(w, personal());
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                w.run(&w.caller("ada"), &RevokeTokens::new(w.spot, w.user("mia")))
            },
            "user.tokens_revoked",
        ),
        (
            "of a user who has none",
            |w| w.run(&w.caller("mia"), &RevokeTokens::new(w.spot, w.user("mia"))),
            "nothing",
        ),
        (
            "twice",
            |w| {
                by(w, &w.caller("mia"), "mia");
                w.run(&w.caller("mia"), &RevokeTokens::new(w.spot, w.user("mia")))
            },
            "nothing",
        ),
        (
            "of a user whose only one expires now",
            |w| {
                own(w, personal().expires_at(after(DAY, 0)));
                w.clock.set(after(DAY, 0));
                w.run(&w.caller("mia"), &RevokeTokens::new(w.spot, w.user("mia")))
            },
            "nothing",
        ),
        (
            "of a user whose only one expires in a moment",
            |w| {
                own(w, personal().expires_at(after(DAY, 0)));
                w.clock.set(after(DAY, -1));
                w.run(&w.caller("mia"), &RevokeTokens::new(w.spot, w.user("mia")))
            },
            "user.tokens_revoked",
        ),
        (
            "of a user whose only one the rules forbid by now: they may allow it again",
            |w| {
                own(w, personal());
                let command = SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY);
                w.done(&w.caller("ada"), &command);
                w.run(&w.caller("mia"), &RevokeTokens::new(w.spot, w.user("mia")))
            },
            "user.tokens_revoked",
        ),
        (
            "with a token of one's own",
            |w| {
                let (_, bearer) = w.bearer("mia", "t", personal());
                w.run(&bearer, &RevokeTokens::new(w.spot, w.user("mia")))
            },
            "user.tokens_revoked",
        ),
        (
            "with a token for some accounts",
            |w| {
                let (_, bearer) = w.bearer("edda", "t", personal().accounts([w.lab]));
                w.run(&bearer, &RevokeTokens::new(w.spot, w.user("edda")))
            },
            "not_found: `{edda}` is not found",
        ),
    ]);
}

#[test]
fn all_tokens_of_a_user_are_revoked_and_no_later_one() {
    let w = World::new();
    let mia = w.caller("mia");
    let (_, one) = own(&w, personal());
    let (rotated, two) = own(&w, personal());
    let three = rotate(&w, &mia, &RotateToken::new(w.spot, rotated));
    let bearer = w.authenticate(&one).unwrap();
    let (_, child) = w.mint(&bearer, "mia", "c", personal());
    let (_, admins) = w.mint(&w.caller("adam"), "mia", "a", temporary());
    let (_, others) = w.mint(&w.caller("max"), "max", "o", personal());
    // A token that was issued with one of hers for somebody else is that user's.
    let (_, adams) = w.mint(&w.caller("adam"), "adam", "b", personal());
    let lent = {
        let adam = w.authenticate(&adams).unwrap();
        w.mint(&adam, "mia", "d", personal()).1
    };
    let hers = [&one, &two, &three, &child, &admins, &lent];
    assert_eq!(live(&w, &hers), "yes yes yes yes yes yes");
    w.done(&bearer, &RevokeTokens::new(w.spot, w.user("mia")));
    assert_eq!(live(&w, &hers), "no no no no no no");
    assert_eq!(live(&w, &[&others, &adams]), "yes yes");
    let told = w.ask(&bearer, &GetOrganization::new(w.spot));
    assert_eq!(told, "denied: the token is revoked");
    // At the same moment: a token that comes later is a token.
    let (_, later) = own(&w, personal());
    assert_eq!(live(&w, &[&later]), "yes");
    assert_eq!(live(&w, &hers), "no no no no no no");
    let state = w.state(w.spot);
    assert_eq!(state.live_tokens(w.user("mia"), w.now()), 1);
}

/// Laws T4, T5 and U6: what a suspension stills it gives back, and what was revoked stays revoked.
#[test]
fn what_becomes_of_tokens_with_their_owner_and_organization() {
    fn after_each<const N: usize>(w: &World, steps: [fn(&World); N]) -> String {
        let (_, text) = own(w, personal());
        let mut seen = Vec::from([live(w, &[&text])]);
        for step in steps {
            step(w);
            seen.push(live(w, &[&text]));
        }
        seen.join(" ")
    }
    fn suspend(w: &World) {
        w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
    }
    fn reactivate(w: &World) {
        w.done(
            &w.caller("ada"),
            &ReactivateUser::new(w.spot, w.user("mia")),
        );
    }
    fn suspend_all(w: &World) {
        let reason = SuspensionReason::Security;
        w.done(&w.caller("ada"), &SuspendOrganization::new(w.spot, reason));
    }
    fn lift_all(w: &World) {
        let reason = SuspensionReason::Security;
        w.done(&w.caller("ada"), &LiftSuspension::new(w.spot, reason));
    }
    table(&[
        (
            "suspended and reactivated",
            |w| after_each(w, [suspend, reactivate]),
            "yes no yes",
        ),
        (
            "revoked while suspended, and reactivated",
            |w| {
                let revoke = |w: &World| {
                    w.done(&w.caller("ada"), &RevokeTokens::new(w.spot, w.user("mia")));
                };
                after_each(w, [suspend, revoke, reactivate])
            },
            "yes no no no",
        ),
        (
            "removed",
            |w| {
                after_each(
                    w,
                    [|w| w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")))],
                )
            },
            "yes no",
        ),
        (
            "left",
            |w| {
                after_each(
                    w,
                    [|w| w.done(&w.caller("mia"), &LeaveOrganization::new(w.spot))],
                )
            },
            "yes no",
        ),
        (
            "removed and created anew: another user, without its tokens",
            |w| {
                after_each(
                    w,
                    [
                        |w| w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia"))),
                        |w| {
                            let role = OrganizationRole::Member;
                            let command = CreateUser::new(w.spot, name("Mia"), email("mia"), role);
                            w.done(&w.caller("ada"), &command);
                        },
                    ],
                )
            },
            "yes no no",
        ),
        (
            "the organization suspended, and not any more",
            |w| after_each(w, [suspend_all, lift_all]),
            "yes no yes",
        ),
        (
            "the organization closing, and restored",
            |w| {
                after_each(
                    w,
                    [
                        |w| w.done(&w.caller("ada"), &CloseOrganization::new(w.spot)),
                        |w| w.done(&w.caller("ada"), &RestoreOrganization::new(w.spot)),
                    ],
                )
            },
            "yes no yes",
        ),
        (
            "the organization and the user, and the organization alone not any more",
            |w| {
                after_each(
                    w,
                    [
                        suspend_all,
                        |w| {
                            w.done(&host(), &SuspendUser::new(w.spot, w.user("mia")));
                        },
                        lift_all,
                        reactivate,
                    ],
                )
            },
            "yes no no no yes",
        ),
        (
            "a shorter life for its kind, and a long one again",
            |w| {
                let narrow = |w: &World| {
                    let command = SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY);
                    w.done(&w.caller("ada"), &command);
                };
                let widen = |w: &World| {
                    let command = SetTokenLife::new(w.spot, TokenKind::Personal);
                    w.done(&w.caller("ada"), &command);
                };
                after_each(w, [narrow, widen])
            },
            "yes no yes",
        ),
        (
            "a shorter life for another kind",
            |w| {
                after_each(
                    w,
                    [|w| {
                        let command = SetTokenLife::new(w.spot, TokenKind::Temporary).life(HOUR);
                        w.done(&w.caller("ada"), &command);
                    }],
                )
            },
            "yes yes",
        ),
    ]);
}

/// Law T3: what a bearer may do is judged at each use, and what its owner gets it gets too.
#[test]
fn a_token_does_what_its_owner_may_do_now() {
    let w = World::new();
    let (_, text) = own(&w, personal());
    let bearer = w.authenticate(&text).unwrap();
    let check = Check::new(w.spot, name("fleet:create"), w.lab);
    let told = |w: &World| w.ask(&bearer, &check);
    assert_eq!(
        told(&w),
        "`fleet:create` on `{lab}` is not granted: asks for editor"
    );
    let attach = AttachUser::new(w.spot, w.user("mia"), w.lab, AccountRole::Editor);
    w.done(&w.caller("ada"), &attach);
    let allowed = "`fleet:create` on `{lab}` is allowed by account role editor";
    assert_eq!(told(&w), allowed);
    w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
    assert_eq!(
        told(&w),
        "`fleet:create` on `{lab}` is denied: the user is suspended"
    );
    w.done(
        &w.caller("ada"),
        &ReactivateUser::new(w.spot, w.user("mia")),
    );
    assert_eq!(told(&w), allowed);
}

/// Law T2, for each kind: alive a moment before the expiry, dead at it and for good.
#[test]
fn each_kind_lives_until_its_expiry() {
    let w = World::new();
    for (user, new) in [
        ("mia", personal()),
        ("robo", programmatic()),
        ("mia", temporary()),
        ("robo", temporary()),
    ] {
        let kind = new.kind;
        let (end, start) = (after(HOUR, 0), time(START));
        w.clock.set(start);
        let w = World::new();
        let (_, text) = w.mint(&w.caller(user), user, "t", new.expires_at(end));
        let bearer = w.authenticate(&text).unwrap();
        let mut seen = Vec::new();
        for at in [
            Timestamp::UNIX_EPOCH,
            start,
            after(HOUR, -1),
            end,
            after(HOUR, 1),
            Timestamp::MAX,
        ] {
            w.clock.set(at);
            let door = live(&w, &[&text]);
            let used = w.ask(&bearer, &GetOrganization::new(w.spot));
            assert_eq!(door == "yes", used == "{spot} active -", "{kind} at {at}");
            if door == "no" {
                assert_eq!(used, "denied: the token is expired");
            }
            seen.push(door);
        }
        // A clock at the beginning of time is behind the last record: what lived then lives.
        assert_eq!(seen.join(" "), "yes yes yes no no no", "{kind}");
    }
    // Undated, as only the rules can say: to the end of time.
    let w = World::new();
    let (_, text) = w.mint(&w.caller("robo"), "robo", "t", programmatic());
    w.clock.set(Timestamp::MAX);
    assert_eq!(live(&w, &[&text]), "yes");
}

/// The same for a service that begins at the first moment that there is, and ends at the last.
#[test]
fn each_kind_at_the_ends_of_time() {
    for kind in TokenKind::ALL {
        let mut rules = settings();
        rules.rules.personal_token_life = None;
        rules.rules.temporary_token_life = Duration::MAX;
        let clock = alloc::sync::Arc::new(SeededEnvironment::new(7, Timestamp::UNIX_EPOCH));
        let registry = Registry::new(MemoryStore::new(), alloc::sync::Arc::clone(&clock), rules);
        let made = registry
            .run(&person("ada"), &SignUp::new(name("Spot"), name("Ada")))
            .unwrap();
        let (spot, ada) = (made.organization, made.caller());
        let robo = CreateProgrammaticUser::new(spot, name("robo"), OrganizationRole::Member);
        let robo = registry.run(&ada, &robo).unwrap().user;
        let user = match kind == TokenKind::Programmatic {
            true => robo,
            false => made.owner,
        };
        let issue = |at| {
            let new = NewToken::new(kind).expires_at(at);
            registry.run(&ada, &IssueToken::new(spot, user, new))
        };
        let refused = issue(Timestamp::UNIX_EPOCH).unwrap_err();
        let code = refused.refusal().map(tenancy::Refusal::code);
        assert_eq!(code, Some("token_expired"), "{kind} at the first moment");
        let text = |at| {
            let minted = issue(at).unwrap();
            minted.secret.unwrap().expose().to_owned()
        };
        let moment = |millis| Timestamp::from_millis(millis).unwrap();
        let accepted = |text: &String| match registry.authenticate(text) {
            Ok(_) => true,
            Err(Error::Failed(tenancy::registry::Failure::Unauthenticated)) => false,
            Err(error) => panic!("{error}"),
        };
        let (one, last) = (text(moment(1)), text(Timestamp::MAX));
        assert!(accepted(&one) && accepted(&last), "{kind}");
        for (at, lives) in [(0, true), (1, false), (2, false), (0, false)] {
            // Once a record says that the moment is over, it does not come back.
            clock.set(moment(at));
            assert_eq!(accepted(&one), lives, "{kind} at {at}");
            if at == 2 {
                text(Timestamp::MAX);
            }
        }
        clock.set(moment(Timestamp::MAX.as_millis() - 1));
        assert!(accepted(&last), "{kind}");
        clock.set(Timestamp::MAX);
        assert!(!accepted(&last), "{kind} at the last moment");
    }
}
