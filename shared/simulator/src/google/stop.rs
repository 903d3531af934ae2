//! `channels.stop`: who may, and what still arrives.

use axum::extract::State as Shared;
use axum::response::Response;
use http::HeaderMap;
use serde_json::Value;

use crate::faults::Fault;
use crate::google::access::{EVENTS, LIST, admit};
use crate::google::refusal::Refusal;
use crate::google::reply::{Reply, respond};
use crate::simulator::Simulator;

/// `channels.stop`.
pub(crate) async fn stop(
    Shared(simulator): Shared<Simulator>,
    headers: HeaderMap,
    body: String,
) -> Response {
    respond(&simulator, "channels.stop", |state, manner| {
        let scopes = [EVENTS, LIST].concat();
        let (caller, _) = admit(state, &headers, None, &scopes, manner)?;
        let body: Value =
            serde_json::from_str(&body).map_err(|_| Refusal::bad_request("Parse Error"))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let (id, resource) = (text("id"), text("resourceId"));
        if id.is_empty() || resource.is_empty() {
            return Err(Refusal::new(400, "global", "required", "Required"));
        }

        let now = state.time.now();
        let unknown = Refusal::channel_not_found(id, &state.settings.project_number);
        let channel = state
            .google
            .channels
            .get_mut(id)
            .ok_or_else(|| unknown.clone())?;
        if channel.stopped || channel.has_expired(now) || channel.resource_id != resource {
            return Err(unknown);
        }
        let is_creator = channel.by_service_account || channel.email == caller.email;
        if channel.client != caller.client || !is_creator {
            return Err(Refusal::forbidden());
        }
        channel.stopped = true;

        let place = channel.resource.calendar().map(str::to_owned);
        let (outbox, faults, random) = (&mut state.outbox, &mut state.faults, &mut state.random);
        outbox.withdraw(id, || {
            let late = |fault: &Fault| (*fault == Fault::DeliverAfterStop).then_some(());
            faults.strike(random, place.as_deref(), late).is_some()
        });
        Ok(Reply::NoContent)
    })
    .await
}
