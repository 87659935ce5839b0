//! What a console lets its users carry away as a file.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::access::{Authorized, Requirement, may_read};
use crate::action::Builtin;
use crate::command::Sealed;
use crate::id::OrganizationId;
use crate::organization::user::{Attachment, User};
use crate::query::{Cursor, List, Paging, Query, paged};
use crate::resource::Resource;
use crate::settings::Moment;
use crate::view::{Interrupt, View};

/// Asks for the users of an organization as CSV, those that were removed left out.
///
/// The form is that of [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180): a header, a line of text
/// for each user ended by carriage return and line feed, fields in quotes where they have to be. The
/// fields are id, kind, name, email, email_proven, role, status, description, created_at and
/// accounts; the last holds `acct_…=role`, one behind the other with a space between. A text that a
/// spreadsheet would take for a formula, as it begins with `=`, `+`, `-` or `@`, or with the wide form
/// of one, gets a `'` in front.
///
/// The header stands on the first page alone: pages one behind the other are one file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct ExportUsers {
    /// The organization.
    pub organization: OrganizationId,
    /// Which page.
    #[serde(default)]
    pub paging: Paging,
}

impl ExportUsers {
    /// Returns the question for the users of `organization`.
    #[must_use]
    pub fn new(organization: OrganizationId) -> Self {
        Self {
            organization,
            paging: Paging::default(),
        }
    }
}

paged!(ExportUsers);

/// Some lines of a file, and where to go on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CsvPage {
    /// The lines.
    pub text: String,
    /// What gives the lines behind these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl Sealed for ExportUsers {}

impl Query for ExportUsers {
    type Output = CsvPage;

    fn requirement(&self) -> Requirement {
        let id = self.organization;
        Requirement::Right(id, Builtin::ExportUsers, Resource::Organization(id))
    }

    fn answer(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        moment: &Moment<'_>,
    ) -> Result<CsvPage, Interrupt> {
        let Self {
            organization,
            paging,
        } = *authorized.command();
        let (state, caller) = (view.organization(organization)?, authorized.caller());
        let sees = |resource: Resource| may_read(state, caller, &resource, moment);
        let list = List {
            name: "export_users",
            organization: Some(organization),
            filter: (),
            caller,
        };
        let page = list.page(
            paging,
            moment.settings,
            User::id,
            |first| state.users_from(first),
            |user| sees(user.id().into()),
            |user| !user.is_removed(),
        )?;
        let mut text = String::new();
        if paging.after.is_none() {
            line(&mut text, HEADER.into_iter().map(String::from));
        }
        for user in &page.rows {
            let accounts = user.attachments().iter();
            // Laws X4, X6: what is attached to an account that is not there, or out of the caller's
            // sight, is nothing.
            let accounts = accounts.filter(|it| sees(it.account.into()));
            line(&mut text, fields(user, accounts).into_iter());
        }
        let next = page.next;
        Ok(CsvPage { text, next })
    }
}

const HEADER: [&str; 10] = [
    "id",
    "kind",
    "name",
    "email",
    "email_proven",
    "role",
    "status",
    "description",
    "created_at",
    "accounts",
];

fn fields<'a>(user: &User, accounts: impl Iterator<Item = &'a Attachment>) -> [String; 10] {
    let text = |text: Option<&str>| harmless(text.unwrap_or_default());
    let accounts: Vec<String> = accounts
        .map(|it| alloc::format!("{}={}", it.account, it.role))
        .collect();
    let email = user.email().map(|email| email.as_str());
    [
        user.id().to_string(),
        user.kind().to_string(),
        text(user.name().map(|name| name.as_str())),
        text(email),
        user.proven_email().is_some().to_string(),
        user.role().to_string(),
        user.status().to_string(),
        text(user.description().map(|text| text.as_str())),
        user.created_at().to_string(),
        accounts.join(" "),
    ]
}

/// Keeps a spreadsheet from running what somebody is called.
fn harmless(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
        true => alloc::format!("'{text}"),
        false => text.into(),
    }
}

/// Writes one line. (A writer of CSV that needs no `std` is longer in its use than this.)
fn line(text: &mut String, fields: impl Iterator<Item = String>) {
    for (place, field) in fields.enumerate() {
        if place > 0 {
            text.push(',');
        }
        match field.contains([',', '"', '\r', '\n']) {
            true => {
                text.push('"');
                text.push_str(&field.replace('"', "\"\""));
                text.push('"');
            }
            false => text.push_str(&field),
        }
    }
    text.push_str("\r\n");
}
