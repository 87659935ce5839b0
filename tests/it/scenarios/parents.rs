//! What comes from above: admins of the parent are let in, what is suspended or closing above is so below,
//! and the strictest rule wins (laws O4, L7, L8).
//!
//! `branch` is a child of `spot`, whose owner `ada` has created it and owns it too; `twig` is a child of
//! `branch`.

use core::time::Duration;

use tenancy::caller::Actor;
use tenancy::command::{
    AcceptInvitation, ActivateOrganization, ChangeRole, CloseOrganization, Command, CreateAccount,
    CreateChild, CreateProgrammaticUser, CreateUser, DetachChild, DetachParent, HandOutLinkCode,
    InviteUser, IssueToken, LiftSuspension, NewToken, PlaceHold, RemoveUser, RenameOrganization,
    SetParentGrant, SetTokenLife, SignedUp, SuspendOrganization,
};
use tenancy::id::OrganizationId;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::token::TokenKind;
use tenancy::query::{
    Check, GetOrganization, ListAccounts, ListTokens, ListUsers, OrganizationsOf,
    SwitchOrganization,
};
use tenancy::role::OrganizationRole;
use tenancy::{Caller, Freshness};

use crate::holdings::{WHOLE, denies};
use crate::world::{World, email, host, name, person, personal, time};

struct Tree {
    w: World,
    branch: SignedUp,
    twig: SignedUp,
}

impl Tree {
    fn new() -> Self {
        let w = World::new();
        let below = |parent: OrganizationId, caller: Caller, text: &str| {
            let caller = caller.with_proven(email("ada"));
            let made = w.done(&caller, &CreateChild::new(parent, name(text), name("Ada")));
            let lower = text.to_lowercase();
            w.called(made.organization, &lower);
            w.called(made.owner, &format!("{lower}-ada"));
            w.called(made.account, &format!("{lower}-main"));
            w.done(
                &made.caller(),
                &ActivateOrganization::new(made.organization),
            );
            made
        };
        let branch = below(w.spot, w.caller("ada"), "Branch");
        let twig = below(branch.organization, branch.caller(), "Twig");
        Self { w, branch, twig }
    }

    /// A user of the parent, who comes down.
    fn coming_down(&self, user: &str) -> Caller {
        self.w.caller(user).via_parent()
    }

    fn run<C: Command>(&self, user: &str, command: &C) -> String {
        self.w.run(&self.coming_down(user), command)
    }

    fn id(&self) -> OrganizationId {
        self.branch.organization
    }

    fn create(&self, user: &str) -> String {
        let role = OrganizationRole::Admin;
        self.run(
            user,
            &CreateUser::new(self.id(), name("New"), email("new"), role),
        )
    }

    fn suspend(&self, organization: OrganizationId) {
        let command = SuspendOrganization::new(organization, SuspensionReason::Security);
        self.w.done(&host(), &command);
    }
}

type Row = (&'static str, fn(&Tree) -> String, &'static str);

#[track_caller]
fn table(rows: &[Row]) {
    let mut report = String::new();
    for (case, when, then) in rows {
        let found = when(&Tree::new());
        if found != *then {
            report.push_str(&format!(
                "\n{case}\n    expected {then:?}\n    found    {found:?}\n"
            ));
        }
    }
    assert!(report.is_empty(), "{report}");
}

const MADE: &str = "user.created";
const NOBODY: &str = "not_found: `{branch}` is not found";

#[test]
fn who_comes_down_and_what_it_may() {
    table(&[
        ("an admin of the parent", |t| t.create("adam"), MADE),
        ("an owner of the parent", |t| t.create("olga"), MADE),
        ("a viewer of the parent", |t| t.create("vera"), NOBODY),
        (
            "an admin who does not say that it comes down",
            |t| {
                let role = OrganizationRole::Member;
                let command = CreateUser::new(t.id(), name("New"), email("new"), role);
                t.w.run(&t.w.caller("adam"), &command)
            },
            NOBODY,
        ),
        (
            "a stranger who says so",
            |t| {
                let command = RenameOrganization::new(t.id(), name("Mine"));
                t.run("eve", &command)
            },
            NOBODY,
        ),
        (
            "an admin of the parent's parent",
            |t| {
                let role = OrganizationRole::Member;
                let twig = t.twig.organization;
                let command = CreateUser::new(twig, name("New"), email("new"), role);
                t.run("adam", &command)
            },
            "not_found: `{twig}` is not found",
        ),
        (
            "with a token",
            |t| {
                let (_, bearer) = t.w.bearer("adam", "token", personal());
                let role = OrganizationRole::Member;
                let command = CreateUser::new(t.id(), name("New"), email("new"), role);
                t.w.run(&bearer.via_parent(), &command)
            },
            NOBODY,
        ),
        (
            "once the grant was taken back",
            |t| {
                let command = SetParentGrant::new(t.id(), false);
                t.w.done(&t.branch.caller(), &command);
                t.create("adam")
            },
            NOBODY,
        ),
        (
            "once it is the child no more",
            |t| {
                t.w.done(&t.branch.caller(), &DetachParent::new(t.id()));
                t.create("adam")
            },
            NOBODY,
        ),
        (
            "once it was let go",
            |t| {
                t.w.done(&t.w.caller("ada"), &DetachChild::new(t.w.spot, t.id()));
                t.create("adam")
            },
            NOBODY,
        ),
        (
            "once it is no admin any more",
            |t| {
                let viewer = OrganizationRole::Viewer;
                let adam = t.w.user("adam");
                t.w.done(&t.w.caller("ada"), &ChangeRole::new(t.w.spot, adam, viewer));
                t.create("adam")
            },
            NOBODY,
        ),
        (
            "while the parent is suspended",
            |t| {
                t.suspend(t.w.spot);
                t.create("adam")
            },
            NOBODY,
        ),
        (
            "while the child is suspended",
            |t| {
                t.suspend(t.id());
                let reads = t.w.ask(&t.coming_down("adam"), &ListUsers::new(t.id()));
                format!("{}; {}", t.create("adam"), !reads.starts_with("not_found"))
            },
            "denied: the organization is suspended; true",
        ),
    ]);
}

/// Law L3: what is an owner's, links, closing and tokens are nobody's from above, and it ranks as an admin
/// (law U4).
#[test]
fn what_is_never_let_to_the_parent() {
    table(&[
        (
            "closing it",
            |t| t.run("ada", &CloseOrganization::new(t.id())),
            "not granted: asks for owner",
        ),
        (
            "holding it",
            |t| t.run("ada", &PlaceHold::new(t.id(), HoldKind::Legal, name("Why"))),
            "not granted: asks for owner",
        ),
        (
            "a token of a user there",
            |t| t.run("ada", &IssueToken::new(t.id(), t.branch.owner, personal())),
            "not granted: asks for admin",
        ),
        (
            "a token of a user that is made there",
            |t| {
                let command =
                    CreateProgrammaticUser::new(t.id(), name("Bot"), OrganizationRole::Member);
                let token = NewToken::new(TokenKind::Programmatic);
                t.run("ada", &command.token(token))
            },
            "not granted: asks for admin",
        ),
        (
            "a link code",
            |t| t.run("ada", &HandOutLinkCode::new(t.id())),
            "not granted: asks for admin",
        ),
        (
            "a child of it",
            |t| {
                let ada = t.coming_down("ada").with_proven(email("ada"));
                t.w.run(&ada, &CreateChild::new(t.id(), name("Leaf"), name("Ada")))
            },
            "not granted: asks for admin",
        ),
        (
            "its owner, removed",
            |t| t.run("ada", &RemoveUser::new(t.id(), t.branch.owner)),
            "outranked: `{branch-ada}` is owner, and the caller is admin",
        ),
        (
            "an owner more",
            |t| {
                let role = OrganizationRole::Owner;
                t.run(
                    "ada",
                    &CreateUser::new(t.id(), name("New"), email("new"), role),
                )
            },
            "role_not_held: role owner cannot be given by a caller who is admin",
        ),
        (
            "what its own organization denies it, by an invitation",
            |t| {
                t.w.hold("no", t.w.user("adam"), denies(&["user:remove"]), WHOLE);
                let role = OrganizationRole::Admin;
                t.run("adam", &InviteUser::new(t.id(), email("new"), role))
            },
            "right_not_held: the caller does not hold `user:remove` there, and can neither give it nor \
             lift a deny of it",
        ),
        (
            "an account",
            |t| t.run("adam", &CreateAccount::new(t.id(), name("Lab"))),
            "account.created",
        ),
        (
            "its name",
            |t| t.run("adam", &RenameOrganization::new(t.id(), name("Bough"))),
            "organization.renamed",
        ),
    ]);
}

/// Law U5: an invitation from above is good as long as whoever sent it is let in.
#[test]
fn invitations_from_above() {
    fn invite(t: &Tree) -> AcceptInvitation {
        let role = OrganizationRole::Admin;
        let minted = t.w.done(
            &t.coming_down("adam"),
            &InviteUser::new(t.id(), email("new"), role),
        );
        AcceptInvitation::new(
            minted.secret.unwrap().expose().parse().unwrap(),
            name("New"),
        )
    }
    const OVER: &str = "inviter: whoever sent the invitation may not make anybody admin any more";
    table(&[
        (
            "accepted",
            |t| {
                let accept = invite(t);
                t.w.run(&person("new"), &accept)
            },
            "invitation.accepted, user.created",
        ),
        (
            "accepted once the grant was taken back",
            |t| {
                let accept = invite(t);
                t.w.done(&t.branch.caller(), &SetParentGrant::new(t.id(), false));
                t.w.run(&person("new"), &accept)
            },
            OVER,
        ),
        (
            "accepted once it is the child no more",
            |t| {
                let accept = invite(t);
                t.w.done(&t.branch.caller(), &DetachParent::new(t.id()));
                t.w.run(&person("new"), &accept)
            },
            OVER,
        ),
        (
            "accepted once whoever sent it was removed above",
            |t| {
                let accept = invite(t);
                let adam = t.w.user("adam");
                t.w.done(&t.w.caller("ada"), &RemoveUser::new(t.w.spot, adam));
                t.w.run(&person("new"), &accept)
            },
            OVER,
        ),
        (
            "accepted while what is above is suspended",
            |t| {
                let accept = invite(t);
                t.suspend(t.w.spot);
                t.w.run(&person("new"), &accept)
            },
            "denied: the organization is suspended",
        ),
    ]);
}

/// What is done from above stands in the child's log, as done by whom.
#[test]
fn what_is_done_from_above_is_on_record() {
    let t = Tree::new();
    t.w.done(
        &t.coming_down("adam"),
        &CreateAccount::new(t.id(), name("Lab")),
    );
    let records = t.w.records(t.id());
    let record = records.last().unwrap();
    let (organization, user) = (t.w.spot, t.w.user("adam"));
    assert_eq!(record.caller, Actor::User { organization, user });
    assert_eq!(record.link, None);
}

/// Law O4: derived when it is asked for; nothing is written below.
#[test]
fn what_stands_still_above_stands_still_below() {
    let t = Tree::new();
    let logs = || [t.id(), t.twig.organization].map(|id| t.w.records(id));
    let before = logs();
    let status = |made: &SignedUp| {
        let query = GetOrganization::new(made.organization);
        let found =
            t.w.registry
                .ask_at(Freshness::Latest, &made.caller(), &query);
        let found = found.unwrap().value;
        format!("{} {}", found.status, found.effective_status)
    };
    let uses = |made: &SignedUp| {
        let check = Check::new(made.organization, name("fleet:create"), made.account);
        let asked = t.w.ask(&made.caller(), &check);
        let action = |access: tenancy::Access<'_>| {
            let id = access.catalog().id("fleet:create").unwrap();
            access
                .check(&made.caller(), id, &made.account.into())
                .is_allowed()
        };
        let held =
            t.w.registry
                .with(made.organization, Freshness::Latest, action);
        assert_eq!(held.unwrap(), asked.contains("is allowed"), "{asked}");
        asked
            .rsplit_once(" is ")
            .map(|(_, last)| last.to_owned())
            .unwrap_or(asked)
    };
    for made in [&t.branch, &t.twig] {
        assert_eq!(
            (status(made), uses(made)),
            (
                "active active".into(),
                "allowed by organization role owner".into()
            )
        );
    }
    t.suspend(t.w.spot);
    for made in [&t.branch, &t.twig] {
        assert_eq!(status(made), "active suspended");
        assert_eq!(uses(made), "suspended", "the product");
        let rename = RenameOrganization::new(made.organization, name("Other"));
        assert_eq!(
            t.w.run(&made.caller(), &rename),
            "denied: the organization is suspended"
        );
        let accounts = ListAccounts::new(made.organization);
        assert!(
            t.w.registry.ask(&made.caller(), &accounts).is_ok(),
            "reading goes on"
        );
        let escape =
            t.w.run(&made.caller(), &DetachParent::new(made.organization));
        assert_eq!(escape, "denied: the organization is suspended");
        // Wherever the person looks for its organizations, it is told so.
        let places = OrganizationsOf::caller();
        let ada = made.caller().with_proven(email("ada"));
        let places =
            t.w.registry
                .ask_at(Freshness::Latest, &ada, &places)
                .unwrap()
                .value
                .rows;
        let place = places
            .iter()
            .find(|it| it.organization.id == made.organization)
            .unwrap();
        assert_eq!(place.organization.effective_status.to_string(), "suspended");
        let switched = SwitchOrganization::new(made.organization);
        let place =
            t.w.registry
                .ask_at(Freshness::Latest, &ada, &switched)
                .unwrap()
                .value;
        assert_eq!(place.organization.effective_status.to_string(), "suspended");
    }
    assert!(logs() == before, "nothing is written below");
    let lift = LiftSuspension::new(t.w.spot, SuspensionReason::Security);
    t.w.done(&host(), &lift);
    for made in [&t.branch, &t.twig] {
        assert_eq!(status(made), "active active");
    }
    // In the middle: what is above it goes on.
    t.suspend(t.id());
    assert_eq!(
        (status(&t.branch), status(&t.twig)),
        ("suspended suspended".into(), "active suspended".into())
    );
    let spot =
        t.w.registry
            .with(t.w.spot, Freshness::Latest, |it| it.organization().status());
    assert_eq!(spot.unwrap().to_string(), "active");
}

/// A token of a child is as good as nothing while what is above is suspended (law T5).
#[test]
fn tokens_below() {
    let t = Tree::new();
    let issue = |expires: Option<&str>| {
        let mut token = personal();
        if let Some(at) = expires {
            token = token.expires_at(time(at));
        }
        let twig = &t.twig;
        let command = IssueToken::new(twig.organization, twig.owner, token);
        t.w.run(&twig.caller(), &command)
    };
    let twig = &t.twig;
    let minted = t.w.done(
        &twig.caller(),
        &IssueToken::new(twig.organization, twig.owner, personal()),
    );
    let text = minted.secret.unwrap();
    assert!(t.w.authenticate(text.expose()).is_ok());
    t.suspend(t.w.spot);
    assert!(t.w.authenticate(text.expose()).is_err());
    t.w.done(
        &host(),
        &LiftSuspension::new(t.w.spot, SuspensionReason::Security),
    );
    assert!(t.w.authenticate(text.expose()).is_ok());

    // Law L8: the strictest of all that are above, and the token that was to live longer is refused.
    let life = |id, days: u64| {
        let life = Duration::from_secs(days * 24 * 60 * 60);
        SetTokenLife::new(id, TokenKind::Personal).life(life)
    };
    t.w.done(&t.branch.caller(), &life(t.id(), 20));
    t.w.done(&t.w.caller("ada"), &life(t.w.spot, 10));
    t.w.done(&twig.caller(), &life(twig.organization, 30));
    assert!(t.w.authenticate(text.expose()).is_err());
    let listed =
        ListTokens::new(twig.organization).standing(tenancy::query::TokenStanding::Noncompliant);
    let listed =
        t.w.registry
            .ask_at(Freshness::Latest, &twig.caller(), &listed)
            .unwrap()
            .value
            .rows;
    assert_eq!(
        listed.iter().map(|it| it.id()).collect::<Vec<_>>(),
        [minted.id]
    );
    let within =
        t.w.now()
            .saturating_add(Duration::from_secs(10 * 24 * 60 * 60));
    let beyond = within.saturating_add(Duration::from_millis(1));
    assert_eq!(issue(Some(&within.to_string())), "token.issued");
    let refused = issue(Some(&beyond.to_string()));
    assert!(refused.starts_with("token_life: "), "{refused}");
}
