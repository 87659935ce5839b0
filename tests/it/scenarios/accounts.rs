//! Making accounts (laws A1 to A3).

use tenancy::command::CreateAccount;
use tenancy::organization::lifecycle::Status;

use crate::world::{World, ghost, host, name, person, personal, settings, table, table_with};

fn create(world: &World, user: &str, account: &str) -> String {
    let command = CreateAccount::new(world.spot, name(account));
    world.run(&world.caller(user), &command)
}

#[test]
fn create_account() {
    const ASKS: &str = "not granted: asks for admin";
    const TAKEN: &str = "account_name_taken: account name";
    table(&[
        ("an owner", |w| create(w, "ada", "A"), "account.created"),
        ("an admin", |w| create(w, "adam", "A"), "account.created"),
        ("a viewer", |w| create(w, "vera", "A"), ASKS),
        ("billing", |w| create(w, "bill", "A"), ASKS),
        ("a member", |w| create(w, "mia", "A"), ASKS),
        ("an editor of an account", |w| create(w, "edda", "A"), ASKS),
        ("a program", |w| create(w, "robo", "A"), ASKS),
        (
            "the host",
            |w| w.run(&host(), &CreateAccount::new(w.spot, name("A"))),
            "account.created",
        ),
        (
            "an owner of another",
            |w| w.run(&w.caller("eve"), &CreateAccount::new(w.spot, name("A"))),
            "not_found: `{spot}` is not found",
        ),
        (
            "in an organization that never was",
            |w| w.run(&w.caller("eve"), &CreateAccount::new(ghost(), name("A"))),
            "not_found: `{ghost}` is not found",
        ),
        (
            "a person",
            |w| w.run(&person("ada"), &CreateAccount::new(w.spot, name("A"))),
            "not_found: `{spot}` is not found",
        ),
        (
            "a confined token of an owner",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                w.run(&bearer, &CreateAccount::new(w.spot, name("A")))
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "a token of an owner",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal());
                w.run(&bearer, &CreateAccount::new(w.spot, name("A")))
            },
            "account.created",
        ),
        (
            "the name of another account",
            |w| create(w, "ada", "Lab"),
            "account_name_taken: account name `Lab` is taken",
        ),
        (
            "in other case and spacing",
            |w| create(w, "ada", " lAB"),
            "account_name_taken: account name `lAB` is taken",
        ),
        (
            "a name that looks like another's",
            |w| create(w, "ada", "L\u{430}b").starts_with(TAKEN).to_string(),
            "true",
        ),
        (
            "the name of the default account",
            |w| create(w, "ada", "SPOT"),
            "account_name_taken: account name `SPOT` is taken",
        ),
        (
            "the name of an account of another organization",
            |w| create(w, "ada", "Rival"),
            "account.created",
        ),
        (
            "a taken name is said to nobody without the right",
            |w| create(w, "mia", "Lab"),
            ASKS,
        ),
    ]);
}

/// Both sides of the limit; a refused name does not count, and the other law goes first.
#[test]
fn there_are_as_many_accounts_as_there_may_be() {
    let mut few = settings();
    few.limits.accounts = 4;
    table_with(
        few.clone(),
        &[
            ("the last", |w| create(w, "ada", "A"), "account.created"),
            (
                "one more",
                |w| {
                    create(w, "ada", "A");
                    create(w, "ada", "B")
                },
                "limit: there would be 5 accounts in the organization, expected at most 4",
            ),
            (
                "one more under a taken name",
                |w| {
                    create(w, "ada", "A");
                    create(w, "ada", "A")
                },
                "account_name_taken: account name `A` is taken",
            ),
        ],
    );
    few.limits.accounts = 0;
    table_with(
        few,
        &[(
            "a limit below what there is",
            |w| create(w, "ada", "A"),
            "limit: there would be 4 accounts in the organization, expected at most 0",
        )],
    );
}

/// Law A3: the first account is the default one, and stays so.
#[test]
fn the_first_account_stays_the_default_one() {
    let w = World::new();
    let made = w.done(&w.caller("ada"), &CreateAccount::new(w.spot, name("A")));
    let state = w.state(w.spot);
    assert_eq!(state.default_account(), Some(w.main));
    assert_eq!(state.status(), Status::Active);
    let ids: Vec<_> = state.accounts().map(|account| account.id()).collect();
    assert_eq!(ids, [w.main, w.lab, w.vault, made], "in creation order");
    assert_eq!(w.state(w.rival.organization).accounts().len(), 1);
}
