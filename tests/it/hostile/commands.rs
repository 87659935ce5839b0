//! Commands and questions as JSON from outside: strict in every field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tenancy::command::{
    AcceptAdoption, AcceptAmendment, AcceptInvitation, AcceptLink, AcceptOwnership,
    ActivateOrganization, AddToGroup, AnyCommand, AssignLinkUser, AttachGroup, AttachPolicy,
    AttachUser, Batch, CancelAdoption, CancelLink, ChangeEmail, ChangeLabels, ChangeRole,
    CloseAccount, CloseOrganization, CreateAccount, CreateChild, CreateGroup, CreateOrganization,
    CreatePolicy, CreateProgrammaticUser, CreateUser, DeclineAdoption, DeclineInvitation,
    DeclineLink, DeclineOwnership, DelegateLink, DeleteGroup, DeletePolicy, DescribeUser,
    DetachChild, DetachGroup, DetachParent, DetachPolicy, DetachUser, DropAmendment, EndLink,
    ErasePerson, HandOutLinkCode, InviteUser, IssueToken, LeaveOrganization, LiftHold,
    LiftSuspension, MakeDefaultAccount, MoveChild, NarrowLink, OfferOwnership, PlaceHold,
    ProposeAdoption, ProposeAmendment, ProposeLink, ProveEmail, PurgeOrganization, ReactivateUser,
    RecordActivity, RemoveFromGroup, RemoveUser, RenameAccount, RenameOrganization, RenameUser,
    ResendInvitation, RestoreAccount, RestoreOrganization, RevokeInvitation, RevokeToken,
    RevokeTokens, RotateToken, SetBilling, SetParentGrant, SetReference, SetTokenLife, SignUp,
    SuspendOrganization, SuspendUser, UnassignLinkUser, UndelegateLink, UpdateGroup, UpdatePolicy,
    WithdrawLinkCode, WithdrawOwnership,
};
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, CheckMany, DrawOrganizations, ExplainAccess,
    ExportUsers, FindOrganization, FindRecords, FindReference, GetAccount, GetAncestors,
    GetBilling, GetGroup, GetInvitation, GetLink, GetMarks, GetOrganization, GetPolicy,
    GetSettings, GetToken, GetUser, InvitationsOf, ListAccounts, ListAdoptions, ListChildren,
    ListGroups, ListInvitations, ListLinkCodes, ListLinks, ListPayees, ListPolicies, ListRecords,
    ListTokens, ListUsers, OrganizationsOf, SwitchOrganization, WhoCan,
};
use tenancy::secret::{SecretKind, mint};
use tenancy::{Caller, Request};

use crate::every::{self, Example};
use crate::world::{World, ghost, host, name, person};

const ORG: &str = "org_01h455vb4pex5vsknk084sn02q";
const ADOPTION: &str = "adopt_01h455vb4pex5vsknk084sn02q";
const ACCOUNT: &str = "acct_01h455vb4pex5vsknk084sn02q";
const GROUP: &str = "group_01h455vb4pex5vsknk084sn02q";
const HOLD: &str = "hold_01h455vb4pex5vsknk084sn02q";
const CODE: &str = "code_01h455vb4pex5vsknk084sn02q";
const INVITATION: &str = "invite_01h455vb4pex5vsknk084sn02q";
const LINK: &str = "link_01h455vb4pex5vsknk084sn02q";
const POLICY: &str = "policy_01h455vb4pex5vsknk084sn02q";
const USER: &str = "user_01h455vb4pex5vsknk084sn02q";
const TOKEN: &str = "token_01h455vb4pex5vsknk084sn02q";
const UUID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
const TIME: &str = "2026-11-21T12:00:00.000Z";

/// A command or question at its fullest, which of its fields may be left out, and its parser.
type Row = (
    &'static str,
    Value,
    &'static [&'static str],
    fn(&str) -> Result<Value, String>,
);

/// Reads a value and writes it again.
fn read<T: DeserializeOwned + Serialize>(json: &str) -> Result<Value, String> {
    let value: T = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(value).unwrap())
}

/// The same for a command that holds a secret: what is written tells it from others, and is no way
/// back to it.
fn read_secret(json: &str) -> Result<Value, String> {
    read_shown::<AcceptInvitation>(json, "secret")
}

fn read_code<T: DeserializeOwned + Serialize>(json: &str) -> Result<Value, String> {
    read_shown::<T>(json, "code")
}

fn read_shown<T: DeserializeOwned + Serialize>(json: &str, field: &str) -> Result<Value, String> {
    let mut written = read::<T>(json)?;
    let digest = written[field].as_str().unwrap();
    assert!(digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(read::<T>(&written.to_string()).is_err());
    written[field] = serde_json::from_str::<Value>(json).unwrap()[field].clone();
    Ok(written)
}

/// The text of a secret of this kind.
fn secret(kind: SecretKind) -> String {
    let brand = name("acme");
    let bytes = name::<tenancy::id::OrganizationId>(ORG).to_bytes();
    let minted = mint(&brand, kind, bytes, bytes, &[7; 32]);
    minted.secret.expose().into()
}

fn rows() -> Vec<Row> {
    let name = json!({ "name": "Spot", "division": "USA" });
    let attachments = json!([{ "account": ACCOUNT, "role": "editor" }]);
    let token = json!({
        "kind": "personal", "name": "laptop", "accounts": [ACCOUNT], "actions": ["fleet:read"],
        "expires_at": TIME,
    });
    let paging = json!({ "after": "0".repeat(64), "limit": 10 });
    let label = json!({ "key": "team", "value": "ops" });
    let question = json!({
        "action": "fleet:read", "resource": ACCOUNT, "attributes": { "tag": "x" },
        "complete": true,
    });
    let document = json!({ "statements": [{
        "effect": "DENY", "actions": ["account:*"], "resources": ["*"],
        "condition": { "StringEquals": { "tag": ["x", "${user:email}"] } },
    }] });
    let shares = json!({
        "payment": true, "billing_reports": true, "dashboards": true, "reports": true,
        "settings": ["personal_token_life"],
        "delegation": { "role": "editor", "accounts": { "chosen": [ACCOUNT] }, "tokens": true },
    });
    let terms = json!({ "from_proposer": shares, "from_receiver": shares });
    let hash = "0f".repeat(32);
    let organization = json!({ "organization": ORG });
    let of = |field: &str, value: &str| json!({ "organization": ORG, field: value });
    let with = |field: &str, value: &str, other: &str, text: &str| json!({ "organization": ORG, field: value, other: text });
    vec![
        (
            "accept_amendment",
            json!({ "organization": ORG, "link": LINK, "terms": hash }),
            &[],
            read::<AcceptAmendment>,
        ),
        (
            "accept_link",
            json!({ "organization": ORG, "link": LINK, "terms": hash }),
            &[],
            read::<AcceptLink>,
        ),
        (
            "assign_link_user",
            with("link", LINK, "user", USER),
            &[],
            read::<AssignLinkUser>,
        ),
        ("cancel_link", of("link", LINK), &[], read::<CancelLink>),
        ("decline_link", of("link", LINK), &[], read::<DeclineLink>),
        (
            "delegate_link",
            json!({
                "organization": ORG, "link": LINK, "role": "viewer",
                "accounts": { "chosen": [ACCOUNT] },
            }),
            &[],
            read::<DelegateLink>,
        ),
        (
            "drop_amendment",
            of("link", LINK),
            &[],
            read::<DropAmendment>,
        ),
        ("end_link", of("link", LINK), &[], read::<EndLink>),
        (
            "hand_out_link_code",
            organization.clone(),
            &[],
            read::<HandOutLinkCode>,
        ),
        (
            "narrow_link",
            json!({ "organization": ORG, "link": LINK, "terms": terms }),
            &[],
            read::<NarrowLink>,
        ),
        (
            "propose_amendment",
            json!({ "organization": ORG, "link": LINK, "terms": terms }),
            &[],
            read::<ProposeAmendment>,
        ),
        (
            "propose_link",
            json!({ "organization": ORG, "code": secret(SecretKind::LinkCode), "terms": terms }),
            &[],
            read_code::<ProposeLink>,
        ),
        (
            "unassign_link_user",
            with("link", LINK, "user", USER),
            &[],
            read::<UnassignLinkUser>,
        ),
        (
            "undelegate_link",
            of("link", LINK),
            &[],
            read::<UndelegateLink>,
        ),
        (
            "withdraw_link_code",
            of("code", CODE),
            &[],
            read::<WithdrawLinkCode>,
        ),
        ("get_link", of("link", LINK), &[], read::<GetLink>),
        (
            "list_link_codes",
            json!({ "organization": ORG, "paging": paging }),
            &["paging"],
            read::<ListLinkCodes>,
        ),
        (
            "list_links",
            json!({
                "organization": ORG, "side": "receiver", "status": "accepted", "paging": paging,
            }),
            &["side", "status", "paging"],
            read::<ListLinks>,
        ),
        (
            "accept_invitation",
            json!({ "secret": secret(SecretKind::Invitation), "name": "Ada" }),
            &[],
            read_secret,
        ),
        (
            "accept_ownership",
            of("from", USER),
            &[],
            read::<AcceptOwnership>,
        ),
        (
            "activate_organization",
            organization.clone(),
            &[],
            read::<ActivateOrganization>,
        ),
        (
            "add_to_group",
            with("group", GROUP, "user", USER),
            &[],
            read::<AddToGroup>,
        ),
        (
            "attach_group",
            json!({ "organization": ORG, "group": GROUP, "account": ACCOUNT, "role": "viewer" }),
            &[],
            read::<AttachGroup>,
        ),
        (
            "attach_policy",
            json!({
                "organization": ORG, "policy": POLICY, "to": { "group": GROUP },
                "on": { "accounts": [ACCOUNT] },
            }),
            &[],
            read::<AttachPolicy>,
        ),
        (
            "attach_user",
            json!({ "organization": ORG, "user": USER, "account": ACCOUNT, "role": "viewer" }),
            &[],
            read::<AttachUser>,
        ),
        (
            "batch",
            json!({ "organization": ORG, "commands": [
                { "command": "create_account", "organization": ORG, "name": "Lab" },
            ] }),
            &[],
            read::<Batch>,
        ),
        (
            "change_email",
            with("user", USER, "email", "ada@example.com"),
            &[],
            read::<ChangeEmail>,
        ),
        (
            "change_labels",
            json!({
                "organization": ORG, "on": { "account": ACCOUNT }, "set": { "env": "test" },
                "remove": ["old"],
            }),
            &["remove", "set"],
            read::<ChangeLabels>,
        ),
        (
            "change_role",
            with("user", USER, "role", "viewer"),
            &[],
            read::<ChangeRole>,
        ),
        (
            "close_account",
            with("account", ACCOUNT, "successor", ACCOUNT),
            &["successor"],
            read::<CloseAccount>,
        ),
        (
            "close_organization",
            organization.clone(),
            &[],
            read::<CloseOrganization>,
        ),
        (
            "create_account",
            of("name", "Lab"),
            &[],
            read::<CreateAccount>,
        ),
        (
            "create_group",
            with("name", "Lab", "description", "deploys"),
            &["description"],
            read::<CreateGroup>,
        ),
        (
            "accept_adoption",
            json!({ "organization": ORG, "adoption": ADOPTION, "admin": false }),
            &["admin"],
            read::<AcceptAdoption>,
        ),
        (
            "cancel_adoption",
            of("adoption", ADOPTION),
            &[],
            read::<CancelAdoption>,
        ),
        (
            "create_child",
            json!({
                "organization": ORG, "child": name, "owner": "Ada", "account": "Production",
                "admin": false,
            }),
            &["account", "admin"],
            read::<CreateChild>,
        ),
        (
            "decline_adoption",
            of("adoption", ADOPTION),
            &[],
            read::<DeclineAdoption>,
        ),
        ("detach_child", of("child", ORG), &[], read::<DetachChild>),
        (
            "detach_parent",
            organization.clone(),
            &[],
            read::<DetachParent>,
        ),
        (
            "move_child",
            with("child", ORG, "to", ORG),
            &[],
            read::<MoveChild>,
        ),
        (
            "propose_adoption",
            json!({ "organization": ORG, "code": secret(SecretKind::LinkCode), "admin": true }),
            &[],
            read_code::<ProposeAdoption>,
        ),
        (
            "set_parent_grant",
            json!({ "organization": ORG, "admin": true }),
            &[],
            read::<SetParentGrant>,
        ),
        (
            "create_organization",
            json!({ "organization": name, "owner": "Ada", "account": "Production" }),
            &["account"],
            read::<CreateOrganization>,
        ),
        (
            "create_policy",
            json!({
                "organization": ORG, "name": "Lab", "kind": "account", "document": document,
                "description": "deploys", "unknown": "keep",
            }),
            &["description", "unknown"],
            read::<CreatePolicy>,
        ),
        (
            "create_programmatic_user",
            json!({
                "organization": ORG, "name": "bot", "description": "deploys", "role": "member",
                "attachments": attachments, "token": token,
            }),
            &["attachments", "description", "token"],
            read::<CreateProgrammaticUser>,
        ),
        (
            "create_user",
            json!({
                "organization": ORG, "name": "Ada", "email": "ada@example.com", "role": "member",
                "attachments": attachments, "token": token,
            }),
            &["attachments", "token"],
            read::<CreateUser>,
        ),
        (
            "decline_invitation",
            of("invitation", INVITATION),
            &[],
            read::<DeclineInvitation>,
        ),
        (
            "decline_ownership",
            of("from", USER),
            &[],
            read::<DeclineOwnership>,
        ),
        ("delete_group", of("group", GROUP), &[], read::<DeleteGroup>),
        (
            "delete_policy",
            of("policy", POLICY),
            &[],
            read::<DeletePolicy>,
        ),
        (
            "describe_user",
            with("user", USER, "description", "deploys"),
            &["description"],
            read::<DescribeUser>,
        ),
        (
            "detach_group",
            with("group", GROUP, "account", ACCOUNT),
            &[],
            read::<DetachGroup>,
        ),
        (
            "detach_policy",
            json!({ "organization": ORG, "policy": POLICY, "from": { "user": USER } }),
            &[],
            read::<DetachPolicy>,
        ),
        (
            "detach_user",
            with("user", USER, "account", ACCOUNT),
            &[],
            read::<DetachUser>,
        ),
        (
            "invite_user",
            json!({
                "organization": ORG, "email": "ada@example.com", "role": "member",
                "attachments": attachments,
            }),
            &["attachments"],
            read::<InviteUser>,
        ),
        (
            "issue_token",
            json!({ "organization": ORG, "user": USER, "token": token }),
            &[],
            read::<IssueToken>,
        ),
        (
            "leave_organization",
            organization.clone(),
            &[],
            read::<LeaveOrganization>,
        ),
        (
            "erase_person",
            with("user", USER, "ground", "request"),
            &[],
            read::<ErasePerson>,
        ),
        (
            "lift_hold",
            with("hold", HOLD, "reason", "deploys"),
            &[],
            read::<LiftHold>,
        ),
        (
            "lift_suspension",
            of("reason", "abuse"),
            &[],
            read::<LiftSuspension>,
        ),
        (
            "make_default_account",
            of("account", ACCOUNT),
            &[],
            read::<MakeDefaultAccount>,
        ),
        (
            "offer_ownership",
            of("user", USER),
            &[],
            read::<OfferOwnership>,
        ),
        (
            "place_hold",
            with("kind", "legal", "reason", "deploys"),
            &[],
            read::<PlaceHold>,
        ),
        ("prove_email", organization.clone(), &[], read::<ProveEmail>),
        (
            "purge_organization",
            organization.clone(),
            &[],
            read::<PurgeOrganization>,
        ),
        (
            "reactivate_user",
            of("user", USER),
            &[],
            read::<ReactivateUser>,
        ),
        (
            "remove_from_group",
            with("group", GROUP, "user", USER),
            &[],
            read::<RemoveFromGroup>,
        ),
        (
            "record_activity",
            json!({
                "organization": organization["organization"], "action": "fleet:create",
                "resource": ACCOUNT, "outcome": "failed:full", "payload": [1, 2.5],
                "about": USER, "attributes": { "tag": "x" }, "complete": true,
            }),
            &["outcome", "payload", "about", "attributes", "complete"],
            read::<RecordActivity>,
        ),
        ("remove_user", of("user", USER), &[], read::<RemoveUser>),
        (
            "rename_account",
            with("account", ACCOUNT, "name", "Lab"),
            &[],
            read::<RenameAccount>,
        ),
        (
            "rename_organization",
            json!({ "organization": ORG, "name": name }),
            &[],
            read::<RenameOrganization>,
        ),
        (
            "rename_user",
            with("user", USER, "name", "Ada"),
            &[],
            read::<RenameUser>,
        ),
        (
            "resend_invitation",
            of("invitation", INVITATION),
            &[],
            read::<ResendInvitation>,
        ),
        (
            "restore_account",
            of("account", ACCOUNT),
            &[],
            read::<RestoreAccount>,
        ),
        (
            "restore_organization",
            organization.clone(),
            &[],
            read::<RestoreOrganization>,
        ),
        (
            "revoke_invitation",
            of("invitation", INVITATION),
            &[],
            read::<RevokeInvitation>,
        ),
        ("revoke_token", of("token", TOKEN), &[], read::<RevokeToken>),
        ("revoke_tokens", of("user", USER), &[], read::<RevokeTokens>),
        (
            "rotate_token",
            with("token", TOKEN, "until", TIME),
            &["until"],
            read::<RotateToken>,
        ),
        (
            "set_billing",
            of("reference", "cus_1"),
            &["reference"],
            read::<SetBilling>,
        ),
        (
            "set_reference",
            json!({ "organization": ORG, "on": { "user": USER }, "reference": "crm/42" }),
            &["reference"],
            read::<SetReference>,
        ),
        (
            "set_token_life",
            json!({ "organization": ORG, "kind": "personal", "life": 60_000 }),
            &["life"],
            read::<SetTokenLife>,
        ),
        (
            "sign_up",
            json!({ "organization": name, "owner": "Ada", "account": "Production" }),
            &["account"],
            read::<SignUp>,
        ),
        (
            "suspend_organization",
            of("reason", "billing"),
            &[],
            read::<SuspendOrganization>,
        ),
        (
            "suspend_user",
            with("user", USER, "reason", "left"),
            &["reason"],
            read::<SuspendUser>,
        ),
        (
            "update_group",
            json!({
                "organization": ORG, "group": GROUP, "name": "Lab", "description": "deploys",
            }),
            &["description"],
            read::<UpdateGroup>,
        ),
        (
            "update_policy",
            json!({
                "organization": ORG, "policy": POLICY, "name": "Lab", "document": document,
                "description": "deploys", "unknown": "refuse",
            }),
            &["description", "unknown"],
            read::<UpdatePolicy>,
        ),
        (
            "withdraw_ownership",
            of("from", USER),
            &[],
            read::<WithdrawOwnership>,
        ),
        (
            "a command of a batch",
            json!({ "command": "revoke_token", "organization": ORG, "token": TOKEN }),
            &[],
            read::<AnyCommand>,
        ),
        (
            "accessible_accounts",
            with("action", "fleet:read", "user", USER),
            &["user"],
            read::<AccessibleAccounts>,
        ),
        (
            "allowed_actions",
            with("resource", ACCOUNT, "user", USER),
            &["user"],
            read::<AllowedActions>,
        ),
        (
            "check",
            json!({
                "organization": ORG, "action": "fleet:read", "resource": ACCOUNT,
                "attributes": { "tag": "x" }, "user": USER,
            }),
            &["attributes", "user"],
            read::<Check>,
        ),
        (
            "check_many",
            json!({ "organization": ORG, "questions": [question], "user": USER }),
            &["user"],
            read::<CheckMany>,
        ),
        (
            "explain_access",
            json!({ "organization": ORG, "user": USER, "question": question }),
            &[],
            read::<ExplainAccess>,
        ),
        (
            "export_users",
            json!({ "organization": ORG, "paging": paging }),
            &["paging"],
            read::<ExportUsers>,
        ),
        (
            "find_organization",
            json!({ "name": name }),
            &[],
            read::<FindOrganization>,
        ),
        (
            "find_records",
            json!({
                "organization": ORG, "account": ACCOUNT, "command": "c-1",
                "kinds": ["user.", "account.created"],
                "link": "link_01h455vb4pex5vsknk084sn02q", "logs": "both", "order": "oldest_first",
                "outcome": "failed", "period": { "custom": { "from": TIME, "before": TIME } },
                "resource": USER, "resource_type": "user", "search": "ada", "token": TOKEN,
                "user": USER, "paging": paging,
            }),
            &[
                "account",
                "command",
                "kinds",
                "link",
                "logs",
                "order",
                "outcome",
                "paging",
                "period",
                "resource",
                "resource_type",
                "search",
                "token",
                "user",
            ],
            read::<FindRecords>,
        ),
        (
            "find_reference",
            of("reference", "crm/42"),
            &[],
            read::<FindReference>,
        ),
        (
            "get_account",
            of("account", ACCOUNT),
            &["account"],
            read::<GetAccount>,
        ),
        ("get_billing", of("at", TIME), &["at"], read::<GetBilling>),
        ("get_group", of("group", GROUP), &[], read::<GetGroup>),
        (
            "get_invitation",
            of("invitation", INVITATION),
            &[],
            read::<GetInvitation>,
        ),
        (
            "draw_organizations",
            organization.clone(),
            &[],
            read::<DrawOrganizations>,
        ),
        (
            "get_ancestors",
            organization.clone(),
            &[],
            read::<GetAncestors>,
        ),
        (
            "list_adoptions",
            json!({ "organization": ORG, "paging": paging }),
            &["paging"],
            read::<ListAdoptions>,
        ),
        (
            "list_children",
            json!({ "organization": ORG, "paging": paging }),
            &["paging"],
            read::<ListChildren>,
        ),
        (
            "get_marks",
            json!({ "organization": ORG, "on": { "account": ACCOUNT } }),
            &[],
            read::<GetMarks>,
        ),
        (
            "get_organization",
            organization.clone(),
            &[],
            read::<GetOrganization>,
        ),
        ("get_policy", of("policy", POLICY), &[], read::<GetPolicy>),
        (
            "get_settings",
            organization.clone(),
            &[],
            read::<GetSettings>,
        ),
        ("get_token", of("token", TOKEN), &[], read::<GetToken>),
        ("get_user", of("user", USER), &[], read::<GetUser>),
        (
            "invitations_of",
            json!({ "paging": paging }),
            &["paging"],
            read::<InvitationsOf>,
        ),
        (
            "list_accounts",
            json!({
                "organization": ORG, "label": label, "search": "Lab", "status": "open",
                "paging": paging,
            }),
            &["label", "paging", "search", "status"],
            read::<ListAccounts>,
        ),
        (
            "list_groups",
            json!({ "organization": ORG, "search": "Lab", "paging": paging }),
            &["paging", "search"],
            read::<ListGroups>,
        ),
        (
            "list_invitations",
            json!({
                "organization": ORG, "status": "pending", "email": "ada@example.com",
                "paging": paging,
            }),
            &["email", "paging", "status"],
            read::<ListInvitations>,
        ),
        (
            "list_payees",
            json!({ "organization": ORG, "from": TIME, "before": TIME, "paging": paging }),
            &["before", "from", "paging"],
            read::<ListPayees>,
        ),
        (
            "list_policies",
            json!({
                "organization": ORG, "kind": "organization", "search": "Lab", "paging": paging,
            }),
            &["kind", "paging", "search"],
            read::<ListPolicies>,
        ),
        (
            "list_records",
            json!({ "organization": ORG, "log": "activity", "after": 3, "limit": 10 }),
            &["after", "limit", "log"],
            read::<ListRecords>,
        ),
        (
            "list_tokens",
            json!({
                "organization": ORG, "user": USER, "expires_from": TIME, "expires_before": TIME,
                "last_four": "aB3z", "standing": "live", "paging": paging,
            }),
            &[
                "expires_before",
                "expires_from",
                "last_four",
                "paging",
                "standing",
                "user",
            ],
            read::<ListTokens>,
        ),
        (
            "list_users",
            json!({
                "organization": ORG, "account": ACCOUNT, "group": GROUP, "kind": "person",
                "label": label, "role": "viewer", "search": "Ada", "status": "suspended", "paging": paging,
            }),
            &[
                "account", "group", "kind", "label", "paging", "role", "search", "status",
            ],
            read::<ListUsers>,
        ),
        (
            "organizations_of",
            json!({ "search": "Spot", "paging": paging }),
            &["paging", "search"],
            read::<OrganizationsOf>,
        ),
        (
            "switch_organization",
            organization,
            &[],
            read::<SwitchOrganization>,
        ),
        (
            "who_can",
            json!({ "organization": ORG, "question": question, "paging": paging }),
            &["paging"],
            read::<WhoCan>,
        ),
    ]
}

/// Returns whether these are attributes: the host calls them as it likes.
fn is_free(path: &str) -> bool {
    path.ends_with("/attributes") || path.ends_with("/StringEquals")
}

/// Returns whether this is a text that the host says of an attribute, or a policy expects of one.
fn is_value(path: &str) -> bool {
    path.ends_with("/attributes/tag") || path.contains("/StringEquals/tag")
}

/// Returns the row of this kind.
#[track_caller]
fn row(kind: &str) -> Row {
    rows().into_iter().find(|row| row.0 == kind).unwrap()
}

/// Returns the path of every value in it, as JSON pointers.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                paths(value, &format!("{path}/{field}"), found);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                paths(value, &format!("{path}/{at}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    paths(value, "", &mut found);
    found
}

/// Returns the text of every file in a folder of the source.
fn folder(path: &str) -> String {
    let mut paths = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)];
    let mut texts = String::new();
    while let Some(path) = paths.pop() {
        match path.is_dir() {
            true => paths.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|it| it.unwrap().path()),
            ),
            false => texts.push_str(&std::fs::read_to_string(path).unwrap()),
        }
    }
    texts
}

/// Every command and query of the crate has a row, and is at its fullest there.
#[test]
fn the_table_is_complete() {
    let kinds: Vec<_> = rows().iter().map(|row| row.0).collect();
    let source = folder("src/command");
    let in_source: Vec<_> = source
        .split("const KIND: &'static str = \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(in_source.len(), 85);
    for kind in &in_source {
        let found = kinds.iter().filter(|it| it == &kind).count();
        assert_eq!(found, 1, "{kind} has no row");
    }
    let questions = folder("src/query");
    // What a command would do, or what would be allowed then, is asked with the command, which is no
    // JSON by itself.
    let with_command = questions.matches("<C: Command> Query for ").count();
    assert_eq!(with_command, 2);
    let all = questions.matches("Query for ").count() - with_command;
    assert_eq!(
        rows().len(),
        in_source.len() + 1 + all,
        "each query has a row"
    );
    for (kind, json, optional, read) in rows() {
        // A field that does not exist is told with all that do.
        let Some(fields) = json.as_object() else {
            panic!("{kind}")
        };
        if kind == "find_organization" || kind == "a command of a batch" {
            continue;
        }
        let mut odd = json.clone();
        odd["role_id"] = Value::Null;
        let refused = read(&odd.to_string()).unwrap_err();
        let (_, expected) = refused.split_once("expected ").unwrap();
        let (expected, _) = expected.split_once(" at line").unwrap();
        let known = expected.matches('`').count() / 2;
        assert_eq!(known, fields.len(), "{kind}: {refused}");
        assert!(optional.iter().all(|it| fields.contains_key(*it)));
    }
}

#[test]
fn the_fullest_form_is_read_and_written_again() {
    for (kind, json, optional, read) in rows() {
        assert_eq!(read(&json.to_string()), Ok(json.clone()), "{kind}");
        for field in optional {
            let mut without = json.clone();
            without.as_object_mut().unwrap().remove(*field).unwrap();
            assert!(read(&without.to_string()).is_ok(), "{kind} without {field}");
        }
    }
}

#[test]
fn what_is_missing_unknown_or_twice_is_refused() {
    for (kind, json, optional, read) in rows() {
        for path in places(&json) {
            let value = json.pointer(&path).unwrap();
            let Value::Object(fields) = value else {
                continue;
            };
            // The keys of labels and attributes are the host's, and a sum has one field in all.
            let labels = path == "/set" || is_free(&path);
            let sum = ["/from", "/on", "/period", "/to"].contains(&&*path)
                || path.ends_with("/accounts")
                || path.ends_with("/condition")
                || (kind == "find_organization" && path.is_empty());
            let mut unknown = json.clone();
            let object = unknown.pointer_mut(&path).unwrap().as_object_mut().unwrap();
            object.insert("role_id".into(), Value::Null);
            let refused = read(&unknown.to_string()).unwrap_err();
            assert!(
                labels || sum || refused.contains("unknown field `role_id`"),
                "{kind} {path}: {refused}"
            );
            for field in fields.keys() {
                let mut odd = json.clone();
                let object = odd.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                let value = object.remove(field).unwrap();
                let nested: &[&str] = match &*path {
                    "/token" => &["accounts", "actions", "expires_at", "name"],
                    "/child" | "/organization" | "/name" => &["division"],
                    "/paging" => &["after", "limit"],
                    "/period/custom" => &["before", "from"],
                    "/label" => &["value"],
                    "/set" => &["env"],
                    "/terms" => &["from_proposer", "from_receiver"],
                    path if path.ends_with("/delegation") => &["tokens"],
                    path if path.starts_with("/terms/from_") && !path.contains("/accounts") => &[
                        "billing_reports",
                        "dashboards",
                        "delegation",
                        "payment",
                        "reports",
                        "settings",
                    ],
                    "/question" | "/questions/0" => &["attributes", "complete"],
                    "/document/statements/0" => &["condition"],
                    path if path.ends_with("/attributes") => &["tag"],
                    "" => optional,
                    _ => &[],
                };
                let may = nested.contains(&&**field);
                let without = read(&odd.to_string());
                assert_eq!(without.is_ok(), may, "{kind} without {path}/{field}");
                let object = odd.pointer_mut(&path).unwrap().as_object_mut().unwrap();
                object.insert(field.to_uppercase(), value.clone());
                let upper = read(&odd.to_string()).is_ok();
                assert_eq!(
                    upper,
                    is_free(&path),
                    "{kind} with {path}/{field} in upper case"
                );
                // A field twice: neither wins.
                let object = json.pointer(&path).unwrap().to_string();
                let twice = format!("{},{field:?}:{value}}}", &object[..object.len() - 1]);
                let mut whole = json.clone();
                *whole.pointer_mut(&path).unwrap() = json!("HERE");
                let twice = whole.to_string().replace("\"HERE\"", &twice);
                assert!(read(&twice).is_err(), "{kind} with {path}/{field} twice");
            }
        }
    }
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    let wrong = [
        json!(true),
        json!(-1),
        json!(1.5),
        json!(18_446_744_073_709_551_615_u64),
        json!(""),
        json!("\u{0}"),
        json!([[1]]),
        json!({ "a": 1 }),
    ];
    for (kind, json, _, read) in rows() {
        for path in places(&json) {
            for value in &wrong {
                // Any number of records may be skipped, and any life be asked for: it is a rule that
                // stands against it. The value of a label may be empty.
                let any = match (kind, &*path) {
                    ("list_records", "/after") | ("set_token_life", "/life") => value.is_u64(),
                    ("change_labels", "/set/env") => value == "",
                    (_, "/label/value") => value == "",
                    // A host says what it likes of its activity.
                    ("record_activity", path) if path.starts_with("/payload") => true,
                    (_, path) if is_value(path) => value.is_string(),
                    (_, path) if path.ends_with("/complete") => value.is_boolean(),
                    (_, path) if json.pointer(path).is_some_and(Value::is_boolean) => {
                        value.is_boolean()
                    }
                    _ => false,
                };
                let mut odd = json.clone();
                *odd.pointer_mut(&path).unwrap() = value.clone();
                let taken = read(&odd.to_string()).is_ok();
                assert_eq!(taken, any, "{kind} {path} is {value}");
            }
        }
        for value in [json!(null), json!("x"), json!(0)] {
            assert!(read(&value.to_string()).is_err(), "{kind} is {value}");
        }
    }
}

/// Ids of another kind, in another case, or cut: refused wherever an id stands. A bare UUID is
/// taken in place of one, and written as what it is.
#[test]
fn ids_of_the_wrong_kind_are_refused() {
    let mut ids = 0;
    for (kind, json, _, read) in rows() {
        for path in places(&json) {
            let Some(text) = json.pointer(&path).unwrap().as_str() else {
                continue;
            };
            let Some((prefix, digits)) = text.split_once("_01h455") else {
                continue;
            };
            let with = |text: &str| {
                let mut odd = json.clone();
                *odd.pointer_mut(&path).unwrap() = json!(text);
                read(&odd.to_string())
            };
            let is_resource = path.ends_with("/resource");
            for other in [
                "org", "acct", "user", "token", "group", "policy", "link", "invite", "hold",
            ] {
                if other != prefix && !is_resource {
                    let text = format!("{other}_01h455{digits}");
                    assert!(with(&text).is_err(), "{kind} {path} is {text}");
                }
            }
            for text in [
                text.to_uppercase(),
                format!(" {text}"),
                format!("{text} "),
                text[..text.len() - 1].to_owned(),
                format!("{text}0"),
                format!("{prefix}_{}", "0".repeat(26)),
                format!("{prefix}_7{}", "z".repeat(25)),
                format!("{prefix}_8{}", "0".repeat(25)),
                text.replace("01h", "0lh"),
                text.replacen('0', "\u{ff10}", 1),
                "00000000-0000-0000-0000-000000000000".into(),
                "ffffffff-ffff-ffff-ffff-ffffffffffff".into(),
                format!("{{{UUID}}}"),
                UUID.replace('-', ""),
            ] {
                assert!(with(&text).is_err(), "{kind} {path} is {text}");
            }
            if !is_resource {
                assert_eq!(with(UUID), Ok(json.clone()), "{kind} {path}");
            }
            ids += 1;
        }
    }
    assert!(ids > 100, "{ids}");
}

/// Texts that hide, mislead or never end: refused in every text field.
#[test]
fn texts_that_mislead_are_refused() {
    let long = "x".repeat(1 << 12);
    let texts = [
        "",
        " ",
        "\u{a0}",
        "a\u{0}b",
        "a\nb",
        "a\u{1b}[31m",
        "a\u{7f}",
        "a\u{85}b",
        "a\u{200b}b",
        "a\u{200d}b",
        "a\u{202e}b",
        "a\u{2066}b",
        "a\u{feff}b",
        "a\u{ad}b",
        "a\u{fe0f}",
        "a\u{e0041}",
        "\u{3164}",
        "\u{2800}",
        "a\u{e000}",
        "a\u{ffff}",
        "a\u{2028}b",
        &long,
    ];
    let mut fields = 0;
    for (kind, json, _, read) in rows() {
        for path in places(&json) {
            let value = json.pointer(&path).unwrap();
            let free = [
                "Spot",
                "USA",
                "Ada",
                "Production",
                "Lab",
                "bot",
                "deploys",
                "laptop",
            ];
            let Some(text) = value.as_str() else { continue };
            let is_free = free.contains(&text);
            fields += usize::from(is_free);
            for text in texts {
                // A description has lines.
                if (path == "/description" || path == "/reason") && text == "a\nb" {
                    continue;
                }
                // The value of a label is the host's, and any text of one line.
                let label = path == "/set/env" || path == "/label/value";
                if label && text != long && !text.contains(char::is_control) {
                    continue;
                }
                // What is compared is compared as it is; what a policy expects is bounded.
                if is_value(&path) && (text != long || path.ends_with("/attributes/tag")) {
                    continue;
                }
                let mut odd = json.clone();
                *odd.pointer_mut(&path).unwrap() = json!(text);
                assert!(
                    read(&odd.to_string()).is_err(),
                    "{kind} {path} takes {:?}",
                    &text[..text.len().min(9)]
                );
            }
        }
    }
    assert!(fields >= 29, "{fields}");
    // Both sides of each length.
    for (kind, path, max) in [
        ("create_programmatic_user", "/name", 100),
        ("create_programmatic_user", "/description", 500),
        ("describe_user", "/description", 500),
        ("place_hold", "/reason", 500),
        ("lift_hold", "/reason", 500),
        ("rename_user", "/name", 100),
        ("rename_account", "/name", 100),
        ("rename_organization", "/name/name", 100),
        ("rename_organization", "/name/division", 100),
        ("change_labels", "/set/env", 255),
    ] {
        let (_, json, _, read) = row(kind);
        for (length, fits) in [(max, true), (max + 1, false)] {
            for c in ["x", "é", "🚀"] {
                let mut odd = json.clone();
                *odd.pointer_mut(path).unwrap() = json!(c.repeat(length));
                assert_eq!(read(&odd.to_string()).is_ok(), fits, "{path} {length} {c}");
            }
        }
    }
}

/// Addresses are ASCII, so that no other letter folds to one of them.
#[test]
fn addresses_that_mislead_are_refused() {
    for text in [
        "m\u{131}ke@example.com",
        "mi\u{212a}e@example.com",
        "\u{430}da@example.com",
        "ada@ex\u{e4}mple.com",
        "ada@example.com\u{202e}",
        "ada@example.com\n",
        " ada@example.com",
        "ada@@example.com",
        "ada@example.com@evil.example",
        "\"ada\"@example.com",
        "ada(x)@example.com",
        "ada@[192.0.2.1]",
        "ada@example..com",
        ".ada@example.com",
        "ada@-example.com",
        "Ada <ada@example.com>",
        "ada@example.com,eve@example.com",
        "ada",
        "@",
    ] {
        for kind in [
            "create_user",
            "invite_user",
            "change_email",
            "list_invitations",
        ] {
            let (_, mut odd, _, read) = row(kind);
            odd["email"] = json!(text);
            assert!(read(&odd.to_string()).is_err(), "{kind} {text:?}");
        }
    }
}

/// A tower of brackets is refused before the stack is at its end.
#[test]
fn deep_json_is_refused() {
    for depth in [129, 1 << 20] {
        let deep = format!("{{\"organization\":{}", "[".repeat(depth));
        assert!(serde_json::from_str::<CreateAccount>(&deep).is_err());
        assert!(serde_json::from_str::<Batch>(&deep).is_err());
        let deep = format!("{{\"command\":{}", "{\"command\":".repeat(depth));
        assert!(serde_json::from_str::<AnyCommand>(&deep).is_err());
    }
    let inside = json!({ "command": "batch", "organization": ORG, "commands": [] });
    let refused = read::<AnyCommand>(&inside.to_string()).unwrap_err();
    assert!(refused.starts_with("unknown variant `batch`"), "{refused}");
}

/// What has no organization of its own, or is for somebody who is no user, is no member of a batch.
#[test]
fn a_batch_has_members_of_one_organization() {
    let members = every::kinds();
    for (kind, json, _, _) in rows().into_iter().take(58) {
        let mut member = json;
        member["command"] = json!(kind);
        let read = read::<AnyCommand>(&member.to_string());
        assert_eq!(read.is_ok(), members.contains(kind), "{kind}: {read:?}");
    }
}

/// Whoever does not belong to an organization gets the same answer to every command, as if there
/// were no organization: nothing tells what is there (laws X2, X4).
#[test]
fn strangers_learn_nothing_by_any_command() {
    for (kind, _, make) in every::ROWS {
        let w = World::new();
        let Example { command, .. } = make(&w);
        let eve = match command.organization() == w.spot {
            true => w.caller("eve"),
            false => w.caller("ada"),
        };
        let (spot, rival) = (w.spot, w.rival.organization);
        let elsewhere = if command.organization() == spot {
            rival
        } else {
            spot
        };
        let strangers = [
            ("a user of another", eve.clone()),
            ("whoever has proven an address", person("ada")),
            (
                "a user's id elsewhere",
                Caller::user(elsewhere, w.user("ada")),
            ),
            ("a user's id nowhere", Caller::user(ghost(), w.user("ada"))),
            ("nobody's id", Caller::user(command.organization(), ghost())),
        ];
        let before = w.feed().len();
        let expected = format!("not_found: `{}` is not found", command.organization());
        for (who, stranger) in &strangers {
            let told = every::alone(&w, stranger, None, &command).unwrap_err();
            // Under the name of a command too, and in a batch.
            let named = every::alone(&w, stranger, Some("c-1"), &command).unwrap_err();
            let batch = Batch::new(command.organization()).and(command.clone());
            let batched = w.run(stranger, Request::new(&batch));
            assert_eq!((&named, &batched), (&told, &told), "{kind} by {who}");
            match *who {
                // An id of the organization's own that nobody has: what is named is not found.
                "nobody's id" => assert!(told.starts_with("not_found: "), "{kind}: {told}"),
                _ => assert_eq!(told, w.named(&expected), "{kind} by {who}"),
            }
        }
        // An organization that never was is not found in the same words, for the host too.
        let mut json = serde_json::to_value(&command).unwrap();
        json["organization"] = json!(ghost::<tenancy::id::OrganizationId>());
        let nowhere: AnyCommand = serde_json::from_value(json).unwrap();
        for caller in [&eve, &host(), &w.caller("olga")] {
            let told = every::alone(&w, caller, None, &nowhere).unwrap_err();
            assert_eq!(told, "not_found: `{ghost}` is not found", "{kind}");
        }
        assert_eq!(w.feed().len(), before, "{kind}");
    }
}
