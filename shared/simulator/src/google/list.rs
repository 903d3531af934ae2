//! Reading events: `events.list`, `events.get` and `calendars.get`.

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::google::access::{CALENDAR, EVENTS, admit, role};
use crate::google::calendars::Calendar;
use crate::google::cursors::{PageToken, SyncToken};
use crate::google::events::is_listed;
use crate::google::items::Version;
use crate::google::query::{BadQuery, ListQuery};
use crate::google::refusal::Refusal;
use crate::google::render;
use crate::google::reply::{Reply, respond};
use crate::manner::Shape;
use crate::simulator::Simulator;
use crate::state::State;

/// `calendars.get`.
pub(crate) async fn calendar(
    Shared(simulator): Shared<Simulator>,
    Path(calendar): Path<String>,
    headers: HeaderMap,
) -> Response {
    respond(&simulator, "calendars.get", |state, manner| {
        let (caller, place) = admit(state, &headers, Some(&calendar), CALENDAR, manner)?;
        let place = place.unwrap_or_default();
        role(state, &caller, &place)?;
        let calendar = state
            .google
            .calendar(&place)
            .map_err(|_| Refusal::not_found())?;
        Ok(Reply::Json(json!({
            "kind": "calendar#calendar",
            "etag": format!("\"{}\"", calendar.created.as_microsecond()),
            "id": calendar.id,
            "summary": calendar.summary,
            "timeZone": calendar.time_zone,
        })))
    })
    .await
}

/// `events.get`.
pub(crate) async fn event(
    Shared(simulator): Shared<Simulator>,
    Path((calendar, event)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    respond(&simulator, "events.get", |state, manner| {
        let (caller, place) = admit(state, &headers, Some(&calendar), EVENTS, manner)?;
        let place = place.unwrap_or_default();
        role(state, &caller, &place)?;
        let calendar = state
            .google
            .calendar(&place)
            .map_err(|_| Refusal::not_found())?;
        let version = calendar
            .items
            .current(&event)
            .ok_or_else(Refusal::not_found)?;
        let keep_details = state.settings.organizer_copies_keep_details;
        Ok(Reply::Json(render::event(
            calendar,
            &event,
            version,
            keep_details,
        )))
    })
    .await
}

/// `events.list`.
pub(crate) async fn events(
    Shared(simulator): Shared<Simulator>,
    Path(calendar): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    respond(&simulator, "events.list", |state, manner| {
        let (caller, place) = admit(state, &headers, Some(&calendar), EVENTS, manner)?;
        let place = place.unwrap_or_default();
        let role = role(state, &caller, &place)?;
        let outcome = page(
            state,
            &place,
            role.as_str(),
            query.as_deref().unwrap_or_default(),
        );
        let page = outcome.map_err(|bad| {
            if let Some(what) = bad.violation {
                let now = state.time.now();
                state.requests.object("events.list", what, now);
            }
            bad.refusal
        })?;
        manner.shape = shape(state, &place);
        Ok(Reply::Text(page))
    })
    .await
}

/// Where a page starts, and in which state of the calendar.
struct Start {
    after: u64,
    visible: Option<u64>,
    began: u64,
    empty: u64,
}

fn page(state: &mut State, place: &str, role: &str, raw: &str) -> Result<String, BadQuery> {
    let query = ListQuery::parse(raw, state.time.now())?;
    let mut start = start(state, place, &query)?;
    if query.page_token.is_none() {
        let calendar = state
            .google
            .calendar(place)
            .map_err(|_| Refusal::not_found())?;
        let head = calendar.items.head();
        let behind = state.strike(Some(place), |fault| match fault {
            Fault::ReadLag { changes } => Some(*changes),
            _ => None,
        });
        let lagging = behind.map(|changes| head.saturating_sub(changes).max(start.after));
        start.visible = lagging.or(state.settings.snapshot_pages.then_some(head));
    }
    let is_empty = state.strikes(Some(place), &Fault::EmptyPage);
    let loops = state.strikes(Some(place), &Fault::PageTokenLoop);

    let calendar = state
        .google
        .calendar(place)
        .map_err(|_| Refusal::not_found())?;
    let head = calendar.items.head();
    let visible = start.visible.unwrap_or(head);
    let limit = query
        .max_results
        .unwrap_or(state.settings.page_size)
        .min(state.settings.max_page_size);
    let wanted = calendar
        .items
        .changes(start.after, visible)
        .filter(|(_, version)| is_wanted(calendar, version, visible, &query));
    let keep_details = state.settings.organizer_copies_keep_details;
    let mut items = Vec::new();
    let mut last = start.after;
    let mut has_more = is_empty;
    for (id, version) in wanted.take(if is_empty { 0 } else { limit + 1 }) {
        has_more = items.len() == limit;
        if !has_more {
            items.push(render::text(calendar, id, version, keep_details));
            last = version.changed;
        }
    }

    let mut page = frame(calendar, role);
    if loops {
        let again = PageToken {
            resource: place.to_owned(),
            after: start.after,
            visible: start.visible,
            began: start.began,
            empty: start.empty,
            parameters: query.page_parameters,
        };
        page["nextPageToken"] = json!(query.page_token.unwrap_or_else(|| again.encode()));
    } else if has_more {
        let next = PageToken {
            resource: place.to_owned(),
            after: last,
            visible: start.visible,
            began: start.began,
            empty: start.empty + u64::from(is_empty),
            parameters: query.page_parameters,
        };
        page["nextPageToken"] = json!(next.encode());
    } else {
        // A full list does not show what was deleted after its page was read, so the next round
        // has to begin where this one began.
        let shows_deleted = query.sync_token.is_some() || query.show_deleted;
        let seen = if shows_deleted {
            visible
        } else {
            visible.min(start.began)
        };
        let next = SyncToken {
            resource: place.to_owned(),
            generation: calendar.generation,
            counter: seen,
            parameters: query.round_parameters,
        };
        page["nextSyncToken"] = json!(next.encode());
    }
    // Inside a JSON string the quotes would be escaped, so this can only be the field itself.
    let items = format!(r#""items":[{}]"#, items.join(","));
    Ok(page.to_string().replacen(r#""items":[]"#, &items, 1))
}

fn start(state: &mut State, place: &str, query: &ListQuery) -> Result<Start, BadQuery> {
    let calendar = state
        .google
        .calendar(place)
        .map_err(|_| Refusal::not_found())?;
    let generation = calendar.generation;
    let mut after = 0;
    if let Some(token) = &query.sync_token {
        // A token that Google cannot read is answered like one that is too old.
        let token = SyncToken::decode(token).ok_or_else(Refusal::full_sync_required)?;
        if token.resource != place {
            let what = "a syncToken of another calendar";
            return Err(BadQuery::violating(Refusal::full_sync_required(), what));
        }
        if token.parameters != query.round_parameters {
            let what = "parameters that differ from those of the full sync";
            return Err(BadQuery::violating(
                Refusal::sync_token_with_restrictions(),
                what,
            ));
        }
        if token.generation != generation {
            return Err(Refusal::full_sync_required().into());
        }
        after = token.counter;
    }

    let Some(token) = &query.page_token else {
        return Ok(Start {
            after,
            visible: None,
            began: calendar.items.head(),
            empty: 0,
        });
    };
    if state.strikes(Some(place), &Fault::RefusePageToken) {
        return Err(Refusal::invalid_parameter("pageToken").into());
    }
    let token = PageToken::decode(token).ok_or_else(|| Refusal::invalid_parameter("pageToken"))?;
    if token.resource != place || token.parameters != query.page_parameters {
        let what = "parameters that differ from those of the page before";
        return Err(BadQuery::violating(
            Refusal::invalid_parameter("pageToken"),
            what,
        ));
    }
    Ok(Start {
        after: token.after,
        visible: token.visible,
        began: token.began,
        empty: token.empty,
    })
}

fn is_wanted(calendar: &Calendar, version: &Version, visible: u64, query: &ListQuery) -> bool {
    if version.deleted {
        return query.sync_token.is_some()
            || query.show_deleted
            || is_listed(calendar, version, visible);
    }
    if query.updated_min.is_some_and(|min| version.updated < min) {
        return false;
    }
    if query.event_types.is_empty() && query.time_min.is_none() && query.time_max.is_none() {
        return true;
    }

    let fields = render::content(calendar, "", version);
    let kind = fields
        .get("eventType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !query.event_types.is_empty() && !query.event_types.iter().any(|wanted| wanted == kind) {
        return false;
    }
    // A series is in every range: where its occurrences fall is for the client to work out.
    let edge = |name: &str| fields.get(name).and_then(moment);
    let ends_before = query
        .time_min
        .zip(edge("end"))
        .is_some_and(|(min, end)| end <= min);
    let starts_after = query
        .time_max
        .zip(edge("start"))
        .is_some_and(|(max, start)| start >= max);
    fields.contains_key("recurrence") || !(ends_before || starts_after)
}

fn moment(edge: &Value) -> Option<Timestamp> {
    let text = edge
        .get("dateTime")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let date = edge
        .get("date")
        .and_then(Value::as_str)
        .map(|date| format!("{date}T00:00:00Z"));
    text.or(date)?.parse().ok()
}

fn frame(calendar: &Calendar, role: &str) -> Value {
    json!({
        "kind": "calendar#events",
        "etag": format!("\"p3{:x}o8o0o\"", calendar.updated.as_millisecond()),
        "summary": calendar.summary,
        "description": "",
        "updated": render::instant(calendar.updated),
        "timeZone": calendar.time_zone,
        "accessRole": role,
        "defaultReminders": [{ "method": "popup", "minutes": 10 }],
        "items": [],
    })
}

fn shape(state: &mut State, place: &str) -> Shape {
    let struck = state.strike(Some(place), |fault| match fault {
        Fault::EndlessBody => Some(Shape::Endless),
        Fault::MalformedJson => Some(Shape::Malformed),
        Fault::GzipBomb => Some(Shape::GzipBomb),
        Fault::HugePage { megabytes } => Some(Shape::Huge(*megabytes)),
        _ => None,
    });
    struck.unwrap_or_default()
}
