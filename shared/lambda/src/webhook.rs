//! Notifications over HTTP: the only place where an outcome becomes a status.

use app::error_chain;
use app::receive::{Received, Receiver};
use domain::{OrganizationId, Provider};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Method, StatusCode};
use lambda_http::{Body, Request, Response, service_fn};
use providers::webhook;

/// Answers requests until the sandbox ends.
///
/// # Errors
/// If the Lambda runtime ends.
pub async fn serve(receiver: Receiver, provider: Provider) -> Result<(), lambda_http::Error> {
    let receiver = &receiver;
    lambda_http::run(service_fn(move |request: Request| async move {
        Ok::<_, lambda_http::Error>(answer(receiver, provider, &request).await)
    }))
    .await
}

/// Answers one request.
pub async fn answer(receiver: &Receiver, provider: Provider, request: &Request) -> Response<Body> {
    let path = request.uri().path();
    if path == "/healthz" {
        return plain(StatusCode::OK, "ok\n");
    }
    if request.method() != Method::POST {
        return plain(StatusCode::NOT_FOUND, "not found\n");
    }
    let body: &[u8] = request.body().as_ref();
    if body.len() > webhook::body_limit(provider) {
        tracing::info!(%provider, reason = "the body is too large", "refused a request");
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "too large\n");
    }
    let claims = match webhook::parse(provider, request.headers(), body) {
        Ok(claims) => claims,
        Err(malformed) => {
            tracing::info!(%provider, reason = malformed.reason, "refused a request");
            return plain(StatusCode::BAD_REQUEST, "not a notification\n");
        }
    };
    // The organization in the URL decides nothing: the token names the tenant, and one that does
    // not fit is a forgery like any other.
    let organization = path.rsplit('/').next().and_then(|id| id.parse().ok());
    let mut answered = plain(StatusCode::OK, "");
    for claimed in claims {
        answered = one(receiver, provider, organization, claimed).await;
    }
    answered
}

async fn one(
    receiver: &Receiver,
    provider: Provider,
    organization: Option<OrganizationId>,
    claimed: webhook::Claimed,
) -> Response<Body> {
    let Some(organization) = organization else {
        return forged(provider, "the URL names no organization");
    };
    match receiver.receive(provider, organization, claimed).await {
        Ok(Received::Authentic(_)) => plain(StatusCode::OK, ""),
        Ok(Received::Forged(reason)) => forged(provider, reason),
        Err(error) => {
            tracing::error!(
                %provider,
                error = error_chain(&error),
                "could not receive a notification; the provider will repeat it",
            );
            let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "try again\n");
            response
                .headers_mut()
                .insert(RETRY_AFTER, http::HeaderValue::from_static("5"));
            response
        }
    }
}

/// Always the same bytes, whatever was wrong: a stranger learns nothing.
fn forged(provider: Provider, reason: &'static str) -> Response<Body> {
    tracing::info!(%provider, reason, "refused a notification");
    plain(StatusCode::UNAUTHORIZED, "unauthorized\n")
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(text.into())
        .expect("a status, a constant header and a text make a response")
}
