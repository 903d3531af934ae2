//! A Google event in calwatch's shape.

use domain::diff::Item;
use domain::event::{Attendee, Event, Kind, Person, Response, Series, Status, Visibility, When};
use domain::{CalendarId, EventId};

use super::when::{instant, when};
use crate::fields::Fields;
use crate::fit::fit;

/// The longest id of an event. Google allows 1,024 characters; an occurrence's has a time behind it.
const LONGEST_ID: usize = 2048;

/// The longest version and kind that are kept.
const LONGEST_WORD: usize = 256;

/// Reads one item of a page; none if it has no id, or is neither cancelled nor placed in time.
pub(crate) fn read(calendar: CalendarId, json: &str) -> Option<Item> {
    let mut fields = Fields::read(json)?;
    let provider_id = id(&mut fields, "id")?;
    let id = EventId::of(calendar, &provider_id);
    let series = series(calendar, &mut fields);
    let etag = word(&mut fields, "etag");

    let status = match fields.text("status").as_deref() {
        // A cancelled item may still carry details; Google promises none of them.
        Some("cancelled") => {
            return Some(match series {
                Some(series) => Item::GoneOccurrence {
                    id,
                    provider_id,
                    series,
                    etag,
                },
                None => Item::Gone { id, provider_id },
            });
        }
        Some("tentative") => Status::Tentative,
        _ => Status::Confirmed,
    };
    let recurrence = fields.texts("recurrence");
    let event = Event {
        id,
        provider_id,
        kind: if series.is_some() {
            Kind::Exception
        } else if recurrence.is_empty() {
            Kind::Single
        } else {
            Kind::Master
        },
        status,
        title: fields.text("summary"),
        description: fields.text("description"),
        location: fields.text("location"),
        start: Some(point(&mut fields, "start")?),
        end: point(&mut fields, "end"),
        recurrence,
        series,
        organizer: fields.object("organizer").and_then(organizer),
        attendees: fields
            .objects("attendees")
            .into_iter()
            .map(attendee)
            .collect(),
        busy: fields.text("transparency").as_deref() != Some("transparent"),
        visibility: match fields.text("visibility").as_deref() {
            Some("public") => Visibility::Public,
            Some("private") => Visibility::Private,
            Some("confidential") => Visibility::Confidential,
            _ => Visibility::Default,
        },
        meeting_url: meeting_url(&mut fields),
        url: fields.text("htmlLink"),
        ical_uid: fields.text("iCalUID"),
        event_type: word(&mut fields, "eventType").unwrap_or_else(|| "default".to_owned()),
        created: fields.text("created").as_deref().and_then(instant),
        updated: fields.text("updated").as_deref().and_then(instant),
        etag,
        truncated: Vec::new(),
        outside_window: false,
    };
    Some(Item::Live(Box::new(fit(event))))
}

fn id(fields: &mut Fields, name: &str) -> Option<String> {
    fields
        .text(name)
        .filter(|id| id.len() <= LONGEST_ID && !id.chars().any(char::is_control))
}

/// A text that is of no use if it is cut, so one that is too long is left out.
fn word(fields: &mut Fields, name: &str) -> Option<String> {
    fields
        .text(name)
        .filter(|word| word.len() <= LONGEST_WORD && !word.chars().any(char::is_control))
}

fn point(fields: &mut Fields, name: &str) -> Option<When> {
    fields.object(name).and_then(when)
}

fn series(calendar: CalendarId, fields: &mut Fields) -> Option<Series> {
    let master_provider_id = id(fields, "recurringEventId")?;
    Some(Series {
        master: EventId::of(calendar, &master_provider_id),
        master_provider_id,
        original_start: point(fields, "originalStartTime"),
    })
}

fn person(fields: &mut Fields) -> Person {
    Person {
        email: fields.text("email"),
        name: fields.text("displayName"),
    }
}

fn organizer(mut fields: Fields) -> Option<Person> {
    let person = person(&mut fields);
    (person != Person::default()).then_some(person)
}

fn attendee(mut fields: Fields) -> Attendee {
    Attendee {
        person: person(&mut fields),
        response: match fields.text("responseStatus").as_deref() {
            Some("accepted") => Response::Accepted,
            Some("declined") => Response::Declined,
            Some("tentative") => Response::Tentative,
            _ => Response::NeedsAction,
        },
        optional: fields.flag("optional"),
        resource: fields.flag("resource"),
    }
}

/// The hangout's link, or else the first video entry of whatever service the conference is held on.
fn meeting_url(fields: &mut Fields) -> Option<String> {
    let hangout = fields.text("hangoutLink");
    hangout.or_else(|| {
        let entries = fields.object("conferenceData")?.objects("entryPoints");
        entries.into_iter().find_map(|mut entry| {
            let is_video = entry.text("entryPointType").as_deref() == Some("video");
            entry.text("uri").filter(|_| is_video)
        })
    })
}

#[cfg(test)]
mod tests;
