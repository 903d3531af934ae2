//! What operators and subscriptions do to an inbox.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use domain::inbox::Status;
use domain::{CalendarKey, SubscriptionId, receive};
use jiff::Timestamp;

use super::item::answer;
use super::{Answer, Inboxes};
use crate::Error;
use crate::attributes::{ms, n, s};

impl Inboxes {
    /// Pauses an active calendar. `due` stays, and the sweeper's next claim removes it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn pause(&self, key: CalendarKey) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET #status = :paused")
            .condition_expression("#status = :active")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":paused", s(Status::Paused.name()))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not pause a calendar", update).await
    }

    /// Reads a calendar again that is `from` (paused or ungranted), and owes it one read, in one
    /// update. Earlier failures are forgotten: the read follows now.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn resume(
        &self,
        key: CalendarKey,
        from: Status,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression(
                "SET #status = :active, due = :now, fails = :none, \
                 dirty_since = if_not_exists(dirty_since, :now) ADD req :one REMOVE #hold",
            )
            .condition_expression("#status = :from")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#hold", "hold")
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_values(":from", s(from.name()))
            .expression_attribute_values(":none", n(0))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllNew);
        answer("could not resume a calendar", update).await
    }

    /// Ends the watch: no subscription is live any more. Answers with the inbox *before*.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn unwatch(&self, key: CalendarKey) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET #status = :unwatched, live = :nothing REMOVE due, dirty_since")
            .condition_expression("attribute_exists(calendar) AND #status <> :erasing")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":unwatched", s(Status::Unwatched.name()))
            .expression_attribute_values(":erasing", s(Status::Erasing.name()))
            .expression_attribute_values(":nothing", AttributeValue::M(HashMap::new()))
            .return_values(ReturnValue::AllOld);
        answer("could not unwatch a calendar", update).await
    }

    /// Makes a subscription live before the provider is asked, since its first notification can
    /// overtake the provider's answer.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn expect(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("SET live.#subscription = :unknown")
            .condition_expression("#status IN (:active, :paused)")
            .expression_attribute_names("#subscription", subscription.to_string())
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":unknown", s(""))
            .expression_attribute_values(":active", s(Status::Active.name()))
            .expression_attribute_values(":paused", s(Status::Paused.name()))
            .return_values(ReturnValue::AllNew);
        answer("could not make a subscription live", update).await
    }

    /// Notes the provider's name of a live subscription, and owes a read: changes before it began
    /// were never announced. Answers with the inbox *before*.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn activate(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
        provider_id: &str,
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression(
                "SET live.#subscription = :id, due = if_not_exists(due, :due), \
                 dirty_since = if_not_exists(dirty_since, :now) ADD req :one",
            )
            .condition_expression("attribute_exists(live.#subscription)")
            .expression_attribute_names("#subscription", subscription.to_string())
            .expression_attribute_values(":id", s(provider_id))
            .expression_attribute_values(":due", ms(now + receive::GRACE))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllOld);
        answer("could not activate a subscription", update).await
    }

    /// Takes a subscription out of the live ones.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn retire(
        &self,
        key: CalendarKey,
        subscription: SubscriptionId,
    ) -> Result<Answer, Error> {
        let update = self
            .update(key)
            .update_expression("REMOVE live.#subscription")
            .condition_expression("attribute_exists(live.#subscription)")
            .expression_attribute_names("#subscription", subscription.to_string())
            .return_values(ReturnValue::AllNew);
        answer("could not retire a subscription", update).await
    }
}
