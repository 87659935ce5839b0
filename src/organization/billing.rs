//! Who pays for an organization, and from when on (law L5).
//!
//! A period is a calendar month in UTC. Whatever changes who pays takes effect when the period is over
//! in which it happened, so that no period has two payers.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::organization::Organization;
use crate::organization::event::shapes;
use crate::organization::link::{Link, Side};
use crate::text::ascii_text;
use crate::time::Timestamp;

ascii_text! {
    /// What the host knows an organization's own billing information by, such as the id of a customer
    /// at its payment provider; opaque here, and no card number.
    BillingReference, "billing reference", 128, "visible ascii characters",
    |b| b.is_ascii_graphic()
}

/// What stands against a change of who pays (law L5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PaymentClash {
    /// Another organization pays for it, and so it can neither get a second payer nor pay for anybody.
    HasPayer,
    /// It pays for others, and so nobody can pay for it.
    Pays,
}

impl fmt::Display for PaymentClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HasPayer => "has a payer",
            Self::Pays => "pays for another",
        })
    }
}

/// A time over which one side of a link pays for the other.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Payment {
    /// Who pays.
    pub payer: Side,
    /// From when on.
    pub from: Timestamp,
    /// Until when; absent as long as no end is in sight. `at >= until` is too late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Payment {
    /// Returns whether it is paid at `at`.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Returns whether there is a time at or behind `from` at which it is paid.
    #[must_use]
    pub fn reaches(&self, from: Timestamp) -> bool {
        self.until.is_none_or(|until| until > from)
    }
}

impl Organization {
    /// Returns the link by which another organization is to pay for it at `at`, and over which time, as
    /// its own links say; whether that one does is said by its state too
    /// ([`billing_source`](crate::organization::sharing::billing_source)). By law L5 there is one such at
    /// the most.
    #[must_use]
    pub fn payer_at(&self, at: Timestamp) -> Option<(&Link, &Payment)> {
        self.links().find_map(|link| {
            let mut payments = link.paid();
            let payment = payments.find(|it| it.covers(at))?;
            Some((link, payment))
        })
    }

    /// Returns the links by which it is to pay for others at `at`, and over which time.
    pub fn payees(&self, at: Timestamp) -> impl Iterator<Item = (&Link, &Payment)> {
        self.links().flat_map(move |link| {
            let payments = link.paying().filter(move |it| it.covers(at));
            payments.map(move |payment| (link, payment))
        })
    }
}

shapes! {
    /// The billing information of an organization was given, replaced or taken away.
    BillingChanged {
        /// What the host knows it by; absent where there is none any more.
        reference: Option<BillingReference>,
    }
}
