//! Outlook calendars through Microsoft Graph: notifications, events, subscriptions, tokens, errors.
//!
//! | module | what it holds |
//! |---|---|
//! | `webhook` | a batch of notifications, and the handshake |
//! | `delta` | reading what changed, page by page |
//! | `look_up` | reading single events and whole series |
//! | `event` | an item of a page, or the answer about one event, in calwatch's shape |
//! | `occurrence` | which occurrence of a series is meant, and when it would have started |
//! | `recurrence` | a pattern and its range as a line of RFC 5545 |
//! | `when` | a point on a calendar |
//! | `zone` | the zone behind a name; `windows` is the table it looks into |
//! | `subscriptions` | creating, finding and ending a subscription |
//! | `token` | the token endpoint |
//! | `mailbox`, `request`, `failure` | what all requests and refusals have in common |

pub(crate) mod delta;
pub(crate) mod event;
mod failure;
pub(crate) mod look_up;
mod mailbox;
mod occurrence;
mod recurrence;
mod request;
pub(crate) mod subscriptions;
pub(crate) mod token;
pub(crate) mod webhook;
mod when;
mod windows;
mod zone;

pub(crate) use mailbox::mailbox_of;
