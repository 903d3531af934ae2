//! What calwatch does: the order in which things happen.
//!
//! **Invariant:** no HTTP, no JSON, no Lambda. What to do is decided in `domain`; here it is done,
//! one effect after the other, so that each function reads as the list of its effects. A crash
//! between any two of them loses nothing: the comments say why.

pub mod ambient;
pub mod announce;
pub mod audit;
pub mod connect;
mod error;
pub mod grants;
pub mod keys;
pub mod manage;
pub mod permits;
pub mod publish;
pub mod receive;
pub mod renew;
pub mod rotate;
pub mod stop;
pub mod sweep;
pub mod switches;
pub mod sync;
pub mod watch;

pub use ambient::Ambient;
pub use error::{Error, error_chain};
