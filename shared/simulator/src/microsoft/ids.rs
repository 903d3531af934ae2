//! Event ids: random for what a person makes, and following from their series for occurrences.

use jiff::civil::Date;

use crate::random::{Random, derived};

/// How the real ones begin; they are told apart by case.
const PREFIX: &str = "AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A";

/// Between a series' id and the date in an occurrence's.
const OCCURRENCE: &str = "FRAAgI";

pub(crate) fn event(random: &mut Random) -> String {
    format!("{PREFIX}{}AAA", random.token(31))
}

pub(crate) fn bulk(calendar: &str, n: u32) -> String {
    let tail = derived(0, calendar).token(22);
    format!("{PREFIX}{tail}{}AAA", letters(n))
}

/// The id of an occurrence, which a moved one keeps.
pub(crate) fn occurrence(series: &str, date: Date) -> String {
    let number =
        i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day());
    format!("{series}{OCCURRENCE}{}", letters(number.unsigned_abs()))
}

/// The series and the date in an occurrence's id.
pub(crate) fn parts(id: &str) -> Option<(&str, Date)> {
    let (series, letters) = id.rsplit_once(OCCURRENCE)?;
    let digits = letters.bytes().map(|letter| letter.checked_sub(b'A'));
    let number = digits.take(8).try_fold(0_i32, |number, digit| {
        digit
            .filter(|digit| *digit < 16)
            .map(|digit| number * 16 + i32::from(digit))
    })?;
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    let day = i8::try_from(number % 100).ok()?;
    Some((series, Date::new(year, month, day).ok()?))
}

/// What `cancelledOccurrences` and `occurrenceId` say.
pub(crate) fn oid(series: &str, date: Date) -> String {
    format!("OID.{series}.{date}")
}

fn letters(number: u32) -> String {
    let digit = |place: u32| char::from(b'A' + (number >> (4 * place) & 15) as u8);
    (0..7).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_occurrence_leads_back_to_its_series() {
        let date = jiff::civil::date(2026, 11, 12);

        assert_eq!(parts(&occurrence("AAkA", date)), Some(("AAkA", date)));
        assert_eq!(parts("AAkA"), None);
    }
}
