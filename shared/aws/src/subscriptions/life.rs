//! What happens to a subscription: it begins, lives longer, makes room, ends.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use domain::SubscriptionId;
use domain::news::News;
use domain::subscription::{Attention, State};
use jiff::Timestamp;

use super::{Subscriptions, is_done};
use crate::Error;
use crate::attributes::{ms, n, s};
use crate::outbox::{NEWS, announce};

/// What a provider said of a subscription that it accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The provider's own name for it.
    pub provider_id: String,
    /// Until when it lives.
    pub expires_at: Timestamp,
    /// When to look after it again.
    pub renew_at: Timestamp,
}

impl Subscriptions {
    /// Notes that the provider accepted a subscription. What the provider said meanwhile that it
    /// needs still stands.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn activate(
        &self,
        id: SubscriptionId,
        accepted: &Accepted,
        now: Timestamp,
    ) -> Result<(), Error> {
        let planned = self
            .accepted(
                id,
                accepted,
                News::SubscriptionCreated,
                now,
                ", renew_at = :renew_at",
            )
            .expression_attribute_values(":renew_at", ms(accepted.renew_at))
            .condition_expression(
                "attribute_exists(subscription) AND attribute_not_exists(attention)",
            );
        if is_done(ACCEPTED, planned).await? {
            return Ok(());
        }
        let update = self
            .accepted(id, accepted, News::SubscriptionCreated, now, "")
            .condition_expression("attribute_exists(subscription)");
        is_done(ACCEPTED, update).await?;
        Ok(())
    }

    /// Notes that the provider lets a subscription live longer, and that it needs nothing more,
    /// unless the provider said otherwise since it was claimed.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn extend(
        &self,
        id: SubscriptionId,
        claimed: Timestamp,
        accepted: &Accepted,
        now: Timestamp,
    ) -> Result<(), Error> {
        let rest = ", renew_at = :renew_at REMOVE attention";
        let planned = self
            .accepted(id, accepted, News::SubscriptionRenewed, now, rest)
            .expression_attribute_values(":renew_at", ms(accepted.renew_at))
            .condition_expression("renew_at = :claimed")
            .expression_attribute_values(":claimed", ms(claimed));
        if is_done(ACCEPTED, planned).await? {
            return Ok(());
        }
        let update = self
            .accepted(id, accepted, News::SubscriptionRenewed, now, "")
            .condition_expression("attribute_exists(subscription)");
        is_done(ACCEPTED, update).await?;
        Ok(())
    }

    /// Notes how far a subscription got, when it is to be looked after again, if ever, and what
    /// to say of it.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn become_state(
        &self,
        id: SubscriptionId,
        state: State,
        renew_at: Option<Timestamp>,
        news: Option<(News, Timestamp)>,
    ) -> Result<(), Error> {
        let mut set = "SET #state = :state".to_owned();
        let mut update = self
            .update(id)
            .condition_expression("attribute_exists(subscription)")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", s(state.name()));
        if let Some(at) = renew_at {
            set.push_str(", renew_at = :renew_at");
            update = update.expression_attribute_values(":renew_at", ms(at));
        }
        if let Some((news, now)) = news {
            set = format!("{set}, {NEWS}");
            update = announce(update, id.to_bytes(), news, now);
        }
        if state != State::Active && state != State::Retiring {
            // It does not live any more, which makes whoever is left without one urgent.
            set.push_str(" REMOVE ends_at");
            if renew_at.is_none() {
                set.push_str(", renew_at");
            }
        } else if renew_at.is_none() {
            set.push_str(" REMOVE renew_at");
        }
        is_done(
            "could not note a subscription's state",
            update.update_expression(set),
        )
        .await?;
        Ok(())
    }

    /// Notes that a subscription's own notifications arrive, the first time, and by which name the
    /// provider knows it: one whose birth was never answered can only be stopped by that.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn prove(
        &self,
        id: SubscriptionId,
        provider_id: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let update = self
            .update(id)
            .update_expression(
                "SET proven_at = if_not_exists(proven_at, :now), \
                 provider_id = if_not_exists(provider_id, :provider_id)",
            )
            .expression_attribute_values(":provider_id", s(provider_id))
            .condition_expression("attribute_exists(subscription)")
            .expression_attribute_values(":now", ms(now));
        is_done("could not note that a subscription is heard", update).await?;
        Ok(())
    }

    /// Notes what a subscription needs, and that it is due now. A graver need is not forgotten for
    /// a lesser one, which a provider may have told us out of order. `false` if there is no such
    /// row.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn needs(
        &self,
        id: SubscriptionId,
        attention: Attention,
        now: Timestamp,
    ) -> Result<bool, Error> {
        const WHAT: &str = "could not note what a subscription needs";
        let graver: Vec<Attention> = Attention::ALL
            .into_iter()
            .filter(|other| *other > attention)
            .collect();
        let mut update = self
            .update(id)
            .update_expression("SET attention = :attention, renew_at = :now")
            .expression_attribute_values(":attention", s(attention.name()))
            .expression_attribute_values(":now", ms(now));
        let mut condition = "attribute_exists(subscription)".to_owned();
        for (place, other) in graver.iter().enumerate() {
            let name = format!(":graver{place}");
            condition = format!("{condition} AND NOT attention = {name}");
            update = update.expression_attribute_values(name, s(other.name()));
        }
        let update = update
            .condition_expression(condition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(refused) => {
                    Ok(refused.item.is_some())
                }
                error => Err(Error::new(WHAT, error)),
            },
        }
    }

    fn accepted(
        &self,
        id: SubscriptionId,
        accepted: &Accepted,
        news: News,
        now: Timestamp,
        rest: &str,
    ) -> UpdateItemFluentBuilder {
        let update = self
            .update(id)
            .update_expression(format!(
                "SET #state = :state, provider_id = :id, provider_expires_at = :expires, \
                 ends_at = :ends, renewed_at = :renewed, attempts = :none, {NEWS}{rest}"
            ))
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", s(State::Active.name()))
            .expression_attribute_values(":id", s(&accepted.provider_id))
            .expression_attribute_values(":expires", s(accepted.expires_at))
            .expression_attribute_values(":ends", ms(accepted.expires_at))
            .expression_attribute_values(":renewed", ms(now))
            .expression_attribute_values(":none", n(0));
        announce(update, id.to_bytes(), news, now)
    }
}

const ACCEPTED: &str = "could not note that a subscription was accepted";
