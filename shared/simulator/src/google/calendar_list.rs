//! `calendarList.list`: which calendars an account has, with its own sync token.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::google::access::{LIST, admit};
use crate::google::calendars::{Calendar, Role};
use crate::google::cursors::{PageToken, SyncToken};
use crate::google::refusal::Refusal;
use crate::google::reply::{Reply, respond};
use crate::simulator::Simulator;
use crate::state::State;

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 250;

/// One account's list. Entries are never removed: a sync token must still tell that they are gone.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct CalendarList {
    head: u64,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Entry {
    changed: u64,
    deleted: bool,
}

impl CalendarList {
    pub(crate) fn touch(&mut self, calendar: &str, deleted: bool) {
        self.head += 1;
        let changed = self.head;
        self.entries
            .insert(calendar.to_owned(), Entry { changed, deleted });
    }
}

/// `calendarList.list`.
pub(crate) async fn list(
    Shared(simulator): Shared<Simulator>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    respond(&simulator, "calendarList.list", |state, manner| {
        let (caller, _) = admit(state, &headers, None, LIST, manner)?;
        page(state, &caller.email, query.as_deref().unwrap_or_default()).map(Reply::Json)
    })
    .await
}

fn page(state: &mut State, email: &str, raw: &str) -> Result<Value, Refusal> {
    let pairs: BTreeMap<String, String> =
        serde_urlencoded::from_str(raw).map_err(|_| Refusal::bad_request("Bad Request"))?;
    let limit = match pairs.get("maxResults").map(|text| text.parse::<usize>()) {
        None => DEFAULT_PAGE,
        Some(Ok(count)) if count > 0 => count.min(LARGEST_PAGE),
        Some(_) => return Err(Refusal::invalid_parameter("maxResults")),
    };
    let limit = limit.min(state.settings.max_page_size);

    let mut after = 0;
    let is_incremental = pairs.contains_key("syncToken");
    if let Some(token) = pairs.get("syncToken") {
        let hides = |name: &str| pairs.get(name).is_some_and(|value| value == "false");
        let restricts = ["minAccessRole", "showOwnOrganizationOnly"];
        if hides("showDeleted")
            || hides("showHidden")
            || restricts.iter().any(|name| pairs.contains_key(*name))
        {
            let now = state.time.now();
            state.requests.object(
                "calendarList.list",
                "a restriction beside a syncToken".to_owned(),
                now,
            );
            return Err(Refusal::sync_token_with_restrictions());
        }
        let token = SyncToken::decode(token).filter(|token| token.resource == email);
        after = token.ok_or_else(Refusal::full_sync_required)?.counter;
    }
    if let Some(token) = pairs.get("pageToken") {
        let token = PageToken::decode(token).filter(|token| token.resource == email);
        after = token
            .ok_or_else(|| Refusal::invalid_parameter("pageToken"))?
            .after;
    }

    let empty = CalendarList::default();
    let list = state.google.lists.get(email).unwrap_or(&empty);
    let mut entries: Vec<_> = list
        .entries
        .iter()
        .filter(|(_, entry)| entry.changed > after && (is_incremental || !entry.deleted))
        .collect();
    entries.sort_by_key(|(_, entry)| entry.changed);
    let has_more = entries.len() > limit;
    entries.truncate(limit);
    let last = entries.last().map_or(after, |(_, entry)| entry.changed);
    let items: Vec<Value> = entries
        .into_iter()
        .filter_map(|(id, entry)| Some(render(state.google.calendars.get(id)?, email, entry)))
        .collect();

    let mut page = json!({
        "kind": "calendar#calendarList",
        "etag": format!("\"p3{:x}c8s8o0o\"", list.head),
        "items": items,
    });
    let (resource, parameters) = (email.to_owned(), 0);
    if has_more {
        let next = PageToken {
            resource,
            after: last,
            visible: None,
            began: list.head,
            empty: 0,
            parameters,
        };
        page["nextPageToken"] = json!(next.encode());
    } else {
        let next = SyncToken {
            resource,
            generation: 0,
            counter: list.head,
            parameters,
        };
        page["nextSyncToken"] = json!(next.encode());
    }
    Ok(page)
}

fn render(calendar: &Calendar, email: &str, entry: &Entry) -> Value {
    let etag = format!(
        "\"{}\"",
        calendar.created.as_microsecond() + i64::try_from(entry.changed).unwrap_or(0)
    );
    if entry.deleted {
        let kind = "calendar#calendarListEntry";
        return json!({ "kind": kind, "etag": etag, "id": calendar.id, "deleted": true });
    }
    let role = calendar.access.get(email).copied().unwrap_or(Role::Reader);
    let is_owner = role == Role::Owner;
    let reminders = if is_owner {
        json!([{ "method": "popup", "minutes": 10 }])
    } else {
        json!([])
    };
    let mut entry = json!({
        "kind": "calendar#calendarListEntry",
        "etag": etag,
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
        "colorId": if is_owner { "14" } else { "8" },
        "backgroundColor": if is_owner { "#9fe1e7" } else { "#16a765" },
        "foregroundColor": "#000000",
        "selected": true,
        "accessRole": role.as_str(),
        "defaultReminders": reminders,
        "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
    });
    if calendar.id == email {
        entry["primary"] = json!(true);
    }
    entry
}
