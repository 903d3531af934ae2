//! `$batch`: up to twenty requests in one, each with its own answer.

use axum::extract::State as Shared;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::manner::{Manner, linger};
use crate::microsoft::access::caller;
use crate::microsoft::calendars::address;
use crate::microsoft::concurrency::Slots;
use crate::microsoft::get::Reach;
use crate::microsoft::mailboxes::guid;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::reply::{Call, Outcome, Reply, give, status};
use crate::microsoft::{delta, get};
use crate::simulator::Simulator;
use crate::state::State;

const ENDPOINT: &str = "graph.batch";
const LARGEST: usize = 20;

/// How many of a batch go to Outlook at once.
const AT_ONCE: usize = 4;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
}

/// `POST /$batch`.
pub(crate) async fn batch(
    Shared(simulator): Shared<Simulator>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let call = Call { headers };
    let outcome = match open(&simulator, &call, &body) {
        Ok(batch) => Ok(answer(&simulator, &call, batch).await),
        Err(refusal) => Err(refusal),
    };
    give(&simulator, ENDPOINT, &call, Manner::default(), outcome).await
}

fn open(simulator: &Simulator, call: &Call, body: &str) -> Result<Batch, Refusal> {
    let unreadable = |_| Refusal::bad_request("Invalid batch payload format.");
    let batch: Batch = serde_json::from_str(body).map_err(unreadable)?;
    simulator.with(|state| {
        caller(state, call)?;
        if batch.requests.len() > LARGEST {
            let now = state.time.now();
            let what = format!("more than {LARGEST} requests in one batch");
            state.requests.object(ENDPOINT, what, now);
            let message =
                format!("Number of batch request steps exceeds the maximum value of {LARGEST}.");
            return Err(Refusal::new(400, "MaximumValueExceeded", &message));
        }
        Ok(())
    })?;
    Ok(batch)
}

async fn answer(simulator: &Simulator, call: &Call, batch: Batch) -> Reply {
    let mut responses = Vec::new();
    for together in batch.requests.chunks(AT_ONCE) {
        // All of them take their places before the first gives its own back.
        let slots: Vec<_> = together
            .iter()
            .map(|inner| Slots::take(simulator, ENDPOINT, user_of(&inner.url), 1))
            .collect();
        tokio::task::yield_now().await;
        for (inner, slot) in together.iter().zip(slots) {
            let mut manner = Manner::default();
            let outcome = match slot.granted() {
                0 => Err(Refusal::over_concurrency()),
                _ => simulator.with(|state| ask(state, call, inner, &mut manner)),
            };
            linger(manner.delay).await;
            responses.push(written(simulator, &inner.id, &outcome));
        }
    }
    simulator.with(|state| {
        // They come in any order.
        for last in (1..responses.len()).rev() {
            let other = state.random.below(last as u64 + 1) as usize;
            responses.swap(last, other);
        }
    });
    Reply::Json(200, json!({ "responses": responses }))
}

fn ask(state: &mut State, outer: &Call, inner: &Inner, manner: &mut Manner) -> Outcome {
    let call = Call {
        headers: headers(outer, inner),
    };
    let (path, query) = inner.url.split_once('?').unwrap_or((&inner.url, ""));
    let parts = path.trim_start_matches('/').split('/');
    let parts: Vec<String> = parts
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let outcome = match (&*inner.method.to_ascii_uppercase(), &parts[..]) {
        ("GET", ["users", user, "events", id]) => {
            let place = address(user, None);
            get::read(state, &call, (&place, id, Reach::Mailbox), query, manner)
        }
        ("GET", ["users", user, "calendar", "events", id]) => {
            let place = address(user, None);
            get::read(state, &call, (&place, id, Reach::Calendar), query, manner)
        }
        ("GET", ["users", user, "calendars", calendar, "events", id]) => {
            let place = address(user, Some(calendar));
            get::read(state, &call, (&place, id, Reach::Calendar), query, manner)
        }
        ("GET", ["users", user, "calendarView", "delta"]) => {
            delta::read(state, &call, &address(user, None), query, manner)
        }
        (
            "GET",
            [
                "users",
                user,
                "calendars",
                calendar,
                "calendarView",
                "delta",
            ],
        ) => {
            let place = address(user, Some(calendar));
            delta::read(state, &call, &place, query, manner)
        }
        _ => Err(Refusal::bad_request(
            "The simulator does not know this request within a batch.",
        )),
    };
    let endpoint = match parts.last() {
        Some(&"delta") => delta::ENDPOINT,
        _ => get::ENDPOINT,
    };
    state.requests.count(endpoint, status(&outcome));
    outcome
}

/// The batch's own authorization and host, and the inner request's other headers.
fn headers(outer: &Call, inner: &Inner) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in [http::header::AUTHORIZATION, http::header::HOST] {
        headers.extend(outer.headers.get(&name).map(|value| (name, value.clone())));
    }
    for (name, value) in &inner.headers {
        let name = HeaderName::try_from(name.as_str());
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    headers
}

fn written(simulator: &Simulator, id: &str, outcome: &Outcome) -> Value {
    let mut headers = json!({ "Content-Type": "application/json" });
    let body = match outcome {
        Ok(Reply::Json(_, value)) => value.clone(),
        Ok(Reply::NoContent) => Value::Null,
        Err(refusal) => {
            if let Some(seconds) = refusal.retry_after {
                headers["Retry-After"] = json!(seconds.to_string());
            }
            if let Some(location) = &refusal.location {
                headers["Location"] = json!(location);
            }
            simulator.with(|state| {
                let request = guid(&mut state.random);
                refusal.dated(state.time.now(), &request, &request)
            })
        }
    };
    json!({ "id": id, "status": status(outcome), "headers": headers, "body": body })
}

fn user_of(url: &str) -> Option<&str> {
    let path = url.trim_start_matches('/').strip_prefix("users/")?;
    path.split(['/', '?']).next()
}
