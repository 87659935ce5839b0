#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod hex;
mod json;
mod parsed;

pub mod access;
pub mod action;
pub mod blocking;
pub mod caller;
pub mod catalog;
pub mod command;
pub mod decision;
pub mod email;
pub mod environment;
pub mod fingerprint;
pub mod id;
pub mod label;
pub mod log;
pub mod name;
pub mod observer;
pub mod organization;
pub mod personal;
pub mod query;
pub mod record;
pub mod refusal;
pub mod registry;
pub mod resource;
pub mod role;
pub mod secret;
pub mod settings;
pub mod statement;
pub mod store;
pub mod text;
pub mod time;
pub mod view;

#[cfg(feature = "std")]
#[doc(inline)]
pub use crate::registry::Registry;
#[doc(inline)]
pub use crate::{
    access::Access,
    caller::Caller,
    decision::Decision,
    organization::Organization,
    record::Record,
    refusal::Refusal,
    registry::{Answer, Error, Failure, Freshness, Origin, Request},
    resource::Resource,
    settings::Settings,
};
