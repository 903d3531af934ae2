//! `calwatch health`: whether everything works.

use clap::Args;

use super::{Session, Status};
use crate::answer::Health;
use crate::print::{clock, count, facts, plain, seconds};

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 healthy, 1 degraded, 2 unhealthy, 3 it could not be found out."
)]
pub(crate) struct HealthCommand {}

impl HealthCommand {
    /// Does it.
    pub(crate) async fn run(self, mut session: Session<'_>) -> anyhow::Result<Status> {
        let answer = session.client.get::<Health>("/api/health").await?;
        if session.json {
            session.raw(&answer.raw)?;
        } else {
            session.lines(&lines(&answer.said))?;
        }
        Ok(match &*answer.said.status {
            "healthy" => Status::Done,
            "degraded" => Status::Degraded,
            "unhealthy" => Status::Unhealthy,
            _ => Status::Unknown,
        })
    }
}

fn lines(health: &Health) -> Vec<String> {
    let calendars = &health.calendars;
    let sorts = [
        (calendars.active, "active"),
        (calendars.paused, "paused"),
        (calendars.ungranted, "without a grant"),
        (calendars.unwatched, "unwatched"),
        (calendars.polled, "polled"),
        (calendars.unproven, "unproven"),
        (calendars.lost, "without push any more"),
        (calendars.failing, "failing"),
    ];
    let connections = [(health.connections.reauth_required, "to be connected again")];
    let subscriptions = [
        (health.subscriptions.lapsed, "lapsed"),
        (
            health.subscriptions.expiring_within_day,
            "ending within a day",
        ),
    ];
    let mut lines = vec![format!("{}, {}", health.status, clock(health.checked_at))];
    lines.extend(facts(&[
        ("Calendars", total(calendars.total, "in all", &sorts)),
        (
            "Connections",
            total(health.connections.total, "in all", &connections),
        ),
        (
            "Subscriptions",
            total(health.subscriptions.active, "active", &subscriptions),
        ),
        (
            "Freshness",
            ages(health.freshness_seconds.max, health.freshness_seconds.p50),
        ),
    ]));
    if let Some(missed) = health.missed_push {
        lines.push(format!("Missed pushes  {missed}"));
    }
    if !health.complete {
        lines.push("There is more than could be looked at; the figures are of a part.".to_owned());
    }
    if !health.problems.is_empty() {
        lines.push(format!(
            "{}:",
            count(health.problems.len() as u64, "problem")
        ));
    }
    for problem in &health.problems {
        lines.push(plain(&format!("  {}  {}", problem.id, problem.kind)));
        lines.push(plain(&format!("    {}", problem.detail)));
    }
    lines
}

/// How old what is known is, if anything is.
fn ages(most: Option<f64>, middle: Option<f64>) -> String {
    match (most, middle) {
        (Some(most), Some(middle)) => {
            let (most, middle) = (seconds(most), seconds(middle));
            format!("{most} at most, {middle} in the middle")
        }
        (Some(_), None) | (None, _) => "nothing was read yet".to_owned(),
    }
}

/// A number, and how many of them are of a sort that there are some of.
fn total(all: u64, what: &str, sorts: &[(u64, &str)]) -> String {
    let mut said = vec![format!("{all} {what}")];
    let some = sorts.iter().filter(|(number, _)| *number > 0);
    said.extend(some.map(|(number, sort)| format!("{number} {sort}")));
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_some_of_is_told() {
        assert_eq!(
            total(3, "in all", &[(2, "active"), (0, "paused"), (1, "failing")]),
            "3 in all, 2 active, 1 failing"
        );
    }
}
