//! Connections that break at the place in a commit that a test names.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};

use deadpool_postgres::{Connect, Manager};
use tenancy_postgres_store::PostgresStore;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, NoTls};

use crate::server::{RECYCLING, Server, fresh_schema, pool_of, runtime};

/// What is to happen to the next commit.
#[derive(Default)]
struct Fault(AtomicU32);

impl Fault {
    const NONE: u32 = 0;
    /// Nothing of it leaves.
    const UNSENT: u32 = 1;
    /// The half of it leaves.
    const HALF_SENT: u32 = 2;
    /// All of it leaves, and nobody waits for the answer.
    const SENT: u32 = 3;
    /// It is done, and no answer comes.
    const UNANSWERED: u32 = 4;
    /// It is done, and the half of an answer comes.
    const HALF_ANSWERED: u32 = 5;
    /// From now on everything fails.
    const BROKEN: u32 = 6;
}

fn faults() -> &'static Mutex<HashMap<String, Arc<Fault>>> {
    static FAULTS: OnceLock<Mutex<HashMap<String, Arc<Fault>>>> = OnceLock::new();
    FAULTS.get_or_init(Mutex::default)
}

/// Returns an empty store in a schema of its own, with commits that [`interrupt`] can break.
pub(crate) fn store(server: &Server, connections: usize) -> PostgresStore {
    let fault = Arc::<Fault>::default();
    let schema = fresh_schema();
    faults()
        .lock()
        .unwrap()
        .insert(schema.as_str().into(), Arc::clone(&fault));
    let connect = Faulty {
        folder: server.folder().into(),
        fault,
    };
    let manager = Manager::from_connect(server.config(), connect, RECYCLING);
    let store = PostgresStore::new(pool_of(manager, connections), &schema);
    runtime()
        .block_on(async {
            store.migrate().await.unwrap();
            server
                .connect()
                .await
                .batch_execute(&SUICIDE.replace("schema", schema.as_str()))
                .await
        })
        .unwrap();
    store
}

/// Opens again what a store kept.
pub(crate) fn reopen(server: &Server, store: &PostgresStore, connections: usize) -> PostgresStore {
    let fault = faults().lock().unwrap()[store.schema().as_str()].clone();
    let connect = Faulty {
        folder: server.folder().into(),
        fault,
    };
    let manager = Manager::from_connect(server.config(), connect, RECYCLING);
    PostgresStore::new(pool_of(manager, connections), store.schema())
}

/// Lets the next commit of the store fail at a place.
pub(crate) fn interrupt(server: &Server, store: &PostgresStore, place: u32) {
    // The server's process ends itself as it writes this row: the receipt, one of the records, or
    // the last of all.
    let row = match place {
        3 => 1,
        4 => 3,
        5 => 7,
        _ => 0,
    };
    if row > 0 {
        let sql = format!("SELECT setval('{}.rows', {})", store.schema(), -1 - row);
        runtime()
            .block_on(async { server.connect().await.batch_execute(&sql).await })
            .unwrap();
    }
    let fault = match place {
        0 => Fault::UNSENT,
        1 => Fault::HALF_SENT,
        2 => Fault::SENT,
        6 => Fault::UNANSWERED,
        7 => Fault::HALF_ANSWERED,
        _ => Fault::NONE,
    };
    faults().lock().unwrap()[store.schema().as_str()]
        .0
        .store(fault, Ordering::SeqCst);
}

/// A sequence is not rolled back, so the row is counted once.
const SUICIDE: &str = "
    CREATE SEQUENCE schema.rows MINVALUE -100 START 1;
    CREATE FUNCTION schema.suicide() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF nextval('schema.rows') = -1 THEN
            PERFORM pg_terminate_backend(pg_backend_pid());
            PERFORM pg_sleep(10);
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER suicide AFTER INSERT ON schema.receipts FOR EACH ROW EXECUTE FUNCTION schema.suicide();
    CREATE TRIGGER suicide AFTER INSERT ON schema.records FOR EACH ROW EXECUTE FUNCTION schema.suicide();
    CREATE TRIGGER suicide AFTER INSERT ON schema.pending FOR EACH ROW EXECUTE FUNCTION schema.suicide();
";

/// Makes connections that break.
struct Faulty {
    folder: std::path::PathBuf,
    fault: Arc<Fault>,
}

type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl Connect for Faulty {
    fn connect(&self, config: &Config) -> Connecting<'_> {
        let config = config.clone();
        Box::pin(async move {
            let socket = self.folder.join(".s.PGSQL.5432");
            let stream = UnixStream::connect(socket)
                .await
                .expect("the server is there");
            let fault = Arc::clone(&self.fault);
            let stream = Breaking {
                stream,
                fault,
                phase: Fault::NONE,
            };
            let (client, connection) = config.connect_raw(stream, NoTls).await?;
            let connection = tokio::spawn(async { drop(connection.await) });
            Ok((client, connection))
        })
    }
}

struct Breaking {
    stream: UnixStream,
    fault: Arc<Fault>,
    /// Which fault is under way here.
    phase: u32,
}

fn broken<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
}

impl AsyncWrite for Breaking {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // A statement that is run begins with the message Bind.
        if self.phase == Fault::NONE && bytes.first() == Some(&b'B') {
            self.phase = self.fault.0.swap(Fault::NONE, Ordering::SeqCst);
        }
        match self.phase {
            Fault::UNSENT | Fault::BROKEN => {
                self.phase = Fault::BROKEN;
                broken()
            }
            Fault::HALF_SENT => {
                self.phase = Fault::BROKEN;
                Pin::new(&mut self.stream).poll_write(context, &bytes[..bytes.len() / 2])
            }
            _ => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Breaking {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.phase {
            Fault::SENT | Fault::BROKEN => broken(),
            Fault::UNANSWERED | Fault::HALF_ANSWERED => {
                let start = buffer.filled().len();
                match Pin::new(&mut self.stream).poll_read(context, buffer) {
                    Poll::Ready(Ok(())) if self.phase == Fault::HALF_ANSWERED => {
                        let end = buffer.filled().len();
                        buffer.set_filled(start + (end - start) / 2);
                        self.phase = Fault::BROKEN;
                        Poll::Ready(Ok(()))
                    }
                    Poll::Ready(_) => broken(),
                    Poll::Pending => Poll::Pending,
                }
            }
            _ => Pin::new(&mut self.stream).poll_read(context, buffer),
        }
    }
}
