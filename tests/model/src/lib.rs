//! model
pub mod bounds;
pub mod calendar;
mod canonical;
pub mod check;
mod drain;
mod finish;
pub mod landmarks;
pub mod properties;
pub mod publish;
pub mod receive;
pub mod searches;
pub mod state;
pub mod sweep;
pub mod sync;
mod transaction;
pub mod variant;
pub mod world;
