//! The stored form of every kind of event, byte for byte, and the worked vector of the
//! specification.
//!
//! The files under `golden/` are what a store of an earlier day holds. They are read for good: a
//! change that makes one of them unreadable, or writes it otherwise, breaks every log there is.

use core::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenancy::blocking::Store;
use tenancy::caller::Authentication;
use tenancy::command::{
    AcceptAdoption, AcceptAmendment, AcceptInvitation, AcceptLink, AcceptOwnership,
    ActivateOrganization, AddToGroup, AssignLinkUser, AttachGroup, AttachPolicy, AttachUser,
    CancelLink, ChangeEmail, ChangeLabels, ChangeRole, CloseAccount, CloseOrganization, Command,
    CreateAccount, CreateChild, CreateGroup, CreatePolicy, CreateProgrammaticUser, CreateUser,
    DeclineAdoption, DeclineInvitation, DeclineLink, DeclineOwnership, DelegateLink, DeleteGroup,
    DeletePolicy, DescribeUser, DetachChild, DetachGroup, DetachParent, DetachPolicy, DetachUser,
    DropAmendment, EndLink, ErasePerson, HandOutLinkCode, InviteUser, IssueToken,
    LeaveOrganization, LiftHold, LiftSuspension, MakeDefaultAccount, MoveChild, NarrowLink,
    OfferOwnership, PlaceHold, ProposeAdoption, ProposeAmendment, ProposeLink, ProveEmail,
    PurgeOrganization, ReactivateUser, RemoveFromGroup, RemoveUser, RenameAccount,
    RenameOrganization, RenameUser, ResendInvitation, RestoreAccount, RestoreOrganization,
    RevokeInvitation, RevokeToken, RevokeTokens, RotateToken, SetBilling, SetParentGrant,
    SetReference, SetTokenLife, SignUp, SuspendOrganization, SuspendUser, UnassignLinkUser,
    UndelegateLink, UnknownActions, UpdateGroup, UpdatePolicy, WithdrawLinkCode, WithdrawOwnership,
};
use tenancy::environment::{Environment as _, SeededEnvironment};
use tenancy::label::Labels;
use tenancy::log::{Verdict, verify};
use tenancy::name::OrganizationName;
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::event::Event;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::link::{Accounts, Delegation, Shares, Terms};
use tenancy::organization::mark::Marked;
use tenancy::organization::policy::Reach;
use tenancy::organization::setting::Setting;
use tenancy::organization::token::TokenKind;
use tenancy::record::{Leaf, Record, Version};
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::LinkCodeSecret;
use tenancy::statement::{Document, PolicyKind};
use tenancy::store::{MemoryStore, Position};
use tenancy::{Caller, Organization, Origin, Request, blocking};

use crate::snapshots::check_file;
use crate::world::{
    START, Shared, email, name, person, personal, programmatic, seconds, settings, temporary, time,
};

/// A service with one clock, which each command moves on by a second.
struct Service {
    registry: blocking::Registry<MemoryStore>,
    clock: alloc::sync::Arc<SeededEnvironment>,
}

impl Service {
    fn new(seed: u64) -> Self {
        let clock = alloc::sync::Arc::new(SeededEnvironment::new(seed, time(START)));
        let store = MemoryStore::new();
        let registry = blocking::Registry::new(store, alloc::sync::Arc::clone(&clock), settings());
        let registry = registry.with_erasure();
        Self { registry, clock }
    }

    #[track_caller]
    fn run<C: Command>(&self, caller: &Caller, id: &str, command: &C) -> C::Output {
        run(&self.registry, &self.clock, caller, id, command)
    }

    /// Runs a command in a registry that does not erase.
    #[track_caller]
    fn plain<C: Command>(&self, caller: &Caller, id: &str, command: &C) -> C::Output {
        let store = Shared(self.registry.store());
        let clock = alloc::sync::Arc::clone(&self.clock);
        run(
            &blocking::Registry::new(store, clock, settings()),
            &self.clock,
            caller,
            id,
            command,
        )
    }

    fn records(&self) -> Vec<Record> {
        let all = core::num::NonZeroU32::MAX;
        let store = self.registry.store();
        store.feed(Position::START, all).unwrap().records
    }
}

/// Runs through the kinds that there were first, each at its fullest of then, and returns the log.
///
/// Its file is older than what was added since: it says that nothing of it was lost.
pub(crate) fn log() -> Vec<Record> {
    let at = Service::new(42);
    let spot = OrganizationName::new(name("Spôt")).with_division(name("USA"));
    let sign_up = SignUp::new(spot, name("Ada Lovelace")).account(name("Production"));
    let made = at.run(&person("ada"), "g-1", &sign_up);
    let (id, ada) = (
        made.organization,
        Caller::user(made.organization, made.owner),
    );
    let host = Caller::system(name("start-trial"));
    at.run(&host, "g-2", &ActivateOrganization::new(id));
    let lab = at.run(&ada, "g-3", &CreateAccount::new(id, name("Läb \"7\"")));
    let bob = CreateUser::new(id, name("Bob"), email("bob"), OrganizationRole::Admin);
    let bob = at.run(&ada, "g-4", &bob).user;
    let robot = CreateProgrammaticUser::new(id, name("deploy"), OrganizationRole::Member)
        .description(name("deploys what Ada\nand Bob wrote"))
        .token(programmatic());
    at.run(&ada, "g-5", &robot);
    let attach = AttachUser::new(id, bob, lab, AccountRole::Editor);
    at.run(&ada, "g-6", &attach);
    let bob = Caller::user(id, bob);
    let laptop = personal()
        .name(name("laptop"))
        .accounts([made.account, lab]);
    let issue = IssueToken::new(id, bob.user_id().unwrap(), laptop);
    let parent = at.run(&bob, "g-7", &issue);
    let secret = parent.secret.expect("told once");
    let bearer = at.registry.authenticate(secret.expose()).unwrap();
    let child = temporary().name(name("one run")).accounts([lab]);
    let issue = IssueToken::new(id, bob.user_id().unwrap(), child);
    at.run(&bearer, "g-8", &issue);
    at.run(&ada, "g-9", &RevokeToken::new(id, parent.id));
    let detach = DetachUser::new(id, bob.user_id().unwrap(), lab);
    at.run(&bob, "g-10", &detach);
    at.records()
}

#[track_caller]
fn run<S: Store, C: Command>(
    registry: &blocking::Registry<S>,
    clock: &SeededEnvironment,
    caller: &Caller,
    id: &str,
    command: &C,
) -> C::Output {
    clock.advance(seconds(1));
    let origin = Origin::new(name("api"))
        .address(name("192.0.2.7"))
        .agent(name("curl/8.5.0 (golden)"));
    let request = Request::new(command).named(name(id)).from(origin);
    registry.run(caller, request).unwrap()
}

/// Runs through a whole life, up to the purge, and returns its log: every other kind of event, each
/// at its fullest.
pub(crate) fn life() -> Vec<Record> {
    let at = Service::new(43);
    let made = at.run(
        &person("ada"),
        "l-1",
        &SignUp::new(name("Spot"), name("Ada")),
    );
    let (id, main) = (made.organization, made.account);
    let strong = Authentication::new().with_mfa().with_sign_on();
    let ada = made.caller().with_authentication(strong);
    let host = Caller::system(name("night-shift"));
    at.run(&host, "l-2", &ActivateOrganization::new(id));
    let renamed = OrganizationName::new(name("Spôt")).with_division(name("USA"));
    at.run(&ada, "l-3", &RenameOrganization::new(id, renamed));
    let reference = SetReference::new(id, Marked::Organization);
    at.run(&host, "l-4", &reference.reference(name("crm/42")));
    let labels = |rows: &[(&str, &str)]| {
        let mut labels = Labels::new();
        for (key, value) in rows {
            labels.try_insert(name(key), name(value)).unwrap();
        }
        labels
    };

    // Accounts.
    let lab = at.run(&ada, "l-5", &CreateAccount::new(id, name("Lab")));
    let relabel = ChangeLabels::new(id, lab.into());
    let two = labels(&[("env", "test \"7\""), ("team", "")]);
    at.run(&ada, "l-6", &relabel.set(two));
    at.run(&ada, "l-7", &RenameAccount::new(id, lab, name("Läb")));
    at.run(&ada, "l-8", &MakeDefaultAccount::new(id, lab));
    let close = CloseAccount::new(id, lab).successor(main);
    at.run(&ada, "l-9", &close);
    at.run(&ada, "l-10", &RestoreAccount::new(id, lab));
    let reference = SetReference::new(id, lab.into()).reference(name("lab-7"));
    at.run(&host, "l-11", &reference);

    // Invitations: accepted, taken back, declined.
    let invite = |run: &str, person: &str| {
        let invite = InviteUser::new(id, email(person), OrganizationRole::Viewer)
            .attach(main, AccountRole::Viewer)
            .attach(lab, AccountRole::Editor);
        at.run(&ada, run, &invite).id
    };
    let bob = invite("l-12", "bob");
    let sent = at.run(&ada, "l-13", &ResendInvitation::new(id, bob));
    let secret = name(sent.secret.expect("told once").expose());
    let accept = AcceptInvitation::new(secret, name("Bob"));
    let bob = at.run(&person("bob"), "l-14", &accept);
    let cyd = invite("l-15", "cyd");
    at.run(&ada, "l-16", &RevokeInvitation::new(id, cyd));
    let dan = invite("l-17", "dan");
    at.run(&person("dan"), "l-18", &DeclineInvitation::new(id, dan));

    // Users.
    at.run(&ada, "l-19", &RenameUser::new(id, bob, name("Bob Babbage")));
    let describe = DescribeUser::new(id, bob).description(name("who came\nby mail"));
    at.run(&ada, "l-20", &describe);
    at.run(&ada, "l-21", &ChangeEmail::new(id, bob, email("babbage")));
    let bob_proven = Caller::user(id, bob).with_proven(email("babbage"));
    at.run(&bob_proven, "l-22", &ProveEmail::new(id));
    let role = OrganizationRole::Admin;
    at.run(&ada, "l-23", &ChangeRole::new(id, bob, role));
    at.run(&ada, "l-24", &SuspendUser::new(id, bob));
    at.run(&ada, "l-25", &ReactivateUser::new(id, bob));
    let robot = CreateProgrammaticUser::new(id, name("deploy"), OrganizationRole::Member);
    let robot = at.run(&ada, "l-26", &robot.token(programmatic())).user;
    at.run(&ada, "l-27", &RemoveUser::new(id, robot));

    // Tokens.
    let life = SetTokenLife::new(id, TokenKind::Personal).life(seconds(86_400));
    at.run(&ada, "l-28", &life);
    let narrow = personal()
        .name(name("laptop"))
        .accounts([main, lab])
        .actions([name("account:read"), name("group:create")]);
    let token = at.run(&ada, "l-29", &IssueToken::new(id, made.owner, narrow));
    let until = at.clock.now().unwrap().saturating_add(seconds(3600));
    at.run(&ada, "l-30", &RotateToken::new(id, token.id).until(until));
    at.run(&ada, "l-31", &RevokeTokens::new(id, made.owner));

    // The ownership goes on, and the founder too.
    let bob = (bob, Caller::user(id, bob));
    at.run(&ada, "l-32", &OfferOwnership::new(id, bob.0));
    at.run(&bob.1, "l-33", &DeclineOwnership::new(id, made.owner));
    at.run(&ada, "l-34", &OfferOwnership::new(id, bob.0));
    at.run(&ada, "l-35", &WithdrawOwnership::new(id, made.owner));
    at.run(&ada, "l-36", &OfferOwnership::new(id, bob.0));
    at.run(&bob.1, "l-37", &AcceptOwnership::new(id, made.owner));
    at.run(&ada, "l-38", &LeaveOrganization::new(id));

    // The end.
    let reason = SuspensionReason::Security;
    at.run(&host, "l-39", &SuspendOrganization::new(id, reason));
    at.run(&host, "l-40", &LiftSuspension::new(id, reason));
    let why = name("asked for by Bob\nhimself");
    let hold = PlaceHold::new(id, HoldKind::Legal, why);
    let hold = at.run(&host, "l-41", &hold);
    at.run(&host, "l-42", &LiftHold::new(id, hold, name("Bob agrees")));
    at.run(&bob.1, "l-43", &CloseOrganization::new(id));
    at.run(&bob.1, "l-44", &RestoreOrganization::new(id));
    at.run(&bob.1, "l-45", &CloseOrganization::new(id));
    at.clock.advance(seconds(30 * 86_400));
    at.plain(&host, "l-46", &PurgeOrganization::new(id));
    at.records()
}

/// Runs through what groups and policies can be in, and returns the log: the kinds that came with
/// them, each at its fullest.
pub(crate) fn rights() -> Vec<Record> {
    let at = Service::new(44);
    let made = at.run(
        &person("ada"),
        "r-1",
        &SignUp::new(name("Spot"), name("Ada")),
    );
    let (id, main, ada) = (made.organization, made.account, made.caller());
    let lab = at.run(&ada, "r-2", &CreateAccount::new(id, name("Lab")));
    let bob = CreateUser::new(id, name("Bob"), email("bob"), OrganizationRole::Member);
    let bob = at.run(&ada, "r-3", &bob).user;

    // Groups: one that stays, and one that is deleted with somebody in it.
    let group = |run: &str, text: &str| {
        let group = CreateGroup::new(id, name(text)).description(name("what Bob\nmade"));
        at.run(&ada, run, &group)
    };
    let (night, old) = (group("r-4", "Nïght \"7\""), group("r-5", "Old"));
    let update = UpdateGroup::new(id, night, name("On cäll"));
    let update = update.description(name("whom Bob\ncalls"));
    at.run(&ada, "r-6", &update);
    at.run(&ada, "r-7", &AddToGroup::new(id, night, made.owner));
    at.run(&ada, "r-8", &AddToGroup::new(id, night, bob));
    at.run(&ada, "r-9", &AddToGroup::new(id, old, bob));
    for (run, account) in [("r-10", main), ("r-11", lab)] {
        let attach = AttachGroup::new(id, night, account, AccountRole::Editor);
        at.run(&ada, run, &attach);
    }
    at.run(&ada, "r-12", &DetachGroup::new(id, night, main));

    // Policies: of accounts, of the organization, and one that is deleted.
    let policy = |run: &str, text: &str, kind, document: &Document| {
        let policy = CreatePolicy::new(id, name(text), kind, document.clone());
        let policy = policy.description(name("what Bob\nwants"));
        at.run(&ada, run, &policy.unknown(UnknownActions::Keep))
    };
    let (account, whole) = (PolicyKind::Account, PolicyKind::Organization);
    let hire = policy("r-13", "Hire", whole, &document("user:*"));
    let gone = policy("r-14", "Gone", account, &document("fleet:*"));
    let fleet = policy("r-15", "Flëet \"7\"", account, &document("fleet:*"));
    let update = UpdatePolicy::new(id, fleet, name("Fleets"), document("ocean:*"));
    let update = update.description(name("what Bob\nsteers"));
    at.run(&ada, "r-16", &update.unknown(UnknownActions::Keep));
    let attach = |policy, on| AttachPolicy::new(id, policy, bob.into(), on);
    at.run(&ada, "r-17", &attach(hire, Reach::Organization));
    at.run(&ada, "r-18", &attach(fleet, Reach::AllAccounts));
    let managed = settings().catalog.policies().next().unwrap().id();
    at.run(&ada, "r-19", &attach(managed, Reach::AllAccounts));
    let chosen = Reach::accounts([lab, main]);
    let attach = AttachPolicy::new(id, fleet, night.into(), chosen);
    at.run(&ada, "r-20", &attach);

    // What is given is taken.
    at.run(&ada, "r-21", &DetachPolicy::new(id, hire, bob.into()));
    at.run(&ada, "r-22", &RemoveFromGroup::new(id, night, bob));
    at.run(&ada, "r-23", &DeletePolicy::new(id, gone));
    at.run(&ada, "r-24", &DeleteGroup::new(id, old));
    at.records()
}

/// A document with everything that there can be in one.
fn document(actions: &str) -> Document {
    let json = json!({ "statements": [
        {
            "effect": "ALLOW",
            "actions": [actions, "account:read"],
            "resources": ["*", "server:i-*"],
            "condition": { "And": [
                { "StringEquals": { "fleet:tag/owner": "${user:email}" } },
                {
                    "StringNotEquals": { "fleet:tag/ënv": ["prod", "löve"] },
                    "StringEqualsIgnoreCase": { "account:name": "LAB" },
                },
                { "And": [
                    { "StringContains": { "fleet:name": ["a", "b"] } },
                    { "StringPatternMatch": { "fleet:name": "[a-z]+(-[0-9]{1,3})?" } },
                ] },
            ] },
        },
        { "effect": "DENY", "actions": ["*:delete*"], "resources": ["server:prod-*"] },
    ] });
    serde_json::from_value(json).unwrap()
}

/// Says how an organization pays, and returns the log.
pub(crate) fn billing() -> Vec<Record> {
    let at = Service::new(45);
    let sign_up = SignUp::new(name("Spot"), name("Ada"));
    let made = at.run(&person("ada"), "b-1", &sign_up);
    let set = SetBilling::new(made.organization).reference(name("cus_4711/{eu}"));
    at.run(&made.caller(), "b-2", &set);
    at.records()
}

/// Erases somebody who was invited, and returns the log, from which the text is gone.
pub(crate) fn erasing() -> Vec<Record> {
    let at = Service::new(44);
    let sign_up = SignUp::new(name("Spot"), name("Ada"));
    let made = at.run(&person("ada"), "e-1", &sign_up);
    let (id, ada) = (made.organization, made.caller());
    let invite = InviteUser::new(id, email("bob"), OrganizationRole::Member);
    let secret = at.run(&ada, "e-2", &invite).secret.expect("told once");
    let accept = AcceptInvitation::new(name(secret.expose()), name("Bob"));
    let bob = at.run(&person("bob"), "e-3", &accept);
    let erase = ErasePerson::new(id, bob, ErasureGround::Request);
    at.run(&ada, "e-4", &erase);
    at.records()
}

/// Runs through what becomes of links, and returns the log of one side: the kinds that came with them,
/// each at its fullest.
pub(crate) fn linking() -> Vec<Record> {
    let at = Service::new(45);
    let up = |run: &str, organization: &str, owner: &str| {
        let sign_up = SignUp::new(name(organization), name(owner));
        let made = at.run(&person(owner), &format!("{run}-1"), &sign_up);
        let activate = ActivateOrganization::new(made.organization);
        at.run(&made.caller(), &format!("{run}-2"), &activate);
        made
    };
    let (own, other) = (up("k-o", "Spôt", "ada"), up("k-p", "Rïval \"7\"", "eve"));
    let (ada, eve) = (own.caller(), other.caller());
    let (spot, rival) = (own.organization, other.organization);
    let code = |by: &Caller, of, run: &str| {
        let minted = at.run(by, run, &HandOutLinkCode::new(of));
        let secret: LinkCodeSecret = name(minted.secret.expect("told once").expose());
        (minted.id, secret)
    };
    let all = |accounts| {
        let delegation = Delegation::new(AccountRole::Editor, accounts).with_tokens();
        let shares = Shares::new().billing_reports().dashboards().reports();
        let shares = Setting::ALL.into_iter().fold(shares, Shares::setting);
        shares.delegation(delegation)
    };
    let (id, secret) = code(&ada, spot, "k-1");
    let chosen = Accounts::chosen([own.account]);
    let terms = Terms::new(all(Accounts::All).payment(), all(chosen.clone()));
    let propose = ProposeLink::new(rival, secret, terms.clone());
    let link = at.run(&eve, "k-2", &propose);
    let accept = AcceptLink::new(spot, link, terms.hash(link, 0));
    at.run(&ada, "k-3", &accept);
    at.run(&ada, "k-4", &WithdrawLinkCode::new(spot, id));
    let delegate = DelegateLink::new(spot, link, AccountRole::Viewer, chosen);
    at.run(&ada, "k-5", &delegate);
    at.run(&ada, "k-6", &AssignLinkUser::new(spot, link, own.owner));
    at.run(&ada, "k-7", &UnassignLinkUser::new(spot, link, own.owner));
    at.run(&ada, "k-8", &UndelegateLink::new(spot, link));
    let mut less = terms;
    less.from_receiver = Shares::new().reports();
    at.run(&eve, "k-9", &NarrowLink::new(rival, link, less.clone()));
    let mut more = less;
    more.from_receiver = all(Accounts::All);
    let amend = ProposeAmendment::new(spot, link, more.clone());
    at.run(&ada, "k-10", &amend);
    at.run(&eve, "k-11", &DropAmendment::new(rival, link));
    at.run(&ada, "k-12", &amend);
    let accept = AcceptAmendment::new(rival, link, more.hash(link, 2));
    at.run(&eve, "k-13", &accept);
    at.run(&ada, "k-14", &EndLink::new(spot, link));
    let again = |run: &str| {
        let (_, secret) = code(&eve, rival, &format!("{run}-1"));
        let propose = ProposeLink::new(
            spot,
            secret,
            Terms::new(Shares::new().reports(), Shares::new()),
        );
        at.run(&ada, &format!("{run}-2"), &propose)
    };
    let link = again("k-15");
    at.run(&ada, "k-16", &CancelLink::new(spot, link));
    let link = again("k-17");
    at.run(&eve, "k-18", &DeclineLink::new(rival, link));
    let mut records = at.records();
    records.retain(|it| it.organization == spot);
    records
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    bytes
        .iter()
        .for_each(|byte| write!(text, "{byte:02x}").unwrap());
    text
}

fn bytes(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    let byte = |pair: &[u32]| u8::try_from(pair[0] * 16 + pair[1]).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap();
    text.push('\n');
    text
}

fn read(file: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden");
    let text = std::fs::read_to_string(path.join(file));
    let text = text.unwrap_or_else(|_| panic!("golden/{file} is not there"));
    serde_json::from_str(&text).unwrap()
}

/// Everything of a state that a host can read, in order.
fn state(state: &Organization) -> Value {
    let marked = [Marked::Organization]
        .into_iter()
        .chain(state.accounts().map(|it| it.id().into()))
        .chain(state.users().map(|it| it.id().into()));
    let marks = marked.filter(|on| *state.marks(*on) != Default::default());
    let marks: Vec<_> = marks.map(|on| json!([on, state.marks(on)])).collect();
    let mut all = json!({
        "id": state.id(),
        "name": state.name(),
        "name_scope": state.name_scope(),
        "status": state.status(),
        "activated": state.is_activated(),
        "suspensions": state.suspensions(),
        "closing": state.closing(),
        "closed_at": state.closed_at(),
        "holds": state.holds(),
        "token_life": state.token_life(),
        "created_at": state.created_at(),
        "time": state.time(),
        "head": state.head(),
        "default_account": state.default_account(),
        "accounts": state.accounts().collect::<Vec<_>>(),
        "users": state.users().collect::<Vec<_>>(),
        "offers": state.ownership_offers(),
        "invitations": state.invitations().collect::<Vec<_>>(),
        "tokens": state.tokens().collect::<Vec<_>>(),
        "marks": marks,
    });
    // The files of before there were any say nothing of them.
    if state.groups().len() + state.policies().len() > 0 {
        all["groups"] = json!(state.groups().collect::<Vec<_>>());
        all["policies"] = json!(state.policies().collect::<Vec<_>>());
    }
    if state.parent().is_some() || !state.children().is_empty() {
        all["parent"] = json!(state.parent());
        all["children"] = json!(state.children());
    }
    all
}

/// Runs through the tree of an organization that is the child of two, one after the other, and the parent
/// of one; returns its log.
pub(crate) fn tree() -> Vec<Record> {
    let at = Service::new(47);
    let up = |id, text, person: &str| {
        let sign_up = SignUp::new(name(text), name(person));
        let made = at.run(&crate::world::person(person), id, &sign_up);
        let owner = made.caller().with_proven(email(person));
        let activate = ActivateOrganization::new(made.organization);
        at.run(&owner, &format!("{id}-on"), &activate);
        (made.organization, owner)
    };
    let (spot, ada) = up("k-1", "Spot", "ada");
    let (labs, eve) = up("k-2", "Labs", "eve");
    let create = CreateChild::new(labs, name("Kid"), name("Eve"));
    let kid = at.run(&eve, "k-3", &create).organization;
    let code = at.run(&eve, "k-4", &HandOutLinkCode::new(labs));
    let code = code.secret.expect("told once");
    let propose = || ProposeAdoption::new(spot, name(code.expose()), true);
    let first = at.run(&ada, "k-5", &propose());
    at.run(&eve, "k-6", &DeclineAdoption::new(labs, first));
    let second = at.run(&ada, "k-7", &propose());
    at.run(&eve, "k-8", &AcceptAdoption::new(labs, second));
    at.run(&eve, "k-9", &SetParentGrant::new(labs, false));
    at.run(&eve, "k-10", &DetachChild::new(labs, kid));
    at.run(&eve, "k-11", &DetachParent::new(labs));
    let third = at.run(&ada, "k-12", &propose());
    at.run(&eve, "k-13", &AcceptAdoption::new(labs, third));
    at.run(
        &eve,
        "k-14",
        &CreateChild::new(labs, name("Kid 2"), name("Eve")),
    );
    at.run(&ada, "k-15", &MoveChild::new(spot, labs, spot));
    let mut records = at.records();
    records.retain(|record| record.organization == labs);
    records
}

/// Returns the state after each record of a log.
fn states(records: &[Record]) -> Vec<Value> {
    let fold = |end| {
        Organization::from_records(&records[..end])
            .unwrap()
            .unwrap()
    };
    (1..=records.len()).map(|end| state(&fold(end))).collect()
}

/// What is written today is what was written then.
#[test]
fn every_kind_is_written_as_ever() {
    let (log, life, rights, erasing) = (log(), life(), rights(), erasing());
    let (tree, linking) = (tree(), linking());
    for (kind, _) in Event::KINDS {
        let find = |log: &[Record]| {
            log.iter()
                .rev()
                .find(|record| record.kind == *kind)
                .cloned()
        };
        let record = find(&log).or_else(|| find(&life));
        let record = record.or_else(|| find(&rights));
        let record = record.or_else(|| find(&erasing));
        let record = record.or_else(|| find(&billing()));
        let record = record.or_else(|| find(&linking));
        let record = record.or_else(|| find(&tree));
        let record = record.unwrap_or_else(|| panic!("the golden logs have no {kind}"));
        let file = json!({
            "record": record,
            "leaf": record.leaf,
            "bytes": hex(&record.to_bytes()),
        });
        check_file(&format!("golden/{kind}.json"), &pretty(&file));
    }
    let file = json!({ "records": log, "state": states(&log).pop() });
    check_file("golden/log.json", &pretty(&file));
    // The last record is the purge, which leaves little to see: both sides of it are kept.
    let mut states = states(&life);
    let (purged, open) = (states.pop(), states.pop());
    let file = json!({ "records": life, "open": open, "state": purged });
    check_file("golden/life.json", &pretty(&file));
    let file = json!({ "records": rights, "state": self::states(&rights).pop() });
    check_file("golden/rights.json", &pretty(&file));
    let file = json!({ "records": tree, "state": self::states(&tree).pop() });
    check_file("golden/tree.json", &pretty(&file));
}

/// What was written then is read today, from bytes and from JSON, and written as it was.
#[test]
fn every_kind_is_read_for_good() {
    for (kind, _) in Event::KINDS {
        let file = read(&format!("{kind}.json"));
        let json = file["record"].to_string();
        let record: Record = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), file["record"]);
        let stored = bytes(file["bytes"].as_str().unwrap());
        assert_eq!(Record::from_bytes(&stored).unwrap(), record, "{kind}");
        assert_eq!(hex(&record.to_bytes()), file["bytes"], "{kind}");
        let leaf: Leaf = serde_json::from_value(file["leaf"].clone()).unwrap();
        assert_eq!((record.leaf, record.compute_leaf()), (leaf, leaf), "{kind}");
        assert_eq!(record.kind, *kind);
        let event = Event::decode(&record).unwrap();
        assert_eq!(event.kind().0, *kind);
        assert_eq!(record.resource, Some(event.resource(record.organization)));
        assert_eq!(record.account, event.account());
    }
    let there =
        std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/golden"));
    assert_eq!(
        there.unwrap().count(),
        Event::KINDS.len() + 4 + NEWER.len(),
        "one file a kind, four logs, and one file for each schema that came later"
    );
}

/// The schemas that a kind got later: the file of the kind has the first.
const NEWER: [(&str, u16); 1] = [("user.suspended", 2)];

/// Returns a log with each of them.
fn newer() -> Vec<Record> {
    let at = Service::new(44);
    let sign_up = SignUp::new(name("Spot"), name("Ada"));
    let made = at.run(&person("ada"), "n-1", &sign_up);
    let (id, ada) = (made.organization, made.caller());
    let bob = CreateUser::new(id, name("Bob"), email("bob"), OrganizationRole::Member);
    let bob = at.run(&ada, "n-2", &bob).user;
    let suspend = SuspendUser::new(id, bob).reason(name("lost-laptop"));
    at.run(&ada, "n-3", &suspend);
    at.records()
}

/// A newer schema is written and read for good, as the first one is.
#[test]
fn newer_schemas_are_written_and_read_for_good() {
    let log = newer();
    for (kind, schema) in NEWER {
        assert!(Event::KINDS.contains(&(kind, schema)));
        let is = |it: &&Record| it.kind == kind && it.schema.get() == schema;
        let record = log.iter().find(is).expect("it is written");
        let file = json!({
            "record": record,
            "leaf": record.leaf,
            "bytes": hex(&record.to_bytes()),
        });
        check_file(&format!("golden/{kind}.{schema}.json"), &pretty(&file));
        let file = read(&format!("{kind}.{schema}.json"));
        let read: Record = serde_json::from_value(file["record"].clone()).unwrap();
        assert_eq!(&read, record);
        assert_eq!(
            Record::from_bytes(&bytes(file["bytes"].as_str().unwrap())),
            Ok(read)
        );
        let written = Event::decode(record).unwrap().kind();
        assert_eq!((written.0, written.1.get()), (kind, schema));
    }
    let newer = Event::KINDS.iter().filter(|(_, schema)| *schema > 1);
    assert!(newer.copied().eq(NEWER));
}

/// Law G5: the log of then is the state of then, whole, in pages, and less what was erased.
#[test]
fn the_logs_are_folded_as_ever() {
    for (file, users) in [
        ("log.json", 3),
        ("life.json", 3),
        ("rights.json", 2),
        ("tree.json", 1),
    ] {
        let file = read(file);
        let records: Vec<Record> = serde_json::from_value(file["records"].clone()).unwrap();
        let size = Version::new(records.len() as u64);
        assert_eq!(verify(&records), Verdict::Consistent { size });
        let folded = Organization::from_records(&records).unwrap().unwrap();
        assert_eq!(state(&folded), file["state"]);
        let states = states(&records);
        if !file["open"].is_null() {
            assert_eq!(states[states.len() - 2], file["open"]);
        }
        for cut in 1..records.len() {
            let (page, rest) = records.split_at(cut);
            let mut paged = Organization::from_records(page).unwrap().unwrap();
            // Every law holds between any two commands; within one, its commit is not whole.
            if page.last().unwrap().command != rest[0].command {
                assert_eq!(paged.violations(), [], "behind {cut}");
            }
            paged.extend(rest).unwrap();
            assert_eq!(state(&paged), file["state"], "cut behind {cut}");
        }
        assert_eq!(folded.violations(), []);
        let mut erased = records.clone();
        erased.iter_mut().for_each(|record| record.personal.clear());
        let at = Version::new(1);
        assert_eq!(verify(&erased), Verdict::Withheld { at });
        let text = states_of_the_erased(&erased) + &serde_json::to_string(&erased).unwrap();
        let parts = records.iter().flat_map(|record| &record.personal);
        let mut texts = 0;
        for part in parts {
            let json = serde_json::to_string(&part.text).unwrap();
            let personal = json.trim_matches('"');
            assert!(!text.contains(personal), "{personal} is left");
            texts += 1;
        }
        assert!(texts > 20, "{texts}");
        let folded = Organization::from_records(&erased).unwrap().unwrap();
        let found = folded.users().len();
        assert_eq!(found, users, "who they were is gone, that they were is not");
    }
}

fn states_of_the_erased(records: &[Record]) -> String {
    let states = states(records);
    states.iter().map(Value::to_string).collect()
}

/// Personal text is in no entry: what is hashed says nothing of whom it tells.
#[test]
fn no_entry_holds_personal_text() {
    for record in [log(), life(), rights(), tree()].concat() {
        let entry = record.entry();
        for part in &record.personal {
            let text = part.text.as_bytes();
            let held = entry.windows(text.len()).any(|window| window == text);
            assert!(!held, "{} holds its {}", record.kind, part.field);
        }
    }
}

/// The worked vector of the specification, from its very text.
#[test]
fn the_worked_vector_is_right() {
    let page = include_str!("../../src/record.rs");
    let lines = page.lines().filter_map(|line| line.strip_prefix("//! "));
    let is_hex = |word: &str| word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let rows: Vec<(&str, &str)> = lines
        .clone()
        .filter_map(|line| line.split_once(' '))
        .filter(|(word, _)| is_hex(word))
        .map(|(word, field)| (word, field.trim()))
        .collect();
    assert_eq!(rows.len(), 19, "one line a field");
    for (word, field) in &rows {
        let content = bytes(word);
        let length = u32::from_be_bytes(*content.first_chunk().unwrap());
        match length {
            u32::MAX => assert_eq!(content.len(), 4, "{field}"),
            length => assert_eq!(content.len(), 4 + length as usize, "{field}"),
        }
    }
    let entry = bytes(&rows.iter().map(|row| row.0).collect::<String>());
    let mut hashed = vec![0];
    hashed.extend_from_slice(&entry);
    let leaf = hex(&Sha256::digest(&hashed));
    let stated = lines
        .filter(|line| line.len() == 64 && is_hex(line))
        .collect::<Vec<_>>();
    assert_eq!(stated, [&*leaf], "the page states the leaf");

    // The same record by way of JSON.
    let organization = "org_01h455vb4pex5vsknk084sn02q";
    let record: Record = serde_json::from_value(json!({
        "organization": organization,
        "log": "administration",
        "version": 2,
        "time": "2023-11-14T22:13:20.000Z",
        "caller": { "kind": "system", "reason": "start-trial" },
        "command": "activate-42",
        "kind": "organization.activated",
        "schema": 1,
        "resource": organization,
        "outcome": "success",
        "source": { "channel": "api" },
        "body": "{}",
        "previous": "11".repeat(32),
        "leaf": leaf,
    }))
    .unwrap();
    assert_eq!(hex(&record.entry()), hex(&entry));
    assert_eq!(record.compute_leaf().to_string(), leaf);
    let read = Record::from_bytes(&record.to_bytes());
    assert_eq!(read, Ok(record));
}
