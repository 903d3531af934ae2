//! Answers on the wire, with Graph's headers.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde_json::Value;

use crate::manner::{Manner, Shape, body, http_date, linger};
use crate::microsoft::concurrency::Slots;
use crate::microsoft::mailboxes::guid;
use crate::microsoft::refusal::Refusal;
use crate::simulator::Simulator;
use crate::state::State;

/// What a method answers when it succeeds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    Json(u16, Value),
    NoContent,
}

/// What a method makes of a request.
pub(crate) type Outcome = Result<Reply, Refusal>;

/// A request's headers, and the names its answer goes by.
pub(crate) struct Call {
    pub(crate) headers: HeaderMap,
}

impl Call {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The base of this service's URLs, as the client calls it.
    pub(crate) fn base(&self) -> String {
        let host = self.text("host").unwrap_or("graph.microsoft.com");
        format!("http://{host}/v1.0")
    }
}

/// Asks the world for one answer within the mailbox's limit, counts it, and gives it in its manner.
pub(crate) async fn respond(
    simulator: &Simulator,
    endpoint: &'static str,
    call: &Call,
    mailbox: Option<&str>,
    ask: impl FnOnce(&mut State, &mut Manner) -> Outcome,
) -> Response {
    let slots = Slots::take(simulator, endpoint, mailbox, 1);
    // Whoever came at the same time is counted before anyone is answered.
    tokio::task::yield_now().await;
    let mut manner = Manner::default();
    let outcome = match slots.granted() {
        0 => Err(Refusal::over_concurrency()),
        _ => simulator.with(|state| ask(state, &mut manner)),
    };
    give(simulator, endpoint, call, manner, outcome).await
}

/// Counts an outcome and gives it in its manner.
pub(crate) async fn give(
    simulator: &Simulator,
    endpoint: &'static str,
    call: &Call,
    manner: Manner,
    outcome: Outcome,
) -> Response {
    let (now, request) = simulator.with(|state| {
        state.requests.count(endpoint, status(&outcome));
        (state.time.now(), guid(&mut state.random))
    });
    linger(manner.delay).await;
    let client_request = call.text("client-request-id").unwrap_or(&request);

    let status = status(&outcome);
    let mut response = match &outcome {
        Ok(Reply::NoContent) => Response::new(Body::empty()),
        Ok(Reply::Json(_, value)) => Response::new(body(value.to_string(), manner.shape, "value")),
        Err(refusal) => {
            let body = refusal.dated(now, &request, client_request);
            Response::new(Body::from(body.to_string()))
        }
    };
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status of three digits");
    let headers = response.headers_mut();
    for (name, value) in [
        ("request-id", &*request),
        ("client-request-id", client_request),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    if status != 204 {
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
    }
    dress(headers, now, manner.shape, outcome.err().as_ref());
    response
}

fn dress(headers: &mut HeaderMap, now: Timestamp, shape: Shape, refusal: Option<&Refusal>) {
    let date = HeaderValue::from_str(&http_date(now)).expect("a date is ASCII");
    headers.insert(header::DATE, date);
    let cache = HeaderValue::from_static("private");
    headers.insert(header::CACHE_CONTROL, cache);
    if shape == Shape::GzipBomb {
        let gzip = HeaderValue::from_static("gzip");
        headers.insert(header::CONTENT_ENCODING, gzip);
    }
    let Some(refusal) = refusal else { return };
    if let Some(seconds) = refusal.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    let location = refusal.location.as_deref();
    if let Some(Ok(location)) = location.map(HeaderValue::from_str) {
        headers.insert(header::LOCATION, location);
    }
}

pub(crate) fn status(outcome: &Outcome) -> u16 {
    match outcome {
        Ok(Reply::Json(status, _)) => *status,
        Ok(Reply::NoContent) => 204,
        Err(refusal) => refusal.status,
    }
}
