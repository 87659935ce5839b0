//! An authorized command is decided.
use tenancy::access::Authorized;
use tenancy::command::{Command, Context, CreateAccount};
use tenancy::view::View;

fn decide(command: &Authorized<'_, CreateAccount>, view: &View<'_>, context: &Context<'_>) {
    let _ = CreateAccount::decide(command, view, context);
}

fn main() {
    let _ = decide;
}
