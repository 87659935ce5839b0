//! What can be done, and who may do it: the catalog of actions.
//!
//! The crate's own actions are there from the start; the host adds those of its services. An
//! action that the catalog lacks is never allowed to anyone.

use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;
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
    /// Ends an organization, holds that up or takes it back, or carries its own data away.
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

/// An action of the catalog, as a small number: to be looked up once and asked for often.
///
/// It means something only to the catalog that returned it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ActionId(u16);

/// What the catalog says of an action.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub action: Action,
    /// What kind of thing it is.
    pub class: Class,
    /// Who may do it.
    pub least: LeastRole,
}

/// All actions that there are.
///
/// ```
/// use tenancy::action::{Catalog, Class};
/// use tenancy::role::LeastRole;
/// let catalog = Catalog::builtin()
///     .with("elastigroup:createGroup".parse()?, Class::Product, LeastRole::Editor)?;
/// let id = catalog.id("elastigroup:createGroup").ok_or("unknown")?;
/// assert_eq!(catalog.entry(id).map(|entry| entry.least), Some(LeastRole::Editor));
/// assert_eq!(catalog.id("elastigroup:creategroup"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    entries: Vec<Entry>,
    ids: HashMap<String, ActionId>,
}

impl Catalog {
    /// The most actions that a catalog holds.
    pub const LEN_MAX: usize = u16::MAX as usize;

    /// Returns the crate's own actions.
    #[must_use]
    pub fn builtin() -> Self {
        let mut catalog = Self {
            entries: Vec::new(),
            ids: HashMap::new(),
        };
        for builtin in Builtin::ALL {
            // INVARIANT: the names of the built-in actions are well formed and differ; a test
            // looks each of them up.
            if let Ok(action) = builtin.as_str().parse() {
                let _ = catalog.insert(action, builtin.class(), builtin.least());
            }
        }
        catalog
    }

    /// Returns the catalog with one action more.
    ///
    /// # Errors
    ///
    /// The name is not of the form `service:verb`, the catalog has it already, or it is full.
    pub fn with(
        mut self,
        action: Action,
        class: Class,
        least: LeastRole,
    ) -> Result<Self, InvalidCatalog> {
        self.insert(action, class, least).map(|()| self)
    }

    fn insert(
        &mut self,
        action: Action,
        class: Class,
        least: LeastRole,
    ) -> Result<(), InvalidCatalog> {
        let id = match u16::try_from(self.entries.len()) {
            Ok(id) if self.entries.len() < Self::LEN_MAX => ActionId(id),
            _ => return Err(InvalidCatalog::Full),
        };
        if !action
            .as_str()
            .split_once(':')
            .is_some_and(|(service, verb)| {
                !service.is_empty() && !verb.is_empty() && !verb.contains(':')
            })
        {
            return Err(InvalidCatalog::Form { action });
        }
        if self.ids.contains_key(action.as_str()) {
            return Err(InvalidCatalog::Twice { action });
        }
        self.ids.insert(action.as_str().into(), id);
        self.entries.push(Entry {
            action,
            class,
            least,
        });
        Ok(())
    }

    /// Returns the number of an action, where the catalog has it.
    #[must_use]
    pub fn id(&self, action: &str) -> Option<ActionId> {
        self.ids.get(action).copied()
    }

    /// Returns what is said of an action.
    #[must_use]
    pub fn entry(&self, id: ActionId) -> Option<&Entry> {
        self.entries.get(usize::from(id.0))
    }

    /// Returns which of the crate's own actions it is: they come first, in their order.
    pub(crate) fn builtin_of(&self, id: ActionId) -> Option<Builtin> {
        Builtin::ALL.get(usize::from(id.0)).copied()
    }

    /// Returns every action, the crate's own first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

/// An action cannot be added to a catalog.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCatalog {
    /// The name is not `service:verb`.
    #[error("action `{action}` is not of the form `service:verb`")]
    Form {
        /// The name.
        action: Action,
    },
    /// There are too many.
    #[error("catalog has {max} actions, expected no more", max = Catalog::LEN_MAX)]
    Full,
    /// The catalog has it already.
    #[error("action `{action}` is in the catalog already")]
    Twice {
        /// The name.
        action: Action,
    },
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
    /// Invite somebody, or send an invitation again.
    CreateInvitation "invitation:create" Administer Admin;
    /// Read invitations.
    ReadInvitation "invitation:read" Read Admin;
    /// Take an invitation back.
    RevokeInvitation "invitation:revoke" Revoke Admin;
    /// Read the event log, as far as one may read what its records tell of.
    ReadLog "log:read" Read Viewer;
    /// Read in the event log from which address and with what program others came.
    ReadOrigin "log:read_origin" Read Admin;
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
