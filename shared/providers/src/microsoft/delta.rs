//! Reading what changed: `calendarView/delta`, page by page, by links that only Graph understands.

use domain::EventId;
use domain::window::Window;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{Read, read};
use super::failure::Refusal;
use super::mailbox;
use super::request::{get_page, pin};
use crate::Client;
use crate::calendar::{After, Ask, Page, Place, ReadError, Start};
use crate::transport::{PAGE_BYTES, exchange};

/// How many events a page may hold. A series is never split, so a page may hold more.
const PAGE_SIZE: usize = 100;

/// Reads one page.
pub(crate) async fn page(
    client: &Client,
    place: &Place<'_>,
    start: Start<'_>,
) -> Result<Page, ReadError> {
    let (path, asked) = match start {
        Start::Everything(Some(window)) => (first(place.external_id, window)?, None),
        Start::Everything(None) => return Err(ReadError::refused("no window was given")),
        Start::Cursor(cursor) => (cursor.to_owned(), None),
        Start::Page { page, .. } => (page.to_owned(), Some(page)),
    };
    let request = get_page(client, place.access, &path, PAGE_SIZE)?;
    let answer = exchange(request, PAGE_BYTES).await?;
    if answer.status == StatusCode::OK {
        return decode(client, place, &answer.body, asked);
    }

    let refusal = Refusal::read(&answer);
    if refusal.lost_the_cursor() {
        // Some answers name a link to begin anew with. We begin by ourselves: the window that is
        // baked into their link is the old one.
        return Err(ReadError::CursorLost);
    }
    Err(match (answer.status, start) {
        // The link is all that differs from the request before it, so it is to blame.
        (StatusCode::BAD_REQUEST, Start::Page { .. }) => ReadError::PageRefused,
        (StatusCode::BAD_REQUEST, Start::Cursor(_)) => ReadError::CursorLost,
        _ => refusal.into_read_error(),
    })
}

/// The request that begins a read of everything. Both ends are baked into every link after it.
fn first(external_id: &str, window: Window) -> Result<String, ReadError> {
    let instant = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(format!(
        "{}/calendarView/delta?startDateTime={}&endDateTime={}",
        mailbox::path(external_id)?,
        instant(window.from),
        instant(window.until),
    ))
}

/// The parts of a page that matter. Items stay text, so that each can fail on its own.
#[derive(Deserialize)]
struct View<'a> {
    #[serde(borrow)]
    value: Option<Vec<&'a RawValue>>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
}

fn decode(
    client: &Client,
    place: &Place<'_>,
    body: &[u8],
    asked: Option<&str>,
) -> Result<Page, ReadError> {
    // One broken character in one subject must not stop a calendar.
    let text = String::from_utf8_lossy(body);
    let view: View<'_> = serde_json::from_str(&text)
        .map_err(|_| ReadError::unreadable("the page is not in the shape of a page"))?;
    let after = after(client, view.next, view.delta, asked)?;
    let items = view
        .value
        .ok_or_else(|| ReadError::unreadable("the page has no items, not even none"))?;

    let mut page = Page {
        items: Vec::new(),
        asks: Vec::new(),
        unreadable: 0,
        after,
    };
    for item in items {
        sort_out(place, item.get(), &mut page);
    }
    Ok(page)
}

/// Puts one item of the view where it belongs: what says it all, or what has to be looked up.
fn sort_out(place: &Place<'_>, json: &str, page: &mut Page) {
    let id = |provider_id: &str| EventId::of(place.calendar, provider_id);
    let ask = match read(place.calendar, json) {
        None => {
            page.unreadable += 1;
            return;
        }
        Some(Read::Item(item)) => {
            page.items.push(item);
            return;
        }
        Some(Read::Series(provider_id)) => Ask::Series {
            master: id(&provider_id),
            provider_id,
        },
        Some(Read::Removed(provider_id)) => Ask::Leaving {
            id: id(&provider_id),
            provider_id,
        },
        Some(Read::Partial(provider_id)) => Ask::Event {
            id: id(&provider_id),
            provider_id,
        },
    };
    // A series is mentioned once for each of its occurrences, one after the other.
    if !page
        .asks
        .iter()
        .rev()
        .take(PAGE_SIZE)
        .any(|known| *known == ask)
    {
        page.asks.push(ask);
    }
}

fn after(
    client: &Client,
    next: Option<String>,
    delta: Option<String>,
    asked: Option<&str>,
) -> Result<After, ReadError> {
    match (next, delta) {
        (Some(next), None) => {
            let page = pin(client, &next)?;
            if asked == Some(page.as_str()) {
                return Err(ReadError::unreadable(
                    "the page names itself as the next one",
                ));
            }
            Ok(After::Page(page))
        }
        (None, Some(delta)) => Ok(After::End {
            cursor: pin(client, &delta)?,
        }),
        (Some(_), Some(_)) => Err(ReadError::unreadable("a last page that has a next one")),
        (None, None) => Err(ReadError::unreadable(
            "the page does not say what comes next",
        )),
    }
}
