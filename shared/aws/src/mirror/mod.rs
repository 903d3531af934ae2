//! Rows and feed entries, written together with the feed item under its fence.
//!
//! Tables `events` (key `calendar` + `event`) and `changes` (key `calendar` + `seq`).

mod entry;
mod readers;
mod write;

pub use entry::{read_entry, write_entry};

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::change::Change;
use domain::event::Event;
use domain::reading::Checkpoint;
use domain::{CalendarKey, EventId};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::attributes::{CONFLICT_TRIES, Item, from_ms, pause, s};
use crate::event_document::{self};
use crate::feed::Feeds;
use crate::{Error, SdkConfig};

/// The rows and entries of all calendars.
#[derive(Clone, Debug)]
pub struct Mirror {
    client: Client,
    events: String,
    changes: String,
    feeds: Feeds,
    keep_changes: SignedDuration,
}

/// What becomes of one event in one transaction.
#[derive(Clone, Debug)]
pub struct Step {
    /// The event.
    pub event: EventId,
    /// Its row from now on; none removes it.
    pub row: Option<Event>,
    /// The version of a row that is removed, if it had one. It is kept for a week, so that a page
    /// read again from a provider's lagging replica does not bring the event back.
    pub gone_version: Option<Timestamp>,
    /// What the feed says about it; none says nothing.
    pub entry: Option<Change>,
    /// Roughly how many bytes it takes.
    pub bytes: usize,
}

impl Step {
    /// A step, with its size.
    pub fn new(
        event: EventId,
        row: Option<Event>,
        gone_version: Option<Timestamp>,
        entry: Option<Change>,
    ) -> Self {
        let size = |event: &Event| event_document::write(event).len() + 256;
        let bytes = row.as_ref().map_or(256, size)
            + entry
                .as_ref()
                .and_then(|entry| entry.what.after())
                .map_or(256, size);
        Self {
            event,
            row,
            gone_version,
            entry,
            bytes,
        }
    }
}

/// What a run's transactions are guarded by.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    /// The run's fence.
    pub fence: u64,
    /// The request its round answers for.
    pub g: u64,
}

/// What the feed item becomes in a transaction.
#[derive(Clone, Debug)]
pub enum Progress {
    /// More of the page follows.
    Same,
    /// The page is done; the round goes on here.
    Checkpoint(Checkpoint),
    /// The round is done: the next one starts from this cursor.
    Commit(String),
}

/// What is stored of some events.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The rows.
    pub live: HashMap<EventId, Event>,
    /// The last version of events whose row was removed not long ago.
    pub gone: HashMap<EventId, Timestamp>,
}

/// How long the version of a removed row is kept.
const GONE_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A row, as far as deleting what was not seen needs it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The event.
    pub event: EventId,
    /// The number of the last whole read that saw it.
    pub stamp: u64,
    /// Whether it was outside the part of the calendar that was read.
    pub outside_window: bool,
    /// From when to when it lasts, of an event that happens once.
    pub lasts: Option<(Timestamp, Timestamp)>,
}

impl Mirror {
    /// The rows and entries in these tables; entries are kept for `keep_changes`.
    pub fn new(
        config: &SdkConfig,
        calendars: String,
        events: String,
        changes: String,
        keep_changes: SignedDuration,
    ) -> Self {
        Self {
            client: Client::new(config),
            events,
            changes,
            feeds: Feeds::new(config, calendars),
            keep_changes,
        }
    }

    /// The feed items these rows and entries belong to.
    pub const fn feeds(&self) -> &Feeds {
        &self.feeds
    }

    /// The stored rows of these events, read consistently, a hundred a call.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn rows(&self, key: CalendarKey, events: &[EventId]) -> Result<Rows, Error> {
        const WHAT: &str = "could not read stored events";
        let mut rows = Rows::default();
        for hundred in events.chunks(100) {
            let keys = hundred.iter().map(|event| row_key(key, event)).collect();
            let mut wanted = Some(
                KeysAndAttributes::builder()
                    .set_keys(Some(keys))
                    .consistent_read(true)
                    .projection_expression("#event, doc, gone_version")
                    .expression_attribute_names("#event", "event")
                    .build()
                    .map_err(Error::on(WHAT))?,
            );
            let mut attempt = 0;
            while let Some(keys) = wanted.take() {
                let output = self
                    .client
                    .batch_get_item()
                    .request_items(&self.events, keys)
                    .send()
                    .await
                    .map_err(Error::on(WHAT))?;
                let items = output.responses.unwrap_or_default().remove(&self.events);
                for item in items.unwrap_or_default() {
                    let event: EventId = text(&item, "event")?.parse().map_err(Error::on(WHAT))?;
                    if let Some(version) = item.get("gone_version") {
                        let version = version.as_n().ok().and_then(|ms| ms.parse().ok());
                        let version = version.ok_or(Error::bare(WHAT))?;
                        rows.gone.insert(event, from_ms(version));
                    } else {
                        rows.live.insert(event, parse_row(&item)?);
                    }
                }
                // DynamoDB answers with part of what was asked when it is busy.
                wanted = output
                    .unprocessed_keys
                    .and_then(|mut keys| keys.remove(&self.events));
                if wanted.is_some() {
                    if attempt == CONFLICT_TRIES {
                        return Err(Error::bare("the events table is too busy"));
                    }
                    pause(attempt).await;
                    attempt += 1;
                }
            }
        }
        Ok(rows)
    }

    /// The rows that belong to a series, except its master.
    ///
    /// It reads the calendar's whole partition; only the deletion of a master needs it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn members(&self, key: CalendarKey, master: &EventId) -> Result<Vec<Event>, Error> {
        const WHAT: &str = "could not read the occurrences of a series";
        let mut members = Vec::new();
        let mut start = None;
        loop {
            let output = self
                .client
                .query()
                .table_name(&self.events)
                .consistent_read(true)
                .key_condition_expression("calendar = :calendar")
                .filter_expression("#master = :master")
                .expression_attribute_names("#master", "master")
                .expression_attribute_values(":calendar", s(key))
                .expression_attribute_values(":master", s(master))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(Error::on(WHAT))?;
            for item in output.items.unwrap_or_default() {
                members.push(parse_row(&item)?);
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(members);
            }
        }
    }

    /// Which whole read last saw the rows after `after`, at most a page of them, and where to go
    /// on. Events are not read, so a page is large.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn stamps(
        &self,
        key: CalendarKey,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Seen>, Option<String>), Error> {
        const WHAT: &str = "could not count stored events";
        let output = self
            .client
            .query()
            .table_name(&self.events)
            .consistent_read(true)
            .key_condition_expression("calendar = :calendar")
            .filter_expression("attribute_exists(doc)")
            .projection_expression("#event, stamp, outside_window, starts, ends")
            .expression_attribute_names("#event", "event")
            .expression_attribute_values(":calendar", s(key))
            .set_exclusive_start_key(after.map(|event| {
                HashMap::from([
                    ("calendar".to_owned(), s(key)),
                    ("event".to_owned(), s(event)),
                ])
            }))
            .limit(limit)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        let mut seen = Vec::new();
        for item in output.items.unwrap_or_default() {
            #[derive(Deserialize)]
            struct Stamp {
                event: String,
                stamp: u64,
                #[serde(default)]
                outside_window: bool,
                starts: Option<i64>,
                ends: Option<i64>,
            }
            let item: Stamp = crate::attributes::read(WHAT, item)?;
            seen.push(Seen {
                event: item.event.parse().map_err(Error::on(WHAT))?,
                stamp: item.stamp,
                outside_window: item.outside_window,
                lasts: item
                    .starts
                    .zip(item.ends)
                    .map(|(starts, ends)| (from_ms(starts), from_ms(ends))),
            });
        }
        let next = output
            .last_evaluated_key
            .and_then(|key| key.get("event")?.as_s().ok().cloned());
        Ok((seen, next))
    }
}

pub(super) fn row_key(key: CalendarKey, event: &EventId) -> Item {
    HashMap::from([
        ("calendar".to_owned(), s(key)),
        ("event".to_owned(), s(event)),
    ])
}

fn text<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, Error> {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map(String::as_str)
        .ok_or(Error::bare("a stored item has no document"))
}

fn parse_row(item: &Item) -> Result<Event, Error> {
    event_document::read(text(item, "doc")?)
}
