//! One channel or subscription at a provider, and its life.

use jiff::Timestamp;

use crate::token::Target;
use crate::{OrganizationId, Provider, SubscriptionId};

/// A row of the subscriptions table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Ours; Google's channel id as well.
    pub id: SubscriptionId,
    /// The tenant.
    pub organization: OrganizationId,
    /// What is watched.
    pub target: Target,
    /// Where.
    pub provider: Provider,
    /// How far it got.
    pub state: State,
    /// The provider's own name, needed to stop it. Google: `resourceId`.
    pub provider_id: Option<String>,
    /// When the provider forgets it, as the provider said.
    pub expires_at: Option<Timestamp>,
    /// When the row was written, which is before the provider was asked.
    pub created_at: Timestamp,
}

/// How far a subscription got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// The row is there; the provider's answer is not. After a crash it may live there all the same.
    Pending,
    /// The provider accepted it.
    Active,
    /// The provider refused it.
    Failed,
    /// We stopped it, or want to.
    Stopped,
}

impl State {
    /// The name in items and logs.
    pub const fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Active => "active",
            State::Failed => "failed",
            State::Stopped => "stopped",
        }
    }

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        [State::Pending, State::Active, State::Failed, State::Stopped]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// What a provider said a subscription needs. Renewal, a later release, reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attention {
    /// It ends soon unless it is authorized again.
    Reauthorize,
    /// It is gone; another one has to take its place. That outlives every other need.
    Removed,
}

impl Attention {
    /// The name in items: the signal's.
    pub const fn name(self) -> &'static str {
        match self {
            Attention::Reauthorize => "reauthorize",
            Attention::Removed => "removed",
        }
    }
}
