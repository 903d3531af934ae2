//! What a provider told us, once its module has read it and the token was found good.

use jiff::Timestamp;

use crate::token::Claims;
use crate::{CorrelationId, Provider};

/// One authentic notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Who told us.
    pub provider: Provider,
    /// For whom, according to the token.
    pub claims: Claims,
    /// What an exact redelivery has in common with it, and no other notification has.
    /// Without one, nothing is taken for a redelivery.
    pub identity: Option<String>,
    /// The provider's name for the subscription. Google: `X-Goog-Resource-ID`.
    pub provider_id: String,
    /// What it says.
    pub signal: Signal,
    /// When we received it.
    pub received_at: Timestamp,
    /// Follows it through message, run, changes and bus.
    pub correlation: CorrelationId,
}

/// What a notification says. Never more than "look again".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The subscription has begun. Google: `sync`. Changes before it were never announced.
    Begun,
    /// Something changed. Google: `exists`, and every state we do not know.
    Changed,
    /// The resource may be gone. Google: `not_exists`. The next read tells.
    Missing,
}

impl Signal {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Signal::Begun => "begun",
            Signal::Changed => "changed",
            Signal::Missing => "missing",
        }
    }
}

/// What was done with a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Counted, and a message was sent for it.
    Forwarded,
    /// Counted; a read that starts later is already owed.
    Coalesced,
    /// Counted before: the provider repeated itself.
    Repeated,
    /// Authentic, but nobody watches that calendar through that subscription any more.
    Late,
    /// The calendar was erased; nothing is kept of it.
    Erased,
}

impl Outcome {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Forwarded => "forwarded",
            Outcome::Coalesced => "coalesced",
            Outcome::Repeated => "repeated",
            Outcome::Late => "late",
            Outcome::Erased => "erased",
        }
    }
}
