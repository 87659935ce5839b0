//! Making, attaching and detaching users (laws U1 to U4, U7).

use tenancy::command::{AttachUser, CreateProgrammaticUser, CreateUser, DetachUser};
use tenancy::id::AccountId;
use tenancy::organization::user::UserKind;
use tenancy::role::AccountRole::{Editor, Viewer};
use tenancy::role::OrganizationRole::{Admin, Billing, Member, Owner};

use crate::world::{
    World, email, ghost, host, name, person, personal, programmatic, settings, table, table_with,
    temporary,
};

fn member(world: &World, address: &str) -> CreateUser {
    CreateUser::new(world.spot, name("New"), name(address), Member)
}

fn program(world: &World) -> CreateProgrammaticUser {
    CreateProgrammaticUser::new(world.spot, name("bot"), Member)
}

fn ada(world: &World) -> tenancy::Caller {
    world.caller("ada")
}

#[test]
fn create_user() {
    const TAKEN: &str = "email_taken: address";
    table(&[
        (
            "bare",
            |w| w.run(&ada(w), &member(w, "new@example.com")),
            "user.created",
        ),
        (
            "by the host",
            |w| w.run(&host(), &member(w, "new@example.com")),
            "user.created",
        ),
        (
            "by the host as owner",
            |w| {
                let command = CreateUser::new(w.spot, name("New"), email("new"), Owner);
                w.run(&host(), &command)
            },
            "user.created",
        ),
        (
            "with accounts and a token",
            |w| {
                let command = member(w, "new@example.com")
                    .attach(w.lab, Editor)
                    .attach(w.main, Viewer)
                    .token(personal());
                w.run(&ada(w), &command)
            },
            "user.created, user.attached, user.attached, token.issued",
        ),
        (
            "with one account twice, alike",
            |w| {
                let command = member(w, "new@example.com")
                    .attach(w.lab, Editor)
                    .attach(w.lab, Editor);
                w.run(&ada(w), &command)
            },
            "user.created, user.attached",
        ),
        (
            "with one account twice, the last holds",
            |w| {
                let command = member(w, "new@example.com")
                    .attach(w.lab, Editor)
                    .attach(w.lab, Viewer);
                let user = w.done(&ada(w), &command).user;
                format!("{:?}", w.state(w.spot).user(user).unwrap().role_on(w.lab))
            },
            "Some(Viewer)",
        ),
        (
            "with an account that is not there",
            |w| {
                let command = member(w, "new@example.com").attach(ghost(), Viewer);
                w.run(&ada(w), &command)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "with an account of another organization",
            |w| {
                let command = member(w, "new@example.com").attach(w.rival.account, Viewer);
                w.run(&ada(w), &command)
            },
            "not_found: `{den}` is not found",
        ),
        (
            "with a token of the wrong kind",
            |w| {
                let command = member(w, "new@example.com").token(programmatic());
                w.run(&ada(w), &command)
            },
            "token_kind: a personal user was asked for a programmatic token",
        ),
        (
            "with a token for an account that is not there",
            |w| {
                let token = personal().accounts([ghost()]);
                w.run(&ada(w), &member(w, "new@example.com").token(token))
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "a peer with a token",
            |w| {
                let command = CreateUser::new(w.spot, name("New"), email("new"), Admin);
                w.run(&w.caller("adam"), &command.clone().token(personal()))
                    .starts_with("outranked: ")
                    .to_string()
            },
            "true",
        ),
        (
            "a peer without one",
            |w| {
                let command = CreateUser::new(w.spot, name("New"), email("new"), Admin);
                w.run(&w.caller("adam"), &command)
            },
            "user.created",
        ),
        (
            "a taken address",
            |w| w.run(&ada(w), &member(w, "mia@example.com")),
            "email_taken: address `mia@example.com` is taken",
        ),
        (
            "a taken address in other case",
            |w| w.run(&ada(w), &member(w, "MIA@Example.com")),
            "email_taken: address `MIA@Example.com` is taken",
        ),
        (
            "the founder's address",
            |w| {
                w.run(&ada(w), &member(w, "ada@example.com"))
                    .starts_with(TAKEN)
                    .to_string()
            },
            "true",
        ),
        (
            "an address of a user of another organization",
            |w| w.run(&ada(w), &member(w, "eve@example.com")),
            "user.created",
        ),
        (
            "an address with a tag is another one",
            |w| w.run(&ada(w), &member(w, "mia+1@example.com")),
            "user.created",
        ),
        (
            "a taken address is said to nobody without the right",
            |w| w.run(&w.caller("vera"), &member(w, "mia@example.com")),
            "not granted: asks for admin",
        ),
        (
            "from another organization",
            |w| w.run(&w.caller("eve"), &member(w, "mia@example.com")),
            "not_found: `{spot}` is not found",
        ),
        (
            "by a person whose address is an owner's",
            |w| w.run(&person("ada"), &member(w, "new@example.com")),
            "not_found: `{spot}` is not found",
        ),
        (
            "with a confined token",
            |w| {
                let (_, bearer) = w.bearer("ada", "t", personal().accounts([w.lab]));
                w.run(&bearer, &member(w, "new@example.com").attach(w.lab, Viewer))
            },
            "denied: the token is confined to other accounts",
        ),
    ]);
}

#[test]
fn create_programmatic_user() {
    table(&[
        (
            "bare",
            |w| w.run(&ada(w), &program(w)),
            "programmatic_user.created",
        ),
        (
            "with everything",
            |w| {
                let command = program(w)
                    .description(name("deploys\neverything"))
                    .attach(w.lab, Editor)
                    .token(programmatic());
                w.run(&ada(w), &command)
            },
            "programmatic_user.created, user.attached, token.issued",
        ),
        (
            "with a temporary token",
            |w| w.run(&ada(w), &program(w).token(temporary())),
            "programmatic_user.created, token.issued",
        ),
        (
            "with a personal token",
            |w| w.run(&ada(w), &program(w).token(personal())),
            "token_kind: a programmatic user was asked for a personal token",
        ),
        (
            "as owner",
            |w| {
                let command = CreateProgrammaticUser::new(w.spot, name("bot"), Owner);
                w.run(&ada(w), &command)
            },
            "owner_not_person: a programmatic user cannot be owner",
        ),
        (
            "as owner by the host: rules hold for it too",
            |w| {
                let command = CreateProgrammaticUser::new(w.spot, name("bot"), Owner);
                w.run(&host(), &command)
            },
            "owner_not_person: a programmatic user cannot be owner",
        ),
        (
            "as admin",
            |w| {
                let command = CreateProgrammaticUser::new(w.spot, name("bot"), Admin);
                w.run(&w.caller("adam"), &command)
            },
            "programmatic_user.created",
        ),
        (
            "under a name that is there: names of users may repeat",
            |w| {
                let command = CreateProgrammaticUser::new(w.spot, name("robo"), Billing);
                w.run(&ada(w), &command)
            },
            "programmatic_user.created",
        ),
        (
            "by a program",
            |w| w.run(&w.caller("robo"), &program(w)),
            "not granted: asks for admin",
        ),
    ]);
    let w = World::new();
    let made = w.done(&ada(&w), &program(&w));
    let state = w.state(w.spot);
    let user = state.user(made.user).unwrap();
    assert_eq!((user.kind(), user.email()), (UserKind::Programmatic, None));
    assert!(made.token.is_none());
}

#[test]
fn there_are_as_many_users_as_there_may_be() {
    let mut few = settings();
    few.limits.users = 14;
    table_with(
        few,
        &[
            (
                "the last",
                |w| w.run(&ada(w), &member(w, "new@example.com")),
                "user.created",
            ),
            (
                "one more",
                |w| {
                    w.run(&ada(w), &program(w));
                    w.run(&ada(w), &member(w, "new@example.com"))
                },
                "limit: there would be 15 users in the organization, expected at most 14",
            ),
            (
                "one program more",
                |w| {
                    w.run(&ada(w), &program(w));
                    w.run(&ada(w), &program(w))
                },
                "limit: there would be 15 users in the organization, expected at most 14",
            ),
        ],
    );
    let mut none = settings();
    none.limits.live_tokens = 0;
    table_with(
        none,
        &[(
            "a first token where there may be none",
            |w| w.run(&ada(w), &program(w).token(programmatic())),
            "limit: there would be 1 live tokens of the user, expected at most 0",
        )],
    );
}

fn attach(w: &World, caller: &str, user: &str, account: AccountId) -> String {
    let command = AttachUser::new(w.spot, w.user(user), account, Viewer);
    w.run(&w.caller(caller), &command)
}

#[test]
fn attach_user() {
    table(&[
        (
            "a member",
            |w| attach(w, "adam", "mia", w.lab),
            "user.attached",
        ),
        (
            "again with the same role",
            |w| attach(w, "adam", "rita", w.lab),
            "nothing",
        ),
        (
            "again with another role",
            |w| attach(w, "adam", "edda", w.lab),
            "user.attached",
        ),
        (
            "oneself",
            |w| attach(w, "adam", "adam", w.lab),
            "user.attached",
        ),
        (
            "oneself without the right",
            |w| attach(w, "mia", "mia", w.lab),
            "not_found: `{lab}` is not found",
        ),
        (
            "oneself without the right, where one views already",
            |w| {
                let command = AttachUser::new(w.spot, w.user("rita"), w.lab, Editor);
                w.run(&w.caller("rita"), &command)
            },
            "not granted: asks for admin",
        ),
        (
            "another, by an editor of the account",
            |w| attach(w, "edda", "mia", w.lab),
            "not granted: asks for admin",
        ),
        (
            "a user that is not there",
            |w| {
                let command = AttachUser::new(w.spot, ghost(), w.lab, Viewer);
                w.run(&ada(w), &command)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "a user of another organization",
            |w| attach(w, "ada", "eve", w.lab),
            "not_found: `{eve}` is not found",
        ),
        (
            "to an account that is not there",
            |w| attach(w, "ada", "mia", ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "to an account of another organization",
            |w| attach(w, "ada", "mia", w.rival.account),
            "not_found: `{den}` is not found",
        ),
        (
            "by the host",
            |w| {
                let command = AttachUser::new(w.spot, w.user("olga"), w.lab, Viewer);
                w.run(&host(), &command)
            },
            "user.attached",
        ),
        (
            "by the host, to an account that is not there",
            |w| {
                let command = AttachUser::new(w.spot, w.user("olga"), ghost(), Viewer);
                w.run(&host(), &command)
            },
            "not_found: `{ghost}` is not found",
        ),
        (
            "with a token that is confined to the account",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
                let command = AttachUser::new(w.spot, w.user("mia"), w.lab, Viewer);
                w.run(&bearer, &command)
            },
            "user.attached",
        ),
        (
            "with a token that is confined to another",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
                let command = AttachUser::new(w.spot, w.user("mia"), w.main, Viewer);
                w.run(&bearer, &command)
            },
            "denied: the token is confined to other accounts",
        ),
        (
            "with a token that is confined to another, to an account that is not there",
            |w| {
                let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
                let command = AttachUser::new(w.spot, w.user("mia"), ghost(), Viewer);
                w.run(&bearer, &command)
            },
            "denied: the token is confined to other accounts",
        ),
    ]);
}

fn detach(w: &World, caller: &str, user: &str, account: AccountId) -> String {
    let command = DetachUser::new(w.spot, w.user(user), account);
    w.run(&w.caller(caller), &command)
}

#[test]
fn detach_user() {
    table(&[
        (
            "a member",
            |w| detach(w, "adam", "edda", w.lab),
            "user.detached",
        ),
        (
            "one who is not attached",
            |w| detach(w, "adam", "mia", w.lab),
            "nothing",
        ),
        (
            "oneself",
            |w| detach(w, "rita", "rita", w.lab),
            "user.detached",
        ),
        (
            "oneself, by a program",
            |w| detach(w, "robo", "robo", w.lab),
            "user.detached",
        ),
        (
            "oneself, twice: it is out of sight then",
            |w| {
                detach(w, "rita", "rita", w.lab);
                detach(w, "rita", "rita", w.lab)
            },
            "not_found: `{lab}` is not found",
        ),
        (
            "oneself from an account out of sight",
            |w| detach(w, "mia", "mia", w.vault),
            "not_found: `{vault}` is not found",
        ),
        (
            "oneself from an account that never was",
            |w| detach(w, "mia", "mia", ghost()),
            "not_found: `{ghost}` is not found",
        ),
        (
            "oneself from an account in sight",
            |w| detach(w, "vera", "vera", w.vault),
            "nothing",
        ),
        (
            "another, from an account in sight",
            |w| detach(w, "edda", "rita", w.lab),
            "not granted: asks for admin",
        ),
        (
            "another, from an account out of sight",
            |w| detach(w, "mia", "rita", w.lab),
            "not_found: `{lab}` is not found",
        ),
        (
            "a user that is not there",
            |w| w.run(&ada(w), &DetachUser::new(w.spot, ghost(), w.lab)),
            "not_found: `{ghost}` is not found",
        ),
        (
            "a user of another organization",
            |w| detach(w, "ada", "eve", w.lab),
            "not_found: `{eve}` is not found",
        ),
        (
            "a higher one",
            |w| detach(w, "adam", "olga", w.lab),
            "outranked: `{olga}` is owner, and the caller is admin",
        ),
        (
            "oneself, with a confined token of a member",
            |w| {
                let (_, bearer) = w.bearer("rita", "t", personal().accounts([w.lab]));
                w.run(&bearer, &DetachUser::new(w.spot, w.user("rita"), w.lab))
            },
            "not granted: asks for admin",
        ),
    ]);
}

/// Law U1: rights on the account come and go with the attachment, and only there.
#[test]
fn an_attachment_is_on_one_account() {
    let w = World::new();
    let role = |account| {
        w.state(w.spot)
            .user(w.user("edda"))
            .unwrap()
            .role_on(account)
    };
    assert_eq!(
        [role(w.lab), role(w.main), role(w.vault)],
        [Some(Editor), None, None]
    );
    detach(&w, "edda", "edda", w.lab);
    assert_eq!(role(w.lab), None);
}
