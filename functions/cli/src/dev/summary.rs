//! The figures at the end, and whether anything was lost.

use app::audit::Audit;
use jiff::tz::TimeZone;
use serde::Serialize;
use simulator::{DeliveryView, Fate};

use super::scene::{Calendar, Calendars, Scene};
use super::show;
use super::trouble::Staged;

/// The last line of the demo, as JSON.
#[derive(Debug, Serialize)]
struct Summary {
    /// Messages of Google that were answered 2xx.
    notifications: u64,
    /// Of these, exact repetitions.
    duplicates: u64,
    /// Messages that were answered 401.
    forged: u64,
    /// Notifications that were covered by a read which somebody else had asked for.
    coalesced: u64,
    /// Runs.
    syncs: u64,
    /// Entries of all feeds.
    changes: u64,
    /// Entries that were heard on the bus.
    published: u64,
    /// Everything that should be somewhere and is not.
    lost: u64,
    /// From the first step to here.
    seconds: f64,
}

/// Prints the figures. `true` if nothing was lost and no rule of Google was broken.
pub(super) async fn play(
    scene: &Scene,
    calendars: &Calendars,
    staged: &Staged,
    audits: &[Audit],
) -> anyhow::Result<bool> {
    let mut losses = Vec::new();
    let mut summary = Summary {
        notifications: 0,
        duplicates: 0,
        forged: 0,
        coalesced: 0,
        syncs: 0,
        changes: 0,
        published: 0,
        lost: 0,
        seconds: 0.0,
    };
    for (calendar, audit) in calendars.all().into_iter().zip(audits) {
        summary.syncs += scene.product.runs.list(calendar.key).await?.len() as u64;
        summary.changes += audit.entries;
        let heard = scene.bus.numbers(calendar.key).len() as u64;
        summary.published += heard;
        losses.extend(lost_in(calendar, audit, heard));
    }
    let messages = scene.google().deliveries();
    let recorded = recorded(scene).await?;
    let answered = |view: &&DeliveryView| view.fate == Fate::Delivered;
    let is_forged = |view: &&DeliveryView| staged.forged.contains(&view.id);
    let is_repeated = |view: &&DeliveryView| staged.repeated.contains(&view.id);
    let count = |wanted: &dyn Fn(&&DeliveryView) -> bool| {
        messages.iter().filter(|view| wanted(view)).count() as u64
    };
    summary.notifications = count(&|view| answered(view));
    summary.duplicates = count(&|view| is_repeated(view) && answered(view));
    summary.forged = count(&|view| is_forged(view) && view.status == Some(401));
    summary.coalesced = recorded.coalesced;
    let unanswered = count(&|view| !is_forged(view) && !answered(view));
    let accepted = count(&|view| is_forged(view) && view.status != Some(401));
    let unrecorded = (summary.notifications - summary.duplicates).saturating_sub(recorded.all);
    losses.push((
        "notifications that were not accepted".to_owned(),
        unanswered,
    ));
    losses.push(("forgeries that were not refused".to_owned(), accepted));
    losses.push((
        "accepted notifications without a record".to_owned(),
        unrecorded,
    ));

    losses.retain(|(_, number)| *number > 0);
    for (what, number) in &losses {
        show::step(&format!("LOST: {what}"), &number.to_string());
        summary.lost += number;
    }
    let violations = scene.google().violations();
    for violation in &violations {
        show::step(
            &format!("Google objects to {}", violation.endpoint),
            &violation.what,
        );
    }
    summary.seconds = (scene.began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    show::line("");
    show::line(&serde_json::to_string(&summary)?);
    Ok(summary.lost == 0 && violations.is_empty())
}

fn lost_in(calendar: &Calendar, audit: &Audit, heard: u64) -> Vec<(String, u64)> {
    let not_in_feed = if calendar.born_empty {
        audit.not_in_feed.len()
    } else {
        // What was there before the first read is in nobody's feed.
        0
    };
    let number = |list: &[domain::EventId]| list.len() as u64;
    [
        ("events missing from the mirror", number(&audit.missing)),
        ("events only in the mirror", number(&audit.surplus)),
        ("events that differ", number(&audit.different)),
        ("events that the feed gets wrong", not_in_feed as u64),
        ("entries not on the bus", audit.unpublished),
        ("entries not heard", audit.entries.saturating_sub(heard)),
        ("gaps in the feed", u64::from(!audit.consecutive)),
        ("reads still owed", u64::from(audit.owed)),
    ]
    .into_iter()
    .map(|(what, number)| (format!("{}, {what}", calendar.name), number))
    .collect()
}

struct Recorded {
    all: u64,
    coalesced: u64,
}

/// What the notifications table says about today, and about yesterday if the demo ran past midnight.
async fn recorded(scene: &Scene) -> anyhow::Result<Recorded> {
    let now = scene.product.ambient.now();
    let began = now - jiff::SignedDuration::try_from(scene.began.elapsed())?;
    let mut days = vec![TimeZone::UTC.to_datetime(began).date()];
    let today = TimeZone::UTC.to_datetime(now).date();
    if !days.contains(&today) {
        days.push(today);
    }
    let mut recorded = Recorded {
        all: 0,
        coalesced: 0,
    };
    for day in days {
        let notifications = &scene.product.notifications;
        let outcomes = notifications.outcomes(scene.organization, day).await?;
        recorded.all += outcomes.values().sum::<u64>();
        let coalesced = domain::notification::Outcome::Coalesced.name();
        recorded.coalesced += outcomes.get(coalesced).copied().unwrap_or(0);
    }
    Ok(recorded)
}

#[cfg(test)]
mod tests {
    use domain::{CalendarId, CalendarKey, EventId, OrganizationId};

    use super::*;

    fn calendar(born_empty: bool) -> Calendar {
        Calendar {
            name: "Ada",
            key: CalendarKey {
                organization: OrganizationId::from_bytes([1; 16]),
                calendar: CalendarId::from_bytes([2; 16]),
            },
            channel: None,
            born_empty,
        }
    }

    fn total(losses: &[(String, u64)]) -> u64 {
        losses.iter().map(|(_, number)| number).sum()
    }

    #[test]
    fn a_clean_audit_loses_nothing() {
        let audit = Audit {
            events: 120,
            entries: 3,
            consecutive: true,
            // Imported, so in no entry.
            not_in_feed: vec![event(1)],
            ..Audit::default()
        };

        assert_eq!(total(&lost_in(&calendar(false), &audit, 3)), 0);
        assert_eq!(total(&lost_in(&calendar(true), &audit, 3)), 1);
    }

    #[test]
    fn everything_that_should_be_somewhere_and_is_not_counts() {
        let audit = Audit {
            owed: true,
            events: 9,
            missing: vec![event(1), event(2)],
            surplus: vec![event(3)],
            different: vec![event(4)],
            entries: 8,
            unpublished: 2,
            consecutive: false,
            not_in_feed: vec![event(1)],
        };

        let losses = lost_in(&calendar(true), &audit, 5);

        assert_eq!(total(&losses), 2 + 1 + 1 + 1 + 2 + 3 + 1 + 1);
    }

    fn event(n: u8) -> EventId {
        EventId::of(CalendarId::from_bytes([2; 16]), &n.to_string())
    }

    #[test]
    fn the_summary_is_one_line_of_json_with_its_figures_in_order() {
        let summary = Summary {
            notifications: 212,
            duplicates: 1,
            forged: 2,
            coalesced: 190,
            syncs: 18,
            changes: 14,
            published: 14,
            lost: 0,
            seconds: 61.5,
        };

        assert_eq!(
            serde_json::to_string(&summary).unwrap(),
            r#"{"notifications":212,"duplicates":1,"forged":2,"coalesced":190,"syncs":18,"changes":14,"published":14,"lost":0,"seconds":61.5}"#
        );
    }
}
