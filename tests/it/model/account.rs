//! Accounts.

use tenancy::command::{CloseAccount, CreateAccount, RenameAccount};
use tenancy::id::AccountId;

use super::{Account, No, One, Thing, no, same, unless};

impl One<'_, '_, '_> {
    pub(super) fn create_account(&mut self, command: &CreateAccount) -> Result<(), No> {
        self.right("account:create", Thing::Organization)?;
        let name = command.name.as_str();
        let full = self.organization.account_count(self.at) == self.rules.accounts;
        unless(&[
            (self.is_taken(name, None), "account_name_taken"),
            (full, "limit: accounts in the organization"),
        ])?;
        let account = Account::new(self.run.fresh.id(), name);
        if self.organization.default.is_none() {
            self.organization.default = Some(account.id);
        }
        self.organization.accounts.push(account);
        self.event("account.created");
        Ok(())
    }

    pub(super) fn rename_account(&mut self, command: &RenameAccount) -> Result<(), No> {
        let id = command.account;
        self.right("account:update", Thing::Account(id))?;
        self.must_be_open(id)?;
        let name = command.name.as_str();
        if self.organization.account(id).expect("open").name == name {
            return Ok(());
        }
        let taken = self.is_taken(name, Some(id));
        unless(&[(taken, "account_name_taken")])?;
        self.account(id).name = name.into();
        self.event("account.renamed");
        Ok(())
    }

    pub(super) fn make_default(&mut self, id: AccountId) -> Result<(), No> {
        self.right("account:make_default", Thing::Account(id))?;
        self.must_be_open(id)?;
        if self.organization.default != Some(id) {
            self.organization.default = Some(id);
            self.event("account.made_default");
        }
        Ok(())
    }

    pub(super) fn close_account(&mut self, command: &CloseAccount) -> Result<(), No> {
        let id = command.account;
        self.right("account:close", Thing::Account(id))?;
        if !self.organization.account(id).expect("seen").is_open() {
            return Ok(());
        }
        if self.organization.default == Some(id) {
            if let Some(successor) = command.successor {
                let reached = self.may("account:close", Thing::Account(successor));
                unless(&[(!reached, "not_found")])?;
                self.must_be_open(successor)?;
            }
            let successor = command.successor.filter(|successor| *successor != id);
            let mut others = self.organization.accounts.iter().filter(|it| it.id != id);
            let alone = !others.any(Account::is_open);
            unless(&[(successor.is_none() && !alone, "successor_required")])?;
            self.organization.default = successor;
        }
        self.account(id).until = Some(self.at + self.rules.closing_grace);
        self.event("account.closing");
        Ok(())
    }

    pub(super) fn restore_account(&mut self, id: AccountId) -> Result<(), No> {
        self.right("account:restore", Thing::Account(id))?;
        let account = self.organization.account(id).expect("seen");
        if account.is_open() {
            return Ok(());
        }
        unless(&[(account.is_closed(self.at), "grace_over")])?;
        self.account(id).until = None;
        if self.organization.default.is_none() {
            self.organization.default = Some(id);
        }
        self.event("account.restored");
        Ok(())
    }

    /// Law A2: whether an account that is not closed, another one, has this name.
    fn is_taken(&self, name: &str, own: Option<AccountId>) -> bool {
        let accounts = self.organization.accounts.iter();
        let mut others = accounts.filter(|it| Some(it.id) != own && !it.is_closed(self.at));
        others.any(|it| same(&it.name, name))
    }

    pub(super) fn must_be_open(&self, id: AccountId) -> Result<(), No> {
        let account = self.organization.account(id);
        let account = account.ok_or_else(|| no("not_found"))?;
        unless(&[(!account.is_open(), "account_status")])
    }

    fn account(&mut self, id: AccountId) -> &mut Account {
        let mut accounts = self.organization.accounts.iter_mut();
        accounts.find(|it| it.id == id).expect("there")
    }
}
