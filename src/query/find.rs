//! Looking for what happened.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::caller::Actor;
use crate::command::Sealed;
use crate::id::{AccountId, LinkId, OrganizationId, TokenId, UserId};
use crate::log::row::Row;
use crate::name::Name;
use crate::query::log::Reader;
use crate::query::{Cursor, List, Paging, Query, paged};
use crate::record::{CommandId, Head, Outcome, Record, Version};
use crate::refusal::Limited;
use crate::resource::{Resource, ResourceType};
use crate::settings::Moment;
use crate::text::ascii_text;
use crate::time::Timestamp;
use crate::view::{Interrupt, View};

mod search;

use search::Search;

ascii_text! {
    /// A kind of record such as `user.role_changed`; with a `.` or a `:` at its end, every kind that
    /// begins so, such as `user.`, or `elastigroup:` of activities.
    ///
    /// ```
    /// use tenancy::query::{FindRecords, KindPattern};
    /// let users: KindPattern = "user.".parse()?;
    /// let find = FindRecords::new("org_01h455vb4pex5vsknk084sn02q".parse()?)
    ///     .kind(users)
    ///     .kind("organization.renamed".parse()?);
    /// assert_eq!(find.kinds.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    KindPattern, "kind", 64, "visible ascii characters",
    |b| b.is_ascii_graphic()
}

impl KindPattern {
    fn fits(&self, kind: &str) -> bool {
        match self.as_str().ends_with(['.', ':']) {
            true => kind.starts_with(self.as_str()),
            false => kind == self.as_str(),
        }
    }
}

/// From when on, and until when.
///
/// `Day`, `Week` and `Year` are the last 24 hours, 7 days and 366 days before the question, up to
/// the end of the log. The pages of one list keep the time of its first page.
///
/// In JSON `"day"`, `"week"`, `"year"`, or `{"custom": {"from": …, "before": …}}`.
///
/// ```
/// use tenancy::query::Period;
/// let november = Period::Custom {
///     from: Some("2026-11-01T00:00:00Z".parse()?),
///     before: Some("2026-12-01T00:00:00Z".parse()?),
/// };
/// let json = r#"{"custom":{"from":"2026-11-01T00:00:00Z","before":"2026-12-01T00:00:00Z"}}"#;
/// assert_eq!(serde_json::from_str::<Period>(json)?, november);
/// assert_eq!(serde_json::from_str::<Period>(r#""week""#)?, Period::default());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Period {
    /// As it is said; without either end, all of the log.
    Custom {
        /// From when on, this very time among it; absent, from the start of the log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// Before when, this very time not among it; absent, up to the end of the log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Timestamp>,
    },
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    #[default]
    Week,
    /// The last 366 days.
    Year,
}

impl Period {
    /// All of the log.
    pub const ALL: Self = Self::Custom {
        from: None,
        before: None,
    };

    /// Returns the ends of the period of a list that was first asked for at `now`.
    fn ends(self, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let ago = |days| {
            let ago = now
                .since(Timestamp::UNIX_EPOCH)
                .saturating_sub(DAY.saturating_mul(days));
            (Some(Timestamp::UNIX_EPOCH.saturating_add(ago)), None)
        };
        match self {
            Self::Custom { from, before } => (from, before),
            Self::Day => ago(1),
            Self::Week => ago(7),
            Self::Year => ago(366),
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// In which order.
///
/// ```
/// use tenancy::query::Order;
/// assert_eq!(serde_json::from_str::<Order>(r#""newest_first""#)?, Order::default());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// What happened last comes first.
    #[default]
    NewestFirst,
    /// What happened first comes first.
    OldestFirst,
}

/// In which of an organization's logs.
///
/// ```
/// use tenancy::query::Logs;
/// assert_eq!(serde_json::from_str::<Logs>(r#""administration""#)?, Logs::default());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Logs {
    /// What was done besides.
    Activity,
    /// The administration.
    #[default]
    Administration,
    /// In both, as one list by time: of what has one time the administration is the earlier.
    Both,
}

impl Logs {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How something came out, whatever the code of a failure.
///
/// ```
/// use tenancy::query::OutcomeKind;
/// assert_eq!(serde_json::to_string(&OutcomeKind::Denied)?, r#""denied""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It was not allowed.
    Denied,
    /// It was tried and failed.
    Failed,
    /// It was done.
    Success,
}

impl OutcomeKind {
    const fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Denied => Self::Denied,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Success => Self::Success,
        }
    }
}

/// Looks for records of an organization: the last week's of its administration, newest first, where
/// nothing else is said.
///
/// A row has all that is asked for. It shows what [`ListRecords`](crate::query::ListRecords) would,
/// with the same personal texts left out, and says which. Where an account is named, the right is
/// judged on that account, and whoever may read its log sees all that concerns it: a viewer of the
/// account alone too, who is told of others by their ids.
///
/// [`search`](Self::search) looks into the values of the body and the personal texts that the caller
/// may read, by the form by which names are compared.
///
/// For a page at most [`Limits::scan`](crate::settings::Limits::scan) records are looked at. So a
/// page can have fewer rows than its limit, or none, with more behind it: as long as there is a
/// [`next`](FoundPage::next), the list goes on there. What is appended meanwhile moves nothing: it is
/// not on the pages of a list that goes from new to old, and at the end of one that goes from old to
/// new.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{CreateAccount, RenameAccount, SignUp};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use tenancy::query::{FindRecords, Period};
///
/// let lab = registry.run(&ada, &CreateAccount::new(acme, "Lab".parse()?))?;
/// registry.run(&ada, &RenameAccount::new(acme, lab, "Laboratory".parse()?))?;
///
/// let find = FindRecords::new(acme).period(Period::Day).kind("account.".parse()?);
/// let page = registry.ask(&ada, &find.clone().limit(2))?.value;
/// let kinds: Vec<_> = page.rows.iter().map(|found| &*found.record.kind).collect();
/// assert_eq!(kinds, ["account.renamed", "account.created"]);
/// let next = page.next.ok_or("there is more")?;
/// let page = registry.ask(&ada, &find.limit(2).after(next))?.value;
/// assert_eq!(page.rows[0].record.account, Some(made.account));
///
/// let find = FindRecords::new(acme).of_account(lab).search("laboratory".parse()?);
/// assert_eq!(registry.ask(&ada, &find)?.value.rows.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct FindRecords {
    /// The organization.
    pub organization: OrganizationId,
    /// What concerns this account alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// What this command made alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
    /// What is of one of these kinds alone; of any kind, where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindPattern>,
    /// What was done through this link alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// In which logs.
    #[serde(default, skip_serializing_if = "Logs::is_default")]
    pub logs: Logs,
    /// In which order.
    #[serde(default)]
    pub order: Order,
    /// What came out like this alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeKind>,
    /// What happened in this time alone.
    #[serde(default)]
    pub period: Period,
    /// What happened to this alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// What happened to things of this type alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// What has this in it alone, by the form by which names are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Name>,
    /// What was done with this token alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenId>,
    /// What this user did alone, itself or with a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl FindRecords {
    /// The most kinds that can be looked for at once.
    pub const KINDS_MAX: u32 = 100;

    /// Returns the question for what happened in `organization` in the last week.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            account: None,
            command: None,
            kinds: Vec::new(),
            link: None,
            logs: Logs::default(),
            order: Order::default(),
            outcome: None,
            period: Period::default(),
            resource: None,
            resource_type: None,
            search: None,
            token: None,
            user: None,
            paging: Paging::default(),
        }
    }

    /// Returns the same for what concerns an account.
    #[must_use]
    pub const fn of_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Returns the same for what a command made.
    #[must_use]
    pub fn by_command(mut self, command: CommandId) -> Self {
        self.command = Some(command);
        self
    }

    /// Returns the same for this kind, too.
    #[must_use]
    pub fn kind(mut self, kind: KindPattern) -> Self {
        self.kinds.push(kind);
        self
    }

    /// Returns the same for what was done through a link.
    #[must_use]
    pub const fn through(mut self, link: LinkId) -> Self {
        self.link = Some(link);
        self
    }

    /// Returns the same in these logs.
    #[must_use]
    pub const fn logs(mut self, logs: Logs) -> Self {
        self.logs = logs;
        self
    }

    /// Returns the same in this order.
    #[must_use]
    pub const fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Returns the same for what came out like this.
    #[must_use]
    pub const fn outcome(mut self, outcome: OutcomeKind) -> Self {
        self.outcome = Some(outcome);
        self
    }

    /// Returns the same for what happened in this time.
    #[must_use]
    pub const fn period(mut self, period: Period) -> Self {
        self.period = period;
        self
    }

    /// Returns the same for what happened to this.
    #[must_use]
    pub fn on(mut self, resource: impl Into<Resource>) -> Self {
        self.resource = Some(resource.into());
        self
    }

    /// Returns the same for what happened to things of this type.
    #[must_use]
    pub fn on_type(mut self, resource_type: ResourceType) -> Self {
        self.resource_type = Some(resource_type);
        self
    }

    /// Returns the same for what has `text` in it.
    #[must_use]
    pub fn search(mut self, text: Name) -> Self {
        self.search = Some(text);
        self
    }

    /// Returns the same for what was done with a token.
    #[must_use]
    pub const fn by_token(mut self, token: TokenId) -> Self {
        self.token = Some(token);
        self
    }

    /// Returns the same for what a user did, itself or with a token.
    #[must_use]
    pub const fn by_user(mut self, user: UserId) -> Self {
        self.user = Some(user);
        self
    }

    /// Returns whether the envelope is what is asked for.
    fn fits(&self, record: &Record) -> bool {
        fn is<T: PartialEq>(asked: Option<&T>, found: Option<&T>) -> bool {
            asked.is_none() || asked == found
        }
        let (user, token) = match &record.caller {
            Actor::Token { user, token, .. } => (Some(user), Some(token)),
            Actor::User { user, .. } => (Some(user), None),
            Actor::Person { .. } | Actor::System { .. } => (None, None),
        };
        let resource_type = record.resource.as_ref().map(Resource::type_name);
        let asked_type = self.resource_type.as_ref().map(ResourceType::as_str);
        is(self.account.as_ref(), record.account.as_ref())
            && is(self.command.as_ref(), Some(&record.command))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.fits(&record.kind)))
            && is(self.link.as_ref(), record.link.as_ref())
            && is(
                self.outcome.as_ref(),
                Some(&OutcomeKind::of(&record.outcome)),
            )
            && is(self.resource.as_ref(), record.resource.as_ref())
            && is(asked_type.as_ref(), resource_type.as_ref())
            && is(self.token.as_ref(), token)
            && is(self.user.as_ref(), user)
    }
}

paged!(FindRecords);

/// A record that was found, as far as the caller may read it.
#[derive(Clone, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Found {
    /// The record.
    pub record: Record,
    /// What the user who did it is called now, where it was not removed and the caller may read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<Name>,
    /// The fields of the personal texts that are there, but not for the caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<&'static str>,
}

impl Found {
    /// Returns the record as a line of a table.
    #[must_use]
    pub fn row(&self) -> Row {
        Row::new(&self.record, self.user_name.as_ref(), &self.withheld)
    }
}

impl fmt::Debug for Found {
    /// Shows no name: logs of the host are no place for it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("record", &self.record)
            .field("withheld", &self.withheld)
            .finish_non_exhaustive()
    }
}

/// Some of what was found, how far was looked, and where to go on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FoundPage {
    /// What was found, in the order that was asked for.
    pub rows: Vec<Found>,
    /// What goes on behind these; absent where everything was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// The last version that was looked at, found or not; absent where there was none to look at, and
    /// where both logs are looked through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Version>,
    /// The end of the log, as far as the answer's state has come; of the administration where both
    /// logs are looked through.
    pub head: Head,
}

impl Sealed for FindRecords {}

impl Query for FindRecords {
    type Output = FoundPage;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        let resource = self
            .account
            .map_or(Resource::Organization(id), Resource::Account);
        Requirement::Right(id, Builtin::ReadLog, resource)
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<FoundPage, Interrupt> {
        let (query, caller) = (authorized.command(), authorized.caller());
        let limit = query.paging.limit(moment.settings)?;
        Limited::Kinds.check(query.kinds.len(), 0, Self::KINDS_MAX)?;
        let state = view.organization(query.organization)?;
        let filter = Self {
            paging: Paging::default(),
            ..query.clone()
        };
        let list = List {
            name: "find_records",
            organization: Some(query.organization),
            filter,
            caller,
        };
        let mut search = Search::new(query, list.place_at(query.paging)?, view, state, moment.now)?;
        let reader = Reader::new(state, caller, query.account, moment);
        let rows = search.page(&reader, limit, moment.settings.limits.scan)?;
        let (reached, head) = match &*search.sides {
            [only] => (only.reached, only.log.head),
            _ => (None, state.head()),
        };
        Ok(FoundPage {
            next: search.place()?.map(|place| list.cursor_at(place)),
            rows,
            reached,
            head,
        })
    }
}
