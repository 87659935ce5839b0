//! What the host decides once: rules, limits, the catalog of actions and the brand of its tokens.
//!
//! Settings reach every decision and no replay: what was decided stays as it was decided.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::action::{Action, Catalog, Class, InvalidCatalog};
use crate::organization::lifecycle::NameScope;
use crate::role::LeastRole;
use crate::secret::Brand;

/// All that a host sets.
///
/// ```
/// use tenancy::Settings;
/// let mut settings = Settings::new("acme".parse()?);
/// settings.limits.accounts = 20;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The brand with which the text of every token begins.
    pub brand: Brand,
    /// The actions that there are.
    pub catalog: Catalog,
    /// How much there may be.
    pub limits: Limits,
    /// What is allowed.
    pub rules: Rules,
}

impl Settings {
    /// Returns the documented defaults, for tokens of this brand.
    #[must_use]
    pub fn new(brand: Brand) -> Self {
        Self {
            brand,
            catalog: Catalog::builtin(),
            limits: Limits::default(),
            rules: Rules::default(),
        }
    }

    /// Returns the same with one action more in the catalog.
    ///
    /// # Errors
    ///
    /// As [`Catalog::with`].
    pub fn action(
        mut self,
        action: Action,
        class: Class,
        least: LeastRole,
    ) -> Result<Self, InvalidCatalog> {
        self.catalog = self.catalog.with(action, class, least)?;
        Ok(self)
    }
}

/// Rules on which services differ.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rules {
    /// How far a clock may lie behind the last record; the default is 5 minutes (law G8).
    pub clock_skew: Duration,
    /// Where an organization's displayed name is unique; by default in the registry (law O2).
    pub name_scope: NameScope,
    /// The longest life of a personal token; by default 366 days. `None` is unlimited, as in
    /// [`Rules::spot`].
    pub personal_token_life: Option<Duration>,
    /// The longest life of a programmatic token; unlimited by default.
    pub programmatic_token_life: Option<Duration>,
    /// The longest life of a temporary token; the default is 2 hours.
    pub temporary_token_life: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            clock_skew: MINUTE.saturating_mul(5),
            name_scope: NameScope::Registry,
            personal_token_life: Some(DAY.saturating_mul(366)),
            programmatic_token_life: None,
            temporary_token_life: HOUR.saturating_mul(2),
        }
    }
}

impl Rules {
    /// Returns the rules of the reference system, Spot: personal tokens do not expire.
    #[must_use]
    pub fn spot() -> Self {
        Self {
            personal_token_life: None,
            ..Self::default()
        }
    }
}

/// Bounds. What goes beyond one is refused, never cut; beyond `cache_bytes` states are dropped from
/// memory, and replayed when they are needed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Accounts in an organization; 10,000 by default.
    pub accounts: u32,
    /// Commands in a batch; 100 by default.
    pub batch: u32,
    /// Bytes of bodies and personal texts that one command can make; 1 MiB by default.
    pub commit_bytes: u32,
    /// Bytes of state that a registry keeps in memory; 256 MiB by default. The last organization
    /// used stays, however large it is.
    pub cache_bytes: usize,
    /// Live tokens of one user; 50 by default.
    pub live_tokens: u32,
    /// Rows on a page of a list; 1,000 by default.
    pub page: NonZeroU32,
    /// Records that one command can make; 1,000 by default.
    pub records: u32,
    /// Accounts that a token can be confined to; 100 by default.
    pub token_accounts: u32,
    /// Times that one run decides anew after a conflict, or sends a commit again after `Busy` or
    /// `Unknown`, all counted together; 16 by default. There is no pause between them.
    pub tries: u32,
    /// Users in an organization; 1,000,000 by default.
    pub users: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: 10_000,
            batch: 100,
            commit_bytes: 1024 * 1024,
            cache_bytes: 256 * 1024 * 1024,
            live_tokens: 50,
            page: NonZeroU32::MIN.saturating_add(999),
            records: 1_000,
            token_accounts: 100,
            tries: 16,
            users: 1_000_000,
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
