//! What product code hears: events on the EventBridge bus, source `calwatch`.
//!
//! They carry ids, `seq`, kind and the names of changed fields, never a title or an address; the
//! event itself is read from the feed.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use domain::change::{Change, What};
use domain::{CalendarKey, publish};
use serde::Serialize;

use crate::outbox::{About, Announcement};
use crate::{Error, SdkConfig};

/// The bus.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// This bus.
    pub fn new(config: &SdkConfig, name: String) -> Self {
        Self {
            client: Client::new(config),
            name,
        }
    }

    /// Says what became of something. `false` if the bus did not take it.
    ///
    /// # Errors
    /// If the bus could not be asked.
    pub async fn announce(&self, announcement: &Announcement) -> Result<bool, Error> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source("calwatch")
            .detail_type(announcement.news.name())
            .detail(announced(announcement))
            .build();
        let output = self
            .client
            .put_events()
            .entries(entry)
            .send()
            .await
            .map_err(Error::on("could not put news on the bus"))?;
        Ok(output.failed_entry_count == 0)
    }

    /// Puts as many of these entries on the bus as fit into one call, and says how many of them,
    /// in order, were taken.
    ///
    /// # Errors
    /// If the bus could not be asked.
    pub async fn put(&self, key: CalendarKey, entries: &[Change]) -> Result<usize, Error> {
        let details: Vec<String> = entries
            .iter()
            .take(publish::ENTRIES)
            .map(|entry| detail(key, entry))
            .collect();
        // EventBridge counts the names and the source as well.
        let fitting = publish::batch(details.iter().map(|detail| detail.len() + 256));
        let requests: Vec<PutEventsRequestEntry> = entries
            .iter()
            .zip(details)
            .take(fitting)
            .map(|(entry, detail)| {
                PutEventsRequestEntry::builder()
                    .event_bus_name(&self.name)
                    .source("calwatch")
                    .detail_type(format!("calendar.{}", entry.what.name()))
                    .resources(key.calendar.to_string())
                    .detail(detail)
                    .build()
            })
            .collect();
        let output = self
            .client
            .put_events()
            .set_entries(Some(requests))
            .send()
            .await
            .map_err(Error::on("could not put events on the bus"))?;
        Ok(publish::accepted(
            output
                .entries
                .unwrap_or_default()
                .iter()
                .map(|entry| entry.error_code.is_some()),
        ))
    }
}

/// The `detail` of an announcement, as JSON. Listeners tell a repetition by `news_id`.
pub fn announced(announcement: &Announcement) -> String {
    let (organization, calendar, subscription, connection) = match announcement.about {
        About::Calendar(key) => (key.organization, Some(key.calendar), None, None),
        About::Subscription(organization, id, calendar) => (organization, calendar, Some(id), None),
        About::Connection(organization, id) => (organization, None, None, Some(id)),
    };
    let thing = match announcement.about {
        About::Calendar(key) => key.calendar.to_string(),
        About::Subscription(_, id, _) => id.to_string(),
        About::Connection(_, id) => id.to_string(),
    };
    let detail = AnnouncementDetail {
        v: "1",
        organization: organization.to_string(),
        calendar: calendar.map(|id| id.to_string()),
        subscription: subscription.map(|id| id.to_string()),
        connection: connection.map(|id| id.to_string()),
        at: announcement.at,
        news_id: format!("{thing}/{}", announcement.at.as_millisecond()),
    };
    serde_json::to_string(&detail).expect("texts and numbers can be written as JSON")
}

#[derive(Serialize)]
struct AnnouncementDetail {
    v: &'static str,
    organization: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
    at: jiff::Timestamp,
    news_id: String,
}

#[derive(Serialize)]
struct Detail<'a> {
    v: &'static str,
    organization: String,
    calendar: String,
    seq: u64,
    at: jiff::Timestamp,
    correlation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<crate::event_document::KindName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<&'a [&'static str]>,
}

/// The `detail` of one entry, as JSON.
pub fn detail(key: CalendarKey, entry: &Change) -> String {
    let detail = Detail {
        v: "1",
        organization: key.organization.to_string(),
        calendar: key.calendar.to_string(),
        seq: entry.seq,
        at: entry.at,
        correlation: entry.correlation.to_string(),
        event: entry.what.event().map(domain::EventId::as_str),
        kind: entry.what.kind().map(Into::into),
        changed: match &entry.what {
            What::Updated { changed, .. } => Some(changed),
            What::Created(_) | What::Deleted { .. } | What::Resynced => None,
        },
    };
    serde_json::to_string(&detail).expect("texts and numbers can be written as JSON")
}
