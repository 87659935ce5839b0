//! Settings: rules that an organization sets for itself, and that reach others by the tree or a link.
//!
//! A setting has a value of the organization's own or none. What holds in the end is derived from the
//! states at each use and kept nowhere: the strictest of what the host allows, what the organization
//! says, and what those above it say (law L8); where the organization says nothing, what is shared
//! with it by a link counts as if it did.

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{LinkId, OrganizationId};
use crate::organization::Organization;
use crate::organization::token::TokenKind;
use crate::time::millis;

/// A setting that there is, by its key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// How long personal tokens may live: the shorter is the stricter.
    PersonalTokenLife,
    /// How long programmatic tokens may live.
    ProgrammaticTokenLife,
    /// How long temporary tokens may live.
    TemporaryTokenLife,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 3] = [
        Self::PersonalTokenLife,
        Self::ProgrammaticTokenLife,
        Self::TemporaryTokenLife,
    ];

    /// Returns its key, as it is written in commands and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PersonalTokenLife => "personal_token_life",
            Self::ProgrammaticTokenLife => "programmatic_token_life",
            Self::TemporaryTokenLife => "temporary_token_life",
        }
    }

    /// Returns the kind of token that it is about.
    #[must_use]
    pub const fn token_kind(self) -> TokenKind {
        match self {
            Self::PersonalTokenLife => TokenKind::Personal,
            Self::ProgrammaticTokenLife => TokenKind::Programmatic,
            Self::TemporaryTokenLife => TokenKind::Temporary,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who said what holds for a setting.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The host.
    Host,
    /// This organization, which is above.
    Inherited(OrganizationId),
    /// The organization itself.
    Own,
    /// The other side of this link, which shares it; which one is left out where the caller may not read
    /// links.
    Shared(Option<LinkId>),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("the host"),
            Self::Inherited(organization) => write!(f, "`{organization}` above it"),
            Self::Own => f.write_str("the organization itself"),
            Self::Shared(Some(link)) => write!(f, "link `{link}`"),
            Self::Shared(None) => f.write_str("a link"),
        }
    }
}

/// What holds for a setting, and who said so.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SettingValue {
    /// The value, in JSON in milliseconds; absent where nobody has said anything.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "millis::option"
    )]
    pub value: Option<Duration>,
    /// Who said so: where several did, the first of the host, the organization, those that share it in
    /// the order of their links, and those above it, the nearest first.
    pub source: Source,
}

impl SettingValue {
    /// Returns what the host says.
    #[must_use]
    pub const fn by_host(value: Option<Duration>) -> Self {
        Self {
            value,
            source: Source::Host,
        }
    }

    /// Returns the stricter of what holds and what somebody else says (law L8).
    #[must_use]
    pub fn and(self, value: Option<Duration>, source: Source) -> Self {
        match value.filter(|value| is_stricter(*value, self.value)) {
            None => self,
            value @ Some(_) => Self { value, source },
        }
    }
}

/// Returns whether a value of a setting is stricter than what holds for it: it is shorter.
pub(crate) fn is_stricter(value: Duration, held: Option<Duration>) -> bool {
    held.is_none_or(|held| value < held)
}

impl Organization {
    /// Returns what the organization itself says of a setting.
    #[must_use]
    pub const fn setting(&self, setting: Setting) -> Option<Duration> {
        self.token_life().of(setting.token_kind())
    }

    /// Returns what holds for a setting (law L8): the strictest of what the host says, what the
    /// organization says or, where it says nothing, those that share it, and what those above say.
    ///
    /// `shared` are those that share the setting with it
    /// ([`effective_shares`](crate::organization::sharing::effective_shares)), each with the link by
    /// which it does; `above` is its parent, then that one's parent, and so on.
    #[must_use]
    pub fn effective_setting<'a>(
        &self,
        setting: Setting,
        host: Option<Duration>,
        shared: impl IntoIterator<Item = (LinkId, &'a Self)>,
        above: impl IntoIterator<Item = &'a Self>,
    ) -> SettingValue {
        let own = self.setting(setting);
        let held = SettingValue::by_host(host).and(own, Source::Own);
        let shared = shared.into_iter().filter(|_| own.is_none());
        let held = shared.fold(held, |held, (link, grantor)| {
            held.and(grantor.setting(setting), Source::Shared(Some(link)))
        });
        above.into_iter().fold(held, |held, ancestor| {
            let source = Source::Inherited(ancestor.id());
            held.and(ancestor.setting(setting), source)
        })
    }
}
