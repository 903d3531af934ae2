//! Every line that is printed: plain text, at most 80 columns.

use std::io::{self, Write};
use std::time::Duration;

use aws::tap::Announcement;
use domain::Provider;

/// Where the right-hand column begins.
const LEFT: usize = 44;

/// Where the name of a calendar begins, in lines that have one.
const NAME: usize = 26;

/// Prints one line. Whoever closed the pipe has seen enough; the demo goes on for its exit status.
pub(super) fn line(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// Prints the heading of an act, with a word on what the right-hand column tells.
pub(super) fn act(title: &str, right: &str) {
    line(&format!("\n{}", row("", title, right)));
}

/// Prints one step: what was done, and what came of it.
pub(super) fn step(done: &str, came: &str) {
    line(&row("  ", done, came));
}

/// Prints one step at one calendar. Without a word on what was done, it is what the line before says.
pub(super) fn at(done: &str, calendar: &str, came: &str) {
    let left = format!("  {done}");
    line(&row("", &format!("{left:<NAME$} {calendar}"), came));
}

/// Prints one step whose outcome arrived on the bus after so long.
pub(super) fn heard(done: &str, calendar: &str, said: &Announcement, after: Duration) {
    timed(done, calendar, &describe(said), after);
}

/// An announcement in a few words.
pub(super) fn describe(said: &Announcement) -> String {
    let short = said.name.strip_prefix("calendar.").unwrap_or(&said.name);
    let short = short.strip_prefix("event.").unwrap_or(short);
    let about = if said.changed.is_empty() {
        said.kind.clone().unwrap_or_default()
    } else {
        said.changed.join(", ")
    };
    format!("{short} #{} {about}", said.seq)
        .trim_end()
        .to_owned()
}

/// A number and a noun that agree with each other.
pub(super) fn count(number: impl Into<u64>, noun: &str) -> String {
    let number = number.into();
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// Prints one step whose outcome took so long.
pub(super) fn timed(done: &str, calendar: &str, came: &str, after: Duration) {
    let came = format!("{came:<28}{:>5.1} s", after.as_secs_f64());
    at(done, calendar, &came);
}

/// What people call a provider's calendars.
pub(super) const fn provider(provider: Provider) -> &'static str {
    match provider {
        Provider::Google => "Google",
        Provider::Microsoft => "Outlook",
    }
}

fn row(indent: &str, left: &str, right: &str) -> String {
    let left = format!("{indent}{left}");
    format!("{left:<LEFT$} {right}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use domain::{CalendarId, OrganizationId};

    use super::*;

    fn said(name: &str, kind: Option<&str>, changed: &[&str]) -> Announcement {
        Announcement {
            name: name.to_owned(),
            organization: OrganizationId::from_bytes([1; 16]),
            calendar: CalendarId::from_bytes([2; 16]),
            seq: 12,
            event: None,
            kind: kind.map(str::to_owned),
            changed: changed.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn an_announcement_is_told_in_a_few_words() {
        let created = said("calendar.event.created", Some("master"), &[]);
        let updated = said("calendar.event.updated", Some("single"), &["start", "end"]);
        let resynced = said("calendar.resynced", None, &[]);

        assert_eq!(describe(&created), "created #12 master");
        assert_eq!(describe(&updated), "updated #12 start, end");
        assert_eq!(describe(&resynced), "resynced #12");
    }

    #[test]
    fn a_step_at_a_calendar_keeps_the_columns() {
        let left = format!("  {}", "x".repeat(NAME - 2));

        let line = row(
            "",
            &format!("{left:<NAME$} Holidays, Outlook"),
            "created #2",
        );

        assert_eq!(line.find("Holidays"), Some(NAME + 1));
        assert_eq!(line.find("created"), Some(LEFT + 1));
    }

    #[test]
    fn a_step_fits_a_terminal() {
        let updated = said("calendar.event.updated", Some("single"), &["start", "end"]);
        let came = format!("{:<28}{:>5.1} s", describe(&updated), 10.25);

        let line = row("  ", &"x".repeat(LEFT - 2), &came);

        assert!(line.chars().count() <= 80, "{line}");
    }
}
