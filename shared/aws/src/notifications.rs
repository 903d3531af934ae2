//! What providers told us: a row per notification, which recognises redeliveries until
//! `dedup_until` and documents what happened until `expires_at`.
//!
//! Table `notifications`, key `notification`; index `by_day` on `day` (organization and day) and
//! `received_at`.

mod batch;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use domain::OrganizationId;
use domain::notification::{Notification, Outcome};
use domain::receive::Record;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attributes::{Item, from_ms, read, s};
use crate::{Error, SdkConfig};

/// The notifications of all organizations.
#[derive(Clone, Debug)]
pub struct Notifications {
    client: Client,
    table: String,
    recognised_for: SignedDuration,
    kept_for: SignedDuration,
}

impl Notifications {
    /// The notifications in this table. An identical delivery is recognised for
    /// `recognised_for`; rows are kept for `kept_for`.
    pub fn new(
        config: &SdkConfig,
        table: String,
        recognised_for: SignedDuration,
        kept_for: SignedDuration,
    ) -> Self {
        Self {
            client: Client::new(config),
            table,
            recognised_for,
            kept_for,
        }
    }

    /// What is known about a notification with this identity.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn look(&self, identity: &str) -> Result<Option<Record>, Error> {
        const WHAT: &str = "could not look for an earlier delivery";
        let item = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("notification", s(identity))
            .consistent_read(true)
            .projection_expression("g, dedup_until")
            .send()
            .await
            .map_err(Error::on(WHAT))?
            .item;
        #[derive(Deserialize)]
        struct Looked {
            g: Option<u64>,
            dedup_until: i64,
        }
        item.map(|item| {
            let looked: Looked = read(WHAT, item)?;
            Ok(record(looked.g, looked.dedup_until))
        })
        .transpose()
    }

    /// Records what was done with a notification. A row with `g` is written only after its
    /// request was counted.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn record(
        &self,
        notification: &Notification,
        g: Option<u64>,
        outcome: Outcome,
        mismatch: bool,
    ) -> Result<(), Error> {
        const WHAT: &str = "could not record a notification";
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(self.item(WHAT, notification, g, outcome, mismatch)?));
        // A record that proves a count must not give way to one that does not.
        let put = match g {
            Some(_) => put,
            None => put.condition_expression("attribute_not_exists(g)"),
        };
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.into_service_error() {
                PutItemError::ConditionalCheckFailedException(_) => Ok(()),
                error => Err(Error::new(WHAT, error)),
            },
        }
    }

    fn item(
        &self,
        what: &'static str,
        notification: &Notification,
        g: Option<u64>,
        outcome: Outcome,
        mismatch: bool,
    ) -> Result<Item, Error> {
        let received_at = notification.received_at;
        let item = NotificationItem {
            notification: notification
                .identity
                .clone()
                .unwrap_or_else(|| unique(notification)),
            v: 1,
            organization: notification.claims.organization.to_string(),
            target: match notification.claims.target {
                domain::token::Target::Calendar(calendar) => calendar.to_string(),
                domain::token::Target::CalendarList(connection) => connection.to_string(),
            },
            subscription: notification.claims.subscription.to_string(),
            provider: notification.provider.slug().to_owned(),
            signal: notification.signal.name().to_owned(),
            outcome: outcome.name().to_owned(),
            mismatch,
            g,
            received_at,
            // RFC 3339 in UTC begins with the date.
            day: partition(
                notification.claims.organization,
                &received_at.to_string()[..10],
            ),
            dedup_until: (received_at + self.recognised_for).as_millisecond(),
            expires_at: (received_at + self.kept_for).as_second(),
            correlation: notification.correlation.to_string(),
        };
        serde_dynamo::to_item(item).map_err(Error::on(what))
    }

    /// How many notifications an organization received on a day (UTC), by the name of what was
    /// done with them. One that the provider repeated has one row.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn outcomes(
        &self,
        organization: OrganizationId,
        day: Date,
    ) -> Result<BTreeMap<String, u64>, Error> {
        const WHAT: &str = "could not count notifications";
        let mut outcomes = BTreeMap::new();
        let mut start = None;
        loop {
            let output = self
                .client
                .query()
                .table_name(&self.table)
                .index_name("by_day")
                .key_condition_expression("#day = :day")
                .projection_expression("outcome")
                .expression_attribute_names("#day", "day")
                .expression_attribute_values(":day", s(partition(organization, day)))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(Error::on(WHAT))?;
            for item in output.items.unwrap_or_default() {
                #[derive(Deserialize)]
                struct Counted {
                    outcome: String,
                }
                let counted: Counted = read(WHAT, item)?;
                *outcomes.entry(counted.outcome).or_default() += 1;
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(outcomes);
            }
        }
    }
}

/// A name for a notification that no other delivery shares.
fn unique(notification: &Notification) -> String {
    let subscription = notification.claims.subscription;
    let correlation = notification.correlation;
    match notification.place {
        0 => format!("{subscription}#{correlation}"),
        place => format!("{subscription}#{correlation}#{place}"),
    }
}

/// The partition of the listing: one organization's day.
fn partition(organization: OrganizationId, day: impl std::fmt::Display) -> String {
    format!("{organization}#{day}")
}

fn record(g: Option<u64>, dedup_until: i64) -> Record {
    Record {
        g,
        dedup_until: from_ms(dedup_until),
    }
}

#[derive(Serialize)]
struct NotificationItem {
    notification: String,
    v: u8,
    organization: String,
    target: String,
    subscription: String,
    provider: String,
    signal: String,
    outcome: String,
    mismatch: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    g: Option<u64>,
    received_at: Timestamp,
    day: String,
    dedup_until: i64,
    expires_at: i64,
    correlation: String,
}
