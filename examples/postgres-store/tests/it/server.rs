//! A private PostgreSQL server for one process of tests, in a temporary folder.
//!
//! It listens on a Unix socket in its folder alone. A shell watches over it: the server is stopped
//! and the folder removed when the shell's standard input ends, which it does with this process,
//! however that ends.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tenancy_postgres_store::{PostgresStore, Schema};
use tokio::runtime;
use tokio_postgres::{Client, Config, NoTls};

/// A server.
pub(crate) struct Server {
    binaries: PathBuf,
    folder: PathBuf,
    settings: &'static [&'static str],
    watch: Child,
}

impl Server {
    /// Returns the server that all tests of this process share. What it keeps need not be durable.
    ///
    /// Where there is no PostgreSQL, the process says so and ends, as if all had passed.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(&["fsync=off", "max_connections=300"]))
    }

    /// Starts a server of its own with these settings.
    pub(crate) fn start(settings: &'static [&'static str]) -> Self {
        let Some(binaries) = binaries() else {
            let line = "left out: all tests on PostgreSQL, as no server of version 15 or later is \
                        installed; POSTGRES_BIN names the folder of its programs\n";
            let _ = io::stderr().write_all(line.as_bytes());
            process::exit(0);
        };
        let made = unprivileged("mktemp").arg("-d").output().unwrap();
        let folder = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
        let made = unprivileged(binaries.join("initdb"))
            .args([
                "--auth=trust",
                "--username=postgres",
                "--no-sync",
                "--encoding=UTF8",
            ])
            // Not byte by byte: whatever is to be compared so has to say it.
            .args(["--locale=C.UTF-8", "--pgdata"])
            .arg(folder.join("data"))
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let watch = watch(&binaries, &folder, settings);
        let server = Self {
            binaries,
            folder,
            settings,
            watch,
        };
        server.wait();
        server
    }

    /// Stops the server as a loss of power would, and starts it again.
    pub(crate) fn crash(&mut self) {
        let mut input = self.watch.stdin.take().unwrap();
        input.write_all(b"keep\n").unwrap();
        self.watch.wait().unwrap();
        self.watch = watch(&self.binaries, &self.folder, self.settings);
        self.wait();
    }

    /// Returns how to connect to it as its superuser.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new();
        config
            .host_path(&self.folder)
            .user("postgres")
            .dbname("postgres");
        config.connect_timeout(Duration::from_secs(5));
        config
    }

    /// Returns a connection of its own, as its superuser.
    pub(crate) async fn connect(&self) -> Client {
        self.connect_as("postgres").await
    }

    /// Returns a connection of its own, as this role.
    pub(crate) async fn connect_as(&self, role: &str) -> Client {
        let (client, connection) = self.config().user(role).connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns a pool of connections.
    pub(crate) fn pool(&self, size: usize) -> Pool {
        self.pool_with(self.config(), size)
    }

    /// Returns a pool of connections that are made so.
    pub(crate) fn pool_with(&self, config: Config, size: usize) -> Pool {
        pool_of(Manager::from_config(config, NoTls, RECYCLING), size)
    }

    /// Returns an empty store in a schema of its own.
    pub(crate) async fn store(&self, connections: usize) -> PostgresStore {
        let store = PostgresStore::new(self.pool(connections), &fresh_schema());
        store.migrate().await.unwrap();
        store
    }

    /// Waits until it can be connected to.
    fn wait(&self) {
        for _ in 0..600 {
            // In a thread of its own, as it is called from within the runtime too.
            let connected = || runtime().block_on(self.config().connect(NoTls)).is_ok();
            let ready = thread::scope(|scope| scope.spawn(connected).join().unwrap());
            if ready {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the server does not start: {}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// Returns the runtime that all tests of this process share.
pub(crate) fn runtime() -> &'static runtime::Runtime {
    static RUNTIME: OnceLock<runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    })
}

pub(crate) fn pool_of(manager: Manager, size: usize) -> Pool {
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_secs(30)))
        .build()
        .unwrap()
}

/// Returns a name that no other schema of this process has.
pub(crate) fn fresh_schema() -> Schema {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("tenancy_{number}").parse().unwrap()
}

pub(crate) const RECYCLING: ManagerConfig = ManagerConfig {
    recycling_method: RecyclingMethod::Fast,
};

/// Starts the server, and a shell that stops it at the end of its own input.
fn watch(binaries: &Path, folder: &Path, settings: &[&str]) -> Child {
    const SCRIPT: &str = r#"
        trap : HUP INT TERM
        folder=$1; shift
        "$@" -D "$folder/data" -k "$folder" -c listen_addresses= >>"$folder/log" 2>&1 &
        read -r end
        kill -QUIT $!
        wait $!
        [ "$end" = keep ] || rm -rf "$folder"
    "#;
    unprivileged("sh")
        .args(["-c", SCRIPT, "watch"])
        .arg(folder)
        .arg(binaries.join("postgres"))
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Returns a command that is not run as root, which PostgreSQL refuses.
fn unprivileged(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let id = Command::new("id").arg("-u").output().unwrap();
    let mut command = Command::new(program.as_ref());
    if id.stdout.trim_ascii() == b"0" {
        command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]);
        command.arg(program);
    }
    command.current_dir(env::temp_dir());
    command
}

/// Returns the folder of the server's programs: the one that is named, or the latest installed.
fn binaries() -> Option<PathBuf> {
    let named = env::var_os("POSTGRES_BIN").map(PathBuf::from);
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<u32> = installed
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable();
    let latest = versions.pop().filter(|latest| *latest >= 15);
    let latest = latest.map(|latest| PathBuf::from(format!("/usr/lib/postgresql/{latest}/bin")));
    named
        .or(latest)
        .filter(|folder| folder.join("initdb").exists())
}
