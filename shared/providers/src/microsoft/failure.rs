//! Graph's errors: one envelope, whose code decides where the status does not.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;

use crate::calendar::ReadError;
use crate::transport::{Answer, Outage, code};

/// Codes that mean that the cursor is lost, whatever the status.
const LOST: [&str; 4] = [
    "syncStateNotFound",
    "syncStateInvalid",
    "resyncRequired",
    "resyncChangesApplyDifferences",
];

/// Codes that ask for patience, whatever the status.
const PATIENCE: [&str; 4] = [
    "ApplicationThrottled",
    "TooManyRequests",
    "ErrorServerBusy",
    "ErrorTooManyObjectsOpened",
];

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: String,
    message: String,
    wait: Option<SignedDuration>,
}

impl Refusal {
    /// Reads the envelope; a body in any other shape has no code.
    pub(super) fn read(answer: &Answer) -> Self {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        Self::new(answer.status, &body, answer.wait())
    }

    /// The same for an answer inside a batch.
    pub(super) fn new(status: StatusCode, body: &Value, wait: Option<SignedDuration>) -> Self {
        let error = &body["error"];
        Self {
            status,
            code: code(error["code"].as_str().unwrap_or("no reason")),
            message: error["message"].as_str().unwrap_or_default().to_owned(),
            wait,
        }
    }

    /// Whether Graph gave this code. Its spelling varies.
    pub(super) fn has(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code)
    }

    /// Whether the cursor is to blame, and everything has to be read.
    pub(super) fn lost_the_cursor(&self) -> bool {
        self.status == StatusCode::GONE || LOST.iter().any(|code| self.has(code))
    }

    /// Graph's own words, for what only they tell. They hold customers' data and are never repeated.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The code, which may be repeated.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// What it means where nothing else was to be expected.
    pub(super) fn into_read_error(self) -> ReadError {
        let asks_for_patience = self.status == StatusCode::TOO_MANY_REQUESTS
            || PATIENCE.iter().any(|code| self.has(code))
            || (self.status.is_server_error() && self.wait.is_some());
        if asks_for_patience {
            return ReadError::Throttled { wait: self.wait };
        }
        match self.status {
            // Exchange's own refusals come as a 401 as well, and a new access token would not help.
            StatusCode::UNAUTHORIZED if !self.has("ExtensionError") => ReadError::Unauthorized,
            StatusCode::REQUEST_TIMEOUT => self.unavailable(),
            status if status.is_server_error() => self.unavailable(),
            status if status.is_client_error() => {
                ReadError::refused(format!("{} {}", status.as_u16(), self.code))
            }
            // A success of another kind or a redirect: nothing that Graph would say.
            _ => ReadError::unreadable("an unexpected status"),
        }
    }

    fn unavailable(&self) -> ReadError {
        ReadError::Unavailable {
            source: Outage::Status(self.status.as_u16()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(status: u16, code: &str, wait: Option<i64>) -> Refusal {
        let status = StatusCode::from_u16(status).expect("a status");
        let body = json!({ "error": { "code": code, "message": "for a person" } });
        Refusal::new(status, &body, wait.map(SignedDuration::from_secs))
    }

    #[test]
    fn a_lost_cursor_has_many_names() {
        for (status, code) in [
            (410, "SyncStateNotFound"),
            (410, "whatever"),
            (400, "syncStateNotFound"),
            (404, "resyncRequired"),
            (400, "SyncStateInvalid"),
        ] {
            assert!(refusal(status, code, None).lost_the_cursor(), "{code}");
        }
        assert!(!refusal(400, "ErrorInvalidRequest", None).lost_the_cursor());
        assert!(!refusal(404, "ErrorItemNotFound", None).lost_the_cursor());
    }

    #[test]
    fn patience_is_asked_for_with_several_statuses() {
        for (status, code, wait) in [
            (429, "TooManyRequests", Some(7)),
            (429, "ApplicationThrottled", None),
            (503, "serviceNotAvailable", Some(3)),
            (504, "UnknownError", Some(3)),
            (503, "ErrorServerBusy", None),
        ] {
            let error = refusal(status, code, wait).into_read_error();
            let ReadError::Throttled { wait: told } = error else {
                panic!("{status} {code}: {error:?}");
            };
            assert_eq!(told, wait.map(SignedDuration::from_secs));
        }
    }

    #[test]
    fn what_does_not_pass_by_itself_names_its_code_and_nothing_else() {
        let error = refusal(404, "MailboxNotEnabledForRESTAPI", None).into_read_error();
        assert_eq!(
            error.to_string(),
            "could not read, by decision of the provider: 404 MailboxNotEnabledForRESTAPI"
        );

        let error = refusal(403, "amelia.north@contoso.example", None).into_read_error();
        assert!(!error.to_string().contains("amelia"), "{error}");
    }

    #[test]
    fn only_an_access_token_is_fetched_anew() {
        let token = refusal(401, "InvalidAuthenticationToken", None).into_read_error();
        assert!(matches!(token, ReadError::Unauthorized), "{token:?}");

        let exchange = refusal(401, "ExtensionError", None).into_read_error();
        assert!(
            matches!(exchange, ReadError::Refused { .. }),
            "{exchange:?}"
        );
    }

    #[test]
    fn a_server_that_is_down_is_an_outage() {
        for status in [408, 500, 502, 503, 504] {
            let error = refusal(status, "UnknownError", None).into_read_error();
            assert!(matches!(error, ReadError::Unavailable { .. }), "{error:?}");
        }
    }
}
