//! `calwatch runs`: how a calendar was read.

use clap::Args;
use domain::CalendarId;

use super::{Session, Status};
use crate::answer::Run;
use crate::print::{Table, ago, count};

#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// The calendar's id
    calendar: CalendarId,
}

impl Runs {
    /// Does it.
    pub(crate) async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let path = format!("/api/calendars/{}/runs", self.calendar);
        let runs = session.client.list::<Run>(&path).await?;
        if session.json {
            session.raw_list(&runs)?;
            return Ok(Status::Done);
        }
        let mut table = Table::new(["RUN", "STARTED", "REASON", "OUTCOME", "CHANGES"]);
        for run in &runs {
            let run = &run.said;
            table.row([
                run.id.clone(),
                ago(run.started_at, session.now()),
                run.reason.clone(),
                run.outcome.clone(),
                run.changes.to_string(),
            ]);
            let (pages, items) = (count(run.pages, "page"), count(run.items, "item"));
            table.below(&format!("{pages}, {items}"));
        }
        session.table(&table)?;
        Ok(Status::Done)
    }
}
