//! How an event looks on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::microsoft::content::{Event, Version, instant};
use crate::microsoft::ids;
use crate::microsoft::mailboxes::MailboxRecord;
use crate::microsoft::recurrence::filled;
use crate::microsoft::text;
use crate::microsoft::times::Times;
use crate::microsoft::zones::Zone;
use crate::random::derived;

/// How a client wants to see events.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) zone: Zone,
    pub(crate) body: BodyKind,
}

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Html,
    Text,
}

/// An event with all that is needed to show it, or one of its occurrences.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) mailbox: &'a MailboxRecord,
    pub(crate) id: &'a str,
    pub(crate) version: &'a Version,
    pub(crate) event: &'a Event,
    pub(crate) look: &'a Look,
}

impl Shown<'_> {
    /// A single event, or a series' master.
    pub(crate) fn event(&self) -> Map<String, Value> {
        let kind = if self.event.is_series() {
            "seriesMaster"
        } else {
            "singleInstance"
        };
        let marks = Marks {
            id: self.id.to_owned(),
            key: change_key(self.id, self.version.changed),
            updated: self.version.updated,
            kind,
            series: None,
        };
        let mut fields = self.full(&self.event.fields, marks);
        if self.event.is_series() {
            let times = self.event.times();
            let rule = &self.event.fields["recurrence"];
            let rule = filled(rule, times.first_date(), &times.zone.name);
            fields.insert("recurrence".to_owned(), rule);
        }
        for name in ["originalStart", "occurrenceId"] {
            fields.insert(name.to_owned(), Value::Null);
        }
        fields
    }

    /// One occurrence in full, be it an exception or as the rule has it.
    pub(crate) fn occurrence(&self, date: Date) -> Map<String, Value> {
        let id = ids::occurrence(self.id, date);
        let exception = self.event.exceptions.get(&date);
        let marks = Marks {
            key: exception.map_or_else(
                || change_key(self.id, self.version.changed),
                |exception| change_key(&id, exception.changed),
            ),
            updated: exception.map_or(self.version.updated, |exception| exception.updated),
            kind: exception.map_or("occurrence", |_| "exception"),
            series: Some(self.id),
            id,
        };
        let mut fields = self.full(&self.event.occurrence(date), marks);
        let original = self.event.times().on(date).start();
        let original = original.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        fields.insert("originalStart".to_owned(), json!(original));
        fields.insert("occurrenceId".to_owned(), json!(ids::oid(self.id, date)));
        fields
    }

    /// What a delta round says of an occurrence that is as the rule has it.
    pub(crate) fn stub(&self, date: Date, times: &Times) -> Value {
        let (start, end) = times.shown_in(&self.look.zone);
        json!({
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": etag(&change_key(self.id, self.version.changed)),
            "id": ids::occurrence(self.id, date),
            "seriesMasterId": self.id,
            "type": "occurrence",
            "start": start,
            "end": end,
        })
    }

    fn full(&self, said: &Map<String, Value>, marks: Marks<'_>) -> Map<String, Value> {
        let mut fields = defaults(self.mailbox, &marks.id);
        let html = text::of(said.get("body"));
        let preview = html.preview();
        for (name, value) in said {
            fields.insert(name.clone(), value.clone());
        }
        if !said.contains_key("bodyPreview") {
            fields.insert("bodyPreview".to_owned(), json!(preview));
        }
        fields.insert("body".to_owned(), html.shown(self.look.body));
        let times = Times::of(said).unwrap_or_default();
        let (start, end) = times.shown_in(&self.look.zone);
        let zone = |edge: &str| {
            let zone = said.get(edge).and_then(|edge| edge.get("timeZone"));
            zone.cloned().unwrap_or_else(|| json!("UTC"))
        };
        for name in ["Start", "End"] {
            let zone = zone(&name.to_ascii_lowercase());
            fields.insert(format!("original{name}TimeZone"), zone);
        }
        let of_the_service = [
            ("@odata.type", json!("#microsoft.graph.event")),
            ("@odata.etag", json!(etag(&marks.key))),
            ("id", json!(marks.id)),
            ("changeKey", json!(marks.key)),
            ("lastModifiedDateTime", json!(instant(marks.updated))),
            ("type", json!(marks.kind)),
            ("seriesMasterId", json!(marks.series)),
            ("start", start),
            ("end", end),
        ];
        for (name, value) in of_the_service {
            fields.insert(name.to_owned(), value);
        }
        fields
    }
}

/// Leaves out what comes only when it is selected.
pub(crate) fn unselected(mut fields: Map<String, Value>) -> Value {
    for name in ["originalStart", "occurrenceId"] {
        fields.remove(name);
    }
    Value::Object(fields)
}

/// What the service says of an event.
struct Marks<'a> {
    id: String,
    key: String,
    updated: Timestamp,
    kind: &'static str,
    series: Option<&'a str>,
}

/// What an event has when its creator says nothing.
fn defaults(mailbox: &MailboxRecord, id: &str) -> Map<String, Value> {
    let uid = derived(0, id).hex(32).to_ascii_uppercase();
    let fields = json!({
        "createdDateTime": null,
        "categories": [],
        "transactionId": null,
        "iCalUId": format!("040000008200E00074C5B7101A82E00800000000{uid}"),
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": true,
        "hasAttachments": false,
        "subject": "",
        "importance": "normal",
        "sensitivity": "normal",
        "isAllDay": false,
        "isCancelled": false,
        "isOrganizer": true,
        "responseRequested": true,
        "showAs": "busy",
        "webLink": format!("https://outlook.office365.com/owa/?itemid={id}&exvsurl=1&path=/calendar/item"),
        "onlineMeetingUrl": null,
        "isOnlineMeeting": false,
        "onlineMeetingProvider": "unknown",
        "allowNewTimeProposals": true,
        "isDraft": false,
        "hideAttendees": false,
        "responseStatus": { "response": "organizer", "time": "0001-01-01T00:00:00Z" },
        "location": { "displayName": "" },
        "locations": [],
        "recurrence": null,
        "attendees": [],
        "organizer": { "emailAddress": { "name": mailbox.name(), "address": mailbox.email } },
        "onlineMeeting": null,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Another one for every change.
pub(crate) fn change_key(id: &str, changed: u64) -> String {
    let mut random = derived(changed, id);
    let bytes: Vec<u8> = (0..19).map(|_| random.next() as u8).collect();
    STANDARD.encode(bytes)
}

pub(crate) fn etag(change_key: &str) -> String {
    format!("W/\"{change_key}\"")
}
