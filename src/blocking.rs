//! The storage traits and the registry for code without `async`.

pub use crate::store::blocking::{Erase, Snapshots, Store};
pub use crate::store::boxed::{BlockingBoxStore as BoxStore, boxed};

#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub use crate::registry::driver::blocking_driver::Registry;
