//! Google's channels: create one, end one. They can be neither listed nor extended.

use domain::SubscriptionId;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Refusal;
use super::request::post;
use crate::Client;
use crate::calendar::{Place, ReadError, WatchError, Watching, Wish};
use crate::grant::AccessToken;
use crate::request::segment;
use crate::transport::{ANSWER_BYTES, exchange};

/// How long a channel is asked to live: Google's own default, a week. What counts is its answer.
const SECONDS_TO_LIVE: &str = "604800";

/// Creates a channel.
pub(crate) async fn watch(
    client: &Client,
    place: &Place<'_>,
    wish: &Wish<'_>,
) -> Result<Watching, WatchError> {
    let path = format!("calendars/{}/events/watch", segment(place.external_id)?);
    let body = json!({
        "id": wish.subscription.to_string(),
        "type": "web_hook",
        "address": wish.address,
        "token": wish.token,
        "params": { "ttl": SECONDS_TO_LIVE },
    });
    let request = post(client, place.access, &path, &body)?;
    let answer = exchange(request, ANSWER_BYTES).await?;
    if answer.status.is_success() {
        return Ok(decode(&answer.body, wish.subscription)?);
    }

    let refusal = Refusal::read(&answer);
    if refusal.has("pushNotSupportedForRequestedResource") {
        return Err(WatchError::Unwatchable);
    }
    if refusal.has("channelIdNotUnique") {
        return Err(WatchError::IdTaken);
    }
    // Before the status is looked at: one of them comes as a 401, and a new access token would
    // not help.
    if let Some(reason) = refusal.starting_with("push.webhookUrl") {
        return Err(WatchError::Callback {
            reason: reason.to_owned(),
        });
    }
    Err(refusal.into_read_error().into())
}

/// Ends a channel.
pub(crate) async fn stop(
    client: &Client,
    access: &AccessToken,
    subscription: SubscriptionId,
    provider_id: &str,
) -> Result<(), ReadError> {
    let body = json!({ "id": subscription.to_string(), "resourceId": provider_id });
    let request = post(client, access, "channels/stop", &body)?;
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
struct Channel {
    id: Option<String>,
    resource_id: String,
    /// A number in the guide, a text by the rule for 64-bit numbers.
    expiration: Option<Value>,
}

fn decode(body: &[u8], subscription: SubscriptionId) -> Result<Watching, ReadError> {
    let unreadable = || ReadError::unreadable("the channel is not in the shape of a channel");
    let channel: Channel = serde_json::from_slice(body).map_err(|_| unreadable())?;
    // It comes back in a header of each notification, under the same limits.
    let is_name = (1..=256).contains(&channel.resource_id.len())
        && channel
            .resource_id
            .bytes()
            .all(|byte| byte.is_ascii_graphic());
    let is_ours = channel
        .id
        .is_none_or(|channel| channel == subscription.to_string());
    if !is_name || !is_ours {
        return Err(unreadable());
    }
    let milliseconds = channel.expiration.and_then(|expiration| match expiration {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    });
    Ok(Watching {
        provider_id: channel.resource_id,
        expires_at: milliseconds.and_then(|at| Timestamp::from_millisecond(at).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(body: &str) -> Result<Watching, ReadError> {
        decode(body.as_bytes(), SubscriptionId::from_bytes([3; 16]))
    }

    #[test]
    fn an_expiration_is_a_text_or_a_number_or_missing() {
        let at = |body| decoded(body).unwrap().expires_at;

        let expected = Timestamp::from_millisecond(1_794_925_800_000).unwrap();
        assert_eq!(
            at(r#"{"resourceId":"r","expiration":"1794925800000"}"#),
            Some(expected)
        );
        assert_eq!(
            at(r#"{"resourceId":"r","expiration":1794925800000}"#),
            Some(expected)
        );
        assert_eq!(at(r#"{"resourceId":"r"}"#), None);
        assert_eq!(at(r#"{"resourceId":"r","expiration":"never"}"#), None);
        assert_eq!(
            at(r#"{"resourceId":"r","expiration":9223372036854775807}"#),
            None
        );
    }

    #[test]
    fn a_channel_without_a_usable_name_is_unreadable() {
        for body in [
            "",
            "{}",
            r#"{"resourceId":""}"#,
            r#"{"resourceId":"a b"}"#,
            r#"{"resourceId":7}"#,
            r#"{"resourceId":"r","id":"another"}"#,
        ] {
            assert!(decoded(body).is_err(), "{body}");
        }
    }
}
