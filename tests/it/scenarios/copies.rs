//! A copy of a state is cheap as it shares what it can; what happens to one of them is found in that
//! one alone, whether a copy is alive or not (laws G5, U3, A2).

use tenancy::command::{
    Batch, ChangeEmail, CreateAccount, CreateUser, InviteUser, LeaveOrganization, ProveEmail,
    RemoveUser, RenameAccount, RevokeInvitation,
};
use tenancy::query::OrganizationsOf;
use tenancy::role::OrganizationRole;

use crate::world::{World, email, name, person, table};

fn new(w: &World, user: &str) -> CreateUser {
    let role = OrganizationRole::Member;
    CreateUser::new(w.spot, name("New"), email(user), role)
}

/// Each row is run with a copy of the state in hand, as a host may hold one.
#[test]
fn what_was_given_up_is_free_while_a_copy_is_alive() {
    fn with_copy(w: &World, act: fn(&World)) {
        let copy = w.state(w.spot);
        act(w);
        drop(copy);
    }
    table(&[
        (
            "the address of a user who was removed",
            |w| {
                with_copy(w, |w| {
                    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                });
                w.run(&w.caller("ada"), &new(w, "mia"))
            },
            "user.created",
        ),
        (
            "which leads nowhere",
            |w| {
                with_copy(w, |w| {
                    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
                });
                let found = w.state(w.spot).user_by_email(&email("mia")).is_some();
                format!(
                    "{found} {}",
                    w.ask(&person("mia"), &OrganizationsOf::caller())
                )
            },
            "false []",
        ),
        (
            "the address of a user who has left",
            |w| {
                with_copy(w, |w| {
                    w.done(&w.caller("mia"), &LeaveOrganization::new(w.spot));
                });
                w.run(&w.caller("ada"), &new(w, "mia"))
            },
            "user.created",
        ),
        (
            "the address that a user has changed",
            |w| {
                with_copy(w, |w| {
                    let mia = w.caller("mia").with_proven(email("other"));
                    w.done(
                        &mia,
                        &ChangeEmail::new(w.spot, w.user("mia"), email("other")),
                    );
                    w.done(&mia, &ProveEmail::new(w.spot));
                });
                w.run(&w.caller("ada"), &new(w, "mia"))
            },
            "user.created",
        ),
        (
            "the address of an invitation that was taken back",
            |w| {
                let role = OrganizationRole::Member;
                let invite = InviteUser::new(w.spot, email("zoe"), role);
                let made = w.done(&w.caller("ada"), &invite);
                let copy = w.state(w.spot);
                w.done(&w.caller("ada"), &RevokeInvitation::new(w.spot, made.id));
                drop(copy);
                w.run(&w.caller("ada"), &new(w, "zoe"))
            },
            "user.created",
        ),
        (
            "the name that an account has changed",
            |w| {
                with_copy(w, |w| {
                    let rename = RenameAccount::new(w.spot, w.lab, name("Nova"));
                    w.done(&w.caller("ada"), &rename);
                });
                w.run(&w.caller("ada"), &CreateAccount::new(w.spot, name("Lab")))
            },
            "account.created",
        ),
    ]);
}

/// A batch tries its commands on a copy.
#[test]
fn what_was_given_up_is_free_in_the_same_batch() {
    table(&[
        (
            "the address of a user who is removed",
            |w| {
                let batch = Batch::new(w.spot)
                    .and(RemoveUser::new(w.spot, w.user("mia")))
                    .and(new(w, "mia"));
                w.run(&w.caller("ada"), &batch)
            },
            "user.removed, user.created",
        ),
        (
            "the address of an invitation that is taken back",
            |w| {
                let role = OrganizationRole::Member;
                let invite = InviteUser::new(w.spot, email("zoe"), role);
                let made = w.done(&w.caller("ada"), &invite);
                let batch = Batch::new(w.spot)
                    .and(RevokeInvitation::new(w.spot, made.id))
                    .and(new(w, "zoe"));
                w.run(&w.caller("ada"), &batch)
            },
            "invitation.revoked, user.created",
        ),
        (
            "the name that an account changes",
            |w| {
                let batch = Batch::new(w.spot)
                    .and(RenameAccount::new(w.spot, w.lab, name("Nova")))
                    .and(CreateAccount::new(w.spot, name("Lab")));
                w.run(&w.caller("ada"), &batch)
            },
            "account.renamed, account.created",
        ),
    ]);
}

/// A copy stays what it was.
#[test]
fn a_copy_does_not_change_with_the_original() {
    let w = World::new();
    let copy = w.state(w.spot);
    w.done(&w.caller("ada"), &RemoveUser::new(w.spot, w.user("mia")));
    let rename = RenameAccount::new(w.spot, w.lab, name("Nova"));
    w.done(&w.caller("ada"), &rename);
    let found = copy.user_by_email(&email("mia")).map(|user| user.id());
    assert_eq!(found, Some(w.user("mia")));
    let found = copy
        .account_by_name(&name("Lab"), w.now())
        .map(|it| it.id());
    assert_eq!(found, Some(w.lab));
    assert!(copy.account_by_name(&name("Nova"), w.now()).is_none());
}
