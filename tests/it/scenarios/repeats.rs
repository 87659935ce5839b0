//! Commands that are repeated under their name (law G6), and several in one commit.

use tenancy::command::{
    ActivateOrganization, AnyCommand, AttachUser, Batch, CreateAccount, CreateProgrammaticUser,
    CreateUser, DetachUser, Done, IssueToken, RevokeToken, SignUp,
};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::{Caller, Request};

use crate::world::{
    World, email, ghost, host, name, person, personal, programmatic, settings, table, table_with,
    temporary,
};

fn create(w: &World, caller: &Caller, id: &str, account: &str) -> String {
    let command = CreateAccount::new(w.spot, name(account));
    w.run(caller, Request::new(&command).named(name(id)))
}

#[test]
fn a_command_id_is_used_once() {
    const REUSED: &str = "command_reused: command id `c-1` was used before with other content";
    table(&[
        (
            "the same again: nothing more",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.caller("ada"), "c-1", "A")
            },
            "nothing",
        ),
        (
            "under another id: refused by the rule",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.caller("ada"), "c-2", "A")
            },
            "account_name_taken: account name `A` is taken",
        ),
        (
            "other content",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.caller("ada"), "c-1", "B")
            },
            REUSED,
        ),
        (
            "other content that a rule refuses too",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.caller("ada"), "c-1", "Lab")
            },
            REUSED,
        ),
        (
            "another kind of command",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                let command = ActivateOrganization::new(w.spot);
                w.run(&w.caller("ada"), Request::new(&command).named(name("c-1")))
            },
            REUSED,
        ),
        (
            "another user",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.caller("olga"), "c-1", "B")
            },
            "account.created",
        ),
        (
            "another user, the same content: nobody else learns of it",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.caller("olga"), "c-1", "A")
            },
            "account_name_taken: account name `A` is taken",
        ),
        (
            "the host",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &host(), "c-1", "B")
            },
            "account.created",
        ),
        (
            "the same user by a token, other content",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.bearer("ada", "t", personal()).1, "c-1", "B")
            },
            REUSED,
        ),
        (
            "a stranger learns nothing",
            |w| {
                create(w, &w.caller("ada"), "c-1", "A");
                create(w, &w.caller("eve"), "c-1", "A")
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "what was refused was not done, and is judged anew",
            |w| {
                create(w, &w.caller("ada"), "c-1", "Lab");
                create(w, &w.caller("ada"), "c-1", "Lab")
            },
            "account_name_taken: account name `Lab` is taken",
        ),
        (
            "what was refused leaves its id free",
            |w| {
                create(w, &w.caller("ada"), "c-1", "Lab");
                create(w, &w.caller("ada"), "c-1", "Lab 2")
            },
            "account.created",
        ),
        (
            "what was denied leaves its id free",
            |w| {
                create(w, &w.caller("mia"), "c-1", "A");
                let promoted = w.caller("ada");
                create(w, &promoted, "c-1", "A")
            },
            "account.created",
        ),
        (
            "what changed nothing is remembered all the same",
            |w| {
                let command = ActivateOrganization::new(w.spot);
                w.run(&w.caller("ada"), Request::new(&command).named(name("c-1")));
                create(w, &w.caller("ada"), "c-1", "A")
            },
            REUSED,
        ),
        (
            "another person",
            |w| {
                sign_up(w, &person("zoe"), "Zoe");
                sign_up(w, &person("yan"), "Yan")
            },
            "organization.created, account.created, user.created",
        ),
        (
            "the same person",
            |w| {
                sign_up(w, &person("zoe"), "Zoe");
                sign_up(w, &person("zoe"), "Zoe")
            },
            "nothing",
        ),
        (
            "the same person, other content",
            |w| {
                sign_up(w, &person("zoe"), "Zoe");
                sign_up(w, &person("zoe"), "Yan")
            },
            REUSED,
        ),
    ]);
    fn sign_up(w: &World, caller: &Caller, organization: &str) -> String {
        let command = SignUp::new(name(organization), name("Z"));
        w.run(caller, Request::new(&command).named(name("c-1")))
    }
}

/// The output is that of the first run; the secret was told once. A later state changes nothing.
#[test]
fn a_repeated_command_answers_as_the_first_time() {
    let w = World::new();
    let ada = w.caller("ada");
    let id = || name("c-1");

    let zoe = person("zoe");
    let sign_up = SignUp::new(name("Zoe"), name("Zoe"));
    let first = w.done(&zoe, Request::new(&sign_up).named(id()));
    w.clock.advance(crate::world::seconds(3600));
    assert_eq!(w.done(&zoe, Request::new(&sign_up).named(id())), first);

    let role = OrganizationRole::Member;
    let user = CreateUser::new(w.spot, name("New"), email("new"), role)
        .attach(w.lab, AccountRole::Editor)
        .attach(w.main, AccountRole::Viewer)
        .token(personal());
    let first = w.done(&ada, Request::new(&user).named(id()));
    let detach = DetachUser::new(w.spot, first.user, w.lab);
    w.done(&ada, &detach);
    let again = w.done(&ada, Request::new(&user).named(id()));
    let (first_token, token) = (first.token.unwrap(), again.token.unwrap());
    assert_eq!((again.user, token.id), (first.user, first_token.id));
    assert!(first_token.secret.is_some() && token.secret.is_none());

    let issue = IssueToken::new(w.spot, w.user("mia"), personal());
    let first = w.done(&w.caller("mia"), Request::new(&issue).named(id()));
    let mia = w.caller("mia");
    w.done(&mia, &RevokeToken::new(w.spot, first.id));
    let again = w.done(&mia, Request::new(&issue).named(id()));
    assert_eq!((again.id, again.secret.is_none()), (first.id, true));

    // Rights that were lost meanwhile change nothing of what was told.
    let adam = w.caller("adam");
    let account = CreateAccount::new(w.spot, name("A"));
    let first = w.done(&adam, Request::new(&account).named(id()));
    assert_eq!(w.done(&adam, Request::new(&account).named(id())), first);

    // Without a name each run is a command of its own.
    let before = w.state(w.spot).tokens().len();
    w.done(&mia, &issue);
    w.done(&mia, &issue);
    assert_eq!(w.state(w.spot).tokens().len(), before + 2);
}

#[test]
fn a_batch_is_one_commit() {
    fn batch(w: &World) -> Batch {
        Batch::new(w.spot)
    }
    table(&[
        (
            "of nothing",
            |w| w.run(&w.caller("mia"), &batch(w)),
            "nothing",
        ),
        (
            "of nothing, in another organization",
            |w| w.run(&w.caller("eve"), &batch(w)),
            "not_found: `{spot}` is not found",
        ),
        (
            "of two",
            |w| {
                let batch = batch(w)
                    .and(CreateAccount::new(w.spot, name("A")))
                    .and(CreateAccount::new(w.spot, name("B")));
                w.run(&w.caller("ada"), &batch)
            },
            "account.created, account.created",
        ),
        (
            "the second sees what the first did",
            |w| {
                let batch = batch(w)
                    .and(CreateAccount::new(w.spot, name("A")))
                    .and(CreateAccount::new(w.spot, name("a")));
                w.run(&w.caller("ada"), &batch)
            },
            "account_name_taken: account name `a` is taken",
        ),
        (
            "addresses too",
            |w| {
                let user = |text| {
                    let role = OrganizationRole::Member;
                    CreateUser::new(w.spot, name("N"), name(text), role)
                };
                let batch = batch(w)
                    .and(user("n@example.com"))
                    .and(user("N@example.com"));
                w.run(&w.caller("ada"), &batch)
            },
            "email_taken: address `N@example.com` is taken",
        ),
        (
            "the last refused: nothing is done",
            |w| {
                let batch = batch(w)
                    .and(CreateAccount::new(w.spot, name("A")))
                    .and(RevokeToken::new(w.spot, ghost()));
                w.run(&w.caller("ada"), &batch)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "the last denied: nothing is done",
            |w| {
                let batch = batch(w)
                    .and(IssueToken::new(w.spot, w.user("mia"), personal()))
                    .and(CreateAccount::new(w.spot, name("A")));
                w.run(&w.caller("mia"), &batch)
            },
            "not granted: asks for admin",
        ),
        (
            "rights are judged one by one",
            |w| {
                let batch = batch(w)
                    .and(ActivateOrganization::new(w.spot))
                    .and(IssueToken::new(w.spot, w.user("ada"), personal()));
                w.run(&w.caller("adam"), &batch)
            },
            "outranked: `{ada}` is owner, and the caller is admin",
        ),
        (
            "rights that an earlier one takes are gone for the later one",
            |w| {
                let edda = w.user("edda");
                let batch = batch(w)
                    .and(DetachUser::new(w.spot, edda, w.lab))
                    .and(IssueToken::new(w.spot, edda, personal().accounts([w.lab])));
                w.run(&w.caller("edda"), &batch)
            },
            "not_found: `{lab}` is not found",
        ),
        (
            "a token that revokes itself first does no more",
            |w| {
                let (id, bearer) = w.bearer("ada", "t", personal());
                let batch = batch(w)
                    .and(RevokeToken::new(w.spot, id))
                    .and(CreateAccount::new(w.spot, name("A")));
                w.run(&bearer, &batch)
            },
            "denied: the token is revoked",
        ),
        (
            "a command of another organization",
            |w| {
                let batch = batch(w)
                    .and(CreateAccount::new(w.spot, name("A")))
                    .and(CreateAccount::new(w.rival.organization, name("B")));
                w.run(&w.caller("ada"), &batch)
            },
            "other_organization: a command of the batch names `{rival}`, expected `{spot}`",
        ),
        (
            "a command of another organization, by the host",
            |w| {
                let batch = batch(w).and(CreateAccount::new(w.rival.organization, name("B")));
                w.run(&host(), &batch)
            },
            "other_organization: a command of the batch names `{rival}`, expected `{spot}`",
        ),
        (
            "by an owner of another",
            |w| {
                let batch = batch(w).and(CreateAccount::new(w.spot, name("A")));
                w.run(&w.caller("eve"), &batch)
            },
            "not_found: `{spot}` is not found",
        ),
        (
            "what is done already makes no event",
            |w| {
                let rita = w.user("rita");
                let batch = batch(w)
                    .and(ActivateOrganization::new(w.spot))
                    .and(AttachUser::new(w.spot, rita, w.lab, AccountRole::Viewer))
                    .and(AttachUser::new(w.spot, rita, w.lab, AccountRole::Editor))
                    .and(AttachUser::new(w.spot, rita, w.lab, AccountRole::Editor));
                w.run(&w.caller("ada"), &batch)
            },
            "user.attached",
        ),
    ]);
    let mut few = settings();
    few.limits.batch = 2;
    few.limits.accounts = 4;
    few.limits.live_tokens = 1;
    fn accounts(w: &World, names: &[&str]) -> String {
        let add = |batch: Batch, text: &&str| batch.and(CreateAccount::new(w.spot, name(text)));
        let batch = names.iter().fold(Batch::new(w.spot), add);
        w.run(&w.caller("ada"), &batch)
    }
    table_with(
        few,
        &[
            (
                "as many as there may be",
                |w| {
                    let activate = ActivateOrganization::new(w.spot);
                    let batch = batch(w).and(activate.clone()).and(activate);
                    w.run(&w.caller("ada"), &batch)
                },
                "nothing",
            ),
            (
                "one more",
                |w| accounts(w, &["A", "B", "C"]),
                "limit: there would be 3 commands in the batch, expected at most 2",
            ),
            (
                "limits count what came before",
                |w| accounts(w, &["A", "B"]),
                "limit: there would be 5 accounts in the organization, expected at most 4",
            ),
            (
                "live tokens too",
                |w| {
                    let issue = IssueToken::new(w.spot, w.user("mia"), temporary());
                    let batch = batch(w).and(issue.clone()).and(issue);
                    w.run(&w.caller("mia"), &batch)
                },
                "limit: there would be 2 live tokens of the user, expected at most 1",
            ),
        ],
    );
}

/// Each tells what it tells alone, in order; repeated, without the secrets.
#[test]
fn a_batch_tells_what_each_told() {
    let w = World::new();
    let ada = w.caller("ada");
    let robot = CreateProgrammaticUser::new(w.spot, name("bot"), OrganizationRole::Member)
        .attach(w.lab, AccountRole::Viewer)
        .token(programmatic());
    let mia = w.user("mia");
    let batch = Batch::new(w.spot)
        .and(ActivateOrganization::new(w.spot))
        .and(CreateAccount::new(w.spot, name("A")))
        .and(robot)
        .and(DetachUser::new(w.spot, mia, w.lab))
        .and(AttachUser::new(w.spot, mia, w.lab, AccountRole::Viewer))
        .and(IssueToken::new(w.spot, mia, personal()))
        .and(DetachUser::new(w.spot, mia, w.lab));
    let told = |done: &[Done]| -> Vec<String> {
        let tell = |done: &Done| match done {
            Done::Account(account) => account.to_string(),
            Done::Done => "done".into(),
            Done::Token(token) => token.id.to_string(),
            Done::User(user) => format!("{} {}", user.user, user.token.as_ref().unwrap().id),
            other => panic!("unlisted {other:?}"),
        };
        done.iter().map(tell).collect()
    };
    let secrets = |done: &[Done]| {
        let secret = |done: &&Done| match done {
            Done::Token(token) => token.secret.is_some(),
            Done::User(user) => user.token.as_ref().is_some_and(|it| it.secret.is_some()),
            Done::Account(_) | Done::Done => false,
            other => panic!("unlisted {other:?}"),
        };
        done.iter().filter(secret).count()
    };
    let first = w.done(&ada, Request::new(&batch).named(name("b-1")));
    let again = w.done(&ada, Request::new(&batch).named(name("b-1")));
    assert_eq!(told(&first), told(&again));
    assert_eq!((first.len(), secrets(&first), secrets(&again)), (7, 2, 0));
    let records = w.records(w.spot);
    let command = &records.last().unwrap().command;
    let kinds: Vec<_> = records
        .iter()
        .filter(|record| record.command == *command)
        .map(|record| &*record.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            "account.created",
            "programmatic_user.created",
            "user.attached",
            "token.issued",
            "user.attached",
            "token.issued",
            "user.detached",
        ]
    );
}

/// A batch of one does what the command does alone, for every command and many callers: no way
/// in is wider than another.
#[test]
fn a_batch_of_one_is_the_command() {
    let commands: [fn(&World) -> AnyCommand; 9] = [
        |w| ActivateOrganization::new(w.spot).into(),
        |w| CreateAccount::new(w.spot, name("A")).into(),
        |w| {
            let role = OrganizationRole::Owner;
            CreateUser::new(w.spot, name("N"), email("n"), role).into()
        },
        |w| CreateProgrammaticUser::new(w.spot, name("b"), OrganizationRole::Admin).into(),
        |w| AttachUser::new(w.spot, w.user("edda"), w.lab, AccountRole::Viewer).into(),
        |w| DetachUser::new(w.spot, w.user("edda"), w.lab).into(),
        |w| IssueToken::new(w.spot, w.user("edda"), personal()).into(),
        |w| RevokeToken::new(w.spot, ghost()).into(),
        |w| CreateAccount::new(w.spot, name("Lab")).into(),
    ];
    let mut kinds = alloc::collections::BTreeSet::new();
    for make in commands {
        for user in ["ada", "adam", "vera", "bill", "mia", "edda", "robo", "eve"] {
            let (one, other) = (World::new(), World::new());
            let alone = match make(&one) {
                AnyCommand::ActivateOrganization(it) => one.run(&one.caller(user), &it),
                AnyCommand::AttachUser(it) => one.run(&one.caller(user), &it),
                AnyCommand::CreateAccount(it) => one.run(&one.caller(user), &it),
                AnyCommand::CreateProgrammaticUser(it) => one.run(&one.caller(user), &it),
                AnyCommand::CreateUser(it) => one.run(&one.caller(user), &it),
                AnyCommand::DetachUser(it) => one.run(&one.caller(user), &it),
                AnyCommand::IssueToken(it) => one.run(&one.caller(user), &it),
                AnyCommand::RevokeToken(it) => one.run(&one.caller(user), &it),
                unlisted => panic!("unlisted {unlisted:?}"),
            };
            let command = make(&other);
            let json = serde_json::to_value(&command).unwrap();
            kinds.insert(json["command"].as_str().unwrap().to_owned());
            let batch = Batch::new(other.spot).and(command);
            let batched = other.run(&other.caller(user), &batch);
            assert_eq!(alone, batched, "{user} {json}");
        }
    }
    let source = include_str!("../../../src/command/batch.rs");
    let list = source.split("any_command!(").nth(1).unwrap();
    let list = list.split(')').next().unwrap();
    assert_eq!(kinds.len(), list.split(',').count(), "every command");
}
