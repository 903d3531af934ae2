//! Graph's subscriptions: create one, let one live longer, find out whose one is, end one.

use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::failure::Refusal;
use super::mailbox;
use super::request::{patch, pin, post, request};
use crate::Client;
use crate::calendar::{Place, ReadError, Standing, WatchError, Watching, Wish};
use crate::grant::AccessToken;
use crate::request::segment;
use crate::transport::{ANSWER_BYTES, exchange};

/// How long a subscription is asked to live. Graph documents 10,080 minutes for events and was seen
/// to refuse more than 10,070. What counts is its answer.
const LIFE: SignedDuration = SignedDuration::from_mins(10_000);

/// Creates a subscription. Graph calls the address, twice, and wants an answer before it gives one.
pub(crate) async fn watch(
    client: &Client,
    place: &Place<'_>,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Result<Watching, WatchError> {
    let body = json!({
        // Always in this order: Graph recognises a duplicate by its text.
        "changeType": "created,updated,deleted",
        "notificationUrl": wish.address,
        // It can not be added later.
        "lifecycleNotificationUrl": wish.address,
        "resource": mailbox::resource(place.external_id)?,
        "expirationDateTime": end(now),
        "clientState": wish.token,
        "latestSupportedTlsVersion": "v1_2",
    });
    let request = post(client, place.access, "subscriptions", &body)?;
    let answer = exchange(request, ANSWER_BYTES).await?;
    if answer.status.is_success() {
        return Ok(decode(&answer.body)?);
    }

    let refusal = Refusal::read(&answer);
    Err(match answer.status {
        StatusCode::CONFLICT => WatchError::Duplicate {
            provider_id: guid_in(refusal.message()),
        },
        StatusCode::BAD_REQUEST
            if refusal.has("ValidationError") || refusal.has("InvalidRequest") =>
        {
            WatchError::Callback {
                reason: refusal.code().to_owned(),
            }
        }
        // Exchange's word for what it does not offer: this calendar, for instance.
        StatusCode::BAD_REQUEST if refusal.has("ExtensionError") => WatchError::Unwatchable,
        _ => refusal.into_read_error().into(),
    })
}

/// Lets a subscription live longer, and authorizes it again by the same request; none if Graph does
/// not know it any more.
pub(crate) async fn extend(
    client: &Client,
    access: &AccessToken,
    provider_id: &str,
    now: Timestamp,
) -> Result<Option<Watching>, ReadError> {
    let path = format!("subscriptions/{}", segment(provider_id)?);
    let body = json!({ "expirationDateTime": end(now) });
    let request = patch(client, access, &path, &body)?;
    let answer = exchange(request, ANSWER_BYTES).await?;
    match answer.status {
        status if status.is_success() => decode(&answer.body).map(Some),
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
        _ => Err(Refusal::read(&answer).into_read_error()),
    }
}

/// How many pages of subscriptions are read at most: one application and user have a handful, an
/// application in a large tenant thousands.
const PAGES: usize = 200;

/// Every subscription of our application that this access token may see.
pub(crate) async fn list(
    client: &Client,
    access: &AccessToken,
) -> Result<Vec<Standing>, ReadError> {
    let mut all = Vec::new();
    let mut path = "subscriptions".to_owned();
    for _ in 0..PAGES {
        let answer = exchange(request(client, access, Method::GET, &path)?, ANSWER_BYTES).await?;
        if answer.status != StatusCode::OK {
            return Err(Refusal::read(&answer).into_read_error());
        }
        let page: List = serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
        for one in page.value {
            if let Some(address) = one.notification_url.filter(|_| is_name(&one.id)) {
                all.push(Standing {
                    provider_id: one.id,
                    address,
                });
            }
        }
        let Some(next) = page.next else {
            return Ok(all);
        };
        path = pin(client, &next)?;
        if !path.starts_with("subscriptions?") {
            return Err(ReadError::unreadable("a link to something else"));
        }
    }
    Ok(all)
}

#[derive(Deserialize)]
struct List {
    value: Vec<Subscription>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

/// When a subscription ends that is asked for now.
fn end(now: Timestamp) -> String {
    let end = now.saturating_add(LIFE).unwrap_or(Timestamp::MAX);
    end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Where a subscription of ours sends its notifications; none if there is no such subscription.
pub(crate) async fn address_of(
    client: &Client,
    access: &AccessToken,
    provider_id: &str,
) -> Result<Option<String>, ReadError> {
    let path = format!("subscriptions/{}", segment(provider_id)?);
    let request = request(client, access, Method::GET, &path)?;
    let answer = exchange(request, ANSWER_BYTES).await?;
    match answer.status {
        StatusCode::OK => {
            let subscription: Subscription =
                serde_json::from_slice(&answer.body).map_err(|_| unreadable())?;
            Ok(subscription.notification_url)
        }
        StatusCode::NOT_FOUND => Ok(None),
        _ => Err(Refusal::read(&answer).into_read_error()),
    }
}

/// Ends a subscription.
pub(crate) async fn stop(
    client: &Client,
    access: &AccessToken,
    provider_id: &str,
) -> Result<(), ReadError> {
    let path = format!("subscriptions/{}", segment(provider_id)?);
    let request = request(client, access, Method::DELETE, &path)?;
    let answer = exchange(request, ANSWER_BYTES).await?;
    let is_over = answer.status.is_success()
        || matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::GONE);
    if is_over {
        Ok(())
    } else {
        Err(Refusal::read(&answer).into_read_error())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subscription {
    id: String,
    expiration_date_time: Option<String>,
    notification_url: Option<String>,
}

fn decode(body: &[u8]) -> Result<Watching, ReadError> {
    let subscription: Subscription = serde_json::from_slice(body).map_err(|_| unreadable())?;
    if !is_name(&subscription.id) {
        return Err(unreadable());
    }
    Ok(Watching {
        provider_id: subscription.id,
        expires_at: subscription
            .expiration_date_time
            .and_then(|at| at.parse().ok()),
    })
}

fn unreadable() -> ReadError {
    ReadError::unreadable("the subscription is not in the shape of a subscription")
}

/// It comes back in each notification, and becomes part of a path.
fn is_name(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The identifier of the other subscription, which only the text of a refusal holds.
fn guid_in(message: &str) -> Option<String> {
    message
        .split(|character: char| !character.is_ascii_hexdigit() && character != '-')
        .find(|word| {
            let parts: Vec<usize> = word.split('-').map(str::len).collect();
            parts == [8, 4, 4, 4, 12]
        })
        .map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_subscription_is_found_in_the_message() {
        let message = "Subscription Id 5522BD62-7c96-4530-85b0-00b916f6151a already exists for the \
             requested combination";

        let found = guid_in(message);

        assert_eq!(
            found.as_deref(),
            Some("5522bd62-7c96-4530-85b0-00b916f6151a")
        );
    }

    #[test]
    fn a_message_without_one_names_none() {
        for message in [
            "",
            "Subscription Id already exists",
            "12345678-1234-1234-1234",
        ] {
            assert_eq!(guid_in(message), None, "{message}");
        }
    }
}
