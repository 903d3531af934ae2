//! `calwatch refresh-subscriptions`: subscribe again.

use clap::Args;
use domain::CalendarId;
use serde_json::json;

use super::{Session, Status};
use crate::answer::{Calendar, Subscription};
use crate::print::count;

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true)))]
pub(crate) struct Refresh {
    /// This calendar; may be repeated
    #[arg(long, value_name = "CALENDAR", group = "which")]
    calendar: Vec<CalendarId>,
    /// Every calendar that is active
    #[arg(long, group = "which")]
    all: bool,
    /// List the calendars, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Refresh {
    /// Does it, one calendar after the other: providers limit how fast anyone may subscribe.
    pub(crate) async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let calendars = if self.all {
            active(&session).await?
        } else {
            self.calendar.iter().map(ToString::to_string).collect()
        };
        if self.dry_run {
            for calendar in &calendars {
                session.line(calendar)?;
            }
            let number = count(calendars.len() as u64, "calendar");
            session.note(&format!("Would subscribe again to {number}."));
            return Ok(Status::Done);
        }
        let progress = session.terminal.progress(calendars.len(), "Subscribing");
        let mut failed = 0;
        for calendar in &calendars {
            let body = json!({ "calendar": calendar });
            let asked = session
                .client
                .post::<Subscription>("/api/webhook-subscriptions", &body, None)
                .await;
            progress.inc(1);
            // The bar steps aside for each line.
            let session = &mut session;
            progress.suspend(|| match &asked {
                Ok(made) if session.json => session.raw(&made.raw),
                Ok(made) => session.line(&format!("{calendar}  {}", made.said.id)),
                Err(error) => {
                    failed += 1;
                    session.note(&format!("{calendar}: {error}"));
                    Ok(())
                }
            })?;
        }
        progress.finish_and_clear();
        let done = calendars.len() - failed;
        session.note(&format!("{done} subscribed again, {failed} not."));
        Ok(if failed == 0 {
            Status::Done
        } else {
            Status::Failed
        })
    }
}

async fn active(session: &Session<'_>) -> anyhow::Result<Vec<String>> {
    let calendars = session.client.list::<Calendar>("/api/calendars").await?;
    let active = calendars
        .into_iter()
        .map(|calendar| calendar.said)
        .filter(|calendar| calendar.status == "active");
    Ok(active.map(|calendar| calendar.id).collect())
}
