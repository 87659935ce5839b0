//! The domain core of a multi-tenant service.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod environment;
pub mod fingerprint;
mod hex;
pub mod secret;
pub mod time;
