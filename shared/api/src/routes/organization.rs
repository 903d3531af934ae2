//! The organization, how it is doing, and the document of the API.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Answer, ok};
use crate::Api;
use crate::caller::Viewer;
use crate::documents::{Health, Organization, Problem};
use crate::problem::respond;

/// The organization that the key belongs to
#[utoipa::path(
    get, path = "/organization", tag = "organization",
    security(("key" = ["viewer"])),
    responses((status = 200, body = Organization), (status = "default", body = Problem))
)]
pub(crate) async fn organization(State(api): State<Api>, Viewer(caller): Viewer) -> Answer {
    let found = api.management.organization(caller.organization).await?;
    let switches = api.management.switches(&caller).await?.effective();
    ok(&Organization::new(found, switches.into()))
}

/// How the organization is doing
#[utoipa::path(
    get, path = "/health", tag = "organization",
    security(("key" = ["viewer"])),
    responses((status = 200, body = Health), (status = "default", body = Problem))
)]
pub(crate) async fn health(State(api): State<Api>, Viewer(caller): Viewer) -> Answer {
    let checkup = api.management.health(&caller).await?;
    ok(&Health::from(checkup))
}

/// This document
#[utoipa::path(
    get, path = "/openapi.json", tag = "organization",
    responses((status = 200, description = "This document"))
)]
pub(crate) async fn document() -> Response {
    respond(StatusCode::OK, crate::openapi())
}
