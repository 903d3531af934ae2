//! A calendar's feed item: what a run may write under its fence, and what is still owed to the bus.
//!
//! Table `calendars`, key `calendar` + `part` = `feed`. Rows and entries are written together with
//! it in [`crate::mirror`].

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::reading::{Checkpoint, Feed};
use domain::{CalendarKey, publish, sweep};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attributes::{CONFLICT_TRIES, Item, from_ms, met_a_transaction, ms, n, pause, read, s};
use crate::{Error, SdkConfig};

/// The feed items of all calendars.
#[derive(Clone, Debug)]
pub struct Feeds {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Feeds {
    /// The feed items in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes the feed item of a new calendar. Writing it again changes nothing.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn create(
        &self,
        key: CalendarKey,
        poll_every: SignedDuration,
        poll_at: Timestamp,
    ) -> Result<(), Error> {
        let update = self
            .update(key)
            .update_expression(
                "SET fence = if_not_exists(fence, :zero), last_seq = if_not_exists(last_seq, :zero), \
                 published_seq = if_not_exists(published_seq, :zero), \
                 rebuilds = if_not_exists(rebuilds, :one), v = if_not_exists(v, :one), \
                 pub_shard = :shard, poll_shard = :shard, \
                 poll_every = :every, poll_at = :at",
            )
            .expression_attribute_values(":zero", n(0))
            .expression_attribute_values(":one", n(1))
            .expression_attribute_values(":shard", s(sweep::shard(key.calendar)))
            .expression_attribute_values(":every", n(poll_every.as_millis()))
            .expression_attribute_values(":at", ms(poll_at));
        fenced_out("could not write a new calendar", update)
            .await
            .map(|_| ())
    }

    /// Reads a feed item.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(&self, key: CalendarKey) -> Result<Option<Feed>, Error> {
        self.client
            .get_item()
            .table_name(&self.table)
            .key("calendar", s(key))
            .key("part", s("feed"))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on("could not read a calendar's feed"))?
            .item
            .map(parse)
            .transpose()
    }

    /// Raises the fence to `fence` and notes what the round answers for, unless it is a round that
    /// goes on. `None` if a later run has the feed.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn raise(&self, key: CalendarKey, fence: u64, g: u64) -> Result<Option<Feed>, Error> {
        let update = self
            .update(key)
            .update_expression("SET fence = :fence, round_g = if_not_exists(round_g, :g)")
            .condition_expression("fence <= :fence")
            .expression_attribute_values(":fence", n(fence))
            .expression_attribute_values(":g", n(g))
            .return_values(ReturnValue::AllNew);
        fenced_out("could not raise a feed's fence", update)
            .await?
            .map(parse)
            .transpose()
    }

    /// Notes how far the round got, where there is nothing else to write. `false` if the fence was
    /// lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn note(
        &self,
        key: CalendarKey,
        (fence, g): (u64, u64),
        checkpoint: &Checkpoint,
    ) -> Result<bool, Error> {
        let update = self
            .in_round(key, fence, g)
            .update_expression("SET #checkpoint = :checkpoint")
            .expression_attribute_names("#checkpoint", "checkpoint")
            .expression_attribute_values(":checkpoint", s(write(checkpoint)));
        Ok(fenced_out("could not note how far a round got", update)
            .await?
            .is_some())
    }

    /// Starts the round again where it started, because the provider refused to go on. `false` if
    /// the fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn restart(&self, key: CalendarKey, (fence, g): (u64, u64)) -> Result<bool, Error> {
        let update = self
            .in_round(key, fence, g)
            .update_expression("REMOVE #checkpoint")
            .expression_attribute_names("#checkpoint", "checkpoint");
        Ok(fenced_out("could not restart a round", update)
            .await?
            .is_some())
    }

    /// Starts reading everything anew: no cursor, and a new number for the rows that are seen.
    /// `false` if the fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn rebuild(
        &self,
        key: CalendarKey,
        (fence, g): (u64, u64),
        doubted: bool,
    ) -> Result<bool, Error> {
        let update = self
            .in_round(key, fence, g)
            .update_expression(
                "SET doubted = :doubted ADD rebuilds :one REMOVE #checkpoint, #cursor",
            )
            .expression_attribute_names("#checkpoint", "checkpoint")
            .expression_attribute_names("#cursor", "cursor")
            .expression_attribute_values(
                ":doubted",
                aws_sdk_dynamodb::types::AttributeValue::Bool(doubted),
            )
            .expression_attribute_values(":one", n(1));
        Ok(fenced_out("could not start a rebuild", update)
            .await?
            .is_some())
    }

    /// Ends the round: the next one starts from `cursor`. `false` if the fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn commit(&self, key: CalendarKey, fence: u64, cursor: &str) -> Result<bool, Error> {
        let update = self
            .fenced(key, fence)
            .update_expression(COMMIT)
            .expression_attribute_names("#checkpoint", "checkpoint")
            .expression_attribute_names("#cursor", "cursor")
            .expression_attribute_values(":cursor", s(cursor))
            .expression_attribute_values(
                ":true",
                aws_sdk_dynamodb::types::AttributeValue::Bool(true),
            );
        Ok(fenced_out("could not commit a cursor", update)
            .await?
            .is_some())
    }

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

    /// Plans the next poll, if the last plan is still the one that was seen. `jitter` is between
    /// 0 and 1; the period lies in the item, so no read is needed.
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

    /// Changes how often the calendar is polled, from `poll_at` on.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn set_poll(
        &self,
        key: CalendarKey,
        every: SignedDuration,
        poll_at: Timestamp,
    ) -> Result<(), Error> {
        let update = self
            .update(key)
            .update_expression("SET poll_every = :every, poll_at = :at")
            .condition_expression("attribute_exists(calendar)")
            .expression_attribute_values(":every", n(every.as_millis()))
            .expression_attribute_values(":at", ms(poll_at));
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

    fn update(&self, key: CalendarKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("calendar", s(key))
            .key("part", s("feed"))
            .return_values(ReturnValue::AllNew)
    }

    /// What a run writes before its round is over. Fence alone is not enough: a request that
    /// arrives late would bring back the page of a round that has ended under the same fence.
    fn in_round(&self, key: CalendarKey, fence: u64, g: u64) -> UpdateItemFluentBuilder {
        self.update(key)
            .condition_expression("fence = :fence AND round_g = :g")
            .expression_attribute_values(":fence", n(fence))
            .expression_attribute_values(":g", n(g))
    }

    fn fenced(&self, key: CalendarKey, fence: u64) -> UpdateItemFluentBuilder {
        self.update(key)
            .condition_expression("fence = :fence")
            .expression_attribute_values(":fence", n(fence))
    }
}

/// What ends a round; shared with the transaction that ends an import.
pub(crate) const COMMIT: &str = "SET #cursor = :cursor, imported = :true \
     REMOVE #checkpoint, round_g, doubted";

/// Sends an update whose refusal is an answer; one that meets a transaction is tried again.
async fn fenced_out(
    what: &'static str,
    update: UpdateItemFluentBuilder,
) -> Result<Option<Item>, Error> {
    let mut attempt = 0;
    loop {
        match update.clone().send().await {
            Ok(output) => return Ok(Some(output.attributes.unwrap_or_default())),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(_) => return Ok(None),
                error if met_a_transaction(&error) && attempt < CONFLICT_TRIES => {
                    pause(attempt).await;
                    attempt += 1;
                }
                error => return Err(Error::new(what, error)),
            },
        }
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

/// When entries written now are overdue on the bus.
pub(crate) fn pub_due(now: Timestamp) -> Timestamp {
    now + publish::GRACE
}

#[derive(Deserialize)]
struct FeedItem {
    fence: u64,
    cursor: Option<String>,
    checkpoint: Option<String>,
    round_g: Option<u64>,
    #[serde(default)]
    rebuilds: u64,
    #[serde(default)]
    doubted: bool,
    #[serde(default)]
    imported: bool,
    #[serde(default)]
    last_seq: u64,
    #[serde(default)]
    published_seq: u64,
}

fn parse(item: Item) -> Result<Feed, Error> {
    const WHAT: &str = "could not understand a calendar's feed";
    let item: FeedItem = read(WHAT, item)?;
    let checkpoint = item
        .checkpoint
        .map(|text| serde_json::from_str::<CheckpointV1>(&text))
        .transpose()
        .map_err(Error::on(WHAT))?;
    Ok(Feed {
        fence: item.fence,
        cursor: item.cursor,
        checkpoint: checkpoint.map(CheckpointV1::into_domain),
        round_g: item.round_g,
        rebuild: item.rebuilds,
        doubted: item.doubted,
        imported: item.imported,
        last_seq: item.last_seq,
        published_seq: item.published_seq,
    })
}

/// A checkpoint as it is stored: text, because nothing compares it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
enum CheckpointV1 {
    Page {
        page: String,
    },
    Count {
        cursor: String,
        after: Option<String>,
        rows: u64,
        unseen: u64,
    },
    Delete {
        cursor: String,
        after: Option<String>,
    },
}

impl CheckpointV1 {
    fn into_domain(self) -> Checkpoint {
        match self {
            CheckpointV1::Page { page } => Checkpoint::Page(page),
            CheckpointV1::Count {
                cursor,
                after,
                rows,
                unseen,
            } => Checkpoint::Count {
                cursor,
                after,
                rows,
                unseen,
            },
            CheckpointV1::Delete { cursor, after } => Checkpoint::Delete { cursor, after },
        }
    }
}

/// A checkpoint as it is stored.
pub(crate) fn write(checkpoint: &Checkpoint) -> String {
    let stored = match checkpoint.clone() {
        Checkpoint::Page(page) => CheckpointV1::Page { page },
        Checkpoint::Count {
            cursor,
            after,
            rows,
            unseen,
        } => CheckpointV1::Count {
            cursor,
            after,
            rows,
            unseen,
        },
        Checkpoint::Delete { cursor, after } => CheckpointV1::Delete { cursor, after },
    };
    serde_json::to_string(&stored).expect("texts and numbers can be written as JSON")
}
