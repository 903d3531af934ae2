//! Reading bodies and queries: unknown fields are refused, and all that is wrong is said at once.

use std::collections::BTreeMap;
use std::str::FromStr;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::documents::{FieldError, Problem};
use crate::problem::Refused;

/// What was given, as it is being read.
#[derive(Debug)]
pub(crate) struct Fields {
    given: BTreeMap<String, Value>,
    /// What stands before the names of fields, for those within another.
    within: String,
    errors: Vec<FieldError>,
}

impl Fields {
    /// The fields of a body, which has to be a JSON object. What the parser says is not repeated:
    /// it could quote a secret.
    pub(crate) fn of_body(body: &[u8]) -> Result<Self, Refused> {
        let given: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| Problem::bad_request("send a JSON object as the body"))?;
        Ok(Self::new(given.into_iter().collect(), String::new()))
    }

    /// The parameters of a query.
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let mut fields = Self::new(BTreeMap::new(), String::new());
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query.unwrap_or_default()).unwrap_or_default();
        for (name, value) in pairs {
            let value = Value::String(value);
            if fields.given.insert(name.clone(), value).is_some() {
                fields.wrong(&name, "is given twice");
            }
        }
        fields
    }

    fn new(given: BTreeMap<String, Value>, within: String) -> Self {
        Self {
            given,
            within,
            errors: Vec::new(),
        }
    }

    /// Notes what is wrong with a field.
    pub(crate) fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError {
            field: format!("{}{field}", self.within),
            message: message.into(),
        });
    }

    /// A text that has to be there, of at most so many characters.
    pub(crate) fn text(&mut self, name: &str, most: usize) -> Option<String> {
        let text = self.optional_text(name, most);
        if text.is_none() && !self.is_wrong(name) {
            self.wrong(name, "is missing");
        }
        text
    }

    /// The same, without a trace of it in memory afterwards.
    pub(crate) fn secret(&mut self, name: &str, most: usize) -> Option<SecretString> {
        self.text(name, most).map(Into::into)
    }

    fn optional_text(&mut self, name: &str, most: usize) -> Option<String> {
        let text = match self.given.remove(name)? {
            Value::String(text) => text,
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_) => {
                self.wrong(name, "must be a text");
                return None;
            }
        };
        let length = text.chars().count();
        if length == 0 || length > most || text.chars().any(|c| c.is_control() && c != '\n') {
            let message =
                format!("must have 1 to {most} characters, none of them control characters");
            self.wrong(name, message);
            return None;
        }
        Some(text)
    }

    /// An identifier that has to be there.
    pub(crate) fn id<T: FromStr<Err: ToString>>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name, 64)?;
        self.parsed(name, &text)
    }

    /// An identifier that may be there.
    pub(crate) fn optional_id<T: FromStr<Err: ToString>>(&mut self, name: &str) -> Option<T> {
        let text = self.optional_text(name, 64)?;
        self.parsed(name, &text)
    }

    fn parsed<T: FromStr<Err: ToString>>(&mut self, name: &str, text: &str) -> Option<T> {
        match text.parse() {
            Ok(id) => Some(id),
            Err(error) => {
                self.wrong(name, format!("is {}", error.to_string()));
                None
            }
        }
    }

    /// One of these words, which has to be there.
    pub(crate) fn choice<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name, 64)?;
        self.chosen(name, &text, words)
    }

    /// One of these words, which may be there.
    pub(crate) fn optional_choice<T: Copy>(
        &mut self,
        name: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let text = self.optional_text(name, 64)?;
        self.chosen(name, &text, words)
    }

    fn chosen<T: Copy>(&mut self, name: &str, text: &str, words: &[(&str, T)]) -> Option<T> {
        let chosen = words.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(name, format!("must be one of {}", words.join(", ")));
        }
        chosen.map(|(_, value)| *value)
    }

    /// A number from a query; the default if it is not there.
    pub(crate) fn number(&mut self, name: &str, (least, most): (u64, u64), default: u64) -> u64 {
        let Some(text) = self.optional_text(name, 20) else {
            return default;
        };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => number,
            Ok(_) | Err(_) => {
                self.wrong(
                    name,
                    format!("must be a whole number from {least} to {most}"),
                );
                default
            }
        }
    }

    /// A text from a query, which `read` understands, if it is there.
    pub(crate) fn cursor<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.optional_text("cursor", 1_024)?;
        let cursor = read(&text);
        if cursor.is_none() {
            self.wrong("cursor", "must be the next of an earlier answer");
        }
        cursor
    }

    /// The fields within a field that has to be there.
    pub(crate) fn object(&mut self, name: &str) -> Option<Fields> {
        match self.given.remove(name) {
            Some(Value::Object(map)) => {
                let within = format!("{}{name}.", self.within);
                Some(Self::new(map.into_iter().collect(), within))
            }
            None => {
                self.wrong(name, "is missing");
                None
            }
            Some(
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_),
            ) => {
                self.wrong(name, "must be an object");
                None
            }
        }
    }

    /// Takes over what is wrong within a field.
    pub(crate) fn absorb(&mut self, mut inner: Fields) {
        inner.refuse_unknown();
        self.errors.append(&mut inner.errors);
    }

    /// What was read, if nothing is wrong with any of it.
    pub(crate) fn finish<T>(mut self, read: Option<T>) -> Result<T, Refused> {
        self.refuse_unknown();
        match read {
            Some(value) if self.errors.is_empty() => Ok(value),
            Some(_) | None => Err(Problem::invalid(self.errors).into()),
        }
    }

    fn refuse_unknown(&mut self) {
        let unknown: Vec<String> = std::mem::take(&mut self.given).into_keys().collect();
        for name in unknown {
            // A stranger's text does not come back longer than a name is.
            let name: String = name.chars().take(64).collect();
            self.wrong(&name, "is not known here");
        }
    }

    fn is_wrong(&self, name: &str) -> bool {
        let field = format!("{}{name}", self.within);
        self.errors.iter().any(|error| error.field == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(refused: Refused) -> Vec<String> {
        let errors = refused.0.errors.unwrap_or_default();
        errors
            .into_iter()
            .map(|error| format!("{}: {}", error.field, error.message))
            .collect()
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let body = br#"{"name":7,"scope":"root","grant":{"kind":"x","more":1},"extra":null}"#;
        let mut fields = Fields::of_body(body).unwrap();
        let name = fields.text("name", 10);
        let scope = fields.choice("scope", &[("viewer", 1), ("admin", 2)]);
        let missing = fields.text("missing", 10);
        let mut grant = fields.object("grant").unwrap();
        grant.text("kind", 10);
        grant.text("token", 10);
        fields.absorb(grant);

        let problem = fields.finish(name.zip(scope).zip(missing)).unwrap_err();

        assert_eq!(
            wrong(problem),
            [
                "name: must be a text",
                "scope: must be one of viewer, admin",
                "missing: is missing",
                "grant.token: is missing",
                "grant.more: is not known here",
                "extra: is not known here",
            ]
        );
    }

    #[test]
    fn a_body_that_is_no_object_is_not_quoted() {
        for body in [&b"s3cret"[..], b"[\"s3cret\"]", b"{\"a\":\"s3cret\"", b""] {
            let problem = Fields::of_body(body).unwrap_err();
            assert_eq!(problem.0.status, 400);
            assert!(!format!("{problem:?}").contains("s3cret"));
        }
    }

    #[test]
    fn a_query_has_defaults_and_limits() {
        let read = |query| {
            let mut fields = Fields::of_query(query);
            let limit = fields.number("limit", (1, 200), 50);
            fields.finish(Some(limit))
        };

        assert_eq!(read(None).unwrap(), 50);
        assert_eq!(read(Some("limit=200")).unwrap(), 200);
        for bad in [
            "limit=0",
            "limit=201",
            "limit=",
            "limit=1&limit=2",
            "page=1",
        ] {
            assert_eq!(read(Some(bad)).unwrap_err().0.status, 422, "{bad}");
        }
    }
}
