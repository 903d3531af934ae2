//! List prices of us-east-1 in 2026, in dollars per million, and what a notification costs.
//!
//! Logs are left out: what a notification logs is chosen with `LOG_LEVEL`.

use std::time::Duration;

use crate::bill::Bill;

/// A request through an HTTP API.
const API_REQUEST: f64 = 1.00;
/// An invocation.
const INVOCATION: f64 = 0.20;
/// A second of a gigabyte on arm64, a million of them.
const GIGABYTE_SECOND: f64 = 13.3334;
/// The function's memory in gigabytes, as the template sets it.
const GIGABYTES: f64 = 0.25;
/// A unit of writing, on demand.
const WRITE: f64 = 0.625;
/// A unit of reading, on demand.
const READ: f64 = 0.125;
/// A message to a standard queue.
const MESSAGE: f64 = 0.40;
/// The surcharge for a group.
const FAIR: f64 = 0.10;

/// What a million such notifications cost.
pub(crate) fn dollars_per_million(bill: &Bill, billed: Duration) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a notification asks for a handful"
    )]
    let of = |units: u64, price: f64| units as f64 * price;
    API_REQUEST
        + INVOCATION
        + GIGABYTES * billed.as_secs_f64() * GIGABYTE_SECOND
        + of(bill.writes, WRITE)
        + of(bill.reads, READ)
        + of(bill.messages, MESSAGE)
        + of(bill.fair_messages, FAIR)
}

/// How long an invocation is billed: waiting for AWS and its CPU time, in whole milliseconds.
///
/// A function with 256 MB has a seventh of a CPU, but has it as 2.9 ms of every 20, and a
/// notification needs less than that.
pub(crate) fn billed(waiting: Duration, cpu: Duration) -> Duration {
    let microseconds = (waiting + cpu).as_micros();
    let milliseconds = microseconds.div_ceil(1_000);
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_asks_for_nothing_costs_the_gateway_and_the_invocation() {
        let dollars = dollars_per_million(&Bill::default(), Duration::ZERO);

        assert!((dollars - 1.20).abs() < 1e-9);
    }

    #[test]
    fn a_millisecond_begun_is_billed() {
        let billed = billed(Duration::from_millis(15), Duration::from_micros(1));

        assert_eq!(billed, Duration::from_millis(16));
    }

    #[test]
    fn a_leading_notification_costs_what_a_hand_calculation_says() {
        let bill = Bill {
            calls: 4,
            reads: 1,
            writes: 4,
            messages: 1,
            fair_messages: 1,
            ..Bill::default()
        };

        let dollars = dollars_per_million(&bill, Duration::from_millis(20));

        // 1.00 + 0.20 + 0.25 × 0.020 × 13.3334 + 4 × 0.625 + 0.125 + 0.40 + 0.10
        assert!((dollars - 4.3917).abs() < 1e-4, "{dollars}");
    }
}
