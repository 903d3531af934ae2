//! The design with one guard taken out, which must be caught, and with one thing done otherwise,
//! which must not matter.

use super::{Bounds, Budget, Search, Variant, Verdict};
use crate::properties::{
    DRAINS, FEED, I2, I3, I4, I5, NO_STRAY_DUE, ON_BUS, PUB_DUE, RECORDS, SYN,
};

const CALM: Bounds = Bounds::calm("calm");
const ONE: Budget = CALM.budget;
const TWO: Budget = Budget { changes: 2, ..ONE };
const THREE: Budget = Budget { changes: 3, ..ONE };

const CRASH: Bounds = Bounds {
    name: "1 change, crash",
    budget: Budget { crashes: 1, ..ONE },
    ..CALM
};
const TWO_CRASH: Bounds = Bounds {
    name: "2 changes, crash",
    budget: Budget { crashes: 1, ..TWO },
    ..CALM
};
const EXPIRY: Bounds = Bounds {
    name: "2 changes, expiry",
    budget: Budget { expiries: 1, ..TWO },
    workers: 2,
    ..CALM
};
const PAGES: Bounds = Bounds {
    name: "2 changes, slices",
    budget: TWO,
    page_items: 1,
    slices: true,
    workers: 2,
    ..CALM
};
const LAG: Bounds = Bounds {
    name: "2 changes, lag",
    budget: Budget { lags: 1, ..TWO },
    ..CALM
};
const PAUSE: Bounds = Bounds {
    name: "1 change, pause",
    budget: Budget { pauses: 1, ..ONE },
    ..CALM
};
const PUBLISH: Bounds = Bounds {
    name: "2 changes, publishing",
    budget: TWO,
    publishers: 1,
    ..CALM
};
const UNKNOWN: Bounds = Bounds {
    name: "lost answer on a page",
    budget: Budget { unknowns: 1, ..TWO },
    page_items: 1,
    ..CALM
};
const REFUSED: Bounds = Bounds {
    name: "refused page, lag",
    budget: Budget {
        refusals: 1,
        lags: 1,
        ..TWO
    },
    page_items: 1,
    ..CALM
};
const PARTIAL: Bounds = Bounds {
    name: "partial lag",
    partial_lag: true,
    ..LAG
};
const ACTIVATION: Bounds = Bounds {
    name: "activation",
    budget: Budget {
        activations: 1,
        retirements: 1,
        redeliveries: 1,
        ..ONE
    },
    subscriptions: 2,
    ..CALM
};

/// Each lacks one guard and must violate the named property.
#[must_use]
pub fn mutants() -> Vec<Search> {
    let mutant = |variant, property, bounds| Search {
        variant,
        bounds,
        verdict: Verdict::Violates(property),
    };
    vec![
        mutant(Variant::RecordBeforeBump, I3, CRASH),
        mutant(Variant::RecordBesideBump, I3, CRASH),
        mutant(
            Variant::LookIgnoresDedupUntil,
            I3,
            Bounds {
                name: "reused identity",
                budget: Budget { lapses: 1, ..TWO },
                identity_reuse: true,
                ..CALM
            },
        ),
        mutant(
            Variant::ActivationWithoutBump,
            I3,
            Bounds {
                name: "1 change, activation",
                ..ACTIVATION
            },
        ),
        mutant(
            Variant::FinishWithCurrentReq,
            I3,
            Bounds {
                name: "2 changes",
                budget: TWO,
                ..CALM
            },
        ),
        mutant(
            Variant::FinishWithSliceG,
            I3,
            Bounds {
                name: "3 changes, slices",
                budget: THREE,
                ..PAGES
            },
        ),
        mutant(Variant::NoFeedFence, I3, EXPIRY),
        mutant(Variant::NoInboxFence, SYN, EXPIRY),
        mutant(Variant::FenceRaisedByWrites, I3, EXPIRY),
        mutant(
            Variant::LeaseOwnedByMessage,
            I3,
            Bounds {
                name: "sqs repeats",
                budget: Budget { doubles: 1, ..TWO },
                workers: 2,
                ..CALM
            },
        ),
        mutant(Variant::NoSeqGuard, FEED, UNKNOWN),
        mutant(
            Variant::NoRoundGuard,
            RECORDS,
            Bounds {
                name: "lost answer, refused page",
                budget: Budget {
                    unknowns: 1,
                    refusals: 1,
                    crashes: 1,
                    ..THREE
                },
                sweepers: 0, // The way there does not need one, and it is long.
                ..UNKNOWN
            },
        ),
        mutant(Variant::ExtendByFenceAlone, NO_STRAY_DUE, UNKNOWN),
        mutant(Variant::CursorBeforeRows, I3, CRASH),
        mutant(Variant::DueRemovedSeparately, I4, TWO_CRASH),
        mutant(
            Variant::TrailingWithoutDue,
            I4,
            Bounds {
                name: "2 changes, loss",
                budget: Budget { losses: 1, ..TWO },
                ..CALM
            },
        ),
        mutant(
            Variant::NoEcho,
            I5,
            Bounds {
                name: "1 change, lag",
                budget: Budget { lags: 1, ..ONE },
                ..CALM
            },
        ),
        mutant(Variant::EchoAfterLeadingRunOnly, I5, LAG),
        mutant(
            Variant::NoVersionCompare,
            I2,
            Bounds {
                name: "lag in a repeated page",
                budget: Budget {
                    changes: 4,
                    crashes: 1,
                    lags: 1,
                    ..ONE
                },
                partial_lag: true,
                poll_heals: true,
                transaction_items: 1,
                sweepers: 0, // The message comes back by itself.
                ..CALM
            },
        ),
        mutant(Variant::FoundOutlivesRestart, I5, REFUSED),
        mutant(
            Variant::BlindEcho,
            RECORDS,
            Bounds {
                name: "3 changes, lag",
                budget: Budget { lags: 1, ..THREE },
                ..CALM
            },
        ),
        mutant(Variant::MarkAlwaysClears, PUB_DUE, PUBLISH),
        mutant(Variant::MarkRereadsLastSeq, ON_BUS, PUBLISH),
        mutant(
            Variant::FailedEntrySkipped,
            ON_BUS,
            Bounds {
                name: "1 change, bus failure",
                budget: Budget {
                    bus_failures: 1,
                    ..ONE
                },
                ..PUBLISH
            },
        ),
        mutant(Variant::PubDueAfterRound, PUB_DUE, PUBLISH),
        mutant(Variant::NoSweeper, I4, CRASH),
        mutant(Variant::BlindRemoval, I4, PAUSE),
        mutant(Variant::ResumeWithoutDue, I4, PAUSE),
        mutant(Variant::ResumeWithoutBump, I3, PAUSE),
        mutant(
            Variant::PollMovesFirst,
            I5,
            Bounds {
                name: "poll, partial lag, crash",
                budget: Budget {
                    crashes: 1,
                    ..LAG.budget
                },
                poll_heals: true,
                ..PARTIAL
            },
        ),
    ]
}

/// Each does one thing otherwise, and every property holds all the same.
#[must_use]
pub fn harmless() -> Vec<Search> {
    let harmless = |variant, bounds| Search {
        variant,
        bounds,
        verdict: Verdict::Holds,
    };
    vec![
        harmless(Variant::NoTrailingMessage, TWO_CRASH),
        harmless(
            Variant::OverdueSendWithoutClaim,
            Bounds {
                name: "2 changes, loss",
                budget: Budget { losses: 1, ..TWO },
                receivers: 2,
                workers: 2,
                ..CALM
            },
        ),
        harmless(Variant::AckAfterLostFence, EXPIRY),
        harmless(Variant::NoVersionCompare, EXPIRY),
        harmless(
            Variant::LookIgnoresDedupUntil,
            Bounds {
                name: "lapsed, never reused",
                budget: Budget {
                    lapses: 1,
                    redeliveries: 2,
                    crashes: 1,
                    ..ONE
                },
                ..CALM
            },
        ),
        harmless(Variant::LookCountsLate, ACTIVATION),
        harmless(Variant::HintOvertakesEcho, LAG),
        harmless(Variant::EchoAlways, PARTIAL),
    ]
}

/// What the design does not promise, so that nobody believes it does.
#[must_use]
pub fn limits() -> Vec<Search> {
    vec![Search {
        variant: Variant::Design,
        bounds: PARTIAL,
        verdict: Verdict::Violates(I5),
    }]
}

/// Shows that coming to rest is worth asking for: what is lost without a sweeper stays lost.
#[must_use]
pub fn restless() -> Search {
    Search {
        variant: Variant::NoSweeper,
        bounds: Bounds {
            drain: true,
            ..CRASH
        },
        verdict: Verdict::Violates(DRAINS),
    }
}
