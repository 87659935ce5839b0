//! The public surface as a whole: what every type can do, and what none of them tells.

use alloc::sync::Arc;
use core::convert::Infallible;
use core::error::Error as StdError;
use core::fmt::{Debug, Display};
use core::hash::Hash;

use tenancy::access::{
    AccountSet, Attributes, Authorized, Considered, Explanation, Outcome as Judged, Requirement,
};
use tenancy::action::{Action, Builtin, Class, Topic};
use tenancy::caller::{Actor, Authentication, Reason};
use tenancy::catalog::{
    ActionId, ActionSet, Catalog, Entry, InvalidCatalog, ManagedPolicy, ManagedRights,
};
use tenancy::command::{
    AcceptAmendment, AcceptInvitation, AcceptLink, AcceptOwnership, ActivateOrganization,
    AddToGroup, AnyCommand, AssignLinkUser, AttachGroup, AttachPolicy, AttachUser, Batch,
    CancelLink, ChangeEmail, ChangeLabels, ChangeRole, CloseAccount, CloseOrganization, Context,
    CreateAccount, CreateGroup, CreateOrganization, CreatePolicy, CreateProgrammaticUser,
    CreateUser, CreatedUser, Decided, DeclineInvitation, DeclineLink, DeclineOwnership,
    DelegateLink, DeleteGroup, DeletePolicy, DescribeUser, DetachGroup, DetachPolicy, DetachUser,
    Done, DropAmendment, EndLink, ErasePerson, HandOutLinkCode, InviteUser, IssueToken,
    LeaveOrganization, LiftHold, LiftSuspension, MakeDefaultAccount, Minted, NarrowLink, NewToken,
    OfferOwnership, PlaceHold, ProposeAmendment, ProposeLink, ProveEmail, PurgeOrganization,
    ReactivateUser, Recorded, RemoveFromGroup, RemoveUser, RenameAccount, RenameOrganization,
    RenameUser, ResendInvitation, RestoreAccount, RestoreOrganization, RevokeInvitation,
    RevokeToken, RevokeTokens, RotateToken, SetBilling, SetReference, SetTokenLife, SignUp,
    SignedUp, SuspendOrganization, SuspendUser, UnassignLinkUser, UndelegateLink, UnknownActions,
    UpdateGroup, UpdatePolicy, WithdrawLinkCode, WithdrawOwnership,
};
use tenancy::decision::{ByPolicy, Denial, Grant};
use tenancy::email::{Email, InvalidEmail};
use tenancy::environment::{Entropy, Environment, EnvironmentError};
use tenancy::fingerprint::{Fingerprint, FingerprintError};
use tenancy::id::{
    AccountId, GroupId, HoldId, InvalidId, InvitationId, LinkCodeId, LinkId, OrganizationId,
    PolicyId, TokenId, UserId,
};
use tenancy::label::{
    InvalidLabelKey, InvalidLabelValue, InvalidLabels, InvalidReference, LabelKey, LabelValue,
    Labels, Reference,
};
use tenancy::log::as_of::{
    Because, Difference, Field, Finding, Holder, How, Past, Replay, TooLate, Was, When, Why,
};
use tenancy::log::checkpoint::{
    Checkpoint, InvalidCheckpoint, InvalidOrigin, InvalidSignature, LogOrigin, OriginPrefix,
    Signature, SignedCheckpoint,
};
use tenancy::log::merkle::{Tree, TreeHash};
use tenancy::log::proof::{ConsistencyProof, InclusionProof, InvalidProof, RangeError};
use tenancy::log::row::Row;
use tenancy::log::{Verdict, Verifier};
use tenancy::name::{
    CanonicalName, Description, InvalidDescription, InvalidName, Name, OrganizationName,
};
use tenancy::observer::{ErasureEvent, Observer, Rejection, SnapshotEvent};
use tenancy::organization::InvalidSnapshot;
use tenancy::organization::account::{
    Account, AccountClosing, AccountCreated, AccountMadeDefault, AccountRenamed, AccountRestored,
    AccountStatus,
};
use tenancy::organization::billing::{BillingChanged, BillingReference, Payment, PaymentClash};
use tenancy::organization::erasure::{
    Erases, ErasureGround, OrganizationErasure, PersonErasure, UserErased,
};
use tenancy::organization::event::{Event, Undecodable};
use tenancy::organization::group::{
    Group, GroupAttached, GroupCreated, GroupDeleted, GroupDetached, GroupUpdated, GroupUserAdded,
    GroupUserRemoved, Members,
};
use tenancy::organization::invitation::{
    Invitation, InvitationAccepted, InvitationCreated, InvitationDeclined, InvitationResent,
    InvitationRevoked, InvitationStatus,
};
use tenancy::organization::law::{Law, Violation};
use tenancy::organization::lifecycle::{
    Authority, Closing, Hold, HoldKind, HoldLifted, HoldPlaced, NameScope, OrganizationActivated,
    OrganizationClosing, OrganizationCreated, OrganizationPurged, OrganizationRenamed,
    OrganizationRestored, OrganizationSuspended, Standing, Status, Suspension, SuspensionLifted,
    SuspensionReason,
};
use tenancy::organization::link::{
    Accounts, Amendment, Delegated, Delegation, InvalidTermsHash, Link, LinkAccepted,
    LinkAmendmentAccepted, LinkAmendmentDropped, LinkAmendmentProposed, LinkCancelled, LinkCode,
    LinkCodeHandedOut, LinkCodeWithdrawn, LinkDeclined, LinkDelegated, LinkEnd, LinkEnded,
    LinkNarrowed, LinkProposed, LinkStatus, LinkUndelegated, LinkUserAssigned, LinkUserUnassigned,
    Shares, Side, Terms, TermsFault, TermsHash,
};
use tenancy::organization::mark::{LabelsChanged, Marked, Marks, ReferenceChanged};
use tenancy::organization::policy::{
    self, Chosen, Policy, PolicyAttached, PolicyAttachment, PolicyCreated, PolicyDeleted,
    PolicyDetached, PolicyUpdated, Reach,
};
use tenancy::organization::setting::{self, Setting, SettingValue};
use tenancy::organization::sharing::{BillingSource, Effective, Party};
use tenancy::organization::token::{
    DeadToken, Rotation, Token, TokenIssued, TokenKind, TokenLife, TokenLifeChanged, TokenRevoked,
    TokenRotated, UserTokensRevoked,
};
use tenancy::organization::user::{
    Attachment, OwnershipDeclined, OwnershipOffer, OwnershipOffered, OwnershipTransferred,
    OwnershipWithdrawn, ProgrammaticUserCreated, User, UserAttached, UserCreated, UserDescribed,
    UserDetached, UserEmailProven, UserEmailRequested, UserKind, UserLeft, UserReactivated,
    UserRemoved, UserRenamed, UserRoleChanged, UserStatus, UserSuspended,
};
use tenancy::personal::{Commitment, Part, Personal, Salt};
use tenancy::query::{
    AccessibleAccounts, AllowedActions, AmendmentDetails, Billing, Check, CheckAfter, CheckMany,
    Checked, CsvPage, Cursor, EffectiveSetting, Ends, ExplainAccess, Explained, ExportUsers,
    FindOrganization, FindRecords, FindReference, Foreseen, Found, FoundPage, GetAccount,
    GetBilling, GetGroup, GetInvitation, GetLink, GetMarks, GetOrganization, GetPolicy,
    GetSettings, GetToken, GetUser, HasLabel, InvitationsOf, Invited, KindPattern, LinkDetails,
    ListAccounts, ListGroups, ListInvitations, ListLinkCodes, ListLinks, ListPayees, ListPolicies,
    ListRecords, ListTokens, ListUsers, Membership, Order, OrganizationSummary, OrganizationsOf,
    OutcomeKind, Paging, Payee, Period, Plan, Planned, PolicyDetails, Question, RecordPage, Rows,
    SwitchOrganization, TokenStanding, WhoCan,
};
use tenancy::record::{
    Address, Agent, Channel, Code, CommandId, Head, InvalidRecord, Leaf, Log, Outcome, Source,
    Version,
};
use tenancy::refusal::{Blocker, Limited};
use tenancy::registry::attempt::{Attempt, Change, Reading, Step};
use tenancy::registry::credential::Credential;
use tenancy::registry::inquiry::{Inquired, Inquiry};
use tenancy::registry::sweep::Sweep;
use tenancy::resource::{InvalidResource, ResourceId, ResourceType, Service};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::secret::{
    Brand, Digest, InvalidBrand, InvalidLastFour, InvalidSecret, InvitationSecret, LastFour,
    LinkCodeSecret, MintedSecret, ParsedSecret, Secret, SecretKind,
};
use tenancy::settings::{Implied, Limits, Rules};
use tenancy::statement::{
    ActionPattern, AttributeKey, Condition, Document, Effect, InvalidCondition, InvalidDocument,
    InvalidKey, InvalidPattern, InvalidTextPattern, Operator, PolicyKind, ResourcePattern,
    Statement, Test, TextPattern, Value, Values,
};
use tenancy::store::{
    BoxError, BoxStore, CommandKey, Commit, CommitError, ErasedPart, Erasure, FeedPage, Guard, Key,
    KeyAction, KeyChange, KeySpace, Page, Position, Receipt, Scope, Snapshot, Span, Write,
};
use tenancy::text::InvalidText;
use tenancy::time::{InvalidTimestamp, Timestamp};
use tenancy::view::{Interrupt, Need, View};
use tenancy::{
    Access, Answer, Caller, Decision, Error, Failure, Freshness, Organization, Origin, Record,
    Refusal, Request, Resource, Settings,
};

/// Calls a generic function for every type of a list.
macro_rules! each {
    ($check:ident: $($type:ty),* $(,)?) => {
        $($check::<$type>();)*
    };
}

fn is_shared<T: Debug + Send + Sync>() {}
fn is_sent<T: Debug + Send>() {}
fn is_value<T: Clone + Debug + Eq + Send + Sync + 'static>() {}
fn is_text<T: Clone + Debug + Display + Eq + Send + Sync + 'static>() {}
fn is_id<T: Copy + Debug + Display + Eq + Hash + Ord + Send + Sync + 'static>() {}
fn is_error<T: StdError + Send + Sync + 'static>() {}
fn is_comparable_error<T: Clone + Eq + StdError + Send + Sync + 'static>() {}

#[test]
fn ids_are_small_ordered_values() {
    each!(is_id:
        AccountId, GroupId, HoldId, InvitationId, LinkId, OrganizationId, PolicyId, TokenId, UserId,
    );
    assert_eq!(size_of::<AccountId>(), 16);
}

#[test]
fn parsed_values_compare_and_are_written_as_they_are_read() {
    each!(is_text:
        AccountRole, AccountStatus, Action, ActionPattern, Address, AttributeKey, ByPolicy, Checked, Effect, Operator, policy::Holder, PolicyKind, Reach, ResourcePattern, TextPattern, Agent, Authority, Blocker, Brand,
        CanonicalName, Channel, Checkpoint, Code, CommandId, DeadToken, Description, Email, HoldKind, InvitationStatus, KindPattern, LabelKey, LabelValue, LastFour, LeastRole, LogOrigin, Marked, Name, OrganizationName, OrganizationRole, OriginPrefix, Outcome, Reason, Reference, Resource, ResourceId, ResourceType, Service, Signature, SignedCheckpoint, Status, SuspensionReason, Timestamp, TokenKind, TreeHash, UserKind, UserStatus, Version,
    );
}

#[test]
fn plain_values_compare() {
    each!(is_value:
        Accounts, Amendment, AmendmentDetails, Delegated, Delegation, Link, LinkCode, LinkCodeSecret,
        LinkDetails, LinkEnd, Payment, PaymentClash, Shares, Terms, TermsFault, TermsHash,
        ActionSet, Chosen, Condition, Considered, Document, Explained, Foreseen, Group, Implied, Judged, ManagedRights, Members, Policy, PolicyAttachment, PolicyDetails, Question, Statement, Test, UnknownActions, Value, Values,
        Account, ActionId, Actor, Answer<()>, Attachment, Authentication, Builtin, Caller, Check,
        Because, Difference, Field, Finding, Found, FoundPage, How, Order, OutcomeKind, Period, Row, Was<Name>, When,
        Checked, Class, Closing, CommandKey, Commit, Commitment, CsvPage, Cursor, Decision, Denial,
        Digest, Ends, Entry, Event, FeedPage, Fingerprint, Freshness, Grant, Guard, HasLabel, Head,
        ErasedPart, Erasure, ErasureEvent, ErasureGround, Erases, OrganizationErasure, PersonErasure, Hold, Interrupt, Invitation, InvitationSecret, Invited, Key, KeyAction,
        KeyChange, KeySpace,
        Labels, Law, Leaf, Limited, Limits, Log, Marks, Membership, NameScope, Need,
        OrganizationSummary, Origin, OwnershipOffer, Page, Paging, ParsedSecret, Part,
        Personal<Name>, Planned, Position, Reading, Receipt, Record, RecordPage, Refusal, Rejection,
        Requirement, Rotation, Rows<Account>, Rules, Salt, Scope, SecretKind, Snapshot, SnapshotEvent,
        Source, Span,
        Standing, Suspension, Token, TokenLife, TokenStanding, Tree, User, Verdict, Violation, Write,
    );
}

/// What a record says is read and written, by whoever looks into logs.
#[test]
fn what_happened_is_a_plain_value_too() {
    fn is_shape<T>()
    where
        T: Clone + Debug + Eq + Send + Sync + serde::Serialize + serde::de::DeserializeOwned,
    {
    }
    each!(is_shape:
        AccountClosing, AccountCreated, AccountMadeDefault, AccountRenamed, AccountRestored,
        HoldLifted, HoldPlaced, InvitationAccepted, InvitationCreated, InvitationDeclined,
        InvitationResent, InvitationRevoked, LabelsChanged, OrganizationActivated,
        OrganizationClosing, OrganizationCreated, OrganizationPurged, OrganizationRenamed,
        OrganizationRestored, OrganizationSuspended, OwnershipDeclined, OwnershipOffered,
        OwnershipTransferred, OwnershipWithdrawn, ProgrammaticUserCreated, ReferenceChanged,
        BillingChanged, SuspensionLifted, TokenIssued, TokenLifeChanged, TokenRevoked, TokenRotated, UserAttached,
        UserCreated, UserDescribed, UserDetached, UserEmailProven, UserEmailRequested, UserLeft,
        UserReactivated, UserRemoved, UserRenamed, UserRoleChanged, UserSuspended,
        UserErased, UserTokensRevoked,
        GroupAttached, GroupCreated, GroupDeleted, GroupDetached, GroupUpdated, GroupUserAdded,
        GroupUserRemoved, PolicyAttached, PolicyCreated, PolicyDeleted, PolicyDetached,
        PolicyUpdated,
        LinkAccepted, LinkAmendmentAccepted, LinkAmendmentDropped, LinkAmendmentProposed,
        LinkCancelled, LinkCodeHandedOut, LinkCodeWithdrawn, LinkDeclined, LinkDelegated, LinkEnded,
        LinkNarrowed, LinkProposed, LinkUndelegated, LinkUserAssigned, LinkUserUnassigned,
    );
}

/// Small sums and values are copied, and serve as keys.
#[test]
fn small_values_are_copied_and_hashed() {
    fn is_small<T: Copy + Debug + Eq + Hash + Send + Sync + 'static>() {}
    each!(is_small:
        Setting, SettingValue, setting::Source, Topic, AccountStatus, Authentication, Authority, ByPolicy, DeadToken, Decision, Effect, Implied, Operator, policy::Holder, PolicyKind, Denial, Grant, HoldKind,
        InvitationStatus, Marked, NameScope, Standing, Status, SuspensionReason, TokenKind,
        LinkStatus, Side, TokenStanding, UserKind, UserStatus,
    );
    fn is_copy<T: Copy>() {}
    each!(is_copy: BillingSource, Effective<'_>, Party<'_>, Payment, Attachment, Attributes<'_>, Closing, ManagedRights, Members, OwnershipOffer, Suspension, TokenLife, UnknownActions);
    fn is_key<T: Clone + Debug + Eq + Hash + Send + Sync + 'static>() {}
    each!(is_key: ActionPattern, ActionSet, ResourcePattern);
}

/// An answer is what a service sends on.
#[test]
fn answers_are_written() {
    fn is_written<T: Debug + Send + Sync + serde::Serialize>() {}
    each!(is_written:
        Account, Checked, CsvPage, Difference, Ends, Finding, Found, FoundPage, Invitation, Row, Invited, Marks, Membership,
        Billing, BillingSource, EffectiveSetting, Payee, Rows<Payee>,
        OrganizationSummary, RecordPage, Rows<Account>, Rows<Invitation>, Rows<Invited>,
        Explained, Foreseen, Group, Policy, PolicyDetails, Rows<Group>, Rows<Policy>,
        LinkDetails, Rows<LinkCode>, Rows<LinkDetails>, Rows<Membership>, Rows<Token>, Rows<User>, SignedUp, Token, User,
    );
}

#[test]
fn commands_and_questions_are_plain_values() {
    fn is_document<T>()
    where
        T: Clone + Debug + Eq + Send + Sync + 'static,
        T: serde::Serialize + serde::de::DeserializeOwned,
    {
    }
    each!(is_document:
        AcceptInvitation, AcceptOwnership, ActivateOrganization, AnyCommand, AttachUser, Batch,
        ChangeEmail, ChangeLabels, ChangeRole, CloseAccount, CloseOrganization, CreateAccount,
        CreateOrganization, CreateProgrammaticUser, CreateUser, DeclineInvitation,
        DeclineOwnership, DescribeUser, DetachUser, ErasePerson, InviteUser, IssueToken, LeaveOrganization,
        LiftHold, LiftSuspension, MakeDefaultAccount, NewToken, OfferOwnership, PlaceHold,
        ProveEmail, PurgeOrganization, ReactivateUser, RemoveUser, RenameAccount,
        RenameOrganization, RenameUser, ResendInvitation, RestoreAccount, RestoreOrganization,
        RevokeInvitation, RevokeToken, RevokeTokens, RotateToken, SetReference, SetTokenLife,
        SignUp, SignedUp, SuspendOrganization, SuspendUser, WithdrawOwnership,
    );
    each!(is_document:
        AcceptAmendment, AcceptLink, AssignLinkUser, CancelLink, DeclineLink, DelegateLink,
        DropAmendment, EndLink, HandOutLinkCode, NarrowLink, ProposeAmendment, ProposeLink,
        UnassignLinkUser, UndelegateLink, WithdrawLinkCode, GetLink, ListLinkCodes, ListLinks,
    );
    each!(is_document:
        AddToGroup, AttachGroup, AttachPolicy, CreateGroup, CreatePolicy, DeleteGroup, DeletePolicy,
        DetachGroup, DetachPolicy, RemoveFromGroup, UpdateGroup, UpdatePolicy,
    );
    each!(is_document:
        AccessibleAccounts, AllowedActions, CheckMany, ExplainAccess, GetGroup, GetPolicy,
        ListGroups, ListPolicies, Question, WhoCan,
    );
    each!(is_document: ActionPattern, AttributeKey, Condition, Document, Reach, ResourcePattern, Statement);
    each!(is_document: Checkpoint, ConsistencyProof, InclusionProof, SignedCheckpoint, Tree);
    each!(is_document: BillingReference, GetBilling, GetSettings, ListPayees, Payment, SetBilling, SettingValue);
    each!(is_document:
        Check, ExportUsers, FindOrganization, FindRecords, FindReference, GetAccount, GetInvitation, GetMarks,
        GetOrganization, GetToken, GetUser, InvitationsOf, ListAccounts, ListInvitations,
        ListRecords, ListTokens, ListUsers, OrganizationsOf, SwitchOrganization,
    );
    each!(is_shared: CheckAfter<'_, SignUp>, Plan<'_, SignUp>, Request<'_, SignUp>);
}

#[test]
fn what_holds_a_secret_or_a_state_crosses_threads() {
    each!(is_shared:
        Access<'_>, AccountSet<'_>, Attributes<'_>, Explanation<'_>, ManagedPolicy, tenancy::settings::Moment<'_>, Authorized<'_, SignUp>, Catalog, CreatedUser, Decided<()>, Done,
        Minted<InvitationId>, Minted<LinkCodeId>, Minted<TokenId>, MintedSecret, Organization, Recorded<'_>, Secret, Settings, Verifier,
    );
    // A run belongs to one task, which may move from thread to thread; a `Context` and a `View`
    // never leave the decision that they are lent to.
    each!(is_shared: Credential, Holder<'_>, Past, Replay, Why);
    each!(is_sent:
        Attempt<'_, SignUp>, Change, Entropy, Inquired<Checked>, Inquiry<'_, Check>, Step<SignedUp>,
    );
    fn is_debug<T: Debug>() {}
    each!(is_debug: Context<'_>, View<'_>);
}

/// What is about the tree can do what its like can.
#[test]
fn the_tree_is_of_plain_values() {
    use tenancy::command::{
        AcceptAdoption, CancelAdoption, CreateChild, DeclineAdoption, DetachChild, DetachParent,
        MoveChild, ProposeAdoption, SetParentGrant,
    };
    use tenancy::id::AdoptionId;
    use tenancy::organization::tree::{
        Adoption, AdoptionEnd, AdoptionEnded, AdoptionProposed, Child, ChildAttached,
        ChildDetached, Kin, Parent, ParentAttached, ParentDetached, ParentGrantChanged,
    };
    use tenancy::query::{
        Ancestor, ChildSummary, DrawOrganizations, GetAncestors, ListAdoptions, ListChildren,
    };
    fn is_document<T>()
    where
        T: Clone + Debug + Eq + Send + Sync + 'static,
        T: serde::Serialize + serde::de::DeserializeOwned,
    {
    }
    fn is_written<T: Clone + Debug + Eq + Send + Sync + serde::Serialize>() {}
    fn is_small<T: Copy + Debug + Eq + Send + Sync + 'static>() {}
    each!(is_id: AdoptionId);
    each!(is_document:
        AcceptAdoption, CancelAdoption, CreateChild, DeclineAdoption, DetachChild, DetachParent,
        MoveChild, ProposeAdoption, SetParentGrant,
        DrawOrganizations, GetAncestors, ListAdoptions, ListChildren,
        Adoption, AdoptionEnded, AdoptionProposed, ChildAttached, ChildDetached, ParentAttached,
        ParentDetached, ParentGrantChanged,
    );
    each!(is_written: Ancestor, ChildSummary, Rows<Adoption>, Rows<ChildSummary>, Vec<Ancestor>);
    each!(is_small: AdoptionEnd, Child, Kin, Parent);
}

#[test]
fn errors_are_errors() {
    each!(is_comparable_error:
        CommitError<Infallible>, EnvironmentError, Error<Infallible>, Failure, FingerprintError,
        InvalidBrand, InvalidCatalog, InvalidCheckpoint, InvalidCondition, InvalidDescription, InvalidDocument, InvalidKey, InvalidPattern, InvalidTextPattern, InvalidEmail, InvalidId, InvalidLabelKey, InvalidLabelValue, InvalidLabels, InvalidLastFour, InvalidName, InvalidOrigin, InvalidProof, InvalidRecord, InvalidReference, InvalidResource, InvalidSecret, InvalidSignature, InvalidSnapshot, InvalidTermsHash, InvalidText, InvalidTimestamp, RangeError, Refusal, TooLate, Undecodable,
    );
    each!(is_error: BoxError, Error<EnvironmentError>, CommitError<EnvironmentError>);
}

#[test]
fn what_carries_a_log_crosses_threads() {
    use tenancy::log::export::{ExportError, Exporter};
    use tenancy::log::import::{Importer, InvalidLine};
    use tenancy::log::projection::Projection;
    use tenancy::organization::activity::{ActivityRecorded, InvalidPayload, Payload};
    use tenancy::organization::user::UserSuspendedBefore;
    use tenancy::query::Logs;
    use tenancy::registry::import::{Carry, Checking, Import, ImportError};

    each!(is_shared: Carry<'_>, Checking<'_>, Exporter, Importer, Sweep);
    each!(is_value:
        ActivityRecorded, Import, Logs, Payload, Projection<u8>, UserSuspendedBefore,
        tenancy::command::RecordActivity,
    );
    each!(is_comparable_error: ExportError, ImportError, InvalidLine, InvalidPayload, Violation);
}

#[test]
fn traits_that_a_host_writes_can_be_boxed() {
    fn is_dyn<T: ?Sized + Send + Sync>() {}
    each!(is_dyn: dyn Environment, dyn Observer, dyn tenancy::blocking::Store<Error = Infallible>);
    each!(is_dyn: Arc<dyn Environment>, Arc<dyn Observer>);
    fn is_store<T: tenancy::store::Store>() {}
    each!(is_store: BoxStore, Arc<BoxStore>);
    each!(is_shared: BoxStore);
}

#[cfg(feature = "std")]
mod with_std {
    use alloc::string::String;
    use alloc::vec::Vec;

    use tenancy::environment::{SeededEnvironment, SystemEnvironment};
    use tenancy::query::{GetUser, ListRecords, ListTokens};
    use tenancy::registry::SnapshotPolicy;
    use tenancy::store::{Erase, MemoryStore, Ready, Snapshots, Store as _};
    use tenancy::{Registry, blocking};

    use super::*;

    #[test]
    fn registries_and_their_futures_cross_threads() {
        fn is_send<T: Send>(value: T) -> T {
            value
        }
        each!(is_value: SnapshotPolicy);
        fn can_do_all<T: Snapshots + Erase>() {}
        each!(can_do_all: Arc<Ready<&MemoryStore>>);
        each!(is_shared:
            blocking::Registry<MemoryStore>, Registry<Ready<MemoryStore>>, MemoryStore,
            Ready<MemoryStore>, SeededEnvironment, SystemEnvironment,
        );
        let (registry, caller, query) = (asynchronous(), ada(), OrganizationsOf::caller());
        let organization = id();
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        drop(is_send(registry.run(&caller, &sign_up)));
        drop(is_send(registry.ask(&caller, &query)));
        drop(is_send(registry.authenticate("")));
        drop(is_send(registry.with(
            organization,
            Freshness::Latest,
            |_| (),
        )));
        drop(is_send(registry.store().receipt(&key())));
    }

    /// Whoever adds a public type says here what it can do.
    #[test]
    fn every_public_type_is_named_here() {
        fn files(path: &std::path::Path, texts: &mut Vec<String>) {
            for entry in std::fs::read_dir(path).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => files(&path, texts),
                    false => texts.push(std::fs::read_to_string(path).unwrap()),
                }
            }
        }
        let mut texts = Vec::new();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        files(&root, &mut texts);
        let own = include_str!("api.rs");
        let named: alloc::collections::BTreeSet<&str> =
            own.split(|c: char| !c.is_alphanumeric()).collect();
        // What a host implements or derives from, and what another feature brings.
        let elsewhere = [
            "Capability",
            "Command",
            "Fixture",
            "Query",
            "Rule",
            "Sealed",
            "TracingObserver",
        ];
        let mut types = 0;
        for line in texts.iter().flat_map(|text| text.lines()) {
            let words: Vec<_> = line.split_whitespace().take(3).collect();
            let [visibility, "struct" | "enum" | "trait", name] = *words else {
                continue;
            };
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            if visibility != "pub" || name.is_empty() || elsewhere.contains(&name) {
                continue;
            }
            assert!(
                named.contains(name),
                "{name} is not named in tests/it/api.rs"
            );
            types += 1;
        }
        assert!(types > 150, "{types}");
    }

    fn settings() -> Settings {
        Settings::new("acme".parse().unwrap())
    }

    fn asynchronous() -> Registry<Ready<MemoryStore>> {
        let store = Ready::new(MemoryStore::new());
        Registry::new(store, SystemEnvironment::new(), settings())
    }

    /// Whatever is written into a host's logs by `{:?}` must not need erasing there.
    #[test]
    fn what_is_kept_shows_no_secret_and_nobody() {
        let registry =
            blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings());
        let person = ada();
        let sign_up = SignUp::new("Acme".parse().unwrap(), "Zuleika".parse().unwrap());
        let made = registry.run(&person, &sign_up).unwrap();
        let caller = Caller::user(made.organization, made.owner)
            .with_proven("ada@zuleika.example".parse().unwrap());
        let token = NewToken::new(TokenKind::Personal).name("Zuleika".parse().unwrap());
        let issue = IssueToken::new(made.organization, made.owner, token);
        let minted = registry.run(&caller, &issue).unwrap();
        let text = String::from(minted.secret.as_ref().unwrap().expose());
        let bearer = registry.authenticate(&text).unwrap();

        let user = registry.ask(&caller, &GetUser::new(made.organization, made.owner));
        let tokens = registry.ask(&caller, &ListTokens::new(made.organization));
        let records = registry.ask(&caller, &ListRecords::new(made.organization));
        let records = records.unwrap().value.records;
        let state = registry
            .with(made.organization, Freshness::Latest, |it| {
                it.organization().clone()
            })
            .unwrap();
        let events: Vec<_> = records
            .iter()
            .map(|it| Event::decode(it).unwrap())
            .collect();
        let parsed = ParsedSecret::parse(&text, &settings().brand).unwrap();
        assert!(records.iter().any(|record| !record.personal.is_empty()));

        let shown = [
            format!("{minted:?} {bearer:?} {caller:?} {person:?} {parsed:?}"),
            format!("{:?} {:?}", user.unwrap(), tokens.unwrap()),
            format!("{records:?} {events:?} {state:?}"),
            format!("{registry:?} {:?}", registry.store()),
        ];
        let salts = records.iter().flat_map(|it| &it.personal).map(|it| it.salt);
        let salts: Vec<String> = salts
            .map(|it| serde_json::to_string(&it).unwrap())
            .collect();
        for shown in &shown {
            assert!(!shown.to_lowercase().contains("zuleika"), "{shown}");
            assert!(!shown.contains(text.get(12..40).unwrap()), "{shown}");
            for salt in &salts {
                assert!(!shown.contains(salt.trim_matches('"')), "{shown}");
            }
        }
    }
}

/// A commit on its way to a store is what a store's author logs first.
#[test]
fn a_commit_shows_nobody() {
    let email: Email = "ada@zuleika.example".parse().unwrap();
    let mut commit = Commit::new(key(), fingerprint());
    let (organization, user) = (id::<OrganizationId>(), Resource::User(id()));
    let index = KeyChange::new(KeyAction::Index, Key::email(&email), organization, user);
    commit.keys.push(index);
    let shown = format!(
        "{commit:?} {:?}",
        Step::<()>::Commit(Arc::new(commit.clone()))
    );
    assert!(!shown.contains("zuleika"), "{shown}");
    assert!(shown.contains("Key(email `redacted`)"), "{shown}");
}

#[test]
fn the_parts_of_a_person_show_nobody() {
    let salt = Salt::from_bytes([7; 16]);
    let name: Name = "Zuleika".parse().unwrap();
    let kept = Personal::new("name", salt, name);
    let part = kept.part("name").unwrap();
    let shown = format!("{kept:?} {part:?} {salt:?}");
    assert_eq!(
        shown,
        "Personal(kept) Part { field: \"name\", .. } Salt(redacted)"
    );
}

fn ada() -> Caller {
    Caller::person("ada@zuleika.example".parse().unwrap())
}

fn key() -> CommandKey {
    let scope = Scope::Person("ada@zuleika.example".into());
    CommandKey::new(scope, "sign-up".parse().unwrap())
}

fn fingerprint() -> Fingerprint {
    Fingerprint::of("sign_up", &ada(), &()).unwrap()
}

fn id<I: tenancy::id::Id>() -> I {
    I::from_parts(Timestamp::from_millis(1_700_000_000_000).unwrap(), [7; 10])
}
