//! The command line by itself: what it says, and how it copes with an API that does not answer.
//!
//! What its commands do at the real API is in `tests/it/cli`.

mod documents;
mod help;
mod outages;
mod paper;
mod profile;
mod stub;
