//! Questions about links, those that are over too, and about link codes. No answer holds a secret,
//! whatever the caller's rights.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::caller::Caller;
use crate::command::Sealed;
use crate::id::{LinkCodeId, LinkId, OrganizationId, UserId};
use crate::name::OrganizationName;
use crate::organization::Organization;
use crate::organization::link::{
    Amendment, Delegated, Link, LinkCode, LinkEnd, LinkStatus, Side, Terms, TermsHash,
};
use crate::query::{List, Paging, Query, Rows, paged};
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::settings::Moment;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

/// Asks for a link.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetLink {
    /// The organization.
    pub organization: OrganizationId,
    /// The link.
    pub link: LinkId,
}

impl GetLink {
    /// Returns the question for this link.
    #[must_use]
    pub const fn new(organization: OrganizationId, link: LinkId) -> Self {
        Self { organization, link }
    }
}

/// A link, as it is now for one of its sides.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LinkDetails {
    /// Its id, the same on both sides.
    pub id: LinkId,
    /// The organization on the other side.
    pub peer: OrganizationId,
    /// How the other organization was called when the link was proposed.
    pub peer_name: OrganizationName,
    /// Which side the organization is.
    pub side: Side,
    /// What it is now.
    pub status: LinkStatus,
    /// Which user has proposed it; absent on the receiver's side, and where the host has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<UserId>,
    /// The terms: those in force, or those that are proposed.
    pub terms: Terms,
    /// The hash that acceptance names.
    pub terms_hash: TermsHash,
    /// How often the terms have changed since they were accepted.
    pub revision: u32,
    /// The other terms that are proposed and can be answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amendment: Option<AmendmentDetails>,
    /// What the organization has picked for users of the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegated: Option<Delegated>,
    /// The users of the organization that it has picked, in the order of their ids, as far as the caller
    /// may read them.
    pub users: Vec<UserId>,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// From when on the proposal cannot be accepted.
    pub expires_at: Timestamp,
    /// When it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// How it came to its end, other than by time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<LinkEnd>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// Other terms of a link, while they can be answered.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AmendmentDetails {
    /// Who has proposed them.
    pub by: Side,
    /// Which user of that side has; absent where the host has, and on the other side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<UserId>,
    /// The terms.
    pub terms: Terms,
    /// The hash that consent to them names.
    pub terms_hash: TermsHash,
    /// From when on they cannot be accepted.
    pub expires_at: Timestamp,
}

impl LinkDetails {
    fn of(state: &Organization, link: &Link, caller: &Caller, moment: &Moment<'_>) -> Self {
        let now = moment.now.max(state.time());
        let sees = |user: &UserId| may_read(state, caller, &Resource::User(*user), moment);
        let amendment = link.amendment(now).map(|it: &Amendment| AmendmentDetails {
            by: it.by,
            proposed_by: it.proposed_by,
            terms: it.terms.clone(),
            terms_hash: link.amendment_hash(it),
            expires_at: it.expires_at,
        });
        let (end, ended_at) = link.ended().unzip();
        Self {
            id: link.id(),
            peer: link.peer(),
            peer_name: link.peer_name().clone(),
            side: link.side(),
            status: link.status(now),
            proposed_by: link.proposed_by(),
            terms: link.terms().clone(),
            terms_hash: link.terms_hash(),
            revision: link.revision(),
            amendment,
            delegated: link.delegated().cloned(),
            users: link.users().iter().copied().filter(sees).collect(),
            proposed_at: link.proposed_at(),
            expires_at: link.expires_at(),
            accepted_at: link.accepted_at(),
            end,
            ended_at,
        }
    }
}

impl Sealed for GetLink {}

impl Query for GetLink {
    type Output = LinkDetails;

    fn requirement(&self) -> Requirement {
        let resource = Resource::Link(self.link);
        Requirement::Right(self.organization, Builtin::ReadLink, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<LinkDetails, Interrupt> {
        let Self { organization, link } = *authorized.command();
        let state = view.organization(organization)?;
        let found = state.link(link).ok_or_else(|| Refusal::not_found(link))?;
        let caller = authorized.caller();
        Ok(LinkDetails::of(state, found, caller, moment))
    }
}

/// Asks for the links of an organization, whatever became of them, in the order in which they were
/// proposed.
///
/// ```
/// use tenancy::organization::link::{LinkStatus, Side};
/// use tenancy::query::ListLinks;
/// let acme = "org_01h455vb4pex5vsknk084sn02q".parse()?;
/// // What others have proposed and waits for an answer.
/// let inbound = ListLinks::new(acme).side(Side::Receiver).status(LinkStatus::Proposed).limit(20);
/// # let _ = inbound;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListLinks {
    /// The organization.
    pub organization: OrganizationId,
    /// Those of which the organization is this side alone: what it has proposed, or what others have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// Those of which this became alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<LinkStatus>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListLinks {
    /// Returns the question for all links of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            side: None,
            status: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for those of which the organization is this side.
    #[must_use]
    pub const fn side(mut self, side: Side) -> Self {
        self.side = Some(side);
        self
    }

    /// Returns the same for those of which this became.
    #[must_use]
    pub const fn status(mut self, status: LinkStatus) -> Self {
        self.status = Some(status);
        self
    }
}

paged!(ListLinks);
impl Sealed for ListLinks {}

impl Query for ListLinks {
    type Output = Rows<LinkDetails>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadLink, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<LinkDetails>, Interrupt> {
        let Self {
            organization,
            side,
            status,
            paging,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let now = moment.now.max(state.time());
        let list = List {
            name: "list_links",
            organization: Some(organization),
            filter: (side, status),
            caller,
        };
        let found = list.page(
            paging,
            moment.settings,
            Link::id,
            |first| state.links_from(first),
            |it| may_read(state, caller, &Resource::Link(it.id()), moment),
            |it| {
                side.is_none_or(|side| it.side() == side)
                    && status.is_none_or(|status| it.status(now) == status)
            },
        )?;
        let rows = found.rows.iter();
        let rows = rows.map(|link| LinkDetails::of(state, link, caller, moment));
        Ok(Rows {
            rows: rows.collect(),
            next: found.next,
        })
    }
}

/// Asks for the link codes of an organization, those that are good for nothing any more too, in the
/// order in which they were handed out.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{HandOutLinkCode, SignUp};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::query::ListLinkCodes;
/// let code = registry.run(&ada, &HandOutLinkCode::new(acme))?;
/// let rows = registry.ask(&ada, &ListLinkCodes::new(acme))?.value.rows;
/// assert_eq!((rows[0].id(), rows[0].is_withdrawn()), (code.id, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ListLinkCodes {
    /// The organization.
    pub organization: OrganizationId,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ListLinkCodes {
    /// Returns the question for all codes of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            paging: Paging::default(),
        }
    }
}

paged!(ListLinkCodes);
impl Sealed for ListLinkCodes {}

impl Query for ListLinkCodes {
    type Output = Rows<LinkCode>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadLink, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Rows<LinkCode>, Interrupt> {
        let query = authorized.command();
        let state = view.organization(query.organization)?;
        let list = List {
            name: "list_link_codes",
            organization: Some(query.organization),
            filter: (),
            caller: authorized.caller(),
        };
        let rows = |first: Option<LinkCodeId>| state.link_codes_from(first);
        let all = |_: &LinkCode| true;
        Ok(list.page(query.paging, moment.settings, LinkCode::id, rows, all, all)?)
    }
}
