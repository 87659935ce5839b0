//! The JSON of every command and question, literally: what a service takes as the body of a request.
//!
//! Each row says the document and the value that it is. What may be left out is left out in the
//! first row of a kind, and said in the next one.

use core::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenancy::command::{
    AcceptAdoption, AcceptInvitation, AcceptOwnership, ActivateOrganization, AddToGroup,
    AnyCommand, AttachGroup, AttachPolicy, AttachUser, Batch, CancelAdoption, ChangeEmail,
    ChangeLabels, ChangeRole, CloseAccount, CloseOrganization, Command, CreateAccount, CreateChild,
    CreateGroup, CreateOrganization, CreatePolicy, CreateProgrammaticUser, CreateUser,
    DeclineAdoption, DeclineInvitation, DeclineOwnership, DeleteGroup, DeletePolicy, DescribeUser,
    DetachChild, DetachGroup, DetachParent, DetachPolicy, DetachUser, ErasePerson, InviteUser,
    IssueToken, LeaveOrganization, LiftHold, LiftSuspension, MakeDefaultAccount, MoveChild,
    NewToken, OfferOwnership, PlaceHold, ProveEmail, PurgeOrganization, ReactivateUser,
    RecordActivity, RemoveFromGroup, RemoveUser, RenameAccount, RenameOrganization, RenameUser,
    ResendInvitation, RestoreAccount, RestoreOrganization, RevokeInvitation, RevokeToken,
    RevokeTokens, RotateToken, SetBilling, SetParentGrant, SetReference, SetTokenLife, SignUp,
    SuspendOrganization, SuspendUser, UnknownActions, UpdateGroup, UpdatePolicy, WithdrawOwnership,
};
use tenancy::id::{
    AccountId, AdoptionId, GroupId, HoldId, InvitationId, OrganizationId, PolicyId, TokenId, UserId,
};
use tenancy::label::Labels;
use tenancy::name::OrganizationName;
use tenancy::organization::account::AccountStatus;
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::invitation::InvitationStatus;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::mark::Marked;
use tenancy::organization::policy::Reach;
use tenancy::organization::token::TokenKind;
use tenancy::organization::user::{UserKind, UserStatus};
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, CheckMany, Cursor, DrawOrganizations, ExplainAccess,
    ExportUsers, FindOrganization, FindRecords, FindReference, GetAccount, GetAncestors,
    GetBilling, GetGroup, GetInvitation, GetMarks, GetOrganization, GetPolicy, GetSettings,
    GetToken, GetUser, HasLabel, InvitationsOf, ListAccounts, ListAdoptions, ListChildren,
    ListGroups, ListInvitations, ListPayees, ListPolicies, ListRecords, ListTokens, ListUsers,
    Order, OrganizationsOf, OutcomeKind, Period, Question, SwitchOrganization, TokenStanding,
    WhoCan,
};
use tenancy::record::Version;
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};
use tenancy::secret::{InvitationSecret, SecretKind, mint};
use tenancy::statement::{Document, PolicyKind};

use crate::every;
use crate::world::{World, email, name, person, seconds, time};

const ID: &str = "01h455vb4pex5vsknk084sn02q";

fn org() -> OrganizationId {
    name(&format!("org_{ID}"))
}

fn account() -> AccountId {
    name(&format!("acct_{ID}"))
}

fn user() -> UserId {
    name(&format!("user_{ID}"))
}

fn group() -> GroupId {
    name(&format!("group_{ID}"))
}

fn policy() -> PolicyId {
    name(&format!("policy_{ID}"))
}

fn token() -> TokenId {
    name(&format!("token_{ID}"))
}

fn invitation() -> InvitationId {
    name(&format!("invite_{ID}"))
}

fn adoption() -> AdoptionId {
    name(&format!("adopt_{ID}"))
}

fn hold() -> HoldId {
    name(&format!("hold_{ID}"))
}

fn labels(rows: &[(&str, &str)]) -> Labels {
    let mut labels = Labels::new();
    for (key, value) in rows {
        labels.try_insert(name(key), name(value)).unwrap();
    }
    labels
}

/// A document, and the check that it is this value: read, and written again.
struct Row {
    kind: &'static str,
    json: &'static str,
    /// What is wrong, if anything is.
    wrong: Option<String>,
}

fn row<T: DeserializeOwned + Serialize + PartialEq + core::fmt::Debug>(
    kind: &'static str,
    json: &'static str,
    value: &T,
) -> Row {
    let found = serde_json::from_str::<T>(json);
    let is = found.as_ref().is_ok_and(|found| found == value);
    let written = serde_json::to_value(value).unwrap();
    let literal: Value = serde_json::from_str(json).unwrap();
    // By way of a tree of values too, as a host that routes by a field of the body reads it.
    let tree = serde_json::from_value::<T>(literal.clone());
    let wrong = match is && tree.is_ok_and(|tree| tree == *value) && written == literal {
        true => None,
        false => Some(format!("{kind}\n    {json}\n    {found:?}\n    {written}")),
    };
    Row { kind, json, wrong }
}

fn command<C: Command + DeserializeOwned + PartialEq + core::fmt::Debug>(
    json: &'static str,
    value: &C,
) -> Row {
    row(C::KIND, json, value)
}

fn commands_of_the_organization() -> Vec<Row> {
    vec![
        command(
            r#"{"organization":{"name":"Spot"},"owner":"Ada"}"#,
            &SignUp::new(name("Spot"), name("Ada")),
        ),
        command(
            r#"{"organization":{"name":"Spot","division":"USA"},"owner":"Ada","account":"Main"}"#,
            &SignUp::new(spot_usa(), name("Ada")).account(name("Main")),
        ),
        command(
            r#"{"organization":{"name":"Spot","division":"USA"},"owner":"Ada"}"#,
            &CreateOrganization::new(spot_usa(), name("Ada")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &ActivateOrganization::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "name":{"name":"Spot","division":"USA"}}"#,
            &RenameOrganization::new(org(), spot_usa()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","reason":"billing"}"#,
            &SuspendOrganization::new(org(), SuspensionReason::Billing),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","reason":"abuse"}"#,
            &LiftSuspension::new(org(), SuspensionReason::Abuse),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &CloseOrganization::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &RestoreOrganization::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &PurgeOrganization::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","kind":"legal",
                "reason":"case 7/26"}"#,
            &PlaceHold::new(org(), HoldKind::Legal, name("case 7/26")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "hold":"hold_01h455vb4pex5vsknk084sn02q","reason":"case closed"}"#,
            &LiftHold::new(org(), hold(), name("case closed")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","kind":"personal"}"#,
            &SetTokenLife::new(org(), TokenKind::Personal),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","kind":"temporary","life":90000}"#,
            &SetTokenLife::new(org(), TokenKind::Temporary).life(seconds(90)),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &SetBilling::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","reference":"cus_1"}"#,
            &SetBilling::new(org()).reference(name("cus_1")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","on":"organization"}"#,
            &SetReference::new(org(), Marked::Organization),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "on":{"user":"user_01h455vb4pex5vsknk084sn02q"},"reference":"crm/42"}"#,
            &SetReference::new(org(), user().into()).reference(name("crm/42")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "on":{"account":"acct_01h455vb4pex5vsknk084sn02q"},
                "set":{"env":"test","team":""},"remove":["old"]}"#,
            &ChangeLabels::new(org(), account().into())
                .set(labels(&[("env", "test"), ("team", "")]))
                .remove(name("old")),
        ),
    ]
}

fn commands_of_accounts_and_tokens() -> Vec<Row> {
    vec![
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"Lab"}"#,
            &CreateAccount::new(org(), name("Lab")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q","name":"Lab"}"#,
            &RenameAccount::new(org(), account(), name("Lab")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &MakeDefaultAccount::new(org(), account()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &CloseAccount::new(org(), account()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q",
                "successor":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &CloseAccount::new(org(), account()).successor(account()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &RestoreAccount::new(org(), account()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","token":{"kind":"temporary"}}"#,
            &IssueToken::new(org(), user(), NewToken::new(TokenKind::Temporary)),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q",
                "token":{"kind":"personal","name":"laptop",
                    "accounts":["acct_01h455vb4pex5vsknk084sn02q"],"actions":["account:read"],
                    "expires_at":"2026-11-21T12:00:00.000Z"}}"#,
            &IssueToken::new(org(), user(), laptop()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "token":"token_01h455vb4pex5vsknk084sn02q"}"#,
            &RevokeToken::new(org(), token()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &RevokeTokens::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "token":"token_01h455vb4pex5vsknk084sn02q"}"#,
            &RotateToken::new(org(), token()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "token":"token_01h455vb4pex5vsknk084sn02q","until":"2026-11-21T12:00:00.000Z"}"#,
            &RotateToken::new(org(), token()).until(noon()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","commands":[
                {"command":"create_account","organization":"org_01h455vb4pex5vsknk084sn02q",
                    "name":"Lab"},
                {"command":"remove_user","organization":"org_01h455vb4pex5vsknk084sn02q",
                    "user":"user_01h455vb4pex5vsknk084sn02q"}]}"#,
            &Batch::new(org())
                .and(CreateAccount::new(org(), name("Lab")))
                .and(RemoveUser::new(org(), user())),
        ),
    ]
}

fn commands_of_users() -> Vec<Row> {
    vec![
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"Ada",
                "email":"ada@example.com","role":"owner"}"#,
            &CreateUser::new(org(), name("Ada"), email("ada"), OrganizationRole::Owner),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"Ada",
                "email":"ada@example.com","role":"admin",
                "attachments":[{"account":"acct_01h455vb4pex5vsknk084sn02q","role":"editor"}],
                "token":{"kind":"temporary"}}"#,
            &CreateUser::new(org(), name("Ada"), email("ada"), OrganizationRole::Admin)
                .attach(account(), AccountRole::Editor)
                .token(NewToken::new(TokenKind::Temporary)),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"ci","role":"member"}"#,
            &CreateProgrammaticUser::new(org(), name("ci"), OrganizationRole::Member),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"ci",
                "description":"deploys","role":"viewer",
                "attachments":[{"account":"acct_01h455vb4pex5vsknk084sn02q","role":"viewer"}],
                "token":{"kind":"programmatic"}}"#,
            &CreateProgrammaticUser::new(org(), name("ci"), OrganizationRole::Viewer)
                .description(name("deploys"))
                .attach(account(), AccountRole::Viewer)
                .token(NewToken::new(TokenKind::Programmatic)),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q","role":"editor"}"#,
            &AttachUser::new(org(), user(), account(), AccountRole::Editor),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &DetachUser::new(org(), user(), account()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","action":"fleet:create",
                "resource":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &RecordActivity::new(org(), name("fleet:create"), account()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","action":"fleet:create",
                "resource":"acct_01h455vb4pex5vsknk084sn02q/fleet/f-1","outcome":"failed:full",
                "payload":{"a":null,"z":[1,2.5]},
                "about":"user_01h455vb4pex5vsknk084sn02q","attributes":{"spot:fleet:name":"web"},
                "complete":true}"#,
            &RecordActivity::new(
                org(),
                name("fleet:create"),
                name::<Resource>("acct_01h455vb4pex5vsknk084sn02q/fleet/f-1"),
            )
            .outcome(name("failed:full"))
            .payload(name(r#"{"a":null,"z":[1,2.5]}"#))
            .about(user())
            .attribute("spot:fleet:name", "web")
            .complete(),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","name":"Ada"}"#,
            &RenameUser::new(org(), user(), name("Ada")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &DescribeUser::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","description":"deploys"}"#,
            &DescribeUser::new(org(), user()).description(name("deploys")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","email":"ada@example.com"}"#,
            &ChangeEmail::new(org(), user(), email("ada")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &ProveEmail::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","role":"billing"}"#,
            &ChangeRole::new(org(), user(), OrganizationRole::Billing),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &SuspendUser::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &ReactivateUser::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &RemoveUser::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","ground":"request"}"#,
            &ErasePerson::new(org(), user(), ErasureGround::Request),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &LeaveOrganization::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &OfferOwnership::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "from":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &AcceptOwnership::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "from":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &DeclineOwnership::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "from":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &WithdrawOwnership::new(org(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","email":"ada@example.com",
                "role":"member"}"#,
            &InviteUser::new(org(), email("ada"), OrganizationRole::Member),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","email":"ada@example.com",
                "role":"member",
                "attachments":[{"account":"acct_01h455vb4pex5vsknk084sn02q","role":"viewer"}]}"#,
            &InviteUser::new(org(), email("ada"), OrganizationRole::Member)
                .attach(account(), AccountRole::Viewer),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "invitation":"invite_01h455vb4pex5vsknk084sn02q"}"#,
            &ResendInvitation::new(org(), invitation()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "invitation":"invite_01h455vb4pex5vsknk084sn02q"}"#,
            &RevokeInvitation::new(org(), invitation()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "invitation":"invite_01h455vb4pex5vsknk084sn02q"}"#,
            &DeclineInvitation::new(org(), invitation()),
        ),
    ]
}

/// The statements of the policies in the documents below.
fn statements() -> Document {
    let json = r#"{"statements":[
        {"effect":"ALLOW","actions":["server:*"],"resources":["*"],
            "condition":{"StringEquals":{"server:tag/owner":"${user:email}"}}},
        {"effect":"DENY","actions":["server:delete"],"resources":["server:prod-*"]}]}"#;
    serde_json::from_str(json).unwrap()
}

fn commands_of_groups() -> Vec<Row> {
    vec![
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"On call"}"#,
            &CreateGroup::new(org(), name("On call")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"On call",
                "description":"by night"}"#,
            &CreateGroup::new(org(), name("On call")).description(name("by night")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q","name":"On call"}"#,
            &UpdateGroup::new(org(), group(), name("On call")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q","name":"On call",
                "description":"by night"}"#,
            &UpdateGroup::new(org(), group(), name("On call")).description(name("by night")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q"}"#,
            &DeleteGroup::new(org(), group()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &AddToGroup::new(org(), group(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &RemoveFromGroup::new(org(), group(), user()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q","role":"viewer"}"#,
            &AttachGroup::new(org(), group(), account(), AccountRole::Viewer),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &DetachGroup::new(org(), group(), account()),
        ),
    ]
}

fn commands_of_policies() -> Vec<Row> {
    vec![
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"Servers","kind":"account",
                "document":{"statements":[
                    {"effect":"ALLOW","actions":["server:*"],"resources":["*"],
                        "condition":{"StringEquals":{"server:tag/owner":"${user:email}"}}},
                    {"effect":"DENY","actions":["server:delete"],
                        "resources":["server:prod-*"]}]}}"#,
            &CreatePolicy::new(org(), name("Servers"), PolicyKind::Account, statements()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","name":"Users",
                "kind":"organization","document":{"statements":[
                    {"effect":"ALLOW","actions":["user:*"],"resources":["*"]}]},
                "description":"who hires","unknown":"keep"}"#,
            &CreatePolicy::new(
                org(),
                name("Users"),
                PolicyKind::Organization,
                every::allowing(&["user:*"]),
            )
            .description(name("who hires"))
            .unknown(UnknownActions::Keep),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q","name":"Users",
                "document":{"statements":[
                    {"effect":"ALLOW","actions":["user:*"],"resources":["*"]}]}}"#,
            &UpdatePolicy::new(org(), policy(), name("Users"), every::allowing(&["user:*"])),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q","name":"Users",
                "document":{"statements":[
                    {"effect":"ALLOW","actions":["user:*"],"resources":["*"]}]},
                "description":"who hires","unknown":"refuse"}"#,
            &UpdatePolicy::new(org(), policy(), name("Users"), every::allowing(&["user:*"]))
                .description(name("who hires"))
                .unknown(UnknownActions::Refuse),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q"}"#,
            &DeletePolicy::new(org(), policy()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q",
                "to":{"user":"user_01h455vb4pex5vsknk084sn02q"},"on":"organization"}"#,
            &AttachPolicy::new(org(), policy(), user().into(), Reach::Organization),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q",
                "to":{"group":"group_01h455vb4pex5vsknk084sn02q"},"on":"all_accounts"}"#,
            &AttachPolicy::new(org(), policy(), group().into(), Reach::AllAccounts),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q",
                "to":{"group":"group_01h455vb4pex5vsknk084sn02q"},
                "on":{"accounts":["acct_01h455vb4pex5vsknk084sn02q"]}}"#,
            &AttachPolicy::new(
                org(),
                policy(),
                group().into(),
                Reach::accounts([account()]),
            ),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q",
                "from":{"user":"user_01h455vb4pex5vsknk084sn02q"}}"#,
            &DetachPolicy::new(org(), policy(), user().into()),
        ),
    ]
}

/// Launching a server, as a question that is asked with others.
fn launch() -> Question {
    Question::new(name("server:launch"), account())
        .attribute("server:tag/owner", "ada@example.com")
        .complete()
}

fn questions_of_right() -> Vec<Row> {
    vec![
        row(
            "Check",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","action":"server:launch",
                "resource":"acct_01h455vb4pex5vsknk084sn02q",
                "attributes":{"server:tag/owner":"ada@example.com"},
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &Check::new(org(), name("server:launch"), account())
                .attribute("server:tag/owner", "ada@example.com")
                .of_user(user()),
        ),
        row(
            "CheckMany",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","questions":[
                {"action":"server:launch","resource":"acct_01h455vb4pex5vsknk084sn02q",
                    "attributes":{"server:tag/owner":"ada@example.com"},"complete":true},
                {"action":"user:read","resource":"user_01h455vb4pex5vsknk084sn02q"}]}"#,
            &CheckMany::new(org(), [launch(), Question::new(name("user:read"), user())]),
        ),
        row(
            "CheckMany",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","questions":[],
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &CheckMany::new(org(), []).of_user(user()),
        ),
        row(
            "AllowedActions",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "resource":"group_01h455vb4pex5vsknk084sn02q"}"#,
            &AllowedActions::new(org(), group()),
        ),
        row(
            "AllowedActions",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "resource":"policy_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &AllowedActions::new(org(), policy()).of_user(user()),
        ),
        row(
            "AccessibleAccounts",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","action":"account:read"}"#,
            &AccessibleAccounts::new(org(), name("account:read")),
        ),
        row(
            "AccessibleAccounts",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","action":"account:read",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &AccessibleAccounts::new(org(), name("account:read")).of_user(user()),
        ),
        row(
            "WhoCan",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","question":
                {"action":"server:launch","resource":"acct_01h455vb4pex5vsknk084sn02q",
                    "attributes":{"server:tag/owner":"ada@example.com"},"complete":true},
                "paging":{"limit":10}}"#,
            &WhoCan::new(org(), launch()).limit(10),
        ),
        row(
            "ExplainAccess",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","question":
                {"action":"account:read","resource":"acct_01h455vb4pex5vsknk084sn02q"}}"#,
            &ExplainAccess::new(
                org(),
                user(),
                Question::new(name("account:read"), account()),
            ),
        ),
        row(
            "GetGroup",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q"}"#,
            &GetGroup::new(org(), group()),
        ),
        row(
            "ListGroups",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","search":"call",
                "paging":{"limit":10}}"#,
            &ListGroups::new(org()).search(name("call")).limit(10),
        ),
        row(
            "GetPolicy",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "policy":"policy_01h455vb4pex5vsknk084sn02q"}"#,
            &GetPolicy::new(org(), policy()),
        ),
        row(
            "ListPolicies",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","kind":"organization",
                "search":"user","paging":{}}"#,
            &ListPolicies::new(org())
                .kind(PolicyKind::Organization)
                .search(name("user")),
        ),
    ]
}

fn questions() -> Vec<Row> {
    let cursor: Cursor = serde_json::from_value("5".repeat(64).into()).unwrap();
    vec![
        row(
            "Check",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","action":"server:launch",
                "resource":"acct_01h455vb4pex5vsknk084sn02q/server/i-7"}"#,
            &Check::new(
                org(),
                name("server:launch"),
                name::<Resource>(&format!("acct_{ID}/server/i-7")),
            ),
        ),
        row(
            "GetOrganization",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &GetOrganization::new(org()),
        ),
        row(
            "SwitchOrganization",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &SwitchOrganization::new(org()),
        ),
        row(
            "OrganizationsOf",
            r#"{"search":"Spot","paging":{"limit":10}}"#,
            &OrganizationsOf::caller().search(name("Spot")).limit(10),
        ),
        row(
            "FindOrganization",
            r#"{"name":{"name":"Spot","division":"USA"}}"#,
            &FindOrganization::Name(spot_usa()),
        ),
        row(
            "FindOrganization",
            r#"{"reference":"crm/42"}"#,
            &FindOrganization::Reference(name("crm/42")),
        ),
        row(
            "GetAccount",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q"}"#,
            &GetAccount::new(org(), account()),
        ),
        row(
            "GetAccount",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &GetAccount::default_of(org()),
        ),
        row(
            "ListAccounts",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","label":{"key":"env"},
                "search":"Lab","status":"closing",
                "paging":{"after":"5555555555555555555555555555555555555555555555555555555555555555"}}"#,
            &ListAccounts::new(org())
                .label(HasLabel::new(name("env")))
                .search(name("Lab"))
                .status(AccountStatus::Closing)
                .after(cursor),
        ),
        row(
            "GetUser",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q"}"#,
            &GetUser::new(org(), user()),
        ),
        row(
            "ListUsers",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q",
                "group":"group_01h455vb4pex5vsknk084sn02q","kind":"programmatic",
                "label":{"key":"env","value":"test"},"role":"admin","search":"Ada",
                "status":"removed","paging":{}}"#,
            &ListUsers::new(org())
                .of_account(account())
                .in_group(group())
                .kind(UserKind::Programmatic)
                .label(HasLabel::new(name("env")).value(name("test")))
                .role(OrganizationRole::Admin)
                .search(name("Ada"))
                .status(UserStatus::Removed),
        ),
        row(
            "ExportUsers",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","paging":{"limit":500}}"#,
            &ExportUsers::new(org()).limit(500),
        ),
        row(
            "GetInvitation",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "invitation":"invite_01h455vb4pex5vsknk084sn02q"}"#,
            &GetInvitation::new(org(), invitation()),
        ),
        row(
            "ListInvitations",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","email":"ada@example.com",
                "status":"expired","paging":{}}"#,
            &ListInvitations::new(org())
                .of_email(email("ada"))
                .status(InvitationStatus::Expired),
        ),
        row(
            "InvitationsOf",
            r#"{"paging":{}}"#,
            &InvitationsOf::caller(),
        ),
        row(
            "GetToken",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "token":"token_01h455vb4pex5vsknk084sn02q"}"#,
            &GetToken::new(org(), token()),
        ),
        row(
            "ListTokens",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q",
                "expires_from":"2026-11-21T12:00:00.000Z",
                "expires_before":"2026-11-21T12:00:00.000Z","last_four":"aB3z",
                "standing":"noncompliant","paging":{}}"#,
            &ListTokens::new(org())
                .of_user(user())
                .expiring(noon(), noon())
                .last_four(name("aB3z"))
                .standing(TokenStanding::Noncompliant),
        ),
        row(
            "GetBilling",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","at":"2026-11-21T12:00:00.000Z"}"#,
            &GetBilling::new(org()).at(noon()),
        ),
        row(
            "GetBilling",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &GetBilling::new(org()),
        ),
        row(
            "ListPayees",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","from":"2026-11-21T12:00:00.000Z",
                "before":"2026-11-21T12:00:00.001Z","paging":{}}"#,
            &ListPayees::new(org()).at(noon()),
        ),
        row(
            "GetSettings",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &GetSettings::new(org()),
        ),
        row(
            "GetMarks",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","on":"organization"}"#,
            &GetMarks::new(org(), Marked::Organization),
        ),
        row(
            "FindReference",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","reference":"crm/42"}"#,
            &FindReference::new(org(), name("crm/42")),
        ),
        row(
            "ListRecords",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","after":7,"limit":100}"#,
            &ListRecords::new(org()).after(Version::new(7)).limit(100),
        ),
        row(
            "FindRecords",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "account":"acct_01h455vb4pex5vsknk084sn02q","command":"c-1",
                "kinds":["user.role_changed","account."],
                "link":"link_01h455vb4pex5vsknk084sn02q","order":"oldest_first",
                "outcome":"success",
                "period":{"custom":{"from":"2026-11-21T12:00:00.000Z",
                                    "before":"2026-11-21T12:00:00.000Z"}},
                "resource":"user_01h455vb4pex5vsknk084sn02q","resource_type":"user",
                "search":"ada","token":"token_01h455vb4pex5vsknk084sn02q",
                "user":"user_01h455vb4pex5vsknk084sn02q","paging":{"limit":5}}"#,
            &FindRecords::new(org())
                .of_account(account())
                .by_command(name("c-1"))
                .kind(name("user.role_changed"))
                .kind(name("account."))
                .through(name("link_01h455vb4pex5vsknk084sn02q"))
                .order(Order::OldestFirst)
                .outcome(OutcomeKind::Success)
                .period(Period::Custom {
                    from: Some(noon()),
                    before: Some(noon()),
                })
                .on(user())
                .on_type(name("user"))
                .search(name("ada"))
                .by_token(token())
                .by_user(user())
                .limit(5),
        ),
        row(
            "FindRecords",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","order":"newest_first",
                "period":"week","paging":{}}"#,
            &FindRecords::new(org()),
        ),
    ]
}

fn spot_usa() -> OrganizationName {
    OrganizationName::new(name("Spot")).with_division(name("USA"))
}

fn laptop() -> NewToken {
    NewToken::new(TokenKind::Personal)
        .name(name("laptop"))
        .accounts([account()])
        .actions([name("account:read")])
        .expires_at(noon())
}

fn noon() -> tenancy::time::Timestamp {
    time("2026-11-21T12:00:00.000Z")
}

#[track_caller]
fn all_are_right(rows: &[Row]) {
    let wrong: Vec<_> = rows.iter().filter_map(|row| row.wrong.as_deref()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn commands_of_the_tree() -> Vec<Row> {
    vec![
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","child":{"name":"Spot"},
                "owner":"Ada"}"#,
            &CreateChild::new(org(), name("Spot"), name("Ada")),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "child":{"name":"Spot","division":"USA"},"owner":"Ada","account":"Main",
                "admin":false}"#,
            &CreateChild::new(org(), spot_usa(), name("Ada"))
                .account(name("Main"))
                .admin(false),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "child":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &DetachChild::new(org(), org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &DetachParent::new(org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","admin":true}"#,
            &SetParentGrant::new(org(), true),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "child":"org_01h455vb4pex5vsknk084sn02q","to":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &MoveChild::new(org(), org(), org()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "adoption":"adopt_01h455vb4pex5vsknk084sn02q"}"#,
            &AcceptAdoption::new(org(), adoption()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "adoption":"adopt_01h455vb4pex5vsknk084sn02q","admin":false}"#,
            &AcceptAdoption::new(org(), adoption()).admin(false),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "adoption":"adopt_01h455vb4pex5vsknk084sn02q"}"#,
            &CancelAdoption::new(org(), adoption()),
        ),
        command(
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q",
                "adoption":"adopt_01h455vb4pex5vsknk084sn02q"}"#,
            &DeclineAdoption::new(org(), adoption()),
        ),
    ]
}

fn questions_of_the_tree() -> Vec<Row> {
    vec![
        row(
            "ListChildren",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","paging":{"limit":10}}"#,
            &ListChildren::new(org()).limit(10),
        ),
        row(
            "ListAdoptions",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q","paging":{"limit":10}}"#,
            &ListAdoptions::new(org()).limit(10),
        ),
        row(
            "GetAncestors",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &GetAncestors::new(org()),
        ),
        row(
            "DrawOrganizations",
            r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#,
            &DrawOrganizations::new(org()),
        ),
    ]
}

#[test]
fn commands_are_what_their_documents_say() {
    let rows = [
        commands_of_the_organization(),
        commands_of_accounts_and_tokens(),
        commands_of_users(),
        commands_of_groups(),
        commands_of_policies(),
        commands_of_the_tree(),
    ];
    let rows: Vec<_> = rows.into_iter().flatten().collect();
    all_are_right(&rows);
    // Every command has a row; the one that holds a secret is below.
    let mut kinds: Vec<_> = rows.iter().map(|row| row.kind).collect();
    kinds.push(AcceptInvitation::KIND);
    for kind in every::kinds() {
        assert!(kinds.contains(&&*kind), "{kind} has no row");
        // In a batch it says its kind beside.
        let row = rows.iter().rfind(|row| row.kind == kind).unwrap();
        let mut json: Value = serde_json::from_str(row.json).unwrap();
        json["command"] = kind.clone().into();
        let member: AnyCommand = serde_json::from_str(&json.to_string()).unwrap();
        assert_eq!(serde_json::to_value(&member).unwrap(), json, "{kind}");
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 69);
}

#[test]
fn questions_are_what_their_documents_say() {
    let rows = [questions(), questions_of_right(), questions_of_the_tree()];
    let rows = rows.into_iter().flatten();
    let rows: Vec<_> = rows.collect();
    all_are_right(&rows);
    let mut kinds: Vec<_> = rows.iter().map(|row| row.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 35);
}

/// A life is said in milliseconds: what is finer is cut off, in the state as in its log, and what
/// is longer than can be said is as long as can be said.
#[test]
fn a_life_is_what_its_document_says() {
    let w = World::new();
    let set = |kind, life| SetTokenLife::new(w.spot, kind).life(life);
    let hour = seconds(3600);
    let finer = hour.saturating_add(Duration::from_nanos(999_999));
    let changed = "organization.token_life_changed";
    for (kind, asked, kept, then) in [
        (TokenKind::Personal, finer, hour, changed),
        (TokenKind::Personal, hour, hour, "nothing"),
        (TokenKind::Personal, finer, hour, "nothing"),
        (
            TokenKind::Programmatic,
            Duration::MAX,
            Duration::from_millis(u64::MAX),
            changed,
        ),
        (
            TokenKind::Programmatic,
            Duration::MAX,
            Duration::from_millis(u64::MAX),
            "nothing",
        ),
    ] {
        assert_eq!(w.run(&w.caller("ada"), &set(kind, asked)), then);
        assert_eq!(w.state(w.spot).token_life().of(kind), Some(kept));
    }
    // The host's own bound is kept to the millisecond.
    let most = w.registry.settings().rules.temporary_token_life;
    let more = most.saturating_add(Duration::from_nanos(999_999));
    let command = set(TokenKind::Temporary, more);
    assert_eq!(w.run(&w.caller("ada"), &command), changed);
    let command = set(
        TokenKind::Temporary,
        most.saturating_add(Duration::from_millis(1)),
    );
    assert_eq!(
        w.run(&w.caller("ada"), &command),
        "token_life_rule: temporary tokens were to live for 7200.001 s, expected at most 7200 s"
    );
}

/// What a question leaves out when it is written, it may leave out when it is read.
#[test]
fn lists_need_no_paging() {
    let only = r#"{"organization":"org_01h455vb4pex5vsknk084sn02q"}"#;
    fn read<T: DeserializeOwned>(json: &str) -> T {
        serde_json::from_str(json).unwrap()
    }
    assert_eq!(read::<ListAccounts>(only), ListAccounts::new(org()));
    assert_eq!(read::<ListUsers>(only), ListUsers::new(org()));
    assert_eq!(read::<ListTokens>(only), ListTokens::new(org()));
    assert_eq!(read::<ListInvitations>(only), ListInvitations::new(org()));
    assert_eq!(read::<ListRecords>(only), ListRecords::new(org()));
    assert_eq!(read::<FindRecords>(only), FindRecords::new(org()));
    assert_eq!(read::<ListGroups>(only), ListGroups::new(org()));
    assert_eq!(read::<ListPolicies>(only), ListPolicies::new(org()));
    assert_eq!(read::<ExportUsers>(only), ExportUsers::new(org()));
    assert_eq!(read::<OrganizationsOf>("{}"), OrganizationsOf::caller());
    assert_eq!(read::<InvitationsOf>("{}"), InvitationsOf::caller());
}

fn secret(kind: SecretKind) -> String {
    let bytes = org().to_bytes();
    let minted = mint(&name("acme"), kind, bytes, bytes, &[7; 32]);
    minted.secret.expose().into()
}

/// The text of the secret is the document; what is written is a digest, and is read by nobody.
#[test]
fn an_invitation_is_accepted_with_the_text_that_was_sent() {
    let text = secret(SecretKind::Invitation);
    let json = format!(r#"{{"secret":"{text}","name":"Ada"}}"#);
    let command: AcceptInvitation = serde_json::from_str(&json).unwrap();
    let parsed: InvitationSecret = text.parse().unwrap();
    assert_eq!(command, AcceptInvitation::new(parsed, name("Ada")));
    assert_eq!(command.secret.organization(), org());
    assert_eq!(command.secret.invitation(), invitation());

    let written = serde_json::to_string(&command).unwrap();
    let shown = format!("{command:?}");
    for part in [&text, &text[9..20], &text[60..], &text[text.len() - 4..]] {
        assert!(!written.contains(part), "{written}");
        assert!(!shown.contains(part), "{shown}");
    }
    let refused = serde_json::from_str::<AcceptInvitation>(&written);
    assert!(refused.is_err(), "a digest is no secret");

    // A text with an escape in it, or out of a tree of values, is the same text.
    let escaped = json.replace("acme_inv", "\\u0061cme_inv");
    let tree = serde_json::from_str::<Value>(&json).unwrap();
    assert_eq!(serde_json::from_str(&escaped).ok(), Some(command.clone()));
    assert_eq!(serde_json::from_value(tree).ok(), Some(command.clone()));
    assert_eq!(serde_json::from_reader(json.as_bytes()).ok(), Some(command));
}

/// A secret is read from text alone, and what is wrong with it is said without repeating it.
#[test]
fn a_secret_is_read_from_text_only() {
    let text = secret(SecretKind::Invitation);
    let invited = "the secret of an invitation";
    let rows = [
        (
            "null".to_owned(),
            format!("invalid type: null, expected {invited}"),
        ),
        (
            "7".into(),
            format!("invalid type: integer `7`, expected {invited}"),
        ),
        (
            format!("[{text:?}]"),
            format!("invalid type: sequence, expected {invited}"),
        ),
        (
            format!("{{\"secret\":{text:?}}}"),
            format!("invalid type: map, expected {invited}"),
        ),
        (
            format!("{:?}", text.as_bytes()),
            format!("invalid type: sequence, expected {invited}"),
        ),
        (
            format!("{:?}", secret(SecretKind::Personal)),
            format!("expected {invited}"),
        ),
        (
            format!("{:?}", text.replace("acme", "acmf")),
            "expected a secret whose checksum matches its text".into(),
        ),
        (
            "\"\"".into(),
            "expected a secret that begins with the brand of this service".into(),
        ),
        (
            format!("{:?}", "5".repeat(64)),
            "expected a secret that begins with the brand of this service".into(),
        ),
        (
            format!("{:?}", format!(" {text}")),
            "expected a secret that begins with the brand of this service".into(),
        ),
        (
            format!("{:?}", format!("{text}\n")),
            "expected a secret of 92 characters after its kind".into(),
        ),
    ];
    for (json, expected) in rows {
        let json = format!(r#"{{"secret":{json},"name":"Ada"}}"#);
        let refused = serde_json::from_str::<AcceptInvitation>(&json).unwrap_err();
        let refused = refused.to_string();
        let (said, _) = refused.split_once(" at line ").unwrap();
        assert_eq!(said, expected, "{json}");
        assert!(!refused.contains(&text[10..30]));
    }
}

/// The whole way: what the host sends is the body with which the person accepts.
#[test]
fn a_body_with_the_secret_accepts() {
    let w = World::new();
    let invite = InviteUser::new(w.spot, email("new"), OrganizationRole::Member);
    let minted = w.done(&w.caller("ada"), &invite);
    let text = minted.secret.unwrap();
    let body = format!(r#"{{"secret":"{}","name":"New"}}"#, text.expose());
    let command: AcceptInvitation = serde_json::from_str(&body).unwrap();
    let user = w.done(&person("new"), &command);
    let state = w.state(w.spot);
    assert_eq!(state.invitation(minted.id).unwrap().user(), Some(user));
    // Nothing that is kept holds the text.
    let kept = serde_json::to_string(&w.feed()).unwrap();
    assert!(!kept.contains(&text.expose()[9..]));
}

/// A secret of the same bytes under another brand accepts nothing: with the same randomness two
/// services make them, and know them by the same digest.
#[test]
fn a_secret_of_another_brand_accepts_nothing() {
    let sent = |w: &World| -> InvitationSecret {
        let invite = InviteUser::new(w.spot, email("new"), OrganizationRole::Member);
        let minted = w.done(&w.caller("ada"), &invite).secret.unwrap();
        name(minted.expose())
    };
    let mut other = crate::world::settings();
    other.brand = name("other");
    let (w, other) = (World::new(), World::with(other));
    let (own, foreign) = (sent(&w), sent(&other));
    let digest = |secret: &InvitationSecret| serde_json::to_string(secret).unwrap();
    assert_eq!(digest(&own), digest(&foreign));
    assert_eq!(own.invitation(), foreign.invitation());
    let accept = |secret| w.run(&person("new"), &AcceptInvitation::new(secret, name("New")));
    let told = accept(foreign);
    assert_eq!(
        told,
        format!("not_found: `{}` is not found", own.invitation())
    );
    let accepted = "invitation.accepted, user.created";
    assert_eq!(accept(own), accepted);
}
