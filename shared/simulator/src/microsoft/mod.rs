//! Microsoft Graph: Outlook's calendars under `/v1.0`, Entra's token endpoint, change notifications.

pub(crate) mod access;
pub(crate) mod assertions;
pub(crate) mod batch;
pub(crate) mod bundles;
pub(crate) mod calendars;
pub(crate) mod concurrency;
pub(crate) mod content;
pub(crate) mod cursors;
pub(crate) mod delta;
pub(crate) mod delta_query;
pub(crate) mod events;
pub(crate) mod get;
pub(crate) mod graph;
pub(crate) mod handshake;
pub(crate) mod health;
pub(crate) mod ids;
pub(crate) mod mailboxes;
pub(crate) mod notify;
pub(crate) mod occurrences;
pub(crate) mod prefer;
pub(crate) mod recurrence;
pub(crate) mod refusal;
pub(crate) mod render;
pub(crate) mod reply;
pub(crate) mod select;
pub(crate) mod settings;
pub(crate) mod subscribe;
pub(crate) mod subscription_methods;
pub(crate) mod subscriptions;
pub(crate) mod text;
pub(crate) mod times;
pub(crate) mod token_endpoint;
pub(crate) mod token_errors;
pub(crate) mod view;
pub(crate) mod wish;
pub(crate) mod zones;

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use crate::simulator::Simulator;

/// Microsoft's part of the world.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Microsoft {
    pub(crate) mailboxes: mailboxes::Mailboxes,
    pub(crate) calendars: calendars::Calendars,
    /// Requests that are being answered, by mailbox.
    #[serde(skip)]
    pub(crate) in_flight: BTreeMap<String, usize>,
    pub(crate) subscriptions: subscriptions::Subscriptions,
    /// Notifications that are not in a message yet.
    pub(crate) pending: Vec<bundles::Item>,
    pub(crate) health: health::Health,
    #[serde(skip)]
    pub(crate) answerer: Option<handshake::Answerer>,
}

/// The endpoints of Graph and Entra that are simulated.
pub(crate) fn router() -> Router<Simulator> {
    Router::new()
        .route("/v1.0/users/{user}/events/{event}", get(get::event))
        .route(
            "/v1.0/users/{user}/calendar/events/{event}",
            get(get::event_of_calendar),
        )
        .route(
            "/v1.0/users/{user}/calendars/{calendar}/events/{event}",
            get(get::event),
        )
        .route("/v1.0/users/{user}/calendarView/delta", get(delta::delta))
        .route(
            "/v1.0/users/{user}/calendars/{calendar}/calendarView/delta",
            get(delta::delta),
        )
        .route(
            "/v1.0/subscriptions",
            post(subscribe::create).get(subscription_methods::list),
        )
        .route(
            "/v1.0/subscriptions/{id}",
            get(subscription_methods::get)
                .patch(subscription_methods::update)
                .delete(subscription_methods::delete),
        )
        .route(
            "/v1.0/subscriptions/{id}/reauthorize",
            post(subscription_methods::reauthorize),
        )
        .route("/v1.0/$batch", post(batch::batch))
        .route("/{tenant}/oauth2/v2.0/token", post(token_endpoint::token))
}
