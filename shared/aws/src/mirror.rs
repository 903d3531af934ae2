//! Rows and feed entries, written together with the feed item under its fence.
//!
//! Tables `events` (key `calendar` + `event`) and `changes` (key `calendar` + `seq`).

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, KeysAndAttributes, Put, TransactWriteItem, Update,
};
use domain::change::{Change, What};
use domain::event::{Event, Kind};
use domain::reading::Checkpoint;
use domain::{CalendarKey, EventId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attributes::{CONFLICT_TRIES, Item, from_ms, ms, n, pause, s};
use crate::event_document::{self, KindName};
use crate::feed::{self, Feeds};
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

    /// Writes rows and entries, if the run still has the fence and nobody else added entries.
    /// `false` if the fence was lost.
    ///
    /// # Errors
    /// If the tables could not be asked, or the outcome is unknown and nothing was written.
    pub async fn write(
        &self,
        key: CalendarKey,
        under: Guard,
        stamp: u64,
        (last_seq, steps): (u64, &[Step]),
        progress: &Progress,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let entries: Vec<&Change> = steps
            .iter()
            .filter_map(|step| step.entry.as_ref())
            .collect();
        let newest = entries.last().map_or(last_seq, |entry| entry.seq);
        let mut items = Vec::with_capacity(steps.len() * 2 + 1);
        items.push(self.feed_update(key, under, last_seq, newest, progress, now)?);
        for step in steps {
            items.push(self.row_write(key, stamp, step, now)?);
        }
        for entry in entries {
            items.push(self.entry_put(key, entry)?);
        }
        self.transact(key, under, newest, progress, items).await
    }

    /// Adds one entry that is about no row, together with the end of the round.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn announce(
        &self,
        key: CalendarKey,
        under: Guard,
        entry: &Change,
        progress: &Progress,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let items = vec![
            self.feed_update(key, under, entry.seq - 1, entry.seq, progress, now)?,
            self.entry_put(key, entry)?,
        ];
        self.transact(key, under, entry.seq, progress, items).await
    }

    async fn transact(
        &self,
        key: CalendarKey,
        under: Guard,
        newest: u64,
        progress: &Progress,
        items: Vec<TransactWriteItem>,
    ) -> Result<bool, Error> {
        const WHAT: &str = "could not write a page";
        let mut attempt = 0;
        loop {
            let error = match self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .send()
                .await
            {
                Ok(_) => return Ok(true),
                Err(error) => error,
            };
            let reason = error.as_service_error().and_then(cancelled_by);
            match reason {
                Some(Cancelled::Conflict) if attempt < CONFLICT_TRIES => {
                    pause(attempt).await;
                    attempt += 1;
                    continue;
                }
                Some(Cancelled::Condition | Cancelled::Conflict) | None => {}
            }
            // Either the guard refused or the outcome is unknown. In both cases the feed tells:
            // an earlier try of this very transaction may have been carried out.
            let Some(feed) = self.feeds.get(key).await? else {
                return Ok(false);
            };
            if feed.fence != under.fence {
                return Ok(false);
            }
            let was_written = match progress {
                Progress::Commit(_) => feed.round_g != Some(under.g),
                Progress::Same | Progress::Checkpoint(_) => {
                    feed.last_seq == newest && has_entries(&items)
                }
            };
            return if was_written {
                Ok(true)
            } else {
                Err(Error::new(WHAT, error))
            };
        }
    }

    fn feed_update(
        &self,
        key: CalendarKey,
        under: Guard,
        last_seq: u64,
        newest: u64,
        progress: &Progress,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Error> {
        let mut set = vec![];
        let mut remove = vec![];
        let mut update = Update::builder()
            .table_name(&self.feeds.table)
            .key("calendar", s(key))
            .key("part", s("feed"))
            .condition_expression("fence = :fence AND round_g = :g AND last_seq = :last")
            .expression_attribute_values(":fence", n(under.fence))
            .expression_attribute_values(":g", n(under.g))
            .expression_attribute_values(":last", n(last_seq))
            .expression_attribute_values(":newest", n(newest));
        set.push("last_seq = :newest");
        if newest > last_seq {
            set.push("pub_due = if_not_exists(pub_due, :pub_due)");
            update = update.expression_attribute_values(":pub_due", ms(feed::pub_due(now)));
        }
        match progress {
            Progress::Same => {}
            Progress::Checkpoint(checkpoint) => {
                set.push("#checkpoint = :checkpoint");
                update = update
                    .expression_attribute_names("#checkpoint", "checkpoint")
                    .expression_attribute_values(":checkpoint", s(feed::write(checkpoint)));
            }
            Progress::Commit(cursor) => {
                set.push("#cursor = :cursor, imported = :true");
                remove.push("#checkpoint, round_g, doubted");
                update = update
                    .expression_attribute_names("#checkpoint", "checkpoint")
                    .expression_attribute_names("#cursor", "cursor")
                    .expression_attribute_values(":cursor", s(cursor))
                    .expression_attribute_values(":true", AttributeValue::Bool(true));
            }
        }
        let mut expression = format!("SET {}", set.join(", "));
        if !remove.is_empty() {
            expression = format!("{expression} REMOVE {}", remove.join(", "));
        }
        let update = update
            .update_expression(expression)
            .build()
            .map_err(Error::on("could not write a page"))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn row_write(
        &self,
        key: CalendarKey,
        stamp: u64,
        step: &Step,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Error> {
        const WHAT: &str = "could not write a page";
        let item = TransactWriteItem::builder();
        if let (None, Some(version)) = (&step.row, step.gone_version) {
            let put = Put::builder()
                .table_name(&self.events)
                .set_item(Some(row_key(key, &step.event)))
                .item("v", n(1))
                .item("gone_version", ms(version))
                .item("expires_at", n((now + GONE_FOR).as_second()))
                .build()
                .map_err(Error::on(WHAT))?;
            return Ok(item.put(put).build());
        }
        let Some(row) = &step.row else {
            let delete = Delete::builder()
                .table_name(&self.events)
                .set_key(Some(row_key(key, &step.event)))
                .build()
                .map_err(Error::on(WHAT))?;
            return Ok(item.delete(delete).build());
        };
        let mut put = Put::builder()
            .table_name(&self.events)
            .set_item(Some(row_key(key, &step.event)))
            .item("v", n(1))
            .item("stamp", n(stamp))
            .item("kind", s(kind_name(row.kind)))
            .item("doc", s(event_document::write(row)));
        if let Some(series) = &row.series {
            put = put.item("master", s(&series.master));
        }
        let put = put.build().map_err(Error::on(WHAT))?;
        Ok(item.put(put).build())
    }

    fn entry_put(&self, key: CalendarKey, entry: &Change) -> Result<TransactWriteItem, Error> {
        let expires_at = entry.at + self.keep_changes;
        let put = Put::builder()
            .table_name(&self.changes)
            .item("calendar", s(key))
            .item("seq", n(entry.seq))
            .item("v", n(1))
            .item("doc", s(write_entry(entry)))
            .item("expires_at", n(expires_at.as_second()))
            .build()
            .map_err(Error::on("could not write a page"))?;
        Ok(TransactWriteItem::builder().put(put).build())
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
            .projection_expression("#event, stamp")
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
            }
            let item: Stamp = crate::attributes::read(WHAT, item)?;
            seen.push(Seen {
                event: item.event.parse().map_err(Error::on(WHAT))?,
                stamp: item.stamp,
            });
        }
        let next = output
            .last_evaluated_key
            .and_then(|key| key.get("event")?.as_s().ok().cloned());
        Ok((seen, next))
    }

    /// A page of rows after `after`, and where to go on: a reader's snapshot.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn snapshot(
        &self,
        key: CalendarKey,
        after: Option<&str>,
    ) -> Result<(Vec<Event>, Option<String>), Error> {
        let output = self
            .client
            .query()
            .table_name(&self.events)
            .consistent_read(true)
            .key_condition_expression("calendar = :calendar")
            .filter_expression("attribute_exists(doc)")
            .expression_attribute_values(":calendar", s(key))
            .set_exclusive_start_key(after.map(|event| {
                HashMap::from([
                    ("calendar".to_owned(), s(key)),
                    ("event".to_owned(), s(event)),
                ])
            }))
            .send()
            .await
            .map_err(Error::on("could not read stored events"))?;
        let events = output
            .items
            .unwrap_or_default()
            .iter()
            .map(parse_row)
            .collect::<Result<_, _>>()?;
        let next = output
            .last_evaluated_key
            .and_then(|key| key.get("event")?.as_s().ok().cloned());
        Ok((events, next))
    }

    /// The entries after `seq`, in order, at most `limit`.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn entries(
        &self,
        key: CalendarKey,
        seq: u64,
        limit: i32,
    ) -> Result<Vec<Change>, Error> {
        let output = self
            .client
            .query()
            .table_name(&self.changes)
            .consistent_read(true)
            .key_condition_expression("calendar = :calendar AND seq > :seq")
            .expression_attribute_values(":calendar", s(key))
            .expression_attribute_values(":seq", n(seq))
            .limit(limit)
            .send()
            .await
            .map_err(Error::on("could not read a calendar's changes"))?;
        output
            .items
            .unwrap_or_default()
            .iter()
            .map(|item| read_entry(text(item, "doc")?))
            .collect()
    }
}

enum Cancelled {
    Condition,
    Conflict,
}

fn cancelled_by(error: &TransactWriteItemsError) -> Option<Cancelled> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            let codes = cancelled
                .cancellation_reasons()
                .iter()
                .filter_map(|reason| reason.code());
            let mut conflict = None;
            for code in codes {
                match code {
                    "ConditionalCheckFailed" => return Some(Cancelled::Condition),
                    "TransactionConflict" | "ThrottlingError" => {
                        conflict = Some(Cancelled::Conflict);
                    }
                    _ => {}
                }
            }
            conflict
        }
        TransactWriteItemsError::TransactionInProgressException(_) => Some(Cancelled::Conflict),
        _ => None,
    }
}

/// Whether a transaction added entries, so that `last_seq` tells whether it was carried out.
fn has_entries(items: &[TransactWriteItem]) -> bool {
    items
        .iter()
        .any(|item| item.put().is_some_and(|put| put.item().contains_key("seq")))
}

fn row_key(key: CalendarKey, event: &EventId) -> Item {
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

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Single => "single",
        Kind::Master => "master",
        Kind::Exception => "exception",
        Kind::Occurrence => "occurrence",
    }
}

/// A feed entry as JSON.
#[derive(Serialize, Deserialize)]
struct EntryDocument {
    seq: u64,
    at: Timestamp,
    correlation: String,
    #[serde(flatten)]
    what: WhatDocument,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum WhatDocument {
    Created {
        after: event_document::EventDocument,
    },
    Updated {
        after: event_document::EventDocument,
        changed: Vec<String>,
    },
    Deleted {
        event: String,
        provider_id: String,
        kind: KindName,
        #[serde(skip_serializing_if = "Option::is_none")]
        after: Option<event_document::EventDocument>,
    },
    Resynced,
}

/// Writes a feed entry as JSON.
pub fn write_entry(entry: &Change) -> String {
    let what = match &entry.what {
        What::Created(event) => WhatDocument::Created {
            after: event.as_ref().into(),
        },
        What::Updated { after, changed } => WhatDocument::Updated {
            after: after.as_ref().into(),
            changed: changed.iter().map(ToString::to_string).collect(),
        },
        What::Deleted {
            event,
            provider_id,
            kind,
            marker,
        } => WhatDocument::Deleted {
            event: event.to_string(),
            provider_id: provider_id.clone(),
            kind: (*kind).into(),
            after: marker.as_deref().map(Into::into),
        },
        What::Resynced => WhatDocument::Resynced,
    };
    let document = EntryDocument {
        seq: entry.seq,
        at: entry.at,
        correlation: entry.correlation.to_string(),
        what,
    };
    serde_json::to_string(&document).expect("an entry can be written as JSON")
}

/// Reads a feed entry from JSON.
///
/// # Errors
/// If it is not one that this release or the last one wrote.
pub fn read_entry(text: &str) -> Result<Change, Error> {
    const WHAT: &str = "could not understand a stored change";
    let document: EntryDocument = serde_json::from_str(text).map_err(Error::on(WHAT))?;
    let what = match document.what {
        WhatDocument::Created { after } => What::Created(Box::new(after.try_into()?)),
        WhatDocument::Updated { after, changed } => What::Updated {
            after: Box::new(after.try_into()?),
            changed: changed.iter().filter_map(|name| field(name)).collect(),
        },
        WhatDocument::Deleted {
            event,
            provider_id,
            kind,
            after,
        } => What::Deleted {
            event: event.parse().map_err(Error::on(WHAT))?,
            provider_id,
            kind: kind.into(),
            marker: after
                .map(|event| event.try_into().map(Box::new))
                .transpose()?,
        },
        WhatDocument::Resynced => What::Resynced,
    };
    Ok(Change {
        seq: document.seq,
        at: document.at,
        correlation: document.correlation.parse().map_err(Error::on(WHAT))?,
        what,
    })
}

/// The field names of this release; a reader is not told of others.
fn field(name: &str) -> Option<&'static str> {
    domain::event::FIELDS
        .into_iter()
        .find(|known| *known == name)
}
