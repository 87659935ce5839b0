//! Many writers on any store for tenancy, and the audit of what they left.
//!
//! The conformance rules of the crate try a store's methods one by one. This package tries the
//! store as a service does: [`Workload::run`] lets many threads run random commands through one
//! registry or several, and notes in a [`Ledger`] what was acknowledged to them. [`audit`] then
//! reads everything that the store holds and says whether it is what was acknowledged, and whether
//! the laws of the crate hold behind every record. [`Audit::served_by`] says whether a registry
//! serves the same. A [`Carry`] is an organization that moves into a store and lives on there.
//!
//! ```
//! use core::ops::ControlFlow;
//! use tenancy::environment::SystemEnvironment;
//! use tenancy::store::{MemoryStore, Ready};
//! use tenancy::{Registry, Settings};
//! use tenancy_store_workload::{Parked, Wait as _, Workload, audit};
//!
//! let (store, settings) = (Ready::new(MemoryStore::new()), Settings::new("acme".parse()?));
//! let registry = Registry::new(&store, SystemEnvironment::new(), settings);
//! let registries = [registry];
//!
//! let workload = Workload::new(2, 4, 200, 7);
//! let ledger = workload.run(&registries, &Parked, &|_| ControlFlow::Continue(()));
//! println!("{ledger}");
//! let found = Parked.wait(audit(&store, &ledger))?;
//! println!("{found}");
//! Parked.wait(found.served_by(&registries[0]))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

extern crate alloc;

use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::thread::{self, Thread};

mod audit;
mod carry;
mod ledger;
mod mix;
mod replay;
mod workload;

pub use audit::{Audit, AuditError, audit};
pub use carry::Carry;
pub use ledger::Ledger;
pub use workload::Workload;

/// How a thread waits for a future: the host's choice, as its store may live in a runtime.
pub trait Wait: Sync {
    /// Waits for the end of a future.
    fn wait<T: Future>(&self, future: T) -> T::Output;
}

/// Parks the thread until it is woken: for stores that need no runtime.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a way to wait, and nothing more")]
pub struct Parked;

impl Wait for Parked {
    fn wait<T: Future>(&self, future: T) -> T::Output {
        struct Unpark(Thread);

        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }

        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }
}
