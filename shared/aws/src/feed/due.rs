//! What the sweeper looks for in feed items: what is owed to the bus, and when to poll.

use aws_sdk_dynamodb::Client;
use domain::{CalendarKey, sweep};
use jiff::{SignedDuration, Timestamp};

use super::{Feeds, fenced_out};
use crate::Error;
use crate::attributes::{from_ms, ms, n, s};

impl Feeds {
    /// Notes that entries up to `n` are on the bus, and that nothing is owed if `n` is the last.
    ///
    /// One update does both in the common case. Where it is refused, each part stands on its own
    /// condition: another publisher may be ahead, or a run may have added entries.
    ///
    /// # Errors
    /// If the table could not be asked; `pub_due` then stays for the sweeper.
    pub async fn mark_published(&self, key: CalendarKey, n_put: u64) -> Result<(), Error> {
        const WHAT: &str = "could not note what is on the bus";
        let both = self
            .update(key)
            .update_expression("SET published_seq = :n REMOVE pub_due")
            .condition_expression("published_seq < :n AND last_seq = :n")
            .expression_attribute_values(":n", n(n_put));
        if fenced_out(WHAT, both).await?.is_some() {
            return Ok(());
        }
        let ahead = self
            .update(key)
            .update_expression("SET published_seq = :n")
            .condition_expression("published_seq < :n")
            .expression_attribute_values(":n", n(n_put));
        fenced_out(WHAT, ahead).await?;
        let nothing_owed = self
            .update(key)
            .update_expression("REMOVE pub_due")
            .condition_expression("last_seq = :n")
            .expression_attribute_values(":n", n(n_put));
        fenced_out(WHAT, nothing_owed).await?;
        Ok(())
    }

    /// Takes over a publication that is overdue, if it is still as overdue as it was seen.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn claim_publication(
        &self,
        key: CalendarKey,
        seen: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Error> {
        let update = self
            .update(key)
            .update_expression("SET pub_due = :until")
            .condition_expression("pub_due = :seen")
            .expression_attribute_values(":until", ms(until))
            .expression_attribute_values(":seen", ms(seen));
        Ok(fenced_out("could not claim a publication", update)
            .await?
            .is_some())
    }

    /// Plans the next poll, if the last plan is still the one that was seen.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn move_poll(
        &self,
        key: CalendarKey,
        seen: Timestamp,
        next: Timestamp,
    ) -> Result<bool, Error> {
        let update = self
            .update(key)
            .update_expression("SET poll_at = :next")
            .condition_expression("poll_at = :seen")
            .expression_attribute_values(":next", ms(next))
            .expression_attribute_values(":seen", ms(seen));
        Ok(fenced_out("could not plan a poll", update).await?.is_some())
    }

    /// How often the calendar is polled.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn poll_period(&self, key: CalendarKey) -> Result<Option<SignedDuration>, Error> {
        let item = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("calendar", s(key))
            .key("part", s("feed"))
            .projection_expression("poll_every")
            .send()
            .await
            .map_err(Error::on("could not read a calendar's feed"))?
            .item;
        Ok(item
            .and_then(|item| item.get("poll_every")?.as_n().ok()?.parse().ok())
            .map(SignedDuration::from_millis))
    }

    /// Brings the next poll forward.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn poll_at(&self, key: CalendarKey, at: Timestamp) -> Result<(), Error> {
        let update = self
            .update(key)
            .update_expression("SET poll_at = :at")
            .condition_expression("attribute_exists(poll_at)")
            .expression_attribute_values(":at", ms(at));
        fenced_out("could not plan a poll", update)
            .await
            .map(|_| ())
    }

    /// Stops polling; the calendar is not watched any more.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn stop_polling(&self, key: CalendarKey) -> Result<(), Error> {
        let update = self
            .update(key)
            .update_expression("REMOVE poll_at")
            .condition_expression("attribute_exists(calendar)");
        fenced_out("could not stop polling", update)
            .await
            .map(|_| ())
    }

    /// The calendars of one shard whose entries should be on the bus by now.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn unpublished(
        &self,
        shard: u8,
        now: Timestamp,
    ) -> Result<Vec<(CalendarKey, Timestamp)>, Error> {
        let index = ("publish", "pub_shard", "pub_due");
        keys_before(&self.client, &self.table, index, shard, now).await
    }

    /// The calendars of one shard that are due for a poll.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn unpolled(
        &self,
        shard: u8,
        now: Timestamp,
    ) -> Result<Vec<(CalendarKey, Timestamp)>, Error> {
        let index = ("poll", "poll_shard", "poll_at");
        keys_before(&self.client, &self.table, index, shard, now).await
    }
}

/// The calendars of one shard of a sparse index whose time lies before `now`, oldest first.
pub(crate) async fn keys_before(
    client: &Client,
    table: &str,
    (index, shard_name, time_name): (&str, &str, &str),
    shard: u8,
    now: Timestamp,
) -> Result<Vec<(CalendarKey, Timestamp)>, Error> {
    const WHAT: &str = "could not look for overdue calendars";
    let output = client
        .query()
        .table_name(table)
        .index_name(index)
        .key_condition_expression("#shard = :shard AND #time < :now")
        .expression_attribute_names("#shard", shard_name)
        .expression_attribute_names("#time", time_name)
        .expression_attribute_values(":shard", s(shard))
        .expression_attribute_values(":now", ms(now))
        .limit(sweep::LIMIT)
        .send()
        .await
        .map_err(Error::on(WHAT))?;
    let mut keys = Vec::new();
    for item in output.items.unwrap_or_default() {
        let calendar = item.get("calendar").and_then(|value| value.as_s().ok());
        let time = item
            .get(time_name)
            .and_then(|value| value.as_n().ok()?.parse().ok());
        let (Some(calendar), Some(time)) = (calendar, time) else {
            return Err(Error::bare(WHAT));
        };
        keys.push((calendar.parse().map_err(Error::on(WHAT))?, from_ms(time)));
    }
    Ok(keys)
}
