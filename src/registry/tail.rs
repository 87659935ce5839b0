//! The end of a log of activities: where the next record goes, and not before what time.
//!
//! No state holds it, as none rests on these records. It is read when it is needed, and whoever runs
//! many commands may keep it from one to the next: a commit says whether it still holds.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::num::NonZeroU32;

use crate::id::OrganizationId;
use crate::organization::activity::Activity;
use crate::organization::event::Shape as _;
use crate::record::{Head, Leaf, Log, Record, Version};
use crate::refusal::Refusal;
use crate::registry::Failure;
use crate::registry::attempt::Reading;
use crate::registry::change::Envelope;
use crate::store::{Page, Write};
use crate::time::Timestamp;

/// What is known of the end of a log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Tail {
    /// Where it is, but not from when.
    Head(Head),
    /// All of it.
    Known(Head, Timestamp),
    #[default]
    Unknown,
}

impl Tail {
    /// Returns what is to be read so that the end is known, if it is not.
    pub(super) fn reading(self, organization: OrganizationId) -> Option<Reading> {
        let after = match self {
            Self::Head(head) => Version::new(head.version.get().saturating_sub(1)),
            Self::Known(..) => return None,
            Self::Unknown => Version::ZERO,
        };
        Some(Reading {
            organization,
            log: Log::Activity,
            after,
            limit: NonZeroU32::MIN,
        })
    }

    /// Takes the answer to the [`reading`](Self::reading).
    pub(super) fn read(self, page: &Page) -> Result<Self, Failure> {
        let found = page.records.first();
        match (self, found) {
            (_, None) if page.head == Head::EMPTY => {
                Ok(Self::Known(Head::EMPTY, Timestamp::UNIX_EPOCH))
            }
            (_, Some(last)) if last.head() == page.head => Ok(Self::Known(page.head, last.time)),
            // It has gone on meanwhile: what was read is the last but some, and the commit says so.
            (Self::Head(_), Some(last)) => Ok(Self::Known(last.head(), last.time)),
            (Self::Unknown, Some(_)) => Ok(Self::Head(page.head)),
            (Self::Head(_) | Self::Known(..) | Self::Unknown, _) => Err(Failure::Over),
        }
    }
}

impl Envelope<'_> {
    /// Writes the record of an activity behind `head`, where that is from `last`.
    pub(super) fn record_activity(
        &self,
        organization: OrganizationId,
        activity: &Activity,
        (head, last): (Head, Timestamp),
    ) -> Result<Write, Failure> {
        let (now, skew) = (self.now, self.settings.rules.clock_skew);
        if last > now.saturating_add(skew) {
            return Err(Refusal::ClockBehind { now, last, skew }.into());
        }
        let body = serde_json::to_string(&activity.facts).map_err(|_| Failure::Over)?;
        let mut personal = activity.facts.parts();
        // What reaches a guest stands in no log where its own organization could not erase it (law G4).
        let (source, parts) = self.origin(self.is_foreign(organization));
        personal.extend(parts.iter().cloned());
        let mut record = Record {
            organization,
            log: Log::Activity,
            version: Version::ZERO,
            time: now.max(last),
            caller: self.actor.clone(),
            on_behalf_of: None,
            link: self.link(organization),
            command: self.command.clone(),
            kind: Cow::Owned(activity.kind()),
            schema: core::num::NonZeroU16::MIN,
            account: activity.resource.as_ref().and_then(|it| it.account()),
            resource: activity.resource.clone(),
            outcome: activity.outcome.clone(),
            source,
            body: body.into(),
            personal,
            previous: Leaf::ZERO,
            leaf: Leaf::ZERO,
        };
        record.seal(head, &mut Vec::new()).ok_or(Failure::Over)?;
        Ok(Write::new(
            organization,
            Log::Activity,
            head,
            [record].into(),
        ))
    }
}
