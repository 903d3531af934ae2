//! Reading events: `events.list` page by page, and `events.get`.

use domain::CalendarId;
use domain::diff::Item;
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::read;
use super::failure::Refusal;
use super::request::get;
use crate::Client;
use crate::calendar::{After, Page, Place, ReadError, Start};
use crate::request::segment;
use crate::transport::{ANSWER_BYTES, PAGE_BYTES, exchange};

/// How many events a page may hold. It has to be the same in every request of a sync token's life,
/// as every parameter has; so there are no others than this and the two tokens.
const MAX_RESULTS: &str = "250";

/// The longest page or sync token that is stored. Google's have a few hundred characters.
const LONGEST_TOKEN: usize = 4096;

/// Reads one page.
pub(crate) async fn page(
    client: &Client,
    place: &Place<'_>,
    start: Start<'_>,
) -> Result<Page, ReadError> {
    let (cursor, page) = match start {
        Start::Everything(_) => (None, None),
        Start::Cursor(cursor) => (Some(cursor), None),
        Start::Page { cursor, page } => (cursor, Some(page)),
    };
    let path = list_path(place.external_id, cursor, page)?;
    let request = get(client, place.access, &path)?;
    let answer = exchange(request, PAGE_BYTES).await?;
    if answer.status == StatusCode::OK {
        return decode(place.calendar, &answer.body, page);
    }

    let refusal = Refusal::read(&answer);
    Err(match answer.status {
        // Google forgets the round and its pages together.
        StatusCode::GONE => ReadError::CursorLost,
        StatusCode::BAD_REQUEST if cursor.is_some() && refusal.blames_the_value("syncToken") => {
            ReadError::CursorLost
        }
        // The page's name is all that differs from the request before it, so it is to blame,
        // whichever of its many reasons Google gives.
        StatusCode::BAD_REQUEST if page.is_some() => ReadError::PageRefused,
        _ => refusal.into_read_error(),
    })
}

/// Reads one event.
pub(crate) async fn event(
    client: &Client,
    place: &Place<'_>,
    provider_event_id: &str,
) -> Result<Option<Item>, ReadError> {
    let path = format!(
        "calendars/{}/events/{}",
        segment(place.external_id)?,
        segment(provider_event_id)?
    );
    let answer = exchange(get(client, place.access, &path)?, ANSWER_BYTES).await?;
    match answer.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(None),
        _ => return Err(Refusal::read(&answer).into_read_error()),
    }
    let item = read(place.calendar, &String::from_utf8_lossy(&answer.body))
        .filter(|item| provider_id(item) == provider_event_id)
        .ok_or_else(|| ReadError::unreadable("the event is not one, or another one"))?;
    Ok(Some(item))
}

fn provider_id(item: &Item) -> &str {
    match item {
        Item::Live(event) => &event.provider_id,
        Item::Gone { provider_id, .. } | Item::GoneOccurrence { provider_id, .. } => provider_id,
    }
}

fn list_path(
    external_id: &str,
    cursor: Option<&str>,
    page: Option<&str>,
) -> Result<String, ReadError> {
    let mut query = vec![("maxResults", MAX_RESULTS)];
    query.extend(cursor.map(|cursor| ("syncToken", cursor)));
    query.extend(page.map(|page| ("pageToken", page)));
    let query = serde_urlencoded::to_string(query).expect("pairs of texts are a form");
    Ok(format!(
        "calendars/{}/events?{query}",
        segment(external_id)?
    ))
}

/// The parts of a page that matter. Items stay text, so that each can fail on its own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List<'a> {
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
}

fn decode(calendar: CalendarId, body: &[u8], asked: Option<&str>) -> Result<Page, ReadError> {
    // One broken character in one title must not stop a calendar.
    let text = String::from_utf8_lossy(body);
    let list: List<'_> = serde_json::from_str(&text)
        .map_err(|_| ReadError::unreadable("the page is not in the shape of a page"))?;
    let after = after(list.next_page_token, list.next_sync_token, asked)?;

    let raw = list.items.unwrap_or_default();
    let items: Vec<Item> = raw
        .iter()
        .filter_map(|item| read(calendar, item.get()))
        .collect();
    Ok(Page {
        unreadable: raw.len() - items.len(),
        items,
        asks: Vec::new(),
        after,
    })
}

fn after(
    page: Option<String>,
    cursor: Option<String>,
    asked: Option<&str>,
) -> Result<After, ReadError> {
    let present = |token: &String| !token.is_empty();
    let after = match (page.filter(present), cursor.filter(present)) {
        (Some(page), None) => {
            if asked == Some(page.as_str()) {
                return Err(ReadError::unreadable(
                    "the page names itself as the next one",
                ));
            }
            After::Page(page)
        }
        (None, Some(cursor)) => After::End { cursor },
        (Some(_), Some(_)) => return Err(ReadError::unreadable("a last page that has a next one")),
        (None, None) => {
            return Err(ReadError::unreadable(
                "the page does not say what comes next",
            ));
        }
    };
    let (After::Page(token) | After::End { cursor: token }) = &after;
    if token.len() > LONGEST_TOKEN {
        return Err(ReadError::unreadable(
            "the token of the next page or round is too long",
        ));
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_the_same_parameters_and_no_forbidden_one() {
        let path = |cursor, page| list_path("amelia@example.com", cursor, page).unwrap();
        let base = "calendars/amelia%40example.com/events?maxResults=250";

        assert_eq!(path(None, None), base);
        assert_eq!(path(None, Some("p=")), format!("{base}&pageToken=p%3D"));
        assert_eq!(path(Some("s&"), None), format!("{base}&syncToken=s%26"));
        assert_eq!(
            path(Some("s"), Some("p")),
            format!("{base}&syncToken=s&pageToken=p")
        );
        // Refused beside a sync token (the first eight), or not the same in every round.
        for name in [
            "iCalUID",
            "orderBy",
            "privateExtendedProperty",
            "q=",
            "sharedExtendedProperty",
            "timeMin",
            "timeMax",
            "updatedMin",
            "singleEvents",
            "showDeleted",
        ] {
            assert!(!path(Some("s"), Some("p")).contains(name), "{name}");
        }
    }

    fn decoded(body: &str) -> Result<Page, ReadError> {
        decode(
            CalendarId::from_bytes([1; 16]),
            body.as_bytes(),
            Some("asked"),
        )
    }

    #[test]
    fn a_page_must_say_what_comes_next_exactly_once() {
        assert!(decoded(r#"{"nextPageToken":"p"}"#).is_ok());
        assert!(decoded(r#"{"nextSyncToken":"s","items":null}"#).is_ok());
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html>",
            r#"{"items":[]}"#,
            r#"{"nextPageToken":"","nextSyncToken":null}"#,
            r#"{"nextPageToken":"p","nextSyncToken":"s"}"#,
            r#"{"nextPageToken":"asked"}"#,
            r#"{"nextPageToken":7}"#,
            r#"{"nextSyncToken":"s","items":{}}"#,
            r#"{"nextSyncToken":"s"} more"#,
        ] {
            assert!(
                matches!(decoded(body), Err(ReadError::Unreadable { .. })),
                "{body}"
            );
        }
        let long = format!(r#"{{"nextSyncToken":"{}"}}"#, "s".repeat(LONGEST_TOKEN + 1));
        assert!(decoded(&long).is_err());
    }

    #[test]
    fn a_bad_item_costs_only_itself() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let body = format!(
            r#"{{"nextSyncToken":"s","items":[null, 7, "x", [], {{}}, {{"id":""}}, {{"id":5}},
                {{"id":"deep","x":{deep}}}, {{"id":"huge","x":1e999}},
                {{"id":"lone","summary":"\ud800"}}, {{"id":"nostart","status":"confirmed"}},
                {{"id":"good","status":"cancelled"}}]}}"#
        );

        let page = decoded(&body).unwrap();

        assert_eq!(page.items.len(), 1);
        assert_eq!(page.unreadable, 11);
    }

    #[test]
    fn a_broken_character_costs_only_itself() {
        let mut body = br#"{"nextSyncToken":"s","items":[{"id":"a","summary":"x"#.to_vec();
        body.push(0xff);
        body.extend(br#"","start":{"date":"2026-12-01"}}]}"#);

        let page = decode(CalendarId::from_bytes([1; 16]), &body, None).unwrap();

        let Item::Live(event) = &page.items[0] else {
            panic!("not live: {page:?}");
        };
        assert_eq!(event.title.as_deref(), Some("x\u{fffd}"));
    }
}
