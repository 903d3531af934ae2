//! Which subscriptions carry a token of which key. It reads the whole table, which only an operator
//! asks for who changes keys.

use std::collections::BTreeMap;

use domain::SubscriptionId;

use super::Subscriptions;
use crate::Error;
use crate::attributes::n;

impl Subscriptions {
    /// How many subscriptions that somebody looks after carry a token of each key.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn carried(&self) -> Result<BTreeMap<u8, u64>, Error> {
        let mut carried = BTreeMap::new();
        for (_, key) in self.with_keys(None).await? {
            *carried.entry(key).or_insert(0) += 1;
        }
        Ok(carried)
    }

    /// Those of them that carry a token of this key.
    ///
    /// # Errors
    /// If the table could not be asked.
    pub async fn carrying(&self, key: u8) -> Result<Vec<SubscriptionId>, Error> {
        let found = self.with_keys(Some(key)).await?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    async fn with_keys(&self, only: Option<u8>) -> Result<Vec<(SubscriptionId, u8)>, Error> {
        const WHAT: &str = "could not look for the keys of subscriptions";
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let scan = self
                .client
                .scan()
                .table_name(&self.table)
                .projection_expression("subscription, token_key")
                .set_exclusive_start_key(start);
            let scan = match only {
                Some(key) => scan
                    .filter_expression("attribute_exists(renew_at) AND token_key = :key")
                    .expression_attribute_values(":key", n(key)),
                None => scan.filter_expression(
                    "attribute_exists(renew_at) AND attribute_exists(token_key)",
                ),
            };
            let output = scan.send().await.map_err(Error::on(WHAT))?;
            for item in output.items.unwrap_or_default() {
                let id = item
                    .get("subscription")
                    .and_then(|it| it.as_s().ok()?.parse().ok());
                let key = item
                    .get("token_key")
                    .and_then(|it| it.as_n().ok()?.parse().ok());
                found.push(id.zip(key).ok_or(Error::bare(WHAT))?);
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }
}
