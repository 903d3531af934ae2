//! `calwatch subscription`: channels of Google's and subscriptions of Microsoft's.

use clap::Subcommand;
use domain::{CalendarId, SubscriptionId};

use super::{Session, Status};
use crate::answer::Subscription;
use crate::client::Answer;
use crate::print::{Table, ago, facts, moment};

#[derive(Debug, Subcommand)]
pub(crate) enum SubscriptionCommand {
    /// List the subscriptions
    List {
        /// Of this calendar only
        #[arg(long, value_name = "CALENDAR")]
        calendar: Option<CalendarId>,
        /// Those that ended as well
        #[arg(long)]
        all: bool,
    },
    /// Show one subscription
    Show {
        /// The subscription's id
        subscription: SubscriptionId,
    },
}

impl SubscriptionCommand {
    /// Does it.
    pub(crate) async fn run(self, session: Session<'_>) -> anyhow::Result<Status> {
        match self {
            SubscriptionCommand::List { calendar, all } => list(session, calendar, all).await,
            SubscriptionCommand::Show { subscription } => {
                let path = format!("/api/webhook-subscriptions/{subscription}");
                let found = session.client.get(&path).await?;
                show(session, &found)
            }
        }
    }
}

async fn list(
    mut session: Session<'_>,
    calendar: Option<CalendarId>,
    all: bool,
) -> anyhow::Result<Status> {
    let calendar = calendar.map(|calendar| calendar.to_string());
    let query: Vec<(&str, &str)> = calendar.iter().map(|id| ("calendar", &**id)).collect();
    let path = "/api/webhook-subscriptions";
    let mut found = session
        .client
        .list_with::<Subscription>(path, &query)
        .await?;
    let before = found.len();
    found.retain(|subscription| all || subscription.said.is_standing());
    let hidden = before - found.len();
    if session.json {
        session.raw_list(&found)?;
        return Ok(Status::Done);
    }
    let now = session.now();
    let mut table = Table::new(["SUBSCRIPTION", "PROVIDER", "STATE", "ENDS", "RENEWAL"]);
    for subscription in &found {
        let said = &subscription.said;
        let when = |at: Option<jiff::Timestamp>| at.map_or("-".to_owned(), |at| ago(at, now));
        table.row([
            said.id.clone(),
            said.provider.clone(),
            said.state.clone(),
            when(said.expires_at),
            when(said.renew_at),
        ]);
        table.below(&match &said.attention {
            Some(attention) => format!("{}  needs attention: {attention}", said.calendar),
            None => said.calendar.clone(),
        });
    }
    session.table(&table)?;
    if hidden > 0 {
        session.note(&format!("Not shown: {hidden} that ended (--all)."));
    }
    Ok(Status::Done)
}

fn show(mut session: Session<'_>, answer: &Answer<Subscription>) -> anyhow::Result<Status> {
    if session.json {
        session.raw(&answer.raw)?;
        return Ok(Status::Done);
    }
    let now = session.now();
    let said = &answer.said;
    let when = |at: Option<jiff::Timestamp>| at.map_or("-".to_owned(), |at| moment(at, now));
    let listens = if said.live { "yes" } else { "no" };
    session.lines(&facts(&[
        ("Subscription", said.id.clone()),
        ("Provider", said.provider.clone()),
        ("Calendar", said.calendar.clone()),
        ("State", said.state.clone()),
        ("Is listened to", listens.to_owned()),
        ("Created", moment(said.created_at, now)),
        ("Ends", when(said.expires_at)),
        ("Renewal", when(said.renew_at)),
        (
            "Attention",
            said.attention.clone().unwrap_or("none".to_owned()),
        ),
    ]))?;
    Ok(Status::Done)
}
