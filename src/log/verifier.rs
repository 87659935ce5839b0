use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;

use crate::id::OrganizationId;
use crate::log::Verdict;
use crate::log::checkpoint::{Checkpoint, LogOrigin, OriginPrefix};
use crate::log::merkle::{Tree, TreeHash};
use crate::log::owner::{Owner, Owners};
use crate::log::texts::Texts;
use crate::organization::erasure::{OrganizationErasure, PersonErasure};
use crate::record::{Head, Log, Record, Version};

/// Verifies a log page after page (laws G3, G4): what it holds does not grow with the log, but with
/// how many people's texts are missing.
///
/// A text that is missing is withheld until the record comes by which the person was
/// [erased](crate::command::ErasePerson) whose it was: that record names the user, and stands
/// behind all that it covers. So a log that is read only in part can lack texts that the rest of it
/// accounts for, and a log of activities [is told](Self::take_erasures) who was erased.
///
/// The records come in their order, from the first. What is wrong is final: the verdict stays, and
/// whatever comes behind is not looked at.
///
/// # Examples
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{CreateAccount, SignUp};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// use core::num::NonZeroU32;
///
/// use tenancy::blocking::Store as _;
/// use tenancy::log::{Verdict, Verifier};
/// use tenancy::record::{Log, Version};
///
/// let read = |mut verifier: Verifier| {
///     let limit = NonZeroU32::new(2).ok_or("a limit")?;
///     loop {
///         let after = verifier.head().version;
///         let page = registry.store().read(made.organization, Log::Administration, after, limit)?;
///         if page.records.is_empty() {
///             return Ok::<_, Box<dyn std::error::Error>>(verifier);
///         }
///         if verifier.read(&page.records).is_break() {
///             return Ok(verifier);
///         }
///     }
/// };
///
/// let verifier = read(Verifier::new())?;
/// assert_eq!(verifier.verdict(), Verdict::Consistent { size: Version::new(3) });
/// // To be signed by the host and kept elsewhere.
/// let checkpoint = verifier.checkpoint("acme.example".parse()?).ok_or("nothing to tell")?;
///
/// registry.run(&made.caller(), &CreateAccount::new(made.organization, "Lab".parse()?))?;
/// let verifier = read(Verifier::against(&checkpoint))?;
/// assert_eq!(verifier.verdict(), Verdict::Anchored { size: Version::new(3) });
/// assert_eq!(verifier.head().version, Version::new(4));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct Verifier {
    head: Head,
    whose: Option<(OrganizationId, Log)>,
    tree: Tree,
    anchor: Option<(Version, TreeHash)>,
    broken: Option<Version>,
    owners: Owners,
    /// The first place where a text is missing of these owners, or of none.
    withheld: BTreeMap<BTreeSet<Owner>, Version>,
    scratch: Vec<u8>,
}

impl Verifier {
    /// Returns a verifier that has read nothing, and has nothing to compare with.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns one that reads this log and no other.
    pub(super) fn of(organization: OrganizationId, log: Log) -> Self {
        Self {
            whose: Some((organization, log)),
            ..Self::default()
        }
    }

    /// Returns one that compares the log with what it once was.
    #[must_use]
    pub fn against(checkpoint: &Checkpoint) -> Self {
        let LogOrigin {
            organization, log, ..
        } = checkpoint.origin;
        let mut verifier = Self {
            whose: Some((organization, log)),
            anchor: Some((checkpoint.size, checkpoint.root)),
            ..Self::default()
        };
        // That the log was empty once is true of every log, if it is what the checkpoint says.
        if !verifier.is_anchored() {
            verifier.broken = Version::ZERO.next();
        }
        verifier
    }

    /// Reads the records behind those that were read before.
    ///
    /// Breaks with the place that is broken, whatever would come behind it: there is nothing more to
    /// be read then, and the head stays.
    pub fn read(&mut self, records: &[Record]) -> ControlFlow<Version> {
        if let Some(at) = self.broken {
            return ControlFlow::Break(at);
        }
        let read = records.iter().try_for_each(|record| self.read_one(record));
        self.broken = read.break_value();
        read
    }

    fn read_one(&mut self, record: &Record) -> ControlFlow<Version> {
        let Some(at) = self.head.version.next() else {
            // Behind the last version there is no place.
            return ControlFlow::Break(self.head.version);
        };
        let named = (record.organization, record.log);
        let in_place = *self.whose.get_or_insert(named) == named
            && (record.version, record.previous) == (at, self.head.leaf);
        if !in_place || record.compute_leaf_in(&mut self.scratch) != record.leaf {
            return ControlFlow::Break(at);
        }
        match Texts::of(record) {
            Texts::Foreign => return ControlFlow::Break(at),
            Texts::Missing { origin, text } => self.withhold(record, origin, text),
            Texts::Whole => {}
        }
        self.account_for(record);
        self.tree.push(record.leaf);
        if !self.is_anchored() {
            return ControlFlow::Break(at);
        }
        self.head = record.head();
        ControlFlow::Continue(())
    }

    /// Takes note of whose texts are missing.
    fn withhold(&mut self, record: &Record, origin: bool, text: bool) {
        let origin = origin.then(|| self.owners.of_origin(record).into_iter().collect());
        let text = text.then(|| self.owners.of_text(record));
        for owners in origin.into_iter().chain(text) {
            self.withheld.entry(owners).or_insert(record.version);
        }
    }

    /// Law G4: what is missing of somebody who was erased is as it is to be.
    fn account_for(&mut self, record: &Record) {
        self.owners.follow(record);
        if self.withheld.is_empty() {
            return;
        }
        if let Some(user) = self.owners.founder(record)
            && let Some(at) = self.withheld.remove(&[Owner::Founder].into())
        {
            let user = [Owner::User(user)].into();
            let first = self.withheld.entry(user).or_insert(at);
            *first = at.min(*first);
        }
        for owner in Owner::erased_by(record) {
            self.withheld.remove(&[owner].into());
        }
        // Law O6: whoever it was of.
        if OrganizationErasure::of(record).is_some() {
            self.withheld.clear();
        }
    }

    /// Law G4: takes note of who was erased, so that what is missing of theirs is as it is to be.
    ///
    /// For a log of activities, behind all of its records: who was erased is told by the log of the
    /// administration alone, or by [the state](crate::Organization::erasures). Erasures of another
    /// organization are passed over.
    pub fn take_erasures(&mut self, erasures: &[PersonErasure]) {
        let own = |it: &&PersonErasure| self.whose.is_some_and(|(id, _)| id == it.organization);
        let erased = erasures.iter().filter(own);
        let erased: BTreeSet<_> = erased.map(|it| Owner::User(it.user)).collect();
        // The payload of an activity goes with each whose it is.
        self.withheld
            .retain(|owners, _| owners.is_disjoint(&erased));
    }

    /// Law O6: takes note that all personal text was erased, as the organization was purged: what is
    /// missing is as it is to be.
    ///
    /// For a log of activities, behind all of its records, as
    /// [`take_erasures`](Self::take_erasures). The erasure of another organization is passed over.
    pub fn take_purge(&mut self, erasure: &OrganizationErasure) {
        if self.whose.is_some_and(|(id, _)| id == erasure.organization) {
            self.withheld.clear();
        }
    }

    /// Reads a whole log.
    pub(super) fn finish(mut self, records: &[Record]) -> Verdict {
        // What it breaks with is in the verdict.
        let _ = self.read(records);
        self.verdict()
    }

    /// Whether the tree has not come to the checkpoint's size, or has its root there.
    fn is_anchored(&self) -> bool {
        self.anchor
            .is_none_or(|(size, root)| size != self.tree.size() || root == self.tree.root())
    }

    /// Returns what was found, as if the log ended here: one that has not come to its checkpoint is
    /// broken where it ends.
    pub fn verdict(&self) -> Verdict {
        let withheld = self.withheld.values().min().copied();
        match (self.broken, self.anchor, withheld) {
            (Some(at), ..) => Verdict::Broken { at },
            (None, Some((size, _)), _) if size > self.head.version => Verdict::Broken {
                at: self.head.version.next().unwrap_or(size),
            },
            (None, _, Some(at)) => Verdict::Withheld { at },
            (None, Some((size, _)), None) => Verdict::Anchored { size },
            (None, None, None) => Verdict::Consistent {
                size: self.head.version,
            },
        }
    }

    /// Returns how far the log is as it was written: behind it comes the page to be read next.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Returns the checkpoint of what was read, for the host to sign.
    ///
    /// There is none of a log that is broken, or that nothing is known of: neither a record was
    /// read nor a checkpoint compared with. A log that does not reach its checkpoint is broken.
    #[must_use]
    pub fn checkpoint(&self, prefix: OriginPrefix) -> Option<Checkpoint> {
        if let Verdict::Broken { .. } = self.verdict() {
            return None;
        }
        let (organization, log) = self.whose?;
        let origin = LogOrigin::new(prefix, organization, log);
        Some(Checkpoint::new(origin, self.tree.size(), self.tree.root()))
    }
}

impl fmt::Debug for Verifier {
    /// Shows what was found, not the bytes of the last record.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("head", &self.head)
            .field("verdict", &self.verdict())
            .finish_non_exhaustive()
    }
}
