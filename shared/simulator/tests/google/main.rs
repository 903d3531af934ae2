//! What a faithful Google must do, one test per promise.

mod access;
mod control;
mod deliver;
mod faults;
mod fixtures;
mod kept;
mod list;
mod occurrences;
mod pages;
mod serve;
mod token;
mod watch;
mod world;
