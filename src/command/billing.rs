//! The command by which an organization says how it pays.

use crate::access::{Authorized, Requirement};
use crate::action::Builtin;
use crate::command::organization::of;
use crate::command::{Command, Context, Decided, Recorded};
use crate::id::OrganizationId;
use crate::organization::billing::{BillingChanged, BillingReference};
use crate::organization::event::Event;
use crate::view::{Interrupt, View};

command! {
    /// Says by what the host knows the billing information of an organization, or that it has none any
    /// more (law L5).
    ///
    /// It counts where no linked organization pays. Whoever pays for others needs it too: nobody pays
    /// for a payer.
    ///
    /// ```
    /// # use tenancy::{*, environment::SystemEnvironment, store::MemoryStore};
    /// # let registry = blocking::Registry::new(
    /// #     MemoryStore::new(), SystemEnvironment::new(), Settings::new("acme".parse()?));
    /// # let person = Caller::person("ada@example.com".parse()?);
    /// # let made = registry.run(&person, &command::SignUp::new("Acme".parse()?, "Ada".parse()?))?;
    /// # let (acme, ada) = (made.organization, made.caller());
    /// use tenancy::command::SetBilling;
    /// use tenancy::organization::sharing::BillingSource;
    /// use tenancy::query::{GetBilling, ListPayees};
    ///
    /// let billing = registry.ask(&ada, &GetBilling::new(acme))?.value;
    /// assert_eq!((billing.source, billing.flagged), (BillingSource::Nobody, true));
    ///
    /// registry.run(&ada, &SetBilling::new(acme).reference("cus_1".parse()?))?;
    /// let billing = registry.ask(&ada, &GetBilling::new(acme))?.value;
    /// assert_eq!((billing.source, billing.flagged), (BillingSource::Own, false));
    /// assert!(registry.ask(&ada, &ListPayees::new(acme))?.value.rows.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    SetBilling, "Returns the command by which `organization` has no billing information.";
    /// The organization.
    organization: OrganizationId,
    ? /// What the host knows it by; absent, there is none.
    reference: BillingReference, "Returns the same with what the host knows it by.";
}

impl Command for SetBilling {
    const KIND: &'static str = "set_billing";
    type Output = ();

    fn requirement(&self) -> Requirement {
        of(self.organization, Builtin::SetBilling)
    }

    fn decide(
        authorized: &Authorized<'_, Self>,
        view: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        let Self {
            organization,
            reference,
        } = authorized.command();
        let state = view.organization(*organization)?;
        if state.billing() == reference.as_ref() {
            return Ok(Decided::nothing(()));
        }
        let reference = reference.clone();
        let event = Event::BillingChanged(BillingChanged { reference });
        Ok(Decided::events(*organization, [event], ()))
    }

    fn recall(&self, events: &mut Recorded<'_>) -> Option<()> {
        events.pass(|changed: &BillingChanged| changed.reference == self.reference)
    }
}
