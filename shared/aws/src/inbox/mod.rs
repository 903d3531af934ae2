//! A calendar's inbox: single-item updates, never part of a transaction.
//!
//! Table `calendars`, key `calendar` + `part` = `inbox`.

mod item;
mod run;
mod watch;

pub use run::Read;

use item::answer;
pub(crate) use item::parse;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::inbox::{Inbox, Source, Status};
use domain::notification::Hearing;
use domain::{CalendarKey, SubscriptionId, receive, sweep};
use jiff::Timestamp;

use crate::attributes::{ms, n, s};
use crate::{Error, SdkConfig};

/// The inboxes of all calendars.
#[derive(Clone, Debug)]
pub struct Inboxes {
    client: Client,
    table: String,
}

/// What became of a conditional update.
#[derive(Clone, Debug)]
pub enum Answer {
    /// It was done. The inbox as it was before or is now, as the method says.
    Done(Inbox, Source),
    /// The condition did not hold. The inbox as it is, unless there is none.
    Refused(Option<Inbox>),
}

impl Inboxes {
    /// The inboxes in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes the inbox of a new calendar, with one read owed.
    ///
    /// # Errors
    /// If the table could not be asked. `Ok(false)` if the calendar is there already.
    pub async fn create(
        &self,
        key: CalendarKey,
        source: &Source,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let result = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("calendar", s(key))
            .item("part", s("inbox"))
            .item("v", n(1))
            .item("organization", s(key.organization))
            .item("provider", s(source.provider))
            .item("connection", s(source.connection))
            .item("external_id", s(&source.external_id))
            .item("status", s(Status::Active.name()))
            .item("live", AttributeValue::M(HashMap::new()))
            .item("req", n(1))
            .item("syn", n(0))
            .item("fence", n(0))
            .item("backoff", n(0))
            .item("fails", n(0))
            .item("due", ms(now + receive::GRACE))
            .item("dirty_since", ms(now))
            .item("due_shard", s(sweep::shard(key.calendar)))
            .condition_expression("attribute_not_exists(calendar)")
            .send()
            .await;
        match result {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(Error::new("could not write a new calendar", error)),
        }
    }

    /// Reads an inbox.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(&self, key: CalendarKey) -> Result<Option<(Inbox, Source)>, Error> {
        self.client
            .get_item()
            .table_name(&self.table)
            .key("calendar", s(key))
            .key("part", s("inbox"))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on("could not read a calendar's inbox"))?
            .item
            .map(parse)
            .transpose()
    }

    /// Counts a hint that came through this subscription. Answers with the inbox *before*.
    ///
    /// There is no condition on the status: a paused calendar keeps its hints.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn bump(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
        hearing: Hearing,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let heard = match hearing {
            Hearing::Nothing => "",
            Hearing::FirstWord => ", begun_at = :now",
            Hearing::Change => ", heard_at = :now",
        };
        let update = self
            .count(key, heard, now)
            .condition_expression("attribute_exists(live.#subscription)")
            .expression_attribute_names("#subscription", subscription.to_string());
        answer("could not count a hint", update).await
    }

    /// Counts a read that we want for reasons of our own. Answers with the inbox *before*.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn ask(&self, key: CalendarKey, now: Timestamp) -> Result<Answer, Error> {
        let update = self
            .count(key, "", now)
            .condition_expression("#status IN (:active, :paused, :ungranted)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_values(":paused", s(Status::Paused.name()))
            .expression_attribute_values(":ungranted", s(Status::Ungranted.name()));
        answer("could not count a request", update).await
    }

    /// Takes over a read that is overdue, if it is still as overdue as it was seen. Answers with
    /// the inbox after.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn claim(
        &self,
        key: CalendarKey,
        seen: Timestamp,
        until: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET due = :until")
            .condition_expression("due = :seen AND #status = :active AND req > syn")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":until", ms(until))
            .expression_attribute_values(":seen", ms(seen))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not claim an overdue calendar", update).await
    }

    /// Takes a calendar that is inactive, or owes nothing, out of the sweeper's sight, if both
    /// facts still hold.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn forget_due(&self, key: CalendarKey, seen: Timestamp) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("REMOVE due")
            .condition_expression("due = :seen AND (#status <> :active OR req <= syn)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":seen", ms(seen))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not put an inactive calendar to rest", update).await
    }

    /// The overdue calendars of one shard, oldest first, with the `due` that was seen.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn overdue(
        &self,
        shard: u8,
        now: Timestamp,
    ) -> Result<Vec<(CalendarKey, Timestamp)>, Error> {
        crate::feed::keys_before(
            &self.client,
            &self.table,
            ("due", "due_shard", "due"),
            shard,
            now,
        )
        .await
    }

    pub(super) fn update(&self, key: CalendarKey) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("calendar", s(key))
            .key("part", s("inbox"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn count(&self, key: CalendarKey, also: &str, now: Timestamp) -> UpdateItemFluentBuilder {
        self.update(key)
            .update_expression(format!(
                "SET due = if_not_exists(due, :due), \
                 dirty_since = if_not_exists(dirty_since, :now){also} ADD req :one",
            ))
            .expression_attribute_values(":due", ms(now + receive::GRACE))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllOld)
    }
}
