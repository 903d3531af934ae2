//! Every refusal, with Google's status, envelope and words.

use serde_json::{Value, json};

/// A request that was not granted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    /// The API's envelope.
    pub(crate) fn new(status: u16, domain: &str, reason: &str, message: &str) -> Self {
        let error = json!({ "domain": domain, "reason": reason, "message": message });
        Self {
            status,
            body: json!({ "error": { "errors": [error], "code": status, "message": message } }),
            retry_after: None,
        }
    }

    fn at(mut self, kind: &str, location: &str) -> Self {
        self.body["error"]["errors"][0]["locationType"] = json!(kind);
        self.body["error"]["errors"][0]["location"] = json!(location);
        self
    }

    fn at_parameter(self, name: &str) -> Self {
        self.at("parameter", name)
    }

    /// The token endpoint's shape.
    pub(crate) fn oauth(status: u16, error: &str, description: &str) -> Self {
        Self {
            status,
            body: json!({ "error": error, "error_description": description }),
            retry_after: None,
        }
    }

    pub(crate) fn unauthorized_client() -> Self {
        let description = "Client is unauthorized to retrieve access tokens using this method, \
            or client not authorized for any of the scopes requested.";
        Self::oauth(401, "unauthorized_client", description)
    }

    pub(crate) fn login_required() -> Self {
        Self::new(401, "global", "required", "Login Required").at("header", "Authorization")
    }

    pub(crate) fn invalid_credentials() -> Self {
        Self::new(401, "global", "authError", "Invalid Credentials").at("header", "Authorization")
    }

    pub(crate) fn insufficient_permissions() -> Self {
        let message = "Request had insufficient authentication scopes.";
        Self::new(403, "global", "insufficientPermissions", message)
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(403, "global", "forbidden", "Forbidden")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "global", "notFound", "Not Found")
    }

    /// Rate limits, in turn as 403 for the user, 429, and 403 for the project: Google uses the two
    /// statuses interchangeably, and a client that knows only one of them is wrong.
    pub(crate) fn rate_limit(turn: usize, retry_after: Option<u32>) -> Self {
        let (status, reason, message) = match turn % 3 {
            0 => (403, "userRateLimitExceeded", "User Rate Limit Exceeded"),
            1 => (429, "rateLimitExceeded", "Rate Limit Exceeded"),
            _ => (403, "rateLimitExceeded", "Rate Limit Exceeded"),
        };
        Self {
            retry_after,
            ..Self::new(status, "usageLimits", reason, message)
        }
    }

    pub(crate) fn usage_limit() -> Self {
        Self::new(
            403,
            "usageLimits",
            "quotaExceeded",
            "Calendar usage limits exceeded.",
        )
    }

    pub(crate) fn server_error(status: u16) -> Self {
        Self::new(status, "global", "backendError", "Backend Error")
    }

    pub(crate) fn full_sync_required() -> Self {
        let message = "Sync token is no longer valid, a full sync is required.";
        Self::new(410, "calendar", "fullSyncRequired", message).at_parameter("syncToken")
    }

    pub(crate) fn updated_min_too_long_ago() -> Self {
        let message = "The requested minimum modification time lies too far in the past.";
        Self::new(410, "calendar", "updatedMinTooLongAgo", message).at_parameter("updatedMin")
    }

    pub(crate) fn sync_token_with_restrictions() -> Self {
        let message = "Sync token cannot be used with other request restrictions.";
        Self::new(400, "calendar", "syncTokenWithRequestRestrictions", message)
            .at_parameter("syncToken")
    }

    pub(crate) fn time_range_empty() -> Self {
        let message = "The specified time range is empty.";
        Self::new(400, "calendar", "timeRangeEmpty", message).at_parameter("timeMax")
    }

    pub(crate) fn invalid_parameter(name: &str) -> Self {
        Self::new(400, "global", "invalid", "Invalid Value").at_parameter(name)
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::new(400, "global", "badRequest", message)
    }

    pub(crate) fn push_not_supported() -> Self {
        let message = "Push notifications are not supported by this resource.";
        Self::new(
            400,
            "calendar",
            "pushNotSupportedForRequestedResource",
            message,
        )
    }

    pub(crate) fn channel_not_found(id: &str, project: &str) -> Self {
        let message = format!("Channel '{id}' not found for project '{project}'");
        Self::new(404, "global", "notFound", &message)
    }
}
