//! Many notifications of one request: as few calls as DynamoDB takes for them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use domain::notification::{Notification, Outcome};
use domain::receive::Record;
use serde::Deserialize;

use super::{Notifications, record};
use crate::Error;
use crate::attributes::{Item, pause, read, s};

/// What DynamoDB takes in one `BatchGetItem`.
const LOOKS: usize = 100;

/// What DynamoDB takes in one `BatchWriteItem`.
const WRITES: usize = 25;

/// How often what DynamoDB left undone is asked for again; the pauses between them come to a
/// third of a second, and a provider waits for the answer.
const TRIES: u32 = 5;

impl Notifications {
    /// What is known about notifications with these identities, which must differ.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn look_all(&self, identities: &[&str]) -> Result<HashMap<String, Record>, Error> {
        let mut known = HashMap::new();
        for some in identities.chunks(LOOKS) {
            let keys = some
                .iter()
                .map(|identity| HashMap::from([("notification".to_owned(), s(identity))]));
            self.look_some(keys.collect(), &mut known).await?;
        }
        Ok(known)
    }

    async fn look_some(
        &self,
        mut keys: Vec<HashMap<String, AttributeValue>>,
        known: &mut HashMap<String, Record>,
    ) -> Result<(), Error> {
        const WHAT: &str = "could not look for earlier deliveries";
        for attempt in 0..TRIES {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .projection_expression("notification, g, dedup_until")
                .build()
                .map_err(Error::on(WHAT))?;
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.table, wanted)
                .send()
                .await
                .map_err(Error::on(WHAT))?;
            for item in output.responses.into_iter().flatten().flat_map(|it| it.1) {
                let found: Found = read(WHAT, item)?;
                let record = record(found.g, found.dedup_until);
                known.insert(found.notification, record);
            }
            let undone = output.unprocessed_keys.unwrap_or_default();
            keys = undone.into_values().flat_map(|it| it.keys).collect();
            if keys.is_empty() {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(Error::bare(WHAT))
    }

    /// Records notifications that were counted as `g`, each with what was done with it. Their
    /// records differ in their names and prove the count, so none of them needs a condition: one
    /// that was there before either proves an earlier count or proves none.
    ///
    /// # Errors
    /// If the table could not be asked; some of them may be recorded then.
    pub async fn record_all(
        &self,
        notifications: &[(&Notification, Outcome, bool)],
        g: u64,
    ) -> Result<(), Error> {
        const WHAT: &str = "could not record notifications";
        for some in notifications.chunks(WRITES) {
            let mut writes = Vec::with_capacity(some.len());
            for (notification, outcome, mismatch) in some {
                let item = self.item(WHAT, notification, Some(g), *outcome, *mismatch)?;
                writes.push(write(WHAT, item)?);
            }
            self.write_some(WHAT, writes).await?;
        }
        Ok(())
    }

    async fn write_some(
        &self,
        what: &'static str,
        mut writes: Vec<WriteRequest>,
    ) -> Result<(), Error> {
        for attempt in 0..TRIES {
            let output = self
                .client
                .batch_write_item()
                .request_items(&self.table, writes)
                .send()
                .await
                .map_err(Error::on(what))?;
            let undone = output.unprocessed_items.unwrap_or_default();
            writes = undone.into_values().flatten().collect();
            if writes.is_empty() {
                return Ok(());
            }
            pause(attempt).await;
        }
        Err(Error::bare(what))
    }
}

#[derive(Deserialize)]
struct Found {
    notification: String,
    g: Option<u64>,
    dedup_until: i64,
}

fn write(what: &'static str, item: Item) -> Result<WriteRequest, Error> {
    let put = PutRequest::builder().set_item(Some(item));
    let put = put.build().map_err(Error::on(what))?;
    Ok(WriteRequest::builder().put_request(put).build())
}
