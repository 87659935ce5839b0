//! Records as [CloudEvents 1.0], for whoever takes events in that form.
//!
//! | attribute | of the record |
//! |--|--|
//! | `specversion` | `1.0` |
//! | `id` | the leaf: a record that is sent twice has the same, and one of a log that was written anew another |
//! | `source` | the origin of the log, as its checkpoints have it: `acme.example/org_…/administration` |
//! | `type` | the kind, such as `user.created` |
//! | `subject` | the resource, where it has one |
//! | `time` | the time |
//! | `datacontenttype` | `application/json` |
//! | `data` | the body, byte for byte |
//!
//! Besides, as extensions:
//!
//! | attribute | of the record |
//! |--|--|
//! | `sequence` | the version, in 20 digits, so that it is in order as a text |
//! | `schema` | the schema |
//! | `authtype` | `app_user` for a user or a person, `api_key` for a token, `system` for the host |
//! | `authid` | the id of the user or the token, or the host's reason; none for a person |
//! | `account` | the account that it concerns |
//! | `commandid` | the command id |
//! | `outcome` | the outcome |
//!
//! Personal texts and their salts are not in it, in the body stand their commitments: what has gone
//! out to others is not reached by an erasure (law G4). The event proves nothing either; for that,
//! carry the log as a [file](crate::log::export).
//!
//! [CloudEvents 1.0]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md

use alloc::format;
use alloc::string::{String, ToString as _};

use serde::Serialize;
use serde::de::IgnoredAny;

use crate::caller::Actor;
use crate::id::AccountId;
use crate::log::checkpoint::{LogOrigin, OriginPrefix};
use crate::record::{CommandId, Leaf, Outcome, Record};
use crate::resource::Resource;
use crate::time::Timestamp;

/// Returns the record as an event in the structured JSON form, in one line without an end.
///
/// `None` if the body is no JSON, as it is of no record that a registry wrote, or if it has a line
/// feed between its tokens.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{command::SignUp, query::ListRecords};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// use tenancy::log::cloud_event;
///
/// let log = registry.ask(&made.caller(), &ListRecords::new(made.organization))?.value;
/// let event = cloud_event::to_json(&log.records[1], &"acme.example".parse()?).ok_or("no JSON")?;
/// let event: serde_json::Value = serde_json::from_str(&event)?;
/// assert_eq!(event["type"], "account.created");
/// assert_eq!(event["source"], format!("acme.example/{}/administration", made.organization));
/// assert_eq!(event["data"]["name"], "Acme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn to_json(record: &Record, prefix: &OriginPrefix) -> Option<String> {
    let is_json = serde_json::from_str::<IgnoredAny>(&record.body).is_ok();
    if !is_json || record.body.contains(['\n', '\r']) {
        return None;
    }
    let (authtype, authid) = match &record.caller {
        Actor::Person { .. } => ("app_user", None),
        Actor::System { reason } => ("system", Some(reason.to_string())),
        Actor::Token { token, .. } => ("api_key", Some(token.to_string())),
        Actor::User { user, .. } => ("app_user", Some(user.to_string())),
    };
    let attributes = Attributes {
        specversion: "1.0",
        id: record.leaf,
        source: LogOrigin::new(prefix.clone(), record.organization, record.log),
        r#type: &record.kind,
        subject: record.resource.as_ref(),
        time: record.time,
        datacontenttype: "application/json",
        sequence: format!("{:020}", record.version.get()),
        schema: record.schema.get(),
        authtype,
        authid,
        account: record.account,
        commandid: &record.command,
        outcome: &record.outcome,
    };
    let mut json = serde_json::to_string(&attributes).ok()?;
    // The body goes in as it is, in the place of the brace that ends the attributes.
    json.pop();
    json.push_str(",\"data\":");
    json.push_str(&record.body);
    json.push('}');
    Some(json)
}

#[derive(Serialize)]
struct Attributes<'a> {
    specversion: &'static str,
    id: Leaf,
    source: LogOrigin,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a Resource>,
    time: Timestamp,
    datacontenttype: &'static str,
    sequence: String,
    schema: u16,
    authtype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountId>,
    commandid: &'a CommandId,
    outcome: &'a Outcome,
}
