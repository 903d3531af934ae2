//! Microsoft's token endpoint: a refresh token, or our application's own proof, for an access token.

use http::StatusCode;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;

use crate::Client;
use crate::grant::{GrantError, OAuthClient, Proof};
use crate::purchase::{Purchase, buy, misconfigured, unavailable};
use crate::request::segment;
use crate::transport::{Outage, code};

/// The smallest permission with which a user's calendars can be read and subscribed to, and a
/// refresh token with it.
const CONSENT: &str = "offline_access https://graph.microsoft.com/Calendars.Read";

/// Whatever an administrator has granted to our application.
const GRANTED: &str = "https://graph.microsoft.com/.default";

/// How long our application's signature is good for. Microsoft advises five to ten minutes.
const ASSERTION_SECONDS: i64 = 600;

/// Buys an access token with a user's consent. Each purchase renews the consent: the new refresh
/// token has to be kept, since the old one ends ninety days after it was given.
pub(crate) async fn refresh(
    client: &Client,
    tenant: &str,
    refresh_token: &SecretString,
    oauth: Option<&OAuthClient>,
    now: Timestamp,
) -> Result<Purchase, GrantError> {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.expose_secret()),
        ("scope", CONSENT),
    ];
    buy_token(client, tenant, oauth, &form, now).await
}

/// Buys an access token with what an administrator granted to our application.
pub(crate) async fn assert(
    client: &Client,
    tenant: &str,
    oauth: Option<&OAuthClient>,
    now: Timestamp,
) -> Result<Purchase, GrantError> {
    let form = [("grant_type", "client_credentials"), ("scope", GRANTED)];
    buy_token(client, tenant, oauth, &form, now).await
}

async fn buy_token(
    client: &Client,
    tenant: &str,
    oauth: Option<&OAuthClient>,
    form: &[(&str, &str)],
    now: Timestamp,
) -> Result<Purchase, GrantError> {
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
    buy(client, &url, &form, now, meaning).await
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

/// What Microsoft means by an `error`; its numbers only say more. Descriptions change, and hold names.
fn meaning(error: &str, body: &Value, status: StatusCode) -> GrantError {
    let reason = match body["error_codes"][0].as_u64() {
        Some(number) => format!("{}, AADSTS{number}", code(error)),
        None => code(error),
    };
    match error {
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
            GrantError::Revoked { reason }
        }
        "temporarily_unavailable" | "server_error" => unavailable(Outage::Status(status.as_u16())),
        _ => misconfigured(&reason),
    }
}
