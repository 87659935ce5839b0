//! Links the divisions of a company, which share billing and dashboards or keep them separate: the
//! handshake, who pays this month and the next, who reads and does what in the other, and the end.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]
#![expect(clippy::std_instead_of_alloc, reason = "a host has all of `std`")]
use std::sync::Arc;

use tenancy::action::{Action, Class, Topic};
use tenancy::command::{
    AcceptLink, ActivateOrganization, AssignLinkUser, CreateUser, DelegateLink, EndLink,
    HandOutLinkCode, ProposeLink, RecordActivity, SetBilling, SignUp, SignedUp,
};
use tenancy::environment::SeededEnvironment;
use tenancy::id::{LinkId, OrganizationId, UserId};
use tenancy::organization::diagram::mermaid;
use tenancy::organization::link::{Accounts, Delegation, Shares, Terms};
use tenancy::organization::sharing::BillingSource;
use tenancy::query::{Check, FindRecords, GetBilling, GetLink, ListPayees, Logs, Period};
use tenancy::role::{AccountRole, LeastRole, OrganizationRole};
use tenancy::{Caller, Freshness, Resource, Settings, blocking, store::MemoryStore};

type Result<T> = core::result::Result<T, Box<dyn core::error::Error>>;

/// One company: Ada owns its American division, Eve the European one, Lea the laboratory.
struct Company {
    registry: blocking::Registry<MemoryStore>,
    clock: Arc<SeededEnvironment>,
    usa: SignedUp,
    emea: SignedUp,
    labs: SignedUp,
    /// Who works in America.
    bob: UserId,
}

fn main() -> Result<()> {
    let it = Company::sign_up()?;
    println!("USA pays for EMEA, and they show each other dashboards; Labs pays for itself:");
    let emea = it.link_emea()?;
    it.link_labs()?;
    println!("\nWho pays in November, and from December on?");
    it.who_pays()?;
    it.clock.set("2026-12-01T00:00:00Z".parse()?);
    println!("\nAnd in December?");
    it.who_pays()?;
    println!("\nWhat does Bob of USA see and do in the others, and why?");
    it.what_bob_may(emea)?;
    println!("\nEMEA lets somebody of USA work on its account, and USA says that it is Bob:");
    it.let_bob_work(emea)?;
    println!("\n{}", it.drawing()?);
    println!("It is over. Nothing is shared any more, but December is paid:");
    it.end(emea)
}

impl Company {
    fn sign_up() -> Result<Self> {
        // The host says which of its actions are about what links share.
        let read: Action = "dashboard:read".parse()?;
        let settings = Settings::new("spot".parse()?)
            .action(read.clone(), Class::Read, LeastRole::Viewer)?
            .action("server:stop".parse()?, Class::Product, LeastRole::Editor)?
            .topic(&read, Topic::Dashboards)?;
        let clock = SeededEnvironment::new(7, "2026-11-10T12:00:00Z".parse()?);
        let clock = Arc::new(clock);
        let registry = blocking::Registry::new(MemoryStore::new(), Arc::clone(&clock), settings);
        let up = |organization: &str, owner: &str| -> Result<SignedUp> {
            let person = Caller::person(format!("{owner}@example.com").parse()?);
            let made =
                registry.run(&person, &SignUp::new(organization.parse()?, owner.parse()?))?;
            let activate = ActivateOrganization::new(made.organization);
            registry.run(&made.caller(), &activate)?;
            Ok(made)
        };
        let (usa, emea) = (up("Spot-USA", "ada")?, up("Spot-EMEA", "eve")?);
        let labs = up("Spot-Labs", "lea")?;
        let (name, email) = ("Bob".parse()?, "bob@example.com".parse()?);
        let bob = CreateUser::new(usa.organization, name, email, OrganizationRole::Viewer);
        let bob = registry.run(&usa.caller(), &bob)?.user;
        Ok(Self {
            registry,
            clock,
            usa,
            emea,
            labs,
            bob,
        })
    }

    /// The receiver hands out a code; whoever has it proposes terms; the receiver reads them, and names
    /// what it consents to.
    fn link(&self, with: &SignedUp, terms: Terms) -> Result<LinkId> {
        let code = HandOutLinkCode::new(with.organization);
        let code = self.registry.run(&with.caller(), &code)?;
        let secret = code.secret.ok_or("told once")?.expose().parse()?;
        let propose = ProposeLink::new(self.usa.organization, secret, terms);
        let link = self.registry.run(&self.usa.caller(), &propose)?;
        let asked = GetLink::new(with.organization, link);
        let proposed = self.registry.ask(&with.caller(), &asked)?.value;
        let terms = serde_json::to_string(&proposed.terms)?;
        println!("  {} proposes {terms}", proposed.peer_name);
        let accept = AcceptLink::new(with.organization, link, proposed.terms_hash);
        self.registry.run(&with.caller(), &accept)?;
        Ok(link)
    }

    fn link_emea(&self) -> Result<LinkId> {
        let ceiling = Delegation::new(AccountRole::Editor, Accounts::All);
        let terms = Terms::new(
            Shares::new().payment().dashboards(),
            Shares::new().dashboards().delegation(ceiling),
        );
        let set = SetBilling::new(self.usa.organization).reference("cus_usa".parse()?);
        self.registry.run(&self.usa.caller(), &set)?;
        self.link(&self.emea, terms)
    }

    fn link_labs(&self) -> Result<LinkId> {
        let set = SetBilling::new(self.labs.organization).reference("cus_labs".parse()?);
        self.registry.run(&self.labs.caller(), &set)?;
        let terms = Terms::new(Shares::new().dashboards(), Shares::new());
        self.link(&self.labs, terms)
    }

    fn who_pays(&self) -> Result<()> {
        for (name, of) in [
            ("USA", &self.usa),
            ("EMEA", &self.emea),
            ("Labs", &self.labs),
        ] {
            let billing = GetBilling::new(of.organization);
            let billing = self.registry.ask(&of.caller(), &billing)?.value;
            let (now, next) = (self.payer(billing.source), self.payer(billing.next));
            let flag = if billing.flagged {
                "  (to be told)"
            } else {
                ""
            };
            println!("  {name:<5} {now}, then {next}{flag}");
        }
        let payees = ListPayees::new(self.usa.organization);
        for payee in self.registry.ask(&self.usa.caller(), &payees)?.value.rows {
            for paid in payee.payments {
                let (name, from) = (&payee.name, paid.from);
                let until = paid.until.map(|until| format!(" to {until}"));
                let until = until.unwrap_or_else(|| " on".into());
                println!("  USA pays for {name} from {from}{until}");
            }
        }
        Ok(())
    }

    fn payer(&self, source: BillingSource) -> &'static str {
        match source {
            BillingSource::Own => "itself",
            BillingSource::Payer { organization, .. } if organization == self.usa.organization => {
                "USA"
            }
            BillingSource::Nobody | BillingSource::Payer { .. } | _ => "nobody",
        }
    }

    /// Bob stays a user of USA, and comes to the others by their links.
    fn bob(&self, link: LinkId) -> Caller {
        Caller::user(self.usa.organization, self.bob).via_link(link)
    }

    fn check(
        &self,
        caller: &Caller,
        action: &str,
        on: (OrganizationId, Resource),
    ) -> Result<String> {
        let check = Check::new(on.0, action.parse()?, on.1);
        Ok(match self.registry.ask(caller, &check) {
            Ok(answer) => answer.value.decision.to_string(),
            Err(error) => error.to_string(),
        })
    }

    fn what_bob_may(&self, link: LinkId) -> Result<()> {
        let (bob, emea) = (self.bob(link), self.emea.organization);
        let (whole, account) = (emea.into(), self.emea.account.into());
        let read = self.check(&bob, "dashboard:read", (emea, whole))?;
        println!("  read the dashboards of EMEA: {read}");
        let stop = self.check(&bob, "server:stop", (emea, account))?;
        println!("  stop servers of EMEA: {stop}");
        let labs = self.labs.organization;
        let read = self.check(&bob, "dashboard:read", (labs, labs.into()))?;
        println!("  read the dashboards of Labs: {read}");
        Ok(())
    }

    fn let_bob_work(&self, link: LinkId) -> Result<()> {
        let (emea, account) = (self.emea.organization, self.emea.account);
        let accounts = Accounts::chosen([account]);
        let delegate = DelegateLink::new(emea, link, AccountRole::Editor, accounts);
        self.registry.run(&self.emea.caller(), &delegate)?;
        let assign = AssignLinkUser::new(self.usa.organization, link, self.bob);
        self.registry.run(&self.usa.caller(), &assign)?;
        let bob = self.bob(link);
        let stop = self.check(&bob, "server:stop", (emea, account.into()))?;
        println!("  stop servers of EMEA: {stop}");
        // What he does stands in the log of EMEA.
        let stopped = RecordActivity::new(emea, "server:stop".parse()?, account);
        self.registry.run(&bob, &stopped)?;
        let find = FindRecords::new(emea)
            .logs(Logs::Activity)
            .period(Period::ALL);
        for found in self.registry.ask(&self.emea.caller(), &find)?.value.rows {
            println!(
                "  in the log of EMEA: {} by {:?}",
                found.record.kind, found.record.caller
            );
        }
        Ok(())
    }

    fn drawing(&self) -> Result<String> {
        let state = |of: &SignedUp| {
            let copy = |access: tenancy::Access<'_>| access.organization().clone();
            self.registry.with(of.organization, Freshness::Latest, copy)
        };
        let (usa, emea, labs) = (state(&self.usa)?, state(&self.emea)?, state(&self.labs)?);
        Ok(mermaid(&[&usa, &emea, &labs], usa.time()))
    }

    fn end(&self, link: LinkId) -> Result<()> {
        self.registry.run(
            &self.emea.caller(),
            &EndLink::new(self.emea.organization, link),
        )?;
        let emea = self.emea.organization;
        let read = self.check(&self.bob(link), "dashboard:read", (emea, emea.into()))?;
        println!("  read the dashboards of EMEA: {read}");
        self.who_pays()
    }
}
