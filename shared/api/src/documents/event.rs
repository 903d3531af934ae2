//! Events. The JSON is that of rows and feed entries, which a test compares; what is absent is left
//! out.

use domain::event;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EventKind, EventStatus, Moment, ResponseStatus, Visibility};

/// An event, alike for both providers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// `evt_…`: the same as long as it is the same event of the same calendar.
    pub id: String,
    /// The provider's name for it.
    pub provider_id: String,
    /// Its part in a series.
    pub kind: EventKind,
    /// Whether it takes place.
    pub status: EventStatus,
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about. Google's may hold HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it takes place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// When it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<When>,
    /// When it has ended: an all-day event of one day ends the next day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<When>,
    /// Of a series, its rules: lines of RFC 5545.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recurrence: Vec<String>,
    /// The series that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<Series>,
    /// Who organizes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizer: Option<Person>,
    /// Who was invited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<Attendee>,
    /// Whether its time is taken.
    pub busy: bool,
    /// Who may see it.
    pub visibility: Visibility,
    /// Where to join it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting_url: Option<String>,
    /// A page that a person can open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The same in every attendee's calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ical_uid: Option<String>,
    /// What the provider calls its type.
    pub event_type: String,
    /// When it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Moment>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<Moment>,
    /// The provider's name for this state of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Fields that were cut because the whole would have been too large.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<String>,
    /// Whether it lies outside the part of the calendar that is read.
    #[serde(default, skip_serializing_if = "is_false")]
    pub outside_window: bool,
}

/// A day, or a moment.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum When {
    /// A day, wherever the reader is.
    Day {
        /// The day.
        #[schema(value_type = String, format = Date)]
        date: Date,
    },
    /// A moment.
    Time {
        /// In UTC.
        at: Moment,
        /// How much later a clock on the wall shows.
        offset_seconds: i32,
        /// The time zone, if the provider named one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
    },
}

/// The series that an event belongs to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Series {
    /// `evt_…`, its master.
    pub master: String,
    /// The provider's name for that.
    pub master_provider_id: String,
    /// When the event would have started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_start: Option<When>,
}

/// Somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// Their address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Somebody who was invited.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Attendee {
    /// Who.
    #[serde(flatten)]
    pub person: Person,
    /// What they answered.
    pub response: ResponseStatus,
    /// Whether they need not come.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// Whether it is a room or a thing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub resource: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl From<event::Event> for Event {
    fn from(event: event::Event) -> Self {
        Self {
            id: event.id.to_string(),
            provider_id: event.provider_id,
            kind: event.kind.into(),
            status: event.status.into(),
            title: event.title,
            description: event.description,
            location: event.location,
            start: event.start.map(Into::into),
            end: event.end.map(Into::into),
            recurrence: event.recurrence,
            series: event.series.map(|series| Series {
                master: series.master.to_string(),
                master_provider_id: series.master_provider_id,
                original_start: series.original_start.map(Into::into),
            }),
            organizer: event.organizer.map(Into::into),
            attendees: event.attendees.into_iter().map(Into::into).collect(),
            busy: event.busy,
            visibility: event.visibility.into(),
            meeting_url: event.meeting_url,
            url: event.url,
            ical_uid: event.ical_uid,
            event_type: event.event_type,
            created: event.created.map(Moment),
            updated: event.updated.map(Moment),
            etag: event.etag,
            truncated: event.truncated.iter().map(ToString::to_string).collect(),
            outside_window: event.outside_window,
        }
    }
}

impl From<event::When> for When {
    fn from(when: event::When) -> Self {
        match when {
            event::When::Day(date) => When::Day { date },
            event::When::Time {
                at,
                offset_seconds,
                zone,
            } => When::Time {
                at: Moment(at),
                offset_seconds,
                zone,
            },
        }
    }
}

impl From<event::Person> for Person {
    fn from(person: event::Person) -> Self {
        Self {
            email: person.email,
            name: person.name,
        }
    }
}

impl From<event::Attendee> for Attendee {
    fn from(attendee: event::Attendee) -> Self {
        Self {
            person: attendee.person.into(),
            response: attendee.response.into(),
            optional: attendee.optional,
            resource: attendee.resource,
        }
    }
}
