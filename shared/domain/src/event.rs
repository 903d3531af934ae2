//! One event, in one shape, whoever keeps the calendar.
//!
//! Every field says where it comes from at Google (`events.list`) and at Microsoft (Graph `event`).

use jiff::Timestamp;
use jiff::civil::Date;

use crate::EventId;

/// An event as the mirror keeps it: at most [`MAX_EVENT_BYTES`] once written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Ours: a hash of the calendar and `provider_id`.
    pub id: EventId,
    /// Google: `id`. Microsoft: `id`, asked for as an immutable id.
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

impl Event {
    /// The names of the fields in which `self` differs from `before`; `etag` and `updated` move
    /// with every change and are not named.
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
