//! What the token endpoint refuses with: Entra's codes and words.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::faults::TokenError;
use crate::microsoft::mailboxes::guid;
use crate::microsoft::refusal::Refusal;
use crate::state::State;

/// The fault's refusal; none if it is one of Google's.
pub(crate) fn on_demand(state: &mut State, error: TokenError) -> Option<Refusal> {
    let app = state.settings.graph.client_id.clone();
    let code = match error {
        TokenError::InvalidRapt | TokenError::DeletedClient => return None,
        TokenError::InvalidGrant => 50_173,
        TokenError::GrantInactive => 700_082,
        TokenError::GrantExpired => 70_008,
        TokenError::SignInFrequency => 70_043,
        TokenError::ConsentMissing => 65_001,
        TokenError::UserDisabled => 50_057,
        TokenError::CodeUsed => 54_005,
        TokenError::InteractionRequired => 50_076,
        TokenError::EnrolmentRequired => 50_079,
        TokenError::ConditionalAccess => 53_003,
        TokenError::InvalidClient => 7_000_215,
        TokenError::SecretExpired => 7_000_222,
        TokenError::UnauthorizedClient => 700_016,
        TokenError::InvalidScope => 70_011,
        TokenError::TemporarilyUnavailable => 90_033,
        TokenError::TooManyRequests => 90_055,
        TokenError::ServerError => {
            return Some(Refusal {
                body: json!("Internal Server Error"),
                ..Refusal::new(500, "", "")
            });
        }
    };
    Some(refusal(state, code, &app))
}

/// A refusal by its number.
pub(crate) fn refusal(state: &mut State, code: u32, app: &str) -> Refusal {
    let now = state.time.now();
    let (status, error, suberror) = kind(code);
    let trace = guid(&mut state.random);
    let correlation = guid(&mut state.random);
    let date = now.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let words = words(code, app, now);
    let mut body = json!({
        "error": error,
        "error_description": format!("AADSTS{code}: {words} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {date}"),
        "error_codes": [code],
        "timestamp": date,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    if let Some(suberror) = suberror {
        body["suberror"] = Value::from(suberror);
    }
    Refusal {
        body,
        retry_after: (status == 429).then_some(10),
        ..Refusal::new(status, "", "")
    }
}

/// Status, `error` and `suberror`.
fn kind(code: u32) -> (u16, &'static str, Option<&'static str>) {
    match code {
        50_173 => (400, "invalid_grant", Some("bad_token")),
        65_001 => (400, "invalid_grant", Some("consent_required")),
        70_043 => (400, "invalid_grant", Some("token_expired")),
        700_082 | 70_008 | 50_057 | 54_005 | 9_002_313 => (400, "invalid_grant", None),
        50_076 | 50_079 => (400, "interaction_required", Some("basic_action")),
        53_003 => (400, "interaction_required", Some("message_only")),
        7_000_215 | 7_000_222 | 700_027 | 700_024 | 700_021 => (401, "invalid_client", None),
        700_016 => (400, "unauthorized_client", None),
        70_011 => (400, "invalid_scope", None),
        90_002 => (400, "invalid_request", None),
        70_003 => (400, "unsupported_grant_type", None),
        90_055 => (429, "temporarily_unavailable", None),
        90_033 => (503, "temporarily_unavailable", None),
        _ => (400, "invalid_request", None),
    }
}

fn words(code: u32, app: &str, now: Timestamp) -> String {
    let app_words = |words: &str| words.replace("{app}", app);
    match code {
        50_173 => {
            let issued = now - jiff::SignedDuration::from_hours(288);
            format!(
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '{}' and the TokensValidFrom date (before which tokens are not valid) for this user is '{}'.",
                crate::microsoft::content::instant(issued),
                crate::microsoft::content::instant(now),
            )
        }
        700_082 => {
            let issued = now - jiff::SignedDuration::from_hours(24 * 132);
            format!(
                "The refresh token has expired due to inactivity. The token was issued on {} and was inactive for 90.00:00:00.",
                crate::microsoft::content::instant(issued),
            )
        }
        70_008 => "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.".to_owned(),
        70_043 => "The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.".to_owned(),
        65_001 => app_words("The user or administrator has not consented to use the application with ID '{app}' named 'calsync'. Send an interactive authorization request for this user and resource."),
        50_057 => "The user account is disabled.".to_owned(),
        54_005 => "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.".to_owned(),
        50_076 => "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.".to_owned(),
        50_079 => "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.".to_owned(),
        53_003 => "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.".to_owned(),
        7_000_215 => "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app.".to_owned(),
        7_000_222 => app_words("The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."),
        700_016 => app_words("Application with identifier '{app}' was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant."),
        700_027 => app_words("The certificate with identifier used to sign the client assertion is not registered on application '{app}'."),
        700_024 => "Client assertion is not within its valid time range.".to_owned(),
        700_021 => app_words("Client assertion application identifier doesn't match the application '{app}', or its audience or id is wrong."),
        70_011 => "The provided value for the input parameter 'scope' is not valid.".to_owned(),
        70_003 => "The app requested an unsupported grant type.".to_owned(),
        90_002 => "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.".to_owned(),
        90_033 => "A transient error has occurred. Please try again.".to_owned(),
        90_055 => "The service received too many requests. Please try again later.".to_owned(),
        9_002_313 => "Invalid request. Request is malformed or invalid.".to_owned(),
        _ => "The request is missing a required parameter.".to_owned(),
    }
}
