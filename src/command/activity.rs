//! What a host records of what it and its users do besides the administration.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Authorized;
use crate::access::Requirement;
use crate::action::Action;
use crate::command::{Command, Context, Decided, Recorded, Sealed};
use crate::id::{OrganizationId, UserId};
use crate::organization::activity::{Activity, ActivityRecorded, Payload};
use crate::record::{Outcome, Record};
use crate::refusal::{Limited, Refusal};
use crate::resource::Resource;
use crate::view::{Interrupt, View};

/// Records what the caller did, or tried to do, in the log of activities of an organization
/// (law G7).
///
/// Who did it is the caller, and its right is judged as by [`check`](crate::access::Access::check):
/// the action is one of the catalog, and the resource one of the organization. The record has the
/// action as its kind. Where the request came from is said by
/// [`Request::from`](crate::Request::from).
///
/// What was [`denied`](Outcome::Denied) is recorded of any user who may read the organization, and
/// takes no right to the action. A resource that is not one of the organization is then left out: the
/// log tells nothing of what others have, not even that somebody named it. Of whoever is not or no
/// longer a user (a sign-in that failed, somebody who is suspended), the host records as itself, with
/// the user as the resource.
///
/// What the host says of it is bound whole, and goes whole when one of these is
/// [erased](crate::command::ErasePerson): whoever did it, the user to whom it was done, and the user
/// of whom the host says that it is [`about`](Self::about). Whom else a payload names, nobody but the
/// host can know: better not by a name, then.
///
/// The log is beside that of the administration and moves nothing in it: the one is never in the way
/// of the other. The right is judged on a state that was compared with the end of the administration
/// in this very run.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::{action::Class, command::{ActivateOrganization, SignUp}, role::LeastRole};
/// # let settings = Settings::new("acme".parse()?).action(
/// #     "elastigroup:detachInstances".parse()?, Class::Product, LeastRole::Editor)?;
/// # let registry = blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings);
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// # registry.run(&ada, &ActivateOrganization::new(acme))?;
/// use tenancy::command::RecordActivity;
/// use tenancy::query::{FindRecords, Logs};
///
/// let group: Resource = format!("{}/elastigroup/sig-1", made.account).parse()?;
/// let detach = RecordActivity::new(acme, "elastigroup:detachInstances".parse()?, group)
///     .payload(r#"{"instances":["i-1"]}"#.parse()?);
/// registry.run(&ada, Request::new(&detach).from(Origin::new("api".parse()?)))?;
///
/// let find = FindRecords::new(acme).logs(Logs::Activity);
/// let found = registry.ask(&ada, &find)?.value.rows;
/// let row = found[0].row();
/// assert_eq!(row.event_type, "elastigroup detach instances");
/// assert_eq!(row.user_name, "Ada");
/// assert!(row.payload.contains("\"i-1\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct RecordActivity {
    /// The organization.
    pub organization: OrganizationId,
    /// What was done, of the catalog.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// How it came out; by default it was done.
    #[serde(default = "success", skip_serializing_if = "is_success")]
    pub outcome: Outcome,
    /// What the host says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    /// Which user of the organization that is about, where neither it did this nor it was done to it:
    /// with the user it is erased. It is recorded as it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<UserId>,
    /// What the host knows of the resource, for the conditions of policies (see
    /// [`Attributes`](crate::access::Attributes)); not recorded.
    #[serde(
        default,
        deserialize_with = "crate::access::once",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub attributes: BTreeMap<Box<str>, Box<str>>,
    /// Whether these are all there are.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub complete: bool,
}

const fn success() -> Outcome {
    Outcome::Success
}

fn is_success(outcome: &Outcome) -> bool {
    *outcome == Outcome::Success
}

impl RecordActivity {
    /// Returns the command to record that the caller did this.
    #[must_use]
    pub fn new(
        organization: OrganizationId,
        action: Action,
        resource: impl Into<Resource>,
    ) -> Self {
        Self {
            organization,
            action,
            resource: resource.into(),
            outcome: Outcome::Success,
            payload: None,
            about: None,
            attributes: BTreeMap::new(),
            complete: false,
        }
    }

    /// Returns the same with how it came out.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Returns the same with what the host says of it.
    #[must_use]
    pub fn payload(mut self, payload: Payload) -> Self {
        self.payload = Some(payload);
        self
    }

    /// Returns the same with the user that the payload is about.
    #[must_use]
    pub const fn about(mut self, user: UserId) -> Self {
        self.about = Some(user);
        self
    }

    /// Returns the same with what one attribute of the resource is.
    #[must_use]
    pub fn attribute(mut self, key: &str, value: &str) -> Self {
        self.attributes.insert(key.into(), value.into());
        self
    }

    /// Returns the same, with all attributes that there are.
    #[must_use]
    pub const fn complete(mut self) -> Self {
        self.complete = true;
        self
    }
}

impl Sealed for RecordActivity {}

impl Command for RecordActivity {
    const KIND: &'static str = "record_activity";
    type Output = ();

    fn requirement(&self) -> Requirement {
        match self.outcome {
            Outcome::Denied => Requirement::User(self.organization),
            Outcome::Failed(_) | Outcome::Success => Requirement::Action {
                organization: self.organization,
                action: self.action.clone(),
                resource: self.resource.clone(),
                attributes: self.attributes.clone(),
                complete: self.complete,
            },
        }
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        context: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            action,
            resource,
            outcome,
            payload,
            about,
            ..
        } = authorized.command();
        let (catalog, limits) = (&context.settings.catalog, &context.settings.limits);
        if catalog.id(action.as_str()).is_none() {
            return Err(Refusal::unknown_action(action.clone().into(), catalog).into());
        }
        let kind_max = u32::try_from(Record::KIND_LEN_MAX).unwrap_or(u32::MAX);
        Limited::ActionBytes.check(action.as_str().len(), 0, kind_max)?;
        let bytes = payload.as_ref().map_or(0, |it| it.as_str().len());
        Limited::PayloadBytes.check(bytes, 0, limits.payload_bytes)?;
        let state = view.organization(*organization)?;
        let payload = payload.clone().map(|it| context.personal("payload", it));
        Ok(Decided {
            events: alloc::vec::Vec::new(),
            activity: Some(Activity {
                action: action.clone(),
                resource: Some(resource.clone()).filter(|it| state.has(it)),
                outcome: outcome.clone(),
                facts: ActivityRecorded {
                    payload,
                    about: *about,
                },
            }),
            output: (),
        })
    }

    fn recall(&self, _: &mut Recorded<'_>) -> Option<()> {
        Some(())
    }
}
