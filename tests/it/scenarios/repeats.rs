//! Commands that are repeated under their name (law G6), and several in one commit.

use tenancy::command::{
    AcceptInvitation, ActivateOrganization, AnyCommand, AttachUser, Batch, CreateAccount,
    CreateOrganization, CreateProgrammaticUser, CreateUser, DeclineInvitation, DetachUser, Done,
    InviteUser, IssueToken, Minted, PlaceHold, RemoveUser, RevokeToken, SignUp,
};
use tenancy::id::InvitationId;
use tenancy::organization::lifecycle::HoldKind;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::{Caller, Request};

use crate::every::{Example, ROWS, alone};
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
    let told = |done: &[Done]| -> Vec<String> { done.iter().map(|it| told(it).0).collect() };
    let secrets = |done: &[Done]| -> usize { done.iter().map(|it| self::told(it).1).sum() };
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

/// What a command told, as text: its ids, and whether there is a secret with them.
fn told(done: &Done) -> (String, usize) {
    let has = |secret: bool| usize::from(secret);
    match done {
        Done::Account(account) => (account.to_string(), 0),
        Done::Done => ("done".into(), 0),
        Done::Group(group) => (group.to_string(), 0),
        Done::Hold(hold) => (hold.to_string(), 0),
        Done::Invitation(it) => (it.id.to_string(), has(it.secret.is_some())),
        Done::Policy(policy) => (policy.to_string(), 0),
        Done::Token(it) => (it.id.to_string(), has(it.secret.is_some())),
        Done::User(it) => {
            let token = it.token.as_ref();
            let secret = token.is_some_and(|token| token.secret.is_some());
            let token = token.map(|token| token.id.to_string());
            (format!("{} {token:?}", it.user), has(secret))
        }
        unlisted => panic!("unlisted {unlisted:?}"),
    }
}

/// Law G6, for every command: under its name it is done once, and answers as the first time, less
/// the secret; with other content, or as another kind of command, the name is refused.
#[test]
fn every_command_is_done_once_under_its_name() {
    const REUSED: &str = "command_reused: command id `c-1` was used before with other content";
    let secrets = [
        "create_programmatic_user",
        "create_user",
        "invite_user",
        "issue_token",
        "resend_invitation",
        "rotate_token",
    ];
    for (kind, events, make) in ROWS {
        let w = World::new();
        let Example {
            caller,
            command,
            other,
        } = make(&w);
        let run = |command: &AnyCommand| alone(&w, &caller, Some("c-1"), command);
        let before = w.feed().len();
        let first = told(&run(&command).unwrap());
        assert_eq!(first.1, usize::from(secrets.contains(kind)), "{kind}");
        let made = w.feed().split_off(before);
        let kinds: Vec<_> = made.iter().map(|it| &*it.kind).collect();
        assert_eq!(kinds.join(", "), *events, "{kind}");

        // A day later, whatever it has changed of what its caller may do.
        w.clock.advance(crate::world::seconds(86_400));
        let after = w.feed().len();
        assert_eq!(told(&run(&command).unwrap()), (first.0, 0), "{kind}");
        assert_eq!(run(&other).unwrap_err(), REUSED, "{kind}");
        let rename = CreateAccount::new(w.spot, name("Another"));
        let reused = w.run(&caller, Request::new(&rename).named(name("c-1")));
        assert_eq!(reused, REUSED, "{kind}");
        // As the member of a batch it is another command.
        let batch = Batch::new(command.organization()).and(command.clone());
        let reused = w.run(&caller, Request::new(&batch).named(name("c-1")));
        assert_eq!(reused, REUSED, "{kind}");
        // Nobody else is told what it told.
        let robo = alone(&w, &w.caller("robo"), Some("c-1"), &command);
        let robo = robo.map(|done| told(&done));
        assert!(!matches!(robo, Ok((_, 1..))), "{kind}: {robo:?}");
        let by_robo = w.feed().split_off(after);
        let robo_id = w.user("robo").to_string();
        let only_robo = |record: &tenancy::Record| {
            serde_json::to_string(&record.caller)
                .unwrap()
                .contains(&robo_id)
        };
        assert!(by_robo.iter().all(only_robo), "{kind}");
    }
}

/// The same for those that are no members of a batch, and for batches.
#[test]
fn what_is_no_member_of_a_batch_is_done_once_too() {
    let w = World::new();
    let ada = w.caller("ada").with_proven(email("ada"));
    let id = || name("c-1");
    let reused = "command_reused: command id `c-1` was used before with other content";

    let create = |text| CreateOrganization::new(name(text), name("Ada"));
    let first = w.done(&ada, Request::new(&create("Second")).named(id()));
    let again = w.done(&ada, Request::new(&create("Second")).named(id()));
    assert_eq!(first, again);
    let other = create("Third");
    assert_eq!(w.run(&ada, Request::new(&other).named(id())), reused);

    let invite = |person| {
        let invite = InviteUser::new(w.spot, email(person), OrganizationRole::Member);
        w.done(&w.caller("ada"), &invite)
    };
    let accept = |minted: &Minted<InvitationId>, as_who| {
        let secret = minted.secret.as_ref().unwrap().expose();
        AcceptInvitation::new(name(secret), name(as_who))
    };
    let (nina, again) = (person("nina"), invite("nina"));
    let command = accept(&again, "Nina");
    let first = w.done(&nina, Request::new(&command).named(id()));
    // Though the invitation was answered, and even though its user is gone by now.
    assert_eq!(w.done(&nina, Request::new(&command).named(id())), first);
    let remove = RemoveUser::new(w.spot, first);
    w.done(&w.caller("ada"), &remove);
    assert_eq!(w.done(&nina, Request::new(&command).named(id())), first);
    assert_eq!(
        w.run(&nina, &command),
        "invitation_status: the invitation is accepted"
    );
    // Another name, or another secret of the same invitation, is other content.
    let renamed = accept(&again, "Nino");
    assert_eq!(w.run(&nina, Request::new(&renamed).named(id())), reused);
    let newer = accept(&invite("nina"), "Nina");
    assert_eq!(w.run(&nina, Request::new(&newer).named(id())), reused);

    let (otto, sent, other) = (person("otto"), invite("otto").id, invite("olaf").id);
    let decline = DeclineInvitation::new(w.spot, sent);
    assert_eq!(
        w.run(&otto, Request::new(&decline).named(id())),
        "invitation.declined"
    );
    assert_eq!(w.run(&otto, Request::new(&decline).named(id())), "nothing");
    let decline = DeclineInvitation::new(w.spot, other);
    assert_eq!(w.run(&otto, Request::new(&decline).named(id())), reused);

    let batch = |person| {
        let invite = InviteUser::new(w.spot, email(person), OrganizationRole::Member);
        let hold = PlaceHold::new(w.spot, HoldKind::Deletion, name("kept"));
        Batch::new(w.spot).and(invite).and(hold)
    };
    let olga = w.caller("olga");
    let tell = |done: Vec<Done>| done.iter().map(told).collect::<Vec<_>>();
    let first = tell(w.done(&olga, Request::new(&batch("pia")).named(id())));
    let again = tell(w.done(&olga, Request::new(&batch("pia")).named(id())));
    assert_eq!((first[0].1, again[0].1), (1, 0));
    let ids = |told: &[(String, usize)]| told.iter().map(|it| it.0.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&again));
    let other = batch("paul");
    assert_eq!(w.run(&olga, Request::new(&other).named(id())), reused);
}

/// What was there to do already is remembered under its name too, and each command can be asked
/// for twice: the second time it is refused by a rule, or there is nothing to do.
#[test]
fn every_command_can_be_asked_for_twice() {
    // A command that does something each time, and one that says that there is nothing any more.
    let rows = [
        (
            "accept_ownership",
            "no_offer: there is no such offer of the ownership",
        ),
        ("activate_organization", "nothing"),
        ("add_to_group", "nothing"),
        ("attach_group", "nothing"),
        ("attach_policy", "nothing"),
        ("attach_user", "nothing"),
        ("change_email", "nothing"),
        ("change_labels", "nothing"),
        ("change_role", "nothing"),
        ("close_account", "nothing"),
        ("close_organization", "nothing"),
        (
            "create_account",
            "account_name_taken: account name `A` is taken",
        ),
        ("create_group", "group_name_taken: group name `A` is taken"),
        (
            "create_policy",
            "policy_name_taken: policy name `A` is taken",
        ),
        (
            "create_programmatic_user",
            "programmatic_user.created, user.attached, token.issued",
        ),
        (
            "create_user",
            "email_taken: address `one@example.com` is taken",
        ),
        (
            "decline_ownership",
            "no_offer: there is no such offer of the ownership",
        ),
        ("delete_group", "nothing"),
        ("delete_policy", "nothing"),
        ("describe_user", "nothing"),
        ("detach_group", "nothing"),
        ("detach_policy", "nothing"),
        ("detach_user", "nothing"),
        ("erase_person", "nothing"),
        (
            "invite_user",
            "already_invited: address `new@example.com` is invited already",
        ),
        ("issue_token", "token.issued"),
        ("leave_organization", "not_found: `{spot}` is not found"),
        ("lift_hold", "no_hold: there is no hold `{hold}`"),
        ("lift_suspension", "nothing"),
        ("make_default_account", "nothing"),
        ("offer_ownership", "ownership.offered"),
        ("place_hold", "organization.hold_placed"),
        ("prove_email", "nothing"),
        ("purge_organization", "nothing"),
        ("reactivate_user", "nothing"),
        ("remove_from_group", "nothing"),
        ("remove_user", "nothing"),
        ("rename_account", "nothing"),
        ("rename_organization", "nothing"),
        ("rename_user", "nothing"),
        ("resend_invitation", "invitation.resent"),
        ("restore_account", "nothing"),
        ("restore_organization", "nothing"),
        ("revoke_invitation", "nothing"),
        ("revoke_token", "nothing"),
        ("revoke_tokens", "nothing"),
        ("rotate_token", "token.rotated"),
        ("set_billing", "nothing"),
        ("set_reference", "nothing"),
        ("set_token_life", "nothing"),
        ("suspend_organization", "nothing"),
        ("suspend_user", "nothing"),
        ("update_group", "nothing"),
        ("update_policy", "nothing"),
        ("withdraw_ownership", "nothing"),
    ];
    assert_eq!(rows.len(), ROWS.len());
    let mut wrong = Vec::new();
    for ((kind, _, make), (row, expected)) in ROWS.iter().zip(rows) {
        assert_eq!(*kind, row);
        let w = World::new();
        let example = make(&w);
        alone(&w, &example.caller, None, &example.command).unwrap();
        let before = w.feed().len();
        let second = alone(&w, &example.caller, Some("c-2"), &example.command);
        let made = w.feed().split_off(before);
        let found = match second {
            Ok(_) if made.is_empty() => "nothing".into(),
            Ok(_) => {
                let kinds: Vec<_> = made.iter().map(|it| &*it.kind).collect();
                kinds.join(", ")
            }
            Err(text) => match text.split_once("`hold_") {
                Some((said, _)) => format!("{said}`{{hold}}`"),
                None => text,
            },
        };
        if found != expected {
            wrong.push(format!("{kind}: {found}, expected {expected}"));
        }
        // What changed nothing is remembered by its name all the same.
        if expected == "nothing" {
            let other = alone(&w, &example.caller, Some("c-2"), &example.other);
            let reused = other.is_err_and(|it| it.starts_with("command_reused"));
            assert!(reused, "{kind}");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A batch of one does what the command does alone, for every command and many callers: no way
/// in is wider than another.
#[test]
fn a_batch_of_one_is_the_command() {
    let callers = [
        "ada", "adam", "vera", "bill", "mia", "edda", "robo", "eve", "host", "its own",
    ];
    for (kind, _, make) in ROWS {
        for user in callers {
            let (one, other) = (World::new(), World::new());
            let (alone_, batched) = (make(&one), make(&other));
            let caller = |w: &World, example: &Example| match user {
                "host" => host(),
                "its own" => example.caller.clone(),
                user => w.caller(user),
            };
            let before = one.feed().len();
            let found = alone(&one, &caller(&one, &alone_), None, &alone_.command);
            let made = one.feed().split_off(before);
            let kinds: Vec<_> = made.iter().map(|it| &*it.kind).collect();
            let found = match found {
                Ok(_) if kinds.is_empty() => "nothing".into(),
                Ok(_) => kinds.join(", "),
                Err(text) => text,
            };
            let command = batched.command.clone();
            let batch = Batch::new(command.organization()).and(command);
            let batched = other.run(&caller(&other, &batched), &batch);
            assert_eq!(found, batched, "{kind} by {user}");
        }
    }
}
