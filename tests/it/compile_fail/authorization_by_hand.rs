//! Nobody but the access decision makes an authorization.
use tenancy::Caller;
use tenancy::access::Authorized;
use tenancy::command::ActivateOrganization;
use tenancy::decision::Grant;

fn authorize<'a>(
    command: &'a ActivateOrganization,
    caller: &'a Caller,
) -> Authorized<'a, ActivateOrganization> {
    let grant = Grant::System;
    Authorized { command, caller, grant }
}

fn main() {
    let _ = authorize;
}
