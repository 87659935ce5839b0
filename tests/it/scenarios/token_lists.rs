//! Lists of tokens: by whose they are, how their text ends, when they expire and what they are
//! good for (law T5).

use alloc::sync::Arc;
use core::time::Duration;

use tenancy::blocking::Registry;
use tenancy::command::{
    NewToken, RemoveUser, RevokeToken, RevokeTokens, RotateToken, SetTokenLife,
    SuspendOrganization, SuspendUser,
};
use tenancy::id::TokenId;
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::token::TokenKind;
use tenancy::query::{Cursor, ListTokens, Rows, TokenStanding};
use tenancy::secret::LastFour;
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness, Settings};

use crate::world::{
    START, Show as _, World, ghost, host, personal, programmatic, seconds, settings, table,
    temporary, time,
};

const HOUR: Duration = seconds(60 * 60);
const DAY: Duration = seconds(24 * 60 * 60);

/// The time that lies this much after the start, and some milliseconds.
fn after(duration: Duration, millis: i64) -> Timestamp {
    let start = time(START).saturating_add(duration).as_millis();
    Timestamp::from_millis(start.saturating_add_signed(millis)).unwrap()
}

/// `mia` has `a` for 366 days, `b` for two hours and `c`, a child of `a`, for one hour; `max` has
/// `d` for a day; `robo` has `e` without an end and `f` to the end of time.
fn tokens(w: &World) {
    let mint = |user, alias, new: NewToken| w.mint(&w.caller(user), user, alias, new).1;
    let text = mint("mia", "a", personal());
    mint("mia", "b", temporary());
    let bearer = w.authenticate(&text).unwrap();
    let child = temporary().expires_at(after(HOUR, 0));
    w.mint(&bearer, "mia", "c", child);
    mint("max", "d", personal().expires_at(after(DAY, 0)));
    mint("robo", "e", programmatic());
    mint("robo", "f", programmatic().expires_at(Timestamp::MAX));
}

fn id(w: &World, alias: &str) -> TokenId {
    let state = w.state(w.spot);
    let mut all = state.tokens().map(|token| token.id());
    all.find(|id| w.named(&id.to_string()) == format!("{{{alias}}}"))
        .unwrap()
}

/// Lists as an admin.
fn list(w: &World, query: &ListTokens) -> String {
    w.ask(&w.caller("adam"), query)
}

fn all(w: &World) -> ListTokens {
    ListTokens::new(w.spot)
}

fn of(w: &World, user: &str) -> ListTokens {
    ListTokens::new(w.spot).of_user(w.user(user))
}

fn standing(w: &World, standing: TokenStanding) -> String {
    list(w, &all(w).standing(standing))
}

#[test]
fn tokens_of_a_user() {
    table(&[
        (
            "of all",
            |w| {
                tokens(w);
                list(w, &all(w))
            },
            "[{a}, {b}, {c}, {d}, {e}, {f}]",
        ),
        (
            "of one",
            |w| {
                tokens(w);
                list(w, &of(w, "mia"))
            },
            "[{a}, {b}, {c}]",
        ),
        (
            "of one who has none",
            |w| {
                tokens(w);
                list(w, &of(w, "ada"))
            },
            "[]",
        ),
        (
            "of oneself",
            |w| {
                tokens(w);
                w.ask(&w.caller("max"), &of(w, "max"))
            },
            "[{d}]",
        ),
        (
            "of oneself, with a token",
            |w| {
                tokens(w);
                let (_, bearer) = w.bearer("max", "g", personal());
                w.ask(&bearer, &of(w, "max"))
            },
            "[{d}, {g}]",
        ),
        (
            "of an owner, by an admin: reading is for all",
            |w| {
                w.bearer("ada", "o", personal());
                list(w, &of(w, "ada"))
            },
            "[{o}]",
        ),
        (
            "of one who was removed",
            |w| {
                tokens(w);
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("max")));
                list(w, &of(w, "max"))
            },
            "[{d}]",
        ),
        (
            "of one who never was",
            |w| list(w, &all(w).of_user(ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of one of another organization",
            |w| list(w, &of(w, "eve")),
            "not_found: `{eve}` is not found",
        ),
        (
            "of oneself, by whoever is suspended",
            |w| {
                tokens(w);
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("max")));
                w.ask(&w.caller("max"), &of(w, "max"))
            },
            "denied: the user is suspended",
        ),
    ]);
}

/// People know a token by how its text ends; for a while they may look at the text before.
#[test]
fn tokens_by_how_their_text_ends() {
    fn ends(text: &str) -> LastFour {
        text[text.len() - 4..].parse().unwrap()
    }
    fn rotate(w: &World, id: TokenId) -> String {
        let minted = w.done(&w.caller("mia"), &RotateToken::new(w.spot, id));
        minted.secret.unwrap().expose().into()
    }
    fn find(w: &World, text: &str) -> String {
        list(w, &all(w).last_four(ends(text)))
    }
    table(&[
        (
            "as it is",
            |w| {
                tokens(w);
                let (_, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
                find(w, &text)
            },
            "[{t}]",
        ),
        (
            "after a rotation, both",
            |w| {
                tokens(w);
                let (id, first) = w.mint(&w.caller("mia"), "mia", "t", personal());
                let second = rotate(w, id);
                format!("{} {}", find(w, &first), find(w, &second))
            },
            "[{t}] [{t}]",
        ),
        (
            "after the overlap too",
            |w| {
                let (id, first) = w.mint(&w.caller("mia"), "mia", "t", personal());
                rotate(w, id);
                w.clock.advance(DAY * 30);
                find(w, &first)
            },
            "[{t}]",
        ),
        (
            "after two rotations, not as it was at first",
            |w| {
                let (id, first) = w.mint(&w.caller("mia"), "mia", "t", personal());
                let (second, third) = (rotate(w, id), rotate(w, id));
                let each = [first, second, third].map(|text| find(w, &text));
                each.join(" ")
            },
            "[] [{t}] [{t}]",
        ),
        (
            "in other case",
            |w| {
                let (_, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
                let other = |c: char| match c.is_ascii_uppercase() {
                    true => c.to_ascii_lowercase(),
                    false => c.to_ascii_uppercase(),
                };
                let other: String = text.chars().map(other).collect();
                assert_ne!(ends(&other), ends(&text), "it has a letter");
                find(w, &other)
            },
            "[]",
        ),
        (
            "a dead one too",
            |w| {
                let (id, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
                w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
                find(w, &text)
            },
            "[{t}]",
        ),
        (
            "of another user",
            |w| {
                let (_, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
                list(w, &of(w, "max").last_four(ends(&text)))
            },
            "[]",
        ),
        (
            "with what it is good for",
            |w| {
                let (id, text) = w.mint(&w.caller("mia"), "mia", "t", personal());
                let query = all(w).last_four(ends(&text));
                let live = list(w, &query.clone().standing(TokenStanding::Live));
                w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id));
                format!("{live} {}", list(w, &query.standing(TokenStanding::Live)))
            },
            "[{t}] []",
        ),
    ]);
}

/// The first time is among it, the second is not; what has no end expires at no time.
#[test]
fn tokens_that_expire_between_two_times() {
    fn between(w: &World, from: Timestamp, before: Timestamp) -> String {
        tokens(w);
        list(w, &all(w).expiring(from, before))
    }
    fn one(w: &World, from: Option<Timestamp>, before: Option<Timestamp>) -> String {
        tokens(w);
        let mut query = all(w);
        (query.expires_from, query.expires_before) = (from, before);
        list(w, &query)
    }
    const FIRST: Timestamp = Timestamp::UNIX_EPOCH;
    table(&[
        (
            "at the first time",
            |w| between(w, after(DAY, 0), after(DAY, 1)),
            "[{d}]",
        ),
        (
            "a moment before the first time",
            |w| between(w, after(DAY, 1), after(DAY, 2)),
            "[]",
        ),
        (
            "at the second time",
            |w| between(w, after(DAY, -1), after(DAY, 0)),
            "[]",
        ),
        (
            "between two times that are one",
            |w| between(w, after(DAY, 0), after(DAY, 0)),
            "[]",
        ),
        (
            "between two times the wrong way round",
            |w| between(w, after(DAY, 1), after(DAY, 0)),
            "[]",
        ),
        (
            "within a day",
            |w| between(w, time(START), after(DAY, 0)),
            "[{b}, {c}]",
        ),
        (
            "at any time but the last",
            |w| between(w, FIRST, Timestamp::MAX),
            "[{a}, {b}, {c}, {d}]",
        ),
        (
            "at any time from the first on",
            |w| one(w, Some(FIRST), None),
            "[{a}, {b}, {c}, {d}, {f}]",
        ),
        (
            "from the last time on",
            |w| one(w, Some(Timestamp::MAX), None),
            "[{f}]",
        ),
        (
            "before a time",
            |w| one(w, None, Some(after(HOUR * 2, 0))),
            "[{c}]",
        ),
        (
            "before a moment later",
            |w| one(w, None, Some(after(HOUR * 2, 1))),
            "[{b}, {c}]",
        ),
        ("before the first time", |w| one(w, None, Some(FIRST)), "[]"),
        (
            "those that have expired too, of one user and still good",
            |w| {
                tokens(w);
                let query = all(w).expiring(FIRST, Timestamp::MAX);
                let query = query.of_user(w.user("mia"));
                w.clock.set(after(HOUR, 0));
                let both = list(w, &query);
                let live = list(w, &query.standing(TokenStanding::Live));
                format!("{both} {live}")
            },
            "[{a}, {b}, {c}] [{a}, {b}]",
        ),
    ]);
}

/// Every token has one standing, and it is what using it comes to.
#[test]
fn tokens_by_what_they_are_good_for() {
    use TokenStanding::{Expired, Live, Noncompliant, Revoked};
    /// Shows the tokens of each standing.
    fn each(w: &World) -> String {
        let each = [Live, Expired, Noncompliant, Revoked].map(|it| standing(w, it));
        each.join(" ")
    }
    fn life(w: &World, kind: TokenKind, life: Option<Duration>) {
        let command = SetTokenLife::new(w.spot, kind);
        let command = match life {
            Some(life) => command.life(life),
            None => command,
        };
        w.done(&w.caller("ada"), &command);
    }
    table(&[
        (
            "from the start",
            |w| {
                tokens(w);
                each(w)
            },
            "[{a}, {b}, {c}, {d}, {e}, {f}] [] [] []",
        ),
        (
            "a moment before one expires",
            |w| {
                tokens(w);
                w.clock.set(after(HOUR, -1));
                each(w)
            },
            "[{a}, {b}, {c}, {d}, {e}, {f}] [] [] []",
        ),
        (
            "when one expires",
            |w| {
                tokens(w);
                w.clock.set(after(HOUR, 0));
                each(w)
            },
            "[{a}, {b}, {d}, {e}, {f}] [{c}] [] []",
        ),
        (
            "at the end of time",
            |w| {
                tokens(w);
                w.clock.set(Timestamp::MAX);
                each(w)
            },
            "[{e}] [{a}, {b}, {c}, {d}, {f}] [] []",
        ),
        (
            "revoked, with what was issued with it",
            |w| {
                tokens(w);
                w.done(&w.caller("mia"), &RevokeToken::new(w.spot, id(w, "a")));
                each(w)
            },
            "[{b}, {d}, {e}, {f}] [] [] [{a}, {c}]",
        ),
        (
            "all of one user revoked",
            |w| {
                tokens(w);
                w.done(&w.caller("mia"), &RevokeTokens::new(w.spot, w.user("mia")));
                each(w)
            },
            "[{d}, {e}, {f}] [] [] [{a}, {b}, {c}]",
        ),
        (
            "revoked and expired: revoked",
            |w| {
                tokens(w);
                w.done(&w.caller("max"), &RevokeToken::new(w.spot, id(w, "d")));
                w.clock.set(after(DAY, 0));
                each(w)
            },
            "[{a}, {e}, {f}] [{b}, {c}] [] [{d}]",
        ),
        (
            "revoked after it had expired: revoked",
            |w| {
                tokens(w);
                w.clock.set(after(DAY, 0));
                w.done(&w.caller("max"), &RevokeToken::new(w.spot, id(w, "d")));
                each(w)
            },
            "[{a}, {e}, {f}] [{b}, {c}] [] [{d}]",
        ),
        (
            "with the owner, revoked",
            |w| {
                tokens(w);
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                each(w)
            },
            "[{d}, {e}, {f}] [] [] [{a}, {b}, {c}]",
        ),
        (
            "with a suspended owner: apart from the owner it is good",
            |w| {
                tokens(w);
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("mia")));
                each(w)
            },
            "[{a}, {b}, {c}, {d}, {e}, {f}] [] [] []",
        ),
        (
            "in a suspended organization: apart from that it is good",
            |w| {
                tokens(w);
                let reason = SuspensionReason::Abuse;
                w.done(&host(), &SuspendOrganization::new(w.spot, reason));
                each(w)
            },
            "[{a}, {b}, {c}, {d}, {e}, {f}] [] [] []",
        ),
        (
            "a shorter life for people, and what was issued with one of those",
            |w| {
                tokens(w);
                life(w, TokenKind::Personal, Some(DAY));
                each(w)
            },
            "[{b}, {d}, {e}, {f}] [] [{a}, {c}] []",
        ),
        (
            "a life that is a moment shorter than one has",
            |w| {
                tokens(w);
                let moment = Duration::from_millis(1);
                life(w, TokenKind::Personal, Some(DAY - moment));
                each(w)
            },
            "[{b}, {e}, {f}] [] [{a}, {c}, {d}] []",
        ),
        (
            "a life for programs, that one without an end does not keep to",
            |w| {
                tokens(w);
                life(
                    w,
                    TokenKind::Programmatic,
                    Some(Duration::from_millis(u64::MAX)),
                );
                each(w)
            },
            "[{a}, {b}, {c}, {d}, {f}] [] [{e}] []",
        ),
        (
            "a life of nothing",
            |w| {
                tokens(w);
                life(w, TokenKind::Temporary, Some(Duration::ZERO));
                each(w)
            },
            "[{a}, {d}, {e}, {f}] [] [{b}, {c}] []",
        ),
        (
            "a longer life again",
            |w| {
                tokens(w);
                life(w, TokenKind::Personal, Some(DAY));
                life(w, TokenKind::Personal, None);
                each(w)
            },
            "[{a}, {b}, {c}, {d}, {e}, {f}] [] [] []",
        ),
        (
            "not what the rules allow any more, and then expired: expired",
            |w| {
                tokens(w);
                life(w, TokenKind::Personal, Some(HOUR));
                w.clock.set(after(DAY, 0));
                each(w)
            },
            "[{e}, {f}] [{b}, {c}, {d}] [{a}] []",
        ),
        (
            "not what the rules allow any more, and then revoked: revoked",
            |w| {
                tokens(w);
                life(w, TokenKind::Personal, Some(HOUR));
                w.done(&w.caller("max"), &RevokeToken::new(w.spot, id(w, "d")));
                each(w)
            },
            "[{b}, {e}, {f}] [] [{a}, {c}] [{d}]",
        ),
    ]);
}

/// Law G5: a life holds as it is written, to the millisecond.
#[test]
fn a_life_is_kept_as_it_is_written() {
    for (asked, kept) in [
        (Duration::from_micros(1_999), Duration::from_millis(1)),
        (Duration::from_nanos(1), Duration::ZERO),
        (Duration::MAX, Duration::from_millis(u64::MAX)),
    ] {
        let w = World::new();
        let command = SetTokenLife::new(w.spot, TokenKind::Programmatic).life(asked);
        w.done(&w.caller("ada"), &command);
        assert_eq!(w.run(&w.caller("ada"), &command), "nothing");
        let folded = tenancy::Organization::from_records(&w.records(w.spot));
        for state in [w.state(w.spot), folded.unwrap().unwrap()] {
            assert_eq!(state.token_life().of(TokenKind::Programmatic), Some(kept));
        }
    }
}

/// Law T5: a host that tightens its rules blocks at use what they would not allow, and lists it;
/// nothing is written, and with the rules before it is as before.
#[test]
fn tokens_that_other_rules_would_not_allow() {
    use TokenStanding::{Live, Noncompliant};
    let w = World::new();
    tokens(&w);
    let (_, text) = w.mint(&w.caller("max"), "max", "m", personal());
    let seen = |change: fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        let registry = Registry::new(w.registry.store(), Arc::clone(&w.clock), settings);
        let list = |standing| {
            let query = ListTokens::new(w.spot).standing(standing);
            let answer = registry.ask_at(Freshness::Latest, &w.caller("adam"), &query);
            w.named(&answer.unwrap().value.show())
        };
        let accepted = registry.authenticate(&text).is_ok();
        format!("{} {} {accepted}", list(Live), list(Noncompliant))
    };
    let before = w.feed().len();
    assert_eq!(seen(|_| {}), "[{a}, {b}, {c}, {d}, {e}, {f}, {m}] [] true");
    assert_eq!(
        seen(|it| it.rules.personal_token_life = Some(DAY)),
        "[{b}, {d}, {e}, {f}] [{a}, {c}, {m}] false"
    );
    assert_eq!(
        seen(|it| it.rules.programmatic_token_life = Some(DAY)),
        "[{a}, {b}, {c}, {d}, {m}] [{e}, {f}] true"
    );
    assert_eq!(
        seen(|it| it.rules.temporary_token_life = HOUR),
        "[{a}, {c}, {d}, {e}, {f}, {m}] [{b}] true"
    );
    assert_eq!(
        seen(|it| it.rules.personal_token_life = None),
        "[{a}, {b}, {c}, {d}, {e}, {f}, {m}] [] true"
    );
    assert_eq!(w.feed().len(), before);
    assert!(w.authenticate(&text).is_ok());
    // The strictest of both counts, whichever it is.
    let command = SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY * 2);
    w.done(&w.caller("ada"), &command);
    assert_eq!(
        seen(|it| it.rules.personal_token_life = Some(HOUR)),
        "[{b}, {e}, {f}] [{a}, {c}, {d}, {m}] false"
    );
    assert_eq!(
        seen(|it| it.rules.personal_token_life = None),
        "[{b}, {d}, {e}, {f}] [{a}, {c}, {m}] false"
    );
}

/// Returns all pages of a list, one behind the other; `between` happens after each of them.
fn pages(
    w: &World,
    query: &ListTokens,
    between: impl Fn(&Rows<tenancy::organization::token::Token>),
) -> String {
    let (mut query, mut all) = (query.clone(), Vec::new());
    loop {
        let answer = w
            .registry
            .ask_at(Freshness::Latest, &w.caller("adam"), &query);
        let page = match answer {
            Ok(answer) => answer.value,
            Err(error) => return w.told(&error),
        };
        all.extend(page.rows.iter().map(|token| token.id().to_string()));
        between(&page);
        let Some(next) = page.next else {
            return w.named(&all.join(" "));
        };
        query = query.after(next);
    }
}

#[test]
fn pages_of_a_filter_join_to_the_whole() {
    let w = World::new();
    tokens(&w);
    let whole = |query: &ListTokens| {
        let answer = w.registry.ask(&w.caller("adam"), query).unwrap().value;
        assert_eq!(answer.next, None);
        let ids: Vec<_> = answer.rows.iter().map(|it| it.id().to_string()).collect();
        w.named(&ids.join(" "))
    };
    for query in [
        all(&w),
        of(&w, "mia"),
        of(&w, "robo"),
        all(&w).expiring(time(START), after(DAY, 1)),
        all(&w).standing(TokenStanding::Live),
    ] {
        for size in 1..=7 {
            let pages = pages(&w, &query.clone().limit(size), |page| {
                assert!(!page.rows.is_empty(), "no page is empty");
            });
            assert_eq!(pages, whole(&query), "pages of {size}");
        }
    }
}

/// Whoever walks a list to do something about it comes to its end, though what it has seen would
/// not be on the list any more.
#[test]
fn a_page_goes_on_behind_what_has_changed() {
    let revoke = |w: &World, page: &Rows<tenancy::organization::token::Token>| {
        for token in &page.rows {
            w.done(&w.caller("ada"), &RevokeToken::new(w.spot, token.id()));
        }
    };
    for size in 1..=4 {
        let w = World::new();
        tokens(&w);
        let command = SetTokenLife::new(w.spot, TokenKind::Personal).life(HOUR);
        w.done(&w.caller("ada"), &command);
        let query = all(&w).standing(TokenStanding::Noncompliant).limit(size);
        let seen = pages(&w, &query, |page| revoke(&w, page));
        // The child `c` is revoked with its parent before a small page comes to it.
        let then = if size == 1 { "{a} {d}" } else { "{a} {c} {d}" };
        assert_eq!(seen, then, "pages of {size}");
        assert_eq!(standing(&w, TokenStanding::Noncompliant), "[]");

        let w = World::new();
        tokens(&w);
        let query = of(&w, "robo").standing(TokenStanding::Live).limit(size);
        assert_eq!(pages(&w, &query, |page| revoke(&w, page)), "{e} {f}");
        assert_eq!(
            list(&w, &of(&w, "robo").standing(TokenStanding::Live)),
            "[]"
        );
    }
    // One that expires between two pages is no place lost either.
    let w = World::new();
    tokens(&w);
    let query = of(&w, "mia").standing(TokenStanding::Live).limit(2);
    let seen = pages(&w, &query, |_| w.clock.set(after(HOUR * 2, 0)));
    assert_eq!(seen, "{a} {b}");
}

/// A cursor is good for the list that it came from, with the same filter and caller.
#[test]
fn a_cursor_is_bound_to_its_filter() {
    const REFUSED: &str = "cursor: the cursor is not one of this list, organization and caller";
    let w = World::new();
    tokens(&w);
    let cursor = |caller: &Caller, query: &ListTokens| -> Cursor {
        let page = w.registry.ask(caller, &query.clone().limit(1));
        page.unwrap().value.next.expect("there is more")
    };
    let four = w.state(w.spot).token(id(&w, "a")).unwrap().last_four();
    let mut from = all(&w);
    from.expires_from = Some(time(START));
    let mut before = all(&w);
    before.expires_before = Some(time(START));
    let filters = [
        all(&w),
        of(&w, "mia"),
        of(&w, "robo"),
        from,
        before,
        all(&w).expiring(time(START), Timestamp::MAX),
        all(&w).expiring(time(START), after(DAY, 1)),
        all(&w).last_four(four),
        all(&w).standing(TokenStanding::Live),
        all(&w).standing(TokenStanding::Revoked),
        of(&w, "mia").standing(TokenStanding::Live),
    ];
    let adam = w.caller("adam");
    let mut refused = 0;
    for (at, from) in filters.iter().enumerate() {
        let page = w.registry.ask(&adam, &from.clone().limit(1)).unwrap().value;
        let Some(next) = page.next else { continue };
        for (other, to) in filters.iter().enumerate() {
            let told = w.ask(&adam, &to.clone().after(next));
            assert_eq!(told == REFUSED, at != other, "{from:?} {to:?} {told}");
            refused += u32::from(told == REFUSED);
        }
        // How many rows a page has is no part of the list.
        assert_ne!(w.ask(&adam, &from.clone().after(next).limit(2)), REFUSED);
    }
    assert!(refused >= 70, "{refused}");
    let next = cursor(&adam, &all(&w));
    assert_eq!(w.ask(&w.caller("anna"), &all(&w).after(next)), REFUSED);
    assert_eq!(w.ask(&host(), &all(&w).after(next)), REFUSED);
    let (_, bearer) = w.bearer("adam", "t", personal());
    assert_eq!(w.ask(&bearer, &all(&w).after(next)), REFUSED);
    // Rights are judged on every page: an admin no more, nothing more.
    let command = tenancy::command::ChangeRole::new(
        w.spot,
        w.user("adam"),
        tenancy::role::OrganizationRole::Viewer,
    );
    w.done(&w.caller("ada"), &command);
    let told = w.ask(&adam, &all(&w).after(next));
    assert_eq!(told, "not granted: asks for admin");
}

/// Reading the tokens of all is the admins'.
#[test]
fn who_lists_tokens() {
    fn ask(w: &World, caller: &Caller) -> String {
        tokens(w);
        w.ask(caller, &all(w).limit(1))
    }
    table(&[
        ("an owner", |w| ask(w, &w.caller("ada")), "[{a}] …"),
        ("an admin", |w| ask(w, &w.caller("adam")), "[{a}] …"),
        ("the host", |w| ask(w, &host()), "[{a}] …"),
        (
            "a viewer",
            |w| ask(w, &w.caller("vera")),
            "not granted: asks for admin",
        ),
        (
            "billing",
            |w| ask(w, &w.caller("bill")),
            "not granted: asks for admin",
        ),
        (
            "a member",
            |w| ask(w, &w.caller("mia")),
            "not granted: asks for admin",
        ),
        (
            "an owner of another organization",
            |w| ask(w, &w.caller("eve")),
            "not_found: `{spot}` is not found",
        ),
        (
            "an admin's token",
            |w| {
                let (_, bearer) = w.bearer("adam", "z", personal());
                ask(w, &bearer)
            },
            "[{z}] …",
        ),
        (
            "an admin's token for some accounts",
            |w| {
                let (_, bearer) = w.bearer("adam", "z", personal().accounts([w.lab]));
                ask(w, &bearer)
            },
            "denied: the token is confined to other accounts",
        ),
    ]);
}
