//! A record as a line of a table, for people: the six columns of an audit page.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt;

use serde::Serialize;

use crate::caller::Actor;
use crate::log::payload;
use crate::name::Name;
use crate::record::Record;
use crate::resource::Resource;
use crate::time::Timestamp;

/// A record as a line of a table: when, what, to what kind of thing, to which, by whom, and the
/// payload.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::SignUp;
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// use tenancy::query::FindRecords;
///
/// let find = FindRecords::new(made.organization).kind("user.created".parse()?);
/// let found = registry.ask(&made.caller(), &find)?.value.rows;
/// let row = found[0].row();
/// assert_eq!(row.event_type, "user created");
/// assert_eq!(row.resource_type.as_deref(), Some("user"));
/// assert_eq!(row.resource_id, Some(made.owner.to_string()));
/// // Who signed up was nobody's user yet, and is known by the address.
/// assert_eq!(row.user_name, "ada@example.com");
/// assert!(row.payload.contains("\n  \"name\": \"Ada\","));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Row {
    /// When.
    pub time: Timestamp,
    /// What happened, in [words](event_type).
    pub event_type: String,
    /// To what kind of thing, such as `account`; for a resource of the host's, its service.
    pub resource_type: Option<Box<str>>,
    /// To which: the id; for a resource of the host's, its id there.
    pub resource_id: Option<String>,
    /// By whom: the name that a user has now. The id of one that was removed or erased, or whose
    /// name the reader may not know; the address of whoever was nobody's user, or `withheld` or
    /// `erased` in its place; `host: ` and its reason for the host.
    pub user_name: String,
    /// The facts: the body as JSON on several lines, in its own order. In the place of each personal
    /// text stands `{"erased": true}` where it was erased, and `{"withheld": true}` where it is not
    /// for the reader.
    pub payload: String,
}

impl Row {
    /// Returns the row of a record; `name` is what the acting user is called, as far as the reader
    /// may know, and `withheld` the fields of the personal texts that it may not read.
    pub(crate) fn new(record: &Record, name: Option<&Name>, withheld: &[&str]) -> Self {
        let resource = record.resource.as_ref();
        let id = |resource: &Resource| match resource {
            Resource::Named(_, _, id) => id.to_string(),
            Resource::Account(_)
            | Resource::Group(_)
            | Resource::Invitation(_)
            | Resource::Link(_)
            | Resource::Organization(_)
            | Resource::Policy(_)
            | Resource::Token(_)
            | Resource::User(_) => resource.to_string(),
        };
        let user_name = match &record.caller {
            Actor::Person { .. } => {
                let hidden = match withheld.contains(&Actor::FIELD) {
                    true => "withheld",
                    false => "erased",
                };
                record.personal_text(Actor::FIELD).unwrap_or(hidden).into()
            }
            Actor::System { reason } => format!("host: {reason}"),
            Actor::Token { user, .. } | Actor::User { user, .. } => {
                name.map_or_else(|| user.to_string(), |name| name.to_string())
            }
        };
        Self {
            time: record.time,
            event_type: event_type(&record.kind),
            resource_type: resource.map(|resource| resource.type_name().into()),
            resource_id: resource.map(id),
            user_name,
            payload: payload::pretty(record, withheld),
        }
    }
}

impl fmt::Debug for Row {
    /// Shows neither who it was nor the payload: logs of the host are no place for them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("time", &self.time)
            .field("event_type", &self.event_type)
            .field("resource_type", &self.resource_type)
            .field("resource_id", &self.resource_id)
            .finish_non_exhaustive()
    }
}

/// Returns a kind in words.
///
/// Everything that is no letter or digit becomes a space, and a capital letter behind a small one
/// begins a word of its own; all letters become small. No two kinds of the crate have the same words.
///
/// | kind | words |
/// |--|--|
/// | `account.created` | account created |
/// | `user.role_changed` | user role changed |
/// | `organization.token_life_changed` | organization token life changed |
/// | `elastigroup.detachInstances`, of a host | elastigroup detach instances |
///
/// ```
/// use tenancy::log::row::event_type;
/// assert_eq!(event_type("user.role_changed"), "user role changed");
/// assert_eq!(event_type("elastigroup.detachInstances"), "elastigroup detach instances");
/// ```
#[must_use]
pub fn event_type(kind: &str) -> String {
    let mut words = String::with_capacity(kind.len());
    let (mut small, mut between) = (false, false);
    for c in kind.chars() {
        if !c.is_alphanumeric() {
            between = true;
            continue;
        }
        if !words.is_empty() && (between || small && c.is_uppercase()) {
            words.push(' ');
        }
        (small, between) = (c.is_lowercase(), false);
        words.extend(c.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::event_type;
    use crate::organization::event::Event;

    #[test]
    fn each_kind_has_words_of_its_own() {
        let words: BTreeSet<_> = Event::KINDS.iter().map(|it| event_type(it.0)).collect();
        assert_eq!(words.len(), Event::KINDS.len());
        let plain = |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b == b' ');
        assert!(words.iter().all(|word| plain(word)), "{words:?}");
    }

    #[test]
    fn words_are_told_apart_by_whatever_stands_between() {
        for (kind, words) in [
            (
                "elastigroup/detachInstances",
                "elastigroup detach instances",
            ),
            ("a..b__c", "a b c"),
            (".a.", "a"),
            ("VMStop", "vmstop"),
            ("vmStop2X", "vm stop2x"),
            ("", ""),
            ("..", ""),
        ] {
            assert_eq!(event_type(kind), words, "{kind}");
        }
    }
}
