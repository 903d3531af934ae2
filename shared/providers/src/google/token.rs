//! Google's token endpoint: a refresh token or a signed assertion for an access token.

use http::StatusCode;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;

use crate::Client;
use crate::grant::{AccessToken, GrantError, OAuthClient, Proof};
use crate::purchase::{buy, misconfigured, unavailable};
use crate::transport::{Outage, code};

/// The smallest pair of scopes with which events and the list of calendars can be read.
const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events.readonly \
                     https://www.googleapis.com/auth/calendar.calendarlist.readonly";

/// The longest an assertion may live.
const ASSERTION_SECONDS: i64 = 3600;

/// A service account, and the user it acts for.
pub(crate) struct ServiceAccount<'a> {
    pub(crate) client_email: &'a str,
    pub(crate) key_id: &'a str,
    pub(crate) private_key_pem: &'a SecretString,
    pub(crate) subject: &'a str,
}

/// Buys an access token with a user's consent.
pub(crate) async fn refresh(
    client: &Client,
    refresh_token: &SecretString,
    oauth: Option<&OAuthClient>,
    now: Timestamp,
) -> Result<AccessToken, GrantError> {
    let oauth = oauth.ok_or_else(|| misconfigured("no OAuth client is set up"))?;
    let Proof::Secret(secret) = &oauth.proof else {
        return Err(misconfigured("Google's OAuth client needs a client_secret"));
    };
    let form = [
        ("client_id", oauth.id.as_str()),
        ("client_secret", secret.expose_secret()),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose_secret()),
    ];
    buy_token(client, &form, now).await
}

/// Buys an access token with a service account's signature.
pub(crate) async fn assert(
    client: &Client,
    account: &ServiceAccount<'_>,
    now: Timestamp,
) -> Result<AccessToken, GrantError> {
    let assertion = sign(account, &client.settings.google_token, now)?;
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion.as_str()),
    ];
    buy_token(client, &form, now).await
}

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    sub: &'a str,
    scope: &'static str,
    aud: &'a str,
    iat: i64,
    exp: i64,
}

fn sign(
    account: &ServiceAccount<'_>,
    audience: &str,
    now: Timestamp,
) -> Result<String, GrantError> {
    let pem = account.private_key_pem.expose_secret().as_bytes();
    let key = EncodingKey::from_rsa_pem(pem)
        .map_err(|_| misconfigured("the private key is not an RSA key in PEM"))?;
    let header = Header {
        kid: Some(account.key_id.to_owned()),
        ..Header::new(Algorithm::RS256)
    };
    let assertion = Assertion {
        iss: account.client_email,
        sub: account.subject,
        scope: SCOPE,
        aud: audience,
        iat: now.as_second(),
        exp: now.as_second() + ASSERTION_SECONDS,
    };
    jsonwebtoken::encode(&header, &assertion, &key)
        .map_err(|_| misconfigured("the private key does not sign"))
}

async fn buy_token(
    client: &Client,
    form: &[(&str, &str)],
    now: Timestamp,
) -> Result<AccessToken, GrantError> {
    let url = &client.settings.google_token;
    Ok(buy(client, url, form, now, meaning).await?.token)
}

/// What Google means by an `error`.
fn meaning(error: &str, body: &Value, status: StatusCode) -> GrantError {
    match error {
        "invalid_grant" => GrantError::Revoked {
            reason: match body["error_subtype"].as_str() {
                Some(subtype) => format!("invalid_grant, {}", code(subtype)),
                None => error.to_owned(),
            },
        },
        "temporarily_unavailable" | "server_error" | "internal_failure" | "rate_limit_exceeded" => {
            unavailable(Outage::Status(status.as_u16()))
        }
        _ => misconfigured(&code(error)),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::purchase::refusal;
    use crate::transport::Answer;

    fn refused(status: u16, body: &str) -> GrantError {
        let answer = Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
        };
        refusal(&answer, meaning)
    }

    #[test]
    fn only_invalid_grant_blames_the_customer() {
        let error = |name: &str| refused(400, &format!(r#"{{"error":"{name}"}}"#));

        assert!(matches!(error("invalid_grant"), GrantError::Revoked { .. }));
        for name in [
            "invalid_client",
            "deleted_client",
            "disabled_client",
            "unauthorized_client",
            "invalid_scope",
            "access_denied",
            "admin_policy_enforced",
            "org_internal",
            "something_new",
        ] {
            assert!(
                matches!(error(name), GrantError::Misconfigured { .. }),
                "{name}"
            );
        }
    }

    #[test]
    fn whoever_says_nothing_about_the_grant_is_unavailable() {
        for (status, body) in [
            (500, r#"{"error":"invalid_grant"}"#),
            (429, r#"{"error":"invalid_grant"}"#),
            (503, ""),
            (400, "<html>"),
            (403, r#"{"error":{"code":403}}"#),
            (400, r#"{"error":"temporarily_unavailable"}"#),
            (302, ""),
        ] {
            let error = refused(status, body);
            assert!(
                matches!(error, GrantError::Unavailable { .. }),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_description_is_never_repeated() {
        let error = refused(
            400,
            r#"{"error":"invalid amelia@example.com","error_description":"amelia@example.com"}"#,
        );

        assert!(!format!("{error} {error:?}").contains("amelia"));
    }
}
