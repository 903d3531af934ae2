//! Channels and subscriptions at providers.
//!
//! Table `subscriptions`, key `subscription`. A row has `attention` and `renew_at` (milliseconds)
//! only once a provider said that the subscription needs something; nothing reads them before
//! there is renewal, in a later release.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::subscription::{Attention, State, Subscription};
use domain::token::Target;
use domain::{Provider, SubscriptionId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attributes::{ms, read, s};
use crate::{Error, SdkConfig};

/// The subscriptions of all organizations.
#[derive(Clone, Debug)]
pub struct Subscriptions {
    client: Client,
    table: String,
}

impl Subscriptions {
    /// The subscriptions in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Writes a subscription's row, over an earlier one.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn put(&self, subscription: &Subscription) -> Result<(), Error> {
        const WHAT: &str = "could not write a subscription";
        let (kind, target) = match subscription.target {
            Target::Calendar(calendar) => ("calendar", calendar.to_string()),
            Target::CalendarList(connection) => ("calendar_list", connection.to_string()),
        };
        let item = SubscriptionItem {
            subscription: subscription.id.to_string(),
            v: 1,
            organization: subscription.organization.to_string(),
            kind: kind.to_owned(),
            target,
            provider: subscription.provider.slug().to_owned(),
            state: subscription.state.name().to_owned(),
            provider_id: subscription.provider_id.clone(),
            provider_expires_at: subscription.expires_at,
            created_at: subscription.created_at,
        };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(serde_dynamo::to_item(item).map_err(Error::on(WHAT))?))
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
        const WHAT: &str = "could not read a subscription";
        self.client
            .get_item()
            .table_name(&self.table)
            .key("subscription", s(id))
            .consistent_read(true)
            .send()
            .await
            .map_err(Error::on(WHAT))?
            .item
            .map(|item| parse(read(WHAT, item)?))
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
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("subscription", s(id));
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
        let result = update
            .condition_expression(
                "attribute_exists(subscription) \
                 AND (attribute_not_exists(stop_asked_at) OR stop_asked_at < :before)",
            )
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":before", ms(now - every))
            .send()
            .await;
        match result {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(_) => Ok(false),
                error => Err(Error::new("could not note a subscription to stop", error)),
            },
        }
    }

    /// Notes what a provider said a subscription needs, and that it is due now. That it is gone
    /// is not forgotten for a lesser need, which the provider may have told us out of order.
    /// `false` if there is no such row.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn needs(
        &self,
        id: SubscriptionId,
        attention: Attention,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("subscription", s(id))
            .update_expression("SET attention = :attention, renew_at = :now")
            .expression_attribute_values(":attention", s(attention.name()))
            .expression_attribute_values(":now", ms(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = match attention {
            Attention::Removed => update.condition_expression("attribute_exists(subscription)"),
            Attention::Reauthorize => update
                .condition_expression(
                    "attribute_exists(subscription) \
                     AND (attribute_not_exists(attention) OR attention <> :removed)",
                )
                .expression_attribute_values(":removed", s(Attention::Removed.name())),
        };
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(refused) => {
                    Ok(refused.item.is_some())
                }
                error => Err(Error::new(
                    "could not note what a subscription needs",
                    error,
                )),
            },
        }
    }

    /// Notes how far a subscription got.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn set_state(&self, id: SubscriptionId, state: State) -> Result<(), Error> {
        let result = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("subscription", s(id))
            .update_expression("SET #state = :state")
            .condition_expression("attribute_exists(subscription)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", s(state.name()))
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(_) => Ok(()),
                error => Err(Error::new("could not note a subscription's state", error)),
            },
        }
    }
}

#[derive(Serialize, Deserialize)]
struct SubscriptionItem {
    subscription: String,
    v: u8,
    organization: String,
    kind: String,
    target: String,
    provider: String,
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

fn parse(item: SubscriptionItem) -> Result<Subscription, Error> {
    const WHAT: &str = "could not understand a subscription";
    let target = match item.kind.as_str() {
        "calendar" => Target::Calendar(item.target.parse().map_err(Error::on(WHAT))?),
        "calendar_list" => Target::CalendarList(item.target.parse().map_err(Error::on(WHAT))?),
        _ => return Err(Error::bare(WHAT)),
    };
    Ok(Subscription {
        id: item.subscription.parse().map_err(Error::on(WHAT))?,
        organization: item.organization.parse().map_err(Error::on(WHAT))?,
        target,
        provider: Provider::from_slug(&item.provider).ok_or(Error::bare(WHAT))?,
        state: State::from_name(&item.state).ok_or(Error::bare(WHAT))?,
        provider_id: item.provider_id,
        expires_at: item.provider_expires_at,
        created_at: item.created_at,
    })
}
