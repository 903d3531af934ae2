//! What `/control` shows.

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::Failure;
use crate::delivery::DeliveryView;
use crate::google::channels::ChannelView;
use crate::google::events;
use crate::simulator::Simulator;

#[derive(Deserialize)]
pub(crate) struct OneCalendar {
    calendar: String,
}

pub(crate) async fn truth(
    State(simulator): State<Simulator>,
    Query(query): Query<OneCalendar>,
) -> Result<Json<Value>, Failure> {
    let items = events::truth(&simulator.state(), &query.calendar)?;
    Ok(Json(json!({ "calendar": query.calendar, "items": items })))
}

pub(crate) async fn deliveries(State(simulator): State<Simulator>) -> Json<Vec<DeliveryView>> {
    Json(simulator.deliveries())
}

pub(crate) async fn channels(State(simulator): State<Simulator>) -> Json<Vec<ChannelView>> {
    Json(simulator.channels())
}

pub(crate) async fn requests(State(simulator): State<Simulator>) -> Json<Value> {
    let (requests, violations) = (simulator.request_log(), simulator.violations());
    Json(json!({ "requests": requests, "violations": violations }))
}

pub(crate) async fn clock(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({ "now": simulator.now() }))
}
