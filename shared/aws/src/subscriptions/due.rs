//! Subscriptions that somebody has to look after: the sparse index `renew`.

use aws_sdk_dynamodb::types::ReturnValue;
use domain::SubscriptionId;
use domain::renew::{self, Due};
use domain::subscription::Subscription;
use jiff::Timestamp;

use super::item::parse;
use super::{Subscriptions, refused};
use crate::Error;
use crate::attributes::{Item, from_ms, ms, s};

impl Subscriptions {
    /// The subscriptions of one shard whose `renew_at` has passed, oldest first, a bounded number.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn due(&self, shard: u8, now: Timestamp) -> Result<Vec<Due>, Error> {
        const WHAT: &str = "could not look for subscriptions to renew";
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("renew")
            .key_condition_expression("renew_shard = :shard AND renew_at <= :now")
            .expression_attribute_values(":shard", s(shard))
            .expression_attribute_values(":now", ms(now))
            .limit(renew::LIMIT)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        let items = output.items.unwrap_or_default();
        items
            .iter()
            .map(|item| due(item).ok_or(Error::bare(WHAT)))
            .collect()
    }

    /// Takes over a subscription that is due, if it is still as due as it was seen. Answers with it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn claim(
        &self,
        id: SubscriptionId,
        seen: Timestamp,
        until: Timestamp,
    ) -> Result<Option<Subscription>, Error> {
        let update = self
            .update(id)
            .update_expression("SET renew_at = :until")
            .condition_expression("renew_at = :seen")
            .expression_attribute_values(":until", ms(until))
            .expression_attribute_values(":seen", ms(seen))
            .return_values(ReturnValue::AllNew);
        match update.send().await {
            Ok(output) => output.attributes.map(parse).transpose(),
            Err(error) => refused("could not claim a subscription", error).map(|()| None),
        }
    }

    /// Has a subscription looked after then, or never, if it is still in the hands of whoever
    /// claimed it. A provider may have said meanwhile that it is due now, which then stands.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn rest(
        &self,
        id: SubscriptionId,
        claimed: Timestamp,
        until: Option<Timestamp>,
        attempts: u32,
    ) -> Result<bool, Error> {
        let update = self
            .update(id)
            .condition_expression("renew_at = :claimed")
            .expression_attribute_values(":claimed", ms(claimed))
            .expression_attribute_values(":attempts", crate::attributes::n(attempts));
        let update = match until {
            Some(until) => update
                .update_expression("SET renew_at = :until, attempts = :attempts")
                .expression_attribute_values(":until", ms(until)),
            None => update.update_expression("SET attempts = :attempts REMOVE renew_at"),
        };
        super::is_done("could not put a subscription to rest", update).await
    }
}

fn due(item: &Item) -> Option<Due> {
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse().ok().map(from_ms);
    Some(Due {
        id: item.get("subscription")?.as_s().ok()?.parse().ok()?,
        renew_at: number("renew_at")?,
        ends_at: number("ends_at"),
    })
}
