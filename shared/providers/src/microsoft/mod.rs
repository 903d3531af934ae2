//! Outlook calendars through Microsoft Graph: notifications, events, subscriptions, tokens, errors.
//!
//! | module | what it holds |
//! |---|---|
//! | `webhook` | a batch of notifications, and the handshake |
//! | `delta` | reading what changed, page by page |
//! | `look_up` | reading single events and whole series |
//! | `event`, `when`, `zone`, `recurrence` | an event in calwatch's shape |
//! | `subscriptions` | creating, finding and ending a subscription |
//! | `token` | the token endpoint |
//! | `mailbox`, `request`, `failure` | what all requests and refusals have in common |

pub(crate) mod delta;
mod event;
mod failure;
pub(crate) mod look_up;
mod mailbox;
mod recurrence;
mod request;
pub(crate) mod subscriptions;
pub(crate) mod token;
pub(crate) mod webhook;
mod when;
mod zone;

pub(crate) use mailbox::mailbox_of;
