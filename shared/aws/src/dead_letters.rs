//! Calendars that keep failing, each with its reason, for a person to look at.
//!
//! Table `dead_letters`, key `calendar` + `dead_letter`.

use aws_sdk_dynamodb::Client;
use domain::{CalendarKey, CorrelationId, RunId};
use jiff::{SignedDuration, Timestamp};

use crate::attributes::{n, s};
use crate::{Error, SdkConfig};

/// The dead letters of all calendars.
#[derive(Clone, Debug)]
pub struct DeadLetters {
    client: Client,
    table: String,
    kept_for: SignedDuration,
}

impl DeadLetters {
    /// The dead letters in this table, each kept for `kept_for`.
    pub fn new(config: &SdkConfig, table: String, kept_for: SignedDuration) -> Self {
        Self {
            client: Client::new(config),
            table,
            kept_for,
        }
    }

    /// Records that a calendar keeps failing. The run's id is the dead letter's, so that the same
    /// failure is recorded once.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn record(
        &self,
        key: CalendarKey,
        run: RunId,
        correlation: CorrelationId,
        (reason, fails): (&str, u32),
        now: Timestamp,
    ) -> Result<(), Error> {
        self.client
            .put_item()
            .table_name(&self.table)
            .item("calendar", s(key))
            .item("dead_letter", s(run))
            .item("v", n(1))
            .item("correlation", s(correlation))
            .item("reason", s(reason))
            .item("fails", n(fails))
            .item("recorded_at", s(now))
            .item("expires_at", n((now + self.kept_for).as_second()))
            .send()
            .await
            .map_err(Error::on("could not record a dead letter"))?;
        Ok(())
    }
}
