//! Taking an item apart field by field, so that one strange field does not cost the others.

use serde_json::{Map, Value};

/// The fields of a JSON object that were not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of this text, if it is an object.
    pub(crate) fn read(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().map(Self)
    }

    /// Whether it is there, be it `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text inside an object, which stays where it is.
    pub(crate) fn peek(&self, outer: &str, inner: &str) -> Option<&str> {
        self.0.get(outer)?.get(inner)?.as_str()
    }

    /// A text that is not empty.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.0.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether it is there and true.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        matches!(self.0.remove(name), Some(Value::Bool(true)))
    }

    /// A whole number.
    pub(crate) fn number(&mut self, name: &str) -> Option<i64> {
        self.0.remove(name)?.as_i64()
    }

    /// An object.
    pub(crate) fn object(&mut self, name: &str) -> Option<Fields> {
        self.0.remove(name).and_then(Self::of)
    }

    /// The objects in a list.
    pub(crate) fn objects(&mut self, name: &str) -> Vec<Fields> {
        self.list(name).filter_map(Self::of).collect()
    }

    /// The texts in a list.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<String> {
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

    /// The fields of this value, if it is an object.
    pub(crate) fn of(value: Value) -> Option<Fields> {
        match value {
            Value::Object(fields) => Some(Fields(fields)),
            _ => None,
        }
    }
}
