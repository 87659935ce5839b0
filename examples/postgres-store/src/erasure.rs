//! An erasure as the argument of the server's function.

use serde::Serialize;
use tenancy::store::Erasure;
use uuid::Uuid;

use crate::Error;
use crate::row;

/// The argument.
#[derive(Debug, Serialize)]
pub(crate) struct Given<'a> {
    organization: Uuid,
    version: i64,
    parts: Vec<Part<'a>>,
    subjects: Vec<String>,
    receipts: Vec<Receipt<'a>>,
    scopes: Vec<Scope>,
}

#[derive(Debug, Serialize)]
struct Part<'a> {
    log: i16,
    version: i64,
    field: &'a str,
}

#[derive(Debug, Serialize)]
struct Receipt<'a> {
    organization: Uuid,
    principal: String,
    command: &'a str,
}

#[derive(Debug, Serialize)]
struct Scope {
    organization: Uuid,
    principal: String,
}

impl<'a> Given<'a> {
    /// Returns the argument for `erasure`.
    pub(crate) fn new(erasure: &'a Erasure) -> Result<Self, Error> {
        let part = |part: &'a tenancy::store::ErasedPart| {
            Ok(Part {
                log: row::log(part.log)?,
                version: row::bound(part.version.get()),
                field: &part.field,
            })
        };
        let receipt = |command: &'a tenancy::store::CommandKey| {
            let (organization, principal) = row::principal(&command.scope)?;
            let command = command.id.as_str();
            Ok(Receipt {
                organization,
                principal,
                command,
            })
        };
        let scope = |scope: &'a tenancy::store::Scope| {
            let (organization, principal) = row::principal(scope)?;
            Ok(Scope {
                organization,
                principal,
            })
        };
        Ok(Self {
            organization: erasure.organization.to_uuid(),
            version: row::bound(erasure.version.get()),
            parts: erasure
                .parts
                .iter()
                .map(part)
                .collect::<Result<_, Error>>()?,
            subjects: erasure.subjects.iter().map(ToString::to_string).collect(),
            receipts: erasure
                .commands
                .iter()
                .map(receipt)
                .collect::<Result<_, Error>>()?,
            scopes: erasure
                .scopes
                .iter()
                .map(scope)
                .collect::<Result<_, Error>>()?,
        })
    }
}
