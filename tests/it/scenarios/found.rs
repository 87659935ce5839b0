//! Looking for what happened: each filter, both sides of each limit, and who is shown what.

use core::num::NonZeroU32;
use core::time::Duration;

use tenancy::command::{
    CreateAccount, InviteUser, PlaceHold, RemoveUser, RenameAccount, RenameUser,
};
use tenancy::id::LinkId;
use tenancy::log::row::Row;
use tenancy::organization::lifecycle::HoldKind;
use tenancy::query::{FindRecords, Found, ListUsers, Order, OutcomeKind, Period};
use tenancy::record::{Log, Version};
use tenancy::role::OrganizationRole;
use tenancy::store::{ErasedPart, Erasure};
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness, Origin, Request, Settings};

use crate::world::{
    World, email, ghost, host, name, person, personal, seconds, settings, table, table_with, time,
};

const CURSOR: &str = "cursor: the cursor is not one of this list, organization and caller";
const DAY: Duration = seconds(24 * 60 * 60);

fn all(w: &World) -> FindRecords {
    FindRecords::new(w.spot)
}

/// Asks as a viewer.
fn find(w: &World, query: FindRecords) -> String {
    w.ask(&w.caller("vera"), &query)
}

fn search(w: &World, text: &str) -> String {
    find(w, all(w).search(name(text)))
}

#[test]
fn each_filter() {
    table(&[
        (
            "the newest first",
            |w| find(w, all(w).limit(3)),
            "[21 20 19] … of 21",
        ),
        (
            "the oldest first",
            |w| find(w, all(w).limit(3).order(Order::OldestFirst)),
            "[1 2 3] … of 21",
        ),
        (
            "all of it",
            |w| find(w, all(w)),
            "[21 20 19 18 17 16 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1] of 21",
        ),
        (
            "exactly as many as a page has",
            |w| find(w, all(w).limit(21).order(Order::OldestFirst)),
            "[1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21] of 21",
        ),
        (
            "one kind",
            |w| find(w, all(w).kind(name("user.attached"))),
            "[21 19 17] of 21",
        ),
        (
            "all of a noun",
            |w| find(w, all(w).kind(name("account."))),
            "[6 5 2] of 21",
        ),
        (
            "two kinds",
            |w| {
                let query = all(w).kind(name("organization.activated"));
                find(w, query.kind(name("programmatic_user.")))
            },
            "[20 4] of 21",
        ),
        (
            "the beginning of a kind, without its end",
            |w| find(w, all(w).kind(name("user"))),
            "[] of 21",
        ),
        (
            "an account: whatever concerns it",
            |w| find(w, all(w).of_account(w.lab)),
            "[21 19 17 5] of 21",
        ),
        (
            "a resource: whatever happened to it",
            |w| find(w, all(w).on(w.lab)),
            "[5] of 21",
        ),
        (
            "what happened to a user",
            |w| find(w, all(w).on(w.user("edda"))),
            "[17 16] of 21",
        ),
        (
            "a type of resource",
            |w| find(w, all(w).on_type(name("organization"))),
            "[4 1] of 21",
        ),
        (
            "a type of resource that there is not",
            |w| find(w, all(w).on_type(name("elastigroup"))),
            "[] of 21",
        ),
        (
            "a user: not what the same person did before",
            |w| {
                find(
                    w,
                    all(w)
                        .by_user(w.user("ada"))
                        .order(Order::OldestFirst)
                        .limit(2),
                )
            },
            "[4 5] … of 21",
        ),
        (
            "a user who did nothing",
            |w| find(w, all(w).by_user(w.user("vera"))),
            "[] of 21",
        ),
        (
            "a user with a token, and the token",
            |w| {
                let (token, bearer) = w.bearer("adam", "t", personal());
                w.done(&bearer, &RenameAccount::new(w.spot, w.lab, name("Labs")));
                let by_user = find(w, all(w).by_user(w.user("adam")));
                format!("{by_user}, {}", find(w, all(w).by_token(token)))
            },
            // The token's issue is the user's own act, which a viewer does not see.
            "[23] of 23, [23] of 23",
        ),
        (
            "a command",
            |w| {
                let create = CreateAccount::new(w.spot, name("New"));
                w.done(&w.caller("ada"), Request::new(&create).named(name("new-1")));
                let found = find(w, all(w).by_command(name("new-1")));
                format!("{found}, {}", find(w, all(w).by_command(name("new-2"))))
            },
            "[22] of 22, [] of 22",
        ),
        (
            "how it came out",
            |w| {
                let of = |outcome| find(w, all(w).outcome(outcome).kind(name("account.")));
                let other = [OutcomeKind::Denied, OutcomeKind::Failed].map(of);
                format!("{} {}", of(OutcomeKind::Success), other.join(" "))
            },
            "[6 5 2] of 21 [] of 21 [] of 21",
        ),
        (
            "a link",
            |w| find(w, all(w).through(ghost::<LinkId>())),
            "[] of 21",
        ),
        (
            "several at once",
            |w| {
                let query = all(w).of_account(w.lab).on(w.user("edda"));
                find(w, query.kind(name("user.")).search(name("editor")))
            },
            "[17] of 21",
        ),
    ]);
}

#[test]
fn text() {
    table(&[
        (
            "a person's name and address",
            |w| search(w, "edda"),
            "[16] of 21",
        ),
        (
            "in other case and width",
            |w| search(w, "ＥＤＤＡ"),
            "[16] of 21",
        ),
        ("in the body", |w| search(w, "vault"), "[6] of 21"),
        (
            "a word of the body that is no text in it",
            |w| search(w, "proven"),
            "[] of 21",
        ),
        (
            "a value that is no string",
            |w| search(w, "true"),
            "[3 2] of 21",
        ),
        (
            "not a commitment, which is no text",
            |w| {
                let record = &w.records(w.spot)[15];
                let body: serde_json::Value = serde_json::from_str(&record.body).unwrap();
                let hash = body["email"].as_str().unwrap();
                assert_eq!(hash.len(), 64);
                search(w, hash)
            },
            "[] of 21",
        ),
        (
            "an account's id, wherever it comes up",
            |w| search(w, &w.lab.to_string().to_uppercase()),
            "[21 19 17 5] of 21",
        ),
        (
            "an address of whoever was nobody's user: not for a viewer",
            |w| search(w, "ada@example.com"),
            "[3] of 21",
        ),
        (
            "but for an admin",
            |w| w.ask(&w.caller("adam"), &all(w).search(name("ada@example.com"))),
            "[3 2 1] of 21",
        ),
        (
            "where somebody came from: not for a viewer",
            |w| {
                let origin = Origin::new(name("api")).address(name("192.0.2.7"));
                let create = CreateAccount::new(w.spot, name("New"));
                w.done(&w.caller("ada"), Request::new(&create).from(origin));
                let admin = w.ask(&w.caller("adam"), &all(w).search(name("192.0.2")));
                format!("{}, {admin}", search(w, "192.0.2"))
            },
            "[] of 22, [22] of 22",
        ),
        (
            "what is hidden is not found either",
            |w| {
                let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("court order"));
                w.done(&host(), &hold);
                let owner = w.ask(&w.caller("ada"), &all(w).search(name("court")));
                format!("{}, {owner}", search(w, "court"))
            },
            "[] of 22, [22] of 22",
        ),
    ]);
}

/// Returns what a viewer finds in a period when so much time has passed since the world was made.
fn after(w: &World, passed: Duration, period: Period) -> String {
    w.clock.advance(passed);
    let query = all(w).kind(name("organization."));
    let newest = find(w, query.clone().period(period));
    let oldest = query.period(period).order(Order::OldestFirst);
    format!("{newest} {}", find(w, oldest))
}

fn custom(from: Option<&str>, before: Option<&str>) -> Period {
    Period::Custom {
        from: from.map(time),
        before: before.map(time),
    }
}

#[test]
fn periods() {
    const MILLI: Duration = Duration::from_millis(1);
    const BOTH: &str = "[4 1] of 21 [1 4] of 21";
    const NONE: &str = "[] of 21 [] of 21";
    const START: Option<&str> = Some("2026-11-21T12:00:00.000Z");
    const LATER: Option<&str> = Some("2026-11-21T12:00:00.001Z");
    const EARLIER: Option<&str> = Some("2026-11-21T11:59:59.999Z");
    table(&[
        ("a day ago", |w| after(w, DAY, Period::Day), BOTH),
        ("longer ago", |w| after(w, DAY + MILLI, Period::Day), NONE),
        ("a week ago", |w| after(w, DAY * 7, Period::Week), BOTH),
        (
            "longer ago than a week",
            |w| after(w, DAY * 7 + MILLI, Period::Week),
            NONE,
        ),
        ("a year ago", |w| after(w, DAY * 366, Period::Year), BOTH),
        (
            "longer ago than a year",
            |w| after(w, DAY * 366 + MILLI, Period::Year),
            NONE,
        ),
        (
            "a week, where nothing is said",
            |w| {
                w.clock.advance(DAY * 7);
                let week = find(w, all(w).kind(name("account.")));
                w.clock.advance(MILLI);
                format!("{week} {}", find(w, all(w).kind(name("account."))))
            },
            "[6 5 2] of 21 [] of 21",
        ),
        (
            "what happened in this very millisecond",
            |w| after(w, Duration::ZERO, Period::Day),
            BOTH,
        ),
        ("all", |w| after(w, DAY * 4000, Period::ALL), BOTH),
        ("from", |w| after(w, DAY, custom(START, None)), BOTH),
        ("from later", |w| after(w, DAY, custom(LATER, None)), NONE),
        ("before", |w| after(w, DAY, custom(None, LATER)), BOTH),
        (
            "before this very time",
            |w| after(w, DAY, custom(None, START)),
            NONE,
        ),
        (
            "a millisecond",
            |w| after(w, DAY, custom(START, LATER)),
            BOTH,
        ),
        (
            "the one in front of it",
            |w| after(w, DAY, custom(EARLIER, START)),
            NONE,
        ),
        (
            "an end before the start",
            |w| after(w, DAY, custom(LATER, EARLIER)),
            NONE,
        ),
        (
            "before there was a time",
            |w| {
                let period = Period::Custom {
                    from: Some(Timestamp::UNIX_EPOCH),
                    before: Some(Timestamp::MAX),
                };
                after(w, DAY, period)
            },
            BOTH,
        ),
        (
            "in the midst of a log",
            |w| {
                for minute in ["A", "B", "C", "D"] {
                    w.clock.advance(seconds(60));
                    w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name(minute)));
                }
                let (from, before) = ("2026-11-21T12:02:00.000Z", "2026-11-21T12:04:00.000Z");
                let query = all(w).period(custom(Some(from), Some(before)));
                let oldest = query.clone().order(Order::OldestFirst);
                format!("{} {}", find(w, query), find(w, oldest))
            },
            "[24 23] of 25 [23 24] of 25",
        ),
    ]);
}

#[test]
fn limits() {
    fn kinds(count: u32) -> impl Fn(FindRecords) -> FindRecords {
        move |find| (0..count).fold(find, |find, n| find.kind(name(&format!("none.{n}"))))
    }
    table(&[
        (
            "a page of none",
            |w| find(w, all(w).limit(0)),
            "page_size: a page of 0 was asked for, expected 1 to 1000",
        ),
        (
            "a page too large",
            |w| find(w, all(w).limit(1001)),
            "page_size: a page of 1001 was asked for, expected 1 to 1000",
        ),
        (
            "the largest page",
            |w| find(w, all(w).limit(1000).kind(name("account."))),
            "[6 5 2] of 21",
        ),
        (
            "many kinds",
            |w| find(w, kinds(FindRecords::KINDS_MAX)(all(w))),
            "[] of 21",
        ),
        (
            "too many kinds",
            |w| find(w, kinds(FindRecords::KINDS_MAX + 1)(all(w))),
            "limit: there would be 101 kinds in the question, expected at most 100",
        ),
    ]);
}

fn scanning(records: u32) -> Settings {
    let mut settings = settings();
    settings.limits.scan = NonZeroU32::new(records).unwrap();
    settings
}

/// A rare thing does not make one question read a whole log: the page says how far it came.
#[test]
fn so_many_records_are_looked_at_for_a_page() {
    table_with(
        scanning(4),
        &[
            (
                "nothing among them",
                |w| find(w, all(w).kind(name("organization."))),
                "[] … at 18 of 21",
            ),
            (
                "from the start",
                |w| {
                    let query = all(w).kind(name("organization."));
                    find(w, query.order(Order::OldestFirst))
                },
                "[1 4] … of 21",
            ),
            (
                "a full page is no longer than it",
                |w| find(w, all(w).limit(3)),
                "[21 20 19] … of 21",
            ),
            (
                "all of them are found",
                |w| find(w, all(w)),
                "[21 20 19 18] … of 21",
            ),
        ],
    );
    for scan in [1, 2, 3, 7, 20, 21, 22, 1000] {
        let w = World::with(scanning(scan));
        for order in [Order::NewestFirst, Order::OldestFirst] {
            let mut query = all(&w).kind(name("organization.")).order(order).limit(1);
            let (mut found, mut pages) = (Vec::new(), 0);
            loop {
                let page = w.registry.ask(&w.caller("vera"), &query).unwrap().value;
                found.extend(page.rows.iter().map(|it| it.record.version.get()));
                pages += 1;
                let Some(next) = page.next else { break };
                query = query.after(next);
            }
            found.sort_unstable();
            assert_eq!(found, [1, 4]);
            assert!(
                pages <= 2 + 21_u32.div_ceil(scan),
                "{pages} pages of {scan}"
            );
        }
    }
}

/// What is appended while somebody turns pages moves nothing.
#[test]
fn pages_stay_where_they_are() {
    let w = World::new();
    let vera = w.caller("vera");
    let versions = |query: &FindRecords| {
        let page = w
            .registry
            .ask_at(Freshness::Latest, &vera, query)
            .unwrap()
            .value;
        let versions = page.rows.iter().map(|it| it.record.version.get());
        (versions.collect::<Vec<_>>(), page.next)
    };
    let append = |text| {
        w.clock.advance(seconds(60));
        w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name(text)));
    };
    let (first, next) = versions(&all(&w).limit(5));
    assert_eq!(first, [21, 20, 19, 18, 17]);
    append("A");
    append("B");
    let (second, next) = versions(&all(&w).limit(5).after(next.unwrap()));
    assert_eq!(second, [16, 15, 14, 13, 12]);
    // A week later the first page would have nothing: the list keeps the time of its first page.
    w.clock.advance(DAY * 7);
    assert_eq!(versions(&all(&w).limit(5)).0, [23], "a new list");
    let (third, next) = versions(&all(&w).limit(5).after(next.unwrap()));
    assert_eq!(third, [11, 10, 9, 8, 7]);
    w.clock.advance(DAY);
    assert_eq!(versions(&all(&w).limit(5)).0, [0; 0]);
    assert_eq!(
        versions(&all(&w).limit(5).after(next.unwrap())).0,
        [6, 5, 4, 3, 2]
    );

    // From old to new, what is appended is at the end.
    let old = all(&w)
        .period(Period::ALL)
        .order(Order::OldestFirst)
        .limit(20);
    let (first, next) = versions(&old);
    assert_eq!(first.last(), Some(&20));
    append("C");
    let (rest, next) = versions(&old.after(next.unwrap()));
    assert_eq!((rest, next), (vec![21, 22, 23, 24], None));
}

#[test]
fn a_cursor_is_good_for_its_list_alone() {
    fn next(w: &World, query: FindRecords) -> FindRecords {
        let page = w.registry.ask(&w.caller("vera"), &query.limit(2)).unwrap();
        all(w).after(page.value.next.unwrap())
    }
    table(&[
        (
            "the same",
            |w| find(w, next(w, all(w)).limit(3)),
            "[19 18 17] … of 21",
        ),
        (
            "another caller",
            |w| w.ask(&w.caller("vic"), &next(w, all(w))),
            CURSOR,
        ),
        (
            "another order",
            |w| find(w, next(w, all(w)).order(Order::OldestFirst)),
            CURSOR,
        ),
        (
            "another period",
            |w| find(w, next(w, all(w)).period(Period::Year)),
            CURSOR,
        ),
        (
            "another filter",
            |w| find(w, next(w, all(w)).kind(name("user."))),
            CURSOR,
        ),
        (
            "without the filter",
            |w| find(w, next(w, all(w).kind(name("user.")))),
            CURSOR,
        ),
        (
            "an account's",
            |w| find(w, next(w, all(w)).of_account(w.lab)),
            CURSOR,
        ),
        (
            "another list",
            |w| {
                let cursor = next(w, all(w)).paging.after.unwrap();
                w.ask(&w.caller("vera"), &ListUsers::new(w.spot).after(cursor))
            },
            CURSOR,
        ),
        (
            "of another list",
            |w| {
                let list = ListUsers::new(w.spot).limit(1);
                let page = w.registry.ask(&w.caller("vera"), &list).unwrap().value;
                find(w, all(w).after(page.next.unwrap()))
            },
            CURSOR,
        ),
        (
            "one that was changed",
            |w| {
                let cursor = next(w, all(w)).paging.after.unwrap();
                let text = serde_json::to_string(&cursor).unwrap().replace('1', "2");
                find(w, all(w).after(serde_json::from_str(&text).unwrap()))
            },
            CURSOR,
        ),
    ]);
}

#[test]
fn who_may_look() {
    fn lab(w: &World, caller: &Caller) -> String {
        w.ask(caller, &all(w).of_account(w.lab))
    }
    fn of(w: &World, user: &str, query: FindRecords) -> String {
        w.ask(&w.caller(user), &query.limit(2))
    }
    table(&[
        ("an owner", |w| of(w, "olga", all(w)), "[21 20] … of 21"),
        ("an admin", |w| of(w, "adam", all(w)), "[21 20] … of 21"),
        ("a viewer", |w| of(w, "vera", all(w)), "[21 20] … of 21"),
        (
            "the host",
            |w| w.ask(&host(), &all(w).limit(2)),
            "[21 20] … of 21",
        ),
        (
            "billing",
            |w| of(w, "bill", all(w)),
            "not granted: asks for viewer",
        ),
        (
            "a member",
            |w| of(w, "mia", all(w)),
            "not granted: asks for viewer",
        ),
        (
            "a viewer of an account, of the whole",
            |w| of(w, "rita", all(w)),
            "not granted: asks for viewer",
        ),
        (
            "a viewer of the account",
            |w| lab(w, &w.caller("rita")),
            "[21 19 17 5] of 21",
        ),
        (
            "an editor of the account",
            |w| lab(w, &w.caller("edda")),
            "[21 19 17 5] of 21",
        ),
        (
            "a viewer of another account",
            |w| of(w, "rita", all(w).of_account(w.vault)),
            "not_found: `{vault}` is not found",
        ),
        (
            "a member, of the account",
            |w| lab(w, &w.caller("mia")),
            "not_found: `{lab}` is not found",
        ),
        (
            "a stranger",
            |w| of(w, "eve", all(w)),
            "not_found: `{spot}` is not found",
        ),
        (
            "a stranger, of the account",
            |w| lab(w, &w.caller("eve")),
            "not_found: `{spot}` is not found",
        ),
        (
            "a person",
            |w| lab(w, &person("ada")),
            "not_found: `{spot}` is not found",
        ),
        (
            "an account of another organization",
            |w| of(w, "ada", all(w).of_account(w.rival.account)),
            "not_found: `{den}` is not found",
        ),
        (
            "one who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("rita")));
                lab(w, &w.caller("rita"))
            },
            "not_found: `{lab}` is not found",
        ),
        (
            "a token that is confined to the account",
            |w| {
                let token = personal().accounts([w.lab]);
                let (_, bearer) = w.bearer("adam", "t", token);
                format!("{}, {}", lab(w, &bearer), w.ask(&bearer, &all(w)))
            },
            "[21 19 17 5] of 22, denied: the token is confined to other accounts",
        ),
        (
            "a token that is confined to another account",
            |w| {
                let token = personal().accounts([w.vault]);
                lab(w, &w.bearer("adam", "t", token).1)
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "a token that may do this alone",
            |w| {
                let token = personal().actions([name("log:read")]);
                w.ask(&w.bearer("adam", "t", token).1, &all(w).limit(2))
            },
            "[22 21] … of 22",
        ),
        (
            "a token that may do something else alone",
            |w| {
                let token = personal().actions([name("user:read")]);
                w.ask(&w.bearer("adam", "t", token).1, &all(w))
            },
            "denied: the token is confined to other actions",
        ),
        (
            "what is hidden from a viewer stays so, whatever is asked for",
            |w| {
                let invite = InviteUser::new(w.spot, email("zoe"), OrganizationRole::Viewer);
                let invitation = w.done(&w.caller("ada"), &invite).id;
                let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("court order"));
                w.done(&host(), &hold);
                let queries = [
                    all(w).on(invitation),
                    all(w).on_type(name("invitation")),
                    all(w).kind(name("organization.hold_placed")),
                ];
                let told = queries.map(|it| [find(w, it.clone()), of(w, "ada", it)].join(" "));
                told.join(", ")
            },
            "[] of 23 [22] of 23, [] of 23 [22] of 23, [] of 23 [23] of 23",
        ),
    ]);
}

fn rows(w: &World, caller: &Caller, query: &FindRecords) -> Vec<Row> {
    let answer = w.registry.ask_at(Freshness::Latest, caller, query);
    answer.unwrap().value.rows.iter().map(Found::row).collect()
}

#[track_caller]
fn row(w: &World, caller: &Caller, version: u64) -> Row {
    let period = FindRecords::new(w.spot).period(Period::ALL);
    let answer = w.registry.ask_at(Freshness::Latest, caller, &period);
    let rows = answer.unwrap().value.rows;
    let found = rows
        .iter()
        .find(|it| it.record.version == Version::new(version));
    found.expect("a record that is seen").row()
}

#[test]
fn a_row_has_the_six_columns() {
    let w = World::new();
    let row = row(&w, &w.caller("vera"), 17);
    let json = serde_json::to_value(&row).unwrap();
    let columns: Vec<_> = json
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let six = [
        "event_type",
        "payload",
        "resource_id",
        "resource_type",
        "time",
        "user_name",
    ];
    assert_eq!(columns, six);
    assert_eq!(row.time, time("2026-11-21T12:00:00.000Z"));
    assert_eq!(row.event_type, "user attached");
    assert_eq!(row.resource_type.as_deref(), Some("user"));
    assert_eq!(row.resource_id, Some(w.user("edda").to_string()));
    assert_eq!(row.user_name, "Ada");
    let payload = w.named(&row.payload);
    let expected =
        "{\n  \"user\": \"{edda}\",\n  \"account\": \"{lab}\",\n  \"role\": \"editor\"\n}";
    assert_eq!(payload, expected);
    let shown = format!("{row:?}");
    assert!(
        !shown.contains("Ada") && !shown.contains("editor"),
        "{shown}"
    );
}

#[test]
fn a_row_names_whoever_the_reader_may_know() {
    fn by(w: &World, reader: &Caller, version: u64) -> String {
        w.named(&row(w, reader, version).user_name)
    }
    fn in_lab(w: &World, reader: &str) -> String {
        let lab = FindRecords::new(w.spot).of_account(w.lab);
        w.named(&rows(w, &w.caller(reader), &lab)[0].user_name)
    }
    table(&[
        ("a user", |w| by(w, &w.caller("vera"), 5), "Ada"),
        (
            "the name that it has now",
            |w| {
                let ada = w.caller("ada");
                w.done(
                    &ada,
                    &RenameUser::new(w.spot, w.user("ada"), name("Lovelace")),
                );
                by(w, &w.caller("vera"), 5)
            },
            "Lovelace",
        ),
        (
            "one who was removed",
            |w| {
                w.done(&w.caller("adam"), &CreateAccount::new(w.spot, name("New")));
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("adam")));
                by(w, &w.caller("vera"), 22)
            },
            "{adam}",
        ),
        (
            "not for a viewer of the account",
            |w| in_lab(w, "rita"),
            "{ada}",
        ),
        ("but for an admin, there too", |w| in_lab(w, "adam"), "Ada"),
        (
            "oneself",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal());
                w.done(&bearer, &RenameAccount::new(w.spot, w.lab, name("Labs")));
                in_lab(w, "adam")
            },
            "adam",
        ),
        (
            "not for a token that is confined to the account, whoever owns it",
            |w| {
                let token = personal().accounts([w.lab]);
                let (_, bearer) = w.bearer("adam", "t", token);
                let lab = FindRecords::new(w.spot).of_account(w.lab);
                w.named(&rows(w, &bearer, &lab)[0].user_name)
            },
            "{ada}",
        ),
        (
            "but for one that may read the log alone, as for its owner",
            |w| {
                let token = personal().actions([name("log:read")]);
                by(w, &w.bearer("adam", "t", token).1, 5)
            },
            "Ada",
        ),
        (
            "somebody who was nobody's user, for an admin",
            |w| by(w, &w.caller("adam"), 1),
            "ada@example.com",
        ),
        (
            "and for a viewer",
            |w| by(w, &w.caller("vera"), 1),
            "withheld",
        ),
        (
            "the host",
            |w| {
                w.done(&host(), &CreateAccount::new(w.spot, name("New")));
                by(w, &w.caller("vera"), 22)
            },
            "host: test",
        ),
    ]);
}

/// What was erased is marked, and told from what is there for others (law G4).
#[test]
fn a_row_marks_what_was_erased() {
    use tenancy::blocking::Erase as _;

    let w = World::new();
    let (vera, adam) = (w.caller("vera"), w.caller("adam"));
    let payload = |reader: &Caller| -> serde_json::Value {
        serde_json::from_str(&row(&w, reader, 3).payload).unwrap()
    };
    let kept = payload(&vera);
    assert_eq!(
        (&kept["name"], &kept["email"]),
        (&"Ada".into(), &"ada@example.com".into())
    );
    let version = w.state(w.spot).head().version;
    let mut erasure = Erasure::new(w.spot, version);
    let part = |version, field: &'static str| {
        ErasedPart::new(Log::Administration, Version::new(version), field.into())
    };
    erasure.parts = vec![part(3, "email"), part(1, "caller")];
    w.registry.store().erase(&erasure).unwrap();
    for reader in [&vera, &adam] {
        let marked = payload(reader);
        assert_eq!(marked["name"], "Ada");
        assert_eq!(marked["email"], serde_json::json!({ "erased": true }));
        assert_eq!(row(&w, reader, 1).user_name, "erased");
    }
    assert_eq!(
        row(&w, &vera, 2).user_name,
        "withheld",
        "the text of another record"
    );
    assert_eq!(row(&w, &adam, 2).user_name, "ada@example.com");
}

#[test]
fn what_is_withheld_is_named() {
    let w = World::new();
    let origin = Origin::new(name("api")).address(name("192.0.2.7"));
    let create = CreateAccount::new(w.spot, name("New"));
    w.done(&w.caller("ada"), Request::new(&create).from(origin));
    let found = |user: &str| {
        let query = all(&w).on_type(name("account")).limit(1);
        let page = w
            .registry
            .ask_at(Freshness::Latest, &w.caller(user), &query);
        page.unwrap().value.rows.remove(0)
    };
    let hidden = found("vera");
    assert_eq!(hidden.withheld, ["source.address"]);
    assert_eq!(hidden.record.personal, []);
    let open = found("ada");
    assert_eq!((open.withheld.len(), open.record.personal.len()), (0, 1));
    assert!(!format!("{hidden:?} {open:?}").contains("Ada"));
}
