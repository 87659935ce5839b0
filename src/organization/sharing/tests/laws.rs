//! Whatever no decision makes breaks a law.

use super::*;

/// Law L5, seen broken: two payers at a time, a payer that is paid for, and times on one side alone.
#[test]
fn payments_that_no_decision_made_break_the_law() {
    let mut w = World::new("abc");
    w.accept(AB, NOV, &pays());
    w.accept(('c', 'b'), NOV, &pays());
    assert_eq!(w.broken(), [Law::L5], "two payers");
    let mut w = World::new("abc");
    w.accept(AB, NOV, &pays());
    w.accept(('b', 'c'), NOV, &pays());
    assert_eq!(w.broken(), [Law::L5], "a payer that is paid for");
    let mut w = World::new("ab");
    w.accept(
        AB,
        NOV,
        &Terms::new(Shares::new().payment(), Shares::new().payment()),
    );
    assert_eq!(w.broken(), [Law::L5, Law::L5], "each pays for the other");
    // One behind the other is right.
    let mut w = World::new("abc");
    w.accept(AB, NOV, &pays());
    w.end(AB, NOV);
    w.accept(('c', 'b'), NOV, &pays());
    w.accept(
        ('b', 'a'),
        "2027-01-05T00:00:00Z",
        &Terms::new(Shares::new().reports(), Shares::new()),
    );
    assert_eq!(w.broken(), []);
}

/// Laws L1, L2, O6, seen broken in one state.
#[test]
fn links_that_no_decision_made_break_their_laws() {
    let reports = Terms::new(Shares::new().reports(), Shares::new());
    let mut w = World::new("ab");
    w.accept(AB, NOV, &reports);
    w.propose(('b', 'a'), NOV, &reports);
    assert_eq!(w.broken(), [Law::L1, Law::L1], "two live links of a pair");
    let mut w = World::new("ab");
    w.accept(AB, NOV, &reports);
    w.end(AB, NOV);
    w.propose(('b', 'a'), NOV, &reports);
    assert_eq!(w.broken(), [], "one behind the other");
    let mut w = World::new("ab");
    let link = w.propose(AB, NOV, &reports);
    assert_eq!(w.broken(), []);
    w.apply('a', NOV, Event::LinkDeclined(LinkDeclined { link }));
    assert_eq!(w.broken(), [Law::L1, Law::L1], "declined by one");
    let mut w = World::new("a");
    w.propose(('a', 'a'), NOV, &reports);
    let found = w.broken();
    assert!(found.contains(&Law::L1), "with itself: {found:?}");
    for terms in [
        reports.clone(),
        Terms::new(
            Shares::new().delegation(Delegation::new(AccountRole::Viewer, Accounts::All)),
            Shares::new(),
        ),
    ] {
        let mut w = World::new("ab");
        let link = w.accept(AB, NOV, &terms);
        let (role, accounts) = (AccountRole::Editor, Accounts::All);
        let delegated = LinkDelegated {
            link,
            role,
            accounts,
        };
        w.apply('a', NOV, Event::LinkDelegated(delegated));
        assert_eq!(w.broken(), [Law::L2], "more than the terms");
    }
    let mut w = World::new("ab");
    let link = w.propose(AB, NOV, &reports);
    w.apply(
        'a',
        NOV,
        Event::OrganizationPurged(OrganizationPurged { erased: false }),
    );
    assert_eq!(w.broken(), [Law::O6], "{link} can be answered");
}
