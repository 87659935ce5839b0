//! How a state is written down and read back (law G5): a cache of the fold, never a source.
//!
//! The form is JSON in which every noun is the sequence of its fields, without their names. There
//! is one form, of [`Organization::SNAPSHOT_FORMAT`]; it may change with any release, and a
//! snapshot of another is thrown away. What follows from the rows, such as the indexes, is made
//! anew.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::OrganizationId;
use crate::organization::Organization;
use crate::organization::invitation::{Invitation, InvitationStatus};
use crate::organization::mark::Marks;
use crate::organization::roster::{Index, Roster, Row};
use crate::organization::user::User;
use crate::record::{Head, Version};
use crate::statement::Document;
use crate::store::Snapshot;

/// What a snapshot keeps in a form of its own.
pub(crate) trait Keep: Sized {
    fn keep<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    fn unkeep<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A value in the form of a snapshot.
pub(crate) struct Kept<T>(pub(crate) T);

impl<T: Keep> Serialize for Kept<&T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.keep(serializer)
    }
}

impl<'de, T: Keep> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::unkeep(deserializer).map(Self)
    }
}

/// Why a snapshot was not read: it is of another form, or damaged. The log has everything.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("snapshot of `{organization}` at version {version} {reason}")]
pub struct InvalidSnapshot {
    organization: OrganizationId,
    version: Version,
    reason: Box<str>,
}

/// Writes a noun as the sequence of its fields. A field that is added must be named here or it
/// does not compile; one behind `else` is not kept and begins as its expression says.
macro_rules! kept {
    ($noun:ident {
        $($field:ident $(as $kept:ident)?),+ $(,)?
    } $(else { $($made:ident: $as:expr),+ $(,)? })?) => {
        impl $crate::organization::snapshot::Keep for $noun {
            fn keep<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeTuple as _;
                let Self { $($field),+ $(, $($made: _),+)? } = self;
                let count = [$(stringify!($field)),+].len();
                let mut fields = serializer.serialize_tuple(count)?;
                $(fields.serialize_element($crate::organization::snapshot::kept!(
                    @given $field $(as $kept)?
                ))?;)+
                fields.end()
            }

            fn unkeep<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $noun;

                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str(concat!("the fields of `", stringify!($noun), "`"))
                    }

                    fn visit_seq<A: serde::de::SeqAccess<'de>>(
                        self,
                        mut fields: A,
                    ) -> Result<$noun, A::Error> {
                        $(let $field = $crate::organization::snapshot::kept!(
                            @taken fields, $noun, $field $(as $kept)?
                        );)+
                        Ok($noun { $($field),+ $(, $($made: $as),+)? })
                    }
                }

                let count = [$(stringify!($field)),+].len();
                deserializer.deserialize_tuple(count, Fields)
            }
        }
    };
    (@given $field:ident) => { $field };
    (@given $field:ident as Kept) => { &$crate::organization::snapshot::Kept($field) };
    (@taken $fields:ident, $noun:ident, $field:ident) => {
        $crate::organization::snapshot::next(&mut $fields, |it: &$noun| &it.$field)?
    };
    (@taken $fields:ident, $noun:ident, $field:ident as Kept) => {
        $crate::organization::snapshot::next_kept(&mut $fields, |it: &$noun| &it.$field)?
    };
}

pub(crate) use kept;

/// Returns the next field of a noun; `of` says which it is, and so its type.
pub(crate) fn next<'de, A: SeqAccess<'de>, N, T: Deserialize<'de>>(
    fields: &mut A,
    _of: fn(&N) -> &T,
) -> Result<T, A::Error> {
    let missing = || A::Error::custom("a field is missing");
    fields.next_element()?.ok_or_else(missing)
}

/// The same for a field that is kept in a form of its own.
pub(crate) fn next_kept<'de, A: SeqAccess<'de>, N, T: Keep>(
    fields: &mut A,
    _of: fn(&N) -> &T,
) -> Result<T, A::Error> {
    let missing = || A::Error::custom("a field is missing");
    let kept: Option<Kept<T>> = fields.next_element()?;
    kept.map(|Kept(value)| value).ok_or_else(missing)
}

kept!(Organization {
    id, name, scope, life as Kept, created_at, time, default_account, token_life,
    accounts as Kept, closings,
    users as Kept, owners, offers, erasures, whole_erasure,
    invitations as Kept, unanswered, sent,
    groups as Kept, policies as Kept,
    tokens as Kept,
    marks as Kept,
    links as Kept, accepted, link_codes as Kept, parent, children, adoptions, billing,
} else {
    head: Head::EMPTY,
    catalog: None,
    account_names: Index::default(),
    emails: Index::default(),
    removed: 0,
    invited: Index::default(),
    marks_bytes: 0,
    references: Arc::default(),
});

impl Organization {
    /// The form of the snapshots that this version of the crate writes and reads.
    ///
    /// It is another when the form changes, and also when what the events do to a state does: a
    /// snapshot of before would carry the old state on.
    pub const SNAPSHOT_FORMAT: u32 = 4;

    /// Writes the state down.
    ///
    /// ```
    /// # use tenancy::command::SignUp;
    /// # use tenancy::environment::SystemEnvironment;
    /// # use tenancy::store::MemoryStore;
    /// # use tenancy::{Caller, Freshness, Settings, blocking};
    /// use tenancy::Organization;
    /// # let (store, settings) = (MemoryStore::new(), Settings::new("acme".parse()?));
    /// # let registry = blocking::Registry::new(store, SystemEnvironment::new(), settings);
    /// # let ada = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let state = registry.with(made.organization, Freshness::Latest, |it| it.organization().clone())?;
    /// let snapshot = state.to_snapshot();
    /// let again = Organization::from_snapshot(&snapshot)?;
    /// assert_eq!(again.head(), state.head());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_snapshot(&self) -> Snapshot {
        // INVARIANT: nothing in a state refuses to be written; an empty body would be ignored.
        let body = serde_json::to_string(&Kept(self)).unwrap_or_default();
        Snapshot::new(self.id, self.head, Self::SNAPSHOT_FORMAT, body.into())
    }

    /// Returns the state that was written down. It is not compared with its log: what follows in
    /// the log is [applied](Self::extend), and refused where it does not follow.
    ///
    /// # Errors
    ///
    /// The snapshot is of another format, damaged, or of another organization.
    pub fn from_snapshot(snapshot: &Snapshot) -> Result<Self, InvalidSnapshot> {
        let invalid = |reason: String| InvalidSnapshot {
            organization: snapshot.organization,
            version: snapshot.head.version,
            reason: reason.into(),
        };
        let (found, expected) = (snapshot.format, Self::SNAPSHOT_FORMAT);
        if found != expected {
            return Err(invalid(format!(
                "has the format {found}, expected {expected}"
            )));
        }
        let state = serde_json::from_str(&snapshot.body);
        let Kept(mut state): Kept<Self> =
            // Not the error's own text, which may hold a name.
            state.map_err(|error| {
                let (line, column) = (error.line(), error.column());
                invalid(format!("cannot be read at line {line} column {column}"))
            })?;
        if state.id != snapshot.organization {
            return Err(invalid(format!("is of `{}`", state.id)));
        }
        state.head = snapshot.head;
        state.complete();
        Ok(state)
    }

    /// Returns how many rows the state has: what a snapshot costs.
    #[cfg(feature = "std")]
    pub(crate) const fn rows(&self) -> usize {
        let people = self.users.len().saturating_add(self.invitations.len());
        let rest = self.accounts.len().saturating_add(self.tokens.len());
        people.saturating_add(rest)
    }

    /// Makes what follows from the rows.
    fn complete(&mut self) {
        let places = |count: usize| 0..u32::try_from(count).unwrap_or(u32::MAX);
        for place in places(self.accounts.len()) {
            self.index_account(place);
        }
        let users = &self.users;
        self.removed = users.iter().filter(|user| user.is_removed()).count();
        let email_of = |place| users.at(place).and_then(User::email);
        for place in places(users.len()) {
            let there = users.at(place).filter(|user| !user.is_removed());
            if let Some(email) = there.and_then(User::email) {
                self.emails.insert(&Some(email), place, email_of);
            }
        }
        let (now, invitations) = (self.time, &self.invitations);
        let email_of = |place| invitations.at(place).and_then(Invitation::email);
        for place in places(invitations.len()) {
            let open = |it: &&Invitation| {
                let status = it.status(now);
                matches!(
                    status,
                    InvitationStatus::Pending | InvitationStatus::Expired
                )
            };
            let open = invitations.at(place).filter(open);
            if let Some(email) = open.and_then(Invitation::email) {
                self.invited.insert(&Some(email), place, email_of);
            }
        }
        let marks = self.marks.values().map(Marks::bytes);
        self.marks_bytes = marks.fold(0, usize::saturating_add);
        let referred = self.marks.iter();
        let referred = referred.filter_map(|(on, marks)| Some((marks.reference.clone()?, *on)));
        self.references = Arc::new(referred.collect());
    }
}

impl<T: Row + Keep> Keep for Roster<T> {
    fn keep<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Kept))
    }

    fn unkeep<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows<T>(PhantomData<T>);

        impl<'de, T: Row + Keep> Visitor<'de> for Rows<T> {
            type Value = Roster<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Roster<T>, A::Error> {
                let mut roster = Roster::default();
                while let Some(Kept(row)) = rows.next_element()? {
                    let place = roster.push(row);
                    place.ok_or_else(|| A::Error::custom("two rows have one id"))?;
                }
                Ok(roster)
            }
        }

        deserializer.deserialize_seq(Rows(PhantomData))
    }
}

/// A map whose keys are no text.
impl<K: Serialize + DeserializeOwned + Ord, V: Serialize + DeserializeOwned> Keep
    for Arc<BTreeMap<K, V>>
{
    fn keep<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }

    fn unkeep<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<(K, V)>::deserialize(deserializer)?;
        Ok(Self::new(pairs.into_iter().collect()))
    }
}

impl Keep for Arc<Document> {
    fn keep<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::statement::keep(self, serializer)
    }

    fn unkeep<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::statement::kept(deserializer)
    }
}

impl<T: Keep> Keep for Option<Box<T>> {
    fn keep<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_deref().map(Kept).serialize(serializer)
    }

    fn unkeep<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<Kept<T>>::deserialize(deserializer)?;
        Ok(value.map(|Kept(value)| Box::new(value)))
    }
}
