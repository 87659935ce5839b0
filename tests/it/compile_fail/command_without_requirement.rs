//! A command says what it requires of its caller.
use serde::Serialize;
use tenancy::access::Authorized;
use tenancy::command::{Command, Context, Decided, Recorded, sealed};
use tenancy::view::{Interrupt, View};

#[derive(Serialize)]
struct Rest;

impl sealed::Sealed for Rest {}

impl Command for Rest {
    const KIND: &'static str = "rest";
    type Output = ();

    fn decide(
        _: &Authorized<'_, Self>,
        _: &View<'_>,
        _: &Context<'_>,
    ) -> Result<Decided<()>, Interrupt> {
        Ok(Decided::nothing(()))
    }

    fn recall(&self, _: &mut Recorded<'_>) -> Option<()> {
        Some(())
    }
}

fn main() {
    let _ = Rest;
}
