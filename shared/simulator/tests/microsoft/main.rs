//! What a faithful Graph must do, one test per promise.

mod access;
mod events;
mod rounds;
mod series;
mod series_rounds;
mod token;
mod world;
