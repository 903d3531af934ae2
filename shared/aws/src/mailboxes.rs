//! Which runs are asking a mailbox now, so that there are never more than its provider answers.
//!
//! Table `mailboxes`, key `mailbox`: `owner_0` to `owner_3`, and until when in `until_0` to `until_3`.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use domain::mailbox::{self, SLOTS, SLOTS_FOR_RUNS, Slots};
use jiff::Timestamp;

use crate::attributes::{from_ms, ms, n, s};
use crate::{Error, SdkConfig};

/// The mailboxes of all organizations: a limit counts for an application, whoever it asks for.
#[derive(Clone, Debug)]
pub struct Mailboxes {
    client: Client,
    table: String,
}

/// Slots of a mailbox, for one owner and a time.
#[derive(Clone, Debug)]
pub struct Stay<'a> {
    /// Whose limit it is.
    pub mailbox: &'a str,
    /// The invocation that asks.
    pub owner: &'a str,
    /// When its slots are free again by themselves.
    pub until: Timestamp,
}

impl Mailboxes {
    /// The mailboxes in this table.
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self {
            client: Client::new(config),
            table,
        }
    }

    /// Takes one slot of those for runs; `first` is tried first. None if all are taken.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn enter(
        &self,
        stay: &Stay<'_>,
        first: usize,
        now: Timestamp,
    ) -> Result<Option<usize>, Error> {
        let mut slot = first % SLOTS_FOR_RUNS;
        // Somebody may be faster at each of them.
        for _ in 0..=SLOTS_FOR_RUNS {
            let slots = match self.take(stay, &[slot], now).await? {
                Taken::Yes => return Ok(Some(slot)),
                Taken::No(slots) => slots,
            };
            match mailbox::free(&slots, now) {
                Some(free) => slot = free,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Takes all slots but `own`, which its owner holds already. `false` if one of them is taken.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn enter_rest(
        &self,
        stay: &Stay<'_>,
        own: usize,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let taken = self.take(stay, &rest(own), now).await?;
        Ok(matches!(taken, Taken::Yes))
    }

    /// Gives a slot back, if it is still this owner's.
    ///
    /// # Errors
    /// If the table could not be asked; it is free again when its time is over.
    pub async fn leave(&self, stay: &Stay<'_>, slot: usize) -> Result<(), Error> {
        self.give_back(stay, &[slot]).await
    }

    /// Gives all slots but `own` back.
    ///
    /// # Errors
    /// As [`leave`](Self::leave).
    pub async fn leave_rest(&self, stay: &Stay<'_>, own: usize) -> Result<(), Error> {
        self.give_back(stay, &rest(own)).await
    }

    async fn take(&self, stay: &Stay<'_>, slots: &[usize], now: Timestamp) -> Result<Taken, Error> {
        const WHAT: &str = "could not take a mailbox's slot";
        let set: Vec<String> = slots
            .iter()
            .map(|n| format!("owner_{n} = :owner, until_{n} = :until"))
            .collect();
        // Ours already, if the SDK repeats a request whose answer was lost.
        let free: Vec<String> = slots
            .iter()
            .map(|n| {
                format!(
                    "(attribute_not_exists(until_{n}) OR until_{n} <= :now OR owner_{n} = :owner)"
                )
            })
            .collect();
        let result = self
            .update(stay)
            .update_expression(format!(
                "SET v = :one, expires_at = :expires_at, {}",
                set.join(", ")
            ))
            .expression_attribute_values(":one", n(1))
            .condition_expression(free.join(" AND "))
            .expression_attribute_values(":owner", s(stay.owner))
            .expression_attribute_values(":until", ms(stay.until))
            .expression_attribute_values(":now", ms(now))
            .expression_attribute_values(":expires_at", n(stay.until.as_second() + 86_400))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match result {
            Ok(_) => Ok(Taken::Yes),
            Err(error) => match error.into_service_error() {
                UpdateItemError::ConditionalCheckFailedException(refused) => {
                    Ok(Taken::No(parse(&refused.item.unwrap_or_default())))
                }
                error => Err(Error::new(WHAT, error)),
            },
        }
    }

    async fn give_back(&self, stay: &Stay<'_>, slots: &[usize]) -> Result<(), Error> {
        let remove: Vec<String> = slots
            .iter()
            .map(|n| format!("owner_{n}, until_{n}"))
            .collect();
        let ours: Vec<String> = slots
            .iter()
            .map(|n| format!("owner_{n} = :owner"))
            .collect();
        let result = self
            .update(stay)
            .update_expression(format!("REMOVE {}", remove.join(", ")))
            .condition_expression(ours.join(" AND "))
            .expression_attribute_values(":owner", s(stay.owner))
            .send()
            .await;
        match result {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                // Its time was over, and somebody else has it.
                UpdateItemError::ConditionalCheckFailedException(_) => Ok(()),
                error => Err(Error::new("could not give a mailbox's slot back", error)),
            },
        }
    }

    fn update(&self, stay: &Stay<'_>) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("mailbox", s(stay.mailbox))
    }
}

enum Taken {
    Yes,
    /// As they are.
    No(Slots),
}

fn rest(own: usize) -> Vec<usize> {
    (0..SLOTS).filter(|slot| *slot != own).collect()
}

fn parse(item: &HashMap<String, AttributeValue>) -> Slots {
    std::array::from_fn(|slot| {
        let until = item.get(&format!("until_{slot}"))?;
        until.as_n().ok()?.parse().ok().map(from_ms)
    })
}
