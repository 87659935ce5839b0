//! What is told to whom (laws X1, X2, X4 to X6), and pages of lists.

use core::time::Duration;

use tenancy::command::{CreateOrganization, CreateProgrammaticUser, CreateUser, SignUp};
use tenancy::query::{
    Check, Cursor, FindRecords, GetAccount, GetOrganization, GetToken, GetUser, ListAccounts,
    ListRecords, ListTokens, ListUsers, OrganizationsOf, Paging,
};
use tenancy::record::Version;
use tenancy::resource::Resource;
use tenancy::role::OrganizationRole;
use tenancy::{Caller, Freshness, Origin, Request};

use crate::world::{
    World, email, ghost, host, name, person, personal, settings, table, table_with,
};

#[test]
fn get_organization() {
    fn get(w: &World, caller: &Caller) -> String {
        w.ask(caller, &GetOrganization::new(w.spot))
    }
    table(&[
        (
            "an owner",
            |w| get(w, &w.caller("ada")),
            "{spot} active {main}",
        ),
        (
            "a viewer",
            |w| get(w, &w.caller("vera")),
            "{spot} active {main}",
        ),
        ("the host", |w| get(w, &host()), "{spot} active {main}"),
        (
            "a member, who may not know of the default account",
            |w| get(w, &w.caller("mia")),
            "{spot} active -",
        ),
        ("billing", |w| get(w, &w.caller("bill")), "{spot} active -"),
        (
            "an owner of another",
            |w| get(w, &w.caller("eve")),
            "not_found: `{spot}` is not found",
        ),
        (
            "a person, even an owner's",
            |w| get(w, &person("ada")),
            "not_found: `{spot}` is not found",
        ),
        (
            "a user that never was",
            |w| get(w, &Caller::user(w.spot, ghost())),
            "not_found: `{spot}` is not found",
        ),
        (
            "a user of another organization under this one's name",
            |w| get(w, &Caller::user(w.spot, w.user("eve"))),
            "not_found: `{spot}` is not found",
        ),
        (
            "a user of this one under another's name",
            |w| get(w, &Caller::user(w.rival.organization, w.user("ada"))),
            "not_found: `{spot}` is not found",
        ),
        (
            "one that never was, by the host",
            |w| w.ask(&host(), &GetOrganization::new(ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one that never was, by whoever claims to be its user",
            |w| {
                let caller = Caller::user(ghost(), ghost());
                w.ask(&caller, &GetOrganization::new(ghost()))
            },
            "not_found: `{ghost}` is not found",
        ),
    ]);
}

#[test]
fn organizations_of() {
    fn of(w: &World, caller: &Caller) -> String {
        w.ask(caller, &OrganizationsOf::caller())
    }
    table(&[
        (
            "a person",
            |w| of(w, &person("ada")),
            "[{spot} active {main} owner]",
        ),
        (
            "a person in other case",
            |w| of(w, &Caller::person(name("ADA@EXAMPLE.com"))),
            "[{spot} active {main} owner]",
        ),
        (
            "a member, who does not see the default account",
            |w| of(w, &person("mia")),
            "[{spot} active - member]",
        ),
        ("nobody's user", |w| of(w, &person("zoe")), "[]"),
        (
            "a user who has proven nothing",
            |w| of(w, &w.caller("ada")),
            "proof_required: the caller has proven no address",
        ),
        (
            "a user who has proven another address: that person's",
            |w| of(w, &w.caller("ada").with_proven(email("eve"))),
            "[{rival} pending {den} owner]",
        ),
        (
            "the host",
            |w| of(w, &host()),
            "proof_required: the caller has proven no address",
        ),
        (
            "a token, of its own organization too",
            |w| of(w, &w.bearer("ada", "t", personal()).1),
            "proof_required: the caller has proven no address",
        ),
        (
            "a user of two",
            |w| {
                let id = w.rival.organization;
                let role = OrganizationRole::Viewer;
                let command = CreateUser::new(id, name("Ada"), email("ada"), role);
                w.done(&w.caller("eve"), &command);
                of(w, &person("ada"))
            },
            "[{spot} active {main} owner, {rival} pending {den} viewer]",
        ),
        (
            "a page of none",
            |w| w.ask(&person("ada"), &OrganizationsOf::caller().limit(0)),
            "page_size: a page of 0 was asked for, expected 1 to 1000",
        ),
        (
            "a page too large",
            |w| w.ask(&person("ada"), &OrganizationsOf::caller().limit(1001)),
            "page_size: a page of 1001 was asked for, expected 1 to 1000",
        ),
    ]);
}

#[test]
fn get_account() {
    fn get(w: &World, user: &str, which: fn(&World) -> tenancy::id::AccountId) -> String {
        w.ask(&w.caller(user), &GetAccount::new(w.spot, which(w)))
    }
    table(&[
        ("a viewer", |w| get(w, "vera", |w| w.vault), "{vault}"),
        ("an editor of it", |w| get(w, "edda", |w| w.lab), "{lab}"),
        ("a viewer of it", |w| get(w, "rita", |w| w.lab), "{lab}"),
        (
            "an editor of another",
            |w| get(w, "edda", |w| w.vault),
            "not_found: `{vault}` is not found",
        ),
        (
            "an editor, of one that never was",
            |w| get(w, "edda", |_| ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "billing",
            |w| get(w, "bill", |w| w.lab),
            "not_found: `{lab}` is not found",
        ),
        (
            "an owner, of another organization",
            |w| get(w, "ada", |w| w.rival.account),
            "not_found: `{den}` is not found",
        ),
        (
            "the default one",
            |w| w.ask(&w.caller("vera"), &GetAccount::default_of(w.spot)),
            "{main}",
        ),
        (
            "the default one, by the host",
            |w| w.ask(&host(), &GetAccount::default_of(w.spot)),
            "{main}",
        ),
        (
            "the default one, out of sight: its id stays unsaid",
            |w| w.ask(&w.caller("edda"), &GetAccount::default_of(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "the default one of another",
            |w| w.ask(&w.caller("eve"), &GetAccount::default_of(w.spot)),
            "not_found: `{spot}` is not found",
        ),
    ]);
}

#[test]
fn lists_show_what_may_be_read() {
    fn accounts(w: &World, user: &str) -> String {
        w.ask(&w.caller(user), &ListAccounts::new(w.spot))
    }
    const USERS: &str = "[{ada}, {olga}, {adam}, {anna}, {vera}, {vic}, {bill}, {ben}, {mia}, \
                         {max}, {edda}, {rita}, {robo}]";
    table(&[
        (
            "accounts: an owner",
            |w| accounts(w, "ada"),
            "[{main}, {lab}, {vault}]",
        ),
        (
            "accounts: a viewer",
            |w| accounts(w, "vera"),
            "[{main}, {lab}, {vault}]",
        ),
        ("accounts: billing", |w| accounts(w, "bill"), "[]"),
        (
            "accounts: an editor of one",
            |w| accounts(w, "edda"),
            "[{lab}]",
        ),
        ("accounts: a program", |w| accounts(w, "robo"), "[{lab}]"),
        ("accounts: a member", |w| accounts(w, "mia"), "[]"),
        (
            "accounts: an owner of another",
            |w| accounts(w, "eve"),
            "not_found: `{spot}` is not found",
        ),
        (
            "accounts: a person",
            |w| w.ask(&person("ada"), &ListAccounts::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "users: a viewer",
            |w| w.ask(&w.caller("vera"), &ListUsers::new(w.spot)),
            USERS,
        ),
        (
            "users: of an account",
            |w| w.ask(&w.caller("vera"), &ListUsers::new(w.spot).of_account(w.lab)),
            "[{edda}, {rita}, {robo}]",
        ),
        (
            "users: of an account that never was",
            |w| {
                w.ask(
                    &w.caller("vera"),
                    &ListUsers::new(w.spot).of_account(ghost()),
                )
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "users: of an account of another organization",
            |w| {
                let query = ListUsers::new(w.spot).of_account(w.rival.account);
                w.ask(&w.caller("vera"), &query)
            },
            "not_found: `{den}` is not found",
        ),
        (
            "users: an editor, even of the account",
            |w| w.ask(&w.caller("edda"), &ListUsers::new(w.spot).of_account(w.lab)),
            "not granted: asks for viewer",
        ),
        (
            "users: an owner of another",
            |w| w.ask(&w.caller("eve"), &ListUsers::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "tokens: an admin",
            |w| {
                w.bearer("mia", "a", personal());
                w.bearer("max", "b", personal());
                w.ask(&w.caller("adam"), &ListTokens::new(w.spot))
            },
            "[{a}, {b}]",
        ),
        (
            "tokens: of one user",
            |w| {
                w.bearer("mia", "a", personal());
                w.bearer("max", "b", personal());
                let query = ListTokens::new(w.spot).of_user(w.user("max"));
                w.ask(&w.caller("adam"), &query)
            },
            "[{b}]",
        ),
        (
            "tokens: one's own",
            |w| {
                w.bearer("mia", "a", personal());
                w.bearer("max", "b", personal());
                let query = ListTokens::new(w.spot).of_user(w.user("mia"));
                w.ask(&w.caller("mia"), &query)
            },
            "[{a}]",
        ),
        (
            "tokens: of another, in sight",
            |w| {
                let query = ListTokens::new(w.spot).of_user(w.user("mia"));
                w.ask(&w.caller("vera"), &query)
            },
            "not granted: asks for admin",
        ),
        (
            "tokens: of another, out of sight",
            |w| {
                let query = ListTokens::new(w.spot).of_user(w.user("max"));
                w.ask(&w.caller("mia"), &query)
            },
            "not_found: `{max}` is not found",
        ),
        (
            "tokens: of a user that never was",
            |w| w.ask(&w.caller("mia"), &ListTokens::new(w.spot).of_user(ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "tokens: of all, by a viewer",
            |w| w.ask(&w.caller("vera"), &ListTokens::new(w.spot)),
            "not granted: asks for admin",
        ),
    ]);
}

#[test]
fn get_user_and_token() {
    table(&[
        (
            "a user, by a viewer",
            |w| w.ask(&w.caller("vera"), &GetUser::new(w.spot, w.user("mia"))),
            "{mia}",
        ),
        (
            "oneself",
            |w| w.ask(&w.caller("mia"), &GetUser::new(w.spot, w.user("mia"))),
            "{mia}",
        ),
        (
            "another, by a member",
            |w| w.ask(&w.caller("mia"), &GetUser::new(w.spot, w.user("max"))),
            "not_found: `{max}` is not found",
        ),
        (
            "one that never was, by a member",
            |w| w.ask(&w.caller("mia"), &GetUser::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one that never was, by an owner",
            |w| w.ask(&w.caller("ada"), &GetUser::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "of another organization, by an owner",
            |w| w.ask(&w.caller("ada"), &GetUser::new(w.spot, w.user("eve"))),
            "not_found: `{eve}` is not found",
        ),
        (
            "oneself, asked of another organization",
            |w| {
                let query = GetUser::new(w.rival.organization, w.user("ada"));
                w.ask(&w.caller("ada"), &query)
            },
            "not_found: `{rival}` is not found",
        ),
        (
            "one's own token",
            |w| {
                let (id, _) = w.bearer("mia", "t", personal());
                w.ask(&w.caller("mia"), &GetToken::new(w.spot, id))
            },
            "{t}",
        ),
        (
            "another's token, by an admin",
            |w| {
                let (id, _) = w.bearer("mia", "t", personal());
                w.ask(&w.caller("adam"), &GetToken::new(w.spot, id))
            },
            "{t}",
        ),
        (
            "another's token, by a viewer",
            |w| {
                let (id, _) = w.bearer("mia", "t", personal());
                w.ask(&w.caller("vera"), &GetToken::new(w.spot, id))
            },
            "not_found: `{t}` is not found",
        ),
        (
            "a token that never was, by a viewer",
            |w| w.ask(&w.caller("vera"), &GetToken::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
    ]);
}

#[test]
fn check_says_what_decided() {
    fn check(w: &World, user: &str, action: &str, on: impl Into<Resource>) -> String {
        w.ask(&w.caller(user), &Check::new(w.spot, name(action), on))
    }
    table(&[
        (
            "by the organization role",
            |w| check(w, "adam", "fleet:create", w.vault),
            "`fleet:create` on `{vault}` is allowed by organization role admin",
        ),
        (
            "by the account role",
            |w| check(w, "edda", "fleet:create", w.lab),
            "`fleet:create` on `{lab}` is allowed by account role editor",
        ),
        (
            "by the lower account role",
            |w| check(w, "rita", "fleet:read", w.lab),
            "`fleet:read` on `{lab}` is allowed by account role viewer",
        ),
        (
            "not by the lower account role",
            |w| check(w, "rita", "fleet:create", w.lab),
            "`fleet:create` on `{lab}` is not granted: asks for editor",
        ),
        (
            "not on another account",
            |w| check(w, "edda", "fleet:read", w.vault),
            "`fleet:read` on `{vault}` is not granted: asks for viewer",
        ),
        (
            "not on one that never was",
            |w| check(w, "edda", "fleet:read", ghost::<tenancy::id::AccountId>()),
            "`fleet:read` on `{ghost}` is not granted: asks for viewer",
        ),
        (
            "not on one of another organization, by an owner",
            |w| check(w, "ada", "fleet:read", w.rival.account),
            "`fleet:read` on `{den}` is not granted: asks for viewer",
        ),
        (
            "on what is in an account",
            |w| {
                let text = format!("{}/group/g-1", w.lab);
                check(w, "edda", "fleet:create", name::<Resource>(&text))
            },
            "`fleet:create` on `{lab}/group/g-1` is allowed by account role editor",
        ),
        (
            "not on what is in an account that never was",
            |w| {
                let account = ghost::<tenancy::id::AccountId>();
                let text = format!("{account}/group/g-1");
                check(w, "ada", "fleet:create", name::<Resource>(&text))
            },
            "`fleet:create` on `{ghost}/group/g-1` is not granted: asks for editor",
        ),
        (
            "an action that there is not, by an owner",
            |w| check(w, "ada", "fleet:destroy", w.lab),
            "`fleet:destroy` on `{lab}` is not granted: asks for owner",
        ),
        (
            "an action in other case",
            |w| check(w, "ada", "Group:create", w.lab),
            "`Group:create` on `{lab}` is not granted: asks for owner",
        ),
        (
            "an action that there is not, by the host",
            |w| w.ask(&host(), &Check::new(w.spot, name("fleet:destroy"), w.lab)),
            "`fleet:destroy` on `{lab}` is not granted: asks for owner",
        ),
        (
            "by the host",
            |w| w.ask(&host(), &Check::new(w.spot, name("fleet:create"), w.lab)),
            "`fleet:create` on `{lab}` is allowed by the host",
        ),
        (
            "by the host on what is not there",
            |w| {
                let on = w.rival.account;
                w.ask(&host(), &Check::new(w.spot, name("fleet:create"), on))
            },
            "`fleet:create` on `{den}` is not granted: asks for editor",
        ),
        (
            "of another organization",
            |w| check(w, "eve", "fleet:create", w.rival.account),
            "not_found: `{spot}` is not found",
        ),
        (
            "of one that never was",
            |w| {
                let check = Check::new(ghost(), name("fleet:create"), w.lab);
                w.ask(&w.caller("eve"), &check)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "kinds of things that there are not yet",
            |w| {
                let group = ghost::<tenancy::id::GroupId>();
                let text = check(w, "ada", "user:read", group);
                text.ends_with("is not granted: asks for viewer")
                    .to_string()
            },
            "true",
        ),
    ]);
}

#[test]
fn list_records() {
    fn records(w: &World, user: &str, query: &ListRecords) -> String {
        w.ask(&w.caller(user), query)
    }
    table(&[
        (
            "the first",
            |w| records(w, "vera", &ListRecords::new(w.spot).limit(3)),
            "[1 2 3] of 21",
        ),
        (
            "the last",
            |w| {
                let query = ListRecords::new(w.spot).after(Version::new(19));
                records(w, "vera", &query)
            },
            "[20 21] of 21",
        ),
        (
            "behind the end",
            |w| {
                let query = ListRecords::new(w.spot).after(Version::new(21));
                records(w, "vera", &query)
            },
            "[] of 21",
        ),
        (
            "behind all that there can be",
            |w| {
                let query = ListRecords::new(w.spot).after(Version::new(u64::MAX));
                records(w, "vera", &query)
            },
            "[] of 21",
        ),
        (
            "a page of none",
            |w| records(w, "vera", &ListRecords::new(w.spot).limit(0)),
            "page_size: a page of 0 was asked for, expected 1 to 1000",
        ),
        (
            "a page too large",
            |w| records(w, "vera", &ListRecords::new(w.spot).limit(u32::MAX)),
            "page_size: a page of 4294967295 was asked for, expected 1 to 1000",
        ),
        (
            "a member",
            |w| records(w, "mia", &ListRecords::new(w.spot)),
            "not granted: asks for viewer",
        ),
        (
            "billing",
            |w| records(w, "bill", &ListRecords::new(w.spot)),
            "not granted: asks for viewer",
        ),
        (
            "an owner of another",
            |w| records(w, "eve", &ListRecords::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            "the host",
            |w| w.ask(&host(), &ListRecords::new(w.spot).limit(1)),
            "[1] of 21",
        ),
    ]);
}

/// What a record tells of is shown to whoever may read that elsewhere, and to nobody else.
#[test]
fn a_record_is_shown_to_whoever_may_read_what_it_tells_of() {
    use tenancy::command::{InviteUser, IssueToken, LiftHold, PlaceHold, RenameUser};
    use tenancy::organization::lifecycle::HoldKind;

    /// The kinds behind the making of the world, with the personal fields that are shown.
    fn seen(w: &World, caller: &Caller) -> String {
        let query = ListRecords::new(w.spot).after(Version::new(21));
        let page = w.registry.ask_at(Freshness::Latest, caller, &query);
        let page = page.unwrap().value;
        assert_eq!(
            page.reached, page.head.version,
            "nothing is left to look at"
        );
        let line = |record: &tenancy::record::Record| {
            let fields = record.personal.iter().map(|part| part.field.to_string());
            let fields: Vec<_> = fields.collect();
            format!("{} {}", record.kind, fields.join("+"))
        };
        let lines: Vec<_> = page.records.iter().map(line).collect();
        lines.join("; ")
    }
    let w = World::new();
    let (ada, vera) = (w.caller("ada"), w.caller("vera"));
    let origin = || {
        let origin = Origin::new(name("api")).address(name("192.0.2.7"));
        origin.agent(name("curl"))
    };
    let hold = PlaceHold::new(w.spot, HoldKind::Legal, name("court order"));
    let hold = w.done(&host(), Request::new(&hold).from(origin()));
    w.done(&host(), &LiftHold::new(w.spot, hold, name("settled")));
    let invite = InviteUser::new(w.spot, email("zoe"), OrganizationRole::Viewer);
    w.done(&ada, Request::new(&invite).from(origin()));
    let issue = IssueToken::new(w.spot, w.user("ada"), personal());
    w.done(&ada, Request::new(&issue).from(origin()));
    let rename = RenameUser::new(w.spot, w.user("mia"), name("Mia M"));
    w.done(&ada, Request::new(&rename).from(origin()));
    let own = RenameUser::new(w.spot, w.user("vera"), name("Vera V"));
    w.done(&vera, Request::new(&own).from(origin()));
    w.done(&vera, &IssueToken::new(w.spot, w.user("vera"), personal()));

    let holds = "organization.hold_placed reason+source.address+source.agent; \
                 organization.hold_lifted reason; ";
    let rest = "invitation.created email+source.address+source.agent; \
                token.issued source.address+source.agent; \
                user.renamed name+source.address+source.agent; \
                user.renamed name+source.address+source.agent; token.issued ";
    assert_eq!(seen(&w, &ada), format!("{holds}{rest}"));
    assert_eq!(seen(&w, &host()), format!("{holds}{rest}"));
    // An admin may not place holds.
    assert_eq!(seen(&w, &w.caller("anna")), rest);
    // A viewer reads users, and of tokens its own; where others came from it does not.
    let narrow = "user.renamed name; user.renamed name+source.address+source.agent; token.issued ";
    assert_eq!(seen(&w, &vera), narrow);
    // What is left out leaves a gap, and the page says how far it has come.
    let first = ListRecords::new(w.spot).after(Version::new(21)).limit(3);
    assert_eq!(w.ask(&vera, &first), "[] up to 24 of 28");
}

/// Pages give every row once, in order, whatever their size, and say where they end.
#[test]
fn pages_join_to_the_whole() {
    let w = World::new();
    let vera = w.caller("vera");
    let whole = w
        .registry
        .ask(&vera, &ListUsers::new(w.spot))
        .unwrap()
        .value;
    assert_eq!(whole.next, None);
    let all: Vec<_> = whole.rows.iter().map(|user| user.id()).collect();
    for size in 1..=15 {
        let (mut query, mut pages) = (ListUsers::new(w.spot).limit(size), Vec::new());
        loop {
            let page = w.registry.ask(&vera, &query).unwrap().value;
            assert!(!page.rows.is_empty(), "no page is empty");
            pages.extend(page.rows.iter().map(|user| user.id()));
            let Some(next) = page.next else { break };
            query = query.after(next);
        }
        assert_eq!(pages, all, "pages of {size}");
    }
}

/// The same of the organizations of a person: a last page is a last page.
#[test]
fn pages_of_organizations_join_to_the_whole() {
    let w = World::new();
    let ada = person("ada");
    let more = |text: &str| {
        w.done(&ada, &SignUp::new(name(text), name("Ada")))
            .organization
    };
    let all = [w.spot, more("One"), more("Two"), more("Three")];
    for size in 1..=5 {
        let (mut query, mut pages) = (OrganizationsOf::caller().limit(size), Vec::new());
        loop {
            let page = w.registry.ask(&ada, &query).unwrap().value;
            assert!(!page.rows.is_empty(), "pages of {size}: one is empty");
            pages.extend(page.rows.iter().map(|row| row.organization.id));
            let Some(next) = page.next else { break };
            query = query.after(next);
        }
        pages.sort_unstable();
        let mut all = all;
        all.sort_unstable();
        assert_eq!(pages, all, "pages of {size}");
    }
}

/// A cursor is good for its list, organization and caller alone.
#[test]
fn a_cursor_is_bound() {
    let w = World::new();
    let vera = w.caller("vera");
    let next = |caller: &Caller, query: &ListUsers| {
        let page = w.registry.ask(caller, query).unwrap().value;
        page.next.expect("there is more")
    };
    let users = ListUsers::new(w.spot).limit(1);
    let cursor = next(&vera, &users);
    const REFUSED: &str = "cursor: the cursor is not one of this list, organization and caller";
    assert_eq!(w.ask(&vera, &users.clone().after(cursor)), "[{olga}] …");
    assert_eq!(
        w.ask(&w.caller("vic"), &users.clone().after(cursor)),
        REFUSED
    );
    assert_eq!(
        w.ask(&vera, &ListAccounts::new(w.spot).after(cursor)),
        REFUSED
    );
    let person = person("vera");
    assert_eq!(
        w.ask(&person, &OrganizationsOf::caller().after(cursor)),
        REFUSED
    );
    let elsewhere = ListUsers::new(w.rival.organization).after(cursor);
    let eve = w.caller("eve");
    assert_eq!(w.ask(&eve, &elsewhere), REFUSED);
    let json = serde_json::to_value(cursor).unwrap();
    let text = json.as_str().unwrap();
    for at in 0..text.len() {
        let mut forged = text.to_owned();
        let digit = if &text[at..=at] == "0" { "1" } else { "0" };
        forged.replace_range(at..=at, digit);
        let forged: Cursor = serde_json::from_str(&format!("\"{forged}\"")).unwrap();
        assert_eq!(w.ask(&vera, &users.clone().after(forged)), REFUSED);
    }
    for text in ["\"\"", "\"00\"", "1", "null", "[]"] {
        assert!(serde_json::from_str::<Cursor>(text).is_err());
    }
    // Rights are judged on every page: a cursor holds none.
    let after = serde_json::from_value::<Paging>(serde_json::json!({ "after": json }));
    assert!(after.is_ok());
}

#[test]
fn a_small_page_is_the_hosts_to_set() {
    let mut small = settings();
    small.limits.page = core::num::NonZeroU32::new(2).unwrap();
    table_with(
        small,
        &[
            (
                "as many as there may be",
                |w| w.ask(&w.caller("ada"), &ListAccounts::new(w.spot)),
                "[{main}, {lab}] …",
            ),
            (
                "one more",
                |w| w.ask(&w.caller("ada"), &ListAccounts::new(w.spot).limit(3)),
                "page_size: a page of 3 was asked for, expected 1 to 2",
            ),
            (
                "records too",
                |w| w.ask(&w.caller("ada"), &ListRecords::new(w.spot)),
                "[1 2] of 21",
            ),
        ],
    );
}

/// An answer says how old the state is that it rests on.
#[test]
fn an_answer_says_its_age() {
    let w = World::new();
    let ada = w.caller("ada");
    let second = Duration::from_secs(1);
    let ask = |freshness| {
        let query = GetOrganization::new(w.spot);
        w.registry.ask_at(freshness, &ada, &query).unwrap().age
    };
    assert_eq!(ask(Freshness::Latest), Duration::ZERO);
    w.clock.advance(second);
    assert_eq!(ask(Freshness::AtMost(second)), second);
    assert_eq!(ask(Freshness::AtMost(Duration::ZERO)), Duration::ZERO);
    w.clock.advance(second * 2);
    assert_eq!(
        ask(Freshness::default()),
        Duration::ZERO,
        "too old: read anew"
    );
    w.clock.set(crate::world::time("2026-11-21T11:59:59.000Z"));
    assert_eq!(
        ask(Freshness::AtMost(second * 3600)),
        Duration::ZERO,
        "a clock that went back"
    );
}

/// Law X4: byte for byte the same answer for what is foreign and for what never was.
#[test]
fn foreign_and_never_existed_are_the_same() {
    let w = World::new();
    let mut asked = 0;
    for user in ["ada", "adam", "vera", "bill", "mia", "edda"] {
        let caller = w.caller(user);
        let (token, _) = w.mint(&w.caller("max"), "max", "foreign", personal());
        let pairs = [
            [
                w.ask(&caller, &GetAccount::new(w.spot, w.rival.account)),
                w.ask(&caller, &GetAccount::new(w.spot, ghost())),
            ],
            [
                w.ask(&caller, &GetUser::new(w.spot, w.user("eve"))),
                w.ask(&caller, &GetUser::new(w.spot, ghost())),
            ],
            [
                w.ask(&caller, &GetToken::new(w.rival.organization, token)),
                w.ask(&caller, &GetToken::new(ghost(), token)),
            ],
            [
                w.ask(&caller, &GetOrganization::new(w.rival.organization)),
                w.ask(&caller, &GetOrganization::new(ghost())),
            ],
            [
                w.ask(&caller, &ListUsers::new(w.rival.organization)),
                w.ask(&caller, &ListUsers::new(ghost())),
            ],
            [
                w.ask(&caller, &ListRecords::new(w.rival.organization)),
                w.ask(&caller, &ListRecords::new(ghost())),
            ],
            [
                w.ask(&caller, &FindRecords::new(w.rival.organization)),
                w.ask(&caller, &FindRecords::new(ghost())),
            ],
            [
                w.ask(
                    &caller,
                    &FindRecords::new(w.spot).of_account(w.rival.account),
                ),
                w.ask(&caller, &FindRecords::new(w.spot).of_account(ghost())),
            ],
            [
                w.ask(&caller, &ListTokens::new(w.rival.organization)),
                w.ask(&caller, &ListTokens::new(ghost())),
            ],
        ];
        for [foreign, never] in pairs {
            let foreign = ["{den}", "{eve}", "{rival}", "{foreign}"]
                .iter()
                .fold(foreign, |text, it| text.replace(it, "{ghost}"));
            assert_eq!(foreign, never, "{user}");
            assert!(never.ends_with("is not found") || never.starts_with("not granted"));
            asked += 1;
        }
    }
    assert_eq!(asked, 54);
}

/// Programs are listed and read like people, and hold what they were given (law U7).
#[test]
fn a_program_is_a_user_like_others() {
    let w = World::new();
    let role = OrganizationRole::Viewer;
    let command = CreateProgrammaticUser::new(w.spot, name("reader"), role);
    let made = w.done(&w.caller("ada"), &command);
    let reader = Caller::user(w.spot, made.user);
    let page = w.registry.ask(&reader, &ListAccounts::new(w.spot)).unwrap();
    assert_eq!(page.value.rows.len(), 3);
    let text = w.ask(&reader, &OrganizationsOf::caller());
    assert_eq!(text, "proof_required: the caller has proven no address");
    let told = w.run(&reader, &CreateOrganization::new(name("Bots"), name("Bot")));
    assert_eq!(told, "proof_required: the caller has proven no address");
}
