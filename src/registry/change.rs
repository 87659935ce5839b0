//! What a decision becomes: records that follow their logs, and the change of each state.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::access::Requirement;
use crate::caller::{Actor, Caller};
use crate::command::time_for;
use crate::environment::EnvironmentError;
use crate::id::{LinkId, OrganizationId};
use crate::organization::event::Event;
use crate::organization::key::key_changes;
use crate::organization::{Happened, Organization};
use crate::personal::Part;
use crate::record::{CommandId, Head, Leaf, Log, Outcome, Record, Source, Version};
use crate::registry::Failure;
use crate::settings::{Moment, Settings};
use crate::store::{KeyChange, Write};
use crate::time::Timestamp;

/// What a commit changes in one organization.
#[derive(Debug)]
pub struct Change {
    organization: OrganizationId,
    base: Head,
    head: Head,
    events: Vec<Event>,
    happened: Happened,
}

impl Change {
    /// Returns the organization.
    #[must_use]
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Applies the change, if `state` is the one that it was decided on; else nothing happens,
    /// and the state is brought up when it is needed. Returns whether it was applied.
    pub fn apply(&self, state: &mut Option<Organization>) -> bool {
        match state {
            Some(state) if state.head() == self.base => {
                self.apply_from(0, state);
                true
            }
            None if self.base == Head::EMPTY => {
                *state = self.events.first().and_then(|first| {
                    let mut state = Organization::found(self.organization, first, self.happened)?;
                    self.apply_from(1, &mut state);
                    Some(state)
                });
                state.is_some()
            }
            Some(_) | None => false,
        }
    }

    /// Returns the changes of keys.
    pub(super) fn keys(&self, state: Option<&Organization>) -> Vec<KeyChange> {
        key_changes(&self.events, self.organization, state, self.happened)
    }

    /// Applies the events behind so many.
    fn apply_from(&self, place: usize, state: &mut Organization) {
        let mut happened = self.happened;
        for (version, event) in (self.base.version.get()..).zip(&self.events).skip(place) {
            happened.version = Version::new(version.saturating_add(1));
            state.apply(event, happened);
        }
        state.advance(self.head, self.happened.at);
    }
}

/// What is the same for all records of a run.
pub(super) struct Envelope<'a> {
    pub(super) command: &'a CommandId,
    pub(super) now: Timestamp,
    pub(super) settings: &'a Settings,
    pub(super) actor: Actor,
    pub(super) source: Option<Source>,
    /// The personal texts of caller and source.
    pub(super) parts: Vec<Part>,
    pub(super) caller: &'a Caller,
    /// What was asked of the caller.
    pub(super) requirement: &'a Requirement,
}

impl Envelope<'_> {
    /// Returns the link through which the caller has acted in an organization: where its right was
    /// judged, and in no other to which the command writes too. What it has agreed upon with others, it
    /// tells nobody.
    pub(super) fn link(&self, organization: OrganizationId) -> Option<LinkId> {
        // The parts of a batch are all of one organization.
        let parts = *self.requirement == Requirement::Each;
        let here = parts || self.requirement.organization() == Some(organization);
        self.caller.link_into(organization).filter(|_| here)
    }

    /// Sorts events by organization, in the order in which these come up.
    pub(super) fn changes(
        &self,
        events: Vec<(OrganizationId, Event)>,
        states: &[&Organization],
    ) -> Result<Vec<Change>, Failure> {
        let moment = Moment::new(self.now, self.settings);
        let mut changes: Vec<Change> = Vec::with_capacity(1);
        for (organization, event) in events {
            let state = states
                .iter()
                .find(|state| state.id() == organization)
                .copied();
            // An id that came up before means randomness that is none: nothing is done with it.
            let used = |made| state.is_some_and(|state| state.has(&made));
            if event.made(organization).is_some_and(used) {
                return Err(Failure::Environment(EnvironmentError::entropy()));
            }
            let is = |change: &&mut Change| change.organization == organization;
            if let Some(change) = changes.iter_mut().find(is) {
                change.events.push(event);
                continue;
            }
            let head = state.map_or(Head::EMPTY, Organization::head);
            changes.push(Change {
                organization,
                base: head,
                head,
                events: Vec::from([event]),
                happened: Happened::new(time_for(state, &moment)?, &self.actor, Version::ZERO),
            });
        }
        Ok(changes)
    }

    /// Writes the records of a change behind its base; `scratch` is reused from one to the next.
    pub(super) fn seal(
        &self,
        change: &mut Change,
        scratch: &mut Vec<u8>,
    ) -> Result<Write, Failure> {
        let mut records = Vec::with_capacity(change.events.len());
        for event in &change.events {
            let mut record = self.record(change, event)?;
            change.head = record.seal(change.head, scratch).ok_or(Failure::Over)?;
            records.push(record);
        }
        let log = Log::Administration;
        Ok(Write::new(change.organization, log, change.base, records))
    }

    /// Returns whether an organization is another than the caller's.
    pub(super) fn is_foreign(&self, organization: OrganizationId) -> bool {
        let own = self.caller.organization();
        own.is_some_and(|own| own != organization)
    }

    /// Returns where the command came from, with the texts beside it; `bare`, without whatever reaches a
    /// person.
    pub(super) fn origin(&self, bare: bool) -> (Option<Source>, &[Part]) {
        match bare {
            true => {
                let channel = self.source.as_ref().map(|it| it.channel.clone());
                (channel.map(Source::new), &[])
            }
            false => (self.source.clone(), &self.parts),
        }
    }

    /// Returns the record of an event, but for its place and leaf.
    fn record(&self, change: &Change, event: &Event) -> Result<Record, Failure> {
        let (kind, schema) = event.kind();
        let mut personal = event.parts();
        // Law G4: the record of an erasure has no text that would be the next to be erased.
        let erased = matches!(event, Event::UserErased(_));
        // Nor has a record in the log of another organization: it would be out of reach where the person
        // is erased, and where somebody comes from is no business of others.
        let was_there = change.base != Head::EMPTY;
        let bare = erased || was_there && self.is_foreign(change.organization);
        let (source, parts) = self.origin(bare);
        personal.extend(parts.iter().cloned());
        Ok(Record {
            organization: change.organization,
            log: Log::Administration,
            version: change.head.version,
            time: change.happened.at,
            caller: self.actor.clone(),
            on_behalf_of: None,
            link: self.link(change.organization),
            command: self.command.clone(),
            kind: Cow::Borrowed(kind),
            schema,
            resource: Some(event.resource(change.organization)),
            account: event.account(),
            outcome: Outcome::Success,
            source,
            body: event.body().map_err(|_| Failure::Over)?.into(),
            personal,
            previous: Leaf::ZERO,
            leaf: Leaf::ZERO,
        })
    }
}
