//! What product code reads: events, changes, runs.

use axum::extract::{Path, RawQuery, State};
use domain::{CalendarId, EventId};

use super::{Answer, id, ok};
use crate::Api;
use crate::caller::Viewer;
use crate::documents::{Changes, List, Problem, Run, Snapshot};
use crate::fields::Fields;
use crate::list::{Part, close, limit, listed, open};

/// A calendar's events: read all pages, then follow the changes from seq
#[utoipa::path(
    get, path = "/calendars/{id}/events", tag = "feed",
    params(("id" = String, Path, description = "cal_…"),
        ("limit" = Option<u16>, Query, description = "1 to 200, 50 by default"),
        ("cursor" = Option<String>, Query, description = "The next of an earlier answer")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = Snapshot), (status = "default", body = Problem))
)]
pub(crate) async fn events(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    Path(calendar): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let calendar: CalendarId = id(&calendar)?;
    let mut fields = Fields::of_query(query.as_deref());
    let limit = limit(&mut fields);
    let from = fields.cursor(place);
    fields.finish(Some(()))?;
    let snapshot = api.management.snapshot(&caller, calendar, from, limit);
    let snapshot = snapshot.await?;
    let seq = snapshot.seq;
    ok(&Snapshot {
        items: snapshot.events.into_iter().map(Into::into).collect(),
        next: snapshot.next.map(|after| close(format!("{seq}/{after}"))),
        seq,
    })
}

/// What the cursor of a snapshot holds: where to follow from in the end, and the last event.
fn place(cursor: &str) -> Option<(u64, EventId)> {
    let place = open(cursor)?;
    let (seq, after) = place.split_once('/')?;
    Some((seq.parse().ok()?, after.parse().ok()?))
}

/// A calendar's changes after a cursor: all of them, or 410 if some are not kept any more
#[utoipa::path(
    get, path = "/calendars/{id}/changes", tag = "feed",
    params(("id" = String, Path, description = "cal_…"),
        ("limit" = Option<u16>, Query, description = "1 to 200, 50 by default"),
        ("cursor" = Option<u64>, Query, description = "The cursor of an earlier answer, or the seq \
            of a snapshot; the beginning by default")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = Changes),
        (status = 410, body = Problem, description = "Read the events as a whole"),
        (status = "default", body = Problem))
)]
pub(crate) async fn changes(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    Path(calendar): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let calendar: CalendarId = id(&calendar)?;
    let mut fields = Fields::of_query(query.as_deref());
    let limit = limit(&mut fields);
    let cursor = fields.number("cursor", (0, u64::MAX), 0);
    fields.finish(Some(()))?;
    let changes = api.management.changes(&caller, calendar, cursor, limit);
    ok(&Changes::from(changes.await?))
}

/// What a calendar's reads did, the newest first
#[utoipa::path(
    get, path = "/calendars/{id}/runs", tag = "feed",
    params(("id" = String, Path, description = "cal_…"),
        ("limit" = Option<u16>, Query, description = "1 to 200, 50 by default"),
        ("cursor" = Option<String>, Query, description = "The next of an earlier answer")),
    security(("key" = ["viewer"])),
    responses((status = 200, body = List<Run>), (status = "default", body = Problem))
)]
pub(crate) async fn runs(
    State(api): State<Api>,
    Viewer(caller): Viewer,
    Path(calendar): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let calendar: CalendarId = id(&calendar)?;
    let part = Part::read(query.as_deref())?;
    let page = api
        .management
        .list_runs(&caller, calendar, part.after, part.limit)
        .await?;
    ok(&listed(page, Run::from))
}
