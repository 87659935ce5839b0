//! Every question of the crate, about an organization and its things.

use core::fmt::Debug;

use tenancy::command::CreateAccount;
use tenancy::id::{
    AccountId, GroupId, InvitationId, LinkId, OrganizationId, PolicyId, TokenId, UserId,
};
use tenancy::organization::mark::Marked;
use tenancy::query::{
    AccessibleAccounts, AllowedActions, Check, CheckAfter, CheckMany, DrawOrganizations,
    ExplainAccess, ExportUsers, FindOrganization, FindRecords, FindReference, GetAccount,
    GetAncestors, GetBilling, GetGroup, GetInvitation, GetLink, GetMarks, GetOrganization,
    GetPolicy, GetSettings, GetToken, GetUser, InvitationsOf, ListAccounts, ListAdoptions,
    ListChildren, ListGroups, ListInvitations, ListLinkCodes, ListLinks, ListPayees, ListPolicies,
    ListRecords, ListTokens, ListUsers, Logs, OrganizationsOf, Query, Question, SwitchOrganization,
    WhoCan,
};
use tenancy::{Caller, Freshness, Resource};

use super::act::{Held, text};
use super::land::Land;
use crate::world::{ghost, name};

/// What is asked about: an organization, and things that are of it, or of any other.
#[derive(Clone, Debug)]
pub(super) struct About {
    pub(super) organization: OrganizationId,
    pub(super) account: AccountId,
    pub(super) user: UserId,
    pub(super) token: TokenId,
    pub(super) group: GroupId,
    pub(super) policy: PolicyId,
    pub(super) invitation: InvitationId,
    pub(super) link: LinkId,
    pub(super) resource: Resource,
    pub(super) action: &'static str,
}

impl About {
    /// The things of `of`, asked about in `organization`.
    pub(super) fn things(
        land: &mut Land,
        organization: OrganizationId,
        of: OrganizationId,
    ) -> Self {
        let mut random = land.fork();
        let action = super::draw::ACTIONS[random.below(super::draw::ACTIONS.len())];
        let resource = land.resource(of);
        let state = land.states.get(&of);
        macro_rules! some {
            ($all:ident) => {{
                let all: Vec<_> = state
                    .into_iter()
                    .flat_map(|it| it.$all())
                    .map(|it| it.id())
                    .collect();
                random.pick(&all).copied().unwrap_or_else(ghost)
            }};
        }
        Self {
            organization,
            account: some!(accounts),
            user: some!(users),
            token: some!(tokens),
            group: some!(groups),
            policy: some!(policies),
            invitation: some!(invitations),
            link: some!(links),
            resource,
            action,
        }
    }

    /// Asks everything, and returns the answers with what was asked.
    pub(super) fn ask(&self, registry: &Held, by: &Caller) -> Vec<(&'static str, String)> {
        let Self {
            organization: id,
            account,
            user,
            token,
            group,
            policy,
            invitation,
            link,
            ..
        } = *self;
        let on = || self.resource.clone();
        let question = || Question::new(name(self.action), on());
        let asks = Asks { registry, by };
        let command = CreateAccount::new(id, name("Fresh"));
        vec![
            (
                "accessible_accounts",
                asks.ask(&AccessibleAccounts::new(id, name(self.action))),
            ),
            ("allowed_actions", asks.ask(&AllowedActions::new(id, on()))),
            (
                "allowed_actions of a user",
                asks.ask(&AllowedActions::new(id, on()).of_user(user)),
            ),
            ("check", asks.ask(&Check::new(id, name(self.action), on()))),
            (
                "check of a user",
                asks.ask(&Check::new(id, name(self.action), on()).of_user(user)),
            ),
            (
                "check_after",
                asks.ask(&CheckAfter::new(&command, id, [question()])),
            ),
            (
                "check_many",
                asks.ask(&CheckMany::new(id, [question(), question()])),
            ),
            ("draw_organizations", asks.ask(&DrawOrganizations::new(id))),
            (
                "explain_access",
                asks.ask(&ExplainAccess::new(id, user, question())),
            ),
            ("export_users", asks.ask(&ExportUsers::new(id))),
            (
                "find_organization",
                asks.ask(&FindOrganization::Reference(name("ref-1"))),
            ),
            ("find_records", asks.ask(&FindRecords::new(id))),
            (
                "find_records of activities",
                asks.ask(&FindRecords::new(id).logs(Logs::Activity)),
            ),
            (
                "find_reference",
                asks.ask(&FindReference::new(id, name("ref-1"))),
            ),
            ("get_account", asks.ask(&GetAccount::new(id, account))),
            (
                "get_account, the default one",
                asks.ask(&GetAccount::default_of(id)),
            ),
            ("get_ancestors", asks.ask(&GetAncestors::new(id))),
            ("get_billing", asks.ask(&GetBilling::new(id))),
            ("get_group", asks.ask(&GetGroup::new(id, group))),
            (
                "get_invitation",
                asks.ask(&GetInvitation::new(id, invitation)),
            ),
            ("get_link", asks.ask(&GetLink::new(id, link))),
            (
                "get_marks",
                asks.ask(&GetMarks::new(id, Marked::Account(account))),
            ),
            (
                "get_marks of a user",
                asks.ask(&GetMarks::new(id, Marked::User(user))),
            ),
            ("get_organization", asks.ask(&GetOrganization::new(id))),
            ("get_policy", asks.ask(&GetPolicy::new(id, policy))),
            ("get_settings", asks.ask(&GetSettings::new(id))),
            ("get_token", asks.ask(&GetToken::new(id, token))),
            ("get_user", asks.ask(&GetUser::new(id, user))),
            ("invitations_of", asks.ask(&InvitationsOf::caller())),
            ("list_accounts", asks.ask(&ListAccounts::new(id))),
            ("list_adoptions", asks.ask(&ListAdoptions::new(id))),
            ("list_children", asks.ask(&ListChildren::new(id))),
            ("list_groups", asks.ask(&ListGroups::new(id))),
            ("list_invitations", asks.ask(&ListInvitations::new(id))),
            ("list_link_codes", asks.ask(&ListLinkCodes::new(id))),
            ("list_links", asks.ask(&ListLinks::new(id))),
            ("list_payees", asks.ask(&ListPayees::new(id))),
            ("list_policies", asks.ask(&ListPolicies::new(id))),
            ("list_records", asks.ask(&ListRecords::new(id))),
            ("list_tokens", asks.ask(&ListTokens::new(id))),
            ("list_users", asks.ask(&ListUsers::new(id))),
            ("organizations_of", asks.ask(&OrganizationsOf::caller())),
            (
                "switch_organization",
                asks.ask(&SwitchOrganization::new(id)),
            ),
            ("who_can", asks.ask(&WhoCan::new(id, question()))),
        ]
    }
}

struct Asks<'a> {
    registry: &'a Held,
    by: &'a Caller,
}

impl Asks<'_> {
    fn ask<Q: Query<Output: Debug>>(&self, query: &Q) -> String {
        match self.registry.ask_at(Freshness::Latest, self.by, query) {
            Ok(answer) => format!("{:?}", answer.value),
            Err(error) => text(&error),
        }
    }
}

/// A question that is new is asked too, or its name stands here with why not: a plan is asked of every
/// command, elsewhere.
#[test]
fn every_question_is_asked() {
    let mut land = Land::settled(1, None);
    let place = land.places[0];
    let about = About::things(&mut land, place, place);
    let asked = about.ask(&land.registry, &land.owner(place));
    let source = include_str!("../../../src/query.rs");
    let list = source.split("pub use ").skip(1);
    let words = list.flat_map(|it| {
        it.split(';')
            .next()
            .unwrap()
            .split(|c: char| !c.is_alphabetic())
    });
    let snake = |word: &str| {
        let mut text = String::new();
        for letter in word.chars() {
            if letter.is_uppercase() && !text.is_empty() {
                text.push('_');
            }
            text.extend(letter.to_lowercase());
        }
        text
    };
    // Those that say how to ask, or what is answered.
    let kept = |it: &&str| include_str!("questions.rs").contains(&format!("{it}::"));
    let named = words.filter(|it| it.starts_with(char::is_uppercase));
    let verbs = [
        "Accessible",
        "Allowed",
        "Check",
        "Draw",
        "Explain",
        "Export",
        "Find",
        "Get",
        "Invitations",
        "List",
        "Organizations",
        "Switch",
        "Who",
    ];
    let queries = named.filter(|it| verbs.iter().any(|verb| it.starts_with(verb)));
    for query in queries.filter(|it| !matches!(*it, "Checked" | "Explained")) {
        assert!(kept(&query), "{query} is not asked");
        let name = snake(query);
        assert!(
            asked.iter().any(|it| it.0.starts_with(&name)),
            "{query} is not asked"
        );
    }
}
