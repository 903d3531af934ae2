//! A small AWS in this process, for tests: the real SDKs talk to it, and it fails when told to.

mod cloud;

pub use cloud::{
    BusEvent, Call, Clock, Cloud, CrashPoints, Ended, Failure, Message, MessageState, On,
    QueueSettings, Service, at_every_crash_point,
};
pub mod world;

pub use world::World;
