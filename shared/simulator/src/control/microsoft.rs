//! `/control/microsoft`: what the people of Graph's tenants do, over HTTP.

use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::Failure;
use crate::control::write::{Bulk, Storm};
use crate::google::calendars::CalendarOptions;
use crate::microsoft::assertions::{Certificate, certificate};
use crate::microsoft::mailboxes::Mailbox;
use crate::microsoft::notify::LifecycleEvent;
use crate::microsoft::{events, get as reads, occurrences};
use crate::simulator::Simulator;

type Done = Result<Json<Value>, Failure>;
type Quietly = Result<StatusCode, Failure>;

/// The endpoints that the README lists.
pub(crate) fn router() -> Router<Simulator> {
    Router::new()
        .route("/control/microsoft/mailboxes", post(mailboxes))
        .route("/control/microsoft/calendars", post(calendars))
        .route("/control/microsoft/events", post(change))
        .route("/control/microsoft/bulk", post(bulk))
        .route("/control/microsoft/storm", post(storm))
        .route("/control/microsoft/revoke", post(revoke))
        .route("/control/microsoft/codes", post(codes))
        .route("/control/microsoft/tenants", post(tenants))
        .route("/control/microsoft/lifecycle", post(lifecycle))
        .route(
            "/control/microsoft/remove-subscription",
            post(remove_subscription),
        )
        .route("/control/microsoft/truth", get(truth))
        .route("/control/microsoft/certificate", get(show_certificate))
}

#[derive(Deserialize)]
struct NewMailbox {
    user: String,
    refresh_token: Option<String>,
}

async fn mailboxes(
    State(simulator): State<Simulator>,
    Json(new): Json<NewMailbox>,
) -> Json<Mailbox> {
    let token = new.refresh_token.as_deref();
    Json(simulator.with(|state| state.add_mailbox(&new.user, token)))
}

#[derive(Deserialize)]
struct NewCalendar {
    user_id: String,
    calendar: String,
    #[serde(flatten)]
    options: CalendarOptions,
}

async fn calendars(State(simulator): State<Simulator>, Json(new): Json<NewCalendar>) -> Done {
    let address = simulator.with(|state| {
        let mailbox = state.microsoft.mailboxes.get(&new.user_id)?.clone();
        let id = Some(&*new.calendar);
        Ok::<_, Failure>(state.add_graph_calendar(&mailbox, id, new.options))
    })?;
    Ok(Json(json!({ "calendar": address })))
}

#[derive(Deserialize)]
struct Change {
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
    Change {
        id: String,
        original_start: String,
        event: Value,
    },
}

async fn change(State(simulator): State<Simulator>, Json(change): Json<Change>) -> Done {
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
        Action::Change {
            id,
            original_start,
            event,
        } => occurrences::change(state, calendar, &id, &original_start, event),
    })?;
    Ok(Json(json!({ "id": id })))
}

async fn bulk(State(simulator): State<Simulator>, Json(bulk): Json<Bulk>) -> Done {
    simulator.with(|state| events::bulk(state, &bulk.calendar, bulk.count))?;
    Ok(Json(json!({ "count": bulk.count })))
}

async fn storm(State(simulator): State<Simulator>, Json(storm): Json<Storm>) -> Done {
    let id = storm.id.as_deref();
    let id = simulator.with(|state| events::storm(state, &storm.calendar, id, storm.updates))?;
    Ok(Json(json!({ "id": id, "updates": storm.updates })))
}

#[derive(Deserialize)]
struct OneUser {
    user_id: String,
}

async fn revoke(State(simulator): State<Simulator>, Json(one): Json<OneUser>) -> Quietly {
    simulator.with(|state| state.revoke_mailbox(&one.user_id))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn codes(State(simulator): State<Simulator>, Json(one): Json<OneUser>) -> Done {
    let code = simulator.with(|state| state.mailbox_code(&one.user_id))?;
    Ok(Json(json!({ "code": code })))
}

#[derive(Deserialize)]
struct OneTenant {
    tenant_id: String,
}

async fn tenants(State(simulator): State<Simulator>, Json(one): Json<OneTenant>) -> StatusCode {
    simulator.with(|state| state.grant_tenant(&one.tenant_id));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Lifecycle {
    subscription: String,
    kind: LifecycleEvent,
}

async fn lifecycle(State(simulator): State<Simulator>, Json(told): Json<Lifecycle>) -> Quietly {
    simulator.with(|state| {
        let now = state.time.now();
        state.tell_lifecycle(&told.subscription, told.kind, now)
    })?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct OneSubscription {
    subscription: String,
}

async fn remove_subscription(
    State(simulator): State<Simulator>,
    Json(one): Json<OneSubscription>,
) -> Quietly {
    simulator.with(|state| state.remove_subscription(&one.subscription))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
struct OneCalendar {
    calendar: String,
}

async fn truth(State(simulator): State<Simulator>, Query(one): Query<OneCalendar>) -> Done {
    let items = reads::truth(&simulator.state(), &one.calendar)?;
    Ok(Json(json!({ "calendar": one.calendar, "items": items })))
}

async fn show_certificate() -> Json<Certificate> {
    Json(certificate())
}
