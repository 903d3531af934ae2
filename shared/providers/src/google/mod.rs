//! Google Calendar: its notifications, its events, its channels, its tokens and its errors.

pub(crate) mod channels;
pub(crate) mod event;
pub(crate) mod events;
mod failure;
mod request;
pub(crate) mod token;
pub(crate) mod webhook;
mod when;
