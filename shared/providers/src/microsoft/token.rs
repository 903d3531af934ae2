//! Microsoft's token endpoint: a refresh token, or our application's own proof, for an access token.

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Client;
use crate::grant::{AccessToken, GrantError, OAuthClient, Proof};
use crate::request::segment;
use crate::transport::{ANSWER_BYTES, Answer, Failure, Outage, code, exchange};

/// The smallest permission with which a user's calendars can be read and subscribed to, and a
/// refresh token with it.
const CONSENT: &str = "offline_access https://graph.microsoft.com/Calendars.Read";

/// Whatever an administrator has granted to our application.
const GRANTED: &str = "https://graph.microsoft.com/.default";

/// How long our application's signature is good for. Microsoft advises five to ten minutes.
const ASSERTION_SECONDS: i64 = 600;

/// What a token lives if Microsoft does not say.
const USUAL_SECONDS: u32 = 3600;

/// An access token, and the refresh token that replaces the one it was bought with.
pub(crate) struct Bought {
    pub(crate) token: AccessToken,
    pub(crate) refresh_token: Option<SecretString>,
}

/// Buys an access token with a user's consent. Each purchase renews the consent: the new refresh
/// token has to be kept, since the old one ends ninety days after it was given.
pub(crate) async fn refresh(
    client: &Client,
    tenant: &str,
    refresh_token: &SecretString,
    oauth: Option<&OAuthClient>,
    now: Timestamp,
) -> Result<Bought, GrantError> {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose_secret()),
        ("scope", CONSENT),
    ];
    buy(client, tenant, oauth, &form, now).await
}

/// Buys an access token with what an administrator granted to our application.
pub(crate) async fn assert(
    client: &Client,
    tenant: &str,
    oauth: Option<&OAuthClient>,
    now: Timestamp,
) -> Result<Bought, GrantError> {
    let form = [("grant_type", "client_credentials"), ("scope", GRANTED)];
    buy(client, tenant, oauth, &form, now).await
}

async fn buy(
    client: &Client,
    tenant: &str,
    oauth: Option<&OAuthClient>,
    form: &[(&str, &str)],
    now: Timestamp,
) -> Result<Bought, GrantError> {
    let oauth = oauth.ok_or_else(|| misconfigured("no OAuth client is set up"))?;
    let tenant = segment(tenant).map_err(|_| misconfigured("the tenant is not one"))?;
    let url = format!(
        "{}/{tenant}/oauth2/v2.0/token",
        client.settings.microsoft_login
    );
    let assertion;
    let mut form = form.to_vec();
    form.push(("client_id", &oauth.id));
    match &oauth.proof {
        Proof::Secret(secret) => form.push(("client_secret", secret.expose_secret())),
        Proof::Certificate {
            private_key_pem,
            thumbprint,
        } => {
            assertion = sign(&oauth.id, private_key_pem, thumbprint, &url, now)?;
            form.push((
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ));
            form.push(("client_assertion", assertion.expose_secret()));
        }
    }
    let request = client
        .http
        .post(&url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(serde_urlencoded::to_string(&form).expect("pairs of texts are a form"));
    let answer = exchange(request, ANSWER_BYTES)
        .await
        .map_err(|failure| match failure {
            Failure::TooLarge => unavailable(Outage::Unreadable("it is too large")),
            Failure::Outage(outage) => unavailable(outage),
        })?;
    if answer.status.is_success() {
        decode(&answer.body, now)
    } else {
        Err(refusal(&answer))
    }
}

#[derive(Serialize)]
struct Assertion<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    exp: i64,
}

fn sign(
    client_id: &str,
    private_key_pem: &SecretString,
    thumbprint: &str,
    audience: &str,
    now: Timestamp,
) -> Result<SecretString, GrantError> {
    let key = EncodingKey::from_rsa_pem(private_key_pem.expose_secret().as_bytes())
        .map_err(|_| misconfigured("the private key is not an RSA key in PEM"))?;
    let header = Header {
        x5t_s256: Some(thumbprint.to_owned()),
        ..Header::new(Algorithm::PS256)
    };
    let assertion = Assertion {
        aud: audience,
        iss: client_id,
        sub: client_id,
        // Two of the same nanosecond and tenant would say the same.
        jti: format!("{audience}#{}", now.as_nanosecond()),
        // Clocks differ.
        nbf: now.as_second() - 60,
        exp: now.as_second() + ASSERTION_SECONDS,
    };
    jsonwebtoken::encode(&header, &assertion, &key)
        .map(SecretString::from)
        .map_err(|_| misconfigured("the private key does not sign"))
}

#[derive(Deserialize)]
struct Answered {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u32>,
}

fn decode(body: &[u8], now: Timestamp) -> Result<Bought, GrantError> {
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
    Ok(Bought {
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

/// The `error` decides; its numbers only say more. Descriptions change, and hold names.
fn refusal(answer: &Answer) -> GrantError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let is_passing =
        answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS;
    let Some(error) = body["error"].as_str().filter(|_| !is_passing) else {
        // Whoever answered without an `error` said nothing about the grant.
        return unavailable(Outage::Status(answer.status.as_u16()));
    };
    let reason = match body["error_codes"][0].as_u64() {
        Some(number) => format!("{}, AADSTS{number}", code(error)),
        None => code(error),
    };
    match error {
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
            GrantError::Revoked { reason }
        }
        "temporarily_unavailable" | "server_error" => {
            unavailable(Outage::Status(answer.status.as_u16()))
        }
        _ => misconfigured(&reason),
    }
}

fn misconfigured(reason: &str) -> GrantError {
    GrantError::Misconfigured {
        reason: reason.to_owned(),
    }
}

fn unavailable(source: Outage) -> GrantError {
    GrantError::Unavailable { source }
}
