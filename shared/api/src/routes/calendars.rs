//! Calendars.

use app::manage::Action;
use axum::extract::{Path, RawQuery, State};
use bytes::Bytes;
use http::HeaderMap;

use super::{Answer, gone, id, ok};
use crate::Api;
use crate::caller::{Operator, Viewer};
use crate::documents::{Calendar, CalendarChange, List, NewCalendar, Problem};
use crate::fields::Fields;
use crate::list::{Part, listed};
use crate::once::{Answers, Asked, created};

/// The organization's calendars
#[utoipa::path(
    get, path = "/calendars", tag = "calendars",
    params(("limit" = Option<u16>, Query, description = "1 to 200, 50 by default"),
        ("cursor" = Option<String>, Query, description = "The next of an earlier answer")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = List<Calendar>), (status = "default", body = Problem))
)]
pub(crate) async fn list_calendars(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    RawQuery(query): RawQuery,
) -> Answer {
    let part = Part::read(query.as_deref())?;
    let page = api
        .management
        .list_calendars(&caller, part.after, part.limit)
        .await?;
    ok(&listed(page, Calendar::from))
}

/// Watch a calendar
#[utoipa::path(
    post, path = "/calendars", tag = "calendars", request_body = NewCalendar,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeated within a day: the \
        same answer, and nothing is done")),
    security(("key" = ["operator"])),
    responses((status = 201, body = Calendar), (status = "default", body = Problem))
)]
pub(crate) async fn watch_calendar(
    State(api): State<Api>,
    Operator(caller): Operator,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let mut fields = Fields::of_body(&body)?;
    let connection = fields.id("connection");
    let external_id = fields.text("external_id", 1_024);
    let (connection, external_id) = fields.finish(connection.zip(external_id))?;
    let asked = Asked {
        caller: &caller,
        headers: &headers,
        path: "/api/calendars",
        body: &body,
    };
    created(&api, &asked, Answers::MayBeKept, async {
        let watched = api.management.watch(&caller, connection, external_id);
        Ok(Calendar::from(watched.await?))
    })
    .await
}

/// One calendar
#[utoipa::path(
    get, path = "/calendars/{id}", tag = "calendars",
    params(("id" = String, Path, description = "cal_…")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = Calendar), (status = "default", body = Problem))
)]
pub(crate) async fn calendar(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    Path(calendar): Path<String>,
) -> Answer {
    let found = api.management.calendar(&caller, id(&calendar)?).await?;
    ok(&Calendar::from(found))
}

/// Pause, resume, resync or refresh a calendar
#[utoipa::path(
    put, path = "/calendars/{id}", tag = "calendars", request_body = CalendarChange,
    params(("id" = String, Path, description = "cal_…")),
    security(("key" = ["operator"])),
    responses((status = 200, body = Calendar), (status = "default", body = Problem))
)]
pub(crate) async fn change_calendar(
    State(api): State<Api>,
    Operator(caller): Operator,
    Path(calendar): Path<String>,
    body: Bytes,
) -> Answer {
    let calendar = id(&calendar)?;
    let mut fields = Fields::of_body(&body)?;
    let action = fields.choice(
        "action",
        &[
            ("pause", Action::Pause),
            ("resume", Action::Resume),
            ("resync", Action::Resync),
            ("refresh", Action::Refresh),
        ],
    );
    let action = fields.finish(action)?;
    let after = api.management.act(&caller, calendar, action).await?;
    ok(&Calendar::from(after))
}

/// End the watch of a calendar; its events and changes stay
#[utoipa::path(
    delete, path = "/calendars/{id}", tag = "calendars",
    params(("id" = String, Path, description = "cal_…")),
    security(("key" = ["operator"])),
    responses((status = 204, description = "It is not watched any more"),
        (status = "default", body = Problem))
)]
pub(crate) async fn unwatch_calendar(
    State(api): State<Api>,
    Operator(caller): Operator,
    Path(calendar): Path<String>,
) -> Answer {
    api.management.unwatch(&caller, id(&calendar)?).await?;
    gone()
}
