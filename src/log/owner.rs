//! Whose the personal texts beside a record are (law G4).
//!
//! There is one answer to it, so that what an erasure drops is what a log may lack afterwards.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::caller::Actor;
use crate::id::{InvitationId, UserId};
use crate::organization::activity::ActivityRecorded;
use crate::organization::erasure;
use crate::organization::event::{Event, In as _};
use crate::organization::invitation::InvitationAccepted;
use crate::record::{CommandId, Log, Record, Version};
use crate::resource::Resource;

/// Whose a text is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Owner {
    /// Of whoever signed up, before the record that says which user that is.
    Founder,
    /// Of whoever was invited.
    Invitation(InvitationId),
    /// Of a user.
    User(UserId),
}

impl Owner {
    /// Returns whose texts go by a record: none, unless it is that of an erasure.
    pub(crate) fn erased_by(record: &Record) -> Vec<Self> {
        if record.kind != erasure::KIND {
            return Vec::new();
        }
        let Ok(Event::UserErased(erased)) = Event::decode(record) else {
            return Vec::new();
        };
        let invitations = erased.invitations.iter().copied().map(Self::Invitation);
        invitations.chain([Self::User(erased.user)]).collect()
    }
}

/// What of the log so far says whose the texts of its next record are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owners {
    /// The commit that the log began with, while its records last.
    founding: Option<Of>,
    /// By which commit somebody has become a user, and which.
    coming: Option<(Of, UserId)>,
}

/// What is the same of all records of a commit, and of no others: one name is many commands, of
/// as many callers.
#[derive(Clone, Debug)]
struct Of {
    command: CommandId,
    caller: Actor,
}

impl Of {
    fn new(record: &Record) -> Self {
        Self {
            command: record.command.clone(),
            caller: record.caller.clone(),
        }
    }

    fn has(&self, record: &Record) -> bool {
        (&self.command, &self.caller) == (&record.command, &record.caller)
    }
}

impl Owners {
    /// Returns of whom a record's text is: it goes with each of them. Of none where it is nobody's,
    /// such as the description of a group.
    pub(crate) fn of_text(&self, record: &Record) -> BTreeSet<Owner> {
        match record.log {
            Log::Activity => of_payload(record).map(Owner::User).collect(),
            Log::Administration => of_facts(record).into_iter().collect(),
        }
    }

    /// Returns whose text says who came from where: of whoever did what the record tells of.
    pub(crate) fn of_origin(&self, record: &Record) -> Option<Owner> {
        if let Some(user) = acting(record) {
            return Some(Owner::User(user));
        }
        if record.log != Log::Administration {
            return None;
        }
        if self.is_founding(record) {
            return Some(Owner::Founder);
        }
        match (accepted(record), &self.coming, record.resource.as_ref()) {
            (Some(user), ..) => Some(Owner::User(user)),
            (None, Some((commit, user)), _) if commit.has(record) => Some(Owner::User(*user)),
            (None, _, Some(Resource::Invitation(id))) if record.kind == "invitation.declined" => {
                Some(Owner::Invitation(*id))
            }
            (None, ..) => None,
        }
    }

    /// Returns who signed up, where this is the record that says so.
    pub(crate) fn founder(&self, record: &Record) -> Option<UserId> {
        match &record.resource {
            Some(Resource::User(user))
                if record.kind == "user.created" && self.is_founding(record) =>
            {
                Some(*user)
            }
            _ => None,
        }
    }

    /// Goes on behind a record.
    pub(crate) fn follow(&mut self, record: &Record) {
        if record.log != Log::Administration {
            return;
        }
        if !self.is_founding(record) {
            self.founding = None;
        } else if self.founding.is_none() {
            self.founding = Some(Of::new(record));
        }
        if let Some(user) = accepted(record) {
            self.coming = Some((Of::new(record), user));
        }
    }

    fn is_founding(&self, record: &Record) -> bool {
        let of = self.founding.as_ref();
        record.version == FIRST || of.is_some_and(|it| it.has(record))
    }
}

/// Returns whose the text is that a record of the administration tells of.
fn of_facts(record: &Record) -> Option<Owner> {
    match record.resource.as_ref()? {
        Resource::Invitation(invitation) => Some(Owner::Invitation(*invitation)),
        Resource::Token(_) => {
            let Event::TokenIssued(issued) = Event::decode(record).ok()? else {
                return None;
            };
            Some(Owner::User(issued.user))
        }
        Resource::User(user) => Some(Owner::User(*user)),
        Resource::Account(_)
        | Resource::Group(_)
        | Resource::Link(_)
        | Resource::Named(..)
        | Resource::Organization(_)
        | Resource::Policy(_) => None,
    }
}

/// Returns of which users the payload of an activity is: of whoever did it, to whom it was done, and
/// whom the host named. Which it names inside is the host's to know.
fn of_payload(record: &Record) -> impl Iterator<Item = UserId> {
    let resource = match &record.resource {
        Some(Resource::User(user)) => Some(*user),
        _ => None,
    };
    let about = ActivityRecorded::about_of(record);
    [acting(record), resource, about].into_iter().flatten()
}

/// Returns which user of the organization did what a record tells of, itself or by a token.
fn acting(record: &Record) -> Option<UserId> {
    match record.caller {
        Actor::Token {
            organization, user, ..
        }
        | Actor::User { organization, user }
            if organization == record.organization =>
        {
            Some(user)
        }
        Actor::Person { .. } | Actor::System { .. } | Actor::Token { .. } | Actor::User { .. } => {
            None
        }
    }
}

/// Returns which user somebody became who was invited.
fn accepted(record: &Record) -> Option<UserId> {
    if record.kind != "invitation.accepted" {
        return None;
    }
    let event = Event::decode(record).ok()?;
    InvitationAccepted::of(&event).map(|accepted| accepted.user)
}

const FIRST: Version = Version::new(1);
