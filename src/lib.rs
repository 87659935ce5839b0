//! The domain core of a multi-tenant service.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod hex;
mod parsed;

pub mod email;
pub mod environment;
pub mod fingerprint;
pub mod id;
pub mod label;
pub mod name;
pub mod secret;
pub mod time;
