//! An event as JSON: in rows, in feed entries and towards readers, always the same.
//!
//! The fields are those of [`domain::event::Event`]; what is absent is left out.

use domain::event::{
    Attendee, Event, FIELDS, Kind, Person, Response, Series, Status, Visibility, When,
};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::Error;

/// An event as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct EventDocument {
    id: String,
    provider_id: String,
    kind: KindName,
    status: StatusName,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<WhenDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<WhenDocument>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recurrence: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<SeriesDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organizer: Option<PersonDocument>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attendees: Vec<AttendeeDocument>,
    busy: bool,
    visibility: VisibilityName,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ical_uid: Option<String>,
    event_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    truncated: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    outside_window: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum WhenDocument {
    Day {
        date: Date,
    },
    Time {
        at: Timestamp,
        offset_seconds: i32,
        #[serde(skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct SeriesDocument {
    master: String,
    master_provider_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_start: Option<WhenDocument>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PersonDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct AttendeeDocument {
    #[serde(flatten)]
    person: PersonDocument,
    response: ResponseName,
    #[serde(default, skip_serializing_if = "is_false")]
    optional: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    resource: bool,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// Names on both sides of an enum, so that a new variant can not be forgotten in either.
macro_rules! names {
    ($document:ident, $domain:ident, $($variant:ident),+) => {
        #[derive(Clone, Copy, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $document { $($variant),+ }

        impl From<$domain> for $document {
            fn from(value: $domain) -> Self {
                match value { $($domain::$variant => Self::$variant),+ }
            }
        }

        impl From<$document> for $domain {
            fn from(value: $document) -> Self {
                match value { $($document::$variant => Self::$variant),+ }
            }
        }
    };
}

names!(KindName, Kind, Single, Master, Exception, Occurrence);
names!(StatusName, Status, Confirmed, Tentative, Cancelled);
names!(
    VisibilityName,
    Visibility,
    Default,
    Public,
    Private,
    Confidential
);
names!(
    ResponseName,
    Response,
    NeedsAction,
    Accepted,
    Declined,
    Tentative
);

impl From<&When> for WhenDocument {
    fn from(when: &When) -> Self {
        match when.clone() {
            When::Day(date) => WhenDocument::Day { date },
            When::Time {
                at,
                offset_seconds,
                zone,
            } => WhenDocument::Time {
                at,
                offset_seconds,
                zone,
            },
        }
    }
}

impl From<WhenDocument> for When {
    fn from(document: WhenDocument) -> Self {
        match document {
            WhenDocument::Day { date } => When::Day(date),
            WhenDocument::Time {
                at,
                offset_seconds,
                zone,
            } => When::Time {
                at,
                offset_seconds,
                zone,
            },
        }
    }
}

impl From<&Person> for PersonDocument {
    fn from(person: &Person) -> Self {
        Self {
            email: person.email.clone(),
            name: person.name.clone(),
        }
    }
}

impl From<PersonDocument> for Person {
    fn from(document: PersonDocument) -> Self {
        Self {
            email: document.email,
            name: document.name,
        }
    }
}

impl From<&Event> for EventDocument {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id.to_string(),
            provider_id: event.provider_id.clone(),
            kind: event.kind.into(),
            status: event.status.into(),
            title: event.title.clone(),
            description: event.description.clone(),
            location: event.location.clone(),
            start: event.start.as_ref().map(Into::into),
            end: event.end.as_ref().map(Into::into),
            recurrence: event.recurrence.clone(),
            series: event.series.as_ref().map(|series| SeriesDocument {
                master: series.master.to_string(),
                master_provider_id: series.master_provider_id.clone(),
                original_start: series.original_start.as_ref().map(Into::into),
            }),
            organizer: event.organizer.as_ref().map(Into::into),
            attendees: event
                .attendees
                .iter()
                .map(|attendee| AttendeeDocument {
                    person: (&attendee.person).into(),
                    response: attendee.response.into(),
                    optional: attendee.optional,
                    resource: attendee.resource,
                })
                .collect(),
            busy: event.busy,
            visibility: event.visibility.into(),
            meeting_url: event.meeting_url.clone(),
            url: event.url.clone(),
            ical_uid: event.ical_uid.clone(),
            event_type: event.event_type.clone(),
            created: event.created,
            updated: event.updated,
            etag: event.etag.clone(),
            truncated: event.truncated.iter().map(ToString::to_string).collect(),
            outside_window: event.outside_window,
        }
    }
}

impl TryFrom<EventDocument> for Event {
    type Error = Error;

    fn try_from(document: EventDocument) -> Result<Self, Error> {
        const WHAT: &str = "could not understand a stored event";
        let series = document
            .series
            .map(|series| {
                Ok::<_, Error>(Series {
                    master: series.master.parse().map_err(Error::on(WHAT))?,
                    master_provider_id: series.master_provider_id,
                    original_start: series.original_start.map(Into::into),
                })
            })
            .transpose()?;
        Ok(Event {
            id: document.id.parse().map_err(Error::on(WHAT))?,
            provider_id: document.provider_id,
            kind: document.kind.into(),
            status: document.status.into(),
            title: document.title,
            description: document.description,
            location: document.location,
            start: document.start.map(Into::into),
            end: document.end.map(Into::into),
            recurrence: document.recurrence,
            series,
            organizer: document.organizer.map(Into::into),
            attendees: document
                .attendees
                .into_iter()
                .map(|attendee| Attendee {
                    person: attendee.person.into(),
                    response: attendee.response.into(),
                    optional: attendee.optional,
                    resource: attendee.resource,
                })
                .collect(),
            busy: document.busy,
            visibility: document.visibility.into(),
            meeting_url: document.meeting_url,
            url: document.url,
            ical_uid: document.ical_uid,
            event_type: document.event_type,
            created: document.created,
            updated: document.updated,
            etag: document.etag,
            truncated: document
                .truncated
                .iter()
                .filter_map(|name| FIELDS.into_iter().find(|known| known == name))
                .collect(),
            outside_window: document.outside_window,
        })
    }
}

/// Writes an event as JSON.
pub fn write(event: &Event) -> String {
    serde_json::to_string(&EventDocument::from(event)).expect("an event can be written as JSON")
}

/// Reads an event from JSON.
///
/// # Errors
/// If it is not one that this release or the last one wrote.
pub fn read(text: &str) -> Result<Event, Error> {
    serde_json::from_str::<EventDocument>(text)
        .map_err(Error::on("could not understand a stored event"))?
        .try_into()
}
