//! A calendar's feed item: what a run may write under its fence, and what is still owed to the bus.
//!
//! Table `calendars`, key `calendar` + `part` = `feed`. Rows and entries are written together with
//! it in [`crate::mirror`].

mod due;
mod item;
mod push;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValue;
use domain::reading::{Checkpoint, Feed};
use domain::window::Window;
use domain::{CalendarKey, publish, sweep};
use jiff::{SignedDuration, Timestamp};

pub(crate) use due::keys_before;
pub(crate) use item::{parse, write};

use crate::attributes::{CONFLICT_TRIES, Item, met_a_transaction, ms, n, pause, s};
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
                "SET doubted = :doubted ADD rebuilds :one \
                 REMOVE #checkpoint, #cursor, window_from, window_until, resync_asked",
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

    /// Asks that the next run reads everything anew. It does so under its own fence, so this needs
    /// none. `false` if there is no such calendar.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn ask_for_resync(&self, key: CalendarKey) -> Result<bool, Error> {
        let update = self
            .update(key)
            .update_expression("SET resync_asked = :true")
            .condition_expression("attribute_exists(calendar)")
            .expression_attribute_values(
                ":true",
                aws_sdk_dynamodb::types::AttributeValue::Bool(true),
            );
        Ok(fenced_out("could not ask for a whole read", update)
            .await?
            .is_some())
    }

    /// Notes which part of the calendar the read that begins now will show. `again` is how often
    /// such a read was begun and given up: rows that it saw must not count as seen. `false` if the
    /// fence was lost.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn open_window(
        &self,
        key: CalendarKey,
        (fence, g): (u64, u64),
        window: Window,
        again: u64,
    ) -> Result<bool, Error> {
        let update = self
            .in_round(key, fence, g)
            .update_expression("SET window_from = :from, window_until = :until ADD rebuilds :again")
            .expression_attribute_values(":again", n(again))
            .expression_attribute_values(":from", ms(window.from))
            .expression_attribute_values(":until", ms(window.until));
        Ok(fenced_out("could not note what part is read", update)
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

    pub(super) fn update(&self, key: CalendarKey) -> UpdateItemFluentBuilder {
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

/// What ends a round where there is nothing else to write; `mirror/write.rs` says the same in a
/// transaction.
const COMMIT: &str = "SET #cursor = :cursor, imported = :true \
     REMOVE #checkpoint, round_g, doubted";

/// Sends an update whose refusal is an answer; one that meets a transaction is tried again.
pub(super) async fn fenced_out(
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

/// When entries written now are overdue on the bus.
pub(crate) fn pub_due(now: Timestamp) -> Timestamp {
    now + publish::GRACE
}
