//! Receiving Microsoft Graph's notifications: handshakes, batches, lifecycle events and strangers.

mod batches;
mod calls;
mod crash;
mod fixtures;
mod handshake;
mod identities;
mod lifecycle;
mod limits;
mod logs;
mod scene;
mod tenants;
