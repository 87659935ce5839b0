//! What happens next: who asks for what, and by which way.

use serde_json::{Value, json};
use tenancy::Caller;
use tenancy::caller::Via;
use tenancy::id::{AccountId, GroupId, Id, LinkId, OrganizationId, PolicyId, UserId};
use tenancy::organization::erasure::ErasureGround;
use tenancy::organization::lifecycle::{HoldKind, SuspensionReason};
use tenancy::organization::link::Side;
use tenancy::organization::policy::Reach;
use tenancy::organization::token::TokenKind;
use tenancy::resource::Resource;
use tenancy::role::{AccountRole, OrganizationRole};

use super::act::{Act, MEMBERS, OTHERS, SHARED};
use super::land::{Land, nowhere};
use crate::sequence::random::Random;
use crate::world::{ghost, name};

/// Actions that are asked about often.
pub(super) const ACTIONS: [&str; 13] = [
    "boards:see",
    "bills:see",
    "papers:see",
    "boards:look",
    "boards:draw",
    "boards:tend",
    "boards:burn",
    "account:read",
    "account:update",
    "user:read",
    "link:read",
    "token:issue",
    "organization:read",
];

impl Land {
    fn one_of<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        self.random.pick(from).cloned()
    }

    /// Some organization of the land, or one that never was.
    pub(super) fn some_place(&mut self) -> OrganizationId {
        match self.random.in_hundred(4) {
            true => nowhere(),
            false => self.one_of(&self.places.clone()).unwrap_or_else(nowhere),
        }
    }

    /// Somewhere that an organization has to do with, as its log says.
    fn near(&mut self, of: OrganizationId) -> Option<OrganizationId> {
        let page = self.book.page(of)?;
        let peers = page.links.values().map(|it| it.peer);
        let children = page.children.iter().copied();
        let all: Vec<_> = peers
            .chain(children)
            .chain(page.parent.map(|it| it.0))
            .collect();
        self.one_of(&all)
    }

    /// Somebody of an organization, whoever it is.
    pub(super) fn somebody(&mut self, of: OrganizationId) -> Caller {
        let users = self.states.get(&of).into_iter().flat_map(|it| it.users());
        let users: Vec<UserId> = users.map(|it| it.id()).collect();
        let bearers = self.bearers.iter().map(|it| &it.caller);
        let bearers = bearers.filter(|it| it.organization() == Some(of));
        let bearers: Vec<Caller> = bearers.cloned().collect();
        match self.random.below(100) {
            0..25 if self.states.contains_key(&of) => self.owner(of),
            25..45 if !bearers.is_empty() => self.one_of(&bearers).unwrap(),
            _ => Caller::user(of, self.one_of(&users).unwrap_or_else(ghost)),
        }
    }

    /// The same with a way: most often one that leads somewhere.
    pub(super) fn by_some_way(&mut self, caller: Caller) -> Caller {
        let home = caller.organization().and_then(|it| self.book.page(it));
        let own: Vec<LinkId> = home
            .into_iter()
            .flat_map(|it| it.links.keys().copied())
            .collect();
        let all = self.book.0.values().flat_map(|it| it.links.keys().copied());
        let all: Vec<LinkId> = all.collect();
        match self.random.below(100) {
            0..65 if !own.is_empty() => caller.via_link(self.one_of(&own).unwrap()),
            0..72 if !all.is_empty() => caller.via_link(self.one_of(&all).unwrap()),
            0..74 => caller.via_link(ghost()),
            74..94 => caller.via_parent(),
            _ => caller,
        }
    }

    /// Where a way leads to, where it does.
    pub(super) fn end_of(&mut self, caller: &Caller) -> Option<OrganizationId> {
        let page = self.book.page(caller.organization()?)?;
        if let Via::Link(link) = caller.via()? {
            return page.links.get(&link).map(|it| it.peer);
        }
        let children: Vec<_> = page.children.iter().copied().collect();
        self.one_of(&children)
    }

    /// Who asks, and in which organization.
    pub(super) fn asker(&mut self) -> (Caller, OrganizationId) {
        let place = self.some_place();
        match self.random.below(100) {
            0..38 if place != nowhere() => (self.owner(place), place),
            0..38 => (Caller::user(place, ghost()), place),
            38..50 => (self.somebody(place), place),
            50..90 => {
                let caller = self.somebody(place);
                let caller = self.by_some_way(caller);
                let end = self.end_of(&caller);
                let end = end.filter(|_| !self.random.in_hundred(12));
                let end = end.unwrap_or_else(|| self.some_place());
                (caller, end)
            }
            90..97 => (Self::host(), place),
            _ => {
                let number = self.random.below(6);
                let email = format!("o{number}@example.com");
                (Caller::person(name(&email)), place)
            }
        }
    }

    /// What is done next, and by whom.
    pub(super) fn draw(&mut self) -> (Caller, Act) {
        let (mut caller, place) = self.asker();
        let (kind, fields) = match self.random.below(100) {
            0..40 => SHARED[self.random.below(SHARED.len())],
            40..92 => MEMBERS[self.random.below(MEMBERS.len())],
            _ => OTHERS[self.random.below(OTHERS.len())],
        };
        // What is shared is most often shared by whoever may, whichever way it says that it comes.
        if SHARED.iter().any(|it| it.0 == kind) && self.random.in_hundred(60) {
            let owner = self.owner(place);
            caller = match self.random.in_hundred(25) {
                true => self.by_some_way(owner),
                false => owner,
            };
        }
        if caller.organization().is_some_and(|it| it != place) && self.random.in_hundred(60) {
            return self.guests(caller, place);
        }
        // What ends much, or is the host's, comes up less often, and then by whoever may.
        let ends = matches!(
            kind,
            "purge_organization"
                | "close_organization"
                | "erase_person"
                | "leave_organization"
                | "suspend_organization"
        );
        if ends && !self.random.in_hundred(25) {
            return self.relief();
        }
        let hosts = matches!(kind, "purge_organization" | "set_reference");
        if hosts && self.random.in_hundred(50) {
            caller = Self::host();
        }
        if matches!(kind, "sign_up" | "create_organization" | "create_child") {
            if self.places.len() > 7 || self.random.in_hundred(50) {
                return self.relief();
            }
            caller = match caller.user_id() {
                Some(_) => caller.with_proven(name("o1@example.com")),
                None => caller,
            };
        }
        if matches!(kind, "prove_email") {
            caller = caller.with_proven(name("o1@example.com"));
        }
        let body = match kind {
            "batch" => {
                let parts = (0..=self.random.below(3)).map(|_| {
                    let (kind, fields) = MEMBERS[self.random.below(MEMBERS.len())];
                    let body = self.body(place, fields);
                    Act { kind, body }.member()
                });
                let parts: Vec<Value> = parts.collect();
                json!({"organization": place, "commands": parts})
            }
            _ => self.body(place, fields),
        };
        let act = Act { kind, body };
        match act.parse() {
            Some(_) => (caller, act),
            None => self.relief(),
        }
    }

    /// What somebody of another organization would do here.
    fn guests(&mut self, caller: Caller, place: OrganizationId) -> (Caller, Act) {
        let (kind, fields) = match caller.via() {
            Some(Via::Parent) => MEMBERS[self.random.below(MEMBERS.len())],
            _ => OTHERS[4],
        };
        let body = self.body(place, fields);
        let act = Act { kind, body };
        match act.parse() {
            Some(_) => (caller, act),
            None => self.relief(),
        }
    }

    /// What makes an organization go on that stands still.
    fn relief(&mut self) -> (Caller, Act) {
        let place = self.some_place();
        let state = self.states.get(&place);
        let suspended = state.and_then(|it| it.suspensions().first().map(|it| it.reason));
        let closing = state.and_then(|it| it.closing());
        let over = closing.is_some_and(|it| it.is_over(self.now()));
        match suspended {
            _ if closing.is_some() => {
                let body = json!({"organization": place});
                let kind = match over && self.random.in_hundred(60) {
                    true => "purge_organization",
                    false => "restore_organization",
                };
                (Self::host(), Act { kind, body })
            }
            Some(reason) => {
                let body = json!({"organization": place, "reason": reason});
                let kind = "lift_suspension";
                (Self::host(), Act { kind, body })
            }
            None => {
                let body = json!({"organization": place});
                let kind = "activate_organization";
                (self.owner(place), Act { kind, body })
            }
        }
    }

    /// The body of a command: what it names is most often of the organization.
    pub(super) fn body(&mut self, place: OrganizationId, fields: &str) -> Value {
        let (mut body, fields) = match fields.strip_prefix('-') {
            Some(fields) => (json!({}), fields),
            None => (json!({"organization": place}), fields),
        };
        for field in fields.split(' ').filter(|it| !it.is_empty()) {
            let (key, what) = field.split_once(':').unwrap_or((field, field));
            let link = body.get("link").cloned();
            let value = match what {
                "hash" | "amendment_hash" | "narrower" | "terms" => {
                    self.about_link(place, what, link.as_ref())
                }
                _ => self.value(place, what),
            };
            if !value.is_null() {
                body[key] = value;
            }
        }
        body
    }

    /// Whose things are named.
    fn named(&mut self, place: OrganizationId) -> OrganizationId {
        match self.random.in_hundred(88) {
            true => place,
            false => self.some_place(),
        }
    }

    fn id<I: Id + serde::Serialize + Clone>(
        &mut self,
        place: OrganizationId,
        all: impl Fn(&tenancy::Organization) -> Vec<I>,
    ) -> Value {
        let of = self.named(place);
        let all = self.states.get(&of).map(all).unwrap_or_default();
        match self.one_of(&all) {
            Some(id) if !self.random.in_hundred(3) => json!(id),
            _ => json!(ghost::<I>()),
        }
    }

    fn value(&mut self, place: OrganizationId, what: &str) -> Value {
        let word = self.random.below(1000);
        match what {
            "account" => {
                self.id::<AccountId>(place, |it| it.accounts().map(|it| it.id()).collect())
            }
            "user" => self.id::<UserId>(place, |it| it.users().map(|it| it.id()).collect()),
            "group" => self.id::<GroupId>(place, |it| it.groups().map(|it| it.id()).collect()),
            "policy" => self.id::<PolicyId>(place, |it| it.policies().map(|it| it.id()).collect()),
            "token" => self.id(place, |it| it.tokens().map(|it| it.id()).collect()),
            "invitation" => self.id(place, |it| it.invitations().map(|it| it.id()).collect()),
            "hold" => self.id(place, |it| it.holds().iter().map(|it| it.id).collect()),
            "link" => self.id::<LinkId>(place, |it| it.links().map(|it| it.id()).collect()),
            "link_code" => self.id(place, |it| it.link_codes().map(|it| it.id()).collect()),
            "adoption" => self.id(place, |it| it.adoptions().iter().map(|it| it.id).collect()),
            "organization" => {
                let near = self.near(place).filter(|_| self.random.in_hundred(70));
                json!(near.unwrap_or_else(|| self.some_place()))
            }
            "code" => {
                let others = self.codes.iter().filter(|it| it.0 != place);
                let others: Vec<_> = others.map(|it| it.1.clone()).collect();
                self.one_of(&others).map_or(Value::Null, Value::from)
            }
            "secret" => {
                let letters = self.letters.clone();
                self.one_of(&letters).map_or(Value::Null, Value::from)
            }
            "accounts" => {
                let of = self.named(place);
                let mut random = self.fork();
                self.accounts(&mut random, of)
            }
            "holder" => match self.random.in_hundred(60) {
                true => json!({"user": self.value(place, "user")}),
                false => json!({"group": self.value(place, "group")}),
            },
            "reach" => match self.random.in_hundred(70) {
                true => json!(Reach::Organization),
                false => json!(Reach::AllAccounts),
            },
            "marked" => match self.random.below(3) {
                0 => json!("organization"),
                1 => json!({"account": self.value(place, "account")}),
                _ => json!({"user": self.value(place, "user")}),
            },
            "action" => json!(ACTIONS[self.random.below(ACTIONS.len())]),
            "resource" => json!(self.resource(place)),
            "document" => {
                let effect = if self.random.in_hundred(60) {
                    "DENY"
                } else {
                    "ALLOW"
                };
                let action = [
                    "boards:see",
                    "boards:*",
                    "account:read",
                    "shared_dashboards:read",
                ];
                let action = action[self.random.below(4)];
                json!({"statements": [
                    {"effect": effect, "actions": [action], "resources": ["*"]}]})
            }
            "new_token" => {
                let kind = [TokenKind::Personal, TokenKind::Temporary][self.random.below(2)];
                match self.random.in_hundred(40) {
                    true => json!({"kind": kind, "actions": ["boards:see", "boards:draw"]}),
                    false => json!({"kind": kind}),
                }
            }
            _ => self.plain(what, word),
        }
    }

    fn plain(&mut self, what: &str, word: usize) -> Value {
        let random = &mut self.random;
        match what {
            "account_role" => json!(AccountRole::ALL[random.below(2)]),
            "admin" => json!(random.in_hundred(60)),
            "billing" | "reference" => json!(format!("ref-{word}")),
            "description" | "name" => json!(format!("Word {word}")),
            "email" => json!(format!("p{word}@example.com")),
            "ground" => json!(ErasureGround::Request),
            "hold_kind" => json!(HoldKind::Deletion),
            "labels" => json!({"team": format!("t{word}")}),
            "life" => json!((1 + word as u64) * 3_600_000),
            "organization_name" => json!({"name": format!("Firm {word}")}),
            "outcome" => json!(["success", "denied"][random.below(2)]),
            "policy_kind" => json!(["organization", "account"][random.below(2)]),
            "role" => json!(OrganizationRole::ALL[random.below(5)]),
            "suspension" => json!(SuspensionReason::ALL[random.below(4)]),
            "token_kind" => json!(TokenKind::Personal),
            other => panic!("unknown {other}"),
        }
    }

    fn about_link(&mut self, place: OrganizationId, what: &str, link: Option<&Value>) -> Value {
        let state = self.states.get(&place);
        let found = link.and_then(|it| serde_json::from_value::<LinkId>(it.clone()).ok());
        let found = found.and_then(|it| state?.link(it)).cloned();
        let now = self.now();
        let Some(link) = found else {
            let mut random = self.fork();
            return match what {
                "terms" | "narrower" => {
                    let other = self.some_place();
                    self.terms(&mut random, place, other)
                }
                _ => json!("0".repeat(64)),
            };
        };
        match what {
            "hash" => json!(link.terms_hash()),
            "amendment_hash" => {
                let amendment = link.amendment(now);
                amendment.map_or_else(
                    || json!(link.terms_hash()),
                    |it| json!(link.amendment_hash(it)),
                )
            }
            "narrower" => {
                let mut terms = json!(link.terms());
                for side in ["from_proposer", "from_receiver"] {
                    let Some(shares) = terms.get_mut(side).and_then(Value::as_object_mut) else {
                        continue;
                    };
                    let keys: Vec<String> = shares.keys().cloned().collect();
                    for key in keys {
                        if self.random.in_hundred(25) {
                            shares.remove(&key);
                        }
                    }
                    if let Some(most) = shares.get_mut("delegation")
                        && self.random.in_hundred(50)
                    {
                        most["role"] = json!(AccountRole::Viewer);
                    }
                    let most = shares.get_mut("delegation");
                    let chosen = most.and_then(|it| it.get_mut("accounts")?.get_mut("chosen"));
                    if let Some(Value::Array(chosen)) = chosen
                        && chosen.len() > 1
                    {
                        chosen.pop();
                    }
                }
                terms
            }
            _ => {
                let (one, other) = match link.side() == Side::Proposer {
                    true => (place, link.peer()),
                    false => (link.peer(), place),
                };
                let mut random = self.fork();
                self.terms(&mut random, one, other)
            }
        }
    }

    pub(super) fn fork(&mut self) -> Random {
        Random::new(self.random.next())
    }

    /// Something that can be asked about, of an organization or of another.
    pub(super) fn resource(&mut self, place: OrganizationId) -> Resource {
        let parsed = |it: &Value| -> Resource { it.as_str().unwrap().parse().unwrap() };
        match self.random.below(100) {
            0..35 => parsed(&self.value(place, "account")),
            35..55 => {
                let account = self.value(place, "account");
                let named = format!("{}/boards/b-1", account.as_str().unwrap());
                named.parse().unwrap()
            }
            55..80 => Resource::Organization(self.named(place)),
            80..85 => parsed(&self.value(place, "user")),
            85..90 => parsed(&self.value(place, "token")),
            90..93 => parsed(&self.value(place, "link")),
            93..97 => parsed(&self.value(place, "policy")),
            _ => parsed(&self.value(place, "group")),
        }
    }
}
