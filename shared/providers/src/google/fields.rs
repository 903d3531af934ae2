//! Taking an item apart field by field, so that one strange field does not cost the others.

use serde_json::{Map, Value};

/// The fields of a JSON object that were not taken yet.
#[derive(Debug, Default)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of this text, if it is an object.
    pub(super) fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether it is there and true.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        matches!(self.0.remove(name), Some(Value::Bool(true)))
    }

    /// An object.
    pub(super) fn object(&mut self, name: &str) -> Option<Fields> {
        self.0.remove(name).and_then(Self::of)
    }

    /// The objects in a list.
    pub(super) fn objects(&mut self, name: &str) -> Vec<Fields> {
        self.list(name).filter_map(Self::of).collect()
    }

    /// The texts in a list.
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        self.list(name)
            .filter_map(|value| match value {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect()
    }

    fn list(&mut self, name: &str) -> impl Iterator<Item = Value> + use<> {
        match self.0.remove(name) {
            Some(Value::Array(values)) => values.into_iter(),
            _ => Vec::new().into_iter(),
        }
    }

    fn of(value: Value) -> Option<Fields> {
        match value {
            Value::Object(fields) => Some(Fields(fields)),
            _ => None,
        }
    }
}
