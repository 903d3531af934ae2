//! Figures in columns, at most eighty characters wide.

use std::fmt;
use std::time::Duration;

/// One figure.
#[derive(Debug)]
pub(crate) struct Row {
    /// Of what.
    pub(crate) name: String,
    /// With its unit.
    pub(crate) value: String,
    /// In parts of the floor's.
    pub(crate) ratio: Option<f64>,
    /// What it may be, and whether it is.
    pub(crate) budget: Option<(String, bool)>,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, value, .. } = self;
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}"));
        let ratio = ratio.unwrap_or_default();
        let line = format!(
            "{name:<36}{value:>12}{ratio:>10}   {}",
            budget(self.budget.as_ref())
        );
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

/// A time.
pub(crate) fn milliseconds(value: Duration) -> String {
    format!("{:.2} ms", value.as_secs_f64() * 1_000.0)
}

/// A size.
pub(crate) fn megabytes(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
    let megabytes = bytes as f64 / 1_000_000.0;
    format!("{megabytes:.1} MB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_fits_a_terminal() {
        let row = Row {
            name: "CPU per notification, coalesced".to_owned(),
            value: milliseconds(Duration::from_micros(123_456)),
            ratio: Some(100.0),
            budget: Some(("≤ 1.25 ×".to_owned(), false)),
        };

        assert!(row.to_string().chars().count() <= 80, "{row}");
    }
}
