//! The text and the code of everything that says no, and of every answer: one table for each sum.
//!
//! Each table is compared with the variants that stand in the source, so that a new one has to be
//! added here.

use alloc::collections::BTreeSet;
use core::error::Error as _;
use core::fmt::Debug;
use core::time::Duration;

use tenancy::action::{Action, Class, Topic};
use tenancy::catalog::{Catalog, InvalidCatalog, ManagedPolicy};
use tenancy::decision::{ByPolicy, Decision, Denial, Grant};
use tenancy::environment::EnvironmentError;
use tenancy::fingerprint::Fingerprint;
use tenancy::log::checkpoint::LogOrigin;
use tenancy::log::export::ExportError;
use tenancy::log::import::Importer;
use tenancy::log::proof::{InclusionProof, InvalidProof};
use tenancy::observer::Rejection;
use tenancy::organization::account::AccountStatus;
use tenancy::organization::activity::Payload;
use tenancy::organization::billing::PaymentClash;
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::event::{Event, Undecodable};
use tenancy::organization::invitation::InvitationStatus;
use tenancy::organization::lifecycle::{Authority, HoldKind, Status, SuspensionReason};
use tenancy::organization::link::{LinkStatus, Side, Terms, TermsFault};
use tenancy::organization::mark::Marked;
use tenancy::organization::policy::{Holder, Reach};
use tenancy::organization::setting::{Setting, Source};
use tenancy::organization::token::{DeadToken, TokenKind};
use tenancy::organization::user::{UserKind, UserStatus};
use tenancy::record::{Channel, Code, CommandId, Log, Outcome, Record, Version};
use tenancy::refusal::{Blocker, Limited};
use tenancy::registry::import::ImportError;
use tenancy::registry::{Error, Failure};
use tenancy::resource::{InvalidResource, Resource};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::statement::{Effect, Operator, PolicyKind};
use tenancy::store::{CommitError, Key, KeySpace};
use tenancy::text::InvalidText;
use tenancy::time::Timestamp;
use tenancy::view::{Interrupt, Need};
use tenancy::{Caller, Organization, Refusal};

use crate::every::allowing;

const ORG: &str = "org_01h455vb4pex5vsknk084sn02q";
const OTHER: &str = "org_01h455vb4pex5vsknk084sn02r";
const USER: &str = "user_01h455vb4pex5vsknk084sn02q";
const ACCOUNT: &str = "acct_01h455vb4pex5vsknk084sn02q";
const ADOPTION: &str = "adopt_01h455vb4pex5vsknk084sn02q";
const GROUP: &str = "group_01h455vb4pex5vsknk084sn02q";
const CODE: &str = "code_01h455vb4pex5vsknk084sn02q";
const HOLD: &str = "hold_01h455vb4pex5vsknk084sn02q";
const LINK: &str = "link_01h455vb4pex5vsknk084sn02q";
const POLICY: &str = "policy_01h455vb4pex5vsknk084sn02q";
const TOKEN: &str = "token_01h455vb4pex5vsknk084sn02q";

#[track_caller]
fn parse<T: core::str::FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Returns the variants of an enum as its source declares them.
#[track_caller]
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let head = format!("enum {name} {{\n");
    let head = match source.contains(&head) {
        true => head,
        false => format!("enum {name}<E> {{\n"),
    };
    let body = source.split(&head).nth(1).expect("the enum is there");
    let body = body.split("\n}").next().unwrap();
    body.lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|line| {
            line.split(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap()
                .into()
        })
        .collect()
}

/// Returns the name of a value's variant.
fn variant(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    text.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap()
        .into()
}

/// Checks that the table has a row for each variant.
#[track_caller]
pub(crate) fn complete<T: Debug>(rows: impl IntoIterator<Item = T>, source: &str, name: &str) {
    let found: BTreeSet<_> = rows.into_iter().map(|row| variant(&row)).collect();
    assert_eq!(found, variants(source, name), "{name}");
}

#[test]
fn the_source_is_read_right() {
    let source = "pub enum A {\n    /// Doc.\n    #[error(\"B\")]\n    One,\n    Two(u8),\n    Three {\n        X: u8,\n    },\n}\nenum B {\n    Four,\n}\n";
    let expected = ["One", "Three", "Two"].map(String::from);
    assert_eq!(variants(source, "A"), BTreeSet::from(expected));
    assert_eq!(variants(source, "B"), BTreeSet::from(["Four".to_owned()]));
}

#[test]
fn refusals() {
    let now = Timestamp::UNIX_EPOCH;
    let last = Timestamp::from_millis(86_400_001).unwrap();
    let rows = [
        (
            Refusal::AccountNameTaken { name: parse("Lab") },
            "account_name_taken",
            "account name `Lab` is taken",
        ),
        (
            Refusal::AccountStatus {
                account: parse(ACCOUNT),
                found: AccountStatus::Closing,
            },
            "account_status",
            "account `acct_01h455vb4pex5vsknk084sn02q` is closing",
        ),
        (
            Refusal::AdoptionPeer {
                adoption: parse(ADOPTION),
            },
            "adoption_peer",
            "whoever has proposed `adopt_01h455vb4pex5vsknk084sn02q` could not propose it now",
        ),
        (
            Refusal::AdoptionPending {
                adoption: parse(ADOPTION),
            },
            "adoption_pending",
            "`adopt_01h455vb4pex5vsknk084sn02q` was proposed to it, and was not answered",
        ),
        (
            Refusal::AlreadyInvited {
                email: parse("Ada@Example.com"),
            },
            "already_invited",
            "address `Ada@Example.com` is invited already",
        ),
        (
            Refusal::Authority {
                found: Authority::Host,
                caller: Authority::Owner,
            },
            "authority",
            "it was set by the host and cannot be lifted by an owner",
        ),
        (
            Refusal::Blocked {
                blockers: vec![
                    Blocker::Hold(parse(HOLD), HoldKind::Legal),
                    Blocker::Hold(parse(HOLD), HoldKind::Deletion),
                    Blocker::Child(parse(OTHER)),
                ],
            },
            "blocked",
            "the organization cannot be closed: legal hold `hold_01h455vb4pex5vsknk084sn02q`, \
             deletion hold `hold_01h455vb4pex5vsknk084sn02q`, \
             child `org_01h455vb4pex5vsknk084sn02r`",
        ),
        (
            Refusal::ClockBehind {
                now,
                last,
                skew: Duration::from_secs(300),
            },
            "clock_behind",
            "the clock says 1970-01-01T00:00:00.000Z, which is more than 300 s before the last \
             record at 1970-01-02T00:00:00.001Z",
        ),
        (
            Refusal::CommandReused { id: parse("c-1") },
            "command_reused",
            "command id `c-1` was used before with other content",
        ),
        (
            Refusal::Cursor,
            "cursor",
            "the cursor is not one of this list, organization and caller",
        ),
        (
            Refusal::Deleted {
                resource: parse(GROUP),
            },
            "deleted",
            "`group_01h455vb4pex5vsknk084sn02q` was deleted",
        ),
        (
            Refusal::EmailMismatch,
            "email_mismatch",
            "the proven address is neither the user's nor the one that was asked for",
        ),
        (
            Refusal::EmailTaken {
                email: parse("Ada@Example.com"),
            },
            "email_taken",
            "address `Ada@Example.com` is taken",
        ),
        (
            Refusal::ErasureHeld { holds: Vec::new() },
            "erasure_held",
            "nobody is erased while the organization is held",
        ),
        (
            Refusal::ErasureUnsupported,
            "erasure_unsupported",
            "the registry does not erase: it needs a store that can",
        ),
        (
            Refusal::GraceNotOver { until: last, now },
            "grace_not_over",
            "it can be restored until 1970-01-02T00:00:00.001Z, and it is 1970-01-01T00:00:00.000Z",
        ),
        (
            Refusal::GraceOver {
                until: now,
                now: last,
            },
            "grace_over",
            "it could be restored until 1970-01-01T00:00:00.000Z, and it is \
             1970-01-02T00:00:00.001Z",
        ),
        (
            Refusal::GroupNameTaken {
                name: parse("On call"),
            },
            "group_name_taken",
            "group name `On call` is taken",
        ),
        (
            Refusal::HasParent { parent: parse(ORG) },
            "has_parent",
            "the organization is a child of `org_01h455vb4pex5vsknk084sn02q`, and is let go first",
        ),
        (
            Refusal::InvitationAge {
                until: now,
                now: last,
            },
            "invitation_age",
            "the invitation could be sent again until 1970-01-01T00:00:00.000Z, and it is \
             1970-01-02T00:00:00.001Z",
        ),
        (
            Refusal::InvitationStatus {
                found: InvitationStatus::Declined,
            },
            "invitation_status",
            "the invitation is declined",
        ),
        (
            Refusal::Inviter {
                role: OrganizationRole::Owner,
            },
            "inviter",
            "whoever sent the invitation may not make anybody owner any more",
        ),
        (
            Refusal::LastOwner { user: parse(USER) },
            "last_owner",
            "`user_01h455vb4pex5vsknk084sn02q` is the last owner: make another user owner, \
             transfer the ownership or close the organization",
        ),
        (
            Refusal::Limit {
                what: Limited::Users,
                found: 3,
                max: 2,
            },
            "limit",
            "there would be 3 users in the organization, expected at most 2",
        ),
        (
            Refusal::NoAdoption {
                adoption: parse(ADOPTION),
            },
            "no_adoption",
            "there is no adoption `adopt_01h455vb4pex5vsknk084sn02q` that could be answered",
        ),
        (
            Refusal::NoParent,
            "no_parent",
            "the organization has no parent",
        ),
        (
            Refusal::NoHold { hold: parse(HOLD) },
            "no_hold",
            "there is no hold `hold_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Refusal::NoOffer,
            "no_offer",
            "there is no such offer of the ownership",
        ),
        (
            Refusal::NotFound {
                resource: parse(ORG),
            },
            "not_found",
            "`org_01h455vb4pex5vsknk084sn02q` is not found",
        ),
        (
            Refusal::NotGrantable {
                action: parse("organization:close"),
                least: LeastRole::Owner,
            },
            "not_grantable",
            "action `organization:close` asks for owner, and no policy gives it",
        ),
        (
            Refusal::NotPerson { user: parse(USER) },
            "not_person",
            "user `user_01h455vb4pex5vsknk084sn02q` is a program, expected a person",
        ),
        (
            Refusal::NotSignedIn,
            "not_signed_in",
            "the caller is nobody's user, expected one who is signed in",
        ),
        (
            Refusal::OrganizationNameTaken {
                name: "spot".into(),
            },
            "organization_name_taken",
            "organization name `spot` is taken",
        ),
        (
            Refusal::OrganizationStatus {
                found: Status::Active,
            },
            "organization_status",
            "the organization is active",
        ),
        (
            Refusal::OtherOrganization {
                found: parse(OTHER),
                expected: parse(ORG),
            },
            "other_organization",
            "a command of the batch names `org_01h455vb4pex5vsknk084sn02r`, expected \
             `org_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Refusal::Outranked {
                user: parse(USER),
                found: OrganizationRole::Owner,
                caller: OrganizationRole::Admin,
            },
            "outranked",
            "`user_01h455vb4pex5vsknk084sn02q` is owner, and the caller is admin",
        ),
        (
            Refusal::OwnerNotPerson,
            "owner_not_person",
            "a programmatic user cannot be owner",
        ),
        (
            Refusal::OwnerUnfit { user: parse(USER) },
            "owner_unfit",
            "`user_01h455vb4pex5vsknk084sn02q` cannot become owner",
        ),
        (
            Refusal::PageSize { found: 0, max: 10 },
            "page_size",
            "a page of 0 was asked for, expected 1 to 10",
        ),
        (
            Refusal::PolicyAttached {
                policy: parse(POLICY),
                holders: vec![Holder::Group(parse(GROUP)), Holder::User(parse(USER))],
            },
            "policy_attached",
            "policy `policy_01h455vb4pex5vsknk084sn02q` is attached to \
             `group_01h455vb4pex5vsknk084sn02q`, `user_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Refusal::PolicyManaged {
                policy: parse(POLICY),
            },
            "policy_managed",
            "policy `policy_01h455vb4pex5vsknk084sn02q` is managed, and changed by no organization",
        ),
        (
            Refusal::PolicyNameTaken {
                name: parse("Billing"),
            },
            "policy_name_taken",
            "policy name `Billing` is taken",
        ),
        (
            Refusal::PolicyReach {
                policy: parse(POLICY),
                kind: PolicyKind::Organization,
                found: Reach::accounts([parse(ACCOUNT)]),
            },
            "policy_reach",
            "organization policy `policy_01h455vb4pex5vsknk084sn02q` cannot be attached on 1 chosen \
             accounts",
        ),
        (
            Refusal::ProofRequired,
            "proof_required",
            "the caller has proven no address",
        ),
        (
            Refusal::ReferenceTaken {
                reference: "crm/42".into(),
            },
            "reference_taken",
            "reference `crm/42` is taken",
        ),
        (
            Refusal::RightNotHeld {
                action: parse("account:close"),
            },
            "right_not_held",
            "the caller does not hold `account:close` there, and can neither give it nor lift a \
             deny of it",
        ),
        (
            Refusal::RoleNotHeld {
                found: OrganizationRole::Owner,
                caller: OrganizationRole::Admin,
            },
            "role_not_held",
            "role owner cannot be given by a caller who is admin",
        ),
        (
            // A millisecond too long is seen to be too long.
            Refusal::RotationOverlap {
                found: Duration::from_millis(604_800_001),
                max: Duration::from_secs(604_800),
            },
            "rotation_overlap",
            "the secret before was to live on for 604800.001 s, expected at most 604800 s",
        ),
        (
            Refusal::SignedIn,
            "signed_in",
            "the caller is signed in, expected a person who is nobody's user",
        ),
        (
            Refusal::SuccessorRequired {
                account: parse(ACCOUNT),
            },
            "successor_required",
            "`acct_01h455vb4pex5vsknk084sn02q` is the default account: name an open one that takes \
             its place",
        ),
        (
            Refusal::TokenDead {
                token: parse(TOKEN),
                found: DeadToken::Noncompliant,
            },
            "token_dead",
            "token `token_01h455vb4pex5vsknk084sn02q` is not what the rules allow any more",
        ),
        (
            Refusal::TokenExpired {
                found: now,
                now: last,
            },
            "token_expired",
            "the token was to expire at 1970-01-01T00:00:00.000Z, expected a time after \
             1970-01-02T00:00:00.001Z",
        ),
        (
            Refusal::TokenKind {
                found: TokenKind::Personal,
                user: UserKind::Programmatic,
            },
            "token_kind",
            "a programmatic user was asked for a personal token",
        ),
        (
            Refusal::TokenLife {
                found: last,
                max: now,
            },
            "token_life",
            "the token was to expire at 1970-01-02T00:00:00.001Z, expected at most \
             1970-01-01T00:00:00.000Z",
        ),
        (
            Refusal::TokenLifeRule {
                kind: TokenKind::Temporary,
                found: Duration::from_millis(7_200_001),
                max: Duration::from_secs(7_200),
            },
            "token_life_rule",
            "temporary tokens were to live for 7200.001 s, expected at most 7200 s",
        ),
        (
            Refusal::TokenScope,
            "token_scope",
            "the token would reach further than the caller's own token",
        ),
        (
            Refusal::TreeCycle {
                organization: parse(ORG),
            },
            "tree_cycle",
            "`org_01h455vb4pex5vsknk084sn02q` would be below itself",
        ),
        (
            Refusal::TreeStatus {
                organization: parse(ORG),
                found: Status::Suspended,
            },
            "tree_status",
            "`org_01h455vb4pex5vsknk084sn02q` is suspended",
        ),
        (
            Refusal::UnknownAction {
                found: parse("account:raed"),
                nearest: Some(parse("account:read")),
            },
            "unknown_action",
            "there is no action `account:raed`, the nearest is `account:read`",
        ),
        (
            Refusal::UserStatus {
                user: parse(USER),
                found: UserStatus::Removed,
            },
            "user_status",
            "user `user_01h455vb4pex5vsknk084sn02q` is removed",
        ),
    ];
    let rows = rows.into_iter().chain(of_links()).collect::<Vec<_>>();
    for (refusal, code, text) in &rows {
        assert_eq!(refusal.code(), *code);
        assert_eq!(refusal.to_string(), *text);
        assert!(refusal.source().is_none());
        // A refusal of that code can be the outcome of a record.
        assert!(code.parse::<Code>().is_ok());
    }
    let codes: BTreeSet<_> = rows.iter().map(|row| row.1).collect();
    assert_eq!(codes.len(), rows.len(), "each code once");
    complete(
        rows.iter().map(|row| &row.0),
        include_str!("../../src/refusal.rs"),
        "Refusal",
    );
    // Where nothing is called like it, nothing is offered.
    let (found, nearest) = (parse("wall:paint"), None);
    let unknown = Refusal::UnknownAction { found, nearest };
    assert_eq!(unknown.to_string(), "there is no action `wall:paint`");
    // Of many holders the first ten are shown.
    let attached = |count| {
        let (policy, holder) = (parse(POLICY), Holder::User(parse(USER)));
        let holders = vec![holder; count];
        Refusal::PolicyAttached { policy, holders }.to_string()
    };
    assert!(attached(10).ends_with(&format!(", `{USER}`")));
    assert!(attached(13).ends_with(&format!(", `{USER}` and 3 more")));
    assert_eq!(attached(13).matches(USER).count(), 10);
    let source = include_str!("../../src/refusal.rs");
    let payee = Blocker::Payee(parse(ORG), parse(LINK));
    assert_eq!(payee.to_string(), format!("payee `{ORG}` by link `{LINK}`"));
    let blocker = Blocker::Hold(parse(HOLD), HoldKind::Deletion);
    complete(
        [blocker, payee, Blocker::Child(parse(ORG))],
        source,
        "Blocker",
    );
}

/// What stands against links.
fn of_links() -> [(Refusal, &'static str, &'static str); 13] {
    let link = parse(LINK);
    let hash = |revision| Terms::default().hash(link, revision);
    [
        (
            Refusal::AmendmentPending { link },
            "amendment_pending",
            "other terms of link `link_01h455vb4pex5vsknk084sn02q` are proposed already",
        ),
        (
            Refusal::Delegation { link },
            "delegation",
            "the terms of link `link_01h455vb4pex5vsknk084sn02q` let less be done",
        ),
        (
            Refusal::LinkCode,
            "link_code",
            "the link code is good for nothing",
        ),
        (
            Refusal::LinkPeer { link },
            "link_peer",
            "the other side of link `link_01h455vb4pex5vsknk084sn02q` cannot enter into it now",
        ),
        (
            Refusal::LinkSelf,
            "link_self",
            "an organization cannot be linked to itself",
        ),
        (
            Refusal::LinkSide {
                link,
                found: Side::Proposer,
            },
            "link_side",
            "the organization is the proposer here: that is for the other side of link \
             `link_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Refusal::LinkStatus {
                link,
                found: LinkStatus::Ended,
            },
            "link_status",
            "link `link_01h455vb4pex5vsknk084sn02q` is ended",
        ),
        (
            Refusal::Linked { link },
            "linked",
            "there is link `link_01h455vb4pex5vsknk084sn02q` with that organization already",
        ),
        (
            Refusal::NoAmendment { link },
            "no_amendment",
            "no other terms of link `link_01h455vb4pex5vsknk084sn02q` are proposed",
        ),
        (
            Refusal::NoLinkCode { code: parse(CODE) },
            "no_link_code",
            "there is no link code `code_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Refusal::Payment {
                found: PaymentClash::HasPayer,
                link,
            },
            "payment",
            "the organization has a payer by link `link_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Refusal::Terms {
                found: TermsFault::Empty,
            },
            "terms",
            "the terms share nothing",
        ),
        (
            Refusal::TermsHash {
                found: hash(0),
                expected: hash(1),
            },
            "terms_hash",
            "consent was given to terms `be9e914d4428646053a56ad0db89648fa18e3aa1fd26550fa2a5e9f29afba3eb`, \
             expected `78698f89761eaaf88068d3a86e705b6528b736778adea28d11e5e7f7010fd0cf`",
        ),
    ]
}

#[test]
fn links() {
    let texts = LinkStatus::ALL.map(|it| it.to_string());
    let expected = [
        "proposed",
        "accepted",
        "declined",
        "cancelled",
        "expired",
        "ended",
    ];
    assert_eq!(texts, expected);
    let source = include_str!("../../src/organization/link.rs");
    complete(LinkStatus::ALL, source, "LinkStatus");
    assert_eq!(Side::ALL.map(|it| it.to_string()), ["proposer", "receiver"]);
    complete(Side::ALL, source, "Side");
    let faults = [
        (TermsFault::Empty, "share nothing"),
        (TermsFault::Mutual, "let each side pay for the other"),
        (TermsFault::NoAccounts, "name no account"),
        (TermsFault::Same, "are those in force"),
        (TermsFault::Wider, "share more than those in force"),
    ];
    for (fault, text) in faults {
        assert_eq!(fault.to_string(), text);
    }
    let source = include_str!("../../src/organization/link/terms.rs");
    complete(faults.map(|row| row.0), source, "TermsFault");
    let clashes = [
        (PaymentClash::HasPayer, "has a payer"),
        (PaymentClash::Pays, "pays for another"),
    ];
    for (clash, text) in clashes {
        assert_eq!(clash.to_string(), text);
    }
    let source = include_str!("../../src/organization/billing.rs");
    complete(clashes.map(|row| row.0), source, "PaymentClash");
}

#[test]
fn limits() {
    let rows = [
        (Limited::Accounts, "accounts in the organization"),
        (Limited::ActionBytes, "bytes in the name of the action"),
        (Limited::Bytes, "bytes in the commit"),
        (Limited::Children, "children of the organization"),
        (Limited::Commands, "commands in the batch"),
        (Limited::Groups, "groups in the organization"),
        (Limited::GroupsOfUser, "groups of the user"),
        (Limited::Holds, "holds on the organization"),
        (Limited::InboundProposals, "proposals to the organization"),
        (Limited::Invitations, "invitations within 24 hours"),
        (Limited::Kinds, "kinds in the question"),
        (Limited::Labels, "labels"),
        (Limited::LinkAccounts, "accounts for the link"),
        (Limited::LinkCodes, "good link codes"),
        (Limited::LinkUsers, "users for the link"),
        (Limited::Links, "links of the organization"),
        (Limited::LiveTokens, "live tokens of the user"),
        (Limited::PayloadBytes, "bytes in the payload"),
        (Limited::Policies, "policies in the organization"),
        (Limited::PoliciesOfGroup, "policies of the group"),
        (Limited::PoliciesOfUser, "policies of the user"),
        (Limited::PolicyAccounts, "accounts for the policy or group"),
        (Limited::Questions, "questions at once"),
        (Limited::Records, "records in the commit"),
        (Limited::Subtree, "organizations below it"),
        (Limited::TokenAccounts, "accounts for the token"),
        (Limited::TokenActions, "actions for the token"),
        (Limited::TreeDepth, "levels in the tree"),
        (Limited::Users, "users in the organization"),
    ];
    for (limited, text) in rows {
        assert_eq!(limited.to_string(), text);
    }
    let source = include_str!("../../src/refusal/limited.rs");
    complete(rows.map(|row| row.0), source, "Limited");
}

#[test]
fn what_is_carried_and_what_is_said_of_it() {
    let at = Version::new(7);
    let (reached, size) = (at, Version::new(9));
    let rows = [
        (
            ExportError::Broken { at },
            "record 7 is not what was written there",
        ),
        (
            ExportError::Short { reached, size },
            "the log ends at version 7, expected 9",
        ),
    ];
    for (error, text) in rows {
        assert_eq!(error.to_string(), text);
    }
    let source = include_str!("../../src/log/export.rs");
    complete(rows.map(|row| row.0), source, "ExportError");

    let organization: tenancy::id::OrganizationId = parse(ORG);
    let mut founded = record(
        "organization.created",
        1,
        r#"{"name":{"name":"A"},"scope":"none"}"#,
    );
    founded.resource = Some(organization.into());
    founded.version = Version::new(1);
    let state = Organization::from_records(&[founded]);
    let violation = state.unwrap().unwrap().violations().remove(0);
    let broken = violation.to_string();
    let line = Importer::new(organization, Log::Administration).finish();
    let rows = [
        (
            ImportError::Changed,
            "the file is not the one that was checked",
        ),
        (ImportError::Empty, "the file has no records"),
        (
            ImportError::Exists { organization },
            "`org_01h455vb4pex5vsknk084sn02q` is there already",
        ),
        (ImportError::Law(violation), &broken),
        (
            ImportError::Line(line.unwrap_err()),
            "line 1: expected a header, found the end of the file",
        ),
    ];
    for (error, text) in &rows {
        assert_eq!(error.to_string(), *text);
    }
    let source = include_str!("../../src/registry/import.rs");
    complete(rows.map(|row| row.0), source, "ImportError");

    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let rows = [
        (
            &*deep,
            "the payload is 33 lists and maps deep, expected at most 32",
        ),
        (
            "[",
            "expected JSON, but reading it stopped at line 1, column 1",
        ),
    ];
    let errors = rows.map(|(payload, text)| {
        let error = payload.parse::<Payload>().unwrap_err();
        assert_eq!(error.to_string(), text);
        error
    });
    let source = include_str!("../../src/organization/activity.rs");
    complete(errors, source, "InvalidPayload");
}

#[test]
fn decisions_grants_and_denials() {
    let source = include_str!("../../src/decision.rs");
    let by = |group: Option<&str>, statement| -> ByPolicy {
        let json = serde_json::json!({ "policy": POLICY, "group": group, "statement": statement });
        serde_json::from_value(json).unwrap()
    };
    let grants = [
        (
            Grant::AccountRole(AccountRole::Editor),
            "account role editor",
        ),
        (
            Grant::AccountRole(AccountRole::Viewer),
            "account role viewer",
        ),
        (
            Grant::GroupRole(Some(parse(GROUP)), AccountRole::Viewer),
            "account role viewer of group `group_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Grant::GroupRole(None, AccountRole::Editor),
            "account role editor of a group",
        ),
        (
            Grant::Implied(Some(by(None, None))),
            "what policy `policy_01h455vb4pex5vsknk084sn02q` implies",
        ),
        (Grant::Implied(None), "what a policy implies"),
        (
            Grant::Link(parse(LINK), AccountRole::Editor),
            "account role editor through link `link_01h455vb4pex5vsknk084sn02q`",
        ),
        (Grant::Oneself, "being one's own"),
        (
            Grant::OrganizationRole(OrganizationRole::Admin),
            "organization role admin",
        ),
        (
            Grant::Policy(Some(by(None, Some(0)))),
            "statement 1 of policy `policy_01h455vb4pex5vsknk084sn02q`",
        ),
        (
            Grant::Policy(Some(by(Some(GROUP), Some(u16::MAX)))),
            "statement 65536 of policy `policy_01h455vb4pex5vsknk084sn02q` through group \
             `group_01h455vb4pex5vsknk084sn02q`",
        ),
        (Grant::Policy(None), "a policy"),
        (Grant::Parent, "the grant to admins of the parent"),
        (Grant::Proven, "a proven address"),
        (Grant::System, "the host"),
        (
            Grant::Topic(parse(LINK), Topic::BillingReports),
            "billing_reports that link `link_01h455vb4pex5vsknk084sn02q` shares",
        ),
    ];
    for (grant, text) in grants {
        assert_eq!(grant.to_string(), text);
        let decision = Decision::Allowed(grant);
        assert_eq!(decision.to_string(), format!("allowed by {text}"));
        assert!(decision.is_allowed());
        let json = serde_json::to_string(&grant).unwrap();
        assert_eq!(serde_json::from_str::<Grant>(&json).unwrap(), grant);
    }
    complete(grants.map(|row| row.0), source, "Grant");
    let denials = [
        (
            Denial::Account(AccountStatus::Closed),
            "the account is closed",
        ),
        (
            Denial::Attribute(Some(by(None, Some(2)))),
            "statement 3 of policy `policy_01h455vb4pex5vsknk084sn02q` asks for an attribute that \
             was not passed",
        ),
        (
            Denial::Attribute(None),
            "a policy asks for an attribute that was not passed",
        ),
        (
            Denial::Policy(Some(by(Some(GROUP), Some(1)))),
            "statement 2 of policy `policy_01h455vb4pex5vsknk084sn02q` through group \
             `group_01h455vb4pex5vsknk084sn02q`",
        ),
        (Denial::Policy(None), "a policy"),
        (
            Denial::Status(Status::Pending, Class::Product),
            "the organization is pending",
        ),
        (
            Denial::Status(Status::Active, Class::Read),
            "the organization is active",
        ),
        (Denial::Home, "the caller's own organization denies it"),
        (Denial::Token(DeadToken::Expired), "the token is expired"),
        (
            Denial::Token(DeadToken::Noncompliant),
            "the token is not what the rules allow any more",
        ),
        (Denial::Token(DeadToken::Revoked), "the token is revoked"),
        (
            Denial::TokenActions,
            "the token is confined to other actions",
        ),
        (
            Denial::TokenScope,
            "the token is confined to other accounts",
        ),
        (Denial::User(UserStatus::Suspended), "the user is suspended"),
    ];
    for (denial, text) in denials {
        assert_eq!(denial.to_string(), text);
        let decision = Decision::Denied(denial);
        assert_eq!(decision.to_string(), format!("denied: {text}"));
        assert!(!decision.is_allowed());
        let json = serde_json::to_string(&denial).unwrap();
        assert_eq!(serde_json::from_str::<Denial>(&json).unwrap(), denial);
    }
    complete(denials.map(|row| row.0), source, "Denial");
    let decisions = [
        Decision::Allowed(Grant::System),
        Decision::Denied(Denial::TokenScope),
        Decision::NotGranted(LeastRole::Owner),
    ];
    let text = decisions[2].to_string();
    assert_eq!(text, "not granted: asks for owner");
    complete(decisions, source, "Decision");
    for decision in decisions {
        let json = serde_json::to_string(&decision).unwrap();
        assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
    }
}

#[test]
fn roles_statuses_and_kinds() {
    let roles = OrganizationRole::ALL.map(|role| role.to_string());
    assert_eq!(roles, ["owner", "admin", "viewer", "billing", "member"]);
    assert_eq!(
        AccountRole::ALL.map(|it| it.to_string()),
        ["editor", "viewer"]
    );
    let least = LeastRole::ALL.map(|role| role.to_string());
    let expected = [
        "member", "viewer", "billing", "editor", "admin", "owner", "host",
    ];
    assert_eq!(least, expected);
    let source = include_str!("../../src/role.rs");
    complete(OrganizationRole::ALL, source, "OrganizationRole");
    complete(AccountRole::ALL, source, "AccountRole");
    complete(LeastRole::ALL, source, "LeastRole");
    assert_eq!(
        Status::ALL.map(|it| it.to_string()),
        ["pending", "active", "suspended", "closing", "closed"]
    );
    let source = include_str!("../../src/organization/lifecycle.rs");
    complete(Status::ALL, source, "Status");
    let kinds = TokenKind::ALL.map(|kind| kind.to_string());
    assert_eq!(kinds, ["personal", "programmatic", "temporary"]);
    let source = include_str!("../../src/organization/token.rs");
    complete(TokenKind::ALL, source, "TokenKind");
    let dead = [
        DeadToken::Expired,
        DeadToken::Noncompliant,
        DeadToken::Revoked,
    ];
    let texts = dead.map(|it| it.to_string());
    let noncompliant = "not what the rules allow any more";
    assert_eq!(texts, ["expired", noncompliant, "revoked"]);
    complete(dead, source, "DeadToken");
    let source = include_str!("../../src/organization/user.rs");
    let kinds = [UserKind::Person, UserKind::Programmatic];
    let texts = kinds.map(|kind| kind.to_string());
    assert_eq!(texts, ["personal", "programmatic"]);
    complete(kinds, source, "UserKind");
    let texts = UserStatus::ALL.map(|it| it.to_string());
    assert_eq!(texts, ["active", "suspended", "removed"]);
    complete(UserStatus::ALL, source, "UserStatus");
}

#[test]
fn effects_operators_and_reaches() {
    let effects = [Effect::Allow, Effect::Deny];
    assert_eq!(effects.map(|it| it.to_string()), ["allow", "deny"]);
    let source = include_str!("../../src/statement.rs");
    complete(effects, source, "Effect");
    let kinds = [PolicyKind::Account, PolicyKind::Organization];
    assert_eq!(kinds.map(|it| it.to_string()), ["account", "organization"]);
    complete(kinds, source, "PolicyKind");
    let operators = Operator::ALL.map(|it| it.to_string());
    let expected = [
        "StringEquals",
        "StringNotEquals",
        "StringContains",
        "StringEqualsIgnoreCase",
        "StringPatternMatch",
    ];
    assert_eq!(operators, expected);
    let source = include_str!("../../src/statement/condition.rs");
    complete(Operator::ALL, source, "Operator");
    let holders = [Holder::Group(parse(GROUP)), Holder::User(parse(USER))];
    assert_eq!(holders.map(|it| it.to_string()), [GROUP, USER]);
    let source = include_str!("../../src/organization/policy.rs");
    complete(holders, source, "Holder");
    let chosen = [parse(ACCOUNT), parse("acct_01h455vb4pex5vsknk084sn02r")];
    let reaches = [
        Reach::accounts(chosen),
        Reach::AllAccounts,
        Reach::Organization,
    ];
    let texts = reaches.each_ref().map(ToString::to_string);
    assert_eq!(
        texts,
        ["2 chosen accounts", "all accounts", "the organization"]
    );
    complete(reaches, source, "Reach");
}

#[test]
fn lives() {
    let texts = AccountStatus::ALL.map(|it| it.to_string());
    assert_eq!(texts, ["open", "closing", "closed"]);
    let source = include_str!("../../src/organization/account.rs");
    complete(AccountStatus::ALL, source, "AccountStatus");
    let texts = InvitationStatus::ALL.map(|it| it.to_string());
    let expected = ["pending", "accepted", "declined", "revoked", "expired"];
    assert_eq!(texts, expected);
    let source = include_str!("../../src/organization/invitation.rs");
    complete(InvitationStatus::ALL, source, "InvitationStatus");
    let source = include_str!("../../src/organization/lifecycle.rs");
    let authorities = [Authority::Host, Authority::Owner];
    let texts = authorities.map(|it| it.to_string());
    assert_eq!(texts, ["the host", "an owner"]);
    complete(authorities, source, "Authority");
    let grounds = include_str!("../../src/organization/erasure.rs");
    let texts = ErasureGround::ALL.map(|it| it.to_string());
    assert_eq!(texts, ["legal", "request", "retention"]);
    complete(ErasureGround::ALL, grounds, "ErasureGround");
    let texts = SuspensionReason::ALL.map(|it| it.to_string());
    assert_eq!(texts, ["abuse", "billing", "requested", "security"]);
    complete(SuspensionReason::ALL, source, "SuspensionReason");
    let kinds = [HoldKind::Deletion, HoldKind::Legal];
    let texts = kinds.map(|it| it.to_string());
    assert_eq!(texts, ["deletion", "legal"]);
    complete(kinds, source, "HoldKind");
    let marked = [
        Marked::Account(parse(ACCOUNT)),
        Marked::Organization,
        Marked::User(parse(USER)),
    ];
    let texts = marked.map(|it| it.to_string());
    assert_eq!(texts, [ACCOUNT, "organization", USER]);
    let source = include_str!("../../src/organization/mark.rs");
    complete(marked, source, "Marked");
}

#[test]
fn resources() {
    let named = "acct_01h455vb4pex5vsknk084sn02q/server/i-7";
    let invitation = "invite_01h455vb4pex5vsknk084sn02q";
    let link = "link_01h455vb4pex5vsknk084sn02q";
    let texts = [
        ACCOUNT, GROUP, invitation, link, named, ORG, POLICY, TOKEN, USER,
    ];
    let resources = texts.map(parse::<Resource>);
    for (resource, text) in resources.iter().zip(texts) {
        assert_eq!(resource.to_string(), text);
    }
    complete(resources, include_str!("../../src/resource.rs"), "Resource");
}

/// What the host hears of a token that was not accepted; its bearer hears none of it.
#[test]
fn rejections() {
    let rows = [
        (Rejection::Dead(DeadToken::Expired), "the token is expired"),
        (Rejection::Malformed, "the text is not that of a token"),
        (Rejection::Mismatch, "the secret is another"),
        (Rejection::NoOwner, "the token has no owner"),
        (
            Rejection::Owner(UserStatus::Removed),
            "the owner is removed",
        ),
        (
            Rejection::Status(Status::Closing),
            "the organization is closing",
        ),
        (Rejection::Unknown, "there is no such token"),
    ];
    for (rejection, text) in &rows {
        assert_eq!(rejection.to_string(), *text);
        assert!(rejection.source().is_none());
    }
    let source = include_str!("../../src/observer.rs");
    complete(rows.map(|row| row.0), source, "Rejection");
}

/// Why a decision did not come to its end, as whoever writes a driver sees it.
#[test]
fn interrupts() {
    let rows = [
        (
            Interrupt::Denied(Decision::Denied(Denial::TokenScope)),
            "denied: the token is confined to other accounts",
        ),
        (
            Interrupt::Environment(EnvironmentError::clock()),
            "expected a clock that stands between 1970 and 9999",
        ),
        (
            Interrupt::Need(Need::Organizations(vec![parse(ORG)])),
            "something has to be read first",
        ),
        (
            Interrupt::Refused(Refusal::OwnerNotPerson),
            "a programmatic user cannot be owner",
        ),
    ];
    for (interrupt, text) in &rows {
        assert_eq!(interrupt.to_string(), *text);
    }
    let source = include_str!("../../src/view.rs");
    complete(rows.iter().map(|row| &row.0), source, "Interrupt");
}

#[test]
fn proofs() {
    let origin: LogOrigin = parse(&format!("acme.example/{ORG}/activity"));
    let range = InclusionProof::prove(origin.clone(), &[], Version::new(4)).unwrap_err();
    let rows = [
        (
            InvalidProof::Length {
                expected: 3,
                found: 4,
            },
            "proof has 4 hashes, expected 3".into(),
        ),
        (
            InvalidProof::Origin {
                expected: Box::new(parse(&format!("acme.example/{OTHER}/administration"))),
                found: Box::new(origin),
            },
            format!(
                "proof is about `acme.example/{ORG}/activity`, expected \
                 `acme.example/{OTHER}/administration` as in the checkpoint"
            ),
        ),
        (InvalidProof::Range(range), "proof is not possible".into()),
        (
            InvalidProof::Record,
            "record is not the one that the proof is about, or was changed".into(),
        ),
        (
            InvalidProof::Root,
            "proof leads to another root than the checkpoint has".into(),
        ),
        (
            InvalidProof::Size {
                expected: Version::new(7),
                found: Version::new(8),
            },
            "proof is about 8 records, expected 7 as in the checkpoint".into(),
        ),
    ];
    for (error, text) in &rows {
        assert_eq!(error.to_string(), *text);
    }
    let source = rows[2].0.source().unwrap().to_string();
    assert_eq!(source, "there is no version 4 in a log of 0 records");
    let source = include_str!("../../src/log/proof.rs");
    complete(rows.iter().map(|row| &row.0), source, "InvalidProof");
}

/// Returns every source file of the crate as one text.
fn sources() -> String {
    fn read(path: &std::path::Path, text: &mut String) {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => read(&path, text),
                false => text.push_str(&std::fs::read_to_string(path).unwrap()),
            }
        }
    }
    let mut text = String::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read(&root, &mut text);
    text
}

/// An enum that is shown to people has a table here that knows all its variants.
#[test]
fn every_enum_with_a_text_has_a_table() {
    let (source, own) = (sources(), include_str!("texts.rs"));
    let word = |rest: &str| {
        let end = rest.find(|c: char| !c.is_alphanumeric());
        rest[..end.unwrap_or(rest.len())].to_owned()
    };
    let enums = source.split("\npub enum ").skip(1).map(word);
    let shown = |name: &String| {
        let derived = source.split("thiserror::Error)]\n").skip(1);
        let mut derived = derived.map(|rest| rest.split('{').next().unwrap());
        source.contains(&format!("fmt::Display for {name} "))
            || derived.any(|it| it.contains(&format!("pub enum {name}")))
    };
    let shown: BTreeSet<String> = enums.filter(shown).collect();
    assert!(shown.len() > 20, "{shown:?}");
    for name in shown {
        let table = own.contains(&format!("\"{name}\""));
        assert!(table, "{name} has no table");
    }
}

/// A failure of the store for the tables below.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Disk;

impl core::fmt::Display for Disk {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("disk")
    }
}

impl core::error::Error for Disk {}

fn unfinished() -> tenancy::fingerprint::FingerprintError {
    struct Unfinished;

    impl serde::Serialize for Unfinished {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("unfinished"))
        }
    }

    Fingerprint::of("kind", "caller", &Unfinished).unwrap_err()
}

fn undecodable(record: &Record) -> Undecodable {
    Event::decode(record).unwrap_err()
}

#[test]
fn failures_and_errors() {
    let corrupt = undecodable(&record("wall.painted", 1, "{}"));
    let corrupt_text = corrupt.to_string();
    let rows = [
        (
            Failure::Conflict {
                organization: parse(ORG),
            },
            "organization `org_01h455vb4pex5vsknk084sn02q` changed too often meanwhile",
        ),
        (Failure::Corrupt(corrupt), &*corrupt_text),
        (
            Failure::Denied(Decision::Denied(Denial::TokenScope)),
            "denied: the token is confined to other accounts",
        ),
        (
            Failure::Environment(EnvironmentError::clock()),
            "expected a clock that stands between 1970 and 9999",
        ),
        (
            Failure::Environment(EnvironmentError::entropy()),
            "expected random bytes, but their source failed",
        ),
        (
            Failure::Fingerprint(unfinished()),
            "the value cannot be written: unfinished",
        ),
        (
            Failure::Import(ImportError::Changed),
            "the file is not the one that was checked",
        ),
        (
            Failure::NotRecalled,
            "the command was run before, and its records are gone",
        ),
        (Failure::Over, "the attempt cannot go on"),
        (
            Failure::Refused(Refusal::OwnerNotPerson),
            "a programmatic user cannot be owner",
        ),
        (Failure::Unauthenticated, "the token is not accepted"),
    ];
    for (failure, text) in &rows {
        assert_eq!(failure.to_string(), *text);
        let error: Error<Disk> = failure.clone().into();
        assert_eq!(error.to_string(), *text);
        let refused = matches!(failure, Failure::Refused(_));
        assert_eq!(error.refusal().is_some(), refused);
        let denied = matches!(failure, Failure::Denied(_));
        assert_eq!(error.denied().is_some(), denied);
    }
    let source = include_str!("../../src/registry.rs");
    complete(rows.iter().map(|row| &row.0), source, "Failure");
    let rows = [
        (Error::Busy(Disk), "the store is busy"),
        (Error::Failed(Failure::Over), "the attempt cannot go on"),
        (
            Error::NotErased(Disk),
            "the person is erased by record, and the text is still in the store",
        ),
        (Error::Store(Disk), "the store failed"),
        (
            Error::Unknown(Disk),
            "the outcome of the commit is not known",
        ),
    ];
    for (error, text) in &rows {
        assert_eq!(error.to_string(), *text);
        // The store's own error is the source, and not said twice.
        let source = error.source().map(ToString::to_string);
        let of_store = !matches!(error, Error::Failed(_));
        assert_eq!(source.as_deref(), of_store.then_some("disk"));
        assert!(error.refusal().is_none() && error.denied().is_none());
    }
    complete(rows.iter().map(|row| &row.0), source, "Error");
}

#[test]
fn commit_errors_and_keys() {
    use tenancy::record::{Head, Leaf, Log, Version};
    let head = |version| Head::new(Version::new(version), Leaf::ZERO);
    let key = Key::email(&parse("Ada@Example.com"));
    assert_eq!(key.to_string(), "email `ada@example.com`");
    let rows = [
        (CommitError::Backend(Disk), "the store failed"),
        (CommitError::Busy(Disk), "the store is busy"),
        (
            CommitError::CommandReused,
            "command id was used before with other content",
        ),
        (
            CommitError::Conflict {
                organization: parse(ORG),
                log: Log::Administration,
                expected: head(3),
                actual: head(4),
            },
            "log of `org_01h455vb4pex5vsknk084sn02q` ends at version 4, expected version 3",
        ),
        (
            CommitError::Taken { key },
            "email `ada@example.com` is taken",
        ),
        (
            CommitError::Unknown(Disk),
            "the outcome of the commit is not known",
        ),
    ];
    for (error, text) in &rows {
        assert_eq!(error.to_string(), *text);
    }
    let source = include_str!("../../src/store.rs");
    complete(rows.iter().map(|row| &row.0), source, "CommitError");
    let texts = KeySpace::ALL.map(KeySpace::as_str);
    let expected = ["email", "invitation", "organization_name", "reference"];
    assert_eq!(texts, expected);
    complete(KeySpace::ALL, source, "KeySpace");
    let keys = [
        (
            Key::invitation(&parse("Ada@Example.com")),
            "invitation `ada@example.com`",
            "Key(invitation `redacted`)",
        ),
        (
            Key::reference(&parse("Crm/42")),
            "reference `Crm/42`",
            "Key(reference `Crm/42`)",
        ),
    ];
    for (key, text, debug) in keys {
        assert_eq!(key.to_string(), text);
        assert_eq!(format!("{key:?}"), debug);
    }
}

/// Returns a record of this kind, schema and body at version 7.
fn record(kind: &str, schema: u16, body: &str) -> Record {
    let zero = "0".repeat(64);
    let json = serde_json::json!({
        "organization": ORG, "log": "administration", "version": 7,
        "time": "2026-11-21T12:00:00.000Z", "caller": { "kind": "system", "reason": "test" },
        "command": "c-1", "kind": kind, "schema": schema, "outcome": "success", "body": body,
        "previous": zero, "leaf": zero,
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn what_cannot_be_read() {
    use tenancy::Organization;
    let of = |record: &Record| Organization::from_records(core::slice::from_ref(record));
    let first = |kind, schema, body: &str, resource: Option<&str>| {
        let mut record = record(kind, schema, body);
        record.resource = resource.map(parse);
        record.version = Version::new(1);
        of(&record).unwrap_err()
    };
    let named = r#"{"user":"user_01h455vb4pex5vsknk084sn02q","name":"Bot","role":"member","description":"NONE"}"#;
    let mut personal = record(
        "programmatic_user.created",
        1,
        &named.replace("NONE", &"0".repeat(64)),
    );
    let part = serde_json::json!({ "field": "description", "salt": "0".repeat(32), "text": "" });
    personal
        .personal
        .push(serde_json::from_value(part).unwrap());
    let rows = [
        (
            "Body",
            undecodable(&record("account.created", 1, "{\n  \"account\": 1}")),
            "record 7 of `org_01h455vb4pex5vsknk084sn02q` (`account.created`, schema 1) cannot be \
             read: invalid type: integer `1`, expected an id that begins with `acct_` at line 2, \
             column 14 of the body",
            Some((2, 14)),
        ),
        (
            "Envelope",
            first("organization.activated", 1, "{}", None),
            "record 1 of `org_01h455vb4pex5vsknk084sn02q` (`organization.activated`, schema 1) \
             cannot be read: its envelope does not say what its body does",
            None,
        ),
        (
            "First",
            first("organization.activated", 1, "{}", Some(ORG)),
            "record 1 of `org_01h455vb4pex5vsknk084sn02q` (`organization.activated`, schema 1) \
             cannot be read: its first kind is expected to be `organization.created`",
            None,
        ),
        (
            "Kind",
            undecodable(&record("wall.painted", 1, "{}")),
            "record 7 of `org_01h455vb4pex5vsknk084sn02q` (`wall.painted`, schema 1) cannot be \
             read: the kind is not known here",
            None,
        ),
        (
            "Order",
            of(&record("account.created", 1, "{}")).unwrap_err(),
            "record 7 of `org_01h455vb4pex5vsknk084sn02q` (`account.created`, schema 1) cannot be \
             read: expected version 1 of the administration of `org_01h455vb4pex5vsknk084sn02q` \
             behind leaf `0000000000000000000000000000000000000000000000000000000000000000`",
            None,
        ),
        (
            "Personal",
            undecodable(&personal),
            "record 7 of `org_01h455vb4pex5vsknk084sn02q` (`programmatic_user.created`, schema 1) \
             cannot be read: the personal text of `description` is malformed",
            None,
        ),
        (
            "Schema",
            undecodable(&record("account.created", 2, "{}")),
            "record 7 of `org_01h455vb4pex5vsknk084sn02q` (`account.created`, schema 2) cannot be \
             read: the newest schema known here is 1",
            None,
        ),
    ];
    for (_, error, text, position) in &rows {
        assert_eq!(error.to_string(), *text);
        assert_eq!(error.position(), *position);
    }
    let found: BTreeSet<_> = rows.iter().map(|row| row.0.to_owned()).collect();
    let source = include_str!("../../src/organization/event.rs");
    assert_eq!(found, variants(source, "Reason"));
}

#[test]
fn settings() {
    let texts = Setting::ALL.map(|it| it.to_string());
    let expected = [
        "personal_token_life",
        "programmatic_token_life",
        "temporary_token_life",
    ];
    assert_eq!(texts, expected);
    let source = include_str!("../../src/organization/setting.rs");
    complete(Setting::ALL, source, "Setting");
    let (organization, link) = (
        "org_01h455vb4pex5vsknk084sn02q",
        "link_01h455vb4pex5vsknk084sn02q",
    );
    let sources = [
        Source::Host,
        Source::Inherited(parse(organization)),
        Source::Own,
        Source::Shared(Some(parse(link))),
        Source::Shared(None),
    ];
    let texts = sources.map(|it| it.to_string());
    let expected = [
        "the host".to_owned(),
        format!("`{organization}` above it"),
        "the organization itself".to_owned(),
        format!("link `{link}`"),
        "a link".to_owned(),
    ];
    assert_eq!(texts, expected);
    complete(sources, source, "Source");
}

#[test]
fn invalid_catalogs() {
    let catalog = Catalog::builtin();
    let with = |catalog: Catalog, text: &str| {
        catalog.with(parse::<Action>(text), Class::Product, LeastRole::Viewer)
    };
    let form = |text: &str| with(catalog.clone(), text).unwrap_err();
    for text in ["group", ":", "group:", ":create", "a:b:c"] {
        let expected = format!("action `{text}` is not of the form `service:verb`");
        assert_eq!(form(text).to_string(), expected);
    }
    let twice = form("account:create");
    assert_eq!(
        twice.to_string(),
        "action `account:create` is in the catalog already"
    );
    let there = catalog.entries().count();
    let mut full = catalog.clone();
    for number in there..Catalog::LEN_MAX {
        full = with(full, &format!("host:verb{number}")).unwrap();
    }
    assert_eq!(full.entries().count(), Catalog::LEN_MAX);
    let full = with(full, "host:last").unwrap_err();
    assert_eq!(
        full.to_string(),
        "catalog has 65535 actions, expected no more"
    );
    let manage = |name: &str, document| {
        let policy = ManagedPolicy::new(parse(name), PolicyKind::Account, document);
        catalog.clone().with_policy(policy).unwrap_err()
    };
    let action = manage("Walls", allowing(&["account:*", "wall:*"]));
    assert_eq!(
        action.to_string(),
        "managed policy `Walls` names `wall:*`, which is no action of the catalog"
    );
    let json = serde_json::to_string(&allowing(&["account:read"])).unwrap();
    let deny = serde_json::from_str(&json.replace("ALLOW", "DENY")).unwrap();
    let denies = manage("Walls", deny);
    assert_eq!(
        denies.to_string(),
        "managed policy `Walls` denies something, expected statements that allow"
    );
    let same = manage("BILLING", allowing(&["account:read"]));
    assert_eq!(
        same.to_string(),
        "managed policy `BILLING` is in the catalog already"
    );
    let read = catalog.clone();
    let read = read.with(parse("report:read"), Class::Read, LeastRole::Viewer);
    let read = with(read.unwrap(), "report:send").unwrap();
    let about = |catalog: &Catalog, text: &str, topic| {
        let catalog = catalog.clone();
        catalog.with_topic(&parse::<Action>(text), topic)
    };
    let refused = |text: &str| about(&read, text, Topic::Reports).unwrap_err();
    for text in ["account:read", "report:draw"] {
        let expected = format!(
            "action `{text}` is to be about a topic, expected one that was added to the catalog"
        );
        assert_eq!(refused(text).to_string(), expected);
    }
    let class = refused("report:send");
    assert_eq!(
        class.to_string(),
        "action `report:send` is to be about a topic, expected one of class read"
    );
    let reports = about(&read, "report:read", Topic::Reports).unwrap();
    about(&reports, "report:read", Topic::Reports).unwrap();
    let other = about(&reports, "report:read", Topic::BillingReports).unwrap_err();
    assert_eq!(
        other.to_string(),
        "action `report:read` is about reports already"
    );
    let source = include_str!("../../src/catalog.rs");
    let own = refused("account:read");
    let rows = [
        form("x"),
        twice,
        full,
        action,
        denies,
        same,
        own,
        class,
        other,
    ];
    complete(rows, source, "InvalidCatalog");
    let _: fn(InvalidCatalog) = drop;
}

#[test]
fn invalid_resources() {
    let refused = |text: &str| text.parse::<Resource>().unwrap_err();
    let account = "acct_01h455vb4pex5vsknk084sn02q";
    let rows = [
        (
            refused("acct_01"),
            "expected 26 characters after `acct_`, found 2",
        ),
        (
            refused(&format!("{account}/group")),
            "expected a resource of the form `account/service/id`",
        ),
        (
            refused("01890a5d-ac96-774b-bcce-b302099a8057"),
            "expected the id of an account, group, invitation, link, organization, policy, token \
             or user",
        ),
        (
            refused(""),
            "expected the id of an account, group, invitation, link, organization, policy, token \
             or user",
        ),
        (
            refused(&format!("{account}/Group/g")),
            "service has `G` at character 1, expected lower-case letters, digits, `_` or `-`",
        ),
        (
            refused(&format!("{account}/group/")),
            "resource id has 0 characters, expected 1 to 256",
        ),
        (
            refused(&format!("{ORG}/group/g")),
            "expected an id that begins with `acct_`, found `org_01h455vb4pex5vsknk084sn02q`",
        ),
    ];
    for (error, text) in &rows {
        assert_eq!(error.to_string(), *text);
    }
    let source = include_str!("../../src/resource.rs");
    complete(rows.iter().map(|row| &row.0), source, "InvalidResource");
    let _: fn(InvalidResource) = drop;
}

/// Every short text: its alphabet, both sides of its length, and what its error says.
#[test]
fn invalid_texts() {
    type Parse = fn(&str) -> Option<InvalidText>;
    let rows: [(&str, usize, char, char, &str, Parse); 10] = [
        (
            "action",
            128,
            ':',
            ' ',
            "letters, digits, `_`, `-`, `.` or `:`",
            |text| text.parse::<Action>().err(),
        ),
        (
            "address",
            64,
            '~',
            ' ',
            "visible ascii characters",
            |text| text.parse::<tenancy::record::Address>().err(),
        ),
        (
            "agent",
            512,
            ' ',
            '\n',
            "printable ascii characters",
            |text| text.parse::<tenancy::record::Agent>().err(),
        ),
        (
            "channel",
            32,
            '-',
            '_',
            "lower-case letters, digits or `-`",
            |text| text.parse::<Channel>().err(),
        ),
        (
            "code",
            64,
            '_',
            '-',
            "lower-case letters, digits or `_`",
            |text| text.parse::<Code>().err(),
        ),
        (
            "command id",
            128,
            '#',
            ' ',
            "visible ascii characters",
            |text| text.parse::<CommandId>().err(),
        ),
        (
            "reason",
            64,
            '.',
            ' ',
            "lower-case letters, digits, `_`, `.` or `-`",
            |text| text.parse::<tenancy::caller::Reason>().err(),
        ),
        (
            "resource id",
            256,
            '/',
            '\u{7f}',
            "visible ascii characters",
            |text| text.parse::<tenancy::resource::ResourceId>().err(),
        ),
        (
            "service",
            64,
            '-',
            'A',
            "lower-case letters, digits, `_` or `-`",
            |text| text.parse::<tenancy::resource::Service>().err(),
        ),
        (
            "code",
            64,
            '0',
            'é',
            "lower-case letters, digits or `_`",
            |text| text.parse::<Code>().err(),
        ),
    ];
    for (what, max, good, bad, expected, parse) in rows {
        let text = |error: Option<InvalidText>| error.map(|error| error.to_string());
        let length = |found| format!("{what} has {found} characters, expected 1 to {max}");
        assert_eq!(text(parse(&good.to_string().repeat(max))), None, "{what}");
        let over = good.to_string().repeat(max + 1);
        assert_eq!(text(parse(&over)), Some(length(max + 1)));
        assert_eq!(text(parse("")), Some(length(0)));
        let at = bad.escape_debug();
        let refused = format!("{what} has `{at}` at character 2, expected {expected}");
        assert_eq!(text(parse(&format!("{good}{bad}"))), Some(refused));
        // A look-alike, a letter of two bytes whose low byte is one of the alphabet.
        for trick in ["\u{430}", "\u{161}", "\u{2d}\u{301}", "\u{202e}"] {
            assert!(parse(trick).is_some(), "{what} takes {trick:?}");
        }
    }
}

#[test]
fn outcomes() {
    let failed = |code| Outcome::Failed(parse(code));
    for (outcome, text) in [
        (Outcome::Denied, "denied"),
        (failed("name_taken"), "failed:name_taken"),
        (failed("denied"), "failed:denied"),
        (Outcome::Success, "success"),
    ] {
        assert_eq!(outcome.to_string(), text);
        assert_eq!(text.parse(), Ok(outcome.clone()));
        let json = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&json).unwrap(), outcome);
    }
    let variants_there = [Outcome::Denied, failed("x"), Outcome::Success];
    complete(
        variants_there,
        include_str!("../../src/record.rs"),
        "Outcome",
    );
    // Each outcome has one text, and no other text is one.
    for text in [
        "",
        "done",
        "succes",
        "Success",
        "success ",
        "success:",
        "success:x",
        "denied:x",
        "failed",
        "failed:",
        "failed:x:y",
        "failed: x",
        "failed:X",
        "name_taken",
        ":",
        "::",
    ] {
        let refused = text.parse::<Outcome>();
        assert!(refused.is_err(), "{text:?} is read as {refused:?}");
    }
    let refused = "done".parse::<Outcome>().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "outcome has `d` at character 1, expected `success`, `denied` or `failed:` and a code"
    );
}

/// No message breaks a line, whatever stands in it.
#[test]
fn found_text_cannot_break_a_log() {
    for text in ["a\nb", "\u{1b}[31mred", "\u{202e}txt", "a\r\nlevel=info"] {
        for error in [
            text.parse::<CommandId>().unwrap_err().to_string(),
            text.parse::<Action>().unwrap_err().to_string(),
        ] {
            assert!(
                error.is_ascii() && !error.contains(char::is_control),
                "{error:?}"
            );
        }
    }
    let caller = Caller::system(parse("nightly"));
    assert_eq!(caller.organization(), None);
}
