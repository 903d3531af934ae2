//! `calwatch decommission`: end every watch, so that nothing is left at the providers.

use std::time::Duration;

use clap::Args;
use futures::StreamExt;
use tokio::time::Instant;

use super::{Session, Status};
use crate::answer::{Calendar, Organization, Subscription};
use crate::client::{self, Client};
use crate::print::{Table, count};

/// How many watches are ended at once.
const AT_ONCE: usize = 4;

/// How often the subscriptions are looked at while they are waited for.
const GLANCE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(crate) struct Decommission {
    /// Do not ask for the organization's name first
    #[arg(long)]
    yes: bool,
    /// How many seconds to wait for the subscriptions to be stopped
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    wait: u64,
    /// List the calendars, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Decommission {
    /// Does it.
    pub(crate) async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let organization = session.client.get::<Organization>("/api/organization");
        let organization = organization.await?.said;
        let calendars = watched(&session.client).await?;
        if !calendars.is_empty() {
            session.table(&listed(&calendars))?;
        }
        let number = count(calendars.len() as u64, "calendar");
        let name = &organization.name;
        if self.dry_run {
            session.note(&format!("Would end the watch of {number} of {name}."));
            return Ok(Status::Done);
        }
        if !self.yes && !calendars.is_empty() {
            session.note(&format!(
                "This ends the watch of {number}. Type {name} to go on:"
            ));
            anyhow::ensure!(
                session.terminal.answer()? == *name,
                "that is not the organization's name; nothing was done (--yes does not ask)"
            );
        }
        let failed = unwatch(&mut session, calendars).await;
        let left = self.wait_for_the_last(&session).await?;
        for subscription in &left {
            session.note(&format!(
                "{} of {} is {}",
                subscription.id, subscription.calendar, subscription.state
            ));
        }
        if failed > 0 || !left.is_empty() {
            session.note("Not everything has ended; say it again, or look at `calwatch health`.");
            return Ok(Status::Failed);
        }
        session.note(&format!("Nothing of {name} is left at the providers."));
        Ok(Status::Done)
    }

    /// Waits until every subscription is stopped, and answers with those that are not.
    async fn wait_for_the_last(&self, session: &Session<'_>) -> anyhow::Result<Vec<Subscription>> {
        let deadline = Instant::now() + Duration::from_secs(self.wait);
        let mut left = standing(session).await?;
        let all = left.len();
        let progress = session.terminal.progress(all, "Stopping subscriptions");
        while !left.is_empty() && Instant::now() < deadline {
            tokio::time::sleep(GLANCE).await;
            left = standing(session).await?;
            progress.set_position(all.saturating_sub(left.len()) as u64);
        }
        progress.finish_and_clear();
        Ok(left)
    }
}

async fn watched(client: &Client) -> anyhow::Result<Vec<Calendar>> {
    let calendars = client.list::<Calendar>("/api/calendars").await?;
    let calendars = calendars.into_iter().map(|calendar| calendar.said);
    Ok(calendars.filter(Calendar::is_watched).collect())
}

fn listed(calendars: &[Calendar]) -> Table {
    let mut table = Table::new(["CALENDAR", "STATUS", "PUSH"]);
    for calendar in calendars {
        table.row([
            calendar.id.clone(),
            calendar.status.clone(),
            calendar.push.clone(),
        ]);
        table.below(&format!("{}  {}", calendar.provider, calendar.external_id));
    }
    table
}

/// The subscriptions that a provider has, or may be about to have.
async fn standing(session: &Session<'_>) -> anyhow::Result<Vec<Subscription>> {
    let all = session
        .client
        .list::<Subscription>("/api/webhook-subscriptions");
    let all = all.await?.into_iter().map(|subscription| subscription.said);
    let now = session.now();
    Ok(all
        .filter(|subscription| subscription.is_standing() && !subscription.is_forlorn(now))
        .collect())
}

/// Ends the watches, and answers with how many could not be.
async fn unwatch(session: &mut Session<'_>, calendars: Vec<Calendar>) -> usize {
    let progress = session.terminal.progress(calendars.len(), "Ending watches");
    let client = session.client.clone();
    let mut ending = futures::stream::iter(calendars)
        .map(|calendar| end(&client, calendar.id))
        .buffer_unordered(AT_ONCE);
    let mut failed = 0;
    while let Some((calendar, ended)) = ending.next().await {
        progress.inc(1);
        if let Err(error) = ended {
            failed += 1;
            progress.suspend(|| session.note(&format!("{calendar}: {error}")));
        }
    }
    progress.finish_and_clear();
    failed
}

async fn end(client: &Client, calendar: String) -> (String, Result<(), client::Error>) {
    let ended = client.delete(&format!("/api/calendars/{calendar}")).await;
    (calendar, ended)
}
