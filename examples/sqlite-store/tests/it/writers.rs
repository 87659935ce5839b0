//! Many writers, of one process and of several, on one file.

use core::ops::ControlFlow;

use tenancy_store_workload::{Parked, Workload};

use crate::{audited, processes, quick};

/// Lets 16 writers write, and audits what they left.
fn write(organizations: u32, count: usize, commands: u64) {
    let directory = tempfile::tempdir().unwrap();
    let options = quick(&directory);
    let workload = Workload::new(organizations, 16, commands, 1);
    let registries = processes(&options, count);
    let ledger = workload.run(&registries, &Parked, &|_| ControlFlow::Continue(()));
    drop(registries);
    eprintln!("{organizations} organizations, {count} stores: {ledger}");
    eprintln!("{}", audited(&options, &ledger));
    assert_eq!(ledger.unanswered, []);
    assert!(u64::try_from(ledger.acknowledged.len()).unwrap() > commands / 5);
}

#[test]
fn one_organization_of_one_process() {
    write(1, 1, 2_000);
}

#[test]
fn one_organization_of_four_processes() {
    write(1, 4, 2_000);
}

#[test]
fn a_hundred_organizations_of_one_process() {
    write(100, 1, 4_000);
}

#[test]
fn a_hundred_organizations_of_four_processes() {
    write(100, 4, 4_000);
}
