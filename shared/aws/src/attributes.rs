//! Values of DynamoDB, written and read briefly.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::Error;

/// An item as the SDK gives it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A text.
pub(crate) fn s(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// A number.
pub(crate) fn n(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time that conditions compare.
pub(crate) fn ms(at: Timestamp) -> AttributeValue {
    n(at.as_millisecond())
}

/// A time read back.
pub(crate) fn from_ms(at: i64) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX)
}

/// Reads an item into its `…Item`.
pub(crate) fn read<T: DeserializeOwned>(what: &'static str, item: Item) -> Result<T, Error> {
    serde_dynamo::from_item(item).map_err(Error::on(what))
}

/// Whether the service refused because a plain update met a transaction on the same item. The SDK
/// does not retry that by itself.
pub(crate) fn met_a_transaction(error: &impl ProvideErrorMetadata) -> bool {
    error.code() == Some("TransactionConflictException")
}

/// How often a plain update that met a transaction is tried again in place.
pub(crate) const CONFLICT_TRIES: u32 = 6;

/// The pause before the next try: a transaction takes milliseconds.
pub(crate) async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(10 << attempt.min(5))).await;
}
