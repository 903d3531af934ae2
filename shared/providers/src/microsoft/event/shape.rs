//! The properties of a Graph event that every kind of event has.

use domain::EventId;
use domain::event::{Attendee, Event, Kind, Person, Response, Series, Status, Visibility};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::{when, zone};
use crate::fields::Fields;

/// The longest id of an event that is kept. Microsoft names no limit; today they have about 150
/// characters, so this leaves room.
pub(super) const LONGEST_ID: usize = 2048;

/// The longest version that is kept.
const LONGEST_WORD: usize = 256;

/// What the properties alone do not say about an event.
pub(crate) struct Part {
    /// Ours.
    pub(crate) id: EventId,
    /// Graph's.
    pub(crate) provider_id: String,
    /// What it is in its series.
    pub(crate) kind: Kind,
    /// Its series.
    pub(crate) series: Option<Series>,
    /// Where it is at home.
    pub(crate) zone: Option<TimeZone>,
}

/// The event, not cut yet and without the lines of its recurrence; none if it is not placed in time.
pub(crate) fn event(mut fields: Fields, part: Part) -> Option<Event> {
    let all_day = fields.flag("isAllDay");
    let point = |fields: Fields| {
        if all_day {
            when::day(fields)
        } else {
            when::time(fields, part.zone.as_ref())
        }
    };
    let shown = fields.text("showAs");
    Some(Event {
        id: part.id,
        provider_id: part.provider_id,
        kind: part.kind,
        status: match shown.as_deref() {
            Some("tentative") => Status::Tentative,
            _ => Status::Confirmed,
        },
        title: fields.text("subject"),
        description: within(&mut fields, "body", "content"),
        location: within(&mut fields, "location", "displayName"),
        start: Some(point(fields.object("start")?)?),
        end: fields.object("end").and_then(point),
        recurrence: Vec::new(),
        series: part.series,
        organizer: fields.object("organizer").and_then(person),
        attendees: fields
            .objects("attendees")
            .into_iter()
            .map(attendee)
            .collect(),
        busy: shown.as_deref() != Some("free"),
        visibility: match fields.text("sensitivity").as_deref() {
            Some("personal" | "private") => Visibility::Private,
            Some("confidential") => Visibility::Confidential,
            _ => Visibility::Default,
        },
        meeting_url: meeting_url(&mut fields),
        url: fields.text("webLink"),
        ical_uid: fields.text("iCalUId"),
        event_type: "default".to_owned(),
        created: instant(&mut fields, "createdDateTime"),
        updated: instant(&mut fields, "lastModifiedDateTime"),
        etag: word(&mut fields, "changeKey"),
        truncated: Vec::new(),
        outside_window: false,
    })
}

/// An id that can be kept whole.
pub(crate) fn id(fields: &mut Fields, name: &str) -> Option<String> {
    fields
        .text(name)
        .filter(|id| id.len() <= LONGEST_ID && !id.chars().any(char::is_control))
}

/// A text that is of no use if it is cut, so one that is too long is left out.
pub(crate) fn word(fields: &mut Fields, name: &str) -> Option<String> {
    fields
        .text(name)
        .filter(|word| word.len() <= LONGEST_WORD && !word.chars().any(char::is_control))
}

/// Where the event is at home, if that is a zone we know.
pub(crate) fn zone(fields: &mut Fields) -> Option<TimeZone> {
    let name = fields.text("originalStartTimeZone")?;
    zone::named(&name)
}

fn instant(fields: &mut Fields, name: &str) -> Option<Timestamp> {
    fields.text(name).as_deref().and_then(when::instant)
}

fn within(fields: &mut Fields, outer: &str, inner: &str) -> Option<String> {
    fields.object(outer)?.text(inner)
}

/// Graph calls somebody with an address a recipient.
fn person(mut recipient: Fields) -> Option<Person> {
    let mut address = recipient.object("emailAddress")?;
    let person = Person {
        email: address.text("address"),
        name: address.text("name"),
    };
    (person != Person::default()).then_some(person)
}

fn attendee(mut fields: Fields) -> Attendee {
    let response = within(&mut fields, "status", "response");
    let role = fields.text("type");
    Attendee {
        response: match response.as_deref() {
            Some("accepted" | "organizer") => Response::Accepted,
            Some("declined") => Response::Declined,
            Some("tentativelyAccepted") => Response::Tentative,
            _ => Response::NeedsAction,
        },
        optional: role.as_deref() == Some("optional"),
        resource: role.as_deref() == Some("resource"),
        person: person(fields).unwrap_or_default(),
    }
}

/// The link of the meeting, or else that of an online meeting from before Teams.
fn meeting_url(fields: &mut Fields) -> Option<String> {
    let old = fields.text("onlineMeetingUrl");
    within(fields, "onlineMeeting", "joinUrl").or(old)
}
