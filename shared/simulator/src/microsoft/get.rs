//! Reading one event, in full or as selected.

use std::collections::BTreeMap;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::manner::Manner;
use crate::microsoft::access::admit;
use crate::microsoft::calendars::{Calendar, address, user_of};
use crate::microsoft::ids;
use crate::microsoft::prefer::Prefer;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::render::{Look, Shown, unselected};
use crate::microsoft::reply::{Call, Outcome, Reply, respond};
use crate::microsoft::select::Selection;
use crate::simulator::Simulator;
use crate::state::State;
use crate::world::WorldError;

/// How requests for one event are counted.
pub(crate) const ENDPOINT: &str = "graph.events.get";

/// How far an id is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// In all calendars of the mailbox, where none is named.
    Mailbox,
    /// In the one calendar.
    Calendar,
}

/// `GET …/events/{id}`, in a mailbox or one of its calendars.
pub(crate) async fn event(
    simulator: Shared<Simulator>,
    path: Path<BTreeMap<String, String>>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(simulator, path, query, headers, Reach::Mailbox).await
}

/// `GET …/calendar/events/{id}`, in the default calendar.
pub(crate) async fn event_of_calendar(
    simulator: Shared<Simulator>,
    path: Path<BTreeMap<String, String>>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    answer(simulator, path, query, headers, Reach::Calendar).await
}

async fn answer(
    Shared(simulator): Shared<Simulator>,
    Path(path): Path<BTreeMap<String, String>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    reach: Reach,
) -> Response {
    let call = Call { headers };
    let part = |name: &str| path.get(name).map(String::as_str);
    let user = part("user").unwrap_or_default();
    let address = address(user, part("calendar"));
    let id = part("event").unwrap_or_default();
    respond(&simulator, ENDPOINT, &call, Some(user), |state, manner| {
        let query = query.as_deref().unwrap_or_default();
        read(state, &call, (&address, id, reach), query, manner)
    })
    .await
}

/// The same, wherever the request came from.
pub(crate) fn read(
    state: &mut State,
    call: &Call,
    (address, id, reach): (&str, &str, Reach),
    query: &str,
    manner: &mut Manner,
) -> Outcome {
    admit(state, call, address, manner)?;
    let prefer = Prefer::of(&call.headers)?;
    prefer.insist_on_immutable_ids(state, ENDPOINT);
    let selection = Selection::parse(query)?;
    let event = find(state, (address, id, reach), &prefer.look, &selection);
    let event = event.map_err(|_| Refusal::item_not_found())?;
    Ok(Reply::Json(200, event))
}

/// Every single event and every series of a calendar, as a full read returns them.
pub(crate) fn truth(state: &State, address: &str) -> Result<Vec<Value>, WorldError> {
    let calendar = state.microsoft.calendars.get(address)?;
    let look = Look {
        body: crate::microsoft::render::BodyKind::Text,
        zone: crate::microsoft::zones::Zone::utc(),
    };
    let changes = calendar.items.changes(0, calendar.items.head());
    let live = changes.filter(|(_, version)| !version.deleted);
    live.map(|(id, _)| one(state, calendar, id, &look, &Selection::everything()))
        .collect()
}

/// Below a mailbox, an id finds an event of any of its calendars.
fn find(
    state: &State,
    (address, id, reach): (&str, &str, Reach),
    look: &Look,
    selection: &Selection,
) -> Result<Value, WorldError> {
    let named = state.microsoft.calendars.get(address)?;
    let found = one(state, named, id, look, selection);
    if found.is_ok() || reach == Reach::Calendar || address.contains("/calendars/") {
        return found;
    }
    let others = state.microsoft.calendars.of(user_of(address));
    let mut found = others.filter_map(|other| one(state, other, id, look, selection).ok());
    found.next().ok_or_else(|| WorldError::unknown("event", id))
}

fn one(
    state: &State,
    calendar: &Calendar,
    id: &str,
    look: &Look,
    selection: &Selection,
) -> Result<Value, WorldError> {
    let (series, date) = match ids::parts(id) {
        Some((series, date)) if calendar.live(id).is_err() => (series, Some(date)),
        _ => (id, None),
    };
    let (version, event) = calendar.live(series)?;
    let shown = Shown {
        mailbox: state.microsoft.mailboxes.get(&calendar.user)?,
        id: series,
        version,
        event: &event,
        look,
    };
    let Some(date) = date else {
        let mut fields = shown.event();
        if event.is_series() {
            occurrences(&shown, selection, &mut fields);
        }
        return Ok(selection.of(fields));
    };
    let rule = event
        .recurrence()
        .ok_or_else(|| WorldError::unknown("event", id))?;
    let occurs = rule.dates().take_while(|one| *one <= date).last() == Some(date);
    if !occurs || event.cancelled.contains(&date) {
        return Err(WorldError::unknown("event", id));
    }
    Ok(selection.of(shown.occurrence(date)))
}

fn occurrences(shown: &Shown<'_>, selection: &Selection, fields: &mut Map<String, Value>) {
    let cancelled = shown.event.cancelled.iter();
    let cancelled: Vec<_> = cancelled.map(|date| ids::oid(shown.id, *date)).collect();
    fields.insert("cancelledOccurrences".to_owned(), json!(cancelled));
    if selection.expands_exceptions {
        let dates = shown.event.exceptions.keys();
        let exceptions: Vec<_> = dates
            .map(|date| selection.of_exception(shown.occurrence(*date)))
            .collect();
        fields.insert("exceptionOccurrences".to_owned(), json!(exceptions));
    }
}

/// What is shown of an event when nothing is selected.
pub(crate) fn whole(mut fields: Map<String, Value>) -> Value {
    for name in ["cancelledOccurrences", "exceptionOccurrences"] {
        fields.remove(name);
    }
    unselected(fields)
}
