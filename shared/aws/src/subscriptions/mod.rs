//! Channels and subscriptions at providers.
//!
//! Table `subscriptions`, key `subscription`; index `by_organization`. Whoever has to be looked after
//! has a `renew_at` (milliseconds), by which the sparse index `renew` finds it.

mod due;
mod item;
mod keys;
mod life;
mod list;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::SubscriptionId;
use domain::subscription::Subscription;
use jiff::{SignedDuration, Timestamp};

pub use life::Accepted;

use crate::attributes::{ms, s};
use crate::{Error, SdkConfig};

/// The subscriptions of all organizations.
#[derive(Clone, Debug)]
pub struct Subscriptions {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl Subscriptions {
    /// The subscriptions in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes the row of a subscription that is about to be asked for.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn create(&self, subscription: &Subscription) -> Result<(), Error> {
        const WHAT: &str = "could not write a subscription";
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::write(subscription).map_err(Error::on(WHAT))?))
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        Ok(())
    }

    /// Reads a subscription.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn get(&self, id: SubscriptionId) -> Result<Option<Subscription>, Error> {
        self.client
            .get_item()
            .table_name(&self.table)
            .key("subscription", s(id))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on("could not read a subscription"))?
            .item
            .map(item::parse)
            .transpose()
    }

    /// Notes that a subscription which nobody wants has spoken, and by which name the provider
    /// knows it: one whose birth was never answered can only be stopped by that. `true` if it
    /// should be stopped now: at most once per `every`, however much it speaks, and never if it is
    /// unknown.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn wants_stopping(
        &self,
        id: SubscriptionId,
        provider_id: &str,
        every: SignedDuration,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut update = self.update(id);
        update = if provider_id.is_empty() {
            update.update_expression("SET stop_asked_at = :now")
        } else {
            update
                .update_expression(
                    "SET stop_asked_at = :now, \
                     provider_id = if_not_exists(provider_id, :provider_id)",
                )
                .expression_attribute_values(":provider_id", s(provider_id))
        };
        let update = update
            .condition_expression(
                "attribute_exists(subscription) \
                 AND (attribute_not_exists(stop_asked_at) OR stop_asked_at < :before)",
            )
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":before", ms(now - every));
        is_done("could not note a subscription to stop", update).await
    }

    fn update(&self, id: SubscriptionId) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("subscription", s(id))
    }
}

/// `false` if the condition did not hold.
async fn is_done(what: &'static str, update: UpdateItemFluentBuilder) -> Result<bool, Error> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) => refused(what, error).map(|()| false),
    }
}

/// Whether an update failed only because its condition did not hold.
fn refused<R>(what: &'static str, error: SdkError<UpdateItemError, R>) -> Result<(), Error>
where
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.into_service_error() {
        UpdateItemError::ConditionalCheckFailedException(_) => Ok(()),
        error => Err(Error::new(what, error)),
    }
}
