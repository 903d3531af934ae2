//! What the API says when it refuses: a problem document of RFC 9457.

use std::fmt;

use serde::Deserialize;

use crate::print::plain;

/// A refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Problem {
    /// `urn:calwatch:problem:` and a word.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// A few words.
    pub(crate) title: String,
    /// What to do.
    pub(crate) detail: String,
    /// What is wrong with the request, field by field.
    pub(crate) errors: Vec<FieldProblem>,
    /// The newest entry of the feed, if the reader's place in it is lost.
    pub(crate) last_seq: Option<u64>,
    /// The provider's own word, if it refused a grant.
    pub(crate) reason: Option<String>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct FieldProblem {
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Problem {
    /// A problem document, or what can be said of an answer that holds none.
    pub(crate) fn read(status: u16, body: &str) -> Self {
        let read: Self = serde_json::from_str(body).unwrap_or_default();
        if read.kind.is_empty() {
            return Self {
                status,
                title: format!("the API answered {status} and did not say why"),
                ..Self::default()
            };
        }
        Self { status, ..read }
    }

    /// The word that programs tell problems apart by.
    pub(crate) fn slug(&self) -> &str {
        self.kind.rsplit(':').next().unwrap_or_default()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.title))?;
        // The detail of these says that there are errors.
        if !self.detail.is_empty() && self.errors.is_empty() {
            write!(f, ": {}", one_line(&self.detail))?;
        }
        if let Some(reason) = &self.reason {
            write!(f, " ({})", one_line(reason))?;
        }
        for (place, error) in self.errors.iter().enumerate() {
            let before = if place == 0 { ": " } else { "; " };
            let (field, message) = (one_line(&error.field), one_line(&error.message));
            write!(f, "{before}{field}: {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// One line, in which whatever a gateway in between has put there can not steer a terminal.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    plain(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_in_one_line_what_to_do() {
        let body = r#"{"type":"urn:calwatch:problem:invalid","title":"some fields\nare not right",
            "status":422,"detail":"correct them",
            "errors":[{"field":"name","message":"is missing"},{"field":"scope","message":"is unknown"}]}"#;

        let problem = Problem::read(422, body);

        assert_eq!(problem.slug(), "invalid");
        assert_eq!(
            problem.to_string(),
            "some fields are not right: name: is missing; scope: is unknown"
        );
    }

    #[test]
    fn a_refused_grant_comes_with_the_providers_word() {
        let body = r#"{"type":"urn:calwatch:problem:grant_refused","title":"the grant is refused",
            "status":409,"detail":"have its owner connect again","reason":"invalid_grant"}"#;

        let problem = Problem::read(409, body).to_string();

        assert_eq!(
            problem,
            "the grant is refused: have its owner connect again (invalid_grant)"
        );
    }

    #[test]
    fn an_answer_without_a_problem_is_named_by_its_status() {
        for body in ["", "<html>Bad gateway</html>", r#"{"message":"Not Found"}"#] {
            let problem = Problem::read(502, body);

            assert_eq!(
                problem.to_string(),
                "the API answered 502 and did not say why"
            );
        }
    }
}
