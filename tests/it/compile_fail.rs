//! What must not compile does not, and its twin, which differs in just that, does.
//!
//! The twins stand beside the failing programs, with `_twin` behind their names. The messages are
//! the compiler's: after a change of it, look at them, and write them anew with
//! `TRYBUILD=overwrite cargo test --all-features compile_fail`.

use trybuild::TestCases;

#[test]
fn what_must_not_compile_does_not() {
    let cases = TestCases::new();
    let mut names = vec![
        "authorization_by_hand",
        "authorization_of_another",
        "decision_without_authorization",
        "secret_cloned",
        "secret_serialised",
        "secret_shown",
    ];
    // Commands can be written from outside by the crate's own tests alone.
    if cfg!(feature = "__unsealed") {
        names.push("command_without_requirement");
    }
    for name in names {
        cases.compile_fail(format!("tests/it/compile_fail/{name}.rs"));
        cases.pass(format!("tests/it/compile_fail/{name}_twin.rs"));
    }
}
