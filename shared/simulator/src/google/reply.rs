//! Answers on the wire.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde_json::Value;

use crate::google::refusal::Refusal;
use crate::manner::{Manner, Shape, body, http_date, linger};
use crate::simulator::Simulator;
use crate::state::State;

/// What a method answers when it succeeds.
#[derive(Debug)]
pub(crate) enum Reply {
    Json(Value),
    /// JSON that is already written.
    Text(String),
    NoContent,
}

/// Asks the world for one answer, counts it, and gives it in its manner.
pub(crate) async fn respond(
    simulator: &Simulator,
    endpoint: &'static str,
    ask: impl FnOnce(&mut State, &mut Manner) -> Result<Reply, Refusal>,
) -> Response {
    let mut manner = Manner::default();
    let (outcome, now) = simulator.with(|state| {
        let outcome = ask(state, &mut manner);
        let status = match &outcome {
            Ok(Reply::Json(_) | Reply::Text(_)) => 200,
            Ok(Reply::NoContent) => 204,
            Err(refusal) => refusal.status,
        };
        state.requests.count(endpoint, status);
        (outcome, state.time.now())
    });

    if let Some(after) = manner.after {
        // It also ends when the message is given up, which is as good.
        after.await.ok();
    }
    linger(manner.delay).await;
    match outcome {
        Ok(Reply::NoContent) => response(204, now, Body::empty()),
        Ok(Reply::Json(value)) => shaped(value.to_string(), manner.shape, now),
        Ok(Reply::Text(text)) => shaped(text, manner.shape, now),
        Err(refusal) => refused(&refusal, now),
    }
}

fn refused(refusal: &Refusal, now: Timestamp) -> Response {
    let mut response = response(refusal.status, now, Body::from(refusal.body.to_string()));
    if let Some(seconds) = refusal.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn shaped(text: String, shape: Shape, now: Timestamp) -> Response {
    let mut response = response(200, now, body(text, shape, "items"));
    if shape == Shape::GzipBomb {
        let gzip = HeaderValue::from_static("gzip");
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, gzip);
    }
    response
}

/// An answer with Google's headers, dated by the simulator's clock.
pub(crate) fn response(status: u16, now: Timestamp, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status of three digits");
    let headers = response.headers_mut();
    let cache = HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate");
    headers.insert(header::CACHE_CONTROL, cache);
    let date = HeaderValue::from_str(&http_date(now)).expect("a date is ASCII");
    headers.insert(header::DATE, date);
    if status != 204 {
        let kind = HeaderValue::from_static("application/json; charset=UTF-8");
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}
