//! The edge: everything that knows it runs in a Lambda.
//!
//! **Invariant:** environment variables are read in [`config`] and nowhere else, and only here
//! does an outcome become an HTTP status, an acknowledged message or a failed invocation.
//!
//! A function's `main` is [`start_logging`], a `connect_…`, and one verb: [`serve`],
//! [`serve_router`], [`consume`] or one of those by the clock.

pub mod config;
mod connect;
mod logging;
pub mod schedule;
pub mod sqs;
pub mod webhook;

pub use connect::{
    Worker, connect_auditor, connect_connector, connect_founder, connect_management,
    connect_receiver, connect_renewer, connect_rotator, connect_sweeper, connect_syncer,
    connect_watcher, system, turn_everywhere,
};
pub use lambda_http::run as serve_router;
pub use lambda_runtime::Error;
pub use logging::{log_to, start_logging};
pub use schedule::{renew_on_schedule, sweep_on_schedule};
pub use sqs::consume;
pub use webhook::serve;
