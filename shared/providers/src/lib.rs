//! What each calendar service says, and how to talk to it.
//!
//! **Invariant:** no other crate knows a provider's wire format, and nothing in this crate knows
//! AWS, the environment or the time. A provider is a folder; each provider-independent entry point
//! ([`webhook`], [`calendar`], [`grant`]) is one `match` on it. No URL that a provider sends is
//! ever requested, and no error repeats what it sends, apart from its bare error codes.
//!
//! | module | what it holds |
//! |---|---|
//! | [`webhook`] | reading a notification, without asking anybody |
//! | [`calendar`] | reading changes; creating and ending a subscription |
//! | [`grant`] | turning what a customer granted into an access token |
//! | [`probe`] | what a stranger would send, to try a deployment with |

pub mod calendar;
mod client;
mod fields;
mod fit;
mod google;
pub mod grant;
mod microsoft;
pub mod probe;
mod purchase;
mod request;
mod transport;
pub mod webhook;

pub use calendar::{
    After, Ask, Found, Page, Place, ReadError, Standing, Start, WatchError, Watching, Wish,
};
pub use client::{Client, Error, Settings};
pub use transport::Outage;
