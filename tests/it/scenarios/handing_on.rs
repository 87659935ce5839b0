//! Law U4: nobody hands on what it does not hold, or lifts a deny of it; as one reviewed text, as
//! chains of commands that are tried one behind the other, and at an invitation's acceptance.

use alloc::collections::BTreeSet;
use core::fmt::Write as _;

use tenancy::command::{
    AcceptInvitation, AddToGroup, AnyCommand, AttachGroup, AttachPolicy, AttachUser, Batch,
    ChangeRole, CloseAccount, CreateProgrammaticUser, CreateUser, DeleteGroup, DetachPolicy,
    InviteUser, IssueToken, RemoveFromGroup, RemoveUser, ResendInvitation, RestoreAccount,
    RotateToken, SuspendUser, UpdatePolicy,
};
use tenancy::id::{GroupId, PolicyId, TokenId, UserId};
use tenancy::organization::group::Group;
use tenancy::organization::policy::{Holder, Policy, Reach};
use tenancy::query::{CheckAfter, Plan, Question};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::settings::{Implied, Rules};
use tenancy::statement::PolicyKind;
use tenancy::{Caller, Freshness};

use crate::holdings::{EVERYWHERE, WHOLE, allows, denies, document, only, question};
use crate::snapshots;
use crate::world::{World, email, host, name, person, personal, settings, table, table_with};

/// What there is to hand on, and to lift.
struct Handed {
    /// Allows to create fleets; held by nobody.
    more: PolicyId,
    /// Denies to create fleets, to `max` on all accounts and to those in `bound`.
    less: PolicyId,
    /// Allows to read fleets; held by the group `staff`.
    held: PolicyId,
    /// Holds `more`; nobody is in it.
    team: GroupId,
    /// Holds `less`; `vic` is in it.
    bound: GroupId,
    /// Holds `held`.
    staff: GroupId,
    /// A token of `edda`, who edits the lab.
    token: TokenId,
}

fn handed(w: &World) -> Handed {
    let more = w.policy("more", PolicyKind::Account, allows(&["fleet:create"]));
    let less = w.policy("less", PolicyKind::Account, denies(&["fleet:create"]));
    let (team, bound, staff) = (w.group("team"), w.group("bound"), w.group("staff"));
    w.give(more, team, EVERYWHERE);
    w.give(less, bound, EVERYWHERE);
    w.join(bound, "vic");
    w.give(less, w.user("max"), EVERYWHERE);
    let held = w.hold("held", staff, allows(&["fleet:read"]), EVERYWHERE);
    let (token, _) = w.mint(&w.caller("edda"), "edda", "token", personal());
    Handed {
        more,
        less,
        held,
        team,
        bound,
        staff,
        token,
    }
}

type Who = fn(&World) -> Caller;

/// Those who hand on.
const CALLERS: [(&str, Who); 8] = [
    ("an owner", |w| w.caller("ada")),
    ("an admin", |w| w.caller("adam")),
    ("an admin who is bound", |w| {
        w.hold(
            "rope",
            w.user("adam"),
            denies(&["fleet:create"]),
            only(w.vault),
        );
        w.caller("adam")
    }),
    ("a member by policy", |w| {
        let all = allows(&["policy:*", "group:*", "user:*", "invitation:*", "token:*"]);
        w.hold("all", w.user("mia"), all, WHOLE);
        w.caller("mia")
    }),
    ("a member on accounts", |w| {
        let policy = w.managed("Account Admin");
        w.give(policy, w.user("mia"), only(w.lab));
        w.caller("mia")
    }),
    ("a confined token", |w| {
        w.bearer("ada", "confined", personal().accounts([w.lab])).1
    }),
    ("a token for actions", |w| {
        let catalog = tenancy::catalog::Catalog::builtin();
        let all = catalog.entries().map(|entry| entry.action.clone());
        w.bearer("ada", "narrow", personal().actions(all)).1
    }),
    ("the host", |_| host()),
];

type Act = fn(&World, &Handed, &Caller) -> String;

fn rewrite(w: &World, by: &Caller, policy: PolicyId, text: &str, allow: &[&str]) -> String {
    w.run(
        by,
        &UpdatePolicy::new(w.spot, policy, name(text), allows(allow)),
    )
}

/// Returns the user that a caller comes with; the host has none, and acts on `mia`.
fn own(w: &World, by: &Caller) -> UserId {
    by.user_id().unwrap_or_else(|| w.user("mia"))
}

const ACTS: [(&str, Act); 26] = [
    ("attach a policy to oneself", |w, it, by| {
        w.run(
            by,
            &AttachPolicy::new(w.spot, it.more, own(w, by).into(), EVERYWHERE),
        )
    }),
    ("attach a policy to oneself on the lab", |w, it, by| {
        w.run(
            by,
            &AttachPolicy::new(w.spot, it.more, own(w, by).into(), only(w.lab)),
        )
    }),
    ("attach a policy to another", |w, it, by| {
        w.run(
            by,
            &AttachPolicy::new(w.spot, it.more, w.user("ben").into(), EVERYWHERE),
        )
    }),
    ("attach a policy to a group", |w, it, by| {
        w.run(
            by,
            &AttachPolicy::new(w.spot, it.more, it.staff.into(), EVERYWHERE),
        )
    }),
    ("attach all that a policy can give", |w, _, by| {
        let policy = w.managed("Organization Admin");
        w.run(
            by,
            &AttachPolicy::new(w.spot, policy, own(w, by).into(), WHOLE),
        )
    }),
    ("add oneself to a group", |w, it, by| {
        w.run(by, &AddToGroup::new(w.spot, it.team, own(w, by)))
    }),
    ("add another to a group", |w, it, by| {
        w.run(by, &AddToGroup::new(w.spot, it.team, w.user("ben")))
    }),
    ("give a group a role", |w, it, by| {
        w.run(
            by,
            &AttachGroup::new(w.spot, it.staff, w.lab, AccountRole::Editor),
        )
    }),
    ("rewrite a policy that is held", |w, it, by| {
        rewrite(w, by, it.held, "held", &["fleet:*"])
    }),
    ("rewrite it to less", |w, it, by| {
        rewrite(w, by, it.held, "held", &["account:read"])
    }),
    ("create an admin", |w, _, by| {
        let command = CreateUser::new(w.spot, name("N"), email("n"), OrganizationRole::Admin);
        w.run(by, &command)
    }),
    ("create a member", |w, _, by| {
        let command = CreateUser::new(w.spot, name("N"), email("n"), OrganizationRole::Member);
        w.run(by, &command)
    }),
    ("create a program that edits the vault", |w, _, by| {
        let command = CreateProgrammaticUser::new(w.spot, name("n"), OrganizationRole::Member);
        w.run(by, &command.attach(w.vault, AccountRole::Editor))
    }),
    ("invite an admin", |w, _, by| {
        w.run(
            by,
            &InviteUser::new(w.spot, email("n"), OrganizationRole::Admin),
        )
    }),
    ("invite somebody who edits the vault", |w, _, by| {
        let command = InviteUser::new(w.spot, email("n"), OrganizationRole::Member);
        w.run(by, &command.attach(w.vault, AccountRole::Editor))
    }),
    ("make a member an admin", |w, _, by| {
        w.run(
            by,
            &ChangeRole::new(w.spot, w.user("ben"), OrganizationRole::Admin),
        )
    }),
    ("make oneself an owner", |w, _, by| {
        w.run(
            by,
            &ChangeRole::new(w.spot, own(w, by), OrganizationRole::Owner),
        )
    }),
    ("make oneself an editor of the vault", |w, _, by| {
        w.run(
            by,
            &AttachUser::new(w.spot, own(w, by), w.vault, AccountRole::Editor),
        )
    }),
    ("make oneself an editor of the lab", |w, _, by| {
        w.run(
            by,
            &AttachUser::new(w.spot, own(w, by), w.lab, AccountRole::Editor),
        )
    }),
    ("issue a token for whoever edits the lab", |w, _, by| {
        w.run(by, &IssueToken::new(w.spot, w.user("edda"), personal()))
    }),
    ("rotate a token of whoever edits the lab", |w, it, by| {
        w.run(by, &RotateToken::new(w.spot, it.token))
    }),
    ("take a deny away from another", |w, it, by| {
        w.run(
            by,
            &DetachPolicy::new(w.spot, it.less, w.user("max").into()),
        )
    }),
    ("delete a group that denies", |w, it, by| {
        w.run(by, &DeleteGroup::new(w.spot, it.bound))
    }),
    ("take another out of a group that denies", |w, it, by| {
        w.run(by, &RemoveFromGroup::new(w.spot, it.bound, w.user("vic")))
    }),
    ("rewrite a deny", |w, it, by| {
        rewrite(w, by, it.less, "less", &["fleet:read"])
    }),
    ("let a deny reach less", |w, it, by| {
        w.run(
            by,
            &AttachPolicy::new(w.spot, it.less, w.user("max").into(), only(w.main)),
        )
    }),
];

#[test]
fn everybody_who_hands_on() {
    let mut text = String::new();
    for (act, run) in ACTS {
        writeln!(text, "{act}").unwrap();
        for (caller, who) in CALLERS {
            let w = World::new();
            let it = handed(&w);
            let by = who(&w);
            writeln!(text, "    {caller}: {}", run(&w, &it, &by)).unwrap();
        }
    }
    snapshots::check("handing_on.txt", &text);
}

/// Whoever is bound by a deny lifts it from itself by none of the commands that could.
#[test]
fn nobody_unties_itself() {
    fn bound(w: &World) -> (GroupId, PolicyId) {
        let group = w.group("bound");
        let policy = w.hold("rope", group, denies(&["fleet:create"]), only(w.vault));
        w.join(group, "adam");
        (group, policy)
    }
    const NOT: &str = "right_not_held: the caller does not hold `fleet:create` there, and can \
                       neither give it nor lift a deny of it";
    table(&[
        (
            "to leave the group",
            |w| {
                let (group, _) = bound(w);
                w.run(
                    &w.caller("adam"),
                    &RemoveFromGroup::new(w.spot, group, w.user("adam")),
                )
            },
            NOT,
        ),
        (
            "to delete the group",
            |w| {
                let (group, _) = bound(w);
                w.run(&w.caller("adam"), &DeleteGroup::new(w.spot, group))
            },
            NOT,
        ),
        (
            "to take the policy away from the group",
            |w| {
                let (group, policy) = bound(w);
                w.run(
                    &w.caller("adam"),
                    &DetachPolicy::new(w.spot, policy, group.into()),
                )
            },
            NOT,
        ),
        (
            "to attach it on another account",
            |w| {
                let (group, policy) = bound(w);
                w.run(
                    &w.caller("adam"),
                    &AttachPolicy::new(w.spot, policy, group.into(), only(w.main)),
                )
            },
            NOT,
        ),
        (
            "to let the policy say something else",
            |w| {
                let (_, policy) = bound(w);
                rewrite(w, &w.caller("adam"), policy, "rope", &["fleet:read"])
            },
            NOT,
        ),
        (
            "to let it say the same under a condition",
            |w| {
                let (_, policy) = bound(w);
                let json = r#"{"statements":[{"effect":"DENY","actions":["fleet:create"],
                    "resources":["*"],"condition":{"StringEquals":{"fleet:name":"x"}}}]}"#;
                let command = UpdatePolicy::new(w.spot, policy, name("rope"), document(json));
                w.run(&w.caller("adam"), &command)
            },
            NOT,
        ),
        (
            "in a batch, behind what is allowed",
            |w| {
                let (group, policy) = bound(w);
                let batch = Batch::new(w.spot)
                    .and(AttachPolicy::new(
                        w.spot,
                        policy,
                        w.user("mia").into(),
                        EVERYWHERE,
                    ))
                    .and(DeleteGroup::new(w.spot, group));
                w.run(&w.caller("adam"), &batch)
            },
            NOT,
        ),
        (
            "another admin does",
            |w| {
                let (group, policy) = bound(w);
                w.run(
                    &w.caller("anna"),
                    &DetachPolicy::new(w.spot, policy, group.into()),
                )
            },
            "policy.detached",
        ),
        (
            "an owner does, for itself too",
            |w| {
                let policy = w.hold("rope", w.user("olga"), denies(&["*"]), WHOLE);
                w.run(
                    &w.caller("olga"),
                    &DetachPolicy::new(w.spot, policy, w.user("olga").into()),
                )
            },
            "policy.detached",
        ),
        (
            "a deny of what is the owners' alone keeps no admin from anything",
            |w| {
                let command = denies(&["organization:close"]);
                let policy = w.hold("rope", w.user("mia"), command, WHOLE);
                w.run(
                    &w.caller("adam"),
                    &DetachPolicy::new(w.spot, policy, w.user("mia").into()),
                )
            },
            "policy.detached",
        ),
        (
            "but from an owner no admin takes it",
            |w| {
                let group = w.group("bound");
                w.join(group, "olga");
                let policy = w.hold("rope", group, denies(&["organization:close"]), WHOLE);
                w.run(
                    &w.caller("adam"),
                    &DetachPolicy::new(w.spot, policy, group.into()),
                )
            },
            "right_not_held: the caller does not hold `organization:close` there, and can \
             neither give it nor lift a deny of it",
        ),
    ]);
}

/// Whoever denies something to somebody acts on them: not upwards, and not by a group.
#[test]
fn nobody_binds_who_stands_higher() {
    fn crew(w: &World, user: &str) -> GroupId {
        let group = w.group("Crew");
        w.join(group, user);
        group
    }
    fn bind(w: &World, by: &Caller, group: GroupId, actions: &[&str]) -> String {
        let policy = w.policy("rope", PolicyKind::Account, denies(actions));
        w.run(
            by,
            &AttachPolicy::new(w.spot, policy, group.into(), EVERYWHERE),
        )
    }
    fn rewritten(w: &World, by: &Caller, group: GroupId, actions: &[&str]) -> String {
        let policy = w.hold("rope", group, allows(&["fleet:read"]), EVERYWHERE);
        let command = UpdatePolicy::new(w.spot, policy, name("rope"), denies(actions));
        let command = command.unknown(tenancy::command::UnknownActions::Keep);
        w.run(by, &command)
    }
    const OWNER: &str = "outranked: `{olga}` is owner, and the caller is admin";
    table(&[
        (
            "members",
            |w| bind(w, &w.caller("adam"), crew(w, "mia"), &["fleet:read"]),
            "policy.attached",
        ),
        (
            "oneself",
            |w| bind(w, &w.caller("adam"), crew(w, "adam"), &["fleet:read"]),
            "policy.attached",
        ),
        (
            "an owner",
            |w| bind(w, &w.caller("adam"), crew(w, "olga"), &["fleet:read"]),
            OWNER,
        ),
        (
            "an owner, by what the catalog lacks as yet",
            |w| bind(w, &w.caller("adam"), crew(w, "olga"), &["ocean:*"]),
            OWNER,
        ),
        (
            "an owner, by rewriting",
            |w| rewritten(w, &w.caller("adam"), crew(w, "olga"), &["fleet:read"]),
            OWNER,
        ),
        (
            "an owner, by rewriting to what the catalog lacks as yet",
            |w| rewritten(w, &w.caller("adam"), crew(w, "olga"), &["ocean:*"]),
            OWNER,
        ),
        (
            "a peer",
            |w| bind(w, &w.caller("adam"), crew(w, "anna"), &["fleet:read"]),
            "outranked: `{anna}` is admin, and the caller is admin",
        ),
        (
            "a peer who is out of sight: only the group is named",
            |w| {
                let group = crew(w, "vic");
                w.hold(
                    "all",
                    w.user("mia"),
                    allows(&["policy:*", "group:*"]),
                    WHOLE,
                );
                bind(w, &w.caller("mia"), group, &["fleet:read"])
            },
            "not_found: `{Crew}` is not found",
        ),
        (
            "an owner, by an owner",
            |w| bind(w, &w.caller("ada"), crew(w, "olga"), &["fleet:read"]),
            "policy.attached",
        ),
    ]);
}

/// What a policy implies on its accounts is handed on with it.
#[test]
fn what_is_implied_is_handed_on_too() {
    fn bound(w: &World, denied: &str) -> PolicyId {
        w.hold("rope", w.user("adam"), denies(&[denied]), EVERYWHERE);
        w.policy("more", PolicyKind::Account, allows(&["fleet:create"]))
    }
    fn give(w: &World, policy: PolicyId) -> String {
        let command = AttachPolicy::new(w.spot, policy, w.user("mia").into(), EVERYWHERE);
        w.run(&w.caller("adam"), &command)
    }
    const READ: &str = "right_not_held: the caller does not hold `account:read` there, and can \
                        neither give it nor lift a deny of it";
    table(&[
        (
            "of whoever may not read accounts",
            |w| give(w, bound(w, "account:read")),
            READ,
        ),
        (
            "of whoever may not read fleets, where it does not follow",
            |w| give(w, bound(w, "fleet:read")),
            "policy.attached",
        ),
        (
            "by a group",
            |w| {
                let (policy, group) = (bound(w, "account:read"), w.group("Crew"));
                w.give(policy, group, EVERYWHERE);
                w.run(
                    &w.caller("adam"),
                    &AddToGroup::new(w.spot, group, w.user("mia")),
                )
            },
            READ,
        ),
        (
            "by rewriting",
            |w| {
                bound(w, "account:read");
                let inert = allows(&["ocean:roll"]);
                let policy = w.hold("held", w.user("mia"), inert, EVERYWHERE);
                rewrite(w, &w.caller("adam"), policy, "held", &["fleet:create"])
            },
            READ,
        ),
        (
            "by a token",
            |w| {
                let policy = bound(w, "account:read");
                w.give(policy, w.user("mia"), EVERYWHERE);
                w.run(
                    &w.caller("adam"),
                    &IssueToken::new(w.spot, w.user("mia"), personal()),
                )
            },
            READ,
        ),
        (
            "whoever holds such a policy hands it on",
            |w| {
                let policy = w.policy("more", PolicyKind::Account, allows(&["fleet:create"]));
                w.give(policy, w.user("mia"), EVERYWHERE);
                w.hold(
                    "all",
                    w.user("mia"),
                    allows(&["policy:*", "group:*"]),
                    WHOLE,
                );
                let group = w.group("Crew");
                w.run(
                    &w.caller("mia"),
                    &AttachPolicy::new(w.spot, policy, group.into(), EVERYWHERE),
                )
            },
            "policy.attached",
        ),
    ]);
    let mut settings = settings();
    settings.rules.policy_implies = Implied::Viewer;
    table_with(
        settings,
        &[(
            "of whoever may not read fleets, where it follows",
            |w| give(w, bound(w, "fleet:read")),
            "right_not_held: the caller does not hold `fleet:read` there, and can neither give \
             it nor lift a deny of it",
        )],
    );
}

/// What the catalog lacks as yet is held by nobody but those whose role gives whatever comes.
#[test]
fn nobody_waits_for_what_the_catalog_will_have() {
    fn later(w: &World) -> PolicyId {
        w.hold(
            "all",
            w.user("mia"),
            allows(&["policy:*", "group:*"]),
            WHOLE,
        );
        w.policy("later", PolicyKind::Account, allows(&["ocean:roll"]))
    }
    const NONE: &str = "unknown_action: there is no action `ocean:roll`";
    table(&[
        (
            "to oneself",
            |w| {
                let command = AttachPolicy::new(w.spot, later(w), w.user("mia").into(), EVERYWHERE);
                w.run(&w.caller("mia"), &command)
            },
            NONE,
        ),
        (
            "by rewriting one that oneself holds",
            |w| {
                let policy = later(w);
                let held = w.hold("held", w.user("mia"), allows(&["fleet:read"]), EVERYWHERE);
                let _ = policy;
                let new = allows(&["fleet:read", "ocean:roll"]);
                let command = UpdatePolicy::new(w.spot, held, name("held"), new);
                let command = command.unknown(tenancy::command::UnknownActions::Keep);
                w.run(&w.caller("mia"), &command)
            },
            NONE,
        ),
        (
            "by a group",
            |w| {
                let (policy, group) = (later(w), w.group("Crew"));
                w.give(policy, group, EVERYWHERE);
                w.run(
                    &w.caller("mia"),
                    &AddToGroup::new(w.spot, group, w.user("mia")),
                )
            },
            NONE,
        ),
        (
            "an admin gives it",
            |w| {
                let command = AttachPolicy::new(w.spot, later(w), w.user("mia").into(), EVERYWHERE);
                w.run(&w.caller("adam"), &command)
            },
            "policy.attached",
        ),
    ]);
}

/// Law U5: at acceptance everything is judged again, with what binds the inviter by then.
#[test]
fn an_invitation_gives_what_its_inviter_still_holds() {
    fn accept(w: &World, invite: InviteUser, bind: impl FnOnce(&World)) -> String {
        let minted = w.done(&w.caller("adam"), &invite);
        bind(w);
        let secret = minted.secret.unwrap().expose().parse().unwrap();
        w.run(&person("new"), &AcceptInvitation::new(secret, name("New")))
    }
    fn invite(w: &World, role: OrganizationRole) -> InviteUser {
        InviteUser::new(w.spot, email("new"), role)
    }
    const INVITER: &str = "inviter: ";
    fn is_inviter(told: String) -> String {
        told.starts_with(INVITER).to_string()
    }
    fn bind(w: &World, actions: &[&str], on: Reach) {
        w.hold("rope", w.user("adam"), denies(actions), on);
    }
    use OrganizationRole::{Admin, Member};
    table(&[
        (
            "by an admin whom nothing binds",
            |w| accept(w, invite(w, Admin), |_| {}),
            "invitation.accepted, user.created",
        ),
        (
            "as admin, by one who is bound by then",
            |w| {
                is_inviter(accept(w, invite(w, Admin), |w| {
                    bind(w, &["fleet:read"], EVERYWHERE)
                }))
            },
            "true",
        ),
        (
            "as member, by one who is bound in something else",
            |w| {
                accept(w, invite(w, Member), |w| {
                    bind(w, &["fleet:read"], EVERYWHERE)
                })
            },
            "invitation.accepted, user.created",
        ),
        (
            "by one who may not invite by then",
            |w| {
                is_inviter(accept(w, invite(w, Member), |w| {
                    bind(w, &["invitation:*"], WHOLE)
                }))
            },
            "true",
        ),
        (
            "to an account, by one who is bound there by then",
            |w| {
                let invite = invite(w, Member).attach(w.lab, AccountRole::Editor);
                is_inviter(accept(w, invite, |w| {
                    bind(w, &["fleet:create"], only(w.lab))
                }))
            },
            "true",
        ),
        (
            "to an account, by one who is bound on another",
            |w| {
                let invite = invite(w, Member).attach(w.lab, AccountRole::Editor);
                accept(w, invite, |w| bind(w, &["fleet:create"], only(w.vault)))
            },
            "invitation.accepted, user.created, user.attached",
        ),
        (
            "by a member by policy, from whom it was taken by then",
            |w| {
                let policy = w.hold("p", w.user("mia"), allows(&["invitation:create"]), WHOLE);
                let minted = w.done(&w.caller("mia"), &invite(w, Member));
                w.take(policy, w.user("mia"));
                let secret = minted.secret.unwrap().expose().parse().unwrap();
                is_inviter(w.run(&person("new"), &AcceptInvitation::new(secret, name("New"))))
            },
            "true",
        ),
        (
            "sent again by another who holds all of it",
            |w| {
                let minted = w.done(&w.caller("adam"), &invite(w, Admin));
                bind(w, &["fleet:read"], EVERYWHERE);
                let own = w.run(&w.caller("adam"), &ResendInvitation::new(w.spot, minted.id));
                assert!(own.starts_with("right_not_held: "), "{own}");
                let again = ResendInvitation::new(w.spot, minted.id);
                let minted = w.done(&w.caller("anna"), &again);
                let secret = minted.secret.unwrap().expose().parse().unwrap();
                w.run(&person("new"), &AcceptInvitation::new(secret, name("New")))
            },
            "invitation.accepted, user.created",
        ),
    ]);
}

/// Where the rules attach whoever has no account to the default one, that is given by the inviter.
#[test]
fn the_first_account_is_given_by_whoever_invites() {
    let mut settings = settings();
    settings.rules = Rules::spot();
    const NOT: &str = "right_not_held: the caller does not hold `fleet:read` there, and can \
                       neither give it nor lift a deny of it";
    fn bind(w: &World) {
        w.hold(
            "rope",
            w.user("adam"),
            denies(&["fleet:read"]),
            only(w.main),
        );
    }
    fn invite(w: &World) -> InviteUser {
        InviteUser::new(w.spot, email("new"), OrganizationRole::Member)
    }
    table_with(
        settings,
        &[
            (
                "an admin whom nothing binds",
                |w| w.run(&w.caller("adam"), &invite(w)),
                "invitation.created",
            ),
            (
                "creates a user, bound there",
                |w| {
                    bind(w);
                    let role = OrganizationRole::Member;
                    w.run(
                        &w.caller("adam"),
                        &CreateUser::new(w.spot, name("N"), email("n"), role),
                    )
                },
                NOT,
            ),
            (
                "invites, bound there",
                |w| {
                    bind(w);
                    w.run(&w.caller("adam"), &invite(w))
                },
                NOT,
            ),
            (
                "invites to another account, bound there",
                |w| {
                    bind(w);
                    w.run(
                        &w.caller("adam"),
                        &invite(w).attach(w.lab, AccountRole::Viewer),
                    )
                },
                "invitation.created",
            ),
            (
                "is bound when it is accepted",
                |w| {
                    let minted = w.done(&w.caller("adam"), &invite(w));
                    bind(w);
                    let secret = minted.secret.unwrap().expose().parse().unwrap();
                    let accept = AcceptInvitation::new(secret, name("New"));
                    w.run(&person("new"), &accept)
                        .starts_with("inviter: ")
                        .to_string()
                },
                "true",
            ),
        ],
    );
}

/// Whoever may not attach users to an account does not by creating them, or by inviting.
#[test]
fn who_attaches_on_the_way_may_attach() {
    fn bind(w: &World) {
        w.hold(
            "rope",
            w.user("adam"),
            denies(&["account:attach_user"]),
            only(w.lab),
        );
    }
    const NO: &str = "denied: statement 1 of policy `{rope}`";
    table(&[
        (
            "by attaching",
            |w| {
                bind(w);
                let role = AccountRole::Viewer;
                w.run(
                    &w.caller("adam"),
                    &AttachUser::new(w.spot, w.user("mia"), w.lab, role),
                )
            },
            NO,
        ),
        (
            "by creating a user",
            |w| {
                bind(w);
                let command =
                    CreateUser::new(w.spot, name("N"), email("n"), OrganizationRole::Member);
                w.run(
                    &w.caller("adam"),
                    &command.attach(w.lab, AccountRole::Viewer),
                )
            },
            NO,
        ),
        (
            "by creating a program",
            |w| {
                bind(w);
                let command =
                    CreateProgrammaticUser::new(w.spot, name("n"), OrganizationRole::Member);
                w.run(
                    &w.caller("adam"),
                    &command.attach(w.lab, AccountRole::Viewer),
                )
            },
            NO,
        ),
        (
            "by inviting",
            |w| {
                bind(w);
                let command = InviteUser::new(w.spot, email("n"), OrganizationRole::Member);
                w.run(
                    &w.caller("adam"),
                    &command.attach(w.lab, AccountRole::Viewer),
                )
            },
            NO,
        ),
        (
            "by inviting, before it was denied",
            |w| {
                let command = InviteUser::new(w.spot, email("n"), OrganizationRole::Member);
                let command = command.attach(w.lab, AccountRole::Viewer);
                let minted = w.done(&w.caller("adam"), &command);
                bind(w);
                let again = ResendInvitation::new(w.spot, minted.id);
                let again = w.run(&w.caller("adam"), &again);
                let secret = minted.secret.unwrap().expose().parse().unwrap();
                let told = w.run(&person("n"), &AcceptInvitation::new(secret, name("N")));
                format!("{again}; {}", told.starts_with("inviter: "))
            },
            "denied: statement 1 of policy `{rope}`; true",
        ),
        (
            "on another account",
            |w| {
                bind(w);
                let command = InviteUser::new(w.spot, email("n"), OrganizationRole::Member);
                w.run(
                    &w.caller("adam"),
                    &command.attach(w.vault, AccountRole::Viewer),
                )
            },
            "invitation.created",
        ),
        (
            "by policy, with the right to create users and all that the role gives",
            |w| {
                w.hold("p", w.user("mia"), allows(&["user:create"]), WHOLE);
                w.hold("q", w.user("mia"), allows(&["*:read"]), EVERYWHERE);
                let command =
                    CreateUser::new(w.spot, name("N"), email("n"), OrganizationRole::Member);
                w.run(
                    &w.caller("mia"),
                    &command.attach(w.lab, AccountRole::Viewer),
                )
            },
            "not granted: asks for admin",
        ),
    ]);
}

/// One who tries to get at more than it has: what it could do to begin with, and what it tries.
struct Climber {
    world: World,
    caller: Caller,
    commands: Vec<AnyCommand>,
    questions: Vec<Question>,
}

/// What is allowed to somebody, by the places of the questions.
type Rights = BTreeSet<usize>;

impl Climber {
    fn new(world: World, user: &str, puppet: UserId) -> Self {
        let caller = world.caller(user);
        let accounts = [world.main, world.lab, world.vault];
        let mut questions = Vec::new();
        let catalog = settings().catalog;
        for entry in catalog.entries() {
            let action = entry.action.as_str();
            questions.extend(accounts.map(|account| question(action, account)));
            questions.push(question(action, world.spot));
            questions.push(question(action, world.user("ben")));
        }
        let mut climber = Self {
            commands: Vec::new(),
            world,
            caller,
            questions,
        };
        climber.commands = climber.all(puppet);
        climber
    }

    /// Everything that could lead further, of what there is, the puppet among it.
    fn all(&self, puppet: UserId) -> Vec<AnyCommand> {
        let (w, spot) = (&self.world, self.world.spot);
        let state = w.state(spot);
        let own = self.caller.user_id().unwrap();
        let policies: Vec<_> = state.policies().map(Policy::id).collect();
        let groups: Vec<_> = state.groups().map(Group::id).collect();
        let users = [own, puppet, w.user("max")];
        let mut all: Vec<AnyCommand> = Vec::new();
        for policy in policies {
            let kind = state.policy(policy).unwrap().kind();
            let reaches = if kind == PolicyKind::Organization {
                vec![WHOLE]
            } else {
                vec![EVERYWHERE, only(w.lab)]
            };
            let users = [own, puppet].map(Holder::User);
            for to in users
                .into_iter()
                .chain(groups.iter().map(|it| Holder::Group(*it)))
            {
                let attach = |on| AttachPolicy::new(spot, policy, to, on).into();
                all.extend(reaches.iter().cloned().map(attach));
                all.push(DetachPolicy::new(spot, policy, to).into());
            }
            let text = state.policy(policy).unwrap().name().clone();
            for document in [allows(&["*"]), denies(&["fleet:read"])] {
                all.push(UpdatePolicy::new(spot, policy, text.clone(), document).into());
            }
        }
        for group in groups {
            all.push(DeleteGroup::new(spot, group).into());
            all.push(AttachGroup::new(spot, group, w.vault, AccountRole::Editor).into());
            for user in users {
                all.push(AddToGroup::new(spot, group, user).into());
                all.push(RemoveFromGroup::new(spot, group, user).into());
            }
        }
        for user in users {
            all.push(AttachUser::new(spot, user, w.vault, AccountRole::Editor).into());
            all.push(IssueToken::new(spot, user, personal()).into());
            let roles = [OrganizationRole::Admin, OrganizationRole::Viewer];
            all.extend(roles.map(|role| ChangeRole::new(spot, user, role).into()));
        }
        all.extend([
            SuspendUser::new(spot, puppet).into(),
            RemoveUser::new(spot, puppet).into(),
        ]);
        all.push(CloseAccount::new(spot, w.vault).into());
        all.push(RestoreAccount::new(spot, w.vault).into());
        all
    }

    /// Returns what somebody may do as it is.
    fn rights(&self, user: UserId) -> Rights {
        let of = Caller::user(self.world.spot, user);
        let found = self
            .world
            .registry
            .with(self.world.spot, Freshness::Latest, |access| {
                let may = |it: &Question| {
                    let id = access.catalog().id(it.action.as_str()).unwrap();
                    access.check(&of, id, &it.resource).is_allowed()
                };
                let rows = self.questions.iter().enumerate().filter(|(_, it)| may(it));
                rows.map(|(place, _)| place).collect()
            });
        found.unwrap()
    }

    /// Returns what somebody could do after these commands.
    fn after(&self, batch: &Batch, user: UserId) -> Rights {
        let query = CheckAfter::new(batch, self.world.spot, self.questions.iter().cloned());
        let query = match self.caller.user_id() == Some(user) {
            true => query,
            false => query.of_user(user),
        };
        let answers = self.world.registry.ask(&self.caller, &query).unwrap().value;
        let rows = answers
            .iter()
            .enumerate()
            .filter(|(_, it)| it.after.is_allowed());
        rows.map(|(place, _)| place).collect()
    }

    /// Returns what commands make happen, in an order in which all that come to the same are equal;
    /// `None` where they are refused, or the last does nothing.
    fn happens(&self, batch: &Batch, before: usize) -> Option<(usize, Vec<String>)> {
        let planned = self
            .world
            .registry
            .ask(&self.caller, &Plan::new(batch))
            .ok()?;
        let events = planned.value.events;
        let many = events.len();
        let mut texts: Vec<_> = events
            .iter()
            .map(|(id, event)| (event.resource(*id), format!("{event:?}")))
            .collect();
        texts.sort_by(|one, other| one.0.cmp(&other.0));
        let texts = texts.into_iter().map(|(_, text)| text).collect();
        (many > before).then_some((many, texts))
    }

    /// Tries all chains of so many commands: whatever is allowed in them leads to nothing that the
    /// climber could not do, nor the puppet, nor anybody of whom it has a token by then. Returns how
    /// many there were.
    #[track_caller]
    fn climb(&self, depth: usize, puppet: UserId) -> usize {
        let own = self.caller.user_id().unwrap();
        let start = self.rights(own);
        let max = self.world.user("max");
        let (at_first, of_max) = (self.rights(puppet), self.rights(max));
        assert!(
            at_first.is_subset(&start),
            "the puppet is the climber's own"
        );
        assert!(!of_max.is_subset(&start), "there is somebody to climb by");
        let mut seen = BTreeSet::new();
        let mut chains = vec![(Batch::new(self.world.spot), 0)];
        for _ in 0..depth {
            let mut longer = Vec::new();
            for (chain, before) in &chains {
                for command in &self.commands {
                    let batch = chain.clone().and(command.clone());
                    let Some((many, events)) = self.happens(&batch, *before) else {
                        continue;
                    };
                    if !seen.insert(events) {
                        continue;
                    }
                    let issues = |it: &AnyCommand| matches!(it, AnyCommand::IssueToken(issue) if issue.user == max);
                    let minted = batch.commands.iter().any(issues);
                    let others = [Some(puppet), Some(max).filter(|_| minted)];
                    for user in [Some(own)].into_iter().chain(others).flatten() {
                        let more = &self.after(&batch, user) - &start;
                        let more: Vec<_> = more.iter().map(|it| &self.questions[*it]).collect();
                        assert!(more.is_empty(), "{user}: {more:?} by {:?}", batch.commands);
                    }
                    longer.push((batch, many));
                }
            }
            chains = longer;
        }
        seen.len()
    }
}

/// Returns a world in which `adam` is bound through a group, and has made a puppet of its own; and in
/// which `max` may do what is denied to `adam`.
fn climbed(user: &str, rights: impl FnOnce(&World)) -> (Climber, UserId) {
    let w = World::new();
    let bound = w.group("bound");
    w.hold(
        "rope",
        bound,
        denies(&["fleet:create", "account:update"]),
        EVERYWHERE,
    );
    w.join(bound, user);
    let more = w.policy("more", PolicyKind::Account, allows(&["fleet:create"]));
    let team = w.group("team");
    w.give(more, team, EVERYWHERE);
    w.join(team, "max");
    rights(&w);
    let create = CreateUser::new(w.spot, name("P"), email("p"), OrganizationRole::Member);
    let puppet = w.done(&w.caller(user), &create).user;
    w.called(puppet, "puppet");
    (Climber::new(w, user, puppet), puppet)
}

#[test]
fn no_chain_of_an_admin_who_is_bound_leads_further() {
    let (climber, puppet) = climbed("adam", |_| {});
    let chains = climber.climb(3, puppet);
    assert!(chains > 1_000, "{chains}");
}

#[test]
fn no_chain_of_a_member_by_policy_leads_further() {
    let (climber, puppet) = climbed("mia", |w| {
        let all = [
            "policy:*",
            "group:*",
            "user:*",
            "token:*",
            "access:read",
            "account:create",
        ];
        w.hold("all", w.user("mia"), allows(&all), WHOLE);
        w.hold(
            "some",
            w.user("mia"),
            allows(&["account:*", "fleet:read"]),
            EVERYWHERE,
        );
    });
    let chains = climber.climb(3, puppet);
    assert!(chains > 300, "{chains}");
}
