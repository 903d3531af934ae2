//! Buying an access token: a form and its answer, which are alike at every token endpoint.

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::Client;
use crate::grant::{AccessToken, GrantError};
use crate::transport::{ANSWER_BYTES, Answer, Failure, Outage, exchange};

/// What a token lives if its endpoint does not say.
const USUAL_SECONDS: u32 = 3600;

/// An access token, and the refresh token that replaces the one it was bought with, if there is one.
#[derive(Debug)]
pub(crate) struct Purchase {
    pub(crate) token: AccessToken,
    pub(crate) refresh_token: Option<SecretString>,
}

/// What an endpoint means by an `error`, which comes with the rest of its answer and its status.
pub(crate) type Meaning = fn(&str, &Value, StatusCode) -> GrantError;

/// Buys with this form.
pub(crate) async fn buy(
    client: &Client,
    url: &str,
    form: &[(&str, &str)],
    now: Timestamp,
    meaning: Meaning,
) -> Result<Purchase, GrantError> {
    let request = client
        .http
        .post(url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(serde_urlencoded::to_string(form).expect("pairs of texts are a form"));
    let answer = exchange(request, ANSWER_BYTES)
        .await
        .map_err(|failure| match failure {
            Failure::TooLarge => unavailable(Outage::Unreadable("it is too large")),
            Failure::Outage(outage) => unavailable(outage),
        })?;
    if answer.status.is_success() {
        decode(&answer.body, now)
    } else {
        Err(refusal(&answer, meaning))
    }
}

#[derive(Deserialize)]
struct Answered {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u32>,
}

fn decode(body: &[u8], now: Timestamp) -> Result<Purchase, GrantError> {
    let unreadable = || unavailable(Outage::Unreadable("it holds no access token"));
    let answered: Answered = serde_json::from_slice(body).map_err(|_| unreadable())?;
    let is_token = !answered.access_token.is_empty()
        && answered
            .access_token
            .bytes()
            .all(|byte| byte.is_ascii_graphic());
    if !is_token {
        return Err(unreadable());
    }
    let life = SignedDuration::from_secs(answered.expires_in.unwrap_or(USUAL_SECONDS).into());
    Ok(Purchase {
        token: AccessToken::new(
            answered.access_token.into(),
            now.saturating_add(life).unwrap_or(now),
        ),
        refresh_token: answered
            .refresh_token
            .filter(|token| !token.is_empty())
            .map(SecretString::from),
    })
}

/// The `error` decides, and nothing else: descriptions change, and statuses overlap.
pub(crate) fn refusal(answer: &Answer, meaning: Meaning) -> GrantError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let is_passing =
        answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS;
    match body["error"].as_str().filter(|_| !is_passing) {
        Some(error) => meaning(error, &body, answer.status),
        // Whoever answered without an `error` said nothing about the grant.
        None => unavailable(Outage::Status(answer.status.as_u16())),
    }
}

pub(crate) fn misconfigured(reason: &str) -> GrantError {
    GrantError::Misconfigured {
        reason: reason.to_owned(),
    }
}

pub(crate) fn unavailable(source: Outage) -> GrantError {
    GrantError::Unavailable { source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_usable_token_is_unavailable() {
        let now = Timestamp::UNIX_EPOCH;
        for body in [
            "",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\nb"}"#,
        ] {
            assert!(decode(body.as_bytes(), now).is_err(), "{body}");
        }
        let usual = decode(br#"{"access_token":"a"}"#, now).unwrap();
        assert_eq!(usual.token.expires_at.as_second(), 3600);
    }
}
