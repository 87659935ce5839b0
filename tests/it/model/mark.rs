//! Labels and references.

use tenancy::command::{ChangeLabels, SetReference};
use tenancy::organization::mark::Marked;

use super::{LABELS, No, One, Thing, unless};

impl One<'_, '_, '_> {
    pub(super) fn change_labels(&mut self, command: &ChangeLabels) -> Result<(), No> {
        let on = command.on;
        let action = match on {
            Marked::Account(_) => "account:update",
            Marked::User(_) => "user:label",
            Marked::Organization | _ => "organization:update",
        };
        self.right(action, thing(on))?;
        if let Marked::User(user) = on {
            self.must_be_member(user)?;
            self.acts_on(user)?;
        }
        let before = self.organization.labels.get(&on).cloned();
        let mut labels = before.clone().unwrap_or_default();
        for key in &command.remove {
            labels.remove(key.as_str());
        }
        for (key, value) in command.set.iter() {
            labels.insert(key.as_str().into(), value.as_str().into());
        }
        unless(&[(labels.len() > LABELS, "limit: labels")])?;
        if labels != before.unwrap_or_default() {
            self.organization.labels.insert(on, labels);
            self.event("labels.changed");
        }
        Ok(())
    }

    pub(super) fn set_reference(&mut self, command: &SetReference) -> Result<(), No> {
        let on = command.on;
        self.right("organization:refer", thing(on))?;
        if let Marked::User(user) = on {
            self.must_be_member(user)?;
        }
        let reference = command.reference.as_ref().map(|it| it.as_str());
        if self.organization.references.get(&on).map(String::as_str) == reference {
            return Ok(());
        }
        let held = |it: &&Marked| {
            let theirs = self.organization.references.get(*it);
            theirs.map(String::as_str) == reference
        };
        let holder = self.organization.references.keys().find(held).copied();
        if let Some(holder) = holder {
            let closed = match holder {
                Marked::Account(id) => {
                    let account = self.organization.account(id);
                    account.is_some_and(|it| it.is_closed(self.at))
                }
                Marked::Organization | Marked::User(_) | _ => false,
            };
            unless(&[(!closed, "reference_taken")])?;
            self.organization.references.remove(&holder);
        }
        if on == Marked::Organization
            && reference.is_some()
            && self.others.iter().any(|it| it.1.as_deref() == reference)
        {
            self.run.late.push("reference_taken");
        }
        match reference {
            Some(reference) => self.organization.references.insert(on, reference.into()),
            None => self.organization.references.remove(&on),
        };
        self.event("reference.changed");
        Ok(())
    }
}

fn thing(on: Marked) -> Thing {
    match on {
        Marked::Account(id) => Thing::Account(id),
        Marked::User(id) => Thing::User(id),
        Marked::Organization | _ => Thing::Organization,
    }
}
