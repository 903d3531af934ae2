//! `POST /token` and `POST /revoke`, as at `oauth2.googleapis.com`.

use std::collections::BTreeMap;

use axum::extract::State as Shared;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use serde_json::json;

use crate::faults::{Fault, TokenError};
use crate::google::refusal::Refusal;
use crate::google::reply::{Reply, respond};
use crate::simulator::Simulator;
use crate::state::State;

type Form = BTreeMap<String, String>;

/// Exchanges a grant for an access token.
pub(crate) async fn token(
    Shared(simulator): Shared<Simulator>,
    headers: HeaderMap,
    body: String,
) -> Response {
    respond(&simulator, "oauth.token", |state, _| {
        let fault = state.strike(None, |fault| match fault {
            Fault::TokenEndpoint { error } if error.is_googles() => Some(*error),
            _ => None,
        });
        if let Some(error) = fault {
            return Err(refusal(error));
        }

        let form: Form = serde_urlencoded::from_str(&body).unwrap_or_default();
        let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        match field("grant_type") {
            "refresh_token" => {
                authenticate(state, &headers, &form)?;
                refresh(state, field("refresh_token"))
            }
            "authorization_code" => {
                authenticate(state, &headers, &form)?;
                exchange(state, field("code"))
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => assert(state, field("assertion")),
            other => {
                let description = format!("Invalid grant_type: {other}");
                Err(Refusal::oauth(400, "unsupported_grant_type", &description))
            }
        }
    })
    .await
}

/// Ends a grant by one of its tokens.
pub(crate) async fn revoke(Shared(simulator): Shared<Simulator>, body: String) -> Response {
    respond(&simulator, "oauth.revoke", |state, _| {
        let form: Form = serde_urlencoded::from_str(&body).unwrap_or_default();
        let token = form.get("token").map(String::as_str).unwrap_or_default();
        if state.google.grants.revoke(token) {
            Ok(Reply::Json(json!({})))
        } else {
            Err(Refusal::oauth(
                400,
                "invalid_token",
                "Token expired or revoked",
            ))
        }
    })
    .await
}

fn refusal(error: TokenError) -> Refusal {
    match error {
        TokenError::InvalidGrant
        | TokenError::GrantInactive
        | TokenError::GrantExpired
        | TokenError::SignInFrequency
        | TokenError::ConsentMissing
        | TokenError::UserDisabled
        | TokenError::CodeUsed
        | TokenError::InteractionRequired
        | TokenError::EnrolmentRequired
        | TokenError::ConditionalAccess
        | TokenError::SecretExpired
        | TokenError::InvalidScope
        | TokenError::TemporarilyUnavailable
        | TokenError::TooManyRequests => revoked(),
        TokenError::InvalidRapt => {
            let description = "reauth related error (invalid_rapt)";
            let mut refusal = Refusal::oauth(400, "invalid_grant", description);
            refusal.body["error_uri"] = json!("https://support.google.com/a/answer/9368756");
            refusal.body["error_subtype"] = json!("invalid_rapt");
            refusal
        }
        TokenError::InvalidClient => unknown_client(),
        TokenError::DeletedClient => {
            Refusal::oauth(401, "deleted_client", "The OAuth client was deleted.")
        }
        TokenError::UnauthorizedClient => Refusal::unauthorized_client(),
        TokenError::ServerError => Refusal {
            status: 500,
            body: json!("Internal Server Error"),
            retry_after: None,
        },
    }
}

fn revoked() -> Refusal {
    Refusal::oauth(400, "invalid_grant", "Token has been expired or revoked.")
}

fn unknown_client() -> Refusal {
    Refusal::oauth(401, "invalid_client", "The OAuth client was not found.")
}

/// The client's id and secret, from the form or from HTTP Basic.
fn authenticate(state: &State, headers: &HeaderMap, form: &Form) -> Result<(), Refusal> {
    let basic = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    let decoded = basic.and_then(|basic| String::from_utf8(STANDARD.decode(basic).ok()?).ok());
    let (id, secret) = match decoded.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => (id.to_owned(), secret.to_owned()),
        None => {
            let field = |name: &str| form.get(name).cloned().unwrap_or_default();
            (field("client_id"), field("client_secret"))
        }
    };
    if id != state.settings.client_id {
        return Err(unknown_client());
    }
    if secret != state.settings.client_secret {
        return Err(Refusal::oauth(401, "invalid_client", "Unauthorized"));
    }
    Ok(())
}

/// No refresh token comes back: the client keeps the one it has.
fn refresh(state: &mut State, token: &str) -> Result<Reply, Refusal> {
    match state.google.grants.is_live(token) {
        None => return Err(Refusal::oauth(400, "invalid_grant", "Bad Request")),
        Some(false) => return Err(revoked()),
        Some(true) => {}
    }
    let access = state.access_for_refresh_token(token).ok_or_else(revoked)?;
    Ok(Reply::Json(json!({
        "access_token": access,
        "expires_in": state.settings.access_token_seconds,
        "scope": state.google.grants.scopes(token).join(" "),
        "token_type": "Bearer",
    })))
}

fn exchange(state: &mut State, code: &str) -> Result<Reply, Refusal> {
    let email = state.google.grants.redeem(code);
    let email =
        email.ok_or_else(|| Refusal::oauth(400, "invalid_grant", "Malformed auth code."))?;
    let account = state.add_account(&email, None, None);
    let access = state
        .access_for_refresh_token(&account.refresh_token)
        .ok_or_else(revoked)?;
    Ok(Reply::Json(json!({
        "access_token": access,
        "expires_in": state.settings.access_token_seconds,
        "refresh_token": account.refresh_token,
        "scope": account.scopes.join(" "),
        "token_type": "Bearer",
    })))
}

fn assert(state: &mut State, assertion: &str) -> Result<Reply, Refusal> {
    let caller = state.believe(assertion)?;
    let access = state.access("ya29.c.", caller, None);
    Ok(Reply::Json(json!({
        "access_token": access,
        "expires_in": state.settings.access_token_seconds,
        "token_type": "Bearer",
    })))
}
