//! Questions of right: one's own and those of others, how far reasons are told, and that nobody
//! learns by one what is out of its sight (laws X3 to X5).

use core::num::NonZeroU32;

use tenancy::Caller;
use tenancy::command::{
    AttachUser, CloseOrganization, CreateAccount, InviteUser, LeaveOrganization, RemoveUser,
    RenameUser, SuspendOrganization, SuspendUser,
};
use tenancy::id::{GroupId, InvitationId, PolicyId, TokenId, UserId};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, CheckAfter, CheckMany, Checked, ExplainAccess,
    Explained, Foreseen, Question, WhoCan,
};
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::statement::PolicyKind;

use crate::holdings::{EVERYWHERE, WHOLE, allows, denies, document, only, question};
use crate::world::{
    Show, World, email, ghost, host, name, person, personal, settings, table, table_with,
};

impl Show for Vec<Checked> {
    fn show(&self) -> String {
        let rows: Vec<_> = self.iter().map(|it| it.decision.to_string()).collect();
        format!("[{}]", rows.join(", "))
    }
}

impl Show for Explained {
    fn show(&self) -> String {
        let rows = self.considered.iter();
        let rows: Vec<_> = rows
            .map(|it| format!("{} {:?} {}", it.effect, it.outcome, it.by))
            .collect();
        format!("{} [{}]", self.decision, rows.join(", "))
    }
}

impl Show for Vec<Foreseen> {
    fn show(&self) -> String {
        let rows = self
            .iter()
            .map(|it| format!("{} -> {}", it.before, it.after));
        rows.collect::<Vec<_>>().join("; ")
    }
}

fn check_of(w: &World, by: &Caller, user: UserId, it: &Question) -> String {
    let query = CheckMany::new(w.spot, [it.clone()]).of_user(user);
    w.ask(by, &query)
}

/// Every question of one thing, by one who asks: of itself, and of somebody else.
fn all(w: &World, by: &Caller, of: UserId, action: &str, on: &Resource) -> Vec<String> {
    let (spot, it) = (w.spot, question(action, on.clone()));
    let own = by.user_id().unwrap_or(of);
    let rename = RenameUser::new(spot, own, name("Other"));
    vec![
        w.decision(by, action, on.clone()),
        w.ask(by, &Check::new(spot, name(action), on.clone()).of_user(of)),
        w.ask(by, &CheckMany::new(spot, [it.clone()])),
        w.ask(by, &CheckMany::new(spot, [it.clone()]).of_user(of)),
        w.ask(by, &AllowedActions::new(spot, on.clone())),
        w.ask(by, &AllowedActions::new(spot, on.clone()).of_user(of)),
        w.ask(by, &WhoCan::new(spot, it.clone())),
        w.ask(by, &ExplainAccess::new(spot, own, it.clone())),
        w.ask(by, &ExplainAccess::new(spot, of, it.clone())),
        w.ask(by, &CheckAfter::new(&rename, spot, [it.clone()])),
        w.ask(by, &CheckAfter::new(&rename, spot, [it]).of_user(of)),
    ]
}

#[test]
fn what_is_ones_own_needs_no_right() {
    let w = World::new();
    w.hold("P", w.user("mia"), allows(&["fleet:create"]), only(w.lab));
    let (mia, own) = (w.caller("mia"), w.user("mia"));
    let create = question("fleet:create", w.lab);
    let yes = "allowed by statement 1 of policy `{P}`";
    assert_eq!(w.decision(&mia, "fleet:create", w.lab), yes);
    assert_eq!(
        w.ask(
            &mia,
            &CheckMany::new(w.spot, [create.clone(), question("fleet:read", w.lab)])
        ),
        format!("[{yes}, not granted: asks for viewer]")
    );
    assert_eq!(check_of(&w, &mia, own, &create), format!("[{yes}]"));
    assert_eq!(
        w.actions_on(&mia, w.lab),
        "[account:read, organization:read, ownership:accept, ownership:decline, user:leave, \
         user:prove_email, fleet:create]"
    );
    assert_eq!(w.accounts_of(&mia, "fleet:create"), "[{lab}]");
    assert_eq!(
        w.ask(
            &mia,
            &AccessibleAccounts::new(w.spot, name("fleet:create")).of_user(own)
        ),
        "[{lab}]"
    );
    assert_eq!(
        w.ask(&mia, &ExplainAccess::new(w.spot, own, create.clone())),
        format!("{yes} [allow Applies statement 1 of policy `{{P}}`]")
    );
    assert_eq!(
        w.ask(&mia, &WhoCan::new(w.spot, create)),
        "not granted: asks for admin"
    );
}

#[test]
fn what_is_anothers_asks_for_a_right() {
    fn read(w: &World) -> Question {
        question("account:read", w.lab)
    }
    fn by(w: &World, user: &str, of: &str) -> String {
        check_of(w, &w.caller(user), w.user(of), &read(w))
    }
    fn on_mia(w: &World) {
        let json = format!(
            r#"{{"statements":[{{"effect":"ALLOW","actions":["access:read"],
                "resources":["user:{}"]}}]}}"#,
            w.user("mia")
        );
        w.hold("one", w.user("rita"), document(&json), WHOLE);
    }
    table(&[
        (
            "an admin",
            |w| by(w, "adam", "rita"),
            "[allowed by account role viewer]",
        ),
        (
            "an admin, of an owner",
            |w| by(w, "adam", "ada"),
            "[allowed by organization role owner]",
        ),
        (
            "the host",
            |w| check_of(w, &host(), w.user("mia"), &read(w)),
            "[not granted: asks for viewer]",
        ),
        (
            "a viewer",
            |w| by(w, "vera", "mia"),
            "not granted: asks for admin",
        ),
        (
            "a member",
            |w| by(w, "max", "mia"),
            "not_found: `{mia}` is not found",
        ),
        (
            "a member with the right to one",
            |w| {
                on_mia(w);
                let (mia, max) = (by(w, "rita", "mia"), by(w, "rita", "max"));
                let who = w.ask(&w.caller("rita"), &WhoCan::new(w.spot, read(w)));
                format!("{mia}; {max}; {who}")
            },
            "[not granted: asks for viewer]; not_found: `{max}` is not found; not granted: asks \
             for admin",
        ),
        (
            "and of a resource that it may not read",
            |w| {
                on_mia(w);
                let vault = question("account:read", w.vault);
                check_of(w, &w.caller("rita"), w.user("mia"), &vault)
            },
            "not_found: `{vault}` is not found",
        ),
        (
            "a token that is confined to accounts, of its owner",
            |w| {
                let (_, bearer) = w.bearer("rita", "t", personal().accounts([w.lab]));
                let own = w.decision(&bearer, "account:read", w.lab);
                let named = check_of(w, &bearer, w.user("rita"), &read(w));
                format!("{own}; {named}; {}", w.accounts_of(&bearer, "account:read"))
            },
            "allowed by account role viewer; not_found: `{rita}` is not found; [{lab}]",
        ),
        (
            "a token that is confined to actions, of others",
            |w| {
                let token = personal().actions([name("access:read"), name("account:read")]);
                let (_, bearer) = w.bearer("ada", "t", token);
                let own = w.decision(&bearer, "account:update", w.lab);
                format!("{own}; {}", check_of(w, &bearer, w.user("rita"), &read(w)))
            },
            "denied: the token is confined to other actions; [allowed by account role viewer]",
        ),
        (
            "a token without it, of others",
            |w| {
                let token = personal().actions([name("account:read"), name("user:read")]);
                let (_, bearer) = w.bearer("ada", "t", token);
                check_of(w, &bearer, w.user("rita"), &read(w))
            },
            "denied: the token is confined to other actions",
        ),
        (
            "an admin to whom it is denied",
            |w| {
                w.hold("no", w.user("adam"), denies(&["access:read"]), WHOLE);
                let other = by(w, "adam", "rita");
                let who = w.ask(&w.caller("adam"), &WhoCan::new(w.spot, read(w)));
                format!("{other}; {who}; {}", by(w, "adam", "adam"))
            },
            "denied: statement 1 of policy `{no}`; denied: statement 1 of policy `{no}`; denied: \
             statement 1 of policy `{no}`",
        ),
        (
            "of somebody who was removed",
            |w| {
                w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("rita")));
                by(w, "adam", "rita")
            },
            "[not granted: asks for viewer]",
        ),
        (
            "of somebody who is suspended",
            |w| {
                w.done(&w.caller("ada"), &SuspendUser::new(w.spot, w.user("rita")));
                by(w, "adam", "rita")
            },
            "[denied: the user is suspended]",
        ),
        (
            "of nobody",
            |w| check_of(w, &w.caller("adam"), ghost(), &read(w)),
            "not_found: `{ghost}` is not found",
        ),
    ]);
}

/// Law X5: a reason is told as far as whoever asks may read what it names.
#[test]
fn reasons_are_told_as_far_as_they_may_be_read() {
    fn told(w: &World, extra: &[&str]) -> String {
        let group = w.group("Crew");
        w.join(group, "mia");
        w.hold("G", group, allows(&["fleet:create"]), only(w.lab));
        w.hold("P", w.user("mia"), denies(&["fleet:read"]), only(w.lab));
        w.role_of_group(group, w.vault, AccountRole::Viewer);
        let rights: Vec<_> = ["access:read", "user:read"]
            .iter()
            .chain(extra)
            .copied()
            .collect();
        w.hold("asks", w.user("max"), allows(&rights), WHOLE);
        w.hold("sees", w.user("max"), allows(&["account:read"]), EVERYWHERE);
        let (max, mia) = (w.caller("max"), w.user("mia"));
        let asked = [
            question("fleet:create", w.lab),
            question("fleet:read", w.lab),
            question("fleet:read", w.vault),
            question("account:read", w.lab),
        ];
        let many = w.ask(&max, &CheckMany::new(w.spot, asked.clone()).of_user(mia));
        let why = asked.map(|it| {
            let explained = w.ask(&max, &ExplainAccess::new(w.spot, mia, it));
            explained
                .split_once(" [")
                .unwrap()
                .1
                .matches("policy")
                .count()
                .to_string()
        });
        format!("{many} {}", why.join(""))
    }
    table(&[
        (
            "neither policies nor groups",
            |w| told(w, &[]),
            "[allowed by a policy, denied: a policy, allowed by account role viewer of a group, \
             allowed by what a policy implies] 0000",
        ),
        (
            "policies",
            |w| told(w, &["policy:read"]),
            "[allowed by a policy, denied: statement 1 of policy `{P}`, allowed by account role \
             viewer of a group, allowed by what a policy implies] 0110",
        ),
        (
            "groups",
            |w| told(w, &["group:read"]),
            "[allowed by a policy, denied: a policy, allowed by account role viewer of group \
             `{Crew}`, allowed by what a policy implies] 0000",
        ),
        (
            "both",
            |w| told(w, &["policy:read", "group:read"]),
            "[allowed by statement 1 of policy `{G}` through group `{Crew}`, denied: statement 1 \
             of policy `{P}`, allowed by account role viewer of group `{Crew}`, allowed by what \
             policy `{G}` through group `{Crew}` implies] 1110",
        ),
    ]);
}

/// What is there and out of sight, and what never was, one of each kind.
fn pairs(w: &World) -> Vec<(Resource, Resource)> {
    let ada = w.caller("ada");
    let vault = w.done(&ada, &CreateAccount::new(w.spot, name("Hidden")));
    let group = w.group("hidden");
    let policy = w.policy("hidden", PolicyKind::Account, allows(&["fleet:read"]));
    let (token, _) = w.mint(&w.caller("vic"), "vic", "token", personal());
    let invite = InviteUser::new(w.spot, email("hidden"), OrganizationRole::Member);
    let invitation = w.done(&ada, &invite).id;
    let named = |account| Resource::Named(account, name("fleet"), name("f-1"));
    vec![
        (vault.into(), ghost::<tenancy::id::AccountId>().into()),
        (named(vault), named(ghost())),
        (group.into(), ghost::<GroupId>().into()),
        (policy.into(), ghost::<PolicyId>().into()),
        (w.user("vic").into(), ghost::<UserId>().into()),
        (token.into(), ghost::<TokenId>().into()),
        (invitation.into(), ghost::<InvitationId>().into()),
    ]
}

/// Law X4: whoever may not read a thing hears of it what it hears of what never was, whatever it
/// asks, and whether it may not for want of a right, or as that is denied.
#[test]
fn nobody_hears_of_what_is_out_of_its_sight() {
    let mut asked = 0_usize;
    for (user, denied) in [
        ("mia", false),
        ("mia", true),
        ("adam", true),
        ("vera", true),
    ] {
        let w = World::new();
        let pairs = pairs(&w);
        if denied {
            for (hidden, _) in &pairs {
                let on = match hidden.account() {
                    Some(account) => only(account),
                    None => WHOLE,
                };
                let alias = format!("no {}", w.policy_count());
                let json = match hidden.account() {
                    Some(_) => denies(&["*"]),
                    None => document(&format!(
                        r#"{{"statements":[{{"effect":"DENY","actions":["*"],
                            "resources":["{hidden}"]}}]}}"#
                    )),
                };
                w.hold(&alias, w.user(user), json, on);
            }
        }
        // What one may do to a thing tells that it is there: so it is none of these.
        let extra = match denied {
            true => allows(&["access:read", "user:update"]),
            false => document(&format!(
                r#"{{"statements":[{{"effect":"ALLOW","actions":["access:read","user:update"],
                    "resources":["user:{}","user:{}"]}}]}}"#,
                w.user("max"),
                w.user(user)
            )),
        };
        w.hold("asks", w.user(user), extra, WHOLE);
        let catalog = settings().catalog;
        for (hidden, never) in &pairs {
            for entry in catalog.entries() {
                let action = entry.action.as_str();
                let by = w.caller(user);
                let of = w.user("max");
                let alike = |on: &Resource| {
                    let told = all(&w, &by, of, action, on);
                    let text = w.named(&on.to_string());
                    told.into_iter()
                        .map(|it| it.replace(&text, "it"))
                        .collect::<Vec<_>>()
                };
                assert_eq!(
                    alike(hidden),
                    alike(never),
                    "{user}: `{action}` on `{hidden}`"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
}

impl World {
    fn policy_count(&self) -> usize {
        self.state(self.spot).policies().len()
    }
}

/// Law X4: what every member may do in the organization lists nobody the accounts that there are.
#[test]
fn what_everybody_may_tells_of_nothing() {
    let w = World::new();
    let rita = w.caller("rita");
    for action in ["organization:read", "user:leave", "ownership:accept"] {
        assert_eq!(w.accounts_of(&rita, action), "[{lab}]", "{action}");
        assert!(
            w.decision(&rita, action, w.vault)
                .starts_with("not granted"),
            "{action}"
        );
        assert!(
            w.decision(&rita, action, w.lab).starts_with("allowed"),
            "{action}"
        );
        assert!(
            w.decision(&rita, action, w.spot).starts_with("allowed"),
            "{action}"
        );
    }
    assert_eq!(w.actions_on(&rita, w.vault), "[]");
    assert_eq!(w.actions_on(&rita, w.user("ada")), "[]");
}

/// Who is nobody's user here, or no more, hears that there is no such organization.
#[test]
fn strangers_hear_of_nothing() {
    let w = World::new();
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("max")));
    w.done(&w.caller("mia"), &LeaveOrganization::new(w.spot));
    let foreign = Caller::user(w.rival.organization, w.user("ada"));
    let forged = Caller::user(w.spot, ghost());
    let callers = [
        w.caller("eve"),
        person("ada"),
        foreign,
        forged,
        w.caller("max"),
        w.caller("mia"),
    ];
    for by in callers {
        for on in [Resource::Account(w.lab), Resource::Organization(w.spot)] {
            for told in all(&w, &by, w.user("ada"), "account:read", &on) {
                assert!(!told.contains("allowed"), "{told}");
            }
        }
        let missing = "not_found: `{spot}` is not found";
        assert_eq!(w.decision(&by, "account:read", w.lab), missing);
        assert_eq!(w.actions_on(&by, w.lab), missing);
        assert_eq!(w.accounts_of(&by, "account:read"), missing);
        assert_eq!(w.ask(&by, &CheckMany::new(w.spot, [])), missing);
    }
}

#[test]
fn questions_of_an_organization_that_is_off() {
    fn off(w: &World, user: &str) -> String {
        w.hold("P", w.user("mia"), allows(&["*"]), EVERYWHERE);
        let suspend = SuspendOrganization::new(w.spot, SuspensionReason::Requested);
        w.done(&w.caller("ada"), &suspend);
        let by = w.caller(user);
        let create = w.accounts_of(&by, "fleet:create");
        let update = w.decision(&by, "account:update", w.lab);
        format!("{create}; {update}; {}", w.accounts_of(&by, "account:read"))
    }
    table(&[
        (
            "suspended, a holder of a policy",
            |w| off(w, "mia"),
            "[]; denied: the organization is suspended; [{main}, {lab}, {vault}]",
        ),
        (
            "suspended, an owner",
            |w| off(w, "ada"),
            "[]; denied: the organization is suspended; [{main}, {lab}, {vault}]",
        ),
        (
            "closing",
            |w| {
                w.hold("P", w.user("mia"), allows(&["*"]), EVERYWHERE);
                w.done(&w.caller("ada"), &CloseOrganization::new(w.spot));
                let create = w.may("mia", "fleet:create", w.lab);
                format!(
                    "{create}; {}",
                    w.accounts_of(&w.caller("mia"), "fleet:create")
                )
            },
            "denied: the organization is closing; []",
        ),
    ]);
}

#[test]
fn what_the_catalog_lacks_is_granted_to_nobody() {
    let w = World::new();
    w.hold("P", w.user("mia"), allows(&["*"]), EVERYWHERE);
    let not = "not granted: asks for owner";
    for by in [w.caller("mia"), w.caller("ada"), host()] {
        assert_eq!(w.decision(&by, "ocean:roll", w.lab), not);
        assert_eq!(w.accounts_of(&by, "ocean:roll"), "[]");
        let many = CheckMany::new(w.spot, [question("ocean:roll", w.lab)]);
        assert_eq!(w.ask(&by, &many), format!("[{not}]"));
    }
    let it = question("ocean:roll", w.lab);
    let adam = w.caller("adam");
    assert_eq!(w.ask(&adam, &WhoCan::new(w.spot, it.clone())), "[]");
    let why = ExplainAccess::new(w.spot, w.user("mia"), it);
    assert_eq!(w.ask(&adam, &why), format!("{not} []"));
}

#[test]
fn both_sides_of_the_limit_of_questions() {
    let mut settings = settings();
    settings.limits.page = NonZeroU32::new(2).unwrap();
    fn many(w: &World, count: usize) -> Vec<Question> {
        vec![question("account:read", w.lab); count]
    }
    const LIMIT: &str = "limit: there would be 3 questions at once, expected at most 2";
    const READ: &str = "allowed by organization role owner";
    table_with(
        settings,
        &[
            (
                "none",
                |w| w.ask(&w.caller("ada"), &CheckMany::new(w.spot, many(w, 0))),
                "[]",
            ),
            (
                "the most",
                |w| {
                    let told = w.ask(&w.caller("ada"), &CheckMany::new(w.spot, many(w, 2)));
                    told.replace(READ, "yes")
                },
                "[yes, yes]",
            ),
            (
                "one more",
                |w| w.ask(&w.caller("ada"), &CheckMany::new(w.spot, many(w, 3))),
                LIMIT,
            ),
            (
                "one more, of another",
                |w| {
                    let query = CheckMany::new(w.spot, many(w, 3)).of_user(w.user("mia"));
                    w.ask(&w.caller("ada"), &query)
                },
                LIMIT,
            ),
            (
                "one more, after a command",
                |w| {
                    let rename = RenameUser::new(w.spot, w.user("ada"), name("A"));
                    w.ask(
                        &w.caller("ada"),
                        &CheckAfter::new(&rename, w.spot, many(w, 3)),
                    )
                },
                LIMIT,
            ),
            (
                "who can, by pages",
                |w| {
                    let query = WhoCan::new(w.spot, question("fleet:create", w.lab));
                    let first = w.registry.ask(&w.caller("ada"), &query).unwrap().value;
                    let next = query.clone().after(first.next.unwrap());
                    let told = w.ask(&w.caller("ada"), &next);
                    let other = w.ask(&w.caller("olga"), &next);
                    format!("{} {told} {}", w.named(&first.show()), &other[..6])
                },
                "[{ada}, {olga}] … [{adam}, {anna}] … cursor",
            ),
        ],
    );
}

/// Lists of another are told as far as whoever asks may read what is on them.
#[test]
fn lists_of_others_stop_at_ones_own_sight() {
    let w = World::new();
    w.hold(
        "sees",
        w.user("mia"),
        allows(&["access:read", "user:read"]),
        WHOLE,
    );
    w.hold(
        "some",
        w.user("mia"),
        allows(&["account:read"]),
        only(w.lab),
    );
    let mia = w.caller("mia");
    let accounts = AccessibleAccounts::new(w.spot, name("account:read")).of_user(w.user("ada"));
    assert_eq!(w.ask(&mia, &accounts), "[{lab}]");
    let hidden = document(&format!(
        r#"{{"statements":[{{"effect":"DENY","actions":["user:read"],"resources":["user:{}"]}}]}}"#,
        w.user("olga")
    ));
    w.hold("hides", w.user("mia"), hidden, WHOLE);
    let who = WhoCan::new(w.spot, question("account:close", w.lab));
    assert_eq!(w.ask(&mia, &who), "[{ada}, {adam}, {anna}]");
    assert_eq!(
        w.ask(
            &mia,
            &WhoCan::new(w.spot, question("account:close", w.vault))
        ),
        "not_found: `{vault}` is not found"
    );
}

#[test]
fn what_would_be_after_a_command() {
    fn foresee(w: &World, by: &str, on: tenancy::id::AccountId, role: AccountRole) -> String {
        let attach = AttachUser::new(w.spot, w.user("mia"), on, role);
        let asked = [
            question("fleet:create", w.lab),
            question("fleet:read", w.lab),
        ];
        let query = CheckAfter::new(&attach, w.spot, asked).of_user(w.user("mia"));
        w.ask(&w.caller(by), &query)
    }
    table(&[
        (
            "before and after",
            |w| foresee(w, "adam", w.lab, AccountRole::Viewer),
            "not granted: asks for editor -> not granted: asks for editor; not granted: asks for \
             viewer -> allowed by account role viewer",
        ),
        (
            "nothing was done",
            |w| {
                let before = w.feed().len();
                foresee(w, "adam", w.lab, AccountRole::Editor);
                assert_eq!(w.feed().len(), before);
                w.may("mia", "fleet:create", w.lab)
            },
            "not granted: asks for editor",
        ),
        (
            "where the command would be refused",
            |w| foresee(w, "adam", ghost(), AccountRole::Viewer),
            "not_found: `{ghost}` is not found",
        ),
        (
            "where it would be denied",
            |w| foresee(w, "vera", w.lab, AccountRole::Viewer),
            "not granted: asks for admin",
        ),
        (
            "where a deny wins over it",
            |w| {
                w.hold("no", w.user("mia"), denies(&["fleet:*"]), EVERYWHERE);
                foresee(w, "adam", w.lab, AccountRole::Editor)
            },
            "denied: statement 1 of policy `{no}` -> denied: statement 1 of policy `{no}`; \
             denied: statement 1 of policy `{no}` -> denied: statement 1 of policy `{no}`",
        ),
        (
            "of another, without the right",
            |w| {
                let rename = RenameUser::new(w.spot, w.user("vera"), name("V"));
                let query = CheckAfter::new(&rename, w.spot, [question("fleet:read", w.lab)]);
                w.ask(&w.caller("vera"), &query.of_user(w.user("mia")))
            },
            "not granted: asks for admin",
        ),
        (
            "of oneself, after one is gone",
            |w| {
                let leave = LeaveOrganization::new(w.spot);
                let query = CheckAfter::new(&leave, w.spot, [question("fleet:read", w.lab)]);
                w.ask(&w.caller("rita"), &query)
            },
            "allowed by account role viewer -> not granted: asks for viewer",
        ),
        (
            "in another organization",
            |w| {
                let rename = RenameUser::new(w.spot, w.user("ada"), name("A"));
                let query = CheckAfter::new(
                    &rename,
                    w.rival.organization,
                    [question("account:read", w.rival.account)],
                );
                w.ask(&w.caller("ada"), &query)
            },
            "not_found: `{rival}` is not found",
        ),
        (
            "an action that the catalog lacks",
            |w| {
                let rename = RenameUser::new(w.spot, w.user("ada"), name("A"));
                let query = CheckAfter::new(&rename, w.spot, [question("ocean:roll", w.lab)]);
                w.ask(&w.caller("ada"), &query)
            },
            "not granted: asks for owner -> not granted: asks for owner",
        ),
    ]);
}
