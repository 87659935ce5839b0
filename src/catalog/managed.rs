//! Managed policies: the same for every organization, and changed by none of them.

use alloc::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::id::PolicyId;
use crate::name::{Description, Name};
use crate::role::{AccountRole, LeastRole, OrganizationRole};
use crate::statement::{Document, Effect, PolicyKind, Statement};

/// A policy that every organization can attach and none can change: the crate's own, or the host's.
///
/// | the crate's own | kind | gives |
/// |--|--|--|
/// | Account Admin | account | everything on the accounts that a policy can give |
/// | Account Editor | account | what an editor of the accounts may |
/// | Account Viewer | account | what a viewer of the accounts may |
/// | Organization Admin | organization | what an admin may, outside accounts |
/// | Organization Viewer | organization | what a viewer of the organization may, outside accounts |
/// | Billing | organization | what concerns paying |
///
/// Its id follows from its name, so it is the same in every registry and every version of a catalog.
///
/// ```
/// use tenancy::action::Class;
/// use tenancy::catalog::{Catalog, ManagedPolicy};
/// use tenancy::role::LeastRole;
/// use tenancy::statement::{Document, PolicyKind};
/// let document: Document = serde_json::from_str(
///     r#"{"statements":[{"effect":"ALLOW","actions":["ocean:*"],"resources":["ocean:*"]}]}"#)?;
/// let policy = ManagedPolicy::new("Ocean Full Access".parse()?, PolicyKind::Account, document);
/// let (id, about) = (policy.id(), "All of Ocean".parse()?);
/// let catalog = Catalog::builtin()
///     .with("ocean:createCluster".parse()?, Class::Product, LeastRole::Editor)?
///     .with_policy(policy.description(about))?;
/// assert_eq!(catalog.policy_named(&"ocean full access".parse()?).map(ManagedPolicy::id), Some(id));
/// assert_eq!(catalog.policies().count(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManagedPolicy {
    id: PolicyId,
    name: Name,
    about: Option<Description>,
    kind: PolicyKind,
    rights: ManagedRights,
    document: Arc<Document>,
}

/// What a managed policy gives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ManagedRights {
    /// What its statements allow and somebody of this role on an account may do there.
    AccountRole(AccountRole),
    /// What its statements allow and somebody of this role in the organization may do.
    OrganizationRole(OrganizationRole),
    /// What its statements allow.
    Statements,
}

impl ManagedRights {
    pub(crate) const fn include(self, least: LeastRole) -> bool {
        match self {
            Self::AccountRole(role) => least.admits_on_account(role),
            Self::OrganizationRole(role) => least.admits(role),
            Self::Statements => true,
        }
    }
}

impl ManagedPolicy {
    /// Returns a policy of the host's.
    #[must_use]
    pub fn new(name: Name, kind: PolicyKind, document: Document) -> Self {
        let rights = ManagedRights::Statements;
        Self {
            id: id_of(&name),
            name,
            about: None,
            kind,
            rights,
            document: Arc::new(document),
        }
    }

    /// Returns the same with what it is for.
    #[must_use]
    pub fn description(mut self, text: Description) -> Self {
        self.about = Some(text);
        self
    }

    /// Returns whether an id is one that a managed policy has, in some catalog.
    pub(crate) fn could_be(id: PolicyId) -> bool {
        id.to_uuid().get_version_num() == 8
    }

    /// Returns its id.
    #[must_use]
    pub const fn id(&self) -> PolicyId {
        self.id
    }

    /// Returns its name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Returns what it is for, where that is said.
    #[must_use]
    pub const fn about(&self) -> Option<&Description> {
        self.about.as_ref()
    }

    /// Returns what it is about.
    #[must_use]
    pub const fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Returns what it gives.
    #[must_use]
    pub const fn rights(&self) -> &ManagedRights {
        &self.rights
    }

    /// Returns its statements.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    pub(crate) fn shared(&self) -> &Arc<Document> {
        &self.document
    }

    pub(super) fn denies(&self) -> bool {
        self.document.denies()
    }
}

/// Returns an id that follows from a name: a UUID of version 8, which no id that is drawn has.
fn id_of(name: &Name) -> PolicyId {
    let hash = Sha256::new()
        .chain_update(b"tenancy managed policy\0")
        .chain_update(name.canonical().as_str())
        .finalize();
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash) {
        *to = from;
    }
    let uuid = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    // INVARIANT: such a UUID is of the variant that ids are.
    PolicyId::from_uuid(uuid)
        .unwrap_or_else(|_| PolicyId::from_parts(crate::time::Timestamp::UNIX_EPOCH, [0; 10]))
}

/// Returns the crate's own policies.
pub(super) fn builtin() -> impl Iterator<Item = ManagedPolicy> {
    let rows = [
        (
            "Account Admin",
            PolicyKind::Account,
            ManagedRights::Statements,
        ),
        (
            "Account Editor",
            PolicyKind::Account,
            ManagedRights::AccountRole(AccountRole::Editor),
        ),
        (
            "Account Viewer",
            PolicyKind::Account,
            ManagedRights::AccountRole(AccountRole::Viewer),
        ),
        (
            "Organization Admin",
            PolicyKind::Organization,
            ManagedRights::OrganizationRole(OrganizationRole::Admin),
        ),
        (
            "Organization Viewer",
            PolicyKind::Organization,
            ManagedRights::OrganizationRole(OrganizationRole::Viewer),
        ),
        (
            "Billing",
            PolicyKind::Organization,
            ManagedRights::OrganizationRole(OrganizationRole::Billing),
        ),
    ];
    rows.into_iter().filter_map(|(name, kind, rights)| {
        // INVARIANT: all of it is well formed; a test looks each of them up.
        let all = Statement::new(Effect::Allow, ["*".parse().ok()?], ["*".parse().ok()?]);
        let document = Document::new([all.ok()?]).ok()?;
        let policy = ManagedPolicy::new(name.parse().ok()?, kind, document);
        Some(ManagedPolicy { rights, ..policy })
    })
}
