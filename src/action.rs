//! What can be done: actions, their classes, and the crate's own.
//!
//! Which actions there are in all, the crate's own and those of a host's services, is said by a
//! [catalog](crate::catalog).

use serde::{Deserialize, Serialize};

use crate::role::LeastRole;
use crate::text::ascii_text;

ascii_text! {
    /// The name of an action, such as `account:create` or `elastigroup:createGroup`.
    ///
    /// ```
    /// use tenancy::action::Action;
    /// let action: Action = "elastigroup:createGroup".parse()?;
    /// assert_eq!(action.as_str(), "elastigroup:createGroup");
    /// # Ok::<(), tenancy::text::InvalidText>(())
    /// ```
    Action, "action", 128, "letters, digits, `_`, `-`, `.` or `:`",
    |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':')
}

impl Builtin {
    /// Those that may be one's own, and so need no right.
    pub(crate) const OWN: &[Self] = &[
        Self::ChangeRole,
        Self::IssueToken,
        Self::ReadAccess,
        Self::ReadGroup,
        Self::ReadPolicy,
        Self::ReadToken,
        Self::ReadUser,
        Self::RevokeToken,
        Self::RotateToken,
        Self::UpdateUser,
    ];

    /// Returns whether users of another organization can be let do it at all (law L3).
    ///
    /// Never delegated is what is an owner's or the host's alone; what ends an organization or carries its
    /// data away; links and the tree, reading them too, which would tell of third ones; who pays, and what
    /// others share; minting tokens; and what is about being a user oneself. What is new is not delegated
    /// until it is listed here.
    #[must_use]
    pub const fn is_delegable(self) -> bool {
        matches!(
            self,
            Self::ActivateOrganization
                | Self::AddToGroup
                | Self::AttachGroup
                | Self::AttachPolicy
                | Self::AttachUser
                | Self::ChangeRole
                | Self::CloseAccount
                | Self::CreateAccount
                | Self::CreateGroup
                | Self::CreateInvitation
                | Self::CreatePolicy
                | Self::CreateUser
                | Self::DeleteGroup
                | Self::DeletePolicy
                | Self::DetachGroup
                | Self::DetachPolicy
                | Self::DetachUser
                | Self::LabelUser
                | Self::MakeDefaultAccount
                | Self::ReactivateUser
                | Self::ReadAccess
                | Self::ReadAccount
                | Self::ReadBilling
                | Self::ReadGroup
                | Self::ReadInvitation
                | Self::ReadLog
                | Self::ReadOrganization
                | Self::ReadOrigin
                | Self::ReadPolicy
                | Self::ReadToken
                | Self::ReadUser
                | Self::RemoveFromGroup
                | Self::RemoveUser
                | Self::RestoreAccount
                | Self::RevokeInvitation
                | Self::RevokeToken
                | Self::SuspendUser
                | Self::UpdateAccount
                | Self::UpdateGroup
                | Self::UpdateOrganization
                | Self::UpdatePolicy
                | Self::UpdateUser
        )
    }

    /// Returns whether it is the administration of policies and groups, from which no policy keeps an
    /// owner (law X1).
    pub(crate) const fn administers_rights(self) -> bool {
        matches!(
            self,
            Self::AddToGroup
                | Self::AttachGroup
                | Self::AttachPolicy
                | Self::CreateGroup
                | Self::CreatePolicy
                | Self::DeleteGroup
                | Self::DeletePolicy
                | Self::DetachGroup
                | Self::DetachPolicy
                | Self::ReadGroup
                | Self::ReadPolicy
                | Self::RemoveFromGroup
                | Self::UpdateGroup
                | Self::UpdatePolicy
        )
    }
}

/// What kind of thing an action is, so that the status of an organization can allow or forbid it
/// (law O3).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Changes the organization itself, its accounts, users and tokens, and may give access.
    Administer,
    /// Concerns paying, activation of the plan among it.
    Billing,
    /// Ends an organization, holds that up or takes it back, carries its own data away, or erases
    /// what names a person.
    Exit,
    /// Gives up something of one's own: a membership, a token.
    Leave,
    /// Uses what the host's service is for.
    Product,
    /// Looks.
    Read,
    /// Takes access away, in a way that can be given back, and never gives any: possible while the
    /// organization is suspended or closing, when whoever is to go would go on reading otherwise.
    Revoke,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Administer,
        Self::Billing,
        Self::Exit,
        Self::Leave,
        Self::Product,
        Self::Read,
        Self::Revoke,
    ];
}

/// What a link shares to be read, and never to be written (law L3).
///
/// The host says of its own actions that look which of these they are about
/// ([`Catalog::with_topic`](crate::catalog::Catalog::with_topic)).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Billing reports.
    BillingReports,
    /// Dashboards.
    Dashboards,
    /// Reports.
    Reports,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::BillingReports, Self::Dashboards, Self::Reports];

    /// Returns the right that a user needs in its own organization, to read what others share with it.
    #[must_use]
    pub const fn needed(self) -> Builtin {
        match self {
            Self::BillingReports => Builtin::ReadSharedBilling,
            Self::Dashboards => Builtin::ReadSharedDashboards,
            Self::Reports => Builtin::ReadSharedReports,
        }
    }

    /// Returns its name, as it is written in commands and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BillingReports => "billing_reports",
            Self::Dashboards => "dashboards",
            Self::Reports => "reports",
        }
    }
}

macro_rules! builtin_actions {
    ($($(#[$doc:meta])* $variant:ident $name:literal $class:ident $least:ident;)*) => {
        /// The crate's own actions.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Builtin {
            $($(#[$doc])* $variant,)*
        }

        impl Builtin {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns its name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Returns what kind of thing it is.
            #[must_use]
            pub const fn class(self) -> Class {
                match self {
                    $(Self::$variant => Class::$class,)*
                }
            }

            /// Returns who may do it.
            #[must_use]
            pub const fn least(self) -> LeastRole {
                match self {
                    $(Self::$variant => LeastRole::$least,)*
                }
            }
        }
    };
}

builtin_actions! {
    /// Ask what others may do, and why.
    ReadAccess "access:read" Read Admin;
    /// Attach a user to an account, or change its role there.
    AttachUser "account:attach_user" Administer Admin;
    /// Close an account.
    CloseAccount "account:close" Administer Admin;
    /// Create an account.
    CreateAccount "account:create" Administer Admin;
    /// Detach a user from an account; oneself needs no right.
    DetachUser "account:detach_user" Revoke Admin;
    /// Make an account the default one.
    MakeDefaultAccount "account:make_default" Administer Admin;
    /// Read an account.
    ReadAccount "account:read" Read Viewer;
    /// Restore an account that is closing.
    RestoreAccount "account:restore" Administer Admin;
    /// Change the name or the labels of an account.
    UpdateAccount "account:update" Administer Admin;
    /// Give everybody in a group a role on an account.
    AttachGroup "group:attach" Administer Admin;
    /// Create a group.
    CreateGroup "group:create" Administer Admin;
    /// Delete a group.
    DeleteGroup "group:delete" Administer Admin;
    /// Take the role of a group on an account away.
    DetachGroup "group:detach" Revoke Admin;
    /// Put a user into a group.
    AddToGroup "group:add_user" Administer Admin;
    /// Take a user out of a group, and so perhaps what is denied to it.
    RemoveFromGroup "group:remove_user" Administer Admin;
    /// Read a group; one that one is in oneself needs no right.
    ReadGroup "group:read" Read Viewer;
    /// Change the name or the description of a group.
    UpdateGroup "group:update" Administer Admin;
    /// Invite somebody, or send an invitation again.
    CreateInvitation "invitation:create" Administer Admin;
    /// Read invitations.
    ReadInvitation "invitation:read" Read Admin;
    /// Take an invitation back.
    RevokeInvitation "invitation:revoke" Revoke Admin;
    /// Pick what users of a linked organization may do on accounts.
    DelegateLink "link:delegate" Administer Admin;
    /// Let users of a linked organization do less, or nothing any more.
    UndelegateLink "link:undelegate" Revoke Admin;
    /// Pick a user of one's own, to work on accounts of a linked organization.
    AssignLink "link:assign" Administer Admin;
    /// Pick a user of one's own no more.
    UnassignLink "link:unassign" Revoke Admin;
    /// Consent to a link, or to other terms of one.
    AcceptLink "link:accept" Administer Owner;
    /// Decline a link, or take back one that was proposed; so with other terms of one.
    DeclineLink "link:decline" Revoke Admin;
    /// End a link, or share less by it.
    EndLink "link:end" Revoke Owner;
    /// Hand out a link code.
    HandOutLinkCode "link:hand_out" Administer Admin;
    /// Propose a link, or other terms of one.
    ProposeLink "link:propose" Administer Owner;
    /// Read links, and what they share.
    ReadLink "link:read" Read Viewer;
    /// Withdraw a link code.
    WithdrawLinkCode "link:withdraw" Revoke Admin;
    /// Read the event log, as far as one may read what its records tell of.
    ReadLog "log:read" Read Viewer;
    /// Read in the event log from which address and with what program others came.
    ReadOrigin "log:read_origin" Read Admin;
    /// Read who pays for the organization, and for whom it pays.
    ReadBilling "billing:read" Read Billing;
    /// Say by what the host knows the organization's billing information.
    SetBilling "billing:set" Billing Billing;
    /// Create a child.
    CreateChild "child:create" Administer Admin;
    /// Propose to an organization that it becomes a child, or take that back.
    ProposeChild "child:propose" Administer Owner;
    /// Let a child go.
    DetachChild "child:detach" Administer Owner;
    /// Move an organization below this one to another place below it.
    MoveChild "child:move" Administer Owner;
    /// Read the children.
    ReadChild "child:read" Read Admin;
    /// Consent to become a child.
    AcceptParent "parent:accept" Administer Owner;
    /// Decline to become a child.
    DeclineParent "parent:decline" Revoke Owner;
    /// Be a child no more.
    DetachParent "parent:detach" Administer Owner;
    /// Let admins of the parent in as admins.
    GrantParent "parent:grant" Administer Owner;
    /// Let admins of the parent in no more.
    UngrantParent "parent:ungrant" Revoke Owner;
    /// Read the billing reports that linked organizations share.
    ReadSharedBilling "shared_billing:read" Read Billing;
    /// Read the dashboards that linked organizations share.
    ReadSharedDashboards "shared_dashboards:read" Read Viewer;
    /// Read the reports that linked organizations share.
    ReadSharedReports "shared_reports:read" Read Viewer;
    /// Activate the organization's plan.
    ActivateOrganization "organization:activate" Billing Billing;
    /// Close the organization.
    CloseOrganization "organization:close" Exit Owner;
    /// Place a hold on the organization, or lift one.
    HoldOrganization "organization:hold" Exit Owner;
    /// Close the organization for good, once it cannot be restored any more.
    PurgeOrganization "organization:purge" Exit Host;
    /// Read the organization.
    ReadOrganization "organization:read" Read Member;
    /// Give things the host's own ids.
    ReferOrganization "organization:refer" Administer Host;
    /// Restore the organization while it is closing.
    RestoreOrganization "organization:restore" Exit Owner;
    /// Change the rules of the organization, which bind its owners too.
    SetRules "organization:set_rules" Administer Owner;
    /// Suspend the organization, or lift a suspension.
    SuspendOrganization "organization:suspend" Exit Owner;
    /// Offer the ownership to another user.
    TransferOrganization "organization:transfer" Administer Owner;
    /// Change the name or the labels of the organization.
    UpdateOrganization "organization:update" Administer Admin;
    /// Accept an ownership that is offered to oneself.
    AcceptOwnership "ownership:accept" Administer Member;
    /// Decline an ownership that is offered to oneself.
    DeclineOwnership "ownership:decline" Leave Member;
    /// Attach a policy to a user or a group; judged on both.
    AttachPolicy "policy:attach" Administer Admin;
    /// Create a policy.
    CreatePolicy "policy:create" Administer Admin;
    /// Delete a policy that nobody holds.
    DeletePolicy "policy:delete" Administer Admin;
    /// Take a policy away from a user or a group; judged on both.
    DetachPolicy "policy:detach" Administer Admin;
    /// Read a policy; one that one holds oneself needs no right.
    ReadPolicy "policy:read" Read Viewer;
    /// Change what a policy says.
    UpdatePolicy "policy:update" Administer Admin;
    /// Issue a token for another user; for oneself no right is needed.
    IssueToken "token:issue" Administer Admin;
    /// Read tokens of others; one's own needs no right.
    ReadToken "token:read" Read Admin;
    /// Revoke a token of another user; one's own needs no right.
    RevokeToken "token:revoke" Revoke Admin;
    /// Give a token of another user another secret; one's own needs no right.
    RotateToken "token:rotate" Administer Admin;
    /// Change what a user is in the organization; to be less oneself needs no right.
    ChangeRole "user:change_role" Administer Admin;
    /// Create a user, a person or a program.
    CreateUser "user:create" Administer Admin;
    /// Erase a person; oneself needs no right but that to leave.
    ErasePerson "user:erase" Exit Owner;
    /// Carry the list of users away.
    ExportUsers "user:export" Exit Admin;
    /// Change the labels of a user: not even one's own, as rules may rest on them.
    LabelUser "user:label" Administer Admin;
    /// Leave the organization.
    Leave "user:leave" Leave Member;
    /// Take an address that one has proven as one's own.
    ProveEmail "user:prove_email" Administer Member;
    /// Reactivate a user who was suspended.
    ReactivateUser "user:reactivate" Administer Admin;
    /// Read users; oneself needs no right.
    ReadUser "user:read" Read Viewer;
    /// Remove a user.
    RemoveUser "user:remove" Administer Admin;
    /// Suspend a user.
    SuspendUser "user:suspend" Revoke Admin;
    /// Change the name, the address or the description of a user; one's own need no right.
    UpdateUser "user:update" Administer Admin;
}
