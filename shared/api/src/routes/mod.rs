//! One function per operation, with its line of the OpenAPI document.

mod calendars;
mod connections;
mod feed;
mod keys;
mod organization;
mod subscriptions;
mod switches;

use std::str::FromStr;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Api;
use crate::documents::Problem;
use crate::problem::{Refused, respond};

/// All of them. A route that is not described can not be added here.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(organization::organization))
        .routes(routes!(organization::health))
        .routes(routes!(organization::document))
        .routes(routes!(switches::switches, switches::turn_switches))
        .routes(routes!(keys::list_keys, keys::create_key))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(
            connections::list_connections,
            connections::create_connection
        ))
        .routes(routes!(connections::connection, connections::replace_grant))
        .routes(routes!(
            calendars::list_calendars,
            calendars::watch_calendar
        ))
        .routes(routes!(
            calendars::calendar,
            calendars::change_calendar,
            calendars::unwatch_calendar
        ))
        .routes(routes!(feed::events))
        .routes(routes!(feed::changes))
        .routes(routes!(feed::runs))
        .routes(routes!(
            subscriptions::list_subscriptions,
            subscriptions::create_subscription
        ))
        .routes(routes!(
            subscriptions::subscription,
            subscriptions::change_subscription,
            subscriptions::delete_subscription
        ))
}

/// The answer to a question.
type Answer = Result<Response, Refused>;

fn ok(document: &impl Serialize) -> Answer {
    let body = serde_json::to_string(document).expect("a document can be written as JSON");
    Ok(respond(StatusCode::OK, body))
}

fn gone() -> Answer {
    Ok(respond(StatusCode::NO_CONTENT, String::new()))
}

/// An identifier in a path. What is not one names nothing, like one that is unknown.
fn id<T: FromStr>(text: &str) -> Result<T, Refused> {
    text.parse().map_err(|_| Problem::not_found().into())
}
