//! Questions about who pays.

use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{LinkId, OrganizationId};
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::billing::{BillingReference, Payment};
use crate::organization::link::Link;
use crate::organization::sharing::{BillingSource, Party, billing_source};
use crate::query::family::Family;
use crate::query::{List, Paging, Query, Rows, paged};
use crate::resource::Resource;
use crate::settings::Moment;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks who pays for an organization, now or at another time, and from the next period on (law L5).
///
/// A period is a calendar month in UTC. Of what was suspended once and is not any more, nothing is
/// known: for a time that is over it is said what was agreed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetBilling {
    /// The organization.
    pub organization: OrganizationId,
    /// When; absent, now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl GetBilling {
    /// Returns the question for who pays for `organization` now.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            at: None,
        }
    }

    /// Returns the same for another time.
    #[must_use]
    pub const fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }
}

/// Who pays for an organization.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Billing {
    /// The time that was asked for.
    pub at: Timestamp,
    /// Who pays then.
    pub source: BillingSource,
    /// The end of the period that this time is in.
    pub period_end: Timestamp,
    /// Who pays from then on, as things are.
    pub next: BillingSource,
    /// What the host knows the organization's own billing information by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<BillingReference>,
    /// Whether nobody pays, then or from the next period on: it is to be told.
    pub flagged: bool,
}

impl Sealed for GetBilling {}

impl Query for GetBilling {
    type Output = Billing;

    fn requirement(&self) -> Requirement {
        of(self.organization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Billing, Interrupt> {
        let Self { organization, at } = *authorized.command();
        let state = view.organization(organization)?;
        let at = at.unwrap_or(moment.now);
        let period_end = at.month_end();
        let payer = |at| state.payer_at(at).map(|(link, _)| link.peer());
        let mut payers: Vec<_> = [at, period_end].into_iter().filter_map(payer).collect();
        payers.dedup();
        let families = Family::all(view.organizations(&payers)?, view)?;
        let source = |at| {
            let mut families = families.iter();
            let payer = families.find(|it| Some(it.organization.id()) == payer(at));
            billing_source(state, payer.map(Family::party), at)
        };
        let (source, next) = (source(at), source(period_end));
        Ok(Billing {
            at,
            source,
            period_end,
            next,
            reference: state.billing().cloned(),
            flagged: [source, next].contains(&BillingSource::Nobody),
        })
    }
}

/// Asks for whom an organization pays, has paid or is to pay, and over which times (law L5).
///
/// What was paid stays readable to whoever has paid it, after the link has ended too.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListPayees {
    /// The organization.
    pub organization: OrganizationId,
    /// What it pays at this time or later alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// What it pays before this time alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Timestamp>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListPayees {
    /// Returns the question for all for whom `organization` pays, has paid or is to pay.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            from: None,
            before: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for what it pays between two times, the first of them among it.
    #[must_use]
    pub const fn during(mut self, from: Timestamp, before: Timestamp) -> Self {
        self.from = Some(from);
        self.before = Some(before);
        self
    }

    /// Returns the same for what it pays at this very time.
    #[must_use]
    pub fn at(self, at: Timestamp) -> Self {
        self.during(at, at.saturating_add(Duration::from_millis(1)))
    }

    /// Returns the times over which `party` pays by a link, as far as they are asked for.
    fn payments(&self, link: &Link, party: Party<'_>) -> Vec<Payment> {
        let paid = link.paying().filter_map(|payment| party.pays(*payment));
        let asked = |it: &Payment| {
            self.from.is_none_or(|from| it.reaches(from))
                && self.before.is_none_or(|before| it.from < before)
        };
        paid.filter(asked).collect()
    }
}

paged!(ListPayees);

/// An organization for which another one pays, has paid or is to pay.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Payee {
    /// Which.
    pub organization: OrganizationId,
    /// How it was called when the link was proposed.
    pub name: OrganizationName,
    /// The link by which it is paid for.
    pub link: LinkId,
    /// Over which times, in order.
    pub payments: Vec<Payment>,
}

impl Sealed for ListPayees {}

impl Query for ListPayees {
    type Output = Rows<Payee>;

    fn requirement(&self) -> Requirement {
        of(self.organization)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<Payee>, Interrupt> {
        let query = authorized.command();
        let state: &Organization = view.organization(query.organization)?;
        let party = Family::of(state, view)?.party();
        let list = List {
            name: "list_payees",
            organization: Some(query.organization),
            filter: (query.from, query.before),
            caller: authorized.caller(),
        };
        let links = list.page(
            query.paging,
            moment.settings,
            Link::id,
            |first| state.links_from(first),
            |_| true,
            |link| !query.payments(link, party).is_empty(),
        )?;
        let row = |link: &Link| Payee {
            organization: link.peer(),
            name: link.peer_name().clone(),
            link: link.id(),
            payments: query.payments(link, party),
        };
        Ok(Rows {
            rows: links.rows.iter().map(row).collect(),
            next: links.next,
        })
    }
}

const fn of(organization: OrganizationId) -> Requirement {
    let whole = Resource::Organization(organization);
    Requirement::Right(organization, Builtin::ReadBilling, whole)
}
