//! What a provider told us, once its module has read it and the token was found good.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::subscription::Attention;
use crate::token::Claims;
use crate::{CorrelationId, Provider, SubscriptionId};

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
    /// The provider's name for the subscription. Google: `X-Goog-Resource-ID`. Graph:
    /// `subscriptionId`.
    pub provider_id: String,
    /// What it says.
    pub signal: Signal,
    /// When we received it.
    pub received_at: Timestamp,
    /// Follows it through message, run, changes and bus. Those that were counted together share it.
    pub correlation: CorrelationId,
    /// Its place among those that share the correlation, which names it if it has no identity.
    pub place: usize,
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
    /// Some notifications were not delivered. Graph: `missed`.
    Missed,
    /// The provider ended the subscription. Graph: `subscriptionRemoved`.
    Removed,
    /// The subscription ends unless it is authorized again. Graph: `reauthorizationRequired`. It
    /// says nothing of the calendar.
    Reauthorize,
    /// An event in a subscription's life that we do not know. A read is cheap.
    Unknown,
}

impl Signal {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Signal::Begun => "begun",
            Signal::Changed => "changed",
            Signal::Missing => "missing",
            Signal::Missed => "missed",
            Signal::Removed => "removed",
            Signal::Reauthorize => "reauthorize",
            Signal::Unknown => "unknown",
        }
    }

    /// Whether the calendar may have changed.
    pub const fn asks_for_a_read(self) -> bool {
        match self {
            Signal::Begun
            | Signal::Changed
            | Signal::Missing
            | Signal::Missed
            | Signal::Removed
            | Signal::Unknown => true,
            Signal::Reauthorize => false,
        }
    }

    /// What it proves of the way here.
    pub const fn hearing(self) -> Hearing {
        match self {
            Signal::Changed | Signal::Missing | Signal::Unknown => Hearing::Change,
            Signal::Begun => Hearing::FirstWord,
            Signal::Missed | Signal::Removed | Signal::Reauthorize => Hearing::Nothing,
        }
    }

    /// What the subscription itself needs.
    pub const fn attention(self) -> Option<Attention> {
        match self {
            Signal::Begun
            | Signal::Changed
            | Signal::Missing
            | Signal::Missed
            | Signal::Unknown => None,
            Signal::Removed => Some(Attention::Removed),
            Signal::Reauthorize => Some(Attention::Reauthorize),
        }
    }
}

/// A short name for what tells one notification from another; two lists of texts never share one.
///
/// A provider's own texts have no length that we may rely on, and a key of a table does.
pub fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // With its length before it, "ab" and "c" are not "a" and "bc".
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// The identity of a notification that came through this subscription.
///
/// The subscription is the verified token's and nobody's claim, so one tenant can not record what
/// another is about to be told.
pub fn identity(subscription: SubscriptionId, within: &str) -> String {
    format!("{subscription}#{within}")
}

/// What a notification proves of the way from the provider to us, the lesser proof first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hearing {
    /// That the provider can reach us, and not that it tells us of changes.
    Nothing,
    /// That a subscription's first notification arrives.
    FirstWord,
    /// That changes are told.
    Change,
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
    /// It asks for no read; the subscription's row was marked.
    Noted,
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
            Outcome::Noted => "noted",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const SIGNALS: [Signal; 7] = [
        Signal::Begun,
        Signal::Changed,
        Signal::Missing,
        Signal::Missed,
        Signal::Removed,
        Signal::Reauthorize,
        Signal::Unknown,
    ];

    #[test]
    fn all_but_the_request_to_authorize_again_ask_for_a_read() {
        let silent = SIGNALS.into_iter().filter(|it| !it.asks_for_a_read());

        assert!(silent.eq([Signal::Reauthorize]));
    }

    #[test]
    fn attention_is_called_like_the_signal_that_asks_for_it() {
        for signal in SIGNALS {
            if let Some(attention) = signal.attention() {
                assert_eq!(attention.name(), signal.name());
            }
        }
    }

    #[test]
    fn an_identity_belongs_to_one_subscription() {
        let one = SubscriptionId::from_bytes([1; 16]);
        let other = SubscriptionId::from_bytes([2; 16]);

        assert_ne!(identity(one, "7"), identity(other, "7"));
        assert!(identity(one, "7").starts_with(&one.to_string()));
    }

    proptest! {
        #[test]
        fn a_fingerprint_is_short_and_names_one_list(
            one in vec(".{0,20}", 0..5),
            other in vec(".{0,20}", 0..5),
        ) {
            let of = |parts: &[String]| {
                let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
                fingerprint(&parts)
            };
            prop_assert_eq!(of(&one).len(), 43);
            prop_assert_eq!(of(&one) == of(&other), one == other);
        }

        #[test]
        fn where_a_text_is_cut_matters(text in "[a-c]{2,8}", cut in 1..8_usize) {
            let (left, right) = text.split_at(cut.min(text.len() - 1));
            prop_assert_ne!(fingerprint(&[left, right]), fingerprint(&[&text]));
            prop_assert_ne!(fingerprint(&[left, right]), fingerprint(&[&text, ""]));
        }
    }
}
