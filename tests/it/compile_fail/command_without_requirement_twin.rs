//! A command that says what it requires of its caller is one.
use serde::Serialize;
use tenancy::access::{Authorized, Requirement};
use tenancy::command::{Command, Context, Decided, Recorded, sealed};
use tenancy::view::{Interrupt, View};

#[derive(Serialize)]
struct Rest;

impl sealed::Sealed for Rest {}

impl Command for Rest {
    const KIND: &'static str = "rest";
    type Output = ();

    fn requirement(&self) -> Requirement {
        Requirement::Host
    }

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
