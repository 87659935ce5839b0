//! Whoever is given an authorization may read it.
use tenancy::Caller;
use tenancy::access::Authorized;
use tenancy::command::ActivateOrganization;
use tenancy::decision::Grant;

fn read<'a>(
    authorized: &Authorized<'a, ActivateOrganization>,
) -> (&'a ActivateOrganization, &'a Caller, Grant) {
    (authorized.command(), authorized.caller(), authorized.grant())
}

fn main() {
    let _ = read;
}
