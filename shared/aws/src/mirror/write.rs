//! Transactions of rows and entries, guarded by the feed item.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use domain::CalendarKey;
use domain::change::Change;
use domain::event::Kind;
use domain::window;
use jiff::Timestamp;

use super::{GONE_FOR, Guard, Mirror, Progress, Step, row_key, write_entry};
use crate::attributes::{CONFLICT_TRIES, ms, n, pause, s};
use crate::{Error, event_document, feed};

impl Mirror {
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
        if let (Kind::Single, Some((starts, ends))) = (row.kind, window::span(row)) {
            put = put.item("starts", ms(starts)).item("ends", ms(ends));
        }
        if row.outside_window {
            put = put.item("outside_window", AttributeValue::Bool(true));
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

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Single => "single",
        Kind::Master => "master",
        Kind::Exception => "exception",
        Kind::Occurrence => "occurrence",
    }
}
