//! One event, in one shape, whoever keeps the calendar.
//!
//! Every field says where it comes from at Google (`events.list`) and at Microsoft (Graph `event`).

use jiff::Timestamp;
use jiff::civil::Date;

use crate::EventId;

/// An event as the mirror keeps it: at most [`MAX_EVENT_BYTES`] once written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Ours: a hash of the calendar and `provider_id`. Microsoft: of an exception, the hash of
    /// `OID.{master}.{date}` instead, by which the occurrence goes before and after it is cancelled.
    pub id: EventId,
    /// Google: `id`. Microsoft: `id`, asked for as an immutable id; a cancelled occurrence has none,
    /// and goes by `OID.{master}.{date}`.
    pub provider_id: String,
    /// Google: from `recurrence`, `recurringEventId` and `status`. Microsoft: `type`.
    pub kind: Kind,
    /// Google: `status`. Microsoft: `isCancelled`, and `showAs: tentative`.
    pub status: Status,
    /// Google: `summary`. Microsoft: `subject`.
    pub title: Option<String>,
    /// Google: `description` (may hold HTML). Microsoft: `body.content` with `contentType: text`.
    pub description: Option<String>,
    /// Google: `location`. Microsoft: `location.displayName`.
    pub location: Option<String>,
    /// Google: `start`. Microsoft: `start` with `isAllDay`. A cancelled occurrence has none.
    pub start: Option<When>,
    /// Google: `end`. Microsoft: `end`. Exclusive: an all-day event of one day ends the next day.
    pub end: Option<When>,
    /// Google: `recurrence`, as it is. Microsoft: `recurrence`, written as RFC 5545 lines.
    pub recurrence: Vec<String>,
    /// The master an exception or occurrence belongs to.
    /// Google: `recurringEventId`. Microsoft: `seriesMasterId`.
    pub series: Option<Series>,
    /// Google: `organizer`. Microsoft: `organizer.emailAddress`.
    pub organizer: Option<Person>,
    /// Google: `attendees`. Microsoft: `attendees`.
    pub attendees: Vec<Attendee>,
    /// Google: `transparency` (`transparent` is free). Microsoft: `showAs`.
    pub busy: bool,
    /// Google: `visibility`. Microsoft: `sensitivity`.
    pub visibility: Visibility,
    /// Google: `hangoutLink`, or the video entry of `conferenceData`. Microsoft: `onlineMeeting.joinUrl`.
    pub meeting_url: Option<String>,
    /// A page a person can open. Google: `htmlLink`. Microsoft: `webLink`.
    pub url: Option<String>,
    /// The same in every attendee's calendar. Google: `iCalUID`. Microsoft: `iCalUId`.
    pub ical_uid: Option<String>,
    /// Google: `eventType`. Microsoft: always `default`.
    pub event_type: String,
    /// Google: `created`. Microsoft: `createdDateTime`.
    pub created: Option<Timestamp>,
    /// Google: `updated`. Microsoft: `lastModifiedDateTime`. The version that a diff compares.
    pub updated: Option<Timestamp>,
    /// Google: `etag`. Microsoft: `changeKey`.
    pub etag: Option<String>,
    /// Names of the fields that were cut because the whole would have been too large.
    pub truncated: Vec<&'static str>,
    /// Microsoft only: it lies outside the part of the calendar that is read, so that what happens
    /// to it from now on is not seen before it comes back. Google reads the whole calendar.
    pub outside_window: bool,
}

/// The most a normalised event may take when written down as JSON.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;

/// What part an event plays in a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Happens once.
    Single,
    /// Describes a series; its occurrences follow from `recurrence`.
    Master,
    /// One occurrence of a series that was moved or changed.
    Exception,
    /// One occurrence of a series, unchanged or cancelled.
    Occurrence,
}

/// Whether an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It does.
    Confirmed,
    /// Perhaps.
    Tentative,
    /// It does not. Only an occurrence of a living series is kept with this status.
    Cancelled,
}

/// Who may read an event's details at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// As the calendar's settings say.
    Default,
    /// Everyone who sees the calendar.
    Public,
    /// Attendees only.
    Private,
    /// Private, by an older name.
    Confidential,
}

/// A point on a calendar, kept as the provider gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum When {
    /// An all-day event's date; it belongs to no time zone.
    Day(Date),
    /// A time of day.
    Time {
        /// The instant.
        at: Timestamp,
        /// Seconds east of UTC as the provider wrote it, so that the wall time can be shown
        /// without a time-zone database.
        offset_seconds: i32,
        /// The IANA zone that repeats of a series follow. Google: `timeZone`.
        zone: Option<String>,
    },
}

/// An occurrence's place in its series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The master.
    pub master: EventId,
    /// The provider's name for the master.
    pub master_provider_id: String,
    /// When the occurrence would have started had nobody changed it.
    /// Google: `originalStartTime`. Microsoft: `originalStart`.
    pub original_start: Option<When>,
}

/// Somebody with an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The address, if the provider gave one.
    pub email: Option<String>,
    /// The name to show.
    pub name: Option<String>,
}

/// Somebody invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// Google: `responseStatus`. Microsoft: `status.response`.
    pub response: Response,
    /// Google: `optional`. Microsoft: `type: optional`.
    pub optional: bool,
    /// A room or device. Google: `resource`. Microsoft: `type: resource`.
    pub resource: bool,
}

/// An attendee's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Response {
    /// None yet.
    NeedsAction,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
}

/// The names that [`Event::changed_since`] and [`Event::truncated`] use.
pub const FIELDS: [&str; 18] = [
    "kind",
    "status",
    "title",
    "description",
    "location",
    "start",
    "end",
    "recurrence",
    "series",
    "organizer",
    "attendees",
    "busy",
    "visibility",
    "meeting_url",
    "url",
    "ical_uid",
    "event_type",
    "created",
];

impl Event {
    /// The names of the fields in which `self` differs from `before`; `etag` and `updated` move
    /// with every change and are not named. Neither is `outside_window`, which is about us.
    pub fn changed_since(&self, before: &Event) -> Vec<&'static str> {
        let mut changed = Vec::new();
        let mut compare = |name: &'static str, differs: bool| {
            if differs {
                changed.push(name);
            }
        };
        compare("kind", self.kind != before.kind);
        compare("status", self.status != before.status);
        compare("title", self.title != before.title);
        compare("description", self.description != before.description);
        compare("location", self.location != before.location);
        compare("start", self.start != before.start);
        compare("end", self.end != before.end);
        compare("recurrence", self.recurrence != before.recurrence);
        compare("series", self.series != before.series);
        compare("organizer", self.organizer != before.organizer);
        compare("attendees", self.attendees != before.attendees);
        compare("busy", self.busy != before.busy);
        compare("visibility", self.visibility != before.visibility);
        compare("meeting_url", self.meeting_url != before.meeting_url);
        compare("url", self.url != before.url);
        compare("ical_uid", self.ical_uid != before.ical_uid);
        compare("event_type", self.event_type != before.event_type);
        compare("created", self.created != before.created);
        changed
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::CalendarId;

    pub(crate) fn calendar() -> CalendarId {
        CalendarId::from_bytes([7; 16])
    }

    /// A meeting that the provider calls `provider_id`, last modified in second `version`.
    pub(crate) fn event(provider_id: &str, version: i64) -> Event {
        Event {
            id: EventId::of(calendar(), provider_id),
            provider_id: provider_id.to_owned(),
            kind: Kind::Single,
            status: Status::Confirmed,
            title: Some("Budget review".to_owned()),
            description: None,
            location: None,
            start: None,
            end: None,
            recurrence: Vec::new(),
            series: None,
            organizer: None,
            attendees: Vec::new(),
            busy: true,
            visibility: Visibility::Default,
            meeting_url: None,
            url: None,
            ical_uid: None,
            event_type: "default".to_owned(),
            created: None,
            updated: Some(second(version)),
            etag: Some(format!("\"{version}\"")),
            truncated: Vec::new(),
            outside_window: false,
        }
    }

    pub(crate) fn second(version: i64) -> Timestamp {
        Timestamp::from_second(version).expect("a small number of seconds")
    }

    fn day(day: i8) -> Option<When> {
        Some(When::Day(Date::constant(2026, 11, day)))
    }

    fn somebody() -> Person {
        Person {
            email: Some("ravi.south@example.org".to_owned()),
            name: None,
        }
    }

    type Edit = (&'static str, fn(&mut Event));

    /// One way to change each field that a reader can see, and the name it goes by.
    const EDITS: [Edit; FIELDS.len()] = [
        ("kind", |event| event.kind = Kind::Master),
        ("status", |event| event.status = Status::Tentative),
        ("title", |event| event.title = None),
        ("description", |event| event.description = text()),
        ("location", |event| event.location = text()),
        ("start", |event| event.start = day(10)),
        ("end", |event| event.end = day(11)),
        ("recurrence", |event| event.recurrence.extend(text())),
        ("series", |event| {
            event.series = Some(Series {
                master: event.id.clone(),
                master_provider_id: String::new(),
                original_start: None,
            });
        }),
        ("organizer", |event| event.organizer = Some(somebody())),
        ("attendees", |event| {
            event.attendees.push(Attendee {
                person: somebody(),
                response: Response::NeedsAction,
                optional: false,
                resource: false,
            });
        }),
        ("busy", |event| event.busy = false),
        ("visibility", |event| event.visibility = Visibility::Private),
        ("meeting_url", |event| event.meeting_url = text()),
        ("url", |event| event.url = text()),
        ("ical_uid", |event| event.ical_uid = text()),
        ("event_type", |event| {
            event.event_type = "focusTime".to_owned();
        }),
        ("created", |event| event.created = Some(second(0))),
    ];

    fn text() -> Option<String> {
        Some("something else".to_owned())
    }

    #[test]
    fn a_field_that_changed_is_named_and_no_other() {
        let before = event("a", 1);

        for (name, change) in EDITS {
            let mut after = before.clone();
            change(&mut after);
            assert_eq!(after.changed_since(&before), [name]);
            assert_eq!(before.changed_since(&after), [name], "the other way round");
        }
    }

    #[test]
    fn fields_that_changed_together_are_named_in_one_order() {
        let before = event("a", 1);
        let mut after = before.clone();
        for (_, change) in EDITS.iter().rev() {
            change(&mut after);
        }

        assert_eq!(after.changed_since(&before), FIELDS);
    }

    #[test]
    fn a_version_that_moved_alone_names_nothing() {
        assert!(event("a", 2).changed_since(&event("a", 1)).is_empty());
    }

    #[test]
    fn an_answer_of_one_attendee_changes_the_attendees() {
        let mut before = event("a", 1);
        before.attendees.push(Attendee {
            person: somebody(),
            response: Response::NeedsAction,
            optional: false,
            resource: false,
        });
        let mut after = before.clone();
        after.attendees[0].response = Response::Accepted;

        assert_eq!(after.changed_since(&before), ["attendees"]);
    }
}
