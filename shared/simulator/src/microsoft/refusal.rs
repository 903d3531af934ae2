//! Every refusal, with Graph's status, code and words.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

/// A request that was not granted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) retry_after: Option<u32>,
    pub(crate) location: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            body: json!({ "error": { "code": code, "message": message } }),
            retry_after: None,
            location: None,
        }
    }

    fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The body with what differs from answer to answer.
    pub(crate) fn dated(&self, now: Timestamp, request: &str, client_request: &str) -> Value {
        let mut body = self.body.clone();
        let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) else {
            return body;
        };
        let date = now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let inner = error.entry("innerError").or_insert_with(|| json!({}));
        inner["date"] = json!(date);
        inner["request-id"] = json!(request);
        if inner.get("status").is_none() {
            inner["client-request-id"] = json!(client_request);
        }
        body
    }

    pub(crate) fn no_token() -> Self {
        let message = "Access token is empty.";
        Self::new(401, "InvalidAuthenticationToken", message)
    }

    pub(crate) fn unknown_token() -> Self {
        let message = "Access token validation failure. Invalid audience.";
        Self::new(401, "InvalidAuthenticationToken", message)
    }

    pub(crate) fn expired_token() -> Self {
        let message = "Lifetime validation failed, the token is expired.";
        Self::new(401, "InvalidAuthenticationToken", message)
    }

    pub(crate) fn access_denied() -> Self {
        let message = "Access is denied. Check credentials and try again.";
        Self::new(403, "ErrorAccessDenied", message)
    }

    pub(crate) fn mailbox_not_enabled() -> Self {
        let message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
        Self::new(404, "MailboxNotEnabledForRESTAPI", message)
    }

    pub(crate) fn item_not_found() -> Self {
        let message = "The specified object was not found in the store.";
        Self::new(404, "ErrorItemNotFound", message)
    }

    pub(crate) fn unknown_user(user: &str) -> Self {
        let message = format!("The requested user '{user}' is invalid.");
        Self::new(404, "ErrorInvalidUser", &message)
    }

    pub(crate) fn subscription_not_found() -> Self {
        Self::new(404, "ResourceNotFound", "The object was not found.")
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn over_concurrency() -> Self {
        let message = "Application is over its MailboxConcurrency limit.";
        Self::new(429, "ApplicationThrottled", message).after(7)
    }

    /// Both ways of saying it, in turn, as Outlook and the gateway before it do.
    pub(crate) fn throttled(turn: usize, retry_after: Option<u32>) -> Self {
        if turn.is_multiple_of(2) {
            let refusal = Self::over_concurrency();
            let seconds = retry_after.or(refusal.retry_after);
            return Self {
                retry_after: seconds,
                ..refusal
            };
        }
        let message = "Please retry again later.";
        let mut refusal = Self::new(429, "TooManyRequests", message);
        refusal.body["error"]["innerError"] =
            json!({ "code": "429", "message": "Please retry after", "status": "429" });
        refusal.after(retry_after.unwrap_or(10))
    }

    pub(crate) fn server_error(status: u16) -> Self {
        match status {
            503 => Self::new(503, "ServiceUnavailable", "Mailbox info is stale.").after(30),
            504 => Self::new(504, "UnknownError", ""),
            status => Self::new(status, "InternalServerError", "Internal Server Error"),
        }
    }

    pub(crate) fn sync_state_not_found() -> Self {
        let message =
            "The sync state generation is not found; generation=149;[highest=157][157][155][156].";
        Self::new(410, "SyncStateNotFound", message)
    }

    pub(crate) fn bad_sync_state() -> Self {
        let message = "The sync state generation is not found.";
        Self::new(400, "syncStateNotFound", message)
    }

    pub(crate) fn resync_required() -> Self {
        let message = "Resync required. Replace any local items with the server's version.";
        Self::new(410, "resyncRequired", message)
    }

    pub(crate) fn resync_at(location: String) -> Self {
        Self {
            location: Some(location),
            ..Self::resync_required()
        }
    }

    pub(crate) fn bad_skip_token() -> Self {
        Self::bad_request("Bad Request - Error in query syntax: the skip token is malformed.")
    }

    pub(crate) fn no_window() -> Self {
        let message = "This request requires a time window specified by the query string \
            parameters StartDateTime and EndDateTime.";
        Self::new(400, "ErrorInvalidParameter", message)
    }

    pub(crate) fn not_with_delta() -> Self {
        let message = "The following parameters are not supported with change tracking over the \
            'CalendarView' resource: '$orderby, $filter, $select, $expand, $search, $top'.";
        Self::new(400, "ErrorInvalidUrlQuery", message)
    }

    pub(crate) fn validation(message: &str) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// The handshake was answered with another status than 200.
    pub(crate) fn bad_handshake(status: u16) -> Self {
        let reason = StatusCode::from_u16(status).ok();
        let reason = reason.and_then(|status| status.canonical_reason());
        let name = reason.map_or_else(|| status.to_string(), |reason| reason.replace(' ', ""));
        Self::validation(&format!(
            "Subscription validation request failed. HTTP status code is '{name}'. Notification endpoint must respond with 200 OK to validation request."
        ))
    }

    pub(crate) fn extension(status: u16, message: &str) -> Self {
        Self::new(status, "ExtensionError", message)
    }

    /// Exchange would not have the subscription.
    pub(crate) fn refused_subscription(status: u16) -> Self {
        let why = match status {
            401 => "Unauthorized; Reason: Authentication failed",
            _ => "Forbidden; Reason: Access is denied. Check credentials and try again.",
        };
        let message = format!("Operation: Create; Exception: [Status Code: {why}]");
        Self::extension(status, &message)
    }

    pub(crate) fn subscription_exists(id: &str) -> Self {
        let message = format!("Subscription Id {id} already exists for the requested combination");
        Self::new(409, "ObjectIdentifierInUse", &message)
    }
}
