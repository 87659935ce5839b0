//! The authorization of a command decides that command.
use tenancy::access::Authorized;
use tenancy::command::{Command, Context, CreateAccount};
use tenancy::view::View;

fn decide(given: &Authorized<'_, CreateAccount>, view: &View<'_>, context: &Context<'_>) {
    let _ = CreateAccount::decide(given, view, context);
}

fn main() {
    let _ = decide;
}
