//! What people see: tables, facts and times, in plain text of 80 columns.
//!
//! Identifiers are never cut, since somebody copies them; titles are.

mod facts;
mod table;
mod time;

pub(crate) use facts::facts;
pub(crate) use table::Table;
pub(crate) use time::{ago, clock, moment, seconds, when};

/// Somebody else's text in at most so many columns, and nothing in it that steers a terminal.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    let plain = plain(text);
    if plain.chars().count() <= columns {
        return plain;
    }
    let mut short: String = plain.chars().take(columns.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Somebody else's text without control characters: a title may hold an escape sequence.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// A number and a noun that agree with each other.
pub(crate) fn count(number: impl Into<u64>, noun: &str) -> String {
    let number = number.into();
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_can_not_steer_the_terminal() {
        assert_eq!(cut("\u{1b}[2JLunch\r\nand more", 12), " [2JLunch  …");
        assert_eq!(cut("Lunch", 5), "Lunch");
    }
}
