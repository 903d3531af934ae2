//! What each run did, for people who ask why.
//!
//! Table `runs`, key `calendar` + `run`.

use aws_sdk_dynamodb::Client;
use domain::{CalendarKey, CorrelationId, RunId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::attributes::{Item, read, s};
use crate::{Error, Page, SdkConfig, page};

/// The runs of all calendars.
#[derive(Clone, Debug)]
pub struct Runs {
    client: Client,
    table: String,
    kept_for: SignedDuration,
}

/// What one slice of a run did.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which calendar.
    pub key: CalendarKey,
    /// The run.
    pub id: RunId,
    /// Ties it to what asked for it.
    pub correlation: CorrelationId,
    /// Why it was asked for.
    pub reason: &'static str,
    /// The request that the round answers for.
    pub g: u64,
    /// The fence it worked under.
    pub fence: u64,
    /// When it took the lease.
    pub started_at: Timestamp,
    /// When it left it.
    pub ended_at: Timestamp,
    /// Pages read from the provider.
    pub pages: u64,
    /// Items on them.
    pub items: u64,
    /// Items that could not be understood.
    pub unreadable: u64,
    /// Entries added to the feed.
    pub changes: u64,
    /// How it ended.
    pub outcome: &'static str,
}

impl Runs {
    /// The runs in this table, each kept for `kept_for`.
    pub fn new(config: &SdkConfig, table: String, kept_for: SignedDuration) -> Self {
        Self {
            client: Client::new(config),
            table,
            kept_for,
        }
    }

    /// Records a run.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn record(&self, run: &Run) -> Result<(), Error> {
        const WHAT: &str = "could not record a run";
        let item = RunItem {
            calendar: run.key.to_string(),
            run: run.id.to_string(),
            v: 1,
            correlation: run.correlation.to_string(),
            reason: run.reason.to_owned(),
            g: run.g,
            fence: run.fence,
            started_at: run.started_at,
            ended_at: run.ended_at,
            pages: run.pages,
            items: run.items,
            unreadable: run.unreadable,
            changes: run.changes,
            outcome: run.outcome.to_owned(),
            expires_at: (run.ended_at + self.kept_for).as_second(),
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

    /// A calendar's runs before `before`, the newest first.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn newest(
        &self,
        key: CalendarKey,
        before: Option<RunId>,
        limit: i32,
    ) -> Result<Page<Recorded, RunId>, Error> {
        const WHAT: &str = "could not list runs";
        let output = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("calendar = :calendar")
            .expression_attribute_values(":calendar", s(key))
            .set_exclusive_start_key(before.map(|run| {
                Item::from([("calendar".to_owned(), s(key)), ("run".to_owned(), s(run))])
            }))
            .limit(limit)
            .send()
            .await
            .map_err(Error::on(WHAT))?;
        let mut items = Vec::new();
        for item in output.items.unwrap_or_default() {
            let item: RunItem = read(WHAT, item)?;
            items.push(Recorded {
                id: item.run.parse().map_err(Error::on(WHAT))?,
                correlation: item.correlation.parse().map_err(Error::on(WHAT))?,
                reason: item.reason,
                outcome: item.outcome,
                started_at: item.started_at,
                ended_at: item.ended_at,
                pages: item.pages,
                items: item.items,
                unreadable: item.unreadable,
                changes: item.changes,
            });
        }
        Ok(Page {
            items,
            next: page::next(output.last_evaluated_key, "run"),
        })
    }

    /// The outcomes of a calendar's runs, oldest first, with the number of changes of each.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn list(&self, key: CalendarKey) -> Result<Vec<Listed>, Error> {
        const WHAT: &str = "could not list runs";
        let mut runs = Vec::new();
        let mut start = None;
        loop {
            let output = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("calendar = :calendar")
                .expression_attribute_values(":calendar", s(key))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(Error::on(WHAT))?;
            for item in output.items.unwrap_or_default() {
                let item: RunItem = read(WHAT, item)?;
                runs.push(Listed {
                    reason: item.reason,
                    outcome: item.outcome,
                    changes: item.changes,
                });
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(runs);
            }
        }
    }
}

/// A run as people look at it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Which.
    pub id: RunId,
    /// Ties it to what asked for it.
    pub correlation: CorrelationId,
    /// Why it was asked for.
    pub reason: String,
    /// How it ended.
    pub outcome: String,
    /// When it took the lease.
    pub started_at: Timestamp,
    /// When it left it.
    pub ended_at: Timestamp,
    /// Pages read from the provider.
    pub pages: u64,
    /// Items on them.
    pub items: u64,
    /// Items that could not be understood.
    pub unreadable: u64,
    /// Entries added to the feed.
    pub changes: u64,
}

/// A run in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Why it was asked for.
    pub reason: String,
    /// How it ended.
    pub outcome: String,
    /// Entries added to the feed.
    pub changes: u64,
}

#[derive(Serialize, Deserialize)]
struct RunItem {
    calendar: String,
    run: String,
    v: u8,
    correlation: String,
    reason: String,
    g: u64,
    fence: u64,
    started_at: Timestamp,
    ended_at: Timestamp,
    pages: u64,
    items: u64,
    unreadable: u64,
    changes: u64,
    outcome: String,
    expires_at: i64,
}
