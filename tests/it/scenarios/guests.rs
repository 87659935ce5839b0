//! What users of another organization may do here, by a link: topics that are read, and work on accounts
//! (laws L3, L4, L6, X3, X4).
//!
//! `spot` shares with `rival`, whose founder is `eve`; `gus` is a viewer there and `mona` a member.

use std::sync::OnceLock;

use tenancy::action::{Class, Topic};
use tenancy::caller::Actor;
use tenancy::command::{
    AcceptLink, ActivateOrganization, AssignLinkUser, AttachPolicy, ChangeRole, CloseAccount,
    CreatePolicy, CreateUser, DelegateLink, EndLink, HandOutLinkCode, IssueToken, NarrowLink,
    ProposeLink, RecordActivity, RemoveUser, SuspendOrganization, SuspendUser, UnassignLinkUser,
    UndelegateLink,
};
use tenancy::id::{AccountId, LinkId, UserId};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Accounts, Delegation, Shares, Side, Terms};
use tenancy::organization::policy::Reach;
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, GetAccount, GetLink, GetOrganization, ListAccounts,
    ListLinks, ListUsers,
};
use tenancy::record::Log;
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::{Caller, Freshness, Settings};

use crate::holdings::{EVERYWHERE, WHOLE, denies, only};
use crate::world::{World, email, ghost, host, name, personal, settings};

/// The same settings for all, with actions that are about topics.
fn topics() -> Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    let make = || {
        let mut settings = settings();
        for (action, topic) in [
            ("boards:see", Topic::Dashboards),
            ("bills:see", Topic::BillingReports),
        ] {
            let action = name(action);
            settings = settings
                .action(Clone::clone(&action), Class::Read, LeastRole::Viewer)
                .and_then(|it| it.topic(&action, topic))
                .unwrap();
        }
        settings
            .action(name("boards:draw"), Class::Product, LeastRole::Editor)
            .unwrap()
    };
    SETTINGS.get_or_init(make).clone()
}

/// Two organizations in a link, by which `spot` shares.
struct Linked {
    w: World,
    link: LinkId,
    gus: UserId,
    mona: UserId,
}

fn shares() -> Shares {
    let most = Delegation::new(AccountRole::Editor, Accounts::All);
    Shares::new().dashboards().delegation(most)
}

impl Linked {
    fn new(shares: Shares) -> Self {
        let w = World::with(topics());
        let (rival, eve, ada) = (w.rival.organization, w.caller("eve"), w.caller("ada"));
        w.done(&eve, &ActivateOrganization::new(rival));
        let user = |text: &str, role| {
            let command = CreateUser::new(rival, name(text), email(text), role);
            w.called(w.done(&eve, &command).user, text)
        };
        let gus = user("gus", OrganizationRole::Viewer);
        let mona = user("mona", OrganizationRole::Member);
        let code = w.done(&eve, &HandOutLinkCode::new(rival));
        let secret = code.secret.unwrap().expose().parse().unwrap();
        let terms = Terms::new(shares, Shares::new());
        let link = w.called(
            w.done(&ada, &ProposeLink::new(w.spot, secret, terms)),
            "link",
        );
        let it = Self { w, link, gus, mona };
        let hash = it.link_of(&eve).terms_hash;
        it.w.done(&eve, &AcceptLink::new(rival, link, hash));
        it
    }

    /// With everything shared, `lab` and `main` picked for editors, and `gus` to work there.
    fn working() -> Self {
        let it = Self::new(shares());
        it.delegate(AccountRole::Editor, Accounts::chosen([it.w.lab, it.w.main]));
        it.assign(it.gus);
        it
    }

    fn link_of(&self, by: &Caller) -> tenancy::query::LinkDetails {
        let query = GetLink::new(by.organization().unwrap(), self.link);
        self.w
            .registry
            .ask_at(Freshness::Latest, by, &query)
            .unwrap()
            .value
    }

    fn delegate(&self, role: AccountRole, accounts: Accounts) {
        let command = DelegateLink::new(self.w.spot, self.link, role, accounts);
        self.w.done(&self.w.caller("ada"), &command);
    }

    fn assign(&self, user: UserId) {
        let command = AssignLinkUser::new(self.w.rival.organization, self.link, user);
        self.w.done(&self.w.caller("eve"), &command);
    }

    fn guest(&self, user: UserId) -> Caller {
        Caller::user(self.w.rival.organization, user).via_link(self.link)
    }

    /// What is answered to a question, after it was seen that all ways to ask it agree (law X3).
    fn asked(&self, by: &Caller, action: &str, on: impl Into<Resource>) -> String {
        let (on, w) = (on.into(), &self.w);
        let answer = w.ask(by, &Check::new(w.spot, name(action), on.clone()));
        let held = w.registry.with(w.spot, Freshness::Latest, |access| {
            let id = access.catalog().id(action).unwrap();
            let decision = access.check(by, id, &on);
            let account = on.account();
            if let Some(account) = account.filter(|it| on == Resource::Account(*it)) {
                let listed = access.accessible_accounts(by, id).contains(account);
                assert_eq!(listed, decision.is_allowed(), "{action} on {on}");
            }
            let listed = access.allowed_actions(by, &on).contains(id);
            assert_eq!(listed, decision.is_allowed(), "{action} on {on}");
            decision
        });
        let held = held.unwrap();
        let allowed = answer.contains("is allowed");
        assert_eq!(
            held.is_allowed(),
            allowed,
            "{action} on {on}: {held} and {answer}"
        );
        match answer.split_once("` is ") {
            Some((_, decision)) if answer.starts_with('`') => decision.to_owned(),
            _ => answer,
        }
    }
}

const EDITOR: &str = "allowed by account role editor through link `{link}`";
const DASHBOARDS: &str = "allowed by dashboards that link `{link}` shares";

type Row = (&'static str, fn(&Linked) -> String, &'static str);

#[track_caller]
fn table(make: fn() -> Linked, rows: &[Row]) {
    let mut report = String::new();
    for (case, when, then) in rows {
        let found = when(&make());
        if found != *then {
            report.push_str(&format!(
                "\n{case}\n    expected {then:?}\n    found    {found:?}\n"
            ));
        }
    }
    assert!(report.is_empty(), "{report}");
}

fn edits(it: &Linked) -> String {
    it.asked(&it.guest(it.gus), "boards:draw", it.w.lab)
}

fn sees(it: &Linked) -> String {
    it.asked(&it.guest(it.gus), "boards:see", it.w.spot)
}

/// Both have to pick, and both may take it back (law L4).
#[test]
fn who_works_on_accounts() {
    table(
        Linked::working,
        &[
            ("picked by both", edits, EDITOR),
            (
                "another account that was picked",
                |it| it.asked(&it.guest(it.gus), "boards:draw", it.w.main),
                EDITOR,
            ),
            (
                "an account that was not",
                |it| it.asked(&it.guest(it.gus), "boards:draw", it.w.vault),
                "not granted: asks for editor",
            ),
            (
                "a user that was not",
                |it| it.asked(&it.guest(it.mona), "boards:draw", it.w.lab),
                "not granted: asks for editor",
            ),
            (
                "the owner of the other side, who was not",
                |it| it.asked(&it.guest(it.w.user("eve")), "boards:draw", it.w.lab),
                "not granted: asks for editor",
            ),
            (
                "to read the account",
                |it| it.asked(&it.guest(it.gus), "account:read", it.w.lab),
                EDITOR,
            ),
            (
                "what asks for an admin",
                |it| it.asked(&it.guest(it.gus), "account:close", it.w.lab),
                "not granted: asks for admin",
            ),
            (
                "what every member may",
                |it| it.asked(&it.guest(it.gus), "organization:read", it.w.spot),
                "not granted: asks for member",
            ),
            (
                "without saying by which link",
                |it| {
                    let own = Caller::user(it.w.rival.organization, it.gus);
                    it.asked(&own, "boards:draw", it.w.lab)
                },
                "not_found: `{spot}` is not found",
            ),
            (
                "by another link",
                |it| {
                    let other = Caller::user(it.w.rival.organization, it.gus).via_link(ghost());
                    it.asked(&other, "boards:draw", it.w.lab)
                },
                "not_found: `{spot}` is not found",
            ),
            (
                "as an admin of the parent, which it is not",
                |it| {
                    let other = Caller::user(it.w.rival.organization, it.gus).via_parent();
                    it.asked(&other, "boards:draw", it.w.lab)
                },
                "not_found: `{spot}` is not found",
            ),
            (
                "a user of nobody's by the link",
                |it| {
                    let nobody = Caller::user(it.w.rival.organization, ghost()).via_link(it.link);
                    it.asked(&nobody, "boards:draw", it.w.lab)
                },
                "not granted: asks for editor",
            ),
            (
                "a user of the grantor's own, who says so",
                |it| {
                    it.asked(
                        &it.w.caller("mia").via_link(it.link),
                        "boards:draw",
                        it.w.lab,
                    )
                },
                "not granted: asks for editor",
            ),
            (
                "picked to view",
                |it| {
                    it.delegate(AccountRole::Viewer, Accounts::All);
                    let draws = edits(it);
                    let reads = it.asked(&it.guest(it.gus), "account:read", it.w.vault);
                    format!("{draws}; {reads}")
                },
                "not granted: asks for editor; allowed by account role viewer through link `{link}`",
            ),
            (
                "picked by the grantor no more",
                |it| {
                    it.w.done(
                        &it.w.caller("ada"),
                        &UndelegateLink::new(it.w.spot, it.link),
                    );
                    edits(it)
                },
                "not granted: asks for editor",
            ),
            (
                "picked by the grantee no more",
                |it| {
                    let rival = it.w.rival.organization;
                    let command = UnassignLinkUser::new(rival, it.link, it.gus);
                    it.w.done(&it.w.caller("eve"), &command);
                    edits(it)
                },
                "not granted: asks for editor",
            ),
            (
                "removed at home",
                |it| {
                    let command = RemoveUser::new(it.w.rival.organization, it.gus);
                    it.w.done(&it.w.caller("eve"), &command);
                    edits(it)
                },
                "not granted: asks for editor",
            ),
            (
                "suspended at home",
                |it| {
                    let command = SuspendUser::new(it.w.rival.organization, it.gus);
                    it.w.done(&it.w.caller("eve"), &command);
                    edits(it)
                },
                "denied: the user is suspended",
            ),
            (
                "on an account that is closing",
                |it| {
                    it.w.done(&it.w.caller("ada"), &CloseAccount::new(it.w.spot, it.w.lab));
                    edits(it)
                },
                "denied: the account is closing",
            ),
            (
                "denied at home, on all of it",
                |it| {
                    deny(it, &["boards:draw"]);
                    edits(it)
                },
                "denied: the caller's own organization denies it",
            ),
            (
                "denied at home, on all accounts",
                |it| {
                    deny_on(it, &["boards:draw"], EVERYWHERE);
                    edits(it)
                },
                "denied: the caller's own organization denies it",
            ),
            (
                "denied at home, on an account of its own",
                |it| {
                    deny_on(it, &["boards:draw"], only(it.w.rival.account));
                    edits(it)
                },
                EDITOR,
            ),
            (
                "something else denied at home",
                |it| {
                    deny(it, &["boards:see"]);
                    edits(it)
                },
                EDITOR,
            ),
        ],
    );
}

/// Denies something to `gus` in its own organization.
fn deny(it: &Linked, actions: &[&str]) {
    deny_on(it, actions, WHOLE);
}

fn deny_on(it: &Linked, actions: &[&str], on: Reach) {
    let (rival, eve) = (it.w.rival.organization, it.w.caller("eve"));
    let kind = on.kind();
    let policy = CreatePolicy::new(rival, name("no"), kind, denies(actions));
    let policy = it.w.done(&eve, &policy);
    it.w.done(&eve, &AttachPolicy::new(rival, policy, it.gus.into(), on));
}

/// Law L6: what is over, or stands still on either side, shares nothing at once.
#[test]
fn what_ends_it() {
    const NOTHING: &str = "not_found: `{spot}` is not found; not_found: `{spot}` is not found";
    fn both(it: &Linked) -> String {
        format!("{}; {}", edits(it), sees(it))
    }
    table(
        Linked::working,
        &[
            (
                "nothing",
                both,
                "allowed by account role editor through link `{link}`; allowed by dashboards that link \
             `{link}` shares",
            ),
            (
                "ended by the grantor",
                |it| {
                    it.w.done(&it.w.caller("ada"), &EndLink::new(it.w.spot, it.link));
                    both(it)
                },
                NOTHING,
            ),
            (
                "ended by the grantee",
                |it| {
                    let command = EndLink::new(it.w.rival.organization, it.link);
                    it.w.done(&it.w.caller("eve"), &command);
                    both(it)
                },
                NOTHING,
            ),
            (
                "the grantor is suspended",
                |it| {
                    let reason = SuspensionReason::Billing;
                    it.w.done(&host(), &SuspendOrganization::new(it.w.spot, reason));
                    both(it)
                },
                NOTHING,
            ),
            (
                "the grantee is suspended",
                |it| {
                    let reason = SuspensionReason::Billing;
                    let rival = it.w.rival.organization;
                    it.w.done(&host(), &SuspendOrganization::new(rival, reason));
                    both(it)
                },
                NOTHING,
            ),
            (
                "narrowed to the dashboards",
                |it| {
                    let terms = Terms::new(Shares::new().dashboards(), Shares::new());
                    it.w.done(
                        &it.w.caller("ada"),
                        &NarrowLink::new(it.w.spot, it.link, terms),
                    );
                    both(it)
                },
                "not granted: asks for editor; allowed by dashboards that link `{link}` shares",
            ),
            (
                "narrowed to viewers of one account, by the grantee",
                |it| {
                    let less = Delegation::new(AccountRole::Viewer, Accounts::chosen([it.w.lab]));
                    let terms = Terms::new(Shares::new().delegation(less), Shares::new());
                    let command = NarrowLink::new(it.w.rival.organization, it.link, terms);
                    it.w.done(&it.w.caller("eve"), &command);
                    let reads =
                        |account: AccountId| it.asked(&it.guest(it.gus), "account:read", account);
                    format!("{}; {}; {}", both(it), reads(it.w.lab), reads(it.w.main))
                },
                "not granted: asks for editor; not granted: asks for viewer; allowed by account role \
             viewer through link `{link}`; not granted: asks for viewer",
            ),
        ],
    );
}

/// Law L3: who may read what is shared, reads it, and nobody writes.
#[test]
fn topics_are_read() {
    table(
        || Linked::new(shares()),
        &[
            ("a viewer at home, who was not picked", sees, DASHBOARDS),
            (
                "on an account too",
                |it| it.asked(&it.guest(it.gus), "boards:see", it.w.vault),
                DASHBOARDS,
            ),
            (
                "a member at home",
                |it| it.asked(&it.guest(it.mona), "boards:see", it.w.spot),
                "not granted: asks for viewer",
            ),
            (
                "a member who becomes a viewer",
                |it| {
                    let viewer = OrganizationRole::Viewer;
                    let command = ChangeRole::new(it.w.rival.organization, it.mona, viewer);
                    it.w.done(&it.w.caller("eve"), &command);
                    it.asked(&it.guest(it.mona), "boards:see", it.w.spot)
                },
                DASHBOARDS,
            ),
            (
                "an owner at home, of what is not shared",
                |it| it.asked(&it.guest(it.w.user("eve")), "bills:see", it.w.spot),
                "not granted: asks for viewer",
            ),
            (
                "to write what is shared to be read",
                |it| it.asked(&it.guest(it.w.user("eve")), "boards:draw", it.w.lab),
                "not granted: asks for editor",
            ),
            (
                "other things of the same organization",
                |it| it.asked(&it.guest(it.w.user("eve")), "account:read", it.w.lab),
                "not granted: asks for viewer",
            ),
            (
                "the other way round: spot's owner in rival",
                |it| {
                    let ada = it.w.caller("ada").via_link(it.link);
                    let rival = it.w.rival.organization;
                    it.w.ask(&ada, &Check::new(rival, name("boards:see"), rival))
                },
                "`boards:see` on `{rival}` is not granted: asks for viewer",
            ),
        ],
    );
}

/// Law L4: a token works by a link where the terms say so, within its own scope.
#[test]
fn tokens_of_guests() {
    let linked = |tokens: bool| {
        let most = Delegation::new(AccountRole::Editor, Accounts::All);
        let most = if tokens { most.with_tokens() } else { most };
        let it = Linked::new(Shares::new().dashboards().delegation(most));
        it.delegate(AccountRole::Editor, Accounts::All);
        it.assign(it.w.user("eve"));
        it
    };
    let by = |it: &Linked, token| {
        let (rival, eve) = (it.w.rival.organization, it.w.user("eve"));
        let minted =
            it.w.done(&it.w.caller("eve"), &IssueToken::new(rival, eve, token));
        let text = minted.secret.unwrap();
        it.w.authenticate(text.expose()).unwrap().via_link(it.link)
    };
    let (with, without) = (linked(true), linked(false));
    for (it, expected) in [(&with, EDITOR), (&without, "not granted: asks for editor")] {
        let bearer = by(it, personal());
        assert_eq!(it.asked(&bearer, "boards:draw", it.w.lab), expected);
        // What is read by topic asks for no such terms.
        assert_eq!(it.asked(&bearer, "boards:see", it.w.spot), DASHBOARDS);
    }
    let narrow = by(&with, personal().actions([name("account:read")]));
    let denied = "denied: the token is confined to other actions";
    assert_eq!(with.asked(&narrow, "boards:draw", with.w.lab), denied);
    assert_eq!(with.asked(&narrow, "account:read", with.w.lab), EDITOR);
    let confined = by(&with, personal().accounts([with.w.rival.account]));
    let denied = "denied: the token is confined to other accounts";
    assert_eq!(with.asked(&confined, "account:read", with.w.lab), denied);
}

/// What a guest is told, and what stays unsaid.
#[test]
fn what_a_guest_finds() {
    let it = Linked::working();
    let (w, gus) = (&it.w, it.guest(it.gus));
    it.delegate(AccountRole::Viewer, Accounts::chosen([w.lab]));
    let accounts = w
        .registry
        .ask(&gus, &ListAccounts::new(w.spot))
        .unwrap()
        .value
        .rows;
    assert_eq!(
        accounts.iter().map(|it| it.id()).collect::<Vec<_>>(),
        [w.lab]
    );
    let account = w
        .registry
        .ask(&gus, &GetAccount::new(w.spot, w.lab))
        .unwrap()
        .value;
    assert_eq!(account.id(), w.lab);
    let accessible = AccessibleAccounts::new(w.spot, name("account:read"));
    assert_eq!(w.registry.ask(&gus, &accessible).unwrap().value, [w.lab]);
    let allowed = w
        .registry
        .ask(&gus, &AllowedActions::new(w.spot, w.lab))
        .unwrap()
        .value;
    assert!(allowed.contains(&name("account:read")) && !allowed.contains(&name("boards:draw")));
    for (found, expected) in [
        (
            w.ask(&gus, &GetAccount::new(w.spot, w.vault)),
            "not_found: `{vault}` is not found",
        ),
        (
            w.ask(&gus, &GetAccount::default_of(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            w.ask(&gus, &GetOrganization::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
        (
            w.ask(&gus, &ListUsers::new(w.spot)),
            "not_found: `{spot}` is not found",
        ),
    ] {
        assert_eq!(found, expected);
    }
    let links = w.registry.ask(&gus, &ListLinks::new(w.spot));
    assert!(
        links.is_err(),
        "links are nobody's to read but the organization's own"
    );
    let (mona, nobody) = (
        it.guest(it.mona),
        w.ask(&it.guest(it.mona), &ListAccounts::new(w.spot)),
    );
    assert_eq!(nobody, "not_found: `{spot}` is not found");
    assert!(
        w.registry
            .ask(&mona, &GetAccount::new(w.spot, w.lab))
            .is_err()
    );
}

/// Law L6: what a guest does stands in the grantor's log, as done by whom and through which link.
#[test]
fn what_a_guest_does_is_on_record() {
    let it = Linked::working();
    let (w, gus) = (&it.w, it.guest(it.gus));
    let on: Resource = format!("{}/boards/b-1", w.lab).parse().unwrap();
    let done = RecordActivity::new(w.spot, name("boards:draw"), on.clone());
    w.done(&gus, &done);
    let records = w.log(w.spot, Log::Activity);
    let [record] = &*records else {
        panic!("one record, found {}", records.len());
    };
    let (organization, user) = (w.rival.organization, it.gus);
    assert_eq!(record.caller, Actor::User { organization, user });
    assert_eq!((record.link, record.account), (Some(it.link), Some(w.lab)));
    assert!(w.log(organization, Log::Activity).is_empty());
    // The same command at home goes through no link.
    let den: Resource = format!("{}/boards/b-1", w.rival.account).parse().unwrap();
    let eve = it.guest(w.user("eve"));
    w.done(
        &eve,
        &RecordActivity::new(organization, name("boards:draw"), den),
    );
    let home = w.log(organization, Log::Activity);
    assert_eq!(home.iter().map(|it| it.link).collect::<Vec<_>>(), [None]);
    let side = it.link_of(&w.caller("eve")).side;
    assert_eq!(side, Side::Receiver);
    let refused = w.run(&it.guest(it.mona), &done);
    assert_eq!(
        refused,
        format!("not_found: `{{lab}}/boards/b-1` is not found")
    );
}
