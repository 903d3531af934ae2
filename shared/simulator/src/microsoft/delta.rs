//! `calendarView/delta`: rounds of pages over a window of one calendar.

use std::collections::BTreeMap;

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::Response;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::faults::{Fault, SyncStateForm};
use crate::manner::{Manner, Shape};
use crate::microsoft::access::admit;
use crate::microsoft::calendars::address;
use crate::microsoft::cursors::{Cursor, Kind};
use crate::microsoft::delta_query::{DeltaQuery, Start};
use crate::microsoft::prefer::Prefer;
use crate::microsoft::refusal::Refusal;
use crate::microsoft::render::Shown;
use crate::microsoft::reply::{Call, Outcome, Reply, respond};
use crate::microsoft::view::{View, removed};
use crate::random::derived;
use crate::simulator::Simulator;
use crate::state::State;

/// How its requests are counted.
pub(crate) const ENDPOINT: &str = "graph.calendarView.delta";

const CONTEXT: &str = "https://graph.microsoft.com/v1.0/$metadata#Collection(event)";

/// What `PartialItems` leaves out.
const LEFT_OUT: [&str; 9] = [
    "attendees",
    "body",
    "bodyPreview",
    "isAllDay",
    "location",
    "organizer",
    "recurrence",
    "showAs",
    "subject",
];

/// `GET …/calendarView/delta`, of the default calendar or a named one.
pub(crate) async fn delta(
    Shared(simulator): Shared<Simulator>,
    Path(path): Path<BTreeMap<String, String>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let call = Call { headers };
    let part = |name: &str| path.get(name).map(String::as_str);
    let user = part("user").unwrap_or_default();
    let address = address(user, part("calendar"));
    respond(&simulator, ENDPOINT, &call, Some(user), |state, manner| {
        let query = query.as_deref().unwrap_or_default();
        read(state, &call, &address, query, manner)
    })
    .await
}

/// The same, wherever the request came from.
pub(crate) fn read(
    state: &mut State,
    call: &Call,
    address: &str,
    query: &str,
    manner: &mut Manner,
) -> Outcome {
    admit(state, call, address, manner)?;
    let prefer = Prefer::of(&call.headers)?;
    prefer.insist_on_immutable_ids(state, ENDPOINT);
    let query = DeltaQuery::parse(query).inspect_err(|_| {
        let now = state.time.now();
        let what = "parameters that a delta round does not take".to_owned();
        state.requests.object(ENDPOINT, what, now);
    })?;
    let cursor = begin(state, call, address, &query)?;
    let page = page(state, call, address, &cursor, &prefer)?;
    manner.shape = shape(state, address);
    Ok(Reply::Json(200, page))
}

/// Where the page begins.
fn begin(
    state: &mut State,
    call: &Call,
    address: &str,
    query: &DeltaQuery,
) -> Result<Cursor, Refusal> {
    let calendar = state.microsoft.calendars.get_mut(address);
    let calendar = calendar.map_err(|_| Refusal::item_not_found())?;
    let (head, generation) = (calendar.items.head(), calendar.generation);
    let mut cursor = match &query.start {
        Start::Window(window) => {
            calendar.last_window = Some(*window);
            first(address, *window, generation, head)
        }
        Start::Again => {
            let window = calendar.last_window.ok_or_else(Refusal::no_window)?;
            first(address, window, generation, head)
        }
        Start::Token(kind, token) => {
            let lost = state.strike(Some(address), |fault| match fault {
                Fault::LoseSyncState { form } => Some(*form),
                _ => None,
            });
            if let Some(form) = lost {
                return Err(lose(state, call, address, form));
            }
            let refused =
                *kind == Kind::Skip && state.strikes(Some(address), &Fault::RefusePageToken);
            if refused {
                return Err(Refusal::bad_skip_token());
            }
            let cursor = Cursor::decode(*kind, token).ok_or_else(Refusal::bad_sync_state)?;
            if cursor.calendar != address {
                let now = state.time.now();
                let what = "a token of another calendar".to_owned();
                state.requests.object(ENDPOINT, what, now);
                return Err(Refusal::bad_sync_state());
            }
            if cursor.generation != generation {
                return Err(Refusal::sync_state_not_found());
            }
            match kind {
                Kind::Skip => return Ok(cursor),
                Kind::Delta => Cursor {
                    kind: Kind::Skip,
                    began: head,
                    ..cursor
                },
            }
        }
    };

    let behind = state.strike(Some(address), |fault| match fault {
        Fault::ReadLag { changes } => Some(*changes),
        _ => None,
    });
    let lagging = behind.map(|changes| head.saturating_sub(changes).max(cursor.after));
    cursor.visible = lagging.or(state.settings.snapshot_pages.then_some(head));
    Ok(cursor)
}

fn first(
    address: &str,
    window: crate::microsoft::cursors::Window,
    generation: u64,
    head: u64,
) -> Cursor {
    Cursor {
        kind: Kind::Skip,
        window,
        generation,
        after: 0,
        is_incremental: false,
        visible: None,
        began: head,
        idle: 0,
        calendar: address.to_owned(),
    }
}

/// The state behind every token of the calendar is gone, however that is said.
fn lose(state: &mut State, call: &Call, address: &str, form: SyncStateForm) -> Refusal {
    if let Ok(calendar) = state.microsoft.calendars.get_mut(address) {
        calendar.generation += 1;
    }
    match form {
        SyncStateForm::Gone => Refusal::sync_state_not_found(),
        SyncStateForm::GoneWithLocation => {
            let base = call.base();
            Refusal::resync_at(format!("{base}/{address}/calendarView/delta?$deltatoken="))
        }
        SyncStateForm::BadRequest => Refusal::bad_sync_state(),
        SyncStateForm::ResyncRequired => Refusal::resync_required(),
    }
}

/// What is told on one page, and up to which change.
struct Told {
    items: Vec<Value>,
    last: u64,
    has_more: bool,
}

fn page(
    state: &mut State,
    call: &Call,
    address: &str,
    cursor: &Cursor,
    prefer: &Prefer,
) -> Result<Value, Refusal> {
    let is_empty = state.strikes(Some(address), &Fault::EmptyPage);
    let loops = state.strikes(Some(address), &Fault::PageTokenLoop);
    let repeats = state.strikes(Some(address), &Fault::RepeatItems);
    let is_partial = state.strikes(Some(address), &Fault::PartialItems);
    let is_haunted = state.strikes(Some(address), &Fault::UnknownRemoved);
    let leads_away = state.strikes(Some(address), &Fault::ForeignLink);

    let mut told = tell(state, address, cursor, prefer, is_empty)?;
    if is_partial {
        leave_out(&mut told.items);
    }
    if repeats {
        let again = told.items.clone();
        told.items.extend(again);
    }
    if is_haunted {
        let id = derived(cursor.began, "nobody ever saw this").token(60);
        told.items.push(removed(&format!("AAkALgAAAAAA{id}AAA")));
    }

    let visible = cursor.visible.unwrap_or(u64::MAX);
    let next = if loops {
        cursor.clone()
    } else if repeats {
        // The next page has another name, and the same items once more.
        Cursor {
            idle: cursor.idle + 1,
            ..cursor.clone()
        }
    } else if told.has_more {
        Cursor {
            after: told.last,
            idle: cursor.idle + u64::from(is_empty),
            ..cursor.clone()
        }
    } else {
        // Whatever changed while the round was read comes in the next one, seen already or not.
        Cursor {
            kind: Kind::Delta,
            after: cursor.began.min(visible),
            is_incremental: true,
            visible: None,
            idle: 0,
            ..cursor.clone()
        }
    };
    let base = if leads_away {
        "https://graph.attacker.example/v1.0".to_owned()
    } else {
        call.base()
    };
    let link = format!(
        "{base}/{address}/calendarView/delta?{}={}",
        next.kind.parameter(),
        next.encode()
    );
    let name = match next.kind {
        Kind::Skip => "@odata.nextLink",
        Kind::Delta => "@odata.deltaLink",
    };
    Ok(json!({ "@odata.context": CONTEXT, name: link, "value": told.items }))
}

fn tell(
    state: &State,
    address: &str,
    cursor: &Cursor,
    prefer: &Prefer,
    is_empty: bool,
) -> Result<Told, Refusal> {
    let not_found = |_| Refusal::item_not_found();
    let calendar = state.microsoft.calendars.get(address).map_err(not_found)?;
    let mailbox = state.microsoft.mailboxes.get(&calendar.user);
    let mailbox = mailbox.map_err(not_found)?;
    let settings = &state.settings.graph;
    let wanted = prefer.max_page_size.unwrap_or(settings.page_size);
    let limit = wanted.min(settings.max_page_size).max(1);
    let view = View {
        calendar,
        window: cursor.window,
        settings,
        after: cursor.after,
        is_incremental: cursor.is_incremental,
    };

    let mut told = Told {
        items: Vec::new(),
        last: cursor.after,
        has_more: is_empty,
    };
    let visible = cursor.visible.unwrap_or_else(|| calendar.items.head());
    let changes = calendar.items.changes(cursor.after, visible);
    for (id, version) in changes.take(if is_empty { 0 } else { usize::MAX }) {
        let event = version.content.event(calendar.created);
        let group = view.items(&Shown {
            mailbox,
            id,
            version,
            event: &event,
            look: &prefer.look,
        });
        // A series is never split; one that is longer than a page has a long page to itself.
        if !told.items.is_empty() && told.items.len() + group.len() > limit {
            told.has_more = true;
            break;
        }
        told.last = version.changed;
        told.items.extend(group);
    }
    Ok(told)
}

fn leave_out(items: &mut [Value]) {
    let full = items.iter_mut().filter_map(Value::as_object_mut);
    for item in full.filter(|item| item.contains_key("changeKey")) {
        item.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    }
}

fn shape(state: &mut State, address: &str) -> Shape {
    let struck = state.strike(Some(address), |fault| match fault {
        Fault::EndlessBody => Some(Shape::Endless),
        Fault::MalformedJson => Some(Shape::Malformed),
        Fault::GzipBomb => Some(Shape::GzipBomb),
        Fault::HugePage { megabytes } => Some(Shape::Huge(*megabytes)),
        _ => None,
    });
    struck.unwrap_or_default()
}
