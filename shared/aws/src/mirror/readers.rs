//! What readers of a calendar are given: a snapshot of its rows, and the entries that follow.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::CalendarKey;
use domain::change::Change;
use domain::event::Event;
use domain::follow::Kept;
use jiff::Timestamp;

use super::{Mirror, parse_row, read_entry, text};
use crate::Error;
use crate::attributes::{Item, n, s};

impl Mirror {
    /// A page of rows after `after`, and where to go on: a reader's snapshot. It may hold fewer
    /// than `limit`, which is DynamoDB's megabyte if it is none.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn snapshot(
        &self,
        key: CalendarKey,
        after: Option<&str>,
        limit: Option<i32>,
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
                Item::from([
                    ("calendar".to_owned(), s(key)),
                    ("event".to_owned(), s(event)),
                ])
            }))
            .set_limit(limit)
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
        let kept = self.kept(key, seq, limit).await?;
        Ok(kept.into_iter().map(|(entry, _)| entry).collect())
    }

    /// The same, each with what says whether it still counts.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn kept(
        &self,
        key: CalendarKey,
        seq: u64,
        limit: i32,
    ) -> Result<Vec<(Change, Kept)>, Error> {
        const WHAT: &str = "could not read a calendar's changes";
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
            .map_err(Error::on(WHAT))?;
        let mut kept = Vec::new();
        for item in output.items.unwrap_or_default() {
            let entry = read_entry(text(&item, "doc")?)?;
            let expires_at = item
                .get("expires_at")
                .and_then(seconds)
                .ok_or(Error::bare(WHAT))?;
            let seq = entry.seq;
            kept.push((entry, Kept { seq, expires_at }));
        }
        Ok(kept)
    }
}

fn seconds(value: &AttributeValue) -> Option<Timestamp> {
    Timestamp::from_second(value.as_n().ok()?.parse().ok()?).ok()
}
