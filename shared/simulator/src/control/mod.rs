//! `/control`: everything the library can do, over HTTP, for a demo or another process.

mod microsoft;
mod read;
mod write;

use axum::Json;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::json;

use crate::simulator::Simulator;
use crate::world::WorldError;

/// The endpoints that the README lists.
pub(crate) fn router() -> Router<Simulator> {
    Router::new()
        .route("/control/accounts", post(write::accounts))
        .route("/control/service-accounts", post(write::service_accounts))
        .route("/control/calendars", post(write::calendars))
        .route("/control/events", post(write::events))
        .route("/control/bulk", post(write::bulk))
        .route("/control/storm", post(write::storm))
        .route(
            "/control/faults",
            post(write::faults).delete(write::clear_faults),
        )
        .route(
            "/control/expire-sync-tokens",
            post(write::expire_sync_tokens),
        )
        .route("/control/revoke", post(write::revoke))
        .route("/control/redeliver", post(write::redeliver))
        .route("/control/forge", post(write::forge))
        .route("/control/notify", post(write::notify))
        .route("/control/advance", post(write::advance))
        .route("/control/delivery-map", post(write::delivery_map))
        .route("/control/truth", get(read::truth))
        .route("/control/deliveries", get(read::deliveries))
        .route("/control/channels", get(read::channels))
        .route("/control/requests", get(read::requests))
        .route("/control/clock", get(read::clock))
        .merge(microsoft::router())
}

/// What `/control` says when it cannot.
pub(crate) struct Failure(WorldError);

impl From<WorldError> for Failure {
    fn from(error: WorldError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self.0 {
            WorldError::Unknown { .. } => StatusCode::NOT_FOUND,
            WorldError::Impossible(_) | WorldError::NotLoopback(_) => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({ "error": self.0.to_string() }))).into_response()
    }
}
