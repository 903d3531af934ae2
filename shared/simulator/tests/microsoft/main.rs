//! What a faithful Graph must do, one test per promise.

mod access;
mod batch;
mod control;
mod deliver;
mod events;
mod faults;
mod fixtures;
mod handshake;
mod kept;
mod lifecycle;
mod rounds;
mod series;
mod series_rounds;
mod serve;
mod subscriptions;
mod token;
mod world;
