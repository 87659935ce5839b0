//! Failures of comparable systems, one test each: the invariant that they broke holds here.

use tenancy::access::Access;
use tenancy::command::{
    ActivateOrganization, AttachUser, Batch, CreateAccount, CreateOrganization,
    CreateProgrammaticUser, CreateUser, DetachUser, IssueToken, RevokeToken, SignUp,
};
use tenancy::id::{AccountId, OrganizationId, TokenId, UserId};
use tenancy::organization::event::Event;
use tenancy::query::{
    Check, GetAccount, GetOrganization, GetToken, GetUser, ListAccounts, ListRecords, ListTokens,
    ListUsers, OrganizationsOf,
};
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::{Digest, ParsedSecret};
use tenancy::time::Timestamp;
use tenancy::{Caller, Freshness, Request};

use crate::world::{
    START, World, email, ghost, host, name, person, personal, programmatic, seconds, temporary,
    time,
};

/// Everything that can be asked of an organization's things, tried by one caller on one
/// organization and the things of any.
fn try_all(
    w: &World,
    caller: &Caller,
    (id, account, user, token): (OrganizationId, AccountId, UserId, TokenId),
) -> Vec<String> {
    let viewer = AccountRole::Viewer;
    let role = OrganizationRole::Member;
    let create = CreateUser::new(id, name("N"), email("n"), role);
    let program = CreateProgrammaticUser::new(id, name("n"), role);
    let batch = Batch::new(id).and(CreateAccount::new(id, name("N")));
    vec![
        w.run(caller, &ActivateOrganization::new(id)),
        w.run(caller, &CreateAccount::new(id, name("N"))),
        w.run(caller, &create),
        w.run(caller, &program),
        w.run(caller, &AttachUser::new(id, user, account, viewer)),
        w.run(caller, &DetachUser::new(id, user, account)),
        w.run(caller, &IssueToken::new(id, user, personal())),
        w.run(caller, &RevokeToken::new(id, token)),
        w.run(caller, &batch),
        w.ask(caller, &GetOrganization::new(id)),
        w.ask(caller, &GetAccount::new(id, account)),
        w.ask(caller, &GetAccount::default_of(id)),
        w.ask(caller, &ListAccounts::new(id)),
        w.ask(caller, &GetUser::new(id, user)),
        w.ask(caller, &ListUsers::new(id)),
        w.ask(caller, &ListUsers::new(id).of_account(account)),
        w.ask(caller, &GetToken::new(id, token)),
        w.ask(caller, &ListTokens::new(id)),
        w.ask(caller, &ListTokens::new(id).of_user(user)),
        w.ask(caller, &Check::new(id, name("account:read"), account)),
        w.ask(caller, &ListRecords::new(id)),
    ]
}

/// Everything of `spot` that a stranger may have heard of.
fn things(w: &World) -> (OrganizationId, AccountId, UserId, TokenId) {
    let (token, _) = w.mint(&w.caller("mia"), "mia", "t", temporary());
    (w.spot, w.lab, w.user("mia"), token)
}

/// ZITADEL GHSA-cpf4-pmr4-w6cx: an admin of one organization could change others.
#[test]
fn an_owner_of_one_organization_does_nothing_in_another() {
    let w = World::new();
    let before = w.feed().len();
    let things = things(&w);
    for told in try_all(&w, &w.caller("eve"), things) {
        assert_eq!(told, "not_found: `{spot}` is not found");
    }
    assert_eq!(w.feed().len(), before + 1, "nothing but the token was made");
}

/// ZITADEL GHSA-f3gh-529w-v32x: settings could be changed without a role.
#[test]
fn whoever_has_no_role_does_nothing_by_default() {
    let w = World::new();
    let things = things(&w);
    let nobody = Caller::user(w.spot, ghost());
    for caller in [person("ada"), person("zoe"), nobody] {
        for told in try_all(&w, &caller, things) {
            let not_granted = told.contains("` is not granted: asks for");
            assert!(told.starts_with("not_found: `{") || not_granted, "{told}");
        }
    }
}

/// ZITADEL GHSA-c8fj-4pm8-mp2c / CVE-2022-36051: internal paths skipped the checks.
#[test]
fn batches_and_the_host_come_through_the_same_decision() {
    let w = World::new();
    let reach = CreateAccount::new(w.rival.organization, name("A"));
    let batch = Batch::new(w.spot).and(reach.clone());
    let other = "other_organization: a command of the batch names `{rival}`, expected `{spot}`";
    assert_eq!(w.run(&host(), &batch), other);
    assert_eq!(w.run(&w.caller("ada"), &batch), other);
    let batch = Batch::new(w.rival.organization).and(reach);
    let told = w.run(&w.caller("ada"), &batch);
    assert_eq!(told, "not_found: `{rival}` is not found");
    // The host skips rights, never rules, and reaches nothing across.
    let attach = AttachUser::new(w.spot, w.user("eve"), w.lab, AccountRole::Viewer);
    assert_eq!(w.run(&host(), &attach), "not_found: `{eve}` is not found");
    let owner = CreateProgrammaticUser::new(w.spot, name("b"), OrganizationRole::Owner);
    let told = w.run(&host(), &Batch::new(w.spot).and(owner));
    assert_eq!(
        told,
        "owner_not_person: a programmatic user cannot be owner"
    );
}

/// ZITADEL GHSA-g2pf-ww5m-2r9m: the organization was not enforced in a new way in.
#[test]
fn every_way_in_gives_the_same_answer() {
    let w = World::new();
    let ways = |user: &str| {
        let (_, text) = w.mint(&w.caller(user), user, "t", personal());
        [w.caller(user), w.authenticate(&text).unwrap()]
    };
    for user in ["vera", "mia", "edda"] {
        let things = (w.spot, w.vault, w.user("max"), ghost());
        let [signed_in, bearer] = ways(user);
        assert_eq!(
            try_all(&w, &signed_in, things),
            try_all(&w, &bearer, things)
        );
        let things = (
            w.rival.organization,
            w.rival.account,
            w.user("eve"),
            ghost(),
        );
        assert_eq!(
            try_all(&w, &signed_in, things),
            try_all(&w, &bearer, things)
        );
        // The hot path and the question decide alike.
        for account in [w.main, w.lab, w.vault, w.rival.account, ghost()] {
            for action in [
                "group:read",
                "group:create",
                "account:read",
                "account:attach_user",
            ] {
                let hot = w
                    .registry
                    .with(w.spot, Freshness::Latest, |access: Access<'_>| {
                        let id = access.catalog().id(action).unwrap();
                        access.check(&bearer, id, &Resource::Account(account))
                    });
                let check = Check::new(w.spot, name(action), account);
                let asked = w.registry.ask(&bearer, &check).unwrap().value.decision;
                assert_eq!(hot.unwrap(), asked);
            }
        }
    }
}

/// ZITADEL GHSA-2w5j-qfvw-2hf5 / CVE-2024-46999: deactivated grants stayed in tokens, and the
/// interface always said active.
#[test]
fn what_was_taken_is_gone_from_tokens_and_from_answers() {
    let w = World::new();
    let edda = w.user("edda");
    let (_, bearer) = w.bearer("edda", "t", personal());
    w.done(&w.caller("adam"), &DetachUser::new(w.spot, edda, w.lab));
    let check = Check::new(w.spot, name("group:read"), w.lab);
    for caller in [bearer, w.caller("edda")] {
        let told = w.ask(&caller, &check);
        assert_eq!(
            told,
            "`group:read` on `{lab}` is not granted: asks for viewer"
        );
        assert_eq!(w.ask(&caller, &ListAccounts::new(w.spot)), "[]");
    }
    let query = ListUsers::new(w.spot).of_account(w.lab);
    assert_eq!(w.ask(&w.caller("vera"), &query), "[{rita}, {robo}]");
    w.check();
}

/// Keycloak #49069, #47080: a child was read or deleted under "any" parent.
#[test]
fn a_child_under_another_parent_is_not_found() {
    let w = World::new();
    let (_, account, user, token) = things(&w);
    let id = w.rival.organization;
    let eve = w.caller("eve");
    let told = try_all(&w, &eve, (id, account, user, token));
    let of_children = [4, 5, 6, 7, 10, 13, 15, 16, 18];
    for at in of_children {
        assert!(told[at].starts_with("not_found: `{"), "{at}: {}", told[at]);
    }
    assert!(told[19].contains("is not granted"), "{}", told[19]);
    let state = w.state(w.spot);
    assert_eq!(state.token(token).unwrap().revoked_at(), None);
}

/// Keycloak CVE-2026-2366: a low-privilege token listed a user's memberships.
#[test]
fn memberships_are_the_persons_own() {
    let w = World::new();
    let role = OrganizationRole::Viewer;
    let add = CreateUser::new(w.rival.organization, name("Mia"), email("mia"), role);
    w.done(&w.caller("eve"), &add);
    let (_, confined) = w.bearer("mia", "a", personal().accounts([]));
    let (_, short) = w.bearer("mia", "b", temporary());
    let (_, unproven) = w.bearer("mia", "c", personal());
    for caller in [
        w.caller("mia"),
        w.caller("ada"),
        confined,
        short,
        unproven,
        host(),
    ] {
        let told = w.ask(&caller, &OrganizationsOf::caller());
        assert_eq!(told, "proof_required: the caller has proven no address");
    }
    // Neither organization's user says anything of the other.
    let page = w
        .registry
        .ask(&w.caller("vera"), &ListUsers::new(w.spot))
        .unwrap();
    let text = serde_json::to_string(&page.value).unwrap();
    assert!(!text.contains(&w.rival.organization.to_string()));
}

/// Keycloak CVE-2026-4630: a resource of another server was read and changed by its UUID.
#[test]
fn knowing_an_id_is_no_right() {
    let w = World::new();
    let (_, account, user, token) = things(&w);
    for caller in ["eve", "max"] {
        let caller = w.caller(caller);
        let id = caller.organization().unwrap();
        // A bare UUID is the same id, and no more of a right.
        let uuid = account.to_uuid().hyphenated().to_string();
        let query = GetAccount::new(id, name(&uuid));
        assert_eq!(w.ask(&caller, &query), "not_found: `{lab}` is not found");
        for told in [
            w.ask(&caller, &GetUser::new(id, user)),
            w.ask(&caller, &GetToken::new(id, token)),
            w.run(&caller, &RevokeToken::new(id, token)),
            w.run(&caller, &DetachUser::new(id, user, account)),
        ] {
            assert!(told.starts_with("not_found: "), "{told}");
        }
    }
}

/// Keycloak CVE-2021-3754: a user's name was equal to another's address.
#[test]
fn no_value_finds_two_users() {
    let w = World::new();
    let role = OrganizationRole::Member;
    let ada = w.caller("ada");
    let named = CreateUser::new(w.spot, name("mia@example.com"), email("n"), role);
    let other = w.done(&ada, &named).user;
    let state = w.state(w.spot);
    let found = state.user_by_email(&email("mia")).unwrap().id();
    assert_eq!(found, w.user("mia"), "a name is no address");
    assert_ne!(found, other);
    for address in ["MIA@example.com", "mia@EXAMPLE.com"] {
        let twin = CreateUser::new(w.spot, name("M"), name(address), role);
        let told = w.run(&ada, &twin);
        assert_eq!(told, format!("email_taken: address `{address}` is taken"));
    }
}

/// Django CVE-2019-19844: Unicode case mapping made two addresses equal.
#[test]
fn only_ascii_letters_fold() {
    for text in [
        "m\u{131}a@example.com",
        "mia@e\u{212a}ample.com",
        "\u{ff4d}ia@example.com",
    ] {
        assert!(text.parse::<tenancy::email::Email>().is_err());
    }
    let w = World::new();
    let state = w.state(w.spot);
    for address in ["mia@example.com", "MIA@EXAMPLE.COM", "Mia@Example.com"] {
        let address: tenancy::email::Email = name(address);
        let found = state.user_by_email(&address).map(|user| user.id());
        assert_eq!(found, Some(w.user("mia")));
        assert_eq!(address.canonical(), "mia@example.com");
    }
}

/// Grafana CVE-2024-1313: a user of another organization passed a check that an own user failed.
#[test]
fn a_stranger_is_never_more_than_a_member() {
    let w = World::new();
    let things = (w.spot, w.vault, w.user("max"), ghost());
    let allowed = |told: &String| !told.contains("not found") && !told.contains("not granted");
    let member = try_all(&w, &w.caller("mia"), things);
    let member: Vec<bool> = member.iter().map(allowed).collect();
    for stranger in [w.caller("eve"), person("mia"), person("ada")] {
        let told = try_all(&w, &stranger, things);
        for (at, told) in told.iter().enumerate() {
            assert!(!allowed(told) || member[at], "{at}: {told}");
            assert!(!allowed(told), "{at}: {told}");
        }
    }
}

/// Grafana CVE-2026-21721: the action was checked, the scope of its target not.
#[test]
fn a_right_on_one_account_says_nothing_of_another() {
    let w = World::new();
    let edda = w.caller("edda");
    for (account, create) in [(w.lab, true), (w.vault, false), (w.main, false)] {
        let check = Check::new(w.spot, name("group:create"), account);
        let answer = w.registry.ask(&edda, &check).unwrap();
        assert_eq!(answer.value.decision.is_allowed(), create);
    }
    let of_organization = Check::new(w.spot, name("group:create"), w.spot);
    let answer = w.registry.ask(&edda, &of_organization).unwrap();
    assert!(!answer.value.decision.is_allowed());
    // A token for one account does nothing to another, whoever's it is.
    let (_, bearer) = w.bearer("adam", "t", personal().accounts([w.lab]));
    let attach = AttachUser::new(w.spot, w.user("mia"), w.vault, AccountRole::Viewer);
    let told = w.run(&bearer, &attach);
    assert_eq!(told, "denied: the token is confined to other accounts");
}

/// Grafana PR 120457 (public dashboards): the role was checked, the organization not.
#[test]
fn a_role_counts_in_its_organization_alone() {
    let w = World::new();
    let role = OrganizationRole::Member;
    let add = CreateUser::new(w.rival.organization, name("Ada"), email("ada"), role);
    let there = w.done(&w.caller("eve"), &add).user;
    let there = Caller::user(w.rival.organization, there);
    let command = CreateAccount::new(w.rival.organization, name("A"));
    assert_eq!(w.run(&there, &command), "not granted: asks for admin");
    let told = w.run(&w.caller("ada"), &command);
    assert_eq!(told, "not_found: `{rival}` is not found");
    // The owner's user id under the other organization is nobody there.
    let mixed = Caller::user(w.rival.organization, w.user("ada"));
    assert_eq!(w.run(&mixed, &command), "not_found: `{rival}` is not found");
}

/// Grafana CVE-2023-4822: an organization's admin edited basic roles of all.
#[test]
fn what_a_role_means_is_nobodys_to_change() {
    let w = World::new();
    let before: Vec<_> = settings_of(&w);
    let things = things(&w);
    try_all(&w, &w.caller("ada"), things);
    try_all(&w, &w.caller("eve"), things);
    assert_eq!(settings_of(&w), before);
    for (kind, _) in Event::KINDS {
        assert!(
            !kind.starts_with("role") && !kind.starts_with("action"),
            "{kind}"
        );
    }
    fn settings_of(w: &World) -> Vec<(String, String)> {
        let entries = w.registry.settings().catalog.entries();
        let entry = |it: &tenancy::action::Entry| (it.action.to_string(), it.least.to_string());
        entries.map(entry).collect()
    }
}

/// Nomad CVE-2019-16742: the namespace of the request was checked, not the object's.
#[test]
fn the_organization_that_owns_the_object_decides() {
    let w = World::new();
    let eve = w.caller("eve");
    let id = w.rival.organization;
    let (token, _) = w.mint(&w.caller("ada"), "ada", "t", personal());
    assert_eq!(
        w.run(&eve, &RevokeToken::new(id, token)),
        "not_found: `{t}` is not found"
    );
    let attach = AttachUser::new(id, w.rival.owner, w.lab, AccountRole::Editor);
    assert_eq!(w.run(&eve, &attach), "not_found: `{lab}` is not found");
    let own = personal().accounts([w.lab]);
    let told = w.run(&eve, &IssueToken::new(id, w.rival.owner, own));
    assert_eq!(told, "not_found: `{lab}` is not found");
    let check = Check::new(id, name("account:read"), w.lab);
    let told = w.ask(&eve, &check);
    assert_eq!(
        told,
        "`account:read` on `{lab}` is not granted: asks for viewer"
    );
}

/// GitLab CVE-2023-1555: whoever was banned still used the interface for programs.
#[test]
fn a_dead_credential_wins_over_every_grant() {
    let w = World::new();
    let (id, text) = w.mint(&w.caller("ada"), "ada", "t", personal());
    let bearer = w.authenticate(&text).unwrap();
    w.done(&w.caller("ada"), &RevokeToken::new(w.spot, id));
    assert!(w.authenticate(&text).is_err());
    let things = (w.spot, w.lab, w.user("ada"), id);
    for (at, told) in try_all(&w, &bearer, things).iter().enumerate() {
        assert!(told.contains("the token is revoked"), "{at}: {told}");
    }
    // A pending organization's users have roles, and yet no product.
    let owner = w.caller("eve");
    let query = Check::new(w.rival.organization, name("group:read"), w.rival.account);
    let told = w.ask(&owner, &query);
    assert_eq!(
        told,
        "`group:read` on `{den}` is denied: the organization is pending"
    );
}

/// GitLab !56677 / #249523: the effective role was shown wrongly. It is the highest of all paths,
/// the same in lists and checks.
#[test]
fn the_effective_role_is_equal_in_lists_and_checks() {
    let w = World::new();
    let ada = w.caller("ada");
    for (user, role) in [("vera", AccountRole::Editor), ("adam", AccountRole::Viewer)] {
        w.done(&ada, &AttachUser::new(w.spot, w.user(user), w.lab, role));
    }
    let told = |user: &str, action| {
        let check = Check::new(w.spot, name(action), w.lab);
        let decision = w
            .registry
            .ask(&w.caller(user), &check)
            .unwrap()
            .value
            .decision;
        decision.to_string()
    };
    // Viewer of the organization and editor of the account: editor there.
    assert_eq!(
        told("vera", "group:create"),
        "allowed by account role editor"
    );
    // Admin of the organization and viewer of the account: admin there.
    assert_eq!(
        told("adam", "group:create"),
        "allowed by organization role admin"
    );
    agree(&w);
}

/// Lists and checks agree for every user and account, and for tokens of each.
#[track_caller]
fn agree(w: &World) {
    let users = [
        "ada", "olga", "adam", "anna", "vera", "vic", "bill", "ben", "mia", "max", "edda", "rita",
        "robo",
    ];
    for user in users {
        let kind = if user == "robo" {
            programmatic()
        } else {
            personal()
        };
        let caller = w.caller(user);
        let mut callers = vec![caller.clone()];
        callers.push(w.bearer(user, "open", kind.clone()).1);
        callers.push(w.bearer(user, "none", kind.clone().accounts([])).1);
        let scope = w.registry.ask(&caller, &ListAccounts::new(w.spot)).unwrap();
        if let Some(first) = scope.value.rows.last() {
            callers.push(w.bearer(user, "one", kind.accounts([first.id()])).1);
        }
        for caller in callers {
            let list = w.registry.ask(&caller, &ListAccounts::new(w.spot)).unwrap();
            let listed: Vec<_> = list.value.rows.iter().map(|row| row.id()).collect();
            for account in [w.main, w.lab, w.vault] {
                let check = Check::new(w.spot, name("account:read"), account);
                let answer = w.registry.ask(&caller, &check).unwrap();
                let allowed = answer.value.decision.is_allowed();
                let got = w
                    .registry
                    .ask(&caller, &GetAccount::new(w.spot, account))
                    .is_ok();
                let is_listed = listed.contains(&account);
                assert_eq!((is_listed, got), (allowed, allowed), "{user} {account}");
            }
        }
    }
}

/// OpenFGA CVE-2024-31452: exclusion was answered wrongly. A confined token only ever takes away.
#[test]
fn what_confines_never_widens() {
    let w = World::new();
    let actions: Vec<_> = {
        let entries = w.registry.settings().catalog.entries();
        entries.map(|entry| entry.action.clone()).collect()
    };
    let mut resources: Vec<Resource> = vec![w.spot.into(), w.user("mia").into()];
    resources.extend([w.main, w.lab, w.vault, w.rival.account].map(Resource::from));
    for user in ["ada", "adam", "vera", "bill", "mia", "edda"] {
        let open = w.caller(user);
        let visible = w.registry.ask(&open, &ListAccounts::new(w.spot)).unwrap();
        let visible: Vec<_> = visible.value.rows.iter().map(|row| row.id()).collect();
        let (_, none) = w.bearer(user, "none", personal().accounts([]));
        let (_, all) = w.bearer(user, "all", personal().accounts(visible));
        for action in &actions {
            for resource in &resources {
                let allowed = |caller| {
                    let check = Check::new(w.spot, action.clone(), resource.clone());
                    let answer = w.registry.ask(caller, &check).unwrap();
                    answer.value.decision.is_allowed()
                };
                let [none, all, open] = [&none, &all, &open].map(allowed);
                assert!(!none, "{user} {action} {resource}");
                assert!(none <= all && all <= open, "{user} {action} {resource}");
            }
        }
    }
}

/// OpenFGA GHSA-32q6-rr98-cjqv: a cached answer was used under another context.
#[test]
fn no_answer_is_kept_from_one_question_to_the_next() {
    let w = World::new();
    let edda = w.user("edda");
    let (_, bearer) = w.bearer("edda", "t", personal().expires_at(end()));
    let check = Check::new(w.spot, name("group:create"), w.lab);
    let allowed = |caller: &Caller| {
        let answer = w.registry.ask(caller, &check).unwrap();
        answer.value.decision.is_allowed()
    };
    for _ in 0..3 {
        assert!(allowed(&w.caller("edda")) && allowed(&bearer) && !allowed(&w.caller("mia")));
    }
    let attach = AttachUser::new(w.spot, edda, w.lab, AccountRole::Viewer);
    w.done(&w.caller("ada"), &attach);
    assert!(!allowed(&w.caller("edda")) && !allowed(&bearer));
    let attach = AttachUser::new(w.spot, edda, w.lab, AccountRole::Editor);
    w.done(&w.caller("ada"), &attach);
    assert!(allowed(&w.caller("edda")) && allowed(&bearer));
    // The time is part of the question, even on the very same state.
    w.clock.set(end());
    let hot = w
        .registry
        .with(w.spot, Freshness::AtMost(seconds(1 << 30)), |access| {
            let id = access.catalog().id("group:create").unwrap();
            access.check(&bearer, id, &w.lab.into()).is_allowed()
        });
    assert_eq!(hot, Ok(false));
    fn end() -> Timestamp {
        time(START).saturating_add(seconds(60))
    }
}

/// OpenFGA CVE-2023-40579, GHSA-g4v5-6f5p-m38j: lists disagreed with checks.
#[test]
fn lists_and_checks_agree() {
    agree(&World::new());
}

/// Argo CD CVE-2025-55190: a token of a project read the credentials of its repositories.
#[test]
fn no_answer_and_no_record_holds_a_secret() {
    let w = World::new();
    let (id, text) = w.mint(
        &w.caller("ada"),
        "ada",
        "t",
        personal().name(name("laptop")),
    );
    let brand = &w.registry.settings().brand;
    let digest = ParsedSecret::parse(&text, brand).unwrap().digest();
    let (ada, latest) = (w.caller("ada"), Freshness::Latest);
    let token = w
        .registry
        .ask_at(latest, &ada, &GetToken::new(w.spot, id))
        .unwrap();
    let tokens = w
        .registry
        .ask_at(latest, &ada, &ListTokens::new(w.spot))
        .unwrap();
    let records = w
        .registry
        .ask_at(latest, &ada, &ListRecords::new(w.spot))
        .unwrap();
    let mut said = vec![
        serde_json::to_string(&token.value).unwrap(),
        serde_json::to_string(&tokens.value).unwrap(),
        format!("{:?} {:?}", token.value, tokens.value),
        serde_json::to_string(&records.value).unwrap(),
        format!("{:?}", records.value),
        format!("{:?}", w.state(w.spot)),
        format!("{:?} {:?}", w.registry, w.authenticate(&text)),
    ];
    said.extend(
        w.feed()
            .iter()
            .map(|it| String::from_utf8_lossy(&it.to_bytes()).into_owned()),
    );
    let secret = text.strip_prefix("acme_pat_").unwrap();
    for said in &said {
        assert!(!said.contains(secret) && !said.contains(&secret[43..]));
    }
    // The digest is in the record that proves it, and in no answer about tokens.
    let hex = serde_json::to_string(&digest).unwrap();
    for said in &said[..2] {
        assert!(!said.contains(hex.trim_matches('"')));
    }
    assert_ne!(Digest::from_bytes([0; 32]), digest);
    let minted = IssueToken::new(w.spot, w.user("ada"), personal());
    let minted = w.done(&ada, &minted);
    assert!(format!("{minted:?}").contains("redacted"));
}

/// Okta 2024-10-30: the input of a hash was cut at 72 bytes.
#[test]
fn nothing_that_is_hashed_is_cut() {
    let w = World::new();
    // Command ids and names that differ in their last character are others.
    let long = |last: char| format!("{}{last}", "x".repeat(99));
    let ada = w.caller("ada");
    for last in ['a', 'b', 'c'] {
        let command = CreateAccount::new(w.spot, name(&long(last)));
        assert_eq!(w.run(&ada, Request::new(&command).named(name("same"))), {
            match last {
                'a' => "account.created",
                _ => "command_reused: command id `same` was used before with other content",
            }
        });
        let other = CreateAccount::new(w.spot, name(&format!("y{}{last}", "x".repeat(98))));
        let id = format!("{}{last}", "i".repeat(127));
        assert_eq!(
            w.run(&ada, Request::new(&other).named(name(&id))),
            "account.created"
        );
    }
    // A token that is longer, shorter or goes on is another, and none.
    let (_, text) = w.mint(&ada, "ada", "t", personal());
    for text in [
        format!("{text}x"),
        format!("{text}{text}"),
        text[..text.len() - 1].to_owned(),
        format!("{text}\0"),
    ] {
        assert!(w.authenticate(&text).is_err());
    }
    for length in [257, 1 << 20] {
        let address = format!("{}@example.com", "a".repeat(length));
        assert!(address.parse::<tenancy::email::Email>().is_err());
    }
}

/// Vault CVE-2021-32923: a lease that was renewed within a second of its end never ended.
#[test]
fn no_path_makes_a_dated_token_undated() {
    let w = World::new();
    let end = time(START).saturating_add(seconds(10));
    let (_, parent) = w.bearer("mia", "p", personal().expires_at(end));
    // Children of children, up to the last moment.
    let mut bearer = parent;
    for millis in [0, 1, 9_000, 9_998, 9_999] {
        w.clock
            .set(Timestamp::from_millis(time(START).as_millis() + millis).unwrap());
        for token in [personal(), temporary(), personal().expires_at(end)] {
            let (id, text) = w.mint(&bearer, "mia", "c", token);
            let state = w.state(w.spot);
            assert_eq!(state.token(id).unwrap().expires_at(), Some(end));
            bearer = w.authenticate(&text).unwrap();
        }
        let later = end.saturating_add(core::time::Duration::from_millis(1));
        for at in [later, Timestamp::MAX] {
            let command = IssueToken::new(w.spot, w.user("mia"), personal().expires_at(at));
            assert!(w.run(&bearer, &command).starts_with("token_life: "));
        }
    }
    for millis in [10_000, 10_001, 1 << 40] {
        w.clock
            .set(Timestamp::from_millis(time(START).as_millis() + millis).unwrap());
        let command = IssueToken::new(w.spot, w.user("mia"), personal());
        assert_eq!(w.run(&bearer, &command), "denied: the token is expired");
    }
}

/// Vault CVE-2025-5999 (GHSA-6h4p-m86h-hhgh): whoever wrote identities raised its own rights.
#[test]
fn nobody_gives_what_it_does_not_hold() {
    let w = World::new();
    let roles = OrganizationRole::ALL;
    for (user, own) in [("ada", roles[0]), ("adam", roles[1])] {
        for role in roles {
            let create = CreateUser::new(w.spot, name("N"), email(&format!("{user}-{role}")), role);
            let told = w.run(&w.caller(user), &create);
            assert_eq!(told == "user.created", own.includes(role), "{told}");
            // Nor in a batch, nor by a token.
            let more = CreateUser::new(w.spot, name("N"), email(&format!("{user}+{role}")), role);
            let told = w.run(&w.caller(user), &Batch::new(w.spot).and(more));
            assert_eq!(told == "user.created", own.includes(role), "{told}");
            let (_, bearer) = w.bearer(user, "t", personal());
            let more = CreateUser::new(w.spot, name("N"), email(&format!("{user}.{role}")), role);
            let told = w.run(&bearer, &more);
            assert_eq!(told == "user.created", own.includes(role), "{told}");
        }
    }
    // A token of a higher user would be that user's rights.
    let told = w.run(
        &w.caller("adam"),
        &IssueToken::new(w.spot, w.user("ada"), personal()),
    );
    assert_eq!(told, "outranked: `{ada}` is owner, and the caller is admin");
}

/// ZITADEL #8588, #7340: the organization of a sign-in was overridden by a later hint.
#[test]
fn the_organization_of_a_caller_is_fixed() {
    let w = World::new();
    let mia = w.caller("mia").with_proven(email("eve"));
    assert_eq!(mia.organization(), Some(w.spot));
    let told = w.ask(&mia, &GetOrganization::new(w.rival.organization));
    assert_eq!(
        told, "not_found: `{rival}` is not found",
        "an address is no membership"
    );
    let (_, bearer) = w.bearer("ada", "t", personal());
    let moved = bearer.clone().with_proven(email("eve"));
    assert_eq!(moved, bearer, "a token proves what its owner has proven");
    let made = w.done(&bearer, &CreateOrganization::new(name("Ada 2"), name("A")));
    assert_eq!(bearer.organization(), Some(w.spot));
    let told = w.run(&bearer, &CreateAccount::new(made.organization, name("A")));
    assert!(told.starts_with("not_found: "), "{told}");
    let told = w.run(&person("eve"), &SignUp::new(name("Eve 2"), name("Eve")));
    assert_eq!(told, "organization.created, account.created, user.created");
}
