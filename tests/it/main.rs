//! The product as a whole, in one process: the functions' code behind the real SDKs, a small AWS,
//! and simulated providers.

mod api;
mod both;
mod calls;
mod cli;
mod crash;
mod equivalence;
mod events;
mod events_of;
mod first;
mod import;
mod logs;
mod permits;
mod receiving;
mod renewal;
mod scenarios;
mod surface;
mod switches;
mod tidy;
