//! The design under every kind of trouble, a few kinds at a time: small for every run of the
//! tests, larger for now and then.

use super::{Bounds, Budget};

const CALM: Bounds = Bounds::calm("calm");
const TWO: Budget = Budget {
    changes: 2,
    ..CALM.budget
};
const THREE: Budget = Budget {
    changes: 3,
    ..CALM.budget
};

/// Pages of one item, and invocations that stop between them.
const PAGED: Bounds = Bounds {
    page_items: 1,
    slices: true,
    ..CALM
};

/// Searched by every `cargo test`: well under a minute together.
#[must_use]
pub fn shallow() -> Vec<Bounds> {
    vec![
        Bounds {
            name: "crash",
            budget: Budget { crashes: 1, ..TWO },
            receivers: 2,
            workers: 2,
            ..CALM
        },
        Bounds {
            name: "storm and loss",
            budget: Budget { losses: 1, ..THREE },
            workers: 2,
            ..CALM
        },
        Bounds {
            name: "lease expires",
            budget: Budget { expiries: 1, ..TWO },
            receivers: 2,
            workers: 2,
            ..CALM
        },
        Bounds {
            name: "slices",
            budget: Budget { crashes: 1, ..TWO },
            workers: 2,
            ..PAGED
        },
        Bounds {
            name: "slices expire",
            budget: Budget { expiries: 1, ..TWO },
            workers: 2,
            ..PAGED
        },
        Bounds {
            name: "small transactions",
            budget: Budget { expiries: 1, ..TWO },
            transaction_items: 1,
            workers: 2,
            ..CALM
        },
        Bounds {
            name: "lost answers",
            budget: Budget { unknowns: 1, ..TWO },
            workers: 2,
            ..PAGED
        },
        Bounds {
            name: "refused pages",
            budget: Budget {
                refusals: 1,
                troubles: 1,
                lags: 1,
                ..TWO
            },
            ..PAGED
        },
        Bounds {
            name: "lag",
            budget: Budget {
                lags: 1,
                crashes: 1,
                ..TWO
            },
            ..CALM
        },
        Bounds {
            name: "partial lag and poll",
            budget: Budget { lags: 1, ..TWO },
            partial_lag: true,
            poll_heals: true,
            ..CALM
        },
        Bounds {
            name: "pause",
            budget: Budget {
                pauses: 1,
                crashes: 1,
                ..TWO
            },
            ..CALM
        },
        Bounds {
            name: "sqs repeats",
            budget: Budget {
                doubles: 1,
                crashes: 1,
                ..TWO
            },
            workers: 2,
            ..CALM
        },
        Bounds {
            name: "publishing",
            budget: Budget { crashes: 1, ..TWO },
            publishers: 2,
            ..CALM
        },
        Bounds {
            name: "bus failures",
            budget: Budget {
                bus_failures: 1,
                ..TWO
            },
            publishers: 2,
            ..CALM
        },
        Bounds {
            name: "two subscriptions",
            budget: Budget {
                redeliveries: 1,
                ..CALM.budget
            },
            subscriptions: 2,
            receivers: 2,
            ..CALM
        },
        Bounds {
            name: "activation",
            budget: Budget {
                activations: 1,
                retirements: 1,
                redeliveries: 1,
                ..CALM.budget
            },
            subscriptions: 2,
            ..CALM
        },
        Bounds {
            name: "lapsed records",
            budget: Budget {
                lapses: 1,
                redeliveries: 1,
                crashes: 1,
                ..TWO
            },
            ..CALM
        },
        Bounds {
            name: "reused identities",
            budget: Budget { lapses: 1, ..TWO },
            identity_reuse: true,
            ..CALM
        },
        Bounds {
            name: "comes to rest",
            budget: Budget {
                crashes: 1,
                expiries: 1,
                ..CALM.budget
            },
            workers: 2,
            publishers: 1,
            drain: true,
            ..PAGED
        },
    ]
}

/// Searched by `cargo run -p model --example deep`.
#[must_use]
pub fn deep() -> Vec<Bounds> {
    vec![
        Bounds {
            name: "two subscriptions, crash",
            budget: Budget {
                redeliveries: 1,
                crashes: 1,
                ..CALM.budget
            },
            subscriptions: 2,
            receivers: 2,
            ..CALM
        },
        Bounds {
            name: "two of everything",
            budget: Budget { crashes: 1, ..TWO },
            subscriptions: 2,
            ..CALM
        },
        Bounds {
            name: "crash and expiry",
            budget: Budget {
                crashes: 1,
                expiries: 1,
                ..TWO
            },
            receivers: 2,
            workers: 2,
            drain: true,
            ..CALM
        },
        Bounds {
            name: "pause and crash",
            budget: Budget {
                pauses: 1,
                crashes: 1,
                ..TWO
            },
            receivers: 2,
            workers: 2,
            ..CALM
        },
        Bounds {
            name: "pause twice",
            budget: Budget {
                pauses: 2,
                crashes: 1,
                ..TWO
            },
            sweepers: 2,
            drain: true,
            ..CALM
        },
        Bounds {
            name: "slices at worst",
            budget: Budget {
                crashes: 1,
                expiries: 1,
                ..TWO
            },
            workers: 3,
            ..PAGED
        },
        Bounds {
            name: "slices in a storm",
            budget: Budget {
                crashes: 1,
                ..THREE
            },
            workers: 2,
            ..PAGED
        },
        Bounds {
            name: "lost answers",
            budget: Budget {
                unknowns: 2,
                crashes: 1,
                ..TWO
            },
            workers: 2,
            ..PAGED
        },
        Bounds {
            name: "lost answers, refused pages",
            budget: Budget {
                unknowns: 1,
                refusals: 1,
                crashes: 1,
                ..THREE
            },
            page_items: 1,
            ..CALM
        },
        Bounds {
            name: "publishing at worst",
            budget: Budget {
                crashes: 1,
                bus_failures: 1,
                ..TWO
            },
            publishers: 2,
            drain: true,
            ..CALM
        },
        Bounds {
            name: "publishing in slices",
            budget: Budget { expiries: 1, ..TWO },
            publishers: 2,
            workers: 2,
            ..PAGED
        },
        Bounds {
            name: "activation at worst",
            budget: Budget {
                activations: 1,
                retirements: 1,
                redeliveries: 1,
                crashes: 1,
                ..CALM.budget
            },
            subscriptions: 2,
            ..CALM
        },
        Bounds {
            name: "poll, lag, crash",
            budget: Budget {
                polls: 1,
                crashes: 1,
                lags: 1,
                ..TWO
            },
            partial_lag: true,
            poll_heals: true,
            ..CALM
        },
        Bounds {
            name: "sqs at worst",
            budget: Budget {
                doubles: 1,
                losses: 1,
                crashes: 1,
                ..TWO
            },
            workers: 2,
            ..CALM
        },
    ]
}
