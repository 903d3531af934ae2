//! The middle of some measurements, and how far they lie apart.

use std::time::Duration;

/// The middle one.
pub(crate) fn median(values: &[Duration]) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// How far the middle half of them lies apart, in parts of the middle one.
pub(crate) fn spread(values: &[Duration]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = |quarter: usize| sorted.get(quarter * sorted.len() / 4).copied();
    let (Some(low), Some(high)) = (at(1), at(3)) else {
        return 0.0;
    };
    ratio(high.saturating_sub(low), median(values))
}

/// One in parts of the other.
pub(crate) fn ratio(value: Duration, floor: Duration) -> f64 {
    if floor.is_zero() {
        return f64::NAN;
    }
    value.as_secs_f64() / floor.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds<const N: usize>(values: [u64; N]) -> [Duration; N] {
        values.map(Duration::from_millis)
    }

    #[test]
    fn the_median_does_not_care_about_one_that_was_held_up() {
        let values = milliseconds([5, 4, 900, 6, 5]);

        assert_eq!(median(&values), Duration::from_millis(5));
        assert_eq!(median(&[]), Duration::ZERO);
    }

    #[test]
    fn the_spread_is_that_of_the_middle_half() {
        let values = milliseconds([8, 9, 10, 11, 900]);

        assert!((spread(&values) - 0.2).abs() < 1e-9);
    }
}
