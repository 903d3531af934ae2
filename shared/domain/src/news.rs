//! What became of a connection, a calendar's push or a subscription, as product code hears it.

/// A change of state that is announced on the bus. Only the newest of a thing is: these are states
/// and no history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum News {
    /// The provider accepted a subscription.
    SubscriptionCreated,
    /// It lives longer.
    SubscriptionRenewed,
    /// It ended at the provider before another one took its place.
    SubscriptionLapsed,
    /// The provider refused it.
    SubscriptionFailed,
    /// The provider does not tell us of a calendar's changes; it is polled.
    PushLost,
    /// The provider tells us again.
    PushRestored,
    /// The provider, or our own configuration, does not let us use a grant at present.
    Degraded,
    /// A person must connect again.
    ReauthRequired,
    /// A grant works again.
    Recovered,
    /// A connection was ended.
    Revoked,
}

impl News {
    /// The bus's name for it, and the one in items.
    pub const fn name(self) -> &'static str {
        match self {
            News::SubscriptionCreated => "subscription.created",
            News::SubscriptionRenewed => "subscription.renewed",
            News::SubscriptionLapsed => "subscription.lapsed",
            News::SubscriptionFailed => "subscription.failed",
            News::PushLost => "calendar.push_lost",
            News::PushRestored => "calendar.push_restored",
            News::Degraded => "connection.degraded",
            News::ReauthRequired => "connection.reauth_required",
            News::Recovered => "connection.recovered",
            News::Revoked => "connection.revoked",
        }
    }

    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::SubscriptionCreated,
        Self::SubscriptionRenewed,
        Self::SubscriptionLapsed,
        Self::SubscriptionFailed,
        Self::PushLost,
        Self::PushRestored,
        Self::Degraded,
        Self::ReauthRequired,
        Self::Recovered,
        Self::Revoked,
    ];

    /// Reads a [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|news| news.name() == name)
    }
}
