//! What a log was at some time, in three lines that can be signed and kept elsewhere.
//!
//! The text is that of [C2SP tlog-checkpoint]: the origin that says which log it is, the number of
//! its records, and the root of its tree ([`merkle`](crate::log::merkle)), each line ended by a
//! line feed.
//!
//! ```text
//! acme.example/org_01h455vb4pex5vsknk084sn02q/administration
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! A checkpoint that lies where whoever writes the log cannot reach is what a log that was cut short
//! or written anew is found by: see [`verify_against`](crate::log::verify_against).
//!
//! # Signatures
//!
//! The text is what the host signs; this crate signs nothing and verifies no signature, so that keys
//! and algorithms stay the host's. [`SignedCheckpoint`] is the form of [C2SP signed-note], with the
//! signatures told apart from the text and otherwise left as they are. Before signing another
//! checkpoint of a log, see that it extends the last one that was signed: by a
//! [`Verifier`](crate::log::Verifier) that compares with it, or by a
//! [`ConsistencyProof`](crate::log::proof::ConsistencyProof).
//!
//! # Limits
//!
//! Reading is strict, so a text has one value and a value one text. Extension lines, which
//! the specification allows and advises against, are refused: dropped, they would break the
//! signature; kept, they would be signed without a meaning. An origin is always one of
//! a log of this crate.
//!
//! [C2SP tlog-checkpoint]: https://c2sp.org/tlog-checkpoint
//! [C2SP signed-note]: https://c2sp.org/signed-note

use alloc::borrow::Cow;
use alloc::string::ToString as _;
use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::OrganizationId;
use crate::log::merkle::TreeHash;
use crate::parsed::Excerpt;
use crate::record::{Log, Version};
use crate::text::ascii_text;

mod note;

pub use note::{InvalidSignature, Signature, SignedCheckpoint};

ascii_text! {
    /// What the origins of a host's logs begin with, by which they differ from those of all others:
    /// best a domain of the host, with a path or without, such as `acme.example/logs`.
    ///
    /// 1 to 128 visible ASCII characters, and no `+`, so that an origin can be the name of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenancy::log::checkpoint::OriginPrefix;
    ///
    /// let prefix: OriginPrefix = "acme.example/logs".parse()?;
    /// assert_eq!(prefix.as_str(), "acme.example/logs");
    /// assert!("two words".parse::<OriginPrefix>().is_err());
    /// # Ok::<(), tenancy::text::InvalidText>(())
    /// ```
    OriginPrefix, "origin prefix", 128, "visible ascii characters without `+`",
    |b| b.is_ascii_graphic() && b != b'+'
}

/// Gives a type that is shown and parsed as text the same form in serde.
macro_rules! serde_as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

use serde_as_text;

/// Which log of which organization of which host: the first line of its checkpoints.
///
/// In text it is the host's prefix, the organization and the log with `/` between. A different
/// organization and the sibling log have other origins, and so checkpoints and proofs that fit
/// nothing else.
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::LogOrigin;
/// use tenancy::record::Log;
///
/// let id = "org_01h455vb4pex5vsknk084sn02q".parse()?;
/// let origin = LogOrigin::new("acme.example".parse()?, id, Log::Activity);
/// let text = "acme.example/org_01h455vb4pex5vsknk084sn02q/activity";
/// assert_eq!(origin.to_string(), text);
/// assert_eq!(text.parse(), Ok(origin));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct LogOrigin {
    /// The host.
    pub prefix: OriginPrefix,
    /// The organization.
    pub organization: OrganizationId,
    /// Which of its logs.
    pub log: Log,
}

impl LogOrigin {
    /// Returns the origin of a log.
    #[must_use]
    pub const fn new(prefix: OriginPrefix, organization: OrganizationId, log: Log) -> Self {
        Self {
            prefix,
            organization,
            log,
        }
    }
}

impl fmt::Display for LogOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            prefix,
            organization,
            log,
        } = self;
        write!(f, "{prefix}/{organization}/{}", name(*log))
    }
}

impl FromStr for LogOrigin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let error = || InvalidOrigin {
            found: Excerpt::new(text),
        };
        let (rest, log) = text.rsplit_once('/').ok_or_else(error)?;
        let (prefix, organization) = rest.rsplit_once('/').ok_or_else(error)?;
        let logs = [Log::Administration, Log::Activity];
        let log = logs.into_iter().find(|it| name(*it) == log);
        let origin = Self {
            prefix: prefix.parse().map_err(|_| error())?,
            organization: organization.parse().map_err(|_| error())?,
            log: log.ok_or_else(error)?,
        };
        // An id can be read from another form too, which a signed text may not have.
        match origin.to_string() == text {
            true => Ok(origin),
            false => Err(error()),
        }
    }
}

serde_as_text!(LogOrigin);

const fn name(log: Log) -> &'static str {
    match log {
        Log::Administration => "administration",
        Log::Activity => "activity",
    }
}

/// A text is not a [`LogOrigin`].
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::LogOrigin;
///
/// let error = "acme.example".parse::<LogOrigin>().unwrap_err();
/// let text = "expected an origin of prefix, organization and log with `/` between, \
///             found `acme.example`";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected an origin of prefix, organization and log with `/` between, found {found}")]
pub struct InvalidOrigin {
    found: Excerpt,
}

/// What a log was: which one, how many records, and the root of the tree over their leaves.
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::{Checkpoint, LogOrigin};
/// use tenancy::log::merkle::TreeHash;
/// use tenancy::record::Version;
///
/// let origin: LogOrigin = "acme.example/org_01h455vb4pex5vsknk084sn02q/administration".parse()?;
/// let checkpoint = Checkpoint::new(origin, Version::new(0), TreeHash::EMPTY);
/// let text = "acme.example/org_01h455vb4pex5vsknk084sn02q/administration
/// 0
/// 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
/// ";
/// // The text is what the host signs.
/// assert_eq!(checkpoint.to_string(), text);
/// assert_eq!(text.parse(), Ok(checkpoint));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Which log.
    pub origin: LogOrigin,
    /// How many records it had: the version of the last one.
    pub size: Version,
    /// The root of its tree.
    pub root: TreeHash,
}

impl Checkpoint {
    /// Returns the checkpoint of a log that had so many records, and this root over them.
    #[must_use]
    pub const fn new(origin: LogOrigin, size: Version, root: TreeHash) -> Self {
        Self { origin, size, root }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, size, root } = self;
        let mut buffer = [0; ROOT_LEN];
        let root = Base64::encode(&root.to_bytes(), &mut buffer).map_err(|_| fmt::Error)?;
        write!(f, "{origin}\n{size}\n{root}\n")
    }
}

impl FromStr for Checkpoint {
    type Err = InvalidCheckpoint;

    fn from_str(text: &str) -> Result<Self, InvalidCheckpoint> {
        let lines = || InvalidCheckpoint(Kind::Lines);
        let mut found = text.strip_suffix('\n').ok_or_else(lines)?.split('\n');
        let (Some(origin), Some(size), Some(root), None) =
            (found.next(), found.next(), found.next(), found.next())
        else {
            return Err(lines());
        };
        Ok(Self {
            origin: origin
                .parse()
                .map_err(|error| InvalidCheckpoint(Kind::Origin(error)))?,
            size: size_of(size).ok_or_else(|| InvalidCheckpoint(Kind::Size(Excerpt::new(size))))?,
            root: root_of(root).ok_or_else(|| InvalidCheckpoint(Kind::Root(Excerpt::new(root))))?,
        })
    }
}

serde_as_text!(Checkpoint);

/// How long a root is in base 64.
const ROOT_LEN: usize = 44;

fn size_of(text: &str) -> Option<Version> {
    let size: u64 = text.parse().ok()?;
    // A sign or a zero in front would be a second text of the same size.
    (size.to_string() == text).then_some(Version::new(size))
}

fn root_of(text: &str) -> Option<TreeHash> {
    let mut root = [0; 32];
    // The decoder refuses line breaks, missing padding and bits that stand for nothing.
    let found = Base64::decode(text, &mut root).ok()?.len();
    (found == root.len()).then_some(TreeHash::from_bytes(root))
}

/// A text is not a [`Checkpoint`], or not a [`SignedCheckpoint`].
///
/// # Examples
///
/// ```
/// use tenancy::log::checkpoint::Checkpoint;
///
/// let error = "acme.example\n7\n".parse::<Checkpoint>().unwrap_err();
/// let text = "expected a checkpoint of three lines, each ended by a line feed";
/// assert_eq!(error.to_string(), text);
/// ```
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct InvalidCheckpoint(Kind);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
enum Kind {
    #[error("expected a checkpoint of three lines, each ended by a line feed")]
    Lines,
    #[error(transparent)]
    Origin(InvalidOrigin),
    #[error("expected a root of 32 bytes in base 64, found {0}")]
    Root(Excerpt),
    #[error("expected a checkpoint, an empty line and one to {max} signatures, each ended by a line feed", max = SignedCheckpoint::SIGNATURES_MAX)]
    Signatures,
    #[error(transparent)]
    Signature(InvalidSignature),
    #[error("expected a size in decimal digits without a zero in front, found {0}")]
    Size(Excerpt),
}
