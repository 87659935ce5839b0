//! Secrets that somebody shows to have something done, who may be nobody's user.

use core::fmt;
use core::marker::PhantomData;
use core::str::FromStr;

use super::InvalidSecret;

/// Declares such a secret: what is read from its text is of which organization and noun it is, and the
/// digest that it is known by.
macro_rules! shown {
    (
        $(#[$doc:meta])*
        $secret:ident: $kind:ident, $said:literal;
        $(#[$organization_doc:meta])*
        organization;
        $(#[$id_doc:meta])*
        $noun:ident: $id:ty;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Eq, PartialEq)]
        pub struct $secret {
            brand: $crate::secret::Brand,
            organization: $crate::id::OrganizationId,
            $noun: $id,
            digest: $crate::secret::Digest,
        }

        impl $secret {
            $(#[$organization_doc])*
            #[must_use]
            pub const fn organization(&self) -> $crate::id::OrganizationId {
                self.organization
            }

            $(#[$id_doc])*
            #[must_use]
            pub const fn $noun(&self) -> $id {
                self.$noun
            }

            pub(crate) const fn brand(&self) -> &$crate::secret::Brand {
                &self.brand
            }

            pub(crate) const fn digest(&self) -> &$crate::secret::Digest {
                &self.digest
            }
        }

        impl core::fmt::Debug for $secret {
            /// Shows what it is of, and nothing of the secret.
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($secret))
                    .field("organization", &self.organization)
                    .field(stringify!($noun), &self.$noun)
                    .finish_non_exhaustive()
            }
        }

        impl core::str::FromStr for $secret {
            type Err = $crate::secret::InvalidSecret;

            fn from_str(text: &str) -> Result<Self, $crate::secret::InvalidSecret> {
                use $crate::secret::{InvalidSecret, ParsedSecret, Rule, SecretKind};
                let brand = text.split('_').next().unwrap_or_default();
                let brand = brand.parse::<$crate::secret::Brand>().map_err(|_| InvalidSecret(Rule::Brand))?;
                let parsed = ParsedSecret::parse(text, &brand)?;
                let another = || InvalidSecret(Rule::Another(SecretKind::$kind));
                if parsed.kind() != SecretKind::$kind {
                    return Err(another());
                }
                let organization = $crate::id::OrganizationId::from_bytes(parsed.organization());
                let $noun = <$id>::from_bytes(parsed.id());
                Ok(Self {
                    brand,
                    organization: organization.map_err(|_| another())?,
                    $noun: $noun.map_err(|_| another())?,
                    digest: parsed.digest(),
                })
            }
        }

        impl serde::Serialize for $secret {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.digest.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $secret {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // The text is a secret, and stays where the host has it: nothing of it is copied.
                deserializer.deserialize_str($crate::secret::shown::Visitor {
                    expected: $said,
                    secret: core::marker::PhantomData,
                })
            }
        }
    };
}

pub(super) use shown;

/// Reads a secret from its text.
pub(super) struct Visitor<T> {
    pub(super) expected: &'static str,
    pub(super) secret: PhantomData<T>,
}

impl<T: FromStr<Err = InvalidSecret>> serde::de::Visitor<'_> for Visitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
