//! The methods of subscriptions that exist: get, list, renew, reauthorize, delete.

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use http::HeaderMap;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::manner::Manner;
use crate::microsoft::access::{caller, hinder};
use crate::microsoft::handshake::shake;
use crate::microsoft::mailboxes::Caller;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::reply::{Call, Outcome, Reply, give, respond};
use crate::microsoft::subscribe::in_context;
use crate::microsoft::subscriptions::{ShowsSecret, Subscription};
use crate::microsoft::wish::{allowed, check_url, instant};
use crate::simulator::Simulator;
use crate::state::State;

const CONTEXT: &str = "https://graph.microsoft.com/v1.0/$metadata#subscriptions";
const UPDATE: &str = "graph.subscriptions.update";

/// Renewing and reauthorizing one subscription within this time confuses the real service.
const APART: SignedDuration = SignedDuration::from_mins(10);

/// `GET /subscriptions/{id}`.
pub(crate) async fn get(
    Shared(simulator): Shared<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let call = Call { headers };
    let endpoint = "graph.subscriptions.get";
    respond(&simulator, endpoint, &call, None, |state, manner| {
        own(state, &call, &id, manner)?;
        let known = state.microsoft.subscriptions.get(&id);
        let known = known.map_err(|_| Refusal::subscription_not_found())?;
        let answer = in_context(known.described(state, ShowsSecret::No));
        Ok(Reply::Json(200, answer))
    })
    .await
}

/// `GET /subscriptions`.
pub(crate) async fn list(
    Shared(simulator): Shared<Simulator>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let call = Call { headers };
    let endpoint = "graph.subscriptions.list";
    respond(&simulator, endpoint, &call, None, |state, manner| {
        let caller = admitted(state, &call, None, manner)?;
        let skipped = skipped(query.as_deref().unwrap_or_default())?;
        let now = state.time.now();
        let all = state.microsoft.subscriptions.all();
        let own: Vec<_> = all
            .filter(|one| one.exists(now) && one.is_of(&caller))
            .collect();
        let limit = state.settings.graph.subscription_page_size.max(1);
        let shown = own.iter().skip(skipped).take(limit);
        let value: Vec<_> = shown
            .map(|one| one.described(state, ShowsSecret::No))
            .collect();
        let mut page = json!({ "@odata.context": CONTEXT, "value": value });
        if own.len() > skipped + limit {
            let link = format!(
                "{}/subscriptions?$skiptoken={}",
                call.base(),
                skipped + limit
            );
            page["@odata.nextLink"] = json!(link);
        }
        Ok(Reply::Json(200, page))
    })
    .await
}

/// `DELETE /subscriptions/{id}`.
pub(crate) async fn delete(
    Shared(simulator): Shared<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let call = Call { headers };
    let endpoint = "graph.subscriptions.delete";
    respond(&simulator, endpoint, &call, None, |state, manner| {
        own(state, &call, &id, manner)?;
        let removed = state.remove_subscription(&id);
        removed.map_err(|_| Refusal::subscription_not_found())?;
        Ok(Reply::NoContent)
    })
    .await
}

/// `POST /subscriptions/{id}/reauthorize`: extends nothing.
pub(crate) async fn reauthorize(
    Shared(simulator): Shared<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let call = Call { headers };
    let endpoint = "graph.subscriptions.reauthorize";
    respond(&simulator, endpoint, &call, None, |state, manner| {
        let caller = own(state, &call, &id, manner)?;
        let now = state.time.now();
        let known = known(state, &id)?;
        known.caller.expires = caller.expires;
        known.reauthorized = Some(now);
        let patched = known.patched;
        if patched.is_some_and(|at| now.duration_since(at) < APART) {
            object(state, endpoint);
        }
        Ok(Reply::NoContent)
    })
    .await
}

/// `PATCH /subscriptions/{id}`: a later end, another address, and a fresh authorization.
pub(crate) async fn update(
    Shared(simulator): Shared<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let call = Call { headers };
    let mut manner = Manner::default();
    let outcome = renew(&simulator, &call, &id, &body, &mut manner).await;
    give(&simulator, UPDATE, &call, manner, outcome).await
}

async fn renew(
    simulator: &Simulator,
    call: &Call,
    id: &str,
    body: &str,
    manner: &mut Manner,
) -> Outcome {
    let change: Value = serde_json::from_str(body)
        .map_err(|_| Refusal::bad_request("Unable to read JSON request payload."))?;
    let text = |name: &str| change.get(name).and_then(Value::as_str);
    let (caller, calendar, ends) = simulator.with(|state| {
        let caller = own(state, call, id, manner)?;
        let changeable = ["expirationDateTime", "notificationUrl"];
        let fields = change
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys());
        for name in fields {
            if !changeable.contains(&name.as_str()) {
                let message = format!("Property '{name}' cannot be updated.");
                return Err(Refusal::validation(&message));
            }
        }
        let ends = text("expirationDateTime").map(instant).transpose()?;
        let ends = ends.map(|ends| allowed(state, ends)).transpose()?;
        text("notificationUrl").map_or(Ok(()), check_url)?;
        Ok((caller, known(state, id)?.calendar.clone(), ends))
    })?;
    if let Some(url) = text("notificationUrl") {
        shake(simulator, url, id, &calendar).await?;
    }

    simulator.with(|state| {
        let now = state.time.now();
        let known = known(state, id)?;
        known.expiration = ends.unwrap_or(known.expiration);
        if let Some(url) = text("notificationUrl") {
            known.notification_url = url.to_owned();
        }
        known.caller.expires = caller.expires;
        known.patched = Some(now);
        let renewed = known.clone();
        let close = |at| now.duration_since(at) < APART;
        if renewed.reauthorized.is_some_and(close) {
            object(state, UPDATE);
        }
        let answer = in_context(renewed.described(state, ShowsSecret::Yes));
        Ok(Reply::Json(200, answer))
    })
}

fn object(state: &mut State, endpoint: &str) {
    let now = state.time.now();
    let what = "reauthorized and renewed within ten minutes".to_owned();
    state.requests.object(endpoint, what, now);
}

fn known<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Subscription, Refusal> {
    let known = state.microsoft.subscriptions.get_mut(id);
    known.map_err(|_| Refusal::subscription_not_found())
}

/// Lets a caller in that may see this subscription.
fn own(state: &mut State, call: &Call, id: &str, manner: &mut Manner) -> Result<Caller, Refusal> {
    let place = state.microsoft.subscriptions.get(id).ok();
    let place = place.map(|one| one.calendar.clone());
    let caller = admitted(state, call, place.as_deref(), manner)?;
    let now = state.time.now();
    let known = state.microsoft.subscriptions.get(id).ok();
    known
        .filter(|one| one.exists(now) && one.is_of(&caller))
        .ok_or_else(Refusal::subscription_not_found)?;
    Ok(caller)
}

fn admitted(
    state: &mut State,
    call: &Call,
    place: Option<&str>,
    manner: &mut Manner,
) -> Result<Caller, Refusal> {
    let caller = caller(state, call)?;
    hinder(state, place, manner)?;
    Ok(caller)
}

fn skipped(query: &str) -> Result<usize, Refusal> {
    let bad = || Refusal::bad_request("The query specified in the URI is not valid.");
    if query.is_empty() {
        return Ok(0);
    }
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| bad())?;
    match &pairs[..] {
        [(name, token)] if name == "$skiptoken" => token.parse().map_err(|_| bad()),
        _ => Err(bad()),
    }
}
