//! Change notifications: what they look like and when they are sent.

use crate::state::State;

/// `changeType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Created,
    Updated,
    Deleted,
}

impl State {
    /// Tells every live subscription to a calendar that one of its events changed.
    pub(crate) fn announce_event(&mut self, _address: &str, _id: &str, _change: Change) {}

    /// The access tokens behind a user's subscriptions have ended.
    pub(crate) fn let_subscriptions_go_stale(&mut self, _user: &str) {}
}
