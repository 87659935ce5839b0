//! The authorization of one command does not decide another.
use tenancy::access::Authorized;
use tenancy::command::{ActivateOrganization, Command, Context, CreateAccount};
use tenancy::view::View;

fn decide(given: &Authorized<'_, CreateAccount>, view: &View<'_>, context: &Context<'_>) {
    let _ = ActivateOrganization::decide(given, view, context);
}

fn main() {
    let _ = decide;
}
