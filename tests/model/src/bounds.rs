//! How much trouble one exhaustive search may make: actors, page sizes and a budget of faults.

/// What may still happen. It is part of the state and shrinks as it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Changes the customer makes at the provider.
    pub changes: u8,
    /// Crashes of any actor between two of its effects.
    pub crashes: u8,
    /// Deliveries of a notification that was already delivered.
    pub redeliveries: u8,
    /// SQS messages handed to a second invocation.
    pub doubles: u8,
    /// SQS messages that vanish.
    pub losses: u8,
    /// Leases that expire while their holder still runs.
    pub expiries: u8,
    /// Provider reads that answer from a replica that lags.
    pub lags: u8,
    /// Pauses by an operator.
    pub pauses: u8,
    /// Requests whose answer is lost, and which may land late, twice or never.
    pub unknowns: u8,
    /// Reads refused by the provider with 429 or 5xx.
    pub troubles: u8,
    /// Page tokens refused by the provider.
    pub refusals: u8,
    /// Activations of the second subscription.
    pub activations: u8,
    /// Retirements of the first subscription once the second is live.
    pub retirements: u8,
    /// Records whose `dedup_until` passes while they linger in the table.
    pub lapses: u8,
    /// Polls that fall due without need.
    pub polls: u8,
    /// Bus calls in which the first entry fails and the others succeed.
    pub bus_failures: u8,
}

/// The size of one search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Shown in tables and test output.
    pub name: &'static str,
    /// Faults and events.
    pub budget: Budget,
    /// Receivers in flight at once (at most 2).
    pub receivers: u8,
    /// Workers in flight at once (at most 3).
    pub workers: u8,
    /// Sweepers in flight at once (at most 2); 0 means none ever runs.
    pub sweepers: u8,
    /// Publishers in flight at once (at most 2); 0 leaves publishing out.
    pub publishers: u8,
    /// Live subscriptions, 1 or 2.
    pub subscriptions: u8,
    /// Items on one page of the provider, 1 or 2.
    pub page_items: u8,
    /// Events in one transaction, 1 or 2.
    pub transaction_items: u8,
    /// Whether an invocation may stop between two pages and continue by a message.
    pub slices: bool,
    /// Whether a lagging replica may also show a part of what is missing.
    pub partial_lag: bool,
    /// Whether a poll follows every partial lag, as `poll_at` sees to.
    pub poll_heals: bool,
    /// Whether the provider reuses an identity once its record's `dedup_until` has passed.
    pub identity_reuse: bool,
    /// Whether every state is also run to its end without further faults (costly).
    pub drain: bool,
}

impl Bounds {
    /// One change, one subscription, one of each actor, two-item pages, no faults.
    #[must_use]
    pub const fn calm(name: &'static str) -> Self {
        Self {
            name,
            budget: Budget {
                changes: 1,
                crashes: 0,
                redeliveries: 0,
                doubles: 0,
                losses: 0,
                expiries: 0,
                lags: 0,
                pauses: 0,
                unknowns: 0,
                troubles: 0,
                refusals: 0,
                activations: 0,
                retirements: 0,
                lapses: 0,
                polls: 0,
                bus_failures: 0,
            },
            receivers: 1,
            workers: 1,
            sweepers: 1,
            publishers: 0,
            subscriptions: 1,
            page_items: 2,
            transaction_items: 2,
            slices: false,
            partial_lag: false,
            poll_heals: false,
            identity_reuse: false,
            drain: false,
        }
    }
}
