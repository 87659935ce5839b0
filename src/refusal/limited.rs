//! What there is a limit on, and the refusal of what goes beyond one.

use core::fmt;

use crate::refusal::Refusal;

/// What there is a limit on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Limited {
    /// Accounts of an organization.
    Accounts,
    /// Bytes of the name of an action that is recorded.
    ActionBytes,
    /// Bytes of a commit.
    Bytes,
    /// Children of an organization.
    Children,
    /// Commands of a batch.
    Commands,
    /// Groups of an organization.
    Groups,
    /// Groups that a user is in.
    GroupsOfUser,
    /// Holds on an organization.
    Holds,
    /// Proposals of others that an organization can answer.
    InboundProposals,
    /// Invitations that an organization sends within a day.
    Invitations,
    /// Kinds of records that are looked for at once.
    Kinds,
    /// Labels of one thing.
    Labels,
    /// Accounts that a link names.
    LinkAccounts,
    /// Link codes of an organization that something can be proposed with.
    LinkCodes,
    /// Users that are picked for a link.
    LinkUsers,
    /// Links of an organization that are in force or proposed by it.
    Links,
    /// Live tokens of a user.
    LiveTokens,
    /// Bytes of the payload of an activity.
    PayloadBytes,
    /// Policies of an organization.
    Policies,
    /// Policies that are attached to a group.
    PoliciesOfGroup,
    /// Policies that are attached to a user.
    PoliciesOfUser,
    /// Accounts on which a policy is attached, or a group has a role.
    PolicyAccounts,
    /// Questions that are asked at once.
    Questions,
    /// Records of a commit.
    Records,
    /// Organizations below one.
    Subtree,
    /// Accounts that a token is confined to.
    TokenAccounts,
    /// Actions that a token is confined to.
    TokenActions,
    /// Levels of a tree of organizations.
    TreeDepth,
    /// Users of an organization.
    Users,
}

impl fmt::Display for Limited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes in the commit",
            Self::Accounts => "accounts in the organization",
            Self::ActionBytes => "bytes in the name of the action",
            Self::Children => "children of the organization",
            Self::Commands => "commands in the batch",
            Self::Groups => "groups in the organization",
            Self::GroupsOfUser => "groups of the user",
            Self::Holds => "holds on the organization",
            Self::InboundProposals => "proposals to the organization",
            Self::Invitations => "invitations within 24 hours",
            Self::Kinds => "kinds in the question",
            Self::Labels => "labels",
            Self::LinkAccounts => "accounts for the link",
            Self::LinkCodes => "good link codes",
            Self::LinkUsers => "users for the link",
            Self::Links => "links of the organization",
            Self::LiveTokens => "live tokens of the user",
            Self::PayloadBytes => "bytes in the payload",
            Self::Policies => "policies in the organization",
            Self::PoliciesOfGroup => "policies of the group",
            Self::PoliciesOfUser => "policies of the user",
            Self::PolicyAccounts => "accounts for the policy or group",
            Self::Questions => "questions at once",
            Self::Records => "records in the commit",
            Self::Subtree => "organizations below it",
            Self::TokenAccounts => "accounts for the token",
            Self::TokenActions => "actions for the token",
            Self::TreeDepth => "levels in the tree",
            Self::Users => "users in the organization",
        })
    }
}

impl Limited {
    /// Refuses what would make more than there may be: `more` besides the `there` that there are.
    pub(crate) fn check(self, there: usize, more: usize, max: u32) -> Result<(), Refusal> {
        let found = u64::try_from(there.saturating_add(more)).unwrap_or(u64::MAX);
        let max = u64::from(max);
        match found > max {
            true => Err(Refusal::Limit {
                what: self,
                found,
                max,
            }),
            false => Ok(()),
        }
    }
}
