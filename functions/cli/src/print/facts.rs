//! What is known of one thing, line by line.

use super::plain;

/// The lines of labels and what belongs to them.
pub(crate) fn facts(facts: &[(&str, String)]) -> Vec<String> {
    let labels = facts.iter().map(|(label, _)| label.chars().count());
    let width = labels.max().unwrap_or(0);
    facts
        .iter()
        .map(|(label, value)| {
            let value = plain(value);
            format!("{label:<width$}  {value}").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_line_up_behind_their_labels() {
        let lines = facts(&[("Id", "cal_1".to_owned()), ("Status", "active".to_owned())]);

        assert_eq!(lines, ["Id      cal_1", "Status  active"]);
    }
}
