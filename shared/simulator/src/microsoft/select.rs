//! `$select` and `$expand` of a single event.

use serde_json::{Map, Value};

use crate::microsoft::get::whole;
use crate::microsoft::refusal::Refusal;

/// What is always there.
const ALWAYS: [&str; 2] = ["id", "@odata.etag"];

/// Properties of an event that can be selected.
const KNOWN: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "transactionId",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "originalStart",
    "occurrenceId",
    "iCalUId",
    "uid",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "hasAttachments",
    "subject",
    "bodyPreview",
    "body",
    "importance",
    "sensitivity",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseRequested",
    "responseStatus",
    "seriesMasterId",
    "showAs",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "onlineMeeting",
    "allowNewTimeProposals",
    "isDraft",
    "hideAttendees",
    "start",
    "end",
    "location",
    "locations",
    "recurrence",
    "attendees",
    "organizer",
    "cancelledOccurrences",
    "exceptionOccurrences",
];

/// Which fields are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    wanted: Wanted,
    pub(crate) expands_exceptions: bool,
}

#[derive(Clone, Debug)]
enum Wanted {
    /// What comes when nothing is selected.
    Usual,
    All,
    Only(Vec<String>),
}

impl Selection {
    /// Every field there is.
    pub(crate) fn everything() -> Self {
        Self {
            wanted: Wanted::All,
            expands_exceptions: true,
        }
    }

    pub(crate) fn parse(query: &str) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
            .map_err(|_| Refusal::bad_request("The query could not be read."))?;
        let mut selection = Self {
            wanted: Wanted::Usual,
            expands_exceptions: false,
        };
        for (name, value) in pairs {
            match name.to_ascii_lowercase().as_str() {
                "$select" => {
                    let names: Vec<_> = value.split(',').map(|one| one.trim().to_owned()).collect();
                    if let Some(unknown) = names.iter().find(|one| !KNOWN.contains(&one.as_str())) {
                        let message = format!(
                            "Could not find a property named '{unknown}' on type 'microsoft.graph.event'."
                        );
                        return Err(Refusal::bad_request(&message));
                    }
                    selection.wanted = Wanted::Only(names);
                }
                "$expand" if value == "exceptionOccurrences" => {
                    selection.expands_exceptions = true;
                }
                other => {
                    let message = format!("The simulator does not know {other}={value}");
                    return Err(Refusal::bad_request(&message));
                }
            }
        }
        Ok(selection)
    }

    pub(crate) fn of(&self, fields: Map<String, Value>) -> Value {
        match &self.wanted {
            Wanted::Usual => whole(fields),
            Wanted::All if fields["type"] == "exception" => Value::Object(fields),
            Wanted::All => match whole(fields.clone()) {
                Value::Object(mut whole) => {
                    for name in ["cancelledOccurrences", "exceptionOccurrences"] {
                        whole.extend(
                            fields
                                .get(name)
                                .map(|value| (name.to_owned(), value.clone())),
                        );
                    }
                    Value::Object(whole)
                }
                other => other,
            },
            Wanted::Only(names) => {
                let is_wanted =
                    |name: &str| ALWAYS.contains(&name) || names.iter().any(|one| one == name);
                let kept = fields.into_iter().filter(|(name, _)| is_wanted(name));
                Value::Object(kept.collect())
            }
        }
    }

    /// An exception within its series: the same fields.
    pub(crate) fn of_exception(&self, fields: Map<String, Value>) -> Value {
        self.of(fields)
    }
}
