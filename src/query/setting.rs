//! The question for settings.

use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::{LinkId, OrganizationId};
use crate::organization::Organization;
use crate::organization::link::Link;
use crate::organization::setting::{Setting, SettingValue, Source};
use crate::organization::sharing::effective_shares;
use crate::query::Query;
use crate::query::family::Family;
use crate::resource::Resource;
use crate::settings::Moment;
use crate::time::millis;
use crate::view::{Interrupt, View};

/// Asks what holds for each setting of an organization, and who said so (law L8).
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # let registry = blocking::Registry::new(
/// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
/// # let person = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// use core::time::Duration;
/// use tenancy::command::SetTokenLife;
/// use tenancy::organization::{setting::Source, token::TokenKind};
/// use tenancy::query::GetSettings;
///
/// let day = Duration::from_secs(24 * 60 * 60);
/// registry.run(&ada, &SetTokenLife::new(acme, TokenKind::Personal).life(day))?;
/// let settings = registry.ask(&ada, &GetSettings::new(acme))?.value;
/// let held: Vec<_> = settings.iter().map(|it| (it.held.value, it.held.source)).collect();
/// let hours = Duration::from_secs(2 * 60 * 60);
/// assert_eq!(held, [(Some(day), Source::Own), (None, Source::Host), (Some(hours), Source::Host)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct GetSettings {
    /// The organization.
    pub organization: OrganizationId,
}

impl GetSettings {
    /// Returns the question for the settings of `organization`.
    #[must_use]
    pub const fn new(organization: OrganizationId) -> Self {
        Self { organization }
    }
}

/// A setting, as an organization says it and as it holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EffectiveSetting {
    /// Which.
    pub setting: Setting,
    /// What the organization itself says, in JSON in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", with = "millis::option")]
    pub own: Option<Duration>,
    /// What holds, and who said so.
    pub held: SettingValue,
}

impl Sealed for GetSettings {}

impl Query for GetSettings {
    type Output = Vec<EffectiveSetting>;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ReadOrganization, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<Vec<EffectiveSetting>, Interrupt> {
        let state = view.organization(authorized.command().organization)?;
        let family = Family::of(state, view)?;
        let shares = |link: &&Link| !link.inbound().settings.is_empty();
        let peers = state.accepted_links().filter(shares).map(Link::peer);
        let peers: Vec<_> = peers.collect();
        let grantors = Family::all(view.organizations(&peers)?, view)?;
        let shared = |setting| {
            let party = family.party();
            let given = grantors.iter().filter_map(move |grantor| {
                let effective = effective_shares(grantor.party(), party, moment.now)?;
                let shares = effective.shares.settings.contains(&setting);
                shares.then_some((effective.link, grantor.organization))
            });
            given.collect::<Vec<(LinkId, &Organization)>>()
        };
        let whole = Resource::Organization(state.id());
        let links = may(
            state,
            authorized.caller(),
            Builtin::ReadLink,
            &whole,
            moment,
        );
        let shown = |held: SettingValue| match held.source {
            // Law X5: as far as the caller may read what is named.
            Source::Shared(_) if !links => SettingValue {
                source: Source::Shared(None),
                ..held
            },
            Source::Host | Source::Inherited(_) | Source::Own | Source::Shared(_) => held,
        };
        let rows = Setting::ALL.into_iter().map(|setting| {
            let host = moment.settings.rules.token_life(setting.token_kind());
            let above = family.above.iter().copied();
            EffectiveSetting {
                setting,
                own: state.setting(setting),
                held: shown(state.effective_setting(setting, host, shared(setting), above)),
            }
        });
        Ok(rows.collect())
    }
}
