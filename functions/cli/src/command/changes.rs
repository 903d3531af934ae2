//! `calwatch changes`: the feed of a calendar, once or from now on.

use std::time::Duration;

use clap::Args;
use domain::CalendarId;

use super::follow::{Feed, Patience};
use super::{Session, Status};
use crate::answer::{Calendar, Change};
use crate::print::{clock, cut};

#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 done, 1 failed, 3 a snapshot is needed first.")]
pub(crate) struct ChangesCommand {
    /// The calendar's id
    calendar: CalendarId,
    /// Begin after this entry [default: from the start]
    #[arg(long, value_name = "N", conflicts_with = "new")]
    cursor: Option<u64>,
    /// Begin after the newest entry
    #[arg(long)]
    new: bool,
    /// Go on, and print each change as it comes, until Ctrl-C
    #[arg(long)]
    follow: bool,
    /// How many seconds to wait before asking again
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 2,
        value_parser = clap::value_parser!(u64).range(1..=3_600),
        requires = "follow"
    )]
    interval: u64,
}

impl ChangesCommand {
    /// Does it.
    pub(crate) async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let cursor = match (self.cursor, self.new) {
            (Some(cursor), _) => cursor,
            (None, false) => 0,
            (None, true) => {
                let path = format!("/api/calendars/{}", self.calendar);
                session.client.get::<Calendar>(&path).await?.said.last_seq
            }
        };
        let mut feed = Feed::new(self.calendar, cursor);
        let mut patience = Patience::new(Duration::from_secs(self.interval));
        loop {
            let error = match feed.next(&session.client).await {
                Ok(page) => {
                    if patience.is_tried() {
                        session.note("The API answers again.");
                    }
                    patience.renew();
                    for item in &page.items {
                        if session.json {
                            session.raw(item)?;
                        } else {
                            let change = serde_json::from_str(item.get())?;
                            session.lines(&lines(&change))?;
                        }
                    }
                    if page.has_more {
                        continue;
                    }
                    if !self.follow {
                        return Ok(Status::Done);
                    }
                    tokio::time::sleep(patience.interval()).await;
                    continue;
                }
                Err(error) => error,
            };
            if let Some(newest) = feed.is_lost(&error) {
                session.note(&advice(self.calendar, feed.cursor(), newest));
                return Ok(Status::ResyncRequired);
            }
            if !self.follow || !error.may_pass() {
                return Err(error.into());
            }
            let pause = patience.lose();
            let seconds = pause.as_secs();
            session.note(&format!("{error}; trying again in {seconds} s"));
            tokio::time::sleep(pause).await;
        }
    }
}

/// What a reader whose place is lost has to do.
fn advice(calendar: CalendarId, cursor: u64, newest: Option<u64>) -> String {
    let newest = newest.map_or(String::new(), |seq| format!(", the newest is {seq}"));
    format!(
        "calwatch: the entry after {cursor} is gone{newest}; take a snapshot and follow from it:\n  \
         calwatch events {calendar}"
    )
}

/// An entry in two lines: what happened, and to what.
pub(crate) fn lines(change: &Change) -> Vec<String> {
    let title = change
        .after
        .as_ref()
        .map(|event| match (&*event.status, &event.title) {
            ("cancelled", _) => "(cancelled)".to_owned(),
            (_, Some(title)) => cut(title, 41),
            (_, None) => "(no title)".to_owned(),
        });
    let what = match &change.after {
        Some(_) if !change.changed.is_empty() => cut(&change.changed.join(", "), 38),
        Some(event) => event.kind.clone(),
        None => String::new(),
    };
    let mut lines = vec![
        format!(
            "#{:<5} {:<9} {}  {what}",
            change.seq,
            change.kind,
            clock(change.at)
        )
        .trim_end()
        .to_owned(),
    ];
    if let Some(event) = &change.event {
        let title = title.unwrap_or_default();
        lines.push(format!("       {event}  {title}").trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str) -> Change {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn an_entry_fits_two_lines_of_a_terminal() {
        let change = change(
            r#"{"seq":1234,"at":"2026-11-25T04:01:12.3Z","type":"updated",
                "event":"evt_K3ZQ7YV2N5T6WJ4XRA2LMHC7DB","changed":["title","start","end","location"],
                "after":{"id":"evt_K3ZQ7YV2N5T6WJ4XRA2LMHC7DB","kind":"single","status":"confirmed",
                "title":"Quarterly planning with everybody who has ever been to one"}}"#,
        );

        let lines = lines(&change);

        assert_eq!(
            lines,
            [
                "#1234  updated   2026-11-25 04:01:12 UTC  title, start, end, location",
                "       evt_K3ZQ7YV2N5T6WJ4XRA2LMHC7DB  Quarterly planning with everybody who ha…",
            ]
        );
        assert!(lines.iter().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn a_resynchronisation_is_about_no_event() {
        let change = change(r#"{"seq":1,"at":"2026-11-25T04:01:12Z","type":"resynced"}"#);

        assert_eq!(lines(&change), ["#1     resynced  2026-11-25 04:01:12 UTC"]);
    }
}
