//! The life of an account: its name, being the default one, closing and coming back (laws A1 to A3).

use core::time::Duration;

use tenancy::command::{
    AttachUser, Batch, ChangeLabels, CloseAccount, CreateAccount, CreateProgrammaticUser,
    CreateUser, DetachUser, MakeDefaultAccount, RenameAccount, RestoreAccount,
};
use tenancy::id::AccountId;
use tenancy::organization::account::AccountStatus;
use tenancy::query::{Check, GetAccount, ListAccounts, ListUsers};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::{Caller, Freshness, Resource, Settings};

use crate::world::{
    World, email, ghost, host, name, person, personal, seconds, settings, table, table_with, time,
};

const ASKS_ADMIN: &str = "not granted: asks for admin";
const CONFINED: &str = "denied: the token is confined to other accounts";
const SPOT_NOT_FOUND: &str = "not_found: `{spot}` is not found";

/// An account that is closed when the world begins can be restored until here.
const UNTIL: &str = "2026-12-21T12:00:00.000Z";
const BEFORE: &str = "2026-12-21T11:59:59.999Z";
const AFTER: &str = "2026-12-21T12:00:00.001Z";

fn rename(w: &World, caller: &Caller, account: AccountId, to: &str) -> String {
    w.run(caller, &RenameAccount::new(w.spot, account, name(to)))
}

fn make_default(w: &World, caller: &Caller, account: AccountId) -> String {
    w.run(caller, &MakeDefaultAccount::new(w.spot, account))
}

fn close(w: &World, account: AccountId) -> String {
    w.run(&w.caller("ada"), &CloseAccount::new(w.spot, account))
}

fn close_for(w: &World, account: AccountId, successor: AccountId) -> String {
    let command = CloseAccount::new(w.spot, account).successor(successor);
    w.run(&w.caller("ada"), &command)
}

fn restore(w: &World, account: AccountId) -> String {
    w.run(&w.caller("ada"), &RestoreAccount::new(w.spot, account))
}

fn create(w: &World, account: &str) -> String {
    w.run(&w.caller("ada"), &CreateAccount::new(w.spot, name(account)))
}

/// Returns the default account, by the name of this world.
fn default(w: &World) -> String {
    let found = w.state(w.spot).default_account();
    w.named(&found.map_or_else(|| "none".into(), |id| id.to_string()))
}

/// Returns what the accounts are now, in the order of their creation.
fn statuses(w: &World) -> String {
    let state = w.state(w.spot);
    let statuses = state.accounts().map(|it| it.status(w.now()).to_string());
    statuses.collect::<Vec<_>>().join(", ")
}

/// Returns the answer to whether somebody may do something in an account.
fn check(w: &World, caller: &Caller, action: &str, account: AccountId) -> String {
    let check = Check::new(w.spot, name(action), Resource::Account(account));
    let answer = w.registry.ask_at(Freshness::Latest, caller, &check);
    answer.unwrap().value.decision.to_string()
}

/// Leaves the default account open, and no other.
fn alone(w: &World) {
    for account in [w.lab, w.vault] {
        assert_eq!(close(w, account), "account.closing");
    }
}

#[test]
fn rename_account() {
    table(&[
        (
            "an owner",
            |w| rename(w, &w.caller("ada"), w.lab, "Nova"),
            "account.renamed",
        ),
        (
            "an admin",
            |w| rename(w, &w.caller("adam"), w.lab, "Nova"),
            "account.renamed",
        ),
        (
            "the host",
            |w| rename(w, &host(), w.lab, "Nova"),
            "account.renamed",
        ),
        (
            "a viewer",
            |w| rename(w, &w.caller("vera"), w.lab, "Nova"),
            ASKS_ADMIN,
        ),
        (
            "its editor",
            |w| rename(w, &w.caller("edda"), w.lab, "Nova"),
            ASKS_ADMIN,
        ),
        (
            "a member, who may not know of it",
            |w| rename(w, &w.caller("mia"), w.lab, "Nova"),
            "not_found: `{lab}` is not found",
        ),
        (
            "an owner of another",
            |w| rename(w, &w.caller("eve"), w.lab, "Nova"),
            SPOT_NOT_FOUND,
        ),
        (
            "an account of another, in one's own organization",
            |w| rename(w, &w.caller("ada"), w.rival.account, "Nova"),
            "not_found: `{den}` is not found",
        ),
        (
            "one that never was",
            |w| rename(w, &w.caller("ada"), ghost(), "Nova"),
            "not_found: `{ghost}` is not found",
        ),
        (
            "a token that is confined to it",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                rename(w, &bearer, w.lab, "Nova")
            },
            "account.renamed",
        ),
        (
            "a token that is confined to another",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.main]));
                rename(w, &bearer, w.lab, "Nova")
            },
            CONFINED,
        ),
        (
            "a token that is confined, to what never was: it hears the same",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.main]));
                rename(w, &bearer, ghost(), "Nova")
            },
            CONFINED,
        ),
        (
            "the name that it has",
            |w| rename(w, &w.caller("ada"), w.lab, "Lab"),
            "nothing",
        ),
        (
            "its name in other case",
            |w| rename(w, &w.caller("ada"), w.lab, "LAB"),
            "account.renamed",
        ),
        (
            "another's name",
            |w| rename(w, &w.caller("ada"), w.lab, "Vault"),
            "account_name_taken: account name `Vault` is taken",
        ),
        (
            "a name that looks like another's",
            |w| {
                let told = rename(w, &w.caller("ada"), w.lab, " V\u{430}ULT ");
                told.starts_with("account_name_taken: ").to_string()
            },
            "true",
        ),
        (
            "the old name is free",
            |w| {
                rename(w, &w.caller("ada"), w.lab, "Nova");
                create(w, "Lab")
            },
            "account.created",
        ),
        (
            "the new one is not",
            |w| {
                rename(w, &w.caller("ada"), w.lab, "Nova");
                create(w, "NOVA")
            },
            "account_name_taken: account name `NOVA` is taken",
        ),
        (
            "there and back",
            |w| {
                rename(w, &w.caller("ada"), w.lab, "Nova");
                rename(w, &w.caller("ada"), w.lab, "Lab");
                format!("{}; {}", create(w, "Nova"), create(w, "lab"))
            },
            "account.created; account_name_taken: account name `lab` is taken",
        ),
        (
            "two change names in a batch, over a third",
            |w| {
                let to = |account, to| RenameAccount::new(w.spot, account, name(to));
                let batch = [to(w.lab, "Aside"), to(w.vault, "Lab"), to(w.lab, "Vault")];
                let told = w.run(&w.caller("ada"), &Batch::new(w.spot).all(batch));
                let state = w.state(w.spot);
                let found = ["Lab", "Vault", "Aside"].map(|it| {
                    let found = state.account_by_name(&name(it), w.now());
                    found.map_or_else(|| "none".into(), |it| it.id().to_string())
                });
                w.named(&format!("{told}: {}", found.join(", ")))
            },
            "account.renamed, account.renamed, account.renamed: {vault}, {lab}, none",
        ),
        (
            "a name that the account in front has in the same batch",
            |w| {
                let to = |account, to| RenameAccount::new(w.spot, account, name(to));
                let batch = Batch::new(w.spot).all([to(w.lab, "Nova"), to(w.vault, "nova")]);
                w.run(&w.caller("ada"), &batch)
            },
            "account_name_taken: account name `nova` is taken",
        ),
    ]);
}

#[test]
fn make_default_account() {
    table(&[
        (
            "an owner",
            |w| {
                format!(
                    "{}: {}",
                    make_default(w, &w.caller("ada"), w.lab),
                    default(w)
                )
            },
            "account.made_default: {lab}",
        ),
        (
            "an admin",
            |w| make_default(w, &w.caller("adam"), w.lab),
            "account.made_default",
        ),
        (
            "the host",
            |w| make_default(w, &host(), w.lab),
            "account.made_default",
        ),
        (
            "its editor",
            |w| make_default(w, &w.caller("edda"), w.lab),
            ASKS_ADMIN,
        ),
        (
            "a member, who may not know of it",
            |w| make_default(w, &w.caller("mia"), w.lab),
            "not_found: `{lab}` is not found",
        ),
        (
            "an owner of another",
            |w| make_default(w, &w.caller("eve"), w.lab),
            SPOT_NOT_FOUND,
        ),
        (
            "an account of another",
            |w| make_default(w, &w.caller("ada"), w.rival.account),
            "not_found: `{den}` is not found",
        ),
        (
            "the default one already",
            |w| make_default(w, &w.caller("ada"), w.main),
            "nothing",
        ),
        (
            "one that is closing",
            |w| {
                close(w, w.lab);
                make_default(w, &w.caller("ada"), w.lab)
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "one that is closed",
            |w| {
                close(w, w.lab);
                w.clock.set(time(UNTIL));
                make_default(w, &w.caller("ada"), w.lab)
            },
            "account_status: account `{lab}` is closed",
        ),
        (
            "there and back",
            |w| {
                make_default(w, &w.caller("ada"), w.lab);
                make_default(w, &w.caller("ada"), w.main);
                default(w)
            },
            "{main}",
        ),
    ]);
}

#[test]
fn who_may_close_and_restore_an_account() {
    fn by(w: &World, caller: &Caller) -> String {
        w.run(caller, &CloseAccount::new(w.spot, w.lab))
    }
    fn back(w: &World, caller: &Caller) -> String {
        close(w, w.lab);
        w.run(caller, &RestoreAccount::new(w.spot, w.lab))
    }
    table(&[
        (
            "close: an owner",
            |w| by(w, &w.caller("ada")),
            "account.closing",
        ),
        (
            "close: an admin",
            |w| by(w, &w.caller("adam")),
            "account.closing",
        ),
        ("close: the host", |w| by(w, &host()), "account.closing"),
        (
            "close: its editor",
            |w| by(w, &w.caller("edda")),
            ASKS_ADMIN,
        ),
        ("close: a viewer", |w| by(w, &w.caller("vera")), ASKS_ADMIN),
        (
            "close: a member",
            |w| by(w, &w.caller("mia")),
            "not_found: `{lab}` is not found",
        ),
        (
            "close: an owner of another",
            |w| by(w, &w.caller("eve")),
            SPOT_NOT_FOUND,
        ),
        ("close: a person", |w| by(w, &person("ada")), SPOT_NOT_FOUND),
        (
            "close: an account of another",
            |w| close(w, w.rival.account),
            "not_found: `{den}` is not found",
        ),
        (
            "close: one that never was",
            |w| w.run(&host(), &CloseAccount::new(w.spot, ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "restore: an owner",
            |w| back(w, &w.caller("olga")),
            "account.restored",
        ),
        (
            "restore: an admin",
            |w| back(w, &w.caller("adam")),
            "account.restored",
        ),
        (
            "restore: the host",
            |w| back(w, &host()),
            "account.restored",
        ),
        (
            "restore: its editor",
            |w| back(w, &w.caller("edda")),
            ASKS_ADMIN,
        ),
        (
            "restore: a member",
            |w| back(w, &w.caller("mia")),
            "not_found: `{lab}` is not found",
        ),
        (
            "restore: an owner of another",
            |w| back(w, &w.caller("eve")),
            SPOT_NOT_FOUND,
        ),
        (
            "restore: an account of another",
            |w| restore(w, w.rival.account),
            "not_found: `{den}` is not found",
        ),
    ]);
}

/// Law A3: while an account is open, one open account is the default one.
#[test]
fn the_default_account_closes_only_with_one_in_its_place() {
    const ASKS: &str = "successor_required: `{main}` is the default account: name an open one that takes its place";
    table(&[
        (
            "another closes without one",
            |w| format!("{}: {}", close(w, w.lab), default(w)),
            "account.closing: {main}",
        ),
        (
            "another closes: a successor that is named is none",
            |w| format!("{}: {}", close_for(w, w.lab, w.vault), default(w)),
            "account.closing: {main}",
        ),
        (
            "the default one without a successor",
            |w| close(w, w.main),
            ASKS,
        ),
        (
            "with one",
            |w| format!("{}: {}", close_for(w, w.main, w.vault), default(w)),
            "account.closing: {vault}",
        ),
        ("with itself", |w| close_for(w, w.main, w.main), ASKS),
        (
            "with one that never was",
            |w| close_for(w, w.main, ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "with one of another organization",
            |w| close_for(w, w.main, w.rival.account),
            "not_found: `{den}` is not found",
        ),
        (
            "with one that is closing",
            |w| {
                close(w, w.lab);
                close_for(w, w.main, w.lab)
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "with one that is closed",
            |w| {
                close(w, w.lab);
                w.clock.set(time(UNTIL));
                close_for(w, w.main, w.lab)
            },
            "account_status: account `{lab}` is closed",
        ),
        (
            "with one that is closing, as the last that is open",
            |w| {
                alone(w);
                close_for(w, w.main, w.lab)
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "with one out of the token's reach, which is the same as none",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.main]));
                let to = |successor| {
                    let command = CloseAccount::new(w.spot, w.main).successor(successor);
                    w.run(&bearer, &command)
                };
                format!("{}; {}", to(w.lab), to(ghost()))
            },
            "not_found: `{lab}` is not found; not_found: `{ghost}` is not found",
        ),
        (
            "with a token that may close accounts and do nothing else",
            |w| {
                let token = personal().actions([name("account:close")]);
                let (_, bearer) = w.bearer("ada", "t", token);
                let command = CloseAccount::new(w.spot, w.main).successor(w.lab);
                w.run(&bearer, &command)
            },
            "account.closing",
        ),
        (
            "with one within the token's reach",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.main, w.lab]));
                let command = CloseAccount::new(w.spot, w.main).successor(w.lab);
                w.run(&bearer, &command)
            },
            "account.closing",
        ),
        (
            "the last that is open closes by itself, and there is no default one",
            |w| {
                alone(w);
                format!("{}: {}", close(w, w.main), default(w))
            },
            "account.closing: none",
        ),
        (
            "the last that is open, with itself",
            |w| {
                alone(w);
                format!("{}: {}", close_for(w, w.main, w.main), default(w))
            },
            "account.closing: none",
        ),
        (
            "where none is open, the next that is created is the default one",
            |w| {
                alone(w);
                close(w, w.main);
                create(w, "New");
                let state = w.state(w.spot);
                let last = state.accounts().last().map(|it| it.id());
                (last.is_some() && state.default_account() == last).to_string()
            },
            "true",
        ),
        (
            "where none is open, the next that is restored is the default one",
            |w| {
                alone(w);
                close(w, w.main);
                format!("{}: {}", restore(w, w.vault), default(w))
            },
            "account.restored: {vault}",
        ),
        (
            "the one after it is not",
            |w| {
                alone(w);
                close(w, w.main);
                restore(w, w.vault);
                restore(w, w.main);
                default(w)
            },
            "{vault}",
        ),
        (
            "what was the default one is not when it comes back",
            |w| {
                close_for(w, w.main, w.lab);
                format!("{}: {}", restore(w, w.main), default(w))
            },
            "account.restored: {lab}",
        ),
        (
            "all in one batch",
            |w| {
                let close = |account| CloseAccount::new(w.spot, account);
                let batch = Batch::new(w.spot)
                    .and(close(w.main).successor(w.lab))
                    .and(close(w.lab).successor(w.vault))
                    .and(close(w.vault));
                format!("{}: {}", w.run(&w.caller("ada"), &batch), default(w))
            },
            "account.closing, account.closing, account.closing: none",
        ),
    ]);
}

/// Law O5: what is done already is done once more without an event.
#[test]
fn what_is_closed_or_open_already_stays_as_it_is() {
    table(&[
        (
            "closed again, later: the time stays",
            |w| {
                close(w, w.lab);
                w.clock.advance(seconds(60));
                let told = close(w, w.lab);
                let state = w.state(w.spot);
                format!(
                    "{told} until {}",
                    state.account(w.lab).unwrap().closing().unwrap().until
                )
            },
            "nothing until 2026-12-21T12:00:00.000Z",
        ),
        (
            "closed again once it is closed",
            |w| {
                close(w, w.lab);
                w.clock.set(time(UNTIL));
                close(w, w.lab)
            },
            "nothing",
        ),
        (
            "what was the default one, closed again without a successor",
            |w| {
                close_for(w, w.main, w.lab);
                close(w, w.main)
            },
            "nothing",
        ),
        (
            "restored while it is open",
            |w| restore(w, w.lab),
            "nothing",
        ),
        (
            "restored twice",
            |w| {
                close(w, w.lab);
                restore(w, w.lab);
                restore(w, w.lab)
            },
            "nothing",
        ),
        (
            "closed anew, it has the whole time again",
            |w| {
                close(w, w.lab);
                w.clock.advance(seconds(60));
                restore(w, w.lab);
                close(w, w.lab);
                let state = w.state(w.spot);
                state
                    .account(w.lab)
                    .unwrap()
                    .closing()
                    .unwrap()
                    .until
                    .to_string()
            },
            "2026-12-21T12:01:00.000Z",
        ),
    ]);
}

/// Both sides of the time over which a closed account can be restored, to the millisecond: at the
/// same one its name is free, its place is free, and being attached to it is nothing.
#[test]
fn an_account_is_closed_when_its_grace_is_over() {
    fn at(w: &World, when: &str, then: fn(&World) -> String) -> String {
        close(w, w.lab);
        w.clock.set(time(when));
        then(w)
    }
    table(&[
        (
            "a moment before: what it is",
            |w| at(w, BEFORE, statuses),
            "open, closing, open",
        ),
        (
            "at the time: what it is",
            |w| at(w, UNTIL, statuses),
            "open, closed, open",
        ),
        (
            "a moment before: restored",
            |w| {
                at(w, BEFORE, |w| {
                    format!("{}: {}", restore(w, w.lab), statuses(w))
                })
            },
            "account.restored: open, open, open",
        ),
        (
            "at the time: restored",
            |w| at(w, UNTIL, |w| restore(w, w.lab)),
            "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-12-21T12:00:00.000Z",
        ),
        (
            "a moment after: restored",
            |w| at(w, AFTER, |w| restore(w, w.lab)),
            "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-12-21T12:00:00.001Z",
        ),
        (
            "at the time: restored by the host",
            |w| {
                at(w, UNTIL, |w| {
                    let told = w.run(&host(), &RestoreAccount::new(w.spot, w.lab));
                    told.split_once(':').unwrap().0.into()
                })
            },
            "grace_over",
        ),
        (
            "a moment before: its name for a new account",
            |w| at(w, BEFORE, |w| create(w, "Lab")),
            "account_name_taken: account name `Lab` is taken",
        ),
        (
            "at the time: its name for a new account",
            |w| at(w, UNTIL, |w| create(w, "Lab")),
            "account.created",
        ),
        (
            "a moment before: its name for another account",
            |w| at(w, BEFORE, |w| rename(w, &w.caller("ada"), w.vault, "LAB")),
            "account_name_taken: account name `LAB` is taken",
        ),
        (
            "at the time: its name for another account",
            |w| at(w, UNTIL, |w| rename(w, &w.caller("ada"), w.vault, "LAB")),
            "account.renamed",
        ),
        (
            "a name is found as that of the one that is not closed",
            |w| {
                at(w, UNTIL, |w| {
                    create(w, "Lab");
                    let state = w.state(w.spot);
                    let found = state.account_by_name(&name("lab"), w.now()).unwrap().id();
                    (found != w.lab).to_string()
                })
            },
            "true",
        ),
        (
            "the name may be used up again and again",
            |w| {
                at(w, UNTIL, |w| {
                    create(w, "Lab");
                    let second = w.state(w.spot).accounts().last().unwrap().id();
                    close(w, second);
                    w.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
                    format!("{}; {}", create(w, "Lab"), create(w, "Lab"))
                })
            },
            "account.created; account_name_taken: account name `Lab` is taken",
        ),
        (
            "a moment before: renamed",
            |w| at(w, BEFORE, |w| rename(w, &w.caller("ada"), w.lab, "Nova")),
            "account_status: account `{lab}` is closing",
        ),
        (
            "at the time: renamed",
            |w| at(w, UNTIL, |w| rename(w, &w.caller("ada"), w.lab, "Nova")),
            "account_status: account `{lab}` is closed",
        ),
        (
            "its own name, too, is not said once more",
            |w| at(w, BEFORE, |w| rename(w, &w.caller("ada"), w.lab, "Lab")),
            "account_status: account `{lab}` is closing",
        ),
        (
            "a moment before: somebody attached",
            |w| {
                at(w, BEFORE, |w| {
                    let role = AccountRole::Viewer;
                    let command = AttachUser::new(w.spot, w.user("mia"), w.lab, role);
                    w.run(&w.caller("ada"), &command)
                })
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "a moment before: created with it",
            |w| {
                at(w, BEFORE, |w| {
                    let role = OrganizationRole::Member;
                    let command = CreateUser::new(w.spot, name("New"), email("new"), role);
                    w.run(
                        &w.caller("ada"),
                        &command.attach(w.lab, AccountRole::Viewer),
                    )
                })
            },
            "account_status: account `{lab}` is closing",
        ),
        (
            "a moment before: somebody detached",
            |w| {
                at(w, BEFORE, |w| {
                    let command = DetachUser::new(w.spot, w.user("edda"), w.lab);
                    w.run(&w.caller("ada"), &command)
                })
            },
            "user.detached",
        ),
    ]);
    let mut none = settings();
    none.rules.closing_grace = Duration::ZERO;
    table_with(
        none,
        &[(
            "without a grace it is closed at once, and its name is free",
            |w| {
                close(w, w.lab);
                format!("{}; {}; {}", statuses(w), create(w, "Lab"), default(w))
            },
            "open, closed, open; account.created; {main}",
        )],
    );
}

/// Law A1: the product is used in accounts that are open; looking goes on, as far as one may.
#[test]
fn the_product_ends_with_closing_and_looking_with_the_attachment() {
    fn all(w: &World, user: &str) -> String {
        let caller = match user {
            "host" => host(),
            user => w.caller(user),
        };
        let check = |action| check(w, &caller, action, w.lab);
        format!(
            "read {}; product {}, {}",
            check("account:read"),
            check("fleet:read"),
            check("fleet:create")
        )
    }
    fn after(w: &World, when: &str, user: &str) -> String {
        close(w, w.lab);
        w.clock.set(time(when));
        all(w, user)
    }
    table(&[
        (
            "open: its editor",
            |w| all(w, "edda"),
            "read allowed by account role editor; product allowed by account role editor, allowed \
             by account role editor",
        ),
        (
            "open: the host",
            |w| all(w, "host"),
            "read allowed by the host; product allowed by the host, allowed by the host",
        ),
        (
            "closing: its editor",
            |w| after(w, BEFORE, "edda"),
            "read allowed by account role editor; product denied: the account is closing, denied: \
             the account is closing",
        ),
        (
            "closing: its viewer, who hears of the role in front of the account",
            |w| after(w, BEFORE, "rita"),
            "read allowed by account role viewer; product denied: the account is closing, not \
             granted: asks for editor",
        ),
        (
            "closing: a program",
            |w| after(w, BEFORE, "robo"),
            "read allowed by account role editor; product denied: the account is closing, denied: \
             the account is closing",
        ),
        (
            "closing: an owner",
            |w| after(w, BEFORE, "ada"),
            "read allowed by organization role owner; product denied: the account is closing, \
             denied: the account is closing",
        ),
        (
            "closing: the host",
            |w| after(w, BEFORE, "host"),
            "read allowed by the host; product denied: the account is closing, denied: the account \
             is closing",
        ),
        (
            "closing: a member who is not attached hears nothing of it",
            |w| after(w, BEFORE, "mia"),
            "read not granted: asks for viewer; product not granted: asks for viewer, not granted: \
             asks for editor",
        ),
        (
            "closed: its editor, who is nobody there any more",
            |w| after(w, UNTIL, "edda"),
            "read not granted: asks for viewer; product not granted: asks for viewer, not granted: \
             asks for editor",
        ),
        (
            "closed: an owner",
            |w| after(w, UNTIL, "ada"),
            "read allowed by organization role owner; product denied: the account is closed, \
             denied: the account is closed",
        ),
        (
            "closed: a viewer of the organization",
            |w| after(w, UNTIL, "vera"),
            "read allowed by organization role viewer; product denied: the account is closed, not \
             granted: asks for editor",
        ),
        (
            "closed: the host",
            |w| after(w, UNTIL, "host"),
            "read allowed by the host; product denied: the account is closed, denied: the account \
             is closed",
        ),
        (
            "a token that is confined to it, while it is closing",
            |w| {
                let (_, bearer) = w.bearer("edda", "t", personal().accounts([w.lab]));
                close(w, w.lab);
                let check = |action| check(w, &bearer, action, w.lab);
                format!(
                    "read {}; product {}",
                    check("account:read"),
                    check("fleet:read")
                )
            },
            "read allowed by account role editor; product denied: the account is closing",
        ),
        (
            "what belongs to the account, while it is closing",
            |w| {
                close(w, w.lab);
                let named = format!("{}/group/g-1", w.lab).parse::<Resource>().unwrap();
                let check = Check::new(w.spot, name("fleet:read"), named);
                let answer = w
                    .registry
                    .ask_at(Freshness::Latest, &w.caller("edda"), &check);
                answer.unwrap().value.decision.to_string()
            },
            "denied: the account is closing",
        ),
        (
            "other accounts go on",
            |w| {
                close(w, w.lab);
                check(w, &w.caller("ada"), "fleet:create", w.vault)
            },
            "allowed by organization role owner",
        ),
        (
            "restored, the attachments are what they were",
            |w| {
                close(w, w.lab);
                w.clock.set(time(BEFORE));
                restore(w, w.lab);
                all(w, "edda")
            },
            "read allowed by account role editor; product allowed by account role editor, allowed \
             by account role editor",
        ),
        (
            "found by its editor while it is closing",
            |w| {
                close(w, w.lab);
                w.ask(&w.caller("edda"), &GetAccount::new(w.spot, w.lab))
            },
            "{lab}",
        ),
        (
            "not found by its editor once it is closed",
            |w| {
                close(w, w.lab);
                w.clock.set(time(UNTIL));
                w.ask(&w.caller("edda"), &GetAccount::new(w.spot, w.lab))
            },
            "not_found: `{lab}` is not found",
        ),
        (
            "listed by its editor as long as it is closing",
            |w| {
                close(w, w.lab);
                let list = |w: &World| w.ask(&w.caller("edda"), &ListAccounts::new(w.spot));
                w.clock.set(time(BEFORE));
                let before = list(w);
                w.clock.set(time(UNTIL));
                format!("{before}, then {}", list(w))
            },
            "[{lab}], then []",
        ),
        (
            "listed by status",
            |w| {
                close(w, w.lab);
                w.clock.set(time(AFTER));
                close(w, w.vault);
                let list = |it| w.ask(&w.caller("ada"), &ListAccounts::new(w.spot).status(it));
                AccountStatus::ALL.map(list).join(" ")
            },
            "[{main}] [{vault}] [{lab}]",
        ),
        (
            "who is attached to what is closed is still told",
            |w| {
                close(w, w.lab);
                w.clock.set(time(AFTER));
                w.ask(&w.caller("ada"), &ListUsers::new(w.spot).of_account(w.lab))
            },
            "[{edda}, {rita}, {robo}]",
        ),
    ]);
}

/// Both sides of the limit: accounts that are closed do not count, those that are closing do.
#[test]
fn closed_accounts_do_not_count() {
    const FULL: &str = "limit: there would be 4 accounts in the organization, expected at most 3";
    let mut few = settings();
    few.limits.accounts = 3;
    table_with(
        few,
        &[
            ("full", |w| create(w, "A"), FULL),
            (
                "one is closing",
                |w| {
                    close(w, w.lab);
                    w.clock.set(time(BEFORE));
                    create(w, "A")
                },
                FULL,
            ),
            (
                "one is closed",
                |w| {
                    close(w, w.lab);
                    w.clock.set(time(UNTIL));
                    format!("{}; {}", create(w, "A"), create(w, "B"))
                },
                "account.created; limit: there would be 4 accounts in the organization, expected \
                 at most 3",
            ),
            (
                "what is restored has kept its place",
                |w| {
                    close(w, w.lab);
                    restore(w, w.lab)
                },
                "account.restored",
            ),
        ],
    );
}

/// Laws A1, G8: what a record has gone past does not come back with the clock.
#[test]
fn a_clock_that_goes_back_reopens_nothing() {
    /// The grace is over, somebody else has the name, and the clock goes back into the grace.
    fn back(w: &World) {
        close(w, w.lab);
        w.clock.set(time(UNTIL));
        assert_eq!(create(w, "Lab"), "account.created");
        w.clock.set(time("2026-12-21T11:58:00.000Z"));
    }
    table(&[
        (
            "restored",
            |w| {
                back(w);
                restore(w, w.lab)
            },
            "grace_over: it could be restored until 2026-12-21T12:00:00.000Z, and it is \
             2026-12-21T12:00:00.000Z",
        ),
        (
            "read by its editor",
            |w| {
                back(w);
                check(w, &w.caller("edda"), "account:read", w.lab)
            },
            "not granted: asks for viewer",
        ),
        (
            "used by an owner",
            |w| {
                back(w);
                check(w, &w.caller("ada"), "fleet:read", w.lab)
            },
            "denied: the account is closed",
        ),
        (
            "listed",
            |w| {
                back(w);
                let closed = ListAccounts::new(w.spot).status(AccountStatus::Closed);
                w.ask(&w.caller("ada"), &closed)
            },
            "[{lab}]",
        ),
        (
            "its name, which is another's",
            |w| {
                back(w);
                create(w, "lab")
            },
            "account_name_taken: account name `lab` is taken",
        ),
    ]);
    let mut few = settings();
    few.limits.accounts = 3;
    table_with(
        few,
        &[(
            "its place, which is another's",
            |w| {
                back(w);
                create(w, "More")
            },
            "limit: there would be 4 accounts in the organization, expected at most 3",
        )],
    );
}

/// Law A3: an omitted account is the default one, as far as the caller may read it.
#[test]
fn an_omitted_account_is_the_default_one() {
    fn omitted(w: &World, caller: &Caller) -> String {
        let by_question = w.ask(caller, &GetAccount::default_of(w.spot));
        let by_access = meant(w, caller, None);
        assert_eq!(by_question, by_access);
        by_access
    }
    fn meant(w: &World, caller: &Caller, named: Option<AccountId>) -> String {
        let ask = |access: tenancy::Access<'_>| match access.account(caller, named) {
            Ok(account) => account.id().to_string(),
            Err(refusal) => format!("{}: {refusal}", refusal.code()),
        };
        w.named(&w.registry.with(w.spot, Freshness::Latest, ask).unwrap())
    }
    table(&[
        ("an owner", |w| omitted(w, &w.caller("ada")), "{main}"),
        ("a viewer", |w| omitted(w, &w.caller("vera")), "{main}"),
        ("the host", |w| omitted(w, &host()), "{main}"),
        (
            "a member, who may not know of it: its id stays unsaid",
            |w| omitted(w, &w.caller("mia")),
            SPOT_NOT_FOUND,
        ),
        (
            "the editor of another account: that is not meant",
            |w| omitted(w, &w.caller("edda")),
            SPOT_NOT_FOUND,
        ),
        (
            "the editor of another account, once that is the default one",
            |w| {
                make_default(w, &w.caller("ada"), w.lab);
                omitted(w, &w.caller("edda"))
            },
            "{lab}",
        ),
        (
            "after closing, its successor",
            |w| {
                close_for(w, w.main, w.vault);
                omitted(w, &w.caller("ada"))
            },
            "{vault}",
        ),
        (
            "where none is open",
            |w| {
                alone(w);
                close(w, w.main);
                omitted(w, &w.caller("ada"))
            },
            SPOT_NOT_FOUND,
        ),
        (
            "a token that is confined to another",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                omitted(w, &bearer)
            },
            SPOT_NOT_FOUND,
        ),
        (
            "one that is named",
            |w| meant(w, &w.caller("edda"), Some(w.lab)),
            "{lab}",
        ),
        (
            "one that is named, and out of sight",
            |w| meant(w, &w.caller("edda"), Some(w.vault)),
            "not_found: `{vault}` is not found",
        ),
        (
            "one that never was",
            |w| meant(w, &w.caller("ada"), Some(ghost())),
            "not_found: `{ghost}` is not found",
        ),
        (
            "one of another organization",
            |w| meant(w, &w.caller("ada"), Some(w.rival.account)),
            "not_found: `{den}` is not found",
        ),
        (
            "an owner of another",
            |w| meant(w, &w.caller("eve"), None),
            SPOT_NOT_FOUND,
        ),
        (
            "one that is named and closed, by who may read it",
            |w| {
                close(w, w.lab);
                w.clock.set(time(UNTIL));
                meant(w, &w.caller("ada"), Some(w.lab))
            },
            "{lab}",
        ),
    ]);
}

/// Returns the settings under which who gets no account gets the default one, as this.
fn first(role: AccountRole) -> Settings {
    let mut settings = settings();
    settings.rules.first_attachment = Some(role);
    settings
}

fn newcomer(w: &World) -> CreateUser {
    CreateUser::new(w.spot, name("New"), email("new"), OrganizationRole::Member)
}

/// Creates a user, and returns what became of it with what it sees.
fn created(w: &World, command: &CreateUser) -> String {
    let before = w.records(w.spot).len();
    let user = w.done(&w.caller("ada"), command).user;
    let kinds = w.records(w.spot).split_off(before);
    let kinds: Vec<_> = kinds.iter().map(|it| it.kind.to_string()).collect();
    let caller = Caller::user(w.spot, user);
    let seen = w.ask(&caller, &ListAccounts::new(w.spot));
    format!("{}; sees {seen}", kinds.join(", "))
}

/// Rule of Spot: who is created without accounts views the default one.
#[test]
fn the_first_account_of_a_user_follows_the_rule() {
    table(&[
        (
            "by default, none",
            |w| created(w, &newcomer(w)),
            "user.created; sees []",
        ),
        (
            "a viewer of the organization sees all of them, the default one too",
            |w| {
                let mut command = newcomer(w);
                command.role = OrganizationRole::Viewer;
                created(w, &command)
            },
            "user.created; sees [{main}, {lab}, {vault}]",
        ),
    ]);
    let mut spot = settings();
    spot.rules = tenancy::settings::Rules::spot();
    table_with(
        spot,
        &[
            (
                "as at Spot, the default one",
                |w| created(w, &newcomer(w)),
                "user.created, user.attached; sees [{main}]",
            ),
            (
                "who views it uses what a viewer uses",
                |w| {
                    let user = w.done(&w.caller("ada"), &newcomer(w)).user;
                    let caller = Caller::user(w.spot, user);
                    let check = |action| check(w, &caller, action, w.main);
                    format!("{}; {}", check("fleet:read"), check("fleet:create"))
                },
                "allowed by account role viewer; not granted: asks for editor",
            ),
            (
                "an omitted account is that one",
                |w| {
                    let user = w.done(&w.caller("ada"), &newcomer(w)).user;
                    w.ask(&Caller::user(w.spot, user), &GetAccount::default_of(w.spot))
                },
                "{main}",
            ),
            (
                "the one that is the default one by now",
                |w| {
                    make_default(w, &w.caller("ada"), w.vault);
                    created(w, &newcomer(w))
                },
                "user.created, user.attached; sees [{vault}]",
            ),
            (
                "who gets another, gets that alone",
                |w| created(w, &newcomer(w).attach(w.lab, AccountRole::Editor)),
                "user.created, user.attached; sees [{lab}]",
            ),
            (
                "a program gets none",
                |w| {
                    let role = OrganizationRole::Member;
                    let command = CreateProgrammaticUser::new(w.spot, name("bot"), role);
                    w.run(&w.caller("ada"), &command)
                },
                "programmatic_user.created",
            ),
            (
                "where none is open, none",
                |w| {
                    alone(w);
                    close(w, w.main);
                    created(w, &newcomer(w))
                },
                "user.created; sees []",
            ),
            (
                "it closes: the user is not attached to its successor",
                |w| {
                    let user = w.done(&w.caller("ada"), &newcomer(w)).user;
                    close_for(w, w.main, w.vault);
                    w.clock.set(time(UNTIL));
                    w.ask(&Caller::user(w.spot, user), &ListAccounts::new(w.spot))
                },
                "[]",
            ),
        ],
    );
    table_with(
        first(AccountRole::Editor),
        &[(
            "as an editor, where the rule says so",
            |w| {
                let user = w.done(&w.caller("ada"), &newcomer(w)).user;
                let caller = Caller::user(w.spot, user);
                check(w, &caller, "fleet:create", w.main)
            },
            "allowed by account role editor",
        )],
    );
}

/// Labels go with an account as long as it is there; closing takes them from nobody.
#[test]
fn an_account_keeps_its_labels_while_it_closes() {
    let w = World::new();
    let mut labels = tenancy::label::Labels::new();
    labels.try_insert(name("team"), name("ops")).unwrap();
    let command = ChangeLabels::new(w.spot, w.lab.into()).set(labels);
    w.done(&w.caller("ada"), &command);
    close(&w, w.lab);
    restore(&w, w.lab);
    assert_eq!(w.state(w.spot).marks(w.lab.into()).labels.len(), 1);
}
