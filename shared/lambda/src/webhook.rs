//! Notifications over HTTP: the only place where an outcome becomes a status.

use std::time::Duration;

use app::receive::{Received, Receiver};
use domain::Provider;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Method, StatusCode};
use lambda_http::{Body, Request, Response, service_fn};
use providers::webhook::{self, Malformed};

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

/// Answers one request, as soon as its provider wants to be answered.
pub async fn answer(receiver: &Receiver, provider: Provider, request: &Request) -> Response<Body> {
    answer_within(receiver, provider, request, webhook::patience(provider)).await
}

/// The same, within a time of one's choice.
pub async fn answer_within(
    receiver: &Receiver,
    provider: Provider,
    request: &Request,
    within: Duration,
) -> Response<Body> {
    let path = request.uri().path();
    if path == "/healthz" {
        return plain(StatusCode::OK, "ok\n");
    }
    if request.method() != Method::POST {
        return plain(StatusCode::NOT_FOUND, "not found\n");
    }
    // Before anything else, and whatever the body says: Graph creates no subscription without its
    // answer, no notification of Graph has the parameter, and a stranger who adds it to one hears
    // his own text and is not counted. The query is the raw one: API Gateway passes it on as it
    // came, and `lambda_http` puts it into the URI untouched; its parsed parameters are not asked.
    if let Some(asked) = webhook::handshake(provider, request.uri().query()) {
        return shake_hands(provider, asked);
    }
    let body: &[u8] = request.body().as_ref();
    if body.len() > webhook::body_limit(provider) {
        tracing::info!(%provider, reason = "the body is too large", "refused a request");
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "too large\n");
    }
    let mut claimed = match webhook::parse(provider, request.headers(), body) {
        Ok(claimed) => claimed,
        Err(malformed) => {
            tracing::info!(%provider, reason = malformed.reason, "refused a request");
            return plain(StatusCode::BAD_REQUEST, "not a notification\n");
        }
    };
    let are_too_many = claimed.len() > webhook::MOST;
    claimed.truncate(webhook::MOST);
    // The organization in the URL decides nothing: the token names the tenant.
    let organization = path.rsplit('/').next().and_then(|id| id.parse().ok());
    let mut received = receiver
        .receive(provider, organization, claimed, within)
        .await;
    if are_too_many {
        tracing::warn!(%provider, "there are too many notifications in a request");
        received.is_unfinished = true;
    }
    report(provider, &received);
    conclude(provider, &received)
}

/// What each provider is told.
fn conclude(provider: Provider, received: &Received) -> Response<Body> {
    if received.is_unfinished {
        // Never 429: Google does not repeat what is answered so.
        let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "try again\n");
        let seconds = HeaderValue::from_static("5");
        response.headers_mut().insert(RETRY_AFTER, seconds);
        return response;
    }
    match provider {
        // Always the same bytes, whatever was wrong: a stranger learns nothing.
        Provider::Google if received.forged > 0 => {
            plain(StatusCode::UNAUTHORIZED, "unauthorized\n")
        }
        Provider::Google => plain(StatusCode::OK, ""),
        // Many organizations share a request, and one forgery must not make Graph repeat the
        // others for four hours.
        Provider::Microsoft => plain(StatusCode::ACCEPTED, ""),
    }
}

/// One line for all that were refused, however many a stranger sends.
fn report(provider: Provider, received: &Received) {
    if let Some(reason) = received.forged_for {
        let forged = received.forged;
        tracing::info!(%provider, reason, forged, "refused a notification");
    }
    if received.misdirected > 0 {
        tracing::warn!(
            %provider,
            misdirected = received.misdirected,
            "the URL names another organization than the token",
        );
    }
}

/// The token itself and nothing else, as text that no browser takes for a page.
fn shake_hands(provider: Provider, asked: Result<String, Malformed>) -> Response<Body> {
    let mut response = match asked {
        Ok(token) => plain(StatusCode::OK, token),
        Err(malformed) => {
            tracing::info!(%provider, reason = malformed.reason, "refused a handshake");
            plain(StatusCode::BAD_REQUEST, "not a validation token\n")
        }
    };
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn plain(status: StatusCode, text: impl Into<Body>) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(text.into())
        .expect("a status, a constant header and a text make a response")
}
