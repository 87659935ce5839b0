//! Commits in a second, and how long one takes.

use std::time::Duration;

use tenancy::command::CreateUser;
use tenancy::environment::SystemEnvironment;
use tenancy::role::OrganizationRole;
use tenancy::store::{Commit, Store as _};
use tenancy::{Registry, Settings};
use tenancy_postgres_store::PostgresStore;
use tokio::task::JoinSet;

use crate::floor::{Floor, Rows};
use crate::server::{Server, runtime};
use crate::{median, micros, now, tape};

const TURNS: usize = 12;
const PER_TURN: usize = 60;

/// One writer's commits, cut into turns.
type Turns = Vec<Vec<Commit>>;

/// Prints commits in a second for 1 and 16 connections.
pub(crate) fn table(server: &Server) {
    println!("  connections  ours/s  loop/s  ratio  one statement/s  ratio");
    for connections in [1, 16] {
        let (ours, sides) = runtime().block_on(measure(server, connections));
        let [(looped, loop_ratio), (whole, whole_ratio)] = sides;
        println!(
            "  {connections:<11}  {ours:>6.0}  {looped:>6.0}  {loop_ratio:>5.2}  {whole:>15.0}  {whole_ratio:>5.2}"
        );
    }
}

/// Returns our commits in a second, and those of both floors with the ratio to ours.
async fn measure(server: &Server, connections: usize) -> (f64, [(f64, f64); 2]) {
    let stores = [
        server.store(connections).await,
        server.store(1).await,
        server.store(1).await,
    ];
    let mut writers: Vec<Turns> = Vec::new();
    let mut floors = Vec::new();
    for writer in 0..connections {
        let (_, mut commits) = tape::record(writer, TURNS * PER_TURN, 1);
        for store in &stores {
            store.commit(&commits[0]).await.unwrap();
        }
        let rest = commits.split_off(1);
        writers.push(rest.chunks(PER_TURN).map(<[Commit]>::to_vec).collect());
        let floor = async |store: &PostgresStore| {
            Floor::new(server.connect().await, store.schema().as_str()).await
        };
        floors.push((floor(&stores[1]).await, floor(&stores[2]).await));
    }
    let store: &'static PostgresStore =
        Box::leak(Box::new(server_store(server, &stores[0], connections)));
    let mut rows: Vec<[f64; 3]> = Vec::new();
    for turn in 0..TURNS {
        let ours = turn_of_ours(store, &writers, turn).await;
        let looped;
        let whole;
        (looped, floors) = turn_of_floor(floors, &writers, turn, false).await;
        (whole, floors) = turn_of_floor(floors, &writers, turn, true).await;
        rows.push([ours, looped, whole]);
    }
    // The first turn finds nothing prepared.
    rows.remove(0);
    let total = (connections * PER_TURN) as f64;
    let rate = |place: usize| total / median(rows.iter().map(|row| row[place]).collect());
    let ratio = |place: usize| median(rows.iter().map(|row| row[place] / row[0]).collect());
    (rate(0), [(rate(1), ratio(1)), (rate(2), ratio(2))])
}

/// Opens the same schema again, with so many connections.
fn server_store(server: &Server, store: &PostgresStore, connections: usize) -> PostgresStore {
    PostgresStore::new(server.pool(connections), store.schema())
}

async fn turn_of_ours(store: &'static PostgresStore, writers: &[Turns], turn: usize) -> f64 {
    let mut tasks = JoinSet::new();
    let parts: Vec<_> = writers.iter().map(|turns| turns[turn].clone()).collect();
    let start = now();
    for commits in parts {
        tasks.spawn(async move {
            for commit in &commits {
                store.commit(commit).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    start.elapsed().as_secs_f64()
}

async fn turn_of_floor(
    floors: Vec<(Floor, Floor)>,
    writers: &[Turns],
    turn: usize,
    whole: bool,
) -> (f64, Vec<(Floor, Floor)>) {
    let parts: Vec<Vec<Rows>> = writers
        .iter()
        .map(|turns| turns[turn].iter().map(Rows::of).collect())
        .collect();
    let mut tasks = JoinSet::new();
    let start = now();
    for ((mut looped, mut at_once), rows) in floors.into_iter().zip(parts) {
        tasks.spawn(async move {
            for rows in &rows {
                match whole {
                    true => at_once.run_whole(rows).await,
                    false => looped.run(rows).await,
                }
            }
            (looped, at_once)
        });
    }
    let floors = tasks.join_all().await;
    (start.elapsed().as_secs_f64(), floors)
}

/// Prints how long a command takes, beside one small INSERT.
pub(crate) fn latency(server: &Server) {
    let (command, insert, select, ratio) = runtime().block_on(async {
        let store = server.store(2).await;
        let client = server.connect().await;
        client
            .batch_execute("CREATE TABLE IF NOT EXISTS small (number bigint)")
            .await
            .unwrap();
        let insert = client
            .prepare("INSERT INTO small VALUES ($1)")
            .await
            .unwrap();
        let select = client.prepare("SELECT 1").await.unwrap();
        let settings = Settings::new("acme".parse().unwrap());
        let registry = Registry::new(&store, SystemEnvironment::new(), settings);
        let ada = tenancy::Caller::person("ada@example.com".parse().unwrap());
        let sign_up =
            tenancy::command::SignUp::new("Acme".parse().unwrap(), "Ada".parse().unwrap());
        let made = registry.run(&ada, &sign_up).await.unwrap();
        let mut times: Vec<[Duration; 3]> = Vec::new();
        for number in 0..600_i64 {
            let name = format!("User {number}").parse().unwrap();
            let address = format!("user{number}@example.com").parse().unwrap();
            let role = OrganizationRole::Member;
            let create = CreateUser::new(made.organization, name, address, role);
            let start = now();
            registry.run(&made.caller(), &create).await.unwrap();
            let command = start.elapsed();
            let start = now();
            client.execute(&insert, &[&number]).await.unwrap();
            let inserted = start.elapsed();
            let start = now();
            client.query(&select, &[]).await.unwrap();
            times.push([command, inserted, start.elapsed()]);
        }
        times.drain(..100);
        let of = |place: usize| median(times.iter().map(|it| micros(it[place])).collect());
        let ratio = median(
            times
                .iter()
                .map(|it| micros(it[0]) / micros(it[1]))
                .collect(),
        );
        (of(0), of(1), of(2), ratio)
    });
    println!(
        "  command {command:.0} us, one INSERT {insert:.0} us ({ratio:.2}x), SELECT 1 {select:.0} us"
    );
}
