//! The same failures, where they concern links and the tree.

use tenancy::command::{
    AcceptAdoption, AcceptAmendment, AcceptLink, ActivateOrganization, AssignLinkUser,
    AttachPolicy, CancelAdoption, CancelLink, CloseOrganization, CreateChild, CreatePolicy,
    CreateUser, DeclineAdoption, DeclineLink, DelegateLink, DetachChild, DetachParent,
    DropAmendment, EndLink, HandOutLinkCode, IssueToken, LiftSuspension, MoveChild, NarrowLink,
    ProposeAdoption, ProposeAmendment, ProposeLink, ProveEmail, PurgeOrganization, RecordActivity,
    RemoveUser, RestoreOrganization, SetParentGrant, SetTokenLife, SignUp, SuspendOrganization,
    SuspendUser, UnassignLinkUser, UndelegateLink, WithdrawLinkCode,
};
use tenancy::id::{AccountId, AdoptionId, LinkId, OrganizationId, UserId};
use tenancy::organization::lifecycle::SuspensionReason;
use tenancy::organization::link::{Accounts, Delegation, Shares, Terms, TermsHash};
use tenancy::organization::token::TokenKind;
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, ExplainAccess, GetAccount, GetLink, ListAccounts,
    Question,
};
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::LinkCodeSecret;
use tenancy::statement::PolicyKind;
use tenancy::{Caller, Freshness};

use super::{ask, told};
use crate::holdings::{WHOLE, denies};
use crate::world::{World, email, ghost, host, name, person, personal, seconds};

/// An organization of a world: its founder, an account, and a user who is an admin there.
#[derive(Clone, Copy)]
struct Place {
    id: OrganizationId,
    owner: UserId,
    admin: UserId,
    account: AccountId,
}

impl Place {
    fn new(w: &World, text: &str) -> Self {
        let founder = text.to_lowercase();
        let command = SignUp::new(name(text), name("Founder"));
        let made = w.done(&person(&founder), &command);
        let (id, by) = (w.called(made.organization, text), made.caller());
        w.done(&by, &ActivateOrganization::new(id));
        let role = OrganizationRole::Admin;
        let admin = CreateUser::new(id, name("Admin"), email(&format!("{founder}.a")), role);
        Self {
            id,
            owner: made.owner,
            admin: w.done(&by, &admin).user,
            account: w.called(made.account, &format!("{text}'s")),
        }
    }

    fn owner(self) -> Caller {
        Caller::user(self.id, self.owner)
    }

    fn admin(self) -> Caller {
        Caller::user(self.id, self.admin)
    }

    fn code(self, w: &World) -> LinkCodeSecret {
        let code = w.done(&self.owner(), &HandOutLinkCode::new(self.id));
        code.secret.unwrap().expose().parse().unwrap()
    }
}

/// All that a grantor can share, up to editors on all accounts, with tokens.
fn all() -> Shares {
    let most = Delegation::new(AccountRole::Editor, Accounts::All);
    Shares::new().dashboards().delegation(most.with_tokens())
}

fn hash(w: &World, of: Place, link: LinkId) -> TermsHash {
    let query = GetLink::new(of.id, link);
    let found = w.registry.ask_at(Freshness::Latest, &of.owner(), &query);
    found.unwrap().value.terms_hash
}

fn propose(w: &World, from: Place, to: Place) -> LinkId {
    let terms = Terms::new(all(), Shares::new());
    let propose = ProposeLink::new(from.id, to.code(w), terms);
    w.called(w.done(&from.owner(), &propose), "link")
}

/// Links two, so that admins of the second edit all accounts of the first.
fn link(w: &World, from: Place, to: Place) -> LinkId {
    let link = propose(w, from, to);
    let terms = hash(w, to, link);
    w.done(&to.owner(), &AcceptLink::new(to.id, link, terms));
    let pick = DelegateLink::new(from.id, link, AccountRole::Editor, Accounts::All);
    w.done(&from.owner(), &pick);
    w.done(&to.owner(), &AssignLinkUser::new(to.id, link, to.admin));
    link
}

/// Makes one the child of another, whose admins are let in.
fn adopt(w: &World, parent: Place, child: Place) {
    let propose = ProposeAdoption::new(parent.id, child.code(w), true);
    let adoption = w.done(&parent.owner(), &propose);
    w.done(&child.owner(), &AcceptAdoption::new(child.id, adoption));
}

/// Every way to find out whether somebody works on an account of an organization, and to do it.
fn every_way(w: &World, by: &Caller, to: Place) -> Vec<String> {
    let (id, account) = (to.id, to.account);
    let read = || name("account:read");
    let on: Resource = format!("{account}/fleet/f-1").parse().unwrap();
    let held = w.registry.with(id, Freshness::Latest, |access| {
        let id = access.catalog().id("account:read").unwrap();
        let account = Resource::Account(account);
        let decision = access.check(by, id, &account).is_allowed();
        let listed = access.accessible_accounts(by, id).len();
        let actions = access.allowed_actions(by, &account).iter().count();
        (
            decision,
            listed,
            actions,
            access.explain(by, id, &account).decision().is_allowed(),
        )
    });
    let listed = w
        .registry
        .ask_at(Freshness::Latest, by, &ListAccounts::new(id));
    let listed = listed.map(|it| it.value.rows.len().to_string());
    vec![
        format!("{:?}", held.unwrap()),
        w.ask(by, &Check::new(id, read(), account)),
        ask(w, by, &AllowedActions::new(id, account)),
        ask(w, by, &AccessibleAccounts::new(id, read())),
        ask(w, by, &GetAccount::new(id, account)),
        listed.unwrap_or_else(|error| w.told(&error)),
        w.run(by, &RecordActivity::new(id, name("fleet:create"), on)),
    ]
}

/// The same for somebody who has no way in.
fn no_way(w: &World, to: Place) -> Vec<String> {
    let stranger = Place::new(w, "Elsewhere").owner();
    every_way(w, &stranger, to)
}

/// ZITADEL GHSA-j4g7-v4m4-77px / CVE-2025-64717: what was switched off still led in. A link that is not
/// in force leads nowhere, on any path, with a token neither.
#[test]
fn a_link_that_is_not_in_force_leads_nowhere() {
    type End = fn(&World, Place, Place, LinkId);
    let proposals: [(&str, End); 4] = [
        ("proposed", |_, _, _, _| {}),
        ("declined", |w, _, to, link| {
            w.done(&to.owner(), &DeclineLink::new(to.id, link));
        }),
        ("cancelled", |w, from, _, link| {
            w.done(&from.owner(), &CancelLink::new(from.id, link));
        }),
        ("expired", |w, _, _, _| {
            w.clock.advance(seconds(16 * 86_400))
        }),
    ];
    for (what, end) in proposals {
        let w = World::new();
        let (from, to) = (Place::new(&w, "From"), Place::new(&w, "To"));
        let link = propose(&w, from, to);
        end(&w, from, to, link);
        let never = no_way(&w, from);
        assert_eq!(
            every_way(&w, &to.admin().via_link(link), from),
            never,
            "{what}"
        );
    }
    let ends: [(&str, End); 2] = [
        ("ended by the grantor", |w, from, _, link| {
            w.done(&from.owner(), &EndLink::new(from.id, link));
        }),
        ("ended by the grantee", |w, _, to, link| {
            w.done(&to.owner(), &EndLink::new(to.id, link));
        }),
    ];
    for (what, end) in ends {
        let w = World::new();
        let (from, to) = (Place::new(&w, "From"), Place::new(&w, "To"));
        let link = link(&w, from, to);
        let issue = IssueToken::new(to.id, to.admin, personal());
        let token = w.done(&to.admin(), &issue).secret.unwrap();
        let bearer = w.authenticate(token.expose()).unwrap().via_link(link);
        let before = every_way(&w, &to.admin().via_link(link), from);
        assert_eq!(before.last().unwrap(), "fleet:create");
        assert_eq!(every_way(&w, &bearer, from), before);
        end(&w, from, to, link);
        let never = no_way(&w, from);
        for by in [to.admin().via_link(link), bearer] {
            assert_eq!(every_way(&w, &by, from), never, "{what}");
        }
    }
}

/// ZITADEL GHSA-jj94-6f5c-65r8: what an organization that is off had shared stayed usable by others.
/// Whichever side is off, or one above it, nothing is done by the link; what is lifted works again.
#[test]
fn nothing_is_done_by_the_link_of_an_organization_that_is_off() {
    for (above, off) in [(false, 0), (false, 1), (true, 0), (true, 1)] {
        let w = World::new();
        let (from, to) = (Place::new(&w, "From"), Place::new(&w, "To"));
        let link = link(&w, from, to);
        let parent = Place::new(&w, "Parent");
        let side = [from, to][off];
        adopt(&w, parent, side);
        let off = if above { parent } else { side };
        let by = to.admin().via_link(link);
        let before = every_way(&w, &by, from);
        let allowed = |found: &[String]| found.last().is_some_and(|it| it == "fleet:create");
        let reads = |found: &[String]| found[0].starts_with("(true");
        assert!(allowed(&before) && reads(&before), "{before:?}");
        let reason = SuspensionReason::Abuse;
        w.done(&host(), &SuspendOrganization::new(off.id, reason));
        let still = every_way(&w, &by, from);
        assert!(!allowed(&still) && !reads(&still), "suspended: {still:?}");
        assert_eq!(still[0], "(false, 0, 0, false)");
        w.done(&host(), &LiftSuspension::new(off.id, reason));
        assert_eq!(every_way(&w, &by, from), before, "lifted");
        if !above {
            w.done(&off.owner(), &CloseOrganization::new(off.id));
            let still = every_way(&w, &by, from);
            assert_eq!(still[0], "(false, 0, 0, false)", "closing");
            w.done(&off.owner(), &RestoreOrganization::new(off.id));
            assert_eq!(every_way(&w, &by, from), before, "restored");
            w.done(&off.owner(), &CloseOrganization::new(off.id));
            w.clock.advance(seconds(40 * 86_400));
            w.done(&host(), &PurgeOrganization::new(off.id));
            let gone = every_way(&w, &by, from);
            assert_eq!(gone[0], "(false, 0, 0, false)", "closed");
        }
    }
}

/// Keycloak CVE-2026-18201: two things were bound with a right on one of them. A link, and an edge of
/// the tree, ask for the right on both sides: of the proposer too, when it is accepted.
#[test]
fn binding_two_organizations_asks_for_the_right_on_both_sides() {
    let w = World::new();
    let (from, to) = (Place::new(&w, "From"), Place::new(&w, "To"));
    let terms = || Terms::new(all(), Shares::new());
    let denied = "not granted: asks for owner";
    let link = |by: &Caller| w.run(by, &ProposeLink::new(from.id, to.code(&w), terms()));
    assert_eq!(link(&from.admin()), denied, "the right on one's own side");
    assert_eq!(link(&to.owner()), "not_found: `{From}` is not found");
    let proposed = propose(&w, from, to);
    let accept = |by: &Caller| {
        let hash = hash(&w, to, proposed);
        w.run(by, &AcceptLink::new(to.id, proposed, hash))
    };
    assert_eq!(accept(&to.admin()), denied, "the right on the other side");
    assert_eq!(accept(&from.owner()), "not_found: `{To}` is not found");
    // What the proposer may not any more, nobody consents to.
    let role = OrganizationRole::Owner;
    let second = CreateUser::new(from.id, name("Second"), email("second"), role);
    let second = w.done(&from.owner(), &second).user;
    let proven = Caller::user(from.id, second).with_proven(email("second"));
    w.done(&proven, &ProveEmail::new(from.id));
    let adoption = w.done(
        &from.owner(),
        &ProposeAdoption::new(from.id, to.code(&w), true),
    );
    w.called(adoption, "adoption");
    w.done(&host(), &SuspendUser::new(from.id, from.owner));
    assert!(
        accept(&to.owner()).starts_with("link_peer"),
        "{}",
        accept(&to.owner())
    );
    let adopt = |by: &Caller| w.run(by, &AcceptAdoption::new(to.id, adoption));
    assert_eq!(adopt(&to.admin()), denied);
    assert!(
        adopt(&to.owner()).starts_with("adoption_peer"),
        "{}",
        adopt(&to.owner())
    );
    assert_eq!(adopt(&from.owner()), "not_found: `{To}` is not found");
}

/// Keycloak CVE-2026-9087: a proof was good for something else. Consent names the link, the revision and
/// all that the terms say, and a code the organization that has handed it out.
#[test]
fn consent_is_good_for_what_it_names() {
    let w = World::new();
    let (from, to) = (Place::new(&w, "From"), Place::new(&w, "To"));
    let other = Place::new(&w, "Other");
    let (one, another) = (propose(&w, from, to), propose(&w, other, to));
    let (of_one, of_another) = (hash(&w, to, one), hash(&w, to, another));
    assert_ne!(of_one, of_another, "the same terms of another link");
    let accept = |link, hash| w.run(&to.owner(), &AcceptLink::new(to.id, link, hash));
    assert!(accept(one, of_another).starts_with("terms_hash"));
    assert_eq!(accept(one, of_one), "link.accepted, link.accepted");
    // Consent to a link is none to other terms of it, and the other way round.
    let wider = Terms::new(all().reports(), Shares::new());
    let propose = ProposeAmendment::new(from.id, one, wider.clone());
    w.done(&from.owner(), &propose);
    let amend = |hash| w.run(&to.owner(), &AcceptAmendment::new(to.id, one, hash));
    assert!(amend(of_one).starts_with("terms_hash"));
    assert!(
        amend(wider.hash(one, 0)).starts_with("terms_hash"),
        "of another revision"
    );
    assert!(
        amend(wider.hash(another, 1)).starts_with("terms_hash"),
        "of another link"
    );
    assert!(amend(wider.hash(one, 1)).starts_with("link.amendment_accepted"));
    // A code is good for the one organization, until it is withdrawn.
    let code = w.done(&other.owner(), &HandOutLinkCode::new(other.id));
    let secret = || -> LinkCodeSecret { code.secret.as_ref().unwrap().expose().parse().unwrap() };
    let terms = || Terms::new(all(), Shares::new());
    w.done(&other.owner(), &WithdrawLinkCode::new(other.id, code.id));
    let refused = w.run(&from.owner(), &ProposeLink::new(from.id, secret(), terms()));
    assert!(refused.starts_with("link_code"), "{refused}");
    let refused = w.run(
        &from.owner(),
        &ProposeAdoption::new(from.id, secret(), true),
    );
    assert!(refused.starts_with("link_code"), "{refused}");
}

/// GitLab CVE-2023-3115: a rule of an organization was skipped for those who came in by something that
/// was shared. What binds a user at home binds it in a linked organization, and as an admin of the
/// parent, alike.
#[test]
fn rules_bind_whoever_comes_by_a_link_or_by_the_parent() {
    let w = World::new();
    let (from, to) = (Place::new(&w, "From"), Place::new(&w, "To"));
    let link = link(&w, from, to);
    adopt(&w, to, from);
    let issue = IssueToken::new(to.id, to.admin, personal());
    let token = w.done(&to.admin(), &issue).secret.unwrap();
    let bearer = w.authenticate(token.expose()).unwrap().via_link(link);
    let ways = [
        to.admin().via_link(link),
        to.admin().via_parent(),
        to.admin(),
    ];
    let ask = |by: &Caller| {
        let at = if by.via().is_some() { from } else { to };
        let check = Check::new(at.id, name("account:read"), at.account);
        let answer = w.ask(by, &check);
        answer
            .split_once("` is ")
            .map_or_else(|| answer.clone(), |it| it.1.to_owned())
    };
    for by in &ways {
        assert!(ask(by).starts_with("allowed"), "{}", ask(by));
    }
    // How long tokens live is said at home.
    assert!(ask(&bearer).starts_with("allowed"));
    let kind = TokenKind::Personal;
    w.done(
        &to.owner(),
        &SetTokenLife::new(to.id, kind).life(seconds(3600)),
    );
    assert!(ask(&bearer).starts_with("denied: the token is not what the rules allow"));
    w.done(&to.owner(), &SetTokenLife::new(to.id, kind));
    assert!(ask(&bearer).starts_with("allowed"));
    // What a policy denies at home.
    let document = denies(&["account:read"]);
    let policy = CreatePolicy::new(to.id, name("No"), PolicyKind::Organization, document);
    let policy = w.done(&to.owner(), &policy);
    w.done(
        &to.owner(),
        &AttachPolicy::new(to.id, policy, to.admin.into(), WHOLE),
    );
    for by in ways.iter().take(2).chain([&bearer]) {
        let denied = "denied: the caller's own organization denies it";
        assert_eq!(ask(by), denied);
    }
    // Whoever is suspended, and whoever is removed, is so everywhere.
    let other = CreateUser::new(to.id, name("B"), email("b"), OrganizationRole::Admin);
    let other = w.done(&to.owner(), &other).user;
    w.done(&to.owner(), &AssignLinkUser::new(to.id, link, other));
    let other_ways = [
        Caller::user(to.id, other).via_link(link),
        Caller::user(to.id, other).via_parent(),
    ];
    for by in &other_ways {
        assert!(ask(by).starts_with("allowed"));
    }
    w.done(&to.owner(), &SuspendUser::new(to.id, other));
    for by in &other_ways {
        assert_eq!(ask(by), "denied: the user is suspended");
    }
    w.done(&to.owner(), &RemoveUser::new(to.id, other));
    assert!(ask(&other_ways[0]).starts_with("not granted"));
    assert_eq!(ask(&other_ways[1]), "not found");
}

/// GitLab !56677 / #249523: the effective role through what is shared was shown wrongly. It is the lower
/// of what the terms say and what is picked, equal in checks, lists and explanations, at every step.
#[test]
fn the_role_by_a_link_is_equal_in_lists_and_checks() {
    let w = World::new();
    let (from, to) = (Place::new(&w, "From"), Place::new(&w, "To"));
    let link = link(&w, from, to);
    let by = to.admin().via_link(link);
    let role = || {
        let [edits, reads] = ["fleet:create", "account:read"].map(|action| {
            let check = w.ask(&by, &Check::new(from.id, name(action), from.account));
            let accounts = AccessibleAccounts::new(from.id, name(action));
            let listed = w
                .registry
                .ask_at(Freshness::Latest, &by, &accounts)
                .unwrap()
                .value;
            let actions = AllowedActions::new(from.id, from.account);
            let allowed = w
                .registry
                .ask_at(Freshness::Latest, &by, &actions)
                .unwrap()
                .value;
            let may = check.contains("is allowed");
            assert_eq!(listed == [from.account], may, "{action}");
            assert_eq!(allowed.contains(&name(action)), may, "{action}");
            may
        });
        let explain = Question::new(name("account:read"), from.account);
        let refused = ask(&w, &by, &ExplainAccess::new(from.id, to.admin, explain));
        assert!(
            refused.starts_with("not_found"),
            "a guest is no user here: {refused}"
        );
        match (edits, reads) {
            (true, true) => "editor",
            (false, true) => "viewer",
            (false, false) => "nobody",
            (true, false) => "neither",
        }
    };
    assert_eq!(role(), "editor");
    let pick = |role| DelegateLink::new(from.id, link, role, Accounts::All);
    w.done(&from.owner(), &pick(AccountRole::Viewer));
    assert_eq!(role(), "viewer");
    w.done(&from.owner(), &pick(AccountRole::Editor));
    let most = Delegation::new(AccountRole::Viewer, Accounts::All);
    let less = Terms::new(Shares::new().delegation(most), Shares::new());
    w.done(&to.owner(), &NarrowLink::new(to.id, link, less));
    assert_eq!(role(), "viewer", "what was picked is cut to the terms");
    assert_eq!(
        w.run(&from.owner(), &pick(AccountRole::Editor)),
        "delegation: the terms of link `{link}` let less be done"
    );
    w.done(&from.owner(), &UndelegateLink::new(from.id, link));
    assert_eq!(role(), "nobody");
}

/// OpenFGA GHSA-w222-m46c-mgh6 / CVE-2025-46331: in circles, more was allowed. What is shared is not
/// shared on, however the links go round; the tree has no circles, and a grant reaches one level.
#[test]
fn nothing_is_shared_on_in_a_circle() {
    let w = World::new();
    let [one, two, three] = ["One", "Two", "Three"].map(|text| Place::new(&w, text));
    // Each lets the next one in, and so round.
    let links =
        [(one, two), (two, three), (three, one)].map(|(from, to)| (from, to, link(&w, from, to)));
    let never = [one, two, three].map(|it| {
        let stranger = w.caller("ada");
        (it.id, every_way(&w, &stranger, it))
    });
    for home in [one, two, three] {
        for (from, to, link) in links {
            for target in [one, two, three] {
                if target.id == home.id {
                    continue;
                }
                let by = home.admin().via_link(link);
                let found = every_way(&w, &by, target);
                let agreed = (from.id, to.id) == (target.id, home.id);
                let known = from.id == home.id && to.id == target.id;
                let never = never.iter().find(|it| it.0 == target.id).unwrap();
                match (agreed, known) {
                    (true, _) => assert_eq!(found.last().unwrap(), "fleet:create"),
                    // The other side of a link is known, and lets nobody in: it shares nothing.
                    (false, true) => assert_eq!(found[0], never.1[0]),
                    (false, false) => assert_eq!(found, never.1),
                }
            }
        }
    }
    // The same in a tree: a grant is the parent's, and nobody's above it.
    adopt(&w, one, two);
    adopt(&w, two, three);
    let reads =
        |by: Place, at: Place| every_way(&w, &by.admin().via_parent(), at)[0].starts_with("(true");
    assert!(reads(one, two) && reads(two, three));
    assert!(!reads(one, three) && !reads(three, two) && !reads(two, one));
    let code = one.code(&w);
    let circle = w.run(&three.owner(), &ProposeAdoption::new(three.id, code, true));
    assert!(circle.starts_with("tree_cycle"), "{circle}");
}

/// A step at home tells the other side nothing of what else the caller is in: the record there names no
/// link, unless it was taken there by one.
#[test]
fn a_step_at_home_names_no_link_of_others() {
    let w = World::new();
    let [one, two, three] = ["One", "Two", "Three"].map(|text| Place::new(&w, text));
    let (with_two, with_three) = (link(&w, one, two), link(&w, three, one));
    let by = one.owner().via_link(with_three);
    w.done(&by, &EndLink::new(one.id, with_two));
    let named = |it: Place| w.records(it.id).last().unwrap().link;
    assert_eq!((named(one), named(two)), (None, None));
}

/// A code that somebody has handed out.
pub(super) fn a_code(w: &World) -> LinkCodeSecret {
    Place::new(w, "Handed").code(w)
}

/// Every command of links and of the tree, on an organization's things.
pub(super) fn try_linked(
    w: &World,
    by: &Caller,
    (id, account, user): (OrganizationId, AccountId, UserId),
    code: &LinkCodeSecret,
) -> Vec<(&'static str, String)> {
    let (link, adoption) = (ghost::<LinkId>(), ghost::<AdoptionId>());
    let terms = || Terms::new(Shares::new().reports(), Shares::new());
    let hash = terms().hash(link, 0);
    let viewer = AccountRole::Viewer;
    let pick = DelegateLink::new(id, link, viewer, Accounts::chosen([account]));
    let child = CreateChild::new(id, name("Below"), name("Below"));
    let code = || code.clone();
    vec![
        told(w, by, &AcceptAdoption::new(id, adoption)),
        told(w, by, &AcceptAmendment::new(id, link, hash)),
        told(w, by, &AcceptLink::new(id, link, hash)),
        told(w, by, &AssignLinkUser::new(id, link, user)),
        told(w, by, &CancelAdoption::new(id, adoption)),
        told(w, by, &CancelLink::new(id, link)),
        told(w, by, &child),
        told(w, by, &DeclineAdoption::new(id, adoption)),
        told(w, by, &DeclineLink::new(id, link)),
        told(w, by, &pick),
        told(w, by, &DetachChild::new(id, ghost())),
        told(w, by, &DetachParent::new(id)),
        told(w, by, &DropAmendment::new(id, link)),
        told(w, by, &EndLink::new(id, link)),
        told(w, by, &HandOutLinkCode::new(id)),
        told(w, by, &MoveChild::new(id, ghost(), id)),
        told(w, by, &NarrowLink::new(id, link, terms())),
        told(w, by, &ProposeAdoption::new(id, code(), true)),
        told(w, by, &ProposeAmendment::new(id, link, terms())),
        told(w, by, &ProposeLink::new(id, code(), terms())),
        told(w, by, &SetParentGrant::new(id, true)),
        told(w, by, &UnassignLinkUser::new(id, link, user)),
        told(w, by, &UndelegateLink::new(id, link)),
        told(w, by, &WithdrawLinkCode::new(id, ghost())),
    ]
}

/// Keycloak #49069, #47080, Nomad CVE-2026-14896: knowing an id was enough. No command of links and of
/// the tree is done to another organization, and none tells whether it is there.
#[test]
fn links_and_trees_of_another_organization_are_not_found() {
    let w = World::new();
    let (id, account, user) = (w.spot, w.lab, w.user("mia"));
    let code = a_code(&w);
    for by in [
        w.caller("eve"),
        w.caller("eve").via_link(ghost()),
        w.caller("eve").via_parent(),
    ] {
        let found = try_linked(&w, &by, (id, account, user), &code);
        let never = try_linked(&w, &by, (ghost(), account, user), &code);
        for ((kind, found), (_, never)) in found.iter().zip(&never) {
            assert_eq!(found, "not_found: `{spot}` is not found", "{kind}");
            assert_eq!(never, "not_found: `{ghost}` is not found", "{kind}");
        }
    }
}
