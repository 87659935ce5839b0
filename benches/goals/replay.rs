//! Replay of a log of 100,000 records.

use hashbrown::HashMap;
use serde::Deserialize;
use tenancy::Organization;
use tenancy::record::Record;

use crate::table::{Goal, Table, measure};
use crate::world::World;

const RECORDS: usize = 100_000;

pub(crate) fn tables(_: &[usize]) -> Table {
    let mut table = Table::new("Replay of a log, for each record");
    let users = RECORDS / 3 + 1;
    let records = World::full(users).records(RECORDS);
    let each = |measured: crate::table::Measured| measured.each(records.len());
    let measured = measure(
        9,
        1,
        || Organization::from_records(&records).unwrap().unwrap(),
        || Floor::from_records(&records),
    );
    // At least 0.8 of the floor's speed.
    table.line("replay / floor", users, each(measured), Goal::Ratio(1.25));
    let state = Organization::from_records(&records).unwrap().unwrap();
    let snapshot = state.to_snapshot();
    let measured = measure(
        9,
        1,
        || Organization::from_snapshot(&snapshot).unwrap(),
        || Organization::from_records(&records).unwrap().unwrap(),
    );
    table.note(format!(
        "snapshot: {} bytes; the records' bodies: {}",
        snapshot.body.len(),
        records.iter().map(|it| it.body.len()).sum::<usize>()
    ));
    table.line("snapshot / replay", users, each(measured), Goal::Ratio(1.0));
    table
}

/// Plain structs by `serde_json`, in maps.
#[derive(Default)]
struct Floor {
    users: HashMap<String, User>,
    emails: HashMap<String, String>,
    tokens: HashMap<String, Token>,
}

struct User {
    _name: String,
    _role: String,
    _proven: bool,
    attachments: Vec<(String, String)>,
    tokens: Vec<String>,
}

struct Token {
    _user: String,
    _kind: String,
    _expires_at: Option<String>,
    _digest: String,
    _last_four: String,
}

#[derive(Deserialize)]
struct UserCreated {
    user: String,
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "email")]
    _email: String,
    proven: bool,
    role: String,
}

#[derive(Deserialize)]
struct UserAttached {
    user: String,
    account: String,
    role: String,
}

#[derive(Deserialize)]
struct TokenIssued {
    token: String,
    kind: String,
    user: String,
    expires_at: Option<String>,
    digest: String,
    last_four: String,
}

impl Floor {
    fn from_records(records: &[Record]) -> Self {
        let mut state = Self::default();
        records.iter().for_each(|record| state.apply(record));
        state
    }

    fn apply(&mut self, record: &Record) {
        match &*record.kind {
            "user.created" => {
                let event: UserCreated = serde_json::from_str(&record.body).unwrap();
                let text = |field| record.personal_text(field).unwrap_or_default().to_owned();
                self.emails.insert(text("email"), event.user.clone());
                let user = User {
                    _name: text("name"),
                    _role: event.role,
                    _proven: event.proven,
                    attachments: Vec::new(),
                    tokens: Vec::new(),
                };
                self.users.insert(event.user, user);
            }
            "user.attached" => {
                let event: UserAttached = serde_json::from_str(&record.body).unwrap();
                if let Some(user) = self.users.get_mut(&event.user) {
                    user.attachments.push((event.account, event.role));
                }
            }
            "token.issued" => {
                let event: TokenIssued = serde_json::from_str(&record.body).unwrap();
                if let Some(user) = self.users.get_mut(&event.user) {
                    user.tokens.push(event.token.clone());
                }
                let token = Token {
                    _user: event.user,
                    _kind: event.kind,
                    _expires_at: event.expires_at,
                    _digest: event.digest,
                    _last_four: event.last_four,
                };
                self.tokens.insert(event.token, token);
            }
            // The first hundred records make the organization and its accounts.
            _ => {}
        }
    }
}
