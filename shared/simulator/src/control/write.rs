//! What `/control` changes.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::Failure;
use crate::faults::{Fault, PlannedFault};
use crate::google::calendars::CalendarOptions;
use crate::google::channels::ResourceState;
use crate::google::grants::Account;
use crate::google::service_accounts::{Delegation, ServiceAccount};
use crate::google::{events, occurrences};
use crate::settings::DeliveryTarget;
use crate::simulator::Simulator;
use crate::world::WorldError;

type Done = Result<Json<Value>, Failure>;

#[derive(Deserialize)]
pub(crate) struct NewAccount {
    email: String,
    scopes: Option<Vec<String>>,
    refresh_token: Option<String>,
}

pub(crate) async fn accounts(
    State(simulator): State<Simulator>,
    Json(new): Json<NewAccount>,
) -> Json<Account> {
    let scopes: Option<Vec<&str>> = new
        .scopes
        .as_ref()
        .map(|scopes| scopes.iter().map(String::as_str).collect());
    let token = new.refresh_token.as_deref();
    Json(simulator.with(|state| state.add_account(&new.email, scopes.as_deref(), token)))
}

pub(crate) async fn service_accounts(
    State(simulator): State<Simulator>,
    Json(delegation): Json<Delegation>,
) -> Result<Json<ServiceAccount>, Failure> {
    let account = simulator.add_service_account();
    simulator.delegate(&account.client_email, delegation)?;
    Ok(Json(account))
}

#[derive(Deserialize)]
pub(crate) struct NewCalendar {
    email: String,
    calendar: String,
    #[serde(flatten)]
    options: CalendarOptions,
}

pub(crate) async fn calendars(
    State(simulator): State<Simulator>,
    Json(new): Json<NewCalendar>,
) -> Json<Value> {
    simulator.add_calendar(&new.email, &new.calendar, new.options);
    Json(json!({ "calendar": new.calendar }))
}

#[derive(Deserialize)]
pub(crate) struct Change {
    calendar: String,
    #[serde(flatten)]
    action: Action,
}

#[derive(Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
enum Action {
    Put {
        event: Value,
    },
    Delete {
        id: String,
    },
    Cancel {
        id: String,
        original_start: String,
    },
    Move {
        id: String,
        original_start: String,
        start: String,
        end: String,
    },
}

pub(crate) async fn events(State(simulator): State<Simulator>, Json(change): Json<Change>) -> Done {
    let calendar = &change.calendar;
    let id = simulator.with(|state| match change.action {
        Action::Put { event } => events::put(state, calendar, event),
        Action::Delete { id } => events::delete(state, calendar, &id).map(|()| id),
        Action::Cancel { id, original_start } => {
            occurrences::cancel(state, calendar, &id, &original_start)
        }
        Action::Move {
            id,
            original_start,
            start,
            end,
        } => occurrences::reschedule(state, calendar, &id, &original_start, (&start, &end)),
    })?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
pub(crate) struct Bulk {
    pub(crate) calendar: String,
    pub(crate) count: u32,
}

pub(crate) async fn bulk(State(simulator): State<Simulator>, Json(bulk): Json<Bulk>) -> Done {
    simulator.with(|state| events::bulk(state, &bulk.calendar, bulk.count))?;
    Ok(Json(json!({ "count": bulk.count })))
}

#[derive(Deserialize)]
pub(crate) struct Storm {
    pub(crate) calendar: String,
    pub(crate) id: Option<String>,
    pub(crate) updates: u32,
}

pub(crate) async fn storm(State(simulator): State<Simulator>, Json(storm): Json<Storm>) -> Done {
    let id = simulator
        .with(|state| events::storm(state, &storm.calendar, storm.id.as_deref(), storm.updates))?;
    Ok(Json(json!({ "id": id, "updates": storm.updates })))
}

pub(crate) async fn faults(
    State(simulator): State<Simulator>,
    Json(fault): Json<PlannedFault>,
) -> Result<StatusCode, Failure> {
    simulator.try_fault(fault)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn clear_faults(State(simulator): State<Simulator>) -> StatusCode {
    simulator.clear_faults();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(crate) struct OneCalendar {
    calendar: String,
}

pub(crate) async fn expire_sync_tokens(
    State(simulator): State<Simulator>,
    Json(one): Json<OneCalendar>,
) -> Result<StatusCode, Failure> {
    simulator.try_fault(Fault::ExpireSyncTokens.on(&one.calendar))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(crate) struct OneAccount {
    email: String,
}

pub(crate) async fn revoke(
    State(simulator): State<Simulator>,
    Json(one): Json<OneAccount>,
) -> StatusCode {
    simulator.revoke(&one.email);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(crate) struct MaybeChannel {
    channel: Option<String>,
}

pub(crate) async fn redeliver(
    State(simulator): State<Simulator>,
    Json(one): Json<MaybeChannel>,
) -> Done {
    let id = simulator.redeliver(one.channel.as_deref());
    let id = id.ok_or_else(|| {
        WorldError::unknown(
            "sent message of",
            one.channel.as_deref().unwrap_or("any channel"),
        )
    })?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
pub(crate) struct Forgery {
    channel: String,
    token: Option<String>,
}

pub(crate) async fn forge(
    State(simulator): State<Simulator>,
    Json(forgery): Json<Forgery>,
) -> Done {
    let id = simulator.forge(&forgery.channel, forgery.token.as_deref())?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
pub(crate) struct Message {
    channel: String,
    state: ResourceState,
}

pub(crate) async fn notify(
    State(simulator): State<Simulator>,
    Json(message): Json<Message>,
) -> Done {
    let id = simulator.notify(&message.channel, message.state)?;
    Ok(Json(json!({ "id": id })))
}

#[derive(Deserialize)]
pub(crate) struct Advance {
    seconds: i64,
}

pub(crate) async fn advance(
    State(simulator): State<Simulator>,
    Json(advance): Json<Advance>,
) -> Json<Value> {
    simulator.advance(SignedDuration::from_secs(advance.seconds));
    Json(json!({ "now": simulator.now() }))
}

pub(crate) async fn delivery_map(
    State(simulator): State<Simulator>,
    Json(map): Json<BTreeMap<String, DeliveryTarget>>,
) -> Result<StatusCode, Failure> {
    simulator.set_delivery_map(map)?;
    Ok(StatusCode::NO_CONTENT)
}
