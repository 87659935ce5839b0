//! A command alone decides nothing.
use tenancy::command::{Command, Context, CreateAccount};
use tenancy::view::View;

fn decide(command: &CreateAccount, view: &View<'_>, context: &Context<'_>) {
    let _ = CreateAccount::decide(command, view, context);
}

fn main() {
    let _ = decide;
}
