//! Refusals as RFC 9457 has them: a type for programs, a detail for people that says what to do.

use app::manage::Refusal;
use app::{Error, error_chain};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

use crate::documents::{FieldError, Problem};

/// A problem on its way out. Boxed: most requests have none.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Box<Problem>);

impl Problem {
    pub(crate) fn new(status: StatusCode, slug: &str, title: &str, detail: &str) -> Self {
        Self {
            kind: format!("urn:calwatch:problem:{slug}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.to_owned(),
            errors: None,
            last_seq: None,
            reason: None,
        }
    }

    /// Always the same, whatever is wrong with a key: a stranger learns nothing.
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "no valid key",
            "send a key that was not revoked: Authorization: Bearer cw_…",
        )
    }

    pub(crate) fn forbidden(needed: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "the key does not allow this",
            &format!("use a key whose scope is at least {needed}"),
        )
    }

    /// Always the same, whether a thing is not there or somebody else's.
    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is no such thing",
            "look for the right identifier in the list",
        )
    }

    pub(crate) fn bad_request(detail: &str) -> Self {
        let title = "the request can not be read";
        Self::new(StatusCode::BAD_REQUEST, "bad_request", title, detail)
    }

    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "some fields are not right",
            "correct the fields in errors and send it again",
        );
        Self {
            errors: Some(errors),
            ..problem
        }
    }

    pub(crate) fn invalid_field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError {
            field: field.to_owned(),
            message: message.into(),
        }])
    }

    pub(crate) fn conflict(detail: &str) -> Self {
        let title = "that is not possible now";
        Self::new(StatusCode::CONFLICT, "conflict", title, detail)
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "a dependency failed",
            "try again in a few seconds",
        )
    }

    /// Whether trying again may help.
    pub(crate) const fn may_pass(&self) -> bool {
        self.status >= 500
    }
}

impl<T: Into<Problem>> From<T> for Refused {
    fn from(problem: T) -> Self {
        Self(Box::new(problem.into()))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => Self::not_found(),
            Refusal::Conflict(detail) => Self::conflict(&detail),
            Refusal::Invalid { field, message } => Self::invalid_field(field, message),
            Refusal::GrantRefused(reason) => Self {
                reason: Some(reason),
                ..Self::new(
                    StatusCode::CONFLICT,
                    "grant_refused",
                    "the provider does not honour the grant",
                    "have the calendar's owner connect again, and send the new grant",
                )
            },
            Refusal::Misconfigured(reason) => Self {
                reason: Some(reason),
                ..Self::new(
                    StatusCode::CONFLICT,
                    "grant_refused",
                    "the provider does not accept calwatch as it is set up",
                    "have the operator check the OAuth client, or what an administrator delegated",
                )
            },
            Refusal::ProviderUnavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "provider_unavailable",
                "the provider can not be asked now",
                "try again in a minute",
            ),
            Refusal::Resync { last_seq } => Self {
                last_seq: Some(last_seq),
                ..Self::new(
                    StatusCode::GONE,
                    "resync_required",
                    "some of the changes after this cursor are not kept any more",
                    "read the calendar's events as a whole, then follow changes from their seq",
                )
            },
            Refusal::Failed(error) => failed(&error),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Refusal::from(error).into()
    }
}

/// What we depend on failed: what it was is for the log, not for whoever asked.
fn failed(error: &Error) -> Problem {
    tracing::error!(error = error_chain(error), "could not answer");
    match error {
        Error::Aws(_) | Error::GrantReplaced => Problem::unavailable(),
        Error::Callback(_) => Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "calwatch is not set up right",
            "the provider refuses our address: have the operator check WEBHOOK_DOMAIN",
        ),
        Error::Provider(_) | Error::Grant(_) | Error::UnknownGrant | Error::Unknown(_) => {
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "something went wrong",
                "have the operator look into the log",
            )
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).expect("a problem can be written as JSON");
        respond(status, body)
    }
}

/// An answer with this body, by its status a document or a problem.
pub(crate) fn respond(status: StatusCode, body: String) -> Response {
    let is_problem = status.is_client_error() || status.is_server_error();
    let kind = if is_problem {
        "application/problem+json"
    } else {
        "application/json"
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
