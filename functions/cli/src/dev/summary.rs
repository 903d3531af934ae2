//! The figures at the end, and whether anything was lost.

use app::audit::Audit;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::scene::{Calendar, Calendars, Scene};
use super::show;
use super::strangers::Staged;
use super::world::Message;

/// The last line of the demo, as JSON.
#[derive(Debug, Default, Serialize)]
struct Summary {
    /// Notifications of both providers that the product believed: those it recorded, and
    /// `duplicates`, which have no record of their own. A message of Graph carries many.
    notifications: u64,
    /// Exact repetitions.
    duplicates: u64,
    /// Notifications that were refused: by a 401 at Google, in silence at Microsoft.
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

/// Prints the figures. `true` if nothing was lost and no rule of a provider was broken.
pub(super) async fn play(
    scene: &Scene,
    calendars: &Calendars,
    staged: &Staged,
    audits: &[Audit],
) -> anyhow::Result<bool> {
    let mut losses = Vec::new();
    let mut summary = Summary::default();
    for (calendar, audit) in calendars.all().into_iter().zip(audits) {
        summary.syncs += scene.product.runs.list(calendar.key).await?.len() as u64;
        summary.changes += audit.entries;
        let heard = scene.bus.numbers(calendar.key).len() as u64;
        summary.published += heard;
        losses.extend(lost_in(calendar, audit, heard));
    }
    let told = Told::of(&scene.world.messages(), staged);
    let recorded = recorded(scene).await?;
    summary.notifications = recorded.all + told.repeated;
    summary.duplicates = told.repeated;
    summary.forged = told.forged;
    summary.coalesced = recorded.coalesced;
    losses.extend(lost_between(&told, &recorded));

    losses.retain(|(_, number)| *number > 0);
    for (what, number) in &losses {
        show::step(&format!("LOST: {what}"), &number.to_string());
        summary.lost += number;
    }
    let violations = scene.world.simulator.violations();
    for violation in &violations {
        show::step(&format!("REFUSED: {}", violation.endpoint), &violation.what);
    }
    summary.seconds = (scene.began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    show::line("");
    show::line(&serde_json::to_string(&summary)?);
    Ok(summary.lost == 0 && violations.is_empty())
}

/// What the providers say of their notifications.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    /// Accepted, and each of them new.
    new: u64,
    /// Accepted, and repetitions.
    repeated: u64,
    /// Refused, as they should be.
    forged: u64,
    /// Forged, and not refused.
    believed: u64,
    /// Not accepted, though they should be.
    unanswered: u64,
}

impl Told {
    fn of(messages: &[Message], staged: &Staged) -> Self {
        let mut told = Self::default();
        for message in messages {
            let is_forged = staged.forged.contains(&message.view.id);
            let is_repeated = staged.repeated.contains(&message.view.id);
            let number = if is_forged && message.is_refused() {
                &mut told.forged
            } else if is_forged {
                &mut told.believed
            } else if !message.is_accepted() {
                &mut told.unanswered
            } else if is_repeated {
                &mut told.repeated
            } else {
                &mut told.new
            };
            *number += message.notifications;
        }
        told
    }
}

/// Where what the providers say and what the product recorded do not agree.
fn lost_between(told: &Told, recorded: &Recorded) -> Vec<(String, u64)> {
    [
        ("notifications that were not accepted", told.unanswered),
        ("forgeries that were not refused", told.believed),
        (
            "accepted notifications without a record",
            told.new.saturating_sub(recorded.all),
        ),
        // What is accepted and ignored, as Microsoft's forgeries are, must have left none.
        (
            "records of nothing that was sent",
            recorded.all.saturating_sub(told.new),
        ),
    ]
    .into_iter()
    .map(|(what, number)| (what.to_owned(), number))
    .collect()
}

fn lost_in(calendar: &Calendar, audit: &Audit, heard: u64) -> Vec<(String, u64)> {
    let not_in_feed = if calendar.is_born_empty {
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

#[derive(Debug, Default)]
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
    let mut recorded = Recorded::default();
    let notifications = &scene.product.notifications;
    for organization in scene.organizations.all() {
        for day in &days {
            let outcomes = notifications.outcomes(organization, *day).await?;
            recorded.all += outcomes.values().sum::<u64>();
            let coalesced = domain::notification::Outcome::Coalesced.name();
            recorded.coalesced += outcomes.get(coalesced).copied().unwrap_or(0);
        }
    }
    Ok(recorded)
}

#[cfg(test)]
mod tests {
    use app::watch::Watched;
    use domain::inbox::Source;
    use domain::subscription::NoPush;
    use domain::{CalendarId, CalendarKey, ConnectionId, EventId, OrganizationId, Provider};
    use simulator::{DeliveryView, Fate};

    use super::*;

    fn calendar(is_born_empty: bool) -> Calendar {
        Calendar {
            name: "Ada, Google".to_owned(),
            key: CalendarKey {
                organization: OrganizationId::from_bytes([1; 16]),
                calendar: CalendarId::from_bytes([2; 16]),
            },
            source: Source {
                provider: Provider::Google,
                connection: ConnectionId::from_bytes([3; 16]),
                external_id: "ada@acme.example".to_owned(),
            },
            watched: Watched::Polled(NoPush::Unwatchable),
            is_born_empty,
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

    fn message(id: u64, provider: Provider, status: u16, notifications: u64) -> Message {
        let fate = match status {
            200 | 202 => Fate::Delivered,
            _ => Fate::Lost,
        };
        Message {
            provider,
            notifications,
            view: DeliveryView {
                id,
                channel_id: String::new(),
                calendar: None,
                state: String::new(),
                number: String::new(),
                url: String::new(),
                attempts: 1,
                status: Some(status),
                fate,
            },
        }
    }

    #[test]
    fn a_message_counts_for_what_is_in_it() {
        let staged = Staged {
            repeated: vec![3],
            forged: vec![4, 5, 6],
        };
        let messages = [
            message(1, Provider::Google, 200, 1),
            message(2, Provider::Microsoft, 202, 10),
            message(3, Provider::Microsoft, 202, 2),
            message(4, Provider::Google, 401, 1),
            message(5, Provider::Microsoft, 202, 1),
            message(6, Provider::Google, 200, 1),
            message(7, Provider::Microsoft, 503, 7),
        ];

        let told = Told::of(&messages, &staged);

        let expected = Told {
            new: 11,
            repeated: 2,
            forged: 2,
            believed: 1,
            unanswered: 7,
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn records_and_messages_that_do_not_agree_are_a_loss() {
        let told = Told {
            new: 11,
            ..Told::default()
        };
        let recorded = |all| Recorded { all, coalesced: 0 };

        assert_eq!(total(&lost_between(&told, &recorded(11))), 0);
        assert_eq!(total(&lost_between(&told, &recorded(9))), 2);
        assert_eq!(total(&lost_between(&told, &recorded(12))), 1);
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
