//! Lists with filters, a person's organizations, and what a console lets its users carry away.

use alloc::collections::BTreeSet;
use core::time::Duration;

use tenancy::command::{
    AttachUser, ChangeEmail, CloseAccount, CloseOrganization, CreateAccount,
    CreateProgrammaticUser, CreateUser, DescribeUser, DetachUser, LeaveOrganization, LiftHold,
    PlaceHold, ProveEmail, PurgeOrganization, RemoveUser, RenameAccount, RenameOrganization,
    RenameUser, RestoreAccount, SetTokenLife, SignUp, SuspendOrganization, SuspendUser,
};
use tenancy::email::Email;
use tenancy::id::{AccountId, UserId};
use tenancy::organization::account::AccountStatus;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::token::TokenKind;
use tenancy::organization::user::{User, UserKind, UserStatus};
use tenancy::query::{
    ExportUsers, GetOrganization, ListAccounts, ListUsers, Membership, OrganizationSummary,
    OrganizationsOf, SwitchOrganization,
};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::{Caller, Freshness};

use crate::world::{
    Show as _, World, email, ghost, host, name, person, personal, seconds, table, time,
};

const DAY: Duration = seconds(24 * 60 * 60);
const CURSOR: &str = "cursor: the cursor is not one of this list, organization and caller";

/// Asks as a viewer, who sees all users.
fn users(w: &World, query: ListUsers) -> String {
    w.ask(&w.caller("vera"), &query)
}

fn all(w: &World) -> ListUsers {
    ListUsers::new(w.spot)
}

fn search(w: &World, text: &str) -> String {
    users(w, all(w).search(name(text)))
}

fn remove(w: &World, user: &str) {
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user(user)));
}

fn suspend(w: &World, user: &str) {
    w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user(user)));
}

#[test]
fn list_users_by_kind_role_and_status() {
    const PEOPLE: &str = "[{ada}, {olga}, {adam}, {anna}, {vera}, {vic}, {bill}, {ben}, {mia}, \
                          {max}, {edda}, {rita}]";
    table(&[
        (
            "people",
            |w| users(w, all(w).kind(UserKind::Person)),
            PEOPLE,
        ),
        (
            "programs",
            |w| users(w, all(w).kind(UserKind::Programmatic)),
            "[{robo}]",
        ),
        (
            "owners",
            |w| users(w, all(w).role(OrganizationRole::Owner)),
            "[{ada}, {olga}]",
        ),
        (
            "admins",
            |w| users(w, all(w).role(OrganizationRole::Admin)),
            "[{adam}, {anna}]",
        ),
        (
            "viewers, which are none of those above them",
            |w| users(w, all(w).role(OrganizationRole::Viewer)),
            "[{vera}, {vic}]",
        ),
        (
            "members, programs among them",
            |w| users(w, all(w).role(OrganizationRole::Member)),
            "[{mia}, {max}, {edda}, {rita}, {robo}]",
        ),
        (
            "members who are people",
            |w| {
                let query = all(w).role(OrganizationRole::Member);
                users(w, query.kind(UserKind::Person))
            },
            "[{mia}, {max}, {edda}, {rita}]",
        ),
        (
            "of an account and a role",
            |w| {
                let query = all(w).of_account(w.lab).kind(UserKind::Programmatic);
                users(w, query)
            },
            "[{robo}]",
        ),
        (
            "owners that are programs",
            |w| {
                let query = all(w).role(OrganizationRole::Owner);
                users(w, query.kind(UserKind::Programmatic))
            },
            "[]",
        ),
        (
            "whoever was removed is on no list",
            |w| {
                remove(w, "mia");
                users(w, all(w).role(OrganizationRole::Member))
            },
            "[{max}, {edda}, {rita}, {robo}]",
        ),
        (
            "unless those are asked for",
            |w| {
                remove(w, "mia");
                w.done(&w.caller("max"), &LeaveOrganization::new(w.spot));
                users(w, all(w).status(UserStatus::Removed))
            },
            "[{mia}, {max}]",
        ),
        (
            "removed, of another role",
            |w| {
                remove(w, "mia");
                let query = all(w).status(UserStatus::Removed);
                users(w, query.role(OrganizationRole::Admin))
            },
            "[]",
        ),
        (
            "removed, of the account that they were attached to",
            |w| {
                remove(w, "edda");
                users(w, all(w).status(UserStatus::Removed).of_account(w.lab))
            },
            "[]",
        ),
        (
            "whoever is suspended is on the list",
            |w| {
                suspend(w, "adam");
                users(w, all(w).role(OrganizationRole::Admin))
            },
            "[{adam}, {anna}]",
        ),
        (
            "suspended",
            |w| {
                suspend(w, "adam");
                suspend(w, "mia");
                users(w, all(w).status(UserStatus::Suspended))
            },
            "[{adam}, {mia}]",
        ),
        (
            "active",
            |w| {
                suspend(w, "adam");
                let query = all(w).status(UserStatus::Active);
                users(w, query.role(OrganizationRole::Admin))
            },
            "[{anna}]",
        ),
        (
            "of an account that never was",
            |w| users(w, all(w).of_account(ghost()).status(UserStatus::Removed)),
            "not_found: `{ghost}` is not found",
        ),
        (
            "by whoever may not read users",
            |w| w.ask(&w.caller("mia"), &all(w).search(name("mia"))),
            "not granted: asks for viewer",
        ),
        (
            "of another organization",
            |w| w.ask(&w.caller("eve"), &all(w).search(name("mia"))),
            "not_found: `{spot}` is not found",
        ),
    ]);
}

/// Names and addresses are searched by the form by which names are compared.
#[test]
fn list_users_by_name_and_address() {
    /// A user of this name and address.
    fn user(w: &World, text: &str, address: &str) {
        let command = CreateUser::new(w.spot, name(text), name(address), OrganizationRole::Member);
        let made = w.done(&w.caller("ada"), &command).user;
        assert!(w.state(w.spot).user(made).is_some());
    }
    /// The names of those that are found.
    fn names(w: &World, text: &str) -> String {
        let query = all(w).search(name(text));
        let page = w
            .registry
            .ask_at(Freshness::Latest, &w.caller("vera"), &query);
        let rows = page.unwrap().value.rows;
        let names: Vec<_> = rows.iter().map(|it| it.name().unwrap().as_str()).collect();
        names.join(", ")
    }
    table(&[
        ("a name", |w| search(w, "mia"), "[{mia}]"),
        (
            "a part of names",
            |w| search(w, "da"),
            "[{ada}, {adam}, {edda}]",
        ),
        ("a name in other case", |w| search(w, "MIA"), "[{mia}]"),
        ("a program's name", |w| search(w, "rob"), "[{robo}]"),
        ("an address", |w| search(w, "mia@example.com"), "[{mia}]"),
        (
            "an address in other case",
            |w| search(w, "Mia@EXAMPLE"),
            "[{mia}]",
        ),
        (
            "a part of addresses",
            |w| search(w, "a@ex"),
            "[{ada}, {olga}, {anna}, {vera}, {mia}, {edda}, {rita}]",
        ),
        (
            "a name in letters that look like it",
            |w| search(w, "mіа"),
            "[{mia}]",
        ),
        (
            "an address in wide letters",
            |w| search(w, "ｍｉａ＠ｅｘ"),
            "[{mia}]",
        ),
        ("nobody", |w| search(w, "zoe"), "[]"),
        (
            "a name that its address does not have",
            |w| {
                user(w, "Zoë  Quux", "z@other.org");
                format!("{}, {}", names(w, "ZOË quux"), names(w, "zoe quux"))
            },
            "Zoë  Quux, ",
        ),
        (
            "an address that its name does not have",
            |w| {
                user(w, "Zoë Quux", "Z.Q@Other.org");
                names(w, "z.q@other.org")
            },
            "Zoë Quux",
        ),
        (
            "what is half in a name and half in an address is in neither",
            |w| {
                user(w, "Zoe", "quux@other.org");
                names(w, "zoe quux")
            },
            "",
        ),
        (
            "signs that mean something elsewhere mean themselves",
            |w| {
                user(w, "100% .* _", "x@other.org");
                format!("{} {} {}", names(w, "%"), names(w, ".*"), names(w, "m_a"))
            },
            "100% .* _ 100% .* _ ",
        ),
        (
            "after another name, by that",
            |w| {
                let command = RenameUser::new(w.spot, w.user("mia"), name("Zoe"));
                w.done(&w.caller("mia"), &command);
                search(w, "zoe")
            },
            "[{mia}]",
        ),
        (
            "an address that is asked for and not proven finds nobody",
            |w| {
                let command = ChangeEmail::new(w.spot, w.user("mia"), email("zoe"));
                w.done(&w.caller("mia"), &command);
                search(w, "zoe@")
            },
            "[]",
        ),
        (
            "once it is proven, it does",
            |w| {
                let command = ChangeEmail::new(w.spot, w.user("mia"), email("zoe"));
                w.done(&w.caller("mia"), &command);
                let mia = w.caller("mia").with_proven(email("zoe"));
                w.done(&mia, &ProveEmail::new(w.spot));
                format!("{} {}", search(w, "zoe@"), search(w, "mia@"))
            },
            "[{mia}] []",
        ),
        (
            "whoever was removed is not found",
            |w| {
                remove(w, "mia");
                search(w, "mia")
            },
            "[]",
        ),
        (
            "unless those are asked for: the past tells of them",
            |w| {
                remove(w, "mia");
                users(w, all(w).search(name("mia")).status(UserStatus::Removed))
            },
            "[{mia}]",
        ),
        (
            "within a role",
            |w| {
                let query = all(w).search(name("da")).role(OrganizationRole::Admin);
                users(w, query)
            },
            "[{adam}]",
        ),
        (
            "nobody by what they are for",
            |w| {
                let command = DescribeUser::new(w.spot, w.user("robo"));
                w.done(
                    &w.caller("ada"),
                    &command.description(name("nightly builds")),
                );
                search(w, "nightly")
            },
            "[]",
        ),
    ]);
}

#[test]
fn pages_of_users_keep_to_their_filter() {
    let w = World::new();
    let vera = w.caller("vera");
    let ask = |query: &ListUsers| w.registry.ask_at(Freshness::Latest, &vera, query);
    let filters = [
        all(&w),
        all(&w).kind(UserKind::Person),
        all(&w).role(OrganizationRole::Member),
        all(&w).search(name("a")),
        all(&w).status(UserStatus::Active),
        all(&w).of_account(w.lab),
    ];
    for (at, filter) in filters.iter().enumerate() {
        let whole = ask(filter).unwrap().value;
        for size in 1..=6 {
            let (mut query, mut seen) = (filter.clone().limit(size), Vec::new());
            loop {
                let page = ask(&query).unwrap().value;
                assert!(!page.rows.is_empty(), "no page is empty");
                seen.extend(page.rows);
                let Some(next) = page.next else { break };
                query = query.after(next);
            }
            assert_eq!(seen, whole.rows, "pages of {size}");
        }
        let next = ask(&filter.clone().limit(1)).unwrap().value.next.unwrap();
        for (other, to) in filters.iter().enumerate() {
            let told = users(&w, to.clone().after(next));
            assert_eq!(told == CURSOR, at != other);
        }
    }
    // Whoever walks the list of the suspended and reactivates them comes to its end.
    suspend(&w, "mia");
    suspend(&w, "max");
    let query = all(&w).status(UserStatus::Suspended).limit(1);
    let page = ask(&query).unwrap().value;
    assert_eq!(w.named(&page.show()), "[{mia}] …");
    remove(&w, "mia");
    let told = users(&w, query.after(page.next.unwrap()));
    assert_eq!(told, "[{max}]");
}

#[test]
fn list_accounts_by_name_and_status() {
    fn accounts(w: &World, query: &ListAccounts) -> String {
        w.ask(&w.caller("ada"), query)
    }
    fn by_name(w: &World, text: &str) -> String {
        accounts(w, &ListAccounts::new(w.spot).search(name(text)))
    }
    fn by_status(w: &World) -> String {
        let each = AccountStatus::ALL;
        let each = each.map(|it| accounts(w, &ListAccounts::new(w.spot).status(it)));
        each.join(" ")
    }
    fn close(w: &World, account: AccountId) {
        w.done(&w.caller("ada"), &CloseAccount::new(w.spot, account));
    }
    table(&[
        ("a name", |w| by_name(w, "Lab"), "[{lab}]"),
        ("in other case", |w| by_name(w, "LAB"), "[{lab}]"),
        ("a part of names", |w| by_name(w, "a"), "[{lab}, {vault}]"),
        (
            "in letters that look like it",
            |w| by_name(w, "vаult"),
            "[{vault}]",
        ),
        ("none", |w| by_name(w, "x"), "[]"),
        (
            "after another name, by that",
            |w| {
                let command = RenameAccount::new(w.spot, w.lab, name("Workshop"));
                w.done(&w.caller("ada"), &command);
                format!("{} {}", by_name(w, "lab"), by_name(w, "shop"))
            },
            "[] [{lab}]",
        ),
        (
            "with what may not be read left out",
            |w| {
                let query = ListAccounts::new(w.spot).search(name("a"));
                w.ask(&w.caller("edda"), &query)
            },
            "[{lab}]",
        ),
        (
            "what may not be read, by its name",
            |w| {
                let query = ListAccounts::new(w.spot).search(name("vault"));
                w.ask(&w.caller("edda"), &query)
            },
            "[]",
        ),
        ("all open", by_status, "[{main}, {lab}, {vault}] [] []"),
        (
            "one that is closing",
            |w| {
                close(w, w.lab);
                by_status(w)
            },
            "[{main}, {vault}] [{lab}] []",
        ),
        (
            "a moment before it is closed",
            |w| {
                close(w, w.lab);
                w.clock.set(time("2026-12-21T11:59:59.999Z"));
                by_status(w)
            },
            "[{main}, {vault}] [{lab}] []",
        ),
        (
            "once it is closed",
            |w| {
                close(w, w.lab);
                w.clock.set(time("2026-12-21T12:00:00.000Z"));
                by_status(w)
            },
            "[{main}, {vault}] [] [{lab}]",
        ),
        (
            "once it is closed, and the clock goes back behind a record",
            |w| {
                close(w, w.lab);
                w.clock.set(time("2026-12-21T12:00:00.000Z"));
                w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name("New")));
                w.clock.set(time("2026-12-01T12:00:00.000Z"));
                accounts(w, &ListAccounts::new(w.spot).status(AccountStatus::Closed))
            },
            "[{lab}]",
        ),
        (
            "one that was restored",
            |w| {
                close(w, w.lab);
                w.done(&w.caller("ada"), &RestoreAccount::new(w.spot, w.lab));
                by_status(w)
            },
            "[{main}, {lab}, {vault}] [] []",
        ),
        (
            "all, of whatever status",
            |w| {
                close(w, w.lab);
                w.clock.advance(DAY * 30);
                accounts(w, &ListAccounts::new(w.spot))
            },
            "[{main}, {lab}, {vault}]",
        ),
        (
            "a name and a status",
            |w| {
                close(w, w.lab);
                let query = ListAccounts::new(w.spot).search(name("a"));
                accounts(w, &query.status(AccountStatus::Open))
            },
            "[{vault}]",
        ),
        (
            "a cursor of another filter",
            |w| {
                let query = ListAccounts::new(w.spot);
                let page = w.registry.ask(&w.caller("ada"), &query.clone().limit(1));
                let next = page.unwrap().value.next.unwrap();
                accounts(w, &query.status(AccountStatus::Open).after(next))
            },
            CURSOR,
        ),
        (
            "a cursor behind an account that was closed since",
            |w| {
                let query = ListAccounts::new(w.spot).status(AccountStatus::Open);
                let ada = w.caller("ada");
                let page = w.registry.ask(&ada, &query.clone().limit(2)).unwrap().value;
                close(w, w.lab);
                accounts(w, &query.after(page.next.unwrap()))
            },
            "[{vault}]",
        ),
        (
            "a cursor behind an account that is out of sight since",
            |w| {
                let attach = |account| {
                    let role = AccountRole::Viewer;
                    let command = AttachUser::new(w.spot, w.user("edda"), account, role);
                    w.done(&w.caller("ada"), &command);
                };
                attach(w.vault);
                let query = ListAccounts::new(w.spot);
                let edda = w.caller("edda");
                let page = w
                    .registry
                    .ask(&edda, &query.clone().limit(1))
                    .unwrap()
                    .value;
                let command = DetachUser::new(w.spot, w.user("edda"), w.lab);
                w.done(&w.caller("ada"), &command);
                w.ask(&edda, &query.after(page.next.unwrap()))
            },
            CURSOR,
        ),
    ]);
}

/// Returns the pages of a person's organizations, by their names.
fn places(w: &World, caller: &Caller, query: &OrganizationsOf) -> Vec<Vec<Membership>> {
    let (mut query, mut pages) = (query.clone(), Vec::new());
    loop {
        let page = w
            .registry
            .ask_at(Freshness::Latest, caller, &query)
            .unwrap()
            .value;
        pages.push(page.rows);
        let Some(next) = page.next else { return pages };
        query = query.after(next);
    }
}

/// Pages of what is searched among many organizations lose no row, give none twice, are full but for
/// the last, and end where there is no more: whatever lies between what is found.
#[test]
fn organizations_of_search() {
    let w = World::new();
    let zoe = person("zoe");
    let sign_up = |text: &str| {
        let command = SignUp::new(name(text), name("Zoe"));
        w.registry.run(&zoe, &command).unwrap().organization
    };
    // Found and not found in turns of different lengths, with many of either at the ends.
    let mut found = BTreeSet::new();
    for at in 0..40 {
        let fits = matches!(at, 3 | 4 | 9 | 10 | 11 | 12 | 20 | 27 | 28);
        let text = if fits {
            format!("Alpha {at}")
        } else {
            format!("Beta {at}")
        };
        let id = sign_up(&text);
        if fits {
            found.insert(id);
        }
    }
    for (text, many) in [
        ("alpha", 9),
        ("beta", 31),
        ("a", 40),
        ("alpha 1", 3),
        ("zeta", 0),
    ] {
        for size in 1..=12 {
            let query = OrganizationsOf::caller().search(name(text)).limit(size);
            let pages = places(&w, &zoe, &query);
            let ids: Vec<_> = pages
                .iter()
                .flatten()
                .map(|it| it.organization.id)
                .collect();
            let mut sorted = ids.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(
                ids, sorted,
                "`{text}`, pages of {size}: in order, once each"
            );
            assert_eq!(ids.len(), many, "`{text}`, pages of {size}");
            if text == "alpha" {
                assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), found);
            }
            let (last, full) = pages.split_last().unwrap();
            let size = usize::try_from(size).unwrap();
            assert!(full.iter().all(|page| page.len() == size));
            assert!(
                !last.is_empty() || many == 0,
                "`{text}`, pages of {size}: one is empty"
            );
        }
    }
    // A cursor is good for what was searched alone.
    let page = |query: &OrganizationsOf| w.registry.ask(&zoe, &query.clone().limit(1));
    let alpha = OrganizationsOf::caller().search(name("alpha"));
    let next = page(&alpha).unwrap().value.next.unwrap();
    for query in [
        OrganizationsOf::caller(),
        OrganizationsOf::caller().search(name("alpha 1")),
    ] {
        assert_eq!(w.ask(&zoe, &query.after(next)), CURSOR);
    }
    // A look-alike and another case are the same search in all but the cursor.
    for text in ["ALPHA", "аlphа"] {
        let query = OrganizationsOf::caller().search(name(text)).limit(4);
        assert_eq!(places(&w, &zoe, &query).concat().len(), 9, "{text}");
    }
}

/// A person is told of organizations where it is a user now, and found by the names that they have.
#[test]
fn organizations_of_a_person_change() {
    fn found(w: &World, text: &str) -> String {
        let query = OrganizationsOf::caller().search(name(text));
        w.ask(&person("ada"), &query)
    }
    table(&[
        (
            "by its name",
            |w| found(w, "SPOT"),
            "[{spot} active {main} owner]",
        ),
        ("by another's name", |w| found(w, "rival"), "[]"),
        (
            "by a new name and not by the old one",
            |w| {
                let command = RenameOrganization::new(w.spot, name("Blot"));
                w.done(&w.caller("ada"), &command);
                format!("{} {}", found(w, "spot"), found(w, "blot"))
            },
            "[] [{spot} active {main} owner]",
        ),
        (
            "by its division",
            |w| {
                let usa = tenancy::name::OrganizationName::new(name("Blot"));
                let command = RenameOrganization::new(w.spot, usa.with_division(name("USA")));
                w.done(&w.caller("ada"), &command);
                found(w, "blot-u")
            },
            "[{spot} active {main} owner]",
        ),
        (
            "not where the person was removed",
            |w| {
                remove(w, "mia");
                w.ask(&person("mia"), &OrganizationsOf::caller())
            },
            "[]",
        ),
        (
            "where the person is suspended, without what it may not see",
            |w| {
                suspend(w, "vera");
                w.ask(&person("vera"), &OrganizationsOf::caller())
            },
            "[{spot} active - viewer]",
        ),
        (
            "one that is closing",
            |w| {
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                found(w, "spot")
            },
            "[{spot} closing {main} owner]",
        ),
        (
            "not one that was purged",
            |w| {
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                w.clock.advance(DAY * 30);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                w.ask(&person("ada"), &OrganizationsOf::caller())
            },
            "[]",
        ),
        (
            "under an address that was changed",
            |w| {
                let command = ChangeEmail::new(w.spot, w.user("ada"), email("ada.b"));
                w.done(&w.caller("ada"), &command);
                let ada = w.caller("ada").with_proven(email("ada.b"));
                w.done(&ada, &ProveEmail::new(w.spot));
                let of = |who| w.ask(&person(who), &OrganizationsOf::caller());
                format!("{} {}", of("ada"), of("ada.b"))
            },
            "[] [{spot} active {main} owner]",
        ),
    ]);
}

/// A person goes on in another of its organizations, as an active user of it.
#[test]
fn switch_organization() {
    fn to(w: &World, caller: &Caller) -> String {
        let query = SwitchOrganization::new(w.spot);
        match w.registry.ask_at(Freshness::Latest, caller, &query) {
            Ok(answer) => {
                let it = answer.value;
                w.named(&format!("{} as {} {}", it.show(), it.user, it.status))
            }
            Err(error) => w.told(&error),
        }
    }
    const MIA: &str = "{spot} active - member as {mia} active";
    const NONE: &str = "not_found: `{spot}` is not found";
    const PROOF: &str = "proof_required: the caller has proven no address";
    table(&[
        ("a person who is a user", |w| to(w, &person("mia")), MIA),
        (
            "in other case",
            |w| to(w, &Caller::person(name("MIA@Example.COM"))),
            MIA,
        ),
        (
            "an owner",
            |w| to(w, &person("ada")),
            "{spot} active {main} owner as {ada} active",
        ),
        (
            "a user of another organization, of the same person",
            |w| {
                let role = OrganizationRole::Viewer;
                let id = w.rival.organization;
                let command = CreateUser::new(id, name("Mia"), email("mia"), role);
                let user = w.done(&w.caller("eve"), &command).user;
                to(w, &Caller::user(id, user).with_proven(email("mia")))
            },
            MIA,
        ),
        (
            "a user of another organization who has proven nothing",
            |w| to(w, &w.caller("eve")),
            PROOF,
        ),
        (
            "a user of another organization, of another person",
            |w| to(w, &w.caller("eve").with_proven(email("eve"))),
            NONE,
        ),
        ("a person who is no user", |w| to(w, &person("zoe")), NONE),
        (
            "to one that never was: the same",
            |w| w_to_ghost(w, &person("mia")),
            "not_found: `{ghost}` is not found",
        ),
        (
            "whoever is suspended",
            |w| {
                suspend(w, "mia");
                to(w, &person("mia"))
            },
            "denied: the user is suspended",
        ),
        (
            "whoever was removed: as if it had never been there",
            |w| {
                remove(w, "mia");
                to(w, &person("mia"))
            },
            NONE,
        ),
        (
            "whoever was removed and created anew",
            |w| {
                remove(w, "mia");
                let role = OrganizationRole::Viewer;
                let command = CreateUser::new(w.spot, name("Mia"), email("mia"), role);
                let user = w.done(&w.caller("ada"), &command).user;
                to(w, &person("mia")).replace(&user.to_string(), "{new}")
            },
            "{spot} active {main} viewer as {new} active",
        ),
        (
            "whoever is invited",
            |w| {
                let role = OrganizationRole::Viewer;
                let command = tenancy::command::InviteUser::new(w.spot, email("zoe"), role);
                w.done(&w.caller("ada"), &command);
                to(w, &person("zoe"))
            },
            NONE,
        ),
        (
            "to one that is suspended: it judges what may be done",
            |w| {
                let reason = SuspensionReason::Abuse;
                w.done(&host(), &SuspendOrganization::new(w.spot, reason));
                to(w, &person("mia"))
            },
            "{spot} suspended - member as {mia} active",
        ),
        (
            "to one that is closing",
            |w| {
                w.done(&host(), &CloseOrganization::new(w.spot));
                to(w, &person("ada"))
            },
            "{spot} closing {main} owner as {ada} active",
        ),
        (
            "to one that was purged",
            |w| {
                w.done(&host(), &CloseOrganization::new(w.spot));
                w.clock.advance(DAY * 30);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                to(w, &person("ada"))
            },
            NONE,
        ),
        (
            "the host, who is no person",
            |w| to(w, &host()),
            "proof_required: the caller has proven no address",
        ),
        (
            "a personal token of the person's other organization",
            |w| {
                let role = OrganizationRole::Viewer;
                let id = w.rival.organization;
                let command = CreateUser::new(w.spot, name("Eve"), email("eve"), role);
                let user = w.done(&w.caller("ada"), &command).user;
                let new = tenancy::command::IssueToken::new(id, w.user("eve"), personal());
                let minted = w.done(&w.caller("eve"), &new);
                let text = minted.secret.unwrap().expose().to_owned();
                let bearer = w.authenticate(&text).unwrap();
                to(w, &bearer).replace(&user.to_string(), "{new}")
            },
            PROOF,
        ),
        (
            "a token, to its own organization too",
            |w| to(w, &w.bearer("ada", "t", personal()).1),
            PROOF,
        ),
    ]);
    fn w_to_ghost(w: &World, caller: &Caller) -> String {
        let query = SwitchOrganization::new(ghost());
        let answer = w.registry.ask_at(Freshness::Latest, caller, &query);
        w.told(&answer.unwrap_err())
    }
}

/// Reads CSV as RFC 4180 writes it, and takes nothing else: lines end with CR LF, quotes stand
/// around a whole field and only where they have to, and every line has as many fields.
#[track_caller]
fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rest = text.chars().peekable();
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    while rest.peek().is_some() {
        let mut field = String::new();
        let quoted = rest.next_if_eq(&'"').is_some();
        if quoted {
            loop {
                match rest.next().expect("the quotes end") {
                    '"' if rest.next_if_eq(&'"').is_some() => field.push('"'),
                    '"' => break,
                    c => field.push(c),
                }
            }
        } else {
            while let Some(c) = rest.next_if(|c| !matches!(c, ',' | '\r' | '\n' | '"')) {
                field.push(c);
            }
        }
        let needs = field.contains([',', '"', '\r', '\n']);
        assert_eq!(quoted, needs, "quotes where they have to be: {field:?}");
        line.push(field);
        match rest.next() {
            Some(',') => {}
            Some('\r') => {
                assert_eq!(rest.next(), Some('\n'), "a line ends with CR LF");
                lines.push(core::mem::take(&mut line));
            }
            other => panic!("found {other:?} behind a field"),
        }
    }
    assert!(line.is_empty(), "the last line ends too");
    let fields: BTreeSet<_> = lines.iter().map(Vec::len).collect();
    assert!(fields.len() <= 1, "{fields:?} fields");
    lines
}

const HEADER: &str = "id,kind,name,email,email_proven,role,status,description,created_at,accounts";

/// Returns the pages of an export as texts.
fn export(w: &World, caller: &Caller, size: Option<u32>) -> Vec<String> {
    let mut query = ExportUsers::new(w.spot);
    if let Some(size) = size {
        query = query.limit(size);
    }
    let mut pages = Vec::new();
    loop {
        let page = w.registry.ask_at(Freshness::Latest, caller, &query);
        let page = page.unwrap().value;
        pages.push(page.text);
        let Some(next) = page.next else { return pages };
        query = query.after(next);
    }
}

/// Users whose texts would break a file, or make a spreadsheet run something.
fn difficult(w: &World) {
    let texts = [
        ("Smith, John", "john@other.org"),
        ("John \"Johnny\" Smith", "johnny@other.org"),
        ("\"", "quote@other.org"),
        ("a,\"b\",c", "abc@other.org"),
        ("=1+1", "=cmd@other.org"),
        ("+1", "+tag@other.org"),
        ("-1", "-dash@other.org"),
        ("@SUM(A1)", "at@other.org"),
        ("=HYPERLINK(\"http://x\",\"y\")", "link@other.org"),
        ("'=x", "'=x@other.org"),
        ("Zoë 🚀 日本", "zoe@other.org"),
        ("a;b", "semicolon@other.org"),
        ("1=1", "equal=sign@other.org"),
        ("＝1+1", "wide@other.org"),
        ("＠SUM(A1)", "wide.at@other.org"),
    ];
    for (at, (text, address)) in texts.into_iter().enumerate() {
        let role = OrganizationRole::ALL[1 + at % 4];
        let mut command = CreateUser::new(w.spot, name(text), name(address), role);
        if at % 3 == 0 {
            command = command
                .attach(w.vault, AccountRole::Editor)
                .attach(w.lab, AccountRole::Viewer);
        }
        w.done(&w.caller("ada"), &command);
        w.clock.advance(seconds(1));
    }
    for (at, text) in [
        "first line\nsecond line",
        "-- builds, \"nightly\"",
        "=1+1\n=2+2",
    ]
    .into_iter()
    .enumerate()
    {
        let role = OrganizationRole::Member;
        let command = CreateProgrammaticUser::new(w.spot, name(&format!("bot {at}")), role);
        w.done(&w.caller("ada"), &command.description(name(text)));
    }
    suspend(w, "mia");
}

/// What a line has to say of a user.
fn expected(user: &User) -> [String; 10] {
    let harmless = |text: &str| match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text.into(),
    };
    let attachments = user.attachments().iter();
    let accounts: Vec<_> = attachments
        .map(|it| format!("{}={}", it.account, it.role))
        .collect();
    let kind = match user.kind() == UserKind::Person {
        true => "personal",
        false => "programmatic",
    };
    [
        user.id().to_string(),
        kind.into(),
        harmless(user.name().unwrap().as_str()),
        harmless(user.email().map_or("", Email::as_str)),
        user.proven_email().is_some().to_string(),
        user.role().as_str().into(),
        match user.status() == UserStatus::Suspended {
            true => "suspended",
            false => "active",
        }
        .into(),
        harmless(user.description().map_or("", |text| text.as_str())),
        user.created_at().to_string(),
        accounts.join(" "),
    ]
}

/// The file says of every user what the state says, whatever is in the texts.
#[test]
fn an_export_is_read_back() {
    let w = World::new();
    difficult(&w);
    remove(&w, "max");
    let pages = export(&w, &w.caller("adam"), None);
    let [text] = &pages[..] else {
        panic!("{} pages", pages.len())
    };
    let lines = parse(text);
    assert_eq!(lines[0].join(","), HEADER);
    let state = w.state(w.spot);
    let users = state
        .users()
        .filter(|it| it.status() != UserStatus::Removed);
    let users: Vec<_> = users.map(|user| Vec::from(expected(user))).collect();
    assert_eq!(lines[1..], users[..]);
    assert_eq!(users.len(), 12 + 15 + 3);
    // Nothing that a spreadsheet would run.
    for field in lines.iter().flatten() {
        assert!(
            !field.starts_with(['=', '+', '-', '@', '＝', '＠']),
            "{field:?}"
        );
    }
    let removed = w.user("max").to_string();
    assert!(!text.contains(&removed) && !text.contains("max@"));
    // Ids are those of the attachments, in order.
    let accounts = lines.iter().find(|line| line[2] == "Smith, John").unwrap();
    let mut both = [(w.lab, "viewer"), (w.vault, "editor")];
    both.sort_unstable();
    let both = both.map(|(id, role)| format!("{id}={role}"));
    assert_eq!(accounts[9], both.join(" "));
}

/// Pages one behind the other are one file, with one header.
#[test]
fn pages_of_an_export_are_one_file() {
    let w = World::new();
    difficult(&w);
    for user in ["ada", "mia", "robo"] {
        // Removed at the start, in the middle and among the programs.
        if user != "ada" {
            remove(&w, user);
        }
    }
    let adam = w.caller("adam");
    let whole = export(&w, &adam, None).concat();
    for size in 1..=9 {
        let pages = export(&w, &adam, Some(size));
        assert_eq!(pages.concat(), whole, "pages of {size}");
        let size = usize::try_from(size).unwrap();
        for (at, page) in pages.iter().enumerate() {
            let lines = parse(page);
            let header = usize::from(at == 0);
            assert_eq!(
                lines[0][0] == "id",
                at == 0,
                "the header is on the first alone"
            );
            assert!(lines.len() <= size + header && lines.len() > header);
        }
    }
    // Somebody who is removed while it is read is no place lost.
    let query = ExportUsers::new(w.spot).limit(3);
    let page = w.registry.ask(&adam, &query).unwrap().value;
    let last = parse(&page.text)[3][0].parse::<UserId>().unwrap();
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, last));
    let next = w.registry.ask_at(
        Freshness::Latest,
        &w.caller("ada"),
        &query.clone().after(page.next.unwrap()),
    );
    assert_eq!(w.told(&next.unwrap_err()), CURSOR, "another caller's");
    assert_eq!(w.named(&last.to_string()), "{adam}");
    let (olga, query) = (w.caller("olga"), ExportUsers::new(w.spot).limit(3));
    let page = w
        .registry
        .ask_at(Freshness::Latest, &olga, &query)
        .unwrap()
        .value;
    let last = parse(&page.text)[3][0].parse::<UserId>().unwrap();
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, last));
    let rest = w
        .registry
        .ask_at(Freshness::Latest, &olga, &query.after(page.next.unwrap()));
    assert_eq!(parse(&rest.unwrap().value.text).len(), 3);
}

#[test]
fn who_exports_users() {
    fn first(w: &World, caller: &Caller) -> String {
        let query = ExportUsers::new(w.spot).limit(1);
        match w.registry.ask_at(Freshness::Latest, caller, &query) {
            Ok(answer) => parse(&answer.value.text)[0][0].clone(),
            Err(error) => w.told(&error),
        }
    }
    fn suspended(w: &World) {
        let reason = SuspensionReason::Billing;
        w.done(&host(), &SuspendOrganization::new(w.spot, reason));
    }
    fn closing(w: &World) {
        w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
    }
    const ADMIN: &str = "not granted: asks for admin";
    table(&[
        ("an owner", |w| first(w, &w.caller("ada")), "id"),
        ("an admin", |w| first(w, &w.caller("adam")), "id"),
        ("the host", |w| first(w, &host()), "id"),
        (
            "a viewer, who may read it all",
            |w| first(w, &w.caller("vera")),
            ADMIN,
        ),
        ("billing", |w| first(w, &w.caller("bill")), ADMIN),
        ("a member", |w| first(w, &w.caller("mia")), ADMIN),
        (
            "an owner of another organization",
            |w| first(w, &w.caller("eve")),
            "not_found: `{spot}` is not found",
        ),
        (
            "a person, even an owner's",
            |w| first(w, &person("ada")),
            "not_found: `{spot}` is not found",
        ),
        (
            "an admin's token",
            |w| first(w, &w.bearer("adam", "t", personal()).1),
            "id",
        ),
        (
            "an admin's token for some accounts",
            |w| first(w, &w.bearer("adam", "t", personal().accounts([w.lab])).1),
            "denied: the token is confined to other accounts",
        ),
        (
            "an admin's token that reads users",
            |w| {
                let new = personal().actions([name("user:read")]);
                first(w, &w.bearer("adam", "t", new).1)
            },
            "denied: the token is confined to other actions",
        ),
        (
            "an admin's token for this",
            |w| {
                let new = personal().actions([name("user:export")]);
                first(w, &w.bearer("adam", "t", new).1)
            },
            "id",
        ),
        (
            "of a suspended organization, an admin",
            |w| {
                suspended(w);
                first(w, &w.caller("adam"))
            },
            "id",
        ),
        (
            "of a suspended organization, with a token",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                suspended(w);
                first(w, &bearer)
            },
            "denied: the organization is suspended",
        ),
        (
            "of one that is closing, an owner",
            |w| {
                closing(w);
                first(w, &w.caller("ada"))
            },
            "id",
        ),
        (
            "of one that is closing, an admin",
            |w| {
                closing(w);
                first(w, &w.caller("adam"))
            },
            "denied: the organization is closing",
        ),
        (
            "of one that was purged, an owner",
            |w| {
                closing(w);
                w.clock.advance(DAY * 30);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                first(w, &w.caller("ada"))
            },
            "denied: the organization is closed",
        ),
        (
            "of one that was purged, the host: nobody is named",
            |w| {
                closing(w);
                w.clock.advance(DAY * 30);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                let text = export(w, &host(), None).concat();
                let lines = parse(&text);
                let named = lines[1..]
                    .iter()
                    .any(|it| !it[2].is_empty() || !it[3].is_empty());
                format!("{} {named}", lines.len())
            },
            "14 false",
        ),
        (
            "a page of none",
            |w| {
                let query = ExportUsers::new(w.spot).limit(0);
                w.told(&w.registry.ask(&w.caller("ada"), &query).unwrap_err())
            },
            "page_size: a page of 0 was asked for, expected 1 to 1000",
        ),
        (
            "a cursor of the list of users",
            |w| {
                let ada = w.caller("ada");
                let page = w.registry.ask(&ada, &all(w).limit(1)).unwrap().value;
                let query = ExportUsers::new(w.spot).after(page.next.unwrap());
                w.told(&w.registry.ask(&ada, &query).unwrap_err())
            },
            CURSOR,
        ),
    ]);
}

/// Shows what an organization says of its life.
fn life(w: &World, it: &OrganizationSummary) -> String {
    let suspensions = it.suspensions.iter();
    let suspensions: Vec<_> = suspensions
        .map(|it| format!("{} by {} since {}", it.reason, it.by, it.since))
        .collect();
    let closing = it.closing.map(|it| format!("{} to {}", it.since, it.until));
    let holds = it.holds.iter();
    let holds: Vec<_> = holds
        .map(|it| {
            let reason = it.reason.as_ref().map_or("", |text| text.as_str());
            format!("{} by {} for {reason}", it.kind, it.by)
        })
        .collect();
    let lives = TokenKind::ALL.map(|kind| it.token_life.of(kind));
    let lives: Vec<_> = lives.iter().flatten().map(Duration::as_secs).collect();
    w.named(&format!(
        "{}, suspensions {suspensions:?}, closing {}, holds {holds:?}, lives {lives:?}",
        it.status,
        closing.as_deref().unwrap_or("-"),
    ))
}

#[test]
fn an_organization_tells_of_its_life() {
    fn get(w: &World, caller: &Caller) -> String {
        let query = GetOrganization::new(w.spot);
        match w.registry.ask_at(Freshness::Latest, caller, &query) {
            Ok(answer) => life(w, &answer.value),
            Err(error) => w.told(&error),
        }
    }
    /// A hold of an owner's and one of the host's.
    fn held(w: &World) {
        let place = |caller: &Caller, kind, why: &str| {
            w.done(caller, &PlaceHold::new(w.spot, kind, name(why)))
        };
        place(&w.caller("ada"), HoldKind::Deletion, "care");
        place(&host(), HoldKind::Legal, "court");
    }
    /// What is said of holds, and whether anything else is.
    fn holds(w: &World, caller: &Caller) -> String {
        held(w);
        let told = get(w, caller);
        let holds = told.split(", holds ").nth(1).unwrap_or(&told);
        holds.split(", lives").next().unwrap().into()
    }
    const BOTH: &str = r#"["deletion by an owner for care", "legal by the host for court"]"#;
    table(&[
        (
            "nothing to tell",
            |w| get(w, &w.caller("mia")),
            "active, suspensions [], closing -, holds [], lives []",
        ),
        (
            "suspended, by whom and since when, in the order in which it came",
            |w| {
                let reason = SuspensionReason::Billing;
                w.done(&host(), &SuspendOrganization::new(w.spot, reason));
                w.clock.advance(DAY);
                let reason = SuspensionReason::Security;
                w.done(&w.caller("ada"), &SuspendOrganization::new(w.spot, reason));
                get(w, &w.caller("mia"))
            },
            "suspended, suspensions [\"billing by the host since 2026-11-21T12:00:00.000Z\", \
             \"security by an owner since 2026-11-22T12:00:00.000Z\"], closing -, holds [], \
             lives []",
        ),
        (
            "closing, how long it can be restored",
            |w| {
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                get(w, &w.caller("mia"))
            },
            "closing, suspensions [], closing 2026-11-21T12:00:00.000Z to \
             2026-12-21T12:00:00.000Z, holds [], lives []",
        ),
        (
            "how long its tokens may live",
            |w| {
                let life = |kind, life| SetTokenLife::new(w.spot, kind).life(life);
                w.done(&w.caller("ada"), &life(TokenKind::Temporary, seconds(60)));
                w.done(&w.caller("ada"), &life(TokenKind::Personal, DAY));
                get(w, &w.caller("mia"))
            },
            "active, suspensions [], closing -, holds [], lives [86400, 60]",
        ),
        ("holds, to an owner", |w| holds(w, &w.caller("olga")), BOTH),
        ("holds, to the host", |w| holds(w, &host()), BOTH),
        ("holds, to an admin", |w| holds(w, &w.caller("adam")), "[]"),
        ("holds, to a viewer", |w| holds(w, &w.caller("vera")), "[]"),
        ("holds, to a member", |w| holds(w, &w.caller("mia")), "[]"),
        (
            "holds, to an owner's token",
            |w| holds(w, &w.bearer("ada", "t", personal()).1),
            BOTH,
        ),
        (
            "holds, to an owner's token for some accounts",
            |w| holds(w, &w.bearer("ada", "t", personal().accounts([w.lab])).1),
            "[]",
        ),
        (
            "holds, to an owner's token that reads the organization",
            |w| {
                let new = personal().actions([name("organization:read")]);
                holds(w, &w.bearer("ada", "t", new).1)
            },
            "[]",
        ),
        (
            "holds, to an owner's token that may hold it",
            |w| {
                let actions = ["organization:read", "organization:hold"].map(name);
                holds(w, &w.bearer("ada", "t", personal().actions(actions)).1)
            },
            BOTH,
        ),
        (
            "holds, to an owner while it is closing",
            |w| {
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                holds(w, &w.caller("ada"))
            },
            BOTH,
        ),
        (
            "holds, to an owner in the list of the person's organizations",
            |w| {
                held(w);
                let query = OrganizationsOf::caller();
                let page = w.registry.ask_at(Freshness::Latest, &person("ada"), &query);
                life(w, &page.unwrap().value.rows[0].organization)
            },
            "active, suspensions [], closing -, holds [\"deletion by an owner for care\", \"legal \
             by the host for court\"], lives []",
        ),
        (
            "in the list of the person's organizations, to whoever is suspended in it",
            |w| {
                suspend(w, "olga");
                held(w);
                let life = SetTokenLife::new(w.spot, TokenKind::Personal).life(DAY);
                w.done(&w.caller("ada"), &life);
                let reason = SuspensionReason::Abuse;
                w.done(&host(), &SuspendOrganization::new(w.spot, reason));
                let query = OrganizationsOf::caller();
                let page = w
                    .registry
                    .ask_at(Freshness::Latest, &person("olga"), &query);
                self::life(w, &page.unwrap().value.rows[0].organization)
            },
            "suspended, suspensions [], closing -, holds [], lives []",
        ),
        (
            "holds, to an admin in the list of the person's organizations",
            |w| {
                held(w);
                let query = OrganizationsOf::caller();
                let page = w
                    .registry
                    .ask_at(Freshness::Latest, &person("adam"), &query);
                life(w, &page.unwrap().value.rows[0].organization)
            },
            "active, suspensions [], closing -, holds [], lives []",
        ),
        (
            "holds, once one is lifted",
            |w| {
                held(w);
                let state = w.state(w.spot);
                let hold = state.holds()[0].id;
                w.done(&w.caller("ada"), &LiftHold::new(w.spot, hold, name("over")));
                get(w, &w.caller("ada"))
            },
            "active, suspensions [], closing -, holds [\"legal by the host for court\"], lives []",
        ),
        (
            "to an owner once it was purged",
            |w| {
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                w.clock.advance(DAY * 30);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                get(w, &w.caller("ada"))
            },
            "denied: the organization is closed",
        ),
        (
            "to the host once it was purged",
            |w| {
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                w.clock.advance(DAY * 30);
                w.done(&host(), &PurgeOrganization::new(w.spot));
                get(w, &host())
            },
            "closed, suspensions [], closing 2026-11-21T12:00:00.000Z to \
             2026-12-21T12:00:00.000Z, holds [], lives []",
        ),
    ]);
    // What is empty is not written, and nothing is written of a hold to whoever may not lift it.
    let w = World::new();
    held(&w);
    let json = |caller: &Caller| {
        let query = GetOrganization::new(w.spot);
        let answer = w.registry.ask_at(Freshness::Latest, caller, &query);
        serde_json::to_value(answer.unwrap().value).unwrap()
    };
    assert_eq!(json(&w.caller("ada"))["holds"].as_array().unwrap().len(), 2);
    let told = json(&w.caller("adam"));
    for absent in ["holds", "closing", "suspensions"] {
        assert!(told.get(absent).is_none(), "{absent}");
    }
}
