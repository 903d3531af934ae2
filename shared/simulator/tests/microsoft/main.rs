//! What a faithful Graph must do, one test per promise.

mod access;
mod events;
mod series;
mod token;
mod world;
