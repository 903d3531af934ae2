//! Figures in columns, at most eighty characters wide.

use std::fmt;
use std::time::Duration;

use crate::statistics::ratio;

/// One figure.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    value: String,
    /// In parts of the floor's.
    ratio: Option<f64>,
    /// What it may be, and whether it is.
    budget: Option<(String, bool)>,
}

impl Row {
    /// What the columns are.
    pub(crate) const HEAD: &str =
        "figure                                      value   × floor   budget";

    /// How long something takes, and the floor.
    pub(crate) fn time(figure: &str, of: &str, value: Duration, floor: Duration) -> Self {
        Self {
            name: format!("{figure}, {of}"),
            value: milliseconds(value),
            ratio: Some(ratio(value, floor)),
            budget: None,
        }
    }

    /// How large something is, and the floor.
    pub(crate) fn size(figure: &str, of: &str, bytes: u64, floor: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
        let ratio = bytes as f64 / floor as f64;
        Self {
            name: format!("{figure}, {of}"),
            value: megabytes(bytes),
            ratio: Some(ratio),
            budget: None,
        }
    }

    /// What could not be measured, and why.
    pub(crate) fn missing(figure: &str, why: &anyhow::Error) -> Self {
        Self {
            name: format!("{figure}: not measured, {why}"),
            value: String::new(),
            ratio: None,
            budget: None,
        }
    }

    /// With a budget, and whether it is kept.
    pub(crate) fn at_most(self, budget: &str, is_kept: bool) -> Self {
        Self {
            budget: Some((format!("≤ {budget}"), is_kept)),
            ..self
        }
    }

    /// With a budget in parts of the floor.
    pub(crate) fn at_most_of_floor(self, most: f64) -> Self {
        let is_kept = self.ratio.is_some_and(|ratio| ratio <= most);
        self.at_most(&format!("{most} ×"), is_kept)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, .. } = self;
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}"));
        let ratio = ratio.unwrap_or_default();
        let budget = budget(self.budget.as_ref());
        let line = format!("{name:<38}{value:>11}{ratio:>10}   {budget}");
        f.write_str(line.trim_end())
    }
}

/// A budget, and a remark if it is exceeded.
pub(crate) fn budget(budget: Option<&(String, bool)>) -> String {
    match budget {
        None => String::new(),
        Some((budget, true)) => budget.clone(),
        Some((budget, false)) => format!("{budget}  over"),
    }
}

fn milliseconds(value: Duration) -> String {
    format!("{:.2} ms", value.as_secs_f64() * 1_000.0)
}

fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit is shown")]
    let megabytes = bytes as f64 / 1_000_000.0;
    format!("{megabytes:.1} MB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let value = Duration::from_micros(123_456);
        Row::time("CPU of a notification", "coalesced", value, value / 2)
    }

    #[test]
    fn a_row_fits_a_terminal_and_its_head() {
        let text = row().at_most_of_floor(1.25).to_string();

        assert!(text.chars().count() <= 80, "{text}");
        let budget =
            |line: &str| line.chars().count() - line.rsplit("   ").next().unwrap().chars().count();
        assert_eq!(budget(&text), budget(Row::HEAD));
    }

    #[test]
    fn a_budget_that_is_exceeded_says_so() {
        assert!(row().at_most_of_floor(1.9).to_string().ends_with("over"));
        assert!(row().at_most_of_floor(2.0).to_string().ends_with("≤ 2 ×"));
    }
}
