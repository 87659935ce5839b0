//! A process that is killed while it writes leaves what it acknowledged, and nothing half done.

use core::ops::ControlFlow;
use core::time::Duration;
use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use tenancy::blocking::Store as _;
use tenancy::store::{CommandKey, Receipt};
use tenancy_sqlite_store::{Options, SqliteStore};
use tenancy_store_workload::{Ledger, Parked, Workload};

use crate::{audited, processes};

const FILES: u64 = 10;

const KILLS_A_FILE: u64 = 11;

/// Says to the test below that it is the process to be killed, and what it writes to.
const FILE: &str = "TENANCY_KILL_FILE";

const SEED: &str = "TENANCY_KILL_SEED";

#[test]
fn what_was_acknowledged_survives_a_kill() {
    #[expect(clippy::disallowed_methods, reason = "another seed each time")]
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let seed = u64::try_from(seed.as_micros()).unwrap();
    eprintln!("{} kills, seed {seed}", FILES * KILLS_A_FILE);
    let (mut acknowledged, mut records) = (0, 0);
    for file in 0..FILES {
        let directory = tempfile::tempdir().unwrap();
        let options = Options::new(directory.path().join("tenancy.db"));
        let (mut ledger, mut receipts) = (Ledger::default(), Vec::new());
        let mut found = 0;
        for kill in 0..KILLS_A_FILE {
            let seed = seed + file * KILLS_A_FILE + kill;
            receipts.extend(write_and_die(&options, seed));
            let commands = receipts.iter().map(|(command, _)| command);
            ledger.acknowledged = commands.cloned().collect();
            found = audited(&options, &ledger).records;
            let store = SqliteStore::open_with(&options).unwrap();
            for (command, told) in &receipts {
                assert_eq!(store.receipt(command).unwrap().as_ref(), Some(told));
            }
        }
        acknowledged += receipts.len();
        records += found;
    }
    eprintln!("{acknowledged} acknowledged commands, {records} records: all there, all whole");
    assert!(acknowledged > 1_000, "too few to say anything");
}

/// Runs a process on the file, kills it at a random moment, and returns what it acknowledged.
fn write_and_die(options: &Options, seed: u64) -> Vec<(CommandKey, Receipt)> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::the_process_that_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FILE, options.path())
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    let heard = thread::spawn(move || {
        // A line that was cut off was not heard.
        let whole = lines.split(b'\n').map_while(Result::ok);
        whole
            .filter_map(|line| serde_json::from_slice(&line).ok())
            .collect()
    });
    // From before the file is opened to the middle of the work.
    let micros = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    thread::sleep(Duration::from_micros(micros % 250_000));
    child.kill().unwrap();
    child.wait().unwrap();
    heard.join().unwrap()
}

#[test]
#[ignore = "it never ends by itself, and is run and killed by the test above"]
fn the_process_that_is_killed() {
    let (Ok(file), Ok(seed)) = (env::var(FILE), env::var(SEED)) else {
        return;
    };
    let registries = processes(&Options::new(file), 2);
    let store = registries[0].store().get();
    let workload = Workload::new(3, 4, u64::MAX, seed.parse().unwrap());
    workload.run(&registries, &Parked, &|command| {
        let receipt = store.receipt(command).unwrap().unwrap();
        let line = serde_json::to_string(&(command, receipt)).unwrap();
        // In one piece, past the capture of the test runner.
        io::stdout()
            .write_all(format!("{line}\n").as_bytes())
            .unwrap();
        io::stdout().flush().unwrap();
        ControlFlow::Continue(())
    });
}
