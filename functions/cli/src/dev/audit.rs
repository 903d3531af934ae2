//! Fourth act: does the mirror say what Google says?

use std::time::Duration;

use app::audit::Audit;

use super::scene::{Calendars, Scene};
use super::show;

/// How long the last reads and publications may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until nothing is owed, then audits every calendar, in the order of [`Calendars::all`].
pub(super) async fn play(scene: &Scene, calendars: &Calendars) -> anyhow::Result<Vec<Audit>> {
    show::act("4  Audit", "Mirror and feed");
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
        let equal =
            audit.missing.is_empty() && audit.surplus.is_empty() && audit.different.is_empty();
        let mirror = if equal {
            "mirror equal"
        } else {
            "MIRROR DIFFERS"
        };
        let feed = if audit.consecutive && audit.unpublished == 0 {
            "feed whole"
        } else {
            "FEED BROKEN"
        };
        show::step(
            &format!(
                "{}: {} in Google",
                calendar.name,
                show::count(audit.events, "event")
            ),
            &format!("{mirror}; {feed}, {}", entries(audit.entries)),
        );
        audits.push(audit);
    }
    Ok(audits)
}

fn entries(number: u64) -> String {
    if number == 1 {
        "1 entry".to_owned()
    } else {
        format!("{number} entries")
    }
}
