//! What stands in the logs, folded anew: who shares what with whom, who is above whom, and what each
//! organization is. It knows no state of the crate.

use alloc::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::Value;
use tenancy::Record;
use tenancy::id::{AdoptionId, LinkId, OrganizationId, UserId};
use tenancy::organization::link::{Accounts, Delegation, Shares, Terms};
use tenancy::record::Log;
use tenancy::role::AccountRole;

/// Whether an organization does all, or what of it is left.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum State {
    Active,
    Pending,
    Suspended,
    Closing,
    Closed,
}

/// One side's page of a link.
#[derive(Clone, Debug)]
pub(super) struct Half {
    pub(super) peer: OrganizationId,
    pub(super) proposes: bool,
    pub(super) terms: Terms,
    pub(super) revision: u32,
    pub(super) accepted: bool,
    pub(super) over: bool,
    amendment: Option<Terms>,
    pub(super) picked: Option<(AccountRole, Accounts)>,
    pub(super) users: BTreeSet<UserId>,
}

impl Half {
    pub(super) const fn lives(&self) -> bool {
        self.accepted && !self.over
    }

    /// What this side gives, or what it gets.
    pub(super) const fn gives(&self, gives: bool) -> &Shares {
        match self.proposes == gives {
            true => &self.terms.from_proposer,
            false => &self.terms.from_receiver,
        }
    }

    fn change(&mut self, terms: Terms) {
        self.terms = terms;
        self.revision += 1;
        self.amendment = None;
        let most = self.gives(true).delegation.clone();
        let cut = |(role, accounts): (AccountRole, Accounts), most: Delegation| {
            (lower(role, most.role), common(&accounts, &most.accounts))
        };
        self.picked = self
            .picked
            .take()
            .zip(most)
            .map(|(picked, most)| cut(picked, most));
        if self.gives(false).delegation.is_none() {
            self.users.clear();
        }
    }
}

/// The lower of two roles.
pub(super) fn lower(one: AccountRole, other: AccountRole) -> AccountRole {
    match one == other {
        true => one,
        false => AccountRole::Viewer,
    }
}

fn common(one: &Accounts, other: &Accounts) -> Accounts {
    match (one, other) {
        (Accounts::All, it) | (it, Accounts::All) => it.clone(),
        (Accounts::Chosen(one), Accounts::Chosen(other)) => {
            Accounts::chosen(one.intersection(other).copied())
        }
        other => panic!("unknown {other:?}"),
    }
}

/// One organization's page.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    activated: bool,
    suspensions: BTreeSet<(String, String)>,
    closing: bool,
    closed: bool,
    pub(super) parent: Option<(OrganizationId, bool)>,
    pub(super) children: BTreeSet<OrganizationId>,
    pub(super) links: BTreeMap<LinkId, Half>,
    pub(super) adoptions: BTreeMap<AdoptionId, OrganizationId>,
    /// How long tokens may live, in milliseconds, by their kind.
    pub(super) lives: BTreeMap<String, u64>,
}

impl Page {
    pub(super) fn state(&self) -> State {
        match self {
            Self { closed: true, .. } => State::Closed,
            Self { closing: true, .. } => State::Closing,
            Self { suspensions, .. } if !suspensions.is_empty() => State::Suspended,
            Self {
                activated: true, ..
            } => State::Active,
            Self { .. } => State::Pending,
        }
    }

    fn half(&mut self, body: &Value) -> &mut Half {
        self.links
            .get_mut(&field(body, "link"))
            .expect("a link on record")
    }
}

fn field<T: DeserializeOwned>(body: &Value, name: &str) -> T {
    serde_json::from_value(body[name].clone()).expect("a field of a record")
}

/// All pages.
#[derive(Clone, Debug, Default)]
pub(super) struct Book(pub(super) BTreeMap<OrganizationId, Page>);

impl Book {
    pub(super) fn page(&self, organization: OrganizationId) -> Option<&Page> {
        self.0.get(&organization)
    }

    pub(super) fn take(&mut self, record: &Record) {
        if record.log == Log::Activity {
            return;
        }
        let body: Value = serde_json::from_str(&record.body).unwrap();
        let page = self.0.entry(record.organization).or_default();
        match &*record.kind {
            "organization.activated" => page.activated = true,
            "organization.suspended" => {
                page.suspensions
                    .insert((field(&body, "reason"), field(&body, "by")));
            }
            "organization.suspension_lifted" => {
                page.suspensions
                    .remove(&(field(&body, "reason"), field(&body, "by")));
            }
            "organization.closing" => page.closing = true,
            "organization.restored" => page.closing = false,
            "organization.purged" => page.closed = true,
            "organization.token_life_changed" => {
                let kind = field(&body, "kind");
                match body.get("life").and_then(Value::as_u64) {
                    Some(life) => page.lives.insert(kind, life),
                    None => page.lives.remove(&kind),
                };
            }
            "organization.parent_attached" => {
                page.parent = Some((field(&body, "parent"), field(&body, "admin")));
            }
            "organization.parent_detached" => page.parent = None,
            "organization.parent_grant_changed" => {
                let admin = field(&body, "admin");
                page.parent = page.parent.map(|it| (it.0, admin));
            }
            "organization.child_attached" => {
                page.children.insert(field(&body, "child"));
            }
            "organization.child_detached" => {
                page.children.remove(&field(&body, "child"));
            }
            "adoption.proposed" => {
                page.adoptions
                    .insert(field(&body, "adoption"), field(&body, "peer"));
            }
            "adoption.ended" => {
                page.adoptions.remove(&field(&body, "adoption"));
            }
            kind if kind.starts_with("link.") => page.take_link(kind, &body),
            _ => {}
        }
    }
}

impl Page {
    fn take_link(&mut self, kind: &str, body: &Value) {
        match kind {
            "link.proposed" => {
                let half = Half {
                    peer: field(body, "peer"),
                    proposes: body["side"] == "proposer",
                    terms: field(body, "terms"),
                    revision: 0,
                    accepted: false,
                    over: false,
                    amendment: None,
                    picked: None,
                    users: BTreeSet::new(),
                };
                self.links.insert(field(body, "link"), half);
            }
            "link.accepted" => self.half(body).accepted = true,
            "link.cancelled" | "link.declined" | "link.ended" => {
                let half = self.half(body);
                half.over = true;
                half.amendment = None;
                half.picked = None;
                half.users.clear();
            }
            "link.narrowed" => self.half(body).change(field(body, "terms")),
            "link.amendment_proposed" => self.half(body).amendment = Some(field(body, "terms")),
            "link.amendment_accepted" => {
                let half = self.half(body);
                let terms = half.amendment.take().expect("other terms on record");
                half.change(terms);
            }
            "link.amendment_dropped" => self.half(body).amendment = None,
            "link.delegated" => {
                self.half(body).picked = Some((field(body, "role"), field(body, "accounts")));
            }
            "link.undelegated" => self.half(body).picked = None,
            "link.user_assigned" => {
                let user = field(body, "user");
                self.half(body).users.insert(user);
            }
            "link.user_unassigned" => {
                let user = field(body, "user");
                self.half(body).users.remove(&user);
            }
            kind => panic!("unknown {kind}"),
        }
    }
}
