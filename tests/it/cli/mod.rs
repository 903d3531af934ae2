//! The command line at the real API of a world: what people see and what programs read.
//!
//! Each test is a transcript: the commands, what they print, what they note, how they end.

mod calendars;
mod connections;
mod feed;
mod keys;
mod office;
mod operations;
