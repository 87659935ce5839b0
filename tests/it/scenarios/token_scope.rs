//! Tokens confined to actions (laws T3, T4, U4), and what is kept of who was told a secret.

use tenancy::caller::Authentication;
use tenancy::command::{
    AcceptOwnership, AttachUser, ChangeRole, Command, CreateAccount, CreateProgrammaticUser,
    CreateUser, InviteUser, IssueToken, LeaveOrganization, NewToken, OfferOwnership, ProveEmail,
    RenameAccount, ResendInvitation, RevokeToken, RotateToken,
};
use tenancy::id::{InvitationId, TokenId};
use tenancy::organization::token::Token;
use tenancy::query::{
    Check, GetAccount, GetOrganization, GetToken, ListAccounts, ListTokens, ListUsers,
};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::{Caller, Error};

use crate::world::{
    World, email, ghost, host, name, personal, programmatic, settings, table, table_with, temporary,
};

const DENIED: &str = "denied: the token is confined to other actions";
const WIDER: &str = "token_scope: the token would reach further than the caller's own token";

/// Returns a personal token for these actions.
fn only<const N: usize>(actions: [&str; N]) -> NewToken {
    personal().actions(actions.map(name))
}

/// Returns who comes with a token of a user that is confined to these actions.
fn with<const N: usize>(w: &World, user: &str, actions: [&str; N]) -> Caller {
    w.bearer(user, "t", only(actions)).1
}

fn issue(w: &World, caller: &Caller, user: &str, token: NewToken) -> String {
    w.run(caller, &IssueToken::new(w.spot, w.user(user), token))
}

/// Runs a command that makes a token, and shows what of it is confined.
fn scope<C: Command>(
    w: &World,
    caller: &Caller,
    command: &C,
    token: fn(C::Output) -> TokenId,
) -> String {
    let made = w.registry.run(caller, command);
    w.check();
    match made {
        Ok(made) => shown(w, token(made)),
        Err(error) => told(w, &error),
    }
}

/// Shows what of a token is confined.
fn shown(w: &World, token: TokenId) -> String {
    let state = w.state(w.spot);
    let token = state.token(token).unwrap();
    let accounts = token.accounts().map_or_else(
        || "all".into(),
        |accounts| {
            let all: Vec<_> = accounts.iter().map(ToString::to_string).collect();
            all.join(" ")
        },
    );
    let actions = token.actions().map_or_else(
        || "all".into(),
        |actions| {
            let all: Vec<_> = actions.iter().map(ToString::to_string).collect();
            all.join(" ")
        },
    );
    w.named(&format!("accounts: {accounts}, actions: {actions}"))
}

fn told<E: core::error::Error>(w: &World, error: &Error<E>) -> String {
    w.told(error)
}

/// Law T3: what a token is confined to it may do as far as its owner may, and nothing else.
#[test]
fn a_token_for_some_actions_does_those_alone() {
    fn account(w: &World) -> CreateAccount {
        CreateAccount::new(w.spot, name("A"))
    }
    table(&[
        (
            "does what it is for",
            |w| w.run(&with(w, "adam", ["account:create"]), &account(w)),
            "account.created",
        ),
        (
            "does nothing beside it, though its owner may",
            |w| {
                let command =
                    CreateUser::new(w.spot, name("N"), email("n"), OrganizationRole::Member);
                w.run(&with(w, "adam", ["account:create"]), &command)
            },
            DENIED,
        ),
        (
            "does no more than its owner",
            |w| {
                let caller = with(w, "mia", ["account:create", "organization:read"]);
                w.run(&caller, &account(w))
            },
            "not granted: asks for admin",
        ),
        (
            "does no more than its owner, and is not told of what it may not read",
            |w| w.run(&with(w, "mia", ["account:create"]), &account(w)),
            "not_found: `{spot}` is not found",
        ),
        (
            "for no action, does nothing",
            |w| w.run(&with(w, "adam", []), &account(w)),
            DENIED,
        ),
        (
            "for no action, reads nothing",
            |w| w.ask(&with(w, "adam", []), &GetOrganization::new(w.spot)),
            DENIED,
        ),
        (
            "reads what it is for",
            |w| {
                let caller = with(w, "adam", ["account:read"]);
                w.ask(&caller, &GetAccount::new(w.spot, w.vault))
            },
            "{vault}",
        ),
        (
            "reads only what its owner reads",
            |w| {
                let caller = with(w, "edda", ["account:read"]);
                w.ask(&caller, &GetAccount::new(w.spot, w.vault))
            },
            "not_found: `{vault}` is not found",
        ),
        (
            "of what never was hears the same as of what is there",
            |w| {
                let caller = with(w, "adam", ["account:create"]);
                let there = w.ask(&caller, &GetAccount::new(w.spot, w.lab));
                let never = w.ask(&caller, &GetAccount::new(w.spot, ghost()));
                format!("{there}; {never}")
            },
            "denied: the token is confined to other actions; \
             denied: the token is confined to other actions",
        ),
        (
            "being a user of the organization is an action too",
            |w| {
                let caller = with(w, "adam", ["account:read"]);
                w.ask(&caller, &ListAccounts::new(w.spot))
            },
            DENIED,
        ),
        (
            "lists no rows that it may not read",
            |w| {
                let caller = with(w, "adam", ["organization:read"]);
                w.ask(&caller, &ListAccounts::new(w.spot))
            },
            "[]",
        ),
        (
            "lists rows that it may read",
            |w| {
                let caller = with(w, "adam", ["account:read", "organization:read"]);
                w.ask(&caller, &ListAccounts::new(w.spot))
            },
            "[{main}, {lab}, {vault}]",
        ),
        (
            "reads the organization without the account that it may not read",
            |w| {
                let caller = with(w, "adam", ["organization:read"]);
                w.ask(&caller, &GetOrganization::new(w.spot))
            },
            "{spot} active -",
        ),
        (
            "reads the default account",
            |w| {
                let caller = with(w, "adam", ["account:read", "organization:read"]);
                w.ask(&caller, &GetAccount::default_of(w.spot))
            },
            "{main}",
        ),
        (
            "lists no users",
            |w| {
                let caller = with(w, "adam", ["account:read", "organization:read"]);
                w.ask(&caller, &ListUsers::new(w.spot))
            },
            DENIED,
        ),
        (
            "lists not even its owner's tokens",
            |w| {
                let caller = with(w, "adam", ["account:read"]);
                w.ask(&caller, &ListTokens::new(w.spot).of_user(w.user("adam")))
            },
            DENIED,
        ),
        (
            "reads not even itself",
            |w| {
                let (id, caller) = w.bearer("adam", "t", only(["account:read"]));
                w.ask(&caller, &GetToken::new(w.spot, id))
            },
            DENIED,
        ),
        (
            "revokes not even itself",
            |w| {
                let (id, caller) = w.bearer("adam", "t", only(["account:read"]));
                w.run(&caller, &RevokeToken::new(w.spot, id))
            },
            DENIED,
        ),
        (
            "revokes itself where it may",
            |w| {
                let (id, caller) = w.bearer("adam", "t", only(["token:revoke"]));
                w.run(&caller, &RevokeToken::new(w.spot, id))
            },
            "token.revoked",
        ),
        (
            "does not leave, though leaving needs no role",
            |w| {
                let caller = with(w, "mia", ["organization:read"]);
                w.run(&caller, &LeaveOrganization::new(w.spot))
            },
            DENIED,
        ),
        (
            "uses the product where it may",
            |w| {
                let caller = with(w, "edda", ["fleet:create"]);
                w.ask(&caller, &Check::new(w.spot, name("fleet:create"), w.lab))
            },
            "`fleet:create` on `{lab}` is allowed by account role editor",
        ),
        (
            "nothing else of the product",
            |w| {
                let caller = with(w, "edda", ["fleet:create"]);
                w.ask(&caller, &Check::new(w.spot, name("fleet:read"), w.lab))
            },
            "`fleet:read` on `{lab}` is denied: the token is confined to other actions",
        ),
        (
            "a name that another begins with is another action",
            |w| {
                let caller = with(w, "edda", ["fleet:create"]);
                w.ask(&caller, &Check::new(w.spot, name("fleet:creat"), w.lab))
            },
            "`fleet:creat` on `{lab}` is not granted: asks for owner",
        ),
        (
            "nothing elsewhere",
            |w| {
                let caller = with(w, "adam", ["organization:read"]);
                w.ask(&caller, &GetOrganization::new(w.rival.organization))
            },
            "not_found: `{rival}` is not found",
        ),
    ]);
}

/// Laws T3 and X2: with accounts besides, both have to fit.
#[test]
fn a_token_for_some_actions_on_some_accounts() {
    const ACCOUNTS: &str = "denied: the token is confined to other accounts";
    fn both(w: &World) -> Caller {
        let token = only(["account:update", "account:create"]).accounts([w.lab]);
        w.bearer("adam", "t", token).1
    }
    fn rename(w: &World, account: tenancy::id::AccountId) -> String {
        w.run(&both(w), &RenameAccount::new(w.spot, account, name("A")))
    }
    table(&[
        (
            "its action on its account",
            |w| rename(w, w.lab),
            "account.renamed",
        ),
        ("its action on another", |w| rename(w, w.vault), ACCOUNTS),
        (
            "its action on one that never was",
            |w| rename(w, ghost()),
            ACCOUNTS,
        ),
        (
            "its action on the organization",
            |w| w.run(&both(w), &CreateAccount::new(w.spot, name("A"))),
            ACCOUNTS,
        ),
        (
            "another action on its account",
            |w| w.ask(&both(w), &GetAccount::new(w.spot, w.lab)),
            DENIED,
        ),
        (
            "another action on another account",
            |w| w.ask(&both(w), &GetAccount::new(w.spot, w.vault)),
            DENIED,
        ),
        (
            "on no account",
            |w| {
                let token = only(["account:update"]).accounts([]);
                let (_, caller) = w.bearer("adam", "t", token);
                w.run(&caller, &RenameAccount::new(w.spot, w.lab, name("A")))
            },
            ACCOUNTS,
        ),
        (
            "for no action",
            |w| {
                let token = only([]).accounts([w.lab]);
                let (_, caller) = w.bearer("adam", "t", token);
                w.run(&caller, &RenameAccount::new(w.spot, w.lab, name("A")))
            },
            DENIED,
        ),
    ]);
}

#[test]
fn the_actions_that_are_asked_for() {
    let mut few = settings();
    few.limits.token_actions = 2;
    table_with(
        few,
        &[
            (
                "of the crate and of the host",
                |w| {
                    issue(
                        w,
                        &w.caller("mia"),
                        "mia",
                        only(["account:read", "fleet:read"]),
                    )
                },
                "token.issued",
            ),
            (
                "none",
                |w| issue(w, &w.caller("mia"), "mia", only([])),
                "token.issued",
            ),
            (
                "one that the catalog lacks",
                |w| {
                    issue(
                        w,
                        &w.caller("mia"),
                        "mia",
                        only(["account:read", "server:launch"]),
                    )
                },
                "unknown_action: there is no action `server:launch`",
            ),
            (
                "one in other case",
                |w| issue(w, &w.caller("mia"), "mia", only(["Account:read"])),
                "unknown_action: there is no action `Account:read`, the nearest is `account:read`",
            ),
            (
                "the host is bound too",
                |w| issue(w, &host(), "mia", only(["server:launch"])),
                "unknown_action: there is no action `server:launch`",
            ),
            (
                "as many as there may be",
                |w| issue(w, &w.caller("mia"), "mia", only(["log:read", "user:read"])),
                "token.issued",
            ),
            (
                "one more",
                |w| {
                    let three = only(["log:read", "user:read", "account:read"]);
                    issue(w, &w.caller("mia"), "mia", three)
                },
                "limit: there would be 3 actions for the token, expected at most 2",
            ),
            (
                "one many times",
                |w| issue(w, &w.caller("mia"), "mia", only(["log:read"; 9])),
                "token.issued",
            ),
            (
                "kept in order, once each",
                |w| {
                    let token = only(["user:read", "log:read", "user:read"]);
                    let (id, _) = w.bearer("mia", "t", token);
                    shown(w, id)
                },
                "accounts: all, actions: log:read user:read",
            ),
        ],
    );
}

/// Law T4: a child does no more than its parent; asking for nothing is getting what that one has.
#[test]
fn a_child_is_for_no_other_actions() {
    fn parent(w: &World) -> Caller {
        with(w, "ada", ["account:read", "log:read", "token:issue"])
    }
    fn child(w: &World, parent: &Caller, token: NewToken) -> String {
        let command = IssueToken::new(w.spot, w.user("ada"), token);
        scope(w, parent, &command, |made| made.id)
    }
    table(&[
        (
            "asking for nothing",
            |w| child(w, &parent(w), personal()),
            "accounts: all, actions: account:read log:read token:issue",
        ),
        (
            "the same",
            |w| {
                let token = only(["token:issue", "log:read", "account:read"]);
                child(w, &parent(w), token)
            },
            "accounts: all, actions: account:read log:read token:issue",
        ),
        (
            "one of them",
            |w| child(w, &parent(w), only(["log:read"])),
            "accounts: all, actions: log:read",
        ),
        (
            "none of them",
            |w| child(w, &parent(w), only([])),
            "accounts: all, actions: ",
        ),
        (
            "another",
            |w| child(w, &parent(w), only(["user:read"])),
            WIDER,
        ),
        (
            "another besides",
            |w| child(w, &parent(w), only(["log:read", "user:read"])),
            WIDER,
        ),
        (
            "one that the catalog lacks",
            |w| child(w, &parent(w), only(["server:launch"])),
            WIDER,
        ),
        (
            "some accounts besides",
            |w| child(w, &parent(w), personal().accounts([w.lab])),
            "accounts: {lab}, actions: account:read log:read token:issue",
        ),
        (
            "by a parent that may not issue",
            |w| child(w, &with(w, "ada", ["log:read"]), personal()),
            DENIED,
        ),
        (
            "of a parent for some accounts, for some actions",
            |w| {
                let (_, parent) = w.bearer("ada", "p", personal().accounts([w.lab]));
                child(w, &parent, only(["log:read"]))
            },
            "accounts: {lab}, actions: log:read",
        ),
        (
            "of a child, beyond that child though within the first",
            |w| {
                let token = only(["log:read", "token:issue"]);
                let (_, text) = w.mint(&parent(w), "ada", "c", token);
                let second = w.authenticate(&text).unwrap();
                child(w, &second, only(["account:read"]))
            },
            WIDER,
        ),
        (
            "of a child, asking for nothing",
            |w| {
                let token = only(["log:read", "token:issue"]);
                let (_, text) = w.mint(&parent(w), "ada", "c", token);
                let second = w.authenticate(&text).unwrap();
                child(w, &second, personal())
            },
            "accounts: all, actions: log:read token:issue",
        ),
    ]);
}

/// Law U4: what a token may not do it does not get by way of another user.
#[test]
fn a_token_for_another_user_is_for_no_other_actions() {
    fn other(w: &World, caller: &Caller, token: NewToken) -> String {
        let command = IssueToken::new(w.spot, w.user("mia"), token);
        scope(w, caller, &command, |made| made.id)
    }
    fn issuer(w: &World) -> Caller {
        with(w, "adam", ["log:read", "token:issue"])
    }
    fn person(w: &World) -> CreateUser {
        CreateUser::new(w.spot, name("N"), email("n"), OrganizationRole::Member)
    }
    table(&[
        (
            "asking for nothing",
            |w| other(w, &issuer(w), personal()),
            "accounts: all, actions: log:read token:issue",
        ),
        (
            "less",
            |w| other(w, &issuer(w), only(["log:read"])),
            "accounts: all, actions: log:read",
        ),
        ("more", |w| other(w, &issuer(w), only(["user:read"])), WIDER),
        (
            "by a token for all actions",
            |w| {
                let (_, caller) = w.bearer("adam", "t", personal());
                other(w, &caller, personal())
            },
            "accounts: all, actions: all",
        ),
        (
            "it is no child: it lives on when the token is revoked",
            |w| {
                let (id, caller) = w.bearer("adam", "t", only(["log:read", "token:issue"]));
                let (_, text) = w.mint(&caller, "mia", "o", personal());
                w.done(&w.caller("adam"), &RevokeToken::new(w.spot, id));
                w.authenticate(&text).is_ok().to_string()
            },
            "true",
        ),
        (
            "a program's",
            |w| {
                let command = IssueToken::new(w.spot, w.user("robo"), programmatic());
                scope(w, &issuer(w), &command, |made| made.id)
            },
            "accounts: all, actions: log:read token:issue",
        ),
        (
            "a new user's first one",
            |w| {
                let caller = with(w, "adam", ["user:create", "token:issue"]);
                let command = person(w).token(personal());
                scope(w, &caller, &command, |made| made.token.unwrap().id)
            },
            "accounts: all, actions: token:issue user:create",
        ),
        (
            "a new user's first one, for more",
            |w| {
                let caller = with(w, "adam", ["user:create", "token:issue"]);
                w.run(&caller, &person(w).token(only(["user:read"])))
            },
            WIDER,
        ),
        (
            "a new user's first one, by a token that may not issue any",
            |w| {
                let caller = with(w, "adam", ["user:create"]);
                w.run(&caller, &person(w).token(personal()))
            },
            DENIED,
        ),
        (
            "a new program's first one, by a token that may not issue any",
            |w| {
                let caller = with(w, "adam", ["user:create"]);
                let command =
                    CreateProgrammaticUser::new(w.spot, name("b"), OrganizationRole::Member);
                w.run(&caller, &command.token(programmatic()))
            },
            DENIED,
        ),
        (
            "a new user without one, by a token that may not issue any",
            |w| w.run(&with(w, "adam", ["user:create"]), &person(w)),
            "user.created",
        ),
    ]);
}

/// Law U4: a token for some actions is no role: it gives none, attaches nobody, proves nothing and
/// takes no secret of a wider token.
#[test]
fn a_token_for_some_actions_gives_nothing_on() {
    use OrganizationRole::{Admin, Billing, Member, Viewer};
    fn create(w: &World, role: OrganizationRole) -> String {
        let caller = with(w, "ada", ["user:create"]);
        w.run(
            &caller,
            &CreateUser::new(w.spot, name("N"), email("n"), role),
        )
    }
    fn invite(w: &World, role: OrganizationRole) -> String {
        let caller = with(w, "ada", ["invitation:create"]);
        w.run(&caller, &InviteUser::new(w.spot, email("n"), role))
    }
    fn change(w: &World, user: &str, role: OrganizationRole) -> String {
        let caller = with(w, "ada", ["user:change_role"]);
        w.run(&caller, &ChangeRole::new(w.spot, w.user(user), role))
    }
    fn resend(w: &World, command: &InviteUser) -> String {
        let id: InvitationId = w.done(&w.caller("ada"), command).id;
        let caller = with(w, "ada", ["invitation:create"]);
        w.run(&caller, &ResendInvitation::new(w.spot, id))
    }
    fn rotate(w: &World, token: NewToken) -> String {
        let (id, _) = w.bearer("mia", "other", token);
        let caller = with(w, "adam", ["log:read", "token:rotate"]);
        w.run(&caller, &RotateToken::new(w.spot, id))
    }
    table(&[
        ("makes a member", |w| create(w, Member), "user.created"),
        ("makes no viewer", |w| create(w, Viewer), WIDER),
        ("makes no admin", |w| create(w, Admin), WIDER),
        (
            "makes nobody on an account",
            |w| {
                let caller = with(w, "ada", ["user:create", "account:attach_user"]);
                let command = CreateUser::new(w.spot, name("N"), email("n"), Member);
                w.run(&caller, &command.attach(w.lab, AccountRole::Viewer))
            },
            WIDER,
        ),
        (
            "makes no program that is more than a member",
            |w| {
                let caller = with(w, "ada", ["user:create"]);
                w.run(
                    &caller,
                    &CreateProgrammaticUser::new(w.spot, name("b"), Viewer),
                )
            },
            WIDER,
        ),
        (
            "makes no program on an account",
            |w| {
                let caller = with(w, "ada", ["user:create"]);
                let command = CreateProgrammaticUser::new(w.spot, name("b"), Member);
                w.run(&caller, &command.attach(w.lab, AccountRole::Viewer))
            },
            WIDER,
        ),
        (
            "invites a member",
            |w| invite(w, Member),
            "invitation.created",
        ),
        ("invites nobody for billing", |w| invite(w, Billing), WIDER),
        (
            "invites nobody to an account",
            |w| {
                let caller = with(w, "ada", ["invitation:create"]);
                let command = InviteUser::new(w.spot, email("n"), Member);
                w.run(&caller, &command.attach(w.lab, AccountRole::Viewer))
            },
            WIDER,
        ),
        (
            "sends a member's invitation again",
            |w| resend(w, &InviteUser::new(w.spot, email("n"), Member)),
            "invitation.resent",
        ),
        (
            "sends no viewer's invitation again",
            |w| resend(w, &InviteUser::new(w.spot, email("n"), Viewer)),
            WIDER,
        ),
        (
            "sends no invitation to an account again",
            |w| {
                let command = InviteUser::new(w.spot, email("n"), Member);
                resend(w, &command.attach(w.lab, AccountRole::Viewer))
            },
            WIDER,
        ),
        (
            "makes a viewer a member",
            |w| change(w, "vera", Member),
            "user.role_changed",
        ),
        (
            "makes no member a viewer",
            |w| change(w, "mia", Viewer),
            WIDER,
        ),
        (
            "makes no admin a viewer: that is giving a role too",
            |w| change(w, "adam", Viewer),
            WIDER,
        ),
        (
            "attaches nobody",
            |w| {
                let caller = with(w, "ada", ["account:attach_user"]);
                let command = AttachUser::new(w.spot, w.user("mia"), w.lab, AccountRole::Viewer);
                w.run(&caller, &command)
            },
            WIDER,
        ),
        (
            "attaches nobody to the account that it is for",
            |w| {
                let token = only(["account:attach_user"]).accounts([w.lab]);
                let (_, caller) = w.bearer("ada", "t", token);
                let command = AttachUser::new(w.spot, w.user("mia"), w.lab, AccountRole::Viewer);
                w.run(&caller, &command)
            },
            WIDER,
        ),
        (
            "offers no ownership",
            |w| {
                let caller = with(w, "ada", ["organization:transfer"]);
                w.run(&caller, &OfferOwnership::new(w.spot, w.user("olga")))
            },
            WIDER,
        ),
        (
            "accepts no ownership, and neither does any token",
            |w| {
                let caller = with(w, "olga", ["ownership:accept"]);
                w.run(&caller, &AcceptOwnership::new(w.spot, w.user("ada")))
            },
            "not_signed_in: the caller is nobody's user, expected one who is signed in",
        ),
        (
            "proves no address",
            |w| {
                let caller = with(w, "ada", ["user:prove_email"]);
                w.run(&caller, &ProveEmail::new(w.spot))
            },
            "proof_required: the caller has proven no address",
        ),
        (
            "rotates a token for some of its actions",
            |w| rotate(w, only(["log:read"])),
            "token.rotated",
        ),
        (
            "rotates a token for all of its actions",
            |w| rotate(w, only(["log:read", "token:rotate"])),
            "token.rotated",
        ),
        (
            "rotates no token for other actions",
            |w| rotate(w, only(["log:read", "user:read"])),
            WIDER,
        ),
        (
            "rotates no token for all actions",
            |w| rotate(w, personal()),
            WIDER,
        ),
        (
            "rotates itself where it may",
            |w| {
                let (id, caller) = w.bearer("mia", "t", only(["token:rotate"]));
                w.run(&caller, &RotateToken::new(w.spot, id))
            },
            "token.rotated",
        ),
        (
            "rotates not even itself where it may not",
            |w| {
                let (id, caller) = w.bearer("mia", "t", only(["log:read"]));
                w.run(&caller, &RotateToken::new(w.spot, id))
            },
            DENIED,
        ),
    ]);
}

/// A token says who was told its secret, and how that one had signed in; what is minted with a
/// token is as strong as that token.
#[test]
fn a_token_says_who_was_told_and_how_strongly() {
    fn strong(w: &World, user: &str) -> Caller {
        let how = Authentication::new().with_mfa();
        w.caller(user).with_authentication(how)
    }
    fn said(token: &Token) -> String {
        let by = token
            .minted_by()
            .map_or_else(|| "the host".into(), |id| id.to_string());
        let how = match (token.strength().mfa, token.strength().sign_on) {
            (false, false) => "",
            (true, false) => " with a second factor",
            (false, true) => " by sign-on",
            (true, true) => " with a second factor by sign-on",
        };
        format!("{by}{how}")
    }
    fn of(w: &World, id: TokenId) -> String {
        let state = w.state(w.spot);
        w.named(&said(state.token(id).unwrap()))
    }
    /// A token of `mia`, minted by this caller.
    fn minted(w: &World, caller: &Caller) -> String {
        of(w, w.mint(caller, "mia", "t", personal()).0)
    }
    /// A token of `mia` that she issued with a second factor, rotated by this caller.
    fn rotated(w: &World, caller: fn(&World) -> Caller) -> String {
        let (id, _) = w.mint(&strong(w, "mia"), "mia", "t", personal());
        w.done(&caller(w), &RotateToken::new(w.spot, id));
        of(w, id)
    }
    table(&[
        ("oneself", |w| minted(w, &w.caller("mia")), "{mia}"),
        (
            "oneself with a second factor",
            |w| minted(w, &strong(w, "mia")),
            "{mia} with a second factor",
        ),
        (
            "oneself by sign-on",
            |w| {
                let how = Authentication::new().with_sign_on();
                minted(w, &w.caller("mia").with_authentication(how))
            },
            "{mia} by sign-on",
        ),
        (
            "with both",
            |w| {
                let how = Authentication::new().with_sign_on().with_mfa();
                minted(w, &w.caller("mia").with_authentication(how))
            },
            "{mia} with a second factor by sign-on",
        ),
        (
            "an admin: how the admin had signed in",
            |w| minted(w, &strong(w, "adam")),
            "{adam} with a second factor",
        ),
        ("the host", |w| minted(w, &host()), "the host"),
        (
            "the host, who does not sign in",
            |w| {
                let how = Authentication::new().with_mfa();
                minted(w, &host().with_authentication(how))
            },
            "the host",
        ),
        (
            "a child is as strong as its parent",
            |w| {
                let (_, text) = w.mint(&strong(w, "mia"), "mia", "p", personal());
                minted(w, &w.authenticate(&text).unwrap())
            },
            "{mia} with a second factor",
        ),
        (
            "a child is no stronger than its parent, whatever its bearer says",
            |w| {
                let (_, parent) = w.bearer("mia", "p", personal());
                let how = Authentication::new().with_mfa();
                minted(w, &parent.with_authentication(how))
            },
            "{mia}",
        ),
        (
            "a token for another, minted with a token",
            |w| {
                let (_, text) = w.mint(&strong(w, "adam"), "adam", "p", personal());
                minted(w, &w.authenticate(&text).unwrap())
            },
            "{adam} with a second factor",
        ),
        (
            "a new user's first one",
            |w| {
                let role = OrganizationRole::Member;
                let command =
                    CreateUser::new(w.spot, name("N"), email("n"), role).token(temporary());
                let made = w.done(&strong(w, "adam"), &command);
                of(w, made.token.unwrap().id)
            },
            "{adam} with a second factor",
        ),
        (
            "rotated by oneself, more weakly",
            |w| rotated(w, |w| w.caller("mia")),
            "{mia}",
        ),
        (
            "rotated by an admin",
            |w| {
                rotated(w, |w| {
                    let how = Authentication::new().with_sign_on();
                    w.caller("adam").with_authentication(how)
                })
            },
            "{adam} by sign-on",
        ),
        (
            "rotated by the host",
            |w| rotated(w, |_| host()),
            "the host",
        ),
        (
            "rotated by the token itself",
            |w| {
                let (id, text) = w.mint(&strong(w, "mia"), "mia", "t", personal());
                let bearer = w.authenticate(&text).unwrap();
                w.done(&bearer, &RotateToken::new(w.spot, id));
                of(w, id)
            },
            "{mia} with a second factor",
        ),
        (
            "a child keeps how it was minted when its parent is rotated",
            |w| {
                let (parent, text) = w.mint(&strong(w, "mia"), "mia", "p", personal());
                let bearer = w.authenticate(&text).unwrap();
                let (child, _) = w.mint(&bearer, "mia", "c", personal());
                w.done(&w.caller("mia"), &RotateToken::new(w.spot, parent));
                format!("{}, {}", of(w, parent), of(w, child))
            },
            "{mia}, {mia} with a second factor",
        ),
    ]);
}
