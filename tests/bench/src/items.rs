//! Items as DynamoDB bills them: a kilobyte, begun, is a unit of writing.

use serde_json::{Map, Value, json};

use crate::notification::{CALENDAR, ORGANIZATION, RESOURCE, SUBSCRIPTION};

/// Later than any test.
const FAR: &str = "4102444800000";

/// The inbox of a calendar before a hint: clean, or with a read that is owed and not overdue.
pub(crate) fn inbox(dirty: bool) -> Value {
    let mut item = json!({
        "calendar": { "S": format!("{ORGANIZATION}/{CALENDAR}") },
        "part": { "S": "inbox" },
        "v": { "N": "1" },
        "provider": { "S": "google" },
        "connection": { "S": "con_01JCBK7Q2M5T8XW0E4N9R6V3ZB" },
        "external_id": { "S": "amelia.north@example.com" },
        "status": { "S": "active" },
        "live": { "M": { SUBSCRIPTION: { "S": RESOURCE } } },
        "req": { "N": "812" },
        "syn": { "N": "812" },
        "fence": { "N": "310" },
        "hold": { "N": "1794321000000" },
        "backoff": { "N": "0" },
        "fails": { "N": "0" },
        "due_shard": { "S": "4" },
    });
    if dirty {
        item["syn"] = json!({ "N": "811" });
        item["due"] = json!({ "N": FAR });
        item["dirty_since"] = json!({ "N": "1794321000000" });
    }
    item
}

/// The record of a notification that was counted, as far as it is asked for.
pub(crate) fn record() -> Value {
    json!({ "g": { "N": "812" }, "dedup_until": { "N": FAR } })
}

/// How many units it takes to write an item of this size.
pub(crate) fn units(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(1024).max(1)).expect("an item is small")
}

/// The bytes of an item.
pub(crate) fn size(item: &Value) -> usize {
    item.as_object().map_or(0, attributes)
}

/// The bytes of what an update may add to an item.
pub(crate) fn added(values: &Value) -> usize {
    let values = values.as_object().into_iter().flatten();
    values.map(|(name, value)| name.len() + bytes(value)).sum()
}

fn attributes(item: &Map<String, Value>) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + bytes(value))
        .sum()
}

/// A value, by the rules of DynamoDB's manual: texts as they are, two digits a byte and one more,
/// three bytes for a container and one for each of its values.
fn bytes(value: &Value) -> usize {
    let typed = value.as_object().and_then(|value| value.iter().next());
    match typed {
        Some((kind, Value::String(text))) if kind == "N" => text.len().div_ceil(2) + 1,
        Some((_, Value::String(text))) => text.len(),
        Some((_, Value::Object(inner))) => 3 + inner.len() + attributes(inner),
        Some((_, Value::Array(inner))) => {
            3 + inner.iter().map(|value| 1 + bytes(value)).sum::<usize>()
        }
        Some((_, Value::Bool(_) | Value::Null | Value::Number(_))) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_weighs_its_names_and_its_values() {
        let item = json!({
            "ab": { "S": "cde" },
            "n": { "N": "1234" },
            "m": { "M": { "x": { "S": "y" } } },
        });

        assert_eq!(size(&item), (2 + 3) + (1 + 3) + (1 + 3 + 1 + 2));
    }

    #[test]
    fn a_kilobyte_begun_is_a_unit() {
        assert_eq!([0, 1, 1024, 1025].map(units), [1, 1, 1, 2]);
    }

    #[test]
    fn an_inbox_fits_one_unit() {
        assert_eq!(units(size(&inbox(true))), 1);
    }
}
