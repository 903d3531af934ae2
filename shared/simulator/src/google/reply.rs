//! Answers on the wire, including those that are wrong on purpose.

use std::io::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use http::{HeaderValue, header};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::google::refusal::Refusal;
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

/// How an answer is given.
#[derive(Debug, Default)]
pub(crate) struct Manner {
    pub(crate) delay: Option<Duration>,
    pub(crate) shape: Shape,
    /// The answer is withheld until this ends: the `sync` message that comes before it.
    pub(crate) after: Option<oneshot::Receiver<()>>,
}

/// What a body looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    #[default]
    Plain,
    Endless,
    Malformed,
    GzipBomb,
    Huge(usize),
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

/// A page in its shape; `list` is the field its items are in.
pub(crate) fn body(text: String, shape: Shape, list: &'static str) -> Body {
    match shape {
        Shape::Plain => Body::from(text),
        Shape::Malformed => {
            let half = text.floor_char_boundary(text.len() / 2);
            Body::from(text[..half].to_owned())
        }
        Shape::Huge(megabytes) => {
            let mut value: Value = serde_json::from_str(&text).expect("we wrote it as JSON");
            let padding = Value::String("x".repeat(megabytes << 20));
            match value.pointer_mut(&format!("/{list}/0")) {
                Some(event) => event["description"] = padding,
                None => value["description"] = padding,
            }
            Body::from(value.to_string())
        }
        Shape::Endless => endless(list),
        Shape::GzipBomb => gzip_bomb(list),
    }
}

/// Lets an answer come late.
pub(crate) async fn linger(delay: Option<Duration>) {
    if let Some(delay) = delay {
        tokio::time::sleep(delay).await;
    }
}

/// White space inside a JSON array, for ever: a parser that streams is fooled as well.
fn endless(list: &str) -> Body {
    let opening = Bytes::from(format!(r#"{{"kind":"calendar#events","{list}":["#));
    let chunks = stream::unfold(Some(opening), |next| async move {
        match next {
            Some(opening) => Some((Ok::<_, std::io::Error>(opening), None)),
            None => {
                // Slow enough that a client without any limit survives its own mistake for a while.
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some((Ok(Bytes::from_static(&[b' '; 65_536])), None))
            }
        }
    });
    Body::from_stream(chunks)
}

/// A thousand bytes of text for each that is sent, made only as fast as they are taken.
fn gzip_bomb(list: &str) -> Body {
    let opening = format!(r#"{{"{list}":["#);
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let chunks = stream::unfold((encoder, opening), |(mut encoder, opening)| async move {
        encoder
            .write_all(opening.as_bytes())
            .expect("a vector takes every byte");
        while encoder.get_ref().len() < 1_024 {
            encoder
                .write_all(&[b' '; 65_536])
                .expect("a vector takes every byte");
        }
        let chunk = Bytes::from(std::mem::take(encoder.get_mut()));
        tokio::task::yield_now().await;
        Some((Ok::<_, std::io::Error>(chunk), (encoder, String::new())))
    });
    Body::from_stream(chunks)
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

/// The date format of HTTP, always GMT.
pub(crate) fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
