//! Reading single events and whole series, one by one or up to twenty at once.

use std::borrow::Cow;
use std::collections::HashMap;

use domain::EventId;
use http::{Method, StatusCode};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::event::{EVENT_FIELDS, answer};
use super::failure::Refusal;
use super::mailbox;
use super::request::{PREFERENCES, get, pin, post};
use crate::Client;
use crate::calendar::{Ask, Found, LOOK_UPS, Place, ReadError};
use crate::request::segment;
use crate::transport::{Answer, Failure, LONGEST_WAIT, PAGE_BYTES, exchange};

/// How many pages the exceptions of one series may fill. A series with more is not read on.
const EXCEPTION_PAGES: usize = 100;

/// Looks things up: for each, what Graph has of it.
pub(crate) async fn look_up(
    client: &Client,
    place: &Place<'_>,
    asks: &[Ask],
) -> Result<Vec<Found>, ReadError> {
    match asks {
        [] => Ok(Vec::new()),
        [ask] => {
            let request = get(client, place.access, &path(place, ask)?)?;
            let found = exchange(request, PAGE_BYTES).await?;
            Ok(vec![items(client, place, ask, Part::read(&found)).await?])
        }
        several => {
            let Some(mut parts) = batch(client, place, several).await? else {
                // Too much at once. Each by itself has a limit of its own.
                let mut found = Vec::with_capacity(several.len());
                for ask in several {
                    let one = Box::pin(look_up(client, place, std::slice::from_ref(ask)));
                    found.extend(one.await?);
                }
                return Ok(found);
            };
            let mut found = Vec::with_capacity(several.len());
            for (number, ask) in several.iter().enumerate() {
                let part = parts
                    .remove(&number.to_string())
                    .ok_or_else(|| ReadError::unreadable("a batch without one of its answers"))?;
                found.push(items(client, place, ask, part).await?);
            }
            Ok(found)
        }
    }
}

fn path(place: &Place<'_>, ask: &Ask) -> Result<String, ReadError> {
    let calendar = mailbox::path_of_events(place.external_id)?;
    let event = segment(ask.provider_id())?;
    Ok(match ask {
        Ask::Event { .. } | Ask::Leaving { .. } => {
            format!("{calendar}/{event}?$select={EVENT_FIELDS}")
        }
        // The only request that tells which occurrences are cancelled, and shows exceptions
        // wherever they were moved to.
        Ask::Series { .. } => format!(
            "{calendar}/{event}?$select={EVENT_FIELDS},cancelledOccurrences,\
             exceptionOccurrences&$expand=exceptionOccurrences"
        ),
    })
}

/// One answer, by itself or out of a batch.
struct Part {
    status: StatusCode,
    wait: Option<SignedDuration>,
    body: Value,
}

impl Part {
    fn read(answer: &Answer) -> Self {
        Self {
            status: answer.status,
            wait: answer.wait(),
            body: serde_json::from_str(&text(answer)).unwrap_or_default(),
        }
    }
}

/// One broken character in one subject must not stop a calendar.
fn text(answer: &Answer) -> Cow<'_, str> {
    String::from_utf8_lossy(&answer.body)
}

/// The series that an event turned out to be, or to belong to.
fn series_of(place: &Place<'_>, event: &Value) -> Option<Ask> {
    let provider_id = match event["type"].as_str()? {
        "seriesMaster" => event["id"].as_str()?,
        "exception" | "occurrence" => event["seriesMasterId"].as_str()?,
        _ => return None,
    };
    Some(Ask::Series {
        master: EventId::of(place.calendar, provider_id),
        provider_id: provider_id.to_owned(),
    })
}

/// What an answer says of what was asked.
async fn items(
    client: &Client,
    place: &Place<'_>,
    ask: &Ask,
    mut part: Part,
) -> Result<Found, ReadError> {
    match part.status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            let refusal = Refusal::new(part.status, &part.body, part.wait);
            // The mailbox itself is gone, which says nothing about the event.
            if refusal.has("MailboxNotEnabledForRESTAPI") {
                return Err(refusal.into_read_error());
            }
            return Ok(Found::Items(Vec::new()));
        }
        _ => return refused(Refusal::new(part.status, &part.body, part.wait).into_read_error()),
    }
    match (ask, series_of(place, &part.body)) {
        (Ask::Series { .. }, _) => match complete(client, place, &mut part.body).await {
            Ok(()) => {}
            Err(ReadError::Unreadable { .. }) => return Ok(Found::Unreadable),
            Err(error) => return Err(error),
        },
        // It turned out to belong to a series, which is only whole if it is asked for as one.
        (Ask::Event { .. } | Ask::Leaving { .. }, Some(series)) => {
            let request = get(client, place.access, &path(place, &series)?)?;
            let found = exchange(request, PAGE_BYTES).await?;
            return Box::pin(items(client, place, &series, Part::read(&found))).await;
        }
        (Ask::Event { .. } | Ask::Leaving { .. }, None) => {}
    }
    if part.body["id"].as_str() != Some(ask.provider_id()) {
        return Err(ReadError::unreadable(
            "another event than the one asked for",
        ));
    }
    Ok(answer(place.calendar, part.body).map_or(Found::Unreadable, Found::Items))
}

/// What is refused of one event, such as somebody's private one in a shared calendar, must not stop
/// the others. If it is the calendar that is refused, its next page says so.
fn refused(error: ReadError) -> Result<Found, ReadError> {
    match error {
        ReadError::Refused { .. } => Ok(Found::Unreadable),
        error => Err(error),
    }
}

/// Appends the exceptions of a series that did not fit into the first answer.
async fn complete(client: &Client, place: &Place<'_>, series: &mut Value) -> Result<(), ReadError> {
    let mut next = series["exceptionOccurrences@odata.nextLink"]
        .as_str()
        .map(str::to_owned);
    let mut pages = 0;
    // All pages together end up in memory, so together they may take what one answer may.
    let mut room = PAGE_BYTES;
    while let Some(link) = next {
        pages += 1;
        if pages > EXCEPTION_PAGES {
            return Err(ReadError::unreadable("exceptions of a series without end"));
        }
        let request = get(client, place.access, &pin(client, &link)?)?;
        let found = exchange(request, room).await?;
        room -= found.body.len();
        if found.status != StatusCode::OK {
            return Err(Refusal::read(&found).into_read_error());
        }
        let mut page: Value = serde_json::from_str(&text(&found)).unwrap_or_default();
        // What is left out here would seem to be gone.
        let (Some(Value::Array(all)), Some(Value::Array(more))) = (
            series.get_mut("exceptionOccurrences"),
            page.get_mut("value"),
        ) else {
            return Err(ReadError::unreadable(
                "the exceptions are not in the shape of a page",
            ));
        };
        all.append(more);
        next = page["@odata.nextLink"].as_str().map(str::to_owned);
    }
    Ok(())
}

/// The answers of a batch, which come in any order.
#[derive(Deserialize)]
struct Responses {
    responses: Vec<Response>,
}

#[derive(Deserialize)]
struct Response {
    id: String,
    status: u16,
    #[serde(default)]
    headers: HashMap<String, Value>,
    #[serde(default)]
    body: Value,
}

async fn batch(
    client: &Client,
    place: &Place<'_>,
    asks: &[Ask],
) -> Result<Option<HashMap<String, Part>>, ReadError> {
    debug_assert!(
        asks.len() <= LOOK_UPS,
        "Graph takes twenty requests a batch"
    );
    let mut requests = Vec::with_capacity(asks.len());
    for (number, ask) in asks.iter().enumerate() {
        requests.push(json!({
            "id": number.to_string(),
            "method": Method::GET.as_str(),
            "url": format!("/{}", path(place, ask)?),
            "headers": { "Prefer": PREFERENCES },
        }));
    }
    let body = json!({ "requests": requests });
    let request = post(client, place.access, "$batch", &body)?;
    let answer = match exchange(request, PAGE_BYTES).await {
        Ok(answer) => answer,
        Err(Failure::TooLarge) => return Ok(None),
        Err(failure) => return Err(failure.into()),
    };
    if answer.status == StatusCode::PAYLOAD_TOO_LARGE {
        return Ok(None);
    }
    if answer.status != StatusCode::OK {
        return Err(Refusal::read(&answer).into_read_error());
    }
    let responses: Responses = serde_json::from_str(&text(&answer))
        .map_err(|_| ReadError::unreadable("the batch is not in the shape of a batch"))?;
    let mut parts = HashMap::new();
    for response in responses.responses {
        let status = StatusCode::from_u16(response.status)
            .map_err(|_| ReadError::unreadable("a batch with an impossible status"))?;
        let part = Part {
            status,
            wait: wait(&response.headers),
            body: response.body,
        };
        parts.insert(response.id, part);
    }
    Ok(Some(parts))
}

fn wait(headers: &HashMap<String, Value>) -> Option<SignedDuration> {
    let (_, value) = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    let seconds = match value {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    let wait = SignedDuration::from_secs(i64::try_from(seconds).ok()?);
    Some(wait.min(LONGEST_WAIT))
}
