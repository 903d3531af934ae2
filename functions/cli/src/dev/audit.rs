//! Fourth act: does the mirror say what the providers say?

use std::time::Duration;

use app::audit::Audit;

use super::scene::{Calendars, Scene};
use super::show;

/// How long the last reads and publications may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until nothing is owed, then audits every calendar, in the order of [`Calendars::all`].
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<Vec<Audit>> {
    show::act("4  Audit", &columns("Mirror", "Feed"));
    let settled = scene.settle(&calendars.all(), PATIENCE).await?;
    if !settled {
        let seconds = PATIENCE.as_secs();
        show::step(
            &format!("after {seconds} seconds"),
            "something is still owed",
        );
    }
    let mut audits = Vec::new();
    for calendar in calendars.all() {
        let audit = scene.product.auditor.audit(calendar.key).await?;
        let is_equal =
            audit.missing.is_empty() && audit.surplus.is_empty() && audit.different.is_empty();
        let mirror = if is_equal { "equal" } else { "DIFFERENT" };
        let is_whole = audit.consecutive && audit.unpublished == 0;
        let feed = if is_whole { "whole" } else { "BROKEN" };
        let feed = format!("{feed}, {}", entries(audit.entries));
        show::at(
            &format!("Has {}", show::count(audit.events, "event")),
            &calendar.name,
            &columns(mirror, &feed),
        );
        audits.push(audit);
    }
    Ok(audits)
}

fn columns(mirror: &str, feed: &str) -> String {
    format!("{mirror:<12} {feed}")
}

fn entries(number: u64) -> String {
    if number == 1 {
        "1 entry".to_owned()
    } else {
        format!("{number} entries")
    }
}
