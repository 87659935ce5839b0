//! What the host knows of a resource, and passes with a question.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::fmt;

use serde::Deserializer;
use serde::de::{self, MapAccess, Visitor};

/// Attributes of what is asked about, by their keys in the conditions of policies.
///
/// A key that is not among them is *unknown*: a statement that allows does not apply for want of it,
/// and one that denies does. A host that knows all there is says so with
/// [`complete`](Self::complete); a key that is not among those is *absent*, which is like no text.
///
/// Keys of `user:`, `caller:`, `account:` and `organization:` are answered by the crate, whatever is
/// passed.
///
/// ```
/// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
/// # use tenancy::command::{ActivateOrganization, AttachPolicy, CreatePolicy, CreateUser, SignUp};
/// # use tenancy::{action::Class, role::{LeastRole, OrganizationRole}};
/// # let settings = Settings::new("acme".parse()?)
/// #     .action("ocean:roll".parse()?, Class::Product, LeastRole::Editor)?;
/// # let registry = blocking::Registry::new(MemoryStore::new(), SystemEnvironment::new(), settings);
/// # let ada = Caller::person("ada@example.com".parse()?);
/// # let made = registry.run(&ada, &SignUp::new("Acme".parse()?, "Ada".parse()?))?;
/// # let (acme, ada) = (made.organization, made.caller());
/// # registry.run(&ada, &ActivateOrganization::new(acme))?;
/// # let bob = CreateUser::new(
/// #     acme, "Bob".parse()?, "bob@example.com".parse()?, OrganizationRole::Member);
/// # let bob = registry.run(&ada, &bob)?.user;
/// use tenancy::access::Attributes;
/// use tenancy::organization::policy::Reach;
/// use tenancy::statement::PolicyKind;
/// let document = serde_json::from_str(r#"{"statements":[{"effect":"ALLOW","actions":["ocean:*"],
///     "resources":["*"],"condition":{"StringEquals":{"spot:ocean:name":"web"}}}]}"#)?;
/// let policy = CreatePolicy::new(acme, "Web".parse()?, PolicyKind::Account, document);
/// let policy = registry.run(&ada, &policy)?;
/// registry.run(&ada, &AttachPolicy::new(acme, policy, bob.into(), Reach::AllAccounts))?;
///
/// let bob = Caller::user(acme, bob);
/// let cluster: Resource = format!("{}/ocean/o-1", made.account).parse()?;
/// registry.with(acme, Freshness::Latest, |access| {
///     let roll = access.catalog().id("ocean:roll").expect("it is in the catalog");
///     let check = |pairs| access.given(Attributes::of(pairs)).check(&bob, roll, &cluster);
///     assert!(check(&[("spot:ocean:name", "web")]).is_allowed());
///     assert!(!check(&[("spot:ocean:name", "db")]).is_allowed());
///     assert!(!check(&[]).is_allowed());
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Attributes<'a> {
    pairs: &'a [(&'a str, &'a str)],
    complete: bool,
}

impl<'a> Attributes<'a> {
    /// Nothing is known.
    pub const NONE: Self = Self {
        pairs: &[],
        complete: false,
    };

    /// Returns these keys and their values. Of a key that is there twice the first counts.
    #[must_use]
    pub const fn of(pairs: &'a [(&'a str, &'a str)]) -> Self {
        Self {
            pairs,
            complete: false,
        }
    }

    /// Returns the same, which are all there are.
    #[must_use]
    pub const fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        let found = self.pairs.iter().find(|(name, _)| *name == key);
        found.map(|(_, value)| *value)
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }
}

/// Reads attributes of which each is said once: of two, neither wins.
pub(crate) fn once<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Box<str>, Box<str>>, D::Error> {
    struct Said;

    impl<'de> Visitor<'de> for Said {
        type Value = BTreeMap<Box<str>, Box<str>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of attributes")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut said = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<Box<str>, _>()? {
                if said.contains_key(&key) {
                    return Err(de::Error::custom(format_args!("`{key}` is there twice")));
                }
                said.insert(key, value);
            }
            Ok(said)
        }
    }

    deserializer.deserialize_map(Said)
}
