//! What holds for every answer.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};

use crate::documents::Problem;

pub(crate) async fn not_found() -> Problem {
    Problem::not_found()
}

pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this can not be done here",
        "use one of the methods in the Allow header",
    )
}

/// One line in the log, and no copy of the answer anywhere: neither in a cache nor taken for what
/// it is not.
pub(crate) async fn every_answer(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    // The route and not the path: who knows what a stranger puts there.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(String::new, |path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let is_ours = response
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().ends_with(b"json"));
    if !is_ours {
        // What axum says by itself, for instance about a body that is too large.
        response = foreign(response.status()).into_response();
    }
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let status = response.status().as_u16();
    tracing::info!(%method, route, status, "answered");
    response
}

fn foreign(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            status,
            "too_large",
            "the body is too large",
            "send at most 64 KiB",
        );
    }
    Problem::bad_request("the request could not be read")
}
