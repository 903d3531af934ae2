//! Google's errors: one envelope, few statuses, and many reasons that decide what happens next.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;

use crate::calendar::ReadError;
use crate::transport::{Answer, Outage, code};

/// How long to leave a calendar alone whose own limit is used up. Google names no time; its limits
/// of this kind count over hours, unlike the rates, which count over a minute.
const QUOTA_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Reasons for which slowing down helps. Google uses 403 and 429 for them interchangeably; those
/// in capitals are from its newer envelope.
const RATES: [&str; 4] = [
    "userRateLimitExceeded",
    "rateLimitExceeded",
    "RATE_LIMIT_EXCEEDED",
    "RESOURCE_EXHAUSTED",
];

/// Reasons for which only a long pause helps.
const QUOTAS: [&str; 2] = ["quotaExceeded", "dailyLimitExceeded"];

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    reasons: Vec<String>,
    locations: Vec<String>,
    wait: Option<SignedDuration>,
}

impl Refusal {
    /// Reads the envelope; a body in any other shape has no reasons.
    pub(super) fn read(answer: &Answer) -> Self {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let error = &body["error"];
        let entries = |name: &str| error[name].as_array().into_iter().flatten();
        let collect = |name: &str| -> Vec<String> {
            entries("errors")
                .chain(entries("details"))
                .chain([error])
                .filter_map(|entry| entry[name].as_str())
                .map(code)
                .collect()
        };
        let mut reasons = collect("reason");
        reasons.extend(error["status"].as_str().map(code));
        Self {
            status: answer.status,
            reasons,
            locations: collect("location"),
            wait: answer.wait(),
        }
    }

    /// Whether Google gave this reason.
    pub(super) fn has(&self, reason: &str) -> bool {
        self.reasons.iter().any(|given| given == reason)
    }

    /// Whether Google blames what this parameter holds, rather than that it came beside another.
    /// The latter would be our own mistake, which forgetting the value would only hide.
    pub(super) fn blames_the_value(&self, parameter: &str) -> bool {
        self.locations.iter().any(|given| given == parameter)
            && !self.has("syncTokenWithRequestRestrictions")
    }

    /// The first reason that starts like this.
    pub(super) fn starting_with(&self, start: &str) -> Option<&str> {
        self.reasons
            .iter()
            .map(String::as_str)
            .find(|given| given.starts_with(start))
    }

    /// What it means where nothing else was to be expected.
    pub(super) fn into_read_error(self) -> ReadError {
        let has_one_of = |reasons: &[&str]| reasons.iter().any(|reason| self.has(reason));
        let is_quota = has_one_of(&QUOTAS);
        let is_rate = has_one_of(&RATES) || self.status == StatusCode::TOO_MANY_REQUESTS;
        if self.status.is_client_error() && (is_quota || is_rate) {
            let wait = self.wait.or(is_quota.then_some(QUOTA_WAIT));
            return ReadError::Throttled { wait };
        }
        match self.status {
            StatusCode::UNAUTHORIZED => ReadError::Unauthorized,
            StatusCode::REQUEST_TIMEOUT => self.unavailable(),
            status if status.is_server_error() => self.unavailable(),
            status if status.is_client_error() => {
                let reason = self.reasons.first().map_or("no reason", String::as_str);
                ReadError::refused(format!("{} {reason}", status.as_u16()))
            }
            // A success of another kind or a redirect: nothing that Google's API would say.
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
    use http::HeaderMap;

    use super::*;

    fn refusal(status: u16, body: &str) -> Refusal {
        Refusal::read(&Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn an_error_without_an_envelope_is_read_by_its_status() {
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"error":"x"}"#,
            r#"{"error":{"errors":{}}}"#,
        ] {
            let error = |status| refusal(status, body).into_read_error();
            assert!(matches!(error(401), ReadError::Unauthorized), "{body}");
            assert!(matches!(error(403), ReadError::Refused { .. }), "{body}");
            assert!(
                matches!(error(408), ReadError::Unavailable { .. }),
                "{body}"
            );
            assert!(
                matches!(error(429), ReadError::Throttled { wait: None }),
                "{body}"
            );
            assert!(
                matches!(error(502), ReadError::Unavailable { .. }),
                "{body}"
            );
            assert!(matches!(error(302), ReadError::Unreadable { .. }), "{body}");
        }
    }

    #[test]
    fn the_newer_envelope_is_understood_too() {
        let body = r#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":
            [{"reason":"RATE_LIMIT_EXCEEDED","domain":"googleapis.com"}]}}"#;

        assert!(matches!(
            refusal(403, body).into_read_error(),
            ReadError::Throttled { .. }
        ));
    }

    #[test]
    fn a_message_or_a_strange_reason_is_never_repeated() {
        let body = r#"{"error":{"errors":[{"reason":"no amelia@example.com",
            "message":"amelia@example.com"}],"message":"amelia@example.com"}}"#;

        let error = refusal(403, body).into_read_error();

        assert!(!format!("{error} {error:?}").contains("amelia"));
    }
}
