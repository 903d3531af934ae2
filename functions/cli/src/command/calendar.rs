//! `calwatch calendar`: calendars that are watched.

use clap::{Args, Subcommand};
use domain::{CalendarId, ConnectionId};
use serde_json::json;

use super::{Session, Status};
use crate::answer::Calendar;
use crate::client::Answer;
use crate::print::{Table, ago, facts, moment, seconds};

#[derive(Debug, Subcommand)]
pub(crate) enum CalendarCommand {
    /// List the calendars that are watched
    List {
        /// Those that are not any more as well
        #[arg(long)]
        all: bool,
    },
    /// Show one calendar
    Show {
        /// The calendar's id
        calendar: CalendarId,
    },
    /// Watch a calendar: read it, and follow its changes from then on
    Watch(Watch),
    /// Stop reading a calendar; what it is told meanwhile is kept
    Pause(Change),
    /// Go on reading a calendar
    Resume(Change),
    /// Read the whole calendar again, and tell the differences
    Resync(Change),
    /// Subscribe to the calendar's changes again
    Refresh(Change),
    /// End the watch of a calendar, for good
    Unwatch(Change),
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// The connection that leads to it
    connection: ConnectionId,
    /// The provider's name for it: at Google a calendar id such as ada@acme.example;
    /// at Microsoft users/{id}, or users/{id}/calendars/{id}
    external_id: String,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// The calendar's id
    calendar: CalendarId,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl CalendarCommand {
    /// Does it.
    pub(crate) async fn run(self, session: Session<'_>) -> anyhow::Result<Status> {
        match self {
            CalendarCommand::List { all } => list(session, all).await,
            CalendarCommand::Show { calendar } => {
                let found = session.client.get(&path(calendar)).await?;
                show(session, &found)
            }
            CalendarCommand::Watch(watch) => watch.run(session).await,
            CalendarCommand::Pause(change) => change.act(session, "pause").await,
            CalendarCommand::Resume(change) => change.act(session, "resume").await,
            CalendarCommand::Resync(change) => change.act(session, "resync").await,
            CalendarCommand::Refresh(change) => change.act(session, "refresh").await,
            CalendarCommand::Unwatch(change) => change.unwatch(session).await,
        }
    }
}

fn path(calendar: CalendarId) -> String {
    format!("/api/calendars/{calendar}")
}

impl Watch {
    async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let Self {
            connection,
            external_id,
            dry_run,
        } = self;
        if dry_run {
            // Whether there is such a connection is all that can be known beforehand.
            let path = format!("/api/connections/{connection}");
            session.client.get::<serde_json::Value>(&path).await?;
            session.note(&format!("Would watch {external_id} through {connection}."));
            return Ok(Status::Done);
        }
        let body = json!({ "connection": connection.to_string(), "external_id": external_id });
        let made = session.client.post("/api/calendars", &body, None).await?;
        show(session, &made)
    }
}

impl Change {
    async fn act(self, mut session: Session<'_>, action: &str) -> anyhow::Result<Status> {
        let path = path(self.calendar);
        if self.dry_run {
            let found: Answer<Calendar> = session.client.get(&path).await?;
            let status = &found.said.status;
            session.note(&format!(
                "Would {action} {}, which is {status}.",
                self.calendar
            ));
            return Ok(Status::Done);
        }
        let body = json!({ "action": action });
        let changed = session.client.put(&path, &body).await?;
        show(session, &changed)
    }

    async fn unwatch(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let path = path(self.calendar);
        if self.dry_run {
            let found: Answer<Calendar> = session.client.get(&path).await?;
            session.note(&format!(
                "Would end the watch of {}, which is {} at {}.",
                self.calendar, found.said.external_id, found.said.provider
            ));
            return Ok(Status::Done);
        }
        session.client.delete(&path).await?;
        session.note(&format!("{} is not watched any more.", self.calendar));
        Ok(Status::Done)
    }
}

async fn list(mut session: Session<'_>, all: bool) -> anyhow::Result<Status> {
    let mut calendars = session.client.list::<Calendar>("/api/calendars").await?;
    let before = calendars.len();
    calendars.retain(|calendar| all || calendar.said.is_watched());
    let hidden = before - calendars.len();
    if session.json {
        session.raw_list(&calendars)?;
        return Ok(Status::Done);
    }
    let mut table = Table::new(["CALENDAR", "STATUS", "PUSH", "FRESHNESS", "LAST READ"]);
    for calendar in &calendars {
        let calendar = &calendar.said;
        table.row([
            calendar.id.clone(),
            status(calendar),
            calendar.push.clone(),
            calendar.freshness_seconds.map_or("-".to_owned(), seconds),
            calendar
                .last_read_at
                .map_or("never".to_owned(), |at| ago(at, session.now())),
        ]);
        table.below(&format!("{}  {}", calendar.provider, calendar.external_id));
    }
    session.table(&table)?;
    if hidden > 0 {
        session.note(&format!("Not shown: {hidden} no longer watched (--all)."));
    }
    Ok(Status::Done)
}

fn status(calendar: &Calendar) -> String {
    if calendar.failing {
        "failing".to_owned()
    } else {
        calendar.status.clone()
    }
}

fn show(mut session: Session<'_>, answer: &Answer<Calendar>) -> anyhow::Result<Status> {
    if session.json {
        session.raw(&answer.raw)?;
        return Ok(Status::Done);
    }
    let now = session.now();
    let said = &answer.said;
    let push = match &said.polled_because {
        Some(why) => format!("{}, because of {why}", said.push),
        None => said.push.clone(),
    };
    let time = |at: Option<jiff::Timestamp>, never: &str| {
        at.map_or(never.to_owned(), |at| moment(at, now))
    };
    let unpublished = said.last_seq.saturating_sub(said.published_seq);
    let feed = match unpublished {
        0 => format!("up to {}", said.last_seq),
        owed => format!("up to {}, {owed} of them not on the bus yet", said.last_seq),
    };
    let trouble = match (said.failing, said.fails) {
        (_, 0) => "none".to_owned(),
        (false, fails) => format!("{fails} failures in a row"),
        (true, fails) => format!("failing: {fails} failures in a row"),
    };
    let number = |seconds_: Option<f64>| seconds_.map_or("not known".to_owned(), seconds);
    let mut known = vec![
        ("Calendar", said.id.clone()),
        ("At", format!("{}: {}", said.provider, said.external_id)),
        ("Connection", said.connection.clone()),
        ("Status", said.status.clone()),
        ("Push", push),
        ("Freshness", number(said.freshness_seconds)),
        ("Last read", time(said.last_read_at, "never")),
        ("Next poll", time(said.poll_at, "none")),
        ("Entries", feed),
        ("Trouble", trouble),
    ];
    if let Some(latency) = said.push_latency_seconds {
        known.push(("Push latency", seconds(latency)));
    }
    if let Some(missed) = said.missed_push {
        known.push(("Missed pushes", missed.to_string()));
    }
    for subscription in &said.subscriptions {
        known.push(("Subscription", subscription.clone()));
    }
    session.lines(&facts(&known))?;
    Ok(Status::Done)
}
