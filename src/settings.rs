//! What the host decides once: rules, limits, the catalog of actions and the brand of its tokens.
//!
//! Settings reach every decision and no replay: what was decided stays as it was decided.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::action::{Action, Class, Topic};
use crate::catalog::{Catalog, InvalidCatalog, ManagedPolicy};
use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::above::{Above, HEIGHT};
use crate::organization::lifecycle::{NameScope, Status};
use crate::organization::token::TokenKind;
use crate::role::{AccountRole, LeastRole};
use crate::secret::Brand;
use crate::time::Timestamp;
use crate::view::{Around, Home};

/// The time of a decision or an answer, and what the host has set.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Moment<'a> {
    /// The time.
    pub now: Timestamp,
    /// What the host has set.
    pub settings: &'a Settings,
    above: Option<&'a Above>,
    around: Option<&'a Around<'a>>,
}

impl<'a> Moment<'a> {
    /// Returns the time `now` under these settings, in an organization with nothing around it.
    #[must_use]
    pub const fn new(now: Timestamp, settings: &'a Settings) -> Self {
        Self {
            now,
            settings,
            above: None,
            around: None,
        }
    }

    /// Returns the same in an organization with this around it.
    pub(crate) const fn among<'b>(&self, around: &'b Around<'b>) -> Moment<'b>
    where
        'a: 'b,
    {
        Moment {
            now: self.now,
            settings: self.settings,
            above: Some(&around.above),
            around: Some(around),
        }
    }

    /// Returns the same in an organization that this comes to from above, and that has no guests.
    pub(crate) const fn above<'b>(&self, above: &'b Above) -> Moment<'b>
    where
        'a: 'b,
    {
        Moment {
            now: self.now,
            settings: self.settings,
            above: Some(above),
            around: None,
        }
    }

    /// Returns what an organization is in effect (law O4).
    pub(crate) fn status(&self, organization: &Organization) -> Status {
        let own = organization.status();
        self.above.map_or(own, |above| above.over(own))
    }

    /// Returns whether an organization is active in effect.
    pub(crate) fn is_active(&self, organization: &Organization) -> bool {
        self.status(organization) == Status::Active
    }

    /// Returns how long tokens may live by what comes from above (law L8).
    pub(crate) fn token_life(&self, kind: TokenKind) -> Option<Duration> {
        self.above?.token_life().of(kind)
    }

    /// Returns the organization of guests, as it is.
    pub(crate) fn home(&self, organization: OrganizationId) -> Option<&'a Home<'a>> {
        self.around?.home(organization)
    }
}

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
    /// Whether whoever runs the commands has the store erase what they say (law G4).
    pub(crate) erases: bool,
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
            erases: false,
        }
    }

    /// Returns the same for a driver of the host's own that erases: after a commit it does what
    /// [`Sweep`](crate::registry::sweep::Sweep) says.
    ///
    /// A registry goes by its store instead:
    /// [`with_erasure`](crate::Registry::with_erasure) says whether it erases.
    #[must_use]
    pub const fn with_erasing_driver(mut self) -> Self {
        self.erases = true;
        self
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

    /// Returns the same in whose catalog one of the host's actions is about a topic.
    ///
    /// # Errors
    ///
    /// As [`Catalog::with_topic`].
    pub fn topic(mut self, action: &Action, topic: Topic) -> Result<Self, InvalidCatalog> {
        self.catalog = self.catalog.with_topic(action, topic)?;
        Ok(self)
    }

    /// Returns the same with one managed policy more in the catalog.
    ///
    /// # Errors
    ///
    /// As [`Catalog::with_policy`].
    pub fn policy(mut self, policy: ManagedPolicy) -> Result<Self, InvalidCatalog> {
        self.catalog = self.catalog.with_policy(policy)?;
        Ok(self)
    }
}

/// Rules on which services differ.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rules {
    /// As what a user who is created or invited without accounts is attached to the default one;
    /// by default not at all. As a viewer in [`Rules::spot`].
    pub first_attachment: Option<AccountRole>,
    /// How long a closed account or organization can be restored; the default is 30 days.
    pub closing_grace: Duration,
    /// How far a clock may lie behind the last record; the default is 5 minutes (law G8).
    pub clock_skew: Duration,
    /// How long after it was first sent an invitation can be sent again, and be accepted; the
    /// default is 30 days.
    pub invitation_age: Duration,
    /// How long an invitation can be accepted, each time that it is sent; the default is 7 days.
    pub invitation_life: Duration,
    /// How long something can be proposed with a link code; the default is 15 days.
    pub link_code_life: Duration,
    /// How long a link, other terms of one, or an adoption can be accepted; the default is 15 days.
    pub link_life: Duration,
    /// How long an offered ownership can be accepted; the default is 7 days.
    pub offer_life: Duration,
    /// Where an organization's displayed name is unique; by default in the registry (law O2).
    pub name_scope: NameScope,
    /// The longest life of a personal token; by default 366 days. `None` is unlimited, as in
    /// [`Rules::spot`].
    pub personal_token_life: Option<Duration>,
    /// The longest life of a programmatic token; unlimited by default.
    pub programmatic_token_life: Option<Duration>,
    /// What whoever holds a policy of accounts may do on these besides what it says; by default read
    /// the account itself. In [`Rules::spot`] all that a viewer may.
    pub policy_implies: Implied,
    /// How long the secret before lives on when a token is rotated, where nothing is said, at most
    /// as long as it can be asked to; the default is 24 hours.
    pub rotation_overlap: Duration,
    /// The longest that it can be asked to live on; the default is 7 days.
    pub rotation_overlap_max: Duration,
    /// The longest life of a temporary token; the default is 2 hours.
    pub temporary_token_life: Duration,
    /// How many levels a tree of organizations may have, its root being the first; 5 by default, and
    /// 2 in [`Rules::spot`] (law L7). More than 64 are as good as 64.
    pub tree_depth: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            first_attachment: None,
            closing_grace: DAY.saturating_mul(30),
            clock_skew: MINUTE.saturating_mul(5),
            invitation_age: DAY.saturating_mul(30),
            invitation_life: DAY.saturating_mul(7),
            link_code_life: DAY.saturating_mul(15),
            link_life: DAY.saturating_mul(15),
            offer_life: DAY.saturating_mul(7),
            name_scope: NameScope::Registry,
            personal_token_life: Some(DAY.saturating_mul(366)),
            programmatic_token_life: None,
            policy_implies: Implied::ReadAccount,
            rotation_overlap: DAY,
            rotation_overlap_max: DAY.saturating_mul(7),
            temporary_token_life: HOUR.saturating_mul(2),
            tree_depth: 5,
        }
    }
}

impl Rules {
    /// Returns the longest life of a token of this kind; `None` is unlimited.
    #[must_use]
    pub const fn token_life(&self, kind: TokenKind) -> Option<Duration> {
        match kind {
            TokenKind::Personal => self.personal_token_life,
            TokenKind::Programmatic => self.programmatic_token_life,
            TokenKind::Temporary => Some(self.temporary_token_life),
        }
    }

    /// Returns how many levels a tree may have: as the rule says, and no more than there are looked at.
    pub(crate) const fn levels(&self) -> u32 {
        match self.tree_depth > HEIGHT {
            true => HEIGHT,
            false => self.tree_depth,
        }
    }

    /// Returns the rules of the reference system, Spot: personal tokens do not expire, a user without
    /// accounts views the default one, whoever holds a policy of an account views the account, and
    /// children have no children.
    #[must_use]
    pub fn spot() -> Self {
        Self {
            first_attachment: Some(AccountRole::Viewer),
            personal_token_life: None,
            policy_implies: Implied::Viewer,
            tree_depth: 2,
            ..Self::default()
        }
    }
}

/// What follows from holding a policy of accounts that allows something.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Implied {
    /// Reading the account itself.
    ReadAccount,
    /// What a viewer of the account may.
    Viewer,
}

/// Bounds. What goes beyond one is refused, never cut; beyond `cache_bytes` states are dropped from
/// memory, and replayed when they are needed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Accounts in an organization that are not closed; 10,000 by default.
    pub accounts: u32,
    /// Commands in a batch; 100 by default.
    pub batch: u32,
    /// Children of an organization, and organizations that it has proposed to and that can answer; 300
    /// by default.
    pub children: u32,
    /// Bytes of bodies and personal texts that one command can make; 1 MiB by default.
    pub commit_bytes: u32,
    /// Bytes of state that a registry keeps in memory; 256 MiB by default. The last organization
    /// used stays, however large it is.
    pub cache_bytes: usize,
    /// Groups in an organization that were not deleted; 1,000 by default.
    pub groups: u32,
    /// Groups that a user is in; 100 by default.
    pub groups_of_user: u32,
    /// Holds that its owners place on an organization, and as many that the host does; 100 by
    /// default.
    pub holds: u32,
    /// Links and adoptions that others have proposed to an organization and that it can answer; 20 by
    /// default.
    pub inbound_proposals: u32,
    /// Invitations that an organization sends within 24 hours, the first time or again; 200 by
    /// default. One that is accepted does not count.
    pub invitations_per_day: u32,
    /// Link codes of an organization that something can be proposed with; 10 by default.
    pub link_codes: u32,
    /// Users that an organization picks to work on accounts of another by one link; 1,000 by default.
    pub link_users: u32,
    /// Links of an organization that are in force, or that it has proposed and that can be answered; 100
    /// by default. All are ended in one commit when it is purged.
    pub links: u32,
    /// Live tokens of one user; 50 by default.
    pub live_tokens: u32,
    /// Rows on a page of a list; 1,000 by default.
    pub page: NonZeroU32,
    /// Bytes of the payload of one activity; 64 KiB by default.
    pub payload_bytes: u32,
    /// Policies of an organization's own that were not deleted; 1,000 by default.
    pub policies: u32,
    /// Accounts on which one policy is attached to one holder, where it is not all; on which a group has
    /// a role; and that a link names; 1,000 by default.
    pub policy_accounts: u32,
    /// Policies that are attached to one group; 1,000 by default, and 65,535 at the most.
    pub policies_of_group: u32,
    /// Policies that are attached to one user itself; 20 by default. They are looked at one by one in
    /// each check; many are better held through a group, where those about the action are found.
    pub policies_of_user: u32,
    /// Records that one command can make; 1,000 by default.
    pub records: u32,
    /// Records that are looked at for one page of what is found in a log; 10,000 by default. Where
    /// few of them are what is looked for, the page has fewer rows, and the next one goes on.
    pub scan: NonZeroU32,
    /// Organizations below one that are looked at to move it, or to make it a child; 1,000 by default.
    pub subtree: u32,
    /// Accounts that a token can be confined to; 100 by default.
    pub token_accounts: u32,
    /// Actions that a token can be confined to; 100 by default.
    pub token_actions: u32,
    /// Times that one run decides anew after a conflict, or sends a commit again after `Busy` or
    /// `Unknown`, all counted together; 16 by default. There is no pause between them.
    pub tries: u32,
    /// Users in an organization that have not been removed, and invitations that can be answered;
    /// 1,000,000 by default.
    pub users: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: 10_000,
            batch: 100,
            children: 300,
            groups: 1_000,
            groups_of_user: 100,
            commit_bytes: 1024 * 1024,
            cache_bytes: 256 * 1024 * 1024,
            holds: 100,
            inbound_proposals: 20,
            invitations_per_day: 200,
            link_codes: 10,
            link_users: 1_000,
            links: 100,
            live_tokens: 50,
            page: NonZeroU32::MIN.saturating_add(999),
            payload_bytes: 64 * 1024,
            policies: 1_000,
            policies_of_group: 1_000,
            policies_of_user: 20,
            policy_accounts: 1_000,
            records: 1_000,
            scan: NonZeroU32::MIN.saturating_add(9_999),
            subtree: 1_000,
            token_accounts: 100,
            token_actions: 100,
            tries: 16,
            users: 1_000_000,
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
