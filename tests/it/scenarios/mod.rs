//! What can happen between a provider and the bus, one test per thing.
//!
//! Every scenario ends with the mirror being what the provider has, event by event: once through
//! our own audit, and once past all of our own code, by comparing stored documents with the raw
//! JSON of the provider.

mod changes;
mod failures;
mod forgeries;
mod grants;
mod hints;
mod hostile;
mod late;
mod microsoft;
mod paging;
mod publishing;
mod queues;
mod rebuilds;
mod scene;
mod series;
mod tables;
mod tenants;
mod truth;
mod watching;

pub(crate) use paging::slice;
pub(crate) use scene::{
    arrives, channel, clean, hours, inbox, items, minutes, pass, rows, seconds, settled,
    settled_from_nothing, small_pages, titled,
};
pub(crate) use truth::is_true;
